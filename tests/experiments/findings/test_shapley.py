"""Parts that add up: Shapley values of games by hand, of mechanisms in an effect, of causes in a level."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import experiments as ex
import sim
from experiments.findings.shapley import REST, TOTAL, merged, shapley_values

SIZE: dict[str, Any] = {"months": 14, "developers": 300, "workers": 1, "progress": False}
THREE = ["talent", "entry", "contribution"]  # as they come in a month


def worth_of(number: int, value: Any) -> np.ndarray:
    """The worth of every subset of a game, one run."""
    subsets = [{part for part in range(number) if subset >> part & 1} for subset in range(1 << number)]
    return np.array([[float(value(subset))] for subset in subsets])


def test_what_only_adds_up_is_given_back() -> None:
    own = [3.0, -1.0, 0.5, 0.0]
    assert shapley_values(worth_of(4, lambda s: 7.0 + sum(own[part] for part in s))).ravel() == pytest.approx(own)


def test_what_two_do_together_is_halved_and_who_does_nothing_gets_nothing() -> None:
    """The glove game: 0 has a left glove, 1 and 2 have right ones, 3 has none; a pair is worth 6."""
    found = shapley_values(worth_of(4, lambda s: 6.0 * (0 in s and bool(s & {1, 2})))).ravel()
    assert found == pytest.approx([4.0, 1.0, 1.0, 0.0])
    assert shapley_values(worth_of(3, lambda s: 5.0 * ({0, 2} <= s))).ravel() == pytest.approx([2.5, 0.0, 2.5])


def test_values_are_means_over_all_orders_and_close_run_by_run() -> None:
    worth = np.random.default_rng(5).normal(size=(32, 7))
    orders = []
    for order in permutations(range(5)):
        gains, subset = np.zeros((5, 7)), 0
        for part in order:
            gains[part] = worth[subset | 1 << part] - worth[subset]
            subset |= 1 << part
        orders.append(gains)
    found = shapley_values(worth)
    assert found == pytest.approx(np.mean(orders, axis=0), abs=1e-12)
    assert found.sum(axis=0) == pytest.approx(worth[-1] - worth[0], abs=1e-12)


def test_one_part_is_all_there_is_and_half_a_game_is_none() -> None:
    assert shapley_values(np.array([[1.0], [4.0]])).tolist() == [[3.0]]
    for number in (0, 3, 6):
        with pytest.raises(ex.ExperimentError, match=f"worth={number} is not allowed"):
            shapley_values(np.zeros((number, 2)))


def test_parts_of_an_effect_add_up_seed_by_seed(tmp_path: Path) -> None:
    asked = {"seeds": 2, "measures": ["open_share_users", "contributions"], "outputs": tmp_path, **SIZE}
    parts = ex.shapley("no_open_weights", mechanisms=THREE, **asked)
    assert parts.parts == tuple(THREE)
    assert (parts.date, parts.what) == ("2024-01", "no_open_weights minus baseline")
    assert parts.units == {"open_share_users": "1", "contributions": "units/month"}
    for measure in parts.measures:
        pairs = parts.pairs.loc[measure]
        assert pairs.columns.tolist() == [0, 1]
        whole = pairs.loc[TOTAL].to_numpy(float)
        assert np.abs(pairs.drop(TOTAL).sum().to_numpy(float) - whole).max() <= 1e-9 * np.abs(whole).max()
        frame = parts.frame.loc[measure]
        assert frame.drop(TOTAL)["share"].sum() == pytest.approx(1.0)
        assert frame["mean"].to_numpy() == pytest.approx(pairs.mean(axis=1).to_numpy())
        assert (frame["low"] <= frame["mean"]).all()
    # Whole and rest are the effects with all mechanisms on, and with all of them off.
    for part, without in ((TOTAL, []), (REST, THREE)):
        base = sim.Market(rng=0, developers=300, without=without).run(14)
        other = sim.Market(
            rng=0, developers=300, setup=ex.scenario("no_open_weights"), without=without, reference=base
        ).run(14)
        expected = other.last("open_share_users") - base.last("open_share_users")
        assert parts.pairs.loc[("open_share_users", part), 0] == pytest.approx(expected)
    # Nobody contributes where contribution is off, so that it carries what is lost of contributions but what it is
    # helped with; without it there is no rest.
    assert (parts.pairs.loc[("contributions", REST)] == 0.0).all()


def test_the_mechanisms_are_those_that_carry_most(tmp_path: Path) -> None:
    asked = {"seeds": 1, "measures": "contributions", "outputs": tmp_path, **SIZE | {"months": 4}}
    frame = ex.ablate("no_open_weights", **asked).loc["contributions"].drop("nothing")
    most = frame["carried"].abs().sort_values(ascending=False, kind="stable").index[:6].tolist()
    parts = ex.shapley("no_open_weights", **asked)
    assert parts.parts == tuple(most)
    assert np.isnan(parts.frame["low"]).all()


def test_a_level_is_taken_apart_by_what_takes_its_causes_away(tmp_path: Path) -> None:
    """Two causes by hand: four worlds."""
    free = sim.Scenario(name="free_chips", changes={"2023-02": {"params": {"compute.wedge": 0.0}}})
    causes = {"compute": "equal_compute", "chips": free}
    parts = ex.decompose(causes, seeds=1, measures="china_gap", outputs=tmp_path, **SIZE | {"months": 20})
    base = sim.Market(rng=0, developers=300).run(20)

    def level(*items: sim.Scenario) -> float:
        return sim.Market(rng=0, developers=300, setup=merged(items), reference=base).run(20).last("china_gap")

    equal = ex.scenario("equal_compute")
    none, one, other, both = base.last("china_gap"), level(equal), level(free), level(equal, free)
    pairs = parts.pairs.loc["china_gap"][0]
    assert pairs["compute"] == pytest.approx(((none - one) + (other - both)) / 2.0, abs=1e-12)
    assert pairs["chips"] == pytest.approx(((none - other) + (one - both)) / 2.0, abs=1e-12)
    assert (pairs[REST], pairs[TOTAL]) == pytest.approx((both, none), abs=1e-12)
    assert pairs["compute"] > 0.0


def test_scenarios_become_one_unless_they_contradict_each_other() -> None:
    one = sim.Scenario(
        name="one", params={"compute.wedge": 0.5}, labs={"Meta": "closed"},
        changes={"2024-01": {"params": {"training.answers": 0.5}}},
    )  # fmt: skip
    two = sim.Scenario(
        name="two", params={"compute.wedge": 0.5},
        changes={"2024-01": {"equal_compute": True}, "2025-01": {"grants": {"US": 1e9}}},
    )  # fmt: skip
    both = merged([one, two], "both")
    assert (both.name, both.why) == ("both", "At once: one, two.")
    assert (both.params, both.labs) == ({"compute.wedge": 0.5}, {"Meta": "closed"})
    assert both.changes["2024-01"].params == {"training.answers": 0.5}
    assert both.changes["2024-01"].equal_compute is True
    assert both.changes["2025-01"].grants == {"US": 1e9}
    assert merged([]).name == "baseline"
    assert merged([one], "one").model_dump(exclude={"why"}) == one.model_dump(exclude={"why"})
    with pytest.raises(ex.ExperimentError, match=r"three: labs\.Meta.*another says closed"):
        merged([one, sim.Scenario(name="three", labs={"Meta": "open_weights"})])
    with pytest.raises(ex.ExperimentError, match=r"three: changes\.2024-01\.params\.training\.answers"):
        merged([one, sim.Scenario(name="three", changes={"2024-01": {"params": {"training.answers": 0.4}}})])
    by_tier = sim.Scenario(name="three", labs={"Meta": {"flagship": "closed", "light": "open_weights"}})
    with pytest.raises(ex.ExperimentError, match=r"three: labs\.Meta"):
        merged([one, by_tier])


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"mechanisms": ["pricing"]}, sim.ParameterError, "is essential"),
        ({"mechanisms": []}, ex.ExperimentError, "at least one"),
        ({"measures": ["fame"]}, ex.ExperimentError, "measures=fame"),
        ({"month": 15}, ex.ExperimentError, "month=15.*0 to 14"),
        ({"without": ["talent"]}, ex.ExperimentError, "without="),
        ({"against": "meta_closes"}, ex.ExperimentError, "another scenario than"),
    ],
    ids=str,
)
def test_refusals(tmp_path: Path, asked: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ex.shapley("meta_closes", seeds=1, outputs=tmp_path, **SIZE | asked)
    assert list(tmp_path.iterdir()) == []


def test_more_mechanisms_than_can_be_run_are_refused(tmp_path: Path) -> None:
    optional = [verb.name for verb in sim.Market.schedule if not verb.essential]
    assert len(optional) > 10
    with pytest.raises(ex.ExperimentError, match=r"mechanisms=.*1 to 10"):
        ex.shapley("meta_closes", seeds=1, mechanisms=optional, outputs=tmp_path, **SIZE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("causes", "words"),
    [
        ({}, "causes=.*1 to 10"),
        ("equal_compute", "names of causes"),
        ({"rest": "equal_compute"}, "causes=rest"),
        ({"compute": "nobody"}, "causes.compute=nobody"),
        ({"compute": "equal_compute", "again": "export_controls_off", "tight": "export_controls_tight"}, "agree"),
    ],
    ids=str,
)
def test_refusals_of_causes(tmp_path: Path, causes: Any, words: str) -> None:
    with pytest.raises(ex.ExperimentError, match=words):
        ex.decompose(causes, seeds=1, outputs=tmp_path, **SIZE)
    assert list(tmp_path.iterdir()) == []
