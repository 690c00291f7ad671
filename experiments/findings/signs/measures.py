"""What a row looks at: a measure's mean over a window, of the market, of a lab, of some labs, or derived.

``frontier`` is the mean of the last twelve months, ``adoption@13`` that of the three months around month 13,
``share_spend.OpenAI`` one lab's. ``cn_`` stands for all Chinese labs, ``all_`` for all, ``open_`` for six that release
weights; ``x.`` for what is read off the tables beside measures.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.findings.targets.run import Array, Run
from sim.data.calendar import YEAR

MONTHS = 48
OPENERS = ("Meta", "DeepSeek", "Alibaba", "Mistral", "Zhipu", "Moonshot")


def value(run: Run, measure: str) -> float:
    """Mean over the measure's window; nan if it is missing throughout.

    Raises:
        KeyError: The run has no such measure.
    """
    name, _, month = measure.partition("@")
    series = series_of(run, name)
    window = series[int(month) - 1 : int(month) + 2] if month else series[-YEAR:]
    return float(np.nanmean(window)) if np.isfinite(window).any() else np.nan


def series_of(run: Run, name: str) -> Array:
    """The measure month by month."""
    if name in DERIVED:
        return DERIVED[name](run)
    head, _, lab = name.partition(".")
    if lab and head != "x":
        return run.series(f"labs.{head}", lab)
    return run.series(name)


def _sum(measure: str, of: str) -> Callable[[Run], Array]:
    return lambda run: np.nansum(run.series(f"labs.{measure}") * _weights(run, of), axis=1)


def _mean(measure: str, of: str) -> Callable[[Run], Array]:
    """Of labs that exist."""

    def mean(run: Run) -> Array:
        there = _weights(run, of) * run.series("labs.x.active")
        return np.asarray(np.nansum(run.series(f"labs.{measure}") * there, axis=1) / np.maximum(there.sum(axis=1), 1.0))

    return mean


def _weights(run: Run, of: str) -> Array:
    """One for labs that count, else zero, shape (months + 1, labs)."""
    if of == "china":
        return run.series("labs.x.china")
    counted = [of == "all" or name in OPENERS for name in run.names]
    return np.broadcast_to(np.array(counted, float), run.series("labs.x.active").shape)


def _wage_dispersion(run: Run) -> Array:
    """Standard deviation of log wages over labs that exist and pay."""
    wage = run.series("labs.wage")
    there = (run.series("labs.x.active") > 0.0) & (wage > 0.0)
    logs = np.where(there, np.log(np.where(there, wage, 1.0)), np.nan)
    return np.array([np.nanstd(month) if np.isfinite(month).any() else np.nan for month in logs])


DERIVED: dict[str, Callable[[Run], Array]] = {
    "cn_share": _sum("share_spend", "china"),
    "cn_users": _sum("share_users", "china"),
    "all_staff": _sum("researchers", "all"),
    "all_wage": _mean("wage", "all"),
    "open_staff": _sum("researchers", "open"),
    "open_wage": _mean("wage", "open"),
    "open_rev": _sum("revenue", "open"),
    "x.wage_disp": _wage_dispersion,
}
