"""The explorer's page: numbers survive their packing, are those of the study, and what cannot be is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import experiments as ex
import sim
from experiments import explorer
from experiments.pages.explorer import page
from experiments.pages.explorer.content import TWINS, content
from experiments.pages.explorer.packing import pack, scale_of, unpack
from experiments.pages.explorer.scorecard import scorecard
from experiments.pages.explorer.study import GROUPS, MEASURES, PHI, phis, study_of
from experiments.questions.scenarios import names
from experiments.questions.settings import ExperimentError
from experiments.results.results import Results

SCENARIOS, SEEDS, MONTHS, PHIS = ["baseline", "no_open_weights", "everyone_opens"], 3, 14, [0.0, 0.6]
# Half floats have eleven digits of two.
DIGITS = 2.0**-11
HEADER = "id,claim,kind,verdict,share,share_low,share_high,draws,depends,measure,scenario,window,mean,q10,q90,unit"
ROWS = (
    "K01,A </script><b>claim</b>,holds widely,holds widely,0.8,0.6,0.9,16,,frontier,no_deepseek,2025-12,1.5,1,2,OOM",
    "K01,A </script><b>claim</b>,holds widely,holds widely,0.8,0.6,0.9,16,,spend,no_deepseek,2025-12,0.5,0,1,1",
    "K02,Another,fails widely,fails widely,,,,16,,,,,,,,",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three scenarios at two values of φ."""
    return ex.ensemble(
        SCENARIOS, seeds=SEEDS, months=MONTHS, developers=300, workers=1, progress=False,
        design={"kind": "grid", "params": {PHI: PHIS}}, measures=[*MEASURES, "labs.share_tokens"],
        outputs=tmp_path_factory.mktemp("explorer"),
    )  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "verdicts.csv"
    path.write_text("\n".join((HEADER, *ROWS)) + "\n")
    return path


@given(arrays.arrays(np.float64, (2, 3, 5), elements=st.floats(-6e4, 6e4) | st.just(np.nan) | st.just(np.inf)))
def test_numbers_survive_their_packing(values: np.ndarray) -> None:
    found = unpack(pack(values), values.shape)
    finite = np.isfinite(values)
    assert np.isnan(found[~finite]).all()
    # Numbers below the smallest normal half lose digits, but no more than its step.
    assert np.allclose(found[finite], values[finite], rtol=DIGITS, atol=2.0**-25)


@pytest.mark.parametrize(("largest", "scale"), [(1.0, 1.0), (65504.0, 1.0), (65505.0, 10.0), (-8e5, 100.0), (0.0, 1.0)])
def test_what_halves_cannot_hold_is_scaled(largest: float, scale: float) -> None:
    assert scale_of([np.nan, largest, 0.0]) == scale


def test_measures_exist_and_stand_in_one_group() -> None:
    assert set(MEASURES) <= set(sim.measures.MARKET)
    assert sum(len(group) for group in GROUPS.values()) == len(MEASURES)


def test_the_page_holds_what_the_study_says(results: Results) -> None:
    data = content(results)
    months, measures = MONTHS + 1, len(MEASURES)
    assert [one["name"] for one in data["scenarios"]] == SCENARIOS
    assert data["phi"] == PHIS and len(data["dates"]) == months
    levels = unpack(data["levels"], (3, 2, measures, 3, months))
    effects = unpack(data["effects"], (2, 2, measures, 4, months))
    effect = ex.compare(results, measures=list(MEASURES), by_point=True).frame
    for place, name in enumerate(MEASURES):
        scale = data["measures"][place]["scale"]
        for point in range(2):
            wide = results.select(point=point).load("market", name)
            for at, scenario in enumerate(SCENARIOS):
                rows = wide[wide["scenario"] == scenario].groupby("month")[name]
                for part, wanted in enumerate((rows.mean(), rows.quantile(0.1), rows.quantile(0.9))):
                    assert np.allclose(levels[at, point, place, part] * scale, wanted, DIGITS, 1e-6, equal_nan=True)
            for at, other in enumerate(SCENARIOS[1:]):
                of_other = (effect["scenario"] == other) & (effect["point"] == point)
                rows = effect[of_other & (effect["measure"] == name)]
                for part, column in enumerate(("mean", "low", "high")):
                    found = effects[at, point, place, part] * scale
                    assert np.allclose(found, rows[column], DIGITS, 1e-6 * scale, equal_nan=True)


def test_single_worlds_are_those_of_the_first_seeds(results: Results) -> None:
    data = content(results)
    single = unpack(data["single"], (3, 2, TWINS, len(MEASURES), MONTHS + 1))
    shares = unpack(data["shares"], (3, 2, TWINS, len(data["labs"]), MONTHS + 1))
    wide = results.load("market", "frontier", scenario="everyone_opens", seed=2, point=1)
    assert np.allclose(single[2, 1, 2, list(MEASURES).index("frontier")], wide["frontier"], DIGITS, 1e-6)
    assert np.allclose(shares.sum(axis=3), 1.0, atol=5e-3)  # all tokens are some lab's
    openai = results.load("labs", "share_tokens", scenario="baseline", seed=0, point=0).query("lab == 'OpenAI'")
    assert np.allclose(shares[0, 0, 0, 0], openai["share_tokens"], DIGITS, 1e-6)


def test_the_page_is_one_file_that_asks_nobody(results: Results, table: Path) -> None:
    text = page.html(results, scorecard(str(table)))
    assert len(text.encode()) < 1_000_000
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)|@import|url\(|https?://""", text)
    assert "default-src 'none'" in text
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert [row["id"] for row in data["claims"]] == ["K01", "K02"]
    assert data["claims"][0]["claim"] == "A </script><b>claim</b>"
    assert [test["measure"] for test in data["claims"][0]["tests"]] == ["frontier", "spend"]
    assert data["claims"][1]["share"] is None and data["claims"][1]["tests"] == []
    assert "was made without the scorecard" in page.html(results, None)


def test_a_page_of_a_study_with_gaps_is_refused(results: Results) -> None:
    gap = results.select(scenario=SCENARIOS)
    gap.missing = 2
    with pytest.raises(ExperimentError, match="2 runs of the study are missing or failed"):
        page.html(gap, None)


def test_every_shipped_scenario_is_asked() -> None:
    study = study_of((0.3,), 2, 12, 300, "test")
    assert tuple(item.name for item in study.scenarios) == names()


@pytest.mark.parametrize("text", ["", "a", "0,3", "-0.1", "nan", "0;0.3"])
def test_what_is_no_phi_is_refused(text: str) -> None:
    with pytest.raises(ExperimentError, match=r"phi=.* is not allowed; allowed: numbers from 0 to 2"):
        phis(text)
    assert phis("0.6,0,0.6") == (0.0, 0.6)


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("seeds=0", "seeds=0 is not allowed"),
        ("seeds=two", "seeds=two is not allowed"),
        ("developers=5", "developers=5 is not allowed"),
        ("months=1e3", "months=1e3 is not allowed"),
        ("phi=9", "phi=9 is not allowed"),
        ("claims=nowhere", "claims=nowhere is not allowed; allowed: a verdicts.csv"),
        ("workers=0", "workers=0 is not allowed"),
        ("name=../a", "name=../a is not allowed"),
        ("scenario=baseline", "argument=scenario=baseline is not allowed"),
    ],
)
def test_the_door_refuses_in_one_line_before_anything_runs(
    word: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explorer.main([f"outputs={tmp_path}", word]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and line in said
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ExperimentError, match="with id, claim"):
        scorecard(str(path))


def test_the_door_writes_the_page_and_reads_what_is_finished(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [f"outputs={tmp_path}", "seeds=1", "developers=100", "months=2", "phi=0.3", "workers=1"]
    assert explorer.main(asked) == 0
    path = tmp_path / "explorer" / page.FILE
    first = path.read_bytes()
    assert str(path) in capsys.readouterr().out
    assert explorer.main(asked) == 0
    assert "27 of 27 runs" not in capsys.readouterr().err  # nothing is run again
    assert path.read_bytes() == first
