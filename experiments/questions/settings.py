"""What a question may ask: seeds, months, developers, workers, names, each checked in one line."""

from __future__ import annotations

import multiprocessing
import operator
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sim.parameters.fields import OneLineError, printable

MONTHS = (1, 600)
DEVELOPERS = (100, 50_000_000)
SEEDS = (1, 100_000)
SEED_LIMIT = 2**63
# Runs of a study: points x scenarios x seeds. A list of so many takes two gigabytes.
RUNS = 5_000_000
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


def check_folder(field: str, value: Any) -> Path:
    """The path of a folder, there or not."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refuse(field, value, "the path of a folder")
    return Path(value)


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
