"""The level of openness that pays: a logit of what each is believed to bring."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import WEIGHTS
from sim.numerics.arrays import Float
from sim.strategies import LabView, Strategy, register


def chances(attraction: Float, temperature: float) -> Float:
    """Pr(o) ∝ e^(A_o/τ_s)/m_o, m_o the number of levels with weights, or without, shape (levels,).

    So a lab to which all is one opens half of its models, however many degrees of openness have a name.
    """
    weights = np.exp((attraction - attraction.max()) / temperature)
    weights[:WEIGHTS] /= WEIGHTS
    weights[WEIGHTS:] /= weights.size - WEIGHTS
    return np.asarray(weights / weights.sum())


@register
class Strategic(Strategy):
    """Each model as open as pays the lab, with some chance of what pays less; one on sale is thought of again."""

    name = "strategic"
    thinks_again = True

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Drawn from the logit; as in history while there is no market."""
        attraction = view.attraction(tier)
        if attraction is None:
            return view.recorded_levels(tier)
        likely = chances(attraction, view.release_temperature)
        return (min(int(np.searchsorted(likely.cumsum(), view.luck(tier), side="right")), likely.size - 1),)

    def opens_live(self, view: LabView, tier: int) -> int | None:
        """Drawn likewise from what it has learned with the model as it is; closed or paper leaves it so."""
        if view.attraction(tier) is None:
            return None
        (level,) = self.levels(view, tier)
        return level if level >= WEIGHTS else None
