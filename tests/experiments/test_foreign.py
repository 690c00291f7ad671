"""Files of somebody else's: one line, little time and memory, and nothing of theirs is run or looked up."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import experiments as ex
from experiments import run, status
from experiments import store as command
from experiments.questions.designs import Design
from experiments.questions.reading import read_bytes
from experiments.results import store
from experiments.results.seal import sealed

ROOT = Path(__file__).parents[2]
SIZE = ["seeds=1", "months=2", "developers=100", "executor.workers=1", "figures=false"]
SECRET = "sesame-2718"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, a secret in the environment, and an end to waiting."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", SECRET)

    def stop(*_: object) -> None:
        raise TimeoutError("it waits for ever")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refused(code: int, error: str, *words: str) -> None:
    lines = error.splitlines()
    assert code == 2 and len(lines) == 1, error
    assert lines[0].startswith("error: ") and lines[0].isprintable()
    for word in words:
        assert word in lines[0]


def everything() -> bytes:
    """All bytes of all files that are here, and their names."""
    return b"\n".join(
        str(path).encode() + (path.read_bytes() if path.is_file() else b"") for path in sorted(Path().rglob("*"))
    )


# Settings in a folder


def put(name: str, text: str) -> None:
    path = Path("theirs", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


SCENARIO = "name: mine\nwhy: To see.\nlabs: {Meta: closed}\n"


def test_settings_in_a_folder_stand_beside_ours_wherever_it_is_named() -> None:
    put("scenario/mine.yaml", SCENARIO + "changes: {2022-12: {params: {talent.mobility: 1e-2}}}\n")
    put("design/mine.yaml", "kind: grid\nparams: {talent.mobility: [0.01, 0.02]}\npoints: null\n")
    put("executor/mine.yaml", "kind: local\nworkers: 1\nchunk: 010\n")
    put("README.md", "What I asked.")
    put("scenario/.draft.yaml", "name: [")
    groups = ["scenario=mine", "design=mine", "executor=mine"]
    size = ["seeds=1", "months=2", "developers=100", "figures=false"]
    for number, words in enumerate(
        (
            ["--config-dir", "theirs", *groups, *size],
            [*groups, "--config-dir", "theirs", *size],
            [*size, *groups, "--config-dir=theirs"],
            ["-cd", "theirs", *size, *groups],
        )
    ):
        assert run.main([*words, f"name=study{number}"]) == 0
        results = ex.open(f"outputs/study{number}")
        assert results.scenarios == ("baseline", "mine")
        assert results.points["talent.mobility"].tolist() == [0.01, 0.02]
    (_, scenario) = results.provenance["scenarios"]
    assert scenario["changes"]["2022-12"]["params"] == {"talent.mobility": 0.01}


def test_what_was_in_a_folder_is_forgotten_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    put("scenario/mine.yaml", SCENARIO)
    assert run.main(["--config-dir", "theirs", "scenario=mine", *SIZE]) == 0
    capsys.readouterr()
    refused(run.main(["scenario=mine", *SIZE]), capsys.readouterr().err, "scenario=mine", "one of answers_teach")


def evil() -> str:
    """Text that has a file written by whoever unpickles it."""

    class Writes:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, ("touch ran",)

    Path("evil.pickle").write_bytes(pickle.dumps(Writes()))
    return str(Path("evil.pickle").resolve())


CALLBACK = "{_target_: pandas.read_pickle, filepath_or_buffer: PATH}"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("scenario/mine.yaml", "# @package hydra.callbacks\nevil: " + CALLBACK, "begins with a directive"),
        ("scenario/mine.yaml", "# @package _global_\nhydra: {callbacks: {evil: " + CALLBACK + "}}", "a directive"),
        ("scenario/mine.yaml", "#@package hydra.callbacks\nevil: " + CALLBACK, "begins with a directive"),
        ("scenario/mine.yaml", "\n\n # @package a\nname: x", "begins with a directive"),
        ("scenario/mine.yaml", SCENARIO + "evil: " + CALLBACK, "evil._target_ is not allowed"),
        ("executor/mine.yaml", "kind: local\n_target_: os.system\n", "_target_ is not allowed"),
        ("scenario/mine.yaml", "defaults:\n  - /hydra/callbacks: evil\n" + SCENARIO, "defaults is not allowed"),
        ("scenario/mine.yaml", "name: ${oc.env:SECRET}\nwhy: x\n", "nothing is looked up"),
        ("scenario/mine.yaml", "name: x\nwhy: a${oc.env:SECRET}b\n", "nothing is looked up"),
        ("scenario/mine.yaml", "name: x\nlabs: {'${oc.env:SECRET}': closed}\n", "nothing is looked up"),
        ("design/mine.yaml", "kind: file\npath: [x, ['${outputs}']]\n", "nothing is looked up"),
        ("scenario/mine.yaml", "name: x\nname: y\n", "in line 2: 'name' stands there twice"),
        ("scenario/mine.yaml", "name: &a x\nwhy: *a\n", "an anchor or alias"),
        ("scenario/mine.yaml", "name: !!python/name:os.system x\n", "the tag"),
        ("scenario/mine.yaml", "- a\n- b\n", "lines of 'name: value'"),
        ("scenario/mine.yaml", 'name: "\\e[31mred"\n', "a control character"),
        ("scenario/baseline.yaml", SCENARIO, "scenario=baseline comes with the project"),
        ("params/defaults.yaml", "talent: {mobility: 0.9}\n", "params=defaults comes with the project"),
        ("scenario/a b.yaml", SCENARIO, "a b.yaml"),
    ],
)
def test_what_a_folder_may_not_say(name: str, text: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(name, text.replace("PATH", evil()))
    choice = f"{name.split('/')[0]}=mine" if name.endswith("mine.yaml") else "seeds=1"
    for arguments in ([choice, *SIZE], [*SIZE]):  # whether it is chosen or not
        refused(run.main(["--config-dir", "theirs", *arguments]), capsys.readouterr().err, words)
    assert not Path("ran").exists() and not Path("outputs").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "hydra: {callbacks: {evil: " + CALLBACK + "}}"),
        ("hydra/callbacks/evil.yaml", "evil: " + CALLBACK),
        ("hydra/config.yaml", "callbacks: {evil: " + CALLBACK + "}"),
        ("hydra/job_logging/none.yaml", "root: {handlers: [x]}\nhandlers: {x: {(): pandas.read_pickle}}"),
        ("params.yaml", "# @package hydra.callbacks\nevil: " + CALLBACK),
    ],
)
def test_what_else_is_in_a_folder_is_not_looked_at(name: str, text: str) -> None:
    put(name, text.replace("PATH", evil()))
    put("scenario/mine.yaml", SCENARIO)
    assert run.main(["--config-dir", "theirs", "scenario=mine", "name=study", *SIZE]) == 0
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--package", "theirs"], "--package=theirs"),
        (["--config-path", "theirs"], "--config-path=theirs"),
        (["-cp", "theirs"], "--config-path=theirs"),
        (["--config-name", "evil"], "--config-name=evil"),
        (["--config-di", "theirs"], "--config-dir=theirs"),
        (["-cdtheirs"], "--config-dir"),
        (["--experimental-rerun", "evil.pickle"], "--experimental-rerun=evil.pickle"),
        (["hydra.searchpath=[file://theirs]"], "hydra.searchpath"),
        (["+hydra.searchpath=[file://theirs]"], "hydra.searchpath"),
        (["--config-dir", "theirs", "--config-dir", "theirs"], "once"),
        (["--config-dir", "config.yaml"], "a folder that exists"),
    ],
)
def test_no_other_way_leads_there(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    put("config.yaml", "hydra: {callbacks: {evil: " + CALLBACK.replace("PATH", evil()) + "}")
    put("evil.yaml", "hydra: {callbacks: {evil: " + CALLBACK.replace("PATH", evil()) + "}")
    refused(run.main([*arguments, *SIZE]), capsys.readouterr().err, words)
    assert not Path("ran").exists() and not Path("outputs").exists()


@pytest.mark.parametrize(
    "word",
    [
        "name=${oc.env:SECRET}",
        "scenario.why=${oc.env:SECRET}",
        "outputs=a/${oc.env:SECRET}",
        "+scenario.labs={'${oc.env:SECRET}': closed}",
        "months=${seeds}",
        "without=['${oc.env:SECRET}']",
    ],
)
def test_nothing_is_looked_up(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    refused(run.main([word, *SIZE]), capsys.readouterr().err, "nothing is looked up")
    assert SECRET.encode() not in everything()
    assert not Path("outputs").exists()


# Files that are no files


def pipe(path: str | Path) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return Path(path)


def test_a_scenario_that_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    pipe("pipe.yaml")
    Path("large.yaml").write_bytes(b"#" * 1_000_001)
    Path("link.yaml").symlink_to("/dev/zero")
    for name, words in (
        ("pipe.yaml", "no ordinary file"),
        ("link.yaml", "no ordinary file"),
        ("/dev/zero", "no ordinary file"),
        ("large.yaml", "more than 1,000,000 bytes"),
        (".", "Is a directory"),
    ):
        refused(run.main([f"scenario_file={name}", *SIZE]), capsys.readouterr().err, f"scenario_file={name}", words)


def test_settings_that_are_no_files(capsys: pytest.CaptureFixture[str]) -> None:
    pipe("theirs/scenario/mine.yaml")
    refused(run.main(["--config-dir", "theirs", *SIZE]), capsys.readouterr().err, "mine.yaml", "no ordinary file")


def test_a_table_of_points_that_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("pipe.csv", "pipe.parquet"):
        pipe(name)
        code = run.main(["design=file", f"design.path={name}", *SIZE])
        refused(code, capsys.readouterr().err, name, "no ordinary file")


def test_a_sparse_file_is_not_read() -> None:
    with Path("sparse").open("wb") as file:
        file.truncate(2**42)
    start = time.process_time()
    with pytest.raises(OSError, match="more than 1,000 bytes"):
        read_bytes("sparse", 1000)
    assert time.process_time() - start < 1.0


@pytest.fixture
def study() -> Path:
    ex.ensemble("baseline", seeds=2, months=2, developers=100, measures=["frontier"], workers=1, name="study",
                progress=False)  # fmt: skip
    return Path("outputs/study")


def shards() -> list[Path]:
    return sorted(Path("outputs", store.FOLDER).glob("*.parquet"))


def empty_the_store() -> None:
    for path in shards():
        path.unlink()


@pytest.mark.parametrize("name", ["study.json", "runs.parquet", "points.parquet"])
def test_a_study_of_pipes(study: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (study / name).unlink()
    pipe(study / name)
    with pytest.raises(ex.ExperimentError, match="the folder of an experiment"):
        ex.open(study)
    refused(status.main([str(study)]), capsys.readouterr().err)
    assert command.main(["list"]) == 0 and command.main(["verify"]) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_a_store_of_pipes(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (*shards(), study.parent / store.FOLDER / "index.json", study.parent / store.FOLDER / "x.parquet"):
        path.unlink(missing_ok=True)
        pipe(path)
    assert ex.open(study).missing == 2
    assert command.main(["verify"]) == 1
    assert run.main(["seeds=2", "measures=[frontier]", "name=study", *SIZE[1:]]) == 0
    capsys.readouterr()


def test_a_study_with_a_pipe_for_a_figure(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "provenance.json").unlink()
    pipe(study / "provenance.json")
    assert command.main(["verify"]) == 1
    assert "study: provenance.json is damaged" in capsys.readouterr().out


# study.json of another shape


def whole(study: Path) -> dict[str, Any]:
    return json.loads((study / "study.json").read_text())


def changed(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda about: sealed(about | changes)


def made(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda about: sealed(about | {"provenance": about["provenance"] | changes})


SHAPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda about: [about],
    "a word": lambda about: "study",
    "nothing": lambda about: None,
    "months as a word": changed(months="2"),
    "months true": changed(months=True),
    "many months": changed(months=10**9),
    "half a month": changed(months=2.5),
    "no months": changed(months=None),
    "measures as a list": changed(measures=["frontier"]),
    "measures of nowhere": changed(measures={"planets": ["mars"]}),
    "measures that are no words": changed(measures={"market": [1, 2]}),
    "measures with escapes": changed(measures={"market": ["\x1b[31mfrontier"]}),
    "measures as letters": changed(measures={"market": "frontier"}),
    "provenance as a list": changed(provenance=[1]),
    "a command of numbers": made(command=[1, 2]),
    "versions as a word": made(versions="many"),
    "a driver that is a list": changed(driver=[1]),
    "a driver of lists": changed(driver={"host": ["a"], "pid": {}}),
    "shards as a mapping": changed(shards={"a": 1}),
    "shards of numbers": changed(shards=[1, 2]),
    "finished as a word": changed(finished="all"),
    "files outside": changed(files={"../../outside": ["0" * 64]}),
    "files at the root": changed(files={"/etc/passwd": ["0" * 64]}),
    "files without digests": changed(files={"runs.parquet": "0" * 64}),
    "deep": lambda about: json.loads("[" * 300 + "]" * 300),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_study_of_another_shape(study: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "study.json").write_text(json.dumps(SHAPES[name](whole(study))))
    _not_a_study(study, capsys)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        '{"format": 3, "months": ' + "9" * 100_000 + "}",
        '{"format": 3, "months": 1e99999}',
        '{"format": NaN}',
        '{"format": 3, "months": Infinity, "measures": {}, "provenance": {}}',
        "\x00" * 100,
        "{" + '"a": {' * 100_000,
    ],
    ids=["nested", "digits", "large", "no number", "infinite", "zeros", "nested mappings"],
)
def test_a_study_that_is_a_bomb(study: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (study / "study.json").write_text(text)
    start = time.process_time()
    _not_a_study(study, capsys)
    assert time.process_time() - start < 10.0


def _not_a_study(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    with pytest.raises(ex.ExperimentError) as caught:
        ex.open(study)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 400
    refused(status.main([str(study)]), capsys.readouterr().err)
    assert status.main([]) == 0
    assert capsys.readouterr().out == "study: cannot be read\n"
    assert command.main(["verify"]) == 1
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


RUNS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a column more": lambda runs: runs.assign(more=1),
    "a column less": lambda runs: runs.drop(columns="seed"),
    "other order": lambda runs: runs[list(runs)[::-1]],
    "seeds as words": lambda runs: runs.assign(seed=runs["seed"].astype(str)),
    "keys as numbers": lambda runs: runs.assign(key=range(len(runs))),
    "a point that is not there": lambda runs: runs.assign(point=7),
    "a point before the first": lambda runs: runs.assign(point=-1),
    "twice": lambda runs: pd.concat([runs, runs]),
    "escapes": lambda runs: runs.assign(scenario="\x1b[2J"),
    "a scenario that is a path": lambda runs: runs.assign(scenario="../x"),
    "nothing": lambda runs: runs.assign(key=None),
}


@pytest.mark.parametrize("name", RUNS)
def test_runs_of_another_shape(study: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    RUNS[name](pd.read_parquet(study / "runs.parquet")).to_parquet(study / "runs.parquet", index=False)
    _reseal(study)
    _not_a_study(study, capsys)


def _reseal(study: Path) -> None:
    about = whole(study)
    for name in ("runs.parquet", "points.parquet"):
        about["files"][name] = [hashlib.sha256((study / name).read_bytes()).hexdigest()]
    (study / "study.json").write_text(json.dumps(sealed(about)))


def test_escapes_do_nothing_to_a_terminal(
    study: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    spell = "\x1b]0;owned\x07\x1b[2J\r\n\u202e"
    driver = {"host": f"node{spell}", "pid": 4, "started": f"now{spell}"}
    (study / "study.json").write_text(
        json.dumps(made(command=f"rm -rf /{spell}")(whole(study) | {"driver": driver, "shards": [f"{spell}.parquet"]}))
    )
    study.rename(study.with_name(f"study{spell}"))
    (other,) = study.parent.glob("study*")
    empty_the_store()
    capsys.readouterr()
    caplog.clear()
    assert status.main([str(other)]) == 0
    assert status.main([]) == 0
    assert command.main(["list"]) == 0
    assert command.main(["verify"]) == 1
    ex.open(other)
    captured = capsys.readouterr()
    told = [record.getMessage() for record in caplog.records]
    assert told and "gone or damaged" in told[0]
    for line in (captured.out + captured.err).split("\n") + told:
        assert line.isprintable(), line
    assert "owned" in captured.out


@pytest.mark.parametrize("pid", [0, -1, True, 10**40, 2**31])
def test_numbers_that_are_no_process(study: Path, pid: Any, capsys: pytest.CaptureFixture[str]) -> None:
    import platform

    driver = {"host": platform.node(), "pid": pid}
    (study / "study.json").write_text(json.dumps(changed(driver=driver)(whole(study))))
    empty_the_store()
    assert status.main([str(study)]) == 0
    assert "stopped" in capsys.readouterr().out


# Tables that unpack to gigabytes


def no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("it is unpacked")

    for name in ("read", "read_row_group", "read_row_groups"):
        monkeypatch.setattr(pq.ParquetFile, name, read)


def parquet(table: pa.Table, about: dict[str, Any] | None = None) -> bytes:
    if about is not None:
        table = table.replace_schema_metadata({b"weightshift": json.dumps(about)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", row_group_size=max(1, table.num_rows), write_statistics=False)
    return buffer.getvalue()


def constant(rows: int, columns: int) -> pa.Table:
    """Gigabytes of one number in some kilobytes."""
    zeros = pa.array(np.zeros(rows, np.float32))
    return pa.table({f"column{number}": zeros for number in range(columns)})


def shard(table: pa.Table, *, key: str, measure: str = "frontier") -> Path:
    """A shard that is just what its name says, of one run."""
    names = [store.KEY, "month", measure]
    about = {"format": 2, "keys": [key], "failed": [], "made_by": "me", "tables": {"market": [0, names]}}
    data = parquet(table, about)
    path = Path("outputs", store.FOLDER, f"{'a' * 16}-{hashlib.sha256(data).hexdigest()}.parquet")
    path.write_bytes(data)
    return path


def of_run(key: str, rows: int) -> dict[str, pa.Array]:
    keys = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [key])
    return {store.KEY: keys, "month": pa.array(np.zeros(rows, np.int16)), "frontier": pa.array(np.zeros(rows))}


def replaced(study: Path, rows: int) -> str:
    """The first run comes from another shard, of so many rows."""
    runs = ex.open(study).runs
    empty_the_store()
    shard(pa.table(of_run(runs["key"][0], rows)), key=runs["key"][0])
    return str(runs["key"][0])


def test_a_shard_that_unpacks_to_gigabytes(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(study, 20_000_000)
    assert shards()[0].stat().st_size < 200_000
    opened = ex.open(study)
    no_reading(monkeypatch)
    with pytest.raises(store.StoreError, match=r"it would unpack to [0-9,]+ MiB"):
        opened.load("market")


def test_a_shard_with_more_rows_than_months(study: Path) -> None:
    replaced(study, 1000)
    with pytest.raises(store.StoreError, match="the months 0 to 2, each once"):
        ex.open(study).load("market")


def test_a_shard_of_one_long_word(study: Path) -> None:
    key = str(ex.open(study).runs["key"][0])
    empty_the_store()
    columns = of_run(key, 3)
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 3, pa.int32()), ["x" * 10_000_000])
    shard(pa.table({**columns, "frontier": word}), key=key)
    with pytest.raises(store.StoreError, match="its words would unpack to"):
        ex.open(study).load("market")


@pytest.mark.parametrize(
    "odd",
    [
        {"tables": {"market": [7, ["key"]]}},
        {"tables": {"market": [-1, ["key"]]}},
        {"tables": {"market": ["x", 3]}},
        {"tables": {"market": []}},
        {"tables": ["market"]},
        {"tables": {"market": [0, ["key", "key"]]}},
        {"tables": {"market": [0, ["nowhere"]]}},
        {"tables": {"market": [0, ["key", "month"]]}},
        {"tables": {"market": [0, ["month", "frontier"]]}},
        {"tables": {}},
        {"keys": "abc"},
        {"keys": [1, 2]},
        {"keys": None},
        {"format": "2"},
    ],
    ids=str,
)
def test_a_shard_that_says_odd_things(study: Path, odd: dict[str, Any]) -> None:
    key = str(ex.open(study).runs["key"][0])
    empty_the_store()
    names = [store.KEY, "month", "frontier"]
    about = {"format": 2, "keys": [key], "failed": [], "made_by": "me", "tables": {"market": [0, names]}} | odd
    data = parquet(pa.table(of_run(key, 3)), about)
    path = Path("outputs", store.FOLDER, f"{'a' * 16}-{hashlib.sha256(data).hexdigest()}.parquet")
    path.write_bytes(data)
    opened = ex.open(study)
    if opened.missing == 2:  # it is no shard
        return
    with pytest.raises(store.StoreError, match=r"no shard of this version|each once"):
        opened.load("market")


@pytest.mark.parametrize("name", ["runs.parquet", "points.parquet"])
def test_lists_that_unpack_to_gigabytes(
    study: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / name).write_bytes(parquet(constant(20_000_000, 1)))
    _reseal(study)
    if name == "runs.parquet":  # which is read first
        no_reading(monkeypatch)
    start = time.process_time()
    with pytest.raises(ex.ExperimentError):
        ex.open(study)
    assert time.process_time() - start < 1.0
    refused(status.main([str(study)]), capsys.readouterr().err)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (constant(2_000_000, 1), "rows; allowed: 1,000,000"),
        (constant(1_000_000, 300), "it would unpack to"),
        (pa.table({"talent.mobility": [[1.0], [2.0]]}), "numbers and words"),
        (pa.table({"talent.mobility": [{"a": 1}]}), "numbers and words"),
        (pa.table({"talent.mobility": [b"\x80"]}), "numbers and words"),
    ],
)
def test_tables_of_points_that_nobody_wants(table: pa.Table, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("points.parquet").write_bytes(parquet(table))
    no_reading(monkeypatch)
    with pytest.raises(ex.ExperimentError, match=words) as caught:
        Design.of("points.parquet")
    assert "points.parquet" in str(caught.value)


def test_a_table_of_too_many_lines() -> None:
    Path("points.csv").write_bytes(b"talent.mobility\n" + b"0\n" * 1_200_000)
    with pytest.raises(ex.ExperimentError, match="1,200,001 lines; allowed: 1,000,000 rows"):
        Design.of("points.csv")


def test_tables_of_points_are_still_read() -> None:
    table = pd.DataFrame({"talent.mobility": [0.01, None, 0.02], "finance.invest_mode": ["anchored", None, "frozen"]})
    table.to_parquet("points.parquet")
    table.to_csv("points.csv", index=False)
    table.astype({"finance.invest_mode": "category"}).to_parquet("category.parquet")
    settings = [Design.of(name).settings() for name in ("points.parquet", "points.csv", "category.parquet")]
    assert settings[0] == settings[1] == settings[2]


def test_memory_is_bounded(study: Path) -> None:
    """What is opened from somebody else fits into a gigabyte beyond what Python takes, whatever it would unpack to."""
    replaced(study, 40_000_000)
    code = (
        "import experiments as ex, resource\n"
        "runs = ex.open('outputs/study')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: runs.load('market')\n"
        "except ex.ExperimentError as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
                          capture_output=True, timeout=60)  # fmt: skip
    with contextlib.suppress(ValueError):
        assert int(done.stdout.splitlines()[-1]) < 100_000  # kB
    assert "would unpack to" in done.stdout, done.stderr
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_500_000
