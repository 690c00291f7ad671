"""Staff and compute raise what each lab knows; what others know leaks at a rate set by their openness."""

from __future__ import annotations

import numpy as np

from sim import views
from sim.agents.lab import PAPER, WEIGHTS
from sim.mechanisms import mechanism
from sim.numerics import draws
from sim.numerics.arrays import Bool, Float
from sim.state import State

# Guard rail on own ideas [OOM/month]: ten times what any lab gains in the baseline.
MOST_A_MONTH = 0.5
# Guard rail on the effort that scarce compute induces: at most twice as much research input.
MOST_INDUCED = 2.0
# Contributions a month for which ``public_methods`` is stated [units/month].
MANY = 1e5
# Review of contributions never takes more than this part of the staff.
MOST_REVIEWERS = 0.5


def research_input(staff: Float, compute: Float, scarcity: Float, human: float, induced: float) -> Float:
    """R = (H/H₀)^ω (X/X₀)^(1−ω) min(2, (p_r/p_US)^ε), with staff and compute already relative; shape (labs,)."""
    effort = np.minimum(MOST_INDUCED, scarcity**induced)
    return np.asarray(staff**human * compute ** (1.0 - human) * effort)


def new_ideas(rate: float, effort: Float, returns: float, known: Float, fishing_out: float) -> Float:
    """Ideas of a lab, or of contributors: λ R^σ 10^(−β a) [OOM/month]. On a balanced path g_A = σ n/β (Jones 1995)."""
    return np.asarray(rate * effort**returns * 10.0 ** (-fishing_out * known))


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
    return np.asarray(absorption * np.maximum.reduce(gap, axis=1))


def read_papers(known: Float, published: Bool, absorption: Float, share: float) -> Float:
    """What papers give away as they appear: κ_l s_pub max_k (a_k − a_l)⁺ over k that published [OOM], shape (labs,).

    Args:
        known: a [OOM], shape (labs,).
        published: Who released something with a paper, weights or more, shape (labs,).
        absorption: κ, shape (labs,).
        share: s_pub.
    """
    best = known[published].max(initial=-np.inf)
    return np.asarray(absorption * share * np.maximum(best - known, 0.0))


def left_for_research(staff: Float, contributions: Float, review: float) -> Float:
    """Staff less those who review what others contribute: H − min(h_m C, H/2) [FTE], shape (labs,)."""
    return np.asarray(staff - np.minimum(review * contributions, MOST_REVIEWERS * staff))


@mechanism(
    reads=(
        "governments.chip_price",
        "labs.active",
        "labs.carried",
        "labs.compute",
        "labs.openness",
        "labs.region",
        "labs.researchers",
        "labs.uid",
        "lines.contributions",
        "lines.fresh",
        "lines.lab",
        "lines.openness",
        "world.public_serving",
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
    parameters=("record.end", "record.given", "training.reference_compute"),
    neutral={
        "research.own_methods": 0.0,
        "research.own_serving": 0.0,
        "research.reasoning_gain": 0.0,
        "research.leak_closed": 0.0,
        "research.leak_paper": 0.0,
        "research.leak_more_weights": 0.0,
        "research.leak_more_code": 0.0,
        "research.leak_more_data": 0.0,
        "research.paper": 0.0,
        "research.public_methods": 0.0,
        "research.public_serving": 0.0,
        "research.reasoning_leak": 0.0,
        "research.carry": 0.0,
        "training.rl_gain": 0.0,
    },
)
def research(state: State) -> None:
    """Own ideas, leaks, hires and what is found in public raise training and serving know-how and reasoning.

    Δa = λ_a R^σ 10^(−β a) ζ + κ {max_k s(o_k)[(a_k − a)⁺ + ψ Δa_k] + λ_pub (C/C̄)^σ 10^(−β a)} + papers + carry; all
    labs move at once, on last month's state; to review contributions takes staff. Source: Jones (1995); Cohen &
    Levinthal (1990); Bessen & Maskin (2009).
    """
    labs, p, month, seed = state.labs, state.parameters.research, state.month, state.seed
    active = labs.active
    contributions = views.by_lab(state, state.lines.contributions)
    staff = left_for_research(np.maximum(labs.researchers, 1.0), contributions, p.review) / p.reference_staff
    compute = 10.0 ** (labs.compute - state.parameters.training.reference_compute)
    price = state.governments.chip_price
    scarcity = price[labs.region] / price[0]
    effort = research_input(staff, compute, scarcity, p.human_exponent, p.induced)
    effort = np.where(active, effort, 0.0)
    labs.absorption[:] = effort / (effort + p.half_point)

    luck = np.exp(p.luck * draws.normal(seed, "research_luck", month, labs.uid) - 0.5 * p.luck**2)
    leaks = p.leaks()
    leak = np.where(active, leaks[labs.openness], 0.0)
    own = np.minimum(new_ideas(p.own_methods, effort, p.returns, labs.methods, p.fishing_out) * luck, MOST_A_MONTH)
    methods = spillover(labs.methods, leak, labs.absorption, p.sequential * labs.methods_gain)
    papers = np.zeros(len(labs), bool)
    papers[state.lines.lab[state.lines.fresh & (state.lines.openness >= PAPER)]] = True
    methods += read_papers(labs.methods, papers & active, labs.absorption, p.paper)
    found = new_ideas(p.public_methods, contributions.sum() / MANY, p.returns, labs.methods, p.fishing_out)
    methods += labs.absorption * found
    serving = new_ideas(p.own_serving, effort, p.returns, labs.serving, p.fishing_out_serving)
    serving = np.minimum(serving, MOST_A_MONTH) + spillover(labs.serving, leak, labs.absorption)
    behind = np.maximum(state.world.public_serving[0] - labs.serving, 0.0)
    serving += labs.absorption * p.public_serving * behind

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
    labs.serving += np.where(active, serving, 0.0)
    labs.reasoning += np.where(active, thinking, 0.0)


def _discover(state: State, effort: Float) -> None:
    labs, p = state.labs, state.parameters.research
    known = state.history.discoverers(min(state.month, views.releases_end(state))) & labs.active
    if p.reasoning_gain == 0.0 or not (labs.discovered | known).any():
        return
    draw = draws.uniform(state.seed, "discovery", state.month, labs.uid)
    hazard = 1.0 - np.exp(-p.discovery * effort)
    labs.discovered |= known | ((draw < hazard) & labs.active)
