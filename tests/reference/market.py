"""A second market to check the first: the same equations, one agent at a time, in plain Python.

It shares nothing with :mod:`sim` but parameter values and raw tables: no arrays, no kernels, no hash. It is slow and
meant to be read. Start here; each block of the model has a file: ``hashing`` (draws), ``past`` (history), ``world``
(who there is), ``opening`` (the start), ``talent``, ``knowledge`` (research, training), ``release``, ``openness``
(payoffs of a release), ``startups``, ``people`` (awareness, tastes, choice), ``prices``, ``money`` (value to exit,
accounting), ``founding`` (of labs), ``beliefs``, ``commons`` (contributions, misuse, trust, law).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.reference.beliefs import beliefs
from tests.reference.commons import contribution, law, misuse, trust
from tests.reference.founding import found_labs
from tests.reference.knowledge import research, training
from tests.reference.money import accounting, finance, funding, give_up, value
from tests.reference.opening import open_market, set_strategies
from tests.reference.past import LAST, load, month_of
from tests.reference.people import adoption, awareness
from tests.reference.prices import pricing
from tests.reference.release import release
from tests.reference.startups import entry
from tests.reference.talent import talent
from tests.reference.world import REGIONS, State, values


@dataclass
class Change:
    """What a month brings: parameter values that replace the old tree, strategies, grants, subsidies, costs."""

    tree: dict[str, Any]
    strategies: dict[str, str] = field(default_factory=dict)
    grants: dict[str, float] = field(default_factory=dict)
    chip_subsidies: dict[str, float] = field(default_factory=dict)
    training_cost: dict[str, float] = field(default_factory=dict)
    equal_compute: bool | None = None
    release_shift: dict[str, int] = field(default_factory=dict)


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
        self.changes = {month_of(date): change for date, change in (changes or {}).items()}
        past, p = load(), values(tree)
        shifts: dict[str, dict[int, int]] = {}
        for month, change in self.changes.items():
            for lab, months in change.release_shift.items():
                shifts.setdefault(lab, {})[month] = months
        if shifts:
            past.move(shifts, LAST if p.record.given else month_of(p.record.end))
        self.state = open_market(p, seed, developers, past, strategies or {})
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
            _decree(m, self.changes[m.month])
        for verb in SCHEDULE:
            verb(m)
        m.memory.rents.append([lab.rent_smoothed for lab in m.labs])
        m.memory.spend.append(m.world.spend)
        m.memory.frontier.append(m.world.frontier)
        m.memory.budgets.append([lab.budget for lab in m.labs])
        m.memory.raised.append([lab.raised for lab in m.labs])
        m.memory.compute.append([lab.compute for lab in m.labs])
        m.memory.chip_prices.append([government.chip_price for government in m.governments])


def _decree(m: State, change: Change) -> None:
    """Whatever the month does not change stays."""
    for lab in m.labs:
        lab.award = change.grants.get(lab.name, 12 * lab.award) / 12
        lab.training_cost = change.training_cost.get(lab.name, lab.training_cost)
    for region, government in zip(REGIONS, m.governments, strict=True):
        government.grant = change.grants.get(region, 12 * government.grant) / 12
        government.chip_subsidy = change.chip_subsidies.get(region, government.chip_subsidy)
    m.world.equal_compute = m.world.equal_compute if change.equal_compute is None else change.equal_compute


def calendar(m: State) -> None:
    """Labs enter; history gives compute, budgets and export controls."""
    for lab in m.labs:
        lab.active = lab.strategy != "absent" and lab.entry <= m.month and not lab.exited
        lab.compute = lab.compute_history = m.past.compute_of(lab.name, m.month, m.inputs_end)
        lab.budget = lab.budget_history = m.past.budget_of(lab.name, m.month, m.inputs_end)
    for region, government in enumerate(m.governments):
        government.chip_wedge = m.past.wedge(region, min(m.month, m.inputs_end))


SCHEDULE: tuple[Callable[[State], None], ...] = (
    calendar,
    value,
    funding,
    finance,
    give_up,
    found_labs,
    talent,
    research,
    training,
    release,
    beliefs,
    entry,
    awareness,
    pricing,
    adoption,
    accounting,
    contribution,
    misuse,
    trust,
    law,
)
