"""Results in the formats of other tools: the same numbers, with units, read back by the tools themselves."""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.io.stata import StataReader

import experiments as ex
from experiments.questions import fingerprint
from experiments.results import exports, store
from experiments.results.files import write_atomically
from experiments.results.results import Results
from experiments.results.tables import StoredTables

VARIED = ["talent.mobility", "adoption.weights_preference.enterprise"]
DESIGN = {"kind": "latin_hypercube", "params": VARIED, "points": 2, "seeds": "common"}
TABLES = ("market", "labs", "flows")


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios at two points with two seeds; months 0 to 5, so one December."""
    return ex.ensemble(
        ["baseline", "no_open_weights"], seeds=[4, 1], months=5, developers=100, workers=1, design=DESIGN,
        outputs=tmp_path_factory.mktemp("a 'quoted' [folder]"), progress=False,
    )  # fmt: skip


def same_bits(left: Any, right: Any) -> bool:
    """Whether two columns of doubles are the same to the last bit, NaN in the same places."""
    return np.array_equal(np.asarray(left, float), np.asarray(right, float), equal_nan=True)


# xarray


def test_every_value_is_where_its_coordinates_say(study: Results) -> None:
    pytest.importorskip("xarray")
    market, labs = study.to_xarray(), study.to_xarray("labs", ["price", "researchers"])
    assert market["frontier"].dims == ("scenario", "point", "seed", "month")
    assert labs["price"].dims == ("scenario", "point", "seed", "month", "lab")
    assert labs["lab"].dtype.kind == labs["region"].dtype.kind == "U"  # objects are slow and netCDF has none
    assert market["seed"].values.tolist() == [1, 4] and market["month"].values.tolist() == list(range(6))
    for row in study.market.itertuples(index=False):
        at = market.sel(scenario=row.scenario, point=row.point, seed=row.seed, month=row.month)
        assert same_bits([at["frontier"], at["open_lag"]], [row.frontier, row.open_lag])
        assert (at["date"].item(), at["talent.mobility"].item()) == (row.date, row[2])
    for row in study.labs.sample(200, random_state=1).itertuples(index=False):
        at = labs.sel(scenario=row.scenario, point=row.point, seed=row.seed, month=row.month, lab=row.lab)
        assert same_bits([at["price"], at["researchers"]], [row.price, row.researchers])
        assert at["region"].item() == row.region


def test_units_and_provenance_go_along(study: Results) -> None:
    pytest.importorskip("xarray")
    data = study.to_xarray("labs", "researchers")
    assert data["researchers"].attrs == {"units": "FTE", "long_name": "Research staff, both skills"}
    assert data["talent.mobility"].attrs["units"] == "1/month"
    assert data.attrs["code_version"] == fingerprint.code_version()
    assert f"numpy {np.__version__}" in data.attrs["versions"] and "ensemble" in data.attrs["command"]


def test_runs_that_are_missing_are_nan(study: Results) -> None:
    pytest.importorskip("xarray")
    gone = (study.runs["scenario"] == "baseline") & (study.runs["point"] == 1) & (study.runs["seed"] == 4)
    data = study.with_runs(study.runs[~gone]).to_xarray(columns="adoption")
    empty = data["adoption"].isnull().all("month")
    assert int(empty.sum()) == 1 and bool(empty.sel(scenario="baseline", point=1, seed=4))


def test_selection_and_dimensions_without_a_design(study: Results, tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    some = study.to_xarray(columns=["hhi"], seed=4, month=["2022-12", 5], scenario="no_open_weights")
    assert dict(some.sizes) == {"scenario": 1, "point": 2, "seed": 1, "month": 2}
    assert some["date"].values.tolist() == ["2022-12", "2023-04"]
    plain = ex.ensemble("baseline", seeds=1, months=2, developers=100, workers=1, outputs=tmp_path, progress=False)
    assert plain.to_xarray()["hhi"].dims == ("scenario", "seed", "month")
    assert same_bits(plain.to_xarray()["hhi"].values[0, 0], plain.market["hhi"])


def test_draws_stand_in_for_seeds_of_a_point_s_own(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    runs = ex.ensemble(
        ["baseline", "no_open_weights"], seeds=2, months=2, developers=100, workers=1,
        design=DESIGN | {"points": 3, "seeds": "own"}, outputs=tmp_path, progress=False,
    )  # fmt: skip
    data = runs.to_xarray(columns="adoption")
    assert data["adoption"].dims == ("scenario", "point", "draw", "month")
    assert data["seed"].values.tolist() == [[0, 1], [2, 3], [4, 5]]
    for row in runs.load("market", "adoption").itertuples(index=False):
        at = data.sel(scenario=row.scenario, point=row.point, draw=row.seed % 2, month=row.month)
        assert at["seed"].item() == row.seed and same_bits(at["adoption"], row.adoption)
    # One point of it has the same dimensions, and a run that is missing is NaN, its seed -1.
    assert runs.to_xarray(columns="adoption", point=1)["seed"].values.tolist() == [[2, 3]]
    some = runs.with_runs(runs.runs[runs.runs["seed"] != 3]).to_xarray(columns="adoption")
    assert some["seed"].values.tolist() == [[0, 1], [2, -1], [4, 5]]
    assert bool(some["adoption"].sel(point=1, draw=1).isnull().all())
    data.to_netcdf(tmp_path / "runs.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "runs.nc", engine="scipy") as again:
        xarray.testing.assert_identical(again.load(), data)


@pytest.mark.parametrize("table", ["market", "labs"])
def test_netcdf_there_and_back(study: Results, table: str, tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    data = study.to_xarray(table)
    data.to_netcdf(tmp_path / "runs.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "runs.nc", engine="scipy") as again:
        xarray.testing.assert_identical(again.load(), data)


def test_flows_have_no_cube(study: Results) -> None:
    pytest.importorskip("xarray")
    with pytest.raises(ex.ExperimentError, match=r"table=flows is not allowed; .*to_csv"):
        study.to_xarray("flows")


# CSV


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("block", [1, 10**9])
def test_csv_has_every_digit(
    study: Results, table: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_BLOCK_BYTES", block)
    path = study.to_csv(tmp_path / "runs.csv", table)
    text = path.read_bytes()
    assert b"\r" not in text and text.endswith(b"\n")
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    frame = getattr(study, table)
    assert list(rows[0]) == list(frame.columns) and len(rows) == len(frame)
    for name in frame.columns:
        if frame[name].dtype == float:
            assert same_bits([float(row[name] or "nan") for row in rows], frame[name]), name
        else:
            assert [row[name] for row in rows] == frame[name].astype(str).tolist(), name


def test_units_lie_beside(study: Results, tmp_path: Path) -> None:
    study.to_csv(tmp_path / "moves.csv", "flows")
    study.to_csv(tmp_path / "labs.csv", "labs", ["researchers", "trust"], month=3, seed=1)
    moves = pd.read_csv(tmp_path / "moves.units.csv", index_col="column", keep_default_na=False)
    labs = pd.read_csv(tmp_path / "labs.units.csv", index_col="column", keep_default_na=False)
    assert moves.loc["researchers", "unit"] == "FTE/year" and labs.loc["researchers", "unit"] == "FTE"
    assert labs.loc["talent.mobility"].tolist() == ["1/month", "Hazard that a researcher reconsiders the employer"]
    assert labs.index.tolist() == pd.read_csv(tmp_path / "labs.csv").columns.tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "labs.csv", "labs.units.csv", "moves.csv", "moves.units.csv",
    ]  # fmt: skip


def test_no_runs_give_a_header(study: Results, tmp_path: Path) -> None:
    path = study.with_runs(study.runs.iloc[:0]).to_csv(tmp_path / "runs.csv", columns="hhi")
    assert path.read_text().splitlines() == [
        "scenario,point,talent.mobility,adoption.weights_preference.enterprise,seed,month,date,hhi"
    ]


def test_a_file_that_cannot_be_written(study: Results, tmp_path: Path) -> None:
    for write in (study.to_csv, study.to_stata):
        with pytest.raises(ex.ExperimentError, match=r"^path=.*no.runs is not allowed; .*No such file"):
            write(tmp_path / "no" / "runs", columns="hhi")
        with pytest.raises(ex.ExperimentError, match=r"=lag is not allowed"):
            write(tmp_path / "runs", columns="lag")
    assert list(tmp_path.iterdir()) == []


WRITERS = [Results.to_csv, Results.to_stata]


@pytest.mark.parametrize("write", WRITERS)
def test_nothing_takes_the_place_of_a_pipe_or_a_device(write: Any, study: Results, tmp_path: Path) -> None:
    """The file would be there, and /dev/null would be gone for everybody."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(ex.ExperimentError, match=r"allowed: a file that can be written \((Not a r|Is a d)"):
            write(study, path, columns=["frontier"])
    with pytest.raises(OSError, match="Not a regular file"):
        write_atomically(pipe, lambda file: file.write_text("x"))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_folder_in_the_place_of_units_leaves_no_half(study: Results, tmp_path: Path) -> None:
    (tmp_path / "a.units.csv").mkdir()
    with pytest.raises(ex.ExperimentError, match="Is a directory"):
        study.to_csv(tmp_path / "a.csv", columns=["frontier"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.units.csv"]


@pytest.mark.parametrize("write", WRITERS)
def test_a_link_leads_to_what_is_written(write: Any, study: Results, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "file")
    assert write(study, link, columns=["frontier"]) == link
    assert link.is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == link.read_bytes() != b""


@pytest.mark.parametrize(
    ("write", "ending"), [(Results.to_csv, ".csv"), (Results.to_stata, ".dta")], ids=["csv", "stata"]
)
def test_a_name_does_not_say_another_kind(write: Any, ending: str, study: Results, tmp_path: Path) -> None:
    """A table of words under x.csv.gz or x.xlsx is one that nobody can open."""
    for name in ("x.csv.gz", "x.xlsx", "x.parquet", "x.ZIP", "x.dta" if ending == ".csv" else "x.csv"):
        with pytest.raises(ex.ExperimentError, match=rf"allowed: a name that ends in \{ending}, since that is what is"):
            write(study, tmp_path / name, columns=["frontier"])
    assert not list(tmp_path.iterdir())
    for name in ("x", "x.txt", f"x{ending.upper()}", f"2024.01{ending}"):
        assert write(study, tmp_path / name, columns=["frontier"]).is_file()


def test_a_damaged_shard_leaves_no_half_of_a_file(study: Results, tmp_path: Path) -> None:
    broken = damaged_copy(study, tmp_path)
    with pytest.raises(store.StoreError, match="damaged"):
        broken.to_csv(tmp_path / "runs.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def damaged_copy(study: Results, folder: Path) -> Results:
    """The same with one byte of one shard wrong."""
    assert isinstance(study.tables, StoredTables)
    shutil.copytree(study.tables.folder, folder / "store")
    victim = folder / "store" / sorted(study.tables.shard_of.values())[0]
    data = bytearray(victim.read_bytes())
    data[100] ^= 1
    victim.write_bytes(data)
    tables = StoredTables(folder / "store", study.tables.shard_of, study.months)
    return Results(tables, study.runs, study.points, study.months, study.kept, study.provenance)


# Stata


@pytest.mark.parametrize("table", TABLES)
def test_stata_reads_the_same(study: Results, table: str, tmp_path: Path) -> None:
    path = study.to_stata(tmp_path / "runs.dta", table)
    assert b"<release>118</release>" in path.read_bytes()[:80]
    read, frame = pd.read_stata(path), getattr(study, table)
    read.columns = frame.columns
    for name in frame.columns:
        if frame[name].dtype == float:
            assert same_bits(read[name], frame[name]), name
        else:
            assert read[name].tolist() == frame[name].tolist(), name


def test_stata_names_and_labels(study: Results, tmp_path: Path) -> None:
    path = study.to_stata(tmp_path / "runs.dta", columns="frontier_price", month=1)
    with StataReader(path) as reader:
        labels, title = reader.variable_labels(), reader.data_label
    assert list(labels)[2] == "talent_mobility"
    assert re.fullmatch("adoption_weights_preferen_[0-9a-f]{6}", list(labels)[3])
    assert labels["frontier_price"] == "Price of the most capable flagship; missing before the first ($/Mtok)"
    assert labels["talent_mobility"].startswith("talent.mobility: Hazard")
    assert all(len(name) <= 32 for name in labels) and all(len(label) <= 80 for label in labels.values())
    assert title == "weightshift market: baseline, no_open_weights"


def test_stata_names_are_valid_and_differ() -> None:
    long = ["a." + "x" * 40, "a." + "x" * 41, "b.c", "b_c", "1st", "größe"]
    names = exports.stata_names(long)
    assert len(set(names.values())) == 6 and names["b.c"] == "b_c" and names["1st"] == "_1st"
    assert all(name.isascii() and name.isidentifier() and len(name) <= 32 for name in names.values())
    assert names[long[1]] == exports.stata_names(long[1:2])[long[1]]  # whatever else is there


def test_what_stata_cannot_hold(tmp_path: Path) -> None:
    market = pd.DataFrame({"scenario": "s", "seed": [2**62 + 1] * 4, "month": range(4), "date": "2022-11"})
    market["hhi"] = [math.inf, -math.inf, 1e308, 8e307]
    labs = pd.DataFrame(columns=["scenario", "seed", "month", "lab", "region"])
    results = Results.of_frames(market, labs, labs, {})
    read = pd.read_stata(results.to_stata(tmp_path / "runs.dta"))
    assert same_bits(read["hhi"], [math.nan, math.nan, math.nan, 8e307])
    assert read["seed"].tolist() == [str(2**62 + 1)] * 4


# DuckDB


@pytest.mark.parametrize("table", TABLES)
def test_views_hold_what_load_gives(study: Results, table: str) -> None:
    pytest.importorskip("duckdb")
    read = study.to_duckdb().execute(f"SELECT * FROM {table}").df()
    frame, order = study.load(table), [name for name in exports._ABOUT_RUNS if name in read]
    read, frame = (each.sort_values(order, ignore_index=True) for each in (read, frame))
    pd.testing.assert_frame_equal(read, frame, check_exact=True, check_dtype=False)


def test_averages_are_those_of_pandas(study: Results) -> None:
    pytest.importorskip("duckdb")
    connection = study.to_duckdb()
    # china_lag is missing in some rows, and pandas leaves these out.
    rows = connection.execute(
        'SELECT scenario, "talent.mobility", avg(frontier), avg(china_lag), count(china_lag) FROM market '
        "WHERE month IN (0, 5) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    grouped = study.market.query("month in (0, 5)").groupby(["scenario", "talent.mobility"])
    expected = grouped.agg(a=("frontier", "mean"), b=("china_lag", "mean"), c=("china_lag", "count")).reset_index()
    assert 0 < expected["c"].sum() < 16
    for row, wanted in zip(rows, expected.itertuples(index=False), strict=True):
        assert row[:2] == wanted[:2]
        assert row[2:] == (pytest.approx(wanted.a), wanted.b if wanted.c == 0 else pytest.approx(wanted.b), wanted.c)
    assert connection.execute("SELECT count(*), count(DISTINCT key) FROM runs").fetchall() == [(8, 8)]
    assert connection.execute('SELECT point, "talent.mobility" FROM points ORDER BY 1').fetchall() == [
        *study.points["talent.mobility"].items()
    ]


def test_shards_that_kept_different_measures(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    same = {"months": 3, "developers": 100, "workers": 1, "outputs": tmp_path, "progress": False}
    ex.ensemble("baseline", seeds=[0], **same)  # all tables
    ex.ensemble("baseline", seeds=[1], measures=["labs", "flows"], **same)  # another study of the same store
    some = ex.ensemble("baseline", seeds=[0, 1], measures=["frontier", "hhi"], **same)
    assert len(some.tables.shards(some.runs)) == 2
    connection = some.to_duckdb()
    rows = connection.execute("SELECT * FROM market ORDER BY seed, month").fetchall()
    assert rows == list(some.market.itertuples(index=False, name=None))
    assert connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == [("market",)]


def test_a_run_that_is_in_two_shards_counts_once(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")

    def run(key: str, value: float) -> store.Finished:
        return store.Finished(key, {"market": pa.table({"month": pa.array([0], pa.int16()), "hhi": [value]})})

    one = store.write(tmp_path, "0" * 16, [run("a", 1.0), run("b", 2.0)])
    two = store.write(tmp_path, "1" * 16, [run("b", 20.0), run("c", 3.0)])
    tables = StoredTables(tmp_path, {"a": one.name, "b": one.name, "c": two.name}, 0)
    runs = pd.DataFrame({"scenario": "s", "point": 0, "seed": [0, 1, 2], "key": ["a", "b", "c"]})
    results = Results(tables, runs, pd.DataFrame(index=range(1)), 0, {"market": ("hhi",)}, {})
    rows = results.to_duckdb().execute("SELECT seed, hhi FROM market ORDER BY 1").fetchall()
    assert rows == [(0, 1.0), (1, 2.0), (2, 3.0)]


def test_selected_and_missing_runs(study: Results) -> None:
    pytest.importorskip("duckdb")
    some = study.select(seed=4, scenario="baseline")
    assert some.to_duckdb().execute("SELECT DISTINCT scenario, seed FROM labs").fetchall() == [("baseline", 4)]
    none = study.with_runs(study.runs.iloc[:0]).to_duckdb()
    assert none.execute("SELECT count(*), avg(hhi) FROM market").fetchall() == [(0, None)]


def test_a_database_of_ones_own(study: Results, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "my.db")) as mine:
        assert study.to_duckdb(mine) is mine
        study.to_duckdb(mine)
    with duckdb.connect(str(tmp_path / "my.db"), read_only=True) as mine:
        assert mine.execute("SELECT count(*) FROM market").fetchall() == [(len(study.market),)]
        with pytest.raises(ex.ExperimentError, match=r"^connection: .*read-only") as caught:
            study.to_duckdb(mine)
    assert "\n" not in str(caught.value)


def test_a_damaged_shard_gives_no_view(study: Results, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    with pytest.raises(store.StoreError, match="damaged, its SHA-256 does not fit"):
        damaged_copy(study, tmp_path).to_duckdb()


@pytest.mark.parametrize(("module", "method"), [("xarray", "to_xarray"), ("duckdb", "to_duckdb")])
def test_a_package_that_is_not_there(study: Results, module: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ex.ExperimentError) as caught:
        getattr(study, method)()
    assert str(caught.value) == f"{module} is not installed; pip install 'weightshift[analysis]'"


def test_duckdb_has_the_flows_of_months(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    size: dict[str, Any] = {"months": 4, "developers": 100, "workers": 1, "progress": False, "outputs": tmp_path}
    runs = ex.ensemble("baseline", 1, measures=["hhi", "labs.price", "flows_monthly"], **size)
    rows = runs.to_duckdb().execute("SELECT count(*), sum(researchers) FROM flows_monthly").fetchone()
    assert rows == (len(runs.flows), pytest.approx(runs.flows["researchers"].sum()))
    assert runs.to_duckdb().execute("SELECT count(*) FROM labs").fetchone() == (len(runs.labs),)
