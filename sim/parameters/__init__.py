"""Parameters: one section a verb, each value with unit, bounds, range, source and confidence; ``tree`` joins them."""

from sim.inputs.errors import ParameterError
from sim.parameters.fields import Section, by_organisation, field
from sim.parameters.tree import Parameters, section

__all__ = ["ParameterError", "Parameters", "Section", "by_organisation", "field", "section"]
