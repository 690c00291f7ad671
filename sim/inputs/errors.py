"""What is refused: one family of errors, each one line, and how it shows a value."""

from __future__ import annotations

import difflib
import operator
import reprlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

_SHOWN, _LINE = 120, 600
_ITEMS = 30
T = TypeVar("T")


class WeightshiftError(ValueError):
    """Whatever is refused: one line that names the argument, the value and what is allowed.

    Every error that a call of ours raises for what it was given is one of these: :class:`ParameterError`,
    ``ScenarioError`` and, of experiments, ``ExperimentError``.

    Args:
        line: What is wrong; line breaks and control characters are taken out of it.
    """

    def __init__(self, line: str) -> None:
        super().__init__(one_line(line, _LINE))


class ParameterError(WeightshiftError):
    """A parameter or an argument of the world's that cannot be."""


class FrozenError(ParameterError, AttributeError):
    """What does not change was to be changed; Python knows it as an error of the attribute."""


class MissingError(ParameterError, KeyError):
    """Something was asked for by a name that nothing has; Python knows it as an error of the key."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would put its line in quotes


def visible(text: str) -> str:
    """Text in which letters that do not print, such as the escapes of terminals and ends of lines, are codes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def one_line(text: str, limit: int = 300) -> str:
    """Text without line breaks and control characters, cut to ``limit`` characters."""
    flat = visible(" ".join(text.split())[: limit + 1])
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def shown(value: Any) -> str:
    """Any value as part of a line; never an error of its own, and never long."""
    try:
        long = isinstance(value, list | tuple | set | frozenset | dict) and len(value) > _ITEMS
        text = _REPR.repr(value) if long else repr(value)
    except Exception:  # whole numbers beyond some thousand digits, objects whose own words fail
        text = f"<{type(value).__name__}>"
    return one_line(text, _SHOWN)


_REPR = reprlib.Repr()
_REPR.maxlist = _REPR.maxtuple = _REPR.maxdict = _REPR.maxset = _REPR.maxfrozenset = _ITEMS


def refused(argument: str, value: Any, allowed: str) -> ParameterError:
    """The one line of a refusal."""
    return ParameterError(f"{argument} = {shown(value)} is not allowed; allowed: {allowed}")


def missing(argument: str, name: Any, names: Iterable[str]) -> MissingError:
    """The one line for a name that nothing has: the one that may be meant, and all there are."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=1) if isinstance(name, str) and len(name) <= _SHOWN else []
    hint = f"did you mean {close[0]}? " if close else ""
    return MissingError(f"{argument} = {shown(name)} is not allowed; {hint}allowed: one of {', '.join(known)}")


class Named(dict[str, T]):
    """Values by name; a name that none has is answered with those there are.

    Args:
        what: What a name is a name of.
        values: By name.

    Raises:
        MissingError: There is no such name; it is a ``ParameterError`` and a ``KeyError``.
    """

    def __init__(self, what: str, values: Mapping[str, T]) -> None:
        super().__init__(values)
        self._what = what

    def __getitem__(self, name: str) -> T:
        if not isinstance(name, str) or name not in self:
            raise missing(self._what, name, self)
        return super().__getitem__(name)


def as_whole(value: Any) -> int | None:
    """A whole number of any kind, NumPy's too, as Python's own; None for whatever else, truth values included."""
    if type(value) is int:
        return value
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except Exception:  # also of objects whose own conversion fails
        return None


def whole(argument: str, value: Any, low: int, high: int, allowed: str = "") -> int:
    """A whole number between two bounds, inclusive.

    Raises:
        ParameterError: It is none or lies outside.
    """
    number = as_whole(value)
    if number is None or not low <= number <= high:
        raise refused(argument, value, allowed or f"a whole number from {low} to {high}")
    return number


def instance(argument: str, value: Any, kind: type[T], allowed: str) -> T:
    """The value, if it is of a kind.

    Raises:
        ParameterError: It is not.
    """
    if not isinstance(value, kind):
        raise refused(argument, value, allowed)
    return value


def names_of(argument: str, value: Any, allowed: str, most: int = 1000) -> tuple[str, ...]:
    """One name, or several of an iterable, as a tuple; an iterator is read once, and not forever.

    Raises:
        ParameterError: Not names.
    """
    if isinstance(value, str):
        return (value,)
    items = items_of(value, most)
    if items is None:
        raise refused(argument, value, allowed)
    for item in items:
        if not isinstance(item, str):
            raise refused(argument, item, allowed)
    return tuple(map(str, items))


def items_of(value: Any, most: int) -> list[Any] | None:
    """What an iterable holds, read once; None if it is no collection of items or holds more than ``most``."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | bytearray | memoryview | Mapping):
        return None
    try:
        items = list(islice(iter(value), most + 1))
    except TypeError:  # arrays without a dimension, and classes, only look as if they could be gone through
        return None
    return items if len(items) <= most else None
