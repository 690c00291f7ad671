"""Accounting: books that close over five years, and results that do not depend on how many people are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED
from sim.mechanisms.accounting import accounting
from sim.numerics import draws
from tests.instruments.settings import LABS_ALONE

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "entry.weight": 50.0,
        "pricing.host_spread": 0.0,
        "pricing.maker_weight": 10.0,
        "pricing.lerner_max": 0.9,
        "finance.rent_memory": 12.0,
        "population.world": 47000000.0,
        "population.budget_growth": 0.3,
        "population.budget_scale": 0.012,
        "population.organisations.indie": 0.58,
        "population.organisations.startup": 0.15,
        "population.organisations.smb": 0.16,
        "population.organisations.enterprise": 0.1,
        "population.organisations.regulated": 0.01,
        "population.budgets.indie": 12.0,
        "population.budgets.startup": 350.0,
        "population.budgets.smb": 120.0,
        "population.budgets.enterprise": 1500.0,
        "population.budgets.regulated": 2500.0,
        "population.ceiling_scale": 1.0,
        "population.budget_ceilings.indie": 300.0,
        "population.budget_ceilings.startup": 1000.0,
        "population.budget_ceilings.smb": 800.0,
        "population.budget_ceilings.enterprise": 1500.0,
        "population.budget_ceilings.regulated": 1500.0,
        "population.developers_us": 0.30,
        "population.developers_cn": 0.25,
        "population.spend_us": 0.46,
        "population.spend_cn": 0.14,
    }
)


BILLION_A_YEAR = 12.0 / 1e9


def app_spend(market: Market) -> np.ndarray:
    """Startups' spend on models by line."""
    startups, total = market.startups, np.zeros(market.lines.rows)
    for row in np.flatnonzero(startups.alive & (startups.base >= 0)):
        total[startups.base[row]] += 50.0 * startups.model_spend[row]
    return total


# T20: conservation


def test_books_close_in_every_month_of_five_years() -> None:
    number = 5000
    # Dear hosts and skilled firms, so that some serve open weights themselves.
    skilled = {
        "pricing.host_elasticity": 2.0,
        "pricing.utilisation.enterprise": 0.95,
        "pricing.operations.enterprise": 1.0,
    }
    market = Market(PINNED, rng=12, developers=number, **skilled)
    segments, lines, labs, people = market.segments, market.lines, market.labs, market.developers
    by_segment = np.bincount(people.segment, minlength=len(segments))
    self_hosted, legal = 0, np.zeros(len(labs))
    for month in range(61):
        if month:
            cash, legal = labs.cash.copy(), labs.legal.copy()
            smoothed = labs.rent_smoothed.copy()
            market.step()
            # The ledger: what was raised and earned is what is in the bank.
            spent = np.where(labs.active, labs.budget + labs.dividends, 0.0)
            came = labs.raised + labs.grant + np.where(labs.active, labs.rent, 0.0)
            np.testing.assert_allclose(labs.cash - cash, came - spent, rtol=1e-9, atol=1.0)
            np.testing.assert_allclose(labs.rent_smoothed, smoothed + (labs.rent - smoothed) / 12.0, rtol=1e-12)

        # People: everybody is somewhere, and only on lines that exist.
        counts = np.zeros_like(people.counts)
        np.add.at(counts, (people.segment, people.choice), 1)
        np.testing.assert_array_equal(people.counts, counts)
        np.testing.assert_array_equal(counts.sum(axis=1), by_segment)
        assert counts[:, 1:][:, ~lines.live].sum() == 0

        # Dollars: what users and startups spend is what lines receive; tokens times the price paid is spend.
        users = counts[:, 1:] * (47e6 / number)
        paid = users * segments.budget[:, None]
        apps = app_spend(market)
        np.testing.assert_allclose(lines.users, users.sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(lines.spend, paid.sum(axis=0) + apps, rtol=1e-12)
        price = np.where(np.isfinite(segments.price), segments.price, 1.0)
        list_price = np.where(lines.price > 0.0, lines.price, 1.0)
        np.testing.assert_allclose(lines.tokens, (paid / price).sum(axis=0) + apps / list_price, rtol=1e-12)
        closed = lines.access == CLOSED
        np.testing.assert_allclose((lines.tokens * lines.price)[closed], lines.spend[closed], rtol=1e-9)
        # Serving oneself is chosen only where it is cheaper, so it buys more tokens.
        assert np.all(lines.tokens * lines.price >= lines.spend * (1.0 - 1e-12))
        oneself = segments.price < lines.price[None, :]
        assert not oneself[:, closed].any()
        self_hosted += paid[oneself].sum() > 0.0

        # Labs: closed models, a share of hosting, and complements; nobody is paid for self-hosting.
        hosted = np.where(oneself, 0.0, paid).sum(axis=0) + apps
        revenue, rent = np.zeros(len(labs)), np.zeros(len(labs))
        for line in np.flatnonzero(lines.live):
            # Its maker counts for ten hosts among the others.
            own = hosted[line] * (1.0 if closed[line] else 10.0 / (10.0 + lines.hosts[line] - 1.0))
            revenue[lines.lab[line]] += own
            rent[lines.lab[line]] += own * lines.lerner[line]
            if not closed[line]:
                rent[lines.lab[line]] += labs.complement[lines.lab[line]] * lines.users[line]
        rent -= legal  # what the law of last month costs
        np.testing.assert_allclose(labs.revenue, revenue, rtol=1e-10, atol=1e-6)
        np.testing.assert_allclose(labs.rent, rent, rtol=1e-9, atol=1e-3)
        np.testing.assert_allclose(labs.profit, np.where(labs.active, rent - labs.budget, 0.0), rtol=1e-9, atol=1e-2)
        live = lines.live
        np.testing.assert_allclose(
            lines.lerner[live], 1.0 - lines.cost[live] / lines.price[live], rtol=1e-9, atol=1e-12
        )

        # Totals.
        assert market.world.spend[0] == pytest.approx(paid.sum() + apps.sum(), rel=1e-12)
        assert market.world.adoption[0] == pytest.approx(1.0 - counts[:, 0].sum() / number, rel=1e-12)
        for measure in ("share_spend", "share_tokens", "share_users"):
            assert market.record.last_of_labs(measure).sum() == pytest.approx(1.0, rel=1e-12)
            assert market.record.last_of_labs(measure).min() >= 0.0
        assert market.record.last("spend") == pytest.approx(market.world.spend[0] * BILLION_A_YEAR, rel=1e-12)
    assert market.date == "2027-11"
    assert self_hosted > 20


def test_spend_grows_with_the_frontier_as_budgets_do() -> None:
    """B = B̄/(1 + (B̄/b₀ − 1) 10^(−ψ K*)): log odds b/(B̄ − b) grow by ψ OOM for each of the frontier."""
    market = Market(PINNED, rng=1, developers=500)
    market.run(20)
    segments = market.segments
    # Budgets and their ceilings by organisation, richer where a region spends more than its share of developers.
    richer = (np.array([0.46, 0.14, 0.40]) / np.array([0.30, 0.25, 0.45]))[segments.region]
    start = 0.012 * np.array([12.0, 350.0, 120.0, 1500.0, 2500.0])[segments.organisation] * richer
    most = np.array([300.0, 1000.0, 800.0, 1500.0, 1500.0])[segments.organisation] * richer
    np.testing.assert_allclose(segments.budget_start, start, rtol=1e-12)
    np.testing.assert_allclose(segments.budget_ceiling, most, rtol=1e-12)
    odds = segments.budget / (most - segments.budget)
    grown = np.log10(odds * (most - start) / start) / 0.3
    # Budgets are set in pricing, after the releases of the month and before the community's gains.
    assert np.ptp(grown) < 1e-9
    assert grown[0] == pytest.approx(market.world.frontier[0], abs=0.01)
    total = (segments.people * segments.budget_start).sum()
    expected = 0.012 * 47e6 * np.array([0.58, 0.15, 0.16, 0.10, 0.01]) @ np.array([12.0, 350.0, 120.0, 1500.0, 2500.0])
    assert total == pytest.approx(expected, rel=1e-9)


def test_token_share_is_spend_over_price() -> None:
    """T23: token share of open models = (e/p)/Σ(e/p), p their mean prices."""
    market = Market(PINNED, rng=1, developers=5000)
    market.run(30)
    lines = market.lines
    is_open = lines.access != CLOSED
    mean = {
        kind: lines.spend[chosen].sum() / lines.tokens[chosen].sum()
        for kind, chosen in (("open", is_open & lines.live), ("closed", ~is_open & lines.live))
    }
    spend = market.record.last("open_share_spend")
    expected = (spend / mean["open"]) / (spend / mean["open"] + (1.0 - spend) / mean["closed"])
    assert market.record.last("open_share_tokens") == pytest.approx(expected, rel=1e-12)
    assert market.record.last("open_share_tokens") > spend


def test_books_that_do_not_close_are_refused() -> None:
    market = Market(PINNED, rng=1, developers=1000)
    market.run(2)
    market.developers.counts[0, 0] += 1
    with pytest.raises(ArithmeticError, match="do not add up to 1000"):
        accounting(market)
    market.developers.counts[0, 0] -= 1
    dead = int(np.flatnonzero(~market.lines.live)[0])
    market.developers.counts[0, 0] -= 1
    market.developers.counts[0, 1 + dead] += 1
    with pytest.raises(ArithmeticError, match="a line that does not exist"):
        accounting(market)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_spend_that_is_no_number_is_refused(wrong: float) -> None:
    market = Market(PINNED, rng=1, developers=1000)
    market.run(2)
    row = int(np.flatnonzero(market.startups.alive & (market.startups.base >= 0))[0])
    market.startups.model_spend[row] = wrong
    with pytest.raises(ArithmeticError, match="but lines receive"), np.errstate(all="ignore"):
        accounting(market)


# No price below cost


@pytest.mark.parametrize("changes", [{}, {"adoption.switching_cost": 8.0, "adoption.hazard": 0.3}])
def test_no_price_is_below_cost(changes: dict) -> None:
    """A customer is worth margins to come, and these are what they are now; so labs give up margin, but not more."""
    market = Market(PINNED, rng=4, developers=1000, **changes)
    lines = market.lines
    for _ in range(50):
        live = lines.live
        assert np.all(lines.price[live] >= lines.cost[live])
        assert np.all(lines.lerner[live] <= 0.9 + 1e-12)
        market.step()


# T26: size invariance

LAB_DECISIONS = ("training_luck", "release_interval", "research_luck", "discovery", "incident")


def lab_level_draws(monkeypatch: pytest.MonkeyPatch, developers: int, months: int) -> dict:
    """Every draw of a lab or government in a run, by its address."""
    seen: dict = {}
    original = draws.uniform

    def recording(seed, decision, epoch, agent, option=0):
        values = original(seed, decision, epoch, agent, option)
        if decision in LAB_DECISIONS:
            for *address, value in np.broadcast(epoch, agent, option, values):
                seen[(seed, decision, *(int(part) for part in address))] = value
        return values

    with monkeypatch.context() as patch:
        patch.setattr(draws, "uniform", recording)
        market = Market(PINNED, rng=21, developers=developers)
        market.run(months)
    return seen


def test_number_of_developers_changes_no_draw_of_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not their values and not which of them are made: luck, dates, research, discovery, incidents."""
    few, many = (lab_level_draws(monkeypatch, number, 50) for number in (500, 4000))
    assert few.keys() == many.keys()
    for address, values in few.items():
        np.testing.assert_array_equal(values, many[address])
    kinds = {address[1] for address in few}
    assert kinds == set(LAB_DECISIONS)
    assert len(few) > 400


def compare_sizes(few: int, many: int, months: int) -> None:
    small = Market(PINNED, rng=22, developers=few, **LABS_ALONE)
    large = Market(PINNED, rng=22, developers=many, **LABS_ALONE)
    for month in range(months + 1):
        if month:
            small.step()
            large.step()
        for column in ("methods", "serving", "reasoning", "runs", "next_release", "candidate"):
            np.testing.assert_array_equal(getattr(small.labs, column), getattr(large.labs, column))
        for column in ("live", "fresh", "birth", "capability", "size", "openness"):
            np.testing.assert_array_equal(getattr(small.lines, column), getattr(large.lines, column))
    np.testing.assert_array_equal(small.researchers.employer, large.researchers.employer)
    for measure in ("capability", "compute", "researchers", "wage", "openness"):
        np.testing.assert_array_equal(small.record.labs[measure], large.record.labs[measure])
    # Shares of users: sampling error of the smaller, and what little that makes of awareness and prices.
    users = small.record.market["adoption"] * few
    share = large.record.labs["share_users"]
    error = np.sqrt(np.maximum(share * (1.0 - share), 1.0 / users[:, None]) / users[:, None])
    z = (small.record.labs["share_users"] - share) / error
    assert np.abs(z[6:]).max() < 5.0
    assert np.abs(z[6:]).mean() < 1.5
    assert np.any(small.record.labs["share_users"] != share)


def test_size_of_the_sample_changes_shares_by_sampling_error_only() -> None:
    compare_sizes(20_000, 200_000, 48)


@pytest.mark.slow
def test_size_of_the_sample_up_to_a_million() -> None:
    compare_sizes(20_000, 1_000_000, 60)


def test_startups_do_not_feel_the_number_of_developers_by_their_draws() -> None:
    """Identities and qualities of entrants are addressed by month, region and index."""
    small, large = (Market(PINNED, rng=23, developers=number) for number in (500, 5000))
    for market in (small, large):
        market.run(6)
    known = dict(
        zip(large.startups.uid[large.startups.alive], large.startups.quality[large.startups.alive], strict=True)
    )
    alive = np.flatnonzero(small.startups.alive)
    common = [row for row in alive if small.startups.uid[row] in known]
    assert len(common) > 0.8 * alive.size
    assert all(small.startups.quality[row] == known[small.startups.uid[row]] for row in common)
