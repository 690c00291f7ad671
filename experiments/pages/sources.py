"""The page on sources: links with what stands on them, what would settle assumed rows, and links that were opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import sim
from experiments.findings.sources.data import Sourced, sourced
from experiments.findings.sources.links import Link, checks, evidence_of, links, links_of

_HOW = {
    "page": "read as a stored page",
    "cited": "cited elsewhere under this address for the same thing",
    "front": "a front page, of which the page meant is one below",
    "none": "not found",
}
_INTRODUCTION = """\
Behind every parameter and every row of data stands a source in words ([parameters](parameters.md), the tables in
`sim/data` and `experiments/findings/targets`). A source has the links of all phrases that it contains
(`experiments/findings/sources/links.csv`). `tests/experiments/findings/test_sources.py` holds that each that is
*measured* or *estimated* has one, and that each that is *assumed* says which evidence would settle it. Links into the
project lead to what was calculated here. A link leads to the publisher's page on the thing where there is one, else to
the front page of its announcements or data; the number itself may stand one page below, and what was taken from memory
says so."""


def sources_page(made: str) -> str:
    """The page.

    Args:
        made: The line that says by what the page is made.
    """
    rows = list(sourced())
    lines = ["# Sources", "", made, "", *_INTRODUCTION.splitlines(), "", "## Links", ""]
    lines += ["| leads to | parameters | rows of data |", "|---|---|---|", *_links(rows)]
    lines += ["", "## Assumed rows of data, and what would settle them", ""]
    lines += ["| table | what | rows | evidence |", "|---|---|---|---|", *_assumed(rows)]
    lines += ["", "## Links opened", "", *_opened()]
    return "\n".join(lines) + "\n"


def target(link: Link) -> str:
    """Where a link leads from a page in ``docs``."""
    return (
        link.url
        if link.outside
        else link.url.removeprefix("docs/")
        if link.url.startswith("docs/")
        else "../" + link.url
    )


def _links(rows: list[Sourced]) -> Iterator[str]:
    of_parameters = Counter(link.url for leaf in sim.Parameters.known().values() for link in links_of(leaf.source))
    of_rows = Counter(link.url for row in rows for link in links_of(row.source))
    titles = {link.url: link for link in reversed(links())}
    for url, link in sorted(titles.items(), key=lambda item: item[1].title.lower()):
        yield f"| [{link.title}]({target(link)}) | {of_parameters[url] or ''} | {of_rows[url] or ''} |"


def _assumed(rows: list[Sourced]) -> Iterator[str]:
    counted = Counter((row.table, row.attribute) for row in rows if row.confidence == "assumed")
    for (name, attribute), number in sorted(counted.items()):
        what = "all" if attribute == "*" else f"`{attribute}`"
        yield f"| `{name}` | {what} | {number} | {evidence_of(f'{name}:{attribute}')} |"


def _opened() -> Iterator[str]:
    found = checks()
    counted = Counter(check["how"] for check in found)
    outside = len({link.url for link in links() if link.outside})
    yield (
        f"{len(found)} of {outside} links that lead out, drawn at random, were looked up on 2026-11-30 in stored "
        "copies of the web and in public files that cite them, for the machine reaches no site: "
        f"{', '.join(f'{counted[how]} {words}' for how, words in _HOW.items())}. Nobody opened the live pages."
    )
    yield from ("", "| link | how | what was seen |", "|---|---|---|")
    yield from (f"| <{check['url']}> | {_HOW[check['how']]} | {check['seen']} |" for check in found)
