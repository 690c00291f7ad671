"""A report on a study: one HTML file that needs nothing beside it, from what was asked to where each number is from."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

import sim
from experiments import plots
from experiments.findings.answer import TOPICS, sentences_about
from experiments.findings.claims.records import claims
from experiments.findings.effects import Effect, compare
from experiments.findings.targets.score import about
from experiments.questions.measures import MARKET
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import ExperimentError
from experiments.results.files import cannot_write, write_atomically
from experiments.results.results import Results
from sim.inputs.display import Card, between, number

# Runs that the appendix names one by one.
RUNS = 400
# Measures of the table of effects, where a study kept them.
TABLED = ("open_share_tokens", "open_share_spend", "hhi", "frontier", "open_lag", "innovation_speed",
          "price_gpt35_level", "technology_price_gpt35", "closed_margin", "adoption", "consumer_gain",
          "researchers_labs", "startups")  # fmt: skip
# Of others, as many as one reads.
FEW = 5


def html(results: Results) -> str:
    """The report as one page.

    Raises:
        ExperimentError: No run is there to report.
        NotKept: The study kept no measure of the market.
    """
    if not len(results.runs):
        raise ExperimentError("no run of this study has finished, so there is nothing to report")
    paired = results.complete()
    others = [name for name in paired.scenarios if name != BASELINE]
    effect = _effect(paired, others)
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True)
    page = resources.files("experiments.pages").joinpath("report.html").read_text("utf-8")
    return environment.from_string(page).render(
        **_asked(results, others), **_answer(results, paired, effect), **_record(results),
        figures=list(_figures(results)), claims=_claims(results.scenarios), **_appendix(results),
    )  # fmt: skip


def _effect(paired: Results, others: list[str]) -> Effect | None:
    if BASELINE not in paired.scenarios or not others:
        return None
    kept = paired.kept.get(MARKET, ())
    measures = [name for name in TABLED if name in kept] or list(kept)[:FEW]
    return compare(paired, measures=measures) if measures else None


def _asked(results: Results, others: list[str]) -> dict[str, Any]:
    told = results.provenance
    last = sim.date_of(results.months)
    question = f"{' and '.join(others) or ' and '.join(results.scenarios)}"
    beside = f" beside {BASELINE}" if others and BASELINE in results.scenarios else ""
    points = f" at {len(results.points)} points of the parameters" if len(results.points) > 1 else ""
    made = (sim.Scenario.from_dict(item) for item in told["scenarios"])
    cards = [(item, item.card()) for item in made]
    seeds = f"{len(results.seeds)} seed{'s' * (len(results.seeds) != 1)}"
    version = f"weightshift {told['versions']['weightshift']}"
    return {
        "title": f"{question.replace('_', ' ')}{beside}, 2022-11 to {last}",
        "subtitle": f"{version}: {seeds}, {told['developers']:,} developers{points}",
        "scenarios": [{"name": item.name, "why": item.why, "rows": card.rows} for item, card in cards],
        "asked": f"{len(results.runs)} runs: {seeds}{points}, months 0 to {results.months}, "
        f"{told['developers']:,} developers for the world's.",
        "command": told["command"],
    }


def _answer(results: Results, paired: Results, effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        kept = results.kept.get(MARKET, ())
        shown = [name for name in TABLED if name in kept][:FEW] or list(kept)[:FEW]
        levels = results.load(MARKET, shown, month=results.months) if shown else pd.DataFrame()
        lines = [_level(levels, name, results.units.get(name, "")) for name in shown]
        return {"answers": [("", lines)], "doubt": "Nothing is compared.", "effects": Card(""), "effects_caption": ""}
    spoken = {one.measure for topic in TOPICS for one in topic.quantities}
    if spoken.isdisjoint(effect.measures) or len(results.points) > 1:
        lines = [effect.describe(name, scenario=other) for other in effect.scenarios for name in effect.measures]
        answers = [("", lines)]
    else:
        told = [sentences_about(paired, other) for other in effect.scenarios]
        answers = [(head, lines) for head, *lines in told]
    doubt = f"Every effect is the scenario minus {effect.against} with the same luck, pair by pair."
    last = effect.frame["date"].max()
    caption = f"Effects in {last}, the last month, in the units of the measures; bands hold {effect.holds}."
    return {"answers": answers, "doubt": doubt, "effects": effect.card(), "effects_caption": caption}


def _level(frame: pd.DataFrame, measure: str, unit: str) -> str:
    of_each = frame.groupby("scenario", observed=True, sort=False)[measure].mean()
    told = ", ".join(f"{number(float(value))} {unit} in {name}" for name, value in of_each.items())
    return f"{measure}: {told}."


def _figures(results: Results) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        for path in plots.draw_all(results, folder, plots.USUAL, formats=("svg",)):
            if path.suffix == ".svg":
                words = path.with_suffix(".txt")  # title and caption, which stand in the picture too
                title = " ".join(words.read_text("utf-8").split()) if words.exists() else path.stem.replace("_", " ")
                data = base64.b64encode(path.read_bytes()).decode("ascii")
                yield {"name": path.stem, "title": title, "data": data}


def _record(results: Results) -> dict[str, Any]:
    kept = set(results.kept.get(MARKET, ()))
    nothing: dict[str, Any] = {"misses": []}
    if BASELINE not in results.scenarios or len(results.points) > 1:
        return {"record_words": "The study has no baseline at the defaults to hold beside it.", **nothing}
    found = about(kept, results.load(MARKET, scenario=BASELINE), results.months)
    if not found:
        return {"record_words": "No published number lies within what this study kept.", **nothing}
    missed = [one for one in found if not one.inside]
    words = (
        f"Of {len(found)} published numbers about market measures that this study kept, its baseline misses "
        f"{len(missed)}. Capability and compute to {sim.calendar.LAST_HISTORICAL_DATE} are given, not explained; "
        "docs/validation.md has every number and what is thought of each miss."
    )
    table = [
        (one.row.what, one.row.dates, number(one.row.value), number(one.model), one.row.unit, one.row.source)
        for one in missed
    ]
    return {"record_words": words, "misses": table}


def _claims(scenarios: tuple[str, ...]) -> list[tuple[str, str, str, str]]:
    """Claims one of whose tests sets one of these scenarios."""
    asked = set(scenarios) - {BASELINE}
    return [
        (
            record.id,
            record.claim,
            "; ".join(sorted({test.measure for test in record.tests})),
            ", ".join(record.mechanisms),
        )
        for record in claims()
        if any({test.scenario, test.against} & asked for test in record.tests if not isinstance(test.scenario, dict))
    ]


def _appendix(results: Results) -> dict[str, Any]:
    told = results.provenance
    parameters = sim.Parameters.from_dict(told["parameters"])
    known = sim.Parameters.known()
    changed = [
        (name, number(value), number(known[name].default), known[name].unit, "both sides")
        for name, value in parameters.differences().items()
    ]
    for item in told["scenarios"]:
        setup = sim.Scenario.from_dict(item)
        dated = [("from the start", setup.params), *((date, change.params) for date, change in setup.changes.items())]
        changed += [
            (name, number(value), number(known[name].default), known[name].unit, f"{setup.name}, {when}")
            for when, values in dated
            for name, value in values.items()
        ]
    drawn = told.get("draws") or {}
    words = f"Each seed runs with one of {drawn['rows']} draws of the parameters, {drawn['name']}." if drawn else ""
    measures = {
        name: (sim.measures.MARKET[name].unit, sim.measures.MARKET[name].doc)
        for name in results.kept.get(MARKET, ())
        if name in sim.measures.MARKET
    }
    listed = [
        (
            leaf.address, number(leaf.value), leaf.unit,
            "–" if leaf.range is None else between(*leaf.range),
            leaf.doc, leaf.source, leaf.confidence,
        )
        for leaf in parameters.leaves()
    ]  # fmt: skip
    runs = results.runs[["scenario", "point", "seed", "key"]].head(RUNS).itertuples(index=False, name=None)
    return {
        "changed": changed, "drawn": words, "measures": measures, "runs": list(runs), "parameters": listed,
        "more": len(results.runs) if len(results.runs) > RUNS else 0,
        "versions": ", ".join(f"{name} {version}" for name, version in told["versions"].items()),
    }  # fmt: skip


def pdf(page: str) -> bytes:
    """The page as PDF, by weasyprint.

    Raises:
        ExperimentError: It is not installed, or the system lacks Pango.
    """
    opened = page.replace("<details>", '<details open class="appendix">')
    return bytes(weasyprint().HTML(string=opened).write_pdf())


def weasyprint() -> Any:
    """The package that makes PDF.

    Raises:
        ExperimentError: It is not installed, or the system lacks Pango.
    """
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        missing = "weasyprint" if isinstance(error, ImportError) else "Pango, which weasyprint needs"
        raise ExperimentError(
            f"pdf=true: {missing} is not installed; pip install 'weightshift[report]' and Pango from the system, or "
            "print the HTML page"
        ) from None
    return weasyprint


def write(results: Results, folder: Path, *, as_pdf: bool) -> list[Path]:
    """Write ``report.html``, and if asked ``report.pdf``, into a study's folder; returns the paths.

    Raises:
        ExperimentError: There is nothing to report, no PDF can be made, or the folder cannot be written.
    """
    if as_pdf:
        weasyprint()  # before anything is drawn
    page = html(results)
    files = {"report.html": page.encode("utf-8")} | ({"report.pdf": pdf(page)} if as_pdf else {})
    try:
        for name, content in files.items():
            write_atomically(folder / name, partial(_fill, content))
    except OSError as error:
        raise cannot_write(folder, error, "study") from None
    return [folder / name for name in files]


def _fill(content: bytes, path: Path) -> None:
    path.write_bytes(content)
