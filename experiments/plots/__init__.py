"""Figures: pure functions from results to a matplotlib ``Figure``, in one style."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from experiments.plots.effect import effect_of_scenario
from experiments.plots.flows import talent_between_open_and_closed, talent_between_regions
from experiments.plots.frontier import frontier_and_lag, prices
from experiments.plots.series import bands
from experiments.plots.shares import shares_by_lab, shares_by_openness
from experiments.plots.style import save
from experiments.questions.scenarios import BASELINE
from experiments.results.results import NotKept, Results

__all__ = [
    "bands",
    "draw_all",
    "effect_of_scenario",
    "frontier_and_lag",
    "prices",
    "save",
    "shares_by_lab",
    "shares_by_openness",
    "talent_between_open_and_closed",
    "talent_between_regions",
]

_OF_ONE_WORLD: dict[str, Callable[[Results, str], Figure]] = {
    "shares_by_lab": shares_by_lab,
    "shares_by_openness": shares_by_openness,
    "frontier_and_lag": frontier_and_lag,
    "talent_between_regions": talent_between_regions,
    "talent_between_open_and_closed": talent_between_open_and_closed,
}
_OF_THE_OTHERS = ("shares_by_lab", "frontier_and_lag")


def draw_all(runs: Results, folder: str | Path) -> list[Path]:
    """Every figure that the measures kept allow, as PDF, SVG and PNG; returns the paths."""
    paths: list[Path] = []
    for name, draw in _figures(runs):
        with suppress(NotKept):
            paths += save(draw(), folder, name)
    return paths


def _figures(runs: Results) -> Iterator[tuple[str, Callable[[], Figure]]]:
    for scenario in runs.scenarios:
        main = scenario == BASELINE or BASELINE not in runs.scenarios
        suffix = "" if scenario == BASELINE else f"_{scenario}"
        for name, draw in _OF_ONE_WORLD.items():
            if main or name in _OF_THE_OTHERS:
                yield name + suffix, partial(draw, runs, scenario)
    if runs.scenarios:
        yield "prices", partial(prices, runs)
    for scenario in runs.scenarios if BASELINE in runs.scenarios else ():
        if scenario != BASELINE:
            yield f"effect_of_{scenario}", partial(effect_of_scenario, runs, scenario)
