"""The folder of an experiment: what was asked, which runs and shards it uses, figures and summaries.

The tables themselves are in the store beside it, so a folder is small and two studies share what they both ran.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.questions.settings import ExperimentError, check_path, one_line, refuse
from experiments.results import store
from experiments.results.files import (
    NotWritten,
    cannot_write,
    set_aside,
    whole_folder,
    write_atomically,
    write_data,
)
from experiments.results.results import RUN, Results
from experiments.results.seal import (
    ASKED,
    FILES,
    FORMAT,
    POINTS_FILE,
    ROWS_FILE,
    RUNS_FILE,
    STUDY,
    TABLES,
    DamagedError,
    derived,
    digests,
    read,
    read_rows,
    read_study,
    read_tables,
    sealed,
)
from experiments.results.tables import StoredTables
from sim.inputs.errors import visible

_LOG = logging.getLogger(__name__)


def gather(
    asked: pd.DataFrame,
    points: pd.DataFrame,
    months: int,
    kept: Any,
    provenance: dict[str, Any],
    index: store.Index,
    rows: pd.DataFrame | None = None,
) -> Results:
    """Results of the runs asked for that are in the store, and reports of those that failed.

    Args:
        asked: One row a run: scenario, point, seed, key.
        points: The points of the design.
        months: The last month.
        kept: Measures by table.
        provenance: What made them.
        index: The store.
        rows: Which row of the design's table became which point, if it has one.
    """
    place = {key: index.find(key) for key in asked["key"]}
    found = {key: shard for key, shard in place.items() if shard is not None}
    here = asked["key"].isin(found)
    reports = _failures(asked[~here], index)
    missing = len(asked) - int(here.sum()) - len(reports)
    made_by = sorted({index.shards[shard].made_by for shard in found.values()})
    provenance = provenance | {"made_by": made_by}
    tables = StoredTables(index.folder, found, months)
    return Results(tables, asked[here], points, months, kept, provenance, reports, missing, rows)


def _failures(asked: pd.DataFrame, index: store.Index) -> list[dict[str, Any]]:
    of_key = {key: shard for key in asked["key"] if (shard := index.failure(key)) is not None}
    kept: dict[str, dict[str, Any]] = {}
    for name in sorted(set(of_key.values())):
        for row in store.read(index.folder / name, store.FAILURES).to_pylist():
            if of_key.get(row[store.KEY]) == name:
                kept[row[store.KEY]] = _told(row, index.folder / name)
    runs = asked[asked["key"].isin(kept)].to_dict("records")
    return [{**{name: run[name] for name in RUN}, **kept[run["key"]]} for run in runs]


def _told(failure: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What is kept of a run that failed.

    Raises:
        StoreError: The shard says something else.
    """
    try:
        about = json.loads(failure["about"])
        return {
            "error": one_line(failure["error"]),
            "command": visible(failure["command"]),
            "parameters_changed": dict(about["params"]),
            "scenario_text": dict(about["scenario"]),
            "traceback": str(failure["traceback"]),
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise store.StoreError(one_line(f"{path}: a record of a failure that makes no sense")) from None


def check_apart(outputs: Path, folder: Path | None) -> None:
    """Refuse results in the folder of another study, where setting it aside would take them along.

    Args:
        outputs: The folder that holds the store.
        folder: The study's own folder; None for none.

    Raises:
        ExperimentError: ``outputs`` is or lies in the folder of a study, or ``folder`` holds a store.
    """
    place = Path(os.path.realpath(outputs))
    for above in (place, *place.parents):
        if _is_study(above):
            allowed = f"a folder outside that of the study {above.name}, for example {above.parent}"
            raise refuse("outputs", str(outputs), allowed)
    if folder is not None and os.path.isdir(folder / store.FOLDER):
        allowed = f"another name; {folder} holds the results of other studies"
        raise refuse("name", folder.name, allowed)


def _is_study(folder: Path) -> bool:
    if not os.path.isfile(folder / STUDY):  # which raises nothing, however long the path
        return False
    try:
        read_study(folder)
    except DamagedError:
        return True
    except ExperimentError:  # a file of somebody else's with this name
        return False
    return True


def begin(
    folder: Path,
    asked: pd.DataFrame,
    points: pd.DataFrame,
    study: Mapping[str, Any],
    rows: pd.DataFrame | None = None,
) -> Path | None:
    """Write what a study asks for before it runs, so that others can follow it.

    A folder of that name with another question, or with one that cannot be read any more, is set aside whole.

    Returns:
        Where the folder that was there is now; None if there was none.

    Raises:
        ExperimentError: The folder cannot be written.
    """
    try:
        before, aside = _before(folder), None
        if before is not None and _question(before) != _question(study):
            before, aside = None, set_aside(folder)
        if before is not None and _covers(folder, before, asked):
            _put_study(folder, before | {"driver": study["driver"]})
            return None
        # What was made of other runs goes before the runs do.
        with whole_folder(folder, () if before is None else derived(before)) as temporary:
            # By way of bytes, since pyarrow takes no path that holds other than letters.
            (temporary / RUNS_FILE).write_bytes(asked.to_parquet(index=False, compression="zstd"))
            (temporary / POINTS_FILE).write_bytes(points.to_parquet(compression="zstd"))
            if rows is not None:
                (temporary / ROWS_FILE).write_bytes(rows.to_parquet(compression="zstd"))
            new = {**study, FILES: digests(temporary)}
            if before is not None:  # both lists of runs count until the new one is in its place
                either = {name: [*known, *before[FILES].get(name, ())] for name, known in new[FILES].items()}
                _put_study(folder, new | {FILES: before[FILES] | either})
            write_data(temporary / STUDY, sealed(new))
        return aside
    except OSError as error:
        raise cannot_write(folder, error) from None


def _before(folder: Path) -> dict[str, Any] | None:
    """What is in the way in a folder: a study, or what is left of one as a study without a question."""
    if not folder.is_dir() or set(os.listdir(folder)).isdisjoint((STUDY, *TABLES)):
        return None
    try:
        study = read_study(folder)
        return study if study["format"] == FORMAT else {}
    except ExperimentError:
        return {}


def _question(study: Mapping[str, Any]) -> Any:
    return study.get("provenance", {}).get("question")


def _covers(folder: Path, before: dict[str, Any], asked: pd.DataFrame) -> bool:
    """Whether a folder already lists all these runs, under these keys or, if they are fewer, under any."""
    try:
        listed, _ = read_tables(folder, before)
    except ExperimentError:
        return False
    run = list(RUN) if len(asked) < len(listed) else [*RUN, "key"]
    return len(asked[run].merge(listed[run])) == len(asked)


def _put_study(folder: Path, study: Mapping[str, Any]) -> None:
    write_atomically(folder / STUDY, partial(write_data, value=sealed(study)))


def end(folder: Path, question: str) -> None:
    """Note that nobody drives a study any more, however it ended; it is no loss if that cannot be written."""
    with suppress(OSError, ExperimentError):
        study = read_study(folder)
        if _question(study) == question:
            study["driver"]["ended"] = datetime.now(UTC).isoformat(timespec="seconds")
            _put_study(folder, study)


def finish(
    folder: Path,
    results: Results,
    extra: Mapping[str, Any] | None = None,
    draw: Callable[[Path], Any] | None = None,
) -> Path:
    """Add what came of a study: the shards it uses, provenance, failures, summaries and figures; all or nothing.

    What an earlier end of the same study left is replaced, also where nothing of that name comes anew.

    Args:
        folder: The study's folder, begun.
        results: What came of it.
        extra: More files: name → content, written as JSON, YAML or text by the ending of the name.
        draw: Called with a folder to fill with pictures.

    Raises:
        ExperimentError: The folder cannot be written, or holds another study by now.
    """
    study = read_study(folder)
    if _question(study) != results.provenance.get("question", _question(study)):
        raise refuse("name", folder.name, "a name that nobody else uses; another study has taken this folder meanwhile")
    study |= {"finished": len(results.runs), "failed": len(results.failures), "missing": results.missing}
    study["shards"] = sorted(results.tables.shards(results.runs))
    study["provenance"] = results.provenance
    files = {"provenance.json": results.provenance, "failures.json": results.failures}
    try:
        with whole_folder(folder, derived(study), STUDY) as temporary:
            for name, value in (files | dict(extra or {})).items():
                write_data(temporary / name, value)
            if draw is not None:
                draw(temporary)
            kept = {name: study[FILES][name] for name in ASKED if name in study[FILES]}
            write_data(temporary / STUDY, sealed(study | {FILES: kept | digests(temporary)}))
    except (OSError, NotWritten) as error:
        raise cannot_write(folder, error) from None
    return folder


def open_results(path: str | Path) -> Results:
    """The results of an experiment, finished or not: what is in the store by now.

    Raises:
        ExperimentError: The folder does not hold an experiment, or one that is damaged.
    """
    folder = check_path("path", path, "the folder of an experiment, outputs/<name>")
    study, asked, points = read(folder)
    index = store.Index(folder.resolve().parent / store.FOLDER)
    kept = {table: tuple(names) for table, names in study["measures"].items()}
    rows = read_rows(folder, study)
    results = gather(asked, points, int(study["months"]), kept, study["provenance"], index, rows)
    for line in remarks(folder, study, index, results.missing):
        _LOG.warning("%s", line)
    return results


def remarks(folder: Path, study: Mapping[str, Any], index: store.Index, missing: int) -> list[str]:
    """What whoever opens a study should know: shards that it used and that are gone, and what cannot be checked."""
    lines = []
    if study["format"] != FORMAT:
        lines.append(f"{folder}: made before files had digests, so that damage to them would not be noticed")
    gone = [name for name in study["shards"] if name not in index.shards]
    if gone:
        what = f"{gone[0]} is" if len(gone) == 1 else f"{len(gone)} shards, {gone[0]} among them, are"
        again = study["provenance"].get("command", "the command that made it")
        lost = f"{missing} of its runs are missing; to compute them anew: {again}" if missing else "no run is missing"
        lines.append(f"{folder}: {what} gone or damaged; {lost}")
    return [one_line(line, 1000) for line in lines]
