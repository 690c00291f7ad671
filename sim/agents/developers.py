"""Developers: an array population of 10⁴ to 5·10⁷, six bytes each.

A developer has a word, a segment and a current option; tastes, awareness, dates of reconsideration and contributions
are recomputed from addressed draws, which begin with her word. She is not a Mesa agent, because an object costs
hundreds of bytes and a thousand times as long; :meth:`Developers.row` looks at one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import draws
from sim.fields import ORGANISATIONS, REGIONS, ByOrganisation, Section, by_organisation, field
from sim.tables import Float, Int, Table, column

NODES = (-1.2, 0.0, 1.2)
NODE_SHARES = (0.25, 0.5, 0.25)
_CHUNK = 1 << 20
# A Weyl sequence: equidistributed for every number of developers, so adding some moves nobody else.
_WEYL = np.uint32(0x9E3779B1)


class Segments(Table):
    """(region, organisation, taste node) cells in which all but luck is equal; index (r·5 + o)·3 + z."""

    region: Int = column(int, "index", "Region")
    organisation: Int = column(int, "index", "Organisation type")
    node: Float = column(float, "1", "Taste node: below zero price-sensitive, above quality-sensitive")
    share: Float = column(float, "1", "Share of all developers")
    people: Float = column(float, "developers", "Developers of the world in this segment")
    alpha: Float = column(float, "utils per ln $", "Price sensitivity")
    theta: Float = column(float, "utils/OOM", "Quality sensitivity")
    budget: Float = column(float, "$/month", "Budget of a developer this month")
    budget_start: Float = column(float, "$/month", "The same at the start")
    hazard: Float = column(float, "1/month", "Probability of reconsidering this month")
    inclusive: Float = column(float, "ln $", "Inclusive value over the outside option, in log money")
    awareness: Float = column(float, "hazard", "Cumulated awareness hazard of each lab", ("labs",))
    price: Float = column(float, "$/Mtok", "Cheapest price of each line for this segment", ("lines",))
    utility: Float = column(float, "utils", "Utility of each line without price", ("lines",))
    outside: Float = column(float, "utils", "Utility of the outside option, its price included")


class Population(Section):
    """Who the developers are, how many and what they spend."""

    world: float = field(
        47e6,
        "Developers of the world",
        unit="developers",
        bounds=(1.0, 1e9),
        range=(27e6, 47e6),
        source="SlashData 2025: 47 million",
        confidence="estimated",
        at_start=True,
    )
    organisations: ByOrganisation = field(
        by_organisation(0.58, 0.15, 0.16, 0.10, 0.01),
        "Developers by organisation, in proportion",
        unit="1",
        bounds=(0.0, 1e6),
        factor=1.3,
        at_start=True,
    )
    budgets: ByOrganisation = field(
        by_organisation(12.0, 350.0, 120.0, 1500.0, 2500.0),
        "Budget of a developer for models at the start, before the scale",
        unit="$/month",
        bounds=(0.01, 1e6),
        factor=2.0,
        at_start=True,
    )
    budget_scale: float = field(
        0.012,
        "Scales all budgets, so that spend at the end of 2025 is that of the market",
        unit="1",
        bounds=(1e-6, 10.0),
        range=(0.008, 0.02),
        source="Menlo Ventures 2025: enterprise API spend of $3.5bn to $12.5bn; revenue of OpenAI and Anthropic",
        confidence="estimated",
        at_start=True,
    )
    budget_growth: float = field(
        0.3,
        "ψ: growth of budgets with the frontier",
        unit="OOM $/OOM",
        bounds=(0.0, 3.0),
        range=(0.1, 0.6),
        source="Menlo Ventures 2025: $3.5bn at the end of 2024, $8.4bn in mid-2025",
        confidence="estimated",
    )
    developers_us: float = field(
        0.30, "Share of developers in the US", unit="1", bounds=(0.0, 1.0), range=(0.2, 0.4), at_start=True
    )
    developers_cn: float = field(
        0.25, "Share of developers in China", unit="1", bounds=(0.0, 0.9), range=(0.15, 0.35), at_start=True
    )
    spend_us: float = field(
        0.46, "Share of budgets in the US", unit="1", bounds=(0.0, 1.0), range=(0.36, 0.56), at_start=True
    )
    spend_cn: float = field(
        0.14, "Share of budgets in China", unit="1", bounds=(0.0, 0.9), range=(0.04, 0.24), at_start=True
    )

    def developer_shares(self) -> Float:
        """Shares of developers by region, shape (regions,), summing to one."""
        return _three(self.developers_us, self.developers_cn)

    def spend_shares(self) -> Float:
        """Shares of budgets by region, shape (regions,), summing to one."""
        return _three(self.spend_us, self.spend_cn)


def _three(us: float, cn: float) -> Float:
    """US, China and the rest; a sum above one is scaled down, so that no range of a design is refused."""
    shares = np.array([us, cn, max(0.02, 1.0 - us - cn)])
    return np.asarray(shares / shares.sum())


def new_segments(population: Population, lines: int, labs: int) -> Segments:
    """The 45 segments with their people and budgets.

    Budgets of a region are scaled so that its share of all budgets is that of ``spend_shares``.
    """
    organisations = population.organisations.array()
    organisations = np.maximum(organisations, 1e-9) / np.maximum(organisations, 1e-9).sum()
    segments = Segments(len(REGIONS) * len(ORGANISATIONS) * len(NODES), labs=labs, lines=lines)
    index = np.arange(len(segments))
    segments.region[:] = index // (len(ORGANISATIONS) * len(NODES))
    segments.organisation[:] = index // len(NODES) % len(ORGANISATIONS)
    node = index % len(NODES)
    regions = np.maximum(population.developer_shares(), 1e-6)
    segments.share[:] = regions[segments.region] * organisations[segments.organisation] * np.array(NODE_SHARES)[node]
    segments.share /= segments.share.sum()
    segments.node[:] = np.array(NODES)[node]
    segments.people[:] = population.world * segments.share
    richer = population.spend_shares() / regions
    budgets = population.budgets.array()[segments.organisation] * richer[segments.region]
    segments.budget_start[:] = population.budget_scale * budgets
    segments.budget[:] = segments.budget_start
    return segments


def segment_of(person: NDArray[np.uint32], edges: Float) -> NDArray[np.uint8]:
    """Segment of each developer: the cell of the cumulated shares into which her point of a Weyl sequence falls.

    Args:
        person: Indices, shape (n,).
        edges: Cumulated shares of the segments but the last, shape (G−1,).
    """
    point = (person * _WEYL).astype(np.float64) * 2.0**-32
    return np.searchsorted(edges, point, side="right").astype(np.uint8)


@dataclass(frozen=True)
class Developer:
    """One developer, as seen from outside."""

    index: int
    region: str
    organisation: str
    node: float
    option: int


class Developers:
    """The population.

    Args:
        number: Agents, each standing for ``weight`` developers.
        segments: Their cells.
        options: Options of choice; 0 is the outside option, line j is option j + 1.
        world: Developers of the world.
        seed: Of the run.

    Attributes:
        identity: Word from which all draws of each are made, uint32, shape (number,).
        segment: Cell of each, uint8, shape (number,).
        choice: Current option of each, uint8, shape (number,).
        counts: Agents by (segment, option), int64, shape (G, options).
    """

    def __init__(self, number: int, segments: Segments, options: int, world: float, seed: int) -> None:
        self.number = number
        self.weight = world / number
        self.identity = np.empty(number, np.uint32)
        self.segment = np.empty(number, np.uint8)
        self.choice = np.zeros(number, np.uint8)
        self.counts = np.zeros((len(segments), options), np.int64)
        edges = np.cumsum(segments.share)[:-1]
        for start in range(0, number, _CHUNK):
            stop = min(number, start + _CHUNK)
            person = np.arange(start, stop, dtype=np.uint32)
            self.identity[start:stop] = draws.identity_words(seed, person)
            self.segment[start:stop] = segment_of(person, edges)
            # Counted by chunk, because bincount casts what it is given to eight bytes each.
            self.counts[:, 0] += np.bincount(self.segment[start:stop], minlength=len(segments))

    def __len__(self) -> int:
        return self.number

    def row(self, index: int) -> Developer:
        """Look at one developer."""
        region_organisation, node = divmod(int(self.segment[index]), len(NODES))
        region, organisation = divmod(region_organisation, len(ORGANISATIONS))
        return Developer(index, REGIONS[region], ORGANISATIONS[organisation], NODES[node], int(self.choice[index]))


def taste_epoch(word: NDArray[np.uint32], month: int, period: int) -> NDArray[np.bool_]:
    """Whether a person's tastes are already those of the later of the two epochs that share a month.

    Tastes are renewed every ``period`` months at a personal phase, uniform over 0 … period−1: the epoch is
    ⌊(month + phase) / period⌋, so month // period for the early and one more for the late.
    """
    phase = (word >> np.uint32(16)) * np.uint32(period) >> np.uint32(16)
    return np.asarray(phase >= np.uint32(period - month % period))
