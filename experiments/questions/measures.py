"""Which measures of which table a study keeps of each run."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sim
from experiments.questions.settings import items_of, refuse

MARKET, LABS, FLOWS = TABLES = ("market", "labs", "flows")
# In place of the yearly flows, for who asks for it.
MONTHLY = "flows_monthly"
# What tells the rows of a run apart, by table.
_FLOWS = ("month", "level", "origin", "destination")
ROWS = {MARKET: ("month",), LABS: ("month", "lab", "region"), FLOWS: _FLOWS, MONTHLY: _FLOWS}
RESEARCHERS = "researchers"
_MOST = 10_000

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
    names = [wanted] if isinstance(wanted, str) else items_of(wanted, _MOST)
    allowed = (
        "a list of market measures, labs.<measure>, or tables market, labs, flows, flows_monthly; see docs/measures.md"
    )
    if names is None:
        raise refuse("measures", wanted, allowed)
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        if not isinstance(name, str):
            raise refuse("measures", name, allowed)
        table, _, measure = name.rpartition(".")
        table = table or MARKET
        if name in known:
            found[name] |= set(known[name])
        elif table in (MARKET, LABS) and measure in known[table]:
            found[table].add(measure)
        else:
            raise refuse("measures", name, allowed)
    if not found:
        raise refuse("measures", "[]", allowed)
    if FLOWS in found and MONTHLY in found:
        raise refuse("measures", wanted, "flows or flows_monthly, which has the years in it, not both")
    return {table: tuple(name for name in known[table] if name in found[table]) for table in known if table in found}
