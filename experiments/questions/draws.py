"""Draws of the parameters: a table of which seed s runs with row s mod n, so that bands hold doubt as well as luck."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.questions.designs.points import bare, leaves
from experiments.questions.designs.table import IN_MEMORY, checked_table, digest_of, read_table
from experiments.questions.settings import ExperimentError, check_path, refuse

POSTERIOR = "posterior"
_SHIPPED = ("data", "posterior.csv")
_ALLOWED = f"{POSTERIOR}, or a .csv or .parquet file with a column for each parameter and a row for each draw"


@dataclass(frozen=True, eq=False)
class Draws:
    """Rows of parameter values, one for each seed in turn.

    Attributes:
        name: ``posterior``, the path of a file, or that of a table in memory.
        table: The checked rows; an empty cell leaves the parameter as it is.
    """

    name: str
    table: pd.DataFrame = field(repr=False)

    @classmethod
    def of(cls, given: Any) -> Draws | None:
        """Draws from their name, file or table; None for none.

        Raises:
            ExperimentError: There are no such draws, or a value in them is not allowed.
        """
        if given is None or isinstance(given, Draws):
            return given
        if isinstance(given, pd.DataFrame):
            return cls._checked(IN_MEMORY, given, f"draws, {IN_MEMORY}")
        if isinstance(given, str) and given == POSTERIOR:
            with resources.as_file(resources.files("experiments").joinpath(*_SHIPPED)) as path:
                if not path.is_file():
                    raise refuse("draws", given, "the path of a table; this installation has no posterior")
                return cls._checked(POSTERIOR, read_table(path, POSTERIOR), POSTERIOR)
        if isinstance(given, str | Path) and str(given).lower().endswith((".csv", ".parquet")):
            return cls._checked(str(given), read_table(check_path("draws", given), str(given)), str(given))
        raise refuse("draws", given, _ALLOWED)

    @classmethod
    def _checked(cls, name: str, given: pd.DataFrame, where: str) -> Draws:
        table = checked_table(given, where)
        if "scenario" in table:
            raise ExperimentError(f"draws: {where}: column scenario is not allowed; scenario=... says it for all")
        return cls(name, table)

    def __len__(self) -> int:
        return len(self.table)

    def row(self, seed: int) -> int:
        """The row of a seed."""
        return seed % len(self)

    def changes(self, seed: int) -> dict[str, Any]:
        """What ``Parameters.with_`` takes for a seed: dotted addresses and plain Python values."""
        return dict(self._rows[self.row(seed)])

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        kinds = {str(name): type(leaves()[str(name)].value) for name in self.table}
        columns = {str(name): self.table[name].to_numpy() for name in self.table}
        filled = {name: ~pd.isna(values) for name, values in columns.items()}
        return [
            {name: kinds[name](bare(values[row])) for name, values in columns.items() if filled[name][row]}
            for row in range(len(self))
        ]

    def settings(self) -> dict[str, Any]:
        """What decides the values, as plain data; the table counts by its content."""
        return {"name": self.name, "rows": len(self), "sha256": digest_of(self.table)}
