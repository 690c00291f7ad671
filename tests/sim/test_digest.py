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
from typing import Any

import numpy as np
import pytest

import sim
from sim.agents.developers import taste_epoch
from sim.mechanisms.adoption import late_above
from sim.numerics import race

DEVELOPERS, MONTHS, RECORDED = 3000, 40, 36
DIGESTS = {
    1: "5d316212cbada50445c72d5a0a9cf52ae15422a15672c866b0c1264b0cfae578",
    2: "3df36b77deeb278cd67651ac29e56b6f398403047888e8036633703abd8d8ff7",
}


def digest(seed: int, months: int = MONTHS, **parameters: Any) -> str:
    """Of every developer's option and of all counts, month by month."""
    market = sim.Market(rng=seed, developers=DEVELOPERS, **parameters)
    record = hashlib.sha256()
    for _ in range(months):
        market.step()
        record.update(market.developers.choice.astype("<u2").tobytes())
        record.update(market.developers.counts.astype("<i8").tobytes())
    return record.hexdigest()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Kernel and workers as after a fresh import, and again afterwards."""
    monkeypatch.setattr(race, "_CHOSEN", {})
    monkeypatch.delenv("WEIGHTSHIFT_KERNEL", raising=False)
    monkeypatch.delenv("WEIGHTSHIFT_WORKERS", raising=False)
    return monkeypatch


@pytest.mark.parametrize("seed", DIGESTS)
@pytest.mark.usefixtures("settings")
def test_choices_and_counts_have_the_digest_of_this_repository(seed: int) -> None:
    assert digest(seed) == DIGESTS[seed]


@pytest.mark.parametrize("seed", DIGESTS)
@pytest.mark.usefixtures("settings")
def test_money_after_the_record_changes_nothing_in_it(seed: int) -> None:
    poor = {"finance.believed_market": 1e11, "finance.equity_share": 0.0, "finance.runway": 1.0, "finance.grace": 1}
    poor |= {"finance.founding": 10.0}
    assert digest(seed, RECORDED, **poor) == digest(seed, RECORDED)


@pytest.mark.parametrize(("block", "span"), [(1, 512), (1500, 1000), (4_000_000, 100_000)])
def test_blocks_and_spans_change_nothing(settings: pytest.MonkeyPatch, block: int, span: int) -> None:
    settings.setattr(race, "BLOCK", block)
    settings.setattr(race, "SPAN", span)
    assert digest(1) == DIGESTS[1]


def test_workers_change_nothing(settings: pytest.MonkeyPatch) -> None:
    settings.setattr(race, "SPAN", 256)
    settings.setenv("WEIGHTSHIFT_WORKERS", "2")
    assert digest(1) == DIGESTS[1]
    race.set_workers(3)
    assert digest(1) == DIGESTS[1]


def test_processes_without_vector_features_change_nothing() -> None:
    """Both digests from a process whose NumPy may not use what this processor offers beyond the baseline."""
    features = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    if not features:
        pytest.skip("NumPy uses no vector feature beyond its baseline on this processor")
    off = {"NPY_DISABLE_CPU_FEATURES": " ".join(features), "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    answer = subprocess.run(
        [sys.executable, __file__], env={**os.environ, **off}, capture_output=True, text=True, check=True
    )
    digested, *used = answer.stdout.splitlines()
    if set(" ".join(used).split()) & set(features):
        pytest.skip(f"NumPy refused to do without {features}")
    assert digested.split() == list(DIGESTS.values())


# The compiled kernel


needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="Numba, the extra fast, is not installed")


@needs_numba
@pytest.mark.parametrize("seed", DIGESTS)
def test_the_compiled_kernel_changes_nothing(settings: pytest.MonkeyPatch, seed: int) -> None:
    settings.setenv("WEIGHTSHIFT_KERNEL", "compiled")
    settings.setenv("WEIGHTSHIFT_WORKERS", "2")
    settings.setattr(race, "SPAN", 1000)
    assert digest(seed) == DIGESTS[seed]


@needs_numba
def test_the_compiled_logarithm_errs_by_less_than_its_margin() -> None:
    """For every one of the 2²³ draws, against double precision."""
    from sim.numerics import compiled

    numerator = np.arange(2**23, dtype=np.uint32)
    logarithm = np.empty(numerator.size, np.float32)
    compiled.logarithms(numerator << np.uint32(9), logarithm)
    exact = race.exact_clock(numerator, np.ones(numerator.size, np.float32))
    assert np.max(abs(-logarithm / exact - 1.0)) < 2.0**-21
    # Two clocks so far off either way, their quotients rounded, and the margin itself rounded once.
    assert race.MARGIN > 2.0 * (2.0**-21 + 2.0**-24) + 2.0**-24


# How kernel and workers are chosen


def test_an_unknown_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel = 'fortran' is not allowed; allowed: numpy, compiled"):
        race.use("fortran")


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "2"])
def test_impossible_numbers_of_workers_are_refused(number: object) -> None:
    with pytest.raises(ValueError, match=r"workers = .* is not allowed; allowed: a whole number from 1 to 1024"):
        race.set_workers(number)


def test_an_impossible_environment_is_refused(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("WEIGHTSHIFT_WORKERS", "two")
    with pytest.raises(ValueError, match=r"WEIGHTSHIFT_WORKERS = 'two' is not allowed"):
        digest(1)


@pytest.mark.skipif(find_spec("numba") is not None, reason="Numba is installed")
def test_a_missing_numba_is_one_clear_line(settings: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImportError, match=r"^the compiled kernel needs Numba: pip install 'weightshift\[fast\]'"):
        race.use("compiled")


def test_numba_is_not_imported_unless_asked() -> None:
    code = "import sys, sim; sim.Market(rng=1, developers=100).step(); print('numba' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1]), "WEIGHTSHIFT_KERNEL": "numpy"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize("period", [1, 2, 7, 24, 36, 1200])
def test_one_word_tells_the_later_taste_epoch(period: int) -> None:
    """The bar on the word against the formula of the epochs, at both ends of every high half."""
    high = np.arange(2**16, dtype=np.uint32)
    words = np.concatenate([high << np.uint32(16), high << np.uint32(16) | np.uint32(0xFFFF)])
    for month in {0, 1, 5, 35, 36, 37, 599}:
        assert np.array_equal(words > late_above(month, period), taste_epoch(words, month, period))


if __name__ == "__main__":
    print(*(digest(seed) for seed in DIGESTS))
    print(*np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
