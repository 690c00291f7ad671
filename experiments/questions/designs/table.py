"""Points from a table: a file or a frame with a row for each."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_scalar

import sim
from experiments.questions.designs.points import MOST, Points, fits, frame_of, leaves, value_of
from experiments.questions.parquet import read_whole
from experiments.questions.reading import read_bytes
from experiments.questions.settings import ExperimentError, check_name, one_line, refuse, shown
from sim.parameters.fields import is_number, unknown

IN_MEMORY = "design table"
FILES = "a .csv or .parquet file"
_EMPTY = ("", "NA", "NaN", "nan")
_MOST_BYTES, _MOST_UNPACKED = 512 * 2**20, 2**31
_HEADERS = 1000  # lines that are no rows: the header, and empty ones
_LOG = logging.getLogger(__name__)


def read_table(path: Path, where: str) -> pd.DataFrame:
    """A file as a table, not yet checked; ``where`` is its path as the user wrote it.

    Raises:
        ExperimentError: It cannot be read, or a row of it has not the cells of the header.
    """
    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet"):
        raise refuse("design.path", where, "a file ending in .csv or .parquet")
    try:
        data = read_bytes(path, _MOST_BYTES)  # which also keeps pandas from fetching addresses of the web
        if ending == ".csv":
            return _read_csv(data, where)
        return read_whole(data, MOST[1], _MOST_UNPACKED).to_pandas(use_threads=False)
    except ExperimentError:
        raise
    except Exception as error:  # pandas and pyarrow have many ways to refuse
        reason = getattr(error, "strerror", None) or error
        raise refuse("design.path", where, f"a readable .csv or .parquet file ({reason})") from None


def _read_csv(data: bytes, where: str) -> pd.DataFrame:
    """All cells as text: Python turns it into the nearest number, readers of tables do not all.

    Spreadsheets end in empty rows, which are no points. Any other row that has not the cells of the header is refused,
    for a table that is read row by row must not lose or gain one in silence.
    """
    if (number := data.count(b"\n")) > MOST[1] + _HEADERS:
        raise ValueError(f"it has {number:,} lines; allowed: {MOST[1]:,} rows")
    lines = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), skipinitialspace=True, strict=True)
    names = next(filter(None, lines), [])
    rows = [[cell.strip() for cell in line] for line in lines]
    empty = 0
    while rows and not any(rows[-1]):
        empty += bool(rows.pop())
    if empty:
        _LOG.warning("%s: empty rows at its end (%d) are no points; NA stands for the study's own value", where, empty)
    if not names:
        raise ExperimentError(f"{where} is empty; allowed: a row of addresses, and a row for each point")
    for number, row in enumerate(rows, start=1):
        if not row:
            raise ExperimentError(f"{where}, row {number} is empty; allowed: values, NA for the study's own, or no row")
        if len(row) != len(names):
            raise ExperimentError(
                f"{where}, row {number} has {len(row)} cells; allowed: {len(names)}, as the header has"
            )
    cells = [[None if cell in _EMPTY else cell for cell in column] for column in zip(*rows, strict=True)]
    frame = pd.DataFrame(dict(enumerate(cells)), columns=range(len(names)), dtype=object)
    return frame.set_axis(names, axis=1)


def checked_table(given: pd.DataFrame, where: str) -> pd.DataFrame:
    """The table with numbers as float64 (NaN: the base value), choices as objects (None), and ``scenario``."""
    if not isinstance(given, pd.DataFrame):
        raise refuse("design.table", type(given).__name__, "a pandas DataFrame")
    index = list(given.index.names) if any(name is not None for name in given.index.names) else []
    names = [name.strip() if isinstance(name, str) else shown(name) for name in chain(index, given.columns)]
    for name in names:
        _check_column(name, names, where)
    rows = given.reset_index() if index else given
    rows = rows.set_axis(names, axis=1).drop(columns="point", errors="ignore")
    if not len(rows.columns) or not MOST[0] <= len(rows) <= MOST[1]:
        raise refuse(where, f"{len(rows)} rows", f"at least one column of a parameter, 1 to {MOST[1]:,} rows")
    columns = {name: _check_cells(name, rows[name], where) for name in rows.columns}
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))
    filled = np.flatnonzero(table.notna().any(axis=1))
    if len(filled) and filled[-1] + 1 < len(table) and not where.lower().endswith(".csv"):  # there, NA is meant
        _LOG.warning(
            "%s: empty rows at its end (%d) stand for the study's own point", where, len(table) - 1 - filled[-1]
        )
    return table


def _check_column(name: str, names: list[str], where: str) -> None:
    if names.count(name) > 1:
        problem = "stands there twice"
    elif name in ("seed", "seeds", "months", "developers"):
        setting = "seeds" if name == "seed" else name
        problem = f"is not allowed; {setting}=... sets the {setting} for every point"
    elif name in ("scenario", "point") or name in leaves():
        return
    else:
        hint = str(unknown(name, leaves())).rpartition("; ")[2] if name else "allowed: the name of a parameter"
        problem = f"is not allowed: no such parameter; {hint}"
    raise ExperimentError(f"{where}: column {one_line(name, 120) or '(unnamed)'} {problem}")


def _check_cells(name: str, cells: pd.Series, where: str) -> pd.Series:
    def place(row: int) -> str:
        return f"{where}, row {row + 1}, {name}"

    if name == "scenario":
        return pd.Series([check_name(place(row), _cell(cell)) for row, cell in enumerate(cells)], dtype=object)
    leaf = leaves()[name]
    kind = infer_dtype(cells)
    plain = kind in ("integer", "floating") or (kind == "string" and cells.dropna().map(is_number).all())
    if not leaf.choices and plain:
        with suppress(ValueError, OverflowError):
            numbers = cells.to_numpy(dtype=object, na_value=np.nan).astype(np.float64)
            if (np.isnan(numbers) | fits(leaf, numbers)).all():
                return pd.Series(numbers)
    values = [None if _cell(cell) is None else value_of(leaf, cell, place(row)) for row, cell in enumerate(cells)]
    return pd.Series(values, dtype="object" if leaf.choices else "float64")


def _cell(cell: Any) -> Any:
    return None if is_scalar(cell) and pd.isna(cell) else cell


def digest_of(table: pd.DataFrame) -> str:
    """The same for the same content, whether it came as CSV, as Parquet or from memory."""
    digest = hashlib.sha256(json.dumps([len(table), *table.columns]).encode())
    for _, column in table.items():
        if column.dtype == np.float64:
            # One zero and one NaN, in one byte order.
            numbers = np.where(column.isna(), np.nan, column.to_numpy() + 0.0)
            digest.update(numbers.astype("<f8").tobytes())
        else:
            digest.update(json.dumps(column.tolist()).encode())
    return digest.hexdigest()


def points_of(table: pd.DataFrame, base: sim.Parameters) -> Points:
    """The points of a checked table: equal rows make one, empty cells are the base's values.

    Which row became which point is kept, so that a table of 18 rows gets 18 answers back.
    """
    values = {leaf.address: leaf.value for leaf in base.leaves()}
    varied = [name for name in table.columns if name != "scenario"]
    filled = {name: np.where(table[name].isna(), values[name], table[name]) for name in varied}
    frame = frame_of(filled, len(table))
    number = frame.groupby(varied, sort=False).ngroup().to_numpy() if varied else np.zeros(len(table), np.int64)
    _, first = np.unique(number, return_index=True)
    points = frame.iloc[first].set_axis(pd.RangeIndex(len(first), name="point"), axis=0)
    rows = pd.DataFrame({"point": number.astype(np.int64)}, index=pd.RangeIndex(len(table), name="row"))
    if "scenario" not in table:
        return Points(points, rows=rows)
    asked: list[dict[str, None]] = [{} for _ in first]
    for point, scenario in zip(number, table["scenario"], strict=True):
        asked[point][scenario] = None
    return Points(points, tuple(map(tuple, asked)), rows.assign(scenario=table["scenario"].astype(object)))
