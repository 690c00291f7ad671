"""Conduct: margins of labs whose customers are held by a switching cost and reconsider now and then.

A lab weighs what it earns from whoever holds a line anyhow against what customers are worth whom a price brings or
loses: the value of a customer in a chain of holders, in closed form. Symbols and derivation: ``docs/conduct.md``.
Groups γ are (lab, tier), what a customer can hold without a switching cost between; one of them is the outside option,
others may have no line (no tie, not yet started). Attractions a_k are shares if everybody chose without ties.

Source: oblivious expectations (Weintraub, Benkard & Van Roy 2008); invest and harvest (Farrell & Klemperer 2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.numerics.arrays import Float, Int, ones
from sim.numerics.holders import Newcomers

# Next to nothing [$/month, or a share], so that what nobody wants is not divided by zero.
NOBODY = 1e-290


def monthly_patience(rate: float, obsolescence: float) -> float:
    """β = [(1 − o)/(1 + r)]^(1/12): what a dollar of next month is worth now.

    Args:
        rate: r, discount rate [1/year].
        obsolescence: o, share of what is built that a year makes worthless [1/year].
    """
    return float(((1.0 - obsolescence) / (1.0 + rate)) ** (1.0 / 12.0))


def highest_margin(cost: Float, price: Float, margin: Float, limit: float) -> Float:
    """Bound of a margin: the price of a line that is held rises at most with its cost, shape (lines,).

    min{L_max, max(1 − c/p(t−1), L(t−1))}, and L_max for lines that were not there. Whoever is held pays any price, so a
    lab that may raise prices at will finds a second optimum in milking its customers, with a new model on the line too.

    Args:
        cost: c [$/Mtok], shape (lines,).
        price: p(t−1) [$/Mtok], shape (lines,); 0 if there was none.
        margin: L(t−1), shape (lines,).
        limit: L_max.
    """
    new = price <= 0.0
    kept = np.maximum(1.0 - cost / np.where(new, 1.0, price), margin)
    return np.where(new, limit, np.minimum(kept, limit))


@dataclass(frozen=True)
class Customers:
    """Who holds what before anybody chooses, how they are tied, and how labs look ahead; see :func:`customers`.

    The first groups are those of the closed lines, in their order; the next is the outside option; then those of open
    lines alone. Groups without a line are apart.

    Attributes:
        member: 1 where a line is in a group, −1 for all lines in the outside option's row, shape (groups, lines).
        together: 1 for two closed lines of one lab, else 0, shape (closed, closed).
        holders: n by group [people], shape (groups, segments).
        held: n by closed line [people], shape (closed, segments).
        hazard: h by group [1/month], shape (groups, segments).
        ties: E by group, shape (groups, segments).
        apart: n and h of groups without a line, which nobody can choose, shape (2, such groups, segments).
        budget: B [$/month and person], shape (segments,).
        alpha: α, shape (segments,).
        patience: β.
        posted: δ = β(1 − reset), weight of a month later in which a price still stands.
        others: Spend of others who pay the price of closed lines [$/month], shape (closed,).
        others_alpha: By how much that falls with the log price, relative to it, shape (closed,).
    """

    member: Float
    together: Float
    holders: Float
    held: Float
    hazard: Float
    ties: Float
    apart: Float
    budget: Float
    alpha: Float
    patience: float
    posted: float
    others: Float
    others_alpha: Float

    @cached_property
    def linear(self) -> tuple[Float, Float]:
        """D, D d and D e as straight lines in a_γ: slopes and what they are at 0, shapes (3, groups, segments)."""
        near, far = 1.0 - self.patience, 1.0 - self.posted
        level = np.array([np.ones_like(self.hazard), near + self.patience * self.hazard, far + self.staying])
        return np.array([1.0, near, far])[:, None, None] * self.ties, level

    @cached_property
    def staying(self) -> Float:
        """δ h."""
        return self.posted * self.hazard

    @cached_property
    def present(self) -> Float:
        """(1 − δ) h n."""
        return (1.0 - self.posted) * self.hazard * self.holders

    @cached_property
    def arriving(self) -> Float:
        """Mean choosers out of groups without a line, Σ (1 − δ) h n/(1 − δ + δ h), shape (segments,) [people/month]."""
        people, hazard = self.apart
        gone = 1.0 - self.posted
        leaving = gone * hazard * people / np.maximum(gone + self.posted * hazard, NOBODY)
        return np.asarray(np.add.reduce(leaving))

    @cached_property
    def quick(self) -> Float:
        """1/d_h = 1/(1 − β(1 − h)) of closed lines' groups, shape (closed, segments)."""
        return np.asarray(1.0 / (1.0 - self.patience * (1.0 - self.hazard[: len(self.held)])))

    @cached_property
    def stock(self) -> Float:
        """Mean spend over the life of a price of others and of who holds a line and stays, (closed,) [$/month]."""
        stays = 1.0 - self.hazard[: len(self.held)]
        return np.asarray(
            (stays * (1.0 - self.posted) / (1.0 - self.posted * stays) * self.held).dot(self.budget) + self.others
        )

    @cached_property
    def paying(self) -> Float:
        """B/(1 − δ(1 − h)): what a chooser pays as long as price and choice stand, shape (closed, segments)."""
        return np.asarray(self.budget / (1.0 - self.posted * (1.0 - self.hazard[: len(self.held)])))

    @cached_property
    def elastic(self) -> Float:
        """α B, shape (segments,)."""
        return self.alpha * self.budget

    @cached_property
    def others_leave(self) -> Float:
        """Spend of others that a price drives away, shape (closed,) [$/month]."""
        return self.others * self.others_alpha


def customers(
    *,
    group: Int,
    owner: Int,
    holders: Float,
    held: Float,
    hazard: Float,
    ties: Float,
    budget: Float,
    alpha: Float,
    patience: float,
    reset: float,
    others: Float | None = None,
    others_alpha: Float | None = None,
) -> Customers:
    """Put customers in the order in which the kernel wants them.

    Args:
        group: Group of each line, closed lines first, shape (lines,); 0 is the outside option and holds none.
        owner: Lab of each closed line, shape (closed,).
        holders: n by group [people], shape (groups, segments).
        held: n by closed line [people], shape (closed, segments).
        hazard: h by group [1/month], shape (groups, segments).
        ties: E by group, shape (groups, segments).
        budget: B [$/month and person], shape (segments,).
        alpha: α, shape (segments,).
        patience: β, at most 1.
        reset: Probability that a price is set anew in a month; 1 is a price for one month.
        others: Spend of others, who answer within the month, on closed lines [$/month], shape (closed,); none if None.
        others_alpha: By how much that falls with the log price, relative to it, shape (closed,).

    Raises:
        ValueError: Two closed lines are in one group, or a line is in the outside option's.
    """
    closed = len(owner)
    own = group[:closed]
    if len(set(own.tolist())) < closed or np.count_nonzero(group) < len(group):
        raise ValueError("each closed line needs a group of its own, and no line may be in group 0")
    of_open, without = np.zeros((2, len(holders)), bool)
    of_open[group], without[:] = True, True
    of_open[own] = False
    order = np.concatenate([own, [0], of_open.nonzero()[0]])
    without[order] = False
    apart = without.nonzero()[0]
    member = (order[:, None] == group).astype(np.float64)
    member[closed] = -1.0
    return Customers(
        member,
        (owner[:, None] == owner).astype(np.float64),
        holders[order],
        held,
        hazard[order],
        ties[order],
        np.array([holders[apart], hazard[apart]]),
        budget,
        alpha,
        patience,
        patience * (1.0 - reset),
        np.zeros(closed) if others is None else others,
        np.zeros(closed) if others_alpha is None else others_alpha,
    )


def terms(
    base: Customers, margin: Float, shares: Float, newcomers: Newcomers | None = None
) -> tuple[Float, Float, Float]:
    """𝒮, 𝒜, 𝒢 of closed lines, shapes (closed,) [$/month]: (1 − δ) dΠ/d ln p = 𝒮(1 − L) − 𝒜 L + 𝒢.

    𝒮 is the spend that pays the price, 𝒜 L what is lost with customers who leave the line, 𝒢 what their choices of the
    lab's lines are worth to it. All are means over the life of a price; with reset 0, L 𝒮/(1 − β) is what a line earns
    in all time, discounted.

    Args:
        base: Customers.
        margin: L, shape (closed,).
        shares: Attractions a of all lines, shape (lines, segments).
        newcomers: Who chooses for the first time, if anybody does.
    """
    chain = _chain(base, shares, newcomers)
    quickly = chain.choosers * base.quick
    value = chain.back + chain.free
    value *= chain.worth
    lost = value - quickly
    lost *= chain.within
    lost += quickly
    lost *= chain.of_line
    leaving = lost.dot(base.elastic)
    leaving += base.others_leave
    weighted = chain.of_line * base.elastic
    value -= chain.returns
    value /= chain.length
    value *= weighted
    across = weighted.dot(chain.again.T)
    spend = base.stock + np.vecdot(chain.choosers * chain.of_line, base.paying)
    if newcomers is not None:
        more, away, reward, within = _of_newcomers(base, chain, newcomers)
        spend += more
        leaving += away
        value += reward
        across += within
    across += value.dot(chain.earned.T)
    across *= base.together
    return spend, leaving, np.asarray(across.dot(margin))


class _Chain(NamedTuple):
    """How customers move on: of closed lines and their groups, shape (closed, segments), but for the last five.

    Attributes:
        of_line: a_k.
        within: a_k/a_γ.
        back: E f/D.
        choosers: c = Φ + E f.
        worth: 1/d, months for which a holder of a group counts, discounted.
        earned: a_k/d.
        again: E f a_k/(D d).
        free: Φ, people who choose without a tie, shape (segments,).
        length: Σ a/d over groups, shape (segments,).
        returns: Σ E f a/(D d) over groups, shape (segments,).
        first: Newcomers' mean 1/d by choice, shape (segments,).
        joined: a^N of closed lines' groups, shape (closed, segments).
    """

    of_line: Float
    within: Float
    back: Float
    choosers: Float
    worth: Float
    earned: Float
    again: Float
    free: Float
    length: Float
    returns: Float
    first: Float
    joined: Float


def _of_groups(base: Customers, shares: Float) -> Float:
    """Attractions of groups, a_γ, shape (groups, segments): the outside option has what no line has."""
    total: Float = base.member.dot(shares)
    outside = total[len(base.held)]
    outside += 1.0
    return total


def _chain(base: Customers, shares: Float, newcomers: Newcomers | None = None) -> _Chain:
    """Chain of holders at these attractions, from who holds what now and who joins."""
    closed, add = len(base.held), ones(len(base.holders)).dot
    share = _of_groups(base, shares)
    slope, level = base.linear
    lines = slope * share
    lines += level
    bound, life = lines[0], lines[2]  # D, D e
    worth = np.divide(bound, lines[1], out=lines[1])  # 1/d
    per_life = np.divide(1.0, life, out=life)
    start, first, joined = base.present, base.budget[:0], base.held[:, :0]
    if newcomers is not None:
        joined = _of_groups(base, newcomers.shares)
        first = add(joined * worth)
        start = joined * newcomers.people
        start *= base.staying
        start += base.present
    choosing = start * per_life
    again = base.staying * per_life
    again *= share
    free = add(choosing)
    free += base.arriving
    free /= 1.0 - add(again)
    again *= free
    choosing += again  # f
    choosing *= base.ties
    choosers = choosing[:closed] + free
    back = np.divide(choosing, bound, out=choosing)
    of_line = shares[:closed]
    within = of_line / (share[:closed] + NOBODY)
    share *= worth
    length = add(share)
    share *= back
    worth, back = worth[:closed], back[:closed]
    earned = of_line * worth
    return _Chain(
        of_line, within, back, choosers, worth, earned, earned * back, free, length, add(share), first, joined[:closed]
    )


def _of_newcomers(base: Customers, chain: _Chain, newcomers: Newcomers) -> tuple[Float, Float, Float, Float]:
    """What newcomers add to 𝒮, to 𝒜, to what a customer across groups is worth, and to the matrix within groups."""
    chosen, quick = newcomers.shares[: len(chain.worth)], base.quick
    slower = chain.worth - quick
    slower *= chain.within
    weighted = chosen * newcomers.people
    spend = np.vecdot(weighted, base.paying)
    weighted *= base.elastic
    np.copyto(weighted, 0.0, where=newcomers.elsewhere[: len(chosen)])
    leaving = np.vecdot(weighted, quick + slower)
    reward = chain.worth - chain.first
    reward /= chain.length
    reward *= weighted
    slower *= chain.joined
    slower += chosen * quick
    return spend, leaving, reward, weighted.dot(slower.T)


def conduct_map(base: Customers, margin: Float, shares: Float, newcomers: Newcomers | None = None) -> Float:
    """One step of the fixed point for the margins of labs with customers: L ← (𝒮 + 𝒢)/(𝒮 + 𝒜), shape (closed,).

    Arguments as of :func:`terms`. If everybody reconsiders every month and nothing ties, it is the static map of
    multi-product Bertrand competitors with CES demand.
    """
    spend, leaving, gained = terms(base, margin, shares, newcomers)
    gained += spend
    leaving += spend
    leaving += NOBODY
    return np.asarray(gained / leaving)


def lasting_rent(base: Customers, margin: Float, shares: Float) -> Float:
    """Rent that a line keeps whoever holds what now, Σ_g n_g B_g Ū_g, shape (closed,) [$/month]; add up by lab.

    Ū_gl is (1 − β) times what a customer who chooses freely this month will ever bring to lab l, a dollar of budget.
    """
    chain = _chain(base, shares)
    spend = (np.add.reduce(base.holders) + np.add.reduce(base.apart[0])) * base.budget
    return np.asarray((chain.earned / chain.length).dot(spend) * margin)
