"""Why labs opened or closed: what weights would have paid more than keeping a model closed, by component."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.plots.style import BLACK, BLUE, GREEN, ORANGE, OTHERS, PURPLE, SKY, VERMILLION, styled
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
_ROW = 0.27
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
    figure = Figure(figsize=(6.3, 1.5 + _ROW * len(gains)))
    axes = figure.subplots()
    _bars(axes, gains)
    axes.plot(gains.sum(axis=1), np.arange(len(gains)), "D", color=BLACK, ms=3.8, zorder=4)
    axes.axvline(0.0, color=BLACK, lw=0.8, zorder=3)
    axes.set_yticks(range(len(gains)), [" ".join(row) for row in gains.index])
    axes.set_ylim(len(gains) - 0.4, -0.6)
    axes.set_xlabel("weights less closed [$bn a year]")
    for place, (some, of) in enumerate(zip(opened, number, strict=True)):
        axes.text(
            1.01, place, f"{some:.0f} of {of:.0f}", transform=axes.get_yaxis_transform(), va="center", fontsize=7.5
        )
    axes.text(1.01, 1.01, "opened", transform=axes.transAxes, va="bottom", fontsize=7.5)
    axes.legend(
        *axes.get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=3, fontsize=7.5,
        handlelength=1.8,
    )  # fmt: skip
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


def _bars(axes: Axes, gains: pd.DataFrame) -> None:
    """Losses to the left and gains to the right of zero, one beside the other."""
    longest = float(gains.abs().sum(axis=1).max())
    ends = {sign: np.zeros(len(gains)) for sign in (-1.0, 1.0)}
    for part, (words, colour, hatch) in _LOOKS.items():
        values = gains[part].to_numpy(float)
        named = bool(np.abs(values).max() > _SEEN * longest)
        for sign, end in ends.items():
            some = np.where(sign * values > 0.0, values, 0.0)
            first = named and sign == (1.0 if values.sum() >= 0.0 else -1.0)
            axes.barh(
                np.arange(len(gains)), some, left=end, height=0.68, color=colour, hatch=hatch, ec=BLACK, lw=0.4,
                label=words if first else None, zorder=2,
            )  # fmt: skip
            end += some
