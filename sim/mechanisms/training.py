"""Training runs complete: compute, know-how, luck, and what was learned from better models."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.state import State

# Luck beyond so many standard deviations is cut, one run in eighty: no single run decides a whole history.
MOST_LUCK = 2.5
# Months by which an interval between releases is drawn shorter or longer than the cadence.
IRREGULAR = 1


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
    """ε: a normal of this standard deviation, cut at ``MOST_LUCK`` of them [OOM]."""
    return np.asarray(scale * np.clip(normal, -MOST_LUCK, MOST_LUCK))


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
    writes=("labs.candidate", "labs.runs", "labs.next_release"),
    carries=("labs.runs", "labs.next_release"),
    parameters=("pricing.first_party",),
)
def training(state: State) -> None:
    """Runs that are due complete and become candidates for release.

    To 2025-12 the dates are those of history; later each lab draws intervals of its cadence −1, 0 or +1 months, for
    a common cadence would synchronise all labs and make every lag a saw-tooth.
    """
    labs, p, month = state.labs, state.parameters.training, state.month
    labs.candidate[:] = np.nan
    due = views.releases_due(state)
    if not due.any():
        _schedule(state)
        return
    users = np.bincount(
        state.lines.lab,
        weights=state.lines.users * np.where(state.lines.access == CLOSED, 1.0, state.parameters.pricing.first_party),
        minlength=len(labs),
    )
    flywheel = p.flywheel * np.log10(1.0 + users / p.flywheel_users)
    luck = truncated_luck(draws.normal(state.seed, "training_luck", labs.runs, labs.uid), p.luck)
    base = base_capability(labs.compute, p.reference_compute, labs.methods, labs.reasoning, flywheel, luck)
    best_closed, best_open = views.teachers(state, month - p.access_delay)
    own_rl = p.rl_gain * labs.absorption * np.log10(1.0 + 10.0 ** (labs.compute - p.rl_compute))
    # Parity with what one starts from at most: the copy would else be copied in turn, without end.
    start = np.minimum(own_rl - p.start_loss, 0.0) if p.open_start else np.full(len(labs), -np.inf)
    from_weights = p.distillation + (1.0 - p.distillation) * p.weights_advantage
    capability = learn_from_others(base, best_closed, best_open, p.distillation, from_weights, start)
    by_tier = np.stack([capability, capability - p.light_gap], axis=1)
    labs.candidate[:] = np.where(due, by_tier, np.nan)
    labs.runs += due.any(axis=1)
    _schedule(state)


def _schedule(state: State) -> None:
    """Draw the date of the next release for labs whose history has ended."""
    labs, month = state.labs, state.month
    if month < LAST_HISTORICAL_MONTH:
        return
    for row in np.flatnonzero(labs.active & (labs.next_release <= month)):
        draw = draws.uniform(state.seed, "release_interval", int(labs.runs[row]), int(labs.uid[row]))[0]
        interval = max(1, round(float(labs.cadence[row])) + int((2 * IRREGULAR + 1) * draw) - IRREGULAR)
        last = state.history.last_release(int(row)) if month == LAST_HISTORICAL_MONTH else month
        labs.next_release[row] = max(month + 1, last + interval)
