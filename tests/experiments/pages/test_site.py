"""What the site makes of our pages, and that it is whole and needs nobody else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments.pages import drawing
from experiments.pages.site import definitions, prepared, source_page

ROOT = Path(__file__).parents[3]
SOURCE = '''"""A file."""

import math


@decorated
def first() -> None:
    pass


class Second:
    """Two."""

    def third(self) -> None:
        pass
'''
DIAGRAM = """
flowchart TD
  subgraph a_["a"]
    a_top["top & first"]
    a_low["low"]
    a_last["last"]
  end
  subgraph b_["b"]
    b_door["door"]
  end
  a_top --> a_low
  a_top --> a_last
  b_door --> a_top
"""


def test_names_of_functions_lead_to_their_source() -> None:
    text = "U `sim/mechanisms/talent.py::lab_appeal` of `sim/views/__init__.py::by_lab`\n\n```\n`sim/a.py::b`\n```\n"
    assert prepared(text, "model/talent.md", ROOT) == (
        "U [`talent.lab_appeal`](../source/sim/mechanisms/talent.py.md#lab_appeal) of "
        "[`views.by_lab`](../source/sim/views/__init__.py.md#by_lab)\n\n```\n`sim/a.py::b`\n```\n"
    )


def test_files_to_type_have_their_name_above_them() -> None:
    assert prepared("```python file=my_rules.py\nx = 1\n```\n", "howto.md", ROOT) == (
        '```python title="my_rules.py"\nx = 1\n```\n'
    )


@pytest.mark.parametrize(
    ("here", "link", "there"),
    [
        ("results.md", "../CHANGELOG.md", "changelog.md"),
        ("model/talent.md", "../../CONTRIBUTING.md#habits", "../contributing.md#habits"),
        ("index.md", "../notebooks/sweeps.ipynb", "notebooks/sweeps.md"),
        ("model/talent.md", "../odd.md#references", "../odd.md#references"),
        ("index.md", "odd.md", "odd.md"),
        ("index.md", "https://mesa.readthedocs.io/x.md", "https://mesa.readthedocs.io/x.md"),
    ],
)
def test_links_out_of_docs_lead_to_pages(here: str, link: str, there: str) -> None:
    assert prepared(f"see [that]({link}).", here, ROOT) == f"see [that]({there})."


def test_definitions_begin_with_their_decorators() -> None:
    assert definitions(SOURCE) == {"first": 6, "Second": 11, "Second.third": 14}


def test_a_source_page_has_every_line_once_and_an_anchor_for_each_definition() -> None:
    page = source_page("sim/file.py", SOURCE)
    blocks = re.findall(r'^``````python linenums="(\d+)"\n(.*?)^``````$', page, re.MULTILINE | re.DOTALL)
    assert "".join(block for _, block in blocks) == SOURCE
    assert [int(first) for first, _ in blocks] == [1, 6, 11, 14]
    assert re.findall(r'<a id="([\w.]+)">', page) == ["first", "Second", "Second.third"]


def test_rooms_are_drawn_as_a_picture() -> None:
    picture = ElementTree.fromstring(drawing.drawn(DIAGRAM))
    words = [of.text for of in picture.iter("text")]
    assert words == ["a", "top & first", "low", "last", "b", "door"]
    boxes = [(float(of.attrib["x"]), float(of.attrib["y"])) for of in picture.iter("rect")]
    assert len({x for x, _ in boxes}) == 2 and len(set(boxes)) == 4
    arrows = [of.attrib["d"] for of in picture.iter("path") if "marker-end" in of.attrib]
    assert [("V" in arrow, "C" in arrow) for arrow in arrows] == [(True, False), (False, True), (False, True)]


@pytest.mark.notebooks
def test_the_site_is_built_strictly_and_asks_nobody_else(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    pytest.importorskip("nbconvert")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert {"index", "odd", "talent", "sweeps", "parameters"} <= {page.stem for page in pages}
    loaded = r'<(?:script|img|iframe)[^>]*\ssrc="(https?:[^"]*)"'
    styles = r'<link[^>]*rel="(?:stylesheet|preload)"[^>]*href="(https?:[^"]*)"'
    for page in pages:
        text = page.read_text("utf-8")
        assert re.findall(loaded, text) + re.findall(styles, text) == [], page
    assert "<svg" in (tmp_path / "architecture.html").read_text("utf-8")
    assert 'id="lab_appeal"' in (tmp_path / "source/sim/mechanisms/talent.py.html").read_text("utf-8")
