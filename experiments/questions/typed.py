"""What is typed on the command line, put so that Hydra reads it as it is meant.

Hydra has a grammar for values: ``2024_01`` is a number there, and ``=``, ``(``, ``#``, ``~`` and letters with marks are
mistakes. A name or a path is text, whatever is in it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Override, Quote, QuotedString
from hydra.errors import HydraException

PATHS = ("outputs", "scenario_file", "design.path")
TEXTS = ("name", "scenario.name", *PATHS)


def in_order(words: Sequence[str]) -> list[str]:
    """The words as Hydra takes them: flags and their values in front, names and paths as the text that they are."""
    known = {option: action for action in get_args_parser()._actions for option in action.option_strings}
    flags: list[str] = []
    others: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            others.append(word)
            continue
        action, (flag, equals, value) = known.get(word), word.partition("=")
        flags.append(f"{flag}={os.path.expanduser(value)}" if equals else word)
        if action is not None and rest and (action.nargs is None or rest[0] in (action.choices or ())):
            flags.append(os.path.expanduser(rest.pop(0)))
    return [*flags, *map(as_meant, others)]


def as_meant(word: str) -> str:
    """One setting, quoted for Hydra if it is a name or a path that Hydra would not take as the text that it is."""
    key, equals, value = word.partition("=")
    if not equals or key.lstrip("+") not in TEXTS:
        return word
    if key.lstrip("+") in PATHS and value.startswith("~"):
        value = os.path.expanduser(value)
    read = parsed(f"{key}={value}")
    if read is None:
        return f"{key}={_quoted(value)}"
    found = read._value
    if isinstance(found, ChoiceSweep) and found.simple_form and found.tags == set():
        return f"{key}={','.join(_word(part) for part in value.split(','))}"
    if isinstance(found, bool | int | float | list | dict) or (found is None and value != "null"):
        return f"{key}={_quoted(value)}"
    if isinstance(found, str) and found != value:  # what Hydra makes of str(3)
        return f"{key}={_quoted(value)}"
    return f"{key}={value}"


def text_of(word: str) -> str:
    """The value of a setting as plain text."""
    read = parsed(word)
    return word.partition("=")[2] if read is None or read.is_sweep_override() else str(read.value())


def _word(text: str) -> str:
    read = parsed(f"name={text}")
    return text if read is not None and isinstance(read._value, str | QuotedString) else _quoted(text.strip())


def _quoted(text: str) -> str:
    return str(QuotedString(text, Quote.single).with_quotes())


def parsed(word: str) -> Override | None:
    """A setting as Hydra reads it; None if it does not."""
    try:
        return OverridesParser.create().parse_overrides([word])[0]
    except HydraException:
        return None
