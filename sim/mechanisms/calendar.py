"""The scenario's dated changes take effect, labs enter, and history moves on a month."""

from __future__ import annotations

import numpy as np

from sim.mechanisms import mechanism
from sim.state import State


@mechanism(
    reads=("labs.entry",),
    writes=(
        "labs.active",
        "labs.compute_history",
        "labs.budget_history",
        "labs.compute",
        "labs.budget",
        "governments.chip_wedge",
    ),
    parameters=("compute.growth_after",),
)
def calendar(state: State) -> None:
    """Dated changes of parameters and strategies take effect; history gives compute, budgets and export controls."""
    change = state.setup.changes.get(state.date)
    if change is not None:
        state.parameters = state.parameters.with_(**change.params)
        state.set_strategies(change.labs)
    labs, growth = state.labs, state.parameters.compute.growth_after
    exists = np.array([strategy.exists for strategy in state.strategies])
    labs.active[:] = exists & (labs.entry <= state.month)
    labs.compute_history[:] = state.history.compute_path(state.month, growth)
    labs.budget_history[:] = state.history.budget_path(state.month, growth)
    labs.compute[:] = labs.compute_history
    labs.budget[:] = labs.budget_history
    state.governments.chip_wedge[:] = state.history.wedge(state.month)
