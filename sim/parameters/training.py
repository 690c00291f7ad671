"""Capability of a finished run."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Training(Section):
    """Capability of a finished run."""

    reference_compute: float = field(
        24.65,
        "Training compute at which pre-training without know-how gives zero, the level of GPT-3.5",
        unit="log10 FLOP",
        bounds=(20.0, 30.0),
        range=(24.4, 24.8),
        source="Epoch AI: about 2.6e24 FLOP; fit to the residuals of the record",
        confidence="estimated",
    )
    flywheel: float = field(
        0.05, "φ_d: gain from data of use, per OOM of users", unit="OOM/OOM", bounds=(0.0, 1.0), range=(0.0, 0.2)
    )
    flywheel_users: float = field(
        1e6, "Users at which the flywheel gives log10 2", unit="developers", bounds=(1.0, 1e10), range=(1e5, 1e7)
    )
    luck: float = field(
        0.12,
        "σ_K: standard deviation of what a run after the record has beyond its lab's residual",
        unit="OOM",
        bounds=(0.0, 1.0),
        range=(0.06, 0.2),
        source="Forecasts from five origins inside the record: .06 holds 5, .12 8 of 10 outcomes in its 90% band",
        confidence="estimated",
    )
    residual_half_life: float = field(
        4.0,
        "t_½: time in which half of the difference between a lab's last residual and its mean is gone",
        unit="months",
        bounds=(0.0, 600.0),
        range=(0.0, 12.0),
        source="Successive residuals of a lab are hardly correlated",
        confidence="estimated",
    )
    teaching: float = field(
        0.78,
        "η: share of the gap in pre-training to the best open weights of others that they close",
        unit="1",
        bounds=(0.0, 0.95),
        range=(0.5, 0.85),
        source="Fit to the residuals of the record, of which only the product with training.answers is identified",
        confidence="estimated",
    )
    answers: float = field(
        0.9,
        "λ_c: what the answers of a closed model teach, as a share of what weights would",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.4, 1.0),
        source="One-step errors of flagships ask for a product with training.teaching near .5",
        confidence="estimated",
    )
    reasoning_teaching: float = field(
        0.1,
        "η_r: share of the gap in reasoning to the best open weights of others that they close",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.9),
        source="weightshift judgement; nothing identifies it",
    )
    access_delay: int = field(
        1, "τ: months before a rival's model has been learned from", unit="months", bounds=(1, 24), range=(1, 6)
    )
    open_start: bool = field(
        True,
        "Labs may start from the best open weights instead of pre-training",
        unit="1",
        source="Practice of small labs since LLaMA",
        confidence="measured",
    )
    start_loss: float = field(
        0.55,
        "d₀: loss of pre-training when starting from somebody else's weights",
        unit="OOM",
        bounds=(0.0, 5.0),
        range=(0.2, 1.0),
        source="Fit to the residuals of the record, net of what reinforcement learning adds",
        confidence="estimated",
    )
    rl_gain: float = field(
        0.2,
        "g_RL: gain from reinforcement learning on somebody else's weights, per OOM of own compute",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.4),
        source="More would have two fifths of flagships start from weights; nothing else identifies it",
    )
    rl_ceiling: float = field(
        0.5, "q̄: most that this gives", unit="OOM", bounds=(0.0, 5.0), range=(0.2, 0.8), source="Nothing identifies it"
    )
    rl_compute: float = field(
        24.0, "Own compute at which that gain is log10 2", unit="log10 FLOP", bounds=(15.0, 30.0), range=(23.0, 25.0)
    )
    light_gap: float = field(
        0.85,
        "ΔK: how far own pre-training of a light model is behind its lab's flagship",
        unit="OOM",
        bounds=(0.0, 5.0),
        range=(0.5, 1.0),
        source="Fit to the residuals of the record",
        confidence="estimated",
    )
    size_gap: float = field(
        0.35,
        "How much further behind a light model is for each OOM that it is smaller than closed light models",
        unit="OOM/OOM",
        bounds=(0.0, 2.0),
        range=(0.1, 0.7),
        source="Fit to the residuals of the record: open models of 3 to 70 bn parameters",
        confidence="estimated",
    )
    own_distillation: float = field(
        0.65,
        "Share of the gap to its own flagship that a lab's light model closes",
        unit="1",
        bounds=(0.0, 0.95),
        range=(0.3, 0.8),
        source="Fit to the residuals of the record",
        confidence="estimated",
    )
