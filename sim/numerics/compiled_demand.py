"""What surrounds the price map in a month, compiled: utilities, who holds what afterwards, and rent that lasts.

Needs Numba, the extra ``fast``; nothing imports this module unless compiled kernels are asked for, as
:mod:`sim.numerics.compiled` says. Utilities are NumPy's to the bit; of the others sums are taken in another order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.numerics.arrays import Bool, Float, Int

try:
    from numba import njit
except ImportError as missing:
    raise ImportError(
        "the compiled kernel needs Numba: pip install 'weightshift[fast]', or choose the kernel 'numpy'"
    ) from missing

_EXACT = {"nogil": True, "cache": True, "error_model": "numpy"}
_LOOP = {**_EXACT, "fastmath": {"reassoc", "contract", "nsz"}}


@njit(**_EXACT)  # type: ignore[untyped-decorator]
def utilities(
    live: Bool,
    weights: Bool,
    lab: Int,
    capability: Float,
    gain: Float,
    network: Float,
    fit: Float,
    hold_up: Float,
    trust: Float,
    home: Float,
    supported: Bool,
    regulated: Float,
    organisation: Int,
    region: Int,
    theta: Float,
    relevant: Float,
    firm: Bool,
    worth: Float,
    lost: Float,
    care: Float,
    weight: float,
) -> Any:
    """:func:`sim.views.demand.line_utilities`, in the same order of operations, shape (segments, lines)."""
    found = np.empty((len(theta), len(live)))
    for g in range(len(theta)):
        o, r = organisation[g], region[g]
        for j in range(len(live)):
            if not live[j]:
                found[g, j] = -np.inf
                continue
            of_region = home[r, j] + ((worth[o] if weights[j] else 0.0) - (0.0 if supported[r, j] else lost[o]))
            of_region = of_region + weight * (care[o] * trust[lab[j], r])
            own = 0.0
            if firm[o]:
                of_region = of_region - (regulated[r] if weights[j] else 0.0)
                own = fit[lab[j]] - (0.0 if weights[j] else hold_up[lab[j]])
            found[g, j] = theta[g] * (capability[j] + relevant[g] * gain[j]) + ((own + network[j]) + of_region)
    return found


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def after(
    held: Float,
    waiting: Float,
    joining: Float,
    group: Int,
    hazard: Float,
    ties: Float,
    weights: Float,
    expected: Float,
    outside: Float,
) -> Any:
    """:meth:`sim.views.prices.People.after`: who holds none and each line after a month."""
    (lines, segments), groups = weights.shape, len(hazard)
    shares, total, first = np.zeros((1 + lines, segments)), outside.copy(), outside.copy()
    for j in range(lines):
        for g in range(segments):
            total[g] += weights[j, g]
            first[g] += max(weights[j, g], expected[j, g])
    for g in range(segments):
        shares[0, g] = 1.0
    for j in range(lines):
        for g in range(segments):
            shares[1 + j, g] = weights[j, g] / total[g]
            shares[0, g] -= shares[1 + j, g]
    people, of_group = np.zeros((groups, segments)), np.zeros((groups, segments))
    for k in range(len(group)):
        for g in range(segments):
            people[group[k], g] += held[k, g]
            of_group[group[k], g] += shares[k, g] if k <= lines else 0.0
    choosers = np.zeros(segments)
    for y in range(groups):
        for g in range(segments):
            people[y, g] = hazard[y, g] * people[y, g] / (1.0 + ties[y, g] * of_group[y, g])
            choosers[g] += people[y, g]
    found = np.empty((1 + lines, segments))
    for k in range(1 + lines):
        y = group[k]
        for g in range(segments):
            new = shares[k, g] * (choosers[g] + ties[y, g] * people[y, g])
            found[k, g] = (1.0 - hazard[y, g]) * held[k, g] + new
    for g in range(segments):
        found[0, g] += waiting[g]
        if joining[g] > 0.0:
            for j in range(lines):
                starts = joining[g] * max(weights[j, g], expected[j, g]) / first[g]
                found[1 + j, g] += starts
                found[0, g] -= starts
    return found


@njit(**_LOOP)  # type: ignore[untyped-decorator]
def lasting_rent(
    margin: Float, shares: Float, group: Int, ties: Float, hazard: Float, patience: float, spend: Float
) -> Any:
    """:func:`sim.numerics.conduct.lasting_rent` of closed lines, whose groups come first, then the outside option's."""
    closed, (groups, segments) = len(margin), ties.shape
    share, length = np.zeros((groups, segments)), np.zeros(segments)
    share[closed] = 1.0
    for j in range(len(shares)):
        for g in range(segments):
            share[group[j], g] += shares[j, g]
            share[closed, g] -= shares[j, g]
    worth = share
    for y in range(groups):
        for g in range(segments):
            bound = 1.0 + ties[y, g] * share[y, g]
            of_group = bound / ((1.0 - patience) * bound + patience * hazard[y, g])
            length[g] += share[y, g] * of_group
            worth[y, g] = of_group
    rent = np.zeros(closed)
    for k in range(closed):
        for g in range(segments):
            rent[k] += shares[k, g] * worth[k, g] / length[g] * spend[g]
        rent[k] *= margin[k]
    return rent
