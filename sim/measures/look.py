"""What a measure is, and what measures of the market and of labs share."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, overload

import numpy as np
from scipy.linalg.lapack import dgesv

from sim import views
from sim.agents.developers import CODERS_ABROAD, FIRMS_ABROAD, NODES, ORGANISATION_OF_SEGMENT
from sim.agents.lab import CLOSED, SLOTS, TIERS
from sim.data.calendar import YEAR
from sim.inputs.registry import Registry, owner_of
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.record import Workforce
from sim.state import State
from sim.views import labour

# What tells the rows of tables of results apart.
KEYS = ("scenario", "point", "seed", "month", "lab", "region", "run", "key")
# Dollars, and dollars a month, in the units that measures have [$bn, $bn/year].
BILLION = 1e9
BILLION_A_YEAR = YEAR / BILLION
T = TypeVar("T")
F = TypeVar("F", bound="Callable[[Look], Any]")
# The hedonic regression is over lines of at most this age [months], and at least so many open and so many closed.
HEDONIC_AGE, HEDONIC_LEAST = 18, 3
# A model counts as of a level if it is within the luck of one run below it [OOM].
LEVEL_TOLERANCE = 0.15
US, CN = REGIONS.index("US"), REGIONS.index("CN")
# What lines get: of everybody; of firms outside China; and of the developer market, which is individuals, developers at
# startups, and apps outside China.
KINDS = SPEND, TOKENS, USERS, FIRM_USERS, FIRM_SPEND, CODER_TOKENS, CODER_SPEND = tuple(range(7))  # rows
_SPENDERS = np.array(
    [FIRMS_ABROAD, CODERS_ABROAD, *(of == ORGANISATION_OF_SEGMENT for of in range(len(ORGANISATIONS)))], float
)
_FIRMS = FIRMS_ABROAD.astype(float)
_REGIONS = np.arange(len(REGIONS))[:, None]
_CLOSED_AND_OPEN = np.array([0, len(TIERS)])  # first slot of each
_NO_SLOPES = [math.nan, math.nan, math.nan]


class once(Generic[T]):
    """A property worked out once; without the lock that ``functools.cached_property`` takes before Python 3.12."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        self.function, self.name, self.__doc__ = function, function.__name__, function.__doc__

    @overload
    def __get__(self, look: None, owner: type) -> once[T]: ...

    @overload
    def __get__(self, look: object, owner: type) -> T: ...

    def __get__(self, look: object | None, owner: type) -> once[T] | T:
        if look is None:
            return self
        value = look.__dict__[self.name] = self.function(look)
        return value


class Look:
    """One look at the market at the end of a month: what several measures need is computed once.

    It is made anew for every observation, so nothing in it can be of another month.
    """

    def __init__(self, state: State) -> None:
        self.state = state

    @once
    def is_open(self) -> Bool:
        """Lines whose weights are public, shape (lines,)."""
        return np.asarray(self.state.lines.access != CLOSED)

    @once
    def slots(self) -> Float:
        """Capability of every live line, −inf elsewhere, shape (labs, slots) [OOM]."""
        return views.capability_of_slots(self.state)

    @once
    def best(self) -> Float:
        """Most capable live model of each lab, −inf if none, shape (labs,) [OOM]."""
        return np.asarray(np.maximum.reduce(self.slots, axis=1))

    @once
    def exists(self) -> Bool:
        """Labs that have a model, shape (labs,)."""
        return np.isfinite(self.best)

    @once
    def best_line(self) -> Int:
        """Most capable line of each lab; one of no consequence if it has no model, shape (labs,)."""
        return np.asarray(self.slots.argmax(axis=1) + self.first_lines)

    @once
    def first_lines(self) -> Int:
        """First line of every lab, shape (labs,)."""
        return np.arange(0, len(self.state.lines), SLOTS)

    @once
    def best_of_labs(self) -> list[float]:
        """``best`` as plain numbers."""
        best: list[float] = self.best.tolist()
        return best

    @once
    def region_best(self) -> list[float]:
        """Most capable live model of any lab of each region, −inf if none [OOM]."""
        return self._best_in_region(self.best_of_labs)

    @once
    def serving_best(self) -> list[float]:
        """Best serving know-how of any lab of each region, −inf if it has none [OOM]."""
        return self._best_in_region(self.state.labs.serving.tolist())

    def _best_in_region(self, of_labs: list[float]) -> list[float]:
        best = [-math.inf] * len(REGIONS)
        for region, value in zip(self.state.labs.region.tolist(), of_labs, strict=True):
            if value > best[region]:
                best[region] = value
        return best

    @once
    def regions(self) -> Float:
        """Share of the world's developers by region, shape (regions,)."""
        segments = self.state.segments
        return np.asarray(np.bincount(segments.region, weights=segments.share), np.float64)

    @once
    def workforce(self) -> Workforce:
        """Researchers outside labs, and mean wages, by skill, as this month's moves left them."""
        known = self.state.record.workforce
        return known[-1] if len(known) > self.state.month else labour.workforce(self.state)

    @once
    def counts(self) -> Float:
        """Developer agents by segment and line, shape (segments, lines)."""
        return self.state.developers.counts[:, 1:].astype(float)

    @once
    def users_of_labs(self) -> Float:
        """Developers on the models of every lab, shape (regions, labs)."""
        return views.users_of_labs(self.state)

    @once
    def spend_of(self) -> Float:
        """Spend on lines by firms outside China, coders outside China, and every organisation, (2 + 5, lines)."""
        return np.asarray((_SPENDERS * (self.state.segments.budget * self.state.developers.weight)).dot(self.counts))

    @once
    def spend_by_kind(self) -> list[float]:
        """The same over all lines."""
        spend: list[float] = np.add.reduce(self.spend_of, axis=1).tolist()
        return spend

    @once
    def changes(self) -> tuple[int, int, int]:
        """Members of the panel who used a model a year ago and now, and of them who changed lab, who upgraded."""
        return self.state.panel.changes(YEAR)

    @once
    def startups_on(self) -> Float:
        """Startups whose app is built on each line, shape (lines,); those that have not chosen one yet are left out."""
        startups = self.state.startups
        rows = startups.base[startups.alive & (startups.base >= 0)]
        return np.bincount(rows, minlength=len(self.state.lines)).astype(np.float64)

    @once
    def apps_abroad(self) -> Float:
        """Spend of startups outside China on each line, shape (lines,) [$/month]."""
        startups, weight = self.state.startups, self.state.parameters.entry.weight
        paid = startups.model_spend * (startups.region != CN)
        by_base = np.bincount(1 + startups.base, weights=paid, minlength=1 + len(self.state.lines))
        return np.asarray(by_base[1:] * weight, np.float64)

    @once
    def demand(self) -> Float:
        """What lines get, a row a kind, ``SPEND`` … ``CODER_SPEND``, shape (kinds, lines)."""
        state, lines, weight = self.state, self.state.lines, self.state.developers.weight
        table = np.empty((len(KINDS), len(lines)))
        table[SPEND], table[TOKENS], table[USERS] = lines.spend, lines.tokens, lines.users
        table[FIRM_USERS] = _FIRMS.dot(self.counts) * weight
        table[FIRM_SPEND] = self.spend_of[0]
        price, of_hosts = views.token_price(state)
        bought = (_SPENDERS[1] * (state.segments.budget * weight)).dot(self.counts / price)
        table[CODER_TOKENS] = bought + self.apps_abroad / of_hosts
        table[CODER_SPEND] = self.spend_of[1] + self.apps_abroad
        return table

    @once
    def shares(self) -> Float:
        """Shares of labs, closed and open lines apart, by kind of demand; zero of nothing, (kinds, labs, 2)."""
        # A lab's closed slots come first.
        parts = np.add.reduceat(self.demand, self._halves, axis=1)
        total = np.add.reduce(self.demand, axis=1)
        parts /= np.where(total > 0.0, total, 1.0)[:, None]
        return parts.reshape(len(parts), -1, 2)

    @once
    def lab_shares(self) -> Float:
        """Shares of labs by kind of demand, shape (kinds, labs)."""
        return np.asarray(np.add.reduce(self.shares, axis=2))

    def share_of_labs(self, kind: int) -> Float:
        """Shares of labs in one kind of demand, shape (labs,)."""
        return np.asarray(self.lab_shares[kind])

    @once
    def open_shares(self) -> list[float]:
        """Share of open lines, a number a kind of demand."""
        shares: list[float] = np.add.reduce(self.shares[:, :, 1], axis=1).tolist()
        return shares

    @once
    def region_shares(self) -> list[list[list[float]]]:
        """Shares of closed and open lines of the labs of each region, a pair a kind of demand."""
        at_home = (self.state.labs.region == _REGIONS).astype(float)
        shares: list[list[list[float]]] = at_home.dot(self.shares).tolist()
        return shares

    @once
    def _halves(self) -> Int:
        """First line of every lab's closed and of its open lines, shape (2 labs,)."""
        return np.asarray((self.first_lines[:, None] + _CLOSED_AND_OPEN).ravel())

    @once
    def _users_of_niches(self) -> Float:
        """Users of every line in every region and organisation, shape (niches, lines)."""
        return np.asarray(np.add.reduce(self.counts.reshape(-1, len(NODES), self.counts.shape[1]), axis=1))

    @once
    def users_of_niches(self) -> Float:
        """Users of every lab in every region and organisation, shape (niches, labs)."""
        return np.add.reduceat(self._users_of_niches, self.first_lines, axis=1).astype(float)

    @once
    def niche_leaders(self) -> Int:
        """Most used line of every region and organisation in which anybody uses any, shape (niches,)."""
        users = self._users_of_niches
        leaders = users.argmax(axis=1)
        return np.asarray(leaders[np.maximum.reduce(users, axis=1) > 0.0])

    @once
    def list_price(self) -> Float:
        """What labs and median hosts ask, shape (lines,) [$/Mtok]."""
        return views.list_price(self.state)

    @once
    def hedonic(self) -> list[float]:
        """Slopes over lines of at most ``HEDONIC_AGE`` months: of capability, open weights and age."""
        return self._slopes(HEDONIC_AGE)

    @once
    def hedonic_year(self) -> list[float]:
        """The same over lines of at most a year."""
        return self._slopes(YEAR)

    def _slopes(self, age: int) -> list[float]:
        """Least squares of log prices of lines on capability [OOM], open weights and age [months]; missing if few.

        Args:
            age: Lines are live, have a price and are at most so old [months].
        """
        lines = self.state.lines
        chosen = lines.live & (lines.birth >= self.state.month - age) & (lines.price > 0.0)
        number = np.count_nonzero(chosen)
        of_open = np.count_nonzero(chosen & self.is_open)
        if min(of_open, number - of_open) < HEDONIC_LEAST:
            return _NO_SLOPES
        table = np.array([self.slots.ravel(), self.is_open, -lines.birth, self.list_price])[:, chosen]
        np.log(table[-1], out=table[-1])
        table -= np.add.reduce(table, axis=1)[:, None] / number
        moments = table.dot(table.T)
        *_, slopes, singular = dgesv(moments[:-1, :-1], moments[:-1, -1])
        return _NO_SLOPES if singular else slopes.tolist()  # singular where all are of one age, or the like

    @once
    def frontier(self) -> float:
        """Best capability ever on the market [OOM]."""
        return float(self.state.world.frontier[0])

    @once
    def open_frontier(self) -> float:
        """The same of lines whose weights are public, missing before the first [OOM]."""
        return self.best_so_far("open_frontier", float(np.maximum.reduce(self.slots[:, len(TIERS) :], axis=None)))

    @once
    def closed_frontier(self) -> float:
        """The same of closed lines [OOM]."""
        return self.best_so_far("closed_frontier", float(np.maximum.reduce(self.slots[:, : len(TIERS)], axis=None)))

    @once
    def flagship_price(self) -> float:
        """Price of the most capable flagship, missing before the first [$/Mtok]."""
        flagships = self.slots[:, :: len(TIERS)]
        lab, slot = divmod(int(flagships.argmax()), flagships.shape[1])
        if not math.isfinite(flagships[lab, slot]):
            return math.nan
        return float(self.list_price[lab * SLOTS + slot * len(TIERS)])

    def price_of_level(self, level: float, tolerance: float = LEVEL_TOLERANCE) -> float:
        """Cheapest price of a line of a level of capability, or so little below it; missing if none [$/Mtok]."""
        price = self.list_price[self.slots.ravel() >= level - tolerance]
        return float(np.minimum.reduce(price)) if price.size else math.nan

    def best_so_far(self, name: str, now: float) -> float:
        """The more of what a measure of this name recorded last and of now, missing if neither is finite."""
        before = self.state.record.series(name)
        best = before[-1] if before and before[-1] >= now else now
        return best if math.isfinite(best) else math.nan

    def lag(self, leader: str, follower: float, tolerance: float = 0.0) -> float:
        """Months since the leader first was where the follower is now, zero if it never was.

        Args:
            leader: Measure of the leader's best so far, of which the record has the past.
            follower: Best so far of the follower; if it is missing, so is the lag.
            tolerance: How far the leader may have been below and yet there [OOM].
        """
        if not math.isfinite(follower):
            return math.nan
        path = self.state.record.series(leader)
        # Nothing falls, so halving finds the month; before its first model the leader was nowhere.
        reached = bisect_left(path, follower - tolerance, key=lambda level: -math.inf if level != level else level)
        return float(len(path) - reached)


@dataclass(frozen=True)
class Measure:
    """One thing to observe of the market, a number, or of every lab, an array of shape (labs,)."""

    name: str
    unit: str
    doc: str
    of: Callable[[Look], float | Float]

    def compute(self, state: State) -> float | Float:
        """This measure alone, now."""
        return self.of(Look(state))


class Measures(Registry[Measure]):
    """Measures by name; calling it with a unit gives the decorator that adds one."""

    def __call__(self, unit: str) -> Callable[[F], F]:
        """Decorator: observe what this function computes; its docstring is the definition.

        Raises:
            RegistrationError: Another function has that name.
        """

        def declare(function: F) -> F:
            name = function.__name__
            self.add(name, Measure(name, unit, (function.__doc__ or "").strip(), function), owner_of(function))
            return function

        return declare
