"""A finished run leaves nothing: not in the process that drives a study, nor in those that compute."""

from __future__ import annotations

import gc
import os
import weakref
from pathlib import Path

import pytest

import experiments as ex
import sim
from experiments.engine.executors import Local
from experiments.engine.work import Chunk, run, run_chunk
from experiments.questions.study import Study

PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> float:
    """Memory of this process [MB]."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def tiny(seeds: int | range, **more: object) -> Study:
    return Study.of("baseline", seeds=seeds, months=1, developers=100, measures=["frontier"], **more)


def chunk(study: Study, folder: Path) -> Chunk:
    return Chunk(study.shared(folder.resolve()), tuple(study.tasks(set(study.runs["key"]))))


def test_a_run_is_gone_when_it_ends_without_waiting_for_a_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    markets: list[weakref.ref] = []

    class Watched(sim.Market):
        def run(self, months: int) -> sim.Record:
            markets.extend(weakref.ref(item) for item in (self, self.labs, self.startups, self.lab_agents[0]))
            return super().run(months)

    monkeypatch.setattr(sim, "Market", Watched)
    work = chunk(tiny(1), tmp_path)
    gc.collect()
    gc.disable()
    try:
        record = run(work.shared, work.tasks[0], work.shared.baseline, None)
        assert [item() for item in markets] == [None] * 4
    finally:
        gc.enable()
    assert record.months == 1 and record.market["frontier"].shape == (2,)


def test_a_run_that_fails_is_gone_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    markets: list[weakref.ref] = []

    def fail(market: sim.Market, months: int) -> sim.Record:
        markets.append(weakref.ref(market))
        raise FloatingPointError("burned down")

    monkeypatch.setattr(sim.Market, "run", fail)
    shard = run_chunk(chunk(tiny(3), tmp_path))
    assert len(shard.failed) == 3
    gc.collect()
    assert [item() for item in markets] == [None] * 3


@pytest.mark.slow
def test_five_thousand_runs_are_flat_in_the_driver(tmp_path: Path) -> None:
    def some(seeds: range) -> float:
        ex.ensemble(
            "baseline", seeds=seeds, months=1, developers=100, measures=["frontier"], workers=1, outputs=tmp_path,
            progress=False,
        )  # fmt: skip
        return resident()

    some(range(250))
    before = some(range(250, 500))
    after = some(range(500, 5500))
    assert after - before < 25.0  # of it 5 for the list of runs; kept markets would be 1,700


@pytest.mark.slow
def test_five_thousand_runs_are_flat_in_a_worker(tmp_path: Path) -> None:
    executor = Local(workers=2).start(tmp_path / "scratch")
    try:
        sizes = []
        for start in range(0, 5000, 250):
            works = [chunk(tiny(range(first, first + 125)), tmp_path) for first in (start, start + 125)]
            for future in [executor.submit(run_chunk, work) for work in works]:
                assert len(future.result().keys) == 125
            sizes.append(max(future.result() for future in [executor.submit(resident) for _ in range(2)]))
    finally:
        executor.shutdown()
    assert max(sizes[-3:]) - min(sizes[1:4]) < 10.0
