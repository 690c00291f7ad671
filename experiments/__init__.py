"""The questions: which worlds to run, how often, and what to make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.engine.ensemble import ensemble
from experiments.engine.sequential import Until
from experiments.findings.ablate import ablate
from experiments.findings.effects import Effect, compare
from experiments.questions.scenarios import scenario
from experiments.questions.settings import ExperimentError
from experiments.results.folder import open_results as open
from experiments.results.results import Results

if TYPE_CHECKING:
    from experiments import plots

__all__ = [
    "Effect",
    "ExperimentError",
    "Results",
    "Until",
    "ablate",
    "compare",
    "ensemble",
    "open",
    "plots",
    "scenario",
]


def __getattr__(name: str) -> Any:
    # Pictures cost a second to import, and neither a worker nor a refused command needs them.
    if name == "plots":
        from importlib import import_module

        return import_module("experiments.plots")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
