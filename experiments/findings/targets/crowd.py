"""Runs with many developers, whose contributions are drawn one by one: how unequally people give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sim
from experiments.findings.targets.run import Run
from sim.mechanisms.contribution import individual_contributions

# So many developers for each of an ordinary run: a million for twenty thousand.
TIMES = 50
# As many runs as projects were measured: what a few thousand people give has a tail so long that one draw of it says
# little (Gini coefficients of single runs lie between .6 and .9).
SEEDS = tuple(range(8))


def crowds(developers: int, date: str, seeds: Iterable[int] = SEEDS) -> list[Run]:
    """The baseline to a date, and what every contributor gave in its month, for each of some seeds.

    Args:
        developers: Of an ordinary run; these have :data:`TIMES` as many, at most fifty million.
        date: ``YYYY-MM``.
        seeds: Of the runs.
    """
    return [_crowd(developers, date, seed) for seed in seeds]


def _crowd(developers: int, date: str, seed: int) -> Run:
    market = sim.Market(rng=seed, developers=min(TIMES * developers, 50_000_000))
    record = market.run(sim.month_of(date))
    _, outputs = individual_contributions(market)
    return replace(Run.of_record(record), outputs=outputs)
