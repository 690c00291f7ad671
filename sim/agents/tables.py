"""Populations as structs of arrays; a row is a view of one agent, never a copy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


@dataclass(frozen=True)
class Column:
    """What one column of a table holds; ``shape`` names further dimensions beside the rows."""

    dtype: type
    unit: str
    doc: str
    shape: tuple[str, ...] = ()


def column(dtype: type, unit: str, doc: str, shape: tuple[str, ...] = ()) -> Any:
    """Declare a column of a :class:`Table`."""
    return Column(dtype, unit, doc, shape)


class Table:
    """A struct of arrays. Class attributes made by :func:`column` become arrays of every instance.

    Args:
        rows: Number of rows.
        dims: Size of every dimension that a column's ``shape`` names.
    """

    columns: ClassVar[dict[str, Column]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        cls.columns = {**cls.columns, **own}

    def __init__(self, rows: int, **dims: int) -> None:
        self.rows = rows
        for name, spec in self.columns.items():
            shape = (rows, *(dims[dimension] for dimension in spec.shape))
            setattr(self, name, np.zeros(shape, dtype=spec.dtype))

    def __len__(self) -> int:
        return self.rows

    def grow(self, rows: int) -> None:
        """Append rows of zeros, up to ``rows``. Views of rows stay valid; arrays looked up before are old copies."""
        for name, old in self.items():
            new = np.zeros((rows, *old.shape[1:]), old.dtype)
            new[: self.rows] = old
            setattr(self, name, new)
        self.rows = rows

    def items(self) -> Iterator[tuple[str, Any]]:
        """Name and array of every column."""
        for name in self.columns:
            yield name, getattr(self, name)


class Cell:
    """Descriptor: one cell of a table, read and written through the row view that owns it."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, view: Any, owner: type | None = None) -> Any:
        if view is None:
            return self
        return getattr(view.table, self.column)[view.row]

    def __set__(self, view: Any, value: Any) -> None:
        getattr(view.table, self.column)[view.row] = value


class RowView:
    """One row of a table; :func:`cells` gives a subclass its cells."""

    table: Any
    row: int


def cells(table: type[Table]) -> Any:
    """Class decorator: give a row class one :class:`Cell` for each column of ``table``."""

    def decorate(view: type) -> type:
        for name in table.columns:
            setattr(view, name, Cell(name))
        return view

    return decorate
