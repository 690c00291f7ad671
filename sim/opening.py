"""The state of the market before its first month."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim import strategies
from sim.agents.developers import Developers, new_segments
from sim.agents.government import KINDS, Governments
from sim.agents.lab import new_lines
from sim.agents.panel import Panel
from sim.agents.researchers import HARDWARE, MODEL, SKILLS, Researchers
from sim.agents.startup import Startups, open_startups
from sim.agents.world import World
from sim.data.calendar import LAST_HISTORICAL_MONTH, month_of
from sim.data.history import History
from sim.data.moved import moved
from sim.inputs.errors import ParameterError, whole
from sim.mechanisms.finance import domestic_share
from sim.mechanisms.talent import adjust_wages, count_staff
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.parameters.fields import REGIONS
from sim.parameters.tree import Parameters
from sim.record import Record
from sim.scenario import Scenario
from sim.state import State

DEVELOPERS = (100, 50_000_000)
# Permanent identities of employers beside labs, as options of researchers' choice.
_ELSEWHERE, _STARTUPS = 1000, 2000
# Labs a region that can be founded after T: so many are, most within a year (docs/decisions.md).
NEWCOMERS = 1
_DIGITS = re.compile("[0-9]{1,19}")
# Keywords that are no parameters and are often tried, and what to write for what is meant.
_FOR_A_SCENARIO = "setup=experiments.scenario('no_open_weights'), or of your own setup=sim.Scenario(…)"
_FOR_A_STRATEGY = "setup=sim.Scenario(name='mine', why='…', labs={'Meta': 'closed'})"
_FOR_MANY = "rng=1 for one run, or experiments.ensemble('baseline', seeds=20) for many"
_WRITE = {
    "scenario": _FOR_A_SCENARIO,
    "scenarios": _FOR_A_SCENARIO,
    "labs": _FOR_A_STRATEGY,
    "strategy": _FOR_A_STRATEGY,
    "strategies": _FOR_A_STRATEGY,
    "months": "sim.Market(…).run(months=12)",
    "steps": "sim.Market(…).run(months=12)",
    "seeds": _FOR_MANY,
    "runs": _FOR_MANY,
    "developer": "developers=20_000",
    "n_developers": "developers=20_000",
    "params": "parameters=sim.Parameters(), or dotted names: **{'talent.mobility': 0.02}",
}


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
    number = int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value
    return whole("rng", number, 0, draws.SEED_LIMIT - 1, "a whole number, 0 to 2^63 - 1")


def no_other_argument(overrides: Mapping[str, Any]) -> None:
    """Keywords that a market does not have, though one may think so, are answered with those that it has.

    Raises:
        ParameterError: There is one.
    """
    for name in overrides:
        if name in _WRITE:
            raise ParameterError(f"{name}: no such parameter; write {_WRITE[name]}")


def developers_of(value: Any) -> int:
    """The number of developer agents.

    Raises:
        ParameterError: Not a whole number from 100 to 50 million.
    """
    return whole("developers", value, *DEVELOPERS)


def history_of(recorded: History, parameters: Parameters, setup: Scenario) -> History:
    """The record, with labs that are yet to be founded if any can be, and releases where the scenario has them."""
    history = recorded.with_newcomers(NEWCOMERS) if parameters.finance.founding > 0.0 else recorded
    shifts, record = setup.release_shifts, parameters.record
    return (
        moved(history, shifts, LAST_HISTORICAL_MONTH if record.given else month_of(record.end)) if shifts else history
    )


def populate(state: State, developers: int) -> None:
    """Fill every table: labs as history has them, developers without a model, researchers at work, first startups."""
    p, history = state.parameters, state.history
    state.labs = history.lab_table()
    state.labs.lead_believed[:] = state.labs.lead_usual[:] = np.nan
    state.labs.promise[:] = -np.inf
    state.lines = new_lines(state.labs)
    labs = len(state.labs)
    state.segments = new_segments(p.population, state.lines.rows, labs)
    state.segments.awareness += history.values("awareness_0")[None, :] + p.awareness.floor
    state.segments.price[:] = np.inf
    state.developers = Developers(developers, state.segments, 1 + state.lines.rows, p.population.world, state.seed)
    state.segments.base[:] = state.developers.counts * state.developers.weight
    state.panel = Panel(state.developers, state.lines)
    state.startups = Startups(0)
    state.governments = Governments(len(REGIONS), kinds=len(KINDS))
    c, governments = p.compute, state.governments
    governments.domestic_experience[:] = 1.0
    governments.domestic_chips[:] = domestic_share(
        governments.chip_wedge, governments.domestic_experience, c.domestic_cost, c.learning, c.domestic_elasticity
    )
    governments.chip_price[:] = c.chip_price
    state.world = World(1, skills=len(SKILLS))
    state.world.outside_wage[:] = p.talent.elsewhere_wage
    state.world.growth[0] = 1.0
    state.world.open_efficiency[0] = np.nan  # before there is an open model
    state.strategies = [strategies.get("historical")] * labs
    state.set_strategies(state.setup.labs)
    state.finished = []
    regions = tuple(REGIONS[region] for region in state.labs.region)
    state.record = Record(state.lab_names, regions, history.newcomers, state.seed, developers)
    _settle_researchers(state)
    state.labs.budget[:] = history.budget_path(0)
    adjust_wages(state, 1.0)
    _open_first_startups(state)


def _settle_researchers(state: State) -> None:
    """Founding and early staff at their labs, everybody else in academia and other firms by region.

    Labs that will be founded later already have their founders, for they are somewhere; those of labs that never
    exist are elsewhere.
    """
    p, labs = state.parameters.talent, state.labs
    weight = p.world / p.researchers
    people = Researchers(len(labs), weight)
    exists = np.array([strategy.exists for strategy in state.strategies])
    staff = np.round(state.history.values("researchers_0") / weight).astype(np.int64)
    others = max(p.researchers - int(staff.sum()), 0)
    by_region = np.floor(np.cumsum(p.workplaces()) / p.workplaces().sum() * others + 0.5).astype(np.int64)
    by_region = np.diff(by_region, prepend=0)
    employer = np.concatenate(
        [
            np.repeat(np.where(exists, np.arange(len(labs)), people.labs + labs.region), staff),
            np.repeat(people.labs + np.arange(len(REGIONS)), by_region),
        ]
    ).astype(np.int16)
    state.employer_region = np.concatenate([labs.region, np.arange(len(REGIONS)), np.arange(len(REGIONS))])
    state.employer_option = np.concatenate(
        [labs.uid, _ELSEWHERE + np.arange(len(REGIONS)), _STARTUPS + np.arange(len(REGIONS))]
    )
    # Identities by employer, so that another lab shifts nobody else's.
    block = np.concatenate([np.repeat(labs.uid, staff), np.repeat(_ELSEWHERE + np.arange(len(REGIONS)), by_region)])
    first = np.concatenate([[0], np.cumsum(np.concatenate([staff, by_region]))[:-1]])
    rank = np.arange(employer.size) - np.repeat(first, np.concatenate([staff, by_region]))
    identity = (block.astype(np.uint64) << np.uint64(20)) + rank.astype(np.uint64)
    skill = draws.uniform(state.seed, "researcher_identity", 0, identity) < p.hardware_share
    chance = origin_given_workplace(p.origins(), p.home.array())
    draw = draws.uniform(state.seed, "researcher_identity", 1, identity)
    cumulated = np.cumsum(chance, axis=1)[state.employer_region[employer]]
    origin = np.minimum((draw[:, None] > cumulated).sum(axis=1), len(REGIONS) - 1)
    people.add(identity, employer, origin.astype(np.int8), np.where(skill, HARDWARE, MODEL).astype(np.int8))
    state.researchers = people
    count_staff(state)


def origin_given_workplace(origins: Float, home: Float) -> Float:
    """Chance of each origin by region of work, ∝ share · e^(its home if the same), shape (work, origin)."""
    weight = origins[None, :] * np.exp(home * np.eye(len(REGIONS)))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _open_first_startups(state: State) -> None:
    p = state.parameters
    shares = p.population.spend_shares()
    edges = np.floor(np.cumsum(shares) * p.entry.stock + 0.5).astype(np.int64)
    for region, number in enumerate(np.diff(edges, prepend=0)):
        open_startups(
            state.startups, p.entry, state.seed, 0, (region << 28) + np.arange(number), np.full(number, region)
        )
