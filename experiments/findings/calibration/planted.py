"""Planted truth: data of worlds whose parameters are known, and whether the same emulators find them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.findings.calibration.history import Bank
from experiments.findings.calibration.posterior import MODEL_ERROR, finite_sides, log_density, near, sample

Float = NDArray[np.float64]
INTERVAL = (0.10, 0.90)
PLANTS = 24
# Each plant's chain starts near the best of so many points, with so many walkers, and so many draws of it are kept.
_TRIED, _STARTS, _KEPT = 1000, 1000, 1000


@dataclass(frozen=True)
class Planted:
    """What was planted, and what was found.

    Attributes:
        names: Parameters.
        truth: Their shares, shape (plants, parameters).
        low: Lower ends of the 80% intervals, same shape.
        high: Upper ends.
        middle: Medians.
    """

    names: tuple[str, ...]
    truth: Float
    low: Float
    high: Float
    middle: Float

    @property
    def table(self) -> pd.DataFrame:
        """A row a parameter: share of plants inside the interval, its mean width, and how well medians follow."""
        inside = (self.truth >= self.low) & (self.truth <= self.high)
        follows = [_follow(*pair) for pair in zip(self.truth.T, self.middle.T, strict=True)]
        width = (self.high - self.low).mean(axis=0)
        columns = {"coverage": inside.mean(axis=0), "width": width, "correlation": follows}
        return pd.DataFrame(columns, index=pd.Index(self.names, name="parameter"))

    @property
    def coverage(self) -> float:
        """Over all parameters."""
        return float(self.table["coverage"].mean())


def _follow(truth: Float, found: Float) -> float:
    return float(np.corrcoef(truth, found)[0, 1]) if truth.std() > 0.0 and found.std() > 0.0 else np.nan


def recover(bank: Bank, names: Sequence[str], truth: Float, data: Float, steps: int, seed: int) -> Planted:
    """Find planted parameters again, each from what one run of them gave.

    The posterior believes published numbers to be off by their tolerances and more, so a draw of that size is added to
    each number of a run; intervals should then hold the truth as often as they say.

    Args:
        bank: The emulators; they have not seen these runs.
        names: Parameters.
        truth: Their shares, shape (plants, parameters).
        data: What runs gave, shape (plants, aims of the bank).
        steps: Of every walker of a plant's chain.
        seed: Of the errors and the chains.
    """
    seen = with_errors(bank, data, np.random.default_rng(seed))
    ends = np.full((3, *truth.shape), np.nan)
    for plant, value in enumerate(seen):
        density = log_density(bank, value)
        start = near(bank, _begin(density, truth.shape[1], seed + plant), _STARTS, seed + plant, value)
        chain = sample(density, start, _KEPT, steps, seed + plant)
        ends[:, plant] = np.quantile(chain.shares, (INTERVAL[0], 0.5, INTERVAL[1]), axis=0)
    return Planted(tuple(names), truth, ends[0], ends[2], ends[1])


def with_errors(bank: Bank, data: Float, rng: np.random.Generator) -> Float:
    """Numbers as somebody would publish them: off by as much as the posterior believes of them, shape as given."""
    sides = finite_sides(bank)
    model = np.abs(rng.normal(0.0, MODEL_ERROR, (len(data), 1)))
    size = np.abs(rng.standard_normal(data.shape)) * np.sqrt(1.0 + bank.discrepancy**2 + model**2)
    # What is published above what is true has the tolerance below it, and is so as often as that is wide.
    above = rng.random(data.shape) < sides[0] / sides.sum(axis=0)
    return np.asarray(data + np.where(above, size * sides[0], -size * sides[1]))


def _begin(density: Callable[[Float], Float], dimensions: int, seed: int) -> Float:
    """The best of some points."""
    shares = np.random.default_rng(seed).random((_TRIED, dimensions))
    return np.asarray(shares[int(np.argmax(density(np.column_stack([shares, np.ones(_TRIED)]))))])
