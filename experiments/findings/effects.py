"""Same-seed effects: what a scenario changes in a world that is otherwise the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.findings import sentences
from experiments.findings.matched import KEYS, Matched, asked, draws_of, matched
from experiments.findings.pairs import DRAWS, EFFECTS, SEEDS, Float, paired_summary, parameters_share
from experiments.questions.months import month_of, months_of
from experiments.questions.settings import as_whole, check_choice, check_flag, refuse
from experiments.results.results import Results, check_results
from sim.inputs.display import Card, Shown, between, number
from sim.record import HEADLINES

# What tells rows of one scenario, measure and month apart.
_ROWS = ("point", *dict.fromkeys(name for names in KEYS.values() for name in names))


class Effect(Shown):
    """Paired differences, scenario minus the one it is compared with.

    Attributes:
        frame: One row a scenario, measure and month, if asked for also a point, and of labs a lab, of flows a
            level, origin and destination (empty for other measures): ``mean`` of the differences, ``low`` and
            ``high`` ends of its 95% t interval, ``q10`` and ``q90`` of pairs, ``same_sign`` share of pairs with the
            sign of the mean, ``pairs`` with a number on both sides, ``clusters`` of pairs that are independent of
            each other, ``against`` the other scenario's mean; where the effect is bimodal ``lower`` and ``upper``
            means of the two groups and ``share_upper`` of clusters. With ``draws`` also ``parameters``, the share of
            the variance over pairs that they carry, luck having the rest; missing unless some draw has two seeds.
        against: Name of the other scenario.
        units: Unit of every measure.
        counted: What a cluster is: ``seeds``, ``points`` where each has seeds of its own, or ``draws`` of parameters.
        points: Points over which pairs are taken together.
    """

    def __init__(
        self, frame: pd.DataFrame, against: str, units: Mapping[str, str], counted: str = SEEDS, points: int = 1
    ) -> None:
        self.frame, self.against, self.units = frame, against, dict(units)
        self.counted, self.points = counted, points

    def __repr__(self) -> str:
        names, measures = ", ".join(self.scenarios), len(self.measures)
        return (
            f"Effect({names} minus {self.against}; {measures} measure{'s' * (measures != 1)}, "
            f"to {self.frame['date'].max()}; bands hold {self.holds}; .describe(measure) in words, .frame in numbers)"
        )

    def card(self) -> Card:
        """Effects on headline measures in the last month: mean, 95% interval, 10 to 90% of pairs."""
        last = self.frame[self.frame["month"] == self.frame["month"].max()]
        shown = list(HEADLINES if set(HEADLINES) <= set(self.measures) else self.measures[: len(HEADLINES)])
        last = last[last["measure"].isin(shown)]
        last = last.sort_values("measure", key=lambda names: names.map(shown.index), kind="stable")
        apart = [name for name in ("scenario", *_ROWS) if name in last and last[name].nunique() > 1]
        rows = tuple(
            (
                *(str(row[name]) for name in apart),
                row["measure"],
                self.units.get(row["measure"], ""),
                number(row["mean"]),
                between(row["low"], row["high"]),
                between(row["q10"], row["q90"]),
            )
            for row in last.to_dict("records")
        )
        return Card(repr(self), (*apart, "measure", "unit", "effect", "95% interval", "10–90% of pairs"), rows)

    @property
    def holds(self) -> str:
        """What the bands hold: luck, the parameters that draws or points vary, or both."""
        if self.counted == DRAWS:
            return sentences.BOTH
        return sentences.LUCK if self.points == 1 else sentences.VARIED

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Scenarios compared."""
        return tuple(self.frame["scenario"].unique())

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures compared."""
        return tuple(self.frame["measure"].unique())

    def at(self, when: int | str) -> pd.DataFrame:
        """One month of the effect, indexed by scenario, measure and what else tells its rows apart.

        Args:
            when: A month counted from 2022-11, or a date ``YYYY-MM``.

        Raises:
            ExperimentError: The runs do not reach it.
        """
        month = self._month(when)
        rows = self.frame[self.frame["month"] == month]
        names = [name for name in ("scenario", "point", "measure", *_ROWS[1:]) if name in rows]
        return rows.set_index(names).drop(columns=["month"])

    def of(self, measure: str, scenario: str | None = None, **where: Any) -> pd.DataFrame:
        """One measure's effect over the months, indexed by month.

        Args:
            measure: A measure that was compared.
            scenario: Which, if there are several.
            **where: Only one ``point``, ``lab``, ``level``, ``origin`` or ``destination``.

        Raises:
            ExperimentError: There is no such measure, scenario, point, lab or flow.
        """
        scenario = self._scenario(scenario)
        check_choice("measure", measure, self.measures)
        rows = self.frame[(self.frame["scenario"] == scenario) & (self.frame["measure"] == measure)]
        for name, value in where.items():
            known = rows[name].unique().tolist() if name in _ROWS and name in rows else []
            wanted = as_whole(value) if name == "point" else value if isinstance(value, str) else None
            if wanted is None or wanted not in known or wanted == "":
                shown = ", ".join(map(str, known[:10])) if set(known) - {""} else f"nothing, since {measure} has none"
                raise refuse(name, value, f"one of {shown}" if set(known) - {""} else shown)
            rows = rows[rows[name] == wanted]
        return rows.set_index("month")

    def describe(self, measure: str, when: int | str | None = None, scenario: str | None = None, **where: Any) -> str:
        """One sentence: the effect on a measure in a month, the last by default, and how sure it is.

        Of several points it says where the effects lie and at how many they are clear; of several labs or flows it
        names the largest. A listed price has the technology price beside it.

        Args:
            measure: A measure that was compared.
            when: A month counted from 2022-11, or a date ``YYYY-MM``; None for the last.
            scenario: Which, if there are several.
            **where: Only one ``point``, ``lab``, ``level``, ``origin`` or ``destination``.

        Raises:
            ExperimentError: There is no such measure, month, scenario, point, lab or flow.
        """
        scenario = self._scenario(scenario)
        rows = self.of(measure, scenario, **where)
        month = int(rows.index.max()) if when is None else self._month(when)
        if month not in rows.index:
            dates = ", ".join(rows["date"].unique()[:10])
            raise refuse("month", when, f"a month that {measure} has: {dates}")
        unit = sentences.unit_of(measure, self.units.get(measure, "1"))
        head = f"{scenario} minus {self.against}, {measure}"
        text = sentences.effect(rows.loc[[month]], head, unit, self.points, self.counted, self.holds)
        if measure not in sentences.LISTED:
            return text
        beside = sentences.LISTED[measure]
        if beside not in self.measures:
            return f"{text} {sentences.listed_alone(beside)}"
        return f"{text} {self.describe(beside, month, scenario, **where)}"

    def _scenario(self, scenario: str | None) -> str:
        if scenario is None and len(self.scenarios) == 1:
            return self.scenarios[0]
        return check_choice("scenario", scenario, self.scenarios)

    def _month(self, when: int | str) -> int:
        return month_of(when, int(self.frame["month"].max()))


def compare(
    runs: Results,
    against: str = "baseline",
    *,
    measures: str | Iterable[str] | None = None,
    month: Any = None,
    by_point: bool = False,
) -> Effect:
    """Differences between every other scenario and ``against``, same seed and same point, for every month.

    A pair counts where both runs have a finite value. Pairs that share a seed count as one for the interval, or, where
    each point of a design has seeds of its own, pairs that share a point; without two of these it is not defined.

    Args:
        runs: Results with at least two scenarios.
        against: The scenario that is subtracted.
        measures: What to compare, one or several: measures of the market (``frontier``), of labs (``labs.price``),
            or tables (``labs``, ``flows``, ``flows_monthly``); None for the market, or all if it is not kept.
        month: Months or dates ``YYYY-MM``, one or several; None for all.
        by_point: An effect at each point of a design, over its seeds, rather than over all pairs: the bands then
            hold luck alone, and otherwise what the design varies as well.

    Raises:
        ExperimentError: A scenario or measure is missing, or the seeds, points or months of two scenarios differ.
    """
    check_results(runs)
    check_flag("by_point", by_point)
    check_choice("against", against, runs.scenarios)
    wanted, month = asked(runs, measures), months_of(month, runs.months)
    others = [name for name in runs.scenarios if name != against]
    if not others:
        raise refuse("runs", ", ".join(runs.scenarios), f"results of {against} and at least one other scenario")
    parts, counted, points = [], SEEDS if draws_of(runs) is None else DRAWS, 1
    for name in others:
        for one, pair in matched(runs, wanted, name, against, month):
            if by_point and "point" in pair.values.columns.names:
                parts += [_summary(name, one.name, some, {"point": at}) for at, some in pair.at_points()]
                continue
            counted, points = pair.clusters[1], len(set(pair.points.tolist()))
            parts.append(_summary(name, one.name, pair, {}))
    frame = _in_order(pd.concat(parts, ignore_index=True))
    return Effect(frame, against, {one.name: one.unit for one in wanted}, counted, points)


def _summary(scenario: str, measure: str, pair: Matched, at: Mapping[str, int]) -> pd.DataFrame:
    summary = pd.DataFrame(paired_summary(*pair.sides, pair.clusters[0]))
    summary = summary.assign(**_split(pair, *pair.sides))
    rows = pair.values.index.to_frame(index=False)
    return pd.concat(
        [pd.DataFrame({"scenario": scenario, **at, "measure": measure}, rows.index), rows, summary], axis=1
    )


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Names first, then the month and its date, then numbers."""
    frame["date"] = frame["month"].map(sim.calendar.date_of)
    names = [name for name in _ROWS[1:] if name in frame]
    frame[names] = frame[names].fillna("").astype(str)
    first = [name for name in ("scenario", "point", "measure", *names, "month", "date") if name in frame]
    return frame[first + [name for name in frame if name not in first]]


def ratio(runs: Results, measure: str, scenario: str, against: str) -> pd.DataFrame:
    """Same-seed ratio of a positive market measure, scenario over the other one, indexed by month.

    The columns are those of an effect, computed on logarithms: ``mean`` is geometric, ``against`` a level.

    Raises:
        ExperimentError: A scenario or measure is missing, or the seeds or months differ.
    """
    _, pair = next(iter(matched(runs, asked(runs, measure), scenario, against)))
    with np.errstate(divide="ignore", invalid="ignore"):
        sides = [np.log(side) for side in pair.sides]
    summary = paired_summary(sides[0], sides[1], pair.clusters[0])
    for column in (*EFFECTS, "against"):
        summary[column] = np.exp(summary[column])
    return pd.DataFrame(summary | _split(pair, *sides), index=pair.values.index)


def _split(pair: Matched, values: Float, reference: Float) -> dict[str, Float]:
    """The share of parameters, where seeds draw them; no numbers at several points, whose differences are no luck."""
    if pair.draws is None:
        return {}
    found = parameters_share(values, reference, pair.clusters[0])
    if len(set(pair.points.tolist())) > 1:
        return {name: np.full(len(values), np.nan) for name in found}
    return found


def differences(runs: Results, measure: str, scenario: str, against: str) -> pd.DataFrame:
    """The pairs themselves: scenario minus the other one, a row a month, a column a run; of a market measure.

    Raises:
        ExperimentError: A scenario or measure is missing, or the seeds or months differ.
    """
    _, pair = next(iter(matched(runs, asked(runs, measure), scenario, against)))
    return pair.values - pair.reference
