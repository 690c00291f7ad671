"""Starsim: a module with states in arrays and one random stream an option, which makes its draws common to runs."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("STARSIM_INSTALL_FONTS", "0")

import numpy as np
import starsim as ss

from benchmarks.engines.common import Work, serve


class Adoption(ss.Module):
    """Developers reconsider and choose."""

    def __init__(self, work: Any = None, run_seed: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.work, self.run_seed, self.decisions = work, run_seed, 0
        self.define_states(
            ss.FloatArr("segment"),
            ss.FloatArr("option"),
            *[ss.FloatArr(f"lab{lab}") for lab in range(work.labs)],
        )
        self.turns = ss.bernoulli(p=work.hazard)
        self.draws = [ss.random(name=f"draw{option}") for option in range(work.options)]

    def init_post(self) -> None:
        """Start from the market's own population."""
        super().init_post()
        people = self.sim.people.auids
        self.segment[people], self.option[people] = self.work.segment, self.work.choice
        for lab, uniform in enumerate(self.work.awareness_uniforms(self.run_seed)):
            getattr(self, f"lab{lab}")[people] = uniform

    def step(self) -> None:
        """One month."""
        work, people = self.work, self.turns.filter()
        segment = np.asarray(self.segment[people]).astype(np.int64)
        option = np.asarray(self.option[people]).astype(np.int64)
        cell = segment * work.groups + work.group_of_option[option]
        known = [
            np.asarray(getattr(self, f"lab{lab}")[people]) <= work.known_from[lab][cell] for lab in range(work.labs)
        ]
        best, chosen = np.zeros(len(people)), np.zeros(len(people), np.int64)
        for row, lab in enumerate(work.lab_of):
            rate = work.weights[row][cell] / -np.log(self.draws[row].rvs(people))
            if lab >= 0:
                rate *= known[lab]
            better = rate > best
            best[better], chosen[better] = rate[better], row
        self.option[people] = work.option_of_row[chosen]
        segments = np.asarray(self.segment.values).astype(np.int64)
        self.table = work.count(segments, np.asarray(self.option.values).astype(np.int64))
        self.decisions += len(people)


class Engine:
    """A simulation stepped by hand."""

    def __init__(self, work: Work, seed: int) -> None:
        self.sim = ss.Sim(
            n_agents=work.developers,
            modules=[Adoption(work=work, run_seed=seed)],
            start=0,
            stop=1000,
            dt=1,
            rand_seed=seed,
            verbose=0,
            copy_inputs=False,
        )
        self.sim.init()
        self.module = next(module for module in self.sim.modules if isinstance(module, Adoption))

    def step(self) -> int:
        """One month."""
        before = self.module.decisions
        self.sim.run_one_step()
        return int(self.module.decisions - before)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        return self.module.table


if __name__ == "__main__":
    serve(Engine, starsim=ss.__version__)
