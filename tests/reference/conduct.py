"""Conduct: what labs ask when customers are tied and reconsider now and then, holder by holder (docs/conduct.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class Group:
    """What can be held without a switching cost between: lines of one lab and tier, the outside option, or nothing.

    Attributes:
        lab: Lab, or None.
        holders: n, people.
        hazard: h [1/month].
        tie: E.
    """

    lab: int | None
    holders: float
    hazard: float
    tie: float


@dataclass
class Offer:
    """A line; ``held`` and ``margin`` matter for closed ones.

    Attributes:
        group: Number of its group.
        closed: Whether its lab prices it.
        share: a, attraction without ties.
        first: a^N, attraction for newcomers.
        notice: Whether newcomers expect the posted price.
        held: People who hold it.
        margin: L, 0 if open.
    """

    group: int
    closed: bool
    share: float
    first: float
    notice: bool
    held: float
    margin: float


@dataclass
class Segment:
    """People alike. The first group is the outside option; attractions of offers and of it add to one."""

    budget: float
    alpha: float
    newcomers: float
    groups: list[Group]
    offers: list[Offer]
    by_group: list[list[Offer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_group = [[offer for offer in self.offers if offer.group == g] for g in range(len(self.groups))]

    def share(self, g: int) -> float:
        """a_γ."""
        outside = 1.0 - math.fsum(offer.share for offer in self.offers) if g == 0 else 0.0
        return outside + math.fsum(offer.share for offer in self.by_group[g])

    def first(self, g: int) -> float:
        """a^N_γ."""
        outside = 1.0 - math.fsum(offer.first for offer in self.offers) if g == 0 else 0.0
        return outside + math.fsum(offer.first for offer in self.by_group[g])


def tie(switching_cost: float, reach: float) -> float:
    """E = e^κ/reach − 1, reach at least a millionth; 0 if barred."""
    return math.exp(switching_cost) / max(reach, 1e-6) - 1.0 if reach > 0.0 else 0.0


def margins(segments: list[Segment], patience: float, reset: float) -> list[float]:
    """L ← (𝒮 + 𝒢)/(𝒮 + 𝒜) of the closed lines."""
    return [(s + g) / (s + a) if s + a > 0.0 else 0.0 for s, a, g in sums(segments, patience, reset)]


def sums(segments: list[Segment], patience: float, reset: float) -> list[tuple[float, float, float]]:
    """𝒮, 𝒜 and 𝒢 of every closed line."""
    count = len(segments[0].offers)
    parts = [[_of_segment(segment, line, patience, reset) for segment in segments] for line in range(count)]
    return [
        tuple(math.fsum(part[i] for part in parts[line]) for i in range(3))  # type: ignore[misc]
        for line in range(count)
        if segments[0].offers[line].closed
    ]


def _of_segment(segment: Segment, line: int, beta: float, reset: float) -> tuple[float, float, float]:
    """What one segment adds."""
    offer = segment.offers[line]
    if not offer.closed:
        return 0.0, 0.0, 0.0
    groups, delta = segment.groups, beta * (1.0 - reset)
    mine = groups[offer.group]
    bound = [1.0 + group.tie * segment.share(g) for g, group in enumerate(groups)]
    leave = [group.hazard / bound[g] for g, group in enumerate(groups)]
    lasts = [1.0 - beta + beta * rate for rate in leave]

    # Choosers over the life of a price.
    still = [1.0 - delta + delta * rate for rate in leave]
    source = [
        (1.0 - delta) * group.holders + delta * segment.first(g) * segment.newcomers for g, group in enumerate(groups)
    ]
    free = math.fsum(leave[g] * source[g] / still[g] for g in range(len(groups)))
    free /= 1.0 - delta * math.fsum(leave[g] * segment.share(g) / still[g] for g in range(len(groups)))
    untied = [leave[g] * (source[g] + delta * segment.share(g) * free) / still[g] for g in range(len(groups))]
    choosers = free + mine.tie * untied[offer.group]
    bought = offer.share * choosers + offer.first * segment.newcomers
    stays = 1.0 - mine.hazard
    paying = (stays * (1.0 - delta) * offer.held + bought) / (1.0 - delta * stays)

    # What customers are worth to the lab.
    total = math.fsum(segment.share(g) / lasts[g] for g in range(len(groups)))
    own = [_mean_margin(segment, g, mine.lab) for g in range(len(groups))]
    flow = math.fsum(own[g] * segment.share(g) / lasts[g] for g in range(len(groups))) / total
    excess = [(own[g] - flow) / lasts[g] for g in range(len(groups))]
    kept = math.fsum(untied[g] * (1.0 - 1.0 / bound[g]) * excess[g] for g in range(len(groups)))
    here, quick = offer.group, 1.0 - beta * stays
    within = offer.share / segment.share(here) if segment.share(here) > 0.0 else 0.0
    come_back = free + mine.tie * untied[here] / bound[here]

    money = segment.budget
    lost = choosers * (1.0 - within) / quick + come_back * within / lasts[here]
    loss = segment.alpha * money * offer.share * lost
    gain = segment.alpha * money * offer.share * (come_back * flow / lasts[here] + kept)
    if offer.notice:
        new = segment.alpha * money * segment.newcomers * offer.first
        loss += new * ((1.0 - within) / quick + within / lasts[here])
        gain += new * (flow / lasts[here] + _first_worth(segment, mine.lab, beta, own, excess))
    return money * paying, loss, gain


def _mean_margin(segment: Segment, g: int, lab: int | None) -> float:
    """L̄_γ = Σ a_i L_i / a_γ over the lab's closed lines in the group."""
    if segment.groups[g].lab != lab or segment.share(g) <= 0.0:
        return 0.0
    return math.fsum(o.share * o.margin for o in segment.by_group[g] if o.closed) / segment.share(g)


def _first_worth(segment: Segment, lab: int | None, beta: float, own: list[float], excess: list[float]) -> float:
    """ω̄ = Σ_j a^N_j (v_j − V), v_j − V = (L_j − L̄_γ)/d_h + (L̄_γ − Ū)/d_γ."""
    worth = segment.first(0) * excess[0]
    for offer in segment.offers:
        g = offer.group
        quick = 1.0 - beta * (1.0 - segment.groups[g].hazard)
        margin = offer.margin if offer.closed and segment.groups[g].lab == lab else 0.0
        worth += offer.first * ((margin - own[g]) / quick + excess[g])
    return worth
