"""The strict reader of YAML: what it means, and what it refuses in one line."""

from __future__ import annotations

import datetime
import math
import random
import time

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim import Parameters, Scenario, ScenarioError
from sim.inputs.errors import ParameterError
from sim.parameters.reading import MOST_CHARACTERS, ReadingError, read_yaml

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF).filter(str.isprintable), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-2", 0.01),
        ("1E3", 1000.0),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("010", 10),  # octal in YAML 1.1
        ("-007", -7),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        ("12:30", "12:30"),  # 750 in YAML 1.1
        ("1_000", "1_000"),
        ("no", "no"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("'null'", "null"),
        ("'010'", "010"),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("2024-01", "2024-01"),
        ("2024-01-01", "2024-01-01"),  # a date of Python's in YAML 1.1
        ("2024-01-01 12:00:00", "2024-01-01 12:00:00"),
        ("٣", "٣"),
        ("=", "="),
        ("|\n  two\n  lines", "two\nlines\n"),
    ],
)
def test_what_a_word_means(text: str, value: object) -> None:
    found = read_yaml(f"a: {text}\n")["a"]
    assert (found, type(found)) == (value, type(value))


def test_not_a_number_is_read_as_one() -> None:
    assert math.isnan(read_yaml("a: .nan")["a"])


def test_keys_are_words() -> None:
    assert read_yaml("{1: a, no: b, 2024-01: c, null: d, 1.0: e}") == {
        "1": "a", "no": "b", "2024-01": "c", "null": "d", "1.0": "e",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, "'a' stands there twice"),
        ("a: {b: 1, 'b': 2}", 1, "'b' stands there twice"),
        ("- {x: 1}\n- {x: 1,\n   x: 2}", 3, "'x' stands there twice"),
        ("a: &x [1]\nb: *x", 1, "an anchor or alias"),
        ("a: *x", 1, "an anchor or alias"),
        ("&k a: 1", 1, "an anchor or alias"),
        ("a: !!python/object/apply:os.system [ls]", 1, "the tag"),
        ("a: !!binary aGk=", 1, "the tag"),
        ("a: !!timestamp 2024-01-01", 1, "the tag"),
        ("a: !mine 1", 1, "the tag"),
        ("a: 1\n---\nb: 2", 2, "a second document"),
        ("? [a, b]\n: 1", 1, "a key is a list"),
        ('a: "\\e[31mred"', 1, "a control character"),
        ('"\\a": 1', 1, "a control character"),
        ('"a\\nb": 1', 1, "a key of several lines"),
        ("a: \u202eabc", 1, "a control character"),
        ("a: 1e999", 1, "too large"),
        ("a: " + "9" * 401, 1, "401 digits"),
        ("[" * 100, 1, "nested too deeply"),
        ("a: [", 1, "expected the node content"),
    ],
)
def test_what_is_refused(text: str, line: int, words: str) -> None:
    with pytest.raises(ReadingError, match=words) as caught:
        read_yaml(text)
    assert caught.value.line == line
    assert str(caught.value).isprintable()


def bomb(levels: int = 9) -> str:
    """A billion words in a few lines."""
    lines = ["a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels + 1)]
    return "\n".join(lines)


@pytest.mark.parametrize("text", [bomb(), "[" * 400_000, "{a: " * 100_000, "- " * 200_000, "x" * (MOST_CHARACTERS + 1)])
def test_bombs_take_no_time(text: str) -> None:
    start = time.process_time()
    with pytest.raises(ReadingError):
        read_yaml(text)
    assert time.process_time() - start < 5.0


@given(VALUES)
def test_what_was_written_is_read(value: object) -> None:
    def words(item: object) -> object:
        if isinstance(item, dict):
            return {str(key): words(inner) for key, inner in item.items()}
        return [words(inner) for inner in item] if isinstance(item, list) else item

    dumper = yaml.SafeDumper
    dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]
    text = yaml.dump(value, Dumper=dumper, allow_unicode=True)
    try:
        found = read_yaml(text)
    except ReadingError as error:  # a number that is written out longer than it may be, or a letter that does not print
        pytest.fail(f"{text!r}: {error}")
    assert found == words(value)


TEXT = """name: mine
why: To see what happens.
params:
  talent.mobility: 0.02
  release.weights_allowed: true
labs: {Meta: closed}
changes:
  2024-01:
    params: {law.open_us: 0.5}
    labs: {"*": open_weights}
  2025-06: {params: {talent.mobility: 1e-2}}
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2025-06", "2024-01", "'2024-01' stands there twice"),
        ("2025-06", "'2024-01'", "'2024-01' stands there twice"),
        ("2025-06", "2024-01-01", "2024-01 stands there twice"),
        ("  release.weights_allowed: true", "  talent.mobility: 0.03", "'talent.mobility' stands there twice"),
        ("labs: {Meta: closed}", "params: {}", "'params' stands there twice"),
        ("labs: {Meta: closed}", "labs: {Meta: closed, Meta: open_weights}", "'Meta' stands there twice"),
        ("2025-06", "2025-06-15", "YYYY-MM"),
        ("2025-06", "٢٠٢٥-٠٦", "YYYY-MM"),
        ("2025-06", "2025-6", "YYYY-MM"),
        ("0.02", "12:30", "talent.mobility = '12:30'"),
        ("0.02", "0x0", "talent.mobility = '0x0'"),
        ("0.02", "010", "talent.mobility = 10"),
        ("0.02", "&x 0.02", "an anchor or alias"),
    ],
)
def test_a_scenario_that_says_two_things_is_refused(old: str, new: str, words: str) -> None:
    changed = TEXT.replace(old, new, 1)
    assert changed != TEXT
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_yaml(changed)
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_dates_are_understood_with_and_without_quotes_and_day() -> None:
    expected = Scenario.from_yaml(TEXT)
    assert list(expected.changes) == ["2024-01", "2025-06"]
    assert expected.changes["2025-06"].params == {"talent.mobility": 0.01}
    for date in ("'2024-01'", "2024-01-01", "'2024-01-01'"):
        assert Scenario.from_yaml(TEXT.replace("2024-01", date)) == expected
    tree = expected.model_dump()
    utc = datetime.UTC
    midnights = (datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=utc), pd.Timestamp("2024-01-01"))
    for date in (datetime.date(2024, 1, 1), *midnights):
        changes = {date: tree["changes"]["2024-01"], "2025-06": tree["changes"]["2025-06"]}
        assert Scenario.from_dict({**tree, "changes": changes}) == expected


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (pd.Timestamp("2025-03-01 13:45"), "2025-03-01T13:45:00"),
        (pd.Timestamp("2025-03-01") + pd.Timedelta(1, "ns"), "2025-03-01T00:00:00.000000001"),
        (datetime.datetime(2025, 3, 1, 0, 0, 1), "2025-03-01T00:00:01"),
        (datetime.datetime(2025, 3, 17), "2025-03-17"),
        (datetime.date(2025, 3, 17), "2025-03-17"),
        ("2025-03-17", "2025-03-17"),
        ("2025-03-01T00:00:00", "2025-03-01T00:00:00"),
        (pd.NaT, "NaT"),
    ],
)
def test_no_day_or_hour_is_lost(date: object, said: str) -> None:
    with pytest.raises(ScenarioError, match=f"changes: date = '{said}' is not allowed; allowed: YYYY-MM"):
        Scenario.from_dict({"name": "mine", "changes": {date: {"params": {"talent.mobility": 0.1}}}}).check()


def test_dates_are_written_in_plain_digits() -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        sim.calendar.month_of("٢٠٢٥-٠١")


def test_parameters_are_read_by_the_same_reader() -> None:
    assert Parameters.from_yaml("talent: {mobility: 1e-2}").talent.mobility == 0.01
    for text, words in (
        ("talent: {mobility: 0.1}\ntalent: {mobility: 0.2}", "in line 2: 'talent' stands there twice"),
        ("talent: {mobility: 0.1, mobility: 0.2}", "'mobility' stands there twice"),
        ("a: &a 1", "an anchor or alias"),
    ):
        with pytest.raises(ParameterError, match=words):
            Parameters.from_yaml(text)


def mutated(text: str, luck: random.Random) -> str:
    """Some pieces of a text exchanged, doubled, dropped or replaced by what means something in YAML."""
    pieces = ["&a ", "*a", "!!int ", "- ", "? ", ": ", "{", "}", "[", "]", "|\n", ">", "'", '"', "\\e", "#", "%"]
    pieces += [
        "---\n",
        "\t",
        "\n",
        "  ",
        "1e9",
        "010",
        "~",
        "\x00",
        "\ud800",
        "é",
        "<<: ",
        "=",
        "@",
        "`",
        "2024-01: {}\n",
    ]
    letters = list(text)
    for _ in range(luck.randint(1, 4)):
        place = luck.randrange(len(letters))
        kind = luck.randrange(4)
        if kind == 0:
            letters[place] = luck.choice(pieces)
        elif kind == 1:
            letters.insert(place, luck.choice(pieces))
        elif kind == 2:
            del letters[place : place + luck.randint(1, 12)]
        else:
            start = luck.randrange(len(letters))
            letters[place:place] = letters[start : start + luck.randint(1, 40)]
    return "".join(letters)


def fuzzed(cases: int, seed: int) -> int:
    """How many of the cases were refused; each in one line, and none by another error."""
    luck, refused = random.Random(seed), 0
    for _ in range(cases):
        text = mutated(TEXT, luck)
        try:
            Scenario.from_yaml(text)
        except ScenarioError as error:
            refused += 1
            assert str(error).isprintable(), text
    return refused


def test_spoilt_text_is_a_scenario_or_one_line() -> None:
    assert 100 < fuzzed(300, seed=1) < 300


@pytest.mark.slow
def test_much_spoilt_text_is_a_scenario_or_one_line() -> None:
    assert 4000 < fuzzed(10_000, seed=2) < 10_000
