"""The labour market of researchers beyond labs: what is paid elsewhere, and who takes up the subject."""

from __future__ import annotations

import numpy as np

from sim.agents.researchers import HARDWARE, SKILLS
from sim.data.calendar import YEAR
from sim.numerics.arrays import Float, Int
from sim.record import Workforce
from sim.state import State
from sim.views import record_end

# Guard rail: at most so many times the entrants of the record, for universities do not grow at will.
MOST_ENTRANTS = 10.0


def publishing_value(openness: Int, step: float) -> Float:
    """Value of publishing by openness level: u = (0, 1, 1 + u_w, 1 + 2u_w, 1 + 3u_w), of the shape of ``openness``."""
    return np.where(openness == 0, 0.0, 1.0 + step * np.maximum(openness - 1, 0))


def mean_publishing(value: Float, staff: Float) -> float:
    """ū: what the mean researcher at a lab may publish, in units of a paper; 0 if there is nobody, shapes (labs,)."""
    return float(value.dot(staff) / max(staff.sum(), 1.0))


def outside_wage_factor(spend: float, staff: Float, growth: float, elasticity: float) -> Float:
    """ŵ₀ = (Ŝ^ω_S/N̂₀)^(1/ε_N), the wage at which those outside labs find work, relative to T, shape (skills,).

    Args:
        spend: Ŝ, spend on models relative to T.
        staff: N̂₀, researchers outside labs relative to T, shape (skills,).
        growth: ω_S.
        elasticity: ε_N.
    """
    return np.asarray((spend**growth / staff) ** (1.0 / elasticity))


def outside_wage(state: State) -> Float:
    """Wage in academia, at startups and other firms, by skill [$/month]: to T as it is given, then as work is scarce.

    Of spend and staff at the end of last month, shape (skills,).
    """
    p, end, last = state.parameters.talent, record_end(state), state.month - 1
    wage = np.full(len(SKILLS), p.elsewhere_wage)
    if last <= end:
        return wage
    spend, workforce = state.record.series("spend"), state.record.workforce
    grown = spend[last] / spend[end] if spend[end] > 0.0 < spend[last] else 1.0
    # One person is left at least, so that a wage exists.
    staff = np.maximum(workforce[last].outside, 1.0) / np.maximum(workforce[end].outside, 1.0)
    return np.asarray(wage * outside_wage_factor(grown, staff, p.outside_growth, p.outside_elasticity))


def graduates(state: State) -> Float:
    """Entrants by skill relative to the record: (w̄(t − L)/w̄(T − L))^ε_s after T, at most tenfold, shape (skills,).

    w̄ is the mean wage by skill, labs and others; before the start it is that of the first month.
    """
    p, end, record = state.parameters.talent, record_end(state), state.record.workforce
    if state.month <= end:
        return np.ones(len(SKILLS))
    then, at_end = (record[max(month - p.entry_lag, 0)].wage for month in (state.month, end))
    return np.minimum((then / at_end) ** p.entry_elasticity, MOST_ENTRANTS)


def entrants(state: State) -> tuple[Float, Float]:
    """Agents who enter a month, and the chance that one has hardware skill, each by region of origin, (regions,).

    Of the field's own at ``talent.entry``, as wages draw them to either skill, and engineers trained by plans.
    """
    p, drawn = state.parameters.talent, graduates(state)
    rate = p.entry / YEAR * p.researchers * p.origins()
    model = rate * (1.0 - p.hardware_share) * drawn[1 - HARDWARE]
    hardware = rate * p.hardware_share * drawn[HARDWARE]
    hardware += p.engineers.array() / YEAR / state.researchers.weight
    total = model + hardware
    return total, np.divide(hardware, total, out=np.zeros_like(total), where=total > 0.0)


def workforce(state: State, staff: Float | None = None) -> Workforce:
    """Who works outside labs, and what researchers earn in the mean, by skill.

    Args:
        state: The market.
        staff: By skill and employer; counted if None.
    """
    labs, staff = state.labs, state.researchers.staff() if staff is None else staff
    outside = np.add.reduce(staff[:, state.researchers.labs :], axis=1)
    at_labs = np.array([labs.researchers @ labs.wage, labs.hardware_researchers @ labs.hardware_wage])
    paid = outside * state.world.outside_wage[0] + at_labs
    people = np.add.reduce(staff, axis=1)
    wage = np.divide(paid, people, out=state.world.outside_wage[0].copy(), where=people > 0.0)
    return Workforce(outside, wage)
