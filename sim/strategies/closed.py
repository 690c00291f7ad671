"""Nothing but an API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class Closed(Base):
    """Every model stays closed; methods are not published."""

    name = "closed"

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Closed."""
        return (0,)
