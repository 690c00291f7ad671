"""Governments, one a region: chips, incidents, law."""

from __future__ import annotations

import mesa

from sim.agents.tables import RowView, Table, cells, column
from sim.numerics.arrays import Float, Int
from sim.parameters.fields import REGIONS


class Governments(Table):
    """One row a region, in the order of ``REGIONS``."""

    chip_wedge: Float = column(float, "1", "Import price wedge on chips from export controls")
    chip_price: Float = column(float, "$/FLOP", "Price of training compute")
    researchers: Float = column(float, "FTE", "Researchers at work in the region, wherever employed")
    hardware_researchers: Float = column(float, "FTE", "Researchers with hardware skills, at least one")
    domestic_chips: Float = column(float, "1", "Share of the chips bought this month that are made at home")
    domestic_experience: Float = column(float, "1", "Cumulated domestic chip output, 1 at the start")
    founders: Float = column(float, "FTE", "Researchers who left labs this month to found startups")
    incidents: Int = column(int, "1/month", "Misuse incidents this month")
    pressure: Float = column(float, "1", "Public pressure to regulate")
    stringency: Float = column(float, "1", "Stringency of the law on open weights, 0 to 1")


@cells(Governments)
class Government(RowView, mesa.Agent):
    """One government. Its attributes are the cells of its row in ``market.governments``."""

    def __init__(self, model: mesa.Model, table: Governments, row: int) -> None:
        self.table, self.row = table, row
        self.name = REGIONS[row]
        super().__init__(model)
