"""What may happen to a study while it runs, and to its store afterwards: nothing is lost and no number is wrong."""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import pickle
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments import run
from experiments.engine.driver import Driver
from experiments.engine.ensemble import missing_chunks, plan, run_study
from experiments.engine.executors import Local
from experiments.engine.progress import Progress
from experiments.engine.work import run_chunk
from experiments.questions import fingerprint
from experiments.questions.designs import Points
from experiments.questions.measures import TABLES
from experiments.questions.settings import ExperimentError
from experiments.questions.study import Study
from experiments.results import store
from experiments.results.files import whole_folder, write_atomically
from experiments.results.results import Results
from experiments.results.store.index import ASIDE

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DRIVER = HERE / "study_in_a_process.py"
SCENARIOS = ["baseline", "no_open_weights"]
SEEDS = 12
SIZE: dict[str, Any] = {"months": 2, "developers": 100}
ASKED: dict[str, Any] = {"scenarios": SCENARIOS, "seeds": SEEDS, "name": "study", **SIZE}
# The same on the command line.
WORDS = [f"scenario={SCENARIOS[1]}", f"seeds={SEEDS}", "name=study", "months=2", "developers=100", "figures=false"]
PATIENCE_SECONDS = 400.0

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see other processes")
needs_prlimit = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit")


def local(workers: int = 1, chunk: int | None = 1) -> dict[str, Any]:
    """An executor as settings."""
    return {"kind": "local", "workers": workers, "chunk": chunk, "deadline": None}


def study(outputs: Path, executor: dict[str, Any] | None = None, **changes: Any) -> Results:
    """The study of this file, in this process or from it."""
    return ex.ensemble(**(ASKED | changes), executor=executor or local(), outputs=outputs, progress=False)


@dataclass
class Whole:
    """The study as it is without any trouble, and how long it took."""

    results: Results
    folder: Path
    seconds: float


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    outputs = tmp_path_factory.mktemp("whole")
    start = time.monotonic()
    results = study(outputs)
    return Whole(results, outputs, time.monotonic() - start)


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    return tmp_path / "outputs"


def assert_same(results: Results, expected: Results) -> None:
    """Every run is there, and every number is the same to the bit."""
    assert (results.missing, results.failures) == (0, [])
    for table in TABLES:
        assert_equal_bits(getattr(results, table), getattr(expected, table))


def assert_equal_bits(frame: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    for name in expected.select_dtypes("number"):
        assert frame[name].to_numpy().tobytes() == expected[name].to_numpy().tobytes(), name


def shards(outputs: Path) -> dict[str, tuple[int, int]]:
    """The shards of a store, each with what tells whether it was written again."""
    found = {}
    for path in (outputs / store.FOLDER).glob("[!.]*.parquet"):
        with contextlib.suppress(FileNotFoundError):
            about = path.stat()
            found[path.name] = (about.st_ino, about.st_mtime_ns)
    return found


def assert_whole_shards(outputs: Path) -> None:
    for name in shards(outputs):
        assert store.damaged(outputs / store.FOLDER / name) is False, name


def assert_kept(before: dict[str, tuple[int, int]], outputs: Path) -> None:
    """None of these shards was written again."""
    after = shards(outputs)
    assert {name: after.get(name) for name in before} == before


def leftovers(outputs: Path) -> list[str]:
    """Files of the machinery that are there but not finished: temporary ones, probes, scratch folders."""
    return sorted(str(path.relative_to(outputs)) for path in outputs.rglob(".*") if path.name != store.FOLDER)


def wait_until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.005)


# Processes


@dataclass
class Started:
    """A process in a session of its own, so that all it starts can be found."""

    process: subprocess.Popen[str]
    importing: float = 0.0

    @property
    def pids(self) -> list[int]:
        """It and all it started, as far as they live."""
        return [pid for pid, parts in _processes() if parts[3] == str(self.process.pid)]

    def kill_all(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Every living process: its number, then state, parent, group, session, …."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parts = (path / "stat").read_text().rpartition(")")[2].split()
            if parts[0] not in "ZX":
                yield int(path.name), parts


def workers_of(pid: int) -> list[int]:
    """The worker processes that a process has started."""
    found = []
    for child, parts in _processes():
        with contextlib.suppress(OSError):
            if parts[1] == str(pid) and b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Starts Python in a new session; whatever is left of it at the end of the test is killed."""
    running = []

    def begin(*words: str, folder: Path | None = None) -> Started:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=folder, start_new_session=True,
        )  # fmt: skip
        running.append(Started(process))
        return running[-1]

    yield begin
    for item in running:
        item.kill_all()


@pytest.fixture
def driver(start: Callable[..., Started]) -> Callable[..., Started]:
    """Starts a study in a process and waits until it has imported everything; a line to it lets it go."""

    def begin(outputs: Path, executor: dict[str, Any], **changes: Any) -> Started:
        asked = {**ASKED, **changes, "executor": executor, "outputs": str(outputs)}
        clock = time.monotonic()
        started = start(str(DRIVER), json.dumps(asked))
        assert started.process.stdout is not None
        assert started.process.stdout.readline() == "ready\n"
        started.importing = time.monotonic() - clock
        return started

    return begin


def go(started: Started) -> None:
    assert started.process.stdin is not None
    started.process.stdin.write("\n")
    started.process.stdin.flush()


def wait_for_more(outputs: Path, started: Started) -> None:
    """Until there is a new shard, or the process has ended."""
    before = len(shards(outputs))
    wait_until(lambda: len(shards(outputs)) > before or started.process.poll() is not None, "a new shard is there")


def ended(started: Started) -> tuple[int, str, str]:
    """Exit code and what it said, once it has ended."""
    out, err = started.process.communicate(timeout=PATIENCE_SECONDS)
    return started.process.returncode, out, err


def assert_all_gone(started: Started) -> None:
    """No process outlives its driver for long."""
    wait_until(lambda: not started.pids, "all workers are gone", 20.0)


def error_lines(text: str) -> list[str]:
    """What was said on standard error, without the progress of a long study."""
    return [line for line in text.splitlines() if not re.fullmatch(r"\d+ of \d+ runs .*", line)]


def without_workers(words: list[str]) -> list[str]:
    """The same command in one process, which is faster where two are not the point."""
    return [word.replace("workers=2", "workers=1") for word in words]


# 1. The driver is killed


@needs_proc
@pytest.mark.parametrize(
    ("kills", "workers"),
    [(2, 1), (2, 2), pytest.param(20, 1, marks=pytest.mark.slow), pytest.param(20, 2, marks=pytest.mark.slow)],
)
def test_driver_killed_at_random_moments(
    tmp_path: Path, whole: Whole, driver: Callable[..., Started], kills: int, workers: int
) -> None:
    luck = random.Random(kills + workers)
    outputs, killed, finished = tmp_path / "0", 0, 0
    while killed < kills:
        started = driver(outputs, local(workers))
        # Workers import what the driver has imported; then a share of the study, so that the kills come all along it.
        longest = 2 * whole.seconds / min(kills, 10)
        go(started)
        if killed % 2:
            wait_for_more(outputs, started)
        elif workers > 1:
            longest += started.importing
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.process.wait(luck.uniform(0.0, longest))
        started.process.kill()
        code = started.process.wait(PATIENCE_SECONDS)
        assert_all_gone(started)
        assert_whole_shards(outputs)
        if code == 0:  # it was faster
            assert_same(ex.open(outputs / "study"), whole.results)
            finished += 1
            outputs = tmp_path / str(finished)
        else:
            assert code == -signal.SIGKILL
            killed += 1
    before = shards(outputs)
    assert_same(study(outputs), whole.results)
    assert_kept(before, outputs)


def test_what_a_killed_process_left_half_written_is_cleared_away(outputs: Path, whole: Whole) -> None:
    study(outputs, seeds=1)
    long_ago = time.time() - 30 * 86_400
    for name in (f"{store.FOLDER}/.tmp-killed.parquet", ".probe-killed", ".tmp-study-killed/runs.parquet"):
        (outputs / name).parent.mkdir(exist_ok=True)
        (outputs / name).write_bytes(b"half")
        os.utime(outputs / name, (long_ago, long_ago))
    os.utime(outputs / ".tmp-study-killed", (long_ago, long_ago))
    assert_same(study(outputs), whole.results)
    assert leftovers(outputs) == []


# 2. A worker is killed


@needs_proc
@pytest.mark.parametrize("moments", [(2,), pytest.param((1, 3, 5, 7), marks=pytest.mark.slow)])
def test_worker_killed_in_mid_study(outputs: Path, whole: Whole, moments: tuple[int, ...]) -> None:
    killed: list[int] = []

    def watch() -> None:
        for number in moments:
            wait_until(lambda number=number: len(shards(outputs)) >= number, "some shards are there")
            victims = [pid for pid in workers_of(os.getpid()) if pid not in killed]
            os.kill(victims[0], signal.SIGKILL)
            killed.append(victims[0])

    watching = threading.Thread(target=watch)
    watching.start()
    results = study(outputs, local(2))
    watching.join()
    assert len(killed) == len(moments)
    assert_same(results, whole.results)
    assert_same_shards_or_pieces(outputs, whole.folder)
    assert leftovers(outputs) == []


def assert_same_shards_or_pieces(outputs: Path, whole: Path) -> None:
    """What was hit twice is handed out again in pieces, each of which leaves a shard of its own."""
    found, expected = ({name: keys_of(folder, name) for name in shards(folder)} for folder in (outputs, whole))
    for name in found.keys() - expected.keys():
        assert any(found[name] < keys for keys in expected.values()), name
    assert set().union(*found.values()) == set().union(*expected.values())


def keys_of(outputs: Path, name: str) -> set[str]:
    """The runs that are in a shard."""
    shard = store.describe(outputs / store.FOLDER / name)
    assert shard is not None
    return set(shard.keys)


@needs_proc
@pytest.mark.slow
def test_workers_killed_at_random_moments_twenty_times(tmp_path: Path) -> None:
    luck, killed, over = random.Random(20), [], threading.Event()
    asked = Study.of(SCENARIOS, seeds=60, **SIZE)

    def watch() -> None:
        while len(killed) < 20 and not over.wait(luck.uniform(0.0, 2.0)):
            victims = [pid for pid in workers_of(os.getpid()) if pid not in killed]
            if victims:
                killed.append(luck.choice(victims))
                os.kill(killed[-1], signal.SIGKILL)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    results = run_study(asked, tmp_path / "killed", Local(chunk=1, workers=2), progress=False)
    while results.failures or len(killed) < 20:
        # A run that was hit twice is a failure, and is tried again; and the kills go on with other seeds.
        if not results.failures:
            asked = asked.with_seeds(tuple(range(len(asked.seeds) + 60)))
        results = run_study(asked, tmp_path / "killed", Local(chunk=1, workers=2), progress=False)
    over.set()
    watching.join()
    assert len(killed) == 20
    assert_same(results, run_study(asked, tmp_path / "whole", Local(workers=1), progress=False))
    assert leftovers(tmp_path / "killed") == []


def test_a_worker_that_is_told_to_end_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "slow_writer.py").write_text(
        "import time\n\ndef write(path):\n    path.write_text('half')\n    time.sleep(600)\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "code")
    write = importlib.import_module("slow_writer").write
    target = tmp_path / "outputs" / "shard.parquet"
    target.parent.mkdir()
    executor = Local(workers=2).start(tmp_path)
    future = executor.submit(write_atomically, target, write)
    wait_until(lambda: any(path.stat().st_size for path in target.parent.iterdir()), "it has begun to write")
    executor.shutdown(wait=True, cancel_futures=True)
    assert future.exception() is not None
    assert list(target.parent.iterdir()) == []


class Deadly(dict):
    """Kills the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return signal.raise_signal, (signal.SIGKILL,)


class WithDeadlyPoint(Points):
    """Points of which one kills every worker that gets it."""

    deadly = 2

    def changes(self, point: int) -> dict[str, Any]:
        changes = super().changes(point)
        return Deadly(changes) if point == self.deadly else changes


@pytest.mark.parametrize(
    ("scenarios", "chunk"), [(["baseline"], 1), pytest.param(SCENARIOS, 3, marks=pytest.mark.slow)]
)
def test_a_run_that_always_kills_its_worker_is_a_record(
    outputs: Path, start: Callable[..., Started], scenarios: list[str], chunk: int
) -> None:
    table = pd.DataFrame({"talent.mobility": [0.01, 0.015, 0.02, 0.025, 0.03, 0.035]})
    asked = Study.of(scenarios, seeds=1, design=table, **SIZE)
    deadly = replace(asked, points=WithDeadlyPoint(asked.points.frame))
    results = run_study(deadly, outputs, Local(chunk=chunk, workers=2), progress=False)
    assert [(report["scenario"], report["point"]) for report in results.failures] == [(name, 2) for name in scenarios]
    assert results.missing == 0
    assert len(results.runs) == 5 * len(scenarios)
    for report in results.failures:
        assert "its worker was lost" in report["error"]
        assert report["parameters_changed"] == {"talent.mobility": 0.02}
        assert report["command"].startswith("python -m experiments.run ")
    before = shards(outputs)
    again = run_study(asked, outputs, Local(chunk=chunk, workers=1), progress=False)
    assert_same(again, run_study(asked, outputs / "other", Local(workers=1), progress=False))
    assert_kept(before, outputs)
    if len(scenarios) > 1:
        code, _, said = ended(start(*shlex.split(results.failures[0]["command"])[1:], folder=outputs))
        assert (code, "error" in said) == (0, False)  # a slow machine tells how far it is


# 3. The disk is full


@needs_proc
@needs_prlimit
def test_no_room_in_mid_study(
    outputs: Path, whole: Whole, start: Callable[..., Started], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*WORDS, "executor.workers=2", "executor.chunk=1", f"outputs={outputs}"]
    started = start("-m", "experiments.run", *words)
    wait_until(lambda: len(shards(outputs)) >= 3, "three shards are there")
    for pid in started.pids:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (10_000, 10_000))
    code, out, said = ended(started)
    assert (code, out) == (1, "")
    (line,) = error_lines(said)
    full = f"error: outputs={outputs} is not allowed; allowed: a folder that can be written (File too large)"
    assert line.startswith(full)
    assert_all_gone(started)
    before = shards(outputs)
    assert 3 <= len(before) < SEEDS
    assert_whole_shards(outputs)
    assert leftovers(outputs) == []
    assert run.main(without_workers(words)) == 0
    assert capsys.readouterr().err == ""
    assert_kept(before, outputs)
    assert_same(ex.open(outputs / "study"), whole.results)


def test_no_room_from_the_start(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
    try:
        assert run.main([*WORDS, "executor.workers=1", f"outputs={outputs}"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line == f"error: outputs={outputs} is not allowed; allowed: a folder that can be written (File too large)"
    assert not outputs.exists()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)) != 0:
        pytest.skip("needs to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*words: str) -> int:
    try:
        return subprocess.run(["mount", *words], capture_output=True).returncode
    except OSError:
        return 1


# What is written before the first shard is small; a probe needs a quarter of a megabyte; shards are 28 kB each.
ROOM = [290_000, *(pytest.param(room, marks=pytest.mark.slow) for room in range(200_000, 440_000, 10_000))]


@pytest.mark.parametrize("room", ROOM)
def test_full_disk(disk: Path, whole: Whole, capsys: pytest.CaptureFixture[str], room: int) -> None:
    space = os.statvfs(disk)
    (disk / "ballast").write_bytes(b"\0" * (space.f_bavail * space.f_frsize - room))
    outputs = disk / "outputs"
    words = [*WORDS, "executor.workers=1", "executor.chunk=1", f"outputs={outputs}"]
    code = run.main(words)
    captured = capsys.readouterr()
    before = shards(outputs)
    if code == 0:  # there was just enough
        assert room > 350_000
    else:
        assert code == (1 if (outputs / "study").exists() else 2)
        (line,) = error_lines(captured.err)
        assert re.match(r"error: outputs=\S+ is not allowed; allowed: .* \(No space left on device\)", line)
        assert captured.out == ""
        assert len(before) < SEEDS or room > 330_000
        assert before or room < 280_000
    assert_whole_shards(outputs)
    assert leftovers(outputs) == []
    (disk / "ballast").unlink()
    assert run.main(words) == 0
    assert capsys.readouterr().err == ""
    assert_kept(before, outputs)
    assert_same(ex.open(outputs / "study"), whole.results)
    assert leftovers(outputs) == []


# 4. A folder that cannot be written


def _forbidden(folder: Path, kind: str) -> Path:
    """A place for outputs where nothing can be written."""
    match kind:
        case "a file":
            (folder / "outputs").write_text("in the way")
        case "below a file":
            (folder / "outputs").write_text("in the way")
            return folder / "outputs" / "deep"
        case "a file in place of the store":
            (folder / "outputs").mkdir()
            (folder / "outputs" / store.FOLDER).write_text("in the way")
        case "a device":
            return Path("/dev/null")
        case "no real disk":
            return Path("/proc/weightshift")
        case "read-only disk":
            return folder / "disk" / "outputs"
    return folder / "outputs"


@pytest.mark.parametrize(
    "kind", ["a file", "below a file", "a file in place of the store", "a device", "no real disk", "read-only disk"]
)
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if kind == "read-only disk":
        _make_read_only(request.getfixturevalue("disk"))
    outputs = _forbidden(tmp_path, kind)
    before = sorted(tmp_path.rglob("*"))
    for workers in (1, 2):
        assert run.main([*WORDS, f"executor.workers={workers}", f"outputs={outputs}"]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        (line,) = captured.err.splitlines()
        assert line.startswith("error: ")
        assert str(outputs) in line
    with pytest.raises(ExperimentError) as caught:
        study(outputs)
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def _make_read_only(folder: Path) -> None:
    assert _mount("-o", "remount,ro", str(folder)) == 0


def test_a_finished_study_opens_on_a_read_only_disk(disk: Path, whole: Whole) -> None:
    shutil.copytree(whole.folder, disk / "outputs")
    (disk / "outputs" / store.FOLDER / "index.json").unlink()
    _make_read_only(disk)
    assert_same(ex.open(disk / "outputs" / "study"), whole.results)


# 5. The clock jumps


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_clock_that_jumps(outputs: Path, whole: Whole, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    luck, real, executor = random.Random(5), time.time, local(workers) | {"deadline": 1e5}
    monkeypatch.setattr(time, "time", lambda: real() + luck.uniform(-1e9, 1e9))
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * time.time()))
    study(outputs, executor, seeds=7)
    for name in shards(outputs):
        date = luck.choice([0.0, 1.0, 4e9, real()])
        os.utime(outputs / store.FOLDER / name, (date, date))
    before = shards(outputs)
    assert len(before) == 7
    assert_same(study(outputs, executor), whole.results)
    assert_kept(before, outputs)


# 6. Two drivers


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_two_drivers_of_one_study(outputs: Path, whole: Whole, driver: Callable[..., Started], workers: int) -> None:
    both = [driver(outputs, local(workers)) for _ in range(2)]
    for started in both:
        go(started)
    for started in both:
        code, _, said = ended(started)
        assert (code, said) == (0, "")
    assert_whole_shards(outputs)
    assert shards(outputs).keys() == shards(whole.folder).keys()
    assert leftovers(outputs) == []
    assert_same(ex.open(outputs / "study"), whole.results)


@pytest.mark.slow
def test_two_drivers_share_the_work(outputs: Path, driver: Callable[..., Started]) -> None:
    seeds = 300
    both = [driver(outputs, local(), seeds=seeds, scenarios="baseline") for _ in range(2)]
    for started in both:
        go(started)
    lived = []
    for started in both:
        code, out, said = ended(started)
        assert (code, said) == (0, "")
        lived.append(int(out))
    assert len(shards(outputs)) == seeds
    assert min(lived) > seeds / 4
    assert seeds <= sum(lived) < 1.6 * seeds


def test_two_may_begin_the_same_folder_at_once(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    number = 4

    def begin(folders: Iterable[Path], together: threading.Barrier) -> None:
        for folder in folders:
            together.wait()
            try:
                with whole_folder(folder) as temporary:
                    (temporary / "study.json").write_text("{}")
                    together.wait()
            except BaseException as error:
                errors.append(error)

    folders, together = [tmp_path / str(place) for place in range(50)], threading.Barrier(number)
    threads = [threading.Thread(target=begin, args=(folders, together)) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(folder.name for folder in folders)


# 7. However the work is cut and ordered


@pytest.mark.parametrize("chunk", [1, 2, 5, 100, None])
def test_chunks_of_any_size_give_the_same_bits(outputs: Path, whole: Whole, chunk: int | None) -> None:
    seeds = 5
    results = study(outputs, local(chunk=chunk), seeds=seeds)
    if chunk is not None:
        assert len(shards(outputs)) == -(-seeds // chunk)
    assert_same(results, whole.results.select(seed=range(seeds)))


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "chunk"), [(2, 1), (2, 5), (3, 1), (3, 2), (3, 100)])
def test_processes_give_the_same_bits(outputs: Path, whole: Whole, workers: int, chunk: int) -> None:
    assert_same(study(outputs, local(workers, chunk)), whole.results)


def test_order_does_not_matter(outputs: Path, whole: Whole) -> None:
    seeds = [4, 0, 3, 1]
    results = study(outputs, local(chunk=3), scenarios=SCENARIOS[::-1], seeds=seeds)
    assert results.scenarios == tuple(SCENARIOS[::-1])
    assert results.seeds == tuple(seeds)
    for scenario in SCENARIOS:
        for seed in seeds:
            for table in TABLES:
                one = results.load(table, scenario=scenario, seed=seed)
                assert_equal_bits(one, whole.results.load(table, scenario=scenario, seed=seed))


# 8. What is finished is kept


@pytest.fixture
def lived(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds of all runs that are lived through in this process."""
    seen: list[int] = []
    run = sim.Market.run

    def counted(market: sim.Market, months: int) -> sim.Record:
        seen.append(market.seed)
        return run(market, months)

    monkeypatch.setattr(sim.Market, "run", counted)
    return seen


def test_finished_shards_are_kept_and_not_computed_again(outputs: Path, whole: Whole, lived: list[int]) -> None:
    study(outputs, seeds=8)
    lost = sorted(shards(outputs))[:2]
    for name in lost:
        (outputs / store.FOLDER / name).unlink()
    before = shards(outputs)
    lived.clear()
    assert_same(study(outputs), whole.results)
    assert_kept(before, outputs)
    missing = SEEDS - len(before)
    assert len(lived) == len(SCENARIOS) * missing
    assert len(set(lived)) == missing
    assert len(shards(outputs).keys() - before.keys()) == missing
    assert set(lost) <= shards(outputs).keys()
    lived.clear()
    everything = shards(outputs)
    assert_same(study(outputs), whole.results)
    assert lived == []
    assert shards(outputs) == everything


# 9. Many points


@pytest.mark.parametrize("points", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_design_of_many_points(outputs: Path, points: int) -> None:
    design = {
        "kind": "latin_hypercube",
        "points": points,
        "params": {"talent.mobility": [0.01, 0.05], "finance.elasticity": [0.5, 1.5]},
    }
    asked: dict[str, Any] = {"months": 1, "developers": 100, "seeds": 1, "design": design, "measures": ["frontier"]}
    made = ex.ensemble("baseline", **asked, outputs=outputs, workers=1, name="many", progress=False)
    assert (len(made.runs), made.missing, made.failures) == (points, 0, [])
    assert len(shards(outputs)) <= max(5, points / 100)
    clock = time.process_time()
    opened = ex.open(outputs / "many")
    some = opened.load(columns="frontier", point=[0, points // 2, points - 1], month=1)
    assert time.process_time() - clock < 15.0
    assert some["point"].tolist() == [0, points // 2, points - 1]
    assert some["month"].unique().tolist() == [1]
    everything = opened.load(columns="frontier")
    assert len(everything) == 2 * points
    assert everything["frontier"].notna().all()
    pd.testing.assert_frame_equal(everything, made.market, check_exact=True)
    last = opened.points.iloc[points - 1]
    alone = sim.Market(sim.Parameters().with_(**last.to_dict()), rng=0, developers=100).run(months=1)
    assert some["frontier"].iloc[2] == alone.market["frontier"][1]


# 10. Bytes that changed

FLIPS = [100, pytest.param(1000, marks=pytest.mark.slow)]
SMALL: dict[str, Any] = {"months": 1, "developers": 100, "seeds": 2, "measures": ["frontier"]}


@dataclass
class Damageable:
    """A small finished study, whose store can be put back as it was."""

    outputs: Path
    chunk: int
    market: pd.DataFrame

    def __post_init__(self) -> None:
        self.store = self.outputs / store.FOLDER
        self.contents = {path.name: path.read_bytes() for path in self.store.iterdir()}
        self.names = sorted(name for name in self.contents if name.endswith(".parquet"))

    def restore(self) -> None:
        for path in self.store.iterdir():
            if path.name not in self.contents:
                path.unlink()
        for name, data in self.contents.items():
            (self.store / name).write_bytes(data)

    def again(self) -> Results:
        """The study once more."""
        return small_study(self.outputs, self.chunk)

    def assert_never_wrong(self) -> str:
        """Open it and load all there is: the right rows, the word that some are missing, or a refusal."""
        try:
            results = ex.open(self.outputs / "study")
            frame = results.load()
        except store.StoreError as error:
            assert "\n" not in str(error)
            return "refused"
        assert len(results.runs) + results.missing == SMALL["seeds"]
        assert results.failures == []
        rows = self.market["seed"].isin(results.runs["seed"])
        expected = self.market[rows].reset_index(drop=True)
        assert len(frame) == len(expected)
        if len(expected):
            assert_equal_bits(frame, expected)
        return "missing" if results.missing else "right"


def small_study(outputs: Path, chunk: int) -> Results:
    return ex.ensemble("baseline", **SMALL, executor=local(chunk=chunk), outputs=outputs, name="study", progress=False)


@pytest.fixture(params=[2, 1], ids=["one shard", "two shards"])
def damageable(request: pytest.FixtureRequest, tmp_path: Path) -> Damageable:
    results = small_study(tmp_path, request.param)
    return Damageable(tmp_path, request.param, results.market)


def places(length: int, number: int) -> list[int]:
    """Places spread over a file, its ends among them."""
    return sorted({0, 1, length - 1, length - 4, length - 5, *np.linspace(0, length - 1, number).astype(int).tolist()})


@pytest.mark.parametrize("flips", FLIPS)
def test_a_flipped_byte_never_makes_a_wrong_number(damageable: Damageable, flips: int) -> None:
    luck = random.Random(10)
    names, seen = damageable.names, []
    for number, place in enumerate(places(len(damageable.contents[names[0]]), flips // len(names))):
        for name in names:
            data = bytearray(damageable.contents[name])
            place = min(place, len(data) - 1)
            data[place] ^= luck.randrange(1, 256)
            (damageable.store / name).write_bytes(data)
            if number % 2:  # with and without the index, which spares looking at shards
                (damageable.store / "index.json").unlink(missing_ok=True)
            seen.append(damageable.assert_never_wrong())
            damageable.restore()
    assert len(seen) >= flips
    assert "right" not in seen
    assert {"refused", "missing"} <= set(seen)
    assert damageable.assert_never_wrong() == "right"


def test_damaged_shards_are_computed_anew(damageable: Damageable) -> None:
    name = damageable.names[0]
    for number, place in enumerate(places(len(damageable.contents[name]), 7)):
        data = bytearray(damageable.contents[name])
        data[place] ^= 0xFF
        (damageable.store / name).write_bytes(data)
        if number % 2:
            (damageable.store / "index.json").unlink(missing_ok=True)
        results = damageable.again()
        assert (results.missing, results.failures) == (0, [])
        assert_equal_bits(results.market, damageable.market)
        assert_whole_shards(damageable.outputs)
        assert damageable.assert_never_wrong() == "right"
        aside = list(damageable.store.glob("*" + ASIDE))
        assert [path.read_bytes() for path in aside] in ([], [bytes(data)])
        assert aside or number % 2  # what could still be read as a shard is set aside
        damageable.restore()


def test_a_shard_cut_short(damageable: Damageable) -> None:
    for name in damageable.names:
        data = damageable.contents[name]
        ends = {0, 1, 3, 4, 5, 8, 11, 12, *(len(data) - less for less in (9, 8, 7, 5, 4, 1))}
        for length in sorted({*ends, *np.linspace(0, len(data) - 1, 50).astype(int).tolist()}):
            (damageable.store / name).write_bytes(data[:length])
            assert damageable.assert_never_wrong() == "missing"
        assert_equal_bits(damageable.again().market, damageable.market)
        assert_whole_shards(damageable.outputs)
        assert damageable.assert_never_wrong() == "right"


def test_a_shard_in_place_of_another(tmp_path: Path) -> None:
    market = small_study(tmp_path, 1).market
    damaged = Damageable(tmp_path, 1, market)
    first, second = damaged.names
    (damaged.store / first).write_bytes(damaged.contents[second])
    for index in (True, False):
        if not index:
            (damaged.store / "index.json").unlink()
        assert damaged.assert_never_wrong() in ("refused", "missing")
    assert_equal_bits(damaged.again().market, market)
    assert_whole_shards(tmp_path)


@pytest.mark.parametrize("index", [True, False])
def test_a_shard_under_another_name(damageable: Damageable, index: bool) -> None:
    name = damageable.names[0]
    renamed = f"{name[:20]}{'0' * 61}.parquet"
    (damageable.store / name).rename(damageable.store / renamed)
    if not index:
        (damageable.store / "index.json").unlink()
    assert damageable.assert_never_wrong() == "refused"
    assert_equal_bits(damageable.again().market, damageable.market)
    assert damageable.assert_never_wrong() == "right"
    assert_whole_shards(damageable.outputs)
    assert (damageable.store / (renamed + ASIDE)).exists()


@pytest.mark.parametrize("flips", FLIPS)
def test_a_corrupted_index_does_no_harm(damageable: Damageable, flips: int) -> None:
    luck = random.Random(11)
    path = damageable.store / "index.json"
    good = damageable.contents["index.json"]
    for place in places(len(good), flips):
        data = bytearray(good)
        data[place] ^= luck.randrange(1, 256)
        path.write_bytes(data)
        assert damageable.assert_never_wrong() == "right"
        assert _rows(path.read_bytes()) == _rows(good)


def _rows(index: bytes) -> Any:
    return json.loads(index.splitlines()[1])


def test_a_damaged_record_of_a_failure_does_not_stay(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _fail_for(patch, 1, "first")
        study(outputs, seeds=2, scenarios="baseline")
    (record,) = [name for name in shards(outputs) if _describe(outputs, name).failed]
    path = outputs / store.FOLDER / record
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with monkeypatch.context() as patch:
        _fail_for(patch, 1, "second")
        results = study(outputs, seeds=2, scenarios="baseline")
    assert [report["error"] for report in results.failures] == ["FloatingPointError: second"]
    assert len(ex.open(outputs / "study").failures) == 1


def _describe(outputs: Path, name: str) -> store.Shard:
    shard = store.describe(outputs / store.FOLDER / name)
    assert shard is not None
    return shard


# 11. Nothing is unpickled

UNSAFE = {"pickle", "_pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "copyreg"}
UNSAFE_CALLS = {"read_pickle", "eval", "exec", "deserialize", "deserialize_pandas", "unsafe_load", "full_load"}
READERS = ("results", "questions/measures.py")


def _sources() -> list[Path]:
    with resources.as_file(resources.files("experiments")) as folder:
        return [path for name in READERS for path in (sorted((folder / name).rglob("*.py")) or [folder / name])]


@pytest.mark.parametrize("path", _sources(), ids=lambda path: path.stem)
def test_what_reads_the_store_cannot_unpickle(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [item.name for item in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert not {name.partition(".")[0] for name in names} & UNSAFE
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            assert called not in UNSAFE_CALLS
            assert "allow_pickle" not in [word.arg for word in node.keywords]


def test_opening_and_loading_unpickles_nothing(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was unpickled")

    for name in ("load", "loads", "Unpickler", "_Unpickler", "_load", "_loads"):
        monkeypatch.setattr(pickle, name, refuse)
    with pytest.raises(AssertionError):
        pickle.loads(pickle.dumps(1))
    assert_same(ex.open(whole.folder / "study"), whole.results)


# 13. Code that changed


def test_other_code_computes_anew(
    outputs: Path, whole: Whole, lived: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    study(outputs, seeds=3)
    before = shards(outputs)
    lived.clear()
    with monkeypatch.context() as patch:
        patch.setattr(fingerprint, "code_version", lambda: "f" * 16)
        results = study(outputs, seeds=3)
        assert len(lived) == 3 * len(SCENARIOS)
        assert results.provenance["code"] == "f" * 16
        assert_same(results, whole.results.select(seed=range(3)))
    assert len(shards(outputs)) == 2 * len(before)
    assert_kept(before, outputs)
    lived.clear()
    study(outputs, seeds=3)
    assert lived == []


def test_a_worker_with_other_code_is_refused(outputs: Path) -> None:
    asked, index = Study.of("baseline", seeds=3, **SIZE), store.Index(outputs / store.FOLDER)
    chunks = missing_chunks(asked, plan(asked, index), index, outputs, Local(chunk=1))
    old = [replace(chunk, shared=replace(chunk.shared, code="0" * 16)) for chunk in chunks]
    with pytest.raises(ExperimentError, match="a worker has code") as caught:
        run_chunk(old[0])
    assert "\n" not in str(caught.value)
    place = Local(workers=1)
    with (
        Progress(3, show=False) as bar,
        place.start(outputs) as executor,
        pytest.raises(ExperimentError, match="the same version of weightshift"),
    ):
        Driver(old, index, place, bar).run(executor)
    assert not outputs.exists()


@pytest.mark.slow
def test_workers_with_other_code_are_refused(
    outputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fingerprint, "code_version", lambda: "f" * 16)
    assert run.main([*WORDS, "executor.workers=2", "executor.chunk=1", f"outputs={outputs}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: a worker has code ")
    assert shards(outputs) == {}


# 14. Ctrl-C


@needs_proc
@pytest.mark.parametrize("moment", ["in mid-study", pytest.param("while workers start", marks=pytest.mark.slow)])
def test_interrupted(
    tmp_path: Path, whole: Whole, start: Callable[..., Started], capsys: pytest.CaptureFixture[str], moment: str
) -> None:
    for attempt in range(5):
        outputs = tmp_path / str(attempt)
        words = [*WORDS, "executor.workers=2", "executor.chunk=1", f"outputs={outputs}"]
        started = start("-m", "experiments.run", *words)
        if moment == "in mid-study":
            wait_until(lambda outputs=outputs: len(shards(outputs)) >= 3, "three shards are there")
        else:
            pid = started.process.pid
            wait_until(lambda pid=pid: workers_of(pid), "a worker is there")
            # The second is started when the first has got its work; both import for seconds.
            wait_until(lambda pid=pid: len(workers_of(pid)) == 2, "two workers are there")
            time.sleep(0.3)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.process.pid, signal.SIGINT)  # as a terminal does it, to all of them
        code, out, said = ended(started)
        if code != 0:
            break
        assert_same(ex.open(outputs / "study"), whole.results)  # it was faster, on a machine with much else to do
    assert (code, out) == (130, "")
    (line,) = error_lines(said)
    assert line == "error: interrupted; finished runs are kept, and the same command goes on from there"
    assert_all_gone(started)
    before = shards(outputs)
    assert len(before) >= 3 or moment != "in mid-study"
    assert len(before) < SEEDS + 2  # a worker may have put away half of a chunk
    assert_whole_shards(outputs)
    assert leftovers(outputs) == []
    assert run.main(without_workers(words)) == 0
    assert capsys.readouterr().err == ""
    assert_kept(before, outputs)
    assert_same(ex.open(outputs / "study"), whole.results)


# 15. A run that fails


def _fail_for(monkeypatch: pytest.MonkeyPatch, seed: int, text: str = "the market\nburned down") -> None:
    run = sim.Market.run

    def failing(market: sim.Market, months: int) -> sim.Record:
        if market.seed == seed:
            raise FloatingPointError(text)
        return run(market, months)

    monkeypatch.setattr(sim.Market, "run", failing)


@pytest.mark.parametrize(
    "scenarios",
    [
        SCENARIOS,
        pytest.param(
            ["baseline", sim.Scenario(name="mine", why="it's 'mine'", labs={"Meta": "closed"})], marks=pytest.mark.slow
        ),
    ],
    ids=["known", "own"],
)
def test_a_failed_run_is_a_record_that_can_be_tried(
    outputs: Path, start: Callable[..., Started], monkeypatch: pytest.MonkeyPatch, scenarios: list[Any]
) -> None:
    asked = {"scenarios": scenarios, "seeds": [3, 1, 2], "params": {"talent.mobility": 0.02}}
    with monkeypatch.context() as patch:
        _fail_for(patch, 1)
        results = study(outputs, local(chunk=2), **asked)
    names = [item if isinstance(item, str) else item.name for item in scenarios]
    assert [(report["scenario"], report["seed"]) for report in results.failures] == [(name, 1) for name in names]
    assert results.seeds == (3, 2)
    assert results.missing == 0
    for report in results.failures:
        assert report["error"] == "FloatingPointError: the market burned down"
        assert "Traceback" in report["traceback"]
        words = shlex.split(report["command"])
        assert words[0] == "python"
    (outputs / "elsewhere").mkdir()
    more = ["figures=false"] if words[1] == "-m" else []  # which take long, and are not the point
    code, _, said = ended(start(*words[1:], *more, folder=outputs / "elsewhere"))
    assert (code, "error" in said) == (0, False)  # a slow machine tells how far it is
    tried = store.Index(outputs / "elsewhere" / "outputs" / store.FOLDER)
    again = study(outputs, local(chunk=2), **asked)
    assert again.failures == []
    assert again.seeds == (3, 1, 2)
    # The command lives through the very run that failed: it is found under the same key.
    last = again.runs[(again.runs["scenario"] == names[-1]) & (again.runs["seed"] == 1)]
    assert tried.find(last["key"].item()) is not None


def test_without_the_baseline_its_seed_fails_in_every_scenario(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        _fail_for(patch, 1)
        results = study(outputs, seeds=2, scenarios=SCENARIOS[1])
    assert [(report["scenario"], report["seed"]) for report in results.failures] == [(SCENARIOS[1], 1)]
    opened = ex.open(outputs / "study")
    assert [report["error"] for report in opened.failures] == [report["error"] for report in results.failures]
    assert study(outputs, seeds=2, scenarios=SCENARIOS[1]).failures == []


THREADS = """
import contextlib, os, threading
def foreign():
    ours = {thread.native_id for thread in threading.enumerate()}
    named = {}
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(FileNotFoundError):  # it has ended by now
            named[int(task)] = open(f"/proc/self/task/{task}/comm").read().strip()
    # One allocator of Arrow cleans up in threads of its own, which know nothing of Python.
    return {task: name for task, name in named.items() if task not in ours and name != "jemalloc_bg_thd"}
import scipy.linalg
import experiments as ex
before = foreign()
results = ex.ensemble(["baseline", "no_open_weights"], seeds=2, months=3, developers=100, workers=1, name="s")
results.load("labs"), results.load("flows"), ex.open("outputs/s").load("market")
print([name for task, name in foreign().items() if task not in before])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads as Linux lists them")
def test_a_study_leaves_no_thread_that_may_abort_at_the_end(tmp_path: Path) -> None:
    given = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", THREADS]
    done = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"
