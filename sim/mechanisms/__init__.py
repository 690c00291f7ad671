"""What a mechanism is: a verb with a step, what it reads, carries over and writes; and a month of them."""

from __future__ import annotations

import pkgutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sim.inputs.registry import RegistrationError, Registry, owner_of
from sim.state import State

OURS = tuple(module.name for module in pkgutil.iter_modules(__path__))
# Most letters in a line of the month as a table.
WIDTH = 100
# Order, verb, seconds; then what is said of it, its first word in a column of its own.
_LEFT, _WORD = 25, 12


@dataclass(frozen=True)
class Mechanism:
    """One verb of the month.

    Attributes:
        name: The verb.
        step: What it does to the market.
        reads: Columns it reads and does not write, as ``table.column``.
        writes: Columns it writes.
        carries: Those of ``writes`` that it finds as they are and goes on from: what it writes depends on them, or
            leaves some rows as they were. The rest it makes anew.
        parameters: Parameters it reads beside those of its own section, by address.
        neutral: Dotted parameter values under which it changes nothing, or None if the market cannot be without it.
    """

    name: str
    step: Callable[[State], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    carries: tuple[str, ...]
    parameters: tuple[str, ...]
    neutral: Mapping[str, Any] | None

    @property
    def essential(self) -> bool:
        """Whether the market cannot be without it."""
        return self.neutral is None

    @property
    def summary(self) -> str:
        """First line of its docstring."""
        return (self.step.__doc__ or "").strip().partition("\n")[0]

    def __call__(self, state: State) -> None:
        """Run the step."""
        self.step(state)

    def __reduce_ex__(self, protocol: Any) -> str | tuple[Any, ...]:
        # The name of the step means this verb, so that is what a market in a pickle refers to.
        module, name = self.step.__module__, self.step.__qualname__
        if getattr(sys.modules.get(module), name, None) is self:
            return _verb, (module, name)
        return super().__reduce_ex__(protocol)


def _verb(module: str, name: str) -> Any:
    __import__(module)
    return getattr(sys.modules[module], name)


def mechanism(
    *,
    reads: tuple[str, ...],
    writes: tuple[str, ...],
    carries: tuple[str, ...] = (),
    parameters: tuple[str, ...] = (),
    neutral: Mapping[str, Any] | None = None,
) -> Callable[[Callable[[State], None]], Mechanism]:
    """Declare a step as a :class:`Mechanism`; without neutral values it is essential."""

    def declare(step: Callable[[State], None]) -> Mechanism:
        return Mechanism(step.__name__, step, reads, writes, carries, parameters, neutral)

    return declare


class Added(NamedTuple):
    """A verb from outside, and the one that it follows."""

    verb: Mechanism
    after: str


ADDED: Registry[Added] = Registry("mechanism")


def register(*, after: str) -> Callable[[Mechanism], Mechanism]:
    """Decorator: put a verb into the month of every market made from now on, behind another.

    Raises:
        RegistrationError: It is no mechanism, its name is taken, or there is no verb to follow.
    """

    def add(verb: Mechanism) -> Mechanism:
        if not isinstance(verb, Mechanism):
            raise RegistrationError(f"{verb!r} is no mechanism; write @register above @mechanism")
        owner = owner_of(verb.step)
        if verb.name in OURS:
            raise RegistrationError(f"mechanism {verb.name!r} of {owner}: sim.mechanisms has that name already")
        verbs = [name for name in (*OURS, *ADDED) if name != verb.name]
        if after not in verbs:
            raise RegistrationError(
                f"mechanism {verb.name!r}: after = {after!r} is not allowed; allowed: one of {', '.join(verbs)}"
            )
        ADDED.add(verb.name, Added(verb, after), owner)
        return verb

    return add


def scheduled(verbs: Iterable[Mechanism]) -> tuple[Mechanism, ...]:
    """A schedule with registered verbs behind those that they follow, in order of registration.

    Raises:
        RegistrationError: One of them follows a verb that this schedule has not.
    """
    own = tuple(verbs)
    names = {verb.name for verb in own}
    waiting = {name: found for name, found in ADDED.items() if name not in names}

    def with_followers(verb: Mechanism) -> Iterator[Mechanism]:
        yield verb
        for name in [name for name, found in waiting.items() if found.after == verb.name]:
            yield from with_followers(waiting.pop(name).verb)

    whole = tuple(found for verb in own for found in with_followers(verb))
    for name, found in waiting.items():
        raise RegistrationError(f"mechanism {name!r} follows {found.after!r}, which this schedule has not")
    return whole


def table(
    schedule: Sequence[Mechanism],
    phases: Mapping[str, Mechanism],
    seconds: Mapping[str, float],
    without: Sequence[str] = (),
) -> str:
    """The month: a heading a phase, a few lines a verb, none longer than ``WIDTH``.

    Args:
        schedule: Verbs in order.
        phases: Each phase and the verb with which it begins.
        seconds: Time spent so far, by verb.
        without: Verbs that are switched off.
    """
    first = {verb.name: phase for phase, verb in phases.items()}
    lines = [
        f"{'':>2}  {'verb':<13}{'seconds':>7} what it does and depends on, columns by table, parameters by section"
    ]
    for order, verb in enumerate(schedule, start=1):
        if verb.name in first:
            lines += ["", first[verb.name].upper()]
        spent = "off" if verb.name in without else f"{seconds.get(verb.name, 0.0):.3f}"
        left = f"{order:>2}  {verb.name:<13} {spent:>6}"
        lines += _wrapped(f"{left:<{_LEFT}}", verb.summary, _LEFT)
        for word, names in (
            ("reads", verb.reads),
            ("carries", verb.carries),
            ("writes", verb.writes),
            ("parameters", verb.parameters),
        ):
            if names:
                lines += _wrapped(f"{'':<{_LEFT}}{word:<{_WORD}}", grouped(names), _LEFT + _WORD)
    return "\n".join(lines)


def grouped(names: Iterable[str]) -> str:
    """Dotted names by what stands before the dot: ``labs: active, budget; lines: price``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        groups.setdefault(head, []).append(rest)
    return "; ".join(f"{head}: {', '.join(rest)}" for head, rest in groups.items())


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * indent, break_on_hyphens=False)
