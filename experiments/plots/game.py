"""Openness as a game: what each of two players earns, and what it does best, for each choice of both."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.findings.openness import Game
from experiments.plots.picture import canvas, keep, styled, title, unit_of
from experiments.plots.style import BLACK, BLUE
from experiments.plots.worlds import findings, label, region
from experiments.questions.settings import check_instance

_INCHES, _CELL = 1.2, 0.72
_UNIT = "$bn"
# From so many on one digit behind the point is enough.
_TENS = 10.0


@styled
def payoff_matrix(game: Game) -> Figure:
    """Discounted rents of two labs or blocs for each choice of both; best replies in bold, equilibria framed.

    Args:
        game: As :func:`experiments.payoffs` gives it.

    Raises:
        ExperimentError: It is no such thing.
    """
    check_instance("game", game, Game, "what ex.payoffs returns")
    number = len(game.levels)
    figure, (axes,) = canvas(inches=_INCHES + _CELL * number)
    first, second = (region(name) for name in game.players)
    best = {(row["player"], row["other"]): row for row in game.replies.to_dict("records")}
    for row, mine in enumerate(game.levels):
        for column, theirs in enumerate(game.levels):
            _cell(axes, game, (row, column), (mine, theirs), best)
    axes.set_xlim(-0.5, number - 0.5)
    axes.set_ylim(number - 0.5, -0.5)
    words = [label(level) for level in game.levels]
    axes.set_xticks(range(number), words)
    axes.set_yticks(range(number), words)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(f"{second} chooses")
    axes.set_ylabel(f"{first} chooses")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    unit_of(axes, _UNIT)
    title(figure, "Does it pay to open when the other does?", f"{first} and {second}: discounted rents [{_UNIT}]")
    findings(
        figure, f"In each cell {first} above, {second} below: mean over seeds, 95% interval in brackets.",
        "Bold: best reply to the other's choice, with ~ where an interval of the difference holds zero.",
        "Framed: equilibrium in pure strategies.",
    )  # fmt: skip
    return figure


def _cell(axes: Axes, game: Game, place: tuple[int, int], choice: tuple[str, str], best: Any) -> None:
    row, column = place
    stable = choice in game.equilibria
    face = "white" if not stable else "#E8F1F8"
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, facecolor=face, edgecolor="0.7", lw=0.7))
    if stable:
        axes.add_patch(Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, fill=False, edgecolor=BLUE, lw=2.0))
    rows = game.cells.to_dict("records")
    cells = {(of["first"], of["second"], of["player"]): of for of in rows}
    digits = 1 if game.cells["mean"].abs().max() >= _TENS else 2
    for player, down, own, other in ((game.players[0], -0.2, *choice), (game.players[1], 0.2, *choice[::-1])):
        paid = cells[(*choice, player)]
        reply = best[player, other]
        top = reply["level"] == own
        mark = "~" if top and not reply["sure"] else ""
        low, mean, high = (f"{paid[name]:,.{digits}f}" for name in ("low", "mean", "high"))
        interval = f" ({low} to {high})" if np.isfinite(paid["low"]) else ""
        text = f"{region(player)} {mark}{mean}{interval}".replace("-", "−")
        axes.text(column, row + down, text, ha="center", va="center", color=BLACK, weight="bold" if top else "normal",
                  fontsize="medium")  # fmt: skip
        keep(axes, None, region(player), [f"{game.players[0]} {choice[0]}, {game.players[1]} {choice[1]}"],
             {name: [float(paid[name])] for name in ("mean", "low", "high")})  # fmt: skip
