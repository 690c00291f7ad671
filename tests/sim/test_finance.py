"""Finance: compute anchored in history or bought out of profits, chips, valuations and cash."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, ParameterError, Parameters, Scenario
from sim.mechanisms.finance import anchored_compute, chip_price, domestic_share, finance

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "compute.chip_price": 3.8e-18,
        "compute.hardware_progress": 0.15,
        "compute.wedge": 1.0,
        "compute.learning": 0.2,
        "compute.domestic_rate": 0.03,
        "compute.domestic_elasticity": 3.0,
        "compute.domestic_cost": 1.5,
        "finance.elasticity": 0.3,
        "finance.price_elasticity": 1.0,
        "finance.support": 1.0,
        "finance.support_floor": 1000000.0,
        "finance.belief_speed": 0.1,
        "finance.runway": 12.0,
    }
)


NO_DEEPSEEK = Scenario(name="no_deepseek", labs={"DeepSeek": "absent"})


# Anchored


def test_anchored_ratio_by_hand() -> None:
    """Rents tenfold with no support raise compute by φ OOM; losses count as no rent."""
    history = np.full(3, 25.0)
    compute, factor = anchored_compute(
        history, np.array([10.0, -5.0, 7.0]), np.array([1.0, 1.0, 7.0]), np.array([1e-12, 1.0, 3.0]), 0.3
    )
    np.testing.assert_allclose(compute, [25.3, 25.0 + 0.3 * np.log10(0.5), 25.0], rtol=1e-12)
    np.testing.assert_allclose(factor, [10.0**0.3, 0.5**0.3, 1.0], rtol=1e-10)


def test_support_dampens_the_response() -> None:
    one = np.ones(1)
    deviations = [anchored_compute(0.0 * one, 4.0 * one, one, s * one, 0.5)[0][0] for s in (1e-9, 1.0, 100.0)]
    np.testing.assert_allclose(deviations, [0.5 * np.log10(4.0), 0.5 * np.log10(2.5), 0.5 * np.log10(104.0 / 101.0)])


def test_to_the_end_of_the_record_its_own_reference_has_exactly_historys_compute() -> None:
    market = Market(PINNED, rng=2, developers=500, **{"finance.elasticity": 0.6})
    for _ in range(37):
        market.step()
        np.testing.assert_array_equal(market.labs.compute, market.labs.compute_history)
        np.testing.assert_array_equal(market.labs.budget, market.labs.budget_history)


def test_an_equal_reference_gives_exactly_historys_compute() -> None:
    first = Market(PINNED, rng=2, developers=500)
    first.run(20)
    second = Market(PINNED, rng=2, developers=500, reference=first.record)
    second.run(20)
    np.testing.assert_array_equal(second.labs.compute, second.labs.compute_history)
    for name, values in first.record.labs.items():
        np.testing.assert_array_equal(values, second.record.labs[name])


def test_compute_of_a_scenario_deviates_with_rents() -> None:
    """log C − log C_hist = φ log[(r + s)/(r_ref + s)], rents of last month, s in units of the mean reference rent."""
    reference = Market(PINNED, rng=2, developers=2000)
    reference.run(36)
    market = Market(PINNED, rng=2, developers=2000, setup=NO_DEEPSEEK, reference=reference.record)
    market.run(36)
    labs = market.labs
    rent, anchor = (np.maximum(record.labs["rent_smoothed"][35], 0.0) for record in (market.record, reference.record))
    support = labs.support * anchor[labs.active].mean() + 1e6
    expected = 0.3 * np.log10((rent + support) / (anchor + support))
    # The price of chips differs too, for researchers are elsewhere; its elasticity is one.
    price = market.governments.chip_price / reference.record.chip_prices[36]
    deviation = labs.compute - labs.compute_history
    np.testing.assert_allclose(deviation, expected - np.log10(price[labs.region]), atol=1e-12)
    recorded = labs.budget_history > 0.0
    spent = np.log10(labs.budget[recorded] / labs.budget_history[recorded])
    np.testing.assert_allclose(spent, expected[recorded], atol=1e-12)
    assert np.abs(expected[labs.active]).max() > 1e-3


def test_without_elasticity_rents_do_not_matter() -> None:
    market = Market(
        PINNED,
        rng=2,
        developers=500,
        setup=Scenario(name="rich", params={"population.budget_scale": 0.1}),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    market.run(12)
    np.testing.assert_array_equal(market.labs.compute, market.labs.compute_history)


def test_a_reference_that_is_too_short_is_refused() -> None:
    reference = Market(PINNED, rng=2, developers=200)
    reference.run(3)
    market = Market(PINNED, rng=2, developers=200, setup=NO_DEEPSEEK, reference=reference.record)
    market.run(3)
    with pytest.raises(ParameterError, match=r"reference covers 3 months, this run is in month 4"):
        market.step()


def test_a_missing_reference_is_computed_beside_the_run() -> None:
    reference = Market(PINNED, rng=2, developers=300)
    reference.run(10)
    given = Market(PINNED, rng=2, developers=300, setup=NO_DEEPSEEK, reference=reference.record)
    alone = Market(PINNED, rng=2, developers=300, setup=NO_DEEPSEEK)
    given.run(10)
    alone.run(10)
    np.testing.assert_array_equal(given.labs.compute, alone.labs.compute)
    np.testing.assert_array_equal(given.developers.choice, alone.developers.choice)


# Chips


def test_price_of_chips_by_hand() -> None:
    """3.8e-18 $/FLOP falls to half in 24 months at .15 OOM a year; a wedge adds, and experience shrinks it."""
    got = chip_price(3.8e-18, 0.15, 24, np.array([0.0, 0.5, 0.5]), np.array([1.0, 1.0, 32.0]), 0.2)
    falls = 3.8e-18 * 10.0**-0.3
    np.testing.assert_allclose(got, [falls, 1.5 * falls, 1.25 * falls], rtol=1e-12)
    assert got[0] == pytest.approx(1.9e-18, rel=0.005)


def test_share_of_domestic_chips_is_logistic_in_relative_prices() -> None:
    equal = domestic_share(np.array([0.5]), np.ones(1), 1.5, 0.2, 3.0)
    np.testing.assert_allclose(equal, [0.5], rtol=1e-12)
    wedge, experience = np.array([0.2, 0.8]), np.array([1.0, 4.0])
    share = domestic_share(wedge, experience, 1.5, 0.2, 3.0)
    odds = 3.0 * (np.log(1.0 + wedge) - np.log(1.5) + 0.2 * np.log(experience))
    np.testing.assert_allclose(np.log(share / (1.0 - share)), odds, rtol=1e-10)


def test_export_controls_raise_the_price_in_china_and_home_chips_lower_it() -> None:
    market = Market(PINNED, rng=2, developers=200)
    market.run(30)
    price, wedge = market.governments.chip_price, market.governments.chip_wedge
    assert market.date == "2025-05"
    np.testing.assert_array_equal(wedge, [0.0, 0.8, 0.0])
    base = 3.8e-18 * 10.0 ** (-0.15 * 30 / 12.0)
    np.testing.assert_allclose(price[[0, 2]], base, rtol=1e-12)
    experience = market.governments.domestic_experience[1]
    assert price[1] / base == pytest.approx(1.0 + 0.8 * experience**-0.2, rel=1e-12)
    assert experience > 1.1
    assert 1.0 < price[1] / base < 1.8


def test_domestic_experience_grows_by_use_and_skill() -> None:
    market = Market(PINNED, rng=2, developers=200, without=("talent",))
    before = market.governments.domestic_experience.copy()
    market.governments.chip_wedge[:] = [0.0, 0.5, 0.0]
    finance(market)
    share = 1.0 / (1.0 + (np.array([1.0, 1.5, 1.0]) / (1.5 * before**-0.2)) ** -3.0)
    # In levels, over the one constant, that of China at the start: more engineers learn faster, wherever they are.
    skill = (market.governments.hardware_researchers / 1260.0) ** 0.4
    assert skill[0] > 1.1 > skill[1] > 0.9
    np.testing.assert_allclose(market.governments.domestic_experience - before, 0.03 * share * skill, rtol=1e-12)


def test_a_world_with_fewer_engineers_learns_more_slowly() -> None:
    """Half the share of hardware skill at the start: experience grows at the rate times ½^.4."""
    gained = {}
    for share in (0.15, 0.075):
        market = Market(PINNED, rng=2, developers=200, without=("talent",), **{"talent.hardware_share": share})
        before = np.ones(3)
        market.governments.domestic_experience[:] = before
        market.governments.chip_wedge[:] = [0.0, 0.5, 0.0]
        staff = market.governments.hardware_researchers[1]
        finance(market)
        gained[share] = (market.governments.domestic_experience - before)[1], staff
    ratio = gained[0.075][1] / gained[0.15][1]
    assert ratio == pytest.approx(0.5, abs=0.1)
    assert gained[0.075][0] / gained[0.15][0] == pytest.approx(ratio**0.4, rel=1e-9)


# Frozen


def test_frozen_budgets_stay_where_the_record_left_them() -> None:
    market = Market(PINNED, rng=2, developers=300, **{"finance.invest_mode": "frozen", "record.end": "2024-06"})
    market.run(45)
    end = market.record.budgets[19]
    np.testing.assert_array_equal(market.record.budgets[45], end)
    np.testing.assert_array_equal(market.record.labs["compute"][45], market.record.labs["compute"][19])
    assert not np.any(market.record.labs["raised"])
    assert not np.any(market.record.labs["dividends"])
