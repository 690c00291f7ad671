"""The joint ranges of the parameters as a cube: every value a share of its range, from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from experiments.questions.designs import Design
from experiments.questions.designs.points import leaves
from experiments.questions.settings import refuse

Float = NDArray[np.float64]
# A range whose high end is so many times the low one or more is walked in logarithms.
LOG_FROM = 8.0


@dataclass(frozen=True)
class Axis:
    """One parameter over its range.

    Attributes:
        address: Dotted name.
        low: Low end, in the parameter's unit.
        high: High end.
        log: Whether equal steps are equal ratios.
        whole: Whether values are whole numbers.
        default: Value of the baseline.
    """

    address: str
    low: float
    high: float
    log: bool
    whole: bool
    default: float

    def values(self, shares: Float) -> Float:
        """Values at shares of the range, same shape; of whole numbers each has an equal part."""
        low, high = self.low, self.high + self.whole
        values = low * (high / low) ** shares if self.log else low + (high - low) * shares
        return np.clip(np.floor(values) if self.whole else values, self.low, self.high)

    def shares(self, values: Float) -> Float:
        """The inverse, 0 to 1; a whole number is in the middle of its part."""
        low, high = self.low, self.high + self.whole
        middle = np.asarray(values, float) + 0.5 * self.whole
        with np.errstate(divide="ignore"):
            shares = np.log(middle / low) / np.log(high / low) if self.log else (middle - low) / (high - low)
        return np.clip(shares, 0.0, 1.0)


@dataclass(frozen=True)
class Space:
    """Some parameters, each over its range."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, names: Iterable[str] | None = None) -> Space:
        """Parameters or sections by name; None for every parameter that has a range.

        Raises:
            ExperimentError: One is unknown or has no range.
        """
        given = None if names is None else list(names)
        spans = Design.of({"kind": "latin_hypercube", "params": given, "points": 2}).axes
        return cls(tuple(_axis(address, span) for address, span in spans.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """Dotted names, in order."""
        return tuple(axis.address for axis in self.axes)

    def __len__(self) -> int:
        return len(self.axes)

    def only(self, names: Sequence[str]) -> Space:
        """The same with some of the parameters, in the order of the names."""
        known = {axis.address: axis for axis in self.axes}
        return Space(tuple(known[name] for name in names))

    @property
    def default(self) -> Float:
        """Shares of the baseline's values, shape (parameters,); at an end where a default lies outside its range."""
        return np.array([float(axis.shares(np.array(axis.default))) for axis in self.axes])

    def frame(self, shares: Float) -> pd.DataFrame:
        """A row of values for every row of shares, shape (points, parameters)."""
        columns = {axis.address: axis.values(shares[:, place]) for place, axis in enumerate(self.axes)}
        return pd.DataFrame(columns)

    def shares(self, frame: pd.DataFrame) -> Float:
        """Shares of a table that has a column for every parameter, shape (points, parameters)."""
        return np.column_stack([axis.shares(frame[axis.address].to_numpy(float)) for axis in self.axes])

    def hypercube(self, points: int, seed: int) -> Float:
        """A Latin hypercube of shares, shape (points, parameters); the same seed gives the same bits."""
        params = {axis.address: _span(axis) for axis in self.axes}
        design = Design.of({"kind": "latin_hypercube", "params": params, "points": points, "seed": seed})
        return self.shares(design.expand(sim.Parameters()).frame)


def _axis(address: str, span: Any) -> Axis:
    leaf = leaves()[address]
    if not isinstance(span, dict):
        raise refuse("params", address, "parameters with a range, not choices")
    low, high = float(span["low"]), float(span["high"])
    return Axis(address, low, high, low > 0.0 and high >= LOG_FROM * low, isinstance(leaf.value, int), leaf.default)


def _span(axis: Axis) -> dict[str, Any]:
    ends = (int(axis.low), int(axis.high)) if axis.whole else (axis.low, axis.high)
    return {"low": ends[0], "high": ends[1], "scale": "log" if axis.log else "linear"}
