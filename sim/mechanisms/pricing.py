"""Labs set prices for closed models, hosts for open ones: the only fixed point inside a month.

Labs are multi-product Bertrand competitors that face CES demand, hosts of open weights enter until they earn nothing,
and developers serve open weights themselves where that is cheaper. The kernels below are the equations;
:class:`Competition` is the problem of a month, :class:`Replies` the map whose rest solves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.agents.lab import CLOSED
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float, Int
from sim.numerics.fixed_point import NoFixedPointError, Phase, Search, fixed_point
from sim.parameters.pricing import Pricing
from sim.state import State
from sim.views import demand

# Where hosts' margins rise with their number, demand is very elastic, or self-hosters come and go at a kink, the plain
# map can cycle, so later iterations go part of the way only, and what has not come far in a while need not come as far.
SEARCH = Search(
    phases=(Phase(60, 1.0, 1e-12), Phase(200, 0.5, 1e-12), Phase(1000, 0.1, 1e-9), Phase(5000, 0.02, 1e-5)),
    settled=120,
    near=1e-3,
    patience=30,
    stable=0.95,
)
# Margin over price from which the search starts for a line that has none yet, of the size that margins have: where
# there are several equilibria, it is one near.
FRESH_MARGIN = 0.3
# Spend next to nothing [$/month], so that what nobody wants is not divided by zero.
NOBODY = 1e-290
# Least elasticity of demand for an open line, so that the margin of its only host is below one.
INELASTIC = 1e-6


def serving_cost(reference: float, size: Float, know_how: Float) -> Float:
    """Marginal cost c = c_ref 10^(n − g) [$/Mtok], shape (lines,), with size n and know-how g [OOM]."""
    return np.asarray(reference * 10.0 ** (size - know_how))


def self_hosting_price(cost: Float, utilisation: Float, operations: Float, budget: Float) -> Float:
    """Price of a token when one serves the weights oneself: c/util · b/(b − F)⁺, inf if b ≤ F.

    Pay the operation F out of the budget b and spend the rest on tokens at c/util.

    Args:
        cost: Marginal cost of the lines [$/Mtok], shape (lines,).
        utilisation: Utilisation relative to a host's, shape (segments,).
        operations: Operation cost a developer [$/month], shape (segments,).
        budget: Budget a developer [$/month], shape (segments,).
    """
    rest = budget - operations
    factor = np.divide(budget, rest * utilisation, out=np.full_like(budget, np.inf), where=rest > 0.0)
    return np.asarray(cost[None, :] * factor[:, None])


def segment_shares(score: Float, outside: Float) -> Float:
    """Logit shares of spend if everybody reconsidered, shape (lines, segments).

    s_jg = e^(score_jg) / (e^(V_g0) + Σ_k e^(score_kg)), with score = V − α ln P + ln a, so that the aware share a is
    a weight. In log prices this is CES demand (Anderson, de Palma & Thisse 1987). Scores are relative to a utility that
    keeps their exponentials finite.
    """
    shares = np.exp(score)
    shares /= np.exp(outside) + np.add.reduce(shares)
    return shares


def lerner_map(margin: Float, spend: Float, shares: Float, alpha: Float, together: Float, worth: float) -> Float:
    """One step of the fixed point for the margins of multi-product Bertrand competitors with CES demand.

    L_k ← [S_k + Σ_{j∈l} Γ_kj (L_j + Λ) − A_k Λ] / (S_k + A_k), with S_k = Σ_g B_g s_gk, A_k = Σ_g α_g B_g s_gk and
    Γ_kj = Σ_g α_g B_g s_gk s_gj. It is the analogue in CES form of the ζ map of Morrow & Skerlos (2011).

    Args:
        margin: L, shape (lines,).
        spend: B_g [$/month], shape (segments,).
        shares: s_kg, shape (lines, segments).
        alpha: α_g, shape (segments,).
        together: 1 for two lines of one lab, else 0, shape (lines, lines).
        worth: Λ, value of a dollar of customer spend beyond its margin.
    """
    elastic = alpha * spend
    # For products as small as these, the overhead of @ is twice that of dot.
    total, weighted = shares.dot(spend), shares.dot(elastic)
    cross = (shares * elastic).dot(shares.T) * together
    numerator = total + cross.dot(margin + worth) - weighted * worth
    return np.asarray(numerator / (total + weighted + NOBODY))


def line_elasticity(served: Float, elastic: Float, total: Float) -> Float:
    """α_j = Σ_g α_g B_g s_gj (1 − s_gj) / Σ_g B_g s_gj: how spend on a line falls with its price, shape (lines,).

    Args:
        served: s_gj of those who do not host themselves, shape (lines, segments).
        elastic: α_g B_g, shape (segments,).
        total: Σ_g B_g s_gj [$/month], shape (lines,).
    """
    elasticity = ((served - served * served).dot(elastic) + NOBODY) / (total + NOBODY)
    return np.asarray(np.maximum(elasticity, INELASTIC))


def host_margin(spend: Float, fixed_cost: float, elasticity: float, line_elasticity: Float) -> tuple[Float, Float]:
    """Hosts of an open line under free entry and their margin, shapes (lines,).

    L = 1/(1 + α_h (1 − 1/n) + α_j/n); with zero profit B L = n F: n = max{1, (B/F + α_h − α_j)/(1 + α_h)}.

    Args:
        spend: B, spend on the line [$/month].
        fixed_cost: F [$/month].
        elasticity: α_h.
        line_elasticity: α_j, elasticity of demand for the line.
    """
    gap = elasticity - line_elasticity
    number = np.maximum(1.0, (spend / fixed_cost + gap) / (1.0 + elasticity))
    return number, 1.0 / (1.0 + elasticity - gap / number)


def list_price(before: Float, target: Float, at_once: Bool, speed: float) -> Float:
    """Price posted: ln P ← (1 − λ) ln P + λ ln P*, the optimum P* where it is posted at once [$/Mtok], (lines,)."""
    slow = np.where(at_once, 1.0, before) ** (1.0 - speed) * target**speed
    return np.where(at_once, target, slow)


def inclusive_value(advantage: Float, aware: Float) -> Float:
    """ln(1 + Σ_j a_j e^(V_j − V_0)) without overflow, shape (segments,); ``advantage`` is V_j − V_0 [utils]."""
    known = np.where(aware > 0.0, advantage, -np.inf)
    top = np.maximum(known.max(axis=1), 0.0)
    return np.asarray(top + np.log(np.exp(-top) + (aware * np.exp(known - top[:, None])).sum(axis=1)))


@dataclass(frozen=True)
class Competition:
    """Who offers what to whom in a month, as those who set prices see it.

    Attributes:
        cost: Marginal cost of the live lines [$/Mtok], shape (lines,).
        closed: Whether a line is closed, shape (lines,); closed lines come first.
        owner: Lab of each line, shape (lines,).
        apps: Spend of startups, which hosts serve too [$/month], shape (lines,).
        utility: V without price [utils], shape (segments, lines).
        aware: Share of developers who know the line, shape (segments, lines).
        own_price: Price of serving oneself, inf for closed lines [$/Mtok], shape (segments, lines).
        alpha: α, price sensitivity [utils per ln $], shape (segments,).
        outside: Utility of the outside option [utils], shape (segments,).
        spend: B, budgets summed over people [$/month], shape (segments,).
        worth: Λ, value of a dollar of customer spend beyond its margin.
        settings: Bounds of margins, and costs and competition of hosts.

    Raises:
        ValueError: A closed line comes after an open one.
    """

    cost: Float
    closed: Bool
    owner: Int
    apps: Float
    utility: Float
    aware: Float
    own_price: Float
    alpha: Float
    outside: Float
    spend: Float
    worth: float
    settings: Pricing

    def __post_init__(self) -> None:
        if self.closed[self.of_labs :].any():
            raise ValueError("closed lines must come first")

    @property
    def of_labs(self) -> int:
        """Lines that labs price; hosts price those after them."""
        return int(np.count_nonzero(self.closed))


class Equilibrium(NamedTuple):
    """Prices at which no lab wants to move and no host wants to enter.

    Attributes:
        price: [$/Mtok], shape (lines,).
        margin: Over price, shape (lines,).
        hosts: Number of hosts, 0 for closed lines, shape (lines,).
        shares: Of spend if everybody reconsidered, shape (segments, lines).
    """

    price: Float
    margin: Float
    hosts: Float
    shares: Float


class Replies:
    """The margins with which labs and hosts reply to margins: a map that is smooth while the same people self-host.

    Scores are relative to the best option at cost: no admissible margin takes that out of what an exponential can hold.

    Args:
        of: The problem.
    """

    def __init__(self, of: Competition) -> None:
        labs = of.of_labs
        with np.errstate(divide="ignore"):
            value = np.ascontiguousarray((of.utility + np.log(of.aware)).T)  # the aware share is a weight
        own = np.ascontiguousarray(of.own_price.T[labs:])
        at_cost = value - np.log(of.cost)[:, None] * of.alpha
        best = np.maximum(np.maximum.reduce(at_cost), of.outside)
        self.at_cost = at_cost - best  # shape (lines, segments)
        self.by_oneself = value[labs:] - np.log(own) * of.alpha - best  # shape (open lines, segments)
        self.outside = of.outside - best
        self.dearest = 1.0 - of.cost[labs:, None] / own  # margin of hosts from which on one hosts oneself
        self.together = (of.owner[:labs, None] == of.owner[:labs]).astype(np.float64)
        self.elastic = of.alpha * of.spend
        self.apps = of.apps[labs:]
        self.of, self.labs = of, labs

    def within(self, point: Float) -> Float:
        """Margins between their bounds."""
        return np.minimum(np.maximum(point, self.of.settings.lerner_min), self.of.settings.lerner_max)

    def regime(self, point: Float) -> Bool:
        """Segments to which hosts of an open line are too dear, shape (open lines, segments)."""
        return np.asarray(point[self.labs :, None] > self.dearest)

    def image(self, point: Float, regime: Bool) -> tuple[Float, tuple[Float, Float]]:
        """Margins that reply to these; number of hosts, and shares of spend (lines, segments)."""
        of, labs, p = self.of, self.labs, self.of.settings
        score = np.log(1.0 - point)[:, None] * of.alpha
        score += self.at_cost
        np.copyto(score[labs:], self.by_oneself, where=regime)
        shares = segment_shares(score, self.outside)
        by_labs = lerner_map(point[:labs], of.spend, shares[:labs], of.alpha, self.together, of.worth)
        served = np.where(regime, 0.0, shares[labs:])
        total = served.dot(of.spend)
        elasticity = line_elasticity(served, self.elastic, total)
        hosts, by_hosts = host_margin(total + self.apps, p.host_fixed_cost, p.host_elasticity, elasticity)
        return self.within(np.concatenate([by_labs, by_hosts])), (hosts, shares)


def equilibrium(of: Competition, margin: Float) -> Equilibrium:
    """Solve for the prices of a month.

    Args:
        of: The problem.
        margin: Where the search starts, shape (lines,).

    Raises:
        ArithmeticError: No convergence within the iterations of ``SEARCH``.
    """
    try:
        margin, (hosts, shares) = fixed_point(Replies(of), margin, SEARCH)
    except NoFixedPointError as error:
        raise ArithmeticError(f"prices {error}") from None
    return Equilibrium(of.cost / (1.0 - margin), margin, np.concatenate([np.zeros(of.of_labs), hosts]), shares.T)


@mechanism(
    reads=(
        "governments.stringency",
        "labs.fit",
        "labs.region",
        "labs.serving",
        "labs.trust",
        "lines.access",
        "lines.app_spend",
        "lines.capability",
        "lines.ecosystem",
        "lines.fresh",
        "lines.gain",
        "lines.lab",
        "lines.live",
        "lines.size",
        "segments.awareness",
        "segments.budget_start",
        "segments.node",
        "segments.organisation",
        "segments.people",
        "segments.region",
        "world.adoption",
        "world.frontier",
        "world.public_serving",
    ),
    writes=(
        "lines.cost",
        "lines.price",
        "lines.lerner",
        "lines.hosts",
        "labs.rent_expected",
        "segments.alpha",
        "segments.theta",
        "segments.budget",
        "segments.utility",
        "segments.outside",
        "segments.price",
        "segments.inclusive",
    ),
    carries=("lines.cost", "lines.price", "lines.lerner", "lines.hosts"),
    parameters=(
        "adoption.fit",
        "adoption.home_cn_eu",
        "adoption.home_cn_us",
        "adoption.home_eu_cn",
        "adoption.home_of_weights",
        "adoption.home_own",
        "adoption.home_us_cn",
        "adoption.outside",
        "adoption.outside_price",
        "adoption.price_multiplier",
        "adoption.price_sensitivity",
        "adoption.price_taste",
        "adoption.quality_multiplier",
        "adoption.quality_sensitivity",
        "adoption.quality_taste",
        "adoption.weights_preference",
        "contribution.ecosystem_seed",
        "contribution.network",
        "contribution.trust_weight",
        "population.budget_growth",
        "regulation.friction",
    ),
)
def pricing(state: State) -> None:
    """Costs follow size and know-how; labs set prices as Bertrand competitors, hosts of open weights enter freely.

    c = c_ref 10^(n − g); p = c/(1 − L) with the margins of :func:`lerner_map` and :func:`host_margin`; list prices
    move part of the way a month, those of new models at once. Λ = Λ_S (1 − adoption): labs invest in customers while
    there are any to win and harvest later.
    """
    lines, segments, p = state.lines, state.segments, state.parameters.pricing
    segments.budget[:] = demand.budgets(
        segments.budget_start, state.parameters.population.budget_growth, state.world.frontier[0]
    )
    segments.alpha[:], segments.theta[:] = demand.tastes(
        segments.organisation, segments.node, state.parameters.adoption
    )
    segments.utility[:], segments.outside[:] = demand.utilities(state)
    segments.price[:] = np.inf
    live = np.flatnonzero(lines.live)
    if live.size == 0:
        return
    live = live[np.argsort(lines.access[live] != CLOSED, kind="stable")]  # closed lines first
    market = _competition(state, live)
    found = equilibrium(market, np.where(lines.fresh[live], FRESH_MARGIN, lines.lerner[live]))
    before = lines.price[live]
    price = list_price(before, found.price, lines.fresh[live] | (before <= 0.0), p.adjustment)
    price = np.maximum(price, market.cost / (1.0 - p.lerner_min))
    price = np.minimum(price, market.cost / (1.0 - p.lerner_max))
    lines.cost[live], lines.price[live], lines.hosts[live] = market.cost, price, found.hosts
    lines.lerner[live] = 1.0 - market.cost / price
    paid = np.minimum(price[None, :], market.own_price)
    segments.price[:, live] = paid
    score = market.utility - segments.alpha[:, None] * np.log(paid)
    segments.inclusive[:] = inclusive_value(score - segments.outside[:, None], market.aware) / segments.alpha
    served = found.shares * (found.price[None, :] <= market.own_price)
    rent = (market.spend @ served) * found.margin * np.where(market.closed, 1.0, p.first_party)
    state.labs.rent_expected[:] = np.bincount(market.owner, weights=rent, minlength=len(state.labs))


def _competition(state: State, live: Int) -> Competition:
    """The problem of these lines, which are those that can be chosen, closed ones first."""
    lines, labs, segments, p = state.lines, state.labs, state.segments, state.parameters.pricing
    owner, organisation = lines.lab[live], segments.organisation
    closed = lines.access[live] == CLOSED
    know_how = labs.serving[owner]
    know_how = np.where(closed, know_how, np.maximum(know_how, state.world.public_serving[0]))
    cost = serving_cost(p.reference_cost, lines.size[live], know_how)
    operations = (p.operations.array() / p.team.array())[organisation]
    own = self_hosting_price(cost, p.utilisation.array()[organisation], operations, segments.budget)
    return Competition(
        cost=cost,
        closed=closed,
        owner=owner,
        apps=lines.app_spend[live],
        utility=segments.utility[:, live],
        aware=demand.aware_share(segments.awareness)[:, owner],
        own_price=np.where(closed[None, :], np.inf, own),
        alpha=segments.alpha,
        outside=segments.outside,
        spend=segments.people * segments.budget,
        worth=p.harvest * (1.0 - state.world.adoption[0]),
        settings=p,
    )
