"""Runs: their tables, the store, resuming by content, failures, provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import experiments as ex
import sim
from experiments.engine import provenance, work
from experiments.engine.ensemble import chunk_size, missing_chunks, plan
from experiments.engine.executors import Local
from experiments.engine.tabulate import tables_of
from experiments.questions import fingerprint
from experiments.questions.measures import TABLES, everything, selection
from experiments.questions.study import Study
from experiments.questions.tasks import Shared, Task
from experiments.results import folder, store
from experiments.results.results import Results

SIZE: dict[str, Any] = {"months": 6, "developers": 300, "workers": 1, "progress": False}


@pytest.fixture
def runs_counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scenarios of all markets that are run."""
    seen: list[str] = []
    run = work.run

    def counted(shared: Shared, task: Task, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
        seen.append(item.name)
        return run(shared, task, item, reference)

    monkeypatch.setattr(work, "run", counted)
    return seen


def shards(outputs: Path) -> list[Path]:
    return sorted((outputs / store.FOLDER).glob("*.parquet"))


def assert_same(one: Results, two: Results) -> None:
    for table in TABLES:
        pd.testing.assert_frame_equal(getattr(one, table), getattr(two, table), check_exact=True)


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
    flows = tables_of(record, everything())["flows"].to_pandas()
    # 14 months from 2022-11 end in 2024-01: the years end in months 1 and 13, and the run in month 14.
    assert sorted(flows["month"].unique()) == [1, 13, 14]
    region = flows[flows["level"] == "region"]
    by_hand = sum(n for month, *_, n in record.flows("region") if 2 <= month <= 13)
    assert region.loc[region["month"] == 13, "researchers"].sum() == pytest.approx(by_hand)
    ours = small.flows[(small.flows["scenario"] == "baseline") & (small.flows["seed"] == 0)]
    assert ours["researchers"].sum() == pytest.approx(flows["researchers"].sum())
    assert set(ours["date"]) == {"2022-12", "2023-12", "2024-01"}


def test_seeds_number_or_list() -> None:
    assert Study.of("baseline", seeds=3).seeds == (0, 1, 2)
    assert Study.of("baseline", seeds=[5, 3]).seeds == (5, 3)


# Selections


def test_load_takes_columns_and_a_selection(small: Results) -> None:
    part = small.load("market", ["hhi", "spend"], scenario="no_open_weights", seed=[1], month=["2023-01", 5])
    whole = small.market
    rows = whole[(whole["scenario"] == "no_open_weights") & (whole["seed"] == 1) & whole["month"].isin([2, 5])]
    expected = rows[["scenario", "seed", "month", "date", "hhi", "spend"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, expected)


def test_select_keeps_some_runs(small: Results) -> None:
    one = small.select(scenario="baseline", seed=1)
    assert (one.scenarios, one.seeds, len(one.runs)) == (("baseline",), (1,), 1)
    assert one.market["spend"].tolist() == small.of("baseline").query("seed == 1")["spend"].tolist()


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"table": "shops"}, "table=shops.*market, labs, flows"),
        ({"columns": "fame"}, "measure=fame.*frontier"),
        ({"scenario": "nope"}, "scenario=nope.*baseline, no_open_weights"),
        ({"seed": 7}, "seed=7.*0, 1"),
        ({"month": 15}, "month=15.*0 to 14"),
        ({"month": "soon"}, "soon.*YYYY-MM"),
    ],
    ids=str,
)
def test_wrong_selections_are_refused(small: Results, ask: dict[str, Any], words: str) -> None:
    with pytest.raises(ex.ExperimentError, match=words) as caught:
        small.load(**ask)
    assert "\n" not in str(caught.value)


def test_too_large_a_frame_is_refused(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.results import tables

    monkeypatch.setattr(tables, "MOST_BYTES", 60 * 30 * 8)
    with pytest.raises(ex.ExperimentError, match=r"market: 60 rows x .* runs\.load"):
        _ = small.select().load("market")
    assert len(small.load("market", "hhi")) == 60


def test_complete_keeps_what_has_its_pair(tmp_path: Path) -> None:
    ex.ensemble("baseline", seeds=3, outputs=tmp_path, **SIZE)
    runs = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    odd = runs.with_runs(runs.runs.drop(index=3))
    assert odd.complete().runs[["scenario", "seed"]].to_numpy().tolist() == [["baseline", 0], ["no_deepseek", 0]]


# Measures


def test_only_measures_asked_for_are_kept(tmp_path: Path, small: Results) -> None:
    runs = ex.ensemble("baseline", 1, measures=["frontier", "labs.price"], outputs=tmp_path, **SIZE)
    assert runs.kept == {"market": ("frontier",), "labs": ("price",)}
    assert list(runs.market) == ["scenario", "seed", "month", "date", "frontier"]
    assert list(runs.labs) == ["scenario", "seed", "month", "date", "lab", "region", "price"]
    with pytest.raises(ex.ExperimentError, match="table=flows"):
        _ = runs.flows
    whole = small.of("baseline").query("seed == 0 and month <= 6")
    assert runs.market["frontier"].tolist() == whole["frontier"].tolist()


def test_a_run_of_which_everything_was_kept_serves(tmp_path: Path, runs_counted: list[str]) -> None:
    whole = ex.ensemble("baseline", 2, outputs=tmp_path, **SIZE)
    runs_counted.clear()
    part = ex.ensemble("baseline", 2, measures=["hhi"], outputs=tmp_path, **SIZE)
    assert runs_counted == []
    assert part.market["hhi"].tolist() == whole.market["hhi"].tolist()


@pytest.mark.parametrize(
    "wanted", [["fame"], [], ["flows", "flows_monthly"], ["labs.fame"], {"market": 1}, 3, [3], ["flows.researchers.x"]]
)
def test_wrong_measures_are_refused(wanted: Any) -> None:
    with pytest.raises(ex.ExperimentError, match=r"measures=.*allowed") as caught:
        Study.of("baseline", measures=wanted)
    assert "\n" not in str(caught.value)


def test_a_damaged_run_of_which_everything_was_kept_does_not_serve(tmp_path: Path) -> None:
    whole = ex.ensemble("baseline", 2, outputs=tmp_path, **SIZE).market["hhi"].tolist()
    for shard in shards(tmp_path):  # in the middle, so that only its SHA-256 tells
        data = bytearray(shard.read_bytes())
        data[100] ^= 1
        shard.write_bytes(bytes(data))
    part = ex.ensemble("baseline", 2, measures=["hhi"], outputs=tmp_path, **SIZE)
    assert part.missing == 0
    assert part.market["hhi"].tolist() == whole


def test_flows_by_month(tmp_path: Path) -> None:
    asked: dict[str, Any] = SIZE | {"months": 14, "outputs": tmp_path}
    runs = ex.ensemble("baseline", 1, measures=["market", "flows_monthly"], **asked)
    record = sim.Market(rng=0, developers=300).run(14)
    region = runs.flows[runs.flows["level"] == "region"]
    found = {tuple(row) for row in region[["month", "origin", "destination", "researchers"]].to_numpy().tolist()}
    assert found == {row for row in record.flows("region")}
    # A run with the flows of years does not serve for those of months, nor the other way round.
    years = ex.ensemble("baseline", 1, **asked)
    in_2023 = runs.flows[runs.flows["date"].str.startswith("2023")]["researchers"].sum()
    assert in_2023 == pytest.approx(years.flows[years.flows["date"] == "2023-12"]["researchers"].sum())
    assert set(ex.ensemble("baseline", 1, measures=["flows_monthly"], **asked).flows["month"]) == set(
        runs.flows["month"]
    )


def test_whole_tables_can_be_named() -> None:
    kept = selection(["market", "flows"])
    assert kept == {"market": tuple(sim.measures.MARKET), "flows": ("researchers",)}


# Designs


def test_design_runs_each_point_with_each_seed(tmp_path: Path) -> None:
    design = {"kind": "grid", "params": {"talent.mobility": [0.01, 0.05], "finance.elasticity": [0.0, 0.3]}}
    runs = ex.ensemble(["baseline", "meta_closes"], 2, design=design, outputs=tmp_path, name="grid", **SIZE)
    assert len(runs.runs) == 2 * 4 * 2
    assert runs.points.to_numpy().tolist() == [[0.01, 0.0], [0.01, 0.3], [0.05, 0.0], [0.05, 0.3]]
    rows = runs.load("market", ["frontier", "migration_cn_us"], scenario="baseline", point=2, seed=1)
    assert rows["talent.mobility"].unique().tolist() == [0.05]
    parameters = sim.Parameters().with_(**{"talent.mobility": 0.05, "finance.elasticity": 0.0})
    record = sim.Market(parameters, rng=1, developers=300).run(months=6)
    assert rows["migration_cn_us"].tolist() == record.market["migration_cn_us"].tolist()
    assert runs.wide("baseline", "frontier").columns.tolist() == [(p, s) for p in range(4) for s in range(2)]
    assert_same(runs, ex.open(tmp_path / "grid"))


def test_scenarios_of_a_table(tmp_path: Path) -> None:
    table = pd.DataFrame({"talent.mobility": [0.01, 0.01, 0.05], "scenario": ["baseline", "no_deepseek", "baseline"]})
    runs = ex.ensemble("baseline", 1, design=table, outputs=tmp_path, **SIZE)
    found = runs.runs[["scenario", "point"]].to_numpy().tolist()
    assert found == [["baseline", 0], ["baseline", 1], ["no_deepseek", 0]]


def test_point_by_hand_is_the_same_run(tmp_path: Path, runs_counted: list[str]) -> None:
    ex.ensemble("baseline", 1, design={"kind": "grid", "params": {"talent.mobility": [0.05]}}, outputs=tmp_path, **SIZE)
    runs_counted.clear()
    ex.ensemble("baseline", 1, params={"talent.mobility": 0.05}, outputs=tmp_path, **SIZE)
    assert runs_counted == []


def test_point_at_the_defaults_is_the_same_run(tmp_path: Path, runs_counted: list[str]) -> None:
    ex.ensemble("baseline", 1, outputs=tmp_path, **SIZE)
    runs_counted.clear()
    mobility = sim.Parameters().talent.mobility
    design = {"kind": "grid", "params": {"talent.mobility": [mobility, 2 * mobility]}}
    runs = ex.ensemble("baseline", 1, design=design, outputs=tmp_path, **SIZE)
    assert len(runs_counted) == 1
    assert runs.load(point=0)["talent.mobility"].unique().tolist() == [mobility]


def test_mechanisms_can_be_switched_off(tmp_path: Path) -> None:
    runs = ex.ensemble("baseline", 1, without=["talent"], outputs=tmp_path, **SIZE)
    record = sim.Market(rng=0, developers=300, without=("talent",)).run(6)
    assert runs.market["migration_us_cn"].tolist() == record.market["migration_us_cn"].tolist()
    with pytest.raises(sim.ParameterError, match=r"pricing.*essential"):
        Study.of("baseline", without=["pricing"])


# Folders


def test_round_trip(tmp_path: Path) -> None:
    runs = ex.ensemble(["baseline", "meta_closes"], 2, outputs=tmp_path, name="study", **SIZE)
    again = ex.open(tmp_path / "study")
    assert_same(runs, again)
    assert again.provenance == json.loads(json.dumps(runs.provenance, default=str))
    assert again.units["spend"] == sim.measures.MARKET["spend"].unit
    assert again.units["researchers"] == sim.measures.LABS["researchers"].unit == "FTE"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".store", "study"]
    study = json.loads((tmp_path / "study" / "study.json").read_text())
    assert study["shards"] == [path.name for path in shards(tmp_path)]
    assert (study["finished"], study["failed"], study["missing"]) == (4, 0, 0)


def test_running_again_keeps_other_files(tmp_path: Path) -> None:
    ex.ensemble("baseline", 1, outputs=tmp_path, name="study", **SIZE)
    (tmp_path / "study" / "notes.txt").write_text("mine")
    ex.ensemble("baseline", 1, outputs=tmp_path, name="study", **SIZE)
    assert (tmp_path / "study" / "notes.txt").read_text() == "mine"


def test_error_while_finishing_leaves_the_study_as_it_was(tmp_path: Path) -> None:
    runs = ex.ensemble("baseline", 1, outputs=tmp_path, name="study", **SIZE)
    before = {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()}

    def fail(_: Path) -> None:
        raise RuntimeError("no ink")

    with pytest.raises(RuntimeError):
        folder.finish(tmp_path / "study", runs, {"summary.json": {"a": 1}}, draw=fail)
    assert {path.name: path.read_bytes() for path in (tmp_path / "study").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".store", "study"]


@pytest.mark.parametrize("content", [None, "not json", "{}", "[1]", '{"format": 1}'])
def test_open_refuses_other_folders(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(ex.ExperimentError, match="the folder of an experiment"):
        ex.open(tmp_path)


def test_unfinished_study_opens_with_what_there_is(tmp_path: Path) -> None:
    whole = ex.ensemble(
        ["baseline", "no_deepseek"], 3, outputs=tmp_path, name="study", **SIZE | {"workers": None},
        executor=Local(chunk=1),
    )  # fmt: skip
    market, gone = whole.market, shards(tmp_path)[0]
    gone.unlink()
    some = ex.open(tmp_path / "study")
    assert (len(some.runs), some.missing) == (4, 2)
    assert "unfinished: 2 missing" in repr(some)
    seed = some.seeds[0]
    rows = market[market["seed"] == seed].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.load(seed=seed), rows)


# Reuse


def test_finished_runs_are_reused(tmp_path: Path, runs_counted: list[str]) -> None:
    first = ex.ensemble(["baseline", "meta_closes"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "meta_closes"] * 2
    runs_counted.clear()
    again = ex.ensemble(["baseline", "meta_closes"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == []
    assert_same(first, again)


def test_only_what_is_missing_is_run(tmp_path: Path, runs_counted: list[str]) -> None:
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    runs_counted.clear()
    # The new seed needs both; the old one needs the scenario, and its baseline once more as the reference.
    ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "no_deepseek", "baseline", "no_deepseek"]


@pytest.mark.parametrize(
    "change",
    [
        {"months": 7},
        {"developers": 301},
        {"params": {"talent.mobility": 0.02}},
        {"seeds": [1]},
        {"without": ["talent"]},
        {"measures": ["market", "labs"]},
    ],
    ids=str,
)
def test_other_content_is_run(tmp_path: Path, runs_counted: list[str], change: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"seeds": [0], "outputs": tmp_path, "measures": ["market"], **SIZE}
    ex.ensemble("baseline", **asked)
    runs_counted.clear()
    ex.ensemble("baseline", **(asked | change))
    assert runs_counted == ["baseline"]


def test_other_code_is_run(tmp_path: Path, runs_counted: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    monkeypatch.setattr(fingerprint, "code_version", lambda: "other")
    ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "baseline"]


@pytest.mark.parametrize("damage", [b"", b"PAR1 but no more", None])
def test_damaged_shard_is_run_again(tmp_path: Path, runs_counted: list[str], damage: bytes | None) -> None:
    first = ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    market = first.market
    (file,) = shards(tmp_path)
    file.write_bytes(file.read_bytes()[:-100] if damage is None else damage)
    again = ex.ensemble("baseline", seeds=1, outputs=tmp_path, **SIZE)
    assert runs_counted == ["baseline", "baseline"]
    pd.testing.assert_frame_equal(market, again.market)


def test_key_ignores_name_and_reason_but_not_changes() -> None:
    def key(**about: Any) -> str:
        return Study.of(sim.Scenario(**about), seeds=[1]).runs["key"].item()

    plain = key(name="one", why="")
    assert key(name="other", why="because") == plain
    assert key(name="one", why="", labs={"Meta": "closed"}) != plain


# Chunks


def _study(**about: Any) -> Study:
    asked: dict[str, Any] = {"seeds": 8, "months": 6, "developers": 300} | about
    return Study.of(["baseline", "no_deepseek"], **asked)


def test_chunks_hold_every_run_once(tmp_path: Path) -> None:
    study, index = _study(), store.Index(tmp_path)
    asked = plan(study, index)
    for size in (1, 3, 8, 50):
        chunks = missing_chunks(study, asked, index, tmp_path, Local(chunk=size))
        keys = [key for chunk in chunks for key in chunk.keys]
        assert sorted(keys) == sorted(study.runs["key"])
        assert [len(chunk.tasks) for chunk in chunks[:-1]] == [size] * (len(chunks) - 1)


def test_chunks_have_the_same_borders_whatever_is_done(tmp_path: Path) -> None:
    study, index = _study(), store.Index(tmp_path)
    asked = plan(study, index)
    before = missing_chunks(study, asked, index, tmp_path, Local(chunk=3))
    done = store.write(tmp_path, "0" * 16, [store.Finished(key, {}) for key in before[0].tasks[1].runs])
    index.add(done)
    after = missing_chunks(study, asked, index, tmp_path, Local(chunk=3))
    assert [chunk.id for chunk in after[1:]] == [chunk.id for chunk in before[1:]]
    assert after[0].tasks == (before[0].tasks[0], before[0].tasks[2])


def test_chunks_are_worth_starting_and_enough_for_all() -> None:
    small, large = _study(seeds=1000), _study(seeds=1000, developers=50_000_000, months=60)
    assert chunk_size(large, Local(workers=2)) == 1
    assert 10 <= chunk_size(small, Local(workers=2)) <= 125
    assert chunk_size(_study(seeds=8), Local(workers=2)) == 1


def test_processes_give_the_same_values(tmp_path: Path) -> None:
    asked: dict[str, Any] = SIZE | {"seeds": 2}
    one = ex.ensemble(["baseline", "no_deepseek"], outputs=tmp_path / "one", **asked)
    two = ex.ensemble(["baseline", "no_deepseek"], outputs=tmp_path / "two", **(asked | {"workers": 2}))
    assert_same(one, two)


def test_chunking_gives_the_same_values(tmp_path: Path) -> None:
    together = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path / "one", **SIZE)
    ex.ensemble("no_deepseek", seeds=[1], outputs=tmp_path / "two", **SIZE)
    apart = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path / "two", **SIZE)
    assert_same(together, apart)


def test_reference_is_the_baseline_of_the_same_seed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    alone = sim.Market(sim.Parameters(), rng=3, developers=300, setup=ex.scenario("no_deepseek")).run(months=6)
    assert "no reference given" in caplog.text
    caplog.clear()
    runs = ex.ensemble("no_deepseek", seeds=[3], outputs=tmp_path, **SIZE)
    assert caplog.text == ""
    assert runs.scenarios == ("no_deepseek",)
    assert runs.wide("no_deepseek", "spend")[3].tolist() == alone.market["spend"].tolist()


# Failures


def _fail_for(monkeypatch: pytest.MonkeyPatch, scenario: str, seed: int) -> None:
    run = work.run

    def failing(shared: Shared, task: Task, item: sim.Scenario, reference: sim.Record | None) -> sim.Record:
        if item.name == scenario and task.seed == seed:
            raise FloatingPointError("the market\nburned down")
        return run(shared, task, item, reference)

    monkeypatch.setattr(work, "run", failing)


def test_failed_run_is_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_for(monkeypatch, "no_deepseek", 1)
    asked: dict[str, Any] = {"seeds": 3, "outputs": tmp_path, "name": "study", **SIZE}
    runs = ex.ensemble(["baseline", "no_deepseek"], params={"talent.mobility": 0.02}, **asked)
    assert runs.of("baseline")["seed"].unique().tolist() == [0, 1, 2]
    assert runs.of("no_deepseek")["seed"].unique().tolist() == [0, 2]
    (report,) = json.loads((tmp_path / "study" / "failures.json").read_text())
    assert report["error"] == "FloatingPointError: the market burned down"
    assert report["command"] == (
        "python -m experiments.run scenario=no_deepseek 'seeds=[1]' months=6 developers=300 params.talent.mobility=0.02"
    )
    assert "Traceback" in report["traceback"]
    assert report["parameters_changed"] == {"talent.mobility": 0.02}
    assert ex.open(tmp_path / "study").failures == runs.failures


def test_failed_run_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        _fail_for(patched, "no_deepseek", 1)
        runs = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
        assert len(runs.failures) == 1
    runs = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    assert runs.failures == []
    assert len(runs.runs) == 4


def test_without_the_baseline_its_seed_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_for(monkeypatch, "baseline", 0)
    runs = ex.ensemble(["baseline", "no_deepseek"], seeds=2, outputs=tmp_path, **SIZE)
    assert [(report["scenario"], report["seed"]) for report in runs.failures] == [
        ("baseline", 0),
        ("no_deepseek", 0),
    ]
    assert runs.seeds == (1,)


def test_command_of_a_scenario_of_one_s_own() -> None:
    mine = sim.Scenario(name="mine", why="", labs={"Meta": "closed"})
    about = {"scenario": mine.model_dump(), "seed": 4, "months": 6, "developers": 300, "params": {}, "without": []}
    command = provenance.command_of(about)
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
    assert found["code"] == fingerprint.code_version()
    assert {"python", "numpy", "mesa", "pandas", "pyarrow"} <= set(found["versions"])
    assert found["made_by"] == [provenance.versions_in_words()]


def test_names_that_others_rely_on() -> None:
    assert ex.scenario("baseline").name == "baseline"
    assert callable(ex.plots.bands)
    with pytest.raises(AttributeError):
        ex.nothing  # noqa: B018


@pytest.mark.parametrize(
    "design",
    [
        {"kind": "grid", "params": {"finance.elasticity": [0.0, 0.3]}},
        {"kind": "grid", "params": {"finance.elasticity": [0.0, 0.3]}, "seeds": "own"},
        {"kind": "latin_hypercube", "params": ["talent.mobility"], "points": 3},
        {"kind": "latin_hypercube", "params": ["talent.mobility"], "points": 3, "seeds": "common"},
    ],
    ids=str,
)
def test_call_of_a_study_makes_it_again(design: dict[str, Any]) -> None:
    asked: dict[str, Any] = {
        "params": {"talent.mobility": 0.02},
        "measures": ["hhi", "labs.price"],
        "without": ["talent"],
    }
    mine = sim.Scenario(name="mine", why="to see", labs={"Meta": "closed"})
    study = Study.of(["baseline", mine], seeds=[3, 5], months=6, developers=300, design=design, **asked)
    call = provenance.call_of(study.settings())
    again = eval(call.replace("ex.ensemble(", "Study.of("), {"Study": Study, "sim": sim})
    assert again.settings() == study.settings()
    assert again.runs.equals(study.runs)
