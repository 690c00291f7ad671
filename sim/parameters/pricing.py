"""Costs, conduct and hosting."""

from __future__ import annotations

from sim.parameters.fields import ByOrganisation, Section, by_organisation, field


class Pricing(Section):
    """Costs, conduct and hosting."""

    reference_cost: float = field(
        10.0,
        "c_ref: cost of serving GPT-3.5 at the start",
        unit="$/Mtok",
        bounds=(1e-4, 1e4),
        range=(3.0, 12.0),
        source="GPT-3.5 price of $20 per Mtok in 2022-11 (AI Index 2025); prototype fit",
        confidence="estimated",
    )
    adjustment: float = field(
        0.48,
        "λ_p: speed at which a list price follows its optimum; new models are posted at the optimum",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 1.0),
        source="prototype fit to time between price cuts",
        confidence="estimated",
    )
    lerner_min: float = field(
        -1.0, "Smallest margin over price", unit="1", bounds=(-10.0, 0.0), range=(-2.0, 0.0), source="Guard rail"
    )
    lerner_max: float = field(
        0.9,
        "Largest margin over price",
        unit="1",
        bounds=(0.01, 0.999),
        range=(0.8, 0.95),
        source="Guard rail against a log-price monopolist",
    )
    harvest: float = field(
        0.6,
        "Λ_S: worth of a dollar of customer spend won while nobody has adopted yet; it fades with adoption",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.2, 1.0),
        source="OpenAI compute margin 35, 52, 70% (The Information); invest then harvest (Farrell & Klemperer 2007)",
        confidence="estimated",
    )
    host_elasticity: float = field(
        8.0,
        "α_h: elasticity of demand for one host of an open model in the long run",
        unit="1",
        bounds=(0.1, 100.0),
        range=(1.1, 20.0),
        source="Above the short-run 1.1 of Demirer, Fradkin, Tadelis & Peng 2025; weightshift judgement",
    )
    host_fixed_cost: float = field(
        60_000.0,
        "F_h: fixed cost of hosting a line",
        unit="$/month",
        bounds=(1.0, 1e9),
        range=(10_000.0, 500_000.0),
        source="14-47 hosts on popular open models (models.dev); weightshift judgement",
    )
    first_party: float = field(
        0.35,
        "φ_1: share of hosted spend that the creator of an open model serves",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.1, 0.7),
        source="OpenRouter providers; weightshift judgement",
    )
    utilisation: ByOrganisation = field(
        by_organisation(0.03, 0.1, 0.15, 0.3, 0.3),
        "GPU utilisation that self-hosting achieves, against a host's",
        unit="1",
        bounds=(1e-4, 1.0),
        factor=3.0,
    )
    operations: ByOrganisation = field(
        by_organisation(20.0, 300.0, 1000.0, 6000.0, 6000.0),
        "Cost of operating one's own hosting, for the organisation",
        unit="$/month",
        bounds=(0.0, 1e7),
        factor=3.0,
    )
    team: ByOrganisation = field(
        by_organisation(1.0, 8.0, 20.0, 400.0, 400.0),
        "Developers who share that operation",
        unit="developers",
        bounds=(1.0, 1e5),
        factor=3.0,
    )
