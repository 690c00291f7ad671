"""What developers want: budgets, tastes and utilities by segment, which prices and choices share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.agents.lab import CLOSED
from sim.fields import ORGANISATIONS, REGIONS
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market

US, CN, EU = range(len(REGIONS))
_DEMANDING = np.array([name in ("enterprise", "regulated") for name in ORGANISATIONS])
_FIRMS = np.array([name in ("smb", "enterprise", "regulated") for name in ORGANISATIONS])


def budgets(start: Float, growth: float, frontier: float) -> Float:
    """B = b₀ 10^(ψ K*) [$/month], shape (segments,)."""
    return np.asarray(start * 10.0 ** (growth * frontier))


def tastes(market: Market) -> None:
    """Price and quality sensitivity of every segment: α = ᾱ m e^(−0.35 z), θ = θ̄ m e^(0.15 z)."""
    segments, p = market.segments, market.parameters.adoption
    organisation = segments.organisation
    segments.alpha[:] = p.price_sensitivity * p.price_multiplier.array()[organisation] * np.exp(-0.35 * segments.node)
    segments.theta[:] = (
        p.quality_sensitivity * p.quality_multiplier.array()[organisation] * np.exp(0.15 * segments.node)
    )


def home_bias(market: Market) -> Float:
    """Utility of a lab's region for users of a region, shape (regions of users, regions of labs) [utils]."""
    p = market.parameters.adoption
    bias = np.zeros((len(REGIONS), len(REGIONS)))
    np.fill_diagonal(bias, p.home_own)
    bias[CN, US], bias[US, CN], bias[CN, EU] = p.home_cn_us, p.home_us_cn, p.home_cn_eu
    bias[EU, CN] = p.home_eu_cn
    return bias


def utilities(market: Market) -> None:
    """Utility of every line for every segment apart from price, and of the outside option with its price.

    V = θ (K + gain) + χ w + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − regulation, in utils; dead lines have −inf.
    Open weights halve a foreign bias outside China, for they can be hosted at home.
    """
    segments, lines, labs = market.segments, market.lines, market.labs
    p, c = market.parameters.adoption, market.parameters.contribution
    organisation, lab = segments.organisation, lines.lab
    weights = lines.access != CLOSED
    quality = segments.theta[:, None] * (lines.capability + lines.gain)[None, :]
    preference = p.weights_preference.array()[organisation][:, None] * weights[None, :]
    demanding, firm = _DEMANDING[organisation][:, None], _FIRMS[organisation][:, None]
    fit = np.where(firm, (p.fit * labs.fit)[lab][None, :], 0.0)
    trust = c.trust_weight * np.where(demanding, 1.5, 1.0) * (labs.trust[lab] - 0.5)[None, :]
    network = c.network * np.log1p(lines.ecosystem / c.ecosystem_seed)
    # Of regions first and then of segments, which are fifteen times as many.
    regions = np.arange(len(REGIONS))[:, None]
    bias = home_bias(market)[:, labs.region[lab]]
    halved = weights[None, :] & (regions != CN) & (regions != labs.region[lab]) & (bias < 0.0)
    home = np.where(halved, 0.5 * bias, bias)[segments.region]
    friction = market.parameters.regulation.friction * market.governments.stringency[segments.region]
    friction = np.where(organisation >= ORGANISATIONS.index("smb"), friction, 0.0)
    regulated = friction[:, None] * weights[None, :]
    value = quality + preference + fit + trust + network[None, :] + home - regulated
    segments.utility[:] = np.where(lines.live[None, :], value, -np.inf)
    segments.outside[:] = p.outside.array()[organisation] - segments.alpha * np.log(p.outside_price)
