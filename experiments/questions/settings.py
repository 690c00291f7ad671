"""What a question may ask: seeds, months, developers, workers, names, each checked in one line."""

from __future__ import annotations

import math
import multiprocessing
import numbers
import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import sim
from sim.inputs.errors import as_whole, items_of, one_line, shown

MONTHS = (1, 600)
DEVELOPERS = (100, 50_000_000)
SEEDS = (1, 100_000)
SEED_LIMIT = 2**63
# Runs of a study: points x scenarios x seeds. A list of so many takes two gigabytes.
RUNS = 5_000_000
WORKERS = (1, 1024)
T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}")


class ExperimentError(sim.WeightshiftError):
    """A question that cannot be asked: one line with the field, the value and what is allowed."""


def refuse(field: str, value: Any, allowed: str) -> ExperimentError:
    """The one line of every refusal."""
    return ExperimentError(f"{field}={_shown(value)} is not allowed; allowed: {allowed}")


def whole(field: str, value: Any, low: int, high: int) -> int:
    """A whole number between two bounds, inclusive.

    Raises:
        ExperimentError: It is not a whole number or lies outside.
    """
    number = as_whole(value)
    if number is None or not low <= number <= high:
        raise refuse(field, value, f"a whole number, {low} to {high}")
    return number


def number(field: str, value: Any, low: float, high: float) -> float:
    """A number between two bounds, inclusive.

    Raises:
        ExperimentError: It is no number or lies outside.
    """
    found = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, bool | np.timedelta64):
        with suppress(OverflowError):
            found = float(value)
    if not (math.isfinite(found) and low <= found <= high):
        raise refuse(field, value, f"a number, {low:g} " + ("or more" if math.isinf(high) else f"to {high:g}"))
    return found


def check_months(value: Any) -> int:
    """Months to run, 1 to 600."""
    return whole("months", value, *MONTHS)


def check_developers(value: Any) -> int:
    """Simulated developers, 100 to 50,000,000."""
    return whole("developers", value, *DEVELOPERS)


def check_workers(value: Any) -> int:
    """Processes; None means one for each processor, or none extra where none may be started.

    Raises:
        ExperimentError: Not such a number, or several in a worker of a pool.
    """
    alone = multiprocessing.current_process().daemon
    if value is None:
        return 1 if alone else os.cpu_count() or 1
    workers = whole("executor.workers", value, *WORKERS)
    if alone and workers > 1:
        raise refuse("executor.workers", workers, "1 in a worker of a pool, which may not start processes")
    return workers


def check_seeds(value: Any) -> tuple[int, ...]:
    """Seeds: a number n means 0 … n−1, a sequence means just these.

    Raises:
        ExperimentError: A negative or repeated seed, none at all, or something that is not a number.
    """
    allowed = f"a number of seeds, {SEEDS[0]} to {SEEDS[1]}, or a list of different seeds from 0 up, like [3,5]"
    number, given = as_whole(value), items_of(value, SEEDS[1])
    if number is not None and SEEDS[0] <= number <= SEEDS[1]:
        return tuple(range(number))
    seeds = [as_whole(seed) for seed in given or ()]
    known = [seed for seed in seeds if seed is not None and 0 <= seed < SEED_LIMIT]
    if not known or len(set(known)) < len(seeds):
        raise refuse("seeds", value if given is None else given, allowed)
    return tuple(known)


def check_runs(worlds: int, seeds: int) -> None:
    """Refuse more runs than anybody could list.

    Args:
        worlds: Points and scenarios together: each is run with every seed.
        seeds: Seeds.

    Raises:
        ExperimentError: They are too many.
    """
    if worlds * seeds > RUNS:
        asked = f"{seeds:,} x {worlds:,} points and scenarios = {worlds * seeds:,} runs"
        raise refuse("seeds", asked, f"at most {RUNS:,} runs")


def check_name(field: str, value: Any) -> str:
    """A name that can be a folder: letters, digits and ``_ . + -``."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refuse(field, value, "one folder name of letters, digits, _ . + and -, not starting with . or -")
    return value


def check_choice(field: str, value: Any, choices: Collection[str]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise refuse(field, value, "one of " + ", ".join(choices))
    return str(value)


def check_flag(field: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse(field, value, "true or false")
    return value


def check_names(field: str, value: Any, known: Collection[str], *, each_once: bool = True) -> tuple[str, ...]:
    """One of some names, or several; an iterator is read once.

    Raises:
        ExperimentError: None at all, one that is not known, or one that is asked for twice.
    """
    allowed = f"one of {', '.join(known)}, or a list of them"
    given = [value] if isinstance(value, str) else items_of(value, max(1000, len(known)))
    if not given:
        raise refuse(field, value if given is None else "[]", allowed)
    for place, name in enumerate(given):
        if not isinstance(name, str) or name not in known:
            raise refuse(field, name, allowed)
        if each_once and name in given[:place]:
            raise refuse(field, f"{name}, {name}", "each once")
    return tuple(map(str, given))


def check_mapping(field: str, value: Any, allowed: str) -> dict[str, Any]:
    """A mapping from names.

    Raises:
        ExperimentError: It is none, or a key of it is no text.
    """
    if not isinstance(value, Mapping):
        raise refuse(field, value, allowed)
    for key in value:
        if not isinstance(key, str):
            raise refuse(f"{field} key", shown(key), allowed)
    return dict(value)


def check_path(field: str, value: Any, allowed: str = "the path of a folder") -> Path:
    """A path as text or :class:`~pathlib.Path`; ``~`` is the user's home.

    Raises:
        ExperimentError: It is none.
    """
    text = str(value) if isinstance(value, str | Path) else ""
    if not text.strip() or "\0" in text:
        raise refuse(field, value, allowed)
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise refuse(field, text, f"{allowed}, in letters that a file can have") from None
    home = os.path.expanduser(text)
    if home.startswith("~"):
        raise refuse(field, text, f"{allowed}; there is no such user, and ./~ is a folder called ~")
    path = Path(home)
    return Path.cwd() / path if str(path).startswith("~") else path  # ./~x, which Path shortens


def check_instance(field: str, value: Any, kind: type[T], allowed: str) -> T:
    """The value, if it is of a kind.

    Raises:
        ExperimentError: It is not.
    """
    if not isinstance(value, kind):
        raise refuse(field, value, allowed)
    return value


def _shown(value: Any) -> str:
    return one_line(value, 120) if isinstance(value, str) and value.strip() else shown(value)
