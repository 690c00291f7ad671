"""Random numbers by address, in Python integers.

A draw is a pure function of (seed, decision, epoch, agent, option). Labs, startups and researchers use 52 bits of a
64-bit mix (SplitMix64's finaliser), developers 23 bits of 32-bit words (MurmurHash3's finaliser).
"""

from __future__ import annotations

import hashlib
import math
import struct
from functools import cache
from statistics import NormalDist

from sim.data.history import read

BITS32, BITS64 = 2**32, 2**64
GOLDEN = 0x9E3779B97F4A7C15
_STANDARD = NormalDist()


def mix64(word: int) -> int:
    """SplitMix64's finaliser."""
    word %= BITS64
    word ^= word >> 30
    word = word * 0xBF58476D1CE4E5B9 % BITS64
    word ^= word >> 27
    word = word * 0x94D049BB133111EB % BITS64
    return word ^ (word >> 31)


def mix32(word: int) -> int:
    """MurmurHash3's 32-bit finaliser."""
    word %= BITS32
    word ^= word >> 16
    word = word * 0x85EBCA6B % BITS32
    word ^= word >> 13
    word = word * 0xC2B2AE35 % BITS32
    return word ^ (word >> 16)


@cache
def key(seed: int, decision: str, epoch: int) -> int:
    """64 bits for one decision at one epoch: seed, then name, then epoch, each mixed in."""
    name = int.from_bytes(hashlib.blake2b(decision.encode(), digest_size=8).digest(), "little")
    word = mix64(seed + GOLDEN)
    word = mix64((word ^ name) + GOLDEN)
    return mix64(word + (epoch + 1) * GOLDEN)


def uniform(seed: int, decision: str, epoch: int, agent: int, option: int = 0) -> float:
    """A uniform in (0, 1): 52 bits, at the middle of their cell."""
    word = mix64(key(seed, decision, epoch) + (agent + 1) * GOLDEN)
    word = mix64(word + (option + 1) * GOLDEN)
    return ((word >> 12) + 0.5) / 2**52


def normal(seed: int, decision: str, epoch: int, agent: int, option: int = 0) -> float:
    """A standard normal by inversion."""
    return _STANDARD.inv_cdf(uniform(seed, decision, epoch, agent, option))


def poisson(rate: float, draw: float) -> int:
    """The Poisson quantile of a uniform: the first count whose cumulated probability reaches it."""
    if rate <= 0.0:
        return 0
    cumulated, count = 0.0, 0
    while True:
        term = math.exp(count * math.log(rate) - rate - math.lgamma(count + 1))
        cumulated += term
        if cumulated >= draw or (count > rate and term < 1e-17):
            return count
        count += 1


def person_word(seed: int, decision: str, epoch: int, person: int) -> int:
    """32 bits of a developer for a decision at an epoch: two rounds, the first the same for all decisions."""
    first = mix32(person ^ (key(seed, "reconsider", -1) >> 32))
    return mix32(first + (key(seed, decision, epoch) >> 32))


@cache
def multipliers() -> list[int]:
    """Odd multipliers that key the options of developers."""
    return [int(row["multiplier"]) for row in read("option_keys.csv")]


def option_word(word: int, option: int) -> int:
    """32 bits of a developer for one option, from her word."""
    word = word * multipliers()[option] % BITS32
    word ^= word >> 15
    return word * 0x846CA68B % BITS32


def uniform23(word: int) -> float:
    """The uniform (2k+1)/2²⁴ of the 23 high bits k of a word."""
    return (2 * (word >> 9) + 1) / 2**24


def bar(probability: float) -> int:
    """The word that separates an event of this probability from its opposite."""
    return min(math.floor(probability * BITS32), BITS32 - 1)


def single(value: float) -> float:
    """Rounded to single precision."""
    return float(struct.unpack("f", struct.pack("f", value))[0])
