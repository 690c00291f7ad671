"""Parts that add up: Shapley values of mechanisms in an effect, and of causes in a level, over all subsets.

What works together is shared out evenly over the orders in which parts could be added (Shapley 1953), seed by seed and
with the same luck in every world, so that the parts of every seed add up to its whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import comb
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.engine.ensemble import ensemble
from experiments.findings.ablate import MEASURES, Question, question_of, summary_of
from experiments.findings.pairs import Float
from experiments.questions.months import month_of
from experiments.questions.plugins import load
from experiments.questions.scenarios import BASELINE, resolve
from experiments.questions.scenarios import names as known
from experiments.questions.settings import check_choice, check_mapping, check_months, check_names, check_seeds, refuse
from experiments.results.results import at_month

REST, TOTAL = "rest", "total"
MOST = 6
# Every subset is a world of its own: 1,024 of them.
_LIMIT = 10


class Parts:
    """A whole and its parts.

    Attributes:
        frame: One row a measure and part, in the order of the parts, then ``rest``, what is there without any of
            them, and ``total``: ``mean``, ``low`` and ``high`` (95% t interval, not a number with one seed),
            ``share`` of the total's mean, ``pairs`` and ``clusters`` of those that share no luck.
        pairs: The same seed by seed, a column a run; of each the rows but ``total`` add up to it.
        what: What the whole is, in words.
        date: When.
        units: Unit of every measure.
    """

    def __init__(
        self, frame: pd.DataFrame, pairs: pd.DataFrame, what: str, date: str, units: Mapping[str, str]
    ) -> None:
        self.frame, self.pairs, self.what, self.date, self.units = frame, pairs, what, date, dict(units)

    def __repr__(self) -> str:
        return f"Parts({self.what}, {self.date}; {', '.join(self.parts)}; .frame in numbers)"

    @property
    def measures(self) -> tuple[str, ...]:
        """What is taken apart."""
        return tuple(self.frame.index.get_level_values("measure").unique())

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts without ``rest`` and ``total``."""
        names = self.frame.index.get_level_values("part").unique()
        return tuple(name for name in names if name not in (REST, TOTAL))


def shapley_values(worth: Float) -> Float:
    """Shapley values from the worth of every subset.

    φ_i = Σ_S |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)) over all S without i; Σ φ_i = v(all) − v(none).

    Args:
        worth: Shape (2^n, runs); part i is in subset s if bit i of s is set.

    Returns:
        Shape (n, runs).

    Raises:
        ExperimentError: The number of subsets is no power of two.
    """
    subsets = np.arange(len(worth))
    number = max(len(worth).bit_length() - 1, 0)
    if len(worth) != 1 << number:
        raise refuse("worth", len(worth), "the worth of every subset, 2^n of them")
    size = np.array([int(subset).bit_count() for subset in subsets])
    values = np.zeros((number, *worth.shape[1:]))
    for part in range(number):
        without = subsets[subsets >> part & 1 == 0]
        weight = np.array([1.0 / (number * comb(number - 1, int(count))) for count in size[without]])
        values[part] = np.tensordot(weight, worth[without | 1 << part] - worth[without], axes=1)
    return values


def shapley(
    scenario: str | sim.Scenario,
    against: str | sim.Scenario = BASELINE,
    seeds: Any = 20,
    *,
    months: int = 48,
    measures: str | Iterable[str] = MEASURES,
    month: int | str | None = None,
    mechanisms: Iterable[str] | None = None,
    **more: Any,
) -> Parts:
    """What each mechanism carries of an effect, so that the parts add up to it.

    Run with every subset of the mechanisms switched off, on both sides of the comparison; ``rest`` is the effect with
    all of them off. A part is how the effect depends on a mechanism being there, through the world that it makes too,
    not only what passes through it.

    Args:
        scenario: What is done.
        against: What it is compared with.
        seeds: As in :func:`experiments.ensemble`, a number or a list.
        months: Months to run.
        measures: Market measures.
        month: When, a month or a date; None for the last.
        mechanisms: One to ten that can be switched off; None for the six that carry most of the first measure, as
            :func:`experiments.ablate` has it.
        **more: What else :func:`experiments.ensemble` takes.

    Raises:
        ExperimentError: Something is not allowed, or a run failed.
        sim.ParameterError: A mechanism does not exist or is essential.
    """
    question = question_of(scenario, against, seeds, months, measures, month, mechanisms, more)
    off = question.off if mechanisms is not None else _carriers(question)
    _check_number("mechanisms", off, mechanisms)
    base, item = question.items
    worth: dict[str, list[pd.Series]] = {measure: [] for measure in question.measures}
    for subset in _subsets(off):
        # Part of the subset is on, so that the others are off.
        without = [name for name in off if name not in subset]
        for measure, effect in question.effects(without).items():
            worth[measure].append(effect)
    what = f"{item.name} minus {base.name}"
    return _parts(worth, off, what, question.date)


def decompose(
    causes: Mapping[str, str | sim.Scenario],
    seeds: Any = 20,
    *,
    months: int = 48,
    measures: str | Iterable[str] = ("closed_lead",),
    month: int | str | None = None,
    **more: Any,
) -> Parts:
    """A level in parts: what of it each cause makes, by scenarios that take one cause away each.

    Every subset of the scenarios is run as one; a part is what its scenario takes away, shared out over the orders in
    which they could be applied, and ``rest`` what is left with all of them.

    Args:
        causes: Name → scenario that takes the cause away, one to ten; what they change at one date must not
            contradict, and of what they change at different dates the later one counts.
        seeds: As in :func:`experiments.ensemble`, a number or a list.
        months: Months to run.
        measures: Market measures.
        month: When, a month or a date; None for the last.
        **more: What else :func:`experiments.ensemble` takes.

    Raises:
        ExperimentError: Something is not allowed, two scenarios contradict each other, or a run failed.
    """
    load(more.get("plugins"))
    given = check_mapping("causes", causes, "names of causes and the scenarios that take them away")
    names = tuple(given)
    _check_number("causes", names, causes)
    for name in names:
        if name in (REST, TOTAL):
            raise refuse("causes", name, f"names other than {REST} and {TOTAL}")
    wanted = check_names("measures", measures, tuple(sim.measures.MARKET))
    at = month_of(months if month is None else month, check_months(months))
    for name, item in given.items():
        if not isinstance(item, sim.Scenario):
            check_choice(f"causes.{name}", item, known())
    items = {name: resolve(item)[0] for name, item in given.items()}
    # What is in the subset is there, so that its scenario is not applied.
    gone = [[items[name] for name in names if name not in subset] for subset in _subsets(names)]
    worlds = [merged(some, f"causes-{number}") for number, some in enumerate(gone)]
    runs = ensemble(worlds, **{**more, "seeds": check_seeds(seeds), "months": months, "measures": wanted})
    if runs.failures:
        raise refuse("causes", ", ".join(names), f"worlds that run; {runs.failures[0]['error']}")
    worth = {measure: [at_month(runs.wide(world.name, measure), at) for world in worlds] for measure in wanted}
    return _parts(worth, names, "level in the baseline", sim.calendar.date_of(at))


def merged(items: Sequence[sim.Scenario], name: str = "several") -> sim.Scenario:
    """Several scenarios as one, under a name; the baseline if there is none.

    Raises:
        ExperimentError: Two of them say different things of the same.
    """
    if not items:
        return resolve(BASELINE)[0]
    whole: dict[str, Any] = {}
    for item in items:
        _add(whole, item.model_dump(exclude={"name", "why"}, exclude_none=True), item.name)
    return sim.Scenario(name=name, why=f"At once: {', '.join(item.name for item in items)}.", **whole)


def _add(whole: dict[str, Any], more: Mapping[str, Any], name: str, where: str = "") -> None:
    for key, value in more.items():
        place = f"{where}.{key}".lstrip(".")
        if isinstance(value, Mapping) and isinstance(whole.get(key, {}), dict) and where.count(".") < 3:
            _add(whole.setdefault(key, {}), value, name, place)
        elif key in whole and whole[key] != value:
            raise refuse("causes", f"{name}: {place}", f"scenarios that agree; another says {whole[key]}")
        else:
            whole[key] = value


def _check_number(field: str, names: Sequence[str], given: Any) -> None:
    if not 1 <= len(names) <= _LIMIT:
        raise refuse(field, f"{len(names)} of them" if names else given, f"1 to {_LIMIT}, since every subset is run")


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every subset, in the order of the bits of its number."""
    for subset in range(1 << len(names)):
        yield tuple(name for place, name in enumerate(names) if subset >> place & 1)


def _carriers(question: Question) -> tuple[str, ...]:
    """The mechanisms that carry most of the first measure's effect, the most first."""
    first = question.measures[0]
    whole = question.effects(())[first]
    carried = {name: abs(float((whole - question.effects([name])[first]).mean())) for name in question.off}
    return tuple(sorted(carried, key=lambda name: -carried[name])[:MOST])


def _parts(worth: Mapping[str, Sequence[pd.Series]], names: Sequence[str], what: str, date: str) -> Parts:
    rows, pairs = [], []
    for measure, of_subsets in worth.items():
        index = of_subsets[0].index
        values = np.array([series.reindex(index).to_numpy(float) for series in of_subsets])
        found = {**dict(zip(names, shapley_values(values), strict=True)), REST: values[0], TOTAL: values[-1]}
        total = float(np.nanmean(values[-1])) if np.isfinite(values[-1]).any() else np.nan
        for part, numbers in found.items():
            series = pd.Series(numbers, index)
            summary = summary_of(series)
            share = summary["mean"] / total if total else np.nan
            row = {"measure": measure, "part": part, **{end: summary[end] for end in ("mean", "low", "high")}}
            rows.append(row | {"share": share, **{name: int(summary[name]) for name in ("pairs", "clusters")}})
            pairs.append(series.rename((measure, part)))
    wide = pd.concat(pairs, axis=1).T
    wide.index = pd.MultiIndex.from_tuples(list(wide.index), names=["measure", "part"])
    units = {measure: sim.measures.MARKET[measure].unit for measure in worth}
    return Parts(pd.DataFrame(rows).set_index(["measure", "part"]), wide, what, date, units)
