"""What a run leaves: every measure of every month, flows of researchers, and what others need of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import REGIONS


class ClosedVersion(NamedTuple):
    """Closed models as of a month, each of shape (labs, tiers)."""

    live: Bool
    capability: Float
    size: Float


class Record:
    """Rows 0 … months of one run.

    Attributes:
        lab_names: Labs.
        lab_regions: Their regions.
        models: Best closed and best open model of each lab at the end of each month [OOM].
        closed_versions: Closed models of each lab and tier at the end of each month.
        chip_prices: Price of compute by region and month [$/FLOP].
    """

    def __init__(self, lab_names: tuple[str, ...], lab_regions: tuple[str, ...]) -> None:
        self.lab_names = lab_names
        self.lab_regions = lab_regions
        self.models: list[tuple[Float, Float]] = []
        self.closed_versions: list[ClosedVersion] = []
        self.chip_prices: list[Float] = []
        self._market: dict[str, list[float]] = {}
        self._labs: dict[str, list[Float]] = {}
        self._moves: list[tuple[int, Float, Float]] = []  # month, by employer, by region
        self._employers = (
            *lab_names,
            *(f"elsewhere {r}" for r in REGIONS),
            *(f"startups {r}" for r in REGIONS),
        )
        self._member = np.array(
            [[region == of for of in REGIONS] for region in (*lab_regions, *REGIONS, *REGIONS)], float
        )

    @property
    def months(self) -> int:
        """Months run; there is one more row."""
        return len(self.chip_prices) - 1

    @property
    def measures(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Names of measures of the market and of labs; None before the first month."""
        return (tuple(self._market), tuple(self._labs)) if self.chip_prices else None

    @property
    def market(self) -> dict[str, Float]:
        """Market measures, each of shape (months + 1,)."""
        return {name: np.array(values) for name, values in self._market.items()}

    @property
    def labs(self) -> dict[str, Float]:
        """Lab measures, each of shape (months + 1, labs)."""
        return {name: np.array(values) for name, values in self._labs.items()}

    def last(self, measure: str) -> float:
        """A market measure this month."""
        return self._market[measure][-1]

    def series(self, measure: str) -> list[float]:
        """A market measure to date."""
        return self._market.get(measure, [])

    def last_of_labs(self, measure: str) -> Float:
        """A lab measure this month, shape (labs,)."""
        return self._labs[measure][-1]

    def of_labs(self, measure: str, ago: int) -> Float:
        """A lab measure as it was some months before the month that is not yet recorded, shape (labs,)."""
        return self._labs[measure][-ago]

    def append(self, market: dict[str, float], labs: dict[str, Float], chip_price: Float) -> None:
        """Add a month."""
        for name, value in market.items():
            self._market.setdefault(name, []).append(value)
        for name, values in labs.items():
            self._labs.setdefault(name, []).append(values)
        self.chip_prices.append(chip_price.copy())

    def aligned(self, measure: str, month: int, lab_names: tuple[str, ...]) -> Float:
        """A lab measure of a month in another order of labs; labs that this run did not have get zero."""
        values = self._labs[measure][month]
        rows = {name: row for row, name in enumerate(self.lab_names)}
        return np.array([values[rows[name]] if name in rows else 0.0 for name in lab_names])

    def remember_models(self, best_closed: Float, best_open: Float, version: ClosedVersion) -> None:
        """Keep what can be learned from, or opened, later."""
        self.models.append((best_closed, best_open))
        self.closed_versions.append(version)

    def add_flows(self, month: int, origin: NDArray[np.int16], destination: NDArray[np.int16], weight: float) -> None:
        """Add a month's moves between employers."""
        size = len(self._employers)
        matrix = np.bincount(origin.astype(np.int64) * size + destination, minlength=size * size)
        flows = np.asarray(matrix.reshape(size, size) * weight, np.float64)
        self._moves.append((month, flows, self._member.T @ flows @ self._member))

    def flows(self, level: str) -> list[tuple[int, str, str, float]]:
        """Moves as (month, origin, destination, researchers), those that happened.

        Args:
            level: ``employer`` or ``region``.

        Raises:
            ValueError: Another level.
        """
        if level not in ("employer", "region"):
            raise ValueError(f"level = {level!r} is not allowed; allowed: employer, region")
        rows = []
        names = REGIONS if level == "region" else self._employers
        for month, by_employer, by_region in self._moves:
            matrix = by_region if level == "region" else by_employer
            for origin, destination in zip(*np.nonzero(matrix), strict=True):
                if level == "employer" or origin != destination:
                    rows.append((month, names[origin], names[destination], float(matrix[origin, destination])))
        return rows

    def moves_between(self, origin: str, destination: str, months: int) -> float:
        """Researchers who moved between two regions in the last months."""
        first, second = REGIONS.index(origin), REGIONS.index(destination)
        return float(sum(by_region[first, second] for _, _, by_region in self._moves[-months:]))
