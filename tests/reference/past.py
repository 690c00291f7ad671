"""What happened to 2025-12, from the raw tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from sim.data.history import read
from tests.reference.world import OPENNESS, REGIONS, TIERS

LAST = 37
"""2025-12, the last month of the tables; month 0 is 2022-11."""


@dataclass
class Model:
    """A model of history: name, tier, openness, measured capability, whether it reasons, what it was trained from.

    ``moved`` is by how many months a scenario has it later.
    """

    name: str
    tier: int
    level: int
    known: float | None
    reasons: bool
    starts_from: str
    active: float | None
    total: float | None
    moved: int = 0


def month_of(date: str) -> int:
    """Months from 2022-11 to a date YYYY-MM."""
    year, month = date.split("-")
    return 12 * (int(year) - 2022) + int(month) - 11


@dataclass
class Past:
    """The tables, by lab name.

    Attributes:
        attributes: Lab → attribute → text.
        compute: Lab → anchors (month, log₁₀ FLOP).
        spending: Lab → anchors (month, log₁₀ $ a year).
        releases: (lab, tier, month) → new models.
        openings: (lab, month) → [(tier, month of the closed model whose weights are published)].
        pulses: (month, lab, hazard).
        wedges: (month, region, wedge), in order.
        discoveries: Lab → month.
        newcomers: Labs that can be founded after the record.
    """

    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    compute: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    spending: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    releases: dict[tuple[str, int, int], list[Model]] = field(default_factory=dict)
    openings: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)
    pulses: list[tuple[int, str, float]] = field(default_factory=list)
    wedges: list[tuple[int, int, float]] = field(default_factory=list)
    discoveries: dict[str, int] = field(default_factory=dict)
    newcomers: list[str] = field(default_factory=list)
    moved_to: int = -1

    def move(self, shifts: dict[str, dict[int, int]], end: int) -> None:
        """Live through the calendar, and give every model, anchor and event the first month in which it is due.

        A shift holds from the month in which it is said. What happened after the end is forgotten.
        """
        new: dict[tuple[str, int], int] = {}  # lab and month of the record → month
        for lab, a in self.attributes.items():
            entry = max(0, month_of(a["entry"]))
            waiting, shift = [month for month in range(-100, end + 1)], 0
            for today in range(-100, end + 100):
                shift = shifts.get(lab, {}).get(today, shift)
                while waiting and waiting[0] + shift <= today and (waiting[0] < entry or today >= entry):
                    new[lab, waiting.pop(0)] = today
        releases, openings = self.releases, self.openings
        self.releases, self.openings = {}, {}
        for (lab, tier, month), models in sorted(releases.items()):
            if month <= end:
                at = new[lab, month]
                self.releases.setdefault((lab, tier, at), []).extend(
                    replace(model, moved=at - month) for model in models
                )
        for (lab, month), opened in sorted(openings.items()):
            if month <= end:
                moved = [(tier, new[lab, of]) for tier, of in opened]
                self.openings.setdefault((lab, new[lab, month]), []).extend(moved)
        self.pulses = [(new[lab, month], lab, value) for month, lab, value in self.pulses if month <= end]
        for lab, anchors in self.compute.items():
            known = {new[lab, month]: flop for month, flop in anchors if month <= end}
            if min(known, default=0) > 0:
                known[0] = anchors[0][1]  # the first counts for what was before, also where several come at once
            self.compute[lab] = sorted(known.items()) or anchors[:1]
        self.discoveries = {lab: new[lab, month] for lab, month in self.discoveries.items() if month <= end}
        self.moved_to = max(new.values())

    def until(self, end: int) -> int:
        """Last month in which there can be something of the record."""
        return max(end, self.moved_to)

    def add_newcomers(self) -> None:
        """A lab of each region that does not exist yet: like the middle of its labs, without anything of their own."""
        recorded = dict(self.attributes)
        least = {what: str(min(float(a[what]) for a in recorded.values())) for what in ("methods_0", "serving_0")}
        for region in REGIONS:
            here = [a for a in recorded.values() if a["region"] == region]
            name = f"Newcomer {region} 1"
            self.attributes[name] = {
                "uid": str(41 - len(self.newcomers)),
                "region": region,
                "entry": "9999-12",
                **dict.fromkeys(("support", "complement", "fit_enterprise", "cash_0", "parent"), "0"),
                **dict.fromkeys(("researchers_0", "awareness_0"), "0"),
                **least,
                "service": str(sorted(int(a["service"]) for a in here)[(len(here) - 1) // 2]),
                **{what: str(median(float(a[what]) for a in here)) for what in ("cadence", "safeguards", "trust_0")},
            }
            self.compute[name], self.spending[name] = [(0, 0.0)], [(0, -math.inf)]
            self.newcomers.append(name)

    def compute_of(self, lab: str, month: int, end: int) -> float:
        """log₁₀ FLOP of the lab's last model whose compute is known."""
        anchors = self.compute[lab]
        level = anchors[0][1]
        for when, flop in anchors:
            if when <= min(month, end):
                level = flop
        return level

    def budget_of(self, lab: str, month: int, end: int) -> float:
        """Research budget [$/month]; logs are interpolated between what was known by the end."""
        anchors = [anchor for anchor in self.spending[lab] if anchor[0] <= end]
        return 10.0 ** between(anchors, min(month, end)) / 12

    def levels(self, lab: str, tier: int, month: int, end: int) -> list[int]:
        """Openness of this month's releases of the tier, else of the last ones before, else closed.

        Of a newcomer the middle one of its region's labs at the end, the lower of two.
        """
        if lab in self.newcomers:
            home = self.attributes[lab]["region"]
            others = [name for name, a in self.attributes.items() if a["region"] == home and name not in self.newcomers]
            usual = sorted(max(self.levels(other, tier, end, end)) for other in others)
            return [usual[(len(usual) - 1) // 2]]
        month = min(month, self.until(end))
        while month >= 0:
            if (lab, tier, month) in self.releases:
                return sorted(model.level for model in self.releases[lab, tier, month])
            month -= 1
        return [0]

    def last_release(self, lab: str, end: int) -> int:
        """Month of the lab's last new model, 0 if none."""
        end = self.until(end)
        return max((month for name, _, month in self.releases if name == lab and month <= end), default=0)

    def pulse(self, lab: str, month: int) -> float:
        """Awareness events of the lab in the month [hazard]."""
        return sum(value for when, name, value in self.pulses if when == month and name == lab)

    def wedge(self, region: int, month: int) -> float:
        """Import price wedge on chips: the last one decreed."""
        decreed = [value for when, where, value in self.wedges if where == region and when <= month]
        return decreed[-1] if decreed else 0.0


def between(anchors: list[tuple[int, float]], month: int) -> float:
    """Linear between anchors, flat before the first and after the last."""
    if month <= anchors[0][0]:
        return anchors[0][1]
    for (start, low), (stop, high) in pairwise(anchors):
        if month <= stop:
            return low + (high - low) * (month - start) / (stop - start)
    return anchors[-1][1]


def load() -> Past:
    """Read everything."""
    past = Past()
    for row in read("labs.csv"):
        past.attributes.setdefault(row["lab"], {})[row["attribute"]] = row["value"]
    for row in read("compute.csv"):
        past.compute.setdefault(row["lab"], []).append((month_of(row["date"]), float(row["log10_flop"])))
    for row in read("spending.csv"):
        dollars = math.log10(float(row["rd_usd_per_year"]))
        past.spending.setdefault(row["lab"], []).append((month_of(row["date"]), dollars))
    for anchors in (*past.compute.values(), *past.spending.values()):
        anchors.sort()
    for row in read("releases.csv"):
        lab, tier, month = row["lab"], TIERS.index(row["tier"]), month_of(row["date"])
        if row["of"]:
            past.openings.setdefault((lab, month), []).append((tier, month_of(row["of"])))
        else:
            known = (float(row["eci"]) - 113.0) / 13.5 if row["eci"] else None
            level, reasons = OPENNESS.index(row["openness"]), row["reasoning"] == "1"
            model = Model(
                row["model"],
                tier,
                level,
                known,
                reasons,
                row["starts_from"],
                *(float(row[size]) if row[size] else None for size in ("active_bn", "total_bn")),
            )
            past.releases.setdefault((lab, tier, month), []).append(model)
    for row in sorted(read("events.csv"), key=lambda row: row["date"]):
        if row["kind"] == "pulse":
            past.pulses.append((month_of(row["date"]), row["target"], float(row["value"])))
        else:
            past.wedges.append((month_of(row["date"]), REGIONS.index(row["target"]), float(row["value"])))
    for row in read("discoveries.csv"):
        past.discoveries[row["lab"]] = month_of(row["date"])
    return past
