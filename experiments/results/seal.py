"""``study.json``: what a study asks for and uses, with its own SHA-256 and those of the files beside it.

Whatever is read from a study's folder is checked against it, so that a bit that changed is no number but a refusal.
A folder may be somebody else's, so shapes and sizes are checked too, and nothing in it is taken for granted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from experiments.questions.measures import ROWS
from experiments.questions.parquet import UNREADABLE, read_whole
from experiments.questions.reading import read_bytes
from experiments.questions.settings import MONTHS, RUNS, ExperimentError, check_name, one_line, refuse, whole
from experiments.results.store import words

FORMAT, BEFORE = 3, 2  # format 2 has no digests
STUDY, RUNS_FILE, POINTS_FILE, ROWS_FILE = "study.json", "runs.parquet", "points.parquet", "rows.parquet"
TABLES = (RUNS_FILE, POINTS_FILE)
# What was asked, to which a design from a table adds its rows.
ASKED = (*TABLES, ROWS_FILE)
COLUMNS = {"scenario": str, "point": int, "seed": int, "key": str}
_DIGEST, FILES = "digest", "files"
_MOST_STUDY, _MOST_BYTES = 64 * 2**20, 256 * 2**20
_MOST_UNPACKED = 2**31
_MOST_POINTS = 1_000_000
_SHA = re.compile(r"[0-9a-f]{64}")
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
_PATH = re.compile(rf"{_PART}(/{_PART})?")
_ADDRESS = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
_TRIES = 3


class DamagedError(ExperimentError):
    """A file of a study that is not, or no longer, what was written."""


def sealed(study: Mapping[str, Any]) -> dict[str, Any]:
    """A study as plain data with its digest, to be written as ``study.json``."""
    plain = json.loads(json.dumps({"format": FORMAT, FILES: {}, **study}, default=str, allow_nan=False))
    plain.pop(_DIGEST, None)
    return plain | {_DIGEST: _digest(plain)}


def _digest(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digests(folder: Path) -> dict[str, list[str]]:
    """The SHA-256 of every file in a folder, by its path there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != STUDY)
    return {path.relative_to(folder).as_posix(): [_of_file(path)] for path in paths}


def _of_file(path: Path) -> str:
    return hashlib.sha256(read_bytes(path, _MOST_BYTES)).hexdigest()


def read_study(folder: Path) -> dict[str, Any]:
    """What ``study.json`` says, its digest and its shape checked.

    Raises:
        ExperimentError: There is none, or it is something else.
        DamagedError: It is damaged.
    """
    try:
        study = json.loads(read_bytes(folder / STUDY, _MOST_STUDY).decode("utf-8"), parse_constant=_no_number)
        rest = {name: value for name, value in study.items() if name != _DIGEST}
        if study["format"] == FORMAT and study.get(_DIGEST) != _digest(rest):
            raise DamagedError(f"{folder / STUDY}: damaged, its digest does not fit; {_again(folder)}")
        if study["format"] != FORMAT and (study["format"] != BEFORE or _DIGEST in study):
            raise ValueError("another format")
        _check_shape(study)
        return study
    except DamagedError:
        raise
    except UNREADABLE:
        raise refuse("path", str(folder), "the folder of an experiment, outputs/<name>") from None


def _again(folder: Path) -> str:
    return f"ask for the study again under the name {folder.name}, and what is damaged is set aside"


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _check_shape(study: dict[str, Any]) -> None:
    """Refuse what would be read as something else later.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: Something is not what it should be.
    """
    whole("months", study["months"], *MONTHS)
    for table, names in study["measures"].items():
        if table not in ROWS or not all(_ADDRESS.fullmatch(name) for name in words(names)):
            raise ValueError(table)
    made, driver = study["provenance"], study.setdefault("driver", {})
    for name, kind in (("command", str), ("code", str), ("question", str), ("versions", dict), ("parameters", dict)):
        if not isinstance(made.get(name, kind()), kind):
            raise TypeError(name)
    if not isinstance(driver, dict) or not all(isinstance(value, str | int | None) for value in driver.values()):
        raise TypeError("driver")
    words(study.setdefault("shards", []))
    for name in ("finished", "failed", "missing"):
        whole(name, study.get(name, 0), 0, RUNS)
    for name, known in study.setdefault(FILES, {}).items():
        if not _PATH.fullmatch(name) or not all(_SHA.fullmatch(digest) for digest in words(known)):
            raise ValueError(name)


def read_tables(folder: Path, study: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The runs and the points that a study asks for, as checked as ``study.json``.

    Raises:
        ExperimentError: One of the files is missing or something else.
        DamagedError: One of them is damaged.
    """
    runs, points = (_verified(folder, study, name) for name in TABLES)
    try:
        asked = read_whole(runs, RUNS, _MOST_UNPACKED).to_pandas(ignore_metadata=True, use_threads=False)
        table = read_whole(points, _MOST_POINTS, _MOST_UNPACKED).to_pandas(use_threads=False)
        _check_runs(asked)
        at = table.set_axis(pd.RangeIndex(len(table), name="point")) if len(table.columns) else _one_point()
        if not all(isinstance(name, str) and _ADDRESS.fullmatch(name) for name in at.columns):
            raise ValueError("columns of the points")
        if len(asked) and not asked["point"].between(0, len(at) - 1).all():
            raise ValueError("a run at a point that is not there")
        return asked, at
    except UNREADABLE:
        raise refuse("path", str(folder), "the folder of an experiment, outputs/<name>") from None


def read_rows(folder: Path, study: Mapping[str, Any]) -> pd.DataFrame | None:
    """Which row of a design's table became which point; None if the points come from no table.

    Raises:
        ExperimentError: The file is missing or something else.
        DamagedError: It is damaged.
    """
    if ROWS_FILE not in study[FILES]:
        return None
    try:
        table = read_whole(_verified(folder, study, ROWS_FILE), _MOST_POINTS, _MOST_UNPACKED)
        rows = table.to_pandas(use_threads=False)
        if list(rows.columns) not in (["point"], ["point", "scenario"]) or rows["point"].dtype.kind != "i":
            raise ValueError("columns of the rows")
        return rows.set_axis(pd.RangeIndex(len(rows), name="row"))
    except UNREADABLE:
        raise refuse("path", str(folder), "the folder of an experiment, outputs/<name>") from None


def _one_point() -> pd.DataFrame:
    return pd.DataFrame(index=pd.RangeIndex(1, name="point"))


def _check_runs(asked: pd.DataFrame) -> None:
    if list(asked.columns) != list(COLUMNS):
        raise ValueError("columns of the runs")
    for name, kind in COLUMNS.items():
        numbers = asked[name].dtype.kind == "i"
        if numbers != (kind is int) or asked[name].isna().any():
            raise ValueError(f"column {name} of the runs")
    for name in asked["scenario"].unique():
        check_name("scenario", str(name))
    if asked.duplicated(["scenario", "point", "seed"]).any():
        raise ValueError("a run stands there twice")


def _verified(folder: Path, study: Mapping[str, Any], name: str) -> bytes:
    try:
        data = read_bytes(folder / name, _MOST_BYTES)
    except OSError:
        raise refuse("path", str(folder), f"the folder of an experiment, outputs/<name>, with its {name}") from None
    if study["format"] == FORMAT and hashlib.sha256(data).hexdigest() not in study[FILES].get(name, ()):
        raise DamagedError(one_line(f"{folder / name}: damaged, its SHA-256 does not fit; {_again(folder)}"))
    return data


def read(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """What a study asked for: its settings, its runs and its points.

    Raises:
        ExperimentError: The folder does not hold a study, or one that is damaged.
    """
    for left in reversed(range(_TRIES)):
        study = read_study(folder)
        try:
            return study, *read_tables(folder, study)
        except DamagedError:  # or somebody is writing them just now
            if not left or study[_DIGEST] == read_study(folder)[_DIGEST]:
                raise
    raise AssertionError


def harmed(folder: Path, study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Files of a study that are not as they were written: name, and ``damaged`` or ``gone``."""
    found = []
    for name, known in sorted(study[FILES].items()):
        try:
            if _of_file(folder / name) not in known:
                found.append((name, "damaged"))
        except FileNotFoundError:
            found.append((name, "gone"))
        except OSError:
            found.append((name, "damaged"))
    return found


def derived(study: Mapping[str, Any]) -> Iterable[str]:
    """The files of a study that were made from its runs and can be made anew."""
    return [name for name in study[FILES] if name not in ASKED]
