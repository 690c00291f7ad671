"""All measures: what a run records each month, by name. Every file of this folder is read."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np

from sim.measures.labs import LABS
from sim.measures.look import Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float
from sim.state import State


def observe(state: State) -> tuple[dict[str, float], dict[str, Float]]:
    """This month's measures: of the market, and of labs with shape (labs,); a run keeps those with which it began."""
    look = Look(state)
    market, labs = state.record.measures or (MARKET, LABS)
    values = {name: float(MARKET[name].of(look)) for name in market}
    return values, {name: np.asarray(LABS[name].of(look), float) for name in labs}


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["LABS", "MARKET", "Look", "observe"]
