"""Every mechanism declares what it reads: found out by watching tables and parameters while a market runs."""

from __future__ import annotations

import pytest

import sim
from tests.instruments.verbs import PEOPLE, TABLES, VERBS, months, watched, worlds


@pytest.fixture(scope="module")
def seen() -> dict[str, set[str]]:
    """Columns and parameters that each mechanism looked up in 45 months of two markets."""
    found: dict[str, set[str]] = {name: set() for name in VERBS}
    for market in worlds():
        for _ in months(market):
            for verb in market.schedule:
                with watched(market) as looked_up:
                    verb(market)
                found[verb.name] |= looked_up
    return found


def of_columns(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] in (*TABLES, *PEOPLE)}


@pytest.mark.parametrize("name", VERBS)
def test_declared_reads_are_the_columns_looked_up(name: str, seen: dict[str, set[str]]) -> None:
    """What a mechanism writes it may look up again; what it finds there is for ``carries``."""
    assert set(VERBS[name].reads) == of_columns(seen[name]) - set(VERBS[name].writes)


@pytest.mark.parametrize("name", VERBS)
def test_declared_parameters_are_those_looked_up_beside_its_own(name: str, seen: dict[str, set[str]]) -> None:
    parameters = seen[name] - of_columns(seen[name])
    assert set(VERBS[name].parameters) == {address for address in parameters if address.split(".")[0] != name}


def test_the_instrument_sees_tables_populations_and_parameters() -> None:
    market = sim.Market(rng=1, developers=100)
    with watched(market) as looked_up:
        market.labs.cash.sum()
        market.startups.grow(len(market.startups) + 1)
        market.researchers.active()
        market.parameters.talent.workplaces()
        market.parameters.with_(**{"entry.stock": 7})
        other = market.lines.copy()
        other.price.sum()
    assert "lines.price" in looked_up and "lines.cost" not in looked_up
    assert {"labs.cash", "startups.uid", "researchers.employer", "talent.work_us"} <= looked_up
    assert "labs.methods" not in looked_up and "researchers.skill" not in looked_up
    with watched(market) as looked_up:
        pass
    market.labs.cash.sum()
    assert looked_up == set()
