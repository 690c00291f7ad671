"""Who works where, who left, and where staff went."""

from __future__ import annotations

import numpy as np

from sim.data.calendar import YEAR
from sim.measures.labs import LABS
from sim.measures.look import Look
from sim.measures.market import MARKET
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS


@LABS("FTE/month")
def staff_exits(look: Look) -> Float:
    """Research staff that left the lab this month: to other employers, to found startups, or out of the field."""
    return look.state.labs.exits.copy()


@LABS("FTE/year")
def staff_inflow(look: Look) -> Float:
    """Staff that joined less staff that left over the last twelve months; missing in the first year."""
    labs, record = look.state.labs, look.state.record
    if look.state.month < YEAR:
        return np.full(len(labs), np.nan)
    return np.asarray(labs.researchers + labs.hardware_researchers - record.of_labs("researchers", YEAR))


@MARKET("1")
def researchers_us(look: Look) -> float:
    """Share of researchers who work in the US."""
    return _share(look, "US")


@MARKET("1")
def researchers_china(look: Look) -> float:
    """Share of researchers who work in China."""
    return _share(look, "CN")


@MARKET("1")
def researchers_europe(look: Look) -> float:
    """Share of researchers who work in Europe and the rest of the world."""
    return _share(look, "EU")


def _share(look: Look, region: str) -> float:
    people: list[float] = look.state.governments.researchers.tolist()
    return people[REGIONS.index(region)] / sum(people)
