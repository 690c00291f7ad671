"""The rows of ``rows.csv``: one published number each, how near a run should come, and what computes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import pandas as pd

import sim

SCALES, CONFIDENCES = ("linear", "log"), ("measured", "estimated", "assumed")


@dataclass(frozen=True)
class Row:
    """One published number.

    Attributes:
        id: Name of the row.
        target: The target of which it is a part, ``C01`` to ``C29``; empty if it is looked at beside them.
        what: What it is.
        value: As published.
        low: Least mean over seeds that is near enough.
        high: Largest.
        unit: Of the three.
        first: First date that counts.
        last: Last date.
        function: Name in :data:`experiments.findings.targets.definitions.DEFINITIONS`; empty if nothing computes it.
        measure: What it is computed from, ``labs.…`` of labs.
        lab: Of which lab, or of which separated by semicolons; empty for the market.
        scale: Whether distances are differences or, ``log``, ratios.
        source: Who published it.
        confidence: How well it is known.
        input: ``yes`` if a run takes it as given; ``record`` if it follows from measured capability, which runs have to
            the end of the record, so that only the rules of measuring are at stake; else ``no``.
        why_not: Why nothing computes it.
        note: What else to know.
    """

    id: str
    target: str
    what: str
    value: float
    low: float
    high: float
    unit: str
    first: str
    last: str
    function: str
    measure: str
    lab: str = ""
    scale: str = "linear"
    source: str = ""
    confidence: str = "measured"
    input: str = "no"
    why_not: str = ""
    note: str = ""

    @property
    def computable(self) -> bool:
        """Whether a run has what it takes."""
        return bool(self.function)

    @property
    def span(self) -> slice:
        """The months from first to last."""
        return slice(sim.month_of(self.first), sim.month_of(self.last) + 1)

    @property
    def dates(self) -> str:
        """First and last date, or the one."""
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


@cache
def rows() -> tuple[Row, ...]:
    """All rows, in the order of the table."""
    with resources.as_file(resources.files("experiments.findings.targets").joinpath("rows.csv")) as path:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in ("value", "low", "high"):
        table[name] = table[name].astype(float)
    return tuple(Row(**{str(name): value for name, value in row.items()}) for row in table.to_dict("records"))
