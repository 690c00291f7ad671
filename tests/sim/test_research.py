"""Research: balanced growth, imitation, absorption, reasoning, and labs that do not learn from one another."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, Scenario
from sim.mechanisms.research import (
    MANY,
    left_for_research,
    new_ideas,
    read_papers,
    research,
    research_input,
    spillover,
)
from sim.numerics import draws

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "training.reference_compute": 24.41,
        "research.own_methods": 0.005,
        "research.returns": 0.7,
        "research.fishing_out": 0.375,
        "research.fishing_out_serving": 0.31,
        "research.human_exponent": 0.65,
        "research.reference_staff": 250.0,
        "research.half_point": 0.25,
        "research.leak_closed": 0.045,
        "research.leak_paper": 0.09,
        "research.leak_more_weights": 0.07,
        "research.leak_more_code": 0.04,
        "research.leak_more_data": 0.05,
        "research.carry": 0.3,
        "research.paper": 0.0,
        "research.public_methods": 0.0,
        "research.public_serving": 0.0,
        "research.review": 0.0,
        "research.induced": 0.3,
        "research.luck": 0.15,
        "research.reasoning_gain": 0.015,
        "research.reasoning_ceiling": 1.5,
        "research.reasoning_leak": 0.25,
    }
)


MORE = ("weights", "code", "data")


def leak_everywhere(rate: float) -> dict:
    """One rate whatever is published: papers leak as much as secrets, and weights, code and data no more."""
    same = {"research.leak_closed": rate, "research.leak_paper": rate}
    return same | {f"research.leak_more_{what}": 0.0 for what in MORE}


SECRET = leak_everywhere(0.0) | {"research.reasoning_leak": 0.0}


# T14: balanced growth


@pytest.mark.parametrize(("growth", "returns", "fishing_out"), [(0.05, 0.7, 0.375), (0.2, 0.4, 0.9)])
def test_knowledge_grows_at_returns_times_input_growth_over_fishing_out(
    growth: float, returns: float, fishing_out: float
) -> None:
    """Input grows by n OOM a month, so A = 10^a grows by σ n/β (Jones 1995)."""
    known, gain = np.zeros(1), np.zeros(1)
    for month in range(800):
        gain = new_ideas(0.02, 10.0 ** (growth * np.full(1, month)), returns, known, fishing_out)
        known = known + gain
    np.testing.assert_allclose(gain, returns * growth / fishing_out, rtol=1e-8)


def test_labs_of_the_market_reach_balanced_growth() -> None:
    """Compute grows by n/(1 − ω) OOM a month with constant staff, so input grows by n."""
    growth = 0.1
    market = Market(PINNED, rng=1, developers=100, **SECRET, **{"research.luck": 0.0, "research.sequential": 0.0})
    market.labs.carried[:] = 0.0
    active = market.labs.active.copy()
    for _ in range(500):
        before = market.labs.methods.copy(), market.labs.serving.copy()
        market.labs.compute += growth / (1.0 - 0.65)
        research(market)
    np.testing.assert_allclose((market.labs.methods - before[0])[active], 0.7 * growth / 0.375, rtol=1e-6)
    # Serving know-how has ideas of its own with β = 0.31; cheaper chips are none of it.
    np.testing.assert_allclose((market.labs.serving - before[1])[active], 0.7 * growth / 0.31, rtol=1e-6)


# T12: imitation


@pytest.mark.parametrize(("absorption", "leak", "growth"), [(1.0, 0.045, 0.04), (0.4, 0.25, 0.1)])
def test_pure_follower_is_one_over_absorption_times_leak_behind(absorption: float, leak: float, growth: float) -> None:
    known = np.zeros(2)
    for _ in range(3000):
        gain = spillover(known, np.array([leak, 0.0]), np.array([0.7, absorption]))
        assert gain[0] == 0.0
        known = known + gain + np.array([growth, 0.0])
    assert (known[0] - known[1]) / growth == pytest.approx(1.0 / (absorption * leak), rel=1e-9)


def test_followers_of_the_market_are_one_over_absorption_times_leak_behind() -> None:
    leak, growth = 0.2, 0.05
    market = Market(PINNED, rng=1, developers=100, **leak_everywhere(leak), **{"research.own_methods": 0.0})
    labs, leader = market.labs, market.lab_names.index("OpenAI")
    labs.carried[:] = 0.0
    for _ in range(1500):
        labs.methods[leader] += growth
        research(market)
    followers = labs.active & (np.arange(len(labs)) != leader)
    # The leader moves first in the month, so its followers see this month's lead.
    lag = (labs.methods[leader] - labs.methods)[followers] / growth + 1.0
    np.testing.assert_allclose(lag, 1.0 / (labs.absorption[followers] * leak), rtol=1e-8)
    assert followers.sum() >= 5
    assert np.ptp(lag) > 1.0


# Kernels


def test_half_of_what_leaks_is_absorbed_at_the_half_point() -> None:
    market = Market(PINNED, rng=1, developers=100)
    labs = market.labs
    effort = labs.absorption / (1.0 - labs.absorption) * 0.25
    staff = np.maximum(labs.researchers, 1.0) / 250.0
    price = market.governments.chip_price
    expected = (
        staff**0.65 * 10.0 ** (0.35 * (labs.compute - 24.41)) * np.minimum(2.0, (price[labs.region] / price[0]) ** 0.3)
    )
    np.testing.assert_allclose(effort[labs.active], expected[labs.active], rtol=1e-10)
    assert np.all(labs.absorption[~labs.active] == 0.0)


def test_research_input_by_hand() -> None:
    # 2 = 4^0.5 · 1^0.5, twice with quadruple compute; scarcity doubles effort at most.
    got = research_input(
        np.array([4.0, 4.0, 1.0, 1.0]), np.array([1.0, 4.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.5, 100.0]), 0.5, 1.0
    )
    np.testing.assert_allclose(got, [2.0, 4.0, 1.5, 2.0])


def test_found_in_public_by_hand() -> None:
    # (4e5/1e5)^0.5 = 2; one OOM more known with β = 1 finds a tenth.
    np.testing.assert_allclose(new_ideas(0.002, np.array(4e5) / MANY, 0.5, np.array([0.0, 1.0]), 1.0), [0.004, 0.0004])
    assert not new_ideas(0.002, np.array(0.0), 0.5, np.zeros(2), 1.0).any()


def test_review_takes_staff_but_never_more_than_half() -> None:
    got = left_for_research(np.array([100.0, 100.0, 100.0]), np.array([0.0, 2e4, 1e9]), 0.001)
    np.testing.assert_allclose(got, [100.0, 80.0, 50.0])


@pytest.mark.parametrize("given", [0.0, 3e4, 5e5])
def test_labs_learn_what_contributors_find_and_spend_staff_on_it(given: float) -> None:
    """All that is found goes to everybody by absorption; only the maker of the model reviews."""
    rate = {"research.public_methods": 0.004, "research.public_serving": 0.1, "research.review": 0.001}
    alone = Market(PINNED, rng=1, developers=100, **SECRET)
    market = Market(PINNED, rng=1, developers=100, **SECRET, **rate)
    meta = market.lab_names.index("Meta")
    line = int(np.flatnonzero(market.lines.lab == meta)[0])
    for world in (alone, market):
        world.labs.carried[:] = 0.0
        world.lines.contributions[:] = 0.0
        world.lines.contributions[line] = given
        world.world.public_serving[:] = 1.0
    known, serving = market.labs.methods.copy(), market.labs.serving.copy()
    alone.labs.methods[:], alone.labs.serving[:] = known, serving
    research(alone)
    research(market)
    others = market.labs.active & (np.arange(len(market.labs)) != meta)
    absorbed = market.labs.absorption[others]
    np.testing.assert_allclose(
        (market.labs.methods - alone.labs.methods)[others],
        absorbed * 0.004 * (given / 1e5) ** 0.7 * 10.0 ** (-0.375 * known[others]),
        atol=1e-14,
    )
    np.testing.assert_allclose(
        (market.labs.serving - alone.labs.serving)[others], absorbed * 0.1 * (1.0 - serving[others]), atol=1e-14
    )
    staff = market.labs.researchers[meta]
    left = 1.0 - min(0.001 * given / staff, 0.5)
    effort = [world.labs.absorption[meta] / (1.0 - world.labs.absorption[meta]) for world in (market, alone)]
    assert effort[0] / effort[1] == pytest.approx(left**0.65)
    np.testing.assert_array_equal(market.labs.absorption[others], alone.labs.absorption[others])


def test_only_the_largest_leak_counts() -> None:
    """Many rivals who share one idea are one idea; nobody learns from those behind."""
    known, leak = np.array([1.0, 1.0, 2.0, 0.0]), np.array([0.5, 0.5, 0.1, 0.9])
    got = spillover(known, leak, np.array([1.0, 1.0, 1.0, 0.5]))
    # First: from the third 0.1 · 1; last: from the first two 0.5 · 1, not 0.5 + 0.5, at half absorption.
    np.testing.assert_allclose(got, [0.1, 0.1, 0.0, 0.25])


def test_a_leader_builds_on_a_rivals_new_gain() -> None:
    got = spillover(np.array([2.0, 1.0]), np.array([0.2, 0.3]), np.ones(2), extra=np.array([0.05, 0.1]))
    np.testing.assert_allclose(got, [0.3 * 0.1, 0.2 * (1.0 + 0.05)])


def test_a_follower_never_leaps_over_its_source() -> None:
    """Absorption and leak are at most one, so what leaks is at most the gap."""
    draw = np.random.default_rng(1)
    for _ in range(50):
        known, leak = draw.normal(0.0, 2.0, 8), draw.uniform(0.0, 1.0, 8)
        got = known + spillover(known, leak, draw.uniform(0.0, 1.0, 8))
        assert np.all(got <= known.max() + 1e-12)


def test_leaks_rise_with_openness_and_are_monthly_rates() -> None:
    """Closed and paper by themselves; weights, code and data what they add to the paper, one after the other."""
    np.testing.assert_allclose(PINNED.research.leaks(), [0.045, 0.09, 0.16, 0.2, 0.25], rtol=1e-14)
    # More openness never leaks less, wherever the increments lie, and never more than everything.
    most = PINNED.with_(**{f"research.leak_more_{what}": 1.0 for what in MORE}).research.leaks()
    np.testing.assert_array_equal(most, [0.045, 0.09, 1.0, 1.0, 1.0])


def test_research_luck_has_mean_one() -> None:
    """ζ = exp(σ z − σ²/2): the mean own gain over labs and months is the gain without luck."""
    normal = draws.normal(3, "research_luck", 0, np.arange(200_000))
    luck = np.exp(0.15 * normal - 0.5 * 0.15**2)
    assert abs(luck.mean() - 1.0) < 4.0 * luck.std() / np.sqrt(luck.size)
    gains = {}
    for sigma in (0.0, 0.15):
        market = Market(PINNED, rng=1, developers=100, **SECRET, **{"research.luck": sigma, "research.carry": 0.0})
        start = market.history.values("methods_0")
        gains[sigma] = (market.labs.methods - start)[market.labs.active]
    drawn = np.log(gains[0.15] / gains[0.0])
    labs = market.labs
    expected = 0.15 * draws.normal(1, "research_luck", 0, labs.uid)[labs.active] - 0.5 * 0.15**2
    np.testing.assert_allclose(drawn, expected, rtol=1e-6)


def test_hires_carry_a_share_of_the_gap() -> None:
    market = Market(PINNED, rng=1, developers=100)
    labs = market.labs
    twin = {}
    start = labs.methods.copy(), labs.methods_gain.copy(), labs.serving.copy(), labs.reasoning.copy()
    for carried in (0.0, 0.4):
        labs.methods[:], labs.methods_gain[:], labs.serving[:], labs.reasoning[:] = start
        labs.carried[:] = carried
        research(market)
        twin[carried] = labs.methods.copy()
    room = start[0].max() - start[0]
    gained = (twin[0.4] - twin[0.0])[labs.active]
    np.testing.assert_allclose(gained, np.minimum(0.3 * 0.4, room)[labs.active], rtol=1e-12, atol=1e-15)
    # The best known lab has nobody to learn from; the others get all of it or what there is.
    assert gained.min() == 0.0 and gained.max() == pytest.approx(0.3 * 0.4)


def test_papers_give_away_a_share_of_the_lead_by_hand() -> None:
    """Labs that know 3, 2 and 1; the second publishes, so the third gets .3 · .5 of one OOM, and nobody else any."""
    known, absorption = np.array([3.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.5])
    np.testing.assert_allclose(read_papers(known, np.array([False, True, False]), absorption, 0.3), [0.0, 0.0, 0.15])
    np.testing.assert_allclose(read_papers(known, np.array([True, True, False]), absorption, 0.3), [0.0, 0.3, 0.3])
    np.testing.assert_array_equal(read_papers(known, np.zeros(3, bool), absorption, 0.3), np.zeros(3))


def test_publishing_costs_a_leader_its_lead_once_a_release() -> None:
    """In the month after a release with a paper rivals close a share of the gap; without a release they do not."""
    market = Market(PINNED, rng=1, developers=100, **SECRET, **{"research.paper": 0.4, "research.carry": 0.0})
    market.run(3)
    labs, lines = market.labs, market.lines
    leader, line = 0, 0
    labs.methods[:] = 1.0
    labs.methods[leader] = 2.0
    labs.carried[:] = 0.0
    start = labs.methods.copy()
    gained = {}
    for openness in (None, 0, 1, 2):
        labs.methods[:], lines.fresh[:] = start, False
        if openness is not None:
            lines.fresh[line], lines.openness[line] = True, openness
        research(market)
        gained[openness] = labs.methods - start
    assert lines.lab[line] == leader
    followers = labs.active & (np.arange(len(labs)) != leader)
    np.testing.assert_array_equal(gained[0], gained[None])
    for openness in (1, 2):
        read = (gained[openness] - gained[None])[followers]
        np.testing.assert_allclose(read, 0.4 * labs.absorption[followers], rtol=1e-9)
        assert gained[openness][leader] == gained[None][leader]


# Reasoning


def test_reasoning_is_discovered_by_history_and_then_by_hazard() -> None:
    """Nobody before OpenAI in 2024-06; then others with hazard 1 − e^(−d R) a month."""
    market = Market(PINNED, rng=1, developers=100)
    while market.date < "2024-05":
        market.step()
        assert not market.labs.discovered.any()
    market.step()
    assert market.date == "2024-06"
    openai = market.lab_names.index("OpenAI")
    assert market.labs.discovered[openai]
    labs = market.labs
    effort = labs.absorption / (1.0 - labs.absorption) * 0.25
    found, trials = np.zeros(len(labs)), 600
    market.parameters = market.parameters.with_(**{"research.discovery": 0.1})
    for seed in range(trials):
        labs.discovered[:] = False
        market.seed = seed
        research(market)
        found += labs.discovered
    chance = np.where(labs.active, 1.0 - np.exp(-0.1 * effort), 0.0)
    chance[openai] = 1.0
    assert found[openai] == trials
    assert np.all(found[~labs.active] == 0)
    drawn = labs.active & (np.arange(len(labs)) != openai)
    z = (found - trials * chance)[drawn] / np.sqrt((trials * chance * (1.0 - chance))[drawn])
    assert np.abs(z).max() < 4.0
    assert found[drawn].sum() > 200


def test_reasoning_fills_its_room() -> None:
    """Δr = λ R^σ (1 − r/r̄) without leaks: r = r̄ (1 − (1 − λ R^σ/r̄)^t)."""
    market = Market(PINNED, rng=1, developers=100, **SECRET)
    labs = market.labs
    labs.reasoning[:] = 0.0
    labs.discovered[:] = labs.active
    effort = labs.absorption / (1.0 - labs.absorption) * 0.25
    for _ in range(40):
        research(market)
    expected = 1.5 * (1.0 - (1.0 - 0.015 * effort**0.7 / 1.5) ** 40)
    np.testing.assert_allclose(labs.reasoning[labs.active], expected[labs.active], rtol=1e-9)
    assert labs.reasoning.max() < 1.5


def test_reasoning_leaks_to_those_who_have_not_discovered_it() -> None:
    """One month from a source with open weights: κ s_r r; from a closed source in proportion to its leak."""
    for level, heard in ((2, 0.25), (0, 0.25 * 0.045 / 0.16)):
        market = Market(PINNED, rng=1, developers=100)
        labs = market.labs
        labs.openness[:] = level
        labs.discovered[:] = False
        labs.reasoning[:] = 0.0
        source = market.lab_names.index("OpenAI")
        labs.reasoning[source] = 1.0
        research(market)
        others = labs.active & (np.arange(len(labs)) != source)
        np.testing.assert_allclose(labs.reasoning[others], labs.absorption[others] * heard, rtol=1e-12)
        assert labs.reasoning[source] == 1.0


# T11: decoupling

ALONE = {
    **SECRET,
    "training.teaching": 0.0,
    "training.reasoning_teaching": 0.0,
    "training.open_start": False,
    "training.flywheel": 0.0,
    "research.carry": 0.0,
    "research.discovery": 0.0,
    "research.sequential": 0.0,
    "talent.mobility": 0.0,
    "talent.exit": 0.0,
    "talent.entry": 0.0,
    "talent.spin_out": 0.0,
    "finance.elasticity": 0.0,
    "finance.invest_mode": "frozen",
    "contribution.community_gain": 0.0,
}
NO_DEEPSEEK = Scenario(name="no_deepseek", why="A rival is missing", labs={"DeepSeek": "absent"})


def paths(setup: Scenario | None, months: int, **parameters) -> tuple[Market, list[np.ndarray], list[np.ndarray]]:
    market = Market(PINNED, rng=4, developers=2000, setup=setup, **parameters)
    methods, serving = [market.labs.methods.copy()], [market.labs.serving.copy()]
    for _ in range(months):
        market.step()
        methods.append(market.labs.methods.copy())
        serving.append(market.labs.serving.copy())
    return market, methods, serving


def test_labs_that_learn_from_nobody_do_not_feel_a_rivals_absence() -> None:
    """Know-how and capability of all other labs are the same bit for bit over history and beyond."""
    months = 50
    full, methods, serving = paths(None, months, **ALONE)
    without, methods_without, serving_without = paths(NO_DEEPSEEK, months, **ALONE)
    others = np.arange(len(full.lab_names)) != full.lab_names.index("DeepSeek")
    np.testing.assert_array_equal(np.array(methods)[:, others], np.array(methods_without)[:, others])
    np.testing.assert_array_equal(np.array(serving)[:, others], np.array(serving_without)[:, others])
    for measure in ("capability", "compute"):
        np.testing.assert_array_equal(full.record.labs[measure][:, others], without.record.labs[measure][:, others])
    # The rival itself is gone, and customers notice.
    assert np.isfinite(full.record.labs["capability"][-1, ~others]).all()
    assert np.isnan(without.record.labs["capability"][:, ~others]).all()
    assert not np.array_equal(
        full.record.labs["share_users"][-1, others], without.record.labs["share_users"][-1, others]
    )


@pytest.mark.parametrize(
    ("rival", "channel"),
    [
        ("DeepSeek", {"research.leak_more_code": 0.2}),
        ("OpenAI", {"training.teaching": 0.6}),
        ("Meta", {"training.open_start": True, "training.start_loss": 0.05}),
    ],
)
def test_each_channel_of_learning_couples_them_again(rival: str, channel: dict) -> None:
    setup = Scenario(name="missing", labs={rival: "absent"})
    full, _, _ = paths(None, 38, **{**ALONE, **channel})
    without, _, _ = paths(setup, 38, **{**ALONE, **channel})
    others = np.arange(len(full.lab_names)) != full.lab_names.index(rival)
    here, there = (market.record.labs["capability"][:, others] for market in (full, without))
    np.testing.assert_array_equal(np.isnan(here), np.isnan(there))
    exists = np.isfinite(here)
    assert np.all(here[exists] >= there[exists] - 1e-12)
    assert np.any(here[exists] > there[exists] + 0.01)
