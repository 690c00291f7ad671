"""Figures: pure functions from results, or what was found in them, to a matplotlib ``Figure``, in one style.

Each takes ``size="column"``, ``"wide"`` (the default) or ``"slide"``, and ``grey=True``; shows itself in a notebook;
and knows its ``question``, ``world``, ``caption`` and the numbers drawn, ``data``. :func:`save` writes all of it.
"""

from __future__ import annotations

from experiments.plots.claims import claims_scorecard
from experiments.plots.effect import effect_of_scenario
from experiments.plots.flows import talent_alluvial, talent_between_open_and_closed, talent_between_regions
from experiments.plots.frontier import frontier_and_lag, margins, prices
from experiments.plots.game import payoff_matrix
from experiments.plots.kinds import KINDS, USUAL, draw_all, drawings
from experiments.plots.parts import parts_of_whole
from experiments.plots.picture import SIZES, save, styled
from experiments.plots.posterior import posterior
from experiments.plots.residuals import residuals
from experiments.plots.series import bands
from experiments.plots.shares import shares_by_lab, shares_by_openness, shares_by_region_and_openness
from experiments.plots.space import effect_against, heat_map, peeling, tornado
from experiments.plots.startups import startups
from experiments.plots.targets import targets
from experiments.plots.timeline import release_timeline
from experiments.plots.why import why

__all__ = [
    "KINDS",
    "SIZES",
    "USUAL",
    "bands",
    "claims_scorecard",
    "draw_all",
    "drawings",
    "effect_against",
    "effect_of_scenario",
    "frontier_and_lag",
    "heat_map",
    "margins",
    "parts_of_whole",
    "payoff_matrix",
    "peeling",
    "posterior",
    "prices",
    "release_timeline",
    "residuals",
    "save",
    "shares_by_lab",
    "shares_by_openness",
    "shares_by_region_and_openness",
    "startups",
    "styled",
    "talent_alluvial",
    "talent_between_open_and_closed",
    "talent_between_regions",
    "targets",
    "tornado",
    "why",
]
