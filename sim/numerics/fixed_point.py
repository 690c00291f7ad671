"""Anderson acceleration of a fixed point x = G(x): the same point after about half as many evaluations of G.

Source: Anderson (1965); Walker & Ni (2011), whose type II this is.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dgeev, dgesv

from sim.numerics.arrays import Float

# Steps remembered. Further back the map is no longer the same straight line.
DEPTH = 5
# Added to the diagonal of the normal equations, relative to it, lest parallel steps make them singular.
RIDGE = 1e-14
_RIDGED = 1.0 + RIDGE * np.eye(DEPTH)
# Added to it where steps have length one: directions that they span by less than its root count for nothing.
PARALLEL = 1e-12


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
        *_, stretch, _ = dgesv(steps @ steps.T + PARALLEL * np.eye(known), steps @ images.T)
        real, imaginary, *_ = dgeev(stretch, compute_vl=0, compute_vr=0)
        return float(np.hypot(1.0 + step * (real - 1.0), step * imaginary).max())
