"""The questions: which worlds to run, how often, on what machine, and what to make of them.

Rooms, each seeing only those above it: ``questions``, ``results``, ``engine``, ``findings``, ``plots``, ``pages``;
then the doors, one file for each ``python -m experiments.X``. What the words mean and where they live:

=========  ==================================================  ==============================
Scenario   a difference between worlds, by name or from YAML   sim; questions/scenarios.py
Design     which points of the parameters to run at            questions/designs/
Draws      rows of parameters, one for each seed in turn       questions/draws.py
Study      points x scenarios x seeds: all that is asked       questions/study.py
Task       the runs of one seed at one point                   questions/tasks.py
Shared     what all runs of a study have in common             questions/tasks.py
Shard      one file of finished runs, named by its content     results/store/shard.py
Results    the runs of a study and their tables                results/results.py
Chunk      some tasks, computed together into one shard        engine/work.py
Place      where chunks are computed: here, Dask, Slurm        engine/executors/place.py
Effect     same-seed differences and how sure they are         findings/effects.py
Parts      an effect, or a level, in parts that add up         findings/shapley.py
Sensitivity
           which parameters a result depends on                findings/sensitivity.py
Discovery  in which region something happens                   findings/discovery.py
Until      as many seeds as an effect takes                    findings/until.py
=========  ==================================================  ==============================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.engine.ensemble import ensemble
from experiments.findings.ablate import ablate
from experiments.findings.discovery import Discovery, discover
from experiments.findings.effects import Effect, compare
from experiments.findings.openness import Game, payoffs, why
from experiments.findings.sensitivity import Sensitivity, sensitivity
from experiments.findings.shapley import Parts, decompose, shapley
from experiments.findings.until import Until
from experiments.questions.scenarios import scenario
from experiments.questions.settings import ExperimentError
from experiments.results.folder import open_results as open
from experiments.results.results import Results

if TYPE_CHECKING:
    from experiments import plots

__all__ = [
    "Discovery",
    "Effect",
    "ExperimentError",
    "Game",
    "Parts",
    "Results",
    "Sensitivity",
    "Until",
    "ablate",
    "compare",
    "decompose",
    "discover",
    "ensemble",
    "open",
    "payoffs",
    "plots",
    "scenario",
    "sensitivity",
    "shapley",
    "why",
]


def __getattr__(name: str) -> Any:
    # Pictures cost a second to import, and neither a worker nor a refused command needs them.
    if name == "plots":
        from importlib import import_module

        return import_module("experiments.plots")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
