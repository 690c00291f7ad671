"""Public pressure, and what the law asks of closed services and of open weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numerics.arrays import Float
from sim.parameters.fields import Section, field


def _decreed(what: str, region: str) -> Any:
    return field(
        0.0,
        f"Stringency of the law on {what} that is decreed in {region}, whatever the pressure",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
        source="No such law to 2025-12",
        confidence="measured",
    )


class Law(Section):
    """Public pressure, and what the law asks of closed services and of open weights."""

    memory: float = field(0.05, "δ_P: decay of public pressure", unit="1/month", bounds=(1e-4, 1.0), range=(0.02, 0.2))
    salience: float = field(
        1.0, "Pressure that a unit of severity adds", unit="1", bounds=(0.0, 1000.0), range=(0.3, 3.0)
    )
    half_pressure: float = field(
        500.0,
        "P̄: pressure at which the law is half as strict as it can be",
        unit="1",
        bounds=(1e-6, 1e9),
        range=(50.0, 1000.0),
    )
    open_us: float = _decreed("open weights", "the US")
    open_cn: float = _decreed("open weights", "China")
    open_eu: float = _decreed("open weights", "the rest of the world")
    closed_us: float = _decreed("closed services", "the US")
    closed_cn: float = _decreed("closed services", "China")
    closed_eu: float = _decreed("closed services", "the rest of the world")
    friction: float = field(
        2.0,
        "ρ_o: utility that full stringency takes from open weights for firms",
        unit="utils",
        bounds=(0.0, 50.0),
        range=(0.0, 5.0),
    )
    licence: bool = field(
        False,
        "A release of weights needs a licence, which full stringency always refuses; the model then ships closed",
        unit="1",
        source="No such law to 2025-12",
    )
    licence_cap: float = field(
        2.0,
        "K_cap: capability up to which no licence is needed",
        unit="OOM",
        bounds=(-10.0, 20.0),
        range=(1.0, 4.0),
    )
    compliance: float = field(
        1e7,
        "F_comp: what full stringency makes a release cost, closed or open",
        unit="$",
        bounds=(0.0, 1e11),
        range=(1e6, 1e8),
    )
    liability: float = field(
        1e7,
        "What full stringency makes the maker of a closed service pay per unit of severity",
        unit="$",
        bounds=(0.0, 1e11),
        range=(1e6, 1e8),
    )

    def decreed(self) -> Float:
        """Stringency by region and kind of weights, closed first, shape (regions, 2)."""
        return np.array(
            [[self.closed_us, self.open_us], [self.closed_cn, self.open_cn], [self.closed_eu, self.open_eu]]
        )
