"""Adoption: the logit law, its coupling, starting, partial adjustment, and the Markov chain of the whole population."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED, OPEN, SLOTS, TIERS
from sim.mechanisms.adoption import adoption, choice_weights, scores
from sim.numerics import race
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.views.demand import starting

START = np.array([0.045, 0.08, 0.035, 0.03, 0.02])
CEILING = np.array([0.9, 0.97, 0.9, 0.92, 0.85])


def each(address: str, values: object) -> dict:
    """A value for each organisation."""
    return {f"adoption.{address}.{name}": value for name, value in zip(ORGANISATIONS, values, strict=True)}


# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "adoption.hazard": 0.1,
        "adoption.switching_cost": 1.3,
        "adoption.taste_renewal": 36,
        "adoption.trial_price": 2.0,
        "adoption.users_start": 0.35,
        "awareness.pulse": 1.0,
        "access.grey": 1.0,
        **each("start", START.tolist()),
        **each("ceiling", CEILING.tolist()),
    }
)


# 2024-01: closed, open and legacy lines are all on offer.
MONTHS = 14
# All users reconsider, all others try, and everybody knows everything.
EVERYBODY = {"adoption.hazard": 100.0, "awareness.floor": 100.0, **each("start", [100.0] * 5)}
# Nobody would do without, so from the first month on all are users.
USERS_ONLY = {"adoption.users_start": 1.0, "awareness.floor": 100.0, **each("outside", [-50.0] * 5)}


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
    """Choice probabilities from the logit formula, shape (segments, current option, next option).

    Individuals who come from no model, option 0, expect to pay $2 at most.
    """
    segments, lines = market.segments, market.lines
    options = 1 + lines.rows
    utility = np.full((len(segments), options, options), -np.inf)
    utility[:, :, 0] = segments.outside[:, None]
    live = np.flatnonzero(lines.live)
    price = segments.price[:, live]
    utility[:, :, 1 + live] = (segments.utility[:, live] - segments.alpha[:, None] * np.log(price))[:, None, :]
    indie = segments.organisation == 0
    expected = np.minimum(price[indie], 2.0)
    trying = segments.utility[indie][:, live] - segments.alpha[indie, None] * np.log(expected)
    utility[np.flatnonzero(indie)[:, None], 0, 1 + live] = trying
    group = np.concatenate([[-1], lines.lab * 10 + lines.tier])
    stays = group[:, None] == group[None, :]
    stays[0, 0] = True
    utility[:, 1:, :] += switching_cost * stays[1:][None]
    odds = np.exp(utility - utility.max(axis=2, keepdims=True))
    return odds / odds.sum(axis=2, keepdims=True)


def turns(market: Market, hazard: float, start: np.ndarray, ceiling: np.ndarray) -> np.ndarray:
    """Probability that it is one's turn, by segment and current option: 1 − e^(−h₀), or 1 − e^(−s (1 − u/ū)⁺)."""
    counts, organisation = market.developers.counts, market.segments.organisation
    chance = np.full(counts.shape, 1.0 - np.exp(-hazard))
    users = counts[:, 1:].sum(axis=1) / counts.sum(axis=1)
    chance[:, 0] = 1.0 - np.exp(-start[organisation] * np.maximum(1.0 - users / ceiling[organisation], 0.0))
    return chance


def put(market: Market, option: int) -> None:
    """Everybody is on one option."""
    market.developers.choice[:] = option
    market.developers.counts[:] = counted(market)


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
@pytest.mark.parametrize("users", [False, True], ids=["who try", "who use one"])
def test_shares_of_choices_are_those_of_the_logit(seed: int, users: bool) -> None:
    market = just_before_adoption(seed, 300_000, **EVERYBODY, **{"adoption.switching_cost": 0.0})
    here = 1 + int(live_lines(market)[-1]) if users else 0
    put(market, here)
    adoption(market)
    counts = counted(market)
    expected = counts.sum(axis=1)[:, None] * logit(market)[:, here, :]
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


def test_nobody_moves_at_rates_of_zero() -> None:
    market = just_before_adoption(developers=20_000)
    market.parameters = market.parameters.with_(**{"adoption.hazard": 0.0, **each("start", [0.0] * 5)})
    before = market.developers.choice.copy()
    assert np.count_nonzero(before) > 1000
    adoption(market)
    np.testing.assert_array_equal(market.developers.choice, before)


def test_who_reconsiders_and_who_tries_are_rates_of_their_own() -> None:
    """Users at h₀ only stay or move among models; the others at s only try: each leaves the rest where they are."""
    for still, moving in (("hazard", each("start", [1.0] * 5)), ("start", {"adoption.hazard": 1.0})):
        market = just_before_adoption(developers=20_000)
        none = {"adoption.hazard": 0.0} if still == "hazard" else each("start", [0.0] * 5)
        market.parameters = market.parameters.with_(**none, **moving)
        before = market.developers.choice.copy()
        adoption(market)
        moved = market.developers.choice != before
        assert moved.sum() > 500
        assert np.all((before[moved] == 0) == (still == "hazard"))


def test_news_of_one_lab_makes_nobody_reconsider() -> None:
    """The event of 2025-01 tells of DeepSeek; users reconsider in that month as in any other: h = 1 − e^(−h₀)."""
    market = Market(PINNED, rng=1, developers=1000)
    market.run(25)
    for date in ("2024-12", "2025-01"):
        assert market.date == date
        np.testing.assert_allclose(market.segments.hazard, 1.0 - np.exp(-0.1), rtol=1e-12)
        market.step()


def test_choice_weights_of_two_lines_by_hand() -> None:
    """Relative to the best, e^κ = 3 for staying; columns are the current group: outside, first, second."""
    score, of, line = np.log(np.array([[1.0, 2.0, 4.0]])), np.array([0]), np.array([1, 2])
    weights = choice_weights(score, of, score, np.log(3.0), line, 3)
    # Doing without costs nothing to leave, so it has no weight beyond its own.
    expected = np.array([[1.0, 1.0, 1.0], [2.0, 6.0, 2.0], [4.0, 4.0, 12.0]]) / 4.0
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    # Who tries expects other prices: weights of the first column are relative to their own best.
    trying = choice_weights(score, of, np.log(np.array([[1.0, 8.0, 4.0]])), np.log(3.0), line, 3)
    np.testing.assert_allclose(trying[:, 0], np.array([1.0, 8.0, 4.0]) / 8.0, rtol=1e-6)
    np.testing.assert_array_equal(trying[:, 1:], weights[:, 1:])
    # In another segment those who try expect the posted prices.
    both = choice_weights(
        np.repeat(score, 2, axis=0), of + 1, np.log(np.array([[1.0, 8.0, 4.0]])), np.log(3.0), line, 3
    )
    np.testing.assert_array_equal(both, np.concatenate([weights, trying], axis=1))


def test_a_dead_line_weighs_nothing() -> None:
    alpha, price, may = np.ones(1), np.array([[2.0, 1.0]]), np.array([[False, True]])
    score = scores(np.zeros(1), np.array([[5.0, 0.0]]), alpha, price, may)
    weights = choice_weights(score, np.array([0]), score, 1.0, np.array([1, 2]), 3)
    assert np.all(weights[1] == 0.0)
    assert np.all(weights[[0, 2]] > 0.0)


@pytest.mark.parametrize("kernel", race.KERNELS)
def test_where_nothing_is_on_sale_everybody_who_used_something_goes_without(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kernel == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(race, "_CHOSEN", {})
    race.use(kernel)
    market = Market(rng=1, developers=500)
    market.run(3)
    assert market.developers.choice.any()
    market.lines.live[:] = False
    adoption(market)
    race.use("numpy")
    assert not market.developers.choice.any()
    assert market.developers.counts[:, 0].sum() == 500


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
            "adoption.hazard": hazard,
            "awareness.floor": 100.0,
            "adoption.switching_cost": switching_cost,
            "adoption.taste_renewal": renewal,
        },
    )
    line = int(live_lines(market)[np.argmax(market.lines.users[market.lines.live])])
    raised = copy.deepcopy(market)
    raised.segments.utility[:, line] += 0.4
    start = market.developers.choice.copy()
    before, after = logit(market, switching_cost), logit(raised, switching_cost)
    # Only one probability rises, so total variation is that rise.
    variation = after[:, :, 1 + line] - before[:, :, 1 + line]
    assert np.allclose(variation, 0.5 * np.abs(after - before).sum(axis=2), atol=1e-12)
    turn = turns(market, hazard, START, CEILING)
    adoption(market)
    adoption(raised)
    moved = market.developers.choice != raised.developers.choice
    assert np.all(raised.developers.choice[moved] == 1 + line)
    chance = (variation * turn)[market.developers.segment, start]
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
    put(market, 0)
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


# Starting


def test_rate_of_trying_by_hand() -> None:
    """1 − e^(−s (1 − u/ū)⁺): half of those who ever will are left at u = ū/2; none beyond the ceiling."""
    got = starting(np.array([0.2, 0.2, 0.2, 0.2]), np.array([0.0, 0.4, 0.8, 0.9]), np.array([0.8, 0.8, 0.8, 0.8]))
    np.testing.assert_allclose(got, [1.0 - np.exp(-0.2), 1.0 - np.exp(-0.1), 0.0, 0.0], rtol=1e-14)


def test_users_grow_at_the_rate_of_starting_up_to_their_ceiling() -> None:
    """Where nobody would do without: u ← u + (1 − u)(1 − e^(−s (1 − u/ū))), whose rest is ū, by organisation.

    The expectation of a month is taken at the users there really were, so each month is binomial.
    """
    number = 200_000
    market = Market(
        PINNED,
        rng=1,
        developers=number,
        **{**USERS_ONLY, "adoption.users_start": 0.2, **each("start", (4.0 * START).tolist())},
    )
    people, organisation = market.developers, market.segments.organisation
    people_of = np.array([people.counts[organisation == o].sum() for o in range(5)])

    def users() -> np.ndarray:
        return np.array([people.counts[organisation == o, 1:].sum() for o in range(5)])

    z = [(users() - 0.2 * people_of) / np.sqrt(0.16 * people_of)]  # month 0: those who had one before
    for _ in range(60):
        before = people.counts.copy()
        market.step()
        share = before[:, 1:].sum(axis=1) / before.sum(axis=1)
        rate = 1.0 - np.exp(-4.0 * START[organisation] * np.maximum(1.0 - share / CEILING[organisation], 0.0))
        mean, variance = before[:, 0] * rate, before[:, 0] * rate * (1.0 - rate)
        gained = people.counts[:, 1:].sum(axis=1) - before[:, 1:].sum(axis=1)
        thick = mean > 10.0
        z.append((gained - mean)[thick] / np.sqrt(variance[thick]))
    z = np.concatenate(z)
    assert z.size > 500
    assert np.abs(z).max() < 4.5
    assert abs((z**2).mean() - 1.0) < 5.0 * np.sqrt(2.0 / z.size)
    # After five years at four times the rates all are near the ceiling, and nobody is beyond it but by luck.
    final = users() / people_of
    assert np.all(final < CEILING + 4.0 * np.sqrt(CEILING * (1.0 - CEILING) / people_of))
    assert np.all(final > 0.9 * CEILING)


def test_some_use_a_model_from_the_start() -> None:
    """In month 0 everybody tries with one probability, whatever the organisation and its rate."""
    market = Market(PINNED, rng=1, developers=1000)
    np.testing.assert_allclose(market.segments.start, 0.35, rtol=1e-12)
    market.step()
    assert np.ptp(market.segments.start) > 0.01
    assert market.segments.start.max() < 0.08


def test_free_tiers_are_for_individuals_who_use_no_model() -> None:
    """Of two markets that differ in the trial price only, other newcomers and all users choose the same."""
    dear = just_before_adoption(developers=100_000, **{"awareness.floor": 100.0})
    put(dear, 0)
    half = np.arange(dear.developers.number) % 2 == 0
    line = int(live_lines(dear)[0])
    dear.developers.choice[half] = 1 + line
    dear.developers.counts[:] = counted(dear)
    dear.parameters = dear.parameters.with_(**EVERYBODY | {"adoption.trial_price": 1e6})
    free = copy.deepcopy(dear)
    free.parameters = free.parameters.with_(**{"adoption.trial_price": 0.01})
    adoption(dear)
    adoption(free)
    moved = dear.developers.choice != free.developers.choice
    indie = dear.segments.organisation[dear.developers.segment] == 0
    assert moved.sum() > 1000
    assert np.all(indie[moved] & ~half[moved])
    # What is free is tried more: nobody moves back to doing without.
    assert np.all(free.developers.choice[moved] > 0)


# Access


def test_only_a_share_of_those_who_know_a_line_may_buy_it() -> None:
    """In China a closed US line is open to 5% of those who know it, an open one to all: aware and with access is one
    draw, (1 − e^(−A)) a."""
    chosen = {}
    for grey in (0.0, 0.05, 0.3, 1.0):
        market = just_before_adoption(developers=200_000, **{**EVERYBODY, "access.grey": grey})
        put(market, 0)
        # Of all lines only OpenAI's closed flagship, and everybody wants it.
        line = market.lab_names.index("OpenAI") * SLOTS
        market.segments.utility[:] = -np.inf
        market.segments.utility[:, line] = 100.0
        adoption(market)
        chosen[grey] = market.developers.choice == 1 + line
    china = market.segments.region[market.developers.segment] == REGIONS.index("CN")
    for grey, users in chosen.items():
        assert users[~china].all()
        number = china.sum()
        assert abs(users[china].sum() - grey * number) <= 4.0 * np.sqrt(grey * (1.0 - grey) * number)
    # More access takes nobody's away.
    assert np.all(chosen[0.3][chosen[0.05]])


def test_holders_of_open_weights_need_access_to_the_closed_lines_of_their_lab() -> None:
    """A Chinese user of a US lab's open light model may buy its closed ones with the same probability as others."""
    market = just_before_adoption(developers=200_000, **{**EVERYBODY, "access.grey": 0.05})
    lab = market.lab_names.index("OpenAI") * SLOTS
    closed, opened = lab + CLOSED * len(TIERS), lab + OPEN * len(TIERS) + 1
    market.lines.live[opened] = True
    market.segments.price[:, opened] = 1.0
    put(market, 1 + opened)
    market.segments.utility[:] = -np.inf
    market.segments.utility[:, opened] = 0.0
    market.segments.utility[:, closed] = 100.0
    adoption(market)
    china = market.segments.region[market.developers.segment] == REGIONS.index("CN")
    moved = market.developers.choice == 1 + closed
    assert moved[~china].all()
    assert abs(moved[china].sum() - 0.05 * china.sum()) < 4.0 * np.sqrt(0.05 * 0.95 * china.sum())
    # Who has bought the closed line has access, and keeps it.
    before = moved.copy()
    adoption(market)
    assert np.all((market.developers.choice == 1 + closed)[before])


# T3: partial adjustment


def test_shares_adjust_at_the_rate_of_the_hazard() -> None:
    """Users: s(t) = s* + (s₀ − s*)(1 − h)^t, developers being independent: the sampling error is binomial."""
    market = just_before_adoption(
        developers=200_000, **{**USERS_ONLY, "adoption.taste_renewal": 1, "adoption.switching_cost": 0.0}
    )
    # From a state far from the stationary one: everybody on one line.
    people, here = market.developers, 1 + int(live_lines(market)[-1])
    put(market, here)
    number = people.counts.sum(axis=1)
    stationary, start = logit(market)[:, here, :], (np.arange(people.counts.shape[1]) == here).astype(float)
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
    """With memoryless tastes counts of users are a chain with transition (1 − h)1 + h P(current)."""
    market = just_before_adoption(developers=20_000, **USERS_ONLY, **{"adoption.taste_renewal": 1})
    assert np.all(market.developers.choice > 0)
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
