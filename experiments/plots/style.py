"""One style for every figure: colours, dates, the shade over the projection, and saving."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import ParamSpec

import matplotlib.style
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import ArrayLike, NDArray

import sim
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_instance, check_name, check_names, check_path
from experiments.results.files import cannot_write
from experiments.results.results import Results, check_results

Float = NDArray[np.float64]
Given = ParamSpec("Given")
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
# Words of the legend that are not scenarios.
RESERVED = ("published", "published list prices", "published, at least")
_LABEL_INCHES = 0.42
_ROWS, _ROW_INCHES = 2, 0.18
_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
# Without these the files would differ from one save to the next.
_METADATA = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}}


def styled(draw: Callable[Given, Figure]) -> Callable[Given, Figure]:
    """Decorate a function that makes a figure so that it is made in the project's style, of results that are some."""
    of_results = next(iter(inspect.signature(draw).parameters), "") == "runs"

    @functools.wraps(draw)
    def inside(*args: Given.args, **kwargs: Given.kwargs) -> Figure:
        if of_results:
            check_results(args[0] if args else kwargs.get("runs"))
        with _style():
            figure = draw(*args, **kwargs)
        if type(figure) is Figure:
            figure.__class__ = Picture  # which shows itself and is the same otherwise
        return figure

    return inside


class Picture(Figure):
    """A figure that a notebook shows without further words: matplotlib's own does so under a magic command alone."""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        with _style():
            self.savefig(file, format="png", metadata=_METADATA["png"])
        return file.getvalue()


def _style() -> matplotlib.typing.ContextManager:  # type: ignore[name-defined]
    path = resources.files("experiments.plots").joinpath("weightshift.mplstyle")
    with resources.as_file(path) as file:
        return matplotlib.style.context(file, after_reset=True)


def nothing(text: str) -> Figure:
    """A figure that only says why there is nothing to be seen."""
    figure = Figure(figsize=(6.3, 3.4))
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=9.5, color="0.35", parse_math=False)
    return figure


def save(figure: Figure, folder: str | Path, name: str) -> list[Path]:
    """Write a figure as PDF, SVG and PNG, the same bytes every time; returns the paths.

    Raises:
        ExperimentError: It is no figure, the folder cannot be written, or the name is none.
    """
    check_instance("figure", figure, Figure, "a matplotlib Figure")
    target, name = check_path("folder", folder), check_name("name", name)
    paths = {kind: target / f"{name}.{kind}" for kind in _METADATA}
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _style():
            for kind, path in paths.items():
                figure.savefig(path, format=kind, metadata=_METADATA[kind])
    except OSError as error:
        raise cannot_write(target, error, "folder") from None
    return list(paths.values())


def worlds(runs: Results, scenarios: str | Iterable[str] | None) -> tuple[str, ...]:
    """The scenarios to show, each once; all if None.

    Raises:
        ExperimentError: The results do not hold one of them.
    """
    return runs.scenarios if scenarios is None else check_names("scenarios", scenarios, runs.scenarios)


def of_world(figure: Figure, scenario: str, *, published: bool = False) -> None:
    """Say above a figure of one scenario which it is, and of which world the published numbers on it are."""
    marks = "; marks are published numbers" if published else ""
    history = " of history" if published and scenario != BASELINE else ""
    headline(figure, f"Scenario: “{label(scenario)}”{marks}{history}")


def headline(figure: Figure, text: str) -> None:
    """A line above all panels."""
    figure.suptitle(text, fontsize=9.5, x=0.01, ha="left")


def label(scenario: str) -> str:
    """A scenario's name as words."""
    return scenario.replace("_", " ")


def labels(scenarios: Sequence[str]) -> dict[str, str]:
    """A label of its own for each scenario: its name as words, or as it is where words would be taken twice."""
    words = [label(name) for name in scenarios]
    found = {name: label(name) if words.count(label(name)) == 1 else name for name in scenarios}
    return {name: f"“{name}”" if text in RESERVED else text for name, text in found.items()}


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
                  fontsize=7.5, color="0.35", style="italic")  # fmt: skip


def _step(axes: Axes, years: float) -> float:
    """Years between two labels, so that those of a panel have room."""
    place = axes.get_subplotspec()
    figure = axes.get_figure()
    columns = 1 if place is None else place.get_gridspec().ncols
    width = 0.85 * (figure.get_figwidth() if isinstance(figure, Figure) else 6.3) / columns
    most = max(2.0, width / _LABEL_INCHES)
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


def legend_below(figure: Figure, *panels: Axes, columns: int = 4) -> None:
    """One legend for some panels under the picture, where it hides nothing."""
    unique: dict[str, Artist] = {}
    for axes in panels:
        handles, names = axes.get_legend_handles_labels()
        unique |= {name: handle for name, handle in zip(names, handles, strict=True) if name not in unique}
    rows = -(-len(unique) // columns)
    if rows > _ROWS:  # panels keep their height
        figure.set_figheight(figure.get_figheight() + _ROW_INCHES * (rows - _ROWS))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=columns)
