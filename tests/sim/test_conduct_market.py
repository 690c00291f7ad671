"""Conduct on problems as markets meet them: margins come to rest, within their bounds, and move as they should."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sim import Parameters
from sim.mechanisms.pricing import lerner_map
from tests.reference.captured import (
    Outlook,
    Problem,
    Solver,
    TiedPricing,
    at_the_rail,
    captured,
    mature_and_early,
    random_problems,
    several_rests,
    with_pricing,
    young,
)


@cache
def some_problems(runs: int) -> list[tuple[Problem, Outlook]]:
    return list(random_problems(runs, 25))


@cache
def mature_problem() -> Problem:
    """The default market at the end of 2025."""
    return captured(Parameters(), 1, 37, 5000)[-1]


@pytest.mark.parametrize("runs", [8, pytest.param(80, marks=pytest.mark.slow)])
def test_margins_of_every_captured_problem_come_to_rest(runs: int) -> None:
    """200 problems, and 2,000, of markets with random parameters: no failure, and where it ends is a rest."""
    problems = some_problems(runs)
    assert len(problems) == 25 * runs
    evaluations = []
    for problem, outlook in problems:
        solver = Solver(problem, outlook)
        margin, asked = solver.solve()
        evaluations.append(asked)
        near = 1e-11 if asked <= 200 else 1e-5
        assert np.abs(solver.replies(margin, solver.settled) - margin).max() < near
    assert np.median(evaluations) <= 25


def test_no_living_price_rises_more_than_its_cost() -> None:
    for problem, outlook in some_problems(8):
        solver = Solver(problem, outlook)
        margin, _ = solver.solve()
        old = np.flatnonzero(~problem.new[: solver.labs])
        price = (problem.cost / (1.0 - margin))[old]
        with_cost = (problem.cost / (1.0 - problem.margin))[old]
        assert np.all(price <= np.maximum(problem.price[old], with_cost) * (1.0 + 1e-12))


@pytest.mark.parametrize(("runs", "every"), [(8, 4), pytest.param(80, 1, marks=pytest.mark.slow)])
def test_bounds_leave_fewer_rest_points_and_little_at_the_rail(runs: int, every: int) -> None:
    problems = some_problems(runs)[::every]
    bounded = sum(several_rests(*pair) > 1 for pair in problems)
    free = sum(several_rests(*pair, bounded=False) > 1 for pair in problems)
    assert bounded < free
    assert bounded <= 0.1 * len(problems)
    rail, _, spent = np.sum([at_the_rail(*pair) for pair in problems], axis=0)
    assert rail < 0.05 * spent


def test_smaller_first_steps_lead_labs_to_the_same_rest() -> None:
    """Half the way where changes do not shrink, in the first 60 evaluations; hosts at a kink may rest elsewhere."""
    for problem, outlook in some_problems(8):
        solver = Solver(problem, outlook)
        apart = np.abs(solver.solve()[0] - solver.solve(floor=0.5)[0])
        assert apart[: solver.labs].max(initial=0.0) < 1e-4


def test_a_captured_problem_in_which_everybody_chooses_is_the_landed_one() -> None:
    problem = mature_problem()
    everybody = replace(problem, switching_cost=0.0, hazard=1.0, aware=np.ones_like(problem.aware))
    solver = Solver(everybody, Outlook(), bounded=False)
    margin = solver.start()
    labs = solver.labs
    static = lerner_map(
        margin[:labs], solver.spend, solver.shares(margin)[:labs], problem.alpha, solver.base.together, 0.0
    )
    got = solver.replies(margin, solver.alone(margin))[:labs]
    np.testing.assert_allclose(got, np.clip(static, problem.lowest, problem.highest), atol=1e-12)


@pytest.mark.parametrize("cost", [0.0, 1.3, 3.0])
@pytest.mark.parametrize("reset", [0.2, 1.0])
def test_margins_rise_as_newcomers_thin_out(cost: float, reset: float) -> None:
    problem = replace(mature_problem(), switching_cost=cost)
    margins = [young(problem, Outlook(reset=reset), share) for share in (1.0, 0.75, 0.5, 0.25, 0.1, 0.0)]
    assert np.all(np.diff(margins) > 0.005)


@pytest.mark.parametrize("patience", [0.93, 0.98, 0.995])
def test_of_mature_to_early_margins_the_ratio_rises_with_the_switching_cost(patience: float) -> None:
    pairs = [
        mature_and_early(replace(mature_problem(), switching_cost=cost), Outlook(patience))
        for cost in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)
    ]
    mature, early = np.array(pairs).T
    assert np.all(np.diff(mature / early) > 0.01)
    assert np.all(np.diff(early) < 0.0)


def test_mature_margins_are_u_shaped_in_the_switching_cost() -> None:
    """Competition for who can be won outweighs the hold on who is held, then the reverse."""
    problem = mature_problem()
    none, some, much = (
        mature_and_early(replace(problem, switching_cost=cost), Outlook(0.99))[0] for cost in (0.0, 1.3, 4.0)
    )
    assert some < none - 0.02
    assert much > none + 0.05


def test_a_market_with_tied_customers_invests_and_then_harvests() -> None:
    """In place of the market's own pricing, with prices for a month: margins of closed lines rise by a fifth."""
    pricing = TiedPricing(Outlook(reset=1.0))
    market = with_pricing(pricing)(Parameters(), rng=1, developers=5000)
    market.run(35)
    margin = market.record.market["closed_margin"]
    assert margin[35] > 1.2 * margin[14]
    assert len(pricing.evaluations) == 36
    assert max(pricing.evaluations) <= 200
