"""One strategy for the flagship, another for the light model."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from sim.agents.lab import TIERS
from sim.inputs.errors import ParameterError
from sim.parameters.fields import field
from sim.strategies import LabView, Strategy, of, register
from sim.strategies.historical import Historical


@register
class ByTier(Strategy):
    """Each tier by a strategy of its own; what is not said stays historical."""

    name = "by_tier"
    thinks_again = True

    flagship: Strategy = field(Historical(), "Of the flagship", unit="1")
    light: Strategy = field(Historical(), "Of the light model", unit="1")

    @field_validator(*TIERS, mode="before")
    @classmethod
    def _read(cls, value: Any) -> Strategy:
        strategy = of(value)
        if not strategy.exists or isinstance(strategy, ByTier):
            raise ParameterError(f"{strategy.name!r} is not allowed for a tier; allowed: a strategy of a whole lab")
        return strategy

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """As the tier's strategy decides."""
        return self._of(tier).levels(view, tier)

    def opens_later(self, view: LabView) -> list[tuple[int, int]]:
        """What the strategy of each tier opens of that tier."""
        return [
            (tier, month)
            for tier in range(len(TIERS))
            for of_tier, month in self._of(tier).opens_later(view)
            if of_tier == tier
        ]

    def opens_live(self, view: LabView, tier: int) -> int | None:
        """As the tier's strategy decides."""
        return self._of(tier).opens_live(view, tier)

    def _of(self, tier: int) -> Strategy:
        return (self.flagship, self.light)[tier]
