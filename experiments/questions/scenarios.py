"""Scenarios by name, by file or as they are."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from importlib import resources
from operator import attrgetter
from pathlib import Path
from typing import Any

import sim
from experiments.questions.reading import read_text
from experiments.questions.settings import (
    ExperimentError,
    check_choice,
    check_path,
    items_of,
    one_line,
    refuse,
)
from sim.scenario import EVERYBODY

BASELINE = "baseline"
# What a lab does if nobody says otherwise.
HISTORICAL = "historical"
MOST_BYTES = 1_000_000
_MOST = 10_000


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
    check_choice("scenario", name, names())
    path = resources.files("experiments.conf").joinpath("scenario", f"{name}.yaml")
    return sim.Scenario.from_yaml(path.read_text("utf-8"))


def scenario_from_file(path: str | Path) -> sim.Scenario:
    """A scenario from a YAML file anywhere.

    Raises:
        ExperimentError: The file cannot be read or does not hold a scenario.
    """
    path = check_path("scenario_file", path, "the path of a YAML file")
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
    """Names and scenarios as scenarios, in order; the names must differ.

    Raises:
        ExperimentError: They are none, or one name stands for two.
    """
    allowed = "names of scenarios and sim.Scenario objects"
    items = [wanted] if isinstance(wanted, str | sim.Scenario) else items_of(wanted, _MOST)
    if not items:
        raise refuse("scenarios", wanted if items is None else "[]", allowed)
    for item in items:
        if not isinstance(item, str | sim.Scenario):
            raise refuse("scenarios", item, allowed)
    found = tuple(item if isinstance(item, sim.Scenario) else scenario(item) for item in items)
    for item in found:
        if item.name == BASELINE and item.differs:
            raise refuse("scenario.name", item.name, "a name of its own for what changes something")
    labels = [item.name for item in found]
    if len(set(labels)) < len(labels):
        raise refuse("scenarios", labels, "at least one scenario, each name once")
    return found


def canonical(item: sim.Scenario) -> sim.Scenario:
    """The same scenario in the words of what is registered by now, so that what is the same has one key."""
    return type(item).model_validate(item.model_dump())


def without_effect(
    item: sim.Scenario, parameters: sim.Parameters, months: int, varied: Container[str] = ()
) -> list[str]:
    """What of a scenario has no effect, for it comes after the end or says what holds already; one line or none.

    Args:
        item: The scenario, checked.
        parameters: What its differences apply to.
        months: The last month.
        varied: Parameters that the points of a design change, so that what holds differs from point to point.
    """
    found: list[str] = []
    params = dict(parameters.differences())
    labs: dict[str, Any] = {}
    moved: set[str] = set()
    for date in ["", *sorted(item.changes)]:
        change = item.changes[date] if date else item
        where = f"changes.{date}" if date else ""
        if date and sim.calendar.month_of(date) > months:
            found.append(f"{where} (after the last month, {sim.calendar.date_of(months)})")
            continue
        now = sim.Parameters().with_(**params)
        told = [
            *(f"params.{address}={value}" for address, value in change.params.items()
              if address not in varied and attrgetter(address)(now) == value),
            *(f"labs.{lab}={wanted}" for lab, wanted in change.labs.items() if _holds(lab, wanted, change.labs, labs)),
        ]  # fmt: skip
        found += [".".join(filter(None, (where, text))) + " (holds already)" for text in told]
        shifted = item.changes[date].release_shift.keys() if date else set()
        if shifted and sim.calendar.month_of(date) > _releases_end(parameters.with_(**item.params)):
            late = sorted(shifted - moved)  # labs of which no model is still to come
            found += [f"{where}.release_shift.{lab} (after its last model of the record)" for lab in late]
        moved |= shifted
        if date and change == type(change)():
            found.append(f"{where} (says nothing)")
        params |= change.params
        labs = change.labs if EVERYBODY in change.labs else labs | change.labs
    return [one_line(f"scenario {item.name!r}: without effect: {', '.join(found)}")] if found else []


def _releases_end(parameters: sim.Parameters) -> int:
    """Last month with releases of the record."""
    record = parameters.record
    return sim.calendar.LAST_HISTORICAL_MONTH if record.given else sim.calendar.month_of(record.end)


def varied_in_vain(item: sim.Scenario, varied: Container[str]) -> list[str]:
    """A line for each parameter that a design varies and a scenario sets, so that its value holds at every point.

    Args:
        item: The scenario.
        varied: Parameters that the points of the design change.
    """
    said = [(address, "") for address in item.params]
    said += [
        (address, f" from {date} on") for date, change in sorted(item.changes.items()) for address in change.params
    ]
    return [
        one_line(f"scenario {item.name!r}: sets {address}{since}, whatever a point of the design says of it")
        for address, since in said
        if address in varied
    ]


def _holds(lab: str, wanted: Any, plan: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a lab, or everybody, has this strategy already."""
    if lab == EVERYBODY:
        return all(other == wanted for other in before.values()) and before.get(EVERYBODY, HISTORICAL) == wanted
    return EVERYBODY not in plan and before.get(lab, before.get(EVERYBODY, HISTORICAL)) == wanted
