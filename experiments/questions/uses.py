"""What code a run uses beyond what every run does: strategies that its scenario names, and what others registered."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from types import FunctionType
from typing import Any, NamedTuple

import sim
from experiments.questions import fingerprint
from experiments.questions.plugins import Plugin, of_module
from experiments.questions.scenarios import HISTORICAL
from experiments.questions.settings import ExperimentError
from sim import sources, strategies
from sim.sources import Source
from sim.strategies import Strategy

_OURS = "sim"


class Used(NamedTuple):
    """Something that decides on values: what it is, in words, and the class or function."""

    words: str
    made: Any

    @property
    def module(self) -> str:
        """The module that defines it."""
        made = self.made
        while isinstance(made, partial):
            made = made.func
        return str(getattr(made, "__module__", None) or type(made).__module__)


def in_every_run() -> Iterator[Used]:
    """What works in every run, whoever registered it; each registry of `sim` has its line here."""
    yield from (Used(f"mechanism {verb.name!r}", verb.step) for verb in sim.Market.schedule)
    for measures in (sim.measures.MARKET, sim.measures.LABS):
        yield from (Used(f"measure {name!r}", measure.of) for name, measure in measures.items())


def strategies_of(item: sim.Scenario) -> Iterator[Used]:
    """The strategies that a scenario names, and those that these have in turn.

    Raises:
        ParameterError: One of them does not exist.
    """
    plans = [item.labs, *(change.labs for change in item.changes.values())]
    waiting = [strategies.get(HISTORICAL), *(strategies.of(wanted) for plan in plans for wanted in plan.values())]
    while waiting:
        strategy = waiting.pop()
        yield Used(f"strategy {strategy.name!r}", type(strategy))
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
    names = dict.fromkeys(name for name in map(_module, used) if name.split(".")[0] != _OURS)
    known = {plugin.module for plugin in given}
    return (*given, *(of_module(name) for name in names if name not in known))


def _module(used: Used) -> str:
    """The module of something, from which others can have it too.

    Raises:
        ExperimentError: It has none.
    """
    name = used.module
    if name.split(".")[0] == _OURS and name in sys.modules:
        return name
    here = name in ("__main__", "__mp_main__")
    if here or name not in sys.modules or sources.source(name) is None or _from_text(used.made):
        where = "in this script or cell" if here else "in no file that can be read again"
        raise ExperimentError(
            f"{used.words} is defined {where}, so a stored run could not say what it ran; allowed: a file of its own, "
            "plugins=['my_rules.py']; or one run that is not stored, sim.Market(…).run(48)"
        )
    return name


def _from_text(made: Any) -> bool:
    """Whether a function, or a method of a class, was compiled from a text and not from a file."""
    own = vars(made).items() if isinstance(made, type) else [("", made)]
    functions = [value for name, value in own if not name.startswith("__") and isinstance(value, FunctionType)]
    return any(function.__code__.co_filename.startswith("<") for function in functions)
