"""A month of the population: whose turn it is, cell by cell, against a plain loop; kernels, blocks and workers."""

from __future__ import annotations

import dataclasses
import math
from importlib.util import find_spec

import numpy as np
import pytest

from sim.numerics import draws, race

NUMBA = pytest.param(
    "compiled", marks=pytest.mark.skipif(find_spec("numba") is None, reason="Numba, the extra fast, is not installed")
)
KERNELS = ["numpy", NUMBA]
SEGMENTS, GROUPS, OPTIONS = 5, 4, 7
PEOPLE = 6000


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Kernel and workers as after a fresh import, and again afterwards."""
    monkeypatch.setattr(race, "_CHOSEN", {})
    return monkeypatch


def a_month(bars: np.ndarray | None, top: int) -> tuple[race.Course, race.Turns]:
    """Seven options of three labs and of nobody, in four groups, of which one row of the course is dead."""
    draw = np.random.default_rng(5)
    rows = np.array([0, 1, 3, 4, 6])  # options 2 and 5 are not on sale
    weights = np.exp(draw.normal(0.0, 2.0, (rows.size, SEGMENTS * GROUPS))).astype(np.float32)
    weights[3, ::3] = 0.0
    lab_of = np.array([-1, 0, 0, 1, 2])
    known = draws.threshold(draw.uniform(0.1, 1.0, (3, SEGMENTS * GROUPS)))
    multipliers = draws.option_multipliers()
    course = race.Course(weights, known, multipliers[rows], multipliers[[1, 9, 17]], lab_of)
    turns = race.Turns(
        turn_key=np.uint32(draws.key32(3, "reconsider", 8)),
        bar=np.uint32(top),
        phase_key=np.uint32(draws.key32(3, "taste_phase")),
        late_above=np.uint32(0x9000FFFF),
        taste_keys=(np.uint32(draws.key32(3, "taste", 1)), np.uint32(draws.key32(3, "taste", 2))),
        aware_key=np.uint32(draws.key32(3, "awareness")),
        groups=GROUPS,
        group_of_option=np.array([0, 1, 1, 2, 2, 3, 3]),
        option_of_row=rows,
        bars=bars,
    )
    return course, turns


def people() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Words, segments, options and counts; somebody holds what is not on sale any more."""
    draw = np.random.default_rng(6)
    identity = draws.identity_words(3, np.arange(PEOPLE, dtype=np.uint32))
    segment = draw.integers(0, SEGMENTS, PEOPLE).astype(np.uint8)
    choice = draw.integers(0, OPTIONS, PEOPLE).astype(np.uint8)
    counts = np.zeros((SEGMENTS, OPTIONS), np.int64)
    np.add.at(counts, (segment, choice), 1)
    return identity, segment, choice, counts


def mixed(word: int) -> int:
    """The finaliser of MurmurHash3."""
    for factor, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        word = (word ^ word >> shift) * factor % 2**32
    return word ^ word >> 16


def option_word(word: int, key: int) -> int:
    word = word * key % 2**32
    return (word ^ word >> 15) * 0x846CA68B % 2**32


def plain_month(course: race.Course, turns: race.Turns, identity, segment, choice) -> tuple[list[int], int]:
    """Options after the month and how many had their turn, person by person."""
    after, had = [], 0
    weights, known = course.weights.astype(float).tolist(), course.bars.tolist()
    for person, cell, option in zip(identity.tolist(), segment.tolist(), choice.tolist(), strict=True):
        where = cell * turns.groups + int(turns.group_of_option[option])
        bar = int(turns.bar if turns.bars is None else turns.bars[where])
        if mixed((person + int(turns.turn_key)) % 2**32) >= bar:
            after.append(option)
            continue
        had += 1
        late = mixed((person + int(turns.phase_key)) % 2**32) > int(turns.late_above)
        taste = mixed((person + int(turns.taste_keys[late])) % 2**32)
        aware = mixed((person + int(turns.aware_key)) % 2**32)
        first, chosen = math.inf, 0
        for row, key in enumerate(course.option_keys.tolist()):
            lab = int(course.lab_of[row])
            if lab >= 0 and option_word(aware, int(course.lab_keys[lab])) > known[lab][where]:
                continue
            if weights[row][where] == 0.0:
                continue
            u = (2 * (option_word(taste, key) >> 9) + 1) / 2**24
            clock = -math.log(u) / weights[row][where]
            if clock < first:
                first, chosen = clock, row
        after.append(int(turns.option_of_row[chosen]))
    return after, had


def bars_by_cell() -> np.ndarray:
    """From nobody's turn to everybody's below the common bar, by segment and group."""
    rates = np.linspace(0.0, 0.6, SEGMENTS * GROUPS)
    return draws.threshold(np.random.default_rng(7).permutation(rates))


def lived(course: race.Course, turns: race.Turns) -> tuple[np.ndarray, np.ndarray]:
    identity, segment, choice, counts = people()
    race.month(course, turns, identity, segment, choice, counts)
    check = np.zeros_like(counts)
    np.add.at(check, (segment, choice), 1)
    np.testing.assert_array_equal(counts, check)
    return choice, counts


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("by_cell", [True, False], ids=["a bar for each cell", "one bar"])
def test_a_month_is_that_of_a_plain_loop(settings: pytest.MonkeyPatch, kernel: str, by_cell: bool) -> None:
    bars = bars_by_cell() if by_cell else None
    course, turns = a_month(bars, int(bars.max()) if by_cell else int(draws.threshold(0.3)))
    identity, segment, choice, _ = people()
    expected, had = plain_month(course, turns, identity, segment, choice)
    race.use(kernel)
    got, _ = lived(course, turns)
    np.testing.assert_array_equal(got, expected)
    assert 1500 < had < 2200
    assert np.count_nonzero(got != choice) > 1000


@pytest.mark.parametrize("kernel", KERNELS)
def test_equal_bars_are_the_common_one(settings: pytest.MonkeyPatch, kernel: str) -> None:
    top = int(draws.threshold(0.3))
    course, common = a_month(None, top)
    _, each = a_month(np.full(SEGMENTS * GROUPS, top, np.uint32), top)
    race.use(kernel)
    for one, other in zip(lived(course, common), lived(course, each), strict=True):
        np.testing.assert_array_equal(one, other)
    # The common bar is only where the search for choosers begins: a higher one finds the same.
    higher = dataclasses.replace(each, bar=np.uint32(2**32 - 1))
    np.testing.assert_array_equal(lived(course, higher)[0], lived(course, each)[0])


@pytest.mark.parametrize("kernel", KERNELS)
def test_raising_the_bar_of_one_cell_gives_more_of_its_people_a_turn_and_nobody_else(
    settings: pytest.MonkeyPatch, kernel: str
) -> None:
    bars = bars_by_cell()
    cell = int(np.argsort(bars)[4])
    raised = bars.copy()
    raised[cell] = bars.max()
    race.use(kernel)
    (course, turns), (_, more) = (a_month(some, int(bars.max())) for some in (bars, raised))
    before, after = lived(course, turns)[0], lived(course, more)[0]
    moved = before != after
    _, segment, choice, _ = people()
    where = segment.astype(int) * GROUPS + turns.group_of_option[choice]
    assert moved.sum() > 20
    assert set(where[moved]) == {cell}
    # They had no turn before.
    np.testing.assert_array_equal(before[moved], choice[moved])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("block", "span"), [(1, 64), (300, 257), (1 << 19, 262_144)])
@pytest.mark.parametrize("workers", [1, 3])
def test_blocks_spans_and_workers_change_nothing(
    settings: pytest.MonkeyPatch, kernel: str, block: int, span: int, workers: int
) -> None:
    bars = bars_by_cell()
    course, turns = a_month(bars, int(bars.max()))
    race.use("numpy")
    race.set_workers(1)
    expected = lived(course, turns)
    settings.setattr(race, "BLOCK", block)
    settings.setattr(race, "SPAN", span)
    race.use(kernel)
    race.set_workers(workers)
    for one, other in zip(lived(course, turns), expected, strict=True):
        np.testing.assert_array_equal(one, other)
