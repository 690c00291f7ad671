"""How many labs there are, and what founding one more is worth."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import WEIGHTS
from sim.measures.look import BILLION, Look
from sim.measures.market import MARKET


@MARKET("labs")
def labs_active(look: Look) -> float:
    """Labs that exist."""
    return float(np.count_nonzero(look.state.labs.active))


@MARKET("labs")
def labs_founded(look: Look) -> float:
    """Labs founded since the record ended, those that gave up since included."""
    labs, first = look.state.labs, len(look.state.labs) - look.state.history.newcomers
    return float(np.count_nonzero(labs.entry[first:] <= look.state.month))


@MARKET("$bn")
def founding_value(look: Look) -> float:
    """What a lab founded this month would be worth in the region where that is most; 0 to 2025-12."""
    return float(look.state.governments.founding_value.max()) / BILLION


@MARKET("labs")
def labs_open(look: Look) -> float:
    """Labs whose most capable model is out with its weights."""
    labs = look.state.labs
    return float(np.count_nonzero(labs.active & (labs.openness >= WEIGHTS)))
