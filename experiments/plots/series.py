"""Lines with bands: a measure over time, one line a scenario."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

import sim
from experiments.findings.facts import facts
from experiments.findings.pairs import BAND
from experiments.plots.style import (
    BAND_ALPHA,
    BLACK,
    Dash,
    labels,
    legend_below,
    looks,
    percent,
    styled,
    time_axis,
    worlds,
    year,
)
from experiments.questions.settings import check_choice
from experiments.results.results import Results, is_share


def line(axes: Axes, wide: pd.DataFrame, colour: str, name: str, *, style: Dash = "-") -> None:
    """Mean over runs with its 10–90% band.

    Args:
        axes: Where.
        wide: A row a month, a column a seed; months without any number are left out.
        colour: Of line and band.
        name: In the legend.
        style: Of the line.
    """
    wide = wide.replace([np.inf, -np.inf], np.nan).dropna(how="all")
    if wide.empty:
        return
    when = year(wide.index.to_numpy())
    if wide.shape[1] > 1:
        low, high = (wide.quantile(q, axis=1) for q in BAND)
        axes.fill_between(when, low, high, color=colour, alpha=BAND_ALPHA, lw=0)
    axes.plot(when, wide.mean(axis=1), color=colour, label=name, ls=style)


def key(axes: Axes, colour: str, name: str, style: Dash, marker: str) -> None:
    """An entry of the legend for a line and the published marks that belong to it."""
    axes.plot([], [], color=colour, ls=style, marker=marker, mfc="white", mec=colour, mew=1.1, ms=4.2, label=name)


def dots(
    axes: Axes, measure: str, colour: str, months: int, *, lab: str = "", name: str | None = None, marker: str = "o"
) -> None:
    """Published values up to the last month of the run: marks, or triangles for what is only a lower bound."""
    known = facts(measure, lab)
    known = known[known["month"] <= months]
    bound = known["source"].str.contains("lower bound")
    for rows, shape, words in ((known[~bound], marker, name), (known[bound], "^", "published, at least")):
        if len(rows):
            dot(axes, year(rows["month"]), rows["value"], colour, shape, words)


def dot(
    axes: Axes, x: ArrayLike, y: ArrayLike, colour: str = BLACK, marker: str = "o", name: str | None = None
) -> None:
    """Hollow marks that may lie on the edge of the panel; without data just an entry of the legend."""
    # An empty line that is not clipped would count as lying at zero when the layout is made.
    axes.plot(x, y, marker, mfc="white", mec=colour, mew=1.1, ms=4.2, zorder=4, clip_on=not np.size(x), label=name)


def value_label(measure: str) -> str:
    """The label of an axis: what it is and its unit."""
    found = sim.measures.MARKET.get(measure) or sim.measures.LABS.get(measure)
    words = measure.replace("_", " ")
    return words if found is None or found.unit == "1" else f"{words} [{found.unit}]"


@styled
def bands(runs: Results, measure: str, scenarios: str | Iterable[str] | None = None) -> Figure:
    """A market measure over time: mean and 10–90% of runs for each scenario, published values as dots.

    Raises:
        ExperimentError: There is no such measure or scenario.
    """
    check_choice("measure", measure, runs.measures)
    figure = Figure()
    axes = figure.subplots()
    chosen = worlds(runs, scenarios)
    for (colour, dash), (name, words) in zip(looks(len(chosen)), labels(chosen).items(), strict=True):
        line(axes, runs.wide(name, measure), colour, words, style=dash)
    dots(axes, measure, "black", runs.months, name="published")
    axes.set_title(f"{measure.replace('_', ' ').capitalize()}: mean and 10–90% of runs")
    axes.set_ylabel(value_label(measure))
    if is_share(measure):
        percent(axes)
    if value_label(measure).endswith("[$/Mtok]"):
        axes.set_yscale("log")
    time_axis(axes, runs.months)
    legend_below(figure, axes)
    return figure
