"""Models reach the market, closed or with open weights; weights once out are never recalled."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, LEGACY, OPEN, OPENNESS, SLOTS, TIERS, WEIGHTS
from sim.inputs.errors import ParameterError
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.record import Completed, Residual
from sim.state import State
from sim.strategies import LabView
from sim.views import prices
from sim.views.openness import Outlook

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
    reads=(
        *prices.READS,
        "labs.absorption",
        "labs.active",
        "labs.backing",
        "labs.budget",
        "labs.complement",
        "labs.methods",
        "labs.parent",
        "labs.rent_smoothed",
        "labs.researchers",
        "labs.uid",
        "labs.wage",
        "lines.hosts",
        "lines.lerner",
        "lines.users",
        "segments.alpha",
        "segments.base",
        "segments.budget",
        "segments.theta",
        "world.spend",
    ),
    writes=(
        "labs.attraction",
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
        "labs.attraction",
        "labs.openness",
        "labs.withdrawn",
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
        *prices.PARAMETERS,
        "contribution.community_gain",
        "contribution.community_scale",
        "law.compliance",
        "law.licence",
        "law.licence_cap",
        "pricing.bound_new_models",
        "pricing.cost_floor",
        "pricing.hardware_pass",
        "pricing.host_choice",
        "pricing.host_elasticity",
        "pricing.host_fixed_cost",
        "pricing.host_spread",
        "pricing.lerner_max",
        "pricing.maker_weight",
        "pricing.obsolescence",
        "pricing.operations",
        "pricing.reference_cost",
        "pricing.reset",
        "pricing.size_elasticity",
        "pricing.team",
        "pricing.utilisation",
        "record.end",
        "record.given",
        "research.leak_closed",
        "research.leak_more_code",
        "research.leak_more_data",
        "research.leak_more_weights",
        "research.leak_paper",
        "research.paper",
        "talent.norm",
        "talent.publishing_weight",
        "talent.wage_weight",
        "talent.weights_publishing",
        "training.answers",
        "training.teaching",
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
    finished: dict[int, dict[int, list[Completed]]] = {}  # by lab and tier
    for run in state.finished:
        finished.setdefault(run.lab, {}).setdefault(run.tier, []).append(run)
    for row in labs.active.nonzero()[0].tolist():
        done = finished.get(row, {})
        candidates = {tier: max(models, key=_capability) for tier, models in done.items()}
        outlook = Outlook(state, row, candidates, partial(_placed, state, row))
        strategy, view = state.strategies[row], LabView(state, row, outlook)
        for tier, models in sorted(done.items()):
            levels = tuple(_allowed(state, row, strategy.levels(view, tier)))
            if decision := outlook.decided(tier, levels):
                labs.attraction[row, tier] = decision.attraction
                state.record.decisions.append(decision)
            for level in levels:
                same = [run for run in models if run.level == level]
                best = max(same or models, key=_capability)
                _publish(state, row, tier, level, (best.pretraining, best.thought, best.added), best.size)
        for tier, month in strategy.opens_later(view):
            version = state.record.closed_versions[month]
            if version.live[row, tier]:
                parts = tuple(part[row, tier] for part in (version.pretraining, version.thought, version.added))
                _publish(state, row, tier, WEIGHTS, parts, version.size[row, tier])
        if strategy.thinks_again:
            _think_again(state, row, [tier for tier in range(len(TIERS)) if tier not in done])
    if np.count_nonzero(lines.live):
        best_now = np.maximum.reduce((lines.capability + lines.gain)[lines.live])
        state.world.frontier[0] = max(state.world.frontier[0], best_now)
    at_release = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)
    best = at_release.argmax(axis=1) + np.arange(len(labs)) * SLOTS
    labs.openness[:] = np.where(labs.active & lines.live[best], lines.openness[best], labs.openness)
    state.record.remember_models(views.teachers_now(state), views.closed_version(state))
    labs.withdrawn[:] = views.withdrawn(state)


def _think_again(state: State, row: int, tiers: Sequence[int]) -> None:
    """A closed model on sale, of a tier without a new one, gets its weights published if its lab now rather would."""
    hazard, uid, strategy = state.parameters.release.reconsideration, state.labs.uid[row], state.strategies[row]
    for tier in tiers:
        line = _line(row, CLOSED, tier)
        if (
            hazard == 0.0
            or not _ahead(state, row, tier)
            or draws.uniform(state.seed, "openness_again", state.month, uid, tier)[0] >= hazard
        ):
            continue
        lines, model = state.lines, _on_sale(state, row, tier)
        outlook = Outlook(state, row, {tier: model}, partial(_instead, state, row), live=True)
        level = strategy.opens_live(LabView(state, row, outlook), tier)
        levels = () if level is None else tuple(_allowed(state, row, (level,)))
        if decision := outlook.decided(tier, levels):
            state.labs.attraction[row, tier] = decision.attraction
            state.record.decisions.append(decision)
        for opened in levels:
            _publish(state, row, tier, opened, (model.pretraining, model.thought, model.added), model.size)
            if not _ahead(state, row, tier):  # the same model, so it is as open where it is sold
                lines.openness[line] = lines.openness[_line(row, OPEN, tier)]


def _ahead(state: State, row: int, tier: int) -> bool:
    """Whether the lab sells a closed model of the tier that is better than its weights."""
    lines, closed, out = state.lines, _line(row, CLOSED, tier), _line(row, OPEN, tier)
    return bool(lines.live[closed] and not (lines.live[out] and lines.capability[out] >= lines.capability[closed]))


def _on_sale(state: State, row: int, tier: int) -> Completed:
    """The closed model on sale, as the run that it was."""
    lines, line = state.lines, _line(row, CLOSED, tier)
    return Completed(
        int(lines.birth[line]), row, tier, int(lines.openness[line]), model="", known=math.nan, modelled=math.nan,
        capability=float(lines.capability[line]), pretraining=float(lines.pretraining[line]),
        thought=float(lines.thought[line]), added=float(lines.added[line]), residual=Residual(0.0), counts=False,
        size=float(lines.size[line]),
    )  # fmt: skip


def _instead(state: State, row: int, run: Completed, tier: int, is_open: bool, less: float) -> State:
    """The market with the closed model on sale as it is, or of so much less pre-training, or with its weights out."""
    might = state.with_lines(state.lines.copy())
    if is_open:
        _put(might, row, tier, True, WEIGHTS, (run.pretraining, run.thought, run.added), run.size)
    else:
        line = _line(row, CLOSED, tier)
        might.lines.pretraining[line] -= less
        might.lines.capability[line] -= less
    return might


def _line(row: int, access: int, tier: int) -> int:
    """Row of a lab's line."""
    return row * SLOTS + access * len(TIERS) + tier


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


def _capability(run: Completed) -> float:
    return run.capability


def _placed(state: State, row: int, run: Completed, tier: int, is_open: bool, less: float) -> State:
    """The market with a run on its line, of so much less pre-training [OOM]."""
    might = state.with_lines(state.lines.copy())
    _put(
        might, row, tier, is_open, WEIGHTS if is_open else 0, (run.pretraining - less, run.thought, run.added), run.size
    )
    return might


def _refused(state: State, row: int, tier: int, capability: float) -> bool:
    """Whether weights get no licence."""
    chance = views.licence_refused(state, row, capability)
    return chance > 0.0 and bool(
        draws.uniform(state.seed, "licence", state.month, state.labs.uid[row], tier)[0] < chance
    )


def _publish(state: State, row: int, tier: int, level: int, parts: Sequence[float], size: float) -> None:
    """Release a model, of these parts of capability: with its weights if it is to be and may."""
    may = level >= WEIGHTS and state.parameters.release.weights_allowed
    is_open = may and not _refused(state, row, tier, math.fsum(parts))
    _put(state, row, tier, is_open, level, parts, size)


def _put(state: State, row: int, tier: int, is_open: bool, level: int, parts: Sequence[float], size: float) -> None:
    """Put a model on its line if it improves on it."""
    lines, p, capability = state.lines, state.parameters.release, math.fsum(parts)
    line = _line(row, OPEN if is_open else CLOSED, tier)
    if lines.live[line] and capability <= lines.capability[line]:
        return
    if is_open and lines.live[line]:
        legacy = _line(row, LEGACY, tier)
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
