"""Beliefs: news in valuations that fades as rents take it up, and chips that answer to surprise in efficiency."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, Scenario, views
from sim.agents.lab import CLOSED, SLOTS
from sim.mechanisms.beliefs import beliefs, believed, hardware_after
from sim.mechanisms.value import value

PINNED = Parameters().with_(
    **{
        "beliefs.speed": 0.3,
        "beliefs.lead_value": 0.27,
        "beliefs.hardware": -0.4,
        "beliefs.recovery": 0.15,
        "finance.rent_memory": 12.0,
    }
)


def test_the_first_that_is_seen_is_believed_and_what_is_not_seen_is_not() -> None:
    got = believed(np.array([np.nan, 1.0, 1.0, np.nan]), np.array([2.0, 2.0, np.nan, np.nan]), 0.25)
    np.testing.assert_array_equal(got, [2.0, 1.25, np.nan, np.nan])


def test_a_step_in_the_open_frontier_is_news_that_fades() -> None:
    """n months after a step s in K_open news is −ε_D s ζ b (b^n − a^n)/(b − a), a = 1 − ζ and b = 1 − 1/12.

    D̂ falls by s(1 − a^n), and D̄ follows at 1/12: x_n = D̂ − D̄ solves x_n = b (x_(n−1) − s ζ a^(n−1)).
    """
    market = Market(PINNED, rng=2, developers=200)
    market.run(20)
    lines, labs = market.lines, market.labs
    rows = np.flatnonzero(np.isfinite(views.lab_capability(market)))
    for _ in range(400):
        beliefs(market)
    assert np.abs(labs.news[rows]).max() < 1e-12
    step = 0.5
    best = np.flatnonzero(lines.live & (lines.access != CLOSED))
    top = best[(lines.capability + lines.gain)[best].argmax()]
    lines.capability[top] += step
    others = [row for row in rows if row != lines.lab[top]]
    a, b = 1.0 - 0.3, 1.0 - 1.0 / 12.0
    for n in range(1, 60):
        beliefs(market)
        news = -0.27 * step * 0.3 * b * (b**n - a**n) / (b - a)
        np.testing.assert_allclose(labs.news[others], news, rtol=1e-9, atol=1e-12)


def test_news_is_in_what_markets_quote_and_equity_is_raised_on() -> None:
    market, plain = (Market(PINNED, rng=2, developers=500) for _ in range(2))
    for each in (market, plain):
        each.run(12)
        each.labs.news[:] = 0.0
    market.labs.news[:] = -0.1
    value(market)
    value(plain)
    assert plain.labs.valuation.max() > 0.0
    np.testing.assert_allclose(market.labs.valuation, plain.labs.valuation * np.exp(-0.1), rtol=1e-12)


def test_returns_are_those_of_the_valuations_that_are_recorded() -> None:
    """Across the end of the record too; that of closed labs is of all whose best model is closed now, then as now."""
    market = Market(rng=2, developers=200)
    market.run(24)
    for month in range(25, 42):
        market.step()
        worth, lines, names = market.record.labs["valuation"], market.lines, market.record.lab_names
        old = np.flatnonzero((worth[month] > 0.01) & (worth[month - 2] > 0.01))
        assert old.size >= 8
        returns = np.log(worth[month][old] / worth[month - 2][old])
        np.testing.assert_allclose(market.record.labs["value_return"][month][old], returns, rtol=1e-12)
        level = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)[: len(names)]
        best = level.argmax(axis=1) + np.arange(len(names)) * SLOTS
        closed = (lines.access[best] == CLOSED) & (level.max(axis=1) > -np.inf)
        now, before = (worth[at][closed].sum() for at in (month, month - 2))
        assert market.record.market["closed_return"][month] == pytest.approx(np.log(now / before), rel=1e-12)


def test_a_lab_without_a_model_and_a_market_without_weights_have_no_news() -> None:
    market = Market(PINNED, rng=2, developers=200, **{"release.weights_allowed": False})
    market.run(40)
    assert np.all(market.labs.news == 0.0)
    assert np.isnan(market.labs.lead_believed).all()
    assert np.all(market.record.market["hardware_index"] == 1.0)


# Chips


def test_hardware_by_hand() -> None:
    assert hardware_after(0.2, 0.5, -0.4, 0.25) == pytest.approx(0.15 - 0.2)


def test_chips_answer_to_efficiency_and_not_to_capability_that_compute_bought() -> None:
    """R1: .41 OOM more at a tenth of an OOM more compute. Llama 3.1: more capability than any, and more compute."""
    market = Market(PINNED, rng=1, developers=200)
    surprise, value, efficiency = {}, 0.0, {}
    for _ in range(37):
        market.step()
        now = float(market.world.hardware[0])
        surprise[market.date] = (now - 0.85 * value) / -0.4
        value, efficiency[market.date] = now, float(market.world.open_efficiency[0])
    assert surprise["2025-01"] == max(surprise.values())
    assert efficiency["2025-01"] - efficiency["2024-12"] == pytest.approx(0.42, abs=0.03)
    assert (
        surprise["2024-07"]
        < 0.0
        < market.record.market["open_frontier"][20] - market.record.market["open_frontier"][19]
    )
    returns = market.record.market["hardware_return"]
    assert returns[26] < -0.1
    back = market.record.market["hardware_index"]
    assert back[26] < back[29] < back[37]


@pytest.mark.parametrize("value", [-0.6, -0.4, 0.3])
def test_the_sign_of_the_shock_to_chips_is_that_of_expansion_less_substitution(value: float) -> None:
    market = Market(PINNED, rng=1, developers=200, **{"beliefs.hardware": value})
    market.run(26)
    index = market.record.market["hardware_index"]
    assert np.sign(index[26] - index[25]) == np.sign(value)


# The event


@pytest.mark.parametrize("value", [0.0, 0.27, 0.6])
def test_closed_labs_lose_none_to_a_fifth_by_news_in_the_shock(value: float) -> None:
    """News of DeepSeek in the window of 2025-01 and 2025-02, beside a market without it."""
    base = Market(PINNED, rng=1, developers=500, **{"beliefs.lead_value": value})
    base.run(28)
    setup = Scenario(name="quiet", labs={"DeepSeek": "absent"})
    other = Market(PINNED, rng=1, developers=500, setup=setup, reference=base.record, **{"beliefs.lead_value": value})
    other.run(28)
    rows = [base.lab_names.index(name) for name in ("OpenAI", "Google", "Anthropic")]
    lost = (base.record.labs["news"] - other.record.labs["news"])[27][rows]
    assert np.all(lost <= 0.0) and np.all(lost > -0.25)
    assert (lost == 0.0).all() == (value == 0.0)
