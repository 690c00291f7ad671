"""Startups that build on models."""

from __future__ import annotations

from sim.parameters.fields import Section, field

MOST = 100_000
"""Most startups alive. With so many, a month takes a twentieth of a second more, and the market 100 MB."""


class Entry(Section):
    """Startups that build on models."""

    stock: int = field(
        50, "Startups alive at the start", unit="agents", bounds=(0, MOST), range=(25, 100), at_start=True
    )
    weight: float = field(
        100.0,
        "Real startups that each stands for",
        unit="startups",
        bounds=(0.1, 10_000.0),
        range=(50.0, 200.0),
        source="AI Index 2025: about 1,500 newly funded AI companies a year, and many not funded",
    )
    rate: float = field(
        0.02,
        "λ_E: entrants a month per startup alive when the expected value of one equals its entry cost",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.01, 0.05),
        source="Equal to the exit hazard, so that free entry is stationary",
    )
    elasticity: float = field(
        1.0,
        "ε_E: elasticity of entry to expected value over entry cost",
        unit="1",
        bounds=(0.0, 10.0),
        range=(0.5, 2.0),
    )
    hazard: float = field(
        0.02,
        "δ_S: hazard of exit for reasons other than money",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.01, 0.03),
        source="Survival of young firms; weightshift judgement",
    )
    discount: float = field(
        0.01, "ρ: discount rate of founders", unit="1/month", bounds=(1e-4, 1.0), range=(0.005, 0.03)
    )
    demand: float = field(
        3e9,
        "D̄: most that people pay for apps, all regions",
        unit="$/month",
        bounds=(0.0, 1e12),
        range=(1.5e9, 6e9),
        source="Subscriptions of half a billion to a billion weekly users; weightshift judgement",
    )
    demand_innovation: float = field(
        0.015,
        "Rate at which people take up apps by themselves",
        unit="1/year",
        bounds=(0.0, 10.0),
        range=(0.005, 0.05),
        source="Weekly users of ChatGPT 2023-25 (OpenAI)",
        confidence="estimated",
    )
    demand_imitation: float = field(
        1.6,
        "Rate at which they take them up from one another",
        unit="1/year",
        bounds=(0.0, 10.0),
        range=(1.2, 2.0),
        source="Weekly users of ChatGPT 2023-25 (OpenAI)",
        confidence="estimated",
    )
    demand_start: float = field(
        0.1,
        "Share of the most that somebody pays at the capability of GPT-3.5",
        unit="1",
        bounds=(1e-3, 1.0),
        range=(0.05, 0.3),
    )
    demand_growth: float = field(
        0.4,
        "ψ_a: growth of what people pay with the frontier, while it is little",
        unit="OOM $/OOM",
        bounds=(0.0, 3.0),
        range=(0.2, 0.8),
    )
    app_elasticity: float = field(
        4.0,
        "σ_a: elasticity of substitution between apps",
        unit="1",
        bounds=(1.1, 20.0),
        range=(2.0, 8.0),
        source="CES demand in trade and industry, 3-5",
        confidence="estimated",
    )
    tokens: float = field(
        0.05, "x: model tokens in a unit of the app", unit="Mtok/unit", bounds=(0.0, 100.0), range=(0.01, 0.2)
    )
    other_cost: float = field(
        0.3, "m₀: other marginal cost of a unit of the app", unit="$/unit", bounds=(1e-6, 1000.0), range=(0.1, 1.0)
    )
    price_adjustment: float = field(
        0.5, "λ_f: speed at which app prices follow their optimum", unit="1/month", bounds=(0.0, 1.0), range=(0.1, 1.0)
    )
    quality: float = field(
        0.6,
        "θ_a: log quality of an app gained per OOM of its base model",
        unit="1/OOM",
        bounds=(0.0, 10.0),
        range=(0.3, 1.5),
    )
    finetuning: float = field(
        0.3,
        "Log quality that a mean startup gains by adapting open weights",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.0, 0.8),
    )
    dispersion: float = field(
        0.8,
        "Standard deviation of the log quality of startups",
        unit="ln",
        bounds=(0.0, 5.0),
        range=(0.4, 1.5),
        source="Dispersion of firm sizes; weightshift judgement",
    )
    choice: float = field(
        2.5,
        "ρ_b: utility of a log point of expected profit in the choice of the base model",
        unit="utils",
        bounds=(0.0, 50.0),
        range=(1.0, 5.0),
    )
    switching_cost: float = field(1.5, "Cost of another base model", unit="utils", bounds=(0.0, 20.0), range=(0.5, 3.0))
    reconsider: float = field(
        0.1, "Hazard of reconsidering the base model", unit="1/month", bounds=(0.0, 1.0), range=(0.05, 0.3)
    )
    hold_up: float = field(
        1.0,
        "H₀: utility lost if the base model's owner exploits the startup or abandons the model",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.0, 3.0),
        source="Laufer, Kleinberg & Heidari 2023 on generalists and specialists; weightshift judgement",
    )
    hold_up_closed: float = field(
        0.25,
        "v₀: hazard of hold-up by the owner of a closed model",
        unit="1/year",
        bounds=(0.0, 10.0),
        range=(0.0, 1.0),
    )
    hold_up_open: float = field(
        0.1,
        "v_u: hazard a year of age that an open model goes unmaintained",
        unit="1/year",
        bounds=(0.0, 10.0),
        range=(0.0, 0.5),
    )
    fixed_cost: float = field(
        4000.0, "Fixed cost of being in business", unit="$/month", bounds=(0.0, 1e8), range=(1000.0, 20_000.0)
    )
    entry_cost: float = field(
        150_000.0,
        "F: part of the entry cost that does not depend on models",
        unit="$",
        bounds=(1.0, 1e9),
        range=(50_000.0, 500_000.0),
    )
    first_year_tokens: float = field(
        1e5,
        "Q: tokens bought in the first year, which a founder must pay before there is income",
        unit="Mtok",
        bounds=(0.0, 1e8),
        range=(1e4, 1e6),
    )
    usable: float = field(
        0.8,
        "μ: how far the capability that counts as usable moves with the frontier, so that barriers may also rise",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
    )
    contribution: float = field(
        0.1,
        "ω_k: share of what a better open base would earn it that a startup puts into contributing",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.5),
    )
    seed_money: float = field(
        200_000.0,
        "Cash of a startup at the start",
        unit="$",
        bounds=(0.0, 1e10),
        range=(50_000.0, 1e6),
        source="weightshift judgement: a seed round less the entry cost",
    )
    contribution_cost: float = field(
        2000.0,
        "Cost of one unit of contribution, the output of a mean contributor",
        unit="$/unit",
        bounds=(1e-3, 1e9),
        range=(500.0, 10_000.0),
        source="weightshift judgement: a few days of an engineer",
    )
