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
    """ΔA = [p₀ clip(K − K* + 1, 0, 1.5) + q share of the segment] · near + event, of labs with a model."""
    p = m.p.awareness
    for lab in m.labs:
        capability = m.capability_of(lab)
        if capability == -math.inf:
            continue
        nearness = min(max(capability - m.world.frontier + 1.0, 0.0), 1.5)
        press = p.innovation * nearness
        for segment in m.segments:
            near = p.home if segment.region == lab.region else p.abroad
            near *= p.firms if segment.organisation in FIRMS else 1.0
            users = sum(segment.counts[1 + line.row] for line in m.lines if line.lab is lab)
            share = users / max(sum(segment.counts), 1)
            segment.awareness[lab.row] += (press + p.imitation * share) * near + pulse(m, lab)


def pulse(m: State, lab: Lab) -> float:
    """This month's awareness event of a lab; none if it has no model."""
    if m.capability_of(lab) == -math.inf or m.month > m.past.until(m.inputs_end):
        return 0.0
    return m.p.awareness.pulse * m.past.pulse(lab.name, m.month)


def preferences(m: State) -> None:
    """Budgets, logistic in ψ K* from b₀ to B̄, tastes and utilities apart from price."""
    p = m.p.adoption
    for segment in m.segments:
        organisation = segment.organisation
        left = (segment.budget_ceiling / segment.budget_start - 1.0) / 10 ** (
            m.p.population.budget_growth * m.world.frontier
        )
        segment.budget = segment.budget_ceiling / (1.0 + left)
        segment.alpha = (
            p.price_sensitivity * of(p.price_multiplier, organisation) * math.exp(-p.price_taste * segment.node)
        )
        quality = p.quality_sensitivity * of(p.quality_multiplier, organisation)
        segment.theta = quality * math.exp(p.quality_taste * segment.node)
        segment.outside = of(p.outside, organisation) - segment.alpha * math.log(p.outside_price)
        for line in m.lines:
            segment.utility[line.row] = utility(m, segment, line) if line.live else -math.inf


def utility(m: State, segment: Segment, line: Line) -> float:
    """V = θ (K + m gain) + χ w − χ_s (1 − s) + fit + τ (T − ½) + ν ln((E₀ + E)/E₀) + home − law − hold-up."""
    p, c, organisation = m.p.adoption, m.p.contribution, segment.organisation
    trust = m.p.trust.weight * (1.5 if organisation in DEMANDING else 1.0)
    quality = line.capability + of(c.relevance, organisation) * line.gain
    value = segment.theta * quality + trust * (line.lab.trust[segment.region] - 0.5)
    value += c.network * math.log((c.ecosystem_seed + line.ecosystem) / c.ecosystem_seed)
    home = home_bias(m, segment.region, line.lab.region)
    if not supported(m, segment.region, line):
        value -= of(p.unsupported, organisation)
    if organisation in FIRMS:
        value += p.fit * line.lab.fit
    if line.closed:
        return value + home - (p.hold_up * line.lab.withdrawn if organisation in FIRMS else 0.0)
    value += of(p.weights_preference, organisation)
    if organisation in FIRMS:
        value -= m.p.law.friction * m.governments[segment.region].stringency[1]
    # Open weights can be hosted at home, which lessens a dislike of labs abroad; China's rules do not care.
    return value + (home * p.home_of_weights if home < 0.0 and segment.region != CN else home)


def supported(m: State, region: int, line: Line) -> bool:
    """A lab supports closed lines, and an open one that is its best of the tier, where it has service."""
    rivals = [each for each in m.lines if each.live and each.lab is line.lab and each.tier == line.tier]
    if not line.closed and any(each.quality > line.quality for each in rivals):
        return False
    return line.lab.service == 2 or (line.lab.service == 1 and region == line.lab.region)


def home_bias(m: State, user: int, lab: int) -> float:
    """Preference of users of a region for labs of a region."""
    p = m.p.adoption
    if user == lab:
        return float(p.home_own)
    named = {(CN, US): p.home_cn_us, (US, CN): p.home_us_cn, (CN, EU): p.home_cn_eu, (EU, CN): p.home_eu_cn}
    return float(named.get((user, lab), 0.0))


def turns(m: State, segment: Segment) -> tuple[float, float]:
    """Users reconsider with 1 − e^(−h₀); who has no model tries with 1 − e^(−s (1 − u/ū)), at month 0 with a share."""
    p = m.p.adoption
    users = sum(segment.counts[1:]) / max(sum(segment.counts), 1)
    left = max(1.0 - users / of(p.ceiling, segment.organisation), 0.0)
    start = -math.expm1(-of(p.start, segment.organisation) * left) if m.month else float(p.users_start)
    return -math.expm1(-p.hazard), start


def adoption(m: State) -> None:
    """Whose turn it is chooses, and at once whose line was withdrawn, who has no tie to it."""
    bars = []
    for segment in m.segments:
        segment.hazard, segment.start = turns(m, segment)
        bars.append((bar(segment.start), bar(segment.hazard)))
    weights = [_weights(m, segment) for segment in m.segments]
    for person in m.developers:
        segment = m.segments[person.segment]
        turn = (
            bar(1.0)
            if person.choice and not m.lines[person.choice - 1].live
            else bars[person.segment][person.choice > 0]
        )
        if person_word(m.seed, "reconsider", m.month, person.number) >= turn:
            continue
        segment.counts[person.choice] -= 1
        person.choice = choose(m, person, weights[person.segment][person.choice > 0])
        segment.counts[person.choice] += 1


def access(m: State, segment: Segment, line: Line) -> float:
    """Share of those who know a line that may buy it."""
    p = m.p.access
    if not line.closed or segment.region == line.lab.region:
        return 1.0
    procurement = (p.procurement_us, p.procurement_cn, p.procurement_eu)[segment.region]
    if procurement and segment.organisation == ORGANISATIONS.index("regulated"):
        return 0.0
    return float(p.grey) if (segment.region, line.lab.region) == (CN, US) else 1.0


def _weights(m: State, segment: Segment) -> list[dict[int, float]]:
    """e^(V − α ln P) of each option, relative to the best: of those without a model, and of users.

    Individuals without one expect to pay a trial price at most.
    """
    both = []
    for newcomer in (True, False):
        scores = {0: segment.outside}
        for line in m.live_lines():
            if access(m, segment, line) == 0.0:
                continue
            price = segment.price[line.row]
            if newcomer and segment.organisation == ORGANISATIONS.index("indie"):
                price = min(price, m.p.adoption.trial_price)
            scores[1 + line.row] = segment.utility[line.row] - segment.alpha * math.log(price)
        best = max(scores.values())
        both.append({option: math.exp(score - best) for option, score in scores.items()})
    return both


def choose(m: State, person: Developer, weights: dict[int, float]) -> int:
    """The option whose clock −ln(u)/w rings first, among those of which she is aware; the lowest if two ring at once.

    Staying with the lab and tier multiplies w by e^κ. Tastes are those of the epoch ⌊(month + phase)/renewal⌋.
    """
    renewal = m.p.adoption.taste_renewal
    phase = (person_word(m.seed, "taste_phase", 0, person.number) >> 16) * renewal >> 16
    taste = person_word(m.seed, "taste", (m.month + phase) // renewal, person.number)
    known = _known_lines(m, person)
    here = _group(m, person.choice)
    stay = math.exp(m.p.adoption.switching_cost)
    first, chosen = math.inf, 0
    for option in sorted(weights):
        if option and not known(m.lines[option - 1]):
            continue
        weight = single(weights[option] * (stay if option and _group(m, option) == here else 1.0))
        if weight == 0.0:
            continue
        identity = m.lines[option - 1].option if option else 0
        clock = -math.log(uniform23(option_word(taste, identity))) / weight
        if clock < first:
            first, chosen = clock, option
    return chosen


def _known_lines(m: State, person: Developer) -> Callable[[Line], bool]:
    """Whether she knows a line and may buy it: her draw for its lab is below (1 − e^(−A)) a, or a if she uses it."""
    word = person_word(m.seed, "awareness", 0, person.number)
    segment = m.segments[person.segment]
    own = m.lines[person.choice - 1].lab if person.choice and m.lines[person.choice - 1].live else None
    slots = 3 * len(TIERS)

    def known(line: Line) -> bool:
        aware = 1.0 if line.lab is own else -math.expm1(-segment.awareness[line.lab.row])
        return option_word(word, 1 + line.lab.uid * slots) <= bar(aware * access(m, segment, line))

    return known


def _group(m: State, option: int) -> tuple[int, int] | None:
    """Lab and tier of an option, what leaving costs a switch; None of doing without and of what is gone."""
    if option == 0 or not m.lines[option - 1].live:
        return None
    line = m.lines[option - 1]
    return line.lab.row, line.tier
