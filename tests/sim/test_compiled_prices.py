"""The compiled price map: the same replies and the same rests as NumPy's, and the same market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

import sim
from sim.numerics import race
from sim.numerics.competition import Replies, equilibrium
from tests.reference.captured import Problem, captured, random_problems

pytestmark = pytest.mark.skipif(find_spec("numba") is None, reason="Numba, the extra fast, is not installed")


@pytest.fixture(autouse=True)
def kernels_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "_CHOSEN", {})
    monkeypatch.delenv("WEIGHTSHIFT_KERNEL", raising=False)


def twins(problem: Problem) -> tuple[Replies, Replies]:
    """The same problem for NumPy, and compiled."""
    race.use("numpy")
    arrays = Replies(problem.replies.of)
    race.use("compiled")
    compiled = Replies(problem.replies.of)
    race.use("numpy")
    return arrays, compiled


def problems() -> Iterator[Problem]:
    """Of a default market, of random ones, and without anybody who starts or with closed lines alone."""
    found = [*captured(sim.Parameters(), seed=1, months=40, developers=1000)[::4], *random_problems(range(3), 40, 10)]
    yield from found
    of = found[-1].replies.of
    yield found[-1]._replace(replies=Replies(replace(of, newcomers=np.zeros_like(of.newcomers))))
    yield captured(sim.Parameters(), seed=2, months=1, developers=1000)[0]


def test_replies_and_rests_are_those_of_numpy() -> None:
    draw, several, starting = np.random.default_rng(1), set(), set()
    for problem in problems():
        arrays, compiled = twins(problem)
        several.add(bool((arrays.of.customers.together.sum(axis=0) > 1.0).any()))
        starting.add(arrays.some_start)
        for point in (problem.start, arrays.within(draw.uniform(-1.0, 1.0, problem.start.size))):
            regime = arrays.regime(point)
            margin, (hosts, shares) = arrays.image(point, regime)
            got, (number, parts) = compiled.image(point, regime)
            np.testing.assert_allclose(got, margin, rtol=1e-12, atol=1e-13)
            np.testing.assert_allclose(number, hosts, rtol=1e-12)
            np.testing.assert_allclose(parts, shares, rtol=1e-12)
        rests = [equilibrium(each, problem.start) for each in (arrays, compiled)]
        np.testing.assert_allclose(rests[1].margin[: arrays.labs], rests[0].margin[: arrays.labs], atol=1e-10)
    assert several == starting == {True, False}


def test_a_market_is_the_same_but_for_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choices and counts to the bit, measures to 1e-9."""
    runs = []
    for kernel in ("numpy", "compiled"):
        race.use(kernel)
        market = sim.Market(rng=3, developers=2000)
        runs.append((market.run(40), market.developers.choice))
    (arrays, choices), (compiled, others) = runs
    assert np.array_equal(choices, others)
    for name, values in arrays.market.items():
        np.testing.assert_allclose(compiled.market[name], values, rtol=1e-9, err_msg=name)
    assert any(
        not np.array_equal(compiled.market[name], values, equal_nan=True) for name, values in arrays.market.items()
    )
