"""A scenario is a difference: a name, a why, parameter differences, lab strategies, dated changes."""

from __future__ import annotations

import datetime
import difflib
import re
from contextlib import suppress
from operator import attrgetter
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim import strategies
from sim.data.calendar import month_of
from sim.data.history import lab_names
from sim.parameters.fields import OneLineError, ParameterError
from sim.parameters.reading import ReadingError, read_yaml
from sim.parameters.tree import Parameters

EVERYBODY = "*"
_FIRST_OF_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}-01")


class ScenarioError(OneLineError):
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
    """Dates as ``YYYY-MM``; the first of a month, as text or as a date of Python's, stands for the month."""
    if not isinstance(value, dict):
        return value
    changes: dict[Any, Any] = {}
    for key, change in value.items():
        text = key.isoformat()[:10] if isinstance(key, datetime.date) else key
        if isinstance(text, str) and _FIRST_OF_MONTH.fullmatch(text):
            text = text[:7]
        if text in changes:
            raise ValueError(f"{text} stands there twice")
        changes[text] = change
    return changes


Plan = Annotated[dict[str, Any], BeforeValidator(_plan)]


class Change(BaseModel):
    """What a date brings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    params: Values = Field(default_factory=dict)
    labs: Plan = Field(default_factory=dict)


class Scenario(BaseModel):
    """A counterfactual as a difference from history.

    Attributes:
        name: Its name.
        why: One sentence on what it is good for.
        params: Dotted parameter addresses and values, from the start.
        labs: Lab (or ``*`` for all) → strategy, from the start: a name, a name with values, or one by tier.
        changes: Date ``YYYY-MM`` → further differences from that month on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    why: str = ""
    params: Values = Field(default_factory=dict)
    labs: Plan = Field(default_factory=dict)
    changes: Annotated[dict[str, Change], BeforeValidator(_dated)] = Field(default_factory=dict)

    @classmethod
    def from_dict(cls, tree: Any) -> Self:
        """A scenario from a dictionary.

        Raises:
            ScenarioError: It is not one.
        """
        if not isinstance(tree, dict):
            raise ScenarioError(f"scenario = {tree!r} is not allowed; allowed: name, why, params, labs, changes")
        try:
            scenario = cls.model_validate(tree)
        except ValidationError as error:
            raise _explain(error) from None
        scenario.check()
        return scenario

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """A scenario from YAML.

        Raises:
            ScenarioError: It cannot be read or is not one.
        """
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
        parameters = parameters or Parameters()
        labs = labs or lab_names()
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

    def _check_labs(self, where: str, plan: dict[str, Any], labs: tuple[str, ...]) -> None:
        for lab, strategy in plan.items():
            if lab not in (*labs, EVERYBODY):
                close = difflib.get_close_matches(lab, labs, n=1)
                hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(labs)} or {EVERYBODY}"
                raise ScenarioError(f"scenario {self.name!r}: {where}.{lab}: no such lab; {hint}")
            if not isinstance(strategy, dict) and strategy not in strategies.names():
                raise ScenarioError(
                    f"scenario {self.name!r}: {where}.{lab} = {strategy!r} is not allowed; "
                    f"allowed: one of {', '.join(strategies.names())}"
                )
            try:
                strategies.of(strategy)
            except ParameterError as error:
                raise ScenarioError(f"scenario {self.name!r}: {where}.{lab}: {error}") from None

    @property
    def differs(self) -> bool:
        """Whether it changes anything."""
        return bool(self.params or self.labs or self.changes)


def _absent(plan: dict[str, Any]) -> set[str]:
    """Labs that do not exist under a plan."""
    return {lab for lab, strategy in plan.items() if not strategies.of(strategy).exists}


def _explain(error: ValidationError) -> ScenarioError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    allowed = "name, why, params, labs, changes" if len(first["loc"]) == 1 else "params, labs"
    if first["type"] == "extra_forbidden":
        return ScenarioError(f"scenario: {where}: no such entry; allowed: {allowed}")
    if first["type"] == "missing":
        return ScenarioError(f"scenario: {where} is missing; write '{where}: …'")
    if first["type"] == "value_error":
        return ScenarioError(f"scenario: {where}: {first['ctx']['error']}; allowed: each once")
    return ScenarioError(f"scenario: {where} = {first.get('input')!r} is not allowed: {first['msg'].lower()}")
