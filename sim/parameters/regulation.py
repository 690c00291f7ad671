"""Incidents and the stringency of the law."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Regulation(Section):
    """Incidents and the stringency of the law."""

    incidents: float = field(
        2e-7,
        "λ₀: incidents a month and user of a closed model of GPT-4's capability without safeguards",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(5e-8, 1e-6),
        source="AI Incident Database: 149 in 2023, 233 in 2024 (AI Index 2025)",
        confidence="estimated",
    )
    capability_elasticity: float = field(
        0.5,
        "ρ_m: growth of that with capability above the dangerous one",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 1.0),
    )
    dangerous: float = field(
        0.93, "K_m: capability from which misuse grows (GPT-4)", unit="OOM", bounds=(-10.0, 20.0), range=(0.0, 2.0)
    )
    open_misuse: float = field(
        1.5,
        "m₁: further misuse of open weights, of which no provider can refuse service",
        unit="1",
        bounds=(0.0, 100.0),
        range=(0.0, 3.0),
    )
    stripped: float = field(
        0.8, "Share of safeguards that are removed from open weights", unit="1", bounds=(0.0, 1.0), range=(0.4, 1.0)
    )
    audits: float = field(
        0.4,
        "a_m: share of incidents that auditors of a fully open model prevent",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
    )
    defenders: float = field(
        0.1, "ρ_d: how much open capability helps those who defend", unit="OOM/OOM", bounds=(0.0, 5.0), range=(0.0, 0.5)
    )
    severity_spread: float = field(
        1.0,
        "σ_s: standard deviation of the log severity; its mean is one",
        unit="ln",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
    )
    memory: float = field(0.05, "δ_P: decay of public pressure", unit="1/month", bounds=(1e-4, 1.0), range=(0.02, 0.2))
    salience: float = field(
        1.0, "Pressure that a unit of severity adds", unit="1", bounds=(0.0, 1000.0), range=(0.3, 3.0)
    )
    half_pressure: float = field(
        1000.0,
        "P̄: pressure at which the law is half as strict as it can be",
        unit="1",
        bounds=(1e-6, 1e9),
        range=(200.0, 5000.0),
        source="No law restricted open weights by the end of 2025; weightshift judgement",
    )
    exogenous: float = field(
        0.0,
        "Stringency that is decreed whatever the pressure",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
        source="History",
        confidence="measured",
    )
    friction: float = field(
        2.0,
        "ρ_o: utility that full stringency takes from open weights for firms",
        unit="utils",
        bounds=(0.0, 50.0),
        range=(0.0, 5.0),
    )
