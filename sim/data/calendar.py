"""The clock: month 0 is 2022-11 and one step is one month."""

from __future__ import annotations

import re
from functools import lru_cache

from sim.inputs.errors import refused, whole

FIRST_YEAR, FIRST_MONTH = 2022, 11
YEAR = 12
"""Months of it."""
LAST_HISTORICAL_DATE = "2025-12"
_DATE = re.compile(r"(?!0000)([0-9]{4})-(0[1-9]|1[0-2])")
# From year 1 to year 9999.
_MONTHS = (-24_262, 95_725)


def date_of(month: int) -> str:
    """The date ``YYYY-MM`` of a month counted from 2022-11.

    Raises:
        ParameterError: Not a whole number, or beyond the years 1 to 9999.
    """
    years, month_index = divmod(FIRST_MONTH - 1 + whole("month", month, *_MONTHS), YEAR)
    return f"{FIRST_YEAR + years:04d}-{month_index + 1:02d}"


def month_of(date: str) -> int:
    """The month, counted from 2022-11, of a date ``YYYY-MM``.

    Raises:
        ParameterError: The date is not of that form.
    """
    month = _month_of(date) if isinstance(date, str) else None
    if month is None:
        raise refused("date", date, "YYYY-MM, for example 2025-01")
    return month


@lru_cache(maxsize=1024)
def _month_of(date: str) -> int | None:
    """What every verb asks for again every month."""
    match = _DATE.fullmatch(date)
    return None if match is None else (int(match[1]) - FIRST_YEAR) * YEAR + int(match[2]) - FIRST_MONTH


LAST_HISTORICAL_MONTH = month_of(LAST_HISTORICAL_DATE)
