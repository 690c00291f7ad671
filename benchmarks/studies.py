"""What the study engine costs: a study beside the same runs in a bare loop, on the same warm processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import sim
from experiments.ensemble import run_study
from experiments.executors import Local
from experiments.executors.local import LocalProcesses
from experiments.study import Study

WORKERS = 2
_WARM_SECONDS = 1.0


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
