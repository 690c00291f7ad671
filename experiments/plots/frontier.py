"""How good and how dear: the frontier, the open lag and the price of a fixed capability."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.figure import Figure

from experiments.plots.series import dots, key, line
from experiments.plots.style import (
    BLACK,
    BLUE,
    VERMILLION,
    dollars,
    labels,
    legend_below,
    looks,
    of_world,
    styled,
    time_axis,
    worlds,
)
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results

_TECHNOLOGY = "technology_price_gpt35"
_PRICES = (
    ("price_gpt35_level", "GPT-3.5 level, listed"),
    (_TECHNOLOGY, "Same, by technology"),
    ("price_gpt4_level", "GPT-4 level, listed"),
)


@styled
def frontier_and_lag(runs: Results, scenario: str = BASELINE) -> Figure:
    """The best model and the best open one, and by how many months open weights trail.

    Raises:
        ExperimentError: There is no such scenario.
    """
    figure = Figure(figsize=(6.3, 4.6))
    above, below = figure.subplots(2, 1, height_ratios=(3, 2))
    for colour, dash, marker, measure, name in (
        (BLUE, "-", "o", "frontier", "all models"),
        (VERMILLION, "--", "s", "open_frontier", "open weights"),
    ):
        line(above, runs.wide(scenario, measure), colour, "", style=dash)
        dots(above, measure, colour, runs.months, marker=marker)
        key(above, colour, name, dash, marker)
    line(below, runs.wide(scenario, "open_lag_step"), VERMILLION, "", style="--")
    line(below, runs.wide(scenario, "open_lag"), BLACK, "trend of the lag", style=":")
    dots(below, "open_lag", VERMILLION, runs.months, marker="s")
    above.set_title("Best capability")
    above.set_ylabel("capability [OOM, GPT-3.5 = 0]")
    below.set_title("Months since the frontier was where open weights are")
    below.set_ylabel("lag [months]")
    below.set_ylim(bottom=0)
    if runs.wide(scenario, "open_frontier").isna().all(axis=None):
        below.text(0.5, 0.5, "no open weights", transform=below.transAxes, ha="center", va="center")
    for axes in (above, below):
        time_axis(axes, runs.months)
    legend_below(figure, above, below)
    of_world(figure, scenario, published=True)
    return figure


@styled
def prices(runs: Results, scenarios: str | Iterable[str] | None = None) -> Figure:
    """The price of GPT-3.5's and GPT-4's level, on a log axis: the cheapest listed, and what technology allows.

    Raises:
        ExperimentError: There is no such scenario, or a listed price is not kept.
    """
    chosen = worlds(runs, scenarios)
    figure = Figure(figsize=(6.3, 3.5))
    panels = figure.subplots(1, len(_PRICES), sharey=True)
    for axes, (measure, title) in zip(panels, _PRICES, strict=True):
        axes.set_yscale("log")
        axes.set_title(title)
        if measure != _TECHNOLOGY or measure in runs.measures:
            for (colour, dash), (name, words) in zip(looks(len(chosen)), labels(chosen).items(), strict=True):
                line(axes, runs.wide(name, measure), colour, words, style=dash)
        else:
            axes.text(0.5, 0.5, "not kept", transform=axes.transAxes, ha="center", va="center")
        dots(axes, measure, "black", runs.months, name="published list prices")
        dollars(axes)
    for axes in panels:  # they share the axis, so all is drawn before room is made
        time_axis(axes, runs.months, room=axes is panels[0])
    panels[0].set_ylabel("price [$/Mtok]")
    legend_below(figure, *panels)
    return figure
