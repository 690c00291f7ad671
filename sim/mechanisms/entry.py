"""Startups leave, enter, choose a base model, set a price, earn and contribute.

CES monopolistic competition of apps, by region, with free entry. Each startup agent stands for W alike. The kernels
are the equations, in the order of the steps below them.
"""

from __future__ import annotations

import logging

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.agents.startup import Startups, open_startups
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float, Int
from sim.numerics.race import first_to_ring
from sim.parameters.entry import Entry
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.state import State
from sim.views import demand

# Founders from labs are numbered from here, apart from entrants, so that more of them shift nobody else's identity.
FOUNDERS = 1 << 20
# Startups that choose at once: what they compare stays near the processor.
BLOCK = 512
# Share of the market that others have at least, so that the price of whoever serves it alone is finite.
OTHERS = 1e-3
# Organisation type whose developers' awareness is that of startups.
STARTUP = ORGANISATIONS.index("startup")
# Rows of all regions, and of closed and open models.
_REGIONS, _TWO = np.arange(len(REGIONS)), np.arange(2)
_LOG = logging.getLogger(__name__)


def taken_up(share: float, innovation: float, imitation: float) -> float:
    """A month of Bass: F ← min{F + (p + q F)(1 − F)/12, 1}, p and q a year. Source: Bass (1969)."""
    return min(share + (innovation + imitation * share) * (1.0 - share) / YEAR, 1.0)


def paid(start: float, growth: float, frontier: float) -> float:
    """Share of the most that somebody pays: 1/(1 + (1/w₀ − 1) 10^(−ψ_a K*)), which better models satiate."""
    return float(1.0 / (1.0 + (1.0 / start - 1.0) * 10.0 ** (-growth * frontier)))


def app_demand(most: float, shares: Float, consumers: float, worth: float) -> Float:
    """Final demand for apps: Y_r = Ȳ share_r F w [$/month], shape (regions,)."""
    return np.asarray(most * shares * consumers * worth)


def entry_value(demand: float, number: float, p: Entry) -> float:
    """Value of a mean startup of a region: Π = [Y/(σ n W) − F_f]⁺/(ρ + δ) [$].

    Args:
        demand: Y, final demand of the region [$/month].
        number: n, startup agents in the region.
        p: σ_a, W, F_f, ρ and δ_S.
    """
    profit = demand / (p.app_elasticity * number * p.weight) - p.fixed_cost
    return max(profit, 0.0) / (p.discount + p.hazard)


def expected_entrants(number: float, value: float, cost: float, p: Entry) -> float:
    """Mean of the Poisson number of entrants: λ n (Π/F)^ε [agents/month], F the cost of entry [$]."""
    return float(p.rate * number * (value / cost) ** p.elasticity)


def free_entry_stock(demand: float, elasticity: float, cost: float, discount: float, hazard: float) -> float:
    """Startups at which the value of a mean one without fixed cost is the cost of entry: n* = Y/(σ F (ρ + δ))."""
    return demand / (elasticity * cost * (discount + hazard))


def startup_identity(month: int, region: int, index: Int) -> Int:
    """Permanent identities of the index-th entrants of a month and region; month −1 for the first stock."""
    return np.asarray(((month + 1) << 32) + (region << 28) + index, np.int64)


def unit_cost(other: float, tokens: float, price: Float) -> Float:
    """Marginal cost of an app: mc = m₀ + x P [$/unit], of the shape of ``price``, that of its base [$/Mtok]."""
    return np.asarray(other + tokens * price)


def log_profit(capability: Float, cost: Float, p: Entry) -> Float:
    """What a base model adds to log profit: θ_a K + (1 − σ) ln mc, shape (lines,)."""
    return np.asarray(p.quality * capability + (1.0 - p.app_elasticity) * np.log(cost))


def hold_up_risk(closed: Bool, age: Float, p: Entry) -> Float:
    """Chance of hold-up by a closed model's owner, 1 − e^(−v₀), and of an open one's neglect, 1 − e^(−v_u age).

    Args:
        closed: Whether a line is closed, shape (lines,).
        age: Since its release [years], shape (lines,).
        p: v₀ and v_u.
    """
    return np.asarray(1.0 - np.exp(-np.where(closed, p.hold_up_closed, p.hold_up_open * age)))


def base_utility(profit: Float, risk: Float, adaptation: Float, stays: Bool, taste: Float, p: Entry) -> Float:
    """U = ρ_b (ln profit + ft) − H_u π + κ_f 1[stays] + χ w − χ_s (1 − s) [utils], shape (startups, lines).

    Args:
        profit: Its log, see :func:`log_profit`, shape (lines,).
        risk: π, see :func:`hold_up_risk`, shape (lines,).
        adaptation: ft, log quality that the startup's skill adds to open weights, shape (startups, lines).
        stays: Whether the line is its base now, shape (startups, lines).
        taste: χ w − χ_s (1 − s), see :func:`sim.views.demand.of_weights`, shape (startups, lines).
        p: ρ_b, H_u and κ_f.
    """
    utility = p.choice * (profit + adaptation)
    utility = utility - p.hold_up * risk
    return np.asarray(utility + p.switching_cost * stays + taste)


def app_quality(own: Float, capability: Float, adaptation: Float, p: Entry) -> Float:
    """Log quality of an app: q = quality + θ_a K + ft [ln], its own, its base's, and its skill at open weights."""
    return np.asarray(own + p.quality * capability + adaptation)


def app_shares(quality: Float, price: Float, elasticity: float, region: Int) -> Float:
    """CES shares of apps in their regions: s_f ∝ e^(q_f) P_f^(1−σ), shape (startups,)."""
    score = quality + (1.0 - elasticity) * np.log(price)
    best = np.full(len(REGIONS), -np.inf)
    np.maximum.at(best, region, score)
    weight = np.exp(score - best[region])
    return np.asarray(weight / np.bincount(region, weights=weight)[region])


def app_price(marginal_cost: Float, share: Float, elasticity: float) -> Float:
    """Optimal price of an app: mc (1 + 1/((σ − 1)(1 − s))) [$/unit]."""
    return np.asarray(marginal_cost * (1.0 + 1.0 / ((elasticity - 1.0) * np.maximum(1.0 - share, OTHERS))))


def sticky_price(price: Float, optimum: Float, cost: Float, speed: float) -> Float:
    """Price moves part of the way, ln P ← (1 − λ) ln P + λ ln P*, and is never below cost [$/unit], (startups,)."""
    return np.maximum(price ** (1.0 - speed) * optimum**speed, cost)


def app_revenue(demand: Float, share: Float, weight: float) -> Float:
    """Revenue of a startup: rev = Y s/W [$/month], for its agent, whose share is s, stands for W of them."""
    return np.asarray(demand * share / weight)


def token_spend(tokens: float, base_price: Float, revenue: Float, price: Float) -> Float:
    """Spend on models: b = x P rev/P_f [$/month], x tokens for each of rev/P_f units sold."""
    return np.asarray(tokens * base_price * revenue / price)


def shares_on_base(share: Float, region: Int, base: Int, lines: int) -> Float:
    """m: share of the region's demand that all apps on the same base have together, shape (startups,).

    Args:
        share: Of each app in its region, shape (startups,).
        region: Of each, shape (startups,).
        base: Line on which each is built, shape (startups,).
        lines: Number of lines.
    """
    cell = region * lines + base
    return np.asarray(np.bincount(cell, weights=share)[cell])


def contribution_effort(revenue: Float, on_base: Float, room: Float, p: Entry) -> Float:
    """Money put into contributing: k = ω_k (rev/σ) θ_a (1 − m)⁺ room [$/month], shape (startups,).

    A share of what the startup would earn with a better base, less what all others on that base would: free riding.

    Args:
        revenue: rev [$/month], shape (startups,).
        on_base: m, see :func:`shares_on_base`.
        room: Gain from the community that is left to make [OOM], 0 on closed bases, shape (startups,).
        p: ω_k, σ_a and θ_a.
    """
    worth = revenue / p.app_elasticity * p.quality * np.maximum(1.0 - on_base, 0.0)
    return np.asarray(p.contribution * worth * room)


def earnings(revenue: Float, cost: Float, price: Float, fixed_cost: float, effort: Float) -> Float:
    """What is left of revenue: rev (1 − mc/P_f) − F_f − k [$/month], shape (startups,)."""
    return np.asarray(revenue * (1.0 - cost / price) - fixed_cost - effort)


@mechanism(
    reads=(
        "labs.region",
        "labs.service",
        "labs.uid",
        "lines.access",
        "lines.birth",
        "lines.capability",
        "lines.contributed",
        "lines.gain",
        "lines.lab",
        "lines.live",
        "lines.option",
        "lines.price",
        "segments.awareness",
        "segments.organisation",
        "segments.region",
        "segments.share",
        "world.frontier",
    ),
    writes=(
        *(f"startups.{name}" for name in Startups.columns),
        "world.consumers",
        "world.entries",
        "world.exits",
        "governments.founders",
    ),
    carries=(
        "startups.alive",
        "startups.uid",
        "startups.region",
        "startups.founded",
        "startups.quality",
        "startups.finetuning",
        "startups.base",
        "startups.price",
        "startups.cash",
        "world.consumers",
        "governments.founders",
    ),
    parameters=(
        "access.grey",
        "access.procurement_cn",
        "access.procurement_eu",
        "access.procurement_us",
        "adoption.outside_price",
        "adoption.unsupported",
        "adoption.weights_preference",
        "contribution.community_gain",
        "contribution.community_scale",
        "population.spend_cn",
        "population.spend_us",
    ),
    neutral={"entry.stock": 0, "entry.rate": 0.0, "talent.spin_out": 0.0},
)
def entry(state: State) -> None:
    """Startups leave, enter, choose a base model, sell and contribute.

    Entrants ~ Poisson(λ n (Π/F)^ε) plus founders from labs, with Π the value of a mean startup and F the cost of entry,
    which falls with the price of usable capability. Source: CES monopolistic competition with free entry.
    """
    startups, world, p = state.startups, state.world, state.parameters.entry
    world.entries[0] = world.exits[0] = 0.0
    if not state.lines.live.any():
        return
    world.consumers[0] = taken_up(float(world.consumers[0]), p.demand_innovation, p.demand_imitation)
    worth = paid(p.demand_start, p.demand_growth, float(world.frontier[0]))
    spend = app_demand(p.demand, state.parameters.population.spend_shares(), float(world.consumers[0]), worth)
    _leave(state)
    _start(state, spend)
    _choose_base(state)
    _sell(state, spend)
    state.governments.founders[:] = 0.0
    startups.model_spend[~startups.alive] = 0.0


def _leave(state: State) -> None:
    """Those without money, and others at the hazard."""
    startups, p = state.startups, state.parameters.entry
    rows = startups.alive.nonzero()[0]
    leaves = draws.happens(p.hazard, state.seed, "startup_exit", state.month, startups.uid[rows])
    gone = rows[(startups.cash[rows] < 0.0) | leaves]
    state.world.exits[0] = gone.size * p.weight
    startups.alive[gone] = False


def _start(state: State, spend: Float) -> None:
    """Entrants who expect to earn, and founders from labs, in every region."""
    startups, p, cost = state.startups, state.parameters.entry, views.entry_cost(state)
    alive = np.bincount(startups.region[startups.alive], minlength=len(REGIONS))
    luck = draws.uniform(state.seed, "startup_entry", state.month, _REGIONS[:, None], _TWO).tolist()
    by_region = zip(
        spend.tolist(), np.maximum(alive, 1).tolist(), state.governments.founders.tolist(), luck, strict=True
    )
    uid = []
    for region, (of_region, number, founders, draw) in enumerate(by_region):
        rate = expected_entrants(number, entry_value(of_region, number, p), cost, p) if p.rate > 0.0 else 0.0
        entrants, of_labs = draws.poisson(rate, draw[0]), draws.poisson(founders / p.weight, draw[1])
        index = np.array([*range(entrants), *range(FOUNDERS, FOUNDERS + of_labs)], np.int64)
        uid.append(startup_identity(state.month, region, index))
    region_of = _REGIONS.repeat([of_region.size for of_region in uid])
    was_full = startups.full
    placed = open_startups(startups, p, state.seed, state.month, np.concatenate(uid), region_of)
    state.world.entries[0] = p.weight * placed
    if startups.full and not was_full:
        _LOG.warning(
            "%s: %d startup agents, the most there may be; entrants find no place (a larger entry.weight needs fewer)",
            state.date,
            len(startups),
        )


def heard_of(state: State) -> Float:
    """Share of startups by region that know each line and may buy it, shape (regions, lines)."""
    segments = state.segments
    people = np.where(segments.organisation == STARTUP, segments.share, 0.0)
    of_region = people * (segments.region == _REGIONS[:, None])
    return np.asarray(of_region @ views.known(state) / of_region.sum(axis=1, keepdims=True))


def _choose_base(state: State) -> None:
    """The same race as developers', of those without a base or who reconsider, among usable models that they know."""
    startups, lines, p = state.startups, state.lines, state.parameters.entry
    rows = startups.alive.nonzero()[0]
    turn = draws.happens(p.reconsider, state.seed, "startup_reconsider", state.month, startups.uid[rows])
    rows = rows[(startups.base[rows] < 0) | turn]
    capability = lines.capability + lines.gain
    usable = capability >= p.usable * state.world.frontier[0] - views.ROUNDING
    live = (lines.live & (lines.price > 0.0) & usable).nonzero()[0]
    if rows.size == 0 or live.size == 0:
        return
    closed, option = lines.access[live] == CLOSED, lines.option[live]
    cost = unit_cost(p.other_cost, p.tokens, lines.price[live])
    profit = log_profit(capability[live], cost, p)
    risk = hold_up_risk(closed, (state.month - lines.birth[live]) / YEAR, p)
    first_price = app_price(cost, np.zeros(live.size), p.app_elasticity)
    heard, lab = heard_of(state)[:, live], lines.lab[live]
    tastes = demand.of_weights(state, STARTUP)[:, live]
    for first in range(0, rows.size, BLOCK):
        some = rows[first : first + BLOCK]
        stays = startups.base[some, None] == live
        news = draws.uniform(state.seed, "startup_aware", 0, startups.uid[some, None], state.labs.uid[None, :])
        known = stays | (news[:, lab] < heard[startups.region[some]])
        any_known = np.logical_or.reduce(known, axis=1)
        if not any_known.all():
            some, stays, known = some[any_known], stays[any_known], known[any_known]
        adaptation = startups.finetuning[some, None] * ~closed
        utility = base_utility(profit, risk, adaptation, stays, tastes[startups.region[some]], p)
        utility = np.where(known, utility, -np.inf)
        taste = draws.uniform(state.seed, "startup_taste", 0, startups.uid[some, None], option[None, :])
        chosen = first_to_ring(utility, taste)
        startups.price[some] = np.where(startups.base[some] < 0, first_price[chosen], startups.price[some])
        startups.base[some] = live[chosen]


def _sell(state: State, spend: Float) -> None:
    """Prices, revenue, spend on models, contributions and cash of those who have a base model."""
    startups, lines, p = state.startups, state.lines, state.parameters.entry
    startups.revenue[:] = startups.model_spend[:] = startups.contribution[:] = 0.0
    rows = (startups.alive & (startups.base >= 0)).nonzero()[0]
    region, base = startups.region[rows], startups.base[rows]
    open_base = lines.access[base] != CLOSED
    capability, adaptation = lines.capability[base] + lines.gain[base], startups.finetuning[rows] * open_base
    quality = app_quality(startups.quality[rows], capability, adaptation, p)
    cost, price = unit_cost(p.other_cost, p.tokens, lines.price[base]), startups.price[rows]
    share = app_shares(quality, price, p.app_elasticity, region)
    optimum = app_price(cost, share / p.weight, p.app_elasticity)
    price = sticky_price(price, optimum, cost, p.price_adjustment)
    share = app_shares(quality, price, p.app_elasticity, region)
    revenue = app_revenue(spend[region], share, p.weight)
    startups.price[rows], startups.revenue[rows] = price, revenue
    startups.model_spend[rows] = token_spend(p.tokens, lines.price[base], revenue, price)
    room = views.contribution_room(state)[base] * open_base
    effort = contribution_effort(revenue, shares_on_base(share, region, base, lines.rows), room, p)
    startups.contribution[rows] = effort / p.contribution_cost
    startups.cash[rows] += earnings(revenue, cost, price, p.fixed_cost, effort)
