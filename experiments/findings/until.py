"""A rule for the number of seeds: go on until the interval of an effect is narrow enough."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from experiments.engine.sequential import FIRST, Rule
from experiments.findings.effects import compare
from experiments.questions.months import month_of
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import MONTHS, SEEDS, number, refuse, whole
from experiments.questions.study import Study
from experiments.results.results import Results


@dataclass(frozen=True)
class Until(Rule):
    """When to stop: the 95% interval of an effect, scenario minus ``against``, is at most ±``precision``.

    With several scenarios or points all their effects must be so narrow. Stopping when it looks narrow makes the
    interval a little too narrow: of normal effects it then covers about 94%.

    Attributes:
        effect: A market measure.
        precision: Half the width of the interval, in the measure's unit.
        against: The scenario that is subtracted.
        at: The month counted from 2022-11 or the date ``YYYY-MM``; None for the last.
        most: Seeds at which to stop at the latest, at least 10.

    Raises:
        ExperimentError: One of them cannot be.
    """

    effect: str
    precision: float
    against: str = BASELINE
    at: int | str | None = None
    most: int = 1000

    def __post_init__(self) -> None:
        for name, value in (("effect", self.effect), ("against", self.against)):
            if not isinstance(value, str):
                raise refuse(name, value, "a market measure" if name == "effect" else "the name of a scenario")
        number("precision", self.precision, 1e-12, math.inf)
        whole("most_seeds", self.most, FIRST, SEEDS[1])
        if self.at is not None:
            month_of(self.at, MONTHS[1])

    def check(self, study: Study) -> None:
        """Refuse what cannot be reached.

        Raises:
            ExperimentError: The study does not have the measure, the scenario or the month.
        """
        kept = study.measures.get("market", ())
        if self.effect not in kept:
            raise refuse("effect", self.effect, "a market measure that is kept: " + ", ".join(kept))
        if self.at is not None:
            month_of(self.at, study.months)
        names = [item.name for item in study.scenarios]
        if self.against not in names or len(names) < 2:
            raise refuse("against", self.against, f"one of at least two scenarios, here {', '.join(names)}")

    def settings(self) -> dict[str, Any]:
        """What decides how many seeds there will be, as plain data."""
        return asdict(self)

    def width(self, results: Results) -> float:
        """Half the width of the widest interval; infinite if one has too few seeds."""
        month = results.months if self.at is None else self.at
        effect = compare(results.complete(), self.against, measures=self.effect, month=month, by_point=True)
        half = (effect.frame["high"] - effect.frame["low"]) / 2.0
        return float(half.where(effect.frame["clusters"] >= FIRST, math.inf).max())

    def next(self, seeds: int, width: float) -> int:
        """Seeds after so many gave such a width: its square falls as their number grows, taken at most twice."""
        needed = seeds * (width / self.precision) ** 2 if math.isfinite(width) else math.inf
        return min(self.most, max(seeds + FIRST // 2, math.ceil(min(2.0 * seeds, 1.05 * needed))))


def in_words(results: Results) -> str:
    """One sentence: how many seeds it took and how narrow the interval is."""
    found = results.provenance["sequential"]
    narrow = "undefined" if found["half_width"] is None else f"±{found['half_width']:.3g}"
    said = "as asked" if found["reached"] else f"not ±{found['precision']:.3g} as asked: most_seeds is reached"
    return f"{found['seeds']} seeds: the 95% interval of the effect on {found['effect']} is {narrow}, {said}"
