"""Closed at first; weights follow after a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.lab import CLOSED
from sim.strategies import Base, register

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.market import Market


@register
class Delayed(Base):
    """A closed model whose weights are published ``release.delay`` months later, if still its tier's live one."""

    name = "delayed"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Closed at first."""
        return (0,)

    def opens_later(self, market: Market, row: int) -> NDArray[np.int64]:
        """Tiers whose closed model has the age of the delay."""
        lines = market.lines
        due = (lines.lab == row) & (lines.access == CLOSED) & lines.live
        due &= market.month - lines.birth == market.parameters.release.delay
        return lines.tier[due]
