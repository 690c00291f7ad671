"""Developers reconsider and choose: the mixed logit, drawn one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import views
from sim.agents.lab import CLOSED, SLOTS, TIERS
from sim.mechanisms import mechanism
from sim.numerics import draws, race
from sim.numerics.arrays import Bool, Float, Int
from sim.state import State
from sim.views import demand


def scores(outside: Float, taste: Float, alpha: Float, price: Float, may: Bool) -> Float:
    """V − α ln P of the outside option and of every line, −inf for what cannot be chosen, shape (segments, 1 + lines).

    Args:
        outside: Of the outside option [utils], shape (segments,).
        taste: V [utils], shape (segments, lines).
        alpha: α, shape (segments,).
        price: P [$/Mtok], shape (segments, lines).
        may: What can be chosen, shape (segments, lines).
    """
    of_lines = np.where(may, taste - alpha[:, None] * np.log(price), -np.inf)
    return np.concatenate([outside[:, None], of_lines], axis=1)


def choice_weights(
    score: Float, trial: Int, newcomer: Float, switching_cost: float, group: NDArray[np.int64], groups: int
) -> race.F32:
    """Weights of every option for every cell, single precision, shape (1 + lines, segments · groups).

    Cell = segment · groups + group; group 0 is the outside option, each other a (lab, tier) of the market.
    Staying in a lab and tier multiplies a weight by e^κ. Weights are relative to the segment's best option.

    Args:
        score: See :func:`scores`, shape (segments, 1 + lines).
        trial: Segments of which those who use no model expect another price, shape (trial,).
        newcomer: The same at that price, shape (trial, 1 + lines).
        switching_cost: κ [utils].
        group: Group of each line, counted from 1, shape (lines,).
        groups: Number of groups.
    """
    relative, first = (np.exp(each - np.maximum.reduce(each, axis=1)[:, None]).T for each in (score, newcomer))
    weights = np.empty((*relative.shape, groups), np.float32)
    weights[:] = relative.astype(np.float32)[:, :, None]
    weights[:, trial, 0] = first
    lines = np.arange(1, len(relative))
    weights[lines, :, group] = relative[1:] * np.exp(switching_cost)
    return weights.reshape(len(relative), -1)


def course(state: State, gone: NDArray[np.intp]) -> tuple[race.Course, NDArray[np.int64], NDArray[np.int64]]:
    """This month's tables for the race, the option of each of its rows, and the group of each option.

    Only lines that somebody may choose take part, and only their labs and tiers are groups; the rest would cost time
    and never win. What one knows of is asked once a lab and once more of its closed lines alone, with the same draw:
    who is aware of a lab may not have access.

    Args:
        state: The market.
        gone: Lines that were withdrawn from their users, whose tie is gone: they are the last group, of no line.
    """
    segments, lines, labs, p = state.segments, state.lines, state.labs, state.parameters.adoption
    live = lines.live.nonzero()[0]
    of_line = lines.lab * len(TIERS) + lines.tier
    sold = np.bincount(of_line[live], minlength=len(labs) * len(TIERS)) > 0
    group_of_line = np.add.accumulate(sold, dtype=np.int64)[of_line]
    groups = 1 + int(np.count_nonzero(sold))
    if gone.size:
        group_of_line[gone] = groups
        groups += 1
    access = views.access(state)
    may, price, taste = access[:, live] > 0.0, segments.price[:, live], segments.utility[:, live]
    score = scores(segments.outside, taste, segments.alpha, price, may)
    trial = (segments.organisation == demand.INDIVIDUALS).nonzero()[0]
    expected = np.minimum(price[trial], p.trial_price)
    newcomer = scores(segments.outside[trial], taste[trial], segments.alpha[trial], expected, may[trial])
    weights = choice_weights(score, trial, newcomer, p.switching_cost, group_of_line[live], groups)
    # Of each lab access to its closed lines and to its open ones; whoever uses a lab knows all its lines, but may not
    # buy them all.
    gates = access.reshape(len(segments), len(labs), SLOTS)[:, :, :: len(TIERS)][:, :, :2]
    aware = demand.aware_share(segments.awareness)[:, :, None]
    of_others, of_holders = draws.threshold(np.array([gates * aware, gates])).reshape(2, len(segments), -1)
    gate = 2 * lines.lab[live] + (lines.access[live] != CLOSED)
    asked = np.bincount(gate, minlength=2 * len(labs)).nonzero()[0]  # gates behind which there is something
    lab = asked // 2
    bars = np.empty((asked.size, len(segments), groups), np.uint32)
    bars[:] = of_others.T[asked, :, None]
    row, held = (lab[:, None] == sold.nonzero()[0] // len(TIERS)).nonzero()
    bars[row, :, 1 + held] = of_holders.T[asked[row]]
    multipliers = draws.option_multipliers()
    tables = race.Course(
        weights,
        bars.reshape(asked.size, len(segments) * groups),
        multipliers[np.concatenate([[draws.OUTSIDE], lines.option[live]])],
        multipliers[1 + labs.uid[lab] * SLOTS],
        np.concatenate([[-1], asked.searchsorted(gate)]),
    )
    return tables, np.concatenate([[0], live + 1]), np.concatenate([[0], group_of_line])


def withdrawn(state: State) -> NDArray[np.intp]:
    """Lines that are not on sale any more and that somebody still uses."""
    gone = (~state.lines.live).nonzero()[0]
    return gone[np.logical_or.reduce(state.developers.counts[:, 1 + gone])]


@mechanism(
    reads=(
        "labs.region",
        "labs.uid",
        "lines.access",
        "lines.birth",
        "lines.lab",
        "lines.live",
        "lines.option",
        "lines.tier",
        "segments.alpha",
        "segments.awareness",
        "segments.organisation",
        "segments.outside",
        "segments.price",
        "segments.region",
        "segments.utility",
        "developers.identity",
        "developers.segment",
    ),
    writes=("developers.choice", "developers.counts", "segments.hazard", "segments.start"),
    carries=("developers.choice", "developers.counts"),
    parameters=(
        "access.grey",
        "access.procurement_cn",
        "access.procurement_eu",
        "access.procurement_us",
    ),
)
def adoption(state: State) -> None:
    """Every developer whose turn it is chooses among the options of which she is aware and to which she has access.

    A user reconsiders with probability h = 1 − e^(−h₀); who uses none tries with that of ``demand.starting``. Utility
    is V − α ln P + κ·1[stays] + ε, ε standard Gumbel and kept for the taste epoch. Drawn by the exponential race of
    :mod:`sim.numerics.race`, so that raising one line's utility moves developers to that line only. Source: McFadden;
    Berry (1994).
    """
    p, people, segments, month = state.parameters.adoption, state.developers, state.segments, state.month
    segments.hazard[:], segments.start[:] = demand.turns(state)
    gone = withdrawn(state)
    tables, option_of_row, group_of_option = course(state, gone)
    groups = tables.weights.shape[1] // len(segments)
    turn = np.empty((len(segments), groups))
    turn[:] = segments.hazard[:, None]
    turn[:, 0] = segments.start
    if gone.size:
        turn[:, -1] = 1.0  # whose model was withdrawn chooses at once
    bars = draws.threshold(turn.reshape(-1))
    early = month // p.taste_renewal
    turns = race.Turns(
        turn_key=np.uint32(draws.key32(state.seed, "reconsider", month)),
        bar=np.maximum.reduce(bars),
        phase_key=np.uint32(draws.key32(state.seed, "taste_phase")),
        late_above=late_above(month, p.taste_renewal),
        taste_keys=(
            np.uint32(draws.key32(state.seed, "taste", early)),
            np.uint32(draws.key32(state.seed, "taste", early + 1)),
        ),
        aware_key=np.uint32(draws.key32(state.seed, "awareness")),
        groups=groups,
        group_of_option=group_of_option,
        option_of_row=option_of_row,
        bars=bars,
    )
    race.month(tables, turns, people.identity, people.segment, people.choice, people.counts)
    state.panel.ask(people.choice, state.lines.birth)


def late_above(month: int, period: int) -> np.uint32:
    """The word of a person's phase above which :func:`sim.agents.developers.taste_epoch` is the later one.

    ⌊h·period / 2¹⁶⌋ ≥ period − month mod period for the high half h of a word, solved for the word.
    """
    late = period - month % period
    return np.uint32((-(-late * 2**16 // period) << 16) - 1)
