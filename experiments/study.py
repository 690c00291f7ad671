"""A study: scenarios × seeds at one point of the parameters, run where it is not yet in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from experiments import provenance, store
from experiments.executors import Chunk, Failure, run_local
from experiments.files import cannot_write, check_writable, remove_empty
from experiments.progress import Progress
from experiments.records import Tables
from experiments.results import Results
from experiments.scenarios import BASELINE, resolve, scenario
from experiments.settings import (
    check_developers,
    check_months,
    check_name,
    check_seeds,
    check_workers,
    refuse,
)

OUTPUTS = "outputs"


@dataclass(frozen=True)
class Study:
    """What is asked. Build it with :meth:`of`, which checks.

    Attributes:
        scenarios: Each is run with every seed.
        seeds: The same for all scenarios, so that effects are paired.
        months: Months to run, 1 to 600.
        developers: Simulated developers.
        parameters: Shared by all runs; scenarios change them further.
        source: The command or call that asked, for the record.
    """

    scenarios: tuple[sim.Scenario, ...]
    seeds: tuple[int, ...]
    months: int
    developers: int
    parameters: sim.Parameters
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
        source: str = "",
    ) -> Study:
        """A checked study; ``params`` may be dotted overrides.

        Raises:
            ExperimentError: Something is not allowed.
            sim.ParameterError: A parameter is unknown or out of bounds, here or in a scenario.
            sim.ScenarioError: A scenario contradicts itself or the world.
        """
        parameters = params if isinstance(params, sim.Parameters) else sim.Parameters().with_(**(params or {}))
        items = resolve(scenarios)
        for item in items:
            _check_scenario(item, parameters)
        return cls(items, check_seeds(seeds), check_months(months), check_developers(developers), parameters, source)

    def settings(self) -> dict[str, Any]:
        """Everything that decides the values, as plain data."""
        return {
            "scenarios": [item.model_dump() for item in self.scenarios],
            "seeds": list(self.seeds),
            "months": self.months,
            "developers": self.developers,
            "params": self.parameters.differences(),
        }

    def default_name(self) -> str:
        """``<scenario>-<hash of the settings>``."""
        label = next((item.name for item in self.scenarios if item.name != BASELINE), BASELINE)
        return f"{label}-{store.content_hash(self.settings())[:8]}"

    def key(self, item: sim.Scenario, seed: int) -> str:
        """The store's name for one of the runs."""
        return store.run_key(self.parameters, item, seed, self.months, self.developers)


def _check_scenario(item: sim.Scenario, parameters: sim.Parameters) -> None:
    check_name("scenario.name", item.name)
    item.check(parameters)


def ensemble(
    scenarios: str | sim.Scenario | Iterable[str | sim.Scenario],
    seeds: int | Iterable[int] = 20,
    months: int = 48,
    developers: int = 20_000,
    params: sim.Parameters | Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    outputs: str | Path | None = None,
    name: str | None = None,
    progress: bool = True,
) -> Results:
    """Run scenarios with the same seeds; what is already in the store of ``outputs`` is read, not run.

    Args:
        scenarios: Names or :class:`sim.Scenario` objects.
        seeds: A number n for 0 … n−1, or the seeds themselves.
        months: Months from 2022-11, 1 to 600.
        developers: Simulated developers, 100 to 50,000,000.
        params: Parameters, or dotted overrides like ``{"talent.mobility": 0.03}``.
        workers: Processes; None for one per processor, 1 for none extra.
        outputs: Folder of the results; None for ``outputs`` in the working directory.
        name: Also write the results to ``outputs/name``.
        progress: Show how far it is.

    Returns:
        The results; runs that failed are in ``results.failures``.

    Raises:
        ExperimentError, sim.ParameterError, sim.ScenarioError: Something is not allowed, in one line.
    """
    study = Study.of(scenarios, seeds=seeds, months=months, developers=developers, params=params)
    folder = None if name is None else check_name("name", name)
    target = Path(OUTPUTS if outputs is None else outputs)
    results = run_study(study, target, check_workers(workers), progress=progress)
    if folder is not None:
        results.save(target / folder)
    return results


def run_study(study: Study, outputs: Path, workers: int, *, progress: bool) -> Results:
    """Compute what is missing, then read everything from the store.

    Raises:
        ExperimentError: The output folder cannot be written, or loses files meanwhile.
    """
    created = check_writable(outputs)
    total = len(study.scenarios) * len(study.seeds)
    failures: list[Failure] = []
    try:
        with Progress(total, show=progress) as bar:
            chunks = _missing(study, outputs)
            bar.skip(total - sum(len(chunk.scenarios) for chunk in chunks))
            for chunk, failed in run_local(chunks, workers):
                bar.add(len(chunk.scenarios))
                failures += failed
    except OSError as error:
        remove_empty([*created, outputs / store.FOLDER])
        raise cannot_write(outputs, error) from None
    return _gather(study, outputs, failures)


def _missing(study: Study, outputs: Path) -> list[Chunk]:
    baseline = scenario(BASELINE)
    chunks = []
    for seed in study.seeds:
        keys = {study.key(item, seed): item for item in study.scenarios}
        missing = {key: item for key, item in keys.items() if not store.has(outputs, key)}
        if missing:
            chunks.append(Chunk(study.parameters, baseline, missing, seed, study.months, study.developers, outputs))
    return chunks


def _gather(study: Study, outputs: Path, failures: list[Failure]) -> Results:
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in Tables.names()}
    failed = {failure.seed for failure in failures}
    for item in study.scenarios:
        for seed in study.seeds:
            tables = store.load(outputs, study.key(item, seed))
            if tables is None and seed in failed:
                continue
            if tables is None:
                raise refuse("outputs", str(outputs), "a folder from which nothing is removed meanwhile")
            for name, frames in parts.items():
                frame: pd.DataFrame = getattr(tables, name)
                frames.append(frame.assign(scenario=item.name, seed=seed))
    joined = {name: _join(frames) for name, frames in parts.items()}
    reports = [provenance.failure_report(study, failure) for failure in failures]
    return Results(**joined, provenance=provenance.of_study(study), failures=reports)


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=["scenario", "seed", "month", "date"])
    joined = pd.concat(frames, ignore_index=True)
    first = ["scenario", "seed"]
    return joined[first + [name for name in joined.columns if name not in first]]
