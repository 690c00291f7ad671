"""No shipped scenario is without effect: to 2032, what each is about moves, by how much is for studies to say."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from experiments.questions.scenarios import BASELINE, names, scenario
from sim.record import HEADLINES, Record

MONTHS, DEVELOPERS, SEED = 120, 500, 1


@pytest.fixture(scope="module")
def baseline() -> Record:
    return sim.Market(rng=SEED, developers=DEVELOPERS).run(MONTHS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in names() if name != BASELINE])
def test_headlines_move(name: str, baseline: Record) -> None:
    record = sim.Market(rng=SEED, developers=DEVELOPERS, setup=scenario(name), reference=baseline).run(MONTHS)
    moved = [
        measure
        for measure in HEADLINES
        if not np.array_equal(record.market[measure], baseline.market[measure], equal_nan=True)
    ]
    assert len(moved) >= len(HEADLINES) - 2, f"only {', '.join(moved) or 'nothing'}"
