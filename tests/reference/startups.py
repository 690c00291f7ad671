"""Startups: apps on top of models, in CES competition with free entry."""

from __future__ import annotations

import math

from tests.reference.hashing import normal, poisson, uniform
from tests.reference.people import access, supported
from tests.reference.world import ORGANISATIONS, REGIONS, SLOTS, Line, Startup, State, of, three

STARTUP = ORGANISATIONS.index("startup")


def entry(m: State) -> None:
    """They leave, enter, choose a base model and sell."""
    m.world.entries = m.world.exits = 0.0
    if not m.live_lines():
        return
    p, f = m.p.entry, m.world.consumers
    m.world.consumers = min(f + (p.demand_innovation + p.demand_imitation * f) * (1.0 - f) / 12, 1.0)
    demand = app_demand(m)
    for startup in m.startups.values():
        startup.revenue = startup.model_spend = startup.contribution = 0.0
    _leave(m)
    _start(m, demand)
    _choose_base(m)
    for region in range(len(REGIONS)):
        _sell(m, demand[region], [s for s in m.startups.values() if s.region == region and s.base is not None])
    for government in m.governments:
        government.founders = 0.0


def app_demand(m: State) -> list[float]:
    """D_r = D̄ share_r F w [$/month], F of Bass, w = 1/(1 + (1/w₀ − 1) 10^(−ψ_a K*))."""
    p = m.p.entry
    worth = 1.0 / (1.0 + (1.0 / p.demand_start - 1.0) / 10 ** (p.demand_growth * m.world.frontier))
    shares = three(m.p.population.spend_us, m.p.population.spend_cn)
    return [p.demand * share * m.world.consumers * worth for share in shares]


def base_of(m: State, startup: Startup) -> Line:
    """The line on which a startup builds."""
    assert startup.base is not None
    return m.lines[startup.base]


def unit_cost(m: State, line: Line) -> float:
    """m₀ + x P_base [$/unit]."""
    return m.p.entry.other_cost + m.p.entry.tokens * line.price


def app_price(cost: float, share: float, elasticity: float) -> float:
    """mc (1 + 1/((σ − 1)(1 − s)))."""
    return cost * (1.0 + 1.0 / ((elasticity - 1.0) * max(1.0 - share, 1e-3)))


def _shares(m: State, sellers: list[Startup]) -> list[float]:
    """s_f ∝ e^(q_f) P_f^(1−σ), q = own + θ_a (K + gain) + adaptation of open weights."""
    p, scores = m.p.entry, []
    for startup in sellers:
        line = base_of(m, startup)
        quality = startup.quality + p.quality * line.quality + (0.0 if line.closed else startup.finetuning)
        scores.append(quality + (1.0 - p.app_elasticity) * math.log(startup.price))
    weights = [math.exp(score - max(scores)) for score in scores]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def _sell(m: State, demand: float, sellers: list[Startup]) -> None:
    """Each stands for ``weight`` startups alike; prices follow their optimum, never below cost."""
    p = m.p.entry
    if not sellers:
        return
    for startup, share in zip(sellers, _shares(m, sellers), strict=True):
        cost = unit_cost(m, base_of(m, startup))
        best = app_price(cost, share / p.weight, p.app_elasticity)
        followed = math.log(startup.price) * (1.0 - p.price_adjustment) + math.log(best) * p.price_adjustment
        startup.price = max(math.exp(followed), cost)
    shares = _shares(m, sellers)
    on_base: dict[int, float] = {}
    for startup, share in zip(sellers, shares, strict=True):
        row = base_of(m, startup).row
        on_base[row] = on_base.get(row, 0.0) + share
    for startup, share in zip(sellers, shares, strict=True):
        line = base_of(m, startup)
        startup.revenue = demand * share / p.weight
        startup.model_spend = p.tokens * line.price * startup.revenue / startup.price
        effort = 0.0
        if not line.closed:
            worth = startup.revenue / p.app_elasticity * p.quality * max(1.0 - on_base[line.row], 0.0)
            c = m.p.contribution
            effort = p.contribution * worth * c.community_gain * math.exp(-line.contributed / c.community_scale)
        startup.contribution = effort / p.contribution_cost
        margin = 1.0 - unit_cost(m, line) / startup.price
        startup.cash += startup.revenue * margin - p.fixed_cost - effort


def _leave(m: State) -> None:
    p = m.p.entry
    for slot, startup in list(m.startups.items()):
        if startup.cash < 0.0 or uniform(m.seed, "startup_exit", m.month, startup.uid) < p.hazard:
            del m.startups[slot]
            m.world.exits += p.weight


def _start(m: State, demand: list[float]) -> None:
    """Entrants ~ Poisson(λ n (Π/F)^ε), Π = (D/(σ n) − fixed)⁺/(ρ + δ), and founders from labs."""
    p = m.p.entry
    cost = entry_cost(m)
    for region in range(len(REGIONS)):
        number = max(sum(startup.region == region for startup in m.startups.values()), 1)
        profit = demand[region] / (p.app_elasticity * number * p.weight) - p.fixed_cost
        value = max(profit, 0.0) / (p.discount + p.hazard)
        rate = p.rate * number * (value / cost) ** p.elasticity if p.rate > 0.0 else 0.0
        entrants = poisson(rate, uniform(m.seed, "startup_entry", m.month, region))
        founding = m.governments[region].founders / p.weight
        founders = poisson(founding, uniform(m.seed, "startup_entry", m.month, region, 1))
        for index in [*range(entrants), *range(2**20, 2**20 + founders)]:
            if len(m.startups) < SLOTS:
                found(m, region, m.month, index)
                m.world.entries += p.weight


def entry_cost(m: State) -> float:
    """F + Q · cheapest price of usable capability, which is μ K*."""
    p = m.p.entry
    usable = p.usable * m.world.frontier - 1e-12
    prices = [line.price for line in m.live_lines() if line.quality >= usable and line.price > 0.0]
    return p.entry_cost + p.first_year_tokens * (min(prices) if prices else m.p.adoption.outside_price)


def found(m: State, region: int, month: int, index: int) -> None:
    """A startup in the first free slot; its quality and skill are draws of its identity. Month −1: the first ones."""
    p = m.p.entry
    uid = (month + 1) * 2**32 + region * 2**28 + index
    slot = next(slot for slot in range(SLOTS) if slot not in m.startups)
    m.startups[slot] = Startup(
        uid,
        region,
        founded=max(month, 0),
        quality=p.dispersion * normal(m.seed, "startup_quality", 0, uid),
        finetuning=2.0 * p.finetuning * uniform(m.seed, "startup_quality", 1, uid),
        cash=p.seed_money,
    )


def _heard_of(m: State, region: int) -> list[float]:
    """Share of a region's startup developers that know each line and may buy it."""
    theirs = [s for s in m.segments if s.region == region and s.organisation == STARTUP]
    total = sum(segment.share for segment in theirs)
    return [
        sum(s.share * -math.expm1(-s.awareness[line.lab.row]) * access(m, s, line) for s in theirs) / total
        for line in m.lines
    ]


def _choose_base(m: State) -> None:
    """argmin −ln(u) e^(−U), U = ρ ln π̂ − hold-up + switching; on lines that had a price last month."""
    p, tastes = m.p.entry, m.p.adoption
    usable = p.usable * m.world.frontier - 1e-12
    lines = [line for line in m.live_lines() if line.price > 0.0 and line.quality >= usable]
    heard = [_heard_of(m, region) for region in range(len(REGIONS))]
    if not lines:
        return
    worth = {}
    for line in lines:
        age = (m.month - line.birth) / 12
        hazard = p.hold_up_closed if line.closed else p.hold_up_open * age
        profit = p.quality * line.quality + (1.0 - p.app_elasticity) * math.log(unit_cost(m, line))
        worth[line.row] = p.choice * profit - p.hold_up * (1.0 - math.exp(-hazard))
    for startup in m.startups.values():
        new = startup.base is None
        if not new and uniform(m.seed, "startup_reconsider", m.month, startup.uid) >= p.reconsider:
            continue
        clocks = {}
        for line in lines:
            news = uniform(m.seed, "startup_aware", 0, startup.uid, line.lab.uid)
            if startup.base != line.row and news >= heard[startup.region][line.row]:
                continue
            utility = worth[line.row]
            utility += 0.0 if line.closed else p.choice * startup.finetuning
            utility += p.switching_cost if startup.base == line.row else 0.0
            utility += 0.0 if line.closed else of(tastes.weights_preference, STARTUP)
            utility -= 0.0 if supported(m, startup.region, line) else of(tastes.unsupported, STARTUP)
            taste = uniform(m.seed, "startup_taste", 0, startup.uid, line.option)
            clocks[line.row] = math.log(-math.log(taste)) - utility
        if not clocks:
            continue
        startup.base = min(clocks, key=lambda row: clocks[row])
        if new:
            startup.price = app_price(unit_cost(m, m.lines[startup.base]), 0.0, p.app_elasticity)
