"""Emulators: what a run would give at any point of the cube, how sure that is, and how much of a run is luck.

A row of numbers is a quadratic of every parameter, fitted by ridge regression, and a Gaussian process over the few that
move it most, with the luck of seeds, and whatever else was not varied on purpose, as noise.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from experiments.questions.settings import ExperimentError

Float = NDArray[np.float64]
# Parameters under the process, points that decide its length scales, and points that stand for all (Rasmussen and
# Williams 2006, 8.3.4: projected process).
ACTIVE, FITTED, INDUCING = 8, 300, 100
RIDGES = (1e-2, 1e-1, 1.0, 10.0, 100.0)
SCALES = (0.3, 10.0)
_LEAST_NOISE = 1e-4
_JITTER = 1e-6
_STEPS = 30


def extra(module: str, package: str, whose: str) -> Any:
    """A module of the extra ``calibration``.

    Args:
        module: To import.
        package: Its distribution.
        whose: Who needs it, with the verb.

    Raises:
        ExperimentError: It cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ExperimentError(
            f"{package} cannot be imported ({error}) and {whose} it; allowed: pip install 'weightshift[calibration]'"
        ) from None


def sklearn() -> Any:
    """The module of Gaussian processes."""
    return extra("sklearn.gaussian_process", "scikit-learn", "emulators need")


@dataclass(frozen=True)
class Emulator:
    """One number as a function of shares of the parameters.

    Attributes:
        middle: Mean of what it was fitted to.
        scale: Its standard deviation; the rest is in this unit.
        weights: Of the features, shape (features,).
        line: What is not known of the quadratic, as a variance, in the mean over the points of the fit.
        active: Columns of the parameters under the process.
        lengths: Their length scales [shares of a range].
        signal: Variance of the process.
        noise: Variance of one run around what it is in the mean.
        points: Points that stand for all, shape (inducing, active).
        pull: Weights of these points.
        loss: What they do not settle of the variance of the process, shape (inducing, inducing).
    """

    middle: float
    scale: float
    weights: Float
    line: float
    active: NDArray[np.int64]
    lengths: Float
    signal: float
    noise: float
    points: Float
    pull: Float
    loss: Float

    def __call__(self, shares: Float) -> tuple[Float, Float]:
        """Mean and variance of the mean at points, each of shape (points,)."""
        return self.at(features(shares), shares)

    def at(self, given: Float, shares: Float) -> tuple[Float, Float]:
        """The same where the features are known already."""
        near = _kernel(shares[:, self.active], self.points, self.lengths, self.signal)
        mean = given @ self.weights + near @ self.pull
        process = self.signal - np.einsum("ij,ij->i", near @ self.loss, near)
        return self.middle + self.scale * mean, self.scale**2 * (np.maximum(process, 0.0) + self.line)

    @property
    def luck(self) -> float:
        """Variance of one run around its mean, in the squared unit of what it was fitted to."""
        return self.noise * self.scale**2


def features(shares: Float) -> Float:
    """One, every share less a half, and its square, shape (points, 1 + 2 parameters)."""
    away = shares - 0.5
    return np.column_stack([np.ones(len(shares)), away, away**2 - 1.0 / 12.0])


def fit(shares: Float, values: Float, seed: int = 0, like: Emulator | None = None) -> Emulator:
    """An emulator of values, shape (points,), at shares, shape (points, parameters); all values are finite.

    Args:
        shares: Where.
        values: What runs gave there.
        seed: Of what is drawn: points that decide the length scales, and those that stand for all.
        like: An emulator of the same number whose length scales and noise are taken over.

    Raises:
        ExperimentError: scikit-learn is not installed.
    """
    middle, scale = float(values.mean()), float(values.std()) or 1.0
    standard = (values - middle) / scale
    given = features(shares)
    weights, ridge = _ridge(given, standard)
    rest = standard - given @ weights
    if like is None:
        order = np.argsort(-_strength(weights), kind="stable")
        active = np.sort(order[: min(ACTIVE, shares.shape[1])]).astype(np.int64)
        lengths, signal, noise = _scales(shares[:, active], rest, seed)
    else:
        unit = (like.scale / scale) ** 2
        active, lengths, signal, noise = like.active, like.lengths, like.signal * unit, like.noise * unit
    points = shares[_chosen(len(shares), INDUCING, seed)][:, active]
    pull, loss = _projected(points, shares[:, active], rest, lengths, signal, noise)
    line = noise * _used(given, ridge) / len(given)
    return Emulator(middle, scale, weights, line, active, lengths, signal, noise, points, pull, loss)


def _ridge(given: Float, values: Float) -> tuple[Float, float]:
    """Weights, and the penalty with the least generalised cross-validation (Golub, Heath and Wahba 1979)."""
    number = len(values)
    best: tuple[float, Any, float] | None = None
    for ridge in RIDGES:
        normal = given.T @ given + ridge * _penalty(given.shape[1])
        weights = np.linalg.solve(normal, given.T @ values)
        free = max(1.0 - _used(given, ridge) / number, 1e-3)
        score = float(np.mean((values - given @ weights) ** 2)) / free**2
        if best is None or score < best[0]:
            best = score, weights, ridge
    assert best is not None
    return best[1], best[2]


def _used(given: Float, ridge: float) -> float:
    """Degrees of freedom of a ridge regression."""
    normal = given.T @ given
    return float(np.trace(np.linalg.solve(normal + ridge * _penalty(len(normal)), normal)))


def _penalty(number: int) -> Float:
    """All weights but that of the mean."""
    penalty = np.eye(number)
    penalty[0, 0] = 0.0
    return penalty


def _strength(weights: Float) -> Float:
    """How far each parameter moves the quadratic over its range, in variance."""
    number = (len(weights) - 1) // 2
    return np.asarray(weights[1 : number + 1] ** 2 / 12.0 + weights[number + 1 :] ** 2 / 180.0)


def _chosen(number: int, most: int, seed: int) -> NDArray[np.int64]:
    """Some rows, the same for the same seed."""
    if number <= most:
        return np.arange(number)
    return np.sort(np.random.default_rng(seed).choice(number, most, replace=False))


def _scales(shares: Float, rest: Float, seed: int) -> tuple[Float, float, float]:
    """Length scales, variance of the process and of the noise, by maximum likelihood over some of the points."""
    process = sklearn()
    kernels = process.kernels
    some = _chosen(len(rest), FITTED, seed)
    level = max(float(rest.var()), _LEAST_NOISE)
    kernel = kernels.ConstantKernel(0.3 * level, (1e-4 * level, 10.0 * level)) * kernels.RBF(
        np.full(shares.shape[1], 1.0), SCALES
    ) + kernels.WhiteKernel(0.7 * level, (min(_LEAST_NOISE, 1e-3 * level), 10.0 * level))
    with warnings.catch_warnings():
        # A parameter that does not act reaches the end of its length scale, and a few steps are enough.
        warnings.simplefilter("ignore")
        found = process.GaussianProcessRegressor(kernel, alpha=_JITTER, optimizer=_minimised)
        found.fit(shares[some], rest[some])
    signal, white = found.kernel_.k1, found.kernel_.k2
    lengths = np.atleast_1d(np.asarray(signal.k2.length_scale, float))
    return lengths, float(signal.k1.constant_value), max(float(white.noise_level), _LEAST_NOISE)


def _minimised(objective: Any, start: Float, bounds: Any) -> tuple[Float, float]:
    from scipy.optimize import minimize

    found = minimize(objective, start, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": _STEPS})
    return found.x, float(found.fun)


def _kernel(left: Float, right: Float, lengths: Float, signal: float) -> Float:
    a, b = left / lengths, right / lengths
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * a @ b.T
    return np.asarray(signal * np.exp(-0.5 * np.maximum(squares, 0.0)))


def _projected(
    points: Float, shares: Float, rest: Float, lengths: Float, signal: float, noise: float
) -> tuple[Float, Float]:
    """Weights of the inducing points, and K⁻¹ − A⁻¹ of their variance, A = K + K_mn K_nm / noise."""
    own = _kernel(points, points, lengths, signal) + _JITTER * signal * np.eye(len(points))
    cross = _kernel(points, shares, lengths, signal)
    all_points = cho_factor(own + cross @ cross.T / noise)
    pull = cho_solve(all_points, cross @ rest) / noise
    identity = np.eye(len(points))
    return pull, cho_solve(cho_factor(own), identity) - cho_solve(all_points, identity)
