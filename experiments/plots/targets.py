"""The baseline beside published numbers: how far from each, in the tolerance that it is allowed."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.findings.targets.rows import Row
from experiments.findings.targets.score import BAND, Score
from experiments.findings.targets.score import about as scores_about
from experiments.plots.picture import canvas, keep, letters, scale, styled, title
from experiments.plots.style import BLACK, BLUE, SHADE, VERMILLION
from experiments.plots.worlds import about, world
from experiments.questions.measures import MARKET
from experiments.questions.scenarios import BASELINE
from experiments.results.results import NotKept, Results

_ROW, _LEAST, _LETTERS = 0.19, 0.7, 50
# Farther than this stands at the edge, with an arrow.
_FAR = 4.0
_WHY_NOT = "targets need a baseline at one point of the parameters with a measure of which a number is published"


@styled
def targets(runs: Results) -> Figure:
    """Published numbers about measures that the runs kept, and how far the baseline is from each.

    Only numbers that nothing gives or fixes are shown. The distance is in tolerances: within ±1 is near enough.

    Raises:
        NotKept: There is no baseline, or nothing published is about what was kept.
    """
    if BASELINE not in runs.scenarios or len(runs.points) > 1:
        raise NotKept(_WHY_NOT)
    found = scores_about(set(runs.measures), runs.load(MARKET, scenario=BASELINE), runs.months)
    found = [one for one in found if np.isfinite(one.distance)]
    if not found:
        raise NotKept(_WHY_NOT)
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(found))
    axes.axvspan(-1.0, 1.0, color=SHADE, lw=0, zorder=0)
    axes.axvline(0.0, color=BLACK, lw=0.8)
    for place, one in enumerate(found):
        _row(axes, place, one)
    axes.set_yticks(range(len(found)), [_name(one.row) for one in found], fontsize="x-small")
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(-_FAR - 0.3, _FAR + 0.3)
    axes.set_xlabel("model less published, in tolerances")
    inside = sum(one.inside for one in found)
    title(figure, f"How near does the baseline come to published numbers? {inside} of {len(found)} are near enough",
          world(runs, BASELINE))  # fmt: skip
    share = f"{BAND[0]:.0%} to {BAND[1]:.0%}".replace("% to", " to")
    about(figure, runs, BASELINE, marks=f"Marks: mean of runs, filled if near enough (shaded); lines: {share} of runs. "
          "Right: model, published.", hollow=False)  # fmt: skip
    return figure


def _row(axes: Axes, place: int, one: Score) -> None:
    ends = [Score(one.row, end, end, end).distance for end in (one.q10, one.q90)]
    clipped = np.clip(ends, -_FAR, _FAR)
    axes.plot(clipped, [place, place], color=BLACK, lw=1.1 * scale())
    at = float(np.clip(one.distance, -_FAR, _FAR))
    mark = "o" if abs(one.distance) <= _FAR else (">" if one.distance > 0 else "<")
    colour = BLUE if one.inside else VERMILLION
    fill = colour if one.inside else "white"
    axes.plot(at, place, mark, mfc=fill, mec=colour, mew=1.2 * scale(), ms=5.5 * scale(), zorder=3)
    unit = one.row.unit if one.row.unit not in ("1", "share") else ""
    words = f"{one.model:.3g}, {one.row.value:.3g} {unit}".rstrip()
    axes.text(1.01, place, words, transform=axes.get_yaxis_transform(), va="center", fontsize="x-small")
    values = {"model, mean": one.model, "10% of runs": one.q10, "90% of runs": one.q90, "published": one.row.value,
              "published, least": one.row.low, "published, most": one.row.high}  # fmt: skip
    for statistic, value in values.items():
        keep(axes, None, one.row.what, [one.row.dates], {statistic: [value]}, unit=one.row.unit,
             source=one.row.source if statistic.startswith("published") else "")  # fmt: skip


def _name(row: Row) -> str:
    most = letters(_LETTERS)
    short = row.what if len(row.what) <= most else f"{row.what[: most - 1].rstrip()}…"
    return f"{short}, {row.last}"
