"""What markets believe of labs' lead and of chips, and what news does to it."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Beliefs(Section):
    """What markets believe of labs' lead and of chips, and what news does to it."""

    speed: float = field(
        0.3,
        "Speed at which the believed lead over the best open model adapts",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 0.5),
    )
    lead_value: float = field(
        0.27,
        "ε_D: log value of a lab per OOM by which its believed lead is above that of the months that its rents are of",
        unit="ln/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.6),
        source="One event, January 2025; weightshift judgement",
    )
    hardware: float = field(
        -0.4,
        "ε_HW: log value of chip makers per OOM of surprise in the efficiency of open models: expansion of demand for "
        "compute less substitution of compute",
        unit="ln/OOM",
        bounds=(-5.0, 5.0),
        range=(-0.6, 0.3),
        source="NVIDIA −17% on 2025-01-27, more than made good by the middle of the year; weightshift judgement",
    )
    recovery: float = field(
        0.15,
        "Share of a surprise that markets forget, as realised spend on chips comes in",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 0.25),
    )
