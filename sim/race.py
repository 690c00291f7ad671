"""The exponential race: how a developer chooses, fast and to the same bit everywhere.

The rule. Developer i chooses, among the options of which she is aware, the one whose clock −ln(u_ij)/w_ij rings
first; this is the logit with weights w (Gumbel-max in other words). To be the same on every machine it is *defined*
exactly: u = (2k+1)/2²⁴ with k the 23 high bits of a hash, w in single precision, the logarithm and the quotient in
double precision from additions, multiplications and divisions in the order of :func:`exact_clock`, ties to the
lowest option.

The speed. The hardware's single-precision logarithm finds the first clock. It may err in its last bits, so whoever
has a second clock within ``MARGIN`` of the first is decided again by the rule.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.draws import OPTION_MIX, U32

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

BLOCK = 4096
# The logarithm errs by at most 4 units in the last place (NumPy's own bound), the quotient by half a unit: together
# below 2⁻²⁰ of the clock on either side.
MARGIN = np.float32(2.0**-19)
_LN2 = 0.6931471805599453
_HALF_ROOT = 0.7071067811865476
_ATANH = tuple(1.0 / (2 * k + 1) for k in range(11))
_ONE_BITS = np.uint32(0x3F800000)
_BELOW_ONE = np.float32(1.0 - 2.0**-24)


def exact_clock(numerator: NDArray[np.uint32], weight: F32) -> NDArray[np.float64]:
    """−ln(u)/w in double precision, bit for bit the same wherever IEEE arithmetic holds.

    u = (2·numerator+1)/2²⁴ is split into f·2ᵉ with f in [√½, √2); ln f = 2 artanh((f−1)/(f+1)) by its series, whose
    remainder is below 10⁻¹⁸.
    """
    u = (2.0 * numerator.astype(np.float64) + 1.0) * 2.0**-24
    fraction, exponent = np.frexp(u)
    low = fraction < _HALF_ROOT
    fraction = np.where(low, fraction * 2.0, fraction)
    exponent = np.where(low, exponent - 1, exponent)
    s = (fraction - 1.0) / (fraction + 1.0)
    square = s * s
    series = np.full_like(s, _ATANH[-1])
    for coefficient in _ATANH[-2::-1]:
        series = series * square + coefficient
    logarithm = exponent * _LN2 + 2.0 * s * series
    return np.asarray(-logarithm / weight.astype(np.float64))


@dataclass
class Scratch:
    """Buffers of one worker, so that nothing is allocated inside the loop over blocks."""

    options: int
    labs: int

    def __post_init__(self) -> None:
        self.weight = np.empty(self.options * BLOCK, np.float32)
        self.word = np.empty(self.options * BLOCK, np.uint32)
        self.shifted = np.empty(self.options * BLOCK, np.uint32)
        self.near = np.empty(self.options * BLOCK, np.bool_)
        self.row = np.arange(self.options, dtype=np.uint8)[:, None]
        self.aware_word = np.empty(self.labs * BLOCK, np.uint32)
        self.aware_shift = np.empty(self.labs * BLOCK, np.uint32)
        self.bar = np.empty(self.labs * BLOCK, np.uint32)
        self.aware = np.empty(self.labs * BLOCK, np.bool_)


_LOCAL = threading.local()


def scratch(options: int, labs: int) -> Scratch:
    """This thread's buffers, kept from month to month."""
    kept: Scratch | None = getattr(_LOCAL, "scratch", None)
    if kept is None or kept.options < options or kept.labs < labs:
        kept = _LOCAL.scratch = Scratch(options, labs)
    return kept


@dataclass(frozen=True)
class Course:
    """What is common to all who choose this month.

    Attributes:
        weights: Choice weights, shape (options, cells), single precision; cell = (segment, current option's group).
        bars: Awareness thresholds, shape (labs, cells); 2³²−1 for the lab one already uses.
        option_keys: Multipliers of the options, shape (options,).
        lab_keys: Multipliers of the labs, shape (labs,).
        lab_of: Row of ``bars`` for each option; −1 for an option of which everybody is aware. Shape (options,).
    """

    weights: F32
    bars: U32
    option_keys: U32
    lab_keys: U32
    lab_of: NDArray[np.int64]


def run(course: Course, cell: NDArray[np.intp], taste_word: U32, aware_word: U32, buffers: Scratch) -> NDArray[np.intp]:
    """First option to ring for each chooser.

    Args:
        course: This month's tables.
        cell: Column of the tables for each chooser, shape (n,), n ≤ ``BLOCK``.
        taste_word: 32-bit word of each chooser's tastes, shape (n,).
        aware_word: 32-bit word of each chooser's awareness, shape (n,).
        buffers: From :func:`scratch`.

    Returns:
        Row of ``course.weights`` chosen, shape (n,).
    """
    n, options, labs = cell.size, len(course.option_keys), len(course.lab_keys)
    # Contiguous views of flat buffers: strided ones cost twice as much in every pass.
    weight = buffers.weight[: options * n].reshape(options, n)
    word = buffers.word[: options * n].reshape(options, n)
    shifted = buffers.shifted[: options * n].reshape(options, n)
    near = buffers.near[: options * n].reshape(options, n)
    np.take(course.weights, cell, axis=1, out=weight, mode="clip")
    aware = _aware(course, cell, aware_word, buffers, n, labs)
    for option, lab in enumerate(course.lab_of):
        if lab >= 0:
            np.multiply(weight[option], aware[lab], out=weight[option])
    _option_words(taste_word, course.option_keys, word, shifted)
    np.right_shift(word, np.uint32(9), out=shifted)
    np.bitwise_or(shifted, _ONE_BITS, out=word)
    clock = word.view(np.float32)
    np.subtract(clock, _BELOW_ONE, out=clock)
    np.log(clock, out=clock)
    # w / ln u = −1 / clock: the smallest rings first and a weight of zero never does; one division, no infinities.
    np.divide(weight, clock, out=clock)
    first = np.minimum.reduce(clock, axis=0)
    np.less_equal(clock, first * (np.float32(1.0) - MARGIN), out=near)
    flag = near.view(np.uint8)
    close = np.flatnonzero(np.add.reduce(flag, axis=0, dtype=np.uint8) > 1)
    # Row number times flag, then the maximum: argmax along the first axis costs more than all the rest.
    np.multiply(flag, buffers.row[:options], out=flag)
    chosen = np.maximum.reduce(flag, axis=0).astype(np.intp)
    if close.size:
        with np.errstate(divide="ignore"):
            chosen[close] = np.argmin(exact_clock(shifted[:, close], weight[:, close]), axis=0)
    return np.asarray(chosen)


def _aware(
    course: Course, cell: NDArray[np.intp], aware_word: U32, buffers: Scratch, n: int, labs: int
) -> NDArray[np.bool_]:
    word = buffers.aware_word[: labs * n].reshape(labs, n)
    shifted = buffers.aware_shift[: labs * n].reshape(labs, n)
    bar = buffers.bar[: labs * n].reshape(labs, n)
    aware = buffers.aware[: labs * n].reshape(labs, n)
    _option_words(aware_word, course.lab_keys, word, shifted)
    np.take(course.bars, cell, axis=1, out=bar, mode="clip")
    return np.less_equal(word, bar, out=aware)


def _option_words(person_word: U32, keys: U32, word: U32, shifted: U32) -> None:
    """:func:`sim.draws.option_words` into buffers."""
    np.multiply(person_word, keys[:, None], out=word)
    np.right_shift(word, np.uint32(15), out=shifted)
    np.bitwise_xor(word, shifted, out=word)
    np.multiply(word, np.uint32(OPTION_MIX), out=word)
