"""All measures: what a run records each month, by name."""

from __future__ import annotations

import numpy as np

from sim.measures import developer_market, firms, gaps, people, prices, supply
from sim.measures.labs import LABS
from sim.measures.look import Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float
from sim.state import State


def observe(state: State) -> tuple[dict[str, float], dict[str, Float]]:
    """All measures of this month: of the market, and of labs with shape (labs,)."""
    look = Look(state)
    values = {name: float(measure.of(look)) for name, measure in MARKET.items()}
    of_labs = {name: np.asarray(measure.of(look), float) for name, measure in LABS.items()}
    return values, of_labs


__all__ = ["LABS", "MARKET", "developer_market", "firms", "gaps", "observe", "people", "prices", "supply"]
