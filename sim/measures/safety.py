"""Misuse, trust and law."""

from __future__ import annotations

import math

import numpy as np

from sim.agents.lab import CLOSED, OPEN
from sim.measures.labs import LABS
from sim.measures.look import BILLION_A_YEAR, CN, US, Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS

EU = REGIONS.index("EU")


@MARKET("1/month")
def incidents(look: Look) -> float:
    """Misuse incidents in all regions."""
    return float(np.add.reduce(look.state.governments.incidents, axis=None))


@MARKET("1/month")
def incidents_open(look: Look) -> float:
    """Those of them that happened with models whose weights are public."""
    return float(np.add.reduce(look.state.governments.incidents[:, OPEN]))


@MARKET("1/month")
def incidents_expected(look: Look) -> float:
    """Expected number of incidents in all regions, of which ``incidents`` is a draw."""
    return float(np.add.reduce(look.state.governments.hazard, axis=None))


@MARKET("1/month")
def incidents_expected_open(look: Look) -> float:
    """The same with models whose weights are public."""
    return float(np.add.reduce(look.state.governments.hazard[:, OPEN]))


@MARKET("1")
def law_open(look: Look) -> float:
    """Stringency of the law on open weights, 0 to 1, mean over developers of the world."""
    return float(look.regions.dot(look.state.governments.stringency[:, OPEN]))


@MARKET("1")
def law_closed(look: Look) -> float:
    """Stringency of the law on closed services, 0 to 1, mean over developers of the world."""
    return float(look.regions.dot(look.state.governments.stringency[:, CLOSED]))


@MARKET("1")
def trust(look: Look) -> float:
    """Trust in labs, weighted by their users in every region; missing if nobody uses a model."""
    return _trust_in(look, slice(None))


@MARKET("1")
def trust_us(look: Look) -> float:
    """The same in the US."""
    return _trust_in(look, US)


@MARKET("1")
def trust_china(look: Look) -> float:
    """The same in China."""
    return _trust_in(look, CN)


@MARKET("1")
def trust_europe(look: Look) -> float:
    """The same in Europe and the rest of the world."""
    return _trust_in(look, EU)


@LABS("$bn/year")
def legal_cost(look: Look) -> Float:
    """What the law costs the lab: compliance of its releases, liability for its closed services."""
    return look.state.labs.legal * BILLION_A_YEAR


@LABS("1")
def withdrawn(look: Look) -> Float:
    """Share of the closed models on offer within two years that the lab has withdrawn."""
    return look.state.labs.withdrawn.copy()


def _trust_in(look: Look, region: int | slice) -> float:
    users = look.users_of_labs[region]
    total = float(np.add.reduce(users, axis=None))
    return float(np.add.reduce(users * look.state.labs.trust.T[region], axis=None)) / total if total > 0.0 else math.nan
