"""What belongs to all: contributions to open models, their ecosystem, trust, incidents and the law."""

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
    _trust(m)
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
    step += p.public_hardware * m.p.compute.hardware_progress / 12
    m.world.public_serving += step + p.public_catch_up * max(best - g, 0.0)


def _trust(m: State) -> None:
    """ΔT = r₀ (T̄ − T) + r_a t A (safe − T) − d severity, within 0 and 1; A = 1 − e^(−C/C_aud)."""
    p = m.p.contribution
    for lab in m.labs:
        given = sum(line.contributions for line in m.lines if line.lab is lab)
        lab.auditors = -math.expm1(-given / p.auditors)
        audits = p.trust_audits * TRANSPARENCY[lab.openness] * lab.auditors * (lab.safeguards - lab.trust)
        experience = p.trust_experience * (p.trust_start - lab.trust)
        lab.trust = min(max(lab.trust + experience + audits - p.trust_incidents * lab.severity, 0.0), 1.0)


def regulation(m: State) -> None:
    """Incidents ~ Poisson(Λ_r); P' = (1 − δ)P + salience Σ severity; G = max{G_exogenous, P²/(P² + P̄²)}."""
    p = m.p.regulation
    for lab in m.labs:
        lab.severity = 0.0
    best_open = max((line.quality for line in m.live_lines() if not line.closed), default=-math.inf)
    defence = 10 ** (-p.defenders * max(best_open - p.dangerous, 0.0))
    for region in range(len(REGIONS)):
        government = m.governments[region]
        hazards = [(line, defence * _hazard(m, line, region)) for line in m.live_lines()]
        rate = sum(hazard for _, hazard in hazards)
        number = poisson(rate, uniform(m.seed, "incident", m.month, region))
        severity = 0.0
        for index in range(number):
            draw = normal(m.seed, "severity", m.month, region, index)
            severity += math.exp(p.severity_spread * draw - 0.5 * p.severity_spread**2)
        for line, hazard in hazards:
            line.lab.severity += severity * hazard / rate if number else 0.0
        government.incidents = number
        government.pressure = (1.0 - p.memory) * government.pressure + p.salience * severity
        squared = government.pressure**2
        government.stringency = max(p.exogenous, squared / (squared + p.half_pressure**2))


def _hazard(m: State, line: Line, region: int) -> float:
    """λ₀ U 10^(ρ (K − K_m)⁺) (1 + m₁ w)(1 − safe (1 − w strip))(1 − a_m t A)."""
    p = m.p.regulation
    users = sum(s.counts[1 + line.row] for s in m.segments if s.region == region) * m.weight
    w = 0.0 if line.closed else 1.0
    growth = 10 ** (p.capability_elasticity * max(line.quality - p.dangerous, 0.0))
    unprotected = 1.0 - line.lab.safeguards * (1.0 - w * p.stripped)
    audited = TRANSPARENCY[line.openness] * line.lab.auditors
    return p.incidents * users * growth * (1.0 + p.open_misuse * w) * unprotected * (1.0 - p.audits * audited)
