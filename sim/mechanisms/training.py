"""Training runs complete: compute, know-how, luck, and what was learned from better models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import draws, views
from sim.agents.lab import CLOSED, FLAGSHIP, LIGHT
from sim.calendar import LAST_HISTORICAL_MONTH
from sim.fields import Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market


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


def base_capability(
    compute: Float, reference: float, methods: Float, reasoning: Float, flywheel: Float, luck: Float
) -> Float:
    """K_base = log₁₀(C/C_ref) + a + r + flywheel + ε [OOM], shape (labs,)."""
    return np.asarray(compute - reference + methods + reasoning + flywheel + luck)


def learn_from_others(
    base: Float,
    best_closed: Float,
    best_open: Float,
    distillation: float,
    from_weights: float,
    start: Float,
) -> Float:
    """K = max{K_base, + η_c (T_c − K_base)⁺, + η_w (T_w − K_base)⁺, T_w − d₀ + gain} [OOM], shape (labs,).

    Args:
        base: Capability of the run alone.
        best_closed: Best closed model of others that could be learned from, −inf if none.
        best_open: Best open-weight model of others, −inf if none.
        distillation: η_c.
        from_weights: η_w.
        start: What starting from the best open weights adds to them (negative: loses), −inf if nobody may.
    """
    outputs = base + distillation * np.maximum(np.where(np.isfinite(best_closed), best_closed, base) - base, 0.0)
    weights = base + from_weights * np.maximum(np.where(np.isfinite(best_open), best_open, base) - base, 0.0)
    return np.maximum(np.maximum(outputs, weights), best_open + start)


def truncated_luck(normal: Float, scale: float) -> Float:
    """ε: a normal of this standard deviation, cut at two and a half of them [OOM]."""
    return np.asarray(scale * np.clip(normal, -2.5, 2.5))


@mechanism(
    reads=(
        "labs.absorption",
        "labs.active",
        "labs.cadence",
        "labs.compute",
        "labs.methods",
        "labs.reasoning",
        "labs.uid",
        "lines.access",
        "lines.lab",
        "lines.users",
    ),
    writes=("labs.candidate", "labs.candidate_light", "labs.runs", "labs.next_release"),
)
def training(market: Market) -> None:
    """Runs that are due complete and become candidates for release.

    To 2025-12 the dates are those of history; later each lab draws intervals of its cadence −1, 0 or +1 months, for
    a common cadence would synchronise all labs and make every lag a saw-tooth.
    """
    labs, p, month = market.labs, market.parameters.training, market.month
    labs.candidate[:] = np.nan
    labs.candidate_light[:] = np.nan
    due = views.releases_due(market)
    if not due.any():
        _schedule(market)
        return
    users = np.bincount(
        market.lines.lab,
        weights=market.lines.users
        * np.where(market.lines.access == CLOSED, 1.0, market.parameters.pricing.first_party),
        minlength=len(labs),
    )
    flywheel = p.flywheel * np.log10(1.0 + users / p.flywheel_users)
    luck = truncated_luck(draws.normal(market.seed, "training_luck", labs.runs, labs.uid), p.luck)
    base = base_capability(labs.compute, p.reference_compute, labs.methods, labs.reasoning, flywheel, luck)
    best_closed, best_open = views.teachers(market, month - p.access_delay)
    own_rl = p.rl_gain * labs.absorption * np.log10(1.0 + 10.0 ** (labs.compute - p.rl_compute))
    # Parity with what one starts from at most: the copy would else be copied in turn, without end.
    start = np.minimum(own_rl - p.start_loss, 0.0) if p.open_start else np.full(len(labs), -np.inf)
    from_weights = p.distillation + (1.0 - p.distillation) * p.weights_advantage
    capability = learn_from_others(base, best_closed, best_open, p.distillation, from_weights, start)
    labs.candidate[:] = np.where(due[:, FLAGSHIP], capability, np.nan)
    labs.candidate_light[:] = np.where(due[:, LIGHT], capability - p.light_gap, np.nan)
    labs.runs += due.any(axis=1)
    _schedule(market)


def _schedule(market: Market) -> None:
    """Draw the date of the next release for labs whose history has ended."""
    labs, month = market.labs, market.month
    if month < LAST_HISTORICAL_MONTH:
        return
    for row in np.flatnonzero(labs.active & (labs.next_release <= month)):
        draw = draws.uniform(market.seed, "release_interval", int(labs.runs[row]), int(labs.uid[row]))[0]
        interval = max(1, round(float(labs.cadence[row])) + int(3.0 * draw) - 1)
        last = market.history.last_release(int(row)) if month == LAST_HISTORICAL_MONTH else month
        labs.next_release[row] = max(month + 1, last + interval)
