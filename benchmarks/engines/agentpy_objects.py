"""AgentPy: a developer is an agent object that chooses with NumPy, as in the examples of its documentation."""

from __future__ import annotations

from typing import Any

import agentpy
import numpy as np

from benchmarks.engines.common import Work, serve


class Developer(agentpy.Agent):
    """A developer with her segment, her option and the labs she knows."""

    def setup(self) -> None:
        """Take the row of the population with this agent's number."""
        work, row = self.model.p.work, self.id - 1
        self.segment, self.option = int(work.segment[row]), int(work.choice[row])
        self.uniform = self.model.uniform[row]

    def decide(self) -> None:
        """Reconsider with the month's hazard, and choose."""
        model = self.model
        if model.nprandom.random() < model.hazard:
            model.decisions += 1
            cell = self.segment * model.groups + model.group[self.option]
            aware = self.uniform <= model.known_from[cell]
            clocks = model.nprandom.standard_exponential(model.options)
            self.option = model.option_of[(model.weights[cell] * aware[model.lab_of] / clocks).argmax()]


class Market(agentpy.Model):
    """The market as an AgentPy model."""

    def setup(self) -> None:
        """Make the agents; their tables are plain arrays and lists."""
        work = self.p.work
        self.hazard, self.groups, self.options = work.hazard, work.groups, work.options
        self.decisions = 0
        self.group, self.option_of = work.group_of_option.tolist(), work.option_of_row.tolist()
        self.weights = np.ascontiguousarray(work.weights.T).astype(float)
        # A last lab, the outside option's, is known to all.
        self.lab_of = np.where(work.lab_of < 0, work.labs, work.lab_of)
        self.known_from = np.vstack([work.known_from, np.ones(work.weights.shape[1])]).T.copy()
        self.uniform = np.vstack([work.awareness_uniforms(self.p.seed), np.zeros(work.developers)]).T.copy()
        self.developers = agentpy.AgentList(self, work.developers, Developer)

    def step(self) -> None:
        """One month."""
        self.developers.decide()


class Engine:
    """The model stepped by hand."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work = work
        self.market = Market({"work": work, "seed": seed})
        self.market.sim_setup()

    def step(self) -> int:
        """One month."""
        self.market.decisions = 0
        self.market.sim_step()
        return int(self.market.decisions)

    def counts(self) -> Any:
        """Developers by (segment, option)."""
        agents = self.market.developers
        return self.work.count(np.array(list(agents.segment)), np.array(list(agents.option)))


if __name__ == "__main__":
    serve(Engine, agentpy=agentpy.__version__)
