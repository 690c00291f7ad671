"""Whatever is wrong, one line says the field, the value and what is allowed, and nothing is left behind."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import experiments as ex
from experiments import main_job, run, tables, validate

ROOT = Path(__file__).parents[2]

# (what is typed, what the line must name)
WRONG: list[tuple[list[str], list[str]]] = [
    # settings that do not exist
    (["foo=1"], ["foo", "1", "no such setting"]),
    (["+foo=1"], ["foo", "1", "no such setting", "allowed: name, outputs, seeds"]),
    (["++foo=1"], ["foo", "1", "no such setting"]),
    (["month=12"], ["month=12", "did you mean months"]),
    # words of the texts
    (["phi=0.6"], ["phi=0.6", "did you mean params.finance.elasticity?"]),
    (["φ=0.6"], ["φ=0.6", "did you mean params.finance.elasticity?"]),
    (["params.phi=0.6"], ["params.phi=0.6", "did you mean params.finance.elasticity?"]),
    (["+params.phi=0.6"], ["params.phi", "did you mean finance.elasticity?"]),
    (["lambda_p=1"], ["lambda_p=1", "did you mean params.pricing.adjustment?"]),
    (["λ_p=1"], ["λ_p=1", "did you mean params.pricing.adjustment?"]),
    (["export control=2"], ["export control=2", "did you mean params.compute.wedge?"]),
    (["export_controls=2"], ["export_controls=2", "did you mean params.compute.wedge?"]),
    (["mobility=0.1"], ["mobility=0.1", "did you mean params.talent.mobility?"]),
    (["spillovers=1"], ["did you mean params.research.leak_more_weights or params.research.leak_closed?"]),
    (["design=grid", "design.params=[distilation]"], ["distilation", "did you mean training.own_distillation?"]),
    (["scenario=meta_closes", "+scenario.params={phi: 1}"], ["phi", "did you mean finance.elasticity?"]),
    (["executor.threads=2"], ["executor.threads=2", "no such setting"]),
    (["+executor.threads=2"], ["executor", "threads", "allowed", "kind, chunk, deadline, workers"]),
    (["design.points=5"], ["design.points=5", "no such setting"]),
    # mappings, which are added to what is there
    (["scenario=meta_closes", "scenario.changes={}"], ["scenario.changes={}", "~scenario.changes takes away"]),
    (["scenario=no_deepseek", "scenario.labs={ }"], ["scenario.labs={ }", "~scenario.labs takes away"]),
    (["params.talent={}"], ["params.talent={}", "something in it"]),
    (
        ["scenario=meta_closes", "scenario.changes={2024-01: {labs: {Meta: closed}}}"],
        ["scenario.changes={2024-01", "+scenario.changes={2024-01", "scenario.changes.2024-01 is not there yet"],
    ),
    (["scenario=no_deepseek", "scenario.labs={Meta: closed}"], ["+scenario.labs={Meta: closed}, since"]),
    (["params.talent={mobilty: 1}"], ["params.talent={mobilty: 1}", "did you mean params.talent.mobility?"]),
    (["~seeds"], ["seeds", "allowed", "cannot be deleted"]),
    (["+seeds=3"], ["seeds", "3", "without the +"]),
    # parameters that do not exist
    (["params.talent.mobilty=0.1"], ["params.talent.mobilty=0.1", "did you mean params.talent.mobility"]),
    (["+params.talent.mobilty=0.1"], ["params.talent.mobilty", "did you mean talent.mobility"]),
    (["+params.x=1"], ["params.x", "no such parameter"]),
    (["params.nowhere.x=1"], ["params.nowhere.x=1", "no such setting"]),
    (
        ["params.training.distillation=0.4"],
        ["params.training.distillation=0.4", "any more", "training.teaching, training.answers"],
    ),
    (["~params.talent.mobility"], ["params.talent.mobility", "cannot be deleted"]),
    (["params.talent=3"], ["params.talent", "no such parameter"]),
    (["params=3"], ["params=3", "allowed", "the name of one choice"]),
    # parameters out of bounds or of the wrong kind
    (["params.talent.mobility=7"], ["params.talent.mobility", "7", "allowed", "0 to 1"]),
    (["params.talent.mobility=-0.1"], ["params.talent.mobility", "-0.1", "allowed"]),
    (["params.talent.mobility=often"], ["params.talent.mobility", "often", "allowed", "a number"]),
    (["params.talent.mobility=true"], ["params.talent.mobility", "True", "allowed"]),
    (["params.talent.mobility=null"], ["params.talent.mobility", "None", "allowed"]),
    (["params.talent.mobility=[1,2]"], ["params.talent.mobility", "[1, 2]", "allowed"]),
    (["params.talent.mobility=nan"], ["params.talent.mobility", "nan", "allowed"]),
    (["params.talent.mobility=inf"], ["params.talent.mobility", "inf", "allowed"]),
    (
        ["params.release.weights_allowed=perhaps"],
        ["params.release.weights_allowed", "perhaps", "true, false"],
    ),
    # scenarios
    (["scenario=nope"], ["scenario=nope", "allowed", "baseline", "no_deepseek"]),
    (["scenario=null"], ["scenario=null", "allowed", "the name of one choice"]),
    (["scenario="], ["scenario=''", "allowed", "the name of one choice"]),
    (["++scenario=nope"], ["scenario", "nope"]),
    (["scenario=baseline,no_deepseek"], ["scenario=baseline,no_deepseek", "-m"]),
    (["scenario=[baseline,no_deepseek]"], ["scenario=[baseline,no_deepseek]", "one choice"]),
    (["+scenario.labs.Meta=closed"], ["scenario.name=baseline", "a name of its own"]),
    (["scenario=meta_closes", "+scenario.labs.Nobody=closed"], ["Nobody", "no such lab", "allowed"]),
    (["scenario=meta_closes", "+scenario.labs.Google=ajar"], ["Google", "ajar", "allowed", "open_weights"]),
    (
        ["scenario=no_deepseek", "+scenario.changes={2024-01: {labs: {DeepSeek: open_weights}}}"],
        ["2024-01", "DeepSeek", "contradicts", "absent", "allowed"],
    ),
    (["scenario=no_deepseek", "+scenario.changes={2024-13: {}}"], ["2024-13", "YYYY-MM"]),
    (["scenario=no_deepseek", "+scenario.changes={January: {}}"], ["January", "YYYY-MM"]),
    (["scenario=no_deepseek", "+scenario.changes={2021-01: {}}"], ["2021-01", "2022-11"]),
    (["scenario=no_deepseek", "+scenario.extra=1"], ["extra", "allowed", "name, why, params"]),
    (["scenario=no_deepseek", "scenario.name=a/b"], ["scenario.name", "a/b", "allowed"]),
    (
        ["scenario=no_open_weights", "scenario.params={talent.mobility: 9}"],
        ["talent.mobility", "9", "allowed"],
    ),
    (["scenario=no_open_weights", "scenario.params={talent.mobilty: 0}"], ["talent.mobilty", "did you mean"]),
    # seeds, months, developers
    (["seeds=-1"], ["seeds=-1", "allowed"]),
    (["seeds=0"], ["seeds=0", "allowed", "1 to 100000"]),
    (["seeds=many"], ["seeds=many", "allowed"]),
    (["seeds=1.5"], ["seeds=1.5", "allowed"]),
    (["seeds=[]"], ["seeds=[]", "allowed"]),
    (["seeds=[3,3]"], ["seeds=[3, 3]", "allowed", "different"]),
    (["seeds=[1,-2]"], ["seeds=[1, -2]", "allowed"]),
    (["seeds=null"], ["seeds=None", "allowed"]),
    (["seeds=true"], ["seeds=True", "allowed"]),
    (["seeds=1,2"], ["seeds=1,2", "-m"]),
    (["seeds=100001"], ["seeds=100001", "100000"]),
    (["months=0"], ["months=0", "1 to 600"]),
    (["months=601"], ["months=601", "1 to 600"]),
    (["months=abc"], ["months=abc", "1 to 600"]),
    (["months=12.5"], ["months=12.5", "1 to 600"]),
    (["developers=5"], ["developers=5", "100 to 50000000"]),
    (["developers=50000001"], ["developers=50000001", "100 to 50000000"]),
    (["developers=1e3"], ["developers=1000.0", "100 to 50000000"]),
    # where and how
    (["name=../up"], ["name=../up", "allowed"]),
    (["name=.hidden"], ["name=.hidden", "allowed"]),
    (["name=''"], ["name=''", "allowed"]),
    (["name=a b"], ["name=a b", "one folder name"]),
    (["name=x(1)"], ["name=x(1)", "one folder name"]),
    (["name=ä"], ["name=ä", "one folder name"]),
    (["outputs="], ["outputs=''", "the path of a folder"]),
    (["outputs=~nobody-here/x"], ["outputs=~nobody-here/x", "the path of a folder", "no such user"]),
    (["design=file", "design.path=Punkte (1)=#ü.csv"], ["design.path=Punkte (1)=#ü.csv", "No such file"]),
    (["scenario_file=mein (1).yaml"], ["scenario_file=mein (1).yaml", "No such file"]),
    (["effect=a (b)"], ["effect=a (b)", "goes into quotes", "effect='a (b)'"]),
    (["months=3", "--config-dir", "nowhere", "seeds=1"], ["--config-dir", "nowhere", "a folder that exists"]),
    (["outputs=null"], ["outputs=None", "allowed"]),
    (["outputs=/proc/nowhere"], ["outputs=/proc/nowhere", "a folder that can be written"]),
    (["outputs=/dev/null"], ["outputs=/dev/null", "a folder that can be written"]),
    (["outputs=/dev/full/here"], ["outputs=/dev/full/here", "a folder that can be written"]),
    (["executor=cluster"], ["executor=cluster", "allowed", "dask, local, slurm"]),
    (["executor.kind=cluster"], ["executor.kind=cluster", "allowed", "local"]),
    (["executor.workers=0"], ["executor.workers=0", "1 to 1024"]),
    (["executor.workers=two"], ["executor.workers=two", "1 to 1024"]),
    (["executor.chunk=0"], ["executor.chunk=0", "1 to 100000"]),
    (["executor.deadline=soon"], ["executor.deadline=soon", "allowed", "a number"]),
    (["executor=dask"], ["executor.address=None", "allowed"]),
    # designs
    (["design=best"], ["design=best", "allowed", "grid, latin_hypercube, morris, saltelli, single, sobol"]),
    (
        ["design.kind=best"],
        ["design.kind=best", "allowed", "single, grid, latin_hypercube, sobol, saltelli, morris, file"],
    ),
    (["design=grid"], ["design.params", "allowed"]),
    (["design=grid", "design.params=[talent.mobilty]"], ["talent.mobilty", "did you mean", "talent.mobility"]),
    (["design=grid", "design.params={talent.mobility: [0.01, 7]}"], ["talent.mobility=7", "allowed", "0 to 1"]),
    (["design=sobol", "design.points=0"], ["design.points=0", "allowed"]),
    (["design=latin_hypercube", "design.points=many"], ["design.points=many", "allowed"]),
    (["design=file"], ["design.path", "allowed"]),
    (["design=file", "design.path=nowhere.csv"], ["nowhere.csv"]),
    # seeds until an effect is known
    (["seeds=auto"], ["seeds=auto", "effect", "precision"]),
    (["effect=open_lag"], ["effect=open_lag", "seeds=auto"]),
    (["seeds=auto", "effect=fame", "precision=1", "scenario=no_deepseek"], ["effect=fame", "open_lag"]),
    (["seeds=auto", "effect=open_lag", "precision=0", "scenario=no_deepseek"], ["precision=0", "allowed"]),
    (["seeds=auto", "effect=open_lag", "precision=1"], ["against=baseline", "two scenarios"]),
    (
        ["seeds=auto", "effect=open_lag", "precision=1", "scenario=no_deepseek", "against=meta_closes"],
        ["against=meta_closes", "baseline, no_deepseek"],
    ),
    (["seeds=auto", "effect=open_lag", "precision=1", "scenario=no_deepseek", "at=2030-01"], ["2030-01", "0 to 48"]),
    (["seeds=auto", "effect=open_lag", "precision=1", "scenario=no_deepseek", "most_seeds=3"], ["most_seeds=3"]),
    # what is kept, and what is switched off
    (["executor=dask", "executor.workers=1"], ["executor.workers=1", "this choice of executor", "--cfg job"]),
    (["measures=[fame]"], ["measures=fame", "allowed", "docs/measures.md"]),
    (["measures=[]"], ["measures=[]", "allowed"]),
    (["without=[pricing]"], ["without", "pricing", "is essential", "allowed", "awareness"]),
    (["without=talent"], ["without=talent", "without=[a,b]"]),
    (["scenarios=[nope]"], ["scenario=nope", "allowed", "baseline"]),
    (["scenarios=[meta_closes]", "scenario=no_deepseek"], ["scenarios", "either scenario=no_deepseek"]),
    (["figures=perhaps"], ["figures=perhaps", "true or false"]),
    # not settings at all
    (["months"], ["months", "setting=value"]),
    (["=5"], ["=5", "setting=value"]),
    (["seeds=[3,"], ["seeds=[3,", "setting=value"]),
    (["months=${nowhere}"], ["nowhere"]),
    (["design=grid", "design.params={talent.mobility: [0.01], talent.mobility: [0.02]}"], ["talent.mobility", "once"]),
    (["scenario=no_deepseek", "+scenario.changes={2024-01: {}, '2024-01': {}}"], ["2024-01", "each key once"]),
    (["scenario=no_deepseek", "+scenario.changes={2024-01: {}, 2024-01-01: {}}"], ["2024-01", "twice"]),
    (["scenario=no_deepseek", "+scenario.changes={2024-01: {labs: {Meta: closed, Meta: closed}}}"], ["Meta", "once"]),
    (["--nope"], ["--nope", "allowed"]),
    (["--config-dir", "nowhere"], ["--config-dir", "nowhere", "a folder that exists"]),
    (["-m", "scenario=baseline,nope"], ["scenario=nope", "allowed", "baseline"]),
    (["-m", "foo=1,2"], ["foo", "no such setting"]),
    # scenario files
    (["scenario_file=nowhere.yaml"], ["scenario_file=nowhere.yaml", "readable"]),
    (["scenario_file=/"], ["scenario_file=/", "readable"]),
    (["scenario=no_deepseek", "scenario_file=nowhere.yaml"], ["scenario_file", "not both"]),
]

FOREIGN = {
    "broken": (b"name: [", ["YAML"]),
    "binary": (b"\xff\xfe\x00\x01", ["UTF-8"]),
    "empty": (b"", ["allowed", "name, why"]),
    "list": (b"- a\n- b\n", ["allowed", "name, why"]),
    "docker": (b"services:\n  web:\n    image: nginx\n", ["scenario: name is missing"]),
    "number": (b"name: 3\nwhy: none\n", ["name", "3"]),
    "dates": (b"name: x\nwhy: y\nchanges: [2023-01]\n", ["changes"]),
    "nobody": (b"name: x\nwhy: y\nlabs: {'*': absent}\n", ["every lab is absent", "allowed"]),
}


def _check(code: int, error: str, words: list[str], *, stopped: bool = False) -> None:
    """Exit code 2 means that nothing is written, 1 that it stopped and what is finished is kept."""
    lines = error.splitlines()
    assert code == (1 if stopped else 2)
    assert len(lines) == 1, error
    assert lines[0].startswith("error: ")
    assert "Traceback" not in error
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_one_line_and_nothing_left(
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    nothing_left: Callable[[Path], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    code = run.main(arguments)
    captured = capsys.readouterr()
    _check(code, captured.err, words)
    assert captured.out == ""
    nothing_left(tmp_path)


@pytest.mark.parametrize("kind", FOREIGN)
def test_scenario_file_that_is_none(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    content, words = FOREIGN[kind]
    Path("mine.yaml").write_bytes(content)
    code = run.main(["scenario_file=mine.yaml"])
    _check(code, capsys.readouterr().err, ["mine.yaml", *words])
    assert os.listdir() == ["mine.yaml"]


def test_broken_scenario_in_a_folder_of_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine/scenario").mkdir(parents=True)
    Path("mine/scenario/odd.yaml").write_text("name: [")
    code = run.main(["--config-dir", "mine", "scenario=odd"])
    _check(code, capsys.readouterr().err, ["odd.yaml", "YAML"])
    assert os.listdir() == ["mine"]


def test_output_folder_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").write_text("mine")
    for place in ("results", "results/below"):
        code = run.main([f"outputs={place}"])
        _check(code, capsys.readouterr().err, [f"outputs={place}", "a folder that can be written"])
    assert Path("results").read_text() == "mine"
    assert os.listdir() == ["results"]


def test_multirun_with_one_name_keeps_the_first_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    size = ["months=2", "developers=100", "figures=false", "executor.workers=1"]
    code = run.main(["-m", "name=mine", "seeds=1,2", *size])
    _check(code, capsys.readouterr().err, ["name=mine", "-m"], stopped=True)
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "mine"]


@pytest.mark.parametrize(
    ("main", "arguments", "words"),
    [
        (main_job.main, ["--seeds", "-3"], ["seeds=-3", "allowed"]),
        (main_job.main, ["--months", "0"], ["months=0", "1 to 600"]),
        (main_job.main, ["--seeds", "many"], ["--seeds", "many"]),
        (main_job.main, ["--outputs", "/dev/null"], ["outputs=/dev/null"]),
        (main_job.main, ["--workers", "0"], ["executor.workers=0"]),
        (validate.main, ["--developers", "5"], ["developers=5", "100 to 50000000"]),
        (validate.main, ["--name", "a/b"], ["name=a/b", "allowed"]),
        (tables.main, ["--docs", "/dev/null/x"], ["/dev/null/x", "a folder that can be written"]),
        (tables.main, ["--nope"], ["--nope"]),
    ],
)
def test_other_commands(
    main: Callable[[list[str]], int],
    arguments: list[str],
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    nothing_left: Callable[[Path], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    _check(main(arguments), capsys.readouterr().err, words)
    nothing_left(tmp_path)


def _command(*arguments: str, folder: Path, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    def small_files_only() -> None:
        assert limit is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-m", "experiments.run", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=small_files_only if limit is not None else None,
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["+foo=1"], ["foo", "no such setting"]),
        (["params.talent.mobility=7"], ["params.talent.mobility", "7", "0 to 1"]),
        (["scenario=nope"], ["scenario=nope", "no_deepseek"]),
        (["seeds=-1"], ["seeds=-1", "allowed"]),
        (["outputs=/proc/nowhere"], ["outputs=/proc/nowhere"]),
        (["--nope"], ["--nope"]),
        (["-m", "months=0,601"], []),
    ],
    ids=str,
)
def test_as_typed(arguments: list[str], words: list[str], tmp_path: Path, nothing_left: Callable[[Path], None]) -> None:
    done = _command(*arguments, folder=tmp_path)
    if words:
        _check(done.returncode, done.stderr, words)
    else:  # one line for each job of a multirun
        assert done.returncode == 2
        assert [line.split()[1] for line in done.stderr.splitlines()] == ["months=0", "months=601"]
    assert done.stdout == ""
    nothing_left(tmp_path)


def test_full_folder_before_running(tmp_path: Path, nothing_left: Callable[[Path], None]) -> None:
    done = _command("seeds=1", folder=tmp_path, limit=100_000)
    _check(done.returncode, done.stderr, ["outputs=outputs", "a folder that can be written", "too large"])
    nothing_left(tmp_path)


def test_full_folder_after_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.results.store.shard._put", full)
    code = run.main(["name=mine", "seeds=1", "months=2", "developers=100", "executor.workers=1", "figures=false"])
    _check(code, capsys.readouterr().err, ["outputs=", "No space left on device"], stopped=True)
    # The study is announced, and that is all there is.
    assert sorted(path.name for path in Path("outputs").iterdir()) == ["mine"]
    assert (len(ex.open("outputs/mine").runs), ex.open("outputs/mine").missing) == (0, 1)


def test_folder_that_fills_up_with_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.plots.kinds.save", full)
    code = run.main(["name=mine", "seeds=1", "months=2", "developers=100", "executor.workers=1"])
    _check(code, capsys.readouterr().err, ["outputs=outputs", "No space left on device", "are kept"], stopped=True)
    # The runs are kept and can be opened; of figures and summaries nothing is there.
    assert len(ex.open("outputs/mine").runs) == 1
    names = sorted(path.name for path in Path("outputs/mine").iterdir())
    assert names == ["points.parquet", "runs.parquet", "study.json"]
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "mine"]
