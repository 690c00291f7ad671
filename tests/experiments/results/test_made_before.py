"""A study made by an earlier version of the code opens and says what it said then."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import experiments as ex
from experiments import status, store

MADE = Path(__file__).parent / "made_before"
SHARDS = {
    "cc736d805319d29d-5edf46993b0f46f1f8e82d14c74228ff3d484d320bd94b6888a5aeecccb51688.parquet",
    "f8d010b6ad037ca6-fadbc067b14f3e34f6a6fce6f52748e86da4c05900c1473dd4e9dc67d3144dc7.parquet",
}


@pytest.fixture(params=["with its index", "without its index"])
def outputs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the outputs folder, with the index that the earlier code left or with none."""
    copy = Path(shutil.copytree(MADE, tmp_path / "outputs"))
    if request.param == "without its index":
        (copy / ".store" / "index.json").unlink()
    return copy


def test_it_opens(outputs: Path) -> None:
    runs = ex.open(outputs / "study")
    assert repr(runs) == "Results(4 runs of baseline, no_open_weights; months 0 to 12)"
    assert runs.missing == 0 and runs.failures == []
    assert runs.provenance["code"] == "ee4574d950abbe51"
    assert runs.provenance["made_by"] == ["python 3.11.7, weightshift 0.1.0, numpy 2.4.6, mesa 3.3.1"]
    assert runs.tables.shards(runs.runs) == SHARDS
    assert runs.runs["key"].iloc[0] == "435c089c4b37e802231879fd0ae01328"
    assert [frame.shape for frame in (runs.market, runs.labs, runs.flows)] == [(52, 6), (572, 7), (380, 8)]


def test_it_says_in_one_line_what_cannot_be_checked(outputs: Path, caplog: pytest.LogCaptureFixture) -> None:
    ex.open(outputs / "study")
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{outputs / 'study'}: made before files had digests, so that damage to them would not be noticed"
    )


def test_it_has_the_values_it_had(outputs: Path) -> None:
    runs = ex.open(outputs / "study")
    prices = runs.load("labs", "price", scenario="baseline", seed=1, month="2023-11").set_index("lab")["price"]
    assert prices["OpenAI"] == 9.441959381738595
    assert prices["DeepSeek"] == 18.26929324910798
    assert runs.wide("no_open_weights", "frontier").loc[12, 1] == 1.3133367784481507
    assert runs.market["open_share_tokens"].sum() == pytest.approx(6.163321498811504, rel=1e-12)
    assert runs.labs["price"].sum() == pytest.approx(3357.569867714712, rel=1e-12)
    assert runs.flows.groupby("level")["researchers"].sum().to_dict() == {"employer": 11370.0, "region": 975.0}


def test_its_effect_is_what_it_was(outputs: Path) -> None:
    assert ex.compare(ex.open(outputs / "study")).describe("frontier") == (
        "no_open_weights minus baseline, frontier in 2023-11: +0.00664 OOM (95% interval -0.0179 to +0.0311; "
        "10-90% of pairs +0.0051 to +0.00818; luck only), from 1.29 OOM to 1.3 OOM, +1.5% of effective compute; "
        "100% of 2 pairs agree in sign; too few seeds to show two groups."
    )


def test_its_shards_verify_and_its_state_is_known(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert store.main(["verify", "--outputs", str(outputs)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 shards, 0.0 MB: all as they were written",
        "study: made before files had digests, so that of it only the shards were checked",
    ]
    assert {path.name for path in (outputs / ".store").glob("*.parquet")} == SHARDS
    assert status.main([str(outputs / "study")]) == 0
    assert capsys.readouterr().out.startswith("study  finished  4 of 4 runs")
    assert store.main(["list", "--outputs", str(outputs)]) == 0
    assert "made by another version of the code" in capsys.readouterr().out
