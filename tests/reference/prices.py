"""Prices: labs compete à la Bertrand with closed lines, hosts of open lines enter freely."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tests.reference.people import preferences
from tests.reference.world import Line, Segment, State, of

TOLERANCE = 1e-12


@dataclass
class Offer:
    """A live line while prices are sought; lists run over segments.

    Attributes:
        line: The line.
        cost: Marginal cost [$/Mtok].
        aware: Share that knows the lab.
        own: Price of serving oneself [$/Mtok], inf if closed.
        margin: L.
        shares: Shares of spend.
        hosts: Hosts of an open line.
    """

    line: Line
    cost: float
    aware: list[float]
    own: list[float]
    margin: float
    shares: list[float]
    hosts: float = 0.0
    is_hosted: list[bool] = field(default_factory=list)

    @property
    def price(self) -> float:
        """c/(1 − L)."""
        return self.cost / (1.0 - self.margin)

    def hosted(self, g: int) -> float:
        """Share of a segment that does not serve itself."""
        return self.shares[g] if self.is_hosted[g] else 0.0


def pricing(m: State) -> None:
    """Costs, the fixed point, and list prices that move part of the way there."""
    p = m.p.pricing
    preferences(m)
    for segment in m.segments:
        segment.price = [math.inf] * len(m.lines)
    offers = [_offer(m, line) for line in m.live_lines()]
    if not offers:
        return
    worth = p.harvest * (1.0 - m.world.adoption)
    spend = [segment.people * segment.budget for segment in m.segments]
    _find_margins(m, offers, spend, worth)
    for lab in m.labs:
        lab.rent_expected = 0.0
    for offer in offers:
        kept = 1.0 if offer.line.closed else p.first_party
        rent = sum(spend[g] * offer.hosted(g) for g in range(len(m.segments))) * offer.margin * kept
        offer.line.lab.rent_expected += rent
        _post(m, offer)
    for g, segment in enumerate(m.segments):
        total = 0.0
        for offer in offers:
            row = offer.line.row
            segment.price[row] = min(offer.line.price, offer.own[g])
            score = segment.utility[row] - segment.alpha * math.log(segment.price[row])
            total += offer.aware[g] * math.exp(score - segment.outside)
        segment.inclusive = math.log1p(total) / segment.alpha


def _offer(m: State, line: Line) -> Offer:
    """c = c_ref 10^(n − g), with g the lab's know-how, for open lines at least the public's."""
    know_how = line.lab.serving if line.closed else max(line.lab.serving, m.world.public_serving)
    cost = m.p.pricing.reference_cost * 10 ** (line.size - know_how)
    aware = [-math.expm1(-segment.awareness[line.lab.row]) for segment in m.segments]
    own = [math.inf if line.closed else self_hosting_price(m, cost, segment) for segment in m.segments]
    return Offer(line, cost, aware, own, 0.3 if line.fresh else line.lerner, [0.0] * len(m.segments))


def self_hosting_price(m: State, cost: float, segment: Segment) -> float:
    """Pay the operation F out of the budget b, spend the rest at c/utilisation: c/util · b/(b − F)⁺."""
    p = m.p.pricing
    operation = of(p.operations, segment.organisation) / of(p.team, segment.organisation)
    rest = segment.budget - operation
    return cost / of(p.utilisation, segment.organisation) * segment.budget / rest if rest > 0.0 else math.inf


def _find_margins(m: State, offers: list[Offer], spend: list[float], worth: float) -> None:
    """Repeat the map until no margin moves; after 60 rounds in smaller steps, after 120 with self-hosters settled."""
    for iteration in range(1, 5001):
        if iteration <= 120:
            for offer in offers:
                offer.is_hosted = [offer.price <= own for own in offer.own]
        _share_out(m.segments, offers)
        new = []
        for offer in offers:
            if offer.line.closed:
                margin = _lab_margin(m.segments, offer, offers, spend, worth)
            else:
                margin = _host_margin(m, offer, spend)
            new.append(min(max(margin, m.p.pricing.lerner_min), m.p.pricing.lerner_max))
        step = 1.0 if iteration <= 60 else 0.5 if iteration <= 200 else 0.1 if iteration <= 1000 else 0.02
        change = max(abs(margin - offer.margin) for margin, offer in zip(new, offers, strict=True))
        for margin, offer in zip(new, offers, strict=True):
            offer.margin += step * (margin - offer.margin)
        if change < (TOLERANCE if iteration <= 200 else 1e-9 if iteration <= 1000 else 1e-5):
            return
    raise ArithmeticError("prices did not converge")


def _share_out(segments: list[Segment], offers: list[Offer]) -> None:
    """Logit: s_gj = a_gj e^(V_gj − α_g ln P_gj) / (e^(V_g0) + Σ_k …), if everybody reconsidered."""
    prices = [offer.price for offer in offers]
    for g, segment in enumerate(segments):
        weights = []
        for price, offer in zip(prices, offers, strict=True):
            paid = price if offer.is_hosted[g] else offer.own[g]
            score = segment.utility[offer.line.row] - segment.alpha * math.log(paid)
            weights.append(offer.aware[g] * math.exp(score - segment.outside))
        total = 1.0 + math.fsum(weights)
        for weight, offer in zip(weights, offers, strict=True):
            offer.shares[g] = weight / total


def _lab_margin(segments: list[Segment], offer: Offer, offers: list[Offer], spend: list[float], worth: float) -> float:
    """L_k ← [S_k + Σ_{j∈l} Γ_kj (L_j + Λ) − A_k Λ]/(S_k + A_k), over the closed lines of the lab."""
    sales = weighted = cross = 0.0
    family = [other for other in offers if other.line.lab is offer.line.lab and other.line.closed]
    for g, segment in enumerate(segments):
        here = spend[g] * offer.shares[g]
        sales += here
        weighted += segment.alpha * here
        for other in family:
            cross += segment.alpha * here * other.shares[g] * (other.margin + worth)
    return (sales + cross - weighted * worth) / (sales + weighted) if sales + weighted > 0.0 else 0.0


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
    """ln p ← (1 − λ) ln p + λ ln p*, new models at once; the margin stays between its bounds."""
    p, line = m.p.pricing, offer.line
    price = offer.price
    if not line.fresh and line.price > 0.0:
        price = math.exp((1.0 - p.adjustment) * math.log(line.price) + p.adjustment * math.log(price))
    price = max(price, offer.cost / (1.0 - p.lerner_min))
    line.price = min(price, offer.cost / (1.0 - p.lerner_max))
    line.cost = offer.cost
    line.lerner = 1.0 - line.cost / line.price
    line.hosts = 0.0 if line.closed else offer.hosts
