"""Populations as structs of arrays; a row is a view of one agent, never a copy."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from sim.inputs.registry import RegistrationError, Registry, caller, owner_of

# What tables, rows and Mesa's agents call other things.
_RESERVED = ("columns", "views", "rows", "names", "name", "table", "row", "model", "unique_id", "pos")


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

    columns: ClassVar[Registry[Column]] = Registry("column of a Table")
    views: ClassVar[tuple[type, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        inherited = cls.columns
        cls.columns = Registry(f"column of {cls.__name__}", {**inherited, **own}, owner_of(cls), _RESERVED)
        cls.columns.inherit(inherited)

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

    def copy(self) -> Self:
        """The same numbers in arrays of their own."""
        other = copy(self)
        for name, values in self.items():
            setattr(other, name, values.copy())
        return other

    def items(self) -> Iterator[tuple[str, Any]]:
        """Name and array of every column, but for those registered since."""
        for name in self.columns:
            if name in self.__dict__:
                yield name, getattr(self, name)


def register_column(table: type[Table], name: str, spec: Any) -> None:
    """Add a column of one's own, made with :func:`column`; tables made from now on have it, filled with zeros.

    Raises:
        RegistrationError: The name is taken, or the column is none for this table.
    """
    if not isinstance(spec, Column):
        raise RegistrationError(f"column {name!r} of {table.__name__}: {spec!r} is no column; allowed: column(…)")
    known = sorted({dimension for other in table.columns.values() for dimension in other.shape})
    for dimension in set(spec.shape) - set(known):
        raise RegistrationError(
            f"column {name!r} of {table.__name__}: there is no dimension {dimension!r}; "
            f"allowed: {', '.join(known) or 'none'}"
        )
    if name not in table.columns and hasattr(table, name):
        raise RegistrationError(f"column {name!r} of {table.__name__}: the name is taken; allowed: another")
    owner = caller()
    for kind in (table, *_heirs(table)):
        kind.columns.add(name, spec, owner)
    for view in table.views:
        setattr(view, name, Cell(name))


def _heirs(table: type[Table]) -> Iterator[type[Table]]:
    for kind in table.__subclasses__():
        yield kind
        yield from _heirs(kind)


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
        table.views = (*table.views, view)
        return view

    return decorate
