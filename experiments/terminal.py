"""Words on a terminal: how every door speaks, refuses and ends, in one line and with one set of exit codes."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import functools
import os
import re
import sys
import traceback
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import sim
from experiments.engine.driver import UnfinishedError
from experiments.questions.settings import ExperimentError, check_flag, one_line, refuse, whole
from experiments.results.results import Results
from sim.inputs.errors import visible

USER_ERRORS = (sim.WeightshiftError,)
# Exit codes: something failed or stopped, and what is finished is kept; not allowed, and nothing was written; Ctrl-C.
FAILED, REFUSED, INTERRUPTED = 1, 2, 130
# Whoever read what is printed has had enough, as with | head; what shells say of it.
UNREAD = 141
KEPT = "interrupted; finished runs are kept, and the same command goes on from there"
_SETTING = re.compile(r"[a-z_]+(\.[a-z_]+)*")
Main = Callable[[Sequence[str] | None], int]


def door(interrupted: str = "interrupted") -> Callable[[Main], Callable[..., int]]:
    """Decorate the function behind ``python -m experiments.X``: whatever ends it, ends it in one line.

    Args:
        interrupted: What to say after Ctrl-C.
    """

    def decorate(main: Main) -> Callable[..., int]:
        @functools.wraps(main)
        def inside(arguments: Sequence[str] | None = None) -> int:
            _write_any_letter(sys.stdout)
            try:
                return main(arguments)
            except UnfinishedError as error:
                report(error)
                return FAILED
            except USER_ERRORS as error:
                report(error)
                return REFUSED
            except KeyboardInterrupt:
                report(interrupted)
                return INTERRUPTED
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is anything said at the end
                return UNREAD

        return inside

    return decorate


def _write_any_letter(stream: Any) -> None:
    """What the encoding of a terminal or a pipe lacks is written as codes, as on standard error."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def computed(folder: Path) -> Iterator[None]:
    """What fails from here on has runs behind it, which are kept."""
    try:
        yield
    except BrokenPipeError:
        raise
    except USER_ERRORS as error:
        raise UnfinishedError(f"{error}; finished runs are kept, see {folder}") from None
    except Exception as error:  # a mistake of ours, which is no reason to call the question wrong
        raise UnfinishedError(f"{unexpected(error)}; finished runs are kept, see {folder}") from error


def unexpected(error: Exception) -> str:
    """One line for an error that nobody foresaw: its kind, its text and where it came up."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{where}"


def outcome(results: Results, folder: Path) -> int:
    """The exit code of a study, 1 after one line on standard error if runs failed or are missing."""
    total, lines = len(results.runs) + len(results.failures) + results.missing, []
    if results.failures:
        first = results.failures[0]["error"]
        lines.append(f"{len(results.failures)} of {total} runs failed, see {folder / 'failures.json'}: {first}")
    if results.missing:
        lines.append(f"{results.missing} of {total} runs are missing; the same command computes them anew")
    if lines:
        report("; ".join(lines))
    return FAILED if lines else 0


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one line like all others, and which takes no beginning of a word for the word."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **more})

    def error(self, message: str) -> NoReturn:
        """Refuse in one line."""
        word = message.rpartition("unrecognized arguments: ")[2].partition(" ")[0].partition("=")[0]
        close = difflib.get_close_matches(word, self._option_string_actions, n=1) if word.startswith("--") else []
        raise ExperimentError(f"{message}; {f'did you mean {close[0]}?' if close else 'see --help'}")


def dashed(words: Sequence[str], known: Container[str] | None = None) -> list[str]:
    """``seeds=2`` as ``--seeds=2``, so that a parser takes settings as those of an experiment are written.

    Args:
        words: Of the command line.
        known: Settings that may be written so; None for all that look like one.
    """
    keys = (word.partition("=")[0] if "=" in word else "" for word in words)
    like = [_SETTING.fullmatch(key) if known is None else key in known for key in keys]
    return [f"--{word}" if meant else word for word, meant in zip(words, like, strict=True)]


def settings(arguments: Sequence[str] | None, known: Mapping[str, str], what: str | None) -> dict[str, str] | None:
    """Settings ``key=value`` of a door, with defaults for those not given; None after ``--help``.

    Args:
        arguments: Of the command line; None for this process's.
        known: Every setting and its default.
        what: What the door is for.

    Raises:
        ExperimentError: A word is no setting of this door, or stands there twice.
    """
    found: dict[str, str] = {}
    for word in sys.argv[1:] if arguments is None else arguments:
        if word in ("--help", "-h"):
            shown = (f"  {name}={default}" for name, default in known.items())
            say(*(what or "").strip().splitlines(), "", "Settings, and their defaults:", *shown)
            return None
        key, given, value = word.partition("=")
        if not given or key not in known or key in found:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]}=…?" if close and key not in found else ""
            raise refuse("argument", word, f"each once: {', '.join(f'{name}=…' for name in known)}{hint}")
        found[key] = value
    return {**known, **found}


def whole_of(asked: Mapping[str, str], name: str, bounds: tuple[int, int]) -> int:
    """A setting that is a whole number between two bounds, inclusive.

    Raises:
        ExperimentError: It is not.
    """
    word = asked[name]
    return whole(name, int(word) if word.isdecimal() else word, *bounds)


def flag_of(asked: Mapping[str, str], name: str) -> bool:
    """A setting that is true or false.

    Raises:
        ExperimentError: It is neither.
    """
    return check_flag(name, {"true": True, "false": False}.get(asked[name].lower(), asked[name]))


def command_of(module: str, asked: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The command that asks the same: a door's module, and settings that are not as they are by default."""
    return " ".join([f"python -m {module}", *(f"{name}={asked[name]}" for name in known if asked[name] != known[name])])


def report(error: BaseException | str) -> None:
    """Print one line on standard error."""
    print(f"error: {one_line(str(error), 600)}", file=sys.stderr, flush=True)


def say(*lines: str) -> None:
    """Print lines; what is in them, perhaps from somebody else's file, does nothing to a terminal."""
    print("\n".join(visible(line) for line in lines), flush=True)


def aligned(rows: Sequence[Sequence[str]], right: Callable[[int], bool] = lambda _: False) -> list[str]:
    """Rows of words as lines with columns below each other; columns that are empty everywhere are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(len, column)) for column in columns]
    padded = [
        [word.rjust(width) if right(place) else word.ljust(width) for word in column]
        for place, (column, width) in enumerate(zip(columns, widths, strict=True))
    ]
    return ["  ".join(words).rstrip() for words in zip(*padded, strict=True)]
