"""Capability of a finished run."""

from __future__ import annotations

from sim.parameters.fields import Section, field


class Training(Section):
    """Capability of a finished run."""

    reference_compute: float = field(
        24.41,
        "Training compute of GPT-3.5, whose capability is zero",
        unit="log10 FLOP",
        bounds=(20.0, 30.0),
        range=(24.2, 24.6),
        source="Epoch AI: about 2.6e24 FLOP",
        confidence="estimated",
    )
    flywheel: float = field(
        0.05, "φ_d: gain from data of use, per OOM of users", unit="OOM/OOM", bounds=(0.0, 1.0), range=(0.0, 0.2)
    )
    flywheel_users: float = field(
        1e6, "Users at which the flywheel gives log10 2", unit="developers", bounds=(1.0, 1e10), range=(1e5, 1e7)
    )
    luck: float = field(
        0.06, "σ_K: standard deviation of a run's capability", unit="OOM", bounds=(0.0, 1.0), range=(0.03, 0.15)
    )
    distillation: float = field(
        0.6,
        "η_c: share of the gap to the best closed model of others that learning from its outputs closes",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.3, 0.8),
        source="prototype fit to the open lag",
        confidence="estimated",
    )
    weights_advantage: float = field(
        0.1,
        "δ_w: how much of what outputs leave open weights add, so that η_w = η_c + (1 − η_c) δ_w",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.5),
    )
    access_delay: int = field(
        2, "τ: months before a rival's model has been learned from", unit="months", bounds=(1, 24), range=(1, 6)
    )
    open_start: bool = field(
        True,
        "Labs may start from the best open weights instead of pre-training",
        unit="1",
        source="Practice of small labs since LLaMA",
        confidence="measured",
    )
    start_loss: float = field(
        0.4, "d₀: loss of capability when starting from open weights", unit="OOM", bounds=(0.0, 5.0), range=(0.1, 1.0)
    )
    rl_gain: float = field(
        0.2,
        "ρ_RL: gain from reinforcement learning on an open start, per OOM of own compute",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 0.8),
    )
    rl_compute: float = field(
        24.0, "Own compute at which that gain is log10 2", unit="log10 FLOP", bounds=(15.0, 30.0), range=(23.0, 25.0)
    )
    light_gap: float = field(
        0.9,
        "ΔK: how far a light model is behind its lab's flagship",
        unit="OOM",
        bounds=(0.0, 5.0),
        range=(0.5, 1.1),
        source="Epoch Capabilities Index: mini against flagship; prototype fit",
        confidence="estimated",
    )
    light_size: float = field(
        0.6,
        "Δn: how much smaller a light model is at equal capability",
        unit="OOM",
        bounds=(0.0, 3.0),
        range=(0.4, 1.2),
        source="List prices of mini against flagship; prototype fit",
        confidence="estimated",
    )
