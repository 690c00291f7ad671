"""Closed at first; weights follow after a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.lab import CLOSED
from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class Delayed(Base):
    """A closed model whose weights are published ``release.delay`` months later, if still its tier's live one."""

    name = "delayed"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Closed at first."""
        return (0,)

    def opens_later(self, market: Market, row: int) -> list[tuple[int, int]]:
        """Live closed models that have reached the age of the delay."""
        lines, born = market.lines, market.month - market.parameters.release.delay
        due = (lines.lab == row) & (lines.access == CLOSED) & lines.live & (lines.birth <= born)
        return [(int(tier), int(birth)) for tier, birth in zip(lines.tier[due], lines.birth[due], strict=True)]
