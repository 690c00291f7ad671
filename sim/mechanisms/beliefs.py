"""What markets believe of labs' lead and of chips: news counts at once, and fades as rents take it up."""

from __future__ import annotations

import math

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.state import State


def believed(mean: Float, seen: Float, speed: float) -> Float:
    """Adaptive: m ← m + speed (x − m); the first that is seen is believed at once, what is not seen leaves nan."""
    return np.where(np.isnan(mean), seen, mean + speed * (seen - mean))


def hardware_after(value: float, surprise: float, elasticity: float, recovery: float) -> float:
    """H ← (1 − ρ) H + ε_HW surprise [ln]."""
    return (1.0 - recovery) * value + elasticity * surprise


@mechanism(
    reads=(
        "labs.compute",
        "lines.access",
        "lines.capability",
        "lines.fresh",
        "lines.gain",
        "lines.lab",
        "lines.live",
    ),
    writes=(
        "labs.lead_believed",
        "labs.lead_usual",
        "labs.news",
        "world.open_efficiency",
        "world.efficiency_growth",
        "world.hardware",
    ),
    carries=(
        "labs.lead_believed",
        "labs.lead_usual",
        "world.open_efficiency",
        "world.efficiency_growth",
        "world.hardware",
    ),
    parameters=("finance.rent_memory", "training.reference_compute"),
    neutral={"beliefs.lead_value": 0.0, "beliefs.hardware": 0.0},
)
def beliefs(state: State) -> None:
    """Markets take note of how far each lab is ahead of open weights, and of how little compute those took.

    D̂ ← D̂ + ζ (D − D̂) with D = K_l − K_open, D̄ the mean of D̂ over the months that smoothed rents are of, news
    ε_D (D̂ − D̄): what is in rents is not counted again. Chips answer to surprise in efficiency, by how much a best open
    model raises the record of K_open − log₁₀ C_open, less what was expected: to capability alone they would answer as
    much where it was bought with compute.
    """
    labs, p = state.labs, state.parameters.beliefs
    best = views.best_open(state)
    lead = views.lab_capability(state) - best if math.isfinite(best) else np.full(len(labs), -np.inf)
    lead = np.where(np.isfinite(lead), lead, np.nan)
    labs.lead_believed[:] = believed(labs.lead_believed, lead, p.speed)
    memory = 1.0 / state.parameters.finance.rent_memory
    labs.lead_usual[:] = believed(labs.lead_usual, labs.lead_believed, memory)
    news = labs.lead_believed - labs.lead_usual
    labs.news[:] = p.lead_value * np.where(np.isnan(news), 0.0, news)
    _chips(state)


def _chips(state: State) -> None:
    lines, world, p = state.lines, state.world, state.parameters.beliefs
    at_release = np.where(lines.live & (lines.access != CLOSED), lines.capability, -np.inf)
    best = int(at_release.argmax())
    surprise, before = 0.0, float(world.open_efficiency[0])
    if math.isfinite(at_release[best]):
        now = before
        if lines.fresh[best]:
            compute = float(state.labs.compute[lines.lab[best]]) - state.parameters.training.reference_compute
            now = max(float(at_release[best]) - compute, before if math.isfinite(before) else -math.inf)
        if math.isfinite(before):
            grown = now - before
            surprise = grown - float(world.efficiency_growth[0])
            world.efficiency_growth[0] += surprise / YEAR
        world.open_efficiency[0] = now
    world.hardware[0] = hardware_after(float(world.hardware[0]), surprise, p.hardware, p.recovery)
