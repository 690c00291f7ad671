"""How exact the books must be."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Accounting(Section):
    """How exact the books must be."""

    tolerance: float = field(
        1e-9,
        "Largest relative difference between what users spend and what lines receive",
        unit="1",
        bounds=(1e-12, 1e-3),
        range=(1e-9, 1e-9),
        source="Rounding of sums in double precision",
    )
