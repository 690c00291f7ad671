"""A whole campaign in small: three parameters, a hundred developers; interrupted and resumed it ends the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("emcee")

from experiments import calibrate
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.calibration.aims import aims
from experiments.findings.calibration.campaign import Asked, Campaign, campaign
from experiments.findings.calibration.space import Space
from experiments.pages.calibration import rows_of
from experiments.questions.draws import Draws
from experiments.questions.study import Study
from experiments.results.results import Results

PARAMETERS = ("adoption.start.indie", "talent.mobility", "finance.elasticity", "adoption.taste_renewal")
ROWS = ("C22 2023-05", "C22 2024-05", "C25 OpenAI", "C25 Meta", "R rms flagship")


def asked(run: Callable[[Study], Results]) -> Asked:
    numbers = tuple(aim for aim in aims() if aim.row.id in ROWS)
    return Asked(run, Space.of(PARAMETERS), 100, 16, 14, 2, 2, 1.0, 8, 30, 2, aims=numbers, say=lambda line: None)


def at(outputs: Path, stop_after: int = 1_000) -> Callable[[Study], Results]:
    studies: list[Study] = []

    def run(study: Study) -> Results:
        studies.append(study)
        if len(studies) > stop_after:
            raise KeyboardInterrupt
        return run_study(study, outputs, Local(workers=1), progress=False)

    return run


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibrated")


@pytest.fixture(scope="module")
def whole(outputs: Path) -> Campaign:
    return campaign(asked(at(outputs)))


def test_what_acts_is_told_from_what_does_not(whole: Campaign) -> None:
    assert "talent.mobility" in whole.acting and "finance.elasticity" not in whole.acting
    assert whole.moved.loc["talent.mobility", "C25 OpenAI"] > 3.0
    assert whole.moved.loc["finance.elasticity"].max() == 0.0  # shares do not identify φ


def test_every_row_of_the_posterior_is_a_full_set_inside_the_ranges(whole: Campaign) -> None:
    rows = rows_of(whole)
    assert tuple(rows) == PARAMETERS and len(rows) == 8
    for axis in whole.asked.space.axes:
        assert rows[axis.address].between(axis.low, axis.high).all()
    assert rows["adoption.taste_renewal"].dtype.kind == "i" and rows["finance.elasticity"].nunique() == 8
    assert Draws.of(rows) is not None
    assert whole.confirmed.shape == (8, len(ROWS)) and np.isfinite(whole.confirmed).all()


def test_interrupted_and_resumed_it_ends_as_if_nothing_had_happened(whole: Campaign, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        campaign(asked(at(tmp_path, stop_after=3)))
    resumed = campaign(asked(at(tmp_path)))
    assert rows_of(resumed).equals(rows_of(whole))
    np.testing.assert_array_equal(resumed.confirmed, whole.confirmed)
    assert resumed.planted is not None and whole.planted is not None
    np.testing.assert_array_equal(resumed.planted.low, whole.planted.low)


def test_with_everything_in_the_store_nothing_runs_again(whole: Campaign, outputs: Path) -> None:
    before = {path.name for path in (outputs / ".store").iterdir()}
    again = campaign(replace(asked(at(outputs)), plants=0))
    assert rows_of(again).equals(rows_of(whole)) and again.planted is None
    assert {path.name for path in (outputs / ".store").iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["points=3"], "points=3 is not allowed; allowed: a whole number, 20 to 100000"),
        (["--points", "x"], "invalid int value"),
        (["executor=cloud"], "executor.kind=cloud is not allowed; allowed: one of local, dask, slurm"),
        (["executor=local", "workers=2"], "workers=2 is not allowed; allowed: nothing with an executor"),
        (["executor=local", "executor.kind=dask"], "executor.kind=dask is not allowed; allowed: one value, once"),
        (["params=talent.mobilty"], "did you mean talent.mobility?"),
        (["nonsense=3"], "unrecognized arguments: --nonsense=3"),
        (["table=rows.txt"], "--table=rows.txt is not allowed; allowed: a file ending in .csv"),
        (["page=nowhere.md"], "--page=nowhere.md is not allowed"),
        (["least=-1"], "least=-1.0 is not allowed"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrate.main([*words, "outputs=" + str(tmp_path / "none")]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "none").exists()
