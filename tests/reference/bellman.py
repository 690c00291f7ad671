"""A small market whose customers are a Markov chain over options: its Bellman equations solved outright.

Nothing here knows of groups' closed forms: matrices of chances, linear systems, months lived through one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STEP = 1e-200  # of the complex step: derivatives without cancellation


@dataclass(frozen=True)
class SmallMarket:
    """Options are the outside option, the lines (closed ones first) and what nobody chooses: no tie.

    Attributes:
        lab: Of each line.
        group: Of each line, from 1.
        closed: Whether a line is closed, each in a group of its own.
        cost: [$/Mtok], shape (lines,).
        hosted: Margins of open lines, which are not their labs', shape (lines,).
        utility: V, shape (lines, segments).
        outside: V₀, shape (segments,).
        reach: Aware share of each group's lines, shape (groups, segments); 1 for the outside option.
        alpha, budget: Shape (segments,).
        switching_cost: κ.
        hazard: h, shape (groups, segments), the last group being no tie.
        held: People by option at the start, shape (options, segments).
        newcomers: Of this month, shape (segments,).
        lasting: Newcomers of a month over those of the month before.
        trial: Price that newcomers expect to pay at most.
        patience: β.
        reset: Probability that a price is set anew.
    """

    lab: NDArray[np.int64]
    group: NDArray[np.int64]
    closed: NDArray[np.bool_]
    cost: Array
    hosted: Array
    utility: Array
    outside: Array
    reach: Array
    alpha: Array
    budget: Array
    switching_cost: float
    hazard: Array
    held: Array
    newcomers: Array
    lasting: float
    trial: float
    patience: float
    reset: float

    @property
    def groups(self) -> int:
        """Outside option, (lab, tier)s, no tie."""
        return len(self.hazard)

    @property
    def group_of_option(self) -> NDArray[np.int64]:
        """Group of every option."""
        return np.concatenate([[0], self.group, [self.groups - 1]])

    def margins(self, of_labs: Array) -> Array:
        """L of all lines when labs' are these."""
        every = self.hosted.astype(of_labs.dtype)
        every[self.closed] = of_labs
        return every

    def log_price(self, of_labs: Array) -> Array:
        """ln p."""
        return np.log(self.cost) - np.log(1.0 - self.margins(of_labs))

    def weights(self, log_price: Array) -> Array:
        """e^V of lines times the aware share, shape (lines, segments)."""
        return self.reach[self.group] * np.exp(self.utility - self.alpha * log_price[:, None])

    def trial_weights(self) -> Array:
        """The same at the trial price."""
        return self.weights(np.full(len(self.cost), np.log(self.trial)))

    def attractions(self, weights: Array) -> Array:
        """Chances of who is tied to nothing, shape (options, segments)."""
        nobody = np.zeros_like(weights[:1])
        every = np.concatenate([np.exp(self.outside)[None], weights, nobody])
        return np.asarray(every / every.sum(axis=0))

    def first_attractions(self, log_price: Array) -> Array:
        """Chances of a newcomer, who expects min(p, trial)."""
        capped = np.where(log_price.real < np.log(self.trial), log_price, np.log(self.trial))
        return self.attractions(self.weights(capped))

    def month(self, log_price: Array, g: int) -> Array:
        """Chances of holding an option (column) after a month when one holds another (row), segment ``g``.

        Who reconsiders adds κ to the options of her own group, of which she is aware.
        """
        group, options = self.group_of_option, len(self.cost) + 2
        chances = np.zeros((options, options), dtype=log_price.dtype)
        plain = np.concatenate([[np.exp(self.outside[g])], np.exp(self.utility[:, g] - self.alpha[g] * log_price), [0]])
        for option in range(options):
            own, here = group == group[option], group[option]
            reach = np.where(own, np.exp(self.switching_cost), self.reach[group, g])
            weight = plain * (self.reach[group, g] if here == self.groups - 1 else reach)
            h = self.hazard[here, g]
            chances[option] = h * weight / weight.sum()
            chances[option, option] += 1.0 - h
        return chances

    def earnings(self, of_labs: Array, lab: int) -> Array:
        """Margin of a lab on a dollar of who holds each option."""
        every = np.where(self.closed & (self.lab == lab), self.margins(of_labs), 0.0)
        return np.concatenate([[0.0], every, [0.0]])

    def value(self, of_labs: Array, line: int, log_change: complex) -> complex:
        """What the lab of a line earns in all time if its price is changed until it is next set anew."""
        before = self.log_price(of_labs.astype(complex))
        after = before.copy()
        after[line] += log_change
        changed = (1.0 - self.cost / np.exp(after))[self.closed]
        lab, beta, total = int(self.lab[line]), self.patience, 0.0j
        stands = beta * (1.0 - self.reset)
        first = self.first_attractions(after)
        for g in range(len(self.budget)):
            usual, new = self.month(before, g), self.month(after, g)
            one = np.eye(len(usual))
            later = np.linalg.solve(one - beta * usual, self.earnings(of_labs, lab))
            now = np.linalg.solve(one - stands * new, self.earnings(changed, lab) + beta * self.reset * (usual @ later))
            arrivals = self.newcomers[g] / (1.0 - stands * self.lasting)
            total += self.budget[g] * (self.held[:, g] @ new @ now + arrivals * (first[:, g] @ now))
        return total

    def slope(self, of_labs: Array, line: int) -> float:
        """Derivative of :meth:`value` in ln p [$]."""
        return self.value(of_labs, line, STEP * 1j).imag / STEP

    def at_rest(self, of_labs: Array) -> SmallMarket:
        """The same market where holders stay what they are at these prices, without newcomers."""
        held = np.zeros_like(self.held)
        for g in range(len(self.budget)):
            flow = self.month(self.log_price(of_labs), g).T - np.eye(len(held))
            flow[-1] = 1.0
            held[:, g] = np.linalg.solve(flow, np.concatenate([np.zeros(len(held) - 1), [self.held[:, g].sum()]]))
        return replace(self, held=held, newcomers=np.zeros_like(self.newcomers))

    def lived_through(self, of_labs: Array, lab: int, months: int) -> float:
        """What a lab earns in so many months, month by month, if prices stay [$]."""
        price, total = self.log_price(of_labs), 0.0
        for g in range(len(self.budget)):
            chances, people = self.month(price, g).T.copy(), self.held[:, g]
            weight, earns = self.budget[g], self.earnings(of_labs, lab)
            for _ in range(months):
                people = chances @ people
                total += weight * float(earns @ people)
                weight *= self.patience
        return total


def small_market(seed: int, labs: int = 3, segments: int = 2, **fixed: object) -> SmallMarket:
    """Labs with two tiers, of which some have closed lines, some open ones, some both; all else random."""
    draw = np.random.default_rng(seed)
    rows = []
    for lab in range(labs):
        for tier in range(2):
            group = 1 + 2 * lab + tier
            rows += [(0, lab, group)] * int(tier == 0 or draw.random() < 0.8)
            rows += [(1, lab, group)] * int(draw.integers(0, 3))
    table = np.array(sorted(rows))
    lines, groups = len(table), 2 + 2 * labs
    reach = draw.uniform(0.05, 1.0, (groups, segments))
    reach[0] = 1.0
    hazard = draw.uniform(0.03, 0.4, (groups, segments))
    hazard[-1] = 1.0
    market = SmallMarket(
        lab=table[:, 1],
        group=table[:, 2],
        closed=table[:, 0] == 0,
        cost=draw.uniform(0.2, 2.0, lines),
        hosted=draw.uniform(0.0, 0.2, lines),
        utility=draw.normal(0.0, 1.5, (lines, segments)),
        outside=draw.normal(0.0, 1.0, segments),
        reach=reach,
        alpha=draw.uniform(0.6, 3.0, segments),
        budget=draw.uniform(0.5, 3.0, segments),
        switching_cost=float(draw.uniform(0.0, 3.0)),
        hazard=hazard,
        held=draw.uniform(0.0, 1.0, (lines + 2, segments)),
        newcomers=draw.uniform(0.0, 1.0, segments),
        lasting=float(draw.uniform(0.3, 1.0)),
        trial=float(draw.uniform(0.5, 3.0)),
        patience=float(draw.uniform(0.9, 0.995)),
        reset=float(draw.uniform(0.0, 1.0)),
    )
    return replace(market, **fixed)  # type: ignore[arg-type]
