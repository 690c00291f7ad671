"""Labs set prices for closed models, hosts for open ones: the only fixed point inside a month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.agents.lab import CLOSED
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float
from sim.numerics.fixed_point import Anderson
from sim.parameters.pricing import Pricing
from sim.state import State
from sim.views import demand

# How far iterations go towards the new margins and how near to rest these must be, by iteration: where hosts' margins
# rise with their number, demand is very elastic, or self-hosters come and go at a kink, the plain map can cycle, so
# later iterations go part of the way only, and what has not come far in a while need not come as far.
PHASES = ((60, 1.0, 1e-12), (200, 0.5, 1e-12), (1000, 0.1, 1e-9), (5000, 0.02, 1e-5))
MAX_ITERATIONS = 5000
# From here on who hosts herself is settled.
SETTLED_AFTER = 120
# So near to rest the iteration is accelerated, once and for so many evaluations, while self-hosters stay the same. If
# that leads to no point to which the plain iteration is drawn, it goes on as if it had not been tried.
NEAR, PATIENCE, STABLE = 1e-3, 30, 0.95
# Spend next to nothing [$/month], so that what nobody wants is not divided by zero.
NOBODY = 1e-290


def segment_shares(score: Float, outside: Float) -> Float:
    """Logit shares of spend if everybody reconsidered, shape (lines, segments).

    s_jg = e^(score_jg) / (e^(V_g0) + Σ_k e^(score_kg)), with score = V − α ln P + ln a, so that the aware share a is
    a weight. In log prices this is CES demand (Anderson, de Palma & Thisse 1987). Scores are relative to a utility that
    keeps their exponentials finite.
    """
    shares = np.exp(score)
    shares /= np.exp(outside) + np.add.reduce(shares)
    return shares


def inclusive_value(advantage: Float, aware: Float) -> Float:
    """ln(1 + Σ_j a_j e^(V_j − V_0)) without overflow, shape (segments,); ``advantage`` is V_j − V_0 [utils]."""
    known = np.where(aware > 0.0, advantage, -np.inf)
    top = np.maximum(known.max(axis=1), 0.0)
    return np.asarray(top + np.log(np.exp(-top) + (aware * np.exp(known - top[:, None])).sum(axis=1)))


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


def equilibrium(
    cost: Float,
    closed: Bool,
    owner: NDArray[np.int64],
    utility: Float,
    alpha: Float,
    aware: Float,
    outside: Float,
    spend: Float,
    own_price: Float,
    margin: Float,
    settings: Pricing,
    worth: float,
    apps: Float | float = 0.0,
) -> tuple[Float, Float, Float, Float]:
    """Prices at which no lab wants to move and no host wants to enter.

    Args:
        cost: Marginal cost of the live lines [$/Mtok], shape (lines,).
        closed: Whether a line is closed, shape (lines,); closed lines come first.
        owner: Lab of each line, shape (lines,).
        utility: V without price, shape (segments, lines).
        alpha: α, shape (segments,).
        aware: Aware shares, shape (segments, lines).
        outside: Utility of the outside option, shape (segments,).
        spend: Budgets summed over people [$/month], shape (segments,).
        own_price: Price of serving oneself, inf for closed lines, shape (segments, lines).
        margin: Start of the iteration, shape (lines,).
        settings: Parameters.
        worth: Λ.
        apps: Spend of startups, which hosts serve too [$/month], shape (lines,).

    Returns:
        Price [$/Mtok], margin, hosts, shares (segments, lines).

    Raises:
        ArithmeticError: No convergence within ``MAX_ITERATIONS``.
        ValueError: A closed line comes after an open one.
    """
    labs = np.count_nonzero(closed)  # labs price the lines before this one, hosts the others
    if closed[labs:].any():
        raise ValueError("closed lines must come first")
    own = np.ascontiguousarray(own_price.T[labs:])
    with np.errstate(divide="ignore"):
        value = np.ascontiguousarray((utility + np.log(aware)).T)  # the aware share is a weight
    at_cost, by_oneself = value - np.log(cost)[:, None] * alpha, value[labs:] - np.log(own) * alpha
    # Relative to the best option at cost: no admissible margin takes that out of what an exponential can hold.
    best = np.maximum(np.maximum.reduce(at_cost), outside)
    at_cost, by_oneself, outside = at_cost - best, by_oneself - best, outside - best
    dearest = 1.0 - cost[labs:, None] / own
    apps, elastic = (apps + np.zeros(cost.size))[labs:], alpha * spend
    together = (owner[:labs, None] == owner[:labs]).astype(np.float64)

    def within(margin: Float) -> Float:
        return np.minimum(np.maximum(margin, settings.lerner_min), settings.lerner_max)

    def host_themselves(margin: Float) -> Bool:
        """Segments to which hosts of an open line are too dear, shape (open lines, segments)."""
        return np.asarray(margin[labs:, None] > dearest)

    def replies(margin: Float, alone: Bool) -> tuple[Float, Float, Float]:
        """Margins with which labs and hosts answer these, hosts, and shares (lines, segments)."""
        score = np.log(1.0 - margin)[:, None] * alpha
        score += at_cost
        np.copyto(score[labs:], by_oneself, where=alone)
        shares = segment_shares(score, outside)
        of_labs = lerner_map(margin[:labs], spend, shares[:labs], alpha, together, worth)
        served = np.where(alone, 0.0, shares[labs:])
        total = served.dot(spend)
        elasticity = ((served - served * served).dot(elastic) + NOBODY) / (total + NOBODY)
        hosts, of_hosts = host_margin(
            total + apps, settings.host_fixed_cost, settings.host_elasticity, np.maximum(elasticity, 1e-6)
        )
        return within(np.concatenate([of_labs, of_hosts])), hosts, shares

    def accelerated(margin: Float, new: Float, alone: Bool) -> tuple[Float, Float, Float] | None:
        """Where replies come to rest, or None if by then anybody turns to or from hosting herself."""
        path = Anderson(margin.size)
        for _ in range(PATIENCE):
            margin = within(path.next(margin, new))
            new, hosts, shares = replies(margin, alone)
            if np.abs(new - margin).max() < PHASES[0][2]:
                stays = path.growth() < STABLE and (host_themselves(margin) == alone).all()
                return (new, hosts, shares) if stays else None
        return None

    tried = False
    for iteration in range(1, MAX_ITERATIONS + 1):
        if iteration <= SETTLED_AFTER:
            alone = host_themselves(margin)
        new, hosts, shares = replies(margin, alone)
        change = np.abs(new - margin).max()
        step, tolerance = next(phase for last, *phase in PHASES if iteration <= last)
        rest = (margin + step * (new - margin), hosts, shares) if change < tolerance else None
        if rest is None and change < NEAR and not tried:
            rest, tried = accelerated(margin, new, alone), True
        if rest is not None:
            margin, hosts, shares = rest
            return cost / (1.0 - margin), margin, np.concatenate([np.zeros(labs), hosts]), shares.T
        margin = margin + step * (new - margin)
    raise ArithmeticError(f"prices did not converge in {MAX_ITERATIONS} iterations (last change {change:.1e})")


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
        "adoption.home_own",
        "adoption.home_us_cn",
        "adoption.outside",
        "adoption.outside_price",
        "adoption.price_multiplier",
        "adoption.price_sensitivity",
        "adoption.quality_multiplier",
        "adoption.quality_sensitivity",
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
    lines, labs, segments, p = state.lines, state.labs, state.segments, state.parameters.pricing
    segments.budget[:] = demand.budgets(
        segments.budget_start, state.parameters.population.budget_growth, state.world.frontier[0]
    )
    demand.tastes(state)
    demand.utilities(state)
    live = np.flatnonzero(lines.live)
    segments.price[:] = np.inf
    if live.size == 0:
        return
    live = live[np.argsort(lines.access[live] != CLOSED, kind="stable")]  # closed lines first
    closed = lines.access[live] == CLOSED
    know_how = labs.serving[lines.lab[live]]
    know_how = np.where(closed, know_how, np.maximum(know_how, state.world.public_serving[0]))
    cost = p.reference_cost * 10.0 ** (lines.size[live] - know_how)
    organisation = segments.organisation
    operations = (p.operations.array() / p.team.array())[organisation]
    own = self_hosting_price(cost, p.utilisation.array()[organisation], operations, segments.budget)
    own = np.where(closed[None, :], np.inf, own)
    aware = -np.expm1(-segments.awareness)[:, lines.lab[live]]
    spend, utility = segments.people * segments.budget, segments.utility[:, live]
    worth = p.harvest * (1.0 - state.world.adoption[0])
    target, margin, hosts, shares = equilibrium(
        cost,
        closed,
        lines.lab[live],
        utility,
        segments.alpha,
        aware,
        segments.outside,
        spend,
        own,
        np.where(lines.fresh[live], 0.3, lines.lerner[live]),
        p,
        worth,
        lines.app_spend[live],
    )
    before = lines.price[live]
    at_once = lines.fresh[live] | (before <= 0.0)
    slow = np.where(at_once, 1.0, before) ** (1.0 - p.adjustment) * target**p.adjustment
    price = np.maximum(np.where(at_once, target, slow), cost / (1.0 - p.lerner_min))
    price = np.minimum(price, cost / (1.0 - p.lerner_max))
    lines.cost[live], lines.price[live], lines.hosts[live] = cost, price, hosts
    lines.lerner[live] = 1.0 - cost / price
    paid = np.minimum(price[None, :], own)
    segments.price[:, live] = paid
    served = shares * (target[None, :] <= own)
    rent = (spend @ served) * margin * np.where(closed, 1.0, p.first_party)
    labs.rent_expected[:] = np.bincount(lines.lab[live], weights=rent, minlength=len(labs))
    score = utility - segments.alpha[:, None] * np.log(paid)
    segments.inclusive[:] = inclusive_value(score - segments.outside[:, None], aware) / segments.alpha
