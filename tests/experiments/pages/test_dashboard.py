"""The dashboard without a browser: its worlds are those of a study, its player obeys, its page says what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import experiments as ex
import sim
from experiments import dashboard
from experiments.pages.dashboard import panels, view
from experiments.pages.dashboard.player import Player, Status
from experiments.pages.dashboard.sliders import differences, sliders
from experiments.pages.dashboard.twins import Asked, Twins, same
from experiments.questions.scenarios import names

SMALL = Asked(developers=300, months=16)
WITHOUT = Asked("no_open_weights", developers=300, months=16)
_SECONDS = 60.0


def lived(asked: Asked) -> Twins:
    twins = Twins(asked)
    while not twins.ended:
        twins.step()
    return twins


@pytest.fixture(scope="module")
def parted() -> Twins:
    return lived(WITHOUT)


def test_twins_are_the_same_until_something_differs(parted: Twins) -> None:
    assert lived(SMALL).parted is None
    first = next(m for m in range(17) if not same(parted.baseline.record, parted.changed.record, m))
    assert parted.parted == first
    assert all(same(parted.baseline.record, parted.changed.record, month) for month in range(first))


def test_both_worlds_are_those_of_a_study(parted: Twins, tmp_path: Any) -> None:
    runs = ex.ensemble(
        ["baseline", "no_open_weights"],
        seeds=[0],
        months=16,
        developers=300,
        workers=1,
        outputs=tmp_path,
        progress=False,
    )
    for name, market in (("baseline", parted.baseline), ("no_open_weights", parted.changed)):
        for measure in ("frontier", "open_share_tokens", "spend", "price_gpt35_level"):
            found = runs.wide(name, measure)[0].to_numpy()
            assert np.array_equal(found, market.record.market[measure], equal_nan=True)


def test_a_changed_world_is_lived_through_again_to_the_same_month() -> None:
    twins = lived(SMALL)
    kept = twins.baseline
    twins.change(WITHOUT)
    assert twins.month == 16 and twins.parted is not None and twins.baseline is kept
    twins.change(SMALL)
    assert twins.parted is None
    twins.change(Asked(seed=1, developers=300, months=16))
    assert twins.month == 16 and twins.baseline is not kept and twins.parted is None


def test_a_change_that_was_stopped_is_made_up_for() -> None:
    twins = lived(SMALL)
    twins.change(WITHOUT, stop=lambda: twins.month >= 3)
    assert twins.month == 3
    twins.change(SMALL)
    assert twins.month == 16


def test_what_cannot_be_leaves_all_as_it_was() -> None:
    twins = lived(SMALL)
    market = twins.changed
    for wrong in (Asked("nowhere"), Asked(params={"talent.mobility": 7.0}), Asked(developers=1), Asked(seed=-1)):
        with pytest.raises(sim.WeightshiftError):
            twins.change(wrong)
        assert twins.asked == SMALL and twins.changed is market


def test_sliders_have_range_unit_and_source() -> None:
    known = sim.Parameters.known()
    found = sliders()
    assert 12 <= len(found) <= 14
    for one in found:
        leaf = known[one.address]
        assert (one.low, one.high) == leaf.range and one.low <= one.default <= one.high
        assert leaf.source in one.about and f"Range {one.low:g} to {one.high:g}" in one.about
    assert differences({found[0].address: found[0].default, found[1].address: found[1].high}) == {
        found[1].address: found[1].high
    }


def test_the_page_says_what_is_there(parted: Twins) -> None:
    page = panels.page(parted)
    assert (
        "2024-03, month 16 of 16; seed 0, 300 developers; scenario no_open_weights; they differ since" in page["state"]
    )
    row = next(row for row in page["rows"] if row["measure"] == "open_share_tokens")
    assert row["values"][1] == 0.0 and row["values"][2] == pytest.approx(-row["values"][0])
    labs = page["panels"][-1]
    for world in labs["worlds"]:
        assert np.allclose(np.sum([one["values"] for one in world], axis=0), 1.0, atol=1e-3)
    assert all(len(one["values"]) == 17 for panel in page["panels"] for world in panel["worlds"] for one in world)
    assert "both worlds are the same to the last bit" in panels.state(Twins(SMALL))


def test_the_changed_world_as_a_file_makes_the_same_world() -> None:
    asked = Asked("no_deepseek", {"talent.mobility": 0.1}, developers=300, months=3)
    setup = asked.setup()
    assert sim.Scenario.from_yaml(view.file_of(setup)) == setup


def test_what_was_typed_is_read_or_left_to_be_refused() -> None:
    given = {"scenario": "baseline", "params": {"talent.mobility": "0.1", "finance.elasticity": 0.3}}
    asked = view.asked_of({**given, "seed": " 7 ", "developers": "20,000"}, 85)
    assert asked == Asked("baseline", {"talent.mobility": 0.1}, 7, 20_000, 85)
    with pytest.raises(sim.ParameterError, match="many"):
        Twins(view.asked_of({**given, "seed": "0", "developers": "many"}, 85))


class Shown:
    """What a player told, and waiting for it."""

    def __init__(self) -> None:
        self.month, self.status, self.asked = -1, Status(), SMALL

    def __call__(self, twins: Twins | None, status: Status) -> None:
        self.status = status
        if twins is not None:
            self.month, self.asked = twins.month, twins.asked

    def until(self, holds: Callable[[Shown], bool]) -> None:
        end = time.monotonic() + _SECONDS
        while not holds(self):
            assert time.monotonic() < end, vars(self)
            time.sleep(0.01)


@pytest.fixture
def played() -> Iterator[tuple[Player, Shown]]:
    shown = Shown()
    player = Player(SMALL, shown)
    shown.until(lambda now: now.month == 0)
    yield player, shown
    player.close()
    player._thread.join(timeout=_SECONDS)
    assert not player._thread.is_alive()


def test_a_player_steps_plays_and_begins_anew(played: tuple[Player, Shown]) -> None:
    player, shown = played
    player.step()
    player.step()
    shown.until(lambda now: now.month == 2)
    player.play(None)
    shown.until(lambda now: now.month == 16 and not now.status.playing)
    assert shown.status.seconds is not None and shown.status.seconds > 0
    player.step()  # there is nothing beyond the end
    player.reset()
    shown.until(lambda now: now.month == 0)


def test_a_player_stops_when_told(played: tuple[Player, Shown]) -> None:
    player, shown = played
    player.play(20.0)
    shown.until(lambda now: now.month >= 2)
    player.pause()
    shown.until(lambda now: not now.status.playing)
    month = shown.month
    time.sleep(0.3)
    assert shown.month == month < 16


def test_a_pause_between_two_months_is_told(played: tuple[Player, Shown]) -> None:
    player, shown = played
    player.play(0.5)
    shown.until(lambda now: now.month == 1)
    time.sleep(0.2)
    start = time.monotonic()
    player.pause()
    shown.until(lambda now: not now.status.playing)
    assert time.monotonic() - start < 1.0 and shown.month == 1


def test_a_player_says_what_cannot_be_and_goes_on(played: tuple[Player, Shown]) -> None:
    player, shown = played
    player.ask(Asked(developers=7))
    shown.until(lambda now: "developers = 7 is not allowed" in now.status.error)
    player.ask(SMALL)  # what is there already
    shown.until(lambda now: not now.status.error)
    player.ask(Asked("nowhere", developers=300, months=16))
    shown.until(lambda now: "nowhere" in now.status.error)
    player.ask(WITHOUT)
    shown.until(lambda now: now.asked == WITHOUT and not now.status.error)
    player.step()
    shown.until(lambda now: now.month == 1)


@pytest.mark.parametrize("word", ["port=80", "port=http", "open=perhaps", "host=0.0.0.0"])
def test_the_door_refuses_in_one_line(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert dashboard.main([word]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "allowed" in said


def test_what_is_offered_is_what_there_is() -> None:
    offered = view.offered()
    assert [one["name"] for one in offered["scenarios"]] == list(names())
    assert "Charts" in view.template() and "{{ page.file }}" in view.template()
