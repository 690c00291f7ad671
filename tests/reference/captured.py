"""Pricing problems as markets meet them, and what mature margins labs' conduct leads to.

``python -m tests.reference.captured`` prints the counts and tables of docs/conduct.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import NamedTuple
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from sim import Market, Parameters
from sim.agents.lab import CLOSED
from sim.numerics import competition
from sim.numerics.competition import Replies, equilibrium
from sim.state import State
from sim.views import prices

Array = NDArray[np.float64]
PRICES = "sim.views.prices"


class Problem(NamedTuple):
    """What labs and hosts saw in a month of a run, where they started, and with how many evaluations they came to rest.

    Attributes:
        replies: The problem.
        start: Margins from which they started, shape (lines,).
        margin: Where they came to rest, shape (lines,).
        evaluations: How often margins were asked for.
        held: Expected spend on closed lines before anybody chooses [$/month], shape (closed,).
    """

    replies: Replies
    start: Array
    margin: Array
    evaluations: int
    held: Array


def random_parameters(seed: int) -> Parameters:
    """Every number drawn from its range."""
    draw = np.random.default_rng(seed)
    return Parameters().with_(
        **{
            leaf.address: float(draw.uniform(*leaf.range))
            for leaf in Parameters().leaves()
            if leaf.range and isinstance(leaf.default, float)
        }
    )


def captured(parameters: Parameters, seed: int, months: int, developers: int = 2000) -> list[Problem]:
    """The pricing problems of a run, one a month; it breaks off if one has no rest."""
    found: list[Problem] = []
    asked, image = [0], Replies.image

    def counted(self: Replies, *given: object) -> object:
        asked[0] += 1
        return image(self, *given)  # type: ignore[arg-type]

    def watched(replies: Replies, margin: Array) -> competition.Equilibrium:
        before = asked[0]
        rest = equilibrium(replies, margin)
        base = replies.of.customers
        found.append(Problem(replies, margin, rest.margin, asked[0] - before, base.held.dot(base.budget)))
        return rest

    with mock.patch.object(Replies, "image", counted), mock.patch(f"{PRICES}.equilibrium", watched):
        Market(parameters, rng=seed, developers=developers).run(months)
    return found


def random_problems(runs: Iterable[int], months: int = 48, each: int = 25) -> Iterator[Problem]:
    """Problems of runs with random parameters, evenly over the months."""
    for seed in runs:
        found = captured(random_parameters(seed), seed, months)
        yield from (found[index] for index in np.linspace(0, len(found) - 1, each).astype(int))


def several_rests(replies: Replies, start: Array, bounded: bool = True) -> tuple[int, int]:
    """Different margins of labs at rest from six starts, and starts from which they do not come to rest."""
    if not bounded:
        replies = Replies(replace(replies.of, highest=np.full_like(replies.of.highest, replies.of.highest.max())))
    rests: list[Array] = []
    failed = 0
    for begin in (start, *(np.full_like(start, margin) for margin in (-0.5, 0.0, 0.3, 0.6, 0.85))):
        try:
            margin = equilibrium(replies, begin).margin[: replies.labs]
        except ArithmeticError:
            failed += 1
            continue
        if not any(np.abs(margin - other).max(initial=0.0) < 1e-4 for other in rests):
            rests.append(margin)
    return len(rests), failed


def at_the_rail(problems: Iterable[Problem]) -> Array:
    """Of expected spend on closed lines: on those at L_max, on those at a lower bound, shape (2,).

    Means over problems in which labs compete: spend on a lab that is alone falls little with its price.
    """
    parts = []
    for problem in problems:
        of, labs = problem.replies.of, problem.replies.labs
        if len(np.unique(of.customers.together, axis=0)) < 2 or not problem.held.any():
            continue
        margin, highest = problem.margin[:labs], of.highest[:labs]
        rail = margin >= of.highest.max() - 1e-9
        bound = (margin >= highest - 1e-9) & ~rail
        parts.append([problem.held[part].sum() / problem.held.sum() for part in (rail, bound)])
    return np.mean(parts, axis=0)


@dataclass(frozen=True)
class Expected:
    """Prices at rest when labs expect some holders, without bounds on living lines.

    Attributes:
        margin: Of all lines, closed ones first, shape (lines,).
        stock: Who would hold what if everybody used a model at these prices for ever, shape (segments, options).
        spent: What that makes of spend on closed lines, shape (closed,).
    """

    margin: Array
    stock: Array
    spent: Array


def priced(state: State, base: Array) -> Expected:
    """What labs ask if they expect these holders, shape (segments, options).

    They come from below, where a line with two optima has the one at which it does not milk. At rest whoever leaves a
    group is replaced: n_k ∝ a_k D_γ/h_γ.
    """
    lines, segments = state.lines, state.segments
    segments.base[:] = base
    live = np.flatnonzero(lines.live)
    live = live[np.argsort(lines.access[live] != CLOSED, kind="stable")]
    people = prices.expected_people(state, live)
    of = prices.competition(state, live, people, segments.utility, segments.outside)
    replies = Replies(replace(of, highest=np.full_like(of.highest, state.parameters.pricing.lerner_max)))
    margin = equilibrium(replies, np.zeros(live.size)).margin
    weights = replies.weights(margin, replies.regime(margin))
    shares = competition.segment_shares(weights, replies.outside)
    group = people.group[1:-1]
    member = (np.arange(len(people.ties))[:, None] == group).astype(float)
    tied = 1.0 + people.ties * (member @ shares)
    stock = np.zeros_like(base)
    stock[:, 1 + live] = (shares * tied[group] / people.hazard[group]).T  # nobody need ever leave the outside option
    stock *= (nobody_yet(state)[:, 0] / stock.sum(axis=1))[:, None]
    labs = replies.labs
    return Expected(margin, stock, of.customers.budget @ stock[:, 1 + live[:labs]])


def nobody_yet(state: State) -> Array:
    """Nobody has started, shape (segments, options)."""
    base = np.zeros_like(state.segments.base)
    base[:, 0] = state.developers.counts.sum(axis=1) * state.developers.weight
    return base


def mature(state: State) -> Expected:
    """Prices and holders at rest together if everybody uses a model.

    Without bounds a line may go to and fro between two optima, as holders leave who are milked and return; so this is a
    mean over the later half of the way.
    """
    base, later = state.segments.base.copy(), np.zeros_like(state.segments.base)
    for step in range(160):
        base = base + 0.5 * (priced(state, base).stock - base)
        later += base / 80.0 * (step >= 80)
    found = priced(state, later)
    return replace(found, stock=later)


def young(state: State, rest: Expected, unstarted: float, milking: bool = False) -> float:
    """Margin when a share of all has not started and the others hold what they hold at rest.

    Of closed lines that do not milk their holders at L_max, or of all of them, weighted by spend at rest.
    """
    found = priced(state, (1.0 - unstarted) * rest.stock + unstarted * nobody_yet(state))
    margin = found.margin[: len(rest.spent)]
    weight = rest.spent * (milking | (margin < state.parameters.pricing.lerner_max - 1e-9))
    return float(margin @ weight / weight.sum())


def mature_and_early(state: State, milking: bool = False) -> tuple[float, float]:
    """Margin of closed lines when everybody uses a model and holders rest, and when nobody has started."""
    rest = mature(state)
    return young(state, rest, 0.0, milking), young(state, rest, 1.0, milking)


def at(state: State, patience: float | None = None, **changes: float) -> State:
    """The same market with other parameters, and labs of some patience β."""
    if patience is not None:
        changes |= {
            "finance.discount_rate": LEAST_RATE,
            "pricing.obsolescence": 1.0 - (1.0 + LEAST_RATE) * patience**12,
        }
    other = copy(state)
    other.segments = deepcopy(state.segments)
    other.parameters = state.parameters.with_(**changes)
    return other


def market(seed: int = 1, months: int = 37, developers: int = 5000) -> State:
    """The default market at the end of the record."""
    found = Market(Parameters(), rng=seed, developers=developers)
    found.run(months)
    return found


# Least discount rate that money admits [1/year]; the rest of impatience is that what was built grows worthless.
LEAST_RATE = 0.01
SHARES = (1.0, 0.75, 0.5, 0.25, 0.1, 0.0)


def main() -> None:
    """Print what docs/conduct.md says."""
    problems = list(random_problems(range(80)))
    asked = np.array([problem.evaluations for problem in problems])
    print(f"{len(problems)} problems, evaluations: median {np.median(asked):.0f}, mean {asked.mean():.0f}", end=", ")
    print(f"95% {np.quantile(asked, 0.95):.0f}, most {asked.max()}; more than 120: {(asked > 120).sum()}")
    for bounded in (True, False):
        found = np.array([several_rests(problem.replies, problem.start, bounded) for problem in problems])
        print(f"bounded {bounded}: {(found[:, 0] > 1).sum()} with several rests, {found[:, 1].sum()} starts failed")
    parts = at_the_rail(problems)
    print("spend at the rail {:.3f}, at a lower bound {:.3f}".format(*parts))
    state, costs = market(developers=20_000), (0.0, 0.5, 1.0, 1.3, 2.0, 3.0, 4.0)
    print("mature/early margins, switching cost", *costs)
    for patience in (0.945, 0.96, 0.98, 0.99, 0.995):
        for milking in (False, True):
            markets = [at(state, patience, **{"adoption.switching_cost": cost}) for cost in costs]
            pairs = [mature_and_early(other, milking) for other in markets]
            print(patience, "all" if milking else "below L_max", end=" ")
            print(*(f"{late:.2f}/{early:.2f}={late / early:.2f}" for late, early in pairs))
    print("margins when these shares have not started", *SHARES)
    for cost in (0.0, 1.3, 3.0):
        other = at(state, **{"adoption.switching_cost": cost})
        rest = mature(other)
        print(cost, *(f"{young(other, rest, share):.2f}" for share in SHARES))
    print("measured margin of closed lines in 2024-01, 2024-12, 2025-10")
    for reset in (1.0, 0.2, 0.05):
        for cost in (0.0, 1.3, 3.0):
            values = {"pricing.reset": reset, "adoption.switching_cost": cost}
            runs = [Market(Parameters().with_(**values), rng=seed, developers=20_000).run(37) for seed in range(4)]
            mean = np.mean([run.market["closed_margin"] for run in runs], axis=0)
            print(reset, cost, *(f"{mean[month]:.2f}" for month in (14, 25, 35)))


if __name__ == "__main__":
    main()
