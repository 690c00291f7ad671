"""What a lab expects of a release at each level of openness, in dollars of a year: the payoffs of a strategic lab.

A level is worth what prices would be with the model on the closed or on the open line of its tier
(:mod:`sim.views.prices`), and what prices do not show: staff, other businesses, rivals who learn, the law.

Source: Hotz & Miller (1993) for payoffs of one's own decision with others as they are; Camerer & Ho (1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim import views
from sim.agents.lab import CLOSED, OPEN, OPENNESS, PAPER, SLOTS, TIERS, WEIGHTS
from sim.data.calendar import YEAR
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float, Int
from sim.record import Completed, Decision, Payoff
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


def rivals_gain(
    methods: Int, weights: Bool, leak: Float, paper: float, gap: float, absorption: float, lead: float, taught: float
) -> Float:
    """How far the best rival catches up within a year because of openness, of the shape of ``methods`` [OOM].

    Methods: min{12 κ s_o, 1} − min{12 κ s_0, 1} of the gap and, once published, κ s_pub of it, together at most all;
    weights: η (1 − λ_c) of the lead in pre-training, which answers do not teach.

    Args:
        methods: o, openness of methods [level].
        weights: Whether weights are out, of the shape of ``methods``.
        leak: s_o [1/month], shape (levels,).
        paper: s_pub.
        gap: (a_l − a_k)⁺, lead in methods [OOM].
        absorption: κ of the rival.
        lead: (b_l − max_k b_k)⁺ [OOM].
        taught: η (1 − λ_c).
    """
    year = np.minimum(YEAR * absorption * leak, 1.0)
    learned = np.minimum(year[methods] - year[0] + absorption * paper * (methods >= PAPER), 1.0)
    return np.asarray(learned * gap + taught * lead * weights)


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
        candidates: Its best finished run of each tier of which it has any.
        placed: The market with a run, of this capability less something, on its line: (run, tier, open, less) → state.
        live: Whether the runs are closed models on sale, which to keep so costs nothing new.
    """

    def __init__(
        self,
        state: State,
        row: int,
        candidates: Mapping[int, Completed],
        placed: Callable[[Completed, int, bool, float], State],
        live: bool = False,
    ) -> None:
        self._live = live
        self._state, self._row, self._candidates, self._placed = state, row, candidates, placed
        self._payoffs: dict[int, tuple[Payoff, ...]] = {}
        self._attraction: dict[int, Float] = {}

    @cached_property
    def spend(self) -> float:
        """Spend on all models in a year at last month's rate [$]."""
        return YEAR * float(self._state.world.spend[0])

    def payoffs(self, tier: int) -> tuple[Payoff, ...] | None:
        """Of each level of openness; None without a candidate, or as long as nobody has spent anything."""
        run = self._candidates.get(tier)
        if run is None or self.spend <= 0.0:
            return None
        if tier not in self._payoffs:
            self._payoffs[tier] = self._of_levels(run, tier)
        return self._payoffs[tier]

    def attraction(self, tier: int) -> Float | None:
        """A ← (1 − ϖ_o) A + ϖ_o π/S by level, π itself at the first time, shape (levels,); None where payoffs are."""
        payoffs = self.payoffs(tier)
        if payoffs is None:
            return None
        if tier not in self._attraction:
            worth = np.array([math.fsum(payoff) for payoff in payoffs]) / self.spend
            before, speed = self._state.labs.attraction[self._row, tier], self._state.parameters.release.learning
            self._attraction[tier] = np.where(np.isnan(before), worth, (1.0 - speed) * before + speed * worth)
        return self._attraction[tier]

    def decided(self, tier: int, levels: tuple[int, ...]) -> Decision | None:
        """What the lab has learned and chose; None if it did not ask."""
        if tier not in self._attraction:
            return None
        payoffs, attraction = self._payoffs[tier], self._attraction[tier]
        return Decision(self._state.month, self._row, tier, levels, payoffs, attraction, self.spend, self._live)

    def luck(self, tier: int) -> float:
        """A uniform draw that decides between levels."""
        state = self._state
        uid = int(state.labs.uid[self._row])
        return float(draws.uniform(state.seed, "openness", state.month, uid, tier)[0])

    def _of_levels(self, run: Completed, tier: int) -> tuple[Payoff, ...]:
        state, row, p = self._state, self._row, self._state.parameters
        labs, refused = state.labs, self._refused(run)
        kept = prospect(self._placed(run, tier, False, 0.0), row)
        opened = prospect(self._placed(run, tier, True, 0.0), row) if refused < 1.0 else kept
        methods, out = np.minimum(LEVELS, p.release.methods_cap), np.array(LEVELS) >= WEIGHTS
        gained = [self._rivals_gain(run, methods, weights) for weights in (np.zeros_like(out), out)]
        slope = self._worth_of_lead(run, tier, kept) if any(gain.any() for gain in gained) else 0.0
        own = YEAR * (1.0 - self._parents_part())
        talent, norm = self._staff(methods, YEAR * max(kept.closed + kept.hosting, 0.0))
        law = self._law()
        was_open = not self._live and self._was_open(tier)

        def payoff(level: int, weights: bool) -> Payoff:
            market = opened if weights else kept
            # Rivals come nearer in the course of the year, and take no more than there is.
            nearer = min(0.5 * slope * float(gained[weights][level]), max(market.closed + market.hosting, 0.0))
            return Payoff(
                rent=own * market.closed,
                hosting=own * market.hosting,
                complements=YEAR * float(labs.complement[row]) * market.users,
                talent=own / YEAR * talent[level],
                norm=own / YEAR * norm[level],
                prestige=p.release.prestige * self.spend * weights,
                catch_up=-own * nearer,
                law=law[OPEN if weights else CLOSED],
                flip=-p.release.flip_cost * self.spend * (was_open and not weights),
            )

        return tuple(
            _expected(refused, payoff(level, False), payoff(level, True)) if out[level] else payoff(level, False)
            for level in LEVELS
        )

    def _worth_of_lead(self, run: Completed, tier: int, kept: _Prospect) -> float:
        """Rent lost with each OOM that the candidate is less capable, closed; at least none [$/month/OOM]."""
        worse = prospect(self._placed(run, tier, False, LESS), self._row)
        return max(kept.closed + kept.hosting - worse.closed - worse.hosting, 0.0) / LESS

    def _was_open(self, tier: int) -> bool:
        """Whether the lab's last release of the tier was with weights."""
        lines, first = self._state.lines, self._row * SLOTS + tier
        closed, out = first + CLOSED * len(TIERS), first + OPEN * len(TIERS)
        return bool(lines.live[out] and not (lines.live[closed] and lines.birth[closed] > lines.birth[out]))

    def _staff(self, methods: Int, rent: float) -> tuple[list[float], list[float]]:
        """What staff does without in a year for more than papers, and for more than others have, by level [$].

        Args:
            methods: Openness of methods by level.
            rent: Of a year with the candidate closed [$].
        """
        labs, row, p = self._state.labs, self._row, self._state.parameters
        talent, bill = p.talent, YEAR * float(labs.researchers[row] * labs.wage[row])
        published = labour.publishing_value(methods, talent.weights_publishing)
        paper = labour.publishing_value(np.array([PAPER]), talent.weights_publishing)[0]
        usual = labour.mean_publishing(
            labour.publishing_value(labs.openness, talent.weights_publishing), labs.researchers * labs.active
        )
        more = np.where(methods >= WEIGHTS, talent.publishing_weight * (published - paper), 0.0)
        most, budget = p.release.talent_share * rent, YEAR * float(labs.budget[row])
        saved = [saved_wages(bill, step, talent.wage_weight) for step in more.tolist()]
        norm = [saved_wages(bill, talent.norm * step, talent.wage_weight) for step in (published - usual).tolist()]
        return [max(min(s, most), -most) for s in saved], [max(min(s, budget), -budget) for s in norm]

    def _parents_part(self) -> float:
        """Of what a lab lives on, the part that its parent gives whatever models earn."""
        labs, lines, row = self._state.labs, self._state.lines, self._row
        if not labs.parent[row]:
            return 0.0
        users = float(lines.users[(lines.lab == row) & (lines.access != CLOSED)].sum())
        earned = max(float(labs.rent_smoothed[row]) - float(labs.complement[row]) * users, 0.0)
        given = float(labs.backing[row])
        return given / max(given + earned, 1.0)

    def _rivals_gain(self, run: Completed, methods: Int, weights: Bool) -> Float:
        """Of the most capable other lab, by level."""
        state, row = self._state, self._row
        labs, p = state.labs, state.parameters
        others = labs.active & (np.arange(len(labs)) != row)
        best = np.where(others, views.lab_capability(state), -np.inf)
        rival = int(best.argmax())
        if not np.isfinite(best[rival]):
            return np.zeros(len(OPENNESS))
        teachers = views.teachers_now(state)
        known = np.maximum(teachers.closed, teachers.weights)[others].max()
        return rivals_gain(
            methods,
            weights,
            p.research.leaks(),
            p.research.paper,
            max(float(labs.methods[row] - labs.methods[rival]), 0.0),
            float(labs.absorption[rival]),
            max(run.pretraining - float(known), 0.0),
            p.training.teaching * (1.0 - p.training.answers),
        )

    def _law(self) -> tuple[float, float]:
        """What the law of last month makes a closed release and an open one cost [$]; who is liable stays so."""
        state = self._state
        at_home = state.parameters.law.compliance * state.governments.stringency[state.labs.region[self._row]]
        return 0.0 if self._live else -float(at_home[CLOSED]), -float(at_home[OPEN])

    def _refused(self, run: Completed) -> float:
        """Probability that weights stay in, for they are not allowed or get no licence; the model then ships closed."""
        if not self._state.parameters.release.weights_allowed:
            return 1.0
        return views.licence_refused(self._state, self._row, run.capability)


def _expected(chance: float, this: Payoff, else_this: Payoff) -> Payoff:
    """The mean of two payoffs, of which the first has the chance."""
    return Payoff(*(chance * a + (1.0 - chance) * b for a, b in zip(this, else_this, strict=True)))
