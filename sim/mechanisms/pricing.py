"""Labs set prices for closed models, hosts for open ones: the only fixed point inside a month.

Labs weigh what they earn from customers whom they hold against those whom they can win, hosts of open weights enter
until they earn nothing, and developers serve open weights themselves where that is cheaper
(:mod:`sim.numerics.competition`). The problem as they see it is made in :mod:`sim.views.prices`.
"""

from __future__ import annotations

import numpy as np

from sim import views
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float
from sim.state import State
from sim.views import demand, prices


def posted_margin(before: Float, optimum: Float, at_once: Bool, speed: float) -> Float:
    """L ← (1 − λ) L + λ L*, at once where it is new; shape (lines,).

    The margin moves and not the price: costs fall, and a sticky price would leave every margin above its optimum.
    """
    return np.where(at_once, optimum, (1.0 - speed) * before + speed * optimum)


@mechanism(
    reads=(
        *prices.READS,
        "labs.withdrawn",
        "lines.capability",
        "lines.ecosystem",
        "lines.fresh",
        "lines.gain",
        "lines.live",
        "lines.size",
        "segments.budget_ceiling",
        "segments.budget_start",
        "segments.node",
        "world.frontier",
    ),
    writes=(
        "lines.cost",
        "lines.price",
        "lines.lerner",
        "lines.hosts",
        "labs.rent_expected",
        "labs.rent_lasting",
        "segments.alpha",
        "segments.theta",
        "segments.budget",
        "segments.utility",
        "segments.outside",
        "segments.price",
        "segments.inclusive",
        "segments.base",
    ),
    carries=("lines.cost", "lines.price", "lines.lerner", "lines.hosts", "segments.base"),
    parameters=(
        *prices.PARAMETERS,
        "adoption.price_multiplier",
        "adoption.price_sensitivity",
        "adoption.price_taste",
        "adoption.quality_multiplier",
        "adoption.quality_sensitivity",
        "adoption.quality_taste",
        "population.budget_growth",
    ),
)
def pricing(state: State) -> None:
    """Costs follow size and know-how; labs price for whom they hold and can win, hosts of open weights enter freely.

    c = c_ref 10^(ε_n n − g) (chips) + c_floor; p = c/(1 − L) with the margins of :mod:`sim.numerics.conduct` and
    :func:`sim.numerics.competition.host_margin`, which move part of the way a month, those of new models at once; no
    list price of a closed line in use rises by more than its cost. Source: Farrell & Klemperer (2007).
    """
    lines, segments, p = state.lines, state.segments, state.parameters.pricing
    segments.budget[:] = demand.budgets(
        segments.budget_start,
        segments.budget_ceiling,
        state.parameters.population.budget_growth,
        state.world.frontier[0],
    )
    segments.alpha[:], segments.theta[:] = demand.tastes(
        segments.organisation, segments.node, state.parameters.adoption
    )
    segments.utility[:], segments.outside[:] = demand.utilities(state)
    segments.price[:] = np.inf
    segments.base += p.base_memory * (state.developers.counts * state.developers.weight - segments.base)
    solution = prices.solve(state, segments.utility, segments.outside)
    if solution is None:
        return
    live, people, replies, found = solution
    market = replies.of
    at_once = lines.fresh[live] | (lines.price[live] <= 0.0)
    lerner = replies.within(posted_margin(lines.lerner[live], found.margin, at_once, p.adjustment))
    price = market.cost / (1.0 - lerner)
    lines.cost[live], lines.price[live], lines.hosts[live] = market.cost, price, found.hosts
    lines.lerner[live] = lerner
    weights = replies.weights(lerner, replies.regime(lerner))
    segments.price[:, live] = np.minimum(price[:, None], market.own_price).T
    segments.inclusive[:] = replies.inclusive(weights) / market.alpha
    segments.base[:] = 0.0
    segments.base[:, np.concatenate([[0], 1 + live])] = people.after(replies, weights).T
    now, lasting = prices.rents(solution, views.maker_share(state)[live])
    labs, owner = state.labs, lines.lab[live]
    labs.rent_expected[:] = np.bincount(owner, weights=now, minlength=len(labs))
    labs.rent_lasting[:] = np.bincount(owner, weights=lasting, minlength=len(labs))
