"""What decides a run's values, as hashes: plain data, and the code itself."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import secrets
import sys
import textwrap
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from sim.mechanisms import ADDED
from sim.registry import added

# In place of code that cannot be looked up: what it made is found again in this process only.
_UNKNOWN = secrets.token_hex()
_DATA = (".csv", ".yaml", ".json")
# What decides of which run and how rows are made decides what is stored, just as the world does.
_ROWS = ("questions/measures.py", "questions/tasks.py", "engine/tabulate.py", "engine/work.py")


def content_hash(content: Any) -> str:
    """Hash of plain data, independent of the order of keys, 32 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def code_version() -> str:
    """Hash of what the code of `sim` does, and of what others have registered, 16 hexadecimal digits.

    Comments, docstrings and formatting do not count; data files count as they are. Python's version may: the
    hash is of syntax trees, and these change between versions. Of a module that registers something its own file
    counts, not those that it imports.
    """
    others = sorted(added())
    return content_hash([of_package(), others, *map(_source, sorted({owner.module for _, _, owner in others}))])[:16]


def _source(module: str) -> str:
    """What the code of a module does; of cells, which have no file, that of their functions and classes."""
    here: Any = sys.modules.get(module)
    try:
        try:
            texts = [inspect.getsource(here)]
        except (OSError, TypeError):
            own = (thing for thing in vars(here).values() if getattr(thing, "__module__", None) == module)
            texts = [inspect.getsource(thing) for thing in own if inspect.isfunction(thing) or inspect.isclass(thing)]
            texts += [
                inspect.getsource(found.verb.step) for found in ADDED.values() if found.verb.step.__module__ == module
            ]
        return "".join(meaning(textwrap.dedent(text).encode()).decode() for text in texts)
    except (OSError, TypeError, SyntaxError):
        return _UNKNOWN


@cache
def of_package() -> str:
    """The part of :func:`code_version` that is the package's own."""
    digest = hashlib.sha256()
    ours = [(name, resources.files("experiments") / name) for name in _ROWS]
    for path, item in (*_files(resources.files("sim"), ""), *ours):
        data = item.read_bytes()
        digest.update(path.encode() + b"\0" + (meaning(data) if path.endswith(".py") else data) + b"\0")
    return digest.hexdigest()[:16]


def meaning(source: bytes) -> bytes:
    """The syntax tree of Python code without docstrings, as text."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return ast.dump(tree).encode()


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{item.name}"
        if item.is_dir():
            found += _files(item, path + "/")
        elif item.name.endswith((".py", *_DATA)):
            found.append((path, item))
    return found
