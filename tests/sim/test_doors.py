"""Every door of the world is shown every strange value: let in with the right result, or refused in one line."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sim
from sim import strategies
from sim.data.history import load
from sim.numerics import race
from tests.instruments.strange import VALUES, WHOLE, Door, complaints, let_in

SIZE: dict[str, Any] = {"developers": 100}
MARKET = sim.Market(rng=1, **SIZE)
MARKET.step()
NUMBERS = ("0", "1", "0.0", "0.5", "Fraction(1, 2)", "np.float64(0.5)", "np.float32(0.5)", "'0.5'")
TRUTHS = ("True", "False", "0", "1", "0.0", "np.True_", "'true'")
UNPRINTABLE = ("two lines", "tab", "NUL", "escape", "surrogate")
NO_NAMES = ("[]", "()", "set()", "iter([])", "array([])", "empty Series", "empty DataFrame")
ONE_NAME = ("'talent'", "['talent']", "array(['talent'])")


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def texts(*without: str, check: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    return let_in(*(name for name in VALUES if is_text(VALUES[name]()) and name not in without), check=check)


class Hurried(sim.Market):
    """It counts months and does nothing in them."""

    def step(self) -> None:
        self.month += 1


HURRIED = Hurried(rng=1, **SIZE)


def months_run(wanted: Any) -> int:
    before = HURRIED.month
    HURRIED.run(wanted)
    return HURRIED.month - before


def market(**options: Any) -> sim.Market:
    return sim.Market(**{"rng": 1, **SIZE, **options})


def scenario(**entries: Any) -> sim.Scenario:
    made = sim.Scenario(**{"name": "mine", **entries})
    made.check()
    return made


def mobility(wanted: float) -> Any:
    return lambda result: result.talent.mobility == wanted


DOORS: dict[str, Door] = {
    "month_of": Door(sim.month_of, "date", let_in("'2024-01'", "'2022-12'", check=lambda month: month in (14, 1))),
    "date_of": Door(
        sim.date_of,
        "month",
        {
            **let_in(*WHOLE, check=lambda date: date == "2023-02"),
            **let_in("0", "1", "-1", "np.int64(-3)", "300", "np.int64(300)", "601", check=lambda date: date[4] == "-"),
        },
    ),
    "Market(parameters)": Door(lambda value: market(parameters=value), "parameters", let_in("None", "Parameters()")),
    "Market(rng)": Door(
        lambda value: sim.Market(rng=value, **SIZE),
        "rng",
        {
            **let_in("None", "0", "1", "300", "601", "np.int64(300)", "SeedSequence", "Generator"),
            **let_in(*WHOLE, "'3'", check=lambda made: made.seed == 3),
        },
    ),
    "Market(seed)": Door(
        lambda value: sim.Market(seed=value, **SIZE),
        "rng",
        {
            **let_in("None", "0", "1", "300", "601", "np.int64(300)", "SeedSequence", "Generator"),
            **let_in(*WHOLE, "'3'", check=lambda made: made.seed == 3),
        },
    ),
    "Market(developers)": Door(
        lambda value: market(developers=value),
        "developers",
        {
            **let_in("300", "np.int64(300)", check=lambda made: len(made.developers) == 300),
            **let_in("601", check=lambda made: len(made.developers) == 601),
        },
    ),
    "Market(setup)": Door(lambda value: market(setup=value), "setup", let_in("None", "Scenario")),
    "Market(without)": Door(
        lambda value: market(without=value),
        "without",
        {
            **let_in(*NO_NAMES, check=lambda made: made.without == ()),
            **let_in(*ONE_NAME, check=lambda made: made.without == ("talent",)),
        },
    ),
    "Market(reference)": Door(lambda value: market(reference=value), "reference", let_in("None")),
    "Market(record_of)": Door(lambda value: market(record_of=value), "record_of", let_in("None")),
    "Market(talent.mobility)": Door(
        lambda value: market(**{"talent.mobility": value}).parameters, "talent.mobility", let_in(*NUMBERS)
    ),
    "Market.switched_off": Door(
        sim.Market.switched_off,
        "without",
        {
            **let_in(*NO_NAMES, check=lambda names: names == ()),
            **let_in(*ONE_NAME, check=lambda names: names == ("talent",)),
        },
    ),
    "Market.run": Door(
        months_run,
        "months",
        {
            **let_in(*WHOLE, check=lambda months: months == 3),
            **let_in("300", "np.int64(300)", check=lambda months: months == 300),
            **let_in("1", check=lambda months: months == 1),
        },
    ),
    "developers.row": Door(
        MARKET.developers.row,
        "index",
        {**let_in(*WHOLE, check=lambda row: row.index == 3), **let_in("0", "1", check=lambda row: row.index < 2)},
    ),
    "Parameters(talent)": Door(
        lambda value: sim.Parameters(talent=value),
        "talent",
        {},
    ),
    "with_ a number": Door(
        lambda value: sim.Parameters().with_(**{"talent.mobility": value}),
        "talent.mobility",
        {
            **let_in("0", "0.0", check=mobility(0.0)),
            **let_in("1", check=mobility(1.0)),
            **let_in(*NUMBERS[3:], check=mobility(0.5)),
        },
    ),
    "with_ a whole number": Door(
        lambda value: sim.Parameters().with_(**{"talent.taste_renewal": value}).talent.taste_renewal,
        "talent.taste_renewal",
        {
            **let_in(*WHOLE, "3.0", "Decimal('3')", "'3'", check=lambda months: months == 3 and type(months) is int),
            **let_in("1", "300", "601", "np.int64(300)", check=lambda months: type(months) is int),
        },
    ),
    "with_ a truth": Door(
        lambda value: sim.Parameters().with_(**{"release.weights_allowed": value}).release.weights_allowed,
        "release.weights_allowed",
        let_in(*TRUTHS, check=lambda truth: isinstance(truth, bool)),
    ),
    "with_ a word": Door(lambda value: sim.Parameters().with_(**{"finance.invest_mode": value}), "finance.invest_mode"),
    "with_ a group": Door(
        lambda value: sim.Parameters().with_(**{"adoption.outside.smb": value}),
        "adoption.outside.smb",
        let_in(*NUMBERS, *WHOLE, "-1", "3.0", "-0.5", "3.7", "'3'", "Decimal('3')", "np.int64(-3)", "np.float64(3.7)"),
    ),
    "with_ an address": Door(lambda value: sim.Parameters().with_(**{value: 1}), "", only=is_text),
    "from_dict": Door(sim.Parameters.from_dict, "", let_in("{}")),
    "from_dict a section": Door(
        lambda value: sim.Parameters.from_dict({"talent": value}), "talent", let_in("{}", "mappingproxy")
    ),
    "from_dict a number": Door(
        lambda value: sim.Parameters.from_dict({"talent": {"mobility": value}}), "talent.mobility", let_in(*NUMBERS)
    ),
    "Parameters.from_yaml": Door(sim.Parameters.from_yaml, "", let_in("''", "' '"), quotes=False),
    "Scenario(name)": Door(
        lambda value: sim.Scenario(name=value),
        "name",
        texts("''", "surrogate", check=lambda made: type(made.name) is str),
    ),
    "Scenario(why)": Door(
        lambda value: sim.Scenario(name="mine", why=value),
        "why",
        texts("surrogate", check=lambda made: type(made.why) is str),
    ),
    "Scenario(params)": Door(
        lambda value: scenario(params=value), "", let_in("{}", "mappingproxy", "{'talent.mobility': 0.1}")
    ),
    "Scenario(params a number)": Door(
        lambda value: scenario(params={"talent.mobility": value}), "talent.mobility", let_in(*NUMBERS)
    ),
    "Scenario(labs)": Door(lambda value: scenario(labs=value), "", let_in("{}", "mappingproxy", "{'Meta': 'closed'}")),
    "Scenario(labs a strategy)": Door(lambda value: scenario(labs={"Meta": value}), "Meta", let_in("'closed'")),
    "Scenario(changes)": Door(lambda value: scenario(changes=value), "", let_in("{}", "mappingproxy")),
    "Scenario(changes at a date)": Door(
        lambda value: scenario(changes={value: {"params": {"talent.mobility": 0.1}}}),
        "changes",
        let_in("'2024-01'", "'2022-12'", "'2024-01-01'"),
        only=is_text,
    ),
    "Scenario(changes at a date of Python's)": Door(
        lambda value: scenario(changes={value: {"params": {"talent.mobility": 0.1}}}).changes["2024-01"],
        "changes",
        let_in("Timestamp", "date", "datetime"),
        only=lambda value: isinstance(value, datetime.date),
        quotes=False,
    ),
    "Scenario(changes a change)": Door(
        lambda value: scenario(changes={"2024-01": value}), "changes.2024-01", let_in("{}", "mappingproxy")
    ),
    "Scenario.from_dict": Door(sim.Scenario.from_dict, "scenario", quotes=False),
    "Scenario.from_yaml": Door(sim.Scenario.from_yaml, "", quotes=False),
    "Scenario.check(parameters)": Door(
        lambda value: sim.Scenario(name="mine").check(parameters=value), "parameters", let_in("None", "Parameters()")
    ),
    "strategies.of": Door(strategies.of, "", let_in("'closed'")),
    "Record.last": Door(MARKET.record.last, "measure", let_in("'frontier'", check=np.isfinite)),
    "Record.series": Door(MARKET.record.series, "measure", let_in("'frontier'", check=lambda values: len(values) == 2)),
    "Record.market[…]": Door(lambda value: MARKET.record.market[value], "measure", let_in("'frontier'", check=len)),
    "Record.labs[…]": Door(lambda value: MARKET.record.labs[value], "measure"),
    "Record.last_of_labs": Door(MARKET.record.last_of_labs, "measure"),
    "Record.of_labs": Door(lambda value: MARKET.record.of_labs(value, 1), "measure"),
    "Record.of_labs(ago)": Door(lambda value: MARKET.record.of_labs("price", value), "ago", let_in("1")),
    "race.use": Door(race.use, "kernel"),
    "race.set_workers": Door(race.set_workers, "workers", let_in("1", "300", "601", "np.int64(300)", *WHOLE)),
    "Record.flows": Door(MARKET.record.flows, "level", let_in("'region'", check=lambda rows: isinstance(rows, list))),
    "Record.moves_between": Door(
        lambda value: MARKET.record.moves_between(value, "CN", 1), "origin", let_in("'US'", check=np.isfinite)
    ),
    "Record.moves_between(months)": Door(
        lambda value: MARKET.record.moves_between("US", "CN", value),
        "months",
        let_in("1", "300", "np.int64(300)", *WHOLE),
    ),
    "History.with_lab": Door(
        lambda value: load().with_lab(value, "Meta"),
        "name",
        texts(*UNPRINTABLE, "''", "' '", check=lambda made: len(made.names) == len(load().names) + 1),
    ),
    "History.with_lab(like)": Door(lambda value: load().with_lab("New", value), "like"),
    "History.with_lab(region)": Door(
        lambda value: load().with_lab("New", "Meta", region=value), "region", let_in("'US'")
    ),
    "History.with_lab(uid)": Door(lambda value: load().with_lab("New", "Meta", uid=value), "uid"),
}


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_every_value_is_let_in_or_refused_in_one_line(every: int) -> None:
    found = {name: complaints(door, every, number) for number, (name, door) in enumerate(DOORS.items())}
    assert {name: wrong for name, (_, wrong) in found.items() if wrong} == {}
    assert sum(number for number, _ in found.values()) * every > 8_000
