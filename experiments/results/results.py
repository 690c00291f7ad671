"""Results: the runs of a study and their tables, with units and provenance, loaded by column and selection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

import sim
from experiments.questions.measures import FLOWS, LABS, MARKET, MONTHLY, ROWS, Selection
from experiments.questions.months import months_of
from experiments.questions.settings import (
    ExperimentError,
    as_whole,
    check_choice,
    check_instance,
    check_names,
    items_of,
    refuse,
)
from experiments.results import duck, exports
from experiments.results.runs import One
from experiments.results.tables import Tables, TablesInMemory, check_size
from sim.inputs.display import Card, Shown, between, number
from sim.record import HEADLINES

RUN = ("scenario", "point", "seed")
INDEX = (*RUN, "month", "date", "lab", "region", "level", "origin", "destination")
_INDEX_UNITS = {"month": "months since 2022-11", "date": "YYYY-MM"}
_FLOW_UNITS = {"researchers": "FTE/year"}
_EXTRA = 1000  # more runs than there are may be asked for, some of them twice
_SHARES = ("adoption", "closed_margin", "margin")


def is_share(measure: str) -> bool:
    """Whether a measure is a share of something, so that it reads best in per cent."""
    return measure.startswith(("open_share_", "share_")) or measure in _SHARES


def at_month(frame: pd.DataFrame, month: int) -> pd.Series:
    """The row of one month of a frame that is indexed by month."""
    return frame.loc[[month]].iloc[0]


def _spreads(frame: pd.DataFrame, measure: str, scenarios: Sequence[str]) -> list[str]:
    """Mean and 10–90% of runs of each scenario, as text."""
    found = []
    for name in scenarios:
        of = frame.loc[frame["scenario"] == name, measure].astype(float)
        low, high = of.quantile([0.1, 0.9])
        spread = f" ({between(low, high)})" if len(of) > 1 else ""
        found.append(f"{number(float(of.mean()))}{spread}")
    return found


class NotKept(ExperimentError):
    """A table or measure that the runs did not keep."""


class Results(Shown):
    """The runs of a study.

    ``market``, ``labs`` and ``flows`` are whole tables, for studies that fit into memory; :meth:`load` takes
    columns and a selection of runs and months, for those that do not.

    Attributes:
        runs: One row a finished run: scenario, point, seed, and key, its name in the store.
        points: One row a point of the design, one column a varied parameter; without columns for a single point.
        months: The last month.
        kept: Measures kept of each run, by table.
        provenance: What made them, as plain data.
        failures: One report for each run that failed.
        missing: Runs asked for that neither finished nor failed.
        rows: Of a design from a table, for each of its rows the ``point`` that it became, and its ``scenario`` if it
            names one; None for other designs. ``frame.set_index("point").loc[runs.rows["point"]]`` has a row again
            for every row of the table.
    """

    def __init__(
        self,
        tables: Tables,
        runs: pd.DataFrame,
        points: pd.DataFrame,
        months: int,
        kept: Selection,
        provenance: dict[str, Any],
        failures: Sequence[dict[str, Any]] = (),
        missing: int = 0,
        rows: pd.DataFrame | None = None,
    ) -> None:
        self.tables, self.runs, self.points = tables, runs.reset_index(drop=True), points
        self.months, self.kept, self.provenance = months, kept, provenance
        self.failures, self.missing, self.rows = list(failures), missing, rows
        self._whole: dict[str, pd.DataFrame] = {}

    # Each takes what it exports as its first argument, and these do not know this class.
    to_csv, to_stata, to_xarray = exports.to_csv, exports.to_stata, exports.to_xarray
    to_duckdb = duck.to_duckdb

    @classmethod
    def of_frames(
        cls,
        market: pd.DataFrame,
        labs: pd.DataFrame,
        flows: pd.DataFrame,
        provenance: dict[str, Any],
        failures: Sequence[dict[str, Any]] = (),
    ) -> Results:
        """Results of tables made elsewhere; the market's must name scenario, seed and month.

        Raises:
            ExperimentError: They are no such tables.
        """
        for name, frame in ((MARKET, market), (LABS, labs), (FLOWS, flows)):
            needed = {"scenario", "seed", "month"} if name == MARKET else set()
            if not isinstance(frame, pd.DataFrame) or not needed <= set(frame.columns):
                raise refuse(name, frame, "a pandas DataFrame" + (" with scenario, seed and month" if needed else ""))
        runs = market[["scenario", "seed"]].drop_duplicates(ignore_index=True)
        runs.insert(1, "point", 0)
        runs["key"] = ""
        frames = {MARKET: market, LABS: labs, FLOWS: flows}
        kept = {name: tuple(c for c in frame.columns if c not in INDEX) for name, frame in frames.items()}
        last = int(market["month"].max()) if len(market) else 0
        found = cls(TablesInMemory(frames), runs, pd.DataFrame(index=range(1)), last, kept, provenance, failures)
        found._whole = frames
        return found

    def __repr__(self) -> str:
        at = f" at {len(self.points)} points" if len(self.points) > 1 else ""
        failed = f", {len(self.failures)} failed" if self.failures else ""
        missing = f", unfinished: {self.missing} missing" if self.missing else ""
        names = f" of {', '.join(self.scenarios)}" if len(self.runs) else ""
        return f"Results({len(self.runs)} runs{names}{at}; months 0 to {self.months}{failed}{missing})"

    def card(self) -> Card:
        """Headline measures of each scenario in the last month: mean, and 10 to 90% of runs."""
        kept = self.kept.get(MARKET, ())
        shown = [name for name in HEADLINES if name in kept] or list(kept)[: len(HEADLINES)]
        note = ".market, .labs and .flows are tables; ex.compare(results) has effects, ex.plots figures"
        if not len(self.runs) or not shown:
            return Card(repr(self), note=note)
        last = self.load(MARKET, shown, month=self.months)
        head = ("measure", "unit", *self.scenarios)
        rows = tuple((name, self.units.get(name, ""), *_spreads(last, name, self.scenarios)) for name in shown)
        return Card(f"{repr(self)[:-1]}, shown {sim.date_of(self.months)})", head, rows, note)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, in the order asked."""
        return tuple(self.runs["scenario"].unique())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that finished at least once."""
        return tuple(int(seed) for seed in self.runs["seed"].unique())

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the market measures."""
        return self.kept.get(MARKET, ())

    @property
    def market(self) -> pd.DataFrame:
        """scenario, seed, month, date and every market measure; with a design also point and its parameters."""
        return self._all(MARKET)

    @property
    def labs(self) -> pd.DataFrame:
        """As ``market``, with lab and region, and every lab measure."""
        return self._all(LABS)

    @property
    def flows(self) -> pd.DataFrame:
        """Researchers who moved, by level (employer or region), origin and destination.

        Sums of calendar years, or of months where ``flows_monthly`` was asked for.
        """
        return self._all(MONTHLY if MONTHLY in self.kept else FLOWS)

    @property
    def units(self) -> dict[str, str]:
        """Unit of every column that has one; of ``researchers`` a lab's, or the flows' where labs are not kept."""
        labs = {name: measure.unit for name, measure in sim.measures.LABS.items()}
        market = {name: measure.unit for name, measure in sim.measures.MARKET.items()}
        rows = {row["address"]: row["unit"] for row in sim.Parameters().table() if row["address"] in self.points}
        return _FLOW_UNITS | (labs if LABS in self.kept else {}) | market | rows | _INDEX_UNITS

    def _all(self, table: str) -> pd.DataFrame:
        if table not in self._whole:
            self._whole[table] = self.load(table)
        return self._whole[table]

    def load(
        self,
        table: str = MARKET,
        columns: str | Iterable[str] | None = None,
        *,
        scenario: One = None,
        seed: One = None,
        point: One = None,
        month: One = None,
    ) -> pd.DataFrame:
        """Some columns of a table for some runs and months; only these are kept in memory.

        Args:
            table: ``market``, ``labs`` or ``flows``.
            columns: Measures, one or several; None for all.
            scenario: One or several names; None for all. Likewise ``seed`` and ``point``.
            month: Months counted from 2022-11 or dates ``YYYY-MM``, one or several; None for all.

        Raises:
            ExperimentError: There is no such table, column, run or month, or it would not fit into memory.
            StoreError: A shard is gone or damaged.
        """
        chosen = self.chosen(table, columns)
        runs = self.select(scenario=scenario, seed=seed, point=point).runs
        months = months_of(month, self.months)
        number = self.months + 1 if months is None else len(months)
        check_size(table, len(runs), number, len(chosen) + len(self.points.columns) + len(ROWS[table]) + 3)
        return self._named(self.tables.load(table, chosen, runs, months), runs, table, chosen)

    def chosen(self, table: str, columns: str | Iterable[str] | None = None) -> tuple[str, ...]:
        """The measures of a table that are asked for, each once; an iterator is read here, and only here.

        Raises:
            NotKept: The runs did not keep the table or one of them.
            ExperimentError: One is asked for twice, or none at all.
        """
        if not isinstance(table, str) or table not in self.kept:
            raise NotKept(str(refuse("table", table, "one of " + ", ".join(self.kept))))
        if columns is None:
            return self.kept[table]
        names = [columns] if isinstance(columns, str) else items_of(columns, _EXTRA)
        for name in names or ():
            if not isinstance(name, str) or name not in self.kept[table]:
                raise NotKept(str(refuse("measure", name, "one of " + ", ".join(self.kept[table]))))
        return check_names("measures", columns if names is None else names, self.kept[table])

    def _named(self, frame: pd.DataFrame, runs: pd.DataFrame, table: str, columns: Sequence[str]) -> pd.DataFrame:
        """Rows told apart by scenario, seed and date in place of the number of the run."""
        of_run = runs.iloc[frame["run"].to_numpy(dtype="int64")].reset_index(drop=True)
        parts: dict[str, Any] = {"scenario": of_run["scenario"]}
        if len(self.points.columns) or len(self.points) > 1:
            parts["point"] = of_run["point"]
            at_point = self.points.iloc[of_run["point"]].reset_index(drop=True)
            parts |= {name: at_point[name] for name in self.points.columns}
        dates = pd.Series([sim.calendar.date_of(month) for month in range(self.months + 1)], dtype=str)
        date = dates.iloc[frame["month"].to_numpy(dtype="int64")].reset_index(drop=True)
        parts |= {"seed": of_run["seed"], "month": frame["month"], "date": date}
        parts |= {name: frame[name] for name in (*ROWS[table][1:], *columns) if name in frame}
        return pd.DataFrame(parts)

    def select(self, *, scenario: One = None, seed: One = None, point: One = None) -> Results:
        """The same for some of the runs.

        Raises:
            ExperimentError: There is no such scenario, seed or point.
        """
        runs = self.runs
        for name, wanted in (("scenario", scenario), ("seed", seed), ("point", point)):
            if wanted is None:
                continue
            items, known = items_of(wanted, len(self.runs) + _EXTRA), set(self.runs[name])
            chosen = []
            for item in [wanted] if items is None else items:
                found = item if isinstance(item, str) else as_whole(item)
                if found is None or found not in known:
                    shown = sorted(known)[:10] if name != "scenario" else self.scenarios
                    more = ", …" if len(known) > len(shown) else ""
                    raise refuse(name, item, "one of " + ", ".join(map(str, shown)) + more)
                chosen.append(found)
            if not chosen:
                raise refuse(name, "[]", f"at least one {name}, or None for all")
            runs = runs[runs[name].isin(chosen)]
        return self.with_runs(runs)

    def complete(self) -> Results:
        """The points and seeds that finished in every scenario, so that all of them have their pairs."""
        place = ["point", "seed"]
        number = self.runs.groupby(place)["scenario"].transform("size")
        return self.with_runs(self.runs[number == len(self.scenarios)])

    def with_runs(self, runs: pd.DataFrame) -> Results:
        """The same with some of the rows of ``runs``."""
        if len(runs) == len(self.runs):
            return self
        return Results(
            self.tables, runs, self.points, self.months, self.kept, self.provenance, self.failures, self.missing,
            self.rows,
        )  # fmt: skip

    def of(self, scenario: str) -> pd.DataFrame:
        """The market table of one scenario.

        Raises:
            ExperimentError: The results do not hold it.
        """
        return self.load(MARKET, scenario=check_choice("scenario", scenario, self.scenarios))

    def wide(self, scenario: str, measure: str) -> pd.DataFrame:
        """One measure of one scenario: a row a month, a column a seed, or with a design a column a (point, seed).

        Raises:
            ExperimentError: There is no such scenario or measure.
        """
        if not isinstance(measure, str):
            raise refuse("measure", measure, "the name of one measure, see docs/measures.md")
        frame = self.load(MARKET, measure, scenario=check_choice("scenario", scenario, self.scenarios))
        return frame.pivot(index="month", columns=run_columns(frame), values=measure)


def check_results(runs: Any) -> Results:
    """The results, if that is what they are.

    Raises:
        ExperimentError: They are not.
    """
    return check_instance("runs", runs, Results, "results of ex.ensemble or ex.open")


def run_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that tell the runs of one scenario apart."""
    return [name for name in ("point", "seed") if name in frame]
