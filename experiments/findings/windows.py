"""Windows that the baseline should reach: ranges for the mean over seeds by the end of the data."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import sim
from experiments.findings.pairs import BAND
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results, at_month

END = "2025-12"


@dataclass(frozen=True)
class Window:
    """One thing to look at: how it is measured in a run, and the values that are good enough."""

    name: str
    unit: str
    low: float
    high: float
    measure: Callable[[Results], pd.Series[float]]
    geometric: bool = False


@dataclass(frozen=True)
class Row:
    """One window as it came out: the mean over seeds, 10–90% of them, and whether the mean is inside."""

    name: str
    unit: str
    value: float
    q10: float
    q90: float
    low: float
    high: float
    inside: bool


def at(measure: str, date: str) -> Callable[[Results], pd.Series[float]]:
    """A market measure on a date, one value a seed."""
    return lambda results: at_month(results.wide(BASELINE, measure), sim.calendar.month_of(date))


def mean_of(measure: str, first: str, last: str) -> Callable[[Results], pd.Series[float]]:
    """The mean of a market measure over some months, one value a seed."""
    start, end = sim.calendar.month_of(first), sim.calendar.month_of(last)
    return lambda results: results.wide(BASELINE, measure).loc[start:end].mean()


def enterprise(lab: str) -> Callable[[Results], pd.Series[float]]:
    """A lab's share of enterprise workloads at the end of the data, one value a seed."""

    def measure(results: Results) -> pd.Series[float]:
        labs = results.load("labs", "share_enterprise", scenario=BASELINE, month=END)
        return labs[labs["lab"] == lab].set_index("seed")["share_enterprise"]

    return measure


def price_fall(results: Results) -> pd.Series[float]:
    """How many times cheaper GPT-3.5-level capability became from 2022-11 to 2024-10."""
    price = results.wide(BASELINE, "price_gpt35_level")
    return at_month(price, 0) / at_month(price, sim.calendar.month_of("2024-10"))


def acceleration(results: Results) -> pd.Series[float]:
    """Speed of the frontier after mid-2024 minus its speed before, OOM a year."""
    frontier = results.wide(BASELINE, "frontier")
    middle, end = sim.calendar.month_of("2024-06"), sim.calendar.month_of(END)
    before = (at_month(frontier, middle) - at_month(frontier, 0)) / middle
    after = (at_month(frontier, end) - at_month(frontier, middle)) / (end - middle)
    return 12.0 * (after - before)


def windows() -> tuple[Window, ...]:
    """The windows, in the order of the table."""
    return (
        Window("frontier, end 2025", "OOM", 2.6, 3.6, at("frontier", END)),
        Window("frontier, faster after mid-2024 than before", "OOM/year", 0.0, math.inf, acceleration),
        Window("spend, end 2025", "$bn/year", 10.0, 40.0, at("spend", END)),
        Window("GPT-3.5-level price, fall 2022-11 to 2024-10", "times", 100.0, 1000.0, price_fall, geometric=True),
        Window("OpenAI, enterprise share, end 2025", "share", 0.17, 0.37, enterprise("OpenAI")),
        Window("Anthropic, enterprise share, end 2025", "share", 0.30, 0.50, enterprise("Anthropic")),
        Window("Google, enterprise share, end 2025", "share", 0.11, 0.31, enterprise("Google")),
        Window("open share of tokens, end 2025", "share", 0.20, 0.40, at("open_share_tokens", END)),
        Window("open share of spend, end 2025", "share", 0.0, 0.10, at("open_share_spend", END)),
        Window("open lag, mean 2024Q3 to 2025Q4", "months", 0.0, 9.0, mean_of("open_lag", "2024-07", END)),
        Window("the same by steps", "months", 0.0, 9.0, mean_of("open_lag_step", "2024-07", END)),
    )


def rows(results: Results) -> list[Row]:
    """Every window as these runs of the baseline came out; they must reach 2025-12."""
    return [_row(window, window.measure(results)) for window in windows()]


def _row(window: Window, values: pd.Series[float]) -> Row:
    value = float(np.exp(np.log(values).mean())) if window.geometric else float(values.mean())
    low, high = (float(end) for end in values.quantile(list(BAND)))
    return Row(
        window.name,
        window.unit,
        value,
        low,
        high,
        window.low,
        window.high,
        window.low <= value <= window.high,
    )


def table(found: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | value | 10–90% of seeds | window | inside |", "|---|---|---|---|---|"]
    for row in found:
        unit = "" if row.unit == "share" else f" {row.unit}"
        wanted = f"above {row.low:g}" if math.isinf(row.high) else f"{row.low:g} to {row.high:g}"
        lines.append(
            f"| {row.name} | {row.value:.3g}{unit} | {row.q10:.3g} to {row.q90:.3g} | {wanted}{unit} | "
            f"{'yes' if row.inside else 'no'} |"
        )
    return "\n".join(lines) + "\n"
