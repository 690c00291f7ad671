"""The one map between the published capability index and the model's capability.

Capability K is in orders of magnitude of effective training compute with GPT-3.5 at zero; the index of Epoch AI is in
points. At the frontier of 2024-25 the index rose 15.9 points a year and K about 1.15 OOM: 12 to 15 points an OOM.
"""

from __future__ import annotations

from typing import TypeVar

from sim.numerics.arrays import Float

Number = TypeVar("Number", float, Float)

POINTS_AN_OOM = 13.5
POINTS_RANGE = (12.0, 15.0)
# Epoch AI, Capabilities Index (CC BY 4.0); that of GPT-3.5 is the zero of K.
GPT35, GPT4, O1 = 113.0, 125.88, 141.87
# What three labs had reached by the end of the record.
LATE_2025 = 153.0


def oom(index: Number, points: float = POINTS_AN_OOM) -> Number:
    """Capability [OOM] of a published index [points]."""
    return (index - GPT35) / points


def index(capability: Number, points: float = POINTS_AN_OOM) -> Number:
    """Index [points] of a capability [OOM]."""
    return GPT35 + points * capability
