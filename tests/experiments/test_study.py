"""Runs: their tables, the store, resuming by content, failures, provenance."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
import sim
from experiments import executors, provenance, store
from experiments.records import tables_of
from experiments.results import Results
from experiments.study import Study

SIZE: dict[str, Any] = {"months": 6, "developers": 300, "workers": 1, "progress": False}


@pytest.fixture
def runs_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios of all markets that are run."""
    seen: list[str] = []
    run = executors._run

    def counted(chunk: executors.Chunk, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
        seen.append(item.name)
        return run(chunk, item, reference)

    monkeypatch.setattr(executors, "_run", counted)
    return seen


def test_frames_hold_what_the_market_recorded(small: Results) -> None:
    record = sim.Market(sim.Parameters(), rng=1, developers=300).run(months=14)
    rows = small.of("baseline")
    rows = rows[rows["seed"] == 1]
    assert rows["month"].tolist() == list(range(15))
    assert rows["date"].tolist()[:3] == ["2022-11", "2022-12", "2023-01"]
    for name, values in record.market.items():
        pd.testing.assert_series_equal(rows[name].reset_index(drop=True), pd.Series(values), check_names=False)
    labs = small.labs[(small.labs["scenario"] == "baseline") & (small.labs["seed"] == 1)]
    one = labs[(labs["month"] == 14) & (labs["lab"] == record.lab_names[2])]
    assert one["price"].item() == pytest.approx(record.labs["price"][14, 2], nan_ok=True)
    assert one["region"].item() == record.lab_regions[2]


def test_flows_are_sums_of_calendar_years(small: Results) -> None:
    record = sim.Market(sim.Parameters(), rng=0, developers=300).run(months=14)
    flows = tables_of(record).flows
    # 14 months from 2022-11 end in 2024-01: the years end in months 1 and 13, and the run in month 14.
    assert sorted(flows["month"].unique()) == [1, 13, 14]
    region = flows[flows["level"] == "region"]
    by_hand = sum(n for month, *_, n in record.flows("region") if 2 <= month <= 13)
    assert region.loc[region["month"] == 13, "researchers"].sum() == pytest.approx(by_hand)
    ours = small.flows[(small.flows["scenario"] == "baseline") & (small.flows["seed"] == 0)]
    assert ours["researchers"].sum() == pytest.approx(flows["researchers"].sum())


def test_seeds_number_or_list() -> None:
    assert Study.of("baseline", seeds=3).seeds == (0, 1, 2)
    assert Study.of("baseline", seeds=[5, 3]).seeds == (5, 3)


def test_round_trip(small: Results, tmp_path: Path) -> None:
    small.save(tmp_path / "study", {"summary.json": {"a": 1}})
    again = ex.open(tmp_path / "study")
    for name in ("market", "labs", "flows"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(small, name))
    assert again.provenance == json.loads(json.dumps(small.provenance, default=str))
    assert again.units["spend"] == sim.measures.MARKET["spend"].unit
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study"]


def test_saving_again_keeps_other_files(small: Results, tmp_path: Path) -> None:
    small.save(tmp_path / "study")
    (tmp_path / "study" / "notes.txt").write_text("mine")
    small.save(tmp_path / "study")
    assert (tmp_path / "study" / "notes.txt").read_text() == "mine"


def test_error_while_saving_changes_nothing(small: Results, tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError):
        small.save(tmp_path / "deep" / "study", draw=fail)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "not json", "{}", "[1]"])
def test_open_refuses_other_folders(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(ex.ExperimentError, match="finished experiment"):
        ex.open(tmp_path)


def test_finished_runs_are_reused(tmp_path: Path, runs_counted: list[str]) -> None:
    first = ex.ensemble(["baseline", "meta_closes"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "meta_closes"] * 2
    runs_counted.clear()
    again = ex.ensemble(["baseline", "meta_closes"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == []
    pd.testing.assert_frame_equal(first.market, again.market)
    pd.testing.assert_frame_equal(first.flows, again.flows)


def test_only_what_is_missing_is_run(tmp_path: Path, runs_counted: list[str]) -> None:
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    runs_counted.clear()
    # The new seed needs both; the old one needs the scenario, and its baseline once more as the reference.
    ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "no_deepseek", "baseline", "no_deepseek"]
    assert len(list((tmp_path / store.FOLDER).iterdir())) == 4


@pytest.mark.parametrize(
    "change", [{"months": 7}, {"developers": 301}, {"params": {"talent.mobility": 0.02}}, {"seeds": [1]}], ids=str
)
def test_other_content_is_run(tmp_path: Path, runs_counted: list[str], change: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"seeds": [0], "outputs": tmp_path, **SIZE}
    ex.ensemble("baseline", **asked)
    runs_counted.clear()
    ex.ensemble("baseline", **(asked | change))
    assert runs_counted == ["baseline"]


def test_other_code_is_run(tmp_path: Path, runs_counted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    monkeypatch.setattr(store, "code_version", lambda: "other")
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "baseline"]


@pytest.mark.parametrize("damage", [b"", b"PAR1 but no more", None])
def test_damaged_file_is_run_again(tmp_path: Path, runs_counted: list[str], damage: bytes | None) -> None:
    first = ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    (file,) = (tmp_path / store.FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    again = ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "baseline"]
    pd.testing.assert_frame_equal(first.market, again.market)


def test_processes_give_the_same_values(tmp_path: Path) -> None:
    asked: dict[str, Any] = SIZE | {"seeds": 2}
    one = ex.ensemble(["baseline", "no_deepseek"], outputs=tmp_path / "one", **asked)
    two = ex.ensemble(["baseline", "no_deepseek"], outputs=tmp_path / "two", **(asked | {"workers": 2}))
    pd.testing.assert_frame_equal(one.market, two.market)
    pd.testing.assert_frame_equal(one.labs, two.labs)
    pd.testing.assert_frame_equal(one.flows, two.flows)


def test_chunking_gives_the_same_values(tmp_path: Path) -> None:
    together = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path / "one", **SIZE)
    ex.ensemble("no_deepseek", seeds=[1], outputs=tmp_path / "two", **SIZE)
    apart = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path / "two", **SIZE)
    pd.testing.assert_frame_equal(together.market, apart.market)


def test_reference_is_the_baseline_of_the_same_seed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    alone = sim.Market(sim.Parameters(), rng=3, developers=300, setup=ex.scenario("no_deepseek")).run(months=6)
    assert "no reference given" in caplog.text
    caplog.clear()
    runs = ex.ensemble("no_deepseek", seeds=[3], outputs=tmp_path, **SIZE)
    assert caplog.text == ""
    assert runs.scenarios == ("no_deepseek",)
    assert runs.wide("no_deepseek", "spend")[3].tolist() == alone.market["spend"].tolist()


def _fail_for(monkeypatch: pytest.MonkeyPatch, scenario: str, seed: int) -> None:
    run = executors._run

    def failing(chunk: executors.Chunk, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
        if item.name == scenario and chunk.seed == seed:
            raise FloatingPointError("the market\nburned down")
        return run(chunk, item, reference)

    monkeypatch.setattr(executors, "_run", failing)


def test_failed_run_is_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_for(monkeypatch, "no_deepseek", 1)
    runs = ex.ensemble(
        ["baseline", "no_deepseek"],
        seeds=3,
        outputs=tmp_path,
        name="study",
        params={"talent.mobility": 0.02},
        **SIZE,
    )
    assert runs.of("baseline")["seed"].unique().tolist() == [0, 1, 2]
    assert runs.of("no_deepseek")["seed"].unique().tolist() == [0, 2]
    (report,) = json.loads((tmp_path / "study" / "failures.json").read_text())
    assert report["error"] == "FloatingPointError: the market burned down"
    assert report["command"] == (
        "python -m experiments.run scenario=no_deepseek 'seeds=[1]' months=6 developers=300 params.talent.mobility=0.02"
    )
    assert "Traceback" in report["traceback"]
    assert report["parameters_changed"] == {"talent.mobility": 0.02}


def test_without_the_baseline_its_seed_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_for(monkeypatch, "baseline", 0)
    runs = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    assert [(report["scenario"], report["seed"]) for report in runs.failures] == [
        ("baseline", 0),
        ("no_deepseek", 0),
    ]
    assert runs.seeds == (1,)


def test_dead_process_is_a_record(tmp_path: Path) -> None:
    parameters, baseline = sim.Parameters(), ex.scenario("baseline")
    chunks = [
        executors.Chunk(
            parameters,
            _Deadly() if seed == 1 else baseline,  # type: ignore[arg-type]
            {f"run{seed}": baseline},
            seed,
            2,
            100,
            tmp_path,
        )
        for seed in range(3)
    ]
    done = {chunk.seed: failed for chunk, failed in executors.run_local(chunks, 2)}
    assert [len(done[seed]) for seed in range(3)] == [0, 1, 0]
    assert "BrokenProcessPool" in done[1][0].error
    assert sorted(path.name for path in (tmp_path / store.FOLDER).iterdir()) == ["run0.parquet", "run2.parquet"]


class _Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


def test_failure_report_of_a_scenario_of_one_s_own() -> None:
    mine = sim.Scenario(name="mine", why="", labs={"Meta": "closed"})
    study = Study.of(["baseline", mine], seeds=[4], months=6, developers=300)
    command = provenance.command(study, mine, (4,))
    assert command.startswith("python -c ")
    assert "'Meta': 'closed'" in command.replace("'\"'\"'", "'")


def test_provenance(tmp_path: Path) -> None:
    ex.ensemble(
        ["baseline", "meta_closes"], [2], outputs=tmp_path, name="study", params={"talent.mobility": 0.02}, **SIZE
    )
    found = json.loads((tmp_path / "study" / "provenance.json").read_text())
    assert found["seeds"] == [2]
    assert (found["months"], found["developers"]) == (6, 300)
    assert found["parameters_changed"] == {"talent.mobility": 0.02}
    assert found["parameters"]["talent"]["mobility"] == 0.02
    assert [item["name"] for item in found["scenarios"]] == ["baseline", "meta_closes"]
    assert found["code"] == store.code_version()
    assert {"python", "numpy", "mesa", "pandas", "pyarrow"} <= set(found["versions"])
    assert "scenario=meta_closes" in found["command"]


def test_code_version_follows_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.setattr(store.resources, "files", lambda _: tmp_path)
    first = store.code_version.__wrapped__()
    (tmp_path / "a.py").write_text("x = 2\n")
    assert store.code_version.__wrapped__() != first


def test_key_ignores_name_and_reason_but_not_changes() -> None:
    def key(**about: Any) -> str:
        return store.run_key(sim.Parameters(), sim.Scenario(**about), 1, 6, 300)

    plain = key(name="baseline", why="")
    assert key(name="other", why="because") == plain
    assert key(name="baseline", why="", labs={"Meta": "closed"}) != plain


def test_names_that_others_rely_on() -> None:
    assert ex.scenario("baseline").name == "baseline"
    assert callable(ex.plots.bands)
    with pytest.raises(AttributeError):
        ex.nothing  # noqa: B018
