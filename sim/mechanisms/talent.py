"""Researchers change employer; wages follow monopsony; some found startups; nobody is lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import views
from sim.agents.researchers import HARDWARE, MODEL, RETIRED
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS
from sim.state import State

# With fewer people than this the product of one more is not defined; a founding team.
FOUNDING_TEAM = 5.0


def publishing_value(openness: NDArray[np.int64], step: float) -> Float:
    """Value of publishing by openness level: (0, 1, 1 + u, 1 + 2u, 1 + 3u), of the shape of ``openness``."""
    return np.where(openness == 0, 0.0, 1.0 + step * np.maximum(openness - 1, 0))


def monopsony_wage(budget: Float, staff: Float, share: Float, human: float, weight: float) -> Float:
    """Wage of an employer that faces logit labour supply [$/month].

    w = MRP · e/(1 + e), e = β_w (1 − σ), with MRP = human share · budget / staff.

    Args:
        budget: Research budget [$/month], shape (labs,).
        staff: Researchers [FTE].
        share: Share σ of the lab in all researchers.
        human: Share of the budget that is the staff's marginal product.
        weight: β_w.

    Source: logit monopsony (Card, Cardoso, Heining & Kline 2018; Manning 2021).
    """
    supply = weight * (1.0 - share)
    return np.asarray(human * budget / staff * supply / (1.0 + supply))


def choose_employer(utility: Float, draw: Float) -> NDArray[np.int64]:
    """First clock to ring among employers: argmin −ln(u) e^(−U), the logit. Shapes (n, employers) → (n,)."""
    return np.asarray(np.argmin(np.log(-np.log(draw)) - utility, axis=1), np.int64)


@mechanism(
    reads=(
        "labs.active",
        "labs.budget",
        "labs.methods",
        "labs.openness",
        "labs.valuation",
        "labs.valuation_year_ago",
        "lines.capability",
        "lines.gain",
        "lines.live",
        "world.frontier",
    ),
    writes=(
        "labs.researchers",
        "labs.hardware_researchers",
        "labs.wage",
        "labs.carried",
        "labs.exits",
        "researchers.employer",
        "researchers.identity",
        "researchers.origin",
        "researchers.skill",
        "governments.founders",
        "governments.hardware_researchers",
        "governments.researchers",
    ),
    neutral={
        "talent.mobility": 0.0,
        "talent.exit": 0.0,
        "talent.entry": 0.0,
        "talent.spin_out": 0.0,
        "talent.wage_adjustment": 0.0,
    },
)
def talent(state: State) -> None:
    """Researchers retire, found startups, change employer and enter; labs post wages.

    U = β_w ln w + β_q (K − K*) + β_o u(o) + β_V ln(V/V₋₁₂) + home − switching − migration + ε, ε standard Gumbel and
    kept for two years. Source: Roy (1951), Moen (1997), Stern (2004), Manning (2021).
    """
    people, p = state.researchers, state.parameters.talent
    seed, month = state.seed, state.month
    before = people.employer.copy()
    leaving = draws.happens(p.exit, seed, "researcher_exit", month, people.identity)
    leaving &= people.employer != RETIRED
    people.employer[leaving] = RETIRED
    people.exited += int(np.count_nonzero(leaving))

    at_lab = np.flatnonzero((people.employer >= 0) & (people.employer < people.labs))
    founding = at_lab[draws.happens(p.spin_out, seed, "spin_out", month, people.identity[at_lab])]
    region = state.employer_region[people.employer[founding]]
    people.employer[founding] = people.startups(0) + region
    state.governments.founders[:] = np.bincount(region, minlength=len(REGIONS)) * people.weight

    turn = draws.happens(p.mobility, seed, "researcher_reconsider", month, people.identity)
    turn &= people.employer != RETIRED
    turn[founding] = False
    choosing = np.concatenate([np.flatnonzero(turn), _enter(state)])
    if choosing.size:
        people.employer[choosing] = _choose(state, choosing, settled=choosing < before.size)
    _count(state, before)
    adjust_wages(state, p.wage_adjustment)


def employer_appeal(state: State) -> Float:
    """Utility of every employer that is the same for all, −inf where nobody can work, shape (employers,)."""
    labs, people, p = state.labs, state.researchers, state.parameters.talent
    appeal = np.full(people.employers, p.elsewhere)
    best, frontier = views.lab_capability(state), state.world.frontier[0]
    wage = np.log(np.maximum(labs.wage, 1.0) / p.elsewhere_wage)
    rise = np.log((labs.valuation + 1e6) / (labs.valuation_year_ago + 1e6))
    of_labs = p.wage_weight * wage + p.prestige * (np.maximum(best, frontier - 3.0) - frontier)
    of_labs += p.publishing_weight * publishing_value(labs.openness, p.weights_publishing)
    of_labs += p.equity * np.clip(rise, -1.0, 1.0)
    appeal[: people.labs] = np.where(labs.active, of_labs, -np.inf)
    return appeal


def _choose(state: State, rows: NDArray[np.intp], settled: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Employers chosen; only the settled, who are not entrants, bear a cost of switching and migrating."""
    people, p = state.researchers, state.parameters.talent
    identity = people.identity[rows]
    phase = draws.uniform(state.seed, "researcher_phase", 0, identity)
    epoch = (state.month + (phase * p.taste_renewal).astype(np.int64)) // p.taste_renewal
    draw = draws.uniform(
        state.seed, "researcher_taste", epoch[:, None], identity[:, None], state.employer_option[None, :]
    )
    # By origin, and by employer now, which are few, and then of everybody.
    region = state.employer_region
    appeal = employer_appeal(state) + p.home * (region == np.arange(len(REGIONS))[:, None])
    cost = p.switching_cost * ~np.eye(people.employers, dtype=bool) + p.migration_cost * (region != region[:, None])
    utility = appeal[people.origin[rows]]
    utility[settled] -= cost[people.employer[rows[settled]]]
    return choose_employer(utility, draw).astype(np.int16)


def _enter(state: State) -> NDArray[np.intp]:
    """Researchers enter the field, elsewhere in their region of origin until they choose; their rows."""
    people, p = state.researchers, state.parameters.talent
    rate = p.entry / 12.0 * p.researchers
    luck = draws.uniform(state.seed, "researcher_entry", state.month, np.arange(len(REGIONS)))
    numbers = [
        draws.poisson(rate * share, draw) for share, draw in zip(p.origins().tolist(), luck.tolist(), strict=True)
    ]
    identity = np.concatenate([entrant_identity(state.month, r, number) for r, number in enumerate(numbers)])
    region = np.repeat(np.arange(len(REGIONS)), numbers)
    hardware = draws.happens(p.hardware_share, state.seed, "researcher_identity", 0, identity)
    people.add(
        identity,
        (people.elsewhere(0) + region).astype(np.int16),
        region.astype(np.int8),
        np.where(hardware, HARDWARE, MODEL).astype(np.int8),
    )
    return np.arange(len(people) - identity.size, len(people))


def entrant_identity(month: int, region: int, number: int) -> NDArray[np.uint64]:
    """Identities of this month's entrants: the same people enter, whoever else did before them."""
    return np.uint64((1 << 40) + (month << 24) + (region << 20)) + np.arange(number, dtype=np.uint64)


def count_staff(state: State) -> None:
    """Research staff of labs by skill, and of regions, wherever they work, with hardware skills."""
    people, labs, staff = state.researchers, state.labs, state.researchers.staff()
    labs.researchers[:], labs.hardware_researchers[:] = staff[:, : people.labs]
    for_hardware = np.bincount(state.employer_region, weights=staff[HARDWARE])
    state.governments.hardware_researchers[:] = np.maximum(for_hardware, 1.0)
    state.governments.researchers[:] = for_hardware + np.bincount(state.employer_region, weights=staff[MODEL])


def _count(state: State, before: NDArray[np.int16]) -> None:
    people, labs = state.researchers, state.labs
    count_staff(state)
    moved = np.flatnonzero(before != people.employer[: before.size])
    labs.exits[:] = np.bincount(before[moved], minlength=people.employers)[: people.labs] * people.weight
    moved = moved[people.employer[moved] != RETIRED]
    source, target = before[moved], people.employer[moved]
    state.record.add_flows(state.month, source, target, people.weight)
    between = (source < people.labs) & (target < people.labs) & (people.skill[moved] == MODEL)
    old, new = source[between], target[between]
    carried = people.weight / labs.researchers[new] * np.maximum(labs.methods[old] - labs.methods[new], 0.0)
    labs.carried[:] = np.bincount(new, weights=carried, minlength=len(labs))


def adjust_wages(state: State, speed: float) -> None:
    """Posted wages move towards the optimum: ln w ← (1 − λ) ln w + λ ln w*, never below a tenth of those elsewhere.

    Args:
        state: The market.
        speed: λ; 1 posts the optimum.
    """
    people, labs, p = state.researchers, state.labs, state.parameters.talent
    staff = labs.researchers + labs.hardware_researchers
    share = staff / max(people.active() * people.weight, 1.0)
    target = monopsony_wage(labs.budget, np.maximum(staff, FOUNDING_TEAM), share, p.human_share, p.wage_weight)
    target = np.maximum(target, p.elsewhere_wage / 10.0)
    labs.wage[:] = np.maximum(labs.wage, 1.0) ** (1.0 - speed) * target**speed
