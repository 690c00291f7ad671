"""Startups: Mesa agents that are rows; each stands for many alike (its weight)."""

from __future__ import annotations

import mesa
import numpy as np

from sim.agents.tables import RowView, Table, cells, column
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.entry import MOST, Entry


class Startups(Table):
    """Slots for startups; a row is reused after an exit, the identity is not. Rows are added as they are needed."""

    full = False  # whether somebody has found no place

    alive: Bool = column(bool, "1", "In business")
    uid: Int = column(int, "1", "Permanent identity: the address of its draws")
    region: Int = column(int, "index", "Home region")
    founded: Int = column(int, "month", "Month of entry")
    quality: Float = column(float, "1", "Log quality of the app apart from the base model")
    finetuning: Float = column(float, "1", "Skill at adapting open weights")
    base: Int = column(int, "row", "Line on which the app is built; −1 before the first choice")
    price: Float = column(float, "$/unit", "Price of a unit of the app")
    revenue: Float = column(float, "$/month", "Revenue")
    model_spend: Float = column(float, "$/month", "Spend on model tokens")
    contribution: Float = column(float, "units/month", "Contribution to its base model, if open")
    cash: Float = column(float, "$", "Money at hand")


@cells(Startups)
class Startup(RowView, mesa.Agent):
    """One startup. Its attributes are the cells of its row in ``market.startups``."""

    def __init__(self, model: mesa.Model, table: Startups, row: int) -> None:
        self.table, self.row = table, row
        super().__init__(model)


def open_startups(table: Startups, p: Entry, seed: int, month: int, uid: Int, region: Int) -> int:
    """Found startups in free rows, up to ``MOST`` alive: their quality and skill are draws of their identity.

    Args:
        table: Startups; it grows as needed, and is ``full`` once somebody has found no place.
        p: What new startups are like.
        seed: Of the run.
        month: Now.
        uid: Permanent identities, shape (n,).
        region: Home regions, shape (n,).

    Returns:
        How many found a place.
    """
    if uid.size == 0:
        return 0
    short = uid.size - int(np.count_nonzero(~table.alive))
    if short > 0 and table.rows < MOST:
        table.grow(min(max(2 * table.rows, table.rows + short), MOST))
    rows = np.flatnonzero(~table.alive)[: uid.size]
    table.full |= rows.size < uid.size
    uid, region = uid[: rows.size], region[: rows.size]
    for name in table.columns:
        getattr(table, name)[rows] = 0
    table.alive[rows] = True
    table.uid[rows], table.region[rows] = uid, region
    table.founded[rows], table.base[rows], table.price[rows] = month, -1, 1.0
    table.quality[rows] = p.dispersion * draws.normal(seed, "startup_quality", 0, uid)
    table.finetuning[rows] = 2.0 * p.finetuning * draws.uniform(seed, "startup_quality", 1, uid)
    table.cash[rows] = p.seed_money
    return int(rows.size)
