"""Money moves before it is spent: smoothed rents, valuations, compute and research budgets, cash."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.state import State

# Growth of spend that one month can make believe [1/year, logs]: the first months of a market grow by far more.
LEAST_GROWTH, MOST_GROWTH = -2.0, 3.0


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
    return np.asarray(start * 10.0 ** (-progress * month / YEAR) * (1.0 + wedge * experience**-learning))


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
        "governments.domestic_chips",
        "governments.domestic_experience",
        "world.growth",
    ),
    carries=(
        "labs.compute_stock",
        "labs.valuation_year_ago",
        "labs.cash",
        "governments.domestic_experience",
        "world.growth",
    ),
    parameters=(
        "compute.chip_price",
        "compute.domestic_cost",
        "compute.domestic_elasticity",
        "compute.domestic_rate",
        "compute.hardware_progress",
        "compute.hardware_talent",
        "compute.learning",
        "compute.wedge",
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
def finance(state: State) -> None:
    """Rents turn into compute, research budgets, valuations and cash.

    Source: exact-hat anchoring (Dekle, Eaton & Kortum 2008); learning by doing in chips (Irwin & Klenow 1994).
    """
    labs, governments, world = state.labs, state.governments, state.world
    p, c, month = state.parameters.finance, state.parameters.compute, state.month
    if month > 1 and world.spend[0] > 0.0 and world.spend_before[0] > 0.0:
        growth = YEAR * np.log(world.spend[0] / world.spend_before[0])
        world.growth[0] += p.belief_speed * (min(max(growth, LEAST_GROWTH), MOST_GROWTH) - world.growth[0])

    wedge = c.wedge * governments.chip_wedge
    share = domestic_share(wedge, governments.domestic_experience, c.domestic_cost, c.learning, c.domestic_elasticity)
    governments.domestic_chips[:] = share
    skill = governments.hardware_researchers / state.hardware_staff_start
    governments.domestic_experience += c.domestic_rate * share * skill**c.hardware_talent
    governments.chip_price[:] = chip_price(
        c.chip_price, c.hardware_progress, month, wedge, governments.domestic_experience, c.learning
    )

    labs.valuation[:] = p.multiple * YEAR * np.maximum(labs.rent_expected, 0.0) * np.exp(world.growth[0])
    labs.valuation_year_ago += (labs.valuation - labs.valuation_year_ago) / YEAR

    if p.invest_mode == "anchored":
        _invest_anchored(state)
    else:
        _invest_structural(state)

    need = p.runway * np.maximum(-labs.profit, 0.0) - labs.cash
    limit = p.funding / YEAR * labs.valuation + p.parent_money * labs.support
    labs.raised[:] = np.clip(need, 0.0, limit) * labs.active
    labs.cash += labs.raised


def _invest_anchored(state: State) -> None:
    labs, p = state.labs, state.parameters.finance
    reference = views.reference_rents(state)
    mean = np.maximum(reference, 0.0)[labs.active].mean() if labs.active.any() else 0.0
    support = labs.support * p.support * mean + p.support_floor
    compute, factor = anchored_compute(labs.compute_history, labs.rent_smoothed, reference, support, p.elasticity)
    price = state.governments.chip_price[labs.region] / views.reference_chip_prices(state)[labs.region]
    labs.compute[:] = compute - p.price_elasticity * np.log10(price)
    labs.budget[:] = labs.budget_history * factor


def _invest_structural(state: State) -> None:
    labs, p = state.labs, state.parameters.finance
    spend = p.reinvestment * np.maximum(labs.profit, 0.0) + p.investor_share / YEAR * labs.valuation
    spend += p.parent_money * labs.support
    # A dollar buys 1/price FLOP over the life 1/δ of a chip, so δ/price FLOP a month.
    bought = spend * p.depreciation / state.governments.chip_price[labs.region]
    start = 10.0**labs.compute_history / p.run_months
    stock = np.where(labs.compute_stock > 0.0, labs.compute_stock, start)
    labs.compute_stock[:] = np.where(labs.active, stock + bought - p.depreciation * stock, 0.0)
    stock = np.where(labs.active, labs.compute_stock, start)
    labs.compute[:] = np.log10(p.run_months * stock)
    labs.budget[:] = labs.budget_history * 10.0 ** (labs.compute - labs.compute_history)
