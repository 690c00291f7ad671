"""Every row of data that stands behind a run or a target, with its source and how well it is known."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

# Package and name of each table, and pairs of columns of source and confidence.
_ONE = (("source", "confidence"),)
TABLES = {
    ("sim.data", "labs.csv"): _ONE,
    ("sim.data", "compute.csv"): _ONE,
    ("sim.data", "spending.csv"): _ONE,
    ("sim.data", "releases.csv"): (*_ONE, ("size_source", "size_confidence")),
    ("sim.data", "events.csv"): _ONE,
    ("sim.data", "discoveries.csv"): _ONE,
    ("experiments.findings.targets", "rows.csv"): _ONE,
    ("experiments.findings.targets", "history.csv"): _ONE,
}


@dataclass(frozen=True)
class Sourced:
    """One row, or the second source of one.

    Attributes:
        table: Name of the file.
        line: Of it, the first being the header.
        attribute: What the row is of, where evidence differs by it; else ``*``.
        source: In words.
        confidence: measured, estimated or assumed; of sizes of models ``checked``.
    """

    table: str
    line: int
    attribute: str
    source: str
    confidence: str


def sourced() -> Iterator[Sourced]:
    """All rows of all tables; what is not published, as the size of a closed model, has no source."""
    for (package, name), columns in TABLES.items():
        text = resources.files(package).joinpath(name).read_text("utf-8")
        for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
            for source, confidence in columns:
                if row[source] or source == "source":
                    attribute = row.get("attribute") or row.get("kind") or "*"
                    yield Sourced(name, line, attribute, row[source], row[confidence])
