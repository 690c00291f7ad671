"""Every model is released with its weights and a paper."""

from __future__ import annotations

from sim.agents.lab import WEIGHTS
from sim.strategies import LabView, Strategy, register


@register
class Weights(Strategy):
    """Weights and a paper."""

    name = "weights"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """The level of its name."""
        return (WEIGHTS,)
