"""What parameters do: a tornado, a map over two of them, a line over one, and the box that peeling found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

import sim
from experiments.findings.discovery import Discovery
from experiments.findings.outputs import AtPoints, at_points, scenario_of
from experiments.findings.pairs import Float
from experiments.findings.sensitivity import Sensitivity
from experiments.plots.picture import canvas, keep, scale, styled, title, unit_of
from experiments.plots.style import BAND_ALPHA, BLACK, BLUE, ORANGE, OTHERS, legend_below
from experiments.plots.worlds import about, capital, findings
from experiments.questions.settings import check_choice, check_instance, refuse, whole
from experiments.results.results import Results

_LEAST, _ROW, _MOST, _STEPS_HIGH = 0.8, 0.3, 12, 2.2
_ENDS = {"at_low": "lowest quarter", "at_high": "highest quarter"}
_SLICE = ("mean", "low", "high", "q10", "q90")
_CELLS, _BINS, _LEAST_IN_BIN = 6, 8, 3
# Points of the mark of a box.
_BOX = 7.0
_Z = 1.96
_LOW: dict[str, Any] = {"facecolor": "white", "edgecolor": BLACK, "hatch": "////"}
_HIGH: dict[str, Any] = {"facecolor": BLUE, "edgecolor": BLACK, "alpha": 0.85}


@styled
def tornado(found: Sensitivity, most: int = _MOST) -> Figure:
    """What a result is on average where each parameter is low, and where it is high: lowest and highest quarter.

    Args:
        found: As :func:`experiments.sensitivity` gives it.
        most: Parameters shown, the most important first.

    Raises:
        ExperimentError: It is no such thing.
    """
    check_instance("found", found, Sensitivity, "what ex.sensitivity returns")
    frame = found.frame.head(whole("most", most, 1, 60))
    middle = float(np.nanmean(found.data.numbers))
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(frame))
    for row, (name, values) in enumerate(frame.iterrows()):
        for place, (end, look) in enumerate((("at_low", _LOW), ("at_high", _HIGH))):
            at = row + 0.19 * (2 * place - 1)
            axes.barh(at, values[end] - middle, 0.36, left=middle, lw=0.7, **look)
            error = _Z * values[f"{end}_error"]
            if np.isfinite(error):
                axes.plot([values[end] - error, values[end] + error], [at, at], color=BLACK, lw=1.4 * scale())
            keep(axes, None, name, [_ENDS[end]], {"mean": values[end], "standard error": values[f"{end}_error"]})
    axes.axvline(middle, color=BLACK, lw=0.8)
    axes.set_yticks(range(len(frame)), [str(name) for name in frame.index], fontsize="small")
    axes.set_ylim(len(frame) - 0.5, -0.5)
    axes.set_xlabel(_named(found.data))
    unit_of(axes, found.data.output.unit)
    title(figure, "Which parameters does it depend on?", capital(found.data.what))
    number = f"{found.used} points, {found.data.seeds} seed{'s' * (found.data.seeds != 1)} each."
    bars = "Bars: mean of the points in the lowest and in the highest quarter of each parameter,"
    findings(figure, f"{bars} {number}", found.dropped)
    keys: list[Patch | Line2D] = [
        Patch(**_LOW, lw=0.7, label="lowest quarter"),
        Patch(**_HIGH, lw=0.7, label="highest quarter"),
        Line2D([], [], color=BLACK, lw=0.8, label="mean of all"),
    ]
    if frame["at_low_error"].notna().any():
        keys.append(Line2D([], [], color=BLACK, lw=1.4 * scale(), label="95% interval"))
    figure.keys |= {str(key.get_label()): key for key in keys}
    return figure


@styled
def heat_map(
    runs: Results, measure: str, across: str, up: str, *, scenario: str | None = None, against: str | None = None
) -> Figure:
    """A result, or an effect, over two parameters: mean of the points in each cell, with its number in words.

    Args:
        runs: Of a study whose design varies both.
        measure: Like ``frontier@2027-12``.
        across: The parameter along the figure.
        up: The parameter up the figure.
        scenario: Of which scenario; None for the only one, or the baseline.
        against: Of the effect, ``scenario`` minus this one.

    Raises:
        ExperimentError: Something is not there.
    """
    data = at_points(runs, measure, scenario, against)
    places = [_cells(runs, name, field) for name, field in ((across, "across"), (up, "up"))]
    if across == up:
        raise refuse("up", up, f"another parameter than {across}")
    table = np.full((len(places[1][1]), len(places[0][1])), np.nan)
    good = np.isfinite(data.numbers)
    for row, column in np.ndindex(table.shape):
        here = good & (places[0][0] == column) & (places[1][0] == row)
        table[row, column] = data.numbers[here].mean() if here.any() else np.nan
    figure, (axes,) = canvas(inches=3.4)
    signed = against is not None
    limit = float(np.nanmax(np.abs(table))) or 1.0
    span = {"vmin": -limit, "vmax": limit, "cmap": "PuOr_r"} if signed else {"cmap": "cividis"}
    drawn = axes.imshow(table, origin="lower", aspect="auto", **span)
    for row, column in np.ndindex(table.shape):
        _in_cell(axes, column, row, float(table[row, column]), drawn, signed)
        keep(
            axes,
            None,
            f"{up} {places[1][1][row]}",
            [f"{across} {places[0][1][column]}"],
            {"mean": [table[row, column]]},
        )
    for axis, (name, (_, words)) in ((axes.xaxis, (across, places[0])), (axes.yaxis, (up, places[1]))):
        axis.set_ticks(range(len(words)), words, fontsize="small")
        axis.set_label_text(_with_unit(name))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    figure.colorbar(drawn, ax=axes, label=_named(data))
    unit_of(axes, data.output.unit)
    title(figure, f"How does it depend on {across} and {up}?", capital(data.what))
    _about(figure, runs, data, scenario, against, "Cells: mean of the points in them; – where there are none.")
    return figure


@styled
def effect_against(
    runs: Results, measure: str, parameter: str, *, scenario: str | None = None, against: str | None = None
) -> Figure:
    """A result, or an effect, against one parameter: each point, and means of slices with their 95% interval.

    Args:
        runs: Of a study whose design varies it.
        measure: Like ``frontier@2027-12``.
        parameter: Along the figure.
        scenario: Of which scenario; None for the only one, or the baseline.
        against: Of the effect, ``scenario`` minus this one.

    Raises:
        ExperimentError: Something is not there.
    """
    data = at_points(runs, measure, scenario, against)
    check_choice("parameter", parameter, tuple(map(str, runs.points.columns)))
    good = np.isfinite(data.numbers)
    if not good.any():
        raise refuse("measure", measure, "one that has numbers")
    x = _codes(runs, parameter)[good]
    y = data.numbers[good]
    figure, (axes,) = canvas()
    axes.plot(x, y, "o", color=OTHERS, ms=3.0 * scale(), mew=0, alpha=0.6, label="points", gid="points")
    keep(axes, None, "points", runs.points.loc[good, parameter].tolist(), {"value": y})
    middle = _slices(x, y)
    if len(middle):
        axes.fill_between(middle["x"], middle["q10"], middle["q90"], color=BLUE, alpha=BAND_ALPHA, lw=0,
                          label="10–90% of points")  # fmt: skip
        axes.plot(middle["x"], middle["mean"], "-o", color=BLUE, ms=3.5 * scale(), label="mean of a slice")
        axes.vlines(middle["x"], middle["low"], middle["high"], color=BLACK, lw=1.2 * scale(),
                    label="95% interval of the mean")  # fmt: skip
        keep(axes, None, "slices", middle["x"].tolist(), {name: middle[name].to_numpy(float) for name in _SLICE})
    if against is not None:
        axes.axhline(0.0, color=BLACK, lw=0.8)
    choices = sim.Parameters.known()[parameter].choices
    if choices:
        shown = range(0, len(choices), -(-len(choices) // _BINS))
        axes.set_xticks(list(shown), [str(choices[place]) for place in shown])
    axes.set_xlabel(_with_unit(parameter))
    axes.set_ylabel(_named(data))
    unit_of(axes, data.output.unit)
    legend_below(figure, axes)
    title(figure, f"How does it depend on {parameter}?", capital(data.what))
    _about(figure, runs, data, scenario, against, "")
    return figure


def _about(
    figure: Figure, runs: Results, data: AtPoints, scenario: str | None, against: str | None, marks: str
) -> None:
    shown = [name for name in (scenario_of(runs, scenario, against), against) if name is not None]
    about(figure, runs, *shown, marks=marks)


@styled
def peeling(found: Discovery) -> Figure:
    """The box that peeling found: the way to it, and its limits beside the whole range of each parameter.

    Args:
        found: As :func:`experiments.discover` gives it.

    Raises:
        ExperimentError: It is no such thing.
    """
    check_instance("found", found, Discovery, "what ex.discover returns")
    limits = found.limits.sort_values("p", kind="stable").head(_MOST)
    high = max(1.0, _ROW * len(limits))
    figure, (top, below) = canvas(
        2, across=1, inches=(_STEPS_HIGH + high + 1.0) / 2.0, height_ratios=[_STEPS_HIGH, high]
    )
    steps = found.trajectory
    top.plot(100 * steps["coverage"], 100 * steps["density"], "-", color=OTHERS, lw=1.0)
    top.plot(
        100 * steps["coverage"], 100 * steps["density"], "o", color=BLUE, ms=3.5 * scale(), label="boxes on the way"
    )
    keep(
        top, None, "boxes on the way", (100 * steps["coverage"]).tolist(), {"density": 100 * steps["density"]}, unit="%"
    )
    top.plot(100 * found.coverage, 100 * found.density, "D", mfc=ORANGE, mec=BLACK, ms=_BOX * scale(),
             label="the box")  # fmt: skip
    if np.isfinite(found.held_out).all():
        place = [[100 * share] for share in found.held_out]
        top.plot(*place, "X", color=BLACK, ms=_BOX * scale(), label="on points held out")
    top.axhline(100 * found.base, color=BLACK, lw=0.8, ls="--", label="all points")
    top.set_xlim(103, -3)
    top.set_ylim(-3, 108)
    top.set_xlabel("coverage [% of cases]")
    top.set_ylabel("density [% of points]")
    _bars(below, limits)
    legend_below(figure, top)
    title(figure, "In which region of the parameters does it happen?", capital(found.what))
    findings(figure, "Above: the way of peeling to the box; below: its limits within the range of each parameter.")
    return figure


def _bars(axes: Axes, limits: pd.DataFrame) -> None:
    for row, (_, values) in enumerate(limits.iterrows()):
        span = (values["to"] - values["from"]) or 1.0
        low, high = ((values[end] - values["from"]) / span for end in ("low", "high"))
        axes.add_patch(Rectangle((0.0, row - 0.3), 1.0, 0.6, fill=False, ec=OTHERS, lw=0.8))
        axes.add_patch(Rectangle((low, row - 0.3), high - low, 0.6, fc=ORANGE, ec=BLACK, lw=0.8))
        text = f"{values['low']:.3g} to {values['high']:.3g}, p {values['p']:.2g}"
        axes.text(1.02, row, text, va="center", fontsize="small")
        keep(axes, None, str(values.name), ["low", "high"], {"limit": values[["low", "high"]].to_numpy(float)}, unit="")
    if not len(limits):
        axes.text(0.5, 0.0, "no limit: nowhere more than elsewhere", ha="center", va="center")
    axes.set_yticks(range(len(limits)), [str(name) for name in limits.index], fontsize="small")
    axes.set_ylim(max(len(limits), 1) - 0.4, -0.6)
    axes.set_xlim(0.0, 1.0)
    axes.set_xticks([0.0, 1.0], ["lowest", "highest"])
    axes.grid(visible=False)


def _codes(runs: Results, name: str) -> Float:
    column, leaf = runs.points[name], sim.Parameters.known()[name]
    words = {str(word).lower(): place for place, word in enumerate(leaf.choices or ())}
    found = column.map(lambda word: words[str(word).lower()]) if words else column
    return np.asarray(found, dtype=np.float64)


def _cells(runs: Results, name: str, field: str) -> tuple[Any, list[str]]:
    """Cell of each point along a parameter, and the names of the cells: its values, or as many slices of its range."""
    if not isinstance(name, str) or name not in runs.points.columns:
        raise refuse(field, name, "one of " + ", ".join(map(str, list(runs.points.columns)[:10])))
    values = _codes(runs, name)
    ordered = np.unique(values)
    if len(ordered) <= 2 * _CELLS:
        choices = sim.Parameters.known()[name].choices
        words = [str(choices[int(value)]) if choices else f"{value:.3g}" for value in ordered]
        return np.searchsorted(ordered, values), words
    ends = np.linspace(ordered[0], ordered[-1], _CELLS + 1)
    middle = (ends[1:] + ends[:-1]) / 2.0
    return np.clip(np.searchsorted(ends, values, side="right") - 1, 0, _CELLS - 1), [f"{m:.3g}" for m in middle]


def _in_cell(axes: Axes, x: int, y: int, value: float, drawn: Any, signed: bool) -> None:
    if not np.isfinite(value):
        axes.text(x, y, "–", ha="center", va="center", fontsize="small", color="0.35")
        return
    red, green, blue, _ = drawn.cmap(drawn.norm(value))
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    text = (f"{value:+.2g}" if signed else f"{value:.3g}").replace("-", "−")
    axes.text(x, y, text, ha="center", va="center", fontsize="small", color="white" if dark else BLACK)


def _slices(x: Float, y: Float) -> pd.DataFrame:
    """Mean, its 95% interval and 10 to 90% of the points in slices of as many points each; of few values, of each."""
    ordered = np.unique(x)
    if len(ordered) <= _BINS:
        place = np.searchsorted(ordered, x)
    else:
        number = max(1, min(_BINS, len(x) // _LEAST_IN_BIN))
        place = np.argsort(np.argsort(x, kind="stable"), kind="stable") * number // len(x)
    rows = []
    for one in np.unique(place):
        some = y[place == one]
        half = _Z * some.std(ddof=1) / np.sqrt(len(some)) if len(some) > 1 else np.nan
        low, high = np.quantile(some, [0.1, 0.9])
        rows.append((x[place == one].mean(), some.mean(), some.mean() - half, some.mean() + half, low, high))
    return pd.DataFrame(rows, columns=["x", "mean", "low", "high", "q10", "q90"])


def _named(data: AtPoints) -> str:
    unit = data.output.unit
    return f"{data.output.name} [{unit}]" if unit not in ("1", "") else data.output.name


def _with_unit(name: str) -> str:
    unit = sim.Parameters.known()[name].unit
    return f"{name} [{unit}]" if unit not in ("1", "") else name
