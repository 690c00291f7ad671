"""News spreads: whoever has never heard of a lab cannot choose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import views
from sim.fields import Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market


class Awareness(Section):
    """Bass diffusion of consideration."""

    innovation: float = field(
        0.037,
        "p₀: hazard of hearing of a lab at the frontier from the press",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.01, 0.12),
        source="prototype fit; Bass p is about 0.03 a year for durables (Sultan, Farley & Lehmann 1990)",
        confidence="estimated",
    )
    imitation: float = field(
        0.04,
        "q: hazard of hearing of a lab from its users, per unit of share",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.02, 0.35),
        source="Sultan, Farley & Lehmann 1990: 0.38 a year on average",
        confidence="estimated",
    )
    brand: float = field(
        0.5, "b: elasticity of press to a lab's brand", unit="1/util", bounds=(-5.0, 5.0), range=(0.0, 1.0)
    )
    home: float = field(
        1.3, "Multiplies news about labs of the own region", unit="1", bounds=(0.0, 10.0), range=(1.0, 2.0)
    )
    abroad: float = field(
        0.8, "Multiplies news about labs of other regions", unit="1", bounds=(0.0, 10.0), range=(0.4, 1.0)
    )
    pulse: float = field(
        1.0,
        "Multiplies awareness events such as the DeepSeek app of 2025-01",
        unit="1",
        bounds=(0.0, 10.0),
        range=(0.4, 1.7),
        source="Appfigures: 16 million downloads in 18 days",
    )
    floor: float = field(
        0.0,
        "Awareness hazard of every lab from the start; at 100 everybody is aware",
        unit="hazard",
        bounds=(0.0, 100.0),
        range=(0.0, 0.1),
        source="Neutral value of the mechanism",
        at_start=True,
    )


def aware_share(hazard: Float) -> Float:
    """Share that is aware: 1 − e^(−A), the discrete Bass law when ΔA = p + q F, of the shape of ``hazard``."""
    return np.asarray(-np.expm1(-hazard))


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
    press = innovation * np.exp(brand) * np.clip(nearness + 1.0, 0.0, 1.5)
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
    neutral={"awareness.floor": 100.0},
)
def awareness(market: Market) -> None:
    """Press, users and events tell developers of labs.

    Source: Bass (1969), as a hazard of consideration by segment and lab; nobody's state is kept, because a developer
    is aware exactly when the hazard has passed her own exponential threshold.
    """
    labs, p = market.labs, market.parameters.awareness
    capability = views.lab_capability(market)
    nearness = np.where(np.isfinite(capability), capability - market.world.frontier[0], -np.inf)
    users = np.bincount(market.lines.lab, weights=market.lines.users, minlength=len(labs))
    near = np.where(market.segments.region[:, None] == labs.region[None, :], p.home, p.abroad)
    added = news(
        p.innovation,
        p.imitation,
        p.brand * labs.brand,
        nearness,
        near,
        users / market.parameters.population.world,
    )
    market.segments.awareness += np.where(np.isfinite(capability)[None, :], added, 0.0) + views.pulses(market)[None, :]
