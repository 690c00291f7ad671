"""Modules of the user's own: imported by whoever runs something, the driver and every worker alike."""

from __future__ import annotations

import importlib
import os
import re
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import sim
from experiments.questions.settings import ExperimentError, check_path, items_of, one_line, refuse
from sim.inputs import sources
from sim.inputs.registry import unregister

ALLOWED = "a Python file like my_rules.py or a module like my_package.rules, one or a list of them"
_MOST = 1000
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_WORD = re.compile(r"[^\W\d]\w*")
_FOLDERS = (Path(sysconfig.get_path("stdlib")), Path(__file__).parents[1], Path(sim.__file__).parent)


@dataclass(frozen=True)
class Plugin:
    """A module that runs need.

    Attributes:
        module: Its dotted name.
        path: Its file, which all workers must see under the same path, or have installed.
        given: How it was asked for.
        unasked: Whether nobody did: somebody imported it, and it registered something.
    """

    module: str
    path: str
    given: str
    unasked: bool = False


# Asked for in this process so far. Whatever they did stays done, so they count for whoever comes after.
_BROUGHT: dict[str, Plugin] = {}


def load(wanted: Any) -> tuple[Plugin, ...]:
    """Import modules given by their files or dotted names.

    Returns:
        All that were asked for in this process, the earlier ones first.

    Raises:
        ExperimentError: There is no such module, or it cannot be imported: in one line, with file and line.
    """
    if isinstance(wanted, str | os.PathLike | ModuleType | Plugin):
        wanted = [wanted]
    if wanted is None:
        wanted = ()
    items = items_of(wanted, _MOST)
    if items is None:
        raise refuse("plugins", wanted, ALLOWED)
    for plugin in [_plugin(item) for item in items]:
        bring(plugin)
    return brought()


def brought() -> tuple[Plugin, ...]:
    """The modules that were asked for in this process."""
    return tuple(_BROUGHT.values())


def of_module(module: str) -> Plugin:
    """A module that is imported already, as something that workers import too."""
    path = str(sys.modules[module].__file__)
    return Plugin(module, os.path.realpath(path), os.path.realpath(path) if "." not in module else module, True)


def bring(plugin: Plugin) -> None:
    """Import a module, unless it is imported already.

    Raises:
        ExperimentError: It cannot be imported, or another one has its name.
    """
    folder = Path(plugin.path).parents[plugin.module.count(".") + plugin.path.endswith("__init__.py")]
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
        importlib.invalidate_caches()
    place = sources.place(plugin.module)
    if place is None:
        raise refuse("plugins", plugin.given, f"what can be imported here; {plugin.path} is not there")
    if plugin.given.endswith(".py") and os.path.realpath(place) != plugin.path:
        raise refuse("plugins", plugin.given, f"a name that no other module has, and {place} has it")
    try:
        importlib.import_module(plugin.module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever is wrong in it, and if it ends the process
        unregister(plugin.module)
        raise ExperimentError(f"plugins={plugin.given}: {explained(error)}") from error
    if not plugin.unasked:
        _BROUGHT.setdefault(plugin.module, plugin)


def explained(error: BaseException, own: Callable[[str], bool] | None = None) -> str:
    """An error in one line, after the file and line that raised it if that is the user's own.

    Args:
        error: What was raised.
        own: Whether a file is the user's; None for all that are neither the project's nor installed.
    """
    own = own or _is_own
    text = one_line(f"{type(error).__name__}: {error}")
    if isinstance(error, SyntaxError) and error.filename and own(error.filename):
        return f"{Path(error.filename).name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    place, trace = "", error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if own(path):
            place = f"{Path(path).name}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return place + text


def _is_own(path: str) -> bool:
    """Whether a file is neither the project's nor Python's nor an installed package's."""
    parents = Path(path).parents
    return (
        not path.startswith("<")
        and sources.INSTALLED.isdisjoint(Path(path).parts)
        and not any(folder in parents for folder in _FOLDERS)
    )


def _plugin(item: Any) -> Plugin:
    if isinstance(item, Plugin):
        return item
    if isinstance(item, ModuleType):
        item = getattr(item, "__file__", None) if "." not in item.__name__ else item.__name__
    given = os.fspath(item) if isinstance(item, os.PathLike) else item
    if not isinstance(given, str) or not given.strip() or "\0" in given:
        raise refuse("plugins", item, ALLOWED)
    if given.endswith(".py") or os.sep in given:
        return _of_file(given)
    if not _DOTTED.fullmatch(given):
        raise refuse("plugins", given, ALLOWED)
    path = sources.place(given)
    if path is None:
        hint = f"; did you mean {given}.py?" if os.path.isfile(f"{given}.py") else ""
        raise refuse("plugins", given, f"{ALLOWED}, and there is no module of that name{hint}")
    return Plugin(given, os.path.realpath(path), given)


def _of_file(given: str) -> Plugin:
    path = check_path("plugins", given, ALLOWED)
    if not os.path.isfile(path):
        raise refuse("plugins", given, f"{ALLOWED}, and there is no file of that name")
    if path.suffix != ".py" or not _WORD.fullmatch(path.stem):
        raise refuse("plugins", given, "a file with the name of a module: letters, digits and _, then .py")
    return Plugin(path.stem, os.path.realpath(path), given)
