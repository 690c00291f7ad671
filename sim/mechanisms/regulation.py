"""Misuse, public pressure, and law, which reacts with a lag."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import CLOSED, TRANSPARENCY
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS
from sim.parameters.regulation import Regulation
from sim.state import State


def incident_hazard(
    rate: float,
    users: Float,
    capability: Float,
    open_weights: Float,
    protected: Float,
    audited: Float,
    p: Regulation,
) -> Float:
    """λ₀ U 10^(ρ_m (K − K_m)⁺) (1 + m₁ w)(1 − safe (1 − w·strip))(1 − a_m·audited) [1/month].

    ``users`` has shape (regions, lines), the others (lines,).
    """
    growth = 10.0 ** (p.capability_elasticity * np.maximum(capability - p.dangerous, 0.0))
    unprotected = 1.0 - protected * (1.0 - open_weights * p.stripped)
    by_line = rate * growth * (1.0 + p.open_misuse * open_weights) * unprotected * (1.0 - p.audits * audited)
    return np.asarray(users * by_line[None, :])


@mechanism(
    reads=(
        "labs.auditors",
        "labs.safeguards",
        "lines.access",
        "lines.capability",
        "lines.gain",
        "lines.lab",
        "lines.live",
        "lines.openness",
        "developers.counts",
    ),
    writes=(
        "governments.incidents",
        "governments.pressure",
        "governments.stringency",
        "labs.severity",
    ),
    carries=("governments.pressure",),
    neutral={"regulation.incidents": 0.0, "regulation.exogenous": 0.0},
)
def regulation(state: State) -> None:
    """Incidents happen where capable models are used and safeguards fail; pressure builds and the law follows.

    Incidents ~ Poisson(Λ_r), severity log-normal; P' = (1 − δ)P + salience Σ severity; G = max(G_exogenous,
    P²/(P² + P̄²)). Openness raises misuse (safeguards are stripped) and audits: the sign depends on parameters.
    """
    lines, labs, p = state.lines, state.labs, state.parameters.regulation
    governments, month, seed = state.governments, state.month, state.seed
    counts = state.developers.counts[:, 1:] * state.developers.weight
    users = counts.reshape(len(REGIONS), -1, lines.rows).sum(axis=1)  # segments are ordered by region
    weights = (lines.access != CLOSED).astype(np.float64)
    capability = np.where(lines.live, lines.capability + lines.gain, 0.0)
    best_open = capability[(lines.access != CLOSED) & lines.live].max(initial=-np.inf)
    defence = 10.0 ** (-p.defenders * max(best_open - p.dangerous, 0.0))
    transparency = TRANSPARENCY[lines.openness]
    hazard = defence * incident_hazard(
        p.incidents,
        users,
        capability,
        weights,
        labs.safeguards[lines.lab],
        transparency * labs.auditors[lines.lab],
        p,
    )
    labs.severity[:] = 0.0
    rates = hazard.sum(axis=1).tolist()
    luck = draws.uniform(seed, "incident", month, np.arange(len(REGIONS))).tolist()
    for region, (rate, draw) in enumerate(zip(rates, luck, strict=True)):
        number = draws.poisson(rate, draw)
        governments.incidents[region] = number
        total = 0.0
        if number:
            normal = draws.normal(seed, "severity", month, region, np.arange(number))
            total = float(np.exp(p.severity_spread * normal - 0.5 * p.severity_spread**2).sum())
            share = np.bincount(lines.lab, weights=hazard[region], minlength=len(labs)) / rate
            labs.severity += total * share
        governments.pressure[region] = (1.0 - p.memory) * governments.pressure[region] + p.salience * total
    squared = governments.pressure**2
    governments.stringency[:] = np.maximum(p.exogenous, squared / (squared + p.half_pressure**2))
