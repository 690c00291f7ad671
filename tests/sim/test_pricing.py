"""Pricing: Bertrand with CES and with linear demand, free-entry hosts, self-hosting, homogeneity."""

from __future__ import annotations

import dataclasses
import importlib
import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import lambertw

from sim import Market, Parameters, views
from sim.agents.lab import CLOSED, LEGACY, OPEN, SLOTS, TIERS
from sim.data.history import Release, load
from sim.mechanisms.pricing import posted_margin
from sim.numerics.competition import (
    SEARCH,
    Competition,
    Equilibrium,
    Replies,
    equilibrium,
    host_margin,
    line_elasticity,
    segment_shares,
)
from sim.numerics.conduct import conduct_map
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.views.prices import self_hosting_price, startups_alpha
from tests.reference.static import lerner_map, unattached

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "pricing.reference_cost": 2.0,
        "pricing.size_elasticity": 0.8,
        "pricing.cost_floor": 0.001,
        "pricing.hardware_pass": 0.5,
        "pricing.host_spread": 0.0,
        "pricing.maker_weight": 10.0,
        "pricing.adjustment": 0.48,
        "pricing.lerner_max": 0.9,
        "pricing.host_elasticity": 8.0,
        "pricing.host_fixed_cost": 60000.0,
        "release.flagship_size": 0.5,
        "release.light_size": -1.0,
        "access.grey": 0.05,
    }
)


# Margins between which nothing is cut.
WIDE = {"highest": 0.999}


def random_market(seed: int, firms: int = 4, lines: int = 9, segments: int = 6) -> dict:
    """Closed lines of several firms, segments that differ in everything."""
    draw = np.random.default_rng(seed)
    return {
        "cost": 10.0 ** draw.uniform(-1.5, 1.0, lines),
        "closed": np.ones(lines, bool),
        "owner": np.concatenate([np.arange(firms), draw.integers(0, firms, lines - firms)]),
        "utility": draw.normal(0.0, 2.0, (segments, lines)),
        "alpha": draw.uniform(0.8, 3.0, segments),
        "aware": draw.uniform(0.05, 1.0, (segments, lines)),
        "outside": draw.normal(-1.0, 1.0, segments),
        "spend": 10.0 ** draw.uniform(4.0, 7.0, segments),
        "own_price": np.full((segments, lines), np.inf),
        "apps": np.zeros(lines),
    }


def solve(market: dict, start: float = 0.3, **changes: Any) -> Equilibrium:
    """Prices where everybody reconsiders and nothing ties, from margins that are all the same."""
    given = {**market, **WIDE, "host_cost": 7500.0, "host_elasticity": 8.0, **changes}
    owner, lines = given.pop("owner"), len(given["cost"])
    closed = int(given["closed"].sum())
    base = unattached(owner[:closed], lines, given["spend"], given["alpha"])
    given["highest"] = np.full(lines, given["highest"])
    given |= {name: given[name].T for name in ("utility", "aware", "own_price")}
    of = Competition(**given, customers=base, newcomers=np.zeros(len(given["spend"])), trial_price=1.0)
    return equilibrium(Replies(of), np.full(lines, start))


def plain_shares(market: dict, price: np.ndarray) -> np.ndarray:
    """Shares of spend, from the formula without any guard against overflow."""
    weight = market["aware"] * np.exp(market["utility"] - market["alpha"][:, None] * np.log(price)[None, :])
    return weight / (np.exp(market["outside"]) + weight.sum(axis=1))[:, None]


def profit(market: dict, price: np.ndarray, firm: int) -> float:
    """π_l = Σ_g B_g Σ_{k∈l} s_gk L_k."""
    mine = market["owner"] == firm
    lerner = 1.0 - market["cost"] / price
    return float(market["spend"] @ plain_shares(market, price)[:, mine] @ lerner[mine])


# T6: CES Bertrand


@pytest.mark.parametrize("firms", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.5, 1.5, 4.0])
def test_symmetric_margins_are_the_closed_form(firms: int, alpha: float) -> None:
    """L = 1/(1 + α(1−s)), p = c(1 + 1/(α(1−s))). s is solved here, by bisection."""
    cost, quality, outside = 3.0, 1.0, -0.5

    def share(margin: float) -> float:
        weight = np.exp(quality - alpha * np.log(cost / (1.0 - margin)))
        return weight / (np.exp(outside) + firms * weight)

    def excess(margin: float) -> float:
        return margin - 1.0 / (1.0 + alpha * (1.0 - share(margin)))

    expected = brentq(excess, -5.0, 0.9999, xtol=1e-14)
    market = {
        "cost": np.full(firms, cost),
        "closed": np.ones(firms, bool),
        "owner": np.arange(firms),
        "utility": np.full((1, firms), quality),
        "alpha": np.array([alpha]),
        "aware": np.ones((1, firms)),
        "outside": np.array([outside]),
        "spend": np.array([1e6]),
        "own_price": np.full((1, firms), np.inf),
        "apps": np.zeros(firms),
    }
    price, margin, hosts, shares = solve(market)
    np.testing.assert_allclose(margin, expected, rtol=1e-8)
    np.testing.assert_allclose(shares, share(expected), rtol=1e-8)
    assert np.all(hosts == 0.0)
    np.testing.assert_allclose(price, cost * (1.0 + 1.0 / (alpha * (1.0 - share(expected)))), rtol=1e-8)


def test_one_step_of_the_static_map_at_given_shares() -> None:
    """With one product a firm the map is L ← (S + Γ L)/(S + A), Γ/S = αs: the kernel's, and its reference's."""
    alpha, share, start = 2.0, 0.25, 0.4
    given = np.array([start]), np.array([5.0]), np.array([[share]]), np.array([alpha])
    expected = (1.0 + alpha * share * start) / (1.0 + alpha)
    np.testing.assert_allclose(lerner_map(*given, np.ones((1, 1))), [expected], rtol=1e-14)
    base = unattached(np.array([0]), 1, given[1], given[3])
    np.testing.assert_allclose(conduct_map(base, given[0], given[2]), [expected], rtol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_no_firm_gains_by_a_small_change_of_any_price(seed: int) -> None:
    """First-order conditions of multi-product firms, by a central difference of profit in log prices."""
    market = random_market(seed)
    price, *_ = solve(market)
    step = 1e-5
    for line, firm in enumerate(market["owner"]):
        up, down = price.copy(), price.copy()
        up[line] *= np.exp(step)
        down[line] *= np.exp(-step)
        slope = (profit(market, up, firm) - profit(market, down, firm)) / (2.0 * step)
        assert abs(slope) < 1e-7 * market["spend"].sum()


@pytest.mark.parametrize("seed", range(3))
def test_no_firm_gains_by_a_large_change_of_all_its_prices(seed: int) -> None:
    market = random_market(seed)
    price, *_ = solve(market)
    draw = np.random.default_rng(seed + 100)
    for firm in range(4):
        here = profit(market, price, firm)
        mine = market["owner"] == firm
        for _ in range(50):
            other = price.copy()
            other[mine] *= np.exp(draw.normal(0.0, 0.5, mine.sum()))
            assert profit(market, other, firm) < here


@pytest.mark.parametrize("seed", range(10))
def test_every_start_leads_to_the_same_prices(seed: int) -> None:
    market = random_market(seed)
    prices = np.array([solve(market, start=start)[0] for start in (-2.0, 0.0, 0.5, 0.95)])
    np.testing.assert_allclose(prices, np.broadcast_to(prices[0], prices.shape), rtol=1e-9)


def test_static_margins_are_at_least_those_of_an_atomless_firm() -> None:
    """Proposition 3: L ≥ 1/(1 + ᾱ), ᾱ the largest sensitivity, so no price is below cost."""
    for seed in range(10):
        market = random_market(seed)
        price, margin, *_ = solve(market)
        assert np.all(margin > 1.0 / (1.0 + market["alpha"].max()))
        assert np.all(price > market["cost"])


def test_margins_stay_within_their_guard_rails() -> None:
    market = random_market(1)
    market["outside"] -= 60.0
    free = solve(market)[1]
    assert free.max() > 0.5 > free.min()
    price, margin, *_ = solve(market, highest=0.5)
    assert margin.max() == 0.5
    assert np.count_nonzero(margin == 0.5) < margin.size
    np.testing.assert_allclose(price, market["cost"] / (1.0 - margin), rtol=1e-14)


def test_prices_that_do_not_converge_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = dataclasses.replace(SEARCH, phases=(SEARCH.phases[0]._replace(last=2),), near=0.0)
    monkeypatch.setattr("sim.numerics.competition.SEARCH", hasty)
    with pytest.raises(ArithmeticError, match=r"^prices did not converge in 2 iterations \(last change .*e-\d\d\)$"):
        solve(random_market(1))


def test_closed_lines_come_first() -> None:
    market = random_market(1)
    market["closed"][0] = False
    with pytest.raises(ValueError, match="closed lines must come first"):
        solve(market)


def test_shares_of_spend_by_hand() -> None:
    # Weights 1 · 2/1 = 2 and ½ · 8/2 = 2 against 1 outside.
    weight = np.array([[1.0], [0.5]]) * np.array([[2.0], [8.0]]) / np.array([[1.0], [2.0]])
    np.testing.assert_allclose(segment_shares(weight, np.ones(1)), [[0.4], [0.4]], rtol=1e-14)


def test_elasticity_of_a_line_by_hand() -> None:
    """Segments spend 10 and 30 and have α 1 and 2; shares ½ and ⅕: (1·10·¼ + 2·30·0.16) / (10·½ + 30·⅕) = 12.1/11."""
    served = np.array([[0.5, 0.2], [0.0, 0.0]])
    got = line_elasticity(served, np.array([10.0, 60.0]), served @ np.array([10.0, 30.0]))
    # Nobody wants the second line, of which a vanishing share has elasticity one by convention.
    np.testing.assert_allclose(got, [1.1, 1.0], rtol=1e-14)
    # A line that has everything loses nothing to others, yet its host's margin stays below one.
    assert 0.0 < line_elasticity(np.ones((1, 1)), np.ones(1), np.ones(1))[0] < 1e-3


@pytest.mark.parametrize("shift", [-2000.0, 2000.0])
def test_utilities_beyond_what_an_exponential_can_hold_change_nothing(shift: float) -> None:
    market = random_market(1)
    shifted = {**market, "utility": market["utility"] + shift, "outside": market["outside"] + shift}
    for got, expected in zip(solve(shifted), solve(market), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9)


@pytest.mark.parametrize("outside", [-2000.0, 2000.0])
def test_shares_do_not_overflow(outside: float) -> None:
    """Even with the most elastic demand and the widest margins that parameters allow."""
    market = random_market(1)
    steepest = 10.0 * 5.0 * np.exp(0.5 * 1.2)  # sensitivity, its multiplier, and the price-sensitive node
    market |= {"outside": np.full(6, outside), "alpha": np.full(6, steepest)}
    shares = solve(market, start=0.999)[3]
    np.testing.assert_allclose(shares.sum(axis=0), float(outside < 0.0), rtol=1e-12)


# T6 on the whole market


def alike(labs: int):
    """A history of labs that differ in name only, each with one closed flagship in 2022-11."""
    record = load()
    names = tuple(f"Lab{index}" for index in range(labs))
    like = {**record.attributes["OpenAI"], "awareness_0": "3.0"}
    return dataclasses.replace(
        record,
        names=names,
        attributes={name: {**like, "uid": str(index)} for index, name in enumerate(names)},
        compute=dict.fromkeys(names, record.compute["OpenAI"]),
        spending=dict.fromkeys(names, record.spending["OpenAI"]),
        releases={0: [Release(index, 0, 0) for index in range(labs)]},
        openings={},
        pulse_events={},
        wedges=[],
        discoveries={},
        _cache={},
    )


# Everybody knows everything and chooses every month, and nothing ties: neutral values of conduct.
UNTIED = {
    "adoption.hazard": 100.0,
    "adoption.users_start": 1.0,
    "adoption.switching_cost": 0.0,
    "adoption.trial_price": 1e6,
    "awareness.floor": 100.0,
    **{f"adoption.start.{kind}": 100.0 for kind in ORGANISATIONS},
    **{f"adoption.ceiling.{kind}": 1.0 for kind in ORGANISATIONS},
}


def equal_labs(labs: int) -> Market:
    return Market(
        PINNED,
        rng=3,
        developers=1000,
        record_of=alike(labs),
        without=("talent", "research", "entry"),
        **{"access.grey": 1.0, **UNTIED},
    )


@pytest.mark.parametrize("labs", [1, 2, 4])
def test_a_market_of_equal_labs_posts_the_closed_form(labs: int) -> None:
    """With several segments α(1−s) is its mean weighted by spend."""
    market = equal_labs(labs)
    segments, lines = market.segments, market.lines
    live = np.flatnonzero(lines.live)
    assert len(live) == labs
    aware = 1.0 - np.exp(-segments.awareness[:, 0])
    price = lines.price[live[0]]
    np.testing.assert_allclose(lines.price[live], price, rtol=1e-11)
    weight = aware * np.exp(segments.utility[:, live[0]]) * price ** (-segments.alpha)
    share = weight / (np.exp(segments.outside) + labs * weight)
    spent = market.developers.counts.sum(axis=1) * segments.budget * share
    rest = (spent * segments.alpha * (1.0 - share)).sum() / spent.sum()
    expected = 1.0 / (1.0 + rest)
    np.testing.assert_allclose(lines.lerner[live], expected, rtol=1e-8)
    np.testing.assert_allclose(price, lines.cost[live[0]] / (1.0 - expected), rtol=1e-8)
    if labs > 1:
        assert price < equal_labs(1).lines.price[0]


def priced(months: int = 26, **parameters) -> Market:
    """A market just after pricing, in which list prices are optimal each month."""
    market = Market(PINNED, rng=5, developers=5000, **{"pricing.adjustment": 1.0, **parameters})
    market.run(months)
    market.month += 1
    for verb in market.schedule:
        verb(market)
        if verb.name == "pricing":
            return market
    raise AssertionError("no pricing in the schedule")


def may_buy(market: Market, lines: np.ndarray) -> np.ndarray:
    """Access: one Chinese developer in twenty to closed lines of US labs, everybody to all else."""
    origin = market.labs.region[market.lines.lab[lines]]
    barred = (market.lines.access[lines] == CLOSED) & (origin == REGIONS.index("US"))
    return np.where((market.segments.region == REGIONS.index("CN"))[:, None] & barred, 0.05, 1.0)


def demand_of(market: Market, price: np.ndarray) -> np.ndarray:
    """Spend by segment and live line at list prices, everybody reconsidering; self-hosting at its own price."""
    segments, live = market.segments, np.flatnonzero(market.lines.live)
    own = segments.price[:, live] < market.lines.price[live][None, :]
    paid = np.where(own, segments.price[:, live], price[None, :])
    aware = (1.0 - np.exp(-segments.awareness[:, market.lines.lab[live]])) * may_buy(market, live)
    weight = aware * np.exp(segments.utility[:, live] - segments.alpha[:, None] * np.log(paid))
    share = weight / (np.exp(segments.outside) + weight.sum(axis=1))[:, None]
    return (segments.people * segments.budget)[:, None] * share


def untied(months: int = 14, adjustment: float = 1.0) -> Market:
    """Just after pricing at neutral values of conduct; many do without, so that starting stays certain."""
    without = {f"adoption.outside.{kind}": 10.0 for kind in ORGANISATIONS}
    values = {**UNTIED, **without, "pricing.adjustment": adjustment}
    market = Market(PINNED, rng=5, developers=5000, without=("entry",), **values)
    market.run(months)
    market.month += 1
    for verb in market.schedule[: [verb.name for verb in market.schedule].index("pricing") + 1]:
        if verb.name not in market.without:
            verb(market)
    return market


@pytest.mark.parametrize("adjustment", [1.0, 0.48])
def test_at_neutral_values_the_mechanism_is_the_static_map(adjustment: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """If everybody reconsiders and nothing ties, labs rest where static ones do, line by line that is not bounded."""
    solved: list[tuple[Replies, Equilibrium]] = []

    def watched(replies: Replies, margin: np.ndarray) -> Equilibrium:
        solved.append((replies, equilibrium(replies, margin)))
        return solved[-1][1]

    monkeypatch.setattr("sim.views.prices.equilibrium", watched)
    market = untied(adjustment=adjustment)
    replies, found = solved[-1]
    of, labs = replies.of, replies.labs
    people = market.developers.counts.sum(axis=1) * market.developers.weight
    spend = people * of.customers.budget
    static = lerner_map(found.margin[:labs], spend, found.shares[:labs], of.alpha, of.customers.together)
    np.testing.assert_allclose(found.margin[:labs], np.minimum(static, of.highest[:labs]), atol=1e-9)
    assert (static < of.highest[:labs]).sum() >= 3


def test_no_lab_of_the_market_gains_by_another_price() -> None:
    """Nor, of lines whose price may not rise, by a lower one."""
    market = untied()
    lines, live = market.lines, np.flatnonzero(market.lines.live)
    closed = lines.access[live] == CLOSED
    assert closed.sum() >= 8
    assert np.all(lines.lerner[live][closed] < 0.9)
    people = market.developers.counts.sum(axis=1) * market.developers.weight / market.segments.people

    def lab_profit(price: np.ndarray, lab: int) -> float:
        mine = closed & (lines.lab[live] == lab)
        return float((people @ demand_of(market, price) * (1.0 - lines.cost[live] / price))[mine].sum())

    total = demand_of(market, lines.price[live]).sum()
    slopes = []
    for row in np.flatnonzero(closed):
        ends = []
        for sign in (1.0, -1.0):
            price = lines.price[live].copy()
            price[row] *= np.exp(sign * 1e-5)
            ends.append(lab_profit(price, int(lines.lab[live[row]])))
        slopes.append((ends[0] - ends[1]) / 2e-5 / total)
    assert min(slopes) > -1e-7
    assert sum(abs(slope) < 1e-7 for slope in slopes) >= 3


def test_hosts_of_the_market_earn_nothing() -> None:
    """T17 on the whole: B L = n F where there are several hosts, one host prices as a monopolist."""
    market = priced()
    lines, live = market.lines, np.flatnonzero(market.lines.live)
    spent = demand_of(market, lines.price[live])
    hosted = market.segments.price[:, live] >= lines.price[live][None, :]
    from_developers = (spent * hosted).sum(axis=0)
    received = from_developers + lines.app_spend[live]
    is_open = lines.access[live] != CLOSED
    several = is_open & (lines.hosts[live] > 1.0)
    alone = is_open & (lines.hosts[live] == 1.0) & (received > 0.0)
    assert several.sum() >= 3
    assert alone.sum() >= 1
    np.testing.assert_allclose((received * lines.lerner[live])[several], 6e4 * lines.hosts[live][several], rtol=1e-8)
    assert np.all((received * lines.lerner[live])[alone] <= 6e4)
    share = spent / (market.segments.people * market.segments.budget)[:, None]
    weighted = (market.segments.alpha[:, None] * (1.0 - share) * spent * hosted).sum(axis=0)
    elasticity = weighted[alone] / from_developers[alone]
    expected = np.minimum(1.0 / (1.0 + elasticity), 0.9)
    np.testing.assert_allclose(lines.lerner[live][alone], expected, rtol=1e-8)
    assert np.all(lines.hosts[live][~is_open] == 0.0)


def test_posted_margins_by_hand() -> None:
    """L ← (1 − λ) L + λ L*; a new line is posted at the optimum."""
    before, optimum = np.array([0.4, 0.4, 0.9, -3.0]), np.array([0.8, 0.8, 0.9, -1.0])
    got = posted_margin(before, optimum, np.array([False, True, False, False]), 0.25)
    np.testing.assert_allclose(got, [0.5, 0.8, 0.9, -2.5], rtol=1e-14)


def test_list_prices_follow_costs_at_once_and_margins_part_of_the_way() -> None:
    """p = c/(1 − L) with L = .52 L₋₁ + .48 L*, L* from the twin that adjusts at once."""
    slow = Market(PINNED, rng=5, developers=2000, **{"pricing.adjustment": 0.48})
    quick = Market(PINNED, rng=5, developers=2000, **{"pricing.adjustment": 1.0})
    # Month 1 has the same state in both: month 0 has new models only, which are posted at the optimum.
    first, margin = slow.lines.price.copy(), slow.lines.lerner.copy()
    np.testing.assert_array_equal(first, quick.lines.price)
    slow.step()
    quick.step()
    old = slow.lines.live & ~slow.lines.fresh & (first > 0.0)
    assert old.sum() >= 1
    assert not np.allclose(margin[old], quick.lines.lerner[old], rtol=1e-3)
    expected = 0.52 * margin[old] + 0.48 * quick.lines.lerner[old]
    np.testing.assert_allclose(slow.lines.lerner[old], expected, rtol=1e-10)
    np.testing.assert_allclose(slow.lines.price[old], slow.lines.cost[old] / (1.0 - expected), rtol=1e-10)
    # Of a model on sale nothing but the price of chips and know-how moves its cost.
    assert np.all(slow.lines.cost[old] < first[old] * (1.0 - margin[old]))


def test_startups_leave_a_dearer_line_by_what_tokens_weigh_in_their_costs() -> None:
    """At x P = m₀ tokens are half of costs: ½ (σ + ρ_b (σ − 1)(1 − s)) − 1; where tokens cost nothing spend rises."""
    p = Parameters().with_(
        **{"entry.tokens": 0.1, "entry.other_cost": 0.2, "entry.app_elasticity": 4.0, "entry.choice": 2.5}
    )
    got = startups_alpha(np.array([2.0, 2.0, 0.0]), np.array([0.0, 0.2, 0.0]), p.entry)
    np.testing.assert_allclose(got, [0.5 * 11.5 - 1.0, 0.5 * 10.0 - 1.0, -1.0], rtol=1e-14)


def test_startups_that_would_leave_discipline_a_price_and_captive_ones_do_not() -> None:
    market = random_market(1)
    owner, spend, alpha = market["owner"], market["spend"], market["alpha"]
    base = unattached(owner, 9, spend, alpha)
    shares = np.full((9, 6), 0.08)
    margins = np.full(9, 0.4)
    without = conduct_map(base, margins, shares)
    much = np.full(9, spend.sum())
    for others_alpha, expected in ((30.0, 1.0 / 31.0), (1.0, 0.5), (0.0, 1.0)):
        among = dataclasses.replace(base, others=1e9 * much, others_alpha=np.full(9, others_alpha))
        np.testing.assert_allclose(conduct_map(among, margins, shares), expected, rtol=1e-6)
        some = conduct_map(dataclasses.replace(among, others=0.01 * much), margins, shares)
        assert np.all((some - without) * (expected - without) > 0.0)


def test_cost_of_serving_by_hand() -> None:
    """c_ref 10^(ε_n n − g) (p/p₀)^π + c_floor: ten times the size costs 10^.8, and ten times the know-how a tenth;
    compute at four times the price costs twice as much at half a pass-through; the floor is below everything."""
    market = Market(PINNED, rng=1, developers=1000)
    chips = market.parameters.compute.chip_price
    size, know_how = np.array([0.0, 1.0, 0.0, 0.0, -9.0]), np.array([0.0, 0.0, 1.0, 0.0, 9.0])
    got = views.serving_cost(market, size, know_how, chips * np.array([1.0, 1.0, 1.0, 4.0, 1.0]))
    np.testing.assert_allclose(got, [2.001, 2.0 * 10.0**0.8 + 0.001, 0.201, 4.001, 0.001], rtol=1e-12)


def test_closed_models_are_served_at_home_and_open_ones_where_compute_is_cheapest() -> None:
    """Of two alike a Chinese closed flagship is dearer by the price of chips in China; an open one is not."""
    market = priced(30, **{"research.own_serving": 0.0})
    lines, labs, governments = market.lines, market.labs, market.governments
    live = np.flatnonzero(lines.live)
    chips = governments.chip_price / market.parameters.compute.chip_price
    assert chips[REGIONS.index("CN")] > 1.1 * chips.min()
    # Know-how of open lines is the public's if that is more.
    public = np.maximum(labs.serving, market.world.public_serving[0])
    for line in live:
        closed, lab = lines.access[line] == CLOSED, lines.lab[line]
        know_how = labs.serving[lab] if closed else public[lab]
        price = chips[labs.region[lab]] if closed else chips.min()
        expected = 2.0 * 10.0 ** (0.8 * lines.size[line] - know_how) * price**0.5 + 0.001
        assert lines.cost[line] == pytest.approx(expected, rel=1e-12)
    kinds = {(bool(lines.access[line] == CLOSED), int(labs.region[lines.lab[line]])) for line in live}
    assert {(True, 0), (True, 1), (False, 0), (False, 1)} <= kinds


def test_share_of_an_open_line_that_its_maker_serves_by_hand() -> None:
    """m/(m + n − 1) with n hosts: all where it hosts alone, half where ten others weigh as much; 1/n as one of n; none
    where users do not care for the maker and there are others; all of a closed line."""
    market = Market(PINNED, rng=1, developers=100)
    lines = market.lines
    opened = [access * len(TIERS) for access in (OPEN, LEGACY)]
    lines.hosts[:] = 0.0
    lines.hosts[opened] = [11.0, 4.0]
    lines.hosts[SLOTS + opened[0]] = 1.0
    for weight, expected in ((10.0, [0.5, 10.0 / 13.0, 1.0]), (1.0, [1.0 / 11.0, 0.25, 1.0]), (0.0, [0.0, 0.0, 1.0])):
        market.parameters = market.parameters.with_(**{"pricing.maker_weight": weight})
        share = views.maker_share(market)
        np.testing.assert_allclose(share[[*opened, SLOTS + opened[0]]], expected, rtol=1e-14)
        np.testing.assert_array_equal(share[lines.access == CLOSED], 1.0)
        # Nobody hosts yet: who will be the first is the maker.
        assert share[2 * SLOTS + opened[0]] == 1.0


@pytest.mark.parametrize(("spread", "choice"), [(0.57, 0.11), (0.4, 2.0), (0.7, 0.0), (0.0, 1.0)])
def test_an_open_model_costs_its_users_less_than_the_median_host_asks(spread: float, choice: float) -> None:
    """By quadrature over hosts: utility compares (E p^(−χ))^(−1/χ), the mean of logs at χ = 0; a token costs what is
    spent over what it buys, with spend ∝ p^(−χ)."""
    market = Market(
        PINNED.with_(**{"pricing.host_spread": spread, "pricing.host_choice": choice}), rng=1, developers=100
    )
    points, weights = np.polynomial.hermite_e.hermegauss(80)
    weights /= weights.sum()
    price = np.exp(spread * points)
    spend = weights * price**-choice
    compared = spend.sum() ** (-1.0 / choice) if choice else np.exp(weights.dot(np.log(price)))
    paid = spend.sum() / (spend / price).sum()
    np.testing.assert_allclose(views.over_median_host(market), (compared, paid), rtol=1e-11)


def test_what_hosts_ask_what_users_compare_and_what_a_token_costs() -> None:
    """Lists show the median host, choices the index of hosts, tokens their mean price; closed lines have one price."""
    market = Market(PINNED.with_(**{"pricing.host_spread": 0.57}), rng=1, developers=500)
    market.run(30)
    lines, segments = market.lines, market.segments
    compared, paid = views.over_median_host(market)
    is_open = lines.access != CLOSED
    hosted = lines.live & is_open & (lines.price > 0.0)
    assert hosted.any()
    np.testing.assert_allclose(views.list_price(market)[hosted] * compared, lines.price[hosted], rtol=1e-14)
    np.testing.assert_array_equal(views.list_price(market)[~is_open], lines.price[~is_open])
    of_developers, of_startups = views.token_price(market)
    np.testing.assert_allclose(of_startups[hosted] * compared, lines.price[hosted] * paid, rtol=1e-14)
    bought = hosted & (segments.price >= lines.price)
    np.testing.assert_allclose(of_developers[bought] * compared, (segments.price * paid)[bought], rtol=1e-14)
    np.testing.assert_array_equal(of_developers[~bought], segments.price[~bought])


# T7, T8: linear prices


def bertrand_linear(
    quality: np.ndarray, alpha: float, cost: np.ndarray, owner: np.ndarray, tolerance: float = 1e-13
) -> np.ndarray:
    """Bertrand prices when utility is linear in price: the textbook case [$].

    p = c + Λ⁻¹(Γ̃ (p − c)) + Λ⁻¹ S, the ζ map of Morrow & Skerlos (2011).

    Args:
        quality: δ_j, shape (lines,).
        alpha: Utility of a dollar.
        cost: Marginal cost [$], shape (lines,).
        owner: Firm of each line, shape (lines,).
        tolerance: Largest change of a price at the fixed point.
    """
    price = cost + 1.0 / alpha
    for _ in range(100_000):
        weight = np.exp(quality - alpha * price)
        share = weight / (1.0 + weight.sum())
        cross = alpha * np.outer(share, share) * (owner[:, None] == owner[None, :])
        new = cost + (cross @ (price - cost) + share) / (alpha * share)
        if np.abs(new - price).max() < tolerance:
            return new
        price = new
    raise ArithmeticError("linear Bertrand prices did not converge")


@pytest.mark.parametrize("firms", [2, 6])
def test_symmetric_linear_prices_are_the_closed_form(firms: int) -> None:
    alpha, cost, quality = 0.7, 2.0, 1.5
    price = bertrand_linear(np.full(firms, quality), alpha, np.full(firms, cost), np.arange(firms))
    weight = np.exp(quality - alpha * price[0])
    share = weight / (1.0 + firms * weight)
    np.testing.assert_allclose(price, cost + 1.0 / (alpha * (1.0 - share)), rtol=1e-10)


@pytest.mark.parametrize("quality", [-2.0, 1.0, 6.0])
def test_linear_monopolist_is_that_of_lambert(quality: float) -> None:
    """p = c + (1 + W(e^(δ − αc − 1)))/α."""
    alpha, cost = 1.3, 0.8
    price = bertrand_linear(np.array([quality]), alpha, np.array([cost]), np.array([0]))
    expected = cost + (1.0 + lambertw(np.exp(quality - alpha * cost - 1.0)).real) / alpha
    np.testing.assert_allclose(price, [expected], rtol=1e-10)


def test_linear_firm_with_two_products_sets_one_dollar_margin() -> None:
    """A multi-product logit firm has equal margins: p − c = 1/(α(1 − s_firm)) on all its products."""
    alpha, cost = 1.0, np.array([0.5, 1.0, 2.0])
    quality = np.array([1.0, 2.0, 0.0])
    price = bertrand_linear(quality, alpha, cost, np.array([0, 0, 1]))
    weight = np.exp(quality - alpha * price)
    share = weight / (1.0 + weight.sum())
    np.testing.assert_allclose((price - cost)[:2], 1.0 / (alpha * (1.0 - share[:2].sum())), rtol=1e-9)
    np.testing.assert_allclose((price - cost)[2], 1.0 / (alpha * (1.0 - share[2])), rtol=1e-9)


# T17: hosts


def test_free_entry_of_hosts_is_the_closed_form() -> None:
    spend, fixed = np.array([6e4, 1e6, 1e8]), 6e4
    number, margin = host_margin(spend, fixed, 8.0, np.array([1.2, 1.2, 2.0]))
    expected = (spend / fixed + 8.0 - np.array([1.2, 1.2, 2.0])) / 9.0
    np.testing.assert_allclose(number, np.maximum(1.0, expected), rtol=1e-14)
    several = number > 1.0
    assert several.tolist() == [False, True, True]
    np.testing.assert_allclose((spend * margin)[several], (number * fixed)[several], rtol=1e-12)
    # A single host is the line's monopolist; a crowd has the margin of the elasticity between hosts.
    assert margin[0] == pytest.approx(1.0 / 2.2, rel=1e-14)
    assert margin[2] == pytest.approx(1.0 / 9.0, abs=1e-3)


def test_host_margin_is_the_best_response_in_a_nested_market() -> None:
    """One of n hosts gains by no other price, when demand has α_h between hosts and α_j for the line."""
    n, between, line, cost = 5.0, 8.0, 1.5, 2.0
    spend = 6e4 * (n * (1.0 + between) - between + line)
    number, margin = host_margin(np.array([spend]), 6e4, between, np.array([line]))
    assert number[0] == pytest.approx(n, rel=1e-12)
    price = cost / (1.0 - margin[0])

    def earned(own: float) -> float:
        index = ((own / price) ** -between + n - 1.0) / n
        host_share = (own / price) ** -between / (index * n)
        return index ** (line / between) * host_share * (1.0 - cost / own)

    slope = (earned(price * np.exp(1e-5)) - earned(price * np.exp(-1e-5))) / 2e-5
    assert abs(slope) < 1e-8
    assert earned(price) > max(earned(price * 1.1), earned(price * 0.9))


def test_serving_oneself_pays_only_beyond_the_cost_of_operation() -> None:
    """Of a budget of 100, 20 operate and 80 buy tokens at 3/0.5: 13.3 Mtok, so 7.5 $ each."""
    got = self_hosting_price(
        np.array([3.0, 0.3]), np.array([0.5, 0.5, 0.5]), np.array([20.0, 100.0, 0.0]), np.array([100.0, 100.0, 5.0])
    )
    np.testing.assert_allclose(got, [[7.5, 0.75], [np.inf, np.inf], [6.0, 0.6]])


def test_data_at_home_is_paid_for() -> None:
    """Who wants it compares e^(−χ/α) of what serving oneself costs, and pays the whole; at χ = 0 nobody does."""
    shares = []
    for privacy in (0.0, 0.6, 1.2, 3.0):
        market = Market(rng=3, developers=2000, **{"adoption.privacy.regulated": privacy})
        market.run(38)
        segments, lines = market.segments, market.lines
        p = market.parameters.pricing
        regulated = segments.organisation == ORGANISATIONS.index("regulated")
        at_home = (segments.price < lines.price) & lines.live
        assert not at_home[~regulated].any()
        assert not at_home[:, lines.access == CLOSED].any()
        users = market.developers.counts[:, 1:]
        shares.append(market.record.last("self_hosted_share"))
        assert shares[-1] == users[at_home].sum() / users[:, lines.access != CLOSED].sum()

        # c/util of the bare cost, which is that of hosts without what their users gain by comparing them.
        bare = lines.cost * math.exp(p.host_choice * p.host_spread**2 / 2.0)
        spend = segments.budget - p.operations.regulated / p.team.regulated
        paid = (bare[None, :] / p.utilisation.regulated) * (segments.budget / spend)[:, None]
        np.testing.assert_allclose(views.token_price(market)[0][at_home], paid[at_home], rtol=1e-12)
        they = np.ix_(regulated, lines.live & (lines.access != CLOSED))
        dearer = np.log(paid[they] / np.broadcast_to(lines.price, paid.shape)[they])
        np.testing.assert_array_equal(at_home[they], segments.alpha[regulated, None] * dearer < privacy)
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[-1] > 0.01


def test_nobody_serves_closed_models() -> None:
    market = priced()
    live = np.flatnonzero(market.lines.live)
    closed = live[market.lines.access[live] == CLOSED]
    np.testing.assert_array_equal(
        market.segments.price[:, closed], np.broadcast_to(market.lines.price[closed], (45, closed.size))
    )


# T24: homogeneity

MONEY = (
    "pricing.reference_cost",
    "pricing.cost_floor",
    "pricing.host_fixed_cost",
    "adoption.outside_price",
    "adoption.trial_price",
    "population.budget_scale",
    "entry.demand",
    "entry.other_cost",
    "entry.fixed_cost",
    "entry.entry_cost",
    "entry.seed_money",
    "entry.contribution_cost",
    *(f"pricing.operations.{kind}" for kind in ("indie", "startup", "smb", "enterprise", "regulated")),
    *(f"population.budget_ceilings.{kind}" for kind in ("indie", "startup", "smb", "enterprise", "regulated")),
)


def test_shares_do_not_depend_on_the_unit_of_money() -> None:
    """Everything in dollars five times: the same users and shares of everybody, prices and spend five times.

    Wages and rents of labs come from history in dollars of their own; equity is the one term by which the size of
    rents reaches researchers.
    """
    one = Market(PINNED, rng=7, developers=20_000, **{"talent.equity": 0.0})
    values = {row["address"]: row["value"] for row in one.parameters.table()}
    times_five = {name: 5.0 * values[name] for name in MONEY}
    five = Market(PINNED, rng=7, developers=20_000, **{"talent.equity": 0.0, **times_five})
    one.run(30)
    five.run(30)
    # Choices are made in single precision, where a factor may round one developer the other way.
    assert np.count_nonzero(one.developers.choice != five.developers.choice) <= 5
    for measure in ("share_users", "share_spend", "share_tokens", "share_enterprise"):
        np.testing.assert_allclose(one.record.labs[measure], five.record.labs[measure], atol=2e-3)
    live = one.lines.live
    np.testing.assert_array_equal(live, five.lines.live)
    np.testing.assert_allclose(five.lines.price[live], 5.0 * one.lines.price[live], rtol=1e-3)
    np.testing.assert_allclose(five.record.market["spend"], 5.0 * one.record.market["spend"], rtol=2e-3)
    np.testing.assert_array_equal(one.record.market["startups"], five.record.market["startups"])


def test_shares_and_margins_of_the_kernel_do_not_depend_on_the_unit_of_money() -> None:
    market = random_market(3)
    market["closed"][[7, 8]] = False
    market["apps"][7] = 1e6
    scaled = {
        **market,
        "cost": 7.0 * market["cost"],
        "spend": 7.0 * market["spend"],
        "apps": 7.0 * market["apps"],
        "outside": market["outside"] - market["alpha"] * np.log(7.0),
    }
    price, margin, hosts, shares = solve(market, host_cost=6e4)
    again = solve(scaled, host_cost=7.0 * 6e4)
    np.testing.assert_allclose(again[0], 7.0 * price, rtol=1e-10)
    np.testing.assert_allclose(again[1], margin, rtol=1e-10)
    np.testing.assert_allclose(again[2], hosts, rtol=1e-9)
    np.testing.assert_allclose(again[3], shares, rtol=1e-10)


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 60))])
def test_acceleration_ends_where_the_plain_iteration_ends(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """There can be several equilibria; on whole runs with random parameters the acceleration finds no other of labs."""
    module = importlib.import_module("sim.numerics.competition")
    draw = np.random.default_rng(seed)
    drawn = {
        leaf.address: float(draw.uniform(*leaf.range))
        for leaf in Parameters().leaves()
        if leaf.range and isinstance(leaf.default, float)
    }
    evaluate, evaluations, sooner, elsewhere = module.conduct_map, [0], [], []

    def counted(*given: Any) -> Any:
        evaluations[0] += 1
        return evaluate(*given)

    def solved(given: tuple[Any, ...]) -> tuple[Equilibrium, int]:
        before = evaluations[0]
        return equilibrium(*given), evaluations[0] - before

    def both(*given: Any) -> Any:
        found, few = solved(given)
        with monkeypatch.context() as patch:
            patch.setattr(module, "SEARCH", dataclasses.replace(SEARCH, patience=0))
            plain, many = solved(given)
        replies, apart = given[0], np.abs(found.margin - plain.margin)
        if apart.max() >= 1e-7:  # only where hosts rest on either side of a kink of self-hosting
            assert (replies.regime(found.margin) != replies.regime(plain.margin)).any()
            assert apart[: replies.labs].max(initial=0.0) < 1e-6
            elsewhere.append(True)
        sooner.append(few < many)
        return found

    monkeypatch.setattr(module, "conduct_map", counted)
    monkeypatch.setattr("sim.views.prices.equilibrium", both)
    Market(Parameters().with_(**drawn), rng=seed, developers=500).run(30)
    assert len(sooner) == 31
    assert any(sooner)  # or nothing was compared
    assert len(elsewhere) <= 1
