"""How near runs come to the rows, row by row and in all."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import sim
from experiments.findings.targets.definitions import compute
from experiments.findings.targets.rows import Row, rows
from experiments.findings.targets.run import Run, runs_of

BAND = (0.10, 0.90)
# What totals are over (``Row.input``): all that is not put in, the same without what the record fixes, what is put in.
JUDGED, FREE, GIVEN = ("no", "record"), ("no",), ("yes",)


@dataclass(frozen=True)
class Score:
    """One row as the runs came out.

    Attributes:
        row: The row.
        model: Mean over the runs that have it; missing if most have not, or if nothing computes it.
        q10: 10% of these runs are below.
        q90: 90%.
        runs: How many have it.
    """

    row: Row
    model: float = math.nan
    q10: float = math.nan
    q90: float = math.nan
    runs: int = 0

    @property
    def inside(self) -> bool:
        """Whether the mean is near enough."""
        return self.row.low <= self.model <= self.row.high

    @property
    def distance(self) -> float:
        """Model less published in tolerances of that side; of ratios with scale ``log``. Beyond ±1 is outside."""
        row = self.row
        if not math.isfinite(self.model):
            return math.nan
        side = row.high if self.model > row.value else row.low
        if math.isinf(side):
            return 0.0
        if row.scale == "log" and self.model <= 0.0:
            return -math.inf
        if row.scale == "log":
            return math.copysign(math.log(self.model / row.value) / math.log(side / row.value), self.model - row.value)
        return (self.model - row.value) / abs(side - row.value)


@dataclass(frozen=True)
class Total:
    """How many are inside, of how many that can be computed."""

    inside: int
    computable: int

    def __str__(self) -> str:
        share = f" ({self.inside / self.computable:.0%})" if self.computable else ""
        return f"{self.inside} of {self.computable}{share}"


def score(rows: Iterable[Row], runs: Sequence[Run], crowds: Sequence[Run] = ()) -> list[Score]:
    """Every row over the runs.

    Args:
        rows: Rows, those that nothing computes too.
        runs: Runs with the same parameters and different seeds.
        crowds: Runs with many developers whose contributions were drawn, for rows that need them.
    """
    return [_score(row, runs if row.measure or not crowds else crowds) for row in rows]


def about(measures: Collection[str], base: pd.DataFrame, months: int, labs: pd.DataFrame | None = None) -> list[Score]:
    """Rows about some measures that nothing gives or fixes, over the runs of a baseline's tables.

    Args:
        measures: Of the market, columns of ``base``.
        base: A row a run and month, with ``seed`` and ``month``.
        months: To when; later rows are left out.
        labs: A row a run, month and lab, with measures of labs, of which rows are wanted too.
    """
    of_labs = [] if labs is None else [name for name in labs.columns if name in sim.measures.LABS]
    wanted = {*measures, *(f"labs.{name}" for name in of_labs)}
    asked = [
        row for row in rows()
        if row.computable and row.input in FREE and row.measure in wanted and sim.month_of(row.last) <= months
    ]  # fmt: skip
    return score(asked, list(runs_of(base, labs)))


def _score(row: Row, runs: Sequence[Run]) -> Score:
    if not row.computable:
        return Score(row)
    values = np.array([compute(run, row) for run in runs])
    known = values[np.isfinite(values)]
    if 2 * known.size <= values.size:
        return Score(row, runs=known.size)
    low, high = (float(end) for end in np.quantile(known, BAND))
    return Score(row, float(known.mean()), low, high, known.size)


def rows_inside(scores: Iterable[Score], of: tuple[str, ...] = JUDGED) -> Total:
    """Of all computable rows of these kinds."""
    counted = [one for one in scores if one.row.computable and one.row.input in of]
    return Total(sum(one.inside for one in counted), len(counted))


def targets_inside(scores: Iterable[Score], of: tuple[str, ...] = JUDGED) -> Total:
    """Targets of which all rows are inside, of those of these kinds of which all rows can be computed."""
    parts: dict[str, list[Score]] = {}
    for one in scores:
        if one.row.target:
            parts.setdefault(one.row.target, []).append(one)
    counted = [part for part in parts.values() if all(one.row.computable and one.row.input in of for one in part)]
    return Total(sum(all(one.inside for one in part) for part in counted), len(counted))


def frame(scores: Sequence[Score]) -> pd.DataFrame:
    """One row a row: what was published, what came out, and what else is known."""
    return pd.DataFrame(
        {
            "id": one.row.id,
            "target": one.row.target,
            "what": one.row.what,
            "dates": one.row.dates,
            "unit": one.row.unit,
            "published": one.row.value,
            "low": one.row.low,
            "high": one.row.high,
            "model": one.model,
            "q10": one.q10,
            "q90": one.q90,
            "runs": one.runs,
            "distance": one.distance,
            "inside": "" if not one.row.computable else "yes" if one.inside else "no",
            "input": one.row.input,
            "source": one.row.source,
            "confidence": one.row.confidence,
            "function": one.row.function,
            "measure": one.row.measure,
            "why_not": one.row.why_not,
            "note": one.row.note,
        }
        for one in scores
    )


def page(scores: Sequence[Score]) -> str:
    """The scores as Markdown: totals, targets, further rows, inputs, and what cannot be computed."""
    judged = [one for one in scores if one.row.computable and one.row.input in FREE]
    of_targets = [one for one in scores if one.row.target]
    parts = [
        f"- targets inside: {targets_inside(scores)}; without those that measured capability fixes "
        f"{targets_inside(scores, FREE)}; taken as given {targets_inside(scores, GIVEN)}\n"
        f"- rows inside: {rows_inside(scores)}, of them rows of targets {rows_inside(of_targets)}; without those that "
        f"measured capability fixes {rows_inside(scores, FREE)}; taken as given {rows_inside(scores, GIVEN)}\n",
        _part("Targets", [one for one in judged if one.row.target]),
        _part("Further rows", [one for one in judged if not one.row.target]),
        _part(
            "Fixed by measured capability: they test how it is measured, not the model",
            [one for one in scores if one.row.input == "record"],
        ),
        _part("Taken as given: left out of all percentages", [one for one in scores if one.row.input in GIVEN]),
        _without([one.row for one in scores if not one.row.computable]),
    ]
    return "\n".join(part for part in parts if part)


def _part(title: str, scores: Sequence[Score]) -> str:
    lines = [
        f"## {title}",
        "",
        "| row | what | date | unit | published | tolerance | model | 10–90% of seeds | distance | inside |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in scores:
        row = one.row
        tolerance = f"from {row.low:g}" if math.isinf(row.high) else f"{row.low:g} to {row.high:g}"
        model = "missing" if math.isnan(one.model) else f"{one.model:.3g}"
        band = "" if math.isnan(one.model) else f"{one.q10:.3g} to {one.q90:.3g}"
        distance = "" if math.isnan(one.distance) else f"{one.distance:+.1f}"
        lines.append(
            f"| {row.id} | {row.what} | {row.dates} | {row.unit} | {row.value:g} | {tolerance} | {model} | {band} | "
            f"{distance} | {'yes' if one.inside else 'no'} |"
        )
    return "\n".join(lines) + "\n" if scores else ""


def _without(rows: Sequence[Row]) -> str:
    lines = ["## Not computed", "", "| row | what | date | published | why not |", "|---|---|---|---|---|"]
    lines += [f"| {row.id} | {row.what} | {row.dates} | {row.value:g} {row.unit} | {row.why_not} |" for row in rows]
    return "\n".join(lines) + "\n" if rows else ""
