"""What happened to 2025-12: labs, compute, spending, releases, events, read from ``sim/data``."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from itertools import count, islice
from statistics import median, median_low
from typing import Any, NamedTuple, Self

import numpy as np

from sim.agents.lab import MAX_LABS, OPENNESS, TIERS, LabTable
from sim.data.attributes import BOUNDS, COLUMNS, OTHER, check_number
from sim.data.calendar import LAST_HISTORICAL_MONTH, month_of
from sim.data.index import oom
from sim.inputs.errors import ParameterError, as_whole, refused, shown
from sim.numerics.arrays import Bool, Float
from sim.parameters.fields import REGIONS

# In scenarios it means all labs.
_EVERYBODY = "*"
# Of a lab that is yet to be founded: it has nothing, and is for the rest as the median lab of its region.
_NEVER = "9999-12"
_NOTHING = ("researchers_0", "awareness_0", "cash_0", "support", "complement", "fit_enterprise", "parent")
_USUAL: dict[str, Callable[[list[float]], float]] = {
    "service": median_low,
    "trust_0": median,
    "safeguards": median,
    "cadence": median,
}


def read(name: str) -> list[dict[str, str]]:
    """Rows of a table in ``sim/data``."""
    text = resources.files("sim.data").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


class Release(NamedTuple):
    """One model of history; by default one of which nothing is known but that it was released.

    Attributes:
        lab: Row of its lab.
        tier: Flagship or light.
        level: Openness at release.
        model: Name.
        known: Measured capability [OOM], nan if not measured.
        reasoning: Whether it was trained to reason.
        starts_from: Model of another lab from whose weights it was trained, "" if none or unknown.
        active: Active parameters [bn], nan if not published.
        total: All parameters [bn], nan if not published.
        moved: By how many months a scenario has it later than it was, negative for earlier.
    """

    lab: int
    tier: int
    level: int
    model: str = ""
    known: float = math.nan
    reasoning: bool = False
    starts_from: str = ""
    active: float = math.nan
    total: float = math.nan
    moved: int = 0


@dataclass(frozen=True)
class History:
    """The record that a run starts from and, to its end, follows in capability, compute, dates and openness.

    Attributes:
        names: Labs, in table order.
        attributes: Lab → attribute → value, as in ``labs.csv``.
        compute: Lab → [(month, log₁₀ FLOP)].
        spending: Lab → [(month, $/year)].
        releases: Month → new models.
        openings: Month → [(row, tier, month of the model)]: weights of an older closed model.
        pulse_events: Month → [(lab, hazard)].
        wedges: [(month, region, proportional import price wedge)].
        discoveries: Lab → month of its discovery of reasoning.
        newcomers: How many of the labs, the last ones, are yet to be founded when the record has ended.
        moved_to: Last month into which a scenario moved a release (:mod:`sim.data.moved`), −1 if it moved none.
    """

    names: tuple[str, ...]
    attributes: Mapping[str, Mapping[str, str]] = field(repr=False)
    compute: Mapping[str, list[tuple[int, float]]] = field(repr=False)
    spending: Mapping[str, list[tuple[int, float]]] = field(repr=False)
    releases: Mapping[int, list[Release]] = field(repr=False)
    openings: Mapping[int, list[tuple[int, int, int]]] = field(repr=False)
    pulse_events: Mapping[int, list[tuple[str, float]]] = field(repr=False)
    wedges: list[tuple[int, int, float]] = field(repr=False)
    discoveries: Mapping[str, int] = field(repr=False)
    newcomers: int = 0
    moved_to: int = -1
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def with_lab(self, name: str, like: str, **attributes: Any) -> Self:
        """A history with one more lab, which has the attributes of another but for those given, and no releases.

        Args:
            name: New name.
            like: Lab to copy compute, spending and attributes from.
            attributes: As in ``labs.csv``; ``uid`` defaults to the lowest free one.

        Raises:
            ParameterError: The name or the uid is taken, the labs are too many, or an attribute cannot be.
        """
        if not isinstance(name, str) or not name.strip() or not name.isprintable() or name == _EVERYBODY:
            raise refused("name", name, "a name in one line, but for *, which means all labs")
        if name in self.names:
            raise ParameterError(f"name = {shown(name)} is not allowed: the lab exists already; allowed: another name")
        if not isinstance(like, str) or like not in self.names:
            raise refused("like", like, f"one of {', '.join(self.names)}")
        known = (*COLUMNS, *OTHER)
        for attribute in attributes:
            if attribute not in known:
                raise ParameterError(f"{attribute}: no such attribute of a lab; allowed: {', '.join(known)}")
        for attribute in BOUNDS.keys() & attributes.keys():
            check_number(attribute, attributes[attribute])
        month_of(attributes.get("entry", self.attributes[like]["entry"]))
        region = attributes.get("region", REGIONS[0])
        if not isinstance(region, str) or region not in REGIONS:
            raise refused("region", region, ", ".join(REGIONS))
        taken = {int(a["uid"]) for a in self.attributes.values()}
        free = next((uid for uid in range(MAX_LABS) if uid not in taken), None)
        asked = attributes.pop("uid", free)
        uid = as_whole(asked)
        if uid is None or uid in taken or not 0 <= uid < MAX_LABS:
            raise refused(f"uid of lab {name!r}", asked, f"a free one below {MAX_LABS}")
        new = {**self.attributes[like], **{k: str(v) for k, v in attributes.items()}, "uid": str(uid)}
        return replace(
            self,
            names=(*self.names, name),
            attributes={**self.attributes, name: new},
            compute={**self.compute, name: self.compute[like]},
            spending={**self.spending, name: self.spending[like]},
            _cache={},
        )

    def with_newcomers(self, each: int) -> History:
        """A history with so many labs a region behind its own that are yet to be founded, as long as uids are free.

        They take uids from above, so that they get in nobody's way, and know what the least of all labs knew.
        """
        if self.newcomers:
            return self
        if ("newcomers", each) not in self._cache:
            taken = {int(of_lab["uid"]) for of_lab in self.attributes.values()}
            free = (uid for uid in reversed(range(MAX_LABS)) if uid not in taken)
            made = {
                name: self._newcomer(region, uid)
                for (name, region), uid in zip(self._new_names(each), free, strict=False)
            }
            self._cache["newcomers", each] = replace(
                self,
                names=(*self.names, *made),
                attributes={**self.attributes, **made},
                compute={**self.compute, **{name: [(0, 0.0)] for name in made}},
                spending={**self.spending, **{name: [(0, 0.0)] for name in made}},
                newcomers=len(made),
                _cache={},
            )
        extended: History = self._cache["newcomers", each]
        return extended

    def _new_names(self, each: int) -> Iterator[tuple[str, str]]:
        """Name and region of those yet to be founded: the first of every region, then the second."""

        def free(region: str) -> Iterator[str]:
            names = (f"Newcomer {region} {number}" for number in count(1))
            return islice((name for name in names if name not in self.names), each)

        for names in zip(*map(free, REGIONS), strict=True):
            yield from zip(names, REGIONS, strict=True)

    def _newcomer(self, region: str, uid: int) -> dict[str, str]:
        peers = [self.attributes[self.names[row]] for row in self._peers(region)]
        usual = {name: str(of([float(peer[name]) for peer in peers])) for name, of in _USUAL.items()}
        least = {
            name: str(min(float(of_lab[name]) for of_lab in self.attributes.values()))
            for name in ("methods_0", "serving_0")
        }
        given = {"uid": str(uid), "region": region, "entry": _NEVER}
        return {**given, **dict.fromkeys(_NOTHING, "0"), **usual, **least}

    def _peers(self, region: str) -> list[int]:
        """Rows of the record's labs of a region, of all if it has none."""
        recorded = range(len(self.names) - self.newcomers)
        here = [row for row in recorded if self.attributes[self.names[row]]["region"] == region]
        return here or list(recorded)

    def lab_table(self) -> LabTable:
        """Labs as they were at the start."""
        table = LabTable(self.names)
        for row, name in enumerate(self.names):
            of_lab = self.attributes[name]
            for attribute, column in COLUMNS.items():
                getattr(table, column)[row] = float(of_lab[attribute])
            table.region[row] = REGIONS.index(of_lab["region"])
            table.entry[row] = max(0, month_of(of_lab["entry"]))
        table.training_cost[:] = 1.0
        return table

    def values(self, attribute: str) -> Float:
        """A number of every lab, shape (labs,)."""
        return np.array([float(self.attributes[name][attribute]) for name in self.names])

    def compute_path(self, month: int, end: int = LAST_HISTORICAL_MONTH) -> Float:
        """log₁₀ FLOP of the run each lab could release, shape (labs,): that of its last model whose compute is known.

        A model keeps its compute until there is another, so between anchors nothing grows, nor after ``end``.
        """
        if ("compute", end) not in self._cache:
            held = [[_before(self.compute[name], when)[1] for when in range(end + 1)] for name in self.names]
            self._cache["compute", end] = np.array(held)
        return np.asarray(self._cache["compute", end][:, min(month, end)])

    def budget_path(self, month: int, end: int = LAST_HISTORICAL_MONTH) -> Float:
        """Research budget of each lab [$/month], shape (labs,).

        Logs are interpolated between anchors to ``end`` and stay there; nothing that was published later enters.
        """
        if ("spending", end) not in self._cache:
            rows = []
            for name in self.names:
                when, dollars = zip(*(point for point in self.spending[name] if point[0] <= end), strict=True)
                with np.errstate(divide="ignore"):  # of nothing, which stays nothing
                    rows.append(np.interp(np.arange(end + 1), when, np.log10(dollars)))
            self._cache["spending", end] = np.array(rows)
        level = self._cache["spending", end][:, min(month, end)]
        return np.asarray(10.0**level / 12.0)

    def reaches(self, end: int) -> int:
        """Last month that can have a release of the record: its end, or later if one was moved beyond it."""
        return max(end, self.moved_to)

    def due(self, month: int) -> Bool:
        """Whether history has a release of each lab and tier in a month, shape (labs, tiers)."""
        result = np.zeros((len(self.names), len(TIERS)), bool)
        for model in self.releases.get(month, ()):
            result[model.lab, model.tier] = True
        return result

    def levels(self, row: int, tier: int, month: int, end: int = LAST_HISTORICAL_MONTH) -> tuple[int, ...]:
        """Openness of the releases of a month, else of the last ones before it, else closed.

        Of a lab that is yet to be founded the middle of what labs of its region do at the end, closed if in doubt.
        """
        if row >= len(self.names) - self.newcomers:
            peers = self._peers(self.attributes[self.names[row]]["region"])
            return (median_low(max(self.levels(peer, tier, end, end)) for peer in peers),)
        at, back = ("levels", row, tier, month, end), range(min(month, self.reaches(end)), -1, -1)
        if at not in self._cache:
            months = ([m.level for m in self.releases.get(when, ()) if (m.lab, m.tier) == (row, tier)] for when in back)
            self._cache[at] = tuple(sorted(next(filter(None, months), [0])))
        return tuple(self._cache[at])

    def last_release(self, row: int, end: int = LAST_HISTORICAL_MONTH) -> int:
        """Month of a lab's last release in history, 0 if none."""
        months = (month for month, models in self.releases.items() if any(model.lab == row for model in models))
        return max((month for month in months if month <= self.reaches(end)), default=0)

    def pulses(self, month: int) -> Float:
        """Awareness events of a month by lab [hazard], shape (labs,)."""
        events = np.zeros(len(self.names))
        for name, value in self.pulse_events.get(month, ()):
            events[self.names.index(name)] += value
        return events

    def wedge(self, month: int) -> Float:
        """Import price wedge on chips by region, shape (regions,)."""
        result = np.zeros(len(REGIONS))
        for when, region, value in self.wedges:
            if when <= month:
                result[region] = value
        return result

    def discoverers(self, month: int) -> Bool:
        """Labs that had discovered reasoning by a month, shape (labs,)."""
        return np.array([self.discoveries.get(name, month + 1) <= month for name in self.names])


@cache
def load() -> History:
    """The published record.

    Raises:
        ParameterError: A table contradicts itself.
    """
    attributes: dict[str, dict[str, str]] = {}
    for row in read("labs.csv"):
        attributes.setdefault(row["lab"], {})[row["attribute"]] = row["value"]
    names = tuple(attributes)
    for name, of_lab in attributes.items():
        missing = [a for a in (*COLUMNS, *OTHER) if a not in of_lab]
        if missing:
            raise ParameterError(f"labs.csv: {name} has no {missing[0]}")
    if len({of_lab["uid"] for of_lab in attributes.values()}) < len(names):
        raise ParameterError("labs.csv: two labs have one uid")
    releases: dict[int, list[Release]] = {}
    openings: dict[int, list[tuple[int, int, int]]] = {}
    for row in read("releases.csv"):
        lab, tier, month = names.index(row["lab"]), TIERS.index(row["tier"]), month_of(row["date"])
        if row["of"]:
            openings.setdefault(month, []).append((lab, tier, month_of(row["of"])))
        else:
            releases.setdefault(month, []).append(_release(lab, tier, row))
    pulses: dict[int, list[tuple[str, float]]] = {}
    wedges: list[tuple[int, int, float]] = []
    for row in sorted(read("events.csv"), key=lambda r: r["date"]):
        if row["kind"] == "pulse":
            pulses.setdefault(month_of(row["date"]), []).append((row["target"], float(row["value"])))
        else:
            wedges.append((month_of(row["date"]), REGIONS.index(row["target"]), float(row["value"])))
    return History(
        names,
        attributes,
        _anchors("compute.csv", "log10_flop"),
        _anchors("spending.csv", "rd_usd_per_year"),
        releases,
        openings,
        pulses,
        wedges,
        {row["lab"]: month_of(row["date"]) for row in read("discoveries.csv")},
    )


def _release(lab: int, tier: int, row: Mapping[str, str]) -> Release:
    return Release(
        lab,
        tier,
        OPENNESS.index(row["openness"]),
        row["model"],
        oom(float(row["eci"])) if row["eci"] else math.nan,
        row["reasoning"] == "1",
        row["starts_from"],
        float(row["active_bn"] or math.nan),
        float(row["total_bn"] or math.nan),
    )


def _before(anchors: list[tuple[int, float]], month: int) -> tuple[int, float]:
    """The last anchor of a month or before it, else the first."""
    return max((point for point in anchors if point[0] <= month), default=anchors[0])


def _anchors(table: str, column: str) -> dict[str, list[tuple[int, float]]]:
    result: dict[str, list[tuple[int, float]]] = {}
    for row in read(table):
        result.setdefault(row["lab"], []).append((month_of(row["date"]), float(row[column])))
    return {lab: sorted(points) for lab, points in result.items()}


def lab_names() -> tuple[str, ...]:
    """Labs of the published record."""
    return load().names
