"""One run as targets see it: what it recorded, by measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim

Array = NDArray[np.float64]
OF_LABS = "labs."


@dataclass(frozen=True)
class Run:
    """What one run recorded.

    Attributes:
        market: Market measures, each of shape (months + 1,).
        labs: Lab measures, each of shape (months + 1, labs).
        names: Labs, in the order of ``labs``.
        outputs: What every contributor gave in a month, of a run in which that was drawn one by one; else empty.
    """

    market: Mapping[str, Array]
    labs: Mapping[str, Array] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    outputs: Array = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of_record(cls, record: sim.Record) -> Run:
        """A run that was just made, without labs that were never founded."""
        labs = {name: values[:, record.told] for name, values in record.labs.items()}
        return cls(dict(record.market), labs, tuple(record.lab_names[row] for row in record.told))

    @property
    def months(self) -> int:
        """The last month, −1 if nothing was recorded."""
        return min((len(values) for values in (*self.market.values(), *self.labs.values())), default=0) - 1

    def series(self, measure: str, lab: str = "") -> Array:
        """A measure from month 0, shape (months + 1,); ``labs.price`` is one of labs.

        With a lab only its own; without, a lab measure has shape (months + 1, labs). A lab that the run has not is
        missing throughout.

        Raises:
            KeyError: The run has no such measure.
        """
        if not measure.startswith(OF_LABS):
            return self.market[measure]
        values = self.labs[measure.removeprefix(OF_LABS)]
        if not lab:
            return values
        return values[:, self.names.index(lab)] if lab in self.names else np.full(len(values), np.nan)


def runs_of(market: pd.DataFrame, labs: pd.DataFrame | None = None) -> Iterator[Run]:
    """The runs of one scenario, in the order of their points and seeds.

    Args:
        market: As ``Results.market``: a row a run and month.
        labs: As ``Results.labs``: a row a run, month and lab; None for measures of the market alone.
    """
    number: list[Any] = [name for name in ("point", "seed") if name in market]
    of_labs = {} if labs is None else dict(iter(labs.groupby(number)))
    for key, of_run in market.groupby(number):
        found = {name: _numbers(of_run.sort_values("month")[name]) for name in sim.measures.MARKET if name in of_run}
        if labs is None:
            yield Run(found)
            continue
        table = of_labs[key].sort_values("month", kind="stable")
        names = tuple(table["lab"].unique())
        shape = (-1, len(names))
        yield Run(
            found,
            {name: _numbers(table[name]).reshape(shape) for name in sim.measures.LABS if name in table},
            names,
        )


def _numbers(column: pd.Series) -> Array:
    return column.to_numpy(float)
