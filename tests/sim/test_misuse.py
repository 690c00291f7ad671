"""Misuse: the hazard of incidents, whom they fall on, and what openness does to them."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, views
from sim.agents.lab import CLOSED
from sim.mechanisms.misuse import danger, defended, incident_hazard, misuse
from sim.parameters.misuse import Misuse

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "misuse.capability_elasticity": 0.5,
        "misuse.dangerous": 0.93,
        "misuse.most_danger": 1.5,
        "misuse.open_misuse": 1.5,
        "misuse.stripped": 0.8,
        "misuse.audits": 0.4,
        "misuse.defence": 0.3,
        "misuse.defenders_open": 0.3,
        "misuse.defenders_gap": 1.0,
    }
)
TRANSPARENCY = np.array([0.1, 0.3, 0.5, 0.75, 1.0])


def test_danger_saturates() -> None:
    """None below K_m, like K − K_m just above it, k̄(1 − 1/e) at k̄ above, and never more than k̄."""
    p = Misuse(dangerous=1.0, most_danger=2.0)
    got = danger(np.array([-3.0, 1.0, 1.0 + 1e-6, 3.0, 1e6]), p)
    np.testing.assert_allclose(got, [0.0, 0.0, 1e-6, 2.0 * (1.0 - np.exp(-1.0)), 2.0], rtol=1e-6)


def test_defenders_by_hand() -> None:
    """A quarter with copies half an OOM behind; with old ones, or none, they are as far behind as without weights."""
    p = Misuse(defenders_open=0.25, defenders_gap=2.0)
    assert defended(3.0, 2.5, p) == pytest.approx(3.0 - 0.25 * 0.5)
    assert defended(3.0, 0.2, p) == defended(3.0, -np.inf, p) == pytest.approx(3.0 - 0.25 * 2.0)
    assert views.open_reach(-np.inf, 3.0, 2.0) == 1.0


def test_hazard_by_hand() -> None:
    """λ₀ U 10^(ψ_m G + ψ_d (K − K^D)) (1 + m₁ w)(1 − safe (1 − w strip))(1 − a_m audited)."""
    p = Misuse(
        incidents=1e-6,
        capability_elasticity=0.5,
        dangerous=1.0,
        most_danger=2.0,
        open_misuse=1.5,
        stripped=0.8,
        audits=0.4,
        defence=0.5,
    )
    got = incident_hazard(
        np.array([[1e6, 1e6, 1e6, 0.0]]),
        np.array([3.0, 0.0, 1.0, 5.0]),
        np.array([0.0, 0.0, 1.0, 1.0]),
        np.array([0.8, 0.0, 0.5, 0.0]),
        np.array([0.0, 0.5, 1.0, 0.0]),
        1.0,
        p,
    )
    grown = 10.0 ** (0.5 * 2.0 * (1.0 - np.exp(-1.0)))
    expected = [10.0 * grown * 0.2, 10.0**-0.5 * 0.8, 2.5 * (1.0 - 0.5 * 0.2) * 0.6, 0.0]
    np.testing.assert_allclose(got, [expected], rtol=1e-12)


def test_openness_raises_misuse_and_audits_so_its_sign_depends() -> None:
    one, users = np.ones(1), np.full((1, 1), 1e6)

    def hazard(w: float, audited: float, **p) -> float:
        return incident_hazard(users, 0.0 * one, w * one, 0.8 * one, audited * one, 0.0, Misuse(**p))[0, 0]

    assert hazard(1.0, 1.0) > hazard(0.0, 0.0)
    harmless = {"open_misuse": 0.0, "stripped": 0.0, "audits": 0.4}
    assert hazard(1.0, 1.0, **harmless) == pytest.approx(0.6 * hazard(0.0, 0.0, **harmless), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "fewer"),
    [
        ({}, True),
        ({"misuse.defence": 0.5, "misuse.defenders_open": 0.8, "misuse.defenders_gap": 2.0}, False),
    ],
    ids=["defaults", "defenders live on weights"],
)
def test_without_weights_there_are_fewer_incidents_or_more(values: dict[str, float], fewer: bool) -> None:
    """Attackers lose weights without safeguards, defenders their copies: inside the ranges either may weigh more."""
    sums = {}
    for allowed in (True, False):
        market = Market(PINNED, rng=3, developers=2000, **values, **{"release.weights_allowed": allowed})
        market.run(60)
        sums[allowed] = market.record.market["incidents_expected"][-12:].sum()
    assert (sums[False] < 0.8 * sums[True]) if fewer else (sums[False] > 1.05 * sums[True])


def lived(months: int = 24, **parameters) -> Market:
    market = Market(PINNED, rng=3, developers=5000, **parameters)
    market.run(months)
    return market


def expected_hazard(market: Market) -> np.ndarray:
    """Incidents a month by region, of closed and of open models, from the equations."""
    lines, labs, segments = market.lines, market.labs, market.segments
    total = np.zeros((3, 2))
    live = np.flatnonzero(lines.live)
    quality = lines.capability + lines.gain
    frontier = market.world.frontier[0]
    best_open = max([quality[j] for j in live if lines.access[j] != CLOSED], default=-np.inf)
    defenders = 0.7 * frontier + 0.3 * max(best_open, frontier - 1.0)
    for j in live:
        lab = lines.lab[j]
        w = float(lines.access[j] != CLOSED)
        rate = market.parameters.misuse.incidents * (1.0 + 1.5 * w)
        rate *= 10.0 ** (0.5 * 1.5 * (1.0 - np.exp(-max(quality[j] - 0.93, 0.0) / 1.5)))
        rate *= 10.0 ** (0.3 * (quality[j] - defenders))
        rate *= 1.0 - labs.safeguards[lab] * (1.0 - 0.8 * w)
        rate *= 1.0 - 0.4 * TRANSPARENCY[lines.openness[j]] * labs.auditors[lab]
        for region in range(3):
            users = market.developers.counts[segments.region == region, 1 + j].sum() * market.developers.weight
            total[region, int(w)] += rate * users
    return total


def test_incidents_are_poisson_at_the_hazard() -> None:
    market = lived(30, **{"misuse.incidents": 5e-6})
    hazard, months = expected_hazard(market), 1500
    counts = []
    for month in range(100, 100 + months):
        market.month = month
        misuse(market)
        counts.append(market.governments.incidents.copy())
    counts = np.array(counts)
    np.testing.assert_allclose(market.governments.hazard, hazard, rtol=1e-12)
    assert np.all(hazard > 0.3)
    assert np.abs((counts.mean(axis=0) - hazard) / np.sqrt(hazard / months)).max() < 4.0
    # Variance equals mean: its sampling error is √((2λ² + λ)/T).
    error = np.sqrt((2.0 * hazard**2 + hazard) / months)
    assert np.abs((counts.var(axis=0) - hazard) / error).max() < 4.0


def test_severity_has_mean_one_and_falls_on_labs_by_their_part_in_the_hazard() -> None:
    market = lived(30, **{"misuse.incidents": 5e-5, "misuse.severity_spread": 0.5})
    severity, number = 0.0, 0
    for month in range(100, 300):
        market.month = month
        misuse(market)
        severity, number = severity + market.labs.severity.sum(), number + market.governments.incidents.sum()
    assert severity / number == pytest.approx(1.0, abs=4.0 * np.sqrt(np.expm1(0.25) / number))
    lines = market.lines
    closed = lines.access == CLOSED
    counts = market.developers.counts[:, 1:].reshape(3, -1, lines.rows).sum(axis=1)
    for kind, of_kind in enumerate((closed, ~closed)):
        users = np.stack([np.bincount(lines.lab, weights=row * of_kind, minlength=len(market.labs)) for row in counts])
        assert np.all(market.labs.severity[:, :, kind].T[users == 0.0] == 0.0)
        assert np.count_nonzero(market.labs.severity[:, :, kind]) > 3


def test_no_incidents_at_rate_zero() -> None:
    market = lived(12, **{"misuse.incidents": 0.0})
    assert np.all(market.record.market["incidents"] == 0.0)
    assert np.all(market.record.market["incidents_expected"] == 0.0)
    assert np.all(market.labs.severity == 0.0)
