"""Research: balanced growth, imitation, absorption, reasoning, and labs that do not learn from one another."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, Scenario
from sim.mechanisms.research import own_gain, research, research_input, spillover
from sim.numerics import draws

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "training.reference_compute": 24.41,
        "compute.hardware_progress": 0.15,
        "research.own_methods": 0.005,
        "research.returns": 0.7,
        "research.fishing_out": 0.375,
        "research.fishing_out_serving": 0.31,
        "research.hardware_pass": 1.0,
        "research.human_exponent": 0.65,
        "research.reference_staff": 250.0,
        "research.half_point": 0.25,
        "research.leak_closed": 0.045,
        "research.leak_weights": 0.16,
        "research.carry": 0.3,
        "research.induced": 0.3,
        "research.luck": 0.15,
        "research.reasoning_gain": 0.015,
        "research.reasoning_ceiling": 1.5,
        "research.reasoning_leak": 0.25,
    }
)


LEAKS = ("closed", "paper", "weights", "weights_code", "everything")
SECRET = {f"research.leak_{level}": 0.0 for level in LEAKS} | {"research.reasoning_leak": 0.0}


def leak_everywhere(rate: float) -> dict:
    return {f"research.leak_{level}": rate for level in LEAKS}


# T14: balanced growth


@pytest.mark.parametrize(("growth", "returns", "fishing_out"), [(0.05, 0.7, 0.375), (0.2, 0.4, 0.9)])
def test_knowledge_grows_at_returns_times_input_growth_over_fishing_out(
    growth: float, returns: float, fishing_out: float
) -> None:
    """Input grows by n OOM a month, so A = 10^a grows by σ n/β (Jones 1995)."""
    known, gain = np.zeros(1), np.zeros(1)
    for month in range(800):
        gain = own_gain(0.02, 10.0 ** (growth * np.full(1, month)), returns, known, fishing_out)
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
    # Serving know-how has hardware progress of 0.15 OOM a year beside its own β = 0.31.
    own = (market.labs.serving - before[1])[active] - 0.15 / 12.0
    np.testing.assert_allclose(own, 0.7 * growth / 0.31 - 0.15 / 12.0, rtol=1e-6)


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
        labs.productivity
        * staff**0.65
        * 10.0 ** (0.35 * (labs.compute - 24.41))
        * np.minimum(2.0, (price[labs.region] / price[0]) ** 0.3)
    )
    np.testing.assert_allclose(effort[labs.active], expected[labs.active], rtol=1e-10)
    assert np.all(labs.absorption[~labs.active] == 0.0)


def test_research_input_by_hand() -> None:
    # 4 = 2 · 4^0.5 · 1^0.5, twice with quadruple compute; scarcity doubles effort at most.
    got = research_input(
        np.array([4.0, 4.0, 1.0, 1.0]),
        np.array([1.0, 4.0, 1.0, 1.0]),
        np.array([2.0, 2.0, 1.0, 1.0]),
        np.array([1.0, 1.0, 1.5, 100.0]),
        0.5,
        1.0,
    )
    np.testing.assert_allclose(got, [4.0, 8.0, 1.5, 2.0])


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
    leaks = Parameters().research.leaks()
    np.testing.assert_array_equal(leaks, [0.045, 0.09, 0.16, 0.2, 0.25])


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
    "training.distillation": 0.0,
    "training.weights_advantage": 0.0,
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
    "finance.price_elasticity": 0.0,
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
        ("DeepSeek", {"research.leak_weights_code": 0.2}),
        ("OpenAI", {"training.distillation": 0.6}),
        ("Meta", {"training.open_start": True, "training.start_loss": 0.05}),
    ],
)
def test_each_channel_of_learning_couples_them_again(rival: str, channel: dict) -> None:
    setup = Scenario(name="missing", labs={rival: "absent"})
    full, _, _ = paths(None, 38, **{**ALONE, **channel})
    without, _, _ = paths(setup, 38, **{**ALONE, **channel})
    others = np.arange(len(full.lab_names)) != full.lab_names.index(rival)
    here, there = (market.record.labs["capability"][-1, others] for market in (full, without))
    assert np.all(here >= there - 1e-12)
    assert np.any(here > there + 0.01)
