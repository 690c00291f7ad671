"""Law: pressure, stringency by region and kind of weights, licences, what it costs, and history, which is exempt."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, Scenario
from sim.agents.lab import CLOSED, OPEN
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.mechanisms.law import law, pressure_after, stringency
from sim.mechanisms.misuse import misuse
from sim.mechanisms.release import _refused
from sim.views import demand

PINNED = Parameters().with_(
    **{
        "law.memory": 0.05,
        "law.salience": 1.0,
        "law.half_pressure": 1000.0,
        "law.friction": 2.0,
        "law.compliance": 1e7,
        "law.liability": 1e6,
    }
)
EVERYWHERE = ("open_us", "open_cn", "open_eu")


def lived(months: int = 24, developers: int = 3000, **parameters) -> Market:
    market = Market(PINNED, rng=3, developers=developers, **parameters)
    market.run(months)
    return market


def test_law_follows_pressure() -> None:
    """G = P²/(P² + P̄²), a half at P̄, no less than what is decreed, and nothing of what does not exist."""
    pressure = np.array([[0.0, 1000.0], [3000.0, 1000.0]])
    both, half = np.array([True, True]), 1000.0
    np.testing.assert_allclose(stringency(pressure, np.zeros((2, 2)), half, both), [[0.0, 0.5], [0.9, 0.5]])
    np.testing.assert_allclose(stringency(pressure, np.full((2, 2), 0.7), half, both), [[0.7, 0.7], [0.9, 0.7]])
    closed_only = np.array([True, False])
    np.testing.assert_allclose(stringency(pressure, np.full((2, 2), 0.7), half, closed_only), [[0.7, 0.0], [0.9, 0.0]])


def test_pressure_by_hand() -> None:
    np.testing.assert_allclose(pressure_after(np.array([100.0]), np.array([7.0]), 0.05, 2.0), [109.0])


def test_pressure_is_steady_at_salience_times_severity_over_its_decay() -> None:
    """E[P] = salience Λ E[severity]/δ with mean severity one; a lower spread makes the mean visible."""
    market = lived(30, **{"misuse.incidents": 5e-6, "misuse.severity_spread": 0.5, "law.memory": 0.2})
    months = 1500
    paths = []
    for month in range(100, 100 + months):
        market.month = month
        misuse(market)
        law(market)
        paths.append(market.governments.pressure.sum())
    hazard = market.governments.hazard.sum()
    mean, expected = np.mean(paths[50:]), hazard / 0.2
    # A compound Poisson with E[s²] = e^(σ²); an AR(1) mean over T has the error of its innovations over δ√T.
    error = np.sqrt(hazard * np.exp(0.25) / months) / 0.2
    assert abs(mean - expected) < 4.0 * error
    assert error < 0.05 * expected


def test_history_is_exempt() -> None:
    """Whatever happened to the end of the record led to no law; what happens later presses for one."""
    market = Market(PINNED, rng=3, developers=3000, **{"misuse.incidents": 1e-4})
    for _ in range(LAST_HISTORICAL_MONTH):
        market.step()
        assert np.all(market.governments.pressure == 0.0)
        assert np.all(market.governments.stringency == 0.0)
    assert market.labs.severity.sum() > 0.0
    before = market.governments.pressure.copy()
    market.step()
    added = market.governments.pressure - 0.95 * before
    np.testing.assert_allclose(added, market.labs.severity.sum(axis=0), rtol=1e-12)
    assert added.min() > 0.0


def test_no_law_against_weights_that_nobody_releases() -> None:
    decreed = {f"law.{name}": 1.0 for name in EVERYWHERE}
    nobody = lived(45, **decreed, **{"release.weights_allowed": False, "misuse.incidents": 1e-4})
    assert np.all(nobody.record.market["law_open"] == 0.0)
    assert np.all(nobody.governments.stringency[:, CLOSED] > 0.0)
    some = lived(10, **decreed)
    released = np.isfinite(some.record.market["open_frontier"])
    assert np.array_equal(some.record.market["law_open"] > 0.0, released)
    assert 0 < released.sum() < released.size


def test_law_against_open_weights_costs_them_firms() -> None:
    free, strict = (
        lived(24, **{f"law.{name}": level for name in EVERYWHERE}, **{"law.friction": 5.0}) for level in (0.0, 1.0)
    )
    assert strict.record.market["open_share_enterprise"][-1] < 0.5 * free.record.market["open_share_enterprise"][-1]


def test_friction_falls_on_open_weights_used_by_firms() -> None:
    market = lived(24)
    market.governments.stringency[:] = 0.0
    before, _ = demand.utilities(market)
    market.governments.stringency[:] = [[0.9, 0.5], [0.9, 0.0], [0.9, 1.0]]
    after, _ = demand.utilities(market)
    live = market.lines.live
    lost = before[:, live] - after[:, live]
    opened = (market.lines.access != CLOSED)[live]
    firms = market.segments.organisation >= 2
    expected = 2.0 * np.array([0.5, 0.0, 1.0])[market.segments.region] * firms
    np.testing.assert_allclose(lost, expected[:, None] * opened[None, :], atol=1e-12)
    assert 0 < opened.sum() < opened.size


# Licences


def licensed(cap: float, **strict: float) -> Market:
    return lived(36, 500, **{"law.licence": True, "law.licence_cap": cap}, **{f"law.{k}": g for k, g in strict.items()})


def open_of(market: Market, region: int) -> np.ndarray:
    lines = market.lines
    return lines.live & (lines.access != CLOSED) & (market.labs.region[lines.lab] == region)


def test_a_licence_that_is_always_refused_closes_what_is_above_the_cap_at_home() -> None:
    """Weights released before there was any law stay, and so do those below the cap and those from elsewhere."""
    free, market = lived(36, 500), licensed(0.5, open_us=1.0)
    us, china = open_of(market, 0), open_of(market, 1)
    assert market.lines.capability[us].max() <= 0.5 < free.lines.capability[open_of(free, 0)].max()
    assert market.lines.capability[china].max() > 1.5
    meta = market.lines.lab == market.lab_names.index("Meta")
    closed = meta & market.lines.live & (market.lines.access == CLOSED)
    assert closed.any() and market.lines.capability[closed].max() > 0.5
    assert not (meta & free.lines.live & (free.lines.access == CLOSED)).any()


def test_a_licence_is_refused_as_often_as_the_law_is_strict() -> None:
    """Of 600 seeds a third, which is G."""
    market = lived(8, 100, **{"law.licence": True, "law.licence_cap": -5.0})
    market.governments.stringency[:, OPEN] = 1.0 / 3.0
    refused = 0
    for seed in range(600):
        market.seed = seed
        refused += _refused(market, 3, 0, 1.0)
    assert abs(refused - 200) < 4.0 * np.sqrt(600 * 2.0 / 9.0)


def test_nobody_asks_for_a_licence_unless_there_is_one() -> None:
    strict, free = (lived(30, 500, **{"law.friction": 0.0, **law}) for law in ({"law.open_us": 1.0}, {}))
    assert strict.record.last("open_frontier") == free.record.last("open_frontier")


# What it costs


def test_compliance_and_liability_by_hand() -> None:
    """A tenth of a million a release at home, and half a million per unit of severity of closed services in Europe."""
    market = lived(3, 200)
    labs, lines = market.labs, market.lines
    market.parameters = PINNED.with_(**{"law.open_us": 0.01, "law.closed_eu": 0.5})
    labs.severity[:] = 0.0
    labs.severity[0] = [[7.0, 0.0], [0.0, 0.0], [3.0, 5.0]]
    lines.fresh[:] = False
    meta = market.lab_names.index("Meta")
    line = int(np.flatnonzero((lines.lab == meta) & (lines.access == OPEN))[0])
    lines.fresh[line] = lines.live[line] = True
    law(market)
    expected = np.zeros(len(labs))
    expected[0], expected[meta] = 0.5e6 * 3.0, 0.01 * 1e7
    np.testing.assert_allclose(labs.legal, expected, rtol=1e-12)


def test_what_the_law_costs_comes_out_of_rent_profit_and_cash() -> None:
    market = lived(20, 1000, **{"law.closed_us": 1.0, "law.liability": 1e8, "misuse.incidents": 1e-5})
    before, legal = market.labs.cash.copy(), market.labs.legal.copy()
    assert legal.max() > 1e6
    market.step()
    labs = market.labs
    np.testing.assert_allclose(labs.cash, before + labs.raised + labs.profit, rtol=1e-9, atol=1.0)
    np.testing.assert_allclose(labs.profit[labs.active], (labs.rent - labs.budget)[labs.active], rtol=1e-9, atol=1e-2)
    lines = market.lines
    complement = np.bincount(lines.lab, weights=labs.complement[lines.lab] * lines.users * (lines.access != CLOSED))
    np.testing.assert_allclose(labs.rent, labs.revenue + complement - labs.cost - legal, rtol=1e-9, atol=1.0)


@pytest.mark.parametrize("elasticity", [0.0, 0.6])
def test_liability_slows_innovation_as_far_as_compute_follows_rents(elasticity: float) -> None:
    world = {"finance.elasticity": elasticity}
    if elasticity == 0.0:  # nor may budgets follow rents after the record, or staff what users spend
        world |= {"finance.invest_mode": "frozen", "talent.outside_growth": 0.0, "talent.equity": 0.0}
    base = Market(PINNED, rng=3, developers=1000, **world)
    base.run(60)
    strict = Scenario(
        name="liable", params={"law.closed_us": 1.0, "law.closed_cn": 1.0, "law.closed_eu": 1.0, "law.liability": 1e8}
    )
    market = Market(PINNED, rng=3, developers=1000, setup=strict, reference=base.record, **world)
    market.run(60)
    lost = base.record.last("frontier") - market.record.last("frontier")
    assert lost == 0.0 if elasticity == 0.0 else lost > 1e-3
