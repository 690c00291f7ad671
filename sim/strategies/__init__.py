"""How a lab decides on release: frozen values, one small file a kind, found by name.

To add one: a class derived from :class:`Strategy` with ``levels`` and, if it opens models later, ``opens_later``;
the decorator :func:`register`; and a scenario that names it: ``labs: {Mistral: my_strategy}``, with values for its
fields ``labs: {Mistral: {strategy: my_strategy, months: 6}}``, by tier ``labs: {Mistral: {flagship: closed, light:
my_strategy}}``.
"""

from __future__ import annotations

import importlib
import pkgutil
from abc import abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

from pydantic import ValidationError

from sim.agents.lab import TIERS
from sim.inputs.errors import ParameterError, refused, shown
from sim.inputs.registry import RegistrationError, Registry, owner_of
from sim.parameters.fields import Section, declared, explain
from sim.strategies.view import LabView

__all__ = ["LabView", "Strategy", "get", "names", "of", "register", "spec"]


class Strategy(Section):
    """A way of releasing: a frozen value whose fields have unit, bounds and a sentence each.

    Attributes:
        name: By which scenarios know it.
        exists: Whether a lab with it exists at all.
        thinks_again: Whether it is asked of closed models on sale (``opens_live``).
    """

    name: ClassVar[str]
    exists: ClassVar[bool] = True
    thinks_again: ClassVar[bool] = False

    @abstractmethod
    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Openness levels, 0 to 4, at which this month's candidate of the tier is released, normally one.

        Args:
            view: What the lab sees.
            tier: 0 flagship, 1 light.
        """

    def opens_later(self, view: LabView) -> list[tuple[int, int]]:
        """Closed models whose weights are published this month: (tier, month in which the model was its live one)."""
        return []

    def opens_live(self, view: LabView, tier: int) -> int | None:
        """Openness, 2 to 4, at which the weights of the closed model on sale are published now; None if they are not.

        Asked, of a strategy that says ``thinks_again``, with the chance ``release.reconsideration`` in a month without
        a finished run of the tier, and only if the lab's weights of the tier are behind.

        Args:
            view: What the lab sees; what it expects is of that model.
            tier: 0 flagship, 1 light.
        """
        return None


STRATEGIES: Registry[type[Strategy]] = Registry("strategy")
S = TypeVar("S", bound=type[Strategy])


def register(strategy: S) -> S:
    """Class decorator: make a strategy available under its name.

    Raises:
        RegistrationError: Another class has that name; the same one may be defined again, as a cell does.
    """
    is_one = isinstance(strategy, type) and issubclass(strategy, Strategy)
    if not (is_one and isinstance(getattr(strategy, "name", None), str)):
        raise RegistrationError(f"strategy {shown(strategy)} is not allowed; allowed: a class of Strategy with a name")
    if not strategy.__module__.startswith(f"{__name__}."):
        _load()  # our names come first
    STRATEGIES.add(strategy.name, strategy, owner_of(strategy))
    return strategy


def names() -> tuple[str, ...]:
    """Names of all strategies."""
    _load()
    return tuple(sorted(STRATEGIES))


def get(name: str) -> Strategy:
    """The strategy of this name with its defaults.

    Raises:
        ParameterError: No strategy has it.
    """
    return of(name)


def of(wanted: Any) -> Strategy:
    """A strategy from what a scenario says: a strategy, a name, a mapping with values, or one by tier.

    Raises:
        ParameterError: There is no such strategy, or a value is not allowed.
    """
    _load()
    if isinstance(wanted, Strategy):
        return wanted
    if isinstance(wanted, str):
        return _made(wanted, {})
    if isinstance(wanted, Mapping):
        values = dict(wanted)
        if set(values) & set(TIERS):
            return _made("by_tier", values)
        if isinstance(values.get("strategy"), str):
            return _made(values.pop("strategy"), values)
    raise ParameterError(
        f"{shown(wanted)} is not allowed; allowed: a name, {{strategy: name, …}} or {{flagship: name, light: name}}"
    )


def spec(strategy: Strategy) -> str | dict[str, Any]:
    """The shortest way to say a strategy in a scenario; :func:`of` reads it."""
    changed = {
        name: spec(value) if isinstance(value, Strategy) else value
        for name, value in strategy
        if value != type(strategy).model_fields[name].default
    }
    if strategy.name == "by_tier":
        return {tier: spec(getattr(strategy, tier)) for tier in TIERS}
    return {"strategy": strategy.name, **changed} if changed else strategy.name


def _made(name: str, values: Mapping[str, Any]) -> Strategy:
    if name not in STRATEGIES:
        raise refused("strategy", name, f"one of {', '.join(sorted(STRATEGIES))}")
    kind = STRATEGIES[name]
    unknown = sorted(map(str, set(values) - set(kind.model_fields)))
    if unknown:
        fields = ", ".join(kind.model_fields) or "no values"
        raise ParameterError(f"{unknown[0]}: strategy {name!r} has no such value; allowed: {fields}")
    try:
        return kind(**values)
    except ValidationError as error:
        raise explain(error, {leaf.address: leaf for leaf, _ in declared(kind)}) from None


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
