"""What a figure is beside its panels: its size, title and caption, the numbers drawn, and the files it is saved as."""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.plots.grey import in_grey
from experiments.plots.placing import End, Size, arrange
from experiments.questions.settings import check_choice, check_flag, check_instance, check_name, check_names, check_path
from experiments.results.files import cannot_write
from experiments.results.results import check_results

Draw = Callable[..., Figure]
# Without these the files would differ from one save to the next.
_METADATA: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {"Software": None}}
# Under which each format keeps the title and the caption.
_TOLD = {"pdf": ("Title", "Subject"), "svg": ("Title", "Description"), "png": ("Title", "Description")}
PICTURES = tuple(_METADATA)
# Settings of the style that grow with the size.
_SCALED = (
    *("font.size", "axes.titlesize", "axes.labelsize", "legend.fontsize", "xtick.labelsize", "ytick.labelsize"),
    *("lines.linewidth", "lines.markersize", "axes.linewidth", "grid.linewidth", "hatch.linewidth"),
    *("xtick.major.size", "ytick.major.size", "xtick.major.width", "ytick.major.width", "axes.titlepad"),
)
COLUMNS = ("panel", "series", "at", "statistic", "value", "unit", "source")
# Inches of the margins of a figure without panels that says why there is nothing, and letters a line in it.
_NOTHING, _LETTERS = (6.3, 2.4), 70


COLUMN, WIDE, SLIDE = "column", "wide", "slide"
# One column of a two-column page, a page's width, a 16:9 slide.
SIZES = {COLUMN: Size(3.5, 6.5, 1, 1.8), WIDE: Size(7.0, 8.5, 3, 2.5), SLIDE: Size(13.33, 14.0, 3, 5.0, 7.5)}
_NOW: ContextVar[str] = ContextVar("size", default=WIDE)


class Picture(Figure):
    """A figure that knows what it says and shows itself in a notebook without further words.

    Attributes:
        question: The title.
        world: The line below it: of which scenario.
        caption: Which runs, what lines, bands and marks are, who published what, which version.
        data: The numbers drawn, one a row: panel, series, ``at`` (a date, a name or the value of a parameter),
            statistic, value, unit and, of published ones, source.
        size: Of :data:`SIZES`.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._begin()

    def _begin(self) -> None:
        self.question, self.world, self.caption, self.size = "", "", "", _NOW.get()
        self.rows: list[tuple[Axes | None, pd.DataFrame]] = []
        self.of_axes: dict[Axes, str] = {}  # units
        self.keys: dict[str, Any] = {}  # of the legend
        self.ends: dict[Axes, list[End]] = {}  # of lines
        self.direct: tuple[Axes, ...] = ()  # panels whose lines are to be named where they end

    @classmethod
    def of(cls, figure: Figure) -> Picture:
        """A figure of matplotlib's own, in place, as one of these."""
        if not isinstance(figure, cls):
            figure.__class__ = cls
            figure._begin()  # type: ignore[attr-defined]
        return figure  # type: ignore[return-value]

    @property
    def heading(self) -> str:
        """Title and world in one line; no two worlds have the same."""
        return f"{self.question} {self.world}".strip()

    @property
    def data(self) -> pd.DataFrame:
        """The numbers drawn."""
        parts = []
        for axes, frame in self.rows:
            panel = "" if axes is None else axes.get_title(loc="left").replace("\n", " ")
            unit = "" if axes is None else self.of_axes.get(axes, "")
            parts.append(frame.assign(**{"panel": panel} | ({} if "unit" in frame else {"unit": unit})))
        empty = [pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})]
        whole = [frame.assign(**{name: "" for name in COLUMNS if name not in frame}) for frame in parts]
        return pd.concat(whole or empty, ignore_index=True)[list(COLUMNS)]

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        with style(self.size):
            self.savefig(file, format="png", metadata=_METADATA["png"])
        return file.getvalue()


def styled(draw: Draw) -> Draw:
    """Decorate a function that makes a figure: in the project's style, of results that are some, complete at the end.

    It then takes ``size``, one of :data:`SIZES`, and ``grey`` as well.
    """
    signature = inspect.signature(draw)
    of_results = next(iter(signature.parameters), "") == "runs"

    @functools.wraps(draw)
    def inside(*args: Any, size: str = WIDE, grey: bool = False, **more: Any) -> Figure:
        check_choice("size", size, tuple(SIZES))
        check_flag("grey", grey)
        if of_results:
            check_results(args[0] if args else more.get("runs"))
        with style(size):
            figure = draw(*args, **more)
            if isinstance(figure, Figure):
                picture = Picture.of(figure)
                arrange(picture, SIZES[size])
                if grey:
                    in_grey(picture)
        return figure

    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for name, default, kind in (("size", WIDE, "str"), ("grey", False, "bool"))]  # fmt: skip
    inside.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]
    return inside


@contextmanager
def style(size: str) -> Iterator[None]:
    """The project's look at a size, and matplotlib's own settings afterwards."""
    path, of = resources.files("experiments.plots").joinpath("weightshift.mplstyle"), SIZES[size]
    scale = of.font / SIZES[WIDE].font
    token = _NOW.set(size)
    try:
        with resources.as_file(path) as file, matplotlib.style.context(file, after_reset=True):
            settings: Any = matplotlib.rcParams
            for name in _SCALED:
                settings[name] *= scale
            yield
    finally:
        _NOW.reset(token)


def scale() -> float:
    """Letters and lines of the size that is drawn now, over those of a page's width."""
    return SIZES[_NOW.get()].font / SIZES[WIDE].font


def letters(number: int) -> int:
    """So many letters at a page's width as letters of the size that is drawn now, in the same share of the width."""
    return int(number * SIZES[_NOW.get()].width / SIZES[WIDE].width / scale())


def canvas(
    panels: int = 1, *, across: int | None = None, inches: float | None = None, **more: Any
) -> tuple[Picture, list[Axes]]:
    """A figure and its panels, as many side by side as the size has room for.

    Args:
        panels: How many.
        across: Side by side, at most; None for all of them.
        inches: Height of a panel at a page's width; None for the usual.
        **more: What else ``Figure.subplots`` takes.
    """
    of = SIZES[_NOW.get()]
    columns = min(panels, across or panels, of.across)
    if "width_ratios" in more and columns < panels:
        del more["width_ratios"]
    rows = -(-panels // columns)
    high = rows * (of.panel if inches is None else inches * (scale() if of.height is None else 1.0))
    picture = Picture(figsize=(of.width, of.height or high))
    grid = picture.subplots(rows, columns, squeeze=False, **more).ravel().tolist()
    for axes in grid[panels:]:
        axes.set_axis_off()
    return picture, grid[:panels]


def title(figure: Figure, question: str, world: str) -> None:
    """Say above all panels what is asked, and of which world."""
    picture = Picture.of(figure)
    picture.question, picture.world = question, world


def caption(figure: Figure, *sentences: str) -> None:
    """Add sentences to what stands below a figure."""
    picture = Picture.of(figure)
    picture.caption = " ".join([*filter(None, [picture.caption]), *filter(None, sentences)])


def named(axes: Axes, words: str, label: str, unit: str = "", *, shown: str | None = None) -> None:
    """Title and vertical label of a panel, and the unit of its numbers.

    Args:
        axes: The panel.
        words: Its title.
        label: What is up it.
        unit: Of the numbers drawn, as tables have it.
        shown: Unit at the axis, where numbers are shown in another one; None for the same.
    """
    axes.set_title(words)
    at_axis = unit if shown is None else shown
    axes.set_ylabel(f"{label} [{at_axis}]" if at_axis not in ("", "1") else label)
    unit_of(axes, unit)


def unit_of(axes: Axes, unit: str) -> None:
    """Note the unit of the numbers of a panel."""
    figure = axes.get_figure()
    if isinstance(figure, Picture):
        figure.of_axes[axes] = unit


def keep(
    axes: Axes | None, figure: Figure | None, series: Any, at: Any, values: Mapping[str, Any], **more: Any
) -> None:
    """Note numbers that are drawn, for the table beside the figure.

    Args:
        axes: The panel; None for the whole figure.
        figure: If there is no panel.
        series: Name of the line, bar or row, or one a number.
        at: Where each number stands.
        values: Statistic → numbers, as many as places.
        **more: ``unit`` or ``source`` of them.
    """
    picture = figure if axes is None else axes.get_figure()
    if not isinstance(picture, Picture):
        return
    places = np.atleast_1d(np.asarray(at, dtype=object))
    for statistic, numbers in values.items():
        found = np.broadcast_to(np.asarray(numbers, dtype=float), places.shape)
        frame = pd.DataFrame({"series": series, "at": places, "statistic": statistic, "value": found, **more})
        picture.rows.append((axes, frame[np.isfinite(found)]))


def nothing(text: str) -> Figure:
    """A figure that only says why there is nothing to be seen."""
    figure = Picture(figsize=_NOTHING)
    figure.text(0.5, 0.5, textwrap.fill(text, _LETTERS), ha="center", va="center", color="0.35", parse_math=False)
    figure.set_layout_engine("none")
    return figure


def save(
    figure: Figure,
    folder: str | Path,
    name: str,
    formats: Iterable[str] = PICTURES,
    *,
    beside: bool = True,
    dpi: float | None = None,
) -> list[Path]:
    """Write a figure as PDF, SVG and PNG, the same bytes every time; returns the paths.

    Of one of ours the numbers drawn are written beside it as ``.csv``, and title and caption as ``.txt`` and into the
    pictures.

    Args:
        figure: Which.
        folder: Where to.
        name: Of the files, without ending.
        formats: Which of ``pdf``, ``svg`` and ``png``.
        beside: Whether numbers and words are written beside it.
        dpi: Of the PNG; None for the usual.

    Raises:
        ExperimentError: It is no figure, the folder cannot be written, or the name is none.
    """
    check_instance("figure", figure, Figure, "a matplotlib Figure")
    target, name = check_path("folder", folder), check_name("name", name)
    ours = figure if isinstance(figure, Picture) and figure.question else None
    check_flag("beside", beside)
    chosen = check_names("formats", formats, PICTURES)
    paths = {kind: target / f"{name}.{kind}" for kind in chosen}
    engine = figure.get_layout_engine()
    try:
        target.mkdir(parents=True, exist_ok=True)
        with style(WIDE if ours is None else ours.size):
            if engine is not None:  # found once for all formats, since it takes as long as drawing
                if ours is None or figure.stale:
                    figure.draw_without_rendering()
                figure.set_layout_engine("none")
            for kind, path in paths.items():
                fine = dpi or matplotlib.rcParams["savefig.dpi"]
                figure.savefig(path, format=kind, dpi=fine, metadata=_METADATA[kind] | _told(ours, kind))
        if ours is None or not beside:
            return list(paths.values())
        table, words = target / f"{name}.csv", target / f"{name}.txt"
        ours.data.to_csv(table, index=False, lineterminator="\n", float_format="%.10g", encoding="utf-8")
        words.write_text(f"{ours.question}\n{ours.world}\n\n{ours.caption}\n", "utf-8", newline="\n")
    except OSError as error:
        raise cannot_write(target, error, "folder") from None
    finally:
        figure.set_layout_engine(engine)
    return [*paths.values(), table, words]


def _told(picture: Picture | None, kind: str) -> dict[str, str]:
    return {} if picture is None else dict(zip(_TOLD[kind], (picture.heading, picture.caption), strict=True))
