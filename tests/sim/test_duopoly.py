"""A closed leader against a free rival, by the market itself.

Where users learn from each other, far more than the plausible range has it, the leader's installed base decides; who
prices for today alone asks more and loses ground. One seed, in kind and not in numbers.

Source: Casadesus-Masanell & Ghemawat (2006), Dynamic mixed duopoly: a model motivated by Linux vs. Windows.
"""

from __future__ import annotations

import pytest

from sim import Market, Scenario
from sim.data.history import load

MONTHS, DEVELOPERS = 100, 1_000
LEADER, FREE = "OpenAI", "Meta"
NETWORK, IMPATIENT = {"contribution.network": 1.5}, {"pricing.obsolescence": 0.99}


@pytest.fixture(scope="module")
def base() -> Market:
    market = Market(rng=1, developers=DEVELOPERS)
    market.run(MONTHS)
    return market


def duopoly(base: Market, **values: float) -> Market:
    absent = dict.fromkeys((lab for lab in load().names if lab not in {LEADER, FREE}), "absent")
    setup = Scenario(
        name="duopoly", labs=absent | {LEADER: "closed", FREE: "weights"}, params={"finance.founding": 0.0}
    )
    market = Market(rng=1, developers=DEVELOPERS, setup=setup, reference=base.record, **values)
    market.run(MONTHS)
    return market


def test_a_free_rival_overtakes_unless_users_learn_from_each_other(base: Market) -> None:
    """In both worlds open weights cost less than half and are half an order of magnitude behind."""
    alone, together = duopoly(base, **{"contribution.network": 0.0}), duopoly(base, **NETWORK)
    share = [market.record.last("open_share_users") for market in (alone, together)]
    assert share[0] > 0.55
    assert share[1] < 0.47
    for market in (alone, together):
        lines = market.lines
        asked = [lines.price[lines.live & (lines.access == access)].max() for access in (0, 1)]
        assert asked[1] < 0.5 * asked[0]
        assert market.record.last("open_gap") > 0.5


def test_who_prices_for_today_asks_more_and_loses_ground(base: Market) -> None:
    patient, impatient = duopoly(base, **NETWORK), duopoly(base, **NETWORK, **IMPATIENT)
    share = [market.record.last("open_share_users") for market in (patient, impatient)]
    margin = [market.record.series("closed_margin")[60] for market in (patient, impatient)]
    assert share[1] > share[0] + 0.02
    assert margin[1] > margin[0]
