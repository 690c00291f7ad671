"""Regulation: the hazard of incidents, their law, pressure and stringency."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED
from sim.mechanisms.regulation import incident_hazard, regulation
from sim.parameters.regulation import Regulation
from sim.views import demand

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "regulation.capability_elasticity": 0.5,
        "regulation.dangerous": 0.93,
        "regulation.open_misuse": 1.5,
        "regulation.stripped": 0.8,
        "regulation.audits": 0.4,
        "regulation.defenders": 0.1,
        "regulation.memory": 0.05,
        "regulation.salience": 1.0,
        "regulation.half_pressure": 1000.0,
        "regulation.friction": 2.0,
    }
)


TRANSPARENCY = np.array([0.1, 0.3, 0.5, 0.75, 1.0])


def test_hazard_by_hand() -> None:
    """λ₀ U 10^(ρ (K − K_m)⁺) (1 + m₁ w)(1 − safe (1 − w strip))(1 − a audited)."""
    p = Regulation(capability_elasticity=0.5, dangerous=1.0, open_misuse=1.5, stripped=0.8, audits=0.4)
    users = np.array([[1e6, 1e6, 1e6, 0.0]])
    got = incident_hazard(
        1e-6,
        users,
        np.array([3.0, 0.0, 1.0, 5.0]),
        np.array([0.0, 0.0, 1.0, 1.0]),
        np.array([0.8, 0.0, 0.5, 0.0]),
        np.array([0.0, 0.5, 1.0, 0.0]),
        p,
    )
    expected = [10.0 * 0.2, 0.8, 2.5 * (1.0 - 0.5 * 0.2) * 0.6, 0.0]
    np.testing.assert_allclose(got, [expected], rtol=1e-12)


def test_openness_raises_misuse_and_audits_so_its_sign_depends() -> None:
    one, users = np.ones(1), np.full((1, 1), 1e6)

    def hazard(w: float, audited: float, **p) -> float:
        return incident_hazard(1e-6, users, 0.0 * one, w * one, 0.8 * one, audited * one, Regulation(**p))[0, 0]

    assert hazard(1.0, 1.0) > hazard(0.0, 0.0)
    harmless = {"open_misuse": 0.0, "stripped": 0.0, "audits": 0.4}
    assert hazard(1.0, 1.0, **harmless) == pytest.approx(0.6 * hazard(0.0, 0.0, **harmless), rel=1e-12)


def lived(months: int = 24, **parameters) -> Market:
    market = Market(PINNED, rng=3, developers=5000, **parameters)
    market.run(months)
    return market


def expected_hazard(market: Market) -> np.ndarray:
    """Incidents a month by region, from the equations."""
    lines, labs, segments = market.lines, market.labs, market.segments
    total = np.zeros(3)
    best_open = max(
        (lines.capability[j] + lines.gain[j] for j in range(lines.rows) if lines.live[j] and lines.access[j] != CLOSED),
        default=0.0,
    )
    defence = 10.0 ** (-0.1 * max(best_open - 0.93, 0.0))
    for j in np.flatnonzero(lines.live):
        lab = lines.lab[j]
        w = float(lines.access[j] != CLOSED)
        capability = lines.capability[j] + lines.gain[j]
        rate = market.parameters.regulation.incidents * 10.0 ** (0.5 * max(capability - 0.93, 0.0)) * (1.0 + 1.5 * w)
        rate *= 1.0 - labs.safeguards[lab] * (1.0 - 0.8 * w)
        rate *= 1.0 - 0.4 * TRANSPARENCY[lines.openness[j]] * labs.auditors[lab]
        for region in range(3):
            users = market.developers.counts[segments.region == region, 1 + j].sum() * market.developers.weight
            total[region] += defence * rate * users
    return total


def test_incidents_are_poisson_at_the_hazard() -> None:
    market = lived(30, **{"regulation.incidents": 2e-6})
    hazard, months = expected_hazard(market), 1500
    counts = []
    for month in range(100, 100 + months):
        market.month = month
        regulation(market)
        counts.append(market.governments.incidents.copy())
    counts = np.array(counts)
    assert np.all(hazard > 0.5)
    assert np.abs((counts.mean(axis=0) - hazard) / np.sqrt(hazard / months)).max() < 4.0
    # Variance equals mean: its sampling error is √((2λ² + λ)/T).
    error = np.sqrt((2.0 * hazard**2 + hazard) / months)
    assert np.abs((counts.var(axis=0) - hazard) / error).max() < 4.0


def test_pressure_is_steady_at_salience_times_severity_over_its_decay() -> None:
    """E[P] = salience Λ E[severity]/δ with mean severity one (T25); a lower spread makes the mean visible."""
    market = lived(30, **{"regulation.incidents": 5e-6, "regulation.severity_spread": 0.5, "regulation.memory": 0.2})
    hazard, months = expected_hazard(market).sum(), 1500
    paths = []
    for month in range(100, 100 + months):
        market.month = month
        regulation(market)
        paths.append(market.governments.pressure.sum())
    mean, expected = np.mean(paths[50:]), hazard / 0.2
    # A compound Poisson with E[s²] = e^(σ²); an AR(1) mean over T has the error of its innovations over δ√T.
    error = np.sqrt(hazard * np.exp(0.25) / months) / 0.2
    assert abs(mean - expected) < 4.0 * error
    assert error < 0.05 * expected


def test_law_follows_pressure() -> None:
    """G = P²/(P² + P̄²), a half at P̄, and no less than what is decreed."""
    market = lived(3, **{"regulation.incidents": 0.0})
    market.governments.pressure[:] = np.array([0.0, 1000.0, 3000.0]) / 0.95
    regulation(market)
    np.testing.assert_allclose(market.governments.stringency, [0.0, 0.5, 0.9], rtol=1e-12)
    market.parameters = market.parameters.with_(**{"regulation.exogenous": 0.7})
    market.governments.pressure[:] = np.array([0.0, 1000.0, 3000.0]) / 0.95
    regulation(market)
    np.testing.assert_allclose(market.governments.stringency, [0.7, 0.7, 0.9], rtol=1e-12)


def test_pressure_fades() -> None:
    market = lived(3, **{"regulation.incidents": 0.0})
    market.governments.pressure[:] = 100.0
    for _ in range(10):
        regulation(market)
    np.testing.assert_allclose(market.governments.pressure, 100.0 * 0.95**10, rtol=1e-12)


def test_severity_falls_on_labs_by_their_part_in_the_hazard() -> None:
    market = lived(30, **{"regulation.incidents": 5e-6})
    market.month += 1
    before = market.governments.pressure.copy()
    regulation(market)
    added = market.governments.pressure - 0.95 * before
    assert market.labs.severity.sum() == pytest.approx(added.sum(), rel=1e-12)
    used = np.bincount(market.lines.lab, weights=market.lines.users, minlength=len(market.labs)) > 0.0
    assert np.all(market.labs.severity[~used] == 0.0)
    assert np.count_nonzero(market.labs.severity) > 3


def test_law_against_open_weights_costs_them_firms() -> None:
    free, strict = (lived(24, **{"regulation.exogenous": level, "regulation.friction": 5.0}) for level in (0.0, 1.0))
    assert strict.record.market["open_share_enterprise"][-1] < 0.5 * free.record.market["open_share_enterprise"][-1]


def test_friction_falls_on_open_weights_used_by_firms() -> None:
    market = lived(24)
    market.governments.stringency[:] = [0.0, 0.0, 0.0]
    before, _ = demand.utilities(market)
    market.governments.stringency[:] = [0.5, 0.0, 1.0]
    after, _ = demand.utilities(market)
    live = market.lines.live
    lost = before[:, live] - after[:, live]
    opened = (market.lines.access != CLOSED)[live]
    firms = market.segments.organisation >= 2
    expected = 2.0 * np.array([0.5, 0.0, 1.0])[market.segments.region] * firms
    np.testing.assert_allclose(lost, expected[:, None] * opened[None, :], atol=1e-12)
    assert 0 < opened.sum() < opened.size


def test_no_incidents_at_rate_zero() -> None:
    market = lived(12, **{"regulation.incidents": 0.0})
    assert np.all(market.record.market["incidents"] == 0.0)
    assert np.all(market.governments.pressure == 0.0)
    assert np.all(market.labs.severity == 0.0)
