"""Acceleration: the same fixed point, sooner."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from sim import Market
from sim.numerics.competition import SEARCH
from sim.numerics.fixed_point import DEPTH, Anderson, NoFixedPointError, Phase, Search, fixed_point, paced


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


@dataclass
class Kinked:
    """x ↦ slope · x + 1 below a kink, a constant above it; counts its evaluations."""

    slope: float
    kink: float = np.inf
    above: float = 0.0
    evaluations: int = 0
    regimes: int = 0

    def regime(self, point: np.ndarray) -> np.ndarray:
        self.regimes += 1
        return np.asarray(point > self.kink)

    def image(self, point: np.ndarray, regime: np.ndarray) -> tuple[np.ndarray, int]:
        self.evaluations += 1
        return np.where(regime, self.above, self.slope * point + 1.0), self.evaluations

    def within(self, point: np.ndarray) -> np.ndarray:
        return np.clip(point, -100.0, 100.0)


def whole(last: int, step: float = 1.0, tolerance: float = 1e-12) -> Phase:
    """Steps all the same."""
    return Phase(last, step, step, tolerance, step=1.0, stable=0.95)


PLAIN = Search(phases=(whole(1000),), settled=1000, near=0.0, patience=0)
QUICK = replace(PLAIN, near=1e-1, patience=10)
START = np.zeros(1)


@pytest.mark.parametrize("search", [PLAIN, QUICK])
def test_a_linear_map_comes_to_rest_at_one_over_one_less_its_slope(search: Search) -> None:
    found, evaluations = fixed_point(line := Kinked(0.75), START, search)
    assert found == pytest.approx(4.0, rel=1e-10)
    assert evaluations == line.evaluations


def test_acceleration_needs_fewer_evaluations() -> None:
    assert fixed_point(Kinked(0.75), START, QUICK)[1] < fixed_point(Kinked(0.75), START, PLAIN)[1] / 2


def test_a_cycle_ends_where_steps_go_part_of_the_way() -> None:
    """Slope −1 goes to and fro between 0 and 1; halfway between is the fixed point."""
    with pytest.raises(NoFixedPointError, match=r"did not converge in 1000 iterations \(last change 1.0e\+00\)"):
        fixed_point(Kinked(-1.0), START, PLAIN)
    halves = replace(PLAIN, phases=(whole(60), whole(100, 0.5)))
    found, evaluations = fixed_point(Kinked(-1.0), START, halves)
    assert found == 0.5
    assert 60 < evaluations <= 62


def test_steps_grow_while_they_keep_their_direction_and_halve_where_they_turn() -> None:
    phase = Phase(100, 0.5, 2.0, 1e-12, step=1.0, stable=1.0)
    pace, move = np.array([1.0, 1.0, 0.6, 1.9]), np.array([1.0, -1.0, -1.0, 2.0])
    before = np.array([3.0, 1.0, 2.0, 1.0])
    np.testing.assert_allclose(paced(pace, move, before, phase), [1.2, 0.5, 0.5, 2.0], rtol=1e-14)


def test_what_creeps_arrives_sooner_and_what_cycles_comes_to_rest() -> None:
    """Slope .97 takes nine hundred whole steps, slope −1.1 runs away in them; each in steps of its own, both rest."""
    adaptive = replace(PLAIN, phases=(Phase(300, 0.5, 4.0, 1e-12, step=1.0, stable=1.0),))
    found, evaluations = fixed_point(Kinked(0.97), START, adaptive)
    assert found == pytest.approx(1.0 / 0.03, rel=1e-9)
    assert evaluations < fixed_point(Kinked(0.97), START, PLAIN)[1] / 3
    found, _ = fixed_point(Kinked(-1.1), START, adaptive)
    assert found == pytest.approx(1.0 / 2.1, rel=1e-9)


def test_what_acceleration_finds_is_judged_by_the_steps_of_its_phase() -> None:
    """At slope −1.5 whole steps run away and half steps do not, so the point is taken in the second phase only."""
    phases = (whole(10)._replace(least=1e-3, most=1e-3), Phase(40, 1e-3, 1e-3, 1e-12, step=0.5, stable=1.0))
    search = replace(QUICK, near=10.0, phases=phases)
    found, evaluations = fixed_point(Kinked(-1.5), START, search)
    assert found == pytest.approx(0.4, rel=1e-9)
    assert 10 < evaluations < 30


def test_later_phases_are_content_with_less() -> None:
    lax = replace(PLAIN, phases=(whole(20), whole(1000, tolerance=1e-3)))
    # Changes are ¾ to the power of iterations less one: below 1e-3 from the 26th on.
    assert fixed_point(Kinked(0.75), START, lax)[1] == 26


@pytest.mark.parametrize(("settled", "rest"), [(11, 4.0), (12, 0.0)])
def test_a_regime_that_comes_and_goes_is_settled(settled: int, rest: float) -> None:
    """Above 3 the image is 0, below it the point climbs to 4 and is beyond 3 after 5 and after 11 iterations."""
    with pytest.raises(NoFixedPointError):
        fixed_point(Kinked(0.75, kink=3.0), START, PLAIN)
    line = Kinked(0.75, kink=3.0)
    assert fixed_point(line, START, replace(PLAIN, settled=settled))[0] == pytest.approx(rest, rel=1e-10)
    assert line.regimes == settled


@pytest.mark.parametrize("slope", [0.75, -3.0])
def test_acceleration_across_a_kink_or_to_a_point_that_repels_is_refused(slope: float) -> None:
    """It lands at 1/(1 − slope), beyond the kink or unstable; the plain iteration then goes its own way."""
    line = Kinked(slope, kink=3.5 if slope > 0.0 else np.inf, above=3.9)
    search = replace(QUICK, near=10.0, phases=(whole(100),))
    if slope > 0.0:
        found, _ = fixed_point(line, START, search)
        assert found == pytest.approx(3.9, rel=1e-12)
    else:
        with pytest.raises(NoFixedPointError):
            fixed_point(line, START, search)


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
    monkeypatch.setattr("sim.numerics.competition.SEARCH", replace(SEARCH, near=0.0))
    plain = Market(rng=seed, developers=1000)
    plain.run(45)
    assert np.array_equal(quick.developers.choice, plain.developers.choice)
    for column in ("price", "lerner", "hosts", "spend"):
        np.testing.assert_allclose(getattr(quick.lines, column), getattr(plain.lines, column), rtol=1e-9)
