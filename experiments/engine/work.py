"""What a worker does: live through the runs of a chunk and put them into the store, wherever the worker is."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim
from experiments.engine.provenance import command_of, versions_in_words
from experiments.questions import fingerprint
from experiments.questions.records import Selection, tables_of
from experiments.questions.settings import ExperimentError, one_line
from experiments.results import store


@dataclass(frozen=True)
class World:
    """What all runs of a study share.

    Attributes:
        store: The store, as an absolute path that every worker can reach.
        code: Version of the code that the driver has.
        scenarios: Those asked for, by name.
        baseline: The scenario that changes nothing; its run anchors the others' investment.
        params: Changes from the default parameters, by dotted address.
        months: Months to run.
        developers: Simulated developers.
        without: Mechanisms switched off.
        measures: What to keep.
    """

    store: Path
    code: str
    scenarios: Mapping[str, sim.Scenario]
    baseline: sim.Scenario
    params: Mapping[str, Any]
    months: int
    developers: int
    without: tuple[str, ...]
    measures: Selection


@dataclass(frozen=True)
class Task:
    """The missing runs of one seed at one point: what the point changes, and key → scenario of each run."""

    changes: Mapping[str, Any]
    seed: int
    runs: Mapping[str, str]


@dataclass(frozen=True)
class Chunk:
    """Some tasks whose runs go into one shard."""

    world: World
    tasks: tuple[Task, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of all runs."""
        return tuple(key for task in self.tasks for key in task.runs)

    @property
    def id(self) -> str:
        """Hash of the keys."""
        return store.chunk_of(self.keys)

    def only(self, tasks: Iterable[Task]) -> Chunk:
        """The same with some of the tasks."""
        return Chunk(self.world, tuple(tasks))


def run_chunk(chunk: Chunk) -> store.Shard:
    """Run a chunk and write its shard; a run that fails is recorded in it, the others go on.

    Raises:
        StoreError: The store cannot be written.
        ExperimentError: This worker has another version of the code.
    """
    if fingerprint.code_version() != chunk.world.code:
        raise ExperimentError(
            f"a worker has code {fingerprint.code_version()} and the study {chunk.world.code}; "
            "allowed: the same version of weightshift and of Python everywhere"
        )
    finished: list[store.Finished] = []
    failures: list[store.Failure] = []
    try:
        for task in chunk.tasks:
            _run_task(chunk.world, task, finished, failures)
    except BaseException:  # interrupted: what is finished is kept
        if finished:
            keys = [run.key for run in finished]
            store.write(chunk.world.store, store.chunk_of(keys), finished, (), versions_in_words())
        raise
    return store.write(chunk.world.store, chunk.id, finished, failures, versions_in_words())


def _run_task(world: World, task: Task, finished: list[store.Finished], failures: list[store.Failure]) -> None:
    """One seed at one point, the baseline first; without it nothing else of this seed can run."""
    reference: sim.Record | None = None
    asked = sorted(((key, world.scenarios[name]) for key, name in task.runs.items()), key=lambda run: run[1].differs)
    if all(item.differs for _, item in asked):
        asked.insert(0, ("", world.baseline))
    for key, item in asked:
        try:
            record = run(world, task, item, reference)
        except Exception as error:  # a failed run is a result of the study, whatever went wrong in it
            if reference is None:
                failures += [failure(world, task, other, error) for other in task.runs]
                return
            failures.append(failure(world, task, key, error))
            continue
        reference = record if reference is None else reference
        if key:
            finished.append(store.Finished(key, tables_of(record, world.measures)))


def run(world: World, task: Task, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
    """One run."""
    market = sim.Market(
        sim.Parameters().with_(**{**world.params, **task.changes}),
        rng=task.seed,
        developers=world.developers,
        setup=item,
        without=world.without,
        reference=reference,
    )
    return market.run(months=world.months)


def failure(world: World, task: Task, key: str, error: BaseException) -> store.Failure:
    """The record of a run that failed, with all that is needed to try it again."""
    about = {
        "scenario": world.scenarios[task.runs[key]].model_dump(),
        "seed": task.seed,
        "months": world.months,
        "developers": world.developers,
        "params": {**world.params, **task.changes},
        "without": list(world.without),
    }
    text = "".join(traceback.format_exception(error))
    reason = one_line(f"{type(error).__name__}: {error}")
    return store.Failure(key, about, reason, text, command_of(about))
