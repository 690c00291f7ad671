"""What people typed in Python that used to go wrong, each with what comes of it now."""

from __future__ import annotations

import inspect
import os
import pkgutil
import re
import stat
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments
import experiments as ex
import sim
from experiments import run, status, store, validate
from experiments.results.results import Results

TINY: dict[str, Any] = {"seeds": 1, "months": 2, "developers": 100, "workers": 1, "progress": False}
MOBILITY, HOME = "talent.mobility", "talent.home.cn"


study = partial(ex.ensemble, "baseline")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# Things that are read once


def test_columns_of_an_iterator_have_their_cells(small: Results) -> None:
    names = ["frontier", "hhi"]
    small.to_csv("list.csv", columns=names)
    for number, columns in enumerate((iter(names), (name for name in names), map(str, names), pd.Series(names))):
        small.to_csv(f"{number}.csv", columns=columns)
        assert Path(f"{number}.csv").read_bytes() == Path("list.csv").read_bytes()
    assert pd.read_csv("list.csv").shape == (2 * 2 * 15, 6)
    assert pd.read_stata(small.to_stata("a.dta", columns=iter(names)))["hhi"].notna().all()
    assert small.to_xarray(columns=iter(names))["hhi"].notnull().all()
    pd.testing.assert_frame_equal(small.load(columns=iter(names)), small.load(columns=names))


def test_seeds_of_an_iterator_are_the_same_in_every_world() -> None:
    asked = {**TINY, "months": 3, "mechanisms": ["talent"], "measures": ["hhi", "spend"]}
    given = ex.ablate("no_open_weights", **(asked | {"seeds": [3, 5]}))
    again = ex.ablate(
        "no_open_weights",
        **(asked | {"seeds": (seed for seed in (3, 5)), "measures": iter(["hhi", "spend"])}),
        design={"kind": "grid", "params": {MOBILITY: (value for value in [sim.Parameters().talent.mobility])}},
    )
    assert (given["pairs"] == 2).all()
    pd.testing.assert_frame_equal(given, again)


def test_a_column_is_asked_for_once(small: Results) -> None:
    for ask in (
        small.load,
        lambda **more: small.to_csv("a.csv", **more),
        lambda **more: ex.compare(small, measures=more["columns"]),
    ):
        with pytest.raises(ex.ExperimentError, match="measures=frontier, frontier is not allowed; allowed: each once"):
            ask(columns=["frontier", "hhi", "frontier"])
    assert not list(Path().iterdir())


# Values


def test_whole_numbers_of_numpy_are_whole_numbers() -> None:
    market = sim.Market(rng=np.int64(1), developers=np.int32(100))
    assert market.run(np.int64(3)).months == 3
    runs = study(**(TINY | {"seeds": np.int64(2), "months": np.int16(2)}))
    assert runs.seeds == (0, 1) and runs.months == 2
    assert len(runs.load(month=np.uint8(1), seed=np.arange(2))) == 2


@pytest.mark.parametrize(
    "month", [[3.7], 3.7, True, pd.Timestamp("2023-02-01"), float("nan"), np.float64(3), [True], b"3"]
)
def test_a_month_is_a_whole_number_or_a_date(month: Any, small: Results) -> None:
    allowed = "allowed: a month as a number, 0 to 14, or as YYYY-MM, 2022-11 to 2024-01"
    for ask in (
        small.load,
        lambda month: ex.compare(small, month=month),
        lambda month: small.to_csv("a.csv", month=month),
    ):
        with pytest.raises(ex.ExperimentError, match=f"month=.*{allowed}"):
            ask(month=month)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: study(params={1: 1}), "params key=1 is not allowed; allowed: sim.Parameters, or a m"),
        (lambda: study(seeds=b"ab"), "seeds=b'ab' is not allowed; allowed: a number of seeds"),
        (lambda: study(seeds="12"), "seeds=12 is not allowed"),
        (lambda: study(executor="here"), "executor.kind=here is not allowed; allowed: one of local"),
        (lambda: study(executor="local", workers=2), "workers=2 is not allowed; allowed: nothing"),
        (lambda: study(executor={"kind": "slurm", "setup": {}}), "executor.setup={} is not allowed"),
        (lambda: study(without=pd.Series([1, 2])), "without = 1 is not allowed; allowed: names of"),
        (lambda: study(months=pd.Series([1, 2])), "months=0 1 1 2 dtype: int64 is not allowed;"),
        (lambda: study(outputs=""), "outputs='' is not allowed; allowed: the path of a folder"),
        (lambda: study(outputs="~nobody-here/x"), "outputs=~nobody-here/x is not allowed"),
        (lambda: sim.Market(setup={}), "setup = {} is not allowed; allowed: a sim.Scenario"),
        (lambda: sim.Market(parameters={}), "parameters = {} is not allowed; allowed: sim.Parameters"),
        (lambda: sim.Market(without=pd.DataFrame([[1, 2], [3, 4]])), "without = 0 is not allowed; allowed: names of"),
        (lambda: sim.Market(rng=1, seed=2), "seed = 2 is not allowed; allowed: rng or seed"),
        (lambda: sim.Parameters(talent=3), "talent = 3 is not allowed; allowed: a Talent; write Param"),
        (lambda: sim.Scenario(name=b"x"), "scenario: name = b'x' is not allowed; allowed: text, not empty"),
        (lambda: ex.ablate("no_deepseek", name="mine"), "name=mine is not allowed; allowed: no name"),
        (lambda: ex.ablate("no_deepseek", against="no_deepseek"), "against=no_deepseek is not allowed; allowed: "),
        (lambda: ex.Until("open_lag", float("inf")), "precision=inf is not allowed; allowed: a number, 1e-12 or more"),
        (lambda: ex.plots.bands(None, "frontier"), "runs=None is not allowed; allowed: results of ex.ensemble"),
    ],
    ids=lambda item: item if isinstance(item, str) else "",
)  # fmt: skip
def test_one_line(call: Any, line: str) -> None:
    with pytest.raises(sim.WeightshiftError) as refused:
        call()
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)
    assert list(Path().iterdir()) == []


def test_values_of_many_lines_are_cut_to_one() -> None:
    frame = pd.DataFrame(np.arange(2000).reshape(100, 20))
    with pytest.raises(ex.ExperimentError) as refused:
        study(developers=frame)
    line = str(refused.value)
    assert line.startswith("developers=0 1 2 3") and len(line) < 220 and line.endswith("100 to 50000000")
    with pytest.raises(ex.ExperimentError, match=r"developers=\\x1b\[2Jgone is not allowed"):
        study(developers="\x1b[2Jgone")


def test_local_is_this_machine() -> None:
    first = study(**(TINY | {"workers": None}), executor="local")
    second = study(**TINY)
    pd.testing.assert_frame_equal(first.market, second.market)


# Paths


@pytest.mark.parametrize("outputs", ["outputs/one", "outputs/one/figures/deep", "link", Path("outputs/../outputs/one")])
def test_the_folder_of_a_study_holds_no_other(outputs: str | Path, capsys: pytest.CaptureFixture[str]) -> None:
    study(name="one", **TINY)
    Path("link").symlink_to("outputs/one")
    before = sorted(Path().rglob("*"))
    line = f"outputs={outputs} is not allowed; allowed: a folder outside that of the study one, for example "
    for more in ({}, {"name": "two"}):
        with pytest.raises(ex.ExperimentError, match=re.escape(line)):
            study(outputs=outputs, **TINY, **more)
    typed = [f"outputs='{outputs}'", "seeds=1", "months=2", "developers=100", "executor.workers=1", "figures=false"]
    for command, words in ((run, typed), (run, ["-m", *typed]), (validate, ["--horizon", f"--outputs={outputs}"])):
        assert command.main(words) == 2
        assert capsys.readouterr().err.startswith(f"error: {line}")
    assert sorted(Path().rglob("*")) == before


def test_a_damaged_study_holds_no_other_and_somebody_else_s_file_is_no_study() -> None:
    study(name="one", **TINY)
    Path("study.json").write_text('{"format": 1}')
    assert len(study(outputs="outputs", **TINY).runs) == 1
    path = Path("outputs/one/study.json")
    path.write_text(path.read_text().replace('"months": 2', '"months": 3'))
    with pytest.raises(ex.ExperimentError, match="outside that of the study one"):
        study(outputs="outputs/one", **TINY)


def test_a_study_is_not_named_like_a_folder_of_results() -> None:
    study(outputs="outputs/all", name="one", **TINY)
    with pytest.raises(ex.ExperimentError, match="name=all is not allowed; allowed: another name; outputs/all holds"):
        study(outputs="outputs", name="all", **TINY)
    assert len(ex.open("outputs/all/one").runs) == 1
    assert not Path("outputs/all/study.json").exists() and not Path("outputs/.store").exists()


def test_a_tilde_is_the_user_s_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    runs = study(**TINY, outputs="~/x", name="mine")
    assert sorted(path.name for path in (home / "x").iterdir()) == [".store", "mine"]
    assert len(ex.open("~/x/mine").runs) == 1
    assert runs.to_csv("~/a.csv", columns="frontier") == home / "a.csv"
    assert runs.to_stata(Path("~/a.dta"), columns="frontier") == home / "a.dta"
    assert ex.plots.save(ex.plots.bands(runs, "frontier"), "~/figures", "a")[0] == home / "figures" / "a.pdf"
    assert (
        status.main(["--outputs", "~/x"]) == status.main(["~/x/mine"]) == store.main(["list", "--outputs", "~/x"]) == 0
    )
    (home / "points.csv").write_text(f"{MOBILITY}\n0.1\n0.2\n")
    assert len(study(**TINY, design="~/points.csv").points) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "outputs"]


def test_files_are_for_whom_the_umask_says() -> None:
    for mask, of_file, of_folder in ((0o027, 0o640, 0o750), (0o002, 0o664, 0o775), (0o077, 0o600, 0o700)):
        before = os.umask(mask)
        try:
            runs = study(**TINY, outputs=f"{mask:o}", name="mine")
            runs.to_csv(f"{mask:o}/a.csv", columns="frontier")
        finally:
            os.umask(before)
        files = [path for path in Path(f"{mask:o}").rglob("*") if not path.name.startswith(".store.")]
        assert len(files) > 8
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == (of_folder if path.is_dir() else of_file), path


# Rows of a table


def trajectories(number: int) -> pd.DataFrame:
    """A design by Morris: trajectories that change one of two parameters at a time, on a grid of four levels."""
    luck, rows = np.random.default_rng(1), []
    for _ in range(number):
        at = luck.integers(0, 2, 2)
        rows.append(at.copy())
        for parameter in luck.permutation(2):
            at[parameter] += 2
            rows.append(at.copy())
    return pd.DataFrame(np.array(rows) / 3, columns=[MOBILITY, HOME])


def test_eighteen_rows_get_eighteen_answers() -> None:
    table = trajectories(6)
    runs = study(**TINY, design=table, name="morris")
    assert len(table) == 18 and len(runs.points) == 10 == len(runs.runs)
    for found in (runs, ex.open("outputs/morris"), ex.open("outputs/morris").select(seed=0)):
        assert found.rows is not None
        last = found.load(columns="frontier", month=2).set_index("point")
        answers = last.loc[found.rows["point"]]
        assert answers[[MOBILITY, HOME]].to_numpy().tolist() == table.to_numpy().tolist()
        assert len(answers) == 18
    row = 7  # one of them alone
    alone = study(**TINY, params=table.iloc[row].to_dict(), outputs="alone")
    assert answers["frontier"].iloc[row] == alone.load(columns="frontier", month=2)["frontier"].item()


def test_designs_without_a_table_have_no_rows_and_none_of_an_earlier_one() -> None:
    asked = {**TINY, "name": "mine"}
    study(**asked, design=pd.DataFrame({MOBILITY: [0.1, 0.1]}))
    found = ex.open("outputs/mine").rows
    assert found is not None and found["point"].tolist() == [0, 0]
    study(**asked)
    assert ex.open("outputs/mine").rows is None


# The family


def user_errors() -> Iterator[type[Exception]]:
    """Every class of error that the packages define, but for those that stay inside."""
    inside = {"JobFailed", "Lost", "LostJob", "NoFixedPointError"}
    for package in (sim, experiments):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".conf" in module.name or module.name.startswith("sim.numerics.compiled"):
                continue
            for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
                ours = issubclass(found, Exception) and found.__module__.split(".")[0] in ("sim", "experiments")
                if ours and found.__name__ not in inside:
                    yield found


def test_there_is_one_family() -> None:
    found = set(user_errors())
    assert {sim.ParameterError, sim.ScenarioError, ex.ExperimentError, ex.ExperimentError} < found
    assert all(issubclass(error, sim.WeightshiftError) for error in found)
    assert issubclass(sim.WeightshiftError, ValueError)
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")
    assert {error.__name__ for error in found} == set(re.findall(r"^\| `(?:\w+\.)*(\w+)`", page, re.MULTILINE))


def test_lines_are_lines_whatever_they_hold() -> None:
    line = str(sim.WeightshiftError("a\nb\t\x1b[2J\u2028" + "x" * 1000))
    assert line.startswith(r"a b \x1b[2J x") and len(line) <= 600 and line.isprintable()
