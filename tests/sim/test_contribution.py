"""Contribution: who gives and how much, community gain, ecosystem, public serving knowledge, trust."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim import Market, Parameters, views
from sim.agents.lab import CLOSED, LEGACY, OPEN
from sim.mechanisms.contribution import (
    benefit,
    contributing_share,
    contribution,
    individual_contributions,
    pareto_output,
)
from sim.numerics import draws

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "entry.weight": 50.0,
        "contribution.use_value": 1.0,
        "contribution.reputation": 0.3,
        "contribution.reputation_users": 100000.0,
        "contribution.reciprocity": 2.0,
        "contribution.cost_mean": 4.0,
        "contribution.cost_spread": 1.5,
        "contribution.tail": 1.14,
        "contribution.community_gain": 0.12,
        "contribution.community_scale": 1000000.0,
        "contribution.ecosystem_decay": 0.04,
        "contribution.ecosystem_contribution": 0.0005,
        "contribution.public_serving": 0.01,
        "contribution.public_half": 0.1,
        "contribution.public_fishing_out": 0.31,
        "contribution.public_catch_up": 0.1,
        "contribution.auditors": 10000.0,
        "contribution.need.indie": 1.0,
        "contribution.need.startup": 2.0,
        "contribution.need.smb": 1.0,
        "contribution.need.enterprise": 0.8,
        "contribution.need.regulated": 0.5,
    }
)


NODES, ORGANISATIONS = 3, 5
TAIL, LIMIT = 1.14, 1000.0
TRANSPARENCY = np.array([0.1, 0.3, 0.5, 0.75, 1.0])


def gini(values: np.ndarray) -> float:
    ordered = np.sort(values)
    rank = np.arange(1, ordered.size + 1)
    return float((2.0 * rank - ordered.size - 1.0) @ ordered / (ordered.size * ordered.sum()))


def top_share(values: np.ndarray, part: float) -> float:
    ordered = np.sort(values)[::-1]
    return float(ordered[: max(1, round(part * ordered.size))].sum() / ordered.sum())


def lived(months: int = 20, seed: int = 3, developers: int = 20_000, **parameters) -> Market:
    market = Market(PINNED, rng=seed, developers=developers, **parameters)
    market.run(months)
    return market


# Kernels


def test_benefit_by_hand() -> None:
    got = benefit(
        np.array([1.0, 2.0]),
        0.3,
        np.array([1e5 * (np.e - 1.0), 0.0]),
        1e5,
        np.array([0.5, 1.0]),
        np.array([0.1, 0.2]),
    )
    np.testing.assert_allclose(got, [[1.25, 1.2], [2.25, 2.2]], rtol=1e-14)


def test_share_of_contributors_is_the_normal_distribution_of_log_costs() -> None:
    value = np.exp([4.0, 4.0 + 1.5, 4.0 - 3.0])
    np.testing.assert_allclose(
        contributing_share(value, 4.0, 1.5), [0.5, 0.8413447460685429, 0.022750131948179212], rtol=1e-12
    )
    assert contributing_share(np.zeros(1), 4.0, 1.5)[0] == 0.0


def test_output_is_pareto_by_inversion() -> None:
    """P(z > x) = (x_m/x)^ζ with x_m = (ζ − 1)/ζ, cut at a thousand."""
    least = (TAIL - 1.0) / TAIL
    draw = np.array([1.0, 0.5, 0.01, 1e-9])
    expected = [least, least * 2.0 ** (1.0 / TAIL), least * 100.0 ** (1.0 / TAIL), LIMIT]
    np.testing.assert_allclose(pareto_output(draw, TAIL), expected, rtol=1e-12)


@pytest.mark.parametrize("tail", [1.14, 2.5])
def test_mean_output_is_one_less_what_the_cut_takes(tail: float) -> None:
    """∫₀¹ min(z(u), c) du = 1 − x_m^ζ c^(1−ζ)/(ζ − 1), by quadrature in the logarithm of the draw."""
    least = (tail - 1.0) / tail
    expected = 1.0 - least**tail * LIMIT ** (1.0 - tail) / (tail - 1.0)
    log_draw = np.linspace(-45.0, 0.0, 2_000_001)
    value = pareto_output(np.exp(log_draw), tail) * np.exp(log_draw)
    assert np.trapezoid(value, log_draw) == pytest.approx(expected, rel=1e-6)
    assert expected == pytest.approx({1.14: 0.7515, 2.5: 1.0}[tail], abs=2e-4)


def unequal() -> tuple[float, float]:
    """Gini and share of the top 1% of a Pareto with the cut, by its quantiles."""
    values = np.minimum((TAIL - 1.0) / TAIL * ((np.arange(2_000_000) + 0.5) / 2e6) ** (-1.0 / TAIL), LIMIT)
    return gini(values), top_share(values, 0.01)


def test_output_is_about_as_unequal_as_git_histories() -> None:
    """Eight AI projects: Gini 0.80, top 1% give 57%.

    An uncut Pareto has 1/(2ζ − 1) = 0.78 and 0.01^(1 − 1/ζ) = 57%; the cut takes from the top: 0.71 and 43%.
    """
    output = pareto_output(draws.uniform(5, "contribution_output", 0, np.arange(500_000)), TAIL)
    assert gini(output) == pytest.approx(unequal()[0], abs=0.03)
    assert top_share(output, 0.01) == pytest.approx(unequal()[1], abs=0.05)
    assert unequal() == (pytest.approx(0.80, abs=0.10), pytest.approx(0.57, abs=0.20))


# Who gives


def expected_givers(market: Market) -> tuple[np.ndarray, np.ndarray]:
    """Share of contributors by segment and line from the equations, and developers by the same."""
    lines, segments = market.lines, market.segments
    need = np.array([1.0, 2.0, 1.0, 0.8, 0.5])[segments.organisation]
    reputation = 0.3 * np.log(1.0 + lines.users / 1e5) * TRANSPARENCY[lines.openness]
    value = need[:, None] + (reputation + 2.0 * lines.reciprocity)[None, :]
    share = norm.cdf((np.log(value) - 4.0) / 1.5)
    share[:, lines.access == CLOSED] = 0.0
    return share, market.developers.counts[:, 1:]


def test_individual_contributors_are_those_whose_costs_are_low() -> None:
    """Every developer draws a cost of her own: by segment the number who give is binomial."""
    market = lived(30, developers=400_000)
    share, counts = expected_givers(market)
    who, output = individual_contributions(market)
    people, lines = market.developers, market.lines
    assert np.all(lines.access[people.choice[who] - 1] != CLOSED)
    assert np.all(people.choice[who] > 0)
    gave = np.bincount(people.segment[who], minlength=len(market.segments))
    mean = (share * counts).sum(axis=1)
    thick = mean > 10.0
    z = (gave - mean)[thick] / np.sqrt((share * (1.0 - share) * counts).sum(axis=1)[thick])
    assert thick.sum() >= 5
    assert np.abs(z).max() < 4.0
    # One user in a hundred, by the rule of 1-9-90.
    assert who.size / counts[:, lines.access != CLOSED].sum() == pytest.approx(0.01, abs=0.007)
    assert output.min() >= (TAIL - 1.0) / TAIL


def test_contributions_of_the_market_are_as_unequal_as_their_law() -> None:
    market = lived(30, seed=4, developers=400_000, **{"contribution.cost_mean": 1.0})
    who, output = individual_contributions(market)
    assert who.size > 20_000
    assert gini(output) == pytest.approx(unequal()[0], abs=0.06)
    assert top_share(output, 0.01) == pytest.approx(unequal()[1], abs=0.12)


def test_contributors_are_the_same_people_in_every_world() -> None:
    """A draw of the person, not of the month: when everybody gains more by giving, nobody stops."""
    market = lived()
    before, output = individual_contributions(market)
    market.parameters = market.parameters.with_(**{"contribution.cost_mean": 3.0})
    after, more = individual_contributions(market)
    assert set(before) < set(after)
    kept = np.isin(after, before)
    np.testing.assert_array_equal(more[kept], output)


def test_contributions_of_a_month_are_their_expectation() -> None:
    market = lived(20, **{"entry.stock": 0, "entry.rate": 0.0, "talent.spin_out": 0.0})
    share, counts = expected_givers(market)
    before, lines = market.lines.contributed.copy(), market.lines
    contribution(market)
    expected = (share * counts).sum(axis=0) * market.developers.weight
    np.testing.assert_allclose(lines.contributions, np.where(lines.live, expected, 0.0), rtol=1e-10)
    np.testing.assert_allclose(lines.contributed - before, lines.contributions, rtol=1e-9)
    used = lines.users > 0.0
    np.testing.assert_allclose(lines.reciprocity[used], (lines.contributions / np.maximum(lines.users, 1.0))[used])
    assert lines.contributions.sum() > 0.0
    assert np.all(lines.contributions[lines.access == CLOSED] == 0.0)


def test_startups_contributions_count_by_their_weight() -> None:
    market = lived(20)
    base = int(np.flatnonzero(market.lines.live & (market.lines.access == OPEN))[0])
    startups = market.startups
    rows = np.flatnonzero(startups.alive & (startups.base >= 0))
    startups.contribution[:] = 0.0
    reciprocity = market.lines.reciprocity.copy()
    contribution(market)
    alone = market.lines.contributions[base]
    startups.contribution[rows] = np.where(startups.base[rows] == base, 3.0, 0.0)
    market.lines.reciprocity[:] = reciprocity
    contribution(market)
    on_base = np.count_nonzero(startups.base[rows] == base)
    assert market.lines.contributions[base] - alone == pytest.approx(3.0 * 50.0 * on_base, abs=1e-6)


# What it does


def test_community_gain_saturates() -> None:
    """γ (1 − e^(−C/C_K)): 63% at a million contributions, never more than γ = .12."""
    market = lived(3)
    market.lines.contributed[:3] = [0.0, 1e6, 1e9]
    np.testing.assert_allclose(views.community_gain(market)[:3], [0.0, 0.12 * (1.0 - np.exp(-1.0)), 0.12])
    left = views.contribution_room(market)[:3]
    np.testing.assert_allclose(left, [0.12, 0.12 * np.exp(-1.0), 0.0], atol=1e-12)


def test_gain_lifts_open_models_only() -> None:
    market = lived(30)
    lines = market.lines
    closed = lines.access == CLOSED
    assert np.all(lines.gain[closed] == 0.0)
    opened = lines.live & ~closed
    np.testing.assert_allclose(lines.gain[opened], -0.12 * np.expm1(-lines.contributed[opened] / 1e6), rtol=1e-12)
    assert lines.gain.max() > 1e-3


def test_ecosystem_is_an_exponential_mean_of_use_and_contributions() -> None:
    """Held use u and contributions C: E(t) = E* + (E₀ − E*)(1 − δ)^t with E* = u + λ C/1000."""
    market = lived(20, **{"contribution.reciprocity": 0.0})
    lines = market.lines
    start = lines.ecosystem.copy()
    contribution(market)
    lines.ecosystem[:] = start
    months = 30
    for _ in range(months):
        contribution(market)
    target = lines.users / 47e6 + 0.0005 * lines.contributions / 1000.0
    expected = np.where(lines.live, target + (start - target) * 0.96**months, 0.0)
    np.testing.assert_allclose(lines.ecosystem, expected, rtol=1e-9, atol=1e-15)
    assert lines.ecosystem.max() > 0.01


def test_public_serving_knowledge_grows_as_written() -> None:
    """Δg = γ Ω/(Ω + Ω̄) 10^(−β g) + catch-up to the best open lab; cheaper chips are in costs, not in knowledge."""
    market = lived(20)
    lines, labs = market.lines, market.labs
    opened = lines.live & (lines.access != CLOSED)
    before = market.world.public_serving[0]
    contribution(market)
    size = lines.ecosystem[opened].sum()
    best = labs.serving[lines.lab[opened]].max()
    expected = 0.01 * size / (size + 0.1) * 10.0 ** (-0.31 * before) + 0.1 * max(best - before, 0.0)
    assert market.world.public_serving[0] - before == pytest.approx(expected, rel=1e-10)


def test_legacy_lines_keep_contributing() -> None:
    market = lived(30)
    legacy = market.lines.live & (market.lines.access == LEGACY) & (market.lines.users > 0.0)
    assert legacy.any()
    assert np.all(market.lines.contributions[legacy] > 0.0)


# Auditors


def test_auditors_are_contributors() -> None:
    """A = 1 − e^(−C/C_aud)."""
    market = lived(20)
    contribution(market)
    by_lab = np.bincount(market.lines.lab, weights=market.lines.contributions, minlength=len(market.labs))
    np.testing.assert_allclose(market.labs.auditors, 1.0 - np.exp(-by_lab / 1e4), rtol=1e-12)
    assert 0.0 < market.labs.auditors.max() < 1.0
