"""What the site adds to our pages: notebooks, sources behind names of functions, what links out of docs lead to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

from experiments.pages.drawing import drawn

# What is published beside docs/: file of the repository → page of the site.
BESIDE = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
NOTEBOOKS = "notebooks"
SOURCES = "source"
# Equations, code and the widest tables have the room of the table of contents.
WIDE = ("model/", f"{SOURCES}/", "parameters.md", "claims.md")
FUNCTION = re.compile(r"`((?:sim|experiments)/[\w/]+\.py)::([\w.]+)`")
_FENCE = re.compile(r"^(```\w+) file=(\S+)$", re.MULTILINE)
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\]\()((?:\.\./)+[^)#\s]+|[\w/.-]+)(#[^)\s]*)?\)")
_FIGURE = re.compile(r"^<!-- figure (\d+) of (\w+): (.*) -->$", re.MULTILINE)


def on_files(files: Any, config: Any) -> Any:
    """Add the notebooks as executed, the pages beside docs/, and the sources that pages name."""
    from mkdocs.structure.files import File

    root = _root(config)
    for place, text in _pages_beside(root):
        files.append(File.generated(config, place, content=text))
    pages = [page.read_text("utf-8") for page in sorted(Path(config["docs_dir"]).rglob("*.md"))]
    for path in sorted({path for page in pages for path, _ in FUNCTION.findall(page)}):
        text = source_page(path, (root / path).read_text("utf-8"))
        files.append(File.generated(config, f"{SOURCES}/{path}.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Names of functions become links to their source, names of files titles, links out of docs/ links on the site."""
    if page.file.src_uri.startswith(WIDE):
        page.meta["hide"] = ["toc"]
    return prepared(markdown, page.file.src_uri, _root(config))


def prepared(markdown: str, here: str, root: Path) -> str:
    """A page as MkDocs is to see it.

    Args:
        markdown: As it stands in the repository.
        here: Its place on the site, as ``model/talent.md``.
        root: Folder of the repository.
    """
    markdown = _MERMAID.sub(lambda found: drawn(found[1]), markdown)
    markdown = _FENCE.sub(r'\1 title="\2"', markdown)
    markdown = _FIGURE.sub(lambda found: f"![{found[3]}]({_to(here, _image(root, found[2], int(found[1])))})", markdown)
    pieces = _FENCED.split(markdown)
    for number in range(0, len(pieces), 2):
        text = FUNCTION.sub(lambda found: _function(found[1], found[2], here), pieces[number])
        pieces[number] = _LINK.sub(lambda found: _link(found, here), text)
    return "".join(pieces)


def definitions(source: str) -> dict[str, int]:
    """Functions, classes and their methods → the line where each begins, its decorators included, in order."""
    found: dict[str, int] = {}

    def look(body: Iterable[ast.stmt], within: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[within + node.name] = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                if isinstance(node, ast.ClassDef):
                    look(node.body, f"{node.name}.")

    look(ast.parse(source).body, "")
    return found


def source_page(path: str, text: str) -> str:
    """A file of Python as a page with numbered lines and an anchor for each definition; the search leaves it out."""
    lines, begins = text.splitlines(), definitions(text)
    starts = [1, *(line for line in begins.values() if line > 1), len(lines) + 1]
    names = {line: name for name, line in begins.items()}
    parts = ["---", "search:", "  exclude: true", "---", "", f"# `{path}`"]
    for start, end in pairwise(starts):
        anchor = f'<a id="{names[start]}"></a>' if start in names else ""
        parts += ["", anchor, "", f'``````python linenums="{start}"', *lines[start - 1 : end - 1], "``````"]
    return "\n".join(parts) + "\n"


def notebook_page(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """An executed notebook as Markdown, and its pictures by name."""
    from nbconvert import MarkdownExporter

    text, resources = MarkdownExporter().from_filename(str(notebook), {"unique_key": notebook.stem})
    return text, resources["outputs"]


def _pages_beside(root: Path) -> Iterator[tuple[str, str | bytes]]:
    for name, place in BESIDE.items():
        # Their links begin at the top of the repository, where docs/ is a folder.
        text = (root / name).read_text("utf-8").replace("](docs/", "](")
        yield place, text
    for notebook in sorted((root / NOTEBOOKS).glob("*.ipynb")):
        text, pictures = notebook_page(notebook)
        yield f"{NOTEBOOKS}/{notebook.stem}.md", text.replace("](../docs/", "](../")
        for name, picture in pictures.items():
            yield f"{NOTEBOOKS}/{name}", picture


@cache
def _image(root: Path, notebook: str, number: int) -> str:
    """Place of the number-th picture of a notebook, counted from 1."""
    _, pictures = notebook_page(root / NOTEBOOKS / f"{notebook}.ipynb")
    return f"{NOTEBOOKS}/{list(pictures)[number - 1]}"


def _function(path: str, name: str, here: str) -> str:
    short = f"{Path(path).stem}.{name}" if Path(path).stem != "__init__" else f"{Path(path).parent.name}.{name}"
    return f"[`{short}`]({_to(here, f'{SOURCES}/{path}.md')}#{name})"


def _link(found: re.Match[str], here: str) -> str:
    """A link that leaves docs/ leads to the page that stands for the file; where there is none, it is left."""
    target = normpath(join("docs", dirname(here), found[2]))
    page = BESIDE.get(target)
    if target.startswith(f"{NOTEBOOKS}/") and target.endswith(".ipynb"):
        page = target.removesuffix(".ipynb") + ".md"
    return found[0] if page is None else f"{found[1]}{_to(here, page)}{found[3] or ''})"


def _to(here: str, place: str) -> str:
    return relpath(place, dirname(here) or ".")


def _root(config: Any) -> Path:
    return Path(config["config_file_path"]).parent
