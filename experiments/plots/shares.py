"""Who has the market: shares by lab and by openness, with the published ones as marks."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.findings.facts import facts
from experiments.plots.series import dots, key, line
from experiments.plots.style import (
    BLACK,
    COLOURS,
    DASHES,
    MARKS,
    OTHERS,
    legend_below,
    of_world,
    percent,
    styled,
    time_axis,
)
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, run_columns

_NAMED = 7
_LAB_SHARES = ("share_enterprise", "share_spend")
_LAB_COLOURS = (*COLOURS, BLACK)
_OPENNESS = (
    ("open_share_tokens", "tokens"),
    ("open_share_users", "users"),
    ("open_share_enterprise", "enterprise workloads"),
    ("open_share_spend", "spend"),
)


@styled
def shares_by_lab(runs: Results, scenario: str = BASELINE) -> Figure:
    """Shares of enterprise workloads and of spend by lab; labs outside the seven largest together in grey.

    Raises:
        ExperimentError: There is no such scenario.
    """
    labs = runs.load("labs", _LAB_SHARES, scenario=check_choice("scenario", scenario, runs.scenarios))
    named = _largest(runs.load("labs", _LAB_SHARES))
    figure = Figure(figsize=(6.3, 3.7))
    panels = figure.subplots(1, 2, sharey=True)
    _lab_panel(panels[0], labs, "share_enterprise", named, runs.months)
    _lab_panel(panels[1], labs, "share_spend", named, runs.months)
    panels[0].set_title("Enterprise workloads, share by lab")
    panels[1].set_title("Spend, share by lab")
    panels[0].set_ylabel("share")
    panels[0].set_ylim(bottom=0)
    for axes, first in zip(panels, (True, False), strict=True):
        percent(axes)
        time_axis(axes, runs.months, room=first)
    legend_below(figure, panels[0], columns=4)
    of_world(figure, scenario, published=True)
    return figure


def _largest(labs: pd.DataFrame) -> list[str]:
    # Over all scenarios and in one order, so that a lab has the same colour in each of their figures.
    means = labs.groupby(["scenario", "month", "lab"])[list(_LAB_SHARES)].mean()
    sizes = means.max(axis=1).groupby("lab").max().sort_values(ascending=False, kind="stable")
    known = [name for name in sizes.index if len(facts("share_enterprise", name))]
    chosen = [*known, *(name for name in sizes.index if name not in known)][:_NAMED]
    return [name for name in labs["lab"].unique() if name in chosen]


def _lab_panel(axes: Axes, labs: pd.DataFrame, measure: str, named: list[str], months: int) -> None:
    run = run_columns(labs)
    wide = labs.pivot_table(index=["month", *run], columns="lab", values=measure)
    for colour, dash, marker, name in zip(_LAB_COLOURS, DASHES, MARKS, named, strict=False):
        line(axes, wide[name].unstack(run), colour, "", style=dash)
        dots(axes, measure, colour, months, lab=name, marker=marker)
        key(axes, colour, name, dash, marker if len(facts(measure, name)) else "")
    rest = [name for name in wide.columns if name not in named]
    if rest:
        line(axes, wide[rest].sum(axis=1).unstack(run), OTHERS, f"{len(rest)} others")


@styled
def shares_by_openness(runs: Results, scenario: str = BASELINE) -> Figure:
    """The share of open weights in tokens, users, enterprise workloads and spend: four different facts.

    Raises:
        ExperimentError: There is no such scenario.
    """
    figure = Figure(figsize=(6.3, 3.5))
    axes = figure.subplots()
    for colour, dash, marker, (measure, name) in zip(COLOURS, DASHES, MARKS, _OPENNESS, strict=False):
        line(axes, runs.wide(scenario, measure), colour, "", style=dash)
        dots(axes, measure, colour, runs.months, marker=marker)
        key(axes, colour, name, dash, marker if len(facts(measure)) else "")
    axes.set_ylim(bottom=0)
    axes.set_title("Share of open-weight models, by what is counted")
    axes.set_ylabel("share of open weights")
    percent(axes)
    time_axis(axes, runs.months)
    legend_below(figure, axes)
    of_world(figure, scenario, published=True)
    return figure
