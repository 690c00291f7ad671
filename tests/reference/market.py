"""A second market to check the first: the same equations, one agent at a time, in plain Python.

It shares nothing with :mod:`sim` but parameter values and raw tables: no arrays, no kernels, no hash. It is slow and
meant to be read. Start here; each block of the model has a file: ``hashing`` (draws), ``past`` (history), ``world``
(who there is), ``opening`` (the start), ``talent``, ``knowledge`` (research, training, release), ``startups``,
``people`` (awareness, tastes, choice), ``prices``, ``money`` (finance, accounting), ``commons`` (contributions, trust,
regulation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.reference.commons import contribution, regulation
from tests.reference.knowledge import release, research, training
from tests.reference.money import accounting, finance
from tests.reference.opening import open_market, set_strategies
from tests.reference.past import load, month_of
from tests.reference.people import adoption, awareness
from tests.reference.prices import pricing
from tests.reference.startups import entry
from tests.reference.talent import talent
from tests.reference.world import State, values


@dataclass
class Change:
    """What a month brings: parameter values that replace the old tree, and strategies."""

    tree: dict[str, Any]
    strategies: dict[str, str] = field(default_factory=dict)


class PlainMarket:
    """The plain market. It lives through month 0 when made.

    Args:
        tree: Parameter values as nested dictionaries.
        seed: The run's seed.
        developers: Number of developers.
        strategies: Lab, or ``*`` for all, → release strategy; ``historical`` by default.
        changes: Date YYYY-MM → what it brings.
        anchor: The market without the scenario's changes, which anchors investment; itself if None.
    """

    def __init__(
        self,
        tree: dict[str, Any],
        seed: int,
        developers: int,
        strategies: dict[str, str] | None = None,
        changes: dict[str, Change] | None = None,
        anchor: PlainMarket | None = None,
    ) -> None:
        self.state = open_market(values(tree), seed, developers, load(), strategies or {})
        self.changes = {month_of(date): change for date, change in (changes or {}).items()}
        self.anchor = anchor
        self._live_through()

    def step(self) -> None:
        """One month."""
        self.state.month += 1
        self._live_through()

    def _live_through(self) -> None:
        m = self.state
        if self.anchor is not None:
            while self.anchor.state.month < m.month:
                self.anchor.step()
            m.anchor = self.anchor.state
        if m.month in self.changes:
            m.p = values(self.changes[m.month].tree)
            set_strategies(m.labs, self.changes[m.month].strategies)
        for verb in SCHEDULE:
            verb(m)
        m.memory.rents.append([lab.rent_smoothed for lab in m.labs])
        m.memory.chip_prices.append([government.chip_price for government in m.governments])


def calendar(m: State) -> None:
    """Labs enter; history gives compute, budgets and export controls."""
    growth = m.p.compute.growth_after
    for lab in m.labs:
        lab.active = lab.strategy != "absent" and lab.entry <= m.month
        lab.compute_history = m.past.compute_of(lab.name, m.month, growth)
        lab.budget_history = m.past.budget_of(lab.name, m.month, growth)
    for region, government in enumerate(m.governments):
        government.chip_wedge = m.past.wedge(region, m.month)


SCHEDULE: tuple[Callable[[State], None], ...] = (
    calendar,
    finance,
    talent,
    research,
    training,
    release,
    entry,
    awareness,
    pricing,
    adoption,
    accounting,
    contribution,
    regulation,
)
