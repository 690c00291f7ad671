"""The scenario's dated changes take effect, labs enter, and history moves on a month."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.parameters.fields import REGIONS
from sim.scenario import Change
from sim.state import State


@mechanism(
    reads=("labs.entry", "labs.exited"),
    writes=(
        "labs.active",
        "labs.compute_history",
        "labs.budget_history",
        "labs.compute",
        "labs.budget",
        "labs.award",
        "labs.training_cost",
        "governments.chip_wedge",
        "governments.grant",
        "governments.chip_subsidy",
        "world.equal_compute",
    ),
    carries=(
        "labs.award",
        "labs.training_cost",
        "governments.grant",
        "governments.chip_subsidy",
        "world.equal_compute",
    ),
    parameters=("record.end", "record.given"),
)
def calendar(state: State) -> None:
    """Dated changes of parameters and strategies take effect; history gives compute, budgets and export controls."""
    change = state.setup.changes.get(state.date)
    if change is not None:
        state.parameters = state.parameters.with_(**change.params)
        state.set_strategies(change.labs)
        _decree(state, change)
    labs = state.labs
    end = views.inputs_end(state)
    exists = np.array([strategy.exists for strategy in state.strategies])
    labs.active[:] = exists & (labs.entry <= state.month) & (labs.exited == 0)
    labs.compute_history[:] = state.history.compute_path(state.month, end)
    labs.budget_history[:] = state.history.budget_path(state.month, end)
    labs.compute[:] = labs.compute_history
    labs.budget[:] = labs.budget_history
    state.governments.chip_wedge[:] = state.history.wedge(min(state.month, end))


def _decree(state: State, change: Change) -> None:
    """Grants, chip subsidies, costs of training and equal compute, until they are changed again."""
    labs, governments = state.labs, state.governments
    rows = {name: row for row, name in enumerate(state.lab_names)}
    for name, grant in change.grants.items():
        if name in rows:
            labs.award[rows[name]] = grant / YEAR
        else:
            governments.grant[REGIONS.index(name)] = grant / YEAR
    for name, share in change.chip_subsidies.items():
        governments.chip_subsidy[REGIONS.index(name)] = share
    for name, multiple in change.training_cost.items():
        labs.training_cost[rows[name]] = multiple
    if change.equal_compute is not None:
        state.world.equal_compute[0] = change.equal_compute
