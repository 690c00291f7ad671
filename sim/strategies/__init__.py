"""How a lab decides on release: one small file each, found by name through the registry.

To add one: write a file with a class that has ``levels`` and, if it opens models later, ``opens_later``; give it the
:func:`register` decorator; name it in a scenario (``labs: {Mistral: my_strategy}``).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from sim.parameters.fields import ParameterError

if TYPE_CHECKING:
    from sim.market import Market


class Strategy(Protocol):
    """What a strategy must have."""

    name: str
    exists: bool

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Openness levels at which this month's candidate of the tier is released, normally one.

        Args:
            market: The market.
            row: Row of the lab.
            tier: Flagship or light.
        """
        ...

    def opens_later(self, market: Market, row: int) -> list[tuple[int, int]]:
        """Closed models whose weights are published this month: (tier, month of its release)."""
        ...


class Base:
    """Defaults: the lab exists and opens nothing later."""

    name = "base"
    exists = True

    def opens_later(self, market: Market, row: int) -> list[tuple[int, int]]:
        """No model is opened after its release."""
        return []


_REGISTRY: dict[str, Strategy] = {}
S = TypeVar("S", bound=type)


def register(strategy: S) -> S:
    """Class decorator: make a strategy available under its name."""
    instance = strategy()
    _REGISTRY[instance.name] = instance
    return strategy


def names() -> tuple[str, ...]:
    """Names of all strategies."""
    _load()
    return tuple(sorted(_REGISTRY))


def get(name: str) -> Strategy:
    """The strategy of this name.

    Raises:
        ParameterError: No strategy has it.
    """
    _load()
    if name not in _REGISTRY:
        raise ParameterError(f"strategy = {name!r} is not allowed; allowed: one of {', '.join(names())}")
    return _REGISTRY[name]


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
