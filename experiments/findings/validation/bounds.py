"""What 2032 may not look like: each bound a pure function of a run that was watched, and its limit.

A prior, stated as such: none of it is measured, and a world beyond it is not to be believed whatever else it fits. A
bound's value is the worst of the run, so that one number says by how much.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.findings.targets.run import Array, Run
from experiments.findings.validation.watch import INFLOWS, OUTFLOWS
from sim.data.calendar import YEAR
from sim.measures.look import BILLION

# Sums of money agree to this share of what was summed.
ROUNDING = 1e-9
_PRICES = ("price_gpt35_level", "price_gpt4_level", "technology_price_gpt35")


@dataclass(frozen=True)
class Bound:
    """One of them.

    Attributes:
        name: Short.
        what: The value, in words.
        unit: Of value and limit.
        limit: The value that is just allowed.
        of: The value of a run; ``KeyError`` if the run lacks what it takes, nan if there is no such thing.
        least: Whether the limit is the least allowed; else the most.
    """

    name: str
    what: str
    unit: str
    limit: float
    of: Callable[[Run], float]
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value is inside; what is not a number is not."""
        return value >= self.limit if self.least else value <= self.limit

    def worst(self, values: Array) -> float:
        """The worst of several values; not a number if one is none."""
        return float(np.min(values) if self.least else np.max(values))


def value(bound: Bound, run: Run) -> tuple[float, str]:
    """The bound's value, and why there is none."""
    try:
        found = bound.of(run)
    except KeyError as error:
        return math.nan, f"a run has no {error.args[0]}"
    return found, "" if math.isfinite(found) else "it is no number"


def largest_spend(run: Run) -> float:
    """The largest yearly spend of a month."""
    return float(run.series("spend").max())


def identity(run: Run) -> float:
    """Largest gap between cash and opening cash with all flows since, over the money that flowed, of any lab."""
    flows = np.array([_flow(run, "rent"), -_flow(run, "budget"), *_beside(run)])[:, 1:]
    cash = run.series("labs.cash") * BILLION
    expected = cash[0] + np.cumsum(flows.sum(axis=0), axis=0)
    moved = np.abs(cash[0]) + np.cumsum(np.abs(flows).sum(axis=0), axis=0)
    return float((np.abs(cash[1:] - expected) / np.maximum(moved, 1.0)).max())


def unfinanced(run: Run) -> float:
    """Largest excess of research paid for over the money there was for it, over the research, of any lab and month."""
    spent = np.cumsum(_flow(run, "budget")[1:], axis=0)
    income = np.array([_flow(run, "rent"), *_beside(run)]).sum(axis=0)[1:]
    money = run.series("labs.cash")[0] * BILLION + np.cumsum(income, axis=0)
    return float(((spent - money) / np.maximum(spent, 1.0)).max())


def research_of_a_lab(run: Run) -> float:
    """The most that one lab spent on research over the run."""
    return float(_flow(run, "budget")[1:].sum(axis=0).max()) / BILLION


def equity_grows(run: Run) -> float:
    """Equity raised by all labs in the last year, over the largest year before."""
    return _last_over_before(_flow(run, "equity" if "x.equity" in run.labs else "raised").sum(axis=1))


def gap_grows(run: Run) -> float:
    """Research beyond rents, of labs where it is, in the last year over the largest year before."""
    return _last_over_before(np.maximum(_flow(run, "budget") - _flow(run, "rent"), 0.0).sum(axis=1))


def mean_wage(run: Run) -> float:
    """The largest mean wage of a month over all staff of labs."""
    staff, wage = run.series("labs.researchers"), run.series("labs.wage")
    paid = np.where(staff > 0.0, staff * wage, 0.0).sum(axis=1)
    return float((paid / np.maximum(staff.sum(axis=1), 1.0)).max()) / 1e6


def staff_share(run: Run) -> float:
    """The largest share of the world's researchers that labs employ."""
    return float((run.series("labs.researchers").sum(axis=1) / run.series("x.people")).max())


def most_adoption(run: Run) -> float:
    """The largest share of developers that use a model."""
    return float(run.series("adoption").max())


def startups_grow(run: Run) -> float:
    """The larger of the factors by which startups grew in the last year and the one before."""
    now, year_ago, before = run.series("startups")[[-1, -1 - YEAR, -1 - 2 * YEAR]]
    return float(max(now / year_ago, year_ago / before)) if min(year_ago, before) > 0.0 else math.nan


def certain_trust(run: Run) -> float:
    """Months of labs that exist in which trust is exactly 0 or 1."""
    trust, exists = run.series("labs.trust"), run.series("labs.x.active") > 0.0
    return float((exists & ((trust <= 0.0) | (trust >= 1.0))).sum())


def law_on_nothing(run: Run) -> float:
    """Largest stringency of the law on open weights, beyond what is decreed, while no open weights are on sale."""
    beyond = run.series("x.strin") - run.series("x.decreed")
    return float(beyond.max(where=run.series("x.open_lines") == 0.0, initial=0.0))


def over_floor(run: Run) -> float:
    """Least price of a fixed level over the floor of the cost of serving."""
    floor = run.series("x.cost_floor")
    return float(min(np.nanmin(run.series(name) / floor) for name in _PRICES))


def frontier_slows(run: Run) -> float:
    """Growth of the frontier in the last two years over that in the first two: of the run, or after the record."""
    frontier, years = run.series("frontier"), 2 * YEAR
    end = int(np.flatnonzero(run.series("x.after_record"))[0]) - 1
    first = min(frontier[at + years] - frontier[at] for at in (0, end))
    return float((frontier[-1] - frontier[-1 - years]) / first) if first > 0.0 else math.nan


BOUNDS = (
    Bound("spend", "largest spend on models", "$bn/year", 1500.0, largest_spend),
    Bound("money closes", "cash beside opening cash and flows, over flows", "1", ROUNDING, identity),
    Bound("research is paid for", "research beyond all money there was, over research", "1", ROUNDING, unfinanced),
    Bound("research of a lab", "research of the largest lab, cumulated", "$bn", 1000.0, research_of_a_lab),
    Bound("equity ends", "equity raised in the last year over the largest before", "1", 1.0, equity_grows),
    Bound("gaps end", "research beyond rents in the last year over the largest before", "1", 1.0, gap_grows),
    Bound("mean wage", "largest mean wage in labs", "$m/year", 5.0, mean_wage),
    Bound("staff of labs", "largest share of researchers in labs", "1", 0.70, staff_share),
    Bound("adoption", "largest share of developers that use a model", "1", 0.97, most_adoption),
    Bound("startups", "growth in each of the last two years", "x/year", 1.3, startups_grow),
    Bound("trust", "months of labs with trust at exactly 0 or 1", "months", 0.0, certain_trust),
    Bound("law", "stringency against open weights while there are none", "1", 0.0, law_on_nothing),
    Bound("price", "least price of a fixed level over the floor of cost", "1", 1.0, over_floor, least=True),
    Bound("frontier", "growth in the last two years over that in the first two", "1", 1.0, frontier_slows),
)


def _flow(run: Run, name: str) -> Array:
    return run.series(f"labs.x.{name}")


def _beside(run: Run) -> list[Array]:
    """What came in beside rents, and what went out beside research with a minus; at least one must be known."""
    inflows = [_flow(run, name) for name in INFLOWS if f"x.{name}" in run.labs]
    if not inflows:
        raise KeyError(f"labs.x.{INFLOWS[0]}")
    return inflows + [-_flow(run, name) for name in OUTFLOWS if f"x.{name}" in run.labs]


def _last_over_before(flow: Array) -> float:
    """The last twelve months over the largest earlier twelve, counted back from the last; 0 if the last has none."""
    months = flow[len(flow) % YEAR :]
    *before, last = months.reshape(-1, YEAR).sum(axis=1)
    if last <= 0.0:
        return 0.0
    return float(last / max(before)) if max(before) > 0.0 else math.inf
