"""Where a table comes from: parameters, scenarios, seeds, code, packages and the command."""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

import sim
from experiments.questions.scenarios import names, scenario

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
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
_DECIDING = ("python", "weightshift", "numpy", "mesa")


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that made the numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def versions_in_words() -> str:
    """The versions that can decide the last digits of a number, in one line."""
    found = versions()
    return ", ".join(f"{name} {found[name]}" for name in _DECIDING if name in found)


def command_of(about: Mapping[str, Any]) -> str:
    """A command line that tries one run again.

    Args:
        about: Its scenario as plain data, seed, months, developers, params, without and the files of plugins.
    """
    item = sim.Scenario.model_validate(about["scenario"])
    settings = {"seeds": f"[{about['seed']}]", "months": about["months"], "developers": about["developers"]}
    if item.name in names() and item == scenario(item.name):
        settings = {"scenario": item.name, **settings}
        settings |= {"without": _listed(about["without"])} if about["without"] else {}
        settings |= {"plugins": _listed(map(_quoted, about["plugins"]))} if about.get("plugins") else {}
        settings |= {f"params.{address}": _word(value) for address, value in about["params"].items()}
        words = [f"{key}={value}" for key, value in settings.items()]
        return shlex.join(["python", "-m", "experiments.run", *words])
    make = "model_validate" if about.get("plugins") else "from_dict"  # what plugins bring is not there to be checked
    plugins = f"plugins={about['plugins']!r}, " if about.get("plugins") else ""
    call = (
        f"import sim, experiments as ex; ex.ensemble(['baseline', sim.Scenario.{make}({item.model_dump()!r})], "
        f"seeds=[{about['seed']}], months={about['months']}, developers={about['developers']}, "
        f"params={about['params']!r}, without={about['without']!r}, {plugins}workers=1)"
    )
    return shlex.join(["python", "-c", call])


def call_of(settings: Mapping[str, Any]) -> str:
    """The Python call that asks for a study again; of a table of points, its place is left open.

    Args:
        settings: What :meth:`experiments.questions.study.Study.settings` gives.
    """
    items = [sim.Scenario.model_validate(about) for about in settings["scenarios"]]
    make = "model_validate" if settings.get("plugins") else "from_dict"
    known = [repr(item.name) if item.name in names() and item == scenario(item.name)
             else f"sim.Scenario.{make}({item.model_dump()!r})" for item in items]  # fmt: skip
    words = [f"[{', '.join(known)}]"]
    seeds = settings["seeds"]
    words.append(f"seeds={len(seeds) if seeds == list(range(len(seeds))) else seeds}")
    words += [f"{name}={settings[name]}" for name in ("months", "developers")]
    design, measures = settings["design"], settings["measures"]
    if design["kind"] == "file":
        own = ", each with seeds of its own" if design["seeds"] == "own" else ""
        words.append(f"design=<the table of {design['rows']} rows{own}>")
    elif design["kind"] != "single":
        words.append(f"design={design!r}")
    if measures is not None:
        kept = [*measures.get("market", ()), *(f"labs.{name}" for name in measures.get("labs", ()))]
        words.append(f"measures={kept + [name for name in ('flows', 'flows_monthly') if name in measures]!r}")
    if settings.get("draws"):
        words.append(f"draws={settings['draws']['name']!r}")
    words += [f"{name}={settings[name]!r}" for name in ("params", "without", "plugins") if settings.get(name)]
    return f"ex.ensemble({', '.join(words)})"


def _listed(items: Iterable[str]) -> str:
    return "[" + ",".join(items) + "]"


def _quoted(text: str) -> str:
    """A text as Hydra reads it, in quotes if it must be."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
