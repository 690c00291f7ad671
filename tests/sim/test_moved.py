"""Releases at other dates: the same models, earlier or later."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import Market, Scenario, month_of
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.data.history import load
from sim.data.moved import moved, moved_month

T = LAST_HISTORICAL_MONTH
OPEN_LABS = ("Meta", "Mistral", "DeepSeek", "Alibaba", "Moonshot", "Zhipu")
SHIFTS = st.dictionaries(st.integers(0, 40), st.integers(-36, 36), max_size=4).map(lambda said: sorted(said.items()))


def shifted(months: int, date: str = "2022-11", labs: tuple[str, ...] = OPEN_LABS, **entries: Any) -> Scenario:
    return Scenario(name="shifted", changes={date: {"release_shift": dict.fromkeys(labs, months)}}, **entries)


@pytest.fixture(scope="module")
def baseline() -> Market:
    market = Market(rng=3, developers=300)
    market.run(T + 14)
    return market


def run(setup: Scenario, reference: Market | None, months: int = T + 14, **overrides: Any) -> Market:
    record = None if reference is None else reference.record
    market = Market(rng=3, developers=300, setup=setup, reference=record, **overrides)
    market.run(months)
    return market


@pytest.mark.parametrize(
    ("month", "shifts", "due"),
    [
        (10, [], 10),
        (10, [(0, 6)], 16),
        (10, [(0, -6)], 4),
        (10, [(8, -6)], 8),  # not before it was said
        (10, [(11, -6)], 10),  # too late
        (10, [(0, 6), (12, 0)], 12),  # taken back: now
        (10, [(0, 6), (14, -3)], 14),
        (10, [(0, 6), (14, 9)], 19),
        (-3, [(0, 6)], -3),  # before the start
        (2, [(0, -2)], 1),  # not before the lab is there
    ],
)
def test_when_a_model_is_due(month: int, shifts: list[tuple[int, int]], due: int) -> None:
    assert moved_month(month, shifts, entry=1) == due


@given(shifts=SHIFTS, entry=st.integers(0, 10))
def test_models_stay_in_order_and_nothing_of_before_a_shift_moves(shifts: list[tuple[int, int]], entry: int) -> None:
    first = shifts[0][0] if shifts else math.inf
    due = [moved_month(month, shifts, entry) for month in range(entry, 60)]
    assert due == sorted(due)
    for month, when in enumerate(due, entry):
        said = [shift for since, shift in shifts if since <= when]
        assert month + (said[-1] if said else 0) <= when, "it is due"
        assert when >= entry
        assert when == month if month < first else when >= first
        assert month + min([0, *(shift for _, shift in shifts)]) <= when <= month + max([0, *(s for _, s in shifts)])


@given(shifts=SHIFTS)
@settings(max_examples=30)
def test_every_model_of_the_record_is_there_once(shifts: list[tuple[int, int]]) -> None:
    history = load()
    found = moved(history, dict.fromkeys(("Meta", "xAI"), shifts), T)
    for of in (history, found):
        assert sum(map(len, of.openings.values())) == sum(map(len, history.openings.values()))
    dates = {
        (model.lab, model.model): (when, when - model.moved) for when, of in found.releases.items() for model in of
    }
    recorded = {(model.lab, model.model): when for when, of in history.releases.items() for model in of}
    assert {model: record for model, (_, record) in dates.items()} == recorded
    still = {history.names.index(name) for name in history.names if name not in ("Meta", "xAI")}
    assert all(now == then for (lab, _), (now, then) in dates.items() if lab in still)
    assert found.moved_to >= max(found.releases)
    anchors = [(moved_month(month, shifts, 0), flop) for month, flop in history.compute["Meta"]]
    for month in range(T + 1):
        held = [flop for when, flop in anchors if when <= month] or [anchors[0][1]]
        assert found.compute_path(month)[history.names.index("Meta")] == held[-1]


def test_with_a_record_that_ends_earlier_nothing_later_is_known() -> None:
    """Also not of the labs that are ahead of it."""
    end = month_of("2024-06")
    found = moved(load(), {"Meta": [(0, -6)], "Mistral": [(0, 6)]}, end)
    assert max(when - model.moved for when, of in found.releases.items() for model in of) <= end
    assert max(when for when, of in found.releases.items() for model in of) > end, "what is late comes after it"
    assert max(month for month, _ in found.compute["Meta"]) <= end - 6
    assert found.reaches(end) == max(found.releases)


def test_the_same_models_at_another_date(baseline: Market) -> None:
    """Their measured capability is theirs whenever they come; teachers and methods of the day do not change it."""
    recorded = {(run.lab, run.model): run for run in baseline.record.completed if run.level >= 0}
    for months in (-6, 6):
        market = run(shifted(months), baseline)
        moved_labs = {market.lab_names.index(name) for name in OPEN_LABS}
        found = {(run.lab, run.model): run for run in market.record.completed if run.level >= 0}
        entry = [max(0, month_of(market.history.attributes[name]["entry"])) for name in market.lab_names]
        late = measured = 0
        for (lab, model), was in recorded.items():
            due = max(was.month + months * (lab in moved_labs), entry[lab])
            if due > market.month:
                continue
            now = found[lab, model]
            assert now.month == due
            late += due > T
            if lab in moved_labs and math.isfinite(was.known):
                measured += 1
                assert now.capability == pytest.approx(was.known, abs=1e-9)
                assert now.size == was.size
        assert measured > 40 and (late > 5) == (months > 0)


def test_labs_go_on_when_their_moved_releases_are_out(baseline: Market) -> None:
    """What is drawn comes after the last of them and after the record."""
    market = run(shifted(6), baseline)
    for row in (market.lab_names.index(name) for name in OPEN_LABS):
        mine = [done for done in market.record.completed if done.lab == row]
        last = max(done.month for done in mine if done.level >= 0)
        drawn = [done.month for done in mine if done.level < 0]
        assert min(drawn) > max(last, T), market.lab_names[row]


def test_no_shift_is_no_change(baseline: Market) -> None:
    market = run(shifted(0), baseline)
    for name, values in baseline.record.market.items():
        np.testing.assert_array_equal(market.record.market[name], values, err_msg=name)
    for name, values in baseline.record.labs.items():
        np.testing.assert_array_equal(market.record.labs[name], values, err_msg=name)


def test_a_shift_changes_nothing_before_it_is_said(baseline: Market) -> None:
    market = run(shifted(-6, "2024-01"), baseline, month_of("2024-02"))
    for name, values in baseline.record.market.items():
        said = month_of("2024-01")
        np.testing.assert_array_equal(market.record.market[name][:said], values[:said], err_msg=name)
    now = market.record.market["open_frontier"][month_of("2024-01")]
    assert now > baseline.record.market["open_frontier"][month_of("2024-01")], "half a year of models at once"


def test_a_reference_given_or_computed_beside_is_the_same(baseline: Market) -> None:
    """Models that come earlier are not yet known there."""
    for months in (-9, 5):
        beside, given_ = run(shifted(months), None, 30), run(shifted(months), baseline, 30)
        for name, values in beside.record.market.items():
            np.testing.assert_array_equal(given_.record.market[name], values, err_msg=name)


def test_earlier_open_models_are_nearer_and_later_ones_farther(baseline: Market) -> None:
    """Over the record: a sign that cannot be other, for closed labs stay at their dates."""
    gap = {months: run(shifted(months), baseline, T).record.market["open_gap"] for months in (-6, 0, 6)}
    mean = {months: np.nanmean(values[14:]) for months, values in gap.items()}
    assert mean[-6] < mean[0] - 0.1 and mean[6] > mean[0] + 0.1


def test_news_and_discoveries_go_with_the_models() -> None:
    found = moved(load(), {"DeepSeek": [(0, -4)], "OpenAI": [(0, 3)]}, T)
    row = found.names.index("DeepSeek")
    assert found.pulses(month_of("2024-09"))[row] == load().pulses(month_of("2025-01"))[row] > 0.0
    assert not found.pulses(month_of("2025-01")).any()
    assert found.discoveries["OpenAI"] == month_of("2024-09")
    assert found.budget_path(T).tolist() == load().budget_path(T).tolist()


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        ({"Nobody": 6}, ["changes.2024-01.release_shift.Nobody", "no such name", "OpenAI"]),
        ({"*": 6}, ["release_shift.*", "OpenAI"]),
        ({"Meta": 6.5}, ["release_shift.Meta = 6.5", "whole numbers of months"]),
        ({"Meta": "late"}, ["release_shift.Meta = 'late'", "whole numbers of months"]),
        ({"Meta": True}, ["release_shift.Meta = True", "whole numbers of months"]),
        ({"Meta": math.inf}, ["release_shift.Meta = inf", "whole numbers of months"]),
        ({"Meta": 37}, ["release_shift.Meta = 37", "-36 to 36 months"]),
        ([6], ["release_shift = [6]", "whole numbers of months"]),
    ],
)
def test_a_shift_that_cannot_be_is_one_line(shift: Any, words: list[str]) -> None:
    with pytest.raises(sim.ScenarioError) as caught:
        Scenario.from_dict({"name": "x", "changes": {"2024-01": {"release_shift": shift}}})
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_shift_may_be_text_or_a_number_that_is_whole() -> None:
    for value in ("6", 6, 6.0, np.int8(6)):
        change = Scenario(name="x", changes={"2024-01": {"release_shift": {"Meta": value}}}).changes["2024-01"]
        assert change.release_shift == {"Meta": 6} and type(change.release_shift["Meta"]) is int
