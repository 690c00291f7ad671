"""The house has one direction: no circle of imports, rooms that see only those below, files that fit a reader.

Imports for type checking and inside functions count like all others: a circle that is hidden is a circle.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "experiments"
DOORS = "doors"
ROOMS = ("questions", "results", "engine", "findings", "plots", "pages", DOORS)
MOST_LINES = 400
# Data, without code.
DATA = {"conf"}


def modules(package: Path) -> dict[str, Path]:
    """Every file of a package, by the name under which it is imported."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Names of the files that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (item.name for item in node.names if item.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: an import says from where"
            for item in node.names:
                inner = f"{node.module}.{item.name}"
                if inner in known or node.module in known:
                    yield inner if inner in known else str(node.module)


def graph(package: Path) -> dict[str, set[str]]:
    """For each file, those that it imports."""
    known = modules(package)
    return {name: set(imports(path, known)) for name, path in known.items()}


def circle(found: Mapping[str, set[str]]) -> list[str]:
    """Files that import each other in a circle; none if there is none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room(name: str) -> str:
    """The room in which a file lives; what stands at the top is a door."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else DOORS


def test_every_file_is_in_a_room() -> None:
    assert {room(name) for name in modules(PACKAGE)} - DATA == set(ROOMS)


def test_no_file_imports_itself_in_a_circle() -> None:
    assert circle(graph(PACKAGE)) == []


def test_rooms_see_only_those_below() -> None:
    upward = [
        f"{name} imports {other}"
        for name, others in graph(PACKAGE).items()
        if room(name) not in DATA
        for other in others
        if ROOMS.index(room(other)) > ROOMS.index(room(name))
    ]
    assert upward == []


def test_nobody_imports_the_public_names() -> None:
    assert [name for name, others in graph(PACKAGE).items() if "experiments" in others] == []


def test_doors_do_not_lead_into_each_other() -> None:
    shared = {"experiments", "experiments.cli", "experiments.sweep", "experiments.terminal"}
    doors = {name for name in modules(PACKAGE) if room(name) == DOORS} - shared
    assert {name: others & doors for name, others in graph(PACKAGE).items() if others & doors} == {}


@pytest.mark.parametrize("path", modules(PACKAGE).values(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_fit_a_reader(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize(
    "back",
    [
        "from made.up import low",
        "import made.up.low",
        "from made.up.low import x",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from made.up.low import x",
        "def late():\n    from made.up import low\n    return low",
        "def late():\n    import made.up.low as low\n    return low",
    ],
)
def test_a_circle_is_found_wherever_it_hides(back: str, tmp_path: Path) -> None:
    package = tmp_path / "made"
    (package / "up").mkdir(parents=True)
    for name in ("__init__.py", "up/__init__.py"):
        (package / name).write_text("")
    (package / "up" / "low.py").write_text("from made.up.high import x\n")
    (package / "up" / "high.py").write_text("x = 1\n")
    assert circle(graph(package)) == []
    (package / "up" / "high.py").write_text(f"x = 1\n{back}\n")
    assert set(circle(graph(package))) == {"made.up.low", "made.up.high"}


def test_public_names_are_what_they_are_whatever_is_imported() -> None:
    names = [name for name in modules(PACKAGE) if name != "experiments"]
    code = (
        "import importlib, experiments as ex\n"
        "before = {name: getattr(ex, name) for name in ex.__all__}\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        # A door of the same name is called as the function is.
        "now = {name: getattr(ex, name) for name in ex.__all__}\n"
        "assert all(now[name] is was or now[name].__call__ is was for name, was in before.items())\n"
        "print([name for name in ex.__all__ if not callable(getattr(ex, name))], callable(ex.plots.bands))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.stderr == "" and answer.stdout == "['plots'] True\n"
