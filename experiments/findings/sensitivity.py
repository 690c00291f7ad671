"""Which parameters a result depends on: Sobol and Morris where the design has their blocks, else rank correlations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from experiments.findings.outputs import AtPoints, at_points, coded, points_of, results_of
from experiments.findings.pairs import Float
from experiments.questions.designs.blocks import LEVELS, MORE, MORRIS, SALTELLI, block_size
from experiments.questions.settings import ExperimentError, refuse, whole
from experiments.results.exports import needed
from experiments.results.results import Results

RANKS = "ranks"
RESAMPLES, LEVEL = 1000, 0.95
_LEAST_BLOCKS, LEAST_POINTS = 4, 8
_Z = float(ndtri(0.5 + LEVEL / 2.0))
# By which each method orders parameters, the most important first.
_FIRST = {SALTELLI: "total", MORRIS: "mu_star", RANKS: "rank"}
_QUARTERS = (0.25, 0.75)


@dataclass(frozen=True)
class Sensitivity:
    """What a result depends on.

    Attributes:
        frame: One row a varied parameter, the most important first. From Saltelli's blocks ``first`` and ``total``
            order indices (shares of the variance). From Morris's ``mu`` and ``mu_star``, mean and mean size of the
            change of the result over the range, in its unit, and ``sigma``, their spread. From any other sample
            ``rank`` (Spearman), ``partial`` (partial rank correlation) and ``slope`` (standardised regression), the
            last two not numbers where points are too few for the parameters. Each with its 95% interval as ``_low``
            and ``_high``. Of all, ``at_low`` and ``at_high``: mean result in the lowest and highest quarter of the
            parameter, in its unit, with standard errors ``at_low_error`` and ``at_high_error`` where points are
            independent of each other.
        method: ``saltelli``, ``morris`` or ``ranks``.
        data: The result at every point.
        used: Points that count.
        dropped: In words, what does not count and why; empty if all do.
        r2: Share of the variance that the regression explains, of ``ranks``; else not a number.
    """

    frame: pd.DataFrame
    method: str
    data: AtPoints
    used: int
    dropped: str
    r2: float = float("nan")

    def __repr__(self) -> str:
        return f"Sensitivity({self.describe()} .frame in numbers)"

    @property
    def first(self) -> str:
        """The column by which parameters are ordered."""
        partial = self.method == RANKS and self.frame["partial"].notna().all()
        return "partial" if partial else _FIRST[self.method]

    def clear(self) -> list[str]:
        """Parameters whose interval leaves out 0."""
        low, high = (self.frame[f"{self.first}_{end}"] for end in ("low", "high"))
        return [str(name) for name in self.frame.index[(low > 0.0) | (high < 0.0)]]

    def describe(self) -> str:
        """What it depends on, in a sentence or two."""
        words = {
            SALTELLI: "total order (Sobol)",
            MORRIS: f"mean size of the change over a range (Morris) [{self.data.output.unit}]",
            RANKS: f"{'partial ' * (self.first == 'partial')}rank correlation",
        }[self.method]
        top = self.frame.head(3)
        listed = ", ".join(
            f"{name} {row[self.first]:.2f} ({row[f'{self.first}_low']:.2f} to {row[f'{self.first}_high']:.2f})"
            for name, row in top.iterrows()
        )
        luck = "" if np.isnan(self.data.luck) else f" Luck is {100 * self.data.luck:.0f}% of what differs."
        lost = f" {self.dropped}" if self.dropped else ""
        number = len(self.frame)
        chance = f"{(1 - LEVEL) * number:.2g} of {number} that do nothing would"
        luck += f" {len(self.clear())} of {number} intervals leave out 0; {chance}." * (self.method == RANKS)
        return f"{self.data.what}, by {words}, {self.used} points: {listed}.{luck}{lost}"


def sensitivity(
    runs: Any, measure: str, *, scenario: str | None = None, against: str | None = None, resamples: int = RESAMPLES
) -> Sensitivity:
    """Which parameters of a design a result depends on, with 95% intervals.

    Designs ``saltelli`` and ``morris`` have the blocks of points that Sobol's and Morris's indices compare (SALib
    computes them). Of any other sample, and of runs with ``draws``, of which each row is a point, they cannot be
    computed, and rank correlations, partial rank correlations and a standardised regression take their place. A point
    where a seed is missing takes its whole block with it, and ``dropped`` says how many.

    Args:
        runs: Results, or the folder of a study.
        measure: What, like ``frontier@2027-12``, ``labs.rent[Meta]`` or a window ``hhi@2027-01..2027-12``; the last
            month if none is given.
        scenario: Of which scenario; None for the only one, or the baseline.
        against: Of the same-seed effect, ``scenario`` minus this one; None for the level.
        resamples: Bootstrap samples for intervals of Sobol and Morris.

    Raises:
        ExperimentError: The design varies nothing, the result is the same everywhere, too little is left, or SALib is
            not installed.
    """
    found = results_of(runs)
    data = at_points(found, measure, scenario, against)
    whole("resamples", resamples, 10, 100_000)
    return of_points(points_of(found), data, _kind(found), resamples)


def of_points(points: pd.DataFrame, data: AtPoints, kind: str = RANKS, resamples: int = RESAMPLES) -> Sensitivity:
    """The same from points and a number at each.

    Args:
        points: One row a point, a column a parameter.
        data: The numbers.
        kind: ``saltelli``, ``morris`` or ``ranks``.
        resamples: Bootstrap samples.
    """
    if kind == RANKS:
        return _by_ranks(points, data)
    kept = _whole_blocks(points, data, kind)
    y = data.numbers[kept.ravel()]
    _check_varies(data, y)
    codes = _codes(points)
    frame = _INDICES[kind](codes.to_numpy()[kept.ravel()], y, list(codes.columns), resamples)
    ends = kept[:, [0, -1]].ravel() if kind == SALTELLI else kept.ravel()
    frame = frame.join(_ends(codes.iloc[ends], data.numbers[ends], independent=kind == SALTELLI))
    lost = len(points) // kept.shape[1] - len(kept)
    blocks = f"{lost} of {lost + len(kept)} blocks of {kept.shape[1]} points"
    of = f"{blocks} are left out, for a point of each has no number."
    return Sensitivity(_ordered(frame, _FIRST[kind]), kind, data, kept.size, of if lost else "")


def _codes(points: pd.DataFrame) -> pd.DataFrame:
    """Points as numbers, also those that do not vary, so that blocks keep their shape."""
    codes = coded(points)
    return codes.reindex(columns=[str(name) for name in points.columns], fill_value=0.0)


def _kind(runs: Results) -> str:
    design = runs.provenance.get("design") or {}
    kind = design.get("kind") if isinstance(design, dict) else None
    return str(kind) if kind in MORE else RANKS


def _whole_blocks(points: pd.DataFrame, data: AtPoints, kind: str) -> Any:
    """Places of the points of each block without a missing number, shape (blocks, points of a block).

    One that is no number would make SALib's indices zero without a word.
    """
    size = block_size(kind, len(points.columns))
    if len(points) % size:
        raise refuse("runs", f"{len(points)} points", f"blocks of {size} points, as design={kind} makes them")
    blocks = np.arange(len(points)).reshape(-1, size)
    kept = blocks[np.isfinite(data.numbers)[blocks].all(axis=1)]
    if len(kept) < _LEAST_BLOCKS:
        raise ExperimentError(
            f"{data.what}: {len(kept)} of {len(blocks)} blocks have a number at every point; allowed: at least "
            f"{_LEAST_BLOCKS}, so ask for another measure or more points"
        )
    return kept


def _check_varies(data: AtPoints, y: Float) -> None:
    if float(np.ptp(y)) <= 1e-12 * max(1.0, float(np.abs(y).max())):
        raise ExperimentError(f"{data.what} is {y[0]:g} at all points; allowed: a result that differs between them")


def _sobol(codes: Float, y: Float, names: list[str], resamples: int) -> pd.DataFrame:
    analyze = needed("SALib.analyze.sobol").analyze
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    # SALib takes seed=0 for none.
    found = analyze(problem, y, calc_second_order=False, num_resamples=resamples, conf_level=LEVEL, seed=1)
    return pd.DataFrame(
        {
            name: values
            for column, key in (("first", "S1"), ("total", "ST"))
            for name, values in _around(column, np.asarray(found[key]), np.asarray(found[f"{key}_conf"])).items()
        },
        index=pd.Index(names, name="parameter"),
    )


def _around(column: str, middle: Float, half: Float) -> dict[str, Float]:
    return {column: middle, f"{column}_low": middle - half, f"{column}_high": middle + half}


def _morris(codes: Float, y: Float, names: list[str], resamples: int) -> pd.DataFrame:
    analyze = needed("SALib.analyze.morris").analyze
    size = block_size(MORRIS, len(names))
    steps = np.sign(np.diff(codes.reshape(-1, size, len(names)), axis=1))
    if (np.abs(steps).sum(axis=2) > 1).any():
        raise ExperimentError("design=morris: more than one parameter moves between two points of a trajectory")
    # Directions are all that is read of the points, so that log scales and words count as shares of their axis.
    shares = np.concatenate([np.zeros((len(steps), 1, len(names))), np.cumsum(steps, axis=1)], axis=1)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    found = analyze(
        problem, shares.reshape(-1, len(names)), y, num_levels=LEVELS, num_resamples=resamples, conf_level=LEVEL, seed=1
    )
    mean, spread = np.asarray(found["mu"], float), np.asarray(found["sigma"], float)
    columns = {"mu": mean, "sigma": spread}
    star = _around("mu_star", np.asarray(found["mu_star"], float), np.asarray(found["mu_star_conf"], float))
    return pd.DataFrame(star | columns, index=pd.Index(names, name="parameter"))


_INDICES: dict[str, Callable[[Float, Float, list[str], int], pd.DataFrame]] = {SALTELLI: _sobol, MORRIS: _morris}


def _by_ranks(points: pd.DataFrame, data: AtPoints) -> Sensitivity:
    good = np.isfinite(data.numbers)
    codes, y = coded(points[good]), data.numbers[good]
    lost = int((~good).sum())
    if len(y) < LEAST_POINTS or not len(codes.columns):
        raise ExperimentError(f"{data.what}: {len(y)} points have a number; allowed: at least {LEAST_POINTS}")
    _check_varies(data, y)
    frame = correlations(codes, y)
    x = _standard(codes.to_numpy(float))
    r2 = float("nan")
    if len(y) - x.shape[1] - 1 >= LEAST_POINTS and np.linalg.matrix_rank(x) == x.shape[1]:
        slopes, r2 = _regressed(x, _standard(y))
        frame = frame.assign(**_partial(codes, y), **slopes)
    else:
        names = ("partial", "slope")
        frame = frame.assign(**{f"{name}{end}": np.nan for name in names for end in ("", "_low", "_high")})
    first = "partial" if frame["partial"].notna().all() else "rank"
    frame = _ordered(frame.join(_ends(codes, y, independent=True)), first)
    of = f"{lost} of {len(points)} points are left out, for they have no number." if lost else ""
    return Sensitivity(frame, RANKS, data, len(y), of, r2)


def correlations(codes: pd.DataFrame, y: Float) -> pd.DataFrame:
    """Spearman's rank correlation of each column with ``y``, and its 95% interval (Fisher's z)."""
    ranks = _standard(codes.rank().to_numpy(float))
    rank = np.clip(ranks.T @ _standard(_ranked(y)) / len(y), -1.0, 1.0)
    return pd.DataFrame(_fisher("rank", rank, len(y) - 3), index=pd.Index(codes.columns, name="parameter"))


def _standard(x: Float) -> Float:
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0), dtype=np.float64)


def _ranked(y: Float) -> Float:
    return np.asarray(pd.Series(y).rank(), dtype=np.float64)


def _fisher(column: str, r: Float, degrees: int) -> dict[str, Float]:
    z, half = np.arctanh(np.clip(r, -1.0 + 1e-12, 1.0 - 1e-12)), _Z / np.sqrt(max(degrees, 1))
    return {column: r, f"{column}_low": np.tanh(z - half), f"{column}_high": np.tanh(z + half)}


def _partial(codes: pd.DataFrame, y: Float) -> dict[str, Float]:
    """Correlation of ranks, those of all other parameters held: from the inverse of their correlation matrix."""
    ranks = np.column_stack([codes.rank().to_numpy(float), _ranked(y)])
    inverse = np.linalg.pinv(np.corrcoef(ranks, rowvar=False))
    r = -inverse[:-1, -1] / np.sqrt(np.diag(inverse)[:-1] * inverse[-1, -1])
    return _fisher("partial", r, len(y) - len(r) - 2)


def _regressed(x: Float, y: Float) -> tuple[dict[str, Float], float]:
    """Standardised slopes with t intervals, and R²."""
    slope: Float = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    degrees = len(y) - x.shape[1] - 1
    left = float(((y - x @ slope) ** 2).sum())
    error = np.sqrt(left / degrees * np.diag(np.linalg.inv(x.T @ x)))
    half: Float = np.asarray(float(stdtrit(degrees, 0.5 + LEVEL / 2.0)) * error, dtype=np.float64)
    return _around("slope", slope, half), 1.0 - left / float((y**2).sum())


def _ends(codes: pd.DataFrame, y: Float, *, independent: bool) -> pd.DataFrame:
    """Mean result in the lowest and the highest quarter of each parameter, and its standard error."""
    rows = {}
    for name in codes:
        values = codes[name].to_numpy()
        low, high = np.quantile(values, _QUARTERS)
        row: dict[str, float] = {}
        for end, some in (("at_low", y[values <= low]), ("at_high", y[values >= high])):
            spread = some.std(ddof=1) / np.sqrt(len(some)) if independent and len(some) > 1 else np.nan
            row |= {end: float(some.mean()), f"{end}_error": float(spread)}
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index")


def _ordered(frame: pd.DataFrame, first: str) -> pd.DataFrame:
    order = frame[first].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].rename_axis("parameter")
