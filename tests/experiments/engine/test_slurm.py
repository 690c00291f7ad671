"""Chunks as jobs: with a queue that is made up, with processes of this machine, and with a real Slurm."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import yaml

import experiments as ex
from experiments.engine.executors import jobs, slurm
from experiments.engine.executors.jobs import JobExecutor, LostJob
from experiments.engine.executors.slurm import Slurm
from experiments.questions import fingerprint
from experiments.results import store
from experiments.results.results import Results

ROOT = Path(__file__).parents[3]
STUDY: dict[str, Any] = {"seeds": 2, "months": 3, "developers": 100, "progress": False}
FILE = ROOT / "experiments" / "conf" / "executor" / "slurm.yaml"


def settings(**changes: Any) -> dict[str, Any]:
    given = yaml.safe_load(FILE.read_text("utf-8"))
    return given | {"cluster": "local", "jobs": 3, "poll_seconds": 0.5, "chunk": 1, "deadline": 120} | changes


def assert_equal(one: Results, other: Results) -> None:
    for table in ("market", "labs", "flows"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)


def in_background(action: Callable[[], Any]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def wait_until(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


# --- settings


@pytest.mark.parametrize(
    "change",
    [
        {"cluster": "pbs"},
        {"jobs": 0},
        {"jobs": 1.5},
        {"minutes": -1},
        {"memory_gb": "4"},
        {"cpus": None},
        {"partition": "a b"},
        {"account": 7},
        {"array_size": 0},
        {"setup": "module load python"},
        {"setup": [1]},
        {"setup": ["true"]},  # with cluster=local
        {"poll_seconds": 0},
    ],
    ids=str,
)
def test_settings_that_are_not_allowed(tmp_path: Path, change: dict[str, Any]) -> None:
    (name,) = change
    with pytest.raises(ex.ExperimentError, match=rf"^executor\.{name}=.* is not allowed; allowed: ") as caught:
        ex.ensemble("baseline", executor=settings(**change), outputs=tmp_path, **STUDY)
    assert "\n" not in str(caught.value)


def test_defaults_are_those_of_the_file() -> None:
    given = yaml.safe_load(FILE.read_text("utf-8"))
    assert Slurm.checked(None, None, given) == Slurm() == Slurm.checked(None, None, {})


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "submitit", None)
        with pytest.raises(ex.ExperimentError, match=r"pip install 'weightshift\[cluster\]'"):
            Slurm().start(tmp_path)
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ex.ExperimentError, match="a machine that has sbatch, srun, squeue, scancel"):
        Slurm().start(tmp_path)


# --- a queue that is made up


class MadeUp(slurm._Placed):
    """Jobs stay until they are said to be gone."""

    def __init__(self, scratch: Path, place: Slurm) -> None:
        super().__init__(place, scratch)
        self.arrays: list[list[Any]] = []
        self.away: set[Any] = set()
        self.cancelled: set[Any] = set()
        self.refuses = ""

    room = slurm._SlurmQueue.room

    def put(self, jobs: Sequence[Any]) -> None:
        if self.refuses:
            raise RuntimeError(self.refuses)
        self.arrays.append(list(jobs))
        for number, job in enumerate(jobs):
            log = self._scratch / f"{len(self.arrays)}_{number}.err"
            job.handle = SimpleNamespace(job_id=f"{len(self.arrays)}_{number}", paths=SimpleNamespace(stderr=log))

    def gone(self, jobs: Iterable[Any]) -> list[Any]:
        return [job for job in jobs if job in self.away]

    def cancel(self, jobs: Iterable[Any]) -> None:
        self.cancelled |= set(jobs)
        self.away |= set(jobs)

    def _executor(self, folder: Path) -> Any:
        raise NotImplementedError


class Bench:
    """An executor on a queue that is made up, and a store beside it."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.store, self.scratch = folder / "store", folder / "scratch"
        self.queue = MadeUp(self.scratch, Slurm(**changes))
        self.executor = JobExecutor(self.queue, self.scratch, 0.05, 0.3)

    def submit(self, *names: str) -> list[Any]:
        futures = []
        for name in names:
            shared = SimpleNamespace(store=self.store)
            chunk = SimpleNamespace(shared=shared, id=store.chunk_of([name]))
            futures.append(self.executor.submit(self.write, chunk))
        return futures

    def write(self, name: str) -> store.Shard:
        failure = store.Failure(name, {}, "none", "none", "none")
        return store.write(self.store, store.chunk_of([name]), (), [failure])

    def out(self, number: int = 1) -> list[Any]:
        wait_until(lambda: len(self.queue.arrays) >= number, 10)
        return self.queue.arrays[number - 1]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(jobs, "_TICK_SECONDS", 0.02)
    monkeypatch.setattr(jobs, "_QUIET_SECONDS", 0.1)
    monkeypatch.setattr(jobs, "_END_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(jobs, "END_SECONDS", 0.1)
    made = Bench(tmp_path)
    yield made
    made.executor.shutdown(cancel_futures=True)


def test_a_shard_ends_a_job(bench: Bench) -> None:
    one, other = bench.submit("a", "b")
    assert len(bench.out()) == 2
    shard = bench.write("b")
    assert other.result(10) == shard
    assert not one.done()
    bench.executor.shutdown(cancel_futures=True)
    assert one.cancelled()
    assert [job.handle.job_id for job in bench.queue.cancelled] == ["1_0"]
    assert not bench.scratch.exists()
    with pytest.raises(RuntimeError):
        bench.submit("c")


def test_a_shard_from_before_does_not(bench: Bench) -> None:
    bench.write("a")
    (future,) = bench.submit("a")
    bench.out()
    time.sleep(0.3)
    assert not future.done()
    shard = bench.write("a")  # the same bytes again
    assert future.result(10) == shard


def test_a_job_that_leaves_the_queue_is_lost(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    (future,) = bench.submit("a")
    (job,) = bench.out()
    job.handle.paths.stderr.write_text("some\nkilled for a reason\nsrun: error: task 0: Killed\n\n")
    bench.queue.away.add(job)
    error = future.exception(10)
    assert isinstance(error, LostJob)
    assert not isinstance(error, ex.ExperimentError)
    assert "1_0 left the queue without a result: killed for a reason; see " in str(error)
    bench.executor.shutdown()
    assert f"1 job lost; its log is in {bench.scratch}" in caplog.text
    assert job.handle.paths.stderr.exists()


def test_a_shard_may_show_late(bench: Bench) -> None:
    bench.executor._grace_seconds = 30.0
    (future,) = bench.submit("a")
    bench.queue.away.update(bench.out())
    time.sleep(0.2)
    assert not future.done()
    shard = bench.write("a")
    assert future.result(10) == shard


def test_a_note_ends_the_study(bench: Bench) -> None:
    (future,) = bench.submit("a")
    (job,) = bench.out()

    def refuse(_: Any) -> None:
        raise ex.ExperimentError("the disk is full")

    handlers = [(number, signal.getsignal(number)) for number in jobs._SIGNALS]
    try:
        jobs.on_node(refuse, None, job.note)
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)
    with pytest.raises(ex.ExperimentError, match="the disk is full"):
        future.result(10)


@pytest.mark.parametrize("line", ["ModuleNotFoundError: No module named 'experiments'", "python: No module named sim"])
def test_nodes_without_our_code_end_the_study(bench: Bench, line: str) -> None:
    (future,) = bench.submit("a")
    (job,) = bench.out()
    job.handle.paths.stderr.write_text(line)
    bench.queue.away.add(job)
    with pytest.raises(ex.ExperimentError, match="allowed: the same environment on all nodes"):
        future.result(10)


def test_when_all_are_lost_the_study_ends(bench: Bench) -> None:
    futures = bench.submit(*(str(number) for number in range(jobs.HOPELESS)))
    bench.queue.away.update(bench.out())
    errors = [future.exception(10) for future in futures]
    (last,) = [error for error in errors if not isinstance(error, LostJob)]
    assert isinstance(last, ex.ExperimentError)
    assert "10 jobs were lost and none was finished" in str(last)


def test_a_refused_array_ends_the_study(bench: Bench) -> None:
    bench.queue.refuses = "invalid partition"
    (future,) = bench.submit("a")
    with pytest.raises(ex.ExperimentError, match="could not be submitted: RuntimeError: invalid partition"):
        future.result(10)


def test_a_queue_that_is_busy_is_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SUBMIT_PAUSE_SECONDS", 0.05)
    bench.submit("a")
    bench.out()
    bench.queue.refuses = "busy"
    (future,) = bench.submit("b")
    wait_until(lambda: bench.executor._tries >= 2, 10)
    bench.queue.refuses = ""
    bench.out(2)
    shard = bench.write("b")
    assert future.result(10) == shard


def test_what_nobody_waits_for_is_cancelled(bench: Bench) -> None:
    one, _ = bench.submit("a", "b")
    jobs = bench.out()
    one.cancel()
    wait_until(lambda: bench.queue.cancelled, 10)
    assert bench.queue.cancelled == {jobs[0]}


def test_arrays_follow_each_other(tmp_path: Path, bench: Bench) -> None:
    small = Bench(tmp_path / "small", array_size=3, jobs=1)
    small.submit(*"abcde")
    assert len(small.out()) == 3
    time.sleep(0.3)
    assert len(small.queue.arrays) == 1
    small.write("a"), small.write("b")
    assert len(small.out(2)) == 2
    small.executor.shutdown(cancel_futures=True)


def test_a_queue_that_does_not_answer_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    queue = slurm._SlurmQueue(Slurm(), tmp_path)
    job: Any = SimpleNamespace(handle=SimpleNamespace(job_id="1_0"))
    assert queue.gone([job]) == queue.gone([job]) == []
    assert caplog.text.count("squeue does not answer") == 1
    (tmp_path / "squeue").write_text("#!/bin/sh\necho 1_1\n")
    (tmp_path / "squeue").chmod(0o755)
    assert queue.gone([job]) == [job]


# --- processes of this machine


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are fresh interpreters; these find our packages even if nothing is installed."""
    pytest.importorskip("submitit")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the child of a process under /proc")
def test_job_killed_in_the_middle(tmp_path: Path, on_path: None, caplog: pytest.LogCaptureFixture) -> None:
    outputs, killed = tmp_path / "jobs", []

    def child() -> int | None:
        for log in outputs.glob(".executor-*/0/*_log.err"):
            pid = log.name.partition("_")[0]
            children = Path(f"/proc/{pid}/task/{pid}/children")
            if children.exists() and (found := children.read_text().split()):
                return int(found[0])
        return None

    def kill() -> None:
        if (pid := wait_until(child)) is not None:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = in_background(kill)
    jobs = ex.ensemble("baseline", executor=settings(), outputs=outputs, **STUDY)
    killer.join()
    assert len(killed) == 1
    assert jobs.failures == []
    assert "1 job lost" in caplog.text
    assert_equal(jobs, ex.ensemble("baseline", workers=1, outputs=tmp_path / "local", **STUDY))


# --- a real Slurm of one node; tests/experiments/slurm/install.sh installs what is needed

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=5
MpiDefault=none
MailProg=/bin/true
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000
PartitionName=main Nodes=node1 Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """munged, slurmctld and slurmd of our own, without accounting."""
    if any(shutil.which(name) is None for name in ("munged", "slurmctld", "slurmd", *slurm.COMMANDS)):
        pytest.fail("Slurm is not installed; as root: tests/experiments/slurm/install.sh")
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o600)
    ports = _free_ports(2)
    filled = CONFIGURATION.format(folder=folder, host=socket.gethostname(), user=getpass.getuser(), ports=ports)
    configuration = folder / "slurm.conf"
    configuration.write_text(filled)
    files = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "pid", "log", "seed")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(configuration))
        munged = _daemon(folder, "munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *files)
        assert wait_until((folder / "munge.socket").exists, 10), (folder / "munged.out").read_text()
        running = [
            munged,
            _daemon(folder, "slurmctld", "-D", "-i", "-f", str(configuration)),
            _daemon(folder, "slurmd", "-D", "-N", "node1", "-f", str(configuration)),
        ]
        try:
            assert wait_until(lambda: "idle" in _said("sinfo", "--noheader"), 30), _said("sinfo")
            yield
        finally:
            for process in reversed(running):
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _daemon(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    with (folder / f"{command[0]}.out").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(slurm.GRACE_SECONDS, "slurm", 3.0)


def real(**changes: Any) -> dict[str, Any]:
    return settings(cluster="slurm", jobs=2, minutes=5, memory_gb=1, poll_seconds=1, **changes)


@pytest.mark.slurm
def test_slurm_job_cancelled_in_the_middle(
    tmp_path: Path, cluster: None, on_path: None, quick: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Without accounting nobody tells that a job was cancelled; it is noticed, and done again."""
    cancelled = []

    def running() -> list[str]:
        return _said("squeue", "--noheader", "--array", "--states=R", "--format=%i").split()

    def cancel() -> None:
        found = wait_until(running)
        subprocess.run(["scancel", found[-1]], check=True)
        cancelled.append(found[-1])

    canceller = in_background(cancel)
    study = STUDY | {"seeds": 6}
    far = ex.ensemble("baseline", executor=real(), outputs=tmp_path / "jobs", **study)
    canceller.join()
    assert len(cancelled) == 1
    assert far.failures == []
    assert "1 job lost" in caplog.text
    (log,) = (tmp_path / "jobs").glob(f".executor-*/*/{cancelled[0]}_0_log.err")
    # What srun says depends on whether it had started the job yet.
    assert any(word in log.read_text() for word in ("CANCELLED", "expired"))
    assert_equal(far, ex.ensemble("baseline", workers=1, outputs=tmp_path / "local", **study))


@pytest.mark.slurm
def test_slurm_jobs_are_cancelled_and_keep_what_is_finished(
    tmp_path: Path, cluster: None, on_path: None, quick: None
) -> None:
    asked = STUDY | {"seeds": 200, "months": 120}
    with pytest.raises(ex.ExperimentError, match="nothing was finished for 15 s and 200 runs are missing"):
        ex.ensemble("baseline", executor=real() | {"chunk": 200, "deadline": 15}, outputs=tmp_path, **asked)
    assert _said("squeue", "--noheader") == ""
    assert not list(tmp_path.glob(".executor-*"))
    (shard,) = store.Index(tmp_path / store.FOLDER).shards.values()
    assert 1 <= len(shard.keys) < 200


@pytest.mark.slurm
def test_slurm_refuses(tmp_path: Path, cluster: None, on_path: None) -> None:
    with pytest.raises(ex.ExperimentError, match=r"could not be submitted: .*invalid partition.*nowhere") as caught:
        ex.ensemble("baseline", executor=real(partition="nowhere"), outputs=tmp_path / "out", **STUDY)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.slurm
def test_slurm_node_with_other_code(
    tmp_path: Path, cluster: None, on_path: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint, "code_version", lambda: "other")
    with pytest.raises(ex.ExperimentError, match=r"a worker has code .* and the study other") as caught:
        ex.ensemble("baseline", executor=real(), outputs=tmp_path / "out", **STUDY | {"seeds": 1})
    assert type(caught.value) is ex.ExperimentError
    assert not (tmp_path / "out").exists()
