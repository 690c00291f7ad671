"""Researchers change employer; wages follow monopsony; some found startups; nobody is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import draws, views
from sim.agents.researchers import HARDWARE, MODEL, RETIRED
from sim.fields import REGIONS, Section, field
from sim.mechanism import mechanism
from sim.tables import Float

if TYPE_CHECKING:
    from sim.market import Market

# With fewer people than this the product of one more is not defined; a founding team.
FOUNDING_TEAM = 5.0


class Talent(Section):
    """Employer choice, wages, entry, exit and spin-outs."""

    researchers: int = field(
        6000,
        "Agents that stand for the researchers of the world",
        unit="agents",
        bounds=(100, 1_000_000),
        range=(5000, 10_000),
        at_start=True,
    )
    world: float = field(
        30_000.0,
        "Researchers in AI of the world at the start",
        unit="FTE",
        bounds=(1000.0, 1e7),
        range=(20_000.0, 60_000.0),
        source="weightshift judgement from NeurIPS authors (MacroPolo 2024) and lab staff (Epoch AI)",
        at_start=True,
    )
    hardware_share: float = field(
        0.15, "Share of researchers whose skill is hardware", unit="1", bounds=(0.0, 1.0), range=(0.05, 0.3)
    )
    mobility: float = field(
        0.03,
        "Hazard that a researcher reconsiders the employer",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(0.015, 0.06),
        source="SignalFire 2025: two-year retention of 64-80%",
        confidence="estimated",
    )
    wage_weight: float = field(
        4.0,
        "Utility of a log point of wage",
        unit="utils per ln $",
        bounds=(0.1, 20.0),
        range=(1.5, 8.0),
        source="Labour-supply elasticities to the firm of 2-6 (Manning 2021)",
        confidence="estimated",
    )
    publishing_weight: float = field(
        1.15,
        "Utility of being allowed to publish",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.4, 1.6),
        source="Stern 2004: scientists accept 25% less, so 0.288 times the wage weight",
        confidence="measured",
    )
    weights_publishing: float = field(
        0.1,
        "Further value of each step of openness beyond the paper, in units of the paper's",
        unit="1",
        bounds=(-1.0, 1.0),
        range=(-0.2, 0.3),
    )
    prestige: float = field(
        2.0,
        "Utility of an OOM nearer to the frontier",
        unit="utils/OOM",
        bounds=(0.0, 20.0),
        range=(0.0, 5.0),
        source="SignalFire 2025: net flows of 8:1 and 11:1 to Anthropic",
    )
    equity: float = field(
        0.5,
        "Utility of a log point of the employer's rise in value over a year",
        unit="utils",
        bounds=(0.0, 5.0),
        range=(0.0, 2.0),
    )
    home: float = field(
        1.5,
        "Utility of working in the region of origin",
        unit="utils",
        bounds=(0.0, 10.0),
        range=(0.5, 3.0),
        source="MacroPolo 2024: workplace by origin",
        confidence="estimated",
    )
    switching_cost: float = field(
        2.5,
        "Cost of another employer",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source="SignalFire 2025: two-year retention",
        confidence="estimated",
    )
    migration_cost: float = field(
        3.0,
        "Further cost of another region",
        unit="utils",
        bounds=(0.0, 20.0),
        range=(1.0, 5.0),
        source="MacroPolo 2024: 87% of Chinese researchers in the US in 2019 still there",
        confidence="estimated",
    )
    taste_renewal: int = field(
        24,
        "Months after which a researcher's tastes for employers are drawn anew",
        unit="months",
        bounds=(1, 1200),
        range=(12, 48),
        source="Keeps exits near 19% a year",
    )
    elsewhere: float = field(
        4.0,
        "Utility of academia and other firms, which are many employers in one",
        unit="utils",
        bounds=(-20.0, 20.0),
        range=(2.0, 6.0),
    )
    elsewhere_wage: float = field(
        15_000.0, "Wage in academia and other firms", unit="$/month", bounds=(100.0, 1e7), range=(8000.0, 30_000.0)
    )
    human_share: float = field(
        0.4,
        "Share of a research budget that staff would earn in competition",
        unit="1",
        bounds=(0.01, 1.0),
        range=(0.2, 0.6),
        source="OpenAI 2024-25: research compute against staff (Epoch AI)",
        confidence="estimated",
    )
    wage_adjustment: float = field(
        0.2, "Speed at which posted wages follow the optimum", unit="1/month", bounds=(0.0, 1.0), range=(0.05, 0.5)
    )
    entry: float = field(
        0.15,
        "Entrants to the field a year, as a share of the world's researchers at the start",
        unit="1/year",
        bounds=(0.0, 2.0),
        range=(0.05, 0.3),
        source="weightshift judgement from growth of NeurIPS authors",
    )
    exit: float = field(0.002, "Hazard of leaving the field", unit="1/month", bounds=(0.0, 1.0), range=(0.001, 0.005))
    spin_out: float = field(
        2e-4,
        "Hazard that a researcher at a lab leaves to found a startup",
        unit="1/month",
        bounds=(0.0, 1.0),
        range=(5e-5, 1e-3),
        source="weightshift judgement from founders known to come from labs",
    )
    origin_us: float = field(
        0.18,
        "Share of entrants who come from the US",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.14, 0.22),
        source="MacroPolo 2024: origin of top-tier researchers, 2022",
        confidence="measured",
    )
    origin_cn: float = field(
        0.47,
        "Share of entrants who come from China",
        unit="1",
        bounds=(0.0, 0.8),
        range=(0.4, 0.54),
        source="MacroPolo 2024: origin of top-tier researchers, 2022",
        confidence="measured",
    )
    work_us: float = field(
        0.42,
        "Share of researchers who work in the US at the start",
        unit="1",
        bounds=(0.0, 1.0),
        range=(0.38, 0.46),
        source="MacroPolo 2024: workplace of top-tier researchers, 2022",
        confidence="measured",
        at_start=True,
    )
    work_cn: float = field(
        0.28,
        "Share of researchers who work in China at the start",
        unit="1",
        bounds=(0.0, 0.5),
        range=(0.24, 0.32),
        source="MacroPolo 2024: workplace of top-tier researchers, 2022",
        confidence="measured",
        at_start=True,
    )

    def origins(self) -> Float:
        """Shares of origin by region, shape (regions,)."""
        rest = max(0.0, 1.0 - self.origin_us - self.origin_cn)
        return np.array([self.origin_us, self.origin_cn, rest])

    def workplaces(self) -> Float:
        """Shares of workplace by region, shape (regions,)."""
        rest = max(0.0, 1.0 - self.work_us - self.work_cn)
        return np.array([self.work_us, self.work_cn, rest])


def publishing_value(openness: NDArray[np.int64], step: float) -> Float:
    """Value of publishing by openness level: (0, 1, 1 + u, 1 + 2u, 1 + 3u), of the shape of ``openness``."""
    return np.where(openness == 0, 0.0, 1.0 + step * np.maximum(openness - 1, 0))


def monopsony_wage(budget: Float, staff: Float, share: Float, human: float, weight: float) -> Float:
    """Wage of an employer that faces logit labour supply [$/month].

    w = MRP · e/(1 + e), e = β_w (1 − σ), with MRP = human share · budget / staff.

    Args:
        budget: Research budget [$/month], shape (labs,).
        staff: Researchers [FTE].
        share: Share σ of the lab in all researchers.
        human: Share of the budget that is the staff's marginal product.
        weight: β_w.

    Source: logit monopsony (Card, Cardoso, Heining & Kline 2018; Manning 2021).
    """
    supply = weight * (1.0 - share)
    return np.asarray(human * budget / staff * supply / (1.0 + supply))


def choose_employer(utility: Float, draw: Float) -> NDArray[np.int64]:
    """First clock to ring among employers: argmin −ln(u) e^(−U), the logit. Shapes (n, employers) → (n,)."""
    return np.asarray(np.argmin(np.log(-np.log(draw)) - utility, axis=1), np.int64)


@mechanism(
    reads=(
        "labs.active",
        "labs.budget",
        "labs.methods",
        "labs.openness",
        "labs.valuation",
        "labs.valuation_year_ago",
        "lines.capability",
        "lines.gain",
        "lines.live",
        "world.frontier",
    ),
    writes=(
        "labs.researchers",
        "labs.hardware_researchers",
        "labs.wage",
        "labs.carried",
        "researchers.employer",
        "researchers.identity",
        "researchers.origin",
        "researchers.skill",
        "governments.founders",
        "governments.hardware_researchers",
    ),
    neutral={
        "talent.mobility": 0.0,
        "talent.exit": 0.0,
        "talent.entry": 0.0,
        "talent.spin_out": 0.0,
        "talent.wage_adjustment": 0.0,
    },
)
def talent(market: Market) -> None:
    """Researchers retire, found startups, change employer and enter; labs post wages.

    U = β_w ln w + β_q (K − K*) + β_o u(o) + β_V ln(V/V₋₁₂) + home − switching − migration + ε, ε standard Gumbel and
    kept for two years. Source: Roy (1951), Moen (1997), Stern (2004), Manning (2021).
    """
    people, p = market.researchers, market.parameters.talent
    seed, month = market.seed, market.month
    before = people.employer.copy()
    leaving = draws.happens(p.exit, seed, "researcher_exit", month, people.identity)
    leaving &= people.employer != RETIRED
    people.employer[leaving] = RETIRED
    people.exited += int(np.count_nonzero(leaving))

    at_lab = np.flatnonzero((people.employer >= 0) & (people.employer < people.labs))
    founding = at_lab[draws.happens(p.spin_out, seed, "spin_out", month, people.identity[at_lab])]
    region = market.employer_region[people.employer[founding]]
    people.employer[founding] = people.startups(0) + region
    market.governments.founders[:] = np.bincount(region, minlength=len(REGIONS)) * people.weight

    turn = draws.happens(p.mobility, seed, "researcher_reconsider", month, people.identity)
    turn &= people.employer != RETIRED
    turn[founding] = False
    choosing = np.concatenate([np.flatnonzero(turn), _enter(market)])
    if choosing.size:
        people.employer[choosing] = _choose(market, choosing, settled=choosing < before.size)
    _count(market, before)
    adjust_wages(market, p.wage_adjustment)


def employer_appeal(market: Market) -> Float:
    """Utility of every employer that is the same for all, −inf where nobody can work, shape (employers,)."""
    labs, people, p = market.labs, market.researchers, market.parameters.talent
    appeal = np.full(people.employers, p.elsewhere)
    best, frontier = views.lab_capability(market), market.world.frontier[0]
    wage = np.log(np.maximum(labs.wage, 1.0) / p.elsewhere_wage)
    rise = np.log((labs.valuation + 1e6) / (labs.valuation_year_ago + 1e6))
    of_labs = p.wage_weight * wage + p.prestige * (np.maximum(best, frontier - 3.0) - frontier)
    of_labs += p.publishing_weight * publishing_value(labs.openness, p.weights_publishing)
    of_labs += p.equity * np.clip(rise, -1.0, 1.0)
    appeal[: people.labs] = np.where(labs.active, of_labs, -np.inf)
    return appeal


def _choose(market: Market, rows: NDArray[np.intp], settled: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Employers chosen; only the settled, who are not entrants, bear a cost of switching and migrating."""
    people, p = market.researchers, market.parameters.talent
    identity = people.identity[rows]
    phase = draws.uniform(market.seed, "researcher_phase", 0, identity)
    epoch = (market.month + (phase * p.taste_renewal).astype(np.int64)) // p.taste_renewal
    draw = draws.uniform(
        market.seed, "researcher_taste", epoch[:, None], identity[:, None], market.employer_option[None, :]
    )
    # By origin, and by employer now, which are few, and then of everybody.
    region = market.employer_region
    appeal = employer_appeal(market) + p.home * (region == np.arange(len(REGIONS))[:, None])
    cost = p.switching_cost * ~np.eye(people.employers, dtype=bool) + p.migration_cost * (region != region[:, None])
    utility = appeal[people.origin[rows]]
    utility[settled] -= cost[people.employer[rows[settled]]]
    return choose_employer(utility, draw).astype(np.int16)


def _enter(market: Market) -> NDArray[np.intp]:
    """Researchers enter the field, elsewhere in their region of origin until they choose; their rows."""
    people, p = market.researchers, market.parameters.talent
    rate = p.entry / 12.0 * p.researchers
    luck = draws.uniform(market.seed, "researcher_entry", market.month, np.arange(len(REGIONS)))
    numbers = [
        draws.poisson(rate * share, draw) for share, draw in zip(p.origins().tolist(), luck.tolist(), strict=True)
    ]
    identity = np.concatenate([entrant_identity(market.month, r, number) for r, number in enumerate(numbers)])
    region = np.repeat(np.arange(len(REGIONS)), numbers)
    hardware = draws.happens(p.hardware_share, market.seed, "researcher_identity", 0, identity)
    people.add(
        identity,
        (people.elsewhere(0) + region).astype(np.int16),
        region.astype(np.int8),
        np.where(hardware, HARDWARE, MODEL).astype(np.int8),
    )
    return np.arange(len(people) - identity.size, len(people))


def entrant_identity(month: int, region: int, number: int) -> NDArray[np.uint64]:
    """Identities of this month's entrants: the same people enter, whoever else did before them."""
    return np.uint64((1 << 40) + (month << 24) + (region << 20)) + np.arange(number, dtype=np.uint64)


def count_staff(market: Market) -> None:
    """Research staff of labs by skill, and of regions, wherever they work, with hardware skills."""
    people, labs, staff = market.researchers, market.labs, market.researchers.staff()
    labs.researchers[:], labs.hardware_researchers[:] = staff[:, : people.labs]
    by_region = np.bincount(market.employer_region, weights=staff[HARDWARE])
    market.governments.hardware_researchers[:] = np.maximum(by_region, 1.0)


def _count(market: Market, before: NDArray[np.int16]) -> None:
    people, labs = market.researchers, market.labs
    count_staff(market)
    moved = np.flatnonzero(before != people.employer[: before.size])
    moved = moved[(before[moved] != RETIRED) & (people.employer[moved] != RETIRED)]
    source, target = before[moved], people.employer[moved]
    market.record.add_flows(market.month, source, target, people.weight)
    between = (source < people.labs) & (target < people.labs) & (people.skill[moved] == MODEL)
    old, new = source[between], target[between]
    carried = people.weight / labs.researchers[new] * np.maximum(labs.methods[old] - labs.methods[new], 0.0)
    labs.carried[:] = np.bincount(new, weights=carried, minlength=len(labs))


def adjust_wages(market: Market, speed: float) -> None:
    """Posted wages move towards the optimum: ln w ← (1 − λ) ln w + λ ln w*, never below a tenth of those elsewhere.

    Args:
        market: The market.
        speed: λ; 1 posts the optimum.
    """
    people, labs, p = market.researchers, market.labs, market.parameters.talent
    staff = labs.researchers + labs.hardware_researchers
    share = staff / max(people.active() * people.weight, 1.0)
    target = monopsony_wage(labs.budget, np.maximum(staff, FOUNDING_TEAM), share, p.human_share, p.wage_weight)
    target = np.maximum(target, p.elsewhere_wage / 10.0)
    labs.wage[:] = np.maximum(labs.wage, 1.0) ** (1.0 - speed) * target**speed
