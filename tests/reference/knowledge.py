"""What labs know and build: research, training runs, and the lines on which models are put."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tests.reference.hashing import normal, uniform
from tests.reference.past import Model
from tests.reference.world import CLOSED, FLAGSHIP, LEGACY, LIGHT, OPEN, TIERS, US, Lab, Line, Run, State


def research(m: State) -> None:
    """Δa = λ_a R^σ 10^(−β a) ζ + κ max_k s_k[(a_k − a)⁺ + ψ Δa_k] + papers + carry; all at once."""
    p = m.p.research
    effort = {lab.row: research_input(m, lab) for lab in m.labs}
    for lab in m.labs:
        lab.absorption = effort[lab.row] / (effort[lab.row] + p.half_point)
    _discover(m, effort)
    leaks = leak_rates(p)
    best, steps = max(lab.methods for lab in m.labs), []
    found = p.public_methods * (math.fsum(line.contributions for line in m.lines) / 1e5) ** p.returns
    authors = [line.lab for line in m.lines if line.fresh and line.openness > 0 and line.lab.active]
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
            heard = min(leak * p.reasoning_leak / leaks[2], 1.0) if leaks[2] > 0.0 else 0.0
            gap = max(rival.methods - lab.methods, 0.0) + p.sequential * rival.methods_gain
            methods = max(methods, leak * gap)
            serving = max(serving, leak * max(rival.serving - lab.serving, 0.0))
            reasoning = max(reasoning, heard * max(rival.reasoning - lab.reasoning, 0.0))
        kappa = lab.absorption
        paper = p.paper * max((max(author.methods - lab.methods, 0.0) for author in authors), default=0.0)
        steps.append(
            (
                own,
                own
                + kappa * (methods + paper + found * 10 ** (-p.fishing_out * lab.methods))
                + min(p.carry * lab.carried, best - lab.methods),
                own_serving + kappa * (serving + p.public_serving * max(m.world.public_serving - lab.serving, 0.0)),
                min(thinking + kappa * reasoning, max(p.reasoning_ceiling - lab.reasoning, 0.0)),
            )
        )
    for lab, (own, methods, serving, reasoning) in zip(m.labs, steps, strict=True):
        lab.methods_gain = own if lab.active else 0.0
        if lab.active:
            lab.methods += methods
            lab.serving += serving
            lab.reasoning += reasoning


def leak_rates(p: Any) -> list[float]:
    """Of closed methods, papers, weights, code, data: each of the last three leaks more than the one before."""
    weights = p.leak_paper + p.leak_more_weights
    code = weights + p.leak_more_code
    return [min(rate, 1.0) for rate in (p.leak_closed, p.leak_paper, weights, code, code + p.leak_more_data)]


def research_input(m: State, lab: Lab) -> float:
    """R = (H/H₀)^ω (X/X₀)^(1−ω) min{2, (p_r/p_US)^ε}; none of a lab that does not exist."""
    if not lab.active:
        return 0.0
    p = m.p.research
    staff = max(lab.researchers, 1.0)
    reviewing = p.review * math.fsum(line.contributions for line in m.lines if line.lab is lab)
    staff = max(staff - reviewing, staff / 2) / p.reference_staff
    compute = 10 ** (lab.compute - m.p.training.reference_compute)
    scarcity = m.governments[lab.region].chip_price / m.governments[US].chip_price
    return staff**p.human_exponent * compute ** (1 - p.human_exponent) * min(2, scarcity**p.induced)


def _discover(m: State, effort: dict[int, float]) -> None:
    """Reasoning: as history has it; by oneself, with a hazard in proportion to effort, once anyone has."""
    p = m.p.research
    if p.reasoning_gain <= 0.0:
        return
    now = min(m.month, m.past.until(m.inputs_end))
    known = {lab.row for lab in m.labs if lab.active and m.past.discoveries.get(lab.name, math.inf) <= now}
    anyone = bool(known) or any(lab.discovered for lab in m.labs)
    for lab in m.labs:
        hazard = 1.0 - math.exp(-p.discovery * effort[lab.row])
        alone = anyone and uniform(m.seed, "discovery", m.month, lab.uid) < hazard
        if lab.active and (lab.row in known or alone):
            lab.discovered = True


def training(m: State) -> None:
    """K = max{b + r, b_w − d₀ + max(r_w, r) + q}; what was measured to T is what it is."""
    m.finished = []
    for lab in m.labs:
        lab.candidate = [None, None]
        models = due(m, lab)
        for model in models:
            run = run_of(m, lab, model)
            m.finished.append(run)
            best = lab.candidate[model.tier]
            lab.candidate[model.tier] = run.capability if best is None else max(best, run.capability)
        lab.runs += bool(models)
    m.memory.runs += m.finished
    for run in m.finished:  # only now, for nobody's run of a month knows of another's
        run.lab.size[run.tier], run.lab.released[run.tier] = run.size, True
        run.lab.residual_last[run.tier], run.lab.residual_month[run.tier] = run.own, m.month
    for lab in m.labs:
        if m.month >= m.inputs_end and lab.active and lab.next_release <= m.month:
            draw = uniform(m.seed, "release_interval", lab.runs, lab.uid)
            interval = max(1, round(lab.cadence) + int(3 * draw) - 1)
            last = m.past.last_release(lab.name, m.inputs_end) if m.month == m.inputs_end else m.month
            lab.next_release = max(m.month + 1, last + interval)


def due(m: State, lab: Lab) -> list[Model]:
    """The lab's runs that end this month."""
    if not lab.active:
        return []
    recorded = []
    if m.month <= m.past.until(m.inputs_end):
        recorded = [model for tier in range(2) for model in m.past.releases.get((lab.name, tier, m.month), [])]
    if m.month <= m.inputs_end or lab.next_release != m.month:
        return recorded
    return recorded + [
        Model(f"{TIERS[tier]} {lab.runs}", tier, -1, None, True, "", None, None) for tier in (FLAGSHIP, LIGHT)
    ]


def run_of(m: State, lab: Lab, model: Model) -> Run:
    """One run: teachers, reasoning, weights to start from, and then with which residual."""
    p, recorded = m.p.training, m.month - model.moved <= m.end
    closed, weights, taught_reasoning, flagship = -math.inf, -math.inf, -math.inf, -math.inf
    then = m.month - p.access_delay
    others: list[tuple[float, float]] = []
    if then >= 0:
        for row, (best_closed, best_open, reasoning, own_flagship) in enumerate(m.memory.taught[then]):
            if row == lab.row:
                flagship = own_flagship
                continue
            closed, weights = max(closed, best_closed), max(weights, best_open)
            taught_reasoning = max(taught_reasoning, reasoning)
            others.append((best_open, reasoning))
    r = lab.reasoning
    if weights > -math.inf:
        r += p.reasoning_teaching * max(taught_reasoning - r, 0.0)
    r = r if model.reasons else 0.0
    users = 0.0
    for line in m.lines:
        if line.lab is lab:
            users += line.users * maker_share(m, line)
    own = lab.compute - p.reference_compute + lab.methods + p.flywheel * math.log10(1.0 + users / p.flywheel_users)
    teachers = [(p.answers * p.teaching, closed), (p.teaching, weights)]
    size = size_of(m, lab, model)
    gap = max(p.light_gap + p.size_gap * (m.p.release.light_size - size), 0.0) if model.tier == LIGHT else 0.0
    q = p.rl_gain * lab.absorption * math.log10(1.0 + 10 ** (lab.compute - p.rl_compute))
    q = min(q, p.rl_ceiling, lab.reasoning + 0.3)
    base, thought = -math.inf, 0.0
    if p.open_start:
        for open_base, open_thought in others:
            with_reasoning = max(open_thought, r) if model.reasons else 0.0
            if open_base - p.start_loss + with_reasoning > base + thought:
                base, thought = open_base - p.start_loss, with_reasoning
    foundation = _foundation(m, model) if recorded and p.open_start else None
    if foundation is not None:
        base, thought = foundation.pretraining - p.start_loss, max(foundation.thought, r)

    def learn(own: float) -> float:
        known = [(share, teacher) for share, teacher in teachers if teacher > -math.inf]
        b = max([own, *(own + share * max(teacher - own, 0.0) for share, teacher in known)]) - gap
        if model.tier == LIGHT and flagship > -math.inf:
            b += p.own_distillation * max(flagship - b, 0.0)
        return b

    def unlearn(target: float) -> float:
        """By bisection: what learning turns into the target."""
        low, high = target - 200.0, target + 100.0
        for _ in range(200):
            middle = (low + high) / 2.0
            low, high = (middle, high) if learn(middle) < target else (low, middle)
        return high

    inside, measured = m.p.record.residuals != "outside", False
    mean = _mean_residual(m, lab, model.tier)
    old = (
        [run for run in m.anchor.memory.runs if run.name == model.name and run.lab.name == lab.name] if m.anchor else []
    )
    shortfall = extra = 0.0
    if old and recorded and not model.moved:
        xi, shortfall, extra = old[0].own, old[0].shortfall, old[0].extra
        measured = model.known is not None and m.p.record.residuals != "none"
    elif recorded and model.known is not None and m.p.record.residuals != "none":
        measured = True
        if foundation is not None:
            xi, extra = mean, model.known - base - thought - q
        else:
            target = model.known - r
            xi = unlearn(target) - own if inside else target - learn(own)
            shortfall = min(0.0, model.known - (base + thought + q))
    else:
        if m.p.record.residuals == "none":
            xi = last = mean = 0.0
        else:
            xi, last = mean, lab.residual_last[model.tier]
        if not recorded:
            passed = m.month - lab.residual_month[model.tier]
            xi += (last - mean) * (2.0 ** (-passed / p.residual_half_life) if p.residual_half_life > 0.0 else 0.0)
            z = normal(m.seed, "training_luck", lab.runs, 2 * lab.uid + model.tier)
            xi += p.luck * min(max(z, -2.5), 2.5)
    counts = measured and foundation is None
    b = learn(own + xi) if inside else learn(own) + xi
    q += shortfall + extra
    started = foundation is not None or base + thought + q > b + r + 1e-9
    parts = (base, thought, q) if started else (b, r, 0.0)
    return Run(m.month, lab, model.tier, model.level, model.name, *parts, xi, shortfall, extra, counts, size)


def size_of(m: State, lab: Lab, model: Model) -> float:
    """n = w log₁₀ active + (1 − w) log₁₀ total, over 175 bn; else the lab's last, or that of closed models."""
    p = m.p.release
    if model.active is not None and model.total is not None:
        w = p.active_weight
        return w * math.log10(model.active / 175) + (1 - w) * math.log10(model.total / 175)
    if model.level < 0 and lab.released[model.tier]:
        return lab.size[model.tier]
    return p.flagship_size if model.tier == FLAGSHIP else p.light_size


def maker_share(m: State, line: Line) -> float:
    """m/(m + n − 1) of hosted spend, with n hosts; all of a closed line's."""
    weight, hosts = m.p.pricing.maker_weight, max(line.hosts, 1.0)
    if line.lab.exited and not line.closed:
        return 0.0
    if line.closed or weight + hosts <= 1.0:
        return 1.0
    return weight / (weight + hosts - 1.0)


def _foundation(m: State, model: Model) -> Run | None:
    """The model from whose weights this one was trained, if they, or better ones of that line, are public."""
    for run in m.memory.runs:
        if run.name == model.starts_from:
            lines = [x for x in m.live_lines() if x.lab is run.lab and x.tier == run.tier and not x.closed]
            return run if any(line.capability >= run.capability for line in lines) else None
    return None


def _mean_residual(m: State, lab: Lab, tier: int) -> float:
    """Mean of measured residuals and two zeros: of the lab's flagships, of everybody's light models.

    Of a scenario those of its reference, to last month.
    """
    total, number = 0.0, 2
    for run in (m.anchor or m).memory.runs:
        whose = run.lab.name == lab.name or tier == LIGHT
        if run.counts and whose and run.tier == tier and run.month < m.month:
            total, number = total + run.own, number + 1
    return total / number


def community_gain(m: State, line: Line) -> float:
    """γ (1 − e^(−C/C_K))."""
    p = m.p.contribution
    return -p.community_gain * math.expm1(-line.contributed / p.community_scale)


def slot(m: State, lab: Lab, access: int, tier: int) -> Line:
    """The line of a lab, an access and a tier."""
    return next(line for line in m.lines if line.lab is lab and line.access == access and line.tier == tier)


def put(m: State, lab: Lab, tier: int, weights: bool, level: int, parts: Sequence[float], size: float) -> None:
    """A model goes on its line if it improves on it; an open line's last version stays as the legacy line."""
    line = slot(m, lab, OPEN if weights else CLOSED, tier)
    if line.live and math.fsum(parts) <= line.capability:
        return
    if weights and line.live:
        legacy = slot(m, lab, LEGACY, tier)
        legacy.live = True
        legacy.birth, legacy.openness, legacy.size = line.birth, line.openness, line.size
        legacy.pretraining, legacy.thought, legacy.added = line.pretraining, line.thought, line.added
        legacy.gain, legacy.contributed = line.gain, line.contributed
        legacy.price, legacy.cost = line.price, line.cost
        carried = m.p.release.carry_over
        legacy.ecosystem, line.ecosystem = (1.0 - carried) * line.ecosystem, carried * line.ecosystem
        legacy.reciprocity = line.reciprocity
    line.live = line.fresh = True
    line.birth = m.month
    line.pretraining, line.thought, line.added = parts
    line.openness = min(level, m.p.release.methods_cap)
    line.contributed *= m.p.release.carry_over
    line.gain = community_gain(m, line)
    line.size = size


def teaches(m: State, lab: Lab) -> tuple[float, float, float, float]:
    """Pre-training of a lab's best closed model, pre-training and reasoning of its best open one, of its flagship."""
    mine = [line for line in m.live_lines() if line.lab is lab]
    weights = [line for line in mine if not line.closed]
    best = max(weights, key=lambda line: line.capability, default=None)
    return (
        max((line.pretraining for line in mine if line.closed), default=-math.inf),
        best.pretraining if best else -math.inf,
        best.thought if best else -math.inf,
        max((line.pretraining for line in mine if line.tier == FLAGSHIP), default=-math.inf),
    )
