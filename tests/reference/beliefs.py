"""What markets believe: labs' lead over open weights, and how much compute those take."""

from __future__ import annotations

from tests.reference.world import State


def beliefs(m: State) -> None:
    """News of a lab is ε (D̂ − D̄); a lead that cannot be seen leaves nothing believed."""
    p = m.p.beliefs
    open_lines = [line for line in m.live_lines() if not line.closed]
    for lab in m.labs:
        mine = [line.quality for line in m.live_lines() if line.lab is lab]
        if not mine or not open_lines:
            lab.lead_believed = lab.lead_usual = None
            lab.news = 0.0
            continue
        lead = max(mine) - max(line.quality for line in open_lines)
        if lab.lead_believed is None or lab.lead_usual is None:
            lab.lead_believed = lab.lead_usual = lead
        lab.lead_believed = (1.0 - p.speed) * lab.lead_believed + p.speed * lead
        memory = m.p.finance.rent_memory
        lab.lead_usual = (1.0 - 1.0 / memory) * lab.lead_usual + lab.lead_believed / memory
        lab.news = p.lead_value * (lab.lead_believed - lab.lead_usual)
    _chips(m)


def _chips(m: State) -> None:
    """H' = (1 − ρ) H + ε_HW (Δ record of K − log₁₀ C − expected), expected growth a mean over a year."""
    p, world, surprise = m.p.beliefs, m.world, 0.0
    best = max((line for line in m.live_lines() if not line.closed), key=lambda line: line.capability, default=None)
    if best is not None:
        took = best.capability - best.lab.compute + m.p.training.reference_compute
        before = world.open_efficiency
        if before is None:
            world.open_efficiency = took
        else:
            world.open_efficiency = max(before, took) if best.fresh else before
            surprise = world.open_efficiency - before - world.efficiency_growth
            world.efficiency_growth += surprise / 12
    world.hardware = (1.0 - p.recovery) * world.hardware + p.hardware * surprise
