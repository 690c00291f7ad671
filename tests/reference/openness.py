"""Release as a decision: what a year at each level of openness would bring a lab, and a logit of what it has learned.

π_o = 12 (1 − part of its parent) [rent + hosting] + complements + talent + norm + prestige − catch-up − law − flip,
with prices as they would come to rest with the candidate on the closed or on the open line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tests.reference import conduct
from tests.reference.hashing import uniform
from tests.reference.knowledge import leak_rates, put, slot, teaches
from tests.reference.people import utility
from tests.reference.prices import at_rest, patience, rent_of
from tests.reference.talent import publishing, usual_publishing
from tests.reference.world import CLOSED, OPEN, OPENNESS, PAPER, WEIGHTS, Decision, Lab, Run, State


def decide(m: State, lab: Lab, tier: int, run: Run, on_sale: bool = False) -> list[int]:
    """The level that the lab's luck picks; nothing while nobody has spent anything.

    Of a new model, or of a closed one on sale, which to leave as it is costs nothing new.
    """
    spend = 12 * m.world.spend
    if spend <= 0.0:
        return []
    of_levels = payoffs(m, lab, tier, run, spend, on_sale)
    learned, speed = lab.attraction[tier], m.p.release.learning
    for level, payoff in enumerate(of_levels):
        worth, before = math.fsum(payoff.values()) / spend, learned[level]
        learned[level] = worth if before is None else (1.0 - speed) * before + speed * worth
    luck, level = uniform(m.seed, "openness", m.month, lab.uid, tier), 0
    likely = chances([value for value in learned if value is not None], m.p.release.temperature)
    while level < len(likely) - 1 and luck >= sum(likely[: level + 1]):
        level += 1
    m.memory.decisions.append(Decision(m.month, lab.row, tier, level, of_levels, spend, on_sale))
    return [level]


def chances(attraction: list[float], temperature: float) -> list[float]:
    """e^(A/τ) shared by two levels without and by three with weights; to add to one."""
    best = max(attraction)
    weights = [
        math.exp((value - best) / temperature) / (2 if level < WEIGHTS else 3) for level, value in enumerate(attraction)
    ]
    return [weight / math.fsum(weights) for weight in weights]


@dataclass
class Prospect:
    """Rents of the lab's closed and open lines [$/month], and users of its open ones, in a market that might be."""

    closed: float
    hosting: float
    users: float


def prospect(
    m: State, lab: Lab, tier: int, run: Run, weights: bool, less: float = 0.0, on_sale: bool = False
) -> Prospect:
    """With the run, of so much less pre-training, on its line; segments and prices asked are those of last month.

    One that is on sale is on its closed line already.
    """
    might = replace(m, lines=[replace(line) for line in m.lines])
    parts = (run.pretraining - less, run.thought, run.added)
    if on_sale and not weights:
        slot(might, lab, CLOSED, tier).pretraining -= less
    else:
        put(might, lab, tier, weights, WEIGHTS if weights else 0, parts, run.size)
    might.segments = [
        replace(s, utility=[utility(might, s, line) if line.live else -math.inf for line in might.lines])
        for s in m.segments
    ]
    found = Prospect(0.0, 0.0, 0.0)
    offers, crowds = at_rest(might)
    for offer in offers:
        offer.line.hosts = 0.0 if offer.line.closed else offer.hosts
    for offer in offers:
        if offer.line.lab is lab and offer.line.closed:
            found.closed += (rent_of(might, offer) + offer.line.app_spend * offer.margin) / 2
        elif offer.line.lab is lab:
            found.hosting += rent_of(might, offer)
            found.users += math.fsum(s.people * share for s, share in zip(m.segments, offer.shares, strict=True))
    found.closed += conduct.lasting([crowd.people for crowd in crowds], lab.row, patience(m)) / 2
    return found


def payoffs(m: State, lab: Lab, tier: int, run: Run, spend: float, on_sale: bool) -> list[dict[str, float]]:
    """Of each level; where weights are refused, the model ships closed."""
    kept, opened = (prospect(m, lab, tier, run, weights, on_sale=on_sale) for weights in (False, True))
    worse = prospect(m, lab, tier, run, weights=False, less=0.1, on_sale=on_sale)
    per_oom = max(kept.closed + kept.hosting - worse.closed - worse.hosting, 0.0) / 0.1
    elsewhere = lab.complement * math.fsum(line.users for line in m.lines if line.lab is lab and not line.closed)
    earned = max(lab.rent_smoothed - elsewhere, 0.0)
    own = 12 * (1.0 - (lab.backing / max(lab.backing + earned, 1.0) if lab.parent else 0.0))
    rent = 12 * max(kept.closed + kept.hosting, 0.0)
    strict, law = m.governments[lab.region].stringency, m.p.law
    refused = strict[1] if law.licence and run.capability > law.licence_cap else 0.0
    refused = refused if m.p.release.weights_allowed else 1.0

    def payoff(level: int, weights: bool) -> dict[str, float]:
        there = opened if weights else kept
        methods = min(level, m.p.release.methods_cap)
        rules = 0.0 if on_sale and not weights else law.compliance * strict[1 if weights else 0]
        nearer = per_oom * catch_up(m, lab, run, methods, weights) / 2
        closed, out = slot(m, lab, CLOSED, tier), slot(m, lab, OPEN, tier)
        closing = not on_sale and not weights and out.live and not (closed.live and closed.birth > out.birth)
        return {
            "rent": own * there.closed,
            "hosting": own * there.hosting,
            "complements": 12 * lab.complement * there.users,
            "talent": own / 12 * bounded(saved(m, lab, beyond_papers(m, methods)), m.p.release.talent_share * rent),
            "norm": own / 12 * bounded(saved(m, lab, beyond_others(m, methods)), 12 * lab.budget),
            "prestige": m.p.release.prestige * spend if weights else 0.0,
            "catch_up": -own * min(nearer, max(there.closed + there.hosting, 0.0)),
            "law": -rules,
            "flip": -m.p.release.flip_cost * spend if closing else 0.0,
        }

    found = []
    for level in range(len(OPENNESS)):
        closed = payoff(level, weights=False)
        if level < WEIGHTS:
            found.append(closed)
            continue
        out = payoff(level, weights=True)
        found.append({name: refused * closed[name] + (1.0 - refused) * out[name] for name in out})
    return found


def bounded(value: float, most: float) -> float:
    """Between −most and most."""
    return max(min(value, most), -most)


def saved(m: State, lab: Lab, step: float) -> float:
    """12 H w (1 − e^(−Δu/β_w)), what the staff does without in a year."""
    return 12 * lab.researchers * lab.wage * (1.0 - math.exp(-step / m.p.talent.wage_weight))


def beyond_papers(m: State, level: int) -> float:
    """β_o (u(o) − u(paper)) of those who may publish more, in utils."""
    step = m.p.talent.weights_publishing
    more = publishing(level, step) - publishing(PAPER, step) if level >= WEIGHTS else 0.0
    return float(m.p.talent.publishing_weight * more)


def beyond_others(m: State, level: int) -> float:
    """ν_o (u(o) − ū), in utils."""
    return float(m.p.talent.norm * (publishing(level, m.p.talent.weights_publishing) - usual_publishing(m)))


def catch_up(m: State, lab: Lab, run: Run, level: int, weights: bool) -> float:
    """OOM by which the most capable other lab comes nearer in a year because methods leak and weights teach."""
    others = [other for other in m.labs if other.active and other is not lab and m.capability_of(other) > -math.inf]
    if not others:
        return 0.0
    rival = max(others, key=m.capability_of)
    kappa, leaks = rival.absorption, leak_rates(m.p.research)
    part = min(12 * kappa * leaks[level], 1.0) - min(12 * kappa * leaks[0], 1.0)
    part += kappa * m.p.research.paper if level >= PAPER else 0.0
    gained = min(part, 1.0) * max(lab.methods - rival.methods, 0.0)
    if weights:
        known = max(max(teaches(m, other)[:2]) for other in others)
        gained += m.p.training.teaching * (1.0 - m.p.training.answers) * max(run.pretraining - known, 0.0)
    return float(gained)
