"""Points, and the values that their parameters may take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.questions.settings import refuse
from sim.parameters.fields import Leaf, allowed, is_number

MOST = (1, 1_000_000)


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a design.

    Attributes:
        frame: One row a point, index ``point`` from 0; one column a varied dotted address, in the parameter's unit
            and type (float64, int64, bool, object for words); no columns for one point at the given parameters.
        scenarios: The scenarios asked at each point, if a table says so; None means all of the study at every point.
        rows: Of a table, one row for each of its rows, index ``row`` from 0: the ``point`` that it became, and its
            ``scenario`` if the table names them; None if the points come from no table.
    """

    frame: pd.DataFrame
    scenarios: tuple[tuple[str, ...], ...] | None = None
    rows: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def changes(self, point: int) -> dict[str, Any]:
        """What ``Parameters.with_`` takes for one point: dotted addresses and plain Python values.

        Raises:
            IndexError: There is no such point.
        """
        if not 0 <= point < len(self):
            raise IndexError(f"point {point} of {len(self)}")
        return {name: bare(values[point]) for name, values in self._columns.items()}

    @cached_property
    def _columns(self) -> dict[str, np.ndarray]:
        return {str(name): column.to_numpy() for name, column in self.frame.items()}


def leaves() -> dict[str, Leaf]:
    """All parameters with what may be asked of them, by address."""
    return sim.Parameters.known()


def bare(value: Any) -> Any:
    """A NumPy scalar as Python's own; dates stay what they are, since they would become numbers."""
    return value.item() if isinstance(value, np.generic) and value.dtype.kind not in "mM" else value


def frame_of(columns: Mapping[str, Any], length: int) -> pd.DataFrame:
    """Columns by address as a frame of so many points, each in its parameter's type."""
    kinds: dict[str, Any] = {name: type(leaves()[name].value) for name in columns}
    typed = {name: pd.Series(columns[name], dtype=object if kinds[name] is str else kinds[name]) for name in columns}
    return pd.DataFrame(typed, index=pd.RangeIndex(length, name="point"))


def value_of(leaf: Leaf, given: Any, where: str) -> Any:
    """The value as the parameter's own type, inside its bounds; numbers may come as text."""
    given = bare(given)
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        if leaf.choices:
            words: dict[str, Any] = {word: word for word in leaf.choices}
            truths = {"true": True, "false": False, True: True, False: False}
            word = given.lower() if isinstance(given, str) else given if isinstance(given, bool) else ""
            return truths[word] if isinstance(leaf.value, bool) else words[given]
        number = float(given) if is_number(given) else math.nan
        if fits(leaf, np.array(number)):
            return type(leaf.value)(number)
    raise refuse(where, given, ("a whole number, " if type(leaf.value) is int else "") + allowed(leaf))


def fits(leaf: Leaf, numbers: np.ndarray) -> np.ndarray:
    """Which numbers the parameter admits, of the shape of ``numbers``."""
    low, high = leaf.bounds or (-math.inf, math.inf)
    good = np.isfinite(numbers) & (numbers >= low) & (numbers <= high)
    return good & (numbers == np.floor(numbers)) if isinstance(leaf.value, int) else good
