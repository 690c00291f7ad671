"""Every model is released with its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.lab import WEIGHTS
from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class OpenWeights(Base):
    """Weights, or more where the lab's history was more open."""

    name = "open_weights"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """At least weights."""
        return (max(WEIGHTS, *market.history.levels(row, tier, market.month)),)
