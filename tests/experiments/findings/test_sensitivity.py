"""Sensitivity against closed forms: Ishigami's indices, straight lines, blocks with holes; then on a small study."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments.findings.outputs import AtPoints, Output
from experiments.findings.sensitivity import of_points
from experiments.questions.designs import Design
from experiments.questions.designs.blocks import MORRIS, SALTELLI
from experiments.questions.settings import ExperimentError

A, B = 7.0, 0.1
RANGES = {name: [0.1, 0.9] for name in ("talent.mobility", "talent.open_gap", "talent.prestige")}


def sampled(kind: str, points: int, number: int = 3, seed: int = 0) -> pd.DataFrame:
    """Points of a design, each column from 0 to 1."""
    names = list(RANGES)[:number]
    design = Design.of({"kind": kind, "params": {name: RANGES[name] for name in names}, "points": points, "seed": seed})
    frame = design.expand(sim.Parameters()).frame
    return (frame - 0.1) / 0.8


def data(y: Any) -> AtPoints:
    output = Output("y@2027-12", "y", (), (61, 61), "OOM")
    return AtPoints("baseline, y@2027-12", output, pd.Series(np.asarray(y, float)), math.nan, 1)


def ishigami(points: pd.DataFrame) -> np.ndarray:
    """Ishigami and Homma (1990): sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1, each from −π to π."""
    x = math.pi * (2.0 * points.to_numpy() - 1.0)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices() -> tuple[np.ndarray, np.ndarray]:
    """First and total order in closed form: V1 = (1 + b π⁴/5)²/2, V2 = a²/8, V13 = b² π⁸ (1/18 − 1/50)."""
    v1, v2, v13 = (1.0 + B * math.pi**4 / 5.0) ** 2 / 2.0, A**2 / 8.0, B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
    whole = v1 + v2 + v13
    return np.array([v1, v2, 0.0]) / whole, np.array([v1 + v13, v2, v13]) / whole


def test_sobol_of_ishigami_is_the_closed_form() -> None:
    pytest.importorskip("SALib")
    points = sampled(SALTELLI, 2048)
    found = of_points(points, data(ishigami(points)), SALTELLI)
    first, total = ishigami_indices()
    assert first == pytest.approx([0.3139, 0.4424, 0.0], abs=1e-4)  # as published
    frame = found.frame.loc[list(RANGES)]
    assert frame["first"].to_numpy() == pytest.approx(first, abs=0.02)
    assert frame["total"].to_numpy() == pytest.approx(total, abs=0.02)
    for column, truth in (("first", first), ("total", total)):
        assert (frame[f"{column}_low"] <= truth).all() and (truth <= frame[f"{column}_high"]).all()
    assert found.frame.index[0] == next(iter(RANGES))
    assert found.used == 2048 * 5 and not found.dropped


def test_one_hole_takes_its_block_and_no_more() -> None:
    """SALib would say zero for every parameter."""
    pytest.importorskip("SALib")
    points = sampled(SALTELLI, 512)
    y = points.to_numpy() @ [3.0, 2.0, 1.0]
    holed = y.copy()
    holed[[7, 8, 503]] = np.nan, np.inf, np.nan  # two blocks: 1 and 100
    found = of_points(points, data(holed), SALTELLI)
    rest = np.delete(np.arange(len(y)).reshape(-1, 5), [1, 100], axis=0).ravel()
    without = of_points(points.iloc[rest].reset_index(drop=True), data(y[rest]), SALTELLI)
    pd.testing.assert_frame_equal(found.frame, without.frame)
    assert found.dropped == "2 of 512 blocks of 5 points are left out, for a point of each has no number."
    # Additive: first and total are a_i² / Σ a².
    assert found.frame["first"].to_numpy() == pytest.approx(np.array([9.0, 4.0, 1.0]) / 14.0, abs=0.03)
    assert found.frame["total"].to_numpy() == pytest.approx(np.array([9.0, 4.0, 1.0]) / 14.0, abs=0.03)


def test_what_cannot_be_computed_is_refused() -> None:
    points = sampled(SALTELLI, 8)
    with pytest.raises(ExperimentError, match="is 1 at all points"):
        of_points(points, data(np.ones(len(points))), SALTELLI)
    holes = np.arange(len(points), dtype=float)
    holes[::5] = np.nan
    with pytest.raises(ExperimentError, match="0 of 8 blocks have a number at every point"):
        of_points(points, data(holes), SALTELLI)
    with pytest.raises(ExperimentError, match="blocks of 5 points"):
        of_points(points.iloc[:-1], data(np.arange(39.0)), SALTELLI)
    with pytest.raises(ExperimentError, match="7 points have a number"):
        of_points(points.iloc[:7], data(np.arange(7.0)))


def test_morris_of_a_straight_line_is_its_slopes() -> None:
    """μ and μ* are the slope over the whole range and its size, and σ is zero, whatever the trajectories."""
    pytest.importorskip("SALib")
    points = sampled(MORRIS, 10)
    y = points.to_numpy() @ [3.0, -2.0, 0.0]
    y[5] = np.nan
    found = of_points(points, data(y), MORRIS)
    frame = found.frame.loc[list(RANGES)]
    assert frame["mu"].to_numpy() == pytest.approx([3.0, -2.0, 0.0])
    assert frame["mu_star"].to_numpy() == pytest.approx([3.0, 2.0, 0.0])
    assert frame["sigma"].to_numpy() == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert found.dropped.startswith("1 of 10 blocks of 4")
    assert found.clear() == list(RANGES)[:2]


def test_morris_sees_what_works_together() -> None:
    """Of x1·x2 the mean effects are the other's mean, 1/2, with spread; on a level grid of the other it is not 0."""
    pytest.importorskip("SALib")
    points = sampled(MORRIS, 400, 2)
    found = of_points(points, data(points.prod(axis=1)), MORRIS)
    assert found.frame["mu"].to_numpy() == pytest.approx([0.5, 0.5], abs=0.06)
    # The other is at 0, 1/3, 2/3 or 1, equally often.
    assert found.frame["sigma"].to_numpy() == pytest.approx(np.std([0, 1 / 3, 2 / 3, 1]), abs=0.03)


def test_each_step_of_a_trajectory_moves_one_parameter_by_two_thirds() -> None:
    steps = np.diff(sampled(MORRIS, 50).to_numpy().reshape(50, 4, 3), axis=1)
    assert (np.sort(np.abs(steps), axis=2)[:, :, :2] < 1e-12).all()
    assert np.abs(steps).max(axis=2) == pytest.approx(2.0 / 3.0)
    assert np.abs(steps).sum(axis=1) == pytest.approx(2.0 / 3.0)  # each once


def test_saltelli_blocks_differ_in_one_parameter_each() -> None:
    points = sampled(SALTELLI, 16).to_numpy().reshape(16, 5, 3)
    for i in range(3):
        differs = points[:, i + 1] != points[:, 0]
        assert differs.tolist() == [[j == i for j in range(3)]] * 16
        assert (points[:, i + 1, i] == points[:, -1, i]).all()


def test_of_any_other_sample_slopes_and_partial_ranks() -> None:
    """Of y = 3a − 2b + noise the standardised slopes times sd(y) / sd(x) are 3, −2 and 0."""
    points = sampled("latin_hypercube", 400)
    noise = np.random.default_rng(1).normal(0.0, 0.5 / math.sqrt(12.0), len(points))
    y = points.to_numpy() @ [3.0, -2.0, 0.0] + noise
    found = of_points(points, data(y))
    frame = found.frame.loc[list(RANGES)]
    unit = y.std() / points.std(ddof=0).to_numpy()
    assert frame["slope"].to_numpy() * unit == pytest.approx([3.0, -2.0, 0.0], abs=0.08)
    assert (frame["slope_low"].to_numpy() * unit <= [3.0, -2.0, 0.0]).all()
    assert (frame["slope_high"].to_numpy() * unit >= [3.0, -2.0, 0.0]).all()
    assert found.r2 == pytest.approx(1.0 - 0.25 / 13.25, abs=0.01)
    # By definition: the correlation of what is left of both ranks once the others' are regressed out.
    ranks = np.column_stack([points.rank(), pd.Series(y).rank(), np.ones(len(y))])
    for i in range(3):
        others = np.delete(ranks, [i, 3], axis=1)
        left = [ranks[:, j] - others @ np.linalg.lstsq(others, ranks[:, j])[0] for j in (i, 3)]
        assert frame["partial"].iloc[i] == pytest.approx(np.corrcoef(*left)[0, 1], abs=1e-9)
    assert found.first == "partial" and found.clear() == list(RANGES)[:2]
    # Of a line the mean of the highest quarter less that of the lowest is three quarters of the slope; two errors.
    apart, error = frame["at_high"] - frame["at_low"], np.hypot(frame["at_high_error"], frame["at_low_error"])
    assert (np.abs(apart - 0.75 * np.array([3.0, -2.0, 0.0])) < 3.0 * error).all()


def test_fewer_points_than_parameters_leave_ranks() -> None:
    points = sampled("latin_hypercube", 9)
    found = of_points(points, data(points.to_numpy()[:, 1] ** 3))
    assert found.first == "rank" and found.frame.index[0] == list(RANGES)[1]
    assert found.frame["rank"].iloc[0] == pytest.approx(1.0)
    assert found.frame[["partial", "slope"]].isna().all().all()


def test_on_a_study_in_one_call(tmp_path: Any) -> None:
    """Which parameter an effect depends on: of two only the one that the scenario's mechanism reads."""
    pytest.importorskip("SALib")
    more = {"seeds": 1, "months": 9, "developers": 100, "outputs": tmp_path, "workers": 1, "progress": False}
    params = {"research.public_methods": None, "adoption.price_sensitivity": None}
    design = {"kind": "morris", "params": params, "points": 4}
    runs = ex.ensemble(["baseline", "no_open_weights"], design=design, name="some", **more)
    assert len(runs.points) == 12 and set(runs.runs["seed"]) == {0}
    found = ex.sensitivity(tmp_path / "some", "spend", against="baseline")
    assert found.method == "morris" and found.data.what == "no_open_weights minus baseline, spend@2023-08"
    at = runs.load("market", "spend", month=9).set_index(["scenario", "point"])["spend"]
    assert found.data.numbers == pytest.approx((at["no_open_weights"] - at["baseline"]).to_numpy())
    assert "Morris" in found.describe()
    with pytest.raises(ExperimentError, match="measure=spendings"):
        ex.sensitivity(runs, "spendings")
    with pytest.raises(ExperimentError, match=r"measure=labs\.rent"):
        ex.sensitivity(runs, "labs.rent@2023-02")
    with pytest.raises(ExperimentError, match="2022-11 to 2023-08"):
        ex.sensitivity(runs, "spend@2027-12")
    labs = ex.sensitivity(runs, "labs.revenue[OpenAI,Meta]@2023-07..2023-08", scenario="no_open_weights")
    table = runs.load("labs", "revenue", scenario="no_open_weights", month=[8, 9])
    table = table[table["lab"].isin(["OpenAI", "Meta"])]
    assert labs.data.numbers == pytest.approx((table.groupby("point")["revenue"].sum() / 2.0).to_numpy())


def test_trajectories_that_cross_share_their_runs(tmp_path: Path) -> None:
    """Two parameters on four levels have sixteen points, and eight trajectories have 24: some are the same."""
    design = {"kind": "morris", "points": 8, "params": {"talent.mobility": [0.02, 0.1], "pricing.reset": [0.1, 0.9]}}
    runs = ex.ensemble(
        "baseline", 1, 2, 100, design=design, measures=["hhi"], workers=1, outputs=tmp_path, progress=False
    )
    assert runs.points.duplicated().any()
    assert len(runs.runs) == len(runs.points) == 24
    assert runs.runs["key"].nunique() == len(runs.points.drop_duplicates())
    frame = runs.market.set_index(["point", "month"])["hhi"].unstack()
    assert frame.shape == (24, 3)
    for _, same in runs.points.reset_index(drop=True).groupby(list(runs.points.columns)):
        assert (frame.loc[same.index] == frame.loc[same.index[0]]).all(axis=None)


def test_draws_are_points_as_those_of_a_design_are(tmp_path: Path) -> None:
    """Fourteen seeds run with twelve rows in turn: two rows have two seeds, and their mean."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"adoption.hazard": rng.uniform(0.02, 0.2, 12), "talent.mobility": rng.uniform(0.05, 0.1, 12)})
    path = tmp_path / "rows.csv"
    table.to_csv(path, index=False)
    small = {"months": 4, "developers": 100, "measures": ["hhi"], "workers": 1, "progress": False}
    runs = ex.ensemble("baseline", 14, draws=str(path), outputs=tmp_path / "outputs", **small)
    found = ex.sensitivity(runs, "hhi")
    assert found.used == 12 and set(found.frame.index) == set(table)
    last = runs.market.query("month == 4").set_index("seed")["hhi"]
    assert found.data.values[0] == pytest.approx((last[0] + last[12]) / 2.0)
    assert found.data.values[7] == pytest.approx(last[7])
    rank = pd.Series(found.data.numbers).corr(table["adoption.hazard"], method="spearman")
    assert found.frame.loc["adoption.hazard", "rank"] == pytest.approx(rank)
    table.iloc[:6].to_csv(path, index=False)
    with pytest.raises(ExperimentError, match="draws from a table that is still there as it was"):
        ex.sensitivity(runs, "hhi")
