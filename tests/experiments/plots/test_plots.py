"""Figures: labelled, shaded after the data, the same bytes every time."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import experiments as ex
import sim
from experiments import plots
from experiments.findings import facts
from experiments.plots import style, worlds
from experiments.plots.picture import Picture
from experiments.results.results import Results
from sim.data.index import oom

Make = Callable[..., Results]
# Of one scenario; and all that a study without a design has.
OF_ONE_WORLD: dict[str, Callable[[Results, str], Figure]] = {
    draw.__name__: draw
    for draw in (
        plots.shares_by_lab, plots.shares_by_openness, plots.shares_by_region_and_openness, plots.frontier_and_lag,
        plots.startups, plots.talent_alluvial, plots.talent_between_regions, plots.talent_between_open_and_closed,
        plots.release_timeline,
    )
}  # fmt: skip
DRAW: dict[str, Callable[[Results], Figure]] = {
    "bands": lambda runs: plots.bands(runs, "open_share_tokens"),
    "prices": plots.prices,
    "margins": plots.margins,
    "effect_of_scenario": lambda runs: plots.effect_of_scenario(runs, "no_open_weights"),
    **{name: lambda runs, draw=draw: draw(runs, "baseline") for name, draw in OF_ONE_WORLD.items()},  # type: ignore[misc]
}


def _shaded(axes: Axes) -> bool:
    return any(patch.get_gid() == "projection" for patch in axes.patches)


@dataclass(frozen=True)
class Drawn:
    """A figure with everything on it at its place."""

    figure: Figure
    months: int

    @property
    def in_time(self) -> list[Axes]:
        """Its panels of which the horizontal axis is time."""
        return [axes for axes in self.figure.axes if not axes.images and axes.axison]


@pytest.fixture(
    scope="module",
    params=itertools.product(DRAW, [1, 37, 60, 144, 600]),
    ids=lambda case: f"{case[0]}, {case[1]} months",
)
def drawn(request: pytest.FixtureRequest, made_up: Make) -> Drawn:
    """Each figure at each length, drawn once for all that is asked of it."""
    name, months = request.param
    figure = DRAW[name](made_up(months, seeds=2))
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return Drawn(figure, months)


def _overlap(axes: Axes, renderer: RendererBase) -> bool:
    """Whether two of the labels below a panel lie over each other, all being drawn."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    low, high = axes.get_xlim()
    shown = [tick.label1 for tick in axes.xaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    # Turned words overlap where their lines do, which lie a font's height apart across the slope.
    turned = shown[0].get_rotation() if shown else 0.0
    boxes = [word.get_window_extent(renderer) for word in shown if word.get_text()]
    height = 8.0 / 72.0 * figure.dpi / np.sin(np.radians(turned)) if turned else None
    return any(
        right.x0 - left.x0 < height if height else right.x0 < left.x1 for left, right in itertools.pairwise(boxes)
    )


def test_years_have_room(drawn: Drawn) -> None:
    canvas = drawn.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    for axes in drawn.in_time:
        assert not _overlap(axes, canvas.get_renderer()), axes.get_title(loc="left")
    assert all(len(axes.xaxis.get_major_ticks()) >= 1 for axes in drawn.in_time)


def test_axes_are_labelled_and_the_projection_shaded(drawn: Drawn) -> None:
    assert drawn.figure.question and drawn.figure.world and drawn.figure.caption  # type: ignore[attr-defined]
    for axes in drawn.in_time:
        assert _shaded(axes) is (drawn.months > sim.calendar.LAST_HISTORICAL_MONTH)
        assert axes.get_lines() or axes.collections
    # Of panels that share an axis the first carries the label; rows of labs have names.
    labelled = [bool(axes.get_ylabel()) or "Meta" in _words(axes) for axes in drawn.in_time]
    assert any(labelled) or not labelled


def _words(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


@pytest.mark.parametrize("number", [2, 6, 7, 13, 30])
@pytest.mark.parametrize("draw", [plots.prices, lambda runs: plots.bands(runs, "hhi")])
def test_every_scenario_has_a_line_a_look_and_a_name_of_its_own(
    number: int, draw: Callable[[Results], Figure], made_up: Make
) -> None:
    names = tuple(f"world_{place}" for place in range(number))
    figure = draw(made_up(3, names, seeds=1))
    keys = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    last = figure.axes[-1]
    named = [text.get_text() for text in last.texts if text.get_gid() == "name"]
    # Where they end, or in the key if they are too many.
    assert sorted(keys or named) == sorted(f"world {place}" for place in range(number))
    assert bool(named) is (number < 30)
    for axes in figure.axes:
        lines = [line for line in axes.get_lines() if line.get_linestyle() != "None"]
        assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == len(lines) == number


def test_looks_never_end() -> None:
    assert len(set(style.looks(500))) == 500


def test_labels_do_not_collide(made_up: Make) -> None:
    names = ("no_open_weights", "without_open_weights", "a_b", "a b", "published", "published list prices")
    words = worlds.labels(names)
    assert len(set(words.values())) == len(names)
    assert words["no_open_weights"] == "no open weights" and words["a_b"] == "a_b"
    figure = plots.prices(made_up(40, ("baseline", *names), seeds=1))
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    shown += [text.get_text() for text in figure.axes[-1].texts if text.get_gid() == "name"]
    assert len(set(shown)) == len(shown) == len(names) + 2


def test_effect_is_scenario_minus_the_other(made_up: Make) -> None:
    runs = made_up(40)
    runs.market["hhi"] = runs.market["scenario"].map({"baseline": 0.2, "no_open_weights": 0.5})
    runs.market["spend"] = runs.market["scenario"].map({"baseline": 10.0, "no_open_weights": 15.0})
    figure = plots.effect_of_scenario(runs, "no_open_weights")
    panels = {axes.get_title(loc="left"): axes.get_lines()[0].get_ydata()[-1] for axes in figure.axes}
    assert panels["Concentration (HHI)"] == pytest.approx(0.3)
    assert panels["Spend"] == pytest.approx(0.5)
    assert figure.question.endswith("“no open weights” minus “baseline”")  # type: ignore[attr-defined]
    assert figure.world == "Same seeds on both sides"  # type: ignore[attr-defined]
    alone = plots.effect_of_scenario(made_up(40, seeds=1), "no_open_weights")
    assert alone.world == "One seed, so no interval"  # type: ignore[attr-defined]


def test_pairs_are_dots_and_two_groups_are_marked(made_up: Make) -> None:
    runs = made_up(40, seeds=20)
    shift = np.array([0.03, 0.02, 0.025, *np.linspace(-0.11, -0.09, 17)])
    other = (runs.market["scenario"] == "no_open_weights").to_numpy()
    runs.market["frontier"] = 2.0 + other * shift[runs.market["seed"]]
    runs.market["hhi"] = 0.2 + other * 0.1 * np.random.default_rng(1).standard_normal(20)[runs.market["seed"]]
    figure = plots.effect_of_scenario(runs, "no_open_weights")
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    dots = [line for line in panels["Frontier"].get_lines() if line.get_gid() == "pairs"]
    # Decembers at least half a year before the end, and the end.
    assert len(dots) == 4 and all(sorted(line.get_ydata()) == pytest.approx(sorted(shift)) for line in dots)
    groups = [line for line in panels["Frontier"].get_lines() if line.get_gid() == "groups"]
    assert len(groups) == 4 and groups[-1].get_ydata() == pytest.approx([-0.1, 0.025])
    assert not [line for line in panels["Concentration (HHI)"].get_lines() if line.get_gid() == "groups"]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "pairs" in words and "bimodal: means of two groups" in words


def test_two_groups_are_in_the_legend_only_where_they_are_drawn(made_up: Make) -> None:
    figure = plots.effect_of_scenario(made_up(40), "no_open_weights")
    assert not any("bimodal" in text.get_text() for text in figure.legends[0].get_texts())


@pytest.mark.parametrize("name", OF_ONE_WORLD)
def test_published_numbers_stand_beside_history_alone(name: str, made_up: Make) -> None:
    runs = made_up(40)
    for scenario, words in (("baseline", "Baseline"), ("no_open_weights", "No open weights")):
        figure = OF_ONE_WORLD[name](runs, scenario)
        assert isinstance(figure, Picture) and figure.world == words
        published = figure.data["statistic"].str.startswith("published").any()
        assert published == ("published numbers (" in figure.caption)
        assert published == (scenario == "baseline" and name in PUBLISHED)


def test_of_several_worlds_only_with_history_are_numbers_published(made_up: Make) -> None:
    runs = made_up(40)
    for draw in (plots.prices, lambda *of: plots.bands(of[0], "open_share_tokens", of[1])):
        for scenarios, there in ((None, True), (["no_open_weights"], False)):
            figure = draw(runs, scenarios)  # type: ignore[operator]
            assert figure.data["statistic"].str.startswith("published").any() == there


# Figures with published numbers on them.
PUBLISHED = ("shares_by_lab", "shares_by_openness", "frontier_and_lag")


@pytest.mark.parametrize("name", ["shares_by_lab", "shares_by_openness", "frontier_and_lag"])
def test_lines_and_marks_are_told_apart_without_colour(name: str, made_up: Make) -> None:
    figure = OF_ONE_WORLD[name](made_up(40), "baseline")
    for axes in figure.axes:
        drawn = [line for line in axes.get_lines() if len(line.get_xdata()) and line.get_gid() != "end"]
        lines = [line for line in drawn if line.get_marker() in ("None", "")]
        # Of two with the same dashes, as one lab and the sum of others, one is grey.
        looks = {(str(line._dash_pattern), line.get_color() == style.OTHERS) for line in lines}
        assert len(looks) == len(lines) > 1
        marks = [line for line in drawn if line.get_marker() not in ("None", "", "^")]
        assert len({line.get_marker() for line in marks}) == len(marks)


def test_dots_of_many_pairs_are_a_hundred(made_up: Make) -> None:
    figure = plots.effect_of_scenario(made_up(3, seeds=150), "no_open_weights")
    (dots,) = [line for line in figure.axes[0].get_lines() if line.get_gid() == "pairs"]
    assert len(dots.get_ydata()) == 100


def test_listed_price_is_not_drawn_alone(made_up: Make) -> None:
    runs = made_up(10)
    for figure in (plots.prices(runs), plots.effect_of_scenario(runs, "no_open_weights")):
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert titles[:2] == ["GPT-3.5 level, listed", "Same, by technology"]
    kept = {"market": ("price_gpt35_level", "price_gpt4_level")}
    some = Results(runs.tables, runs.runs, runs.points, runs.months, kept, runs.provenance)
    assert "not kept" in [text.get_text() for text in plots.prices(some).axes[1].texts]


def test_prices_are_all_inside(made_up: Make) -> None:
    runs = made_up(60)
    runs.market["technology_price_gpt35"] = 1e-4
    low, high = plots.prices(runs).axes[0].get_ylim()
    assert low < 1e-4 and high > runs.market["price_gpt4_level"].max()


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
    assert known.loc[known["date"] == "2025-12", "value"].item() == pytest.approx(oom(155.34), abs=0.001)


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
    assert plots.effect_of_scenario(runs, "no_open_weights")


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
        assert [path.suffix for path in paths] == [".pdf", ".svg", ".png", ".csv", ".txt"]
    for kind in ("pdf", "svg", "png", "csv", "txt"):
        first, second = ((tmp_path / name / f"prices.{kind}").read_bytes() for name in "ab")
        assert first == second
    assert b"/Type3" not in (tmp_path / "a" / "prices.pdf").read_bytes()
    assert b"FontFile2" in (tmp_path / "a" / "prices.pdf").read_bytes()
    assert "projection </text>" in (tmp_path / "a" / "prices.svg").read_text()


def test_real_runs_can_be_drawn(small: Results, tmp_path: Path) -> None:
    reasons: dict[str, str] = {}
    paths = plots.draw_all(small, tmp_path, formats=("svg",), reasons=reasons)
    assert {path.suffix for path in paths} == {".svg", ".csv", ".txt"}
    assert {"effect_of_no_open_weights.csv", "shares_by_lab_no_open_weights.svg"} <= {path.name for path in paths}
    drawn = {path.stem.removesuffix("_no_open_weights") for path in paths} | {"effect_of_scenario"}
    # A kind is drawn, or it is said in one line why not; nothing has failed on the way.
    assert drawn - {"effect_of"} | set(reasons) == set(plots.KINDS)
    assert all(reason and "\n" not in reason for reason in reasons.values())
    assert not any("cannot be drawn" in path.read_text("utf-8") for path in paths)


@pytest.mark.parametrize(
    "draw",
    [
        lambda runs: plots.bands(runs, "nothing"),
        lambda runs: plots.bands(runs, "hhi", ["nowhere"]),
        lambda runs: plots.shares_by_lab(runs, "nowhere"),
        lambda runs: plots.talent_between_regions(runs, "nowhere"),
        lambda runs: plots.effect_of_scenario(runs, "nowhere"),
    ],
)
def test_refusals(draw: Callable[[Results], Figure], made_up: Make) -> None:
    with pytest.raises(ex.ExperimentError, match="allowed"):
        draw(made_up(10))
