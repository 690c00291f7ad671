"""Every model is released at one degree of openness: a paper, weights, weights with code, or everything."""

from __future__ import annotations

from sim.agents.lab import OPENNESS
from sim.strategies import LabView, Strategy, register


class _Degree(Strategy):
    """One level for all models."""

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """The level of its name."""
        return (OPENNESS.index(self.name),)


@register
class Paper(_Degree):
    """Models stay closed, their methods are published."""

    name = "paper"


@register
class Weights(_Degree):
    """Weights and a paper."""

    name = "weights"


@register
class WeightsCode(_Degree):
    """Weights, a paper and the code of training."""

    name = "weights_code"


@register
class Everything(_Degree):
    """Weights, a paper, code and data."""

    name = "everything"
