"""How good and how dear: the frontier, the open lag, the price of a fixed capability, closed margins."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.findings.facts import facts
from experiments.plots.picture import canvas, named, styled, title
from experiments.plots.series import PUBLISHED, dots, line, marks_below
from experiments.plots.style import BLACK, BLUE, VERMILLION, dollars, looks, names_at_ends, percent, time_axis
from experiments.plots.worlds import about, has_record, label, labels, world, worlds
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import NotKept, Results

_TECHNOLOGY = "technology_price_gpt35"
PRICES = (
    ("price_gpt35_level", "GPT-3.5 level, listed"),
    (_TECHNOLOGY, "Same, by technology"),
    ("price_gpt4_level", "GPT-4 level, listed"),
)
MARGINS = (
    ("closed_margin", "Closed lines, weighted by spend"),
    ("margin_new", "Closed lines released in these three months"),
)
_FRONTIERS = (
    (BLUE, "-", "o", "frontier", "all models"),
    (VERMILLION, "--", "s", "open_frontier", "open weights"),
)
# Inches of a panel of lines that stands above another.
_HALF = 1.95


@styled
def frontier_and_lag(runs: Results, scenario: str = BASELINE) -> Figure:
    """The best model and the best open one, and by how many months open weights trail.

    Raises:
        ExperimentError: There is no such scenario.
    """
    figure, (above, below) = canvas(2, across=1, inches=_HALF)
    known = has_record([check_choice("scenario", scenario, runs.scenarios)])
    for colour, dash, marker, measure, name in _FRONTIERS:
        line(above, runs.wide(scenario, measure), colour, name, style=dash, marker=marker if known else "")
        if known:
            dots(above, measure, colour, runs.months, marker=marker, series=name)
    line(below, runs.wide(scenario, "open_lag_step"), VERMILLION, "by steps", style="--")
    line(below, runs.wide(scenario, "open_lag"), BLACK, "trend", style=":")
    if known:
        dots(below, "open_lag", VERMILLION, runs.months, marker="s", series="by steps")
    named(above, "Best capability (GPT-3.5 is 0)", "capability", "OOM")
    named(below, "Months since the frontier was where open weights are", "lag", "months")
    below.set_ylim(bottom=0)
    if runs.wide(scenario, "open_frontier").isna().all(axis=None):
        below.text(0.5, 0.5, "no open weights", transform=below.transAxes, ha="center", va="center")
    for axes in (above, below):
        time_axis(axes, runs.months)
    names_at_ends(figure, above, below)
    marks_below(figure, above, below)
    title(figure, "How good is the best model, and how far behind are open weights?", world(runs, scenario))
    about(figure, runs, scenario)
    return figure


@styled
def prices(runs: Results, scenarios: str | Iterable[str] | None = None) -> Figure:
    """The price of GPT-3.5's and GPT-4's level, on a log axis: the cheapest listed, and what technology allows.

    Raises:
        ExperimentError: There is no such scenario, or a listed price is not kept.
    """
    chosen = worlds(runs, scenarios)
    figure, panels = canvas(len(PRICES), sharey=True)
    for axes, (measure, words) in zip(panels, PRICES, strict=True):
        axes.set_yscale("log")
        if measure != _TECHNOLOGY or measure in runs.measures:
            _by_scenario(axes, runs, measure, chosen)
        else:
            axes.text(0.5, 0.5, "not kept", transform=axes.transAxes, ha="center", va="center")
        named(axes, words, "price", "$/Mtok")
        axes.label_outer(remove_inner_ticks=False)
        dollars(axes)
    for axes in panels:  # they share the axis, so all is drawn before room is made
        time_axis(axes, runs.months, room=axes is panels[0])
    names_at_ends(figure, *_last_of_rows(panels))
    marks_below(figure, *panels)
    title(figure, "What does a fixed capability cost?", world(runs, *chosen))
    about(figure, runs, *chosen)
    return figure


@styled
def margins(runs: Results, scenarios: str | Iterable[str] | None = None) -> Figure:
    """What closed lines keep of their price over marginal cost (Lerner index): all of them, and those just released.

    Raises:
        ExperimentError: There is no such scenario, or neither is kept.
    """
    chosen = worlds(runs, scenarios)
    kept = [pair for pair in MARGINS if pair[0] in runs.measures]
    if not kept:
        raise NotKept(f"margins need {MARGINS[0][0]} or {MARGINS[1][0]}, which these runs did not keep")
    figure, panels = canvas(len(kept), sharey=True)
    for axes, (measure, words) in zip(panels, kept, strict=True):
        _by_scenario(axes, runs, measure, chosen)
        named(axes, words, "margin over price", "1", shown="%")
        percent(axes)
        axes.label_outer(remove_inner_ticks=False)
    for axes in panels:
        time_axis(axes, runs.months, room=axes is panels[0])
    names_at_ends(figure, *_last_of_rows(panels))
    marks_below(figure, *panels)
    title(figure, "How much of their price do closed labs keep?", world(runs, *chosen))
    about(figure, runs, *chosen)
    return figure


def _by_scenario(axes: Axes, runs: Results, measure: str, chosen: tuple[str, ...]) -> None:
    """A line a scenario, and the published numbers if history is among them."""
    for (colour, dash), (name, words) in zip(looks(len(chosen)), labels(chosen).items(), strict=True):
        line(axes, runs.wide(name, measure), colour, words, style=dash)
    if has_record(chosen) and len(facts(measure)):
        dots(axes, measure, BLACK, runs.months, series=label(BASELINE), name=PUBLISHED)


def _last_of_rows(panels: Iterable[Axes]) -> list[Axes]:
    """The panels at the right end of their row: names at line ends have room there alone."""
    places = ((axes, axes.get_subplotspec()) for axes in panels)
    return [axes for axes, place in places if place is not None and place.is_last_col()]
