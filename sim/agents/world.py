"""What belongs to nobody: one row of totals and common knowledge."""

from __future__ import annotations

from sim.agents.tables import Table, column
from sim.numerics.arrays import Float


class World(Table):
    """One row."""

    frontier: Float = column(float, "OOM", "Best capability ever on the market, community gain included")
    public_serving: Float = column(float, "OOM", "Serving know-how that everybody has")
    adoption: Float = column(float, "1", "Share of developers that use a model")
    spend: Float = column(float, "$/month", "Spend on all lines")
    spend_before: Float = column(float, "$/month", "The same last month")
    growth: Float = column(float, "1/year", "Expected log growth of spend")
    entries: Float = column(float, "startups/month", "Startups that entered")
    exits: Float = column(float, "startups/month", "Startups that left")
