"""In which region of the parameters something happens: a box found by peeling.

Friedman, J. H. and Fisher, N. I. (1999), Bump hunting in high-dimensional data, Statistics and Computing 9(2);
coverage, density and quasi-p-values as in Bryant, B. P. and Lempert, R. J. (2010), Thinking inside the box,
Technological Forecasting and Social Change 77(1).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtrc

import sim
from experiments.findings.outputs import AtPoints, at_points, coded, points_of, results_of
from experiments.findings.pairs import Float
from experiments.questions.settings import ExperimentError, as_whole, number, refuse

Bool = NDArray[np.bool_]
ALPHA, MASS = 0.05, 0.05
_LEAST_POINTS, _LEAST_CASES = 20, 5
_CONDITION = re.compile(r"(.+?)\s*(<=|>=|<|>)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)")
_SIGNS: dict[str, Callable[[Float, float], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Discovery:
    """Where something happens.

    Attributes:
        limits: One row a restricted parameter: ``low`` and ``high`` of the box, ``from`` and ``to`` of all points,
            ``unit``, and ``p``: how often a box without the restriction would by chance have as high a density as the
            box has (binomial); small where the restriction matters.
        coverage: Share of all cases that lie in the box.
        density: Share of the box's points that are cases.
        held_out: The same two of a box peeled on every other point and looked at on the rest, both ways, mean: what
            to expect of new points. Not numbers where a half has too few cases.
        mass: Share of all points in the box.
        base: Share of all points that are cases.
        trajectory: One row a step of peeling from all points on: ``coverage``, ``density``, ``mass``, ``restricted``
            parameters, and what was ``peeled``.
        step: The step whose box this is.
        what: The condition in words.
        points: Parameters of the points that count, a column each, and ``case``.
        dropped: Points without a number.
    """

    limits: pd.DataFrame
    coverage: float
    density: float
    held_out: tuple[float, float]
    mass: float
    base: float
    trajectory: pd.DataFrame
    step: int
    what: str
    points: pd.DataFrame
    dropped: int

    def __repr__(self) -> str:
        return f"Discovery({self.describe()})"

    def describe(self) -> str:
        """The box in words, and how good it is."""
        if not len(self.limits):
            return (
                f"{self.what}: in {100 * self.base:.0f}% of {len(self.points)} points, and nowhere more than elsewhere."
            )
        held = ""
        if np.isfinite(self.held_out).all():
            held = f"; of points not used for it {100 * self.held_out[1]:.0f}% and {100 * self.held_out[0]:.0f}%"
        lost = f" {self.dropped} points have no number." if self.dropped else ""
        return (
            f"{self.what}: in {100 * self.base:.0f}% of {len(self.points)} points, and in {100 * self.density:.0f}% of "
            f"those with {'; '.join(self.in_words())}, which has {100 * self.coverage:.0f}% of all cases{held}.{lost}"
        )

    def in_words(self) -> list[str]:
        """Each limit with its unit, the most certain first."""
        return [_limit_in_words(str(name), row) for name, row in self.limits.sort_values("p", kind="stable").iterrows()]


def discover(
    runs: Any,
    condition: str,
    *,
    scenario: str | None = None,
    against: str | None = None,
    step: int | None = None,
    alpha: float = ALPHA,
    mass: float = MASS,
) -> Discovery:
    """In which region of a design's parameters a condition holds.

    A twentieth of the points is peeled off again and again, at the end of the parameter where most are left that meet
    the condition, until few points are left. Of all boxes on the way the one with the largest harmonic mean of
    coverage and density is taken; ``step`` takes another of the trajectory. Limits that another would do as well
    without are given back.

    Args:
        runs: Results of a sample, or the folder of a study.
        condition: Like ``consumer_gain < 0`` or ``frontier@2027-12 >= 4``.
        scenario: Of which scenario; None for the only one, or the baseline.
        against: Of the same-seed effect, ``scenario`` minus this one; None for the level.
        step: Which box of the trajectory.
        alpha: Share of the points peeled at a step, .01 to .5.
        mass: Least share of all points in a box, .01 to .5.

    Raises:
        ExperimentError: It is no condition, the design varies nothing, or it holds almost nowhere or everywhere.
    """
    found = results_of(runs)
    match = _CONDITION.fullmatch(condition.strip()) if isinstance(condition, str) else None
    if match is None:
        raise refuse("condition", condition, "a measure, a sign and a number, like consumer_gain@2027-12 < 0")
    data = at_points(found, match[1], scenario, against)
    case = np.asarray(_SIGNS[match[2]](data.numbers, float(match[3])))
    return of_cases(points_of(found), case, data, f"{data.what} {match[2]} {float(match[3]):g}", step, alpha, mass)


def of_cases(
    points: pd.DataFrame,
    case: Bool,
    data: AtPoints,
    what: str,
    step: int | None = None,
    alpha: float = ALPHA,
    mass: float = MASS,
) -> Discovery:
    """The same from points, and which of them are cases; those without a number in ``data`` do not count."""
    number("alpha", alpha, 0.01, 0.5)
    number("mass", mass, 0.01, 0.5)
    good = np.isfinite(data.numbers)
    codes, y = coded(points[good]), case[good]
    if len(y) < _LEAST_POINTS or not _LEAST_CASES <= y.sum() <= len(y) - 1:
        wanted = f"{_LEAST_POINTS} points with a number, {_LEAST_CASES} of them with it and one without"
        raise ExperimentError(f"{what}: holds at {int(y.sum())} of {len(y)} points; allowed: at least {wanted}")
    x = codes.to_numpy(float)
    boxes = list(_peeled(x, y, alpha, mass))
    trajectory = _trajectory(x, y, boxes, list(codes.columns))
    chosen = int(_balance(trajectory).argmax()) if step is None else as_whole(step)
    if chosen is None or not 0 <= chosen < len(boxes):
        raise refuse("step", step, f"a step of the trajectory, 0 to {len(boxes) - 1}")
    box = _given_back(x, y, boxes[chosen][0])
    inside = _inside(x, box)
    return Discovery(
        _limits(x, y, box, codes), float(y[inside].sum() / y.sum()), float(y[inside].mean()),
        _held_out(x, y, alpha, mass), float(inside.mean()), float(y.mean()), trajectory, chosen, what,
        codes.assign(case=y), int((~good).sum()),
    )  # fmt: skip


def _inside(x: Float, box: Float) -> Bool:
    """Which points are in a box of shape (parameters, 2), both ends counted."""
    return np.asarray(((x >= box[:, 0]) & (x <= box[:, 1])).all(axis=1))


def _peeled(x: Float, y: Bool, alpha: float, mass: float) -> Iterator[tuple[Float, int]]:
    """Boxes from all points on, and the parameter that was peeled last (−1 at first)."""
    box = np.column_stack([x.min(axis=0), x.max(axis=0)])
    inside, last = np.ones(len(y), dtype=bool), -1
    while True:
        yield box.copy(), last
        if y[inside].all():
            return
        best: tuple[float, int, float, int, int] | None = None
        here, case = x[inside], y[inside]
        for place in range(x.shape[1]):
            for end, at in ((0, _cut(here[:, place], alpha, up=True)), (1, _cut(here[:, place], alpha, up=False))):
                kept = here[:, place] >= at if end == 0 else here[:, place] <= at
                count = int(kept.sum())
                if count == len(case) or count < max(mass * len(y), 2.0):
                    continue
                # What is gained for each point given up, so that coarse steps of words have no advantage.
                gain = (case[kept].mean() - case.mean()) / (len(case) - count)
                if best is None or gain > best[0]:
                    best = (float(gain), place, at, end, count)
        if best is None or best[0] <= 0.0:
            return
        box[best[1], best[3]] = best[2]
        inside, last = _inside(x, box), best[1]


def _cut(values: Float, alpha: float, *, up: bool) -> float:
    """New lowest (or highest) value after a share of the points is peeled, at least one value."""
    ordered = np.unique(values)
    if len(ordered) == 1:
        return float(ordered[0])
    limit = float(np.quantile(values, alpha if up else 1.0 - alpha))
    if up:
        return float(ordered[ordered > min(limit, ordered[-2])][0])
    return float(ordered[ordered < max(limit, ordered[1])][-1])


def _trajectory(x: Float, y: Bool, boxes: list[tuple[Float, int]], names: list[str]) -> pd.DataFrame:
    columns = ["coverage", "density", "mass", "restricted", "peeled"]
    rows = []
    for box, last in boxes:
        inside = _inside(x, box)
        restricted = int((box != boxes[0][0]).any(axis=1).sum())
        share = y[inside].sum() / y.sum()
        rows.append((share, y[inside].mean(), inside.mean(), restricted, "" if last < 0 else names[last]))
    return pd.DataFrame(rows, columns=columns).rename_axis("step")


def _balance(trajectory: pd.DataFrame) -> Float:
    coverage, density = (trajectory[name].to_numpy(float) for name in ("coverage", "density"))
    return np.asarray(2.0 * coverage * density / np.maximum(coverage + density, 1e-300))


def _given_back(x: Float, y: Bool, box: Float) -> Float:
    """The box without limits that cost no density: the pasting of Friedman and Fisher, a whole parameter at once."""
    whole, box = np.column_stack([x.min(axis=0), x.max(axis=0)]), box.copy()
    for place in np.flatnonzero((box != whole).any(axis=1)):
        wider = box.copy()
        wider[place] = whole[place]
        if y[_inside(x, wider)].mean() >= y[_inside(x, box)].mean():
            box = wider
    return box


def _limits(x: Float, y: Bool, box: Float, codes: pd.DataFrame) -> pd.DataFrame:
    whole = np.column_stack([x.min(axis=0), x.max(axis=0)])
    inside, known, rows = _inside(x, box), sim.Parameters.known(), {}
    for place in np.flatnonzero((box != whole).any(axis=1)):
        wider = box.copy()
        wider[place] = whole[place]
        without, hits = _inside(x, wider), int(y[inside].sum())
        # P(at least so many cases | as many draws at the density without the restriction)
        p = float(bdtrc(hits - 1, int(inside.sum()), float(y[without].mean()))) if hits else 1.0
        name = str(codes.columns[int(place)])
        rows[name] = {
            "low": box[place, 0], "high": box[place, 1], "from": whole[place, 0], "to": whole[place, 1],
            "unit": known[name].unit if name in known else "", "p": p,
        }  # fmt: skip
    columns = ["low", "high", "from", "to", "unit", "p"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("parameter")


def _held_out(x: Float, y: Bool, alpha: float, mass: float) -> tuple[float, float]:
    """Coverage and density on the half that was not used, mean of both ways."""
    even = np.arange(len(y)) % 2 == 0
    found = []
    for mine in (even, ~even):
        if y[mine].sum() < _LEAST_CASES or y[~mine].sum() < 1 or y[mine].all():
            return float("nan"), float("nan")
        boxes = list(_peeled(x[mine], y[mine], alpha, mass))
        best = int(_balance(_trajectory(x[mine], y[mine], boxes, [""] * x.shape[1])).argmax())
        box = _given_back(x[mine], y[mine], boxes[best][0])
        ends = np.column_stack([x[mine].min(axis=0), x[mine].max(axis=0)])
        box = np.where(box == ends, [-np.inf, np.inf], box)  # no limit there
        inside = _inside(x[~mine], box)
        if not inside.any():
            return float("nan"), float("nan")
        found.append((y[~mine][inside].sum() / y[~mine].sum(), y[~mine][inside].mean()))
    coverage, density = np.mean(found, axis=0)
    return float(coverage), float(density)


def _limit_in_words(name: str, row: pd.Series) -> str:
    leaf = sim.Parameters.known().get(name)
    unit = "" if row["unit"] in ("1", "") else f" {row['unit']}"
    if leaf is not None and leaf.choices:
        words = leaf.choices[int(row["low"]) : int(row["high"]) + 1]
        return f"{name} {' or '.join(map(str, words))}"
    low, high = row["low"] > row["from"], row["high"] < row["to"]
    span = f"(of {row['from']:.3g} to {row['to']:.3g})"
    if low and high:
        return f"{name} from {row['low']:.3g} to {row['high']:.3g}{unit} {span}"
    return f"{name} {'above' if low else 'below'} {row['low' if low else 'high']:.3g}{unit} {span}"
