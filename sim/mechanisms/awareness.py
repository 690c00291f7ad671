"""News spreads: whoever has never heard of a lab cannot choose it."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.state import State

# Distance behind the frontier [OOM] from which on the press is silent about a lab.
FORGOTTEN = 1.0
# Most attention of the press, that at the frontier being one; a guard, for nobody is ahead of the best there ever was.
MOST_PRESS = 1.5


def news(innovation: float, imitation: float, brand: Float, nearness: Float, near: Float, share: Float) -> Float:
    """ΔA = [p₀ e^(brand) clip(K − K* + 1, 0, 1.5) + q share] · near, shape (segments, labs).

    Args:
        innovation: p₀ [1/month].
        imitation: q [1/month].
        brand: Exponent of the press by lab, shape (labs,).
        nearness: K − K* of each lab [OOM], −inf before its first model, shape (labs,).
        near: Home or abroad, shape (segments, labs).
        share: Share of users by lab last month, shape (labs,).
    """
    press = innovation * np.exp(brand) * np.clip(nearness + FORGOTTEN, 0.0, MOST_PRESS)
    return np.asarray((press + imitation * share)[None, :] * near)


@mechanism(
    reads=(
        "labs.brand",
        "labs.region",
        "lines.capability",
        "lines.gain",
        "lines.lab",
        "lines.live",
        "lines.users",
        "segments.region",
        "world.frontier",
    ),
    writes=("segments.awareness",),
    carries=("segments.awareness",),
    parameters=("population.world",),
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
    users = np.bincount(state.lines.lab, weights=state.lines.users, minlength=len(labs))
    near = np.where(state.segments.region[:, None] == labs.region[None, :], p.home, p.abroad)
    added = news(
        p.innovation,
        p.imitation,
        p.brand * labs.brand,
        nearness,
        near,
        users / state.parameters.population.world,
    )
    state.segments.awareness += np.where(np.isfinite(capability)[None, :], added, 0.0) + views.pulses(state)[None, :]
