"""What a question may ask: seeds, months, developers, workers, names, each checked in one line."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Iterable
from typing import Any

from sim.parameters.fields import OneLineError, printable

MONTHS = (1, 600)
DEVELOPERS = (100, 50_000_000)
SEEDS = (1, 100_000)
SEED_LIMIT = 2**63
WORKERS = (1, 1024)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}")


class ExperimentError(OneLineError):
    """A question that cannot be asked: one line with the field, the value and what is allowed."""


def refuse(field: str, value: Any, allowed: str) -> ExperimentError:
    """The one line of every refusal."""
    return ExperimentError(one_line(f"{field}={_shown(value)} is not allowed; allowed: {allowed}"))


def one_line(text: str, limit: int = 300) -> str:
    """Text as one line that can be printed, cut to ``limit`` characters."""
    flat = printable(text)
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def whole(field: str, value: Any, low: int, high: int) -> int:
    """A whole number between two bounds, inclusive.

    Raises:
        ExperimentError: It is not a whole number or lies outside.
    """
    allowed = f"a whole number, {low} to {high}"
    if isinstance(value, bool):
        raise refuse(field, value, allowed)
    try:
        number = operator.index(value)
    except TypeError:
        raise refuse(field, value, allowed) from None
    if not low <= number <= high:
        raise refuse(field, value, allowed)
    return number


def number(field: str, value: Any, low: float, high: float) -> float:
    """A number between two bounds, inclusive.

    Raises:
        ExperimentError: It is no number or lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise refuse(field, value, f"a number, {low:g} to {high:g}")
    return float(value)


def check_months(value: Any) -> int:
    """Months to run, 1 to 600."""
    return whole("months", value, *MONTHS)


def check_developers(value: Any) -> int:
    """Simulated developers, 100 to 50,000,000."""
    return whole("developers", value, *DEVELOPERS)


def check_workers(value: Any) -> int:
    """Processes; None means one for each processor."""
    return os.cpu_count() or 1 if value is None else whole("executor.workers", value, *WORKERS)


def check_seeds(value: Any) -> tuple[int, ...]:
    """Seeds: a number n means 0 … n−1, a sequence means just these.

    Raises:
        ExperimentError: A negative or repeated seed, none at all, or something that is not a number.
    """
    allowed = f"a number of seeds, {SEEDS[0]} to {SEEDS[1]}, or a list of different seeds from 0 up, like [3,5]"
    if isinstance(value, str) or value is None:
        raise refuse("seeds", value, allowed)
    if not isinstance(value, Iterable):
        try:
            return tuple(range(whole("seeds", value, *SEEDS)))
        except ExperimentError:
            raise refuse("seeds", value, allowed) from None
    given = list(value)
    try:
        seeds = tuple(whole("seeds", seed, 0, SEED_LIMIT - 1) for seed in given)
    except ExperimentError:
        raise refuse("seeds", given, allowed) from None
    if not SEEDS[0] <= len(seeds) <= SEEDS[1] or len(set(seeds)) < len(seeds):
        raise refuse("seeds", given, allowed)
    return seeds


def check_name(field: str, value: Any) -> str:
    """A name that can be a folder: letters, digits and ``_ . + -``."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refuse(field, value, "one folder name of letters, digits, _ . + and -, not starting with . or -")
    return value


def check_choice(field: str, value: Any, choices: Iterable[str]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in choices:
        raise refuse(field, value, "one of " + ", ".join(choices))
    return value


def check_flag(field: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse(field, value, "true or false")
    return value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return "''" if text == "" else one_line(text, 120)
