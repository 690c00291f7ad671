"""The clock: month 0 is 2022-11 and one step is one month."""

from __future__ import annotations

import re

FIRST_YEAR, FIRST_MONTH = 2022, 11
YEAR = 12
"""Months of it."""
LAST_HISTORICAL_DATE = "2025-12"
_DATE = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def date_of(month: int) -> str:
    """The date ``YYYY-MM`` of a month counted from 2022-11."""
    years, month_index = divmod(FIRST_MONTH - 1 + month, YEAR)
    return f"{FIRST_YEAR + years}-{month_index + 1:02d}"


def month_of(date: str) -> int:
    """The month, counted from 2022-11, of a date ``YYYY-MM``.

    Raises:
        ValueError: The date is not of that form.
    """
    match = _DATE.fullmatch(date)
    if match is None:
        raise ValueError(f"{date!r} is not a date; write it as YYYY-MM, for example 2025-01")
    return (int(match[1]) - FIRST_YEAR) * YEAR + int(match[2]) - FIRST_MONTH


LAST_HISTORICAL_MONTH = month_of(LAST_HISTORICAL_DATE)
