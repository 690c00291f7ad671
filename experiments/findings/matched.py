"""Two scenarios side by side: the values of each run beside those of its pair, for any table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

import sim
from experiments.findings.pairs import DRAWS, Float, Int, clusters_of
from experiments.questions.measures import FLOWS, LABS, MARKET, MONTHLY, RESEARCHERS, ROWS
from experiments.questions.settings import items_of, refuse
from experiments.results.results import NotKept, Results, run_columns

# What tells rows apart beside the month, by table.
KEYS = {table: tuple(name for name in names if name not in ("month", "region")) for table, names in ROWS.items()}
_MOST = 10_000
_FLOWS = {FLOWS: "FTE/year", MONTHLY: "FTE/month"}


@dataclass(frozen=True)
class Asked:
    """One measure: its table and column, and the name under which it was asked for."""

    table: str
    column: str
    name: str

    @property
    def unit(self) -> str:
        """Its unit; 1 for what is not the simulation's own."""
        if self.table in _FLOWS:
            return _FLOWS[self.table]
        found = (sim.measures.LABS if self.table == LABS else sim.measures.MARKET).get(self.column)
        return "1" if found is None else found.unit


@dataclass(frozen=True)
class Matched:
    """One measure in two scenarios, run beside run.

    Attributes:
        values: A row a month (and lab, or flow), a column a run: (point, seed), or seed without a design.
        reference: The same of the scenario that is subtracted, same rows and columns.
        draws: Rows of parameters that seeds run with, s mod this; None if all seeds have the same parameters.
    """

    values: pd.DataFrame
    reference: pd.DataFrame
    draws: int | None = None

    @property
    def points(self) -> Int:
        """Point of each column; 0 without a design."""
        columns = self.values.columns
        return (columns.get_level_values("point") if "point" in columns.names else 0 * columns).to_numpy(dtype="int64")

    @property
    def seeds(self) -> Int:
        """Seed of each column."""
        return self.values.columns.get_level_values("seed").to_numpy(dtype="int64")

    @property
    def sides(self) -> tuple[Float, Float]:
        """Values and reference, each of shape (rows, runs)."""
        return self.values.to_numpy(float), self.reference.to_numpy(float)

    @property
    def clusters(self) -> tuple[Int, str]:
        """Which runs count as one, and what that counts."""
        if self.draws is None:
            return clusters_of(self.points, self.seeds)
        return clusters_of(self.points, self.seeds % self.draws)[0], DRAWS

    def at_points(self) -> Iterator[tuple[int, Matched]]:
        """Apart for each point."""
        for point in dict.fromkeys(self.points.tolist()):
            here = self.points == point
            yield point, Matched(self.values.loc[:, here], self.reference.loc[:, here], self.draws)


def asked(runs: Results, measures: str | Iterable[str] | None) -> list[Asked]:
    """Measures by name: ``frontier``, ``labs.price``, or a table; None for the market's, or all if it is not kept.

    Raises:
        NotKept: A table or measure is not kept.
    """
    if measures is None:
        measures = [MARKET] if runs.kept.get(MARKET) else list(runs.kept)
    names = [measures] if isinstance(measures, str) else items_of(measures, _MOST)
    found = []
    for place, name in enumerate(names or ()):
        if not isinstance(name, str):
            raise refuse("measures", name, "names of measures that are kept")
        if name in (names or [])[:place]:
            raise refuse("measures", f"{name}, {name}", "each once")
        if name in _FLOWS:
            found.append(Asked(name, RESEARCHERS, name))
        elif name in (MARKET, LABS):
            if name not in runs.kept:
                raise NotKept(str(refuse("table", name, "one of " + ", ".join(runs.kept))))
            prefix = "" if name == MARKET else f"{name}."
            found += [Asked(name, column, prefix + column) for column in runs.kept.get(name, ())]
        else:
            table, _, column = name.rpartition(".")
            if table and table not in ROWS:
                raise refuse("measures", name, "frontier, labs.price and other measures that are kept, or tables")
            found.append(Asked(table or MARKET, column, name))
    if not found:
        raise refuse("measures", measures if names is None else "[]", "names of measures that are kept, at least one")
    return list(dict.fromkeys(found))


def matched(
    runs: Results, wanted: Iterable[Asked], scenario: str, against: str, month: Any = None
) -> Iterator[tuple[Asked, Matched]]:
    """Each measure in both scenarios; a flow that a run does not have is nobody.

    Raises:
        ExperimentError: A scenario or measure is missing, or runs or months of the two sides differ.
    """
    _check_runs(runs, scenario, against)
    by_table: dict[str, list[Asked]] = {}
    for one in wanted:
        by_table.setdefault(one.table, []).append(one)
    for table, items in by_table.items():
        columns = [one.column for one in items]
        sides = [runs.load(table, columns, scenario=name, month=month) for name in (scenario, against)]
        if table not in _FLOWS:
            _check_months(scenario, sides[0], against, sides[1])
        for one in items:
            yield one, _beside(runs, one, *sides)


def _beside(runs: Results, one: Asked, values: pd.DataFrame, reference: pd.DataFrame) -> Matched:
    rows, columns = ["month", *KEYS[one.table]], run_columns(values)
    index: Any = rows[0] if len(rows) == 1 else rows
    wide = [side.pivot(index=index, columns=columns, values=one.column) for side in (values, reference)]
    if one.table in _FLOWS:
        every = runs.runs[columns].drop_duplicates().sort_values(columns)
        runs_of: Any = every[columns[0]] if len(columns) == 1 else every
        seen = wide[0].index.union(wide[1].index)
        across = pd.Index(runs_of) if len(columns) == 1 else pd.MultiIndex.from_frame(runs_of)
        wide = [side.reindex(index=seen, columns=across).fillna(0.0) for side in wide]
    return Matched(wide[0], wide[1].reindex(index=wide[0].index, columns=wide[0].columns), draws_of(runs))


def draws_of(runs: Results) -> int | None:
    """How many rows of parameters seeds run with in turn; None if all have the same parameters."""
    told = runs.provenance.get("draws")
    return None if not told else int(told["rows"])


def _check_runs(runs: Results, scenario: str, against: str) -> None:
    here, there = (runs.select(scenario=name).runs[["point", "seed"]] for name in (scenario, against))
    for column in ("point", "seed"):
        odd = set(here[column]) ^ set(there[column])
        if odd:
            wanted = f"the same {column}s in {scenario} and {against}, so that each has its pair"
            raise refuse(column, sorted(odd)[:5], wanted)
    odd_runs = set(here.itertuples(index=False, name=None)) ^ set(there.itertuples(index=False, name=None))
    if odd_runs:
        wanted = f"the same points and seeds in {scenario} and {against}, so that each has its pair"
        raise refuse("(point, seed)", sorted(odd_runs)[:5], wanted)


def _check_months(scenario: str, values: pd.DataFrame, against: str, reference: pd.DataFrame) -> None:
    odd = set(values["month"]) ^ set(reference["month"])
    if odd:
        wanted = f"the same months in {scenario} and {against}, so that each has its pair"
        raise refuse("month", sorted(odd)[:5], wanted)
    if len(values) != len(reference):
        raise refuse("runs", scenario, f"every seed and month once, as in {against}")
