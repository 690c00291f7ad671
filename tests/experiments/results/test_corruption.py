"""One bit of one file of a study changes: the same numbers, the word that some are missing, or a refusal, never others.

The fuzzer goes through every file of a study's folder and of its store. ``make test-slow`` turns many more bits.
"""

from __future__ import annotations

import json
import logging
import random
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
from experiments import run, status
from experiments import store as command
from experiments.results import folder as folders
from experiments.results import seal, store

ASKED = [
    "scenario=no_deepseek", "seeds=2", "months=3", "developers=100", "executor.workers=1", "executor.chunk=2",
    "figures=false", "name=study", "measures=[frontier,labs.price,flows]",
    "design=grid", "design.params={talent.mobility: [0.01, 0.02], finance.invest_mode: null}",
]  # fmt: skip
INDEX = f"{store.FOLDER}/index.json"


@dataclass
class Seen:
    """All that a study says when it is opened."""

    words: tuple[Any, ...]
    tables: dict[str, pd.DataFrame]


def seen(results: ex.Results) -> Seen:
    made = {name: value for name, value in results.provenance.items() if name != "command"}  # which names the folder
    words = (
        results.scenarios, results.seeds, results.months, results.kept, json.dumps(made, sort_keys=True),
        results.failures, results.units,
    )  # fmt: skip
    tables = {name: results.load(name) for name in results.kept} | {"runs": results.runs, "points": results.points}
    return Seen(words, tables)


@dataclass
class Study:
    """A finished study whose files can be put back as they were."""

    outputs: Path

    def __post_init__(self) -> None:
        self.contents = {
            path.relative_to(self.outputs).as_posix(): path.read_bytes()
            for path in sorted(self.outputs.rglob("*"))
            if path.is_file()
        }
        self.whole = seen(ex.open(self.folder))

    @property
    def folder(self) -> Path:
        return self.outputs / "study"

    def restore(self) -> None:
        for path in self.outputs.rglob("*"):
            if path.is_file() and path.relative_to(self.outputs).as_posix() not in self.contents:
                path.unlink()
        for name, data in self.contents.items():
            (self.outputs / name).write_bytes(data)

    def flip(self, name: str, bit: int) -> None:
        data = bytearray(self.contents[name])
        data[bit // 8] ^= 1 << bit % 8
        (self.outputs / name).write_bytes(data)

    def outcome(self, said: pytest.LogCaptureFixture) -> str:
        """``same``, ``missing`` or ``refused``; a test that fails if it is anything else."""
        said.clear()
        try:
            results = ex.open(self.folder)
            found = seen(results)
        except ex.ExperimentError as error:
            assert str(error).isprintable() and len(str(error)) < 1000
            return "refused"
        if not results.missing:
            assert found.words == self.whole.words
            for name, table in self.whole.tables.items():
                pd.testing.assert_frame_equal(found.tables[name], table, check_exact=True)
            return "same"
        assert any("gone or damaged" in record.getMessage() for record in said.records)
        assert "missing" in repr(results)
        everything = self.whole.tables["runs"]
        assert len(results.runs) + results.missing == len(everything)
        for name in results.kept:
            table, index = self.whole.tables[name], ["scenario", "point", "seed"]
            runs = everything.loc[everything["key"].isin(results.runs["key"]), index]
            rest = table.merge(runs, on=index).sort_values(list(table), ignore_index=True)
            ours = found.tables[name].sort_values(list(table), ignore_index=True)
            pd.testing.assert_frame_equal(ours, rest[list(ours)], check_exact=True)
        return "missing"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("whole") / "outputs"
    assert run.main([*ASKED, f"outputs={outputs}"]) == 0
    return outputs


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Study:
    return Study(Path(shutil.copytree(made, tmp_path / "outputs")))


def test_a_study_has_the_files_that_are_looked_at(study: Study) -> None:
    names = {"config.yaml", "failures.json", "points.parquet", "provenance.json", "runs.parquet", "study.json"}
    assert {name.split("/")[1] for name in study.contents if name.startswith("study/")} == names | {"summary.json"}
    assert len([name for name in study.contents if name.endswith(".parquet") and store.FOLDER in name]) == 4
    assert seal.read_study(study.folder)["files"].keys() == names - {"study.json"} | {"summary.json"}


@pytest.mark.parametrize("flips", [80, pytest.param(2400, marks=pytest.mark.slow)])
def test_no_flipped_bit_is_silent(
    study: Study, flips: int, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)
    luck, outcomes, each = random.Random(flips), Counter(), -(-flips // len(study.contents))
    for name, data in study.contents.items():
        for number in range(each):
            study.flip(name, luck.randrange(8 * len(data)))
            if number % 2 and name != INDEX:  # which spares looking at shards
                (study.outputs / INDEX).unlink()
            outcome = study.outcome(caplog)
            code = command.main(["verify", "--outputs", str(study.outputs)])
            capsys.readouterr()
            outcomes[outcome] += 1
            if name == INDEX:  # only remembers what the shards say
                assert (outcome, code) == ("same", 0)
            elif outcome != "same" or name != "study/study.json":  # where a space or the case of a letter may change
                assert code == 1, name
            if name in ("study/runs.parquet", "study/points.parquet"):
                assert outcome == "refused"
            elif name.startswith(store.FOLDER) and name != INDEX:
                assert outcome != "same"
            study.restore()
    assert sum(outcomes.values()) >= flips
    assert outcomes["refused"] > flips / 5 and outcomes["missing"] > 0
    assert study.outcome(caplog) == "same"
    assert command.main(["verify", "--outputs", str(study.outputs)]) == 0


@pytest.mark.parametrize("length", [0, 1, 7, -1, -5])
def test_files_cut_short_are_refused(study: Study, length: int, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("study.json", "runs.parquet", "points.parquet"):
        path = study.folder / name
        path.write_bytes(path.read_bytes()[:length])
        # The last byte of study.json is the end of a line.
        assert study.outcome(caplog) == ("same" if (name, length) == ("study.json", -1) else "refused")
        study.restore()


def test_digests_go_with_each_other(study: Study, caplog: pytest.LogCaptureFixture) -> None:
    """The runs of another study, whole as they are, are not those of this one."""
    assert run.main([*ASKED, "seeds=3", "name=other", f"outputs={study.outputs}"]) == 0
    others = {name: (study.outputs / "other" / name).read_bytes() for name in ("runs.parquet", "points.parquet")}
    for name, data in others.items():
        same = data == (study.folder / name).read_bytes()
        assert same is (name == "points.parquet")
        (study.folder / name).write_bytes(data)
        assert study.outcome(caplog) == ("same" if same else "refused")
        study.restore()


def test_a_study_of_the_format_before_is_not_made_of_one_with_digests(study: Study) -> None:
    path = study.folder / "study.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps(about | {"format": 2, "months": 2}))
    with pytest.raises(ex.ExperimentError, match="the folder of an experiment"):
        ex.open(study.folder)
    del about["digest"]
    path.write_text(json.dumps(about))
    with pytest.raises(ex.ExperimentError, match=r"study\.json: damaged"):
        ex.open(study.folder)


def test_asking_again_sets_the_damaged_folder_aside(study: Study, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("study.json", "runs.parquet", "points.parquet"):
        study.flip(f"study/{name}", 400)
        assert run.main([*ASKED, f"outputs={study.outputs}"]) == 0
        assert study.outcome(caplog) == "same"
        assert seal.harmed(study.folder, seal.read_study(study.folder)) == []
    assert (study.outputs / "study.1" / "study.json").exists()
    assert not (study.outputs / "study.2").exists()  # lists of runs are written anew where they are


# Shards that are gone


def some_shard(study: Study) -> Path:
    return sorted((study.outputs / store.FOLDER).glob("*.parquet"))[2]


def test_a_shard_that_is_gone_is_told(
    study: Study, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = some_shard(study)
    gone.unlink()
    assert study.outcome(caplog) == "missing"
    (record,) = caplog.records
    assert f"{gone.name} is gone or damaged; 4 of its runs are missing" in record.getMessage()
    assert "python -m experiments.run" in record.getMessage()
    assert command.main(["verify", "--outputs", str(study.outputs)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert f"study: the shard {gone.name} is gone" in lines
    assert lines[-1].startswith("to compute anew what study lost: python -m experiments.run ")
    assert run.main([*ASKED, f"outputs={study.outputs}"]) == 0
    caplog.clear()
    assert study.outcome(caplog) == "same"
    assert caplog.records == []


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_files_made_of_the_runs_are_verified(study: Study, harm: str, capsys: pytest.CaptureFixture[str]) -> None:
    if harm == "gone":
        (study.folder / "summary.json").unlink()
    else:
        study.flip("study/summary.json", 777)
    assert command.main(["verify", "--outputs", str(study.outputs)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"study: summary.json is {harm}"
    assert lines[2].startswith("to write the files of study anew: python -m experiments.run ")
    assert run.main([*ASKED, f"outputs={study.outputs}"]) == 0
    assert command.main(["verify", "--outputs", str(study.outputs)]) == 0


def test_a_shard_deleted_in_mid_study_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sim

    lived, deleted = sim.Market.run, []

    def careless(market: sim.Market, months: int) -> sim.Record:
        if market.seed == 3 and not deleted:
            deleted.append(sorted((tmp_path / store.FOLDER).glob("*.parquet"))[0])
            deleted[0].unlink()
        return lived(market, months)

    monkeypatch.setattr(sim.Market, "run", careless)
    words = ["seeds=4", "months=2", "developers=100", "executor.workers=1", "executor.chunk=1", "figures=false"]
    assert run.main([*words, "name=study", f"outputs={tmp_path}"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "error: 1 of 4 runs are missing; the same command computes them anew\n"
    assert "3 runs of baseline; months 0 to 2, unfinished: 1 missing" in captured.out
    assert json.loads((tmp_path / "study" / "summary.json").read_text())["missing"] == 1
    assert seal.read_study(tmp_path / "study")["missing"] == 1
    assert status.main([str(tmp_path / "study")]) == 0
    assert "3 of 4 runs" in capsys.readouterr().out
    assert run.main([*words, "name=study", f"outputs={tmp_path}"]) == 0


# Months


def test_a_run_without_one_of_its_months_is_refused(study: Study) -> None:
    """A shard that is whole, but whose runs are shorter than the study says."""
    results = ex.open(study.folder)
    longer = folders.gather(results.runs, results.points, 4, results.kept, results.provenance, store.Index(
        study.outputs / store.FOLDER))  # fmt: skip
    with pytest.raises(store.StoreError, match="the months 0 to 4, each once"):
        longer.load("market")
    with pytest.raises(store.StoreError, match="the months 0 to 4, each once"):
        longer.load("labs", month=2)
    shorter = folders.gather(results.runs, results.points, 2, results.kept, results.provenance, store.Index(
        study.outputs / store.FOLDER))  # fmt: skip
    for table in results.kept:
        with pytest.raises(store.StoreError, match="the months 0 to 2, each once"):
            shorter.load(table, month=1)


def test_an_index_that_names_runs_which_a_shard_does_not_hold(study: Study) -> None:
    index = store.Index(study.outputs / store.FOLDER)
    names = sorted(index.shards)
    first, second = (index.shards[name] for name in names[:2])
    liar = store.Shard(first.name, first.size, second.keys, (), first.made_by)
    index.shards[first.name] = liar
    index.remember()
    (study.outputs / store.FOLDER / second.name).unlink()
    with pytest.raises(store.StoreError, match="each once"):
        ex.open(study.folder).load("market")
