"""Figures: labelled, shaded after the data, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import experiments as ex
import sim
from experiments import plots
from experiments.findings import facts
from experiments.plots import style
from experiments.results.results import Results

Make = Callable[..., Results]
DRAW: dict[str, Callable[[Results], Figure]] = {
    "bands": lambda runs: plots.bands(runs, "open_share_tokens"),
    "prices": plots.prices,
    "effect_of_open_weights": plots.effect_of_open_weights,
    "effect_of_scenario": lambda runs: plots.effect_of_scenario(runs, "no_open_weights"),
    **plots._OF_ONE_WORLD,
}


def _shaded(axes: Axes) -> bool:
    return any(patch.get_gid() == "projection" for patch in axes.patches)


def _in_time(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if not axes.images]


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("months", [60, 37, 10, 1])
def test_axes_are_labelled_and_the_projection_shaded(name: str, months: int, made_up: Make) -> None:
    figure = DRAW[name](made_up(months))
    for axes in figure.axes:
        assert axes.get_title(loc="left")
    for axes in _in_time(figure):
        assert _shaded(axes) is (months > sim.calendar.LAST_HISTORICAL_MONTH)
        assert len(axes.get_lines()) > 0
    # Of panels that share an axis the first carries the label.
    assert any(axes.get_ylabel() for axes in _in_time(figure))


def test_shade_starts_after_2025_12(made_up: Make) -> None:
    axes = plots.bands(made_up(60), "frontier").axes[0]
    (shade,) = [patch for patch in axes.patches if patch.get_gid() == "projection"]
    start = shade.get_x()
    assert style.year(37) < start < style.year(38)
    assert "projection" in [text.get_text().strip() for text in axes.texts]


def test_band_is_mean_and_quantiles(made_up: Make) -> None:
    runs = made_up(10, ("baseline",), seeds=5)
    axes = plots.bands(runs, "hhi").axes[0]
    wide = runs.wide("baseline", "hhi")
    np.testing.assert_allclose(axes.get_lines()[0].get_ydata(), wide.mean(axis=1))
    corners = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert wide.quantile(0.1, axis=1).min() == pytest.approx(corners.min())
    assert wide.quantile(0.9, axis=1).max() == pytest.approx(corners.max())


def test_published_values_stand_beside(made_up: Make) -> None:
    axes = plots.bands(made_up(37), "frontier").axes[0]
    known = facts.facts("frontier")
    dots = [line for line in axes.get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(dots[0].get_ydata(), known.loc[known["month"] <= 37, "value"])
    assert known.loc[known["date"] == "2025-12", "value"].item() == pytest.approx(3.07, abs=0.01)


def test_published_values_have_the_simulation_s_units() -> None:
    table = facts._table()
    for measure, lab in table[["measure", "lab"]].drop_duplicates().itertuples(index=False):
        if measure in (sim.measures.LABS if lab else sim.measures.MARKET):
            facts.facts(measure, lab)


def test_lines_stop_where_nothing_is_defined(made_up: Make) -> None:
    runs = made_up(40)
    runs.market.loc[runs.market["scenario"] == "no_open_weights", ["open_frontier", "open_lag", "open_lag_step"]] = (
        np.nan
    )
    figure = plots.frontier_and_lag(runs, "no_open_weights")
    assert "no open weights" in [text.get_text() for text in figure.axes[1].texts]
    assert plots.effect_of_open_weights(runs)


def test_pure(made_up: Make) -> None:
    import matplotlib

    runs = made_up(40)
    before, settings = runs.market.copy(), dict(matplotlib.rcParams)
    for draw in DRAW.values():
        draw(runs)
    assert runs.market.equals(before)
    assert dict(matplotlib.rcParams) == settings


def test_saved_twice_is_the_same(made_up: Make, tmp_path: Path) -> None:
    runs = made_up(60)
    for name in ("a", "b"):
        paths = plots.save(plots.prices(runs), tmp_path / name, "prices")
        assert [path.suffix for path in paths] == [".pdf", ".svg", ".png"]
    for kind in ("pdf", "svg", "png"):
        first, second = ((tmp_path / name / f"prices.{kind}").read_bytes() for name in "ab")
        assert first == second
    assert b"/Type3" not in (tmp_path / "a" / "prices.pdf").read_bytes()
    assert b"FontFile2" in (tmp_path / "a" / "prices.pdf").read_bytes()
    assert "projection </text>" in (tmp_path / "a" / "prices.svg").read_text()


def test_real_runs_can_be_drawn(small: Results, tmp_path: Path) -> None:
    paths = plots.draw_all(small, tmp_path)
    assert len(paths) % 3 == 0
    assert {"effect_of_open_weights.pdf", "shares_by_lab_no_open_weights.svg"} <= {path.name for path in paths}


@pytest.mark.parametrize(
    "draw",
    [
        lambda runs: plots.bands(runs, "nothing"),
        lambda runs: plots.bands(runs, "hhi", ["nowhere"]),
        lambda runs: plots.shares_by_lab(runs, "nowhere"),
        lambda runs: plots.talent_between_regions(runs, "nowhere"),
        lambda runs: plots.effect_of_open_weights(runs, without="nowhere"),
    ],
)
def test_refusals(draw: Callable[[Results], Figure], made_up: Make) -> None:
    with pytest.raises(ex.ExperimentError, match="allowed"):
        draw(made_up(10))
