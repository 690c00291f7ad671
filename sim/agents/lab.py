"""Labs and their product lines: Mesa agents that are rows of a table."""

from __future__ import annotations

import mesa
import numpy as np

from sim.agents.government import KINDS
from sim.agents.tables import RowView, Table, cells, column
from sim.numerics.arrays import Bool, Float, Int
from sim.parameters.fields import REGIONS

ACCESS = ("closed", "open", "legacy")
TIERS = ("flagship", "light")
FLAGSHIP, LIGHT = 0, 1
CLOSED, OPEN, LEGACY = 0, 1, 2
SLOTS = len(ACCESS) * len(TIERS)
OPENNESS = ("closed", "paper", "weights", "weights_code", "everything")
PAPER, WEIGHTS = OPENNESS.index("paper"), OPENNESS.index("weights")
MAX_LABS = 42
# How much a level of openness shows to users and auditors, from nothing, 0, to everything, 1 (weightshift judgement).
TRANSPARENCY = np.array([0.1, 0.3, 0.5, 0.75, 1.0])


class Labs(Table):
    """Every lab of the market, one row each."""

    uid: Int = column(int, "1", "Permanent identity: the address of the lab's draws")
    region: Int = column(int, "index", "Home region")
    entry: Int = column(int, "month", "Month in which the lab starts to exist")
    active: Bool = column(bool, "1", "Exists this month")
    methods: Float = column(float, "OOM", "Training know-how: effective over physical compute")
    methods_gain: Float = column(float, "OOM/month", "Own gain of training know-how last month")
    serving: Float = column(float, "OOM", "Serving know-how: how much cheaper the same model is served")
    reasoning: Float = column(float, "OOM", "Gain from reinforcement learning and thinking at inference")
    absorption: Float = column(float, "1", "Share of what leaks that the lab can use")
    discovered: Bool = column(bool, "1", "Does its own research on reasoning")
    compute: Float = column(float, "log10 FLOP", "Training run that the lab could release this month")
    compute_history: Float = column(float, "log10 FLOP", "The same on the historical path")
    training_cost: Float = column(float, "1", "Cost of training relative to what it would be without a scenario")
    budget: Float = column(float, "$/month", "Research and development budget")
    budget_history: Float = column(float, "$/month", "The same on the historical path")
    researchers: Float = column(float, "FTE", "Research staff with model skills")
    hardware_researchers: Float = column(float, "FTE", "Research staff with hardware skills")
    wage: Float = column(float, "$/month", "Posted wage of a researcher with model skills")
    hardware_wage: Float = column(float, "$/month", "Posted wage of a researcher with hardware skills")
    exits: Float = column(float, "FTE", "Research staff that left this month, whatever for")
    carried: Float = column(float, "OOM", "Training know-how that this month's hires brought along")
    parent: Bool = column(bool, "1", "A parent or founder pays, and no equity is raised")
    cash: Float = column(float, "$", "Money at hand")
    equity: Float = column(float, "$/month", "Equity raised this month")
    backers: Float = column(float, "$/month", "What parents, founders and others of unknown motive would give")
    backing: Float = column(float, "$/month", "What they gave this month; to T all that was raised")
    award: Float = column(float, "$/month", "Grant that a scenario gives this lab by name")
    grant: Float = column(float, "$/month", "Grants this month, its part of its region's included")
    raised: Float = column(float, "$/month", "Equity and backers' money this month")
    payout: Float = column(float, "1", "Share of rent that is paid out")
    dividends: Float = column(float, "$/month", "Paid out this month, to creditors once the lab has exited")
    struggling: Int = column(int, "months", "Months in a row in which money did not suffice")
    exited: Int = column(int, "month", "Month in which the lab exited, 0 if it has not")
    promise: Float = column(
        float, "OOM", "Capability from which a lab founded after T starts; −inf of labs of the record"
    )
    support: Float = column(float, "1", "Money that does not depend on rents, in units of the mean lab's rent")
    complement: Float = column(float, "$/user-month", "What a user of own open weights is worth elsewhere")
    revenue: Float = column(float, "$/month", "Revenue, first-party hosting of open lines included")
    cost: Float = column(float, "$/month", "Cost of serving")
    rent: Float = column(float, "$/month", "Gross profit on closed lines, hosting share and complements")
    rent_expected: Float = column(float, "$/month", "Rent once everybody had reconsidered")
    rent_lasting: Float = column(float, "$/month", "Rent that the lab would keep whoever held what now")
    rent_smoothed: Float = column(float, "$/month", "Exponential mean of the rent")
    profit: Float = column(float, "$/month", "Rent less research and development")
    lead_believed: Float = column(float, "OOM", "Lead over the best open model that markets believe in; nan if none")
    lead_usual: Float = column(float, "OOM", "Its mean over the months that rents are of; nan if none")
    news: Float = column(float, "ln", "What markets know and rents do not show yet, added to log value")
    value: Float = column(float, "$", "What the lab is believed to be worth by what rents show")
    valuation: Float = column(
        float, "$", "What markets quote, news included: to T of a multiple of expected rent, then of the value"
    )
    valuation_year_ago: Float = column(float, "$", "The same, an exponential mean over a year")
    openness: Int = column(int, "level", "Openness of its methods: that of its most capable live line")
    attraction: Float = column(
        float, "1", "What each level is believed to bring, in spend of a year; nan if never asked", ("tiers", "levels")
    )
    trust: Float = column(float, "1", "Trust of users of each region, above 0 and below 1", ("regions",))
    auditors: Float = column(float, "1", "Share of possible auditors that look at its models")
    safeguards: Float = column(float, "1", "Quality of safeguards on served models, 0 to 1")
    severity: Float = column(
        float, "1", "Severity of this month's incidents with its closed and open models by region", ("regions", "kinds")
    )
    withdrawn: Float = column(float, "1", "Share of its closed models of two years that are gone")
    legal: Float = column(float, "$/month", "What the law costs it: compliance of releases, liability of services")
    service: Int = column(int, "level", "Where it supports users: 0 nowhere, 1 in its region, 2 everywhere")
    fit: Float = column(float, "utils", "Fit with firms: small, large and regulated")
    cadence: Float = column(float, "months", "Mean interval between releases once history ends")
    next_release: Int = column(int, "month", "Month of the next drawn release")
    runs: Int = column(int, "1", "Drawn releases so far")
    size: Float = column(float, "OOM over 175 bn", "Effective size of its last model by tier", ("tiers",))
    released: Bool = column(bool, "1", "Whether it has released a model of the tier", ("tiers",))
    residual_last: Float = column(float, "OOM", "Residual of the last model by tier", ("tiers",))
    residual_month: Int = column(int, "month", "Month of that model", ("tiers",))
    candidate: Float = column(float, "OOM", "Capability of this month's finished run by tier; nan if none", ("tiers",))


class Lines(Table):
    """Product lines: (lab, access, tier) slots that releases rewrite, ``SLOTS`` a lab."""

    lab: Int = column(int, "row", "Row of the lab")
    tier: Int = column(int, "index", "Flagship or light")
    access: Int = column(int, "index", "Closed, open, or the open version before the last (legacy)")
    option: Int = column(int, "1", "Permanent identity as an option of choice")
    live: Bool = column(bool, "1", "Can be chosen")
    fresh: Bool = column(bool, "1", "Released this month")
    birth: Int = column(int, "month", "Month of the release")
    capability: Float = column(float, "OOM", "Capability at release: the sum of the next three")
    pretraining: Float = column(float, "OOM", "Part of it from pre-training, which others can learn and inherit")
    thought: Float = column(float, "OOM", "Part of it from reasoning, which only weights teach")
    added: Float = column(float, "OOM", "Part of it that reinforcement learning on somebody else's weights added")
    gain: Float = column(float, "OOM", "Gain from the community since")
    size: Float = column(float, "OOM over 175 bn", "Effective size: active and all parameters")
    openness: Int = column(
        int, "level", "Openness of its methods: 0 closed, 1 paper, 2 weights, 3 and code, 4 everything"
    )
    cost: Float = column(float, "$/Mtok", "Marginal cost of serving")
    price: Float = column(float, "$/Mtok", "List price (closed) or host price (open)")
    lerner: Float = column(float, "1", "Price-cost margin over price: of the lab (closed), of hosts (open)")
    hosts: Float = column(float, "1", "Hosts of an open line under free entry")
    users: Float = column(float, "developers", "Developers on the line")
    spend: Float = column(float, "$/month", "Spend on the line")
    app_spend: Float = column(float, "$/month", "Part of it that startups spend")
    tokens: Float = column(float, "Mtok/month", "Tokens served")
    ecosystem: Float = column(float, "share", "Ecosystem stock: use and contributions")
    contributions: Float = column(float, "units/month", "Contributions this month, 1 = a mean contributor's")
    contributed: Float = column(float, "units", "Cumulated contributions that still apply")
    reciprocity: Float = column(float, "1", "Contributions a user last month")


class LabTable(Labs):
    """Labs with their names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(len(names), tiers=len(TIERS), levels=len(OPENNESS), regions=len(REGIONS), kinds=len(KINDS))
        self.names = names
        self.attraction[:] = np.nan


def new_lines(labs: Labs) -> Lines:
    """Empty lines for every lab: slot = access · 2 + tier, six a lab in lab order."""
    lines = Lines(len(labs) * SLOTS)
    slot = np.arange(lines.rows) % SLOTS
    lines.lab[:] = np.arange(lines.rows) // SLOTS
    lines.tier[:] = slot % len(TIERS)
    lines.access[:] = slot // len(TIERS)
    lines.option[:] = 1 + labs.uid[lines.lab] * SLOTS + slot
    return lines


@cells(Labs)
class Lab(RowView, mesa.Agent):
    """One lab. Its attributes are the cells of its row in ``market.labs``."""

    def __init__(self, model: mesa.Model, table: LabTable, row: int) -> None:
        self.table, self.row = table, row
        self.name = table.names[row]
        super().__init__(model)
