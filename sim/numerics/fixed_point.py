"""Fixed points x = G(x): steps that adapt, and Anderson acceleration to the same point with half as many evaluations.

Source: Anderson (1965); Walker & Ni (2011), whose type II this is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from scipy.linalg.lapack import dgeev, dgesv

from sim.numerics.arrays import Bool, Float

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Steps remembered. Further back the map is no longer the same straight line.
DEPTH = 5
# By how much steps of the plain iteration grow while they keep their direction, and shrink where they turn.
LONGER, SHORTER = 1.2, 0.5
# Added to the diagonal of the normal equations, relative to it, lest parallel steps make them singular.
RIDGE = 1e-14
_RIDGED = 1.0 + RIDGE * np.eye(DEPTH)
# Added to it where steps have length one: directions that they span by less than its root count for nothing.
PARALLEL = 1e-12
_PARALLEL = PARALLEL * np.eye(DEPTH)


class Anderson:
    """What the last evaluations tell of the next point: the mean of their images whose residuals cancel best.

    Args:
        size: Number of unknowns.

    Attributes:
        steps: Evaluations it was told of.
        residuals, images: What changed from each to the next, the last ``DEPTH`` in turns, shapes (DEPTH, size).
    """

    def __init__(self, size: int) -> None:
        self.steps = 0
        self.residuals = np.empty((DEPTH, size))
        self.images = np.empty((DEPTH, size))
        self._residual = self._image = np.empty(size)

    def next(self, point: Float, image: Float) -> Float:
        """Where to evaluate G next, after ``image`` = G(``point``): x⁺ = G(x) − Σ γ_i ΔG_i, γ of least squares."""
        residual, known = image - point, min(self.steps, DEPTH)
        if known:
            row = (self.steps - 1) % DEPTH
            np.subtract(residual, self._residual, out=self.residuals[row])
            np.subtract(image, self._image, out=self.images[row])
        self._residual, self._image = residual, image
        self.steps += 1
        if not known:
            return image
        residuals = self.residuals[:known]
        # LAPACK itself: with so few unknowns, np.linalg spends four times as long on checks as on the solution.
        *_, weight, failed = dgesv(residuals.dot(residuals.T) * _RIDGED[:known, :known], residuals.dot(residual))
        return image if failed else np.asarray(image - weight.dot(self.images[:known]))

    def growth(self, step: float = 1.0) -> float:
        """By how much an iteration at most stretches a small deviation, in the directions tried; 1 and more repels.

        The largest absolute eigenvalue of 1 + step (G' − 1) as far as the remembered steps show it (Ritz values).
        Acceleration also finds points from which the plain iteration would run away, and some that attract only an
        iteration that goes part of the way.
        """
        known = min(max(self.steps - 1, 0), DEPTH)
        images = self.images[:known]
        steps = images - self.residuals[:known]
        length = np.sqrt((steps * steps).sum(axis=1, keepdims=True))
        if known == 0 or not length.all():
            return 0.0
        steps, images = steps / length, images / length
        *_, stretch, _ = dgesv(steps @ steps.T + _PARALLEL[:known, :known], steps @ images.T)
        real, imaginary, *_ = dgeev(stretch, compute_vl=0, compute_vr=0)
        return float(np.hypot(1.0 + step * (real - 1.0), step * imaginary).max())


class Piecewise(Protocol[T_co]):
    """A map that is smooth while a regime lasts: G(x) = G_r(x), r = r(x)."""

    def regime(self, point: Float) -> Bool:
        """r(x), of any shape."""

    def image(self, point: Float, regime: Bool) -> tuple[Float, T_co]:
        """G_r(x), and what else is known there."""

    def within(self, point: Float) -> Float:
        """The admissible point nearest to a point."""


class Arrived(NamedTuple, Generic[T]):
    """Where acceleration came to rest.

    Attributes:
        point: The last point.
        image: G there.
        known: What else is known there.
    """

    point: Float
    image: Float
    known: T


class Follow(Protocol[T]):
    """A way to follow acceleration: :func:`followed`, or a twin of it that is compiled with its map."""

    def __call__(
        self, path: Anderson, point: Float, image: Float, regime: Bool, patience: int, tolerance: float
    ) -> Arrived[T] | None:
        """Evaluate where the path leads until it rests."""


class Phase(NamedTuple):
    """A stretch of the plain iteration x ← x + step (G(x) − x), each unknown with a step of its own.

    Attributes:
        last: Its last iteration, counted from 1.
        least: Least step; below 1 it ends cycles.
        most: Greatest step.
        tolerance: Largest change |G(x) − x| at which the iteration is at rest.
        step: One step for all by which what acceleration finds is judged.
        stable: Growth of deviations in such steps (:meth:`Anderson.growth`) from which on it is refused.
    """

    last: int
    least: float
    most: float
    tolerance: float
    step: float
    stable: float


@dataclass(frozen=True)
class Search:
    """How a fixed point is sought.

    Attributes:
        phases: Of the plain iteration, in order.
        settled: Iteration after which the regime stays as it is, lest it change to and fro for ever.
        near: Largest change at which acceleration is tried, once a phase.
        patience: Evaluations it may take.
    """

    phases: tuple[Phase, ...]
    settled: int
    near: float
    patience: int


class NoFixedPointError(ArithmeticError):
    """The iteration did not come to rest."""


def paced(pace: Float, move: Float, before: Float, phase: Phase) -> Float:
    """Steps of the next iteration: longer for what keeps its direction, which may creep; half for what turns."""
    turned = move * before < 0.0
    return np.minimum(np.maximum(pace * np.where(turned, SHORTER, LONGER), phase.least), phase.most)


def fixed_point(of: Piecewise[T], start: Float, search: Search, follow: Follow[T] | None = None) -> tuple[Float, T]:
    """Where a map comes to rest, and what was known at the last evaluation.

    If acceleration leads to no point to which the plain iteration is drawn, that goes on as if it had not been tried.

    Args:
        of: The map.
        start: Where the search starts.
        search: How it is sought.
        follow: How acceleration is followed; by :func:`followed` if None.

    Raises:
        NoFixedPointError: Not within the iterations of all phases.
    """
    point, regime, tried = start, of.regime(start), -1
    pace, before = np.ones(start.size), np.zeros(start.size)
    for iteration in range(1, search.phases[-1].last + 1):
        new, known = of.image(point, regime)
        move = new - point
        change = np.maximum.reduce(np.abs(move))
        number, phase = next((n, phase) for n, phase in enumerate(search.phases) if iteration <= phase.last)
        if change < phase.tolerance:
            return new, known
        if change < search.near and tried != number:
            tried, found = number, _accelerated(of, point, new, regime, search, phase, follow)
            if found is not None:
                return found
        pace = paced(pace, move, before, phase)
        point, before = of.within(point + pace * move), move
        if iteration < search.settled:
            regime = of.regime(point)
    raise NoFixedPointError(f"did not converge in {search.phases[-1].last} iterations (last change {change:.1e})")


def _accelerated(
    of: Piecewise[T],
    point: Float,
    new: Float,
    regime: Bool,
    search: Search,
    phase: Phase,
    follow: Follow[T] | None,
) -> tuple[Float, T] | None:
    """Where the map of one regime comes to rest; None if not soon, if there is another regime, or if it repels."""
    path, limits = Anderson(point.size), (search.patience, search.phases[0].tolerance)
    rest = follow(path, point, new, regime, *limits) if follow else followed(of, path, point, new, regime, *limits)
    if rest is None or path.growth(phase.step) >= phase.stable or (of.regime(rest.point) != regime).any():
        return None
    return rest.image, rest.known


def followed(
    of: Piecewise[T], path: Anderson, point: Float, image: Float, regime: Bool, patience: int, tolerance: float
) -> Arrived[T] | None:
    """Evaluate where acceleration leads until it rests; None if it takes more than ``patience`` evaluations."""
    for _ in range(patience):
        point = of.within(path.next(point, image))
        image, known = of.image(point, regime)
        if np.maximum.reduce(np.abs(image - point)) < tolerance:
            return Arrived(point, image, known)
    return None
