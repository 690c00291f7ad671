"""One experiment: ``python -m experiments.run scenario=no_deepseek seeds=50 params.talent.mobility=0.03``.

Exit codes: 0 done, 1 some runs failed (the others are kept), 2 not allowed (one line on standard error,
nothing written), 130 interrupted (finished runs are kept and reused).
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

import sim
from experiments import cli, summary
from experiments.effects import compare
from experiments.results import Results
from experiments.scenarios import BASELINE, scenario, scenario_from_file
from experiments.settings import (
    ExperimentError,
    check_choice,
    check_flag,
    check_name,
    check_workers,
    one_line,
    refuse,
)
from experiments.study import Study, run_study


@dataclass(frozen=True)
class Job:
    """One checked experiment: what to run and where to put it."""

    study: Study
    outputs: Path
    name: str
    workers: int
    figures: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one experiment, or with ``-m`` several; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    codes: list[int] = []
    written: set[Path] = set()

    def task(config: DictConfig) -> None:
        codes.append(_guarded(config, words, written))

    try:
        codes.append(cli.call(task, words))
    except KeyboardInterrupt:
        cli.report("interrupted; finished runs are kept, and the same command goes on from there")
        return 130
    return max(codes)


def _guarded(config: DictConfig, words: Sequence[str], written: set[Path]) -> int:
    try:
        job = read(config, words)
        folder = job.outputs / job.name
        if folder in written:
            raise refuse("name", job.name, "no name with -m, so that each job has a folder of its own")
        written.add(folder)
        return execute(job)
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2


def read(config: DictConfig, words: Sequence[str] = ()) -> Job:
    """Check a composed configuration.

    Raises:
        ExperimentError, sim.ParameterError, sim.ScenarioError: Something is not allowed, in one line.
    """
    plain = _plain(config)
    chosen = _scenario(plain)
    items = (chosen,) if not chosen.differs else (scenario(BASELINE), chosen)
    check_choice("design.kind", _group(plain, "design", ("kind",))["kind"], ("single",))
    executor = _group(plain, "executor", ("kind", "workers"))
    check_choice("executor.kind", executor["kind"], ("local",))
    study = Study.of(
        items,
        seeds=plain["seeds"],
        months=plain["months"],
        developers=plain["developers"],
        params=_parameters(plain["params"]),
        source=shlex.join(["python", "-m", "experiments.run", *words]),
    )
    name = study.default_name() if plain["name"] is None else check_name("name", _text(plain["name"]))
    outputs = _text(plain["outputs"])
    if not isinstance(outputs, str) or not outputs.strip() or "\0" in outputs:
        raise refuse("outputs", outputs, "the path of a folder")
    workers = check_workers(executor["workers"])
    return Job(study, Path(outputs), name, workers, check_flag("figures", plain["figures"]))


def _plain(config: DictConfig) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except Exception as error:  # OmegaConf has a class for each way an interpolation can fail
        raise ExperimentError(one_line(str(error))) from None
    assert isinstance(plain, dict)
    for key in plain:
        if key not in cli.SETTINGS:
            raise ExperimentError(one_line(f"{key!s}={plain[key]!r} is not allowed: {cli.unknown(str(key))}"))
    for key in cli.SETTINGS:
        if key not in plain:
            raise refuse(key, "", "a value; a setting cannot be deleted")
    return {str(key): value for key, value in plain.items()}


def _scenario(plain: dict[str, Any]) -> sim.Scenario:
    given = plain["scenario"]
    if not isinstance(given, dict):
        raise refuse("scenario", given, "the name of a scenario, or a mapping with name, why and what it changes")
    chosen = sim.Scenario.from_dict(given)
    path = plain["scenario_file"]
    if path is None:
        return chosen
    if chosen.differs:
        raise refuse("scenario_file", path, f"either scenario={chosen.name} or scenario_file, not both")
    return scenario_from_file(str(path))


def _group(plain: dict[str, Any], group: str, keys: tuple[str, ...]) -> dict[str, Any]:
    given = plain[group]
    if not isinstance(given, dict) or set(given) != set(keys):
        shown = ", ".join(map(str, given)) if isinstance(given, dict) else given
        raise refuse(group, shown, "the keys " + ", ".join(keys))
    return given


def _parameters(tree: Any) -> sim.Parameters:
    if not isinstance(tree, dict):
        raise refuse("params", tree, "the tree of parameters, for example params.talent.mobility=0.03")
    try:
        return sim.Parameters().with_(**cli.overrides(tree))
    except sim.ParameterError as error:
        raise ExperimentError(one_line(f"params.{error}")) from None


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def execute(job: Job) -> int:
    """Run one experiment and write its folder; returns 0, or 1 if some runs failed.

    Raises:
        ExperimentError: The output folder cannot be written.
    """
    results = run_study(job.study, job.outputs, job.workers, progress=True)
    folder = write(job, results)
    print("\n".join([repr(results), *_in_words(results), f"written to {folder}"]))
    if results.failures:
        total = len(job.study.scenarios) * len(job.study.seeds)
        first = results.failures[0]["error"]
        cli.report(f"{len(results.failures)} of {total} runs failed, see {folder / 'failures.json'}: {first}")
        return 1
    return 0


def write(job: Job, results: Results) -> Path:
    """Tables, provenance, settings, headline numbers and figures, all or nothing."""
    settings = job.study.settings() | {"outputs": str(job.outputs), "name": job.name}
    files = {"config.yaml": settings, "summary.json": summary.headline(results)}
    return results.save(job.outputs / job.name, files, _drawing(results) if job.figures else None)


def _in_words(results: Results) -> list[str]:
    paired = summary.complete(results)
    if len(paired.scenarios) < 2:
        return []
    effect = compare(paired)
    return [effect.describe(measure) for measure in ("open_share_tokens", "price_gpt35_level", "frontier")]


def _drawing(results: Results) -> Callable[[Path], list[Path]]:
    from experiments import plots  # a second to import, so only when something is drawn

    return lambda folder: plots.draw_all(results, folder / "figures")


if __name__ == "__main__":
    sys.exit(main())
