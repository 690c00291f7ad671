"""What a measure is, and what measures of the market and of labs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from sim.agents.lab import CLOSED
from sim.fields import ORGANISATIONS, REGIONS
from sim.tables import Bool, Float

if TYPE_CHECKING:
    from sim.market import Market

BILLION_A_YEAR = 12.0 / 1e9
YEAR = 12
F = TypeVar("F", bound="Callable[[Market], Any]")
_BUSINESS = [ORGANISATIONS.index("smb"), ORGANISATIONS.index("enterprise")]


@dataclass(frozen=True)
class Measure:
    """One thing to observe of the market, a number, or of every lab, an array of shape (labs,)."""

    name: str
    unit: str
    doc: str
    compute: Callable[[Market], float | Float]


class Measures(dict[str, Measure]):
    """Measures by name; calling it with a unit gives the decorator that adds one."""

    def __call__(self, unit: str) -> Callable[[F], F]:
        """Decorator: observe what this function computes; its docstring is the definition."""

        def declare(function: F) -> F:
            name = function.__name__
            self[name] = Measure(name, unit, (function.__doc__ or "").strip(), function)
            return function

        return declare


def is_open(market: Market) -> Bool:
    """Lines whose weights are public, shape (lines,)."""
    return np.asarray(market.lines.access != CLOSED)


def enterprise_users(market: Market) -> Float:
    """Developers of small and large firms outside China on each line, shape (lines,)."""
    segments = market.segments
    chosen = np.isin(segments.organisation, _BUSINESS) & (segments.region != REGIONS.index("CN"))
    return np.asarray(market.developers.counts[chosen, 1:].sum(axis=0) * market.developers.weight)


def by_lab(market: Market, of_lines: Float) -> Float:
    """Sum over the lines of each lab, shape (labs,)."""
    return np.asarray(np.bincount(market.lines.lab, weights=of_lines, minlength=len(market.labs)), np.float64)


def shares_by_lab(market: Market, of_lines: Float) -> Float:
    """Shares of labs in a total over lines, zero if there is none, shape (labs,)."""
    total = of_lines.sum()
    return by_lab(market, of_lines) / total if total > 0.0 else np.zeros(len(market.labs))
