"""Plain NumPy, as most would write it: whole arrays, double precision, a stream of exponential draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.engines.common import Work, serve


class Plain:
    """All who reconsider choose at once."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work, self.random = work, np.random.default_rng(seed)
        self.choice, self.segment = work.choice.astype(np.int64), work.segment.astype(np.int64)
        self.uniform = work.awareness_uniforms(seed)
        self.weights = work.weights.T.astype(np.float64)
        known_from = np.concatenate([np.ones((1, work.weights.shape[1])), work.known_from])
        self.known_from = known_from[work.lab_of + 1].T  # by (cell, option); the outside option is known to all
        self.lab_of = np.maximum(work.lab_of, 0)

    def step(self) -> int:
        """One month."""
        work = self.work
        turn = np.flatnonzero(self.random.random(work.developers) < work.hazard)
        cell = self.segment[turn] * work.groups + work.group_of_option[self.choice[turn]]
        aware = self.uniform[:, turn].T[:, self.lab_of] <= self.known_from[cell]
        rates = self.weights[cell] * aware / self.random.standard_exponential((turn.size, work.options))
        self.choice[turn] = work.option_of_row[rates.argmax(axis=1)]
        self.table = work.count(self.segment, self.choice)
        return turn.size

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.table


if __name__ == "__main__":
    serve(Plain)
