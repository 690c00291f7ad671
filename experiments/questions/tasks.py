"""A study in pieces: what all its runs share, and the runs of one seed at one point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim
from experiments.questions.measures import Selection
from experiments.questions.plugins import Plugin


@dataclass(frozen=True)
class Shared:
    """What all runs of a study share.

    Attributes:
        store: The store, as an absolute path that every worker can reach.
        code: Version of the code that the driver has and every run uses.
        modules: Modules of the user's own to import before anything runs.
        registered: What is registered and works in every run, beside what is ours.
        sources: Versions of the other code that the driver has and some runs use, by module.
        scenarios: Those asked for, by name.
        baseline: The scenario that changes nothing; its run anchors the others' investment.
        params: Changes from the default parameters, by dotted address.
        months: Months to run.
        developers: Simulated developers.
        without: Mechanisms switched off.
        measures: What to keep.
    """

    store: Path
    code: str
    modules: tuple[Plugin, ...]
    registered: frozenset[str]
    sources: Mapping[str, str]
    scenarios: Mapping[str, sim.Scenario]
    baseline: sim.Scenario
    params: Mapping[str, Any]
    months: int
    developers: int
    without: tuple[str, ...]
    measures: Selection


@dataclass(frozen=True)
class Task:
    """The missing runs of one seed at one point: what the point changes, and key → scenario of each run."""

    changes: Mapping[str, Any]
    seed: int
    runs: Mapping[str, str]
