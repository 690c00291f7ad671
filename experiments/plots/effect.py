"""What open weights change: same-seed effects with their bands, each measure in its unit."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.findings.effects import Effect, compare, ratio
from experiments.plots.style import BLACK, BLUE, label, points, styled, time_axis, year
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results

# measure, title, what is shown, unit
PANELS = (
    ("price_gpt35_level", "Price, GPT-3.5 level", "change", "change [%]"),
    ("price_gpt4_level", "Price, GPT-4 level", "change", "change [%]"),
    ("frontier", "Frontier", "difference", "difference [OOM]"),
    ("spend", "Spend", "change", "change [%]"),
    ("consumer_gain", "Consumers' gain", "log", "as if budgets grew by [%]"),
    ("hhi", "Concentration (HHI)", "difference", "difference [0 to 1]"),
)


_LEVELS = ("mean", "low", "high", "q10", "q90")


def effect_of_open_weights(runs: Results, world: str = BASELINE, without: str = "no_open_weights") -> Figure:
    """Same-seed effect of open weights: the world with them against the one without, for six measures.

    Raises:
        ExperimentError: A scenario is missing, or the seeds differ.
    """
    title = f"Effect of open weights: {label(world)} against the same seeds {label(without)}"
    return _panels(runs, world, without, title)


def effect_of_scenario(runs: Results, scenario: str, against: str = BASELINE) -> Figure:
    """Same-seed effect of a scenario: what it changes against another one, for six measures.

    Raises:
        ExperimentError: A scenario is missing, or the seeds differ.
    """
    title = f"Effect of scenario “{label(scenario)}”: against the same seeds of the {label(against)}"
    return _panels(runs, scenario, against, title)


@styled
def _panels(runs: Results, world: str, against: str, title: str) -> Figure:
    figure = Figure(figsize=(6.3, 4.9))
    measures = dict.fromkeys(measure for measure, *_ in PANELS)
    effect = compare(runs.select(scenario=(world, against)), against, measures=measures)
    for axes, (measure, name, kind, unit) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        draw_effect(axes, runs, effect, measure, kind, world)
        axes.set_title(name)
        axes.set_ylabel(unit)
        time_axis(axes, runs.months)
        axes.tick_params(axis="x", labelrotation=45)
    figure.suptitle(title, fontsize=9.5, x=0.01, ha="left")
    figure.legend(handles=_keys(), loc="outside lower center", ncols=4)
    return figure


def draw_effect(axes: Axes, runs: Results, effect: Effect, measure: str, kind: str, world: str) -> None:
    """One panel: mean, 95% interval and 10–90% of pairs, as difference or as change in per cent."""
    if kind == "change":
        frame = ratio(runs, measure, world, effect.against)
        frame[list(_LEVELS)] -= 1.0
    else:
        frame = effect.of(measure, world)
        if kind == "log":
            frame[list(_LEVELS)] = np.exp(frame[list(_LEVELS)]) - 1.0
    frame = frame[frame["pairs"] > 0]
    when = year(frame.index.to_numpy())
    axes.fill_between(when, frame["q10"], frame["q90"], color=BLUE, alpha=0.15, lw=0)
    axes.fill_between(when, frame["low"], frame["high"], color=BLUE, alpha=0.4, lw=0)
    axes.plot(when, frame["mean"], color=BLUE)
    axes.axhline(0.0, color=BLACK, lw=0.8)
    if kind != "difference":
        points(axes)


def _keys() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=BLUE, label="mean of pairs"),
        Patch(color=BLUE, alpha=0.4, lw=0, label="95% interval of the mean"),
        Patch(color=BLUE, alpha=0.15, lw=0, label="10–90% of pairs"),
        Line2D([], [], color=BLACK, lw=0.8, label="no effect"),
    ]
