"""Lines with bands: a measure over time, one line a scenario."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

import sim
from experiments.findings.facts import facts
from experiments.findings.pairs import BAND
from experiments.plots.picture import Picture, canvas, keep, named, scale, styled, title
from experiments.plots.placing import End
from experiments.plots.style import (
    BAND_ALPHA,
    BLACK,
    Dash,
    looks,
    names_at_ends,
    percent,
    time_axis,
    year,
)
from experiments.plots.worlds import BANDS, about, has_record, label, labels, world, worlds
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, is_share

PUBLISHED, AT_LEAST = "published", "published, at least"
# Points of a hollow mark, and of its edge.
_MARK, _EDGE = 4.2, 1.1


def line(
    axes: Axes, wide: pd.DataFrame, colour: str, name: str, *, style: Dash = "-", marker: str = "", unit: str = ""
) -> None:
    """Mean over runs with its 10–90% band.

    Args:
        axes: Where.
        wide: A row a month, a column a seed; months without any number are left out.
        colour: Of line and band.
        name: Of the line, in the key or where it ends.
        style: Of the line.
        marker: Of the published numbers that belong to it.
        unit: Of the numbers, if it is not that of the panel.
    """
    wide = wide.replace([np.inf, -np.inf], np.nan).dropna(how="all")
    if wide.empty:
        return
    when, mean = year(wide.index.to_numpy()), wide.mean(axis=1).to_numpy(float)
    values = {"mean": mean}
    if wide.shape[1] > 1:
        low, high = (wide.quantile(q, axis=1).to_numpy(float) for q in BAND)
        axes.fill_between(when, low, high, color=colour, alpha=BAND_ALPHA, lw=0)
        values |= {"10%": low, "90%": high}
    axes.plot(when, mean, color=colour, label=name, ls=style)
    keep(axes, None, name, dates(wide.index), values, **({"unit": unit} if unit else {}))
    figure = axes.get_figure()
    if isinstance(figure, Picture):
        key = Line2D([], [], color=colour, ls=style, marker=marker or "None", mfc="white", mec=colour, label=name)
        found = np.flatnonzero(np.isfinite(mean))
        end = End(float(when[found[-1]]), float(mean[found[-1]]), name, colour, key, marker)
        figure.ends.setdefault(axes, []).append(end)


def dates(months: Iterable[float]) -> list[str]:
    """Months as dates; the middle of a span as that of its last month."""
    return [sim.calendar.date_of(int(np.ceil(month))) for month in months]


def dots(
    axes: Axes, measure: str, colour: str, months: int, *, lab: str = "", series: str = "", name: str | None = None,
    marker: str = "o",
) -> None:  # fmt: skip
    """Published values up to the last month of the run: marks, or triangles for what is only a lower bound.

    Args:
        axes: Where.
        measure: Which.
        colour: Of the marks.
        months: The last month.
        lab: Of which lab; empty for the market.
        series: The line that they belong to.
        name: In the key.
        marker: Their shape.
    """
    known = facts(measure, lab)
    known = known[known["month"] <= months]
    bound = known["source"].str.contains("lower bound")
    for rows, shape, words in ((known[~bound], marker, name), (known[bound], "^", AT_LEAST)):
        if len(rows):
            dot(axes, year(rows["month"]), rows["value"], colour, shape, words)
            keep(axes, None, series or lab or measure, rows["date"], {words or PUBLISHED: rows["value"]},
                 source=rows["source"].tolist())  # fmt: skip


def dot(
    axes: Axes, x: ArrayLike, y: ArrayLike, colour: str = BLACK, marker: str = "o", name: str | None = None
) -> None:
    """Hollow marks that may lie on the edge of the panel; without data just an entry of the key."""
    # An empty line that is not clipped would count as lying at zero when the layout is made.
    axes.plot(x, y, marker, mfc="white", mec=colour, mew=_EDGE * scale(), ms=_MARK * scale(), zorder=4,
              clip_on=not np.size(x), label=name)  # fmt: skip


def unit_of_measure(measure: str) -> str:
    """Unit of a measure of the market or of labs; empty if it is none."""
    found = sim.measures.MARKET.get(measure) or sim.measures.LABS.get(measure)
    return "" if found is None else found.unit


@styled
def bands(runs: Results, measure: str, scenarios: str | Iterable[str] | None = None) -> Figure:
    """A market measure over time: mean and 10–90% of runs for each scenario; published values if history is shown.

    Raises:
        ExperimentError: There is no such measure or scenario.
    """
    check_choice("measure", measure, runs.measures)
    chosen = worlds(runs, scenarios)
    figure, (axes,) = canvas()
    for (colour, dash), (name, words) in zip(looks(len(chosen)), labels(chosen).items(), strict=True):
        line(axes, runs.wide(name, measure), colour, words, style=dash)
    if has_record(chosen):
        dots(axes, measure, BLACK, runs.months, series=label(BASELINE), name=PUBLISHED)
    unit = unit_of_measure(measure)
    named(axes, "", label(measure), unit)
    if is_share(measure):
        percent(axes)
    if unit == "$/Mtok":
        axes.set_yscale("log")
    time_axis(axes, runs.months)
    names_at_ends(figure, axes)
    marks_below(figure, axes)
    title(figure, f"How does {label(measure)} develop?", world(runs, *chosen))
    about(figure, runs, *chosen, marks=BANDS)
    return figure


def marks_below(figure: Figure, *panels: Axes) -> None:
    """Published marks in the key below."""
    picture = Picture.of(figure)
    for axes in panels:
        for handle, name in zip(*axes.get_legend_handles_labels(), strict=True):
            if name in (PUBLISHED, AT_LEAST):
                picture.keys.setdefault(name, handle)
