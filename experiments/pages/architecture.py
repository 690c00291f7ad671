"""The page on how the house is built: rooms, arrows and files, made from the imports that are there."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGES = ("sim", "experiments")
DOORS = "doors"
_ROLE = re.compile(r":\w+:`~?([^`]+)`")
_INTRODUCTION = """\
A folder is a room, and so is a file at the top of `sim`; files at the top of `experiments` are its doors, one for each
`python -m experiments.…`. An arrow leads from a room to one that it imports. Arrows that follow from others are left
out of the picture (who imports A, which imports B, may import B too) and stand in the tables. Imports inside functions
and for type checking count. That no arrow leads back is held by `tests/sim/test_architecture.py` and
`tests/experiments/test_architecture.py`."""

Arrows = Mapping[str, set[str]]


@dataclass(frozen=True)
class File:
    """One file: its place, its room as ``package.room``, what it says it is, and the modules of ours it imports."""

    place: str
    room: str
    about: str
    imports: tuple[str, ...]


def architecture_page(made: str, folders: Mapping[str, Path] | None = None) -> str:
    """Rooms and arrows as a diagram, then every file by room with what it is and the rooms that it imports.

    Args:
        made: The line that says by what the page is made.
        folders: Where each package lies; where it is imported from if None.
    """
    found = folders or {name: Path(str(importlib.import_module(name).__file__)).parent for name in PACKAGES}
    files = read(found)
    arrows = arrows_of(files)
    order = ordered(arrows)
    few = reduced(arrows)
    lines = ["# Architecture", "", made, "", *_INTRODUCTION.splitlines(), "", "```mermaid", "flowchart TD"]
    for package in found:
        inside = [room for room in order if _package(room) == package]
        lines += [
            f'  subgraph {package}_["{package}"]',
            *(f'    {_node(room)}["{_word(room)}"]' for room in inside),
            "  end",
        ]
    lines += [f"  {_node(here)} --> {_node(there)}" for here in order for there in order if there in few[here]]
    lines.append("```")
    for package in found:
        lines += ["", f"## {package}"]
        for room in (room for room in reversed(order) if _package(room) == package):
            lines += ["", f"### {_word(room)}", "", "| file | what it is | rooms it imports |", "|---|---|---|"]
            lines += [_row(file, files, order) for file in files.values() if file.room == room]
    return "\n".join(lines) + "\n"


def read(folders: Mapping[str, Path]) -> dict[str, File]:
    """Every Python file of some packages, by the name under which it is imported."""
    paths = {
        _name(package, path.relative_to(folder)): (
            package,
            path.relative_to(folder),
            ast.parse(path.read_text("utf-8")),
        )
        for package, folder in folders.items()
        for path in sorted(folder.rglob("*.py"))
    }
    return {
        name: File(
            f"{package}/{inside.as_posix()}",
            f"{package}.{_room(package, inside)}",
            (ast.get_docstring(tree) or "").partition("\n")[0],
            tuple(_imports(tree, paths)),
        )
        for name, (package, inside, tree) in paths.items()
    }


def _name(package: str, inside: Path) -> str:
    return ".".join((package, *inside.with_suffix("").parts)).removesuffix(".__init__")


def _room(package: str, inside: Path) -> str:
    if len(inside.parts) > 1:
        return inside.parts[0]
    return DOORS if package != PACKAGES[0] else inside.stem if inside.stem != "__init__" else package


def _imports(tree: ast.Module, known: Iterable[str]) -> Iterator[str]:
    """Modules that a file imports, wherever in it; of ``from a import b``, a.b if that is one, else a."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names if item.name in known)
        elif isinstance(node, ast.ImportFrom):
            for item in node.names:
                names = (f"{node.module}.{item.name}", str(node.module))
                yield from [name for name in names if name in known][:1]


def arrows_of(files: Mapping[str, File]) -> dict[str, set[str]]:
    """For each room, the others that its files import."""
    arrows: dict[str, set[str]] = {file.room: set() for file in files.values()}
    for file in files.values():
        arrows[file.room] |= {files[name].room for name in file.imports} - {file.room}
    return arrows


def ordered(arrows: Arrows) -> list[str]:
    """Rooms, each before those that it imports; by name if they import each other in a circle."""
    names = sorted(arrows)
    try:
        return list(TopologicalSorter({room: sorted(arrows[room]) for room in names}).static_order())[::-1]
    except CycleError:
        return names


def reduced(arrows: Arrows) -> dict[str, set[str]]:
    """The arrows that do not follow from others."""
    return {
        here: {there for there in nexts if not any(there in _beyond(arrows, other, here) for other in nexts - {there})}
        for here, nexts in arrows.items()
    }


def _beyond(arrows: Arrows, start: str, without: str) -> set[str]:
    """Rooms that one imports, at first or second hand, but not by way of another."""
    seen: set[str] = set()
    ahead = {start}
    while ahead:
        ahead = set().union(*(arrows[room] for room in ahead)) - seen - {without}
        seen |= ahead
    return seen


def _package(room: str) -> str:
    return room.partition(".")[0]


def _word(room: str) -> str:
    return room.partition(".")[2]


def _node(room: str) -> str:
    return room.replace(".", "_")


def _row(file: File, files: Mapping[str, File], order: list[str]) -> str:
    rooms = {files[name].room for name in file.imports} - {file.room}
    words = [room if _package(room) != _package(file.room) else _word(room) for room in order if room in rooms]
    about = _ROLE.sub(r"`\1`", file.about).replace("``", "`").replace("|", "\\|")
    return f"| `{file.place}` | {about} | {', '.join(words)} |"
