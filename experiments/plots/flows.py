"""Who moves where: researchers between regions, and between open and closed labs; as matrices and as streams."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.plots.picture import canvas, keep, named, nothing, styled, title, unit_of
from experiments.plots.series import line
from experiments.plots.style import BLACK, BLUE, COLOURS, looks, names_at_ends, time_axis
from experiments.plots.worlds import about, region, world
from experiments.questions.measures import FLOWS, LABS
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, run_columns
from sim.agents.lab import WEIGHTS

BY_REGION, BY_OPENNESS = "region", "openness"
_OPEN, _CLOSED, _STARTUPS, _ELSEWHERE = "open labs", "closed labs", "startups", "elsewhere"
_MEAN = {
    BY_REGION: "Mean of runs.",
    BY_OPENNESS: "Mean of runs; a lab counts as open in years at whose end its best model has open weights.",
}
_RESEARCHERS = "FTE/year"
# A sum of fewer months says little of a year.
_LEAST_MONTHS, _YEAR = 6, 12.0
# White letters on cells above this share of the darkest.
_DARK = 0.55
# Streams: width of the bars at both ends, gap between them, and where words stand.
_BAR, _GAP, _ASIDE, _BEND = 0.05, 0.03, 0.03, 0.45


@styled
def talent_between_regions(runs: Results, scenario: str = BASELINE) -> Figure:
    """Researchers who move between regions in a year, and each region's net gain.

    Raises:
        ExperimentError: There is no such scenario.
    """
    flows, groups = _moves(runs, scenario, BY_REGION)
    return _matrix_and_net(runs, flows, groups, BY_REGION, scenario)


@styled
def talent_between_open_and_closed(runs: Results, scenario: str = BASELINE) -> Figure:
    """Researchers who move between labs that release weights, labs that do not, startups and elsewhere.

    A lab counts as open in a year if its openness was at least open weights in the year's last month.

    Raises:
        ExperimentError: There is no such scenario.
    """
    flows, groups = _moves(runs, scenario, BY_OPENNESS)
    return _matrix_and_net(runs, flows, groups, BY_OPENNESS, scenario)


@styled
def talent_alluvial(runs: Results, scenario: str = BASELINE, by: str = BY_OPENNESS) -> Figure:
    """Researchers who change employer, as streams from where they were to where they went, mean of a year.

    Args:
        runs: The runs.
        scenario: Which.
        by: ``region``, or ``openness`` of the employer.

    Raises:
        ExperimentError: There is no such scenario or grouping.
    """
    check_choice("by", by, (BY_REGION, BY_OPENNESS))
    flows, groups = _moves(runs, scenario, by)
    if flows.empty:
        return nothing(f"No researcher moved, by {_words(by)}.")
    values = _yearly(flows, groups, len(runs.select(scenario=scenario).runs), runs.months)
    figure, (axes,) = canvas(inches=3.2)
    _streams(axes, values, groups)
    unit_of(axes, _RESEARCHERS)
    title(figure, f"Where do researchers go, by {_words(by)}?", world(runs, scenario))
    about(figure, runs, scenario, marks=f"Width: researchers a year [FTE], from the left to the right. {_MEAN[by]}")
    return figure


def _words(by: str) -> str:
    return "region" if by == BY_REGION else "kind of employer"


def _moves(runs: Results, scenario: str, by: str) -> tuple[pd.DataFrame, list[str]]:
    """Flows between groups, and the groups in their order."""
    flows = runs.load(FLOWS, scenario=check_choice("scenario", scenario, runs.scenarios))
    if by == BY_REGION:
        flows = flows[(flows["level"] == "region") & (flows["origin"] != flows["destination"])]
        flows = flows.assign(**{side: flows[side].map(region) for side in ("origin", "destination")})
        return flows, sorted(set(flows["origin"]) | set(flows["destination"]))
    flows = flows[flows["level"] == "employer"]
    labs = runs.load(LABS, "openness", scenario=scenario)
    run = run_columns(labs)
    kinds = labs.assign(kind=np.where(labs["openness"] >= WEIGHTS, _OPEN, _CLOSED))
    kinds = kinds[[*run, "month", "lab", "kind"]]
    for side in ("origin", "destination"):
        known = kinds.rename(columns={"lab": side, "kind": f"{side}_kind"})
        flows = flows.merge(known, on=[*run, "month", side], how="left")
        other = flows[side].str.startswith("startups").map({True: _STARTUPS, False: _ELSEWHERE})
        flows[side] = flows.pop(f"{side}_kind").fillna(other)
    seen = set(flows["origin"]) | set(flows["destination"])
    return flows, [name for name in (_OPEN, _CLOSED, _STARTUPS, _ELSEWHERE) if name in seen]


def _yearly(flows: pd.DataFrame, groups: list[str], runs: int, months: int) -> np.ndarray[Any, Any]:
    """Researchers a year, mean over runs, shape (origins, destinations)."""
    total = flows.pivot_table(index="origin", columns="destination", values="researchers", aggfunc="sum")
    found = total.reindex(index=groups, columns=groups).fillna(0.0).to_numpy(float)
    return found / max(runs, 1) * _YEAR / months


def _matrix_and_net(runs: Results, flows: pd.DataFrame, groups: list[str], by: str, scenario: str) -> Figure:
    if flows.empty:
        return nothing(f"No researcher moved, by {_words(by)}.")
    figure, (left, right) = canvas(2, inches=2.7, width_ratios=(1.0, 1.25))
    _matrix(left, _yearly(flows, groups, len(runs.select(scenario=scenario).runs), runs.months), groups)
    _net(right, flows, groups, runs.select(scenario=scenario))
    named(right, "Net gain", "researchers", _RESEARCHERS)
    names_at_ends(figure, right)
    title(figure, f"Who moves where, by {_words(by)}?", world(runs, scenario))
    span = f"{runs.months / _YEAR:.3g} years" if runs.months >= 2 * _YEAR else f"{runs.months} months"
    marks = f"Cells: from the row to the column, mean of {span}. {_MEAN[by]} Bands: 10–90%."
    about(figure, runs, scenario, marks=marks)
    return figure


def _matrix(axes: Axes, values: np.ndarray[Any, Any], groups: list[str]) -> None:
    axes.grid(visible=False)
    axes.imshow(values, cmap="Blues", vmin=0.0, vmax=max(float(values.max()), 1e-9), aspect="equal")
    for (row, column), value in np.ndenumerate(values):
        tone = "white" if value > _DARK * values.max() else BLACK
        text = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
        axes.text(column, row, text, ha="center", va="center", color=tone)
        keep(axes, None, groups[row], [groups[column]], {"mean": [value]})
    words = [name.replace(" and rest of the world", "\nand rest\nof the world").replace("open labs", "open\nlabs")
             .replace("closed labs", "closed\nlabs").replace("United ", "United\n") for name in groups]  # fmt: skip
    axes.set_xticks(range(len(groups)), words, fontsize="small")
    axes.set_yticks(range(len(groups)), words, fontsize="small")
    axes.set_title(f"From row to column [{_RESEARCHERS}]")
    unit_of(axes, _RESEARCHERS)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)


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
        wide = net.unstack(run).mul(_YEAR / length, axis=0)
        # A year's sum stands in the middle of the months that it covers.
        wide.index = np.asarray(months) - (length - 1) / 2.0
        line(axes, wide[length >= _LEAST_MONTHS], colour, group, style=dash)
    axes.axhline(0.0, color=BLACK, lw=0.8)
    time_axis(axes, runs.months)


def _streams(axes: Axes, values: np.ndarray[Any, Any], groups: list[str]) -> None:
    """Origins at the left, destinations at the right, a stream for each pair as wide as the flow."""
    axes.set_axis_off()
    total = float(values.sum())
    tops = [_stack(values.sum(axis=1) / total), _stack(values.sum(axis=0) / total)]
    starts, ends = [list(tops[0]), list(tops[1])]
    for row, column in np.ndindex(values.shape):
        width = float(values[row, column]) / total
        if width > 0.0:
            _stream(axes, starts[row], ends[column], width, row)
            starts[row] -= width
            ends[column] -= width
            keep(axes, None, groups[row], [groups[column]], {"mean": [float(values[row, column])]})
    for side, (sums, of) in enumerate(zip((values.sum(axis=1), values.sum(axis=0)), tops, strict=True)):
        for place, (name, size, top) in enumerate(zip(groups, sums, of, strict=True)):
            high = float(size) / total
            axes.add_patch(Rectangle((side - _BAR * side, top - high), _BAR, high, color=_tone(place), lw=0))
            text = f"{name}  {size:,.0f}" if side == 0 else f"{size:,.0f}  {name}"
            axes.text(side + _ASIDE * (2 * side - 1), top - high / 2.0, _two_lines(text), va="center",
                      ha="right" if side == 0 else "left", fontsize="medium")  # fmt: skip
    axes.set_xlim(-0.42, 1.42)
    axes.set_ylim(-_GAP * len(groups), 1.1)
    axes.text(0.0, 1.04, "from", ha="left", va="bottom")
    axes.text(1.0, 1.04, "to", ha="right", va="bottom")


def _stack(shares: np.ndarray[Any, Any]) -> list[float]:
    """Upper ends of bars below each other, with a gap between them."""
    return [1.0 - float(shares[:place].sum()) - _GAP * place for place in range(len(shares))]


def _stream(axes: Axes, left: float, right: float, width: float, row: int) -> None:
    x0, x1 = _BAR, 1.0 - _BAR
    bend = (x0 + _BEND, x1 - _BEND)
    above = [(x0, left), (bend[0], left), (bend[1], right), (x1, right)]
    points = [*above, *((x, y - width) for x, y in above[::-1]), above[0]]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=_tone(row), alpha=0.45, lw=0.3, edgecolor="white"))


def _tone(place: int) -> str:
    return (BLUE, *COLOURS[1:])[place % len(COLOURS)]


def _two_lines(text: str) -> str:
    return text.replace("Europe and rest of the world", "Europe and rest\nof the world")
