"""Same-seed effects, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from experiments.findings.effects import Effect, compare, number, paired_summary, ratio, signed
from experiments.questions.settings import ExperimentError
from experiments.results.results import Results
from experiments.results.tables import TablesInMemory

# Baseline 1, 2, 3, 4 and the other 2, 4, 4, 7: differences 1, 2, 1, 3, so mean 7/4 and standard deviation
# sqrt(11/12); t(3, .975) = 3.182446, so half the interval is 3.182446 * sqrt(11/12) / 2 = 1.523480.
BASE = [1.0, 2.0, 3.0, 4.0]
OTHER = [2.0, 4.0, 4.0, 7.0]


def _results(paths: dict[str, list[float]], seeds: dict[str, list[int]] | None = None) -> Results:
    rows = []
    for scenario, values in paths.items():
        for seed, value in zip((seeds or {}).get(scenario, range(len(values))), values, strict=True):
            rows += [(scenario, seed, 0, "2022-11", 0.0, np.nan), (scenario, seed, 1, "2022-12", value, np.nan)]
    columns = ["scenario", "seed", "month", "date", "frontier", "open_lag"]
    empty = pd.DataFrame()
    return Results.of_frames(pd.DataFrame(rows, columns=columns), empty, empty, {})


@pytest.fixture
def effect() -> Effect:
    return compare(_results({"baseline": BASE, "other": OTHER}))


def test_mean_interval_and_band(effect: Effect) -> None:
    row = effect.at(1).loc[("other", "frontier")]
    assert row["mean"] == pytest.approx(1.75)
    assert row["low"] == pytest.approx(1.75 - 1.523480, abs=1e-5)
    assert row["high"] == pytest.approx(1.75 + 1.523480, abs=1e-5)
    # Sorted differences 1, 1, 2, 3: the 10% point lies at 1, the 90% point 0.7 of the way from 2 to 3.
    assert row["q10"] == pytest.approx(1.0)
    assert row["q90"] == pytest.approx(2.7)
    assert row["same_sign"] == 1.0
    assert row["pairs"] == 4
    assert row["against"] == pytest.approx(2.5)


def test_nothing_differs_at_the_start(effect: Effect) -> None:
    row = effect.at("2022-11").loc[("other", "frontier")]
    assert row["mean"] == row["low"] == row["high"] == row["q10"] == 0.0


def test_date_and_month_are_the_same(effect: Effect) -> None:
    pd.testing.assert_frame_equal(effect.at(1), effect.at("2022-12"))


def test_pairs_are_by_seed_not_by_order() -> None:
    shuffled = _results({"baseline": BASE, "other": OTHER[::-1]}, {"other": [3, 2, 1, 0]})
    row = compare(shuffled).at(1).loc[("other", "frontier")]
    assert row["mean"] == pytest.approx(1.75)
    assert row["q90"] == pytest.approx(2.7)


def test_what_is_not_a_number_makes_no_pair() -> None:
    found = paired_summary(np.array([[1.0, np.nan, 5.0]]), np.array([[0.0, 1.0, np.inf]]))
    assert found["pairs"].tolist() == [1]
    assert found["mean"].tolist() == [1.0]
    assert np.isnan(found["low"][0])
    assert np.isnan(found["high"][0])


def test_measure_that_is_nowhere_defined(effect: Effect) -> None:
    row = effect.at(1).loc[("other", "open_lag")]
    assert row["pairs"] == 0
    assert np.isnan(row["mean"])
    assert "no difference" in effect.describe("open_lag")


def test_sign_agreement_counts_pairs() -> None:
    found = paired_summary(np.array([[3.0, 3.0, -1.0, 0.0]]), np.zeros((1, 4)))
    assert found["same_sign"].tolist() == [0.5]


def test_ratio_is_geometric() -> None:
    runs = _results({"baseline": [1.0, 4.0], "other": [2.0, 2.0]})
    with np.errstate(all="raise"):
        row = ratio(runs, "frontier", "other", "baseline").loc[1]
    # Ratios 2 and 1/2 cancel.
    assert row["mean"] == pytest.approx(1.0)
    assert row["against"] == pytest.approx(2.0)


def test_other_way_round_changes_the_sign(effect: Effect) -> None:
    back = compare(_results({"baseline": BASE, "other": OTHER}), against="other")
    assert back.at(1).loc[("baseline", "frontier"), "mean"] == pytest.approx(-1.75)


def test_words(effect: Effect) -> None:
    assert effect.describe("frontier") == (
        "other minus baseline, frontier in 2022-12: +1.75 OOM (95% interval +0.227 to +3.27; 10-90% of pairs "
        "+1 to +2.7), from 2.5 OOM; 100% of 4 pairs agree in sign."
    )


def test_shares_differ_by_points() -> None:
    assert signed(0.034, "share") == "+3.4 points"
    assert number(0.034, "share") == "3.4%"
    assert signed(-2.0, "OOM") == "-2 OOM"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda effect: effect.at("2023-13"), "YYYY-MM"),
        (lambda effect: effect.at(2), "0 to 1"),
        (lambda effect: effect.at("2021-01"), "0 to 1"),
        (lambda effect: effect.of("nothing"), "frontier"),
        (lambda effect: effect.describe("frontier", scenario="nobody"), "other"),
    ],
)
def test_refusals(effect: Effect, ask: Callable[[Effect], object], words: str) -> None:
    with pytest.raises(ExperimentError, match=words) as caught:
        ask(effect)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("paths", "seeds", "words"),
    [
        ({"baseline": BASE, "other": OTHER}, {"other": [0, 1, 2, 9]}, r"seed=\[3, 9\]"),
        ({"baseline": BASE, "other": OTHER[:3]}, None, r"seed=\[3\]"),
        ({"other": OTHER}, None, "scenario=baseline"),
        ({"baseline": BASE}, None, "at least one other scenario"),
    ],
)
def test_unpaired_runs_are_refused(
    paths: dict[str, list[float]], seeds: dict[str, list[int]] | None, words: str
) -> None:
    with pytest.raises(ExperimentError, match=words) as caught:
        compare(_results(paths, seeds))
    assert "\n" not in str(caught.value)


def test_other_months_are_refused() -> None:
    whole = _results({"baseline": BASE, "other": OTHER}).market
    market = whole[(whole["scenario"] == "baseline") | (whole["month"] == 0)]
    runs = Results.of_frames(market, pd.DataFrame(), pd.DataFrame(), {})
    with pytest.raises(ExperimentError, match=r"month=\[1\]"):
        compare(runs)


def _at_two_points() -> Results:
    """Seeds 0 and 1 at points 0 and 1: the other is 1 above the baseline at point 0, and 3 or 5 at point 1."""
    above = {(0, 0): 1.0, (0, 1): 1.0, (1, 0): 3.0, (1, 1): 5.0}
    rows = []
    for (point, seed), more in above.items():
        base = 10.0 * point + seed
        rows += [("baseline", point, 0.1 * point, seed, 0, base), ("other", point, 0.1 * point, seed, 0, base + more)]
    market = pd.DataFrame(rows, columns=["scenario", "point", "talent.mobility", "seed", "month", "frontier"])
    runs = market[["scenario", "point", "seed"]].assign(key="")
    points = pd.DataFrame({"talent.mobility": [0.0, 0.1]})
    tables = TablesInMemory({"market": market})
    return Results(tables, runs, points, 0, {"market": ("frontier",)}, {})


def test_pairs_are_by_point_and_seed() -> None:
    row = compare(_at_two_points()).at(0).loc[("other", "frontier")]
    assert row["pairs"] == 4
    assert row["mean"] == pytest.approx(2.5)


def test_effect_at_each_point() -> None:
    rows = compare(_at_two_points(), by_point=True).at(0)
    assert rows.loc[("other", 0, "frontier"), "mean"] == 1.0
    assert rows.loc[("other", 0, "frontier"), "low"] == 1.0
    assert rows.loc[("other", 1, "frontier"), "mean"] == 4.0
    # Differences 3 and 5: standard error 1, t(1, 0.975) = 12.7062.
    assert rows.loc[("other", 1, "frontier"), "high"] == pytest.approx(4.0 + 12.7062, abs=1e-4)


def test_only_what_is_asked_is_compared(small: Results) -> None:
    effect = compare(small, measures=["frontier"], month="2023-05")
    assert effect.frame["measure"].unique().tolist() == ["frontier"]
    assert effect.frame["month"].unique().tolist() == [6]
    whole = compare(small).frame
    same = whole[(whole["measure"] == "frontier") & (whole["month"] == 6)].reset_index(drop=True)
    pd.testing.assert_frame_equal(effect.frame, same)


def test_null_difference_is_exactly_nothing(small: Results) -> None:
    twin = small.of("baseline").assign(scenario="twin")
    runs = Results.of_frames(pd.concat([small.of("baseline"), twin]), small.labs, small.flows, {})
    frame = compare(runs).frame
    assert (frame["mean"].dropna() == 0.0).all()
    assert len(frame["mean"].dropna()) > 0


def test_open_weights_have_an_effect_that_the_frames_agree_on(small: Results) -> None:
    effect = compare(small)
    wide = {name: small.wide(name, "open_share_users").loc[14] for name in small.scenarios}
    by_hand = (wide["no_open_weights"] - wide["baseline"]).mean()
    assert by_hand < 0.0
    assert effect.at(14).loc[("no_open_weights", "open_share_users"), "mean"] == pytest.approx(by_hand)
