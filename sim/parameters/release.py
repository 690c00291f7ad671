"""What may be released, and what of an old version the new one keeps."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Release(Section):
    """What may be released, and what of an old version the new one keeps."""

    weights_allowed: bool = field(
        True,
        "Weights may be released; otherwise every model is closed, however open its methods",
        unit="1",
        source="History",
        confidence="measured",
    )
    methods_cap: int = field(
        4,
        "Highest openness of methods: 0 closed, 1 paper, 2 weights, 3 weights and code, 4 everything",
        unit="level",
        bounds=(0, 4),
        range=(1, 4),
        source="History",
        confidence="measured",
    )
    delay: int = field(
        12, "Months after which the delayed strategy publishes weights", unit="months", bounds=(1, 120), range=(6, 24)
    )
    carry_over: float = field(
        0.7,
        "Share of contributions to a line, and of its ecosystem, that its next version takes over",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.4, 0.9),
    )
    size_elasticity: float = field(
        0.45,
        "κ_N: growth of active parameters with the capability that must be stored",
        unit="OOM/OOM",
        bounds=(0.0, 2.0),
        range=(0.2, 0.5),
        source="prototype fit; compute-optimal training gives 0.5 as the upper end",
        confidence="estimated",
    )
