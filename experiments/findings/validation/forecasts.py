"""Forecasts and how good they are: paths of best models, lags, no change, trends, bands. Nothing here runs a market."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.agents.lab import WEIGHTS
from sim.data.history import History

Float = NDArray[np.float64]
# Of a band.
COVERAGE = 0.90
# A level that is this little away is reached; means of equal numbers round [OOM].
ROUNDING = 1e-9


class Model(NamedTuple):
    """One model: when it came out, whose it is, how good it is [OOM], and whether its weights are public."""

    month: int
    lab: str
    tier: int
    name: str
    capability: float
    open: bool


def published(history: History) -> list[Model]:
    """Measured models of the record in order of their months.

    Weights that history released after the model are left out: none of them was the best of its month.
    """
    return [
        Model(month, history.names[row.lab], row.tier, row.model, row.known, row.level >= WEIGHTS)
        for month in sorted(history.releases)
        for row in history.releases[month]
        if math.isfinite(row.known)
    ]


def best_so_far(models: Iterable[Model], last: int) -> Float:
    """The best model to each month, nan before the first [OOM], shape (last + 1,)."""
    path = np.full(last + 1, -np.inf)
    for model in models:
        if model.month <= last:
            path[model.month] = max(path[model.month], model.capability)
    path = np.maximum.accumulate(path)
    return np.where(np.isfinite(path), path, np.nan)


def lag(closed: Float, open_: Float, month: int) -> float:
    """Months since the best closed model first was where the best open one is in a month, zero if it never was."""
    if not math.isfinite(open_[month]):
        return math.nan
    there = np.flatnonzero(np.nan_to_num(closed[: month + 1], nan=-np.inf) >= open_[month] - ROUNDING)
    return float(month - there[0]) if there.size else 0.0


def trend(path: Float, origin: int, ahead: int, span: int) -> float:
    """Random walk with drift: the last value, and the mean change of the last months so many months on.

    Args:
        path: Monthly values, nan before the first.
        origin: Last month that is known.
        ahead: Months from there.
        span: Months over which the change is taken, or as many as there are. With 0, no change.
    """
    known = np.flatnonzero(np.isfinite(path[: origin + 1]))
    if not known.size:
        return math.nan
    start = max(origin - span, int(known[0]))
    drift = (path[origin] - path[start]) / (origin - start) if origin > start else 0.0
    return float(path[origin] + drift * ahead)


def extended(path: Float, origin: int, ahead: int, span: int) -> Float:
    """A path to its origin and the trend after it, shape (origin + ahead + 1,)."""
    return np.concatenate([path[: origin + 1], [trend(path, origin, k, span) for k in range(1, ahead + 1)]])


def band(values: Float) -> tuple[float, float]:
    """Where one more draw lies in nine of ten cases, if draws are normal: mean ± t s √(1 + 1/n).

    Unlike quantiles of a few draws it is as wide as it says, however few they are; nan with less than two.
    """
    number = values.size
    if number < 2:
        return math.nan, math.nan
    reach = stdtrit(number - 1, 0.5 + COVERAGE / 2) * float(values.std(ddof=1)) * math.sqrt(1.0 + 1.0 / number)
    return float(values.mean() - reach), float(values.mean() + reach)


def covers(interval: tuple[float, float], actual: float) -> bool:
    """Whether a band holds what came; a band that is none holds nothing."""
    return interval[0] <= actual <= interval[1]
