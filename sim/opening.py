"""The state of the market before its first month."""

from __future__ import annotations

import numbers
import secrets
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import strategies
from sim.agents.developers import Developers, new_segments
from sim.agents.government import Government, Governments
from sim.agents.lab import Lab, new_lines
from sim.agents.researchers import HARDWARE, MODEL, Researchers
from sim.agents.startup import Startups, open_startups
from sim.agents.world import World
from sim.mechanisms.talent import adjust_wages, count_staff
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS, ParameterError
from sim.record import Record

if TYPE_CHECKING:
    from sim.market import Market

DEVELOPERS = (100, 50_000_000)
# Permanent identities of employers beside labs, as options of researchers' choice.
_ELSEWHERE, _STARTUPS = 1000, 2000


def seed_of(value: Any) -> int:
    """The seed as a whole number; a fresh one if None. Mesa's tools may hand over text or a generator.

    Raises:
        ParameterError: It is neither, or negative.
    """
    if value is None:
        return secrets.randbits(48)
    if isinstance(value, np.random.SeedSequence):
        return int(value.generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(value, np.random.Generator):
        return int(value.integers(draws.SEED_LIMIT))
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ParameterError(f"rng = {value!r} is not allowed; allowed: a whole number, 0 or more")
    if not 0 <= int(value) < draws.SEED_LIMIT:
        raise ParameterError(f"rng = {value!r} is not allowed; allowed: 0 to 2^63 - 1")
    return int(value)


def developers_of(value: Any) -> int:
    """The number of developer agents.

    Raises:
        ParameterError: Not a whole number from 100 to 50 million.
    """
    low, high = DEVELOPERS
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not low <= int(value) <= high:
        raise ParameterError(f"developers = {value!r} is not allowed; allowed: a whole number from {low} to {high}")
    return int(value)


def populate(market: Market, developers: int) -> None:
    """Fill every table: labs as history has them, developers without a model, researchers at work, first startups."""
    p, history = market.parameters, market.history
    market.labs = history.lab_table()
    market.lines = new_lines(market.labs)
    labs = len(market.labs)
    market.segments = new_segments(p.population, market.lines.rows, labs)
    market.segments.awareness += history.values("awareness_0")[None, :] + p.awareness.floor
    market.segments.price[:] = np.inf
    market.developers = Developers(developers, market.segments, 1 + market.lines.rows, p.population.world, market.seed)
    market.startups = Startups(0)
    market.governments = Governments(len(REGIONS))
    market.governments.domestic_experience[:] = 1.0
    market.governments.chip_price[:] = p.compute.chip_price
    market.world = World(1)
    market.world.growth[0] = 1.0
    market.strategies = [strategies.get("historical")] * labs
    market.set_strategies(market.setup.labs)
    market.record = Record(market.lab_names, tuple(REGIONS[region] for region in market.labs.region))
    market.lab_agents = [Lab(market, market.labs, row) for row in range(labs)]
    market.government_agents = [Government(market, market.governments, row) for row in range(len(REGIONS))]
    market.startup_agents = {}
    _settle_researchers(market)
    market.labs.budget[:] = history.budget_path(0, 0.0)
    adjust_wages(market, 1.0)
    _open_first_startups(market)


def _settle_researchers(market: Market) -> None:
    """Founding and early staff at their labs, everybody else in academia and other firms by region.

    Labs that will be founded later already have their founders, for they are somewhere; those of labs that never
    exist are elsewhere.
    """
    p, labs = market.parameters.talent, market.labs
    weight = p.world / p.researchers
    people = Researchers(len(labs), weight)
    exists = np.array([strategy.exists for strategy in market.strategies])
    staff = np.round(market.history.values("researchers_0") / weight).astype(np.int64)
    others = max(p.researchers - int(staff.sum()), 0)
    by_region = np.floor(np.cumsum(p.workplaces()) / p.workplaces().sum() * others + 0.5).astype(np.int64)
    by_region = np.diff(by_region, prepend=0)
    employer = np.concatenate(
        [
            np.repeat(np.where(exists, np.arange(len(labs)), people.labs + labs.region), staff),
            np.repeat(people.labs + np.arange(len(REGIONS)), by_region),
        ]
    ).astype(np.int16)
    market.employer_region = np.concatenate([labs.region, np.arange(len(REGIONS)), np.arange(len(REGIONS))])
    market.employer_option = np.concatenate(
        [labs.uid, _ELSEWHERE + np.arange(len(REGIONS)), _STARTUPS + np.arange(len(REGIONS))]
    )
    # Identities by employer, so that another lab shifts nobody else's.
    block = np.concatenate([np.repeat(labs.uid, staff), np.repeat(_ELSEWHERE + np.arange(len(REGIONS)), by_region)])
    first = np.concatenate([[0], np.cumsum(np.concatenate([staff, by_region]))[:-1]])
    rank = np.arange(employer.size) - np.repeat(first, np.concatenate([staff, by_region]))
    identity = (block.astype(np.uint64) << np.uint64(20)) + rank.astype(np.uint64)
    skill = draws.uniform(market.seed, "researcher_identity", 0, identity) < p.hardware_share
    chance = origin_given_workplace(p.origins(), p.home)
    draw = draws.uniform(market.seed, "researcher_identity", 1, identity)
    cumulated = np.cumsum(chance, axis=1)[market.employer_region[employer]]
    origin = np.minimum((draw[:, None] > cumulated).sum(axis=1), len(REGIONS) - 1)
    people.add(identity, employer, origin.astype(np.int8), np.where(skill, HARDWARE, MODEL).astype(np.int8))
    market.researchers = people
    count_staff(market)
    market.hardware_staff_start = market.governments.hardware_researchers.copy()


def origin_given_workplace(origins: Float, home: float) -> Float:
    """Chance of each origin by region of work, ∝ share · e^(home if the same), shape (work, origin)."""
    weight = origins[None, :] * np.exp(home * np.eye(len(REGIONS)))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _open_first_startups(market: Market) -> None:
    p = market.parameters
    shares = p.population.spend_shares()
    edges = np.floor(np.cumsum(shares) * p.entry.stock + 0.5).astype(np.int64)
    for region, number in enumerate(np.diff(edges, prepend=0)):
        open_startups(market, (region << 28) + np.arange(number), np.full(number, region))
