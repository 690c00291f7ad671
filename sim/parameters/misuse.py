"""Incidents of misuse."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Misuse(Section):
    """Incidents of misuse: where capable models are used, safeguards fail and defenders are behind."""

    incidents: float = field(
        2e-7,
        "λ₀: incidents a month and user of a closed model of GPT-4's capability, without safeguards, that is as "
        "capable as what defenders work with",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(5e-8, 1e-6),
        source="AI Incident Database: 149 in 2023, 233 in 2024 (AI Index 2025)",
        confidence="estimated",
    )
    capability_elasticity: float = field(
        0.5,
        "ψ_m: growth of that with danger",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 1.0),
    )
    dangerous: float = field(
        0.93, "K_m: capability from which danger grows (GPT-4)", unit="OOM", bounds=(-10.0, 20.0), range=(0.0, 2.0)
    )
    most_danger: float = field(
        1.5,
        "k̄: danger of a model far above that; what misuse can do with more capability is bounded",
        unit="OOM",
        bounds=(0.01, 20.0),
        range=(1.0, 3.0),
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
    defence: float = field(
        0.3,
        "ψ_d: growth of incidents with the capability of a model over that with which defenders work",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.5),
    )
    defenders_open: float = field(
        0.3,
        "share_D: share of defenders who work on own copies of open weights, not on the best service",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.8),
    )
    defenders_gap: float = field(
        1.0,
        "gap_D: how far behind the frontier those are who find no weights, or only old ones",
        unit="OOM",
        bounds=(0.0, 20.0),
        range=(0.5, 2.0),
    )
    severity_spread: float = field(
        1.0,
        "σ_s: standard deviation of the log severity; its mean is one",
        unit="ln",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
    )
