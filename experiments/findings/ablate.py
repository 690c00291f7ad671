"""Which mechanism carries an effect: the effect again with each mechanism switched off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.engine.ensemble import ensemble
from experiments.findings.effects import differences
from experiments.findings.pairs import clusters_of, paired_summary
from experiments.questions.designs import Design
from experiments.questions.months import month_of
from experiments.questions.plugins import load
from experiments.questions.scenarios import BASELINE, names, resolve
from experiments.questions.settings import check_choice, check_months, check_names, check_seeds, refuse
from experiments.results.results import at_month

MEASURES = ("open_share_tokens", "price_gpt35_level", "frontier", "consumer_gain", "hhi")
ALL_ON = "nothing"
_ENDS = ("mean", "low", "high")


def ablate(
    scenario: str | sim.Scenario,
    against: str | sim.Scenario = BASELINE,
    seeds: Any = 20,
    *,
    months: int = 48,
    measures: str | Iterable[str] = MEASURES,
    month: int | str | None = None,
    mechanisms: Iterable[str] | None = None,
    **more: Any,
) -> pd.DataFrame:
    """The effect of a scenario with each mechanism switched off, and what that mechanism carries of it.

    A mechanism carries the difference between the effect with everything on and the effect without it, seed by
    seed. Mechanisms work together, so that the parts need not add up to the whole.

    Args:
        scenario: What is done.
        against: What it is compared with.
        seeds: As in :func:`experiments.ensemble`, a number or a list.
        months: Months to run.
        measures: Market measures.
        month: When, a month or a date; None for the last.
        mechanisms: Which to switch off, one at a time; None for all that can be.
        **more: What else :func:`experiments.ensemble` takes.

    Returns:
        One row for each measure and mechanism, and first one with nothing switched off: ``mean``, ``low`` and
        ``high`` of the effect (95% t interval, not a number with one seed), ``carried``, ``carried_low`` and
        ``carried_high`` of the part that the mechanism carries, ``pairs`` and ``clusters`` of those that share no
        luck; indexed by measure and ``without``.

    Raises:
        ExperimentError: Something is not allowed, or a run failed.
        sim.ParameterError: A mechanism does not exist or is essential.
    """
    question = question_of(scenario, against, seeds, months, measures, month, mechanisms, more)
    whole = question.effects(())
    found = {ALL_ON: whole} | {name: question.effects([name]) for name in question.off}
    rows = []
    for measure in question.measures:
        for name, effects in found.items():
            effect = effects[measure]
            summary, carried = (summary_of(values) for values in (effect, whole[measure] - effect))
            row = {"measure": measure, "without": name, **{end: summary[end] for end in _ENDS}}
            row |= {f"carried{end}": carried[key] for end, key in zip(("", "_low", "_high"), _ENDS, strict=True)}
            rows.append(row | {name: int(summary[name]) for name in ("pairs", "clusters")})
    frame = pd.DataFrame(rows).set_index(["measure", "without"])
    frame.loc[(slice(None), ALL_ON), ["carried", "carried_low", "carried_high"]] = float("nan")
    return frame


@dataclass(frozen=True)
class Question:
    """What is asked of worlds without some mechanisms, checked.

    Attributes:
        items: What the scenario is compared with, and the scenario.
        measures: Market measures.
        off: Mechanisms to switch off.
        month: When.
        asked: Everything else that :func:`experiments.ensemble` is to be told.
    """

    items: tuple[sim.Scenario, sim.Scenario]
    measures: tuple[str, ...]
    off: tuple[str, ...]
    month: int
    asked: Mapping[str, Any]

    @property
    def date(self) -> str:
        """When, as a date."""
        return sim.calendar.date_of(self.month)

    def effects(self, without: Iterable[str]) -> dict[str, pd.Series]:
        """Differences of each measure at the month, by point and seed, with some mechanisms off.

        Raises:
            ExperimentError: A run failed.
        """
        off = list(without)
        runs = ensemble(self.items, without=off, **self.asked)
        if runs.failures:
            raise refuse("without", "+".join(off) or ALL_ON, f"a world that runs; {runs.failures[0]['error']}")
        base, item = self.items
        pairs = {measure: differences(runs, measure, item.name, base.name) for measure in self.measures}
        return {measure: at_month(frame, self.month) for measure, frame in pairs.items()}


def question_of(
    scenario: Any, against: Any, seeds: Any, months: Any, measures: Any, month: Any, mechanisms: Any,
    more: Mapping[str, Any],
) -> Question:  # fmt: skip
    """Check what :func:`ablate` and :func:`experiments.shapley` take.

    Raises:
        ExperimentError: Something is not allowed.
        sim.ParameterError: A mechanism does not exist or is essential.
    """
    load(more.get("plugins"))  # a plugin may bring mechanisms and measures
    wanted = check_names("measures", measures, tuple(sim.measures.MARKET))
    optional = [verb.name for verb in sim.Market.verbs() if not verb.essential]
    off = sim.Market.switched_off(optional if mechanisms is None else mechanisms, "mechanisms")
    if not off:
        raise refuse("mechanisms", "[]", "at least one, or None for all")
    for name, allowed in (("without", "mechanisms=…"), ("name", "no name, since there is a study for each mechanism")):
        if name in more:
            raise refuse(name, more[name], allowed)
    for name, item in (("scenario", scenario), ("against", against)):
        if not isinstance(item, sim.Scenario):
            check_choice(name, item, names())
    (base,), (item,) = resolve(against), resolve(scenario)
    if base.name == item.name:
        raise refuse("against", base.name, f"another scenario than {item.name}")
    items = resolve([base, item])
    at = month_of(months if month is None else month, check_months(months))
    # What can be gone through only once is read here, for it is asked for again in every world.
    asked = {**more, "seeds": check_seeds(seeds), "months": months, "measures": wanted}
    asked["design"] = Design.of(more.get("design"))
    return Question((items[0], items[1]), wanted, off, at, asked)


def summary_of(values: pd.Series) -> dict[str, float]:
    """Mean of pairs by point and seed, its interval and what else :func:`paired_summary` says."""
    seeds = values.index.get_level_values("seed").to_numpy(dtype="int64")
    points = values.index.get_level_values("point") if "point" in values.index.names else 0 * seeds
    numbers = values.to_numpy(float)[None, :]
    found = paired_summary(numbers, 0.0 * numbers, clusters_of(np.asarray(points, dtype="int64"), seeds)[0])
    return {name: float(column[0]) for name, column in found.items()}
