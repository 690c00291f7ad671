"""Whether the ranges are jointly admissible: draws from all of them at once against the bounds of the far horizon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.engine.progress import Progress
from experiments.findings.validation.bounds import BOUNDS, value
from experiments.findings.validation.horizon import MONTHS
from experiments.findings.validation.report import Asked, Report, number, table
from experiments.findings.validation.watch import watch
from experiments.questions.designs import Design
from experiments.questions.designs.points import Points

DRAWS, SEED = 200, 1
# Of so many draws a bound holds.
WANTED = 0.95
FAILED = "the run itself"
RANGES, PARAMETERS, BREAKING = "ranges", "ranges_parameters", "ranges_breaking"
_LISTED, _NAMED = 12, 4


def ranges(asked: Asked, months: int = MONTHS) -> Report:
    """Draw from every range at once, a Latin hypercube, each draw with a seed of its own."""
    count = asked.draws or DRAWS
    points = Design.of({"kind": "latin_hypercube", "points": count, "seed": SEED}).expand(sim.Parameters())
    with Progress(count, show=True) as progress:
        rows = []
        for draw in range(count):
            rows += list(_drawn(points, draw, asked.seeds[0] + draw, asked.developers, months))
            progress.add(1)
    found = pd.DataFrame(rows)
    return report(found, points.frame, associations(found, points.frame))


def _drawn(points: Points, draw: int, seed: int, developers: int, months: int) -> Iterator[dict[str, Any]]:
    """A row a bound; of a run that stops, one that says why."""
    try:
        run = watch(sim.Market(rng=seed, developers=developers, **points.changes(draw)), months)
    except (sim.WeightshiftError, ArithmeticError) as error:
        yield {"draw": draw, "seed": seed, "bound": FAILED, "value": np.nan, "inside": False, "why_not": str(error)}
        return
    for bound in BOUNDS:
        worst, why = value(bound, run)
        yield {
            "draw": draw, "seed": seed, "bound": bound.name, "value": worst, "inside": bound.holds(worst),
            "why_not": why,
        }  # fmt: skip


def associations(found: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Rank correlation of each bound with each parameter over draws, strongest first.

    Where some draws break a bound and some do not it is with breaking, otherwise with how far the value is out: with
    the value, negative where the bound is a least one.
    """
    rows: list[dict[str, Any]] = []
    least = {bound.name: bound.least for bound in BOUNDS}
    ranked = points.rank()
    for name, of_bound in found[found["bound"] != FAILED].groupby("bound", sort=False):
        broken = (~of_bound["inside"]).to_numpy(float)
        mixed = 0.0 < broken.mean() < 1.0
        size = of_bound["value"].rank().to_numpy(float) * (-1.0 if least.get(str(name)) else 1.0)
        outcome = pd.Series(broken if mixed else size, index=of_bound["draw"])
        if not outcome.nunique() > 1:
            continue
        of_each = ranked.loc[outcome.index].corrwith(outcome)
        strongest = of_each.dropna().sort_values(key=np.abs, ascending=False)
        rows += [
            {"bound": name, "parameter": address, "correlation": value, "with": "breaking" if mixed else "the value"}
            for address, value in strongest.items()
        ]
    return pd.DataFrame(rows, columns=["bound", "parameter", "correlation", "with"])


def chance(draws: int) -> float:
    """What a correlation of ranks must exceed to be told from luck: three standard errors."""
    return 3.0 / np.sqrt(max(draws - 1, 1))


def report(found: pd.DataFrame, points: pd.DataFrame, related: pd.DataFrame) -> Report:
    """How many draws each bound holds in, which break it, and the parameters that go with breaking."""
    draws, least = len(points), chance(len(points))
    inside = found.groupby("draw")["inside"].all()
    lines = []
    for name, of_bound in found.groupby("bound", sort=False):
        out = of_bound.loc[~of_bound["inside"], "draw"].tolist()
        share = 1.0 - len(out) / draws
        of_each = related[(related["bound"] == name) & (related["correlation"].abs() > least)].head(_NAMED)
        with_it = ", ".join(
            f"`{row['parameter']}` {number(row['correlation'], '+.2f')}" for _, row in of_each.iterrows()
        )
        kind = f" (with {of_each['with'].iloc[0]})" if len(of_each) else ""
        median = number(float(of_bound["value"].median()), ".3g")
        verdict = "" if share >= WANTED else " **out**"
        lines.append([str(name), f"{100 * share:.0f}%{verdict}", median, _some(out), with_it + kind or "–"])
    text = (
        f"{draws} draws from {points.shape[1]} ranges at once, one seed each: {int(inside.sum())} are inside every "
        f"bound. A bound should hold in {100 * WANTED:.0f}% of draws; where it does not, the ranges are not jointly "
        f"admissible. Beside it the parameters that go with breaking it, by rank correlation, of those beyond "
        f"{least:.2f}, three standard errors."
    )
    head = ["bound", "draws inside", "median of its value", "draws outside", "parameters"]
    tables = {RANGES: found, PARAMETERS: points.reset_index(), BREAKING: related}
    return Report(f"{text}\n\n{table(head, lines)}", tables)


def _some(draws: list[int]) -> str:
    if len(draws) <= _LISTED:
        return ", ".join(map(str, draws)) or "–"
    return ", ".join(map(str, draws[:_LISTED])) + f", … ({len(draws)})"
