"""What is observed of the market each month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import views
from sim.fields import REGIONS
from sim.measure import BILLION_A_YEAR, YEAR, Measures, by_lab, enterprise_users, is_open, shares_by_lab
from sim.tables import Bool, Float

if TYPE_CHECKING:
    from sim.market import Market

MARKET = Measures()
# A model counts as of a level if it is within the luck of one run below it.
LEVEL_TOLERANCE = 0.15
GPT35_LEVEL, GPT4_LEVEL = 0.0, 0.93
# Lags ask when the frontier was where the follower is now, to within this [OOM].
LAG_TOLERANCE = 0.05
# Least growth of the frontier by which a gap is turned into months [OOM/year].
LEAST_GROWTH = 0.3
_CN, _US = REGIONS.index("CN"), REGIONS.index("US")


@MARKET("1")
def open_share_spend(market: Market) -> float:
    """Share of spend on lines whose weights are public, whoever hosts them."""
    return _part(market.lines.spend, is_open(market))


@MARKET("1")
def open_share_tokens(market: Market) -> float:
    """Share of tokens served by lines whose weights are public."""
    return _part(market.lines.tokens, is_open(market))


@MARKET("1")
def open_share_users(market: Market) -> float:
    """Share of developers, among those who use a model, on lines whose weights are public."""
    return _part(market.lines.users, is_open(market))


@MARKET("1")
def open_share_enterprise(market: Market) -> float:
    """The same among developers of small and large firms outside China."""
    return _part(enterprise_users(market), is_open(market))


@MARKET("1")
def hhi(market: Market) -> float:
    """Herfindahl-Hirschman index: sum of squared spend shares of labs."""
    return float((shares_by_lab(market, market.lines.spend) ** 2).sum())


@MARKET("OOM")
def frontier(market: Market) -> float:
    """Best capability ever on the market, community gain included; 0 is GPT-3.5, +1 ten times the compute."""
    return float(market.world.frontier[0])


@MARKET("OOM")
def open_frontier(market: Market) -> float:
    """Best capability ever of a line whose weights are public; missing before the first."""
    return _best_so_far(market, "open_frontier", views.best_models(market)[1].max())


@MARKET("OOM")
def us_frontier(market: Market) -> float:
    """Best capability ever of a US lab."""
    return _best_so_far(market, "us_frontier", _best_of_region(market, _US))


@MARKET("OOM")
def china_frontier(market: Market) -> float:
    """Best capability ever of a Chinese lab; missing before the first."""
    return _best_so_far(market, "china_frontier", _best_of_region(market, _CN))


@MARKET("months")
def open_lag(market: Market) -> float:
    """Trend lag: mean over a year of the gap of the open to the whole frontier over the frontier's yearly growth."""
    gaps = [*market.record.series("open_gap"), open_gap(market)][-YEAR:]
    here = [gap for gap in gaps if np.isfinite(gap)]
    if not here:
        return float("nan")
    path = [*market.record.series("frontier"), frontier(market)]
    span = min(YEAR, len(path) - 1)
    growth = (path[-1] - path[-1 - span]) * YEAR / span if span else LEAST_GROWTH
    return float(YEAR * np.mean(here) / max(growth, LEAST_GROWTH))


@MARKET("months")
def open_lag_step(market: Market) -> float:
    """Months since the frontier first was where the open frontier is now."""
    return _lag(market, "frontier", frontier(market), open_frontier(market))


@MARKET("OOM")
def open_gap(market: Market) -> float:
    """Frontier less open frontier."""
    return frontier(market) - open_frontier(market)


@MARKET("months")
def china_lag(market: Market) -> float:
    """Months since the US frontier first was where the Chinese frontier is now."""
    return _lag(market, "us_frontier", us_frontier(market), china_frontier(market))


@MARKET("OOM/year")
def innovation_speed(market: Market) -> float:
    """Growth of the frontier over the last twelve months; missing in the first year."""
    path = market.record.series("frontier")
    return frontier(market) - path[-YEAR] if len(path) >= YEAR else float("nan")


@MARKET("$/Mtok")
def price_gpt35_level(market: Market) -> float:
    """Cheapest price of a line as capable as GPT-3.5."""
    return _price_of_level(market, GPT35_LEVEL)


@MARKET("$/Mtok")
def price_gpt4_level(market: Market) -> float:
    """Cheapest price of a line as capable as GPT-4; missing before the first."""
    return _price_of_level(market, GPT4_LEVEL)


@MARKET("$/Mtok")
def technology_price_gpt35(market: Market) -> float:
    """Price at which a light model of exactly GPT-3.5's level could be sold with today's know-how and margins.

    Unlike the cheapest price on the list it does not jump when a small model is replaced by a better one.
    """
    return _technology_price(market, GPT35_LEVEL)


@MARKET("$/Mtok")
def frontier_price(market: Market) -> float:
    """Price of the most capable line."""
    lines = market.lines
    if not lines.live.any():
        return float("nan")
    capability = np.where(lines.live, lines.capability + lines.gain, -np.inf)
    return float(lines.price[int(np.argmax(capability))])


@MARKET("1")
def closed_margin(market: Market) -> float:
    """Lerner index of closed lines, weighted by spend."""
    lines = market.lines
    weight = np.where(is_open(market) | ~lines.live, 0.0, lines.spend)
    return float((weight * lines.lerner).sum() / weight.sum()) if weight.sum() > 0.0 else float("nan")


@MARKET("1")
def adoption(market: Market) -> float:
    """Share of developers that use a model."""
    return float(market.world.adoption[0])


@MARKET("$bn/year")
def spend(market: Market) -> float:
    """Spend of developers and startups on models."""
    return float(market.lines.spend.sum() * BILLION_A_YEAR)


@MARKET("ln $")
def consumer_gain(market: Market) -> float:
    """Inclusive value over doing without, in log money, mean over developers weighted by their budgets at the start."""
    segments = market.segments
    weight = segments.people * segments.budget_start
    return float((weight * segments.inclusive).sum() / weight.sum())


@MARKET("units/month")
def contributions(market: Market) -> float:
    """Contributions to open lines; a unit is what a mean contributor gives."""
    return float(market.lines.contributions.sum())


@MARKET("startups")
def startups(market: Market) -> float:
    """Startups in business."""
    return float(market.startups.alive.sum() * market.parameters.entry.weight)


@MARKET("startups/month")
def entries(market: Market) -> float:
    """Startups that entered this month."""
    return float(market.world.entries[0])


@MARKET("startups/month")
def exits(market: Market) -> float:
    """Startups that left this month."""
    return float(market.world.exits[0])


@MARKET("$")
def entry_cost(market: Market) -> float:
    """Cost of entry of a startup, the tokens of a first product included."""
    return views.entry_cost(market)


@MARKET("1/month")
def incidents(market: Market) -> float:
    """Misuse incidents in all regions."""
    return float(market.governments.incidents.sum())


@MARKET("1")
def trust(market: Market) -> float:
    """Trust in labs, weighted by their users."""
    users = by_lab(market, market.lines.users)
    return float((users * market.labs.trust).sum() / users.sum()) if users.sum() > 0.0 else float("nan")


@MARKET("researchers/year")
def migration_cn_us(market: Market) -> float:
    """Researchers who moved from an employer in China to one in the US over the last twelve months."""
    return market.record.moves_between("CN", "US", YEAR)


@MARKET("researchers/year")
def migration_us_cn(market: Market) -> float:
    """Researchers who moved from an employer in the US to one in China over the last twelve months."""
    return market.record.moves_between("US", "CN", YEAR)


def _best_so_far(market: Market, name: str, now: float) -> float:
    before = market.record.series(name)
    best = np.fmax(before[-1], now) if before else now
    return float(best) if np.isfinite(best) else float("nan")


def _best_of_region(market: Market, region: int) -> float:
    return float(views.lab_capability(market)[market.labs.region == region].max(initial=-np.inf))


def _lag(market: Market, leader: str, leader_now: float, follower_now: float) -> float:
    if not np.isfinite(follower_now):
        return float("nan")
    path = [*market.record.series(leader), leader_now]
    reached = np.asarray(path) >= follower_now - LAG_TOLERANCE
    return float(len(path) - 1 - int(np.argmax(reached))) if reached.any() else 0.0


def _price_of_level(market: Market, level: float) -> float:
    lines = market.lines
    able = lines.live & (lines.capability + lines.gain >= level - LEVEL_TOLERANCE)
    return float(lines.price[able].min()) if able.any() else float("nan")


def _technology_price(market: Market, level: float) -> float:
    """Least over labs of c_ref 10^(κ (K − a) − Δn − g)/(1 − L), L the margin on the lab's cheapest line [$/Mtok]."""
    lines, labs, p = market.lines, market.labs, market.parameters
    offers = []
    for lab in np.unique(lines.lab[lines.live]):
        mine = np.flatnonzero(lines.live & (lines.lab == lab))
        cheapest = mine[np.argmin(lines.price[mine])]
        size = p.release.size_elasticity * (level - labs.methods[lab]) - p.training.light_size
        cost = p.pricing.reference_cost * 10.0 ** (size - labs.serving[lab])
        offers.append(cost / (1.0 - lines.lerner[cheapest]))
    return float(min(offers, default=float("nan")))


def _part(values: Float, chosen: Bool) -> float:
    total = values.sum()
    return float(values[chosen].sum() / total) if total > 0.0 else 0.0
