"""What one run recorded, as tidy tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

import sim
from experiments.questions.measures import FLOWS, LABS, MARKET, MONTHLY, RESEARCHERS, ROWS, Selection

LEVELS = ("employer", "region")


def tables_of(record: sim.Record, wanted: Selection) -> dict[str, pa.Table]:
    """The record of one run as tables; month 0 is a row, so a run of n months has n + 1.

    Labs that could be founded and never were have no rows.
    Flows are sums of calendar years; their month is the last of the year, or of the run.
    """
    made: dict[str, pa.Table] = {}
    months = np.arange(record.months + 1, dtype=np.int16)
    if MARKET in wanted:
        market = record.market
        made[MARKET] = pa.table({"month": months} | {name: market[name] for name in wanted[MARKET]})
    if LABS in wanted:
        told, of_labs = record.told, record.labs
        number = told.size
        row = np.tile(np.arange(number, dtype=np.int32), months.size)
        long = {
            "month": np.repeat(months, number),
            "lab": pa.DictionaryArray.from_arrays(row, [record.lab_names[lab] for lab in told]),
            "region": pa.array([record.lab_regions[lab] for lab in told]).take(pa.array(row)).dictionary_encode(),
        }
        made[LABS] = pa.table(long | {name: np.ravel(of_labs[name][:, told]) for name in wanted[LABS]})
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
