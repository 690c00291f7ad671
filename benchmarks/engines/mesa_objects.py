"""Mesa: a developer is an agent object. Two versions in plain Python, which beats NumPy inside each agent.

``clocks`` draws one exponential clock an option, as weightshift does. ``urn``, the default of who only wants the
shares, draws one uniform a decision from cumulated weights; it is quicker, and leaves nothing to compare between runs
of one seed.
"""

from __future__ import annotations

import os
from bisect import bisect
from functools import cache
from itertools import accumulate
from math import log
from operator import mul
from typing import Any

import mesa
import numpy as np

from benchmarks.engines.common import Work, serve


class Developer(mesa.Agent):
    """A developer with her segment, her option and her uniform of each lab."""

    def __init__(self, model: Any, segment: int, option: int, known: list[int]) -> None:
        super().__init__(model)
        self.segment, self.option, self.known = segment, option, known

    def step(self) -> None:
        """Reconsider with the month's hazard, and choose."""
        model = self.model
        if model.random.random() < model.hazard:
            model.decisions += 1
            self.option = model.choose(self)


class Market(mesa.Model):
    """The market as a Mesa model; the labs known to an agent are tuples, shared by all who know the same."""

    def __init__(self, work: Work, seed: int, urn: bool) -> None:
        super().__init__(rng=seed)
        self.work, self.hazard, self.decisions = work, work.hazard, 0
        self.choose = self.by_urn if urn else self.by_clocks
        self.weights = work.weights.T.astype(float).tolist()
        self.group, self.option_of = work.group_of_option.tolist(), work.option_of_row.tolist()
        self.lab_of = work.lab_of.tolist()
        known = work.awareness_uniforms(seed) <= work.own_segment[:, work.segment]
        masks = (1 << np.arange(work.labs, dtype=np.int64)) @ known.astype(np.int64)
        for segment, option, mask in zip(work.segment.tolist(), work.choice.tolist(), masks.tolist(), strict=True):
            Developer(self, segment, option, mask)
        self.tuples = cache(self._tuple)

    def _tuple(self, mask: int, group: int) -> tuple[float, ...]:
        """Ones for the options of known labs, and of the lab now used."""
        used = (group - 1) // 2 if group else -1
        return tuple(float(lab < 0 or lab == used or bool(mask >> lab & 1)) for lab in self.lab_of)

    def by_urn(self, agent: Developer) -> int:
        """One uniform over cumulated weights."""
        group = self.group[agent.option]
        row = self.weights[agent.segment * self.work.groups + group]
        total = list(accumulate(map(mul, row, self.tuples(agent.known, group))))
        return self.option_of[bisect(total, self.random.random() * total[-1])]

    def by_clocks(self, agent: Developer) -> int:
        """One clock an option; the first to ring is chosen."""
        group, draw = self.group[agent.option], self.random.random
        row = self.weights[agent.segment * self.work.groups + group]
        best, chosen = 0.0, 0
        for option, (weight, known) in enumerate(zip(row, self.tuples(agent.known, group), strict=True)):
            if known and weight:
                rate = weight / -log(draw())
                if rate > best:
                    best, chosen = rate, option
        return self.option_of[chosen]

    def step(self) -> int:
        """One month."""
        self.decisions = 0
        self.agents.do("step")
        return self.decisions

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        segment = np.array([agent.segment for agent in self.agents])
        return self.work.count(segment, np.array([agent.option for agent in self.agents]))


class Engine:
    """Mesa numbers the calls of ``step`` and returns nothing from it; the harness wants the decisions."""

    def __init__(self, work: Work, seed: int) -> None:
        self.market = Market(work, seed, os.environ.get("MESA_VERSION") == "urn")

    def step(self) -> int:
        """One month."""
        self.market.step()
        return self.market.decisions

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.market.counts()


if __name__ == "__main__":
    serve(Engine, mesa=mesa.__version__)
