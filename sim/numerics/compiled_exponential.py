"""Exponentials in a loop of which processors do several numbers at a time; Numba's own are taken one by one.

Needs Numba, the extra ``fast``; nothing imports this module unless compiled kernels are asked for, as
:mod:`sim.numerics.compiled` says.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.numerics.arrays import Float

try:
    from numba import njit, types
    from numba.extending import intrinsic
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

# Nothing is reassociated where an exponential is taken apart.
_EXACT = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"contract"}}
# e^x = 2^n e^r, |r| ≤ ln 2/2: ln 2 in two parts, and 1/k! of the series of e^r, whose rest is below 2⁻⁵⁶.
_PER_LN2, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 0.693147180369123816490, 1.90821492927058770002e-10
_SERIES = tuple(1.0 / math.factorial(k) for k in range(14))
# Added to a number below 2⁵¹, it leaves that rounded to a whole one in the low bits.
_ROUNDER = 1.5 * 2.0**52
_BIAS, _FRACTION = np.int64(1023), np.int64(52)
# Below this an exponential is no normal number any more, and counts as nothing.
_NOTHING = -708.0


@intrinsic  # type: ignore[untyped-decorator]
def _as_float(_context: Any, bits: Any) -> Any:
    """The double-precision number with these bits."""

    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), code


@intrinsic  # type: ignore[untyped-decorator]
def _as_bits(_context: Any, number: Any) -> Any:
    """The bits of a double-precision number."""

    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), code


@njit(**_EXACT)  # type: ignore[untyped-decorator]
def exponentials(row: Float) -> None:
    """e^x of a row of numbers up to 700, in place, in a loop that processors do several numbers of at a time."""
    for g in range(len(row)):
        x = max(row[g], _NOTHING)
        shifted = x * _PER_LN2 + _ROUNDER
        whole = shifted - _ROUNDER
        r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
        series = _SERIES[13]
        for k in range(12, -1, -1):
            series = series * r + _SERIES[k]
        power = _as_float((_as_bits(shifted) + _BIAS) << _FRACTION)
        row[g] = series * power if row[g] > _NOTHING else 0.0
