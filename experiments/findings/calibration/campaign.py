"""A campaign: screening, waves, a posterior confirmed by real runs, and planted truth, each run through the store.

Everything follows from finished runs and fixed seeds, so a campaign that was interrupted goes on to the same end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from experiments.engine.driver import UnfinishedError
from experiments.findings.calibration.aims import END, Aim, aims, measures, values
from experiments.findings.calibration.history import LIMIT, Bank, Kept, bank, discrepancies, moved, not_ruled_out
from experiments.findings.calibration.planted import Planted, recover
from experiments.findings.calibration.posterior import Chain, log_density, near, sample
from experiments.findings.calibration.space import Space
from experiments.questions.designs import COMMON, OWN, Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study
from experiments.results.results import Results

Float = NDArray[np.float64]
# Seeds of the runs of each stage begin here, so that no two stages share their luck.
_WAVE_SEEDS, _POSTERIOR_SEEDS, _PLANTED_SEEDS = 10_000, 500_000, 600_000
# Points that stand for what is not ruled out.
_PARTICLES = 800
# Fewer finished runs of a wave than this share say that something else is wrong.
_ENOUGH = 0.5


@dataclass(frozen=True)
class Asked:
    """What a campaign is made with.

    Attributes:
        run: Runs a study, or reads it from the store.
        space: The parameters that are varied: all that have a range, or some.
        developers: Simulated developers of every run.
        points: Runs of the first wave.
        later: Runs of each wave after it.
        waves: How many waves.
        repeats: Seeds at the baseline's values, for the luck of seeds.
        least: A parameter counts as acting if it moves a number by so many tolerances between the ends of its range.
        draws: Rows of the posterior.
        steps: Of every walker of the posterior's chain; of a plant's an eighth as many.
        plants: Worlds with known parameters; 0 for none.
        seed: Of everything that is drawn.
        aims: What is held against runs.
        say: Told what happens.
    """

    run: Callable[[Study], Results]
    space: Space
    developers: int
    points: int
    later: int
    waves: int
    repeats: int
    least: float
    draws: int
    steps: int
    plants: int
    seed: int = 0
    aims: tuple[Aim, ...] = field(default_factory=aims)
    say: Callable[[str], None] = print


@dataclass(frozen=True)
class Wave:
    """One wave.

    Attributes:
        number: From 1.
        runs: Finished runs.
        shares: Of all parameters, shape (points, parameters).
        values: What runs gave, shape (points, aims); missing of runs that failed.
        bank: Emulators after it, of the parameters that act.
        kept: What is not ruled out after it.
        seconds: It took, runs and emulators.
    """

    number: int
    runs: int
    shares: Float
    values: Float
    bank: Bank
    kept: Kept
    seconds: dict[str, float]


@dataclass(frozen=True)
class Campaign:
    """What came out.

    Attributes:
        asked: What it was made with.
        base: What the baseline gave with each of the seeds, shape (repeats, aims).
        moved: How far each parameter alone moves each number, in tolerances.
        acting: Parameters that emulators know; the others are drawn from their ranges in every run.
        waves: In order.
        chain: Draws of the posterior on the emulators.
        posterior: Rows of values of every varied parameter, the real runs of which confirm it.
        confirmed: What these gave, shape (draws, aims).
        planted: What was planted and found; None if nothing was.
        seconds: What each stage took.
    """

    asked: Asked
    base: Float
    moved: pd.DataFrame
    acting: tuple[str, ...]
    waves: tuple[Wave, ...]
    chain: Chain
    posterior: pd.DataFrame
    confirmed: Float
    planted: Planted | None
    seconds: dict[str, float]

    @property
    def bank(self) -> Bank:
        """The emulators of the last wave."""
        return self.waves[-1].bank


def campaign(asked: Asked) -> Campaign:
    """Make one, or go on with it.

    Raises:
        ExperimentError: Something it needs is not installed.
        UnfinishedError: Too many runs failed.
    """
    clock = _Clock(asked.say)
    space, seed = asked.space, asked.seed
    base, table = _screened(asked)
    acting = tuple(str(name) for name, most in table.max(axis=1).items() if most >= asked.least)
    clock("screening", f"{len(acting)} of {len(space)} parameters move a number by {asked.least:g} tolerances")
    waves: list[Wave] = []
    for number in range(1, asked.waves + 1):
        waves.append(_wave(asked, acting, number, waves))
        kept = waves[-1].kept
        clock(f"wave {number}", f"{kept.share:.2g} of the cube is not ruled out, at a limit of {kept.limit:.3g}")
    last = waves[-1]
    density = log_density(last.bank)
    best = np.argmax(density(np.column_stack([last.kept.shares, np.ones(len(last.kept.shares))])))
    start = near(last.bank, last.kept.shares[best], _PARTICLES, seed)
    chain = sample(density, start, asked.draws, asked.steps, seed)
    clock("posterior", f"{len(chain.shares)} draws, {chain.accepted:.0%} of proposals taken")
    shares = _with_acting(asked, chain.shares, acting, seed + 99)
    frame = space.frame(shares)
    confirmed = measure(asked, frame, _POSTERIOR_SEEDS, OWN)
    clock("confirmation", f"{len(frame)} rows of the posterior run anew")
    planted = None
    if asked.plants:
        planted = _planted(asked, acting, last.bank)
        clock("planted", f"80% intervals hold {planted.coverage:.0%} of {asked.plants} planted worlds' parameters")
    return Campaign(
        asked, base, table, acting, tuple(waves), chain, frame, confirmed, planted, clock.seconds
    )  # fmt: skip


def measure(asked: Asked, frame: pd.DataFrame, first: int, seeding: str) -> Float:
    """What a run at every row of values gives, shape (rows, aims), missing where it failed.

    Raises:
        UnfinishedError: More than half of them failed.
    """
    design = Design("file", table=frame, seeds=seeding)
    return _measured(asked, _study(asked, [first], design))


def _study(asked: Asked, seeds: Sequence[int], design: Design | None) -> Study:
    return Study.of(
        BASELINE, seeds=list(seeds), months=sim.month_of(END), developers=asked.developers, design=design,
        measures=measures(asked.aims), source="python -m experiments.calibrate",
    )  # fmt: skip


def _measured(asked: Asked, study: Study) -> Float:
    results = asked.run(study)
    if len(results.runs) < _ENOUGH * len(study.runs):
        why = f"; the first: {results.failures[0]['error']}" if results.failures else ""
        raise UnfinishedError(f"{len(results.runs)} of {len(study.runs)} runs finished{why}")
    found = values(results, asked.aims)
    runs = results.runs.sort_values(["point", "seed"], kind="stable")
    if results.rows is None:
        return found
    by_point = np.full((len(results.points), len(asked.aims)), np.nan)
    by_point[runs["point"].to_numpy()] = found
    return by_point[results.rows["point"].to_numpy()]


def _screened(asked: Asked) -> tuple[Float, pd.DataFrame]:
    """The baseline with several seeds, and how far each parameter alone moves each number."""
    base = _measured(asked, _study(asked, range(asked.repeats), None))
    names = asked.space.names
    rows = [{axis.address: end} for axis in asked.space.axes for end in (axis.low, axis.high)]
    ends = measure(asked, pd.DataFrame(rows, columns=list(names)), 0, COMMON)
    at_ends = ends.reshape(len(names), 2, len(asked.aims))
    return base, moved(asked.space, at_ends, base, asked.aims)


def _with_acting(asked: Asked, shares: Float, acting: Sequence[str], seed: int) -> Float:
    """Shares of all parameters: those that act as given, the others from their ranges."""
    whole = asked.space.hypercube(len(shares), seed)
    whole[:, _columns(asked, acting)] = shares
    return whole


def _columns(asked: Asked, acting: Sequence[str]) -> NDArray[np.int64]:
    place = {name: number for number, name in enumerate(asked.space.names)}
    return np.array([place[name] for name in acting], np.int64)


def _wave(asked: Asked, acting: Sequence[str], number: int, before: Sequence[Wave]) -> Wave:
    began, seed = time.perf_counter(), asked.seed + number
    columns = _columns(asked, acting)
    if before:
        particles = before[-1].kept.shares
        chosen = np.random.default_rng(seed).permutation(np.resize(np.arange(len(particles)), asked.later))
        shares = _with_acting(asked, particles[chosen], acting, seed)
    else:
        shares = asked.space.hypercube(asked.points, seed)
    shares = asked.space.shares(asked.space.frame(shares))  # whole numbers are what they are
    found = measure(asked, asked.space.frame(shares), _WAVE_SEEDS * number, OWN)
    ran = time.perf_counter()
    every = np.concatenate([*(wave.shares for wave in before), shares])
    all_values = np.concatenate([*(wave.values for wave in before), found])
    finished = np.isfinite(all_values).any(axis=1)
    first = before[0].values if before else found
    emulators = bank(
        every[finished][:, columns], all_values[finished], asked.aims, discrepancies(first, asked.aims), seed
    )  # fmt: skip
    fitted = time.perf_counter()
    kept = not_ruled_out(emulators.worst, len(acting), _PARTICLES, seed, LIMIT)
    seconds = {"runs": ran - began, "emulators": fitted - ran, "ruling_out": time.perf_counter() - fitted}
    return Wave(number, int(np.isfinite(found).any(axis=1).sum()), shares, found, emulators, kept, seconds)


def _planted(asked: Asked, acting: Sequence[str], emulators: Bank) -> Planted:
    """Worlds anywhere in the ranges, which emulators have not seen, and what the emulators find of them."""
    shares = asked.space.hypercube(asked.plants, asked.seed + 77)
    data = measure(asked, asked.space.frame(shares), _PLANTED_SEEDS, OWN)
    place = {aim.row.id: number for number, aim in enumerate(asked.aims)}
    data = data[:, [place[aim.row.id] for aim in emulators.aims]]
    truth = shares[:, _columns(asked, acting)]
    return recover(emulators, acting, truth, data, max(asked.steps // 8, 1), asked.seed + 1000)


class _Clock:
    """What each stage took, and what is said of it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say, self.seconds, self._last = say, {}, time.perf_counter()  # type: ignore[var-annotated]

    def __call__(self, stage: str, line: str) -> None:
        now = time.perf_counter()
        self.seconds[stage], self._last = now - self._last, now
        self.say(f"{stage}: {line}; {self.seconds[stage]:.0f} s")
