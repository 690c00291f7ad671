"""The forecast: each quantity over runs that differ in luck and in a draw of the posterior."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import sim
from experiments.findings.forecast.definitions import compute
from experiments.findings.forecast.rows import Asked, asked
from experiments.findings.targets.run import OF_LABS, Run
from experiments.findings.targets.score import Score, score
from experiments.findings.validation.report import Report, number, table
from experiments.questions.draws import POSTERIOR, Draws
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study

# To when: two months after the last date that a row asks for, so that every lag is known.
LAST = "2026-11"
QUANTILES = (0.10, 0.50, 0.90)
COLUMNS = ("id", "quantity", "actor", "unit", "date", "q10", "q50", "q90", "mean", "definition")
# What definitions read beside the measure of the row.
BESIDE = {
    "lag_behind_us": ("us_frontier",),
    "cumulative_ratio": ("open_share_users", "adoption"),
    "arena_gap": ("us_frontier",),
    "outside_money": ("labs.rent", "labs.cash"),
    "elo_gap": ("china_frontier",),
}
_DIGITS = 4


@dataclass(frozen=True)
class Predicted:
    """One quantity over the runs.

    Attributes:
        asked: Which.
        values: Of each run, shape (runs,); not a number where a run has none.
    """

    asked: Asked
    values: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Numbers of the runs that have one, none at all unless most do."""
        known = self.values[np.isfinite(self.values)]
        return known if 2 * known.size > self.values.size else known[:0]

    @property
    def reason(self) -> str:
        """Why there is no number; empty if there is."""
        if self.known.size:
            return ""
        if not self.asked.row.computable:
            return self.asked.definition
        return f"Empty: {int(np.isfinite(self.values).sum())} of {self.values.size} runs have it."

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """10, 50 and 90% of the runs, and their mean."""
        if not self.known.size:
            return (math.nan,) * 4
        low, middle, high = (float(one) for one in np.quantile(self.known, QUANTILES))
        return low, middle, high, float(self.known.mean())


def draws() -> Draws:
    """The posterior that the project ships."""
    found = Draws.of(POSTERIOR)
    if found is None:
        raise AssertionError("a name gives draws")
    return found


def study(seeds: int, developers: int, command: str = "python -m experiments.forecast") -> Study:
    """The baseline over the posterior to the last date; it keeps what the rows and what they are held against need."""
    return Study.of(
        BASELINE, seeds=seeds, months=sim.month_of(LAST), developers=developers, draws=POSTERIOR,
        measures=sorted(set(_measures())), source=command,
    )  # fmt: skip


def _measures() -> Iterator[str]:
    for one in asked():
        for row in (one.row, *one.looked_at):
            if row.computable:
                yield row.measure
                yield from BESIDE.get(row.function, ())
                if row.function == "exit_hazard":
                    yield f"{OF_LABS}researchers"


def forecast(runs: Sequence[Run], rows: Sequence[Asked] | None = None) -> list[Predicted]:
    """Every quantity in every run."""
    return [
        Predicted(one, np.array([compute(run, one) for run in runs])) for one in (asked() if rows is None else rows)
    ]


def frame(found: Sequence[Predicted]) -> pd.DataFrame:
    """The table as it is asked for: one row a quantity, actor and date; empty cells with their reason."""
    return pd.DataFrame(list(map(_record, found)), columns=list(COLUMNS))


def _record(one: Predicted) -> dict[str, object]:
    words = {name: getattr(one.asked, name) for name in ("id", "quantity", "actor", "unit", "date")}
    q10, q50, q90, mean = map(_short, one.numbers)
    return {**words, "q10": q10, "q50": q50, "q90": q90, "mean": mean, "definition": _definition(one)}


def _definition(one: Predicted) -> str:
    """With where a bridge starts from, and why a row is empty."""
    source = f"Starts from: {one.asked.source}." if one.asked.source else ""
    return " ".join(filter(None, [one.asked.definition, source, one.reason if one.asked.row.computable else ""]))


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else math.nan


def report(found: Sequence[Predicted], runs: Sequence[Run], developers: int) -> Report:
    """The table, what each row is, and which published numbers about the same thing the same runs miss."""
    rows = frame(found)
    lines = [
        f"{len(runs)} runs of the baseline to {LAST}, {developers:,} developers each; run s has seed s and row s mod "
        f"{len(draws())} of the [posterior](calibration.md). 10, 50 and 90% of the runs and their mean: they hold "
        f"doubt about parameters and luck. Nothing after {sim.calendar.LAST_HISTORICAL_DATE} was used.",
        "",
        table(["", "quantity", "of", "unit", "date", "10%", "50%", "90%", "mean"], list(_cells(rows))),
        "### What each is, and what these runs miss about it today",
        "",
        *_notes(found, runs),
    ]
    return Report("\n".join(lines), {"forecast": rows})


def _cells(rows: pd.DataFrame) -> Iterator[list[str]]:
    for row in rows.to_dict("records"):
        words = [_listed(str(row[name])) for name in ("id", "quantity", "actor", "unit", "date")]
        yield [*words, *(number(float(row[name]), ".4g") for name in ("q10", "q50", "q90", "mean"))]


def _notes(found: Sequence[Predicted], runs: Sequence[Run]) -> Iterator[str]:
    """One item a row: its definition, and how published numbers about it come out."""
    for one in found:
        head = f"- **{one.asked.id}**, {one.asked.quantity} ({_listed(one.asked.actor)})."
        yield f"{head} {_definition(one)} {missed(score(one.asked.looked_at, runs))}"


def _listed(words: str) -> str:
    return ", ".join(part.strip() for part in words.split(";"))


def missed(scores: Sequence[Score]) -> str:
    """A sentence or two: which of some published numbers the runs miss, and by how much."""
    judged = [one for one in scores if one.row.computable]
    given = sum(one.row.input != "no" for one in judged)
    out = [one for one in judged if not one.inside]
    if not judged:
        return "*Nothing published to 2025-12 that a run has is held against it.*"
    words = f"*Of {len(judged)} published number{'s' * (len(judged) > 1)} about it these runs miss {len(out) or 'none'}"
    listed = "; ".join(
        f"{one.row.id} ({number(one.model, '.3g')} {one.row.unit}, published {one.row.value:g})" for one in out
    )
    followed = (
        f"; {given} follow{'s' * (given == 1)} from measured capability, which runs are given to then" if given else ""
    )
    return f"{words}{': ' + listed if out else ''}{followed}.*"
