"""A whole and its parts, as Shapley values share them out: a bar each, with its interval and its seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.findings.sentences import unit_of
from experiments.findings.shapley import REST, TOTAL, Parts
from experiments.plots.style import BLACK, BLUE, headline, label, points, styled
from experiments.questions.settings import check_choice, check_instance

_PART: dict[str, Any] = {"color": BLUE, "alpha": 0.75}
_WHOLE: dict[str, Any] = {"facecolor": "white", "edgecolor": BLACK, "hatch": "////"}
_LEAST, _ROW = 1.5, 0.34


@styled
def parts_of_whole(parts: Parts, measure: str | None = None) -> Figure:
    """The parts of an effect or a level below each other, and what they add up to.

    Args:
        parts: As :func:`experiments.shapley` or :func:`experiments.decompose` gives them.
        measure: Which, if there are several; None for the first.

    Raises:
        ExperimentError: These are no parts, or there is no such measure.
    """
    check_instance("parts", parts, Parts, "what ex.shapley or ex.decompose returns")
    chosen = check_choice("measure", parts.measures[0] if measure is None else measure, parts.measures)
    frame, pairs = parts.frame.loc[chosen], parts.pairs.loc[chosen]
    names = [*parts.parts, REST, TOTAL]
    figure = Figure(figsize=(6.3, _LEAST + _ROW * len(names)))
    axes = figure.subplots()
    rows = np.arange(len(names))
    means = frame.loc[names, "mean"].to_numpy(float)
    for row, name in zip(rows, names, strict=True):
        axes.barh(row, means[row], 0.62, lw=0.8, **(_PART if name in parts.parts else _WHOLE))
        axes.plot(frame.loc[name, ["low", "high"]], [row, row], color=BLACK, lw=1.4, solid_capstyle="butt")
        values = pairs.loc[name].to_numpy(float)
        axes.plot(values, np.full(len(values), row + 0.42), ".", color=BLACK, ms=2.6, mew=0, alpha=0.6, gid="pairs")
    axes.axvline(0.0, color=BLACK, lw=0.8)
    axes.axhline(len(names) - 1.5, color=BLACK, lw=0.5, ls=":")
    axes.set_yticks(rows, [label(name) for name in names])
    axes.invert_yaxis()
    unit = unit_of(chosen, parts.units[chosen])
    axes.set_xlabel(f"{label(chosen)} [{'points' if unit == 'share' else unit}]")
    if unit == "share":
        points(axes, across=True)
    headline(figure, f"{label(parts.what)}, {parts.date}: what carries it")
    figure.legend(handles=_keys(), loc="outside lower center", ncols=4)
    return figure


def _keys() -> list[Line2D | Patch]:
    return [
        Patch(**_PART, label="part"),
        Patch(**_WHOLE, lw=0.8, label="rest, total"),
        Line2D([], [], color=BLACK, lw=1.4, label="95% interval"),
        Line2D([], [], color=BLACK, ls="", marker=".", ms=4, mew=0, alpha=0.6, label="seeds"),
    ]
