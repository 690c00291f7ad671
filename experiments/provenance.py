"""Where a table comes from: parameters, scenarios, seeds, code, packages and the command."""

from __future__ import annotations

import platform
import shlex
from importlib import metadata
from typing import TYPE_CHECKING, Any

import sim
from experiments import store
from experiments.scenarios import names, scenario

if TYPE_CHECKING:
    from experiments.executors import Failure
    from experiments.study import Study

_PACKAGES = (
    "weightshift",
    "mesa",
    "numpy",
    "scipy",
    "pydantic",
    "pandas",
    "pyarrow",
    "hydra-core",
    "matplotlib",
)


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that made the numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def of_study(study: Study) -> dict[str, Any]:
    """Everything needed to make a study's tables again, as plain data."""
    return {
        "command": study.source or command(study),
        "code": store.code_version(),
        "versions": versions(),
        "seeds": list(study.seeds),
        "months": study.months,
        "developers": study.developers,
        "scenarios": [item.model_dump() for item in study.scenarios],
        "parameters_changed": study.parameters.differences(),
        "parameters": study.parameters.to_dict(),
    }


def failure_report(study: Study, failure: Failure) -> dict[str, Any]:
    """A failed run with all that is needed to run it again alone."""
    item = next(item for item in study.scenarios if item.name == failure.scenario)
    return {
        "scenario": failure.scenario,
        "seed": failure.seed,
        "error": failure.error,
        "command": command(study, item, (failure.seed,)),
        "parameters_changed": study.parameters.differences(),
        "scenario_text": item.model_dump(),
        "traceback": failure.traceback,
    }


def command(study: Study, only: sim.Scenario | None = None, seeds: tuple[int, ...] | None = None) -> str:
    """A command line that runs a study, or one scenario of it, again."""
    items = study.scenarios if only is None else (only,)
    seeds = study.seeds if seeds is None else seeds
    changed = study.parameters.differences()
    known = all(item.name in names() and item == scenario(item.name) for item in items)
    others = [item.name for item in items if item.name != "baseline"] or ["baseline"]
    if known and len(others) == 1:
        settings = {"scenario": others[0], "seeds": _seeds(seeds), "months": study.months}
        settings |= {"developers": study.developers}
        settings |= {f"params.{address}": _word(value) for address, value in changed.items()}
        words = [f"{key}={value}" for key, value in settings.items()]
        return shlex.join(["python", "-m", "experiments.run", *words])
    asked = ", ".join(f"sim.Scenario.from_dict({item.model_dump()!r})" for item in items)
    call = (
        f"import sim, experiments as ex; ex.ensemble([{asked}], seeds={list(seeds)}, months={study.months}, "
        f"developers={study.developers}, params={changed!r}, workers=1)"
    )
    return shlex.join(["python", "-c", call])


def _seeds(seeds: tuple[int, ...]) -> str:
    if seeds == tuple(range(len(seeds))):
        return str(len(seeds))
    return "[" + ",".join(map(str, seeds)) + "]"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
