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
    open_at_start: float = field(
        -1.0,
        "Capability of the best weights that were public before the start, which are never recalled",
        unit="OOM",
        bounds=(-10.0, 20.0),
        range=(-1.6, -0.5),
        source="OPT-175B, BLOOM and Flan-T5 of 2022 beside GPT-3.5 (MMLU 26-55 against 70); weightshift judgement",
    )
    flagship_size: float = field(
        0.65,
        "Effective size of a closed flagship",
        unit="OOM over 175 bn",
        bounds=(-3.0, 3.0),
        range=(0.2, 1.0),
        source="List prices of closed models at margins of 60% beside host prices of published sizes",
        confidence="estimated",
    )
    light_size: float = field(
        -0.55,
        "Effective size of a closed light model; at -1.5 it is as small as the smallest open ones",
        unit="OOM over 175 bn",
        bounds=(-3.0, 3.0),
        range=(-1.5, -0.1),
        source="List prices of mini against flagship",
        confidence="estimated",
    )
    active_weight: float = field(
        0.55,
        "Weight of active, against all, parameters in the effective size of a model",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.3, 0.8),
        source="Host prices of sparse and dense models",
        confidence="estimated",
    )
    size_of_capability: float = field(
        0.55,
        "κ: effective size that a model needs less for each OOM of capability that it may lack, in technology prices",
        unit="OOM/OOM",
        bounds=(0.0, 3.0),
        range=(0.3, 0.9),
        source="At constant capability models need about .6 OOM fewer parameters a year",
        confidence="estimated",
    )
    prestige: float = field(
        0.0,
        "What releasing weights brings a lab beyond what the market pays, as a share of spend on all models",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.02),
        source="Likelihood of the openness of releases to 2025-12, which falls with it; nothing else measures it",
        confidence="estimated",
    )
    talent_share: float = field(
        0.25,
        "Most that staff who may publish are believed to save, as a share of rent",
        unit="1",
        bounds=(0.0, 10.0),
        range=(0.0, 1.0),
        source="weightshift judgement: unbounded it would be worth .7 to 1.9 of rent and decide alone",
    )
    flip_cost: float = field(
        0.02,
        "What it costs a lab to close a tier whose last model was open, as a share of spend on all models in a year",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.04),
        source="Likelihood of the openness of releases to 2025-12: labs do as they did, whatever the reason",
        confidence="estimated",
    )
    learning: float = field(
        0.5,
        "ϖ_o: weight of the newest payoff in what a lab believes a level of openness to bring",
        unit="1",
        bounds=(0.01, 1.0),
        range=(0.2, 1.0),
        source="Camerer & Ho 1999: experience-weighted attraction; weightshift judgement",
    )
    reconsideration: float = field(
        0.1,
        "Chance that a strategic lab thinks again about a closed model on sale, of a tier without a new one",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.0, 0.2),
        source="weightshift judgement; of the record's closed models two were opened later",
    )
    temperature: float = field(
        0.01,
        "τ_s: payoff that makes a level e times as probable, as a share of spend on all models in a year",
        unit="1",
        bounds=(1e-6, 1.0),
        range=(0.003, 0.02),
        source="Likelihood of the openness of releases to 2025-12",
        confidence="estimated",
    )
