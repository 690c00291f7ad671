"""Strange values, and doors that they are shown to: each is let in with the right result, or refused in one line.

A door is a call with one argument left open. It says which of the values it takes; whatever else it takes is nonsense
accepted, and whatever it refuses with another error than ours, or with more than a line, is a traceback.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

import sim
from sim.inputs.errors import one_line, shown


class Whole(int):
    """A whole number of a class of its own."""


class Words(str):
    """Text of a class of its own."""


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    THREE = 3


class Mute:
    """Its own words fail."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Long:
    """Its own words are many lines."""

    def __repr__(self) -> str:
        return "line\n" * 1000


class Coloured:
    """Its own words move the cursor."""

    def __repr__(self) -> str:
        return "\x1b[2J\x1b[31mred"


class Unequal:
    """It cannot be compared, has no truth and no number."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not comparable")

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        raise RuntimeError("no truth")

    def __index__(self) -> int:
        raise RuntimeError("no number")

    def __float__(self) -> float:
        raise RuntimeError("no number")


def _yielding(*items: Any) -> Iterator[Any]:
    yield from items


SERIES = pd.Series([1.5, 2.5, 3.5], name="many lines")
FRAME = pd.DataFrame({"a": [1, 2], "b": [3, 4]})

# Every value is made anew, since some can be gone through only once.
VALUES: Mapping[str, Callable[[], Any]] = MappingProxyType({
    # nothing, and truth
    "None": lambda: None, "True": lambda: True, "False": lambda: False, "np.True_": lambda: np.True_,
    "Ellipsis": lambda: ..., "NotImplemented": lambda: NotImplemented, "pd.NA": lambda: pd.NA, "NaT": lambda: pd.NaT,
    # numbers
    "0": lambda: 0, "1": lambda: 1, "3": lambda: 3, "-1": lambda: -1, "300": lambda: 300, "601": lambda: 601,
    "0.0": lambda: 0.0, "0.5": lambda: 0.5, "3.0": lambda: 3.0, "3.7": lambda: 3.7, "-0.5": lambda: -0.5,
    "1e300": lambda: 1e300, "nan": lambda: float("nan"), "inf": lambda: float("inf"), "-inf": lambda: -float("inf"),
    "2**63": lambda: 2**63, "-2**63": lambda: -(2**63), "10**30": lambda: 10**30, "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000, "3+0j": lambda: 3 + 0j, "Fraction(1, 2)": lambda: fractions.Fraction(1, 2),
    "Decimal('3')": lambda: decimal.Decimal("3"), "Whole(3)": lambda: Whole(3), "Level.THREE": lambda: Level.THREE,
    # NumPy's
    "np.int64(3)": lambda: np.int64(3), "np.int64(300)": lambda: np.int64(300), "np.int64(-3)": lambda: np.int64(-3),
    "np.uint8(3)": lambda: np.uint8(3), "np.float64(0.5)": lambda: np.float64(0.5),
    "np.float64(3.7)": lambda: np.float64(3.7), "np.float32(0.5)": lambda: np.float32(0.5),
    "np.float64(nan)": lambda: np.float64("nan"), "array(3)": lambda: np.array(3), "array([3])": lambda: np.array([3]),
    "array([1, 2])": lambda: np.array([1, 2]), "array([3, 3])": lambda: np.array([3, 3]),
    "array([])": lambda: np.array([]), "array([[1, 2], [3, 4]])": lambda: np.array([[1, 2], [3, 4]]),
    "array(['talent'])": lambda: np.array(["talent"]), "np.str_('abc')": lambda: np.str_("abc"),
    "np.datetime64": lambda: np.datetime64("2024-01"), "np.timedelta64(3)": lambda: np.timedelta64(3),
    "SeedSequence": lambda: np.random.SeedSequence(3), "Generator": lambda: np.random.default_rng(3),
    # text
    "''": lambda: "", "' '": lambda: " ", "'3'": lambda: "3", "'0.5'": lambda: "0.5", "'1_2'": lambda: "1_2",
    "'٣'": lambda: "٣", "'abc'": lambda: "abc", "Words('abc')": lambda: Words("abc"), "two lines": lambda: "a\nb",
    "tab": lambda: "a\tb", "NUL": lambda: "a\0b", "escape": lambda: "\x1b[31mred", "surrogate": lambda: "\ud800",
    "umlaut": lambda: "ä ö", "long text": lambda: "x" * 10_000, "'nan'": lambda: "nan", "'None'": lambda: "None",
    "'true'": lambda: "true", "'2024-01'": lambda: "2024-01", "'2024-13'": lambda: "2024-13",
    "'2022-12'": lambda: "2022-12", "'2024-01-01'": lambda: "2024-01-01", "'a/b'": lambda: "a/b", "'..'": lambda: "..",
    "'~nobody-here'": lambda: "~nobody-here/x", "'{'": lambda: "{", "'!!python'": lambda: "!!python/name:os.system",
    "bytes": lambda: b"ab", "b'3'": lambda: b"3", "b''": lambda: b"", "bytearray": lambda: bytearray(b"ab"),
    "memoryview": lambda: memoryview(b"ab"),
    # names that some doors know
    "'baseline'": lambda: "baseline", "'no_deepseek'": lambda: "no_deepseek", "'frontier'": lambda: "frontier",
    "'talent'": lambda: "talent", "'pricing'": lambda: "pricing", "'market'": lambda: "market", "'US'": lambda: "US",
    "'closed'": lambda: "closed", "'region'": lambda: "region", "'local'": lambda: "local", "'grid'": lambda: "grid",
    # collections
    "[]": lambda: [], "[1]": lambda: [1], "[1, 1]": lambda: [1, 1], "[0, 1]": lambda: [0, 1], "[3.7]": lambda: [3.7],
    "[True]": lambda: [True], "[None]": lambda: [None], "[[1]]": lambda: [[1]], "[-1]": lambda: [-1],
    "['a', 'a']": lambda: ["a", "a"], "['frontier']": lambda: ["frontier"],
    "['frontier', 'frontier']": lambda: ["frontier", "frontier"], "['talent']": lambda: ["talent"],
    "['baseline']": lambda: ["baseline"], "['baseline', 'baseline']": lambda: ["baseline", "baseline"],
    "['2024-01']": lambda: ["2024-01"], "[nan]": lambda: [float("nan")], "[Mute()]": lambda: [Mute()],
    "very many": lambda: list(range(100_001)), "()": lambda: (), "(1, 2)": lambda: (1, 2), "set()": lambda: set(),
    "{1}": lambda: {1}, "frozenset": lambda: frozenset({"frontier"}), "range(3)": lambda: range(3),
    "range(10**9)": lambda: range(10**9),
    # what can be gone through only once, or never to the end
    "iter([])": lambda: iter([]), "iter([1, 2])": lambda: iter([1, 2]),
    "iter(['frontier'])": lambda: iter(["frontier"]), "generator": lambda: _yielding(0, 1),
    "generator of names": lambda: _yielding("frontier", "hhi"),
    "generator of None": lambda: _yielding(None), "count()": lambda: itertools.count(),
    "repeat('a')": lambda: itertools.repeat("a"), "map": lambda: map(str, [1, 2]),
    "zip": lambda: zip([1], [2], strict=True),
    # mappings
    "{}": lambda: {}, "{1: 1}": lambda: {1: 1}, "{None: None}": lambda: {None: None}, "{'a': 1}": lambda: {"a": 1},
    "{'a': {1: 2}}": lambda: {"a": {1: 2}}, "{'': ''}": lambda: {"": ""}, "mappingproxy": lambda: MappingProxyType({}),
    "{(1, 2): 3}": lambda: {(1, 2): 3}, "{'kind': 'local'}": lambda: {"kind": "local"},
    "{'talent.mobility': 0.1}": lambda: {"talent.mobility": 0.1}, "{'Meta': 'closed'}": lambda: {"Meta": "closed"},
    # pandas'
    "Timestamp": lambda: pd.Timestamp("2024-01-01"), "Timedelta": lambda: pd.Timedelta(days=1),
    "Period": lambda: pd.Period("2024-01"), "Series": lambda: SERIES,
    "Series of names": lambda: pd.Series(["frontier"]),
    "long Series": lambda: pd.Series(range(-1, 1000)), "empty Series": lambda: pd.Series([], dtype=float),
    "DataFrame": lambda: FRAME, "empty DataFrame": lambda: pd.DataFrame(), "Index": lambda: pd.Index([0, 1]),
    "MultiIndex": lambda: pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]), "Categorical": lambda: pd.Categorical(["a"]),
    "array of strings": lambda: pd.array(["frontier"], dtype="string"),
    # other things
    "date": lambda: datetime.date(2024, 1, 1), "datetime": lambda: datetime.datetime(2024, 1, 1),
    "Path": lambda: Path("x"), "Path ~": lambda: Path("~nobody-here/x"),
    "object()": object, "int": lambda: int, "Colour": lambda: Colour,
    "Colour.RED": lambda: Colour.RED, "lambda": lambda: lambda: 1, "an error": lambda: ValueError("a\nb"),
    "module": lambda: sim, "Mute()": Mute, "Long()": Long, "Coloured()": Coloured, "Unequal()": Unequal,
    "[Unequal()]": lambda: [Unequal()], "Parameters()": sim.Parameters, "Scenario": lambda: sim.Scenario(name="mine"),
})  # fmt: skip

WHOLE = ("3", "Whole(3)", "Level.THREE", "np.int64(3)", "np.uint8(3)", "array(3)")
"""Ways to say three."""


@dataclass(frozen=True)
class Door:
    """A call with one argument left open.

    Attributes:
        call: What is called.
        field: The argument's name, which the line must hold.
        good: Values that are let in → what comes back must satisfy it.
        only: Asks whether a value can be handed over at all; Python itself refuses the others.
        quotes: Whether a refusal must hold the value; of whole texts and trees it need not.
    """

    call: Callable[[Any], Any]
    field: str
    good: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    only: Callable[[Any], bool] = lambda value: True
    quotes: bool = True


def let_in(*names: str, check: Callable[[Any], Any] = lambda result: True) -> dict[str, Callable[[Any], Any]]:
    """The same expectation for several values."""
    return dict.fromkeys(names, check)


def complaints(door: Door, every: int = 1, first: int = 0) -> tuple[int, list[str]]:
    """How many values were shown to a door, and what went wrong with each that did.

    Args:
        door: The door.
        every: 1 for all values, n for each nth, which together are quick; several doors see all of them.
        first: The first of these.
    """
    shown_to, wrong = 0, []
    assert set(door.good) <= set(VALUES), set(door.good) - set(VALUES)
    for name, make in list(VALUES.items())[first % every :: every]:
        value = make()
        if not door.only(value):
            continue
        shown_to += 1
        try:
            result = door.call(value)
        except sim.WeightshiftError as error:
            fault = f"refused: {error}" if name in door.good else _fault(str(error), door, [value, make()])
        except Exception as error:
            fault = f"{type(error).__name__}: {one_line(str(error), 150)}"
        else:
            fault = "let in" if name not in door.good else "" if door.good[name](result) else f"wrong: {shown(result)}"
        if fault:
            wrong.append(f"{name}: {fault}")
    return shown_to, wrong


def _fault(line: str, door: Door, values: list[Any]) -> str:
    """What a refusal lacks; the value comes twice, as handed over and with its items unread."""
    if "\n" in line or not line.isprintable() or len(line) > 600:
        return f"no line: {line!r}"
    if door.field not in line:
        return f"does not name {door.field}: {line}"
    if not any(words in line for words in ("; allowed: ", "; did you mean ", "; sections: ", "; write ")):
        return f"does not say what is allowed: {line}"
    if door.quotes and not any(part in line for value in values for part in _parts(value)):
        return f"does not say the value: {line}"
    return ""


def _parts(value: Any) -> Iterator[str]:
    """Words of which one at least must stand in the line: the value's own, or those of an item or key that is wrong."""
    yield from (word[:40] for word in _words(value))
    inner: Iterable[Any] = ()
    with suppress(Exception):
        inner = [*value.keys(), *value.values()] if isinstance(value, Mapping) else list(itertools.islice(value, 50))
    for item in inner:
        yield from (word[:40] for word in _words(item))
        if isinstance(item, str):
            yield f".{item}:"
    with suppress(Exception):
        yield shown(list(itertools.islice(iter(value), 50)))[:20]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield one_line(value, 120) or repr(value)
        if not value.strip():
            yield "(unnamed)"
    yield shown(value)
    if isinstance(value, Path | pd.DataFrame):
        yield str(value) if isinstance(value, Path) else f"{len(value)} rows"
    if isinstance(value, np.generic):
        yield repr(value.item())
    if pd.api.types.is_scalar(value) and pd.isna(value):
        yield from ("None", "null")
    with suppress(Exception):  # the same number, as Python's own
        yield from (repr(float(value)), repr(int(value)))
