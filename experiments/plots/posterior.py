"""Prior against posterior of the parameters that the record narrows most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.plots.picture import canvas, keep, scale, styled, title
from experiments.plots.style import BLACK, BLUE, SHADE, VERMILLION
from experiments.plots.worlds import findings

# So many panels, those that are narrowed most.
PANELS, COLUMNS = 24, 3
_BINS = 16
# Inches of a panel, points of its name.
_HIGH, _NAME = 1.05, 7.5


@styled
def posterior(names: Sequence[str], shares: NDArray[np.float64], defaults: NDArray[np.float64]) -> Figure:
    """Small multiples over the range of each parameter: the even prior shaded, the posterior as steps, the default.

    Args:
        names: Parameters, in the order of the panels; only the first :data:`PANELS` are drawn.
        shares: Draws of the posterior as shares of the range, shape (draws, parameters).
        defaults: Shares of the defaults, shape (parameters,).
    """
    shown = list(names)[:PANELS]
    figure, panels = canvas(max(len(shown), 1), across=COLUMNS, inches=_HIGH, sharex=True)
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    for place, (name, axes) in enumerate(zip(shown, panels, strict=False)):
        counts, _ = np.histogram(shares[:, place], edges)
        axes.fill_between([0.0, 1.0], 1.0, color=SHADE, lw=0, zorder=0)
        axes.stairs(counts * _BINS / max(len(shares), 1), edges, color=BLUE, lw=1.2 * scale())
        axes.plot(defaults[place], 0.0, "^", color=VERMILLION, ms=5 * scale(), clip_on=False, zorder=3)
        axes.set_title(name, fontsize=_NAME * scale(), color=BLACK)
        keep(axes, None, "posterior", [f"{low:.4g} to {low + 1.0 / _BINS:.4g} of the range" for low in edges[:-1]],
             {"density": counts * _BINS / max(len(shares), 1)})  # fmt: skip
        keep(axes, None, "default", [f"{defaults[place]:.4g} of the range"], {"default": [defaults[place]]})
        axes.set_yticks([])
        axes.set_xlim(0.0, 1.0)
        axes.set_xticks([0.0, 1.0], ["low", "high"])
    title(figure, "What does the record say of the parameters?", "Those that it narrows most")
    findings(
        figure, "Over the range of each parameter: shaded, the even prior; steps, the posterior; triangle, the default."
    )
    return figure
