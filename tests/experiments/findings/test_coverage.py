"""How often 95% intervals hold the true effect, by design and seeds: pairs made up from known parts, and real runs.

A pair is the effect at its point, plus the luck of its seed, which pairs of one seed share, plus a little of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments.findings.effects import differences
from experiments.findings.pairs import clusters_of, paired_summary
from experiments.questions.designs import Design
from experiments.questions.designs.sampling import sampled
from experiments.questions.study import Study

Float = np.ndarray
Effect = Callable[[Float], Float]
ADDRESSES = ["talent.mobility", "talent.home.cn"]
LEVELS = {
    address: {"low": 0.0, "high": 1.0, "points": number} for address, number in zip(ADDRESSES, (4, 3), strict=True)
}
RANGES = {address: [0.0, 1.0] for address in ADDRESSES}
TABLE = pd.DataFrame(np.random.default_rng(5).random((12, 2)), columns=ADDRESSES)
DESIGNS: dict[str, Any] = {
    "single": None,
    "grid": {"kind": "grid", "params": LEVELS},
    "file": TABLE,
    "latin_hypercube": {"kind": "latin_hypercube", "params": RANGES, "points": 15},
    "latin_hypercube, common": {"kind": "latin_hypercube", "params": RANGES, "points": 15, "seeds": "common"},
    "sobol": {"kind": "sobol", "params": RANGES, "points": 16},
}
TRUE, LUCK, OWN, POINT = 0.5, 1.0, 0.5, 1.0


def nothing(share: Float) -> Float:
    """The same effect at all points."""
    return np.zeros(len(share))


def together(share: Float) -> Float:
    """What no design balances: the product of two parameters, mean 0 and standard deviation 1 over the ranges."""
    return 12.0 * (share[:, 0] - 0.5) * (share[:, 1] - 0.5)


def alone(share: Float) -> Float:
    """What a Latin hypercube balances: the sum of two parameters, mean 0 and standard deviation 1."""
    return np.sqrt(6.0) * (share.sum(axis=1) - 1.0)


def normal(luck: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Luck that is normal."""
    return luck.standard_normal(shape)


def bimodal(luck: np.random.Generator, shape: tuple[int, int]) -> Float:
    """Luck of two groups, three tenths and the rest, mean 0 and standard deviation 1."""
    return (np.where(luck.random(shape) < 0.3, 0.7, -0.3) + 0.05 * luck.standard_normal(shape)) / np.hypot(
        0.21**0.5, 0.05
    )


def shares(design: Design, seed: int) -> Float:
    """Points of a design as shares of the ranges, shape (points, 2); drawn anew for each seed where they are drawn."""
    if design.kind in ("latin_hypercube", "sobol"):
        return sampled(design.kind, design.axes, int(design.points or 0), seed).to_numpy(float)
    frame = design.expand(sim.Parameters()).frame
    return frame.to_numpy(float) if len(frame.columns) else np.full((1, 2), 0.5)


@cache
def drawn(name: str, rounds: int) -> tuple[Float, ...]:
    """Points of a design in each round, which neither the seeds of a study nor the effect change."""
    return tuple(shares(Design.of(DESIGNS[name]), number) for number in range(rounds))


def coverage(
    name: str, seeds: int, effect: Effect, chance: Any = normal, rounds: int = 2000, independent: bool = False
) -> float:
    """Share of rounds whose interval holds the truth: the mean over the points, or over the ranges if they are drawn.

    Args:
        name: Of a design.
        seeds: As in a study.
        effect: Of a point, by the shares of its parameters.
        chance: Luck of seeds.
        rounds: How many studies.
        independent: Take every pair as independent, as before.
    """
    design, luck = Design.of(DESIGNS[name]), np.random.default_rng([seeds, len(name)])
    runs = Study.of("baseline", seeds=seeds, months=1, design=design).runs
    point, seed = runs["point"].to_numpy(), runs["seed"].to_numpy()
    clusters, counted = clusters_of(point, seed)
    every = drawn(name, rounds if name.startswith(("latin", "sobol")) else 1)
    at = np.stack([effect(points) for points in every])
    values = TRUE + POINT * at[:, point] + LUCK * chance(luck, (rounds, int(seed.max()) + 1))[:, seed]
    values = values + OWN * luck.standard_normal(values.shape)
    truth = TRUE if counted == "points" else TRUE + POINT * at.mean(axis=1)
    found = paired_summary(values, np.zeros(values.shape), None if independent else clusters)
    return float(((found["low"] <= truth) & (truth <= found["high"])).mean())


# Exact where luck is normal, whatever the points do. Where the points are drawn, the interval is of the mean over the
# ranges: exact too if points of the design are as good as independent, wider than need be where it balances them.
EXACT, AT_LEAST = (0.93, 0.97), (0.93, 1.0)


@pytest.mark.parametrize("effect", [nothing, together], ids=lambda effect: effect.__name__)
@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
@pytest.mark.parametrize("name", ["single", "grid", "file", "latin_hypercube, common"])
def test_intervals_over_common_seeds_cover(name: str, seeds: int, effect: Effect) -> None:
    assert EXACT[0] <= coverage(name, seeds, effect) <= EXACT[1]


@pytest.mark.parametrize(
    ("name", "effect", "wanted"),
    [
        ("latin_hypercube", nothing, EXACT),
        ("latin_hypercube", together, EXACT),
        ("latin_hypercube", alone, AT_LEAST),
        ("sobol", nothing, EXACT),
        ("sobol", together, AT_LEAST),
    ],
)
@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_intervals_over_seeds_of_a_point_s_own_cover(name: str, seeds: int, effect: Effect, wanted: Any) -> None:
    assert wanted[0] <= coverage(name, seeds, effect) <= wanted[1]


@pytest.mark.parametrize(("name", "seeds"), [("single", 1), ("grid", 1), ("file", 1), ("latin_hypercube, common", 1)])
def test_one_seed_has_no_interval(name: str, seeds: int) -> None:
    assert coverage(name, seeds, together, rounds=10) == 0.0


@pytest.mark.parametrize(("name", "seeds"), [("grid", 2), ("grid", 20), ("latin_hypercube, common", 2)])
def test_taking_pairs_of_one_seed_as_independent_does_not(name: str, seeds: int) -> None:
    assert coverage(name, seeds, together, independent=True) < 0.85


@pytest.mark.parametrize("name", ["single", "grid"])
def test_two_groups_need_ten_seeds(name: str) -> None:
    """With few seeds all may be of one group, and agree; hence the words that say so."""
    assert coverage(name, 3, nothing, bimodal) < 0.92
    assert 0.93 <= coverage(name, 10, nothing, bimodal) <= EXACT[1]
    assert 0.93 <= coverage(name, 20, nothing, bimodal) <= EXACT[1]


@pytest.mark.slow
def test_intervals_of_real_runs_cover(tmp_path: Path) -> None:
    """Thirty studies of five seeds at two points, against the mean of all their seeds.

    Of measures that mobility hardly moves, so that the two pairs of a seed are nearly one.
    """
    wanted, design = (
        ["open_share_users", "open_share_tokens", "contributions"],
        {"kind": "grid", "params": {"talent.mobility": [0.01, 0.05]}},
    )
    runs = ex.ensemble(
        ["baseline", "no_open_weights"], seeds=150, months=13, developers=1000, workers=1, design=design,
        measures=wanted, outputs=tmp_path, progress=False,
    )  # fmt: skip
    whole = ex.compare(runs, measures=wanted, month=13).frame.set_index("measure")
    covered: dict[bool, list[bool]] = {False: [], True: []}
    for first in range(0, 150, 5):
        some = runs.select(seed=range(first, first + 5))
        found = ex.compare(some, measures=wanted, month=13).frame.set_index("measure")
        assert (found["clusters"] == 5).all() and (found["pairs"] == 10).all()
        covered[True] += ((found["low"] <= whole["mean"]) & (whole["mean"] <= found["high"])).tolist()
        for measure in wanted:  # as if the pairs of a seed had nothing in common
            pairs = differences(some, measure, "no_open_weights", "baseline").loc[[13]].to_numpy(float)
            alone = paired_summary(pairs, 0.0 * pairs)
            covered[False].append(bool(alone["low"][0] <= whole.loc[measure, "mean"] <= alone["high"][0]))
    # Ninety intervals, three of each study: 95% within three standard errors of thirty.
    assert np.mean(covered[True]) >= 0.85
    assert np.mean(covered[False]) < np.mean(covered[True]) - 0.1
