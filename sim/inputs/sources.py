"""The source of the code that runs, as it was when it was imported, whatever is edited since.

The files of this package are read when it is imported; those of a module outside when it registers something, and
else when it is first asked for.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from importlib.machinery import PathFinder
from importlib.resources.abc import Traversable
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

DATA = (".csv", ".yaml", ".json")
INSTALLED = {"site-packages", "dist-packages"}
# What decides on a run there is known to those who ask.
_BESIDE = "experiments"


class Source(NamedTuple):
    """The source of a module: its dotted name, the file and what was in it."""

    module: str
    path: str
    data: bytes

    def now(self) -> bytes | None:
        """What is in the file by now; None if it cannot be read."""
        try:
            return Path(self.path).read_bytes()
        except OSError:
            return None


def read(folder: Traversable, prefix: str = "") -> dict[str, bytes]:
    """Every file of code or data below a folder, by its path from there."""
    found: dict[str, bytes] = {}
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir():
            found |= read(item, f"{prefix}{item.name}/")
        elif item.name.endswith((".py", *DATA)):
            found[prefix + item.name] = item.read_bytes()
    return found


def remember(module: str) -> None:
    """Note the source of a module that is being imported, perhaps again, and of what it imports."""
    if module in FILES_OF or _is_main(module):
        return
    _SEEN.pop(module, None)
    found = source(module)
    for name in imports(found) if found is not None else ():
        if _counts(name, module):
            parts(name, lambda other: other.split(".")[0] == __package__)


def source(module: str) -> Source | None:
    """The source of a module, as it was when this was first asked or noted; None if there is none to be had."""
    loaded = sys.modules.get(module)
    if module in _SEEN and (loaded is None or _SEEN[module][0] in (None, loaded)):
        return _SEEN[module][1]
    path = place(module)
    try:
        found = None if path is None else Source(module, path, Path(path).read_bytes())
    except OSError:
        found = None
    if found is not None:
        _SEEN[module] = (loaded, found)
    return found


def parts(module: str, known: Callable[[str], bool]) -> dict[str, Source]:
    """A module and all others that it imports and nobody installed, at first or second hand, by name.

    Args:
        module: Its name; of an installed one, its whole package counts.
        known: Names of modules that are accounted for otherwise; these are left out, and so is what they import.
    """
    found: dict[str, Source] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or known(name) or not _counts(name, module) or (own := source(name)) is None:
            continue
        found[name] = own
        waiting += [*imports(own), *_parents(name)]
    return found


def imports(of: Source) -> Iterator[str]:
    """Names of modules that a module imports, wherever in it; some may be names of what is in a module."""
    is_package = Path(of.path).name.startswith("__init__.")
    return iter(_imported(of.data, of.module if is_package else of.module.rpartition(".")[0]))


@cache
def _imported(data: bytes, package: str) -> tuple[str, ...]:
    names: list[str] = []
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):  # compiled, or never imported
        return ()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [name for item in node.names for name in (item.name, *_parents(item.name))]
        elif isinstance(node, ast.Call):
            names += _asked_for(node, package)
        elif isinstance(node, ast.ImportFrom):
            if node.level > package.count(".") + 1:
                continue
            start = resolve_name("." * node.level + (node.module or ""), package) if node.level else str(node.module)
            names += [start, *_parents(start), *(f"{start}.{item.name}" for item in node.names)]
    return tuple(dict.fromkeys(names))


def _asked_for(call: ast.Call, package: str) -> list[str]:
    """The module of ``import_module("name")`` or ``__import__("name")``, if it is named there."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if function not in ("import_module", "__import__") or not isinstance(name, str) or not name:
        return []
    if name.startswith("."):
        if len(name) - len(name.lstrip(".")) > package.count(".") + 1 or not package:
            return []
        name = resolve_name(name, package)
    return [name, *_parents(name)]


def _parents(name: str) -> list[str]:
    words = name.split(".")[:-1]
    return [".".join(words[: end + 1]) for end in range(len(words))]


def _counts(name: str, root: str) -> bool:
    """Whether a module is somebody's own: of the same package, or not installed."""
    top = name.split(".")[0]
    if top in (__package__, root.split(".")[0]):
        return True
    if top in sys.stdlib_module_names or top == _BESIDE:
        return False
    path = place(name)
    return path is not None and INSTALLED.isdisjoint(Path(path).parts)


def _is_main(module: str) -> bool:
    return module in ("__main__", "__mp_main__")


def place(module: str) -> str | None:
    """The file of a module, imported or not; nothing is imported for it."""
    if module in sys.modules:
        path = getattr(sys.modules[module], "__file__", None)
        return os.path.abspath(path) if path else None
    where = None
    for name in module.split("."):  # bare, or packages without a file ask for their parents
        spec = PathFinder.find_spec(name, where)
        if spec is None:
            return None
        where = list(spec.submodule_search_locations or ())
    return os.path.abspath(spec.origin) if spec is not None and spec.has_location and spec.origin else None


_SEEN: dict[str, tuple[ModuleType | None, Source]] = {}
FILES = read(resources.files("sim"))
# The same for modules, by their names.
FILES_OF = {
    ".".join(("sim", *path.removesuffix(".py").split("/"))).removesuffix(".__init__"): path
    for path in FILES
    if path.endswith(".py")
}
_SEEN.update(
    {
        name: (None, Source(name, str(resources.files("sim").joinpath(path)), FILES[path]))
        for name, path in FILES_OF.items()
    }
)
