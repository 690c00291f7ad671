"""Results for other tools: xarray and netCDF, CSV, Stata. Every column keeps its unit and its definition."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

import sim
from experiments.questions.measures import FLOWS, LABS, MARKET, MONTHLY, RESEARCHERS
from experiments.questions.months import months_of
from experiments.questions.settings import ExperimentError, check_path, one_line, refuse
from experiments.results.files import check_place, write_atomically
from experiments.results.runs import Runs
from experiments.results.tables import check_size

if TYPE_CHECKING:
    import xarray

_FILE = "the path of a file"
# Endings by which other tools, and people, would take a file for what it is not.
_ENDINGS = {
    *(".csv", ".dta", ".parquet", ".feather", ".nc", ".h5", ".json", ".xlsx", ".xls", ".ods"),
    *(".pdf", ".gz", ".bz2", ".xz", ".zst", ".zip"),
}
_BLOCK_BYTES = 64 * 2**20
_STATA_NAME, _STATA_LABEL = 32, 80
_STATA_MOST = 8.98e307  # what is larger means missing in Stata
_ABOUT_RUNS = {
    "scenario": ("", "Name of the scenario"),
    "point": ("", "Number of the point of the design"),
    "seed": ("", "Seed of the run"),
    "draw": ("", "Number of the run among those of its point"),
    "month": ("months since 2022-11", "Month; of flows, the last of the year that they sum"),
    "date": ("YYYY-MM", "Month as a date"),
    "lab": ("", "Name of the lab"),
    "region": ("", "Region of the lab"),
    "level": ("", "What researchers moved between: employers or regions"),
    "origin": ("", "Where researchers came from"),
    "destination": ("", "Where researchers went"),
}


class About(NamedTuple):
    """Unit of a column, empty for names and numbers that count nothing, and its definition in one sentence."""

    unit: str
    definition: str


def about(table: str, columns: Iterable[str]) -> dict[str, About]:
    """Unit and definition of the columns of a table, parameters by dotted address included."""
    of_table = sim.measures.MARKET if table == MARKET else sim.measures.LABS if table == LABS else {}
    known = {name: About(*pair) for name, pair in _ABOUT_RUNS.items()}
    known |= {row["address"]: About(row["unit"], _first_sentence(row["doc"])) for row in sim.Parameters().table()}
    known |= {name: About(measure.unit, _first_sentence(measure.doc)) for name, measure in of_table.items()}
    if table == FLOWS:
        known[RESEARCHERS] = About("FTE/year", "Researchers who moved in a calendar year, or its part that was run")
    if table == MONTHLY:
        known[RESEARCHERS] = About("FTE/month", "Researchers who moved in a month")
    return {name: known.get(name, About("", name)) for name in columns}


def _first_sentence(text: str) -> str:
    return one_line(re.split(r"(?<=\.)\s", text.strip(), maxsplit=1)[0].rstrip("."))


def to_xarray(
    results: Runs, table: str = MARKET, columns: str | Iterable[str] | None = None, **selection: Any
) -> xarray.Dataset:
    """A dataset with dimensions scenario, point (with a design), seed, month and, for labs, lab.

    Parameters of the design are coordinates along point, under their dotted addresses; points, seeds and months
    are those of the selection that have runs. Runs that are missing are NaN. Where each point has seeds of its own,
    ``draw`` counts them in place of the seed, which is a coordinate along point and draw (−1 where there is none).

    Raises:
        ExperimentError: xarray is not installed, the table is flows, or as for :meth:`Runs.load`.
        StoreError: A shard is gone or damaged.
    """
    xarray = needed("xarray")
    columns = results.chosen(table, columns)
    if table in (FLOWS, MONTHLY):
        raise refuse("table", table, "market or labs, which have a value for every month; for flows, load or to_csv")
    frame = _numbered(results.load(table, columns, **selection), results.runs)
    run = "draw" if "draw" in frame else "seed"
    names = [name for name in ("scenario", "point", run, "month", "lab") if name in frame]
    axes = {name: frame[name].unique() for name in names}
    axes |= {name: np.sort(axes[name]) for name in ("point", run, "month") if name in axes}
    shape = tuple(len(values) for values in axes.values())
    measures = [name for name in frame.columns if name in results.kept[table]]
    check_size(table, int(np.prod(shape[: names.index("month")])), len(axes["month"]), len(measures))
    place = np.ravel_multi_index([pd.Index(axes[name]).get_indexer(frame[name]) for name in names], shape)
    described = about(table, frame.columns)
    data = {}
    for name in measures:
        values = np.full(shape, np.nan)
        values.flat[place] = frame[name]
        data[name] = (names, values, {"units": described[name].unit, "long_name": described[name].definition})
    coordinates: dict[str, Any] = {name: (name, _plain(axes[name]), _labelled(described[name])) for name in names}
    along = {"date": "month", "region": "lab"} | dict.fromkeys(map(str, results.points.columns), "point")
    for name, axis in along.items():
        if name in frame and axis in axes:
            values = frame.drop_duplicates(axis).set_index(axis)[name].loc[axes[axis]].to_numpy()
            coordinates[name] = (axis, _plain(values), _labelled(described[name]))
    if run == "draw":
        seeds = frame.drop_duplicates(["point", run]).pivot(index="point", columns=run, values="seed")
        values = seeds.reindex(index=axes["point"], columns=axes[run]).fillna(-1).to_numpy(dtype="int64")
        coordinates["seed"] = (("point", run), values, _labelled(described["seed"]))
    return xarray.Dataset(data, coordinates, _made_by(results))


def _numbered(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """With ``draw``, a number from 0 up for the seeds of each point, if no two points of the runs share one."""
    each = runs[["point", "seed"]].drop_duplicates()
    if each["seed"].duplicated().any() or each["point"].nunique() < 2:
        return frame
    draw = each.groupby("point")["seed"].rank().astype("int64") - 1
    return frame.assign(draw=frame["seed"].map(dict(zip(each["seed"], draw, strict=True))))


def _plain(values: Any) -> np.ndarray:
    """Numbers as they are, words as NumPy's own text, which netCDF can hold."""
    array = np.asarray(values)
    return array if array.dtype.kind in "biuf" else array.astype(str)


def _labelled(item: About) -> dict[str, str]:
    if " since " in item.unit:  # as units it would be taken for CF's encoding of dates when the file is read
        item = About("", f"{item.definition}, in {item.unit}")
    return {name: text for name, text in (("units", item.unit), ("long_name", item.definition)) if text}


def _made_by(results: Runs) -> dict[str, str]:
    made = results.provenance
    versions = ", ".join(f"{name} {version}" for name, version in made.get("versions", {}).items())
    words = {"command": made.get("command"), "code_version": made.get("code"), "versions": versions}
    return {name: str(text) for name, text in words.items() if text}


def to_csv(
    results: Runs,
    path: str | Path,
    table: str = MARKET,
    columns: str | Iterable[str] | None = None,
    **selection: Any,
) -> Path:
    """A CSV file of a table, and beside it ``<name>.units.csv`` with unit and definition of every column.

    Written a block of runs after the other, so the table need not fit into memory; all or nothing. UTF-8, lines end
    in LF, numbers have all digits that tell them apart, missing values are empty.

    Returns:
        The path.

    Raises:
        ExperimentError: The file cannot be written, or as for :meth:`Runs.load`.
        StoreError: A shard is gone or damaged.
    """
    target = _target(path, ".csv")
    columns, months = results.chosen(table, columns), months_of(selection.pop("month", None), results.months)
    chosen = results.select(**selection)
    first = chosen.with_runs(chosen.runs.iloc[:1]).load(table, columns, month=months)
    rows = results.months + 1 if months is None else len(months)
    rows *= 1 if table == MARKET else len(sim.data.history.lab_names())
    block = max(1, _BLOCK_BYTES // (8 * rows * len(first.columns)))

    def write(file: Path) -> None:
        with file.open("w", encoding="utf-8", newline="") as stream:
            first.iloc[:0].to_csv(stream, index=False, lineterminator="\n")
            for start in range(0, len(chosen.runs), block):
                runs = chosen.runs.iloc[start : start + block]
                part = chosen.with_runs(runs).load(table, columns, month=months)
                part.to_csv(stream, index=False, header=False, lineterminator="\n")

    units = pd.DataFrame([(name, *item) for name, item in about(table, first.columns).items()])
    units.columns = pd.Index(["column", "unit", "definition"])
    beside = target.with_name(f"{target.stem}.units.csv")
    _check(beside)
    _put(target, write)
    _put(beside, lambda file: _text(file, units))
    return target


def _target(path: Any, ending: str) -> Path:
    """The path of a file that is to be written, if a file of this kind may be there.

    Raises:
        ExperimentError: It is none, its name says another kind, or something is there that is no file.
    """
    target = check_path("path", path, _FILE)
    if target.suffix.lower() in _ENDINGS - {ending}:
        raise refuse("path", str(path), f"a name that ends in {ending}, since that is what is written")
    _check(target)
    return target


def _check(path: Path) -> None:
    try:
        check_place(path)
    except OSError as error:
        raise refuse("path", str(path), f"a file that can be written ({error.strerror})") from None


def _text(file: Path, frame: pd.DataFrame) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        frame.to_csv(stream, index=False, lineterminator="\n")


def _put(path: Path, write: Callable[[Path], None]) -> None:
    try:
        write_atomically(Path(os.path.realpath(path)), write)  # a link stays, and leads to what is written
    except OSError as error:
        raise refuse("path", str(path), f"a file that can be written ({error.strerror or error})") from None


def to_stata(
    results: Runs,
    path: str | Path,
    table: str = MARKET,
    columns: str | Iterable[str] | None = None,
    **selection: Any,
) -> Path:
    """A Stata file, version 118 (Stata 14 and later), of a table that fits into memory.

    Names follow :func:`stata_names`; the variable labels hold the definitions with units. Infinite numbers, which
    Stata does not have, are missing.

    Returns:
        The path.

    Raises:
        ExperimentError: The file cannot be written, or as for :meth:`Runs.load`.
        StoreError: A shard is gone or damaged.
    """
    target, frame = _target(path, ".dta"), results.load(table, columns, **selection)
    described, names = about(table, frame.columns), stata_names(frame.columns)
    labels = {}
    for name, item in described.items():
        text = f"{name}: {item.definition}" if "." in name else item.definition
        unit = f" ({item.unit})" if item.unit else ""
        labels[names[name]] = one_line(text, _STATA_LABEL - len(unit)) + unit
    for name in frame.columns:
        if frame[name].dtype.kind == "f":
            frame[name] = frame[name].where(frame[name].abs() <= _STATA_MOST)
        elif name == "seed" and frame[name].max() > 2**53:  # a double would not hold it
            frame[name] = frame[name].astype(str)
    title = one_line(f"weightshift {table}: {', '.join(results.scenarios)}", _STATA_LABEL)
    frame = frame.rename(columns=names)
    _put(
        target,
        lambda file: frame.to_stata(file, write_index=False, version=118, variable_labels=labels, data_label=title),
    )
    return target


def stata_names(columns: Iterable[str]) -> dict[str, str]:
    """Names that Stata allows: letters, digits and underscores, at most 32; long ones end in part of their hash."""
    names: dict[str, str] = {}
    for column in columns:
        name = re.sub(r"\W|^(?=\d)", "_", column, flags=re.ASCII)
        if len(name) > _STATA_NAME or name in names.values():
            name = f"{name[: _STATA_NAME - 7]}_{hashlib.sha256(column.encode()).hexdigest()[:6]}"
        names[column] = name
    return names


def needed(module: str) -> Any:
    """A module of the extra ``analysis``.

    Raises:
        ExperimentError: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise ExperimentError(f"{module} is not installed; pip install 'weightshift[analysis]'") from None
