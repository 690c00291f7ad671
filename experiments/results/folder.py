"""The folder of an experiment: what was asked, which runs and shards it uses, figures and summaries.

The tables themselves are in the store beside it, so a folder is small and two studies share what they both ran.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.questions.settings import refuse
from experiments.results import store
from experiments.results.files import cannot_write, whole_folder, write_atomically, write_data
from experiments.results.results import RUN, Results
from experiments.results.tables import StoredTables

FORMAT = 2
_STUDY, _RUNS, _POINTS = "study.json", "runs.parquet", "points.parquet"


def gather(
    asked: pd.DataFrame, points: pd.DataFrame, months: int, kept: Any, provenance: dict[str, Any], index: store.Index
) -> Results:
    """Results of the runs asked for that are in the store, and reports of those that failed.

    Args:
        asked: One row a run: scenario, point, seed, key.
        points: The points of the design.
        months: The last month.
        kept: Measures by table.
        provenance: What made them.
        index: The store.
    """
    place = {key: index.find(key) for key in asked["key"]}
    found = {key: shard for key, shard in place.items() if shard is not None}
    here = asked["key"].isin(found)
    reports = _failures(asked[~here], index)
    missing = len(asked) - int(here.sum()) - len(reports)
    made_by = sorted({index.shards[shard].made_by for shard in found.values()})
    provenance = provenance | {"made_by": made_by}
    tables = StoredTables(index.folder, found, months)
    return Results(tables, asked[here], points, months, kept, provenance, reports, missing)


def _failures(asked: pd.DataFrame, index: store.Index) -> list[dict[str, Any]]:
    of_key = {key: shard for key in asked["key"] if (shard := index.failure(key)) is not None}
    kept: dict[str, dict[str, Any]] = {}
    for name in sorted(set(of_key.values())):
        for row in store.read(index.folder / name, store.FAILURES).to_pylist():
            if of_key.get(row[store.KEY]) == name:
                kept[row[store.KEY]] = row
    runs = asked[asked["key"].isin(kept)].to_dict("records")
    return [_report(run, kept[run["key"]]) for run in runs]


def _report(run: Mapping[Any, Any], failure: Mapping[str, Any]) -> dict[str, Any]:
    about = json.loads(failure["about"])
    return {
        **{name: run[name] for name in RUN},
        "error": failure["error"],
        "command": failure["command"],
        "parameters_changed": about["params"],
        "scenario_text": about["scenario"],
        "traceback": failure["traceback"],
    }


def begin(folder: Path, asked: pd.DataFrame, points: pd.DataFrame, study: Mapping[str, Any]) -> None:
    """Write what a study asks for before it runs, so that others can follow it.

    Raises:
        ExperimentError: The folder cannot be written.
    """
    try:
        with whole_folder(folder) as temporary:
            asked.to_parquet(temporary / _RUNS, index=False, compression="zstd")
            points.to_parquet(temporary / _POINTS, compression="zstd")
            write_data(temporary / _STUDY, {"format": FORMAT, **study})
    except OSError as error:
        raise cannot_write(folder, error) from None


def end(folder: Path) -> None:
    """Note that nobody drives the study any more, however it ended; it is no loss if that cannot be written."""
    with suppress(OSError, ValueError, KeyError):
        study = json.loads((folder / _STUDY).read_text("utf-8"))
        study["driver"]["ended"] = datetime.now(UTC).isoformat(timespec="seconds")
        write_atomically(folder / _STUDY, partial(write_data, value=study))


def finish(
    folder: Path,
    results: Results,
    extra: Mapping[str, Any] | None = None,
    draw: Callable[[Path], Any] | None = None,
) -> Path:
    """Add what came of a study: the shards it uses, provenance, failures, summaries and figures; all or nothing.

    Args:
        folder: The study's folder, begun.
        results: What came of it.
        extra: More files: name → content, written as JSON, YAML or text by the ending of the name.
        draw: Called with a folder to fill with pictures.

    Raises:
        ExperimentError: The folder cannot be written.
    """
    try:
        study = json.loads((folder / _STUDY).read_text("utf-8"))
        study |= {"finished": len(results.runs), "failed": len(results.failures), "missing": results.missing}
        study["shards"] = sorted(results.tables.shards(results.runs))
        files = {_STUDY: study, "provenance.json": results.provenance, "failures.json": results.failures}
        with whole_folder(folder) as temporary:
            for name, value in (files | dict(extra or {})).items():
                write_data(temporary / name, value)
            if draw is not None:
                draw(temporary)
    except OSError as error:
        raise cannot_write(folder, error) from None
    return folder


def open_results(path: str | Path) -> Results:
    """The results of an experiment, finished or not: what is in the store by now.

    Raises:
        ExperimentError: The folder does not hold an experiment.
    """
    folder = Path(path)
    study, asked, points = read(folder)
    index = store.Index(folder.resolve().parent / store.FOLDER)
    kept = {table: tuple(names) for table, names in study["measures"].items()}
    return gather(asked, points, int(study["months"]), kept, study["provenance"], index)


def read(folder: Path) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """What a study asked for: its settings, its runs and its points.

    Raises:
        ExperimentError: The folder does not hold an experiment.
    """
    try:
        study = json.loads((folder / _STUDY).read_text("utf-8"))
        if study["format"] != FORMAT:
            raise ValueError
        study["measures"], study["months"], study["provenance"]
        return study, pd.read_parquet(folder / _RUNS), pd.read_parquet(folder / _POINTS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise refuse("path", str(folder), "the folder of an experiment, outputs/<name>") from None
