"""Developers reconsider and choose: the mixed logit, drawn one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import draws, race, views
from sim.agents.lab import SLOTS, TIERS
from sim.fields import ByOrganisation, Section, by_organisation, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market


class Adoption(Section):
    """Tastes and habits of developers."""

    price_sensitivity: float = field(
        1.5,
        "ᾱ: utility of a log point of price; the elasticity of demand is one more",
        unit="utils per ln $",
        bounds=(0.05, 10.0),
        range=(0.8, 3.0),
        source="Closed margins of 35-70% under Bertrand conduct; prototype fit",
        confidence="estimated",
    )
    quality_sensitivity: float = field(
        5.0,
        "θ̄: utility of an OOM of capability",
        unit="utils/OOM",
        bounds=(0.0, 50.0),
        range=(3.0, 7.0),
        source="Hedonic price of the capability index; prototype fit",
        confidence="estimated",
    )
    price_multiplier: ByOrganisation = field(
        by_organisation(1.5, 1.2, 1.0, 0.85, 0.8),
        "Multiplies the price sensitivity",
        unit="1",
        bounds=(0.1, 5.0),
        spread=0.3,
    )
    quality_multiplier: ByOrganisation = field(
        by_organisation(0.8, 1.05, 0.9, 1.15, 0.85),
        "Multiplies the quality sensitivity",
        unit="1",
        bounds=(0.01, 10.0),
        spread=0.2,
    )
    weights_preference: ByOrganisation = field(
        by_organisation(-0.5, -1.4, -0.1, -2.4, -0.4),
        "χ: control and privacy of open weights less missing support, indemnity and tools",
        unit="utils",
        bounds=(-20.0, 20.0),
        spread=1.5,
        source="Menlo Ventures and OpenRouter open shares; prototype fit",
        confidence="estimated",
    )
    fit: float = field(
        1.0,
        "Multiplies every lab's fit with firms (small, large, regulated); a dummy of history, not of policy",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.0, 1.5),
        source="Menlo Ventures shares; prototype fit",
        confidence="estimated",
    )
    hazard: float = field(
        0.10,
        "h₀: rate of reconsidering",
        unit="1/month",
        bounds=(0.0, 100.0),
        range=(0.05, 0.2),
        source="Menlo Ventures 2025: 11% switch vendor a year; prototype fit",
        confidence="estimated",
    )
    pulse_hazard: float = field(
        0.5,
        "h₁: further rate of reconsidering in a month with an awareness event, per unit of the event",
        unit="1/month",
        bounds=(0.0, 10.0),
        range=(0.0, 2.0),
    )
    switching_cost: float = field(
        1.3,
        "κ: cost of leaving the current lab and tier, or of starting at all",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(0.5, 3.0),
        source="Menlo Ventures 2025: 11% switch vendor a year; prototype fit",
        confidence="estimated",
    )
    taste_renewal: int = field(
        36,
        "Months after which a developer's tastes are drawn anew; 1 makes tastes memoryless",
        unit="months",
        bounds=(1, 1200),
        range=(12, 120),
    )
    outside: ByOrganisation = field(
        by_organisation(-2.0, -2.0, -1.68, -1.36, -1.04),
        "V₀: utility of doing without",
        unit="utils",
        bounds=(-50.0, 50.0),
        spread=2.0,
        source="Stack Overflow 2023-25: 44, 62, about 80% use AI; prototype fit",
        confidence="estimated",
    )
    outside_price: float = field(
        2.0,
        "p₀: price of the outside option; a unit for the utility of doing without",
        unit="$/Mtok",
        bounds=(1e-6, 1e6),
        range=(2.0, 2.0),
        source="Fixed by convention",
    )
    home_own: float = field(
        0.5,
        "Preference for labs of the own region",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(0.0, 1.5),
        source="prototype fit",
    )
    home_cn_us: float = field(
        -2.5,
        "Preference of Chinese users for US labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-4.0, -1.0),
        source="US services are not offered in China; prototype fit",
    )
    home_us_cn: float = field(
        -1.2,
        "Preference of US users for Chinese labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-2.7, 0.0),
        source="Menlo Ventures 2025: Chinese models 1% of enterprise use; prototype fit",
        confidence="estimated",
    )
    home_cn_eu: float = field(
        -0.5,
        "Preference of Chinese users for labs of the rest of the world",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-2.0, 0.5),
    )
    home_eu_cn: float = field(
        -0.6,
        "Preference of users in the rest of the world for Chinese labs",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(-2.0, 0.5),
    )


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


def course(market: Market) -> tuple[race.Course, NDArray[np.int64], NDArray[np.int64]]:
    """This month's tables for the race, the option of each of its rows, and the group of each option.

    Only lines that somebody may choose take part; the rest would cost time and never win.
    """
    segments, lines, labs = market.segments, market.lines, market.labs
    live = np.flatnonzero(lines.live)
    groups = 1 + len(labs) * len(TIERS)
    group_of_line = 1 + lines.lab * len(TIERS) + lines.tier
    score = segments.utility[:, live] - segments.alpha[:, None] * np.log(segments.price[:, live])
    weights = choice_weights(
        score, segments.outside, market.parameters.adoption.switching_cost, group_of_line[live], groups
    )
    aware = draws.threshold(-np.expm1(-segments.awareness))
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
        "developers.segment",
    ),
    writes=("developers.choice", "developers.counts", "segments.hazard"),
)
def adoption(market: Market) -> None:
    """Every developer whose turn it is chooses among the options of which she is aware.

    She reconsiders with probability h = 1 − e^(−h₀ − h₁ event); utility is V − α ln P + κ·1[stays] + ε, ε standard
    Gumbel and kept for the taste epoch. Drawn by the exponential race of :mod:`sim.race`, so that raising one line's
    utility moves developers to that line only. Source: McFadden; Berry (1994).
    """
    p, people, segments, month = market.parameters.adoption, market.developers, market.segments, market.month
    event = views.pulses(market).sum()
    hazard = -np.expm1(-(p.hazard + p.pulse_hazard * event))
    segments.hazard[:] = hazard
    tables, option_of_row, group_of_option = course(market)
    early = month // p.taste_renewal
    turns = race.Turns(
        turn_key=np.uint32(draws.key32(market.seed, "reconsider", month)),
        bar=np.uint32(draws.threshold(hazard)),
        phase_key=np.uint32(draws.key32(market.seed, "taste_phase")),
        late_above=late_above(month, p.taste_renewal),
        taste_keys=(
            np.uint32(draws.key32(market.seed, "taste", early)),
            np.uint32(draws.key32(market.seed, "taste", early + 1)),
        ),
        aware_key=np.uint32(draws.key32(market.seed, "awareness")),
        groups=1 + len(market.labs) * len(TIERS),
        group_of_option=group_of_option,
        option_of_row=option_of_row,
    )
    race.month(tables, turns, people.identity, people.segment, people.choice, people.counts)


def late_above(month: int, period: int) -> np.uint32:
    """The word of a person's phase above which :func:`sim.agents.developers.taste_epoch` is the later one.

    ⌊h·period / 2¹⁶⌋ ≥ period − month mod period for the high half h of a word, solved for the word.
    """
    late = period - month % period
    return np.uint32((-(-late * 2**16 // period) << 16) - 1)
