"""Developers: an array population of 10⁴ to 5·10⁷, six bytes each.

A developer has a word, a segment and a current option; tastes, awareness, dates of reconsideration and contributions
are recomputed from addressed draws, which begin with her word. She is not a Mesa agent, because an object costs
hundreds of bytes and a thousand times as long; :meth:`Developers.row` looks at one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.agents.tables import Table, column
from sim.inputs.errors import whole
from sim.numerics import draws
from sim.numerics.arrays import Float, Int
from sim.parameters.fields import ORGANISATIONS, REGIONS
from sim.parameters.population import Population

NODES = (-1.2, 0.0, 1.2)
NODE_SHARES = (0.25, 0.5, 0.25)
# Least share of an organisation or a region in all developers, so that none of the segments is empty.
LEAST_ORGANISATION, LEAST_REGION = 1e-9, 1e-6
_CHUNK = 1 << 20
_CELL = np.arange(len(REGIONS) * len(ORGANISATIONS) * len(NODES))
REGION_OF_SEGMENT = _CELL // (len(ORGANISATIONS) * len(NODES))
ORGANISATION_OF_SEGMENT = _CELL // len(NODES) % len(ORGANISATIONS)
_ABROAD = REGIONS.index("CN") != REGION_OF_SEGMENT
# Segments that publishers of market shares look at: firms, and individuals and startups, both outside China.
FIRMS_ABROAD = _ABROAD & np.isin(ORGANISATION_OF_SEGMENT, [ORGANISATIONS.index(name) for name in ("smb", "enterprise")])
CODERS_ABROAD = _ABROAD & np.isin(ORGANISATION_OF_SEGMENT, [ORGANISATIONS.index(name) for name in ("indie", "startup")])
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
    budget_ceiling: Float = column(float, "$/month", "Most that it can become")
    hazard: Float = column(float, "1/month", "Probability that a user reconsiders this month")
    start: Float = column(float, "1/month", "Probability that somebody without a model tries this month")
    inclusive: Float = column(float, "ln $", "Inclusive value over the outside option, in log money")
    awareness: Float = column(float, "hazard", "Cumulated awareness hazard of each lab", ("labs",))
    price: Float = column(float, "$/Mtok", "Cheapest price of each line for this segment", ("lines",))
    utility: Float = column(float, "utils", "Utility of each line without price", ("lines",))
    outside: Float = column(float, "utils", "Utility of the outside option, its price included")
    base: Float = column(float, "developers", "Who labs expect on each option, the first being none", ("options",))


def new_segments(population: Population, lines: int, labs: int) -> Segments:
    """The 45 segments with their people and budgets.

    Budgets of a region are scaled so that its share of all budgets is that of ``spend_shares``.
    """
    organisations = population.organisations.array()
    organisations = np.maximum(organisations, LEAST_ORGANISATION) / np.maximum(organisations, LEAST_ORGANISATION).sum()
    segments = Segments(_CELL.size, labs=labs, lines=lines, options=1 + lines)
    segments.region[:], segments.organisation[:] = REGION_OF_SEGMENT, ORGANISATION_OF_SEGMENT
    node = _CELL % len(NODES)
    regions = np.maximum(population.developer_shares(), LEAST_REGION)
    segments.share[:] = regions[segments.region] * organisations[segments.organisation] * np.array(NODE_SHARES)[node]
    segments.share /= segments.share.sum()
    segments.node[:] = np.array(NODES)[node]
    segments.people[:] = population.world * segments.share
    richer = population.spend_shares() / regions
    budgets = population.budgets.array()[segments.organisation] * richer[segments.region]
    segments.budget_start[:] = population.budget_scale * budgets
    segments.budget[:] = segments.budget_start
    ceilings = population.budget_ceilings.array()[segments.organisation] * richer[segments.region]
    segments.budget_ceiling[:] = np.maximum(population.ceiling_scale * ceilings, segments.budget_start)
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
        """Look at one developer.

        Raises:
            ParameterError: There is none of that number, 0 to the last.
        """
        index = whole("index", index, 0, self.number - 1)
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
