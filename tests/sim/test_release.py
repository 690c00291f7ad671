"""Release: slots, openness by strategy, and weights that are never recalled."""

from __future__ import annotations

import numpy as np
import pytest

from sim import Market, Parameters, Scenario, views
from sim.agents.lab import CLOSED, LEGACY, OPEN, SLOTS, TIERS
from sim.record import ClosedVersion

# What the numbers below assume, whatever the baseline is calibrated to.
PINNED = Parameters().with_(
    **{
        "release.carry_over": 0.7,
    }
)


FLAGSHIP, LIGHT = 0, 1
HORIZON = 44


def slot(market: Market, lab: str, access: int, tier: int = FLAGSHIP) -> int:
    return market.lab_names.index(lab) * SLOTS + access * len(TIERS) + tier


def month_by_month(market: Market, months: int):
    """Yield the market after every month, the first included."""
    yield market
    for _ in range(months):
        market.step()
        yield market


def scenario(**labs: str) -> Scenario:
    return Scenario(name="test", labs=labs)


def run(setup: Scenario | None = None, months: int = HORIZON, **parameters):
    market = Market(
        PINNED,
        rng=3,
        developers=200,
        setup=setup,
        without=("entry", "talent", "beliefs", "misuse", "trust", "law"),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0, **parameters},
    )
    return month_by_month(market, months)


SETUPS = [
    None,
    Scenario(name="everyone_opens", labs={"*": "open_weights"}),
    Scenario(name="everyone_delays", labs={"*": "delayed"}, params={"release.delay": 2}),
    Scenario(name="meta_closes", changes={"2024-05": {"labs": {"Meta": "closed"}}}),
    Scenario(name="forbidden", changes={"2024-06": {"params": {"release.weights_allowed": False}}}),
]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: "history" if setup is None else setup.name)
def test_weights_once_out_are_never_recalled(setup: Scenario | None) -> None:
    """Open lines live for ever; a version leaves the market only when a second, better one follows it."""
    was_live, versions = None, {}
    for market in run(setup):
        lines = market.lines
        public = lines.access != CLOSED
        now = lines.live & public
        if was_live is not None:
            assert np.all(now[was_live])
        was_live = now
        for lab in range(len(market.lab_names)):
            for tier in (FLAGSHIP, LIGHT):
                here = lab * SLOTS + OPEN * 2 + tier, lab * SLOTS + LEGACY * 2 + tier
                on_offer = [float(lines.capability[j]) for j in here if lines.live[j]]
                before = versions.setdefault((lab, tier), [])
                if on_offer and (not before or before[-1] != on_offer[0]):
                    before.append(on_offer[0])
                # The last version and the one before it.
                assert on_offer == before[::-1][:2]
                assert before == sorted(before)
    assert was_live.sum() >= 10
    assert sum(len(version) > 2 for version in versions.values()) >= 2


def test_legacy_line_is_a_copy_of_the_version_before() -> None:
    copied = ("capability", "size", "openness", "birth")
    seen, before = 0, None
    for market in run():
        lines = market.lines
        if before is not None:
            for lab in market.lab_names:
                for tier in (FLAGSHIP, LIGHT):
                    new, old = slot(market, lab, OPEN, tier), slot(market, lab, LEGACY, tier)
                    if lines.fresh[new] and before["live"][new]:
                        seen += 1
                        assert lines.live[old]
                        assert lines.birth[new] == market.month
                        assert all(getattr(lines, name)[old] == before[name][new] for name in copied)
                    elif lines.live[old]:
                        assert all(getattr(lines, name)[old] == before[name][old] for name in copied)
        before = {name: getattr(lines, name).copy() for name in (*copied, "live")}
    assert seen > 10


def test_only_improvements_are_released() -> None:
    before = None
    for market in run():
        lines = market.lines
        if before is not None:
            was_live, capability = before
            changed = lines.capability != capability
            assert np.all(lines.capability[changed & was_live] > capability[changed & was_live])
            # Only the slots that are rewritten are new; legacy copies are not.
            np.testing.assert_array_equal(lines.fresh & (lines.access != LEGACY), lines.fresh)
            np.testing.assert_array_equal(changed & (lines.access != LEGACY), lines.fresh & changed)
        before = lines.live.copy(), lines.capability.copy()


def test_closing_freezes_the_open_line_and_the_closed_one_goes_on() -> None:
    setup = Scenario(name="meta_closes", changes={"2024-05": {"labs": {"Meta": "closed"}}})
    frozen = None
    for market in run(setup):
        opened, closed = slot(market, "Meta", OPEN), slot(market, "Meta", CLOSED)
        if market.date == "2024-04":
            frozen = market.lines.capability[[opened, slot(market, "Meta", OPEN, LIGHT)]].copy()
            assert market.lines.live[opened]
            assert not market.lines.live[closed]
        elif market.date > "2024-04":
            np.testing.assert_array_equal(market.lines.capability[[opened, slot(market, "Meta", OPEN, LIGHT)]], frozen)
    assert market.lines.live[closed]
    assert market.lines.capability[closed] > frozen[0]
    assert market.lines.openness[closed] == 0
    assert market.labs.openness[market.lab_names.index("Meta")] == 0


def test_closed_labs_never_publish_weights() -> None:
    for market in run(scenario(**{"*": "closed"})):
        lines = market.lines
        assert not lines.live[lines.access != CLOSED].any()
        assert np.all(lines.openness[lines.live] == 0)
    assert lines.live.sum() > 10


def test_open_labs_publish_all_they_have_or_more() -> None:
    for market in run(scenario(OpenAI="open_weights", DeepSeek="open_weights")):
        lines = market.lines
        for lab in ("OpenAI", "DeepSeek"):
            for tier in (FLAGSHIP, LIGHT):
                assert not lines.live[slot(market, lab, CLOSED, tier)]
        assert lines.openness[slot(market, "OpenAI", OPEN)] == 2
    # Code too, as in its history since V3.
    assert lines.openness[slot(market, "DeepSeek", OPEN)] == 3


@pytest.mark.parametrize("delay", [2, 5])
def test_delayed_labs_open_after_the_delay_what_was_then_their_live_model(delay: int) -> None:
    versions: list[dict] = []
    opened = 0
    for market in run(scenario(**{"*": "delayed"}), **{"release.delay": delay}):
        lines = market.lines
        versions.append(
            {name: getattr(lines, name).copy() for name in ("live", "capability", "size", "birth", "fresh")}
        )
        for lab in range(len(market.lab_names)):
            for tier in (FLAGSHIP, LIGHT):
                closed, public = lab * SLOTS + tier, lab * SLOTS + OPEN * 2 + tier
                born = market.month - delay
                due = born >= 0 and versions[born]["live"][closed]
                if lines.fresh[public]:
                    opened += 1
                    assert due
                    then = versions[born]
                    assert lines.capability[public] == then["capability"][closed]
                    assert lines.size[public] == then["size"][closed]
                    assert lines.openness[public] == 2
                elif due:
                    assert lines.capability[public] >= versions[born]["capability"][closed]
    assert opened > 5


def test_no_public_weights_where_they_are_forbidden() -> None:
    """Every model is closed, however open its methods; without the cap their openness is that of history."""
    for market in run(Scenario(name="no_open_weights", params={"release.weights_allowed": False})):
        lines = market.lines
        assert not lines.live[lines.access != CLOSED].any()
    assert lines.openness[slot(market, "DeepSeek", CLOSED)] == 3
    assert market.record.market["open_share_users"].max() == 0.0
    capped = Scenario(name="capped", params={"release.weights_allowed": False, "release.methods_cap": 1})
    *_, market = run(capped)
    assert market.lines.openness[market.lines.live].max() == 1


def test_older_weights_are_published_with_the_capability_they_had() -> None:
    """xAI: Grok-1 of 2023-11 in 2024-03, Grok-2 of 2024-12 in 2025-08."""
    capability, size, on_offer = {}, {}, {}
    for market in run(months=36):
        closed, public = slot(market, "xAI", CLOSED), slot(market, "xAI", OPEN)
        capability[market.date], size[market.date] = market.lines.capability[closed], market.lines.size[closed]
        on_offer[market.date] = market.lines.live[public], market.lines.capability[public], market.lines.size[public]
    assert not on_offer["2024-02"][0]
    assert on_offer["2024-03"] == (True, capability["2023-11"], size["2023-11"])
    assert on_offer["2025-07"] == on_offer["2024-03"]
    assert on_offer["2025-08"] == (True, capability["2024-12"], size["2024-12"])
    assert capability["2025-08"] > capability["2024-12"] > capability["2023-11"]


def test_openness_of_a_lab_is_that_of_its_best_model() -> None:
    for market in run():
        lines, labs = market.lines, market.labs
        for lab in np.flatnonzero(labs.active):
            mine = [j for j in range(lines.rows) if lines.lab[j] == lab and lines.live[j]]
            if mine:
                best = max(mine, key=lambda j: lines.capability[j])
                assert labs.openness[lab] == lines.openness[best]
    # In 2026 OpenAI's flagship is closed although its light model is open.
    assert labs.openness[market.lab_names.index("OpenAI")] == 0
    assert lines.live[slot(market, "OpenAI", OPEN, LIGHT)]


def test_openness_persists_after_history() -> None:
    """From 2026 labs release as they last did in history: Meta and DeepSeek open, Anthropic closed."""
    fresh = {"Meta": set(), "DeepSeek": set(), "Anthropic": set()}
    for market in run(months=60):
        if market.date >= "2026-01":
            for lab, accesses in fresh.items():
                accesses |= {a for a in (CLOSED, OPEN) if market.lines.fresh[slot(market, lab, a)]}
    assert fresh == {"Meta": {OPEN}, "DeepSeek": {OPEN}, "Anthropic": {CLOSED}}


def test_lines_have_the_parts_and_the_size_of_their_run() -> None:
    """Capability is the sum of pre-training, reasoning and what reinforcement learning added; legacy keeps them."""
    parts = ("pretraining", "thought", "added", "size")
    runs: set[tuple[float, ...]] = set()
    kinds = set()
    for market in run():
        lines = market.lines
        runs |= {tuple(getattr(finished, part) for part in parts) for finished in market.finished}
        for line in np.flatnonzero(lines.live):
            assert tuple(float(getattr(lines, part)[line]) for part in parts) in runs
            whole = lines.pretraining[line] + lines.thought[line] + lines.added[line]
            assert lines.capability[line] == pytest.approx(whole, rel=1e-15)
            kinds.add((lines.access[line], bool(lines.thought[line] > 0.0), bool(lines.added[line] > 0.0)))
    assert {(CLOSED, True, False), (OPEN, True, False), (LEGACY, True, False), (OPEN, True, True)} <= kinds


def test_a_new_version_keeps_part_of_what_was_contributed() -> None:
    seen, before = 0, None
    for market in run(months=30, **{"contribution.community_scale": 1e5}):
        lines = market.lines
        if before is not None:
            new = lines.fresh & before[0] & (lines.access == OPEN)
            seen += new.sum()
            # This month's own contributions come on top.
            np.testing.assert_allclose(
                lines.contributed[new], 0.7 * before[1][new] + lines.contributions[new], rtol=1e-12
            )
            legacy = np.flatnonzero(new) + len(TIERS)
            np.testing.assert_allclose(
                lines.contributed[legacy], before[1][new] + lines.contributions[legacy], rtol=1e-12
            )
        before = lines.live.copy(), lines.contributed.copy()
    assert seen >= 5


def test_frontier_never_falls() -> None:
    for setup in (None, SETUPS[3]):
        *_, market = run(setup)
        path = market.record.market["frontier"]
        assert np.all(np.diff(path) >= 0.0)
        assert path[-1] >= np.nanmax(market.record.labs["capability"])


def test_what_is_remembered_is_what_was_on_offer() -> None:
    """Of each lab the best pre-training behind an API, the weights of its best open model, and its best flagship's
    pre-training; what the community adds to weights is nobody's teacher."""
    thinking = 0
    for market in run(months=30):
        known, lines = market.record.teachers[market.month], market.lines
        for lab in range(len(market.lab_names)):
            mine = lines.live & (lines.lab == lab)
            opened = np.flatnonzero(mine & (lines.access != CLOSED))
            assert known.closed[lab] == lines.pretraining[mine & (lines.access == CLOSED)].max(initial=-np.inf)
            assert known.flagship[lab] == lines.pretraining[mine & (lines.tier == FLAGSHIP)].max(initial=-np.inf)
            if opened.size:
                best = opened[np.argmax(lines.capability[opened])]
                assert (known.weights[lab], known.thought[lab]) == (lines.pretraining[best], lines.thought[best])
                thinking += known.thought[lab] > 0.0
            else:
                assert known.weights[lab] == known.thought[lab] == -np.inf
    assert len(market.record.teachers) == 31
    assert thinking > 3


# What a lab withdraws


def test_share_withdrawn_by_hand() -> None:
    """Two of three closed models within two years are gone; what was gone before counts no more, nor do open ones."""
    market = Market(rng=1, developers=100)
    version, lab = market.record.closed_versions[-1], 0
    assert market.labs.withdrawn[lab] == 0.0

    def month(live: bool, capability: float) -> ClosedVersion:
        versions = ClosedVersion(*(part.copy() for part in version))
        for part in versions:
            part[:] = 0
        versions.live[lab, 0], versions.capability[lab, 0] = live, capability
        return versions

    path = [month(True, 0.0)] * 5 + [month(True, 0.5)] * 5 + [month(True, 1.0)] * 3
    market.record.closed_versions[:] = path
    np.testing.assert_allclose(views.withdrawn(market), np.eye(len(market.labs))[lab] * 2.0 / 3.0)
    # Twenty months later only the second rewriting is within two years, and a line that ends is withdrawn too.
    market.record.closed_versions[:] = path + [month(True, 1.0)] * 20
    assert views.withdrawn(market)[lab] == pytest.approx(1.0 / 2.0)
    market.record.closed_versions[:] = path + [month(False, 1.0)] * 20
    assert views.withdrawn(market)[lab] == 1.0
    market.record.closed_versions[:] = path + [month(False, 1.0)] * 30
    assert views.withdrawn(market)[lab] == 0.0
