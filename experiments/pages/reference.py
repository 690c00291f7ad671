"""The reference in ``docs/``: parameters, measures, scenarios, rooms and figures, made from the code."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sim
from experiments.findings.sources.links import MEASURED, evidence_of, links_of
from experiments.pages import gallery
from experiments.pages.architecture import architecture_page
from experiments.pages.sources import sources_page, target
from experiments.questions.scenarios import names, scenario

_MADE = "<!-- Made by `python -m experiments.tables`; change the code, not this file. -->"


def pages() -> dict[str, str]:
    """File name → text of every generated page."""
    return {
        "parameters.md": parameters_page(),
        "measures.md": measures_page(),
        "scenarios.md": scenarios_page(),
        "sources.md": sources_page(_MADE),
        "architecture.md": architecture_page(_MADE),
        "gallery.md": gallery.page(_MADE),
    }


def parameters_page() -> str:
    """Every parameter with its default, unit, bounds, range, confidence and source, by section."""
    rows = sim.Parameters().table()
    lines = [
        "# Parameters",
        "",
        _MADE,
        "",
        f"{len(rows)} parameters. The address is the same everywhere: `params.talent.mobility=0.02` on the "
        'command line, `Parameters().with_(**{"talent.mobility": 0.02})` in Python. *Bounds* are enforced; '
        "the *range* is plausible and is what designs sample. All links, and which of them were "
        "opened: [sources](sources.md).",
    ]
    for section, members in groupby(rows, key=lambda row: row["address"].split(".")[0]):
        lines += [
            "",
            f"## {section}",
            "",
            "| parameter | default | unit | bounds | range | meaning | source |",
        ]
        lines += ["|---|---|---|---|---|---|---|"]
        lines += [_parameter(row) for row in members]
    return "\n".join(lines) + "\n"


def measures_page() -> str:
    """Every measure with its unit and definition, market first."""
    lines = ["# Measures", "", _MADE, "", "Shares exclude the outside option. Month 0 is 2022-11."]
    for title, found in (("Market", sim.measures.MARKET), ("Labs", sim.measures.LABS)):
        lines += ["", f"## {title}", "", "| measure | unit | definition |", "|---|---|---|"]
        lines += [
            f'| <a id="{title.lower()}.{name}"></a>`{name}` | {_cell(measure.unit)} | {_cell(measure.doc)} |'
            for name, measure in found.items()
        ]
    return "\n".join(lines) + "\n"


def scenarios_page() -> str:
    """Every shipped scenario with its question and what it changes."""
    lines = [
        "# Scenarios",
        "",
        _MADE,
        "",
        f"{len(names())} scenarios come with the project: `scenario=NAME` on the command line, `ex.scenario(NAME)` in "
        "Python. Each is a difference from history; a date's change lasts until another date changes it.",
        "",
        "| scenario | why | what it changes |",
        "|---|---|---|",
    ]
    for item in map(scenario, names()):
        changes = "; ".join(_changes(item)) or "nothing"
        lines.append(f'| <a id="{item.name}"></a>`{item.name}` | {_cell(item.why)} | {_cell(changes)} |')
    return "\n".join(lines) + "\n"


def _changes(item: sim.Scenario) -> Iterator[str]:
    """What a scenario changes, a date at a time, each in one phrase."""
    for date, change in (("from the start", item), *sorted(item.changes.items())):
        plain = change.model_dump(exclude={"name", "why", "changes"}, exclude_defaults=True)
        for kind, told in plain.items():
            pairs = told.items() if isinstance(told, dict) else [("", told)]
            words = ", ".join(f"`{name}` {_told(value)}".removeprefix("`` ") for name, value in pairs)
            yield f"{date}: {'' if kind == 'params' else kind.replace('_', ' ') + ' '}{words}"


def _told(value: Any) -> str:
    """A strategy with its fields, by tier if it is, or a value."""
    if not isinstance(value, dict):
        return _value(value)
    fields = ", ".join(f"{name} {_told(told)}" for name, told in value.items() if name != "strategy")
    return f"{value['strategy']} ({fields})" if "strategy" in value and fields else fields or str(value["strategy"])


def _parameter(row: dict[str, Any]) -> str:
    address = row["address"]
    allowed = ", ".join(row["choices"]) if row["choices"] else _span(row["low"], row["high"])
    cells = (
        f'<a id="{address}"></a>`{address}`',
        _value(row["default"]),
        _cell(row["unit"]),
        allowed,
        _span(row["range_low"], row["range_high"]),
        _cell(row["doc"]),
        _source(address, row["source"], row["confidence"]),
    )
    return "| " + " | ".join(cells) + " |"


def _source(address: str, source: str, confidence: str) -> str:
    """The source with its links; of what is assumed also the evidence that would settle it."""
    found = ", ".join(f"[{_cell(link.title)}]({target(link)})" for link in links_of(source))
    settled = "" if confidence in MEASURED else f". Would be settled by: {evidence_of(address)}"
    return _cell(f"{source} ({confidence}){': ' if found else ''}") + found + _cell(settled)


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_value(low)} to {_value(high)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
