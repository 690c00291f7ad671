"""One experiment: ``python -m experiments.run scenario=no_deepseek seeds=50 params.talent.mobility=0.03``.

Exit codes: 0 done, 1 some runs failed or are missing, or something could not be written (finished runs are kept),
2 not allowed (one line on standard error, nothing written), 130 interrupted (finished runs are kept and reused).
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

import sim
from experiments import cli, sweep, terminal
from experiments.engine.driver import UnfinishedError
from experiments.engine.ensemble import question_of, run_study
from experiments.engine.executors import Place, place_of
from experiments.engine.sequential import FIRST, run_until
from experiments.findings import summary, until
from experiments.findings.until import Until
from experiments.findings.words import effects_in_words
from experiments.questions.designs import KINDS, Design
from experiments.questions.fingerprint import content_hash
from experiments.questions.groups import LOOKED_UP
from experiments.questions.plugins import load
from experiments.questions.scenarios import BASELINE, scenario, scenario_from_file
from experiments.questions.settings import (
    ExperimentError,
    check_choice,
    check_flag,
    check_name,
    check_path,
    one_line,
    refuse,
)
from experiments.questions.study import Study
from experiments.results.folder import finish, open_results
from experiments.results.results import Results

AUTO = "auto"


@dataclass(frozen=True)
class Job:
    """One checked experiment: what to run, where to compute and where to put it; a rule if seeds are not given."""

    study: Study
    outputs: Path
    name: str
    place: Place
    figures: bool
    rule: Until | None = None

    @property
    def folder(self) -> Path:
        """The experiment's folder."""
        return self.outputs / self.name


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one experiment, or with ``-m`` several; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return cli.call(partial(task, words=words), words)


def task(config: DictConfig, words: Sequence[str] = ()) -> None:
    """One job of Hydra's, here or in another process.

    Raises:
        JobFailed: It failed in a process of a launcher's; what there is to say has been said.
    """
    code, line = 0, ""
    try:
        job = read(config, words)
        sweep.claim(job.folder)
        code = execute(job)
    except UnfinishedError as error:
        code, line = terminal.FAILED, str(error)
        terminal.report(line)
    except terminal.USER_ERRORS as error:
        code, line = terminal.REFUSED, one_line(str(error))
        terminal.report(line)
    except Exception as error:  # Hydra would take it for a mistake in the settings
        code, line = terminal.FAILED, terminal.unexpected(error)
        terminal.report(line)
    sweep.leave(code, line)


def read(config: DictConfig, words: Sequence[str] = ()) -> Job:
    """Check a composed configuration.

    Raises:
        ExperimentError, sim.ParameterError, sim.ScenarioError: Something is not allowed, in one line.
    """
    plain = _plain(config)
    plugins = load(plain["plugins"])  # what follows may be theirs
    auto = plain["seeds"] == AUTO
    study = Study.of(
        _scenarios(plain),
        seeds=FIRST if auto else plain["seeds"],
        months=plain["months"],
        developers=plain["developers"],
        params=_parameters(plain["params"]),
        design=_design(plain["design"]),
        measures=plain["measures"],
        without=_names("without", plain["without"]),
        plugins=plugins,
        draws=plain["draws"],
        held=[word.removeprefix("params.").partition("=")[0] for word in words if word.startswith("params.")],
        source=shlex.join(["python", "-m", "experiments.run", *words]),
    )
    rule = _rule(plain, auto)
    if rule is not None:
        rule.check(study)
    name = _default_name(study, rule) if plain["name"] is None else check_name("name", _text(plain["name"]))
    outputs = check_path("outputs", _text(plain["outputs"]))
    if not isinstance(plain["executor"], dict):
        raise refuse("executor", plain["executor"], "settings of an executor, with its kind")
    place = place_of(plain["executor"])
    return Job(study, outputs, name, place, check_flag("figures", plain["figures"]), rule)


def _plain(config: DictConfig) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=False, throw_on_missing=True)
    except Exception as error:  # OmegaConf has a class for each way in which it can fail
        raise ExperimentError(one_line(str(error))) from None
    assert isinstance(plain, dict)
    _refuse_what_is_looked_up(plain, "")
    for key in plain:
        if key not in cli.SETTINGS:
            raise ExperimentError(one_line(f"{key!s}={plain[key]!r} is not allowed: {cli.unknown(str(key))}"))
    for key in cli.SETTINGS:
        if key not in plain:
            raise refuse(key, "", "a value; a setting cannot be deleted")
    return {str(key): value for key, value in plain.items()}


def _refuse_what_is_looked_up(tree: Any, prefix: str) -> None:
    """Nothing is taken from the environment nor from elsewhere in the settings."""
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        if isinstance(value, dict | list):
            _refuse_what_is_looked_up(value, f"{prefix}{name}.")
        elif LOOKED_UP in str(value) or LOOKED_UP in str(name):
            raise refuse(f"{prefix}{name}", value, "a value; nothing is looked up")


def _scenarios(plain: dict[str, Any]) -> tuple[sim.Scenario, ...]:
    """What is asked for, beside the baseline."""
    given, path, several = plain["scenario"], plain["scenario_file"], plain["scenarios"]
    if not isinstance(given, dict):
        raise refuse("scenario", given, "the name of a scenario, or a mapping with name, why and what it changes")
    chosen = [sim.Scenario.from_dict(given)]
    one = f"either scenario={chosen[0].name} or" if chosen[0].differs else "either"
    if several is not None:
        if chosen[0].differs or path is not None:
            raise refuse("scenarios", several, f"{one} scenario_file or scenarios, not two of them")
        chosen = [scenario(name) for name in _names("scenarios", several)]
    elif path is not None:
        if chosen[0].differs:
            raise refuse("scenario_file", path, f"{one} scenario_file, not both")
        chosen = [scenario_from_file(str(path))]
    baseline = scenario(BASELINE)
    return (baseline, *(item for item in chosen if item != baseline))


def _names(field: str, given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise refuse(field, given, f"a list of names, for example {field}=[a,b]")
    return given


def _design(given: Any) -> Design:
    if not isinstance(given, dict):
        raise refuse("design", given, "settings of a design, with its kind")
    check_choice("design.kind", given.get("kind"), KINDS)
    return Design.of(given)


def _rule(plain: dict[str, Any], auto: bool) -> Until | None:
    asked = {name: plain[name] for name in ("effect", "precision") if plain[name] is not None}
    if not auto:
        for name, value in asked.items():
            raise refuse(name, value, "only with seeds=auto")
        return None
    if len(asked) < 2:
        raise refuse("seeds", AUTO, "with effect=<measure> and precision=<half of a 95% interval>")
    return Until(asked["effect"], asked["precision"], plain["against"], plain["at"], plain["most_seeds"])


def _default_name(study: Study, rule: Until | None) -> str:
    if rule is None:
        return study.default_name()
    label = study.default_name().rpartition("-")[0]
    return f"{label}-{content_hash({**study.settings(), 'seeds': rule.settings()})[:8]}"


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
    """Run one experiment and write its folder; returns 0, or 1 if some runs failed or are missing.

    Raises:
        ExperimentError: The output folder cannot be written, or the executor cannot be had; nothing is written.
        UnfinishedError: Runs are there, and what is made of them cannot be written.
    """
    question = question_of(job.study, job.rule)

    def run(study: Study) -> Results:
        return run_study(study, job.outputs, job.place, folder=job.folder, progress=True, question=question)

    try:
        results = run(job.study) if job.rule is None else run_until(job.study, job.rule, run)
    except UnfinishedError as error:
        return _unfinished(job, error)
    with terminal.computed(job.folder):
        write(job, results)
        terminal.say(repr(results), *_in_words(results), f"written to {job.folder}")
    return terminal.outcome(results, job.folder)


def _unfinished(job: Job, error: UnfinishedError) -> int:
    """Write what there is of a study that stopped."""
    text = str(error)
    with suppress(*terminal.USER_ERRORS):
        results = open_results(job.folder)
        write(job, results)
        text = f"{text}; what there is: {results!r} in {job.folder}"
    terminal.report(text)
    return terminal.FAILED


def write(job: Job, results: Results) -> Path:
    """Provenance, settings, headline numbers and figures, all or nothing."""
    ran = {name: results.provenance[name] for name in ("seeds", "design")}  # a rule for the seeds may have changed them
    settings = {**job.study.settings(), **ran, "outputs": str(job.outputs), "name": job.name}
    files = {"config.yaml": settings, "summary.json": summary.headline(results)}
    return finish(job.folder, results, files, _drawing(results) if job.figures else None)


def _in_words(results: Results) -> list[str]:
    lines = [until.in_words(results)] if "sequential" in results.provenance else []
    return lines + effects_in_words(results)


def _drawing(results: Results) -> Callable[[Path], list[Path]]:
    from experiments import plots  # a second to import, so only when something is drawn

    return lambda folder: plots.draw_all(results, folder / "figures", plots.USUAL)


if __name__ == "__main__":
    sys.exit(main())
