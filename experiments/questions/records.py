"""What one run recorded, as tidy tables, and which of it a study keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

import sim
from experiments.questions.settings import refuse

MARKET, LABS, FLOWS = TABLES = ("market", "labs", "flows")
# In place of the yearly flows, for who asks for it.
MONTHLY = "flows_monthly"
LEVELS = ("employer", "region")
# What tells the rows of a run apart, by table.
_FLOWS = ("month", "level", "origin", "destination")
ROWS = {MARKET: ("month",), LABS: ("month", "lab", "region"), FLOWS: _FLOWS, MONTHLY: _FLOWS}
RESEARCHERS = "researchers"

Selection = dict[str, tuple[str, ...]]


def everything() -> Selection:
    """Every measure of every table, flows by calendar year."""
    return {MARKET: tuple(sim.measures.MARKET), LABS: tuple(sim.measures.LABS), FLOWS: (RESEARCHERS,)}


def selection(wanted: Any) -> Selection:
    """Which measures of which table to keep.

    Args:
        wanted: None for all; or a list of market measures (``frontier``), lab measures (``labs.price``) and whole
            tables (``market``, ``labs``, ``flows``, or in its place ``flows_monthly``).

    Raises:
        ExperimentError: One of them does not exist.
    """
    if wanted is None:
        return everything()
    known = everything() | {MONTHLY: (RESEARCHERS,)}
    names = [wanted] if isinstance(wanted, str) else wanted
    allowed = (
        "a list of market measures, labs.<measure>, or tables market, labs, flows, flows_monthly; see docs/measures.md"
    )
    if not isinstance(names, Iterable) or isinstance(names, Mapping):
        raise refuse("measures", wanted, allowed)
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        table, _, measure = name.rpartition(".") if isinstance(name, str) else ("", "", "")
        table = table or MARKET
        if name in known:
            found[str(name)] |= set(known[str(name)])
        elif table in (MARKET, LABS) and measure in known[table]:
            found[table].add(measure)
        else:
            raise refuse("measures", name, allowed)
    if not found:
        raise refuse("measures", "[]", allowed)
    if FLOWS in found and MONTHLY in found:
        raise refuse("measures", wanted, "flows or flows_monthly, which has the years in it, not both")
    return {table: tuple(name for name in known[table] if name in found[table]) for table in known if table in found}


def tables_of(record: sim.Record, wanted: Selection) -> dict[str, pa.Table]:
    """The record of one run as tables; month 0 is a row, so a run of n months has n + 1.

    Flows are sums of calendar years; their month is the last of the year, or of the run.
    """
    made: dict[str, pa.Table] = {}
    months = np.arange(record.months + 1, dtype=np.int16)
    if MARKET in wanted:
        market = record.market
        made[MARKET] = pa.table({"month": months} | {name: market[name] for name in wanted[MARKET]})
    if LABS in wanted:
        number, of_labs = len(record.lab_names), record.labs
        row = np.tile(np.arange(number, dtype=np.int32), months.size)
        long = {
            "month": np.repeat(months, number),
            "lab": pa.DictionaryArray.from_arrays(row, list(record.lab_names)),
            "region": pa.array(record.lab_regions).take(pa.array(row)).dictionary_encode(),
        }
        made[LABS] = pa.table(long | {name: np.ravel(of_labs[name]) for name in wanted[LABS]})
    if FLOWS in wanted:
        made[FLOWS] = _flows(record, [min(_december(month), record.months) for month in range(record.months + 1)])
    if MONTHLY in wanted:
        made[MONTHLY] = _flows(record, range(record.months + 1))
    return made


def _december(month: int) -> int:
    return sim.calendar.month_of(sim.calendar.date_of(month)[:4] + "-12")


def _flows(record: sim.Record, last: Sequence[int]) -> pa.Table:
    """Sums over months that have the same last one."""
    sums: dict[tuple[int, str, str, str], float] = defaultdict(float)
    for level in LEVELS:
        for month, origin, destination, researchers in record.flows(level):
            sums[last[month], level, str(origin), str(destination)] += float(researchers)
    rows = sorted(sums.items())
    words = {name: [key[place] for key, _ in rows] for place, name in enumerate(ROWS[FLOWS]) if place}
    columns = {name: pa.array(values, pa.string()).dictionary_encode() for name, values in words.items()}
    month = pa.array([key[0] for key, _ in rows], pa.int16())
    return pa.table({"month": month, **columns, RESEARCHERS: pa.array([value for _, value in rows], pa.float64())})
