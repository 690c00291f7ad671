"""A run that is watched: its measures, and each month what its tables say beside them.

What is watched here and has no measure is called ``x.…``. A column that a market no longer has is left out, and who
needs it is told by a ``KeyError`` that names it: mechanisms come and go, and instruments outlive them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

import sim
from experiments.findings.targets.run import Array, Run
from sim.agents.lab import CLOSED, OPEN
from sim.agents.tables import Table
from sim.data.calendar import YEAR
from sim.parameters.fields import REGIONS

# What comes in, and goes out, beside rents and research; a market has some of them [$/month or $/year].
INFLOWS, OUTFLOWS = ("raised", "grant"), ("dividends",)
_CN = REGIONS.index("CN")


def watch(market: sim.Market, months: int) -> Run:
    """Run on, and return all months with what is watched; lab columns have shape (months + 1, labs) as measures do."""
    seen = [_look(market)]
    for _ in range(months - market.month):
        market.step()
        seen.append(_look(market))
    of_market = {name: np.array([month[name] for month, _ in seen]) for name in seen[0][0]}
    of_labs = {name: np.array([month[name] for _, month in seen]) for name in seen[0][1]}
    run, told = Run.of_record(market.record), market.record.told
    return Run(
        {**run.market, **of_market}, {**run.labs, **{name: of_labs[name][:, told] for name in of_labs}}, run.names
    )


def _look(market: sim.Market) -> tuple[dict[str, float], dict[str, Array]]:
    found: dict[str, float] = {}
    for name, of in MARKET.items():
        try:
            found[f"x.{name}"] = float(of(market))
        except AttributeError:
            continue
    labs = {f"x.{name}": _flow(market.labs, name) for name in _FLOWS if hasattr(market.labs, name)}
    return found, labs | {"x.active": market.labs.active.astype(float), "x.china": (market.labs.region == _CN) * 1.0}


_FLOWS = ("budget", "rent", *INFLOWS, *OUTFLOWS)


def _flow(labs: Table, name: str) -> Array:
    """A flow [$/month], whatever its column's unit: of labs that exist, but what came in before one gave up counts."""
    a_year = labs.columns[name].unit.endswith("/year")
    values = getattr(labs, name)
    if name not in INFLOWS:
        values = np.where(labs.active, values, 0.0)  # type: ignore[attr-defined]
    return np.array(values / YEAR if a_year else values, float)


def _open(market: sim.Market) -> np.ndarray:
    lines = market.lines
    return np.asarray(lines.live & (lines.access != CLOSED))


def _of_open(column: str, market: sim.Market) -> float:
    """Mean over open lines on sale, geometric of prices; nan without any."""
    values = getattr(market.lines, column)[_open(market)]
    if not values.size:
        return np.nan
    return float(np.exp(np.log(values).mean())) if column == "price" else float(values.mean())


def _startups_on_open(market: sim.Market) -> float:
    built = market.startups.base[market.startups.alive & (market.startups.base >= 0)]
    return float(_open(market)[built].mean()) if built.size else np.nan


def _stringency(market: sim.Market) -> float:
    """Of the law on open weights, the strictest region's."""
    return float(market.governments.stringency[:, OPEN].max())


# Name → what is watched of the market.
MARKET: dict[str, Callable[[sim.Market], float]] = {
    "hosts": partial(_of_open, "hosts"),
    "openprice": partial(_of_open, "price"),
    "openlern": partial(_of_open, "lerner"),
    "open_lines": lambda market: _open(market).sum(),
    "st_open": _startups_on_open,
    "cnexp": lambda market: market.governments.domestic_experience[_CN],
    "cnchip": lambda market: market.governments.chip_price[_CN],
    "strin": _stringency,
    "decreed": lambda market: max(getattr(market.parameters.law, f"open_{region.lower()}") for region in REGIONS),
    "people": lambda market: market.governments.researchers.sum(),
    "cost_floor": lambda market: market.parameters.pricing.cost_floor,
    "after_record": lambda market: market.month > sim.month_of(market.parameters.record.end),
}
