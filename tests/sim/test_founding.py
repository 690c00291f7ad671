"""Labs that are founded after the record: what founding is worth, what a new lab starts with, and what it changes."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from sim.agents.lab import MAX_LABS, SLOTS, WEIGHTS
from sim.data import history
from sim.mechanisms.founding import entrant_value, founding_hazard, months_behind, of_median, of_staff
from sim.parameters.fields import REGIONS
from tests.instruments.labs import impoverish

# The record ends early, and whoever can be founded is at once.
SOON = {"record.end": "2023-06", "finance.founding": 10.0, "finance.founding_cost": 1e8}
NEW = ("Newcomer US 1", "Newcomer CN 1", "Newcomer EU 1", "Newcomer US 2", "Newcomer CN 2", "Newcomer EU 2")
COST = 1e8


# What it is worth


def test_an_entrant_wins_its_share_as_late_as_it_starts_behind() -> None:
    """120 $bn, two rivals of 2 and 1, 1 of its own: 1/4 of it, or 1/6 where research counts squared; half in ln 2/r."""
    effort, lag = np.array([2.0, 0.0, 1.0]), np.array([0.0, 12.0 * math.log(2.0) / 0.1, 1e9])
    found = entrant_value(120.0, effort, 1.0, 1.0, 0.1, lag)
    np.testing.assert_allclose(found, [30.0, 15.0, 0.0], rtol=1e-12)
    np.testing.assert_allclose(entrant_value(120.0, effort, 1.0, 2.0, 0.1, lag[:1]), [20.0], rtol=1e-12)
    np.testing.assert_allclose(entrant_value(120.0, np.zeros(2), 1.0, 0.0, 0.1, lag[:1]), [120.0], rtol=1e-12)


def test_a_founding_happens_where_it_is_worth_more_than_its_cost() -> None:
    """ln 2 in the mean is one half; at its cost or below nobody founds, nor at rate 0."""
    value = np.array([0.0, 1e9, 1e9 * (1.0 + math.log(2.0) / 0.05)])
    np.testing.assert_allclose(founding_hazard(value, 1e9, 0.05), [0.0, 0.0, 0.5], rtol=1e-12)
    assert not founding_hazard(value, 1e9, 0.0).any()


def test_months_behind_a_frontier_that_may_fall() -> None:
    path = np.array([0.0, 1.0, 3.0, 2.0])
    found = months_behind(path, np.array([-1.0, 0.0, 0.5, 1.0, 1.5, 3.0, 3.5]))
    assert found.tolist() == [4.0, 4.0, 3.0, 3.0, 2.0, 2.0, 0.0]


def test_founders_know_what_staff_of_the_region_know() -> None:
    values, region = np.array([1.0, 3.0, 10.0, 7.0]), np.array([0, 0, 1, 1])
    np.testing.assert_allclose(of_staff(values, np.array([3.0, 1.0, 0.0, 0.0]), region, -1.0), [1.5, -1.0, -1.0])
    exists = np.array([True, True, True, False])
    np.testing.assert_allclose(of_median(values, region, exists), [2.0, 10.0, 3.0])


# Rows that wait


def test_two_labs_a_region_wait_and_are_like_the_middle_of_its_labs() -> None:
    plain = history.load()
    more = plain.with_newcomers(2)
    assert more is plain.with_newcomers(2) and more.with_newcomers(2) is more
    assert more.names == (*plain.names, *NEW)
    assert [int(more.attributes[name]["uid"]) for name in NEW] == [MAX_LABS - 1 - k for k in range(6)]
    table = more.lab_table()
    new = slice(len(plain.names), None)
    assert table.region[new].tolist() == [0, 1, 2, 0, 1, 2]
    assert table.service[new].tolist() == [2, 1, 0, 2, 1, 0]
    assert table.cadence[new].tolist() == [4.0] * 6
    assert not table.parent[new].any() and not table.cash[new].any()
    assert not more.budget_path(37)[new].any()
    np.testing.assert_array_equal(more.budget_path(37)[: new.start], plain.budget_path(37))
    # US labs end closed, Chinese and European ones with weights.
    first = len(plain.names)
    assert [more.levels(first + row, tier, 99) for row in range(3) for tier in (0, 1)] == [(0,)] * 2 + [(WEIGHTS,)] * 4


def test_labs_of_ones_own_keep_their_names_and_uids() -> None:
    mine = history.load().with_lab("Newcomer US 1", like="Mistral", uid=MAX_LABS - 1).with_newcomers(2)
    assert len(set(mine.names)) == len(mine.names) and mine.names[-6] == "Newcomer US 2"
    assert len({of_lab["uid"] for of_lab in mine.attributes.values()}) == len(mine.names)
    full = history.load()
    while len(full.names) < MAX_LABS - 1:
        full = full.with_lab(f"Lab {len(full.names)}", like="Mistral", researchers_0=0)
    assert full.with_newcomers(2).newcomers == 1


def test_a_rate_of_zero_leaves_no_rows() -> None:
    for market in (
        sim.Market(rng=1, developers=100, **{"finance.founding": 0.0}),
        sim.Market(rng=1, developers=100, without=("founding",)),
    ):
        assert market.lab_names == history.load().names
        assert market.record.last("labs_founded") == 0.0
        assert market.record.last("labs_active") == market.labs.active.sum()
    with pytest.raises(sim.ScenarioError, match=r"finance\.founding: it is read at the start only"):
        sim.Scenario(name="later", changes={"2026-01": {"params": {"finance.founding": 0.2}}}).check()


def test_the_record_is_the_same_to_the_bit_with_and_without() -> None:
    """Of every lab of it in every measure, of researchers, of everybody's choice."""
    on, off = (sim.Market(rng=3, developers=1000, **{"finance.founding": rate}) for rate in (0.05, 0.0))
    labs = len(off.labs)
    for _ in range(37):
        on.step()
        off.step()
        assert np.array_equal(on.developers.choice, off.developers.choice), on.date
    assert on.date == "2025-12" and len(on.labs) == labs + len(REGIONS)
    assert not on.labs.active[labs:].any() and not on.labs.researchers[labs:].any()
    for name, values in off.record.labs.items():
        assert np.array_equal(values, on.record.labs[name][:, :labs], equal_nan=True), name
    employer = on.researchers.employer
    assert np.array_equal(off.researchers.employer, np.where(employer >= labs, employer - len(REGIONS), employer))
    assert np.array_equal(off.researchers.identity, on.researchers.identity)
    for name, path in off.record.market.items():
        assert on.record.market[name] == pytest.approx(path, rel=1e-12, nan_ok=True), name
    assert on.record.told.tolist() == list(range(labs))


# A lab that was founded


@pytest.fixture(scope="module")
def young() -> sim.Market:
    """The first month after the record in which the first labs were founded."""
    market = sim.Market(rng=2, developers=500, **SOON)
    market.run(8)
    return market


def test_in_its_first_month_a_lab_has_its_cost_less_what_it_spends(young: sim.Market) -> None:
    labs, first = young.labs, len(young.labs) - len(REGIONS)
    there = np.flatnonzero(labs.entry[first:] == young.month) + first
    assert there.tolist() == [first, first + 1, first + 2]
    assert labs.active[there].all()
    np.testing.assert_allclose(labs.raised[there], COST)
    np.testing.assert_allclose(labs.budget[there], COST / 24.0)
    np.testing.assert_allclose(labs.cash[there], COST * 23.0 / 24.0, rtol=1e-12)
    np.testing.assert_allclose(labs.value[there], young.governments.founding_value, rtol=1e-12)
    assert (young.governments.founding_value > COST).all()
    assert young.record.last("labs_founded") == 3.0
    assert young.record.last("founding_value") == young.governments.founding_value.max() / 1e9
    assert young.record.told.size == first + 3


def test_cash_is_an_identity_and_compute_follows_money() -> None:
    market = sim.Market(rng=2, developers=500, **SOON)
    market.run(7)
    labs, first = market.labs, len(market.labs) - len(REGIONS)
    opening, moved = labs.cash.copy(), np.abs(labs.cash)
    for _ in range(23):
        market.step()
        flow = labs.raised + labs.grant + np.where(labs.active, labs.rent - labs.budget - labs.dividends, 0.0)
        opening += flow
        moved += np.abs(flow)
        assert (np.abs(labs.cash - opening) <= 1e-9 * np.maximum(moved, 1.0)).all(), market.date
        assert (labs.budget[first:] <= COST + labs.cash[first:]).all()
    assert (labs.entry[first:] <= market.month).all() and market.record.last("labs_founded") == len(REGIONS)
    # They build, sell and employ, and compute of a dollar is like that of their region's labs.
    assert market.lines.live.reshape(-1, SLOTS)[first:].any(axis=1).all()
    assert labs.revenue[first:].sum() > 0.0 and labs.researchers[first:].sum() > 0.0
    price = np.log10(market.record.chip_prices[-1][labs.region])
    of_a_dollar = labs.compute + price - np.log10(np.maximum(labs.budget, 1.0))
    assert (np.abs(of_a_dollar[first:] - np.median(of_a_dollar[:first][labs.active[:first]])) < 1.0).all()


def test_labs_come_and_go_in_one_run() -> None:
    """Who loses its money ends like any other, and those who wait take no part in anything."""
    market = sim.Market(rng=4, developers=500, **{**SOON, "finance.grace": 2})
    market.run(10)
    poor = [market.lab_names.index(name) for name in ("Newcomer US 1", "OpenAI")]
    for _ in range(8):
        impoverish(*(market.lab_agents[row] for row in poor))
        market.step()
    assert (market.labs.exited[poor] > 0).all() and not market.labs.active[poor].any()
    assert market.record.last("labs_founded") == len(REGIONS)
    assert not market.labs.researchers[poor].any()
    assert market.record.last("labs_active") == market.labs.active.sum()


def test_without_contest_or_after_a_frozen_record_nobody_is_founded() -> None:
    for nothing in ({"finance.upkeep": 1.0}, {"finance.invest_mode": "frozen"}):
        market = sim.Market(rng=2, developers=300, **{**SOON, **nothing})
        market.run(14)
        assert market.record.last("labs_founded") == 0.0, nothing
        assert not market.labs.active[-len(REGIONS) :].any()


def test_more_are_founded_at_a_higher_rate() -> None:
    """Under the same draws never fewer by the first month, and none at a rate of next to nothing."""
    founded = []
    for rate in (1e-9, 0.02, 1.0):
        market = sim.Market(rng=5, developers=300, **{**SOON, "finance.founding": rate})
        market.run(12)
        founded.append(market.record.last("labs_founded"))
    assert founded[0] == 0.0 < founded[2]
    assert founded == sorted(founded)


def test_a_strategy_for_all_is_theirs_too() -> None:
    closed = sim.Scenario(name="closed", labs={"*": "closed"})
    reference = sim.Market(rng=2, developers=300, **SOON).run(18)
    market = sim.Market(rng=2, developers=300, setup=closed, reference=reference, **SOON)
    market.run(18)
    live = market.lines.live.reshape(-1, SLOTS)[-len(REGIONS) :]
    assert live[:, :2].any() and not live[:, 2:].any()


def test_they_release_like_their_region(young: sim.Market) -> None:
    market = sim.Market(rng=2, developers=300, **SOON)
    market.run(18)
    live = market.lines.live.reshape(-1, SLOTS)
    for row, name in enumerate(NEW[: len(REGIONS)], start=len(market.labs) - len(REGIONS)):
        usual = market.history.levels(row, 0, market.month, 7)[0]
        assert live[row].any(), name
        assert live[row, 2 if usual >= WEIGHTS else 0], (name, REGIONS[market.labs.region[row]])
