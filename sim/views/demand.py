"""What developers want: budgets, tastes and utilities by segment, which prices and choices share."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from sim.agents.lab import ACCESS, CLOSED, LEGACY, OPEN
from sim.numerics import race
from sim.numerics.arrays import Bool, Float, Int, constant
from sim.parameters.adoption import Adoption
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.state import State

CN = REGIONS.index("CN")
# Who pays for herself, and so starts with what is free.
INDIVIDUALS = ORGANISATIONS.index("indie")
# How much more than others enterprises and regulated users care for trust, for they answer for what they buy.
TRUST_OF_DEMANDING = 1.5
# Where a lab supports users; else nowhere.
AT_HOME, EVERYWHERE = 1, 2
# Care for trust by organisation.
_CARE = np.array([TRUST_OF_DEMANDING if name in ("enterprise", "regulated") else 1.0 for name in ORGANISATIONS])
# Firms, which ask several vendors, fear hold-up, and feel the law on open weights.
FIRMS = np.array([name in ("smb", "enterprise", "regulated") for name in ORGANISATIONS])
_REGIONS = np.arange(len(REGIONS))[:, None]
# Who may host weights at home and be rid of where they come from; China's rules do not care.
_RELIEVED = _REGIONS != CN


def budgets(start: Float, ceiling: Float, growth: float, frontier: float) -> Float:
    """B = B̄/(1 + (B̄/b₀ − 1) 10^(−ψ K*)) [$/month], shape (segments,): logistic in the frontier's capability."""
    times = np.divide(ceiling, start, out=np.ones_like(ceiling), where=start > 0.0)  # a region may spend nothing
    return np.asarray(ceiling / (1.0 + (times - 1.0) * 10.0 ** (-growth * frontier)))


def aware_share(hazard: Float) -> Float:
    """Share that is aware: 1 − e^(−A), the discrete Bass law when ΔA = p + q F, of the shape of ``hazard``."""
    return np.asarray(-np.expm1(-hazard))


def starting(rate: Float, users: Float, ceiling: Float) -> Float:
    """Probability that somebody without a model tries: 1 − e^(−s (1 − u/ū)⁺), shape (segments,).

    Args:
        rate: s [1/month].
        users: u, share of the segment that uses a model.
        ceiling: ū, share that ever will.
    """
    return np.asarray(-np.expm1(-rate * np.maximum(1.0 - users / ceiling, 0.0)))


def turns(state: State) -> tuple[Float, Float]:
    """Probabilities of this month that a user reconsiders, and that somebody without a model tries, (segments,)."""
    p, counts, organisation = state.parameters.adoption, state.developers.counts, state.segments.organisation
    everybody = np.add.reduce(counts, axis=1)
    users = (everybody - counts[:, 0]) / np.maximum(everybody, 1)
    start = starting(p.start.array()[organisation], users, p.ceiling.array()[organisation])
    return np.full(len(counts), -np.expm1(-p.hazard)), np.where(state.month == 0, p.users_start, start)


def tastes(organisation: Int, node: Float, p: Adoption) -> tuple[Float, Float]:
    """Price and quality sensitivity: α = ᾱ m^α_o e^(−ς_α z), θ = θ̄ m^θ_o e^(ς_θ z), shapes (segments,).

    Args:
        organisation: o of each segment, shape (segments,).
        node: z, below zero price-sensitive, above quality-sensitive, shape (segments,).
        p: Means ᾱ and θ̄, multipliers m, and spreads ς.
    """
    alpha = p.price_sensitivity * p.price_multiplier.array()[organisation] * np.exp(-p.price_taste * node)
    theta = p.quality_sensitivity * p.quality_multiplier.array()[organisation] * np.exp(p.quality_taste * node)
    return alpha, theta


def home_bias(p: Adoption) -> Float:
    """Utility of a lab's region for users of a region, shape (regions of users, regions of labs) [utils]."""
    return constant(  # of US, CN, EU
        (p.home_own, p.home_us_cn, 0.0), (p.home_cn_us, p.home_own, p.home_cn_eu), (0.0, p.home_eu_cn, p.home_own)
    )


def bias_by_line(bias: Float, origin: Int, weights: Bool, kept: float) -> Float:
    """The same by line [utils], shape (regions, lines): weights can be hosted at home.

    Args:
        bias: See :func:`home_bias`.
        origin: Region of each line's lab, shape (lines,).
        weights: Whether its weights are public, shape (lines,).
        kept: Share of a dislike of labs abroad that public weights leave outside China.
    """
    of_line = bias[:, origin]
    relieved = weights & _RELIEVED & (origin != _REGIONS) & (of_line < 0.0)
    return np.where(relieved, kept * of_line, of_line)


def supported(state: State) -> Bool:
    """Whether users of a region have their maker's support with a line, shape (regions, lines).

    A lab supports what it sells: closed lines, and an open one that is its best of the tier, for then it lives on that.
    """
    lines, labs = state.lines, state.labs
    capability = np.where(lines.live, lines.capability + lines.gain, -np.inf).reshape(len(labs), len(ACCESS), -1)
    closed, out, legacy = (capability[:, access] for access in (CLOSED, OPEN, LEGACY))
    sold = capability == np.maximum(np.maximum(closed, out), legacy)[:, None]
    sold[:, CLOSED] = True
    helped = (labs.service == EVERYWHERE) | (labs.region == _REGIONS) & (labs.service == AT_HOME)
    return np.asarray((sold & helped[:, :, None, None]).reshape(len(REGIONS), -1))


def of_weights(state: State, organisation: int | slice = slice(None)) -> Float:
    """χ w − χ_s (1 − s) [utils]: worth of weights and of the maker's support, of all organisations or of one.

    Shape (organisations, regions, lines), of one (regions, lines).
    """
    p, weights = state.parameters.adoption, state.lines.access != CLOSED
    worth, lost = (of.array()[organisation, ..., None, None] for of in (p.weights_preference, p.unsupported))
    return np.asarray(worth * weights - lost * ~supported(state))


def utilities(state: State) -> tuple[Float, Float]:
    """Utility of every line for every segment apart from price, and of the outside option with its price [utils].

    V = θ (K + m gain) + χ w − χ_s (1 − s) + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − law − hold-up, −inf for dead
    lines; and V₀ − α ln p₀. For firms the law weighs on open weights and hold-up, H_f times what the lab withdrew, on
    closed ones.

    Returns:
        Shapes (segments, lines) and (segments,).
    """
    segments, lines, labs = state.segments, state.lines, state.labs
    p, c, organisation = state.parameters.adoption, state.parameters.contribution, state.segments.organisation
    weights = lines.access != CLOSED
    utility = _twin().utilities if race.compiled() else line_utilities
    return utility(
        lines.live,
        weights,
        lines.lab,
        lines.capability,
        lines.gain,
        c.network * np.log1p(lines.ecosystem / c.ecosystem_seed),
        p.fit * labs.fit,
        p.hold_up * labs.withdrawn,
        labs.trust - 0.5,
        bias_by_line(home_bias(p), labs.region[lines.lab], weights, p.home_of_weights),
        supported(state),
        state.parameters.law.friction * state.governments.stringency[:, OPEN],
        organisation,
        segments.region,
        segments.theta,
        c.relevance.array()[organisation],
        FIRMS,
        p.weights_preference.array(),
        p.unsupported.array(),
        _CARE,
        state.parameters.trust.weight,
    ), p.outside.array()[organisation] - segments.alpha * np.log(p.outside_price)


def line_utilities(
    live: Bool,
    weights: Bool,
    lab: Int,
    capability: Float,
    gain: Float,
    network: Float,
    fit: Float,
    hold_up: Float,
    trust: Float,
    home: Float,
    supported: Bool,
    regulated: Float,
    organisation: Int,
    region: Int,
    theta: Float,
    relevant: Float,
    firm: Bool,
    worth: Float,
    lost: Float,
    care: Float,
    weight: float,
) -> Float:
    """V of every line for every segment but for its price, −inf for dead lines, shape (segments, lines) [utils].

    Args:
        live, weights: What is on the market, and what has public weights, shape (lines,).
        lab: Of each line, shape (lines,).
        capability, gain: K and its community's part [OOM], shape (lines,).
        network: ν ln((E₀ + E)/E₀), shape (lines,).
        fit, hold_up: Of firms with each lab, shape (labs,).
        trust: T − ½, shape (labs, regions).
        home: See :func:`bias_by_line`, shape (regions, lines).
        supported: See :func:`supported`, shape (regions, lines).
        regulated: What the law takes from open weights, shape (regions,).
        organisation, region: Of each segment, shape (segments,).
        theta, relevant: θ and m of each segment, shape (segments,).
        firm: Which organisations are firms, shape (organisations,).
        worth, lost, care: χ, χ_s, and care for trust, shape (organisations,).
        weight: Of trust; τ is the product.
    """
    firms = firm[:, None]
    # Of organisations and of regions first, and then of segments, which are many more.
    own = np.where(firms, fit[lab] - hold_up[lab] * ~weights, 0.0)
    of_weights = worth[:, None, None] * weights - lost[:, None, None] * ~supported
    of_trust = weight * (care[:, None, None] * trust[lab].T)
    of_region = home + of_weights + of_trust - firms[:, None] * (regulated[:, None] * weights)
    other = np.where(live, (own + network)[:, None] + of_region, -np.inf)
    utility = theta[:, None] * (capability + relevant[:, None] * gain)
    utility += other[organisation, region]
    return np.asarray(utility)


class Twin(Protocol):
    """:func:`line_utilities`, compiled: :mod:`sim.numerics.compiled_demand`."""

    utilities: Callable[..., Float]


def _twin() -> Twin:
    twin: Any = importlib.import_module("sim.numerics.compiled_demand")
    found: Twin = twin
    return found
