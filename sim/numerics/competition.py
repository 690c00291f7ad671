"""Competition in prices between labs with closed lines and hosts of open ones: the problem of a month and its rest.

Labs price for customers whom they hold and can win (:mod:`sim.numerics.conduct`), hosts of open weights enter until
they earn nothing, and developers serve open weights themselves where that is cheaper. :class:`Competition` is the
problem, :class:`Replies` the map whose rest solves it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from sim.numerics import race
from sim.numerics.arrays import Bool, Float, ones
from sim.numerics.conduct import Customers, conduct_map, lasting_rent
from sim.numerics.fixed_point import Follow, NoFixedPointError, Phase, Search, fixed_point
from sim.numerics.holders import Newcomers, first_choice

# Where hosts' margins rise with their number, demand is very elastic, labs milk and rivals answer, or self-hosters come
# and go at a kink, whole steps can cycle; where two rests are about to meet, a margin creeps. So steps adapt, and what
# has not come far in a while need not come as far.
SEARCH = Search(
    phases=(
        Phase(200, 0.5, 4.0, 1e-12, step=1.0, stable=0.95),
        Phase(400, 0.1, 4.0, 1e-9, step=0.5, stable=1.0),
        Phase(1000, 0.1, 0.5, 1e-9, step=0.5, stable=1.0),
        Phase(5000, 0.02, 0.1, 1e-5, step=0.1, stable=1.0),
    ),
    settled=120,
    near=0.1,
    patience=30,
)
# Least margin while margins are sought; at rest nobody wants one below zero.
LOWEST = -1.0
# Spend next to nothing [$/month], so that what nobody wants is not divided by zero.
NOBODY = 1e-290
# Least elasticity of demand for an open line, so that the margin of its only host is below one.
INELASTIC = 1e-6
# Most that the logarithm of a weight at a trial price may be, so that its exponential is finite.
MOST = 600.0


def segment_shares(weight: Float, outside: Float) -> Float:
    """Logit shares if nothing tied anybody, shape (lines, segments): s_jg = w_jg / (w_g0 + Σ_k w_kg).

    With w = a e^(V − α ln P) the aware share a is a weight, and in log prices this is CES demand (Anderson, de Palma &
    Thisse 1987). Weights are relative to a utility that keeps their exponentials finite.
    """
    return np.asarray(weight / (outside + ones(len(weight)).dot(weight)))


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


@dataclass(frozen=True)
class Competition:
    """Who offers what to whom in a month, as those who set prices see it.

    Attributes:
        cost: Marginal cost of the live lines [$/Mtok], shape (lines,).
        closed: Whether a line is closed, shape (lines,); closed lines come first.
        apps: Spend of startups, which hosts serve too [$/month], shape (lines,).
        utility: V without price [utils], shape (lines, segments).
        aware: Share of developers who know the line and may buy it, shape (lines, segments).
        own_price: Price of serving oneself, inf for closed lines [$/Mtok], shape (lines, segments).
        alpha: α, price sensitivity [utils per ln $], shape (segments,).
        outside: Utility of the outside option [utils], shape (segments,).
        spend: B, budgets summed over people [$/month], shape (segments,).
        customers: Who holds what, as labs expect it.
        newcomers: N̂, those without a model who expect to pay at most a trial price [people/month], shape (segments,).
        trial_price: That price [$/Mtok].
        highest: Greatest margin, shape (lines,).
        host_cost: F, fixed cost of hosting a line [$/month].
        host_elasticity: α_h.

    Raises:
        ValueError: A closed line comes after an open one.
    """

    cost: Float
    closed: Bool
    apps: Float
    utility: Float
    aware: Float
    own_price: Float
    alpha: Float
    outside: Float
    spend: Float
    customers: Customers
    newcomers: Float
    trial_price: float
    highest: Float
    host_cost: float
    host_elasticity: float

    def __post_init__(self) -> None:
        if np.count_nonzero(self.closed[self.of_labs :]):
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
        shares: Of spend if nothing tied anybody, shape (lines, segments).
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
            value = np.add(of.utility, np.log(of.aware), order="C")  # the aware share is a weight
        own = of.own_price[labs:]
        at_cost = value - np.log(of.cost)[:, None] * of.alpha
        best = np.maximum(np.maximum.reduce(at_cost), of.outside)
        self.at_cost = at_cost - best  # shape (lines, segments)
        self.by_oneself = value[labs:] - np.log(own) * of.alpha - best  # shape (open lines, segments)
        self.log_outside = of.outside - best
        self.outside = np.exp(self.log_outside)
        # Margin of hosts from which on one hosts oneself.
        self.dearest = np.subtract(1.0, of.cost[labs:, None] / own, order="C")
        self.elastic = of.alpha * of.spend
        self.apps = of.apps[labs:]
        start = (of.newcomers > 0.0).nonzero()[0]
        trial = value[:, start] - np.log(of.trial_price) * of.alpha[start] - best[start]
        self.at_trial = np.zeros_like(value)
        self.at_trial[:, start] = np.exp(np.minimum(trial, MOST))
        self.of, self.labs, self.some_start = of, labs, start.size > 0
        self._regime: Bool | None = None
        self._some = False
        self.twin = _compiled(self) if race.compiled() else None

    def within(self, point: Float) -> Float:
        """Margins between their bounds."""
        return np.minimum(np.maximum(point, LOWEST), self.of.highest)

    def inclusive(self, weights: Float) -> Float:
        """ln(1 + Σ_j w_j/w_0) without overflow, shape (segments,)."""
        return np.asarray(np.log(self.outside + np.add.reduce(weights)) - self.log_outside)

    def regime(self, point: Float) -> Bool:
        """Segments to which hosts of an open line are too dear, shape (open lines, segments)."""
        return np.asarray(point[self.labs :, None] > self.dearest)

    def _serve_themselves(self, regime: Bool) -> bool:
        """Whether anybody does in a regime, of which most evaluations have the one before."""
        if regime is not self._regime:
            self._regime, self._some = regime, bool(np.count_nonzero(regime))
        return self._some

    def weights(self, point: Float, regime: Bool) -> Float:
        """W = a e^(V − α ln P), relative to the best option at cost, shape (lines, segments)."""
        score = np.log(1.0 - point)[:, None] * self.of.alpha
        score += self.at_cost
        if self._serve_themselves(regime):
            np.copyto(score[self.labs :], self.by_oneself, where=regime)
        return np.asarray(np.exp(score, out=score))

    def first_choice(self, people: Float, weights: Float) -> Newcomers:
        """Choices of people who start, given weights at the prices of others."""
        return first_choice(people, weights, self.at_trial, self.outside)

    def lasting_rent(self, margin: Float, shares: Float) -> Float:
        """:func:`sim.numerics.conduct.lasting_rent` of closed lines, shape (closed,) [$/month]."""
        if self.twin:
            return self.twin.lasting_rent(margin, shares)
        return lasting_rent(self.of.customers, margin, shares)

    def image(self, point: Float, regime: Bool) -> tuple[Float, tuple[Float, Float]]:
        """Margins that reply to these; number of hosts, and shares of spend (lines, segments)."""
        if self.twin:
            return self.twin.image(point, regime)
        of, labs, weights = self.of, self.labs, self.weights(point, regime)
        shares = segment_shares(weights, self.outside)
        joining = self.first_choice(of.newcomers, weights) if self.some_start else None
        by_labs = conduct_map(of.customers, point[:labs], shares, joining)
        served = np.where(regime, 0.0, shares[labs:]) if self._serve_themselves(regime) else shares[labs:]
        total = served.dot(of.spend)
        elasticity = line_elasticity(served, self.elastic, total)
        hosts, by_hosts = host_margin(total + self.apps, of.host_cost, of.host_elasticity, elasticity)
        return self.within(np.concatenate([by_labs, by_hosts])), (hosts, shares)


class Twin(Protocol):
    """The map, and how acceleration follows it, compiled: :class:`sim.numerics.compiled_prices.Compiled`."""

    def image(self, point: Float, regime: Bool) -> tuple[Float, tuple[Float, Float]]:
        """:meth:`Replies.image`."""

    def lasting_rent(self, margin: Float, shares: Float) -> Float:
        """:meth:`Replies.lasting_rent`."""

    def after(self, people: Any, weights: Float) -> Float:
        """:meth:`sim.views.prices.People.after`."""

    follow: Follow[tuple[Float, Float]]


def _compiled(replies: Replies) -> Twin:
    twin: Twin = importlib.import_module("sim.numerics.compiled_prices").Compiled(replies)
    return twin


def equilibrium(replies: Replies, margin: Float) -> Equilibrium:
    """Solve for the prices of a month.

    Args:
        replies: The problem.
        margin: Where the search starts, shape (lines,).

    Raises:
        ArithmeticError: No convergence within the iterations of ``SEARCH``.
    """
    try:
        margin, (hosts, shares) = fixed_point(
            replies, replies.within(margin), SEARCH, replies.twin.follow if replies.twin else None
        )
    except NoFixedPointError as error:
        raise ArithmeticError(f"prices {error}") from None
    of = replies.of
    return Equilibrium(of.cost / (1.0 - margin), margin, np.concatenate([np.zeros(of.of_labs), hosts]), shares)
