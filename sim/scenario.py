"""A scenario is a difference: a name, a why, parameter differences, lab strategies, dated changes."""

from __future__ import annotations

import datetime
import difflib
import math
import re
from contextlib import suppress
from operator import attrgetter
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from sim import strategies
from sim.data.calendar import month_of
from sim.data.history import lab_names
from sim.inputs.display import Card, Shown, number
from sim.inputs.errors import ParameterError, WeightshiftError, instance, shown
from sim.parameters.fields import REGIONS, Frozen, is_number
from sim.parameters.reading import ReadingError, read_yaml
from sim.parameters.tree import Parameters

EVERYBODY = "*"
_FIRST_OF_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}-01")
# What a date with a time has after its day if it is the day that is meant.
_MIDNIGHT = re.compile(r"T00:00:00(\.0+)?([+-][0-9:]+)?$")
_ENTRIES = "name, why, params, labs, changes"
_OF_CHANGE = "params, labs, release_shift, grants, chip_subsidies, training_cost, equal_compute"
_ALLOWED = {
    "name": "text, not empty",
    "why": "text",
    "params": "dotted addresses and their values",
    "labs": "names of labs and their strategies",
    "changes": "dates YYYY-MM and what they change",
    "release_shift": "labs and whole numbers of months",
    "grants": "regions or labs and $ a year",
    "chip_subsidies": "regions and shares of the price of chips",
    "training_cost": "labs and multiples of the cost of training",
    "equal_compute": "true, false",
}
# What a decree may say of each region or lab, and its unit.
_BOUNDS = {
    "release_shift": (-36.0, 36.0, "months"),
    "grants": (0.0, 1e13, "$/year"),
    "chip_subsidies": (0.0, 0.99, "of the price"),
    "training_cost": (1e-3, 1e3, "times the cost"),
}


class ScenarioError(WeightshiftError):
    """A scenario that cannot be: one line that says what, where, and what is allowed."""


def _plan(value: Any) -> Any:
    """Strategies in the shortest words, as plain data; what cannot be read is left to :meth:`Scenario.check`."""
    if not isinstance(value, dict):
        return value
    plan = {}
    for lab, wanted in value.items():
        try:
            plan[lab] = strategies.spec(strategies.of(wanted))
        except ParameterError:
            plan[lab] = wanted
    return plan


def _text(value: Any) -> Any:
    """Text that can be written to a file, as plain text; pydantic would take bytes and enumerations as well."""
    if isinstance(value, str):
        with suppress(UnicodeEncodeError):
            value.encode()
            return str(value)
    raise PydanticCustomError("no_text", "it must be text")


Text = Annotated[str, BeforeValidator(_text)]


def _values(value: Any) -> Any:
    """Values in the type of their parameter, so that 1, 1.0 and '1' are one; what cannot be is left to the check."""
    if not isinstance(value, dict):
        return value
    found = {}
    for address, given in value.items():
        found[address] = given
        if isinstance(address, str):
            with suppress(ParameterError):
                found[address] = attrgetter(address)(Parameters().with_(**{address: given}))
    return found


Values = Annotated[dict[str, Any], BeforeValidator(_values)]


def _dated(value: Any) -> Any:
    """Dates as ``YYYY-MM``; the first of a month, as text or as a date of Python's, stands for the month.

    Another day is refused, and so is an hour.
    """
    if not isinstance(value, dict):
        return value
    changes: dict[Any, Any] = {}
    for key, change in value.items():
        text = _MIDNIGHT.sub("", key.isoformat()) if isinstance(key, datetime.date) else key
        if isinstance(text, str) and _FIRST_OF_MONTH.fullmatch(text):
            text = text[:7]
        if text in changes:
            raise ValueError(f"{text} stands there twice")
        changes[text] = change
    return changes


def _number(value: Any) -> Any:
    """A number, or text that may be one, as parameters are read; pydantic would take true for 1 and bytes too."""
    if not is_number(value):
        raise PydanticCustomError("no_number", "it must be a number")
    return value


def _months(value: Any) -> int:
    """A whole number of months, in whatever form a number may have."""
    try:
        number = float(_number(value))
    except (ValueError, OverflowError):
        number = math.nan
    if not number.is_integer():
        raise PydanticCustomError("no_months", "it must be a whole number")
    return int(number)


Months = dict[str, Annotated[int, BeforeValidator(_months)]]
Numbers = dict[str, Annotated[float, BeforeValidator(_number)]]
Plan = Annotated[dict[str, Any], BeforeValidator(_plan)]


class Change(Frozen):
    """What a date brings; each lasts until another date changes it.

    Attributes:
        params: Parameters by address.
        labs: Strategies by lab.
        release_shift: Lab → months by which models of its record are released later than they were, negative for
            earlier, but not before this date; they are the same models (:func:`sim.data.moved.moved`).
        grants: Region, whose labs share it by their research budgets, or lab → grant [$/year]; 0 ends it.
        chip_subsidies: Region → share of the price of chips that the state pays.
        training_cost: Lab → multiple of what a training run costs it; .1 gives ten times the compute.
        equal_compute: Whether all labs have the mean of their compute.
    """

    params: Values = Field(default_factory=dict)
    labs: Plan = Field(default_factory=dict)
    release_shift: Months = Field(default_factory=dict)
    grants: Numbers = Field(default_factory=dict)
    chip_subsidies: Numbers = Field(default_factory=dict)
    training_cost: Numbers = Field(default_factory=dict)
    equal_compute: bool | None = None


class Scenario(Shown, Frozen):
    """A counterfactual as a difference from history; :meth:`check`, or a market, says whether it can be.

    Attributes:
        name: Its name.
        why: One sentence on what it is good for.
        params: Dotted parameter addresses and values, from the start.
        labs: Lab (or ``*`` for all) → strategy, from the start: a name, a name with values, or one by tier.
        changes: Date ``YYYY-MM`` → further differences from that month on.

    Raises:
        ScenarioError: An entry does not exist or is of the wrong kind.
    """

    name: Text = Field(min_length=1)
    why: Text = ""
    params: Values = Field(default_factory=dict)
    labs: Plan = Field(default_factory=dict)
    changes: Annotated[dict[str, Change], BeforeValidator(_dated)] = Field(default_factory=dict)

    def __init__(self, **entries: Any) -> None:
        try:
            super().__init__(**entries)
        except ValidationError as error:
            raise _explain(error) from None

    def card(self) -> Card:
        """Every difference, and from when on."""
        rows = [("start", f"params.{name}", number(value)) for name, value in self.params.items()]
        rows += [("start", f"labs.{lab}", str(wanted)) for lab, wanted in self.labs.items()]
        for date in sorted(self.changes):
            for entry, given in self.changes[date].model_dump(exclude_defaults=True).items():
                of_entry = given.items() if isinstance(given, dict) else [("", given)]
                rows += [(date, f"{entry}.{name}".rstrip("."), number(value)) for name, value in of_entry]
        head = ("from", "what", "value") if rows else ()
        return Card(
            f"Scenario {self.name}: {self.why}".rstrip(": "), head, tuple(rows), "" if rows else "no difference"
        )

    @classmethod
    def from_dict(cls, tree: Any) -> Self:
        """A scenario from a dictionary.

        Raises:
            ScenarioError: It is not one.
        """
        if not isinstance(tree, dict):
            raise ScenarioError(f"scenario = {shown(tree)} is not allowed; allowed: {_ENTRIES}")
        for entry in tree:
            if not isinstance(entry, str):
                raise ScenarioError(f"scenario: {shown(entry)}: no such entry; allowed: {_ENTRIES}")
        scenario = cls(**tree)
        scenario.check()
        return scenario

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """A scenario from YAML.

        Raises:
            ScenarioError: It cannot be read or is not one.
        """
        if not isinstance(text, str):
            raise ScenarioError(f"text = {shown(text)} is not allowed; allowed: the text of a YAML file")
        try:
            tree = read_yaml(text)
        except ReadingError as error:
            raise ScenarioError(
                f"the scenario is not readable as YAML{error.where}: {error}; write 'name: …', 'why: …'"
            ) from None
        return cls.from_dict(tree)

    def check(self, parameters: Parameters | None = None, labs: tuple[str, ...] | None = None) -> None:
        """Refuse what cannot be.

        Args:
            parameters: What the differences apply to; the defaults if None.
            labs: Labs of the market; those of history if None.

        Raises:
            ScenarioError: A parameter, lab, strategy or date does not exist, or changes contradict each other.
        """
        parameters = (
            Parameters() if parameters is None else instance("parameters", parameters, Parameters, "sim.Parameters")
        )
        labs = lab_names() if labs is None else labs
        try:
            parameters = parameters.with_(**self.params)
            for date in sorted(self.changes):
                parameters = parameters.with_(**self.changes[date].params)
        except ParameterError as error:
            raise ScenarioError(f"scenario {self.name!r}: {error}") from None
        at_start = {address for address, leaf in parameters.known().items() if leaf.at_start}
        self._check_labs("labs", self.labs, labs)
        absent = _absent(self.labs)
        for date, change in self.changes.items():
            try:
                month = month_of(date)
            except ValueError as error:
                raise ScenarioError(f"scenario {self.name!r}: changes: {error}") from None
            if month < 0:
                raise ScenarioError(f"scenario {self.name!r}: changes: {date} is before the start, 2022-11")
            self._check_labs(f"changes.{date}.labs", change.labs, labs)
            self._check_decrees(f"changes.{date}", change, labs)
            for address in at_start & set(change.params):
                raise ScenarioError(
                    f"scenario {self.name!r}: changes.{date}.params.{address}: it is read at the start only; "
                    f"allowed: params.{address}, from the start"
                )
            for lab in sorted(_absent(change.labs)):
                raise ScenarioError(
                    f"scenario {self.name!r}: changes.{date}.labs.{lab} = 'absent': models do not vanish; "
                    f"allowed: 'closed', or labs.{lab}: absent from the start"
                )
            again = absent & set(change.labs)
            if again:
                lab = sorted(again)[0]
                raise ScenarioError(
                    f"scenario {self.name!r}: changes.{date}.labs.{lab} = {change.labs[lab]!r} contradicts "
                    f"labs.{lab} = 'absent'; allowed: one of the two"
                )
        if EVERYBODY in absent or absent >= set(labs):
            raise ScenarioError(
                f"scenario {self.name!r}: labs: every lab is absent; allowed: at least one lab that exists"
            )

    def _check_decrees(self, where: str, change: Change, labs: tuple[str, ...]) -> None:
        known = {
            "release_shift": labs,
            "grants": (*REGIONS, *labs),
            "chip_subsidies": REGIONS,
            "training_cost": labs,
        }
        for entry, (low, high, unit) in _BOUNDS.items():
            for name, given in getattr(change, entry).items():
                if name not in known[entry]:
                    raise ScenarioError(
                        f"scenario {self.name!r}: {where}.{entry}.{name}: no such name; "
                        f"allowed: {', '.join(known[entry])}"
                    )
                if not low <= given <= high:
                    raise ScenarioError(
                        f"scenario {self.name!r}: {where}.{entry}.{name} = {shown(given)} is not allowed; "
                        f"allowed: {low:g} to {high:g} {unit}"
                    )

    def _check_labs(self, where: str, plan: dict[str, Any], labs: tuple[str, ...]) -> None:
        for lab, strategy in plan.items():
            if lab not in (*labs, EVERYBODY):
                close = difflib.get_close_matches(lab, labs, n=1)
                hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(labs)} or {EVERYBODY}"
                raise ScenarioError(f"scenario {self.name!r}: {where}.{lab}: no such lab; {hint}")
            if not isinstance(strategy, dict) and not (isinstance(strategy, str) and strategy in strategies.names()):
                raise ScenarioError(
                    f"scenario {self.name!r}: {where}.{lab} = {shown(strategy)} is not allowed; "
                    f"allowed: one of {', '.join(strategies.names())}"
                )
            try:
                strategies.of(strategy)
            except ParameterError as error:
                raise ScenarioError(f"scenario {self.name!r}: {where}.{lab}: {error}") from None

    @property
    def release_shifts(self) -> dict[str, list[tuple[int, int]]]:
        """Lab → the months from which on its releases are shifted, and by how many months, in order."""
        shifts: dict[str, list[tuple[int, int]]] = {}
        for date in sorted(self.changes):
            for lab, months in self.changes[date].release_shift.items():
                shifts.setdefault(lab, []).append((month_of(date), months))
        return shifts

    @property
    def differs(self) -> bool:
        """Whether it changes anything."""
        return bool(self.params or self.labs or self.changes)


def _absent(plan: dict[str, Any]) -> set[str]:
    """Labs that do not exist under a plan."""
    return {lab for lab, strategy in plan.items() if not strategies.of(strategy).exists}


def _explain(error: ValidationError) -> ScenarioError:
    first = error.errors()[0]
    names = [str(part) for part in first["loc"] if part != "[key]"]
    where, depth = ".".join(names), len(names)
    if first["type"] == "extra_forbidden":
        return ScenarioError(f"scenario: {where}: no such entry; allowed: {_ENTRIES if depth == 1 else _OF_CHANGE}")
    if first["type"] == "missing":
        return ScenarioError(f"scenario: {where} is missing; write '{where}: …'")
    if first["type"] == "value_error":
        return ScenarioError(f"scenario: {where}: {first['ctx']['error']}; allowed: each once")
    is_date = depth == 2 and "[key]" in first["loc"]
    entry = next(name for name in reversed(names) if name in _ALLOWED)
    allowed = _OF_CHANGE if entry == "changes" and depth > 1 and not is_date else _ALLOWED[entry]
    return ScenarioError(f"scenario: {where} = {shown(first.get('input'))} is not allowed; allowed: {allowed}")
