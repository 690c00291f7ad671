"""Models reach the market: strategies decide how open, and lines are rewritten."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tests.reference.hashing import uniform
from tests.reference.knowledge import put, slot, teaches
from tests.reference.openness import decide
from tests.reference.world import CLOSED, OPEN, OPENNESS, TIERS, WEIGHTS, Lab, Run, State


def release(m: State) -> None:
    """Finished models go out at the levels that the strategy says; then older closed ones are opened."""
    for line in m.lines:
        line.fresh = False
    for lab in m.labs:
        if not lab.active:
            continue
        for tier in range(len(TIERS)):
            models = [run for run in m.finished if run.lab is lab and run.tier == tier]
            for level in levels(m, lab, tier, models) if models else []:
                at_level = [run for run in models if run.level == level] or models
                best = max(at_level, key=lambda run: run.capability)
                _publish(m, lab, tier, level, (best.pretraining, best.thought, best.added), best.size)
        for tier, month in opens_later(m, lab):
            if (lab.row, tier) in m.memory.closed_models[month]:
                *parts, size = m.memory.closed_models[month][lab.row, tier]
                _publish(m, lab, tier, WEIGHTS, parts, size)
        for tier in range(len(TIERS)):
            if not any(run.lab is lab and run.tier == tier for run in m.finished):
                _think_again(m, lab, tier)
    live = m.live_lines()
    m.world.frontier = max([m.world.frontier, *(line.quality for line in live)])
    for lab in m.labs:
        mine = [line for line in live if line.lab is lab]
        if lab.active and mine:
            lab.openness = max(mine, key=lambda line: line.capability).openness
    _remember(m)
    for lab in m.labs:
        lab.withdrawn = _withdrawn(m, lab)


def _think_again(m: State, lab: Lab, tier: int) -> None:
    """Now and then a strategic lab asks whether a closed model that it sells should rather be open."""
    sold, out = slot(m, lab, CLOSED, tier), slot(m, lab, OPEN, tier)
    if lab.strategy != "strategic" or not sold.live or (out.live and out.capability >= sold.capability):
        return
    if uniform(m.seed, "openness_again", m.month, lab.uid, tier) >= m.p.release.reconsideration:
        return
    parts = (sold.pretraining, sold.thought, sold.added)
    model = Run(sold.birth, lab, tier, sold.openness, "", *parts, 0.0, 0.0, 0.0, False, sold.size)
    for level in decide(m, lab, tier, model, on_sale=True):
        if level >= WEIGHTS:
            _publish(m, lab, tier, level, parts, sold.size)
            if out.live and out.capability == sold.capability:
                sold.openness = out.openness


def _withdrawn(m: State, lab: Lab) -> float:
    """Share of its closed models on offer in two years that are gone."""
    gone = 0
    for month in range(max(m.month - 24, 0), m.month):
        for tier in range(len(TIERS)):
            before = m.memory.closed_models[month].get((lab.row, tier))
            gone += before is not None and before != m.memory.closed_models[month + 1].get((lab.row, tier))
    there = sum((lab.row, tier) in m.memory.closed_models[m.month] for tier in range(len(TIERS)))
    return gone / (gone + there) if gone + there else 0.0


def _licence(m: State, lab: Lab, tier: int, capability: float) -> bool:
    """Whether weights may be published: below K_cap always, above it with one less the law's stringency at home."""
    if not m.p.law.licence or capability <= m.p.law.licence_cap:
        return True
    strict = m.governments[lab.region].stringency[1]
    return uniform(m.seed, "licence", m.month, lab.uid, tier) >= strict


def _publish(m: State, lab: Lab, tier: int, level: int, parts: Sequence[float], size: float) -> None:
    """With its weights, if it is to be and may."""
    weights = level >= WEIGHTS and m.p.release.weights_allowed and _licence(m, lab, tier, math.fsum(parts))
    put(m, lab, tier, weights, level, parts, size)


def _remember(m: State) -> None:
    m.memory.taught.append([teaches(m, lab) for lab in m.labs])
    m.memory.closed_models.append(
        {
            (line.lab.row, line.tier): (line.pretraining, line.thought, line.added, line.size)
            for line in m.live_lines()
            if line.closed
        }
    )


def levels(m: State, lab: Lab, tier: int, models: list[Run]) -> list[int]:
    """Openness at which a candidate is released."""
    if lab.strategy == "delayed":
        return [0]
    if lab.strategy in OPENNESS:
        return [OPENNESS.index(lab.strategy)]
    history = m.past.levels(lab.name, tier, m.month, m.inputs_end)
    if lab.strategy == "strategic":
        return decide(m, lab, tier, max(models, key=lambda run: run.capability)) or history
    return history if lab.strategy == "historical" else [max(WEIGHTS, *history)]


def opens_later(m: State, lab: Lab) -> list[tuple[int, int]]:
    """Closed models whose weights are published now: (tier, month of the model)."""
    if lab.strategy == "historical":
        return m.past.openings.get((lab.name, m.month), []) if m.month <= m.past.until(m.inputs_end) else []
    if lab.strategy == "delayed":
        born = m.month - m.p.release.delay
        then = m.memory.closed_models[born] if born >= 0 else {}
        return [(tier, born) for row, tier in sorted(then) if row == lab.row]
    return []
