"""Training runs complete: own pre-training, what was learned from others' models, reasoning, and the record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, FLAGSHIP, LIGHT, TIERS
from sim.data.history import Release
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.record import Completed, Residual
from sim.state import State

# Effective size is counted from GPT-3's [bn parameters].
REFERENCE_SIZE = 175.0
# Models at which a lab's mean residual counts for half: that of the shrinkage n/(n + 2) with the least error.
SHRINKAGE = 2.0
# A run's luck is cut at so many standard deviations.
MOST_LUCK = 2.5
# Months by which an interval between releases is drawn shorter or longer than the cadence.
IRREGULAR = 1
# How far reinforcement learning on somebody else's weights may exceed a lab's own reasoning [OOM].
LEAD_OF_REINFORCEMENT = 0.3
# What is no better by this counts as own pre-training: a model measured below its start from weights has parity [OOM].
PARITY = 1e-9

Taught = Sequence[tuple[float, float]]  # share of the gap that closes, and pre-training of the teacher


def effective_size(active: float, total: float, weight: float) -> float:
    """N = w log₁₀(active/175 bn) + (1 − w) log₁₀(total/175 bn) [OOM]; nan if a number is."""
    return weight * math.log10(active / REFERENCE_SIZE) + (1.0 - weight) * math.log10(total / REFERENCE_SIZE)


def own_pretraining(compute: Float, reference: float, methods: Float, flywheel: Float) -> Float:
    """log₁₀(C/C_ref) + a + flywheel [OOM], shape (labs,)."""
    return np.asarray(compute - reference + methods + flywheel)


def learned(own: float, taught: Taught) -> float:
    """B = max{own, own + η_i (T_i − own)⁺} over teachers: the one that lifts most counts [OOM]."""
    best = own
    for share, teacher in taught:
        if teacher > own:
            best = max(best, own + share * (teacher - own))
    return best


def unlearned(pretraining: float, taught: Taught) -> float:
    """The own pre-training that :func:`learned` turns into this: min over teachers above it of (b − η T)/(1 − η)."""
    above = [(pretraining - share * teacher) / (1.0 - share) for share, teacher in taught if teacher > pretraining]
    return min([pretraining, *above])


def best_of_others(values: Sequence[float]) -> list[float]:
    """The most that any other lab has, by lab; −inf for the only one."""
    first = max(range(len(values)), key=values.__getitem__)
    second = max((value for lab, value in enumerate(values) if lab != first), default=-math.inf)
    return [second if lab == first else values[first] for lab in range(len(values))]


def reinforced(absorption: Float, compute: Float, thought: Float, gain: float, at: float, ceiling: float) -> Float:
    """Q = min{g κ log₁₀(1 + C/C_RL), q̄, r + 0.3}: own reinforcement learning on others' weights [OOM], (labs,)."""
    alone = gain * absorption * np.log10(1.0 + 10.0 ** (compute - at))
    return np.asarray(np.minimum(np.minimum(alone, ceiling), thought + LEAD_OF_REINFORCEMENT))


def next_residual(mean: float, last: float, months: int, half_life: float) -> float:
    """ξ̄ + (ξ_last − ξ̄) 2^(−Δ/t_½) [OOM]."""
    left = 2.0 ** (-months / half_life) if half_life > 0.0 else 0.0
    return mean + (last - mean) * left


def truncated_luck(normal: Float, scale: float) -> Float:
    """ε: a normal of this standard deviation, cut at two and a half of them [OOM]."""
    return np.asarray(scale * np.minimum(np.maximum(normal, -MOST_LUCK), MOST_LUCK))


@mechanism(
    reads=(
        "labs.absorption",
        "labs.active",
        "labs.cadence",
        "labs.compute",
        "labs.exited",
        "labs.methods",
        "labs.reasoning",
        "labs.uid",
        "lines.access",
        "lines.capability",
        "lines.hosts",
        "lines.lab",
        "lines.live",
        "lines.tier",
        "lines.users",
    ),
    writes=(
        "labs.candidate",
        "labs.runs",
        "labs.next_release",
        "labs.released",
        "labs.size",
        "labs.residual_last",
        "labs.residual_month",
    ),
    carries=(
        "labs.runs",
        "labs.next_release",
        "labs.released",
        "labs.size",
        "labs.residual_last",
        "labs.residual_month",
    ),
    parameters=(
        "pricing.maker_weight",
        "record.end",
        "record.given",
        "record.residuals",
        "release.active_weight",
        "release.flagship_size",
        "release.light_size",
    ),
)
def training(state: State) -> None:
    """Runs that are due complete and become candidates for release.

    K = max{b + r, K_w} with b what own pre-training and others' models give, r reasoning, and K_w = b_w − d₀ + max(r_w,
    r) + q what starting from open weights gives. To T a measured model has its measured capability, and what the
    mechanisms do not explain of it is its residual, which a scenario takes from its reference. Dates are those of
    history to T; later each lab draws intervals of its cadence −1, 0 or +1 months, for a common cadence would
    synchronise all labs and make every lag a saw-tooth.
    """
    labs, p, month = state.labs, state.parameters.training, state.month
    labs.candidate[:] = np.nan
    state.finished = []
    due = views.models_due(state)
    if due:
        users = np.bincount(
            state.lines.lab,
            weights=state.lines.users * views.maker_share(state),
            minlength=len(labs),
        )
        flywheel = p.flywheel * np.log10(1.0 + users / p.flywheel_users)
        own = own_pretraining(labs.compute, p.reference_compute, labs.methods, flywheel)
        added = reinforced(labs.absorption, labs.compute, labs.reasoning, p.rl_gain, p.rl_compute, p.rl_ceiling)
        closed, weights, thought, flagship = (part.tolist() for part in views.teachers(state, month - p.access_delay))
        public = [row for row in zip(range(len(labs)), weights, thought, strict=True) if row[1] > -math.inf]
        taught = best_of_others(closed), best_of_others(weights), best_of_others(thought)
        shared = _Month(_luck(state), own.tolist(), added.tolist(), *taught, public, flagship)
        state.finished = [_complete(state, model, shared) for model in due]
        for run in state.finished:
            _remember(state, run)
            if not labs.candidate[run.lab, run.tier] >= run.capability:  # also if there is none yet
                labs.candidate[run.lab, run.tier] = run.capability
        labs.runs[sorted({model.lab for model in due})] += 1
    _schedule(state)


class _Month(NamedTuple):
    """What the runs of a month share, by lab in plain numbers.

    Attributes:
        luck: Luck.
        own: Own pre-training.
        added: What reinforcement learning on others' weights adds.
        closed, weights, thought: Best that any other lab has of what can be learned from.
        public: Labs with public weights, with their pre-training and reasoning.
        flagship: Pre-training of the lab's own flagship.
    """

    luck: Float | None
    own: list[float]
    added: list[float]
    closed: list[float]
    weights: list[float]
    thought: list[float]
    public: list[tuple[int, float, float]]
    flagship: list[float]


class _Run:
    """One run: what it would be worth with a residual."""

    def __init__(self, state: State, model: Release, shared: _Month) -> None:
        p, lab = state.parameters.training, model.lab
        mine = float(state.labs.reasoning[lab])
        if shared.weights[lab] > -math.inf:
            mine += p.reasoning_teaching * max(shared.thought[lab] - mine, 0.0)
        self.thought = mine if model.reasoning else 0.0
        self.own, self.added = shared.own[lab], shared.added[lab]
        self.taught = [(p.answers * p.teaching, shared.closed[lab]), (p.teaching, shared.weights[lab])]
        self.size = _size(state, model)
        self.gap, self.from_flagship = 0.0, [(0.0, -math.inf)]
        if model.tier == LIGHT:
            smaller = state.parameters.release.light_size - self.size
            self.gap = max(p.light_gap + p.size_gap * smaller, 0.0)  # however large, never ahead of what it is behind
            self.from_flagship = [(p.own_distillation, shared.flagship[lab])]
        # From whose weights: those that give most, or those it is known to start from.
        self.start = (-math.inf, 0.0)
        if p.open_start:
            for other, pretraining, thought in shared.public:
                base, reason = pretraining - p.start_loss, max(thought, self.thought) if model.reasoning else 0.0
                if other != lab and base + reason > self.start[0] + self.start[1]:
                    self.start = base, reason
        self.starts = False
        self.inside = state.parameters.record.residuals != "outside"

    def pretraining(self, own: float) -> float:
        """B of a run of so much own pre-training; a light model stays behind and learns from its lab's flagship."""
        return learned(learned(own, self.taught) - self.gap, self.from_flagship)

    def explained(self, known: float) -> Residual:
        """The residual with which the run has a known capability."""
        target = known - self.thought
        if self.inside:
            own = unlearned(unlearned(target, self.from_flagship) + self.gap, self.taught) - self.own
        else:
            own = target - self.pretraining(self.own)
        return Residual(own, min(0.0, known - math.fsum(self.start) - self.added))

    def worth(self, residual: Residual) -> tuple[float, float, float]:
        """Pre-training, reasoning and what reinforcement learning added, with a residual [OOM]."""
        if self.inside:
            pretraining = self.pretraining(self.own + residual.own)
        else:
            pretraining = self.pretraining(self.own) + residual.own
        added = self.added + residual.shortfall + residual.added
        if self.starts or math.fsum(self.start) + added > pretraining + self.thought + PARITY:
            return (*self.start, added)
        return pretraining, self.thought, 0.0


def _complete(state: State, model: Release, shared: _Month) -> Completed:
    """One run with the residual of the record, of the reference, or drawn."""
    run, name = _Run(state, model, shared), state.lab_names[model.lab]
    recorded = state.month - model.moved <= views.record_end(state)  # when it was, not when a scenario has it
    measured = recorded and math.isfinite(model.known) and state.parameters.record.residuals != "none"
    base = _foundation(state, model) if recorded else None
    if base is not None:
        run.start = (base.pretraining - state.parameters.training.start_loss, max(base.thought, run.thought))
        run.starts = True
    modelled = math.fsum(run.worth(Residual(0.0)))
    known = state.reference.residuals if state.reference is not None and recorded and not model.moved else {}
    given = known.get((name, model.model))
    if given is not None:
        residual = given
    elif measured and base is not None:
        # What it has beyond the weights it started from was added to them; of its lab's own runs it says nothing.
        residual = Residual(_mean_residual(state, model), added=model.known - math.fsum(run.start) - run.added)
    elif measured:
        residual = run.explained(model.known)
    else:
        residual = Residual(_unmeasured(state, model, None if recorded else shared.luck))
    worth = run.worth(residual)
    return Completed(
        state.month, model.lab, model.tier, model.level, model.model, model.known, modelled, math.fsum(worth), *worth,
        residual, measured and base is None, run.size,
    )  # fmt: skip


def _size(state: State, model: Release) -> float:
    """Size as published, after the record the lab's last of the tier, else that of closed models of the tier."""
    p, at = state.parameters.release, (model.lab, model.tier)
    if math.isfinite(model.active):
        return effective_size(model.active, model.total, p.active_weight)
    if model.level < 0 and state.labs.released[at]:
        return float(state.labs.size[at])
    return p.flagship_size if model.tier == FLAGSHIP else p.light_size


def _foundation(state: State, model: Release) -> Completed | None:
    """The model from whose weights this one is known to have been trained, if they are public."""
    if not model.starts_from or not state.parameters.training.open_start:
        return None
    base = next((run for run in state.record.completed if run.model == model.starts_from), None)
    if base is None:
        return None
    lines = state.lines
    public = lines.live & (lines.lab == base.lab) & (lines.tier == base.tier) & (lines.access != CLOSED)
    return base if (lines.capability[public] >= base.capability).any() else None


def _mean_residual(state: State, model: Release) -> float:
    """Shrunken mean of residuals measured before: of the lab's flagships, or of all light models, few a lab [OOM].

    In a scenario those of its reference: what the mechanisms miss does not depend on who is there.
    """
    record, tier, month = state.reference or state.record, model.tier, state.month
    residuals = record.residuals_before(month, tier, None if tier == LIGHT else state.lab_names[model.lab])
    return math.fsum(residuals) / (len(residuals) + SHRINKAGE)


def _luck(state: State) -> Float | None:
    """Luck of the next run of every lab and tier, shape (labs, tiers) [OOM]; there is none to T."""
    if state.month <= views.record_end(state):
        return None
    labs, tiers = state.labs, np.arange(len(TIERS))
    address = (labs.runs[:, None], labs.uid[:, None] * len(TIERS) + tiers)
    return truncated_luck(draws.normal(state.seed, "training_luck", *address), state.parameters.training.luck)


def _unmeasured(state: State, model: Release, luck: Float | None) -> float:
    """Residual of a run that nobody measured: the mean to T, later drawn towards it from the last."""
    if state.parameters.record.residuals == "none":
        mean = last = 0.0
    else:
        mean = _mean_residual(state, model)
        last = float(state.labs.residual_last[model.lab, model.tier])
    if luck is None:
        return mean
    passed = state.month - int(state.labs.residual_month[model.lab, model.tier])
    drift = next_residual(mean, last, passed, state.parameters.training.residual_half_life)
    return drift + float(luck[model.lab, model.tier])


def _remember(state: State, run: Completed) -> None:
    labs, at = state.labs, (run.lab, run.tier)
    labs.size[at], labs.released[at] = run.size, True
    state.record.remember_run(run)
    labs.residual_last[at], labs.residual_month[at] = run.residual.own, state.month


def _schedule(state: State) -> None:
    """Draw the date of the next release for labs whose history has ended."""
    labs, month, end = state.labs, state.month, views.inputs_end(state)
    if month < end:
        return
    for row in np.flatnonzero(labs.active & (labs.next_release <= month)):
        draw = draws.uniform(state.seed, "release_interval", int(labs.runs[row]), int(labs.uid[row]))[0]
        interval = max(1, round(float(labs.cadence[row])) + int((2 * IRREGULAR + 1) * draw) - IRREGULAR)
        last = state.history.last_release(int(row), end) if month == end else month
        labs.next_release[row] = max(month + 1, last + interval)
