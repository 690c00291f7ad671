"""Conduct in the month: pricing problems of real runs come to rest within bounds, and margins move as they should."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED
from sim.mechanisms import Mechanism
from sim.state import State
from tests.reference.captured import (
    SHARES,
    Problem,
    at,
    at_the_rail,
    market,
    mature,
    mature_and_early,
    random_problems,
    several_rests,
    young,
)


@cache
def some_problems(seed: int) -> list[Problem]:
    return list(random_problems([seed]))


@cache
def the_market() -> State:
    """The default market at the end of 2025."""
    return market()


@pytest.mark.parametrize("runs", [8, pytest.param(80, marks=pytest.mark.slow)])
def test_margins_of_every_captured_problem_come_to_rest(runs: int) -> None:
    """200 problems, and 2,000, of runs with random parameters: no failure, and where it ends is a rest."""
    problems = [problem for seed in range(runs) for problem in some_problems(seed)]
    assert len(problems) == 25 * runs
    for problem in problems:
        # Who hosts herself may be settled, so that the answer is to a nearby regime: labs are what counts.
        replies, margin = problem.replies, problem.margin
        near = 1e-10 if problem.evaluations <= 120 else 1e-4
        new, _ = replies.image(margin, replies.regime(margin))
        assert np.abs(new - margin)[: replies.labs].max(initial=0.0) < near
    assert np.median([problem.evaluations for problem in problems]) <= 25


@pytest.mark.parametrize(("runs", "every"), [(8, 2), pytest.param(80, 1, marks=pytest.mark.slow)])
def test_bounds_leave_fewer_rest_points_and_little_at_the_rail(runs: int, every: int) -> None:
    problems = [problem for seed in range(runs) for problem in some_problems(seed)[::every]]
    bounded = np.array([several_rests(problem.replies, problem.start) for problem in problems])
    free = np.array([several_rests(problem.replies, problem.start, bounded=False) for problem in problems])
    several = (bounded[:, 0] > 1).sum()
    assert bounded[:, 1].sum() == 0
    assert several <= (free[:, 0] > 1).sum()
    assert several <= 0.1 * len(problems)
    assert at_the_rail(problems)[0] < 0.02


@pytest.mark.parametrize("changes", [{}, {"adoption.switching_cost": 4.0, "pricing.adjustment": 1.0}])
def test_no_price_of_a_closed_line_rises_by_more_than_its_cost(changes: dict[str, float]) -> None:
    run = Market(Parameters(), rng=3, developers=2000, **changes)
    lines, fallen, overwritten = run.lines, 0, 0
    for _ in range(48):
        price, cost = lines.price.copy(), lines.cost.copy()
        run.step()
        old = lines.live & (lines.access == CLOSED) & (price > 0.0)
        overwritten += int((old & lines.fresh).sum())
        dearer = np.maximum(lines.cost[old] / cost[old], 1.0)
        assert np.all(lines.price[old] <= price[old] * dearer * (1.0 + 1e-12))
        fallen += int((lines.price[old] < price[old] * (1.0 - 1e-6)).sum())
    assert fallen > 20
    assert overwritten > 20


def test_new_models_may_raise_the_price_of_their_line_if_nothing_holds_them_to_it() -> None:
    raised = {}
    for bound in (True, False):
        run = Market(Parameters(), rng=3, developers=2000, **{"pricing.bound_new_models": bound})
        lines, raised[bound] = run.lines, 0
        for _ in range(36):
            price, cost = lines.price.copy(), lines.cost.copy()
            run.step()
            new = lines.live & lines.fresh & (lines.access == CLOSED) & (price > 0.0)
            dearer = lines.price[new] / price[new] > np.maximum(lines.cost[new] / cost[new], 1.0) * (1.0 + 1e-9)
            raised[bound] += int(dearer.sum())
    assert raised[True] == 0
    assert raised[False] >= 5


@pytest.mark.parametrize("cost", [0.0, 1.3, 3.0])
@pytest.mark.parametrize("reset", [0.2, 1.0])
def test_margins_rise_as_newcomers_thin_out(cost: float, reset: float) -> None:
    state = at(the_market(), **{"adoption.switching_cost": cost, "pricing.reset": reset})
    rest = mature(state)
    margins = np.array([young(state, rest, share) for share in SHARES])
    assert np.all(np.diff(margins) > 0.002)
    assert margins[-1] > margins[0] + 0.1


@pytest.mark.parametrize("patience", [0.945, 0.98, 0.995])
def test_of_mature_to_early_margins_the_ratio_rises_with_the_switching_cost(patience: float) -> None:
    """Lines at L_max are counted: with impatient labs they are half of spend from 3 utils on, and they are the dear."""
    costs = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
    markets = [at(the_market(), patience, **{"adoption.switching_cost": cost}) for cost in costs]
    late, early = np.array([mature_and_early(other, milking=True) for other in markets]).T
    assert np.all(np.diff(late / early) > 0.02)
    assert np.all(np.diff(early) < 0.0)


def test_mature_margins_are_u_shaped_in_the_switching_cost() -> None:
    """Competition for who can be won outweighs the hold on who is held, then the reverse."""
    none, some, much = (
        mature_and_early(at(the_market(), 0.99, **{"adoption.switching_cost": cost}))[0] for cost in (0.0, 1.0, 4.0)
    )
    assert some < none - 0.01
    assert much > none + 0.05


def test_what_labs_expect_follows_what_developers_do() -> None:
    """Tastes last, which labs do not know, so left alone they expect too many to move; counts correct them."""
    apart = []
    for memory in (0.0, 0.2, 1.0):
        run = Market(Parameters(), rng=2, developers=50_000, **{"pricing.base_memory": memory})
        run.run(30)
        counted = run.developers.counts * run.developers.weight
        np.testing.assert_allclose(run.segments.base.sum(axis=1), counted.sum(axis=1), rtol=1e-9)
        apart.append(np.abs(run.segments.base - counted).sum() / 2.0 / counted.sum())
    assert 0.25 > apart[0] > 3.0 * apart[1] > 3.0 * apart[2] > 0.0
    assert apart[1] < 0.05


def test_whoever_held_a_line_that_is_gone_has_no_tie_and_chooses_at_once() -> None:
    """A lab leaves: next month nobody is expected on its lines, and nobody is lost."""
    run = Market(Parameters(), rng=1, developers=5000)
    run.run(30)
    gone = run.lines.lab == run.lab_names.index("OpenAI")
    base = run.segments.base
    held, people = base[:, 1:][:, gone].sum(), base.sum(axis=1).copy()
    assert held > 0.1 * base.sum()
    run.lines.live[gone] = False
    step: Mechanism = next(verb for verb in run.schedule if verb.name == "pricing")
    step(run)
    assert base[:, 1:][:, gone].sum() == 0.0
    np.testing.assert_allclose(base.sum(axis=1), people, rtol=1e-9)
    assert base.min() >= -1e-6
