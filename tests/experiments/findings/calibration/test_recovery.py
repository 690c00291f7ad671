"""A world that is known: two numbers of three parameters, one of which does nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("emcee")

from experiments.findings.calibration.aims import Aim
from experiments.findings.calibration.history import (
    Bank,
    bank,
    discrepancies,
    moved,
    not_ruled_out,
    nth_largest,
)
from experiments.findings.calibration.planted import recover, with_errors
from experiments.findings.calibration.posterior import log_density, near, sample
from experiments.findings.calibration.space import Axis, Space
from experiments.findings.targets.rows import Row

Float = np.ndarray
FIRST = Row("first", "", "", 4.0, 3.5, 4.5, "1", "2022-11", "2022-11", "at", "x")
AIMS = (Aim(FIRST), Aim(replace(FIRST, id="second", value=1.0, low=0.8, high=1.2)))


def world(shares: Float, seed: int = 0) -> Float:
    """4 where the first share is .5, and 1 where the second is .25; luck of .05."""
    luck = np.random.default_rng(seed).normal(0.0, 0.05, (len(shares), 2))
    return np.column_stack([8.0 * shares[:, 0], 4.0 * shares[:, 1]]) + luck


def taught(points: int = 400) -> Bank:
    shares = np.random.default_rng(1).random((points, 3))
    return bank(shares, world(shares), AIMS, np.zeros(2))


def test_a_distance_is_in_tolerances_of_its_side_and_of_ratios_in_logs() -> None:
    one = Aim(replace(FIRST, value=4.0, low=3.0, high=8.0))
    np.testing.assert_allclose(one.distance(np.array([2.0, 4.0, 8.0])), [-2.0, 0.0, 1.0])
    ratio = Aim(replace(FIRST, value=4.0, low=2.0, high=8.0, scale="log"))
    np.testing.assert_allclose(ratio.distance(ratio.seen(np.array([1.0, 4.0, 16.0]))), [-2.0, 0.0, 2.0])
    assert list(ratio.inside(ratio.seen(np.array([1.9, 2.1, 7.9, 8.1])))) == [False, True, True, False]


def test_the_third_largest_decides() -> None:
    np.testing.assert_array_equal(nth_largest(np.array([[5.0, 1.0, 4.0, 2.0], [0.0, 0.0, 9.0, 9.0]]), 3), [2.0, 0.0])
    np.testing.assert_array_equal(nth_largest(np.array([[5.0, 1.0]]), 3), [1.0])


def test_what_moves_a_number_alone_is_found_in_tolerances_and_luck() -> None:
    space = Space(tuple(Axis(name, 0.0, 1.0, False, False, 0.5) for name in "abc"))
    base = np.array([[4.0, 1.0], [4.0, 1.0]])
    ends = np.array([[[0.0, 1.0], [8.0, 1.0]], [[4.0, 0.9], [4.0, np.nan]], [[4.0, 1.0], [4.0, 1.0]]])
    np.testing.assert_allclose(moved(space, ends, base, AIMS).to_numpy(), [[16.0, 0.0], [0.0, 0.5], [0.0, 0.0]])
    lucky = np.array([[4.0, 1.0], [4.0 + np.sqrt(1.5), 1.0]])  # sd √.75: together with the tolerance, 1
    np.testing.assert_allclose(moved(space, ends, lucky, AIMS).to_numpy()[0], [8.0, 0.0])


def test_implausible_is_what_lies_beyond_tolerance_and_luck() -> None:
    found = taught()
    away = found.implausibility(np.array([[0.5, 0.25, 0.5], [0.75, 0.25, 0.5]]))
    assert away[0].max() < 0.3
    # 6 is 2 away, in √(.5² + .05²) = .502.
    assert away[1, 0] == pytest.approx(3.98, rel=0.03)
    wide = replace(found, discrepancy=np.array([np.sqrt(3.0), 0.0]))
    assert wide.implausibility(np.array([[0.75, 0.25, 0.5]]))[0, 0] == pytest.approx(1.99, rel=0.03)


def test_the_part_not_ruled_out_is_that_of_the_box() -> None:
    """Both scores at most 1 in [0, .1] x [.3, .5] of four dimensions: .02 of the volume."""

    def score(shares: Float) -> Float:
        return np.maximum(shares[:, 0] / 0.1, np.abs(shares[:, 1] - 0.4) / 0.1)

    kept = not_ruled_out(score, 4, 2000, seed=3, limit=1.0)
    assert kept.share == pytest.approx(0.02, rel=0.15)
    assert kept.limit == 1.0 and (score(kept.shares) <= 1.0).all()
    # Even over what is left: means .05 and .4, and .5 of what is not looked at.
    np.testing.assert_allclose(kept.shares.mean(axis=0), [0.05, 0.4, 0.5, 0.5], atol=0.03)


def test_what_cannot_be_reached_says_how_near_it_came() -> None:
    kept = not_ruled_out(lambda shares: 5.0 + shares[:, 0], 2, 200, seed=1, limit=3.0)
    assert 5.0 <= kept.limit < 5.05 and kept.share < 0.01


def test_a_number_out_of_reach_has_a_discrepancy() -> None:
    shares = np.random.default_rng(1).random((500, 3))
    far = (AIMS[0], Aim(replace(FIRST, id="far", value=10.0, low=9.0, high=11.0)))
    found = discrepancies(np.column_stack([8.0 * shares[:, 0], 8.0 * shares[:, 0]]), far)
    # The nearest two in a hundred come to 7.84, 2.16 tolerances away.
    assert found[0] == 0.0 and found[1] == pytest.approx(1.16, abs=0.1)


def test_the_posterior_finds_what_made_the_numbers_and_leaves_the_rest_even() -> None:
    found = taught()
    chain = sample(log_density(found), np.random.default_rng(2).random((50, 3)), 800, 800, seed=1)
    middle, spread = chain.shares.mean(axis=0), chain.shares.std(axis=0)
    assert middle[0] == pytest.approx(0.5, abs=0.02) and middle[1] == pytest.approx(0.25, abs=0.02)
    # Errors of .5 / 8 and .2 / 4, wider by the model's error, which two numbers do not tell from none.
    assert 0.06 < spread[0] < 0.12 and 0.05 < spread[1] < 0.09
    assert middle[2] == pytest.approx(0.5, abs=0.05) and spread[2] == pytest.approx(0.289, abs=0.03)
    again = sample(log_density(found), np.random.default_rng(2).random((50, 3)), 800, 800, seed=1)
    np.testing.assert_array_equal(chain.shares, again.shares)


def test_a_missing_number_says_nothing() -> None:
    found = taught()
    points = np.array([[0.5, 0.1, 0.5, 0.5], [0.5, 0.9, 0.5, 0.5]])
    here, there = log_density(found, np.array([4.0, np.nan]))(points)
    assert here == pytest.approx(there, abs=0.01)
    assert log_density(found)(np.array([[0.5, 0.5, 1.1, 0.5], [0.5, 0.5, 0.5, -0.1]])).max() == -np.inf


def test_planted_parameters_are_found_as_often_as_intervals_say() -> None:
    found = taught()
    truth = np.random.default_rng(8).random((40, 3))
    planted = recover(found, ("a", "b", "c"), truth, world(truth, 9), 300, seed=4)
    # 80% of 120, ± 3 standard errors of .037.
    assert 0.69 <= planted.coverage <= 0.91
    table = planted.table
    assert table.loc["a", "correlation"] > 0.9 and table.loc["b", "correlation"] > 0.9
    assert table.loc["a", "width"] < 0.35 and table.loc["c", "width"] == pytest.approx(0.8, abs=0.05)


def test_errors_of_what_is_published_have_the_size_of_the_tolerances() -> None:
    found = replace(taught(100), discrepancy=np.array([0.0, 2.0]))
    data = np.zeros((20_000, 2))
    spread = with_errors(found, data, np.random.default_rng(1)).std(axis=0)
    # √(1 + 0 + 1) and √(1 + 4 + 1) tolerances: the model's error has a mean square of 1.
    np.testing.assert_allclose(spread, [0.5 * np.sqrt(2.0), 0.2 * np.sqrt(6.0)], rtol=0.03)


def test_a_chain_starts_about_where_the_posterior_lies() -> None:
    found = taught()
    points = near(found, np.array([0.9, 0.9, 0.9]), 2000, seed=1)
    assert points.min() >= 0.0 and points.max() <= 1.0
    np.testing.assert_allclose(points.mean(axis=0)[:2], [0.5, 0.25], atol=0.02)
    # Errors of .5 / 8 and .2 / 4, and the range of what nothing says anything of.
    np.testing.assert_allclose(points.std(axis=0)[:2], [0.063, 0.05], rtol=0.1)
    assert points[:, 2].std() > 0.2
