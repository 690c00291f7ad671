"""Nothing lies over anything else, nor over the edge: measured on the words of figures that are drawn."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import experiments as ex
from experiments import plots
from experiments.plots.picture import SIZES, Picture
from experiments.results.results import Results

Make = Callable[..., Results]
TWELVE = (
    "baseline", "no_open_weights", "no_deepseek", "everyone_opens", "meta_closes", "stargate", "us_open_ban",
    "late_opening", "equal_compute", "export_controls_off", "cheap_hosting", "strategic_release",
)  # fmt: skip
LONG = 600
# Boxes of letters may touch by a pixel, and some of a box is empty.
_SLACK = 1.5

DRAW: dict[str, Callable[..., Figure]] = {
    "shares_by_lab": plots.shares_by_lab,
    "shares_by_openness": plots.shares_by_openness,
    "shares_by_region_and_openness": plots.shares_by_region_and_openness,
    "frontier_and_lag": plots.frontier_and_lag,
    "prices": plots.prices,
    "margins": plots.margins,
    "bands": lambda runs, **more: plots.bands(runs, "frontier", **more),
    "startups": plots.startups,
    "talent_alluvial": plots.talent_alluvial,
    "talent_alluvial by region": lambda runs, **more: plots.talent_alluvial(runs, by="region", **more),
    "talent_between_regions": plots.talent_between_regions,
    "talent_between_open_and_closed": plots.talent_between_open_and_closed,
    "release_timeline": plots.release_timeline,
    "effect_of_scenario": lambda runs, **more: plots.effect_of_scenario(runs, "no_open_weights", **more),
    "targets": plots.targets,
}
# With a line for each scenario.
OF_ALL = ("prices", "margins", "bands")


def _words(figure: Figure) -> Iterator[tuple[str, Bbox]]:
    """Every word that is seen, with its box in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    ticks = {id(text) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for text in _ticks(axis)}
    shown = {
        id(text) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for text in _ticks(axis, inside=True)
    }
    for text in figure.findobj(Text):
        hidden = id(text) in ticks and id(text) not in shown
        axes = text.axes
        if text.get_text().strip() and text.get_visible() and not hidden and not (axes and not axes.get_visible()):
            yield text.get_text(), Text.get_window_extent(text, renderer)


def _ticks(axis: object, inside: bool = False) -> list[Text]:
    """Labels of ticks; those inside the limits, which alone are drawn."""
    found = []
    low, high = sorted(axis.get_view_interval())  # type: ignore[attr-defined]
    room = 1e-9 * (high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):  # type: ignore[attr-defined]
        if not inside or low - room <= tick.get_loc() <= high + room:
            found += [label for label in (tick.label1, tick.label2) if label.get_visible() or not inside]
    return found


def overlaps(figure: Figure) -> list[str]:
    """Pairs of words that lie over each other, and words over the edge of the figure."""
    words = list(_words(figure))
    found = []
    for (one, box), (other, its) in itertools.combinations(words, 2):
        across = min(box.x1, its.x1) - max(box.x0, its.x0)
        up = min(box.y1, its.y1) - max(box.y0, its.y0)
        if across > _SLACK and up > _SLACK:
            found.append(f"{one!r} over {other!r}")
    edge = figure.bbox
    for word, box in words:
        if box.x0 < edge.x0 - _SLACK or box.x1 > edge.x1 + _SLACK or box.y0 < -_SLACK or box.y1 > edge.y1 + _SLACK:
            found.append(f"{word!r} over the edge")
    return found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Twelve scenarios of the real market, tiny."""
    return ex.ensemble(
        TWELVE, seeds=2, months=16, developers=200, workers=1, outputs=tmp_path_factory.mktemp("many"), progress=False
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", DRAW)
def test_nothing_overlaps_with_twelve_scenarios(name: str, size: str, many: Results) -> None:
    assert overlaps(DRAW[name](many, size=size)) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [name for name in DRAW if name != "targets"])
def test_nothing_overlaps_at_600_months(name: str, size: str, made_up: Make) -> None:
    assert overlaps(DRAW[name](made_up(LONG, seeds=2), size=size)) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", OF_ALL)
def test_nothing_overlaps_at_600_months_with_twelve_scenarios(name: str, size: str, made_up: Make) -> None:
    figure = DRAW[name](made_up(LONG, TWELVE, seeds=1), size=size)
    assert overlaps(figure) == []
    named = [text.get_text() for text in figure.axes[-1].texts if text.get_gid() == "name"]
    keys = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert {name.replace("_", " ") for name in TWELVE} <= {text.replace("\n", " ") for text in (*named, *keys)}


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A design over parameters with long names, tiny."""
    params = ["adoption.price_sensitivity", "talent.migration_cost.cn_us", "release.temperature"]
    return ex.ensemble(
        ["baseline", "no_open_weights"], seeds=1, months=8, developers=100, workers=1, progress=False,
        outputs=tmp_path_factory.mktemp("points"), measures=["frontier", "spend"],
        design={"kind": "latin_hypercube", "params": params, "points": 30, "seeds": "common"},
    )  # fmt: skip


@pytest.mark.parametrize("kind", [name for name, kind in plots.KINDS.items() if kind.drawings])
def test_every_kind_of_a_study_says_what_it_is_and_nothing_overlaps(kind: str, many: Results, points: Results) -> None:
    design = kind in ("effect_against", "heat_map", "tornado")
    found, reasons = plots.drawings(points if design else many, [kind])
    assert found and not reasons
    figure = found[-1][1]()
    assert isinstance(figure, Picture)
    assert figure.question.endswith("?") or "?" in figure.question
    assert figure.world and "weightshift" in figure.caption
    assert len(figure.data) and (figure.data["series"] != "").all()
    assert overlaps(figure) == []


@pytest.mark.parametrize("months", [1, 14, 37])
@pytest.mark.parametrize("name", [name for name in DRAW if name != "targets"])
def test_nothing_overlaps_in_short_studies(name: str, months: int, made_up: Make, tmp_path: Path) -> None:
    assert overlaps(DRAW[name](made_up(months, seeds=2))) == []


def test_words_over_each_other_are_found() -> None:
    figure = Figure(figsize=(3, 2))
    figure.text(0.4, 0.5, "one")
    figure.text(0.42, 0.5, "two")
    figure.text(0.98, 0.1, "outside")
    assert overlaps(figure) == ["'one' over 'two'", "'outside' over the edge"]
