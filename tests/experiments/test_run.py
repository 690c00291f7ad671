"""The command line, as it is typed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
import yaml

import experiments as ex
import sim
from experiments import main_job, run, validate
from experiments.findings import answer
from experiments.findings.effects import compare
from experiments.findings.targets import crowd
from experiments.findings.targets.rows import rows
from experiments.questions import scenarios

SIZE = ["months=3", "developers=100", "executor.workers=1"]
QUICK = [*SIZE, "figures=false"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shards() -> list[Path]:
    return sorted(Path("outputs/.store").glob("*.parquet"))


def test_scenario_runs_beside_the_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["scenario=no_deepseek", "seeds=2", "name=mine", *SIZE]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "outputs/mine" in captured.out
    runs = ex.open("outputs/mine")
    assert runs.scenarios == ("baseline", "no_deepseek")
    assert runs.seeds == (0, 1)
    assert runs.months == 3
    folder = Path("outputs/mine")
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "config.yaml",
        "failures.json",
        "figures",
        "points.parquet",
        "provenance.json",
        "runs.parquet",
        "study.json",
        "summary.json",
    }
    summary = json.loads((folder / "summary.json").read_text())
    effect = summary["effects_against_baseline"]["no_deepseek"]["spend"]["2023-02"]
    expected = compare(runs).at(3).loc[("no_deepseek", "spend")]
    assert effect["mean"] == pytest.approx(expected["mean"])
    assert effect["pairs"] == 2
    # Nothing but the outputs: no .hydra, no logs, no folder of a multirun.
    assert [path.name for path in Path().iterdir()] == ["outputs"]
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "mine"]


def test_baseline_alone_has_no_effect() -> None:
    assert run.main(["seeds=[4]", "name=mine", *QUICK]) == 0
    assert "effects_against_baseline" not in json.loads(Path("outputs/mine/summary.json").read_text())
    assert ex.open("outputs/mine").seeds == (4,)


def test_every_parameter_can_be_given(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["params.talent.mobility=0.02", "params.release.weights_allowed=false"]
    assert run.main(["seeds=1", "name=mine", *QUICK, *words]) == 0
    found = json.loads(Path("outputs/mine/provenance.json").read_text())
    assert found["parameters_changed"] == {"talent.mobility": 0.02, "release.weights_allowed": False}
    assert found["command"].startswith("python -m experiments.run seeds=1 name=mine")
    settings = yaml.safe_load(Path("outputs/mine/config.yaml").read_text())
    assert settings["params"] == {"talent.mobility": 0.02, "release.weights_allowed": False}


def test_parameters_matter() -> None:
    for name, value in (("a", "true"), ("b", "false")):
        run.main(["seeds=1", f"name={name}", *QUICK, "months=8", f"params.release.weights_allowed={value}"])
    shares = [ex.open(f"outputs/{name}").of("baseline")["open_share_users"].iloc[-1] for name in "ab"]
    assert shares[0] > shares[1] == 0.0


def test_default_name_depends_on_the_settings() -> None:
    for mobility in (0.02, 0.03):
        run.main(["seeds=1", "scenario=meta_closes", *QUICK, f"params.talent.mobility={mobility}"])
    names = [path.name for path in Path("outputs").iterdir() if path.name != ".store"]
    assert len(names) == 2
    assert all(name.startswith("meta_closes-") for name in names)


def test_multirun() -> None:
    assert run.main(["-m", "scenario=no_deepseek,meta_closes", "seeds=1", *QUICK]) == 0
    names = sorted(path.name.split("-")[0] for path in Path("outputs").iterdir())
    assert names == [".store", "meta_closes", "no_deepseek"]
    # The flag may stand anywhere, and the shared baseline is not run again.
    before = shards()
    assert len(before) == 2
    assert run.main(["scenario=no_deepseek,meta_closes", "seeds=1", *QUICK, "-m"]) == 0
    assert shards() == before


def test_multirun_with_a_job_that_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["-m", "months=3,0", "seeds=1", "developers=100", "executor.workers=1", "figures=false"]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["error: months=0 is not allowed; allowed: a whole number, 1 to 600"]
    assert len(shards()) == 1


def test_a_name_is_the_text_that_was_typed() -> None:
    assert run.main(["seeds=1", "name=2024_01", *QUICK]) == 0
    assert run.main(["-m", "seeds=1", "name=1e5,2024_02", *QUICK]) == 0
    assert sorted(path.name for path in Path("outputs").iterdir()) == [".store", "1e5", "2024_01", "2024_02"]
    settings = yaml.safe_load(Path("outputs/2024_01/config.yaml").read_text())
    assert settings["name"] == "2024_01"


@pytest.mark.parametrize(
    "place", ["Läufe (1)", "a=b", "a#b", "a&b", "it's", "x[1]", "~x", "{a}", "2024_01", "ö=(1)#~x/y"]
)
def test_a_path_is_the_text_that_was_typed(place: str) -> None:
    given = f"./{place}" if place.startswith("~") else place
    assert run.main(["seeds=1", "name=mine", f"outputs={given}", *QUICK]) == 0
    assert len(ex.open(f"{given}/mine").runs) == 1
    assert [path.name for path in Path().iterdir()] == [place.partition("/")[0]]
    Path("points (1)=#ü.csv").write_text("talent.mobility\n0.01\n")
    assert run.main([f"outputs={given}", "-m", "design=file", "design.path=points (1)=#ü.csv", "seeds=1", *QUICK]) == 0
    command = ex.open(f"{given}/mine").provenance["command"]
    assert f"outputs={given}" in shlex.split(command)


def test_a_folder_of_settings_may_stand_anywhere() -> None:
    folder = Path("meine (1)=ü")
    (folder / "scenario").mkdir(parents=True)
    (folder / "scenario" / "late.yaml").write_text("name: late\nwhy: to see\nlabs: {Meta: closed}\n")
    for number, flag in enumerate((["--config-dir", str(folder)], [f"--config-dir={folder}"])):
        assert run.main(["scenario=late", *flag, "seeds=1", f"name=run{number}", *QUICK]) == 0
        assert ex.open(f"outputs/run{number}").scenarios == ("baseline", "late")


def test_home_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me (1)"))
    assert run.main(["seeds=1", "name=mine", "outputs=~/x", *QUICK]) == 0
    assert run.main(["-m", "seeds=1,2", "outputs=~/x", *QUICK]) == 0
    assert len(ex.open("~/x/mine").runs) == 1
    assert [path.name for path in Path().iterdir()] == ["me (1)"]
    assert not (tmp_path / "me (1)" / "x" / ".sweep").exists()


def test_several_scenarios_in_one_experiment() -> None:
    assert run.main(["scenarios=[no_deepseek,meta_closes]", "seeds=1", "name=mine", *QUICK]) == 0
    assert ex.open("outputs/mine").scenarios == ("baseline", "no_deepseek", "meta_closes")
    assert len(shards()) == 1


def test_design_from_the_command_line() -> None:
    words = ["design=grid", "design.params={talent.mobility: [0.01, 0.05], finance.elasticity: null}"]
    assert run.main([*words, "design.points=3", "scenario=meta_closes", "seeds=2", "name=mine", *SIZE]) == 0
    runs = ex.open("outputs/mine")
    assert list(runs.points) == ["talent.mobility", "finance.elasticity"]
    low, high = next((row["range_low"], row["range_high"]) for row in sim.Parameters().table()
                     if row["address"] == "finance.elasticity")  # fmt: skip
    assert runs.points["finance.elasticity"].tolist()[:3] == pytest.approx([low, (low + high) / 2, high])
    assert len(runs.runs) == 2 * 6 * 2
    settings = yaml.safe_load(Path("outputs/mine/config.yaml").read_text())
    assert settings["design"]["kind"] == "grid"
    assert len(list(Path("outputs/mine/figures").iterdir())) > 10


def test_points_of_a_sample_have_seeds_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["design=latin_hypercube", "design.points=5", "design.params=[talent]", "scenario=meta_closes", *QUICK]
    assert run.main([*words, "seeds=1", "name=own"]) == 0
    assert "no interval" not in capsys.readouterr().out
    runs = ex.open("outputs/own")
    assert runs.seeds == (0, 1, 2, 3, 4)
    assert (compare(runs, measures="hhi", month=3).frame["clusters"] == 5).all()
    settings = yaml.safe_load(Path("outputs/own/config.yaml").read_text())
    assert (settings["seeds"], settings["design"]["seeds"]) == ([0], "own")
    # In common, the five pairs share one luck, and nothing is said of how sure it is.
    assert run.main([*words, "seeds=1", "design.seeds=common", "name=common"]) == 0
    assert "no interval: all 5 pairs share one seed" in capsys.readouterr().out
    effect = json.loads(Path("outputs/common/summary.json").read_text())["effects_against_baseline"]["meta_closes"]
    assert effect["spend"]["2023-02"]["low"] is None and effect["spend"]["2023-02"]["clusters"] == 1


def test_sentences_are_about_what_was_asked(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["scenario=no_open_weights", "seeds=2", "name=mine", *QUICK]
    assert run.main([*words, "measures=[hhi,labs.price]"]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if " minus " in line]
    assert [line.split(", ")[1].split(" in ")[0] for line in said] == ["hhi", "labs.price"]


def test_settings_of_a_rule_are_those_that_ran() -> None:
    words = ["design=sobol", "design.points=2", "design.params=[talent.mobility]", "scenario=no_open_weights", *QUICK]
    rule = ["months=8", "seeds=auto", "effect=spend", "precision=1e-12", "most_seeds=11", "name=mine"]
    assert run.main([*words, *rule]) == 0
    settings = yaml.safe_load(Path("outputs/mine/config.yaml").read_text())
    assert (settings["seeds"], settings["design"]["seeds"]) == (list(range(11)), "common")
    assert len(ex.open("outputs/mine").runs) == 2 * 2 * 11


def test_design_from_a_file() -> None:
    Path("points.csv").write_text("talent.mobility,scenario\n0.01,baseline\n0.05,baseline\n0.05,meta_closes\n")
    assert run.main(["design=file", "design.path=points.csv", "seeds=1", "name=mine", *QUICK]) == 0
    found = ex.open("outputs/mine").runs[["scenario", "point"]].to_numpy().tolist()
    assert found == [["baseline", 0], ["baseline", 1], ["meta_closes", 1]]
    rows = ex.open("outputs/mine").rows
    assert rows is not None and rows.to_numpy().tolist() == [[0, "baseline"], [1, "baseline"], [1, "meta_closes"]]


def test_seeds_until_an_effect_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["seeds=auto", "scenario=no_open_weights", "name=mine", *QUICK, "months=8"]
    rule = ["effect=open_share_users", "against=baseline"]
    assert run.main([*words, *rule, "precision=0.008"]) == 0
    runs = ex.open("outputs/mine")
    rows = compare(runs, measures="open_share_users", month=8).frame
    half = (rows["high"] - rows["low"]).item() / 2
    assert 10 < len(runs.seeds) < 100
    assert half <= 0.008
    assert f"{len(runs.seeds)} seeds: the 95% interval of the effect on open_share_users is ±{half:.3g}, as asked" in (
        capsys.readouterr().out
    )
    # With the ten seeds of the start it was not narrow enough.
    first = compare(runs.select(seed=range(10)), measures="open_share_users", month=8).frame
    assert (first["high"] - first["low"]).item() / 2 > 0.008
    before = shards()
    assert run.main([*words, *rule, "precision=0.008"]) == 0
    assert shards() == before


def test_seeds_stop_at_the_latest(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["seeds=auto", "scenario=no_open_weights", "name=mine", *QUICK, "months=8", "effect=open_share_users"]
    assert run.main([*words, "precision=1e-9", "most_seeds=12"]) == 0
    assert len(ex.open("outputs/mine").seeds) == 12
    assert "not ±1e-09 as asked: most_seeds is reached" in capsys.readouterr().out


def test_only_some_measures() -> None:
    assert run.main(["measures=[frontier,labs.price]", "scenario=no_deepseek", "seeds=1", "name=mine", *SIZE]) == 0
    assert ex.open("outputs/mine").kept == {"market": ("frontier",), "labs": ("price",)}
    assert list(json.loads(Path("outputs/mine/summary.json").read_text())["units"]) == ["frontier"]


def test_mechanisms_switched_off() -> None:
    assert run.main(["without=[talent]", "seeds=1", "name=mine", *QUICK]) == 0
    assert ex.open("outputs/mine").provenance["without"] == ["talent"]


def test_scenario_of_one_s_own() -> None:
    text = "name: mine\nwhy: to see\nchanges: {'2022-12': {labs: {OpenAI: open_weights}}}\n"
    Path("mine.yaml").write_text(text)
    Path("conf/scenario").mkdir(parents=True)
    Path("conf/scenario/mine.yaml").write_text(text)
    assert run.main(["scenario_file=mine.yaml", "seeds=1", "name=a", *QUICK]) == 0
    assert run.main(["--config-dir", "conf", "scenario=mine", "seeds=1", "name=b", *QUICK]) == 0
    first, second = (ex.open(f"outputs/{name}").market for name in "ab")
    assert first.equals(second)
    assert first["scenario"].unique().tolist() == ["baseline", "mine"]


def test_failed_runs_end_with_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise FloatingPointError("burned down")

    monkeypatch.setattr(sim.Market, "run", fail)
    assert run.main(["seeds=2", "name=mine", *SIZE]) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "error: 2 of 2 runs failed, see outputs/mine/failures.json: FloatingPointError: burned down"
    ]
    assert len(json.loads(Path("outputs/mine/failures.json").read_text())) == 2


def test_interruption(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.Market, "run", interrupt)
    assert run.main(["seeds=1", *QUICK]) == 130
    assert capsys.readouterr().err.startswith("error: interrupted")


@pytest.mark.parametrize("words", [["--help"], ["--cfg", "job"], ["--version"]])
def test_help_runs_nothing(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(words) == 0
    assert capsys.readouterr().out
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", scenarios.names())
def test_every_scenario_runs(name: str) -> None:
    item = ex.scenario(name)
    assert item.name == name
    assert len(item.why) > 20
    assert item.differs is (name != "baseline")
    record = sim.Market(sim.Parameters(), rng=0, developers=100, setup=item).run(months=9)
    opened = record.labs["openness"][9]
    if name == "everyone_opens":
        assert opened[[record.lab_names.index(lab) for lab in ("OpenAI", "Anthropic")]].min() >= 2.0
    if name == "no_open_weights":
        assert record.market["open_share_users"].max() == 0.0
    if name == "meta_closes":
        assert opened[record.lab_names.index("Meta")] < 2.0


def test_main_job(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--seeds", "2", "--months", "14", "--developers", "300", "--workers", "1"]
    assert main_job.main(asked) == 0
    captured = capsys.readouterr()
    text = Path("outputs/first_run/summary.txt").read_text()
    assert len(text.splitlines()) == 11
    assert captured.out.startswith(text)
    assert answer.ELASTICITY in text
    assert "φ" in text
    assert re.search(r"\bnan\b", text) is None
    figures = sorted(path.name for path in Path("outputs/first_run/figures").iterdir())
    for name in ("effect_of_no_open_weights", "shares_by_lab", "prices", "talent_between_regions"):
        assert {f"{name}.pdf", f"{name}.svg", f"{name}.png"} <= set(figures)


def test_validation_as_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is what is written; the table has every row, with what came out beside what was published."""
    assert validate.main(["--seeds", "1", "--developers", "300", "--workers", "1"]) == 0
    text = Path("outputs/validation/validation.md").read_text()
    assert capsys.readouterr().out == text
    table = pd.read_csv("outputs/validation/validation.csv", keep_default_na=False).set_index("id")
    assert list(table.index) == [row.id for row in rows()]
    assert all(f"| {name} |" in text for name in table.index)
    assert table.loc["C21 2023-03", "inside"] == ""
    # Contributions come from runs of fifty times as many developers, the rest from the seed.
    assert set(table[table["inside"] != ""]["runs"]) <= {0, 1, len(crowd.SEEDS)}
    assert 0.0 < float(table.loc["C28 Gini", "model"]) < 1.0
    adoption = float(table.loc["C22 2024-05", "model"])
    assert float(table.loc["C22 2024-05", "distance"]) == pytest.approx((adoption - 62.0) / 3.0)
