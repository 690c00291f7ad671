"""What the study engine costs: a study beside the same runs in a bare loop, on the same warm processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import sim
from experiments.engine.ensemble import announcement, question_of, run_study
from experiments.engine.executors import Local
from experiments.engine.executors.local import LocalProcesses
from experiments.questions.study import Study
from experiments.results import folder as folders
from experiments.results import store

WORKERS = 2
_WARM_SECONDS = 1.0
_RUNS_A_SHARD = 500


class _Kept(Executor):
    """An executor that outlives the studies that use it, so that starting processes is not counted."""

    def __init__(self, kept: Executor) -> None:
        self.kept = kept

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self.kept.submit(function, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pass


class _Warm(Local):
    """This machine, with processes that run already."""

    kept: Executor

    def start(self, scratch: Path) -> Executor:
        return _Kept(self.kept)


def bare(changes: Sequence[dict[str, Any]], seeds: Sequence[int], months: int, developers: int) -> None:
    """Runs in a loop, whose records are thrown away."""
    for change in changes:
        parameters = sim.Parameters().with_(**change)
        for seed in seeds:
            sim.Market(parameters, rng=seed, developers=developers).run(months)


def _warm() -> None:
    bare([{}], [0], 1, 100)
    time.sleep(_WARM_SECONDS)  # so that the other process takes the other call


def _in_halves(
    executor: Executor, changes: Sequence[dict[str, Any]], seeds: Sequence[int], size: tuple[int, int]
) -> float:
    start = time.perf_counter()
    if len(changes) > 1:
        calls = [executor.submit(bare, changes[part::WORKERS], seeds, *size) for part in range(WORKERS)]
    else:
        calls = [executor.submit(bare, changes, seeds[part::WORKERS], *size) for part in range(WORKERS)]
    for call in calls:
        call.result()
    return time.perf_counter() - start


def opening(runs: int) -> dict[str, float]:
    """Seconds to open a study of so many runs, and to load one measure of one month of it; values are made up."""
    month, luck, asked = np.arange(49, dtype=np.int16), np.random.default_rng(1), ["frontier", "open_lag"]
    design = {"kind": "latin_hypercube", "params": ["talent.mobility", "finance.elasticity"], "points": runs}
    study = Study.of("baseline", seeds=1, months=48, developers=100, design=design, measures=asked)
    keys = list(study.runs["key"])
    with tempfile.TemporaryDirectory() as place:
        folder, kept = Path(place) / "study", Path(place) / store.FOLDER
        for start in range(0, runs, _RUNS_A_SHARD):
            some = keys[start : start + _RUNS_A_SHARD]
            tables = (pa.table({"month": month} | {name: luck.random(49) for name in asked}) for _ in some)
            finished = [store.Finished(key, {"market": table}) for key, table in zip(some, tables, strict=True)]
            store.write(kept, store.chunk_of(some), finished)
        folders.begin(folder, study.runs, study.points.frame, announcement(study, question_of(study)))
        store.Index(kept)  # looks into the shards, as the driver does, and remembers them
        start_of = time.perf_counter()
        results = folders.open_results(folder)
        opened = time.perf_counter()
        frame = results.load("market", "frontier", month=48)
        loaded = time.perf_counter()
    if len(frame) != runs:
        raise RuntimeError(f"{results!r}")
    return {"open": opened - start_of, "load": loaded - opened}


def beside_bare(rounds: int, size: tuple[int, int], **asked: Any) -> list[dict[str, float]]:
    """Seconds of the clock of a study, its market table loaded, and of its runs in a bare loop, in turns.

    Args:
        rounds: How often.
        size: Months and developers.
        asked: What else the study asks.
    """
    study = Study.of("baseline", months=size[0], developers=size[1], **asked)
    changes = [study.points.changes(point) for point in range(len(study.points))]
    executor = LocalProcesses(WORKERS)
    for call in [executor.submit(_warm) for _ in range(WORKERS)]:
        call.result()
    place = _Warm(workers=WORKERS)
    object.__setattr__(place, "kept", executor)
    seen = []
    for turn in range(rounds):
        seconds = {}
        for what in ("bare", "study") if turn % 2 else ("study", "bare"):
            if what == "bare":
                seconds[what] = _in_halves(executor, changes, study.seeds, size)
                continue
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                results = run_study(study, Path(folder), place, folder=Path(folder) / "study", progress=False)
                results.load("market")
                seconds[what] = time.perf_counter() - start
                if len(results.runs) != len(study.runs):
                    raise RuntimeError(f"{results!r}")
        seen.append(seconds)
    executor.shutdown()
    return seen
