"""Models reach the market, closed or with open weights; weights once out are never recalled."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, LEGACY, LIGHT, OPEN, OPENNESS, SLOTS, TIERS, WEIGHTS
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.parameters.fields import ParameterError
from sim.state import State
from sim.strategies import LabView

_COPIED = (
    "birth",
    "capability",
    "gain",
    "size",
    "openness",
    "price",
    "cost",
    "ecosystem",
    "contributed",
    "reciprocity",
)


def model_size(capability: Float, methods: Float, elasticity: float, smaller: Float | float) -> Float:
    """N = κ_N (K − a) − Δn: size follows what must be stored, not the compute spent [OOM]."""
    return np.asarray(elasticity * (capability - methods) - smaller)


@mechanism(
    reads=(
        "labs.active",
        "labs.candidate",
        "labs.methods",
    ),
    writes=(
        "labs.openness",
        "lines.live",
        "lines.fresh",
        "lines.birth",
        "lines.capability",
        "lines.gain",
        "lines.size",
        "lines.openness",
        "lines.price",
        "lines.cost",
        "lines.ecosystem",
        "lines.contributed",
        "lines.reciprocity",
        "world.frontier",
    ),
    carries=(
        "labs.openness",
        "lines.live",
        "lines.birth",
        "lines.capability",
        "lines.gain",
        "lines.size",
        "lines.openness",
        "lines.price",
        "lines.cost",
        "lines.ecosystem",
        "lines.contributed",
        "lines.reciprocity",
        "world.frontier",
    ),
    parameters=("contribution.community_gain", "contribution.community_scale", "training.light_size"),
)
def release(state: State) -> None:
    """Each lab's strategy decides how open its finished models are, and they replace what they improve on.

    A closed model rewrites the lab's closed line of the tier, an open one its open line; the open version before it
    stays as the legacy line. A model that does not improve on its line is not released.
    """
    labs, lines = state.labs, state.lines
    lines.fresh[:] = False
    finished = labs.candidate.tolist()
    for row in np.flatnonzero(labs.active).tolist():
        strategy, view = state.strategies[row], LabView(state, row)
        for tier, capability in enumerate(finished[row]):
            if math.isnan(capability):
                continue
            for level in _allowed(state, row, strategy.levels(view, tier)):
                _publish(state, row, tier, level, capability)
        for tier, month in strategy.opens_later(view):
            version = state.record.closed_versions[month]
            if version.live[row, tier]:
                _publish(state, row, tier, WEIGHTS, version.capability[row, tier], version.size[row, tier])
    if lines.live.any():
        best_now = (lines.capability + lines.gain)[lines.live].max()
        state.world.frontier[0] = max(state.world.frontier[0], best_now)
    at_release = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)
    best = at_release.argmax(axis=1) + np.arange(len(labs)) * SLOTS
    labs.openness[:] = np.where(labs.active & lines.live[best], lines.openness[best], labs.openness)
    state.record.remember_models(*views.best_models(state), views.closed_version(state))


def _allowed(state: State, row: int, levels: Iterable[int]) -> Iterable[int]:
    """Levels as a strategy returned them.

    Raises:
        ParameterError: One of them does not exist.
    """
    for level in levels:
        if not isinstance(level, numbers.Integral) or not 0 <= level < len(OPENNESS):
            degrees = ", ".join(f"{number} {name}" for number, name in enumerate(OPENNESS))
            raise ParameterError(
                f"{state.date}: strategy {state.strategies[row].name!r} of {state.lab_names[row]} releases at level "
                f"{level!r}, which is not allowed; allowed: {degrees}"
            )
    return levels


def _publish(state: State, row: int, tier: int, level: int, capability: float, size: float | None = None) -> None:
    """Put a model on its line if it improves on it."""
    lines, labs, p = state.lines, state.labs, state.parameters.release
    open_weights = level >= WEIGHTS and p.weights_allowed
    line = row * SLOTS + (OPEN if open_weights else CLOSED) * len(TIERS) + tier
    if lines.live[line] and capability <= lines.capability[line]:
        return
    if open_weights and lines.live[line]:
        legacy = row * SLOTS + LEGACY * len(TIERS) + tier
        lines.live[legacy] = True
        for name in _COPIED:
            column = getattr(lines, name)
            column[legacy] = column[line]
        lines.ecosystem[legacy] *= 1.0 - p.carry_over
        lines.ecosystem[line] *= p.carry_over
    lines.fresh[line] = True
    lines.live[line] = True
    lines.birth[line] = state.month
    lines.capability[line] = capability
    lines.openness[line] = min(level, p.methods_cap)
    lines.contributed[line] *= p.carry_over
    lines.gain[line] = views.community_gain(state, line)
    if size is None:
        smaller = state.parameters.training.light_size if tier == LIGHT else 0.0
        size = float(model_size(np.asarray(capability), labs.methods[row], p.size_elasticity, smaller))
    lines.size[line] = size
