"""Researchers change employer; wages follow monopsony; some found startups; nobody is lost.

Employers are labs, and elsewhere and startups by region. The kernels are the equations, in the order of the steps below
them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import views
from sim.agents.researchers import HARDWARE, MODEL, RETIRED
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float, Int
from sim.numerics.race import first_to_ring
from sim.parameters.fields import REGIONS
from sim.parameters.talent import Talent
from sim.state import State
from sim.views import labour
from sim.views.labour import mean_publishing, publishing_value

# With fewer people than this the product of one more is not defined; a founding team [FTE].
FOUNDING_TEAM = 5.0
# A lab so far behind the frontier [OOM], or without a model, has as little prestige as any.
NO_PRESTIGE = 3.0
# Added to valuations [$], so that the first dollars of a lab that was worth nothing are not an infinite rise.
FIRST_VALUE = 1e6
# Largest rise or fall in value that counts [ln]: by a factor e in a year.
MOST_RISE = 1.0
# The wage elsewhere over the least that anybody posts, even without a budget.
LEAST_WAGE = 10.0
_REGIONS = np.arange(len(REGIONS))


def equity_rise(valuation: Float, year_ago: Float) -> Float:
    """Rise in value over a year: ln(V/V₋₁₂), within ``MOST_RISE`` of zero, shape (labs,)."""
    rise = np.log((valuation + FIRST_VALUE) / (year_ago + FIRST_VALUE))
    return np.minimum(np.maximum(rise, -MOST_RISE), MOST_RISE)


def prestige(capability: Float, frontier: float) -> Float:
    """Distance to the frontier: K − K*, at least −``NO_PRESTIGE`` [OOM], of the shape of ``capability``.

    K of a lab is that of its best model, or where it starts from if it was founded after T and has none yet; K of all
    others is that of the best open weights, on which they can work.
    """
    return np.asarray(np.maximum(capability, frontier - NO_PRESTIGE) - frontier)


def lab_appeal(wage: Float, outside: Float, distance: Float, openness: Int, rise: Float, p: Talent) -> Float:
    """Utility of a lab by skill: v = β_w ln(w/w₀) + β_q (K − K*) + β_o u(o) + β_V rise [utils], (skills, labs).

    Args:
        wage: w [$/month], shape (skills, labs).
        outside: w₀, the wage outside labs [$/month], shape (skills,).
        distance: K − K*, see :func:`prestige`, shape (labs,).
        openness: o [level], shape (labs,).
        rise: See :func:`equity_rise`, shape (labs,).
        p: The weights β and u_w.
    """
    appeal = p.wage_weight * np.log(np.maximum(wage, 1.0) / outside[:, None])
    appeal += p.prestige * distance
    appeal += p.publishing_weight * publishing_value(openness, p.weights_publishing)
    return np.asarray(appeal + p.equity * rise)


def norm_utility(openness: Int, staff: Float, p: Talent) -> Float:
    """How an employer compares with others: ν_o (u(o) − ū), ū of the mean researcher at a lab [utils], shape (labs,).

    Args:
        openness: o [level], shape (labs,).
        staff: Researchers [FTE], shape (labs,).
        p: ν_o and u_w.
    """
    value = publishing_value(openness, p.weights_publishing)
    return np.asarray(p.norm * (value - mean_publishing(value, staff)))


def home_utility(appeal: Float, region: Int, home: Float) -> Float:
    """Utility by skill and region of origin r: v_e + β_r 1[e in r] [utils], shape (skills, regions, employers).

    Args:
        appeal: v, shape (skills, employers).
        region: Region of each employer, shape (employers,).
        home: β_r, shape (regions,).
    """
    return np.asarray(appeal[:, None, :] + home[:, None] * (region == _REGIONS[:, None]))


def moving_cost(region: Int, switching: float, migration: Float) -> Float:
    """Cost of a move: m₁ 1[another employer] + m₂(r, r′) [utils], shape (employers from, employers to).

    Args:
        region: Region of each employer, shape (employers,).
        switching: m₁.
        migration: m₂, shape (regions from, regions to), none within a region.
    """
    cost = switching + migration[region[:, None], region]
    cost.flat[:: region.size + 1] = 0.0  # the diagonal: whoever stays
    return np.asarray(cost)


def taste_epoch(month: int, phase: Float, period: int) -> Int:
    """Which tastes a person has, renewed every so many months: ⌊(t + ⌊phase · period⌋)/period⌋, shape (n,)."""
    return np.asarray((month + (phase * period).astype(np.int64)) // period)


def carried_methods(source: Int, target: Int, methods: Float, staff: Float, weight: float) -> Float:
    """Know-how that hires bring along: Σ over them of (weight/staff_l)(a_k − a_l)⁺ [OOM], shape (labs,).

    Args:
        source: Lab k that each leaves, shape (hires,).
        target: Lab l that each joins, shape (hires,).
        methods: a [OOM], shape (labs,).
        staff: With model skill, after the moves [FTE], shape (labs,).
        weight: Researchers for whom each stands [FTE].
    """
    carried = weight / staff[target] * np.maximum(methods[source] - methods[target], 0.0)
    return np.asarray(np.bincount(target, weights=carried, minlength=methods.size))


def monopsony_wage(budget: Float, staff: Float, share: Float, human: float, weight: float) -> Float:
    """Wage of an employer that faces logit labour supply [$/month], of the shape of ``staff``.

    w = MRP · e/(1 + e), e = β_w (1 − σ), with MRP = human share · budget / staff.

    Args:
        budget: Research budget, as far as it is for a skill [$/month].
        staff: Researchers of that skill [FTE].
        share: Share σ of the lab in all researchers of that skill.
        human: Share of the budget that is the staff's marginal product.
        weight: β_w.

    Source: logit monopsony (Card, Cardoso, Heining & Kline 2018; Manning 2021).
    """
    supply = weight * (1.0 - share)
    return np.asarray(human * budget / staff * supply / (1.0 + supply))


def posted_wage(wage: Float, optimum: Float, speed: float) -> Float:
    """Posted wages follow the optimum: ln w ← (1 − λ) ln w + λ ln w* [$/month], of the shape of ``wage``."""
    return np.asarray(np.maximum(wage, 1.0) ** (1.0 - speed) * optimum**speed)


def entrant_identity(month: int, region: int, number: int) -> NDArray[np.uint64]:
    """Identities of this month's entrants: the same people enter, whoever else did before them."""
    return np.uint64((1 << 40) + (month << 24) + (region << 20)) + np.arange(number, dtype=np.uint64)


@mechanism(
    reads=(
        "labs.active",
        "labs.budget",
        "labs.exited",
        "labs.methods",
        "labs.openness",
        "labs.promise",
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
        "labs.hardware_wage",
        "labs.carried",
        "labs.exits",
        "researchers.employer",
        "researchers.identity",
        "researchers.origin",
        "researchers.skill",
        "governments.founders",
        "governments.hardware_researchers",
        "governments.researchers",
        "world.outside_wage",
    ),
    carries=(
        "labs.researchers",
        "labs.wage",
        "labs.hardware_wage",
        "researchers.employer",
        "researchers.identity",
        "researchers.origin",
        "researchers.skill",
    ),
    parameters=("record.end", "release.open_at_start"),
    neutral={
        "talent.mobility": 0.0,
        "talent.exit": 0.0,
        "talent.entry": 0.0,
        "talent.engineers.us": 0.0,
        "talent.engineers.cn": 0.0,
        "talent.engineers.eu": 0.0,
        "talent.outside_growth": 0.0,
        "talent.spin_out": 0.0,
        "talent.wage_adjustment": 0.0,
    },
)
def talent(state: State) -> None:
    """Researchers retire, found startups, change employer and enter; labs post wages.

    U = β_w ln w + β_q (K − K*) + β_o u(o) + β_V ln(V/V₋₁₂) + home − switching − migration + ε, ε standard Gumbel and
    kept for ``taste_renewal`` months. Source: Roy (1951), Moen (1997), Stern (2004), Manning (2021).
    """
    people, p = state.researchers, state.parameters.talent
    state.world.outside_wage[:] = labour.outside_wage(state)
    seed, month = state.seed, state.month
    before = people.employer.copy()
    leaving = draws.happens(p.exit, seed, "researcher_exit", month, people.identity)
    leaving &= people.employer != RETIRED
    people.employer[leaving] = RETIRED
    people.exited += int(np.count_nonzero(leaving))

    at_lab = ((people.employer >= 0) & (people.employer < people.labs)).nonzero()[0]
    founding = at_lab[draws.happens(p.spin_out, seed, "spin_out", month, people.identity[at_lab])]
    region = state.employer_region[people.employer[founding]]
    people.employer[founding] = people.startups(0) + region
    state.governments.founders[:] = np.bincount(region, minlength=len(REGIONS)) * people.weight

    turn = draws.happens(p.mobility, seed, "researcher_reconsider", month, people.identity)
    gone = views.employer_gone(state)
    if np.count_nonzero(gone):
        turn |= gone[people.employer]
    turn &= people.employer != RETIRED
    turn[founding] = False
    choosing = np.concatenate([turn.nonzero()[0], _enter(state)])
    if choosing.size:
        people.employer[choosing] = _choose(state, choosing, settled=choosing < before.size)
    staff = count_staff(state)
    _record_moves(state, before)
    adjust_wages(state, p.wage_adjustment, staff)
    state.record.remember_workforce(labour.workforce(state, staff))


def employer_appeal(state: State) -> Float:
    """Utility of every employer by skill, −inf where nobody can work, shape (skills, employers)."""
    labs, people, p, frontier = state.labs, state.researchers, state.parameters.talent, state.world.frontier[0]
    outside = state.world.outside_wage[0]
    weights = prestige(np.array(views.open_frontier(state, p.open_gap)), frontier)
    appeal = np.full((outside.size, people.employers), p.elsewhere + p.prestige * weights)
    capability = views.lab_capability(state)
    distance = prestige(np.where(np.isfinite(capability), capability, labs.promise), frontier)
    rise = equity_rise(labs.valuation, labs.valuation_year_ago)
    wage = np.array([labs.wage, labs.hardware_wage])
    of_labs = lab_appeal(wage, outside, distance, labs.openness, rise, p)
    if p.norm > 0.0:
        of_labs += norm_utility(labs.openness, labs.researchers * labs.active, p)
    appeal[:, : people.labs] = np.where(labs.active, of_labs, -np.inf)
    return appeal


def _choose(state: State, rows: NDArray[np.intp], settled: Bool) -> NDArray[np.int16]:
    """Employers chosen; only the settled, who are not entrants, bear a cost of switching and migrating."""
    people, p, region = state.researchers, state.parameters.talent, state.employer_region
    appeal = employer_appeal(state)
    hires = np.isfinite(appeal[MODEL]).nonzero()[0]  # the others cannot win
    identity = people.identity[rows]
    phase = draws.uniform(state.seed, "researcher_phase", 0, identity)
    epoch = taste_epoch(state.month, phase, p.taste_renewal)
    option = state.employer_option[hires]
    draw = draws.uniform(state.seed, "researcher_taste", epoch[:, None], identity[:, None], option[None, :])
    # By skill and origin, and by employer now, which are few, and then of everybody.
    utility = home_utility(appeal[:, hires], region[hires], p.home.array())[people.skill[rows], people.origin[rows]]
    cost = moving_cost(region, p.switching_cost, p.migration_cost.matrix())[:, hires]
    utility[settled] -= cost[people.employer[rows[settled]]]
    return np.asarray(hires[first_to_ring(utility, draw)], np.int16)


def _enter(state: State) -> NDArray[np.intp]:
    """Researchers enter the field, elsewhere in their region of origin until they choose; their rows."""
    people, (rate, chance) = state.researchers, labour.entrants(state)
    luck = draws.uniform(state.seed, "researcher_entry", state.month, _REGIONS)
    numbers = [draws.poisson(mean, draw) for mean, draw in zip(rate.tolist(), luck.tolist(), strict=True)]
    identity = np.concatenate([entrant_identity(state.month, r, number) for r, number in enumerate(numbers)])
    region = _REGIONS.repeat(numbers)
    hardware = draws.uniform(state.seed, "researcher_identity", 0, identity) < chance[region]
    people.add(
        identity,
        (people.elsewhere(0) + region).astype(np.int16),
        region.astype(np.int8),
        np.where(hardware, HARDWARE, MODEL).astype(np.int8),
    )
    return np.arange(len(people) - identity.size, len(people))


def count_staff(state: State) -> Float:
    """Research staff of labs by skill, and of regions, wherever they work, with hardware skills.

    Returns:
        All staff by skill and employer, shape (skills, employers).
    """
    people, labs, staff = state.researchers, state.labs, state.researchers.staff()
    labs.researchers[:], labs.hardware_researchers[:] = staff[:, : people.labs]
    for_hardware = np.bincount(state.employer_region, weights=staff[HARDWARE])
    state.governments.hardware_researchers[:] = np.maximum(for_hardware, 1.0)
    state.governments.researchers[:] = for_hardware + np.bincount(state.employer_region, weights=staff[MODEL])
    return staff


def _record_moves(state: State, before: NDArray[np.int16]) -> None:
    """Flows between employers, and the know-how that those with model skill carry from lab to lab."""
    people, labs = state.researchers, state.labs
    moved = (before != people.employer[: before.size]).nonzero()[0]
    labs.exits[:] = np.bincount(before[moved], minlength=people.employers)[: people.labs] * people.weight
    moved = moved[people.employer[moved] != RETIRED]
    source, target = before[moved], people.employer[moved]
    state.record.add_flows(state.month, source, target, people.weight)
    between = (source < people.labs) & (target < people.labs) & (people.skill[moved] == MODEL)
    labs.carried[:] = carried_methods(source[between], target[between], labs.methods, labs.researchers, people.weight)


def adjust_wages(state: State, speed: float, staff: Float | None = None) -> None:
    """Posted wages of either skill move towards the optimum, never below a tenth of those outside labs.

    Args:
        state: The market.
        speed: λ; 1 posts the optimum.
        staff: By skill and employer; counted if None.
    """
    labs, p = state.labs, state.parameters.talent
    everybody = np.add.reduce(state.researchers.staff() if staff is None else staff, axis=1)
    least = state.world.outside_wage[0] / LEAST_WAGE
    for skill, team, posted, part in (
        (MODEL, labs.researchers, labs.wage, 1.0 - p.hardware_pay),
        (HARDWARE, labs.hardware_researchers, labs.hardware_wage, p.hardware_pay),
    ):
        share = team / max(everybody[skill], 1.0)
        team = np.maximum(team, FOUNDING_TEAM)
        optimum = monopsony_wage(part * labs.budget, team, share, p.human_share, p.wage_weight)
        posted[:] = posted_wage(posted, np.maximum(optimum, least[skill]), speed)
