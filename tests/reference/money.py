"""Money: what labs are worth, what comes in, what is spent, who gives up, and who paid what to whom."""

from __future__ import annotations

import math
from statistics import median

from tests.reference.knowledge import maker_share
from tests.reference.prices import data_at_home
from tests.reference.talent import hardware_staff
from tests.reference.world import Ending, Lab, State


def value(m: State) -> None:
    """Beliefs and values: V = (1 − δ)[M_d R + (M − M_d) ΣR x^c/Σx^c]; employees' view of them goes on from T."""
    p, world = m.p.finance, m.world
    if m.month > 1 and world.spend > 0.0 and world.spend_before > 0.0:
        growth = 12 * math.log(world.spend / world.spend_before)
        world.growth += p.belief_speed * (min(max(growth, -2.0), 3.0) - world.growth)
    spend = max(12 * world.spend_smoothed, 1.0)
    world.multiple = multiple(p.discount_rate, spend, world.growth, p.believed_market)
    own = multiple(p.discount_rate + math.log(2.0) * 12 / p.lead_half_life, spend, world.growth, p.believed_market)
    here = [lab for lab in m.labs if lab.active]
    rents = {lab.row: 6 * (max(lab.rent_smoothed, 0.0) + max(lab.rent_lasting, 0.0)) for lab in here}
    effort = {lab.row: budget_before(m, lab) ** p.contest for lab in here}
    world.contested = (1.0 - p.upkeep) * (world.multiple - own) * sum(rents.values())
    for lab in m.labs:
        before, lab.value = lab.valuation, 0.0
        if lab.active:
            contested = (world.multiple - own) * sum(rents.values()) * effort[lab.row] / sum(effort.values())
            lab.value = (1.0 - p.upkeep) * (own * rents[lab.row] + contested)
        if m.month <= m.inputs_end:
            lab.valuation = 15 * 12 * max(lab.rent_expected, 0.0) * math.exp(world.growth + lab.news)
        else:
            lab.valuation = lab.value * math.exp(lab.news)
        if m.month == m.inputs_end + 1:
            lab.valuation_year_ago = max(
                (lab.valuation + 1e6) / (before + 1e6) * (lab.valuation_year_ago + 1e6) - 1e6, 0.0
            )
        lab.valuation_year_ago += (lab.valuation - lab.valuation_year_ago) / 12


def multiple(rate: float, spend: float, growth: float, ceiling: float) -> float:
    """∫ e^(−r s) S(s)/S ds, S logistic: Simpson's rule by months for a hundred years, then level."""
    if growth <= 0.0:
        return 1.0 / (rate - growth)
    room, total, last = ceiling / spend - 1.0, 0.0, 1200
    for month in range(last + 1):
        years = month / 12
        ratio = (1.0 + room) / (1.0 + room * math.exp(-growth * years)) * math.exp(-rate * years)
        total += ratio * (1 if month in (0, last) else 4 if month % 2 else 2) / 36
    return total + ratio / rate


def budget_before(m: State, lab: Lab) -> float:
    """Research budget of last month, of this one at the start [$/month]."""
    return m.memory.budgets[-1][lab.row] if m.memory.budgets else m.past.budget_of(lab.name, 0, m.inputs_end)


def funding(m: State) -> None:
    """To T whatever kept the runway, or was given in the anchor; then equity and backers."""
    p = m.p.finance
    after = m.month - m.inputs_end
    for lab in m.labs:
        lab.payout = lab.equity = lab.backing = lab.raised = lab.grant = 0.0
        if lab.active:
            there = sum(budget_before(m, other) for other in m.labs if other.active and other.region == lab.region)
            share = budget_before(m, lab) / there if there else 0.0
            lab.grant = lab.award + m.governments[lab.region].grant * share
        lab.cash += lab.grant
        if p.invest_mode != "frozen" and after <= 0 and lab.active:
            lab.backing = lab.raised = max(p.runway * lab.budget - lab.cash, 0.0)
            if m.anchor is not None:
                lab.backing = lab.raised = m.anchor.memory.raised[m.month][lab.row]
    if p.invest_mode != "frozen" and after > 0:
        _raise_money(m, after)
    for lab in m.labs:
        lab.cash += lab.raised


def _raise_money(m: State, after: int) -> None:
    p = m.p.finance
    growth = max(0.0, 1.0 - 1.0 / (p.discount_rate * m.world.multiple))
    ploughed = p.upkeep + (1.0 - p.upkeep) * growth
    capacity = [0.0 if lab.parent else p.equity_share / 12 * growth * lab.value * math.exp(lab.news) for lab in m.labs]
    worth = [(1.0 - p.upkeep) * m.world.multiple * 12 * max(lab.rent_smoothed, 0.0) for lab in m.labs]
    if after == 1:
        m.memory.money = _endings(m, ploughed, capacity, worth)
    left = 2.0 ** (-after / p.capacity_half_life)
    for lab in m.labs:
        start = m.memory.money[lab.row]
        if after == 1:
            lab.backers = start.backing
        lab.payout = 1.0 - ploughed * (1.0 - (1.0 - start.retained) * left)
        pledged = p.backers_half_life * start.backing
        target = start.backing * (worth[lab.row] + pledged * 2.0 ** (-after / p.backers_half_life) + 1e-9)
        target /= start.worth + pledged + 1e-9
        lab.backers += min((target - lab.backers) / 12, 0.1 * lab.backers / 12)
        if not lab.active:
            continue
        lab.equity = capacity[lab.row] * (1.0 - (1.0 - start.used) * left)
        lab.backing = max(lab.backers - p.crowding * lab.grant, 0.0)
        lacking = max(budget_before(m, lab) - lab.cash, 0.0) if after == 1 else 0.0
        lab.raised = lab.equity + lab.backing + lacking


def _endings(m: State, ploughed: float, capacity: list[float], worth: list[float]) -> list[Ending]:
    """Money at T: what rents pay, then equity, then backers; backers and compute of a dollar as in the anchor."""
    ratios = [m.memory.compute[-1][lab.row] - math.log10(max(m.memory.budgets[-1][lab.row], 1.0)) for lab in m.labs]
    middle = median(ratio for ratio, lab in zip(ratios, m.labs, strict=True) if lab.active)
    found = []
    for lab, can, rents_worth, ratio in zip(m.labs, capacity, worth, ratios, strict=True):
        budget, kept = max(m.memory.budgets[-1][lab.row], 1e-9), ploughed * max(lab.rent_smoothed, 0.0)
        equity = min(max(budget - kept, 0.0), can)
        bought = m.memory.compute[-1][lab.row] - math.log10(max(m.memory.budgets[-7][lab.row], 1.0))
        bought += math.log10(m.memory.chip_prices[-7][lab.region])
        own = Ending(
            retained=budget / kept if kept > budget else 1.0,
            used=equity / can if can > 0.0 else math.nan,
            backing=budget - min(kept, budget) - equity,
            worth=rents_worth,
            runway=lab.cash / budget,
            compute=bought,
            excess=ratio - middle,
            budget=m.memory.budgets[-1][lab.row],
        )
        if m.anchor is not None:
            theirs = m.anchor.memory.money[lab.row]
            own.backing, own.compute, own.excess = theirs.backing, theirs.compute, theirs.excess
        found.append(own)
    # Who raised none to T will use what others do of the capacity that they may have one day.
    some = [own.used for own, can in zip(found, capacity, strict=True) if can > 0.0]
    for own, can in zip(found, capacity, strict=True):
        own.used = own.used if can > 0.0 else median(some) if some else 1.0
    return found


def finance(m: State) -> None:
    """Chips, then budgets and compute: of the record, and after T of money."""
    _chips(m)
    if m.p.finance.invest_mode == "anchored":
        if m.month <= m.inputs_end:
            _follow_record(m)
        else:
            _spend(m)
    here = [lab for lab in m.labs if lab.active]
    mean = math.fsum(10**lab.compute for lab in here) / len(here) if here else 0.0
    for lab in m.labs:
        if m.world.equal_compute and lab.active:
            lab.compute = math.log10(mean)
        lab.compute -= math.log10(lab.training_cost)


def _spend(m: State) -> None:
    """Budgets move to what comes in and to what cash is idle; nobody spends what is not there."""
    p = m.p.finance
    after = m.month - m.inputs_end
    left = 2.0 ** (-after / p.capacity_half_life)
    for lab in m.labs:
        if not lab.active:
            lab.budget = 0.0 if lab.exited else lab.budget_history
            continue
        start = m.memory.money[lab.row]
        last = budget_before(m, lab)
        runway = p.runway + (start.runway - p.runway) * left
        wanted = (1.0 - lab.payout) * max(lab.rent_smoothed, 0.0) + lab.equity + lab.backing + lab.grant
        wanted += (lab.cash - lab.raised - lab.grant - runway * last) / p.cut_time
        wanted = max(wanted, 0.0)
        planned = last + (wanted - last) / (6 if wanted > last else p.cut_time)
        lab.budget = min(planned, max(lab.cash - lab.legal, 0.0))
        spent, price = m.memory.budgets[-6][lab.row], m.memory.chip_prices[-6][lab.region]
        if lab.name in m.past.newcomers and m.month - lab.entry < 6:
            spent = m.memory.budgets[-1][lab.row]
        lab.compute = start.compute + math.log10(max(spent, 1.0)) - math.log10(price) - start.excess * (1.0 - left)


def _chips(m: State) -> None:
    """p = p₀ 10^(−h t/12) (1 + τ D^(−ι)); D grows with the share of domestic chips and with hardware skill."""
    c = m.p.compute
    staff = hardware_staff(m)
    for region, government in enumerate(m.governments):
        wedge = c.wedge * government.chip_wedge
        imported = 1.0 + wedge
        domestic = c.domestic_cost * government.domestic_experience**-c.learning
        share = 1.0 / (1.0 + (imported / domestic) ** -c.domestic_elasticity)
        skill = staff[region] / 1260.0
        government.domestic_experience += c.domestic_rate * share * skill**c.hardware_talent
        relief = government.domestic_experience**-c.learning
        price = c.chip_price * 10 ** (-c.hardware_progress * m.month / 12) * (1.0 + wedge * relief)
        government.chip_price = price * (1.0 - government.chip_subsidy)


def _follow_record(m: State) -> None:
    """log₁₀ C = log₁₀ C_hist + φ log₁₀[(r̄⁺ + s)/(r̄_ref⁺ + s)] − ε log₁₀(p/p_ref); budgets by the same ratio."""
    p = m.p.finance
    reference = {lab.row: _anchor_rent(m, lab) for lab in m.labs}
    active = [max(reference[lab.row], 0.0) for lab in m.labs if lab.active]
    mean = sum(active) / len(active) if active else 0.0
    for lab in m.labs:
        support = lab.support * p.support * mean + p.support_floor
        ratio = (max(lab.rent_smoothed, 0.0) + lab.grant + support) / (max(reference[lab.row], 0.0) + support)
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


def give_up(m: State) -> None:
    """Labs that were short of money for so many months end; three months later their closed lines leave."""
    p = m.p.finance
    if m.month <= m.inputs_end or p.invest_mode == "frozen":
        return
    for lab in m.labs:
        inflow = max(lab.rent_smoothed, 0.0) + lab.raised + lab.grant
        fixed = min(1e8 / 12, m.memory.money[lab.row].budget / 2)
        short = inflow < fixed and lab.budget < fixed
        lab.struggling = lab.struggling + 1 if lab.active and short else 0
        if lab.struggling >= p.grace:
            lab.exited, lab.active = m.month, False
            lab.budget = lab.complement = 0.0
    leaving = [lab for lab in m.labs if lab.exited and lab.exited + 3 == m.month]
    for line in m.lines:
        if line.lab in leaving and line.closed and line.live:
            line.live = False
            for startup in m.startups.values():
                startup.base = None if startup.base == line.row else startup.base
    if leaving:
        m.world.frontier = max(0.0, *(line.quality for line in m.live_lines()))


def accounting(m: State) -> None:
    """Spend goes to the lines chosen; labs book revenue, cost, rent and profit.

    Rent = Σ_closed S L + φ₁ Σ_open S_hosted L + complement · users of own open weights − cost of law; whoever serves
    open weights herself pays nobody here.
    """
    for lab in m.labs:
        lab.revenue = lab.rent = lab.cost = 0.0
    for line in m.lines:
        line.users = line.spend = line.tokens = hosted = 0.0
        # Spend goes to hosts as p^(-χ), tokens are spend over price: the mean token costs less than what is compared.
        pricing = m.p.pricing
        of_median = 1.0 if line.closed else math.exp(-(pricing.host_choice + 1.0) * pricing.host_spread**2 / 2.0)
        for segment in m.segments:
            users = segment.counts[1 + line.row] * m.weight
            if users == 0.0:
                continue
            paid = segment.budget * users
            line.users += users
            line.spend += paid
            is_hosted = line.price <= segment.price[line.row]
            line.tokens += paid / (
                segment.price[line.row] * (of_median if is_hosted else 1.0 / data_at_home(m, segment))
            )
            hosted += paid if is_hosted else 0.0
        apps = sum(s.model_spend for s in m.startups.values() if s.base == line.row) * m.p.entry.weight
        line.spend += apps
        line.app_spend = apps
        line.tokens += apps / (line.price * of_median) if apps else 0.0
        received = (hosted + apps) * maker_share(m, line)
        line.lab.revenue += received
        line.lab.cost += received * (1.0 - line.lerner)
        line.lab.rent += received * line.lerner
        line.lab.rent += 0.0 if line.closed else line.lab.complement * line.users
    for lab in m.labs:
        lab.rent -= min(lab.legal, max(lab.cash + lab.rent - lab.budget, 0.0))
        lab.rent_smoothed += (lab.rent - lab.rent_smoothed) / m.p.finance.rent_memory
        lab.profit = lab.rent - lab.budget if lab.active else 0.0
        lab.dividends = lab.rent if lab.exited else lab.payout * max(lab.rent, 0.0)
        lab.cash += lab.profit - lab.dividends if lab.active else 0.0
    m.world.adoption = sum(person.choice > 0 for person in m.developers) / len(m.developers)
    m.world.spend_before = m.world.spend
    m.world.spend = sum(line.spend for line in m.lines)
    m.world.spend_smoothed += (m.world.spend - m.world.spend_smoothed) / m.p.finance.rent_memory
