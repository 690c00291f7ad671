"""weightshift: what open-weight AI does to market share, innovation and talent, agent by agent."""

from sim import sources  # first, so that it reads what is imported next
from sim.data import calendar
from sim.data.calendar import date_of, month_of
from sim.errors import ParameterError, WeightshiftError
from sim.market import Market
from sim.parameters import fields
from sim.parameters.tree import Parameters
from sim.record import Record
from sim.registry import RegistrationError
from sim.scenario import Scenario, ScenarioError

__all__ = [
    "Market",
    "ParameterError",
    "Parameters",
    "Record",
    "RegistrationError",
    "Scenario",
    "ScenarioError",
    "WeightshiftError",
    "calendar",
    "date_of",
    "fields",
    "month_of",
    "sources",
]
