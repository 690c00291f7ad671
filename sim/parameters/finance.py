"""How rents and others' money turn into compute, budgets, value and cash."""

from __future__ import annotations

from typing import Literal

from sim.parameters.fields import Section, field


class Finance(Section):
    """How rents and others' money turn into compute, budgets, value and cash."""

    invest_mode: Literal["anchored", "frozen"] = field(
        "anchored",
        "Compute and budgets follow the record and deviate with rents, and after T follow money (anchored); or they "
        "follow the record and then stay, and nobody raises any (frozen)",
        unit="1",
        source="Exact-hat algebra (Dekle, Eaton & Kortum 2008) to T",
    )
    elasticity: float = field(
        0.3,
        "φ: elasticity of training compute and research budgets to a lab's rents, to T; it decides the sign of welfare",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.0, 0.6),
        source="weightshift judgement; always sweep",
    )
    rent_memory: float = field(
        12.0,
        "Horizon of the exponential mean of rents on which investment is based, and of spend in the believed market",
        unit="months",
        bounds=(1.0, 120.0),
        range=(6.0, 24.0),
    )
    price_elasticity: float = field(
        1.0,
        "Elasticity of training compute to its price relative to the reference, to T",
        unit="1",
        bounds=(0.0, 3.0),
        range=(0.5, 1.5),
        source="A fixed budget buys 1/price",
    )
    support: float = field(
        1.0,
        "Money that does not depend on rents, to T: multiplies each lab's support, in units of the mean reference rent",
        unit="1",
        bounds=(0.0, 20.0),
        range=(0.2, 4.0),
    )
    support_floor: float = field(
        1e6, "Smallest unit of such money", unit="$/month", bounds=(1.0, 1e10), range=(1e5, 1e7)
    )
    discount_rate: float = field(
        0.12,
        "r: what labs ask of money a year, beyond what becomes worthless of what they build",
        unit="1/year",
        bounds=(0.01, 1.0),
        range=(0.10, 0.20),
        source="Cost of capital of growth firms; weightshift judgement",
    )
    belief_speed: float = field(
        0.1, "Speed at which the expected growth of spend adapts", unit="1/month", bounds=(0.0, 1.0), range=(0.05, 0.3)
    )
    believed_market: float = field(
        1e12,
        "S̄: spend at which everybody believes the market to be saturated; all income of labs, consumers included, of "
        "which the model has a part",
        unit="$/year",
        bounds=(1e9, 1e14),
        range=(3e11, 2e12),
        source="weightshift judgement; only its product with finance.equity_share acts on what can be observed",
    )
    upkeep: float = field(
        0.4,
        "δ_RD: share of rents that it takes to earn them again",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.25, 0.6),
        source="weightshift judgement",
    )
    lead_half_life: float = field(
        24.0,
        "t_lead: half-life of what a lab's lead of today is believed to be worth",
        unit="months",
        bounds=(1.0, 600.0),
        range=(12.0, 60.0),
        source="weightshift judgement; successive residuals of a lab are hardly correlated",
    )
    contest: float = field(
        1.0,
        "c: elasticity of a lab's believed share of the rents to come to its research budget",
        unit="1",
        bounds=(0.0, 4.0),
        range=(1.0, 2.0),
        source="1 a contest gross of effort, 2 net of it (Tullock 1980)",
    )
    equity_share: float = field(
        0.10,
        "f: most equity that a lab can raise a year, over the part of its value that is growth",
        unit="1/year",
        bounds=(0.0, 1.0),
        range=(0.03, 0.15),
        source="Equity of 2025 over post-money valuation of OpenAI, Anthropic, xAI and Mistral (Epoch AI, CC BY 4.0)",
        confidence="estimated",
    )
    capacity_half_life: float = field(
        24.0,
        "t_cap: half-life of what sets a lab apart at T: unused capacity to raise, rents paid out, cash held, compute "
        "for a dollar",
        unit="months",
        bounds=(1.0, 600.0),
        range=(6.0, 60.0),
        source="weightshift judgement",
    )
    backers_half_life: float = field(
        72.0,
        "P: half-life of the money of parents and founders that rents do not justify",
        unit="months",
        bounds=(1.0, 600.0),
        range=(24.0, 240.0),
        source="weightshift judgement",
    )
    crowding: float = field(
        0.3,
        "Share of a grant by which backers give less",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
        source="Crowding out of private by public R&D: reviews find none to most (David, Hall & Toole 2000)",
    )
    runway: float = field(
        12.0,
        "n: months of research budget that labs want to hold in cash, and hold at T",
        unit="months",
        bounds=(0.0, 120.0),
        range=(6.0, 24.0),
    )
    cut_time: float = field(
        36.0,
        "τ_d: time in which budgets fall to what inflows pay for, and in which cash beside the runway is spent",
        unit="months",
        bounds=(1.0, 600.0),
        range=(12.0, 60.0),
    )
    grace: int = field(
        6,
        "Months in a row in which money does not suffice before a lab exits",
        unit="months",
        bounds=(1, 1200),
        range=(3, 12),
    )
    founding: float = field(
        0.05,
        "e₀: hazard that a lab is founded in a region after T, for each time that it would be worth its cost once more "
        "than once; 0, and nobody can be",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.0, 0.2),
        source="weightshift judgement; of labs that raised so much from 2023 to 2025 there were several a year",
        at_start=True,
    )
    founding_cost: float = field(
        1e9,
        "F_e: what it takes to found a lab, raised at once and spent in two years",
        unit="$",
        bounds=(1e6, 1e12),
        range=(3e8, 3e9),
        source="weightshift judgement; first large rounds of new labs 2023-2025 were of 0.1 to 2 billion",
    )
