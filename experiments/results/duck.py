"""Results as views of DuckDB, over the shards where they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

import sim
from experiments.questions.measures import FLOWS, LABS, MONTHLY, ROWS
from experiments.questions.settings import ExperimentError, check_instance, one_line
from experiments.results.exports import needed
from experiments.results.runs import Runs
from experiments.results.tables import StoredTables

if TYPE_CHECKING:
    import duckdb

# What only rows of this table have.
_OWN = {LABS: "lab", FLOWS: "level", MONTHLY: "level"}
_NAN = "'NaN'::DOUBLE"


def to_duckdb(results: Runs, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyConnection:
    """Views ``market``, ``labs`` and ``flows`` of these runs, and tables ``runs`` and ``points``, for SQL.

    The views read the shards, which are checked once, here. NaN is NULL, so that averages leave it out as pandas
    does. Dotted names need quotes: ``SELECT "talent.mobility" FROM market``. With a connection to a file, the views
    hold as long as the store stays where it is.

    Args:
        results: The runs.
        connection: Where to make them, replacing those of the same name; None for a new database in memory.

    Raises:
        ExperimentError: DuckDB is not installed, or the connection has something else under one of the names.
        StoreError: A shard is gone or damaged.
    """
    duckdb = needed("duckdb")
    allowed = "a connection of duckdb, or None for a new one"
    used = duckdb.connect() if connection is None else check_instance(
        "connection", connection, duckdb.DuckDBPyConnection, allowed)  # fmt: skip
    stored, runs, points = results.tables, results.runs.copy(), results.points
    shards = _checked(stored, results) if isinstance(stored, StoredTables) else []
    runs["shard"] = [stored.shard_of[key] for key in runs["key"]] if isinstance(stored, StoredTables) else ""
    at_point = points.iloc[runs["point"]].reset_index(drop=True)
    tables = {"runs": pd.concat([runs.reset_index(drop=True), at_point], axis=1)}
    tables["points"] = points.rename_axis("point").reset_index()
    tables |= {} if shards else {table: results.load(table) for table in results.kept}
    try:
        for name, frame in tables.items():
            used.register("weightshift_frame", pa.Table.from_pandas(frame, preserve_index=False))
            used.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM weightshift_frame")
            used.unregister("weightshift_frame")
        for table in results.kept if shards else ():
            used.execute(f"CREATE OR REPLACE VIEW {table} AS {_view(used, results, table, shards)}")
    except duckdb.Error as error:
        raise ExperimentError(one_line(f"connection: {error}")) from None
    return used


def _checked(stored: StoredTables, results: Runs) -> list[str]:
    """Paths of shards, every byte of them read and checked, and that each run has its months."""
    for table in results.kept:
        stored.load(table, (), results.runs, None)
    return [str(stored.folder.resolve() / name) for name in sorted(stored.shards(results.runs))]


def _view(connection: Any, results: Runs, table: str, shards: Sequence[str]) -> str:
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in shards)
    source = f"read_parquet([{files}], union_by_name = true, filename = true)"
    here = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    others = [f's."{column}" IS NULL' for column in {*_OWN.values()} - {_OWN.get(table)} if column in here]
    own = [f's."{column}" IS NOT NULL' for column in ROWS[table]]
    varied = ["point", *results.points.columns] if len(results.points.columns) or len(results.points) > 1 else []
    first = f"DATE '{sim.calendar.date_of(0)}-01'"
    parts = [f'r."{name}"' for name in ("scenario", *varied, "seed")]
    parts += ["s.month::BIGINT AS month", f"strftime({first} + to_months(s.month::INTEGER), '%Y-%m') AS date"]
    parts += [f's."{name}"' for name in ROWS[table][1:]]
    parts += [f'nullif(s."{name}", {_NAN}) AS "{name}"' for name in results.kept[table]]
    # The same run may be in two shards, if two drivers made it; the shard that counts is in the table of runs.
    joined = "s.key = r.key AND parse_filename(s.filename) = r.shard"
    return f"SELECT {', '.join(parts)} FROM {source} s JOIN runs r ON {joined} WHERE {' AND '.join([*own, *others])}"
