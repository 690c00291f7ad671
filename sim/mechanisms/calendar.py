"""The scenario's dated changes take effect, labs enter, and history moves on a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.mechanisms import mechanism

if TYPE_CHECKING:
    from sim.market import Market


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
)
def calendar(market: Market) -> None:
    """Dated changes of parameters and strategies take effect; history gives compute, budgets and export controls."""
    change = market.setup.changes.get(market.date)
    if change is not None:
        market.parameters = market.parameters.with_(**change.params)
        market.set_strategies(change.labs)
    labs, growth = market.labs, market.parameters.compute.growth_after
    exists = np.array([strategy.exists for strategy in market.strategies])
    labs.active[:] = exists & (labs.entry <= market.month)
    labs.compute_history[:] = market.history.compute_path(market.month, growth)
    labs.budget_history[:] = market.history.budget_path(market.month, growth)
    labs.compute[:] = labs.compute_history
    labs.budget[:] = labs.budget_history
    market.governments.chip_wedge[:] = market.history.wedge(market.month)
