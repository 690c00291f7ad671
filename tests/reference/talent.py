"""Researchers retire, found startups, change employer and enter; labs post wages."""

from __future__ import annotations

import math

from tests.reference.hashing import poisson, uniform
from tests.reference.world import HARDWARE, MODEL, REGIONS, RETIRED, Lab, Researcher, State

HOME_OPTION, STARTUP_OPTION = 1000, 2000
"""Permanent identities of the employers beside labs."""
FOUNDING_TEAM = 5.0


def talent(m: State) -> None:
    """Exit, spin-outs, moves, entrants, staff, carried know-how, wages."""
    p, labs = m.p.talent, len(m.labs)
    before = [person.employer for person in m.researchers]
    for government in m.governments:
        government.founders = 0.0
    appeal = employer_appeal(m)
    for person in m.researchers:
        if person.employer == RETIRED:
            continue
        if uniform(m.seed, "researcher_exit", m.month, person.identity) < p.exit:
            person.employer = RETIRED
        elif person.employer < labs and uniform(m.seed, "spin_out", m.month, person.identity) < p.spin_out:
            region = m.employers[person.employer].region
            person.employer = labs + len(REGIONS) + region
            m.governments[region].founders += m.researcher_weight
        elif uniform(m.seed, "researcher_reconsider", m.month, person.identity) < p.mobility:
            person.employer = choose(m, person, appeal, settled=True)
    _enter(m, appeal)
    count_staff(m)
    _carry(m, before)
    post_wages(m, p.wage_adjustment)


def employer_appeal(m: State) -> list[float]:
    """β_w ln w + β_q (K − K*) + β_o u(o) + β_V ln(V/V₋₁₂), of labs that exist; others have one utility.

    K is at least three OOM below the frontier, so a lab without a model has a value; the rise in value is cut at
    one log point either way.
    """
    p = m.p.talent
    appeal = []
    for employer in m.employers:
        lab = employer.lab
        if lab is None:
            appeal.append(p.elsewhere)
        elif not lab.active:
            appeal.append(-math.inf)
        else:
            distance = max(m.capability_of(lab) - m.world.frontier, -3.0)
            rise = math.log((lab.valuation + 1e6) / (lab.valuation_year_ago + 1e6))
            appeal.append(
                p.wage_weight * math.log(max(lab.wage, 1.0) / p.elsewhere_wage)
                + p.prestige * distance
                + p.publishing_weight * publishing(lab.openness, p.weights_publishing)
                + p.equity * min(max(rise, -1.0), 1.0)
            )
    return appeal


def publishing(openness: int, step: float) -> float:
    """u(o) = (0, 1, 1 + u, 1 + 2u, 1 + 3u)."""
    return 0.0 if openness == 0 else 1.0 + step * (openness - 1)


def choose(m: State, person: Researcher, appeal: list[float], settled: bool) -> int:
    """Employer whose clock −ln(u) e^(−U) rings first; the taste epoch is ⌊(month + phase)/renewal⌋."""
    p = m.p.talent
    phase = math.floor(uniform(m.seed, "researcher_phase", 0, person.identity) * p.taste_renewal)
    epoch = (m.month + phase) // p.taste_renewal
    first, chosen = math.inf, 0
    for number, employer in enumerate(m.employers):
        if appeal[number] == -math.inf:
            continue
        utility = appeal[number]
        if employer.region == person.origin:
            utility += p.home
        if settled and number != person.employer:
            utility -= p.switching_cost
        if settled and employer.region != m.employers[person.employer].region:
            utility -= p.migration_cost
        draw = uniform(m.seed, "researcher_taste", epoch, person.identity, employer.option)
        clock = math.log(-math.log(draw)) - utility
        if clock < first:
            first, chosen = clock, number
    return chosen


def _enter(m: State, appeal: list[float]) -> None:
    """Entrants to the field from every region; they choose without costs of moving."""
    p = m.p.talent
    origins = [p.origin_us, p.origin_cn, max(0.0, 1.0 - p.origin_us - p.origin_cn)]
    for region, share in enumerate(origins):
        rate = p.entry / 12 * p.researchers * share
        draw = uniform(m.seed, "researcher_entry", m.month, region)
        for index in range(poisson(rate, draw)):
            identity = 2**40 + m.month * 2**24 + region * 2**20 + index
            person = Researcher(identity, len(m.labs) + region, region, skill_of(m, identity))
            person.employer = choose(m, person, appeal, settled=False)
            m.researchers.append(person)


def skill_of(m: State, identity: int) -> int:
    """Skill of a researcher, a draw of the identity."""
    return HARDWARE if uniform(m.seed, "researcher_identity", 0, identity) < m.p.talent.hardware_share else MODEL


def count_staff(m: State) -> None:
    """Full-time equivalents of each lab by skill."""
    for lab in m.labs:
        here = [person.skill for person in m.researchers if person.employer == lab.row]
        lab.researchers = here.count(MODEL) * m.researcher_weight
        lab.hardware_researchers = here.count(HARDWARE) * m.researcher_weight


def hardware_staff(m: State) -> list[float]:
    """Hardware researchers at work in each region, at least one [FTE]."""
    here = [m.employers[r.employer].region for r in m.researchers if r.skill == HARDWARE and r.employer != RETIRED]
    return [max(here.count(region) * m.researcher_weight, 1.0) for region in range(len(REGIONS))]


def _carry(m: State, before: list[int]) -> None:
    """Whoever moves between labs brings (flow/staff) (a_source − a_target)⁺ of model know-how."""
    for lab in m.labs:
        lab.carried = 0.0
    labs = range(len(m.labs))
    for person, source in zip(m.researchers, before, strict=False):
        if person.skill != MODEL or person.employer == source or {person.employer, source} - set(labs):
            continue
        target = m.labs[person.employer]
        gap = max(m.labs[source].methods - target.methods, 0.0)
        target.carried += m.researcher_weight / target.researchers * gap


def post_wages(m: State, speed: float) -> None:
    """ln w ← (1 − λ) ln w + λ ln w*, with w* that of :func:`monopsony_wage`, not below a tenth of those elsewhere."""
    p = m.p.talent
    working = sum(person.employer != RETIRED for person in m.researchers) * m.researcher_weight
    for lab in m.labs:
        best = max(monopsony_wage(m, lab, working), p.elsewhere_wage / 10)
        lab.wage = math.exp((1.0 - speed) * math.log(max(lab.wage, 1.0)) + speed * math.log(best))


def monopsony_wage(m: State, lab: Lab, working: float) -> float:
    """w = MRP · e/(1 + e), e = β_w (1 − σ), MRP = human share · budget / staff."""
    p = m.p.talent
    staff = lab.researchers + lab.hardware_researchers
    supply = p.wage_weight * (1.0 - staff / max(working, 1.0))
    return p.human_share * lab.budget / max(staff, FOUNDING_TEAM) * supply / (1.0 + supply)
