"""Running a study: plan what is missing, drive it to the end, gather the results."""

from __future__ import annotations

import logging
import math
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.engine.driver import Driver
from experiments.engine.executors import Local, Place, place_of
from experiments.engine.progress import Progress
from experiments.engine.provenance import call_of, versions
from experiments.engine.sequential import FIRST, Rule, run_until
from experiments.engine.work import Chunk
from experiments.questions import fingerprint
from experiments.questions.measures import MONTHLY, everything
from experiments.questions.settings import check_name, check_workers
from experiments.questions.study import Study
from experiments.results import folder as folders
from experiments.results import store
from experiments.results.files import cannot_write, check_writable, remove_empty
from experiments.results.results import Results

OUTPUTS = "outputs"
# How long a run takes on one core, roughly, to choose the size of chunks (docs/benchmarks.md).
_RUN_SECONDS, _MONTH_SECONDS, _DEVELOPER_SECONDS = 0.03, 5e-3, 12e-9
_CHUNKS_A_SLOT = 4
_MOST_TASKS = 1000
_LOG = logging.getLogger(__name__)


def ensemble(
    scenarios: str | sim.Scenario | Iterable[str | sim.Scenario],
    seeds: int | Iterable[int] | Rule = 20,
    months: int = 48,
    developers: int = 20_000,
    params: sim.Parameters | Mapping[str, Any] | None = None,
    *,
    design: Any = None,
    measures: Any = None,
    without: Iterable[str] = (),
    plugins: Any = None,
    executor: Mapping[str, Any] | Place | None = None,
    workers: int | None = None,
    outputs: str | Path | None = None,
    name: str | None = None,
    progress: bool = True,
) -> Results:
    """Run scenarios with the same seeds; what is already in the store of ``outputs`` is read, not run.

    Args:
        scenarios: Names or :class:`sim.Scenario` objects.
        seeds: A number n for 0 … n−1, the seeds themselves, or ``ex.Until("open_lag", precision=0.5)`` for as many
            as it takes.
        months: Months from 2022-11, 1 to 600.
        developers: Simulated developers, 100 to 50,000,000.
        params: Parameters, or dotted overrides like ``{"talent.mobility": 0.03}``.
        design: Points of the parameters to run at, see :meth:`experiments.questions.designs.Design.of`; None for one
            point.
        measures: What to keep of each run, like ``["frontier", "labs.price"]``; None for everything.
        without: Mechanisms to switch off.
        plugins: Modules of one's own to import first, here and in every worker: files like ``my_rules.py`` or dotted
            names, one or several. What they do is part of what a stored run is known by.
        executor: Where to run, as settings like ``{"kind": "dask", "address": "tcp://…"}``; None for this machine.
        workers: Processes of this machine; None for one per processor, 1 for none extra.
        outputs: Folder of the results; None for ``outputs`` in the working directory.
        name: Keep the study as ``outputs/name``, to be opened again.
        progress: Show how far it is.

    Returns:
        The results; runs that failed are in ``results.failures``.

    Raises:
        ExperimentError, sim.ParameterError, sim.ScenarioError: Something is not allowed, in one line.
        UnfinishedError: The executor was silent for longer than its deadline.
    """
    rule = seeds if isinstance(seeds, Rule) else None
    study = Study.of(
        scenarios, seeds=FIRST if rule else seeds, months=months, developers=developers, params=params,
        design=design, measures=measures, without=without, plugins=plugins,
    )  # fmt: skip
    target = Path(OUTPUTS if outputs is None else outputs)
    folder = None if name is None else target / check_name("name", name)
    place = _place(executor, workers)

    def run(some: Study) -> Results:
        return run_study(some, target, place, folder=folder, progress=progress)

    results = run_until(study, rule, run) if rule else run(study)
    if folder is not None:
        folders.finish(folder, results)
    return results


def _place(executor: Mapping[str, Any] | Place | None, workers: int | None) -> Place:
    if executor is None:
        return Local(workers=check_workers(workers))
    return executor if isinstance(executor, Place) else place_of(executor)


def run_study(study: Study, outputs: Path, place: Place, *, folder: Path | None = None, progress: bool) -> Results:
    """Compute what is missing, then gather everything from the store.

    Args:
        study: What is asked.
        outputs: The folder that holds the store.
        place: Where to compute.
        folder: The study's own folder, in which it is announced; None for none.
        progress: Show how far it is.

    Raises:
        ExperimentError: The output folder cannot be written, the executor cannot be had, or code was edited since it
            was imported.
        UnfinishedError: The executor was silent for longer than its deadline.
    """
    fingerprint.check_unchanged(study.sources.values())
    created = check_writable(outputs, store.FOLDER)
    index = store.Index(outputs / store.FOLDER)
    asked = plan(study, index)
    try:
        if folder is not None:
            folders.begin(folder, asked, study.points.frame, announcement(study))
        chunks = missing_chunks(study, asked, index, outputs, place)
        with Progress(len(asked), show=progress) as bar:
            bar.skip(len(asked) - sum(len(chunk.keys) for chunk in chunks))
            if chunks:
                _drive(Driver(chunks, index, place, bar), place, outputs)
    except OSError as error:
        raise cannot_write(outputs, error) from None
    finally:
        index.remember()
        if folder is not None:
            folders.end(folder)
        remove_empty([*created, index.folder])
    return gather(study, asked, index)


def _drive(driver: Driver, place: Place, outputs: Path) -> None:
    executor = place.start(outputs / f".executor-{platform.node()}-{os.getpid()}")
    try:
        driver.run(executor)
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown(wait=True)


def plan(study: Study, index: store.Index) -> pd.DataFrame:
    """The runs of a study under the keys by which they are, or will be, in the store.

    Shards that are to be reused are read and checked first; those that are damaged are set aside.
    """
    asked, whole = study.runs.copy(), pd.Series([], dtype=object)
    if study.measures != everything() and MONTHLY not in study.measures:
        # A run of which everything was kept serves as well.
        whole = replace(study, measures=everything()).runs["key"]
    keys = [*asked["key"], *whole]
    needed = {shard for key in keys if (shard := index.find(key) or index.failure(key)) is not None}
    for name in index.set_aside_damaged(needed):
        _LOG.warning("%s was damaged; its runs are computed anew", name)
    if len(whole):
        known = whole.map(index.find).notna() & asked["key"].map(index.find).isna()
        asked["key"] = asked["key"].where(~known, whole)
    return asked


def missing_chunks(study: Study, asked: pd.DataFrame, index: store.Index, outputs: Path, place: Place) -> list[Chunk]:
    """The runs that are not in the store, in chunks whose borders do not depend on what is.

    So a second driver of the same study, or a later one, makes the same chunks.
    """
    missing = {key for key in asked["key"] if index.find(key) is None}
    tasks = list(study.tasks(missing))
    size = place.chunk or chunk_size(study, place)
    shared = study.shared((outputs / store.FOLDER).resolve())
    chunks = [Chunk(shared, tuple(tasks[start : start + size])) for start in range(0, len(tasks), size)]
    return [Chunk(shared, kept) for chunk in chunks if (kept := tuple(task for task in chunk.tasks if task.runs))]


def chunk_size(study: Study, place: Place) -> int:
    """Tasks in a chunk: worth starting, but enough chunks for all, and no more work than one would lose gladly."""
    runs = len(study.scenarios) + all(item.differs for item in study.scenarios)
    seconds = runs * (_RUN_SECONDS + study.months * (_MONTH_SECONDS + study.developers * _DEVELOPER_SECONDS))
    tasks = len(study.points) * len(study.seeds)
    fair = math.ceil(tasks / (_CHUNKS_A_SLOT * place.slots))
    return max(1, min(fair, int(place.WORTH / seconds), _MOST_TASKS))


def gather(study: Study, asked: pd.DataFrame, index: store.Index) -> Results:
    """What is in the store of a study by now."""
    return folders.gather(asked, study.points.frame, study.months, study.measures, of_study(study), index)


def announcement(study: Study) -> dict[str, Any]:
    """What others need to know to follow a study, and to open it."""
    driver = {"host": platform.node(), "pid": os.getpid(), "started": datetime.now(UTC).isoformat(timespec="seconds")}
    return {
        "months": study.months,
        "measures": {table: list(names) for table, names in study.measures.items()},
        "driver": driver,
        "provenance": of_study(study),
    }


def of_study(study: Study) -> dict[str, Any]:
    """Everything needed to make a study's tables again, as plain data."""
    return {
        "command": study.source or call_of(study.settings()),
        "code": fingerprint.code_version(),
        "sources": fingerprint.versions(study.sources),
        "versions": versions(),
        **study.settings(),
        "parameters_changed": study.parameters.differences(),
        "parameters": study.parameters.to_dict(),
    }
