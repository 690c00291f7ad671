"""Compiled twins around the price map: exponentials, utilities, holders after a month and lasting rents are NumPy's."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

import sim
from sim.agents.lab import CLOSED
from sim.numerics import race
from sim.numerics.competition import Replies
from sim.views import demand, prices
from tests.reference.captured import captured, random_problems

pytestmark = pytest.mark.skipif(find_spec("numba") is None, reason="Numba, the extra fast, is not installed")


@pytest.fixture(autouse=True)
def kernels_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "_CHOSEN", {})
    monkeypatch.delenv("WEIGHTSHIFT_KERNEL", raising=False)


def test_exponentials_err_by_two_units_in_the_last_place() -> None:
    from sim.numerics.compiled_exponential import exponentials

    draw = np.random.default_rng(1)
    for low, high in ((-1e-3, 1e-3), (-1.0, 1.0), (-40.0, 5.0), (-700.0, 700.0)):
        row = draw.uniform(low, high, 10_001)
        expected = np.exp(row)
        exponentials(row)
        assert (np.abs(row - expected) <= 2.0 * np.spacing(expected)).all()
    edges = np.array([0.0, -np.inf, -1e5, -708.5, 600.0])
    exponentials(edges)
    np.testing.assert_allclose(edges, [1.0, 0.0, 0.0, 0.0, np.exp(600.0)], rtol=1e-15)


def test_utilities_are_those_of_numpy_to_the_bit() -> None:
    """With support, law, hold-up and trust at work, and lines that are not there."""
    parameters = sim.Parameters().with_(**{"law.friction": 0.7, "adoption.hold_up": 1.3, "trust.weight": 0.37})
    market = sim.Market(parameters, rng=4, developers=500)
    market.run(30)
    draw = np.random.default_rng(2)
    market.governments.stringency[:] = draw.uniform(size=market.governments.stringency.shape)
    market.labs.withdrawn[:] = draw.uniform(size=len(market.labs))
    found = []
    for kernel in ("numpy", "compiled"):
        race.use(kernel)
        found.append(demand.utilities(market))
    for arrays, compiled in zip(*found, strict=True):
        assert np.isfinite(arrays).any()
        assert np.array_equal(arrays, compiled)
    assert np.isneginf(found[0][0]).any()


def test_holders_after_a_month_are_those_of_numpy() -> None:
    market = sim.Market(rng=5, developers=500)
    market.run(30)
    lines = market.lines
    order = np.argsort(np.where(lines.access == CLOSED, 0, 1), kind="stable")
    live = order[lines.live[order]]
    people = prices.expected_people(market, live)
    people = people._replace(joining=np.where(people.waiting > 0.0, np.maximum(people.joining, 1.0), 0.0))
    people.held[-1] += 1000.0  # whose model is gone
    of = prices.competition(market, live, people, *demand.utilities(market))
    after = []
    for kernel in ("numpy", "compiled"):
        race.use(kernel)
        replies = Replies(of)
        point = replies.within(np.full(live.size, 0.4))
        after.append(people.after(replies, replies.weights(point, replies.regime(point))))
    assert people.joining.any()
    np.testing.assert_allclose(after[1], after[0], rtol=1e-10, atol=1e-6)  # of people, of whom there are millions
    everybody = people.held.sum() + people.waiting.sum()
    np.testing.assert_allclose(after[1].sum(), everybody, rtol=1e-12)


def test_lasting_rents_are_those_of_numpy() -> None:
    for problem in (*captured(sim.Parameters(), seed=1, months=30, developers=500)[::6], *random_problems([1], 40, 10)):
        rents = []
        for kernel in ("numpy", "compiled"):
            race.use(kernel)
            replies = Replies(problem.replies.of)
            point = replies.within(problem.start)
            _, (_, shares) = replies.image(point, replies.regime(point))
            rents.append(replies.lasting_rent(point[: replies.labs], shares))
        np.testing.assert_allclose(rents[1], rents[0], rtol=1e-11)
