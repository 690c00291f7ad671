"""A mechanism that is off is the same as one that is neutral, and each writes what it says it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

import sim
from sim.mechanisms import Mechanism
from tests.instruments.labs import impoverish
from tests.instruments.verbs import (
    ESSENTIAL,
    FOUNDED,
    HARD_TIMES,
    MONTHS,
    OPTIONAL,
    VERBS,
    columns,
    differing,
    switched_on,
)


def test_what_is_essential() -> None:
    """Without these there is no market; everything else can be taken away."""
    assert {"calendar", "training", "release", "pricing", "adoption", "accounting"} == set(ESSENTIAL)


@pytest.fixture(scope="module")
def everything() -> dict[bool, sim.Market]:
    """With every mechanism; in hard times or not."""
    markets = {hard: sim.Market(rng=1, developers=1000, **situation(hard)) for hard in (False, True)}
    for market in markets.values():
        market.run(MONTHS)
    return markets


def situation(hard: bool) -> dict[str, Any]:
    return {**switched_on(), **FOUNDED, **(HARD_TIMES if hard else {})}


@pytest.mark.parametrize("name", OPTIONAL)
def test_without_a_mechanism_is_with_its_neutral_parameters(name: str, everything: dict[bool, sim.Market]) -> None:
    hard = name == "exit"  # which nobody does otherwise in so few months
    off = sim.Market(rng=1, developers=1000, without=(name,), **situation(hard))
    neutral = sim.Market(rng=1, developers=1000, **{**situation(hard), **VERBS[name].neutral})
    assert off.parameters == neutral.parameters
    assert off.without == (name,)
    assert neutral.without == ()
    off.run(MONTHS)
    neutral.run(MONTHS)
    for kind in ("market", "labs"):
        for measure, values in getattr(off.record, kind).items():
            other = getattr(neutral.record, kind)[measure]
            assert np.array_equal(values, other, equal_nan=True), measure
    assert np.array_equal(off.developers.choice, neutral.developers.choice)
    assert np.array_equal(off.researchers.employer, neutral.researchers.employer)
    # And it is a mechanism: with it the market is another one.
    with_it = everything[hard].record.market
    assert any(not np.array_equal(off.record.market[name], with_it[name], equal_nan=True) for name in with_it)


def test_mechanisms_can_be_dropped_together() -> None:
    bare = sim.Market(rng=1, developers=500, without=OPTIONAL, **switched_on())
    both = {address: value for name in OPTIONAL for address, value in VERBS[name].neutral.items()}
    neutral = sim.Market(rng=1, developers=500, **both)
    bare.run(24)
    neutral.run(24)
    assert bare.without == tuple(OPTIONAL)
    assert np.array_equal(bare.developers.choice, neutral.developers.choice)
    assert bare.record.market["spend"][-1] == neutral.record.market["spend"][-1] > 0.0


@pytest.mark.parametrize("name", [*ESSENTIAL, "adoptoin", ""])
def test_essential_and_unknown_mechanisms_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(sim.ParameterError) as refused:
        sim.Market(rng=1, developers=100, without=(name,))
    message = str(refused.value)
    assert "\n" not in message
    assert repr(name) in message
    assert ("is essential" if name in ESSENTIAL else "is no mechanism") in message
    assert all(optional in message for optional in OPTIONAL)


# Declared writes


class Watched(sim.Market):
    """A market that notes which columns each verb changed, from month 0 on."""

    seen: ClassVar[dict[str, set[str]]] = {}


def watched(verb: Mechanism) -> Mechanism:
    def step(market: sim.Market) -> None:
        before = {name: values.copy() for name, values in columns(market).items()}
        parameters, month = market.parameters, market.month
        verb.step(market)
        Watched.seen.setdefault(verb.name, set()).update(differing(before, columns(market)))
        assert market.month == month
        assert market.parameters is parameters or verb.name == "calendar"

    return replace(verb, step=step)


Watched.schedule = tuple(watched(verb) for verb in VERBS.values())


def lived(months: int, **options: Any) -> Callable[[], None]:
    def live() -> None:
        Watched(rng=1, developers=1000, **switched_on(), **FOUNDED, **options).run(months)

    return live


def give_up() -> None:
    """All labs but one have next to no cash and nothing that comes in after the record has ended."""
    market = Watched(rng=1, developers=1000, **switched_on(), **HARD_TIMES)
    market.run(16)
    for _ in range(8):
        impoverish(*(lab for lab in market.lab_agents if lab.name != "Mistral"), cash=1e5)
        market.step()


CONFIGURATIONS = {
    "baseline": lived(50),
    "budgets frozen": lived(44, **{"finance.invest_mode": "frozen"}),
    "labs give up": give_up,
    "tastes change": lived(
        44,
        setup=sim.Scenario(
            name="tastes",
            labs={"Google": "delayed", "Meta": "strategic"},
            changes={
                "2024-01": {
                    "params": {
                        "adoption.price_sensitivity": 2.0,
                        "adoption.quality_sensitivity": 4.0,
                        "adoption.hazard": 0.3,
                        "adoption.outside.indie": -1.0,
                        "law.open_us": 0.5,
                        "compute.wedge": 2.0,
                    },
                    "labs": {"*": "open_weights"},
                    "grants": {"US": 1e9, "DeepSeek": 1e8},
                    "chip_subsidies": {"CN": 0.3},
                    "training_cost": {"Mistral": 0.1},
                    "equal_compute": True,
                }
            },
        ),
    ),
}


@pytest.fixture(scope="module")
def written() -> dict[str, set[str]]:
    """Columns that each verb changed in any configuration."""
    Watched.seen.clear()
    for live in CONFIGURATIONS.values():
        live()
    return {name: set(seen) for name, seen in Watched.seen.items()}


@pytest.mark.parametrize("name", VERBS)
def test_mechanism_writes_nothing_but_what_it_declares(name: str, written: dict[str, set[str]]) -> None:
    assert written[name] - set(VERBS[name].writes) == set()


@pytest.mark.parametrize("name", VERBS)
def test_every_declared_write_happens(name: str, written: dict[str, set[str]]) -> None:
    assert set(VERBS[name].writes) - written[name] == set()


def test_no_column_is_declared_twice() -> None:
    for verb in VERBS.values():
        for names in (verb.writes, verb.reads, verb.carries, verb.parameters):
            assert len(set(names)) == len(names), verb.name
