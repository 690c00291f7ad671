"""Tables of many runs, loaded by column and selection: from the shards of a store, or from frames in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

import sim
from experiments.questions.measures import FLOWS, LABS, MARKET, MONTHLY, ROWS
from experiments.questions.settings import ExperimentError, one_line
from experiments.results import store

MOST_BYTES = 4 * 2**30
_THREADS = 4
_NUMBER_BYTES = 8


class Tables(Protocol):
    """Where the tables of a set of runs come from."""

    def load(
        self, table: str, columns: Sequence[str], runs: pd.DataFrame, months: Sequence[int] | None
    ) -> pd.DataFrame:
        """Some measures of a table.

        Args:
            table: ``market``, ``labs`` or ``flows``.
            columns: Measures.
            runs: Which runs, in the order wanted: scenario, point, seed and key.
            months: Which months; None for all.

        Returns:
            Columns ``run`` (the run's place in ``runs``), what tells the rows apart, and the measures.
        """
        ...

    def shards(self, runs: pd.DataFrame) -> set[str]:
        """Names of the shards that hold these runs."""
        ...


class StoredTables:
    """Tables from the shards of a store, every shard's SHA-256 checked when it is read.

    Args:
        folder: The store.
        shard_of: Key of a run → shard that holds it.
        months: The last month; every run has a row for each from 0.
    """

    def __init__(self, folder: Path, shard_of: Mapping[str, str], months: int) -> None:
        self.folder, self.shard_of, self.months = folder, shard_of, months

    def load(
        self, table: str, columns: Sequence[str], runs: pd.DataFrame, months: Sequence[int] | None
    ) -> pd.DataFrame:
        """As :class:`Tables` says.

        Raises:
            StoreError: A shard is gone or damaged, or a run in it lacks a month.
        """
        by_shard: dict[str, dict[str, int]] = {}
        for number, key in enumerate(runs["key"]):
            by_shard.setdefault(self.shard_of[key], {}).setdefault(key, number)
        wanted = [*ROWS[table], *columns]

        def part(name: str) -> pa.Table:
            found = store.read(self.folder / name, table, wanted)
            self._check_columns(name, table, found, wanted)
            found = _numbered(found, by_shard[name])
            self._check_months(name, table, found, len(by_shard[name]))
            if months is None:
                return found
            return found.filter(pc.is_in(found["month"], value_set=pa.array(months, found["month"].type)))

        with ThreadPoolExecutor(_THREADS) as pool:
            parts = [found for found in pool.map(part, sorted(by_shard)) if found.num_rows]
        if not parts:
            return pd.DataFrame(columns=["run", *wanted])
        whole = pa.concat_tables(parts, promote_options="default").unify_dictionaries()
        order, run = _in_order(whole["run"].to_numpy(), runs["key"])
        frame = whole.take(pa.array(order)).select(wanted).to_pandas(ignore_metadata=True, use_threads=False)
        frame.insert(0, "run", run)
        for name in ROWS[table][1:]:
            frame[name] = frame[name].astype(str)
        frame["month"] = frame["month"].astype("int64")
        return frame

    def shards(self, runs: pd.DataFrame) -> set[str]:
        """Names of the shards that hold these runs."""
        return {self.shard_of[key] for key in runs["key"]}

    def _check_columns(self, name: str, table: str, part: pa.Table, wanted: Sequence[str]) -> None:
        """Refuse a shard whose columns are not those that are wanted, numbers and names as they should be."""
        if not part.num_rows:
            return
        for column in wanted:
            kind = part[column].type if column in part.column_names else pa.null()
            types = pa.types
            good = types.is_integer(kind) if column == "month" else types.is_floating(kind) or types.is_integer(kind)
            if column in ROWS[table][1:]:
                good = types.is_dictionary(kind) or types.is_string(kind)
            if not good or (column in ROWS[table] and part[column].null_count):
                raise store.StoreError(one_line(f"{self.folder / name}: no shard of this version: {table}.{column}"))

    def _check_months(self, name: str, table: str, part: pa.Table, runs: int) -> None:
        """Refuse a shard in which a run has not the months it should have."""
        every = table in (MARKET, LABS)
        month = part["month"].to_numpy() if part.num_rows else np.zeros(0, np.int64)
        good = bool(((month >= 0) & (month <= self.months)).all()) and not (every and len(month) == 0)
        if good and every:
            place = np.unique(part["run"].to_numpy(), return_inverse=True)[1] * (self.months + 1) + month
            rows = np.bincount(place, minlength=runs * (self.months + 1)).reshape(-1, self.months + 1)
            good = len(rows) == runs and bool((rows == rows[:, :1]).all() and rows.all())
            good &= table == LABS or bool((rows == 1).all())
        if not good:
            raise store.StoreError(
                one_line(f"{self.folder / name}: a run in it does not have the months 0 to {self.months}, each once")
            )


def _numbered(part: pa.Table, numbers: Mapping[str, int]) -> pa.Table:
    """The rows of the runs asked for, with the run's number in place of its key."""
    keys = part[store.KEY].combine_chunks()
    known = np.array([numbers.get(key, -1) for key in keys.dictionary.to_pylist()], dtype=np.int64)
    run = known[keys.indices.to_numpy(zero_copy_only=False)] if len(known) else np.zeros(0, np.int64)
    part = part.drop_columns([store.KEY]).append_column("run", pa.array(run))
    return part.filter(pc.greater_equal(part["run"], 0))


def _in_order(run: np.ndarray, keys: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Places of the rows in the order of the runs asked for, and the run of each.

    Runs that are the same, as of equal points, are stored once; here each of them has its rows.

    Args:
        run: Of each row, the first of the runs with its key.
        keys: Of every run asked for.
    """
    order = np.argsort(run, kind="stable")
    first = pd.Series(range(len(keys))).groupby(keys.to_numpy()).transform("first").to_numpy()
    start, end = (np.searchsorted(run[order], first, side=side) for side in ("left", "right"))
    number = end - start
    within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return order[np.repeat(start, number) + within], np.repeat(np.arange(len(keys)), number)


class TablesInMemory:
    """Tables that are there already, as frames with the columns that ``Results`` shows."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.frames = dict(frames)

    def load(
        self, table: str, columns: Sequence[str], runs: pd.DataFrame, months: Sequence[int] | None
    ) -> pd.DataFrame:
        """As :class:`Tables` says."""
        frame = self.frames[table]
        run_of = ["scenario", "point", "seed"]
        named = (frame if "point" in frame else frame.assign(point=0))[run_of]
        run = pd.MultiIndex.from_frame(runs[run_of]).get_indexer(pd.MultiIndex.from_frame(named))
        kept = (run >= 0) & (True if months is None else frame["month"].isin(months))
        rows = [name for name in ROWS[table] if name in frame]
        chosen = frame.loc[kept, [*rows, *columns]].assign(run=run[kept])
        return chosen.sort_values("run", kind="stable", ignore_index=True)

    def shards(self, runs: pd.DataFrame) -> set[str]:
        """None: they are in memory."""
        return set()


def check_size(table: str, runs: int, months: int, columns: int) -> None:
    """Refuse to fill the memory.

    Raises:
        ExperimentError: The frame would be larger than :data:`MOST_BYTES`.
    """
    labs = len(sim.data.history.lab_names())
    rows = {LABS: labs, FLOWS: labs, MONTHLY: labs}.get(table, 1) * runs * months
    size = rows * columns * _NUMBER_BYTES
    if size > MOST_BYTES:
        raise ExperimentError(
            f"{table}: {rows:,} rows x {columns} columns would take about {size / 2**30:.0f} GiB; load what you need, "
            f"for example runs.load({table!r}, columns=[…], scenario=…, month=…)"
        )
