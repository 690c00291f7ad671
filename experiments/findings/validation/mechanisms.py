"""What each mechanism did alone: the baseline with it at its neutral value beside the baseline with everything on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import yaml

import sim
from experiments.findings.targets.rows import Row, rows
from experiments.findings.targets.run import runs_of
from experiments.findings.targets.score import Score, rows_inside, score, targets_inside
from experiments.findings.validation.report import Asked, Report, number, table, whole
from experiments.questions.designs import Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import ExperimentError, one_line
from experiments.questions.study import Study
from experiments.results.results import Results
from sim.parameters.fields import ORGANISATIONS

# The growth of startups is looked at in 2027; everything else by the end of the record.
MONTHS = 60
ON = "everything on"
# How rows that are put in, or that measured capability fixes, are marked.
KINDS = {"no": "", "record": ", fixed", "yes": ", given"}
ROWS, TOTALS = "mechanisms", "mechanisms_totals"
_FILE = "mechanisms.yaml"
_SAME_AS = "="
_KEYS = ("name", "where", "neutral", "why_not", "rows")


@dataclass(frozen=True)
class Mechanism:
    """One of them.

    Attributes:
        name: What it does, in words.
        where: Section of the second edition's design.
        neutral: Values at which it does nothing, by address.
        why_not: Why there are none.
        rows: Rows that it is there for.
    """

    name: str
    where: str
    neutral: dict[str, Any]
    why_not: str
    rows: tuple[Row, ...]


def mechanisms() -> tuple[Mechanism, ...]:
    """All of the data file.

    Raises:
        ExperimentError: It names a row that is not there, or says what it may not.
    """
    text = resources.files("experiments.findings.validation").joinpath(_FILE).read_text("utf-8")
    return tuple(_mechanism(entry) for entry in yaml.safe_load(text))


def _mechanism(entry: dict[str, Any]) -> Mechanism:
    name = str(entry.get("name"))
    strange = [key for key in entry if key not in _KEYS]
    if strange or ("neutral" in entry) == ("why_not" in entry):
        raise ExperimentError(f"{_FILE}, {name}: allowed: {', '.join(_KEYS)}; one of neutral and why_not")
    given = _by_leaf(entry.get("neutral", {}))
    unknown = [address for address in given if address not in sim.Parameters.known()]
    # Some belong to mechanisms that are built one after the other; the table says which are not there.
    why_not = f"there is no {', '.join(unknown)}" if unknown else _refused(name, given) or entry.get("why_not", "")
    found = tuple(row for wanted in entry["rows"] for row in _rows_of(name, wanted))
    return Mechanism(name, str(entry["where"]), {} if why_not else given, why_not, found)


def _by_leaf(neutral: dict[str, Any]) -> dict[str, Any]:
    """A value for all organisations as one for each."""
    known = sim.Parameters.known()
    found: dict[str, Any] = {}
    for address, value in neutral.items():
        of_each = [f"{address}.{name}" for name in ORGANISATIONS]
        if isinstance(value, str) and value.startswith(_SAME_AS):
            value = known[value.removeprefix(_SAME_AS).strip()].default
        found |= dict.fromkeys(of_each if of_each[0] in known else [address], value)
    return found


def _refused(name: str, given: dict[str, Any]) -> str:
    """Why a world has these values already; empty if it has not."""
    try:
        changed = sim.Parameters().with_(**given).differences()
    except sim.ParameterError as error:
        raise ExperimentError(one_line(f"{_FILE}, {name}: {error}")) from None
    return "it is off by default" if given and not changed else ""


def _rows_of(name: str, wanted: str) -> list[Row]:
    found = [row for row in rows() if wanted in (row.id, row.target)]
    if not found:
        raise ExperimentError(f"{_FILE}, {name}: rows: {wanted!r} is not allowed; allowed: a row or target of rows.csv")
    return found


def alone(asked: Asked) -> Report:
    """Runs of the baseline with each mechanism neutral, same seeds, and what that does to its rows."""
    items = mechanisms()
    off = [item for item in items if item.neutral]
    design = Design.of(pd.DataFrame([{}, *(item.neutral for item in off)]))
    study = Study.of(
        BASELINE, seeds=asked.seeds, months=MONTHS, developers=asked.developers, design=design,
        source="python -m experiments.validate --mechanisms",
    )  # fmt: skip
    if len(study.points) != 1 + len(off):
        raise ExperimentError(f"{_FILE}: two mechanisms have the same neutral values; allowed: each its own")
    results = whole(asked.run(study), "mechanisms")
    scores = [scored(results, point) for point in range(len(study.points))]
    return report(items, scores[0], {item.name: found for item, found in zip(off, scores[1:], strict=True)})


def scored(results: Results, point: int) -> list[Score]:
    """Rows at a point, without those that need one run of many developers."""
    at = results.select(point=point)
    return score((row for row in rows() if row.measure), list(runs_of(at.market, at.labs)))


def report(items: Iterable[Mechanism], on: Sequence[Score], off: dict[str, list[Score]]) -> Report:
    """The rows of each mechanism without it and with it, and how many rows and targets are inside in all."""
    items, with_all = list(items), {one.row.id: one for one in on}
    parts, totals = [], [_total(ON, "", "", on)]
    for item in items:
        scores = off.get(item.name)
        neutral = ", ".join(f"{address} {_shown(value)}" for address, value in _short(item.neutral).items())
        totals.append(_total(item.name, item.where, neutral or item.why_not, scores))
        without = {one.row.id: one for one in scores or ()}
        for row in dict.fromkeys(item.rows):
            parts.append(_row(item, row, without.get(row.id), with_all.get(row.id)))
    changes, all_totals = pd.DataFrame(parts), pd.DataFrame(totals)
    text = "\n".join(
        [
            "Each mechanism at its neutral value, everything else on, same seeds. Rows that need a run of many "
            "developers are left out; what runs take as given, or measured capability fixes, is marked.",
            "",
            _totals(all_totals),
            "Its rows, without it → with it; inside in the same order.",
            "",
            _changes(changes),
        ]
    )
    return Report(text, {ROWS: changes, TOTALS: all_totals})


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _short(neutral: dict[str, Any]) -> dict[str, Any]:
    """One value for all organisations as one again."""
    return {_without_organisation(address): value for address, value in neutral.items()}


def _without_organisation(address: str) -> str:
    head, _, last = address.rpartition(".")
    return head if last in ORGANISATIONS else address


def _total(name: str, where: str, neutral: str, scores: Sequence[Score] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"mechanism": name, "section": where, "neutral": neutral}
    if scores is not None:
        for kind, total in (("rows", rows_inside(scores)), ("targets", targets_inside(scores))):
            found |= {kind: total.inside, f"of_{kind}": total.computable}
    return found


def _row(item: Mechanism, row: Row, without: Score | None, with_all: Score | None) -> dict[str, Any]:
    def value(one: Score | None) -> float:
        return np.nan if one is None else one.model

    def inside(one: Score | None) -> str:
        return "" if one is None or not row.computable else "yes" if one.inside else "no"

    return {
        "mechanism": item.name,
        "row": row.id,
        "unit": row.unit,
        "published": row.value,
        "low": row.low,
        "high": row.high,
        "without": value(without),
        "with": value(with_all),
        "input": row.input,
        "inside_without": inside(without),
        "inside_with": inside(with_all),
    }


def _totals(totals: pd.DataFrame) -> str:
    lines = []
    for row in totals.to_dict("records"):
        known = pd.notna(row["rows"])
        cells = [f"{row[name]:.0f} of {row[f'of_{name}']:.0f}" if known else "–" for name in ("rows", "targets")]
        lines.append([row["mechanism"], row["section"], row["neutral"], *cells])
    return table(["mechanism", "section", "neutral, or why not", "rows inside", "targets inside"], lines)


def _changes(changes: pd.DataFrame) -> str:
    lines = []
    for row in changes[changes["inside_without"] != ""].to_dict("records"):
        moved = f"{number(row['without'], '.3g')} → {number(row['with'], '.3g')}"
        inside = f"{row['inside_without']} → {row['inside_with']}" + KINDS[row["input"]]
        lines.append([row["mechanism"], row["row"], row["unit"], f"{row['published']:g}", moved, inside])
    return table(["mechanism", "row", "unit", "published", "without → with", "inside"], lines)
