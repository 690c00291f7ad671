"""Measures: definitions on states made by hand, and bounds in every month of a run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import Market, ParameterError, Parameters
from sim.agents.lab import CLOSED, SLOTS
from sim.measures import LABS, MARKET

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "entry.weight": 50.0,
        "pricing.size_elasticity": 0.8,
        "pricing.cost_floor": 0.0,
        "release.size_of_capability": 0.55,
        "access.grey": 0.05,
        "pricing.host_spread": 0.0,
    }
)


def by_hand(developers: int = 1000, **parameters) -> Market:
    """A market whose tables a test fills itself."""
    return Market(PINNED, rng=1, developers=developers, **parameters)


def measure(market: Market, name: str) -> float:
    return MARKET[name].compute(market)


def of_labs(market: Market, name: str) -> np.ndarray:
    return LABS[name].compute(market)


def past(market: Market, **series) -> None:
    """Replace what the record remembers of some measures."""
    for name, values in series.items():
        market.record._market[name] = list(values)


def test_every_measure_has_unit_and_definition_and_is_recorded() -> None:
    market = by_hand()
    market.run(2)
    assert set(market.record.market) == set(MARKET)
    assert set(market.record.labs) == set(LABS)
    for name, one in {**MARKET, **LABS}.items():
        assert one.name == name
        assert one.unit.strip()
        assert one.doc.strip().endswith(".")
    assert all(values.shape == (3,) for values in market.record.market.values())
    assert all(values.shape == (3, len(market.labs)) for values in market.record.labs.values())


# Shares


@pytest.mark.parametrize("labs", [1, 2, 5])
def test_concentration_of_equal_labs_is_one_over_their_number(labs: int) -> None:
    market = by_hand()
    market.lines.spend[:] = 0.0
    market.lines.spend[np.arange(labs) * SLOTS] = 7.0
    assert measure(market, "hhi") == pytest.approx(1.0 / labs, rel=1e-12)
    np.testing.assert_allclose(of_labs(market, "share_spend")[:labs], 1.0 / labs)


def test_concentration_by_hand() -> None:
    market = by_hand()
    market.lines.spend[:] = 0.0
    # Two lines of one lab count as one seller: shares 0.7 and 0.3.
    market.lines.spend[[0, 1, SLOTS]] = [50.0, 20.0, 30.0]
    assert measure(market, "hhi") == pytest.approx(0.49 + 0.09, rel=1e-12)


def test_the_four_open_shares_by_hand() -> None:
    market = by_hand()
    lines, people, segments = market.lines, market.developers, market.segments
    open_line, closed_line = 2, 0
    assert lines.access[open_line] != CLOSED
    assert lines.access[closed_line] == CLOSED
    for column in (lines.spend, lines.tokens, lines.users):
        column[:] = 0.0
    lines.spend[[open_line, closed_line]] = [1.0, 24.0]
    lines.tokens[[open_line, closed_line]] = [1.0, 4.0]
    lines.users[[open_line, closed_line]] = [3.0, 7.0]
    people.counts[:] = 0
    firm_us = int(np.flatnonzero((segments.region == 0) & (segments.organisation == 3))[0])
    firm_cn = int(np.flatnonzero((segments.region == 1) & (segments.organisation == 3))[0])
    indie_us = int(np.flatnonzero((segments.region == 0) & (segments.organisation == 0))[0])
    people.counts[firm_us, [1 + open_line, 1 + closed_line]] = [1, 9]
    # Neither firms in China nor individuals count as enterprise.
    people.counts[firm_cn, 1 + open_line] = 500
    people.counts[indie_us, 1 + open_line] = 500
    assert measure(market, "open_share_spend") == pytest.approx(0.04)
    assert measure(market, "open_share_tokens") == pytest.approx(0.2)
    assert measure(market, "open_share_users") == pytest.approx(0.3)
    assert measure(market, "open_share_enterprise") == pytest.approx(0.1)


def test_shares_are_zero_where_nobody_buys() -> None:
    market = by_hand()
    market.lines.spend[:] = 0.0
    assert measure(market, "open_share_spend") == 0.0
    assert np.all(of_labs(market, "share_spend") == 0.0)
    assert measure(market, "hhi") == 0.0


# Frontiers and lags


def steady(market: Market, growth: float, lag: int, months: int) -> None:
    """A frontier that grows by the month and an open one that is some months behind."""
    path = growth * np.arange(months + 1)
    past(market, frontier=path[:-1], open_gap=np.full(months, growth * lag))
    market.world.frontier[0] = path[-1]
    # No open model is on offer, so the best so far is the last that is remembered.
    past(market, open_frontier=[path[-1] - growth * lag])


@pytest.mark.parametrize(("growth", "lag"), [(0.1, 6), (0.06, 12)])
def test_both_lags_of_a_steady_chase_are_the_lag(growth: float, lag: int) -> None:
    market = by_hand()
    steady(market, growth, lag, 40)
    assert measure(market, "open_gap") == pytest.approx(growth * lag)
    # The step lag forgives half a tenth of an OOM, less than a month here.
    assert measure(market, "open_lag_step") == pytest.approx(lag, abs=1.0)
    assert measure(market, "open_lag") == pytest.approx(lag, rel=1e-9)
    assert measure(market, "innovation_speed") == pytest.approx(12.0 * growth)


def test_lag_counts_the_months_since_the_frontier_was_there() -> None:
    market = by_hand()
    past(market, frontier=[0.0, 0.0, 1.0, 1.0, 2.0, 2.0], open_frontier=[np.nan] * 5 + [0.97])
    market.world.frontier[0] = 2.0
    # Now is month 6; 0.97 is within .05 of what was reached in month 2.
    assert measure(market, "open_lag_step") == 4.0
    past(market, open_frontier=[1.9])
    assert measure(market, "open_lag_step") == 6 - 4
    past(market, open_frontier=[1.96])
    assert measure(market, "open_lag_step") == 2.0


def test_lags_are_missing_before_the_first_open_model() -> None:
    market = by_hand()
    assert np.isnan(measure(market, "open_frontier"))
    assert np.isnan(measure(market, "open_lag_step"))
    assert np.isnan(measure(market, "open_lag"))
    assert np.isnan(measure(market, "innovation_speed"))


def test_trend_lag_of_a_stagnant_frontier_uses_a_least_growth() -> None:
    """A gap of .3 OOM is twelve months at the least growth of .3 OOM a year."""
    market = by_hand()
    past(market, frontier=[1.0] * 20, open_gap=[0.3] * 20, open_frontier=[0.7] * 20)
    market.world.frontier[0] = 1.0
    assert measure(market, "open_lag") == pytest.approx(12.0, rel=1e-12)


def test_lag_of_china_is_behind_the_us() -> None:
    market = by_hand()
    market.run(30)
    path = [*market.record.market["us_frontier"]]
    here = market.record.market["china_frontier"][-1]
    reached = next(month for month, value in enumerate(path) if value >= here - 0.05)
    assert market.record.market["china_lag"][-1] == len(path) - 1 - reached > 0


# Prices


def test_price_of_a_level_is_the_cheapest_of_those_that_reach_it() -> None:
    market = by_hand()
    lines = market.lines
    lines.live[:] = False
    lines.live[:4] = True
    lines.capability[:4] = [2.0, 0.81, -0.10, -0.50]
    lines.gain[:4] = [0.0, 0.0, 0.0, 0.2]
    lines.price[:4] = [9.0, 4.0, 1.5, 0.1]
    # .15 OOM of luck is forgiven: −.10 counts as GPT-3.5, −.30 does not; .81 counts as GPT-4 (.954).
    assert measure(market, "price_gpt35_level") == 1.5
    assert measure(market, "price_gpt4_level") == 4.0
    assert measure(market, "frontier_price") == 9.0
    lines.capability[1] = 0.80
    assert measure(market, "price_gpt4_level") == 9.0
    lines.live[:] = False
    assert np.isnan(measure(market, "price_gpt35_level"))
    assert np.isnan(measure(market, "frontier_price"))


def test_technology_price_falls_at_the_rate_of_know_how() -> None:
    """T22: −d log₁₀ P = ε_n κ ΔK + Δg at constant margins: what is better may be smaller, by κ for each OOM."""
    market = by_hand()
    before = measure(market, "technology_price_gpt35")
    market.lines.capability += 0.4
    market.labs.serving += 0.3
    fall = 0.8 * 0.55 * 0.4 + 0.3
    assert np.log10(measure(market, "technology_price_gpt35") / before) == pytest.approx(-fall, rel=1e-9)
    # No know-how takes the floor away.
    market.parameters = market.parameters.with_(**{"pricing.cost_floor": 0.01})
    market.labs.serving += 100.0
    margin = market.lines.lerner[market.lines.live].max()
    assert measure(market, "technology_price_gpt35") == pytest.approx(0.01 / (1.0 - margin), rel=1e-9)


def test_closed_margin_is_weighted_by_spend_and_leaves_hosts_out() -> None:
    market = by_hand()
    lines = market.lines
    lines.live[:3] = True
    lines.spend[:] = 0.0
    lines.spend[:3] = [3.0, 1.0, 100.0]
    lines.lerner[:3] = [0.6, 0.2, 0.9]
    assert lines.access[:3].tolist() == [0, 0, 1]
    assert measure(market, "closed_margin") == pytest.approx(0.5)


def test_price_and_margin_of_a_lab_are_those_of_its_best_model() -> None:
    market = by_hand()
    lines = market.lines
    lines.live[:] = False
    lines.live[[0, 1, 2]] = True
    lines.capability[:3], lines.gain[:3] = [1.0, 0.5, 0.95], [0.0, 0.0, 0.1]
    lines.price[:3], lines.lerner[:3] = [10.0, 2.0, 1.0], [0.5, 0.4, 0.1]
    assert of_labs(market, "capability")[0] == pytest.approx(1.05)
    assert of_labs(market, "price")[0] == 1.0
    assert of_labs(market, "margin")[0] == 0.1
    assert np.all(np.isnan(of_labs(market, "price")[1:]))


# Consumers, people, units


def test_consumer_gain_is_the_log_sum_in_money() -> None:
    """One line: ln(1 + a e^(V − α ln P − V₀))/α, weighted by budgets at the start; a of those who may buy it."""
    market = by_hand()
    segments = market.segments
    live = np.flatnonzero(market.lines.live)
    assert live.size == 1
    line, lab = int(live[0]), int(market.lines.lab[live[0]])
    assert market.lab_names[lab] == "OpenAI"
    aware = (1.0 - np.exp(-segments.awareness[:, lab])) * np.where(segments.region == 1, 0.05, 1.0)
    odds = aware * np.exp(segments.utility[:, line] - segments.outside) * segments.price[:, line] ** -segments.alpha
    value = np.log(1.0 + odds) / segments.alpha
    weight = segments.people * segments.budget_start
    assert measure(market, "consumer_gain") == pytest.approx((weight * value).sum() / weight.sum(), rel=1e-10)


def test_variations_of_a_cobb_douglas_user_by_hand() -> None:
    """All better off by ln 2: half of all budgets could be taken, and budgets once more would have to be given."""
    reference = by_hand()
    market = by_hand()
    assert measure(market, "equivalent_variation") == measure(market, "compensating_variation") == 0.0
    market.reference = reference.record
    budgets = (reference.segments.people * reference.segments.budget).sum() * 12 / 1e9
    market.segments.inclusive[:] = reference.segments.inclusive + np.log(2.0)
    assert measure(market, "equivalent_variation") == pytest.approx(budgets, rel=1e-12)
    assert measure(market, "compensating_variation") == pytest.approx(budgets / 2, rel=1e-12)
    market.segments.inclusive[:] = reference.segments.inclusive - 50.0
    assert measure(market, "equivalent_variation") == pytest.approx(-budgets, rel=1e-12), "at most all they have"


def test_consumers_gain_from_lower_costs() -> None:
    """In log money by something, but by no more than the price falls."""
    markets = [by_hand(**{"pricing.reference_cost": cost}) for cost in (4.0, 2.0, 1.0)]
    gains = np.diff([measure(market, "consumer_gain") for market in markets])
    falls = -np.diff(np.log([market.lines.price[0] for market in markets]))
    assert np.all(gains > 0.0)
    assert np.all(gains < falls)


def test_units() -> None:
    market = by_hand()
    market.run(3)
    labs = market.labs
    np.testing.assert_allclose(of_labs(market, "revenue"), labs.revenue * 12.0 / 1e9)
    np.testing.assert_allclose(of_labs(market, "profit"), labs.profit * 12.0 / 1e9)
    np.testing.assert_allclose(of_labs(market, "cash"), labs.cash / 1e9)
    np.testing.assert_allclose(of_labs(market, "valuation"), labs.value / 1e9)
    np.testing.assert_allclose(of_labs(market, "wage"), labs.wage * 12.0)
    assert measure(market, "spend") == pytest.approx(market.lines.spend.sum() * 12.0 / 1e9)
    assert measure(market, "startups") == 50.0 * market.startups.alive.sum()


def test_trust_is_weighted_by_users() -> None:
    """Three in the US and one in China trust the first lab, one in China the second."""
    market = by_hand()
    counts, segments = market.developers.counts, market.segments
    counts[:] = 0
    us, china = (int(np.flatnonzero(segments.region == region)[0]) for region in (0, 1))
    counts[us, 1], counts[china, 1], counts[china, 1 + SLOTS] = 3, 1, 1
    market.labs.trust[0], market.labs.trust[1] = [0.2, 0.4, 0.9], [0.9, 0.6, 0.9]
    assert measure(market, "trust_us") == pytest.approx(0.2)
    assert measure(market, "trust_china") == pytest.approx(0.5)
    assert math.isnan(measure(market, "trust_europe"))
    assert measure(market, "trust") == pytest.approx((0.6 + 1.0) / 5.0)
    weight = [segments.share[segments.region == region].sum() for region in range(3)]
    assert LABS["trust"].compute(market)[0] == pytest.approx(np.dot(weight, [0.2, 0.4, 0.9]))


def test_incidents_and_law_by_kind_of_weights() -> None:
    market = by_hand()
    governments = market.governments
    governments.incidents[:] = [[1, 2], [3, 4], [5, 6]]
    governments.hazard[:] = governments.incidents / 2.0
    governments.stringency[:] = [[0.1, 0.5], [0.1, 0.0], [0.1, 0.0]]
    assert [measure(market, f"incidents{of}") for of in ("", "_open")] == [21.0, 12.0]
    assert [measure(market, f"incidents_expected{of}") for of in ("", "_open")] == [10.5, 6.0]
    assert measure(market, "law_closed") == pytest.approx(0.1)
    us = market.segments.share[market.segments.region == 0].sum()
    assert measure(market, "law_open") == pytest.approx(0.5 * us)


def test_measures_stay_within_their_bounds() -> None:
    market = Market(PINNED, rng=7, developers=2000)
    market.run(48)
    record = market.record
    for name in (
        "open_share_spend",
        "open_share_tokens",
        "open_share_users",
        "open_share_enterprise",
        "adoption",
        "trust",
    ):
        values = record.market[name]
        assert np.all((values >= 0.0) & (values <= 1.0)), name
    assert np.all((record.market["hhi"] > 1.0 / len(market.labs)) & (record.market["hhi"] <= 1.0 + 1e-12))
    for leader, follower in (
        ("frontier", "open_frontier"),
        ("frontier", "us_frontier"),
        ("frontier", "china_frontier"),
    ):
        gap = record.market[leader] - record.market[follower]
        assert np.nanmin(gap) >= -1e-12
    best = np.fmax(record.market["us_frontier"], record.market["china_frontier"])
    assert np.all(best <= record.market["frontier"] + 1e-12)
    known = np.isfinite(record.market["open_lag_step"])
    assert known.sum() > 30
    assert np.all(record.market["open_lag_step"][known] >= 0.0)
    assert np.all(np.diff(record.market["open_frontier"][known]) >= 0.0)


def test_a_measure_that_a_record_has_not_is_answered_with_those_it_has() -> None:
    record = Market(rng=1, developers=100).run(1)
    for table, name, near in ((record.market, "frontear", "frontier"), (record.labs, "prise", "price")):
        for kind in (ParameterError, KeyError):
            with pytest.raises(kind) as caught:
                table[name]
            line = str(caught.value)
            assert line.startswith(f"measure = '{name}' is not allowed; did you mean {near}? allowed: one of ")
            assert line.isprintable() and "'" not in line.partition("allowed;")[2]
        assert name not in table and table.get(name) is None and near in table
    for name in (3, None, ["frontier"], ("frontier",)):
        with pytest.raises(ParameterError, match=r"measure = .* is not allowed; allowed: one of "):
            record.market[name]
    with pytest.raises(ParameterError, match="did you mean frontier"):
        record.last("frontear")
