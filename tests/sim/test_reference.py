"""The array market against a second one written agent by agent in plain Python (tests/reference)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from sim import Market, Parameters, Scenario
from sim.numerics import draws
from sim.record import Payoff
from sim.views.labour import graduates
from tests.instruments.labs import impoverish
from tests.instruments.verbs import HARD_TIMES
from tests.reference import hashing
from tests.reference.market import Change, PlainMarket
from tests.reference.world import ACCESS, REGIONS, RETIRED, TIERS, WEIGHTS

DEVELOPERS = 300
RELATIVE, ABSOLUTE = 1e-9, 1e-12
# One part in 10⁹ of a quantity whose logarithm to base ten is kept.
OOM = RELATIVE / math.log(10.0)

LABS_EXACT = (
    "uid",
    "region",
    "entry",
    "active",
    "discovered",
    "openness",
    "next_release",
    "runs",
    "residual_month",
    "parent",
    "struggling",
    "exited",
)
LABS_OOM = (
    *("methods", "methods_gain", "serving", "reasoning", "carried", "compute", "compute_history"),
    *("candidate", "residual_last", "size", "promise"),
)
LABS = (
    *("absorption", "training_cost", "budget", "budget_history", "researchers", "hardware_researchers"),
    *("wage", "hardware_wage"),
    *("support", "complement", "revenue", "cost", "rent", "rent_expected", "rent_lasting", "rent_smoothed"),
    *("award", "grant", "equity", "backers", "payout", "dividends", "value"),
    *("valuation", "valuation_year_ago", "trust", "auditors", "safeguards", "severity", "fit", "cadence"),
    *("withdrawn", "legal", "lead_believed", "lead_usual", "news"),
)
# Differences of large sums, so in units of the budgets that pass through them.
LABS_MONEY = ("cash", "raised", "backing", "profit")
LINES_EXACT = ("tier", "access", "option", "live", "fresh", "birth", "openness")
LINES_OOM = ("capability", "pretraining", "thought", "added", "gain", "size")
LINES = (
    *("cost", "price", "lerner", "hosts", "users", "spend", "app_spend", "tokens"),
    *("ecosystem", "contributions", "contributed", "reciprocity"),
)
SEGMENTS_EXACT = ("region", "organisation", "node")
SEGMENTS = (
    *(
        "share",
        "people",
        "alpha",
        "theta",
        "budget",
        "budget_start",
        "budget_ceiling",
        "hazard",
        "start",
        "inclusive",
        "outside",
    ),
    *("awareness", "price", "utility", "base"),
)
STARTUPS_EXACT = ("uid", "region", "founded")
STARTUPS = ("quality", "finetuning", "price", "revenue", "model_spend", "contribution")
GOVERNMENTS = (
    *("chip_wedge", "grant", "chip_subsidy", "chip_price", "domestic_experience", "founders"),
    *("founding_value", "hazard", "pressure", "stringency"),
)
WORLD_OOM = ("frontier", "public_serving", "open_efficiency", "efficiency_growth")
WORLD = (
    *("adoption", "consumers", "spend", "spend_before", "spend_smoothed", "growth", "multiple", "contested"),
    *("entries", "exits"),
    "hardware",
)


class Comparison:
    """Two markets in one month; the first mismatch fails with month, table, column, row and both values."""

    def __init__(self, market: Market, plain: PlainMarket) -> None:
        self.market, self.plain = market, plain.state
        assert market.month == self.plain.month

    def fail(self, table: str, column: str, row: Any, array: Any, plain: Any) -> None:
        pytest.fail(
            f"month {self.market.month} ({self.market.date}), {table}.{column}[{row}]: "
            f"array market {array!r}, plain market {plain!r}",
            pytrace=False,
        )

    def exact(self, table: str, column: str, array: Iterable[Any], plain: Iterable[Any]) -> None:
        """Whole numbers and truth values, one by one."""
        ours, theirs = np.asarray(array).tolist(), list(plain)
        if len(ours) != len(theirs):
            self.fail(table, column, "length", len(ours), len(theirs))
        for row, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if one != other:
                self.fail(table, column, row, one, other)

    def close(
        self,
        table: str,
        column: str,
        array: Iterable[Any],
        plain: Iterable[Any],
        tolerance: Callable[[float, int], float],
    ) -> None:
        """Floats, one by one; missing values and infinities must be the same."""
        ours, theirs = np.asarray(array, dtype=np.float64), list(plain)
        if len(ours) != len(theirs):
            self.fail(table, column, "length", len(ours), len(theirs))
        for row, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if isinstance(other, list):
                self.close(table, f"{column}[{row}]", one, other, tolerance)
                continue
            number = math.nan if other is None else float(other)
            if float(one) == number or (math.isnan(one) and math.isnan(number)):
                continue
            if not abs(one - number) <= tolerance(number, row):
                self.fail(table, column, row, float(one), number)

    def check(self) -> None:
        """Everything."""
        self.people()
        self.startups()
        self.decisions()
        self.labs_and_lines()
        self.segments()
        self.labour()
        self.rest()

    def people(self) -> None:
        market, plain = self.market, self.plain
        self.exact("developers", "segment", market.developers.segment, [p.segment for p in plain.developers])
        self.exact("developers", "choice", market.developers.choice, [p.choice for p in plain.developers])
        for g, segment in enumerate(plain.segments):
            self.exact("developers", f"counts[{g}]", market.developers.counts[g], segment.counts)
        for column in ("identity", "employer", "origin", "skill"):
            people = [getattr(person, column) for person in plain.researchers]
            self.exact("researchers", column, getattr(market.researchers, column), people)

    def startups(self) -> None:
        table, plain = self.market.startups, self.plain.startups
        alive = np.flatnonzero(table.alive)
        rows = sorted(plain)
        self.exact("startups", "alive", alive, rows)
        for column in STARTUPS_EXACT:
            self.exact("startups", column, getattr(table, column)[alive], [getattr(plain[row], column) for row in rows])
        bases = [-1 if plain[row].base is None else plain[row].base for row in rows]
        self.exact("startups", "base", table.base[alive], bases)
        for column in STARTUPS:
            values = [getattr(plain[row], column) for row in rows]
            self.close("startups", column, getattr(table, column)[alive], values, relative)
        size = self.market.parameters.entry.fixed_cost + self.market.parameters.entry.seed_money
        cash = [plain[row].cash for row in rows]
        self.close("startups", "cash", table.cash[alive], cash, lambda value, _: RELATIVE * max(abs(value), size))

    def labs_and_lines(self) -> None:
        labs, lines, plain = self.market.labs, self.market.lines, self.plain
        for column in LABS_EXACT:
            self.exact("labs", column, getattr(labs, column), [getattr(lab, column) for lab in plain.labs])
        for columns, tolerance in ((LABS_OOM, logarithm), (LABS, relative)):
            for column in columns:
                values = [getattr(lab, column) for lab in plain.labs]
                self.close("labs", column, getattr(labs, column), values, tolerance)
        attraction = [lab.attraction for lab in plain.labs]
        self.close("labs", "attraction", labs.attraction, attraction, lambda value, _: RELATIVE * max(abs(value), 1.0))
        runway = 1.0 + self.market.parameters.finance.runway
        size = [runway * (lab.budget + abs(lab.rent)) for lab in plain.labs]
        for column in LABS_MONEY:
            values = [getattr(lab, column) for lab in plain.labs]
            self.close("labs", column, getattr(labs, column), values, lambda v, row: RELATIVE * max(abs(v), size[row]))
        self.exact("lines", "lab", lines.lab, [line.lab.row for line in plain.lines])
        for column in LINES_EXACT:
            self.exact("lines", column, getattr(lines, column), [getattr(line, column) for line in plain.lines])
        for columns, tolerance in ((LINES_OOM, logarithm), (LINES, relative)):
            for column in columns:
                values = [getattr(line, column) for line in plain.lines]
                self.close("lines", column, getattr(lines, column), values, tolerance)

    def decisions(self) -> None:
        """Why strategic labs released as they did, component by component, in units of spend."""
        ours, theirs = self.market.record.decisions, self.plain.memory.decisions
        self.exact("decisions", "number", [len(ours)], [len(theirs)])
        for one, other in zip(ours, theirs, strict=True):
            what = f"{other.lab} {TIERS[other.tier]} in {other.month}"
            self.exact("decisions", what, (one.month, one.lab, one.tier), (other.month, other.lab, other.tier))
            stays = other.on_sale and other.level < WEIGHTS
            self.exact("decisions", f"level of {what}", one.levels, [] if stays else [other.level])
            self.exact("decisions", f"what {what} is about", [one.live], [other.on_sale])
            self.close("decisions", "spend", [one.spend], [other.spend], relative)
            for level, (payoff, plain) in enumerate(zip(one.payoffs, other.payoffs, strict=True)):
                for name, value in payoff._asdict().items():
                    tolerance = RELATIVE * max(abs(plain[name]), other.spend)
                    self.close("decisions", f"{name} of {what}", [value], [plain[name]], lambda *_, t=tolerance: t)
                assert set(plain) == set(payoff._asdict()), level

    def segments(self) -> None:
        for column in SEGMENTS_EXACT:
            values = [getattr(segment, column) for segment in self.plain.segments]
            self.exact("segments", column, getattr(self.market.segments, column), values)
        for column in SEGMENTS:
            values = [getattr(segment, column) for segment in self.plain.segments]
            self.close("segments", column, getattr(self.market.segments, column), values, relative)

    def labour(self) -> None:
        """What researchers earn outside labs and in the mean, by skill."""
        world, plain = self.market.world, self.plain
        self.close("world", "outside_wage", world.outside_wage[0], plain.world.outside_wage, relative)
        ours = self.market.record.workforce[-1]
        self.close("workforce", "outside", ours.outside, plain.memory.outside[-1], relative)
        self.close("workforce", "wage", ours.wage, plain.memory.wages[-1], relative)

    def rest(self) -> None:
        governments, world = self.plain.governments, self.plain.world
        incidents = [government.incidents for government in governments]
        self.exact("governments", "incidents", self.market.governments.incidents, incidents)
        for column in GOVERNMENTS:
            values = [getattr(government, column) for government in governments]
            self.close("governments", column, getattr(self.market.governments, column), values, relative)
        for columns, tolerance in ((WORLD_OOM, logarithm), (WORLD, relative)):
            for column in columns:
                self.close("world", column, getattr(self.market.world, column), [getattr(world, column)], tolerance)


def relative(value: float, row: int) -> float:
    """One part in 10⁹, and rounding near zero."""
    return max(RELATIVE * abs(value), ABSOLUTE)


def logarithm(value: float, row: int) -> float:
    """The same for a logarithm: never more than one part in 10⁹ of what it is the logarithm of."""
    return min(relative(value, row), OOM)


SMALL = {"talent.researchers": 300, "entry.stock": 10, "entry.rate": 0.004}


def parameters(**changes: Any) -> Parameters:
    return Parameters().with_(**{**SMALL, **changes})


def in_step(market: Market, plain: PlainMarket, months: int, watch: Callable[[Market], None] = lambda _: None) -> None:
    """Live through the months with both and compare after each."""
    Comparison(market, plain).check()
    watch(market)
    for _ in range(months):
        market.step()
        plain.step()
        Comparison(market, plain).check()
        watch(market)


def test_hash():
    addresses = [
        (seed, decision, epoch, agent, option)
        for seed in (0, 20221130, 2**63 - 1)
        for decision in ("taste", "researcher_taste", "severity")
        for epoch in (-1, 0, 37)
        for agent in (0, 299, 2**41 + 5)
        for option in (0, 71)
    ]
    for address in addresses:
        assert hashing.uniform(*address) == draws.uniform(*address)[0], address
        assert hashing.normal(*address) == pytest.approx(draws.normal(*address)[0], rel=1e-12, abs=1e-14), address
    for seed, decision, epoch, agent, option in addresses:
        word = draws.person_words(seed, decision, epoch, np.array([agent % 2**32], np.uint32))
        assert hashing.person_word(seed, decision, epoch, agent % 2**32) == word[0]
        assert hashing.option_word(int(word[0]), option) == draws.option_words(word, option)[0, 0]
        assert hashing.uniform23(int(word[0])) == draws.as_uniform(word)[0]
    for probability in (0.0, 1e-12, 0.1, 1.0 - 1e-12, 1.0):
        assert hashing.bar(probability) == draws.threshold(probability)
    for rate in (0.0, 0.03, 1.0, 20.0, 500.0):
        for draw in (0.001, 0.3, 0.9, 0.999):
            assert hashing.poisson(rate, draw) == draws.poisson(rate, draw), (rate, draw)


def test_history_and_what_follows():
    # Rates of rare events are raised, so that every one of them happens to the few agents.
    p = parameters(**{"talent.spin_out": 0.005, "research.discovery": 0.05})
    seen: dict[str, float] = dict.fromkeys(
        ("releases after history", "founders", "exits", "entries", "incidents", "raised", "carried"), 0.0
    )

    def watch(market: Market) -> None:
        seen["releases after history"] += market.month > 37 and market.lines.fresh.any()
        seen["founders"] += (market.researchers.employer >= len(market.labs) + len(REGIONS)).any()
        seen["exits"] += market.world.exits[0]
        seen["entries"] += market.world.entries[0]
        seen["incidents"] += market.governments.incidents.sum()
        seen["raised"] += market.labs.raised.sum()
        seen["carried"] += market.labs.carried.sum()

    market = Market(p, rng=20221130, developers=DEVELOPERS)
    in_step(market, PlainMarket(p.to_dict(), 20221130, DEVELOPERS), 44, watch)
    assert market.date == "2026-07"
    assert not [what for what, times in seen.items() if not times]
    assert market.lines.live.reshape(-1, len(ACCESS), len(TIERS)).any(axis=(0, 2)).all(), "closed, open and legacy"
    assert market.labs.discovered.sum() > 1
    assert (market.researchers.employer == RETIRED).any()
    assert market.researchers.entered > len(market.researchers.identity[market.researchers.identity < 2**40])
    assert len({int(option) for option in market.developers.choice}) > 10


def against_its_reference(
    seed: int,
    months: int,
    developers: int = DEVELOPERS,
    setup: dict[str, Any] | None = None,
    shock: Callable[[Market, PlainMarket], None] | None = None,
    **changes: Any,
) -> Market:
    """A scenario beside the market without its changes, which anchors its investment; a shock hits both each month."""
    p = parameters(**changes)
    scenario = Scenario.from_dict({"name": "difference", **(setup or {})})
    base = p.with_(**scenario.params)
    dated: dict[str, Change] = {}
    now = base
    for date, change in sorted(scenario.changes.items()):
        now = now.with_(**change.params)
        dated[date] = Change(
            now.to_dict(),
            change.labs,
            change.grants,
            change.chip_subsidies,
            change.training_cost,
            change.equal_compute,
            change.release_shift,
        )
    market = Market(p, rng=seed, developers=developers, setup=scenario)
    anchor = PlainMarket(p.to_dict(), seed, developers)
    plain = PlainMarket(base.to_dict(), seed, developers, scenario.labs, dated, anchor)
    in_step(market, plain, months, lambda _: shock(market, plain) if shock else None)
    return market


def test_no_weights_from_a_date_on_and_strategies():
    market = against_its_reference(
        7,
        26,
        setup={
            "params": {"compute.wedge": 2.0, "finance.elasticity": 0.6},
            "labs": {"Mistral": "absent", "Meta": "closed", "Google": "delayed", "Anthropic": "open_weights"},
            "changes": {"2024-06": {"params": {"release.weights_allowed": False}, "labs": {"*": "historical"}}},
        },
        **{"release.delay": 5},
    )
    assert not market.lines.live[market.lines.lab == market.lab_names.index("Mistral")].any()
    assert (market.labs.openness[market.labs.active] >= 2).any(), "methods stay open where weights may not go"


def test_self_hosting_costly_switching_and_frozen_budgets():
    changes = {
        "adoption.switching_cost": 4.0,
        "pricing.bound_new_models": False,
        "pricing.reset": 1.0,
        "adoption.taste_renewal": 7,
        "adoption.hazard": 0.5,
        "adoption.price_taste": 0.45,
        "adoption.quality_taste": 0.3,
        "adoption.home_of_weights": 0.25,
        "finance.invest_mode": "frozen",
        "law.half_pressure": 20.0,
        "contribution.cost_mean": 2.0,
        "contribution.community_scale": 1e4,
        "contribution.relevance.smb": 2.5,
        "contribution.relevance.enterprise": 0.0,
        **{f"pricing.utilisation.{o}": 0.95 for o in ("indie", "startup", "smb", "enterprise", "regulated")},
        **{f"pricing.operations.{o}": 0.001 for o in ("indie", "startup", "smb", "enterprise", "regulated")},
        **{f"adoption.weights_preference.{o}": 1.0 for o in ("indie", "startup", "smb", "enterprise", "regulated")},
        "adoption.privacy.smb": 0.7,
        "adoption.privacy.regulated": 1.2,
    }
    hosted_by_users = 0

    def watch(market: Market) -> None:
        nonlocal hosted_by_users
        own = market.segments.price < market.lines.price[None, :]
        hosted_by_users += int((market.developers.counts[:, 1:] * own).sum())

    p = parameters(**changes)
    market = Market(p, rng=2**62 + 11, developers=DEVELOPERS)
    in_step(market, PlainMarket(p.to_dict(), 2**62 + 11, DEVELOPERS), 38, watch)
    assert hosted_by_users > 0
    assert market.governments.stringency.max() > 0.1
    assert market.lines.gain.max() > 0.01


def test_labs_that_give_up_and_what_states_decree():
    """Three labs have no money and no customers and end, closed lines leave, none is new; states give, one is cheap."""
    poor = ("OpenAI", "Google", "Mistral")

    def shock(market: Market, plain: PlainMarket) -> None:
        for row in (market.lab_names.index(name) for name in poor):
            if 12 <= market.month < 15:
                impoverish(market.lab_agents[row], plain.state.labs[row])

    market = against_its_reference(
        7,
        22,
        shock=shock,
        setup={
            "changes": {
                "2023-05": {"grants": {"US": 1e8, "DeepSeek": 2e7}, "chip_subsidies": {"CN": 0.4}},
                "2023-10": {"training_cost": {"Mistral": 0.1}, "grants": {"US": 0.0}, "equal_compute": True},
                "2024-02": {"equal_compute": False, "labs": {"Meta": "closed"}},
            },
        },
        **{**HARD_TIMES, "record.end": "2023-06", "finance.upkeep": 0.6, "finance.contest": 2.0},
        **{"finance.founding": 0.0},
    )
    gone = (market.labs.exited > 0)[market.lines.lab]
    assert [market.lab_names[row] for row in np.flatnonzero(market.labs.exited)] == list(poor)
    assert not market.lines.live[gone & (market.lines.access == 0)].any()
    assert market.labs.grant.any() and market.governments.chip_subsidy.any()


def test_labs_that_are_founded():
    """Where it pays, beside a reference in which others are; some build, some give up, one region has no lab to be of.

    Labs of the record lose their cash as well, so there are exits and foundings in one run.
    """
    poor = ("Google", "Newcomer CN 1")

    def shock(market: Market, plain: PlainMarket) -> None:
        for row in (market.lab_names.index(name) for name in poor):
            if 12 <= market.month < 15:
                impoverish(market.lab_agents[row], plain.state.labs[row])

    market = against_its_reference(
        7,
        20,
        shock=shock,
        setup={
            "labs": {"Mistral": "absent", "Meta": "closed"},
            "params": {"finance.contest": 1.5},
            "changes": {
                "2023-08": {"params": {"finance.founding_cost": 2e8}, "grants": {"EU": 3e8}},
                "2023-12": {"labs": {"*": "open_weights"}, "equal_compute": True},
            },
        },
        **{"record.end": "2023-06", "finance.founding": 1.0, "finance.founding_cost": 1e8, "finance.grace": 2},
    )
    labs, first = market.labs, len(market.labs) - market.history.newcomers
    assert market.reference is not None
    months = labs.entry[first:]
    assert market.history.newcomers == 3 and (months <= market.month).sum() >= 2
    assert months[market.lab_names.index("Newcomer EU 1") - first] <= market.month
    assert [market.lab_names[row] for row in np.flatnonzero(labs.exited)] == list(poor)
    assert market.lines.live.reshape(len(labs), -1)[first:].any(axis=1).sum() >= 2, "they release"
    assert labs.researchers[first:].any()


def test_releases_at_other_dates():
    """Some labs are ahead of their record and some behind it, one beyond its end, one for some months only."""
    market = against_its_reference(
        5,
        24,
        setup={
            "changes": {
                "2022-11": {"release_shift": {"Meta": 7, "Google": -3, "Alibaba": 4}},
                "2023-04": {"release_shift": {"OpenAI": -4, "xAI": 9, "DeepSeek": -12, "Alibaba": 0}},
                "2023-12": {"release_shift": {"OpenAI": 2}},
            },
        },
        **{"record.end": "2024-03"},
    )
    moved = {run.model: run.month for run in market.record.completed if run.level >= 0}
    assert moved["LLaMA-65B"] == 10 and moved["Grok-1"] > 16, "later than the record ends"
    assert any(run.level < 0 for run in market.record.completed)


@pytest.mark.slow
def test_a_record_that_ends_earlier():
    """What comes after its end is the model's own, also in a scenario without a lab, and with rules of procurement."""
    market = against_its_reference(
        3,
        36,
        setup={
            "labs": {"Mistral": "absent"},
            "params": {"access.procurement_eu": True, "access.grey": 0.3},
            "changes": {
                "2024-02": {"params": {"talent.engineers.cn": 2000.0, "talent.migration_cost.cn_us": 0.5}},
                "2025-01": {"params": {"talent.home.cn": 4.0, "talent.migration_cost.us_cn": 0.0}},
            },
        },
        **{"record.end": "2024-06", "access.procurement_cn": True, "access.procurement_us": True},
        **{"talent.entry_lag": 7, "talent.hardware_pay": 0.25, "talent.home.us": 2.0, "talent.mobility": 0.1},
    )
    assert market.world.outside_wage.min() > 15_000.0
    assert (graduates(market) > 1.0).all()
    assert market.labs.runs.sum() > 60
    assert market.record.completed[-1].level == -1


def test_labs_that_open_what_pays():
    """Some from the start, all before the record ends and after it; every part of a payoff is something to somebody."""
    few = dict.fromkeys(("Anthropic", "xAI", "Mistral", "Alibaba", "Moonshot", "Zhipu", "ByteDance"), "absent")
    market = against_its_reference(
        5,
        24,
        setup={
            "labs": {**few, "Google": "strategic", "Meta": "strategic", "DeepSeek": "paper"},
            "changes": {
                "2023-09": {"labs": {"*": "strategic"}},
                "2024-09": {"params": {"release.weights_allowed": False}},
            },
        },
        **{
            "record.end": "2024-03",
            "finance.founding": 0.0,
            "talent.norm": 0.5,
            "talent.publishing_weight": 0.5,
            "release.prestige": 0.03,
            "release.flip_cost": 0.005,
            "release.learning": 0.7,
            "release.reconsideration": 0.3,
            "law.licence": True,
            "law.licence_cap": 0.8,
            "law.open_us": 0.4,
            "law.open_cn": 0.3,
            "law.closed_us": 0.2,
            "misuse.incidents": 1e-5,
        },
    )
    decisions = market.record.decisions
    by_level = (
        np.array([decision.payoffs for decision in decisions]) / np.array([d.spend for d in decisions])[:, None, None]
    )
    assert not [name for name, part in zip(Payoff._fields, by_level.T, strict=True) if not np.abs(part).max() > 1e-4]
    assert len({decision.levels for decision in decisions if not decision.live}) == 5
    again = [decision for decision in decisions if decision.live]
    assert any(decision.levels for decision in again) and not all(decision.levels for decision in again)
    assert {decision.month > 16 for decision in decisions} == {False, True}
    assert (by_level[:, 2:, Payoff._fields.index("flip")] < 0.0).any(), "weights that get no licence close a tier"


@pytest.mark.slow
def test_law_licences_and_many_incidents():
    """Decreed in some regions from a date, following pressure in others; weights are refused, and trust is lost."""
    changes = {
        "law.licence": True,
        "law.licence_cap": 0.3,
        "law.open_us": 0.7,
        "law.closed_eu": 0.5,
        "law.open_cn": 0.4,
    }
    market = against_its_reference(
        11,
        30,
        setup={"changes": {"2023-06": {"params": changes}}},
        **{
            "record.end": "2023-12",
            "misuse.incidents": 1e-5,
            "misuse.defence": 0.5,
            "misuse.defenders_open": 0.8,
            "law.half_pressure": 300.0,
            "trust.incidents": 2e4,
            "adoption.hold_up": 1.0,
            "beliefs.speed": 0.5,
            "finance.elasticity": 0.6,
        },
    )
    stringency, reference = market.governments.stringency, market.reference
    assert reference is not None
    assert (stringency[:, 1] > 0.0).all() and (stringency[[0, 1], 0] > 0.0).all()
    assert market.labs.legal.max() > 0.0
    assert market.record.last("open_frontier") < reference.last("open_frontier")
    assert (market.labs.trust < 0.4).any()
    assert (market.labs.trust > 0.0).all() and (market.labs.trust < 1.0).all()
    assert np.abs(market.labs.news).max() > 0.01


@pytest.mark.parametrize("residuals", ["outside", "none"])
def test_residuals_elsewhere(residuals):
    p = parameters(**{"record.residuals": residuals, "record.end": "2024-09", "record.given": residuals == "outside"})
    in_step(Market(p, rng=8, developers=DEVELOPERS), PlainMarket(p.to_dict(), 8, DEVELOPERS), 30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_other_seeds_and_more_developers(seed):
    p = Parameters().with_(**{"talent.researchers": 1000})
    market = Market(p, rng=seed, developers=5000)
    in_step(market, PlainMarket(p.to_dict(), seed, 5000), 60)


@pytest.mark.slow
@pytest.mark.parametrize(
    "setup",
    [
        {"params": {"release.weights_allowed": False}},
        {"labs": {"*": "open_weights"}},
        {"labs": {"*": "delayed"}, "params": {"training.teaching": 0.0, "training.open_start": False}},
        {"changes": {"2025-06": {"labs": {"*": "strategic"}}}},
        {"changes": {"2025-01": {"labs": {"DeepSeek": "closed"}, "params": {"awareness.pulse": 0.0}}}},
    ],
    ids=["no weights", "all open", "all delayed", "all strategic", "no shock"],
)
def test_scenarios(setup):
    against_its_reference(5, 60, setup=setup)
