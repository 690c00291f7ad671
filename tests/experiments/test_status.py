"""How far studies are, read off their folders and the store."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
from experiments import status
from experiments.results import store
from experiments.results.seal import digests, sealed

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SIZE: dict[str, Any] = {"months": 3, "developers": 100, "workers": 1, "measures": ["hhi"], "progress": False}


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of four runs, each seed in a shard of its own."""
    outputs = tmp_path_factory.mktemp("finished")
    for seed in range(4):
        ex.ensemble("baseline", seeds=[seed], outputs=outputs, **SIZE)
    ex.ensemble("baseline", seeds=4, outputs=outputs, name="mine", **SIZE)
    return outputs


@pytest.fixture
def outputs(finished: Path, tmp_path: Path) -> Path:
    """The same, to be changed: its driver is a process of this machine that is gone, and started at START."""
    shutil.copytree(finished, tmp_path / "outputs")
    drive(tmp_path / "outputs" / "mine", pid=dead())
    for place, shard in enumerate(shards(tmp_path / "outputs")):
        written(shard, 60.0 * (place + 1))
    return tmp_path / "outputs"


def shards(outputs: Path) -> list[Path]:
    return sorted((outputs / store.FOLDER).glob("*.parquet"))


def written(shard: Path, seconds: float) -> None:
    """As if it had been written so long after START."""
    os.utime(shard, (START.timestamp() + seconds,) * 2)


def drive(folder: Path, **driver: Any) -> None:
    """As if another driver had announced the study."""
    study = json.loads((folder / "study.json").read_text())
    study["driver"] = {"host": platform.node(), "started": START.isoformat()} | driver
    study["provenance"]["command"] = "python -m experiments.run name=mine"
    (folder / "study.json").write_text(json.dumps(sealed(study)))


def dead() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Run the command, which must end well; the lines it prints."""

    def call(*arguments: object) -> list[str]:
        assert status.main([str(word) for word in arguments]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out.splitlines()

    return call


def test_a_study_that_ended(outputs: Path, say: Callable[..., list[str]]) -> None:
    lines = say(outputs / "mine")
    # Four runs, the last of them four minutes after the start.
    assert lines[0] == "mine  finished  4 of 4 runs  100%  1.0 a minute"
    assert lines[1].split() == ["folder", str(outputs / "mine")]
    assert lines[2].split() == ["shards", "4"]
    assert lines[3].strip().startswith("last shard  2026-03-01 12:04:00 UTC, ")
    assert lines[4].endswith(f" on {platform.node()}, started 2026-03-01 12:00:00 UTC")
    assert len(lines) == 5


def test_a_study_that_stopped(outputs: Path, say: Callable[..., list[str]]) -> None:
    shards(outputs)[3].unlink()
    lines = say(outputs / "mine")
    assert lines[0] == "mine  stopped  3 of 4 runs  75%  1.0 a minute"
    assert lines[-1] == "  to go on    run the same command again: python -m experiments.run name=mine"


def test_a_study_that_runs_here(outputs: Path, say: Callable[..., list[str]]) -> None:
    drive(outputs / "mine", pid=os.getpid())
    for shard in shards(outputs)[2:]:
        shard.unlink()
    # Two runs in two minutes, and two are left.
    assert say(outputs / "mine")[0] == "mine  running  2 of 4 runs  50%  1.0 a minute  about 2.0 min left"


def test_a_study_that_runs_elsewhere(outputs: Path, say: Callable[..., list[str]]) -> None:
    drive(outputs / "mine", host="node17", pid=4)
    shards(outputs)[0].unlink()
    lines = say(outputs / "mine")
    # Three runs in four minutes, and one is left.
    assert lines[0] == "mine  on node17  3 of 4 runs  75%  45 an hour  about 80 s left"
    assert "process 4 on node17" in lines[4] and "only that host" in lines[-1]


def test_runs_that_failed_are_over(outputs: Path, say: Callable[..., list[str]]) -> None:
    gone = shards(outputs)[0]
    (key,) = store.describe(gone).keys  # type: ignore[union-attr]
    gone.unlink()
    failure = store.Failure(key, {}, "ValueError: no", "", "python -m experiments.run seeds=[0]")
    shard = store.write(outputs / store.FOLDER, "f" * 16, [], [failure])
    written(outputs / store.FOLDER / shard.name, 480.0)
    assert say(outputs / "mine")[0] == "mine  finished  3 of 4 runs  100%  1 failed  30 an hour"


def test_only_what_this_driver_did_counts_for_the_pace(outputs: Path, say: Callable[..., list[str]]) -> None:
    drive(outputs / "mine", pid=os.getpid())
    shards(outputs)[3].unlink()
    for shard in shards(outputs)[:2]:
        written(shard, -7200.0)
    # One run, three minutes after the start.
    assert say(outputs / "mine")[0] == "mine  running  3 of 4 runs  75%  20 an hour  about 3.0 min left"


@pytest.mark.parametrize("seconds", [-1e6, 0.0])
def test_a_clock_that_jumped(outputs: Path, seconds: float, say: Callable[..., list[str]]) -> None:
    drive(outputs / "mine", pid=os.getpid())
    shards(outputs)[3].unlink()
    for shard in shards(outputs):
        written(shard, seconds)
    assert say(outputs / "mine")[0] == "mine  running  3 of 4 runs  75%"


def test_shards_from_the_future(outputs: Path, say: Callable[..., list[str]]) -> None:
    for shard in shards(outputs):
        written(shard, 3e9)
    assert any(line.endswith(" UTC, 0 s ago") for line in say(outputs / "mine"))


@pytest.mark.parametrize("driver", [{}, {"pid": "x", "started": "then"}, {"pid": 10**30}, {"pid": None}])
def test_an_announcement_that_makes_no_sense(
    outputs: Path, driver: dict[str, Any], say: Callable[..., list[str]]
) -> None:
    drive(outputs / "mine", **driver)
    shards(outputs)[3].unlink()
    assert say(outputs / "mine")[0].startswith("mine  stopped  3 of 4 runs  75%")


def test_before_the_first_shard(outputs: Path, say: Callable[..., list[str]]) -> None:
    shutil.rmtree(outputs / store.FOLDER)
    lines = say(outputs / "mine")
    assert lines[0] == "mine  stopped  0 of 4 runs  0%"
    assert not any("last shard" in line for line in lines)
    assert not (outputs / store.FOLDER).exists()


def test_all_studies_below_each_other(outputs: Path, say: Callable[..., list[str]]) -> None:
    shutil.copytree(outputs / "mine", outputs / "another")
    runs = pd.read_parquet(outputs / "another" / "runs.parquet")
    runs.loc[4] = ["baseline", 0, 4, "0" * 32]
    runs.to_parquet(outputs / "another" / "runs.parquet", index=False)
    study = json.loads((outputs / "another" / "study.json").read_text())
    study["files"] |= digests(outputs / "another")
    (outputs / "another" / "study.json").write_text(json.dumps(sealed(study)))
    (outputs / "broken").mkdir()
    (outputs / "broken" / "study.json").write_text("{")
    (outputs / "figures").mkdir()
    assert say("--outputs", outputs) == [
        "another  stopped   4 of 5 runs  80%   1.0 a minute",
        "mine     finished  4 of 4 runs  100%  1.0 a minute",
        "broken: cannot be read",
        "another: to go on, run the same command again: python -m experiments.run name=mine",
    ]
    assert say(outputs / "mine", outputs / "another")[0].startswith("mine ")


def test_no_studies(tmp_path: Path, say: Callable[..., list[str]]) -> None:
    assert say("--outputs", tmp_path) == [f"no study in {tmp_path}"]


def test_watch_ends_with_the_study(
    outputs: Path, say: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    drive(outputs / "mine", pid=os.getpid())
    last = shards(outputs)[3]
    kept = last.rename(last.with_suffix(".kept"))
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        assert len(pauses) <= 2, "it does not see the shard that came"
        if len(pauses) == 2:
            kept.rename(last)

    monkeypatch.setattr(status.time, "sleep", sleep)
    lines = [line for line in say(outputs / "mine", "--watch", "5") if line.startswith("mine")]
    assert [line.split()[1] for line in lines] == ["running", "running", "finished"]
    assert pauses == [5.0, 5.0]


def test_nothing_to_watch(outputs: Path, say: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status.time, "sleep", lambda seconds: pytest.fail("it waits for a study that stopped"))
    shards(outputs)[3].unlink()
    assert say(outputs / "mine", "--watch", "5")[0].startswith("mine  stopped")


def test_watch_ends_when_interrupted(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    drive(outputs / "mine", pid=os.getpid())
    shards(outputs)[3].unlink()
    monkeypatch.setattr(status.time, "sleep", sleep)
    assert status.main([str(outputs / "mine"), "--watch", "5"]) == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["no/such"], "error: path=no/such is not allowed; allowed: the folder of an experiment, outputs/<name>"),
        (["--outputs", "no/such"], "error: --outputs=no/such is not allowed; allowed: a folder that can be read"),
        (["--watch", "0"], "error: --watch=0.0 is not allowed; allowed: a number, 0.1 to 86400"),
        (["--watch", "soon"], "error: argument --watch: invalid float value: 'soon'; see --help"),
    ],
)
def test_refusals(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith(line) and captured.err.count("\n") == 1
