"""Developers reconsider and choose: the mixed logit, drawn one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import views
from sim.agents.lab import SLOTS, TIERS
from sim.mechanisms import mechanism
from sim.numerics import draws, race
from sim.numerics.arrays import Float
from sim.state import State
from sim.views import demand


def choice_weights(
    score: Float, outside: Float, switching_cost: float, group: NDArray[np.int64], groups: int
) -> race.F32:
    """Weights of every option for every cell, single precision, shape (1 + lines, segments · groups).

    Cell = segment · groups + group; group 0 is the outside option, group 1 + k the k-th (lab, tier) of the market.
    Staying in the group multiplies a weight by e^κ. Weights are relative to the segment's best option.

    Args:
        score: V − α ln P, shape (segments, lines), −inf for what cannot be chosen.
        outside: The same for the outside option, shape (segments,).
        switching_cost: κ [utils].
        group: Group of each line, counted from 1, shape (lines,).
        groups: Number of groups.
    """
    everything = np.concatenate([outside[:, None], score], axis=1)
    relative = np.exp(everything - everything.max(axis=1)[:, None]).T
    weights = np.empty((*relative.shape, groups), np.float32)
    weights[:] = relative.astype(np.float32)[:, :, None]
    stays = np.concatenate([[0], group])
    weights[np.arange(len(stays)), :, stays] = relative * np.exp(switching_cost)
    return weights.reshape(len(stays), -1)


def course(state: State) -> tuple[race.Course, NDArray[np.int64], NDArray[np.int64]]:
    """This month's tables for the race, the option of each of its rows, and the group of each option.

    Only lines that somebody may choose take part; the rest would cost time and never win.
    """
    segments, lines, labs = state.segments, state.lines, state.labs
    live = np.flatnonzero(lines.live)
    groups = 1 + len(labs) * len(TIERS)
    group_of_line = 1 + lines.lab * len(TIERS) + lines.tier
    score = segments.utility[:, live] - segments.alpha[:, None] * np.log(segments.price[:, live])
    weights = choice_weights(
        score, segments.outside, state.parameters.adoption.switching_cost, group_of_line[live], groups
    )
    aware = draws.threshold(demand.aware_share(segments.awareness))
    bars = np.repeat(aware.T[:, :, None], groups, axis=2)
    for lab in range(len(labs)):
        first = 1 + lab * len(TIERS)
        bars[lab, :, first : first + len(TIERS)] = np.uint32(2**32 - 1)
    multipliers = draws.option_multipliers()
    tables = race.Course(
        weights,
        np.ascontiguousarray(bars.reshape(len(labs), -1)),
        multipliers[np.concatenate([[draws.OUTSIDE], lines.option[live]])],
        multipliers[1 + labs.uid * SLOTS],
        np.concatenate([[-1], lines.lab[live]]),
    )
    return tables, np.concatenate([[0], live + 1]), np.concatenate([[0], group_of_line])


@mechanism(
    reads=(
        "labs.uid",
        "lines.birth",
        "lines.capability",
        "lines.gain",
        "lines.lab",
        "lines.live",
        "lines.option",
        "lines.tier",
        "segments.alpha",
        "segments.awareness",
        "segments.outside",
        "segments.price",
        "segments.utility",
        "developers.identity",
        "developers.segment",
    ),
    writes=("developers.choice", "developers.counts", "segments.hazard"),
    carries=("developers.choice", "developers.counts"),
    parameters=("awareness.pulse",),
)
def adoption(state: State) -> None:
    """Every developer whose turn it is chooses among the options of which she is aware.

    She reconsiders with probability h = 1 − e^(−h₀ − h₁ event); utility is V − α ln P + κ·1[stays] + ε, ε standard
    Gumbel and kept for the taste epoch. Drawn by the exponential race of :mod:`sim.numerics.race`, so that raising one
    line's utility moves developers to that line only. Source: McFadden; Berry (1994).
    """
    p, people, segments, month = state.parameters.adoption, state.developers, state.segments, state.month
    event = views.pulses(state).sum()
    hazard = -np.expm1(-(p.hazard + p.pulse_hazard * event))
    segments.hazard[:] = hazard
    tables, option_of_row, group_of_option = course(state)
    early = month // p.taste_renewal
    turns = race.Turns(
        turn_key=np.uint32(draws.key32(state.seed, "reconsider", month)),
        bar=np.uint32(draws.threshold(hazard)),
        phase_key=np.uint32(draws.key32(state.seed, "taste_phase")),
        late_above=late_above(month, p.taste_renewal),
        taste_keys=(
            np.uint32(draws.key32(state.seed, "taste", early)),
            np.uint32(draws.key32(state.seed, "taste", early + 1)),
        ),
        aware_key=np.uint32(draws.key32(state.seed, "awareness")),
        groups=1 + len(state.labs) * len(TIERS),
        group_of_option=group_of_option,
        option_of_row=option_of_row,
    )
    race.month(tables, turns, people.identity, people.segment, people.choice, people.counts)
    state.panel.ask(people.choice, state.lines.birth)


def late_above(month: int, period: int) -> np.uint32:
    """The word of a person's phase above which :func:`sim.agents.developers.taste_epoch` is the later one.

    ⌊h·period / 2¹⁶⌋ ≥ period − month mod period for the high half h of a word, solved for the word.
    """
    late = period - month % period
    return np.uint32((-(-late * 2**16 // period) << 16) - 1)
