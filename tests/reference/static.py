"""Labs as they price if everybody reconsiders every month and nothing ties: what conduct must become without ties."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.numerics.conduct import Customers, customers

Array = NDArray[np.float64]


def lerner_map(margin: Array, spend: Array, shares: Array, alpha: Array, together: Array) -> Array:
    """One step of the fixed point for the margins of multi-product Bertrand competitors with CES demand.

    L_k ← [S_k + Σ_{j∈l} Γ_kj L_j] / (S_k + A_k), with S_k = Σ_g B_g s_gk, A_k = Σ_g α_g B_g s_gk and
    Γ_kj = Σ_g α_g B_g s_gk s_gj. It is the analogue in CES form of the ζ map of Morrow & Skerlos (2011).

    Args:
        margin: L, shape (lines,).
        spend: B_g [$/month], shape (segments,).
        shares: s_kg, shape (lines, segments).
        alpha: α_g, shape (segments,).
        together: 1 for two lines of one lab, else 0, shape (lines, lines).
    """
    elastic = alpha * spend
    cross = (shares * elastic) @ shares.T * together
    return np.asarray((shares @ spend + cross @ margin) / (shares @ (spend + elastic)))


def unattached(owner: NDArray[np.int64], lines: int, spend: Array, alpha: Array) -> Customers:
    """Customers none of whom is tied and all of whom choose: one to a segment, with what it spends for her budget.

    Args:
        owner: Lab of each closed line, which come first, shape (closed,).
        lines: How many there are with open ones.
        spend: B_g, shape (segments,).
        alpha: α_g, shape (segments,).
    """
    nobody = np.zeros((1 + lines, len(spend)))
    everybody = nobody.copy()
    everybody[0] = 1.0
    return customers(
        group=1 + np.arange(lines),
        owner=owner,
        holders=everybody,
        held=nobody[: len(owner)],
        hazard=np.ones_like(nobody),
        ties=nobody,
        budget=spend,
        alpha=alpha,
        patience=0.98,
        reset=0.2,
    )
