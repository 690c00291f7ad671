"""The records, one ``KNN.yaml`` a claim: what it says, what carries it, how it is tested, where it holds and fails.

A claim holds in a setting if every one of its tests does; it fails if one does not. Settings are values of parameters
inside their declared ranges, the same on both sides of a test, so that what differs is what the test does.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

import sim
from experiments.questions.measures import LABS
from experiments.questions.scenarios import BASELINE, names, scenario
from experiments.questions.settings import ExperimentError, check_names, one_line
from sim.data.calendar import month_of
from sim.data.history import lab_names
from sim.inputs.errors import WeightshiftError
from sim.parameters.fields import Frozen
from sim.parameters.reading import read_yaml

HOLDS, FAILS = "holds", "fails"
_FOLDER = "experiments.findings.claims"
_ROOT = Path(sim.__file__).parents[1]
Words = Annotated[str, Field(min_length=1)]


class _Strict(Frozen):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Test(_Strict):
    """One comparison, the same seeds on both sides.

    Attributes:
        measure: Of the market, or ``labs.…``, then the sum over ``labs``.
        labs: Which labs; of a share or a sum any number, of anything else one.
        scenario: What is done: a name, or a scenario of differences.
        against: What it is compared with: a name, differences, or a level in the unit of the measure.
        window: First and last month ``YYYY-MM`` of the mean that is looked at.
        sign: ``+`` if the claim asks for more under ``scenario`` than under ``against``, ``-`` for less.
    """

    # No test of pytest's, whatever it is called.
    __test__ = False

    measure: str
    labs: tuple[str, ...] = ()
    scenario: str | dict[str, Any] = BASELINE
    against: str | dict[str, Any] | float = BASELINE
    window: tuple[str, str]
    sign: Literal["+", "-"]

    @field_validator("labs", "window", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _exists(self) -> Test:
        known = sim.measures.LABS if self.of_labs else sim.measures.MARKET
        if self.column not in known:
            raise ValueError(f"there is no measure {self.measure}")
        if self.of_labs != bool(self.labs):
            raise ValueError(f"{self.measure}: labs go with labs.…, and with nothing else")
        if unknown := set(self.labs) - set(lab_names()):
            raise ValueError(f"there is no lab {', '.join(sorted(unknown))}")
        first, last = self.months
        if not 0 <= first <= last:
            raise ValueError(f"window {self.window}: the first month comes first")
        if self.setups[0] == self.setups[1]:
            raise ValueError("scenario and against are the same")
        return self

    @property
    def of_labs(self) -> bool:
        """Whether its measure is of labs."""
        return self.measure.startswith(f"{LABS}.")

    @property
    def column(self) -> str:
        """The measure without its table."""
        return self.measure.removeprefix(f"{LABS}.")

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return (sim.measures.LABS if self.of_labs else sim.measures.MARKET)[self.column].unit

    @property
    def months(self) -> tuple[int, int]:
        """First and last month of the window."""
        return month_of(self.window[0]), month_of(self.window[1])

    @property
    def setups(self) -> tuple[sim.Scenario, sim.Scenario | None]:
        """Both sides; None against a level."""
        there = None if isinstance(self.against, float) else setup(self.against)
        return setup(self.scenario), there


class Setting(_Strict):
    """Where a claim holds, or fails.

    Attributes:
        name: In two or three words.
        why: Why it comes out so there, in one sentence.
        params: Parameters on both sides, inside their ranges.
    """

    name: Words
    why: Words
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _inside(self) -> Setting:
        known = sim.Parameters.known()
        for address, value in self.params.items():
            if address not in known:
                raise ValueError(f"there is no parameter {address}")
            leaf = known[address]
            if leaf.choices:
                continue
            if leaf.range is None or not leaf.range[0] <= value <= leaf.range[1]:
                raise ValueError(f"{address} = {value} is outside its range {leaf.range}")
        sim.Parameters().with_(**self.params)
        return self


class Nowhere(_Strict):
    """No setting inside the ranges, and why.

    Attributes:
        reason: In one sentence.
    """

    reason: Words


class Claim(_Strict):
    """One claim.

    Attributes:
        id: ``K01`` to ``K30``.
        claim: In one sentence.
        mechanisms: What carries it, each ``file:function``; none if there is no mechanism, and ``missing`` says what.
        missing: What there would have to be.
        tests: What decides it; it holds where all of them do.
        holds: Where it does.
        fails: Where it does not.
    """

    id: Annotated[str, Field(pattern=r"^K(0[1-9]|[12][0-9]|30)$")]
    claim: Words
    mechanisms: tuple[str, ...] = ()
    missing: str = ""
    tests: tuple[Test, ...] = ()
    holds: Setting | Nowhere | None = None
    fails: Setting | Nowhere | None = None

    @field_validator("mechanisms", "tests", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _whole(self) -> Claim:
        parts = (self.mechanisms, self.tests, self.holds, self.fails)
        if self.missing and any(parts):
            raise ValueError("without a mechanism there is nothing to test")
        if not self.missing and not all(parts):
            raise ValueError("mechanisms, tests, holds and fails, or what is missing")
        if isinstance(self.holds, Nowhere) and isinstance(self.fails, Nowhere):
            raise ValueError("it holds or fails somewhere")
        return self

    @property
    def settings(self) -> tuple[tuple[str, Setting], ...]:
        """What is computed: ``holds`` or ``fails``, and where."""
        both = ((HOLDS, self.holds), (FAILS, self.fails))
        return tuple((named, where) for named, where in both if isinstance(where, Setting))

    @property
    def nowhere(self) -> tuple[tuple[str, str], ...]:
        """What it does nowhere, and why."""
        both = ((HOLDS, self.holds), (FAILS, self.fails))
        return tuple((named, where.reason) for named, where in both if isinstance(where, Nowhere))

    @property
    def last(self) -> int:
        """Last month that a test looks at."""
        return max(test.months[1] for test in self.tests)


def setup(given: str | dict[str, Any]) -> sim.Scenario:
    """A scenario by name or from its differences.

    Raises:
        ValueError: There is none of that name, or it cannot be.
    """
    if isinstance(given, dict):
        return sim.Scenario.from_dict(given)
    if given not in names():
        raise ValueError(f"there is no scenario {given}")
    return scenario(given)


def read(text: str, where: str) -> Claim:
    """A claim from YAML.

    Raises:
        ExperimentError: It is none; the line says where and why.
    """
    try:
        return Claim.model_validate(read_yaml(text))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ExperimentError(one_line(f"{where}: {place}: {first['msg']}; see experiments/findings/claims")) from None
    except WeightshiftError as error:
        raise ExperimentError(one_line(f"{where}: {error}")) from None


@cache
def claims() -> tuple[Claim, ...]:
    """All of them, by id.

    Raises:
        ExperimentError: A record is not one, or is not of the claim that its file is called by.
    """
    found = []
    for item in sorted(resources.files(_FOLDER).iterdir(), key=lambda item: item.name):
        if item.name.endswith(".yaml"):
            found.append(read(item.read_text("utf-8"), item.name))
            if item.name != f"{found[-1].id}.yaml":
                raise ExperimentError(f"{item.name}: id={found[-1].id} is not allowed; allowed: that of the file")
    return tuple(found)


def chosen(only: str | None) -> tuple[Claim, ...]:
    """Some claims by id, in the order of all; None for all.

    Args:
        only: Like ``K03,K17``.

    Raises:
        ExperimentError: There is none of an id.
    """
    if only is None:
        return claims()
    wanted = check_names("--only", [part.strip() for part in only.split(",")], [claim.id for claim in claims()])
    return tuple(claim for claim in claims() if claim.id in wanted)
