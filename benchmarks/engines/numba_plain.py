"""Numba, as most would write it: one compiled loop over developers and options, with Numba's own random stream."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from benchmarks.engines.common import Work, serve


@numba.njit
def seed_stream(seed: int) -> None:
    """Seed Numba's stream, which is not NumPy's."""
    np.random.seed(seed)


@numba.njit
def month(
    hazard: float, weights: Any, known_from: Any, lab_of: Any, groups: int, group_of: Any, option_of: Any,
    segment: Any, choice: Any, uniform: Any, counts: Any,
) -> int:  # fmt: skip
    """Everybody, one after the other."""
    decisions = 0
    for i in range(choice.size):
        if np.random.random() >= hazard:
            continue
        decisions += 1
        before = choice[i]
        cell = segment[i] * groups + group_of[before]
        best, chosen = np.inf, 0
        for option in range(lab_of.size):
            lab = lab_of[option]
            if lab < 0 or uniform[i, lab] <= known_from[lab, cell]:
                weight = weights[cell, option]
                if weight > 0.0:
                    clock = -np.log(np.random.random()) / weight
                    if clock < best:
                        best, chosen = clock, option
        after = option_of[chosen]
        counts[segment[i], before] -= 1
        counts[segment[i], after] += 1
        choice[i] = after
    return decisions


class Compiled:
    """The population in arrays, the month in a compiled loop."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.table, self.choice = work, work.counts.copy(), work.choice.copy()
        self.uniform = np.ascontiguousarray(work.awareness_uniforms(seed).T)
        self.weights = np.ascontiguousarray(work.weights.T).astype(np.float64)
        seed_stream(seed)
        self._month(0.0)  # compiles

    def _month(self, hazard: float) -> int:
        work = self.work
        return int(
            month(
                hazard, self.weights, work.known_from, work.lab_of, work.groups, work.group_of_option,
                work.option_of_row, work.segment, self.choice, self.uniform, self.table,
            )
        )  # fmt: skip

    def step(self) -> int:
        """One month."""
        return self._month(self.work.hazard)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.table


if __name__ == "__main__":
    serve(Compiled, numba=numba.__version__)
