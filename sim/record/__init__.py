"""What a run leaves: every measure of every month, flows of researchers, and what others need of it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.data.calendar import LAST_HISTORICAL_MONTH, date_of
from sim.inputs.display import Card, Shown, number
from sim.inputs.errors import Named, ParameterError, missing, refused, whole
from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import REGIONS
from sim.record.items import (
    ClosedVersion,
    Completed,
    Decision,
    Ending,
    Payoff,
    Residual,
    Teachers,
    Welfare,
    Workforce,
)

__all__ = [
    "HEADLINES",
    "ClosedVersion",
    "Completed",
    "Decision",
    "Ending",
    "Payoff",
    "Record",
    "Residual",
    "Teachers",
    "Welfare",
    "Workforce",
]

V = TypeVar("V")
# What a record shows of itself.
HEADLINES = (
    "spend",
    "adoption",
    "hhi",
    "open_share_tokens",
    "frontier",
    "open_lag",
    "price_gpt35_level",
    "researchers_labs",
    "startups",
    "consumer_gain",
)


class Record(Shown):
    """Rows 0 … months of one run.

    Attributes:
        lab_names: Labs.
        lab_regions: Their regions.
        newcomers: How many of them, the last ones, are yet to be founded when the record of history has ended.
        teachers: What could be learned from at the end of each month.
        workforce: Who worked outside labs and what researchers earned, each month.
        completed: Every finished run, in order.
        residuals: (lab, model) → its residual.
        closed_versions: Closed models of each lab and tier at the end of each month.
        chip_prices: Price of compute by region and month [$/FLOP].
        welfare: What users had in each month.
        budgets: Research budgets by lab and month [$/month].
        raised: What labs were given by month [$/month].
        ending: What is left to be explained of money at the end of what is recorded; None before.
        seed: The run's luck; None if nobody said.
        developers: Developer agents; None likewise.
    """

    def __init__(
        self,
        lab_names: tuple[str, ...],
        lab_regions: tuple[str, ...],
        newcomers: int = 0,
        seed: int | None = None,
        developers: int | None = None,
    ) -> None:
        self.lab_names = lab_names
        self.lab_regions = lab_regions
        self.newcomers = newcomers
        self.seed, self.developers = seed, developers
        self.teachers: list[Teachers] = []
        self.workforce: list[Workforce] = []
        self.completed: list[Completed] = []
        self.decisions: list[Decision] = []
        self._measured: dict[tuple[int, str | None], tuple[list[int], list[float]]] = {}  # by tier and lab, of all labs
        self.residuals: dict[tuple[str, str], Residual] = {}
        self.closed_versions: list[ClosedVersion] = []
        self.chip_prices: list[Float] = []
        self.welfare: list[Welfare] = []
        self.budgets: list[Float] = []
        self.raised: list[Float] = []
        self.ending: Ending | None = None
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

    def __repr__(self) -> str:
        return f"Record({self.months + 1} months of {len(self.lab_names)} labs, seed {self.seed})"

    def card(self) -> Card:
        """Headline measures at the start, at the end of the data and now."""
        when = sorted({0, min(self.months, LAST_HISTORICAL_MONTH), self.months} - {-1})
        shown = [name for name in HEADLINES if name in self._market]
        rows = tuple((name, *(number(self._market[name][month]) for month in when)) for name in shown)
        note = ".market[measure] and .labs[measure] are arrays, a row a month; .series(measure) is a list"
        return Card(repr(self), ("measure", *map(date_of, when)), rows, note)

    def check_luck(self, seed: int, developers: int) -> None:
        """Refuse to be the reference of a run of other luck: the difference would be the seeds', not the scenario's.

        Raises:
            ParameterError: That run has another seed or number of developers.
        """
        for name, theirs, own in (("seed", self.seed, seed), ("developers", self.developers, developers)):
            if theirs not in (None, own):
                raise ParameterError(
                    f"reference has {name} = {theirs}, this run {own}; allowed: a run of the same seed and developers"
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
    def market(self) -> Named[Float]:
        """Market measures, each of shape (months + 1,)."""
        return Named("measure", {name: np.array(values) for name, values in self._market.items()})

    @property
    def labs(self) -> Named[Float]:
        """Lab measures, each of shape (months + 1, labs)."""
        return Named("measure", {name: np.array(values) for name, values in self._labs.items()})

    @property
    def told(self) -> NDArray[np.intp]:
        """Rows of labs of which there is something to tell: all but those that were never founded."""
        founded = np.any(self._labs["exists"], axis=0) if self._labs else np.zeros(len(self.lab_names), bool)
        return np.flatnonzero(founded | (np.arange(len(self.lab_names)) < len(self.lab_names) - self.newcomers))

    def last(self, measure: str) -> float:
        """A market measure this month.

        Raises:
            ParameterError: There is no such measure; likewise below.
        """
        return _known(self._market, measure)[-1]

    def last_of_market(self) -> dict[str, float]:
        """Every market measure this month."""
        return {name: values[-1] for name, values in self._market.items()}

    def series(self, measure: str) -> list[float]:
        """A market measure to date."""
        return _known(self._market, measure) if self._market else []

    def last_of_labs(self, measure: str) -> Float:
        """A lab measure this month, shape (labs,)."""
        return _known(self._labs, measure)[-1]

    def of_labs(self, measure: str, ago: int) -> Float:
        """A lab measure as it was some months before the month that is not yet recorded, shape (labs,)."""
        values = _known(self._labs, measure)
        return values[-whole("ago", ago, 1, len(values))]

    def append(self, market: dict[str, float], labs: dict[str, Float], chip_price: Float, welfare: Welfare) -> None:
        """Add a month."""
        if not self.chip_prices:
            self._market, self._labs = {name: [] for name in market}, {name: [] for name in labs}
        for name, value in market.items():
            self._market[name].append(value)
        for name, values in labs.items():
            self._labs[name].append(values)
        self.chip_prices.append(chip_price.copy())
        self.welfare.append(welfare)

    def aligned(self, measure: str, month: int, lab_names: tuple[str, ...]) -> Float:
        """A lab measure of a month in another order of labs; labs that this run did not have get zero."""
        return self.in_order(self._labs[measure][month], lab_names)[0]

    def in_order(self, values: Float, lab_names: tuple[str, ...]) -> tuple[Float, Bool]:
        """Values of labs in another order of labs, zero for labs that this run did not have, and which it had."""
        rows = {name: row for row, name in enumerate(self.lab_names)}
        found = np.array([values[rows[name]] if name in rows else 0.0 for name in lab_names])
        return found, np.array([name in rows for name in lab_names])

    def remember_money(self, budgets: Float, raised: Float) -> None:
        """Keep what labs spent on research and were given."""
        self.budgets.append(budgets.copy())
        self.raised.append(raised.copy())

    def remember_run(self, run: Completed) -> None:
        """Keep a finished run and its residual."""
        self.completed.append(run)
        if run.counts:
            for lab in (self.lab_names[run.lab], None):
                months, residuals = self._measured.setdefault((run.tier, lab), ([], []))
                months.append(run.month)
                residuals.append(run.residual.own)
        self.residuals[self.lab_names[run.lab], run.model] = run.residual

    def residuals_before(self, month: int, tier: int, lab: str | None) -> list[float]:
        """Own residuals of a tier that were measured before a month, of one lab or of all (None), in order [OOM]."""
        months, residuals = self._measured.get((tier, lab), ([], []))
        return residuals[: bisect_left(months, month)]

    def remember_workforce(self, workforce: Workforce) -> None:
        """Keep what researchers outside labs and graduates answer to later."""
        self.workforce.append(workforce)

    def remember_models(self, teachers: Teachers, version: ClosedVersion) -> None:
        """Keep what can be learned from, or opened, later."""
        self.teachers.append(teachers)
        self.closed_versions.append(version)

    def add_flows(self, month: int, origin: NDArray[np.int16], destination: NDArray[np.int16], weight: float) -> None:
        """Add a month's moves between employers."""
        size = len(self._employers)
        matrix = np.bincount(origin.astype(np.int64) * size + destination, minlength=size * size)
        flows = np.asarray(matrix.reshape(size, size) * weight, np.float64)
        self._moves.append((month, flows, self._member.T.dot(flows).dot(self._member)))

    def flows(self, level: str) -> list[tuple[int, str, str, float]]:
        """Moves as (month, origin, destination, researchers), those that happened.

        Args:
            level: ``employer`` or ``region``.

        Raises:
            ParameterError: Another level.
        """
        if not isinstance(level, str) or level not in ("employer", "region"):
            raise refused("level", level, "employer, region")
        rows = []
        names = REGIONS if level == "region" else self._employers
        for month, by_employer, by_region in self._moves:
            matrix = by_region if level == "region" else by_employer
            for origin, destination in zip(*np.nonzero(matrix), strict=True):
                if level == "employer" or origin != destination:
                    rows.append((month, names[origin], names[destination], float(matrix[origin, destination])))
        return rows

    def moves_between(self, origin: str, destination: str, months: int) -> float:
        """Researchers who moved between two regions in the last months.

        Raises:
            ParameterError: There is no such region, or not a number of months from 1.
        """
        rows = {name: row for row, name in enumerate(REGIONS)}
        first, second = _known(rows, origin, "origin"), _known(rows, destination, "destination")
        months = whole("months", months, 1, 600)
        return math.fsum(by_region.item(first, second) for _, _, by_region in self._moves[-months:])


def _known(values: Mapping[str, V], name: Any, argument: str = "measure") -> V:
    if not isinstance(name, str) or name not in values:
        raise missing(argument, name, values)
    return values[name]
