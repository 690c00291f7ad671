"""Designs: the points that each kind makes, from where their values come, and what is refused."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import math
import struct
import time
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from experiments.questions.designs import KINDS, Design, Points
from experiments.questions.designs.points import fits
from experiments.questions.designs.sampling import _at
from experiments.questions.settings import ExperimentError
from experiments.questions.study import Study

MOBILITY, HOME, RENEWAL = "talent.mobility", "talent.home.cn", "talent.taste_renewal"
MODE, WEIGHTS = "finance.invest_mode", "release.weights_allowed"
BASE = sim.Parameters()
LEAVES = {leaf.address: leaf for leaf in BASE.leaves()}


def expand(kind: str, params: Any = None, **more: Any) -> Points:
    return Design(kind, params, **more).expand(BASE)


def column(points: Points, address: str) -> list[Any]:
    return points.frame[address].tolist()


def write(folder: Path, text: str, name: str = "points.csv") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def from_text(folder: Path, text: str, base: sim.Parameters = BASE) -> Points:
    return Design.of(write(folder, text)).expand(base)


# single and grid


def test_single_is_one_point_without_changes() -> None:
    points = Design.of(None).expand(BASE)
    assert len(points) == 1 and points.changes(0) == {} and points.scenarios is None
    assert list(points.frame.columns) == [] and points.frame.index.name == "point"


def test_grid_varies_the_last_parameter_fastest_in_the_order_given() -> None:
    points = expand("grid", {MOBILITY: [0.03, 0.01], MODE: ["frozen", "anchored"], RENEWAL: [12, 48, 24]})
    assert list(points.frame.columns) == [MOBILITY, MODE, RENEWAL]
    assert column(points, MOBILITY) == [0.03] * 6 + [0.01] * 6
    assert column(points, MODE) == (["frozen"] * 3 + ["anchored"] * 3) * 2
    assert column(points, RENEWAL) == [12, 48, 24] * 4
    assert points.frame.index.equals(pd.RangeIndex(12)) and points.frame.index.name == "point"


def test_levels_are_the_numbers_a_reader_expects() -> None:
    points = expand(
        "grid",
        {
            MOBILITY: {"low": 0.001, "high": 1, "points": 4, "scale": "log"},
            HOME: {"low": 0, "high": 0.3, "points": 4},
        },
    )
    assert column(points, MOBILITY)[::4] == [0.001, 0.01, 0.1, 1.0]
    assert column(points, HOME)[:4] == [0.0, 0.1, 0.2, 0.3]  # 0.1 * 3 would be 0.30000000000000004


def test_levels_of_whole_numbers_are_rounded_and_not_repeated() -> None:
    span = {"low": 1, "high": 4, "points": 7}  # 1, 1.5, 2, … 4; halves are rounded up
    assert column(expand("grid", {RENEWAL: span}), RENEWAL) == [1, 2, 3, 4]
    assert column(expand("grid", {RENEWAL: span | {"points": 3}}), RENEWAL) == [1, 3, 4]


def test_null_in_a_grid_is_the_range_of_the_table_or_all_choices() -> None:
    points = expand("grid", {RENEWAL: None, WEIGHTS: None, MODE: None}, points=3)
    assert sorted(set(column(points, RENEWAL))) == [12, 30, 48]  # the range of the table is 12 to 48
    assert column(points, WEIGHTS)[:4] == [True, True, False, False]
    assert column(points, MODE)[:2] == ["anchored", "frozen"]
    assert len(expand("grid", [RENEWAL])) == 5


def test_grid_stops_at_a_million_points() -> None:
    axis = {"low": 0.1, "high": 0.9, "points": 1000}
    assert len(expand("grid", {MOBILITY: axis, HOME: axis})) == 1_000_000
    with pytest.raises(ExperimentError, match=r"1000 × 1000 × 2 = 2,000,000 points is not allowed.*1,000,000"):
        Design("grid", {MOBILITY: axis, HOME: axis, WEIGHTS: None})


# Sampling


@pytest.mark.parametrize("n", [1, 7, 100])
def test_latin_hypercube_hits_each_stratum_once(n: int) -> None:
    points = expand("latin_hypercube", {MOBILITY: [0.2, 0.6], HOME: [1.0, 3.0]}, points=n)
    for address, low, high in ((MOBILITY, 0.2, 0.6), (HOME, 1.0, 3.0)):
        strata = np.floor((points.frame[address] - low) / (high - low) * n)
        assert sorted(strata) == list(range(n))
    if n == 100:
        assert abs(points.frame.corr().iloc[0, 1]) < 0.4  # shuffled, not in step


def test_sobol_extends_itself() -> None:
    params = {MOBILITY: [0.01, 0.03], HOME: None, RENEWAL: None}
    short, long = expand("sobol", params, points=48, seed=3), expand("sobol", params, points=128, seed=3)
    pd.testing.assert_frame_equal(short.frame, long.frame.iloc[:48], check_exact=True)


def test_sobol_is_balanced() -> None:
    frame = expand("sobol", {MOBILITY: [0, 1], HOME: [0, 10]}, points=64).frame
    assert (frame[MOBILITY] < 0.5).sum() == 32
    assert (frame[HOME] < 5).sum() == 32
    cells = np.floor(frame[MOBILITY] * 8) * 8 + np.floor(frame[HOME] / 10 * 8)
    assert sorted(cells) == list(range(64))  # the first two dimensions fill all 8 × 8 cells


def test_unbalanced_sobol_is_said_once_with_the_next_power_of_two(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "experiments.questions.designs.sampling"):
        expand("sobol", [MOBILITY], points=64)
        assert caplog.messages == []
        expand("sobol", [MOBILITY], points=100)
    assert len(caplog.messages) == 1 and "design.points=128" in caplog.messages[0]


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_seed_decides_the_points(kind: str) -> None:
    one, same, other = (expand(kind, [MOBILITY, HOME], points=16, seed=seed).frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same, check_exact=True)
    assert (one != other).to_numpy().all()


def test_bits_are_the_same_everywhere() -> None:
    # As SciPy 1.14, 1.17 and 1.18 give them; if these change, finished runs of old designs are not found again.
    params = {MOBILITY: {"low": 1e-4, "high": 1, "scale": "log"}, HOME: [1, 2]}
    digests = [
        hashlib.sha256(expand(kind, params, points=64, seed=5).frame.to_numpy().astype("<f8").tobytes()).hexdigest()[
            :12
        ]
        for kind in ("latin_hypercube", "sobol")
    ]
    assert digests == ["9b6d1eca96a8", "94e696fb8e67"]


def test_log_scale_is_uniform_in_proportion() -> None:
    points = expand("sobol", {MOBILITY: {"low": 1e-4, "high": 1, "scale": "log"}}, points=64)
    counts, _ = np.histogram(points.frame[MOBILITY], [1e-4, 1e-3, 1e-2, 1e-1, 1])
    assert counts.tolist() == [16, 16, 16, 16]
    # The same shares on a linear scale: the logarithm of one is the other.
    shares = expand("sobol", {MOBILITY: [0, 1]}, points=64).frame[MOBILITY]
    np.testing.assert_allclose(points.frame[MOBILITY], 1e-4 * 1e4**shares, rtol=1e-13)


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_whole_numbers_are_equally_likely(kind: str) -> None:
    points = expand(kind, {RENEWAL: [3, 6]}, points=64)
    assert points.frame[RENEWAL].dtype == np.int64
    assert points.frame[RENEWAL].value_counts().to_dict() == {3: 16, 4: 16, 5: 16, 6: 16}


def test_whole_numbers_in_proportion() -> None:
    # Shares of [1, 2), [2, 4) and [4, 8) are equal on a log scale.
    numbers = expand("sobol", {RENEWAL: {"low": 1, "high": 7, "scale": "log"}}, points=3 * 1024).frame[RENEWAL]
    assert set(numbers) == {1, 2, 3, 4, 5, 6, 7}
    assert [numbers.between(*ends).sum() for ends in ((1, 1), (2, 3), (4, 7))] == pytest.approx([1024] * 3, abs=2)


def test_choices_are_equally_likely() -> None:
    frame = expand("sobol", {MODE: None, WEIGHTS: [False, True]}, points=64).frame
    assert frame[MODE].value_counts().to_dict() == {"anchored": 32, "frozen": 32}
    assert frame[WEIGHTS].dtype == bool and frame[WEIGHTS].sum() == 32
    assert set(expand("sobol", {WEIGHTS: [False]}, points=8).frame[WEIGHTS]) == {False}


def test_last_value_of_a_range_stands_for_a_share_of_one() -> None:
    ends = np.array([0.0, 1.0])
    assert _at({"low": 3, "high": 6, "scale": "linear"}, RENEWAL, ends).tolist() == [3, 6]
    assert _at({"low": 0.1, "high": 0.3, "scale": "log"}, MOBILITY, ends).tolist() == [0.1, 0.3]
    assert _at(["a", "b", "c"], MODE, ends).tolist() == ["a", "c"]


# Seeds of the runs

KINDS_OF_SEEDS = {
    "grid": {"kind": "grid", "params": {MOBILITY: [0.01, 0.03, 0.05]}},
    "file": pd.DataFrame({MOBILITY: [0.01, 0.03, 0.05]}),
    "latin_hypercube": {"kind": "latin_hypercube", "params": [MOBILITY], "points": 3},
    "sobol": {"kind": "sobol", "params": [MOBILITY], "points": 4},
}


def seeds_of(design: Any, seeds: Any) -> list[list[int]]:
    runs = Study.of(["baseline", "no_deepseek"], seeds=seeds, months=1, design=design).runs
    both = [group["seed"].tolist() for _, group in runs.groupby(["point", "scenario"])]
    assert both[::2] == both[1::2]  # pairs have the same seed
    return both[::2]


@pytest.mark.parametrize("kind", ["grid", "file"])
def test_points_share_their_seeds_where_they_are_chosen(kind: str) -> None:
    assert seeds_of(KINDS_OF_SEEDS[kind], 2) == [[0, 1]] * 3


@pytest.mark.parametrize("kind", ["latin_hypercube", "sobol"])
def test_points_have_seeds_of_their_own_where_they_are_drawn(kind: str) -> None:
    assert seeds_of(KINDS_OF_SEEDS[kind], 2)[:3] == [[0, 1], [2, 3], [4, 5]]
    assert seeds_of(KINDS_OF_SEEDS[kind], 1)[:3] == [[0], [1], [2]]
    assert seeds_of(KINDS_OF_SEEDS[kind], [3, 5])[:3] == [[3, 5], [6, 8], [9, 11]]
    assert seeds_of(KINDS_OF_SEEDS[kind] | {"seeds": "common"}, 2)[:3] == [[0, 1]] * 3


def test_seeds_of_their_own_can_be_asked_for() -> None:
    assert seeds_of(KINDS_OF_SEEDS["grid"] | {"seeds": "own"}, 3) == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert seeds_of(Design("file", table=KINDS_OF_SEEDS["file"], seeds="own"), 1) == [[0], [1], [2]]
    assert seeds_of(None, 3) == [[0, 1, 2]]


def test_more_points_keep_the_seeds_of_those_before() -> None:
    short, long = (seeds_of(KINDS_OF_SEEDS["sobol"] | {"points": points}, 2) for points in (4, 8))
    assert long[:4] == short


def test_seeds_are_in_the_settings_and_tasks() -> None:
    study = Study.of("baseline", seeds=2, months=1, design=KINDS_OF_SEEDS["latin_hypercube"])
    assert study.settings()["seeds"] == [0, 1] and study.settings()["design"]["seeds"] == "own"
    assert Study.of("baseline", design=study.settings()["design"], seeds=2, months=1).runs.equals(study.runs)
    tasks = list(study.tasks(set(study.runs["key"])))
    assert [task.seed for task in tasks] == [0, 1, 2, 3, 4, 5]
    assert [task.runs for task in tasks] == [{key: "baseline"} for key in study.runs["key"]]
    assert "seeds" not in Study.of("baseline", seeds=2, months=1).settings()["design"]


def test_seeds_beyond_the_last_are_refused() -> None:
    last = 2**63 - 1
    assert seeds_of(KINDS_OF_SEEDS["grid"], [last]) == [[last]] * 3
    with pytest.raises(ExperimentError, match=f"seeds={last} is not allowed.*at all 3 points"):
        seeds_of(KINDS_OF_SEEDS["latin_hypercube"], [last])


# What varies


def test_without_names_every_range_of_the_table_is_sampled() -> None:
    frame = expand("latin_hypercube", points=50).frame
    ranged = [leaf for leaf in LEAVES.values() if leaf.range is not None and leaf.range[0] < leaf.range[1]]
    assert list(frame.columns) == [leaf.address for leaf in ranged]
    for leaf in ranged:
        low, high = leaf.range or (0, 0)
        assert frame[leaf.address].between(low, high).all()
        assert np.ptp(frame[leaf.address]) > 0.6 * (high - low)


def test_default_numbers_of_points() -> None:
    assert len(expand("latin_hypercube", [MOBILITY])) == 100
    assert len(expand("sobol", [MOBILITY])) == 128


def test_names_of_sections_are_all_ranges_below() -> None:
    design = Design("sobol", ["adoption.outside", MOBILITY, "talent", MODE], points=8)
    names = list(design.expand(BASE).frame.columns)
    groups = ("indie", "startup", "smb", "enterprise", "regulated")
    assert names[:6] == [*(f"adoption.outside.{group}" for group in groups), MOBILITY]
    talent = [address for address in LEAVES if address.startswith("talent.")]
    assert len(talent) > 20 and set(names[6:-1]) == set(talent) - {MOBILITY} and names[-1] == MODE
    assert list(expand("sobol", "talent", points=8).frame.columns) == talent
    assert list(expand("sobol", {"talent": None}, points=8).frame.columns) == talent


def test_nested_mapping_means_the_same_as_dotted_keys() -> None:
    nested = {
        "talent": {
            "mobility": [0.01, 0.03],
            "home": {"cn": {"low": 1, "high": 2, "scale": "log"}},
            "taste_renewal": None,
        }
    }
    dotted = {MOBILITY: [0.01, 0.03], HOME: {"low": 1, "high": 2, "scale": "log"}, RENEWAL: None}
    mixed = {"talent": {"mobility": [0.01, 0.03]}, HOME: dotted[HOME], "talent.taste_renewal": None}
    assert Design("sobol", nested).settings() == Design("sobol", dotted).settings() == Design("sobol", mixed).settings()
    deep = Design("grid", {"adoption": {"outside": {"indie": [0.1]}}})
    assert deep.expand(BASE).changes(0) == {"adoption.outside.indie": 0.1}


def test_mapping_from_yaml_and_hydra() -> None:
    from omegaconf import OmegaConf

    text = "{kind: grid, params: {talent: {mobility: [1e-2, 0.03]}, talent.home.cn: {low: 1, high: 2, points: 2}}}"
    for tree in (OmegaConf.create(text), OmegaConf.to_container(OmegaConf.create(text))):
        assert isinstance(tree, dict) or OmegaConf.is_dict(tree)
        points = Design.of(tree).expand(BASE)  # type: ignore[arg-type]
        assert points.frame.to_numpy().tolist() == [[0.01, 1], [0.01, 2], [0.03, 1], [0.03, 2]]
    nulls = {"kind": "single", "params": None, "points": None, "seed": None, "path": None}
    assert Design.of(nulls).settings() == {"kind": "single"}


def test_changes_are_plain_and_leave_the_rest_of_the_base() -> None:
    base = BASE.with_(**{HOME: 1.25, "talent.prestige": 2.5})
    points = Design("grid", {HOME: [np.float64(2)], RENEWAL: [np.int64(9)], WEIGHTS: [False], MODE: ["frozen"]})
    changes = points.expand(base).changes(0)
    assert changes == {HOME: 2.0, RENEWAL: 9, WEIGHTS: False, MODE: "frozen"}
    assert [type(value) for value in changes.values()] == [float, int, bool, str]
    assert [str(kind) for kind in points.expand(base).frame.dtypes] == ["float64", "int64", "bool", "object"]
    changed = base.with_(**changes)
    assert (changed.talent.home.cn, changed.talent.prestige, changed.talent.taste_renewal) == (2.0, 2.5, 9)
    for missing in (-1, 1):
        with pytest.raises(IndexError):
            points.expand(base).changes(missing)


def test_base_must_take_the_first_and_the_last_point(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def with_(_self: sim.Parameters, **changes: Any) -> None:
        asked.append(changes[MOBILITY])
        raise sim.ParameterError("these do not go together")

    monkeypatch.setattr(sim.Parameters, "with_", with_)
    design = Design("grid", {MOBILITY: [0.01, 0.02, 0.03]})
    with pytest.raises(ExperimentError, match="design, point 0: these do not go together"):
        design.expand(BASE)
    monkeypatch.setattr(sim.Parameters, "with_", lambda _self, **changes: asked.append(changes[MOBILITY]))
    design.expand(BASE)
    assert asked == [0.01, 0.01, 0.03]


def test_ten_thousand_points_of_all_parameters_take_seconds() -> None:
    from scipy.stats import qmc  # noqa: F401  its import is not what is measured

    start = time.process_time()
    points = expand("sobol", points=8192)
    assert points.frame.shape[1] > 200 and not points.frame.isna().any(axis=None)
    assert len(expand("latin_hypercube", points=10_000)) == 10_000
    assert time.process_time() - start < 10
    start = time.process_time()
    assert all(points.changes(i) for i in range(1000))
    assert time.process_time() - start < 2


# Tables


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_saved_table_gives_the_same_bits(ending: str, tmp_path: Path) -> None:
    params = {MOBILITY: {"low": 1e-9, "high": 1, "scale": "log"}, HOME: None, RENEWAL: None, MODE: None, WEIGHTS: None}
    first = expand("sobol", params, points=256)
    path = tmp_path / f"points.{ending}"
    if ending == "csv":
        first.frame.to_csv(path)
    else:
        first.frame.to_parquet(path)
    again = Design.of(path).expand(BASE)
    pd.testing.assert_frame_equal(first.frame, again.frame, check_exact=True)
    pd.testing.assert_frame_equal(first.frame, Design.of(first.frame).expand(BASE).frame, check_exact=True)


def test_decimals_of_a_csv_are_read_to_the_last_bit(tmp_path: Path) -> None:
    # The fast reader of pandas gets such numbers wrong in the last bit.
    numbers = [float(x) for x in np.random.default_rng(0).random(2000)] + [0.1, 5e-324, 1 / 3]
    points = from_text(tmp_path, "\n".join([MOBILITY, *map(repr, numbers)]))
    assert column(points, MOBILITY) == numbers


def test_scenarios_of_a_table_are_gathered_by_point(tmp_path: Path) -> None:
    text = f"scenario,{MOBILITY},{RENEWAL}\na,0.02,24\nb,0.01,24\nb,0.02,24.0\na,0.02,24\nc,0.01,24\n"
    points = from_text(tmp_path, text)
    assert points.frame.to_dict("list") == {MOBILITY: [0.02, 0.01], RENEWAL: [24, 24]}
    assert points.scenarios == (("a", "b"), ("b", "c"))
    only = from_text(tmp_path, "scenario\n2024\n07\n")
    assert len(only) == 1 and only.changes(0) == {} and only.scenarios == (("2024", "07"),)


def test_equal_rows_are_one_point_and_the_point_column_is_ignored(tmp_path: Path) -> None:
    points = from_text(tmp_path, f"point,{MOBILITY}\n0,0.02\n1,0.01\n2,0.02\n")
    assert column(points, MOBILITY) == [0.02, 0.01] and points.scenarios is None
    assert points.frame.index.tolist() == [0, 1]


def test_every_row_of_a_table_finds_its_point() -> None:
    # A design by Morris: trajectories cross, so that 18 rows are 10 points.
    grid = [0.0, 1 / 3, 2 / 3, 1.0]
    luck = np.random.default_rng(3)
    rows = pd.DataFrame({MOBILITY: luck.choice(grid[:2], 18), HOME: luck.choice(grid, 18)})
    points = Design.of(rows).expand(BASE)
    assert points.rows is not None and points.rows.index.tolist() == list(range(18)) and len(points) < 18
    assert list(points.rows) == ["point"] and points.rows.index.name == "row"
    again = points.frame.loc[points.rows["point"]]
    assert again.to_numpy().tolist() == rows.to_numpy().tolist()


def test_rows_keep_their_scenario_and_designs_without_a_table_have_none(tmp_path: Path) -> None:
    points = from_text(tmp_path, f"scenario,{MOBILITY}\na,0.02\nb,0.01\nb,0.02\n")
    assert points.rows is not None
    assert points.rows.reset_index().to_numpy().tolist() == [[0, 0, "a"], [1, 1, "b"], [2, 0, "b"]]
    assert expand("grid", {MOBILITY: [0.1, 0.2]}).rows is None and Design().expand(BASE).rows is None


@pytest.mark.parametrize(("blank", "told"), [(",,", 1), (",,\n,,", 2), ("\n\n,,\n", 1), (" , , ", 1), ("", 0)])
def test_empty_rows_at_the_end_of_a_spreadsheet_are_no_points(
    blank: str, told: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    points = from_text(tmp_path, f"{MOBILITY},{HOME},{RENEWAL}\n0.1,,3\n,,\n0.2,1,\n{blank}\n")
    base = BASE.talent
    assert column(points, MOBILITY) == [0.1, base.mobility, 0.2]  # in the middle it is a point, the study's own
    assert column(points, RENEWAL) == [3, base.taste_renewal, base.taste_renewal]
    assert [f"empty rows at its end ({told}) are no points" in line for line in caplog.messages] == [True] * bool(told)


def test_empty_rows_in_memory_are_told(caplog: pytest.LogCaptureFixture) -> None:
    Design.of(pd.DataFrame({MOBILITY: [0.1, None, 0.2]}))
    assert not caplog.records
    Design.of(pd.DataFrame({MOBILITY: [0.1, None, None], HOME: [1.0, None, None]}))
    assert [record.getMessage() for record in caplog.records] == [
        "design table: empty rows at its end (2) stand for the study's own point"
    ]


def test_empty_cells_are_the_base_value(tmp_path: Path) -> None:
    base = BASE.with_(**{MOBILITY: 0.125, RENEWAL: 7, MODE: "frozen", WEIGHTS: False})
    header, rows = f"{MOBILITY},{RENEWAL},{MODE},{WEIGHTS}", "0.5,,anchored,\n,9,,true\nNaN,NA,,\n,,frozen,false\n"
    points = from_text(tmp_path, f"{header}\n{rows}", base)
    assert column(points, MOBILITY) == [0.5, 0.125, 0.125]  # the last two rows both are the base
    assert column(points, RENEWAL) == [7, 9, 7]
    assert column(points, MODE) == ["anchored", "frozen", "frozen"]
    assert column(points, WEIGHTS) == [False, True, False]
    assert [str(kind) for kind in points.frame.dtypes] == ["float64", "int64", "object", "bool"]


def test_columns_equal_to_the_base_are_still_listed(tmp_path: Path) -> None:
    points = from_text(tmp_path, f"{MOBILITY}\n{BASE.talent.mobility!r}\n")
    assert points.changes(0) == {MOBILITY: BASE.talent.mobility}


def test_tables_in_memory_of_many_kinds() -> None:
    wanted = {MOBILITY: [0.25, 0.5], RENEWAL: [3, 4], WEIGHTS: [True, False]}
    plain = pd.DataFrame(wanted)
    frames = [
        plain,
        plain.astype(object),
        plain.astype({MOBILITY: "float32", RENEWAL: "Int64", WEIGHTS: "boolean"}),
        plain.set_index(RENEWAL).assign(point=1),
        plain.set_axis([7, 7], axis=0),
    ]
    for frame in frames:
        found = Design.of(frame).expand(BASE).frame
        assert found[list(wanted)].to_dict("list") == wanted


def test_a_table_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path, f"{MOBILITY}\n0.25\n")
    design = Design.of(path)
    Path(path).unlink()
    assert column(design.expand(BASE), MOBILITY) == [0.25]


def test_a_byte_order_mark_and_spaces_are_no_part_of_names(tmp_path: Path) -> None:
    points = from_text(tmp_path, f"\ufeff{MOBILITY}, {HOME} , scenario\r\n0.25, 1.5, a\r\n\r\n")
    assert points.changes(0) == {MOBILITY: 0.25, HOME: 1.5} and points.scenarios == (("a",),)


# Settings


def test_settings_are_plain_and_lead_back_to_the_same_points() -> None:
    designs = [
        Design(),
        Design("grid", {MOBILITY: {"low": np.float64(0.1), "high": 0.2}, RENEWAL: [np.int64(4)], WEIGHTS: None}),
        Design("sobol", ["talent", MODE], points=16, seed=4),
        Design("latin_hypercube", {HOME: {"low": 1, "high": 2, "scale": "log"}}),
    ]
    for design in designs:
        data = design.settings()
        again = Design.of(json.loads(json.dumps(data, allow_nan=False)))
        assert again.settings() == data
        pd.testing.assert_frame_equal(again.expand(BASE).frame, design.expand(BASE).frame, check_exact=True)
    designs[1].settings()["params"][MOBILITY].append(7)
    assert 7 not in designs[1].settings()["params"][MOBILITY]


def test_settings_hold_what_decides_and_nothing_else() -> None:
    assert Design().settings() == {"kind": "single"}
    assert Design("grid", {HOME: [2]}, seed=9).settings() == {"kind": "grid", "params": {HOME: [2.0]}}
    assert Design("sobol", {MOBILITY: (0, 1)}, seed=9).settings() == {
        "kind": "sobol",
        "params": {MOBILITY: {"low": 0.0, "high": 1.0, "scale": "linear"}},
        "points": 128,
        "seed": 9,
    }


def test_settings_of_a_table_follow_its_content(tmp_path: Path) -> None:
    text = f"{MOBILITY},{RENEWAL},{MODE},{WEIGHTS}\n0.1,24,anchored,true\nNA,,,NA\n"
    design = Design.of(write(tmp_path, text))
    data = design.settings()
    content = json.dumps([2, MOBILITY, RENEWAL, MODE, WEIGHTS]).encode()
    content += struct.pack("<4d", 0.1, np.nan, 24, np.nan) + b'["anchored", null][true, null]'
    assert data == {"kind": "file", "rows": 2, "sha256": hashlib.sha256(content).hexdigest()}
    frame = pd.DataFrame({MOBILITY: [0.1, None], RENEWAL: [24, None], MODE: ["anchored", None], WEIGHTS: [True, None]})
    frame.to_parquet(tmp_path / "other.parquet")
    same = [Design.of(write(tmp_path, text, "b.csv")), Design.of(frame), Design.of(tmp_path / "other.parquet")]
    assert [other.settings() for other in same] == [data] * 3
    others = [text.replace("0.1", "0.10000000000000002"), text.replace("anchored", ""), text + "0.1,,,\n"]
    others += [text.replace("true", "false"), text.replace("mobility", "home.cn"), text.replace("24", "25")]
    hashes = {Design.of(write(tmp_path, other)).settings()["sha256"] for other in [text, *others]}
    assert len(hashes) == 7


# Refusals

REFUSED: list[tuple[Any, list[str]]] = [
    ("halton", ["design=halton is not allowed; allowed: one of single, grid"]),
    (7, ["design=7"]),
    ("points.xlsx", ["design=points.xlsx", ".csv or .parquet"]),
    ({"kind": "halton"}, ["design.kind=halton", "latin_hypercube"]),
    ({"kind": "grid", "params": [MOBILITY], "seeds": 5}, ["design.seeds=5", "one of common, own"]),
    ({"kind": "single", "seeds": "own"}, ["design.seeds=own", "nothing with design.kind=single"]),
    ({"kind": "grid", "param": [1]}, ["design.param=[1]", "allowed: only kind, params, points, seed, seeds, path"]),
    ({3: 4}, ["design.3=4"]),
    ({"kind": "sobol", "points": 0}, ["design.points=0", "1 to 1000000"]),
    ({"kind": "sobol", "points": 1_000_001}, ["design.points=1000001"]),
    ({"kind": "sobol", "points": 2.5}, ["design.points=2.5", "a whole number"]),
    ({"kind": "sobol", "points": True}, ["design.points=True"]),
    ({"kind": "sobol", "seed": -1}, ["design.seed=-1"]),
    ({"kind": "sobol", "path": "a.csv"}, ["design.path=a.csv", "nothing with design.kind=sobol"]),
    ({"kind": "single", "points": 3}, ["design.points=3", "nothing with design.kind=single"]),
    ({"kind": "single", "params": [MOBILITY]}, ["design.params", "nothing with design.kind=single"]),
    ({"params": [MOBILITY]}, ["design.params", "nothing with design.kind=single"]),
    ({"kind": "file"}, ["design.path=null", ".csv"]),
    ({"path": "a.csv", "params": [MOBILITY]}, ["design.params", "nothing with design.kind=file"]),
    ({"path": "a.csv", "points": 3}, ["design.points=3", "nothing with design.kind=file"]),
    ({"path": "nowhere.csv"}, ["design.path=nowhere.csv", "readable", "No such file"]),
    ({"path": "https://example.org/a.csv"}, ["design.path=https://example.org/a.csv", "No such file"]),
    ({"path": "a.txt"}, ["design.path=a.txt", "ending in .csv or .parquet"]),
    ("grid", ["design.params=null", "names of parameters"]),
    ({"kind": "grid", "params": 3}, ["design.params=3", "names of parameters"]),
    ({"kind": "grid", "params": []}, ["design.params=[]", "at least one parameter"]),
    ({"kind": "sobol", "params": {}}, ["design.params={}", "at least one parameter"]),
    ({"kind": "sobol", "params": ["talent.mobilty"]}, ["design.params.talent.mobilty", "did you mean talent.mobility"]),
    ({"kind": "sobol", "params": {"talent": {"mobilty": [0, 1]}}}, ["did you mean talent.mobility"]),
    ({"kind": "sobol", "params": {"talent.mobilty": {"low": 0, "high": 1}}}, ["talent.mobilty:", "did you mean"]),
    ({"kind": "sobol", "params": [["talent"]]}, ["no such parameter"]),
    ({"kind": "sobol", "params": [3]}, ["design.params.3: no such parameter"]),
    ({"kind": "sobol", "params": ["accounting.tolerance"]}, ["accounting.tolerance=null", "[low, high]", "no range"]),
    ({"kind": "sobol", "params": ["accounting"]}, ["design.params=accounting", "sections with ranges"]),
    ({"kind": "sobol", "params": {"talent": [0, 1]}}, ["design.params.talent=[0, 1]", "it is a section"]),
    ({"kind": "sobol", "params": {"talent": {"low": 0, "high": 1}}}, ["design.params.talent", "it is a section"]),
    ({"kind": "sobol", "params": {"talent": {}}}, ["design.params.talent={}", "it is a section"]),
    ({"kind": "sobol", "params": {"talent": {"mobility": None}, MOBILITY: [0, 1]}}, [MOBILITY, "each parameter once"]),
    (
        {"kind": "grid", "params": {MOBILITY: [0, 7]}},
        ["design.params.talent.mobility=7 is not allowed; allowed: 0 to 1"],
    ),
    ({"kind": "grid", "params": {MOBILITY: [float("nan")]}}, ["mobility=nan"]),
    ({"kind": "grid", "params": {HOME: ["inf"]}}, ["talent.home.cn=inf"]),
    ({"kind": "grid", "params": {MOBILITY: ["often"]}}, ["mobility=often"]),
    ({"kind": "grid", "params": {MOBILITY: [True]}}, ["mobility=True"]),
    ({"kind": "grid", "params": {MOBILITY: [None]}}, ["mobility=None"]),
    ({"kind": "grid", "params": {MOBILITY: [0.1, 0.1]}}, ["mobility=[0.1, 0.1]", "different values"]),
    ({"kind": "grid", "params": {MOBILITY: []}}, ["mobility=[]", "different values"]),
    ({"kind": "grid", "params": {MOBILITY: 0.1}}, ["mobility=0.1", "a list of different values, or {low, high"]),
    ({"kind": "grid", "params": {MOBILITY: {"low": 0, "high": 1, "points": 1}}}, ["mobility.points=1", "2 to 10000"]),
    ({"kind": "grid", "params": [MOBILITY], "points": 1}, ["design.points=1", "2 to 10000"]),
    ({"kind": "grid", "params": {RENEWAL: [2.5]}}, ["taste_renewal=2.5", "a whole number, 1 to 1200 months"]),
    ({"kind": "grid", "params": {RENEWAL: [10**400]}}, ["taste_renewal=1000", "a whole number"]),
    ({"kind": "grid", "params": {MODE: ["free"]}}, ["finance.invest_mode=free", "one of anchored, frozen"]),
    ({"kind": "grid", "params": {MODE: [["anchored"]]}}, ["finance.invest_mode=['anchored']", "one of anchored"]),
    ({"kind": "grid", "params": {WEIGHTS: [1]}}, ["weights_allowed=1", "one of true, false"]),
    ({"kind": "sobol", "params": {MODE: {"low": 0, "high": 1}}}, ["finance.invest_mode", "a list of different values"]),
    ({"kind": "sobol", "params": {MODE: "anchored"}}, ["finance.invest_mode=anchored", "a list of different values"]),
    ({"kind": "sobol", "params": {MOBILITY: [0.2, 0.1]}}, ["mobility=[0.2, 0.1]", "low below high"]),
    ({"kind": "sobol", "params": {MOBILITY: [0.1, 0.1]}}, ["mobility=[0.1, 0.1]", "low below high"]),
    ({"kind": "sobol", "params": {MOBILITY: [0.1, 0.2, 0.3]}}, ["mobility=[0.1, 0.2, 0.3]", "[low, high]"]),
    ({"kind": "sobol", "params": {MOBILITY: 0.1}}, ["mobility=0.1", "[low, high]"]),
    ({"kind": "sobol", "params": {MOBILITY: "ab"}}, ["mobility=ab", "[low, high]"]),
    ({"kind": "sobol", "params": {MOBILITY: [0, 7]}}, ["mobility=7 is not allowed; allowed: 0 to 1"]),
    (
        {"kind": "sobol", "params": {MOBILITY: {"low": 0.1}}},
        ["mobility={'low': 0.1}", "[low, high] or {low, high, scale}"],
    ),
    ({"kind": "sobol", "params": {MOBILITY: {"low": 0, "high": 1, "points": 3}}}, ["mobility", "{low, high, scale}"]),
    ({"kind": "sobol", "params": {MOBILITY: {"low": 0, "high": 1, "scale": "log"}}}, ["mobility.low=0.0", "above 0"]),
    (
        {"kind": "sobol", "params": {MOBILITY: {"low": 0.1, "high": 1, "scale": "cubic"}}},
        ["mobility.scale=cubic", "log"],
    ),
    ({"kind": "sobol", "params": {RENEWAL: [1.5, 8]}}, ["taste_renewal=1.5", "a whole number"]),
]

REFUSED_TABLES: list[tuple[str | bytes, list[str]]] = [
    ("", ["points.csv is empty", "a row of addresses"]),
    ("\n\n", ["points.csv is empty"]),
    (f"{MOBILITY}\n", ["0 rows", "1 to 1,000,000 rows"]),
    ("point\n0\n", ["at least one column"]),
    (b"\xff\xfe\x00\x81", ["readable"]),
    (f"{MOBILITY},{HOME}\n0.1\n0.1,1\n", ["row 1 has 1 cells; allowed: 2, as the header has"]),
    (f"{MOBILITY},{HOME}\n0.1,1\n0.1,1,2\n", ["row 2 has 3 cells; allowed: 2"]),
    (f"{MOBILITY}\n0.1,1\n0.1,1\n", ["row 1 has 2 cells; allowed: 1"]),
    (f"{MOBILITY},{HOME}\n0.1,1\n\n0.1,2\n", ["row 2 is empty; allowed: values, NA for the study's own"]),
    (f"{MOBILITY}\n0.1\n\n0.2\n", ["row 2 is empty"]),
    (f"{MOBILITY}\n0_1\n", ["row 1, talent.mobility=0_1", "allowed: 0 to 1"]),
    (f"{MOBILITY}\n0.1\n٠\n", ["row 2, talent.mobility=٠"]),
    (f'{MOBILITY}\n"0.1\n', ["readable"]),
    (f"{MOBILITY},{MOBILITY}\n0.1,0.2\n", [f"column {MOBILITY} stands there twice"]),
    (
        "talent.mobilty\n0.1\n",
        ["column talent.mobilty is not allowed: no such parameter; did you mean talent.mobility"],
    ),
    (f",{MOBILITY}\n0,0.1\n", ["column (unnamed)"]),
    (f"seed,{MOBILITY}\n0,0.1\n", ["column seed is not allowed; seeds=... sets the seeds for every point"]),
    (f"months,{MOBILITY}\n0,0.1\n", ["months=... sets the months for every point"]),
    (f"developers,{MOBILITY}\n0,0.1\n", ["developers=... sets the developers for every point"]),
    (f"{MOBILITY}\n0.1\n7\n", ["points.csv, row 2, talent.mobility=7", "allowed: 0 to 1"]),
    (f"{MOBILITY}\n0.1\noften\n0.2\n", ["row 2, talent.mobility=often", "allowed: 0 to 1"]),
    (f"{MOBILITY}\n0.1\nTrue\n", ["row 2, talent.mobility=True"]),
    (f"{MOBILITY}\nTrue\n", ["row 1, talent.mobility=True"]),
    (f"{HOME}\n1\ninf\n", ["row 2, talent.home.cn=inf"]),
    (f"{RENEWAL},{HOME}\n3,1\n2.5,1\n", ["row 2, talent.taste_renewal=2.5", "a whole number"]),
    (f"{MODE}\nanchored\nfree\n", ["row 2, finance.invest_mode=free", "one of anchored, frozen"]),
    (f"{WEIGHTS}\n1\n", ["row 1, release.weights_allowed=1", "true, false"]),
    (f"scenario,{MOBILITY}\na,0.1\n,0.2\n", ["row 2, scenario=None", "name"]),
    (f"scenario,{MOBILITY}\na/b,0.1\n", ["row 1, scenario=a/b", "name"]),
]


def check_line(error: ExperimentError, wanted: list[str]) -> None:
    line = str(error)
    assert "\n" not in line and len(line) <= 300
    assert [part for part in wanted if part not in line] == [], line


@pytest.mark.parametrize(("asked", "wanted"), REFUSED, ids=lambda value: str(value)[:60])
def test_wrong_designs_are_refused_in_one_line(asked: Any, wanted: list[str]) -> None:
    with pytest.raises(ExperimentError) as refused:
        Design.of(asked)
    check_line(refused.value, wanted)


@pytest.mark.parametrize(("content", "wanted"), REFUSED_TABLES, ids=lambda value: str(value)[:60])
def test_wrong_tables_are_refused_in_one_line(content: str | bytes, wanted: list[str], tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with warnings.catch_warnings(), pytest.raises(ExperimentError) as refused:
        warnings.simplefilter("ignore")  # a warning that nobody sees is no refusal
        Design.of(path)
    # Folders of test runs are long and say nothing.
    check_line(ExperimentError(str(refused.value).replace(str(tmp_path), "")), wanted)


def test_wrong_files_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    write(tmp_path, "not parquet", "text.parquet")
    for name in ("folder.csv", "text.parquet"):
        with pytest.raises(ExperimentError, match=r"\.(csv|parquet) is not allowed; allowed: a readable \.csv"):
            Design.of(tmp_path / name)
    with pytest.raises(ExperimentError, match="a pandas DataFrame"):
        Design("file", table={MOBILITY: [1]})  # type: ignore[arg-type]
    with pytest.raises(ExperimentError, match=r"design\.path"):
        Design("grid", [MOBILITY], table=pd.DataFrame({MOBILITY: [1]}))


def test_rows_in_memory_are_refused_like_rows_of_a_file() -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({MOBILITY: [0.1, 7.0]}, "design table, row 2, talent.mobility=7.0 is not allowed"),
        ({MOBILITY: [0.1, [0.2]]}, r"row 2, talent.mobility=\[0.2\]"),
        ({MOBILITY: [True, False]}, "row 1, talent.mobility=True"),
        ({"scenario": ["a", 3], MOBILITY: [0.1, 0.2]}, "row 2, scenario=3"),
    ]
    for columns, line in wrong:
        with pytest.raises(ExperimentError, match=line):
            Design.of(pd.DataFrame(columns))
    with pytest.raises(ExperimentError, match="stands there twice"):
        Design.of(pd.DataFrame([[0.1, 0.2]], columns=[MOBILITY, MOBILITY]))
    index = pd.MultiIndex.from_tuples([("a", 1)], names=["scenario", None])
    with pytest.raises(ExperimentError, match="column None is not allowed"):
        Design.of(pd.DataFrame({MOBILITY: [0.1]}, index=index))
    with pytest.raises(ExperimentError, match="stands there twice"):
        Design.of(pd.DataFrame({MOBILITY: [0.1]}, index=pd.Index([1], name=MOBILITY)))


def test_infinity_is_refused_where_bounds_do_not() -> None:
    leaf = dataclasses.replace(LEAVES[HOME], bounds=(0, math.inf))
    assert fits(leaf, np.array([1e300, math.inf, math.nan])).tolist() == [True, False, False]


# Any design


def values_of(address: str) -> st.SearchStrategy[Any]:
    leaf = LEAVES[address]
    if leaf.choices:
        return st.sampled_from([True, False] if isinstance(leaf.value, bool) else list(leaf.choices))
    low, high = leaf.bounds or (0.0, 1.0)
    return st.integers(int(low), int(high)) if isinstance(leaf.value, int) else st.floats(low, high)


@st.composite
def any_design(draw: st.DrawFn) -> Design:
    kind = draw(st.sampled_from([kind for kind in KINDS if kind != "single"]))
    addresses = draw(st.lists(st.sampled_from([MODE, WEIGHTS, RENEWAL, *LEAVES]), min_size=1, max_size=4, unique=True))
    if kind == "file":
        rows = draw(st.lists(st.tuples(*(st.none() | values_of(name) for name in addresses)), min_size=1, max_size=6))
        return Design.of(pd.DataFrame(rows, columns=addresses))
    params = {}
    for name in addresses:
        values = draw(st.lists(values_of(name), min_size=2, max_size=2, unique=True).map(sorted))
        log = not LEAVES[name].choices and values[0] > 0 and draw(st.booleans())
        params[name] = {"low": values[0], "high": values[1], "scale": "log"} if log else values
    points = draw(st.integers(2, 5 if kind == "grid" else 40))
    return Design(kind, params, points=points, seed=draw(st.integers(0, 2**63 - 1)))


@settings(max_examples=60, deadline=None)
@given(any_design())
def test_any_point_of_any_design_is_accepted(design: Design) -> None:
    points = design.expand(BASE)
    assert list(points.frame.index) == list(range(len(points))) and len(points) >= 1
    for point in {0, len(points) // 3, len(points) // 2, len(points) - 1}:
        changes = points.changes(point)
        accepted = {leaf.address: leaf.value for leaf in BASE.with_(**changes).leaves()}
        assert {name: accepted[name] for name in changes} == changes
        assert all(type(value) is type(LEAVES[name].value) for name, value in changes.items())
    again = Design.of(design).expand(BASE)
    pd.testing.assert_frame_equal(points.frame, again.frame, check_exact=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(1e-9, 1, exclude_min=True), min_size=2, max_size=20, unique=True).map(sorted))
def test_levels_rise_from_end_to_end(ends: list[float]) -> None:
    for scale in ("linear", "log"):
        span = {"low": ends[0], "high": ends[-1], "points": len(ends), "scale": scale}
        levels = column(expand("grid", {MOBILITY: span}), MOBILITY)
        assert levels[0] == ends[0] and levels[-1] == ends[-1]
        assert all(low < high for low, high in pairwise(levels))
