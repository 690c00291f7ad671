"""What labs know and build: research, training runs, releases and the strategies that decide on them."""

from __future__ import annotations

import math

from tests.reference.hashing import normal, uniform
from tests.reference.past import LAST
from tests.reference.world import CLOSED, FLAGSHIP, LEGACY, LIGHT, OPEN, TIERS, US, WEIGHTS, Lab, Line, State


def research(m: State) -> None:
    """Δa = λ_a R^σ 10^(−β a) ζ + κ max_k s_k[(a_k − a)⁺ + ψ Δa_k] + carry; all labs at once."""
    p, h = m.p.research, m.p.compute.hardware_progress
    effort = {lab.row: research_input(m, lab) for lab in m.labs}
    for lab in m.labs:
        lab.absorption = effort[lab.row] / (effort[lab.row] + p.half_point)
    _discover(m, effort)
    leaks = [p.leak_closed, p.leak_paper, p.leak_weights, p.leak_weights_code, p.leak_everything]
    best, steps = max(lab.methods for lab in m.labs), []
    for lab in m.labs:
        r = effort[lab.row]
        luck = math.exp(p.luck * normal(m.seed, "research_luck", m.month, lab.uid) - 0.5 * p.luck**2)
        own = min(p.own_methods * r**p.returns * 10 ** (-p.fishing_out * lab.methods) * luck, 0.5)
        own_serving = min(p.own_serving * r**p.returns * 10 ** (-p.fishing_out_serving * lab.serving), 0.5)
        room = max(1.0 - lab.reasoning / p.reasoning_ceiling, 0.0)
        thinking = p.reasoning_gain * r**p.returns * room if lab.discovered else 0.0
        methods = serving = reasoning = 0.0
        for rival in m.labs:
            if rival is lab or not rival.active:
                continue
            leak = leaks[rival.openness]
            heard = min(leak * p.reasoning_leak / p.leak_weights, 1.0) if p.leak_weights > 0.0 else 0.0
            gap = max(rival.methods - lab.methods, 0.0) + p.sequential * rival.methods_gain
            methods = max(methods, leak * gap)
            serving = max(serving, leak * max(rival.serving - lab.serving, 0.0))
            reasoning = max(reasoning, heard * max(rival.reasoning - lab.reasoning, 0.0))
        kappa = lab.absorption
        steps.append(
            (
                own,
                own + kappa * methods + min(p.carry * lab.carried, best - lab.methods),
                own_serving + kappa * serving,
                min(thinking + kappa * reasoning, max(p.reasoning_ceiling - lab.reasoning, 0.0)),
            )
        )
    for lab, (own, methods, serving, reasoning) in zip(m.labs, steps, strict=True):
        lab.methods_gain = own if lab.active else 0.0
        lab.serving += p.hardware_pass * h / 12
        if lab.active:
            lab.methods += methods
            lab.serving += serving
            lab.reasoning += reasoning


def research_input(m: State, lab: Lab) -> float:
    """R = z (H/H₀)^ω (X/X₀)^(1−ω) min{2, (p_r/p_US)^ε}; none of a lab that does not exist."""
    if not lab.active:
        return 0.0
    p = m.p.research
    staff = max(lab.researchers, 1.0) / p.reference_staff
    compute = 10 ** (lab.compute - m.p.training.reference_compute)
    scarcity = m.governments[lab.region].chip_price / m.governments[US].chip_price
    return lab.productivity * staff**p.human_exponent * compute ** (1 - p.human_exponent) * min(2, scarcity**p.induced)


def _discover(m: State, effort: dict[int, float]) -> None:
    """Reasoning: as history has it; by oneself, with a hazard in proportion to effort, once anyone has."""
    p = m.p.research
    if p.reasoning_gain <= 0.0:
        return
    known = {lab.row for lab in m.labs if lab.active and m.past.discoveries.get(lab.name, math.inf) <= m.month}
    anyone = bool(known) or any(lab.discovered for lab in m.labs)
    for lab in m.labs:
        hazard = 1.0 - math.exp(-p.discovery * effort[lab.row])
        alone = anyone and uniform(m.seed, "discovery", m.month, lab.uid) < hazard
        if lab.active and (lab.row in known or alone):
            lab.discovered = True


def training(m: State) -> None:
    """K = max{K_base, + η_c (T_c − K_base)⁺, + η_w (T_w − K_base)⁺, T_w − d₀ + ρ κ log₁₀(1 + C/C_RL)}."""
    p = m.p.training
    for lab in m.labs:
        due = [lab.active and _due(m, lab, tier) for tier in range(len(TIERS))]
        lab.candidate = [None, None]
        if any(due):
            capability = run_of(m, lab)
            lab.runs += 1
            lab.candidate[FLAGSHIP] = capability if due[FLAGSHIP] else None
            lab.candidate[LIGHT] = capability - p.light_gap if due[LIGHT] else None
        if m.month >= LAST and lab.active and lab.next_release <= m.month:
            draw = uniform(m.seed, "release_interval", lab.runs, lab.uid)
            interval = max(1, round(lab.cadence) + int(3 * draw) - 1)
            last = m.past.last_release(lab.name) if m.month == LAST else m.month
            lab.next_release = max(m.month + 1, last + interval)


def _due(m: State, lab: Lab, tier: int) -> bool:
    return m.past.released(lab.name, tier, m.month) if m.month <= LAST else lab.next_release == m.month


def run_of(m: State, lab: Lab) -> float:
    """Capability of a lab's run: K_base = log₁₀(C/C_ref) + a + r + flywheel + ε, and what others' models give."""
    p = m.p.training
    users = 0.0
    for line in m.lines:
        if line.lab is lab:
            users += line.users if line.closed else line.users * m.p.pricing.first_party
    flywheel = p.flywheel * math.log10(1.0 + users / p.flywheel_users)
    luck = p.luck * min(max(normal(m.seed, "training_luck", lab.runs, lab.uid), -2.5), 2.5)
    base = lab.compute - p.reference_compute + lab.methods + lab.reasoning + flywheel + luck
    result = base
    closed, weights = _teachers(m, lab)
    if closed is not None:
        result = max(result, base + p.distillation * max(closed - base, 0.0))
    if weights is not None:
        from_weights = p.distillation + (1.0 - p.distillation) * p.weights_advantage
        result = max(result, base + from_weights * max(weights - base, 0.0))
        if p.open_start:
            own = p.rl_gain * lab.absorption * math.log10(1.0 + 10 ** (lab.compute - p.rl_compute))
            result = max(result, weights + min(own - p.start_loss, 0.0))
    return result


def _teachers(m: State, lab: Lab) -> tuple[float | None, float | None]:
    """Best closed and best open model of others that were out τ months ago."""
    month = m.month - m.p.training.access_delay
    if month < 0:
        return None, None
    result = []
    for kind in (m.memory.best_closed, m.memory.best_open):
        others = [best for row, best in enumerate(kind[month]) if row != lab.row]
        result.append(max(others) if max(others) > -math.inf else None)
    return result[0], result[1]


def release(m: State) -> None:
    """Finished models go out at the levels that the strategy says; then older closed ones are opened."""
    for line in m.lines:
        line.fresh = False
    for lab in m.labs:
        if not lab.active:
            continue
        for tier, candidate in enumerate(lab.candidate):
            if candidate is not None:
                for level in levels(m, lab, tier):
                    _publish(m, lab, tier, level, candidate, None)
        for tier, month in opens_later(m, lab):
            if (lab.row, tier) in m.memory.closed_models[month]:
                _publish(m, lab, tier, WEIGHTS, *m.memory.closed_models[month][lab.row, tier])
    live = m.live_lines()
    m.world.frontier = max([m.world.frontier, *(line.quality for line in live)])
    for lab in m.labs:
        mine = [line for line in live if line.lab is lab]
        if lab.active and mine:
            lab.openness = max(mine, key=lambda line: line.capability).openness
    _remember(m)


def _publish(m: State, lab: Lab, tier: int, level: int, capability: float, size: float | None) -> None:
    """A model goes on its line if it improves on it; an open line's last version stays as the legacy line."""
    p = m.p.release
    weights = level >= WEIGHTS and p.weights_allowed
    line = _slot(m, lab, OPEN if weights else CLOSED, tier)
    if line.live and capability <= line.capability:
        return
    if weights and line.live:
        legacy = _slot(m, lab, LEGACY, tier)
        legacy.live = True
        legacy.birth, legacy.openness, legacy.size = line.birth, line.openness, line.size
        legacy.capability, legacy.gain, legacy.contributed = line.capability, line.gain, line.contributed
        legacy.price, legacy.cost = line.price, line.cost
        carried = m.p.release.carry_over
        legacy.ecosystem, line.ecosystem = (1.0 - carried) * line.ecosystem, carried * line.ecosystem
        legacy.reciprocity = line.reciprocity
    line.live = line.fresh = True
    line.birth = m.month
    line.capability = capability
    line.openness = min(level, p.methods_cap)
    line.contributed *= p.carry_over
    line.gain = community_gain(m, line)
    if size is None:
        smaller = m.p.training.light_size if tier == LIGHT else 0.0
        size = p.size_elasticity * (capability - lab.methods) - smaller
    line.size = size


def _slot(m: State, lab: Lab, access: int, tier: int) -> Line:
    return next(line for line in m.lines if line.lab is lab and line.access == access and line.tier == tier)


def community_gain(m: State, line: Line) -> float:
    """γ (1 − e^(−C/C_K))."""
    p = m.p.contribution
    return -p.community_gain * math.expm1(-line.contributed / p.community_scale)


def _remember(m: State) -> None:
    for memory, wanted in ((m.memory.best_closed, True), (m.memory.best_open, False)):
        best = [-math.inf] * len(m.labs)
        for line in m.live_lines():
            if line.closed is wanted:
                best[line.lab.row] = max(best[line.lab.row], line.quality)
        memory.append(best)
    m.memory.closed_models.append(
        {(line.lab.row, line.tier): (line.capability, line.size) for line in m.live_lines() if line.closed}
    )


def levels(m: State, lab: Lab, tier: int) -> list[int]:
    """Openness at which a candidate is released."""
    if lab.strategy in ("closed", "delayed"):
        return [0]
    history = m.past.levels(lab.name, tier, m.month)
    return history if lab.strategy == "historical" else [max(WEIGHTS, *history)]


def opens_later(m: State, lab: Lab) -> list[tuple[int, int]]:
    """Closed models whose weights are published now: (tier, month of the model)."""
    if lab.strategy == "historical":
        return m.past.openings.get((lab.name, m.month), [])
    if lab.strategy == "delayed":
        born = m.month - m.p.release.delay
        then = m.memory.closed_models[born] if born >= 0 else {}
        return [(tier, born) for row, tier in sorted(then) if row == lab.row]
    return []
