"""Pricing problems as markets meet them, to be solved with tied customers; and what mature margins they lead to.

``python -m tests.reference.captured`` prints the counts and tables of docs/conduct.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim import Market, Parameters
from sim.agents.lab import CLOSED, TIERS
from sim.mechanisms import Mechanism
from sim.mechanisms.pricing import host_margin, self_hosting_price
from sim.numerics import conduct
from sim.numerics.fixed_point import Anderson
from sim.parameters.fields import ORGANISATIONS
from sim.state import State

Array = NDArray[np.float64]
Bool = NDArray[np.bool_]
INDIE = ORGANISATIONS.index("indie")


@dataclass(frozen=True)
class Problem:
    """What labs and hosts see in a month; live lines only, closed ones first.

    Attributes:
        cost: [$/Mtok], shape (lines,).
        closed: Shape (lines,).
        owner: Lab of each line.
        group: (Lab, tier) of each line, from 1.
        utility: V without price, shape (lines, segments).
        aware: Aware shares, shape (lines, segments).
        own: Price of serving oneself, shape (lines, segments).
        apps: Startups' spend [$/month], shape (lines,).
        new: Whether a line has no price yet.
        price: Last month's [$/Mtok], shape (lines,).
        margin: Last month's L, shape (lines,).
        alpha, outside, budget: Shape (segments,).
        indie: Which segments are individuals.
        held: People by option: the outside option, live lines, lines no longer live; shape (2 + lines, segments).
        switching_cost, hazard: κ, h.
        lowest, highest: L_min, L_max.
        host_cost, host_elasticity: F_h, α_h.
    """

    cost: Array
    closed: Bool
    owner: NDArray[np.int64]
    group: NDArray[np.int64]
    utility: Array
    aware: Array
    own: Array
    apps: Array
    new: Bool
    price: Array
    margin: Array
    alpha: Array
    outside: Array
    budget: Array
    indie: Bool
    held: Array
    switching_cost: float
    hazard: float
    lowest: float
    highest: float
    host_cost: float
    host_elasticity: float


@dataclass(frozen=True)
class Outlook:
    """How labs look ahead, and who of those who do without has not started yet.

    Attributes:
        patience: β.
        reset: Probability that a price is set anew in a month.
        unstarted: Share of those who do without who have never chosen.
        start: Hazard at which they do [1/month].
        trial: Price that individuals expect to pay at most when they start [$/Mtok].
    """

    patience: float = 0.98
    reset: float = 0.2
    unstarted: float = 0.0
    start: float = 0.1
    trial: float = np.inf


def problem_of(state: State, price: Array, margin: Array, counts: Array) -> Problem:
    """The problem that a market has just solved, given last month's prices, margins and counts of people."""
    lines, segments, p = state.lines, state.segments, state.parameters.pricing
    live = live_lines(state)
    closed = lines.access[live] == CLOSED
    organisation = segments.organisation
    operations = (p.operations.array() / p.team.array())[organisation]
    own = self_hosting_price(lines.cost[live], p.utilisation.array()[organisation], operations, segments.budget)
    dead = np.setdiff1d(np.arange(len(lines)), live)
    return Problem(
        cost=lines.cost[live].copy(),
        closed=closed,
        owner=lines.lab[live].copy(),
        group=1 + lines.lab[live] * len(TIERS) + lines.tier[live],
        utility=segments.utility[:, live].T.copy(),
        aware=-np.expm1(-segments.awareness)[:, lines.lab[live]].T,
        own=np.where(closed[:, None], np.inf, own.T),
        apps=lines.app_spend[live].copy(),
        new=lines.fresh[live] | (price[live] <= 0.0),
        price=price[live],
        margin=margin[live],
        alpha=segments.alpha.copy(),
        outside=segments.outside.copy(),
        budget=segments.budget.copy(),
        indie=organisation == INDIE,
        held=np.concatenate([counts[:1], counts[1 + live], counts[1 + dead].sum(axis=0)[None]]),
        switching_cost=state.parameters.adoption.switching_cost,
        hazard=-np.expm1(-state.parameters.adoption.hazard),
        lowest=p.lerner_min,
        highest=p.lerner_max,
        host_cost=p.host_fixed_cost,
        host_elasticity=p.host_elasticity,
    )


def live_lines(state: State) -> NDArray[np.int64]:
    """Live lines, closed ones first."""
    live = np.flatnonzero(state.lines.live)
    return live[np.argsort(state.lines.access[live] != CLOSED, kind="stable")]


def people(state: State) -> Array:
    """People by option and segment, shape (options, segments)."""
    return (state.developers.counts * state.developers.weight).T


def with_pricing(wrapped: Callable[[Mechanism], Callable[[State], None]]) -> type[Market]:
    """Markets whose pricing is another step."""

    class Other(Market):
        schedule = tuple(
            replace(verb, step=wrapped(verb)) if verb.name == "pricing" else verb for verb in Market.schedule
        )

    return Other


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
    """The pricing problems of a run, one a month."""
    found: list[Problem] = []

    def watch(verb: Mechanism) -> Callable[[State], None]:
        def step(state: State) -> None:
            """Watch."""
            before = state.lines.price.copy(), state.lines.lerner.copy()
            verb.step(state)
            if state.lines.live.any():
                found.append(problem_of(state, *before, people(state)))

        return step

    with_pricing(watch)(parameters, rng=seed, developers=developers).run(months)
    return found


def random_outlook(draw: np.random.Generator) -> Outlook:
    """From the ranges of the design: r .10 to .20, o 0 to .40, reset .05 to 1."""
    return Outlook(
        patience=conduct.monthly_patience(draw.uniform(0.10, 0.20), draw.uniform(0.0, 0.40)),
        reset=draw.uniform(0.05, 1.0),
        unstarted=draw.uniform(0.0, 1.0),
        start=draw.uniform(0.02, 0.2),
        trial=10.0 ** draw.uniform(-0.5, 1.5),
    )


def random_problems(runs: int, each: int, months: int = 48) -> Iterator[tuple[Problem, Outlook]]:
    """Problems of runs with random parameters, evenly over the months, each with a random outlook."""
    for seed in range(runs):
        draw, found = np.random.default_rng([seed, 1]), captured(random_parameters(seed), seed, months)
        for index in np.linspace(0, len(found) - 1, each).astype(int):
            yield found[index], random_outlook(draw)


# The fixed point as in pricing: part of the way only where it has not come to rest, who hosts herself settled later.
PHASES = ((60, 1.0, 1e-12), (200, 0.5, 1e-12), (1000, 0.1, 1e-9), (5000, 0.02, 1e-5))
SETTLED_AFTER, NEAR, PATIENCE, STABLE = 120, 1e-3, 30, 0.95


class Solver:
    """A problem with an outlook: groups, ties, bounds, and the search for margins at rest.

    Attributes:
        settled: Who hosted herself when margins came to rest, shape (open lines, segments).
    """

    def __init__(self, problem: Problem, outlook: Outlook, bounded: bool = True) -> None:
        self.problem, self.outlook = problem, outlook
        self.labs = int(problem.closed.sum())
        self.settled = np.zeros((len(problem.cost) - self.labs, len(problem.alpha)), bool)
        with np.errstate(divide="ignore"):
            value = problem.utility + np.log(problem.aware)
        at_cost = value - problem.alpha * np.log(problem.cost)[:, None]
        best = np.maximum(at_cost.max(axis=0), problem.outside)
        self.at_cost, self.outside = at_cost - best, np.exp(problem.outside - best)
        self.by_oneself = (value - problem.alpha * np.log(problem.own))[self.labs :] - best
        self.dearest = 1.0 - problem.cost[self.labs :, None] / problem.own[self.labs :]
        bound = conduct.highest_margin(problem.cost, problem.price, problem.margin, problem.new, problem.highest)
        free = (np.arange(len(bound)) >= self.labs) | (not bounded)
        self.highest = np.maximum(np.where(free, problem.highest, bound), problem.lowest)
        self.expected = np.zeros_like(value)
        if np.isfinite(outlook.trial):
            trial = np.exp(value - problem.alpha * np.log(outlook.trial) - best)
            self.expected = np.where(problem.indie, trial, 0.0)
        self._people()

    def _people(self) -> None:
        """Groups: the outside option, (lab, tier)s, no tie (of lines no longer live), not started."""
        problem, outlook = self.problem, self.outlook
        groups, segments = int(problem.group.max()) + 3, len(problem.alpha)
        reach = np.ones((groups, segments))
        reach[problem.group] = problem.aware
        self.ties = conduct.tie(problem.switching_cost, reach)
        self.ties[-2:] = 0.0
        self.hazard = np.full((groups, segments), problem.hazard)
        self.hazard[-2], self.hazard[-1] = 1.0, outlook.start
        self.group = np.concatenate([[0], problem.group, [groups - 2, groups - 1]])
        unstarted = outlook.unstarted * problem.held[:1]
        trial = problem.indie & np.isfinite(outlook.trial)
        self.newcomers = np.where(trial, outlook.start * unstarted[0], 0.0)
        self.hold(np.concatenate([problem.held[:1] - unstarted, problem.held[1:], np.where(trial, 0.0, unstarted)]))

    def hold(self, held: Array) -> None:
        """Set people by option: outside, lines, no tie, not started."""
        outlook, problem = self.outlook, self.problem
        self.held = held
        member = (np.arange(len(self.hazard))[:, None] == self.group).astype(float)
        self.base = conduct.customers(
            group=problem.group,
            owner=problem.owner[: self.labs],
            holders=member.dot(held),
            held=held[1 : 1 + self.labs],
            hazard=self.hazard,
            ties=self.ties,
            budget=problem.budget,
            alpha=problem.alpha,
            patience=outlook.patience,
            reset=outlook.reset,
        )
        self.spend = (held.sum(axis=0) + self.newcomers) * problem.budget

    def weights(self, margin: Array, alone: Bool) -> Array:
        """e^V relative to the best option at cost, shape (lines, segments)."""
        score = self.at_cost + self.problem.alpha * np.log(1.0 - margin)[:, None]
        np.copyto(score[self.labs :], self.by_oneself, where=alone)
        return np.exp(score)

    def shares(self, margin: Array) -> Array:
        """Attractions, shape (lines, segments)."""
        weights = self.weights(margin, self.alone(margin))
        return weights / (self.outside + weights.sum(axis=0))

    def alone(self, margin: Array) -> Bool:
        """Who hosts herself, shape (open lines, segments)."""
        return margin[self.labs :, None] > self.dearest

    def replies(self, margin: Array, alone: Bool) -> Array:
        """Margins with which labs and hosts answer these."""
        problem, labs = self.problem, self.labs
        weights = self.weights(margin, alone)
        shares = weights / (self.outside + weights.sum(axis=0))
        newcomers = None
        if self.newcomers.any():
            posted = self.outlook.patience * (1.0 - self.outlook.reset)
            mean = conduct.over_life(self.newcomers, 1.0 - self.outlook.start, posted)
            newcomers = conduct.first_choice(mean, weights, self.expected, self.outside)
        of_labs = conduct.conduct_map(self.base, margin[:labs], shares, newcomers)
        served = np.where(alone, 0.0, shares[labs:])
        total = served.dot(self.spend)
        leave = ((served - served**2).dot(problem.alpha * self.spend) + 1e-290) / (total + 1e-290)
        _, of_hosts = host_margin(
            total + problem.apps[labs:], problem.host_cost, problem.host_elasticity, np.maximum(leave, 1e-6)
        )
        return self.within(np.concatenate([of_labs, of_hosts]))

    def within(self, margin: Array) -> Array:
        """Cut to the bounds."""
        return np.minimum(np.maximum(margin, self.problem.lowest), self.highest)

    def start(self) -> Array:
        """Last month's margins."""
        return self.within(np.where(self.problem.new, 0.3, self.problem.margin))

    def solve(self, start: Array | None = None, floor: float = 1.0) -> tuple[Array, int]:
        """Margins at rest and how often they were asked for.

        Args:
            start: Where to begin.
            floor: Part of the way that is gone in the first evaluations where changes do not shrink.

        Raises:
            ArithmeticError: They do not come to rest.
        """
        margin = self.start() if start is None else self.within(start)
        evaluations, tried, last = 0, 0.0, np.inf
        for iteration in range(1, PHASES[-1][0] + 1):
            if iteration <= SETTLED_AFTER:
                self.settled = alone = self.alone(margin)
            new = self.replies(margin, alone)
            evaluations += 1
            change = np.abs(new - margin).max()
            step, tolerance = next((step, near) for last_one, step, near in PHASES if iteration <= last_one)
            if change < tolerance:
                return new, evaluations
            if change < NEAR and tried != step:
                tried = step
                found, more = self._accelerated(margin, new, alone, step)
                evaluations += more
                if found is not None:
                    return found, evaluations
            if iteration <= PHASES[0][0] and change >= last:
                step = floor
            margin, last = margin + step * (new - margin), change
        raise ArithmeticError(f"margins do not come to rest (last change {change:.1e})")

    def _accelerated(self, margin: Array, new: Array, alone: Bool, step: float) -> tuple[Array | None, int]:
        """Where it comes to rest if such steps are drawn there; tried once a phase.

        Margins that labs would rather milk and rivals answer can circle: the whole step is repelled, a part is not.
        """
        path = Anderson(margin.size)
        for number in range(1, PATIENCE + 1):
            margin = self.within(path.next(margin, new))
            new = self.replies(margin, alone)
            if np.abs(new - margin).max() < PHASES[0][2]:
                draws = path.growth(step) < (STABLE if step == 1.0 else 1.0)
                stays = draws and (self.alone(margin) == alone).all()
                return (new if stays else None), number
        return None, PATIENCE

    def options(self, margin: Array) -> Array:
        """Attractions of all options, shape (options, segments)."""
        shares = self.shares(margin)
        nobody = np.zeros((2, shares.shape[1]))
        return np.concatenate([1.0 - shares.sum(axis=0)[None], shares, nobody])

    def settle(self) -> Array:
        """Margins at which holders stay what they are too, all having started, from last month's.

        At rest whoever leaves a group is replaced: n_k ∝ a_k D_γ/h_γ.

        Raises:
            ArithmeticError: They do not come to rest.
        """
        margin, everybody = self.start(), self.held.sum(axis=0)
        for _ in range(5000):
            options = self.options(margin)
            member = (np.arange(len(self.hazard))[:, None] == self.group).astype(float)
            stock = options * ((1.0 + self.ties * member.dot(options)) / self.hazard)[self.group]
            self.hold(stock * (everybody / stock.sum(axis=0)))
            new = self.replies(margin, self.alone(margin))
            if np.abs(new - margin).max() < 1e-10:
                return new
            margin = margin + 0.5 * (new - margin)
        raise ArithmeticError("holders do not come to rest")

    def mean_margin(self, margin: Array) -> float:
        """Of closed lines, weighted by what is spent on them a month later."""
        after = conduct.month_after(self.held, self.options(margin), self.group, self.hazard, self.ties)
        spent = after[1 : 1 + self.labs].dot(self.problem.budget)
        return float(spent.dot(margin[: self.labs]) / spent.sum())


class TiedPricing:
    """Pricing of the market as it would be with tied customers, to be wrapped around the market's own.

    Labs know the market, not the draw: they follow expected holders n̄ ← (1 − h) n̄ + h Σ n̄ s, drawn towards counts.

    Args:
        outlook: How labs look ahead.
        memory: Share of the distance to counts that expected holders go in a month.

    Attributes:
        evaluations: How often margins were asked for, by month.
    """

    def __init__(self, outlook: Outlook, memory: float = 0.2) -> None:
        self.outlook, self.memory, self.expected = outlook, memory, np.zeros((0, 0))
        self.evaluations: list[int] = []

    def __call__(self, verb: Mechanism) -> Callable[[State], None]:
        """The step that takes the place of this one."""

        def step(state: State) -> None:
            """Prices."""
            lines, counts = state.lines, people(state)
            before = lines.price.copy(), lines.lerner.copy()
            verb.step(state)
            if not self.expected.size:
                self.expected = counts.copy()
            self.expected += self.memory * (counts - self.expected)
            live = live_lines(state)
            solver = Solver(problem_of(state, *before, self.expected), self.outlook)
            margin, evaluations = solver.solve()
            self.evaluations.append(evaluations)
            self._post(state, live, margin, solver)
            after = conduct.month_after(solver.held, solver.options(margin), solver.group, solver.hazard, solver.ties)
            self.expected = np.zeros_like(self.expected)
            self.expected[0], self.expected[1 + live] = after[0] + after[-1], after[1:-2]
            self.expected[1 + np.setdiff1d(np.arange(len(lines)), live)[:1]] += after[-2]

        return step

    def _post(self, state: State, live: NDArray[np.int64], margin: Array, solver: Solver) -> None:
        """Margins, not prices, go part of the way, within the same bounds."""
        lines, problem = state.lines, solver.problem
        speed = state.parameters.pricing.adjustment
        slow = problem.margin + speed * (margin - problem.margin)
        margin = solver.within(np.where(problem.new, margin, slow))
        lines.lerner[live], lines.price[live] = margin, problem.cost / (1.0 - margin)
        state.segments.price[:, live] = np.minimum(lines.price[live][:, None], problem.own).T


def closed_margins(parameters: Parameters, seed: int, outlook: Outlook | None, months: int = 37) -> list[float]:
    """Measured margin of closed lines by month: of the market as it is, or with tied customers."""
    kind = Market if outlook is None else with_pricing(TiedPricing(outlook))
    return list(kind(parameters, rng=seed, developers=20_000).run(months).market["closed_margin"])


def several_rests(problem: Problem, outlook: Outlook, bounded: bool = True) -> int:
    """Different margins of labs at rest, from six starts."""
    solver, rests = Solver(problem, outlook, bounded), []
    for start in (None, -0.5, 0.0, 0.3, 0.6, 0.9):
        margin, _ = solver.solve(None if start is None else np.full(len(problem.cost), start))
        if not any(np.abs(margin - other)[: solver.labs].max(initial=0.0) < 1e-4 for other in rests):
            rests.append(margin)
    return len(rests)


def at_the_rail(problem: Problem, outlook: Outlook) -> tuple[float, float, float]:
    """Spend a month later on closed lines at L_max, on those at their lower bound, and on all [$/month]."""
    solver = Solver(problem, outlook)
    margin, _ = solver.solve()
    after = conduct.month_after(solver.held, solver.options(margin), solver.group, solver.hazard, solver.ties)
    spent, margin = after[1 : 1 + solver.labs].dot(problem.budget), margin[: solver.labs]
    rail = margin >= problem.highest - 1e-9
    bound = (margin >= solver.highest[: solver.labs] - 1e-9) & ~rail
    return float(spent[rail].sum()), float(spent[bound].sum()), float(spent.sum())


def mature_and_early(problem: Problem, outlook: Outlook) -> tuple[float, float]:
    """Margin of closed lines once everybody has started and holders rest, and before anybody has."""
    solver = Solver(problem, outlook, bounded=False)
    mature = solver.mean_margin(solver.settle())
    return mature, young(problem, outlook, 1.0)


def young(problem: Problem, outlook: Outlook, unstarted: float) -> float:
    """Margin of closed lines when a share of all has not started and the others are at rest."""
    solver = Solver(problem, outlook, bounded=False)
    start = solver.settle()
    held = (1.0 - unstarted) * solver.held
    held[-1] = unstarted * solver.held.sum(axis=0)
    solver.hold(held)
    return solver.mean_margin(solver.solve(start)[0])


def main() -> None:
    """Print what docs/conduct.md says."""
    problems = list(random_problems(80, 25))
    asked = np.array([Solver(*pair).solve()[1] for pair in problems])
    print(f"{len(problems)} problems, evaluations: median {np.median(asked):.0f}, mean {asked.mean():.0f}", end=", ")
    print(f"95% {np.quantile(asked, 0.95):.0f}, most {asked.max()}; more than 200: {(asked > 200).sum()}")
    for bounded in (True, False):
        number = sum(several_rests(*pair, bounded) > 1 for pair in problems)
        print(f"several rest points, bounded {bounded}: {number}")
    rail, bound, spent = np.sum([at_the_rail(*pair) for pair in problems], axis=0)
    print(f"spend at the rail {rail / spent:.3f}, at a lower bound {bound / spent:.3f}")
    problem = captured(Parameters(), 1, 37, 20_000)[-1]
    costs = (0.0, 0.5, 1.0, 1.3, 2.0, 3.0, 4.0)
    print("mature / early margins, switching cost", *costs)
    for patience in (0.93, 0.96, 0.98, 0.99, 0.995):
        pairs = [mature_and_early(replace(problem, switching_cost=cost), Outlook(patience)) for cost in costs]
        print(patience, *(f"{late:.2f}/{early:.2f}" for late, early in pairs))
    print("margins when 0, .1, .25, .5, .75 and all have not started")
    for cost in (0.0, 1.3, 3.0):
        shares = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
        print(cost, *(f"{young(replace(problem, switching_cost=cost), Outlook(), share):.2f}" for share in shares))
    months = (14, 25, 35)
    for outlook in (None, Outlook(reset=1.0), Outlook(), Outlook(reset=0.05)):
        for cost in (0.0, 1.3, 3.0):
            parameters = Parameters().with_(**{"adoption.switching_cost": cost})
            mean = np.mean([closed_margins(parameters, seed, outlook) for seed in range(4)], axis=0)
            print("market", outlook and outlook.reset, cost, *(f"{mean[month]:.2f}" for month in months))


if __name__ == "__main__":
    main()
