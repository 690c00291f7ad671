"""What belongs to all: contributions to open models, their ecosystem, incidents, trust and the law."""

from __future__ import annotations

import math

from tests.reference.hashing import normal, poisson, uniform
from tests.reference.knowledge import community_gain
from tests.reference.world import REGIONS, TRANSPARENCY, Line, Segment, State, of


def contribution(m: State) -> None:
    """Users of open weights give back."""
    p = m.p.contribution
    for line in m.lines:
        line.contributions = _contributions(m, line) if line.live and not line.closed else 0.0
    for line in m.lines:
        line.reciprocity = line.contributions / line.users if line.users > 0.0 else 0.0
        line.contributed += line.contributions
        line.gain = community_gain(m, line) if line.live and not line.closed else 0.0
        if line.live:
            target = line.users / m.p.population.world + p.ecosystem_contribution * line.contributions / 1000
            line.ecosystem = (1.0 - p.ecosystem_decay) * line.ecosystem + p.ecosystem_decay * target
    _public_serving(m)
    _auditors(m)
    m.world.frontier = max([m.world.frontier, *(line.quality for line in m.live_lines())])


def _contributions(m: State, line: Line) -> float:
    """C = Σ users · Φ((ln B − μ)/σ) + startups'."""
    p, total = m.p.contribution, 0.0
    for segment in m.segments:
        users = segment.counts[1 + line.row] * m.weight
        if users:
            score = (math.log(max(_benefit(m, segment, line), 1e-300)) - p.cost_mean) / p.cost_spread
            total += users * 0.5 * math.erfc(-score / math.sqrt(2))
    startups = sum(startup.contribution for startup in m.startups.values() if startup.base == line.row)
    return total + startups * m.p.entry.weight


def _benefit(m: State, segment: Segment, line: Line) -> float:
    """B = b_use need + b_rep ln(1 + U/U₀) t + b_rec ĉ, ĉ contributions a user of last month."""
    p = m.p.contribution
    reputation = p.reputation * math.log1p(line.users / p.reputation_users) * TRANSPARENCY[line.openness]
    return p.use_value * of(p.need, segment.organisation) + reputation + p.reciprocity * line.reciprocity


def _public_serving(m: State) -> None:
    """Δg = γ Ω/(Ω + Ω̄) 10^(−β g) + hardware + catch-up with the best lab that has open weights."""
    p, g = m.p.contribution, m.world.public_serving
    lines = [line for line in m.live_lines() if not line.closed]
    size = sum(line.ecosystem for line in lines)
    best = max((line.lab.serving for line in lines), default=g)
    step = p.public_serving * size / (size + p.public_half) * 10 ** (-p.public_fishing_out * g)
    m.world.public_serving += step + p.public_catch_up * max(best - g, 0.0)


def _auditors(m: State) -> None:
    """A = 1 − e^(−C/C_aud)."""
    for lab in m.labs:
        given = sum(line.contributions for line in m.lines if line.lab is lab)
        lab.auditors = -math.expm1(-given / m.p.contribution.auditors)


def misuse(m: State) -> None:
    """Incidents ~ Poisson(Λ) by region, of closed and of open models apart; severity falls on labs by their part."""
    p = m.p.misuse
    for lab in m.labs:
        lab.severity = [[0.0, 0.0] for _ in REGIONS]
    for region, government in enumerate(m.governments):
        for kind in (0, 1):
            hazards = [(line, _hazard(m, line, region)) for line in m.live_lines() if line.closed == (kind == 0)]
            rate = sum(hazard for _, hazard in hazards)
            number = poisson(rate, uniform(m.seed, "incident", m.month, region, kind))
            severity = 0.0
            for index in range(number):
                draw = normal(m.seed, "severity", m.month, 2 * region + kind, index)
                severity += math.exp(p.severity_spread * draw - 0.5 * p.severity_spread**2)
            for line, hazard in hazards:
                line.lab.severity[region][kind] += severity * hazard / rate if number else 0.0
            government.hazard[kind], government.incidents[kind] = rate, number


def _hazard(m: State, line: Line, region: int) -> float:
    """λ₀ U 10^(ψ_m G) (1 + m₁ w)(1 − safe (1 − w strip))(1 − a_m t A) 10^(ψ_d (K − K^D))."""
    p = m.p.misuse
    w = 0.0 if line.closed else 1.0
    danger = p.most_danger * (1.0 - math.exp(-max(line.quality - p.dangerous, 0.0) / p.most_danger))
    best_open = max((other.quality for other in m.live_lines() if not other.closed), default=-math.inf)
    copies = max(best_open, m.world.frontier - p.defenders_gap)
    defenders = (1.0 - p.defenders_open) * m.world.frontier + p.defenders_open * copies
    ahead = 10 ** (p.capability_elasticity * danger) * 10 ** (p.defence * (line.quality - defenders))
    unprotected = 1.0 - line.lab.safeguards * (1.0 - w * p.stripped)
    audited = TRANSPARENCY[line.openness] * line.lab.auditors
    at_risk = p.incidents * _users(m, line, region) * (1.0 + p.open_misuse * w)
    return at_risk * ahead * unprotected * (1.0 - p.audits * audited)


def _users(m: State, line: Line, region: int) -> float:
    return sum(s.counts[1 + line.row] for s in m.segments if s.region == region) * m.weight


def trust(m: State) -> None:
    """T ← [T + r₀ (T̄ − T) + r_a t A (safe − T)] e^(−d severity/users), as if of at least a hundred thousand users."""
    p = m.p.trust
    for lab in m.labs:
        for region in range(len(REGIONS)):
            users = sum(_users(m, line, region) for line in m.lines if line.lab is lab)
            now = lab.trust[region]
            now += p.experience * (p.rest - lab.trust[region])
            now += p.audits * TRANSPARENCY[lab.openness] * lab.auditors * (lab.safeguards - lab.trust[region])
            lab.trust[region] = now / math.exp(p.incidents * sum(lab.severity[region]) / max(users, 100_000.0))


def law(m: State) -> None:
    """P' = (1 − δ)P + salience Σ severity, after the record; G = max{decreed, P²/(P² + P̄²)} of what exists."""
    p = m.p.law
    decreed = ((p.closed_us, p.open_us), (p.closed_cn, p.open_cn), (p.closed_eu, p.open_eu))
    for region, government in enumerate(m.governments):
        for kind in (0, 1):
            severity = sum(lab.severity[region][kind] for lab in m.labs) if m.month > m.end else 0.0
            pressure = (1.0 - p.memory) * government.pressure[kind] + p.salience * severity
            exists = any(line.closed == (kind == 0) for line in m.live_lines())
            follows = pressure**2 / (pressure**2 + p.half_pressure**2)
            government.pressure[kind] = pressure
            government.stringency[kind] = max(decreed[region][kind], follows) if exists else 0.0
    for lab in m.labs:
        released = [line for line in m.lines if line.lab is lab and line.fresh]
        home = m.governments[lab.region].stringency
        lab.legal = p.compliance * sum(home[0 if line.closed else 1] for line in released)
        for region, government in enumerate(m.governments):
            lab.legal += p.liability * government.stringency[0] * lab.severity[region][0]
