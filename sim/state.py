"""The state of a market: what a month is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.agents.developers import Developers, Segments
from sim.agents.government import Governments
from sim.agents.lab import LabTable, Lines
from sim.agents.panel import Panel
from sim.agents.researchers import Researchers
from sim.agents.startup import Startups
from sim.agents.world import World
from sim.data.calendar import date_of
from sim.data.history import History
from sim.inputs.display import Card, Shown, number
from sim.numerics.arrays import Int
from sim.parameters.fields import REGIONS
from sim.parameters.tree import Parameters
from sim.record import Completed, Record
from sim.scenario import EVERYBODY, Scenario
from sim.strategies import Strategy, of


class State(Shown):
    """What mechanisms, views and measures take: tables, clock, parameters, scenario, history and record.

    :mod:`sim.opening` fills it; :class:`sim.market.Market` is one that lives through months.

    Attributes:
        month: Months since 2022-11.
        seed: First part of the address of every draw.
        parameters: As they are this month, dated changes included.
        setup: The scenario.
        history: What happened, from which the run starts and which it follows.
        labs, lines, segments, startups, governments, world: Tables, one row an agent, product line or segment.
        developers, researchers: Populations.
        panel: Some of the developers, asked every month which model they use.
        strategies: How each lab releases, in the order of ``labs``.
        record: What was measured so far.
        finished: Runs that were completed this month.
        reference: The record of the run that anchors investment; None if this run is its own anchor.
        employer_region: Region of every employer, shape (employers,).
        employer_option: Permanent identity of every employer as an option of choice, shape (employers,).
    """

    month: int
    seed: int
    parameters: Parameters
    setup: Scenario
    history: History
    labs: LabTable
    lines: Lines
    segments: Segments
    developers: Developers
    panel: Panel
    startups: Startups
    researchers: Researchers
    governments: Governments
    world: World
    strategies: list[Strategy]
    record: Record
    finished: list[Completed]
    reference: Record | None
    employer_region: Int
    employer_option: Int

    def __repr__(self) -> str:
        who = f"scenario {self.setup.name}, seed {self.seed}, {self.developers.number:,} developers"
        return f"{type(self).__name__}({who}; {self.date}, month {self.month})"

    def card(self) -> Card:
        """Labs by share of spend, and where the rest is."""
        last = self.record.last_of_labs
        share, there = last("share_spend"), self.labs.active
        order = sorted(range(len(self.labs)), key=lambda row: -share[row])
        rows = tuple(
            (
                self.lab_names[row],
                REGIONS[self.labs.region[row]],
                f"{100.0 * share[row]:.1f}",
                number(float(last("capability")[row])),
                number(float(last("price")[row])),
                number(round(float(last("researchers")[row]))),
            )
            for row in order
            if there[row]
        )
        head = ("lab", "region", "spend [%]", "best model [OOM]", "its price [$/Mtok]", "staff")
        return Card(repr(self), head, rows, ".record has every measure of every month; .plan() is the month; .run(12)")

    @property
    def date(self) -> str:
        """The date of this month, ``YYYY-MM``."""
        return date_of(self.month)

    @property
    def lab_names(self) -> tuple[str, ...]:
        """Labs, in the order of ``labs``."""
        return self.labs.names

    def with_lines(self, lines: Lines) -> State:
        """The same market with other lines, to ask what might be; all other tables are shared."""
        other = State.__new__(State)
        other.__dict__.update(self.__dict__)
        other.lines = lines
        return other

    def set_strategies(self, plan: Mapping[str, Any]) -> None:
        """Change release strategies: lab (or ``*`` for all) → strategy. Named labs override all."""
        for row, name in enumerate(self.lab_names):
            wanted = plan.get(name, plan.get(EVERYBODY))
            if wanted is not None and (name in plan or self.strategies[row].exists):
                self.strategies[row] = of(wanted)
