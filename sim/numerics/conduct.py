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

from sim.numerics.arrays import Bool, Float, Int

# Below this nobody counts as aware: the tie of whoever holds a line all the same stays finite.
UNHEARD = 1e-6
# Next to nothing [$/month, or a share], so that what nobody wants is not divided by zero.
NOBODY = 1e-290


def monthly_patience(rate: float, obsolescence: float) -> float:
    """β = [(1 − o)/(1 + r)]^(1/12): what a dollar of next month is worth now.

    Args:
        rate: r, discount rate [1/year].
        obsolescence: o, share of what is built that a year makes worthless [1/year].
    """
    return float(((1.0 - obsolescence) / (1.0 + rate)) ** (1.0 / 12.0))


def tie(switching_cost: float, reach: Float) -> Float:
    """E = e^κ/reach − 1: by how much more a holder is drawn to her own group than anybody else; 0 where it is barred.

    Args:
        switching_cost: κ [utils].
        reach: Aware share times access, which a holder does not need; 1 for the outside option.
    """
    return np.where(reach > 0.0, np.exp(switching_cost) / np.maximum(reach, UNHEARD) - 1.0, 0.0)


class Newcomers(NamedTuple):
    """Who chooses for the first time, tied to nothing; see :func:`first_choice`.

    Attributes:
        people: N̂, mean newcomers a month over the life of a price, shape (segments,).
        shares: Their attractions a^N, shape (lines, segments).
        notice: Where they expect the posted price, shape (lines, segments).
    """

    people: Float
    shares: Float
    notice: Bool


def first_choice(people: Float, weight: Float, expected: Float, outside: Float) -> Newcomers:
    """Newcomers who expect to pay at most a trial price.

    Utility falls with price, so the lower of two prices is the greater of two weights: no new exponentials.

    Args:
        people: As :func:`over_life` says, shape (segments,).
        weight: a e^(V − α ln p), shape (lines, segments).
        expected: The same at the trial price, 0 where none is offered, shape (lines, segments).
        outside: e^(V₀), shape (segments,).
    """
    shares = np.maximum(weight, expected)
    shares /= outside + np.add.reduce(shares)
    return Newcomers(people, shares, weight >= expected)


def over_life(people: Float, lasting: Float | float, posted: float) -> Float:
    """N̂ = N(1 − δ)/(1 − δρ), mean newcomers a month over the life of a price, shape (segments,).

    Args:
        people: N, newcomers of this month, shape (segments,).
        lasting: ρ, newcomers of a month over those of the month before, at most 1.
        posted: δ.
    """
    return np.asarray(people * (1.0 - posted) / (1.0 - posted * lasting))


def highest_margin(cost: Float, price: Float, margin: Float, fresh: Bool, limit: float) -> Float:
    """Bound of a margin: the price of a living line rises at most with its cost, shape (lines,).

    min{L_max, max(1 − c/p(t−1), L(t−1))}, and L_max for fresh lines. Whoever is held pays any price, so a lab that may
    raise prices at will finds a second optimum in milking its customers.

    Args:
        cost: c [$/Mtok], shape (lines,).
        price: p(t−1) [$/Mtok], shape (lines,); 0 if there was none.
        margin: L(t−1), shape (lines,).
        fresh: Whether a line is new, shape (lines,).
        limit: L_max.
    """
    new = fresh | (price <= 0.0)
    kept = np.maximum(1.0 - cost / np.where(new, 1.0, price), margin)
    return np.where(new, limit, np.minimum(kept, limit))


def month_after(held: Float, shares: Float, group: Int, hazard: Float, ties: Float) -> Float:
    """Holders a month later: n_k ← (1 − h_γ) n_k + Σ_γ' h_γ' n_γ' s_k|γ', shape (options, segments).

    Args:
        held: People by option, shape (options, segments).
        shares: Attractions, 0 for options that nobody can choose; they add to one, shape (options, segments).
        group: Group of each option, shape (options,).
        hazard: h [1/month], shape (groups, segments).
        ties: E, shape (groups, segments).
    """
    member = (np.arange(len(hazard))[:, None] == group).astype(np.float64)
    free = hazard * member.dot(held) / (1.0 + ties * member.dot(shares))
    return np.asarray((1.0 - hazard)[group] * held + shares * (np.add.reduce(free) + ties * free)[group])


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

    @cached_property
    def returning(self) -> Float:
        """β h."""
        return self.patience * self.hazard

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
        return np.asarray((gone * hazard * people / np.maximum(gone + self.posted * hazard, NOBODY)).sum(axis=0))

    @cached_property
    def quick(self) -> Float:
        """1/d_h = 1/(1 − β(1 − h)) of closed lines' groups, shape (closed, segments)."""
        return np.asarray(1.0 / (1.0 - self.patience * (1.0 - self.hazard[: len(self.held)])))

    @cached_property
    def stock(self) -> Float:
        """Mean spend of who holds a line already and stays, over the life of a price, shape (closed,) [$/month]."""
        stays = 1.0 - self.hazard[: len(self.held)]
        return np.asarray((stays * (1.0 - self.posted) / (1.0 - self.posted * stays) * self.held).dot(self.budget))

    @cached_property
    def months(self) -> Float:
        """1/(1 − δ(1 − h)): months that a chooser pays the same price, discounted, shape (closed, segments)."""
        return np.asarray(1.0 / (1.0 - self.posted * (1.0 - self.hazard[: len(self.held)])))

    @cached_property
    def elastic(self) -> Float:
        """α B, shape (segments,)."""
        return self.alpha * self.budget

    @cached_property
    def everybody(self) -> Float:
        """Ones, with which ``dot`` adds up groups faster than ``sum`` does, shape (groups,)."""
        return np.ones(len(self.holders))


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

    Raises:
        ValueError: Two closed lines are in one group, or a line is in the outside option's.
    """
    closed = len(owner)
    own = group[:closed]
    if len(set(own.tolist())) < closed or not group.all():
        raise ValueError("each closed line needs a group of its own, and no line may be in group 0")
    order = np.concatenate([own, [0], np.setdiff1d(group, own)])
    apart = np.setdiff1d(np.arange(len(holders)), order)
    member = (order[:, None] == group).astype(np.float64)
    member[closed] = -1.0
    return Customers(
        member,
        (owner[:, None] == owner).astype(np.float64),
        holders[order],
        held,
        hazard[order],
        ties[order],
        np.stack([holders[apart], hazard[apart]]),
        budget,
        alpha,
        patience,
        patience * (1.0 - reset),
    )


def terms(
    base: Customers, margin: Float, shares: Float, newcomers: Newcomers | None = None
) -> tuple[Float, Float, Float]:
    """𝒮, 𝒜, 𝒢 of closed lines, shapes (closed,) [$/month]: dΠ/d ln p = 𝒮(1 − L) − 𝒜 L + 𝒢.

    𝒮 is the spend that pays the price, 𝒜 L what is lost with customers who leave the line, 𝒢 what their choices of the
    lab's lines are worth to it. All are means over the life of a price; with reset 0, L 𝒮/(1 − β) is what a line earns
    in all time, discounted.

    Args:
        base: Customers.
        margin: L, shape (closed,).
        shares: Attractions a of all lines, shape (lines, segments).
        newcomers: Who chooses for the first time, if anybody does.
    """
    of_line = shares[: len(margin)]
    joined = None if newcomers is None else _of_groups(base, newcomers.shares)
    start = base.present
    if newcomers is not None and joined is not None:
        start = start + base.staying * (joined * newcomers.people)
    chain = _chain(base, shares, start)
    worth, choosers = chain.worth[: len(margin)], chain.choosers
    quickly = choosers * base.quick
    value = (chain.free + chain.back) * worth
    lost = (value - quickly) * chain.within + quickly
    lost *= of_line
    leaving = lost.dot(base.elastic)
    earned = of_line * worth
    weighted = of_line * base.elastic
    value -= chain.returns
    value /= chain.length
    value *= weighted
    across = value.dot(earned.T)
    across += weighted.dot((chain.back * earned).T)
    choosers *= of_line
    choosers *= base.months
    spend = choosers.dot(base.budget)
    spend += base.stock
    if newcomers is not None and joined is not None:
        more = _of_newcomers(base, chain, newcomers, joined, earned)
        spend, leaving, across = spend + more[0], leaving + more[1], across + more[2]
    across *= base.together
    return spend, leaving, np.asarray(across.dot(margin))


class _Chain(NamedTuple):
    """How customers move on, with the shapes (closed, segments), (groups, segments) and (segments,) as they come.

    Attributes:
        within: a_k/a_γ of closed lines.
        back: E f/D of their groups.
        choosers: c = Φ + E f of their groups.
        worth: 1/d, months for which a holder of a group counts, discounted.
        free: Φ, people who choose without a tie.
        length: Σ a/d over groups.
        returns: Σ E f a/(D d) over groups.
    """

    within: Float
    back: Float
    choosers: Float
    worth: Float
    free: Float
    length: Float
    returns: Float


def _of_groups(base: Customers, shares: Float) -> Float:
    """Attractions of groups, a_γ, shape (groups, segments): the outside option has what no line has."""
    total: Float = base.member.dot(shares)
    total[len(base.held)] += 1.0
    return total


def _chain(base: Customers, shares: Float, start: Float) -> _Chain:
    """Chain of holders at these attractions who start as (1 − δ) h n, and as δ h N̂ a^N, shape (groups, segments)."""
    closed, add = len(base.held), base.everybody.dot
    share = _of_groups(base, shares)
    within = shares[:closed] / (share[:closed] + NOBODY)
    bound = base.ties * share
    bound += 1.0  # D
    worth = bound * (1.0 - base.patience)
    worth += base.returning
    np.divide(bound, worth, out=worth)  # 1/d
    life = bound * (1.0 - base.posted)
    life += base.staying  # D e
    choosing = start / life
    again = base.staying / life
    again *= share
    free = add(choosing)
    free += base.arriving
    free /= 1.0 - add(again)
    again *= free
    choosing += again  # f
    choosing *= base.ties
    choosers = choosing[:closed] + free
    back = np.divide(choosing, bound, out=choosing)
    share *= worth
    length = add(share)
    share *= back
    return _Chain(within, back[:closed], choosers, worth, free, length, add(share))


def _of_newcomers(
    base: Customers, chain: _Chain, newcomers: Newcomers, joined: Float, earned: Float
) -> tuple[Float, Float, Float]:
    """What newcomers, who choose groups as ``joined``, add to 𝒮, to 𝒜 and to the matrix that makes 𝒢 of margins."""
    chosen, notice = newcomers.shares[: len(earned)], newcomers.notice[: len(earned)]
    worth = chain.worth[: len(earned)]
    slower = (worth - base.quick) * chain.within
    weighted = chosen * newcomers.people
    spend = (weighted * base.months).dot(base.budget)
    weighted *= base.elastic
    weighted *= notice
    leaving = (weighted * (base.quick + slower)).sum(axis=1)
    stay = base.everybody.dot(joined * chain.worth)
    across = ((worth - stay) / chain.length * weighted).dot(earned.T)
    slower *= joined[: len(earned)]
    slower += chosen * base.quick
    across += weighted.dot(slower.T)
    return spend, leaving, across


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
    chain = _chain(base, shares, base.present)
    spend = (np.add.reduce(base.holders) + np.add.reduce(base.apart[0])) * base.budget
    of_line = shares[: len(margin)] * chain.worth[: len(margin)] / chain.length
    return np.asarray(of_line.dot(spend) * margin)
