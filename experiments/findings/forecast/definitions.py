"""What each quantity is a function of: one run and the row, to a number in the row's unit; missing if a run has none.

Where a target is the same quantity, its definition is used; here stand those that no target has. A *bridge* starts from
what was published last within the record and takes from the run how it moves from there, for what a run has not the
level of.
"""

from __future__ import annotations

import math

import numpy as np

import sim
from experiments.findings.forecast.rows import Asked
from experiments.findings.targets.definitions import (
    DAY_OF_RELEASE,
    DEFINITIONS,
    ELO_A_POINT,
    Definition,
    ends_of_quarters,
)
from experiments.findings.targets.rows import Row
from experiments.findings.targets.run import Array, Run
from sim.data.calendar import LAST_HISTORICAL_MONTH as END
from sim.data.history import load
from sim.data.index import POINTS_AN_OOM

PER_CENT = 100.0
# Points of the leaderboard a point of the index, of the last year for which it is known.
ELO = ELO_A_POINT["2025"]
OWN: dict[str, Definition] = {}


def compute(run: Run, asked: Asked) -> float:
    """The quantity in one run; missing if nothing computes it, or the run is too short or has nothing of the kind."""
    row = asked.row
    if not row.computable or sim.month_of(row.last) > run.months:
        return math.nan
    return float(FUNCTIONS[row.function](run, row))


def own(function: Definition) -> Definition:
    """Decorator: a function that rows may name."""
    OWN[function.__name__] = function
    return function


@own
def lag_behind_us(run: Run, row: Row) -> float:
    """Months since the US frontier first was where another is, mean over ends of quarters, to the middle of the month.

    Zero months where the US never was there, as in ``europe_lag``.
    """
    leader, follower = run.series("us_frontier"), run.series(row.measure)
    lags = [_steps_behind(leader, follower, month) for month in ends_of_quarters(row)]
    return float(np.mean(lags)) + DAY_OF_RELEASE


def _steps_behind(leader: Array, follower: Array, month: int) -> float:
    if not math.isfinite(follower[month]):
        return math.nan
    there = np.flatnonzero(leader[: month + 1] >= follower[month])
    return float(month - there[0]) if there.size else 0.0


@own
def hhi_of_all(run: Run, row: Row) -> float:
    """Sum of squared shares of all labs, mean over the months."""
    return float((run.series(row.measure)[row.span] ** 2).sum(axis=1).mean())


@own
def bridged_odds(run: Run, row: Row) -> float:
    """The published share, its odds moved as those in the run from the end of the record to the date."""
    if row.unit != "%":
        raise ValueError(f"{row.id}: odds are of shares in %")
    series = run.series(row.measure, row.lab)
    now, then = series[row.span][-1], series[END]
    if not (0.0 < now < 1.0 and 0.0 < then < 1.0):
        return math.nan
    level = row.value / PER_CENT
    odds = level / (1.0 - level) * (now / (1.0 - now)) / (then / (1.0 - then))
    return PER_CENT * odds / (1.0 + odds)


@own
def bridged_ratio(run: Run, row: Row) -> float:
    """The published level times the growth in the run from the end of the record to the date."""
    series = run.series(row.measure, row.lab)
    return float(row.value * series[row.span][-1] / series[END]) if series[END] > 0.0 else math.nan


@own
def cumulative_ratio(run: Run, row: Row) -> float:
    """Developers on open weights of Chinese labs over those on US labs', each summed over the months.

    Shares of the two are known; both are weighed by all developers on open weights, European labs' included.
    """
    users = (run.series("open_share_users") * run.series("adoption"))[row.span]
    share = run.series(row.measure)[row.span]
    china, us = float(users.dot(share)), float(users.dot(1.0 - share))
    return china / us if us > 0.0 else math.nan


@own
def arena_gap(run: Run, row: Row) -> float:
    """US less Chinese score of the leaderboard over the Chinese score, by the index from the published US one."""
    us, china = run.series("us_frontier"), run.series("china_frontier")
    month = row.span.stop - 1
    points = ELO * POINTS_AN_OOM
    score = row.value + points * (us[month] - us[END])
    gap = points * (us[month] - china[month])
    return float(PER_CENT * gap / (score - gap))


@own
def outside_money(run: Run, row: Row) -> float:
    """R&D less rents plus what cash grew by, over twelve months, of all labs of a region [$bn]."""
    regions = load().attributes
    labs = [lab for lab in run.names if lab in regions and regions[lab]["region"] == row.lab]
    total = 0.0
    for lab in labs:
        cash = run.series("labs.cash", lab)
        spent = run.series(row.measure, lab)[row.span] - run.series("labs.rent", lab)[row.span]
        total += float(spent.mean()) + float(cash[row.span.stop - 1] - cash[row.span.start - 1])
    return total if labs else math.nan


FUNCTIONS: dict[str, Definition] = {**DEFINITIONS, **OWN}
