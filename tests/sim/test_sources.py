"""Where code is, what it imports, and what was in it when it was imported; nothing is imported to find out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.inputs import sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules that can be imported; at the end none of them is."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sources, "_SEEN", dict(sources._SEEN))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def put(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / (name.replace("__init__", "@").replace("__", "/").replace("@", "__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    importlib.invalidate_caches()


def found(module: str) -> set[str]:
    return set(sources.parts(module, lambda name: name.split(".")[0] == "sim"))


def test_ours_are_those_of_the_package() -> None:
    for name in ("sim", "sim.market", "sim.strategies", "sim.strategies.closed", "sim.inputs.sources"):
        module = importlib.import_module(name)
        source = sources.source(name)
        assert source is not None and Path(source.path) == Path(str(module.__file__))
        assert source.data == Path(source.path).read_bytes() == sources.FILES[sources.FILES_OF[name]]
    assert "data/labs.csv" in sources.FILES


def test_a_place_is_found_and_nothing_imported(folder: Path) -> None:
    put(folder, plain_one="", pack__init__="", pack__rules="", spaced__deep__rules="")
    assert sources.place("plain_one") == str(folder / "plain_one.py")
    assert sources.place("spaced.deep.rules") == str(folder / "spaced/deep/rules.py")
    for name in ("not_there", "plain_one.x", "spaced", "spaced.not_there", "sys"):
        assert sources.place(name) is None, name
    assert not {"plain_one", "spaced"} & set(sys.modules)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import base_a", {"base_a"}),
        ("import base_a as other, base_b", {"base_a", "base_b"}),
        ("from base_a import x", {"base_a"}),
        ("from base_a import *", {"base_a"}),
        ("def late():\n    import base_b", {"base_b"}),
        ("try:\n    import not_there\nexcept ImportError:\n    import base_a", {"base_a"}),
        ("import chain_a", {"chain_a", "chain_b"}),
        ("import deep.inner.leaf", {"deep.inner.leaf"}),
        ("from deep.inner import leaf", {"deep.inner.leaf"}),
        ("import os, numpy, sim.market, experiments", set()),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import base_a", {"base_a"}),
        ("x = 1 +", set()),
    ],
)
def test_what_a_module_imports(folder: Path, text: str, names: set[str]) -> None:
    put(folder, base_a="x = 1", base_b="", chain_a="import chain_b", chain_b="import chain_a", deep__inner__leaf="")
    put(folder, rules_of_mine=text)
    assert found("rules_of_mine") == {"rules_of_mine"} | names


def test_imports_that_are_relative(folder: Path) -> None:
    (folder / "pack" / "sub").mkdir(parents=True)
    (folder / "pack" / "__init__.py").write_text("from . import base")
    (folder / "pack" / "sub" / "__init__.py").write_text("")
    (folder / "pack" / "base.py").write_text("")
    (folder / "pack" / "unused.py").write_text("")
    (folder / "pack" / "sub" / "rules.py").write_text("from ..base import x\nfrom .other import y\nfrom .... import z")
    (folder / "pack" / "sub" / "other.py").write_text("")
    assert found("pack.sub.rules") == {"pack", "pack.base", "pack.sub", "pack.sub.other", "pack.sub.rules"}


def test_installed_packages_count_when_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = folder / "site-packages"
    put(installed, theirs__rules="import theirs.base, alien", theirs__base="", alien="")
    put(folder, mine="import theirs.rules")
    monkeypatch.syspath_prepend(installed)
    assert found("mine") == {"mine"}
    assert found("theirs.rules") == {"theirs.rules", "theirs.base"}


def test_the_source_is_that_of_the_first_look_until_it_is_imported_anew(folder: Path) -> None:
    put(folder, rules_of_mine="x = 1")

    def data() -> bytes:
        source = sources.source("rules_of_mine")
        assert source is not None
        return source.data

    importlib.import_module("rules_of_mine")
    assert data() == b"x = 1"
    put(folder, rules_of_mine="x = 2")
    assert data() == b"x = 1"
    sources.remember("rules_of_mine")  # as whatever registers something does
    assert data() == b"x = 2"
    put(folder, rules_of_mine="x = 3")
    del sys.modules["rules_of_mine"]
    importlib.import_module("rules_of_mine")
    assert data() == b"x = 3"


def test_remembering_reads_what_is_imported_too(folder: Path) -> None:
    put(
        folder,
        base_a="x = 1",
        rules_of_mine="import base_a\nfrom sim.inputs import sources\nsources.remember(__name__)",
    )
    importlib.import_module("rules_of_mine")
    put(folder, base_a="x = 2")
    source = sources.source("base_a")
    assert source is not None and (source.data, source.now()) == (b"x = 1", b"x = 2")
    (folder / "base_a.py").unlink()
    assert source.now() is None


@pytest.mark.parametrize("name", ["__main__", "not_there", "sys", "sim.not_there"])
def test_what_has_no_source_is_let_be(name: str) -> None:
    sources.remember(name)
    assert name == "__main__" or sources.source(name) is None
