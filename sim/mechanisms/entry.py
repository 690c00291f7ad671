"""Startups leave, enter, choose a base model, set a price, earn and contribute."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from sim import views
from sim.agents.lab import CLOSED
from sim.agents.startup import Startups, open_startups
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float, Int
from sim.parameters.fields import REGIONS
from sim.state import State

FOUNDERS = 1 << 20
_LOG = logging.getLogger(__name__)
BLOCK = 512
"""Startups that choose at once: what they compare stays near the processor."""


def app_shares(quality: Float, price: Float, elasticity: float, region: Int) -> Float:
    """CES shares of apps in their regions: s_f ∝ e^(q_f) P_f^(1−σ), shape (startups,)."""
    score = quality + (1.0 - elasticity) * np.log(price)
    best = np.full(len(REGIONS), -np.inf)
    np.maximum.at(best, region, score)
    weight = np.exp(score - best[region])
    return np.asarray(weight / np.bincount(region, weights=weight)[region])


def app_price(marginal_cost: Float, share: Float, elasticity: float) -> Float:
    """Optimal price of an app: mc (1 + 1/((σ − 1)(1 − s))) [$/unit]."""
    return np.asarray(marginal_cost * (1.0 + 1.0 / ((elasticity - 1.0) * np.maximum(1.0 - share, 1e-3))))


def free_entry_stock(demand: float, elasticity: float, cost: float, discount: float, hazard: float) -> float:
    """Startups under free entry: n* = D/(σ F (ρ + δ))."""
    return demand / (elasticity * cost * (discount + hazard))


@mechanism(
    reads=(
        "lines.access",
        "lines.birth",
        "lines.capability",
        "lines.contributed",
        "lines.gain",
        "lines.live",
        "lines.option",
        "lines.price",
        "world.frontier",
    ),
    writes=(
        *(f"startups.{name}" for name in Startups.columns),
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
        "governments.founders",
    ),
    parameters=(
        "adoption.outside_price",
        "contribution.community_gain",
        "contribution.community_scale",
        "population.spend_cn",
        "population.spend_us",
    ),
    neutral={"entry.stock": 0, "entry.rate": 0.0, "talent.spin_out": 0.0},
)
def entry(state: State) -> None:
    """Startups leave, enter, choose a base model, sell and contribute.

    Entrants ~ Poisson(λ n (Π/F)^ε) plus founders from labs, with Π the value of a mean startup and F the entry cost,
    which falls with the price of usable capability. Source: CES monopolistic competition with free entry.
    """
    startups, world = state.startups, state.world
    world.entries[0] = world.exits[0] = 0.0
    if not state.lines.live.any():
        return
    _leave(state)
    _start(state)
    _choose_base(state)
    _sell(state)
    state.governments.founders[:] = 0.0
    startups.model_spend[~startups.alive] = 0.0


def app_demand(state: State) -> Float:
    """Final demand for apps by region [$/month], shape (regions,)."""
    p = state.parameters.entry
    return np.asarray(
        p.demand * state.parameters.population.spend_shares() * 10.0 ** (p.demand_growth * state.world.frontier[0])
    )


def marginal_cost(state: State, base: NDArray[np.int64]) -> Float:
    """m₀ + x P_base [$/unit], of the shape of ``base``."""
    p = state.parameters.entry
    return np.asarray(p.other_cost + p.tokens * state.lines.price[base])


def _sell(state: State) -> None:
    """Prices, revenue, spend on models, contributions and cash of those who have a base model."""
    startups, lines, p = state.startups, state.lines, state.parameters.entry
    startups.revenue[:] = startups.model_spend[:] = startups.contribution[:] = 0.0
    rows = np.flatnonzero(startups.alive & (startups.base >= 0))
    region, base = startups.region[rows], startups.base[rows]
    open_base = lines.access[base] != CLOSED
    capability = lines.capability[base] + lines.gain[base]
    quality = startups.quality[rows] + p.quality * capability + startups.finetuning[rows] * open_base
    cost, price = marginal_cost(state, base), startups.price[rows]
    share = app_shares(quality, price, p.app_elasticity, region)
    target = app_price(cost, share / p.weight, p.app_elasticity)
    price = np.maximum(price ** (1.0 - p.price_adjustment) * target**p.price_adjustment, cost)
    share = app_shares(quality, price, p.app_elasticity, region)
    revenue = app_demand(state)[region] * share / p.weight
    startups.price[rows], startups.revenue[rows] = price, revenue
    startups.model_spend[rows] = p.tokens * lines.price[base] * revenue / price
    market_of = region * lines.rows + base
    on_base = np.bincount(market_of, weights=share)[market_of]
    worth = revenue / p.app_elasticity * p.quality * np.maximum(1.0 - on_base, 0.0) * open_base
    effort = p.contribution * worth * views.contribution_room(state)[base]
    startups.contribution[rows] = effort / p.contribution_cost
    startups.cash[rows] += revenue * (1.0 - cost / price) - p.fixed_cost - effort


def _leave(state: State) -> None:
    startups, p = state.startups, state.parameters.entry
    rows = np.flatnonzero(startups.alive)
    leaves = draws.happens(p.hazard, state.seed, "startup_exit", state.month, startups.uid[rows])
    gone = rows[(startups.cash[rows] < 0.0) | leaves]
    state.world.exits[0] = gone.size * p.weight
    startups.alive[gone] = False


def _start(state: State) -> None:
    startups, world, p = state.startups, state.world, state.parameters.entry
    demand, cost = app_demand(state).tolist(), views.entry_cost(state)
    numbers = np.bincount(startups.region[startups.alive], minlength=len(REGIONS)).tolist()
    founders = state.governments.founders.tolist()
    regions = np.arange(len(REGIONS))
    luck = draws.uniform(state.seed, "startup_entry", state.month, regions[:, None], np.arange(2)).tolist()
    uid = []
    for region in range(len(REGIONS)):
        number = max(numbers[region], 1)
        value = demand[region] / (p.app_elasticity * number * p.weight) - p.fixed_cost
        value = max(value, 0.0) / (p.discount + p.hazard)
        rate = p.rate * number * (value / cost) ** p.elasticity
        entrants = draws.poisson(rate, luck[region][0]) if p.rate > 0.0 else 0
        of_labs = draws.poisson(founders[region] / p.weight, luck[region][1])
        # Founders from labs are numbered apart, so that more of them shift nobody else's identity.
        index = np.array([*range(entrants), *range(FOUNDERS, FOUNDERS + of_labs)], np.int64)
        uid.append(startup_identity(state.month, region, index))
    region_of = np.repeat(regions, [of_region.size for of_region in uid])
    was_full = startups.full
    placed = open_startups(startups, p, state.seed, state.month, np.concatenate(uid), region_of)
    world.entries[0] = p.weight * placed
    if startups.full and not was_full:
        _LOG.warning(
            "%s: %d startup agents, the most there may be; entrants find no place (a larger entry.weight needs fewer)",
            state.date,
            len(startups),
        )


def startup_identity(month: int, region: int, index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Permanent identities of the index-th entrants of a month and region; month −1 for the first stock."""
    return np.asarray(((month + 1) << 32) + (region << 28) + index, np.int64)


def _choose_base(state: State) -> None:
    """The same race as developers': argmin −ln(u) e^(−U), U = ρ ln π̂ − hold-up + switching."""
    startups, lines, p = state.startups, state.lines, state.parameters.entry
    rows = np.flatnonzero(startups.alive)
    turn = draws.happens(p.reconsider, state.seed, "startup_reconsider", state.month, startups.uid[rows])
    rows = rows[(startups.base[rows] < 0) | turn]
    live = np.flatnonzero(lines.live & (lines.price > 0.0))
    if rows.size == 0 or live.size == 0:
        return
    open_base = (lines.access[live] != CLOSED)[None, :]
    profit = p.quality * (lines.capability + lines.gain)[live] + (1.0 - p.app_elasticity) * np.log(
        marginal_cost(state, live)
    )
    age = (state.month - lines.birth[live]) / 12.0
    held_up = 1.0 - np.exp(-np.where(lines.access[live] == CLOSED, p.hold_up_closed, p.hold_up_open * age))
    option = lines.option[live][None, :]
    for first in range(0, rows.size, BLOCK):
        some = rows[first : first + BLOCK]
        utility = p.choice * (profit[None, :] + startups.finetuning[some, None] * open_base)
        utility = utility - p.hold_up * held_up[None, :]
        utility = utility + p.switching_cost * (startups.base[some, None] == live[None, :])
        taste = draws.uniform(state.seed, "startup_taste", 0, startups.uid[some, None], option)
        clock = np.log(-np.log(taste)) - utility
        chosen = live[np.argmin(clock, axis=1)]
        fresh = startups.base[some] < 0
        startups.base[some] = chosen
        cost = marginal_cost(state, chosen)
        start = app_price(cost, np.zeros(some.size), p.app_elasticity)
        startups.price[some] = np.where(fresh, start, startups.price[some])
