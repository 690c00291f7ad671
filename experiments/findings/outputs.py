"""One number a point: a measure in a month or over a window, of a scenario or as an effect, mean over seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

import sim
from experiments.findings.matched import asked
from experiments.findings.pairs import Float
from experiments.questions.designs.table import IN_MEMORY
from experiments.questions.draws import Draws
from experiments.questions.measures import LABS
from experiments.questions.months import month_of
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice, check_names, refuse
from experiments.results.folder import open_results
from experiments.results.results import Results, check_results

_OUTPUT = re.compile(r"(?P<measure>[A-Za-z0-9_.]+)(\[(?P<labs>[^\]]*)\])?(@(?P<first>[\w-]+)(\.\.(?P<last>[\w-]+))?)?")
WANTED = "a measure, its labs and when, like frontier@2027-12, labs.rent[Meta], hhi@2027-01..2027-12"


@dataclass(frozen=True)
class Output:
    """What is looked at.

    Attributes:
        name: As it was asked for, with its month or window.
        measure: Of the market, or ``labs.…``, then the sum over ``labs``.
        labs: Which labs.
        window: First and last month, of which the mean is taken.
        unit: Of the measure.
    """

    name: str
    measure: str
    labs: tuple[str, ...]
    window: tuple[int, int]
    unit: str


@dataclass(frozen=True)
class AtPoints:
    """An output at the points of a design.

    Attributes:
        what: In words: which output of which scenario, or whose effect on it.
        output: Which.
        values: Mean over the seeds of a point, index ``point``; not a number where a seed is missing or has none.
        luck: Share of the variance between points that is that of such a mean over seeds; not a number with one seed.
        seeds: Seeds a point.
    """

    what: str
    output: Output
    values: pd.Series
    luck: float
    seeds: int

    @property
    def numbers(self) -> Float:
        """The values, shape (points,)."""
        return self.values.to_numpy(float)


def results_of(runs: Any) -> Results:
    """Results, or those of the folder of a study.

    Raises:
        ExperimentError: It is neither.
    """
    return check_results(open_results(runs) if isinstance(runs, str | Path) else runs)


def output_of(runs: Results, given: str) -> Output:
    """An output from its name; without a month the last one.

    Raises:
        ExperimentError: There is no such measure, lab or month.
    """
    match = _OUTPUT.fullmatch(given.replace(" ", "")) if isinstance(given, str) else None
    if match is None:
        raise refuse("measure", given, WANTED)
    found = asked(runs, match["measure"])
    if len(found) != 1 or found[0].table not in ("market", LABS):
        raise refuse("measure", given, WANTED)
    runs.chosen(found[0].table, found[0].column)
    labs = tuple(match["labs"].split(",")) if match["labs"] else ()
    if bool(labs) != (found[0].table == LABS):
        raise refuse("measure", given, "names of labs in brackets after labs.…, and after nothing else")
    first = runs.months if match["first"] is None else month_of(_plain(match["first"]), runs.months)
    last = first if match["last"] is None else month_of(_plain(match["last"]), runs.months)
    if last < first:
        raise refuse("measure", given, "a window whose first month comes first")
    dates = [sim.calendar.date_of(month) for month in dict.fromkeys((first, last))]
    of = f"[{','.join(labs)}]" if labs else ""
    name = f"{found[0].name}{of}@{'..'.join(dates)}"
    return Output(name, found[0].name, labs, (first, last), found[0].unit)


def at_points(runs: Results, measure: str, scenario: str | None = None, against: str | None = None) -> AtPoints:
    """An output, or a same-seed effect on it, at every point of a design.

    Args:
        runs: Of a study whose design varies something.
        measure: Like ``frontier@2027-12``, see :func:`output_of`.
        scenario: Which; None for the one that is not ``against``, or else the baseline.
        against: Subtract this one, seed by seed; None for the level.

    Raises:
        ExperimentError: Something is not there, or the design varies nothing.
    """
    every = points_of(runs).index
    output = output_of(runs, measure)
    chosen = scenario_of(runs, scenario, against)
    by_run = _by_run(runs, output, chosen)
    if against is not None:
        by_run = by_run - _by_run(runs, output, against)
    by_run = by_run.replace([np.inf, -np.inf], np.nan)
    of_point = by_run.groupby(_place(runs, by_run.index))
    asked = runs.runs[runs.runs["scenario"] == chosen].set_index(["point", "seed"]).index
    numbers = pd.Series(_place(runs, asked)).value_counts().reindex(every, fill_value=0)
    number = int(numbers.max())
    whole = of_point.count().reindex(every, fill_value=0) == (numbers if drawn(runs) else number)
    values = of_point.mean().reindex(every).where(whole).rename(output.name)
    luck = np.nan
    if number > 1 and whole.sum() > 1 and float(values.var()) > 0.0:
        luck = float(of_point.var().reindex(every)[whole].mean() / number / values.var())
    what = f"{chosen} minus {against}, {output.name}" if against else f"{chosen}, {output.name}"
    return AtPoints(what, output, values, luck, number)


def drawn(runs: Results) -> bool:
    """Whether seeds ran with draws of the parameters, and no design varies any."""
    return not len(runs.points.columns) and bool(runs.provenance.get("draws"))


def points_of(runs: Results) -> pd.DataFrame:
    """What the runs differ by in parameters: the points of the design, or the rows of draws that seeds ran with.

    Raises:
        ExperimentError: They differ by nothing, or the table of draws is not to be had any more.
    """
    if len(runs.points.columns):
        return runs.points
    if not drawn(runs):
        wanted = "results of a design that varies parameters, as design=latin_hypercube, or of draws=posterior"
        raise refuse("runs", repr(runs), wanted)
    told = runs.provenance["draws"]
    draws = Draws.of(told["name"]) if told["name"] != IN_MEMORY else None
    if draws is None or draws.settings() != told:
        raise refuse("runs", f"results of draws={told['name']}", "draws from a table that is still there as it was")
    rows = sorted({draws.row(int(seed)) for seed in runs.runs["seed"]})
    given = set(runs.provenance.get("params", ()))  # which stand above the rows
    table = draws.table.loc[rows, [name for name in draws.table if name not in given]]
    defaults = {name: leaf.default for name, leaf in sim.Parameters.known().items()}
    return table.fillna({name: defaults[str(name)] for name in table})


def _place(runs: Results, index: pd.Index) -> pd.Index:
    """The point of each run, or the row of draws that its seed ran with."""
    if not drawn(runs):
        return pd.Index(index.get_level_values("point"))
    return pd.Index(index.get_level_values("seed") % int(runs.provenance["draws"]["rows"]))


def scenario_of(runs: Results, scenario: str | None, against: str | None) -> str:
    """The scenario that is meant.

    Raises:
        ExperimentError: There is none of that name, or several may be meant.
    """
    if against is not None:
        check_choice("against", against, runs.scenarios)
    others = tuple(name for name in runs.scenarios if name != against)
    if scenario is not None:
        found = check_choice("scenario", scenario, runs.scenarios)
        if found == against:
            raise refuse("scenario", found, f"another than {against}")
        return found
    if against is None and BASELINE in others:
        return BASELINE
    if len(others) != 1:
        raise refuse("scenario", "null", "one of " + ", ".join(others or runs.scenarios))
    return others[0]


def _by_run(runs: Results, output: Output, scenario: str) -> pd.Series:
    """Mean over the window, index (point, seed)."""
    first, last = output.window
    table, column = (LABS if output.labs else "market"), output.measure.removeprefix(f"{LABS}.")
    frame = runs.load(table, column, scenario=scenario, month=list(range(first, last + 1)))
    if "point" not in frame:  # no design, but draws
        frame = frame.assign(point=0)
    keys = ["point", "seed"]
    if output.labs:
        check_names(LABS, output.labs, tuple(frame["lab"].unique()))
        frame = frame[frame["lab"].isin(output.labs)]
        summed = frame.groupby([*keys, "month"])[column].sum(min_count=1)
        return summed.groupby(keys).mean()
    return frame.groupby(keys)[column].mean()


def coded(points: pd.DataFrame) -> pd.DataFrame:
    """Points as numbers: words by their place among the choices, switches as 0 and 1; what never varies is left out."""
    known = sim.Parameters.known()
    columns: Mapping[str, Any] = {
        str(name): column.map({word: place for place, word in enumerate(known[str(name)].choices or ())}).astype(float)
        if not is_numeric_dtype(column)
        else column.astype(float)
        for name, column in points.items()
        if column.nunique() > 1
    }
    return pd.DataFrame(columns, index=points.index)


def _plain(text: str) -> int | str:
    return int(text) if text.isdigit() else text
