"""Startups: Mesa agents that are rows; each stands for many alike (its weight)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from sim import draws
from sim.tables import Bool, Float, Int, RowView, Table, cells, column

if TYPE_CHECKING:
    from sim.market import Market

CAPACITY = 2000


class Startups(Table):
    """Slots for startups; a row is reused after an exit, the identity is not."""

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


def open_startup(market: Market, row: int, uid: int, region: int) -> None:
    """Found a startup in a free row: its quality and skill are draws of its identity."""
    table, p = market.startups, market.parameters.entry
    for name in table.columns:
        getattr(table, name)[row] = 0
    table.alive[row] = True
    table.uid[row] = uid
    table.region[row] = region
    table.founded[row] = market.month
    table.base[row] = -1
    table.price[row] = 1.0
    table.quality[row] = p.dispersion * draws.normal(market.seed, "startup_quality", 0, uid)[0]
    table.finetuning[row] = 2.0 * p.finetuning * draws.uniform(market.seed, "startup_quality", 1, uid)[0]
    table.cash[row] = p.seed_money
    market.startup_agents[row] = Startup(market, table, row)


def close_startup(market: Market, row: int) -> None:
    """Close a startup; its row is free again."""
    market.startups.alive[row] = False
    market.startup_agents.pop(row).remove()
