"""Instruments on verbs: what a step looks up, what it changes, and on what of its own it goes on from.

They look at every verb of the month, registered ones too: ``pytest -p my_rules tests/sim/test_reads.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from typing import Any

import numpy as np

import sim
from sim.agents.developers import Developers
from sim.agents.researchers import Researchers
from sim.agents.tables import Table
from sim.mechanisms import Mechanism
from sim.parameters.fields import Section
from sim.parameters.tree import SECTIONS

MONTHS = 45
TABLES = ("labs", "lines", "segments", "startups", "governments", "world")
PEOPLE = {
    "developers": ("identity", "segment", "choice", "counts"),
    "researchers": ("identity", "employer", "origin", "skill"),
}
VERBS = {verb.name: verb for verb in sim.Market.verbs()}
OPTIONAL = [name for name, verb in VERBS.items() if not verb.essential]
ESSENTIAL = [name for name, verb in VERBS.items() if verb.essential]
DEFAULT = sim.Parameters.known()
# Labs are founded as soon as the record has ended.
FOUNDED = {"finance.founding": 10.0, "finance.founding_cost": 3e8}
# The record ends early, labs hold little cash, nobody gives any for long, and who is short of it soon gives up.
HARD_TIMES = {
    "record.end": "2023-12",
    "finance.runway": 2.0,
    "finance.upkeep": 1.0,  # so that rents are worth nothing to anybody else
    "finance.backers_half_life": 1.0,
    "finance.cut_time": 60.0,
    "finance.grace": 2,
}


def switched_on() -> dict[str, Any]:
    """Parameters under which verbs that are neutral by default do something: the top of what is plausible."""
    resting = [
        verb.neutral
        for verb in VERBS.values()
        if verb.neutral and all(DEFAULT[address].default == value for address, value in verb.neutral.items())
    ]
    return {address: DEFAULT[address].range[1] for neutral in resting for address in neutral}


def worlds() -> Iterator[sim.Market]:
    """Two markets that between them go every way: strategies, many founders, licences, labs that come and give up.

    In the second a lab opens what pays, and researchers compare employers.
    """
    fixed = {"Mistral": "delayed", "Alibaba": "open_weights"}
    mixed = sim.Scenario(name="mixed", labs=fixed)
    decided = sim.Scenario(name="decided", labs={**fixed, "Google": "strategic"})
    values = {"finance.elasticity": 0.0, "finance.price_elasticity": 0.0, "talent.spin_out": 0.01, **switched_on()}
    values |= {"law.licence": True, **FOUNDED}
    hard = {**values, **HARD_TIMES, "talent.norm": 3.0}
    for given, setup in ((values, mixed), (hard, decided)):
        reference = sim.Market(rng=3, developers=1000, **given).run(MONTHS)
        yield sim.Market(rng=3, developers=1000, setup=setup, reference=reference, **given)


def months(market: sim.Market) -> Iterator[int]:
    """Months to live through; the verbs are whoever's asks."""
    for month in range(MONTHS):
        market.month += 1
        yield month
        market.record.append(*sim.measures.observe(market), market.governments.chip_price, sim.views.welfare(market))


def columns(market: sim.Market) -> dict[str, np.ndarray]:
    """Every column of every table and population, by ``table.column``."""
    found = {f"{table}.{name}": values for table in TABLES for name, values in getattr(market, table).items()}
    for population, names in PEOPLE.items():
        found |= {f"{population}.{name}": getattr(getattr(market, population), name) for name in names}
    return found


def differing(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    """Names of columns that are not the same to the bit."""
    return {
        name
        for name, values in before.items()
        if not np.array_equal(values, after[name], equal_nan=values.dtype.kind == "f")
    }


@contextmanager
def watched(market: sim.Market) -> Iterator[set[str]]:
    """Collect columns and parameters that are looked up while the context lasts.

    To copy a table is not to look at it; to look at the copy is.
    """
    places = {id(getattr(market, place)): place for place in (*TABLES, *PEOPLE)}
    copies: list[Table] = []  # kept, so that nothing else gets their ids
    copy_of = Table.copy
    sections = {kind: name for name, kind in SECTIONS.items()}
    seen: set[str] = set()

    def look_up(holder: Any, name: str) -> object:
        place = places.get(id(holder))
        if place is not None and name in (PEOPLE[place] if place in PEOPLE else type(holder).columns):
            seen.add(f"{place}.{name}")
        elif type(holder) in sections and name in type(holder).model_fields:
            seen.add(f"{sections[type(holder)]}.{name}")
        return object.__getattribute__(holder, name)

    def copied(table: Table) -> Table:
        before = seen.copy()
        other = copy_of(table)
        seen.intersection_update(before)
        copies.append(other)
        if id(table) in places:
            places[id(other)] = places[id(table)]
        return other

    Table.copy = copied  # type: ignore[method-assign]
    kinds: tuple[Any, ...] = (Table, Developers, Researchers, Section)
    for kind in kinds:
        kind.__getattribute__ = look_up
    try:
        yield seen
    finally:
        for kind in kinds:
            del kind.__getattribute__
        Table.copy = copy_of  # type: ignore[method-assign]


def perturb(market: sim.Market, column: str, up: bool) -> None:
    """Another value in every cell, of the kind that the column holds; upwards unevenly, since a mean hides a factor."""
    values = columns(market)[column]
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        factor = np.full(values.shape, 1.1)
        factor[1::2] = 1.3
        values[finite] = values[finite] * factor[finite] + 0.01 if up else values[finite] / 2.0
        values[~finite] = 1.0
        return
    # Indices, identities and truth values change places, so that each stays one.
    moved = np.roll(values, 1 if up else -1, axis=0)
    values[:] = moved if not np.array_equal(moved, values) else ~values if values.dtype == bool else values + 1


def twin(market: sim.Market) -> sim.Market:
    """A market in the same state that a step can change; what no verb changes is shared, for speed."""
    other = object.__new__(type(market))
    other.__dict__.update(vars(market))
    for place in (*TABLES, *PEOPLE):
        setattr(other, place, deepcopy(getattr(market, place)))
    other.record = copy(market.record)
    for name, values in vars(market.record).items():
        if isinstance(values, list):
            setattr(other.record, name, list(values))
    return other


def carried(verb: Mechanism, market: sim.Market, up: bool) -> set[str]:
    """Columns that the verb writes and of which, perturbed before its step, it leaves a trace; the market stays."""
    plain = twin(market)
    verb(plain)
    written = {name: columns(plain)[name] for name in verb.writes}
    found = set()
    for name in verb.writes:
        other = twin(market)
        perturb(other, name, up)
        with np.errstate(all="ignore"):
            verb(other)
        if differing(written, columns(other)):
            found.add(name)
    return found
