"""Where runs are computed: chunks of one seed, the baseline first, on processes of this machine.

A chunk writes each finished run to the store itself, so nothing finished is lost when something else breaks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sim
from experiments import store
from experiments.records import tables_of
from experiments.settings import one_line

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Chunk:
    """The missing runs of one seed.

    Attributes:
        parameters: Shared by all of them.
        baseline: The scenario that changes nothing; its run anchors the others' investment.
        scenarios: What is to be run and stored, by the store's name for it.
        seed: The seed of all of them.
        months: Months to run.
        developers: Simulated developers.
        outputs: The folder that holds the store.
    """

    parameters: sim.Parameters
    baseline: sim.Scenario
    scenarios: dict[str, sim.Scenario]
    seed: int
    months: int
    developers: int
    outputs: Path


@dataclass(frozen=True)
class Failure:
    """A run that did not finish: why, and where."""

    scenario: str
    seed: int
    error: str
    traceback: str


def run_chunk(chunk: Chunk) -> list[Failure]:
    """Run one seed's scenarios and store them; what fails is returned, the rest goes on.

    Raises:
        OSError: The store cannot be written.
    """
    failures: list[Failure] = []
    reference: sim.Record | None = None
    asked = sorted(chunk.scenarios.items(), key=lambda pair: pair[1].differs)
    if all(item.differs for _, item in asked):
        asked.insert(0, ("", chunk.baseline))
    for key, item in asked:
        try:
            record = _run(chunk, item, reference)
        except Exception as error:  # a failed run is a result of the study, whatever went wrong in it
            if reference is None:  # without it nothing else of this seed can run
                return [_failure(other, chunk.seed, error) for other in chunk.scenarios.values()]
            failures.append(_failure(item, chunk.seed, error))
            continue
        reference = record if reference is None else reference
        if key:
            store.save(chunk.outputs, key, tables_of(record))
    return failures


def _run(chunk: Chunk, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
    market = sim.Market(chunk.parameters, rng=chunk.seed, developers=chunk.developers, setup=item, reference=reference)
    market.run(months=chunk.months)
    return market.record


def _failure(item: sim.Scenario, seed: int, error: BaseException) -> Failure:
    text = "".join(traceback.format_exception(error))
    return Failure(item.name, seed, one_line(f"{type(error).__name__}: {error}"), text)


def run_local(chunks: Sequence[Chunk], workers: int) -> Iterator[tuple[Chunk, list[Failure]]]:
    """Run chunks on processes of this machine, yielding each as it finishes.

    A process that dies takes the pool with it; what was unfinished is then run again, one process each, and a
    chunk that kills its own process becomes a failure.

    Raises:
        OSError: The store cannot be written.
    """
    if workers == 1 or len(chunks) <= 1:
        for chunk in chunks:
            yield chunk, run_chunk(chunk)
        return
    unfinished = list(chunks)
    try:
        for chunk, failures in _run_pool(unfinished, min(workers, len(chunks))):
            unfinished.remove(chunk)
            yield chunk, failures
    except BrokenProcessPool:
        for chunk in tuple(unfinished):
            yield chunk, _run_alone(chunk)


def _run_pool(chunks: Sequence[Chunk], workers: int) -> Iterator[tuple[Chunk, list[Failure]]]:
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_leave_interrupts)
    try:
        with _light_children():
            futures = {pool.submit(run_chunk, chunk): chunk for chunk in chunks}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except KeyboardInterrupt:
        for process in list((pool._processes or {}).values()):  # a run may take hours; what is finished is stored
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """In a worker: Ctrl-C is for the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_alone(chunk: Chunk) -> list[Failure]:
    try:
        return next(_run_pool([chunk], 1))[1]
    except BrokenProcessPool as error:
        return [_failure(item, chunk.seed, error) for item in chunk.scenarios.values()]


@contextmanager
def _light_children() -> Iterator[None]:
    """While processes start: one thread each, and no second import of the caller's script.

    A spawned process imports the script that started it, which costs time and needs an
    ``if __name__ == "__main__"`` there. The work needs only this module, so the script is hidden meanwhile.
    """
    main = sys.modules["__main__"]
    hidden = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    main.__spec__ = None
    main.__dict__.pop("__file__", None)
    try:
        yield
    finally:
        main.__dict__.update(hidden)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
