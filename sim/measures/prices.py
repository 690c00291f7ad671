"""Prices beside those of the market page: at o1's level, of a task, at equal capability, and of new models."""

from __future__ import annotations

import numpy as np

from sim.data.index import LATE_2025, O1, POINTS_AN_OOM, oom
from sim.measures.look import Look
from sim.measures.market import MARKET

O1_LEVEL, LATE_2025_LEVEL = oom(O1), oom(LATE_2025)
# Tokens of an answer relative to a model that does not reason; one until tokens by line are known.
ANSWER_TOKENS = 1.0
# A closed model is new so long [months].
NEW = 3


@MARKET("$/Mtok")
def price_o1_level(look: Look) -> float:
    """Cheapest price of a line as capable as o1; missing before the first."""
    return look.price_of_level(O1_LEVEL)


@MARKET("$/Mtok")
def price_153_level(look: Look) -> float:
    """Cheapest price of a line of an index of 153 or more, as the best models of late 2025; missing before the first.

    Unlike the prices of other levels it asks for all of the level.
    """
    return look.price_of_level(LATE_2025_LEVEL, 0.0)


@MARKET("$/Mtok")
def price_task(look: Look) -> float:
    """Price of an answer of the most capable flagship, for as many answers as have a million tokens without reasoning.

    Tokens an answer are one for every line until they are known, so it is ``frontier_price``.
    """
    return ANSWER_TOKENS * look.flagship_price


@MARKET("1")
def open_price_ratio(look: Look) -> float:
    """Price of open relative to closed lines of equal capability and age.

    e^b of the hedonic regression ln p = a + c·K + d·age + b·open over live lines of at most 18 months; missing with
    fewer than three of a kind.
    """
    return float(np.exp(look.hedonic[1]))


@MARKET("1")
def open_price_ratio_year(look: Look) -> float:
    """The same over lines of at most a year."""
    return float(np.exp(look.hedonic_year[1]))


@MARKET("ln")
def host_price_spread(look: Look) -> float:
    """Standard deviation of log prices of one open model over its hosts, who differ in cost; missing without a model.

    Hosts mark up alike, so prices are as far apart as costs.
    """
    open_lines = look.state.lines.live & look.is_open
    return look.state.parameters.pricing.host_spread if np.count_nonzero(open_lines) else np.nan


@MARKET("ln $/point")
def price_slope(look: Look) -> float:
    """Slope c of log price in capability in the same regression, a point of the published index."""
    return look.hedonic[0] / POINTS_AN_OOM


@MARKET("1")
def margin_new(look: Look) -> float:
    """Mean Lerner index of closed lines released this month or in the two before; missing if there are none."""
    lines = look.state.lines
    new = lines.live & ~look.is_open & (lines.birth > look.state.month - NEW)
    number = np.count_nonzero(new)
    return float(new.dot(lines.lerner) / number) if number else np.nan
