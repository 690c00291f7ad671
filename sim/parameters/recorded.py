"""The record: to when history is followed, and how what the mechanisms do not explain of it enters."""

from __future__ import annotations

from typing import Literal

from sim.parameters.fields import Section, field

# One a month, so that the end of the record is a choice with a name. Before 2023-06 too little is known to go on from.
Month = Literal[
    "2023-06", "2023-07", "2023-08", "2023-09", "2023-10", "2023-11", "2023-12",
    "2024-01", "2024-02", "2024-03", "2024-04", "2024-05", "2024-06",
    "2024-07", "2024-08", "2024-09", "2024-10", "2024-11", "2024-12",
    "2025-01", "2025-02", "2025-03", "2025-04", "2025-05", "2025-06",
    "2025-07", "2025-08", "2025-09", "2025-10", "2025-11", "2025-12",
]  # fmt: skip


class Recorded(Section):
    """To when history is followed, and how what the mechanisms do not explain of it enters."""

    end: Month = field(
        "2025-12",
        "T: the last month of the record; what was published later is not known, and capability, compute, dates and "
        "openness are the model's own",
        unit="month",
        source="Last month of the tables",
        confidence="measured",
        at_start=True,
    )
    given: bool = field(
        False,
        "Compute, spending, dates, openness, sizes and events stay those of the tables to their end, though capability "
        "is drawn after T",
        unit="1",
        source="For forecasts out of time",
        at_start=True,
    )
    residuals: Literal["inside", "outside", "none"] = field(
        "inside",
        "What measured capability has beyond the model's: part of a lab's own pre-training and so learned from "
        "(inside), added to what learning gives (outside), or left away (none)",
        unit="1",
        source="As demand estimation treats unobserved quality (Berry 1994)",
        at_start=True,
    )
