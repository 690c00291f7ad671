"""Money moves before it is spent: smoothed rents, valuations, compute and research budgets, cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from sim import views
from sim.fields import Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market

MONTHS = 12.0


class Compute(Section):
    """Compute: its path after the data end, its price, and chips made at home."""

    growth_after: float = field(
        0.4,
        "Growth of every lab's released training compute and research budget once history ends",
        unit="OOM/year",
        bounds=(-1.0, 2.0),
        range=(0.2, 0.7),
        source="Epoch AI: frontier training compute 4-5x a year (0.65 OOM); released runs of 2024-25 grew less",
    )
    chip_price: float = field(
        3.8e-18,
        "Price of training compute in the US at the start",
        unit="$/FLOP",
        bounds=(1e-20, 1e-15),
        range=(2e-18, 6e-18),
        source="GPT-4: about $78M for 2.1e25 FLOP (Epoch AI)",
        confidence="estimated",
    )
    hardware_progress: float = field(
        0.15,
        "Fall of the price of compute",
        unit="OOM/year",
        bounds=(0.0, 1.0),
        range=(0.1, 0.2),
        source="Epoch AI: GPU price-performance doubles in 2.1-2.5 years",
        confidence="measured",
    )
    wedge: float = field(
        1.0,
        "Multiplies the historical import price wedge of export controls",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
    )
    learning: float = field(
        0.2,
        "Elasticity of the wedge to domestic chip experience",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.35),
        source="Learning rates of 15-20% in semiconductors (Irwin & Klenow 1994)",
        confidence="estimated",
    )
    domestic_rate: float = field(
        0.03,
        "Domestic chip experience gained a month when every chip is domestic",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.01, 0.1),
    )
    domestic_elasticity: float = field(
        3.0,
        "Elasticity of substitution between imported and domestic chips",
        unit="1",
        bounds=(0.0, 10.0),
        range=(1.0, 5.0),
    )
    domestic_cost: float = field(
        1.5,
        "Cost of the same compute on domestic chips at the start, relative to imported ones without a wedge",
        unit="1",
        bounds=(0.1, 10.0),
        range=(1.2, 3.0),
    )
    hardware_talent: float = field(
        0.4,
        "Elasticity of domestic chip learning to hardware researchers",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
    )


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


def anchored_compute(
    history: Float, rent: Float, reference_rent: Float, support: Float, elasticity: float
) -> tuple[Float, Float]:
    """Log deviation of compute and factor on budgets in anchored mode.

    log₁₀ C = log₁₀ C_hist + φ log₁₀[(r̄⁺ + s)/(r̄_ref⁺ + s)], and budgets scale with the same ratio to the power φ.

    Args:
        history: log₁₀ FLOP on the historical path, shape (labs,).
        rent: Smoothed rent [$/month].
        reference_rent: The same in the reference run.
        support: Money that does not depend on rents, positive [$/month].
        elasticity: φ.

    Returns:
        log₁₀ compute and the budget factor, each of shape (labs,).
    """
    ratio = (np.maximum(rent, 0.0) + support) / (np.maximum(reference_rent, 0.0) + support)
    factor = ratio**elasticity
    return history + np.log10(factor), factor


def chip_price(start: float, progress: float, month: int, wedge: Float, experience: Float, learning: float) -> Float:
    """Price of compute by region: p₀ 10^(−h t/12) (1 + τ D^(−ι)) [$/FLOP], shape (regions,)."""
    return np.asarray(start * 10.0 ** (-progress * month / MONTHS) * (1.0 + wedge * experience**-learning))


def domestic_share(wedge: Float, experience: Float, cost: float, learning: float, elasticity: float) -> Float:
    """Share of domestic chips: logistic in ε ln(p_imported/p_domestic), p_domestic = cost · D^(−ι), (regions,)."""
    ratio = (1.0 + wedge) / (cost * experience**-learning)
    return np.asarray(1.0 / (1.0 + ratio**-elasticity))


@mechanism(
    reads=(
        "governments.chip_wedge",
        "governments.hardware_researchers",
        "labs.active",
        "labs.budget_history",
        "labs.compute_history",
        "labs.profit",
        "labs.region",
        "labs.rent_expected",
        "labs.rent_smoothed",
        "labs.support",
        "world.spend",
        "world.spend_before",
    ),
    writes=(
        "labs.compute",
        "labs.compute_stock",
        "labs.budget",
        "labs.valuation",
        "labs.valuation_year_ago",
        "labs.raised",
        "labs.cash",
        "governments.chip_price",
        "governments.domestic_experience",
        "world.growth",
    ),
    neutral={
        "finance.invest_mode": "anchored",
        "finance.elasticity": 0.0,
        "finance.price_elasticity": 0.0,
        "finance.multiple": 0.0,
        "finance.belief_speed": 0.0,
        "finance.funding": 0.0,
        "finance.parent_money": 0.0,
        "compute.wedge": 0.0,
        "compute.domestic_rate": 0.0,
    },
)
def finance(market: Market) -> None:
    """Rents turn into compute, research budgets, valuations and cash.

    Source: exact-hat anchoring (Dekle, Eaton & Kortum 2008); learning by doing in chips (Irwin & Klenow 1994).
    """
    labs, governments, world = market.labs, market.governments, market.world
    p, c, month = market.parameters.finance, market.parameters.compute, market.month
    if month > 1 and world.spend[0] > 0.0 and world.spend_before[0] > 0.0:
        growth = MONTHS * np.log(world.spend[0] / world.spend_before[0])
        world.growth[0] += p.belief_speed * (min(max(growth, -2.0), 3.0) - world.growth[0])

    wedge = c.wedge * governments.chip_wedge
    share = domestic_share(wedge, governments.domestic_experience, c.domestic_cost, c.learning, c.domestic_elasticity)
    skill = governments.hardware_researchers / market.hardware_staff_start
    governments.domestic_experience += c.domestic_rate * share * skill**c.hardware_talent
    governments.chip_price[:] = chip_price(
        c.chip_price, c.hardware_progress, month, wedge, governments.domestic_experience, c.learning
    )

    labs.valuation[:] = p.multiple * MONTHS * np.maximum(labs.rent_expected, 0.0) * np.exp(world.growth[0])
    labs.valuation_year_ago += (labs.valuation - labs.valuation_year_ago) / MONTHS

    if p.invest_mode == "anchored":
        _invest_anchored(market)
    else:
        _invest_structural(market)

    need = p.runway * np.maximum(-labs.profit, 0.0) - labs.cash
    limit = p.funding / MONTHS * labs.valuation + p.parent_money * labs.support
    labs.raised[:] = np.clip(need, 0.0, limit) * labs.active
    labs.cash += labs.raised


def _invest_anchored(market: Market) -> None:
    labs, p = market.labs, market.parameters.finance
    reference = views.reference_rents(market)
    mean = np.maximum(reference, 0.0)[labs.active].mean() if labs.active.any() else 0.0
    support = labs.support * p.support * mean + p.support_floor
    compute, factor = anchored_compute(labs.compute_history, labs.rent_smoothed, reference, support, p.elasticity)
    price = market.governments.chip_price[labs.region] / views.reference_chip_prices(market)[labs.region]
    labs.compute[:] = compute - p.price_elasticity * np.log10(price)
    labs.budget[:] = labs.budget_history * factor


def _invest_structural(market: Market) -> None:
    labs, p = market.labs, market.parameters.finance
    spend = p.reinvestment * np.maximum(labs.profit, 0.0) + p.investor_share / MONTHS * labs.valuation
    spend += p.parent_money * labs.support
    # A dollar buys 1/price FLOP over the life 1/δ of a chip, so δ/price FLOP a month.
    bought = spend * p.depreciation / market.governments.chip_price[labs.region]
    start = 10.0**labs.compute_history / p.run_months
    stock = np.where(labs.compute_stock > 0.0, labs.compute_stock, start)
    labs.compute_stock[:] = np.where(labs.active, stock + bought - p.depreciation * stock, 0.0)
    stock = np.where(labs.active, labs.compute_stock, start)
    labs.compute[:] = np.log10(p.run_months * stock)
    labs.budget[:] = labs.budget_history * 10.0 ** (labs.compute - labs.compute_history)
