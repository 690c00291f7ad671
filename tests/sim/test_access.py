"""Access: who may buy what, in the table of access, in what is bought, and in nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Scenario, views
from sim.agents.lab import CLOSED
from sim.parameters.fields import ORGANISATIONS, REGIONS

US, CN, EU = range(len(REGIONS))
REGULATED = ORGANISATIONS.index("regulated")


def closed_of(market: Market, region: int) -> np.ndarray:
    """Closed lines of labs of a region."""
    return (market.lines.access == CLOSED) & (market.labs.region[market.lines.lab] == region)


def spend_in_china_on_us_closed(market: Market) -> float:
    """Share of what Chinese developers spend that goes to closed lines of US labs; none before they spend anything."""
    here = market.segments.region == CN
    paid = market.developers.counts[here, 1:] * market.segments.budget[here, None]
    return float(paid[:, closed_of(market, US)].sum() / max(paid.sum(), 1.0))


def test_access_by_hand() -> None:
    """Closed US lines in China at the grey share; everything else is to be had by everybody."""
    market = Market(rng=1, developers=100, **{"access.grey": 0.2})
    may, segments = views.access(market), market.segments
    us, china = closed_of(market, US), segments.region == CN
    assert np.all(may[np.ix_(china, us)] == 0.2)
    assert np.all(may[np.ix_(china, ~us)] == 1.0)
    assert np.all(may[~china] == 1.0)


@pytest.mark.parametrize(("region", "rule"), [(US, "us"), (CN, "cn"), (EU, "eu")])
def test_procurement_holds_regulated_users_to_what_they_can_audit(region: int, rule: str) -> None:
    """Theirs are lines of labs of the region and open weights, wherever from; nobody else is held to anything."""
    market = Market(rng=1, developers=100, **{"access.grey": 1.0, f"access.procurement_{rule}": True})
    may, segments = views.access(market), market.segments
    held = (segments.region == region) & (segments.organisation == REGULATED)
    barred = (market.lines.access == CLOSED) & ~closed_of(market, region)
    assert held.sum() == 3
    assert np.all(may[np.ix_(held, barred)] == 0.0)
    assert np.all(may[np.ix_(held, ~barred)] == 1.0)
    assert np.all(may[~held] == 1.0)


def test_grey_access_does_not_lift_a_rule_of_procurement() -> None:
    market = Market(rng=1, developers=100, **{"access.grey": 0.3, "access.procurement_cn": True})
    may, segments = views.access(market), market.segments
    held = (segments.region == CN) & (segments.organisation == REGULATED)
    assert np.all(may[np.ix_(held, closed_of(market, US))] == 0.0)
    assert np.all(may[np.ix_((segments.region == CN) & ~held, closed_of(market, US))] == 0.3)


def test_who_knows_a_line_and_may_buy_it() -> None:
    """(1 − e^(−A)) a: of those aware of OpenAI in China one in ten may buy its closed lines."""
    market = Market(rng=1, developers=100, **{"access.grey": 0.1})
    segments, lab = market.segments, market.lab_names.index("OpenAI")
    segments.awareness[:, lab] = np.log(2.0)
    known = views.known(market)[:, market.lines.lab == lab]
    expected = np.where((segments.region == CN)[:, None] & (market.lines.access == CLOSED)[:6], 0.05, 0.5)
    np.testing.assert_allclose(known, expected, rtol=1e-12)


@pytest.mark.parametrize("seed", [1, 2])
def test_spend_of_chinese_developers_on_us_closed_labs_rises_with_access(seed: int) -> None:
    """None at no access, and more with each step of it, month by month."""
    shares = []
    for grey in (0.0, 0.05, 0.3, 1.0):
        market = Market(rng=seed, developers=5000, **{"access.grey": grey})
        path = [0.0]
        for _ in range(36):
            market.step()
            path.append(spend_in_china_on_us_closed(market))
        shares.append(path)
    shares = np.array(shares)
    assert np.all(shares[0] == 0.0)
    late = shares[:, 12:].mean(axis=1)
    assert np.all(np.diff(late) > 0.02)
    assert late[-1] > 0.4


def test_startups_in_china_build_on_us_closed_lines_only_where_they_may() -> None:
    built = {}
    for grey in (0.0, 1.0):
        # Demand and models enough for startups in China, where none need be usable otherwise.
        many = {"entry.weight": 20.0, "entry.demand": 3e11, "entry.usable": 0.3}
        market = Market(rng=3, developers=500, **{"access.grey": grey}, **many)
        market.run(30)
        startups = market.startups
        rows = np.flatnonzero(startups.alive & (startups.base >= 0) & (startups.region == CN))
        assert rows.size > 20
        built[grey] = closed_of(market, US)[startups.base[rows]].mean()
    assert built[0.0] == 0.0
    assert built[1.0] > 0.1


def without_rules(market: Market) -> np.ndarray:
    """An access of one for everybody and everything."""
    return np.ones((len(market.segments), market.lines.rows))


def test_full_access_is_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """At grey = 1 without procurement prices and choices are those of a market without access, to the bit."""
    ruled = Market(rng=4, developers=2000, **{"access.grey": 1.0})
    ruled.run(30)
    monkeypatch.setattr(views, "access", without_rules)
    free = Market(rng=4, developers=2000, **{"access.grey": 0.0})
    free.run(30)
    np.testing.assert_array_equal(ruled.lines.price, free.lines.price)
    np.testing.assert_array_equal(ruled.developers.choice, free.developers.choice)
    np.testing.assert_array_equal(ruled.startups.base, free.startups.base)
    for name, values in ruled.record.market.items():
        np.testing.assert_array_equal(values, free.record.market[name], err_msg=name)


def test_a_sanction_of_a_date_turns_users_away_as_they_reconsider() -> None:
    """Where access falls to nothing nobody chooses the line any more, and its holders leave at their own rate."""
    setup = Scenario(name="closed_door", changes={"2024-03": {"params": {"access.grey": 0.0}}})
    market = Market(rng=5, developers=20_000, setup=setup, **{"access.grey": 1.0, "adoption.hazard": 0.2})
    market.run(15)
    held = [spend_in_china_on_us_closed(market)]
    here, us = market.segments.region == CN, closed_of(market, US)
    users = [market.developers.counts[np.ix_(here, np.flatnonzero(us) + 1)].sum()]
    for _ in range(12):
        market.step()
        held.append(spend_in_china_on_us_closed(market))
        users.append(market.developers.counts[np.ix_(here, np.flatnonzero(us) + 1)].sum())
    assert market.date == "2025-02"
    assert held[0] > 0.2
    # Each month e^(−.2) of them are left, by chance of each.
    expected = users[0] * np.exp(-0.2 * np.arange(13))
    assert np.all(np.abs(np.array(users) - expected) < 4.5 * np.sqrt(users[0] / 4.0))
    assert held[-1] < held[0] / 5.0
