"""How widely each claim holds: its tests at draws from the whole space of the parameters, and what decides it there.

Each draw moves all parameters jointly, by default over their ranges (the prior); a table of draws, such as a posterior,
takes their place. Claims share their runs: a world is run once a draw and seed, to the last month that any test asks of
it, whatever number of claims compare with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import stdtr

import sim
from experiments.findings.claims.judge import scaled
from experiments.findings.claims.records import Claim, Test
from experiments.findings.matched import asked as asked_measures
from experiments.findings.outputs import coded
from experiments.findings.pairs import Float
from experiments.findings.sensitivity import correlations
from experiments.findings.validation.report import Asked
from experiments.questions.designs import OWN, Design
from experiments.questions.draws import POSTERIOR, Draws
from experiments.questions.study import Study
from experiments.results.results import Results

DRAWS, SEEDS, DEVELOPERS = 16, 2, 2_000
# Shares of the space at which a claim holds, or fails, widely.
WIDELY, HARDLY = 0.75, 0.25
# Of parameters named as what a claim depends on, so many may be chance (Benjamini and Hochberg 1995).
FALSE = 0.1
HOLDS_WIDELY, FAILS_WIDELY, DEPENDS = "holds widely", "fails widely", "depends on"
PRIOR, TABLE = "prior", "table"
NOT_YET, NOWHERE, UNMADE = "not within these months", "cannot be computed", "no mechanism"
_LEAST_DRAWS = 16
_Z = 1.96


@dataclass(frozen=True)
class Compared:
    """One test over the draws.

    Attributes:
        test: Which.
        effects: Mean over seeds at each draw, in ``unit``, shape (draws,); not a number where a seed has none.
        unit: Of the effects: that of the measure, or per cent of what is compared with.
        threshold: In the same unit.
    """

    test: Test
    effects: Float
    unit: str
    threshold: float

    @property
    def margin(self) -> Float:
        """Effect in the direction that the claim asks for, in thresholds; it holds from 1 on."""
        return np.asarray((1.0 if self.test.sign == "+" else -1.0) * self.effects / self.threshold)


@dataclass(frozen=True)
class Verdict:
    """A claim over the draws.

    Attributes:
        claim: Which.
        tested: Each of its tests; none if it was not judged.
        depends: One row a parameter that its margin goes with, the strongest first: ``rank`` (Spearman; above zero
            where the claim holds sooner at high values), its interval ``rank_low``, ``rank_high``, and ``p``.
        reason: Why it was not judged; empty if it was.
        codes: The draws as numbers, a row each and a column for each parameter that differs between them.
        months: Last months of the studies in which its worlds were run.
    """

    claim: Claim
    tested: tuple[Compared, ...]
    depends: pd.DataFrame
    reason: str = ""
    codes: pd.DataFrame = field(default_factory=pd.DataFrame)
    months: tuple[int, ...] = ()

    @property
    def margin(self) -> Float:
        """Of the test that is furthest from holding, at each draw with a number for all."""
        if not self.tested:
            return np.zeros(0)
        margins = np.array([one.margin for one in self.tested])
        return np.asarray(margins[:, np.isfinite(margins).all(axis=0)].min(axis=0, initial=np.inf))

    @property
    def share(self) -> float:
        """Share of the draws in which all of its tests hold."""
        margin = self.margin
        return float((margin >= 1.0).mean()) if len(margin) else float("nan")

    @property
    def reversed(self) -> float:
        """Share of the draws in which a test comes out as much the other way."""
        margin = self.margin
        return float((margin <= -1.0).mean()) if len(margin) else float("nan")

    @property
    def band(self) -> tuple[float, float]:
        """95% interval of the share (Wilson 1927)."""
        number = len(self.margin)
        if not number:
            return float("nan"), float("nan")
        share, z = self.share, _Z**2 / number
        middle = (share + z / 2.0) / (1.0 + z)
        half = _Z * np.sqrt(share * (1.0 - share) / number + z / (4.0 * number)) / (1.0 + z)
        return max(0.0, float(middle - half)), min(1.0, float(middle + half))

    @property
    def kind(self) -> str:
        """``holds widely``, ``fails widely``, ``depends on``, or why there is no verdict."""
        if self.reason:
            return self.reason
        if not len(self.margin):
            return NOWHERE
        return HOLDS_WIDELY if self.share >= WIDELY else FAILS_WIDELY if self.share <= HARDLY else DEPENDS

    @property
    def words(self) -> str:
        """The verdict with what it depends on."""
        if self.kind != DEPENDS:
            return self.kind
        if not len(self.depends):
            return f"{DEPENDS} no one parameter that {len(self.margin)} draws tell"
        listed = [f"{name} ({'+' if rank > 0 else '−'})" for name, rank in self.depends["rank"].head(3).items()]
        return f"{DEPENDS} {', '.join(listed)}"


@dataclass(frozen=True)
class Space:
    """What draws are from.

    Attributes:
        name: ``prior``, ``posterior`` or ``table``.
        what: In words, with how many there are.
        design: The draws.
    """

    name: str
    what: str
    design: Design


@dataclass(frozen=True)
class Judged:
    """The claims over one space.

    Attributes:
        space: Which.
        found: A verdict for each claim.
    """

    space: Space
    found: tuple[Verdict, ...]


def prior_space(draws: int) -> Space:
    """The prior: the ranges of all parameters, jointly."""
    return Space(PRIOR, f"{draws} draws from all ranges", prior(draws))


def posterior_space(draws: int) -> Space:
    """Rows of the shipped posterior, equally far from each other: rows of one walker are like each other."""
    shipped = Draws.of(POSTERIOR)
    if shipped is None:
        raise AssertionError("a name gives draws")
    count = min(draws, len(shipped))
    rows = np.arange(count) * len(shipped) // count
    table = shipped.table.iloc[rows].reset_index(drop=True)
    what = f"{count} of the {len(shipped)} draws of the posterior"
    return Space(POSTERIOR, what, Design("file", table=table, seeds=OWN))


def table_space(path: str) -> Space:
    """A table of one's own."""
    design = Design("file", path=path, seeds=OWN)
    return Space(TABLE, f"{len(design.table) if design.table is not None else 0} draws from a table", design)


def prior(draws: int) -> Design:
    """Draws from all ranges jointly, each with seeds of its own.

    A Latin hypercube: of so many parameters the first points of a Sobol sequence move some together (rank correlations
    above .9), so that one could not be told from the other.
    """
    return Design("latin_hypercube", points=draws, seeds=OWN)


def worlds(wanted: Iterable[Claim]) -> dict[str, tuple[sim.Scenario, int]]:
    """All sides of the tests by name, each with the last month that a test asks of it."""
    found: dict[str, tuple[sim.Scenario, int]] = {}
    for test in (test for claim in wanted for test in claim.tests):
        for side in filter(None, test.setups):
            last = found[side.name][1] if side.name in found else 0
            found[side.name] = side, max(last, test.months[1])
    return found


def verdicts(asked: Asked, wanted: Sequence[Claim], design: Design, months: int | None = None) -> list[Verdict]:
    """Every claim over the draws of a design.

    Args:
        asked: Seeds, developers and how studies are run.
        wanted: Which claims.
        design: Draws of parameters, one point each.
        months: Claims that look further are not judged; None for the horizon of each.
    """
    reasons = {claim.id: _reason(claim, months) for claim in wanted}
    judged = [claim for claim in wanted if not reasons[claim.id]]
    runs = dict(_runs(asked, judged, design))
    return [_verdict(runs, claim, reasons[claim.id]) for claim in wanted]


def _verdict(runs: dict[str, Results], claim: Claim, reason: str) -> Verdict:
    if reason:
        return Verdict(claim, (), _nothing(), reason)
    tested = tuple(_tested(runs, test) for test in claim.tests)
    sides = [side.name for test in claim.tests for side in test.setups if side is not None]
    codes, months = coded(runs[sides[0]].points), tuple(sorted({runs[side].months for side in sides}))
    return Verdict(claim, tested, _depends(codes, tested), "", codes, months)


def _reason(claim: Claim, months: int | None) -> str:
    if claim.missing:
        return UNMADE
    return NOT_YET if months is not None and claim.last > months else ""


def _runs(asked: Asked, wanted: Sequence[Claim], design: Design) -> Iterator[tuple[str, Results]]:
    """Results by name of the world; worlds with the same horizon are one study."""
    of_world = worlds(wanted)
    measures = sorted({test.measure for claim in wanted for test in claim.tests})
    for last in sorted({last for _, last in of_world.values()}):
        group = [side for side, month in of_world.values() if month == last]
        study = Study.of(
            group, seeds=asked.seeds, months=last, developers=asked.developers, measures=measures, design=design,
            source="python -m experiments.claims",
        )  # fmt: skip
        results = asked.run(study)
        for side in group:
            yield side.name, results


def _tested(runs: dict[str, Results], test: Test) -> Compared:
    side, other = test.setups
    here = _values(runs[side.name], test, side.name)
    level = test.against if isinstance(test.against, float) else np.nan
    there = pd.Series(level, here.index) if other is None else _values(runs[other.name], test, other.name)
    index = here.index.union(there.index)
    both = np.column_stack([here.reindex(index).to_numpy(float), there.reindex(index).to_numpy(float)])
    effects, unit, threshold = scaled(test.unit, both[:, 0], both[:, 1])
    by_draw = pd.Series(effects, index).replace([np.inf, -np.inf], np.nan).groupby(level="point")
    seeds = int(by_draw.size().max()) if len(index) else 0
    points = runs[side.name].points.index
    mean = by_draw.mean().where(by_draw.count() == seeds).reindex(points)
    return Compared(test, np.asarray(mean, dtype=np.float64), unit, threshold)


def _values(runs: Results, test: Test, name: str) -> pd.Series:
    """Mean over the window, index (point, seed)."""
    if name not in runs.scenarios:  # all of its runs failed
        return pd.Series(dtype=float, index=pd.MultiIndex.from_arrays([[], []], names=["point", "seed"]))
    one, (first, last) = asked_measures(runs, test.measure)[0], test.months
    frame = runs.load(one.table, one.column, scenario=name, month=list(range(first, last + 1)))
    if "point" not in frame:
        frame = frame.assign(point=0)
    keys = ["point", "seed"]
    if test.labs:
        frame = frame[frame["lab"].isin(test.labs)]
        return frame.groupby([*keys, "month"])[one.column].sum(min_count=1).groupby(keys).mean()
    return frame.groupby(keys)[one.column].mean()


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=["rank", "rank_low", "rank_high", "p"]).rename_axis("parameter")


def _depends(codes: pd.DataFrame, tested: Sequence[Compared]) -> pd.DataFrame:
    """Parameters that the margin goes with, none of them more likely than not by chance."""
    margins = np.array([one.margin for one in tested])
    good = np.isfinite(margins).all(axis=0)
    margin = margins[:, good].min(axis=0, initial=np.inf)
    if len(margin) < _LEAST_DRAWS or np.ptp(margin) == 0.0:
        return _nothing()
    some = codes[good]
    some = some.loc[:, some.nunique() > 1]
    return told(correlations(some, margin), len(margin)) if len(some.columns) else _nothing()


def told(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """The rank correlations that chance does not explain, at a false discovery rate of :data:`FALSE`."""
    r = frame["rank"].to_numpy(float).clip(-1.0 + 1e-12, 1.0 - 1e-12)
    t = np.abs(r) * np.sqrt((number - 2) / (1.0 - r**2))
    p = 2.0 * stdtr(number - 2, -t)
    order = np.argsort(p, kind="stable")
    passed = np.flatnonzero(p[order] <= FALSE * np.arange(1, len(p) + 1) / len(p))
    return frame.assign(p=p).iloc[order[: passed[-1] + 1 if len(passed) else 0]]
