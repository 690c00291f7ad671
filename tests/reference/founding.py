"""Labs that are founded after the record."""

from __future__ import annotations

import math
from statistics import median

from tests.reference.hashing import uniform
from tests.reference.world import Lab, State


def found_labs(m: State) -> None:
    """In each region with the chance 1 − exp(−e₀ [V_e/F_e − 1]⁺), as long as there is one that can be."""
    p = m.p.finance
    for government in m.governments:
        government.founding_value = 0.0
    here = [lab for lab in m.labs if lab.active]
    if p.founding == 0.0 or m.month <= m.inputs_end or p.invest_mode == "frozen" or not here:
        return
    budget = p.founding_cost / 24
    others = sum(lab.budget**p.contest for lab in here if lab.budget > 0.0)
    share = budget**p.contest / (others + budget**p.contest)
    starts = [Start(m, region, budget, here) for region in range(len(m.governments))]
    for region, (government, start) in enumerate(zip(m.governments, starts, strict=True)):
        late = math.exp(-p.discount_rate * behind(m, start.capability) / 12)
        worth = government.founding_value = m.world.contested * share * late
        chance = 1.0 - math.exp(-p.founding * max(worth / p.founding_cost - 1.0, 0.0))
        waiting = [lab for lab in m.labs if lab.name in m.past.newcomers and lab.region == region]
        waiting = [lab for lab in waiting if lab.entry > m.month]
        if waiting and uniform(m.seed, "founding", m.month, region) < chance:
            _found(m, waiting[0], start, worth, here)


def behind(m: State, capability: float) -> int:
    """Months since the frontier first was as good."""
    for month, frontier in enumerate(m.memory.frontier):
        if frontier >= capability - 1e-9:
            return m.month - month
    return 0


class Start:
    """What a lab founded in a region starts from."""

    def __init__(self, m: State, region: int, budget: float, here: list[Lab]) -> None:
        p = m.p.training
        self.methods, self.serving, self.reasoning = (
            _known_there(what, region, here) for what in ("methods", "serving", "reasoning")
        )
        left = 2.0 ** (-(m.month - m.inputs_end) / m.p.finance.capacity_half_life)
        peers = [lab for lab in here if lab.region == region] or here
        self.wage = median(lab.wage for lab in peers)
        self.hardware_wage = median(lab.hardware_wage for lab in peers)
        money = [m.memory.money[lab.row] for lab in peers]
        self.bought = median(theirs.compute - theirs.excess * (1.0 - left) for theirs in money)
        self.compute = self.bought + math.log10(budget) - math.log10(m.memory.chip_prices[-6][region])
        self.capability = self.compute - p.reference_compute + self.methods + self.reasoning
        for lab in m.labs if p.open_start else []:
            weights = [line for line in m.live_lines() if line.lab is lab and not line.closed]
            if weights:
                best = max(weights, key=lambda line: line.capability)
                public = best.pretraining - p.start_loss + max(best.thought, self.reasoning)
                self.capability = max(self.capability, public)


def _known_there(what: str, region: int, here: list[Lab]) -> float:
    """Mean over staff of the region's labs, else what all labs know."""
    staff = sum(lab.researchers for lab in here if lab.region == region)
    if staff == 0.0:
        return min(float(getattr(lab, what)) for lab in here)
    return sum(float(getattr(lab, what)) * lab.researchers for lab in here if lab.region == region) / staff


def _found(m: State, lab: Lab, start: Start, worth: float, here: list[Lab]) -> None:
    """It raises its cost, spends half of it a year, and has no residual of the record."""
    p, money = m.p.finance, m.memory.money[lab.row]
    lab.active, lab.entry = True, m.month
    lab.equity = lab.raised = p.founding_cost
    lab.cash += p.founding_cost
    lab.budget = p.founding_cost / 24
    lab.backers = 0.0
    lab.value = lab.valuation = lab.valuation_year_ago = worth
    lab.methods, lab.serving, lab.reasoning = start.methods, start.serving, start.reasoning
    lab.compute, lab.promise = start.compute, start.capability
    lab.discovered = any(other.discovered for other in here)
    lab.wage, lab.hardware_wage = start.wage, start.hardware_wage
    money.retained = 1.0
    money.backing = money.worth = money.excess = 0.0
    money.runway, money.compute, money.budget = p.runway, start.bought, lab.budget
