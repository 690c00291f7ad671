"""Addressed random numbers: every draw is a pure function of (seed, decision, epoch, agent, option).

There is no generator and no state, so the order, number and chunking of draws cannot change any of them, and two
worlds with one seed differ only by what was done to them.

Two families share the address. :func:`uniform` gives 52-bit uniforms from 64-bit mixing; labs, startups and
researchers use it. Developers, of whom there are millions, use the 32-bit words of :func:`person_words` and
:func:`option_words`, which are four times cheaper.

Source: the 64-bit mixer is the finaliser of SplitMix64 (Steele, Lea & Flood 2014), the 32-bit one that of
MurmurHash3 (Appleby 2011). The option multipliers are odd numbers of which every pair has a two-dimensional lattice
without short vectors (Knuth, vol. 2, 3.3.4); `tests/sim/test_draws.py` checks that.
"""

from __future__ import annotations

import csv
import hashlib
import math
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from sim.inputs.registry import Owner, Registry, caller

Float = NDArray[np.float64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]

_OURS = (
    "reconsider",
    "taste",
    "taste_phase",
    "awareness",
    "contribution_cost",
    "contribution_output",
    "training_luck",
    "release_interval",
    "research_luck",
    "discovery",
    "researcher_identity",
    "researcher_taste",
    "researcher_phase",
    "researcher_reconsider",
    "researcher_exit",
    "researcher_entry",
    "spin_out",
    "startup_entry",
    "startup_quality",
    "startup_taste",
    "startup_aware",
    "startup_reconsider",
    "startup_exit",
    "incident",
    "severity",
    "licence",
    "founding",
    "openness",
    "openness_again",
)
DECISIONS: Registry[str] = Registry("decision", dict.fromkeys(_OURS, ""), Owner(__name__))
SEED_LIMIT = 2**63
POISSON_LIMIT = 20_000.0
_MASK64, _MASK32 = 2**64 - 1, 2**32 - 1
GOLDEN64 = 0x9E3779B97F4A7C15
MIX_A, MIX_B = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FMIX_A, _FMIX_B = 0x85EBCA6B, 0xC2B2AE35
# Arrays without dimensions, which NumPy takes half as long to look at as its own scalars.
_U_GOLDEN64, _U_MIX_A, _U_MIX_B = (np.array(word, np.uint64) for word in (GOLDEN64, MIX_A, MIX_B))
_U_12, _U_27, _U_30, _U_31 = (np.array(shift, np.uint64) for shift in (12, 27, 30, 31))
_HALF, _BIT_52 = np.array(0.5), np.array(2.0**-52)
_SIXTEEN = np.array(16, np.uint32)
_FMIX_ROUNDS = tuple(
    (np.array(shift, np.uint32), np.array(by, np.uint32)) for shift, by in ((16, _FMIX_A), (13, _FMIX_B))
)
OPTION_MIX = 0x846CA68B
OUTSIDE = 0


class Twin(Protocol):
    """What gives the same draws to the bit, from words of decision and epoch: :mod:`sim.numerics.compiled_draws`."""

    def words(self, word: int | U64, agent: ArrayLike, option: ArrayLike) -> U64:
        """Words."""

    def uniforms(self, word: int | U64, agent: ArrayLike, option: ArrayLike) -> Float:
        """Uniforms."""


_TWIN: list[Twin] = []


def use_twin(twin: Twin | None) -> None:
    """Choose what draws; NumPy if None."""
    _TWIN[:] = [] if twin is None else [twin]


def mix64(word: int) -> int:
    """SplitMix64's finaliser on a Python integer."""
    word &= _MASK64
    word = (word ^ word >> 30) * MIX_A & _MASK64
    word = (word ^ word >> 27) * MIX_B & _MASK64
    return word ^ word >> 31


def fmix32(word: int) -> int:
    """MurmurHash3's 32-bit finaliser on a Python integer."""
    word &= _MASK32
    word = (word ^ word >> 16) * _FMIX_A & _MASK32
    word = (word ^ word >> 13) * _FMIX_B & _MASK32
    return word ^ word >> 16


def register_decision(name: str) -> None:
    """Add a decision of one's own, whose draws nobody else makes.

    Raises:
        RegistrationError: The name is another module's, or not one word.
    """
    DECISIONS.add(name, "", caller())


@cache
def decision_code(decision: str) -> int:
    """The 64-bit code of a decision's name.

    Raises:
        KeyError: The name is not in ``DECISIONS``.
    """
    if decision not in DECISIONS:
        raise KeyError(f"no decision named {decision!r}; register_decision({decision!r}) adds it")
    return int.from_bytes(hashlib.blake2b(decision.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def _seeded(seed: int, decision: str) -> int:
    """The word to which epoch, agent and option are added."""
    return mix64((mix64(seed + GOLDEN64) ^ decision_code(decision)) + GOLDEN64)


def key(seed: int, decision: str, epoch: int = 0) -> int:
    """The 64-bit key of one decision at one epoch; everything below it is agent and option."""
    return mix64(_seeded(seed, decision) + (epoch + 1) * GOLDEN64)


def key32(seed: int, decision: str, epoch: int = 0) -> int:
    """The 32-bit key of one decision of developers at one epoch."""
    return key(seed, decision, epoch) >> 32


def _absorb(word: int | U64, part: ArrayLike) -> int | U64:
    """One more part of the address: mix64(word + (part + 1)·golden), in Python's numbers until an array comes.

    The word is used up.
    """
    if isinstance(part, int):
        step = (part + 1) * GOLDEN64 & _MASK64
        if isinstance(word, int):
            return mix64(word + step)
        word += step
        mixed = word
    else:
        mixed = np.array(part, np.uint64, ndmin=1)
        mixed *= _U_GOLDEN64
        if isinstance(word, int):
            mixed += (word + GOLDEN64) & _MASK64
        else:
            word += _U_GOLDEN64
            mixed = mixed + word  # of both shapes
    # In place: to allocate would cost more than to mix.
    spare = mixed >> _U_30
    mixed ^= spare
    mixed *= _U_MIX_A
    mixed ^= np.right_shift(mixed, _U_27, spare)
    mixed *= _U_MIX_B
    mixed ^= np.right_shift(mixed, _U_31, spare)
    return mixed


def uniform(seed: int, decision: str, epoch: ArrayLike, agent: ArrayLike, option: ArrayLike = 0) -> Float:
    """Uniforms in the open interval (0, 1), one per (agent, option).

    Args:
        seed: The run's seed, 0 … 2⁶³−1.
        decision: One of ``DECISIONS``.
        epoch: Month, index of a training run or of a taste epoch; one for all or broadcast against ``agent``.
        agent: Permanent identities, non-negative, any shape.
        option: Permanent identities of options, broadcast against ``agent``.

    Returns:
        Array of the broadcast shape (at least one-dimensional), 52 random bits each: with a 53rd, adding ½
        would round, and could give 1.
    """
    word = _absorb(_seeded(seed, decision), epoch)
    if _TWIN:
        return _TWIN[0].uniforms(word, agent, option)
    draw = (_words(word, agent, option) >> _U_12).astype(np.float64)
    draw += _HALF
    draw *= _BIT_52
    return draw


def happens(
    probability: float, seed: int, decision: str, epoch: ArrayLike, agent: ArrayLike, option: ArrayLike = 0
) -> NDArray[np.bool_]:
    """Whether an event of this probability happens: exactly where :func:`uniform` is below it, but sooner."""
    bar = math.ceil(min(max(probability, 0.0), 1.0) * 2.0**52 - 0.5)  # k + ½ < 2⁵² p for whole k
    words = _TWIN[0].words if _TWIN else _words
    return np.asarray(words(_absorb(_seeded(seed, decision), epoch), agent, option) < bar << 12)  # k: its 52 high bits


def _words(word: int | U64, agent: ArrayLike, option: ArrayLike) -> U64:
    """The words of these addresses, from those of decision and epoch."""
    word = _absorb(_absorb(word, agent), option)
    return np.array([word], np.uint64) if isinstance(word, int) else word


def normal(seed: int, decision: str, epoch: ArrayLike, agent: ArrayLike, option: ArrayLike = 0) -> Float:
    """Standard normals, by inversion of :func:`uniform`, so monotone in the uniform."""
    return np.asarray(ndtri(uniform(seed, decision, epoch, agent, option)))


def poisson(rate: float, draw: float) -> int:
    """The Poisson quantile of one uniform: monotone in the rate, so more of something never removes any.

    Counts more than twelve standard deviations below the rate have no weight in double precision and are skipped. A
    rate above ``POISSON_LIMIT`` is taken as that limit, which no plausible value comes near.
    """
    rate = min(rate, POISSON_LIMIT)
    if not rate >= 0.0:
        raise ValueError(f"a Poisson rate must be 0 or more, not {rate!r}")
    if rate == 0.0:
        return 0
    count = max(0, int(rate - 12.0 * math.sqrt(rate) - 20.0))
    total = math.exp(count * math.log(rate) - rate - math.lgamma(count + 1))
    probability = total
    while draw > total and (count < rate or total + probability > total):
        count += 1
        probability *= rate / count
        total += probability
    return count


@cache
def option_multipliers() -> U32:
    """The 256 odd multipliers that key the options of developers, shape (256,)."""
    text = resources.files("sim.data").joinpath("option_keys.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return np.array([int(row["multiplier"]) for row in rows], dtype=np.uint32)


def fmix32_into(word: U32, scratch: U32) -> U32:
    """:func:`fmix32` on an array, in place."""
    for shift, factor in _FMIX_ROUNDS:
        np.right_shift(word, shift, out=scratch)
        np.bitwise_xor(word, scratch, out=word)
        np.multiply(word, factor, out=word)
    np.right_shift(word, _SIXTEEN, out=scratch)
    np.bitwise_xor(word, scratch, out=word)
    return word


def person_words(seed: int, decision: str, epoch: int, person: U32) -> U32:
    """One 32-bit word per developer: fmix32(fmix32(person ^ k₀) + k), k of the decision and epoch.

    Two rounds, because one round over consecutive integers only shifts the sequence from one month to the next.
    """
    return add_key(identity_words(seed, person), key32(seed, decision, epoch))


def identity_words(seed: int, person: U32) -> U32:
    """First round of :func:`person_words`, fmix32(person ^ k₀), which every decision of a person shares."""
    word = np.bitwise_xor(person, np.uint32(key32(seed, "reconsider", -1)))
    return fmix32_into(word, np.empty_like(word))


def add_key(identity: U32, number: int) -> U32:
    """Second round of :func:`person_words`."""
    word = np.add(identity, np.uint32(number))
    return fmix32_into(word, np.empty_like(word))


def option_words(person_word: U32, option: ArrayLike) -> U32:
    """One 32-bit word per (option, developer), shape (options, developers); its high bits are the good ones."""
    word = person_word[None, :] * option_multipliers()[np.atleast_1d(option)][:, None]
    word ^= word >> np.uint32(15)
    word *= np.uint32(OPTION_MIX)
    return np.asarray(word, np.uint32)


def as_uniform(word: Any) -> Float:
    """The 23-bit uniform (2k+1)/2²⁴ of a 32-bit word, k its 23 high bits."""
    return (2.0 * (np.asarray(word) >> np.uint32(9)).astype(np.float64) + 1.0) * 2.0**-24


def threshold(probability: ArrayLike) -> U32:
    """The 32-bit word below which an event of this probability happens."""
    scaled = np.asarray(probability, dtype=np.float64) * 2.0**32
    return np.minimum(scaled, 2.0**32 - 1).astype(np.uint32)  # which cuts what comes after the point
