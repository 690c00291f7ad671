"""Who works where, who left, and where staff went."""

from __future__ import annotations

import math

import numpy as np

from sim.agents.researchers import HARDWARE, MODEL
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


@MARKET("1")
def researchers_labs(look: Look) -> float:
    """Share of researchers who work at labs."""
    labs, governments = look.state.labs, look.state.governments
    staff = np.add.reduce(labs.researchers) + np.add.reduce(labs.hardware_researchers)
    return float(staff / np.add.reduce(governments.researchers))


@MARKET("$/year")
def wage_model(look: Look) -> float:
    """Mean wage of researchers with model skills, at labs and elsewhere."""
    return float(look.workforce.wage[MODEL]) * YEAR


@MARKET("$/year")
def wage_hardware(look: Look) -> float:
    """The same of those with hardware skills."""
    return float(look.workforce.wage[HARDWARE]) * YEAR


@MARKET("$/year")
def wage_outside(look: Look) -> float:
    """Wage of researchers with model skills in academia, at startups and other firms."""
    return float(look.state.world.outside_wage[0, MODEL]) * YEAR


@LABS("$/year")
def hardware_wage(look: Look) -> Float:
    """Posted wage of a researcher with hardware skills."""
    return look.state.labs.hardware_wage * YEAR


@LABS("OOM/year")
def carried(look: Look) -> Float:
    """Training know-how that this month's hires from other labs brought along, as far as it is taken up, a year."""
    state = look.state
    return np.asarray(state.parameters.research.carry * state.labs.carried * YEAR)


def _share(look: Look, region: str) -> float:
    people: list[float] = look.state.governments.researchers.tolist()
    return people[REGIONS.index(region)] / math.fsum(people)
