"""What everybody believes the market will be, and what labs are worth in it."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float
from sim.state import State
from sim.views import money

# Growth of spend that one month can make believe [1/year, logs]: the first months of a market grow by far more.
LEAST_GROWTH, MOST_GROWTH = -2.0, 3.0
# Least spend from which anybody extrapolates [$/year].
SOME_SPEND = 1.0
# Weights of lasting rent and of the rent of the last year in what a lab is believed to earn.
LASTING = 0.5
# To T employees count on so many years of expected rent [years]: a scale alone, for it is the rise that draws them.
RECORDED_MULTIPLE = 15.0
# Added to values [$] where one measure of them takes the place of another, so that nothing stays nothing.
FIRST_VALUE = 1e6
# Months to a hundred years, from where on the believed spend is level [years].
_AHEAD = np.arange(100 * YEAR + 1) / YEAR
# Weights of Simpson's rule over them [years].
_SIMPSON = np.where(np.arange(_AHEAD.size) % 2 == 1, 4.0, 2.0) / (3.0 * YEAR)
_SIMPSON[[0, -1]] /= 2.0


@lru_cache(maxsize=4)  # two rates look at one path
def believed_path(spend: float, growth: float, ceiling: float) -> Float:
    """Spend by month over spend now: (1 + k)/(1 + k e^(−g s)), k = S̄/S − 1, logistic to the ceiling, for g > 0."""
    room = ceiling / spend - 1.0
    path = (1.0 + room) / (1.0 + room * np.exp(-growth * _AHEAD))
    path.flags.writeable = False
    return np.asarray(path)


@lru_cache(maxsize=8)
def discounted(rate: float) -> Float:
    """e^(−r s) by month."""
    worth = np.exp(-rate * _AHEAD)
    worth.flags.writeable = False
    return worth


def believed_multiple(rate: float, spend: float, growth: float, ceiling: float) -> float:
    """M = ∫ e^(−r s) S(s)/S ds, years of spend that all spend to come is worth; 1/(r + |g|) if it does not grow.

    Args:
        rate: r, discount rate [1/year].
        spend: S [$/year].
        growth: g, of spend that is far from the ceiling [1/year, logs].
        ceiling: S̄ [$/year].
    """
    if growth <= 0.0:
        return 1.0 / (rate - growth)
    path = believed_path(spend, growth, ceiling)
    left = path * discounted(rate)
    return float(_SIMPSON.dot(left) + left[-1] / rate)


def lasting_value(
    rent: Float, effort: Float, own: float, whole: float, upkeep: float, contest: float, recorded: int | None = None
) -> Float:
    """V_l = (1 − δ)[M_d R_l + (M − M_d) ΣR x_l^c/Σx^c], shape (labs,) [$].

    What today's lead is worth is a lab's own; the rest of all rents to come is contested by research.

    Args:
        rent: R, at least zero [$/year], shape (labs,).
        effort: x, research budgets in any unit, zero of labs that do not exist, shape (labs,).
        own: M_d, multiple of rents that fade with a lead [years].
        whole: M, multiple of all rents [years].
        upkeep: δ.
        contest: c.
        recorded: How many labs there are of the record, all if None: what they sum to rounds the same with others.

    Source: contests (Tullock 1980).
    """
    most = effort.max(initial=0.0)
    if most <= 0.0:
        return np.zeros_like(rent)
    won = np.where(effort > 0.0, (effort / most) ** contest, 0.0)
    first = rent.size if recorded is None else recorded
    rents, wins = (each[:first].sum() + each[first:].sum() for each in (rent, won))
    return np.asarray((1.0 - upkeep) * (own * rent + (whole - own) * rents * won / wins))


def believed_rent(smoothed: Float, lasting: Float, exists: Bool) -> Float:
    """R: half the rent of the last year, half what customers would bring who chose freely [$/year], shape (labs,)."""
    rent = (1.0 - LASTING) * np.maximum(smoothed, 0.0) + LASTING * np.maximum(lasting, 0.0)
    return np.where(exists, YEAR * rent, 0.0)


@mechanism(
    reads=(
        "labs.active",
        "labs.news",
        "labs.rent_expected",
        "labs.rent_lasting",
        "labs.rent_smoothed",
        "world.spend",
        "world.spend_before",
        "world.spend_smoothed",
    ),
    writes=(
        "labs.value",
        "labs.valuation",
        "labs.valuation_year_ago",
        "world.contested",
        "world.growth",
        "world.multiple",
    ),
    carries=("labs.valuation", "labs.valuation_year_ago", "world.growth"),
    parameters=(
        "finance.believed_market",
        "finance.belief_speed",
        "finance.contest",
        "finance.discount_rate",
        "finance.lead_half_life",
        "finance.upkeep",
        "record.end",
        "record.given",
    ),
    neutral={"finance.belief_speed": 0.0, "finance.upkeep": 1.0, "talent.equity": 0.0},
)
def value(state: State) -> None:
    """Expected growth adapts; the believed market is logistic in it, and labs are worth their part of its rents.

    To T employees look at a multiple of expected rent, later at the value, as markets quote them with news; its rise
    goes on from theirs.
    """
    labs, world, p, month = state.labs, state.world, state.parameters.finance, state.month
    if month > 1 and world.spend[0] > 0.0 and world.spend_before[0] > 0.0:
        growth = YEAR * np.log(world.spend[0] / world.spend_before[0])
        world.growth[0] += p.belief_speed * (min(max(growth, LEAST_GROWTH), MOST_GROWTH) - world.growth[0])
    believed = max(YEAR * float(world.spend_smoothed[0]), SOME_SPEND), float(world.growth[0]), p.believed_market
    world.multiple[0] = believed_multiple(p.discount_rate, *believed)
    fading = p.discount_rate + math.log(2.0) * YEAR / p.lead_half_life
    rent = believed_rent(labs.rent_smoothed, labs.rent_lasting, labs.active)
    own, whole = believed_multiple(fading, *believed), float(world.multiple[0])
    effort = np.where(labs.active, money.last_budgets(state), 0.0)
    recorded = len(labs) - state.history.newcomers
    labs.value[:] = lasting_value(rent, effort, own, whole, p.upkeep, p.contest, recorded)
    world.contested[0] = (1.0 - p.upkeep) * (whole - own) * rent.sum()
    after = money.months_after(state)
    if after <= 0:
        expected = np.maximum(labs.rent_expected, 0.0)
        labs.valuation[:] = views.quoted(state, RECORDED_MULTIPLE * YEAR * expected * np.exp(world.growth[0]))
    else:
        quoted = views.quoted(state, labs.value)
        if after == 1:
            scale = (quoted + FIRST_VALUE) / (labs.valuation + FIRST_VALUE)
            labs.valuation_year_ago[:] = np.maximum(scale * (labs.valuation_year_ago + FIRST_VALUE) - FIRST_VALUE, 0.0)
        labs.valuation[:] = quoted
    labs.valuation_year_ago += (labs.valuation - labs.valuation_year_ago) / YEAR
