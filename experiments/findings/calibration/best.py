"""The best point: near the top of the posterior, chosen by real runs, and scored on seeds that nobody has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from experiments.findings.calibration.aims import END, measures, values
from experiments.findings.calibration.campaign import Asked, Campaign
from experiments.findings.calibration.posterior import log_density, sample
from experiments.findings.targets.rows import rows
from experiments.findings.targets.run import runs_of
from experiments.findings.targets.score import FREE, Score, rows_inside, score, targets_inside
from experiments.findings.validation.report import Report, number, table
from experiments.questions.designs import COMMON, Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study

Float = NDArray[np.float64]
CANDIDATES, SEEDS, FIRST_SEED = 16, 4, 700_000
# Seeds and size of the judgement, those of ``python -m experiments.validate`` with other seeds.
FRESH, DEVELOPERS, MONTHS = tuple(range(100, 120)), 20_000, 60
# How much sharper than the posterior candidates are drawn.
_SHARPER = 20.0
# A miss beyond so many tolerances counts no more than one of these.
_MOST = 3.0
# Sizes of labs' fit with firms: the lab dummies (docs/validation.md).
DUMMIES = "adoption.fit"
BEST = "best"


@dataclass(frozen=True)
class Best:
    """The best of some candidates.

    Attributes:
        values: Of the parameters that act, by address; the others keep their defaults.
        scores: What was judged → its rows, on fresh seeds.
    """

    values: dict[str, Any]
    scores: dict[str, list[Score]]


def best(found: Campaign) -> Best:
    """Draw near the top of the posterior, run the highest, judge the one that comes nearest beside the defaults."""
    asked = found.asked
    candidates = _candidates(found)
    design = Design("file", table=candidates, seeds=COMMON)
    of_each = _misses(asked, design)
    chosen = candidates.iloc[int(np.argmin(of_each))]
    whole = {axis.address for axis in asked.space.axes if axis.whole}
    values = {str(name): int(value) if name in whole else float(value) for name, value in chosen.items()}
    worlds: dict[str, dict[str, Any]] = {
        "defaults": {}, "best point": values, "defaults without lab dummies": {DUMMIES: 0.0},
        "best point without lab dummies": {**values, DUMMIES: 0.0},
    }  # fmt: skip
    return Best(values, {name: _judged(asked, changes) for name, changes in worlds.items()})


def _candidates(found: Campaign) -> pd.DataFrame:
    """Values of the parameters that act, the highest of a sharpened chain."""
    density = log_density(found.bank)
    chain = sample(lambda points: _SHARPER * density(points), found.chain.shares, 4000, found.asked.steps, 5)
    order = np.argsort(-chain.density, kind="stable")
    _, first = np.unique(np.round(chain.shares[order], 3), axis=0, return_index=True)
    top = order[np.sort(first)][:CANDIDATES]
    return found.asked.space.only(found.acting).frame(chain.shares[top])


def _misses(asked: Asked, design: Design) -> Float:
    """Mean squared distance of each candidate's means over seeds, cut, shape (candidates,)."""
    study = Study.of(
        BASELINE, seeds=list(range(FIRST_SEED, FIRST_SEED + SEEDS)), months=sim.month_of(END),
        developers=asked.developers, design=design, measures=measures(asked.aims),
        source="python -m experiments.calibrate --best",
    )  # fmt: skip
    results = asked.run(study)
    given = values(results, asked.aims)
    runs = results.runs.sort_values(["point", "seed"], kind="stable")
    losses = np.full(len(results.points), np.inf)
    for point in runs["point"].unique():
        of_point = given[(runs["point"] == point).to_numpy()]
        away = np.array([float(aim.distance(of_point[:, at].mean())) for at, aim in enumerate(asked.aims)])
        away = away[np.isfinite(away)]
        losses[point] = float(np.mean(np.minimum(away**2, _MOST**2)))
    return losses[results.rows["point"].to_numpy()] if results.rows is not None else losses


def _judged(asked: Asked, changes: dict[str, Any]) -> list[Score]:
    study = Study.of(
        BASELINE, seeds=list(FRESH), months=MONTHS, developers=DEVELOPERS, params=changes,
        source="python -m experiments.calibrate --best",
    )  # fmt: skip
    results = asked.run(study)
    without_crowds = [row for row in rows() if row.measure or not row.computable]
    return score(without_crowds, list(runs_of(results.market, results.labs)))


def report(found: Best) -> Report:
    """Totals of every world, the rows that change sides, and the values."""
    lines = [
        [name, *(str(total(of, kind)) for kind in ((*FREE, "record"), FREE) for total in (targets_inside, rows_inside))]
        for name, of in found.scores.items()
    ]
    head = ["world", "targets inside", "rows inside", "targets, without what is measured", "rows, the same"]
    before, after = found.scores["defaults"], found.scores["best point"]
    changed = [
        [one.row.id, f"{one.row.value:g} {one.row.unit}", number(one.model, ".3g"), number(other.model, ".3g"),
         f"{_inside(one)} → {_inside(other)}"]
        for one, other in zip(before, after, strict=True)
        if one.row.computable and one.inside != other.inside and one.row.input in FREE
    ]  # fmt: skip
    out = ", ".join(
        f"{one.row.id} ({number(one.distance, '+.1f')})"
        for one in after
        if one.row.computable and one.row.input in FREE and not one.inside
    )
    values = ", ".join(f"`{name}` {value:.4g}" for name, value in found.values.items())
    text = (
        f"{len(FRESH)} fresh seeds of {DEVELOPERS:,} developers to {MONTHS} months, without the two rows that "
        f"need runs of a million (C28). Lab dummies are the fits of four labs with firms.\n\n{table(head, lines)}\n"
        f"Rows that change sides:\n\n{table(['row', 'published', 'defaults', 'best point', 'inside'], changed)}\n"
        f"What stays out at the best point, in tolerances: {out or 'nothing'}.\n\n"
        f"The best point, every other parameter at its default: {values}."
    )
    frame = pd.DataFrame(
        {"row": one.row.id, "world": name, "model": one.model, "distance": one.distance, "inside": one.inside}
        for name, of in found.scores.items()
        for one in of
        if one.row.computable
    )
    point = pd.DataFrame({"parameter": list(found.values), "value": list(found.values.values())})
    return Report(text, {"best": frame, "best_point": point})


def _inside(one: Score) -> str:
    return "in" if one.inside else "out"
