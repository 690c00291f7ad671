"""Users of open weights give back: contributions, ecosystem, community gain, serving knowledge, auditors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim import views
from sim.agents.lab import CLOSED, TRANSPARENCY
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.state import State

# Most that one contributor gives in a month [means]; without a cut the mean of a Pareto with a tail near one is luck.
OUTPUT_LIMIT = 1000.0
# Contributions a month for which ``ecosystem_contribution`` is stated [units/month].
THOUSAND = 1000.0
# Less benefit than this [$/month] is none; its logarithm is still a number.
NOTHING = 1e-300


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
    return np.asarray(ndtr((np.log(np.maximum(value, NOTHING)) - mean) / spread))


def pareto_output(draw: Float, tail: float) -> Float:
    """What contributors give: Pareto with mean one before the cut at ``OUTPUT_LIMIT`` means, by inversion."""
    least = (tail - 1.0) / tail
    return np.minimum(least * draw ** (-1.0 / tail), OUTPUT_LIMIT)


def mean_output(tail: float) -> float:
    """Mean of :func:`pareto_output`, which the cut takes below one."""
    least = (tail - 1.0) / tail
    return float(1.0 - least**tail * OUTPUT_LIMIT ** (1.0 - tail) / (tail - 1.0))


def individual_contributions(state: State) -> tuple[NDArray[np.int64], Float]:
    """Who contributes this month and how much, drawn developer by developer.

    The dynamics use the expectation; these draws serve its distribution.

    Returns:
        Indices of contributing developers and their output [units/month], mean one.
    """
    p, people = state.parameters.contribution, state.developers
    line = people.choice.astype(np.int64) - 1
    rows = np.flatnonzero((line >= 0) & (state.lines.access[line] != CLOSED))
    identity, organisation = people.identity[rows], state.segments.organisation[people.segment[rows]]
    cost_word = draws.add_key(identity, draws.key32(state.seed, "contribution_cost"))
    value = _benefits(state, np.arange(state.lines.rows))[organisation, line[rows]]
    gives = draws.as_uniform(cost_word) < contributing_share(value, p.cost_mean, p.cost_spread)
    output_word = draws.add_key(identity[gives], draws.key32(state.seed, "contribution_output"))
    return rows[gives], pareto_output(draws.as_uniform(output_word), p.tail) / mean_output(p.tail)


def _benefits(state: State, rows: NDArray[np.intp]) -> Float:
    p, lines = state.parameters.contribution, state.lines
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
        "labs.serving",
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
        "labs.auditors",
        "world.public_serving",
        "world.frontier",
    ),
    carries=(
        "lines.contributed",
        "lines.reciprocity",
        "lines.ecosystem",
        "world.public_serving",
        "world.frontier",
    ),
    parameters=("entry.weight", "population.world"),
    neutral={
        "contribution.use_value": 0.0,
        "contribution.reputation": 0.0,
        "contribution.reciprocity": 0.0,
        "contribution.network": 0.0,
        "contribution.ecosystem_decay": 0.0,
        "contribution.public_serving": 0.0,
        "contribution.public_catch_up": 0.0,
        "entry.contribution": 0.0,
    },
)
def contribution(state: State) -> None:
    """Contributions lift open models, their ecosystem and what the public knows of serving; contributors audit.

    C = Σ users · Φ((ln B − μ)/σ) + startups'; E' = (1 − δ)E + δ(use + λ C/1000); gain = γ(1 − e^(−ΣC/C_K));
    A = 1 − e^(−C/C_aud). Source: Lerner & Tirole (2002); Johnson (2002).
    """
    lines, labs, world, p = state.lines, state.labs, state.world, state.parameters.contribution
    people, startups = state.developers, state.startups
    open_line = (lines.access != CLOSED) & lines.live
    rows = open_line.nonzero()[0]
    share = contributing_share(_benefits(state, rows), p.cost_mean, p.cost_spread)
    users = people.counts[:, 1 + rows] * people.weight
    built = startups.alive & (startups.base >= 0)
    from_startups = np.bincount(
        startups.base[built],
        weights=startups.contribution[built] * state.parameters.entry.weight,
        minlength=lines.rows,
    )
    lines.contributions[:] = 0.0
    lines.contributions[rows] = np.add.reduce(share[state.segments.organisation] * users) + from_startups[rows]
    lines.reciprocity[:] = np.divide(
        lines.contributions, lines.users, out=np.zeros(lines.rows), where=lines.users > 0.0
    )
    lines.contributed += lines.contributions
    lines.gain[:] = np.where(open_line, views.community_gain(state), 0.0)
    use = lines.users / state.parameters.population.world
    target = use + p.ecosystem_contribution * lines.contributions / THOUSAND
    lines.ecosystem += p.ecosystem_decay * (target - lines.ecosystem) * lines.live

    size = np.add.reduce(lines.ecosystem[open_line])
    best = np.maximum.reduce(labs.serving[lines.lab[open_line]], initial=-np.inf)
    world.public_serving[0] += p.public_serving * size / (size + p.public_half) * 10.0 ** (
        -p.public_fishing_out * world.public_serving[0]
    ) + p.public_catch_up * max(best - world.public_serving[0], 0.0)

    labs.auditors[:] = -np.expm1(-views.by_lab(state, lines.contributions) / p.auditors)
    if np.count_nonzero(lines.live):
        best_now = np.maximum.reduce((lines.capability + lines.gain)[lines.live])
        world.frontier[0] = max(world.frontier[0], best_now)
