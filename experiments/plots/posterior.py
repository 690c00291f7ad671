"""Prior against posterior of the parameters that the record narrows most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.plots.style import BLACK, BLUE, SHADE, VERMILLION, styled

# So many panels, those that are narrowed most.
PANELS, COLUMNS = 24, 4
_BINS = 16


@styled
def posterior(names: Sequence[str], shares: NDArray[np.float64], defaults: NDArray[np.float64]) -> Figure:
    """Small multiples over the range of each parameter: the even prior shaded, the posterior as steps, the default.

    Args:
        names: Parameters, in the order of the panels; only the first :data:`PANELS` are drawn.
        shares: Draws of the posterior as shares of the range, shape (draws, parameters).
        defaults: Shares of the defaults, shape (parameters,).
    """
    shown = list(names)[:PANELS]
    rows = max(1, -(-len(shown) // COLUMNS))
    figure = Figure(figsize=(6.3, 0.6 + 1.15 * rows))
    panels = figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).ravel()
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    for place, axes in enumerate(panels):
        if place >= len(shown):
            axes.set_axis_off()
            continue
        counts, _ = np.histogram(shares[:, place], edges)
        axes.fill_between([0.0, 1.0], 1.0, color=SHADE, lw=0, zorder=0)
        axes.stairs(counts * _BINS / max(len(shares), 1), edges, color=BLUE, lw=1.2)
        axes.plot(defaults[place], 0.0, "^", color=VERMILLION, ms=5, clip_on=False, zorder=3)
        axes.set_title(shown[place], fontsize=6.0, color=BLACK)
        axes.set_yticks([])
        axes.set_xlim(0.0, 1.0)
        axes.set_xticks([0.0, 1.0], ["low", "high"])
    return figure
