"""weightshift itself: the race of sim.numerics.race, with the kernel and the workers that the environment names."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks.engines.common import Work, serve
from sim.numerics import race


class Core:
    """The population walked by :func:`sim.numerics.race.month`."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.seed, self.month = work, seed, 0
        self.course = race.Course(work.weights, work.bars, work.option_keys, work.lab_keys, work.lab_of)
        self.identity = work.identity_words(seed)
        self.choice, self.table = work.choice.copy(), work.counts.copy()
        self.step()  # compiles, and fills the buffers
        self.month, self.choice, self.table = 0, work.choice.copy(), work.counts.copy()

    def step(self) -> int:
        """One month; the number of decisions is the expected one, for it is not counted inside the kernel."""
        work, keys = self.work, self.work.keys(self.seed, self.month)
        turns = race.Turns(
            turn_key=keys[1],
            bar=keys[2],
            phase_key=keys[3],
            late_above=keys[4],
            taste_keys=(keys[5], keys[6]),
            aware_key=keys[7],
            groups=work.groups,
            group_of_option=work.group_of_option,
            option_of_row=work.option_of_row,
        )
        race.month(self.course, turns, self.identity, work.segment, self.choice, self.table)
        self.month += 1
        return round(work.developers * work.hazard)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.table


if __name__ == "__main__":
    kernel = os.environ.get("WEIGHTSHIFT_KERNEL", "numpy")
    versions = {}
    if kernel == "compiled":
        import numba

        versions["numba"] = numba.__version__
    serve(Core, kernel=kernel, bits=str(np.dtype(np.intp).itemsize * 8), **versions)
