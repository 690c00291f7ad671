"""Where the words of a figure stand: title above, caption below, a key over it, and names where lines end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text

# A figure of experiments.plots.picture, which imports this file.
Picture = Any
# Inches between words and the edge, and between blocks of words.
_MARGIN = 0.06
# The title's letters over ordinary ones, and how full a line of words is: letters are a little wider in some formats.
_HEAD, _FULL = 1.15, 0.95
# Words are darker than the lines that they name, so that light ones can be read.
_DARKER = 0.72
# Height of a line of a name over that of its letters, and letters of a line of it.
_LEADING, _LETTERS = 1.18, 16
# Where a name stands beside a panel, as a share of its width, and how far below a line may end to be named there.
_ASIDE = 0.025
_MOST_KEYS = 6


class Size(NamedTuple):
    """How large a figure is, for what.

    Attributes:
        width: Inches.
        font: Points of ordinary text.
        across: Panels side by side, at most.
        panel: Inches that a row of panels is high.
        height: Inches of the whole figure; None for as high as its panels need.
    """

    width: float
    font: float
    across: int
    panel: float
    height: float | None = None


class End(NamedTuple):
    """Where a line ends, and what it is called."""

    x: float
    y: float
    name: str
    colour: Any
    key: Any
    marker: str = ""


def arrange(picture: Picture, size: Size) -> None:
    """Put the words of a figure where they hide nothing, and give it the height that they need."""
    canvas = FigureCanvasAgg(picture)
    if picture.get_layout_engine() is None or not picture.axes:
        return
    _keys_of_ends(picture, size)
    renderer = canvas.get_renderer()
    head = _words(picture, picture.question, renderer, "title", weight="bold", fontsize=_HEAD * size.font)
    world = _words(picture, picture.world, renderer, "world", fontsize="medium")
    foot = _words(picture, picture.caption, renderer, "caption", color="0.35", fontsize="x-small")
    key = _legend(picture, renderer)
    heights = [_height(artist, renderer) / picture.dpi for artist in (head, world, key, foot)]
    top = sum(high + _MARGIN for high in heights[:2] if high)
    bottom = sum(high + 1.5 * _MARGIN for high in heights[2:] if high)
    if size.height is None:
        picture.set_figheight(picture.get_figheight() + top + bottom)
    high, wide = picture.get_figheight(), picture.get_figwidth()
    down = _MARGIN
    for artist, its in zip((head, world), heights[:2], strict=True):
        if artist:
            artist.set_position((_MARGIN / wide, 1.0 - down / high))
            down += its + _MARGIN / 2
    if foot:
        foot.set_position((_MARGIN / wide, _MARGIN / high))
    if key:
        key.set_bbox_to_anchor((0.5, (bottom - heights[2]) / high), picture.transFigure)
    engine: Any = picture.get_layout_engine()
    engine.set(rect=(0.0, bottom / high, 1.0, 1.0 - (top + bottom) / high))
    named = _names_begun(picture)
    picture.draw_without_rendering()
    _moved_apart(picture, named, renderer)
    picture.stale = False  # names moved beside their panels leave the layout as it was found


def wrapped(text: str, width: float, font: Any, renderer: Any) -> str:
    """A text in lines that are no wider than so many pixels."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and renderer.get_text_width_height_descent(longer, font, False)[0] > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return "\n".join(lines)


def _words(picture: Picture, text: str, renderer: Any, gid: str, **look: Any) -> Text | None:
    """Words of a figure, in as many lines as they need."""
    if not text:
        return None
    found = picture.text(0.0, 0.0, "", va="bottom" if gid == "caption" else "top", ha="left", parse_math=False, **look)
    found.set_gid(gid)
    found.set_in_layout(False)
    width = _FULL * (picture.get_figwidth() - 2 * _MARGIN) * picture.dpi
    found.set_text(wrapped(text, width, found.get_fontproperties(), renderer))
    return found


def _legend(picture: Picture, renderer: Any) -> Any:
    """One key under the panels, in as many columns as there is room for."""
    if not picture.keys:
        return None
    width = (picture.get_figwidth() - 2 * _MARGIN) * picture.dpi
    for columns in range(min(len(picture.keys), _MOST_KEYS), 0, -1):
        found = picture.legend(
            list(picture.keys.values()), list(picture.keys), loc="lower center", ncols=columns, borderaxespad=0.0,
            borderpad=0.1,
        )  # fmt: skip
        if columns == 1 or found.get_window_extent(renderer).width <= width:
            return found
        found.remove()
    return None


def _height(artist: Any, renderer: Any) -> float:
    return 0.0 if artist is None else float(artist.get_window_extent(renderer).height)


def _keys_of_ends(picture: Picture, size: Size) -> None:
    """Lines that are too many to be named where they end stand in the key."""
    if not picture.direct:
        return
    rows = max(axes.get_subplotspec().get_gridspec().nrows for axes in picture.direct)
    # What titles of panels and labels of axes leave of a row.
    room = 72.0 * 0.66 * picture.get_figheight() / rows
    need = max(sum(_lines(end.name) for end in picture.ends.get(axes, [])) for axes in picture.direct)
    if need * _LEADING * _font(size) > room:
        for axes in picture.direct:
            picture.keys |= {end.name: end.key for end in picture.ends.get(axes, []) if end.name not in picture.keys}
        picture.direct = ()


def _font(size: Size) -> float:
    return 0.833 * size.font  # matplotlib's "small"


def _lines(name: str) -> int:
    return len(_broken(name).split("\n"))


def _broken(name: str) -> str:
    """A name in lines of few letters, broken between words."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(longer) > _LETTERS:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _names_begun(picture: Picture) -> list[tuple[Axes, Any, float]]:
    """A name beside the panel for the end of each line, at no height of its own yet."""
    drawn: list[tuple[Axes, Any, float]] = []
    for axes in picture.direct:
        for end in picture.ends.get(axes, []):
            arrow = {"arrowstyle": "-", "lw": 0.5, "color": end.colour, "relpos": (0.0, 0.5)}
            text = axes.annotate(
                _broken(end.name), (end.x, end.y), (1.0 + _ASIDE, 0.5), "data", "axes fraction", va="center",
                ha="left", fontsize="small", color=_dark(end.colour), linespacing=1.0, gid="name",
                annotation_clip=False, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            drawn.append((axes, text, end.y))
            if end.marker:
                axes.plot([end.x], [end.y], end.marker, mfc="white", mec=end.colour, clip_on=False, zorder=5,
                          gid="end")  # fmt: skip
    return drawn


def _moved_apart(picture: Picture, drawn: Sequence[tuple[Axes, Any, float]], renderer: Any) -> None:
    """Each name at the height of its line's end, or as near as leaves none over another."""
    for axes in picture.direct:
        mine = [(text, y) for of, text, y in drawn if of is axes]
        box = axes.get_window_extent()
        wanted = [(axes.transData.transform((0.0, y))[1] - box.y0) / box.height for _, y in mine]
        heights = [Text.get_window_extent(text, renderer).height / box.height for text, _ in mine]
        for (text, _), place in zip(mine, spread(wanted, heights), strict=True):
            text.xyann = (1.0 + _ASIDE, place)


def spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Middles of labels, as near to where they are wanted as they can be without overlap, inside 0 and 1 if they fit.

    Args:
        wanted: Where each would stand by itself.
        heights: Of each.
    """
    order = np.argsort(np.asarray(wanted), kind="stable")
    room = np.asarray(heights, dtype=float)[order] * 1.05
    places = np.clip(np.asarray(wanted, dtype=float)[order], 0.0, 1.0)
    # Blocks of labels that touch share their displacement evenly, as in isotonic regression.
    blocks: list[list[float]] = []  # sum of wanted starts, number, length so far
    offsets = np.concatenate([[0.0], np.cumsum(room)[:-1]])
    for start in places - room / 2.0 - offsets:
        blocks.append([float(start), 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1]]
    starts = np.concatenate([np.full(int(number), total / number) for total, number in blocks]) if blocks else places
    top = 1.0 - float(room.sum())
    starts = np.clip(starts, min(0.0, top), max(0.0, top))
    middle = starts + offsets + room / 2.0
    found = np.empty_like(middle)
    found[order] = middle
    return [float(place) for place in found]


def _dark(colour: Any) -> str:
    red, green, blue = to_rgb(colour)
    return to_hex((_DARKER * red, _DARKER * green, _DARKER * blue))
