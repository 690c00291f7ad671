"""One strict reader of YAML: what is written is what is meant, or it is refused in one line.

It knows mappings, lists, words and numbers, as YAML 1.2 does: ``1e-2`` is a number, ``010`` is ten, ``12:30``,
``1_000``, ``no`` and ``2024-01-01`` are words. A key that stands twice, an anchor or alias, a tag, and text that is
deep or long beyond all use are refused, so that reading takes little time and memory whoever wrote the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from sim.inputs.errors import WeightshiftError

MOST_CHARACTERS = 500_000
DEEPEST = 32
_LONGEST_NUMBER = 400
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(inf|Inf|INF)")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


class ReadingError(WeightshiftError):
    """Text that is not the YAML we read: what is wrong.

    Attributes:
        line: Where, counted from 1; None if it is nowhere in particular.
    """

    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(problem)
        self.line = line

    @property
    def where(self) -> str:
        """`` in line 3``, or nothing."""
        return f" in line {self.line}" if self.line is not None else ""


def read_yaml(text: str) -> Any:
    """Dictionaries with words as keys, lists, words, numbers, booleans and None.

    Raises:
        ReadingError: It cannot be read, or has what is not allowed.
    """
    import yaml

    if len(text) > MOST_CHARACTERS:
        raise ReadingError(f"it has {len(text):,} characters; allowed: {MOST_CHARACTERS:,}")
    try:
        return _Builder(yaml.parse(text, Loader=yaml.SafeLoader), yaml).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is no text"
        raise ReadingError(str(problem), mark.line + 1 if mark is not None else None) from None


def plain_value(text: str) -> Any:
    """What a word without quotes means.

    Raises:
        ReadingError: It is a number that no computer holds.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
        if len(text) > _LONGEST_NUMBER:
            raise ReadingError(f"a number of {len(text)} digits; allowed: {_LONGEST_NUMBER}")
        if math.isinf(float(text)):
            raise ReadingError(f"the number {text} is too large to be held")
        return int(text) if _INTEGER.fullmatch(text) else float(text)
    infinite = _INFINITE.fullmatch(text)
    return float(f"{infinite[1]}inf") if infinite else text


def _printable(text: str) -> bool:
    return all(letter.isprintable() or letter in "\n\t" for letter in text)


class _Builder:
    """From the events of a parser to plain data."""

    def __init__(self, events: Iterator[Any], yaml: Any) -> None:
        self._events, self._yaml = events, yaml

    def document(self) -> Any:
        next(self._events)  # the start of the stream
        start = next(self._events)
        if isinstance(start, self._yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, self._yaml.StreamEndEvent):
            raise self._error(after, "a second document begins; allowed: one")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        self._check(event, depth)
        if isinstance(event, self._yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, self._yaml.SequenceStartEvent):
            return [self._value(item, depth + 1) for item in self._until(self._yaml.SequenceEndEvent)]
        found: dict[str, Any] = {}
        for key in self._until(self._yaml.MappingEndEvent):
            self._check(key, depth)
            if not isinstance(key, self._yaml.ScalarEvent):
                raise self._error(key, "a key is a list or a mapping; allowed: a word")
            if not key.value.isprintable():
                raise self._error(key, "a key of several lines or with a tab; allowed: a word")
            if key.value in found:
                raise self._error(key, f"{key.value!r} stands there twice; allowed: each key once")
            found[key.value] = self._value(next(self._events), depth + 1)
        return found

    def _until(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _scalar(self, event: Any) -> Any:
        if event.style is not None:
            return event.value
        try:
            return plain_value(event.value)
        except ReadingError as error:
            raise self._error(event, str(error)) from None

    def _check(self, event: Any, depth: int) -> None:
        if isinstance(event, self._yaml.AliasEvent) or event.anchor is not None:
            raise self._error(event, "an anchor or alias (& or *) without quotes; allowed: everything written out")
        if event.tag is not None:
            raise self._error(event, f"the tag {event.tag!r}; allowed: no tags")
        if not _printable(getattr(event, "value", "")):
            raise self._error(event, "a control character; allowed: text that can be printed")
        if depth > DEEPEST:
            raise self._error(event, f"it is nested too deeply; allowed: {DEEPEST} levels")

    def _error(self, event: Any, problem: str) -> ReadingError:
        return ReadingError(problem, event.start_mark.line + 1)
