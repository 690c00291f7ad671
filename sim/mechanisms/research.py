"""Staff and compute raise what each lab knows; what others know leaks at a rate set by their openness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import draws
from sim.fields import Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market


# Guard rail on own ideas [OOM/month]: ten times what any lab gains in the baseline.
MOST_A_MONTH = 0.5


class Research(Section):
    """Knowledge stocks: training know-how, serving know-how, reasoning."""

    own_methods: float = field(
        0.005,
        "λ_a: own gain of training know-how at reference input",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.002, 0.02),
        source="Ho et al. 2024: algorithmic efficiency about 3x a year; prototype fit",
        confidence="estimated",
    )
    returns: float = field(
        0.7,
        "σ: returns to research input",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.4, 1.0),
        source="Erdil, Besiroglu & Ho 2024",
        confidence="estimated",
    )
    fishing_out: float = field(
        0.375,
        "β_a: how much harder ideas on training get with each OOM known",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.2, 0.9),
        source="Bloom, Jones, Van Reenen & Webb 2020; prototype fit",
        confidence="estimated",
    )
    own_serving: float = field(
        0.032,
        "λ_g: own gain of serving know-how at reference input",
        unit="OOM/month",
        bounds=(0.0, 0.5),
        range=(0.02, 0.06),
        source="Gundlach et al. 2025; prototype fit",
        confidence="estimated",
    )
    fishing_out_serving: float = field(
        0.31,
        "β_g: the same for serving know-how",
        unit="1/OOM",
        bounds=(0.0, 5.0),
        range=(0.1, 0.5),
        source="prototype fit",
    )
    hardware_pass: float = field(
        1.0,
        "Share of hardware progress that reaches the cost of serving",
        unit="1",
        bounds=(0.0, 2.0),
        range=(0.5, 1.0),
    )
    human_exponent: float = field(
        0.65,
        "ω: weight of staff, against experiment compute, in research input",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.4, 0.9),
    )
    reference_staff: float = field(
        250.0,
        "Research staff at which input is one, with the reference compute",
        unit="FTE",
        bounds=(1.0, 1e6),
        range=(150.0, 400.0),
        source="OpenAI at the end of 2022 (Epoch AI)",
        confidence="estimated",
    )
    half_point: float = field(
        0.25,
        "R̄: own input at which a lab absorbs half of what leaks",
        unit="1",
        bounds=(1e-6, 100.0),
        range=(0.1, 1.0),
        source="Cohen & Levinthal 1990; weightshift judgement",
    )
    leak_closed: float = field(
        0.045,
        "Leak of methods of a closed lab; one over it is the imitation lag",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.022, 0.09),
        source="Mansfield 1985: development decisions known in 12-18 months; recipes are guarded",
        confidence="estimated",
    )
    leak_paper: float = field(
        0.09, "The same when papers are published", unit="1/month", bounds=(0.0, 1.0), range=(0.045, 0.18)
    )
    leak_weights: float = field(
        0.16, "The same when weights are open", unit="1/month", bounds=(0.0, 1.0), range=(0.08, 0.32)
    )
    leak_weights_code: float = field(
        0.2, "The same when weights and code are open", unit="1/month", bounds=(0.0, 1.0), range=(0.1, 0.4)
    )
    leak_everything: float = field(
        0.25, "The same when data, code and weights are open", unit="1/month", bounds=(0.0, 1.0), range=(0.125, 0.5)
    )
    sequential: float = field(
        0.1,
        "ψ_x: share of a rival's own new gain that a lab can build on without a gap to close",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.0, 0.5),
        source="Bessen & Maskin 2009; weightshift judgement",
    )
    carry: float = field(
        0.3,
        "Share of a gap in know-how that a hire closes in proportion to the staff",
        unit="1",
        bounds=(0.0, 5.0),
        range=(0.0, 1.0),
    )
    induced: float = field(
        0.3,
        "Elasticity of research effort to the price of compute relative to the US",
        unit="1",
        bounds=(0.0, 3.0),
        range=(0.0, 1.0),
        source="Hayami & Ruttan; Acemoglu 2002; weightshift judgement",
    )
    luck: float = field(
        0.15, "Standard deviation of the log of a month's own gain", unit="ln", bounds=(0.0, 2.0), range=(0.0, 0.4)
    )
    reasoning_gain: float = field(
        0.015,
        "λ_r: own gain from reasoning at reference input once discovered",
        unit="OOM/month",
        bounds=(0.0, 1.0),
        range=(0.008, 0.04),
        source="Jump of the Epoch Capabilities Index after o1; weightshift judgement",
        confidence="estimated",
    )
    reasoning_ceiling: float = field(
        1.5, "r̄: most that reasoning can give", unit="OOM", bounds=(0.01, 20.0), range=(1.0, 3.0)
    )
    reasoning_leak: float = field(
        0.25,
        "s_r: leak of reasoning at full absorption from a source with open weights; others in proportion to leak",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.1, 0.5),
        source="Open reasoning models within four months of o1",
    )
    discovery: float = field(
        0.01,
        "Hazard of discovering reasoning by oneself, per unit of research input, once anyone has",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.002, 0.05),
    )

    def leaks(self) -> Float:
        """Leak rates by openness level, shape (5,)."""
        return np.array(
            [
                self.leak_closed,
                self.leak_paper,
                self.leak_weights,
                self.leak_weights_code,
                self.leak_everything,
            ]
        )


def research_input(
    staff: Float, compute: Float, productivity: Float, scarcity: Float, human: float, induced: float
) -> Float:
    """R = z (H/H₀)^ω (X/X₀)^(1−ω) min(2, (p_r/p_US)^ε), with staff and compute already relative; shape (labs,)."""
    effort = np.minimum(2.0, scarcity**induced)
    return np.asarray(productivity * staff**human * compute ** (1.0 - human) * effort)


def own_gain(rate: float, research: Float, returns: float, known: Float, fishing_out: float) -> Float:
    """Own ideas: λ R^σ 10^(−β a) [OOM/month]. On a balanced path g_A = σ n/β (Jones 1995)."""
    return np.asarray(rate * research**returns * 10.0 ** (-fishing_out * known))


def spillover(known: Float, leak: Float, absorption: Float, extra: Float | None = None) -> Float:
    """Most that leaks to each lab: κ_l max_k s_k [(a_k − a_l)⁺ + extra_k], k ≠ l [OOM/month], shape (labs,).

    A pure follower settles 1/(κ s) months behind its source. The largest leak counts, not the sum: many rivals who
    share one idea are one idea.
    """
    gap = np.maximum(known[None, :] - known[:, None], 0.0)
    if extra is not None:
        gap += extra[None, :]
        gap.flat[:: len(gap) + 1] = 0.0  # the diagonal
    gap *= leak[None, :]
    return np.asarray(absorption * gap.max(axis=1))


@mechanism(
    reads=(
        "governments.chip_price",
        "labs.active",
        "labs.carried",
        "labs.compute",
        "labs.openness",
        "labs.productivity",
        "labs.region",
        "labs.researchers",
        "labs.uid",
    ),
    writes=(
        "labs.methods",
        "labs.methods_gain",
        "labs.serving",
        "labs.reasoning",
        "labs.discovered",
        "labs.absorption",
    ),
    neutral={
        "research.own_methods": 0.0,
        "research.own_serving": 0.0,
        "research.reasoning_gain": 0.0,
        "research.hardware_pass": 0.0,
        "research.leak_closed": 0.0,
        "research.leak_paper": 0.0,
        "research.leak_weights": 0.0,
        "research.leak_weights_code": 0.0,
        "research.leak_everything": 0.0,
        "research.reasoning_leak": 0.0,
        "research.carry": 0.0,
        "training.rl_gain": 0.0,
    },
)
def research(market: Market) -> None:
    """Own ideas, leaks and hires raise training know-how, serving know-how and reasoning.

    Δa = λ_a R^σ 10^(−β a) ζ + κ max_k s(o_k)[(a_k − a)⁺ + ψ Δa_k] + carry; all labs move at once, on last month's
    state. Source: Jones (1995); Cohen & Levinthal (1990); Bessen & Maskin (2009).
    """
    labs, p, month, seed = market.labs, market.parameters.research, market.month, market.seed
    active = labs.active
    staff = np.maximum(labs.researchers, 1.0) / p.reference_staff
    compute = 10.0 ** (labs.compute - market.parameters.training.reference_compute)
    price = market.governments.chip_price
    scarcity = price[labs.region] / price[0]
    effort = research_input(staff, compute, labs.productivity, scarcity, p.human_exponent, p.induced)
    effort = np.where(active, effort, 0.0)
    labs.absorption[:] = effort / (effort + p.half_point)

    luck = np.exp(p.luck * draws.normal(seed, "research_luck", month, labs.uid) - 0.5 * p.luck**2)
    leaks = p.leaks()
    leak = np.where(active, leaks[labs.openness], 0.0)
    own = np.minimum(own_gain(p.own_methods, effort, p.returns, labs.methods, p.fishing_out) * luck, MOST_A_MONTH)
    methods = spillover(labs.methods, leak, labs.absorption, p.sequential * labs.methods_gain)
    serving = own_gain(p.own_serving, effort, p.returns, labs.serving, p.fishing_out_serving)
    serving = np.minimum(serving, MOST_A_MONTH) + spillover(labs.serving, leak, labs.absorption)
    progress = p.hardware_pass * market.parameters.compute.hardware_progress / 12.0

    _discover(market, effort)
    room = np.maximum(1.0 - labs.reasoning / p.reasoning_ceiling, 0.0)
    thinking = p.reasoning_gain * effort**p.returns * room * labs.discovered
    heard = leak * (p.reasoning_leak / leaks[2] if leaks[2] > 0.0 else 0.0)
    thinking = thinking + spillover(labs.reasoning, np.minimum(heard, 1.0), labs.absorption)

    labs.methods_gain[:] = np.where(active, own, 0.0)
    # Hires and what reasoning has left to give bring a lab up to the best known, never beyond.
    carried = np.minimum(p.carry * labs.carried, labs.methods.max() - labs.methods)
    thinking = np.minimum(thinking, np.maximum(p.reasoning_ceiling - labs.reasoning, 0.0))
    labs.methods += np.where(active, own + methods + carried, 0.0)
    labs.serving += np.where(active, serving, 0.0) + progress
    labs.reasoning += np.where(active, thinking, 0.0)


def _discover(market: Market, effort: Float) -> None:
    labs, p = market.labs, market.parameters.research
    known = market.history.discoverers(market.month) & labs.active
    if p.reasoning_gain == 0.0 or not (labs.discovered | known).any():
        return
    draw = draws.uniform(market.seed, "discovery", market.month, labs.uid)
    hazard = 1.0 - np.exp(-p.discovery * effort)
    labs.discovered |= known | ((draw < hazard) & labs.active)
