"""Quantities derived from the tables that several mechanisms read; nothing here writes."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import SLOTS, TIERS
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import ParameterError
from sim.record import ClosedVersion, Record
from sim.state import State

# A model this little [OOM] below a level reaches it; sums of logarithms round.
ROUNDING = 1e-12


def best_models(state: State) -> tuple[Float, Float]:
    """Most capable closed and open model of each lab, community gain included, −inf if none, shapes (labs,) [OOM]."""
    slots = capability_of_slots(state)
    return slots[:, : len(TIERS)].max(axis=1), slots[:, len(TIERS) :].max(axis=1)


def capability_of_slots(state: State) -> Float:
    """Capability of every live line, −inf elsewhere, shape (labs, slots); a lab's closed slots come first [OOM]."""
    lines = state.lines
    return np.where(lines.live, lines.capability + lines.gain, -np.inf).reshape(-1, SLOTS)


def closed_version(state: State) -> ClosedVersion:
    """Closed models of every lab and tier as they are now."""
    lines, closed = state.lines, slice(len(TIERS))
    return ClosedVersion(
        lines.live.reshape(-1, SLOTS)[:, closed].copy(),
        lines.capability.reshape(-1, SLOTS)[:, closed].copy(),
        lines.size.reshape(-1, SLOTS)[:, closed].copy(),
    )


def lab_capability(state: State) -> Float:
    """Most capable live model of each lab, −inf if none, shape (labs,) [OOM]."""
    return np.asarray(capability_of_slots(state).max(axis=1))


def teachers(state: State, month: int) -> tuple[Float, Float]:
    """Best closed and best open model of *other* labs that were out in a month, −inf if none, shapes (labs,)."""
    if not 0 <= month < len(state.record.models):
        none = np.full(len(state.labs), -np.inf)
        return none, none.copy()
    closed, weights = state.record.models[month]
    own = np.eye(closed.size, dtype=bool)
    return np.where(own, -np.inf, closed).max(axis=1), np.where(own, -np.inf, weights).max(axis=1)


def releases_due(state: State) -> Bool:
    """Whether a run of each lab and tier is due this month, shape (labs, tiers)."""
    labs = state.labs
    if state.month <= LAST_HISTORICAL_MONTH:
        due = state.history.due(state.month)
    else:
        due = np.repeat((labs.next_release == state.month)[:, None], len(TIERS), axis=1)
    return np.asarray(due & labs.active[:, None])


def reference_rents(state: State) -> Float:
    """Smoothed rents by lab at the end of last month, which anchor investment: of the reference run, else one's own.

    Shape (labs,) [$/month].
    """
    reference = _reference(state)
    if reference is None or state.month == 0:
        return state.labs.rent_smoothed
    return reference.aligned("rent_smoothed", state.month - 1, state.lab_names)


def reference_chip_prices(state: State) -> Float:
    """Price of compute by region in the reference run, else the market's own, shape (regions,)."""
    reference = _reference(state)
    if reference is None:
        return state.governments.chip_price
    return np.asarray(reference.chip_prices[state.month])


def _reference(state: State) -> Record | None:
    """The record that anchors investment; None if the run is its own anchor.

    Raises:
        ParameterError: It is shorter than this run.
    """
    reference = state.reference
    if reference is not None and reference.months < state.month:
        raise ParameterError(
            f"reference covers {reference.months} months, this run is in month {state.month}; run it as long"
        )
    return reference


def community_gain(state: State, line: int | slice = slice(None)) -> Float:
    """What its community adds to each line, or to one: γ (1 − e^(−C/C_K)), shape (lines,) [OOM]."""
    p = state.parameters.contribution
    return np.asarray(-p.community_gain * np.expm1(-state.lines.contributed[line] / p.community_scale))


def contribution_room(state: State) -> Float:
    """Community gain that is left to make: γ e^(−C/C_K), shape (lines,) [OOM]."""
    p = state.parameters.contribution
    return np.asarray(p.community_gain * np.exp(-state.lines.contributed / p.community_scale))


def entry_cost(state: State) -> float:
    """Cost of founding a startup: F + Q · cheapest price of usable capability, which is K_u = μ K* [$]."""
    p, lines = state.parameters.entry, state.lines
    usable = p.usable * state.world.frontier[0]
    able = lines.live & (lines.capability + lines.gain >= usable - ROUNDING) & (lines.price > 0.0)
    price = lines.price[able].min() if able.any() else state.parameters.adoption.outside_price
    return float(p.entry_cost + p.prototype_tokens * price)


def pulses(state: State) -> Float:
    """Awareness events of this month by lab; none of a lab that has no model, shape (labs,) [hazard]."""
    events = state.history.pulses(state.month)
    if events.any():
        events *= np.isfinite(lab_capability(state))
    return state.parameters.awareness.pulse * events
