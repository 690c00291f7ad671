"""What a lab expects of a release at each level of openness, in dollars of a year: the payoffs of a strategic lab.

A level is worth what prices would be with the model on the closed or on the open line of its tier
(:mod:`sim.views.prices`), and what prices do not show: staff, other businesses, rivals who learn, the law.

Source: Hotz & Miller (1993) for payoffs of one's own decision with others as they are; Camerer & Ho (1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, OPEN, OPENNESS, PAPER, SLOTS, TIERS, WEIGHTS
from sim.data.calendar import YEAR
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.record import Completed, Payoff
from sim.state import State
from sim.views import demand, labour, prices

# Weights of rent of this month and of rent that lasts whoever holds what now.
LASTING = 0.5
# By how much a candidate is made worse to see what a lead is worth [OOM].
LESS = 0.1
LEVELS = range(len(OPENNESS))


def saved_wages(bill: float, step: float, weight: float) -> float:
    """What staff does without for ``step`` more utility: b (1 − e^(−Δu/β_w)), negative for less [unit of ``bill``].

    A posted wage e^(−Δu/β_w) times as high attracts as many, for utility is β_w ln w.
    """
    return -bill * math.expm1(-step / weight)


def rivals_gain(leak: Float, paper: float, gap: float, absorption: float, lead: float, weights: float) -> Float:
    """How far the best rival catches up within a year because of openness, by level, shape (levels,) [OOM].

    Methods: min{12 κ (s_o − s_0), 1 − 12 κ s_0} of the gap and, once published, κ s_pub of it, together at most all;
    weights: η (1 − λ_c) of the lead in pre-training, which answers do not teach.

    Args:
        leak: s_o [1/month], shape (levels,).
        paper: s_pub.
        gap: (a_l − a_k)⁺, lead in methods [OOM].
        absorption: κ of the rival.
        lead: (b_l − max_k b_k)⁺ [OOM].
        weights: η (1 − λ_c).
    """
    level = np.arange(leak.size)
    year = np.minimum(YEAR * absorption * leak, 1.0)
    learned = np.minimum(year - year[0] + absorption * paper * (level >= PAPER), 1.0)
    return np.asarray(learned * gap + weights * lead * (level >= WEIGHTS))


class _Prospect(NamedTuple):
    """A market that might be: rents of the lab's closed and open lines, and users of its open ones."""

    closed: float
    hosting: float
    users: float


def prospect(state: State, row: int) -> _Prospect:
    """Rents [$/month] and users that a lab would have at the prices of these lines.

    Segments are taken as they were last month. Rent is the mean of that of a month and of that which lasts.

    Raises:
        ArithmeticError: Prices do not come to rest.
    """
    lines = state.lines
    solution = prices.solve(state, *demand.utilities(state))
    if solution is None:
        return _Prospect(0.0, 0.0, 0.0)
    live, found = solution.live, solution.found
    lines.hosts[live] = found.hosts
    now, lasting = prices.rents(solution, views.maker_share(state)[live])
    rent = (1.0 - LASTING) * now + LASTING * lasting
    mine, closed = lines.lab[live] == row, lines.access[live] == CLOSED
    users = found.shares.dot(state.segments.people)
    return _Prospect(*(float(of[which].sum()) for of, which in (
        (rent, mine & closed), (rent, mine & ~closed), (users, mine & ~closed)
    )))  # fmt: skip


class Outlook:
    """What one lab expects this month; nothing is computed before it is asked for.

    Args:
        state: The market.
        row: The lab.
        candidates: Its best finished run of each tier, None if it has none.
        placed: The market with a run, of this capability less something, on its line: (run, tier, open, less) → state.
    """

    def __init__(
        self,
        state: State,
        row: int,
        candidates: list[Completed | None],
        placed: Callable[[Completed, int, bool, float], State],
    ) -> None:
        self._state, self._row, self._candidates, self._placed = state, row, candidates, placed
        self._payoffs: dict[int, tuple[Payoff, ...]] = {}
        self._attraction: dict[int, Float] = {}

    @cached_property
    def spend(self) -> float:
        """Spend on all models in a year at last month's rate [$]."""
        return YEAR * float(self._state.world.spend[0])

    def payoffs(self, tier: int) -> tuple[Payoff, ...] | None:
        """Of each level of openness; None without a candidate, or as long as nobody has spent anything."""
        run = self._candidates[tier]
        if run is None or self.spend <= 0.0:
            return None
        if tier not in self._payoffs:
            self._payoffs[tier] = self._of_levels(run, tier)
        return self._payoffs[tier]

    def attraction(self, tier: int) -> Float | None:
        """A ← (1 − ϖ) A + ϖ π/S by level, π itself at the first time, shape (levels,); None where payoffs are."""
        payoffs = self.payoffs(tier)
        if payoffs is None:
            return None
        if tier not in self._attraction:
            worth = np.array([math.fsum(payoff) for payoff in payoffs]) / self.spend
            before, speed = self._state.labs.attraction[self._row, tier], self._state.parameters.release.learning
            self._attraction[tier] = np.where(np.isnan(before), worth, (1.0 - speed) * before + speed * worth)
        return self._attraction[tier]

    def looked_at(self) -> dict[int, Float]:
        """Tier → attraction, of the tiers for which anybody asked."""
        return self._attraction

    def luck(self, tier: int) -> float:
        """A uniform draw that decides between levels."""
        state = self._state
        uid = int(state.labs.uid[self._row])
        return float(draws.uniform(state.seed, "openness", state.month, uid, tier)[0])

    def _of_levels(self, run: Completed, tier: int) -> tuple[Payoff, ...]:
        state, row, p = self._state, self._row, self._state.parameters
        labs = state.labs
        kept, opened = (prospect(self._placed(run, tier, is_open, 0.0), row) for is_open in (False, True))
        gained, slope = self._rivals_gain(run), 0.0
        if gained.any():
            worse = prospect(self._placed(run, tier, False, LESS), row)
            slope = max(kept.closed + kept.hosting - worse.closed - worse.hosting, 0.0) / LESS
        own = YEAR * (1.0 - self._parents_part())
        bill = YEAR * float(labs.researchers[row] * labs.wage[row])
        published = labour.publishing_value(np.array(LEVELS), p.talent.weights_publishing)
        usual = labour.mean_publishing(
            labour.publishing_value(labs.openness, p.talent.weights_publishing), labs.researchers * labs.active
        )
        bound = p.release.talent_share * YEAR * max(kept.closed + kept.hosting, 0.0)
        law = self._law()
        was_open = bool(state.lines.live[row * SLOTS + OPEN * len(TIERS) + tier])
        of_levels = []
        for level in LEVELS:
            weights = level >= WEIGHTS
            market = opened if weights else kept
            more = p.talent.publishing_weight * (published[level] - published[PAPER]) if weights else 0.0
            staff = saved_wages(bill, more, p.talent.wage_weight)
            norm = saved_wages(bill, p.talent.norm * (published[level] - usual), p.talent.wage_weight)
            payoff = Payoff(
                rent=own * market.closed,
                hosting=own * market.hosting,
                complements=YEAR * float(labs.complement[row]) * market.users,
                talent=max(min(staff, bound), -bound),
                norm=max(min(norm, YEAR * float(labs.budget[row])), -YEAR * float(labs.budget[row])),
                prestige=p.release.prestige * self.spend * weights,
                catch_up=-own * slope * float(gained[level]),
                law=law[OPEN if weights else CLOSED],
                flip=-p.release.flip_cost * self.spend * (was_open and not weights),
            )
            of_levels.append(payoff)
        refused = self._refused(run)
        if refused > 0.0:  # weights that get no licence ship closed
            closed = of_levels[0]
            of_levels[WEIGHTS:] = [
                Payoff(*((1.0 - refused) * a + refused * b for a, b in zip(payoff, closed, strict=True)))
                for payoff in of_levels[WEIGHTS:]
            ]
        return tuple(of_levels)

    def _parents_part(self) -> float:
        """Of what a lab lives on, the part that its parent gives whatever it earns."""
        labs, row = self._state.labs, self._row
        if not labs.parent[row]:
            return 0.0
        given, earned = float(labs.backing[row]), max(float(labs.rent_smoothed[row]), 0.0)
        return given / max(given + earned, 1.0)

    def _rivals_gain(self, run: Completed) -> Float:
        """Of the most capable other lab."""
        state, row = self._state, self._row
        labs, p = state.labs, state.parameters
        others = labs.active & (np.arange(len(labs)) != row)
        best = np.where(others, views.lab_capability(state), -np.inf)
        rival = int(best.argmax())
        if not np.isfinite(best[rival]):
            return np.zeros(len(OPENNESS))
        teachers = views.teachers_now(state)
        known = np.maximum(teachers.closed, teachers.weights)[others].max(initial=-np.inf)
        return rivals_gain(
            p.research.leaks(),
            p.research.paper,
            max(float(labs.methods[row] - labs.methods[rival]), 0.0),
            float(labs.absorption[rival]),
            max(run.pretraining - float(known), 0.0) if np.isfinite(known) else 0.0,
            p.training.teaching * (1.0 - p.training.answers),
        )

    def _law(self) -> tuple[float, float]:
        """What the law of last month would cost a closed release and an open one in a year [$]."""
        state, row, p = self._state, self._row, self._state.parameters.law
        strict = state.governments.stringency
        at_home = p.compliance * strict[state.labs.region[row]]
        liable = YEAR * p.liability * float(state.labs.severity[row, :, CLOSED].dot(strict[:, CLOSED]))
        return -float(at_home[CLOSED]) - liable, -float(at_home[OPEN])

    def _refused(self, run: Completed) -> float:
        """Probability that weights get no licence."""
        state, p = self._state, self._state.parameters.law
        if not p.licence or run.capability <= p.licence_cap:
            return 0.0
        return float(state.governments.stringency[state.labs.region[self._row], OPEN])
