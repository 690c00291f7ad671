"""How an object shows itself: as a small table of text where it is printed, and of HTML in a notebook."""

from __future__ import annotations

import html
import math
import re
from typing import Any, NamedTuple

# Longest text in one cell; what is longer ends in an ellipsis.
WIDEST = 90
_NUMBER = re.compile(r"–|[−+]?[0-9][0-9,]*(\.[0-9]+)?(e[−+]?[0-9]+)?")


class Card(NamedTuple):
    """What an object shows of itself.

    Attributes:
        title: What it is, in one line.
        head: Names of columns.
        rows: Cells, as many a row as there are columns.
        note: What else there is to know or to call, in one line.
    """

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


class Shown:
    """Something that is printed as a small table; who is one says what is in it."""

    __slots__ = ()

    def card(self) -> Card:
        """What it shows."""
        raise NotImplementedError

    def __str__(self) -> str:
        return as_text(self.card())

    def _repr_html_(self) -> str:
        return as_html(self.card())


def as_text(card: Card) -> str:
    """The table with aligned columns; a column of numbers is aligned to the right."""
    rows = [[_cut(cell) for cell in row] for row in (card.head, *card.rows)] if card.head else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [_are_numbers(column[1:]) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([card.title, *lines, *([card.note] if card.note else [])])


def as_html(card: Card) -> str:
    """The same as HTML, with what could be a tag as text."""
    right = [_are_numbers(column) for column in zip(*card.rows, strict=True)] or [False] * len(card.head)
    styles = [' style="text-align: right"' if end else ' style="text-align: left"' for end in right]

    def line(cells: tuple[str, ...], tag: str) -> str:
        inner = (f"<{tag}{style}>{html.escape(cell)}</{tag}>" for cell, style in zip(cells, styles, strict=True))
        return f"<tr>{''.join(inner)}</tr>"

    table = ""
    if card.head:
        body = "".join(line(row, "td") for row in card.rows)
        table = f"<table><thead>{line(card.head, 'th')}</thead><tbody>{body}</tbody></table>"
    note = f"<div><small>{html.escape(card.note)}</small></div>" if card.note else ""
    return f"<div><strong>{html.escape(card.title)}</strong>{table}{note}</div>"


def number(value: Any) -> str:
    """A value in a cell: four figures of a number, a dash of none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if not math.isfinite(value):
        return "–" if math.isnan(value) else str(value)
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 or isinstance(value, int) else f"{value:.4g}"
    return text.replace("-", "−")


def between(low: float, high: float) -> str:
    """Two ends in a cell, a dash if there are none."""
    return f"{number(low)} to {number(high)}" if math.isfinite(low) and math.isfinite(high) else "–"


def _cut(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= WIDEST else line[: WIDEST - 1] + "…"


def _are_numbers(cells: tuple[str, ...] | list[str]) -> bool:
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
