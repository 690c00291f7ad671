"""What developers want: budgets, tastes and utilities by segment, which prices and choices share."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import CLOSED
from sim.numerics.arrays import Float
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.state import State

CN = REGIONS.index("CN")
_DEMANDING = np.array([name in ("enterprise", "regulated") for name in ORGANISATIONS])
_FIRMS = np.array([name in ("smb", "enterprise", "regulated") for name in ORGANISATIONS])


def budgets(start: Float, growth: float, frontier: float) -> Float:
    """B = b₀ 10^(ψ K*) [$/month], shape (segments,)."""
    return np.asarray(start * 10.0 ** (growth * frontier))


def aware_share(hazard: Float) -> Float:
    """Share that is aware: 1 − e^(−A), the discrete Bass law when ΔA = p + q F, of the shape of ``hazard``."""
    return np.asarray(-np.expm1(-hazard))


def tastes(state: State) -> None:
    """Price and quality sensitivity of every segment: α = ᾱ m e^(−0.35 z), θ = θ̄ m e^(0.15 z)."""
    segments, p = state.segments, state.parameters.adoption
    organisation = segments.organisation
    segments.alpha[:] = p.price_sensitivity * p.price_multiplier.array()[organisation] * np.exp(-0.35 * segments.node)
    segments.theta[:] = (
        p.quality_sensitivity * p.quality_multiplier.array()[organisation] * np.exp(0.15 * segments.node)
    )


def home_bias(state: State) -> Float:
    """Utility of a lab's region for users of a region, shape (regions of users, regions of labs) [utils]."""
    p = state.parameters.adoption
    return np.array(
        [  # of US, CN, EU
            [p.home_own, p.home_us_cn, 0.0],
            [p.home_cn_us, p.home_own, p.home_cn_eu],
            [0.0, p.home_eu_cn, p.home_own],
        ]
    )


def utilities(state: State) -> None:
    """Utility of every line for every segment apart from price, and of the outside option with its price.

    V = θ (K + gain) + χ w + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − regulation, in utils; dead lines have −inf.
    Open weights halve a foreign bias outside China, for they can be hosted at home.
    """
    segments, lines, labs = state.segments, state.lines, state.labs
    p, c = state.parameters.adoption, state.parameters.contribution
    lab, weights = lines.lab, lines.access != CLOSED
    firm, demanding = _FIRMS[:, None], _DEMANDING[:, None]
    # Of organisations and of regions first, and then of segments, which are many more.
    fit, trust = np.where(firm, (p.fit * labs.fit)[lab], 0.0), np.where(demanding, 1.5, 1.0) * (labs.trust[lab] - 0.5)
    network = c.network * np.log1p(lines.ecosystem / c.ecosystem_seed)
    preference = p.weights_preference.array()[:, None] * weights + fit + c.trust_weight * trust + network
    region, origin = np.arange(len(REGIONS))[:, None], labs.region[lab]
    bias = home_bias(state)[:, origin]
    home = np.where(weights & (region != CN) & (region != origin) & (bias < 0.0), 0.5 * bias, bias)
    regulated = state.parameters.regulation.friction * state.governments.stringency[:, None] * weights
    other = np.where(lines.live, preference[:, None] + home - firm[:, None] * regulated, -np.inf)
    segments.utility[:] = segments.theta[:, None] * (lines.capability + lines.gain)
    segments.utility += other[segments.organisation, segments.region]
    segments.outside[:] = p.outside.array()[segments.organisation] - segments.alpha * np.log(p.outside_price)
