"""Parts of a page that commands make, between two lines that name them; what stands around them is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from experiments.questions.settings import refuse
from experiments.results.files import cannot_write, write_atomically


def first_line(name: str, command: str) -> str:
    """The line above a part."""
    return f"<!-- {name}: made by `{command}`; change the code, not this part. -->"


def last_line(name: str) -> str:
    """The line below it."""
    return f"<!-- end of {name} -->"


def read_page(path: Path, names: Iterable[str]) -> str:
    """A page that has each of the parts once.

    Raises:
        ExperimentError: It cannot be read, or a part is missing, unfinished or there twice.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise refuse("--page", str(path), f"a Markdown page that can be read ({reason})") from None
    for name in names:
        if len(_part(name).findall(text)) != 1 or text.count(last_line(name)) != 1:
            raise refuse("--page", str(path), f"a page that once has <!-- {name}: … --> and below it {last_line(name)}")
    return text


def with_parts(text: str, parts: Mapping[str, str], commands: Mapping[str, str]) -> str:
    """The page with some of its parts made anew.

    Args:
        text: As :func:`read_page` gives it.
        parts: Name → Markdown.
        commands: Name → the command that makes the part.
    """
    for name, part in parts.items():
        found = _part(name).search(text)
        if found is not None:
            lines = [first_line(name, commands[name]), "", part.strip(), "", last_line(name)]
            text = text[: found.start()] + "\n".join(lines) + text[found.end() :]
    return text


def write_page(path: Path, text: str) -> None:
    """Put a page in place, whole or not at all.

    Raises:
        ExperimentError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, partial(Path.write_text, data=text, encoding="utf-8"))
    except OSError as error:
        raise cannot_write(path.parent, error) from None


def _part(name: str) -> re.Pattern[str]:
    start = rf"<!-- {re.escape(name)}: (?:(?!-->).)*-->"
    return re.compile(rf"{start}(?:(?!<!-- ).)*{re.escape(last_line(name))}", re.DOTALL)
