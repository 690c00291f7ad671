"""Why labs opened or closed: what weights would have paid more than keeping a model closed, by component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.plots.picture import canvas, keep, scale, styled, title, unit_of
from experiments.plots.style import BLACK, BLUE, GREEN, ORANGE, OTHERS, PURPLE, SKY, VERMILLION
from experiments.plots.worlds import findings
from experiments.questions.settings import check_instance, refuse
from sim.agents.lab import OPENNESS, WEIGHTS
from sim.record import Payoff

# Component → words, colour, hatch; hatches tell apart in grey what colours do not.
_LOOKS = {
    "rent": ("rent of closed models", BLUE, ""),
    "hosting": ("share of hosting", SKY, "..."),
    "complements": ("other businesses", GREEN, "///"),
    "talent": ("staff may publish", ORANGE, "\\\\\\"),
    "norm": ("what others publish", PURPLE, "xxx"),
    "prestige": ("prestige", "#F0E442", ""),
    "catch_up": ("rivals learn", VERMILLION, "---"),
    "law": ("law", OTHERS, "+++"),
    "flip": ("closing again spared", "#FFFFFF", "|||"),
}
_CLOSED, _OPEN = OPENNESS[0], OPENNESS[WEIGHTS]
_LEAST, _ROW = 0.7, 0.27
# A component below this share of the longest bar is not named in the key.
_SEEN = 1e-3


@styled
def why(frame: pd.DataFrame) -> Figure:
    """What weights would have paid more than keeping a model closed, by lab and tier: means over releases.

    The diamond is the sum; beside it how many releases had weights, of all. Closed models on sale that were thought of
    again are left out.

    Args:
        frame: As :func:`experiments.why` gives it.

    Raises:
        ExperimentError: It is no such frame.
    """
    check_instance("frame", frame, pd.DataFrame, "the frame that ex.why(…) gives")
    missing = [name for name in ("lab", "tier", "level", "chosen", *Payoff._fields) if name not in frame]
    if missing or frame.empty:
        raise refuse("frame", f"one without {', '.join(missing) or 'rows'}", "the frame that ex.why(…) gives")
    gains, opened, number = _gains(frame[~frame["live"].astype(bool)] if "live" in frame else frame)
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(gains))
    shown = _bars(axes, gains)
    axes.plot(gains.sum(axis=1), np.arange(len(gains)), "D", color=BLACK, ms=3.8 * scale(), zorder=4)
    axes.axvline(0.0, color=BLACK, lw=0.8, zorder=3)
    axes.set_yticks(range(len(gains)), [" ".join(row) for row in gains.index])
    axes.set_ylim(len(gains) - 0.4, -0.6)
    axes.set_xlabel("weights less closed [$bn a year]")
    unit_of(axes, "$bn/year")
    for place, (name, some, of) in enumerate(zip(gains.index, opened, number, strict=True)):
        words = f"{some:.0f} of {of:.0f}"
        axes.text(1.01, place, words, transform=axes.get_yaxis_transform(), va="center", fontsize="small")
        keep(axes, None, " ".join(name), list(gains.columns), {"mean gain": gains.loc[name].to_numpy(float)})
        keep(axes, None, " ".join(name), ["releases", "with weights"], {"number": [of, some]}, unit="releases")
    axes.text(1.01, 1.01, "opened", transform=axes.transAxes, va="bottom", fontsize="small")
    figure.keys |= shown
    figure.keys["sum"] = Line2D([], [], ls="", marker="D", color=BLACK, ms=3.8 * scale())
    title(figure, "Why did labs open, or not?", "What weights would have paid more than keeping the model closed")
    findings(figure, "Bars: mean over the releases of a lab and tier, by component; at the right how many had weights.")
    return figure


def _gains(frame: pd.DataFrame) -> tuple[pd.DataFrame, Sequence[float], Sequence[float]]:
    """Mean gain by component of each lab and tier, and how many of its releases had weights, of how many."""
    parts = list(Payoff._fields)
    keys = ["lab", "tier"]
    by_level = frame.groupby([*keys, "level"], sort=False)[parts].mean()
    of = {level: pd.DataFrame(by_level.xs(level, level="level")) for level in (_OPEN, _CLOSED)}
    gains = (of[_OPEN] - of[_CLOSED]).sort_index()
    with_weights = frame[frame["level"].isin(OPENNESS[WEIGHTS:])].groupby(keys)["chosen"].sum()
    number = frame[frame["level"] == _CLOSED].groupby(keys).size()
    return gains, with_weights.reindex(gains.index).tolist(), number.reindex(gains.index).tolist()


def _bars(axes: Axes, gains: pd.DataFrame) -> dict[str, Patch]:
    """Losses to the left and gains to the right of zero, one beside the other; returns what the key has of them."""
    longest = float(gains.abs().sum(axis=1).max())
    ends = {sign: np.zeros(len(gains)) for sign in (-1.0, 1.0)}
    shown = {}
    for part, (words, colour, hatch) in _LOOKS.items():
        look: dict[str, Any] = {"facecolor": colour, "hatch": hatch, "edgecolor": BLACK, "lw": 0.4}
        values = gains[part].to_numpy(float)
        if np.abs(values).max() > _SEEN * longest:
            shown[words] = Patch(**look)
        for sign, end in ends.items():
            some = np.where(sign * values > 0.0, values, 0.0)
            axes.barh(np.arange(len(gains)), some, left=end, height=0.68, zorder=2, **look)
            end += some
    return shown
