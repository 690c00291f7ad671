"""Emulators of functions that are known."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from experiments.findings.calibration.emulators import features, fit


def cube(points: int, dimensions: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((points, dimensions))


def test_a_quadratic_with_noise_is_found_with_its_noise() -> None:
    shares = cube(600, 5, 1)
    truth = 2.0 + 3.0 * shares[:, 0] - 4.0 * (shares[:, 1] - 0.3) ** 2
    emulator = fit(shares, truth + np.random.default_rng(2).normal(0.0, 0.2, 600))
    new = cube(200, 5, 3)
    mean, doubt = emulator(new)
    expected = 2.0 + 3.0 * new[:, 0] - 4.0 * (new[:, 1] - 0.3) ** 2
    assert np.sqrt(np.mean((mean - expected) ** 2)) < 0.05
    assert np.sqrt(emulator.luck) == pytest.approx(0.2, rel=0.15)
    assert np.sqrt(doubt.mean()) < 0.1


def test_what_is_no_quadratic_is_left_to_the_process() -> None:
    shares = cube(500, 3, 1)
    values = np.sin(6.0 * shares[:, 0]) * (1.0 + shares[:, 1])
    emulator = fit(shares, values)
    new = cube(200, 3, 2)
    mean, doubt = emulator(new)
    error = mean - np.sin(6.0 * new[:, 0]) * (1.0 + new[:, 1])
    assert np.sqrt(np.mean(error**2)) < 0.05
    inside = np.abs(error) <= 1.96 * np.sqrt(doubt + emulator.luck)
    assert 0.85 <= inside.mean() <= 1.0


def test_doubt_grows_away_from_the_points() -> None:
    shares = 0.5 * cube(300, 2, 1)
    emulator = fit(shares, np.sin(9.0 * shares[:, 0]))
    _, near = emulator(np.array([[0.25, 0.25]]))
    _, far = emulator(np.array([[0.95, 0.95]]))
    assert far[0] > 10.0 * near[0]


def test_the_same_points_give_the_same_emulator_and_scales_can_be_taken_over() -> None:
    shares = cube(400, 4, 1)
    values = shares[:, 0] + np.random.default_rng(1).normal(0.0, 0.1, 400)
    one, other = fit(shares, values), fit(shares, values)
    np.testing.assert_array_equal(one(shares)[0], other(shares)[0])
    again = fit(shares, 2.0 * values, like=one)
    np.testing.assert_allclose(again(shares)[0], 2.0 * one(shares)[0], rtol=1e-6)
    # Twice the values are the same once they are standardised, and so is the noise that was taken over.
    assert again.luck == pytest.approx(one.luck)


def test_features_of_what_is_even_have_mean_zero() -> None:
    grid = (np.arange(1000) + 0.5)[:, None] / 1000
    np.testing.assert_allclose(features(grid).mean(axis=0), [1.0, 0.0, 0.0], atol=1e-6)


def test_a_number_that_never_moves_is_emulated_too() -> None:
    shares = cube(100, 2, 1)
    mean, doubt = fit(shares, np.full(100, 3.0))(shares)
    np.testing.assert_allclose(mean, 3.0)
    assert np.isfinite(doubt).all()
