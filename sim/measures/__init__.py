"""All measures: what a run records each month, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.measures.labs import LABS
from sim.measures.look import Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float

if TYPE_CHECKING:
    from sim.market import Market


def observe(market: Market) -> tuple[dict[str, float], dict[str, Float]]:
    """All measures of this month: of the market, and of labs with shape (labs,)."""
    look = Look(market)
    values = {name: float(measure.of(look)) for name, measure in MARKET.items()}
    of_labs = {name: np.asarray(measure.of(look), float) for name, measure in LABS.items()}
    return values, of_labs


__all__ = ["LABS", "MARKET", "observe"]
