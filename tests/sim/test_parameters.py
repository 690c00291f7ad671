"""The tree of parameters: complete, consistent, and the same after a journey through YAML."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

import sim
from sim import Market, ParameterError, Parameters
from sim.parameters.fields import ORGANISATIONS
from sim.parameters.moved import MOVED

LEAVES = list(Parameters().leaves())


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.address)
def test_every_parameter_says_what_it_is(leaf) -> None:
    assert leaf.doc.strip()
    assert leaf.unit.strip()
    assert leaf.source.strip()
    assert leaf.confidence in ("measured", "estimated", "assumed")
    assert leaf.value == leaf.default
    section, _, name = leaf.address.partition(".")
    assert section and name
    if leaf.choices is not None:
        assert leaf.bounds is None
        assert str(leaf.default).lower() in leaf.choices
        return
    low, high = leaf.bounds
    assert np.isfinite([low, high]).all()
    assert low <= leaf.default <= high
    # The plausible lies inside the admissible, and the default is plausible.
    assert leaf.range is not None
    assert low <= leaf.range[0] <= leaf.range[1] <= high
    assert leaf.range[0] <= leaf.default <= leaf.range[1]


def test_addresses_are_unique_and_those_of_the_table() -> None:
    addresses = [leaf.address for leaf in LEAVES]
    assert len(set(addresses)) == len(addresses) > 150
    table = Parameters().table()
    assert [row["address"] for row in table] == addresses
    assert set(table[0]) == {
        "address", "value", "default", "unit", "low", "high", "range_low", "range_high",
        "choices", "source", "confidence", "doc",
    }  # fmt: skip
    mobility = next(row for row in table if row["address"] == "talent.mobility")
    assert (mobility["value"], mobility["unit"]) == (Parameters().talent.mobility, "1/month")
    assert (mobility["low"], mobility["high"]) == (0.0, 1.0)


def test_every_mechanism_has_its_section() -> None:
    sections = {leaf.address.split(".")[0] for leaf in LEAVES}
    verbs = {verb.name for verb in Market.schedule}
    assert verbs - sections == {"calendar", "value", "funding", "exit", "founding"}  # the last four have finance's
    assert sections - verbs == {"record", "population", "compute", "access"}


def test_neutral_values_are_parameters_that_exist_and_are_allowed() -> None:
    neutral = {address: value for verb in Market.schedule for address, value in (verb.neutral or {}).items()}
    assert len(neutral) > 30
    changed = Parameters().with_(**neutral)
    assert changed.differences().keys() <= neutral.keys()


def test_one_value_changes_and_the_original_does_not() -> None:
    first = Parameters()
    before = first.to_dict()
    second = first.with_(**{"talent.mobility": 0.71, "adoption.outside.smb": -31.0})
    assert second.talent.mobility == 0.71
    assert second.adoption.outside.smb == -31.0
    assert second.adoption.outside.indie == first.adoption.outside.indie
    assert second.differences() == {"talent.mobility": 0.71, "adoption.outside.smb": -31.0}
    assert first.to_dict() == before
    assert first.differences() == {}
    back = {"talent.mobility": first.talent.mobility, "adoption.outside.smb": first.adoption.outside.smb}
    assert second.with_(**back) == first


def test_yaml_round_trip_keeps_every_value() -> None:
    changed = Parameters().with_(
        **{
            "finance.invest_mode": "frozen",
            "release.weights_allowed": False,
            "entry.stock": 7,
            "compute.chip_price": 1.23456789e-18,
            "pricing.team.enterprise": 123.5,
        }
    )
    again = Parameters.from_yaml(changed.to_yaml())
    assert again == changed
    assert again.differences() == changed.differences()
    assert Parameters.from_dict(changed.to_dict()) == changed
    assert yaml.safe_load(changed.to_yaml())["compute"]["chip_price"] == 1.23456789e-18


def test_partial_yaml_keeps_the_rest_at_its_default() -> None:
    got = Parameters.from_yaml("adoption:\n  hazard: 0.77\n  outside: {smb: -31.0}\n")
    assert got.differences() == {"adoption.hazard": 0.77, "adoption.outside.smb": -31.0}
    assert Parameters.from_yaml("") == Parameters()


def test_parameters_do_not_change_in_place_and_say_what_to_do() -> None:
    parameters = Parameters()
    for where, name in ((parameters.talent, "mobility"), (parameters, "talent"), (parameters.adoption.outside, "smb")):
        with pytest.raises(
            AttributeError, match=rf"^parameters are frozen, {name} too; with_\(\) gives a changed copy$"
        ):
            setattr(where, name, 0.5)
    assert parameters == Parameters()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"talent.mobilty": 0.1}, ["talent.mobilty: no such parameter", "did you mean talent.mobility?"]),
        ({"mobility": 0.1}, ["mobility: no such parameter"]),
        (
            {"talent": {}},
            ["but a section; write the whole address: talent.researchers, talent."],
        ),
        (
            {"adoption.outside": 1},
            ["but a section; write the whole address: adoption.outside.indie, "],
        ),
        ({"zzz.zzz": 1}, ["zzz.zzz: no such parameter", "sections:", "adoption"]),
        ({"talent.mobility": 1.5}, ["talent.mobility = 1.5", "0 to 1 1/month"]),
        ({"talent.mobility": float("nan")}, ["talent.mobility = nan"]),
        ({"talent.mobility": True}, ["talent.mobility = True", "a number"]),
        ({"entry.stock": 2.5}, ["entry.stock = 2.5", "a whole number"]),
        ({"finance.invest_mode": "magic"}, ["finance.invest_mode = 'magic'", "one of anchored, frozen"]),
        ({"adoption.outside.smb": 99}, ["adoption.outside.smb = 99", "-50 to 50 utils"]),
        ({"adoption.outside.nobody": 1}, ["adoption.outside.nobody: no such parameter"]),
    ],
)
def test_what_cannot_be_is_one_line_naming_field_value_and_what_is_allowed(change: dict, words: list[str]) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters().with_(**change)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("adoption: [", "not readable as YAML in line"),
        ("- 1\n- 2\n", "parameters = [1, 2]"),
        ("adoption:\n  hazrd: 0.2\n", "did you mean adoption.hazard?"),
        ("nothing:\n  x: 1\n", "nothing: no such parameter"),
        ("adoption: 3\n", "adoption = 3"),
    ],
)
def test_yaml_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters.from_yaml(text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


# Parameters of the first edition that went with the equations they stood in.
GONE = (
    "adoption.pulse_hazard",
    "awareness.brand",
    "contribution.public_hardware",
    "contribution.trust_audits",
    "contribution.trust_experience",
    "contribution.trust_incidents",
    "contribution.trust_start",
    "contribution.trust_weight",
    "entry.prototype_tokens",
    "compute.growth_after",
    "finance.depreciation",
    "finance.funding",
    "finance.investor_share",
    "finance.multiple",
    "finance.parent_money",
    "finance.reinvestment",
    "finance.run_months",
    "pricing.first_party",
    "pricing.harvest",
    "pricing.lerner_min",
    "regulation.audits",
    "regulation.capability_elasticity",
    "regulation.dangerous",
    "regulation.defenders",
    "regulation.exogenous",
    "regulation.friction",
    "regulation.half_pressure",
    "regulation.incidents",
    "regulation.memory",
    "regulation.open_misuse",
    "regulation.salience",
    "regulation.severity_spread",
    "regulation.stripped",
    "release.size_elasticity",
    "research.hardware_pass",
    "research.leak_everything",
    "research.leak_weights",
    "research.leak_weights_code",
    "training.distillation",
    "training.light_size",
    "training.weights_advantage",
)


@pytest.mark.parametrize("address", GONE)
def test_what_went_says_what_takes_its_place(address: str) -> None:
    """By address, in a tree and in YAML: one line that names a parameter there is."""
    section, name = address.split(".")
    for ask in (
        lambda: Parameters().with_(**{address: 0.5}),
        lambda: Parameters.from_dict({section: {name: 0.5}}),
        lambda: Parameters.from_yaml(f"{section}:\n  {name}: 0.5\n"),
    ):
        with pytest.raises(ParameterError) as caught:
            ask()
        message = str(caught.value)
        assert message.startswith(f"{address}: no such parameter any more; ")
        assert "\n" not in message
        assert "did you mean" not in message
        assert any(word.strip(",;:") in {leaf.address for leaf in LEAVES} for word in message.split()[1:])


def test_what_went_is_gone_and_what_takes_its_place_is_there() -> None:
    addresses = {leaf.address for leaf in LEAVES}
    assert set(MOVED) == set(GONE)
    assert not set(MOVED) & addresses
    for sentence in MOVED.values():
        named = [word.strip(",;:") for word in sentence.split() if "." in word.strip(",;:.")]
        assert named and set(named) <= addresses
    assert list(MOVED) == sorted(MOVED)


def test_groups_by_organisation_have_all_five() -> None:
    of_talent = {"talent.home", "talent.migration_cost", "talent.engineers"}  # by region and by direction
    groups = {leaf.address.rsplit(".", 1)[0] for leaf in LEAVES if leaf.address.count(".") == 2} - of_talent
    assert len(groups) >= 6
    for group in groups:
        assert [f"{group}.{name}" for name in ORGANISATIONS] == [
            leaf.address for leaf in LEAVES if leaf.address.startswith(group + ".")
        ]


def test_a_market_takes_parameters_as_a_tree_and_by_address() -> None:
    tree = Parameters().with_(**{"talent.mobility": 0.61, "talent.exit": 0.11})
    market = Market(tree, rng=1, developers=100, **{"talent.mobility": 0.72})
    assert market.parameters.differences() == {"talent.mobility": 0.72, "talent.exit": 0.11}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rng": -1}, "rng = -1 is not allowed"),
        ({"rng": 2**63}, "0 to 2^63 - 1"),
        ({"rng": 1.5}, "a whole number"),
        ({"rng": True}, "rng = True"),
        ({"developers": 99}, "developers = 99"),
        ({"developers": 1e4}, "a whole number from 100"),
        ({"without": ["talents"]}, "it is no mechanism"),
        ({"without": ["adoption"]}, "it is essential"),
    ],
)
def test_a_market_refuses_what_cannot_be(arguments: dict, words: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Market(**{"rng": 1, "developers": 100, **arguments})
    assert words in str(caught.value)


def test_months_to_run_are_checked() -> None:
    market = Market(rng=1, developers=100)
    for months in (0, -3, 601, 2.0, True):
        with pytest.raises(ParameterError, match="a whole number from 1 to 600"):
            market.run(months)


@pytest.mark.parametrize(
    ("ask", "line"),
    [
        (lambda: sim.Parameters.from_yaml("talent.mobility: 0.05"),
         "talent.mobility: it goes into its section; write 'talent:' and below it 'mobility: …'"),
        (lambda: sim.Parameters().with_(talent=3),
         "talent: no such parameter but a section; write the whole address: talent.researchers, "),
        (lambda: sim.Parameters().with_(**{"talent.migration_cost": 3}),
         "talent.migration_cost: no such parameter but a section; write the whole address: "
         "talent.migration_cost.us_cn, "),
    ],
)  # fmt: skip
def test_an_address_at_the_wrong_place_is_led_to_the_right_one(ask: Any, line: str) -> None:
    """It was led to itself: talent.mobility: no such parameter; did you mean talent.mobility?"""
    with pytest.raises(sim.ParameterError) as refused:
        ask()
    assert str(refused.value).startswith(line)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"mobility": 0.1}, "{'talent.mobility': 0.1}"),
        ({"mobilty": 0.1, "taste_renewal": 12}, "{'talent.taste_renewal': 12}"),
        ({}, "{'talent.researchers': …}"),
        (0.1, "{'talent.researchers': …}"),
    ],
)
def test_a_section_that_is_none_is_answered_with_what_to_write(given: Any, written: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameters(talent=given)
    line = str(caught.value)
    assert line.endswith(f"allowed: a Talent; write Parameters().with_(**{written})")
    if "…" not in line:
        assert eval(line.partition("write ")[2]).differences()
