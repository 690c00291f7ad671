"""One run with many developers, whose contributions are drawn one by one: how unequally people give."""

from __future__ import annotations

from dataclasses import replace

import sim
from experiments.findings.targets.run import Run
from sim.mechanisms.contribution import individual_contributions

# So many developers for each of an ordinary run: a million for twenty thousand.
TIMES = 50


def crowd(developers: int, date: str, seed: int = 0) -> Run:
    """The baseline to a date, and what every contributor gave in its month.

    Args:
        developers: Of an ordinary run; this one has :data:`TIMES` as many, at most fifty million.
        date: ``YYYY-MM``.
        seed: Of the run.
    """
    market = sim.Market(rng=seed, developers=min(TIMES * developers, 50_000_000))
    record = market.run(sim.month_of(date))
    _, outputs = individual_contributions(market)
    return replace(Run.of_record(record), outputs=outputs)
