"""Closed forms that join several mechanisms: the social multiplier, the composite lag, and what must be monotone."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from sim import Market
from sim.agents.lab import CLOSED
from sim.mechanisms.contribution import contribution
from sim.mechanisms.research import spillover
from sim.mechanisms.training import learned, own_pretraining
from sim.views import demand

# T10: the social multiplier


def settled(network: float, start: dict[int, float], rounds: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Shares of three lines among people who all ask what others use, and utility without that; log of each."""
    market = Market(rng=1, developers=100, **{"contribution.ecosystem_contribution": 0.0})
    market.run(20)
    lines, p = market.lines, market.parameters
    rows = np.flatnonzero(lines.live)[:3]
    lines.live[:] = False
    lines.live[rows] = True
    world = p.population.world
    lines.ecosystem[:] = lines.users[:] = 0.0
    segment = 4

    def utility(of: float) -> np.ndarray:
        market.parameters = p.with_(**{"contribution.network": of, "contribution.ecosystem_seed": 1e-6})
        found, _ = demand.utilities(market)
        return np.asarray(found[segment, rows])

    alone = 0.3 * (utility(0.0) - utility(0.0).max())  # near enough for all three to live
    shift = alone - utility(0.0)
    share = np.array([start.get(row, 1.0) for row in range(3)])
    share /= share.sum()
    lines.ecosystem[rows] = share
    for _ in range(rounds):
        weights = np.exp(utility(network) + shift)
        share = weights / weights.sum()
        lines.users[rows] = share * world
        contribution(market)
    return np.log(share), alone


@pytest.mark.parametrize("network", [0.3, 0.6])
def test_use_that_draws_use_multiplies_differences_by_one_over_one_less_its_weight(network: float) -> None:
    """T10: s ∝ e^(V/(1 − ν)) wherever it starts, as long as ν < 1 (Brock & Durlauf 2001)."""
    for start in ({}, {0: 100.0}, {2: 100.0}):
        share, alone = settled(network, start)
        for one in range(3):
            expected = (alone[one] - alone[0]) / (1.0 - network)
            assert share[one] - share[0] == pytest.approx(expected, abs=2e-4)
    assert np.ptp(alone) > 0.05


def test_above_one_history_decides() -> None:
    """T10: with ν > 1 whoever is ahead stays ahead, also who would lose at equal use (Arthur 1989)."""
    for first in range(3):
        share, _ = settled(1.5, {first: 100.0})
        assert share.argmax() == first
        assert np.exp(share[first]) > 0.99


# T13: the composite lag


@pytest.mark.parametrize(
    ("behind", "leak", "taught", "delay"), [(1.0, 1 / 20, 0.0, 0), (1.0, 1 / 6, 0.0, 0), (1.0, 1 / 6, 0.65, 2)]
)
def test_lag_of_a_follower_that_hears_and_is_taught(behind: float, leak: float, taught: float, delay: int) -> None:
    """T13: lag = (1 − η)(ΔC + g_a/(κ s))/g_K + η τ months.

    A leader whose compute and methods grow, and a follower with less compute and no ideas of its own, whose methods
    leak and whose models learn from the leader's of τ months ago. Source: MODEL (6.15), with its three examples.
    """
    methods_growth, frontier_growth, absorption = 0.48 / 12, 1.15 / 12, 0.8
    known, frontier = np.zeros(2), []
    for month in range(2000):
        gain = spillover(known, np.array([leak, 0.0]), np.array([0.5, absorption]))
        known = known + gain + np.array([methods_growth, 0.0])
        compute = 24.0 + (frontier_growth - methods_growth) * month - np.array([0.0, behind])
        own = own_pretraining(compute, 24.0, known, np.zeros(2))
        frontier.append(own[0])
        teacher = frontier[max(month - delay, 0)]
        follower = learned(float(own[1]), [(taught, teacher)])
    lag = (frontier[-1] - follower) / frontier_growth
    expected = (1.0 - taught) * (behind + methods_growth / (absorption * leak)) / frontier_growth + taught * delay
    assert lag == pytest.approx(expected, rel=1e-9)
    # The same by dates: when the frontier was where the follower is now.
    when = np.interp(follower, frontier, np.arange(len(frontier)))
    assert len(frontier) - 1 - when == pytest.approx(expected, rel=1e-6)


# T21: what must be monotone, with the same luck


def series(measure: str, months: int, seed: int, **values: Any) -> float:
    market = Market(rng=seed, developers=1000, **values)
    market.run(months)
    return float(np.nanmean(market.record.market[measure][-6:]))


def every(kind: str, value: float) -> dict[str, float]:
    return {f"{kind}.{who}": value for who in ("indie", "startup", "smb", "enterprise", "regulated")}


FREE = {"record.residuals": "none"}  # else capability is measured to the end of the record
MONOTONE: dict[str, tuple[str, int, list[dict[str, Any]], int]] = {
    "open use rises with what weights are worth": (
        "open_share_users", 30, [every("adoption.weights_preference", value) for value in (-2.0, -0.5, 1.0)], 1,
    ),
    "margins fall with the price sensitivity": (
        "closed_margin", 30, [{"adoption.price_sensitivity": value} for value in (0.7, 1.2, 2.5)], -1,
    ),
    "the gap falls with what weights and answers teach": (
        "open_gap", 36, [{"training.teaching": value, **FREE} for value in (0.2, 0.5, 0.85)], -1,
    ),
    "prices fall with what labs learn of serving": (
        "technology_price_gpt35", 30, [{"research.own_serving": value} for value in (0.0, 0.02, 0.05)], -1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", MONOTONE)
def test_what_must_be_monotone_is(name: str, seed: int) -> None:
    """T21, in each seed."""
    measure, months, worlds, sign = MONOTONE[name]
    found = [sign * series(measure, months, seed, **values) for values in worlds]
    assert found == sorted(found) and found[-1] > found[0] * (1.0 + 1e-6) + 1e-6, found


def test_open_use_falls_with_what_closed_models_can_do() -> None:
    """T21, in one month at given prices: who moves, moves to a closed line."""
    market = Market(rng=4, developers=20_000, **{"adoption.hazard": 0.7, "awareness.floor": 1.0})
    market.run(30)
    market.month += 1
    verbs = {verb.name: verb for verb in market.schedule}
    for name in list(verbs)[: list(verbs).index("adoption")]:
        verbs[name](market)
    closed, shares = market.lines.access == CLOSED, []
    for more in (0.0, 0.1, 0.3, 1.0):
        after = deepcopy(market)
        after.segments.utility[:, closed] += after.segments.theta[:, None] * more
        verbs["adoption"](after)
        use = after.developers.counts[:, 1:].sum(axis=0)
        shares.append(use[~closed].sum() / use.sum())
    assert shares == sorted(shares, reverse=True) and shares[0] > shares[-1] + 0.02
