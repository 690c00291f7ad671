"""Models reach the market, closed or with open weights; weights once out are never recalled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, LEGACY, LIGHT, OPEN, SLOTS, TIERS, WEIGHTS
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float

if TYPE_CHECKING:
    from sim.market import Market

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
        "labs.candidate_light",
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
)
def release(market: Market) -> None:
    """Each lab's strategy decides how open its finished models are, and they replace what they improve on.

    A closed model rewrites the lab's closed line of the tier, an open one its open line; the open version before it
    stays as the legacy line. A model that does not improve on its line is not released.
    """
    labs, lines = market.labs, market.lines
    lines.fresh[:] = False
    finished = list(zip(labs.candidate.tolist(), labs.candidate_light.tolist(), strict=True))  # by lab and tier
    for row in np.flatnonzero(labs.active).tolist():
        strategy = market.strategies[row]
        for tier, capability in enumerate(finished[row]):
            if math.isnan(capability):
                continue
            for level in strategy.levels(market, row, tier):
                _publish(market, row, tier, level, capability)
        for tier, month in strategy.opens_later(market, row):
            version = market.record.closed_versions[month]
            if version.live[row, tier]:
                _publish(market, row, tier, WEIGHTS, version.capability[row, tier], version.size[row, tier])
    if lines.live.any():
        best_now = (lines.capability + lines.gain)[lines.live].max()
        market.world.frontier[0] = max(market.world.frontier[0], best_now)
    at_release = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)
    best = at_release.argmax(axis=1) + np.arange(len(labs)) * SLOTS
    labs.openness[:] = np.where(labs.active & lines.live[best], lines.openness[best], labs.openness)
    market.record.remember_models(*views.best_models(market), views.closed_version(market))


def _publish(market: Market, row: int, tier: int, level: int, capability: float, size: float | None = None) -> None:
    """Put a model on its line if it improves on it."""
    lines, labs, p = market.lines, market.labs, market.parameters.release
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
    lines.birth[line] = market.month
    lines.capability[line] = capability
    lines.openness[line] = min(level, p.methods_cap)
    lines.contributed[line] *= p.carry_over
    lines.gain[line] = views.community_gain(market, line)
    if size is None:
        smaller = market.parameters.training.light_size if tier == LIGHT else 0.0
        size = float(model_size(np.asarray(capability), labs.methods[row], p.size_elasticity, smaller))
    lines.size[line] = size
