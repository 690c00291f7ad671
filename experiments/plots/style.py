"""One look for every figure: colours, dashes and marks, dates, units, and the shade over the projection."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import ArrayLike, NDArray

import sim
from experiments.plots.picture import SIZES, WIDE, Picture, nothing, save, scale, styled

__all__ = ["nothing", "save", "styled"]

Float = NDArray[np.float64]
Dash = str | tuple[float, tuple[float, ...]]

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
# Told apart without colour as well; what comes after them is made, so that there is no last one.
_DASHES: tuple[Dash, ...] = ("-", "--", ":", "-.")
# For lines of labs and of kinds, whose colours stay the same from figure to figure; "^" is for lower bounds.
DASHES: tuple[Dash, ...] = (*_DASHES, (0.0, (6.0, 1.5, 1.0, 1.5, 1.0, 1.5)), (0.0, (2.5, 1.2)), (0.0, (8.0, 3.0)))
MARKS = ("o", "s", "D", "v", "P", "X", "p")
OTHERS = "#8C8C8C"
SHADE = "#F0F0F0"
BAND_ALPHA = 0.18
# Inches of a date, and how much of a column is its panel.
_LABEL_INCHES, _PANEL = 0.42, 0.78
_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


def looks(number: int) -> list[tuple[str, Dash]]:
    """So many lines' colours and dashes, no two the same."""
    found = []
    for place in range(number):
        colours, dashes = len(COLOURS), len(_DASHES)
        turn, row = divmod(place // colours, dashes)
        dash = _DASHES[(place + row) % dashes]
        if turn:  # strokes and dots in a number of its own
            dash = (0.0, (4.0, 1.5, *(1.0, 1.5) * (dashes * (turn - 1) + (place + row) % dashes + 2)))
        found.append((COLOURS[place % colours], dash))
    return found


def year(month: ArrayLike) -> Float:
    """Months since 2022-11 as decimal years; 2023-01 is 2023.0."""
    start = sim.calendar.month_of("2023-01")
    return 2023.0 + (np.asarray(month, dtype=float) - start) / 12.0


def time_axis(axes: Axes, months: int, *, room: bool = True) -> None:
    """Years below, and what lies after the data shaded as a projection. Call after drawing.

    Args:
        axes: Where.
        months: The last month of the run.
        room: Make room above the data for the word; once for panels that share an axis.
    """
    first, last = float(year(-0.5)), float(year(months))
    edge = float(year(sim.calendar.LAST_HISTORICAL_MONTH + 0.5))
    axes.set_xlim(first, last)
    axes.xaxis.set_major_locator(MultipleLocator(_step(axes, last - first)))
    axes.xaxis.set_major_formatter(FuncFormatter(_date))
    if last <= edge:
        return
    axes.axvspan(edge, last, color=SHADE, zorder=0, lw=0, gid="projection")
    if (last - edge) / (last - first) > 0.12:
        if room:
            headroom(axes, 0.1)
        axes.text(last, 0.99, "projection ", transform=axes.get_xaxis_transform(), ha="right", va="top",
                  fontsize="small", color="0.35")  # fmt: skip


def _step(axes: Axes, years: float) -> float:
    """Years between two labels, so that those of a panel have room."""
    place = axes.get_subplotspec()
    figure = axes.get_figure()
    columns = 1 if place is None else place.get_gridspec().ncols
    width = _PANEL * (figure.get_figwidth() if isinstance(figure, Figure) else SIZES[WIDE].width) / columns
    most = max(2.0, width / (_LABEL_INCHES * scale()))
    steps = _STEPS if years <= 2.5 else _STEPS[1:]
    return next((step for step in steps if years / step <= most), steps[-1])


def headroom(axes: Axes, share: float) -> None:
    """Leave room for words above the data."""
    low, high = axes.get_ylim()
    if axes.get_yscale() == "log":
        axes.set_ylim(low, high * (high / low) ** share)
    else:
        axes.set_ylim(low, high + share * (high - low))


def percent(axes: Axes) -> None:
    """Show shares as per cent."""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))


def points(axes: Axes, *, across: bool = False) -> None:
    """Show differences of shares as percentage points, up the figure or across it."""
    axis = axes.xaxis if across else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}".replace("-", "−")))


def dollars(axes: Axes) -> None:
    """Show a log axis of prices as plain numbers."""
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _date(value: float, _: int | None = None) -> str:
    whole = round(value * 12) / 12
    return f"{whole:.0f}" if abs(whole - round(whole)) < 1e-6 else f"{int(whole)}-{round(whole % 1 * 12) + 1:02d}"


def legend_below(figure: Figure, *panels: Axes) -> None:
    """One key for some panels under the picture, where it hides nothing; as many columns as there is room for."""
    picture = Picture.of(figure)
    for axes in panels:
        found = {end.name: end.key for end in picture.ends.get(axes, [])}
        handles, names = axes.get_legend_handles_labels()
        found |= {name: handle for name, handle in zip(names, handles, strict=True) if name not in found}
        picture.keys |= {name: handle for name, handle in found.items() if name not in picture.keys}


def names_at_ends(figure: Figure, *panels: Axes) -> None:
    """Name the lines of some panels where they end; in the key instead if they are too many for that."""
    picture = Picture.of(figure)
    picture.direct = (*picture.direct, *panels)
