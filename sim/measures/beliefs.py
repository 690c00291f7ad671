"""What markets make of news."""

from __future__ import annotations

import math

import numpy as np

from sim.agents.lab import CLOSED
from sim.measures.labs import LABS, valuation
from sim.measures.look import Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float

# Months of the window of an event: the one in which it happens, and the next.
WINDOW = 2
# Worth less than this a lab has no return [$bn].
NOTHING = 1e-3


@LABS("ln")
def news(look: Look) -> Float:
    """Log of what markets pay for a lab over what its rents are worth, for they know its lead already."""
    return look.state.labs.news.copy()


@LABS("ln")
def value_return(look: Look) -> Float:
    """Log change of the valuation over two months, the window of an event; missing if it was worth nothing."""
    record, now = look.state.record, valuation(look)
    if look.state.month < WINDOW:
        return np.full(now.shape, np.nan)
    before = record.of_labs("valuation", WINDOW)
    worth = (now > NOTHING) & (before > NOTHING)
    return np.log(np.where(worth, now, np.nan) / np.where(worth, before, np.nan))


@MARKET("ln")
def closed_return(look: Look) -> float:
    """Log change over two months of the value of all labs whose best model is closed now; missing if it was none."""
    record = look.state.record
    closed = look.exists & (look.state.lines.access[look.best_line] == CLOSED)
    if look.state.month < WINDOW:
        return math.nan
    now = float(np.add.reduce(valuation(look)[closed]))
    before = float(np.add.reduce(record.of_labs("valuation", WINDOW)[closed]))
    return math.log(now / before) if min(now, before) > NOTHING else math.nan


@MARKET("1")
def hardware_index(look: Look) -> float:
    """Value of chip makers over what it would be had the efficiency of open models never surprised anybody."""
    return math.exp(look.state.world.hardware[0])


@MARKET("ln")
def hardware_return(look: Look) -> float:
    """Log change of that over two months."""
    path = look.state.record.series("hardware_index")
    return math.log(hardware_index(look) / path[-WINDOW]) if len(path) >= WINDOW else math.nan
