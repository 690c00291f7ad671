"""Money after T: what labs are worth, what comes in, what is spent, and that it closes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim import Market, Parameters, Scenario, month_of
from sim.mechanisms.finance import research_budget
from sim.mechanisms.funding import backers_target, growth_share, ploughback
from sim.mechanisms.value import believed_multiple, believed_path, lasting_value, value
from tests.instruments.labs import impoverish

BILLION_A_YEAR = 1e9 / 12.0
T = month_of("2025-12")
EVERYBODY_OPENS = Scenario(name="everybody opens", labs={"*": "open_weights"})


# Value


@pytest.mark.parametrize("rate", [0.10, 0.12, 0.3])
@pytest.mark.parametrize("room", [0.01, 1.0, 50.0])
def test_believed_multiple_in_closed_form_where_growth_is_the_discount_rate(rate: float, room: float) -> None:
    """With g = r, M = (1 + k)/r · ln(1 + k)/k."""
    exact = (1.0 + room) / rate * math.log1p(room) / room
    assert believed_multiple(rate, 1e9, rate, 1e9 * (1.0 + room)) == pytest.approx(exact, rel=1e-6)


def test_believed_multiple_by_a_series() -> None:
    """M = (1/r) Σ_n z^n Π_{m ≤ n} m/(m + r/g), z = k/(1 + k): Gauss' series after Pfaff's transformation."""
    for rate, growth, room in ((0.12, 0.9, 20.0), (0.2, 0.05, 3.0), (0.1, 2.0, 80.0)):
        z, term, total = room / (1.0 + room), 1.0, 0.0
        for n in range(1, 200_000):
            total += term
            term *= z * n / (n + rate / growth)
            if term < 1e-14:
                break
        assert believed_multiple(rate, 1.0, growth, 1.0 + room) == pytest.approx(total / rate, rel=1e-6)


def test_a_market_that_does_not_grow_is_a_perpetuity_and_one_that_shrinks_less() -> None:
    assert believed_multiple(0.12, 1e10, 0.0, 1e12) == pytest.approx(1.0 / 0.12, rel=1e-12)
    assert believed_multiple(0.12, 1e10, 1e-9, 1e12) == pytest.approx(1.0 / 0.12, rel=1e-5)
    assert believed_multiple(0.12, 1e10, -0.08, 1e12) == pytest.approx(5.0, rel=1e-12)
    assert believed_multiple(0.12, 1e12, 0.5, 1e12) == pytest.approx(1.0 / 0.12, rel=1e-6)
    assert believed_path(1e10, 0.5, 1e12)[0] == pytest.approx(1.0)
    assert believed_path(1e10, 0.5, 1e12)[-1] == pytest.approx(100.0, rel=1e-9)


def test_values_share_out_what_all_rents_are_worth() -> None:
    """Σ V = (1 − δ) M ΣR, whatever the contest; a lead is worth M_d a dollar, and the rest goes by research."""
    rent, effort = np.array([3.0, 1.0, 0.0, 0.0]), np.array([2.0, 1.0, 1.0, 0.0])
    for contest in (0.0, 1.0, 2.0):
        found = lasting_value(rent, effort, 4.0, 20.0, 0.4, contest)
        assert found.sum() == pytest.approx(0.6 * 20.0 * 4.0, rel=1e-12)
        assert found[3] == 0.0
    by_hand = 0.6 * (4.0 * rent + 16.0 * 4.0 * np.array([4.0, 1.0, 1.0, 0.0]) / 6.0)
    np.testing.assert_allclose(found, by_hand, rtol=1e-12)
    assert not lasting_value(rent, 0.0 * effort, 4.0, 20.0, 0.4, 1.0).any()


def test_growth_is_what_a_value_has_beyond_a_perpetuity() -> None:
    assert growth_share(0.1, 10.0) == 0.0
    assert growth_share(0.1, 5.0) == 0.0
    assert growth_share(0.1, 40.0) == pytest.approx(0.75, rel=1e-12)
    assert ploughback(0.4, 0.0) == 0.4
    assert ploughback(0.4, 1.0) == pytest.approx(1.0)


# Inflows and spending


def test_backers_without_rents_lose_half_in_a_half_life_and_those_with_rents_follow_them() -> None:
    start = np.array([5.0, 5.0, 0.0])
    nothing, rents = np.zeros(3), np.array([0.0, 1e12, 1e12])
    np.testing.assert_allclose(backers_target(start, nothing, nothing, 72.0, 72), start / 2.0, rtol=1e-9)
    followed = backers_target(start, 3.0 * rents, rents, 72.0, 72)
    np.testing.assert_allclose(followed, [2.5, 15.0, 0.0], rtol=1e-6)
    np.testing.assert_allclose(backers_target(start, rents, rents, 72.0, 0), start, rtol=1e-12)


def test_budgets_approach_what_inflows_pay_for_at_their_paces() -> None:
    """ΔRD = (RD* − RD)/τ: of a gap (1 − 1/τ)^t is left, τ six months up and τ_d down."""
    up, down = np.array([10.0]), np.array([30.0])
    for _ in range(12):
        up = research_budget(up, np.array([20.0]), np.zeros(1), 36.0)
        down = research_budget(down, np.array([20.0]), np.zeros(1), 36.0)
    assert up[0] == pytest.approx(20.0 - 10.0 * (5.0 / 6.0) ** 12, rel=1e-12)
    assert down[0] == pytest.approx(20.0 + 10.0 * (35.0 / 36.0) ** 12, rel=1e-12)
    assert research_budget(np.zeros(1), np.zeros(1), np.array([-5.0]), 36.0)[0] == 0.0


# The market


@pytest.fixture(scope="module")
def baseline() -> Market:
    market = Market(rng=5, developers=1000)
    market.run(96)
    return market


@pytest.fixture(scope="module")
def opened(baseline: Market) -> Market:
    market = Market(rng=5, developers=1000, setup=EVERYBODY_OPENS, reference=baseline.record)
    market.run(96)
    return market


def closes(market: Market) -> None:
    """Cash is opening cash and all that came in less all that went out, and it is never below zero after T."""
    labs = market.record.labs
    cash = labs["cash"] * 1e9
    came = (labs["raised"] + labs["rent"] * (labs["exists"] + 0.0)) * BILLION_A_YEAR
    went = (labs["research"] + labs["dividends"] * labs["exists"]) * BILLION_A_YEAR
    cumulated = cash[0] + np.cumsum((came - went)[1:], axis=0)
    size = np.maximum(cash[0] + np.cumsum(came[1:], axis=0), 1.0)  # nobody has any before it is founded
    assert np.abs((cash[1:] - cumulated) / size).max() < 1e-9
    assert cash[T + 1 :].min() >= -1e-9 * size.max()


def test_books_close_every_month_and_nobody_spends_what_is_not_there(baseline: Market, opened: Market) -> None:
    closes(baseline)
    closes(opened)


def test_every_path_goes_on_from_the_record(baseline: Market) -> None:
    there = baseline.record.labs["exists"][T] > 0.0
    labs = {name: values[:, there] for name, values in baseline.record.labs.items()}
    for name, most in (("research", 0.06), ("valuation", 0.25)):
        step = np.abs(np.log(labs[name][T + 1] / labs[name][T]))
        assert step.max() < most, name
    assert np.abs(labs["compute"][T + 1] - labs["compute"][T]).max() < 0.1


def test_nobody_exits_to_the_end_of_the_record(baseline: Market, opened: Market) -> None:
    for market in (baseline, opened):
        exits = market.labs.exited
        assert not ((exits > 0) & (exits <= T)).any()


def test_compute_is_bought_half_a_year_earlier(baseline: Market) -> None:
    """log C(t) − log C(T) = Δ log RD − Δ log p − u (1 − 2^(−(t − T)/24)), both of six months before."""
    record, months, there = baseline.record, 30, baseline.record.labs["exists"][T] > 0.0
    spent = np.log10(record.budgets[T + months - 6][there] / record.budgets[T - 6][there])
    price = np.log10(record.chip_prices[T + months - 6] / record.chip_prices[T - 6])[baseline.labs.region[there]]
    ratio = record.labs["compute"][T][there] - np.log10(record.budgets[T][there])
    fades = (ratio - np.median(ratio)) * (1.0 - 2.0 ** (-months / 24.0))
    grown = (record.labs["compute"][T + months] - record.labs["compute"][T])[there]
    np.testing.assert_allclose(grown, spent - price - fades, atol=1e-9)


def test_backers_and_compute_of_a_dollar_are_those_of_the_reference(baseline: Market, opened: Market) -> None:
    own, reference = opened.record.ending, baseline.record.ending
    assert own is not None and reference is not None
    for name in ("backing", "compute", "excess"):
        there = baseline.record.labs["exists"][T] > 0.0
        np.testing.assert_array_equal(getattr(own, name)[there], getattr(reference, name)[there])
    assert np.any(own.runway != reference.runway)
    # What was lost in rents before T is missing in cash, and budgets were lower too.
    lost = np.array(opened.record.raised[:T]) == np.array(baseline.record.raised[:T])
    assert lost.all()


def test_labs_end_where_nobody_pays_and_open_weights_stay(opened: Market) -> None:
    labs, lines = opened.labs, opened.lines
    gone = labs.exited > 0
    assert gone.any() and not gone.all()
    closed = lines.access == 0
    long_gone = gone & (labs.exited < opened.month - 3)
    assert not lines.live[closed & long_gone[lines.lab]].any()
    assert lines.live[~closed & long_gone[lines.lab]].any()
    assert not opened.developers.counts[:, 1:][:, ~lines.live].any()
    np.testing.assert_array_equal(opened.record.labs["research"][-1][gone], 0.0)
    np.testing.assert_array_equal(labs.revenue[gone & long_gone], 0.0)
    # Staff went elsewhere at once.
    staff = opened.record.labs["researchers"][-1]
    assert not staff[gone].any()
    assert staff[~gone].any()
    # A lab that ended releases nothing any more.
    last = {run.lab: run.month for run in opened.record.completed}
    assert all(last[row] < labs.exited[row] for row in np.flatnonzero(gone))


def test_whose_model_is_withdrawn_chooses_at_once() -> None:
    market = Market(rng=5, developers=2000, **{"record.end": "2024-06", "finance.grace": 1})
    market.run(24)
    row = market.lab_names.index("Anthropic")
    impoverish(market.lab_agents[row])
    market.step()
    assert market.labs.exited[row] == market.month and not market.labs.active[row]
    lines = market.lines
    mine = np.flatnonzero((lines.lab == row) & lines.live)
    market.run(2)
    assert lines.live[mine].all() and market.developers.counts[:, 1 + mine].any()
    market.step()
    assert not lines.live[mine].any()
    assert not market.developers.counts[:, 1 + mine].any()
    assert not np.isin(market.startups.base[market.startups.alive], mine).any()
    assert market.world.frontier[0] <= (lines.capability + lines.gain)[lines.live].max() + 1e-12


def test_employees_go_on_from_the_rise_that_they_had() -> None:
    """Their measure of value changes at T, its rise over a year does not jump with it."""
    market = Market(rng=5, developers=500)
    market.run(T)
    labs = market.labs
    before = (labs.valuation + 1e6) / (labs.valuation_year_ago + 1e6)
    market.month += 1
    value(market)
    year_ago = labs.valuation_year_ago * 12.0 / 11.0 - labs.valuation / 11.0
    np.testing.assert_allclose((labs.valuation + 1e6) / (year_ago + 1e6), before, rtol=1e-6)
    np.testing.assert_array_equal(labs.valuation, labs.value * np.exp(labs.news))


def test_parents_raise_no_equity(baseline: Market) -> None:
    names = [name for name, pays in zip(baseline.lab_names, baseline.labs.parent, strict=True) if pays]
    assert names == ["Google", "Meta", "DeepSeek", "Alibaba", "ByteDance"]
    assert not baseline.labs.equity[baseline.labs.parent].any()
    assert baseline.labs.equity[~baseline.labs.parent & baseline.labs.active].all()


def test_parameters_that_went_say_what_takes_their_place() -> None:
    for address in ("compute.growth_after", "finance.multiple", "finance.parent_money", "finance.reinvestment"):
        with pytest.raises(ValueError, match="no such parameter any more"):
            Parameters().with_(**{address: 1.0})


# What a scenario decrees


def decreed(baseline: Market, months: int, **change: object) -> Market:
    setup = Scenario(name="decree", changes={"2026-01": change})
    market = Market(rng=5, developers=1000, setup=setup, reference=baseline.record)
    market.run(months)
    return market


def test_a_grant_reaches_labs_by_research_and_crowds_out_backers(baseline: Market) -> None:
    market, labs = decreed(baseline, T + 1, grants={"US": 12e9, "DeepSeek": 1.2e9}), baseline.labs
    us = labs.region == 0
    effort = baseline.record.budgets[T]
    expected = np.where(us, 1e9 * effort / effort[us].sum(), 0.0)
    expected[market.lab_names.index("DeepSeek")] = 1e8
    np.testing.assert_allclose(market.labs.grant, expected, rtol=1e-12)
    assert market.labs.grant[us].sum() == pytest.approx(1e9, rel=1e-12)
    np.testing.assert_allclose(
        market.labs.backing, np.maximum(market.labs.backers - 0.3 * market.labs.grant, 0.0), rtol=1e-12
    )
    came = market.labs.raised + market.labs.grant + market.labs.rent - market.labs.budget - market.labs.dividends
    cash = baseline.record.labs["cash"][T] * 1e9
    np.testing.assert_allclose(market.labs.cash - cash, came, rtol=1e-9, atol=1.0)


def test_cheaper_training_and_chips_are_compute_and_equal_compute_is_the_mean(baseline: Market) -> None:
    row = baseline.lab_names.index("Mistral")
    then = baseline.record.labs["compute"]
    cheap = decreed(baseline, T + 3, training_cost={"Mistral": 0.1}).record.labs["compute"]
    grown = cheap[T + 3] - then[T + 3]
    assert grown[row] == pytest.approx(1.0, abs=1e-6)
    equal = decreed(baseline, T + 1, equal_compute=True).record.labs["compute"][T + 1]
    there = baseline.record.labs["exists"][T] > 0.0
    np.testing.assert_allclose(equal[there], np.log10((10.0 ** then[T + 1][there]).mean()), rtol=1e-12)
    # A subsidy buys compute half a year after it began.
    chips = decreed(baseline, T + 7, chip_subsidies={"CN": 0.5}).record.labs["compute"] - then[: T + 8]
    china = (baseline.labs.region == 1) & there
    assert np.abs(chips[T + 6][there]).max() < 0.01
    np.testing.assert_allclose(chips[T + 7][china], np.log10(2.0), atol=0.01)
