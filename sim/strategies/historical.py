"""What the lab did, to the end of the record; then the openness of its last release of the tier persists."""

from __future__ import annotations

from sim.strategies import LabView, Strategy, register


@register
class Historical(Strategy):
    """The released level of history."""

    name = "historical"

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Levels of this month's historical releases, or of the last ones."""
        return view.recorded_levels(tier)

    def opens_later(self, view: LabView) -> list[tuple[int, int]]:
        """Older closed models whose weights the lab published this month."""
        return view.recorded_openings()
