"""Public pressure, and the law, which follows it: on closed services and on open weights, by region."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import CLOSED
from sim.mechanisms import mechanism
from sim.numerics.arrays import Bool, Float
from sim.state import State


def pressure_after(pressure: Float, severity: Float, memory: float, salience: float) -> Float:
    """P ← (1 − δ) P + salience Σ severity, of the shape of ``pressure``."""
    return np.asarray((1.0 - memory) * pressure + salience * severity)


def stringency(pressure: Float, decreed: Float, half: float, exists: Bool) -> Float:
    """G = max{decreed, P²/(P² + P̄²)}, 0 of what does not exist, shape (regions, kinds).

    Args:
        pressure: P, shape (regions, kinds).
        decreed: Shape (regions, kinds).
        half: P̄.
        exists: Whether closed services, and open weights, are on the market, shape (kinds,).
    """
    squared = pressure**2
    return np.where(exists, np.maximum(decreed, squared / (squared + half**2)), 0.0)


@mechanism(
    reads=(
        "labs.region",
        "labs.severity",
        "lines.access",
        "lines.fresh",
        "lines.lab",
        "lines.live",
    ),
    writes=("governments.pressure", "governments.stringency", "labs.legal"),
    carries=("governments.pressure",),
    parameters=("record.end",),
    neutral={
        "law.salience": 0.0,
        **{f"law.{kind}_{region}": 0.0 for kind in ("closed", "open") for region in ("us", "cn", "eu")},
    },
)
def law(state: State) -> None:
    """Incidents press for law by region and kind of weights, and the law asks money of labs.

    What happened to the end of the record had led to no law, and presses for none: history is exempt. A lab pays for
    releases at home, F_comp G_home, and for what its closed services did anywhere, liability Σ_r G_r severity_r.
    """
    labs, lines, governments, p = state.labs, state.lines, state.governments, state.parameters.law
    severity = labs.severity.sum(axis=0) * (state.month > views.record_end(state))
    governments.pressure[:] = pressure_after(governments.pressure, severity, p.memory, p.salience)
    kind = (lines.access != CLOSED).astype(np.int64)
    exists = np.bincount(kind[lines.live], minlength=governments.pressure.shape[1]) > 0
    governments.stringency[:] = stringency(governments.pressure, p.decreed(), p.half_pressure, exists)
    at_home = governments.stringency[labs.region[lines.lab], kind] * lines.fresh
    releases = views.by_lab(state, at_home)
    liable = labs.severity[:, :, CLOSED].dot(governments.stringency[:, CLOSED])
    labs.legal[:] = p.compliance * releases + p.liability * liable
