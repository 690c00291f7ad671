"""Every model is released with its weights."""

from __future__ import annotations

from sim.agents.lab import WEIGHTS
from sim.strategies import LabView, Strategy, register


@register
class OpenWeights(Strategy):
    """Weights, or more where the lab's history was more open."""

    name = "open_weights"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """At least weights."""
        return (max(WEIGHTS, *view.recorded_levels(tier)),)
