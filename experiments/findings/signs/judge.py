"""Whether a row holds: two worlds that differ by one parameter, same seeds, and what that does to the measure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    """

    row: Row
    verdict: str
    low: float = np.nan
    high: float = np.nan
    right: int = 0
    why: str = ""


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
    except KeyError as error:
        return Judgement(row, CANNOT, why=f"there is no measure {error.args[0]}")
    if not all(np.isfinite(side).all() for side in values):
        return Judgement(row, CANNOT, why=f"{change.measure} is missing in the months that count")
    verdict, right = verdict_of(row.sign, *values)
    return Judgement(row, verdict, float(values[0].mean()), float(values[1].mean()), right, change.note)


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
    """Judge rows, all if none are named."""
    return report(list(judged(asked, rows() if wanted is None else wanted)), len(asked.seeds))


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


def report(found: Sequence[Judgement], seeds: int) -> Report:
    """What does not hold, with its reason."""
    frame = pd.DataFrame([_record(one) for one in found])
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
        f"{of_each}. *Mixed* is what some seeds have and some have not: too small to tell from luck.",
        "",
        table(["parameter goes up", "measure", "sign", "where", "low → high", "verdict", "what we think"], lines),
        f"Names that went: {successors}." if successors else "",
    ]
    return Report("\n".join(text), {TABLE: frame})


_WORDS = {HOLDS: "hold in every seed", MIXED: "are mixed", FAILS: "fail", CANNOT: "cannot be computed"}


def _record(one: Judgement) -> dict[str, Any]:
    verdict, reason = known().get(one.row.key, ("", ""))
    return {
        "parameter": one.row.parameter, "measure": one.row.measure, "sign": one.row.sign, "where": one.row.where,
        "source": one.row.source, "verdict": one.verdict, "low": one.low, "high": one.high, "right": one.right,
        "why": one.why, "reason": reason if verdict == one.verdict else "",
    }  # fmt: skip
