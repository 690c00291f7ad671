"""What a measure is, and what measures of the market and of labs share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, SLOTS, TIERS
from sim.data.calendar import YEAR
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.registry import Registry, owner_of
from sim.state import State

# What tells the rows of tables of results apart.
KEYS = ("scenario", "point", "seed", "month", "lab", "region", "run", "key")
# Dollars, and dollars a month, in the units that measures have [$bn, $bn/year].
BILLION = 1e9
BILLION_A_YEAR = YEAR / BILLION
F = TypeVar("F", bound="Callable[[Look], Any]")
_SMB, _ENTERPRISE, _CN = ORGANISATIONS.index("smb"), ORGANISATIONS.index("enterprise"), REGIONS.index("CN")


class Look:
    """One look at the market at the end of a month: what several measures need is computed once.

    It is made anew for every observation, so nothing in it can be of another month.
    """

    def __init__(self, state: State) -> None:
        self.state = state

    @cached_property
    def is_open(self) -> Bool:
        """Lines whose weights are public, shape (lines,)."""
        return np.asarray(self.state.lines.access != CLOSED)

    @cached_property
    def slots(self) -> Float:
        """Capability of every live line, −inf elsewhere, shape (labs, slots) [OOM]."""
        return views.capability_of_slots(self.state)

    @cached_property
    def best(self) -> Float:
        """Most capable live model of each lab, −inf if none, shape (labs,) [OOM]."""
        return np.asarray(self.slots.max(axis=1))

    @cached_property
    def exists(self) -> Bool:
        """Labs that have a model, shape (labs,)."""
        return np.isfinite(self.best)

    @cached_property
    def best_line(self) -> Int:
        """Most capable line of each lab; one of no consequence if it has no model, shape (labs,)."""
        return np.asarray(self.slots.argmax(axis=1) + np.arange(len(self.slots)) * SLOTS)

    @cached_property
    def spend_shares(self) -> Float:
        """Shares of labs in spend, shape (labs,)."""
        return shares_by_lab(self.state, self.state.lines.spend)

    @cached_property
    def enterprise_users(self) -> Float:
        """Developers of small and large firms outside China on each line, shape (lines,)."""
        segments, people = self.state.segments, self.state.developers
        of_firm = (segments.organisation == _SMB) | (segments.organisation == _ENTERPRISE)
        chosen = of_firm & (segments.region != _CN)
        return np.asarray(people.counts[chosen, 1:].sum(axis=0) * people.weight)

    @cached_property
    def frontier(self) -> float:
        """Best capability ever on the market [OOM]."""
        return float(self.state.world.frontier[0])

    @cached_property
    def open_frontier(self) -> float:
        """The same of lines whose weights are public, missing before the first [OOM]."""
        return self.best_so_far("open_frontier", self.slots[:, len(TIERS) :])

    def best_so_far(self, name: str, now: Float) -> float:
        """The most of what a measure of this name recorded and the capabilities given, missing if none is finite."""
        before = self.state.record.series(name)
        best = np.fmax(now.max(initial=-np.inf), before[-1] if before else -np.inf)
        return float(best) if math.isfinite(best) else math.nan


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


def by_lab(state: State, of_lines: Float) -> Float:
    """Sum over the lines of each lab, shape (labs,)."""
    return np.asarray(np.bincount(state.lines.lab, weights=of_lines, minlength=len(state.labs)), np.float64)


def shares_by_lab(state: State, of_lines: Float) -> Float:
    """Shares of labs in a total over lines, zero if there is none, shape (labs,)."""
    total = of_lines.sum()
    return by_lab(state, of_lines) / total if total > 0.0 else np.zeros(len(state.labs))
