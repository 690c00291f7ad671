"""A study: a design's points × scenarios × seeds, run where it is not yet in the store."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments.questions import fingerprint, uses
from experiments.questions.designs import COMMON, OWN, Design, Points
from experiments.questions.draws import Draws
from experiments.questions.measures import Selection, everything, selection
from experiments.questions.plugins import Plugin, load
from experiments.questions.scenarios import BASELINE, canonical, resolve, scenario, varied_in_vain, without_effect
from experiments.questions.settings import (
    SEED_LIMIT,
    check_developers,
    check_mapping,
    check_months,
    check_name,
    check_runs,
    check_seeds,
    refuse,
)
from experiments.questions.tasks import Shared, Task
from sim.inputs.sources import Source

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Study:
    """What is asked. Build it with :meth:`of`, which checks.

    Attributes:
        scenarios: Each is run at every point with every seed.
        seeds: Of the first point; the same for all scenarios, so that effects are paired.
        months: Months to run, 1 to 600.
        developers: Simulated developers.
        parameters: Shared by all runs; points and scenarios change them further.
        design: Which points.
        points: The points of the design.
        measures: What is kept of each run.
        without: Mechanisms switched off.
        plugins: Modules of the user's own that all runs use.
        seeding: ``common`` if all points have the same seeds, ``own`` if each has its own.
        draws: Rows of parameters, one for each seed in turn; what ``parameters`` and points change stands above them.
        held: Parameters that were given at their defaults, and so stand above the rows of draws as well.
        source: The command or call that asked, for the record.
    """

    scenarios: tuple[sim.Scenario, ...]
    seeds: tuple[int, ...]
    months: int
    developers: int
    parameters: sim.Parameters
    design: Design
    points: Points
    measures: Selection
    without: tuple[str, ...]
    plugins: tuple[Plugin, ...] = ()
    seeding: str = COMMON
    draws: Draws | None = None
    held: tuple[str, ...] = ()
    source: str = field(default="", compare=False)

    @classmethod
    def of(
        cls,
        scenarios: str | sim.Scenario | Iterable[str | sim.Scenario],
        *,
        seeds: Any = 20,
        months: Any = 48,
        developers: Any = 20_000,
        params: sim.Parameters | Mapping[str, Any] | None = None,
        design: Any = None,
        measures: Any = None,
        without: Iterable[str] = (),
        plugins: Any = None,
        draws: Any = None,
        held: Iterable[str] = (),
        source: str = "",
    ) -> Study:
        """A checked study; ``params`` may be dotted overrides, ``plugins`` files or modules to import first.

        ``draws`` are ``posterior`` or a table of parameters: seed s runs with row s mod n. Above the rows stands what
        ``params`` names, dotted overrides at their defaults too; of ``sim.Parameters`` what differs, and ``held``.

        Raises:
            ExperimentError: Something is not allowed.
            sim.ParameterError: A parameter is unknown or out of bounds, here or in a scenario.
            sim.ScenarioError: A scenario contradicts itself or the world.
        """
        given = load(plugins)
        parameters, rows = parameters_of(params), Draws.of(draws)
        dotted = () if params is None or isinstance(params, sim.Parameters) else params
        items = tuple(canonical(item) for item in resolve(scenarios))
        for item in items:
            check_name("scenario.name", item.name)
            item.check(parameters)
        chosen = Design.of(design)
        points = chosen.expand(parameters)
        if rows is not None and chosen.seeding == OWN and len(points) > 1:
            raise refuse(
                "design.seeds", OWN, f"{COMMON} with draws: other seeds have other rows, so points differ by both"
            )
        for name in dict.fromkeys(name for names in points.scenarios or () for name in names):
            if name not in {item.name for item in items}:
                items += (scenario(name),)
                items[-1].check(parameters)
        last = check_months(months)
        for item in items:
            vain = varied_in_vain(item, points.frame.columns)
            for line in without_effect(item, parameters, last, points.frame.columns) + vain:
                _say(line)
        study = cls(
            items,
            check_seeds(seeds),
            last,
            check_developers(developers),
            parameters,
            chosen,
            points,
            selection(measures),
            sim.Market.switched_off(without),
            given,
            chosen.seeding,
            rows,
            () if rows is None else tuple(sorted(name for name in {*held, *dotted} if name in rows.table)),
            source,
        )
        study.modules  # noqa: B018  # refuses what others could not run
        study._check_runs(study.seeds)
        return study

    def settings(self) -> dict[str, Any]:
        """Everything that decides the values, as plain data."""
        whole = self.measures == everything()
        design = self.design.settings()
        return {
            "scenarios": [item.model_dump() for item in self.scenarios],
            "seeds": list(self.seeds),
            "months": self.months,
            "developers": self.developers,
            "params": self._given,
            "design": design if design["kind"] == "single" else {**design, "seeds": self.seeding},
            "measures": None if whole else {table: list(names) for table, names in self.measures.items()},
            "without": list(self.without),
            **({"plugins": [module.given for module in self.modules]} if self.modules else {}),
            **({} if self.draws is None else {"draws": self.draws.settings()}),
        }

    def default_name(self) -> str:
        """``<scenario>-<hash of the settings>``."""
        label = next((item.name for item in self.scenarios if item.name != BASELINE), BASELINE)
        return f"{label}-{fingerprint.content_hash(self.settings())[:8]}"

    def with_seeds(self, seeds: tuple[int, ...]) -> Study:
        """The same with other seeds, in common unless each point is to have its own: then more seeds move no run.

        Raises:
            ExperimentError: They make too many runs.
        """
        self._check_runs(seeds)
        return replace(self, seeds=seeds, seeding=self.design.seeds or COMMON)

    def seeds_at(self, point: int) -> tuple[int, ...]:
        """The seeds of a point: of n seeds of its own, point i has i·n to i·n + n − 1."""
        if self.seeding != OWN:
            return self.seeds
        apart = point * (max(self.seeds) + 1 - min(self.seeds))
        return tuple(seed + apart for seed in self.seeds)

    def _check_runs(self, seeds: tuple[int, ...]) -> None:
        at_point = self.points.scenarios
        worlds = len(self.points) * len(self.scenarios) if at_point is None else sum(map(len, at_point))
        check_runs(worlds, len(seeds))
        if max(self.seeds_at(len(self.points) - 1)) >= SEED_LIMIT:
            raise refuse("seeds", max(seeds), f"seeds that stay below {SEED_LIMIT} at all {len(self.points)} points")

    @cached_property
    def modules(self) -> tuple[Plugin, ...]:
        """Modules that a worker must import: the plugins, and whatever else registered what is used."""
        return uses.modules_of(self.scenarios, self.plugins)

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Sources beyond those that every run uses, by module."""
        found: dict[str, Source] = {}
        for item in self.scenarios:
            found |= uses.sources_of(item, self.plugins)
        return found

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a run: scenario, point, seed, and key, its name in the store."""
        points = range(len(self.points))
        at_point = [fingerprint.content_hash(self._known(self.points.changes(point))) for point in points]
        shared = {"code": fingerprint.code_version(), "months": self.months, "developers": self.developers}
        shared |= {"measures": self.measures, "without": self.without}
        shared["verbs"] = [verb.name for verb in sim.Market.verbs()]
        seeds = [self.seeds_at(point) for point in points]
        drawn = {} if self.draws is None else self._drawn()
        rows: list[tuple[str, int, int, str]] = []
        for item in self.scenarios:
            own = {"scenario": item.model_dump(exclude={"name", "why"})}
            own["sources"] = fingerprint.versions(uses.sources_of(item, self.plugins))
            start = fingerprint.content_hash(shared | own)
            for point in points:
                if self.points.scenarios is None or item.name in self.points.scenarios[point]:
                    of_seed = [at_point[point] if self.draws is None else drawn[point, seed] for seed in seeds[point]]
                    keys = [
                        fingerprint.content_hash([start, *pair]) for pair in zip(of_seed, seeds[point], strict=True)
                    ]
                    rows += [(item.name, point, *pair) for pair in zip(seeds[point], keys, strict=True)]
        return pd.DataFrame(rows, columns=["scenario", "point", "seed", "key"])

    def _known(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What differs from the defaults with these changes: a value at its default is the same as one not varied."""
        values = {**self._given, **changes}
        return {address: value for address, value in values.items() if value != self._defaults[address]}

    @cached_property
    def _given(self) -> dict[str, Any]:
        return {**self.parameters.differences(), **{name: self._defaults[name] for name in self._at_defaults}}

    @property
    def _at_defaults(self) -> list[str]:
        different = self.parameters.differences()
        return [name for name in self.held if name not in different]

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {leaf.address: leaf.default for leaf in self.parameters.leaves()}

    def _drawn(self) -> dict[tuple[int, int], str]:
        """Hash of what differs from the defaults, for each point and seed."""
        return {
            (point, seed): fingerprint.content_hash(self._known(self._changes(point, seed)))
            for point in range(len(self.points))
            for seed in self.seeds_at(point)
        }

    def _changes(self, point: int, seed: int) -> dict[str, Any]:
        """What a seed at a point changes beside the parameters given: its row, and above it the point."""
        changes = self.points.changes(point)
        if self.draws is None:
            return changes
        row = self.draws.changes(seed)
        return {name: value for name, value in row.items() if name not in self._given} | changes

    def tasks(self, wanted: Container[str]) -> Iterator[Task]:
        """One task a point and seed, in order, with those of its runs that are wanted; it may be none.

        Points that are equal, as trajectories that cross have, share their runs: the first of them has the task.
        """
        grouped: dict[tuple[int, int], dict[str, str]] = {}
        taken: set[str] = set()
        for name, point, seed, key in self.runs.itertuples(index=False):
            runs = grouped.setdefault((point, seed), {})
            if key in wanted and key not in taken:
                runs[key] = name
                taken.add(key)
        for point in range(len(self.points)):
            changes = self.points.changes(point)
            for seed in self.seeds_at(point):
                if (point, seed) in grouped:
                    own = changes if self.draws is None else self._changes(point, seed)
                    yield Task(own, seed, grouped[point, seed])

    def shared(self, store: Path) -> Shared:
        """What all runs share; ``store`` is an absolute path."""
        return Shared(
            store,
            fingerprint.code_version(),
            self.modules,
            uses.registered(),
            fingerprint.versions(self.sources),
            {item.name: item for item in self.scenarios},
            scenario(BASELINE),
            self.parameters.differences(),
            self.months,
            self.developers,
            self.without,
            self.measures,
        )


@cache
def _say(line: str) -> None:
    """Warn once a session: questions that are asked in a loop have one answer."""
    _LOG.warning("%s", line)


def parameters_of(given: Any) -> sim.Parameters:
    """Parameters from what a user gives: parameters, dotted overrides, or None for the defaults.

    Raises:
        ExperimentError, sim.ParameterError: Something else, or a parameter that cannot be.
    """
    if isinstance(given, sim.Parameters):
        return given
    allowed = "sim.Parameters, or a mapping of dotted addresses and values like {'talent.mobility': 0.03}"
    return sim.Parameters().with_(**({} if given is None else check_mapping("params", given, allowed)))
