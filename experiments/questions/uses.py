"""What code a run uses beyond what every run does: strategies that its scenario names, and what others registered."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType
from typing import Any, NamedTuple

import sim
from experiments.questions import fingerprint
from experiments.questions.plugins import Plugin, brought, of_module
from experiments.questions.scenarios import HISTORICAL
from experiments.questions.settings import ExperimentError
from sim import strategies
from sim.inputs import sources
from sim.inputs.registry import added, late
from sim.inputs.sources import Source
from sim.parameters.tree import SECTIONS
from sim.strategies import STRATEGIES, Strategy

_OURS = "sim"


class Used(NamedTuple):
    """Something that decides on values: what it is, in words, its module, and the class or function if it is one."""

    words: str
    module: str
    made: Any = None

    @classmethod
    def of(cls, words: str, made: Any) -> Used:
        """A class or function."""
        while isinstance(made, partial):
            made = made.func
        return cls(words, str(getattr(made, "__module__", None) or type(made).__module__), made)


def in_every_run() -> Iterator[Used]:
    """What works in every run, whoever registered it; ours too, for somebody may have put his own in its place."""
    yield from (Used.of(f"mechanism {verb.name!r}", verb.step) for verb in sim.Market.verbs())
    for measures in (sim.measures.MARKET, sim.measures.LABS):
        yield from (Used.of(f"{measures.kind} {name!r}", measure.of) for name, measure in measures.items())
    yield from (Used.of(f"section {name!r}", kind) for name, kind in SECTIONS.items())
    yield from (Used(f"{kind} {name!r}", owner.module) for kind, name, owner in added() if kind != STRATEGIES.kind)


def registered() -> frozenset[str]:
    """What is not ours of that, in words."""
    return frozenset(f"{used.words} of {used.module}" for used in in_every_run() if not _is_ours(used.module))


def strategies_of(item: sim.Scenario) -> Iterator[Used]:
    """The strategies that a scenario names, and those that these have in turn.

    Raises:
        ParameterError: One of them does not exist.
    """
    plans = [item.labs, *(change.labs for change in item.changes.values())]
    waiting = [strategies.get(HISTORICAL), *(strategies.of(wanted) for plan in plans for wanted in plan.values())]
    while waiting:
        strategy = waiting.pop()
        yield Used.of(f"strategy {strategy.name!r}", type(strategy))
        waiting += [value for _, value in strategy if isinstance(value, Strategy)]


def sources_of(item: sim.Scenario, plugins: Iterable[Plugin]) -> dict[str, Source]:
    """The sources beyond those that every run uses, by module, on which a scenario's runs depend.

    Raises:
        ExperimentError: One of them cannot be had again, as that of a cell.
    """
    used = [*in_every_run(), *strategies_of(item)]
    return fingerprint.beyond([*(plugin.module for plugin in plugins), *dict.fromkeys(map(_module, used))])


def modules_of(items: Iterable[sim.Scenario], plugins: Iterable[Plugin]) -> tuple[Plugin, ...]:
    """The modules that a worker must import: those asked for, and those that have registered what is used.

    Raises:
        ExperimentError: The source of one of them cannot be had again, as that of a cell.
    """
    given = list(plugins)
    used = [*in_every_run(), *(one for item in items for one in strategies_of(item))]
    names = dict.fromkeys(name for name in map(_module, used) if not _is_ours(name))
    known = {plugin.module for plugin in given}
    return (*given, *(of_module(name) for name in names if name not in known))


def _module(used: Used) -> str:
    """The module of something, from which others can have it too.

    Raises:
        ExperimentError: It has none.
    """
    name = used.module
    if _is_ours(name):
        return name
    during = {f"{kind} {called!r}": modules for kind, called, modules in late()}.get(used.words)
    here = name in ("__main__", "__mp_main__")
    if here or name not in sys.modules or sources.source(name) is None or _from_text(used.made):
        where = "in this script or cell" if here else "in no file that can be read again"
        raise ExperimentError(
            f"{used.words} is defined {where}, so a stored run could not say what it ran; allowed: a file of its own, "
            "plugins=['my_rules.py']; or one run that is not stored, sim.Market(…).run(48)"
        )
    if during is not None and during.isdisjoint(plugin.module for plugin in brought()):
        raise ExperimentError(
            f"{used.words} was registered after {name} was imported, so its source does not say all that runs; "
            "allowed: registering while a module is imported; or one run that is not stored, sim.Market(…).run(48)"
        )
    return name


def _is_ours(module: str) -> bool:
    return module.split(".")[0] == _OURS and module in sys.modules


def _from_text(made: Any) -> bool:
    """Whether a function, or a method of a class, was compiled from a text and not from a file."""
    own = vars(made).items() if isinstance(made, type) else [("", made)]
    functions = [value for name, value in own if not name.startswith("__") and isinstance(value, FunctionType)]
    return any(function.__code__.co_filename.startswith("<") for function in functions)
