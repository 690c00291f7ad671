"""Who and what is in the plain market: one object each."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from math import inf
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reference.past import Past

REGIONS = ("US", "CN", "EU")
US, CN, EU = range(3)
ORGANISATIONS = ("indie", "startup", "smb", "enterprise", "regulated")
NODES = ((-1.2, 0.25), (0.0, 0.5), (1.2, 0.25))
"""Taste nodes and their shares."""
TIERS = ("flagship", "light")
FLAGSHIP, LIGHT = range(2)
ACCESS = ("closed", "open", "legacy")
CLOSED, OPEN, LEGACY = range(3)
OPENNESS = ("closed", "paper", "weights", "weights_code", "everything")
PAPER, WEIGHTS = 1, 2
TRANSPARENCY = (0.1, 0.3, 0.5, 0.75, 1.0)
"""What each level of openness shows to users and auditors."""
MODEL, HARDWARE = range(2)
RETIRED = -1
SLOTS = 100_000
"""Most startups at a time."""


@dataclass
class Lab:
    """A lab; names and units as in the project's tables."""

    row: int
    name: str
    uid: int
    region: int
    entry: int
    support: float
    service: int
    complement: float
    fit: float
    safeguards: float
    cadence: float
    methods: float
    serving: float
    cash: float
    trust: list[float]  # by region
    parent: bool
    strategy: str = "historical"
    active: bool = False
    discovered: bool = False
    methods_gain: float = 0.0
    reasoning: float = 0.0
    absorption: float = 0.0
    compute: float = 0.0
    compute_history: float = 0.0
    training_cost: float = 1.0
    budget: float = 0.0
    budget_history: float = 0.0
    researchers: float = 0.0
    hardware_researchers: float = 0.0
    wage: float = 0.0
    hardware_wage: float = 0.0
    carried: float = 0.0
    equity: float = 0.0
    backers: float = 0.0
    backing: float = 0.0
    award: float = 0.0
    grant: float = 0.0
    raised: float = 0.0
    payout: float = 0.0
    dividends: float = 0.0
    struggling: int = 0
    exited: int = 0
    promise: float = -inf
    revenue: float = 0.0
    cost: float = 0.0
    rent: float = 0.0
    rent_expected: float = 0.0
    rent_lasting: float = 0.0
    rent_smoothed: float = 0.0
    profit: float = 0.0
    value: float = 0.0
    valuation: float = 0.0
    valuation_year_ago: float = 0.0
    openness: int = 0
    attraction: list[list[float | None]] = field(default_factory=lambda: [[None] * 5, [None] * 5])  # by tier, level
    auditors: float = 0.0
    severity: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0] for _ in REGIONS])  # by region, kind
    withdrawn: float = 0.0
    legal: float = 0.0
    lead_believed: float | None = None
    lead_usual: float | None = None
    news: float = 0.0
    next_release: int = 0
    runs: int = 0
    candidate: list[float | None] = field(default_factory=lambda: [None, None])  # by tier
    size: list[float] = field(default_factory=lambda: [0.0, 0.0])
    released: list[bool] = field(default_factory=lambda: [False, False])
    residual_last: list[float] = field(default_factory=lambda: [0.0, 0.0])
    residual_month: list[int] = field(default_factory=lambda: [0, 0])


@dataclass
class Line:
    """A product line: the slot of a lab for an access and a tier."""

    row: int
    lab: Lab
    access: int
    tier: int
    option: int
    live: bool = False
    fresh: bool = False
    birth: int = 0
    pretraining: float = 0.0
    thought: float = 0.0
    added: float = 0.0
    gain: float = 0.0
    size: float = 0.0
    openness: int = 0
    cost: float = 0.0
    price: float = 0.0
    lerner: float = 0.0
    hosts: float = 0.0
    users: float = 0.0
    spend: float = 0.0
    tokens: float = 0.0
    ecosystem: float = 0.0
    app_spend: float = 0.0
    contributions: float = 0.0
    contributed: float = 0.0
    reciprocity: float = 0.0

    @property
    def capability(self) -> float:
        """At release: pre-training, reasoning, and what reinforcement learning added to somebody else's weights."""
        return self.pretraining + self.thought + self.added

    @property
    def closed(self) -> bool:
        """Weights are not public."""
        return self.access == CLOSED

    @property
    def quality(self) -> float:
        """Capability with what the community added."""
        return self.capability + self.gain


@dataclass
class Segment:
    """Developers who differ in luck only. ``counts[0]`` do without a model, ``counts[1 + line]`` use one."""

    region: int
    organisation: int
    node: float
    share: float
    people: float
    budget_start: float
    awareness: list[float]
    price: list[float]
    utility: list[float]
    counts: list[int]
    base: list[float] = field(default_factory=list)  # people whom labs expect on each option
    budget_ceiling: float = 0.0
    budget: float = 0.0
    alpha: float = 0.0
    theta: float = 0.0
    hazard: float = 0.0
    start: float = 0.0
    inclusive: float = 0.0
    outside: float = 0.0


@dataclass
class Developer:
    """A developer; choice 0 is no model, 1 + row a line."""

    number: int
    segment: int
    choice: int = 0


@dataclass
class Startup:
    """A startup; ``base`` is the row of a line, None before the first choice."""

    uid: int
    region: int
    founded: int
    quality: float
    finetuning: float
    cash: float
    base: int | None = None
    price: float = 1.0
    revenue: float = 0.0
    model_spend: float = 0.0
    contribution: float = 0.0


@dataclass
class Researcher:
    """A researcher; ``employer`` is a number of ``Market.employers`` or ``RETIRED``."""

    identity: int
    employer: int
    origin: int
    skill: int


@dataclass
class Employer:
    """A lab, or academia and other firms of a region, or startups of a region."""

    region: int
    option: int
    lab: Lab | None = None


@dataclass
class Government:
    """A region."""

    chip_wedge: float = 0.0
    grant: float = 0.0
    chip_subsidy: float = 0.0
    chip_price: float = 0.0
    domestic_experience: float = 1.0
    founders: float = 0.0
    founding_value: float = 0.0
    hazard: list[float] = field(default_factory=lambda: [0.0, 0.0])  # of closed, of open models; so all below
    incidents: list[int] = field(default_factory=lambda: [0, 0])
    pressure: list[float] = field(default_factory=lambda: [0.0, 0.0])
    stringency: list[float] = field(default_factory=lambda: [0.0, 0.0])


@dataclass
class World:
    """What belongs to nobody."""

    frontier: float = 0.0
    public_serving: float = 0.0
    adoption: float = 0.0
    spend: float = 0.0
    spend_before: float = 0.0
    spend_smoothed: float = 0.0
    growth: float = 1.0
    outside_wage: list[float] = field(default_factory=list)  # by skill
    multiple: float = 0.0
    contested: float = 0.0
    equal_compute: bool = False
    consumers: float = 0.0
    open_efficiency: float | None = None
    efficiency_growth: float = 0.0
    hardware: float = 0.0
    entries: float = 0.0
    exits: float = 0.0


@dataclass
class Run:
    """A finished run. ``own``, ``shortfall`` and ``extra`` are its residual; measured ones count in its lab's mean."""

    month: int
    lab: Lab
    tier: int
    level: int
    name: str
    pretraining: float
    thought: float
    added: float
    own: float
    shortfall: float
    extra: float
    counts: bool
    size: float

    @property
    def capability(self) -> float:
        """The sum of its parts."""
        return self.pretraining + self.thought + self.added


@dataclass
class Ending:
    """What is left to be explained of a lab's money at T.

    Attributes:
        retained: Part of the rents to be ploughed back that was.
        used: Part of the capacity to raise equity that was used.
        backing: Money of unknown motive [$/month].
        worth: What rents were worth to backers [$].
        runway: Cash over budget [months].
        compute: Log₁₀ of compute over what was spent on it.
        excess: Compute over budget, less that of the median lab [OOM].
        budget: Research budget, of a lab founded later its first [$/month].
    """

    retained: float
    used: float
    backing: float
    worth: float
    runway: float
    compute: float
    excess: float
    budget: float


@dataclass
class Decision:
    """Why a lab released a model as it did.

    Attributes:
        month: When.
        lab: Row of the lab.
        tier: Flagship or light.
        level: What it chose.
        payoffs: By level, component → $ of a year.
        spend: On all models in a year [$].
        on_sale: Whether it was about a closed model on sale, which a level below 2 leaves as it is.
    """

    month: int
    lab: int
    tier: int
    level: int
    payoffs: list[dict[str, float]]
    spend: float
    on_sale: bool


@dataclass
class Memory:
    """What is remembered of each month, by month.

    Attributes:
        taught: What can be learned from each lab after release: pre-training of its best closed model, pre-training and
            reasoning of its best open model, pre-training of its own flagship; −inf where there is none.
        runs: Every finished run.
        closed_models: (lab, tier) → parts of capability and size of live closed models after release.
        rents: Smoothed rent of each lab at the end.
        budgets: Research budget of each lab.
        raised: What each lab was given.
        compute: log₁₀ FLOP of each lab.
        money: What the record leaves to be explained of each lab's money at its end.
        chip_prices: Price of compute by region.
        spend: Spend on all lines at the end.
        frontier: K* at the end.
        outside: Researchers outside labs by skill, after moves.
        wages: Mean wage of researchers by skill, after moves.
        decisions: What strategic labs decided, in the order in which they did.
    """

    taught: list[list[tuple[float, float, float, float]]] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    closed_models: list[dict[tuple[int, int], tuple[float, float, float, float]]] = field(default_factory=list)
    rents: list[list[float]] = field(default_factory=list)
    budgets: list[list[float]] = field(default_factory=list)
    raised: list[list[float]] = field(default_factory=list)
    compute: list[list[float]] = field(default_factory=list)
    money: list[Ending] = field(default_factory=list)
    chip_prices: list[list[float]] = field(default_factory=list)
    spend: list[float] = field(default_factory=list)
    frontier: list[float] = field(default_factory=list)
    outside: list[list[float]] = field(default_factory=list)
    wages: list[list[float]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


@dataclass
class State:
    """Everything that the steps of a month read and write.

    Attributes:
        p: Parameter values, ``p.section.name``.
        seed: The run's seed.
        past: History.
        anchor: The market whose rents and chip prices anchor investment; None if it is its own.
        startups: Slot → startup.
    """

    p: Any
    seed: int
    past: Past
    labs: list[Lab]
    lines: list[Line]
    segments: list[Segment]
    developers: list[Developer]
    researchers: list[Researcher]
    employers: list[Employer]
    governments: list[Government]
    startups: dict[int, Startup] = field(default_factory=dict)
    world: World = field(default_factory=World)
    memory: Memory = field(default_factory=Memory)
    anchor: State | None = None
    finished: list[Run] = field(default_factory=list)
    month: int = 0

    @property
    def end(self) -> int:
        """Last month of the record."""
        year, month = self.p.record.end.split("-")
        return 12 * (int(year) - 2022) + int(month) - 11

    @property
    def inputs_end(self) -> int:
        """Last month in which compute, dates and openness are those of history."""
        return 37 if self.p.record.given else self.end

    @property
    def weight(self) -> float:
        """Developers of the world for whom one stands."""
        return self.p.population.world / len(self.developers)

    @property
    def researcher_weight(self) -> float:
        """Researchers of the world for whom one stands."""
        return self.p.talent.world / self.p.talent.researchers

    def live_lines(self) -> list[Line]:
        """Lines that can be chosen."""
        return [line for line in self.lines if line.live]

    def open_frontier(self, behind: float) -> float:
        """Best of live open models, what was public before the start, and the frontier less so much."""
        models = [line.quality for line in self.lines if line.live and not line.closed]
        return max(*models, self.p.release.open_at_start, self.world.frontier - behind, -math.inf)

    def capability_of(self, lab: Lab) -> float:
        """Most capable live model of a lab, −inf if none."""
        return max((line.quality for line in self.lines if line.lab is lab and line.live), default=-inf)


def values(tree: dict[str, Any]) -> Any:
    """Parameter values by attribute."""
    return SimpleNamespace(**{name: values(v) if isinstance(v, dict) else v for name, v in tree.items()})


def of(group: Any, organisation: int) -> float:
    """The value for an organisation type."""
    return float(getattr(group, ORGANISATIONS[organisation]))


def three(us: float, cn: float) -> list[float]:
    """Shares of the regions; the rest has at least 2 per cent before they are scaled to one."""
    shares = [us, cn, max(0.02, 1.0 - us - cn)]
    return [share / sum(shares) for share in shares]
