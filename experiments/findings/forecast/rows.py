"""The rows of ``rows.csv``: one quantity each, of an actor on a date after the record, and what computes it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

import pandas as pd

from experiments.findings.targets.rows import Row, rows


@dataclass(frozen=True)
class Asked:
    """One quantity to forecast.

    Attributes:
        id: ``F01`` to ``F16``; several rows may share one.
        quantity: What it is.
        actor: Of whom.
        unit: Of it.
        date: When, as it is asked; months of a mean are separated by semicolons.
        first: First month that counts.
        last: Last month.
        function: Name in :data:`experiments.findings.forecast.definitions.FUNCTIONS`; empty if nothing computes it.
        measure: What it is computed from, ``labs.…`` of labs.
        lab: Of which lab, or region of labs; empty for the market.
        level: Published at the end of the record, which a bridge starts from; not a number without a bridge.
        source: Who published that.
        misses: Rows of targets that look at the same thing, separated by semicolons.
        definition: How it is defined and what of that a run has, or why nothing computes it.
    """

    id: str
    quantity: str
    actor: str
    unit: str
    date: str
    first: str
    last: str
    function: str
    measure: str
    lab: str
    level: float
    source: str
    misses: str
    definition: str

    @property
    def row(self) -> Row:
        """As the definitions of targets take it; ``value`` is the published level."""
        return Row(
            self.id, "", self.quantity, self.level, math.nan, math.nan, self.unit, self.first, self.last, self.function,
            self.measure, self.lab, why_not=self.definition,
        )  # fmt: skip

    @property
    def looked_at(self) -> tuple[Row, ...]:
        """The rows of targets that look at the same thing."""
        wanted = self.misses.split(";") if self.misses else []
        return tuple(row for row in rows() if row.id in wanted)


@cache
def asked() -> tuple[Asked, ...]:
    """All rows, in the order of the table."""
    with resources.as_file(resources.files("experiments.findings.forecast").joinpath("rows.csv")) as path:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["level"] = table["level"].map(lambda word: float(word) if word else math.nan)
    return tuple(Asked(**{str(name): value for name, value in row.items()}) for row in table.to_dict("records"))
