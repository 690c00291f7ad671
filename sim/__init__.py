"""weightshift: what open-weight AI does to market share, innovation and talent, agent by agent."""

from sim.calendar import date_of, month_of
from sim.fields import ParameterError
from sim.market import Market
from sim.parameters import Parameters
from sim.record import Record
from sim.scenario import Scenario, ScenarioError

__all__ = [
    "Market",
    "ParameterError",
    "Parameters",
    "Record",
    "Scenario",
    "ScenarioError",
    "date_of",
    "month_of",
]
