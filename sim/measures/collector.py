"""Mesa's data collector over what a run recorded."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import mesa

from sim.agents.lab import Lab
from sim.measures.labs import LABS
from sim.measures.market import MARKET
from sim.record import Record


class Observed(Protocol):
    """What is collected from: a market."""

    record: Record
    lab_agents: list[Lab]


class Collector(mesa.DataCollector):
    """Mesa's collector, filled from the record: to ask each lab for each measure takes as long as to measure it.

    One reporter is left to Mesa, whose releases keep different accounts of when they collected.
    """

    def __init__(self, market: Observed) -> None:
        self.market = market
        self.first, *self.others = MARKET
        super().__init__(model_reporters={self.first: partial(_observed, self.first)})
        self.model_vars: dict[str, list[float]] = {name: [] for name in MARKET}

    def collect(self, model: Observed) -> None:
        """Add a month."""
        super().collect(model)
        values, collected = model.record.last_of_market(), self.model_vars
        for name in self.others:
            collected[name].append(values[name])

    def get_agenttype_vars_dataframe(self, agent_type: type[mesa.Agent]) -> Any:
        """Every measure of every lab, a row a month and lab; of other agents nothing is collected."""
        if agent_type is not Lab:
            return super().get_agenttype_vars_dataframe(agent_type)
        labs, of_labs = self.market.lab_agents, self.market.record.labs
        filled = mesa.DataCollector(agenttype_reporters={Lab: dict.fromkeys(LABS)})
        for month in range(self.market.record.months + 1):
            rows = zip(*(values[month].tolist() for values in of_labs.values()), strict=True)
            filled._agenttype_records[month] = {
                Lab: [(month, lab.unique_id, *row) for lab, row in zip(labs, rows, strict=True)]
            }
        return filled.get_agenttype_vars_dataframe(Lab)


def _observed(name: str, market: Observed) -> float:
    return market.record.last(name)
