"""Charts for pages in a browser, drawn there as SVG: one script and one sheet of style, which fetch nothing."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import ArrayLike

# Digits of a number that a chart can show.
DIGITS = 4


def part(name: str, folder: str = "experiments.pages.charts") -> str:
    """The text of a file that stands beside the code, like ``charts.js``."""
    return resources.files(folder).joinpath(name).read_text("utf-8")


def plain(values: ArrayLike) -> list[float | None]:
    """Numbers as JSON has them, to the digits that a chart shows; None for what is missing or infinite."""
    found = np.asarray(values, dtype=float)
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in found]
