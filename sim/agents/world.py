"""What belongs to nobody: one row of totals and common knowledge."""

from __future__ import annotations

from sim.agents.tables import Table, column
from sim.numerics.arrays import Bool, Float


class World(Table):
    """One row."""

    frontier: Float = column(float, "OOM", "Best capability ever on the market, community gain included")
    public_serving: Float = column(float, "OOM", "Serving know-how that everybody has")
    adoption: Float = column(float, "1", "Share of developers that use a model")
    spend: Float = column(float, "$/month", "Spend on all lines")
    spend_before: Float = column(float, "$/month", "The same last month")
    spend_smoothed: Float = column(float, "$/month", "Exponential mean of spend")
    growth: Float = column(float, "1/year", "Expected log growth of spend")
    outside_wage: Float = column(float, "$/month", "Wage of researchers outside labs, by skill", ("skills",))
    open_efficiency: Float = column(float, "OOM", "Most capability over log compute of a best open model; or nan")
    efficiency_growth: Float = column(float, "OOM/month", "Its expected growth")
    hardware: Float = column(float, "ln", "Value of chip makers over what it would be without surprises")
    multiple: Float = column(float, "years", "Years of spend that all spend to come is believed to be worth")
    contested: Float = column(float, "$", "What the rents to come are believed to be worth that research contests")
    equal_compute: Bool = column(bool, "1", "All labs have the same compute")
    consumers: Float = column(float, "1", "Share of people who pay for apps, of all who ever will")
    entries: Float = column(float, "startups/month", "Startups that entered")
    exits: Float = column(float, "startups/month", "Startups that left")
