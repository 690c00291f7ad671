"""A market that nobody holds any more is gone, in every release of Mesa that we support."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
import weakref
from collections.abc import Callable

import mesa
import pytest

import sim

# People pay so much for apps that startups enter within months.
RICH = {"entry.demand": 1e11}
CLOSES = sim.Scenario(name="closes", changes={"2023-09": {"labs": {"Meta": "closed"}}})


def grown(seed: int = 1, **more: object) -> sim.Market:
    market = sim.Market(rng=seed, developers=100, **more)
    market.run(2)
    return market


def collected(*markets: weakref.ref) -> bool:
    gc.collect()
    return all(market() is None for market in markets)


def test_a_market_dies_with_its_last_reference() -> None:
    assert collected(*(weakref.ref(grown(seed)) for seed in range(3)))


def test_so_does_one_with_a_reference_of_its_own() -> None:
    market = grown(setup=CLOSES)
    beside = weakref.ref(market._beside)
    assert beside() is not None
    whole = weakref.ref(market)
    del market
    assert collected(whole, beside)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda market: pickle.loads(pickle.dumps(market))])
def test_so_do_copies(copied: Callable[[sim.Market], sim.Market]) -> None:
    twin = copied(grown(**RICH))
    twin.run(12)
    assert twin.record.market["entries"][3:].any()  # agents are made for the copy
    assert collected(weakref.ref(twin)) is False
    gone = weakref.ref(twin)
    del twin
    assert collected(gone)


def test_so_does_one_that_is_refused_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def fail(market: sim.Market) -> None:
        made.append(weakref.ref(market))
        raise FloatingPointError

    monkeypatch.setattr(sim.Market, "_live_through", fail)
    with pytest.raises(FloatingPointError):
        sim.Market(rng=1, developers=100)
    assert collected(*made)


class Visitor(mesa.Agent):
    """An agent of somebody else's."""


def test_agents_of_one_s_own_do_not_keep_it() -> None:
    market = grown()
    visitors = [Visitor(market) for _ in range(3)]
    numbers = [agent.unique_id for agent in market.agents]
    assert len(set(numbers)) == len(numbers)
    assert [agent.unique_id for agent in visitors] == sorted(numbers)[-3:]
    gone = weakref.ref(market)
    del market, visitors
    assert collected(gone)


def test_agents_are_numbered_from_one_in_every_market() -> None:
    for _ in range(2):
        market = grown()
        assert [lab.unique_id for lab in market.lab_agents] == list(range(1, len(market.labs) + 1))


def test_a_copy_goes_on_counting() -> None:
    twin = copy.deepcopy(grown(**RICH, **{"entry.hazard": 0.3}))
    before = {agent.unique_id for agent in twin.agents}
    twin.run(12)
    numbers = [agent.unique_id for agent in twin.agents]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) - before  # some entered
    assert min(set(numbers) - before) > max(before)


def test_a_hundred_runs_leave_nothing() -> None:
    def live(seeds: range) -> int:
        for seed in seeds:
            sim.Market(rng=seed, developers=100).run(1)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = live(range(30))
        left = live(range(30, 130)) - before
    finally:
        tracemalloc.stop()
    # Some keys of draws are remembered, 4,096 at most. The markets would be 35 MB.
    assert left < 500_000
