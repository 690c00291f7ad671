"""Settings in a folder of one's own, or of somebody else's: scenarios, parameters, designs and executors as plain data.

Nothing else is taken from there. No file in it can name code to run, another place in the settings, or a variable of
the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from experiments.questions.reading import read_text
from experiments.questions.settings import ExperimentError, check_name, one_line, refuse
from sim.parameters.reading import ReadingError, read_yaml

GROUPS = ("params", "scenario", "design", "executor")
_ENDING = ".yaml"
_MOST_FILES, _MOST_BYTES = 1000, 1_000_000
_DIRECTIVE = re.compile(r"\s*#\s*@", re.MULTILINE)
LOOKED_UP = "${"


def read_groups(folder: Path) -> dict[str, dict[str, Any]]:
    """The files of our groups in a folder: group → name → what it says.

    Raises:
        ExperimentError: One of them cannot be read, or says what none of them may.
    """
    found: dict[str, dict[str, Any]] = {}
    paths = [path for group in GROUPS for path in _files(folder / group)]
    if len(paths) > _MOST_FILES:
        raise refuse("--config-dir", str(folder), f"a folder of at most {_MOST_FILES:,} settings, not {len(paths):,}")
    for path in paths:
        name, group = check_name(str(path), path.name[: -len(_ENDING)]), path.parent.name
        text = _text(path)
        if name in own_names(group):
            if text != _own(group, name):
                raise _wrong(path, f"{group}={name} comes with the project; allowed: another name")
            continue
        found.setdefault(group, {})[name] = _tree(path, text)
    return found


def own_names(group: str) -> tuple[str, ...]:
    """What a group has that comes with the project."""
    if group == "params":
        return ("defaults",)
    items = resources.files("experiments.conf").joinpath(group).iterdir()
    return tuple(sorted(item.name[: -len(_ENDING)] for item in items if item.name.endswith(_ENDING)))


def _own(group: str, name: str) -> str | None:
    if group == "params":
        return None
    return resources.files("experiments.conf").joinpath(group, name + _ENDING).read_text("utf-8")


def _files(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _wrong(folder, f"cannot be read ({error.strerror})") from None
    return [folder / name for name in names if name.endswith(_ENDING) and not name.startswith(".")]


def _text(path: Path) -> str:
    try:
        return read_text(path, _MOST_BYTES)
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise _wrong(path, "not a YAML file in UTF-8") from None


def _tree(path: Path, text: str) -> Mapping[str, Any]:
    if _DIRECTIVE.match(text):
        raise _wrong(path, "begins with a directive, # @…; allowed: settings of its own group")
    try:
        tree = read_yaml(text)
    except ReadingError as error:
        raise _wrong(path, f"not a YAML file of settings{error.where}: {error}") from None
    tree = {} if tree is None else tree
    if not isinstance(tree, dict):
        raise _wrong(path, "not a YAML file of settings; allowed: lines of 'name: value'")
    for name, value in _all(tree, ""):
        key = name.rpartition(".")[2]
        if name == "defaults" or key.startswith("_"):
            raise _wrong(path, f"{name} is not allowed; allowed: settings of its own group")
        if isinstance(value, str) and LOOKED_UP in value:
            raise _wrong(path, f"{name}={value} is not allowed; allowed: a value, nothing is looked up")
    return tree


def _all(tree: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Every value with its address, lists and mappings too."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield f"{prefix}{key}", value
        if isinstance(key, str) and LOOKED_UP in key:
            yield f"{prefix}{key}", key
        if isinstance(value, dict | list):
            yield from _all(value, f"{prefix}{key}.")


def _wrong(path: Path, problem: str) -> ExperimentError:
    return ExperimentError(one_line(f"{path}: {problem}"))
