"""Labs set prices for closed models, hosts for open ones: the only fixed point inside a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import demand
from sim.agents.lab import CLOSED
from sim.fields import ByOrganisation, Section, by_organisation, field
from sim.mechanism import mechanism
from sim.tables import Bool, Float

if TYPE_CHECKING:
    from sim.market import Market

# How near to rest margins must be, by iteration: what has not come far in a while need not come as far.
TOLERANCES = ((200, 1e-12), (1000, 1e-9), (5000, 1e-5))
MAX_ITERATIONS = 5000
# Where hosts' margins rise with their number, demand is very elastic, or self-hosters come and go at a kink, the plain
# map can cycle: later iterations go part of the way only, and from SETTLED_AFTER on who hosts herself is settled.
STEPS = ((60, 1.0), (200, 0.5), (1000, 0.1), (MAX_ITERATIONS, 0.02))
SETTLED_AFTER = 120


class Pricing(Section):
    """Costs, conduct and hosting."""

    reference_cost: float = field(
        10.0,
        "c_ref: cost of serving GPT-3.5 at the start",
        unit="$/Mtok",
        bounds=(1e-4, 1e4),
        range=(3.0, 12.0),
        source="GPT-3.5 price of $20 per Mtok in 2022-11 (AI Index 2025); prototype fit",
        confidence="estimated",
    )
    adjustment: float = field(
        0.48,
        "λ_p: speed at which a list price follows its optimum; new models are posted at the optimum",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 1.0),
        source="prototype fit to time between price cuts",
        confidence="estimated",
    )
    lerner_min: float = field(
        -1.0, "Smallest margin over price", unit="1", bounds=(-10.0, 0.0), range=(-2.0, 0.0), source="Guard rail"
    )
    lerner_max: float = field(
        0.9,
        "Largest margin over price",
        unit="1",
        bounds=(0.01, 0.999),
        range=(0.8, 0.95),
        source="Guard rail against a log-price monopolist",
    )
    harvest: float = field(
        0.6,
        "Λ_S: worth of a dollar of customer spend won while nobody has adopted yet; it fades with adoption",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.2, 1.0),
        source="OpenAI compute margin 35, 52, 70% (The Information); invest then harvest (Farrell & Klemperer 2007)",
        confidence="estimated",
    )
    host_elasticity: float = field(
        8.0,
        "α_h: elasticity of demand for one host of an open model in the long run",
        unit="1",
        bounds=(0.1, 100.0),
        range=(1.1, 20.0),
        source="Above the short-run 1.1 of Demirer, Fradkin, Tadelis & Peng 2025; weightshift judgement",
    )
    host_fixed_cost: float = field(
        60_000.0,
        "F_h: fixed cost of hosting a line",
        unit="$/month",
        bounds=(1.0, 1e9),
        range=(10_000.0, 500_000.0),
        source="14-47 hosts on popular open models (models.dev); weightshift judgement",
    )
    first_party: float = field(
        0.35,
        "φ_1: share of hosted spend that the creator of an open model serves",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.1, 0.7),
        source="OpenRouter providers; weightshift judgement",
    )
    utilisation: ByOrganisation = field(
        by_organisation(0.03, 0.1, 0.15, 0.3, 0.3),
        "GPU utilisation that self-hosting achieves, against a host's",
        unit="1",
        bounds=(1e-4, 1.0),
        factor=3.0,
    )
    operations: ByOrganisation = field(
        by_organisation(20.0, 300.0, 1000.0, 6000.0, 6000.0),
        "Cost of operating one's own hosting, for the organisation",
        unit="$/month",
        bounds=(0.0, 1e7),
        factor=3.0,
    )
    team: ByOrganisation = field(
        by_organisation(1.0, 8.0, 20.0, 400.0, 400.0),
        "Developers who share that operation",
        unit="developers",
        bounds=(1.0, 1e5),
        factor=3.0,
    )


def segment_shares(utility: Float, alpha: Float, price: Float, aware: Float, outside: Float) -> Float:
    """Logit shares of spend if everybody reconsidered, shape (segments, lines).

    s_gj = a_gj e^(V_gj − α_g ln P_gj) / (e^(V_g0) + Σ_k …), with the aware share a as a weight. In log prices this is
    CES demand (Anderson, de Palma & Thisse 1987).
    """
    score = utility - alpha[:, None] * np.log(price)
    top = np.maximum(score.max(axis=1, initial=-np.inf, where=aware > 0.0), outside)
    weight = aware * np.exp(np.minimum(score - top[:, None], 0.0))
    return np.asarray(weight / (np.exp(outside - top) + weight.sum(axis=1))[:, None])


def inclusive_value(advantage: Float, aware: Float) -> Float:
    """ln(1 + Σ_j a_j e^(V_j − V_0)) without overflow, shape (segments,); ``advantage`` is V_j − V_0 [utils]."""
    known = np.where(aware > 0.0, advantage, -np.inf)
    top = np.maximum(known.max(axis=1), 0.0)
    return np.asarray(top + np.log(np.exp(-top) + (aware * np.exp(known - top[:, None])).sum(axis=1)))


def lerner_map(
    margin: Float, spend: Float, shares: Float, alpha: Float, owner: NDArray[np.int64], worth: float
) -> Float:
    """One step of the fixed point for the margins of multi-product Bertrand competitors with CES demand.

    L_k ← [S_k + Σ_{j∈l} Γ_kj (L_j + Λ) − A_k Λ] / (S_k + A_k), with S_k = Σ_g B_g s_gk, A_k = Σ_g α_g B_g s_gk and
    Γ_kj = Σ_g α_g B_g s_gk s_gj. It is the analogue in CES form of the ζ map of Morrow & Skerlos (2011).

    Args:
        margin: L, shape (lines,).
        spend: B_g [$/month], shape (segments,).
        shares: s_gk, shape (segments, lines).
        alpha: α_g, shape (segments,).
        owner: Lab of each line, shape (lines,).
        worth: Λ, value of a dollar of customer spend beyond its margin.
    """
    total = spend @ shares
    weighted = (alpha * spend) @ shares
    cross = ((alpha * spend)[:, None] * shares).T @ shares * (owner[:, None] == owner[None, :])
    numerator = total + cross @ (margin + worth) - weighted * worth
    denominator = total + weighted
    return np.asarray(np.divide(numerator, denominator, out=np.zeros_like(margin), where=denominator > 0.0))


def host_margin(spend: Float, fixed_cost: float, elasticity: float, line_elasticity: Float) -> tuple[Float, Float]:
    """Hosts of an open line under free entry and their margin, shapes (lines,).

    L = 1/(1 + α_h (1 − 1/n) + α_j/n); with zero profit B L = n F: n = max{1, (B/F + α_h − α_j)/(1 + α_h)}.

    Args:
        spend: B, spend on the line [$/month].
        fixed_cost: F [$/month].
        elasticity: α_h.
        line_elasticity: α_j, elasticity of demand for the line.
    """
    number = np.maximum(1.0, (spend / fixed_cost + elasticity - line_elasticity) / (1.0 + elasticity))
    margin = 1.0 / (1.0 + elasticity * (1.0 - 1.0 / number) + line_elasticity / number)
    return number, margin


def bertrand_linear(
    quality: Float, alpha: float, cost: Float, owner: NDArray[np.int64], tolerance: float = 1e-13
) -> Float:
    """Bertrand prices when utility is linear in price: the textbook case, for tests [$].

    p = c + Λ⁻¹(Γ̃ (p − c)) + Λ⁻¹ S, the ζ map of Morrow & Skerlos (2011).

    Args:
        quality: δ_j, shape (lines,).
        alpha: Utility of a dollar.
        cost: Marginal cost [$], shape (lines,).
        owner: Firm of each line, shape (lines,).
        tolerance: Largest change of a price at the fixed point.
    """
    price = cost + 1.0 / alpha
    for _ in range(MAX_ITERATIONS * 20):
        weight = np.exp(quality - alpha * price)
        share = weight / (1.0 + weight.sum())
        cross = alpha * np.outer(share, share) * (owner[:, None] == owner[None, :])
        new = cost + (cross @ (price - cost) + share) / (alpha * share)
        if np.abs(new - price).max() < tolerance:
            return np.asarray(new)
        price = new
    raise ArithmeticError("linear Bertrand prices did not converge")


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
) -> tuple[Float, Float, Float, Float, int]:
    """Prices at which no lab wants to move and no host wants to enter.

    Args:
        cost: Marginal cost of the live lines [$/Mtok], shape (lines,).
        closed: Whether a line is closed, shape (lines,).
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
        Price [$/Mtok], margin, hosts, shares (segments, lines), iterations.

    Raises:
        ArithmeticError: No convergence within ``MAX_ITERATIONS``.
    """
    hosts = np.ones_like(cost)
    for iteration in range(1, MAX_ITERATIONS + 1):
        price = cost / (1.0 - margin)
        if iteration <= SETTLED_AFTER:
            hosted = price[None, :] <= own_price
        paid = np.where(hosted, price[None, :], own_price)
        shares = segment_shares(utility, alpha, paid, aware, outside)
        closed_shares = shares * closed[None, :]
        of_labs = lerner_map(margin, spend, closed_shares, alpha, owner, worth)
        served = shares * hosted
        total = spend @ served
        weighted = (alpha * spend) @ served
        own = (alpha * spend) @ (served * served)
        line_elasticity = np.divide(weighted - own, total, out=np.ones_like(total), where=total > 0.0)
        hosts, of_hosts = host_margin(
            total + apps, settings.host_fixed_cost, settings.host_elasticity, np.maximum(line_elasticity, 1e-6)
        )
        new = np.where(closed, of_labs, of_hosts)
        new = np.clip(new, settings.lerner_min, settings.lerner_max)
        change = np.abs(new - margin).max()
        step = next(size for last, size in STEPS if iteration <= last)
        margin = margin + step * (new - margin)
        if change < next(tolerance for last, tolerance in TOLERANCES if iteration <= last):
            return cost / (1.0 - margin), margin, np.where(closed, 0.0, hosts), shares, iteration
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
)
def pricing(market: Market) -> None:
    """Costs follow size and know-how; labs set prices as Bertrand competitors, hosts of open weights enter freely.

    c = c_ref 10^(n − g); p = c/(1 − L) with the margins of :func:`lerner_map` and :func:`host_margin`; list prices
    move part of the way a month, those of new models at once. Λ = Λ_S (1 − adoption): labs invest in customers while
    there are any to win and harvest later.
    """
    lines, labs, segments, p = market.lines, market.labs, market.segments, market.parameters.pricing
    segments.budget[:] = demand.budgets(
        segments.budget_start, market.parameters.population.budget_growth, market.world.frontier[0]
    )
    demand.tastes(market)
    demand.utilities(market)
    live = np.flatnonzero(lines.live)
    segments.price[:] = np.inf
    if live.size == 0:
        return
    closed = lines.access[live] == CLOSED
    know_how = labs.serving[lines.lab[live]]
    know_how = np.where(closed, know_how, np.maximum(know_how, market.world.public_serving[0]))
    cost = p.reference_cost * 10.0 ** (lines.size[live] - know_how)
    organisation = segments.organisation
    operations = (p.operations.array() / p.team.array())[organisation]
    own = self_hosting_price(cost, p.utilisation.array()[organisation], operations, segments.budget)
    own = np.where(closed[None, :], np.inf, own)
    aware = -np.expm1(-segments.awareness)[:, lines.lab[live]]
    spend = segments.people * segments.budget
    worth = p.harvest * (1.0 - market.world.adoption[0])
    target, margin, hosts, shares, _ = equilibrium(
        cost,
        closed,
        lines.lab[live],
        segments.utility[:, live],
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
    segments.price[:, live] = np.minimum(price[None, :], own)
    served = shares * (target[None, :] <= own)
    rent = (spend @ served) * margin * np.where(closed, 1.0, p.first_party)
    labs.rent_expected[:] = np.bincount(lines.lab[live], weights=rent, minlength=len(labs))
    score = segments.utility[:, live] - segments.alpha[:, None] * np.log(segments.price[:, live])
    segments.inclusive[:] = inclusive_value(score - segments.outside[:, None], aware) / segments.alpha
