"""Bass diffusion of consideration."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Awareness(Section):
    """Bass diffusion of consideration."""

    innovation: float = field(
        0.06,
        "p₀: hazard of hearing of a lab at the frontier from the press",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.01, 0.12),
        source="prototype fit; Bass p is about 0.03 a year for durables (Sultan, Farley & Lehmann 1990)",
        confidence="estimated",
    )
    imitation: float = field(
        0.35,
        "q: hazard of hearing of a lab from its users, per unit of share",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.02, 0.5),
        source="Sultan, Farley & Lehmann 1990: 0.38 a year on average",
        confidence="estimated",
    )
    home: float = field(
        1.0, "Multiplies news about labs of the own region", unit="1", bounds=(0.0, 10.0), range=(1.0, 2.0)
    )
    abroad: float = field(
        0.8, "Multiplies news about labs of other regions", unit="1", bounds=(0.0, 10.0), range=(0.4, 1.0)
    )
    firms: float = field(
        2.0,
        "Multiplies news for firms, which ask several vendors",
        unit="1",
        bounds=(0.0, 100.0),
        range=(1.0, 4.0),
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
