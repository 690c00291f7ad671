"""The same small market gives the same choices everywhere: one digest for every processor, Python, block and worker.

A change of the model's defaults changes the digests: run this file as a script and paste what it prints.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import race

DEVELOPERS, MONTHS = 3000, 40
DIGESTS = {
    1: "1fa1a3490a8a9956c163f4f688bf63800674e0fa1d4bfade7f1e3530291c794f",
    2: "d47478db4c2127adc23abaff5690a191e9b031628cad3f79e4f2c59bdd6c1a52",
}


def digest(seed: int) -> str:
    """Of every developer's option and of all counts, month by month."""
    market = sim.Market(rng=seed, developers=DEVELOPERS)
    record = hashlib.sha256()
    for _ in range(MONTHS):
        market.step()
        record.update(market.developers.choice.astype("<u2").tobytes())
        record.update(market.developers.counts.astype("<i8").tobytes())
    return record.hexdigest()


@pytest.mark.parametrize("seed", DIGESTS)
def test_choices_and_counts_have_the_digest_of_this_repository(seed: int) -> None:
    assert digest(seed) == DIGESTS[seed]


if __name__ == "__main__":
    print(*(digest(seed) for seed in DIGESTS))
    print(*np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
