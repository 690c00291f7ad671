"""Scenarios: what they change and when, and one line for each that cannot be."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import sim
from sim import Market, Scenario, ScenarioError
from sim.data.history import lab_names
from sim.strategies import get, names


def test_from_yaml_and_back() -> None:
    text = """
name: licence
why: A law against open weights
params: {talent.mobility: 0.02}
labs: {Meta: closed}
changes:
  2026-01: {params: {law.open_us: 0.5}, labs: {"*": closed}}
"""
    scenario = Scenario.from_yaml(text)
    assert scenario.params == {"talent.mobility": 0.02}
    assert scenario.labs == {"Meta": "closed"}
    assert scenario.changes["2026-01"].params == {"law.open_us": 0.5}
    assert scenario.changes["2026-01"].labs == {"*": "closed"}
    assert Scenario.from_dict(scenario.model_dump()) == scenario
    assert scenario.differs
    assert not Scenario(name="baseline", why="nothing").differs


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ("text", ["scenario = 'text'", "name, why, params, labs, changes"]),
        ([], ["scenario = []"]),
        ({}, ["name is missing"]),
        ({"name": ""}, ["name = ''"]),
        ({"name": 3}, ["name = 3"]),
        ({"name": "x", "parameters": {}}, ["parameters: no such entry", "params"]),
        ({"name": "x", "labs": {"Meta": 3}}, ["labs.Meta = 3"]),
        ({"name": "x", "params": []}, ["params = []"]),
        (
            {"name": "x", "changes": {"2025-01": {"prams": {}}}},
            ["changes.2025-01.prams: no such entry", "params, labs"],
        ),
        ({"name": "x", "params": {"talent.mobilty": 0.1}}, ["talent.mobilty", "did you mean talent.mobility"]),
        ({"name": "x", "params": {"talent.mobility": 2}}, ["talent.mobility = 2", "0 to 1"]),
        ({"name": "x", "params": {"talent.mobility": "much"}}, ["talent.mobility = 'much'"]),
        ({"name": "x", "labs": {"OpenIA": "closed"}}, ["labs.OpenIA", "did you mean OpenAI"]),
        ({"name": "x", "labs": {"Meta": "shut"}}, ["labs.Meta = 'shut'", "open_weights"]),
        ({"name": "x", "changes": {"2025-13": {}}}, ["2025-13", "YYYY-MM"]),
        ({"name": "x", "changes": {"January": {}}}, ["January", "YYYY-MM"]),
        ({"name": "x", "changes": {"2022-10": {}}}, ["2022-10 is before the start"]),
        ({"name": "x", "changes": {"2025-01": {"params": {"a.b": 1}}}}, ["a.b: no such parameter"]),
        ({"name": "x", "changes": {"2025-01": {"labs": {"Nobody": "closed"}}}}, ["changes.2025-01.labs.Nobody"]),
        ({"name": "x", "labs": {"*": "absent"}}, ["every lab is absent"]),
        ({"name": "x", "changes": {"2026-01": {"grants": {"USA": 1e9}}}}, ["changes.2026-01.grants.USA", "US, CN, EU"]),
        ({"name": "x", "changes": {"2026-01": {"grants": {"US": -1.0}}}}, ["grants.US = -1", "0 to 1e+13 $/year"]),
        ({"name": "x", "changes": {"2026-01": {"grants": {"US": "much"}}}}, ["grants.US = 'much'", "$ a year"]),
        ({"name": "x", "changes": {"2026-01": {"chip_subsidies": {"CN": 1.0}}}}, ["chip_subsidies.CN", "0 to 0.99"]),
        ({"name": "x", "changes": {"2026-01": {"training_cost": {"CN": 1.0}}}}, ["training_cost.CN", "OpenAI"]),
        ({"name": "x", "changes": {"2026-01": {"training_cost": {"Meta": 0}}}}, ["training_cost.Meta", "0.001"]),
        (
            {"name": "x", "labs": {"Meta": "absent"}, "changes": {"2025-01": {"labs": {"Meta": "closed"}}}},
            ["changes.2025-01.labs.Meta", "contradicts", "absent"],
        ),
    ],
)
def test_what_cannot_be_is_one_clear_line(tree, words: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_dict(tree)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize("text", ["name: [", "{a: b: c}", "\tname: x"])
def test_text_that_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(ScenarioError, match="not readable as YAML"):
        Scenario.from_yaml(text)


def test_every_lab_absent_one_by_one_is_refused() -> None:
    labs = dict.fromkeys(lab_names(), "absent")
    with pytest.raises(ScenarioError, match="every lab is absent"):
        Scenario.from_dict({"name": "x", "labs": labs})
    del labs["Meta"]
    assert Scenario.from_dict({"name": "x", "labs": labs}).labs == labs


def test_changes_are_checked_against_each_other() -> None:
    """Bounds hold for every date's parameters, which are applied in the order of dates."""
    Scenario.from_dict(
        {"name": "x", "changes": {"2026-01": {"params": {"talent.mobility": 1.0}}, "2025-01": {"params": {}}}}
    )
    with pytest.raises(ScenarioError, match=r"talent\.mobility = 1\.5"):
        Scenario.from_dict({"name": "x", "changes": {"2026-01": {"params": {"talent.mobility": 1.5}}}})


def test_a_market_refuses_a_scenario_for_labs_it_does_not_have() -> None:
    with pytest.raises(ScenarioError, match="Nobody"):
        Market(rng=0, developers=100, setup=Scenario(name="x", labs={"Nobody": "closed"}))


def test_scenarios_are_frozen() -> None:
    scenario = Scenario(name="x")
    with pytest.raises(ValueError, match="frozen"):
        scenario.name = "y"


# What they do


def test_dated_changes_take_effect_in_their_month_and_last() -> None:
    setup = Scenario(
        name="later",
        params={"talent.mobility": 0.05, "talent.exit": 0.002},
        labs={"Google": "open_weights"},
        changes={
            "2023-02": {"params": {"talent.mobility": 0.2, "talent.exit": 0.01}, "labs": {"OpenAI": "delayed"}},
            "2023-04": {"params": {"talent.mobility": 0.3}},
        },
    )
    market = Market(rng=0, developers=100, setup=setup, **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0})
    seen = []
    for _ in range(7):
        talent = market.parameters.talent
        seen.append((talent.mobility, talent.exit, market.strategies[0].name, market.strategies[1].name))
        market.step()
    history = [
        (0.05, 0.002, "historical", "open_weights"),
        (0.2, 0.01, "delayed", "open_weights"),
        (0.3, 0.01, "delayed", "open_weights"),
    ]
    assert seen == [history[0]] * 3 + [history[1]] * 2 + [history[2]] * 2


def test_a_change_in_the_first_month_is_a_difference_from_the_start() -> None:
    at_once = Market(
        rng=0,
        developers=500,
        setup=Scenario(name="a", params={"adoption.hazard": 0.3}),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    dated = Market(
        rng=0,
        developers=500,
        setup=Scenario(name="b", changes={"2022-11": {"params": {"adoption.hazard": 0.3}}}),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    at_once.run(5)
    dated.run(5)
    np.testing.assert_array_equal(at_once.developers.choice, dated.developers.choice)


def test_nothing_happens_before_its_date() -> None:
    setup = Scenario(
        name="meta_closes",
        changes={"2024-01": {"labs": {"Meta": "closed"}, "params": {"release.weights_allowed": False}}},
    )
    baseline = Market(rng=5, developers=500)
    changed = Market(rng=5, developers=500, setup=setup)
    for _ in range(13):
        np.testing.assert_array_equal(baseline.developers.choice, changed.developers.choice)
        baseline.step()
        changed.step()
    assert baseline.date == "2023-12"
    np.testing.assert_array_equal(baseline.lines.price, changed.lines.price)
    for market in (baseline, changed):
        market.run(6)
    assert not np.array_equal(baseline.lines.capability, changed.lines.capability)


def test_named_labs_override_everybody() -> None:
    market = Market(
        rng=0,
        developers=100,
        setup=Scenario(name="x", labs={"*": "closed", "Meta": "open_weights", "xAI": "absent"}),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    chosen = {lab: strategy.name for lab, strategy in zip(market.lab_names, market.strategies, strict=True)}
    assert chosen.pop("Meta") == "open_weights"
    assert chosen.pop("xAI") == "absent"
    assert set(chosen.values()) == {"closed"}
    # Who is absent stays so when everybody changes.
    market.set_strategies({"*": "open_weights"})
    assert market.strategies[market.lab_names.index("xAI")].name == "absent"


def test_an_absent_lab_has_neither_staff_nor_models_nor_users() -> None:
    market = Market(
        rng=0,
        developers=500,
        setup=Scenario(name="x", labs={"OpenAI": "absent"}),
        **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0},
    )
    for _ in range(20):
        market.step()
        assert not market.labs.active[0]
        assert market.labs.researchers[0] == market.labs.hardware_researchers[0] == 0.0
        assert not market.lines.live[:6].any()
    assert market.record.labs["share_users"][:, 0].max() == 0.0
    assert market.record.market["adoption"][-1] > 0.0


def test_registry_has_the_strategies() -> None:
    assert set(names()) >= {"absent", "by_tier", "closed", "delayed", "historical", "open_weights"}
    assert all(get(name).name == name for name in names())
    assert [name for name in names() if not get(name).exists] == ["absent"]
    with pytest.raises(ValueError, match="strategy = 'shut'"):
        get("shut")


@pytest.mark.parametrize("entry", ["grants", "chip_subsidies", "training_cost"])
@pytest.mark.parametrize("value", [True, np.True_, b"1", "1_0", None, "many", [1.0], "٣"])
def test_a_decree_is_a_number(entry: str, value: Any) -> None:
    """True would be a dollar a year, and 1_000 a thousand, without a word."""
    name = "CN" if entry == "chip_subsidies" else "Meta"
    with pytest.raises(sim.ScenarioError, match=rf"scenario: changes.2024-01.{entry}.{name} = .* is not allowed"):
        sim.Scenario(name="a", changes={"2024-01": {entry: {name: value}}})


def test_a_decree_may_be_text_that_is_a_number() -> None:
    for value in ("0.5", 0.5, np.float64(0.5), Decimal("0.5")):
        change = sim.Scenario(name="a", changes={"2024-01": {"training_cost": {"Meta": value}}}).changes["2024-01"]
        assert change.training_cost == {"Meta": 0.5}


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (sim.Scenario(name="a"), "name"),
        (sim.Scenario(name="a", changes={"2024-01": {}}).changes["2024-01"], "params"),
        (sim.strategies.of("delayed"), "months"),
        (sim.Parameters().talent, "mobility"),
        (sim.Parameters().talent.migration_cost, "us_cn"),
        (sim.Parameters(), "talent"),
    ],
)
def test_what_is_frozen_says_so_in_one_line(thing: Any, name: str) -> None:
    before, same = repr(thing), copy.deepcopy(thing)
    for change in (lambda: setattr(thing, name, 3), lambda: delattr(thing, name)):
        with pytest.raises(sim.ParameterError, match="frozen") as refused:
            change()
        assert "\n" not in str(refused.value)
    assert repr(thing) == before and thing == same == pickle.loads(pickle.dumps(thing))
