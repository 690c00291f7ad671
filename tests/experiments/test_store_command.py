"""``python -m experiments.store``: what is there, whether it is whole, and what can go."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
from experiments import store as command
from experiments.results import store
from experiments.results.seal import sealed

SIZE: dict[str, Any] = {"months": 3, "developers": 100, "workers": 1, "measures": ["hhi"], "progress": False}
DAY = 86_400.0


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards of one seed each, 0 to 3; one study has 0 and 1, another 1 and 2, nobody 3."""
    outputs = tmp_path_factory.mktemp("template")
    for seed in range(4):
        ex.ensemble("baseline", seeds=[seed], outputs=outputs, **SIZE)
    ex.ensemble("baseline", seeds=[0, 1], outputs=outputs, name="one", **SIZE)
    ex.ensemble("baseline", seeds=[1, 2], outputs=outputs, name="two", **SIZE)
    return outputs


@pytest.fixture
def outputs(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "outputs"))


@pytest.fixture
def say(outputs: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    """Run the command: its exit code and the lines it prints."""

    def call(*arguments: str) -> tuple[int, list[str]]:
        code = command.main([*arguments, "--outputs", str(outputs)])
        captured = capsys.readouterr()
        assert not (captured.out and captured.err)
        return code, (captured.out + captured.err).splitlines()

    return call


def shard_of(outputs: Path, name: str, seed: int) -> Path:
    """The shard that holds the run of a seed of a study."""
    results = ex.open(outputs / name).select(seed=seed)
    (shard,) = results.tables.shards(results.runs)
    return outputs / store.FOLDER / shard


def orphan(outputs: Path) -> Path:
    """The shard of seed 3."""
    needed = {shard_of(outputs, name, seed) for name, seed in (("one", 0), ("one", 1), ("two", 2))}
    (rest,) = set((outputs / store.FOLDER).glob("*.parquet")) - needed
    return rest


def age(path: Path, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def files(outputs: Path) -> set[str]:
    return {path.name for path in (outputs / store.FOLDER).iterdir()} - {"index.json"}


# list


def test_list(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    study = json.loads((outputs / "two" / "study.json").read_text())
    study["provenance"]["code"] = "0" * 16
    (outputs / "two" / "study.json").write_text(json.dumps(sealed(study)))
    (outputs / "broken").mkdir()
    (outputs / "broken" / "study.json").write_text("{}")
    size = {path.name: path.stat().st_size for path in (outputs / store.FOLDER).glob("*.parquet")}
    code, lines = say("list")
    assert code == 0
    assert [line.split() for line in lines] == [
        ["study", "finished", "failed", "shards", "MB"],
        ["one", "2", "of", "2", "0", "2", "0.0"],
        ["two", *["2", "of", "2", "0", "2", "0.0", "made", "by", "another", "version", "of", "the", "code"]],
        ["broken", "cannot", "be", "read"],
        ["(no", "study)", "1", "0.0"],
        ["total", *f"4 {sum(size.values()) / 1e6:.1f} shards that studies share count once".split()],
    ]
    ends = {line.index(word) + len(word) for line, word in ((lines[0], "shards"), (lines[-2], "1"), (lines[-1], "4"))}
    assert len(ends) == 1  # numbers stand below each other


def test_list_counts_what_is_missing_and_failed(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    gone = shard_of(outputs, "one", 0)
    (key,) = store.describe(gone).keys  # type: ignore[union-attr]
    gone.unlink()
    assert say("list")[1][1].split() == ["one", "1", "of", "2", "0", "1", "0.0"]
    store.write(outputs / store.FOLDER, "f" * 16, [], [store.Failure(key, {}, "no", "", "again")])
    assert say("list")[1][1].split() == ["one", "1", "of", "2", "1", "2", "0.0"]


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for task in ("list", "verify", "prune"):
        assert command.main([task, "--outputs", str(tmp_path)]) == 0
    assert "0 shards, 0.0 MB: all as they were written" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


# verify


def test_all_is_well(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    before = files(outputs)
    assert say("verify") == (0, ["4 shards, 0.0 MB: all as they were written"])
    assert files(outputs) == before


def flipped(data: bytes) -> bytes:
    return data[:50] + bytes([data[50] ^ 1]) + data[51:]


@pytest.mark.parametrize("harm", [flipped, lambda data: data[:-40], lambda data: b""])
def test_damaged_shards_are_set_aside(
    harm: Callable[[bytes], bytes], outputs: Path, say: Callable[..., tuple[int, list[str]]]
) -> None:
    shared, alone, before = shard_of(outputs, "one", 1), orphan(outputs), files(outputs)
    for shard in (shared, alone):
        shard.write_bytes(harm(shard.read_bytes()))
    code, lines = say("verify")
    assert code == 1
    assert lines[0] == "2 of 4 shards are damaged and were set aside as *.damaged:"
    assert set(lines[1:3]) == {f"  {shared.name}: one, two", f"  {alone.name}: no study is known to use it"}
    commands = {name: ex.open(outputs / name).provenance["command"] for name in ("one", "two")}
    assert all(command.startswith("ex.ensemble(['baseline'") for command in commands.values())
    assert lines[3:] == [f"to compute anew what {name} lost: {command}" for name, command in commands.items()]
    assert files(outputs) == before - {shared.name, alone.name} | {f"{p.name}.damaged" for p in (shared, alone)}
    assert ex.open(outputs / "one").missing == 1
    gone = {
        name: [f"{name}: the shard {shared.name} is gone", again]
        for name, again in zip(commands, lines[3:], strict=True)
    }
    assert say("verify") == (1, ["2 shards, 0.0 MB: all as they were written", *gone["one"], *gone["two"]])


def test_what_is_no_shard_is_left(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    (outputs / store.FOLDER / "mine.parquet").write_text("a table of my own")
    code, lines = say("verify")
    assert code == 0 and lines[0] == "mine.parquet: no shard of this version, left as it is"
    assert "mine.parquet" in files(outputs)


# prune


def test_prune_removes_what_nobody_needs(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    folder, alone, before = outputs / store.FOLDER, orphan(outputs), files(outputs)
    for path in folder.iterdir():
        age(path, 31)
    for name, days in (("x.parquet.damaged", 0), (".tmp-old.parquet", 2), (".tmp-new.parquet", 0.5)):
        (folder / name).write_bytes(b"x" * 2_000_000)
        age(folder / name, days)
    (outputs / ".tmp-two-abc").mkdir()
    (outputs / ".tmp-two-abc" / "figure.png").write_bytes(b"x" * 1_000_000)
    age(outputs / ".tmp-two-abc", 2)
    expected = [
        ["1", "shards", "that", "no", "study", "needs", "0.0", "MB"],
        ["1", "damaged", "shards", "2.0", "MB"],
        ["2", "temporary", "files", "3.0", "MB"],
    ]
    everything = files(outputs)
    code, lines = say("prune", "--dry-run")
    assert code == 0 and [line.split() for line in lines[:3]] == expected and lines[3] == "to free: 5.0 MB"
    assert files(outputs) == everything and (outputs / ".tmp-two-abc").exists()
    code, lines = say("prune")
    assert code == 0 and [line.split() for line in lines[:3]] == expected and lines[3] == "freed: 5.0 MB"
    assert files(outputs) == before - {alone.name} | {".tmp-new.parquet"}
    assert not (outputs / ".tmp-two-abc").exists()
    assert alone.name not in (folder / "index.json").read_text()
    for name in ("one", "two"):
        assert len(ex.open(outputs / name).market) == 8
    assert ex.ensemble("baseline", seeds=[0, 1, 2], outputs=outputs, **SIZE).missing == 0


def test_prune_keeps_what_is_young(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    alone = orphan(outputs)
    age(alone, 29)
    say("prune")
    assert alone.exists()
    say("prune", "--days", "28.5")
    assert not alone.exists()


def test_prune_keeps_what_an_unfinished_study_has(outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    study = json.loads((outputs / "one" / "study.json").read_text())
    for name in ("finished", "failed", "missing", "shards"):  # as folder.begin leaves it
        del study[name]
    (outputs / "one" / "study.json").write_text(json.dumps(sealed(study)))
    shared = shard_of(outputs, "one", 1)
    shared.unlink()
    kept = shard_of(outputs, "one", 0)
    assert say("prune", "--days", "0")[0] == 0
    assert kept.exists()


def test_prune_keeps_records_of_failures_and_second_copies(
    outputs: Path, say: Callable[..., tuple[int, list[str]]]
) -> None:
    folder, shard = outputs / store.FOLDER, shard_of(outputs, "one", 0)
    (key,) = store.describe(shard).keys  # type: ignore[union-attr]
    run = store.read(shard, "market").drop_columns([store.KEY])
    copy = store.write(folder, "0" * 16, [store.Finished(key, {"market": run})])
    record = store.write(folder, "f" * 16, [], [store.Failure(key, {}, "no", "", "again")])
    say("prune", "--days", "0")
    assert {shard.name, copy.name, record.name} < files(outputs)


@pytest.mark.parametrize("file", ["study.json", "runs.parquet"])
def test_prune_refuses_if_it_cannot_know(file: str, outputs: Path, say: Callable[..., tuple[int, list[str]]]) -> None:
    (outputs / "two" / file).write_text("{}")
    before = files(outputs)
    code, lines = say("prune", "--days", "0")
    assert code == 2 and len(lines) == 1
    assert lines[0].endswith("allowed: studies that can all be read, and two cannot")
    (outputs / "two" / file).unlink()
    assert say("prune", "--days", "0")[0] == 2
    assert files(outputs) == before


# Refusals


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "error: the following arguments are required: list|verify|prune; see --help"),
        (["clean"], "error: argument list|verify|prune: invalid choice: 'clean'"),
        (["list", "--outputs", "no/such"], "error: --outputs=no/such is not allowed; allowed: a folder that exists"),
        (["prune", "--days", "many"], "error: argument --days: invalid float value: 'many'; see --help"),
        (["prune", "--days", "-1", "--outputs", "."], "error: --days=-1.0 is not allowed; allowed: a number, 0 to"),
        (["prune", "--days", "nan", "--outputs", "."], "error: --days=nan is not allowed; allowed: a number, 0 to"),
    ],
)
def test_refusals(
    arguments: list[str], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith(line) and captured.err.count("\n") == 1


def test_as_a_module(outputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["store", "verify", "--outputs", str(outputs)])
    monkeypatch.delitem(sys.modules, "experiments.store")
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("experiments.store", run_name="__main__")
    assert stop.value.code == 0 and capsys.readouterr().out.startswith("4 shards")
