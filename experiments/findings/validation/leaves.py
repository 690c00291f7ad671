"""No dead leaf: every parameter must move some measure between the ends of its range, in some shipped scenario.

A run at an end is compared with the one at the default, same seed, month by month, and stops as soon as a measure has
moved. Parameters are tried one by one in the first year of the baseline; those that move nothing there are tried all at
once, and in halves where that moves something: in the whole baseline, in each scenario, and in all of them for longer.
So what matters costs a few months, and what does not shares its long runs with others. What acts only beside other
values is looked at with them, and what only draws of single contributors use, in these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
import yaml

import sim
from experiments.engine.progress import Progress
from experiments.findings.validation.report import Asked, Report, table
from experiments.questions.scenarios import BASELINE, names, scenario
from sim.mechanisms.contribution import individual_contributions
from sim.parameters.fields import Leaf
from sim.record import Record

# A measure has moved if it changed by this share of itself.
MOVED = 1e-6
HORIZONS = (60, 120)
ALONE = 12
LEAVES = "leaves"
MOVES, DEAD, WAITS, FIXED = "moves", "dead", "waits", "fixed"
BESIDE = "beside"
# What moves in draws of single contributors, in a year with some and among enough developers.
DRAWN, DRAWN_MONTH, DRAWN_DEVELOPERS = "what contributors give", 24, 20_000
_FILE = "leaves.yaml"
_BY_CONVENTION = "one value by convention"


@dataclass(frozen=True)
class Moved:
    """What moved first.

    Attributes:
        measure: ``labs.…`` of labs; empty if nothing moved.
        change: Its relative change in that month, the largest of all measures; infinite if one side is missing.
        month: When.
        scenario: Where.
        value: At which value of the parameter.
    """

    measure: str = ""
    change: float = 0.0
    month: int = -1
    scenario: str = ""
    value: Any = None


class World:
    """A scenario at some values, beside the reference that it needs, run on as far as it is looked at."""

    def __init__(self, name: str, seed: int, developers: int, values: Mapping[str, Any]) -> None:
        self._base = self._market = sim.Market(rng=seed, developers=developers, **values)
        if name != BASELINE:
            self._market = sim.Market(
                rng=seed, developers=developers, setup=scenario(name), reference=self._base.record, **values
            )

    def record(self, month: int) -> Record:
        """The record, at least to a month."""
        for market in (self._base, self._market):
            while market.month < month:
                market.step()
        return self._market.record


class Search:
    """Looks for what moves, from one seed."""

    def __init__(self, seed: int, developers: int) -> None:
        self.seed, self.developers = seed, developers
        self._defaults: dict[tuple[str, frozenset[tuple[str, Any]]], World] = {}

    def moved(
        self, name: str, values: Mapping[str, Any], horizon: int, beside: Mapping[str, Any] | None = None
    ) -> Moved:
        """What some values move first in a scenario; values that contradict each other count as moving something.

        Args:
            name: Of the scenario.
            values: By address.
            horizon: Months to look at.
            beside: Other values that hold on both sides.
        """
        both = beside or {}
        default = self._defaults.setdefault(
            (name, frozenset(both.items())), World(name, self.seed, self.developers, both)
        )
        try:
            world = World(name, self.seed, self.developers, {**both, **values})
        except sim.ParameterError:
            return Moved("refused", np.inf, 0, name)
        for month in range(horizon + 1):
            size, measure = change(world.record(month), default.record(month), month)
            if size >= MOVED:
                return Moved(measure, size, month, name, next(iter(values.values()), None))
        return Moved()

    def alone(self, leaf: Leaf, name: str, horizon: int, beside: Mapping[str, Any] | None = None) -> Moved:
        """What one leaf moves first."""
        tried = (self.moved(name, {leaf.address: value}, horizon, beside) for value in ends(leaf))
        return next((found for found in tried if found.measure), Moved())

    def in_draws(self, leaf: Leaf) -> Moved:
        """How a leaf moves what single contributors give, the same ones and with the same luck."""

        def given(values: Mapping[str, Any]) -> float:
            market = sim.Market(rng=self.seed, developers=DRAWN_DEVELOPERS, **values)
            market.run(DRAWN_MONTH)
            return float(individual_contributions(market)[1].max(initial=0.0))

        default = given({})
        for value in ends(leaf):
            size = relative(np.array([given({leaf.address: value})]), np.array([default]))
            if size >= MOVED:
                return Moved(DRAWN, size, DRAWN_MONTH, BASELINE, value)
        return Moved()

    def among(self, leaves: Sequence[Leaf], name: str, horizon: int) -> dict[str, Moved]:
        """Which of some leaves move something, by address: all at once, and halves of what moves something."""
        if len(leaves) < 2:
            found = {leaf.address: self.alone(leaf, name, horizon) for leaf in leaves}
            return {address: moved for address, moved in found.items() if moved.measure}
        for end in (0, -1):
            if self.moved(name, {leaf.address: ends(leaf)[end] for leaf in leaves}, horizon).measure:
                middle = len(leaves) // 2
                return self.among(leaves[:middle], name, horizon) | self.among(leaves[middle:], name, horizon)
        return {}


def ends(leaf: Leaf) -> tuple[Any, ...]:
    """The values to look at: the ends of the range or all choices, without the default."""
    found: Iterable[Any] = ()
    if leaf.choices:
        found = (word == "true" for word in leaf.choices) if isinstance(leaf.default, bool) else leaf.choices
    elif leaf.range is not None and leaf.range[0] < leaf.range[1]:
        found = (type(leaf.default)(end) for end in leaf.range)
    return tuple(value for value in found if value != leaf.default)


def change(here: Record, there: Record, month: int) -> tuple[float, str]:
    """The largest relative change of all measures in a month, and of which; infinite where one of two is missing."""
    largest, of = 0.0, ""
    market, labs = here.measures or ((), ())
    for name in market:
        moved = relative(np.array(here.series(name)[month]), np.array(there.series(name)[month]))
        largest, of = max((largest, of), (moved, name), key=lambda pair: pair[0])
    for name in labs:
        moved = relative(*(_of_labs(record, name, month, (here, there)) for record in (here, there)))
        largest, of = max((largest, of), (moved, f"labs.{name}"), key=lambda pair: pair[0])
    return largest, of


def _of_labs(record: Record, measure: str, month: int, both: tuple[Record, Record]) -> np.ndarray:
    """A measure of the labs that both records have: with some values none can be founded."""
    shared = min((each.lab_names for each in both), key=len)
    values, _ = record.in_order(record.of_labs(measure, record.months + 1 - month), shared)
    return values


def relative(one: np.ndarray, other: np.ndarray) -> float:
    """The largest |a − b| / max(|a|, |b|) of any pair; infinite where one of them is missing, 0 where both are."""
    if (np.isnan(one) != np.isnan(other)).any():
        return float("inf")
    size = np.maximum(np.abs(one), np.abs(other))
    there = size > 0.0  # not where both are missing
    return float((np.abs(one - other)[there] / size[there]).max()) if there.any() else 0.0


def search(
    asked: Asked, wanted: Sequence[Leaf], shipped: Sequence[str], horizons: Sequence[int] = HORIZONS
) -> dict[str, Moved]:
    """What each leaf moves first, by address; nothing for the dead. Needs the baseline among the scenarios."""
    looked, found = Search(asked.seeds[0], asked.developers), dict[str, Moved]()
    ordered = [BASELINE, *(name for name in shipped if name != BASELINE)]
    with Progress(len(wanted), show=True) as progress:
        for leaf in wanted:
            moved = looked.alone(leaf, BASELINE, min(ALONE, horizons[0]))
            found |= {leaf.address: moved} if moved.measure else {}
            progress.add(1)
    for horizon in horizons:
        for name in ordered:
            found |= looked.among([leaf for leaf in wanted if leaf.address not in found], name, horizon)
    for leaf in wanted:
        if leaf.address in found:
            continue
        beside = known()[BESIDE].get(leaf.address)
        moved = looked.in_draws(leaf) if beside is None else looked.alone(leaf, BASELINE, horizons[0], beside)
        found |= {leaf.address: moved} if moved.measure else {}
    return found


@cache
def known() -> dict[str, dict[str, Any]]:
    """What the file knows, a section each: reasons of what moves nothing, and values that others need to act."""
    text = resources.files("experiments.findings.validation").joinpath(_FILE).read_text("utf-8")
    found = yaml.safe_load(text)
    return {section: dict(found.get(section) or {}) for section in (DEAD, WAITS, BESIDE)}


def reasons() -> dict[str, dict[str, str]]:
    """What is known of leaves that move nothing: ``dead`` and ``waits``, each address → reason."""
    return {kind: known()[kind] for kind in (DEAD, WAITS)}


def leaves(asked: Asked, addresses: Sequence[str] | None = None, horizons: Sequence[int] = HORIZONS) -> Report:
    """Look at every parameter, or some, in every shipped scenario, with the first seed."""
    all_of_them = sim.Parameters.known()
    wanted = [all_of_them[address] for address in (all_of_them if addresses is None else addresses)]
    found = search(asked, [leaf for leaf in wanted if ends(leaf)], names(), horizons)
    return report(pd.DataFrame([_row(leaf, found.get(leaf.address, Moved())) for leaf in wanted]), horizons[-1])


def _row(leaf: Leaf, found: Moved) -> dict[str, Any]:
    waits, dead = reasons()[WAITS], reasons()[DEAD]
    if found.measure:
        state, reason = MOVES, ""
    elif not ends(leaf):
        state, reason = FIXED, _BY_CONVENTION
    else:
        state = WAITS if leaf.address in waits else DEAD
        reason = waits.get(leaf.address, dead.get(leaf.address, ""))
    return {
        "parameter": leaf.address, "state": state, "measure": found.measure, "change": found.change,
        "month": found.month, "scenario": found.scenario, "value": found.value, "reason": reason,
    }  # fmt: skip


def report(found: pd.DataFrame, horizon: int) -> Report:
    """Counts, and every leaf that moves nothing with its reason."""
    counts = found["state"].value_counts()
    text = [
        f"Of {len(found)} parameters {counts.get(MOVES, 0)} move a measure by {MOVED:g} of itself between the ends of "
        f"their range; {counts.get(DEAD, 0)} move none in any shipped scenario to {sim.date_of(horizon)}, "
        f"{counts.get(WAITS, 0)} wait for a mechanism, {counts.get(FIXED, 0)} have one value by convention.",
        "",
    ]
    elsewhere = found[(found["state"] == MOVES) & (found["scenario"] != BASELINE)]
    if len(elsewhere):
        listed = (f"`{row['parameter']}` ({row['scenario']})" for row in elsewhere.to_dict("records"))
        text += [f"Only in a scenario: {', '.join(listed)}.", ""]
    late = found[(found["state"] == MOVES) & (found["month"] > HORIZONS[0])]
    if len(late):
        listed = (f"`{row['parameter']}` ({sim.date_of(row['month'])})" for row in late.to_dict("records"))
        text += [f"Late: {', '.join(listed)}.", ""]
    quiet = found[found["state"] != MOVES]
    lines = [[f"`{row['parameter']}`", row["state"], row["reason"] or "not known"] for row in quiet.to_dict("records")]
    text.append(table(["moves nothing", "", "why"], lines))
    return Report("\n".join(text), {LEAVES: found})
