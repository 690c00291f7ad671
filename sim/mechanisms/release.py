"""Models reach the market, closed or with open weights; weights once out are never recalled."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, LEGACY, OPEN, OPENNESS, SLOTS, TIERS, WEIGHTS
from sim.errors import ParameterError
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.record import Completed
from sim.state import State
from sim.strategies import LabView

_COPIED = (
    "birth",
    "capability",
    "pretraining",
    "thought",
    "added",
    "gain",
    "size",
    "openness",
    "price",
    "cost",
    "ecosystem",
    "contributed",
    "reciprocity",
)


@mechanism(
    reads=("governments.stringency", "labs.active", "labs.region", "labs.uid"),
    writes=(
        "labs.openness",
        "labs.withdrawn",
        "lines.live",
        "lines.fresh",
        "lines.birth",
        "lines.capability",
        "lines.pretraining",
        "lines.thought",
        "lines.added",
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
        "lines.pretraining",
        "lines.thought",
        "lines.added",
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
    parameters=(
        "contribution.community_gain",
        "contribution.community_scale",
        "law.licence",
        "law.licence_cap",
        "record.end",
        "record.given",
    ),
)
def release(state: State) -> None:
    """Each lab's strategy decides how open its finished models are, and they replace what they improve on.

    A closed model rewrites the lab's closed line of the tier, an open one its open line; the open version before it
    stays as the legacy line. A model that does not improve on its line is not released; weights that need a licence and
    do not get one ship closed.
    """
    labs, lines = state.labs, state.lines
    lines.fresh[:] = False
    finished: dict[tuple[int, int], list[Completed]] = {}
    for run in state.finished:
        finished.setdefault((run.lab, run.tier), []).append(run)
    for row in np.flatnonzero(labs.active).tolist():
        strategy, view = state.strategies[row], LabView(state, row)
        for tier in range(len(TIERS)):
            models = finished.get((row, tier))
            if models is None:
                continue
            for level in _allowed(state, row, strategy.levels(view, tier)):
                same = [run for run in models if run.level == level]
                best = max(same or models, key=lambda run: run.capability)
                parts = (best.pretraining, best.thought, best.added)
                _publish(state, row, tier, level, parts, best.size)
        for tier, month in strategy.opens_later(view):
            version = state.record.closed_versions[month]
            if version.live[row, tier]:
                parts = tuple(part[row, tier] for part in (version.pretraining, version.thought, version.added))
                _publish(state, row, tier, WEIGHTS, parts, version.size[row, tier])
    if lines.live.any():
        best_now = (lines.capability + lines.gain)[lines.live].max()
        state.world.frontier[0] = max(state.world.frontier[0], best_now)
    at_release = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)
    best = at_release.argmax(axis=1) + np.arange(len(labs)) * SLOTS
    labs.openness[:] = np.where(labs.active & lines.live[best], lines.openness[best], labs.openness)
    state.record.remember_models(views.teachers_now(state), views.closed_version(state))
    labs.withdrawn[:] = views.withdrawn(state)


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


def _refused(state: State, row: int, tier: int, capability: float) -> bool:
    """Whether weights above K_cap get no licence: with the stringency of the law at home, as of last month."""
    labs, p = state.labs, state.parameters.law
    if not p.licence or capability <= p.licence_cap:
        return False
    strict = float(state.governments.stringency[labs.region[row], OPEN])
    return bool(draws.uniform(state.seed, "licence", state.month, labs.uid[row], tier)[0] < strict)


def _publish(state: State, row: int, tier: int, level: int, parts: Sequence[float], size: float) -> None:
    """Put a model, of these parts of capability, on its line if it improves on it."""
    capability = math.fsum(parts)
    lines, p = state.lines, state.parameters.release
    open_weights = level >= WEIGHTS and p.weights_allowed and not _refused(state, row, tier, capability)
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
    lines.pretraining[line], lines.thought[line], lines.added[line] = parts
    lines.openness[line] = min(level, p.methods_cap)
    lines.contributed[line] *= p.carry_over
    lines.gain[line] = views.community_gain(state, line)
    lines.size[line] = size
