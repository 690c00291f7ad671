"""A real Dask cluster on this machine: equal values, workers and schedulers that are killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
from experiments.engine.driver import UnfinishedError
from experiments.engine.executors import dask_cluster
from experiments.engine.executors.dask_cluster import DaskCluster
from experiments.questions import fingerprint
from experiments.results import store
from experiments.results.results import Results

ROOT = Path(__file__).parents[3]
STUDY: dict[str, Any] = {"seeds": 10, "months": 18, "developers": 100, "progress": False}


def settings(address: str | None, **changes: Any) -> dict[str, Any]:
    return {"kind": "dask", "address": address, "chunk": 1, "deadline": 120, **changes}


class Cluster:
    """A scheduler and workers, each a process."""

    def __init__(self, folder: Path, packages: str = str(ROOT)) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder, self.packages = folder, packages
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))

    def worker(self, *words: str) -> subprocess.Popen[bytes]:
        where = ("--host", "127.0.0.1", "--local-directory", str(self.folder))
        return self._start("worker", self.address, "--nthreads", "1", *where, *words)

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *words]
        with (self.folder / f"{what}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=os.environ | {"PYTHONPATH": self.packages}, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.stop()


def shards(outputs: Path) -> list[Path]:
    return list((outputs / store.FOLDER).glob("*.parquet"))


def when_shards(outputs: Path, number: int, then: Callable[[], None]) -> threading.Thread:
    """Do something in the middle of a study."""

    def watch() -> None:
        end = time.monotonic() + 60
        while len(shards(outputs)) < number and time.monotonic() < end:
            time.sleep(0.02)
        then()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    return thread


def assert_equal(one: Results, other: Results) -> None:
    for table in ("market", "labs", "flows"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)


@pytest.mark.parametrize("address", [None, "", "host", "tcp://host", "foo://host:1", "tcp://a b:1", 8786])
def test_addresses_that_are_none(tmp_path: Path, address: Any) -> None:
    with pytest.raises(ex.ExperimentError, match=r"executor.address=.*; start one with: dask scheduler") as caught:
        ex.ensemble("baseline", executor=settings(address), outputs=tmp_path, **STUDY)
    assert "\n" not in str(caught.value)


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ex.ExperimentError, match=r"answers within 0\.5 s") as caught:
            ex.ensemble("baseline", executor=settings(address), outputs=tmp_path / "out", **STUDY)
    assert address in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ex.ExperimentError, match=r"pip install 'weightshift\[cluster\]'"):
        DaskCluster(address="tcp://127.0.0.1:1").start(tmp_path)


def test_whatever_dies_nothing_is_lost(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One cluster for all of it, since its processes take seconds to start."""
    _nobody_works(cluster, tmp_path / "nobody")
    assert "has no workers yet" in caplog.text
    workers = [cluster.worker("--no-nanny"), cluster.worker("--no-nanny")]  # nobody starts them again
    with monkeypatch.context() as patch:
        patch.setattr(fingerprint, "code_version", lambda: "other")
        _other_code(cluster, tmp_path / "other")
    expected = ex.ensemble("baseline", workers=1, outputs=tmp_path / "local", **STUDY)
    _worker_killed(cluster, workers[0], tmp_path / "worker", expected)
    _scheduler_killed(cluster, tmp_path / "scheduler", expected)


def _nobody_works(cluster: Cluster, outputs: Path) -> None:
    with pytest.raises(UnfinishedError, match="nothing was finished for 1 s and 10 runs are missing"):
        ex.ensemble("baseline", executor=settings(cluster.address, deadline=1), outputs=outputs, **STUDY)


def _other_code(cluster: Cluster, outputs: Path) -> None:
    with pytest.raises(ex.ExperimentError, match=r"a worker has code .* and the study other") as caught:
        ex.ensemble("baseline", executor=settings(cluster.address), outputs=outputs, **STUDY)
    assert type(caught.value) is UnfinishedError


def _worker_killed(cluster: Cluster, worker: subprocess.Popen[bytes], outputs: Path, expected: Results) -> None:
    killer = when_shards(outputs, 2, worker.kill)
    far = ex.ensemble("baseline", executor=settings(cluster.address), outputs=outputs, **STUDY)
    killer.join()
    assert worker.wait() == -signal.SIGKILL
    assert far.failures == []
    assert_equal(far, expected)
    assert cluster.scheduler.poll() is None


def _scheduler_killed(cluster: Cluster, outputs: Path, expected: Results) -> None:
    when_shards(outputs, 2, cluster.scheduler.kill)
    with pytest.raises(ex.ExperimentError, match=f"{cluster.address} is gone; finished runs are kept") as caught:
        ex.ensemble("baseline", executor=settings(cluster.address), outputs=outputs, **STUDY)
    assert "\n" not in str(caught.value)
    cluster.stop()  # what a worker had begun may still come
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in shards(outputs)}
    assert 2 <= len(before) < 10
    resumed = ex.ensemble("baseline", workers=1, outputs=outputs, **STUDY)
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in before} == before
    assert_equal(resumed, expected)


@pytest.mark.slow
def test_work_that_kills_its_worker(tmp_path: Path, cluster: Cluster) -> None:
    """Nannies start workers again; after a few of them the work counts as lost, and others' goes on."""
    cluster.worker("--nworkers", "2")
    executor = DaskCluster(address=cluster.address).start(tmp_path)
    try:
        assert executor.submit(abs, -1).result(timeout=60) == 1
        deadly = executor.submit(exec, "import os, time; time.sleep(2); os._exit(1)")
        harmless = [executor.submit(abs, -number) for number in range(20)]
        error = deadly.exception(timeout=180)
        assert type(error).__name__ == "KilledWorker"
        assert [future.result(timeout=60) for future in harmless] == list(range(20))
    finally:
        executor.shutdown(cancel_futures=True)
