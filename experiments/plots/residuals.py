"""What of measured capability the mechanisms leave unexplained, model by model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from experiments.plots.style import BLACK, BLUE, SHADE, VERMILLION, styled, time_axis, year

# So many dots a panel have a name: those farthest from zero.
NAMED = 14
# Size of a letter of a name, as shares of the panel.
_LETTER, _LINE = 0.0093, 0.045
_OFFSET = 0.009


@styled
def residuals(of_models: pd.DataFrame) -> Figure:
    """Residuals by date of release, flagships above and light models below; closed filled, open hollow.

    Args:
        of_models: A row a model: tier, month, model, open, residual [OOM].
    """
    figure = Figure(figsize=(6.3, 6.6))
    limit = 1.15 * float(of_models["residual"].abs().max()) if len(of_models) else 1.0
    panels = figure.subplots(2, 1, sharex=True)
    for axes, (tier, title) in zip(panels, (("flagship", "Flagships"), ("light", "Light models")), strict=True):
        rows = of_models[of_models["tier"] == tier]
        axes.set_ylim(-limit, limit)
        axes.set_title(title)
        axes.set_ylabel("measured less modelled [OOM]")
        time_axis(axes, sim.calendar.LAST_HISTORICAL_MONTH, room=False)
        axes.set_xlim(right=float(year(sim.calendar.LAST_HISTORICAL_MONTH + 0.5)))
        _zero(axes, rows)
        # Closed and open differ by colour, by fill and by shape, so that grey and a bad printer leave one of them.
        for open_, colour, marker, fill in ((False, BLUE, "o", BLUE), (True, VERMILLION, "D", "white")):
            some = rows[rows["open"] == open_]
            axes.plot(year(some["month"]), some["residual"], marker, mfc=fill, mec=colour, mew=1.0, ms=4.2, zorder=3)
        _names(axes, rows)
    _key(panels[0])
    return figure


def _zero(axes: Axes, rows: pd.DataFrame) -> None:
    """Zero, and the rms around it."""
    axes.axhline(0.0, color=BLACK, lw=0.8, zorder=1)
    if len(rows):
        rms = float(np.sqrt(np.mean(np.square(rows["residual"]))))
        axes.axhspan(-rms, rms, color=SHADE, zorder=0, lw=0)
        axes.text(
            0.995, 0.02, f"shaded: ± rms of {rms:.2f}", transform=axes.transAxes, ha="right", fontsize=7, color="0.35"
        )


def _key(axes: Axes) -> None:
    """Which dot is which, in the words of the panel itself."""
    for x, colour, marker, fill, name in (
        (0.02, BLUE, "o", BLUE, "closed"),
        (0.14, VERMILLION, "D", "white", "open weights"),
    ):
        axes.plot([x], [0.955], marker, mfc=fill, mec=colour, mew=1.0, ms=4.2, transform=axes.transAxes)
        axes.text(x + 0.015, 0.955, name, transform=axes.transAxes, va="center", fontsize=7.5, color=colour)


def _names(axes: Axes, rows: pd.DataFrame) -> None:
    """Names of the farthest dots, beside them where nothing is yet: right, left, above or below."""
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    across = (year(rows["month"]) - low) / (high - low)
    up = (rows["residual"].to_numpy(float) - bottom) / (top - bottom)
    dots = list(zip(across.tolist(), up.tolist(), strict=True))
    # The key, and the words on the rms.
    taken = [(0.0, 0.91, 0.36, 1.0), (0.72, 0.0, 1.0, 0.06)]
    taken += [(x - 0.008, y - 0.014, x + 0.008, y + 0.014) for x, y in dots]
    order = rows["residual"].abs().to_numpy().argsort()[::-1][:NAMED]
    for place in order:
        name, (x, y) = str(rows["model"].iloc[place]), dots[place]
        width = _LETTER * len(name) + 0.004
        for side, box in _boxes(x, y, width).items():
            if box[0] >= 0.0 and box[2] <= 1.0 and not any(_overlap(box, other) for other in taken):
                at = {"left": box[0], "right": box[2], "center": x}[side.partition(" ")[0]]
                axes.text(
                    at, (box[1] + box[3]) / 2, name, transform=axes.transAxes, ha=side.partition(" ")[0], va="center",
                    fontsize=6.5,
                )  # fmt: skip
                taken.append(box)
                break


def _boxes(x: float, y: float, width: float) -> dict[str, tuple[float, float, float, float]]:
    """Where a name may stand, by how it is aligned: left, bottom, right, top as shares of the panel."""
    half, above, below = _LINE / 2, y + 0.016, y - 0.016 - _LINE
    return {
        "left": (x + _OFFSET, y - half, x + _OFFSET + width, y + half),
        "right": (x - _OFFSET - width, y - half, x - _OFFSET, y + half),
        "center above": (x - width / 2, above, x + width / 2, above + _LINE),
        "center below": (x - width / 2, below, x + width / 2, below + _LINE),
    }


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
