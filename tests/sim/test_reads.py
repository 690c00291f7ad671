"""Every mechanism declares what it reads: found out by watching the tables while a market runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import sim
from sim.agents.tables import Table

TABLES = ("labs", "lines", "segments", "startups", "governments", "world")


@contextmanager
def watched(market: sim.Market) -> Iterator[set[str]]:
    """Collect the columns that are looked up while the context lasts."""
    names = {id(getattr(market, table)): table for table in TABLES}
    seen: set[str] = set()

    def look_up(table: Table, name: str) -> object:
        if name in type(table).columns and id(table) in names:
            seen.add(f"{names[id(table)]}.{name}")
        return object.__getattribute__(table, name)

    Table.__getattribute__ = look_up  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        del Table.__getattribute__


@pytest.fixture(scope="module")
def reads() -> dict[str, set[str]]:
    """Columns that each mechanism looked up in 45 months of two markets, anchored and structural."""
    seen: dict[str, set[str]] = {verb.name: set() for verb in sim.Market.schedule}
    setup = sim.Scenario(name="mixed", labs={"Mistral": "delayed", "Alibaba": "open_weights"})
    for mode in ("anchored", "structural"):
        parameters = sim.Parameters().with_(**{"finance.invest_mode": mode, "finance.price_elasticity": 0.0})
        market = sim.Market(parameters, rng=3, developers=1000, setup=setup, **{"finance.elasticity": 0.0})
        for _ in range(45):
            market.month += 1
            for verb in market.schedule:
                with watched(market) as columns:
                    verb(market)
                seen[verb.name] |= columns
            market.record.append(*sim.measures.observe(market), market.governments.chip_price)
    return seen


@pytest.mark.parametrize("verb", sim.Market.schedule, ids=lambda verb: verb.name)
def test_declared_reads_are_the_columns_looked_up(verb, reads: dict[str, set[str]]) -> None:
    """State that a mechanism writes it may read without saying so; populations are not tables and not watched."""
    declared = {column for column in verb.reads if column.split(".")[0] in TABLES}
    assert declared == reads[verb.name] - set(verb.writes)
