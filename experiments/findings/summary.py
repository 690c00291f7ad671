"""Headline numbers of an experiment, as plain data for ``summary.json``."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

import sim
from experiments.findings.effects import BAND, COLUMNS, Effect, compare
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results

MEASURES = (
    "open_share_spend",
    "open_share_tokens",
    "open_share_users",
    "open_share_enterprise",
    "hhi",
    "frontier",
    "open_frontier",
    "open_lag",
    "innovation_speed",
    "price_gpt35_level",
    "price_gpt4_level",
    "closed_margin",
    "adoption",
    "spend",
    "consumer_gain",
)


def headline(results: Results) -> dict[str, Any]:
    """Mean and 10–90% of runs at the end of the data and of the run; effects against the baseline."""
    dates = _dates(results.months)
    report: dict[str, Any] = {
        "runs": len(results.runs),
        "failed": len(results.failures),
        "missing": results.missing,
        "points": len(results.points),
        "seeds": len(results.seeds),
        "months": results.months,
        "units": {name: results.units[name] for name in _measures(results)},
        "scenarios": {name: _levels(results, name, dates) for name in results.scenarios},
    }
    paired = results.complete()
    if BASELINE in paired.scenarios and len(paired.scenarios) > 1:
        report["effects_against_baseline"] = _effects(compare(paired), _measures(results), dates)
    return report


def _dates(months: int) -> list[str]:
    ends = {min(months, sim.calendar.LAST_HISTORICAL_MONTH), months}
    return [sim.calendar.date_of(month) for month in sorted(ends)]


def _measures(results: Results) -> list[str]:
    return [name for name in MEASURES if name in results.measures]


def _levels(results: Results, scenario: str, dates: list[str]) -> dict[str, Any]:
    table = results.of(scenario)
    report: dict[str, Any] = {}
    for measure in _measures(results):
        report[measure] = {date: spread(table.loc[table["date"] == date, measure]) for date in dates}
    return report


def spread(values: pd.Series[float]) -> dict[str, float | None]:
    """Mean and 10–90% of runs; None where no run has a number."""
    low, high = values.quantile(list(BAND))
    return {"mean": plain(values.mean()), "q10": plain(low), "q90": plain(high)}


def _effects(effect: Effect, measures: list[str], dates: list[str]) -> dict[str, Any]:
    report: dict[str, Any] = {name: {measure: {} for measure in measures} for name in effect.scenarios}
    for date in dates:
        rows = effect.at(date)
        for name, by_measure in report.items():
            for measure, by_date in by_measure.items():
                by_date[date] = {column: plain(rows.loc[(name, measure), column]) for column in COLUMNS}
    return report


def plain(value: Any) -> float | None:
    """A Python number, or None for what is not finite."""
    number = float(value)
    return number if math.isfinite(number) else None
