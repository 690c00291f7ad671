"""Developers: what they want, of whom they have heard, and what they choose."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.reference.hashing import bar, option_word, person_word, single, uniform23
from tests.reference.world import (
    CN,
    EU,
    ORGANISATIONS,
    TIERS,
    US,
    Developer,
    Lab,
    Line,
    Segment,
    State,
    of,
)

DEMANDING = (ORGANISATIONS.index("enterprise"), ORGANISATIONS.index("regulated"))
FIRMS = (ORGANISATIONS.index("smb"), *DEMANDING)


def awareness(m: State) -> None:
    """ΔA = [p₀ e^(b brand) clip(K − K* + 1, 0, 1.5) + q share] · near + event, of labs that have a model."""
    p = m.p.awareness
    for lab in m.labs:
        capability = m.capability_of(lab)
        if capability == -math.inf:
            continue
        share = sum(line.users for line in m.lines if line.lab is lab) / m.p.population.world
        nearness = min(max(capability - m.world.frontier + 1.0, 0.0), 1.5)
        press = p.innovation * math.exp(p.brand * lab.brand) * nearness
        for segment in m.segments:
            near = p.home if segment.region == lab.region else p.abroad
            segment.awareness[lab.row] += (press + p.imitation * share) * near + pulse(m, lab)


def pulse(m: State, lab: Lab) -> float:
    """This month's awareness event of a lab; none if it has no model."""
    if m.capability_of(lab) == -math.inf:
        return 0.0
    return m.p.awareness.pulse * m.past.pulse(lab.name, m.month)


def preferences(m: State) -> None:
    """Budgets b₀ 10^(ψ K*), tastes and utilities apart from price."""
    p = m.p.adoption
    for segment in m.segments:
        organisation = segment.organisation
        segment.budget = segment.budget_start * 10 ** (m.p.population.budget_growth * m.world.frontier)
        segment.alpha = (
            p.price_sensitivity * of(p.price_multiplier, organisation) * math.exp(-p.price_taste * segment.node)
        )
        quality = p.quality_sensitivity * of(p.quality_multiplier, organisation)
        segment.theta = quality * math.exp(p.quality_taste * segment.node)
        segment.outside = of(p.outside, organisation) - segment.alpha * math.log(p.outside_price)
        for line in m.lines:
            segment.utility[line.row] = utility(m, segment, line) if line.live else -math.inf


def utility(m: State, segment: Segment, line: Line) -> float:
    """V = θ (K + gain) + χ w + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − regulation."""
    p, c, organisation = m.p.adoption, m.p.contribution, segment.organisation
    trust = c.trust_weight * (1.5 if organisation in DEMANDING else 1.0)
    value = segment.theta * line.quality + trust * (line.lab.trust - 0.5)
    value += c.network * math.log((c.ecosystem_seed + line.ecosystem) / c.ecosystem_seed)
    home = home_bias(m, segment.region, line.lab.region)
    if organisation in FIRMS:
        value += p.fit * line.lab.fit
    if line.closed:
        return value + home
    value += of(p.weights_preference, organisation)
    if organisation in FIRMS:
        value -= m.p.regulation.friction * m.governments[segment.region].stringency
    # Open weights can be hosted at home, which lessens a dislike of labs abroad; China's rules do not care.
    return value + (home * p.home_of_weights if home < 0.0 and segment.region != CN else home)


def home_bias(m: State, user: int, lab: int) -> float:
    """Preference of users of a region for labs of a region."""
    p = m.p.adoption
    if user == lab:
        return float(p.home_own)
    named = {(CN, US): p.home_cn_us, (US, CN): p.home_us_cn, (CN, EU): p.home_cn_eu, (EU, CN): p.home_eu_cn}
    return float(named.get((user, lab), 0.0))


def adoption(m: State) -> None:
    """Whoever's turn it is chooses: h = 1 − e^(−h₀ − h₁ event)."""
    p = m.p.adoption
    event = sum(pulse(m, lab) for lab in m.labs)
    for segment in m.segments:
        segment.hazard = -math.expm1(-(p.hazard + p.pulse_hazard * event))
    weights = [_weights(segment, m.live_lines()) for segment in m.segments]
    for person in m.developers:
        segment = m.segments[person.segment]
        if person_word(m.seed, "reconsider", m.month, person.number) >= bar(segment.hazard):
            continue
        segment.counts[person.choice] -= 1
        person.choice = choose(m, person, weights[person.segment])
        segment.counts[person.choice] += 1


def _weights(segment: Segment, lines: list[Line]) -> dict[int, float]:
    """e^(V − α ln P) of each option, relative to the best."""
    scores = {0: segment.outside}
    for line in lines:
        scores[1 + line.row] = segment.utility[line.row] - segment.alpha * math.log(segment.price[line.row])
    best = max(scores.values())
    return {option: math.exp(score - best) for option, score in scores.items()}


def choose(m: State, person: Developer, weights: dict[int, float]) -> int:
    """The option whose clock −ln(u)/w rings first, among those of which she is aware; the lowest if two ring at once.

    Staying with the lab and tier multiplies w by e^κ. Tastes are those of the epoch ⌊(month + phase)/renewal⌋.
    """
    renewal = m.p.adoption.taste_renewal
    phase = (person_word(m.seed, "taste_phase", 0, person.number) >> 16) * renewal >> 16
    taste = person_word(m.seed, "taste", (m.month + phase) // renewal, person.number)
    known = _known_labs(m, person)
    here = _group(m, person.choice)
    stay = math.exp(m.p.adoption.switching_cost)
    first, chosen = math.inf, 0
    for option in sorted(weights):
        if option and not known(m.lines[option - 1].lab):
            continue
        weight = single(weights[option] * (stay if _group(m, option) == here else 1.0))
        if weight == 0.0:
            continue
        identity = m.lines[option - 1].option if option else 0
        clock = -math.log(uniform23(option_word(taste, identity))) / weight
        if clock < first:
            first, chosen = clock, option
    return chosen


def _known_labs(m: State, person: Developer) -> Callable[[Lab], bool]:
    """Whether she is aware of a lab: she uses it, or its awareness hazard has passed her threshold."""
    word = person_word(m.seed, "awareness", 0, person.number)
    hazard = m.segments[person.segment].awareness
    own = m.lines[person.choice - 1].lab if person.choice else None
    slots = 3 * len(TIERS)

    def known(lab: Lab) -> bool:
        return lab is own or option_word(word, 1 + lab.uid * slots) <= bar(-math.expm1(-hazard[lab.row]))

    return known


def _group(m: State, option: int) -> tuple[int, int] | None:
    """Lab and tier of an option, None of doing without: what a switching cost is paid for leaving."""
    if option == 0:
        return None
    line = m.lines[option - 1]
    return line.lab.row, line.tier
