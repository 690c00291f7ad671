"""Addressed draws: their distribution, their independence along every part of an address, their bits."""

from __future__ import annotations

import hashlib
import itertools
import math

import numpy as np
import pytest
from scipy import stats

from sim.numerics import draws

PAIRS = 2**20
BITS = 6  # high bits of a draw that the two-dimensional tests look at: 64 × 64 cells of 256 pairs each
SEEDS = (0, 1, 20_221_130, draws.SEED_LIMIT - 2)
LIMIT = 5.0  # of |z|; of the 4,000 statistics taken below, chance puts 0.002 beyond it
AGENTS = np.arange(PAIRS)
PERSONS = np.arange(PAIRS, dtype=np.uint32)


def z_of(counts: np.ndarray) -> float:
    """How far counts are from equal, as a standard normal (Wilson & Hilferty 1931)."""
    expected = counts.sum() / counts.size
    degrees = counts.size - 1
    statistic = ((counts - expected) ** 2).sum() / expected
    spread = 2.0 / (9.0 * degrees)
    return ((statistic / degrees) ** (1 / 3) - (1.0 - spread)) / math.sqrt(spread)


def high(draw: np.ndarray, bits: int = BITS) -> np.ndarray:
    """The high bits of 32-bit words or of uniforms."""
    if draw.dtype == np.uint32:
        return (draw >> np.uint32(32 - bits)).astype(np.int64)
    return (draw * 2**bits).astype(np.int64)


def z_alone(draw: np.ndarray, bits: int) -> float:
    return z_of(np.bincount(high(draw, bits).ravel(), minlength=2**bits))


def z_together(*draw: np.ndarray, bits: int = BITS) -> float:
    """Uniformity of pairs (or triples) in the unit square (or cube)."""
    place = np.zeros(draw[0].size, dtype=np.int64)
    for part in draw:
        place = (place << bits) + high(part, bits).ravel()
    return z_of(np.bincount(place, minlength=2 ** (bits * len(draw))))


# The instrument itself


@pytest.mark.parametrize("seed", range(5))
def test_battery_passes_another_generator_and_sees_half_a_per_cent_of_dependence(seed: int) -> None:
    """Copies with probability ε give an excess Nε²(s−1) over √(2·s²) of noise: z = 18 at ε = 0.005."""
    generator = np.random.default_rng(seed)
    first, second = generator.random((2, PAIRS))
    assert abs(z_together(first, second)) < LIMIT
    copied = np.where(generator.random(PAIRS) < 0.005, first, second)
    side = 2**BITS
    assert z_together(first, copied) == pytest.approx(PAIRS * 0.005**2 * (side - 1) / (2**0.5 * side), abs=6)
    assert z_together(first, copied) > 2 * LIMIT


# 64-bit family


def test_mix64_is_the_published_splitmix64() -> None:
    """The first outputs of the generator for seeds 0 and 1234567, as published with it."""
    gamma = 0x9E3779B97F4A7C15
    assert [draws.mix64(k * gamma) for k in (1, 2, 3)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]
    assert [draws.mix64(1234567 + k * gamma) for k in (1, 2, 3, 4, 5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize("seed", SEEDS[1:3])
@pytest.mark.parametrize("decision", draws.DECISIONS)
def test_uniform_is_uniform_for_every_decision(seed: int, decision: str) -> None:
    draw = draws.uniform(seed, decision, 7, AGENTS)
    assert draw.min() > 0.0
    assert draw.max() < 1.0
    assert abs(z_alone(draw, 12)) < LIMIT
    assert abs(z_alone(draw * 2**20 % 1.0, 12)) < LIMIT  # the bits after the first twenty
    assert abs(z_alone(draw * 2**40 % 1.0, 12)) < LIMIT  # the last twelve


def uniform_neighbours(part: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """PAIRS pairs of uniforms whose addresses differ by one step in one part."""
    if part == "seed":
        return draws.uniform(seed, "taste", 3, AGENTS, 2), draws.uniform(seed + 1, "taste", 3, AGENTS, 2)
    if part == "epoch":
        return draws.uniform(seed, "taste", 3, AGENTS, 2), draws.uniform(seed, "taste", 4, AGENTS, 2)
    if part == "agent":
        pairs = draws.uniform(seed, "taste", 3, np.arange(2 * PAIRS), 2).reshape(PAIRS, 2)
    elif part == "option":
        pairs = draws.uniform(seed, "taste", 3, AGENTS[:, None], np.array([2, 3]))
    else:  # both: agent i with option j against agent i+1 with option j+1
        pairs = draws.uniform(seed, "taste", 3, np.arange(2 * PAIRS), np.arange(2 * PAIRS) % 2).reshape(PAIRS, 2)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("part", ["seed", "epoch", "agent", "option", "agent and option"])
def test_uniform_neighbours_are_independent(part: str, seed: int) -> None:
    assert abs(z_together(*uniform_neighbours(part, seed))) < LIMIT


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_of_consecutive_decisions_is_independent(seed: int) -> None:
    every = [draws.uniform(seed, decision, 0, AGENTS) for decision in draws.DECISIONS]
    for first, second in zip(every, every[1:] + every[:1], strict=True):
        assert abs(z_together(first, second)) < LIMIT


def test_uniform_is_independent_of_its_neighbours_across_many_seeds_and_months() -> None:
    """As labs use it: few agents, many seeds and months. Each part of the address against its next value."""
    seeds, epochs, agents, options = 256, 64, np.arange(16)[:, None], np.arange(4)
    draw = np.array(
        [
            [draws.uniform(seed, "training_luck", epoch, agents, options) for epoch in range(epochs)]
            for seed in range(seeds)
        ]
    )
    assert draw.size == PAIRS
    assert abs(z_alone(draw, 12)) < LIMIT
    for axis in range(draw.ndim):
        even = draw.take(range(0, draw.shape[axis], 2), axis=axis)
        odd = draw.take(range(1, draw.shape[axis], 2), axis=axis)
        assert abs(z_together(even, odd)) < LIMIT
    # One agent's months, and one agent over seeds, are each a sample too.
    for few in (draw[0], draw[:, 0], draw[:, :, 0], draw[..., 0]):
        assert abs(z_alone(few, 6)) < LIMIT


def unmix64(word: int) -> int:
    """Inverse of mix64: every step of it is a bijection of 64-bit words."""

    def unshift(value: int, by: int) -> int:
        found = value
        for _ in range(64 // by):
            found = value ^ found >> by
        return found

    word = unshift(word, 31) * pow(0x94D049BB133111EB, -1, 2**64) % 2**64
    word = unshift(word, 27) * pow(0xBF58476D1CE4E5B9, -1, 2**64) % 2**64
    return unshift(word, 30)


@pytest.mark.parametrize(("word", "expected"), [(2**64 - 1, 1.0 - 2.0**-53), (0, 2.0**-53)])
def test_uniform_stays_inside_the_open_interval_at_the_extreme_words(word: int, expected: float) -> None:
    """The mixer run backwards finds the option whose word is all ones, or all zeros."""
    gamma = 0x9E3779B97F4A7C15
    before = draws.mix64(draws.key(1, "taste") + gamma)  # agent 0 absorbed
    option = ((unmix64(word) - before) * pow(gamma, -1, 2**64) - 1) % 2**64
    address = (1, "taste", 0, np.array([0]), np.array([option], dtype=np.uint64))
    assert draws.uniform(*address)[0] == expected
    assert abs(draws.normal(*address)[0]) == pytest.approx(stats.norm.isf(2.0**-53), rel=1e-12)


# 32-bit family


def test_fmix32_is_the_published_finaliser() -> None:
    """MurmurHash3 of no bytes with seed s is fmix32(s): its published values for s = 0, 1 and 2³²−1."""
    assert [draws.fmix32(seed) for seed in (0, 1, 2**32 - 1)] == [0, 0x514E28B7, 0x81F16F39]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("decision", ["reconsider", "taste", "awareness", "contribution_cost"])
def test_words_are_uniform(seed: int, decision: str) -> None:
    person = draws.person_words(seed, decision, 7, PERSONS)
    assert abs(z_alone(person, 12)) < LIMIT
    assert abs(z_alone(person << np.uint32(12), 12)) < LIMIT
    for word in draws.option_words(person, np.arange(0, 256, 15)):
        assert abs(z_alone(word, 12)) < LIMIT
        assert abs(z_alone(word << np.uint32(11), 12)) < LIMIT  # the last twelve of the 23 bits that count


@pytest.mark.parametrize("seed", SEEDS)
def test_person_words_of_neighbours_are_independent(seed: int) -> None:
    here = draws.person_words(seed, "taste", 3, PERSONS)
    assert abs(z_together(here, draws.person_words(seed + 1, "taste", 3, PERSONS))) < LIMIT
    assert abs(z_together(here, draws.person_words(seed, "taste", 4, PERSONS))) < LIMIT
    pairs = draws.person_words(seed, "taste", 3, np.arange(2 * PAIRS, dtype=np.uint32)).reshape(PAIRS, 2)
    assert abs(z_together(pairs[:, 0], pairs[:, 1])) < LIMIT
    every = [draws.person_words(seed, decision, 3, PERSONS) for decision in draws.DECISIONS]
    for first, second in zip(every, every[1:] + every[:1], strict=True):
        assert abs(z_together(first, second)) < LIMIT


@pytest.mark.parametrize("seed", SEEDS)
def test_option_words_of_neighbours_are_independent(seed: int) -> None:
    """One step away in seed, decision, month and person; and the next option of the next person."""
    options = np.array([0, 1, 37, 255])
    here = draws.option_words(draws.person_words(seed, "taste", 3, PERSONS), options)
    for address in ((seed + 1, "taste", 3), (seed, "awareness", 3), (seed, "taste", 4)):
        there = draws.option_words(draws.person_words(*address, PERSONS), options)
        for first, second in zip(here, there, strict=True):
            assert abs(z_together(first, second)) < LIMIT
    for word in here:
        assert abs(z_together(word[0::2], word[1::2])) < LIMIT
    for first, second in itertools.pairwise(here):
        assert abs(z_together(first[0::2], second[1::2])) < LIMIT


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_option_words_of_consecutive_options_are_independent(seed: int) -> None:
    words = draws.option_words(draws.person_words(seed, "taste", 0, PERSONS[: PAIRS // 4]), np.arange(256))
    for first, second in itertools.pairwise(words):
        assert abs(z_together(first, second)) < LIMIT
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        assert abs(z_together(first, second, third, bits=4)) < LIMIT


def test_option_words_of_all_pairs_of_sixty_options_are_independent() -> None:
    words = draws.option_words(draws.person_words(3, "taste", 0, PERSONS[: PAIRS // 8]), np.arange(60))
    for first, second in itertools.combinations(words, 2):
        assert abs(z_together(first, second, bits=5)) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_option_words_of_all_pairs_are_independent(seed: int) -> None:
    words = draws.option_words(draws.person_words(seed, "taste", 0, PERSONS[: PAIRS // 4]), np.arange(256))
    coarse = (words >> np.uint32(32 - BITS)).astype(np.int16)
    for first, second in itertools.combinations(coarse, 2):
        counts = np.bincount((first << np.int16(BITS)) + second, minlength=4**BITS)
        assert abs(z_of(counts)) < LIMIT + 1  # 130,000 statistics


@pytest.mark.parametrize("seed", SEEDS)
def test_tastes_do_not_depend_on_having_reconsidered(seed: int) -> None:
    """Who reconsiders is picked by one word; her tastes and awareness come from others."""
    picked = PERSONS[draws.person_words(seed, "reconsider", 5, PERSONS) < draws.threshold(0.1)]
    assert picked.size == pytest.approx(0.1 * PAIRS, abs=5 * math.sqrt(0.09 * PAIRS))
    taste = draws.option_words(draws.person_words(seed, "taste", 0, picked), [0, 9])
    aware = draws.option_words(draws.person_words(seed, "awareness", 0, picked), [0, 9])
    for first, second in itertools.combinations([*taste, *aware], 2):
        assert abs(z_together(first, second, bits=5)) < LIMIT


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_months_do_not_share_a_shifted_sequence(seed: int) -> None:
    """N words of one month and N of another coincide N²/2³² times by chance; a shift: 0 or nearly N."""
    persons = PERSONS[: PAIRS // 2]
    now, next_month = (draws.person_words(seed, "reconsider", month, persons) for month in (10, 11))
    shared = np.intersect1d(now, next_month).size
    expected = persons.size**2 / 2**32
    assert shared == pytest.approx(expected, abs=5 * math.sqrt(expected))


def test_no_two_persons_share_a_word() -> None:
    """Both rounds are bijections, so distinct developers never share a word."""
    word = draws.person_words(5, "taste", 2, PERSONS[: PAIRS // 2])
    assert np.unique(word).size == word.size
    assert np.unique(draws.option_words(word, 17)).size == word.size


def shortest_squared(first: int, second: int, modulus: int = 2**32) -> int:
    """Squared length of the shortest vector of {(x·first, x·second) mod m}, by Gauss's reduction."""
    short, long = (1, second * pow(first, -1, modulus) % modulus), (0, modulus)
    if short[1] == 0:
        return 1
    while True:
        size = short[0] ** 2 + short[1] ** 2
        inner = short[0] * long[0] + short[1] * long[1]
        times = (2 * inner + size) // (2 * size)
        long = (long[0] - times * short[0], long[1] - times * short[1])
        if long[0] ** 2 + long[1] ** 2 >= size:
            return size
        short, long = long, short


def test_gauss_reduction_against_exhaustion() -> None:
    modulus = 2**10
    for first, second in ((1, 3), (5, 77), (333, 1021), (1, 513)):
        brute = min(
            min(x * first % modulus, -x * first % modulus) ** 2 + min(x * second % modulus, -x * second % modulus) ** 2
            for x in range(1, modulus)
        )
        assert shortest_squared(first, second, modulus) == brute


def test_multipliers_are_odd_distinct_and_have_no_short_lattice_vector() -> None:
    multipliers = draws.option_multipliers()
    assert multipliers.dtype == np.uint32
    assert multipliers.shape == (256,)
    numbers = multipliers.tolist()
    assert len(set(numbers)) == 256
    assert all(number % 2 for number in numbers)
    shortest = min(shortest_squared(*pair) for pair in itertools.combinations(numbers, 2))
    assert shortest > 2**24


# Keys


def test_decision_names_do_not_collide() -> None:
    codes = {draws.decision_code(decision) for decision in draws.DECISIONS}
    assert len(set(draws.DECISIONS)) == len(draws.DECISIONS) == len(codes)


def test_keys_collide_no_more_than_birthdays_do() -> None:
    """Of n = decisions × 600 months × 16 seeds, 64-bit keys are distinct, n²/2³³ of 32-bit ones coincide."""
    keys = np.array(
        [
            draws.key(seed, decision, epoch)
            for seed in (*range(12), *SEEDS[2:], 2**32, 2**32 + 1)
            for decision in draws.DECISIONS
            for epoch in range(600)
        ],
        dtype=np.uint64,
    )
    assert np.unique(keys).size == keys.size
    expected = keys.size**2 / 2**33
    coincide = keys.size - np.unique(keys >> np.uint64(32)).size
    assert coincide <= expected + 5 * math.sqrt(expected)
    assert draws.key32(3, "taste", 5) == draws.key(3, "taste", 5) >> 32


def test_every_part_of_an_address_matters() -> None:
    here = dict(seed=1, decision="taste", epoch=2, agent=3, option=4)
    moved = [dict(here, **{part: 9}) for part in ("seed", "epoch", "agent", "option")] + [
        dict(here, decision="awareness"),
        dict(here, agent=4, option=3),
    ]
    values = {float(draws.uniform(**address)[0]) for address in (here, *moved)}
    assert len(values) == 7


@pytest.mark.parametrize(
    "call",
    [
        lambda name: draws.decision_code(name),
        lambda name: draws.key(1, name),
        lambda name: draws.uniform(1, name, 0, 1),
        lambda name: draws.person_words(1, name, 0, PERSONS[:2]),
    ],
)
def test_unknown_decision_is_refused_by_name(call) -> None:
    with pytest.raises(KeyError, match="'tastes'"):
        call("tastes")


# The same bits, however they are asked for


def test_uniform_is_the_same_for_any_subset_order_and_chunking() -> None:
    agents, options = np.arange(5000), np.arange(7)
    whole = draws.uniform(11, "taste", 4, agents[:, None], options)
    assert whole.shape == (5000, 7)
    order = np.random.default_rng(0).permutation(5000)
    assert np.array_equal(draws.uniform(11, "taste", 4, agents[order, None], options), whole[order])
    assert np.array_equal(draws.uniform(11, "taste", 4, agents[:, None], options[::-1]), whole[:, ::-1])
    parts = [draws.uniform(11, "taste", 4, part[:, None], options) for part in np.array_split(agents, 13)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert np.array_equal(draws.uniform(11, "taste", 4, options[:, None] * 0 + agents, options[:, None]), whole.T)
    for agent, option in ((0, 0), (1, 6), (4999, 3)):
        assert draws.uniform(11, "taste", 4, agent, option)[0] == whole[agent, option]
    for dtype in (np.uint8, np.uint32, np.int32, np.uint64):
        assert np.array_equal(draws.uniform(11, "taste", 4, np.arange(100, dtype=dtype), 2), whole[:100, 2])


def test_an_event_happens_exactly_where_the_uniform_is_below_its_probability() -> None:
    address = (11, "taste", 4, np.arange(5000)[:, None], np.arange(3))
    draw = draws.uniform(*address)
    some = np.sort(draw.ravel())[::500]
    for probability in (0.0, 1e-300, 2.0**-53, 0.3, 1.0, 7.0, -1.0, *some, *np.nextafter(some, 1.0)):
        assert np.array_equal(draws.happens(float(probability), *address), draw < probability), probability
    assert draws.happens(0.5, 11, "taste", 4, 0).shape == (1,)


def test_one_call_for_many_epochs_is_many_calls() -> None:
    epochs, agents = np.array([0, 7, 7, 3]), np.array([5, 5, 6, 2**40])
    alone = [draws.uniform(3, "taste", int(t), int(i))[0] for t, i in zip(epochs, agents, strict=True)]
    assert draws.uniform(3, "taste", epochs, agents).tolist() == alone


def test_words_are_the_same_for_any_subset_order_and_chunking() -> None:
    persons, options = PERSONS[:5000], np.arange(256)
    kept = persons.copy()
    whole = draws.option_words(draws.person_words(11, "taste", 4, persons), options)
    assert whole.shape == (256, 5000)
    assert np.array_equal(persons, kept)  # the arguments are left alone
    order = np.random.default_rng(0).permutation(5000)
    shuffled = draws.option_words(draws.person_words(11, "taste", 4, persons[order]), options[::-1])
    assert np.array_equal(shuffled, whole[::-1, order])
    parts = [
        draws.option_words(draws.person_words(11, "taste", 4, part), options) for part in np.array_split(persons, 13)
    ]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)
    for person, option in ((0, 0), (1, 255), (4999, 3)):
        alone = draws.option_words(draws.person_words(11, "taste", 4, persons[person : person + 1]), option)
        assert alone == whole[option, person]


# The same bits from Python's integers


def plain_mix64(word: int) -> int:
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) % 2**64
    return word ^ (word >> 31)


def plain_key(seed: int, decision: str, epoch: int) -> int:
    """Seed, name and epoch absorbed in turn, each by a step of SplitMix64."""
    name = int.from_bytes(hashlib.blake2b(decision.encode("ascii"), digest_size=8).digest(), "little")
    gamma = 0x9E3779B97F4A7C15
    word = plain_mix64((seed + gamma) % 2**64)
    word = plain_mix64(((word ^ name) + gamma) % 2**64)
    return plain_mix64((word + (epoch + 1) * gamma) % 2**64)


def plain_uniform(seed: int, decision: str, epoch: int, agent: int, option: int) -> float:
    word = plain_key(seed, decision, epoch)
    for part in (agent, option):
        word = plain_mix64((word + (part + 1) * 0x9E3779B97F4A7C15) % 2**64)
    return (2 * (word // 2**12) + 1) / 2**53


def plain_fmix32(word: int) -> int:
    word = ((word ^ (word >> 16)) * 0x85EBCA6B) % 2**32
    word = ((word ^ (word >> 13)) * 0xC2B2AE35) % 2**32
    return word ^ (word >> 16)


def plain_person_word(seed: int, decision: str, epoch: int, person: int) -> int:
    first = plain_fmix32(person ^ plain_key(seed, "reconsider", -1) // 2**32)
    return plain_fmix32((first + plain_key(seed, decision, epoch) // 2**32) % 2**32)


def plain_option_word(person_word: int, multiplier: int) -> int:
    word = person_word * multiplier % 2**32
    return (word ^ (word >> 15)) * 0x846CA68B % 2**32


ADDRESSES = tuple(itertools.product(SEEDS, ("taste", "incident", "reconsider"), (0, 1, 599)))


@pytest.mark.parametrize(("seed", "decision", "epoch"), ADDRESSES)
def test_uniform_equals_python_integers(seed: int, decision: str, epoch: int) -> None:
    agents, options = [0, 1, 2, 13, 999_999, 2**40], [0, 1, 63, 255]
    expected = [[plain_uniform(seed, decision, epoch, agent, option) for option in options] for agent in agents]
    assert draws.uniform(seed, decision, epoch, np.array(agents)[:, None], np.array(options)).tolist() == expected


@pytest.mark.parametrize(("seed", "decision", "epoch"), ADDRESSES)
def test_words_equal_python_integers(seed: int, decision: str, epoch: int) -> None:
    persons, options = [*range(50), 46_999_999, 2**32 - 1], [0, 1, 40, 255]
    expected = [plain_person_word(seed, decision, epoch, person) for person in persons]
    words = draws.person_words(seed, decision, epoch, np.array(persons, dtype=np.uint32))
    assert words.tolist() == expected
    multipliers = draws.option_multipliers().tolist()
    assert draws.option_words(words, options).tolist() == [
        [plain_option_word(word, multipliers[option]) for word in expected] for option in options
    ]
    assert draws.as_uniform(words).tolist() == [(2 * (word // 2**9) + 1) / 2**24 for word in expected]


def test_add_key_is_the_second_round() -> None:
    first = draws.identity_words(8, PERSONS[:1000])
    key = draws.key32(8, "reconsider", -1)
    assert first.tolist() == [plain_fmix32(person ^ key) for person in range(1000)]
    again = draws.add_key(first, draws.key32(8, "taste", 2))
    assert np.array_equal(again, draws.person_words(8, "taste", 2, PERSONS[:1000]))


# Golden values: whoever changes one of these has changed every run ever made.

GOLDEN_UNIFORMS = {
    (0, "taste", 0, 0, 0): 0.5400783532851,
    (1, "training_luck", 3, 7, 0): 0.46084938480911386,
    (1, "severity", 37, 0, 2): 0.9972004777962925,
    (2**63 - 1, "startup_taste", 599, 1999, 40): 0.2307856975910717,
    (20_221_130, "researcher_exit", 12, 9999, 0): 0.369215539448453,
}
GOLDEN_WORDS = {  # (seed, decision, epoch, person, option): her word, her word for the option
    (0, "taste", 0, 0, 0): (507016231, 3388258236),
    (1, "taste", 2, 46_999_999, 255): (1746964165, 898822550),
    (1, "awareness", 0, 123_456, 14): (651235785, 2576643860),
    (2**63 - 1, "reconsider", 599, 1, 40): (1362605753, 4004343305),
}


@pytest.mark.parametrize(("address", "value"), GOLDEN_UNIFORMS.items())
def test_golden_uniforms(address, value: float) -> None:
    assert draws.uniform(*address)[0] == value


@pytest.mark.parametrize(("address", "values"), GOLDEN_WORDS.items())
def test_golden_words(address, values: tuple[int, int]) -> None:
    seed, decision, epoch, person, option = address
    word = draws.person_words(seed, decision, epoch, np.array([person], dtype=np.uint32))
    assert (int(word[0]), int(draws.option_words(word, option)[0, 0])) == values


# Laws made from uniforms


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_has_the_moments_of_a_normal(seed: int) -> None:
    """Mean, variance, skewness, kurtosis 0, 1, 0, 3; variances of their estimates 1/n, 2/n, 6/n, 24/n."""
    draw = draws.normal(seed, "research_luck", 2, AGENTS)
    assert draw.mean() == pytest.approx(0.0, abs=5 * math.sqrt(1 / PAIRS))
    assert draw.var() == pytest.approx(1.0, abs=5 * math.sqrt(2 / PAIRS))
    assert stats.skew(draw) == pytest.approx(0.0, abs=5 * math.sqrt(6 / PAIRS))
    assert stats.kurtosis(draw, fisher=False) == pytest.approx(3.0, abs=5 * math.sqrt(24 / PAIRS))
    beyond = 2 * stats.norm.sf(4.0) * PAIRS
    assert np.count_nonzero(abs(draw) > 4.0) == pytest.approx(beyond, abs=5 * math.sqrt(beyond))


def test_normal_is_the_quantile_of_its_uniform() -> None:
    uniform = draws.uniform(4, "severity", 1, AGENTS[:10_000], 3)
    normal = draws.normal(4, "severity", 1, AGENTS[:10_000], 3)
    assert stats.norm.cdf(normal) == pytest.approx(uniform, rel=1e-9)
    assert np.all(np.diff(normal[np.argsort(uniform)]) > 0.0)


@pytest.mark.parametrize("rate", [0.03, 0.7, 3.7, 40.0, 500.0])
def test_poisson_has_its_mean_variance_and_quantiles(rate: float) -> None:
    """The variance of the sample variance is (rate + 2·rate²)/n."""
    uniform = draws.uniform(2, "incident", 0, AGENTS[: 2**14])
    counts = np.array([draws.poisson(rate, float(one)) for one in uniform])
    assert counts.mean() == pytest.approx(rate, abs=5 * math.sqrt(rate / counts.size))
    assert counts.var() == pytest.approx(rate, abs=5 * math.sqrt((rate + 2 * rate**2) / counts.size))
    assert np.array_equal(counts, stats.poisson.ppf(uniform, rate))


@pytest.mark.parametrize("draw", [2.0**-53, 0.01, 0.5, 0.93, 1.0 - 1e-9])
def test_poisson_never_falls_when_its_rate_rises(draw: float) -> None:
    counts = [draws.poisson(rate, draw) for rate in np.linspace(0.0, 500.0, 2001)]
    assert counts[0] == 0
    assert counts[-1] > 300
    assert all(before <= after for before, after in itertools.pairwise(counts))


def test_poisson_never_falls_when_its_draw_rises() -> None:
    counts = [draws.poisson(7.5, draw) for draw in np.linspace(2.0**-53, 1.0 - 2.0**-53, 2001)]
    assert all(before <= after for before, after in itertools.pairwise(counts))


@pytest.mark.parametrize("rate", [0.5, 30.0, 500.0])
def test_poisson_does_not_run_away_at_the_largest_draw(rate: float) -> None:
    """Rounding may keep the summed probabilities below the draw for ever; counting stops all the same."""
    count = draws.poisson(rate, 1.0 - 2.0**-53)
    assert count == pytest.approx(stats.poisson.isf(2.0**-53, rate), rel=0.03)


@pytest.mark.parametrize("rate", [-1e-9, -3.0, math.nan])
def test_poisson_refuses_what_is_no_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        draws.poisson(rate, 0.5)


@pytest.mark.parametrize("rate", [501.0, 3_000.0, 19_999.0])
@pytest.mark.parametrize("draw", [1e-9, 0.03, 0.5, 0.97, 1.0 - 1e-9])
def test_poisson_of_large_rates_is_the_quantile(rate: float, draw: float) -> None:
    assert abs(draws.poisson(rate, draw) - stats.poisson.ppf(draw, rate)) <= 1


def test_poisson_of_more_than_the_limit_is_that_of_the_limit() -> None:
    assert draws.poisson(math.inf, 0.5) == draws.poisson(draws.POISSON_LIMIT, 0.5) == draws.POISSON_LIMIT


@pytest.mark.parametrize("probability", [0.0, 2.0**-32, 1e-6, 0.1, 1 / 3, 0.5, 0.999_999, 1.0 - 2.0**-33, 1.0])
def test_threshold_hits_its_probability_to_one_word(probability: float) -> None:
    words = int(draws.threshold(probability))
    assert abs(words / 2**32 - probability) <= 2.0**-32


def test_threshold_is_an_array_and_picks_that_share() -> None:
    probability = np.array([0.003, 0.1, 0.77])
    bars = draws.threshold(probability)
    assert bars.dtype == np.uint32
    word = draws.person_words(0, "awareness", 0, PERSONS)
    share = (word[:, None] < bars).mean(axis=0)
    assert np.all(abs(share - probability) < 5 * np.sqrt(probability * (1 - probability) / PAIRS))


def test_as_uniform_is_centred_in_its_2_to_the_23_cells() -> None:
    word = np.array([0, 511, 512, 2**31, 2**32 - 1], dtype=np.uint32)
    expected = [2.0**-24, 2.0**-24, 3 * 2.0**-24, 0.5 + 2.0**-24, 1.0 - 2.0**-24]
    assert draws.as_uniform(word).tolist() == expected
