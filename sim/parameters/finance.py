"""How rents turn into compute, budgets, valuations and cash."""

from __future__ import annotations

from typing import Literal

from sim.parameters.fields import Section, field


class Finance(Section):
    """How rents turn into compute, budgets, valuations and cash."""

    invest_mode: Literal["anchored", "structural"] = field(
        "anchored",
        "Compute follows history and deviates with rents (anchored), or is bought out of profits (structural)",
        unit="1",
        source="Exact-hat algebra (Dekle, Eaton & Kortum 2008) for the anchored mode",
    )
    elasticity: float = field(
        0.3,
        "φ: elasticity of training compute and research budgets to a lab's rents; it decides the sign of welfare",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.0, 0.6),
        source="weightshift judgement; always sweep",
    )
    rent_memory: float = field(
        12.0,
        "Horizon of the exponential mean of rents on which investment is based",
        unit="months",
        bounds=(1.0, 120.0),
        range=(6.0, 24.0),
    )
    price_elasticity: float = field(
        1.0,
        "Elasticity of training compute to its price relative to the reference",
        unit="1",
        bounds=(0.0, 3.0),
        range=(0.5, 1.5),
        source="A fixed budget buys 1/price",
    )
    support: float = field(
        1.0,
        "Money that does not depend on rents: multiplies each lab's support, in units of the mean reference rent",
        unit="1",
        bounds=(0.0, 20.0),
        range=(0.2, 4.0),
    )
    support_floor: float = field(
        1e6, "Smallest unit of such money", unit="$/month", bounds=(1.0, 1e10), range=(1e5, 1e7)
    )
    multiple: float = field(
        15.0,
        "Years of expected rent that investors pay",
        unit="years",
        bounds=(0.0, 100.0),
        range=(8.0, 30.0),
        source="Valuation over revenue of OpenAI and Anthropic rounds 2023-25 (Epoch AI)",
        confidence="estimated",
    )
    belief_speed: float = field(
        0.1, "Speed at which the expected growth of spend adapts", unit="1/month", bounds=(0.0, 1.0), range=(0.05, 0.3)
    )
    runway: float = field(
        24.0, "Runway up to which labs raise money", unit="months", bounds=(0.0, 120.0), range=(12.0, 36.0)
    )
    funding: float = field(
        0.2,
        "Largest share of its valuation that a lab can raise a year",
        unit="1/year",
        bounds=(0.0, 2.0),
        range=(0.05, 0.5),
        source="OpenAI and Anthropic rounds 2023-25: 5-25% of post-money a year (Epoch AI)",
        confidence="estimated",
    )
    parent_money: float = field(
        2e8,
        "Money that a parent can add a month, per unit of the lab's support",
        unit="$/month",
        bounds=(0.0, 1e11),
        range=(5e7, 1e9),
    )
    reinvestment: float = field(
        0.8,
        "Structural mode: share of a positive profit that buys compute",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.3, 1.0),
    )
    investor_share: float = field(
        0.1,
        "Structural mode: share of the valuation that investors put into compute a year",
        unit="1/year",
        bounds=(0.0, 2.0),
        range=(0.02, 0.3),
    )
    depreciation: float = field(
        0.02,
        "Structural mode: decay of the compute stock",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.01, 0.04),
        source="Economic life of AI chips of about four years",
        confidence="estimated",
    )

    run_months: float = field(
        1.2,
        "Structural mode: months of the whole compute stock that a released run takes",
        unit="months",
        bounds=(0.01, 24.0),
        range=(0.3, 3.0),
        source="Runs of three months on 40% of a lab's compute",
    )
