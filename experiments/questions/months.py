"""Months as they are asked for: numbers counted from 2022-11, or dates."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import sim
from experiments.questions.settings import MONTHS, as_whole, items_of, refuse


def months_of(wanted: int | str | Iterable[Any] | None, last: int) -> list[int] | None:
    """Months given as numbers or dates ``YYYY-MM``, one or several; None for all.

    Raises:
        ExperimentError: The runs do not reach one of them.
    """
    if wanted is None:
        return None
    items = items_of(wanted, MONTHS[1] + 1)
    if items is not None and not items:
        raise refuse("month", "[]", "at least one month, or None for all")
    found = (month_of(item, last) for item in ([wanted] if items is None else items))
    return list(dict.fromkeys(found))


def month_of(wanted: Any, last: int, argument: str = "month") -> int:
    """A month given as a number or a date ``YYYY-MM``.

    Raises:
        ExperimentError: The runs do not reach it.
    """
    month = as_whole(wanted)
    if isinstance(wanted, str):
        with suppress(sim.ParameterError):
            month = sim.calendar.month_of(wanted)
    if month is None or not 0 <= month <= last:
        allowed = f"a month as a number, 0 to {last}, or as YYYY-MM, 2022-11 to {sim.calendar.date_of(last)}"
        raise refuse(argument, wanted, allowed)
    return month
