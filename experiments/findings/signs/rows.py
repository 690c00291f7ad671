"""The rows of ``signs.csv``: a parameter goes up, a measure goes up, down, or somewhere; and what each is today."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd
import yaml

import sim
from experiments.questions.settings import ExperimentError

SIGNS = {"+": 1, "-": -1, "any": 0}
BASELINE, SCENARIO = "baseline", "scenario"
VERDICTS = HOLDS, FAILS, MIXED, CANNOT = "holds", "fails", "mixed", "cannot be computed"
_FOLDER = "experiments.findings.signs"


@dataclass(frozen=True)
class Row:
    """One comparative static.

    Attributes:
        parameter: What goes up, in the names of the table.
        low: From this value; nan for the low end of the range.
        high: To this value; nan for the high end.
        measure: What is looked at, see :mod:`experiments.findings.signs.measures`.
        sign: ``+``, ``-``, or ``any`` where theory leaves it open; then it must only move.
        where: ``baseline``, with the parameter in both worlds, or ``scenario``, against a reference without it.
        source: Why.
    """

    parameter: str
    low: float
    high: float
    measure: str
    sign: str
    where: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells rows apart."""
        return self.parameter, self.measure, self.where


@dataclass(frozen=True)
class Change:
    """What a row comes to in this code.

    Attributes:
        low: Values of one world, by address.
        high: Values of the other.
        measure: What is looked at.
        why_not: Why it cannot be had; empty if it can.
        note: What takes the parameter's place, and why.
    """

    low: dict[str, Any] = field(default_factory=dict)
    high: dict[str, Any] = field(default_factory=dict)
    measure: str = ""
    why_not: str = ""
    note: str = ""


@cache
def rows() -> tuple[Row, ...]:
    """All of them.

    Raises:
        ExperimentError: A row says what it may not, or stands twice.
    """
    found = []
    for entry in _table("signs.csv").to_dict("records"):
        row = Row(**{str(key): value for key, value in entry.items()} | {end: _number(entry[end]) for end in _ENDS})
        if row.sign not in SIGNS or row.where not in (BASELINE, SCENARIO):
            raise ExperimentError(f"signs.csv, {row.parameter}: allowed: sign +, - or any; where baseline or scenario")
        found.append(row)
    if len({row.key for row in found}) != len(found):
        raise ExperimentError("signs.csv: a row stands twice; allowed: each parameter, measure and place once")
    return tuple(found)


@cache
def known() -> dict[tuple[str, str, str], tuple[str, str]]:
    """What does not hold: parameter, measure and where → verdict and reason.

    Raises:
        ExperimentError: A verdict or reason is missing.
    """
    found = {}
    for entry in _table("known.csv").to_dict("records"):
        if entry["verdict"] not in VERDICTS[1:] or not entry["reason"]:
            raise ExperimentError(
                f"known.csv, {entry['parameter']}: allowed: one of {', '.join(VERDICTS[1:])}; a reason"
            )
        found[entry["parameter"], entry["measure"], entry["where"]] = (entry["verdict"], entry["reason"])
    return found


@cache
def renamed() -> dict[str, dict[str, Any]]:
    """Names of the table that the code does not have, and what takes their rows."""
    text = resources.files(_FOLDER).joinpath("names.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def change_of(row: Row) -> Change:
    """What a row comes to in this code, or why it comes to nothing."""
    entry = renamed().get(f"{row.parameter} {row.measure}") or renamed().get(row.parameter, {"as": row.parameter})
    measure, note = entry.get("measure", row.measure), entry.get("why", "")
    if "low" in entry:
        addresses = list(entry["low"])
        low, high = dict(entry["low"]), dict(entry["high"])
    elif "as" in entry:
        addresses = _addresses(entry["as"])
        low, high = ({address: _end(address, end) for address in addresses} for end in (0, 1))
        low |= dict.fromkeys(addresses, row.low) if row.low == row.low else {}
        high |= dict.fromkeys(addresses, row.high) if row.high == row.high else {}
    else:
        return Change(why_not=note)
    if not addresses:
        return Change(why_not=f"there is no {entry['as']}")
    unknown = [address for address in addresses if address not in sim.Parameters.known()]
    if unknown:
        return Change(why_not=f"there is no {', '.join(unknown)}")
    if any(value is None for value in (*low.values(), *high.values())):
        return Change(why_not=f"{addresses[0]} has no range")
    try:
        for values in (low, high):
            sim.Parameters().with_(**values)
    except sim.ParameterError as error:
        return Change(why_not=str(error))
    if entry.get("turned"):
        low, high = high, low
    takes = f"{entry['as']}: {note}" if "as" in entry and note else note
    return Change(low, high, measure, "", takes)


def _addresses(name: str) -> list[str]:
    """The parameter, or all of a group by organisation."""
    known = sim.Parameters.known()
    return [name] if name in known else [address for address in known if address.startswith(f"{name}.")]


def _end(address: str, end: int) -> Any:
    leaf = sim.Parameters.known()[address]
    return None if leaf.range is None else type(leaf.default)(leaf.range[end])


_ENDS = ("low", "high")


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _table(name: str) -> pd.DataFrame:
    with resources.as_file(resources.files(_FOLDER).joinpath(name)) as path:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
