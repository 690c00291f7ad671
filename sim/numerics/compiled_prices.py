"""The price map as one compiled loop: the replies of :class:`sim.numerics.competition.Replies`, in a fifth of the time.

Needs Numba, the extra ``fast``; nothing imports this module unless compiled kernels are asked for, as
:mod:`sim.numerics.compiled` says. Weights come from NumPy, so exponentials are the same; sums are taken in another
order and differ in their last bits, as they do between processors. Symbols and equations: ``docs/conduct.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.numerics.arrays import Bool, Float, Int
from sim.numerics.competition import INELASTIC, NOBODY, Replies

try:
    from numba import njit
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

_LOOP = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _shares(weights: Float, outside: Float, shares: Float) -> None:
    """Shares of lines by segment: w/(w₀ + Σ w)."""
    lines, segments = weights.shape
    total = outside.copy()
    for j in range(lines):
        for g in range(segments):
            total[g] += weights[j, g]
    for j in range(lines):
        for g in range(segments):
            shares[j, g] = weights[j, g] / total[g]


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _of_groups(shares: Float, group: Int, outside: int, of_groups: Float) -> None:
    """Attractions of groups, the outside option's being what no line has."""
    of_groups[:] = 0.0
    of_groups[outside] = 1.0
    for j in range(len(shares)):
        for g in range(shares.shape[1]):
            of_groups[group[j], g] += shares[j, g]
            of_groups[outside, g] -= shares[j, g]


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def by_labs(
    margin: Float,
    shares: Float,
    first_shares: Float,
    notice: Bool,
    newcomers: Float,
    group: Int,
    together: Float,
    ties: Float,
    hazard: Float,
    present: Float,
    arriving: Float,
    quick: Float,
    stock: Float,
    paying: Float,
    elastic: Float,
    others: Float,
    patience: float,
    posted: float,
) -> Any:
    """:func:`sim.numerics.conduct.conduct_map`, shape (closed,); nobody starts if ``first_shares`` is empty."""
    closed, (groups, segments) = len(margin), ties.shape
    near, far, start = 1.0 - patience, 1.0 - posted, len(first_shares) > 0
    share, joined = np.empty((groups, segments)), np.zeros((groups, segments))
    _of_groups(shares, group, closed, share)
    if start:
        _of_groups(first_shares, group, closed, joined)
    bound, worth = np.empty((groups, segments)), np.empty((groups, segments))  # D, 1/d
    choosing, again = np.empty((groups, segments)), np.empty((groups, segments))  # f = choosing + Φ again
    free, turning = arriving.copy(), np.zeros(segments)
    length, returns, first = np.zeros(segments), np.zeros(segments), np.zeros(segments)
    for y in range(groups):
        for g in range(segments):
            d = 1.0 + ties[y, g] * share[y, g]
            h = posted * hazard[y, g]
            life = far * d + h
            bound[y, g] = d
            worth[y, g] = d / (near * d + patience * hazard[y, g])
            choosing[y, g] = (present[y, g] + h * joined[y, g] * newcomers[g]) / life
            again[y, g] = h * share[y, g] / life
            free[g] += choosing[y, g]
            turning[g] += again[y, g]
            first[g] += joined[y, g] * worth[y, g]
    for g in range(segments):
        free[g] /= 1.0 - turning[g]
    tied = choosing  # E f
    for y in range(groups):
        for g in range(segments):
            tied[y, g] = ties[y, g] * (choosing[y, g] + free[g] * again[y, g])
            length[g] += share[y, g] * worth[y, g]
            returns[g] += share[y, g] * worth[y, g] * tied[y, g] / bound[y, g]
    # What a lab earns a holder of its lines, and those who come back to them, by what each line contributes.
    earned, back = np.empty((closed, segments)), np.empty((closed, segments))
    inner = np.zeros((closed, segments))  # of newcomers, within a group and between
    for k in range(closed):
        for g in range(segments):
            earned[k, g] = margin[k] * shares[k, g] * worth[k, g]
            back[k, g] = earned[k, g] * tied[k, g] / bound[k, g]
            if start:
                slower = (worth[k, g] - quick[k, g]) * shares[k, g] / (share[k, g] + NOBODY)
                inner[k, g] = margin[k] * (slower * joined[k, g] + first_shares[k, g] * quick[k, g])
    replies = np.empty(closed)
    across, within, of_first = np.empty(segments), np.empty(segments), np.empty(segments)
    for k in range(closed):
        across[:], within[:], of_first[:] = 0.0, 0.0, 0.0
        for j in range(closed):
            if together[k, j]:
                for g in range(segments):
                    across[g] += earned[j, g]
                    within[g] += back[j, g]
                    of_first[g] += inner[j, g]
        spend, leaving, gained = stock[k], others[k], 0.0
        for g in range(segments):
            part = shares[k, g] / (share[k, g] + NOBODY)
            choosers = tied[k, g] + free[g]
            quickly = choosers * quick[k, g]
            value = (tied[k, g] / bound[k, g] + free[g]) * worth[k, g]
            weight = shares[k, g] * elastic[g]
            spend += shares[k, g] * choosers * paying[k, g]
            leaving += weight * ((value - quickly) * part + quickly)
            gained += weight * ((value - returns[g]) / length[g] * across[g] + within[g])
            if start:
                weight = first_shares[k, g] * newcomers[g]
                spend += weight * paying[k, g]
                if notice[k, g]:
                    weight *= elastic[g]
                    leaving += weight * ((worth[k, g] - quick[k, g]) * part + quick[k, g])
                    gained += weight * ((worth[k, g] - first[g]) / length[g] * across[g] + of_first[g])
        replies[k] = (spend + gained) / (spend + leaving + NOBODY)
    return replies


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def by_hosts(
    shares: Float,
    regime: Bool,
    spend: Float,
    alpha: Float,
    apps: Float,
    fixed_cost: float,
    elasticity: float,
    inelastic: float,
    hosts: Float,
    margin: Float,
) -> None:
    """:func:`sim.numerics.competition.host_margin` of every open line, into ``hosts`` and ``margin``."""
    for j in range(len(shares)):
        total, falls = 0.0, 0.0
        for g in range(len(spend)):
            served = 0.0 if regime[j, g] else shares[j, g]
            total += served * spend[g]
            falls += (served - served * served) * alpha[g] * spend[g]
        gap = elasticity - max((falls + NOBODY) / (total + NOBODY), inelastic)
        hosts[j] = max(1.0, ((total + apps[j]) / fixed_cost + gap) / (1.0 + elasticity))
        margin[j] = 1.0 / (1.0 + elasticity - gap / hosts[j])


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _first_choice(weights: Float, expected: Float, outside: Float) -> Any:
    """:func:`sim.numerics.holders.first_choice`: shares, and where the posted price is the one expected."""
    first = np.maximum(weights, expected)
    _shares(first, outside, first)
    return first, weights >= expected


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _replies(point: Float, regime: Bool, weights: Float, outside: Float, expected: Float, labs: Any, hosts: Any) -> Any:
    shares, closed = np.empty_like(weights), len(point) - len(regime)
    _shares(weights, outside, shares)
    first, notice = _first_choice(weights[: len(expected)], expected, outside)
    margin, number = np.empty(len(point)), np.empty(len(regime))
    margin[:closed] = by_labs(point[:closed], shares, first, notice, *labs)
    by_hosts(shares[closed:], regime, *hosts, number, margin[closed:])
    return margin, number, shares


def of_problem(replies: Replies) -> Callable[[Float, Bool, Float], tuple[Float, Float, Float]]:
    """The map of one problem: margins in reply to margins, hosts and shares, of margins, regime and weights."""
    of, base = replies.of, replies.of.customers
    outside_first = np.where(base.member < 0.0, 0.0, base.member)  # all lines are in the outside option's row, as −1
    labs = (
        of.newcomers,
        outside_first.argmax(axis=0),
        base.together,
        base.ties,
        base.hazard,
        base.present,
        base.arriving,
        base.quick,
        base.stock,
        base.paying,
        base.elastic,
        base.others_leave,
        base.patience,
        base.posted,
    )
    hosts = (of.spend, of.alpha, replies.apps, of.host_cost, of.host_elasticity, INELASTIC)
    expected = replies.at_trial if replies.some_start else replies.at_trial[:0]

    def reply(point: Float, regime: Bool, weights: Float) -> tuple[Float, Float, Float]:
        found: tuple[Float, Float, Float] = _replies(point, regime, weights, replies.outside, expected, labs, hosts)
        return found

    return reply
