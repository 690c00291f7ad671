"""Labs whose money does not suffice give up; their staff, their customers and their models go on."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float
from sim.state import State
from sim.views import money

# What it takes to be a lab at all [$/month], or half of what a lab lived on at T if that is less; between a fifth and
# five times it hardly anything changes.
FIXED_COST = 1e8 / YEAR
# Months for which closed models of a lab that gave up are still served.
WINDING_UP = 3
# Most labs do not give up, so what an exit writes stays as it was for them.
CHANGED = (
    "labs.active",
    "labs.budget",
    "labs.complement",
    "labs.exited",
    "labs.struggling",
    "lines.live",
    "startups.base",
    "world.frontier",
)


def short_of_money(budget: Float, inflow: Float, before: Float) -> Bool:
    """Whether all that comes in and all that is spent is below what it takes to be a lab.

    Who runs out of cash cuts research to what comes in; that alone ends no lab.

    Args:
        budget: What is spent on research [$/month], shape (labs,).
        inflow: Rents, what is raised and grants.
        before: Budget at T, or the first.
    """
    fixed = np.minimum(FIXED_COST, 0.5 * before)
    return np.asarray((inflow < fixed) & (budget < fixed))


@mechanism(
    reads=(
        "labs.grant",
        "labs.raised",
        "labs.rent_smoothed",
        "lines.access",
        "lines.capability",
        "lines.gain",
        "lines.lab",
    ),
    writes=CHANGED,
    carries=CHANGED,
    parameters=("finance.grace", "finance.invest_mode", "record.end", "record.given"),
    neutral={"finance.grace": 1200},
)
def exit(state: State) -> None:
    """Labs that were short of money for so many months end; closed lines of theirs leave three months later.

    Training, research and finance stop, staff choose anew, open weights stay and hosts keep their income. What is
    behind the frontier from then on is measured at the best model that is left.
    """
    labs, p = state.labs, state.parameters.finance
    if money.months_after(state) <= 0 or p.invest_mode == "frozen":
        return
    inflow = np.maximum(labs.rent_smoothed, 0.0) + labs.raised + labs.grant
    short = labs.active & short_of_money(labs.budget, inflow, money.ending(state).budget)
    labs.struggling[:] = np.where(short, labs.struggling + 1, 0)
    ends = labs.struggling >= p.grace
    labs.exited[ends] = state.month
    labs.active[ends] = False
    labs.budget[ends] = labs.complement[ends] = 0.0
    _withdraw_lines(state)


def _withdraw_lines(state: State) -> None:
    """Closed lines of labs that gave up leave; who built on them has no base, and K* is that of what is left."""
    labs, lines = state.labs, state.lines
    leaves = labs.exited + WINDING_UP == state.month
    if not (leaves & (labs.exited > 0)).any():
        return
    withdrawn = leaves[lines.lab] & (lines.access == CLOSED) & lines.live
    lines.live[withdrawn] = False
    base = state.startups.base
    base[(base >= 0) & withdrawn[base]] = -1
    state.world.frontier[0] = max(0.0, views.lab_capability(state).max())
