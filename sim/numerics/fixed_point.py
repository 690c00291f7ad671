"""Fixed points x = G(x): steps that adapt, and Anderson acceleration to the same point with half as many evaluations.

Source: Anderson (1965); Walker & Ni (2011), whose type II this is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

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
    """

    def __init__(self, size: int) -> None:
        self.steps = 0
        self._residuals = np.empty((DEPTH, size))
        self._images = np.empty((DEPTH, size))
        self._residual = self._image = np.empty(size)

    def next(self, point: Float, image: Float) -> Float:
        """Where to evaluate G next, after ``image`` = G(``point``): x⁺ = G(x) − Σ γ_i ΔG_i, γ of least squares."""
        residual, known = image - point, min(self.steps, DEPTH)
        if known:
            row = (self.steps - 1) % DEPTH
            np.subtract(residual, self._residual, out=self._residuals[row])
            np.subtract(image, self._image, out=self._images[row])
        self._residual, self._image = residual, image
        self.steps += 1
        if not known:
            return image
        residuals = self._residuals[:known]
        # LAPACK itself: with so few unknowns, np.linalg spends four times as long on checks as on the solution.
        *_, weight, failed = dgesv(residuals.dot(residuals.T) * _RIDGED[:known, :known], residuals.dot(residual))
        return image if failed else np.asarray(image - weight.dot(self._images[:known]))

    def growth(self, step: float = 1.0) -> float:
        """By how much an iteration at most stretches a small deviation, in the directions tried; 1 and more repels.

        The largest absolute eigenvalue of 1 + step (G' − 1) as far as the remembered steps show it (Ritz values).
        Acceleration also finds points from which the plain iteration would run away, and some that attract only an
        iteration that goes part of the way.
        """
        known = min(max(self.steps - 1, 0), DEPTH)
        images = self._images[:known]
        steps = images - self._residuals[:known]
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


def fixed_point(of: Piecewise[T], start: Float, search: Search) -> tuple[Float, T]:
    """Where a map comes to rest, and what was known at the last evaluation.

    If acceleration leads to no point to which the plain iteration is drawn, that goes on as if it had not been tried.

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
            tried, found = number, _accelerated(of, point, new, regime, search, phase)
            if found is not None:
                return found
        pace = paced(pace, move, before, phase)
        point, before = of.within(point + pace * move), move
        if iteration < search.settled:
            regime = of.regime(point)
    raise NoFixedPointError(f"did not converge in {search.phases[-1].last} iterations (last change {change:.1e})")


def _accelerated(
    of: Piecewise[T], point: Float, new: Float, regime: Bool, search: Search, phase: Phase
) -> tuple[Float, T] | None:
    """Where the map of one regime comes to rest; None if not soon, if there is another regime, or if it repels."""
    path = Anderson(point.size)
    for _ in range(search.patience):
        point = of.within(path.next(point, new))
        new, known = of.image(point, regime)
        if np.maximum.reduce(np.abs(new - point)) < search.phases[0].tolerance:
            stays = path.growth(phase.step) < phase.stable and (of.regime(point) == regime).all()
            return (new, known) if stays else None
    return None
