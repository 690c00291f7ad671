"""Rooms and arrows as a picture without a network: the Mermaid that GitHub draws, as SVG in the page."""

from __future__ import annotations

import re
from html import escape

_BOX = re.compile(r'^\s*(\w+)\["([^"]+)"\]$', re.MULTILINE)
_GROUP = re.compile(r'^\s*subgraph (\w+)\["([^"]+)"\]\n(.*?)^\s*end$', re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^\s*(\w+) --> (\w+)$", re.MULTILINE)

# Of a box and of the space about it [px].
WIDTH, HEIGHT, GAP = 150, 30, 16
# How far an arrow round the side swings out.
_ROUND = 60
# Between two groups, and above the first box of one for its name.
APART, TITLE = 90, 34
_LINE = 'fill="none" stroke="currentColor"'


def drawn(mermaid: str) -> str:
    """Groups side by side, boxes from top to bottom; arrows to the next box straight, to others round the side.

    Args:
        mermaid: A flowchart of subgraphs with named boxes and plain arrows, as the page on rooms has.

    Returns:
        SVG in one piece, which Markdown leaves as it is.
    """
    places: dict[str, tuple[int, int]] = {}
    parts: list[str] = []
    height = 0
    for column, (_, title, inside) in enumerate(_GROUP.findall(mermaid)):
        left = column * (WIDTH + APART) + 10
        parts.append(f'<text x="{left + WIDTH / 2}" y="20" font-weight="bold">{escape(title)}</text>')
        for row, (name, word) in enumerate(_BOX.findall(inside)):
            top = TITLE + row * (HEIGHT + GAP)
            places[name] = (left, top)
            parts += [
                f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="4" {_LINE}/>',
                f'<text x="{left + WIDTH / 2}" y="{top + HEIGHT / 2 + 5}">{escape(word)}</text>',
            ]
            height = max(height, top + HEIGHT)
    parts += [_arrow(places[here], places[there]) for here, there in _ARROW.findall(mermaid)]
    width = max((left for left, _ in places.values()), default=0) + WIDTH + APART
    return (
        f'<svg viewBox="0 0 {width} {height + 10}" width="{width}" role="img" aria-label="Rooms and arrows" '
        'font-family="inherit" font-size="14" text-anchor="middle" fill="currentColor">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>' + "".join(parts) + "</svg>\n"
    )


def _arrow(here: tuple[int, int], there: tuple[int, int]) -> str:
    """Down to the next box, round the right side to one further down, or across to another group."""
    (left, top), (to_left, to_top) = here, there
    level, to_level = top + HEIGHT // 2, to_top + HEIGHT // 2
    if left == to_left and to_top - top == HEIGHT + GAP:
        path = f"M{left + WIDTH // 2} {top + HEIGHT} V{to_top}"
    else:
        start = left if to_left < left else left + WIDTH
        end = to_left if to_left > left else to_left + WIDTH
        middle = start + _ROUND if left == to_left else (start + end) // 2
        path = f"M{start} {level} C{middle} {level} {middle} {to_level} {end} {to_level}"
    return f'<path d="{path}" {_LINE} marker-end="url(#tip)"/>'
