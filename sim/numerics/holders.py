"""What customers do who hold something: how they are tied, how they choose first, who holds what a month later.

Symbols and derivation: ``docs/conduct.md``, section 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.numerics.arrays import Bool, Float, Int, ones

# Below this nobody counts as aware: the tie of whoever holds a line all the same stays finite.
UNHEARD = 1e-6


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
        elsewhere: Where they expect another price than the posted one, shape (lines, segments).
    """

    people: Float
    shares: Float
    elsewhere: Bool


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
    shares /= outside + ones(len(shares)).dot(shares)
    return Newcomers(people, shares, weight < expected)


def over_life(people: Float, lasting: Float | float, posted: float) -> Float:
    """N̂ = N(1 − δ)/(1 − δρ), mean newcomers a month over the life of a price, shape (segments,).

    Args:
        people: N, newcomers of this month, shape (segments,).
        lasting: ρ, newcomers of a month over those of the month before, at most 1.
        posted: δ.
    """
    return np.asarray(people * (1.0 - posted) / (1.0 - posted * lasting))


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
