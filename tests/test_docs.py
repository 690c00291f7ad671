"""The pages can be typed as they stand: blocks run, files and edits make what they say, commands pass."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import sim
from sim.parameters.moved import MOVED

ROOT = Path(__file__).parents[1]
HOWTO = "docs/howto.md"
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))),
]
# These say what took the place of what.
TELL_WHAT_WENT = ("docs/decisions.md", "docs/validation.md", "docs/results.md")
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What a recipe adds to the package is tried beside everything else in the slow run; here by itself.
RECIPES = (
    "Write a scenario",
    "Add a strategy for a lab",
    "Add a mechanism from a file of your own",
    "Add a mechanism to the package",
    "Add a measure",
    "Add a figure",
)


class Block(NamedTuple):
    """One block of a page: what is in it, which file it is, and its text."""

    kind: str
    file: str
    text: str


def blocks(text: str) -> list[Block]:
    found = [Block(*match) for match in BLOCK.findall(text)]
    assert found
    return found


def sections(page: str) -> dict[str, str]:
    """Heading → text of each section of a page."""
    parts = SECTION.split((ROOT / page).read_text("utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def copy_of_the_tree(folder: Path) -> Path:
    """What a checkout has, without what running leaves behind."""
    for name in ("sim", "experiments", "tests", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "outputs"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def do(block: Block, project: Path) -> None:
    """Type a file, make an edit, run a block or the commands in it."""
    if block.kind == "diff":
        edit(project / block.file, block.text)
    elif block.file:
        (project / block.file).write_text(block.text, "utf-8")
    elif block.kind == "python":
        (project / "block.py").write_text(block.text, "utf-8")
        run(["python", "block.py"], project)
    elif block.kind == "sh":
        for line in block.text.splitlines():
            run(shlex.split(line), project)


def edit(path: Path, text: str) -> None:
    """Put added lines behind the line that stands before them, which must be there once; … stands for any others."""
    lines = path.read_text("utf-8").splitlines()
    for before, new in additions(text):
        assert lines.count(before) == 1, f"{path}: {before!r} is there {lines.count(before)} times"
        lines.insert(lines.index(before) + 1, new)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def additions(text: str) -> Iterator[tuple[str, str]]:
    """Each added line and the one before it."""
    before = ""
    for line in text.splitlines():
        assert line[:1] in (" ", "+"), line
        if line.startswith("+"):
            yield before, line[1:]
        before = line[1:]


def run(words: list[str], project: Path) -> None:
    """A command in the project, with this Python and none of this session's settings of pytest."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [sys.executable if words[0] == "python" else words[0], *words[1:]],
        cwd=project,
        env={
            **environment,
            "PYTHONPATH": f"{project}{os.pathsep}{ROOT}",
            "PATH": path,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"


@pytest.mark.parametrize("page", ["README.md", "docs/studies.md", "docs/errors.md"])
def test_python_of_a_page(page: str, tmp_path: Path) -> None:
    text = "\n".join(block.text for block in blocks((ROOT / page).read_text("utf-8")) if block.kind == "python")
    (tmp_path / "block.py").write_text(text, "utf-8")
    run(["python", "block.py"], tmp_path)


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_as_it_stands(name: str, tmp_path: Path) -> None:
    """Into a clean copy of the tree, with the tests that the recipe itself names."""
    project = copy_of_the_tree(tmp_path)
    found = blocks(sections(HOWTO)[name])
    assert any(block.file for block in found) and any(block.kind == "sh" for block in found)
    for block in found:
        do(block, project)


@pytest.mark.slow
def test_tasks_as_they_stand(tmp_path: Path) -> None:
    """From top to bottom, in a folder of their own, as someone does who has installed it."""
    (tmp_path / "outputs").mkdir()
    for block in blocks((ROOT / "docs/tasks.md").read_text("utf-8")):
        do(block, tmp_path)
    for name in ("tonight/report.html", "tonight/figures_column", "space/figures", "phi.dta"):
        assert (tmp_path / "outputs" / name).exists(), name


@pytest.mark.slow
def test_howto(tmp_path: Path) -> None:
    """The whole page from top to bottom; then what it added is in style."""
    project = copy_of_the_tree(tmp_path)
    for block in blocks((ROOT / HOWTO).read_text("utf-8")):
        do(block, project)
    for tool in (
        ["ruff", "check", "sim", "experiments"],
        ["ruff", "format", "--check", "sim", "experiments"],
        ["mypy"],
    ):
        if shutil.which(tool[0], path=str(Path(sys.executable).parent)):
            run(["python", "-m", *tool], project)


def test_recipes_touch_as_few_files_as_they_say() -> None:
    """A mechanism from outside none of ours, one in the package three; a figure one; all else none."""
    touched = {
        name: [block.file for block in blocks(sections(HOWTO)[name]) if block.kind == "diff"] for name in RECIPES
    }
    assert {name: len(set(files)) for name, files in touched.items()} == dict(
        zip(RECIPES, (0, 0, 0, 3, 0, 1), strict=True)
    )
    for name in RECIPES[:3]:
        own = [block.file for block in blocks(sections(HOWTO)[name]) if block.file]
        assert not any((ROOT / file).exists() for file in own), name


@pytest.mark.parametrize("text", ["+new\n", " nowhere\n+new\n", " twice\n+new\n"])
def test_an_edit_that_does_not_fit_is_seen(text: str, tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("once\ntwice\ntwice\n")
    with pytest.raises(AssertionError, match="times"):
        edit(tmp_path / "file.py", text)
    edit(tmp_path / "file.py", " once\n+more\n+and more\n …\n more\n+between\n")
    assert (tmp_path / "file.py").read_text() == "once\nmore\nbetween\nand more\ntwice\ntwice\n"


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_exist(page: str) -> None:
    """But for those that a recipe makes."""
    named = set(
        re.findall(r"`((?:sim|experiments|tests|docs|notebooks|benchmarks)/[\w/.-]+)`", (ROOT / page).read_text())
    )
    made = {block.file for block in blocks((ROOT / HOWTO).read_text("utf-8"))}
    assert {name for name in named if not (ROOT / name).exists()} <= made


def test_every_parameter_has_its_symbol_or_its_place_in_the_notation() -> None:
    """A group by organisation once."""
    text = (ROOT / "docs/notation.md").read_text("utf-8")
    addresses = {".".join(leaf.address.split(".")[:2]) for leaf in sim.Parameters().leaves()}
    assert len(addresses) > 150
    assert {address for address in addresses if f"`{address}`" not in text} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in TELL_WHAT_WENT])
def test_no_page_names_a_parameter_that_went(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert [address for address in MOVED if address in text] == []


def test_closed_forms_of_the_page_are_tests() -> None:
    text = (ROOT / "docs/model/closed_forms.md").read_text("utf-8")
    rows = re.findall(r"^\| T(\d+) .*\| `(test_\w+\.py)`: `(test_\w+)` \|$", text, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 27))
    for _, file, name in rows:
        assert f"\ndef {name}(" in (ROOT / "tests/sim" / file).read_text("utf-8"), name
