"""Charts for pages in a browser, drawn there as SVG: one script and one sheet of style, which fetch nothing."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import ArrayLike

from experiments.plots.style import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from experiments.results.results import is_share

# Labs that history has largest; all others together, so that colours never move.
LABS = {
    "OpenAI": BLUE,
    "Anthropic": VERMILLION,
    "Google": GREEN,
    "Meta": PURPLE,
    "DeepSeek": ORANGE,
    "Alibaba": SKY,
}
DASHES = ("", "6 4", "2 3")
_SHARES = ("researchers_labs", "researchers_us", "researchers_china")
# Digits of a number that a chart can show.
DIGITS = 4


def part(name: str, folder: str = "experiments.pages.charts") -> str:
    """The text of a file that stands beside the code, like ``charts.js``."""
    return resources.files(folder).joinpath(name).read_text("utf-8")


def plain(values: ArrayLike) -> list[float | None]:
    """Numbers as JSON has them, to the digits that a chart shows; None for what is missing or infinite."""
    found = np.asarray(values, dtype=float)
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in found]


def percent(measure: str) -> bool:
    """Whether a measure reads best in per cent."""
    return is_share(measure) or measure in _SHARES
