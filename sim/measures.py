"""What is observed of a market each month: name, unit, definition, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.fields import ORGANISATIONS, REGIONS
from sim.tables import Bool, Float

if TYPE_CHECKING:
    from sim.market import Market

BILLION_A_YEAR = 12.0 / 1e9
# A model counts as of a level if it is within the luck of one run below it.
LEVEL_TOLERANCE = 0.15
GPT35_LEVEL, GPT4_LEVEL = 0.0, 0.93
# Lags ask when the frontier was where the follower is now, to within this [OOM].
LAG_TOLERANCE = 0.05
# Least growth of the frontier by which a gap is turned into months [OOM/year].
LEAST_GROWTH = 0.3
YEAR = 12
_BUSINESS = [ORGANISATIONS.index("smb"), ORGANISATIONS.index("enterprise")]
_CN, _US = REGIONS.index("CN"), REGIONS.index("US")


@dataclass(frozen=True)
class Measure:
    """One thing to observe."""

    name: str
    unit: str
    doc: str
    compute: Callable[[Market], float]


@dataclass(frozen=True)
class LabMeasure:
    """One thing to observe of every lab."""

    name: str
    unit: str
    doc: str
    compute: Callable[[Market], Float]


MARKET: dict[str, Measure] = {}
LABS: dict[str, LabMeasure] = {}


def _of_market(unit: str) -> Callable[[Callable[[Market], float]], Callable[[Market], float]]:
    def declare(function: Callable[[Market], float]) -> Callable[[Market], float]:
        name = function.__name__
        MARKET[name] = Measure(name, unit, (function.__doc__ or "").strip(), function)
        return function

    return declare


def _of_labs(unit: str) -> Callable[[Callable[[Market], Float]], Callable[[Market], Float]]:
    def declare(function: Callable[[Market], Float]) -> Callable[[Market], Float]:
        name = function.__name__.removesuffix("_of_labs")
        LABS[name] = LabMeasure(name, unit, (function.__doc__ or "").strip(), function)
        return function

    return declare


def observe(market: Market) -> tuple[dict[str, float], dict[str, Float]]:
    """All measures of this month."""
    values = {name: float(measure.compute(market)) for name, measure in MARKET.items()}
    of_labs = {name: np.asarray(measure.compute(market), float) for name, measure in LABS.items()}
    return values, of_labs


def _open(market: Market) -> Bool:
    return np.asarray(market.lines.access != CLOSED)


def _part(values: Float, chosen: Bool) -> float:
    total = values.sum()
    return float(values[chosen].sum() / total) if total > 0.0 else 0.0


def _enterprise_users(market: Market) -> Float:
    """Developers of small and large firms outside China on each line, shape (lines,)."""
    segments = market.segments
    chosen = np.isin(segments.organisation, _BUSINESS) & (segments.region != _CN)
    return np.asarray(market.developers.counts[chosen, 1:].sum(axis=0) * market.developers.weight)


def _by_lab(market: Market, of_lines: Float) -> Float:
    return np.asarray(np.bincount(market.lines.lab, weights=of_lines, minlength=len(market.labs)), np.float64)


def _shares_by_lab(market: Market, of_lines: Float) -> Float:
    total = of_lines.sum()
    return _by_lab(market, of_lines) / total if total > 0.0 else np.zeros(len(market.labs))


@_of_market("1")
def open_share_spend(market: Market) -> float:
    """Share of spend on lines whose weights are public, whoever hosts them."""
    return _part(market.lines.spend, _open(market))


@_of_market("1")
def open_share_tokens(market: Market) -> float:
    """Share of tokens served by lines whose weights are public."""
    return _part(market.lines.tokens, _open(market))


@_of_market("1")
def open_share_users(market: Market) -> float:
    """Share of developers, among those who use a model, on lines whose weights are public."""
    return _part(market.lines.users, _open(market))


@_of_market("1")
def open_share_enterprise(market: Market) -> float:
    """The same among developers of small and large firms outside China."""
    return _part(_enterprise_users(market), _open(market))


@_of_market("1")
def hhi(market: Market) -> float:
    """Herfindahl-Hirschman index: sum of squared spend shares of labs."""
    return float((_shares_by_lab(market, market.lines.spend) ** 2).sum())


@_of_market("OOM")
def frontier(market: Market) -> float:
    """Best capability ever on the market, community gain included; 0 is GPT-3.5, +1 ten times the compute."""
    return float(market.world.frontier[0])


@_of_market("OOM")
def open_frontier(market: Market) -> float:
    """Best capability ever of a line whose weights are public; missing before the first."""
    return _best_so_far(market, "open_frontier", views.best_models(market)[1].max())


@_of_market("OOM")
def us_frontier(market: Market) -> float:
    """Best capability ever of a US lab."""
    return _best_so_far(market, "us_frontier", _best_of_region(market, _US))


@_of_market("OOM")
def china_frontier(market: Market) -> float:
    """Best capability ever of a Chinese lab; missing before the first."""
    return _best_so_far(market, "china_frontier", _best_of_region(market, _CN))


@_of_market("months")
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


@_of_market("months")
def open_lag_step(market: Market) -> float:
    """Months since the frontier first was where the open frontier is now."""
    return _lag(market, "frontier", frontier(market), open_frontier(market))


@_of_market("OOM")
def open_gap(market: Market) -> float:
    """Frontier less open frontier."""
    return frontier(market) - open_frontier(market)


@_of_market("months")
def china_lag(market: Market) -> float:
    """Months since the US frontier first was where the Chinese frontier is now."""
    return _lag(market, "us_frontier", us_frontier(market), china_frontier(market))


@_of_market("OOM/year")
def innovation_speed(market: Market) -> float:
    """Growth of the frontier over the last twelve months; missing in the first year."""
    path = market.record.series("frontier")
    return frontier(market) - path[-YEAR] if len(path) >= YEAR else float("nan")


@_of_market("$/Mtok")
def price_gpt35_level(market: Market) -> float:
    """Cheapest price of a line as capable as GPT-3.5."""
    return _price_of_level(market, GPT35_LEVEL)


@_of_market("$/Mtok")
def price_gpt4_level(market: Market) -> float:
    """Cheapest price of a line as capable as GPT-4; missing before the first."""
    return _price_of_level(market, GPT4_LEVEL)


@_of_market("$/Mtok")
def frontier_price(market: Market) -> float:
    """Price of the most capable line."""
    lines = market.lines
    if not lines.live.any():
        return float("nan")
    capability = np.where(lines.live, lines.capability + lines.gain, -np.inf)
    return float(lines.price[int(np.argmax(capability))])


@_of_market("1")
def closed_margin(market: Market) -> float:
    """Lerner index of closed lines, weighted by spend."""
    lines = market.lines
    weight = np.where(_open(market) | ~lines.live, 0.0, lines.spend)
    return float((weight * lines.lerner).sum() / weight.sum()) if weight.sum() > 0.0 else float("nan")


@_of_market("1")
def adoption(market: Market) -> float:
    """Share of developers that use a model."""
    return float(market.world.adoption[0])


@_of_market("$bn/year")
def spend(market: Market) -> float:
    """Spend of developers and startups on models."""
    return float(market.lines.spend.sum() * BILLION_A_YEAR)


@_of_market("ln $")
def consumer_gain(market: Market) -> float:
    """Inclusive value over doing without, in log money, mean over developers weighted by their budgets at the start."""
    segments = market.segments
    weight = segments.people * segments.budget_start
    return float((weight * segments.inclusive).sum() / weight.sum())


@_of_market("units/month")
def contributions(market: Market) -> float:
    """Contributions to open lines; a unit is what a mean contributor gives."""
    return float(market.lines.contributions.sum())


@_of_market("startups")
def startups(market: Market) -> float:
    """Startups in business."""
    return float(market.startups.alive.sum() * market.parameters.entry.weight)


@_of_market("startups/month")
def entries(market: Market) -> float:
    """Startups that entered this month."""
    return float(market.world.entries[0])


@_of_market("startups/month")
def exits(market: Market) -> float:
    """Startups that left this month."""
    return float(market.world.exits[0])


@_of_market("$")
def entry_cost(market: Market) -> float:
    """Cost of entry of a startup, the tokens of a first product included."""
    return views.entry_cost(market)


@_of_market("1/month")
def incidents(market: Market) -> float:
    """Misuse incidents in all regions."""
    return float(market.governments.incidents.sum())


@_of_market("1")
def trust(market: Market) -> float:
    """Trust in labs, weighted by their users."""
    users = _by_lab(market, market.lines.users)
    return float((users * market.labs.trust).sum() / users.sum()) if users.sum() > 0.0 else float("nan")


@_of_market("researchers/year")
def migration_cn_us(market: Market) -> float:
    """Researchers who moved from an employer in China to one in the US over the last twelve months."""
    return market.record.moves_between("CN", "US", YEAR)


@_of_market("researchers/year")
def migration_us_cn(market: Market) -> float:
    """Researchers who moved from an employer in the US to one in China over the last twelve months."""
    return market.record.moves_between("US", "CN", YEAR)


@_of_labs("1")
def share_spend(market: Market) -> Float:
    """Share of spend on the lab's models, whoever hosts them."""
    return _shares_by_lab(market, market.lines.spend)


@_of_labs("1")
def share_tokens(market: Market) -> Float:
    """Share of tokens served by the lab's models."""
    return _shares_by_lab(market, market.lines.tokens)


@_of_labs("1")
def share_users(market: Market) -> Float:
    """Share of developers on the lab's models, among those who use any."""
    return _shares_by_lab(market, market.lines.users)


@_of_labs("1")
def share_enterprise(market: Market) -> Float:
    """The same among developers of small and large firms outside China."""
    return _shares_by_lab(market, _enterprise_users(market))


@_of_labs("OOM")
def capability(market: Market) -> Float:
    """Most capable live model; missing before the first."""
    best = views.lab_capability(market)
    return np.where(np.isfinite(best), best, np.nan)


@_of_labs("$/Mtok")
def price(market: Market) -> Float:
    """Price of the most capable live model; missing before the first."""
    return _of_best_line(market, market.lines.price)


@_of_labs("1")
def margin(market: Market) -> Float:
    """Lerner index of the most capable live model; of its hosts if it is open."""
    return _of_best_line(market, market.lines.lerner)


@_of_labs("$bn/year")
def revenue(market: Market) -> Float:
    """Revenue from models, first-party hosting of open ones included."""
    return market.labs.revenue * BILLION_A_YEAR


@_of_labs("$bn/year")
def profit(market: Market) -> Float:
    """Rent less research and development."""
    return market.labs.profit * BILLION_A_YEAR


@_of_labs("$bn")
def cash(market: Market) -> Float:
    """Money at hand."""
    return market.labs.cash / 1e9


@_of_labs("log10 FLOP")
def compute(market: Market) -> Float:
    """Training run that the lab could release."""
    return market.labs.compute.copy()


@_of_labs("FTE")
def researchers(market: Market) -> Float:
    """Research staff, both skills."""
    return market.labs.researchers + market.labs.hardware_researchers


@_of_labs("$/year")
def wage(market: Market) -> Float:
    """Posted wage of a researcher."""
    return market.labs.wage * YEAR


@_of_labs("level")
def openness(market: Market) -> Float:
    """Openness of methods: 0 closed, 1 paper, 2 weights, 3 weights and code, 4 everything."""
    return market.labs.openness.astype(float)


@_of_labs("1")
def trust_of_labs(market: Market) -> Float:
    """Trust of users, 0 to 1."""
    return market.labs.trust.copy()


@_of_labs("$bn")
def valuation(market: Market) -> Float:
    """Investors' value of the lab's model business."""
    return market.labs.valuation / 1e9


@_of_labs("$/month")
def rent_smoothed(market: Market) -> Float:
    """Exponential mean of the rent, on which investment is based."""
    return market.labs.rent_smoothed.copy()


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


def _of_best_line(market: Market, of_lines: Float) -> Float:
    lines = market.lines
    result = np.full(len(market.labs), np.nan)
    for lab in range(len(market.labs)):
        mine = np.flatnonzero(lines.live & (lines.lab == lab))
        if mine.size:
            result[lab] = of_lines[mine[np.argmax((lines.capability + lines.gain)[mine])]]
    return result
