"""Misuse: incidents where capable models are used, safeguards fail and defenders are behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim import views
from sim.agents.government import KINDS
from sim.agents.lab import CLOSED, TRANSPARENCY
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS
from sim.parameters.misuse import Misuse
from sim.state import State

_REGIONS, _KINDS = np.arange(len(REGIONS))[:, None], np.arange(len(KINDS))


def danger(capability: Float, p: Misuse) -> Float:
    """G = k̄ (1 − e^(−(K − K_m)⁺/k̄)) [OOM]: grows like K − K_m at first and never beyond k̄, shape (lines,)."""
    return np.asarray(-p.most_danger * np.expm1(-np.maximum(capability - p.dangerous, 0.0) / p.most_danger))


def defended(frontier: float, best_open: float, p: Misuse) -> float:
    """K^D = (1 − share) K* + share · max{K_open, K* − gap} [OOM]: what defenders work with.

    Args:
        frontier: K*, which a share of them has as a service.
        best_open: K_open, of whose weights the others have copies; −inf if there are none.
        p: share_D and gap_D.
    """
    own = views.open_reach(best_open, frontier, p.defenders_gap)
    return (1.0 - p.defenders_open) * frontier + p.defenders_open * own


def incident_hazard(
    users: Float,
    capability: Float,
    open_weights: Float,
    protected: Float,
    audited: Float,
    defence: float,
    p: Misuse,
) -> Float:
    """λ₀ U 10^(ψ_m G) (1 + m₁ w)(1 − safe (1 − w·strip))(1 − a_m·audited) 10^(ψ_d (K − K^D)) [1/month].

    ``users`` has shape (regions, lines), the others (lines,); ``defence`` is K^D.
    """
    growth = 10.0 ** (p.capability_elasticity * danger(capability, p) + p.defence * (capability - defence))
    unprotected = 1.0 - protected * (1.0 - open_weights * p.stripped)
    by_line = p.incidents * growth * (1.0 + p.open_misuse * open_weights) * unprotected * (1.0 - p.audits * audited)
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
        "world.frontier",
    ),
    writes=(
        "governments.hazard",
        "governments.incidents",
        "labs.severity",
    ),
    neutral={"misuse.incidents": 0.0},
)
def misuse(state: State) -> None:
    """Incidents happen where capable models are used and safeguards fail, of closed and of open models apart.

    Incidents ~ Poisson(Λ_ra), severity log-normal with mean one. Openness raises misuse (safeguards are stripped) and
    lowers it (audits, defenders with copies of their own): the sign depends on parameters.
    """
    lines, labs, governments, p = state.lines, state.labs, state.governments, state.parameters.misuse
    open_weights = lines.access != CLOSED
    hazard = incident_hazard(
        views.users_by_region(state),
        np.where(lines.live, lines.capability + lines.gain, 0.0),
        open_weights.astype(np.float64),
        labs.safeguards[lines.lab],
        TRANSPARENCY[lines.openness] * labs.auditors[lines.lab],
        defended(float(state.world.frontier[0]), views.best_open(state), p),
        p,
    )
    of_kind = np.where(np.array([~open_weights, open_weights]), hazard[:, None], 0.0)
    governments.hazard[:] = np.add.reduce(of_kind, axis=2)  # over lines
    luck = draws.uniform(state.seed, "incident", state.month, _REGIONS, _KINDS)
    rates = governments.hazard.ravel().tolist()
    numbers = [draws.poisson(rate, draw) for rate, draw in zip(rates, luck.ravel().tolist(), strict=True)]
    governments.incidents[:] = np.array(numbers).reshape(governments.incidents.shape)
    labs.severity[:] = 0.0
    for cell, severity in _severities(state, numbers):
        region, kind = divmod(cell, len(KINDS))
        share = views.by_lab(state, of_kind[region, kind]) / rates[cell]
        labs.severity[:, region, kind] = severity * share


def _severities(state: State, numbers: list[int]) -> Iterator[tuple[int, float]]:
    """Sum over this month's incidents of each region and kind that had any; of one it is log-normal with mean one."""
    happened = [(cell, number) for cell, number in enumerate(numbers) if number]
    if not happened:
        return
    spread, incident = state.parameters.misuse.severity_spread, [i for _, number in happened for i in range(number)]
    normal = draws.normal(state.seed, "severity", state.month, np.repeat(*np.array(happened).T), np.array(incident))
    severity, end = np.exp(spread * normal - 0.5 * spread**2), 0
    for cell, number in happened:
        start, end = end, end + number
        yield cell, float(np.add.reduce(severity[start:end]))
