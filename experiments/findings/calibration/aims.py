"""What parameters are held against: published numbers that a run computes, and residuals of the record."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

import sim
from experiments.findings.targets.definitions import compute, path
from experiments.findings.targets.rows import Row, rows
from experiments.findings.targets.run import Run, runs_of
from experiments.findings.targets.score import FREE
from experiments.results.results import Results

Float = NDArray[np.float64]
END = "2025-12"
# Flagship means beyond this were not to be accepted, nor a root mean square beyond .26; light models vary twice as
# much [OOM].
MEANS = {"flagship": 0.15, "light": 0.30}
MOST_RMS, BEST_RMS = 0.26, 0.20
_MEAN, _RMS = "mean_residual", "rms_residual"
# What a row of the table needs beside its own measure.
_BESIDE = {"exit_hazard": ("labs.researchers",), "released_open": ("releases",)}
_LEAST = 1e-9


@dataclass(frozen=True)
class Aim:
    """One number to come near.

    Attributes:
        row: As published, with its tolerance.
        log: Whether distances are ratios.
    """

    row: Row

    @property
    def log(self) -> bool:
        """Whether distances are ratios."""
        return self.row.scale == "log"

    def seen(self, values: Float) -> Float:
        """Values as distances are taken: logs where they are ratios."""
        return np.log(np.maximum(values, _LEAST)) if self.log else values

    @property
    def value(self) -> float:
        """The published number, so seen."""
        return float(self.seen(np.array(self.row.value)))

    @property
    def sides(self) -> tuple[float, float]:
        """How far below and above is near enough, so seen; infinite where any distance is."""
        low, high = (float(self.seen(np.array(end))) for end in (self.row.low, self.row.high))
        return max(self.value - low, _LEAST), max(high - self.value, _LEAST)

    def distance(self, seen: Float) -> Float:
        """Seen values less the published one in tolerances of that side; beyond ±1 is outside."""
        below, above = self.sides
        away = seen - self.value
        return np.asarray(np.where(away < 0.0, away / below, away / above))

    def inside(self, seen: Float) -> NDArray[np.bool_]:
        """Which seen values are near enough."""
        return np.asarray(np.abs(self.distance(seen)) <= 1.0)


@cache
def aims() -> tuple[Aim, ...]:
    """Rows that a run to :data:`END` computes and that nothing gives or fixes, and residuals by lab and tier."""
    last = sim.month_of(END)
    of_table = [row for row in rows() if row.computable and row.measure and row.input in FREE]
    return tuple(Aim(row) for row in (*(row for row in of_table if sim.month_of(row.last) <= last), *_residuals()))


def _residuals() -> list[Row]:
    found = []
    for tier, most in MEANS.items():
        about = {"unit": "OOM", "first": "2022-11", "last": END, "measure": f"labs.residual_{tier}", "source": "record"}
        for lab in sim.data.history.lab_names():
            what = f"{lab}, mean residual of {tier} models"
            found.append(Row(f"R {lab} {tier}", "", what, 0.0, -most, most, function=_MEAN, lab=lab, **about))
        what = f"root mean square of residuals of {tier} models"
        found.append(Row(f"R rms {tier}", "", what, BEST_RMS, 0.0, MOST_RMS, function=_RMS, **about))
    return found


def measures(asked: Sequence[Aim]) -> list[str]:
    """What runs have to keep."""
    return sorted({name for aim in asked for name in (aim.row.measure, *_BESIDE.get(aim.row.function, ()))})


def values(results: Results, asked: Sequence[Aim]) -> Float:
    """What every finished run of one scenario gave, as seen, shape (runs, aims); in the order of point and seed."""
    found = [[_value(run, aim) for aim in asked] for run in runs_of(results.market, results.labs)]
    return np.array(found, float).reshape(-1, len(asked))


def _value(run: Run, aim: Aim) -> float:
    if aim.row.function in (_MEAN, _RMS):
        known = path(run, aim.row)
        known = known[np.isfinite(known)]
        if not known.size:
            return math.nan
        return float(known.mean()) if aim.row.function == _MEAN else float(np.sqrt(np.mean(known**2)))
    return float(aim.seen(np.array(compute(run, aim.row))))
