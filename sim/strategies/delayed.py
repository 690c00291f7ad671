"""Closed at first; weights follow after a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class Delayed(Base):
    """Weights are published ``release.delay`` months after a closed model, though others may have followed it."""

    name = "delayed"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Closed at first."""
        return (0,)

    def opens_later(self, market: Market, row: int) -> list[tuple[int, int]]:
        """What was the lab's closed model of each tier when the delay began; what improves on nothing is not opened."""
        born = market.month - market.parameters.release.delay
        if born < 0:
            return []
        return [(int(tier), born) for tier in np.flatnonzero(market.record.closed_versions[born].live[row])]
