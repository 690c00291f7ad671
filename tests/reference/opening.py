"""The world before its first month."""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from tests.reference.hashing import BITS32, uniform
from tests.reference.past import Past, month_of
from tests.reference.startups import found
from tests.reference.talent import HOME_OPTION, STARTUP_OPTION, count_staff, post_wages, skill_of
from tests.reference.world import (
    ACCESS,
    NODES,
    ORGANISATIONS,
    REGIONS,
    TIERS,
    Developer,
    Employer,
    Government,
    Lab,
    Line,
    Researcher,
    Segment,
    State,
    of,
    three,
)


def open_market(p: Any, seed: int, developers: int, past: Past, strategies: dict[str, str]) -> State:
    """Labs as history has them, developers without a model, researchers at work, first startups."""
    if p.finance.founding > 0.0:
        past.add_newcomers()
    labs = [_lab(row, name, past) for row, name in enumerate(past.attributes)]
    set_strategies(labs, strategies)
    lines = [
        Line(0, lab, access, tier, option=1 + lab.uid * len(ACCESS) * len(TIERS) + access * len(TIERS) + tier)
        for lab in labs
        for access in range(len(ACCESS))
        for tier in range(len(TIERS))
    ]
    for row, line in enumerate(lines):
        line.row = row
    segments = _segments(p, past, len(lines))
    people = _developers(developers, segments)
    employers = [Employer(lab.region, lab.uid, lab) for lab in labs]
    employers += [Employer(region, HOME_OPTION + region) for region in range(len(REGIONS))]
    employers += [Employer(region, STARTUP_OPTION + region) for region in range(len(REGIONS))]
    governments = [Government(chip_price=p.compute.chip_price) for _ in REGIONS]
    m = State(p, seed, past, labs, lines, segments, people, [], employers, governments)
    for segment in segments:
        segment.base = [count * m.weight for count in segment.counts]
    _researchers(m)
    count_staff(m)
    m.world.outside_wage = [p.talent.elsewhere_wage] * 2
    for lab in labs:
        lab.budget = past.budget_of(lab.name, 0, 37)
    post_wages(m, speed=1.0)
    _first_startups(m)
    return m


def set_strategies(labs: list[Lab], plan: dict[str, str]) -> None:
    """Lab, or * for all that exist, → release strategy; a lab that is named overrides."""
    for lab in labs:
        if lab.name in plan:
            lab.strategy = plan[lab.name]
        elif "*" in plan and lab.strategy != "absent":
            lab.strategy = plan["*"]


def _lab(row: int, name: str, past: Past) -> Lab:
    a = past.attributes[name]
    return Lab(
        row,
        name,
        uid=int(a["uid"]),
        region=REGIONS.index(a["region"]),
        entry=max(0, month_of(a["entry"])),
        support=float(a["support"]),
        service=int(a["service"]),
        complement=float(a["complement"]),
        fit=float(a["fit_enterprise"]),
        safeguards=float(a["safeguards"]),
        cadence=float(a["cadence"]),
        methods=float(a["methods_0"]),
        serving=float(a["serving_0"]),
        cash=float(a["cash_0"]),
        trust=[float(a["trust_0"])] * len(REGIONS),
        parent=float(a["parent"]) > 0,
    )


def _segments(p: Any, past: Past, lines: int) -> list[Segment]:
    """Region by organisation by taste node. A region's budgets are scaled to its share of all budgets."""
    regions = [max(share, 1e-6) for share in three(p.population.developers_us, p.population.developers_cn)]
    spend = three(p.population.spend_us, p.population.spend_cn)
    organisations = [max(of(p.population.organisations, o), 1e-9) for o in range(len(ORGANISATIONS))]
    everybody = sum(organisations) * sum(regions)
    segments = []
    for region in range(len(REGIONS)):
        for organisation in range(len(ORGANISATIONS)):
            for node, node_share in NODES:
                share = regions[region] * organisations[organisation] * node_share / everybody
                budget = p.population.budget_scale * of(p.population.budgets, organisation)
                ceiling = p.population.ceiling_scale * of(p.population.budget_ceilings, organisation)
                richness = spend[region] / regions[region]
                segments.append(
                    Segment(
                        region,
                        organisation,
                        node,
                        share,
                        people=p.population.world * share,
                        budget_start=budget * richness,
                        budget_ceiling=max(ceiling, budget) * richness,
                        awareness=[p.awareness.floor + float(a["awareness_0"]) for a in past.attributes.values()],
                        price=[math.inf] * lines,
                        utility=[-math.inf] * lines,
                        counts=[0] * (1 + lines),
                    )
                )
    return segments


def _developers(number: int, segments: list[Segment]) -> list[Developer]:
    """The i-th point of a Weyl sequence falls into the cumulated shares of the segments; nobody has a model."""
    edges = list(accumulate(segment.share for segment in segments))[:-1]
    people = []
    for i in range(number):
        point = i * 0x9E3779B1 % BITS32 / BITS32
        people.append(Developer(i, bisect_right(edges, point)))
        segments[people[-1].segment].counts[0] += 1
    return people


def _researchers(m: State) -> None:
    """Founding staff at labs, also those to be founded; of labs that never exist, and all others, elsewhere."""
    p, labs = m.p.talent, m.labs
    staff = [round(float(m.past.attributes[lab.name]["researchers_0"]) / m.researcher_weight) for lab in labs]
    for lab, number in zip(labs, staff, strict=True):
        employer = len(labs) + lab.region if lab.strategy == "absent" else lab.row
        _settle(m, lab.uid, employer, number)
    others = max(p.researchers - sum(staff), 0)
    workplaces = _with_rest(p.work_us, p.work_cn)
    placed = 0
    for region, upto in enumerate(accumulate(workplaces)):
        number = math.floor(upto / sum(workplaces) * others + 0.5) - placed
        _settle(m, HOME_OPTION + region, len(labs) + region, number)
        placed += number


def _with_rest(us: float, cn: float) -> list[float]:
    return [us, cn, max(0.0, 1.0 - us - cn)]


def _settle(m: State, block: int, employer: int, number: int) -> None:
    p = m.p.talent
    here = m.employers[employer].region
    chances = [
        share * math.exp((p.home.us, p.home.cn, p.home.eu)[region] if region == here else 0.0)
        for region, share in enumerate(_with_rest(p.origin_us, p.origin_cn))
    ]
    cumulated = [chance / sum(chances) for chance in accumulate(chances)]
    for rank in range(number):
        identity = block * 2**20 + rank
        draw = uniform(m.seed, "researcher_identity", 1, identity)
        origin = next((region for region, upto in enumerate(cumulated) if draw <= upto), len(REGIONS) - 1)
        m.researchers.append(Researcher(identity, employer, origin, skill_of(m, identity, p.hardware_share)))


def _first_startups(m: State) -> None:
    shares = three(m.p.population.spend_us, m.p.population.spend_cn)
    placed = 0
    for region, upto in enumerate(accumulate(shares)):
        number = math.floor(upto * m.p.entry.stock + 0.5) - placed
        for index in range(number):
            found(m, region, month=-1, index=index)
        placed += number
