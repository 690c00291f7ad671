"""Every mechanism declares what it goes on from: found out by perturbing each column it writes before its step."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from tests.instruments.verbs import VERBS, carried, columns, differing, months, perturb, twin, worlds


@pytest.fixture(scope="module")
def found(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """Columns whose value before the step changed what a mechanism wrote, in any of 45 months of two markets.

    Only of the mechanisms asked for, since perturbing takes most of the time.
    """
    chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    carries: dict[str, set[str]] = {name: set() for name in VERBS if {"name": name} in chosen}
    for market in worlds():
        for month in months(market):
            for verb in market.schedule:
                if verb.name in carries:
                    carries[verb.name] |= carried(verb, market, up=month % 2 == 0)
                verb(market)
    return carries


@pytest.mark.parametrize("name", VERBS)
def test_what_is_carried_leaves_a_trace(name: str, found: dict[str, set[str]]) -> None:
    assert set(VERBS[name].carries) - found[name] == set()


@pytest.mark.parametrize("name", VERBS)
def test_what_is_not_carried_leaves_none(name: str, found: dict[str, set[str]]) -> None:
    """Whatever stood in such a column, the mechanism would have written the same."""
    assert found[name] - set(VERBS[name].carries) == set()


@pytest.mark.parametrize("up", [True, False])
def test_the_instrument_changes_one_column_of_the_twin_and_nothing_of_the_market(up: bool) -> None:
    market = sim.Market(rng=1, developers=300)
    market.run(3)
    before = {name: values.copy() for name, values in columns(market).items()}
    for name, values in before.items():
        other = twin(market)
        perturb(other, name, up)
        changed = differing(before, columns(other))
        assert changed == {name} or (changed == set() and not up and not values.any()), name
    other = twin(market)
    other.month += 1
    for verb in market.schedule:
        verb(other)
    assert len(differing(before, columns(other))) > 50
    assert differing(before, columns(market)) == set()
    assert market.record.months == 3
    assert not np.shares_memory(market.labs.cash, twin(market).labs.cash)
