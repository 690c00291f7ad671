"""The market for AI models, month by month."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import mesa

from sim import opening, strategies
from sim.agents.developers import Developers, Segments
from sim.agents.government import Government, Governments
from sim.agents.lab import Lab, LabTable, Lines
from sim.agents.researchers import Researchers
from sim.agents.startup import Startup, Startups
from sim.agents.world import World
from sim.data.calendar import date_of
from sim.data.history import History, load
from sim.measures import LABS, MARKET, observe
from sim.mechanisms import Mechanism
from sim.mechanisms.accounting import accounting
from sim.mechanisms.adoption import adoption
from sim.mechanisms.awareness import awareness
from sim.mechanisms.calendar import calendar
from sim.mechanisms.contribution import contribution
from sim.mechanisms.entry import entry
from sim.mechanisms.finance import finance
from sim.mechanisms.pricing import pricing
from sim.mechanisms.regulation import regulation
from sim.mechanisms.release import release
from sim.mechanisms.research import research
from sim.mechanisms.talent import talent
from sim.mechanisms.training import training
from sim.numerics.arrays import Float, Int
from sim.parameters.fields import ParameterError
from sim.parameters.tree import Parameters
from sim.record import Record
from sim.scenario import EVERYBODY, Scenario

BASELINE = Scenario(name="baseline", why="History, and its continuation")
_LOG = logging.getLogger(__name__)


class Market(mesa.Model):
    """A market for AI models: labs, startups, developers and researchers, month by month.

    Args:
        parameters: Everything that can be varied; the defaults if None.
        rng: The run's seed, a whole number; a fresh one, recorded in ``seed``, if neither is given.
        seed: The same under Mesa's older name.
        developers: Developer agents, 100 to 50 million.
        setup: The scenario; the baseline if None.
        without: Mechanisms to switch off, by name.
        reference: The record of the run whose rents anchor investment: same seed, without the scenario's changes.
        record_of: The published record to start from; the project's own if None.
        **overrides: Dotted parameters, for ``mesa.batch_run``: ``{"talent.mobility": 0.02}``.

    Raises:
        ParameterError: A parameter, seed or mechanism that cannot be.
        ScenarioError: A scenario that cannot be.
    """

    schedule: tuple[Mechanism, ...] = (
        calendar,  # the scenario's dated changes take effect
        finance,  # money moves before it is spent
        talent,  # researchers change employer
        research,  # staff and compute raise what each lab knows
        training,  # runs complete; a candidate model exists
        release,  # closed, or with open weights
        entry,  # startups leave, enter, choose a base model and sell
        awareness,  # news spreads
        pricing,  # the only fixed point inside a month
        adoption,  # developers reconsider and choose
        accounting,  # revenue, tokens, profit; conservation is checked here
        contribution,  # users of open weights give back
        regulation,  # incidents, pressure, law
    )

    month: int
    seed: int
    parameters: Parameters
    setup: Scenario
    history: History
    labs: LabTable
    lines: Lines
    segments: Segments
    developers: Developers
    startups: Startups
    researchers: Researchers
    governments: Governments
    world: World
    record: Record
    strategies: list[strategies.Strategy]
    employer_region: Int
    employer_option: Int
    hardware_staff_start: Float
    lab_agents: list[Lab]
    government_agents: list[Government]
    startup_agents: dict[int, Startup]

    def step(self) -> None:
        """One month."""
        self.month += 1
        self._live_through()

    def run(self, months: int) -> Record:
        """Run on for some months.

        Raises:
            ParameterError: Not 1 to 600.
        """
        if isinstance(months, bool) or not isinstance(months, int) or not 1 <= months <= 600:
            raise ParameterError(f"months = {months!r} is not allowed; allowed: a whole number from 1 to 600")
        for _ in range(months):
            self.step()
        return self.record

    def _live_through(self) -> None:
        for verb in self.schedule:
            if verb.name in self.without:
                continue
            start = time.perf_counter()
            verb(self)
            self.seconds[verb.name] = self.seconds.get(verb.name, 0.0) + time.perf_counter() - start
        self.record.append(*observe(self), self.governments.chip_price)
        self.datacollector.collect(self)

    def __init__(
        self,
        parameters: Parameters | None = None,
        *,
        rng: Any = None,
        seed: Any = None,
        developers: int = 20_000,
        setup: Scenario | None = None,
        without: Iterable[str] = (),
        reference: Record | None = None,
        record_of: History | None = None,
        **overrides: Any,
    ) -> None:
        self.seed = opening.seed_of(rng if rng is not None else seed)
        super().__init__(rng=self.seed % 2**32)
        self.history = record_of or load()
        self.setup = setup or BASELINE
        self.without = self.switched_off(without)
        base = (parameters or Parameters()).with_(**overrides)
        for verb in self.schedule:
            if verb.name in self.without:
                base = base.with_(**(verb.neutral or {}))
        self.setup.check(base, self.history.names)
        self.parameters = base.with_(**self.setup.params)
        number = opening.developers_of(developers)
        self.month = 0
        self.seconds: dict[str, float] = {}
        opening.populate(self, number)
        self._reference: Record | Market | None = reference
        if reference is None and self._needs_reference():
            _LOG.warning(
                "scenario %s: no reference given, so the run without its changes is computed beside it",
                self.setup.name,
            )
            self._reference = Market(
                base, rng=self.seed, developers=number, without=self.without, record_of=self.history
            )
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(_observed, name) for name in MARKET},
            agenttype_reporters={Lab: {name: partial(_observed_lab, name) for name in LABS}},
        )
        self._live_through()

    @property
    def date(self) -> str:
        """The date of this month, ``YYYY-MM``."""
        return date_of(self.month)

    @property
    def lab_names(self) -> tuple[str, ...]:
        """Labs, in the order of ``labs``."""
        return self.labs.names

    def set_strategies(self, plan: Mapping[str, str]) -> None:
        """Change release strategies: lab (or ``*`` for all) → name. Named labs override all."""
        for row, name in enumerate(self.lab_names):
            wanted = plan.get(name, plan.get(EVERYBODY))
            if wanted is not None and (name in plan or self.strategies[row].exists):
                self.strategies[row] = strategies.get(wanted)

    def reference_record(self) -> Record | None:
        """The record that anchors investment, as long as this run; None if it is its own anchor.

        Raises:
            ParameterError: The reference given is shorter than this run.
        """
        reference = self._reference
        if isinstance(reference, Market):
            while reference.month < self.month:
                reference.step()
            return reference.record
        if reference is not None and reference.months < self.month:
            raise ParameterError(
                f"reference covers {reference.months} months, this run is in month {self.month}; run it as long"
            )
        return reference

    def _needs_reference(self) -> bool:
        """Whether investment is anchored to a run other than this one, now or after a dated change."""
        parameters, anchored = self.parameters, False
        for date in ["", *sorted(self.setup.changes)]:
            if date:
                parameters = parameters.with_(**self.setup.changes[date].params)
            finance = parameters.finance
            responds = finance.elasticity > 0.0 or finance.price_elasticity > 0.0
            anchored |= finance.invest_mode == "anchored" and responds
        return self.setup.differs and anchored

    def plan(self) -> str:
        """The schedule as a table: order, verb, what it does, reads and writes, and seconds spent so far."""
        rows = [f"{'':>2}  {'verb':<13}{'seconds':>8}  what, reads → writes"]
        for order, verb in enumerate(self.schedule, start=1):
            spent = "off" if verb.name in self.without else f"{self.seconds.get(verb.name, 0.0):.3f}"
            rows.append(f"{order:>2}  {verb.name:<13}{spent:>8}  {verb.summary}")
            rows.append(f"{'':>27}{', '.join(verb.reads)} → {', '.join(verb.writes)}")
        return "\n".join(rows)

    @classmethod
    def switched_off(cls, names: Iterable[str]) -> tuple[str, ...]:
        """The mechanisms of these names, in the order of the schedule.

        Raises:
            ParameterError: One of them does not exist or is essential.
        """
        asked = tuple(names)
        verbs = {verb.name: verb for verb in cls.schedule}
        for name in asked:
            if name not in verbs or verbs[name].essential:
                optional = ", ".join(verb.name for verb in cls.schedule if not verb.essential)
                kind = "is essential" if name in verbs else "is no mechanism"
                raise ParameterError(f"without = {name!r} is not allowed: it {kind}; allowed: {optional}")
        return tuple(verb.name for verb in cls.schedule if verb.name in asked)


def _observed(name: str, market: Market) -> float:
    return market.record.last(name)


def _observed_lab(name: str, lab: Lab) -> float:
    value: float = lab.model.record.last_of_lab(name, lab.row)
    return value
