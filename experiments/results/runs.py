"""What a table of runs can be exported from: the runs, what is kept of each, and a way to load it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pandas as pd

from experiments.questions.measures import MARKET, Selection
from experiments.results.tables import Tables

One = str | int | Iterable[Any] | None


class Runs(Protocol):
    """Some runs and their tables, as ``Results`` has them."""

    tables: Tables
    runs: pd.DataFrame
    points: pd.DataFrame
    months: int
    kept: Selection
    provenance: dict[str, Any]

    def chosen(self, table: str, columns: str | Iterable[str] | None = None) -> tuple[str, ...]:
        """The measures of a table that are asked for, each once."""
        ...

    @property
    def scenarios(self) -> Sequence[str]:
        """Names of the scenarios."""
        ...

    def load(
        self,
        table: str = MARKET,
        columns: str | Iterable[str] | None = None,
        *,
        scenario: One = None,
        seed: One = None,
        point: One = None,
        month: One = None,
    ) -> pd.DataFrame:
        """Some columns of a table for some runs and months."""
        ...

    def select(self, *, scenario: One = None, seed: One = None, point: One = None) -> Runs:
        """The same for some of the runs."""
        ...

    def with_runs(self, runs: pd.DataFrame) -> Runs:
        """The same with some of the rows of ``runs``."""
        ...
