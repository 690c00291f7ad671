"""Acceleration: the same fixed point, sooner."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market
from sim.numerics.fixed_point import DEPTH, Anderson


def evaluations(image, start: np.ndarray, accelerate: bool, tolerance: float = 1e-12) -> tuple[np.ndarray, int]:
    """The fixed point and how often the map was evaluated."""
    point, path = start, Anderson(start.size)
    for number in range(1, 1000):
        new = image(point)
        if np.abs(new - point).max() < tolerance:
            return new, number
        point = path.next(point, new) if accelerate else new
    raise AssertionError("no fixed point")


@pytest.mark.parametrize("size", [1, 3, 40])
def test_the_fixed_point_is_the_same_and_found_sooner(size: int) -> None:
    draw = np.random.default_rng(size)
    matrix, shift = draw.normal(size=(size, size)), draw.normal(size=size)
    matrix *= 0.8 / np.abs(np.linalg.eigvals(matrix)).max()
    plain, slow = evaluations(lambda x: np.tanh(matrix @ x + shift), np.zeros(size), accelerate=False)
    found, quick = evaluations(lambda x: np.tanh(matrix @ x + shift), np.zeros(size), accelerate=True)
    np.testing.assert_allclose(found, plain, atol=1e-11)
    assert quick < slow


@pytest.mark.parametrize("size", range(1, DEPTH + 1))
def test_a_straight_line_is_followed_to_its_end_within_its_dimensions(size: int) -> None:
    """On a linear map it is GMRES, which ends after as many steps as there are unknowns."""
    draw = np.random.default_rng(size)
    matrix, shift = 0.5 * draw.normal(size=(size, size)), draw.normal(size=size)
    found, number = evaluations(lambda x: matrix @ x + shift, np.zeros(size), accelerate=True, tolerance=1e-9)
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(size) - matrix, shift), rtol=1e-7)
    assert number <= size + 3


def test_steps_that_tell_nothing_fall_back_to_the_map() -> None:
    path, here, image = Anderson(2), np.zeros(2), np.ones(2)
    for _ in range(3):
        assert np.array_equal(path.next(here, image), image)


@pytest.mark.parametrize("rate", [1.5, 2.5, 3.3])
def test_growth_tells_points_that_attract_from_points_that_repel(rate: float) -> None:
    """The logistic map: its point 1 − 1/r, at which the slope is 2 − r, is found though it may repel."""
    path, point = Anderson(1), np.array([0.55])
    assert path.growth() == 0.0
    for _ in range(12):
        image = rate * point * (1.0 - point)
        if abs(image[0] - point[0]) < 1e-9:
            break
        point = path.next(point, image)
    assert point[0] == pytest.approx(1.0 - 1.0 / rate, abs=1e-8)
    assert path.growth() == pytest.approx(abs(2.0 - rate), abs=0.05)


@pytest.mark.parametrize("size", [2, 5])
def test_growth_is_the_largest_eigenvalue_of_a_linear_map(size: int) -> None:
    draw = np.random.default_rng(size)
    matrix = draw.normal(size=(size, size))
    path, point = Anderson(size), np.ones(size)
    for _ in range(size + 1):
        point = path.next(point, matrix @ point)
    assert path.growth() == pytest.approx(np.abs(np.linalg.eigvals(matrix)).max(), rel=1e-3)


def test_growth_of_an_iteration_that_goes_part_of_the_way() -> None:
    """A spiral with eigenvalues 0.98 ± 0.3 i repels the whole step, attracts half of it, and draws in slowly."""
    matrix = np.array([[0.98, -0.3], [0.3, 0.98]])
    path, point = Anderson(2), np.ones(2)
    for _ in range(3):
        point = path.next(point, matrix @ point)
    for step in (1.0, 0.5, 0.1):
        expected = np.abs(1.0 + step * (0.98 + 0.3j - 1.0))
        assert path.growth(step) == pytest.approx(expected, rel=1e-9)
    assert path.growth() > 1.0
    assert path.growth(0.1) < 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_prices_of_a_market_are_those_of_the_plain_iteration(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Market(rng=seed, developers=1000)
    quick.run(45)
    monkeypatch.setattr("sim.mechanisms.pricing.NEAR", 0.0)
    plain = Market(rng=seed, developers=1000)
    plain.run(45)
    assert np.array_equal(quick.developers.choice, plain.developers.choice)
    for column in ("price", "lerner", "hosts", "spend"):
        np.testing.assert_allclose(getattr(quick.lines, column), getattr(plain.lines, column), rtol=1e-9)
