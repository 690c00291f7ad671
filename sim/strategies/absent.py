"""The lab does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.strategies import Base, register

if TYPE_CHECKING:
    from sim.market import Market


@register
class Absent(Base):
    """Neither staff nor models."""

    name = "absent"
    exists = False

    def levels(self, market: Market, row: int, tier: int) -> tuple[int, ...]:
        """Nothing to release."""
        return ()
