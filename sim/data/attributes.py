"""What is said of a lab in ``labs.csv``: names, columns of the lab table, and how far a number may go."""

from __future__ import annotations

import math
from typing import Any

from sim.inputs.errors import refused
from sim.parameters.fields import is_number

# Attribute in labs.csv → column of the lab table; those at zero start from it and move.
COLUMNS = {
    "uid": "uid",
    "methods_0": "methods",
    "serving_0": "serving",
    "cash_0": "cash",
    "support": "support",
    "complement": "complement",
    "service": "service",
    "fit_enterprise": "fit",
    "trust_0": "trust",
    "safeguards": "safeguards",
    "cadence": "cadence",
    "parent": "parent",
}
OTHER = ("region", "entry", "researchers_0", "awareness_0")
# Numbers of a lab that somebody adds, wide enough for any that could be meant.
BOUNDS = {
    "methods_0": (-10.0, 10.0),
    "serving_0": (-10.0, 10.0),
    "researchers_0": (0.0, 1e6),
    "cash_0": (0.0, 1e13),
    "support": (0.0, 1e3),
    "complement": (0.0, 1e4),
    "service": (0.0, 10.0),
    "fit_enterprise": (-50.0, 50.0),
    "awareness_0": (0.0, 100.0),
    "trust_0": (0.0, 1.0),
    "safeguards": (0.0, 1.0),
    "cadence": (0.1, 600.0),
    "parent": (0.0, 1.0),
}


def check_number(attribute: str, value: Any) -> None:
    """Refuse what is no number within its bounds.

    Raises:
        ParameterError: It is none.
    """
    low, high = BOUNDS[attribute]
    try:
        number = float(value) if is_number(value) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:
        raise refused(attribute, value, f"a number, {low:g} to {high:g}")
