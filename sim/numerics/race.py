"""The exponential race: how a developer chooses, fast and to the same bit everywhere.

The rule. Developer i chooses, among the options of which she is aware, the one whose clock −ln(u_ij)/w_ij rings
first; this is the logit with weights w (Gumbel-max in other words). To be the same on every machine it is *defined*
exactly: u = (2k+1)/2²⁴ with k the 23 high bits of a hash, w in single precision, the logarithm and the quotient in
double precision from additions, multiplications and divisions in the order of :func:`exact_clock`, ties to the
lowest option.

The speed. The hardware's single-precision logarithm finds the first clock. It may err in its last bits, so whoever
has a second clock within ``MARGIN`` of the first is decided again by the rule. :func:`month` walks the population in
spans that fit the cache; :func:`use` and :func:`set_workers` choose how, and never change a choice.
"""

from __future__ import annotations

import importlib
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.inputs.errors import refused, whole
from sim.numerics.draws import OPTION_MIX, U32, fmix32_into

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

# Clocks raced together, options times choosers: enough to make up for some fifty calls, after each of which threads
# meet at the interpreter's lock, and few enough for two buffers of four bytes each to stay near the processor.
BLOCK = 1 << 19
# Developers looked at together, of whom about a tenth choose.
SPAN = 262_144
# Elements of NumPy's own buffers: with its 8,192, a row of a broadcast shorter than that is copied first.
_BUFFER = 512
# The logarithm errs by at most 4 units in the last place (NumPy's own bound), the quotient by half a unit: together
# below 2⁻²⁰ of the clock on either side.
MARGIN = np.float32(2.0**-19)
# As many as fit the eight bits of a row number, see ``run``.
MOST_OPTIONS = 256
KERNELS = ("numpy", "compiled")
_CHOSEN: dict[str, Any] = {}
_LN2 = 0.6931471805599453
_HALF_ROOT = 0.7071067811865476
_ATANH = tuple(1.0 / (2 * k + 1) for k in range(11))
# Arrays without dimensions: before it does anything, NumPy takes half as long over these as over its own scalars.
_NEAR = np.array(np.float32(1.0) - MARGIN)
_ONE_BITS, _BELOW_ONE = np.array(0x3F800000, np.uint32), np.array(1.0 - 2.0**-24, np.float32)
_NINE, _FIFTEEN, _OPTION_MIX = (np.array(number, np.uint32) for number in (9, 15, OPTION_MIX))


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


def first_to_ring(utility: NDArray[np.float64], draw: NDArray[np.float64]) -> NDArray[np.intp]:
    """The same rule for the few: argmin −ln(u) e^(−U), in double precision, shapes (n, options) → (n,).

    Args:
        utility: U [utils], −inf for what cannot be chosen.
        draw: u, uniform on (0, 1).
    """
    return np.asarray((np.log(-np.log(draw)) - utility).argmin(axis=1))


class Scratch:
    """Buffers of one worker, so that nothing is allocated inside the loop over blocks; what is not used is free."""

    def __init__(self) -> None:
        self.sizes = (BLOCK, SPAN)
        clocks = max(BLOCK, MOST_OPTIONS)
        self.word, self.spare = np.empty(clocks, np.uint32), np.empty(clocks, np.uint32)
        self.lab_word, self.lab_spare = np.empty(clocks, np.uint32), np.empty(clocks, np.uint32)
        self.near, self.aware = np.empty(clocks, np.bool_), np.empty(clocks, np.bool_)
        self.first = np.empty(clocks, np.float32)
        self.row = np.arange(MOST_OPTIONS, dtype=np.uint8)[:, None]
        self.turn_word = np.empty(SPAN, np.uint32)
        self.turn_spare = np.empty(SPAN, np.uint32)
        # Up to a tenth of trues, np.flatnonzero searches with unpredictable branches, six times as long as beyond
        # that; an eighth as many trues at the end are more than a tenth.
        self.turn = np.ones(SPAN + SPAN // 8, np.bool_)


_LOCAL = threading.local()


def scratch() -> Scratch:
    """This thread's buffers, kept from month to month."""
    kept: Scratch | None = getattr(_LOCAL, "scratch", None)
    if kept is None or kept.sizes != (BLOCK, SPAN):
        kept = _LOCAL.scratch = Scratch()
    return kept


@dataclass(frozen=True)
class Course:
    """What is common to all who choose this month.

    Attributes:
        weights: Choice weights, shape (options, cells), single precision; cell = (segment, current option's group).
        bars: Thresholds of awareness and access, shape (labs, cells), a row for each lab or part of one.
        option_keys: Multipliers of the options, shape (options,).
        lab_keys: Multipliers of the labs, shape (labs,).
        lab_of: Row of ``bars`` for each option; −1 for an option of which everybody is aware. Shape (options,).
    """

    weights: F32
    bars: U32
    option_keys: U32
    lab_keys: U32
    lab_of: NDArray[np.int64]

    @cached_property
    def runs(self) -> list[tuple[int, int, int]]:
        """Neighbouring options of one lab, as (first, last + 1, lab): one call for several rows."""
        labs = self.lab_of.tolist()
        edges = [0, *(row for row, (one, other) in enumerate(pairwise(labs), 1) if one != other), len(labs)]
        return [(start, stop, labs[start]) for start, stop in pairwise(edges) if labs[start] >= 0]


@dataclass(frozen=True)
class Turns:
    """Whose turn it is this month, and what her words and cells are made of.

    Attributes:
        turn_key: Second round of the word that decides whose turn it is.
        bar: It is one's turn below this word.
        phase_key: Second round of the word of the taste phase.
        late_above: Tastes are those of the later epoch above this word of the phase.
        taste_keys: Second round of the taste words of the early and of the late epoch.
        aware_key: Second round of the awareness words.
        groups: Cells of a segment: cell = segment · groups + group.
        group_of_option: Group of each option of the population, shape (options of the population,).
        option_of_row: Option of the population of each row of the course, shape (options,).
        bars: Where cells differ, the bar of each, none above ``bar``, shape (cells,); None where all have the same.
    """

    turn_key: np.uint32
    bar: np.uint32
    phase_key: np.uint32
    late_above: np.uint32
    taste_keys: tuple[np.uint32, np.uint32]
    aware_key: np.uint32
    groups: int
    group_of_option: NDArray[np.int64]
    option_of_row: NDArray[np.int64]
    bars: U32 | None = None


def month(course: Course, turns: Turns, identity: U32, segment: U8, choice: U8, counts: NDArray[np.int64]) -> None:
    """Everybody whose turn it is chooses.

    Args:
        course: This month's tables.
        turns: This month's keys.
        identity: Word of each developer, from :func:`sim.numerics.draws.identity_words`, shape (number,).
        segment: Of each, shape (number,).
        choice: Current option of each, shape (number,); changed in place.
        counts: Developers by (segment, option), shape (segments, options of the population); changed in place.
    """
    walk = _kernel()
    workers = min(_workers(), -(-len(choice) // SPAN))
    if workers == 1:
        counts += walk(course, turns, identity, segment, choice, counts.shape)
        return
    edges = [len(choice) * worker // workers for worker in range(workers + 1)]

    def part(start: int, stop: int) -> NDArray[np.int64]:
        return walk(course, turns, identity[start:stop], segment[start:stop], choice[start:stop], counts.shape)

    # The caller takes the first part itself: a thread less to wake.
    others = [_helpers(workers - 1).submit(part, *bounds) for bounds in pairwise(edges[1:])]
    counts += part(*edges[:2])
    for other in others:
        counts += other.result()


def _helpers(number: int) -> ThreadPoolExecutor:
    """Threads kept from month to month with their buffers, and left behind by a process that forks."""
    kept = _CHOSEN.get("helpers")
    if kept is None or kept[0] != (os.getpid(), number):
        kept = _CHOSEN["helpers"] = ((os.getpid(), number), ThreadPoolExecutor(number))
    return kept[1]


def use(kernel: str) -> None:
    """Choose what decides: ``numpy``, or ``compiled`` (Numba; the extra ``fast``), which has a map of prices, too.

    The choices are the same to the bit, prices but for rounding (:mod:`sim.numerics.compiled_prices`).

    Without a call the environment variable ``WEIGHTSHIFT_KERNEL`` says, and ``numpy`` if there is none.

    Raises:
        ParameterError: No such kernel.
        ImportError: Numba is not installed.
    """
    if not isinstance(kernel, str) or kernel not in KERNELS:
        raise refused("kernel", kernel, ", ".join(KERNELS))
    _CHOSEN["kernel"] = importlib.import_module("sim.numerics.compiled").stretch if kernel == "compiled" else stretch


def compiled() -> bool:
    """Whether compiled kernels were asked for."""
    return _kernel() is not stretch


def set_workers(number: int) -> None:
    """How many threads share the developers of one run; for large runs, and no choice depends on it.

    Without a call the environment variable ``WEIGHTSHIFT_WORKERS`` says, and one if there is none.

    Raises:
        ParameterError: Not a whole number from 1 to 1024.
    """
    _CHOSEN["workers"] = whole("workers", number, 1, 1024)


def check() -> None:
    """Refuse what the environment variables ask for before a run begins.

    Raises:
        ParameterError: No such kernel, or not such a number of threads.
        ImportError: The kernel needs what is not installed.
    """
    _kernel()
    _workers()


def _kernel() -> Callable[..., NDArray[np.int64]]:
    if "kernel" not in _CHOSEN:
        use(os.environ.get("WEIGHTSHIFT_KERNEL", "numpy"))
    kernel: Callable[..., NDArray[np.int64]] = _CHOSEN["kernel"]
    return kernel


def _workers() -> int:
    if "workers" not in _CHOSEN:
        said = os.environ.get("WEIGHTSHIFT_WORKERS", "1")
        if not re.fullmatch("[0-9]{1,4}", said):
            raise refused("WEIGHTSHIFT_WORKERS", said, "a whole number from 1 to 1024")
        set_workers(int(said))
    return int(_CHOSEN["workers"])


def stretch(
    course: Course, turns: Turns, identity: U32, segment: U8, choice: U8, shape: tuple[int, ...]
) -> NDArray[np.int64]:
    """:func:`month` for some of the developers; returns the change of the counts."""
    buffers, most = scratch(), choosers(course)
    size = shape[0] * shape[1]
    change = np.zeros(size, np.int64)
    with np.errstate(divide="ignore"):  # also restores the size of the buffers
        np.setbufsize(_BUFFER)
        for start in range(0, len(choice), SPAN):
            here = slice(start, start + SPAN)
            turn = _whose_turn(turns, identity[here], buffers)
            before, cell = choice[here].take(turn), segment[here].take(turn).astype(np.intp)
            where = cell * turns.groups + turns.group_of_option.take(before)
            if turns.bars is not None:
                # The same word again, against the bar of the cell: few pass the common one, so this costs little.
                mine = np.flatnonzero(buffers.turn_word.take(turn) < turns.bars.take(where))
                turn, before, cell, where = turn.take(mine), before.take(mine), cell.take(mine), where.take(mine)
            winner = np.empty(turn.size, np.intp)
            taste, aware = _words_of_choosers(turns, identity[here].take(turn))
            blocks = max(1, -(-turn.size // most))  # of equal size
            for first, last in pairwise(turn.size * part // blocks for part in range(blocks + 1)):
                block = slice(first, last)
                winner[block] = run(course, where[block], taste[block], aware[block], buffers)
            after = turns.option_of_row.take(winner)
            choice[here][turn] = after
            # Only the difference is counted: to count everybody would cost more than to choose.
            cell *= shape[1]
            change += np.bincount(cell + after, minlength=size)
            change -= np.bincount(cell + before, minlength=size)
    return change.reshape(shape)


def choosers(course: Course) -> int:
    """Most who may race together."""
    return max(1, BLOCK // max(len(course.option_keys), len(course.lab_keys)))


def _whose_turn(turns: Turns, identity: U32, buffers: Scratch) -> NDArray[np.intp]:
    """Which of these developers reconsider."""
    number = identity.size
    word, spare = buffers.turn_word[:number], buffers.turn_spare[:number]
    np.add(identity, turns.turn_key, out=word)
    fmix32_into(word, spare)
    np.less(word, turns.bar, out=buffers.turn[SPAN - number : SPAN])
    turn = np.flatnonzero(buffers.turn[SPAN - number : SPAN + number // 8])
    return turn[: turn.size - number // 8]


def _words_of_choosers(turns: Turns, word: U32) -> tuple[U32, U32]:
    """Words of tastes and of awareness, from those of the identity."""
    spare = np.empty_like(word)
    phase = fmix32_into(word + turns.phase_key, spare)
    early, late = turns.taste_keys
    taste = fmix32_into(word + np.where(phase > turns.late_above, late, early), spare)
    return taste, fmix32_into(word + turns.aware_key, spare)


def run(course: Course, cell: NDArray[np.intp], taste_word: U32, aware_word: U32, buffers: Scratch) -> NDArray[np.intp]:
    """First option to ring for each chooser.

    Args:
        course: This month's tables.
        cell: Column of the tables for each chooser, shape (n,), n ≤ :func:`choosers`.
        taste_word: 32-bit word of each chooser's tastes, shape (n,).
        aware_word: 32-bit word of each chooser's awareness, shape (n,).
        buffers: From :func:`scratch`.

    Returns:
        Row of ``course.weights`` chosen, shape (n,).
    """
    n, options = cell.size, len(course.option_keys)
    # Contiguous views of flat buffers: strided ones cost twice as much in every pass.
    word = buffers.word[: options * n].reshape(options, n)
    spare = buffers.spare[: options * n].reshape(options, n)
    near = buffers.near[: options * n].reshape(options, n)
    first = buffers.first[:n]
    _option_words(taste_word, course.option_keys, word, spare)
    np.right_shift(word, _NINE, out=word)
    np.bitwise_or(word, _ONE_BITS, out=word)
    clock = word.view(np.float32)
    np.subtract(clock, _BELOW_ONE, out=clock)
    np.log(clock, out=clock)
    # The weights take the place of the spare words: every buffer less leaves more of the cache to the others.
    weight = spare.view(np.float32)
    _weights(course, cell, aware_word, weight, buffers)
    # w / ln u = −1 / clock: the smallest rings first and a weight of zero never does; one division, no infinities.
    np.divide(weight, clock, out=clock)
    np.minimum.reduce(clock, axis=0, out=first)
    np.multiply(first, _NEAR, out=first)
    np.less_equal(clock, first, out=near)
    flag = near.view(np.uint8)
    close = np.flatnonzero(np.add.reduce(flag, axis=0, dtype=np.uint8) > 1)
    # Row number times flag, then the maximum: argmax along the first axis costs more than all the rest.
    np.multiply(flag, buffers.row[:options], out=flag)
    chosen = np.maximum.reduce(flag, axis=0).astype(np.intp)
    if close.size:
        chosen[close] = _by_the_rule(course, taste_word[close], weight[:, close])
    return np.asarray(chosen)


def _weights(course: Course, cell: NDArray[np.intp], aware_word: U32, weight: F32, buffers: Scratch) -> None:
    """Weight of each option for each chooser, zero for the options of labs she does not know, into ``weight``."""
    n, labs = cell.size, len(course.lab_keys)
    np.take(course.weights, cell, axis=1, out=weight, mode="wrap")  # "raise" would buffer the result, "clip" branches
    word = buffers.lab_word[: labs * n].reshape(labs, n)
    spare = buffers.lab_spare[: labs * n].reshape(labs, n)
    aware = buffers.aware[: labs * n].reshape(labs, n)
    _option_words(aware_word, course.lab_keys, word, spare)
    np.take(course.bars, cell, axis=1, out=spare, mode="wrap")
    np.less_equal(word, spare, out=aware)
    # As 0.0 and 1.0, converted once a lab and not once an option.
    known = word.view(np.float32)
    np.copyto(known, aware)
    for start, stop, lab in course.runs:
        np.multiply(weight[start:stop], known[lab], out=weight[start:stop])


def _by_the_rule(course: Course, taste_word: U32, weight: F32) -> NDArray[np.intp]:
    numerator = np.empty(weight.shape, np.uint32)
    _option_words(taste_word, course.option_keys, numerator, np.empty_like(numerator))
    np.right_shift(numerator, _NINE, out=numerator)
    with np.errstate(divide="ignore"):
        return np.asarray(np.argmin(exact_clock(numerator, weight), axis=0))


def _option_words(person_word: U32, keys: U32, word: U32, spare: U32) -> None:
    """:func:`sim.numerics.draws.option_words` into buffers."""
    np.multiply(person_word, keys[:, None], out=word)
    np.right_shift(word, _FIFTEEN, out=spare)
    np.bitwise_xor(word, spare, out=word)
    np.multiply(word, _OPTION_MIX, out=word)
