"""The far horizon: every bound holds in a world made by hand and fails in one that breaks it; then in real worlds."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.findings.targets.run import Run
from experiments.findings.validation import horizon, ranges
from experiments.findings.validation.bounds import BOUNDS, value
from experiments.findings.validation.report import Asked
from experiments.findings.validation.watch import watch
from experiments.questions.scenarios import names

MONTHS, LABS, END = 120, 2, 37
BY_NAME = {bound.name: bound for bound in BOUNDS}


def hand_made() -> Run:
    """A world in which nothing is strange: two labs, a steady market, money that closes, a frontier that slows."""
    months = np.arange(MONTHS + 1)
    growing = 1.0 + np.minimum(months, 96) / 96.0
    market = {
        "spend": 100.0 * growing, "adoption": 0.4 * growing, "startups": 1000.0 * growing, "frontier": np.sqrt(months),
        "price_gpt35_level": np.full(MONTHS + 1, 0.01), "technology_price_gpt35": np.full(MONTHS + 1, 0.02),
        "price_gpt4_level": np.where(months < 5, np.nan, 0.1), "x.people": np.full(MONTHS + 1, 1000.0),
        "x.cost_floor": np.full(MONTHS + 1, 0.001), "x.strin": np.where(months < 10, 0.0, 0.3),
        "x.decreed": np.zeros(MONTHS + 1), "x.open_lines": np.where(months < 10, 0.0, 3.0),
        "x.after_record": (months > END).astype(float),
    }  # fmt: skip
    both = np.ones((MONTHS + 1, LABS))
    budget, raised = both * 3e8, both * np.where(months < 60, 2e8, 1e8)[:, None]
    rent = budget - np.where(months < 60, 1e8, 0.5e8)[:, None]
    flows = np.vstack([np.zeros((1, LABS)), (rent + raised - budget)[1:]])
    labs = {
        "cash": 1.0 + np.cumsum(flows, axis=0) / 1e9, "researchers": both * 200.0, "wage": both * 1e6,
        "trust": both * 0.5, "x.active": both, "x.budget": budget, "x.rent": rent, "x.raised": raised,
    }  # fmt: skip
    return Run(market, labs, ("A", "B"))


def set_last(name: str, to: float, months: int = 1) -> Callable[[Run], None]:
    """A break: the last months of a measure are something else, of a lab's the first lab's."""

    def change(run: Run) -> None:
        values = run.series(name)
        values[-months:] = to if values.ndim == 1 else np.array([to, values[-1, 1]])

    return change


def too_much_research(run: Run) -> None:
    """Twenty billions a month for five years, out of nothing; cash says so."""
    run.labs["x.budget"][-60:, 0] += 2e10
    run.labs["cash"][-60:, 0] -= np.arange(1, 61) * 20.0


def frontier_runs(run: Run) -> None:
    run.market["frontier"][:] = np.arange(MONTHS + 1) ** 1.1


BREAKS: dict[str, Callable[[Run], None]] = {
    "spend": set_last("spend", 1501.0),
    "money closes": set_last("labs.cash", 77.0),
    "research is paid for": too_much_research,
    "research of a lab": too_much_research,
    "equity ends": set_last("labs.x.raised", 4e8, 12),
    "gaps end": set_last("labs.x.rent", 0.0, 12),
    "mean wage": set_last("labs.wage", 1.1e7),
    "staff of labs": set_last("labs.researchers", 501.0),
    "adoption": set_last("adoption", 0.98),
    "startups": set_last("startups", 2700.0),
    "trust": set_last("labs.trust", 0.0),
    "law": lambda run: run.market["x.strin"].__setitem__(3, 1e-6),
    "price": set_last("technology_price_gpt35", 0.0009),
    "frontier": frontier_runs,
}


@pytest.mark.parametrize("name", BY_NAME)
def test_each_bound_holds_and_can_fail(name: str) -> None:
    bound, good, bad = BY_NAME[name], hand_made(), hand_made()
    found, why = value(bound, good)
    assert not why and bound.holds(found), (found, why)
    BREAKS[name](bad)
    found, why = value(bound, bad)
    assert not why and not bound.holds(found), (found, why)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("spend", 200.0), ("research of a lab", 36.0), ("mean wage", 1.0), ("staff of labs", 0.4), ("adoption", 0.8),
        ("equity ends", 0.5), ("gaps end", 0.5), ("trust", 0.0), ("price", 10.0), ("startups", 1.0),
        # √t: from 96 to 120 months over the least of 0 to 24 and 37 to 61.
        ("frontier", (120**0.5 - 96**0.5) / (61**0.5 - 37**0.5)),
    ],
)  # fmt: skip
def test_values_by_hand(name: str, wanted: float) -> None:
    assert value(BY_NAME[name], hand_made())[0] == pytest.approx(wanted)


def test_trust_and_law_count_only_what_exists() -> None:
    run = hand_made()
    run.labs["trust"][:50, 0] = 0.0
    assert value(BY_NAME["trust"], run)[0] == 50.0
    run.labs["x.active"][:50, 0] = 0.0
    assert value(BY_NAME["trust"], run)[0] == 0.0
    run.market["x.strin"][:10] = run.market["x.decreed"][:10] = 0.4
    assert value(BY_NAME["law"], run)[0] == 0.0


def test_what_a_run_lacks_is_told_and_not_inside() -> None:
    run = hand_made()
    lacking = Run({**run.market}, {name: values for name, values in run.labs.items() if name != "x.raised"}, run.names)
    for name in ("money closes", "research is paid for"):
        found, why = value(BY_NAME[name], lacking)
        assert np.isnan(found) and "x.raised" in why and not BY_NAME[name].holds(found)
    found = horizon.judged({"baseline": [run], "other": [run, lacking]}).set_index(["bound", "world"])
    assert found.loc[("money closes", "baseline"), "inside"]
    assert not found.loc[("money closes", "other"), "inside"]
    assert found.loc[("money closes", "other"), "why_not"] != ""


def test_the_worst_of_runs_decides_and_the_page_says_so() -> None:
    good, bad = hand_made(), hand_made()
    for name in horizon.SHOWN:
        assert np.isnan(good.series("labs.x.rent", name)).all()
    for run in (good, bad):
        run.market.update(dict.fromkeys(("trust", "incidents", "open_share_tokens", "hhi"), np.zeros(MONTHS + 1)))
        run.labs["share_spend"] = np.full((MONTHS + 1, LABS), 0.5)
    BREAKS["adoption"](bad)
    made = horizon.report({"baseline": [good, bad], "meta_closes": [good, good]})
    assert "| ≤ 0.97 | 0.98 | 0.8 meta closes | **out**: baseline 0.98 |" in made.text
    assert "**1 of 28 are out.**" in made.text
    ends = made.text[made.text.index("Every world in 2032-11") :]
    assert "| baseline | 200 |" in ends and "| meta closes | 200 |" in ends
    years = made.tables[horizon.YEARS].set_index(["world", "date"])
    assert list(years.loc["baseline"].index) == [f"{year}-12" for year in range(2023, 2032)] + ["2032-11"]
    assert years.loc[("meta_closes", "2032-11"), "spend [$bn/year]"] == 200.0
    assert years.loc[("baseline", "2032-11"), "adoption [%]"] == pytest.approx(89.0)


def test_what_is_watched_is_what_the_market_says() -> None:
    market = sim.Market(rng=1, developers=500)
    run = watch(market, 14)
    assert run.months == 14 and len(run.market["x.people"]) == 15
    assert run.names == tuple(sim.data.history.lab_names()), "whoever was never founded is not there"
    budgets = np.where(market.labs.active, market.labs.budget, 0.0)[: len(run.names)]
    assert run.series("labs.x.budget")[-1] == pytest.approx(budgets)
    on_open = [market.lines.access[base] != 0 for base in market.startups.base[market.startups.alive] if base >= 0]
    assert run.series("x.st_open")[-1] == pytest.approx(np.mean(on_open))
    assert run.series("x.cnchip")[-1] == market.governments.chip_price[1]
    assert value(BY_NAME["money closes"], run)[0] < 1e-12


def test_draws_that_break_a_bound_and_what_goes_with_it() -> None:
    """Forty draws of two parameters, of which the first decides."""
    rng = np.random.default_rng(0)
    points = pd.DataFrame({"first": rng.random(40), "second": rng.random(40)}, index=pd.RangeIndex(40, name="draw"))
    rows = [
        {"draw": draw, "seed": draw, "bound": "spend", "value": first, "inside": first < 0.8, "why_not": ""}
        for draw, first in enumerate(points["first"])
    ] + [
        {"draw": draw, "seed": draw, "bound": "price", "value": second, "inside": False, "why_not": ""}
        for draw, second in enumerate(points["second"])
    ]
    found = pd.DataFrame(rows)
    related = ranges.associations(found, points).set_index(["bound", "parameter"])
    assert related.loc[("spend", "first"), "correlation"] > 0.5
    assert related.loc[("spend", "first"), "with"] == "breaking"
    assert abs(related.loc[("spend", "second"), "correlation"]) < ranges.chance(40)
    assert related.loc[("price", "second"), "correlation"] == pytest.approx(-1.0)  # least: a low value is far out
    assert related.loc[("price", "second"), "with"] == "the value"
    made = ranges.report(found, points, related.reset_index())
    out = (points["first"] >= 0.8).sum()
    assert f"| spend | {100 * (1 - out / 40):.0f}% **out** |" in made.text and "0 are inside every bound" in made.text
    assert "`first`" in made.text and "(with breaking)" in made.text


def test_a_draw_that_stops_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Run:
        raise ArithmeticError("2024-01: users spend 1 $ but lines receive 2 $")

    monkeypatch.setattr(ranges, "watch", fail)
    made = ranges.ranges(Asked((0,), 300, lambda _: pytest.fail("it runs no study"), 2))
    assert list(made.tables[ranges.RANGES]["bound"]) == [ranges.FAILED] * 2
    assert f"| {ranges.FAILED} | 0% **out** |" in made.text


# Real worlds. What is broken today says why; once it is mended its mark fails, and goes.

BROKEN = {
    ("staff of labs", "no_open_weights"): "nobody outside labs has weights to work on, so prestige draws people in",
    ("frontier", "equal_compute"): "the jump of 2024 comes before the years with which the last are compared",
    ("frontier", "cheap_training_for_one"): "the jump of 2024 comes before the years with which the last are compared",
}


@cache
def worlds() -> pd.DataFrame:
    made = horizon.horizon(Asked((0, 1), 2000, lambda _: pytest.fail("it runs no study")))
    return made.tables[horizon.HORIZON].set_index(["bound", "world"])


def _marked(name: str, world: str) -> object:
    why = BROKEN.get((name, world))
    marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
    return pytest.param(name, world, marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "world"), [_marked(name, world) for name in BY_NAME for world in names()])
def test_the_far_horizon(name: str, world: str) -> None:
    row = worlds().loc[(name, world)]
    assert row["inside"], f"{row['value']:.4g} {row['unit']}, limit {row['limit']:g} {row['why_not']}"


@cache
def drawn() -> pd.DataFrame:
    made = ranges.ranges(Asked((0,), 1000, lambda _: pytest.fail("it runs no study")))
    return made.tables[ranges.RANGES]


BROKEN_IN_DRAWS = {
    "mean wage": "staff that hardly looks at wages has to be paid more, and labs have the money",
    "research of a lab": "returns to research are large at the end of their range, and one lab takes the market",
    "frontier": "where reasoning gives little, the years before the record's end are slow ones",
}


def _in_draws(name: str) -> object:
    broken = BROKEN_IN_DRAWS.get(name)
    return pytest.param(name, marks=[pytest.mark.xfail(strict=True, reason=broken)] if broken else [])


@pytest.mark.slow
@pytest.mark.parametrize("name", [_in_draws(name) for name in BY_NAME])
def test_ranges_are_jointly_admissible(name: str) -> None:
    found = drawn()
    inside = found.loc[found["bound"] == name, "inside"].sum() / found["draw"].nunique()
    assert inside >= ranges.WANTED, f"inside in {100 * inside:.0f}% of draws"


@pytest.mark.slow
def test_no_draw_stops() -> None:
    stopped = drawn().query("bound == @ranges.FAILED")
    assert list(stopped["why_not"]) == []


def test_names_of_bounds_are_known() -> None:
    assert len(BOUNDS) == len(BY_NAME)
    assert {name for name, _ in BROKEN} | set(BROKEN_IN_DRAWS) <= set(BY_NAME) == set(BREAKS)
    assert {world for _, world in BROKEN} <= set(names())
