"""Money: how rents turn into compute, budgets, valuations and cash, and who paid what to whom."""

from __future__ import annotations

import math

from tests.reference.talent import hardware_staff
from tests.reference.world import Lab, State


def finance(m: State) -> None:
    """Beliefs, chips, valuations, investment and money raised."""
    p, world = m.p.finance, m.world
    if m.month > 1 and world.spend > 0.0 and world.spend_before > 0.0:
        growth = 12 * math.log(world.spend / world.spend_before)
        world.growth += p.belief_speed * (min(max(growth, -2.0), 3.0) - world.growth)
    _chips(m)
    for lab in m.labs:
        lab.valuation = p.multiple * 12 * max(lab.rent_expected, 0.0) * math.exp(world.growth)
        lab.valuation_year_ago += (lab.valuation - lab.valuation_year_ago) / 12
    if p.invest_mode == "anchored":
        _invest_anchored(m)
    else:
        _invest_structural(m)
    for lab in m.labs:
        need = p.runway * max(-lab.profit, 0.0) - lab.cash
        limit = p.funding / 12 * lab.valuation + p.parent_money * lab.support
        lab.raised = min(max(need, 0.0), limit) if lab.active else 0.0
        lab.cash += lab.raised


def _chips(m: State) -> None:
    """p = p₀ 10^(−h t/12) (1 + τ D^(−ι)); D grows with the share of domestic chips and with hardware skill."""
    c = m.p.compute
    staff = hardware_staff(m)
    for region, government in enumerate(m.governments):
        wedge = c.wedge * government.chip_wedge
        imported = 1.0 + wedge
        domestic = c.domestic_cost * government.domestic_experience**-c.learning
        share = 1.0 / (1.0 + (imported / domestic) ** -c.domestic_elasticity)
        skill = staff[region] / m.hardware_start[region]
        government.domestic_experience += c.domestic_rate * share * skill**c.hardware_talent
        relief = government.domestic_experience**-c.learning
        government.chip_price = c.chip_price * 10 ** (-c.hardware_progress * m.month / 12) * (1.0 + wedge * relief)


def _invest_anchored(m: State) -> None:
    """log₁₀ C = log₁₀ C_hist + φ log₁₀[(r̄⁺ + s)/(r̄_ref⁺ + s)] − ε log₁₀(p/p_ref); budgets by the same ratio."""
    p = m.p.finance
    reference = {lab.row: _anchor_rent(m, lab) for lab in m.labs}
    active = [max(reference[lab.row], 0.0) for lab in m.labs if lab.active]
    mean = sum(active) / len(active) if active else 0.0
    for lab in m.labs:
        support = lab.support * p.support * mean + p.support_floor
        ratio = (max(lab.rent_smoothed, 0.0) + support) / (max(reference[lab.row], 0.0) + support)
        price = m.governments[lab.region].chip_price
        anchor = m.anchor.memory.chip_prices[m.month][lab.region] if m.anchor else price
        lab.compute = lab.compute_history + p.elasticity * math.log10(ratio)
        lab.compute -= p.price_elasticity * math.log10(price / anchor)
        lab.budget = lab.budget_history * ratio**p.elasticity


def _anchor_rent(m: State, lab: Lab) -> float:
    """Smoothed rent at the end of last month of the market that anchors this one."""
    if m.anchor is None or m.month == 0:
        return lab.rent_smoothed
    return m.anchor.memory.rents[m.month - 1][lab.row]


def _invest_structural(m: State) -> None:
    """Compute is a stock: δ/price FLOP a month for a dollar, decaying at δ; it starts when the lab does."""
    p = m.p.finance
    for lab in m.labs:
        lab.compute, lab.budget = lab.compute_history, lab.budget_history
        if not lab.active:
            lab.compute_stock = 0.0
            continue
        spend = p.reinvestment * max(lab.profit, 0.0) + p.investor_share / 12 * lab.valuation
        spend += p.parent_money * lab.support
        if lab.compute_stock <= 0.0:
            lab.compute_stock = 10**lab.compute_history / p.run_months
        bought = spend * p.depreciation / m.governments[lab.region].chip_price
        lab.compute_stock += bought - p.depreciation * lab.compute_stock
        lab.compute = math.log10(p.run_months * lab.compute_stock)
        lab.budget = lab.budget_history * 10 ** (lab.compute - lab.compute_history)


def accounting(m: State) -> None:
    """Spend goes to the lines chosen; labs book revenue, cost, rent and profit.

    Rent = Σ_closed S L + φ₁ Σ_open S_hosted L + complement · users of own open weights; whoever serves open weights
    herself pays nobody here.
    """
    for lab in m.labs:
        lab.revenue = lab.rent = lab.cost = 0.0
    for line in m.lines:
        line.users = line.spend = line.tokens = hosted = 0.0
        for segment in m.segments:
            users = segment.counts[1 + line.row] * m.weight
            if users == 0.0:
                continue
            paid = segment.budget * users
            line.users += users
            line.spend += paid
            line.tokens += paid / segment.price[line.row]
            hosted += paid if line.price <= segment.price[line.row] else 0.0
        apps = sum(s.model_spend for s in m.startups.values() if s.base == line.row) * m.p.entry.weight
        line.spend += apps
        line.app_spend = apps
        line.tokens += apps / line.price if apps else 0.0
        received = (hosted + apps) * (1.0 if line.closed else m.p.pricing.first_party)
        line.lab.revenue += received
        line.lab.cost += received * (1.0 - line.lerner)
        line.lab.rent += received * line.lerner
        line.lab.rent += 0.0 if line.closed else line.lab.complement * line.users
    for lab in m.labs:
        lab.rent_smoothed += (lab.rent - lab.rent_smoothed) / m.p.finance.rent_memory
        lab.profit = lab.rent - lab.budget if lab.active else 0.0
        lab.cash += lab.profit
    m.world.adoption = sum(person.choice > 0 for person in m.developers) / len(m.developers)
    m.world.spend_before = m.world.spend
    m.world.spend = sum(line.spend for line in m.lines)
