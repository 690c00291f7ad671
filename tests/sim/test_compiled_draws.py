"""The compiled draws of labs, startups and researchers: NumPy's to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from sim.numerics import draws, race

pytestmark = pytest.mark.skipif(find_spec("numba") is None, reason="Numba, the extra fast, is not installed")
MANY = np.random.default_rng(1).integers(0, 2**62, 1000)
# Epoch, agent, option.
ADDRESSES: dict[str, tuple[Any, Any, Any]] = {
    "numbers": (5, 3, 2),
    "numbers of NumPy": (np.int64(5), np.int64(3), np.int64(2)),
    "agents": (5, MANY, 0),
    "identities": (5, MANY.astype(np.uint64), 7),
    "agents and options": (5, MANY[:, None], np.arange(4)),
    "options of one": (5, 3, np.arange(4)),
    "epochs of their own": (MANY[:, None] % 600, MANY[:, None], np.arange(4)),
    "nobody": (5, MANY[:0], 0),
}


@pytest.fixture(autouse=True)
def kernels_as_they_were(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(race, "_CHOSEN", {})
    yield
    draws.use_twin(None)


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
@pytest.mark.parametrize("seed", [0, 1, draws.SEED_LIMIT - 1])
def test_words_uniforms_and_events_are_those_of_numpy(seed: int, address: tuple[Any, Any, Any]) -> None:
    found = []
    for kernel in race.KERNELS:
        race.use(kernel)
        found.append(
            (
                draws.uniform(seed, "incident", *address),
                draws.normal(seed, "severity", *address),
                draws.happens(0.3, seed, "startup_exit", *address),
            )
        )
    for arrays, compiled in zip(*found, strict=True):
        assert arrays.dtype == compiled.dtype
        np.testing.assert_array_equal(arrays, compiled, strict=True)


def test_the_choice_of_the_race_is_that_of_draws() -> None:
    for kernel, chosen in (("compiled", True), ("numpy", False)):
        race.use(kernel)
        assert bool(draws._TWIN) is chosen
