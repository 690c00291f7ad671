"""Running a study: plan what is missing, drive it to the end, gather the results."""

from __future__ import annotations

import logging
import math
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.engine.driver import Driver, UnfinishedError
from experiments.engine.executors import Local, Place, place_of
from experiments.engine.progress import Progress
from experiments.engine.provenance import call_of, versions
from experiments.engine.sequential import FIRST, Rule, run_until
from experiments.engine.work import Chunk
from experiments.questions import fingerprint
from experiments.questions.measures import MONTHLY, everything
from experiments.questions.settings import (
    ExperimentError,
    check_flag,
    check_name,
    check_path,
    check_workers,
    refuse,
)
from experiments.questions.study import Study
from experiments.results import folder as folders
from experiments.results import store
from experiments.results.files import cannot_write, check_writable, remove_empty
from experiments.results.results import Results
from sim.numerics import race

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
    draws: Any = None,
    executor: str | Mapping[str, Any] | Place | None = None,
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
        draws: ``posterior`` for the shipped draws of the parameters, or a table of them (a file or a frame, a column
            for each parameter): seed s runs with row s mod n, and bands hold doubt about parameters as well as luck.
            What ``params`` and ``design`` change stands above a row. None for the best point, and bands of luck only.
        executor: Where to run: ``local``, or settings like ``{"kind": "dask", "address": "tcp://…"}``; None for this
            machine.
        workers: Processes of this machine; None for one per processor, 1 for none extra.
        outputs: Folder of the results, ``~`` being the user's home; None for ``outputs`` in the working directory.
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
        design=design, measures=measures, without=without, plugins=plugins, draws=draws,
    )  # fmt: skip
    target = check_path("outputs", OUTPUTS if outputs is None else outputs)
    folder = None if name is None else target / check_name("name", name)
    place = _place(executor, workers)
    check_flag("progress", progress)
    if rule is not None:
        rule.check(study)

    question = question_of(study, rule)

    def run(some: Study) -> Results:
        return run_study(some, target, place, folder=folder, progress=progress, question=question)

    results = run_until(study, rule, run) if rule else run(study)
    if folder is not None:
        folders.finish(folder, results)
    return results


def _place(executor: Any, workers: int | None) -> Place:
    if executor is None:
        return Local(workers=check_workers(workers))
    if workers is not None:
        raise refuse("workers", workers, "nothing with an executor; executor={'kind': 'local', 'workers': …} has both")
    return executor if isinstance(executor, Place) else place_of(executor)


def run_study(
    study: Study,
    outputs: Path,
    place: Place,
    *,
    folder: Path | None = None,
    progress: bool,
    question: str | None = None,
) -> Results:
    """Compute what is missing, then gather everything from the store.

    Args:
        study: What is asked.
        outputs: The folder that holds the store.
        place: Where to compute.
        folder: The study's own folder, in which it is announced; None for none.
        progress: Show how far it is.
        question: What tells it from others of its name, as :func:`question_of` gives it; None for its settings.

    Raises:
        ExperimentError: The output folder cannot be written or lies in a study's, the executor cannot be had, or code
            was edited since it was imported; nothing is written.
        UnfinishedError: It stopped before its end; what is finished is kept.
    """
    fingerprint.check_unchanged(study.sources.values())
    _check_kernel()
    asked_as = question or question_of(study)
    folders.check_apart(outputs, folder)
    created = check_writable(outputs, store.FOLDER)
    try:
        index = store.Index(outputs / store.FOLDER)
        asked = plan(study, index)
        chunks = missing_chunks(study, asked, index, outputs, place)
        with _executor(place, outputs) if chunks else nullcontext() as executor:
            if folder is not None:
                _begin(folder, asked, study, asked_as)
            with Progress(len(asked), show=progress) as bar:
                bar.skip(len(asked) - sum(len(chunk.keys) for chunk in chunks))
                if executor is not None:
                    _drive(Driver(chunks, index, place, bar), executor)
        index.refresh()  # a shard that has gone meanwhile is missing
        index.remember()
    except OSError as error:
        raise cannot_write(outputs, error) from None
    finally:
        if folder is not None:
            folders.end(folder, asked_as)
        remove_empty([*created, outputs / store.FOLDER])
    return gather(study, asked, index, asked_as)


def _check_kernel() -> None:
    try:
        race.check()
    except (ValueError, ImportError) as error:
        raise ExperimentError(f"WEIGHTSHIFT_KERNEL, WEIGHTSHIFT_WORKERS: {error}") from None


@contextmanager
def _executor(place: Place, outputs: Path) -> Iterator[Executor]:
    """It is had before anything is announced, and shut down at the end, at once if something is wrong."""
    executor = place.start(outputs / f".executor-{platform.node()}-{os.getpid()}")
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    executor.shutdown(wait=True)


def _begin(folder: Path, asked: pd.DataFrame, study: Study, question: str) -> None:
    aside = folders.begin(folder, asked, study.points.frame, announcement(study, question), study.points.rows)
    if aside is not None:
        _LOG.warning("%s held another study, which is now %s", folder, aside)


def _drive(driver: Driver, executor: Executor) -> None:
    try:
        driver.run(executor)
    except UnfinishedError:
        raise
    except ExperimentError as error:
        raise UnfinishedError(str(error)) from None
    except OSError as error:
        raise UnfinishedError(str(cannot_write(driver.index.folder.parent, error))) from None
    finally:
        driver.index.remember()


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


def gather(study: Study, asked: pd.DataFrame, index: store.Index, question: str) -> Results:
    """What is in the store of a study by now."""
    points, rows, made = study.points.frame, study.points.rows, of_study(study, question)
    return folders.gather(asked, points, study.months, study.measures, made, index, rows)


def question_of(study: Study, rule: Rule | None = None) -> str:
    """What tells studies apart that have the same name: everything asked, and the code that answers."""
    asked = {**study.settings(), "code": fingerprint.code_version()}
    return fingerprint.content_hash(asked if rule is None else {**asked, "seeds": rule.settings()})


def announcement(study: Study, question: str) -> dict[str, Any]:
    """What others need to know to follow a study, and to open it."""
    driver = {"host": platform.node(), "pid": os.getpid(), "started": datetime.now(UTC).isoformat(timespec="seconds")}
    return {
        "months": study.months,
        "measures": {table: list(names) for table, names in study.measures.items()},
        "driver": driver,
        "provenance": of_study(study, question),
    }


def of_study(study: Study, question: str) -> dict[str, Any]:
    """Everything needed to make a study's tables again, as plain data."""
    return {
        "question": question,
        "command": study.source or call_of(study.settings()),
        "code": fingerprint.code_version(),
        "sources": fingerprint.versions(study.sources),
        "versions": versions(),
        **study.settings(),
        "parameters_changed": study.parameters.differences(),
        "parameters": study.parameters.to_dict(),
    }
