"""Engines side by side, each in its own process and environment, in turn, so that ratios count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.environments import PACKAGES, ROOT, python

BUILD = Path(__file__).parent / ".build"
# One thread each, so that time of the processor is comparable.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "STARSIM_INSTALL_FONTS": "0",
}


@dataclass(frozen=True)
class Engine:
    """How an engine is started.

    Attributes:
        title: What it is called in tables.
        environment: Of :mod:`benchmarks.environments`.
        module: In :mod:`benchmarks.engines`.
        settings: Environment variables.
        most: Developers beyond which it would take too long.
    """

    title: str
    environment: str
    module: str
    settings: Mapping[str, str] = field(default_factory=dict)
    most: int = 10**8


ENGINES = {
    "limit": Engine("fused C, the limit", "weightshift", "limit"),
    "core": Engine("weightshift, NumPy", "weightshift", "core"),
    "compiled": Engine("weightshift, compiled", "weightshift", "core", {"WEIGHTSHIFT_KERNEL": "compiled"}),
    "numba": Engine("Numba, plain loop", "numba", "numba_plain"),
    "jax": Engine("JAX, jit, hashed draws", "jax", "jax_jit"),
    "numpy_plain": Engine("NumPy, whole arrays", "weightshift", "numpy_plain"),
    "mesa_frames": Engine("mesa-frames 0.1.0a0", "mesa_frames", "mesa_frames_polars"),
    "starsim": Engine("Starsim", "starsim", "starsim_module"),
    "mesa_urn": Engine("Mesa objects, one draw a decision", "mesa", "mesa_objects", {"MESA_VERSION": "urn"}, 10**6),
    "mesa": Engine("Mesa objects, one draw an option", "mesa", "mesa_objects", {"MESA_VERSION": "clocks"}, 10**6),
    "agentpy": Engine("AgentPy", "agentpy", "agentpy_objects", {}, 20_000),
}


class Running:
    """An engine that starts at once, beside others, and runs months when asked.

    Attributes:
        versions: Of what it is made of, known once :meth:`wait` has returned.
    """

    def __init__(self, engine: Engine, developers: int, work: Path, extra: Mapping[str, str], seed: int = 1) -> None:
        interpreter = python(engine.environment)
        if interpreter is None:
            raise LookupError(f"no environment; python -m benchmarks.environments {engine.environment}")
        command = [interpreter, "-m", f"benchmarks.engines.{engine.module}", str(work), str(developers), str(seed)]
        environment = {**os.environ, **ONE_THREAD, **engine.settings, **extra, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=-1, stdout=-1, stderr=-1, text=True)
        self.versions: dict[str, str] = {}

    def wait(self) -> None:
        """Until it is ready; LookupError with its last word if it cannot be."""
        self.versions = self._answer()["versions"]

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            said = self.process.stderr.read().strip().splitlines() or ["no word"]
            raise LookupError(said[-1])
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, months: int) -> dict[str, Any]:
        """Some months and what they cost."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{months}\n")
        self.process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        """Close its input, at which it ends by and by."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def end(self) -> int:
        """Wait for the end after :meth:`stop`; the exit code."""
        with self.process:
            return self.process.wait()


def work_file() -> Path:
    """The tables, made once by weightshift."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / "work.npz"
    if not path.exists():
        command = [python("weightshift") or sys.executable, "-m", "benchmarks.work", str(path)]
        subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return path


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, and the smallest and largest."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def race(
    names: Sequence[str],
    developers: int,
    months: int,
    rounds: int,
    extra: Mapping[str, Mapping[str, str]] | None = None,
    clock: str = "cpu",
) -> dict[str, Any]:
    """Engines in turn, round after round, after one round to warm up.

    Args:
        names: Of ``ENGINES``; a name may carry a suffix after a colon to appear twice with other ``extra``.
        developers: Population of each.
        months: Months a round.
        rounds: Rounds that count.
        extra: Further environment variables by name.
        clock: ``cpu``, or ``wall`` for several threads.

    Returns:
        By name: nanoseconds a decision, ratio to the first name in the same round, the counts, versions; or why it
        was left out.
    """
    started: dict[str, Running] = {}
    result: dict[str, Any] = {}
    engines = {name: ENGINES[name.split(":")[0]] for name in names}

    def left_out(name: str, why: LookupError) -> None:
        result[name] = {"title": engines[name].title, "left_out": str(why)}
        _say(f"  {engines[name].title} is left out: {why}")

    for name, engine in engines.items():
        try:
            if developers <= engine.most:
                started[name] = Running(engine, developers, work_file(), (extra or {}).get(name, {}))
        except LookupError as why:
            left_out(name, why)
    for name, running in list(started.items()):
        try:
            running.wait()
        except LookupError as why:
            left_out(name, why)
            del started[name]
    costs: dict[str, list[float]] = {name: [] for name in started}
    answers: dict[str, dict[str, Any]] = {}
    for turn in range(rounds + 1):
        for name, running in started.items():
            answers[name] = running.run(months)
            if turn:
                costs[name].append(answers[name][clock] / answers[name]["decisions"] * 1e9)
    for running in started.values():
        running.stop()
    for running in started.values():
        running.end()
    first = next(iter(costs), None)
    for name, cost in costs.items():
        ratios = [own / base for own, base in zip(cost, costs[first], strict=True)]
        result[name] = {
            "title": engines[name].title,
            "developers": developers,
            "ns_per_decision": spread(cost),
            f"ratio_to_{first}": spread(ratios),
            "counts": answers[name]["counts"],
            "versions": started[name].versions,
        }
    return result


@cache
def _say(line: str) -> None:
    """Print a line, but once."""
    print(line, flush=True)


def worst_z(counts: Sequence[int], others: Sequence[int]) -> float:
    """Largest standardised difference between two engines' developers by option.

    Developers are independent given the tables, so each count is binomial at the widest.
    """
    total = sum(counts)
    worst = 0.0
    for one, other in zip(counts, others, strict=True):
        mean = (one + other) / 2.0
        if mean >= 10.0:
            worst = max(worst, abs(one - other) / (2.0 * mean * (1.0 - mean / total)) ** 0.5)
    return worst


def available() -> dict[str, bool]:
    """Which environments have been made."""
    return {name: python(name) is not None for name in PACKAGES}
