"""Where labs' money comes from: rents ploughed back, equity, backers and grants."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float, Int
from sim.record import Ending
from sim.state import State
from sim.views import money

# Most by which backers' money grows [1/year]; between a twentieth and a half hardly anything changes.
BACKERS_GROWTH = 0.10
# Time in which backers do what they have come to think right [months].
BACKERS_PACE = 12.0
# Least cash at the first month after T, in months of research budget: who was alive to T can go on.
LEAST_RUNWAY = 1.0
# Next to nothing [$ or $/month], so that what nobody has can be divided by.
NOTHING = 1e-9


def growth_share(rate: float, multiple: float) -> float:
    """Share of a value that is growth: g^V = max(0, 1 − 1/(r M)), for 1/r is what constant rents are worth."""
    return max(0.0, 1.0 - 1.0 / (rate * multiple)) if multiple > 0.0 else 0.0


def ploughback(upkeep: float, growth: float) -> float:
    """π = δ + (1 − δ) g^V: share of rents that goes back into research, the more the more of a value is growth."""
    return upkeep + (1.0 - upkeep) * growth


def shared_out(grants: Float, region: Int, effort: Float) -> Float:
    """Grants of regions to labs there, in proportion to research; none where nobody does any, shape (labs,)."""
    whole = np.bincount(region, weights=effort, minlength=grants.size)
    rate = np.divide(grants, whole, out=np.zeros_like(grants), where=whole > 0.0)
    return np.asarray(rate[region] * effort)


def backers_target(start: Float, worth: Float, worth_start: Float, half_life: float, months: int) -> Float:
    """s* = s_T [V^R + P s_T 2^(−(t−T)/P)]/[V^R_T + P s_T]: backers follow the worth of rents, and lose patience.

    Args:
        start: s_T [$/month], shape (labs,).
        worth: V^R, what a lab's rents are worth [$], shape (labs,).
        worth_start: The same at T.
        half_life: P [months].
        months: Since T.
    """
    pledged = half_life * start
    now = worth + pledged * money.faded(months, half_life)
    return np.asarray(start * (now + NOTHING) / (worth_start + pledged + NOTHING))


@mechanism(
    reads=(
        "governments.grant",
        "labs.active",
        "labs.award",
        "labs.budget",
        "labs.news",
        "labs.parent",
        "labs.region",
        "labs.rent_smoothed",
        "labs.value",
        "world.multiple",
    ),
    writes=("labs.grant", "labs.payout", "labs.equity", "labs.backers", "labs.backing", "labs.raised", "labs.cash"),
    carries=("labs.backers", "labs.cash"),
    parameters=(
        "finance.backers_half_life",
        "finance.capacity_half_life",
        "finance.crowding",
        "finance.discount_rate",
        "finance.equity_share",
        "finance.invest_mode",
        "finance.runway",
        "finance.upkeep",
        "record.end",
        "record.given",
    ),
    neutral={"finance.invest_mode": "frozen"},
)
def funding(state: State) -> None:
    """To T labs got whatever kept their runway; after T rents, equity, backers and grants are all there is.

    e = f g^V V u/12, none where a parent pays; Δs = min{(s* − s)/12, .1 s/12}. What a scenario cost in rents to T is
    missing in its cash, for it has been given what its reference was.
    """
    labs, p = state.labs, state.parameters.finance
    labs.payout[:] = labs.equity[:] = labs.backing[:] = labs.raised[:] = 0.0
    of_region = shared_out(state.governments.grant, labs.region, np.where(labs.active, money.last_budgets(state), 0.0))
    labs.grant[:] = np.where(labs.active, labs.award, 0.0) + of_region
    labs.cash += labs.grant
    if p.invest_mode == "frozen":
        return
    months = money.months_after(state)
    if months <= 0:
        lacking = np.where(labs.active, np.maximum(p.runway * labs.budget - labs.cash, 0.0), 0.0)
        labs.backing[:] = labs.raised[:] = money.as_in_reference(state, lacking)
    else:
        _raise_money(state, months)
    labs.cash += labs.raised


def _raise_money(state: State, months: int) -> None:
    labs, p = state.labs, state.parameters.finance
    multiple = float(state.world.multiple[0])
    growth = growth_share(p.discount_rate, multiple)
    capacity = np.where(labs.parent, 0.0, p.equity_share / YEAR * growth * views.quoted(state, labs.value))
    worth = (1.0 - p.upkeep) * multiple * YEAR * np.maximum(labs.rent_smoothed, 0.0)
    if months == 1:
        state.record.ending = _ending(state, ploughback(p.upkeep, growth), capacity, worth)
        labs.backers[:] = state.record.ending.backing
    start = money.ending(state)
    left = money.faded(months, p.capacity_half_life)
    labs.payout[:] = 1.0 - ploughback(p.upkeep, growth) * (1.0 - (1.0 - start.retained) * left)
    labs.equity[:] = np.where(labs.active, capacity * (1.0 - (1.0 - start.used) * left), 0.0)
    target = backers_target(start.backing, worth, start.worth, p.backers_half_life, months)
    labs.backers += np.minimum((target - labs.backers) / BACKERS_PACE, BACKERS_GROWTH / YEAR * labs.backers)
    labs.backing[:] = np.where(labs.active, np.maximum(labs.backers - p.crowding * labs.grant, 0.0), 0.0)
    lacking = np.maximum(LEAST_RUNWAY * money.last_budgets(state) - labs.cash, 0.0) if months == 1 else 0.0
    labs.raised[:] = labs.equity + labs.backing + np.where(labs.active, lacking, 0.0)


def _ending(state: State, ploughed: float, capacity: Float, worth: Float) -> Ending:
    """What the record leaves to be explained of money at T; backers and compute of a dollar as in the reference."""
    labs = state.labs
    budget = np.maximum(money.last_budgets(state), NOTHING)
    rent = np.maximum(labs.rent_smoothed, 0.0)
    kept = ploughed * rent
    retained = np.where(kept > budget, budget / np.maximum(kept, NOTHING), 1.0)
    equity = np.minimum(np.maximum(budget - kept, 0.0), capacity)
    can = capacity > 0.0
    used = equity / np.maximum(capacity, NOTHING)
    used = np.where(can, used, np.median(used[can]) if can.any() else 1.0)
    bought, excess = money.compute_of_a_dollar(state)
    own = Ending(
        retained=retained,
        used=used,
        backing=budget - np.minimum(kept, budget) - equity,
        worth=worth,
        runway=labs.cash / budget,
        compute=bought,
        excess=excess,
        budget=money.last_budgets(state),
    )
    return money.with_residuals_of_reference(state, own)
