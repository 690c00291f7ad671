"""Every model is released with its weights, code and data."""

from __future__ import annotations

from sim.agents.lab import OPENNESS
from sim.strategies import LabView, Strategy, register


@register
class Everything(Strategy):
    """Weights, a paper, code and data."""

    name = "everything"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """The level of its name."""
        return (OPENNESS.index("everything"),)
