"""What each row is a function of: one run and the row, to a number in the row's unit; missing if the run has none.

Definitions are those of the publisher, as far as a run has what they need; a row's note says where it has not.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

import sim
from experiments.findings.targets.rows import Row
from experiments.findings.targets.run import OF_LABS, Array, Run
from sim.data.index import POINTS_AN_OOM, index

Definition = Callable[[Run, Row], float]
DEFINITIONS: dict[str, Definition] = {}
YEAR = 12
# Points of the leaderboard a point of the index: the same US-China gaps in both, early in 2024 and in 2025.
ELO_A_POINT = {"2024": 14.2, "2025": 6.6}
# A lag is published from the end of a quarter to a day, which in the mean is the middle of its month [months].
DAY_OF_RELEASE = 0.5
# Two-year retention looks at so many months.
RETENTION = 24


def definition(function: Definition) -> Definition:
    """Decorator: a function that rows may name."""
    DEFINITIONS[function.__name__] = function
    return function


def compute(run: Run, row: Row) -> float:
    """The row's number in one run; missing if the run is too short for it, or has nothing of the kind.

    Raises:
        KeyError: The run has not recorded what it takes.
        ValueError: Nothing computes the row.
    """
    if not row.computable:
        raise ValueError(f"{row.id} cannot be computed: {row.why_not}")
    if row.measure and sim.month_of(row.last) > run.months:
        return math.nan
    return float(DEFINITIONS[row.function](run, row))


def path(run: Run, row: Row) -> Array:
    """The row's measure over its months, in its unit or, of rates, in its unit before the ``/year``."""
    values = run.series(row.measure, row.lab)[row.span]
    registry = sim.measures.LABS if row.measure.startswith(OF_LABS) else sim.measures.MARKET
    units = registry[row.measure.removeprefix(OF_LABS)].unit, row.unit.removesuffix("/year")
    if units == ("1", "%"):
        return 100.0 * values
    if units == ("OOM", "index"):
        return index(values)
    return values


@definition
def at(run: Run, row: Row) -> float:
    """On the date."""
    return float(path(run, row)[-1])


@definition
def mean(run: Run, row: Row) -> float:
    """Mean over the months."""
    return float(path(run, row).mean())


@definition
def mean_rest(run: Run, row: Row) -> float:
    """A hundred less the mean over the months."""
    return 100.0 - mean(run, row)


@definition
def peak(run: Run, row: Row) -> float:
    """The highest month."""
    return _or_missing(path(run, row), np.max)


@definition
def least(run: Run, row: Row) -> float:
    """The lowest month."""
    return _or_missing(path(run, row), np.min)


@definition
def half_years(run: Run, row: Row) -> float:
    """Mean over the ends of half-years, June and December."""
    return float(path(run, row)[_month_of_year(row) % 6 == 0].mean())


@definition
def lag(run: Run, row: Row) -> float:
    """Mean over the ends of quarters, to the middle of the month in which the leader got there."""
    values = path(run, row)
    return float(np.mean([values[month - row.span.start] for month in ends_of_quarters(row)])) + DAY_OF_RELEASE


@definition
def record_slope(run: Run, row: Row) -> float:
    """Slope a year of least squares through the months in which a record was set, the month itself included."""
    whole = run.series(row.measure, row.lab)
    before = np.concatenate([[-np.inf], np.fmax.accumulate(whole)[:-1]])
    rose = (np.nan_to_num(whole, nan=-np.inf) > np.nan_to_num(before, nan=-np.inf))[row.span]
    return _slope(np.flatnonzero(rose), path(run, row)[rose])


@definition
def log_trend(run: Run, row: Row) -> float:
    """Slope a year of least squares through logs."""
    return _log_slope(path(run, row))


@definition
def growth(run: Run, row: Row) -> float:
    """Factor a year of least squares through logs."""
    return math.exp(_log_slope(path(run, row)))


@definition
def compute_growth(run: Run, row: Row) -> float:
    """Factor a year of least squares through the largest training run of any lab, given in log₁₀ FLOP."""
    largest = path(run, row).max(axis=1)
    return 10.0 ** _slope(np.arange(largest.size), largest)


@definition
def rise(run: Run, row: Row) -> float:
    """The last month over the first."""
    values = path(run, row)
    return float(values[-1] / values[0]) if values[0] > 0.0 else math.nan


@definition
def fall(run: Run, row: Row) -> float:
    """The first month over the last."""
    values = path(run, row)
    return float(values[0] / values[-1]) if values[-1] > 0.0 else math.nan


@definition
def fall_a_year(run: Run, row: Row) -> float:
    """The first month that has a value over the last, as a factor a year."""
    values = path(run, row)
    known = np.flatnonzero(np.isfinite(values))
    if known.size < 2:
        return math.nan
    first, last = known[[0, -1]]
    return float((values[first] / values[last]) ** (YEAR / (last - first)))


@definition
def fall_first_year(run: Run, row: Row) -> float:
    """The first month that has a value over the twelfth after it, or over the last if that is sooner."""
    values = path(run, row)
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return math.nan
    return float(values[known[0]] / values[min(known[0] + YEAR, len(values) - 1)])


@definition
def elo_gap(run: Run, row: Row) -> float:
    """US less Chinese frontier in points of the leaderboard, by way of the index."""
    gap = run.series("us_frontier")[row.span] - run.series("china_frontier")[row.span]
    return float(gap[-1]) * POINTS_AN_OOM * ELO_A_POINT[row.last[:4]]


@definition
def hhi(run: Run, row: Row) -> float:
    """Sum of squared shares of the labs named, on the date."""
    return float(sum(run.series(row.measure, lab)[row.span][-1] ** 2 for lab in row.lab.split(";")))


@definition
def exit_hazard(run: Run, row: Row) -> float:
    """Rate a year at which a lab's staff left over the two years to the date."""
    end = row.span.stop
    left = run.series(row.measure, row.lab)[end - RETENTION : end]
    staff = run.series("labs.researchers", row.lab)[end - RETENTION - 1 : end - 1]
    there = staff > 0.0
    return float((left[there] / staff[there]).mean() * YEAR) if there.any() else math.nan


@definition
def released_open(run: Run, row: Row) -> float:
    """Open models over all models released in the months."""
    number = run.series("releases")[row.span].sum()
    return float(path(run, row).sum() / number) if number > 0.0 else math.nan


@definition
def contribution_gini(run: Run, row: Row) -> float:
    """Gini coefficient of contributions among contributors."""
    given = np.sort(run.outputs)
    number = given.size
    if not number:
        return math.nan
    rank = np.arange(1, number + 1)
    return float(2.0 * rank.dot(given) / (number * given.sum()) - (number + 1) / number)


@definition
def contribution_top(run: Run, row: Row) -> float:
    """Share of contributions by the hundredth of contributors who give most."""
    given = np.sort(run.outputs)
    return float(given[-max(1, round(given.size / 100)) :].sum() / given.sum()) if given.size else math.nan


def ends_of_quarters(row: Row) -> list[int]:
    """Months of the row that end a quarter."""
    return [month for month in range(row.span.start, row.span.stop) if int(sim.date_of(month)[5:]) % 3 == 0]


def _month_of_year(row: Row) -> Array:
    """1 for January, of every month of the row."""
    return np.array([int(sim.date_of(month)[5:]) for month in range(row.span.start, row.span.stop)], float)


def _slope(month: Array | np.ndarray, values: Array) -> float:
    """Least squares slope a year; missing with fewer than two months."""
    known = np.isfinite(values)
    month, values = np.asarray(month, float)[known], values[known]
    away = month - month.mean() if month.size else month
    return float(YEAR * away.dot(values) / away.dot(away)) if month.size > 1 else math.nan


def _log_slope(values: Array) -> float:
    """The same of logs, over the months that have a positive value."""
    month = np.flatnonzero(values > 0.0)
    return _slope(month, np.log(values[month]))


def _or_missing(values: Array, function: Callable[[Array], float]) -> float:
    known = values[np.isfinite(values)]
    return float(function(known)) if known.size else math.nan
