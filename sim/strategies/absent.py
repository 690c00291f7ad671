"""The lab does not exist."""

from __future__ import annotations

from sim.strategies import LabView, Strategy, register


@register
class Absent(Strategy):
    """Neither staff nor models."""

    name = "absent"
    exists = False

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Nothing to release."""
        return ()
