"""Trust in labs: a reputation by region, which experience and audits build and incidents spend."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import TRANSPARENCY
from sim.mechanisms import mechanism
from sim.numerics.arrays import Float
from sim.parameters.trust import Trust
from sim.state import State

# An incident weighs on a lab in a region as if so many people used it there at least [developers]: everybody reads of
# it, and with few agents one user more or less is thousands of developers.
FEW = 1e5


def trusted(trust: Float, audited: Float, safeguards: Float, severity: Float, users: Float, p: Trust) -> Float:
    """T ← [T + r₀(T̄ − T) + r_a t A (safe − T)] e^(−d_I severity/U): between 0 and 1, never either.

    To first order incidents cost d_I T severity/U.

    Args:
        trust: T, shape (labs, regions).
        audited: t A, transparency times share of possible auditors, shape (labs,).
        safeguards: safe, shape (labs,).
        severity: Of this month's incidents, shape (labs, regions).
        users: U [developers], shape (labs, regions).
        p: r₀, T̄, r_a and d_I.
    """
    built = trust + p.experience * (p.rest - trust) + p.audits * audited[:, None] * (safeguards[:, None] - trust)
    return np.asarray(built * np.exp(-p.incidents * severity / np.maximum(users, FEW)))


@mechanism(
    reads=(
        "labs.auditors",
        "labs.openness",
        "labs.safeguards",
        "labs.severity",
        "developers.counts",
    ),
    writes=("labs.trust",),
    carries=("labs.trust",),
    neutral={"trust.experience": 0.0, "trust.audits": 0.0, "trust.incidents": 0.0},
)
def trust(state: State) -> None:
    """Trust in each lab moves by region with experience, what auditors find, and incidents a user.

    Source: reputation as a stock (Tirole 1996), here of labs.
    """
    labs = state.labs
    users = views.users_of_labs(state).T
    audited = TRANSPARENCY[labs.openness] * labs.auditors
    severity = labs.severity.sum(axis=2)
    labs.trust[:] = trusted(labs.trust, audited, labs.safeguards, severity, users, state.parameters.trust)
