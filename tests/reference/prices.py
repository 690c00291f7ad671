"""Prices: labs compete with closed lines for customers whom they hold and can win, hosts of open lines enter freely."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.reference import conduct
from tests.reference.knowledge import maker_share
from tests.reference.people import access, preferences, turns
from tests.reference.world import ORGANISATIONS, Line, Segment, State, of

INDIE = ORGANISATIONS.index("indie")
# Iterations up to which margins move in steps between two bounds, and how near to rest is near enough: nearer than in
# the array market, because without acceleration the last change is less than the distance that is left.
PHASES = ((200, 0.5, 4.0, 1e-13), (400, 0.1, 4.0, 1e-9), (1000, 0.1, 0.5, 1e-9), (5000, 0.02, 0.1, 1e-5))


@dataclass
class Offer:
    """A live line while prices are sought; lists run over segments.

    Attributes:
        line: The line.
        cost: Marginal cost [$/Mtok].
        aware: Share that knows the lab and may buy.
        own: Price of serving oneself [$/Mtok], inf if closed.
        margin: L.
        highest: Greatest L.
        weights: e^(V − V₀) a at the price.
        trial: The same at a trial price.
        shares: Shares of spend.
        hosts: Hosts of an open line.
        is_hosted: Who does not serve herself.
        pace: Step of L.
        move: How far L last wanted to go.
    """

    line: Line
    cost: float
    aware: list[float]
    own: list[float]
    margin: float
    highest: float
    weights: list[float] = field(default_factory=list)
    trial: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    hosts: float = 0.0
    is_hosted: list[bool] = field(default_factory=list)
    pace: float = 1.0
    move: float = 0.0

    @property
    def price(self) -> float:
        """c/(1 − L)."""
        return self.cost / (1.0 - self.margin)

    def hosted(self, g: int) -> float:
        """Share of a segment that does not serve itself."""
        return self.shares[g] if self.is_hosted[g] else 0.0


def pricing(m: State) -> None:
    """Costs, what labs expect of customers, the fixed point, and margins that move part of the way there."""
    preferences(m)
    for segment in m.segments:
        segment.price = [math.inf] * len(m.lines)
        for option, count in enumerate(segment.counts):
            segment.base[option] += m.p.pricing.base_memory * (count * m.weight - segment.base[option])
    offers, crowds = at_rest(m)
    if not offers:
        return
    for lab in m.labs:
        lab.rent_expected = 0.0
        lab.rent_lasting = conduct.lasting([crowd.people for crowd in crowds], lab.row, patience(m))
    for offer in offers:
        offer.line.hosts = 0.0 if offer.line.closed else offer.hosts
        rent = rent_of(m, offer)
        offer.line.lab.rent_expected += rent
        offer.line.lab.rent_lasting += offer.line.app_spend * offer.margin if offer.line.closed else rent
    for offer in offers:
        _post(m, offer)
        offer.is_hosted = [offer.price <= own for own in offer.own]
    _share_out(m, offers)
    for g, segment in enumerate(m.segments):
        for offer in offers:
            segment.price[offer.line.row] = min(offer.line.price, offer.own[g])
        segment.inclusive = math.log1p(math.fsum(offer.weights[g] for offer in offers)) / segment.alpha
        _expect(segment, g, offers, crowds[g])


def at_rest(m: State) -> tuple[list[Offer], list[Crowd]]:
    """Offers at margins from which nobody wants to move, and who is there."""
    offers = [_offer(m, line) for line in m.live_lines()]
    crowds = [_crowd(m, g, offers) for g in range(len(m.segments))] if offers else []
    if offers:
        _find_margins(m, offers, crowds, [segment.people * segment.budget for segment in m.segments])
    return offers, crowds


def rent_of(m: State, offer: Offer) -> float:
    """What developers leave to the maker of a line this month."""
    sales = sum(segment.people * segment.budget * offer.hosted(g) for g, segment in enumerate(m.segments))
    return sales * offer.margin * maker_share(m, offer.line)


@dataclass
class Crowd:
    """Who is in a segment, as labs expect it.

    Attributes:
        people: Groups: the outside option, (lab, tier)s, and no tie.
        group: Group of each offer.
        starting: People without a model who would start at a trial price.
        rate: Of them, the share that does this month.
        gone: People whose line is gone.
    """

    people: conduct.Segment
    group: list[int]
    starting: float
    rate: float
    gone: float


def _crowd(m: State, g: int, offers: list[Offer]) -> Crowd:
    """Groups with holders and ties; closed lines are filled in as margins are sought."""
    p, segment = m.p, m.segments[g]
    hazard, start = turns(m, segment)
    without = segment.base[0]
    starting = without if segment.organisation == INDIE else 0.0
    groups = [conduct.Group(None, without - starting, start, 0.0)]
    names = [(offer.line.lab.row, offer.line.tier) for offer in offers]
    for row, tier in sorted(set(names)):
        holders = math.fsum(
            segment.base[1 + offer.line.row] for offer, name in zip(offers, names, strict=True) if name == (row, tier)
        )
        reach = -math.expm1(-segment.awareness[row])
        groups.append(conduct.Group(row, holders, hazard, conduct.tie(p.adoption.switching_cost, reach)))
    gone = math.fsum(segment.base[1 + line.row] for line in m.lines if not line.live)
    groups.append(conduct.Group(None, gone, 1.0, 0.0))
    stands = patience(m) * (1.0 - p.pricing.reset)
    newcomers = start * starting * (1.0 - stands) / (1.0 - stands * (1.0 - start))
    group = [1 + sorted(set(names)).index(name) for name in names]
    lines = [
        conduct.Offer(where, offer.line.closed, 0.0, 0.0, True, segment.base[1 + offer.line.row], 0.0)
        for where, offer in zip(group, offers, strict=True)
    ]
    people = conduct.Segment(segment.budget, segment.alpha, newcomers, groups, lines)
    return Crowd(people, group, starting, start, gone)


def patience(m: State) -> float:
    """β = [(1 − o)/(1 + r)]^(1/12)."""
    return float(((1.0 - m.p.pricing.obsolescence) / (1.0 + m.p.finance.discount_rate)) ** (1 / 12))


def _expect(segment: Segment, g: int, offers: list[Offer], crowd: Crowd) -> None:
    """Choices of a month at posted prices, in expectation."""
    shares = [offer.shares[g] for offer in offers]
    options = [(0, crowd.people.groups[0].holders, 1.0 - math.fsum(shares))]
    options += [
        (where, segment.base[1 + offer.line.row], share)
        for where, offer, share in zip(crowd.group, offers, shares, strict=True)
    ]
    options.append((len(crowd.people.groups) - 1, crowd.gone, 0.0))
    after = conduct.month_after(crowd.people, options)
    first = [max(offer.weights[g], offer.trial[g]) for offer in offers]
    start = crowd.starting * crowd.rate
    total = 1.0 + math.fsum(first)
    segment.base = [0.0] * len(segment.base)
    segment.base[0] = after[0] + crowd.starting - start * (1.0 - 1.0 / total)
    for offer, left, weight in zip(offers, after[1:], first, strict=False):
        segment.base[1 + offer.line.row] = left + start * weight / total


def _offer(m: State, line: Line) -> Offer:
    """c = c_ref 10^(ε n − g) (p/p₀)^π + c_floor; of open lines the public's g too, and the cheapest chips."""
    know_how = line.lab.serving if line.closed else max(line.lab.serving, m.world.public_serving)
    p, chips = m.p.pricing, [government.chip_price for government in m.governments]
    compute = (chips[line.lab.region] if line.closed else min(chips)) / m.p.compute.chip_price
    cost = p.reference_cost * 10 ** (p.size_elasticity * line.size - know_how) * compute**p.hardware_pass + p.cost_floor
    aware = [-math.expm1(-segment.awareness[line.lab.row]) * access(m, segment, line) for segment in m.segments]
    own = [math.inf if line.closed else self_hosting_price(m, cost, segment) for segment in m.segments]
    if not line.closed:
        # Users compare hosts by the mean of p^(-χ) to the power -1/χ: below the median by χ/2 of the variance.
        cost *= math.exp(-p.host_choice * p.host_spread**2 / 2.0)
    highest = p.lerner_max
    if line.closed and line.price > 0.0 and (p.bound_new_models or not line.fresh):
        highest = min(p.lerner_max, max(1.0 - cost / line.price, line.lerner))
    start = min(max(0.3 if line.fresh else line.lerner, -1.0), highest)
    return Offer(line, cost, aware, own, start, highest)


def self_hosting_price(m: State, cost: float, segment: Segment) -> float:
    """Pay the operation F out of the budget b, spend the rest at c/utilisation: c/util · b/(b − F)⁺; e^(−χ_p/α) of it.

    That is the price as users compare it who want their data at home; what they pay for tokens is without the factor.
    """
    p = m.p.pricing
    operation = of(p.operations, segment.organisation) / of(p.team, segment.organisation)
    rest = segment.budget - operation
    price = cost / of(p.utilisation, segment.organisation) * segment.budget / rest if rest > 0.0 else math.inf
    return price * data_at_home(m, segment)


def data_at_home(m: State, segment: Segment) -> float:
    """e^(−χ_p/α)."""
    return math.exp(-of(m.p.adoption.privacy, segment.organisation) / segment.alpha)


def _find_margins(m: State, offers: list[Offer], crowds: list[Crowd], spend: list[float]) -> None:
    """Repeat until no margin moves: further where it goes on, half as far where it turns; then self-hosters settled."""
    for iteration in range(1, 5001):
        if iteration <= 120:
            for offer in offers:
                offer.is_hosted = [offer.price <= own for own in offer.own]
        _share_out(m, offers)
        labs, wanted = iter(_lab_margins(m, offers, crowds)), []
        for offer in offers:
            margin = next(labs) if offer.line.closed else _host_margin(m, offer, spend)
            wanted.append(min(max(margin, -1.0), offer.highest))
        _, least, most, near = next(phase for phase in PHASES if iteration <= phase[0])
        rest = all(abs(margin - offer.margin) < near for margin, offer in zip(wanted, offers, strict=True))
        for margin, offer in zip(wanted, offers, strict=True):
            move = margin - offer.margin
            offer.pace = min(max(offer.pace * (0.5 if move * offer.move < 0.0 else 1.2), least), most)
            offer.margin = margin if rest else min(max(offer.margin + offer.pace * move, -1.0), offer.highest)
            offer.move = move
        if rest:
            return
    raise ArithmeticError("prices did not converge")


def _share_out(m: State, offers: list[Offer]) -> None:
    """Logit: s_gj = a_gj e^(V_gj − α_g ln P_gj) / (e^(V_g0) + Σ_k …), if nothing tied anybody."""
    prices, trial = [offer.price for offer in offers], m.p.adoption.trial_price
    for offer in offers:
        offer.weights, offer.trial, offer.shares = [], [], []
    for g, segment in enumerate(m.segments):
        for price, offer in zip(prices, offers, strict=True):
            paid = price if offer.is_hosted[g] else offer.own[g]
            value, known = segment.utility[offer.line.row] - segment.outside, offer.aware[g]
            offer.weights.append(known * math.exp(value - segment.alpha * math.log(paid)))
            offer.trial.append(known * math.exp(value - segment.alpha * math.log(trial)))
        total = 1.0 + math.fsum(offer.weights[g] for offer in offers)
        for offer in offers:
            offer.shares.append(offer.weights[g] / total)


def _lab_margins(m: State, offers: list[Offer], crowds: list[Crowd]) -> list[float]:
    """L ← (𝒮 + 𝒢)/(𝒮 + 𝒜) of closed lines, with startups' spend in 𝒮 and what of it a price drives away in 𝒜."""
    for g, crowd in enumerate(crowds):
        first = [max(offer.weights[g], offer.trial[g]) for offer in offers]
        total = 1.0 + math.fsum(first)
        for offer, line, weight in zip(offers, crowd.people.offers, first, strict=True):
            line.share, line.margin = offer.shares[g], offer.margin if line.closed else 0.0
            line.first, line.notice = weight / total, offer.weights[g] >= offer.trial[g]
    p, found = m.p.entry, []
    closed = [offer.line for offer in offers if offer.line.closed]
    all_apps = max(sum(line.app_spend for line in m.lines), 1.0)
    for line, (spend, loss, gain) in zip(
        closed, conduct.sums([crowd.people for crowd in crowds], patience(m), m.p.pricing.reset), strict=True
    ):
        tokens = p.tokens * line.price / (p.other_cost + p.tokens * line.price)
        others = p.app_elasticity + p.choice * (p.app_elasticity - 1.0) * (1.0 - line.app_spend / all_apps)
        paying, leaving = spend + line.app_spend, loss + line.app_spend * (tokens * others - 1.0)
        found.append((paying + gain) / (paying + leaving) if paying + leaving > 0.0 else 0.0)
    return found


def _host_margin(m: State, offer: Offer, spend: list[float]) -> float:
    """L = 1/(1 + α_h (1 − 1/n) + α_j/n), n = max{1, (B/F + α_h − α_j)/(1 + α_h)}, α_j = (A − Γ_jj)/S.

    B holds last month's spend of startups too; α_j is of developers.
    """
    p = m.p.pricing
    sales = weighted = own = 0.0
    for g, segment in enumerate(m.segments):
        share = offer.hosted(g)
        sales += spend[g] * share
        weighted += segment.alpha * spend[g] * share
        own += segment.alpha * spend[g] * share**2
    elasticity = max((weighted - own) / sales if sales > 0.0 else 1.0, 1e-6)
    sales += offer.line.app_spend
    number = max(1.0, (sales / p.host_fixed_cost + p.host_elasticity - elasticity) / (1.0 + p.host_elasticity))
    offer.hosts = number
    return 1.0 / (1.0 + p.host_elasticity * (1.0 - 1.0 / number) + elasticity / number)


def _post(m: State, offer: Offer) -> None:
    """L ← (1 − λ) L + λ L*, new models at once, within bounds; the price follows cost."""
    p, line = m.p.pricing, offer.line
    if not line.fresh and line.price > 0.0:
        offer.margin = (1.0 - p.adjustment) * line.lerner + p.adjustment * offer.margin
    line.lerner = offer.margin = min(max(offer.margin, -1.0), offer.highest)
    line.cost, line.price = offer.cost, offer.price
