"""Who has the market: shares by lab, by region and openness, and the four shares of open weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.findings.facts import facts
from experiments.plots.picture import Picture, canvas, keep, named, styled, title
from experiments.plots.series import dates, dots, line, marks_below
from experiments.plots.style import (
    BLACK,
    BLUE,
    COLOURS,
    DASHES,
    MARKS,
    ORANGE,
    OTHERS,
    names_at_ends,
    percent,
    time_axis,
    year,
)
from experiments.plots.worlds import about, has_record, region, world
from experiments.questions.measures import LABS
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, run_columns
from sim.agents.lab import WEIGHTS

_NAMED = 7
# Inches of each of two panels below each other.
_LOW = 2.2
_LAB_SHARES = ("share_enterprise", "share_spend")
_LAB_COLOURS = (*COLOURS, BLACK)
_OPENNESS = (
    ("open_share_tokens", "tokens"),
    ("open_share_users", "users"),
    ("open_share_enterprise", "enterprise workloads"),
    ("open_share_spend", "spend"),
)
# Areas of closed labs are plain and darker, those of labs that release weights hatched.
_REGIONS = {"US": (BLUE, "////"), "CN": (ORANGE, "\\\\\\\\"), "EU": ("#303030", "....")}
_LIGHTER = 0.45
# Openness by what a lab releases now.
_KINDS = ("closed", "open weights")


@styled
def shares_by_lab(runs: Results, scenario: str = BASELINE) -> Figure:
    """Shares of enterprise workloads and of spend by lab; labs outside the seven largest together in grey.

    Raises:
        ExperimentError: There is no such scenario.
    """
    labs = runs.load(LABS, _LAB_SHARES, scenario=check_choice("scenario", scenario, runs.scenarios))
    named_labs = _largest(runs.load(LABS, _LAB_SHARES))
    figure, panels = canvas(2, across=1, inches=_LOW, sharey=True)
    for axes, measure, words in zip(panels, _LAB_SHARES, ("Enterprise workloads", "Spend"), strict=True):
        _lab_panel(axes, labs, measure, named_labs, runs.months, has_record([scenario]))
        named(axes, words, "share", "1", shown="%")
        percent(axes)
    panels[0].set_ylim(bottom=0)
    for axes in panels:
        time_axis(axes, runs.months, room=axes is panels[0])
    names_at_ends(figure, *panels)
    marks_below(figure, *panels)
    title(figure, "Who has the market, lab by lab?", world(runs, scenario))
    about(figure, runs, scenario)
    return figure


def _largest(labs: pd.DataFrame) -> list[str]:
    # Over all scenarios and in one order, so that a lab has the same colour in each of their figures.
    means = labs.groupby(["scenario", "month", "lab"])[list(_LAB_SHARES)].mean()
    sizes = means.max(axis=1).groupby("lab").max().sort_values(ascending=False, kind="stable")
    known = [name for name in sizes.index if len(facts("share_enterprise", name))]
    chosen = [*known, *(name for name in sizes.index if name not in known)][:_NAMED]
    return [name for name in labs["lab"].unique() if name in chosen]


def _lab_panel(axes: Axes, labs: pd.DataFrame, measure: str, named_labs: list[str], months: int, history: bool) -> None:
    run = run_columns(labs)
    wide = labs.pivot_table(index=["month", *run], columns="lab", values=measure)
    for colour, dash, marker, name in zip(_LAB_COLOURS, DASHES, MARKS, named_labs, strict=False):
        if name not in wide:
            continue
        published = history and len(facts(measure, name)) > 0
        line(axes, wide[name].unstack(run), colour, name, style=dash, marker=marker if published else "")
        if published:
            dots(axes, measure, colour, months, lab=name, marker=marker)
    rest = [name for name in wide.columns if name not in named_labs]
    if rest:
        line(axes, wide[rest].sum(axis=1).unstack(run), OTHERS, f"{len(rest)} others")


@styled
def shares_by_openness(runs: Results, scenario: str = BASELINE) -> Figure:
    """The share of open weights in tokens, users, enterprise workloads and spend: four different facts.

    Raises:
        ExperimentError: There is no such scenario.
    """
    check_choice("scenario", scenario, runs.scenarios)
    figure, (axes,) = canvas()
    for colour, dash, marker, (measure, name) in zip(COLOURS, DASHES, MARKS, _OPENNESS, strict=False):
        published = has_record([scenario]) and len(facts(measure)) > 0
        line(axes, runs.wide(scenario, measure), colour, name, style=dash, marker=marker if published else "")
        if published:
            dots(axes, measure, colour, runs.months, marker=marker, series=name)
    axes.set_ylim(bottom=0)
    named(axes, "Share of open-weight models, by what is counted", "share", "1", shown="%")
    percent(axes)
    time_axis(axes, runs.months)
    names_at_ends(figure, axes)
    marks_below(figure, axes)
    title(figure, "How much of the market do open weights have?", world(runs, scenario))
    about(figure, runs, scenario)
    return figure


@styled
def shares_by_region_and_openness(runs: Results, scenario: str = BASELINE) -> Figure:
    """Tokens and spend by the region of the lab, and by whether its best model has open weights: areas that add up.

    Raises:
        ExperimentError: There is no such scenario.
    """
    check_choice("scenario", scenario, runs.scenarios)
    measures = ("share_tokens", "share_spend")
    labs = runs.load(LABS, ("openness", *measures), scenario=scenario)
    labs["kind"] = np.where(labs["openness"] >= WEIGHTS, _KINDS[1], _KINDS[0])
    figure, panels = canvas(2, sharey=True)
    for axes, measure, words in zip(panels, measures, ("Tokens", "Spend"), strict=True):
        by = labs.groupby(["month", *run_columns(labs), "region", "kind"])[measure].sum()
        mean = by.unstack(["region", "kind"]).fillna(0.0).groupby("month").mean()
        _areas(axes, figure, mean)
        named(axes, words, "share, added up", "1", shown="%")
        axes.label_outer(remove_inner_ticks=False)
        percent(axes)
    panels[0].set_ylim(0.0, 1.0)
    for axes in panels:
        time_axis(axes, runs.months, room=axes is panels[0])
    title(figure, "Whose models are used, and are they open?", world(runs, scenario))
    what = "Areas: mean of runs; a lab counts as open in the months in which its best model has open weights."
    about(figure, runs, scenario, marks=what)
    return figure


def _areas(axes: Axes, figure: Picture, mean: pd.DataFrame) -> None:
    """Areas on each other, closed labs of a region below its open ones."""
    when, bottom = year(mean.index.to_numpy()), np.zeros(len(mean))
    for code, (colour, hatch) in _REGIONS.items():
        for kind in _KINDS:
            if (code, kind) not in mean or not mean[code, kind].any():
                continue
            values = mean[code, kind].to_numpy(float)
            look: dict[str, Any] = {"facecolor": colour, "alpha": 1.0 if kind == _KINDS[0] else _LIGHTER, "lw": 0.6}
            look |= {"edgecolor": "white"} if kind == _KINDS[0] else {"hatch": hatch, "edgecolor": BLACK}
            axes.fill_between(when, bottom, bottom + values, **look)
            name = f"{region(code)}, {kind}"
            figure.keys.setdefault(name, Patch(**look))
            keep(axes, None, name, dates(mean.index), {"mean": values})
            bottom = bottom + values
