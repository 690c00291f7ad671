"""Training: capability of a run, learning from others, and the dates on which runs complete."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest

from sim import Market, Parameters
from sim.agents.lab import CLOSED
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.measures import observe
from sim.mechanisms.training import base_capability, learn_from_others, truncated_luck
from sim.numerics import draws

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "training.reference_compute": 24.41,
        "training.luck": 0.06,
        "training.light_gap": 0.9,
        "training.flywheel_users": 1000000.0,
        "pricing.first_party": 0.35,
    }
)


NOTHING_LEARNED = {"training.distillation": 0.0, "training.weights_advantage": 0.0, "training.open_start": False}


def none() -> np.ndarray:
    return np.array([-np.inf])


def test_capability_of_a_run_adds_up() -> None:
    got = base_capability(*(np.array([x]) for x in (25.41,)), 24.41, *(np.array([x]) for x in (0.3, 0.2, 0.05, -0.1)))
    np.testing.assert_allclose(got, [1.45])


def test_a_run_without_rivals_is_its_base() -> None:
    base = np.array([0.7])
    assert learn_from_others(base, none(), none(), 0.6, 0.64, -np.inf) == base


@pytest.mark.parametrize(
    ("closed", "opened", "start", "expected"),
    [
        (2.0, -np.inf, -np.inf, 1.0 + 0.6 * 1.0),  # outputs of a better closed model
        (-np.inf, 2.0, -np.inf, 1.0 + 0.7 * 1.0),  # weights teach more than outputs
        (2.0, 1.5, -np.inf, 1.6),  # the better of the two, not their sum
        (2.0, 1.9, -np.inf, 1.63),
        (0.5, 0.2, -np.inf, 1.0),  # nothing from those behind
        (2.0, 1.9, -0.2, 1.7),  # an open start beats learning
        (2.0, 1.9, -0.4, 1.63),
        (-np.inf, -np.inf, -0.4, 1.0),  # nobody to start from
    ],
)
def test_learning_takes_the_best_of_four_ways(closed: float, opened: float, start: float, expected: float) -> None:
    got = learn_from_others(np.array([1.0]), np.array([closed]), np.array([opened]), 0.6, 0.7, start)
    np.testing.assert_allclose(got, [expected], rtol=1e-14)


def test_luck_is_a_normal_cut_at_two_and_a_half_deviations() -> None:
    normal = draws.normal(1, "training_luck", 0, np.arange(100_000))
    luck = truncated_luck(normal, 0.06)
    assert luck.max() == pytest.approx(0.15, rel=1e-12)
    assert luck.min() == pytest.approx(-0.15, rel=1e-12)
    inside = np.abs(normal) < 2.5
    np.testing.assert_allclose(luck[inside], 0.06 * normal[inside], rtol=1e-14)
    # P(|z| > 2.5) = 1.242%.
    assert abs((~inside).mean() - 0.012419) < 4.0 * np.sqrt(0.012419 / normal.size)


def test_first_model_of_the_market_is_compute_methods_and_luck() -> None:
    market = Market(PINNED, rng=9, developers=1000)
    openai = market.lab_names.index("OpenAI")
    labs = market.labs
    luck = 0.06 * draws.normal(9, "training_luck", 0, int(labs.uid[openai]))[0]
    expected = labs.compute[openai] - 24.41 + labs.methods[openai] + luck
    assert labs.candidate[openai, 0] == pytest.approx(expected, rel=1e-12)
    assert labs.runs[openai] == 1
    assert np.isnan(labs.candidate[openai, 1])


def test_runs_of_one_lab_have_luck_of_their_own() -> None:
    """The n-th run of a lab has the n-th draw of its permanent identity, so dates cannot shift luck."""
    market = Market(
        PINNED, rng=2, developers=200, **NOTHING_LEARNED, **{"training.flywheel": 0.0, "training.luck": 0.1}
    )
    seen = 0
    for _ in range(45):
        runs = market.labs.runs.copy()
        market.step()
        labs = market.labs
        done = np.flatnonzero(labs.runs > runs)
        assert np.all(labs.runs[done] == runs[done] + 1)
        for row in done:
            normal = draws.normal(2, "training_luck", int(runs[row]), int(labs.uid[row]))[0]
            luck = 0.1 * np.clip(normal, -2.5, 2.5)
            expected = labs.compute[row] - 24.41 + labs.methods[row] + labs.reasoning[row] + luck
            flagship, light = labs.candidate[row]
            assert np.isfinite(flagship) or np.isfinite(light)
            if np.isfinite(flagship):
                assert flagship == pytest.approx(expected, abs=1e-12)
            if np.isfinite(light):
                assert light == pytest.approx(expected - 0.9, abs=1e-12)
            seen += 1
    assert seen > 100


@pytest.mark.parametrize("delay", [1, 6])
def test_labs_learn_from_what_others_had_released_some_months_ago(delay: int) -> None:
    """Teachers are the best closed and open models of other labs at the end of the release of month t − τ."""
    learning = {
        "training.flywheel": 0.0,
        "training.luck": 0.0,
        "training.access_delay": delay,
        "training.distillation": 0.6,
        "training.weights_advantage": 0.1,
        "training.start_loss": 0.4,
        "training.rl_gain": 0.2,
        "training.rl_compute": 24.0,
    }
    market = Market(PINNED, rng=2, developers=200, **learning)
    labs, lines, learned = market.labs, market.lines, 0

    def offers() -> list[tuple[int, bool, float]]:
        live = np.flatnonzero(lines.live)
        return [(lines.lab[j], lines.access[j] == CLOSED, lines.capability[j] + lines.gain[j]) for j in live]

    def expected(row: int, rivals: list) -> float:
        own = labs.compute[row] - 24.41 + labs.methods[row] + labs.reasoning[row]
        closed = max((k for _, is_closed, k in rivals if is_closed), default=-np.inf)
        public = max((k for _, is_closed, k in rivals if not is_closed), default=-np.inf)
        start = 0.2 * labs.absorption[row] * np.log10(1.0 + 10.0 ** (labs.compute[row] - 24.0)) - 0.4
        return max(own, own + 0.6 * (closed - own), own + 0.64 * (public - own), public + start)

    released = [offers()]
    for month in range(1, 38):
        market.month = month
        for verb in market.schedule:
            verb(market)
            if verb.name == "training":
                for row in np.flatnonzero(np.isfinite(labs.candidate[:, 0])):
                    rivals = [offer for offer in released[month - delay] if offer[0] != row] if month >= delay else []
                    assert labs.candidate[row, 0] == pytest.approx(expected(row, rivals), abs=1e-12)
                    learned += expected(row, rivals) > expected(row, [])
            elif verb.name == "release":
                released.append(offers())
        market.record.append(*observe(market), market.governments.chip_price)
    assert learned > 20


def test_users_turn_the_flywheel() -> None:
    """φ_d log₁₀(1 + U/U₀), users of open lines counting by the share that the lab hosts itself."""
    slow = Market(PINNED, rng=2, developers=2000, **NOTHING_LEARNED, **{"training.flywheel": 0.0})
    fast = Market(PINNED, rng=2, developers=2000, **NOTHING_LEARNED, **{"training.flywheel": 0.2})
    for _ in range(60):
        users = np.zeros(len(fast.labs))
        for line in range(fast.lines.rows):
            share = 1.0 if fast.lines.access[line] == 0 else 0.35
            users[fast.lines.lab[line]] += share * fast.lines.users[line]
        # Same staff and compute, as long as nobody's choice of employer or method depends on rivals.
        slow.step()
        fast.step()
        gain = fast.labs.candidate[:, 0] - slow.labs.candidate[:, 0] - (fast.labs.methods - slow.labs.methods)
        gain -= fast.labs.reasoning - slow.labs.reasoning
        done = np.isfinite(gain)
        np.testing.assert_allclose(gain[done], (0.2 * np.log10(1.0 + users / 1e6))[done], atol=1e-12)
    assert (0.2 * np.log10(1.0 + users / 1e6)).max() > 0.1


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
