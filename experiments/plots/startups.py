"""Startups: how many enter and leave, and on whose models they build."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.plots.picture import Picture, canvas, keep, named, scale, styled, title
from experiments.plots.series import dates, line
from experiments.plots.style import BLACK, BLUE, GREEN, ORANGE, OTHERS, SKY, VERMILLION, percent, time_axis, year
from experiments.plots.worlds import BANDS, about, world
from experiments.questions.measures import LABS, MARKET
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results

_FLOWS = (("entries", "entries", GREEN, "-"), ("exits", "exits", VERMILLION, "--"))
# Labs that are shown by themselves, the largest; the rest together.
_NAMED = 5
_HATCHES = ("", "////", "", "....", "", "\\\\\\\\")
_TONES = (BLUE, VERMILLION, SKY, ORANGE, "#F0E442", OTHERS)
# Months over which entries and exits are averaged, since a month has few.
_MONTHS = 12


@styled
def startups(runs: Results, scenario: str = BASELINE) -> Figure:
    """Startups in business, entries and exits over a year, and the labs on whose models they are built.

    Raises:
        ExperimentError: There is no such scenario, or a measure is not kept.
    """
    check_choice("scenario", scenario, runs.scenarios)
    runs.chosen(MARKET, ("startups", "entries", "exits"))
    labs = runs.load(LABS, "share_startups", scenario=scenario)
    figure, (stock, flow, mix) = canvas(3)
    line(stock, runs.wide(scenario, "startups"), BLUE, "startups")
    named(stock, "In business", "number", "startups", shown="")
    stock.set_ylim(bottom=0)
    for measure, name, colour, dash in _FLOWS:
        wide = runs.wide(scenario, measure).rolling(_MONTHS, min_periods=1).mean()
        line(flow, wide, colour, name, style=dash)
        drawn = flow.get_lines()[-1]
        figure.keys[name] = drawn
    named(flow, "Entries and exits", "mean of a year", "startups/month")
    flow.set_ylim(bottom=0)
    _mix(mix, figure, labs)
    if "open_share_startups" in runs.measures:
        on_open = runs.wide(scenario, "open_share_startups").mean(axis=1)
        mix.plot(year(on_open.index), on_open, color="white", lw=3.4 * scale(), zorder=3)
        mix.plot(year(on_open.index), on_open, color=BLACK, lw=1.6 * scale(), zorder=3)
        keep(mix, None, "on open weights", dates(on_open.index), {"mean": on_open.to_numpy(float)})
        figure.keys["on open weights, whoever's"] = Line2D([], [], color=BLACK)
    named(mix, "Built on models of", "share", "1", shown="%")
    percent(mix)
    for axes in (stock, flow, mix):
        time_axis(axes, runs.months)
    mix.set_ylim(0.0, 1.0)
    title(figure, "How many startups are there, and on whose models do they build?", world(runs, scenario))
    about(figure, runs, scenario, marks=f"{BANDS} Areas: mean of runs.")
    return figure


def _mix(axes: Axes, figure: Picture, labs: pd.DataFrame) -> None:
    wide = labs.groupby(["month", "lab"])["share_startups"].mean().unstack("lab").dropna(how="all").fillna(0.0)
    order = wide.mean().sort_values(ascending=False, kind="stable").index[:_NAMED]
    named_labs = [name for name in order if wide[name].any()]
    parts = {str(name): wide[name].to_numpy(float) for name in named_labs}
    rest = wide.drop(columns=named_labs).sum(axis=1).to_numpy(float)
    if rest.any():
        parts["others"] = rest
    bottom = np.zeros(len(wide))
    when = year(wide.index.to_numpy())
    for (name, values), colour, hatch in zip(parts.items(), _TONES, _HATCHES, strict=False):
        look: dict[str, Any] = {"facecolor": colour, "hatch": hatch, "edgecolor": BLACK, "lw": 0.5}
        axes.fill_between(when, bottom, bottom + values, **look)
        figure.keys[name] = Patch(**look)
        keep(axes, None, name, dates(wide.index), {"mean": values})
        bottom = bottom + values
