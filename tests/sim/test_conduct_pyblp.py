"""Conduct against PyBLP where everybody chooses every month and nothing ties: static Bertrand prices, solved by others.

PyBLP's is a market for quantities in dollars. With the Lerner index as its price and no cost, its profit s·L is ours,
and utility α ln(1 − L) is our −α ln p. Needs the extra ``check``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.numerics import conduct

pyblp = pytest.importorskip("pyblp", reason="needs the extra check: pip install weightshift[check]")


def markups(market: dict[str, Any]) -> np.ndarray:
    """Lerner indices by PyBLP: segments are its agents, with own tastes for each product and for price."""
    pyblp.options.verbose = False
    lines, segments = market["value"].shape
    dummies = [f"line{line}" for line in range(lines)]
    tastes = [f"taste{line}" for line in range(lines)]
    products = {
        "market_ids": np.zeros(lines, int),
        "firm_ids": market["owner"],
        "prices": np.full(lines, 0.3),
        "shares": np.full(lines, 0.5 / lines),
    } | dict(zip(dummies, np.eye(lines), strict=True))
    agents = {
        "market_ids": np.zeros(segments, int),
        "weights": market["spend"] / market["spend"].sum(),
        "nodes": np.zeros((segments, lines + 1)),
        "alpha": market["alpha"],
    } | dict(zip(tastes, market["value"], strict=True))
    simulation = pyblp.Simulation(
        (pyblp.Formulation("1"), pyblp.Formulation(f"0 + {' + '.join(dummies)} + log(1 - prices)")),
        products,
        beta=[0.0],
        sigma=np.zeros((lines + 1, lines + 1)),
        pi=np.eye(lines + 1),
        agent_formulation=pyblp.Formulation(f"0 + {' + '.join(tastes)} + alpha"),
        agent_data=agents,
        xi=np.zeros(lines),
    )
    found = simulation.replace_endogenous(
        costs=np.zeros(lines), prices=np.full(lines, 0.3), iteration=pyblp.Iteration(half_the_way)
    )
    return found.product_data.prices.ravel()


def half_the_way(initial: np.ndarray, contraction: Any, callback: Any, **_: Any) -> tuple[np.ndarray, bool]:
    """PyBLP's own map for markups, but never to a price of one and beyond, where the logarithm ends."""
    price = initial
    for _ in range(3000):
        new = contraction(price)[0]
        if np.abs(new - price).max() < 1e-13:
            return new, True
        price = np.minimum(price + 0.5 * (new - price), 0.5 * (1.0 + price))
    return price, False


@pytest.mark.parametrize("seed", range(10))
def test_prices_are_those_of_pyblp(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lines, segments = 6, 4
    cost = 10.0 ** draw.uniform(-1.5, 1.0, lines)
    alpha, outside = draw.uniform(0.8, 3.0, segments), draw.normal(-1.0, 1.0, segments)
    utility = draw.normal(0.0, 2.0, (lines, segments))
    people, budget = 10.0 ** draw.uniform(3.0, 5.0, segments), 10.0 ** draw.uniform(1.0, 2.0, segments)
    owner = np.concatenate([np.arange(3), draw.integers(0, 3, lines - 3)])
    groups = lines + 1
    base = conduct.customers(
        group=1 + np.arange(lines),
        owner=owner,
        holders=np.concatenate([people[None], np.zeros((lines, segments))]),
        held=np.zeros((lines, segments)),
        hazard=np.ones((groups, segments)),
        ties=np.zeros((groups, segments)),
        budget=budget,
        alpha=alpha,
        patience=0.98,
        reset=0.2,
    )
    margin = np.full(lines, 0.3)
    for _ in range(3000):
        price = cost / (1.0 - margin)
        weights = np.exp(utility - alpha * np.log(price)[:, None])
        new = conduct.conduct_map(base, margin, weights / (np.exp(outside) + weights.sum(axis=0)))
        rest, margin = np.abs(new - margin).max() < 1e-14, new
        if rest:
            break
    value = utility - alpha * np.log(cost)[:, None] - outside
    expected = markups({"value": value, "alpha": alpha, "spend": people * budget, "owner": owner})
    np.testing.assert_allclose(cost / (1.0 - margin), cost / (1.0 - expected), rtol=1e-6)
