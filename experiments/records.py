"""What one run recorded, as tidy tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

import sim

LEVELS = ("employer", "region")


@dataclass(frozen=True)
class Tables:
    """Three tidy frames.

    Attributes:
        market: One row a month: month, date and every market measure.
        labs: One row a month and lab: month, date, lab, region and every lab measure.
        flows: One row a year, level, origin and destination: researchers who moved; ``month`` is the last
            month of the calendar year, or of the run.
    """

    market: pd.DataFrame
    labs: pd.DataFrame
    flows: pd.DataFrame

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the three frames."""
        return tuple(field.name for field in fields(cls))


def tables_of(record: sim.Record) -> Tables:
    """The record of one run as tables; month 0 is a row, so a run of n months has n + 1."""
    months = np.arange(record.months + 1)
    dates = np.array([sim.calendar.date_of(int(month)) for month in months], dtype=object)
    market = pd.DataFrame({"month": months, "date": dates} | {name: record.market[name] for name in record.market})
    labs = len(record.lab_names)
    long = {
        "month": np.repeat(months, labs),
        "date": np.repeat(dates, labs),
        "lab": np.tile(np.array(record.lab_names, dtype=object), months.size),
        "region": np.tile(np.array(record.lab_regions, dtype=object), months.size),
    }
    frame = pd.DataFrame(long | {name: np.ravel(record.labs[name]) for name in record.labs})
    return Tables(market, frame, _yearly_flows(record))


def _yearly_flows(record: sim.Record) -> pd.DataFrame:
    december = np.array([sim.calendar.month_of(sim.calendar.date_of(m)[:4] + "-12") for m in range(record.months + 1)])
    last = np.minimum(december, record.months)
    sums: dict[tuple[int, str, str, str], float] = defaultdict(float)
    for level in LEVELS:
        for month, origin, destination, researchers in record.flows(level):
            sums[int(last[month]), level, str(origin), str(destination)] += float(researchers)
    rows = [(*key[:1], sim.calendar.date_of(key[0]), *key[1:], value) for key, value in sorted(sums.items())]
    columns = ["month", "date", "level", "origin", "destination", "researchers"]
    types = {"month": "int64", "researchers": "float64"}
    return pd.DataFrame(rows, columns=columns).astype(types)
