"""What is observed of the market each month."""

from __future__ import annotations

import math

import numpy as np

from sim import views
from sim.data.calendar import YEAR
from sim.data.index import GPT4, GPT35, oom
from sim.measures.look import BILLION_A_YEAR, CN, FIRM_USERS, KEYS, SPEND, TOKENS, US, USERS, Look, Measures

MARKET = Measures("measure of the market", reserved=KEYS)
# Capability of GPT-3.5, which is zero by definition, and of GPT-4 on the same index [OOM].
GPT35_LEVEL, GPT4_LEVEL = oom(GPT35), oom(GPT4)
# Lags ask when the frontier was where the follower is now, to within this [OOM].
LAG_TOLERANCE = 0.05
# Least growth of the frontier by which a gap is turned into months [OOM/year].
LEAST_GROWTH = 0.3


@MARKET("1")
def open_share_spend(look: Look) -> float:
    """Share of spend on lines whose weights are public, whoever hosts them."""
    return look.open_shares[SPEND]


@MARKET("1")
def open_share_tokens(look: Look) -> float:
    """Share of tokens served by lines whose weights are public."""
    return look.open_shares[TOKENS]


@MARKET("1")
def open_share_users(look: Look) -> float:
    """Share of developers, among those who use a model, on lines whose weights are public."""
    return look.open_shares[USERS]


@MARKET("1")
def open_share_enterprise(look: Look) -> float:
    """The same among developers of small and large firms outside China."""
    return look.open_shares[FIRM_USERS]


@MARKET("1")
def hhi(look: Look) -> float:
    """Herfindahl-Hirschman index: sum of squared spend shares of labs."""
    return float(look.lab_shares[SPEND].dot(look.lab_shares[SPEND]))


@MARKET("OOM")
def frontier(look: Look) -> float:
    """Best capability ever on the market, community gain included; 0 is GPT-3.5, +1 ten times the compute."""
    return look.frontier


@MARKET("OOM")
def open_frontier(look: Look) -> float:
    """Best capability ever of a line whose weights are public; missing before the first."""
    return look.open_frontier


@MARKET("OOM")
def us_frontier(look: Look) -> float:
    """Best capability ever of a US lab."""
    return look.best_so_far("us_frontier", look.region_best[US])


@MARKET("OOM")
def china_frontier(look: Look) -> float:
    """Best capability ever of a Chinese lab; missing before the first."""
    return look.best_so_far("china_frontier", look.region_best[CN])


@MARKET("months")
def open_lag(look: Look) -> float:
    """Trend lag: mean over a year of the gap of the open to the whole frontier over the frontier's yearly growth."""
    gaps = [*look.state.record.series("open_gap")[1 - YEAR :], open_gap(look)]
    here = [gap for gap in gaps if math.isfinite(gap)]
    if not here:
        return math.nan
    path = look.state.record.series("frontier")
    span = min(YEAR, len(path))
    growth = (look.frontier - path[-span]) * YEAR / span if span else LEAST_GROWTH
    return YEAR * math.fsum(here) / len(here) / max(growth, LEAST_GROWTH)


@MARKET("months")
def open_lag_step(look: Look) -> float:
    """Months since the frontier first was where the open frontier is now."""
    return look.lag("frontier", look.open_frontier, LAG_TOLERANCE)


@MARKET("OOM")
def open_gap(look: Look) -> float:
    """Frontier less open frontier."""
    return look.frontier - look.open_frontier


@MARKET("months")
def china_lag(look: Look) -> float:
    """Months since the US frontier first was where the Chinese frontier is now."""
    return look.lag("us_frontier", china_frontier(look), LAG_TOLERANCE)


@MARKET("OOM/year")
def innovation_speed(look: Look) -> float:
    """Growth of the frontier over the last twelve months; missing in the first year."""
    path = look.state.record.series("frontier")
    return look.frontier - path[-YEAR] if len(path) >= YEAR else math.nan


@MARKET("$/Mtok")
def price_gpt35_level(look: Look) -> float:
    """Cheapest price of a line as capable as GPT-3.5."""
    return look.price_of_level(GPT35_LEVEL)


@MARKET("$/Mtok")
def price_gpt4_level(look: Look) -> float:
    """Cheapest price of a line as capable as GPT-4; missing before the first."""
    return look.price_of_level(GPT4_LEVEL)


@MARKET("$/Mtok")
def technology_price_gpt35(look: Look) -> float:
    """Price at which a light model of exactly GPT-3.5's level could be sold with today's know-how and margins.

    Unlike the cheapest price on the list it does not jump when a small model is replaced by a better one.
    """
    return _technology_price(look, GPT35_LEVEL)


@MARKET("$/Mtok")
def frontier_price(look: Look) -> float:
    """Price of the most capable flagship; missing before the first."""
    return look.flagship_price


@MARKET("1")
def closed_margin(look: Look) -> float:
    """Lerner index of closed lines, weighted by spend."""
    lines = look.state.lines
    weight = np.where(look.is_open | ~lines.live, 0.0, lines.spend)
    total = float(np.add.reduce(weight))
    return float(weight.dot(lines.lerner)) / total if total > 0.0 else math.nan


@MARKET("1")
def adoption(look: Look) -> float:
    """Share of developers that use a model."""
    return float(look.state.world.adoption[0])


@MARKET("$bn/year")
def spend(look: Look) -> float:
    """Spend of developers and startups on models."""
    return float(np.add.reduce(look.state.lines.spend)) * BILLION_A_YEAR


@MARKET("ln $")
def consumer_gain(look: Look) -> float:
    """Inclusive value over doing without, in log money, mean over developers weighted by their budgets at the start."""
    segments = look.state.segments
    weight = segments.people * segments.budget_start
    return float(weight.dot(segments.inclusive) / np.add.reduce(weight))


@MARKET("$bn/year")
def equivalent_variation(look: Look) -> float:
    """What users would have to be given in the reference to be as well off as here, at most their loss of all budgets.

    EV = Σ B_g (e^(ΔW_g) − 1) over segments with budgets B_g and inclusive values W_g in log money, B of the reference;
    0 in the reference itself. A loss is at most all budgets, and a gain has no bound. Source: Small and Rosen (1981).
    """
    return _variation(look, 1.0)


@MARKET("$bn/year")
def compensating_variation(look: Look) -> float:
    """What could be taken from users here before they are as badly off as in the reference, a gain of at most budgets.

    CV = Σ B_g (1 − e^(−ΔW_g)), see ``equivalent_variation``; a gain is at most all budgets, and a loss has no bound.
    """
    return _variation(look, -1.0)


@MARKET("units/month")
def contributions(look: Look) -> float:
    """Contributions to open lines; a unit is what a mean contributor gives."""
    return float(np.add.reduce(look.state.lines.contributions))


@MARKET("startups")
def startups(look: Look) -> float:
    """Startups in business."""
    return np.count_nonzero(look.state.startups.alive) * look.state.parameters.entry.weight


@MARKET("startups/month")
def entries(look: Look) -> float:
    """Startups that entered this month."""
    return float(look.state.world.entries[0])


@MARKET("startups/month")
def exits(look: Look) -> float:
    """Startups that left this month."""
    return float(look.state.world.exits[0])


@MARKET("$")
def entry_cost(look: Look) -> float:
    """Cost of entry of a startup, the tokens of a first product included."""
    return views.entry_cost(look.state)


@MARKET("researchers/year")
def migration_cn_us(look: Look) -> float:
    """Researchers who moved from an employer in China to one in the US over the last twelve months."""
    return look.state.record.moves_between("CN", "US", YEAR)


@MARKET("researchers/year")
def migration_us_cn(look: Look) -> float:
    """Researchers who moved from an employer in the US to one in China over the last twelve months."""
    return look.state.record.moves_between("US", "CN", YEAR)


def _variation(look: Look, sign: float) -> float:
    """Σ B_g sign (e^(sign ΔW_g) − 1)."""
    reference = views.reference_welfare(look.state)
    change = look.state.segments.inclusive - reference.inclusive
    return sign * float(reference.budget.dot(np.expm1(sign * change))) * BILLION_A_YEAR


def _technology_price(look: Look, level: float) -> float:
    """Least over labs of the cost of their cheapest line's size for the level, at the margin L of that line [$/Mtok].

    A model of a lower level needs κ OOM less size for each OOM of capability.
    """
    lines, labs, p = look.state.lines, look.state.labs, look.state.parameters
    if not np.count_nonzero(look.exists):
        return math.nan
    price = np.where(lines.live, lines.price, np.inf).reshape(look.slots.shape)
    cheapest = price.argmin(axis=1) + look.first_lines
    above = (lines.capability + lines.gain)[cheapest] - level
    size = lines.size[cheapest] - p.release.size_of_capability * above
    cost = views.serving_cost(look.state, size, labs.serving, look.state.governments.chip_price[labs.region])
    return float(np.minimum.reduce(cost / (1.0 - lines.lerner[cheapest]), where=look.exists, initial=np.inf))
