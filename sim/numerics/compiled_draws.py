"""Draws of labs, startups and researchers in one call in place of thirty, to the bit as :mod:`sim.numerics.draws`.

Needs Numba, the extra ``fast``; nothing imports this module unless compiled kernels are asked for, as
:mod:`sim.numerics.compiled` says.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.numerics import draws
from sim.numerics.draws import U64, Float

try:
    from numba import njit, vectorize
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

_GOLDEN, _MIX_A, _MIX_B = np.uint64(draws.GOLDEN64), np.uint64(draws.MIX_A), np.uint64(draws.MIX_B)
_ONE, _12, _27, _30, _31 = (np.uint64(number) for number in (1, 12, 27, 30, 31))


@njit(inline="always")  # type: ignore[untyped-decorator]
def _absorb(word: Any, part: Any) -> Any:
    """One more part of an address: mix64(word + (part + 1)·golden)."""
    word = word + (part + _ONE) * _GOLDEN
    word = (word ^ (word >> _30)) * _MIX_A
    word = (word ^ (word >> _27)) * _MIX_B
    return word ^ (word >> _31)


@vectorize(["uint64(uint64, uint64, uint64)"], cache=True)  # type: ignore[untyped-decorator]
def _words(word: Any, agent: Any, option: Any) -> Any:
    return _absorb(_absorb(word, agent), option)


@vectorize(["float64(uint64, uint64, uint64)"], cache=True)  # type: ignore[untyped-decorator]
def _uniforms(word: Any, agent: Any, option: Any) -> Any:
    return (np.float64(_absorb(_absorb(word, agent), option) >> _12) + 0.5) * 2.0**-52


def words(word: int | U64, agent: ArrayLike, option: ArrayLike) -> U64:
    """Words of these addresses, from those of decision and epoch, of the broadcast shape, at least one-dimensional."""
    return np.atleast_1d(_words(*_parts(word, agent, option)))


def uniforms(word: int | U64, agent: ArrayLike, option: ArrayLike) -> Float:
    """Uniforms in the open interval (0, 1), likewise."""
    return np.atleast_1d(_uniforms(*_parts(word, agent, option)))


def _parts(word: int | U64, *parts: ArrayLike) -> tuple[U64, ...]:
    return np.asarray(word, np.uint64), *(np.asarray(part, np.uint64) for part in parts)
