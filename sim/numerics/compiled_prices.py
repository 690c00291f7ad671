"""The price map as one compiled loop: the replies of :class:`sim.numerics.competition.Replies`, in a tenth of the time.

Needs Numba, the extra ``fast``; nothing imports this module unless compiled kernels are asked for, as
:mod:`sim.numerics.compiled` says. Exponentials and sums differ from NumPy's in their last bits, as they do between
processors. Symbols and equations: ``docs/conduct.md``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.numerics import compiled_demand
from sim.numerics.arrays import Bool, Float, Int
from sim.numerics.competition import INELASTIC, LOWEST, NOBODY, Replies
from sim.numerics.compiled_exponential import exponentials
from sim.numerics.fixed_point import DEPTH, RIDGE, Anderson, Arrived

try:
    from numba import njit
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

_LOOP = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "nsz"}}


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _weights(point: Float, regime: Bool, at_cost: Float, by_oneself: Float, alpha: Float, weights: Float) -> None:
    """W = a e^(V − α ln P), relative to the best option at cost."""
    lines, segments = at_cost.shape
    closed = lines - len(regime)
    for j in range(lines):
        below = math.log(1.0 - point[j])
        for g in range(segments):
            weights[j, g] = at_cost[j, g] + below * alpha[g]
        if j >= closed:
            for g in range(segments):
                weights[j, g] = by_oneself[j - closed, g] if regime[j - closed, g] else weights[j, g]
        exponentials(weights[j])


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _shares(weights: Float, outside: Float, shares: Float) -> None:
    """Shares of lines by segment: w/(w₀ + Σ w)."""
    lines, segments = weights.shape
    total = outside.copy()
    for j in range(lines):
        for g in range(segments):
            total[g] += weights[j, g]
    for g in range(segments):
        total[g] = 1.0 / total[g]
    for j in range(lines):
        for g in range(segments):
            shares[j, g] = weights[j, g] * total[g]


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
    start: Int,
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
    """:func:`sim.numerics.conduct.conduct_map`, shape (closed,); newcomers are those of segments ``start``."""
    closed, (groups, segments), starting = len(margin), ties.shape, len(start)
    near, far = 1.0 - patience, 1.0 - posted
    share, joined = np.empty((groups, segments)), np.empty((groups, starting))
    _of_groups(shares, group, closed, share)
    _of_groups(first_shares, group, closed, joined)
    bound, worth = np.empty((groups, segments)), np.empty((groups, segments))  # 1/D, 1/d
    choosing, again = np.empty((groups, segments)), np.empty((groups, segments))  # f = choosing + Φ again
    free, turning, life = arriving.copy(), np.zeros(segments), np.empty(segments)
    length, returns, first = np.zeros(segments), np.zeros(segments), np.zeros(starting)
    for y in range(groups):
        for g in range(segments):
            d, h = 1.0 + ties[y, g] * share[y, g], posted * hazard[y, g]
            life[g] = 1.0 / (far * d + h)
            bound[y, g] = 1.0 / d
            worth[y, g] = d / (near * d + patience * hazard[y, g])
            choosing[y, g] = present[y, g] * life[g]
            again[y, g] = h * share[y, g] * life[g]
        for s in range(starting):
            g = start[s]
            choosing[y, g] += posted * hazard[y, g] * joined[y, s] * newcomers[s] * life[g]
            first[s] += joined[y, s] * worth[y, g]
        for g in range(segments):
            free[g] += choosing[y, g]
            turning[g] += again[y, g]
    for g in range(segments):
        free[g] /= 1.0 - turning[g]
    tied = choosing  # E f
    for y in range(groups):
        for g in range(segments):
            tied[y, g] = ties[y, g] * (choosing[y, g] + free[g] * again[y, g])
            length[g] += share[y, g] * worth[y, g]
            returns[g] += share[y, g] * worth[y, g] * tied[y, g] * bound[y, g]
    for g in range(segments):
        length[g] = 1.0 / length[g]
    # What a lab earns a holder of its lines, and those who come back to them, by what each line contributes.
    earned, back, part = np.empty((closed, segments)), np.empty((closed, segments)), np.empty((closed, segments))
    inner = np.empty((closed, starting))  # of newcomers, within a group and between
    for k in range(closed):
        for g in range(segments):
            earned[k, g] = margin[k] * shares[k, g] * worth[k, g]
            back[k, g] = earned[k, g] * tied[k, g] * bound[k, g]
            part[k, g] = shares[k, g] / (share[k, g] + NOBODY)
        for s in range(starting):
            g = start[s]
            slower = (worth[k, g] - quick[k, g]) * part[k, g]
            inner[k, s] = margin[k] * (slower * joined[k, s] + first_shares[k, s] * quick[k, g])
    replies = np.empty(closed)
    across, within, of_first = np.empty(segments), np.empty(segments), np.empty(starting)
    for k in range(closed):
        across[:], within[:], of_first[:] = 0.0, 0.0, 0.0
        for j in range(closed):
            if together[k, j]:
                for g in range(segments):
                    across[g] += earned[j, g]
                    within[g] += back[j, g]
                for s in range(starting):
                    of_first[s] += inner[j, s]
        spend, leaving, gained = stock[k], others[k], 0.0
        for g in range(segments):
            choosers = tied[k, g] + free[g]
            quickly = choosers * quick[k, g]
            value = (tied[k, g] * bound[k, g] + free[g]) * worth[k, g]
            weight = shares[k, g] * elastic[g]
            spend += shares[k, g] * choosers * paying[k, g]
            leaving += weight * ((value - quickly) * part[k, g] + quickly)
            gained += weight * ((value - returns[g]) * length[g] * across[g] + within[g])
        for s in range(starting):
            g = start[s]
            weight = first_shares[k, s] * newcomers[s]
            spend += weight * paying[k, g]
            if notice[k, s]:
                weight *= elastic[g]
                leaving += weight * ((worth[k, g] - quick[k, g]) * part[k, g] + quick[k, g])
                gained += weight * ((worth[k, g] - first[s]) * length[g] * across[g] + of_first[s])
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
def _first_choice(weights: Float, start: Int, expected: Float, outside: Float) -> Any:
    """:func:`sim.numerics.holders.first_choice`: shares, and where the posted price is the one expected."""
    lines, starting = expected.shape
    first, without, notice = np.empty((lines, starting)), np.empty(starting), np.empty((lines, starting), np.bool_)
    for s in range(starting):
        without[s] = outside[start[s]]
        for j in range(lines):
            first[j, s] = max(weights[j, start[s]], expected[j, s])
            notice[j, s] = weights[j, start[s]] >= expected[j, s]
    _shares(first, without, first)
    return first, notice


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _replies(point: Float, regime: Bool, offers: Any, trial: Any, labs: Any, hosts: Any, highest: Float) -> Any:
    """Margins in reply to margins, hosts and shares; offers are at_cost, by_oneself, alpha and outside."""
    weights, closed = np.empty_like(offers[0]), len(point) - len(regime)
    _weights(point, regime, offers[0], offers[1], offers[2], weights)
    first, notice = _first_choice(weights, trial[0], trial[1], offers[3])
    _shares(weights, offers[3], weights)
    margin, number = np.empty(len(point)), np.empty(len(regime))
    margin[:closed] = by_labs(point[:closed], weights, first, notice, trial[0], trial[2], *labs)
    by_hosts(weights[closed:], regime, *hosts, number, margin[closed:])
    for j in range(len(point)):
        margin[j] = min(max(margin[j], LOWEST), highest[j])
    return margin, number, weights


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _solved(matrix: Float, right: Float) -> bool:
    """Solve a small system by elimination with pivots, the solution in place of the right side; False if singular."""
    size = len(right)
    for i in range(size):
        pivot = i
        for k in range(i + 1, size):
            if abs(matrix[k, i]) > abs(matrix[pivot, i]):
                pivot = k
        if matrix[pivot, i] == 0.0:
            return False
        for j in range(size):
            matrix[i, j], matrix[pivot, j] = matrix[pivot, j], matrix[i, j]
        right[i], right[pivot] = right[pivot], right[i]
        for k in range(i + 1, size):
            factor = matrix[k, i] / matrix[i, i]
            for j in range(i, size):
                matrix[k, j] -= factor * matrix[i, j]
            right[k] -= factor * right[i]
    for i in range(size - 1, -1, -1):
        for j in range(i + 1, size):
            right[i] -= matrix[i, j] * right[j]
        right[i] /= matrix[i, i]
    return True


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _product(one: Float, other: Float) -> float:
    total = 0.0
    for j in range(len(one)):
        total += one[j] * other[j]
    return total


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _next(image: Float, residual: Float, residuals: Float, images: Float) -> Any:
    """Where :meth:`sim.numerics.fixed_point.Anderson.next` goes from what is remembered."""
    known = len(residuals)
    moments, weight = np.empty((known, known)), np.empty(known)
    for i in range(known):
        for j in range(known):
            moments[i, j] = _product(residuals[i], residuals[j])
        moments[i, i] *= 1.0 + RIDGE
        weight[i] = _product(residuals[i], residual)
    point = image.copy()
    if _solved(moments, weight):
        for i in range(known):
            point -= weight[i] * images[i]
    return point


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def _follow(
    point: Float, image: Float, regime: Bool, residuals: Float, images: Float, patience: int, tolerance: float, map: Any
) -> Any:
    """Evaluations, whether they came to rest, and of the last one point, image, hosts and shares."""
    at, last, before, residual = point, image, image, image - point
    number, shares, highest = np.empty(len(regime)), np.empty_like(map[0][0]), map[-1]
    for steps in range(1, patience + 1):
        known = min(steps - 1, DEPTH)
        new = _next(last, residual, residuals[:known], images[:known])
        for j in range(len(new)):
            new[j] = min(max(new[j], LOWEST), highest[j])
        at, before = new, last
        last, number, shares = _replies(at, regime, *map)
        row, move = (steps - 1) % DEPTH, last - at
        if np.abs(move).max() < tolerance:
            return steps, True, at, last, number, shares
        residuals[row], images[row] = move - residual, last - before
        residual = move
    return patience, False, at, last, number, shares


class Compiled:
    """The map of one problem, compiled.

    Args:
        replies: The problem.
    """

    def __init__(self, replies: Replies) -> None:
        of, base = replies.of, replies.of.customers
        lines = np.where(base.member < 0.0, 0.0, base.member)  # all lines are in the outside option's row, as −1
        start = of.newcomers.nonzero()[0]
        labs = (
            lines.argmax(axis=0),
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
        self._map = (
            (replies.at_cost, replies.by_oneself, of.alpha, replies.outside),
            (start, np.ascontiguousarray(replies.at_trial[:, start]), of.newcomers[start]),
            labs,
            hosts,
            of.highest,
        )
        self._replies = replies

    def image(self, point: Float, regime: Bool) -> tuple[Float, tuple[Float, Float]]:
        """:meth:`sim.numerics.competition.Replies.image`."""
        margin, hosts, shares = _replies(point, regime, *self._map)
        return margin, (hosts, shares)

    def lasting_rent(self, margin: Float, shares: Float) -> Float:
        """:meth:`sim.numerics.competition.Replies.lasting_rent`."""
        base, group = self._replies.of.customers, self._map[2][0]
        spend = (np.add.reduce(base.holders) + np.add.reduce(base.apart[0])) * base.budget
        rent = compiled_demand.lasting_rent(margin, shares, group, base.ties, base.hazard, base.patience, spend)
        return np.asarray(rent)

    def after(self, people: Any, weights: Float) -> Float:
        """:meth:`sim.views.prices.People.after`."""
        expected, outside = self._replies.at_trial, self._replies.outside
        return np.asarray(compiled_demand.after(*people, weights, expected, outside))

    def follow(
        self, path: Anderson, point: Float, image: Float, regime: Bool, patience: int, tolerance: float
    ) -> Arrived[tuple[Float, Float]] | None:
        """:func:`sim.numerics.fixed_point.followed`."""
        path.steps, rests, point, image, hosts, shares = _follow(
            point, image, regime, path.residuals, path.images, patience, tolerance, self._map
        )
        return Arrived(point, image, (hosts, shares)) if rests else None
