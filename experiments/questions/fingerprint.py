"""What decides a run's values, as hashes: plain data, and the code that runs, as it was when it was imported."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from experiments.questions.settings import ExperimentError, one_line
from sim.inputs import sources
from sim.inputs.sources import Source

# What decides of which run and how rows are made decides what is stored, just as the world does.
_ROWS = ("questions/measures.py", "questions/tasks.py", "engine/tabulate.py", "engine/work.py")
_ROWS_FILES = {name: resources.files("experiments").joinpath(name).read_bytes() for name in _ROWS}
# One file a strategy: only those that a scenario names count.
_BY_NAME = "sim.strategies"


def content_hash(content: Any) -> str:
    """Hash of plain data, independent of the order of keys, 32 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def code_version() -> str:
    """Hash of what the code of `sim` does that every run uses, 16 hexadecimal digits.

    Comments, docstrings and formatting do not count; data files count as they are. Python's version may: the
    hash is of syntax trees, and these change between versions.
    """
    digest = hashlib.sha256()
    for path, data in (*sorted(core(sources.FILES).items()), *sorted(_ROWS_FILES.items())):
        digest.update(path.encode() + b"\0" + (meaning(data) if path.endswith(".py") else data) + b"\0")
    return digest.hexdigest()[:16]


def core(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those files of `sim` that every run uses: all but strategies, unless one of the others imports them."""
    folder = "/".join(_BY_NAME.split(".")[1:])
    apart = {
        path for path in files if path.startswith(folder) and path.endswith(".py") and path != f"{folder}/__init__.py"
    }
    waiting = [path for path in files if path.endswith(".py") and path not in apart]
    while waiting:
        path = waiting.pop()
        if b"strategies" not in files[path]:  # most, and parsing takes a while
            continue
        names = sources.imports(Source(_module(path), path, files[path]))
        used = {other for name in names for other in apart if _module(other) == name}
        apart -= used
        waiting += used
    return {path: data for path, data in files.items() if path not in apart}


def _module(path: str) -> str:
    return ".".join(("sim", *path.removesuffix(".py").split("/"))).removesuffix(".__init__")


@cache
def _core_modules() -> frozenset[str]:
    return frozenset(_module(path) for path in core(sources.FILES) if path.endswith(".py"))


def beyond(modules: Iterable[str]) -> dict[str, Source]:
    """Sources of these modules and of what they import, by name, without what every run uses."""
    found: dict[str, Source] = {}
    for module in modules:
        found |= sources.parts(module, _core_modules().__contains__)
    return found


@cache
def version(source: Source) -> str:
    """Hash of what one source does, 16 hexadecimal digits."""
    data = meaning(source.data) if source.path.endswith(".py") else source.data
    return hashlib.sha256(data).hexdigest()[:16]


def versions(found: Mapping[str, Source]) -> dict[str, str]:
    """Hashes of what these sources do, by module."""
    return {module: version(found[module]) for module in sorted(found)}


def meaning(source: bytes) -> bytes:
    """The syntax tree of Python code without docstrings, as text."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return ast.dump(tree).encode()


def check_unchanged(others: Iterable[Source]) -> None:
    """Refuse to go on when files were edited since they were imported: the numbers would be those of the old code.

    Args:
        others: Sources beside those that every run uses.

    Raises:
        ExperimentError: A file does something else by now.
    """
    for source in (*_files("sim", core(sources.FILES)), *_files("experiments", _ROWS_FILES), *others):
        now = source.now()
        if now != source.data and (now is None or version(source._replace(data=now)) != version(source)):
            raise ExperimentError(
                one_line(f"{source.path} was changed after it was imported, and the old code would run", 220)
                + "; restart Python, or the notebook's kernel, and ask again"
            )


def _files(package: str, files: Mapping[str, bytes]) -> list[Source]:
    folder = resources.files(package)
    if not isinstance(folder, Path):  # in an archive, which nobody edits
        return []
    return [Source(path, str(folder / path), data) for path, data in files.items()]
