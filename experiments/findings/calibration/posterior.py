"""The posterior on the emulators: even over the ranges, weighed by how near the numbers come, sampled by emcee."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from experiments.findings.calibration.emulators import extra
from experiments.findings.calibration.history import Bank

Float = NDArray[np.float64]
# Standard deviation, in tolerances, of what the model as a whole is believed to be out by beyond each number's own
# discrepancy, a priori; it is sampled with the parameters.
MODEL_ERROR = 1.0
# Walkers a dimension, at least so many.
_WALKERS, _LEAST = 2, 40
# Where a chain may start, as a share of the range from its ends; and the largest logarithm of the model's error.
_EDGE, _MOST_LOG = 1e-3, 5.0
# One over the variance of what is even from 0 to 1; steps towards the top of the posterior, and how far apart slopes
# are taken.
_PRECISION, _NEWTON, _STEP = 12.0, 12, 0.04


@dataclass(frozen=True)
class Chain:
    """What was sampled.

    Attributes:
        shares: Of the parameters, shape (draws, parameters).
        error: Of the model, in tolerances, shape (draws,).
        density: Logarithm of the density, up to a constant, shape (draws,).
        accepted: Share of proposals taken.
        length: Steps of the chain after what was left out of its beginning.
        correlation: Steps after which draws are as good as independent, the slowest parameter's.
    """

    shares: Float
    error: Float
    density: Float
    accepted: float
    length: int
    correlation: float


def emcee() -> Any:
    """The sampler."""
    return extra("emcee", "emcee", "the posterior needs")


def log_density(bank: Bank, value: Float | None = None) -> Callable[[Float], Float]:
    """The logarithm of the posterior density of shares and the model's error, shape (points, parameters + 1).

    Each number is off by a normal draw whose two sides have its two tolerances, widened by its discrepancy and the
    model's error, the emulator's doubt and the luck of the one world that there is.

    Args:
        bank: The emulators.
        value: The numbers, missing where there is none; None for the published ones.
    """
    target = bank.value if value is None else value
    sides, missing = finite_sides(bank), ~np.isfinite(target)
    free = ~np.isfinite(bank.sides) | missing
    fixed = 1.0 + bank.discrepancy**2

    def density(points: Float) -> Float:
        shares, error = points[:, :-1], points[:, -1]
        found = np.full(len(points), -np.inf)
        inside = ((shares >= 0.0) & (shares <= 1.0)).all(axis=1) & (error >= 0.0)
        if inside.any():
            mean, doubt = bank(shares[inside])
            wide = fixed[None, :] + error[inside, None] ** 2
            away = np.where(missing, 0.0, mean - target)
            variances = [side**2 * wide + doubt + bank.luck for side in sides]
            variance = np.where(away < 0.0, variances[0], variances[1])
            ignored = np.where(away < 0.0, free[0], free[1])
            normal = np.where(missing, 1.0, 0.5 * (np.sqrt(variances[0]) + np.sqrt(variances[1])))
            fits = -0.5 * np.where(ignored, 0.0, away**2 / variance) - np.log(normal)
            found[inside] = fits.sum(axis=1) - 0.5 * (error[inside] / MODEL_ERROR) ** 2
        return found

    return density


def finite_sides(bank: Bank) -> Float:
    """Tolerances below and above, shape (2, aims); of a side on which any distance is near enough the other one's."""
    return np.where(np.isfinite(bank.sides), bank.sides, bank.sides[::-1])


def near(bank: Bank, begin: Float, draws: int, seed: int, value: Float | None = None) -> Float:
    """Points of the cube about where the posterior lies, for a chain to start from, shape (draws, parameters).

    Normal draws around the end of some steps of Gauss and Newton's, with the variance of the ranges as a prior.

    Args:
        bank: The emulators.
        begin: Where to begin, shape (parameters,).
        draws: How many.
        seed: Of the draws.
        value: The numbers, missing where there is none; None for the published ones.
    """
    target = bank.value if value is None else value
    known = np.isfinite(target)
    variance = np.mean(finite_sides(bank), axis=0) ** 2 * (1.0 + bank.discrepancy**2) + bank.luck
    middle, precision = begin, _PRECISION * np.eye(len(begin))
    for _ in range(_NEWTON):
        low, high = np.clip(middle - _STEP, 0.0, 1.0), np.clip(middle + _STEP, 0.0, 1.0)
        points = np.tile(middle, (2 * len(middle) + 1, 1))
        np.fill_diagonal(points[1 : len(middle) + 1], high)
        np.fill_diagonal(points[len(middle) + 1 :], low)
        mean, doubt = bank(points)
        slope = ((mean[1 : len(middle) + 1] - mean[len(middle) + 1 :]) / (high - low)[:, None])[:, known]
        weight = 1.0 / (variance + doubt[0])[known]
        precision = (slope * weight) @ slope.T + _PRECISION * np.eye(len(middle))
        pull = (slope * weight) @ (target - mean[0])[known] - _PRECISION * (middle - 0.5)
        middle = np.clip(middle + 0.5 * np.linalg.solve(precision, pull), _STEP, 1.0 - _STEP)
    away = np.random.default_rng(seed).standard_normal((draws, len(middle)))
    points = middle + np.linalg.solve(np.linalg.cholesky(precision).T, away.T).T
    return np.asarray(1.0 - np.abs(1.0 - np.abs(points) % 2.0))  # reflected at the faces


def sample(density: Callable[[Float], Float], start: Float, draws: int, steps: int, seed: int) -> Chain:
    """Draws from a density by emcee, with differences of walkers as proposals (ter Braak 2006; Nelson et al. 2014).

    Args:
        density: Of shares and the model's error, vectorised.
        start: Points of the cube to start from, shape (points, parameters).
        draws: How many to keep.
        steps: Of every walker; the first half is left out.
        seed: Of the sampler, which otherwise would be that of the whole process.

    Raises:
        ExperimentError: emcee is not installed.
    """
    package = emcee()
    rng = np.random.default_rng(seed)
    dimensions = start.shape[1] + 1
    walkers = 2 * (max(_WALKERS * dimensions, _LEAST) // 2 + 1)
    chosen = start[rng.integers(0, len(start), walkers)]
    initial = np.column_stack([ndtri(np.clip(chosen, _EDGE, 1.0 - _EDGE)), np.log(rng.uniform(0.1, 1.0, walkers))])
    initial += rng.normal(0.0, 0.02, initial.shape)  # no two are the same

    def unbounded(points: Float) -> Float:
        # Shares as normal scores, so that no proposal leaves the cube; the terms are those of the change of variables.
        found = density(_bounded(points)) - 0.5 * (points[:, :-1] ** 2).sum(axis=1) + points[:, -1]
        return np.where(np.isfinite(found), found, -np.inf)

    moves = [(package.moves.DEMove(), 0.8), (package.moves.DESnookerMove(), 0.1), (package.moves.StretchMove(), 0.1)]
    sampler = package.EnsembleSampler(walkers, dimensions, unbounded, moves=moves, vectorize=True)
    sampler.random_state = np.random.RandomState(seed % 2**32).get_state()
    sampler.run_mcmc(initial, steps, progress=False, skip_initial_state_check=True)
    half = steps // 2
    chain = sampler.get_chain(discard=half)
    with np.errstate(invalid="ignore", divide="ignore"):
        times = package.autocorr.integrated_time(chain, tol=0)
    known = times[np.isfinite(times)]  # none of a chain of a few steps
    slowest = float(known.max()) if known.size else np.nan
    flat = _bounded(chain.reshape(-1, dimensions)[rng.permutation(chain.shape[0] * walkers)[:draws]])
    accepted = float(np.mean(sampler.acceptance_fraction))
    return Chain(flat[:, :-1], flat[:, -1], density(flat), accepted, steps - half, slowest)


def _bounded(points: Float) -> Float:
    """Shares and the model's error of normal scores and a logarithm."""
    return np.column_stack([ndtr(points[:, :-1]), np.exp(np.minimum(points[:, -1], _MOST_LOG))])
