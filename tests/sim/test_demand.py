"""Demand: tastes, home bias and utilities by hand."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market
from sim.agents.lab import ACCESS, CLOSED, TIERS
from sim.parameters.adoption import Adoption
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.views import demand

US, CN, EU = range(len(REGIONS))


def test_budgets_are_logistic_in_the_frontier() -> None:
    """Odds of the most are tenfold for each of two OOM at half an order of magnitude of money: from 1:9 to 10:9."""
    got = demand.budgets(np.array([10.0, 10.0]), np.array([100.0, 10.0]), 0.5, 2.0)
    np.testing.assert_allclose(got, [100.0 * 10.0 / 19.0, 10.0], rtol=1e-14)


def test_limits_of_budgets() -> None:
    """At GPT-3.5 the start, far beyond it the ceiling; and far below the ceiling each OOM adds ψ OOM of money."""
    start, ceiling = np.array([3.0, 40.0]), np.array([1e9, 50.0])
    np.testing.assert_allclose(demand.budgets(start, ceiling, 0.5, 0.0), start, rtol=1e-12)
    np.testing.assert_allclose(demand.budgets(start, ceiling, 0.5, 100.0), ceiling, rtol=1e-12)
    assert demand.budgets(start, ceiling, 0.5, 2.0)[0] == pytest.approx(30.0, rel=1e-6)
    np.testing.assert_allclose(demand.budgets(start, ceiling, 0.0, 7.0), start, rtol=1e-12)


def test_ceilings_are_never_below_the_start() -> None:
    """A ceiling below what is spent already is that: such budgets do not move."""
    market = Market(rng=1, developers=100, **{"population.ceiling_scale": 1e-3, "population.budget_scale": 1.0})
    segments = market.segments
    assert np.all(segments.budget_ceiling >= segments.budget_start)
    held = segments.budget_ceiling == segments.budget_start
    assert held.sum() > 30
    market.run(6)
    np.testing.assert_allclose(segments.budget[held], segments.budget_start[held], rtol=1e-12)


def test_what_a_community_adds_is_worth_more_to_those_whom_it_serves() -> None:
    """θ (m − 1) gain more utility for users of that kind, nothing for others, and capability is what it was."""
    market = Market(rng=1, developers=500, **{"contribution.community_scale": 1e4})
    market.run(30)
    before, _ = demand.utilities(market)
    market.parameters = market.parameters.with_(**{"contribution.relevance.indie": 3.0})
    after, _ = demand.utilities(market)
    live, indie = market.lines.live, market.segments.organisation == ORGANISATIONS.index("indie")
    gain = market.lines.gain[live]
    assert gain.max() > 0.01
    more = after[:, live] - before[:, live]
    np.testing.assert_allclose(more[indie], 2.0 * market.segments.theta[indie, None] * gain, rtol=1e-9, atol=1e-12)
    assert not more[~indie].any()


def test_tastes_by_hand() -> None:
    """e^(∓ spread · node) of the mean times the organisation's multiplier: 1.5 for indie, 0.8 for regulated users."""
    p = Adoption(price_sensitivity=2.0, quality_sensitivity=5.0, price_taste=0.5, quality_taste=np.log(2.0))
    alpha, theta = demand.tastes(np.array([0, 0, 4]), np.array([0.0, 1.0, -1.0]), p)
    np.testing.assert_allclose(alpha, [3.0, 3.0 * np.exp(-0.5), 1.6 * np.exp(0.5)], rtol=1e-14)
    np.testing.assert_allclose(theta, [4.0, 8.0, 4.25 / 2.0], rtol=1e-14)


def test_nodes_stand_for_tastes_of_the_spread_that_the_parameter_states() -> None:
    segments = Market(rng=1, developers=100).segments
    mean = np.average(segments.node, weights=segments.share)
    assert mean == pytest.approx(0.0, abs=1e-12)
    assert np.sqrt(np.average(segments.node**2, weights=segments.share)) == pytest.approx(0.85, abs=0.005)


def test_open_weights_lessen_a_dislike_of_foreign_labs_outside_china_only() -> None:
    p = Adoption(home_own=0.5, home_us_cn=-1.2, home_cn_us=-2.0, home_cn_eu=0.25, home_eu_cn=-0.6)
    bias = demand.home_bias(p)
    np.testing.assert_array_equal(bias, [[0.5, -1.2, 0.0], [-2.0, 0.5, 0.25], [0.0, -0.6, 0.5]])
    # A closed and an open line of China, an open one of the US.
    got = demand.bias_by_line(bias, np.array([CN, CN, US]), np.array([False, True, True]), 0.25)
    np.testing.assert_allclose(got, [[-1.2, -0.3, 0.5], [0.5, 0.5, -2.0], [-0.6, -0.15, 0.0]], rtol=1e-14)
    # A dislike of the own region is not one of hosts abroad.
    abroad = demand.bias_by_line(np.full((3, 3), -1.0), np.array([US]), np.array([True]), 0.25)
    np.testing.assert_array_equal(abroad, [[-1.0], [-1.0], [-0.25]])


def test_a_lab_supports_what_it_sells_where_it_has_service() -> None:
    market = Market(rng=1, developers=100)
    lines, labs = market.lines, market.labs
    slot = {(ACCESS[lines.access[row]], TIERS[lines.tier[row]]): row for row in np.flatnonzero(lines.lab == 0)}
    flagship, light, best, worse = (
        slot[name] for name in (("closed", "flagship"), ("closed", "light"), ("open", "flagship"), ("open", "light"))
    )
    lines.live[[flagship, light, best, worse]] = True
    lines.capability[[flagship, best, light, worse]] = [1.0, 1.5, 0.5, 0.4]
    rows = [flagship, light, best, worse]
    labs.region[0] = CN
    for service, where in ((0, []), (demand.AT_HOME, [CN]), (demand.EVERYWHERE, [0, 1, 2])):
        labs.service[0] = service
        expected = np.zeros((3, 4), bool)
        expected[where] = [True, True, True, False]  # a light model with open weights is not what the lab lives on
        np.testing.assert_array_equal(demand.supported(market)[:, rows], expected)
    lines.gain[worse] = 0.2  # until the community has made it the best
    assert demand.supported(market)[CN, worse]


def test_what_is_lost_without_support_is_lost_whether_open_or_closed() -> None:
    losses = {f"adoption.unsupported.{name}": float(number) for number, name in enumerate(ORGANISATIONS)}
    market = Market(rng=1, developers=100, **losses)
    live = np.flatnonzero(market.lines.live)
    with_support, _ = demand.utilities(market)
    market.labs.service[:] = 0
    without, _ = demand.utilities(market)
    lost = np.repeat(market.segments.organisation[:, None].astype(float), live.size, axis=1)
    served = with_support[:, live] - without[:, live]
    np.testing.assert_allclose(served[served != 0.0], lost[served != 0.0], atol=1e-12)
    assert (served != 0.0).any()


def test_trust_counts_half_more_for_those_who_answer_for_what_they_buy() -> None:
    market = Market(rng=1, developers=100, **{"trust.weight": 2.0})
    live = np.flatnonzero(market.lines.live)
    market.labs.trust[:] = 0.5
    before, _ = demand.utilities(market)
    market.labs.trust[:] = 0.9
    after, _ = demand.utilities(market)
    weight = np.where(np.isin(market.segments.organisation, [3, 4]), 3.0, 2.0)
    assert ORGANISATIONS[3:] == ("enterprise", "regulated")
    expected = np.repeat(0.4 * weight[:, None], live.size, axis=1)
    np.testing.assert_allclose(after[:, live] - before[:, live], expected, rtol=1e-9)


def test_firms_fear_what_a_lab_withdrew_of_its_closed_services() -> None:
    """H_f W for small, large and regulated firms, on closed lines only."""
    market = Market(rng=1, developers=100, **{"adoption.hold_up": 0.8})
    market.run(10)
    live = np.flatnonzero(market.lines.live)
    market.labs.withdrawn[:] = 0.0
    before, _ = demand.utilities(market)
    market.labs.withdrawn[:] = np.linspace(0.0, 1.0, len(market.labs))
    after, _ = demand.utilities(market)
    firms = np.isin(market.segments.organisation, [2, 3, 4])
    closed = market.lines.access[live] == CLOSED
    feared = 0.8 * market.labs.withdrawn[market.lines.lab[live]] * closed
    np.testing.assert_allclose(before[:, live] - after[:, live], firms[:, None] * feared, atol=1e-12)
    assert 0 < closed.sum() < closed.size


def test_utility_of_doing_without_has_its_price() -> None:
    """V₀ − α ln p₀."""
    market = Market(rng=1, developers=100, **{"adoption.outside_price": 4.0, "adoption.outside.indie": -3.0})
    _, outside = demand.utilities(market)
    indie = market.segments.organisation == 0
    np.testing.assert_allclose(outside[indie], -3.0 - market.segments.alpha[indie] * np.log(4.0), rtol=1e-12)


def test_dead_lines_cannot_be_chosen() -> None:
    market = Market(rng=1, developers=100)
    utility, _ = demand.utilities(market)
    np.testing.assert_array_equal(np.isfinite(utility), np.broadcast_to(market.lines.live, utility.shape))
    assert (market.lines.access[market.lines.live] == CLOSED).all()  # as in 2022-11
