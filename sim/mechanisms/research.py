"""Staff and compute raise what each lab knows; what others know leaks at a rate set by their openness."""

from __future__ import annotations

import numpy as np

from sim.agents.lab import WEIGHTS
from sim.data.calendar import YEAR
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Float
from sim.state import State

# Guard rail on own ideas [OOM/month]: ten times what any lab gains in the baseline.
MOST_A_MONTH = 0.5
# Guard rail on the effort that scarce compute induces: at most twice as much research input.
MOST_INDUCED = 2.0


def research_input(
    staff: Float, compute: Float, productivity: Float, scarcity: Float, human: float, induced: float
) -> Float:
    """R = z (H/H₀)^ω (X/X₀)^(1−ω) min(2, (p_r/p_US)^ε), with staff and compute already relative; shape (labs,)."""
    effort = np.minimum(MOST_INDUCED, scarcity**induced)
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
    carries=("labs.methods", "labs.methods_gain", "labs.serving", "labs.reasoning", "labs.discovered"),
    parameters=("compute.hardware_progress", "training.reference_compute"),
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
def research(state: State) -> None:
    """Own ideas, leaks and hires raise training know-how, serving know-how and reasoning.

    Δa = λ_a R^σ 10^(−β a) ζ + κ max_k s(o_k)[(a_k − a)⁺ + ψ Δa_k] + carry; all labs move at once, on last month's
    state. Source: Jones (1995); Cohen & Levinthal (1990); Bessen & Maskin (2009).
    """
    labs, p, month, seed = state.labs, state.parameters.research, state.month, state.seed
    active = labs.active
    staff = np.maximum(labs.researchers, 1.0) / p.reference_staff
    compute = 10.0 ** (labs.compute - state.parameters.training.reference_compute)
    price = state.governments.chip_price
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
    progress = p.hardware_pass * state.parameters.compute.hardware_progress / YEAR

    _discover(state, effort)
    room = np.maximum(1.0 - labs.reasoning / p.reasoning_ceiling, 0.0)
    thinking = p.reasoning_gain * effort**p.returns * room * labs.discovered
    heard = leak * (p.reasoning_leak / leaks[WEIGHTS] if leaks[WEIGHTS] > 0.0 else 0.0)
    thinking = thinking + spillover(labs.reasoning, np.minimum(heard, 1.0), labs.absorption)

    labs.methods_gain[:] = np.where(active, own, 0.0)
    # Hires and what reasoning has left to give bring a lab up to the best known, never beyond.
    carried = np.minimum(p.carry * labs.carried, labs.methods.max() - labs.methods)
    thinking = np.minimum(thinking, np.maximum(p.reasoning_ceiling - labs.reasoning, 0.0))
    labs.methods += np.where(active, own + methods + carried, 0.0)
    labs.serving += np.where(active, serving, 0.0) + progress
    labs.reasoning += np.where(active, thinking, 0.0)


def _discover(state: State, effort: Float) -> None:
    labs, p = state.labs, state.parameters.research
    known = state.history.discoverers(state.month) & labs.active
    if p.reasoning_gain == 0.0 or not (labs.discovered | known).any():
        return
    draw = draws.uniform(state.seed, "discovery", state.month, labs.uid)
    hazard = 1.0 - np.exp(-p.discovery * effort)
    labs.discovered |= known | ((draw < hazard) & labs.active)
