"""Months as they are asked for: numbers counted from 2022-11, or dates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import sim
from experiments.questions.settings import ExperimentError, one_line, refuse


def months_of(wanted: int | str | Iterable[Any] | None, last: int) -> list[int] | None:
    """Months given as numbers or dates ``YYYY-MM``, one or several; None for all.

    Raises:
        ExperimentError: The runs do not reach one of them.
    """
    if wanted is None:
        return None
    items = [wanted] if isinstance(wanted, int | str | np.integer) else list(wanted)
    return [month_of(item, last) for item in items]


def month_of(wanted: int | str, last: int) -> int:
    """A month given as a number or a date ``YYYY-MM``.

    Raises:
        ExperimentError: The runs do not reach it.
    """
    try:
        month = sim.calendar.month_of(wanted) if isinstance(wanted, str) else int(wanted)
    except ValueError as error:
        raise ExperimentError(one_line(str(error))) from None
    if not 0 <= month <= last:
        raise refuse("month", wanted, f"0 to {last}, or 2022-11 to {sim.calendar.date_of(last)}")
    return month
