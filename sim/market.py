"""The market for AI models, month by month."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

import mesa
import numpy as np

from sim import opening, views
from sim.agents.government import Government
from sim.agents.lab import Lab
from sim.agents.startup import Startup
from sim.data.history import History, load
from sim.inputs.errors import ParameterError, instance, names_of, refused, shown, whole
from sim.measures import observe
from sim.measures.collector import Collector
from sim.mechanisms import Mechanism, scheduled, table
from sim.mechanisms.accounting import accounting
from sim.mechanisms.adoption import adoption
from sim.mechanisms.awareness import awareness
from sim.mechanisms.beliefs import beliefs
from sim.mechanisms.calendar import calendar
from sim.mechanisms.contribution import contribution
from sim.mechanisms.entry import entry
from sim.mechanisms.exit import exit
from sim.mechanisms.finance import finance
from sim.mechanisms.founding import founding
from sim.mechanisms.funding import funding
from sim.mechanisms.law import law
from sim.mechanisms.misuse import misuse
from sim.mechanisms.pricing import pricing
from sim.mechanisms.release import release
from sim.mechanisms.research import research
from sim.mechanisms.talent import talent
from sim.mechanisms.training import training
from sim.mechanisms.trust import trust
from sim.mechanisms.value import value
from sim.numerics.arrays import Int
from sim.parameters.tree import Parameters
from sim.record import Record
from sim.scenario import Scenario
from sim.state import State

MONTHS = (1, 600)
BASELINE = Scenario(name="baseline", why="History, and its continuation")
_LOG = logging.getLogger(__name__)


class Market(State, mesa.Model):
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
        **kwargs: Dotted parameters, for ``mesa.batch_run``: ``{"talent.mobility": 0.02}``.

    Raises:
        ParameterError: A parameter, seed or mechanism that cannot be.
        ScenarioError: A scenario that cannot be.
    """

    schedule: tuple[Mechanism, ...] = (
        calendar,  # the scenario's dated changes take effect
        value,  # what everybody believes labs to be worth
        funding,  # money comes in before it is spent
        finance,  # and is spent on research and compute
        exit,  # labs whose money does not suffice give up
        founding,  # new ones are founded where it pays
        talent,  # researchers change employer
        research,  # staff and compute raise what each lab knows
        training,  # runs complete; a candidate model exists
        release,  # closed, or with open weights
        beliefs,  # markets take note of it
        entry,  # startups leave, enter, choose a base model and sell
        awareness,  # news spreads
        pricing,  # the only fixed point inside a month
        adoption,  # developers reconsider and choose
        accounting,  # revenue, tokens, profit; conservation is checked here
        contribution,  # users of open weights give back
        misuse,  # incidents
        trust,  # a reputation, by region
        law,  # follows public pressure
    )
    # Each phase of the month, from its first verb on; what others register comes in behind the verb that it follows.
    phases = {"money": calendar, "people": talent, "models": research, "market": entry, "aftermath": contribution}

    lab_agents: list[Lab]
    government_agents: list[Government]
    _agents_numbered = 0
    _registered: Int | None = None

    def step(self) -> None:
        """One month."""
        self.month += 1
        self._live_through()

    def run(self, months: int) -> Record:
        """Run on for some months.

        Raises:
            ParameterError: Not 1 to 600.
        """
        for _ in range(whole("months", months, *MONTHS)):
            self.step()
        return self.record

    def _live_through(self) -> None:
        if self._beside is not None:
            while self._beside.month < self.month:
                self._beside.step()
        for verb in self.schedule:
            if verb.name in self.without:
                continue
            start = time.perf_counter()
            verb(self)
            self.seconds[verb.name] = self.seconds.get(verb.name, 0.0) + time.perf_counter() - start
        self.record.append(*observe(self), self.governments.chip_price, views.welfare(self))
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
        **kwargs: Any,
    ) -> None:
        if rng is not None and seed is not None:
            raise refused("seed", seed, "rng or seed, which are the same, not both")
        given = Parameters() if parameters is None else instance("parameters", parameters, Parameters, "sim.Parameters")
        opening.no_other_argument(kwargs)
        wanted = "a sim.Scenario, as experiments.scenario('no_open_weights') gives"
        setup = BASELINE if setup is None else instance("setup", setup, Scenario, wanted)
        self.seed = opening.seed_of(rng if rng is not None else seed)
        if reference is not None:
            instance("reference", reference, Record, "the record of another run, market.record")
            reference.check_luck(self.seed, opening.developers_of(developers))
        if record_of is not None:
            instance("record_of", record_of, History, "a History, as sim.data.history.load() gives")
        self.schedule = self.verbs()
        super().__init__(rng=self.seed % 2**32)
        recorded = record_of or load()
        self.setup = setup
        self.without = self.switched_off(without)
        base = given.with_(**kwargs)
        for verb in self.schedule:
            if verb.name in self.without:
                base = base.with_(**(verb.neutral or {}))
        self.setup.check(base, recorded.names)
        self.parameters = base.with_(**self.setup.params)
        self.history = opening.history_of(recorded, self.parameters, self.setup)
        number = opening.developers_of(developers)
        self.month = 0
        self.seconds: dict[str, float] = {}
        opening.populate(self, number)
        self.lab_agents: list[Lab] = [Lab(self, self.labs, row) for row in range(len(self.labs))]
        regions = range(len(self.governments))
        self.government_agents: list[Government] = [Government(self, self.governments, row) for row in regions]
        self._startup_agents: dict[int, Startup] = {}
        self._registered = np.zeros(0, np.int64)
        self._register_startups()
        self.reference = reference
        self._beside: Market | None = None
        if reference is None and self.setup.differs:
            _LOG.warning(
                "scenario %s: no reference given, so the run without its changes is computed beside it",
                self.setup.name,
            )
            self._beside = Market(base, rng=self.seed, developers=number, without=self.without, record_of=recorded)
            self.reference = self._beside.record
        self.datacollector = Collector(self)
        self._live_through()

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take up an agent as Mesa does, under the next number of this market.

        Before 3.5, Mesa counts in a table of its class ``Agent``, which keeps every market alive for ever and does
        not know a copy of a market.
        """
        if not isinstance(agent, Startup):
            self._register_startups()  # who came before has a lower number
        counters = vars(mesa.Agent).get("_ids")
        if counters is not None:
            counters.pop(self, None)
            self._agents_numbered += 1
            agent.unique_id = self._agents_numbered
        super().register_agent(agent)

    @property
    def agents(self) -> Any:
        """Mesa agents of the market; startups are made when somebody asks for agents."""
        self._register_startups()
        return super().agents

    @property
    def agent_types(self) -> list[type]:
        """Their types."""
        self._register_startups()
        return list(super().agent_types)

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], Any]:
        """The same by type."""
        self._register_startups()
        found: dict[type[mesa.Agent], Any] = super().agents_by_type
        return found

    @property
    def startup_agents(self) -> dict[int, Startup]:
        """Row → Mesa agent of every startup in business."""
        self._register_startups()
        return self._startup_agents

    def _register_startups(self) -> None:
        """Mesa learns of the startups that left and entered since it was last told."""
        if self._registered is None:
            return
        table = self.startups
        uid = np.where(table.alive, table.uid, -1)
        known = np.concatenate([self._registered, np.full(uid.size - self._registered.size, -1)])
        changed = (uid != known).nonzero()[0].tolist()
        for row in changed:
            if row in self._startup_agents:
                self._startup_agents.pop(row).remove()
        for row in changed:
            if table.alive[row]:
                self._startup_agents[row] = Startup(self, table, row)
        self._registered = uid

    def plan(self) -> str:
        """The month as a table: phase, order, verb, seconds spent so far, and what each verb does and depends on."""
        return table(self.schedule, self.phases, self.seconds, self.without)

    @classmethod
    def verbs(cls) -> tuple[Mechanism, ...]:
        """The schedule of a market made now: ours, and what has been registered.

        Raises:
            RegistrationError: Something is registered to follow a verb that is not there.
        """
        return scheduled(cls.schedule)

    @classmethod
    def switched_off(cls, names: str | Iterable[str], argument: str = "without") -> tuple[str, ...]:
        """The mechanisms of these names, in the order of the schedule.

        Raises:
            ParameterError: One of them does not exist or is essential.
        """
        verbs = {verb.name: verb for verb in cls.verbs()}
        optional = ", ".join(verb.name for verb in verbs.values() if not verb.essential)
        asked = names_of(argument, names, f"names of mechanisms: {optional}")
        for name in asked:
            if name not in verbs or verbs[name].essential:
                kind = "is essential" if name in verbs else "is no mechanism"
                raise ParameterError(f"{argument} = {shown(name)} is not allowed: it {kind}; allowed: {optional}")
        return tuple(name for name in verbs if name in asked)
