"""Awareness: the discrete Bass law, in the kernel and in the population."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim import Market, Parameters
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.data.history import Release, load
from sim.mechanisms.awareness import awareness, news
from sim.numerics import draws
from sim.parameters.fields import ORGANISATIONS
from sim.views.demand import aware_share

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "awareness.innovation": 0.037,
        "awareness.imitation": 0.04,
        "awareness.home": 1.3,
        "awareness.abroad": 0.8,
        "awareness.firms": 2.0,
        "awareness.pulse": 1.0,
        "awareness.floor": 0.0,
    }
)


def test_kernels_give_the_discrete_bass_law() -> None:
    """F' = 1 − (1 − F) e^(−(p + q F)) when everybody who is aware uses the lab."""
    p, q = 0.02, 0.4
    hazard, one = np.zeros((1, 1)), np.ones(1)
    share = expected = 0.0
    for _ in range(80):
        hazard = hazard + news(p, q, 0.0 * one, np.ones((1, 1)), np.array([[share]]))
        share = float(aware_share(hazard)[0, 0])
        expected = 1.0 - (1.0 - expected) * np.exp(-(p + q * expected))
        assert share == pytest.approx(expected, rel=1e-12)
    assert expected > 0.99


def test_discrete_bass_tends_to_that_of_bass() -> None:
    """Continuous Bass: F(t) = (1 − e^(−(p+q)t))/(1 + q/p e^(−(p+q)t)), here at steps of 1/200 month."""
    p, q, steps = 0.03, 0.38, 200
    hazard, share, worst = np.zeros((1, 1)), 0.0, 0.0
    for step in range(1, 20 * steps + 1):
        hazard = hazard + news(p / steps, q / steps, np.zeros(1), np.ones((1, 1)), np.array([[share]]))
        share = float(aware_share(hazard)[0, 0])
        decay = np.exp(-(p + q) * step / steps)
        worst = max(worst, abs(share - (1.0 - decay) / (1.0 + q / p * decay)))
    assert share > 0.99
    assert worst < 1e-3


def test_news_by_hand() -> None:
    """Press p₀ clip(K − K* + 1, 0, 1.5) and users q share, both times nearness."""
    got = news(
        0.1,
        0.5,
        np.array([0.0, -0.5, -3.0, -np.inf, 0.3, 2.0]),
        np.array([[1.3, 0.8, 1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 1.0, 1.0, 1.0, 1.0]]),
        np.array([[0.2, 0.0, 0.1, 0.0, 0.0, 0.0], [0.0, 0.4, 0.0, 0.0, 0.0, 0.0]]),
    )
    # 1.3 (0.1 + 0.1); 0.8 · 0.1 · 0.5; no press three OOM behind; nothing before the first model; at most 1.5.
    # The other segment has users of its own, and hears twice as much of the second lab: 2 (0.05 + 0.2).
    np.testing.assert_allclose(got, [[0.26, 0.04, 0.05, 0.0, 0.13, 0.15], [0.1, 0.5, 0.0, 0.0, 0.13, 0.15]], rtol=1e-14)


def one_lab():
    """A history of OpenAI alone with its first model."""
    record = load()
    lab = {**record.attributes["OpenAI"], "awareness_0": "0.05"}
    return dataclasses.replace(
        record,
        names=("OpenAI",),
        attributes={"OpenAI": lab},
        releases={0: [Release(0, 0, 0, known=0.0)]},
        openings={},
        pulse_events={},
        _cache={},
    )


def bass_market(developers: int, **parameters) -> Market:
    """One lab that everybody wants who has heard of it, and everybody chooses every month."""
    return Market(
        PINNED,
        rng=11,
        developers=developers,
        record_of=one_lab(),
        without=("entry", "contribution", "misuse", "trust", "law"),
        **{
            **{f"adoption.outside.{kind}": -50.0 for kind in ORGANISATIONS},
            **{f"adoption.start.{kind}": 100.0 for kind in ORGANISATIONS},
            **{f"adoption.ceiling.{kind}": 1.0 for kind in ORGANISATIONS},
            "adoption.users_start": 1.0,
            "access.grey": 1.0,
            "awareness.firms": 1.0,
            "awareness.home": 1.0,
            "awareness.abroad": 1.0,
            "awareness.innovation": 0.02,
            "awareness.imitation": 0.4,
            "contribution.community_gain": 0.0,
            **parameters,
        },
    )


def test_users_of_a_lab_that_everybody_wants_are_a_bass_curve() -> None:
    """While few are without it nearly all of them try every month: 1 − e^(−100 (1 − u)) of those who have heard."""
    number = 400_000
    market = bass_market(number)
    expected, hazard, worst = 1.0 - np.exp(-0.05), np.full(45, 0.05), 0.0
    share = np.zeros(45)
    for month in range(11):
        if month:
            market.step()
        # What is cumulated depends on the users there really were, of the segment itself: exact.
        hazard = hazard + 0.02 + 0.4 * share
        np.testing.assert_allclose(market.segments.awareness[:, 0], hazard, rtol=1e-10)
        # In month 0 the lab has no users yet to imitate.
        expected = 1.0 - (1.0 - expected) * np.exp(-(0.02 + 0.4 * expected * (month > 0)))
        counts = market.developers.counts
        share = counts[:, 1:].sum(axis=1) / counts.sum(axis=1)
        worst = max(worst, abs(market.record.market["adoption"][-1] - expected))
    assert 0.7 < expected < 0.95
    assert np.ptp(share) > 0.005
    # A sampling error of the first months grows at the rate of imitation before it fades.
    assert worst < 6.0 * 0.5 / np.sqrt(number)


def test_share_that_is_aware_is_the_law_of_the_hazard_in_every_segment() -> None:
    """Developers are aware by a draw of their own: the share that uses the lab in a segment is 1 − e^(−A)."""
    market = bass_market(400_000)
    market.run(5)
    counts = market.developers.counts
    number, users = counts.sum(axis=1), counts[:, 1:].sum(axis=1)
    share = 1.0 - np.exp(-market.segments.awareness[:, 0])
    z = (users - number * share) / np.sqrt(number * share * (1.0 - share))
    assert np.all((share > 0.2) & (share < 0.8))
    assert np.abs(z).max() < 4.0
    assert abs((z**2).mean() - 1.0) < 4.0 * np.sqrt(2.0 / z.size)


def test_imitation_is_of_users_like_oneself() -> None:
    """Where one segment uses a lab, its developers hear of it from one another, and nobody else does."""
    market = Market(PINNED, rng=1, developers=1000, **{"awareness.innovation": 0.0, "awareness.pulse": 0.0})
    counts, lab = market.developers.counts, market.lab_names.index("OpenAI")
    number = counts.sum(axis=1)
    counts[:] = 0
    counts[:, 0] = number
    segment, users = int(np.argmax(number)), int(number.max() // 2)
    counts[segment, [0, 1 + lab * 6]] += [-users, users]
    before = market.segments.awareness.copy()
    awareness(market)
    gained = market.segments.awareness - before
    near = 1.3 if market.segments.region[segment] == 0 else 0.8
    assert market.segments.organisation[segment] == 0
    assert gained[segment, lab] == pytest.approx(0.04 * users / number[segment] * near, rel=1e-12)
    gained[segment, lab] = 0.0
    assert not gained.any()


def test_firms_ask_several_vendors() -> None:
    """Press and imitation count twice for small, large and regulated firms; an event counts once for everybody."""
    market = Market(PINNED, rng=1, developers=1000, **{"awareness.imitation": 0.0})
    segments, openai = market.segments, market.lab_names.index("OpenAI")
    before = segments.awareness[:, openai].copy()
    market.step()
    assert market.date == "2022-12"
    event = market.history.pulses(1)[openai]
    gained = segments.awareness[:, openai] - before - event
    firms = np.isin(segments.organisation, [ORGANISATIONS.index(kind) for kind in ("smb", "enterprise", "regulated")])
    for region in range(3):
        here = segments.region == region
        press = np.unique(gained[here & ~firms].round(14))
        assert press.size == 1
        np.testing.assert_allclose(gained[here & firms], 2.0 * press[0], rtol=1e-10)
    assert event == 0.4


def test_who_has_heard_never_forgets() -> None:
    market = bass_market(50_000)
    before = market.developers.choice > 0
    for _ in range(12):
        market.step()
        now = market.developers.choice > 0
        assert np.all(now[before])
        before = now
    assert before.mean() > 0.5


def test_thresholds_of_two_labs_are_independent() -> None:
    """Of whoever has heard of one lab, the same share has heard of another as of everybody else."""
    person = np.arange(400_000, dtype=np.uint32)
    word = draws.person_words(5, "awareness", 0, person)
    first, second = draws.option_words(word, [1, 7]) <= draws.threshold([[0.3], [0.6]])
    both = (first & second).mean()
    assert abs(both - 0.18) < 4.0 * np.sqrt(0.18 * 0.82 / person.size)


def test_pulse_tells_of_the_lab_and_of_no_other() -> None:
    """DeepSeek's event of 2025-01 adds 1.2 to its hazard everywhere, beside the month's press."""
    months = 26
    with_event = Market(PINNED, rng=1, developers=5000)
    quiet = Market(PINNED, rng=1, developers=5000, **{"awareness.pulse": 0.0})
    lab = with_event.lab_names.index("DeepSeek")
    other = np.arange(len(with_event.lab_names)) != lab
    with_event.run(months - 1)
    quiet.run(months - 1)
    # The only earlier event is OpenAI's in 2022-12; compare increments of the month itself.
    before = with_event.segments.awareness.copy(), quiet.segments.awareness.copy()
    for market in (with_event, quiet):
        market.month += 1
        for verb in market.schedule:
            verb(market)
            if verb is awareness:
                break
    assert with_event.date == "2025-01"
    gained = with_event.segments.awareness - before[0]
    gained_quietly = quiet.segments.awareness - before[1]
    np.testing.assert_allclose(gained[:, lab] - gained_quietly[:, lab], 1.2, atol=0.01)
    np.testing.assert_allclose(gained[:, other], gained_quietly[:, other], atol=0.05)


def test_labs_are_heard_of_once_they_have_a_model_near_the_frontier() -> None:
    """Not before their first; and a first one that is more than an OOM behind makes no news."""
    market = Market(PINNED, rng=1, developers=1000)
    start = market.history.values("awareness_0")
    heard, silent = np.zeros(len(start) - market.history.newcomers, bool), 0
    for _ in range(LAST_HISTORICAL_MONTH):
        market.step()
        lines = market.lines
        for lab in np.flatnonzero(~heard):
            best = (lines.capability + lines.gain)[lines.live & (lines.lab == lab)].max(initial=-np.inf)
            # As of the release: what the community adds comes later in the month.
            heard[lab] = best > market.world.frontier[0] - 1.0
            silent += np.isfinite(best) and not heard[lab]
            assert np.all((market.segments.awareness[:, lab] > start[lab]) == heard[lab])
    assert heard.all()
    assert silent > 3


def test_news_of_the_own_region_is_nearer() -> None:
    market = Market(PINNED, rng=1, developers=1000, **{"awareness.imitation": 0.0, "awareness.pulse": 0.0})
    market.run(3)
    openai = market.lab_names.index("OpenAI")
    start = float(market.history.attributes["OpenAI"]["awareness_0"])
    gained = market.segments.awareness[:, openai] - start
    home = market.segments.region == 0
    np.testing.assert_allclose(gained[home].mean() / gained[~home].mean(), 1.3 / 0.8, rtol=1e-12)


def test_at_its_neutral_floor_everybody_is_aware() -> None:
    market = Market(PINNED, rng=1, developers=100_000, without=("awareness",))
    assert np.all(-np.expm1(-market.segments.awareness) == 1.0)
    word = draws.person_words(1, "awareness", 0, np.arange(100_000, dtype=np.uint32))
    assert np.all(draws.option_words(word, [1, 2, 3]) <= draws.threshold(1.0))
