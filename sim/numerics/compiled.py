"""The race as one compiled loop: the same choices to the bit as :mod:`sim.numerics.race`, in about half the time.

Needs Numba, the extra ``fast``; nothing imports this module unless ``sim.numerics.race.use("compiled")`` or the
environment variable ``WEIGHTSHIFT_KERNEL=compiled`` asks for it. The first call compiles for some seconds; the machine
code is kept on disk.

The logarithm is a polynomial that errs by less than 2⁻²¹ of its value for every one of the 2²³ draws (a test tries
them all), so two clocks whose order it may mistake lie within ``sim.numerics.race.MARGIN`` of each other, and whoever
has such clocks is decided again by the rule of :func:`sim.numerics.race.exact_clock`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.numerics import draws, race
from sim.numerics.race import F32, U8

try:
    from numba import njit, types
    from numba.extending import intrinsic
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]

# Developers looked at together, and choosers raced together: the words of both stay in the first-level cache.
_SPAN, _BLOCK = 4096, 512
# Sections of the words after the taste words, and of the numbers after the first clocks' rates.
_AWARE, _COLUMN, _BAR = _BLOCK, 2 * _BLOCK, 3 * _BLOCK
_SECOND, _CHOSEN, _KNOWN, _WEIGHT = _BLOCK, 2 * _BLOCK, 3 * _BLOCK, 4 * _BLOCK
_FMIX_A, _FMIX_B, _OPTION_MIX = (np.uint32(factor) for factor in (0x85EBCA6B, 0xC2B2AE35, draws.OPTION_MIX))
_ONE_BITS, _ROOT_BITS = np.uint32(0x3F800000), np.int32(0x3F3504F3)
_BELOW_ONE, _NEAR = np.float32(1.0 - 2.0**-24), np.float32(1.0) - race.MARGIN
_LN2, _LN2_SINGLE, _HALF_ROOT = math.log(2.0), np.float32(math.log(2.0)), 0.7071067811865476
_ATANH = tuple(1.0 / (2 * k + 1) for k in range(11))
# ln(1+x)/x on [√½−1, √2−1], least relative error by iterated least squares, lowest power first.
_LOG = tuple(
    np.float32(coefficient)
    for coefficient in (
        0.9999999403953552,
        -0.5000036358833313,
        0.33335059881210327,
        -0.24969908595085144,
        0.199001744389534,
        -0.17250849306583405,
        0.16222520172595978,
        -0.10106754302978516,
    )
)


@intrinsic  # type: ignore[untyped-decorator]
def _as_float(_context: Any, bits: Any) -> Any:
    """The single-precision number with these bits."""

    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.uint32), code


@intrinsic  # type: ignore[untyped-decorator]
def _as_bits(_context: Any, number: Any) -> Any:
    """The bits of a single-precision number."""

    def code(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), code


@njit(inline="always")  # type: ignore[untyped-decorator]
def _fmix(word: Any) -> Any:
    """:func:`sim.numerics.draws.fmix32` of one word."""
    word = np.uint32((word ^ (word >> np.uint32(16))) * _FMIX_A)
    word = np.uint32((word ^ (word >> np.uint32(13))) * _FMIX_B)
    return np.uint32(word ^ (word >> np.uint32(16)))


@njit(inline="always")  # type: ignore[untyped-decorator]
def _option_word(word: Any, key: Any) -> Any:
    """:func:`sim.numerics.draws.option_words` of one person and one key."""
    product = np.uint32(word * key)
    return np.uint32(np.uint32(product ^ (product >> np.uint32(15))) * _OPTION_MIX)


@njit(inline="always", fastmath={"contract"})  # type: ignore[untyped-decorator]
def _logarithm(word: Any) -> Any:
    """Ln u of the draw u of a word, single precision."""
    u = _as_float(np.uint32((word >> np.uint32(9)) | _ONE_BITS)) - _BELOW_ONE
    bits = _as_bits(u)
    exponent = np.int32((bits - _ROOT_BITS) >> np.int32(23))
    x = _as_float(np.uint32(bits - (exponent << np.int32(23)))) - np.float32(1.0)
    square = x * x
    low = (_LOG[0] + _LOG[1] * x) + (_LOG[2] + _LOG[3] * x) * square
    high = (_LOG[4] + _LOG[5] * x) + (_LOG[6] + _LOG[7] * x) * square
    return (low + high * (square * square)) * x + np.float32(exponent) * _LN2_SINGLE


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def logarithms(words: U32, out: F32) -> None:
    """The logarithm of this kernel for every word, for the test that proves its margin."""
    for q in range(words.size):
        out[q] = _logarithm(words[q])


@njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _by_the_rule(weights: F32, keys: U32, known: Any, column: Any, taste: Any) -> Any:
    """The option of one chooser by :func:`sim.numerics.race.exact_clock`; double precision, nothing contracted."""
    first, chosen = np.inf, 0
    for option in range(keys.size):
        weight = np.float64(weights[option, column])
        if weight == 0.0 or not known[option]:
            continue
        u = (2.0 * np.float64(_option_word(taste, keys[option]) >> np.uint32(9)) + 1.0) * 2.0**-24
        fraction, exponent = math.frexp(u)
        if fraction < _HALF_ROOT:
            fraction, exponent = fraction * 2.0, exponent - 1
        s = (fraction - 1.0) / (fraction + 1.0)
        square = s * s
        series = _ATANH[10]
        for k in range(9, -1, -1):
            series = series * square + _ATANH[k]
        clock = -(exponent * _LN2 + 2.0 * s * series) / weight
        if clock < first:
            first, chosen = clock, option
    return chosen


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})  # type: ignore[untyped-decorator]
def _stretch(
    weights: F32,
    bars: U32,
    option_keys: U32,
    lab_keys: U32,
    lab_of: I64,
    keys: U32,
    bars_of_turn: U32,
    groups: int,
    group_of_option: I64,
    option_of_row: I64,
    identity: U32,
    segment: U8,
    choice: U8,
    change: I64,
) -> None:
    turn_key, bar, phase_key, late_above = keys[0], keys[1], keys[2], keys[3]
    early, late, aware_key = keys[4], keys[5], keys[6]
    is_turn, rows = np.empty(_SPAN, np.uint8), np.empty(_SPAN, np.int32)
    # One array of words and one of numbers, in sections, and look-ups in loops of their own: for fear that arrays
    # overlap, LLVM leaves a loop over more of them scalar.
    read, write = np.empty(4 * _BLOCK, np.uint32), np.empty(5 * _BLOCK, np.float32)
    knows = np.empty(option_keys.size, np.bool_)
    for start in range(0, choice.size, _SPAN):
        number = min(_SPAN, choice.size - start)
        here = identity[start : start + number]
        for i in range(number):
            is_turn[i] = _fmix(np.uint32(here[i] + turn_key)) < bar
        turns = 0
        for i in range(number):  # without a branch, which could not be predicted
            rows[turns] = i
            turns += is_turn[i]
        if bars_of_turn.size:
            kept = 0
            for candidate in range(turns):
                i = rows[candidate]
                column = segment[start + i] * groups + group_of_option[choice[start + i]]
                rows[kept] = i
                kept += 1 if _fmix(np.uint32(here[i] + turn_key)) < bars_of_turn[column] else 0
            turns = kept
        for block in range(0, turns, _BLOCK):
            n = min(_BLOCK, turns - block)
            for q in range(n):
                i = start + rows[block + q]
                read[q] = identity[i]
                read[q + _COLUMN] = segment[i] * groups + group_of_option[choice[i]]
            for q in range(n):
                word = read[q]
                phase = _fmix(np.uint32(word + phase_key))
                read[q] = _fmix(np.uint32(word + (late if phase > late_above else early)))
                read[q + _AWARE] = _fmix(np.uint32(word + aware_key))
            write[:_KNOWN] = 0.0
            lab = -2
            for option in range(option_keys.size):
                if lab_of[option] != lab:  # neighbouring options belong to one lab
                    lab = lab_of[option]
                    write[_KNOWN:_WEIGHT] = 1.0
                    if lab >= 0:
                        lab_key, barrier = lab_keys[lab], bars[lab]
                        for q in range(n):
                            read[q + _BAR] = barrier[read[q + _COLUMN]]
                        for q in range(n):
                            knows_it = _option_word(read[q + _AWARE], lab_key) <= read[q + _BAR]
                            write[q + _KNOWN] = np.float32(1.0) if knows_it else np.float32(0.0)
                key, weight, row = option_keys[option], weights[option], np.float32(option)
                for q in range(n):
                    write[q + _WEIGHT] = weight[read[q + _COLUMN]]
                for q in range(n):
                    clock = -_logarithm(_option_word(read[q], key))
                    rate = write[q + _WEIGHT] * write[q + _KNOWN] / clock
                    best, next_best = write[q], write[q + _SECOND]
                    better = rate > best
                    loser = best if better else rate
                    write[q] = rate if better else best
                    write[q + _SECOND] = loser if loser > next_best else next_best
                    write[q + _CHOSEN] = row if better else write[q + _CHOSEN]
            for q in range(n):
                chosen = int(write[q + _CHOSEN])
                if write[q + _SECOND] >= write[q] * _NEAR:
                    column = read[q + _COLUMN]
                    for option in range(option_keys.size):
                        lab = lab_of[option]
                        knows[option] = lab < 0 or _option_word(read[q + _AWARE], lab_keys[lab]) <= bars[lab, column]
                    chosen = _by_the_rule(weights, option_keys, knows, column, read[q])
                i = start + rows[block + q]
                after = option_of_row[chosen]
                change[segment[i], choice[i]] -= 1
                change[segment[i], after] += 1
                choice[i] = after


def stretch(
    course: race.Course, turns: race.Turns, identity: U32, segment: U8, choice: U8, shape: tuple[int, ...]
) -> I64:
    """:func:`sim.numerics.race.stretch`, compiled."""
    change = np.zeros(shape, np.int64)
    keys = (turns.turn_key, turns.bar, turns.phase_key, turns.late_above, *turns.taste_keys)
    _stretch(
        course.weights,
        course.bars,
        course.option_keys,
        course.lab_keys,
        course.lab_of,
        np.array([*keys, turns.aware_key], np.uint32),
        np.zeros(0, np.uint32) if turns.bars is None else turns.bars,
        turns.groups,
        turns.group_of_option,
        turns.option_of_row,
        identity,
        segment,
        choice,
        change,
    )
    return change
