"""Twin worlds: the baseline and a changed one with the same luck, month by month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

import sim
from experiments.questions.scenarios import BASELINE, scenario

CHANGED = "changed"


@dataclass(frozen=True)
class Asked:
    """Which two worlds.

    Attributes:
        scenario: A shipped scenario, of the changed world.
        params: Parameters of the changed world by address, from the start.
        seed: The luck of both.
        developers: Simulated developers of both.
        months: The last month.
    """

    scenario: str = BASELINE
    params: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    developers: int = 20_000
    months: int = 85

    def setup(self) -> sim.Scenario:
        """What is changed, as one scenario: the shipped one and the parameters above it.

        Raises:
            ExperimentError, ScenarioError: It cannot be.
        """
        shipped = scenario(self.scenario)
        if not self.params:
            return shipped
        setup = sim.Scenario(
            name=CHANGED,
            why=shipped.why,
            params={**shipped.params, **self.params},
            labs=shipped.labs,
            changes=shipped.changes,
        )
        setup.check()
        return setup


class Twins:
    """Two markets of one seed: what differs between them is what was changed, and nothing else.

    Compute and budgets of the changed world follow its rents relative to the baseline's, as in every study.

    Args:
        asked: Which.

    Attributes:
        baseline: The market as it went.
        changed: The other one; always in the same month.
        parted: The first month in which they differ; None as long as they are the same to the last bit.

    Raises:
        ParameterError, ScenarioError, ExperimentError: One of them cannot be.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._setup = asked.setup()
        self._goal = 0
        self.baseline = sim.Market(rng=asked.seed, developers=asked.developers)
        self._begin()

    @property
    def setup(self) -> sim.Scenario:
        """What is changed, as a scenario."""
        return self._setup

    @property
    def month(self) -> int:
        """The month in which both are."""
        return self.changed.month

    @property
    def ended(self) -> bool:
        """Whether the last month has been reached."""
        return self.month >= self.asked.months

    def step(self) -> None:
        """One month of both."""
        if self.baseline.month == self.month:
            self.baseline.step()
        self.changed.step()
        self._compare()

    def change(self, asked: Asked, stop: Callable[[], bool] = lambda: False) -> None:
        """Other worlds, lived through to the same month; the baseline is kept if its luck and size are.

        Args:
            asked: Which.
            stop: Asked after every month; if true, the changed world stays where it is.

        Raises:
            ParameterError, ScenarioError, ExperimentError: One of them cannot be; all stays as it was.
        """
        setup = asked.setup()
        if (asked.seed, asked.developers) != (self.asked.seed, self.asked.developers):
            self.baseline = sim.Market(rng=asked.seed, developers=asked.developers)
        self._goal = min(max(self.month, self._goal), asked.months)  # it may have been stopped on its way
        self.asked, self._setup = asked, setup
        self._begin()
        while self.month < self._goal:
            if stop():
                return
            self.step()
        self._goal = 0

    def reset(self) -> None:
        """Both worlds at their start."""
        self._goal = 0
        self.baseline = sim.Market(rng=self.asked.seed, developers=self.asked.developers)
        self._begin()

    def _begin(self) -> None:
        asked = self.asked
        self.parted: int | None = None
        self.changed = sim.Market(
            rng=asked.seed, developers=asked.developers, setup=self._setup, reference=self.baseline.record
        )
        self._compare()

    def _compare(self) -> None:
        if self.parted is None and not same(self.baseline.record, self.changed.record, self.month):
            self.parted = self.month


def same(one: sim.Record, other: sim.Record, month: int) -> bool:
    """Whether two runs have the same bits in every measure, of the market and of labs, in a month."""
    if one.lab_names != other.lab_names or one.measures is None:
        return False
    market, labs = one.measures
    ago, twin_ago = one.months - month + 1, other.months - month + 1
    return all(_alike(one.series(name)[month], other.series(name)[month]) for name in market) and all(
        np.array_equal(one.of_labs(name, ago), other.of_labs(name, twin_ago), equal_nan=True) for name in labs
    )


def _alike(one: float, other: float) -> bool:
    """The same number, or missing on both sides."""
    return one == other or (one != one and other != other)
