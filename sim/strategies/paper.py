"""Nothing but an API, and papers on how it was made."""

from __future__ import annotations

from sim.agents.lab import PAPER
from sim.strategies import LabView, Strategy, register


@register
class Paper(Strategy):
    """Models stay closed, their methods are published."""

    name = "paper"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """The level of its name."""
        return (PAPER,)
