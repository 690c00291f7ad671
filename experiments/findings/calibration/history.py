"""History matching: what of the joint ranges is not ruled out by the numbers that are held against it.

Vernon, Goldstein and Bower 2010 (Bayesian Analysis 5, 619): a point is implausible if a number is further from the
published one than tolerance, luck, the emulator's doubt and the model's own discrepancy allow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.findings.calibration.aims import Aim
from experiments.findings.calibration.emulators import Emulator, features, fit
from experiments.findings.calibration.space import Space

Float = NDArray[np.float64]
# A point is ruled out if so many numbers are beyond the limit: one or two may be the emulator's fault.
LIMIT, WORST = 3.0, 3
# Of so many runs one is held out of a fit to check it.
HELD_OUT = 5
# A number that a tenth of runs or more do not have, or that never moves, is not fitted.
_KNOWN, _MOVES = 0.9, 1e-9
# What is called reached: the part of the first wave that comes so near, in tolerances.
_REACHED = 0.02
_LEVEL, _SWEEPS, _MOST_LEVELS = 0.2, 12, 40
# A level that is lowered by less than this part of itself is as low as it gets.
_STALLED = 0.005


@dataclass(frozen=True)
class Check:
    """How an emulator does on runs that it has not seen.

    Attributes:
        r2: One less the squared errors over the variance.
        coverage: Share of runs inside the 95% interval, luck included.
        runs: How many.
        stretch: Mean squared error over what the emulator expects; what is above one is added to its noise.
    """

    r2: float
    coverage: float
    runs: int
    stretch: float


@dataclass(frozen=True)
class Bank:
    """Emulators of all numbers that can be emulated.

    Attributes:
        aims: The numbers.
        emulators: One each.
        checks: One each.
        discrepancy: In tolerances, how far even the nearest of the first wave's runs are out, shape (aims,).
    """

    aims: tuple[Aim, ...]
    emulators: tuple[Emulator, ...]
    checks: tuple[Check, ...]
    discrepancy: Float

    def __call__(self, shares: Float) -> tuple[Float, Float]:
        """Means and variances of means, each of shape (points, aims)."""
        given = features(shares)
        found = [emulator.at(given, shares) for emulator in self.emulators]
        return np.column_stack([mean for mean, _ in found]), np.column_stack([doubt for _, doubt in found])

    @property
    def luck(self) -> Float:
        """Variance of one run around its mean, shape (aims,)."""
        return np.array([emulator.luck for emulator in self.emulators])

    @property
    def value(self) -> Float:
        """Published numbers, as seen, shape (aims,)."""
        return np.array([aim.value for aim in self.aims])

    @property
    def sides(self) -> Float:
        """Tolerances below and above, shape (2, aims)."""
        return np.array([aim.sides for aim in self.aims]).T

    def implausibility(self, shares: Float, value: Float | None = None) -> Float:
        """How many standard deviations each number is away, shape (points, aims)."""
        mean, doubt = self(shares)
        away = mean - (self.value if value is None else value)
        below, above = self.sides
        tolerance = np.where(away < 0.0, below, above)
        with np.errstate(invalid="ignore"):
            deviation = np.sqrt(tolerance**2 * (1.0 + self.discrepancy**2) + doubt + self.luck)
        return np.asarray(np.where(np.isfinite(deviation), np.abs(away) / deviation, 0.0))

    def worst(self, shares: Float) -> Float:
        """The implausibility that decides, shape (points,)."""
        return nth_largest(self.implausibility(shares), WORST)


def nth_largest(values: Float, place: int) -> Float:
    """The largest, second largest … of each row, shape (rows,)."""
    place = min(place, values.shape[1])
    return np.asarray(np.partition(values, -place, axis=1)[:, -place])


def moved(space: Space, at_ends: Float, base: Float, asked: Sequence[Aim]) -> pd.DataFrame:
    """How far each parameter alone moves each number between the ends of its range, in tolerances and luck.

    Args:
        space: The parameters.
        at_ends: What runs gave with one parameter at its low and its high end, shape (parameters, 2, aims).
        base: What runs without a change gave, shape (seeds, aims), the first with the seed of the others.
        asked: The numbers.

    Returns:
        A row a parameter, a column a number.
    """
    tolerance = np.array([min(aim.sides) for aim in asked])
    luck = np.nan_to_num(base.std(axis=0, ddof=1)) if len(base) > 1 else np.zeros(len(asked))
    away = np.concatenate([at_ends, np.broadcast_to(base[0], (len(space), 1, len(asked)))], axis=1)
    low = np.where(np.isfinite(away), away, np.inf).min(axis=1)
    high = np.where(np.isfinite(away), away, -np.inf).max(axis=1)
    span = np.maximum(high - low, 0.0)
    return pd.DataFrame(
        span / np.hypot(tolerance, luck), index=pd.Index(space.names, name="parameter"), columns=_names(asked)
    )


def _names(asked: Sequence[Aim]) -> list[str]:
    return [aim.row.id for aim in asked]


def discrepancies(values: Float, asked: Sequence[Aim]) -> Float:
    """How far out the nearest runs of a wave over the whole cube are, in tolerances beyond the first, shape (aims,)."""
    found = np.zeros(len(asked))
    for place, aim in enumerate(asked):
        away = np.abs(aim.distance(values[:, place]))
        away = away[np.isfinite(away)]
        if away.size:
            found[place] = max(float(np.quantile(away, _REACHED)) - 1.0, 0.0)
    return found


def bank(shares: Float, values: Float, asked: Sequence[Aim], discrepancy: Float, seed: int = 0) -> Bank:
    """Emulators of the numbers that move and that runs have; every fifth run is held out of a first fit to check it.

    Args:
        shares: Of the parameters, shape (runs, parameters).
        values: As seen, shape (runs, aims); missing where a run has none.
        asked: The numbers.
        discrepancy: Of each, in tolerances, shape (aims,).
        seed: Of what is drawn to fit.
    """
    kept, emulators, checks = [], [], []
    held = np.arange(len(shares)) % HELD_OUT == HELD_OUT - 1
    for place in range(len(asked)):
        known = np.isfinite(values[:, place])
        if known.mean() < _KNOWN or float(np.ptp(values[known, place])) < _MOVES:
            continue
        some, rest = known & ~held, known & held
        first = fit(shares[some], values[some, place], seed)
        check = _check(first, shares[rest], values[rest, place])
        again = fit(shares[known], values[known, place], seed, like=first)
        checks.append(check)
        emulators.append(replace(again, noise=again.noise * max(check.stretch, 1.0)))
        kept.append(place)
    return Bank(tuple(asked[place] for place in kept), tuple(emulators), tuple(checks), discrepancy[kept])


def _check(emulator: Emulator, shares: Float, values: Float) -> Check:
    mean, doubt = emulator(shares)
    error = values - mean
    expected = doubt + emulator.luck
    inside = np.abs(error) <= 1.96 * np.sqrt(expected)
    total = float(np.mean((values - values.mean()) ** 2))
    r2 = 1.0 - float(np.mean(error**2)) / total if total > 0.0 else np.nan
    return Check(r2, float(inside.mean()), len(values), float(np.mean(error**2 / expected)))


@dataclass(frozen=True)
class Kept:
    """What of the cube is not ruled out.

    Attributes:
        shares: Points of it, shape (points, parameters), about evenly spread.
        share: Its part of the volume of the cube.
        limit: The largest score in it: the limit, or what could be reached if nothing is below.
    """

    shares: Float
    share: float
    limit: float


def not_ruled_out(score: Callable[[Float], Float], dimensions: int, points: int, seed: int, limit: float) -> Kept:
    """Points of the cube with a score up to a limit, by subset simulation (Au and Beck 2001).

    The limit is lowered so that a fifth of the points stay each time; those then wander inside, by differences of two
    others (ter Braak 2006), until they are spread again.

    Args:
        score: Of points, shape (points, dimensions), to shape (points,).
        dimensions: Of the cube.
        points: How many.
        seed: Of the draws.
        limit: The largest score that is not ruled out.
    """
    rng = np.random.default_rng(seed)
    shares = rng.random((points, dimensions))
    scores, share, last = score(shares), 1.0, np.inf
    for _ in range(_MOST_LEVELS):
        level = max(limit, float(np.quantile(scores, _LEVEL)))
        inside = scores <= level
        share *= float(inside.mean())
        chosen = np.resize(np.flatnonzero(inside), points)
        shares, scores = _wander(score, shares[chosen], scores[chosen], level, rng)
        if level <= limit:
            return Kept(shares, share, limit)
        if last - level < _STALLED * level:
            break
        last = level
    return Kept(shares, share, float(scores.max()))


def _wander(
    score: Callable[[Float], Float], shares: Float, scores: Float, level: float, rng: np.random.Generator
) -> tuple[Float, Float]:
    number, dimensions = shares.shape
    for sweep in range(_SWEEPS):
        one, other = rng.permutation(number), rng.permutation(number)
        step = 1.0 if sweep % 6 == 5 else 2.38 / np.sqrt(2.0 * dimensions)
        moves = step * (shares[one] - shares[other]) * (rng.random(shares.shape) < 0.5)
        tried = shares + moves + rng.normal(0.0, 0.02, shares.shape) * (rng.random(shares.shape) < 0.2)
        tried = 1.0 - np.abs(1.0 - np.abs(tried))  # reflected at the faces
        inside = ((tried >= 0.0) & (tried <= 1.0)).all(axis=1)
        found = np.full(number, np.inf)
        found[inside] = score(tried[inside]) if inside.any() else np.inf
        better = found <= level
        shares, scores = np.where(better[:, None], tried, shares), np.where(better, found, scores)
    return shares, scores
