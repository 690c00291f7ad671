"""What developers want: budgets, tastes and utilities by segment, which prices and choices share."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import CLOSED
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.adoption import Adoption
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.state import State

CN = REGIONS.index("CN")
# How much more than others enterprises and regulated users care for trust, for they answer for what they buy.
TRUST_OF_DEMANDING = 1.5
_DEMANDING = np.array([name in ("enterprise", "regulated") for name in ORGANISATIONS])
_FIRMS = np.array([name in ("smb", "enterprise", "regulated") for name in ORGANISATIONS])


def budgets(start: Float, growth: float, frontier: float) -> Float:
    """B = b₀ 10^(ψ K*) [$/month], shape (segments,)."""
    return np.asarray(start * 10.0 ** (growth * frontier))


def aware_share(hazard: Float) -> Float:
    """Share that is aware: 1 − e^(−A), the discrete Bass law when ΔA = p + q F, of the shape of ``hazard``."""
    return np.asarray(-np.expm1(-hazard))


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
    return np.array(
        [  # of US, CN, EU
            [p.home_own, p.home_us_cn, 0.0],
            [p.home_cn_us, p.home_own, p.home_cn_eu],
            [0.0, p.home_eu_cn, p.home_own],
        ]
    )


def bias_by_line(bias: Float, origin: Int, weights: Bool, kept: float) -> Float:
    """The same by line [utils], shape (regions, lines): weights can be hosted at home, but China's rules do not care.

    Args:
        bias: See :func:`home_bias`.
        origin: Region of each line's lab, shape (lines,).
        weights: Whether its weights are public, shape (lines,).
        kept: Share of a dislike of labs abroad that public weights leave outside China.
    """
    region, of_line = np.arange(len(REGIONS))[:, None], bias[:, origin]
    relieved = weights & (region != CN) & (region != origin) & (of_line < 0.0)
    return np.where(relieved, kept * of_line, of_line)


def utilities(state: State) -> tuple[Float, Float]:
    """Utility of every line for every segment apart from price, and of the outside option with its price [utils].

    V = θ (K + gain) + χ w + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − regulation, −inf for dead lines; V₀ − α ln p₀.

    Returns:
        Shapes (segments, lines) and (segments,).
    """
    segments, lines, labs = state.segments, state.lines, state.labs
    p, c = state.parameters.adoption, state.parameters.contribution
    lab, weights = lines.lab, lines.access != CLOSED
    firm, demanding = _FIRMS[:, None], _DEMANDING[:, None]
    # Of organisations and of regions first, and then of segments, which are many more.
    fit = np.where(firm, (p.fit * labs.fit)[lab], 0.0)
    trust = np.where(demanding, TRUST_OF_DEMANDING, 1.0) * (labs.trust[lab] - 0.5)
    network = c.network * np.log1p(lines.ecosystem / c.ecosystem_seed)
    preference = p.weights_preference.array()[:, None] * weights + fit + c.trust_weight * trust + network
    home = bias_by_line(home_bias(p), labs.region[lab], weights, p.home_of_weights)
    regulated = state.parameters.regulation.friction * state.governments.stringency[:, None] * weights
    other = np.where(lines.live, preference[:, None] + home - firm[:, None] * regulated, -np.inf)
    utility = segments.theta[:, None] * (lines.capability + lines.gain)
    utility += other[segments.organisation, segments.region]
    return utility, p.outside.array()[segments.organisation] - segments.alpha * np.log(p.outside_price)
