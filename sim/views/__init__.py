"""Quantities derived from the tables that several mechanisms read; nothing here writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.lab import SLOTS, TIERS
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.numerics.arrays import Bool, Float
from sim.record import ClosedVersion

if TYPE_CHECKING:
    from sim.market import Market


def best_models(market: Market) -> tuple[Float, Float]:
    """Most capable closed and open model of each lab, community gain included, −inf if none, shapes (labs,) [OOM]."""
    slots = capability_of_slots(market)
    return slots[:, : len(TIERS)].max(axis=1), slots[:, len(TIERS) :].max(axis=1)


def capability_of_slots(market: Market) -> Float:
    """Capability of every live line, −inf elsewhere, shape (labs, slots); a lab's closed slots come first [OOM]."""
    lines = market.lines
    return np.where(lines.live, lines.capability + lines.gain, -np.inf).reshape(-1, SLOTS)


def closed_version(market: Market) -> ClosedVersion:
    """Closed models of every lab and tier as they are now."""
    lines, closed = market.lines, slice(len(TIERS))
    return ClosedVersion(
        lines.live.reshape(-1, SLOTS)[:, closed].copy(),
        lines.capability.reshape(-1, SLOTS)[:, closed].copy(),
        lines.size.reshape(-1, SLOTS)[:, closed].copy(),
    )


def lab_capability(market: Market) -> Float:
    """Most capable live model of each lab, −inf if none, shape (labs,) [OOM]."""
    return np.asarray(capability_of_slots(market).max(axis=1))


def teachers(market: Market, month: int) -> tuple[Float, Float]:
    """Best closed and best open model of *other* labs that were out in a month, −inf if none, shapes (labs,)."""
    if not 0 <= month < len(market.record.models):
        none = np.full(len(market.labs), -np.inf)
        return none, none.copy()
    closed, weights = market.record.models[month]
    own = np.eye(closed.size, dtype=bool)
    return np.where(own, -np.inf, closed).max(axis=1), np.where(own, -np.inf, weights).max(axis=1)


def releases_due(market: Market) -> Bool:
    """Whether a run of each lab and tier is due this month, shape (labs, tiers)."""
    labs = market.labs
    if market.month <= LAST_HISTORICAL_MONTH:
        due = market.history.due(market.month)
    else:
        due = np.repeat((labs.next_release == market.month)[:, None], len(TIERS), axis=1)
    return np.asarray(due & labs.active[:, None])


def reference_rents(market: Market) -> Float:
    """Smoothed rents by lab at the end of last month, which anchor investment: of the reference run, else one's own.

    Shape (labs,) [$/month].
    """
    reference = market.reference_record()
    if reference is None or market.month == 0:
        return market.labs.rent_smoothed
    return reference.aligned("rent_smoothed", market.month - 1, market.lab_names)


def reference_chip_prices(market: Market) -> Float:
    """Price of compute by region in the reference run, else the market's own, shape (regions,)."""
    reference = market.reference_record()
    if reference is None:
        return market.governments.chip_price
    return np.asarray(reference.chip_prices[market.month])


def community_gain(market: Market, line: int | slice = slice(None)) -> Float:
    """What its community adds to each line, or to one: γ (1 − e^(−C/C_K)), shape (lines,) [OOM]."""
    p = market.parameters.contribution
    return np.asarray(-p.community_gain * np.expm1(-market.lines.contributed[line] / p.community_scale))


def contribution_room(market: Market) -> Float:
    """Community gain that is left to make: γ e^(−C/C_K), shape (lines,) [OOM]."""
    p = market.parameters.contribution
    return np.asarray(p.community_gain * np.exp(-market.lines.contributed / p.community_scale))


def entry_cost(market: Market) -> float:
    """Cost of founding a startup: F + Q · cheapest price of usable capability, which is K_u = μ K* [$]."""
    p, lines = market.parameters.entry, market.lines
    usable = p.usable * market.world.frontier[0]
    able = lines.live & (lines.capability + lines.gain >= usable - 1e-12) & (lines.price > 0.0)
    price = lines.price[able].min() if able.any() else market.parameters.adoption.outside_price
    return float(p.entry_cost + p.prototype_tokens * price)


def pulses(market: Market) -> Float:
    """Awareness events of this month by lab; none of a lab that has no model, shape (labs,) [hazard]."""
    events = market.history.pulses(market.month)
    if events.any():
        events *= np.isfinite(lab_capability(market))
    return market.parameters.awareness.pulse * events
