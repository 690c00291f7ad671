"""Nothing is lost and nothing is infinite, wherever in its declared bounds every parameter lies."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sim
from sim import strategies
from sim.agents.lab import CLOSED
from sim.agents.researchers import RETIRED
from sim.data.calendar import date_of, month_of
from sim.data.history import lab_names
from sim.measures import LABS, MARKET
from sim.numerics import draws
from sim.parameters.fields import Leaf

LEAVES = {leaf.address: leaf for leaf in sim.Parameters().leaves()}
# A million researchers take seconds a month and meet nothing that twenty thousand do not.
MOST = {"talent.researchers": 20_000}
WIDE = 1000.0
SMALLEST = 1e-12
# What may be missing, and only there: before the first closed, open, Chinese, American, European, GPT-4-level or
# o1-level model, in the first year, while no lab or firm has users, with few lines on the market.
MAY_BE_MISSING = {
    "open_frontier",
    "us_frontier",
    "china_frontier",
    "open_lag",
    "open_lag_step",
    "open_gap",
    "china_gap",
    "china_lag",
    "closed_frontier",
    "closed_lead",
    "europe_frontier",
    "europe_lag",
    "innovation_speed",
    "margin_new",
    "open_lag_closed",
    "open_price_ratio",
    "open_share_startups",
    "open_price_ratio_year",
    "price_153_level",
    "host_price_spread",
    "price_o1_level",
    "price_slope",
    "price_task",
    "price_gpt35_level",
    "self_hosted_share",
    "price_gpt4_level",
    "frontier_price",
    "closed_margin",
    "trust",
    "trust_us",
    "trust_china",
    "trust_europe",
    "closed_return",
    "hardware_return",
    "technology_price_gpt35",
    "technology_price_gpt4",
    "vendor_change",
    "vendor_upgrade",
}
MISSING_WITHOUT_A_MODEL = {"capability", "price", "margin"}
MAY_BE_MISSING_OF_LABS = {
    *MISSING_WITHOUT_A_MODEL,
    "margin_gross",
    "methods",
    "residual_flagship",
    "residual_light",
    "share_startups",
    "staff_inflow",
    "value_return",
}
SHARES = (
    "share_spend",
    "share_tokens",
    "share_users",
    "share_enterprise",
    "share_enterprise_spend",
    "share_developer_tokens",
    "share_developer_spend",
)
EXACT = 1e-9


def value_at(leaf: Leaf, point: float) -> Any:
    """The value at a point of the unit interval: bounds at its ends, logarithmic where the bounds are wide."""
    if leaf.choices:
        choice = leaf.choices[min(int(point * len(leaf.choices)), len(leaf.choices) - 1)]
        return choice == "true" if isinstance(leaf.value, bool) else choice
    low, high = leaf.bounds
    high = min(high, MOST.get(leaf.address, high))
    if point in (0.0, 1.0):
        value = (low, high)[int(point)]
    elif low >= 0.0 and high >= WIDE * max(low, 1.0):
        least = low or SMALLEST * high
        value = least * (high / least) ** point
    else:
        value = low + (high - low) * point
    value = min(max(value, low), high)
    return round(value) if isinstance(leaf.value, int) else float(value)


points = st.floats(0.0, 1.0)
anybody = st.sampled_from((*lab_names(), "*"))
plans = st.dictionaries(anybody, st.sampled_from(strategies.names()), max_size=3).filter(
    lambda plan: plan.get("*") != "absent"
)


@st.composite
def differences(draw: st.DrawFn, least: int, most: int, dated: bool = False) -> dict[str, Any]:
    possible = [address for address, leaf in LEAVES.items() if not (dated and leaf.at_start)]
    addresses = draw(st.lists(st.sampled_from(possible), unique=True, min_size=least, max_size=most))
    return {address: value_at(LEAVES[address], draw(points)) for address in addresses}


@st.composite
def scenarios(draw: st.DrawFn) -> sim.Scenario | None:
    """None, or plans and parameters from the start and from a date."""
    if draw(st.booleans()):
        return None
    labs = draw(plans)
    absent = {lab for lab, plan in labs.items() if plan == "absent"}
    later = {lab: plan for lab, plan in draw(plans).items() if lab not in absent and plan != "absent"}
    date = date_of(draw(st.integers(0, month_of("2024-12"))))
    change = {"params": draw(differences(0, 2, dated=True)), "labs": later}
    return sim.Scenario(name="drawn", labs=labs, params=draw(differences(0, 2)), changes={date: change})


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "rng": draw(st.integers(0, draws.SEED_LIMIT - 1)),
        "developers": draw(st.integers(200, 400)),
        "months": draw(st.integers(14, 30)),
        "setup": draw(scenarios()),
        "params": draw(differences(6, 12)),
    }


def survive(rng: int, developers: int, months: int, setup: sim.Scenario | None, params: dict[str, Any]) -> None:
    """Run a market and keep the books beside it; any warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        market = sim.Market(sim.Parameters().with_(**params), rng=rng, developers=developers, setup=setup)
        people_at_start = market.researchers.active() + market.researchers.exited - _entrants(market)
        check(market, people_at_start)
        for _ in range(months):
            market.step()
            check(market, people_at_start)


def _entrants(market: sim.Market) -> int:
    """Those who entered the field since the first settlement; their identities start at 2⁴⁰."""
    return int(np.count_nonzero(market.researchers.identity >= np.uint64(1 << 40)))


def check(market: sim.Market, people_at_start: int) -> None:
    check_finite(market)
    check_developers(market)
    check_shares(market)
    check_money(market)
    check_prices(market)
    check_researchers(market, people_at_start)
    check_ranges(market)
    check_measures(market)


# Columns of what there may be none of, or of what nobody asked for.
NO_NUMBER = ("attraction", "candidate", "lead_believed", "lead_usual", "open_efficiency")


def check_finite(market: sim.Market) -> None:
    live = market.lines.live
    for name in ("labs", "lines", "segments", "startups", "governments", "world"):
        for column, values in getattr(market, name).items():
            where = f"{name}.{column}"
            if column in NO_NUMBER:
                assert not np.isinf(values).any(), where
            elif where == "labs.promise":  # none of labs that were not founded in the run
                assert (values < np.inf).all(), where
            elif where in ("segments.price", "segments.utility"):
                dead = np.inf if column == "price" else -np.inf
                assert np.isfinite(values[:, live]).all(), where
                assert (values[:, ~live] == dead).all(), where
            else:
                assert np.isfinite(values).all(), where


def check_developers(market: sim.Market) -> None:
    people, options = market.developers, 1 + market.lines.rows
    cell = people.segment.astype(np.int64) * options + people.choice
    counted = np.bincount(cell, minlength=people.counts.size).reshape(people.counts.shape)
    assert (people.counts == counted).all()
    assert people.counts.min() >= 0
    assert counted.sum() == people.number == people.choice.size
    assert not people.counts[:, 1:][:, ~market.lines.live].any()
    assert market.segments.share.sum() == pytest.approx(1.0, rel=EXACT)
    assert market.segments.share.min() >= 0.0


def check_shares(market: sim.Market) -> None:
    lines = market.lines
    for name, of_lines in (("share_users", lines.users), ("share_spend", lines.spend), ("share_tokens", lines.tokens)):
        total = market.record.last_of_labs(name).sum()
        assert total == pytest.approx(1.0 if of_lines.sum() > 0.0 else 0.0, rel=EXACT), name
    for name in SHARES:
        assert market.record.last_of_labs(name).min() >= 0.0, name
        total = market.record.last_of_labs(name).sum()
        assert total == 0.0 or total == pytest.approx(1.0, rel=EXACT), name


def check_money(market: sim.Market) -> None:
    """Spend, summed person by person and startup by startup, is what lines receive and labs and hosts share."""
    lines, labs, people, startups = market.lines, market.labs, market.developers, market.startups
    uses = people.choice > 0
    spent = market.segments.budget[people.segment[uses]].sum() * people.weight
    built = startups.alive & (startups.base >= 0)
    spent += startups.model_spend[built].sum() * market.parameters.entry.weight
    assert lines.spend.sum() == pytest.approx(spent, rel=EXACT)
    assert market.world.spend[0] == pytest.approx(spent, rel=EXACT)
    assert min(lines.spend.min(), lines.tokens.min(), lines.users.min(), labs.revenue.min()) >= 0.0
    assert lines.users.sum() == pytest.approx(uses.sum() * people.weight, rel=EXACT)
    # A lab gets all that its closed lines receive, and at most what open ones do.
    closed = np.where(lines.access == CLOSED, lines.spend, 0.0)
    least = np.bincount(lines.lab, weights=closed, minlength=len(labs))
    opened = np.bincount(lines.lab, weights=lines.spend - closed, minlength=len(labs))
    most = least + opened
    slack = EXACT * (1.0 + lines.spend.sum())
    assert (labs.revenue >= least - slack).all()
    assert (labs.revenue <= most + slack).all()
    used = np.bincount(lines.lab, weights=np.where(lines.access != CLOSED, lines.users, 0.0), minlength=len(labs))
    income = labs.revenue + labs.complement * used
    # What the law cost last month is paid out of this month's rent; measures have it in $bn a year.
    legal = market.record.of_labs("legal_cost", 2) * 1e9 / 12.0 if market.month else np.zeros(len(labs))
    slack += EXACT * legal.max()
    unpaid = labs.rent + labs.cost + legal - income
    slack += EXACT * np.abs(income)
    assert (unpaid >= -slack).all()
    # The law goes without its money only where nothing is left.
    assert (labs.cash[unpaid > slack] <= slack[unpaid > slack]).all()


def check_prices(market: sim.Market) -> None:
    """Between cost and what the greatest margin allows."""
    lines, p = market.lines, market.parameters.pricing
    live = lines.live
    price, cost = lines.price[live], lines.cost[live]
    assert (price > 0.0).all()
    assert (cost > 0.0).all()
    assert (price >= cost * (1.0 - EXACT)).all()
    assert (price <= cost / (1.0 - p.lerner_max) * (1.0 + EXACT)).all()
    hosted = lines.access[live] != CLOSED
    assert (market.segments.price[:, live] > 0.0).all()
    assert (lines.hosts[live][hosted] >= 1.0).all()


def check_researchers(market: sim.Market, people_at_start: int) -> None:
    people = market.researchers
    active = int(np.count_nonzero(people.employer != RETIRED))
    assert active == people_at_start + _entrants(market) - people.exited
    assert np.unique(people.identity).size == people.identity.size == people.employer.size
    assert people.employer.min(initial=RETIRED) >= RETIRED
    assert people.employer.max(initial=RETIRED) < people.employers
    assert people.staff().sum() == pytest.approx(active * people.weight, rel=EXACT)
    for _, _, _, moved in market.record.flows("employer")[-5:]:
        assert moved > 0.0


def check_ranges(market: sim.Market) -> None:
    labs, governments, lines = market.labs, market.governments, market.lines
    fractions = {
        "trust": labs.trust,
        "auditors": labs.auditors,
        "absorption": labs.absorption,
        "stringency": governments.stringency,
        "adoption": market.world.adoption,
        "open share": np.array([market.record.last("open_share_tokens")]),
    }
    for name, values in fractions.items():
        assert values.min() >= 0.0, name
        assert values.max() <= 1.0 + EXACT, name
    counts = {
        "incidents": governments.incidents,
        "contributions": lines.contributions,
        "contributed": lines.contributed,
        "ecosystem": lines.ecosystem,
        "researchers": labs.researchers,
    }
    for name, values in counts.items():
        assert values.min() >= 0, name
    assert (market.segments.budget >= 0.0).all()
    assert (market.segments.inclusive >= 0.0).all()
    assert (labs.wage > 0.0).all()
    assert (governments.chip_price > 0.0).all()
    alive = market.startups.alive
    assert (market.startups.price[alive] > 0.0).all()
    assert set(market.startup_agents) == set(np.flatnonzero(alive))


def check_measures(market: sim.Market) -> None:
    for name in MARKET:
        value = market.record.last(name)
        assert not math.isinf(value), name
        assert name in MAY_BE_MISSING or not math.isnan(value), name
    for name in LABS:
        values = market.record.last_of_labs(name)
        assert not np.isinf(values).any(), name
        assert name in MAY_BE_MISSING_OF_LABS or not np.isnan(values).any(), name
    has_model = np.bincount(market.lines.lab[market.lines.live], minlength=len(market.labs)) > 0
    for name in MISSING_WITHOUT_A_MODEL:
        assert (np.isfinite(market.record.last_of_labs(name)) == has_model).all(), name
    opened = market.lines.live & (market.lines.access != CLOSED)
    if opened.any():
        assert math.isfinite(market.record.last("open_gap"))
        assert math.isfinite(market.record.last("open_lag"))
    assert math.isfinite(market.record.last("trust")) == (market.lines.users.sum() > 0.0)


FIXED = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@settings(FIXED, max_examples=40)
@given(case=cases())
def test_books_balance_wherever_parameters_lie(case: dict[str, Any]) -> None:
    survive(**case)


@pytest.mark.slow
@settings(FIXED, max_examples=600)
@given(case=cases())
def test_books_balance_in_many_worlds(case: dict[str, Any]) -> None:
    survive(**case)


@pytest.mark.slow
@pytest.mark.parametrize("end", [0.0, 1.0], ids=["low", "high"])
@pytest.mark.parametrize("address", sorted(LEAVES))
def test_books_balance_at_every_bound(address: str, end: float) -> None:
    """One parameter at one of its bounds, all others as they are."""
    survive(rng=1, developers=200, months=24, setup=None, params={address: value_at(LEAVES[address], end)})
