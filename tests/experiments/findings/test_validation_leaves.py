"""No dead leaf: what counts as moving, how the dead are found in groups, a sample, and all of them at length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.findings.validation import leaves
from experiments.findings.validation.leaves import DEAD, FIXED, MOVES, WAITS, Moved, Search, ends, relative
from experiments.findings.validation.report import Asked
from sim.parameters.fields import Leaf

KNOWN = sim.Parameters.known()
NAN = np.nan


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.0], [1.0, 4.0], 0.5),
        ([0.0, NAN], [0.0, NAN], 0.0),
        ([1.0, NAN], [1.0, 1.0], np.inf),
        ([-1e-12], [1e-12], 2.0),
        ([0.0], [5.0], 1.0),
    ],
)
def test_how_much_a_measure_moved(one: list[float], other: list[float], wanted: float) -> None:
    assert relative(np.array(one), np.array(other)) == wanted


def test_ends_of_ranges_and_choices_without_the_default() -> None:
    for leaf in KNOWN.values():
        assert leaf.default not in ends(leaf)
        for value in ends(leaf):
            sim.Parameters().with_(**{leaf.address: value})
    assert ends(KNOWN["release.weights_allowed"]) == (False,)
    assert ends(KNOWN["record.residuals"]) == ("outside", "none")
    assert ends(KNOWN["accounting.tolerance"]) == ()
    span = KNOWN["talent.mobility"].range
    assert ends(KNOWN["talent.mobility"]) == span


class Told(Search):
    """A search in which some leaves move something in some scenario after so many months; runs are counted."""

    def __init__(self, moving: Mapping[tuple[str, str], int]) -> None:
        super().__init__(0, 100)
        self.moving, self.runs = moving, 0

    def in_draws(self, leaf: Leaf) -> Moved:
        return Moved()

    def moved(
        self, name: str, values: Mapping[str, Any], horizon: int, beside: Mapping[str, Any] | None = None
    ) -> Moved:
        self.runs += 1
        months = [self.moving[address, name] for address in values if (address, name) in self.moving]
        return Moved("hhi", 1.0, min(months), name) if months and min(months) <= horizon else Moved()


def test_groups_find_the_few_that_move_and_cost_less_than_each_alone() -> None:
    group = [leaf for leaf in KNOWN.values() if len(ends(leaf)) == 2][:64]
    few = {group[5].address, group[40].address}
    told = Told({(address, "meta_closes"): 3 for address in few})
    assert set(told.among(group, "meta_closes", 60)) == few
    assert told.runs < len(group)
    assert told.among(group, "no_deepseek", 60) == {}
    assert told.among([], "no_deepseek", 60) == {}


def test_a_value_with_which_no_lab_can_be_founded_is_compared_by_labs_that_both_have() -> None:
    moved = Search(0, 100).moved("baseline", {"finance.founding": 0.0}, 44)
    assert moved.measure
    assert np.isfinite(moved.change)


def test_what_moves_late_or_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ["talent.mobility", "talent.home.us", "talent.prestige", "talent.equity", "accounting.tolerance"]
    told = Told({(some[0], "baseline"): 3, (some[1], "no_deepseek"): 9, (some[2], "baseline"): 100})
    monkeypatch.setattr(leaves, "Search", lambda *_: told)
    monkeypatch.setattr(leaves, "known", lambda: {DEAD: {some[3]: "because"}, WAITS: {}, leaves.BESIDE: {}})
    made = leaves.leaves(Asked((0,), 300, lambda _: pytest.fail("it runs no study")), some)
    table = made.tables[leaves.LEAVES].set_index("parameter")
    assert list(table["state"]) == [MOVES, MOVES, MOVES, DEAD, FIXED]
    assert list(table["month"]) == [3, 9, 100, -1, -1]
    assert "Only in a scenario: `talent.home.us` (no_deepseek)." in made.text
    assert "Late: `talent.prestige` (2031-03)." in made.text
    assert "| `talent.equity` | dead | because |" in made.text


def test_a_sample_in_real_worlds() -> None:
    """What acts at once, what in scenarios alone, what is fixed, what acts in draws alone and what beside others."""
    some = ["talent.mobility", "pricing.reference_cost", "finance.elasticity", "accounting.tolerance"]
    some += ["contribution.tail", "record.given"]
    made = leaves.leaves(Asked((0,), 300, lambda _: pytest.fail("it runs no study")), some, (8,))
    table = made.tables[leaves.LEAVES].set_index("parameter")
    assert list(table["state"]) == [MOVES, MOVES, MOVES, FIXED, MOVES, MOVES]
    assert table.loc["contribution.tail", "measure"] == leaves.DRAWN
    assert list(table["scenario"][:2]) == ["baseline", "baseline"]
    assert table.loc["finance.elasticity", "scenario"] != "baseline"
    assert (table["change"][:3] >= leaves.MOVED).all()


def test_the_same_values_move_nothing() -> None:
    assert Search(0, 300).moved("no_deepseek", {"talent.mobility": KNOWN["talent.mobility"].default}, 8) == Moved()


def test_values_that_contradict_each_other_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, seed: int, developers: int, values: Mapping[str, Any]) -> leaves.World:
        if values:
            raise sim.ParameterError("these two contradict each other")
        return made(name, seed, developers, values)

    made = leaves.World
    monkeypatch.setattr(leaves, "World", refuse)
    assert Search(0, 300).moved("baseline", {"talent.mobility": 0.02}, 1).measure == "refused"


def test_reasons_are_of_parameters_that_are_there() -> None:
    for kind in (DEAD, WAITS):
        assert set(leaves.reasons()[kind]) <= set(KNOWN)
        assert all(leaves.reasons()[kind].values())


@pytest.mark.slow
def test_exactly_the_leaves_that_are_known_move_nothing() -> None:
    """Run `python -m experiments.validate --leaves` for the table; what changed goes into, or out of, leaves.yaml."""
    made = leaves.leaves(Asked((0,), 500, lambda _: pytest.fail("it runs no study")))
    table: pd.DataFrame = made.tables[leaves.LEAVES]
    quiet = {kind: set(table.loc[table["state"] == kind, "parameter"]) for kind in (DEAD, WAITS)}
    assert quiet == {kind: set(of_kind) for kind, of_kind in leaves.reasons().items()}
