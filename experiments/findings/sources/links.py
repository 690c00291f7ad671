"""The links of a source, by what it says, and what would settle what no source says.

A source is a line of words beside a parameter or a row of data. ``links.csv`` has phrases of such lines, each with a
title and a DOI, page or, for what was calculated here, file of the project; a line has the links of all phrases in it.
``evidence.csv`` has for every assumed parameter (an address, ``*`` for any end) and row (``table:attribute``) which
evidence would settle it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources

MEASURED = ("measured", "estimated")
OURS = ("docs/", "sim/", "experiments/")


@dataclass(frozen=True)
class Link:
    """One link.

    Attributes:
        key: The phrase of a source that has it.
        title: What it leads to.
        url: An address, or a path in the project.
    """

    key: str
    title: str
    url: str

    @property
    def outside(self) -> bool:
        """Whether it leads out of the project."""
        return not self.url.startswith(OURS)


def _read(name: str) -> list[dict[str, str]]:
    text = resources.files("experiments.findings.sources").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def links() -> tuple[Link, ...]:
    """All links, in the order of the table."""
    return tuple(Link(**row) for row in _read("links.csv"))


def links_of(source: str) -> list[Link]:
    """The links of a source, each address once."""
    found: dict[str, Link] = {}
    for link in links():
        if link.key in source:
            found.setdefault(link.url, link)
    return list(found.values())


@cache
def _evidence() -> dict[str, str]:
    return {row["of"]: row["evidence"] for row in _read("evidence.csv")}


def evidence_of(address: str) -> str:
    """What would settle an assumed parameter; empty if nobody said.

    Args:
        address: Of the parameter, or ``table:attribute`` of a row of data.
    """
    told = [text for of, text in _evidence().items() if fnmatchcase(address, of)]
    return told[0] if told else ""


def addresses() -> tuple[str, ...]:
    """What evidence is said of."""
    return tuple(_evidence())


def checks() -> list[dict[str, str]]:
    """Links that were looked up: ``url``, ``how`` (``page``, ``cited``, ``front``, ``none``), what was ``seen``."""
    return _read("checked.csv")
