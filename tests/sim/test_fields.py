"""Parameters: bounds, names and numbers are held; what is wrong is said in one line."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pytest
from pydantic import ValidationError

from sim.parameters.fields import (
    ORGANISATIONS,
    ByOrganisation,
    Leaf,
    ParameterError,
    Section,
    allowed,
    by_organisation,
    explain,
    field,
    unknown,
)


def declare(default: Any, **about: Any) -> Any:
    return field(default, "A thing", **{"unit": "1", "source": "S1", "confidence": "assumed", **about})


class Stall(Section):
    """A section of every kind of parameter."""

    rent: float = field(
        2,
        "Rent of a stall",
        unit="$/month",
        source="S7",
        confidence="measured",
        bounds=(0.0, 10.0),
        range=(1.0, 3.0),
    )
    seats: int = declare(4, bounds=(1, math.inf))
    open: bool = declare(True)
    form: Literal["ces", "linear"] = declare("ces")
    taste: ByOrganisation = declare(
        by_organisation(-0.5, -1.4, -0.1, -2.4, -3.8),
        bounds=(-4.0, 2.0),
        spread=0.5,
        unit="utils",
        confidence="estimated",
    )


class Fair(Section):
    """A section that holds another."""

    stall: Stall = Stall()
    noise: float = declare(0.0)


LEAVES = {leaf.address: leaf for leaf in Fair().leaves()}
TASTE = {"indie": 0.0, "startup": 0.0, "smb": 0.0, "enterprise": 0.0, "regulated": 0.0}


def at(address: str, value: Any) -> dict[str, Any]:
    """Parameters with one value, as read from a file."""
    match address.split("."):
        case [name]:
            return {name: value}
        case [section, name]:
            return {section: {name: value}}
        case [section, group, name]:
            return {section: {group: {**TASTE, name: value}}}
    raise AssertionError(address)


def refusal(**wrong: Any) -> str:
    """The line with which a fair refuses these values."""
    with pytest.raises(ValidationError) as caught:
        Fair.model_validate(wrong)
    error = explain(caught.value, LEAVES)
    assert isinstance(error, ParameterError)
    assert isinstance(error, ValueError)
    assert len(str(error).splitlines()) == 1
    return str(error)


# What is held


@pytest.mark.parametrize("rent", [0.0, 10.0, 5, "2.5", np.float64(3.0)])
def test_bounds_are_inclusive(rent: Any) -> None:
    assert Stall(rent=rent).rent == float(rent)


@pytest.mark.parametrize("rent", [-0.001, 10.001, -1e300, 1e300])
def test_values_outside_the_bounds_are_refused(rent: float) -> None:
    assert refusal(stall={"rent": rent}) == f"stall.rent = {rent!r} is not allowed; allowed: 0 to 10 $/month"


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_bounds_hold_for_each_organisation(organisation: str) -> None:
    line = refusal(stall={"taste": {**TASTE, organisation: 2.5}})
    assert line == f"stall.taste.{organisation} = 2.5 is not allowed; allowed: -4 to 2 utils"


def test_a_default_outside_its_bounds_is_refused() -> None:
    class Wrong(Section):
        rent: float = declare(11.0, bounds=(0.0, 10.0))

    with pytest.raises(ValidationError, match=r"rent = 11\.0 is outside"):
        Wrong()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, "nan", "inf"])
@pytest.mark.parametrize("address", ["noise", "stall.rent", "stall.seats", "stall.taste.smb"])
def test_what_is_not_finite_is_refused(address: str, number: Any) -> None:
    assert refusal(**at(address, number)).startswith(f"{address} = {number!r} is not allowed; allowed: a")


def test_what_is_not_finite_is_refused_as_a_default_too() -> None:
    class Wrong(Section):
        rent: float = declare(math.nan)

    with pytest.raises(ValidationError, match="finite"):
        Wrong()


@pytest.mark.parametrize(
    ("address", "value", "what"),
    [
        ("noise", "loud", "a number, any value"),
        ("noise", None, "a number, any value"),
        ("noise", [1.0], "a number, any value"),
        ("noise", "two\nlines", "a number, any value"),
        ("noise", True, "a number, any value"),
        ("stall.rent", "x", "a number, 0 to 10 $/month"),
        ("stall.seats", 1.5, "a whole number, 1 to any larger number"),
        ("stall.seats", False, "a whole number, 1 to any larger number"),
        ("stall.seats", 0, "1 to any larger number"),
        ("stall.open", "ajar", "one of true, false"),
        ("stall.form", "square", "one of ces, linear"),
        ("stall.taste.smb", "sour", "a number, -4 to 2 utils"),
        ("stall.taste.smb", True, "a number, -4 to 2 utils"),
    ],
)
def test_wrong_values_are_named_with_what_is_allowed(address: str, value: Any, what: str) -> None:
    assert refusal(**at(address, value)) == f"{address} = {value!r} is not allowed; allowed: {what}"


def test_a_group_by_organisation_needs_all_five() -> None:
    line = refusal(stall={"taste": {"indie": 1.0}})
    assert line == "stall.taste.startup is missing; allowed: a number, -4 to 2 utils"


@pytest.mark.parametrize("wrong", [{"stall": 3}, {"stall": {"taste": 3}}, {"stall": None}, {"stall": [1]}])
def test_a_number_in_place_of_a_section_is_named(wrong: dict[str, Any]) -> None:
    address = "stall.taste" if isinstance(wrong["stall"], dict) else "stall"
    assert refusal(**wrong).startswith(f"{address} = ")
    assert "not allowed" in refusal(**wrong)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("stall.rnet", "did you mean stall.rent?"),
        ("stall.seat", "did you mean stall.seats?"),
        ("stall.taste.inde", "did you mean stall.taste.indie?"),
        ("nosie", "did you mean noise?"),
        ("qqqq", "sections: noise, stall"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest_that_exists(address: str, hint: str) -> None:
    assert refusal(**at(address, 1)) == f"{address}: no such parameter; {hint}"


def test_unknown_is_the_same_line_for_callers_that_look_names_up_themselves() -> None:
    error = unknown("stall.rents", LEAVES)
    assert isinstance(error, ParameterError)
    assert str(error) == "stall.rents: no such parameter; did you mean stall.rent?"


@pytest.mark.parametrize(
    "write",
    [
        lambda fair: setattr(fair, "noise", 1.0),
        lambda fair: setattr(fair.stall, "rent", 1.0),
        lambda fair: setattr(fair.stall.taste, "smb", 1.0),
        lambda fair: setattr(fair, "stall", Stall(rent=3)),
        lambda fair: delattr(fair, "noise"),
    ],
)
def test_parameters_are_frozen(write) -> None:
    fair = Fair()
    with pytest.raises(AttributeError, match="frozen"):
        write(fair)
    assert fair == Fair()


# What a reader may ask


def test_leaves_come_in_order_of_declaration_with_every_organisation() -> None:
    assert list(LEAVES) == [
        "stall.rent",
        "stall.seats",
        "stall.open",
        "stall.form",
        "stall.taste.indie",
        "stall.taste.startup",
        "stall.taste.smb",
        "stall.taste.enterprise",
        "stall.taste.regulated",
        "noise",
    ]
    assert [leaf.address for leaf in Stall().leaves("a.b.")][:2] == ["a.b.rent", "a.b.seats"]


def test_a_leaf_tells_everything_that_was_declared() -> None:
    fair = Fair(stall=Stall(rent=2.5, taste=by_organisation(1, 0, 0, 0, 0)))
    leaves = {leaf.address: leaf for leaf in fair.leaves()}
    assert leaves["stall.rent"] == Leaf(
        address="stall.rent",
        value=2.5,
        default=2.0,
        unit="$/month",
        bounds=(0.0, 10.0),
        range=(1.0, 3.0),
        choices=None,
        source="S7",
        confidence="measured",
        doc="Rent of a stall",
        at_start=False,
    )
    indie = leaves["stall.taste.indie"]
    assert (indie.value, indie.default, indie.unit, indie.confidence) == (1.0, -0.5, "utils", "estimated")
    assert indie.doc == "A thing (indie)"


def test_a_spread_is_a_range_about_each_default_cut_to_the_bounds() -> None:
    ranges = {name: LEAVES[f"stall.taste.{name}"].range for name in ORGANISATIONS}
    assert ranges["indie"] == (-1.0, 0.0)
    assert ranges["startup"] == pytest.approx((-1.9, -0.9))
    assert ranges["regulated"] == pytest.approx((-4.0, -3.3))  # −3.8 ± 0.5 leaves the bound −4
    assert LEAVES["noise"].range is None


def test_choices_are_those_of_the_type() -> None:
    assert LEAVES["stall.form"].choices == ("ces", "linear")
    assert LEAVES["stall.open"].choices == ("true", "false")
    assert LEAVES["stall.rent"].choices is None


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("stall.rent", "0 to 10 $/month"),
        ("stall.seats", "1 to any larger number"),
        ("stall.form", "one of ces, linear"),
        ("noise", "any value"),
    ],
)
def test_allowed_in_words(address: str, words: str) -> None:
    assert allowed(LEAVES[address]) == words


def test_by_organisation_is_an_array_in_the_order_of_organisations() -> None:
    group = by_organisation(1, 2, 3, 4, 5)
    assert group.array().tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert group.array().dtype == np.float64
    assert [getattr(group, name) for name in ORGANISATIONS] == [1.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(ValueError, match="read-only"):  # all share it
        group.array()[0] = 9.0


# Declarations that contradict themselves


@pytest.mark.parametrize("span", [(-1.0, 0.5), (0.5, 2.0), (0.8, 0.2)])
def test_a_range_outside_its_bounds_cannot_be_declared(span: tuple[float, float]) -> None:
    with pytest.raises(TypeError, match="range of 'A thing' leaves its bounds"):
        declare(0.5, bounds=(0.0, 1.0), range=span)


def test_a_confidence_of_another_name_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="confidence of 'A thing'"):
        declare(0.5, confidence="certain")


def test_a_factor_is_a_range_about_each_default_in_proportion_cut_to_the_bounds() -> None:
    leaves = {leaf.address: leaf for leaf in sim_parameters().leaves()}
    assert leaves["population.budgets.indie"].range == (6.0, 24.0)
    assert leaves["population.budgets.enterprise"].range == (750.0, 3000.0)
    assert leaves["pricing.utilisation.enterprise"].range == (pytest.approx(0.1), pytest.approx(0.9))
    assert leaves["pricing.team.indie"].range == (1.0, 3.0)


def sim_parameters() -> Section:
    """The project's own tree."""
    from sim import Parameters

    return Parameters()
