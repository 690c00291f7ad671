"""Scenarios by name, by file or as they are."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import sim
from experiments.questions.reading import read_text
from experiments.questions.settings import ExperimentError, one_line, refuse

BASELINE = "baseline"
MOST_BYTES = 1_000_000


def names() -> tuple[str, ...]:
    """The scenarios that come with the project, the baseline first."""
    folder = resources.files("experiments.conf").joinpath("scenario")
    found = sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml"))
    return (BASELINE, *(name for name in found if name != BASELINE))


def scenario(name: str) -> sim.Scenario:
    """A scenario that comes with the project.

    Raises:
        ExperimentError: There is none of that name.
    """
    if name not in names():
        raise refuse("scenario", name, "one of " + ", ".join(names()))
    path = resources.files("experiments.conf").joinpath("scenario", f"{name}.yaml")
    return sim.Scenario.from_yaml(path.read_text("utf-8"))


def scenario_from_file(path: str | Path) -> sim.Scenario:
    """A scenario from a YAML file anywhere.

    Raises:
        ExperimentError: The file cannot be read or does not hold a scenario.
    """
    try:
        text = read_text(path, MOST_BYTES)
    except OSError as error:
        raise refuse("scenario_file", str(path), f"a readable YAML file ({error.strerror})") from None
    except UnicodeDecodeError:
        raise refuse("scenario_file", str(path), "a YAML file in UTF-8") from None
    try:
        return sim.Scenario.from_yaml(text)
    except sim.ScenarioError as error:
        raise ExperimentError(one_line(f"scenario_file={path}: {error}")) from None


def resolve(wanted: str | sim.Scenario | Iterable[str | sim.Scenario]) -> tuple[sim.Scenario, ...]:
    """Names and scenarios as scenarios, in order; the names must differ."""
    items = [wanted] if isinstance(wanted, str | sim.Scenario) else list(wanted)
    found = tuple(item if isinstance(item, sim.Scenario) else scenario(item) for item in items)
    for item in found:
        if item.name == BASELINE and item.differs:
            raise refuse("scenario.name", item.name, "a name of its own for what changes something")
    labels = [item.name for item in found]
    if not found or len(set(labels)) < len(labels):
        raise refuse("scenarios", labels, "at least one scenario, each name once")
    return found
