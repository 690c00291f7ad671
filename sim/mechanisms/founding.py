"""Labs are founded where that is worth more than it costs; else exit would only concentrate."""

from __future__ import annotations

import math
from statistics import median
from typing import NamedTuple

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.fields import REGIONS
from sim.state import State
from sim.views import money

# In how many years a new lab spends what it raised.
SPENT_IN = 2.0
# The frontier counts as having been somewhere if it was less than this behind it [OOM]; sums of parts round.
ROUNDING = 1e-9
# Whoever is not founded stays as it was.
CHANGED = (
    "labs.active",
    "labs.backers",
    "labs.budget",
    "labs.cash",
    "labs.compute",
    "labs.discovered",
    "labs.entry",
    "labs.equity",
    "labs.hardware_wage",
    "labs.methods",
    "labs.promise",
    "labs.raised",
    "labs.reasoning",
    "labs.serving",
    "labs.valuation",
    "labs.valuation_year_ago",
    "labs.value",
    "labs.wage",
)


def entrant_value(contested: float, effort: Float, own: float, contest: float, rate: float, lag: Float) -> Float:
    """V_e = 𝒞 x_e^c/(Σx^c + x_e^c) e^(−r lag): a share in rents to come, as late as it starts behind, (regions,) [$].

    Args:
        contested: 𝒞 = (1 − δ)(M − M_d) ΣR, what the rents to come are worth that research contests [$].
        effort: x, research budgets of labs that exist, in any unit, shape (labs,).
        own: x_e, the same of the entrant, above zero.
        contest: c.
        rate: r [1/year].
        lag: How long ago the frontier was where it starts [months], shape (regions,).

    Source: contests (Tullock 1980).
    """
    won = 1.0 / (1.0 + ((effort[effort > 0.0] / own) ** contest).sum())
    return np.asarray(contested * won * np.exp(-rate * lag / YEAR))


def founding_hazard(value: Float, cost: float, rate: float) -> Float:
    """Chance of a founding this month: 1 − exp(−e₀ [V_e/F_e − 1]⁺), of the shape of ``value``."""
    return np.asarray(-np.expm1(-rate * np.maximum(value / cost - 1.0, 0.0)))


def months_behind(path: Float, capability: Float) -> Float:
    """How long ago the frontier first was where one starts, from the first month on if it was always ahead [months].

    Args:
        path: The frontier of every month to the last, shape (months,).
        capability: Where one starts, any shape.
    """
    first = np.searchsorted(np.maximum.accumulate(path), capability - ROUNDING)
    return np.asarray(path.size - first, float)


def of_staff(values: Float, staff: Float, region: Int, otherwise: float) -> Float:
    """Mean over the staff of each region's labs; a number of regions without any, shape (regions,)."""
    people = np.bincount(region, weights=staff, minlength=len(REGIONS))
    known = np.bincount(region, weights=staff * values, minlength=len(REGIONS))
    return np.asarray(np.divide(known, people, out=np.full(len(REGIONS), otherwise), where=people > 0.0))


def of_median(values: Float, region: Int, exists: Bool) -> Float:
    """Median over the labs of each region, over all where a region has none, shape (regions,)."""
    there = list(zip(values[exists].tolist(), region[exists].tolist(), strict=True))
    here = ([value for value, home in there if home == r] for r in range(len(REGIONS)))
    return np.array([median(mine or [value for value, _ in there]) for mine in here])


class Start(NamedTuple):
    """What a lab founded in each region starts from, each of shape (regions,).

    Attributes:
        methods: Of its founders [OOM].
        serving, reasoning: Likewise.
        bought: Log₁₀ of compute over what is spent on it.
        compute: Log₁₀ of the run that it can pay for.
        capability: The better of its own run and of the best public weights [OOM].
    """

    methods: Float
    serving: Float
    reasoning: Float
    bought: Float
    compute: Float
    capability: Float


@mechanism(
    reads=(
        "labs.region",
        "labs.researchers",
        "lines.capability",
        "lines.live",
        "lines.pretraining",
        "lines.thought",
        "world.contested",
    ),
    writes=(*CHANGED, "governments.founding_value"),
    carries=CHANGED,
    parameters=(
        "finance.capacity_half_life",
        "finance.contest",
        "finance.discount_rate",
        "finance.founding",
        "finance.founding_cost",
        "finance.invest_mode",
        "finance.runway",
        "record.end",
        "record.given",
        "training.open_start",
        "training.reference_compute",
        "training.start_loss",
    ),
    neutral={"finance.founding": 0.0},
)
def founding(state: State) -> None:
    """In each region a lab is founded with the chance 1 − exp(−e₀ [V_e/F_e − 1]⁺) while one can be.

    It raises F_e, spends half of it a year, knows what labs of its region know, by their staff, and has the compute of
    a dollar and the wages of their median; staff comes through the market.
    """
    p, months = state.parameters.finance, money.months_after(state)
    state.governments.founding_value[:] = 0.0
    if p.founding == 0.0 or months <= 0 or p.invest_mode == "frozen" or not state.labs.active.any():
        return
    labs, budget = state.labs, p.founding_cost / SPENT_IN / YEAR
    start = _start(state, budget, months)
    worth = entrant_value(
        float(state.world.contested[0]),
        labs.budget[labs.active],
        budget,
        p.contest,
        p.discount_rate,
        months_behind(np.array(state.record.series("frontier")), start.capability),
    )
    state.governments.founding_value[:] = worth
    draw = draws.uniform(state.seed, "founding", state.month, np.arange(len(REGIONS)))
    happens = draw < founding_hazard(worth, p.founding_cost, p.founding)
    exist, first = labs.active.copy(), len(labs) - state.history.newcomers
    for region in np.flatnonzero(happens).tolist():
        waiting = (labs.region[first:] == region) & (labs.entry[first:] > state.month)
        if waiting.any():
            _found(state, first + int(waiting.argmax()), region, start, float(worth[region]), exist)


def _start(state: State, budget: float, months: int) -> Start:
    labs, p, ending = state.labs, state.parameters.training, money.ending(state)
    staff, here = np.where(labs.active, labs.researchers, 0.0), labs.active
    # Where there is no lab, what everybody knows who builds models.
    methods, serving, reasoning = (
        of_staff(known, staff, labs.region, float(known[here].min()))
        for known in (labs.methods, labs.serving, labs.reasoning)
    )
    left = money.faded(months, state.parameters.finance.capacity_half_life)
    bought = of_median(ending.compute - ending.excess * (1.0 - left), labs.region, here)
    compute = bought + math.log10(budget) - np.log10(state.record.chip_prices[-money.BUILDING_TIME])
    capability = compute - p.reference_compute + methods + reasoning
    if p.open_start:
        taught = views.teachers_now(state)
        public = taught.weights[:, None] - p.start_loss + np.maximum(taught.thought[:, None], reasoning)
        capability = np.maximum(capability, public.max(axis=0))
    return Start(methods, serving, reasoning, bought, compute, capability)


def _found(state: State, row: int, region: int, start: Start, worth: float, exist: Bool) -> None:
    """Fill the row of a lab with what it starts from; wages, and whether it reasons, are of those that existed."""
    labs, p = state.labs, state.parameters.finance
    labs.active[row], labs.entry[row] = True, state.month
    labs.cash[row] += p.founding_cost
    labs.equity[row] = labs.raised[row] = p.founding_cost
    labs.budget[row] = p.founding_cost / SPENT_IN / YEAR
    labs.backers[row] = 0.0
    labs.value[row] = labs.valuation[row] = labs.valuation_year_ago[row] = worth
    labs.methods[row], labs.serving[row] = start.methods[region], start.serving[region]
    labs.reasoning[row], labs.compute[row] = start.reasoning[region], start.compute[region]
    labs.discovered[row] = labs.discovered[exist].any()
    labs.promise[row] = start.capability[region]
    for wages in (labs.wage, labs.hardware_wage):
        wages[row] = of_median(wages, labs.region, exist)[region]
    money.begin(state, row, float(start.bought[region]), float(labs.budget[row]))
