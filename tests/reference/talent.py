"""Researchers retire, found startups, change employer and enter; labs post wages."""

from __future__ import annotations

import math

from tests.reference.hashing import poisson, uniform
from tests.reference.world import HARDWARE, MODEL, REGIONS, RETIRED, Researcher, State

HOME_OPTION, STARTUP_OPTION = 1000, 2000
"""Permanent identities of the employers beside labs."""
FOUNDING_TEAM = 5.0


def talent(m: State) -> None:
    """Exit, spin-outs, moves, entrants, staff, carried know-how, wages."""
    p, labs = m.p.talent, len(m.labs)
    before = [person.employer for person in m.researchers]
    m.world.outside_wage = [outside_wage(m, skill) for skill in (MODEL, HARDWARE)]
    for government in m.governments:
        government.founders = 0.0
    appeal = [employer_appeal(m, skill) for skill in (MODEL, HARDWARE)]
    for person in m.researchers:
        if person.employer == RETIRED:
            continue
        if uniform(m.seed, "researcher_exit", m.month, person.identity) < p.exit:
            person.employer = RETIRED
        elif person.employer < labs and uniform(m.seed, "spin_out", m.month, person.identity) < p.spin_out:
            region = m.employers[person.employer].region
            person.employer = labs + len(REGIONS) + region
            m.governments[region].founders += m.researcher_weight
        elif (person.employer < labs and m.labs[person.employer].exited) or (
            uniform(m.seed, "researcher_reconsider", m.month, person.identity) < p.mobility
        ):
            person.employer = choose(m, person, appeal, settled=True)
    _enter(m, appeal)
    count_staff(m)
    _carry(m, before)
    post_wages(m, p.wage_adjustment)
    _remember(m)


def outside_wage(m: State, skill: int) -> float:
    """After T w₀ (Ŝ^ω/N̂₀)^(1/ε), of spend and staff at the end of last month relative to T."""
    p = m.p.talent
    if m.month <= m.end + 1:
        return float(p.elsewhere_wage)
    then, now = m.memory.spend[m.end], m.memory.spend[m.month - 1]
    spend = now / then if now > 0.0 and then > 0.0 else 1.0
    staff = max(m.memory.outside[m.month - 1][skill], 1.0) / max(m.memory.outside[m.end][skill], 1.0)
    return float(p.elsewhere_wage * (spend**p.outside_growth / staff) ** (1.0 / p.outside_elasticity))


def _remember(m: State) -> None:
    """Who works outside labs, and the mean wage, by skill."""
    outside, wages = [0.0, 0.0], [m.world.outside_wage[MODEL], m.world.outside_wage[HARDWARE]]
    for skill in (MODEL, HARDWARE):
        paid, people = 0.0, 0
        for person in m.researchers:
            if person.skill != skill or person.employer == RETIRED:
                continue
            people += 1
            lab = m.employers[person.employer].lab
            if lab is None:
                outside[skill] += m.researcher_weight
                paid += m.world.outside_wage[skill]
            else:
                paid += lab.wage if skill == MODEL else lab.hardware_wage
        if people:
            wages[skill] = paid / people
    m.memory.outside.append(outside)
    m.memory.wages.append(wages)


def employer_appeal(m: State, skill: int) -> list[float]:
    """β_w ln(w/w₀) + β_q (K − K*) + β_o u(o) + ν_o (u(o) − ū) + β_V ln(V/V₋₁₂), of labs; others have open weights.

    K is at least three OOM below the frontier, so a lab without a model has a value; the rise in value is cut at
    one log point either way.
    """
    p = m.p.talent
    appeal = []
    usual = usual_publishing(m)
    for employer in m.employers:
        lab = employer.lab
        if lab is None:
            appeal.append(p.elsewhere + p.prestige * (max(m.open_frontier(p.open_gap) - m.world.frontier, -3.0)))
        elif not lab.active:
            appeal.append(-math.inf)
        else:
            capability = m.capability_of(lab)
            capability = lab.promise if capability == -math.inf else capability
            distance = max(capability - m.world.frontier, -3.0)
            rise = math.log((lab.valuation + 1e6) / (lab.valuation_year_ago + 1e6))
            wage = lab.wage if skill == MODEL else lab.hardware_wage
            published = publishing(lab.openness, p.weights_publishing)
            appeal.append(
                p.wage_weight * math.log(max(wage, 1.0) / m.world.outside_wage[skill])
                + p.prestige * distance
                + p.publishing_weight * published
                + p.norm * (published - usual)
                + p.equity * min(max(rise, -1.0), 1.0)
            )
    return appeal


def publishing(openness: int, step: float) -> float:
    """u(o) = (0, 1, 1 + u, 1 + 2u, 1 + 3u)."""
    return 0.0 if openness == 0 else 1.0 + step * (openness - 1)


def usual_publishing(m: State) -> float:
    """ū: u(o) of the mean researcher at a lab, with the staff of last month."""
    at_labs = [
        (lab.researchers, publishing(lab.openness, m.p.talent.weights_publishing)) for lab in m.labs if lab.active
    ]
    people = math.fsum(staff for staff, _ in at_labs)
    return math.fsum(staff * value for staff, value in at_labs) / max(people, 1.0)


def choose(m: State, person: Researcher, appeals: list[list[float]], settled: bool) -> int:
    """Employer whose clock −ln(u) e^(−U) rings first; the taste epoch is ⌊(month + phase)/renewal⌋."""
    p, appeal = m.p.talent, appeals[person.skill]
    home = (p.home.us, p.home.cn, p.home.eu)[person.origin]
    here = m.employers[person.employer].region
    phase = math.floor(uniform(m.seed, "researcher_phase", 0, person.identity) * p.taste_renewal)
    epoch = (m.month + phase) // p.taste_renewal
    first, chosen = math.inf, 0
    for number, employer in enumerate(m.employers):
        if appeal[number] == -math.inf:
            continue
        utility = appeal[number]
        if employer.region == person.origin:
            utility += home
        if settled and number != person.employer:
            utility -= p.switching_cost
        if settled and employer.region != here:
            direction = f"{REGIONS[here]}_{REGIONS[employer.region]}".lower()
            utility -= getattr(p.migration_cost, direction)
        draw = uniform(m.seed, "researcher_taste", epoch, person.identity, employer.option)
        clock = math.log(-math.log(draw)) - utility
        if clock < first:
            first, chosen = clock, number
    return chosen


def _enter(m: State, appeal: list[list[float]]) -> None:
    """Entrants to the field from every region and engineers of plans; they choose without costs of moving."""
    p = m.p.talent
    origins = [p.origin_us, p.origin_cn, max(0.0, 1.0 - p.origin_us - p.origin_cn)]
    for region, share in enumerate(origins):
        rate = p.entry / 12 * p.researchers * share
        model = rate * (1.0 - p.hardware_share) * graduates(m, MODEL)
        engineers = rate * p.hardware_share * graduates(m, HARDWARE)
        engineers += (p.engineers.us, p.engineers.cn, p.engineers.eu)[region] / 12 / m.researcher_weight
        rate = model + engineers
        draw = uniform(m.seed, "researcher_entry", m.month, region)
        for index in range(poisson(rate, draw)):
            identity = 2**40 + m.month * 2**24 + region * 2**20 + index
            person = Researcher(identity, len(m.labs) + region, region, skill_of(m, identity, engineers / rate))
            person.employer = choose(m, person, appeal, settled=False)
            m.researchers.append(person)


def graduates(m: State, skill: int) -> float:
    """(w̄(t − L)/w̄(T − L))^ε after T, at most 10, with month 0 for what was before."""
    p = m.p.talent
    if m.month <= m.end:
        return 1.0
    then, at_end = (m.memory.wages[max(month - p.entry_lag, 0)][skill] for month in (m.month, m.end))
    return float(min((then / at_end) ** p.entry_elasticity, 10.0))


def skill_of(m: State, identity: int, hardware: float) -> int:
    """Skill of a researcher, a draw of the identity; ``hardware`` is the chance of that one."""
    return HARDWARE if uniform(m.seed, "researcher_identity", 0, identity) < hardware else MODEL


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
    """ln w ← (1 − λ) ln w + λ ln w* by skill, w* of :func:`monopsony_wage`, not below a tenth of those elsewhere."""
    p = m.p.talent
    for skill, part in ((MODEL, 1.0 - p.hardware_pay), (HARDWARE, p.hardware_pay)):
        working = sum(person.employer != RETIRED and person.skill == skill for person in m.researchers)
        for lab in m.labs:
            staff = lab.researchers if skill == MODEL else lab.hardware_researchers
            best = monopsony_wage(m, part * lab.budget, staff, working * m.researcher_weight)
            best = max(best, m.world.outside_wage[skill] / 10)
            old = lab.wage if skill == MODEL else lab.hardware_wage
            wage = math.exp((1.0 - speed) * math.log(max(old, 1.0)) + speed * math.log(best))
            if skill == MODEL:
                lab.wage = wage
            else:
                lab.hardware_wage = wage


def monopsony_wage(m: State, budget: float, staff: float, working: float) -> float:
    """w = MRP · e/(1 + e), e = β_w (1 − σ), MRP = human share · budget / staff."""
    p = m.p.talent
    supply = p.wage_weight * (1.0 - staff / max(working, 1.0))
    return float(p.human_share * budget / max(staff, FOUNDING_TEAM) * supply / (1.0 + supply))
