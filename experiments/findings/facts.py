"""Published facts by measure, in the units of the simulation."""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd

import sim

# The unit of history.csv → that of a measure.
_SAME = {"$bn/yr": "$bn/year", "share": "1", "0..1": "1", "share of developers": "1"}


@cache
def _table() -> pd.DataFrame:
    with resources.as_file(resources.files("experiments.findings.targets").joinpath("history.csv")) as path:
        table = pd.read_csv(path, dtype={"lab": str}, keep_default_na=False)
    table["value"] = table["value"].astype(float)
    table["month"] = table["date"].map(sim.calendar.month_of)
    return table


def facts(measure: str, lab: str = "") -> pd.DataFrame:
    """Published values of a measure, of one lab or of the market.

    Returns:
        Columns month, date, value (in the unit of the simulation's measure), source and confidence; empty if
        nothing is known.

    Raises:
        ValueError: The published unit is not the simulation's.
    """
    table = _table()
    rows = table[(table["measure"] == measure) & (table["lab"] == lab) & (table["month"] >= 0)].copy()
    ours = sim.measures.LABS.get(measure) if lab else sim.measures.MARKET.get(measure)
    for unit in rows["unit"].unique():
        if ours is not None and _SAME.get(unit, unit) != ours.unit:
            raise ValueError(f"{measure} is published in {unit}, the simulation has {ours.unit}")
    return rows[["month", "date", "value", "source", "confidence"]].reset_index(drop=True)
