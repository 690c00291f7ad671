"""What tests do to labs, of the market or of the plain one that it is held against."""

from __future__ import annotations

from sim.agents.lab import Lab
from tests.reference.world import Lab as PlainLab


def impoverish(*labs: Lab | PlainLab, cash: float = -1e11) -> None:
    """Leave labs with debts, or so much cash [$], and nothing that comes in next month.

    They have no rents and no backers and, as parts of something larger, no equity.
    """
    for lab in labs:
        lab.cash, lab.rent_smoothed, lab.backers, lab.parent = cash, 0.0, 0.0, True
