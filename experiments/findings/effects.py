"""Same-seed effects: what a scenario changes in a world that is otherwise the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

import sim
from experiments.questions.months import month_of
from experiments.questions.settings import refuse
from experiments.results.results import Results, at_month, is_share, run_columns

Float = NDArray[np.float64]
CONFIDENCE = 0.95
BAND = (0.10, 0.90)
COLUMNS = ("mean", "low", "high", "q10", "q90", "same_sign", "pairs", "against")


class Effect:
    """Paired differences, scenario minus the one it is compared with.

    Attributes:
        frame: One row a scenario, measure and month, with a design also a point if asked for: ``mean`` of the
            differences, ``low`` and ``high`` ends of its 95% t interval, ``q10`` and ``q90`` of pairs,
            ``same_sign`` share of pairs with the sign of the mean, ``pairs`` with a number on both sides,
            ``against`` the other scenario's mean.
        against: Name of the other scenario.
        units: Unit of every measure.
    """

    def __init__(self, frame: pd.DataFrame, against: str, units: dict[str, str]) -> None:
        self.frame, self.against, self.units = frame, against, units

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Scenarios compared."""
        return tuple(self.frame["scenario"].unique())

    def at(self, when: int | str) -> pd.DataFrame:
        """One month of the effect, indexed by scenario, point if there is one, and measure.

        Args:
            when: A month counted from 2022-11, or a date ``YYYY-MM``.

        Raises:
            ExperimentError: The runs do not reach it.
        """
        month = self._month(when)
        rows = self.frame[self.frame["month"] == month]
        names = [name for name in ("scenario", "point", "measure") if name in rows]
        return rows.set_index(names).drop(columns=["month"])

    def of(self, measure: str, scenario: str | None = None) -> pd.DataFrame:
        """One measure's effect over the months, indexed by month.

        Raises:
            ExperimentError: There is no such measure or scenario.
        """
        scenario = self._scenario(scenario)
        rows = self.frame[(self.frame["scenario"] == scenario) & (self.frame["measure"] == measure)]
        if rows.empty:
            raise refuse("measure", measure, "one of " + ", ".join(self.frame["measure"].unique()))
        return rows.set_index("month")

    def describe(self, measure: str, when: int | str | None = None, scenario: str | None = None) -> str:
        """One sentence: the effect on a measure in a month, the last by default, and how sure it is."""
        scenario = self._scenario(scenario)
        rows = self.of(measure, scenario)
        row = at_month(rows, int(rows.index.max()) if when is None else self._month(when))
        unit = "share" if is_share(measure) else self.units.get(measure, "1")
        head = f"{scenario} minus {self.against}, {measure} in {row['date']}"
        if not row["pairs"]:
            return f"{head}: not defined on one side, so there is no difference."
        text = f"{head}: {signed(row['mean'], unit)}"
        if row["pairs"] > 1:
            scale = 100 if unit == "share" else 1
            low, high, q10, q90 = (f"{scale * row[end]:+.3g}" for end in ("low", "high", "q10", "q90"))
            text += f" (95% interval {low} to {high}; 10-90% of pairs {q10} to {q90})"
        certain = f"{row['same_sign']:.0%} of {int(row['pairs'])} pairs agree in sign"
        return f"{text}, from {number(row['against'], unit)}; {certain}."

    def _scenario(self, scenario: str | None) -> str:
        if scenario is None and len(self.scenarios) == 1:
            return self.scenarios[0]
        if scenario not in self.scenarios:
            raise refuse("scenario", scenario, "one of " + ", ".join(self.scenarios))
        return str(scenario)

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

    A pair counts where both runs have a finite value; without two pairs the interval is not defined.

    Args:
        runs: Results with at least two scenarios.
        against: The scenario that is subtracted.
        measures: Market measures, one or several; None for all.
        month: Months or dates ``YYYY-MM``, one or several; None for all.
        by_point: An effect at each point of a design, over its seeds, rather than over all pairs: the bands then
            hold luck alone, and otherwise what the design varies as well.

    Raises:
        ExperimentError: A scenario is missing, or the seeds, points or months of two scenarios differ.
    """
    chosen = runs.measures if measures is None else [measures] if isinstance(measures, str) else list(measures)
    base = runs.load("market", chosen, scenario=against, month=month)
    others = [name for name in runs.scenarios if name != against]
    if not others:
        raise refuse("runs", ", ".join(runs.scenarios), f"results of {against} and at least one other scenario")
    parts = []
    for name in others:
        other = runs.load("market", chosen, scenario=name, month=month)
        _check_paired(name, other, against, base)
        for at, (here, there) in _at_points(other, base, by_point).items():
            parts += [_differences(name, measure, here, there, at) for measure in chosen]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(list(frame).index("month") + 1, "date", frame["month"].map(sim.calendar.date_of))
    return Effect(frame, against, runs.units)


def _check_paired(name: str, other: pd.DataFrame, against: str, base: pd.DataFrame) -> None:
    for column in ("point", "seed", "month"):
        if column not in base:
            continue
        here, there = set(other[column]), set(base[column])
        if here != there:
            odd = sorted(here ^ there)[:5]
            raise refuse(column, odd, f"the same {column}s in {name} and {against}, so that each has its pair")
    if len(other) != len(base):
        raise refuse("runs", name, f"every seed and month once, as in {against}")


def _at_points(
    other: pd.DataFrame, base: pd.DataFrame, by_point: bool
) -> dict[tuple[int, ...], tuple[pd.DataFrame, pd.DataFrame]]:
    """The two sides, apart for each point if asked for."""
    if not by_point or "point" not in base:
        return {(): (other, base)}
    return {(int(at),): (other[other["point"] == at], base[base["point"] == at]) for at in base["point"].unique()}


def _differences(name: str, measure: str, other: pd.DataFrame, base: pd.DataFrame, at: tuple[int, ...]) -> pd.DataFrame:
    wide = other.pivot(index="month", columns=run_columns(other), values=measure)
    reference = base.pivot(index="month", columns=run_columns(base), values=measure)
    summary = paired_summary(wide.to_numpy(float), reference.to_numpy(float))
    point = dict(zip(("point",), at, strict=False))
    return pd.DataFrame({"scenario": name, **point, "measure": measure, "month": wide.index.to_numpy(), **summary})


def paired_summary(values: Float, reference: Float) -> dict[str, Any]:
    """Summary of paired differences along the last axis.

    Args:
        values: Shape (rows, pairs).
        reference: Same shape.

    Returns:
        The columns of :data:`COLUMNS`, each of shape (rows,); not a number where no pair is finite.
    """
    with np.errstate(invalid="ignore"):
        difference = values - reference
    valid = np.isfinite(difference)
    pairs = valid.sum(axis=1)
    kept = np.where(valid, difference, 0.0)
    some = np.maximum(pairs, 1)
    mean = np.where(pairs > 0, kept.sum(axis=1) / some, np.nan)
    squares = np.where(valid, (difference - mean[:, None]) ** 2, 0.0).sum(axis=1)
    degrees = np.maximum(pairs - 1, 1)
    error = np.sqrt(squares / degrees / some)
    reach = np.where(pairs > 1, stdtrit(degrees, 0.5 + CONFIDENCE / 2) * error, np.nan)
    low, high = _quantiles(difference, valid)
    agree = (valid & (np.sign(difference) == np.sign(mean)[:, None])).sum(axis=1) / some
    level = np.where(pairs > 0, np.where(valid, reference, 0.0).sum(axis=1) / some, np.nan)
    same = np.where(pairs > 0, agree, np.nan)
    columns = (mean, mean - reach, mean + reach, low, high, same, pairs, level)
    return dict(zip(COLUMNS, columns, strict=True))


def ratio(runs: Results, measure: str, scenario: str, against: str) -> pd.DataFrame:
    """Same-seed ratio of a positive measure, scenario over the other one, indexed by month.

    The columns are those of an effect, computed on logarithms: ``mean`` is geometric, ``against`` a level.

    Raises:
        ExperimentError: A scenario or measure is missing, or the seeds or months differ.
    """
    sides = [runs.load("market", measure, scenario=name) for name in (scenario, against)]
    _check_paired(scenario, sides[0], against, sides[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        wide = runs.wide(scenario, measure)
        logs = np.log(wide.to_numpy(float))
        base = np.log(runs.wide(against, measure).to_numpy(float))
    summary = paired_summary(logs, base)
    for column in ("mean", "low", "high", "q10", "q90", "against"):
        summary[column] = np.exp(summary[column])
    return pd.DataFrame(summary, index=wide.index)


def _quantiles(difference: Float, valid: NDArray[np.bool_]) -> tuple[Float, Float]:
    low, high = (np.full(len(difference), np.nan) for _ in BAND)
    for row in np.flatnonzero(valid.any(axis=1)):
        low[row], high[row] = np.quantile(difference[row, valid[row]], BAND)
    return low, high


def number(value: float, unit: str) -> str:
    """A value with its unit, short enough to read."""
    if unit == "share":
        return f"{100 * value:.3g}%"
    if unit in ("1", ""):
        return f"{value:.3g}"
    return f"{value:,.0f} {unit}" if abs(value) >= 10_000 else f"{value:.3g} {unit}"


def signed(value: float, unit: str) -> str:
    """A difference with its sign and unit; of shares in percentage points."""
    if unit == "share":
        value, unit = 100 * value, "points"
    return ("+" if value > 0 else "") + number(value, unit)
