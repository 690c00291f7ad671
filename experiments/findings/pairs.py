"""Statistics of paired differences: pairs that share what was drawn count as one, and two groups are named."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri, stdtrit

Float = NDArray[np.float64]
Int = NDArray[np.int64]
CONFIDENCE = 0.95
BAND = (0.10, 0.90)
# Those that are effects, in the unit of the measure.
EFFECTS = ("mean", "low", "high", "q10", "q90", "lower", "upper")
COLUMNS = (*EFFECTS[:5], "same_sign", "pairs", "clusters", "against", *EFFECTS[5:], "share_upper")
SEEDS, POINTS, DRAWS = "seeds", "points", "draws"
# Two groups have means that lie this many standard deviations apart (Ashman's D), and each has at least three
# clusters and a tenth of them, of ten or more. Of unimodal effects at most one in twenty is then called bimodal, of
# normal ones one in a hundred: tests/experiments/findings/test_pairs.py.
DISTANCE, LEAST_CLUSTERS, LEAST_IN_GROUP, LEAST_SHARE = 6.5, 10, 3, 0.1
# Groups closer than this, relative to effect and level, are rounding.
_ROUNDING = 1e-9


def clusters_of(points: Int, seeds: Int) -> tuple[Int, str]:
    """Which pairs count as one, since they share something that was drawn.

    Pairs of one seed have the same luck. Where each point has seeds of its own, the pairs of a point share its draw
    of the parameters instead.

    Args:
        points: Point of every pair, shape (pairs,).
        seeds: Its seed, same shape.

    Returns:
        A number from 0 up for every pair, and what it counts: ``seeds`` or ``points``.
    """
    apart = np.unique(np.stack([seeds, points]), axis=1)
    own = len(np.unique(apart[0])) == apart.shape[1] and len(np.unique(points)) > 1
    found = np.unique(points if own else seeds, return_inverse=True)[1]
    return found.astype(np.int64), POINTS if own else SEEDS


def paired_summary(values: Float, reference: Float, clusters: Int | None = None) -> dict[str, Any]:
    """Summary of paired differences along the last axis.

    The interval is Student's t with clusters − 1 degrees of freedom around the mean of all pairs, its standard error
    robust to any dependence inside a cluster (Liang and Zeger 1986); with one pair a cluster it is the usual one.

    Args:
        values: Shape (rows, pairs).
        reference: Same shape.
        clusters: For every pair the number of its cluster, from 0 up; clusters are independent of each other. None
            if every pair is one.

    Returns:
        The columns of :data:`COLUMNS`, each of shape (rows,); not a number where no pair is finite, ends of the
        interval also where there is one cluster, and ``lower``, ``upper`` and ``share_upper`` (means of two groups
        of clusters, share of the upper one) where the effect is not bimodal.
    """
    with np.errstate(invalid="ignore"):
        difference = values - reference
    valid = np.isfinite(difference)
    pairs = valid.sum(axis=1)
    mean, level = _mean(difference, valid), _mean(reference, valid)
    number = np.arange(values.shape[1]) if clusters is None else clusters
    inside = _sums(valid.astype(float), number)
    count = (inside > 0).sum(axis=1)
    low, high = _quantiles(difference, valid)
    sign = np.sign(mean)[:, None]
    agree = valid & (sign != 0) & (np.sign(difference) == sign)
    of_cluster = _sums(np.where(valid, difference, 0.0), number) / np.where(inside > 0, inside, np.nan)
    reach = _reach(np.where(valid, difference - mean[:, None], 0.0), number, pairs, count)
    columns = (mean, mean - reach, mean + reach, low, high, _mean(agree.astype(float), valid), pairs, count, level)
    return dict(zip(COLUMNS, (*columns, *two_groups(of_cluster, level)), strict=True))


def parameters_share(values: Float, reference: Float, clusters: Int) -> dict[str, Float]:
    """How much of the variance of paired differences is that of their clusters' means: parameters, the rest is luck.

    By the law of total variance, with the components of a one-way layout with random effects, the first cut at zero,
    and the interval of the intraclass correlation from F (Searle, Casella and McCulloch 1992, chapter 3; unequal
    clusters count by their typical size).

    Args:
        values: Shape (rows, pairs).
        reference: Same shape.
        clusters: For every pair the number of its draw of the parameters, from 0 up.

    Returns:
        ``parameters``, shares from 0 to 1, shape (rows,), and the ends of its 80% interval, ``parameters_low`` and
        ``parameters_high``; not numbers where no draw has two pairs, or nothing varies.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = values - reference
        valid = np.isfinite(difference)
        size = _sums(valid.astype(float), clusters)
        pairs, draws = size.sum(axis=1), (size > 0.0).sum(axis=1)
        means = _sums(np.where(valid, difference, 0.0), clusters) / np.where(size > 0.0, size, np.nan)
        inside = np.where(valid, difference - means[:, clusters], 0.0)
        luck = (inside**2).sum(axis=1) / (pairs - draws)
        away = np.where(size > 0.0, means - _mean(difference, valid)[:, None], 0.0)
        between = (size * away**2).sum(axis=1) / (draws - 1.0)
        typical = (pairs - (size**2).sum(axis=1) / pairs) / (draws - 1.0)
        ends = {
            name: between / luck / (1.0 if level is None else fdtri(draws - 1.0, pairs - draws, level))
            for name, level in (("parameters", None), ("parameters_low", BAND[1]), ("parameters_high", BAND[0]))
        }
        shares = {
            name: np.where(
                np.isinf(ratio), 1.0, np.maximum(ratio - 1.0, 0.0) / (np.maximum(ratio - 1.0, 0.0) + typical)
            )
            for name, ratio in ends.items()
        }
    told = (pairs > draws) & (draws > 1)
    return {name: np.where(told, share, np.nan) for name, share in shares.items()}


def _mean(values: Float, valid: NDArray[np.bool_]) -> Float:
    """Mean of the valid ones of each row; not a number where there is none."""
    number = valid.sum(axis=1)
    return np.where(number > 0, np.where(valid, values, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


def _reach(residuals: Float, clusters: Int, pairs: Int, count: Int) -> Float:
    """Half the width of the interval; not a number where there are fewer than two clusters."""
    error = np.sqrt((_sums(residuals, clusters) ** 2).sum(axis=1)) / np.maximum(pairs, 1)
    degrees = np.maximum(count - 1, 1)
    reach = stdtrit(degrees, 0.5 + CONFIDENCE / 2) * np.sqrt(count / degrees) * error
    return np.where(count > 1, reach, np.nan)


def _sums(values: Float, clusters: Int) -> Float:
    """Sums over the pairs of each cluster, shape (rows, clusters)."""
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    return np.add.reduceat(values[:, order], starts, axis=1) if len(order) else values


def _quantiles(difference: Float, valid: NDArray[np.bool_]) -> tuple[Float, Float]:
    low, high = (np.full(len(difference), np.nan) for _ in BAND)
    for row in np.flatnonzero(valid.any(axis=1)):
        low[row], high[row] = np.quantile(difference[row, valid[row]], BAND)
    return low, high


def two_groups(effects: Float, level: Float) -> tuple[Float, Float, Float]:
    """Means of two groups, where effects fall apart into two, and the share of the upper one.

    The split leaves the least squares inside the groups. They are two if Ashman's D, the distance of their means
    over the root mean square of their standard deviations, is at least :data:`DISTANCE` (Ashman, Bird and Zepf 1994,
    Astronomical Journal 108, 2348).

    Args:
        effects: Shape (rows, clusters); not a number where there is none.
        level: What is compared with, shape (rows,), as a scale for rounding.

    Returns:
        Lower mean, upper mean and share above, each of shape (rows,), not a number where there is one group.
    """
    lower, upper, share = np.full((3, len(effects)), np.nan)
    for row, values in enumerate(effects if effects.shape[1] >= LEAST_CLUSTERS else ()):
        ordered = np.sort(values[np.isfinite(values)])
        if len(ordered) < LEAST_CLUSTERS or ordered[0] == ordered[-1]:
            continue
        below, above, size, distance = _split(ordered)
        rounding = _ROUNDING * max(abs(ordered[0]), abs(ordered[-1]), abs(level[row]))
        if distance >= DISTANCE and above - below > rounding:
            lower[row], upper[row], share[row] = below, above, 1.0 - size / len(ordered)
    return lower, upper, share


def _split(ordered: Float) -> tuple[float, float, int, float]:
    """The best split of ordered values: mean below, mean above, number below, and how many deviations apart."""
    away = ordered - ordered.mean()
    size = np.arange(1, len(away))
    rest = len(away) - size
    least = max(LEAST_IN_GROUP, int(np.ceil(LEAST_SHARE * len(away))))
    sums, squares = np.cumsum(away), np.cumsum(away**2)
    means = sums[:-1] / size, (sums[-1] - sums[:-1]) / rest
    inside = squares[:-1] - size * means[0] ** 2, squares[-1] - squares[:-1] - rest * means[1] ** 2
    possible = (size >= least) & (rest >= least)
    best = int(np.where(possible, inside[0] + inside[1], np.inf).argmin()) + 1
    below, above = ordered[:best], ordered[best:]
    deviation = np.sqrt((below.var(ddof=1) + above.var(ddof=1)) / 2.0)
    gap = above.mean() - below.mean()
    return float(below.mean()), float(above.mean()), best, float(gap / deviation) if deviation else np.inf
