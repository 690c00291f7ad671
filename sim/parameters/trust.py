"""Trust in labs."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Trust(Section):
    """Trust in labs, a reputation by lab and region."""

    weight: float = field(
        1.0,
        "τ: utility of trust, half more for enterprises and regulated users",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.0, 3.0),
    )
    rest: float = field(
        0.6,
        "T̄: trust to which experience without incidents leads",
        unit="1",
        bounds=(0.01, 0.99),
        range=(0.4, 0.8),
        source="Stack Overflow 2025: 33% trust, 46% distrust accuracy",
    )
    experience: float = field(0.01, "r₀: speed of that", unit="1/month", bounds=(0.0, 0.5), range=(0.0, 0.05))
    audits: float = field(
        0.03,
        "r_a: speed at which audits of a transparent model move trust to its true safeguards",
        unit="1/month",
        bounds=(0.0, 0.5),
        range=(0.0, 0.1),
    )
    incidents: float = field(
        3000.0,
        "d_I: log of trust lost per unit of severity a user of the lab in the region",
        unit="developers",
        bounds=(0.0, 1e9),
        range=(0.0, 100_000.0),
    )
