"""From axes to points: every combination, or a sample."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from experiments.questions.designs.axes import EXACT
from experiments.questions.designs.blocks import MORRIS, SALTELLI, morris, saltelli
from experiments.questions.designs.points import MOST, frame_of, leaves

_LN2 = math.log(2)
_LOG = logging.getLogger(__name__)


def crossed(axes: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Every combination of the axes' values; the last one varies fastest."""
    total = inner = math.prod(map(len, axes.values()))
    columns = {}
    for address, values in axes.items():
        inner //= len(values)
        columns[address] = np.resize(np.repeat(np.array(values, dtype=object), inner), total)
    return frame_of(columns, total)


def sampled(kind: str, axes: Mapping[str, Any], points: int, seed: int) -> pd.DataFrame:
    """A sample over the axes; the same seed gives the same bits.

    Args:
        kind: A scrambled ``sobol`` sequence, a ``latin_hypercube``, or blocks of ``saltelli`` or ``morris``.
        axes: What each parameter runs through.
        points: Points, or blocks of them.
        seed: Of the sample.
    """
    number = len(axes)
    if kind == MORRIS:
        drawn = morris(points, number, np.random.default_rng(seed))
    elif kind == SALTELLI:
        drawn = saltelli(_spread("sobol", 2 * number, points, seed))
    else:
        drawn = _spread(kind, number, points, seed)
    return frame_of({name: _at(axis, name, drawn[:, i]) for i, (name, axis) in enumerate(axes.items())}, len(drawn))


def _spread(kind: str, dimensions: int, points: int, seed: int) -> np.ndarray:
    """Points that fill the unit cube evenly, shape (points, dimensions)."""
    from scipy.stats import qmc  # its import takes two seconds

    sampler: Any = qmc.Sobol if kind == "sobol" else qmc.LatinHypercube
    if kind == "sobol" and points & (points - 1):
        better = min(1 << points.bit_length(), 1 << MOST[1].bit_length() - 1)
        _LOG.warning(
            "design.points=%d leaves the Sobol design unbalanced; design.points=%d balances it", points, better
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The balance properties", UserWarning)
        try:
            found = sampler(dimensions, rng=np.random.default_rng(seed)).random(points)
        except TypeError:  # before SciPy 1.15
            found = sampler(dimensions, seed=np.random.default_rng(seed)).random(points)
    return np.asarray(found)


def _at(axis: Any, address: str, share: np.ndarray) -> np.ndarray:
    """Values at shares from 0 to 1 of an axis; every whole number and every choice has an equal part."""
    if isinstance(axis, list):
        return np.array(axis, dtype=object)[np.minimum((share * len(axis)).astype(np.int64), len(axis) - 1)]
    whole_numbers = isinstance(leaves()[address].value, int)
    low, high, end = axis["low"], axis["high"], axis["high"] + whole_numbers
    if axis["scale"] == "log":
        start, stop = (float(Decimal(repr(x)).ln(EXACT)) for x in (low, end))
        values = _exp(start + (stop - start) * share)
    else:
        values = low + (end - low) * share
    return np.clip(np.floor(values) if whole_numbers else values, low, high)


def _exp(x: np.ndarray) -> np.ndarray:
    """e^x by basic operations, whose bits do not depend on the processor as those of np.exp do."""
    twos = np.rint(x / _LN2)
    rest = x - twos * _LN2
    result = np.ones_like(rest)
    for i in range(16, 0, -1):
        result = 1 + rest * result / i
    return np.ldexp(result, twos.astype(np.int32))
