"""Every model is released with its weights and the code that trained it."""

from __future__ import annotations

from sim.agents.lab import OPENNESS
from sim.strategies import LabView, Strategy, register


@register
class WeightsCode(Strategy):
    """Weights, a paper and code."""

    name = "weights_code"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """The level of its name."""
        return (OPENNESS.index("weights_code"),)
