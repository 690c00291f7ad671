"""What of measured capability the mechanisms leave unexplained, model by model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import sim
from experiments.plots.picture import SIZES, WIDE, canvas, keep, named, scale, styled, title
from experiments.plots.series import dates
from experiments.plots.style import BLACK, BLUE, SHADE, VERMILLION, time_axis, year
from experiments.plots.worlds import about, findings
from experiments.questions.measures import LABS
from experiments.questions.scenarios import BASELINE
from experiments.results.results import NotKept, Results
from sim.agents.lab import TIERS, WEIGHTS
from sim.data import history

_STATISTIC = {False: "residual, closed", True: "residual, open weights"}
# So many dots a panel have a name: those farthest from zero.
NAMED = 14
# Size of a letter of a name at a page's width, as shares of the panel.
_LETTER, _LINE = 0.0085, 0.042
_OFFSET, _MARK = 0.009, (0.008, 0.014)
# Inches of a panel.
_INCHES = 3.1


@styled
def residuals(found: Results | pd.DataFrame) -> Figure:
    """Residuals by date of release, flagships above and light models below; closed filled, open hollow.

    Args:
        found: Results whose baseline kept residuals of labs, or a frame with a row a model: tier, month, model, open,
            residual [OOM].

    Raises:
        ExperimentError: It is neither, or there is no residual.
    """
    of_models = _of_runs(found) if isinstance(found, Results) else found
    figure, panels = canvas(2, across=1, inches=_INCHES, sharex=True)
    limit = 1.15 * float(of_models["residual"].abs().max()) if len(of_models) else 1.0
    for axes, (tier, words) in zip(panels, (("flagship", "Flagships"), ("light", "Light models")), strict=True):
        rows = of_models[of_models["tier"] == tier]
        axes.set_ylim(-limit, limit)
        named(axes, words, "residual", "OOM")
        time_axis(axes, sim.calendar.LAST_HISTORICAL_MONTH, room=False)
        axes.set_xlim(right=float(year(sim.calendar.LAST_HISTORICAL_MONTH + 0.5)))
        _zero(axes, rows)
        # Closed and open differ by colour, by fill and by shape, so that grey and a bad printer leave one of them.
        for open_, colour, marker, fill in ((False, BLUE, "o", BLUE), (True, VERMILLION, "D", "white")):
            some = rows[rows["open"] == open_]
            axes.plot(
                year(some["month"]), some["residual"], marker, mfc=fill, mec=colour, mew=1.0, ms=4.2 * scale(), zorder=3
            )
            keep(axes, None, some["model"].tolist(), dates(some["month"]), {_STATISTIC[open_]: some["residual"]})
        _names(axes, rows)
    figure.keys |= {
        name: Line2D([], [], ls="", marker=marker, mfc=fill, mec=colour, mew=1.0, ms=4.2 * scale())
        for colour, marker, fill, name in ((BLUE, "o", BLUE, "closed"), (VERMILLION, "D", "white", "open weights"))
    }
    title(figure, "What do the mechanisms not explain?", "Measured capability less what they give, model by model")
    marks = "A mark is a model of the record; shaded, the rms around zero; named, those farthest from zero."
    if isinstance(found, Results):
        about(figure, found, BASELINE, marks=f"Means of runs. {marks}")
    else:
        findings(figure, marks)
    return figure


def _of_runs(runs: Results) -> pd.DataFrame:
    """Mean over the baseline's runs of each lab's residuals, by tier and month, under the name of the model."""
    if BASELINE not in runs.scenarios or len(runs.points) > 1:
        raise NotKept("residuals need a baseline at one point of the parameters")
    columns = {tier: f"residual_{tier}" for tier in TIERS}
    labs = runs.load(LABS, ("openness", *columns.values()), scenario=BASELINE)
    known = _models()
    parts = []
    for tier, column in columns.items():
        rows = labs[labs[column].notna()].groupby(["lab", "month"])[[column, "openness"]].mean().reset_index()
        names = [
            known.get((lab, tier, month), (lab, None)) for lab, month in zip(rows["lab"], rows["month"], strict=True)
        ]
        opened = [level >= WEIGHTS if release is None else release
                  for (_, release), level in zip(names, rows["openness"], strict=True)]  # fmt: skip
        parts.append(pd.DataFrame({"tier": tier, "month": rows["month"], "model": [name for name, _ in names],
                                   "open": opened, "residual": rows[column]}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _models() -> dict[tuple[str, str, int], tuple[str, bool]]:
    """Names of the models of the record, and whether they came with their weights, by lab, tier and month."""
    past = history.load()
    return {
        (past.names[one.lab], TIERS[one.tier], month): (one.model, one.level >= WEIGHTS)
        for month, models in past.releases.items()
        for one in models
    }


def _zero(axes: Axes, rows: pd.DataFrame) -> None:
    """Zero, and the rms around it."""
    axes.axhline(0.0, color=BLACK, lw=0.8, zorder=1)
    if len(rows):
        rms = float(np.sqrt(np.mean(np.square(rows["residual"]))))
        axes.axhspan(-rms, rms, color=SHADE, zorder=0, lw=0)
        axes.text(
            0.995,
            0.02,
            f"shaded: ± rms of {rms:.2f}",
            transform=axes.transAxes,
            ha="right",
            fontsize="small",
            color="0.35",
        )


def _names(axes: Axes, rows: pd.DataFrame) -> None:
    """Names of the farthest dots, beside them where nothing is yet: right, left, above or below."""
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    across = (year(rows["month"]) - low) / (high - low)
    up = (rows["residual"].to_numpy(float) - bottom) / (top - bottom)
    dots = list(zip(across.tolist(), up.tolist(), strict=True))
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    # How much larger letters are in the panel than at a page's width, across and up.
    wide = scale() * SIZES[WIDE].width / figure.get_figwidth()
    tall = scale() * _INCHES / (figure.get_figheight() / 2.0)
    # The words on the rms.
    taken = [(1.0 - 0.32 * wide, 0.0, 1.0, 0.08 * tall)]
    taken += [(x - _MARK[0] * wide, y - _MARK[1] * tall, x + _MARK[0] * wide, y + _MARK[1] * tall) for x, y in dots]
    order = rows["residual"].abs().to_numpy().argsort()[::-1][:NAMED]
    for place in order:
        name, (x, y) = str(rows["model"].iloc[place]), dots[place]
        for side, box in _boxes(x, y, _LETTER * wide * len(name), _OFFSET * wide, _LINE * tall).items():
            if box[0] >= 0.0 and box[2] <= 1.0 and not any(_overlap(box, other) for other in taken):
                at = {"left": box[0], "right": box[2], "center": x}[side.partition(" ")[0]]
                axes.text(
                    at, (box[1] + box[3]) / 2, name, transform=axes.transAxes, ha=side.partition(" ")[0], va="center",
                    fontsize="x-small",
                )  # fmt: skip
                taken.append(box)
                break


def _boxes(x: float, y: float, width: float, aside: float, line: float) -> dict[str, tuple[float, float, float, float]]:
    """Where a name may stand, by how it is aligned: left, bottom, right, top as shares of the panel."""
    half, above, below = line / 2, y + 0.4 * line, y - 1.4 * line
    return {
        "left": (x + aside, y - half, x + aside + width, y + half),
        "right": (x - aside - width, y - half, x - aside, y + half),
        "center above": (x - width / 2, above, x + width / 2, above + line),
        "center below": (x - width / 2, below, x + width / 2, below + line),
    }


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
