"""What has a name can be added from outside: verbs, parameters, columns, measures, strategies, decisions.

Each kind of thing is kept in a :class:`Registry` beside what it is; here is what they share. Whoever adds something
owns its name: the same code may add it again, as a cell that is run twice does, and nobody else may take it.

=================  ==================================================  ==================================
what               how it is added                                     where it is kept
=================  ==================================================  ==================================
verb               ``@register(after="awareness")``                    :data:`sim.mechanisms.ADDED`
parameters         ``@section("forgetting")``                          :data:`sim.parameters.tree.SECTIONS`
column             ``register_column(Segments, "forgotten", column)``  ``Segments.columns``
measure            ``@MARKET("1")``, ``@LABS("1")``                    ``sim.measures.MARKET``, ``LABS``
release strategy   ``@register`` of :mod:`sim.strategies`              :data:`sim.strategies.STRATEGIES`
decision of draws  ``register_decision("forgetting")``                 :data:`sim.numerics.draws.DECISIONS`
=================  ==================================================  ==================================

What is added holds for markets and parameters made afterwards; a market that runs keeps what it began with.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from inspect import CO_VARARGS, CO_VARKEYWORDS
from typing import Any, NamedTuple, TypeVar

from sim.inputs import sources
from sim.inputs.errors import WeightshiftError

T = TypeVar("T")


class RegistrationError(WeightshiftError):
    """Something that cannot be added: one line that says what, who has the name, or what is allowed."""


class Owner(NamedTuple):
    """Whose a name is: a module and, if it is a thing's own, what it is called there."""

    module: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


class Registry(dict[str, T]):
    """Things of one kind by name, in order of registration.

    Args:
        kind: What they are, for messages.
        ours: What is there from the start, in its order.
        owner: Whose that is.
        reserved: Names that mean something else where these things go.
    """

    def __init__(
        self,
        kind: str,
        ours: Mapping[str, T] | None = None,
        owner: Owner | None = None,
        reserved: tuple[str, ...] = (),
    ) -> None:
        super().__init__(ours or {})
        self.kind, self.reserved = kind, reserved
        self.owners: dict[str, Owner] = dict.fromkeys(self, owner or Owner("sim"))
        self.later: set[str] = set()
        # While which modules were being imported each of those came.
        self.during: dict[str, frozenset[str]] = {}
        _ALL.append(self)

    def add(self, name: str, thing: T, owner: Owner) -> None:
        """Add a thing, or put it in the place of what the same owner added before.

        Raises:
            RegistrationError: The name is another's, reserved, or not one word.
        """
        if not isinstance(name, str) or not name.isidentifier():
            raise RegistrationError(f"{self.kind} {name!r} is not allowed; allowed: one word of letters, digits and _")
        if name in self.reserved:
            raise RegistrationError(f"{self.kind} {name!r} of {owner}: the name is taken; allowed: another")
        if self.owners.get(name, owner) != owner:
            raise RegistrationError(
                f"{self.kind} {name!r} of {owner}: {self.owners[name]} has that name already; take another"
            )
        if self.get(name) is not thing:
            self.during[name] = _being_imported(owner.module)
        self[name] = thing
        self.owners[name] = owner
        self.later.add(name)
        sources.remember(owner.module)

    def inherit(self, other: Registry[T]) -> None:
        """Take over whose things are, and which came later, from a registry whose things this one has too."""
        self.owners |= other.owners
        self.later |= other.later
        self.during |= other.during

    def remove(self, name: str) -> None:
        """Forget a thing."""
        del self[name], self.owners[name]
        self.later.discard(name)
        self.during.pop(name, None)


def _being_imported(owner: str) -> frozenset[str]:
    """Modules whose own lines are running; the owner too unless a function of it adds what its arguments decide."""
    names, frame, decided = set(), sys._getframe(1), None
    while frame is not None:
        code, module = frame.f_code, str(frame.f_globals.get("__name__"))
        if code.co_name == "<module>":
            names.add(module)
        elif decided is None and module == owner:
            takes = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & (CO_VARARGS | CO_VARKEYWORDS))
            decided = takes > 0 or bool(code.co_freevars)
        frame = frame.f_back  # type: ignore[assignment]
    return frozenset(names if decided else {*names, owner})


_ALL: list[Registry[Any]] = []


def owner_of(thing: Any) -> Owner:
    """Whose a class or function is."""
    return Owner(thing.__module__, thing.__qualname__)


def caller() -> Owner:
    """The module that called the function which asks, for things that do not know where they were made."""
    return Owner(sys._getframe(2).f_globals["__name__"])


def added() -> Iterator[tuple[str, str, Owner]]:
    """Kind, name and owner of everything that was added and is not the package's own."""
    for registry in _ALL:
        for name in registry.later:
            if not _ours(registry.owners[name].module):
                yield registry.kind, name, registry.owners[name]


def late() -> Iterator[tuple[str, str, frozenset[str]]]:
    """Kind and name of what was added after its module was imported, and the modules that were imported just then."""
    for registry in _ALL:
        for name in registry.later:
            owner, during = registry.owners[name].module, registry.during.get(name, frozenset())
            if not _ours(owner) and owner not in during:
                yield registry.kind, name, during


def unregister(module: str) -> None:
    """Forget all that a module added, for trials and tests; markets that have it cannot go on.

    Raises:
        RegistrationError: The module is the package's own.
    """
    if _ours(module):
        raise RegistrationError(f"{module} is not allowed; allowed: a module outside sim")
    for registry in _ALL:
        for name in [name for name in registry.later if registry.owners[name].module == module]:
            registry.remove(name)


def _ours(module: str) -> bool:
    return module.split(".")[0] == "sim"
