"""Startups: CES shares, prices, free entry, bankruptcy, and the choice of a base model."""

from __future__ import annotations

import logging
import pickle
from copy import deepcopy

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from sim import Market, Parameters, views
from sim.agents.lab import CLOSED
from sim.agents.startup import MOST
from sim.mechanisms.entry import (
    app_demand,
    app_price,
    app_quality,
    app_revenue,
    app_shares,
    base_utility,
    contribution_effort,
    earnings,
    entry,
    entry_value,
    expected_entrants,
    free_entry_stock,
    heard_of,
    hold_up_risk,
    log_profit,
    paid,
    shares_on_base,
    startup_identity,
    sticky_price,
    taken_up,
    token_spend,
    unit_cost,
)
from sim.parameters.entry import Entry
from sim.views import demand

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "entry.stock": 100,
        "entry.weight": 50.0,
        "entry.rate": 0.02,
        "entry.elasticity": 1.0,
        "entry.hazard": 0.02,
        "entry.discount": 0.01,
        "entry.demand": 3e9,
        "entry.demand_innovation": 0.015,
        "entry.demand_imitation": 1.6,
        "entry.demand_start": 0.1,
        "entry.demand_growth": 0.4,
        "entry.app_elasticity": 4.0,
        "entry.tokens": 0.05,
        "entry.other_cost": 0.3,
        "entry.price_adjustment": 0.5,
        "entry.quality": 0.6,
        "contribution.community_gain": 0.12,
        "contribution.community_scale": 1e6,
        "entry.choice": 2.5,
        "entry.hold_up": 1.0,
        "entry.hold_up_closed": 0.25,
        "entry.hold_up_open": 0.1,
        "entry.fixed_cost": 4000.0,
        "entry.entry_cost": 150000.0,
        "entry.first_year_tokens": 10000.0,
        "entry.usable": 0.3,
        "entry.contribution": 0.1,
        "entry.contribution_cost": 2000.0,
        "entry.seed_money": 200000.0,
    }
)


RICH = {"entry.seed_money": 1e9}


# All people have taken apps up by then, and all pay the most: final demand is what ``entry.demand`` says.
STEADY = {"entry.demand_start": 1.0, "entry.demand_innovation": 10.0, "entry.demand_imitation": 0.0}
# Startups of all regions know and may buy whatever is good enough.
EVERYTHING_KNOWN = {"awareness.floor": 100.0, "access.grey": 1.0}


def demand_of(market: Market) -> np.ndarray:
    """Final demand by region this month: shared like developers' budgets, of those who have taken apps up by then."""
    p, share = market.parameters, market.world.consumers[0]
    share = share + (0.015 + 1.6 * share) * (1.0 - share) / 12.0
    worth = 1.0 / (1.0 + 9.0 * 10.0 ** (-0.4 * market.world.frontier[0]))
    return 3e9 * p.population.spend_shares() * share * worth


def test_final_demand_by_hand() -> None:
    """Half of all people pay a fifth of the most each."""
    np.testing.assert_allclose(app_demand(50.0, np.array([0.6, 0.4]), 0.5, 0.2), [3.0, 2.0], rtol=1e-14)


def test_apps_are_taken_up_as_bass_has_it() -> None:
    """By hand for a month; in the limit of short months F(t) = (1 − e^(−(p+q)t))/(1 + q/p e^(−(p+q)t)), t in years."""
    assert taken_up(0.0, 0.12, 1.2) == pytest.approx(0.01, rel=1e-14)
    assert taken_up(0.5, 0.12, 1.2) == pytest.approx(0.5 + 0.72 * 0.5 / 12.0, rel=1e-14)
    assert taken_up(1.0, 0.12, 1.2) == 1.0
    assert taken_up(0.9, 10.0, 10.0) == 1.0  # nobody is taken up twice, however fast
    share, p, q = 0.0, 0.015 / 500.0, 1.6 / 500.0
    for _ in range(500 * 12 * 4):
        share = taken_up(share, p, q)
    decay = np.exp(-1.615 * 4.0)
    assert share == pytest.approx((1.0 - decay) / (1.0 + 1.6 / 0.015 * decay), rel=2e-3)


def test_users_of_apps_are_those_of_a_known_curve() -> None:
    """ChatGPT's weekly users, in units of the 800 million of 2025-10: 200 in 2024-08 and 400 in 2025-02."""
    share = [0.0]
    for _ in range(36):
        share.append(taken_up(share[-1], 0.015, 1.6))
    for month, million in ((21, 200.0), (27, 400.0)):
        assert 800.0 * share[month] / share[35] == pytest.approx(million, rel=0.05)


def test_what_people_pay_satiates() -> None:
    """A tenth of the most at GPT-3.5; odds are tenfold for each 2.5 OOM at .4; all in the end, never more."""
    assert paid(0.1, 0.4, 0.0) == pytest.approx(0.1, rel=1e-12)
    assert paid(0.1, 0.4, 2.5) == pytest.approx(10.0 / 19.0, rel=1e-12)
    assert paid(0.1, 0.4, 100.0) == pytest.approx(1.0, rel=1e-12)
    assert paid(1.0, 0.4, 3.0) == 1.0
    # While it is little, each OOM adds .4 OOM of money.
    assert np.log10(paid(1e-3, 0.4, 1.0) / paid(1e-3, 0.4, 0.0)) == pytest.approx(0.4, abs=1e-3)


def test_value_of_entry_and_entrants_by_hand() -> None:
    p = Entry(app_elasticity=4.0, weight=50.0, fixed_cost=1000.0, discount=0.01, hazard=0.03, rate=0.1, elasticity=2.0)
    # A tenth of 10 agents · 50 startups: 4,000,000 / (4 · 500) = 2000 a month, 1000 after fixed cost, 25 months of it.
    assert entry_value(4e6, 10, p) == pytest.approx(25_000.0, rel=1e-14)
    assert entry_value(1e6, 10, p) == 0.0  # 500 a month do not pay for it
    # One entrant a month for ten startups if the value is the cost; nine times as many if it is three times that.
    assert expected_entrants(10, 25_000.0, 25_000.0, p) == pytest.approx(1.0, rel=1e-14)
    assert expected_entrants(10, 75_000.0, 25_000.0, p) == pytest.approx(9.0, rel=1e-14)


def test_utility_of_a_base_by_hand() -> None:
    p = Entry(
        app_elasticity=3.0,
        quality=2.0,
        choice=10.0,
        hold_up=4.0,
        hold_up_closed=float(np.log(2.0)),
        hold_up_open=float(np.log(2.0)),
        switching_cost=1.5,
    )
    np.testing.assert_allclose(unit_cost(1.0, 0.5, np.array([2.0, 6.0])), [2.0, 4.0], rtol=1e-14)
    # θ K + (1 − σ) ln mc: 2 · 3 − 2 · 1 and 2 · 1.
    np.testing.assert_allclose(log_profit(np.array([3.0, 1.0]), np.array([np.e, 1.0]), p), [4.0, 2.0], rtol=1e-14)
    # A closed model is lost with probability a half whatever its age; an open one after a year, ¾ after two.
    closed, age = np.array([True, False, False]), np.array([9.0, 1.0, 2.0])
    np.testing.assert_allclose(hold_up_risk(closed, age, p), [0.5, 0.5, 0.75], rtol=1e-14)
    # ρ (4 + 0.3) − 4 · ½ + 1.5 + 1 and ρ 2 − 4 · ¾ − 2.
    adaptation, stays = np.array([[0.3, 0.0]]), np.array([[True, False]])
    got = base_utility(np.array([4.0, 2.0]), np.array([0.5, 0.75]), adaptation, stays, np.array([[1.0, -2.0]]), p)
    np.testing.assert_allclose(got, [[43.5, 15.0]], rtol=1e-14)


def test_prices_of_apps_are_sticky_and_never_below_cost() -> None:
    price, optimum = np.array([4.0, 4.0]), np.array([9.0, 9.0])
    np.testing.assert_allclose(sticky_price(price, optimum, np.array([1.0, 7.0]), 0.5), [6.0, 7.0], rtol=1e-14)


def test_books_of_a_startup_by_hand() -> None:
    """An agent for 50 with 2% of a million sells 100 units at $4, each for 1 and a tenth of a token."""
    quality = app_quality(np.array([1.0, -1.0]), np.array([2.0, 2.0]), np.array([0.3, 0.0]), Entry(quality=0.5))
    np.testing.assert_allclose(quality, [2.3, 0.0], atol=1e-14)
    price, cost = np.array([4.0]), np.array([1.0])
    revenue = app_revenue(np.array([1e6]), np.array([0.02]), 50.0)
    np.testing.assert_allclose(revenue, [400.0], rtol=1e-14)
    np.testing.assert_allclose(token_spend(0.1, np.array([7.0]), revenue, price), [70.0], rtol=1e-14)
    np.testing.assert_allclose(earnings(revenue, cost, price, 250.0, np.array([20.0])), [30.0], rtol=1e-14)


def test_contributions_of_startups_by_hand() -> None:
    """Two of three apps of region 0 on base 1 share its fruits; a fourth, elsewhere, is alone on the same base."""
    share, region, base = np.array([0.3, 0.2, 0.5, 1.0]), np.array([0, 0, 0, 2]), np.array([1, 1, 0, 1])
    np.testing.assert_allclose(shares_on_base(share, region, base, 4), [0.5, 0.5, 0.5, 1.0], rtol=1e-14)
    p = Entry(app_elasticity=4.0, quality=0.6, contribution=0.1)
    # A tenth of 4000/4 · 0.6 · ½ · 0.2; nothing for whoever has all of the base, or where no gain is left.
    got = contribution_effort(np.full(3, 4000.0), np.array([0.5, 1.0, 0.5]), np.array([0.2, 0.2, 0.0]), p)
    np.testing.assert_allclose(got, [6.0, 0.0, 0.0], rtol=1e-14)


def test_shares_of_apps_sum_to_one_and_are_those_of_ces() -> None:
    quality, price = np.log([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 1.0])
    # Elasticity 3: weights 1, 2/4, 4.
    here, apart = np.zeros(3, int), np.array([2, 0, 2])
    np.testing.assert_allclose(app_shares(quality, price, 3.0, here), np.array([1.0, 0.5, 4.0]) / 5.5, rtol=1e-14)
    np.testing.assert_allclose(app_shares(quality, price, 3.0, apart), [0.2, 1.0, 0.8], rtol=1e-14)
    far = np.array([2000.0, 0.0])
    np.testing.assert_allclose(app_shares(far, np.ones(2), 4.0, here[:2]), [1.0, 0.0])
    np.testing.assert_allclose(app_shares(far, np.ones(2), 4.0, apart[:2]), [1.0, 1.0])
    assert app_shares(np.zeros(0), np.zeros(0), 4.0, here[:0]).size == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_app_price_is_the_best_response(share: float) -> None:
    """mc (1 + 1/((σ − 1)(1 − s))) at the share it leads to; the monopolistic-competition markup for s = 0."""
    sigma, cost = 4.0, 2.0
    price = float(app_price(np.array(cost), np.array(share), sigma))
    if share == 0.0:
        assert price == pytest.approx(cost * sigma / (sigma - 1.0), rel=1e-14)
        return
    # Weight of the others so that the share at this price is the one assumed.
    others = price ** (1.0 - sigma) * (1.0 - share) / share

    def loss(own: float) -> float:
        return -(own ** (1.0 - sigma)) / (own ** (1.0 - sigma) + others) * (1.0 - cost / own)

    best = minimize_scalar(loss, bounds=(cost, 20.0 * price), method="bounded", options={"xatol": 1e-10})
    assert best.x == pytest.approx(price, rel=1e-5)


def test_free_entry_stock_has_zero_expected_gain() -> None:
    """n* = D/(σ F (ρ + δ)): the value of a mean app, D/(σ n)/(ρ + δ), is the cost of entry."""
    number = free_entry_stock(1e6, 4.0, 2e5, 0.01, 0.02)
    assert number == pytest.approx(1e6 / (4.0 * 2e5 * 0.03))
    assert 1e6 / (4.0 * number) / 0.03 == pytest.approx(2e5, rel=1e-12)


def test_stationary_number_of_startups_is_that_of_free_entry() -> None:
    """T18 on the whole: with ε = 1 entrants are Poisson(λ n*) whatever n, so n is Poisson(n*) for λ = δ."""
    parameters = {
        **RICH,
        **STEADY,
        **EVERYTHING_KNOWN,
        "entry.demand": 1e7,
        "entry.entry_cost": 1e6,
        "entry.first_year_tokens": 0.0,
        "entry.fixed_cost": 0.0,
        "entry.rate": 0.3,
        "entry.hazard": 0.3,
        "entry.discount": 0.01,
        "entry.weight": 0.1,
        "entry.contribution": 0.0,
        "talent.spin_out": 0.0,
        "entry.stock": 50,
    }
    market = Market(PINNED, rng=2, developers=100, **parameters)
    market.world.consumers[0] = 1.0
    expected = free_entry_stock(1e7, 4.0, 1e6, 0.01, 0.3) / 0.1
    number = []
    for month in range(1, 331):
        market.month = month
        entry(market)
        number.append(market.startups.alive.sum())
    late = np.array(number[30:])
    # Autocorrelation 1 − δ: the mean over T months has variance n* (2 − δ)/(δ T).
    error = np.sqrt(expected * (2.0 - 0.3) / (0.3 * late.size))
    assert expected > 70
    assert abs(late.mean() - expected) < 4.0 * error
    # Poisson: variance equals mean, its sampling error with the same autocorrelation about √(2·5/T).
    assert late.var() / expected == pytest.approx(1.0, abs=4.0 * np.sqrt(10.0 / late.size))


def lively(months: int = 20, seed: int = 3, **parameters) -> Market:
    market = Market(PINNED, rng=seed, developers=2000, **parameters)
    market.run(months)
    return market


def test_books_of_startups_close() -> None:
    """Revenue of a region is its demand, spend on models is tokens · price, cash is what is left."""
    market = Market(PINNED, rng=3, developers=2000)
    startups, lines = market.startups, market.lines
    contributed = waiting = 0.0
    for _ in range(30):
        cash, uid, alive = startups.cash.copy(), startups.uid.copy(), startups.alive.copy()
        market.month += 1
        for verb in market.schedule:
            if verb is entry:
                price, demand = lines.price.copy(), demand_of(market)
                capability, opened = lines.capability + lines.gain, lines.access != CLOSED
                room = 0.12 * np.exp(-lines.contributed / 1e6)
            verb(market)
        # All who know a usable model have sold, newcomers too, who began with their seed money.
        idle = np.flatnonzero(startups.alive & (startups.base < 0))
        assert not startups.revenue[idle].any()
        assert not startups.model_spend[idle].any()
        waits = alive[idle] & (uid[idle] == startups.uid[idle])
        np.testing.assert_array_equal(startups.cash[idle][waits], cash[idle][waits])
        rows = np.flatnonzero(startups.alive & (startups.base >= 0))
        base, region = startups.base[rows], startups.region[rows]
        stayed = alive[rows] & (uid[rows] == startups.uid[rows])
        before = np.where(stayed, cash[rows], 200_000.0)
        revenue, units = startups.revenue[rows], startups.revenue[rows] / startups.price[rows]
        cost = 0.3 + 0.05 * price[base]
        assert np.all(startups.price[rows] >= cost)
        np.testing.assert_allclose(startups.model_spend[rows], 0.05 * price[base] * units, rtol=1e-10)
        # CES shares by region, which sum to one.
        score = startups.quality[rows] + 0.6 * capability[base] + startups.finetuning[rows] * opened[base]
        weight = np.exp(score) * startups.price[rows] ** -3.0
        share = weight / np.bincount(region, weights=weight)[region]
        np.testing.assert_allclose(revenue * 50.0, demand[region] * share, rtol=1e-9)
        # What a better base would earn, less what others on it give for free.
        on_base = np.array([share[(base == b) & (region == r)].sum() for b, r in zip(base, region, strict=True)])
        effort = 0.1 * revenue / 4.0 * 0.6 * np.maximum(1.0 - on_base, 0.0) * room[base] * opened[base]
        np.testing.assert_allclose(startups.contribution[rows], effort / 2000.0, rtol=1e-8, atol=1e-12)
        earned = revenue - cost * units - 4000.0 - effort
        np.testing.assert_allclose(startups.cash[rows] - before, earned, atol=1e-5)
        contributed += effort.sum()
        waiting += waits.sum()
    assert waiting > 20
    assert np.count_nonzero(stayed) > 20
    assert np.count_nonzero(~stayed) > 0
    assert contributed > 0.0


def test_only_users_of_open_weights_contribute() -> None:
    market = lively(30)
    startups, rows = market.startups, np.flatnonzero(market.startups.alive)
    opened = market.lines.access[startups.base[rows]] != CLOSED
    assert 0 < opened.sum() < opened.size
    np.testing.assert_array_equal(startups.contribution[rows] > 0.0, opened)


def test_prices_follow_their_optimum_and_stay_above_cost() -> None:
    market = lively(24)
    startups, rows = market.startups, np.flatnonzero(market.startups.alive)
    cost = 0.3 + 0.05 * market.lines.price[startups.base[rows]]
    # Shares of one startup are small, so the markup is near σ/(σ − 1) = 4/3.
    assert np.median(startups.price[rows] / cost) == pytest.approx(4.0 / 3.0, rel=0.05)


def test_who_has_no_money_left_leaves() -> None:
    market = lively(10, **{"entry.hazard": 0.0, "entry.rate": 0.0, "talent.spin_out": 0.0, **EVERYTHING_KNOWN})
    alive = np.flatnonzero(market.startups.alive)
    broke, rest = alive[::3], np.setdiff1d(alive, alive[::3])
    market.startups.cash[rest] = 1e12
    market.startups.cash[broke] = -1e12
    agents = len(market.startup_agents)
    market.month += 1
    entry(market)
    assert not market.startups.alive[broke].any()
    assert market.startups.alive[rest].all()
    assert market.world.exits[0] == broke.size * 50.0
    assert len(market.startup_agents) == agents - broke.size
    assert np.all(market.startups.model_spend[broke] == 0.0)


def test_exits_come_at_the_hazard() -> None:
    market = lively(1, **RICH, **{"entry.hazard": 0.1, "entry.stock": 1500, "entry.rate": 0.0, "talent.spin_out": 0.0})
    exits = at_risk = 0.0
    for month in range(2, 12):
        at_risk += market.startups.alive.sum()
        market.month = month
        entry(market)
        exits += market.world.exits[0] / 50.0
    assert abs(exits - 0.1 * at_risk) < 4.0 * np.sqrt(0.09 * at_risk)


def test_entrants_rise_with_profit_in_every_seed() -> None:
    """The number of entrants is a quantile of the same draw, so more demand never deters anybody."""
    total = np.zeros(3)
    for seed in range(12):
        entrants = []
        for spend in (3e7, 6e7, 2.4e8):
            pays = {**STEADY, "entry.demand": spend, "talent.spin_out": 0.0}
            market = Market(PINNED, rng=seed, developers=100, **pays)
            market.step()
            entrants.append(market.world.entries[0] / 50.0)
        assert entrants == sorted(entrants)
        total += entrants
    assert total[2] > 2.0 * total[0]


def test_entrants_are_poisson_of_value_over_cost() -> None:
    """λ n (V/F)^ε with V = (D/(σ n) − fixed)/(ρ + δ) by region."""
    market = Market(
        PINNED, rng=0, developers=100, **{**STEADY, "talent.spin_out": 0.0, "entry.hazard": 0.0, "entry.demand": 1.5e8}
    )
    market.world.consumers[0] = 1.0
    cost = views.entry_cost(market)
    alive = np.array([np.count_nonzero(market.startups.alive & (market.startups.region == r)) for r in range(3)])
    final = 1.5e8 * market.parameters.population.spend_shares()
    value = np.maximum(final / (4.0 * alive * 50.0) - 4000.0, 0.0) / 0.01
    # Both the discount rate and the hazard, here zero, reduce the value.
    rate = 0.02 * alive * value / cost
    entered = []
    market.month = 1
    for seed in range(400):
        market.seed = seed
        market.startups.cash[:] = 1e12
        entry(market)
        entered.append(market.world.entries[0] / 50.0)
        for row in np.flatnonzero(market.startups.alive & (market.startups.founded == 1)):
            market.startups.alive[row] = False
    mean = rate.sum()
    assert mean > 1.0
    assert abs(np.mean(entered) - mean) < 4.0 * np.sqrt(mean / 400)
    assert np.var(entered) / mean == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / 400 + 1.0 / (400 * mean)))


def test_founders_from_labs_open_startups_at_home() -> None:
    market = lively(3, **{"entry.rate": 0.0, "entry.hazard": 0.0, "talent.spin_out": 0.0})
    startups = market.startups
    before = np.array([np.count_nonzero(startups.alive & (startups.region == r)) for r in range(3)])
    startups.cash[:] = 1e12
    market.governments.founders[:] = [0.0, 20_000.0, 0.0]
    market.month += 1
    entry(market)
    after = np.array([np.count_nonzero(startups.alive & (startups.region == r)) for r in range(3)])
    gained = after - before
    assert gained[0] == gained[2] == 0
    # Poisson(20,000 people / 50 real startups an agent) = Poisson(400).
    assert abs(gained[1] - 400) < 4.0 * 20.0
    assert np.all(market.governments.founders == 0.0)


def test_cost_of_entry_falls_with_the_price_of_usable_capability() -> None:
    market = lively(12)
    lines = market.lines
    usable = lines.live & (lines.capability + lines.gain >= 0.3 * market.world.frontier[0])
    cheapest = lines.price[usable].min()
    assert views.entry_cost(market) == pytest.approx(150_000.0 + 10_000.0 * cheapest, rel=1e-12)
    assert np.count_nonzero(usable) < np.count_nonzero(lines.live)
    lines.price[usable] *= 0.5
    assert views.entry_cost(market) == pytest.approx(150_000.0 + 5_000.0 * cheapest, rel=1e-12)


def newcomers(market: Market) -> np.ndarray:
    """Base models of a thousand founders and more, most of them new this month."""
    market.governments.founders[:] = [20_000.0, 20_000.0, 20_000.0]
    market.month += 1
    entry(market)
    return market.startups.base[market.startups.alive]


ALONE = {"entry.stock": 0, "entry.rate": 0.0, "talent.spin_out": 0.0, "entry.finetuning": 0.0}


def test_base_models_are_chosen_by_the_logit() -> None:
    """U = ρ (θ K + (1 − σ) ln mc + fine-tuning · open) − hold-up + χ − χ_s, of all usable ones if all are known."""
    tastes = {"adoption.weights_preference.startup": 0.4, "adoption.unsupported.startup": 0.8}
    market = lively(20, **ALONE, **EVERYTHING_KNOWN, **tastes)
    lines = market.lines
    capability = lines.capability + lines.gain
    live = np.flatnonzero(lines.live & (lines.price > 0.0) & (capability >= 0.3 * market.world.frontier[0]))
    assert live.size < np.count_nonzero(lines.live)  # some are no good any more
    opened = lines.access[live] != CLOSED
    age = (market.month + 1 - lines.birth[live]) / 12.0
    hold_up = 1.0 - np.exp(-np.where(opened, 0.1 * age, 0.25))
    utility = 2.5 * (0.6 * capability[live] - 3.0 * np.log(0.3 + 0.05 * lines.price[live])) - hold_up
    utility = utility + 0.4 * opened - 0.8 * ~demand.supported(market)[:, live]  # by region, as many founders in each
    chance = np.exp(utility - utility.max())
    chance = (chance / chance.sum(axis=1, keepdims=True)).mean(axis=0)
    chosen = newcomers(market)
    startups = market.startups
    counts = np.array([np.count_nonzero(chosen == line) for line in live])
    mean = chosen.size * chance
    assert counts.sum() == chosen.size > 1000
    thick = mean >= 5.0
    chi2, dof = ((counts - mean)[thick] ** 2 / mean[thick]).sum(), thick.sum() - 1
    if mean[~thick].sum() >= 5.0:
        chi2 += (counts - mean)[~thick].sum() ** 2 / mean[~thick].sum()
        dof += 1
    assert dof >= 3
    assert abs(chi2 - dof) / np.sqrt(2.0 * dof) < 4.0
    # A newcomer starts at about the price of a small firm.
    small = 4.0 / 3.0 * (0.3 + 0.05 * lines.price[chosen])
    np.testing.assert_allclose(startups.price[startups.alive], small, rtol=1e-3)


def test_startups_have_heard_of_what_developers_of_startups_have() -> None:
    """Mean over the taste nodes, a quarter, a half and a quarter, of (1 − e^(−A)) a in their region."""
    market = Market(PINNED, rng=1, developers=100, **{"access.grey": 0.1})
    segments, openai = market.segments, market.lab_names.index("OpenAI")
    startup = segments.organisation == 1
    segments.awareness[:] = 7.0
    for region in range(3):
        segments.awareness[startup & (segments.region == region), openai] = np.log([1.0, 2.0, 4.0])
    # 0, ½ and ¾ of them are aware: ¼ · 0 + ½ · ½ + ¼ · ¾.
    closed = openai * 6
    np.testing.assert_allclose(heard_of(market)[:, closed], [0.4375, 0.04375, 0.4375], rtol=1e-12)
    np.testing.assert_allclose(heard_of(market)[:, closed + 2], [0.4375] * 3, rtol=1e-12)


def test_startups_build_on_what_they_know() -> None:
    """Of founders who may know OpenAI only, and of whom a share does, that share builds on it; the rest waits."""
    market = lively(20, **ALONE, **EVERYTHING_KNOWN)
    openai = market.lab_names.index("OpenAI")
    market.segments.awareness[:] = 0.0
    market.segments.awareness[:, openai] = np.log(2.0)
    chosen = newcomers(market)
    on_it = np.flatnonzero(chosen >= 0)
    assert set(market.lines.lab[chosen[on_it]]) == {openai}
    assert abs(on_it.size - 0.5 * chosen.size) < 4.0 * 0.5 * np.sqrt(chosen.size)
    # Who waits chooses as soon as she hears of one, and nobody forgets: news adds and takes away nothing.
    startups = market.startups
    startups.cash[:] = 1e12
    waits = np.flatnonzero(startups.alive & (startups.base < 0))
    holds = np.flatnonzero(startups.alive & (startups.base >= 0))
    market.parameters = market.parameters.with_(**{"entry.hazard": 0.0, "entry.reconsider": 0.0})
    market.segments.awareness[:, openai] = np.log(4.0)
    bases = startups.base[holds].copy()
    market.month += 1
    entry(market)
    np.testing.assert_array_equal(startups.base[holds], bases)
    heard = np.count_nonzero(startups.base[waits] >= 0)
    assert abs(heard - 0.5 * waits.size) < 4.0 * 0.5 * np.sqrt(waits.size)


def test_nobody_builds_on_what_is_not_usable() -> None:
    """K̃ ≥ μ K*: at μ = 1 on the frontier alone, at μ = 0 on all that reach GPT-3.5; holders of others stay where they
    are until they reconsider, and then may not stay."""
    chosen = {}
    for usable in (0.0, 0.6, 1.0):
        market = lively(20, **ALONE, **EVERYTHING_KNOWN, **{"entry.usable": usable})
        capability, frontier = market.lines.capability + market.lines.gain, market.world.frontier[0]
        base = newcomers(market)
        assert np.all(capability[base] >= usable * frontier - 1e-9)
        chosen[usable] = set(base)
    assert len(chosen[0.0]) > len(chosen[0.6]) > len(chosen[1.0]) >= 1
    market = lively(20, **ALONE, **EVERYTHING_KNOWN, **{"entry.hazard": 0.0})
    newcomers(market)
    startups, lines = market.startups, market.lines
    startups.cash[:] = 1e12
    rows = np.flatnonzero(startups.alive)
    worst = int(np.argmin(np.where(lines.live, lines.capability, np.inf)))
    assert lines.capability[worst] + lines.gain[worst] < 0.3 * market.world.frontier[0]
    startups.base[rows] = worst
    for reconsider, stay in ((0.0, True), (1.0, False)):
        market.parameters = market.parameters.with_(**{"entry.reconsider": reconsider})
        market.month += 1
        entry(market)
        assert np.all((startups.base[rows] == worst) == stay)


def test_more_is_built_where_entry_is_cheaper() -> None:
    """F + Q P: at 1e6 Mtok of the first year tokens cost more than all else, at none nothing."""
    market = lively(12, **{"entry.first_year_tokens": 1e6})
    dear = views.entry_cost(market)
    market.parameters = market.parameters.with_(**{"entry.first_year_tokens": 0.0})
    assert views.entry_cost(market) == 150_000.0
    assert dear > 2.0 * 150_000.0
    # Before there is anything to build on, doing without has a price.
    market.lines.live[:] = False
    market.parameters = market.parameters.with_(**{"entry.first_year_tokens": 1e5, "adoption.outside_price": 2.0})
    assert views.entry_cost(market) == 150_000.0 + 2e5


def test_hold_up_turns_startups_away_from_closed_models() -> None:
    shares = {}
    for fear in (0.0, 3.0):
        market = lively(30, **RICH, **{"entry.hold_up": fear, "entry.hold_up_closed": 5.0, "entry.hold_up_open": 0.0})
        rows = np.flatnonzero(market.startups.alive)
        shares[fear] = (market.lines.access[market.startups.base[rows]] != CLOSED).mean()
    assert shares[3.0] > shares[0.0] + 0.1


def test_identities_of_startups_are_unique() -> None:
    every = [startup_identity(month, region, np.arange(9)) for month in range(-1, 50) for region in range(3)]
    assert len(np.unique(every)) == 51 * 27
    market = lively(30)
    alive = market.startups.alive
    assert len(set(market.startups.uid[alive])) == alive.sum()
    assert set(market.startup_agents) == set(np.flatnonzero(alive))


# Room for everybody


# Demand is such that startups enter, whatever the defaults are.
MANY = {"entry.stock": 8, "entry.weight": 20.0, "entry.rate": 0.05, "entry.hazard": 0.05, "entry.demand": 1e10}


def test_startups_do_not_feel_how_many_rows_there_are() -> None:
    """A table that grew from eight rows, and one of 4,096 from the start: the same rows and the same months."""
    grown, roomy = (Market(rng=4, developers=500, **MANY) for _ in range(2))
    assert len(grown.startups) == 8
    roomy.startups.grow(4096)
    grown.run(40)
    roomy.run(40)
    rows = len(grown.startups)
    assert 500 < grown.startups.alive.sum() <= rows < len(roomy.startups) == 4096
    for name, values in grown.startups.items():
        np.testing.assert_allclose(values, getattr(roomy.startups, name)[:rows], rtol=1e-9, err_msg=name)
    assert not roomy.startups.alive[rows:].any()
    for kept in ("market", "labs"):
        for name, values in getattr(grown.record, kept).items():
            np.testing.assert_allclose(values, getattr(roomy.record, kept)[name], rtol=1e-9, err_msg=name)
    np.testing.assert_array_equal(grown.developers.choice, roomy.developers.choice)


def test_how_many_choose_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = Market(rng=4, developers=200, **MANY)
    grown.run(20)
    monkeypatch.setattr("sim.mechanisms.entry.BLOCK", 7)
    again = Market(rng=4, developers=200, **MANY)
    again.run(20)
    for name, values in grown.startups.items():
        np.testing.assert_array_equal(values, getattr(again.startups, name), err_msg=name)


def test_startups_keep_their_row_when_the_table_grows() -> None:
    market = Market(rng=4, developers=200, **{**MANY, "entry.hazard": 0.0}, **RICH)
    market.run(12)
    before = {row: (agent, agent.uid, agent.quality) for row, agent in market.startup_agents.items()}
    rows = len(market.startups)
    while len(market.startups) == rows:
        market.step()
    for row, (agent, uid, quality) in before.items():
        assert market.startup_agents[row] is agent
        assert (agent.uid, agent.quality) == (uid, quality) == (market.startups.uid[row], market.startups.quality[row])
        agent.cash = 7.0
        assert market.startups.cash[row] == 7.0
    assert set(market.startup_agents) == set(np.flatnonzero(market.startups.alive))


@pytest.mark.parametrize(
    "copied", [deepcopy, lambda market: pickle.loads(pickle.dumps(market))], ids=["copy", "pickle"]
)
def test_a_copy_grows_on_its_own(copied) -> None:
    market = Market(rng=4, developers=200, **MANY)
    market.run(15)
    rows, twin = len(market.startups), copied(market)
    twin.run(10)
    assert len(market.startups) == rows < len(twin.startups)
    market.run(10)
    for name, values in market.startups.items():
        np.testing.assert_array_equal(values, getattr(twin.startups, name), err_msg=name)
    assert all(agent.table is twin.startups for agent in twin.startup_agents.values())


def test_where_there_is_no_room_entrants_are_lost_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sim.agents.startup.MOST", 40)
    market = Market(rng=4, developers=200, **MANY)
    number = [int(market.startups.alive.sum())]
    with caplog.at_level(logging.WARNING):
        for _ in range(24):
            market.step()
            number.append(int(market.startups.alive.sum()))
    assert len(market.startups) == max(number) == 40
    entered, left = (market.record.market[name][1:] / 20.0 for name in ("entries", "exits"))
    np.testing.assert_allclose(np.diff(number), entered - left)
    said = [record.getMessage() for record in caplog.records if "no place" in record.getMessage()]
    assert len(said) == 1
    assert "40 startup agents, the most there may be" in said[0]


def test_impossible_entry_ends_at_the_most() -> None:
    """Sixty thousand entrants a month would be a million in two years."""
    boom = {"entry.weight": 0.1, "entry.demand": 1e12, "entry.entry_cost": 1.0, "entry.rate": 1.0}
    market = Market(rng=1, developers=100, **boom)
    market.run(5)
    assert market.startups.alive.sum() == len(market.startups) == MOST
