"""Headline numbers of an experiment, as plain data for ``summary.json``."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

import sim
from experiments.findings.effects import Effect, compare
from experiments.findings.pairs import BAND, COLUMNS
from experiments.questions.measures import LABS, MARKET
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
    "technology_price_gpt35",
    "price_gpt4_level",
    "closed_margin",
    "adoption",
    "spend",
    "consumer_gain",
)


def headline(results: Results) -> dict[str, Any]:
    """Mean and 10–90% of runs at the end of the data and of the run; effects, scenario minus baseline."""
    dates = _dates(results.months)
    report: dict[str, Any] = {
        "runs": len(results.runs),
        "failed": len(results.failures),
        "missing": results.missing,
        "points": len(results.points),
        "seeds": len(results.seeds),
        "months": results.months,
        "projection_after": sim.calendar.LAST_HISTORICAL_DATE,
        "units": {name: results.units[name] for name in _measures(results)},
        "scenarios": {name: _levels(results, name, dates) for name in results.scenarios},
    }
    paired = results.complete()
    if BASELINE in paired.scenarios and len(paired.scenarios) > 1:
        names = [*_measures(results), *_of_labs(results)]
        report["effects_against_baseline"] = _effects(compare(paired, measures=names), dates) if names else {}
    return report


def _dates(months: int) -> list[str]:
    ends = {min(months, sim.calendar.LAST_HISTORICAL_MONTH), months}
    return [sim.calendar.date_of(month) for month in sorted(ends)]


def _measures(results: Results) -> list[str]:
    """The headline measures, or what a study asked for in their place."""
    if set(results.measures) >= set(sim.measures.MARKET):
        return list(MEASURES)
    return list(results.measures)


def _of_labs(results: Results) -> list[str]:
    """Measures of labs that a study asked for by name."""
    names = results.kept.get(LABS, ())
    return [f"{LABS}.{name}" for name in names] if set(names) < set(sim.measures.LABS) else []


def _levels(results: Results, scenario: str, dates: list[str]) -> dict[str, Any]:
    report: dict[str, Any] = {}
    measures = _measures(results)
    table = results.load(MARKET, measures, scenario=scenario, month=dates) if measures else pd.DataFrame()
    for measure in measures:
        report[measure] = {date: spread(table.loc[table["date"] == date, measure]) for date in dates}
    return report


def spread(values: pd.Series[float]) -> dict[str, float | None]:
    """Mean and 10–90% of runs; None where no run has a number."""
    low, high = values.quantile(list(BAND))
    return {"mean": plain(values.mean()), "q10": plain(low), "q90": plain(high)}


def _effects(effect: Effect, dates: list[str]) -> dict[str, Any]:
    """By scenario, measure, of labs also lab, and date."""
    report: dict[str, Any] = {name: {measure: {} for measure in effect.measures} for name in effect.scenarios}
    for row in effect.frame[effect.frame["date"].isin(dates)].to_dict("records"):
        by_date = report[row["scenario"]][row["measure"]]
        if row.get("lab"):
            by_date = by_date.setdefault(row["lab"], {})
        by_date[row["date"]] = {column: plain(row[column]) for column in COLUMNS}
    return report


def plain(value: Any) -> float | None:
    """A Python number, or None for what is not finite."""
    number = float(value)
    return number if math.isfinite(number) else None
