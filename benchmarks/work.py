"""The work that every engine does: developers reconsider and choose, with the tables of one month of the market.

Run as ``python -m benchmarks.work FILE``: runs a market to the first month with forty options and writes its tables.

Each month a developer reconsiders with the given hazard. She then chooses among the options of whose labs she knows
(always the lab she uses), by the logit with the weights of her cell: (segment, lab and tier of her current option).
She knows a lab if her own fixed uniform lies below the lab's awareness in her segment. Utilities keep their shocks for
no longer than the month, so that engines without addressed draws can do the same.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

OPTIONS = 40
SEED = 1


def capture() -> dict[str, Any]:
    """Tables of the first month with at least ``OPTIONS`` options, from a market of 20,000."""
    import sim
    from sim.mechanisms import adoption as module
    from sim.numerics import race

    seen: dict[str, Any] = {}
    month = race.month

    def keep(course: race.Course, turns: race.Turns, *population: Any) -> None:
        seen.update(course=course, turns=turns, start=population[-1].copy())
        month(course, turns, *population)

    market = sim.Market(rng=SEED, developers=20_000)
    module.race.month = keep  # type: ignore[attr-defined]
    try:
        while not seen or len(seen["course"].option_keys) < OPTIONS:
            market.step()
    finally:
        module.race.month = month  # type: ignore[attr-defined]
    course, turns = seen["course"], seen["turns"]
    return {
        "weights": course.weights,
        "bars": course.bars,
        "option_keys": course.option_keys,
        "lab_keys": course.lab_keys,
        "lab_of": course.lab_of,
        "groups": turns.groups,
        "group_of_option": turns.group_of_option,
        "option_of_row": turns.option_of_row,
        "hazard": float(turns.bar) / 2.0**32,
        "start": seen["start"],
    }


if __name__ == "__main__":
    np.savez(sys.argv[1], **capture())
