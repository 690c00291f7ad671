"""The exponential race: the law it draws from, its coupling, and the same choices on every processor."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

from sim.numerics import draws, race

ALL_AWARE = 2**32 - 1
NUMERATORS = 2**23


def make_course(weights, options=None, bars=None, lab_of=None) -> race.Course:
    """A course of weights (options, cells); without bars everybody is aware of everything."""
    weights = np.atleast_2d(np.asarray(weights, dtype=np.float32))
    rows = len(weights)
    options = np.arange(rows) if options is None else np.asarray(options)
    if bars is None:
        bars, lab_of = np.empty((0, weights.shape[1]), np.uint32), np.full(rows, -1)
    bars = np.asarray(bars, dtype=np.uint32)
    multipliers = draws.option_multipliers()
    return race.Course(weights, bars, multipliers[options], multipliers[: len(bars)], np.asarray(lab_of))


def choose(course, cell, taste, aware=None, block: int | None = None, buffers=None) -> np.ndarray:
    """All choosers, block by block."""
    aware = np.zeros_like(taste) if aware is None else aware
    buffers, block = buffers or race.Scratch(), block or race.choosers(course)
    parts = [
        race.run(course, cell[low : low + block], taste[low : low + block], aware[low : low + block], buffers)
        for low in range(0, len(taste), block)
    ]
    return np.concatenate(parts)


def words(seed: int, persons: int, decision: str = "taste", start: int = 0) -> np.ndarray:
    return draws.person_words(seed, decision, 0, np.arange(start, start + persons, dtype=np.uint32))


def uniform(seed: int, *shape: int) -> np.ndarray:
    """Uniforms for the tests' own tables, the same on every machine."""
    return draws.uniform(seed, "severity", 0, np.arange(math.prod(shape))).reshape(shape)


def market(options: int, cells: int, seed: int = 0) -> race.Course:
    """Weights over six decades, with awareness of labs that hold two options each; option 0 is outside."""
    exponent = np.floor(-20.0 * uniform(seed, options, cells)).astype(int)
    weights = np.ldexp(1.0 + uniform(seed + 1000, options, cells), exponent)
    lab_of = np.append(-1, np.arange(options - 1) // 2)
    bars = draws.threshold(uniform(seed + 2000, lab_of.max() + 1, cells))
    bars[0] = ALL_AWARE
    return make_course(weights, bars=bars, lab_of=lab_of)


# The clock


def test_exact_clock_is_the_logarithm_to_four_units() -> None:
    generator = np.random.default_rng(1)
    numerator = np.concatenate(
        [
            np.arange(3000),
            NUMERATORS - 1 - np.arange(3000),
            NUMERATORS // 2 + np.arange(-1500, 1500),
            np.floor(NUMERATORS * math.sqrt(0.5)).astype(int) + np.arange(-1500, 1500),
            generator.integers(0, NUMERATORS, 40_000),
        ]
    ).astype(np.uint32)
    weight = (10.0 ** generator.uniform(-6.0, 3.0, numerator.size)).astype(np.float32)
    clock = race.exact_clock(numerator, weight)
    expected = np.array(
        [-math.log((2 * k + 1) / 2**24) / w for k, w in zip(numerator.tolist(), weight.tolist(), strict=True)]
    )
    assert np.all(abs(clock - expected) <= 4 * np.spacing(expected))
    assert np.all(np.isfinite(clock))
    assert clock.min() > 0.0


def test_exact_clock_falls_as_the_draw_rises() -> None:
    """All 2²³ draws in order: 2⁻²³ apart at the least, far more than the clock errs."""
    clock = race.exact_clock(np.arange(NUMERATORS, dtype=np.uint32), np.ones(NUMERATORS, np.float32))
    assert np.all(np.diff(clock) < 0.0)
    # The midpoint rule for ∫₀¹ −ln u du = 1 errs by ln(2)/2 of a cell, at the singular end.
    assert clock.mean() == pytest.approx(1.0 - math.log(2.0) / 2.0 / NUMERATORS, abs=1e-10)


# The rule in plain Python

ATANH = [1.0 / (2 * k + 1) for k in range(11)]


def plain_clock(numerator: int, weight: float) -> float:
    """−ln(u)/w: u = f·2ᵉ with f in [√½, √2), ln f by eleven terms of the series of 2 artanh((f−1)/(f+1))."""
    if weight == 0.0:
        return math.inf
    fraction, exponent = math.frexp((2 * numerator + 1) / 2**24)
    if fraction < 0.7071067811865476:
        fraction, exponent = 2.0 * fraction, exponent - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    series = 0.0
    for coefficient in reversed(ATANH):
        series = series * (s * s) + coefficient
    return -(exponent * 0.6931471805599453 + 2.0 * s * series) / weight


def plain_word(person_word: int, multiplier: int) -> int:
    word = person_word * multiplier % 2**32
    return (word ^ word >> 15) * 0x846CA68B % 2**32


def plain_choice(weights, keys, lab_of, lab_keys, bars, taste: int, aware: int) -> int:
    """The option of which she is aware whose clock rings first; ties to the lowest."""
    best, chosen = math.inf, 0
    for option, weight in enumerate(weights):
        lab = lab_of[option]
        if lab >= 0 and plain_word(aware, lab_keys[lab]) > bars[lab]:
            continue
        clock = plain_clock(plain_word(taste, keys[option]) >> 9, weight)
        if clock < best:
            best, chosen = clock, option
    return chosen


@pytest.mark.parametrize(("options", "seed"), [(2, 0), (11, 1), (40, 2)])
def test_race_equals_the_rule_in_plain_python(options: int, seed: int) -> None:
    course = market(options, cells=9, seed=seed)
    taste, aware = words(seed, 5000), words(seed, 5000, "awareness")
    cell = np.arange(taste.size) % 9
    chosen = choose(course, cell, taste, aware)
    weights, bars = course.weights.T.tolist(), course.bars.T.tolist()
    common = course.option_keys.tolist(), course.lab_of.tolist(), course.lab_keys.tolist()
    expected = [
        plain_choice(weights[c], *common, bars[c], int(t), int(a)) for c, t, a in zip(cell, taste, aware, strict=True)
    ]
    assert chosen.tolist() == expected
    assert len(set(expected)) > options // 2  # not a foregone conclusion


# Near and exact ties


def photo_finish(persons: int, seed: int = 0):
    """One cell a person, whose weights make options 1 and 3 of five ring within 1e-7 of each other, first.

    Every second person's weight of option 3 is then moved by up to a hundred units in the last place.
    """
    taste = words(seed, persons)
    numerator = draws.option_words(taste, np.arange(5)) >> np.uint32(9)
    clock = race.exact_clock(numerator, np.ones(numerator.shape, np.float32))
    weights = np.full((5, persons), 1e-9, dtype=np.float32)
    weights[1] = 0.5 + 0.5 * uniform(seed, persons)
    weights[3] = weights[1] * clock[3] / clock[1]
    units = np.floor(201.0 * uniform(seed + 1, persons)).astype(np.int32) - 100
    weights[3, 1::2] = (weights[3, 1::2].view(np.int32) + units[1::2]).view(np.float32)
    rings = clock / weights
    ahead = rings[1] < 1e-3 * np.minimum.reduce(rings[[0, 2, 4]])
    return taste, numerator, weights, ahead


def first_by_decimal(numerator, weights) -> tuple[int, Decimal]:
    """Which of options 1 and 3 rings first in forty digits, and how far apart they are."""
    with localcontext() as context:
        context.prec = 40
        one, three = (
            -(Decimal(2 * int(numerator[row]) + 1) / 2**24).ln() / Decimal(float(weights[row])) for row in (1, 3)
        )
        return (1 if one <= three else 3), abs(one - three) / one


def test_photo_finishes_are_decided_as_forty_digits_decide_them() -> None:
    taste, numerator, weights, ahead = photo_finish(6000)
    chosen = choose(make_course(weights), np.arange(taste.size), taste)
    assert ahead.mean() > 0.99
    within, wrong = 0, 0
    for person in np.flatnonzero(ahead):
        first, gap = first_by_decimal(numerator[:, person], weights[:, person])
        assert gap > 1e-14  # so that double precision knows the answer
        within += gap < 1e-7
        wrong += chosen[person] != first
    assert within > 2500
    assert wrong == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_logarithm_wrong_by_four_units_changes_no_choice(monkeypatch: pytest.MonkeyPatch, sign: int) -> None:
    """Whatever a processor's single-precision logarithm does inside its bound, the rule decides."""
    taste, _, weights, _ = photo_finish(40_000, seed=3)
    finishes, ordinary = make_course(weights), market(30, cells=7)
    people, aware = words(9, 60_000), words(9, 60_000, "awareness")

    def both() -> list[int]:
        first = choose(finishes, np.arange(taste.size), taste)
        return [*first, *choose(ordinary, np.arange(people.size) % 7, people, aware)]

    expected, logarithm, seen = both(), np.log, []

    def wrong(value, out):
        """Options 0, 1, 4, 5, … as far off as four units allow one way, the others as far the other way."""
        exact = logarithm(value.astype(np.float64))
        nearest = exact.astype(np.float32)
        way = sign * np.where(np.arange(len(value)) % 4 < 2, 1, -1).astype(np.int32)[:, None]
        three, four = ((nearest.view(np.int32) + units * way).view(np.float32) for units in (3, 4))
        unit = np.spacing(abs(nearest))
        out[...] = np.where(abs(four - exact) <= 4 * unit, four, three)
        seen.append(np.max(abs(out - exact) / unit))
        return out

    monkeypatch.setattr(race.np, "log", wrong)
    with_errors = both()
    monkeypatch.undo()
    assert with_errors == expected
    assert 3.9 < max(seen) <= 4.0


def test_exact_ties_go_to_the_lowest_option() -> None:
    """Real developers, found by search, for whom two options carry the same 23 bits; the row decides."""
    options = np.arange(16)
    taste = words(0, 2**19)
    numerator = draws.option_words(taste, options) >> np.uint32(9)
    tied = np.flatnonzero((np.diff(np.sort(numerator, axis=0), axis=0) == 0).any(axis=0))
    assert tied.size >= 3  # 120 pairs · 2¹⁹ / 2²³ = 7.5 expected
    for person in tied:
        row = numerator[:, person].tolist()
        low, high = next(pair for pair in itertools.combinations(options, 2) if row[pair[0]] == row[pair[1]])
        weights = np.zeros((16, 1))
        weights[[low, high]] = 0.7
        one, cell = taste[person : person + 1], np.zeros(1, np.intp)
        assert choose(make_course(weights), cell, one) == low
        assert choose(make_course(weights[::-1], options[::-1]), cell, one) == 15 - high
        weights[high] = np.nextafter(np.float32(0.7), np.float32(1.0))
        assert choose(make_course(weights), cell, one) == high


def test_options_with_one_key_tie_for_everybody() -> None:
    taste, cell = words(1, 5000), np.zeros(5000, np.intp)
    chosen = choose(make_course(np.ones((4, 1)), options=[7, 7, 9, 9]), cell, taste)
    assert set(chosen.tolist()) == {0, 2}


# T1: the law


def pooled_z(counts: np.ndarray, expected: np.ndarray) -> float:
    """Chi-square of counts (options, cells) as a normal; a cell's rarest options are pooled."""
    statistic, degrees = 0.0, 0
    for seen, law in zip(counts.T, expected.T, strict=True):
        order = np.argsort(law)
        rare = int(np.sum(law < 5.0))
        while rare > 0 and law[order[:rare]].sum() < 5.0:
            rare += 1
        starts = np.append(0, np.arange(max(rare, 1), law.size))
        seen, law = np.add.reduceat(seen[order], starts), np.add.reduceat(law[order], starts)
        statistic += ((seen - law) ** 2 / law).sum()
        degrees += law.size - 1
    spread = 2.0 / (9.0 * degrees)
    return ((statistic / degrees) ** (1 / 3) - (1.0 - spread)) / math.sqrt(spread)


@pytest.mark.parametrize(("options", "seed"), [(4, 0), (16, 1), (41, 2)])
def test_t1_shares_are_the_logit(options: int, seed: int) -> None:
    """Weights over six decades, 3·2²⁰ choices: counts against w/Σw in double precision."""
    cells, persons = 12, 3 * 2**20
    utility = np.random.default_rng(seed).uniform(math.log(1e-5), math.log(10.0), (options, cells))
    weights = np.exp(utility)
    taste, cell = words(seed, persons), np.arange(persons) % cells
    chosen = choose(make_course(weights), cell, taste)
    counts = np.bincount(chosen * cells + cell, minlength=options * cells).reshape(options, cells)
    assert abs(pooled_z(counts, weights / weights.sum(axis=0) * (persons / cells))) < 4.0


def test_t1_shares_with_awareness_are_the_logit_of_each_aware_set() -> None:
    """Three labs of which 20, 50 and 90% know: the shares are those of the eight aware sets, weighted."""
    known, weights = np.array([0.2, 0.5, 0.9]), np.array([1.0, 4.0, 0.5, 2.0])
    bars = draws.threshold(known)[:, None]
    persons = 2**21
    course = make_course(weights[:, None], bars=bars, lab_of=[-1, 0, 1, 2])
    chosen = choose(course, np.zeros(persons, np.intp), words(4, persons), words(4, persons, "awareness"))
    law = np.zeros(4)
    for aware in itertools.product((False, True), repeat=3):
        weighted = weights * np.array([True, *aware])
        law += np.prod(np.where(aware, known, 1 - known)) * weighted / weighted.sum()
    assert abs(pooled_z(np.bincount(chosen, minlength=4)[:, None], law[:, None] * persons)) < 4.0


def test_choices_of_neighbours_and_of_epochs_are_independent() -> None:
    weights = np.array([3.0, 2.0, 1.0, 1.0, 0.5])
    course, persons, share = make_course(weights[:, None]), 2**21, weights / weights.sum()
    cell = np.zeros(persons, np.intp)
    now = choose(course, cell, words(6, persons))
    later = choose(course, cell, draws.person_words(6, "taste", 1, np.arange(persons, dtype=np.uint32)))
    elsewhere = choose(course, cell, words(7, persons))
    for first, second in ((now, later), (now, elsewhere), (now[0::2], now[1::2])):
        counts = np.bincount(first * 5 + second, minlength=25)[:, None]
        assert abs(pooled_z(counts, np.outer(share, share).reshape(25, 1) * first.size)) < 4.0


# T2: the coupling

PEOPLE = 2**19


def softmax(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()


@pytest.mark.parametrize("option", [0, 1, 9, 35])
@pytest.mark.parametrize("factor", [math.exp(0.3), math.exp(-0.3), 0.0])
def test_t2_only_the_changed_option_gains_or_loses(option: int, factor: float) -> None:
    weights = np.exp(np.random.default_rng(1).normal(0.0, 1.2, 36)).astype(np.float32)
    changed = weights.copy()
    changed[option] *= np.float32(factor)
    taste, cell = words(2, PEOPLE), np.zeros(PEOPLE, np.intp)
    before, after = (choose(make_course(table[:, None]), cell, taste) for table in (weights, changed))
    moved = before != after
    assert np.all((after if factor > 1 else before)[moved] == option)
    distance = abs(softmax(changed.astype(float)) - softmax(weights.astype(float))).sum() / 2
    assert moved.mean() == pytest.approx(distance, abs=5 * math.sqrt(distance / PEOPLE))


def test_t2_a_general_change_moves_at_most_its_bound() -> None:
    """Between TV and 2·TV/(1+TV) (Daliri, Musco & Suresh), up to sampling error."""
    generator = np.random.default_rng(2)
    weights = np.exp(generator.normal(0.0, 1.2, 36))
    changed = weights * np.exp(generator.normal(0.0, 0.1, 36))
    taste, cell = words(2, PEOPLE), np.zeros(PEOPLE, np.intp)
    before, after = (choose(make_course(table[:, None]), cell, taste) for table in (weights, changed))
    distance = abs(softmax(changed) - softmax(weights)).sum() / 2
    error = 5 * math.sqrt(2 * distance / PEOPLE)
    assert distance - error < np.mean(before != after) < 2 * distance / (1 + distance) + error


def test_t2_the_coupling_holds_with_awareness() -> None:
    course = market(21, cells=6)
    taste, aware, cell = words(5, PEOPLE), words(5, PEOPLE, "awareness"), np.arange(PEOPLE) % 6
    before = choose(course, cell, taste, aware)
    weights = course.weights.copy()
    weights[8] *= 2
    after = choose(make_course(weights, bars=course.bars, lab_of=course.lab_of), cell, taste, aware)
    assert np.sum(before != after) > 1000
    assert np.all(after[before != after] == 8)
    bars = course.bars.copy()
    bars[3] = ALL_AWARE  # everybody knows lab 3 now: options 7 and 8
    after = choose(make_course(course.weights, bars=bars, lab_of=course.lab_of), cell, taste, aware)
    assert np.sum(before != after) > 1000
    assert set(after[before != after].tolist()) <= {7, 8}


def test_null_changes_move_no_one() -> None:
    """Nothing changed, every weight doubled, an unused option or lab added: bit for bit the same."""
    course = market(21, cells=6)
    taste, aware, cell = words(5, 200_000), words(5, 200_000, "awareness"), np.arange(200_000) % 6
    before = choose(course, cell, taste, aware)
    assert np.array_equal(choose(market(21, cells=6), cell, taste, aware), before)
    double = make_course(2 * course.weights, bars=course.bars, lab_of=course.lab_of)
    assert np.array_equal(choose(double, cell, taste, aware), before)
    weights = np.concatenate([course.weights, np.zeros((2, 6), np.float32), np.ones((1, 6), np.float32)])
    bars = np.concatenate([course.bars, np.zeros((1, 6), np.uint32)])
    more = make_course(weights, bars=bars, lab_of=[*course.lab_of, -1, 3, len(bars) - 1])
    assert np.array_equal(choose(more, cell, taste, aware), before)


# Blocks, subsets, order


@pytest.mark.parametrize("block", [1, 7, 1000, 4095, 4096])
def test_choices_do_not_depend_on_block_subset_order_or_a_used_scratch(block: int) -> None:
    persons = 400 if block == 1 else 20_000
    course = market(21, cells=6)
    taste, aware, cell = words(5, persons), words(5, persons, "awareness"), np.arange(persons) % 6
    whole = choose(course, cell, taste, aware)
    used = race.Scratch()
    choose(market(50, cells=3, seed=9), cell % 3, taste, aware, buffers=used)
    assert np.array_equal(choose(course, cell, taste, aware, block, used), whole)
    order = np.random.default_rng(block).permutation(persons)
    assert np.array_equal(choose(course, cell[order], taste[order], aware[order], block), whole[order])
    some = order[: persons // 3]
    assert np.array_equal(choose(course, cell[some], taste[some], aware[some], block), whole[some])


def test_threads_choose_what_one_thread_chooses() -> None:
    """Each thread has buffers of its own, and keeps them."""
    course = market(21, cells=6)
    taste, aware, cell = words(5, 200_000), words(5, 200_000, "awareness"), np.arange(200_000) % 6

    def block(low: int) -> tuple[race.Scratch, np.ndarray]:
        part, buffers = slice(low, low + 4096), race.scratch()
        assert race.scratch() is buffers
        return buffers, race.run(course, cell[part], taste[part], aware[part], buffers)

    with ThreadPoolExecutor(4) as pool:
        buffers, parts = zip(*pool.map(block, range(0, 200_000, 4096)), strict=True)
    assert np.array_equal(np.concatenate(parts), choose(course, cell, taste, aware))
    assert not any(race.scratch() is used for used in buffers)


@pytest.mark.parametrize("options", [1, 40, race.MOST_OPTIONS])
def test_as_many_race_together_as_the_buffers_hold(options: int, monkeypatch: pytest.MonkeyPatch) -> None:
    course = make_course(np.ones((options, 1)))
    for block in (1, 1000, race.BLOCK):
        monkeypatch.setattr(race, "BLOCK", block)
        buffers, most = race.scratch(), race.choosers(course)
        assert most == max(1, block // options)
        assert buffers.word.size >= most * options
        taste = words(1, most)
        assert race.run(course, np.zeros(most, np.intp), taste, taste, buffers).shape == (most,)


def test_the_race_leaves_its_arguments_alone() -> None:
    course = market(21, cells=6)
    taste, aware, cell = words(5, 4096), words(5, 4096, "awareness"), np.arange(4096) % 6
    before = [part.copy() for part in (course.weights, course.bars, course.option_keys, taste, aware, cell)]
    first = choose(course, cell, taste, aware)
    kept = first.copy()
    choose(course, cell, taste[::-1].copy(), aware)
    assert np.array_equal(first, kept)  # nor is a result overwritten by the next block
    after = (course.weights, course.bars, course.option_keys, taste, aware, cell)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


# Who cannot be chosen


def test_zero_weights_and_unknown_labs_are_never_chosen() -> None:
    persons = 300_000
    taste, aware = words(8, persons), words(8, persons, "awareness")
    assert np.all(aware > 0)
    weights = np.array([[1e-3], [5.0], [0.0], [5.0], [5.0]])
    course = make_course(weights, bars=[[0], [ALL_AWARE]], lab_of=[-1, 0, 1, 1, 0])
    assert set(choose(course, np.zeros(persons, np.intp), taste, aware).tolist()) == {0, 3}


def test_who_knows_no_lab_stays_outside_however_good_they_are() -> None:
    course = make_course([[1e-9], [1e6], [1e6]], bars=[[0], [0]], lab_of=[-1, 0, 1])
    taste, aware = words(8, 50_000), words(8, 50_000, "awareness")
    assert not choose(course, np.zeros(50_000, np.intp), taste, aware).any()


def test_who_has_nothing_to_choose_gets_the_lowest_row() -> None:
    chosen = choose(make_course(np.zeros((5, 1))), np.zeros(5000, np.intp), words(0, 5000))
    assert not chosen.any()


def test_the_largest_bar_makes_everybody_aware() -> None:
    """2³²−1, the bar of the lab one already uses, lets even the largest word pass."""
    inverse = pow(0x846CA68B, -1, 2**32)
    largest = (2**32 - 1) * inverse % 2**32
    largest ^= largest >> 15 ^ largest >> 30  # back to person_word · multiplier, for lab 0
    person = largest * pow(int(draws.option_multipliers()[0]), -1, 2**32) % 2**32
    aware = np.array([person], dtype=np.uint32)
    assert draws.option_words(aware, 0)[0, 0] == 2**32 - 1
    for bar, expected in ((ALL_AWARE, 1), (ALL_AWARE - 1, 0)):
        course = make_course([[1e-20], [1.0]], bars=[[bar]], lab_of=[-1, 0])
        assert choose(course, np.zeros(1, np.intp), words(0, 1), aware) == expected


# The same bits on every processor

DIGEST = "0604f0b4d9e29c4bcb62b31bc6614c083655bd572013c178cf4fb741aed98a7e"


def digest() -> str:
    """Of 160,000 choices, half of them photo finishes."""
    taste, _, weights, _ = photo_finish(80_000)
    finishes = choose(make_course(weights), np.arange(taste.size), taste)
    people, aware = words(1, 80_000), words(1, 80_000, "awareness")
    ordinary = choose(market(40, cells=8), np.arange(people.size) % 8, people, aware)
    return hashlib.sha256(np.concatenate([finishes, ordinary]).astype("<u2").tobytes()).hexdigest()


def vector_features() -> list[str]:
    """The processor's vector features that NumPy found and uses beside its baseline."""
    return np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])


def test_choices_have_the_digest_of_this_repository() -> None:
    assert digest() == DIGEST


@pytest.mark.parametrize("width", ["512 bits", "all"])
def test_choices_do_not_depend_on_vector_features(width: str) -> None:
    """The same choices from another process whose NumPy may not use the features."""
    wide = [name for name in vector_features() if "512" in name or "V4" in name]
    off = wide if width == "512 bits" else vector_features()
    if not off:
        pytest.skip("NumPy uses no such feature on this processor")
    root = Path(race.__file__).parents[1]
    answer = subprocess.run(
        [sys.executable, __file__],
        env={**os.environ, "PYTHONPATH": str(root), "NPY_DISABLE_CPU_FEATURES": " ".join(off)},
        capture_output=True,
        text=True,
        check=True,
    )
    digested, *used = answer.stdout.split()
    if set(used) & set(off):
        pytest.skip(f"NumPy refused to do without {off}")
    assert digested == DIGEST


if __name__ == "__main__":
    print(digest(), *vector_features())
