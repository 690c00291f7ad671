"""What a mechanism is: a verb with a step, what it reads and writes, and what it is when it is off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.state import State


@dataclass(frozen=True)
class Mechanism:
    """One verb of the month.

    Attributes:
        name: The verb.
        step: What it does to the market.
        reads: Columns it reads, as ``table.column``.
        writes: Columns it writes; a test catches any other.
        neutral: Dotted parameter values under which it changes nothing, or None if the market cannot be without it.
    """

    name: str
    step: Callable[[State], None]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    neutral: Mapping[str, Any] | None

    @property
    def essential(self) -> bool:
        """Whether the market cannot be without it."""
        return self.neutral is None

    @property
    def summary(self) -> str:
        """First line of its docstring."""
        return (self.step.__doc__ or "").strip().splitlines()[0]

    def __call__(self, state: State) -> None:
        """Run the step."""
        self.step(state)


def mechanism(
    *, reads: tuple[str, ...], writes: tuple[str, ...], neutral: Mapping[str, Any] | None = None
) -> Callable[[Callable[[State], None]], Mechanism]:
    """Declare a step as a :class:`Mechanism`; without neutral values it is essential."""

    def declare(step: Callable[[State], None]) -> Mechanism:
        return Mechanism(step.__name__, step, reads, writes, neutral)

    return declare
