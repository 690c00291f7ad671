"""Nothing but an API."""

from __future__ import annotations

from sim.strategies import LabView, Strategy, register


@register
class Closed(Strategy):
    """Every model stays closed; methods are not published."""

    name = "closed"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Closed."""
        return (0,)
