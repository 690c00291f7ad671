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
    parts = [_of_segment(segment, patience, reset) for segment in segments]
    return [tuple(math.fsum(part[line][i] for part in parts) for i in range(3)) for line in range(len(parts[0]))]  # type: ignore[misc]


def lasting(segments: list[Segment], lab: int, patience: float) -> float:
    """Σ_g n_g B_g Ū_g: what customers bring a month who choose freely now and chain on for ever, (1 − β) times."""
    found = 0.0
    for segment in segments:
        every = range(len(segment.groups))
        share = [segment.share(g) for g in every]
        weight = []
        for g, group in enumerate(segment.groups):
            leave = group.hazard / (1.0 + group.tie * share[g])
            weight.append(share[g] / (1.0 - patience + patience * leave))
        earned = math.fsum(_mean_margin(segment, g, lab, share[g]) * weight[g] for g in every)
        people = math.fsum(group.holders for group in segment.groups)
        found += people * segment.budget * earned / math.fsum(weight)
    return found


@dataclass
class Worth:
    """What customers of a segment are worth to a lab.

    Attributes:
        own: L̄_γ, mean margin of its closed lines in a group, by attraction.
        flow: Ū, what a customer brings a month.
        excess: w_γ, mean worth in a group less that of who chooses freely.
        kept: Y.
        first: ω̄.
    """

    own: list[float]
    flow: float
    excess: list[float]
    kept: float
    first: float


def _of_segment(segment: Segment, beta: float, reset: float) -> list[tuple[float, float, float]]:
    """What one segment adds to each closed line."""
    groups, delta = segment.groups, beta * (1.0 - reset)
    every = range(len(groups))
    share, first = [segment.share(g) for g in every], [segment.first(g) for g in every]
    bound = [1.0 + groups[g].tie * share[g] for g in every]
    leave = [groups[g].hazard / bound[g] for g in every]
    lasts = [1.0 - beta + beta * rate for rate in leave]

    # Choosers over the life of a price.
    still = [1.0 - delta + delta * rate for rate in leave]
    source = [(1.0 - delta) * groups[g].holders + delta * first[g] * segment.newcomers for g in every]
    free = math.fsum(leave[g] * source[g] / still[g] for g in every)
    free /= 1.0 - delta * math.fsum(leave[g] * share[g] / still[g] for g in every)
    untied = [leave[g] * (source[g] + delta * share[g] * free) / still[g] for g in every]

    def worth(lab: int | None) -> Worth:
        own = [_mean_margin(segment, g, lab, share[g]) for g in every]
        flow = math.fsum(own[g] * share[g] / lasts[g] for g in every) / math.fsum(share[g] / lasts[g] for g in every)
        excess = [(own[g] - flow) / lasts[g] for g in every]
        kept = math.fsum(untied[g] * (1.0 - 1.0 / bound[g]) * excess[g] for g in every)
        return Worth(own, flow, excess, kept, _first_worth(segment, lab, beta, first[0], own, excess))

    to_lab: dict[int | None, Worth] = {}
    found, money = [], segment.budget
    for offer in segment.offers:
        if not offer.closed:
            continue
        here, mine = offer.group, groups[offer.group]
        if mine.lab not in to_lab:
            to_lab[mine.lab] = worth(mine.lab)
        lab = to_lab[mine.lab]
        choosers = free + mine.tie * untied[here]
        bought = offer.share * choosers + offer.first * segment.newcomers
        stays = 1.0 - mine.hazard
        paying = (stays * (1.0 - delta) * offer.held + bought) / (1.0 - delta * stays)
        quick = 1.0 - beta * stays
        within = offer.share / share[here] if share[here] > 0.0 else 0.0
        come_back = free + mine.tie * untied[here] / bound[here]
        lost = choosers * (1.0 - within) / quick + come_back * within / lasts[here]
        loss = segment.alpha * money * offer.share * lost
        gain = segment.alpha * money * offer.share * (come_back * lab.flow / lasts[here] + lab.kept)
        if offer.notice:
            new = segment.alpha * money * segment.newcomers * offer.first
            loss += new * ((1.0 - within) / quick + within / lasts[here])
            gain += new * (lab.flow / lasts[here] + lab.first)
        found.append((money * paying, loss, gain))
    return found


def _mean_margin(segment: Segment, g: int, lab: int | None, share: float) -> float:
    """L̄_γ = Σ a_i L_i / a_γ over the lab's closed lines in the group."""
    if segment.groups[g].lab != lab or share <= 0.0:
        return 0.0
    return math.fsum(o.share * o.margin for o in segment.by_group[g] if o.closed) / share


def _first_worth(
    segment: Segment, lab: int | None, beta: float, outside: float, own: list[float], excess: list[float]
) -> float:
    """ω̄ = Σ_j a^N_j (v_j − V), v_j − V = (L_j − L̄_γ)/d_h + (L̄_γ − Ū)/d_γ."""
    worth = outside * excess[0]
    for offer in segment.offers:
        g = offer.group
        quick = 1.0 - beta * (1.0 - segment.groups[g].hazard)
        margin = offer.margin if offer.closed and segment.groups[g].lab == lab else 0.0
        worth += offer.first * ((margin - own[g]) / quick + excess[g])
    return worth


def month_after(segment: Segment, options: list[tuple[int, float, float]]) -> list[float]:
    """Holders a month later, holder by holder: n_k ← (1 − h) n_k + Σ h n s_k|γ.

    Args:
        segment: Whose groups are meant.
        options: Group, people and attraction of each option.
    """
    after = [0.0] * len(options)
    total = [math.fsum(a for g, _, a in options if g == group) for group in range(len(segment.groups))]
    for here, (g, people, _) in enumerate(options):
        group = segment.groups[g]
        after[here] += (1.0 - group.hazard) * people
        for there, (other, _, attraction) in enumerate(options):
            drawn = attraction * (1.0 + group.tie * (other == g)) / (1.0 + group.tie * total[g])
            after[there] += group.hazard * people * drawn
    return after
