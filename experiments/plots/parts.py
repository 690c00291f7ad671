"""A whole and its parts, as Shapley values share them out: a waterfall, each bar with its interval and its seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.findings.sentences import unit_of as unit_of_measure
from experiments.findings.shapley import REST, TOTAL, Parts
from experiments.plots.picture import canvas, keep, scale, styled, title, unit_of
from experiments.plots.style import BLACK, BLUE, VERMILLION, points
from experiments.plots.worlds import capital, findings, label
from experiments.questions.settings import check_choice, check_instance

_UP: dict[str, Any] = {"facecolor": BLUE, "edgecolor": BLACK, "alpha": 0.85}
_DOWN: dict[str, Any] = {"facecolor": VERMILLION, "edgecolor": BLACK, "hatch": "....", "alpha": 0.6}
_WHOLE: dict[str, Any] = {"facecolor": "white", "edgecolor": BLACK, "hatch": "////"}
_LEAST, _ROW = 0.75, 0.34


@styled
def parts_of_whole(parts: Parts, measure: str | None = None) -> Figure:
    """A waterfall: the parts of an effect or a level, each from where the last one ended, to what they add up to.

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
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(names))
    means = frame.loc[names, "mean"].to_numpy(float)
    starts = np.concatenate([[0.0], np.cumsum(means[:-2]), [0.0]])
    unit = unit_of_measure(chosen, parts.units[chosen])
    for row, (name, start) in enumerate(zip(names, starts, strict=True)):
        look = (_UP if means[row] >= 0.0 else _DOWN) if name in parts.parts else _WHOLE
        axes.barh(row, means[row], 0.62, left=start, lw=0.8 * scale(), **look)
        ends = frame.loc[name, ["low", "high"]].to_numpy(float)
        axes.plot(start + ends, [row, row], color=BLACK, lw=1.4 * scale(), solid_capstyle="butt")
        values = pairs.loc[name].to_numpy(float)
        rows = np.full(len(values), row + 0.42)
        axes.plot(start + values, rows, ".", color=BLACK, ms=2.6 * scale(), mew=0, alpha=0.6, gid="pairs")
        if row + 1 < len(names):
            axes.plot([start + means[row]] * 2, [row, row + 1], color="0.5", lw=0.6, gid="step")
        keep(axes, None, label(name), [parts.date], {"mean": means[row], "95% interval, low": ends[0],
             "95% interval, high": ends[1]}, unit=parts.units[chosen])  # fmt: skip
    axes.axvline(0.0, color=BLACK, lw=0.8)
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.invert_yaxis()
    axes.set_xlabel(f"{label(chosen)} [{'points' if unit == 'share' else unit}]")
    unit_of(axes, parts.units[chosen])
    if unit == "share":
        points(axes, across=True)
    figure.keys |= {str(key.get_label()): key for key in _keys(bool((means[:-2] < 0.0).any()))}
    title(figure, f"What carries it? {label(chosen).capitalize()}, {parts.date}", capital(label(parts.what)))
    number = pairs.shape[1]
    findings(figure, f"Bars: Shapley values, each from where the last one ended; {number} seed{'s' * (number != 1)}.")
    return figure


def _keys(down: bool) -> list[Line2D | Patch]:
    return [
        Patch(**_UP, lw=0.8, label="raises it"),
        *([Patch(**_DOWN, lw=0.8, label="lowers it")] if down else []),
        Patch(**_WHOLE, lw=0.8, label="rest, total"),
        Line2D([], [], color=BLACK, lw=1.4 * scale(), label="95% interval"),
        Line2D([], [], color=BLACK, ls="", marker=".", ms=4 * scale(), mew=0, alpha=0.6, label="seeds"),
    ]
