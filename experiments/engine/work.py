"""What a worker does: live through the runs of a chunk and put them into the store, wherever the worker is."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Iterable
from dataclasses import dataclass

import sim
from experiments.engine.executors.place import Ended
from experiments.engine.provenance import command_of, versions_in_words
from experiments.engine.tabulate import tables_of
from experiments.questions import fingerprint, uses
from experiments.questions.plugins import bring, brought, explained
from experiments.questions.settings import ExperimentError, one_line
from experiments.questions.tasks import Shared, Task
from experiments.results import store
from sim.inputs import sources


@dataclass(frozen=True)
class Chunk:
    """Some tasks whose runs go into one shard."""

    shared: Shared
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
        return Chunk(self.shared, tuple(tasks))


def run_chunk(chunk: Chunk) -> store.Shard:
    """Run a chunk and write its shard; a run that fails is recorded in it, the others go on.

    Raises:
        StoreError: The store cannot be written.
        ExperimentError: This worker has another version of the code, or cannot import a module of the user's.
    """
    _check_code(chunk.shared)
    finished: list[store.Finished] = []
    failures: list[store.Failure] = []
    try:
        for task in chunk.tasks:
            _run_task(chunk.shared, task, finished, failures)
    except BaseException:  # interrupted: what is finished is kept
        if finished:
            keys = [run.key for run in finished]
            store.write(chunk.shared.store, store.chunk_of(keys), finished, (), versions_in_words())
        raise
    return store.write(chunk.shared.store, chunk.id, finished, failures, versions_in_words())


def _check_code(shared: Shared) -> None:
    """Have the code that the driver has, or refuse."""
    if fingerprint.code_version() != shared.code:
        raise ExperimentError(
            f"a worker has code {fingerprint.code_version()} and the study {shared.code}; "
            "allowed: the same version of weightshift and of Python everywhere"
        )
    here = f"a worker on {platform.node()}"
    try:
        for plugin in shared.modules:
            bring(plugin)
        versions = fingerprint.versions(fingerprint.beyond(shared.sources))
        for item in shared.scenarios.values():
            list(uses.strategies_of(item))  # all there
    except (ExperimentError, sim.ParameterError) as error:
        raise ExperimentError(one_line(f"{here}: {error}", 600)) from None
    for module, version in shared.sources.items():
        if versions.get(module) != version:
            raise ExperimentError(
                f"{here} has another {module} than the study; allowed: the same file everywhere, and workers that "
                "were started, or imported it, since it was changed"
            )
    known, asked = uses.registered(), {plugin.module for plugin in shared.modules}
    lacks = sorted(shared.registered - known)
    more = sorted(known - shared.registered) + [plugin.given for plugin in brought() if plugin.module not in asked]
    if lacks:
        raise ExperimentError(
            f"{here} lacks {lacks[0]}; allowed: what is registered when its module is imported, not later"
        )
    if more:
        raise ExperimentError(f"{here} has {more[0]} of another study; allowed: a new worker, or plugins with it")


def _run_task(shared: Shared, task: Task, finished: list[store.Finished], failures: list[store.Failure]) -> None:
    """One seed at one point, the baseline first; without it nothing else of this seed can run."""
    reference: sim.Record | None = None
    asked = sorted(((key, shared.scenarios[name]) for key, name in task.runs.items()), key=lambda run: run[1].differs)
    if all(item.differs for _, item in asked):
        asked.insert(0, ("", shared.baseline))
    for key, item in asked:
        try:
            record = run(shared, task, item, reference)
            tables = tables_of(record, shared.measures) if key else {}
        except Ended:
            raise
        except (Exception, SystemExit) as error:  # a failed run is a result of the study, whatever went wrong in it
            if reference is None:
                failures += [failure(shared, task, other, error) for other in task.runs]
                return
            failures.append(failure(shared, task, key, error))
            continue
        reference = record if reference is None else reference
        if key:
            finished.append(store.Finished(key, tables))


def run(shared: Shared, task: Task, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
    """One run, of which the record is left and nothing else."""
    market = sim.Market(
        sim.Parameters().with_(**{**shared.params, **task.changes}),
        rng=task.seed,
        developers=shared.developers,
        setup=item,
        without=shared.without,
        reference=reference,
    )
    try:
        return market.run(months=shared.months)
    finally:
        market.__dict__.clear()  # market and agents refer to each other; large tables would wait for a collection


def failure(shared: Shared, task: Task, key: str, error: BaseException) -> store.Failure:
    """The record of a run that failed, with all that is needed to try it again."""
    about = {
        "scenario": shared.scenarios[task.runs[key]].model_dump(),
        "seed": task.seed,
        "months": shared.months,
        "developers": shared.developers,
        "params": {**shared.params, **task.changes},
        "without": list(shared.without),
        "plugins": [module.path for module in shared.modules],
    }
    own = {found.path for module in shared.sources if (found := sources.source(module)) is not None}
    text = "".join(traceback.format_exception(error))
    return store.Failure(key, about, explained(error, own.__contains__), text, command_of(about))
