"""What pages say is there and is so: links, the function beside each equation, the month, ODD+D, how to cite."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
import yaml

import sim

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHAPTERS = sorted((DOCS / "model").glob("*.md"))
FUNCTION = re.compile(r"`((?:sim|experiments)/[\w/]+\.py)::([\w.]+)`")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
LINK = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
# Verbs that share a chapter.
OF_MONEY = ("value", "funding", "finance", "exit", "founding")
# The elements of ODD+D by part: how many questions each has, 1 where it has none of its own (Müller et al. 2013).
ELEMENTS = {
    "I": {"i": "ab", "ii": "abcde", "iii": ""},
    "II": {
        "i": "abcde", "ii": "abcdefgh", "iii": "ab", "iv": "abcde", "v": "abc", "vi": "abcd", "vii": "ab", "viii": "ab",
        "ix": "", "x": "ab",
    },
    "III": {"i": "ab", "ii": "abc", "iii": "", "iv": "abc"},
}  # fmt: skip


def text_of(path: Path) -> str:
    """Of a notebook its words."""
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@cache
def anchors(path: Path) -> set[str]:
    """Where a page can be entered: its headings, as GitHub and our site name them, and what is marked in it."""
    text = FENCED.sub("", text_of(path))
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in HEADING.findall(text):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", heading).strip().lower()
        slug = "".join(sign for sign in words if sign in " -_" or unicodedata.category(sign)[0] in "LN")
        found.add(slug.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    lost = []
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", FENCED.sub("", text_of(page)))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            lost.append(target)
    assert lost == []


def test_a_heading_is_entered_as_on_github(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# I.iii Process, and `code`\n\n## K – and *more* (7.2)\n\n```\n# no heading\n```\n", "utf-8")
    assert anchors(page) == {"iiii-process-and-code", "k--and-more-72"}


def test_every_page_stands_in_the_navigation_of_the_site() -> None:
    class Loose(yaml.SafeLoader):
        """Reads the one tag that names a function as nothing."""

    Loose.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    settings = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), Loose)

    def places(item: object) -> list[str]:
        if isinstance(item, str):
            return [item]
        parts = item.values() if isinstance(item, dict) else item
        return [place for part in parts for place in places(part)]

    shown = places(settings["nav"])
    made = {f"notebooks/{notebook.stem}.md" for notebook in NOTEBOOKS} | {"changelog.md", "contributing.md"}
    assert sorted(shown) == sorted({str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} | made)


@cache
def definitions(path: str) -> frozenset[str]:
    """Functions, classes and methods of a file."""
    found = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
            inside = node.body if isinstance(node, ast.ClassDef) else []
            found |= {f"{node.name}.{of.name}" for of in inside if isinstance(of, ast.FunctionDef)}
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_functions_that_a_page_names_are_there(page: Path) -> None:
    named = FUNCTION.findall(page.read_text("utf-8"))
    assert [(path, name) for path, name in named if name not in definitions(path)] == []


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda page: page.stem)
def test_beside_each_equation_stands_the_function_that_computes_it(chapter: Path) -> None:
    text = chapter.read_text("utf-8")
    blocks = list(FENCED.finditer(text))
    assert blocks or chapter.stem == "closed_forms"
    for block in blocks:
        head, *lines = text[block.end() :].lstrip("\n").splitlines()
        assert head == "| of this | is computed by |", block[0]
        rows = [line for line in lines[1 : lines.index("") if "" in lines else None]]
        assert rows, block[0]
        for row in rows:
            assert FUNCTION.search(row), row


def test_every_function_of_the_month_has_its_place_in_the_model() -> None:
    """Those of mechanisms and of views that others may call."""
    pages = [*CHAPTERS, DOCS / "model.md"]
    named = {found for page in pages for found in FUNCTION.findall(page.read_text("utf-8"))}
    missing = []
    for path in [*(ROOT / "sim/mechanisms").glob("*.py"), *(ROOT / "sim/views").glob("*.py")]:
        place = path.relative_to(ROOT).as_posix()
        if place == "sim/mechanisms/__init__.py":  # what a verb is
            continue
        tree = ast.parse(path.read_text("utf-8"))
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        missing += [f"{place}::{name}" for name in functions if name[0] != "_" and (place, name) not in named]
    assert sorted(missing) == []


@pytest.mark.parametrize("verb", sim.Market.schedule, ids=lambda verb: verb.name)
def test_chapter_of_a_verb_has_its_neutral_values(verb: sim.market.Mechanism) -> None:
    chapter = DOCS / "model" / f"{'money' if verb.name in OF_MONEY else verb.name}.md"
    text = chapter.read_text("utf-8")
    for address in verb.neutral or {}:
        short = ".".join(address.split(".")[:2])  # a group by region or kind once
        assert f"`{short}`" in text, address


def test_the_month_in_odd_is_that_of_the_market() -> None:
    rows = re.findall(r"^\| (\d+) \| \[(\w+)\]\(([\w/.]+)\) \|", (DOCS / "odd.md").read_text("utf-8"), re.MULTILINE)
    assert [name for _, name, _ in rows] == [verb.name for verb in sim.Market.schedule]
    assert [int(number) for number, *_ in rows] == list(range(1, len(rows) + 1))
    for _, name, place in rows:
        assert place == f"model/{'money' if name in OF_MONEY else name}.md"


def test_every_element_of_odd_d_is_answered_in_its_order() -> None:
    text = (DOCS / "odd.md").read_text("utf-8")
    wanted = []
    for part, elements in ELEMENTS.items():
        for element, questions in elements.items():
            wanted += [f"{part}.{element}", *(f"{part}.{element}.{question}" for question in questions)]
    found = re.findall(r"^(?:### |\*\*)((?:I|II|III)\.[ivx]+(?:\.[a-h])?) ", text, re.MULTILINE)
    assert found == wanted
    answers = re.split(r"^(?:#+ .*|\*\*[IVXivx]+\.[ivx]+\.[a-h] .*?\*\*)", text, flags=re.MULTILINE)
    assert min(len(answer.split()) for answer in answers[2:] if answer.strip()) >= 8


def test_how_to_cite_is_what_the_citation_file_says() -> None:
    page = (DOCS / "citing.md").read_text("utf-8")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    entry = dict(re.findall(r"^  (\w+) += \{+([^}]*)\}+,?$", page, re.MULTILINE))
    assert entry["title"] == cited["title"] and entry["version"] == cited["version"]
    assert entry["license"] == cited["license"] and entry["author"] == cited["authors"][0]["name"]
    assert f"version {cited['version']}" in page
