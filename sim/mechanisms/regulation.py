"""Misuse, public pressure, and law, which reacts with a lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import draws
from sim.agents.lab import CLOSED, TRANSPARENCY
from sim.fields import REGIONS, Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market


class Regulation(Section):
    """Incidents and the stringency of the law."""

    incidents: float = field(
        2e-7,
        "λ₀: incidents a month and user of a closed model of GPT-4's capability without safeguards",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(5e-8, 1e-6),
        source="AI Incident Database: 149 in 2023, 233 in 2024 (AI Index 2025)",
        confidence="estimated",
    )
    capability_elasticity: float = field(
        0.5,
        "ρ_m: growth of that with capability above the dangerous one",
        unit="OOM/OOM",
        bounds=(0.0, 5.0),
        range=(0.0, 1.0),
    )
    dangerous: float = field(
        0.93, "K_m: capability from which misuse grows (GPT-4)", unit="OOM", bounds=(-10.0, 20.0), range=(0.0, 2.0)
    )
    open_misuse: float = field(
        1.5,
        "m₁: further misuse of open weights, of which no provider can refuse service",
        unit="1",
        bounds=(0.0, 100.0),
        range=(0.0, 3.0),
    )
    stripped: float = field(
        0.8, "Share of safeguards that are removed from open weights", unit="1", bounds=(0.0, 1.0), range=(0.4, 1.0)
    )
    audits: float = field(
        0.4,
        "a_m: share of incidents that auditors of a fully open model prevent",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
    )
    defenders: float = field(
        0.1, "ρ_d: how much open capability helps those who defend", unit="OOM/OOM", bounds=(0.0, 5.0), range=(0.0, 0.5)
    )
    severity_spread: float = field(
        1.0,
        "σ_s: standard deviation of the log severity; its mean is one",
        unit="ln",
        bounds=(0.0, 5.0),
        range=(0.5, 2.0),
    )
    memory: float = field(0.05, "δ_P: decay of public pressure", unit="1/month", bounds=(1e-4, 1.0), range=(0.02, 0.2))
    salience: float = field(
        1.0, "Pressure that a unit of severity adds", unit="1", bounds=(0.0, 1000.0), range=(0.3, 3.0)
    )
    half_pressure: float = field(
        1000.0,
        "P̄: pressure at which the law is half as strict as it can be",
        unit="1",
        bounds=(1e-6, 1e9),
        range=(200.0, 5000.0),
        source="No law restricted open weights by the end of 2025; weightshift judgement",
    )
    exogenous: float = field(
        0.0,
        "Stringency that is decreed whatever the pressure",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 1.0),
        source="History",
        confidence="measured",
    )
    friction: float = field(
        2.0,
        "ρ_o: utility that full stringency takes from open weights for firms",
        unit="utils",
        bounds=(0.0, 50.0),
        range=(0.0, 5.0),
    )


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
    neutral={"regulation.incidents": 0.0, "regulation.exogenous": 0.0},
)
def regulation(market: Market) -> None:
    """Incidents happen where capable models are used and safeguards fail; pressure builds and the law follows.

    Incidents ~ Poisson(Λ_r), severity log-normal; P' = (1 − δ)P + salience Σ severity; G = max(G_exogenous,
    P²/(P² + P̄²)). Openness raises misuse (safeguards are stripped) and audits: the sign depends on parameters.
    """
    lines, labs, p = market.lines, market.labs, market.parameters.regulation
    governments, month, seed = market.governments, market.month, market.seed
    counts = market.developers.counts[:, 1:] * market.developers.weight
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
