"""What several mechanisms ask about money: months since T, last month's budgets, and the reference's residuals."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.numerics.arrays import Float
from sim.record import Ending
from sim.state import State

# τ_u: time in which budgets rise to what inflows pay for, and in which a budget becomes compute [months]. From a
# quarter to a year it hardly matters.
BUILDING_TIME = 6
# Least budget of which a logarithm is taken [$/month].
SOME_BUDGET = 1.0


def months_after(state: State) -> int:
    """Months since the last in which spending is that of history, negative or zero to it."""
    return state.month - views.inputs_end(state)


def faded(months: int, half_life: float) -> float:
    """What is left of the residuals at T: 2^(−(t − T)/t_½)."""
    return float(2.0 ** (-months / half_life))


def last_budgets(state: State) -> Float:
    """Research budgets of last month, of this one at the start, shape (labs,) [$/month]."""
    budgets = state.record.budgets
    return budgets[-1] if budgets else state.history.budget_path(0)


def earlier_budgets(state: State) -> Float:
    """Those that are compute now, log₁₀, shape (labs,) [log10 $/month].

    Whoever had none then because it was founded since rents what it cannot have built.
    """
    budgets = state.record.budgets[-BUILDING_TIME]
    young = (state.labs.entry > state.month - BUILDING_TIME) & (budgets == 0.0)
    return np.asarray(np.log10(np.maximum(np.where(young, last_budgets(state), budgets), SOME_BUDGET)))


def earlier_chip_prices(state: State) -> Float:
    """Price of compute where each lab is, when that compute was bought, log₁₀, shape (labs,) [log10 $/FLOP]."""
    return np.asarray(np.log10(state.record.chip_prices[-BUILDING_TIME][state.labs.region]))


def ending(state: State) -> Ending:
    """Residuals of money at T.

    Raises:
        ValueError: The month is not after T.
    """
    if state.record.ending is None:
        raise ValueError(f"{state.date}: money has no residuals before the record has ended")
    return state.record.ending


def begin(state: State, row: int, bought: float, budget: float) -> None:
    """Put in place of a lab's residuals those of one that is founded: it has none, but compute of a dollar.

    Of its capacity to raise equity it uses what labs that raise any do, as all labs do that raised none to T.

    Args:
        state: The market.
        row: Of the lab.
        bought: Log₁₀ of compute over what is spent on it.
        budget: Its first [$/month].
    """
    mine = {"retained": 1.0, "backing": 0.0, "worth": 0.0, "excess": 0.0}
    mine |= {"runway": state.parameters.finance.runway, "compute": bought, "budget": budget}
    rows, before = np.arange(len(state.labs)) == row, ending(state)._asdict()
    state.record.ending = Ending(**before | {name: np.where(rows, value, before[name]) for name, value in mine.items()})


def compute_of_a_dollar(state: State) -> tuple[Float, Float]:
    """At T: log₁₀ of compute over what was spent on it, and how far compute over budget is from the labs' median."""
    labs, record = state.labs, state.record
    compute = record.of_labs("compute", 1)
    bought = record.budgets[-1 - BUILDING_TIME]
    price = record.chip_prices[-1 - BUILDING_TIME][labs.region]
    ratio = compute - np.log10(np.maximum(record.budgets[-1], SOME_BUDGET))
    middle = float(np.median(ratio[labs.active])) if labs.active.any() else 0.0
    return compute + np.log10(price) - np.log10(np.maximum(bought, SOME_BUDGET)), ratio - middle


def as_in_reference(state: State, own: Float) -> Float:
    """What labs raised in this month of the reference; ``own`` of those that it does not have, shape (labs,)."""
    reference = views.reference_record(state)
    if reference is None or state.month >= len(reference.raised):
        return own
    values, known = reference.in_order(reference.raised[state.month], state.lab_names)
    return np.where(known & state.labs.active, values, own)


def with_residuals_of_reference(state: State, own: Ending) -> Ending:
    """Backers' money and compute of a dollar as in the reference: they do not depend on what a scenario changes."""
    reference = views.reference_record(state)
    if reference is None or reference.ending is None:
        return own
    taken = {}
    for name in ("backing", "compute", "excess"):
        values, known = reference.in_order(getattr(reference.ending, name), state.lab_names)
        taken[name] = np.where(known, values, getattr(own, name))
    return own._replace(**taken)
