"""What decides a run's values, as hashes: plain data, and the code itself."""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

_DATA = (".csv", ".yaml", ".json")
# What decides of which run and how rows are made decides what is stored, just as the world does.
_ROWS = ("questions/measures.py", "questions/tasks.py", "engine/tabulate.py", "engine/work.py")


def content_hash(content: Any) -> str:
    """Hash of plain data, independent of the order of keys, 32 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def code_version() -> str:
    """Hash of what the code of `sim` does, 16 hexadecimal digits.

    Comments, docstrings and formatting do not count; data files count as they are. Python's version may: the
    hash is of syntax trees, and these change between versions.
    """
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
