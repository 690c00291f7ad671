"""Who moves where: researchers between regions, and between open and closed labs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.plots.series import line
from experiments.plots.style import legend_below, looks, nothing, of_world, styled, time_axis
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, run_columns

OPEN_WEIGHTS = 2.0
_OPEN, _CLOSED, _STARTUPS, _ELSEWHERE = "open labs", "closed labs", "start-ups", "elsewhere"


@styled
def talent_between_regions(runs: Results, scenario: str = BASELINE) -> Figure:
    """Researchers who move between regions in a year, and each region's net gain.

    Raises:
        ExperimentError: There is no such scenario.
    """
    flows = _flows(runs, scenario, "region")
    flows = flows[flows["origin"] != flows["destination"]]
    regions = sorted(set(flows["origin"]) | set(flows["destination"]))
    return _talent_figure(runs.select(scenario=scenario), flows, regions, "region", scenario)


@styled
def talent_between_open_and_closed(runs: Results, scenario: str = BASELINE) -> Figure:
    """Researchers who move between labs that release weights, labs that do not, start-ups and elsewhere.

    A lab counts as open in a year if its openness was at least open weights in the year's last month.

    Raises:
        ExperimentError: There is no such scenario.
    """
    flows = _flows(runs, scenario, "employer")
    labs = runs.load("labs", "openness", scenario=scenario)
    run = run_columns(labs)
    kinds = labs.assign(kind=np.where(labs["openness"] >= OPEN_WEIGHTS, _OPEN, _CLOSED))
    kinds = kinds[[*run, "month", "lab", "kind"]]
    for side in ("origin", "destination"):
        named = kinds.rename(columns={"lab": side, "kind": f"{side}_kind"})
        flows = flows.merge(named, on=[*run, "month", side], how="left")
        other = flows[side].str.startswith("startups").map({True: _STARTUPS, False: _ELSEWHERE})
        flows[side] = flows.pop(f"{side}_kind").fillna(other)
    seen = set(flows["origin"]) | set(flows["destination"])
    groups = [name for name in (_OPEN, _CLOSED, _STARTUPS, _ELSEWHERE) if name in seen]
    return _talent_figure(runs.select(scenario=scenario), flows, groups, "kind of employer", scenario)


def _flows(runs: Results, scenario: str, level: str) -> pd.DataFrame:
    flows = runs.load("flows", scenario=check_choice("scenario", scenario, runs.scenarios))
    return flows[flows["level"] == level]


def _talent_figure(runs: Results, flows: pd.DataFrame, groups: list[str], what: str, scenario: str) -> Figure:
    if flows.empty:
        return nothing(f"No researcher moved, by {what}.")
    figure = Figure(figsize=(6.3, 3.4))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _matrix(left, flows, groups, len(runs.runs), runs.months)
    left.set_title("Moves, row to column")
    _net(right, flows, groups, runs)
    right.set_title(f"Net gain by {what}")
    right.set_ylabel("researchers [FTE/year]")
    legend_below(figure, right)
    of_world(figure, scenario)
    return figure


def _matrix(axes: Axes, flows: pd.DataFrame, groups: list[str], runs: int, months: int) -> None:
    total = flows.pivot_table(index="origin", columns="destination", values="researchers", aggfunc="sum")
    values = total.reindex(index=groups, columns=groups).fillna(0.0).to_numpy() / max(runs, 1) * 12.0 / months
    axes.grid(visible=False)
    axes.imshow(values, cmap="Blues", vmin=0.0, vmax=max(float(values.max()), 1e-9), aspect="equal")
    for (row, column), value in np.ndenumerate(values):
        tone = "white" if value > 0.55 * values.max() else "black"
        text = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
        axes.text(column, row, text, ha="center", va="center", color=tone, fontsize=8)
    names = [name.replace(" ", "\n").replace("-", "-\n") for name in groups]
    axes.set_xticks(range(len(groups)), names, fontsize=7)
    axes.set_yticks(range(len(groups)), names, fontsize=7)
    length = f"{months / 12.0:g} years" if months >= 24 and months % 12 == 0 else f"{months} months"
    axes.set_xlabel(f"to [FTE/year, mean of {length}]")
    axes.set_ylabel("from")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    axes.set_anchor("N")


def _net(axes: Axes, flows: pd.DataFrame, groups: list[str], runs: Results) -> None:
    months = sorted(flows["month"].unique())
    run = run_columns(flows)
    each = pd.DataFrame({"month": months}).merge(runs.runs[run], how="cross")
    index = pd.MultiIndex.from_frame(each)
    length = np.diff([0, *months])
    for (colour, dash), group in zip(looks(len(groups)), groups, strict=True):
        moved = {
            side: flows[flows[side] == group].groupby(["month", *run])["researchers"].sum()
            for side in ("origin", "destination")
        }
        net = moved["destination"].reindex(index, fill_value=0.0) - moved["origin"].reindex(index, fill_value=0.0)
        wide = net.unstack(run).mul(12.0 / length, axis=0)
        # A year's sum stands in the middle of the months that it covers.
        wide.index = np.asarray(months) - (length - 1) / 2.0
        line(axes, wide[length >= 6], colour, group, style=dash)
    axes.axhline(0.0, color="black", lw=0.8)
    time_axis(axes, runs.months)
