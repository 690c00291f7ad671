"""Whether a row holds: two worlds that differ by one parameter, same seeds, and what that does to the measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.engine.progress import Progress
from experiments.findings.signs.measures import MONTHS, value
from experiments.findings.signs.rows import (
    BASELINE,
    CANNOT,
    FAILS,
    HOLDS,
    MIXED,
    SIGNS,
    Change,
    Row,
    change_of,
    known,
    rows,
)
from experiments.findings.targets.run import Array, Run
from experiments.findings.validation.report import Asked, Report, number, table
from experiments.findings.validation.watch import watch

# A difference below this share of the measure is rounding.
STILL = 1e-9
TABLE = "signs"
SEEDS, DEVELOPERS = 3, 2_000
# What does not hold without a known reason is looked at with this many seeds, to tell luck from the effect.
CLOSER = 12
# Standard errors from zero from which a mean difference has a sign; of twelve seeds about one in twenty by luck.
CLEAR = 2.2


@dataclass(frozen=True)
class Judgement:
    """What came of a row.

    Attributes:
        row: Which.
        verdict: ``holds``: in every seed; ``fails``: in none; ``mixed``: in some; ``cannot be computed``.
        low: The measure in the one world, mean over seeds.
        high: In the other.
        right: Seeds that move as asked.
        why: Why it cannot be computed, or what takes the parameter's place.
        difference: The high world minus the low, mean over seeds.
        error: Its standard error; nan with one seed.
        seeds: How many.
    """

    row: Row
    verdict: str
    low: float = np.nan
    high: float = np.nan
    right: int = 0
    why: str = ""
    difference: float = np.nan
    error: float = np.nan
    seeds: int = 0


def verdict_of(sign: str, low: Array, high: Array) -> tuple[str, int]:
    """Verdict, and how many seeds move as asked, from the measure of both worlds by seed."""
    size = np.maximum(np.abs(low), np.abs(high))
    moved = np.abs(high - low) > STILL * size
    right = moved if sign == "any" else moved & (np.sign(high - low) == SIGNS[sign])
    count = int(right.sum())
    return (HOLDS if count == len(low) else MIXED if count else FAILS), count


def judge(row: Row, change: Change, low: Sequence[Run], high: Sequence[Run]) -> Judgement:
    """A row from the runs of its two worlds, in the same order of seeds."""
    try:
        values = [np.array([value(run, change.measure) for run in side]) for side in (low, high)]
    except KeyError as missing:
        return Judgement(row, CANNOT, why=f"there is no measure {missing.args[0]}")
    if not all(np.isfinite(side).all() for side in values):
        return Judgement(row, CANNOT, why=f"{change.measure} is missing in the months that count")
    verdict, right = verdict_of(row.sign, *values)
    apart = values[1] - values[0]
    error = float(apart.std(ddof=1) / np.sqrt(len(apart))) if len(apart) > 1 else np.nan
    return Judgement(
        row, verdict, float(values[0].mean()), float(values[1].mean()), right, change.note,
        float(apart.mean()), error, len(apart),
    )  # fmt: skip


def judged(asked: Asked, wanted: Iterable[Row]) -> Iterator[Judgement]:
    """All rows, those that change the same in one go, since they share their runs."""
    changes = [(row, change_of(row)) for row in wanted]
    possible = sorted((pair for pair in changes if not pair[1].why_not), key=_runs)
    yield from (Judgement(row, CANNOT, why=change.why_not) for row, change in changes if change.why_not)
    references: dict[int, sim.Record] = {}
    with Progress(len(possible), show=True) as progress:
        for (where, *_), group in groupby(possible, key=_runs):
            pairs = list(group)
            sides = []
            for values in (pairs[0][1].low, pairs[0][1].high):
                sides.append([_run(seed, asked.developers, where, values, references) for seed in asked.seeds])
            yield from (judge(row, change, *sides) for row, change in pairs)
            progress.add(len(pairs))


def _runs(pair: tuple[Row, Change]) -> tuple[str, str, str]:
    """What decides the runs of a row."""
    row, change = pair
    return row.where, str(change.low), str(change.high)


def _run(seed: int, developers: int, where: str, values: Mapping[str, Any], references: dict[int, sim.Record]) -> Run:
    """One run: of the baseline with these values, or of a scenario with them against a reference without."""
    if where == BASELINE:
        return watch(sim.Market(rng=seed, developers=developers, **values), MONTHS)
    if seed not in references:
        references[seed] = sim.Market(rng=seed, developers=developers).run(MONTHS)
    setup = sim.Scenario(name="change", why="One parameter is another", params=dict(values))
    return watch(sim.Market(rng=seed, developers=developers, setup=setup, reference=references[seed]), MONTHS)


def signs(asked: Asked, wanted: Sequence[Row] | None = None) -> Report:
    """Judge rows, all if none are named; those that do not hold, nobody knows why, with more seeds as well."""
    found = list(judged(asked, rows() if wanted is None else wanted))
    unknown = [one.row for one in found if one.verdict in (MIXED, FAILS) and one.row.key not in known()]
    seeds = tuple(range(max(CLOSER, len(asked.seeds))))
    closer = judged(replace(asked, seeds=seeds), unknown) if unknown else ()
    return report(found, len(asked.seeds), list(closer))


def in_more_seeds(one: Judgement) -> str:
    """What a closer look at a row that does not hold in all of a few seeds says: luck, or an effect the other way."""
    if one.verdict == CANNOT:
        return one.why
    moved = f"with {one.seeds} seeds {one.right} move as asked, mean {one.difference:+.2g} ± {one.error:.1g}"
    if abs(one.difference) <= CLEAR * one.error or one.row.sign not in "+-":
        return f"cannot be told from luck: {moved}"
    as_asked = np.sign(one.difference) == SIGNS[one.row.sign]
    return f"{'luck of a few seeds; the mean is as asked' if as_asked else 'the other way, not known yet why'}: {moved}"


def surprises(found: Sequence[Judgement]) -> list[str]:
    """Rows that are not as ``known.csv`` says, one line each: what to add, what to change, what to take out."""
    lines = []
    for one in found:
        before, _ = known().get(one.row.key, (HOLDS, ""))
        if one.verdict != before:
            lines.append(f"{','.join(one.row.key)}: {one.verdict}, not {before} ({_moves(one)}) {one.why}".rstrip())
    return lines


def _moves(one: Judgement) -> str:
    return f"{one.row.sign}: {one.low:.4g} → {one.high:.4g}, {one.right} seeds"


def report(found: Sequence[Judgement], seeds: int, closer: Sequence[Judgement] = ()) -> Report:
    """What does not hold, with its reason, or with what a closer look says."""
    looked = {one.row.key: in_more_seeds(one) for one in closer}
    frame = pd.DataFrame([_record(one, looked.get(one.row.key, "")) for one in found])
    counts = frame["verdict"].value_counts()
    of_each = ", ".join(f"{counts.get(name, 0)} {words}" for name, words in _WORDS.items())
    lines = [
        [f"`{row['parameter']}`", row["measure"], row["sign"], row["where"],
         f"{number(row['low'], '.3g')} → {number(row['high'], '.3g')}", row["verdict"],
         row["reason"] or row["why"] or "not known yet"]
        for row in frame[frame["verdict"] != HOLDS].to_dict("records")
    ]  # fmt: skip
    others = frame[(frame["verdict"] != CANNOT) & (frame["why"] != "")].drop_duplicates("why")
    successors = "; ".join(f"`{row['parameter']}` by {row['why']}" for row in others.to_dict("records"))
    text = [
        f"{len(frame)} comparative statics, {seeds} {'seed' if seeds == 1 else 'seeds'} in both worlds: "
        f"{of_each}. *Mixed* is what some seeds have and some have not.",
        "",
        table(["parameter goes up", "measure", "sign", "where", "low → high", "verdict", "what we think"], lines),
        f"Names that went: {successors}." if successors else "",
    ]
    return Report("\n".join(text), {TABLE: frame})


_WORDS = {HOLDS: "hold in every seed", MIXED: "are mixed", FAILS: "fail", CANNOT: "cannot be computed"}


def _record(one: Judgement, looked: str) -> dict[str, Any]:
    _, reason = known().get(one.row.key, ("", ""))
    return {
        "parameter": one.row.parameter, "measure": one.row.measure, "sign": one.row.sign, "where": one.row.where,
        "source": one.row.source, "verdict": one.verdict, "low": one.low, "high": one.high, "right": one.right,
        "why": one.why, "reason": reason or looked, "difference": one.difference, "error": one.error,
    }  # fmt: skip
