"""Users of open weights give back: contributions, ecosystem, community gain, serving knowledge, trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim import draws, views
from sim.agents.lab import CLOSED, TRANSPARENCY
from sim.fields import ByOrganisation, Section, by_organisation, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market

OUTPUT_LIMIT = 1000.0


class Contribution(Section):
    """Why users contribute and what it does."""

    use_value: float = field(
        1.0,
        "b_use: value of a contribution to one's own use",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.3, 3.0),
        source="Lerner & Tirole 2002; numeraire of the block",
    )
    need: ByOrganisation = field(
        by_organisation(1.0, 2.0, 1.0, 0.8, 0.5), "Need to adapt the model", unit="1", bounds=(0.0, 100.0), spread=0.5
    )
    reputation: float = field(
        0.3,
        "b_rep: value of reputation per log of users of the line",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.0, 1.0),
        source="Lerner & Tirole 2002; weightshift judgement",
    )
    reputation_users: float = field(
        1e5, "U₀: users at which reputation starts to count", unit="developers", bounds=(1.0, 1e9), range=(1e4, 1e6)
    )
    reciprocity: float = field(
        2.0,
        "b_rec: value of giving back where others give",
        unit="$/month",
        bounds=(0.0, 1e6),
        range=(0.0, 5.0),
        source="weightshift judgement; unique steady state at the default",
    )
    cost_mean: float = field(
        4.0,
        "μ_f: mean of the log cost of contributing",
        unit="ln $/month",
        bounds=(-20.0, 50.0),
        range=(3.0, 5.0),
        source="1-9-90 rule: about one user in a hundred contributes",
    )
    cost_spread: float = field(
        1.5, "σ_f: standard deviation of the log cost", unit="ln", bounds=(0.01, 20.0), range=(1.0, 2.5)
    )
    tail: float = field(
        1.05,
        "ζ: Pareto exponent of what a contributor gives, cut at a thousand times the mean before the cut",
        unit="1",
        bounds=(1.01, 10.0),
        range=(1.02, 1.3),
        source="Git histories of eight AI projects: Gini 0.80, top 1% give 57%; with the cut this gives .78 and .53",
        confidence="estimated",
    )
    community_gain: float = field(
        0.12,
        "γ_K: most that a community adds to a model",
        unit="OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.3),
        source="Gains of derivatives on leaderboards; weightshift judgement",
    )
    community_scale: float = field(
        1e6, "C_K: contributions at which 63% of that is reached", unit="units", bounds=(1.0, 1e9), range=(1e5, 1e7)
    )
    network: float = field(
        0.23,
        "ν: utility of a log point of ecosystem",
        unit="utils per ln",
        bounds=(0.0, 5.0),
        range=(0.0, 0.6),
        source="prototype fit; not identified by shares",
    )
    ecosystem_seed: float = field(
        0.02,
        "E₀: ecosystem at which a line's own starts to count",
        unit="share",
        bounds=(1e-6, 10.0),
        range=(0.005, 0.1),
    )
    ecosystem_decay: float = field(
        0.04, "δ_E: decay of the ecosystem stock", unit="1/month", bounds=(0.0, 1.0), range=(0.02, 0.1)
    )
    ecosystem_contribution: float = field(
        0.0005,
        "λ_c: ecosystem that a thousand contributions a month sustain",
        unit="share",
        bounds=(0.0, 100.0),
        range=(0.0, 0.002),
    )
    public_serving: float = field(
        0.01,
        "γ_g: gain of public serving knowledge when the open ecosystem is large",
        unit="OOM/month",
        bounds=(0.0, 1.0),
        range=(0.0, 0.03),
        source="vLLM, SGLang, llama.cpp; weightshift judgement",
    )
    public_half: float = field(
        0.1,
        "Ω̄: open ecosystem at which half of that gain is reached",
        unit="share",
        bounds=(1e-6, 100.0),
        range=(0.03, 0.5),
    )
    public_fishing_out: float = field(
        0.31,
        "β_g: how much harder public serving ideas get with each OOM",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.1, 0.5),
        source="As for labs",
    )
    public_hardware: float = field(
        1.0, "Share of hardware progress that reaches public serving", unit="1", bounds=(0.0, 2.0), range=(0.5, 1.0)
    )
    public_catch_up: float = field(
        0.1,
        "Share of the gap to the best open lab's serving know-how that the public closes",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.02, 0.3),
        source="DeepSeek open-infra releases; weightshift judgement",
    )
    trust_weight: float = field(
        1.0,
        "τ: utility of trust, half more for enterprises and regulated users",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.0, 3.0),
    )
    trust_start: float = field(
        0.6,
        "T̄: trust to which experience without incidents leads",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.4, 0.8),
        source="Stack Overflow 2025: 33% trust, 46% distrust accuracy",
    )
    trust_experience: float = field(0.01, "r₀: speed of that", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.05))
    trust_audits: float = field(
        0.03,
        "r_a: speed at which audits of a transparent model move trust to its true safeguards",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.0, 0.1),
    )
    trust_incidents: float = field(
        0.0005, "d_I: trust lost per unit of severity", unit="1", bounds=(0.0, 1.0), range=(0.0, 0.005)
    )
    auditors: float = field(
        10_000.0,
        "C_aud: contributions a month at which 63% of possible auditors look",
        unit="units/month",
        bounds=(1.0, 1e9),
        range=(2000.0, 50_000.0),
    )


def benefit(
    need: Float, reputation: float, users: Float, scale: float, transparency: Float, reciprocity: Float
) -> Float:
    """B = b_use need + b_rep ln(1 + U/U₀) t + b_rec ĉ [$/month], shape (organisations, lines).

    Args:
        need: b_use · need, shape (organisations,).
        reputation: b_rep.
        users: U, shape (lines,).
        scale: U₀.
        transparency: t, shape (lines,).
        reciprocity: b_rec · ĉ of last month, shape (lines,).
    """
    of_line = reputation * np.log1p(users / scale) * transparency + reciprocity
    return np.asarray(need[:, None] + of_line[None, :])


def contributing_share(value: Float, mean: float, spread: float) -> Float:
    """Share of users whose log-normal cost is below the benefit: Φ((ln B − μ)/σ)."""
    return np.asarray(ndtr((np.log(np.maximum(value, 1e-300)) - mean) / spread))


def pareto_output(draw: Float, tail: float) -> Float:
    """What contributors give: Pareto with mean one before the cut at ``OUTPUT_LIMIT`` means, by inversion."""
    least = (tail - 1.0) / tail
    return np.minimum(least * draw ** (-1.0 / tail), OUTPUT_LIMIT)


def mean_output(tail: float) -> float:
    """Mean of :func:`pareto_output`, which the cut takes below one."""
    least = (tail - 1.0) / tail
    return float(1.0 - least**tail * OUTPUT_LIMIT ** (1.0 - tail) / (tail - 1.0))


def individual_contributions(market: Market) -> tuple[NDArray[np.int64], Float]:
    """Who contributes this month and how much, drawn developer by developer.

    The dynamics use the expectation; these draws serve its distribution.

    Returns:
        Indices of contributing developers and their output [units/month], mean one.
    """
    p, people = market.parameters.contribution, market.developers
    line = people.choice.astype(np.int64) - 1
    rows = np.flatnonzero((line >= 0) & (market.lines.access[line] != CLOSED))
    identity, organisation = people.identity[rows], market.segments.organisation[people.segment[rows]]
    cost_word = draws.add_key(identity, draws.key32(market.seed, "contribution_cost"))
    value = _benefits(market, np.arange(market.lines.rows))[organisation, line[rows]]
    gives = draws.as_uniform(cost_word) < contributing_share(value, p.cost_mean, p.cost_spread)
    output_word = draws.add_key(identity[gives], draws.key32(market.seed, "contribution_output"))
    return rows[gives], pareto_output(draws.as_uniform(output_word), p.tail) / mean_output(p.tail)


def _benefits(market: Market, rows: NDArray[np.intp]) -> Float:
    p, lines = market.parameters.contribution, market.lines
    return benefit(
        p.use_value * p.need.array(),
        p.reputation,
        lines.users[rows],
        p.reputation_users,
        TRANSPARENCY[lines.openness[rows]],
        p.reciprocity * lines.reciprocity[rows],
    )


@mechanism(
    reads=(
        "labs.openness",
        "labs.safeguards",
        "labs.serving",
        "labs.severity",
        "lines.access",
        "lines.capability",
        "lines.lab",
        "lines.live",
        "lines.openness",
        "lines.users",
        "segments.organisation",
        "startups.alive",
        "startups.base",
        "startups.contribution",
        "developers.counts",
    ),
    writes=(
        "lines.contributions",
        "lines.contributed",
        "lines.gain",
        "lines.reciprocity",
        "lines.ecosystem",
        "labs.trust",
        "labs.auditors",
        "world.public_serving",
        "world.frontier",
    ),
    neutral={
        "contribution.use_value": 0.0,
        "contribution.reputation": 0.0,
        "contribution.reciprocity": 0.0,
        "contribution.network": 0.0,
        "contribution.trust_experience": 0.0,
        "contribution.trust_audits": 0.0,
        "contribution.trust_incidents": 0.0,
        "contribution.public_serving": 0.0,
        "contribution.public_hardware": 0.0,
        "contribution.public_catch_up": 0.0,
        "entry.contribution": 0.0,
    },
)
def contribution(market: Market) -> None:
    """Contributions lift open models, their ecosystem, what the public knows of serving, and trust.

    C = Σ users · Φ((ln B − μ)/σ) + startups'; E' = (1 − δ)E + δ(use + λ C/1000); gain = γ(1 − e^(−ΣC/C_K));
    ΔT = r₀(T̄ − T) + r_a t A (safe − T) − d severity. Source: Lerner & Tirole (2002); Johnson (2002).
    """
    lines, labs, world, p = market.lines, market.labs, market.world, market.parameters.contribution
    people, startups = market.developers, market.startups
    open_line = (lines.access != CLOSED) & lines.live
    rows = np.flatnonzero(open_line)
    share = contributing_share(_benefits(market, rows), p.cost_mean, p.cost_spread)
    users = people.counts[:, 1 + rows] * people.weight
    built = startups.alive & (startups.base >= 0)
    from_startups = np.bincount(
        startups.base[built],
        weights=startups.contribution[built] * market.parameters.entry.weight,
        minlength=lines.rows,
    )
    lines.contributions[:] = 0.0
    lines.contributions[rows] = (share[market.segments.organisation] * users).sum(axis=0) + from_startups[rows]
    lines.reciprocity[:] = np.divide(
        lines.contributions, lines.users, out=np.zeros(lines.rows), where=lines.users > 0.0
    )
    lines.contributed += lines.contributions
    lines.gain[:] = np.where(open_line, views.community_gain(market), 0.0)
    use = lines.users / market.parameters.population.world
    target = use + p.ecosystem_contribution * lines.contributions / 1000.0
    lines.ecosystem += p.ecosystem_decay * (target - lines.ecosystem) * lines.live

    size = lines.ecosystem[open_line].sum()
    best = labs.serving[lines.lab[open_line]].max() if open_line.any() else -np.inf
    world.public_serving[0] += (
        p.public_serving * size / (size + p.public_half) * 10.0 ** (-p.public_fishing_out * world.public_serving[0])
        + p.public_hardware * market.parameters.compute.hardware_progress / 12.0
        + p.public_catch_up * max(best - world.public_serving[0], 0.0)
    )

    by_lab = np.bincount(lines.lab, weights=lines.contributions, minlength=len(labs))
    labs.auditors[:] = -np.expm1(-by_lab / p.auditors)
    audited = p.trust_audits * TRANSPARENCY[labs.openness] * labs.auditors
    change = p.trust_experience * (p.trust_start - labs.trust) + audited * (labs.safeguards - labs.trust)
    labs.trust[:] = np.clip(labs.trust + change - p.trust_incidents * labs.severity, 0.0, 1.0)
    if lines.live.any():
        world.frontier[0] = max(world.frontier[0], (lines.capability + lines.gain)[lines.live].max())
