"""Peeling finds a box that was planted, says how sure each limit is, and finds nothing in noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import experiments as ex
import sim
from experiments.findings.discovery import of_cases
from experiments.findings.outputs import AtPoints, Output
from experiments.questions.settings import ExperimentError

NAMES = ["talent.mobility", "talent.open_gap", "talent.prestige", "contribution.network", "training.flywheel"]


def some_points(number: int = 1000) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(rng.random((number, len(NAMES))), columns=NAMES).rename_axis("point")


def data(number: int) -> AtPoints:
    output = Output("y@2027-12", "y", (), (61, 61), "OOM")
    return AtPoints("baseline, y@2027-12", output, pd.Series(np.zeros(number)), math.nan, 1)


def test_a_planted_box_is_found() -> None:
    points = some_points()
    inside = ((points[NAMES[0]] > 0.6) & (points[NAMES[2]] < 0.4)).to_numpy()
    found = of_cases(points, inside, data(1000), "y > 0")
    assert set(found.limits.index) == {NAMES[0], NAMES[2]}
    assert found.limits.loc[NAMES[0], "low"] == pytest.approx(0.6, abs=0.03)
    assert found.limits.loc[NAMES[2], "high"] == pytest.approx(0.4, abs=0.03)
    assert found.coverage > 0.95 and found.density > 0.95
    assert found.base == pytest.approx(inside.mean())
    assert min(found.held_out) > 0.85
    assert (found.limits["p"] < 1e-6).all()
    words = found.describe()
    assert "talent.mobility above 0.6" in words and "1/month" in words and "talent.prestige below 0.4" in words


def test_coverage_and_density_are_those_of_the_box() -> None:
    points = some_points()
    chance = np.random.default_rng(4).random(1000)
    case = chance < np.where((points[NAMES[1]] > 0.5) & (points[NAMES[3]] > 0.3), 0.8, 0.1)
    found = of_cases(points, case, data(1000), "y > 0")
    here = np.ones(1000, dtype=bool)
    for name, row in found.limits.iterrows():
        here &= (points[name] >= row["low"]) & (points[name] <= row["high"])
    assert found.density == pytest.approx(case[here].mean())
    assert found.coverage == pytest.approx(case[here].sum() / case.sum())
    assert found.mass == pytest.approx(here.mean())
    # The quasi-p-value by hand: without the limit on the first of them.
    name = NAMES[1]
    without = np.ones(1000, dtype=bool)
    for other, row in found.limits.drop(name).iterrows():
        without &= (points[other] >= row["low"]) & (points[other] <= row["high"])
    by_hand = stats.binom.sf(case[here].sum() - 1, here.sum(), case[without].mean())
    assert found.limits.loc[name, "p"] == pytest.approx(by_hand)
    assert {NAMES[1], NAMES[3]} <= set(found.limits.index)
    steps = found.trajectory
    assert steps.iloc[0].drop("peeled").tolist() == pytest.approx([1.0, case.mean(), 1.0, 0.0])
    assert (steps["mass"].diff().dropna() < 0).all() and (steps["coverage"].diff().dropna() <= 1e-12).all()


def test_what_is_found_in_noise_does_not_hold_on_other_points() -> None:
    points = some_points()
    case = np.random.default_rng(5).random(1000) < 0.3
    found = of_cases(points, case, data(1000), "y > 0")
    assert found.held_out[1] < case.mean() + 0.1


def test_words_and_switches_are_peeled_too() -> None:
    points = some_points(200)[NAMES[:1]]
    known = sim.Parameters.known()
    word = next(leaf for leaf in known.values() if 2 < len(leaf.choices or ()) < 6)
    column = np.resize(np.array(word.choices, dtype=object), 200)
    points = points.assign(**{word.address: column})
    found = of_cases(points, column == word.choices[0], data(200), "y > 0")
    assert found.limits.index.tolist() == [word.address] and (found.coverage, found.density) == (1.0, 1.0)
    assert f"{word.address} {word.choices[0]}" in found.describe()


def test_what_holds_almost_nowhere_or_everywhere_is_refused() -> None:
    points = some_points(100)
    with pytest.raises(ExperimentError, match="holds at 3 of 100 points"):
        of_cases(points, np.arange(100) < 3, data(100), "y > 0")
    with pytest.raises(ExperimentError, match="holds at 100 of 100 points"):
        of_cases(points, np.ones(100, dtype=bool), data(100), "y > 0")
    with pytest.raises(ExperimentError, match="step=99"):
        of_cases(points, np.arange(100) < 30, data(100), "y > 0", step=99)


def test_on_a_study(tmp_path: Any) -> None:
    """With the same luck at all points spend falls with price sensitivity, and mobility has done nothing yet."""
    params = ["adoption.price_sensitivity", "talent.mobility"]
    runs = ex.ensemble(
        "baseline", seeds=1, months=3, developers=100, outputs=tmp_path, workers=1, progress=False,
        design={"kind": "latin_hypercube", "params": params, "points": 24, "seeds": "common"}, measures=["spend"],
    )  # fmt: skip
    middle = float(runs.load("market", "spend", month=3)["spend"].median())
    found = ex.discover(runs, f"spend > {middle}")
    assert found.base == pytest.approx(0.5)
    assert found.limits.index.tolist() == ["adoption.price_sensitivity"]
    with pytest.raises(ExperimentError, match="condition=spend"):
        ex.discover(runs, "spend")
