"""The rows of the table: each measures, and says what it is a ratio of and what its goal is."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks import harness
from benchmarks.environments import ROOT, python
from benchmarks.studies import WORKERS, beside_bare, opening


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What is measured.
        value: The median.
        low: The smallest of the rounds.
        high: The largest.
        unit: Of the value; ``×`` for a ratio.
        goal: The bound, or None if the row is only reported.
        least: Whether the goal is a least value rather than a largest.
        details: Anything else worth keeping.
    """

    what: str
    value: float
    low: float
    high: float
    unit: str = "×"
    goal: float | None = None
    least: bool = False
    details: Mapping[str, Any] | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal

    def record(self) -> dict[str, Any]:
        """For the file of results."""
        return {**asdict(self), "met": self.met}


_POWERS = {1_000_000: "10⁶", 10_000_000: "10⁷"}
# What a month grows with beside developers: the mechanism that bears most of it, and the two markets compared. Each
# startup stands for a quarter in the second, so that four times as many live on the same demand.
GROWTH: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "researchers": ("talent", {"talent.researchers": 6000}, {"talent.researchers": 24_000}),
    "startups": (
        "entry",
        {"entry.stock": 2000, "entry.weight": 2.5},
        {"entry.stock": 8000, "entry.weight": 0.625},
    ),
    "labs": (
        "pricing",
        {"twice_the_labs": False, "finance.founding": 0.0},
        {"twice_the_labs": True, "finance.founding": 0.0},
    ),
}


def _of(what: str, values: list[float], **rest: Any) -> Row:
    return Row(what, median(values), min(values), max(values), **rest)


def _ratio(what: str, spread: Mapping[str, float], invert: bool = False, **rest: Any) -> Row:
    low, middle, high = spread["low"], spread["median"], spread["high"]
    if invert:
        low, middle, high = 1.0 / high, 1.0 / middle, 1.0 / low
    return Row(what, middle, low, high, **rest)


def _child(task: str, extra: Mapping[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    """How to start a task of :mod:`benchmarks.child`, as :mod:`subprocess` takes it."""
    command = [python("weightshift") or sys.executable, "-m", "benchmarks.child", task]
    command += [f"{name}={json.dumps(value)}" for name, value in arguments.items()]
    environment = {**os.environ, **harness.ONE_THREAD, **(extra or {}), "PYTHONPATH": str(ROOT)}
    return {"args": command, "cwd": ROOT, "env": environment, "text": True}


def child(task: str, extra: Mapping[str, str] | None = None, **arguments: Any) -> dict[str, Any]:
    """A task of :mod:`benchmarks.child` in a fresh process."""
    done = subprocess.run(**_child(task, extra, **arguments), capture_output=True)
    if done.returncode:
        raise RuntimeError(f"benchmarks.child {task}: {done.stderr.strip().splitlines()[-1]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def adoption(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """Adoption beside its limit and its rivals, a million developers where they can, and the outcomes compared."""
    names = ["core", "limit", "compiled"]
    small = harness.race([*names, *list(harness.ENGINES)[3:]], 10_000, 10 if full else 4, 7 if full else 3)
    rivals = ["numba", "jax", "numpy_plain", "mesa_frames", "starsim"]
    large = harness.race([*names, *rivals], 1_000_000, 2, 9 if full else 3)
    checked = outcomes(small) | outcomes(large)
    if full:  # a million objects take a gigabyte, and a while to make
        objects = harness.race(["core", "mesa", "mesa_urn"], 1_000_000, 1, 3)
        checked |= outcomes(objects)
        large |= {name: seen for name, seen in objects.items() if name != "core"}
    rows = []
    if "counts" in large.get("limit", {}):
        against = large["limit"]["ratio_to_core"]
        rows.append(_ratio("adoption, NumPy, against the fused C limit, 10⁶ developers", against, True, goal=2.5))
        both = harness.race(["limit", "compiled"], 1_000_000, 2, 9 if full else 3)
        if "counts" in both.get("compiled", {}):
            rows.append(
                _ratio("adoption, compiled, against the fused C limit", both["compiled"]["ratio_to_limit"], goal=1.3)
            )
    goals = {"mesa": 100.0, "mesa_urn": 100.0, "mesa_frames": 15.0, "starsim": 15.0}
    for name in [*rivals, "mesa_urn", "mesa", "agentpy"]:
        for size, results in (("10⁴", small), ("10⁶", large)):
            if "counts" not in results.get(name, {}):
                continue
            goal = goals.get(name) if size == "10⁶" else None
            title = harness.ENGINES[name].title
            rows.append(
                _ratio(f"{title}, over NumPy core, {size}", results[name]["ratio_to_core"], goal=goal, least=True)
            )
    details = {"10000": small, "1000000": large, "outcomes": checked}
    if full:
        work = str(harness.work_file())
        details["profile"] = child("hot_choice", work=work, developers=1_000_000, months=400)
    return rows, details


def outcomes(results: Mapping[str, Any]) -> dict[str, Any]:
    """Whether engines with our draws made our choices, and others choices of the same law."""
    base = results["core"]["counts"]
    checked = {}
    for name, result in results.items():
        if "counts" in result and name != "core":
            worst = harness.worst_z(base, result["counts"])
            checked[f"{name}, {result['developers']}"] = {"identical": result["counts"] == base, "worst_z": worst}
    return checked


def in_turn(variants: Sequence[Mapping[str, Any]], rounds: int) -> list[list[dict[str, Any]]]:
    """Months of the whole market with each set of arguments, in fresh processes, round after round."""
    return [[child("month", **variant) for variant in variants] for _ in range(rounds)]


def powers(rounds: Sequence[Sequence[Mapping[str, Any]]], part: str, what: str) -> list[float]:
    """The power of the number of ``what`` with which the seconds of ``part`` grow, first to last of each round."""
    found = []
    for few, *_, many in rounds:
        seconds, number = many["seconds"][part] / few["seconds"][part], many[what] / few[what]
        found.append(math.log(seconds) / math.log(number))
    return found


def typical(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The last of some answers, with the median seconds of all."""
    names = answers[-1]["seconds"]
    return {**answers[-1], "seconds": {name: median(seen["seconds"][name] for seen in answers) for name in names}}


def growth(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """The whole month from 10⁴ to 10⁷ developers: what is not adoption, exponents, and what it grows with."""
    sizes = [10_000, 100_000, 1_000_000, 10_000_000] if full else [10_000, 100_000, 1_000_000]
    largest = sizes[-1]
    rounds = in_turn([{"developers": size, "months": 9 if full else 5} for size in sizes], 7 if full else 2)
    other = [[seen["seconds"]["month"] - seen["seconds"]["adoption"] for seen in turn] for turn in rounds]
    slopes = [1e9 * (seconds[-1] - seconds[0]) / (largest - sizes[0]) for seconds in other]
    rows = [
        _of("month without adoption, a developer", slopes, unit="ns", goal=5.0),
        _of("month without adoption, the constant", [1e3 * seconds[0] for seconds in other], unit="ms"),
    ]
    for name, part in (("adoption", "adoption"), ("whole month", "month")):
        what = f"growth of {name} in developers, 10⁵ to {_POWERS[largest]}"
        found = powers([turn[1:] for turn in rounds], part, "developers")
        rows.append(_of(what, found, unit="exponent", goal=1.02))
    for what, names in {
        "lines": {"core": {}, "core:2": {"WORK_LINES": "2"}},
        "labs": {"core": {}, "core:2": {"WORK_LABS": "2"}},
    }.items():
        seen = harness.race(list(names), 200_000, 3, 7 if full else 3, names)
        exponents = [math.log2(seen["core:2"]["ratio_to_core"][part]) for part in ("median", "low", "high")]
        rows.append(Row(f"growth of adoption in {what}, doubled", *exponents, "exponent", 1.0))
    extra = {}
    for what, (mechanism, few, many) in GROWTH.items():
        extra[what] = in_turn([{"developers": 10_000, **few}, {"developers": 10_000, **many}], 9 if full else 2)
        numbers = " to ".join(f"{seen[what]:,}" for seen in extra[what][0])
        for name, part in ((mechanism, mechanism), ("whole month", "month")):
            found = powers(extra[what], part, what)
            rows.append(_of(f"growth of {name} in {what}, {numbers}", found, unit="exponent", goal=1.0))
    months = {seen[0]["developers"]: typical(seen) for seen in zip(*rounds, strict=True)}
    per = {size: seen["seconds"]["adoption"] / seen["decisions"] * 1e9 for size, seen in months.items()}
    growths = {what: [typical(seen) for seen in zip(*turns, strict=True)] for what, turns in extra.items()}
    return rows, {"months": months, "ns_per_decision": per, "growth": growths}


def memory(full: bool, world: bool = True) -> tuple[list[Row], dict[str, Any]]:
    """Bytes a developer, and the developers of the world one to one."""
    sizes = (1_000_000, 20_000_000)
    seen = {size: child("peak", developers=size, months=2) for size in sizes}
    population = seen[sizes[1]]["population_bytes"] / sizes[1]
    peak = (seen[sizes[1]]["peak_bytes"] - seen[sizes[0]]["peak_bytes"]) / (sizes[1] - sizes[0])
    rows = [
        Row("memory of the population, a developer", population, population, population, "B", 8.0),
        Row(
            "peak memory over the population's, beside a constant",
            peak / population,
            peak / population,
            peak / population,
            "×",
            1.3,
        ),
    ]
    if world:
        whole = {}
        for name, kernel in (("NumPy", "numpy"), ("compiled", "compiled")):
            settings = {"WEIGHTSHIFT_WORKERS": "2", "WEIGHTSHIFT_KERNEL": kernel}
            try:
                whole[name] = child("peak", settings, developers=47_000_000, months=60)
            except RuntimeError as why:
                print(f"  47 million developers, {name}, are left out: {why}")
        for name, one in whole.items():
            size, wall = one["peak_bytes"] / 1e9, one["wall"]
            rows.append(Row(f"47 million developers × 60 months, {name}: memory", size, size, size, "GB", 2.0))
            rows.append(Row(f"47 million developers × 60 months, {name}, two workers", wall, wall, wall, "s"))
        seen |= whole  # type: ignore[arg-type]
    return rows, {"peaks": {str(size): one for size, one in seen.items()}}


def small_runs(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """Ten thousand developers for sixty months, a pair of them, and where the time goes."""
    alone = child("run", developers=10_000, months=60, runs=6 if full else 4)
    both = child("pair", developers=10_000, months=60, rounds=7 if full else 3)
    calls = [1e-3 * cpu / call for cpu, call in zip(alone["cpu"], alone["call"], strict=True)]
    rows = [
        _of("10⁴ developers × 60 months", alone["cpu"][1:], unit="s", goal=0.15),
        _of("the same, in NumPy calls on forty numbers", calls[1:], unit="thousand"),
        _of("a counterfactual pair over a run", both["ratios"], goal=2.05),
    ]
    details = {"seconds_by_mechanism": alone["seconds"], "cpu": alone["cpu"], "call": alone["call"]}
    if full:
        details["profile"] = child("hot_run", developers=10_000, months=60, runs=60)
    return rows, details


def alone_and_together(rounds: int) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of the clock of one process at work, and of two with as much each, in turns.

    Returns:
        For a run of ten thousand developers, and for an empty loop of Python, which shows what the machine gives.
    """
    seconds: dict[str, tuple[list[float], list[float]]] = {"run": ([], []), "loop": ([], [])}
    with ExitStack() as stack:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        pair = [
            stack.enter_context(subprocess.Popen(**_child("turns", developers=10_000, months=60), **pipes))
            for _ in range(2)
        ]

        def take(workers: Sequence[subprocess.Popen[str]], what: str) -> float:
            start = perf_counter()
            for worker in workers:
                print(what, file=worker.stdin, flush=True)
            for worker in workers:
                if not worker.stdout.readline():
                    raise RuntimeError("benchmarks.child turns ended before its time")
            return perf_counter() - start

        take(pair, "run")  # imports, and fills buffers
        for turn in range(rounds):
            for what, (one, two) in seconds.items():
                one.append(take([pair[turn % 2]], what))
                two.append(take(pair, what))
        for worker in pair:
            worker.communicate()
    return seconds


def workers(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """Two workers on one large run, and two processes on many small ones, in seconds of the clock.

    The quickest rounds are compared, for any other process that runs takes the second worker's core.
    """
    rows, kept = [], {}
    two = {"WEIGHTSHIFT_WORKERS": "2", "OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2"}
    for name, goal in (("core", 1.5), ("compiled", 1.6), ("limit", None)):
        both = f"{name}:2"
        seen = harness.race([both, name], 4_000_000, 1, 60 if full else 10, {both: two}, clock="wall")
        if "counts" in seen.get(name, {}):
            gain = seen[name]["ns_per_decision"]["low"] / seen[both]["ns_per_decision"]["low"]
            low, high = (seen[name][f"ratio_to_{both}"][end] for end in ("low", "high"))
            what = f"two threads on one run, {harness.ENGINES[name].title}, quickest rounds"
            rows.append(Row(what, gain, low, high, goal=goal, least=True))
            kept[name] = seen
    for what, (one, two) in alone_and_together(60 if full else 8).items():
        gains = [2.0 * alone / together for alone, together in zip(one, two, strict=True)]
        kept[f"processes, {what}"] = {"median": median(gains), "one": one, "two": two}
        title, goal = ("many small runs", 1.9) if what == "run" else ("an empty loop, what the machine gives", None)
        title = f"two processes on {title}, quickest rounds"
        rows.append(Row(title, 2.0 * min(one) / min(two), min(gains), max(gains), goal=goal, least=True))
    return rows, kept


def imports(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """``import sim`` against ``import mesa``, in seconds of the processor."""
    code = "import time; import {}; print(time.process_time())"
    interpreter, ratios = python("weightshift") or sys.executable, []
    # The first turn, which does not count, keeps what it compiles, as an installation does.
    environment = {**os.environ, **harness.ONE_THREAD, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    for turn in range(31 if full else 4):
        took = [
            float(
                subprocess.run(
                    [interpreter, "-c", code.format(name)],
                    cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
                ).stdout
            )
            for name in ("sim", "mesa")
        ]  # fmt: skip
        if turn:
            ratios.append(took[0] / took[1])
    return [_of("import sim over import mesa", ratios, goal=1.2)], {}


def studies(full: bool) -> tuple[list[Row], dict[str, Any]]:
    """What the study engine adds to bare runs, on two processes that run already."""
    number, tiny = (500, 10_000) if full else (14, 400)
    runs = beside_bare(3, (60, 10_000), seeds=number)
    overhead = [100.0 * (seen["study"] / seen["bare"] - 1.0) for seen in runs]
    design = {"kind": "latin_hypercube", "params": ["talent.mobility", "finance.elasticity"], "points": tiny}
    short = beside_bare(1, (1, 100), seeds=1, design=design, measures=["frontier"])
    extra = [1e3 * WORKERS * (seen["study"] - seen["bare"]) / tiny for seen in short]
    each = [1e3 * WORKERS * seen["bare"] / tiny for seen in short]
    seconds = 1e3 * WORKERS * median(seen["bare"] for seen in runs) / number
    many = 100_000 if full else 10_000
    seen = opening(many)
    rows = [
        _of(f"a study of {number} runs of {seconds:.0f} ms, over the bare runs", overhead, unit="% more", goal=5.0),
        _of(f"what a study adds to each of {tiny:,} tiny runs", extra, unit="ms"),
        _of("such a tiny run itself", each, unit="ms"),
        _of(f"opening a study of {many:,} runs", [seen["open"]], unit="s"),
        _of(f"one measure in one month of {many:,} runs", [seen["load"]], unit="s"),
    ]
    return rows, {"runs": runs, "tiny": short, "opening": seen}


PARTS = {part.__name__: part for part in (adoption, workers, growth, small_runs, studies, imports, memory)}


def everything(full: bool, world: bool) -> Iterator[tuple[str, list[Row], dict[str, Any]]]:
    """All parts in turn, those that need the quietest machine first."""
    for name, part in PARTS.items():
        yield name, *(memory(full, world) if part is memory else part(full))
