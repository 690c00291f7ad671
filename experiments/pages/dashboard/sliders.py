"""The parameters that the dashboard offers: a dozen on which results turn, each with its unit, range and source."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

import sim

# What each is called in a word or two; φ first, since the sign of some effects turns on it.
NAMES = {
    "finance.elasticity": "φ, how far compute follows rents",
    "adoption.price_sensitivity": "How much users mind prices",
    "adoption.quality_sensitivity": "How much users want capability",
    "adoption.switching_cost": "Cost of leaving a lab",
    "awareness.imitation": "How fast news spreads among users",
    "training.answers": "What answers of closed models teach",
    "training.teaching": "What open weights teach other labs",
    "research.leak_closed": "How fast secrets leak",
    "pricing.host_elasticity": "Competition between hosts",
    "contribution.network": "Pull of an open ecosystem",
    "talent.mobility": "How often researchers look around",
    "talent.publishing_weight": "What publishing is worth to them",
    "compute.wedge": "Price wedge of export controls",
}
# What one has to know beside what is declared.
_NOTES = {"finance.elasticity": "Acts only where something else differs too, since rents count beside the baseline's."}
# Positions of a slider between the ends of its range.
STEPS = 100


@dataclass(frozen=True)
class Slider:
    """One parameter as a slider.

    Attributes:
        address: Of the parameter.
        name: In words.
        unit: Its unit.
        low: Lower end of its range.
        high: Upper end.
        default: What the baseline uses.
        about: What it is, its range and where its default is from, in a line.
    """

    address: str
    name: str
    unit: str
    low: float
    high: float
    default: float
    about: str


def sliders() -> tuple[Slider, ...]:
    """All sliders, as the parameters are declared."""
    known = sim.Parameters.known()
    found = []
    for address, name in NAMES.items():
        leaf = known[address]
        if leaf.range is None:
            raise TypeError(f"{address} has no range, so it cannot be a slider")
        low, high = leaf.range
        unit = "" if leaf.unit == "1" else leaf.unit
        about = f"{leaf.doc}. Range {low:g} to {high:g}{f' {unit}' if unit else ''}. Source: {leaf.source}"
        text = f"{about} ({leaf.confidence}). {_NOTES.get(address, '')}".rstrip()
        found.append(Slider(address, name, unit, low, high, float(leaf.default), text))
    return tuple(found)


def differences(values: dict[str, float]) -> dict[str, float]:
    """Those of some values that are not the defaults."""
    defaults = sim.Parameters()
    return {address: value for address, value in values.items() if value != attrgetter(address)(defaults)}
