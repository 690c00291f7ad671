"""The scorecard as a page: every claim with its picture, what it depends on, and the way down to runs and sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import sim
from experiments import plots
from experiments.findings.claims import scorecard
from experiments.findings.claims.scorecard import Place
from experiments.findings.claims.verdicts import PRIOR, Compared, Judged, Verdict
from experiments.findings.sources.links import Link, links_of
from experiments.findings.validation.report import Report, number, write_into
from experiments.plots.picture import canvas, keep, named, save, styled, title
from experiments.plots.style import BLACK, BLUE, OTHERS, VERMILLION, legend_below
from experiments.plots.worlds import findings
from experiments.results.files import write_data
from sim.inputs.display import between
from sim.inputs.display import number as plain

PICTURES, FIGURE = "pictures", "claims_scorecard"
# Draws of the first and of the second space, told apart without colour as well.
_LOOKS = ((BLUE, "o"), (VERMILLION, "^"))
_LINK = re.compile(r"\[`([^`]*)`\]\(([^)]*)\)")


def write(folder: Path, judged: Sequence[Judged], report: Report, seeds: int, developers: int, place: Place) -> None:
    """Text, table, page, figure of each space and picture of each claim, into a folder that is there."""
    write_into(folder, {scorecard.TABLE: report})
    table = report.tables[scorecard.TABLE]
    figures = [figure_of(one.space.name) for one in judged]
    for one, name in zip(judged, figures, strict=True):
        save(plots.claims_scorecard(table[table["over"] == one.space.name]), folder, name)
    for same in zip(*(one.found for one in judged), strict=True):
        if any(verdict.tested for verdict in same):
            named = [(one.space.name, verdict) for one, verdict in zip(judged, same, strict=True)]
            save(picture(named), folder / PICTURES, same[0].claim.id)
    write_data(folder / f"{scorecard.TABLE}.html", html(judged, seeds, developers, place, figures))


def figure_of(space: str) -> str:
    """Name of the figure of all claims over a space."""
    return FIGURE if space == PRIOR else f"{FIGURE}_{space}"


@styled
def picture(overs: Sequence[tuple[str, Verdict]]) -> Figure:
    """The effect of each test of a claim at every draw, over the parameter that it goes with most.

    Where no parameter is told to matter, over the share of draws below it. Filled marks are draws in which the claim
    holds; the dashed line is the effect from which on a test does.

    Args:
        overs: Name of each space, and the claim's verdict over it.
    """
    judged = [(name, one) for name, one in overs if one.tested]
    claim = judged[0][1].claim
    figure, panels = canvas(len(claim.tests))
    along = next((str(one.depends.index[0]) for _, one in judged if len(one.depends)), "")
    for place, axes in enumerate(panels):
        for (name, one), (colour, mark) in zip(judged, _LOOKS, strict=False):
            _panel(axes, one, one.tested[place], along, colour, mark, name)
        _lines(axes, judged[0][1].tested[place], along)
    verdicts = "; ".join(f"{one.kind.removesuffix(' on')} over the {name}" for name, one in judged)
    title(figure, f"{claim.id}: {claim.claim}?", verdicts)
    draws = " and ".join(f"{len(one.margin)} of the {name}" for name, one in judged)
    findings(figure, f"Each mark is a draw, {draws}; filled where the claim holds. Dashed: from where on a test does.")
    if len(judged) > 1:
        legend_below(figure, *panels)
    return figure


def _panel(axes: Axes, one: Verdict, tested: Compared, along: str, colour: str, mark: str, name: str) -> None:
    effects, holds = tested.effects, _holds(one)
    good = np.isfinite(effects)
    if along in one.codes:
        x = one.codes[along].to_numpy(float)
    elif along:  # of one value in this space
        x = np.full(len(effects), float(sim.Parameters.known()[along].default))
    else:
        order = np.argsort(np.argsort(np.where(good, effects, np.inf), kind="stable"), kind="stable")
        x = 100.0 * (order + 0.5) / max(1, good.sum())
    for some, face in ((good & holds, colour), (good & ~holds, "white")):
        axes.plot(x[some], effects[some], mark, mfc=face, mec=colour, mew=0.9, ms=4.2, ls="", zorder=3)
    keep(axes, None, name, x, {"effect": effects, "holds": holds})
    axes.plot([], [], mark, mfc=colour, mec=colour, ms=4.2, ls="", label=name)


def _holds(one: Verdict) -> np.ndarray:
    margins = np.array([tested.margin for tested in one.tested])
    return np.asarray((margins >= 1.0).all(axis=0))


def _lines(axes: Axes, tested: Compared, along: str) -> None:
    sign = 1.0 if tested.test.sign == "+" else -1.0
    axes.axhline(0.0, color=OTHERS, lw=0.8)
    axes.axhline(sign * tested.threshold, color=BLACK, lw=0.9, ls="--")
    leaf = sim.Parameters.known().get(along)
    if leaf is not None and leaf.choices:
        axes.set_xticks(range(len(leaf.choices)), leaf.choices)
    window = tested.test.window
    if not along:
        axes.set_xlim(0.0, 100.0)
    axes.set_xlabel(along or "share of draws below [%]")
    when = window[0] if window[0] == window[1] else f"{window[0]} to {window[1]}"
    named(axes, when, tested.test.measure, scorecard.unit(tested).strip())


def html(judged: Sequence[Judged], seeds: int, developers: int, place: Place, figures: Sequence[str] = ()) -> str:
    """The page, which fetches nothing; its links lead to runs, records, parameters, measures and sources."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True)
    text = resources.files("experiments.pages").joinpath("claims.html").read_text("utf-8")
    pairs = list(zip(*(one.found for one in judged), strict=True))
    return environment.from_string(text).render(
        how=scorecard.how(seeds, developers).replace("*", ""), figures=figures,
        summaries=[f"Over the {one.space.name}: {scorecard.summary(one).replace('*', '')}" for one in judged],
        spaces=[one.space.name for one in judged],
        claims=[_claim(same, [one.space.name for one in judged], place) for same in pairs],
        parameters=list(_parameters(judged, place)),
    )  # fmt: skip


def _claim(same: Sequence[Verdict], spaces: Sequence[str], place: Place) -> dict[str, Any]:
    claim = same[0].claim
    return {
        "id": claim.id, "claim": claim.claim, "record": f"{place.root}experiments/findings/claims/{claim.id}.yaml",
        "picture": f"{PICTURES}/{claim.id}.svg" if any(one.tested for one in same) else "",
        "mechanisms": [(path, place.root + path.partition(":")[0]) for path in claim.mechanisms],
        "overs": [_over(name, one, place) for name, one in zip(spaces, same, strict=True)],
    }  # fmt: skip


def _over(space: str, one: Verdict, place: Place) -> dict[str, Any]:
    ranks = one.depends["rank"].head(scorecard.MOST)
    return {
        "space": space, "kind": one.kind, "words": one.words, "share": scorecard.share(one),
        "tests": [_linked(f"{scorecard.effect(test, place)}; asked {scorecard.asked(test)}") for test in one.tested],
        "depends": [{"name": name, "rank": number(float(rank), "+.2f")} for name, rank in ranks.items()],
        "runs": place.runs(space, one),
    }  # fmt: skip


def _linked(text: str) -> Markup:
    """Markdown's links and code as HTML."""
    words = _LINK.sub(lambda found: f'<a href="{found[2]}">{found[1]}</a>', str(escape(text)))
    return Markup(words.replace("`", ""))


def _parameters(judged: Sequence[Judged], place: Place) -> Iterator[dict[str, Any]]:
    """What verdicts depend on, by address, each with its sources."""
    known = sim.Parameters.known()
    frames = [one.depends.head(scorecard.MOST) for space in judged for one in space.found]
    for name in sorted({str(name) for frame in frames for name in pd.DataFrame(frame).index} & set(known)):
        leaf = known[name]
        span = ", ".join(leaf.choices) if leaf.choices else between(*leaf.range) if leaf.range else "–"
        linked = [_target(link, place) for link in links_of(leaf.source)]
        yield {
            "name": name, "default": plain(leaf.default), "unit": "" if leaf.unit == "1" else leaf.unit, "range": span,
            "doc": leaf.doc, "source": leaf.source, "confidence": leaf.confidence, "links": linked,
            "page": f"{place.root}docs/parameters.md#{name}",
        }  # fmt: skip


def _target(link: Link, place: Place) -> dict[str, str]:
    return {"title": link.title, "url": link.url if link.outside else place.root + link.url}
