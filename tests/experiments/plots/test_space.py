"""Figures of parameters show the numbers that they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import experiments as ex
from experiments.plots.space import _slices
from experiments.questions.settings import ExperimentError

PARAMS = ["adoption.price_sensitivity", "talent.mobility", "record.end"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: Any) -> ex.Results:
    return ex.ensemble(
        ["baseline", "no_open_weights"], seeds=1, months=8, developers=100, workers=1, progress=False,
        outputs=tmp_path_factory.mktemp("space"), measures=["spend", "frontier"],
        design={"kind": "latin_hypercube", "params": PARAMS, "points": 48, "seeds": "common"},
    )  # fmt: skip


def saved(figure: Figure, folder: Path, name: str) -> Figure:
    assert len(ex.plots.save(figure, folder, name)) == 5
    return figure


def test_tornado_has_the_ends_of_the_frame(runs: ex.Results, tmp_path: Path) -> None:
    found = ex.sensitivity(runs, "spend", against="baseline")
    axes = saved(ex.plots.tornado(found), tmp_path, "tornado").axes[0]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    ends = [bar.get_x() + bar.get_width() for bar in bars]
    assert ends == pytest.approx(found.frame[["at_low", "at_high"]].to_numpy().ravel())
    assert [label.get_text() for label in axes.get_yticklabels()] == list(found.frame.index)
    assert len(ex.plots.tornado(found, most=1).axes[0].get_yticklabels()) == 1
    with pytest.raises(ExperimentError, match="found="):
        ex.plots.tornado(runs)  # type: ignore[arg-type]


def test_heat_map_has_the_mean_of_each_cell(runs: ex.Results, tmp_path: Path) -> None:
    figure = saved(ex.plots.heat_map(runs, "spend", PARAMS[0], PARAMS[1]), tmp_path, "heat")
    shown = np.asarray(figure.axes[0].images[0].get_array(), dtype=float)
    x, y = runs.points[PARAMS[0]].to_numpy(), runs.points[PARAMS[1]].to_numpy()
    ends = [np.linspace(values.min(), values.max(), 7) for values in (x, y)]
    here = (x < ends[0][1]) & (y < ends[1][1])
    values = runs.load("market", "spend", scenario="baseline", month=8)["spend"].to_numpy()
    assert here.any()
    assert shown[0, 0] == pytest.approx(values[here].mean())
    with pytest.raises(ExperimentError, match=r"across=talent\.mood"):
        ex.plots.heat_map(runs, "spend", "talent.mood", PARAMS[1])
    with pytest.raises(ExperimentError, match="another parameter"):
        ex.plots.heat_map(runs, "spend", PARAMS[1], PARAMS[1])


def test_effect_against_shows_every_point(runs: ex.Results, tmp_path: Path) -> None:
    figure = saved(ex.plots.effect_against(runs, "spend", PARAMS[0], against="baseline"), tmp_path, "against")
    dots = next(line for line in figure.axes[0].get_lines() if line.get_gid() == "points")
    assert len(dots.get_xdata()) == 48
    saved(ex.plots.effect_against(runs, "spend", "record.end"), tmp_path, "words")
    with pytest.raises(ExperimentError, match=r"parameter=talent\.mood"):
        ex.plots.effect_against(runs, "spend", "talent.mood")


def test_slices_have_as_many_points_each() -> None:
    x = np.arange(80.0)
    found = _slices(x, 2.0 * x)
    assert found["x"].tolist() == pytest.approx([4.5 + 10 * i for i in range(8)])
    assert found["mean"].tolist() == pytest.approx((2.0 * found["x"]).tolist())


def test_peeling_shows_the_box(runs: ex.Results, tmp_path: Path) -> None:
    middle = float(runs.load("market", "spend", scenario="baseline", month=8)["spend"].median())
    found = ex.discover(runs, f"spend > {middle}")
    figure = saved(ex.plots.peeling(found), tmp_path, "peeling")
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == list(found.limits.sort_values("p").index)
