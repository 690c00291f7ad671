"""Prices as those who set them see them: who holds what, what a month's problem is, and what its rest earns labs.

Labs know the market, not the draw: who holds what is what they expect. Nothing here writes, so that the same can be
asked of a market that might be (:meth:`sim.state.State.with_lines`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, TIERS
from sim.numerics import conduct, holders
from sim.numerics.arrays import Float, Int
from sim.numerics.competition import Competition, Equilibrium, Replies, equilibrium, segment_shares
from sim.parameters.entry import Entry
from sim.state import State
from sim.views import demand

# What the problem of a month is made of, whoever asks: columns beside those of lines that a model has, and parameters
# beside those of pricing.
READS = (
    "governments.chip_price",
    "governments.stringency",
    "labs.exited",
    "labs.fit",
    "labs.service",
    "labs.region",
    "labs.serving",
    "labs.trust",
    "lines.access",
    "lines.app_spend",
    "lines.lab",
    "lines.tier",
    "segments.awareness",
    "segments.organisation",
    "segments.people",
    "segments.region",
    "developers.counts",
    "world.public_serving",
)
PARAMETERS = (
    "access.grey",
    "access.procurement_cn",
    "access.procurement_eu",
    "access.procurement_us",
    "adoption.ceiling",
    "adoption.fit",
    "adoption.hazard",
    "adoption.hold_up",
    "adoption.home_cn_eu",
    "adoption.home_cn_us",
    "adoption.home_eu_cn",
    "adoption.home_of_weights",
    "adoption.home_own",
    "adoption.home_us_cn",
    "adoption.outside",
    "adoption.outside_price",
    "adoption.privacy",
    "adoption.start",
    "adoption.switching_cost",
    "adoption.trial_price",
    "adoption.unsupported",
    "adoption.users_start",
    "adoption.weights_preference",
    "compute.chip_price",
    "contribution.ecosystem_seed",
    "contribution.network",
    "contribution.relevance",
    "entry.app_elasticity",
    "entry.choice",
    "entry.other_cost",
    "entry.tokens",
    "finance.discount_rate",
    "law.friction",
    "trust.weight",
)
# Margin over price from which the search starts for a line that has none yet, of the size that margins have: where
# there are several equilibria, it is one near.
FRESH_MARGIN = 0.3


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


def startups_alpha(price: Float, share: Float, p: Entry) -> Float:
    """X P/mc · [σ + ρ_b (σ − 1)(1 − s)] − 1: by how much startups' spend falls with the log price of tokens, (lines,).

    What users buy of apps on a line falls with its price, and so does the number of apps that are built on it.

    Args:
        price: P, of the lines [$/Mtok], shape (lines,).
        share: s, of each line in startups' spend, shape (lines,).
        p: x, m₀, σ_a and ρ_b.
    """
    tokens = p.tokens * price / (p.other_cost + p.tokens * price)
    return np.asarray(tokens * (p.app_elasticity + p.choice * (p.app_elasticity - 1.0) * (1.0 - share)) - 1.0)


class People(NamedTuple):
    """Who holds what before anybody chooses, as labs expect it.

    Attributes:
        held: People by option, none, live lines, lines that are gone, but for those who start, (options, segments).
        waiting: People without a model who start on trial, shape (segments,).
        joining: Those of them who do this month, shape (segments,).
        group: Group of each option: the outside option, (lab, tier)s, no tie, shape (options,).
        hazard: Probability to choose this month by group, shape (groups, segments).
        ties: E by group, shape (groups, segments).
    """

    held: Float
    waiting: Float
    joining: Float
    group: Int
    hazard: Float
    ties: Float

    def after(self, replies: Replies, weights: Float) -> Float:
        """Who holds none and each live line after this month's choices at these weights, shape (options, segments)."""
        if replies.twin:
            return replies.twin.after(self, weights)
        shares = segment_shares(weights, replies.outside)
        options = np.concatenate([1.0 - np.add.reduce(shares)[None], shares, np.zeros_like(shares[:1])])
        after = holders.month_after(self.held, options, self.group, self.hazard, self.ties)[:-1]
        first = replies.first_choice(self.joining, weights).shares * self.joining
        after[1:] += first
        after[0] += self.waiting - np.add.reduce(first)
        return after


class Solution(NamedTuple):
    """Prices at which nobody wants to move, and what was asked.

    Attributes:
        live: Rows of the live lines, closed ones first.
        people: Who holds what before anybody chooses.
        replies: The map whose rest it is, and in ``replies.of`` the problem.
        found: The rest.
    """

    live: Int
    people: People
    replies: Replies
    found: Equilibrium


def solve(state: State, utility: Float, outside: Float) -> Solution | None:
    """Prices of the lines as they are; None if there are none.

    Args:
        state: The market.
        utility: Without price [utils], shape (segments, lines).
        outside: Of the outside option [utils], shape (segments,).

    Raises:
        ArithmeticError: No convergence.
    """
    lines = state.lines
    closed = lines.access == CLOSED
    live = np.concatenate([(lines.live & closed).nonzero()[0], (lines.live & ~closed).nonzero()[0]])
    if live.size == 0:
        return None
    people = expected_people(state, live)
    replies = Replies(competition(state, live, people, utility, outside))
    return Solution(
        live, people, replies, equilibrium(replies, np.where(lines.fresh[live], FRESH_MARGIN, lines.lerner[live]))
    )


def rents(solution: Solution, kept: Float) -> tuple[Float, Float]:
    """What the live lines earn their labs this month, and what they would whoever held what, shapes (live,) [$/month].

    Args:
        solution: Prices.
        kept: Share of the spend on each live line that its maker serves, shape (live,).
    """
    found, market = solution.found, solution.replies.of
    served = found.shares * (found.price[:, None] <= market.own_price)
    now = served.dot(market.spend) * found.margin * kept
    lasting, closed = now.copy(), market.of_labs
    lasting[:closed] = solution.replies.lasting_rent(found.margin[:closed], found.shares)
    lasting[:closed] += market.apps[:closed] * found.margin[:closed]
    return now, lasting


def expected_people(state: State, live: Int) -> People:
    """Who holds a line that is gone has no tie and chooses at once."""
    segments, lines = state.segments, state.lines
    hazard, start = demand.turns(state)
    of_line = lines.lab[live] * len(TIERS) + lines.tier[live]
    offered = np.zeros(len(state.labs) * len(TIERS), np.int64)
    offered[of_line] = 1
    number = np.add.accumulate(offered)
    number, untied = number[of_line], int(number[-1]) + 1  # group after the outside option's and those of lines
    base = segments.base.T
    choosing, ties = np.empty((2, untied + 1, len(segments)))
    choosing[:], choosing[0], choosing[-1] = hazard, start, 1.0
    ties[[0, -1]] = 0.0
    aware = demand.aware_share(segments.awareness).T
    ties[number] = holders.tie(state.parameters.adoption.switching_cost, aware[lines.lab[live]])
    held = np.concatenate([base[:1], base[1 + live], np.add.reduce(base[1:][~lines.live])[None]])
    waiting = np.where(segments.organisation == demand.INDIVIDUALS, held[0], 0.0)
    held[0] -= waiting
    return People(held, waiting, start * waiting, np.concatenate([[0], number, [untied]]), choosing, ties)


def competition(state: State, live: Int, people: People, utility: Float, outside: Float) -> Competition:
    """The problem of these lines, which are those that can be chosen, closed ones first."""
    lines, labs, segments, p = state.lines, state.labs, state.segments, state.parameters.pricing
    owner, organisation = lines.lab[live], segments.organisation
    closed = lines.access[live] == CLOSED
    know_how = labs.serving[owner]
    know_how = np.where(closed, know_how, np.maximum(know_how, state.world.public_serving[0]))
    chips = state.governments.chip_price
    compute_price = np.where(closed, chips[labs.region[owner]], np.minimum.reduce(chips))
    cost = views.serving_cost(state, lines.size[live], know_how, compute_price)
    hosted = np.where(closed, cost, cost * views.over_median_host(state)[0])
    operations = (p.operations.array() / p.team.array())[organisation]
    own = self_hosting_price(cost, p.utilisation.array()[organisation], operations, segments.budget)
    own *= views.data_at_home(state)[:, None]
    held_to = np.where(lines.fresh[live] & (not p.bound_new_models), 0.0, lines.price[live])
    of_labs = conduct.highest_margin(hosted, held_to, lines.lerner[live], p.lerner_max)
    base = customers(state, live[closed], people)
    return Competition(
        cost=hosted,
        closed=closed,
        apps=lines.app_spend[live],
        utility=utility.T[live],
        aware=views.known(state).T[live],
        own_price=np.where(closed, np.inf, own).T,
        alpha=segments.alpha,
        outside=outside,
        spend=segments.people * segments.budget,
        customers=base,
        newcomers=holders.over_life(people.joining, 1.0 - people.hazard[0], base.posted),
        trial_price=state.parameters.adoption.trial_price,
        highest=np.where(closed, of_labs, p.lerner_max),
        host_cost=p.host_fixed_cost,
        host_elasticity=p.host_elasticity,
    )


def customers(state: State, closed: Int, people: People) -> conduct.Customers:
    """Customers of these closed lines, as labs expect them, and startups on these."""
    lines, segments, p = state.lines, state.segments, state.parameters.pricing
    member = (np.arange(len(people.ties))[:, None] == people.group).astype(np.float64)
    apps, rate = lines.app_spend, state.parameters.finance.discount_rate
    share = apps[closed] / max(float(np.add.reduce(apps)), 1.0)
    return conduct.customers(
        group=people.group[1:-1],
        owner=lines.lab[closed],
        holders=member.dot(people.held),
        held=people.held[1 : 1 + closed.size],
        hazard=people.hazard,
        ties=people.ties,
        budget=segments.budget,
        alpha=segments.alpha,
        patience=conduct.monthly_patience(rate, p.obsolescence),
        reset=p.reset,
        others=apps[closed],
        others_alpha=startups_alpha(lines.price[closed], share, state.parameters.entry),
    )
