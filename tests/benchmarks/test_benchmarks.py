"""The benchmarks as a product: engines make the same choices or obey the same law, and rows say what they mean."""

from __future__ import annotations

import math
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import check, environments, harness, page, rows, work
from benchmarks.engines.common import Work
from benchmarks.sampling import sampled
from sim.numerics import draws

DEVELOPERS, MONTHS = 30_000, 3
RATIOS = {"researchers": 4.0, "startups": 4.0, "labs": 2.0}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("work") / "work.npz"
    np.savez(path, **work.capture())
    return path


def counts(module: str, tables: Path, **settings: str) -> list[int]:
    """Developers by option after some months, from an engine in a process of its own."""
    engine = harness.Engine(module, "weightshift", module, settings)
    # The interpreter of the tests, whatever environments there are.
    original, harness.python = harness.python, lambda name: sys.executable
    try:
        running = harness.Running(engine, DEVELOPERS, tables, {})
    finally:
        harness.python = original
    running.wait()
    answer = running.run(MONTHS)
    running.stop()
    assert running.end() == 0
    assert sum(answer["counts"]) == DEVELOPERS
    return answer["counts"]


def test_the_work_is_a_month_with_forty_options(tables: Path) -> None:
    task = Work(str(tables), DEVELOPERS)
    assert 40 <= task.options <= 50
    assert task.weights.dtype == np.float32
    assert task.weights.shape == (task.options, task.segments * task.groups)
    assert 0.02 < task.hazard < 0.2
    assert task.counts.sum() == DEVELOPERS
    assert task.own_segment.max() <= 1.0


def test_whole_arrays_obey_the_law_of_the_core(tables: Path) -> None:
    """Another stream of draws, another order of the loop, double precision: the same law."""
    core, plain = counts("core", tables), counts("numpy_plain", tables)
    assert core != plain
    assert harness.worst_z(core, plain) < 4.5


@pytest.mark.skipif(shutil.which("gcc") is None, reason="the C limit needs gcc")
def test_the_c_limit_chooses_what_the_core_chooses(tables: Path) -> None:
    core = counts("core", tables)
    assert counts("limit", tables) == core
    assert counts("limit", tables, WEIGHTSHIFT_WORKERS="2", OMP_NUM_THREADS="2") == core


def test_repeated_lines_and_labs_keep_the_shares_in_sum(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = Work(str(tables), 1000)
    monkeypatch.setenv("WORK_LINES", "2")
    monkeypatch.setenv("WORK_LABS", "3")
    more = Work(str(tables), 1000)
    assert more.options == 1 + 6 * (once.options - 1)
    assert more.labs == 3 * once.labs
    assert np.array_equal(more.weights.sum(axis=0) - more.weights[0] > 0, once.weights.sum(axis=0) > once.weights[0])
    for option in range(1, more.options):
        line, lab = int(more.option_of_row[option]), int(more.lab_of[option])
        assert once.lab_of[once.row_of_option[line]] == lab % once.labs


def test_an_engine_that_cannot_start_says_why_in_a_line(tables: Path) -> None:
    with pytest.raises(LookupError, match="No module named"):
        counts("no_such_engine", tables)


def test_worst_z_is_that_of_two_binomials() -> None:
    # Means 5050 and 4950 of 10,000: variance of the difference 2 · 5000 · ½ = 5000 at the pooled mean.
    assert harness.worst_z([5050, 4950], [4950, 5050]) == pytest.approx(100 / math.sqrt(5000))
    assert harness.worst_z([9, 9991], [0, 10_000]) == pytest.approx(9 / math.sqrt(2 * 9995.5 * 4.5 / 10_000))


@pytest.mark.parametrize(
    ("goal", "least", "met"), [(2.5, False, True), (2.4, False, False), (2.4, True, True), (None, False, None)]
)
def test_a_goal_is_met_from_its_own_side(goal: float | None, least: bool, met: bool | None) -> None:
    row = rows.Row("what", 2.45, 2.0, 3.0, goal=goal, least=least)
    assert row.met is met
    assert row.record()["met"] is met


def test_a_ratio_turned_round_swaps_its_ends() -> None:
    row = rows._ratio("what", {"median": 0.5, "low": 0.25, "high": 1.0}, invert=True)
    assert (row.value, row.low, row.high) == (2.0, 1.0, 4.0)


def test_growth_is_the_power_of_the_number() -> None:
    """Four times as many take eight and sixteen times as long: 3/2 and 2; what lies between does not count."""
    few, many = {"labs": 5, "seconds": {"month": 0.25}}, {"labs": 20, "seconds": {"month": 2.0}}
    slow = {**many, "seconds": {"month": 4.0}}
    assert rows.powers([[few, slow, many], [few, slow]], "month", "labs") == pytest.approx([1.5, 2.0])
    assert rows.typical([few, slow, many]) == {"labs": 20, "seconds": {"month": 2.0}}


def test_markets_that_are_compared_differ_in_what_is_said() -> None:
    """Twice the labs have twice the lines; startups that stand for a quarter are four times as many."""
    for what, ratio, (_, few, many) in ((what, ratio, rows.GROWTH[what]) for what, ratio in RATIOS.items()):
        small, large = rows.in_turn([{"developers": 100, "months": 1, **given} for given in (few, many)], 1)[0]
        assert large[what] / small[what] == pytest.approx(ratio, rel=0.05), what
        if what == "labs":
            assert large["options"] - 1 == pytest.approx(2 * (small["options"] - 1), abs=2)


def test_time_is_found_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """An action that does little but draw, and one that does nothing of weightshift's."""
    monkeypatch.setattr(draws, "_TWIN", [])
    agents = np.arange(500_000)

    def draw() -> None:
        end = time.process_time() + 0.4
        while time.process_time() < end:
            draws.uniform(1, "taste", 0, agents)

    seen = sampled(draw)
    assert seen["samples"] >= 20
    assert 0.5 < sum(seen["lines"].values()) <= 1.0 + 1e-9
    assert sum(seen["functions"].values()) == pytest.approx(sum(seen["lines"].values()))
    assert next(iter(seen["functions"])) in ("draws._absorb", "draws.uniform")
    assert all(line.startswith("numerics/draws.py:") for line in seen["lines"])
    elsewhere = sampled(lambda: sum(range(10_000_000)))
    assert not elsewhere["lines"]
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_profiles_become_a_table_and_a_sentence() -> None:
    profile = {
        "samples": 1000,
        "lines": {"race.py:1: a = b  # why": 0.5, "race.py:2: c": 0.25, "race.py:3: d": 0.009},
        "functions": {"race.run": 0.6},
    }
    result = {"details": {"adoption": {"profile": profile}, "small_runs": {"profile": profile}}}
    text = page.lines(result).splitlines()
    assert text[2:4] == ["| `a = b` (race.py) | 50% |", "| `c` (race.py) | 25% |"]
    assert text[4] == "| all other lines, none of them 1% | 25% |"
    assert "1,000 samples" in page.flat(result)
    assert "the hottest line has 50.0%, the ten hottest 76%" in page.flat(result)


def test_two_processes_take_turns() -> None:
    seconds = rows.alone_and_together(1)
    assert set(seconds) == {"run", "loop"}
    assert all(len(one) == len(two) == 1 and min(*one, *two) > 0.0 for one, two in seconds.values())


def test_the_table_marks_what_was_missed() -> None:
    missed = rows.Row("slow", 3.0, 2.9, 3.1, goal=2.5).record()
    fine = rows.Row("fast", 1234.5, 1000.0, 1500.0, "ns").record()
    text = page.table([missed, fine]).splitlines()
    assert text[2] == "| slow | 3 × | 2.9 to 3.1 | ≤ 2.5 | **missed** |"
    assert text[3] == "| fast | 1,234 ns | 1,000 to 1,500 |  |  |"
    assert page.line(missed).endswith("goal ≤ 2.5: missed")


@pytest.mark.parametrize(
    ("limit", "same", "code"), [(0.40, True, 0), (0.30, True, 0), (0.28, True, 1), (0.40, False, 1)]
)
def test_the_check_fails_on_lost_ground_and_on_other_choices(
    monkeypatch: pytest.MonkeyPatch, limit: float, same: bool, code: int
) -> None:
    def seen(ratio: float, counted: list[int]) -> dict:
        spread = {"median": ratio, "low": ratio, "high": ratio}
        return {"counts": counted, "ratio_to_core": spread}

    now = {"core": seen(1.0, [1, 2]), "limit": seen(limit, [1, 2] if same else [2, 1])}
    monkeypatch.setattr(check.harness, "race", lambda *given: now)
    before = {"details": {"adoption": {"1000000": {"limit": seen(0.40, [3, 4])}}}}
    assert check.main(before) == code


def test_rivals_are_no_dependency_of_ours() -> None:
    text = (environments.ROOT / "pyproject.toml").read_text("utf-8")
    for rival in ("mesa-frames", "starsim", "agentpy", "jax"):
        assert rival not in text
    ignored = (environments.ROOT / "benchmarks" / ".gitignore").read_text("utf-8").splitlines()
    assert f"/{environments.HOME.name}/" in ignored


def test_the_command_line_refuses_unknown_environments() -> None:
    command = [sys.executable, "-m", "benchmarks.environments", "netlogo"]
    answer = subprocess.run(command, cwd=environments.ROOT, capture_output=True, text=True)
    assert answer.returncode == 2
    assert "no environment named 'netlogo'" in answer.stderr


def test_a_race_without_engines_is_no_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """No rival needs to be installed; each that is not is named once."""
    monkeypatch.setattr(harness, "python", lambda name: None)
    harness._say.cache_clear()
    for _ in range(2):
        seen = harness.race(["jax", "numba"], 1000, 1, 1)
    assert [set(result) for result in seen.values()] == [{"title", "left_out"}] * 2
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert "JAX, jit, hashed draws is left out: no environment; python -m benchmarks.environments jax" in said[0]
