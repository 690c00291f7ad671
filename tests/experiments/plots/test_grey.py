"""Without colours, and for who does not see all of them: no two lines, marks or areas of a panel look the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments import plots
from experiments.plots.grey import lightness
from experiments.plots.style import COLOURS, looks
from experiments.results.results import Results

Make = Callable[..., Results]
# Least difference in lightness, of 1, between two areas of one texture; and between two lines of one dash.
AREAS, LINES = 0.12, 0.09
# How red, green and blue reach who lacks a cone, in linear light (Viénot, Brettel and Mollon 1999).
SEEN = {
    "protan": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
    "deutan": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
}
# A just noticeable difference is 2.3 in CIELAB; lines are thin and stand apart.
APART = 12.0

DRAW: dict[str, Callable[..., Figure]] = {
    "shares_by_lab": plots.shares_by_lab,
    "shares_by_openness": plots.shares_by_openness,
    "shares_by_region_and_openness": plots.shares_by_region_and_openness,
    "frontier_and_lag": plots.frontier_and_lag,
    "prices": plots.prices,
    "margins": plots.margins,
    "bands": lambda runs, **more: plots.bands(runs, "frontier", **more),
    "startups": plots.startups,
    "talent_between_regions": plots.talent_between_regions,
    "talent_between_open_and_closed": plots.talent_between_open_and_closed,
    "release_timeline": plots.release_timeline,
}


def _lines(axes: Axes) -> list[Line2D]:
    """Drawn lines that are told apart by their look: not those that stand for zero, and of pairs."""
    return [
        line for line in axes.get_lines()
        if line.get_linestyle() != "None" and len(line.get_xdata()) > 2 and line.get_gid() is None
    ]  # fmt: skip


@pytest.mark.parametrize("name", DRAW)
def test_lines_of_a_panel_differ_in_dash_or_lightness(name: str, small: Results) -> None:
    figure = DRAW[name](small)
    for axes in figure.axes:
        outlined = {id(line) for line in _lines(axes) if line.get_zorder() == 3}  # over areas, with a white edge
        lines = [line for line in _lines(axes) if id(line) not in outlined]
        for one, other in itertools.combinations(lines, 2):
            same = str(one._dash_pattern) == str(other._dash_pattern)
            assert not same or abs(lightness(one.get_color()) - lightness(other.get_color())) > LINES, (
                one.get_label(), other.get_label(),
            )  # fmt: skip


@pytest.mark.parametrize("name", ["shares_by_region_and_openness", "startups", "effect_of_scenario", "why", "parts"])
def test_keys_of_areas_differ_in_texture_or_lightness(name: str, made_up: Make) -> None:
    if name == "why":
        from experiments.plots.why import _LOOKS

        patches = [(look[2], lightness(look[1])) for look in _LOOKS.values()]
    elif name == "parts":
        from experiments.plots.parts import _keys

        keys = [key for key in _keys(down=True) if isinstance(key, Patch)]
        patches = [(str(key.get_hatch() or ""), lightness(key.get_facecolor())) for key in keys]
    else:
        draw = DRAW.get(name, lambda runs: plots.effect_of_scenario(runs, "no_open_weights"))
        found: Any = draw(made_up(40))
        keys = [key for key in found.keys.values() if isinstance(key, Patch)]
        patches = [(str(key.get_hatch() or ""), lightness(key.get_facecolor())) for key in keys]
    assert len(patches) > 1
    for one, other in itertools.combinations(patches, 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) > AREAS, (one, other)


def _lab(rgb: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """CIELAB of linear light under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (np.clip(matrix @ rgb, 0.0, None) / [0.9505, 1.0, 1.089]) ** (1.0 / 3.0)
    return np.array([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)])


def _difference(one: Any, other: Any, seen: np.ndarray[Any, Any]) -> float:
    linear = [np.array([part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(of)])
              for of in (one, other)]  # fmt: skip
    return float(np.linalg.norm(_lab(seen @ linear[0]) - _lab(seen @ linear[1])))


@pytest.mark.parametrize("number", [2, 6, 12, 24])
@pytest.mark.parametrize("eyes", SEEN)
def test_looks_of_scenarios_differ_for_who_lacks_a_cone(number: int, eyes: str) -> None:
    for (colour, dash), (other, its) in itertools.combinations(looks(number), 2):
        assert dash != its or _difference(colour, other, SEEN[eyes]) > APART
        assert dash != its or abs(lightness(colour) - lightness(other)) > LINES or number > len(COLOURS)


@pytest.mark.parametrize("name", DRAW)
def test_a_grey_figure_has_no_colour_left(name: str, small: Results) -> None:
    figure = DRAW[name](small, grey=True)
    for line in figure.findobj(Line2D):
        for colour in (line.get_color(), line.get_markerfacecolor(), line.get_markeredgecolor()):
            assert colour == "None" or len({round(part, 6) for part in to_rgb(colour)}) == 1
    for patch in figure.findobj(Patch):
        assert len({round(part, 6) for part in to_rgb(patch.get_facecolor())}) == 1
    for areas in figure.findobj(PolyCollection):
        assert all(len({round(float(part), 6) for part in colour[:3]}) == 1 for colour in areas.get_facecolor())
    for text in (text for axes in figure.axes for text in axes.texts):
        assert len({round(part, 6) for part in to_rgb(text.get_color())}) == 1
        arrow = getattr(text, "arrow_patch", None)
        assert arrow is None or len({round(part, 6) for part in to_rgb(arrow.get_edgecolor())}) == 1
