"""What the lab did, to 2025-12; then the openness of its last release of the tier persists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class Historical(Base):
    """The released level of history."""

    name = "historical"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Levels of this month's historical releases, or of the last ones."""
        return market.history.levels(row, tier, market.month)

    def opens_later(self, market: Market, row: int) -> list[tuple[int, int]]:
        """Older closed models whose weights the lab published this month."""
        openings = market.history.openings.get(market.month, [])
        return [(tier, month) for lab, tier, month in openings if lab == row]
