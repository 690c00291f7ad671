"""Governments, one a region: chips, incidents, law. What the law tells apart is closed services and open weights."""

from __future__ import annotations

import mesa

from sim.agents.tables import RowView, Table, cells, column
from sim.numerics.arrays import Float, Int
from sim.parameters.fields import REGIONS

KINDS = ("closed", "open")


class Governments(Table):
    """One row a region, in the order of ``REGIONS``."""

    chip_wedge: Float = column(float, "1", "Import price wedge on chips from export controls")
    grant: Float = column(float, "$/month", "Grants to labs of the region, which share them by research budgets")
    chip_subsidy: Float = column(float, "1", "Share of the price of chips that the state pays")
    chip_price: Float = column(float, "$/FLOP", "Price of training compute, subsidised")
    researchers: Float = column(float, "FTE", "Researchers at work in the region, wherever employed")
    hardware_researchers: Float = column(float, "FTE", "Researchers with hardware skills, at least one")
    domestic_chips: Float = column(float, "1", "Share of the chips bought this month that are made at home")
    domestic_experience: Float = column(float, "1", "Cumulated domestic chip output, 1 at the start")
    founders: Float = column(float, "FTE", "Researchers who left labs this month to found startups")
    founding_value: Float = column(float, "$", "What a lab founded here this month would be worth; 0 to T")
    hazard: Float = column(float, "1/month", "Expected incidents this month, of closed and of open models", ("kinds",))
    incidents: Int = column(int, "1/month", "Misuse incidents this month", ("kinds",))
    pressure: Float = column(float, "1", "Public pressure to regulate closed services and open weights", ("kinds",))
    stringency: Float = column(float, "1", "Stringency of the law on either, 0 to 1", ("kinds",))


@cells(Governments)
class Government(RowView, mesa.Agent):
    """One government. Its attributes are the cells of its row in ``market.governments``."""

    def __init__(self, model: mesa.Model, table: Governments, row: int) -> None:
        self.table, self.row = table, row
        self.name = REGIONS[row]
        super().__init__(model)
