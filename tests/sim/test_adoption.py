"""Adoption: the logit law, its coupling, partial adjustment, and the Markov chain of the whole population."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import TIERS
from sim.mechanisms.adoption import adoption, choice_weights

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "adoption.hazard": 0.1,
        "adoption.pulse_hazard": 0.5,
        "adoption.switching_cost": 1.3,
        "adoption.taste_renewal": 36,
        "awareness.pulse": 1.0,
    }
)


# 2024-01: closed, open and legacy lines are all on offer.
MONTHS = 14
EVERYBODY = {"adoption.hazard": 100.0, "adoption.pulse_hazard": 0.0, "awareness.floor": 100.0}


def just_before_adoption(seed: int = 1, developers: int = 100_000, **parameters) -> Market:
    """A market in which labs have released and priced this month and developers have yet to choose."""
    market = Market(PINNED, rng=seed, developers=developers, **parameters)
    market.run(MONTHS)
    market.month += 1
    for verb in market.schedule:
        if verb.name == "adoption":
            return market
        verb(market)
    raise AssertionError("no adoption in the schedule")


def logit(market: Market, switching_cost: float = 0.0) -> np.ndarray:
    """Choice probabilities from the logit formula, shape (segments, current option, next option)."""
    segments, lines = market.segments, market.lines
    options = 1 + lines.rows
    utility = np.full((len(segments), options), -np.inf)
    utility[:, 0] = segments.outside
    live = np.flatnonzero(lines.live)
    utility[:, 1 + live] = segments.utility[:, live] - segments.alpha[:, None] * np.log(segments.price[:, live])
    group = np.concatenate([[-1], lines.lab * 10 + lines.tier])
    stays = group[:, None] == group[None, :]
    odds = np.exp(utility - utility.max(axis=1, keepdims=True))[:, None, :] * np.exp(switching_cost * stays)[None]
    return odds / odds.sum(axis=2, keepdims=True)


def counted(market: Market) -> np.ndarray:
    """Developers by segment and option, from the people themselves."""
    people = market.developers
    table = np.zeros_like(people.counts)
    np.add.at(table, (people.segment, people.choice), 1)
    return table


def live_lines(market: Market) -> np.ndarray:
    return np.flatnonzero(market.lines.live)


# T1: shares


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_of_choices_are_those_of_the_logit(seed: int) -> None:
    market = just_before_adoption(seed, 300_000, **EVERYBODY, **{"adoption.switching_cost": 0.0})
    adoption(market)
    counts = counted(market)
    expected = counts.sum(axis=1)[:, None] * logit(market)[:, 0, :]
    chi2 = dof = 0.0
    for observed, mean in zip(counts, expected, strict=True):
        thick = mean >= 5.0
        cells = [*((observed[thick] - mean[thick]) ** 2 / mean[thick])]
        rest = mean[~thick].sum()
        if rest >= 5.0:
            cells.append((observed[~thick].sum() - rest) ** 2 / rest)
        chi2, dof = chi2 + sum(cells), dof + len(cells) - 1
    assert dof > 300
    assert abs(chi2 - dof) / np.sqrt(2.0 * dof) < 4.0


def test_counts_are_those_of_the_people() -> None:
    market = just_before_adoption(developers=20_000)
    adoption(market)
    np.testing.assert_array_equal(market.developers.counts, counted(market))


def test_nobody_reconsiders_at_hazard_zero() -> None:
    market = just_before_adoption(developers=20_000)
    market.parameters = market.parameters.with_(**{"adoption.hazard": 0.0, "adoption.pulse_hazard": 0.0})
    before = market.developers.choice.copy()
    assert np.count_nonzero(before) > 1000
    adoption(market)
    np.testing.assert_array_equal(market.developers.choice, before)


def test_hazard_is_a_rate_and_an_event_raises_it() -> None:
    """h = 1 − e^(−h₀ − h₁·event): DeepSeek's event of 2025-01 has 1.2 units in the published record."""
    market = Market(PINNED, rng=1, developers=1000)
    market.run(25)
    assert np.allclose(market.segments.hazard, 1.0 - np.exp(-0.1), rtol=1e-12)
    market.step()
    assert market.date == "2025-01"
    assert np.allclose(market.segments.hazard, 1.0 - np.exp(-0.1 - 0.5 * 1.2), rtol=1e-12)


def test_choice_weights_of_two_lines_by_hand() -> None:
    score, outside = np.log(np.array([[2.0, 4.0]])), np.log(np.array([1.0]))
    weights = choice_weights(score, outside, np.log(3.0), np.array([1, 2]), 3)
    # Relative to the best, e^κ = 3 for staying; columns are the current group: outside, first, second.
    expected = np.array([[3.0, 1.0, 1.0], [2.0, 6.0, 2.0], [4.0, 4.0, 12.0]]) / 4.0
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_a_dead_line_weighs_nothing() -> None:
    weights = choice_weights(np.array([[-np.inf, 0.0]]), np.array([0.0]), 1.0, np.array([1, 2]), 3)
    assert np.all(weights[1] == 0.0)
    assert np.all(weights[[0, 2]] > 0.0)


def test_switching_cost_keeps_people_with_lab_and_tier() -> None:
    """Whoever is on a lab's closed flagship pays no cost for its open flagship: the group is (lab, tier)."""
    market = just_before_adoption(developers=300_000, **EVERYBODY, **{"adoption.taste_renewal": 1})
    people, lines, start = market.developers, market.lines, market.developers.choice.copy()
    adoption(market)
    group = np.concatenate([[-1], lines.lab * len(TIERS) + lines.tier])
    several = [g for g in np.unique(group[1:]) if lines.live[group[1:] == g].sum() > 1]
    assert len(several) >= 2
    chance = logit(market, 1.3)
    for g in several:
        here = np.isin(group[start], [g])
        expected = chance[people.segment[here], start[here]][:, group == g].sum(axis=1)
        elsewhere_in_group = (people.choice[here] != start[here]) & (group[people.choice[here]] == g)
        assert elsewhere_in_group.any()
        z = ((group[people.choice[here]] == g).sum() - expected.sum()) / np.sqrt((expected * (1 - expected)).sum())
        assert abs(z) < 4.0


# T2: coupling


@pytest.mark.parametrize(
    ("hazard", "switching_cost", "renewal"), [(100.0, 0.0, 36), (0.1, 0.0, 36), (100.0, 1.3, 1), (0.1, 1.3, 1)]
)
def test_raising_one_line_moves_the_total_variation_and_all_to_that_line(
    hazard: float, switching_cost: float, renewal: int
) -> None:
    market = just_before_adoption(
        developers=200_000,
        **{
            **EVERYBODY,
            "adoption.hazard": hazard,
            "adoption.switching_cost": switching_cost,
            "adoption.taste_renewal": renewal,
        },
    )
    line = int(live_lines(market)[np.argmax(market.lines.users[market.lines.live])])
    raised = copy.deepcopy(market)
    raised.segments.utility[:, line] += 0.3
    start = market.developers.choice.copy()
    before, after = logit(market, switching_cost), logit(raised, switching_cost)
    # Only one probability rises, so total variation is that rise.
    variation = after[:, :, 1 + line] - before[:, :, 1 + line]
    assert np.allclose(variation, 0.5 * np.abs(after - before).sum(axis=2), atol=1e-12)
    adoption(market)
    adoption(raised)
    moved = market.developers.choice != raised.developers.choice
    assert np.all(raised.developers.choice[moved] == 1 + line)
    chance = variation[market.developers.segment, start] * (1.0 - np.exp(-hazard))
    z = (moved.sum() - chance.sum()) / np.sqrt((chance * (1.0 - chance)).sum())
    assert moved.sum() > 100
    assert abs(z) < 4.0


def test_raising_one_lab_moves_everybody_who_moves_to_that_lab_when_awareness_is_partial() -> None:
    market = just_before_adoption(developers=50_000)
    lab = market.lab_names.index("Anthropic")
    assert np.all(-np.expm1(-market.segments.awareness[:, lab]) < 0.9)
    raised = copy.deepcopy(market)
    mine = live_lines(market)[market.lines.lab[live_lines(market)] == lab]
    raised.segments.utility[:, mine] += 1.0
    adoption(market)
    adoption(raised)
    moved = market.developers.choice != raised.developers.choice
    assert moved.sum() > 50
    assert set(raised.developers.choice[moved] - 1) <= set(mine)


def test_a_line_taken_away_moves_only_those_who_were_on_it() -> None:
    market = just_before_adoption(developers=50_000, **EVERYBODY, **{"adoption.switching_cost": 0.0})
    line = int(live_lines(market)[np.argmax(market.lines.users[market.lines.live])])
    without = copy.deepcopy(market)
    without.segments.utility[:, line] = -np.inf
    adoption(market)
    adoption(without)
    moved = market.developers.choice != without.developers.choice
    assert np.array_equal(moved, market.developers.choice == 1 + line)
    assert moved.sum() > 1000


def test_a_null_intervention_changes_nothing_bit_for_bit() -> None:
    market = just_before_adoption(developers=50_000)
    same = copy.deepcopy(market)
    same.segments.utility[:] = market.segments.utility + 0.0
    adoption(market)
    adoption(same)
    np.testing.assert_array_equal(market.developers.choice, same.developers.choice)
    np.testing.assert_array_equal(market.developers.counts, same.developers.counts)


# T3: partial adjustment


def test_shares_adjust_at_the_rate_of_the_hazard() -> None:
    """s(t) = s* + (s₀ − s*)(1 − h)^t, developers being independent: the sampling error is binomial."""
    market = just_before_adoption(
        developers=200_000,
        **{
            "adoption.taste_renewal": 1,
            "adoption.switching_cost": 0.0,
            "adoption.pulse_hazard": 0.0,
            "awareness.floor": 100.0,
        },
    )
    # From a state far from the stationary one: everybody outside.
    people = market.developers
    people.choice[:] = 0
    people.counts[:] = counted(market)
    number = people.counts.sum(axis=1)
    stationary, start = logit(market)[:, 0, :], (np.arange(people.counts.shape[1]) == 0).astype(float)
    worst, tested = 0.0, 0
    for month in range(1, 25):
        adoption(market)
        market.month += 1
        expected = stationary + (start[None, :] - stationary) * np.exp(-0.1 * month)
        mean = (number[:, None] * expected).sum(axis=0)
        variance = (number[:, None] * expected * (1.0 - expected)).sum(axis=0)
        thick = variance > 20.0
        z = (people.counts.sum(axis=0) - mean)[thick] / np.sqrt(variance[thick])
        worst, tested = max(worst, np.abs(z).max()), tested + thick.sum()
    assert tested > 200
    assert worst < 4.5


# T5: the population as a Markov chain


def test_population_follows_the_markov_chain_in_mean_and_variance() -> None:
    """With memoryless tastes counts by (segment, option) are a chain with transition (1 − h)1 + h P(current)."""
    market = just_before_adoption(
        developers=20_000,
        **{"adoption.taste_renewal": 1, "adoption.pulse_hazard": 0.0, "awareness.floor": 100.0},
    )
    months, seeds = 6, range(100, 124)
    hazard = 1.0 - np.exp(-0.1)
    options = market.developers.counts.shape[1]
    one_month = (1.0 - hazard) * np.eye(options)[None] + hazard * logit(market, 1.3)
    reach = np.linalg.matrix_power(one_month, months)
    start = market.developers.counts.astype(float)
    mean = np.einsum("gc,gcj->gj", start, reach)
    variance = np.einsum("gc,gcj->gj", start, reach * (1.0 - reach))
    z = []
    for seed in seeds:
        twin = copy.deepcopy(market)
        twin.seed = seed
        for _ in range(months):
            adoption(twin)
            twin.month += 1
        z.append((twin.developers.counts - mean) / np.sqrt(np.maximum(variance, 1e-12)))
    z = np.array(z)
    # Mean: every cell with enough people, averaged over seeds, is a standard normal.
    thick = variance > 5.0
    of_cells = z[:, thick].mean(axis=0) * np.sqrt(len(seeds))
    assert thick.sum() > 100
    assert np.abs(of_cells).max() < 4.5
    # Variance: the thickest cell of each segment, which are independent of each other.
    row = np.arange(len(market.segments))
    thickest = np.argmax(variance, axis=1)
    kept = variance[row, thickest] > 5.0
    square = z[:, row[kept], thickest[kept]] ** 2
    assert abs(square.mean() - 1.0) < 4.0 * np.sqrt(2.0 / square.size)
    assert square.size > 500
