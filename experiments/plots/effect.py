"""What a scenario changes: same-seed effects with their bands and pairs, each measure in its unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import sim
from experiments.findings.effects import Effect, compare, differences, ratio
from experiments.findings.pairs import EFFECTS
from experiments.plots.picture import canvas, keep, named, scale, styled, title
from experiments.plots.series import dates
from experiments.plots.style import BLACK, BLUE, VERMILLION, points, time_axis, year
from experiments.plots.worlds import about, changed, label
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice, refuse
from experiments.results.results import Results

# measure, title, what is shown, its name and unit; the listed price never without that of technology
PANELS = (
    ("price_gpt35_level", "GPT-3.5 level, listed", "change", "price, change", "%"),
    ("technology_price_gpt35", "Same, by technology", "change", "price, change", "%"),
    ("frontier", "Frontier", "difference", "difference", "OOM"),
    ("spend", "Spend", "change", "change", "%"),
    ("consumer_gain", "Consumers' gain", "log", "worth, of budgets", "%"),
    ("hhi", "Concentration (HHI)", "difference", "difference", "0 to 1"),
)
_KEPT = {
    "mean": "mean",
    "95% interval, low": "low",
    "95% interval, high": "high",
    "10% of pairs": "q10",
    "90% of pairs": "q90",
}
_DECEMBER = sim.calendar.month_of("2022-12")
_MOST_DOTS, _MOST_DATES, _LEAST_APART = 100, 5, 6
_GOLDEN = 0.618  # steps of it, modulo 1, fill a strip evenly
_GROUPS: dict[str, Any] = {
    "ls": "",
    "marker": "D",
    "mfc": "white",
    "mec": VERMILLION,
    "mew": 1.3,
    "ms": 4.5,
    "zorder": 4,
}


@styled
def effect_of_scenario(runs: Results, scenario: str, against: str = BASELINE) -> Figure:
    """Same-seed effect of a scenario, scenario minus the other one, for six measures.

    Raises:
        ExperimentError: A scenario or measure is missing, or the seeds differ.
    """
    for name, value in (("scenario", scenario), ("against", against)):
        check_choice(name, value, runs.scenarios)
    if scenario == against:
        raise refuse("against", against, f"another scenario than {scenario}")
    chosen = runs.select(scenario=(scenario, against))
    effect = compare(chosen, against, measures=[measure for measure, *_ in PANELS])
    figure, panels = canvas(len(PANELS), across=3, inches=2.05)
    for axes, (measure, words, kind, name, unit) in zip(panels, PANELS, strict=True):
        draw_effect(axes, chosen, effect, measure, kind, scenario)
        named(axes, words, name, unit if unit != "%" else "1", shown=unit)
        time_axis(axes, runs.months)
    groups = any(drawn.get_gid() == "groups" for axes in panels for drawn in axes.get_lines())
    figure.keys |= {str(key.get_label()): key for key in _keys(groups)}
    title(figure, f"What does it change? “{label(scenario)}” minus “{label(against)}”", _subtitle(chosen))
    about(figure, chosen, scenario, against, marks=f"Effects: {effect.holds} in the bands.")
    return figure


def _subtitle(runs: Results) -> str:
    seeds = "Same seeds on both sides" if len(runs.seeds) > 1 else "One seed, so no interval"
    return seeds + changed(runs)


def draw_effect(axes: Axes, runs: Results, effect: Effect, measure: str, kind: str, scenario: str) -> None:
    """One panel: mean, 95% interval and 10–90% of pairs, the pairs of each December and of the end as dots.

    Args:
        axes: Where.
        runs: The two scenarios.
        effect: What was compared.
        measure: A market measure.
        kind: Shown as ``difference``, as ``change`` of a positive measure, or as change of what ``log`` it is of.
        scenario: Whose effect.
    """
    change = kind == "change"
    frame = ratio(runs, measure, scenario, effect.against) if change else effect.of(measure, scenario).copy()
    if kind == "log":
        frame[list(EFFECTS)] = np.exp(frame[list(EFFECTS)])
    if kind != "difference":
        frame[list(EFFECTS)] -= 1.0
        points(axes)
    frame = frame[frame["pairs"] > 0]
    when = year(frame.index.to_numpy())
    axes.fill_between(when, frame["q10"], frame["q90"], color=BLUE, alpha=0.15, lw=0)
    axes.fill_between(when, frame["low"], frame["high"], color=BLUE, alpha=0.4, lw=0)
    axes.plot(when, frame["mean"], color=BLUE)
    values = {words: frame[name].to_numpy(float) for words, name in _KEPT.items()}
    keep(axes, None, scenario, dates(frame.index), values)
    axes.axhline(0.0, color=BLACK, lw=0.8)
    _dots(axes, _pairs(runs, measure, kind, scenario, effect.against), frame, runs.months)


def _pairs(runs: Results, measure: str, kind: str, scenario: str, against: str) -> pd.DataFrame:
    """Pairs in the form in which they are shown, a row a month, a column a pair; evenly chosen if they are many."""
    if kind == "change":
        with np.errstate(divide="ignore", invalid="ignore"):
            found = runs.wide(scenario, measure) / runs.wide(against, measure) - 1.0
    else:
        found = differences(runs, measure, scenario, against)
    if kind == "log":
        found = pd.DataFrame(np.expm1(found.to_numpy(float)), found.index, found.columns)
    number = found.shape[1]
    chosen = np.linspace(0, number - 1, min(number, _MOST_DOTS)).round().astype(int)
    return found.iloc[:, np.unique(chosen)]


def _dots(axes: Axes, pairs: pd.DataFrame, frame: pd.DataFrame, months: int) -> None:
    """Pairs side by side, so that none hides another, and the means of two groups where there are two."""
    shown = [month for month in range(_DECEMBER, months - _LEAST_APART, 12) if month in pairs.index]
    shown = [*shown[:: -max(1, round(len(shown) / _MOST_DATES))][::-1], months]
    width = 0.06 * months / 12.0
    for month in shown:
        values = pairs.loc[month].to_numpy(float)
        aside = width * (np.arange(len(values)) * _GOLDEN % 1.0 - 0.5) if len(values) > 1 else np.zeros(1)
        at = float(year(month)) - (width / 2.0 if month == months else 0.0)
        axes.plot(at + aside, values, ".", color=BLACK, ms=2.6 * scale(), mew=0, alpha=0.6, zorder=3, gid="pairs")
        keep(axes, None, [f"pair {name}" for name in pairs.columns], dates([month] * len(values)), {"pair": values})
        ends = frame.loc[frame.index == month, ["lower", "upper"]].to_numpy(float).ravel()
        if np.isfinite(ends).any():
            axes.plot([at, at], ends, **_GROUPS, gid="groups")


def _keys(groups: bool) -> list[Line2D | Patch]:
    keys: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, label="mean of pairs"),
        Patch(color=BLUE, alpha=0.4, lw=0, label="95% interval of the mean"),
        Patch(color=BLUE, alpha=0.15, lw=0, label="10–90% of pairs"),
        Line2D([], [], color=BLACK, lw=0.8, label="no effect"),
        Line2D([], [], color=BLACK, ls="", marker=".", ms=4, mew=0, alpha=0.6, label="pairs"),
    ]
    return [*keys, Line2D([], [], **_GROUPS, label="bimodal: means of two groups")] if groups else keys
