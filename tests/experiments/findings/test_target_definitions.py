"""Definitions of targets on runs made by hand, whose answers are derived beside them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.findings.targets.definitions import DEFINITIONS, compute
from experiments.findings.targets.rows import Row, rows
from experiments.findings.targets.run import Run, runs_of
from experiments.findings.targets.score import FREE, GIVEN, JUDGED, page, rows_inside, score, targets_inside
from sim.data import history
from sim.data.index import oom

MONTHS = 61
NAMES = ("OpenAI", "Google", "Anthropic")


def row(function: str, measure: str, first: str = "2024-01", last: str = "", unit: str = "1", **more) -> Row:
    numbers = {"value": 1.0, "low": 0.5, "high": 2.0} | more
    return Row("a row", "C99", "what", unit=unit, first=first, last=last or first, function=function, measure=measure,
               **numbers)  # fmt: skip


def run(**series) -> Run:
    """A run with these measures; with a second dimension they are of labs."""
    arrays = {name: np.asarray(values, float) for name, values in series.items()}
    market = {name: values for name, values in arrays.items() if values.ndim == 1}
    return Run(market, {name: values for name, values in arrays.items() if values.ndim == 2}, NAMES)


def month(date: str) -> int:
    return sim.month_of(date)


def test_every_definition_is_tried_here() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [name for name in DEFINITIONS if f'"{name}"' not in source] == []


# Values on dates


def test_a_share_on_a_date_is_in_per_cent() -> None:
    adoption = np.arange(MONTHS) / 100.0
    assert compute(run(adoption=adoption), row("at", "adoption", "2024-01", unit="%")) == pytest.approx(14.0)
    assert compute(run(adoption=adoption), row("at", "adoption", "2024-01")) == pytest.approx(0.14)


def test_a_capability_is_in_points_of_the_index() -> None:
    frontier = np.full(MONTHS, 2.0)
    assert compute(run(frontier=frontier), row("at", "frontier", unit="index")) == pytest.approx(113.0 + 27.0)


def test_a_measure_of_a_lab_is_that_labs() -> None:
    labs = np.tile([0.5, 0.3, 0.2], (MONTHS, 1))
    asked = row("at", "labs.share_enterprise", unit="%", lab="Google")
    assert compute(run(share_enterprise=labs), asked) == pytest.approx(30.0)
    assert math.isnan(compute(run(share_enterprise=labs), replace(asked, lab="Nobody")))


def test_over_months_the_ends_count() -> None:
    """Months 14 to 17 hold 1, 2, 3, 6: mean 3, peak 6, least 1."""
    values = np.full(MONTHS, 100.0)
    values[14:18] = [0.01, 0.02, 0.03, 0.06]
    of = run(open_share_tokens=values)
    asked = {name: row(name, "open_share_tokens", "2024-01", "2024-04", "%") for name in ("mean", "peak", "least")}
    assert {name: compute(of, one) for name, one in asked.items()} == pytest.approx(
        {"mean": 3.0, "peak": 6.0, "least": 1.0}
    )
    assert compute(of, row("mean_rest", "open_share_tokens", "2024-01", "2024-04", "%")) == pytest.approx(97.0)


def test_half_years_are_june_and_december() -> None:
    values = np.full(MONTHS, 9.0)
    values[[month("2024-12"), month("2025-06"), month("2025-12")]] = [0.3, 0.4, 0.8]
    assert compute(run(open_price_ratio=values), row("half_years", "open_price_ratio", "2024-12", "2025-12")) == 0.5


def test_a_lag_is_of_quarter_ends_to_the_middle_of_a_month() -> None:
    """From 2024-09 to 2025-03 quarters end with 3, 4 and 8 months: 5 and a half month more."""
    values = np.full(MONTHS, 50.0)
    values[[month("2024-09"), month("2024-12"), month("2025-03")]] = [3.0, 4.0, 8.0]
    asked = row("lag", "open_lag_closed", "2024-09", "2025-03", "months")
    assert compute(run(open_lag_closed=values), asked) == 5.5
    values[month("2024-12")] = np.nan
    assert math.isnan(compute(run(open_lag_closed=values), asked))


# Slopes and ratios


def test_a_slope_of_records_leaves_out_the_months_between_them() -> None:
    """Records of 1, 2 and 3 OOM in months 15, 17 and 19: half an OOM a month, 81 points a year."""
    frontier = np.concatenate([np.zeros(15), [1, 1, 2, 2], np.full(MONTHS - 19, 3.0)])
    asked = row("record_slope", "frontier", "2024-01", "2025-12", "index/year")
    assert compute(run(frontier=frontier), asked) == pytest.approx(6.0 * 13.5)
    # A record before the months asked for is none of theirs, but later ones must beat it.
    early = np.where(np.arange(MONTHS) < 10, frontier, np.fmax(frontier, 1.5))
    assert compute(run(frontier=early), asked) == pytest.approx(6.0 * 13.5)
    assert math.isnan(compute(run(frontier=np.zeros(MONTHS)), asked))


def test_logs_that_rise_by_a_line() -> None:
    """Ten times in five years of months is 10^(1/5) a year."""
    price = 10.0 ** (np.arange(MONTHS) / 60.0)
    assert compute(run(spend=price), row("growth", "spend", unit="x/year")) != compute(
        run(spend=price), row("growth", "spend", "2022-11", "2027-11", "x/year")
    )  # a single month has no growth
    assert compute(run(spend=price), row("growth", "spend", "2022-11", "2027-11", "x/year")) == pytest.approx(10**0.2)
    assert compute(run(spend=price), row("log_trend", "spend", "2022-11", "2027-11")) == pytest.approx(0.2 * np.log(10))
    price[:20] = 0.0  # before the first sale there is no log
    assert compute(run(spend=price), row("growth", "spend", "2022-11", "2027-11", "x/year")) == pytest.approx(10**0.2)


def test_the_largest_training_run_of_any_lab_grows() -> None:
    """Half an OOM a year, whichever lab leads; the smaller ones do not matter."""
    largest = 25.0 + 0.5 * np.arange(MONTHS) / 12.0
    labs = np.stack([largest, largest - 1.0, np.full(MONTHS, 20.0)], axis=1)
    labs[30:, :2] = labs[30:, 1::-1]
    assert compute(run(compute=labs), row("compute_growth", "labs.compute", "2022-11", "2025-12")) == pytest.approx(
        10.0**0.5
    )


def test_rises_and_falls() -> None:
    values = np.ones(MONTHS)
    values[month("2024-01")], values[month("2025-01")] = 8.0, 2.0
    of = run(spend=values)
    assert compute(of, row("rise", "spend", "2024-01", "2025-01")) == 0.25
    assert compute(of, row("fall", "spend", "2024-01", "2025-01")) == 4.0


def test_a_fall_a_year_starts_where_the_level_exists() -> None:
    """16 → 4 over the two years from its first month: a factor of two a year."""
    values = np.full(MONTHS, np.nan)
    values[month("2023-12") :] = 16.0
    values[month("2025-12") :] = 4.0
    of = run(price_gpt4_level=values)
    assert compute(of, row("fall_a_year", "price_gpt4_level", "2023-03", "2025-12")) == pytest.approx(2.0)
    assert math.isnan(compute(run(price_gpt4_level=np.full(MONTHS, np.nan)),
                              row("fall_a_year", "price_gpt4_level", "2023-03", "2025-12")))  # fmt: skip


@pytest.mark.parametrize(("first", "answer"), [("2024-03", 30.0), ("2025-03", 6.0)])
def test_the_first_year_of_a_level_ends_after_twelve_months_or_with_the_record(first: str, answer: float) -> None:
    """30 at first, 5 from the ninth month, 1 from the twelfth on, which from 2025-03 is beyond the record."""
    values = np.full(MONTHS, np.nan)
    start = month(first)
    values[start : start + 9], values[start + 9 : start + 12], values[start + 12 :] = 30.0, 5.0, 1.0
    assert compute(run(price_o1_level=values), row("fall_first_year", "price_o1_level", "2022-11", "2025-12")) == answer


def test_a_gap_in_points_of_the_leaderboard() -> None:
    """An OOM is 13.5 points of the index, each 14.2 of the leaderboard early in 2024 and 6.6 in 2025."""
    of = run(us_frontier=np.full(MONTHS, 3.0), china_frontier=np.full(MONTHS, 2.0))
    assert compute(of, row("elo_gap", "us_frontier", "2024-01", unit="Elo")) == pytest.approx(13.5 * 14.2)
    assert compute(of, row("elo_gap", "us_frontier", "2025-08", unit="Elo")) == pytest.approx(13.5 * 6.6)


# Labs, people, releases, contributions


def test_concentration_is_over_the_labs_named() -> None:
    labs = np.tile([0.5, 0.3, 0.2], (MONTHS, 1))
    asked = row("hhi", "labs.share_enterprise", lab="OpenAI;Google")
    assert compute(run(share_enterprise=labs), asked) == pytest.approx(0.25 + 0.09)


def test_one_of_a_hundred_that_leaves_each_month_is_twelve_per_cent_a_year() -> None:
    """Over the staff of the month before, in the 24 months to the date and no others."""
    date = month("2025-05")
    left, staff = np.full((MONTHS, 3), 50.0), np.full((MONTHS, 3), 100.0)
    left[date - 23 : date + 1] = 1.0
    staff[date - 12 :], left[date - 11 : date + 1] = 200.0, 2.0
    asked = row("exit_hazard", "labs.staff_exits", "2023-06", "2025-05", "1/year", lab="Google")
    assert compute(run(staff_exits=left, researchers=staff), asked) == pytest.approx(0.12)


def test_open_share_of_releases_is_of_models_not_of_months() -> None:
    released, opened = np.zeros(MONTHS), np.zeros(MONTHS)
    released[[20, 25]], opened[[20, 25]] = [1.0, 9.0], [1.0, 1.0]
    released[2], opened[2] = 100.0, 100.0
    asked = row("released_open", "open_releases", "2024-01", "2025-12")
    assert compute(run(releases=released, open_releases=opened), asked) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("outputs", "gini", "top"),
    [([2.0] * 200, 0.0, 0.01), ([1.0, 3.0], 0.25, 0.75), ([1.0] * 99 + [100.0], 0.4925, 100 / 199), ([], None, None)],
)
def test_inequality_of_contributions(outputs: list[float], gini: float | None, top: float | None) -> None:
    """Of 1 and 3: mean difference 1 over twice the mean, .25. Of one with 100 and 99 with 1: 100/199 less 1/100."""
    crowd = Run({}, outputs=np.array(outputs))
    expected = {"contribution_gini": gini, "contribution_top": top}
    for name, answer in expected.items():
        found = compute(crowd, row(name, ""))
        assert found == pytest.approx(math.nan if answer is None else answer, abs=1e-4, nan_ok=True)


# The record itself


def levels(*, only: str = "", region: str = "") -> np.ndarray:
    """Best published index of any model so far, by month [OOM]."""
    attributes = history.load().attributes
    best = np.full(sim.month_of("2025-12") + 1, np.nan)
    best[0] = 0.0 if only != "open" and region in ("", "US") else np.nan  # GPT-3.5
    for model in history.read("releases.csv"):
        is_open = model["openness"] not in ("closed", "paper")
        asked = (not only or is_open is (only == "open")) and region in ("", attributes[model["lab"]]["region"])
        if model["eci"] and asked:
            start = sim.month_of(model["date"])
            best[start:] = np.fmax(best[start:], oom(float(model["eci"])))
    return np.fmax.accumulate(best)


def lags(leader: np.ndarray, follower: np.ndarray) -> np.ndarray:
    """Months since the leader was where the follower is, month by month; by looking at all of them."""
    return np.array(
        [
            now - next(t for t in range(now + 1) if leader[t] >= level or t == now) if level == level else np.nan
            for now, level in enumerate(follower)
        ],
        float,
    )


@pytest.mark.parametrize(
    "name",
    ["C01", "C02", "C03", "C04", "C05 2025-01", "C05 2025-08", "C06"]
    + [f"V {which} {date}" for which in ("frontier", "open frontier")
       for date in ("2023-12", "2024-06", "2024-12", "2025-06", "2025-12")],
)  # fmt: skip
def test_a_run_that_is_the_record_is_inside(name: str) -> None:
    """The index of the models in ``releases.csv``, month by month, gives the rows that were taken from the index.

    All but C05 of 2024-01: the best Chinese model of then, Yi-34B, is of a lab that is not in the table.
    """
    closed, weights = levels(only="closed"), levels(only="open")
    us, china, europe = (levels(region=region) for region in ("US", "CN", "EU"))
    of = Run(
        {
            "frontier": levels(), "open_frontier": weights, "us_frontier": us, "china_frontier": china,
            "open_lag_closed": lags(closed, weights), "europe_lag": lags(us, europe),
        }
    )  # fmt: skip
    (one,) = score([one for one in rows() if one.id == name], [of])
    assert one.inside, one


# From runs to scores


def test_a_run_too_short_for_a_row_misses_it() -> None:
    short = run(adoption=np.ones(10))
    assert math.isnan(compute(short, row("at", "adoption")))
    with pytest.raises(ValueError, match="a row cannot be computed: nobody knows"):
        compute(short, row("", "", why_not="nobody knows"))


def test_a_real_run_has_what_every_row_needs() -> None:
    record = sim.Market(rng=1, developers=300).run(60)
    asked = [one for one in rows() if one.computable and one.measure]
    values = {one.id: compute(Run.of_record(record), one) for one in asked}
    assert len(values) > 80
    assert [name for name, value in values.items() if math.isinf(value)] == []
    assert sum(math.isnan(value) for value in values.values()) <= 2  # levels that few developers never see


def test_runs_come_from_tables_as_from_records() -> None:
    """Whatever the order of rows: months rise, and labs keep theirs."""
    market = pd.DataFrame({"seed": [1, 0, 0, 1], "month": [0, 1, 0, 1], "spend": [5.0, 2.0, 1.0, 6.0]})
    labs = pd.DataFrame(
        {
            "seed": [0, 0, 0, 0, 1, 1, 1, 1],
            "month": [1, 1, 0, 0, 0, 0, 1, 1],
            "lab": ["A", "B"] * 4,
            "price": [3.0, 4.0, 1.0, 2.0, 5.0, 6.0, 7.0, 8.0],
        }
    )
    first, second = runs_of(market, labs)
    assert first.names == ("A", "B")
    assert first.months == 1
    assert first.series("spend").tolist() == [1.0, 2.0]
    assert first.series("labs.price").tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert second.series("labs.price", "B").tolist() == [6.0, 8.0]


def scored(model: float, **more) -> tuple[bool, float]:
    (one,) = score([row("at", "adoption", **more)], [run(adoption=np.full(MONTHS, model))])
    return one.inside, one.distance


def test_distances_are_in_tolerances_of_their_side() -> None:
    wide = {"value": 10.0, "low": 8.0, "high": 16.0}
    assert scored(10.0, **wide) == (True, 0.0)
    assert scored(7.0, **wide) == (False, pytest.approx(-1.5))
    assert scored(13.0, **wide) == (True, pytest.approx(0.5))
    assert scored(16.0, **wide) == (True, pytest.approx(1.0))
    assert scored(99.0, value=10.0, low=8.0, high=math.inf) == (True, 0.0)
    factor = {"value": 8.0, "low": 4.0, "high": 16.0, "scale": "log"}
    assert scored(1.0, **factor) == (False, pytest.approx(-3.0))
    assert scored(32.0, **factor) == (False, pytest.approx(2.0))
    uneven = {"value": 10.0, "low": 1.0, "high": 20.0, "scale": "log"}
    assert scored(5.0, **uneven) == (True, pytest.approx(-math.log(2) / math.log(10)))


def test_a_row_is_the_mean_over_runs_that_have_it_if_most_have() -> None:
    asked = row("at", "adoption")
    some = [run(adoption=np.full(MONTHS, value)) for value in (0.4, 0.8, math.nan)]
    (one,) = score([asked], some)
    assert (one.model, one.runs, one.inside) == (pytest.approx(0.6), 2, True)
    (one,) = score([asked], some[1:])
    assert math.isnan(one.model)
    assert not one.inside


def test_a_target_needs_all_its_rows_and_inputs_are_counted_apart() -> None:
    def one(target: str, value: float, **more) -> Row:
        return row("at", "adoption", value=value, low=value - 0.1, high=value + 0.1, **more) if not target else replace(
            row("at", "adoption", value=value, low=value - 0.1, high=value + 0.1, **more), target=target
        )  # fmt: skip

    asked = [
        one("C01", 0.5), one("C01", 0.9), one("C02", 0.5), one("C03", 0.5, input="yes"), one("C04", 0.9, input="yes"),
        replace(one("C05", 0.5), function="", why_not="no such thing"), one("C05", 0.5),
        one("C07", 0.5, input="record"), replace(one("C06", 0.5), target=""),
    ]  # fmt: skip
    found = score(asked, [run(adoption=np.full(MONTHS, 0.5))])
    # C01 has one row in and one out; C02 is in; C05 cannot be computed as a whole, but one of its rows can.
    assert [str(targets_inside(found, of)) for of in (JUDGED, FREE, GIVEN)] == [
        "2 of 3 (67%)", "1 of 2 (50%)", "1 of 2 (50%)"
    ]  # fmt: skip
    assert [str(rows_inside(found, of)) for of in (JUDGED, FREE, GIVEN)] == [
        "5 of 6 (83%)", "4 of 5 (80%)", "1 of 2 (50%)"
    ]  # fmt: skip
    text = page(found)
    assert (
        "- targets inside: 2 of 3 (67%); without those that measured capability fixes 1 of 2 (50%); "
        "taken as given 1 of 2 (50%)"
    ) in text
    assert "| a row | what | 2024-01 | 1 | 0.9 | 0.8 to 1 | 0.5 | 0.5 to 0.5 | -4.0 | no |" in text
    assert "| a row | what | 2024-01 | 0.5 1 | no such thing |" in text
    assert text.index("Further rows") < text.index("Taken as given: left out") < text.index("Not computed")
