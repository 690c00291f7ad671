"""News spreads: whoever has never heard of a lab cannot choose it."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import SLOTS
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.state import State
from sim.views import demand

# Distance behind the frontier [OOM] from which on the press is silent about a lab.
FORGOTTEN = 1.0
# Most attention of the press, that at the frontier being one; a guard, for nobody is ahead of the best there ever was.
MOST_PRESS = 1.5


def news(innovation: float, imitation: float, nearness: Float, near: Float, share: Float) -> Float:
    """ΔA = [p₀ clip(K − K* + 1, 0, 1.5) + q share] · near, shape (segments, labs); firms hear more.

    Args:
        innovation: p₀ [1/month].
        imitation: q [1/month].
        nearness: K − K* of each lab [OOM], −inf before its first model, shape (labs,).
        near: Home or abroad, and more for firms, shape (segments, labs).
        share: Share of the segment that uses each lab, shape (segments, labs).
    """
    press = innovation * np.minimum(np.maximum(nearness + FORGOTTEN, 0.0), MOST_PRESS)
    return np.asarray((press[None, :] + imitation * share) * near)


@mechanism(
    reads=(
        "labs.region",
        "lines.capability",
        "lines.gain",
        "lines.live",
        "segments.organisation",
        "segments.region",
        "developers.counts",
        "world.frontier",
    ),
    writes=("segments.awareness",),
    carries=("segments.awareness",),
    parameters=("record.end", "record.given"),
    neutral={"awareness.floor": 100.0},
)
def awareness(state: State) -> None:
    """Press, users and events tell developers of labs.

    Source: Bass (1969), as a hazard of consideration by segment and lab; nobody's state is kept, because a developer
    is aware exactly when the hazard has passed her own exponential threshold.
    """
    labs, p = state.labs, state.parameters.awareness
    capability = views.lab_capability(state)
    nearness = np.where(np.isfinite(capability), capability - state.world.frontier[0], -np.inf)
    counts = state.developers.counts
    users = np.add.reduce(counts[:, 1:].reshape(len(counts), len(labs), SLOTS), axis=2)
    near = np.where(state.segments.region[:, None] == labs.region[None, :], p.home, p.abroad)
    near *= np.where(demand.FIRMS, p.firms, 1.0)[state.segments.organisation, None]
    added = news(
        p.innovation,
        p.imitation,
        nearness,
        near,
        users / np.maximum(np.add.reduce(counts, axis=1), 1)[:, None],
    )
    state.segments.awareness += np.where(np.isfinite(capability)[None, :], added, 0.0) + views.pulses(state)[None, :]
