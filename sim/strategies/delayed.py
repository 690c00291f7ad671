"""Closed at first; weights follow after a delay."""

from __future__ import annotations

from sim.parameters.fields import field
from sim.strategies import LabView, Strategy, register


@register
class Delayed(Strategy):
    """Weights are published some months after a closed model, though others may have followed it."""

    name = "delayed"

    months: int | None = field(
        None,
        "Months after which weights are published; release.delay if not given",
        unit="months",
        bounds=(1, 120),
        range=(6, 24),
    )

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Closed at first."""
        return (0,)

    def opens_later(self, view: LabView) -> list[tuple[int, int]]:
        """What was the lab's closed model of each tier when the delay began; what improves on nothing is not opened."""
        born = view.month - (view.release_delay if self.months is None else self.months)
        return [(tier, born) for tier, had in enumerate(view.closed_in(born)) if had]
