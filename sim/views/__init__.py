"""Quantities derived from the tables that several mechanisms read; nothing here writes."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from sim.agents.lab import CLOSED, FLAGSHIP, OPEN, SLOTS, TIERS
from sim.data.calendar import LAST_HISTORICAL_MONTH, month_of
from sim.data.history import Release
from sim.inputs.errors import ParameterError
from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.record import ClosedVersion, Record, Teachers, Welfare
from sim.state import State

# Regions and organisations of which rules of access speak.
US, CN = REGIONS.index("US"), REGIONS.index("CN")
REGULATED = ORGANISATIONS.index("regulated")
# How long firms remember what a lab withdrew [months].
HELD_UP = 24
# A model this little [OOM] below a level reaches it; sums of logarithms round.
ROUNDING = 1e-12


def record_end(state: State) -> int:
    """T: last month of the record."""
    return month_of(state.parameters.record.end)


def inputs_end(state: State) -> int:
    """Last month in which compute, spending, dates, openness, sizes and events are those of history."""
    return LAST_HISTORICAL_MONTH if state.parameters.record.given else record_end(state)


def releases_end(state: State) -> int:
    """Last month that can have a release, an opening or news of the record: later if a scenario moved them."""
    return state.history.reaches(inputs_end(state))


def by_lab(state: State, of_lines: Float) -> Float:
    """Sum over the lines of each lab, shape (labs,)."""
    return np.asarray(np.bincount(state.lines.lab, weights=of_lines, minlength=len(state.labs)), np.float64)


def capability_of_slots(state: State) -> Float:
    """Capability of every live line, −inf elsewhere, shape (labs, slots); a lab's closed slots come first [OOM]."""
    lines = state.lines
    return np.where(lines.live, lines.capability + lines.gain, -np.inf).reshape(-1, SLOTS)


def closed_version(state: State) -> ClosedVersion:
    """Closed models of every lab and tier as they are now."""
    lines, closed = state.lines, slice(len(TIERS))
    columns = (lines.capability, lines.pretraining, lines.thought, lines.added, lines.size)
    return ClosedVersion(
        lines.live.reshape(-1, SLOTS)[:, closed].copy(),
        *(column.reshape(-1, SLOTS)[:, closed].copy() for column in columns),
    )


def lab_capability(state: State) -> Float:
    """Most capable live model of each lab, −inf if none, shape (labs,) [OOM]."""
    return np.asarray(np.maximum.reduce(capability_of_slots(state), axis=1))


def open_frontier(state: State, behind: float) -> float:
    """K_open: best live model with open weights; what was public before the start, or K* − ``behind``, if that is more.

    What can be done by whoever has no model of her own, in academia and at startups.

    Args:
        state: The market.
        behind: How far behind the frontier one is at most, weights or none [OOM].
    """
    best = max(best_open(state), state.parameters.release.open_at_start)
    return open_reach(best, float(state.world.frontier[0]), behind)


def best_open(state: State) -> float:
    """K_open: most capable live model with public weights, −inf if none [OOM]."""
    return float(np.maximum.reduce(capability_of_slots(state)[:, len(TIERS) :], axis=None))


def open_reach(best_open: float, frontier: float, gap: float) -> float:
    """What can be had without paying for a service: the best open model, but at least the frontier less a gap [OOM].

    Where no weights exist, or only old ones, those who need them do what else they can: K* − gap.
    """
    return max(best_open, frontier - gap)


def users_by_region(state: State) -> Float:
    """Developers on every line, shape (regions, lines)."""
    counts = state.developers.counts[:, 1:] * state.developers.weight  # segments are ordered by region
    return np.asarray(np.add.reduce(counts.reshape(len(REGIONS), -1, counts.shape[1]), axis=1))


def users_of_labs(state: State) -> Float:
    """The same of every lab, shape (regions, labs)."""
    return np.asarray(np.add.reduce(users_by_region(state).reshape(len(REGIONS), len(state.labs), SLOTS), axis=2))


def withdrawn(state: State) -> Float:
    """Of the closed models that each lab had on offer within ``HELD_UP`` months, the share that is gone, (labs,).

    A closed release rewrites its line, and whoever built on the model before has to move.
    """
    versions = state.record.closed_versions[-1 - HELD_UP :]
    now, shape = versions[-1].live, (len(versions), *versions[-1].live.shape)
    live = np.concatenate([version.live for version in versions]).reshape(shape)
    capability = np.concatenate([version.capability for version in versions]).reshape(shape)
    gone = live[:-1] & ~(live[1:] & (capability[1:] == capability[:-1]))
    number = np.add.reduce(gone, axis=(0, 2), dtype=np.int64)
    return np.asarray(number / np.maximum(number + np.add.reduce(now, axis=1, dtype=np.int64), 1.0))


def employer_gone(state: State) -> Bool:
    """Whether each employer was a lab that has exited, shape (employers,)."""
    gone = np.zeros(state.researchers.employers, bool)
    gone[: len(state.labs)] = state.labs.exited > 0
    return gone


def teachers_now(state: State) -> Teachers:
    """What others can learn from every lab's live models."""
    lines, tiers = state.lines, len(TIERS)
    pretraining = np.where(lines.live, lines.pretraining, -np.inf).reshape(-1, SLOTS)
    capability = np.where(lines.live, lines.capability, -np.inf).reshape(-1, SLOTS)
    labs, best_open = np.arange(len(state.labs)), tiers + capability[:, tiers:].argmax(axis=1)
    thought = np.where(lines.live, lines.thought, -np.inf).reshape(-1, SLOTS)
    return Teachers(
        np.maximum.reduce(pretraining[:, :tiers], axis=1),
        pretraining[labs, best_open],
        thought[labs, best_open],
        np.maximum.reduce(pretraining[:, FLAGSHIP::tiers], axis=1),
    )


def teachers(state: State, month: int) -> Teachers:
    """The same at the end of an earlier month."""
    if 0 <= month < len(state.record.teachers):
        return state.record.teachers[month]
    return Teachers(*(np.full(len(state.labs), -np.inf) for _ in Teachers._fields))


def models_due(state: State) -> list[Release]:
    """Runs that are due this month: those of history, later both tiers of every lab whose date has come."""
    labs, month, recorded = state.labs, state.month, []
    if month <= releases_end(state):
        recorded = [model for model in state.history.releases.get(month, ()) if labs.active[model.lab]]
    if month <= inputs_end(state):
        return recorded
    return recorded + [
        Release(row, tier, -1, f"{TIERS[tier]} {int(labs.runs[row])}", reasoning=True)
        for row in np.flatnonzero(labs.active & (labs.next_release == month)).tolist()
        for tier in range(len(TIERS))
    ]


def reference_rents(state: State) -> Float:
    """Smoothed rents by lab at the end of last month, which anchor investment: of the reference run, else one's own.

    Shape (labs,) [$/month].
    """
    reference = reference_record(state)
    if reference is None or state.month == 0:
        return state.labs.rent_smoothed
    return reference.aligned("rent_smoothed", state.month - 1, state.lab_names)


def quoted(state: State, value: Float) -> Float:
    """What markets quote and equity is raised on: ln V^news = ln V + ε_D (D̂ − D̄) as of last month, (labs,) [$].

    Args:
        state: The market.
        value: V, worth by what rents show [$].
    """
    return np.asarray(value * np.exp(state.labs.news))


def reference_chip_prices(state: State) -> Float:
    """Price of compute by region in the reference run, else the market's own, shape (regions,)."""
    reference = reference_record(state)
    if reference is None:
        return state.governments.chip_price
    return np.asarray(reference.chip_prices[state.month])


def welfare(state: State) -> Welfare:
    """What users have this month."""
    segments = state.segments
    return Welfare(segments.inclusive.copy(), segments.people * segments.budget)


def reference_welfare(state: State) -> Welfare:
    """What they have in the reference run, else in this one."""
    reference = reference_record(state)
    return welfare(state) if reference is None else reference.welfare[state.month]


def reference_record(state: State) -> Record | None:
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
    without = state.parameters.adoption.outside_price  # of what there is before there is anything to build on
    cheapest = np.minimum.reduce(lines.price[able]) if np.count_nonzero(able) else without
    return float(p.entry_cost + p.first_year_tokens * cheapest)


def pulses(state: State) -> Float:
    """Awareness events of this month by lab; none of a lab that has no model, shape (labs,) [hazard]."""
    events = state.history.pulses(state.month) if state.month <= releases_end(state) else np.zeros(len(state.labs))
    if np.count_nonzero(events):
        events *= np.isfinite(lab_capability(state))
    return state.parameters.awareness.pulse * events


def access(state: State) -> Float:
    """a: who may buy what, as a share of those who know the line, shape (segments, lines).

    Closed US lines in China are to be had by few; regulated users may be held to lines of their region or open weights.
    """
    segments, lines, p = state.segments, state.lines, state.parameters.access
    home, closed, regulated = state.labs.region[lines.lab], lines.access == CLOSED, segments.organisation == REGULATED
    held = (p.procurement_us, p.procurement_cn, p.procurement_eu)
    return _access(p.grey, held, *(part.tobytes() for part in (home, closed, regulated, segments.region)))


@lru_cache(maxsize=8)
def _access(grey: float, held: tuple[bool, ...], home: bytes, closed: bytes, regulated: bytes, region: bytes) -> Float:
    """The same of these columns, which hardly ever change."""
    origin, is_closed = np.frombuffer(home, np.int64), np.frombuffer(closed, np.bool_)
    of_region = np.ones((len(REGIONS), origin.size))
    of_region[CN, is_closed & (origin == US)] = grey
    # Of regions first, others and regulated users, and then of segments, which are many more.
    may = np.array([of_region, of_region])
    for here, own in enumerate(held):
        if own:
            may[1, here, is_closed & (origin != here)] = 0.0
    found = np.asarray(may[np.frombuffer(regulated, np.int8), np.frombuffer(region, np.int64)])
    found.flags.writeable = False
    return found


def known(state: State) -> Float:
    """Share of each segment that knows each line and may buy it: (1 − e^(−A)) a, shape (segments, lines)."""
    share = -np.expm1(-state.segments.awareness)[:, state.lines.lab]
    share *= access(state)
    return np.asarray(share)


def licence_refused(state: State, row: int, capability: float) -> float:
    """Probability that weights above K_cap get no licence: the stringency of the law at home, as of last month."""
    p = state.parameters.law
    if not p.licence or capability <= p.licence_cap:
        return 0.0
    return float(state.governments.stringency[state.labs.region[row], OPEN])


def maker_share(state: State) -> Float:
    """Share of hosted spend that the maker of a line serves, all if closed: m/(m + n − 1) with n hosts, (lines,).

    None if the lab has exited: hosts go on without it.
    """
    weight, lines = state.parameters.pricing.maker_weight, state.lines
    others = np.maximum(lines.hosts, 1.0) - 1.0  # first, for a small weight would be lost in the sum
    share = np.divide(weight, weight + others, out=np.ones_like(others), where=weight + others > 0.0)
    share[(state.labs.exited > 0)[lines.lab]] = 0.0
    share[lines.access == CLOSED] = 1.0
    return share


def over_median_host(state: State) -> tuple[float, float]:
    """What an open model costs over what its median host asks: as users compare e^(−χσ²/2), a token e^(−(2χ+1)σ²/2).

    Hosts have log-normal costs and the cheap sell more: spend ∝ p^(−χ), utility falls with ln P of P^(−χ), the mean of
    p^(−χ), and tokens are spend over price.
    """
    p = state.parameters.pricing
    half, choice = 0.5 * p.host_spread**2, p.host_choice
    return math.exp(-choice * half), math.exp(-(2.0 * choice + 1.0) * half)


def list_price(state: State) -> Float:
    """What the lab asks for a closed line and the median host for an open one, shape (lines,) [$/Mtok]."""
    lines = state.lines
    return np.where(lines.access == CLOSED, lines.price, lines.price / over_median_host(state)[0])


def data_at_home(state: State) -> Float:
    """e^(−χ_p/α): what a token served at home counts for with those who want their data there, shape (segments,)."""
    segments = state.segments
    return np.exp(-state.parameters.adoption.privacy.array()[segments.organisation] / segments.alpha)


def token_price(state: State) -> tuple[Float, Float]:
    """What a token costs: developers, shape (segments, lines), and startups, whom hosts serve, (lines,) [$/Mtok].

    Prices of segments are as they are compared: of hosts as their mean, of serving oneself less what privacy is worth.
    """
    segments, lines = state.segments, state.lines
    compared, paid = over_median_host(state)
    hosted = np.where(lines.access == CLOSED, 1.0, paid / compared)
    of_hosts = np.where(lines.price > 0.0, lines.price * hosted, 1.0)
    own = segments.price / data_at_home(state)[:, None]
    return np.where(segments.price >= lines.price, segments.price * hosted, own), of_hosts


def serving_cost(state: State, size: Float, know_how: Float, compute_price: Float) -> Float:
    """C = c_ref 10^(ε_n n − g) (p/p₀)^π + c_floor [$/Mtok], of the shape of ``size``.

    Args:
        state: The market.
        size: Effective size n [OOM over 175 bn].
        know_how: Serving know-how g [OOM].
        compute_price: Price of compute where it is served [$/FLOP].
    """
    p = state.parameters.pricing
    hardware = (compute_price / state.parameters.compute.chip_price) ** p.hardware_pass
    return np.asarray(p.reference_cost * 10.0 ** (p.size_elasticity * size - know_how) * hardware + p.cost_floor)
