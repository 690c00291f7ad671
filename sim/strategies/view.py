"""What a lab sees when it decides on release: its own affairs and what is public."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.agents.lab import ACCESS, CLOSED, FLAGSHIP, SLOTS, TIERS, LabTable, Lines
from sim.agents.world import World
from sim.data.calendar import LAST_HISTORICAL_MONTH, date_of, month_of
from sim.data.history import History
from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import REGIONS
from sim.parameters.tree import Parameters
from sim.record import Payoff, Record

A = TypeVar("A", bound=NDArray[Any])


class Source(Protocol):
    """Where a view looks: a :class:`sim.state.State`."""

    month: int
    labs: LabTable
    lines: Lines
    world: World
    history: History
    record: Record
    parameters: Parameters


class Expectation(Protocol):
    """What a lab expects of its candidates: a :class:`sim.views.openness.Outlook`."""

    def payoffs(self, tier: int) -> tuple[Payoff, ...] | None:
        """Of each level of openness."""

    def attraction(self, tier: int) -> Float | None:
        """What it has learned of each level, shape (levels,)."""

    def luck(self, tier: int) -> float:
        """A uniform draw."""


class LabView:
    """One lab's view of the market in one month; nothing is computed before it is looked at.

    Args:
        source: The market.
        row: Row of the lab.
        expected: What the lab expects of its candidates.
    """

    def __init__(self, source: Source, row: int, expected: Expectation) -> None:
        self._source, self._row, self._expected = source, row, expected

    @property
    def month(self) -> int:
        """Months since 2022-11."""
        return self._source.month

    @property
    def date(self) -> str:
        """The date, ``YYYY-MM``."""
        return date_of(self._source.month)

    @property
    def lab(self) -> str:
        """Its name."""
        return self._source.labs.names[self._row]

    @property
    def region(self) -> str:
        """Its home region."""
        return REGIONS[int(self._source.labs.region[self._row])]

    # Its own models

    @property
    def candidate(self) -> Float:
        """Capability of this month's finished run of each tier, nan if none, shape (tiers,) [OOM]."""
        return np.array(self._source.labs.candidate[self._row])

    @cached_property
    def live(self) -> Bool:
        """Whether its line of each access and tier is on the market, shape (accesses, tiers)."""
        return self._own(self._source.lines.live)

    @cached_property
    def capability(self) -> Float:
        """Capability of its lines, community gain included, −inf where none, shape (accesses, tiers) [OOM]."""
        lines = self._source.lines
        return np.where(self.live, self._own(lines.capability + lines.gain), -np.inf)

    @cached_property
    def price(self) -> Float:
        """Price of its lines last month, of its hosts where open, zero where none, shape (accesses, tiers) [$/Mtok]."""
        return self._own(self._source.lines.price)

    @cached_property
    def users(self) -> Float:
        """Users of its lines last month, shape (accesses, tiers) [developers]."""
        return self._own(self._source.lines.users)

    def closed_in(self, month: int) -> Bool:
        """Whether it had a closed model of each tier in an earlier month, shape (tiers,)."""
        versions = self._source.record.closed_versions
        return versions[month].live[self._row].copy() if 0 <= month < len(versions) else np.zeros(len(TIERS), bool)

    # Its own money

    @property
    def cash(self) -> float:
        """Money at hand [$]."""
        return float(self._source.labs.cash[self._row])

    @property
    def revenue(self) -> float:
        """Revenue last month [$/month]."""
        return float(self._source.labs.revenue[self._row])

    @property
    def profit(self) -> float:
        """Rent less research and development last month [$/month]."""
        return float(self._source.labs.profit[self._row])

    @property
    def budget(self) -> float:
        """Research and development budget [$/month]."""
        return float(self._source.labs.budget[self._row])

    # What it expects

    def if_released(self, level: int, tier: int = FLAGSHIP) -> Payoff | None:
        """What a year of its candidate at a level of openness would be worth to it [$]; None without a candidate.

        Prices are those of a market with the candidate on the closed or the open line. None too before anybody has
        spent anything.
        """
        payoffs = self._expected.payoffs(tier)
        return None if payoffs is None else payoffs[level]

    def attraction(self, tier: int = FLAGSHIP) -> Float | None:
        """What it has learned of each level, in spend on all models of a year, shape (levels,); None likewise.

        To ask is to learn: this month's payoffs enter with the weight ``release.learning`` and are remembered.
        """
        return self._expected.attraction(tier)

    def luck(self, tier: int = FLAGSHIP) -> float:
        """A uniform draw of this month for a decision between levels."""
        return self._expected.luck(tier)

    @property
    def release_temperature(self) -> float:
        """``release.temperature``: difference in attraction that makes a level e times as probable."""
        return self._source.parameters.release.temperature

    # What is public

    @property
    def frontier(self) -> float:
        """Best capability ever on the market [OOM]."""
        return float(self._source.world.frontier[0])

    @cached_property
    def best_open_of_others(self) -> float:
        """Best model with open weights of any other lab, −inf if none [OOM]."""
        lines = self._source.lines
        theirs = lines.live & (lines.access != CLOSED) & (lines.lab != self._row)
        return float((lines.capability + lines.gain)[theirs].max(initial=-np.inf))

    @cached_property
    def capabilities(self) -> dict[str, float]:
        """Lab → capability of its best model on the market [OOM]."""
        return {name: best for name, best, _ in self._best_models}

    @cached_property
    def prices(self) -> dict[str, float]:
        """Lab → price of that model last month, zero for a new one [$/Mtok]."""
        return {name: price for name, _, price in self._best_models}

    @cached_property
    def openness(self) -> dict[str, int]:
        """Lab → how open its methods are: 0 closed, 1 paper, 2 weights, 3 weights and code, 4 everything."""
        labs = self._source.labs
        return {name: int(level) for name, level in zip(labs.names, labs.openness, strict=True)}

    # The record

    def recorded_levels(self, tier: int) -> tuple[int, ...]:
        """Openness of the lab's releases of this month in history, else of the last ones before it, else closed."""
        return self._source.history.levels(self._row, tier, self._source.month, self._recorded_to)

    def recorded_openings(self) -> list[tuple[int, int]]:
        """Older closed models whose weights the lab published this month in history: (tier, month of release)."""
        if self.month > self._source.history.reaches(self._recorded_to):
            return []
        openings = self._source.history.openings.get(self.month, [])
        return [(tier, month) for lab, tier, month in openings if lab == self._row]

    @property
    def _recorded_to(self) -> int:
        recorded = self._source.parameters.record
        return LAST_HISTORICAL_MONTH if recorded.given else month_of(recorded.end)

    @property
    def release_delay(self) -> int:
        """``release.delay``, for strategies that do not say otherwise [months]."""
        return self._source.parameters.release.delay

    @cached_property
    def _best_models(self) -> list[tuple[str, float, float]]:
        lines = self._source.lines
        of_slots = np.where(lines.live, lines.capability + lines.gain, -np.inf).reshape(-1, SLOTS)
        best = of_slots.argmax(axis=1)
        price = lines.price.reshape(-1, SLOTS)
        return [
            (name, float(of_slots[row, slot]), float(price[row, slot]))
            for row, (name, slot) in enumerate(zip(self._source.labs.names, best, strict=True))
            if np.isfinite(of_slots[row, slot])
        ]

    def _own(self, of_lines: A) -> A:
        own = of_lines.reshape(-1, len(ACCESS), len(TIERS))[self._row].copy()
        return cast(A, own)
