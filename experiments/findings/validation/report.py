"""What a report is: text and tables; and how its tables are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.engine.driver import UnfinishedError
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Place
from experiments.questions.settings import ExperimentError, refuse
from experiments.questions.study import Study
from experiments.results.files import write_data
from experiments.results.results import Results


@dataclass(frozen=True)
class Asked:
    """How a report is made.

    Attributes:
        seeds: Seeds of its runs.
        developers: Simulated developers.
        run: Runs a study, or reads it from the store.
        draws: Draws of a report on the ranges; None for its own number.
    """

    seeds: tuple[int, ...]
    developers: int
    run: Callable[[Study], Results]
    draws: int | None = None


@dataclass(frozen=True)
class Report:
    """What came out.

    Attributes:
        text: Markdown without a heading.
        tables: Name → everything behind it, for CSV.
    """

    text: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def asked_of(seeds: tuple[int, ...], developers: int, outputs: Any, place: Place, draws: int | None = None) -> Asked:
    """The same with studies run, or read from the store, at a place."""
    return Asked(seeds, developers, lambda study: run_study(study, outputs, place, progress=True), draws)


def write_into(folder: Path, found: Mapping[str, Report]) -> None:
    """Text and tables of each report, by name, into a folder that is there."""
    for name, report in found.items():
        write_data(folder / f"{name}.md", report.text)
        for title, frame in report.tables.items():
            write_data(folder / f"{title}.csv", frame.to_csv(index=False))


def whole(results: Results, what: str) -> Results:
    """The results if every run finished.

    Raises:
        UnfinishedError: One did not; the line says which and why.
    """
    if results.failures:
        first = results.failures[0]
        raise UnfinishedError(
            f"{what}: {len(results.failures)} runs failed, so there is no table; the first, point {first['point']} "
            f"seed {first['seed']}: {first['error']}"
        )
    return results


def market_of(seed: int, developers: int, **overrides: Any) -> sim.Market:
    """A market at its first month.

    Raises:
        ExperimentError: A parameter cannot be; the line is that of the parameter.
    """
    try:
        return sim.Market(rng=seed, developers=developers, **overrides)
    except sim.ParameterError as error:
        raise ExperimentError(str(error)) from None


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; what is in a cell stays in it.

    Raises:
        ExperimentError: A row has another number of cells than the head.
    """
    for row in rows:
        if len(row) != len(head):
            raise refuse("table", row, f"{len(head)} cells a row")
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def number(value: float, form: str = ".2f") -> str:
    """A number in a form, with a minus that is one; a dash if there is none."""
    text = format(value, form) if math.isfinite(value) else "–"
    # What rounds to zero has no sign.
    return text.replace("-", "−") if any(letter in "123456789" for letter in text) else text.lstrip("-+")
