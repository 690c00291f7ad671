"""Money is spent: chips have prices, research budgets follow what comes in, and compute follows budgets."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.state import State
from sim.views import money

# H̄: hardware researchers at whom domestic chip experience grows at its rate; China's at the start [FTE].
HARDWARE_STAFF = 1260.0


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


def research_budget(last: Float, inflow: Float, idle: Float, cut_time: float) -> Float:
    """Budgets move to what inflows and idle cash pay for: ΔRD = (RD* − RD)/τ, RD* = inflow + idle/τ_d, at least zero.

    τ is the time of building on the way up and τ_d on the way down.

    Args:
        last: RD of last month [$/month], shape (labs,).
        inflow: Rents ploughed back, equity, backers' money and grants [$/month].
        idle: Cash beyond the runway, or short of it [$].
        cut_time: τ_d [months].
    """
    wanted = np.maximum(inflow + idle / cut_time, 0.0)
    return np.asarray(last + (wanted - last) / np.where(wanted > last, money.BUILDING_TIME, cut_time))


def chip_price(start: float, progress: float, month: int, wedge: Float, experience: Float, learning: float) -> Float:
    """Price of compute by region: p₀ 10^(−h t/12) (1 + τ D^(−ι)) [$/FLOP], shape (regions,)."""
    return np.asarray(start * 10.0 ** (-progress * month / YEAR) * (1.0 + wedge * experience**-learning))


def domestic_share(wedge: Float, experience: Float, cost: float, learning: float, elasticity: float) -> Float:
    """Share of domestic chips: logistic in ε ln(p_imported/p_domestic), p_domestic = cost · D^(−ι), (regions,)."""
    ratio = (1.0 + wedge) / (cost * experience**-learning)
    return np.asarray(1.0 / (1.0 + ratio**-elasticity))


@mechanism(
    reads=(
        "governments.chip_subsidy",
        "governments.chip_wedge",
        "governments.hardware_researchers",
        "labs.active",
        "labs.backing",
        "labs.budget_history",
        "labs.cash",
        "labs.compute_history",
        "labs.entry",
        "labs.equity",
        "labs.exited",
        "labs.grant",
        "labs.legal",
        "labs.payout",
        "labs.raised",
        "labs.region",
        "labs.rent_smoothed",
        "labs.support",
        "labs.training_cost",
        "world.equal_compute",
    ),
    writes=(
        "labs.compute",
        "labs.budget",
        "governments.chip_price",
        "governments.domestic_chips",
        "governments.domestic_experience",
    ),
    carries=("labs.compute", "governments.domestic_experience"),
    parameters=(
        "compute.chip_price",
        "compute.domestic_cost",
        "compute.domestic_elasticity",
        "compute.domestic_rate",
        "compute.hardware_progress",
        "compute.hardware_talent",
        "compute.learning",
        "compute.wedge",
        "record.end",
        "record.given",
    ),
    neutral={
        "finance.invest_mode": "frozen",
        "finance.elasticity": 0.0,
        "finance.price_elasticity": 0.0,
        "compute.hardware_progress": 0.0,
        "compute.wedge": 0.0,
        "compute.domestic_rate": 0.0,
    },
)
def finance(state: State) -> None:
    """To T compute and budgets follow the record and deviate with rents; after T money decides.

    C(t) = C(T) + log RD(t−τ) − log p(t−τ), less the same at T and less what fades of compute that was dear or cheap.
    Nobody spends money that is not there. Source: exact-hat anchoring (Dekle, Eaton & Kortum 2008); learning by doing
    in chips (Irwin & Klenow 1994).
    """
    labs, governments = state.labs, state.governments
    c = state.parameters.compute
    wedge = c.wedge * governments.chip_wedge
    share = domestic_share(wedge, governments.domestic_experience, c.domestic_cost, c.learning, c.domestic_elasticity)
    governments.domestic_chips[:] = share
    skill = governments.hardware_researchers / HARDWARE_STAFF
    governments.domestic_experience += c.domestic_rate * share * skill**c.hardware_talent
    governments.chip_price[:] = (1.0 - governments.chip_subsidy) * chip_price(
        c.chip_price, c.hardware_progress, state.month, wedge, governments.domestic_experience, c.learning
    )
    months = money.months_after(state)
    if state.parameters.finance.invest_mode == "anchored":
        if months <= 0:
            _follow_record(state)
        else:
            _spend(state, months)
    if state.world.equal_compute[0] and labs.active.any():
        labs.compute[labs.active] = np.log10((10.0 ** labs.compute[labs.active]).mean())
    labs.compute -= np.log10(labs.training_cost)


def _follow_record(state: State) -> None:
    labs, p = state.labs, state.parameters.finance
    reference = views.reference_rents(state)
    mean = np.maximum(reference, 0.0)[labs.active].mean() if labs.active.any() else 0.0
    support = labs.support * p.support * mean + p.support_floor
    rent = np.maximum(labs.rent_smoothed, 0.0) + labs.grant
    compute, factor = anchored_compute(labs.compute_history, rent, reference, support, p.elasticity)
    price = state.governments.chip_price[labs.region] / views.reference_chip_prices(state)[labs.region]
    labs.compute[:] = compute - p.price_elasticity * np.log10(price)
    labs.budget[:] = labs.budget_history * factor


def _spend(state: State, months: int) -> None:
    """Labs that are yet to come have the budget and the compute of the record until they are there."""
    labs, p, start = state.labs, state.parameters.finance, money.ending(state)
    left = money.faded(months, p.capacity_half_life)
    there = labs.active
    last = money.last_budgets(state)
    inflow = (1.0 - labs.payout) * np.maximum(labs.rent_smoothed, 0.0) + labs.equity + labs.backing + labs.grant
    runway = p.runway + (start.runway - p.runway) * left
    idle = labs.cash - labs.raised - labs.grant - runway * last
    planned = research_budget(last, inflow, idle, p.cut_time)
    paid = np.minimum(planned, np.maximum(labs.cash - labs.legal, 0.0))
    labs.budget[:] = np.where(there, paid, np.where(labs.exited > 0, 0.0, labs.budget_history))
    bought = start.compute + money.earlier_budgets(state) - money.earlier_chip_prices(state)
    labs.compute[:] = np.where(there, bought - start.excess * (1.0 - left), labs.compute)
