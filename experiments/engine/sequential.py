"""As many seeds as an answer needs: more and more of them, until a rule is content."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from experiments.engine.driver import UnfinishedError
from experiments.questions.settings import ExperimentError
from experiments.questions.study import Study
from experiments.results.results import Results

# Fewer pairs say too little about their own spread.
FIRST = 10


class Rule(ABC):
    """When there are enough seeds; what the answer is, only the rule knows.

    Attributes:
        precision: Half the width of the interval that is narrow enough.
        most: Seeds at which to stop at the latest.
    """

    precision: float
    most: int

    @abstractmethod
    def check(self, study: Study) -> None:
        """Refuse what cannot be reached.

        Raises:
            ExperimentError: The study lacks what the rule looks at.
        """

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What decides how many seeds there will be, as plain data."""

    @abstractmethod
    def width(self, results: Results) -> float:
        """Half the width of the interval by now; infinite if it is not known yet."""

    @abstractmethod
    def next(self, seeds: int, width: float) -> int:
        """Seeds to run, after so many gave such a width."""


def run_until(study: Study, rule: Rule, run: Callable[[Study], Results]) -> Results:
    """Run with more and more seeds, 0, 1, 2 …, until the rule is content; the same numbers of seeds every time.

    Args:
        study: What to run; its seeds do not count.
        rule: When to stop.
        run: Runs a study.

    Raises:
        ExperimentError: The rule or the study cannot be, or could ask for too many runs.
        UnfinishedError: It stopped with fewer seeds than it takes.
    """
    rule.check(study)
    study.with_seeds(tuple(range(rule.most)))  # refused now rather than later
    seeds, results = min(FIRST, rule.most), None
    while True:
        try:
            results = run(study.with_seeds(tuple(range(seeds))))
        except ExperimentError as error:
            raise error if results is None else UnfinishedError(str(error)) from None
        width = rule.width(results)
        reached = width <= rule.precision
        results.provenance["sequential"] = rule.settings() | {
            "seeds": seeds, "half_width": width if math.isfinite(width) else None, "reached": reached,
        }  # fmt: skip
        if reached or seeds >= rule.most:
            return results
        seeds = rule.next(seeds, width)
