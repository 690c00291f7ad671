"""The questions: which worlds to run, how often, and what to make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.effects import Effect, compare
from experiments.results import Results
from experiments.results import open_results as open
from experiments.scenarios import scenario
from experiments.settings import ExperimentError
from experiments.study import ensemble

if TYPE_CHECKING:
    from experiments import plots

__all__ = ["Effect", "ExperimentError", "Results", "compare", "ensemble", "open", "plots", "scenario"]


def __getattr__(name: str) -> Any:
    # Pictures cost a second to import, and neither a worker nor a refused command needs them.
    if name == "plots":
        from importlib import import_module

        return import_module("experiments.plots")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
