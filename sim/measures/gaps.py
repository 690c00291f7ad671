"""Who is ahead of whom: closed and open, the United States, Europe, and how many labs are near the best."""

from __future__ import annotations

import math

from sim.measures.look import Look
from sim.measures.market import MARKET, china_frontier, us_frontier
from sim.parameters.fields import REGIONS

_EU = REGIONS.index("EU")


@MARKET("OOM")
def closed_frontier(look: Look) -> float:
    """Best capability ever of a closed model; missing before the first."""
    return look.closed_frontier


@MARKET("OOM")
def europe_frontier(look: Look) -> float:
    """Best capability ever of a lab in Europe and the rest of the world; missing before the first."""
    return look.best_so_far("europe_frontier", look.region_best[_EU])


@MARKET("OOM")
def closed_lead(look: Look) -> float:
    """Closed frontier less open frontier; negative where open weights lead."""
    return look.closed_frontier - look.open_frontier


@MARKET("OOM")
def china_gap(look: Look) -> float:
    """US frontier less Chinese frontier; negative where China leads, missing before the first of either."""
    return us_frontier(look) - china_frontier(look)


@MARKET("months")
def open_lag_closed(look: Look) -> float:
    """Months since the closed frontier first was where the open frontier is now, zero if it never was.

    Unlike ``open_lag_step`` it asks for all of the level, and of closed models alone, as published lags do.
    """
    return look.lag("closed_frontier", look.open_frontier)


@MARKET("months")
def europe_lag(look: Look) -> float:
    """Months since the US frontier first was where that of Europe is now, zero if it never was."""
    return look.lag("us_frontier", europe_frontier(look))


@MARKET("labs")
def labs_within_half(look: Look) -> float:
    """Labs whose best live model is within half an OOM of the best one."""
    return _near(look, 0.5)


@MARKET("labs")
def labs_within_one(look: Look) -> float:
    """Labs whose best live model is within one OOM of the best one."""
    return _near(look, 1.0)


def _near(look: Look, distance: float) -> float:
    best = max(look.region_best)
    return math.fsum(capability >= best - distance for capability in look.best_of_labs) if math.isfinite(best) else 0.0
