"""What the mechanisms leave unexplained of the models that a lab finished this month."""

from __future__ import annotations

import math

import numpy as np

from sim import views
from sim.agents.lab import FLAGSHIP, LIGHT
from sim.measures.labs import LABS
from sim.measures.look import Look
from sim.numerics.arrays import Float


@LABS("OOM")
def residual_flagship(look: Look) -> Float:
    """Measured capability of the flagships finished this month less what the mechanisms give, mean; else missing."""
    return _residual(look, FLAGSHIP)


@LABS("OOM")
def residual_light(look: Look) -> Float:
    """The same of light models."""
    return _residual(look, LIGHT)


def _residual(look: Look, tier: int) -> Float:
    found = np.full(look.state.labs.active.size, np.nan)
    of_lab: dict[int, list[float]] = {}
    if look.state.month > views.record_end(look.state):  # what was published later is not known
        return found
    for run in reversed(look.state.record.completed):  # in order of months
        if run.month < look.state.month:
            break
        if run.tier == tier and math.isfinite(run.known):
            of_lab.setdefault(run.lab, []).append(run.known - run.modelled)
    for lab, residuals in of_lab.items():
        found[lab] = math.fsum(residuals) / len(residuals)
    return found
