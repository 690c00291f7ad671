"""Talent: the logit law of employers, monopsony wages, flows, spin-outs, and people who are never lost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from sim import Market, Parameters, Scenario, views
from sim.agents.lab import CLOSED
from sim.agents.researchers import HARDWARE, MODEL, RETIRED
from sim.mechanisms.talent import (
    adjust_wages,
    carried_methods,
    employer_appeal,
    entrant_identity,
    equity_rise,
    home_utility,
    lab_appeal,
    monopsony_wage,
    moving_cost,
    posted_wage,
    prestige,
    talent,
    taste_epoch,
)
from sim.numerics import draws
from sim.numerics.race import first_to_ring
from sim.opening import origin_given_workplace
from sim.parameters.fields import REGIONS
from sim.parameters.talent import MigrationCost, Talent
from sim.record import Workforce
from sim.views.labour import graduates, outside_wage_factor, publishing_value

WAYS = ("us_cn", "us_eu", "cn_us", "cn_eu", "eu_us", "eu_cn")
# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "talent.researchers": 6000,
        "talent.world": 30000.0,
        "talent.hardware_share": 0.15,
        "talent.mobility": 0.03,
        "talent.wage_weight": 4.0,
        "talent.publishing_weight": 1.15,
        "talent.prestige": 2.0,
        "talent.equity": 0.5,
        **{f"talent.home.{region}": 1.5 for region in ("us", "cn", "eu")},
        "talent.switching_cost": 2.5,
        **{f"talent.migration_cost.{way}": 3.0 for way in WAYS},
        "talent.taste_renewal": 24,
        "talent.elsewhere": 4.0,
        "talent.elsewhere_wage": 15000.0,
        "talent.outside_elasticity": 1.4,
        "talent.outside_growth": 0.5,
        "talent.hardware_pay": 0.15,
        "talent.entry_elasticity": 1.0,
        "talent.entry_lag": 48,
        "release.open_at_start": -1.0,
        "talent.open_gap": 3.0,
        "talent.human_share": 0.4,
        "talent.entry": 0.15,
        "talent.exit": 0.002,
        "talent.spin_out": 0.0002,
        "talent.work_us": 0.42,
        "talent.work_cn": 0.28,
    }
)


STILL = {"talent.exit": 0.0, "talent.entry": 0.0, "talent.spin_out": 0.0}
FREE = {**STILL, "talent.switching_cost": 0.0, **{f"talent.migration_cost.{way}": 0.0 for way in WAYS}}


def shares(utility: np.ndarray) -> np.ndarray:
    odds = np.exp(utility - utility.max())
    return odds / odds.sum()


# T15: the stationary law


def test_first_clock_to_ring_is_the_logit() -> None:
    number, utility = 200_000, np.array([0.0, 1.0, -1.0, 2.0, -np.inf])
    draw = draws.uniform(1, "researcher_taste", 0, np.arange(number)[:, None], np.arange(5)[None, :])
    counts = np.bincount(first_to_ring(np.broadcast_to(utility, (number, 5)), draw), minlength=5)
    mean = number * shares(utility)
    assert counts[4] == 0
    chi2 = ((counts - mean)[:4] ** 2 / mean[:4]).sum()
    assert abs(chi2 - 3.0) / np.sqrt(6.0) < 4.0


def test_stationary_distribution_of_researchers_is_the_logit() -> None:
    """Without costs of moving, and with new tastes every month, employers' shares are e^U/Σe^U by origin."""
    market = Market(
        PINNED,
        rng=3,
        developers=100,
        **FREE,
        **{"talent.researchers": 100_000, "talent.mobility": 1.0, "talent.taste_renewal": 1},
    )
    market.run(2)
    people = market.researchers
    appeal = employer_appeal(market)
    market.month += 1
    talent(market)
    chi2 = dof = 0.0
    for skill, origin in np.ndindex(2, len(REGIONS)):
        here = (people.origin == origin) & (people.skill == skill)
        counts = np.bincount(people.employer[here], minlength=people.employers)
        mean = here.sum() * shares(appeal[skill] + 1.5 * (market.employer_region == origin))
        open_to_all = np.isfinite(appeal[skill])
        assert counts[~open_to_all].sum() == 0
        thick = open_to_all & (mean >= 5.0)
        chi2 += ((counts - mean)[thick] ** 2 / mean[thick]).sum()
        dof += thick.sum() - 1
    assert dof > 20
    assert abs(chi2 - dof) / np.sqrt(2.0 * dof) < 4.0


def test_costs_of_moving_keep_people_at_the_rate_of_the_logit() -> None:
    """Of those who reconsider, P(stay) has e^(switching), and e^(migration) for all of the own region."""
    market = Market(
        PINNED,
        rng=4,
        developers=100,
        **STILL,
        **{"talent.researchers": 100_000, "talent.taste_renewal": 1, "talent.mobility": 0.5},
    )
    market.run(2)
    people = market.researchers
    before, appeal = people.employer.copy(), employer_appeal(market)
    market.month += 1
    talent(market)
    region = market.employer_region
    expected = variance = observed = 0.0
    for employer in np.unique(before):
        for skill, origin in np.ndindex(2, len(REGIONS)):
            here = (before == employer) & (people.origin == origin) & (people.skill == skill)
            utility = appeal[skill] + 1.5 * (region == origin)
            utility = utility - 2.5 * (np.arange(people.employers) != employer) - 3.0 * (region != region[employer])
            chance = 0.5 * (1.0 - shares(utility)[employer])
            expected += here.sum() * chance
            variance += here.sum() * chance * (1.0 - chance)
            observed += np.count_nonzero(people.employer[here] != employer)
    assert observed > 500
    assert abs(observed - expected) / np.sqrt(variance) < 4.0


def test_nobody_moves_at_mobility_zero() -> None:
    market = Market(PINNED, rng=4, developers=100, **STILL, **{"talent.mobility": 0.0})
    before = market.researchers.employer.copy()
    market.run(6)
    np.testing.assert_array_equal(market.researchers.employer, before)
    assert market.record.flows("employer") == []


def test_tastes_are_kept_for_their_renewal() -> None:
    """Who reconsiders in the same circumstances with the same tastes comes to the same decision."""
    market = Market(PINNED, rng=4, developers=100, **FREE, **{"talent.mobility": 1.0, "talent.taste_renewal": 1200})
    market.labs.wage[:] = market.labs.hardware_wage[:] = 15_000.0
    people = market.researchers
    market.month = 1
    talent(market)
    first = people.employer.copy()
    market.labs.wage[:] = market.labs.hardware_wage[:] = 15_000.0
    market.month = 2
    talent(market)
    # One in 1200 has a new phase of tastes.
    assert (people.employer == first).mean() > 0.99
    assert len(np.unique(first)) > 5


# T16: monopsony


@pytest.mark.parametrize("labs", [2, 5, 50])
@pytest.mark.parametrize("weight", [1.5, 4.0])
def test_symmetric_wage_is_the_best_response_of_each_employer(labs: int, weight: float) -> None:
    """w = MRP e/(1 + e), e = β_w (1 − 1/L), is where (MRP − w) H(w) is largest, the others paying it."""
    product = 30_000.0
    wage = monopsony_wage(np.array([product / 0.4]), np.ones(1), np.array([1.0 / labs]), 0.4, weight)[0]
    elasticity = weight * (1.0 - 1.0 / labs)
    assert wage == pytest.approx(product * elasticity / (1.0 + elasticity), rel=1e-12)

    def loss(log_wage: float) -> float:
        own = np.exp(weight * log_wage)
        return -(product - np.exp(log_wage)) * own / (own + (labs - 1) * wage**weight)

    best = minimize_scalar(
        loss, bounds=(np.log(product) - 3.0, np.log(product)), method="bounded", options={"xatol": 1e-10}
    )
    assert np.exp(best.x) == pytest.approx(wage, rel=1e-5)


def test_one_open_lab_among_five_pays_less_and_hires_more() -> None:
    """β_w = 4 and publishing worth 25% of the wage: wage −7%, share 20% → 37%, solved by hand."""
    value = -np.log(0.75) * 4.0
    share = np.full(5, 0.2)
    for _ in range(500):
        wage = monopsony_wage(np.full(5, 1.0), np.ones(5), share, 1.0, 4.0)
        target = shares(4.0 * np.log(wage) + value * (np.arange(5) == 0))
        share = 0.5 * share + 0.5 * target
    assert wage[0] / wage[1] - 1.0 == pytest.approx(-0.07, abs=0.005)
    assert share[0] == pytest.approx(0.37, abs=0.005)


def test_wages_of_the_market_are_those_of_the_closed_form() -> None:
    market = Market(PINNED, rng=1, developers=100)
    market.run(12)
    labs, people = market.labs, market.researchers
    adjust_wages(market, 1.0)
    for skill, part, wage in ((MODEL, 0.85, labs.wage), (HARDWARE, 0.15, labs.hardware_wage)):
        has = people.skill == skill
        staff = np.array([np.count_nonzero(has & (people.employer == row)) * 5.0 for row in range(len(labs))])
        elasticity = 4.0 * (1.0 - staff / (np.count_nonzero(has & (people.employer != RETIRED)) * 5.0))
        expected = 0.4 * part * labs.budget / np.maximum(staff, 5.0) * elasticity / (1.0 + elasticity)
        np.testing.assert_allclose(wage, np.maximum(expected, 1500.0), rtol=1e-12)


def test_wages_are_sticky() -> None:
    market = Market(PINNED, rng=1, developers=100)
    market.run(3)
    before = market.labs.wage.copy()
    adjust_wages(market, 1.0)
    optimum = market.labs.wage.copy()
    market.labs.wage[:] = before
    adjust_wages(market, 0.2)
    np.testing.assert_allclose(np.log(market.labs.wage), 0.8 * np.log(before) + 0.2 * np.log(optimum), rtol=1e-12)


# Appeal


def test_value_of_publishing_by_level() -> None:
    np.testing.assert_allclose(publishing_value(np.arange(5), 0.1), [0.0, 1.0, 1.1, 1.2, 1.3])


def test_prestige_and_equity_by_hand() -> None:
    # At the frontier, one OOM behind it, further behind than counts, and without a model.
    np.testing.assert_allclose(prestige(np.array([4.0, 3.0, -2.0, -np.inf]), 4.0), [0.0, -1.0, -3.0, -3.0], rtol=1e-14)
    # A million and a half to four: ln(5/2.5). A fall to nothing and a first billion count as a factor e.
    got = equity_rise(np.array([4e6, 0.0, 1e9]), np.array([1.5e6, 1e9, 0.0]))
    np.testing.assert_allclose(got, [np.log(2.0), -1.0, 1.0], rtol=1e-14)


def test_appeal_of_a_lab_by_hand() -> None:
    """4 ln(e) + 2 (−½) + 1.5 (1 + 0.2) + 0.5 · ½; a closed lab that pays nothing posts a dollar."""
    p = Talent(
        wage_weight=4.0,
        prestige=2.0,
        publishing_weight=1.5,
        weights_publishing=0.2,
        equity=0.5,
    )
    wage = np.array([[1000.0 * np.e, 0.0], [2000.0, 2000.0]])
    outside = np.array([1000.0, 2000.0])
    got = lab_appeal(wage, outside, np.array([-0.5, 0.0]), np.array([2, 0]), np.array([0.5, 0.0]), p)
    np.testing.assert_allclose(got[0], [4.0 - 1.0 + 1.8 + 0.25, -4.0 * np.log(1000.0)], rtol=1e-14)
    # The other skill earns no more at the labs than outside them.
    np.testing.assert_allclose(got[1], [-1.0 + 1.8 + 0.25, 0.0], rtol=1e-14, atol=1e-14)


def test_utility_at_home_and_costs_of_moving_by_hand() -> None:
    """Employers in the regions 0, 0 and 2; each region pulls and each border costs in its own way."""
    region = np.array([0, 0, 2])
    got = home_utility(np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), region, np.array([10.0, 20.0, 30.0]))
    np.testing.assert_array_equal(got[0], [[11.0, 12.0, 3.0], [1.0, 2.0, 3.0], [1.0, 2.0, 33.0]])
    np.testing.assert_array_equal(got[1], [[10.0, 10.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 30.0]])
    border = np.array([[0.0, 1.0, 5.0], [2.0, 0.0, 3.0], [6.0, 4.0, 0.0]])
    np.testing.assert_array_equal(moving_cost(region, 2.0, border), [[0.0, 2.0, 7.0], [2.0, 0.0, 7.0], [8.0, 8.0, 0.0]])


def test_borders_are_named_from_and_to() -> None:
    costs = MigrationCost(us_cn=1.0, us_eu=2.0, cn_us=3.0, cn_eu=4.0, eu_us=5.0, eu_cn=6.0)
    np.testing.assert_array_equal(costs.matrix(), [[0.0, 1.0, 2.0], [3.0, 0.0, 4.0], [5.0, 6.0, 0.0]])


def test_epochs_of_tastes_begin_at_a_personal_phase() -> None:
    """Renewed every 24 months: the first in months 24, 23, 12 and 1 for phases 0, 1, 12 and 23."""
    phase = np.array([0.0, 1.5 / 24.0, 0.5, 23.9 / 24.0])
    for month, expected in {0: [0, 0, 0, 0], 1: [0, 0, 0, 1], 12: [0, 0, 1, 1], 23: [0, 1, 1, 1], 24: [1] * 4}.items():
        np.testing.assert_array_equal(taste_epoch(month, phase, 24), expected)


def test_what_hires_carry_by_hand() -> None:
    """Two of 5 FTE each join lab 1, of 50, from labs that know 2 and 0.5 more; a better lab learns nothing."""
    got = carried_methods(
        np.array([0, 2, 1]), np.array([1, 1, 0]), np.array([3.0, 1.0, 1.5]), np.array([20.0, 50.0, 10.0]), 5.0
    )
    np.testing.assert_allclose(got, [0.0, 0.25, 0.0], rtol=1e-14)


def test_posted_wages_by_hand() -> None:
    """Halfway from 400 to 900 in logarithms is 600; whoever posted nothing posted a dollar."""
    got = posted_wage(np.array([400.0, 0.0]), np.array([900.0, 900.0]), 0.5)
    np.testing.assert_allclose(got, [600.0, 30.0], rtol=1e-14)


def test_scientists_accept_a_quarter_less_to_publish() -> None:
    """Stern (2004): at the defaults a lab that publishes appeals as much at 75% of the wage."""
    market = Market(PINNED, rng=1, developers=100, **{"talent.prestige": 0.0, "talent.equity": 0.0})
    labs = market.labs
    labs.active[:] = True
    labs.openness[:] = 0
    labs.openness[3] = 1
    labs.wage[:] = 20_000.0
    labs.wage[3] = 15_000.0
    appeal = employer_appeal(market)[MODEL]
    assert appeal[3] == pytest.approx(appeal[0], abs=0.01)
    # Money: 4 utils a log point over the wage elsewhere, whose own utility is 4.
    assert appeal[0] == pytest.approx(4.0 * np.log(20.0 / 15.0), rel=1e-12)
    assert np.all(appeal[len(labs) :] == 4.0)


def test_prestige_counts_distance_to_the_frontier_up_to_three_oom() -> None:
    market = Market(PINNED, rng=1, developers=100)
    market.run(8)
    labs = market.labs
    labs.wage[:] = labs.hardware_wage[:] = 15_000.0
    labs.openness[:] = 0
    labs.valuation[:] = labs.valuation_year_ago
    capability, frontier = market.record.labs["capability"][-1], market.world.frontier[0]
    appeal = employer_appeal(market)
    with_model = np.isfinite(capability)
    behind = 2.0 * (np.maximum(capability[with_model] - frontier, -3.0))
    for of_skill in appeal:
        np.testing.assert_allclose(of_skill[: len(labs)][with_model], behind, atol=1e-12)
        assert np.all(of_skill[: len(labs)][~with_model & labs.active] == -6.0)
        assert np.all(of_skill[: len(labs)][~labs.active] == -np.inf)


def test_academia_stands_at_the_best_open_weights() -> None:
    """Its distance is that of the best open line, of what was public before, or three OOM: whichever is least."""
    market = Market(PINNED, rng=1, developers=100)
    lines, labs, frontier = market.lines, market.labs, market.world.frontier
    assert not lines.live[lines.access != CLOSED].any() and frontier[0] == 0.0
    np.testing.assert_allclose(employer_appeal(market)[:, len(labs) :], 4.0 - 2.0 * 1.0)
    frontier[0] = 7.0
    np.testing.assert_allclose(employer_appeal(market)[:, len(labs) :], 4.0 - 2.0 * 3.0)
    assert views.open_frontier(market, 3.0) == 4.0 and views.open_frontier(market, 0.5) == 6.5
    line = np.flatnonzero(lines.access != CLOSED)[0]
    lines.live[line], lines.capability[line], lines.gain[line] = True, 5.0, 0.25
    np.testing.assert_allclose(employer_appeal(market)[:, len(labs) :], 4.0 - 2.0 * 1.75)


def test_open_weights_keep_people_out_of_labs() -> None:
    """With prestige, academia loses people to labs where nobody may publish weights, and not without it."""
    staff = {}
    for weight in (0.0, 3.0):
        for allowed in (True, False):
            values = {
                "talent.open_gap": 1.5,
                "talent.prestige": weight,
                "release.weights_allowed": allowed,
                "finance.elasticity": 0.0,
            }
            market = Market(PINNED, rng=3, developers=100, **values)
            market.run(37)
            staff[weight, allowed] = market.record.market["researchers_labs"][-1]
    assert staff[3.0, False] > staff[3.0, True] + 0.05
    assert abs(staff[0.0, False] - staff[0.0, True]) < 0.05


def test_a_rise_in_value_attracts() -> None:
    market = Market(PINNED, rng=1, developers=100, **{"talent.prestige": 0.0})
    labs = market.labs
    labs.active[:] = True
    labs.valuation_year_ago[:] = 1e9
    labs.valuation[:] = 1e9
    before = employer_appeal(market)[HARDWARE]
    labs.valuation[0], labs.valuation[1] = 2e9, 1e12
    after = employer_appeal(market)[HARDWARE]
    assert after[0] - before[0] == pytest.approx(0.5 * np.log(2001e6 / 1001e6), rel=1e-12)
    assert after[1] - before[1] == pytest.approx(0.5, rel=1e-12)  # at most a factor e
    np.testing.assert_array_equal(after[2:], before[2:])


# T20: nobody is lost


def test_researchers_are_conserved_and_flows_tell_where_they_went() -> None:
    market = Market(
        PINNED, rng=8, developers=200, **{"talent.exit": 0.02, "talent.spin_out": 0.005, "talent.mobility": 0.1}
    )
    people, names = market.researchers, market.record._employers
    first, skills = len(people), people.skill.copy()
    assert first == people.entered == people.active() + people.exited > 6000
    assert people.exited > 0
    weight = 30_000.0 / 6000
    moved_in_total = 0.0
    for _ in range(40):
        before = people.employer.copy()
        market.step()
        now, old = people.employer, people.employer[: before.size]
        assert people.entered == len(people)
        np.testing.assert_array_equal(people.skill[:first], skills)
        by_region = np.bincount(market.employer_region[now[now != RETIRED]], minlength=3) * weight
        np.testing.assert_allclose(market.governments.researchers, by_region, atol=1e-9)
        assert people.active() == people.entered - people.exited == np.count_nonzero(now != RETIRED)
        assert np.all(old[before == RETIRED] == RETIRED)
        net = np.zeros(people.employers)
        for month, origin, destination, number in market.record.flows("employer"):
            if month == market.month:
                net[names.index(origin)] -= number
                net[names.index(destination)] += number
                moved_in_total += number
        entered = np.bincount(now[before.size :], minlength=people.employers) * weight
        retired = np.bincount(before[(before != RETIRED) & (old == RETIRED)], minlength=people.employers) * weight
        stock_before = np.bincount(before[before != RETIRED], minlength=people.employers) * weight
        stock_now = people.staff().sum(axis=0)
        np.testing.assert_allclose(stock_now, stock_before + net + entered - retired, atol=1e-9)
        np.testing.assert_allclose(
            market.labs.researchers + market.labs.hardware_researchers, stock_now[: people.labs], atol=1e-9
        )
    assert len(people) > first
    assert people.exited > 1000
    assert moved_in_total > 1000
    assert len(np.unique(people.identity)) == len(people)


def test_flows_between_regions_are_those_between_employers() -> None:
    market = Market(PINNED, rng=8, developers=200, **{"talent.mobility": 0.2})
    market.run(15)
    region = dict(zip(market.record._employers, (REGIONS[r] for r in market.employer_region), strict=True))
    expected: dict = {}
    for month, origin, destination, number in market.record.flows("employer"):
        if month > 3 and region[origin] != region[destination]:
            key = region[origin], region[destination]
            expected[key] = expected.get(key, 0.0) + number
    for (origin, destination), number in expected.items():
        assert market.record.moves_between(origin, destination, 12) == pytest.approx(number)
    assert len(expected) >= 4
    assert market.record.market["migration_cn_us"][-1] == pytest.approx(expected["CN", "US"])
    assert market.record.market["migration_us_cn"][-1] == pytest.approx(expected["US", "CN"])


def test_entrants_exits_and_founders_come_at_their_rates() -> None:
    """Entry 15% of 6,000 agents a year, exits .02 and spin-outs .01 a month; 36 months."""
    market = Market(
        PINNED,
        rng=5,
        developers=200,
        **{"talent.exit": 0.02, "talent.spin_out": 0.01, "talent.mobility": 0.0, "entry.stock": 0},
    )
    people, entered, exited = market.researchers, market.researchers.entered, market.researchers.exited
    at_risk = at_lab = 0.0
    for _ in range(36):
        at_risk += people.active()
        here = np.count_nonzero((people.employer >= 0) & (people.employer < people.labs))
        market.step()
        at_lab += here * 0.98
    moves = market.record.flows("employer")
    # Nobody moves otherwise; month 0 is before the count.
    assert all(destination.startswith("startups") for _, _, destination, _ in moves)
    founders = sum(number for month, _, _, number in moves if month > 0) / people.weight
    rate = 0.15 / 12.0 * 6000 * 36
    assert abs(people.entered - entered - rate) < 4.0 * np.sqrt(rate)
    assert abs(people.exited - exited - 0.02 * at_risk) < 4.0 * np.sqrt(0.02 * at_risk)
    assert abs(founders - 0.01 * at_lab) < 4.0 * np.sqrt(0.01 * at_lab)
    assert founders > 50


def test_entrants_have_identities_of_their_own_month_and_region() -> None:
    every = np.concatenate([entrant_identity(month, region, 50) for month in range(60) for region in range(3)])
    assert len(np.unique(every)) == every.size
    # Fewer or more entrants are the same people first.
    np.testing.assert_array_equal(entrant_identity(3, 1, 5), entrant_identity(3, 1, 9)[:5])


def test_start_has_the_published_staff_and_workplaces() -> None:
    market = Market(PINNED, rng=1, developers=100, **STILL, **{"talent.mobility": 0.0})
    people, history = market.researchers, market.history
    staff = market.labs.researchers + market.labs.hardware_researchers
    np.testing.assert_allclose(staff, 5.0 * np.round(history.values("researchers_0") / 5.0))
    total = 30_000.0
    elsewhere = people.staff().sum(axis=0)[people.labs :][:3]
    np.testing.assert_allclose(elsewhere / elsewhere.sum(), [0.42, 0.28, 0.30], atol=1e-3)
    assert staff.sum() + elsewhere.sum() == total
    skilled = np.count_nonzero(people.skill == HARDWARE)
    assert abs(skilled - 900) < 4.0 * np.sqrt(6000 * 0.15 * 0.85)


def test_origins_at_a_workplace_lean_to_its_own_region() -> None:
    got = origin_given_workplace(np.array([0.2, 0.5, 0.3]), np.log([3.0, 1.0, 2.0]))
    np.testing.assert_allclose(got[0], np.array([0.6, 0.5, 0.3]) / 1.4)
    np.testing.assert_allclose(got[1], [0.2, 0.5, 0.3])
    np.testing.assert_allclose(got[2], np.array([0.2, 0.5, 0.6]) / 1.3)
    np.testing.assert_allclose(got.sum(axis=1), 1.0)


def test_staff_of_a_lab_that_never_exists_are_elsewhere_in_its_region() -> None:
    with_lab = Market(PINNED, rng=1, developers=100, **STILL, **{"talent.mobility": 0.0})
    without = Market(
        PINNED,
        rng=1,
        developers=100,
        setup=Scenario(name="no_deepseek", labs={"DeepSeek": "absent"}),
        **STILL,
        **{"talent.mobility": 0.0, "finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    row = with_lab.lab_names.index("DeepSeek")
    first, second = with_lab.researchers, without.researchers
    np.testing.assert_array_equal(first.identity, second.identity)
    np.testing.assert_array_equal(first.origin, second.origin)
    np.testing.assert_array_equal(first.skill, second.skill)
    moved = first.employer != second.employer
    assert moved.sum() == np.count_nonzero(first.employer == row) > 0
    assert np.all(second.employer[moved] == second.elsewhere(REGIONS.index("CN")))


# The labour market beyond labs


def test_wage_outside_labs_by_hand() -> None:
    """ŵ = (Ŝ^½/N̂)^(1/1.5): eightfold spend and half the people, or as many as before and no growth."""
    np.testing.assert_allclose(outside_wage_factor(64.0, np.array([1.0, 8.0]), 0.5, 1.5), [4.0, 1.0], rtol=1e-14)
    np.testing.assert_allclose(outside_wage_factor(64.0, np.array([0.125]), 0.0, 1.5), [4.0], rtol=1e-14)


def test_wage_outside_labs_answers_after_the_record_only() -> None:
    market = Market(PINNED, rng=2, developers=300, **{"record.end": "2024-06"})
    market.run(20)
    np.testing.assert_array_equal(market.world.outside_wage, [[15_000.0, 15_000.0]])
    people = []
    for _ in range(8):
        outside = market.researchers.employer >= len(market.labs)
        people.append(np.bincount(market.researchers.skill[outside], minlength=2))
        market.step()
    spend = market.record.market["spend"]
    expected = 15_000.0 * ((spend[27] / spend[19]) ** 0.5 / (people[-1] / _outside_at(19))) ** (1 / 1.4)
    np.testing.assert_allclose(market.world.outside_wage[0], expected, rtol=1e-12)


def _outside_at(month: int) -> np.ndarray:
    market = Market(PINNED, rng=2, developers=300, **{"record.end": "2024-06"})
    market.run(month)
    people = market.researchers
    return np.bincount(people.skill[people.employer >= len(market.labs)], minlength=2)


def test_graduates_follow_wages_of_their_skill_after_the_lag() -> None:
    """Twice the wage that they saw when they began, at elasticity 2: four times as many; at most ten times."""
    market = Market(PINNED, rng=2, developers=100, **{"talent.entry_lag": 12, "talent.entry_elasticity": 2.0})
    wages = [Workforce(np.ones(2), np.array([100.0, 100.0])) for _ in range(50)]
    wages[38] = Workforce(np.ones(2), np.array([200.0, 1000.0]))
    market.record.workforce[:] = wages
    for month, expected in {30: [1.0, 1.0], 37: [1.0, 1.0], 49: [1.0, 1.0], 50: [4.0, 10.0]}.items():
        market.month = month
        np.testing.assert_allclose(graduates(market), expected)


def test_graduates_before_the_start_saw_the_wages_of_the_first_month() -> None:
    market = Market(PINNED, rng=2, developers=100)
    market.record.workforce[:] = [Workforce(np.ones(2), np.full(2, 1.0 + month)) for month in range(60)]
    market.month = 47
    np.testing.assert_array_equal(graduates(market), [1.0, 1.0])
    market.month = 50
    np.testing.assert_array_equal(graduates(market), [3.0, 3.0])


def test_a_plan_trains_engineers_where_it_is_made_and_changes_nobody_elses_luck() -> None:
    """1,200 a year from China from 2023-07 on, 40 months: engineers who enter there, beside those who would have."""
    plan = {"2023-07": {"params": {"talent.engineers.cn": 1200.0}}}
    pair = [
        Market(PINNED, rng=5, developers=100, **{"talent.mobility": 0.0}, setup=setup)
        for setup in (None, Scenario.from_dict({"name": "plan", "changes": plan}))
    ]
    numbers = []
    for market in pair:
        market.run(40)
        people = market.researchers
        entered = np.arange(len(people)) >= 6000
        numbers.append(np.bincount(2 * people.origin[entered] + people.skill[entered], minlength=6))
    expected = 1200.0 / 12.0 / 5.0 * 33
    gain = numbers[1] - numbers[0]
    assert gain[[0, 1, 4, 5]].tolist() == [0, 0, 0, 0]
    assert abs(gain[2] + gain[3] - expected) < 4.0 * np.sqrt(expected)
    assert gain[3] > 0.9 * expected
    assert set(pair[0].researchers.identity) <= set(pair[1].researchers.identity)
    more = pair[1].governments.hardware_researchers - pair[0].governments.hardware_researchers
    assert more[1] > 0.3 * expected * 5.0


def test_pay_by_skill_draws_that_skill_to_labs() -> None:
    """Double the part of staff costs that hardware skill earns: more of them at labs, and fewer of the others."""
    staff = {}
    for part in (0.15, 0.3):
        market = Market(PINNED, rng=5, developers=100, **{"talent.hardware_pay": part})
        market.run(24)
        staff[part] = market.labs.hardware_researchers.sum(), market.labs.researchers.sum()
    assert staff[0.3][0] > 1.2 * staff[0.15][0]
    assert staff[0.3][1] < staff[0.15][1]


def test_a_closed_border_keeps_people_and_a_stronger_pull_brings_them_back() -> None:
    """One direction closed from a date on stops that flow alone; a pull of one region brings its people home."""
    moved = {}
    for name, params in {
        "as it is": {},
        "closed": {"talent.migration_cost.cn_us": 20.0},
        "return": {"talent.home.cn": 3.0},
    }.items():
        setup = Scenario.from_dict({"name": name, "changes": {"2024-01": {"params": params}}})
        market = Market(PINNED, rng=5, developers=100, setup=setup, **{"talent.mobility": 0.1})
        market.run(36)
        last = {key: 0.0 for key in (("US", "CN"), ("CN", "US"), ("EU", "US"))}
        for month, here, there, number in market.record.flows("region"):
            if month >= 14 and (here, there) in last:
                last[here, there] += number
        moved[name] = last
    assert moved["closed"]["CN", "US"] == 0.0 < moved["as it is"]["CN", "US"]
    assert moved["closed"]["EU", "US"] > 0.5 * moved["as it is"]["EU", "US"] > 0.0
    assert moved["return"]["US", "CN"] > 2.0 * moved["as it is"]["US", "CN"]
