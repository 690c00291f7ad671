"""Forecasts from origins inside the record: the record ends there, and what came later is foretold.

The model draws capability after the origin, once with compute, dates, openness and sizes as they came to be (*given*),
once with all of these its own (*extrapolated*). It stands beside no change and trends of 12 and 24 months.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.findings.validation import forecasts
from experiments.findings.validation.forecasts import Float, Model, best_so_far
from experiments.findings.validation.report import Asked, Report, market_of, number, table
from sim.agents.lab import CLOSED, WEIGHTS
from sim.data.history import load
from sim.data.index import POINTS_AN_OOM, index
from sim.record import Completed

ORIGINS = ("2023-12", "2024-03", "2024-06", "2024-09", "2024-12")
AHEAD = (6, 12)
GIVEN, EXTRAPOLATED = "given", "extrapolated"
# Months over which trends are taken; of none, no change.
SPANS = {"no change": 0, "trend 12": 12, "trend 24": 24}
FRONTIER, OPEN, LAG, EACH = "frontier", "open frontier", "lag of open behind closed", "each model"
UNITS = {FRONTIER: "points", OPEN: "points", LAG: "months", EACH: "points"}
FORECASTS, SUMMARY = "origins", "origins_summary"


@dataclass(frozen=True)
class World:
    """The record as it came to be, or as one run foretells it from an origin.

    Attributes:
        all: Best model so far by month [OOM].
        closed: The same of closed models.
        open: The same of models with open weights.
    """

    all: Float
    closed: Float
    open: Float

    @classmethod
    def of(cls, models: Sequence[Model], last: int) -> World:
        """The paths to a month."""
        return cls(
            best_so_far(models, last),
            best_so_far((model for model in models if not model.open), last),
            best_so_far((model for model in models if model.open), last),
        )

    def at(self, month: int) -> dict[str, float]:
        """Frontier and open frontier [points], and lag [months]."""
        return {
            FRONTIER: float(index(self.all[month])),
            OPEN: float(index(self.open[month])),
            LAG: forecasts.lag(self.closed, self.open, month),
        }


def origins(asked: Asked, dates: Sequence[str] = ORIGINS, ahead: Sequence[int] = AHEAD) -> Report:
    """Forecasts from every origin and how far they were off, as text and tables."""
    record = forecasts.published(load())
    parts = []
    for date in dates:
        origin = sim.month_of(date)
        for compute in (GIVEN, EXTRAPOLATED):
            runs = [_foretold(date, compute == GIVEN, seed, asked.developers, max(ahead)) for seed in asked.seeds]
            parts += [row for months in ahead for row in rows(record, runs, origin, months, compute)]
    return report(pd.DataFrame(parts))


def _foretold(date: str, given: bool, seed: int, developers: int, ahead: int) -> list[Model]:
    """Models that one run releases after the record has ended."""
    market = market_of(seed, developers, **{"record.end": date, "record.given": given})
    origin = sim.month_of(date)
    market.run(origin)
    found = []
    for _ in range(ahead):
        market.step()
        found += [
            Model(run.month, market.lab_names[run.lab], run.tier, run.model, run.capability, _is_open(market, run))
            for run in market.finished
        ]
    return found


def _is_open(market: sim.Market, run: Completed) -> bool:
    """Whether a run's weights came out with it."""
    if run.level >= 0:
        return run.level >= WEIGHTS
    lines = market.lines
    same = lines.live & (lines.lab == run.lab) & (lines.tier == run.tier) & (lines.capability == run.capability)
    return bool((same & (lines.access != CLOSED)).any())


def rows(
    record: Sequence[Model], runs: Sequence[Sequence[Model]], origin: int, ahead: int, compute: str
) -> Iterator[dict[str, object]]:
    """What came, what was foretold and how, of everything at one horizon.

    Args:
        record: Measured models, after the origin too.
        runs: Models after the origin that each run foretells.
        origin: Last month of the record.
        ahead: Months from there.
        compute: ``given`` or ``extrapolated``.
    """
    month = origin + ahead
    known = [model for model in record if model.month <= origin]
    measured = {(model.lab, model.name) for model in record}
    # With compute given runs release what history did; of that, what nobody measured can be compared with nothing.
    kept = [[model for model in run if compute == EXTRAPOLATED or (model.lab, model.name) in measured] for run in runs]
    actual, before = World.of(record, month), World.of(known, month)
    foretold = [World.of([*known, *run], month).at(month) for run in kept]
    start = {"origin": sim.date_of(origin), "ahead": ahead, "compute": compute}
    for what, came in actual.at(month).items():
        values = np.array([one[what] for one in foretold])
        rivals = {name: _rival(before, what, origin, ahead, span) for name, span in SPANS.items()}
        yield start | {"what": what, "lab": "", "model": ""} | _row(came, values) | rivals
    if compute == GIVEN:
        yield from (start | row for row in _each(record, known, kept, origin, month))


def _rival(before: World, what: str, origin: int, ahead: int, span: int) -> float:
    """No change, or a trend: lags of trends are those of the two paths; without change a lag stays what it is."""
    if what == LAG:
        if not span:
            return forecasts.lag(before.closed, before.open, origin)
        closed, open_ = (forecasts.extended(path, origin, ahead, span) for path in (before.closed, before.open))
        return forecasts.lag(closed, open_, origin + ahead)
    path = before.all if what == FRONTIER else before.open
    return float(index(forecasts.trend(path, origin, ahead, span)))


def _each(
    record: Sequence[Model], known: Sequence[Model], runs: Sequence[Sequence[Model]], origin: int, month: int
) -> Iterator[dict[str, object]]:
    """Every model measured since the origin whose lab has a measured one of its tier before; others have no rival."""
    for model in record:
        if not origin < model.month <= month:
            continue
        own = best_so_far((one for one in known if (one.lab, one.tier) == (model.lab, model.tier)), origin)
        values = [one.capability for run in runs for one in run if (one.lab, one.name) == (model.lab, model.name)]
        if not math.isfinite(own[origin]) or not values:
            continue
        rivals = {
            name: float(index(forecasts.trend(own, origin, model.month - origin, span))) for name, span in SPANS.items()
        }
        what = {"what": EACH, "lab": model.lab, "model": model.name}
        yield what | _row(float(index(model.capability)), np.asarray(index(np.array(values)))) | rivals


def _row(actual: float, values: Float) -> dict[str, object]:
    low, high = forecasts.band(values)
    return {
        "actual": actual,
        "mean": float(values.mean()),
        "low": low,
        "high": high,
        "covered": forecasts.covers((low, high), actual),
    }


def summary(of_forecasts: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors over origins, or over origins and models, bias of the model, and how many bands hold."""
    found = []
    for (compute, ahead, what), group in of_forecasts.groupby(["compute", "ahead", "what"], sort=False):
        error = {"bias": float((group["mean"] - group["actual"]).mean())}
        for name in ("mean", *SPANS):
            error["model" if name == "mean" else name] = float((group[name] - group["actual"]).abs().mean())
        held = {"covered": int(group["covered"].sum()), "bands": int(group["low"].notna().sum()), "n": len(group)}
        found.append({"compute": compute, "ahead": ahead, "what": what, "unit": UNITS[str(what)]} | error | held)
    return pd.DataFrame(found)


def report(of_forecasts: pd.DataFrame) -> Report:
    """The errors in one table and the frontiers from every origin in another."""
    errors = summary(of_forecasts)
    text = "\n".join(
        [
            f"Mean absolute errors; a point is 1/{POINTS_AN_OOM:g} OOM. Trends are random walks with the drift of the "
            "last 12 and 24 months, or of as many as the record has by then; of each model, of its lab and tier. Of "
            "bands of 90%, over seeds, so many hold what came.",
            "",
            "Not all of it is out of time: parameters are those of today, which the whole record has formed. With "
            "compute given, the discovery of reasoning, export controls and great news are given too; extrapolated, "
            "nothing after the origin is known, so that from origins before 2024-06 reasoning is never discovered. The "
            "errors are a lower limit of what a forecast of its time would have had.",
            "",
            _errors(errors),
            "From each origin: what came (model's mean, and its band).",
            "",
            _paths(of_forecasts),
        ]
    )
    return Report(text, {FORECASTS: of_forecasts, SUMMARY: errors})


def _errors(errors: pd.DataFrame) -> str:
    lines = []
    for row in errors.to_dict("records"):
        cells = [number(row[name], ".1f") for name in ("model", *SPANS)]
        held = f"{row['covered']} of {row['bands']}" if row["bands"] else "–"
        of_model = [*cells, number(row["bias"], "+.1f"), held]
        lines.append([row["compute"], str(row["ahead"]), row["what"], row["unit"], *of_model])
    head = ["compute", "months ahead", "what", "unit", "model", *SPANS, "bias of the model", "bands that hold"]
    return table(head, lines)


def _paths(of_forecasts: pd.DataFrame) -> str:
    shown = of_forecasts[of_forecasts["what"] != EACH]
    lines = []
    for (date, ahead, compute), group in shown.groupby(["origin", "ahead", "compute"], sort=False):
        by = {row["what"]: row for row in group.to_dict("records")}
        cells = [_came(by[what]) for what in (FRONTIER, OPEN, LAG)]
        lines.append([str(date), str(ahead), str(compute), *cells])
    units = [f"{what} [{UNITS[what]}]" for what in (FRONTIER, OPEN, LAG)]
    return table(["origin", "months ahead", "compute", *units], lines)


def _came(row: Mapping[Hashable, Any]) -> str:
    actual, mean, low, high = (number(float(row[name]), ".1f") for name in ("actual", "mean", "low", "high"))
    return f"{actual} ({mean}; {low} to {high})"
