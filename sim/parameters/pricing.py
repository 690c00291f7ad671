"""Costs, conduct and hosting."""

from __future__ import annotations

from sim.parameters.fields import ByOrganisation, Section, by_organisation, field


class Pricing(Section):
    """Costs, conduct and hosting."""

    reference_cost: float = field(
        2.1,
        "c_ref: cost of serving a model of 175 bn parameters at the start",
        unit="$/Mtok",
        bounds=(1e-4, 1e4),
        range=(1.3, 3.5),
        source="List prices of closed models at margins of 60% and host prices of published sizes to 2024",
        confidence="estimated",
    )
    size_elasticity: float = field(
        0.8,
        "ε_n: growth of the cost of serving with effective size",
        unit="OOM/OOM",
        bounds=(0.0, 2.0),
        range=(0.6, 1.05),
        source="List prices of closed models at margins of 60% and host prices of published sizes to 2024",
        confidence="estimated",
    )
    cost_floor: float = field(
        1e-3,
        "c_floor: cost of a token that no know-how takes away: network, storage, billing",
        unit="$/Mtok",
        bounds=(0.0, 1.0),
        range=(3e-4, 3e-3),
    )
    hardware_pass: float = field(
        1.0,
        "Elasticity of the cost of serving to the price of compute where the host is",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.5, 1.0),
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
    lerner_max: float = field(
        0.9,
        "Largest margin over price",
        unit="1",
        bounds=(0.01, 0.999),
        range=(0.8, 0.95),
        source="Guard rail against a log-price monopolist",
    )
    reset: float = field(
        0.2,
        "Probability that a list price is set anew in a month, as labs expect; at 1 a price is for one month",
        unit="1/month",
        bounds=(1e-3, 1.0),
        range=(0.05, 1.0),
        source="weightshift judgement: list prices of closed models stand for some months (models.dev)",
    )
    bound_new_models: bool = field(
        True,
        "Whether a new model on a line in use is held to the line's price too, which may rise with cost only",
        unit="1",
        source="Price lists across versions of closed models; weightshift judgement",
    )
    base_memory: float = field(
        0.2,
        "Share of the distance to counts that labs correct a month in what they expect of who holds what",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.05, 1.0),
    )
    obsolescence: float = field(
        0.12,
        "o: share of what labs have built that they expect a year to make worthless",
        unit="1/year",
        bounds=(0.0, 0.99),
        range=(0.0, 0.4),
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
        7_500.0,
        "F_h: fixed cost of hosting a line: one node",
        unit="$/month",
        bounds=(1.0, 1e9),
        range=(5_000.0, 10_000.0),
        source="Rent of eight accelerators; 14-47 hosts on popular open models (models.dev)",
        confidence="estimated",
    )
    host_spread: float = field(
        0.57,
        "σ_h: spread of costs over hosts of one open model, standard deviation of logarithms",
        unit="ln",
        bounds=(0.0, 2.0),
        range=(0.4, 0.7),
        source="Median spread of list prices over 14 to 37 hosts of ten open models (models.dev)",
        confidence="estimated",
    )
    host_choice: float = field(
        0.11,
        "χ_h: by how much spend at one host of a model falls with its log price, as users choose today",
        unit="1",
        bounds=(0.0, 10.0),
        range=(0.0, 2.0),
        source="Demirer, Fradkin, Tadelis & Peng 2025: tokens -1.11 across hosts of one model, so spend -0.11",
        confidence="estimated",
    )
    maker_weight: float = field(
        10.0,
        "Hosts that the maker of an open line counts for in users' choice of a host",
        unit="hosts",
        bounds=(0.0, 1e4),
        range=(3.0, 30.0),
        source="A third of tokens with twenty hosts (OpenRouter providers); weightshift judgement",
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
