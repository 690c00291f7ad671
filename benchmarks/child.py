"""One measurement in a fresh process, mostly of the whole market: ``python -m benchmarks.child TASK key=value …``.

Seconds are of the processor unless the task says otherwise, for they depend less on who else is at work.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

_wall = time.perf_counter
time.perf_counter = time.process_time  # type: ignore[assignment]  # what market.seconds is measured with

import resource  # noqa: E402

import numpy as np  # noqa: E402

import sim  # noqa: E402
from benchmarks.sampling import sampled  # noqa: E402
from sim.data.history import History, load  # noqa: E402

MONTH = 36
CALLS = 20_000
# Turns of an empty loop of Python that take about as long as a small run.
LOOP = 8_000_000


def peak_bytes() -> int:
    """Largest memory of this process so far."""
    with suppress(OSError, StopIteration), open("/proc/self/status") as status:
        # On Linux, what getrusage says includes the parent's memory from before this program was loaded.
        return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def doubled(record: History) -> History:
    """Every lab twice: the copies have all that the record says of the originals, but for their names and luck."""
    labs = record.names
    copies = {name: f"{name} again" for name in labs}
    for name, copy in copies.items():
        record = record.with_lab(copy, like=name)

    number, events = len(labs), record.pulse_events
    releases = {
        date: models + [model._replace(lab=model.lab + number) for model in models]
        for date, models in record.releases.items()
    }
    openings = {
        date: rows + [(row + number, tier, of) for row, tier, of in rows] for date, rows in record.openings.items()
    }
    return replace(
        record,
        releases=releases,
        openings=openings,
        pulse_events={date: rows + [(copies[lab], value) for lab, value in rows] for date, rows in events.items()},
        discoveries=record.discoveries | {copies[lab]: date for lab, date in record.discoveries.items()},
        _cache={},
    )


def month(developers: int, months: int = 6, twice_the_labs: bool = False, **parameters: Any) -> dict[str, Any]:
    """Median seconds of a month from month 36 on: in all, in adoption, and by mechanism."""
    record = doubled(load()) if twice_the_labs else None
    market = sim.Market(rng=1, developers=developers, record_of=record, **parameters)
    market.run(MONTH)
    rows = []
    for _ in range(months):
        before, start = dict(market.seconds), time.process_time()
        market.step()
        total = time.process_time() - start
        rows.append({name: market.seconds[name] - before[name] for name in before} | {"month": total})
    segments, counts = market.segments, market.developers.counts
    typical = {name: sorted(row[name] for row in rows)[len(rows) // 2] for name in rows[0]}
    return {
        "seconds": typical,
        "developers": developers,
        "decisions": float(segments.hazard @ counts[:, 1:].sum(axis=1) + segments.start @ counts[:, 0]),
        "options": 1 + int(market.lines.live.sum()),
        "labs": len(market.labs),
        "startups": int(market.startups.alive.sum()),
        "researchers": len(market.researchers),
        "peak_bytes": peak_bytes(),
    }


def run(developers: int, months: int, runs: int = 1) -> dict[str, Any]:
    """Whole runs one after the other: seconds of the processor and of the clock, and by mechanism in the last.

    And seconds of a NumPy call on forty numbers, after each run.
    """
    cpu, wall, call, few = [], [], [], np.zeros(40)
    for seed in range(runs):
        start, clock = time.process_time(), _wall()
        market = sim.Market(rng=seed, developers=developers)
        market.run(months)
        cpu.append(time.process_time() - start)
        wall.append(_wall() - clock)
        start = time.process_time()
        for _ in range(CALLS):
            np.add(few, few, out=few)
        call.append((time.process_time() - start) / CALLS)
    return {"cpu": cpu, "wall": wall, "call": call, "seconds": market.seconds, "peak_bytes": peak_bytes()}


def peak(developers: int, months: int) -> dict[str, Any]:
    """Largest memory of a run, and its population."""
    start = _wall()
    market = sim.Market(rng=1, developers=developers)
    market.run(months)
    people = market.developers
    return {
        "peak_bytes": peak_bytes(),
        "population_bytes": people.identity.nbytes + people.segment.nbytes + people.choice.nbytes,
        "wall": _wall() - start,
        "cpu": time.process_time(),
    }


def pair(developers: int, months: int, rounds: int = 5) -> dict[str, Any]:
    """A scenario beside its reference run, as a multiple of the baseline alone."""
    scenario = sim.Scenario.from_dict(
        {"name": "closed", "why": "A benchmark", "changes": {"2023-07": {"labs": {"Meta": "closed"}}}}
    )
    ratios = []
    for seed in range(rounds + 1):
        start = time.process_time()
        alone = sim.Market(rng=seed, developers=developers).run(months)
        middle = time.process_time()
        sim.Market(rng=seed, developers=developers, setup=scenario, reference=alone).run(months)
        if seed:
            ratios.append((time.process_time() - start) / (middle - start))
    return {"ratios": ratios}


def turns(developers: int, months: int) -> dict[str, Any]:
    """A run whenever a line of standard input says so, or, if it says ``loop``, an empty loop of Python."""
    for line in sys.stdin:
        if line.strip() == "loop":
            for _ in range(LOOP):
                pass
        else:
            sim.Market(rng=1, developers=developers).run(months)
        print(flush=True)
    return {}


def hot_run(developers: int, months: int, runs: int) -> dict[str, Any]:
    """Which functions and lines are at work in whole runs."""
    return sampled(lambda: [sim.Market(rng=seed, developers=developers).run(months) for seed in range(runs)])


def hot_choice(work: str, developers: int, months: int) -> dict[str, Any]:
    """Which lines are at work while developers choose, and nothing else happens."""
    from benchmarks.engines.common import Work
    from benchmarks.engines.core import Core

    core = Core(Work(work, developers), 1)
    return sampled(lambda: [core.step() for _ in range(months)])


TASKS = {task.__name__: task for task in (month, run, peak, pair, turns, hot_run, hot_choice)}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


if __name__ == "__main__":
    given = dict(part.split("=", 1) for part in sys.argv[2:])
    print(json.dumps(TASKS[sys.argv[1]](**{name: _value(text) for name, text in given.items()})))
