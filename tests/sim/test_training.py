"""Training: capability of a run, learning from others, residuals of the record, and when runs complete."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from importlib import resources
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import Market, Parameters, Scenario, views
from sim.agents.lab import CLOSED, SLOTS
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.data.history import Release
from sim.measures import observe
from sim.mechanisms.training import (
    effective_size,
    learned,
    next_residual,
    own_pretraining,
    reinforced,
    truncated_luck,
    unlearned,
)
from sim.numerics import draws
from sim.record import Completed, Record
from tests.instruments.settings import LABS_ALONE

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "training.reference_compute": 24.41,
        "training.luck": 0.06,
        "training.residual_half_life": 4.0,
        "training.teaching": 0.7,
        "training.answers": 0.75,
        "training.reasoning_teaching": 0.6,
        "training.access_delay": 1,
        "training.start_loss": 0.3,
        "training.rl_gain": 0.2,
        "training.rl_ceiling": 0.5,
        "training.rl_compute": 24.0,
        "training.light_gap": 0.9,
        "training.size_gap": 0.4,
        "training.own_distillation": 0.5,
        "training.flywheel": 0.05,
        "training.flywheel_users": 1000000.0,
        "release.light_size": -0.55,
        "release.flagship_size": 0.65,
        "release.active_weight": 0.55,
        "finance.founding": 0.0,
        "pricing.host_spread": 0.0,
        "pricing.maker_weight": 10.0,
    }
)
NOTHING_LEARNED = {
    "training.teaching": 0.0,
    "training.reasoning_teaching": 0.0,
    "training.own_distillation": 0.0,
    "training.open_start": False,
}
UNMEASURED = {"record.residuals": "none"}


# Kernels


def test_own_pretraining_adds_up() -> None:
    got = own_pretraining(np.array([25.41]), 24.41, np.array([0.3]), np.array([0.05]))
    np.testing.assert_allclose(got, [1.35], rtol=1e-14)


def test_effective_size_weighs_active_and_all_parameters() -> None:
    """A tenth of GPT-3's parameters active and ten times as many in all: .55 · (−1) + .45 · 1."""
    assert effective_size(17.5, 1750.0, 0.55) == pytest.approx(-0.1, rel=1e-12)
    assert effective_size(175.0, 175.0, 0.3) == 0.0
    assert math.isnan(effective_size(math.nan, 175.0, 0.5))


@pytest.mark.parametrize(
    ("closed", "opened", "expected"),
    [
        (-math.inf, -math.inf, 1.0),  # nobody to learn from
        (2.0, -math.inf, 1.0 + 0.5 * 1.0),  # answers of a better closed model
        (-math.inf, 2.0, 1.0 + 0.7 * 1.0),  # weights teach more than answers
        (2.0, 1.5, 1.5),  # the better of the two, not their sum
        (2.0, 1.9, 1.63),
        (0.5, 0.2, 1.0),  # nothing from those behind
    ],
)
def test_learning_closes_a_share_of_the_largest_gap(closed: float, opened: float, expected: float) -> None:
    assert learned(1.0, [(0.5, closed), (0.7, opened)]) == pytest.approx(expected, rel=1e-14)


def test_what_was_learned_is_taken_off_again_by_hand() -> None:
    """Of 1.7 with weights of 2 that close .7 of a gap, own was (1.7 − 1.4)/.3 = 1; what is above a teacher is own."""
    assert unlearned(1.7, [(0.7, 2.0)]) == pytest.approx(1.0, rel=1e-13)
    assert unlearned(2.1, [(0.7, 2.0)]) == 2.1
    # Both teach: the smaller own of the two explanations, for the larger gain counts.
    assert unlearned(1.5, [(0.5, 2.0), (0.7, 1.5)]) == pytest.approx(1.0, rel=1e-13)


levels = st.floats(-5.0, 5.0)
taught = st.lists(st.tuples(st.floats(0.0, 0.95), st.one_of(st.just(-math.inf), levels)), max_size=3)


@given(own=levels, teachers=taught)
def test_unlearning_is_the_inverse_of_learning(own: float, teachers: list[tuple[float, float]]) -> None:
    there = learned(own, teachers)
    assert own <= there <= max([own, *(teacher for _, teacher in teachers)]) + 1e-12
    assert unlearned(there, teachers) == pytest.approx(own, abs=1e-10)
    assert learned(unlearned(own, teachers), teachers) == pytest.approx(own, abs=1e-10)


@given(low=levels, more=st.floats(0.0, 3.0), teachers=taught)
def test_learning_is_rising_and_lessens_differences(
    low: float, more: float, teachers: list[tuple[float, float]]
) -> None:
    gained = learned(low + more, teachers) - learned(low, teachers)
    assert -1e-12 <= gained <= more + 1e-12


def test_reinforcement_on_others_weights_has_three_limits() -> None:
    """g κ log₁₀(1 + C/C_RL); the ceiling q̄; and own reasoning with 0.3 OOM to spare."""
    got = reinforced(
        np.array([0.5, 1.0, 1.0]), np.array([24.0, 29.0, 29.0]), np.array([1.0, 1.0, 0.05]), 0.2, 24.0, 0.5
    )
    np.testing.assert_allclose(got, [0.1 * np.log10(2.0), 0.5, 0.35], rtol=1e-12)


def test_a_residual_fades_towards_the_mean_of_its_lab() -> None:
    """Half of the difference after a half-life, a quarter after two; without one only the mean is left."""
    assert next_residual(0.1, 0.5, 4, 4.0) == pytest.approx(0.3, rel=1e-12)
    assert next_residual(0.1, 0.5, 8, 4.0) == pytest.approx(0.2, rel=1e-12)
    assert next_residual(0.1, 0.5, 0, 4.0) == pytest.approx(0.5, rel=1e-12)
    assert next_residual(0.1, 0.5, 1, 0.0) == 0.1


def test_luck_is_a_normal_cut_at_two_and_a_half_deviations() -> None:
    normal = draws.normal(1, "training_luck", 0, np.arange(100_000))
    luck = truncated_luck(normal, 0.06)
    assert luck.max() == pytest.approx(0.15, rel=1e-12)
    assert luck.min() == pytest.approx(-0.15, rel=1e-12)
    inside = np.abs(normal) < 2.5
    np.testing.assert_allclose(luck[inside], 0.06 * normal[inside], rtol=1e-14)
    # P(|z| > 2.5) = 1.242%.
    assert abs((~inside).mean() - 0.012419) < 4.0 * np.sqrt(0.012419 / normal.size)


# Runs of the market, by hand


class Offer(NamedTuple):
    """A live line, as others can learn from it."""

    lab: int
    tier: int
    closed: bool
    capability: float
    pretraining: float
    thought: float


def offers(market: Market) -> list[Offer]:
    lines = market.lines
    return [
        Offer(
            int(lines.lab[j]),
            int(lines.tier[j]),
            bool(lines.access[j] == CLOSED),
            *(float(column[j]) for column in (lines.capability, lines.pretraining, lines.thought)),
        )
        for j in np.flatnonzero(lines.live)
    ]


def by_hand(market: Market, run: Completed, then: list[Offer], reasoning: bool) -> tuple[float, float, float]:
    """Pre-training, reasoning and reinforcement of a run from the equations with the pinned numbers."""
    labs, lab, inside = market.labs, run.lab, market.parameters.record.residuals == "inside"
    own = labs.compute[lab] - 24.41 + labs.methods[lab]
    rivals = [offer for offer in then if offer.lab != lab]
    answers = max((offer.pretraining for offer in rivals if offer.closed), default=-math.inf)
    best_open = [
        max((offer for offer in rivals if offer.lab == other and not offer.closed), key=lambda o: o.capability)
        for other in {offer.lab for offer in rivals if not offer.closed}
    ]
    weights = max((offer.pretraining for offer in best_open), default=-math.inf)
    r = labs.reasoning[lab]
    if best_open:
        r += 0.6 * max(max(offer.thought for offer in best_open) - r, 0.0)
    r = r if reasoning else 0.0

    def learn(y: float) -> float:
        b = max(y, y + 0.525 * (answers - y), y + 0.7 * (weights - y))
        if run.tier == 1:
            b -= 0.9 + 0.4 * (-0.55 - run.size)
            flagship = max((o.pretraining for o in then if (o.lab, o.tier) == (lab, 0)), default=-math.inf)
            b = max(b, b + 0.5 * (flagship - b))
        return b

    b = learn(own + run.residual.own) if inside else learn(own) + run.residual.own
    q = min(0.2 * labs.absorption[lab] * np.log10(1.0 + 10.0 ** (labs.compute[lab] - 24.0)), 0.5)
    q = min(q, labs.reasoning[lab] + 0.3) + run.residual.shortfall
    starts = [(o.pretraining - 0.3, max(o.thought, r) if reasoning else 0.0) for o in best_open]
    base = max(starts, key=sum, default=(-math.inf, 0.0))
    return (*base, q) if sum(base) + q > b + r + 1e-9 else (b, r, 0.0)


def lived(market: Market, months: int, delay: int) -> Iterator[tuple[Release, Completed, list[Offer]]]:
    """Every run of history with what was on offer when it learned, looked at just after it completed."""
    released = [offers(market)]
    for month in range(1, months + 1):
        market.month = month
        for verb in market.schedule:
            verb(market)
            if verb.name == "training":
                for model in market.history.releases.get(month, []):
                    for run in market.finished:
                        if run.model == model.model:
                            yield model, run, released[month - delay] if month >= delay else []
            elif verb.name == "release":
                released.append(offers(market))
        market.record.append(*observe(market), market.governments.chip_price, views.welfare(market))


def reference(months: int, seed: int = 2, **parameters: object) -> Record:
    return Market(PINNED, rng=seed, developers=200, **parameters).run(months)


@pytest.mark.parametrize("residuals", ["none", "inside", "outside"])
@pytest.mark.parametrize("delay", [1, 6])
def test_labs_learn_from_what_others_had_released_some_months_ago(delay: int, residuals: str) -> None:
    """Teachers are the best closed and open models of other labs at the end of the release of month t − τ.

    In a scenario, so that what was measured does not decide: Meta is closed and residuals are those of the reference.
    """
    apart = {"training.flywheel": 0.0, "training.access_delay": delay, "record.residuals": residuals}
    anchor = reference(LAST_HISTORICAL_MONTH, **apart)
    setup = Scenario(name="meta_closed", labs={"Meta": "closed"})
    market = Market(PINNED, rng=2, developers=200, setup=setup, reference=anchor, **apart)
    ways, tiers = set(), set()
    for model, run, then in lived(market, LAST_HISTORICAL_MONTH, delay):
        if model.starts_from:
            continue
        if residuals != "none":
            assert run.residual == anchor.residuals[market.lab_names[run.lab], run.model]
        expected = by_hand(market, run, then, model.reasoning)
        assert (run.pretraining, run.thought, run.added) == pytest.approx(expected, abs=1e-11), run.model
        assert run.capability == pytest.approx(sum(expected), abs=1e-11)
        ways.add((run.added > 0.0, run.residual.shortfall < 0.0))
        tiers.add(run.tier)
    assert tiers == {0, 1}
    # Some trained and some started from weights; some stay behind what that would have given.
    assert {started for started, _ in ways} == {False, True}
    assert (residuals == "none") != any(short for _, short in ways)


def test_the_first_model_of_the_market_is_compute_and_methods() -> None:
    market = Market(PINNED, rng=9, developers=1000, **UNMEASURED)
    openai = market.lab_names.index("OpenAI")
    labs = market.labs
    assert labs.candidate[openai, 0] == pytest.approx(labs.compute[openai] - 24.41 + labs.methods[openai], rel=1e-12)
    assert labs.runs[openai] == 1
    assert np.isnan(labs.candidate[openai, 1])


@pytest.mark.parametrize(("least", "slope", "closed_size"), [(0.9, 0.4, -0.55), (0.5, 0.7, -1.5)])
def test_light_models_stay_behind_the_further_the_smaller_they_are(
    least: float, slope: float, closed_size: float
) -> None:
    """Without anything learned b = own − max(ΔK + κ (n_closed − n), 0): 3 bn are further behind than 70 bn, which may
    be as good as their flagship and never better."""
    numbers = {"training.light_gap": least, "training.size_gap": slope, "release.light_size": closed_size}
    market = Market(PINNED, rng=2, developers=200, **NOTHING_LEARNED, **UNMEASURED, **numbers)
    behind = set()
    for _ in range(LAST_HISTORICAL_MONTH):
        users = np.bincount(market.lines.lab, weights=market.lines.users * views.maker_share(market))
        market.step()
        labs = market.labs
        flywheel = 0.05 * np.log10(1.0 + users / 1e6)
        for run in market.finished:
            own = labs.compute[run.lab] - 24.41 + labs.methods[run.lab] + flywheel[run.lab]
            gap = max(least + slope * (closed_size - run.size), 0.0) if run.tier == 1 else 0.0
            assert run.pretraining == pytest.approx(own - gap, abs=1e-12)
            behind.add(round(gap, 2) if run.tier == 1 else -1.0)
    assert max(behind) > least or slope == 0.7
    assert (0.0 in behind) == (slope == 0.7)


def test_users_turn_the_flywheel() -> None:
    """φ_d log₁₀(1 + U/U₀), users of open lines counting by the share that the lab hosts itself, 10/(10 + n − 1)."""
    alone = {**NOTHING_LEARNED, **UNMEASURED, "record.end": "2025-12", "finance.invest_mode": "frozen"}
    slow = Market(PINNED, rng=2, developers=2000, **alone, **{"training.flywheel": 0.0})
    fast = Market(PINNED, rng=2, developers=2000, **alone, **{"training.flywheel": 0.2})
    seen = 0
    for _ in range(60):
        users = np.zeros(len(fast.labs))
        for line in range(fast.lines.rows):
            share = 1.0 if fast.lines.access[line] == 0 else 10.0 / (10.0 + max(fast.lines.hosts[line], 1.0) - 1.0)
            users[fast.lines.lab[line]] += share * fast.lines.users[line]
        # Same staff and compute, as long as nobody's choice of employer or method depends on rivals.
        slow.step()
        fast.step()
        thought = np.array([[run.thought for run in market.finished] for market in (fast, slow)])
        for run, twin, own in zip(fast.finished, slow.finished, (thought[0] - thought[1]).tolist(), strict=True):
            gain = run.capability - twin.capability - own
            gain -= fast.labs.methods[run.lab] - slow.labs.methods[run.lab]
            assert gain == pytest.approx(0.2 * np.log10(1.0 + users[run.lab] / 1e6), abs=1e-12)
            seen += 1
    assert seen > 150
    assert (0.2 * np.log10(1.0 + users / 1e6)).max() > 0.1


def drawn_by_hand(market: Market, run: Completed, runs: int) -> float:
    normal = draws.normal(market.seed, "training_luck", runs, 2 * int(market.labs.uid[run.lab]) + run.tier)[0]
    return 0.06 * float(np.clip(normal, -2.5, 2.5))


def test_runs_after_the_record_have_luck_of_their_own() -> None:
    """The n-th run of a lab has the n-th draw of its permanent identity and tier, so dates cannot shift luck."""
    market = Market(PINNED, rng=2, developers=200, **NOTHING_LEARNED, **UNMEASURED, **{"training.flywheel": 0.0})
    market.run(LAST_HISTORICAL_MONTH)
    assert all(run.residual.own == 0.0 for run in market.record.completed)
    seen = 0
    for _ in range(40):
        runs = market.labs.runs.copy()
        market.step()
        labs = market.labs
        for run in market.finished:
            luck = drawn_by_hand(market, run, int(runs[run.lab]))
            behind = 0.9 + 0.4 * (-0.55 - run.size) if run.tier == 1 else 0.0
            own = labs.compute[run.lab] - 24.41 + labs.methods[run.lab]
            assert run.pretraining == pytest.approx(own + luck - behind, abs=1e-11)
            assert run.thought == labs.reasoning[run.lab]
            assert labs.runs[run.lab] == runs[run.lab] + 1
            seen += 1
    assert seen > 100


# The record


def drawn(seed: int) -> Parameters:
    """Numbers of training, research, release and talent from their ranges."""
    draw = np.random.default_rng(seed)
    return Parameters().with_(
        **{
            leaf.address: float(draw.uniform(*leaf.range))
            for leaf in Parameters().leaves()
            if leaf.range
            and isinstance(leaf.default, float)
            and leaf.address.split(".")[0] in ("training", "research", "release", "talent", "compute")
        }
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("residuals", ["inside", "outside"])
def test_what_was_measured_is_what_it_is(seed: int, residuals: str) -> None:
    """K = (index − 113)/13.5 of every model that has one, whatever the seed and the parameters."""
    parameters = (Parameters(), drawn(10), drawn(11))[seed - 1]
    market = Market(parameters, rng=seed, developers=200, **{"record.residuals": residuals})
    market.run(LAST_HISTORICAL_MONTH)
    text = resources.files("sim.data").joinpath("releases.csv").read_text("utf-8")
    # Weights of an older model are no run.
    rows = [row for row in csv.DictReader(text.splitlines()) if row["eci"] and not row["of"]]
    index = {row["model"]: float(row["eci"]) for row in rows}
    assert len(index) > 100
    capability = {run.model: run.capability for run in market.record.completed}
    for model, points in index.items():
        assert capability[model] == pytest.approx((points - 113.0) / 13.5, abs=1e-9), model
    # Of these the residuals say something of their lab, but for what started from somebody else's weights.
    assert all(run.counts == (run.model in index and not run.residual.added) for run in market.record.completed)


def test_residuals_of_models_without_an_index_and_of_later_ones_by_hand() -> None:
    """To T the mean of what was measured before, Σ/(n + 2), of a lab's flagships or of all light models; after T
    ξ̄ + (ξ_last − ξ̄) 2^(−Δ/4) + ε."""
    market = Market(PINNED, rng=4, developers=200)
    total, number, last = np.zeros((11, 2)), np.zeros((11, 2)), {}
    unmeasured = after = 0
    runs = np.zeros(len(market.labs), int)
    for month in range(60):
        if month:
            market.step()
        for run in market.finished:
            at = run.lab, run.tier
            mean = total[at] / (number[at] + 2.0) if run.tier == 0 else total[:, 1].sum() / (number[:, 1].sum() + 2.0)
            if month > LAST_HISTORICAL_MONTH:
                before, when = last.get(at, (0.0, 0))
                expected = mean + (before - mean) * 2.0 ** (-(month - when) / 4.0)
                expected += drawn_by_hand(market, run, int(runs[run.lab]))
                assert run.residual.own == pytest.approx(expected, abs=1e-12)
                after += 1
            elif not math.isfinite(run.known):
                assert run.residual.own == pytest.approx(mean, abs=1e-12)
                assert run.residual[1:] == (0.0, 0.0)
                unmeasured += 1
            assert run.counts == (math.isfinite(run.known) and not run.residual.added)
        # Nobody's run of a month knows of another's of the same month.
        for run in market.finished:
            at = run.lab, run.tier
            total[at] += run.counts * run.residual.own
            number[at] += run.counts
            last[at] = run.residual.own, month
        runs[np.unique([run.lab for run in market.finished]).astype(int)] += 1
    assert unmeasured > 40
    assert after > 50
    assert number.sum() > 90


def test_a_model_known_to_start_from_somebodys_weights_has_what_was_added_to_them() -> None:
    """DeepSeek-R1-Distill-Qwen-32B: b and r of Qwen2.5-32B less the loss, and the rest of its index on top."""
    market = Market(PINNED, rng=1, developers=200)
    market.run(26)
    assert market.date == "2025-01"
    runs = {run.model: run for run in market.record.completed}
    run, base = runs["DeepSeek-R1-Distill-Qwen-32B"], runs["Qwen2.5-32B"]
    assert run.capability == pytest.approx((137.43 - 113.0) / 13.5, abs=1e-12)
    assert run.pretraining == base.pretraining - 0.3
    assert run.thought >= max(base.thought, market.labs.reasoning[run.lab])
    assert run.added == pytest.approx(run.capability - run.pretraining - run.thought, abs=1e-12)
    # Its residual says nothing of the lab's own runs, of which it takes the mean.
    assert not run.counts
    assert run.residual.added != 0.0

    # Without weights to start from it is a run of its lab like others, with that mean.
    setup = Scenario(name="no_weights", params={"release.weights_allowed": False})
    without = Market(PINNED, rng=1, developers=200, setup=setup, reference=market.record)
    without.run(26)
    own = {run.model: run for run in without.record.completed}["DeepSeek-R1-Distill-Qwen-32B"]
    assert own.residual == run.residual
    assert own.added == 0.0
    assert own.capability < run.capability


def test_a_scenario_that_changes_nothing_for_labs_has_the_same_models() -> None:
    """Where users feed nothing back, their tastes and budgets move no capability, to the last bit."""
    anchor = Market(PINNED, rng=6, developers=200, **LABS_ALONE).run(60)
    setup = Scenario(
        name="other_users",
        params={"adoption.price_sensitivity": 2.5, "population.budget_growth": 0.6, "access.grey": 1.0},
        changes={"2024-06": {"params": {"adoption.switching_cost": 0.0}}},
    )
    market = Market(PINNED, rng=6, developers=200, setup=setup, reference=anchor, **LABS_ALONE)
    market.run(60)
    assert [run[:8] for run in market.record.completed if run.month > 37] != []
    for run, other in zip(market.record.completed, anchor.completed, strict=True):
        assert run.model == other.model
        assert (run.capability, run.pretraining, run.thought, run.added) == (
            other.capability, other.pretraining, other.thought, other.added,
        )  # fmt: skip
        assert run.residual == other.residual
    assert not np.array_equal(market.record.market["spend"], anchor.market["spend"])


def test_a_scenario_carries_the_residuals_of_its_reference() -> None:
    """A world without a teacher: whoever learned from it is worse, by less than it learned, and nobody's residual is
    another."""
    anchor = reference(LAST_HISTORICAL_MONTH)
    setup = Scenario(name="no_openai", labs={"OpenAI": "absent"})
    market = Market(PINNED, rng=2, developers=200, setup=setup, reference=anchor)
    market.run(LAST_HISTORICAL_MONTH)
    known = {run.model: run for run in anchor.completed}
    lower = 0
    for run in market.record.completed:
        assert run.residual == known[run.model].residual
        lower += run.capability < known[run.model].capability - 0.01
    assert {run.model for run in anchor.completed if run.lab != 0} == {run.model for run in market.record.completed}
    assert lower > 30
    # Reports say what of the measured the mechanisms explain, with teachers as they were.
    measured = [run for run in anchor.completed if math.isfinite(run.known)]
    assert np.std([run.known - run.modelled for run in measured]) > 0.1


@pytest.mark.parametrize("seed", [0, 1, pytest.param(2, marks=pytest.mark.slow)])
def test_nobody_is_ahead_of_the_best_own_run_by_more_than_reasoning_and_reinforcement(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(seed, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 53))
def test_that_bound_holds_in_many_worlds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bounded(seed, monkeypatch)


def bounded(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """K ≤ best own + r̄ + q̄ over 120 months: learning is a convex combination, and what reinforcement adds is taught
    to nobody and inherited by nobody. Own is that of runs, their residuals included; seed 0 has the defaults."""
    own: list[np.ndarray] = []

    def remembered(*given: object) -> np.ndarray:
        own.append(own_pretraining(*given))
        return own[-1]

    monkeypatch.setattr("sim.mechanisms.training.own_pretraining", remembered)
    parameters = Parameters() if seed == 0 else drawn(seed)
    market = Market(parameters, rng=seed, developers=200)
    ceiling = parameters.research.reasoning_ceiling + parameters.training.rl_ceiling
    best, closest = -math.inf, math.inf
    for month in range(121):
        if month:
            market.step()
        for run in market.finished:
            best = max(best, own[-1][run.lab] + run.residual.own)
        for run in market.finished:
            # What was measured of a model that started from somebody's weights is what it is.
            if not run.residual.added:
                closest = min(closest, best + ceiling - run.capability)
    assert closest >= -1e-9
    assert closest < 2.0 + ceiling  # the bound is one, and not far away


# Sizes


def test_sizes_are_published_then_of_the_tier_then_the_last() -> None:
    """To T as published where weights are open, else of closed models of the tier; after T each lab keeps its last."""
    market = Market(PINNED, rng=3, developers=200)
    market.run(LAST_HISTORICAL_MONTH)
    published = {model.model: model for models in market.history.releases.values() for model in models}
    kinds = set()
    for run in market.record.completed:
        model = published[run.model]
        if math.isfinite(model.active):
            expected = 0.55 * np.log10(model.active / 175.0) + 0.45 * np.log10(model.total / 175.0)
        else:
            expected = (0.65, -0.55)[run.tier]
        assert run.size == pytest.approx(expected, abs=1e-12), run.model
        kinds.add((run.tier, math.isfinite(model.active)))
    assert len(kinds) == 4
    last = {(run.lab, run.tier): run.size for run in market.record.completed}
    market.run(24)
    later = [run for run in market.record.completed if run.month > LAST_HISTORICAL_MONTH]
    assert len(later) > 50
    for run in later:
        assert run.size == last.get((run.lab, run.tier), (0.65, -0.55)[run.tier])
    # What is on offer has the size of its run.
    lines, fresh = market.lines, np.flatnonzero(market.lines.fresh)
    assert all(lines.size[j] in [run.size for run in later if run.lab == j // SLOTS] for j in fresh)


# Dates


def published_dates() -> set[tuple[str, str, str]]:
    text = resources.files("sim.data").joinpath("releases.csv").read_text("utf-8")
    return {(row["lab"], row["date"], row["tier"]) for row in csv.DictReader(text.splitlines()) if not row["of"]}


def test_runs_complete_on_the_published_dates() -> None:
    market = Market(PINNED, rng=6, developers=200)
    seen = set()
    for _ in range(LAST_HISTORICAL_MONTH + 1):
        for tier, candidate in zip(("flagship", "light"), market.labs.candidate.T, strict=True):
            for row in np.flatnonzero(np.isfinite(candidate)):
                seen.add((market.lab_names[row], market.date, tier))
        market.step()
    expected = published_dates()
    assert len(expected) > 100
    assert seen == expected


def releases_after_history(market: Market, months: int) -> list[list[int]]:
    """Months of completed runs by lab, from 2026-01 on."""
    market.run(LAST_HISTORICAL_MONTH)
    done: list[list[int]] = [[] for _ in market.lab_names]
    for _ in range(months):
        market.step()
        both = np.isfinite(market.labs.candidate).all(axis=1)
        either = np.isfinite(market.labs.candidate).any(axis=1)
        np.testing.assert_array_equal(both, either)
        for row in np.flatnonzero(both):
            done[row].append(market.month)
    return done


@pytest.mark.parametrize("seed", [1, 2])
def test_later_intervals_are_the_cadence_give_or_take_a_month(seed: int) -> None:
    market = Market(PINNED, rng=seed, developers=100)
    done = releases_after_history(market, 60)
    off = []
    for row, months in enumerate(done):
        last = market.history.last_release(row)
        cadence = round(market.labs.cadence[row])
        # A lab whose interval has run out by the end of history releases at once.
        assert months[0] >= LAST_HISTORICAL_MONTH + 1
        assert months[0] == LAST_HISTORICAL_MONTH + 1 or abs(months[0] - last - cadence) <= 1
        off.extend(np.diff(months) - cadence)
    values, counts = np.unique(off, return_counts=True)
    np.testing.assert_array_equal(values, [-1, 0, 1])
    # Each a third of the time.
    assert counts.sum() > 100
    assert np.abs((counts - counts.sum() / 3.0) / np.sqrt(counts.sum() * 2.0 / 9.0)).max() < 4.0


def test_later_dates_differ_by_seed_and_are_the_draws_of_the_lab() -> None:
    first = releases_after_history(Market(PINNED, rng=1, developers=100), 24)
    second = releases_after_history(Market(PINNED, rng=2, developers=100), 24)
    assert first != second
    again = releases_after_history(Market(PINNED, rng=1, developers=500), 24)
    assert first == again
