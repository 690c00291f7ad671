"""What comes of the claims: both settings of each, run with the same seeds on both sides, and the table of all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

import sim
from experiments.findings.claims.records import FAILS, HOLDS, Claim, Setting, Test
from experiments.findings.matched import asked as asked_measures
from experiments.findings.targets.run import Array
from experiments.findings.validation.report import Asked, Report, number, table, whole
from experiments.questions.study import Study
from experiments.results.results import Results

SEEDS, DEVELOPERS = 3, 2_000
TABLE = "claims"
# What is worth reading: in the unit of the measure, and of every other unit this share of what it is compared with.
THRESHOLDS = {"OOM": 0.05, "months": 1.0, "1": 0.02, "share": 0.02, "ln": 0.02, "ln $": 0.02}
SHARE = 0.02
PER_CENT = "%"
ABSENT, REVERSED, MIXED, CANNOT = "absent", "reversed", "mixed", "cannot be computed"
# What a claim that fails may come out as: too small to read, or the other way.
FAILING = (ABSENT, REVERSED)


@dataclass(frozen=True)
class Outcome:
    """One test in one setting.

    Attributes:
        test: Which.
        verdict: ``holds``: by the threshold in every seed; ``reversed``: the other way, as much in every seed;
            ``absent``: below the threshold in every seed; ``mixed``: seeds differ; ``cannot be computed``.
        effects: Scenario less what it is compared with, a seed each, in ``unit``.
        unit: Of the effects: that of the measure, or per cent of what is compared with.
        threshold: In the same unit.
    """

    test: Test
    verdict: str
    effects: Array
    unit: str
    threshold: float


@dataclass(frozen=True)
class Judgement:
    """A claim in one of its settings.

    Attributes:
        claim: Which.
        named: ``holds`` or ``fails``, as the record has it.
        setting: Where.
        outcomes: Of each test.
    """

    claim: Claim
    named: str
    setting: Setting
    outcomes: tuple[Outcome, ...]

    @property
    def found(self) -> str:
        """``holds`` if all tests do, ``fails`` if one is absent or reversed, else ``mixed``."""
        verdicts = [outcome.verdict for outcome in self.outcomes]
        if all(verdict == HOLDS for verdict in verdicts):
            return HOLDS
        return FAILS if any(verdict in FAILING for verdict in verdicts) else MIXED

    @property
    def as_named(self) -> bool:
        """Whether it comes out as the record says."""
        return self.found == self.named


def scaled(unit: str, here: Array, there: Array) -> tuple[Array, str, float]:
    """Effects in the unit in which they are judged, that unit, and the threshold.

    Args:
        unit: Of the measure.
        here: Under the scenario, a seed each.
        there: Under what it is compared with, same shape.
    """
    if unit in THRESHOLDS:
        return here - there, unit, THRESHOLDS[unit]
    with np.errstate(divide="ignore", invalid="ignore"):
        return 100.0 * (here - there) / np.abs(there), PER_CENT, 100.0 * SHARE


def verdict_of(sign: str, effects: Array, threshold: float) -> str:
    """Verdict from the effects of all seeds."""
    if not np.isfinite(effects).all():
        return CANNOT
    asked = effects if sign == "+" else -effects
    if (asked >= threshold).all():
        return HOLDS
    if (asked <= -threshold).all():
        return REVERSED
    return ABSENT if (asked < threshold).all() else MIXED


def both_ways(asked: Asked, wanted: Iterable[Claim]) -> list[Judgement]:
    """Every claim in each of its settings; those with the same parameters share their runs."""
    pairs = [(claim, named, where) for claim in wanted for named, where in claim.settings]
    found = {}
    for _, group in groupby(sorted(pairs, key=_world), key=_world):
        members = list(group)
        tests = [test for claim, _, _ in members for test in claim.tests]
        runs = whole(asked.run(_study(asked, members[0][2], tests)), ", ".join(claim.id for claim, _, _ in members))
        for claim, named, where in members:
            outcomes = tuple(_outcome(runs, test) for test in claim.tests)
            found[claim.id, named] = Judgement(claim, named, where, outcomes)
    return [found[claim.id, named] for claim, named, _ in pairs]


def _world(pair: tuple[Claim, str, Setting]) -> tuple[str, int]:
    """What decides the runs of a pair, but for its scenarios."""
    return json.dumps(pair[2].params, sort_keys=True), pair[0].last


def _setups(tests: Sequence[Test]) -> list[sim.Scenario]:
    """All sides of the tests, each once."""
    found: list[sim.Scenario] = []
    for test in tests:
        found += [side for side in test.setups if side is not None and side not in found]
    return found


def _study(asked: Asked, where: Setting, tests: Sequence[Test]) -> Study:
    return Study.of(
        _setups(tests), seeds=asked.seeds, months=max(test.months[1] for test in tests),
        developers=asked.developers, params=where.params, measures=sorted({test.measure for test in tests}),
        source="python -m experiments.claims --both-ways",
    )  # fmt: skip


def _outcome(runs: Results, test: Test) -> Outcome:
    side, other = test.setups
    here = _value(runs, test, side.name)
    there = np.full(len(here), test.against) if other is None else _value(runs, test, other.name)
    effects, unit, threshold = scaled(test.unit, here, there)
    return Outcome(test, verdict_of(test.sign, effects, threshold), effects, unit, threshold)


def _value(runs: Results, test: Test, name: str) -> Array:
    """Mean over the window, a seed each; not a number where it is missing throughout."""
    one = asked_measures(runs, test.measure)[0]
    frame = runs.load(one.table, one.column, scenario=name)
    first, last = test.months
    frame = frame[(frame["month"] >= first) & (frame["month"] <= last)]
    if test.labs:
        frame = frame[frame["lab"].isin(test.labs)]
        of_months = frame.groupby(["seed", "month"])[one.column].sum(min_count=1)
    else:
        of_months = frame.set_index(["seed", "month"])[one.column]
    return of_months.groupby("seed").mean().sort_index().to_numpy(float)


def report(found: Sequence[Judgement], wanted: Sequence[Claim], seeds: int, developers: int) -> Report:
    """The table, the total, what is nowhere and what has no mechanism."""
    both = [claim for claim in wanted if len(claim.settings) == 2]
    right = {claim.id: [one.as_named for one in found if one.claim.id == claim.id] for claim in wanted}
    total = sum(all(right[claim.id]) for claim in both)
    lines = [
        f"**{total} of {len(wanted)} claims come out both ways**, {sum(one.as_named for one in found)} of {len(found)} "
        f"settings as named; {seeds} {'seed' if seeds == 1 else 'seeds'}, {developers:,} developers, the same seeds on "
        "both sides of each comparison.",
        "",
        table(["", "claim", "setting", "test", "effect (seeds)", "asked for", "comes out"], list(_rows(found))),
    ]
    nowhere = [f"- {claim.id} {named} nowhere: {reason}" for claim in wanted for named, reason in claim.nowhere]
    missing = [f"- {claim.id}, {claim.claim} No mechanism: {claim.missing}" for claim in wanted if claim.missing]
    for head, items in (("One way only:", nowhere), ("Not to be decided:", missing)):
        lines += [head, "", *items, ""] if items else []
    return Report("\n".join(lines), {TABLE: pd.DataFrame(_records(found))})


def _rows(found: Sequence[Judgement]) -> Iterator[list[str]]:
    for one in found:
        first = one.named == HOLDS or len(one.claim.settings) == 1
        for place, outcome in enumerate(one.outcomes):
            head = [one.claim.id if not place else "", one.claim.claim if first and not place else ""]
            setting = values(one.setting) if not place else ""
            word = f"{FAILS} ({outcome.verdict})" if outcome.verdict in FAILING else outcome.verdict
            last = f"; **{one.named if one.as_named else f'NOT {one.named}'}**" if not place else ""
            yield [*head, setting, in_words(outcome.test), effect(outcome), _asked(outcome), word + last]


def values(setting: Setting) -> str:
    """Its name and parameters."""
    listed = ", ".join(f"`{address}` {value:g}" for address, value in setting.params.items())
    return f"{setting.name}: {listed}" if listed else setting.name


def in_words(test: Test) -> str:
    """What is compared."""
    of = f" of {', '.join(test.labs)}" if test.labs else ""
    here, there = test.setups
    window = test.window[0] if test.window[0] == test.window[1] else f"{test.window[0]} to {test.window[1]}"
    against = f"{test.against:g}" if there is None else f"`{there.name}`"
    return f"`{test.measure}`{of}, {window}: `{here.name}` less {against}"


def effect(outcome: Outcome) -> str:
    """Mean over seeds, and the lowest and highest of them."""
    if outcome.verdict == CANNOT:
        return "–"
    unit = {"1": "", "share": "", PER_CENT: " %"}.get(outcome.unit, f" {outcome.unit}")
    form = "+.1f" if outcome.unit in (PER_CENT, "months") else "+.3f"
    mean, low, high = (number(float(value), form) for value in _three(outcome.effects))
    return f"{mean} ({low} to {high}){unit}"


def _three(effects: Array) -> tuple[float, float, float]:
    return float(effects.mean()), float(effects.min()), float(effects.max())


def _asked(outcome: Outcome) -> str:
    unit = {"1": "", "share": "", PER_CENT: " %"}.get(outcome.unit, f" {outcome.unit}")
    mark = "≥ +" if outcome.test.sign == "+" else "≤ −"
    return f"{mark}{outcome.threshold:g}{unit}"


def _records(found: Sequence[Judgement]) -> Iterator[dict[str, object]]:
    for one in found:
        for outcome in one.outcomes:
            mean, low, high = _three(outcome.effects)
            yield {
                "id": one.claim.id, "claim": one.claim.claim, "setting": one.setting.name, "named": one.named,
                "found": one.found, "measure": outcome.test.measure, "labs": ",".join(outcome.test.labs),
                "window": " to ".join(outcome.test.window), "sign": outcome.test.sign, "verdict": outcome.verdict,
                "mean": mean, "low": low, "high": high, "unit": outcome.unit, "threshold": outcome.threshold,
            }  # fmt: skip
