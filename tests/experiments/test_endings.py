"""However a command ends, one line says why, the exit code says what is left, and no study is mixed with another."""

from __future__ import annotations

import ast
import json
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
import sim
from experiments import main_job, notebooks, plots, run, status, tables, validate
from experiments import store as command
from experiments.engine.driver import UnfinishedError
from experiments.results import folder as folders
from experiments.results import seal
from sim.numerics import race

ROOT = Path(__file__).parents[2]
SIZE = ["months=14", "developers=100", "executor.workers=1"]
QUICK = [*SIZE, "months=2", "figures=false"]
ASKED: dict[str, Any] = {"months": 2, "developers": 100, "workers": 1, "progress": False}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def one_line(error: str, *words: str) -> None:
    lines = error.splitlines()
    assert len(lines) == 1, error
    assert lines[0].startswith("error: ") and lines[0].isprintable()
    for word in words:
        assert word in lines[0]


# Figures


def text_of(path: Path) -> str:
    """The words of a figure, which our SVG keeps as text."""
    return path.read_text("utf-8")


CLOSED_BORDERS = " ".join(
    f"params.talent.migration_cost.{way}=20" for way in ("us_cn", "us_eu", "cn_us", "cn_eu", "eu_us", "eu_cn")
)


@pytest.mark.parametrize("words", ["without=[talent]", "params.talent.mobility=0", CLOSED_BORDERS])
def test_an_empty_figure_says_so_in_its_place(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("talent_between_regions", "talent_between_open_and_closed")
    monkeypatch.setattr(plots, "USUAL", (*names, "prices"))
    assert run.main([*words.split(), "seeds=1", "name=study", *SIZE]) == 0
    captured = capsys.readouterr()
    assert captured.err == "" and "written to outputs/study" in captured.out
    folder = Path("outputs/study")
    assert {"provenance.json", "summary.json", "config.yaml", "failures.json"} <= {p.name for p in folder.iterdir()}
    assert {path.stem for path in (folder / "figures").iterdir()} == {*names, "prices"}
    assert "No researcher moved, by region." in text_of(folder / "figures" / "talent_between_regions.svg")
    # With no mobility founders still leave their labs.
    other = text_of(folder / "figures" / "talent_between_open_and_closed.svg")
    assert ("No researcher moved, by kind of employer." in other) is (words == "without=[talent]")


@pytest.mark.parametrize("error", [ValueError("max() of\nnothing"), ZeroDivisionError(), sim.ScenarioError("x")])
def test_a_figure_that_fails_says_so_in_its_place(
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    made_up: Callable[..., ex.Results],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    broken = plots.KINDS["shares_by_lab"]._replace(drawings=lambda _: iter([("shares_by_lab", fail)]))
    monkeypatch.setitem(plots.KINDS, "shares_by_lab", broken)
    paths = plots.draw_all(made_up(6, ("baseline",)), "figures", ["shares_by_lab", "prices"])
    assert {path.stem for path in paths} == {"shares_by_lab", "prices"}
    said = " ".join(text_of(Path("figures/shares_by_lab.svg")).split())
    assert "shares by lab cannot be drawn" in said
    (record,) = caplog.records
    assert record.getMessage().startswith(f"figure shares_by_lab cannot be drawn: {type(error).__name__}")
    assert record.getMessage().isprintable()


def test_a_full_disk_is_no_figure_that_fails(
    monkeypatch: pytest.MonkeyPatch, made_up: Callable[..., ex.Results]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.plots.kinds.save", full)
    with pytest.raises(OSError, match="No space left"):
        plots.draw_all(made_up(6, ("baseline",)), "figures")


def test_figures_of_a_study_with_a_failed_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run without its partner is left out of the effect, and everything is drawn."""
    lived = sim.Market.run

    def failing(market: sim.Market, months: int) -> sim.Record:
        if market.seed == 1 and market.setup.differs:
            raise FloatingPointError("burned down")
        return lived(market, months)

    monkeypatch.setattr(sim.Market, "run", failing)
    monkeypatch.setattr(plots, "USUAL", ("effect_of_scenario",))
    assert run.main(["seeds=3", "scenario=no_open_weights", "name=study", *SIZE]) == 1
    one_line(capsys.readouterr().err, "1 of 6 runs failed", "burned down")
    assert "cannot be drawn" not in text_of(Path("outputs/study/figures/effect_of_no_open_weights.svg"))
    assert json.loads(Path("outputs/study/summary.json").read_text())["failed"] == 1


# The same name for another question


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_another_question_sets_the_old_study_aside(caplog: pytest.LogCaptureFixture) -> None:
    assert run.main(["seeds=2", "name=study", "scenario=no_deepseek", *QUICK]) == 0
    finish(Path("outputs/study"), "first")
    Path("outputs/study/notes.txt").write_text("mine")
    before = contents(Path("outputs/study"))
    caplog.clear()
    assert run.main(["seeds=3", "name=study", "scenario=no_open_weights", *QUICK]) == 0
    assert [record.getMessage() for record in caplog.records] == [
        "outputs/study held another study, which is now outputs/study.1"
    ]
    after = contents(Path("outputs/study.1"))
    assert after == before
    names = set(contents(Path("outputs/study")))
    assert names == {"config.yaml", "failures.json", "points.parquet", "provenance.json", "runs.parquet", "study.json",
                     "summary.json"}  # fmt: skip
    assert ex.open("outputs/study").scenarios == ("baseline", "no_open_weights")
    assert ex.open("outputs/study.1").scenarios == ("baseline", "no_deepseek")
    assert command.main(["verify"]) == 0
    assert run.main(["seeds=1", "name=study", *QUICK]) == 0
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "study", "study.1", "study.2"]


@pytest.mark.parametrize(
    "again", [["seeds=2"], ["seeds=2", "executor.chunk=1"], ["seeds=[0,1]"], ["figures=false", "seeds=2"]]
)
def test_the_same_question_stays_in_its_folder(again: list[str], caplog: pytest.LogCaptureFixture) -> None:
    words = ["name=study", "scenario=no_deepseek", *QUICK]
    assert run.main([*words, "seeds=2"]) == 0
    Path("outputs/study/notes.txt").write_text("mine")
    assert run.main([*words, *again]) == 0
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "study"]
    assert Path("outputs/study/notes.txt").read_text() == "mine"
    assert caplog.records == []
    assert command.main(["verify"]) == 0


def test_seeds_until_an_effect_is_known_stay_in_their_folder(caplog: pytest.LogCaptureFixture) -> None:
    words = ["seeds=auto", "scenario=no_open_weights", "name=study", *QUICK, "months=8", "effect=open_share_users"]
    for _ in range(2):
        assert run.main([*words, "precision=1e-9", "most_seeds=17"]) == 0
        assert len(ex.open("outputs/study").seeds) == 17
        assert json.loads(Path("outputs/study/provenance.json").read_text()) == ex.open("outputs/study").provenance
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "study"]
    assert run.main([*words, "precision=1e-9", "most_seeds=18"]) == 0
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "study", "study.1"]


def test_a_figure_that_is_not_made_any_more_goes() -> None:
    """Figures of the first end of a study do not stay beside the numbers of the second."""
    ex.ensemble("baseline", seeds=1, name="study", **ASKED)
    folder, results = Path("outputs/study"), ex.open("outputs/study")

    def draw(place: Path) -> None:
        (place / "figures").mkdir()
        (place / "figures" / "old.svg").write_text("<svg/>")

    folders.finish(folder, results, {"summary.json": {"a": 1}}, draw)
    assert (folder / "figures" / "old.svg").exists()
    (folder / "figures" / "mine.svg").write_text("<svg/>")
    folders.finish(folder, results, {"words.txt": "b"})
    assert {path.name for path in folder.iterdir()} >= {"words.txt", "figures"}
    assert not (folder / "summary.json").exists()
    assert [path.name for path in (folder / "figures").iterdir()] == ["mine.svg"]  # it is not ours


def test_a_study_whose_folder_is_taken_meanwhile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lived, taken = sim.Market.run, []

    def slow(market: sim.Market, months: int) -> sim.Record:
        if not taken:
            taken.append(True)
            ex.ensemble("baseline", seeds=[7], name="study", **ASKED)
        return lived(market, months)

    monkeypatch.setattr(sim.Market, "run", slow)
    assert run.main(["seeds=2", "name=study", *QUICK]) == 1
    one_line(capsys.readouterr().err, "another study has taken this folder", "finished runs are kept")
    assert ex.open("outputs/study").seeds == (7,)
    assert ex.open("outputs/study.1").seeds == (0, 1)


# Killed between two files


def killed_at(step: int, work: Callable[[], Any]) -> bool:
    """Do some work in a process that is gone at its n-th change of a folder; returns whether it came so far."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(change: Callable[..., Any]) -> Callable[..., Any]:
            def inside(*args: Any, **more: Any) -> Any:
                if left[0] == 0:
                    os._exit(9)
                left[0] -= 1
                return change(*args, **more)

            return inside

        for name in ("replace", "rename", "unlink"):
            setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.fixture
def finished() -> Path:
    """A finished study with a figure."""
    asked = ["seeds=2", "scenario=no_deepseek", "name=study", *QUICK]
    assert run.main(asked) == 0
    finish(Path("outputs/study"), "first")
    return Path("outputs/study")


def finish(folder: Path, text: str) -> None:
    def draw(place: Path) -> None:
        (place / "figures").mkdir()
        (place / "figures" / "one.svg").write_text(text)

    results = ex.open(folder)
    results.provenance["command"] = text
    folders.finish(folder, results, {"summary.json": text, "config.yaml": text}, draw)


def ends(folder: Path, check: Callable[[Path], None], work: Callable[[Path], Any]) -> int:
    """Kill the work at every step, from the same folder each time; returns the number of steps."""
    kept, step = Path(shutil.copytree(folder.parent, "kept")), 0
    while killed_at(step, lambda: work(folder)):
        check(folder)
        shutil.rmtree(folder.parent)
        shutil.copytree(kept, folder.parent)
        step += 1
    return step


def test_killed_while_it_is_written_a_study_agrees_with_itself(finished: Path) -> None:
    def check(folder: Path) -> None:
        about, results = seal.read_study(folder), ex.open(folder)
        assert len(results.runs) == 4
        made = about["provenance"]["command"]
        for name in ("provenance.json", "summary.json", "config.yaml", "figures/one.svg"):
            if (folder / name).exists():
                assert made in (folder / name).read_text(), (made, name)

    assert ends(finished, check, lambda folder: finish(folder, "second")) >= 10


def test_killed_while_it_is_announced_a_study_agrees_with_itself(finished: Path) -> None:
    """The same question with other runs, as when seeds are added until an effect is known."""
    question = ex.open(finished).provenance["question"]
    asked = pd.concat([ex.open(finished).runs, ex.open(finished).runs.assign(seed=lambda runs: runs["seed"] + 10)])
    made = {**ex.open(finished).provenance, "seeds": [0, 1, 10, 11]}

    def work(folder: Path) -> None:
        results = ex.open(folder)
        announced = {"months": 2, "measures": results.kept, "driver": {"pid": 1}, "provenance": made}
        folders.begin(folder, asked, results.points, announced)

    def check(folder: Path) -> None:
        about, results = seal.read_study(folder), ex.open(folder)
        assert about["provenance"]["question"] == question
        assert len(results.runs) in (4, 8)
        if len(results.runs) == 8:
            assert about["provenance"]["seeds"] == [0, 1, 10, 11]
            assert not (folder / "summary.json").exists() and not (folder / "figures").exists()
        if (folder / "summary.json").exists():
            assert "first" in (folder / "summary.json").read_text() and len(results.runs) == 4

    assert ends(finished, check, work) >= 5


def test_killed_while_another_study_takes_its_name(finished: Path) -> None:
    before = contents(finished)

    def work(folder: Path) -> None:
        ex.ensemble("baseline", seeds=[0], name="study", outputs=folder.parent, **ASKED)

    def check(folder: Path) -> None:
        aside = folder.with_name("study.1")
        assert contents(aside if aside.exists() else folder) == before
        if aside.exists() and folder.exists():
            assert ex.open(folder).scenarios in (("baseline",), ())

    assert ends(finished, check, work) >= 3


# Ctrl-C


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


NOTEBOOK = "# %%\nprint(1)\n"


@pytest.mark.parametrize(
    ("main", "arguments", "where"),
    [
        (run.main, ["seeds=1", *QUICK], "sim.Market.run"),
        (main_job.main, ["--seeds", "1", "--months", "2", "--developers", "100", "--workers", "1"], "sim.Market.run"),
        (validate.main, ["--seeds", "1", "--developers", "100", "--workers", "1"], "sim.Market.run"),
        (main_job.main, ["--seeds", "1", "--months", "2", "--developers", "100", "--workers", "1"],
         "experiments.main_job.finish"),
        (validate.main, ["--seeds", "1", "--developers", "100", "--workers", "1"], "experiments.validate.finish"),
        (notebooks.main, ["--folder", "books"], "experiments.notebooks.execute"),
        (tables.main, ["--docs", "docs"], "experiments.tables.pages"),
        (status.main, ["--outputs", "."], "experiments.status.look"),
        (command.main, ["list", "--outputs", "."], "experiments.store.studies"),
    ],
)  # fmt: skip
def test_interrupted(
    main: Callable[[list[str]], int],
    arguments: list[str],
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("books").mkdir()
    Path("books/one.py").write_text(NOTEBOOK)
    if main is status.main:
        Path("study").mkdir()
        Path("study/study.json").write_text("{}")
    monkeypatch.setattr(where, interrupt)
    assert main(arguments) == 130
    captured = capsys.readouterr()
    one_line(captured.err, "interrupted")
    assert ("finished runs are kept" in captured.err) == (main in (run.main, main_job.main, validate.main))


# What is refused, and what has happened by then


@pytest.mark.parametrize(
    ("main", "arguments", "words"),
    [
        (main_job.main, ["--seed", "3"], ["unrecognized arguments: --seed 3", "did you mean --seeds?"]),
        (main_job.main, ["--seed=3"], ["did you mean --seeds?"]),
        (main_job.main, ["--month", "3"], ["did you mean --months?"]),
        (main_job.main, ["--outputs", ""], ["--outputs=''", "the path of a folder"]),
        (main_job.main, ["--outputs", " "], ["--outputs", "the path of a folder"]),
        (validate.main, ["--seed", "3"], ["did you mean --seeds?"]),
        (validate.main, ["--outputs", ""], ["--outputs=''"]),
        (validate.main, ["--what"], ["unrecognized arguments: --what; see --help"]),
        (status.main, ["--outputs", ""], ["--outputs=''"]),
        (status.main, [""], ["folders=''"]),
        (status.main, ["--out", "x"], ["did you mean --outputs?"]),
        (command.main, ["verify", "--outputs", ""], ["--outputs=''"]),
        (command.main, ["prune", "--day", "1"], ["--day"]),
        (notebooks.main, ["--folder", "/nope"], ["--folder=/nope", "a folder with notebooks"]),
        (notebooks.main, ["--folder", ""], ["--folder=''"]),
        (notebooks.main, ["--folder", "."], ["--folder=.", "a folder with notebooks"]),
        (tables.main, ["--docs", ""], ["--docs=''"]),
        (run.main, ["outputs=''"], ["outputs=''"]),
    ],
)  # fmt: skip
def test_refusals(
    main: Callable[[list[str]], int],
    arguments: list[str],
    words: list[str],
    capsys: pytest.CaptureFixture[str],
    nothing_left: Callable[[Path], None],
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    one_line(captured.err, *words)
    nothing_left(Path())


def test_slurm_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], nothing_left: Callable[[Path], None]
) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", "/nowhere")
    assert run.main(["executor=slurm", "seeds=1", "name=study"]) == 2
    one_line(capsys.readouterr().err, "executor.cluster=slurm", "sbatch")
    nothing_left(Path())


def test_dask_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], nothing_left: Callable[[Path], None]
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("experiments.engine.executors.dask_cluster.CONNECT_SECONDS", 0.5)
    assert run.main(["executor=dask", "executor.address=tcp://127.0.0.1:9", "seeds=1", "name=study"]) == 2
    one_line(capsys.readouterr().err, "executor.address=tcp://127.0.0.1:9")
    nothing_left(Path())


def test_what_is_finished_needs_no_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["seeds=1", "name=study", "months=2", "developers=100", "figures=false"]
    assert run.main([*asked, "executor.workers=1"]) == 0
    monkeypatch.setenv("PATH", "/nowhere")
    assert run.main([*asked, "executor=slurm"]) == 0


@pytest.mark.parametrize(("name", "value"), [("WEIGHTSHIFT_KERNEL", "nope"), ("WEIGHTSHIFT_WORKERS", "many")])
def test_a_kernel_that_is_none(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    nothing_left: Callable[[Path], None],
) -> None:
    monkeypatch.setattr(race, "_CHOSEN", {})
    monkeypatch.setenv(name, value)
    for workers in (1, 2):
        assert run.main(["seeds=1", "name=study", f"executor.workers={workers}"]) == 2
        one_line(capsys.readouterr().err, name, value, "allowed")
    with pytest.raises(ex.ExperimentError, match=value):
        ex.ensemble("baseline", seeds=1)
    nothing_left(Path())


def test_more_runs_than_anybody_could_list(
    capsys: pytest.CaptureFixture[str], nothing_left: Callable[[Path], None]
) -> None:
    words = ["design=latin_hypercube", "design.points=1000", "design.params=[talent.mobility]"]
    assert run.main([*words, "seeds=100000"]) == 2
    one_line(capsys.readouterr().err, "seeds=100,000 x 1,000 points and scenarios = 100,000,000 runs", "5,000,000")
    rule = ["seeds=auto", "effect=open_lag", "precision=1", "scenario=no_deepseek", "most_seeds=100000"]
    assert run.main([*words, *rule]) == 2
    one_line(capsys.readouterr().err, "200,000,000 runs", "5,000,000")
    with pytest.raises(ex.ExperimentError, match="5,000,000"):
        ex.ensemble(["baseline", "no_deepseek"], seeds=100_000, design={"kind": "sobol", "points": 64})
    nothing_left(Path())


def _in_a_worker(workers: int | None, folder: str) -> str:
    try:
        results = ex.ensemble(
            "baseline", seeds=2, months=1, developers=100, workers=workers, outputs=folder, progress=False
        )
    except ex.ExperimentError as error:
        return str(error)
    return f"{len(results.runs)} runs, {len(results.failures)} failed"


def test_a_worker_of_a_pool_starts_no_processes(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_in_a_worker, (2, str(tmp_path / "two"))) == (
            "executor.workers=2 is not allowed; allowed: 1 in a worker of a pool, which may not start processes"
        )
        assert not (tmp_path / "two").exists()
        assert pool.apply(_in_a_worker, (1, str(tmp_path / "one"))) == "2 runs, 0 failed"
        assert pool.apply(_in_a_worker, (None, str(tmp_path / "none"))) == "2 runs, 0 failed"


@pytest.mark.parametrize("place", ["experiments.run.summary.headline", "experiments.run._in_words"])
def test_a_mistake_of_ours_after_the_runs_is_no_refusal(
    place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(place, fail)
    assert run.main(["seeds=1", "name=study", *QUICK]) == 1
    one_line(capsys.readouterr().err, "ZeroDivisionError: division by zero (test_endings.py, line ", "runs are kept")
    assert len(ex.open("outputs/study").runs) == 1


@pytest.mark.parametrize("main", [main_job.main, validate.main])
def test_runs_that_fail_or_are_missing_in_the_other_commands(
    main: Callable[[list[str]], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lived = sim.Market.run

    def careless(market: sim.Market, months: int) -> sim.Record:
        if market.seed == 2 and market.developers.number == 100:  # not those with many, which come beside
            raise FloatingPointError("burned down")
        return lived(market, months)

    monkeypatch.setattr(sim.Market, "run", careless)
    monkeypatch.setattr(plots, "USUAL", ("prices",))
    size = ["--seeds", "4", "--developers", "100", "--workers", "1"]
    size += ["--months", "2"] if main is main_job.main else []
    assert main(size) == 1
    captured = capsys.readouterr()
    one_line(captured.err, "runs failed", "failures.json", "burned down")
    assert captured.out
    name = "first_run" if main is main_job.main else "validation"
    about = json.loads(Path("outputs", name, "study.json").read_text())
    assert about["failed"] == (2 if main is main_job.main else 1)


def test_no_run_at_all_in_the_main_job(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FloatingPointError("burned down")

    monkeypatch.setattr(sim.Market, "run", fail)
    assert main_job.main(["--seeds", "1", "--months", "2", "--developers", "100", "--workers", "1"]) == 1
    assert all(line.startswith("error: ") for line in capsys.readouterr().err.splitlines())
    assert validate.main(["--seeds", "1", "--developers", "100", "--workers", "1"]) == 1
    one_line(capsys.readouterr().err, "1 of 1 runs failed", "burned down")


def test_validation_without_its_run_of_many(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise FloatingPointError("burned down")

    monkeypatch.setattr(validate, "crowds", fail)
    assert validate.main(["--seeds", "1", "--developers", "100", "--workers", "1"]) == 1
    captured = capsys.readouterr()
    one_line(captured.err, "many developers failed", "burned down")
    table = pd.read_csv("outputs/validation/validation.csv")
    assert table["model"].notna().sum() > 50 and captured.out


def test_in_python_too_what_stops_is_told_from_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("experiments.results.store.shard._put", full)
    with pytest.raises(UnfinishedError, match="No space left on device"):
        ex.ensemble("baseline", seeds=1, name="study", **ASKED)
    assert ex.open("outputs/study").missing == 1


# Notebooks


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1 / 0", ["code cell 2", "1 / 0", "ZeroDivisionError: division by zero"]),
        ("raise SystemExit(3)", ["code cell 2", "SystemExit: 3"]),
        ("x = (", ["code cell 2", "SyntaxError"]),
        ("print('\\x1b[31m'); raise ValueError('a\\nb\\x1b[2J')", ["ValueError: a b"]),
    ],
)
def test_a_cell_that_fails_is_one_line(cell: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for package in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(package)
    Path("books").mkdir()
    Path("books/a.py").write_text("# %%\nprint(1)\n")
    Path("books/b.py").write_text(f"# %%\nprint(1)\n\n# %%\n{cell}\n")
    assert notebooks.main(["--folder", "books"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "books/a.ipynb\n"
    one_line(captured.err, "books/b.py", *words)
    assert sorted(path.name for path in Path("books").iterdir()) == ["a.ipynb", "a.py", "b.py"]


# Pipes


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise there")
def test_who_reads_only_the_first_lines_is_told_nothing_else() -> None:
    root = Path(__file__).parents[2]
    command = f"{sys.executable} -m experiments.claims --list | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(root)}
    )
    first, code = done.stdout.splitlines()
    assert first.startswith("K01")
    assert done.stderr == ""
    assert code in ("0", "141")  # where the pipe took all lines before it was closed, there is nothing to notice


# Letters


def test_a_notebook_ends_at_ctrl_c_and_takes_its_kernel_along() -> None:
    for package in ("jupytext", "nbclient", "ipykernel"):
        pytest.importorskip(package)
    Path("books").mkdir()
    Path("books/a.py").write_text(
        "# %%\nimport os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(60)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.Popen(
        [sys.executable, "-m", "experiments.notebooks", "--folder", "books"], stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )  # fmt: skip
    wait_until(lambda: Path("books/pid").exists() and Path("books/pid").read_text() != "")
    done.send_signal(signal.SIGINT)
    _, error = done.communicate(timeout=60)
    assert done.returncode == 130
    assert [line for line in error.splitlines() if "IPKernelApp" not in line] == ["error: interrupted"]
    kernel = int(Path("books/pid").read_text())
    wait_until(lambda: not Path(f"/proc/{kernel}").exists())
    assert not Path("books/a.ipynb").exists()


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds
        time.sleep(0.05)


def test_every_text_file_is_utf_8() -> None:
    """Whatever the machine's own encoding is: each file opened as text says so."""
    for path in [*(ROOT / "experiments").rglob("*.py"), *(ROOT / "sim").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said = [ast.unparse(item) for item in (*node.args, *(word.value for word in node.keywords))]
            here = f"{path.name}, line {node.lineno}: {ast.unparse(node)}"
            if name == "read_text" or (name == "write_text" and len(node.args) + len(node.keywords) < 4):
                ours = ast.unparse(node.func) == "read_text"  # experiments.questions.reading, which decodes itself
                assert ours or "'utf-8'" in said, here
            if name == "open" and not any("b" in mode.strip("'") for mode in said if mode.strip("'").isalpha()):
                assert "'utf-8'" in said or ast.unparse(node.func) in ("os.open", "webbrowser.open"), here
            assert not any(word.arg in ("text", "universal_newlines") for word in node.keywords), here


LOCALES = {
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


FEWER_FIGURES = (
    "from experiments import main_job, plots; plots.USUAL = ('prices', 'margins'); raise SystemExit(main_job.main())"
)


def typed(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    every = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"} | environment
    return subprocess.run([sys.executable, *words], env=every, capture_output=True, timeout=300)


@pytest.mark.parametrize("locale", ["ascii", pytest.param("cp1252", marks=pytest.mark.slow)])
def test_letters_that_the_terminal_does_not_have(locale: str) -> None:
    size = ["--seeds", "2", "--months", "14", "--developers", "100", "--workers", "1", "--outputs", "größe"]
    done = typed("-c", FEWER_FIGURES, *size, **LOCALES[locale])
    assert done.returncode == 0, done.stderr.decode()
    assert rb"\u03c6" in done.stdout and b"UnicodeEncodeError" not in done.stderr
    folder = Path("größe/first_run")
    assert "φ" in (folder / "summary.txt").read_text("utf-8")
    assert len(list((folder / "figures").iterdir())) == 10
    for module, words in (("status", [str(folder)]), ("store", ["verify", "--outputs", "größe"])):
        done = typed("-m", f"experiments.{module}", *words, **LOCALES[locale])
        assert done.returncode == 0 and done.stdout and not done.stderr, done.stderr.decode()
    assert len(ex.open(folder).runs) == 4  # where letters are letters again


@pytest.fixture(autouse=True)
def _told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.WARNING)
    yield
