"""Grey access: what of China's spend goes to closed lines of US labs."""

from __future__ import annotations

import math

import pytest

import sim
from experiments.findings.validation import access
from experiments.findings.validation.report import Asked
from sim.agents.lab import CLOSED
from sim.parameters.fields import REGIONS


def test_the_share_is_that_of_the_market_s_developers() -> None:
    """Counted once more developer by developer."""
    market = sim.Market(rng=1, developers=2000, **{"access.grey": 0.3})
    market.run(20)
    segments, lines, labs = market.segments, market.lines, market.labs
    there = both = 0.0
    for segment in range(len(segments)):
        if REGIONS[segments.region[segment]] != "CN":
            continue
        for line in range(len(lines)):
            spend = segments.budget[segment] * market.developers.counts[segment, 1 + line]
            there += spend
            both += spend * (lines.access[line] == CLOSED and REGIONS[labs.region[lines.lab[line]]] == "US")
    assert 0.0 < both < there
    assert access.us_closed_share(market) == pytest.approx(both / there)


def test_without_spend_there_is_no_share() -> None:
    market = sim.Market(rng=1, developers=200, **{"adoption.users_start": 0.0})
    market.developers.counts[:, 1:] = 0
    assert math.isnan(access.us_closed_share(market))


def test_none_without_access_rising_with_it_and_little_at_the_default() -> None:
    made = access.access(Asked((0, 1), 4000, lambda _: pytest.fail("it runs no study")), values=(0.0, 0.02, 0.1, 0.3))
    shares = made.tables[access.SHARES]
    at = sim.Parameters().access.grey
    assert list(shares["grey"]) == sorted({0.0, 0.02, 0.1, 0.3, at})
    assert list(shares.loc[0, ["mean_of_year", "most_of_year", "at_end"]]) == [0.0, 0.0, 0.0]
    assert shares["mean_of_year"].is_monotonic_increasing
    default = shares.set_index("grey").loc[at]
    assert 0.0 < default["mean_of_year"] < 0.15
    assert f"| {at:g} (default) |" in made.text
