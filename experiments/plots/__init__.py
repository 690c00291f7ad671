"""Figures: pure functions from results to a matplotlib ``Figure``, in one style."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from experiments.plots.claims import claims_scorecard
from experiments.plots.effect import effect_of_scenario
from experiments.plots.flows import talent_between_open_and_closed, talent_between_regions
from experiments.plots.frontier import frontier_and_lag, prices
from experiments.plots.parts import parts_of_whole
from experiments.plots.series import bands
from experiments.plots.shares import shares_by_lab, shares_by_openness
from experiments.plots.space import effect_against, heat_map, peeling, tornado
from experiments.plots.style import nothing, save, styled
from experiments.plots.why import why
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_path, one_line
from experiments.results.files import NotWritten
from experiments.results.results import NotKept, Results, check_results
from experiments.results.store import StoreError

_LOG = logging.getLogger(__name__)

__all__ = [
    "bands",
    "claims_scorecard",
    "draw_all",
    "effect_against",
    "effect_of_scenario",
    "frontier_and_lag",
    "heat_map",
    "parts_of_whole",
    "peeling",
    "prices",
    "save",
    "shares_by_lab",
    "shares_by_openness",
    "talent_between_open_and_closed",
    "talent_between_regions",
    "tornado",
    "why",
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
    """Every figure that the measures kept allow, as PDF, SVG and PNG; returns the paths.

    A figure that cannot be drawn says so, and why, in its place.

    Raises:
        ExperimentError: These are no results, or the folder cannot be written.
    """
    check_results(runs)
    folder, paths = check_path("folder", folder), []
    for name, draw in _figures(runs):
        with suppress(NotKept):
            paths += _drawn(draw, folder, name)
    return paths


def _drawn(draw: Callable[[], Figure], folder: str | Path, name: str) -> list[Path]:
    try:
        return save(draw(), folder, name)
    except (NotKept, StoreError, NotWritten, OSError):
        raise
    except Exception as error:  # whatever it is, it must not take the study with it
        _LOG.warning("figure %s cannot be drawn: %s", name, one_line(f"{type(error).__name__}: {error}"))
        return save(blank(name, str(error)), folder, name)


@styled
def blank(name: str, why: str) -> Figure:
    """In the place of a figure: that it cannot be drawn, and why."""
    return nothing(f"{name.replace('_', ' ')} cannot be drawn:\n{textwrap.fill(one_line(why), 70)}")


def _figures(runs: Results) -> Iterator[tuple[str, Callable[[], Figure]]]:
    for scenario in runs.scenarios:
        main = scenario == BASELINE or BASELINE not in runs.scenarios
        suffix = "" if scenario == BASELINE else f"_{scenario}"
        for name, draw in _OF_ONE_WORLD.items():
            if main or name in _OF_THE_OTHERS:
                yield name + suffix, partial(draw, runs, scenario)
    if runs.scenarios:
        yield "prices", partial(prices, runs)
    paired = runs.complete()  # a run that is missing leaves its partners without a pair
    for scenario in paired.scenarios if BASELINE in paired.scenarios else ():
        if scenario != BASELINE:
            yield f"effect_of_{scenario}", partial(effect_of_scenario, paired, scenario)
