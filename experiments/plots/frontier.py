"""How good and how dear: the frontier, the open lag and the price of a fixed capability."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from experiments.plots.series import dot, dots, line
from experiments.plots.style import BLACK, BLUE, COLOURS, VERMILLION, dollars, label, legend_below, styled, time_axis
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results


@styled
def frontier_and_lag(runs: Results, scenario: str = BASELINE) -> Figure:
    """The best model and the best open one, and by how many months open weights trail.

    Raises:
        ExperimentError: There is no such scenario.
    """
    figure = Figure(figsize=(6.3, 4.6))
    above, below = figure.subplots(2, 1, height_ratios=(3, 2))
    for colour, measure, name in (
        (BLUE, "frontier", "all models"),
        (VERMILLION, "open_frontier", "open weights"),
    ):
        line(above, runs.wide(scenario, measure), colour, name)
        dots(above, measure, colour, runs.months)
    dot(above, [], [], name="published")
    line(below, runs.wide(scenario, "open_lag_step"), VERMILLION, "open weights")
    line(below, runs.wide(scenario, "open_lag"), BLACK, "trend of the lag", style="--")
    dots(below, "open_lag", VERMILLION, runs.months)
    above.set_title("Best capability")
    above.set_ylabel("capability [OOM, GPT-3.5 = 0]")
    below.set_title("Months since the frontier was where open weights are")
    below.set_ylabel("lag [months]")
    below.set_ylim(bottom=0)
    if runs.wide(scenario, "open_frontier").isna().all(axis=None):
        below.text(0.5, 0.5, "no open weights", transform=below.transAxes, ha="center", va="center")
    for axes in (above, below):
        time_axis(axes, runs.months)
    legend_below(figure, above, below, columns=3)
    return figure


@styled
def prices(runs: Results, scenarios: Sequence[str] | None = None) -> Figure:
    """The cheapest price of a model at least as good as GPT-3.5 and as GPT-4, on a log axis.

    Raises:
        ExperimentError: There is no such scenario.
    """
    figure = Figure(figsize=(6.3, 3.5))
    panels = figure.subplots(1, 2, sharey=True)
    levels = (("price_gpt35_level", "GPT-3.5 level"), ("price_gpt4_level", "GPT-4 level"))
    for axes, (measure, title) in zip(panels, levels, strict=True):
        axes.set_yscale("log")
        for colour, name in zip(COLOURS, scenarios or runs.scenarios, strict=False):
            line(axes, runs.wide(name, measure), colour, label(name))
        dots(axes, measure, "black", runs.months, name="published list prices")
        axes.set_title(f"Cheapest price, {title}")
        dollars(axes)
        time_axis(axes, runs.months, room=axes is panels[0])
    panels[0].set_ylabel("price [$/Mtok]")
    legend_below(figure, panels[0])
    return figure
