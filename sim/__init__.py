"""weightshift: what open-weight AI does to market share, innovation and talent, agent by agent."""

from sim.inputs import sources  # first, so that it reads what is imported next

# isort: split

from sim.data import calendar
from sim.data.calendar import date_of, month_of
from sim.inputs.errors import ParameterError, WeightshiftError
from sim.inputs.registry import RegistrationError
from sim.market import Market
from sim.parameters import fields
from sim.parameters.tree import Parameters
from sim.record import Record
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
