"""Same-seed effects, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from experiments.findings.effects import Effect, compare, differences, ratio
from experiments.findings.sentences import number, signed
from experiments.questions.settings import ExperimentError
from experiments.results.results import Results
from experiments.results.tables import TablesInMemory

Made = Callable[..., Results]

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


def test_an_effect_says_what_it_holds(effect: Effect) -> None:
    said = repr(effect)
    assert said == (
        "Effect(other minus baseline; 2 measures, to 2022-12; bands hold luck only; "
        ".describe(measure) in words, .frame in numbers)"
    )


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


def test_measure_that_is_nowhere_defined(effect: Effect) -> None:
    row = effect.at(1).loc[("other", "open_lag")]
    assert row["pairs"] == 0
    assert np.isnan(row["mean"])
    assert "no difference" in effect.describe("open_lag")


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
        "+1 to +2.7; luck only), from 2.5 OOM to 4.25 OOM, +5,523% of effective compute; 100% of 4 pairs agree in "
        "sign; too few seeds to show two groups."
    )


def test_one_seed_has_no_interval_and_says_why() -> None:
    assert compare(_results({"baseline": [1.0], "other": [1.5]})).describe("frontier") == (
        "other minus baseline, frontier in 2022-12: +0.5 OOM (no interval: one seed, so luck cannot be told from the "
        "effect), from 1 OOM to 1.5 OOM, +216% of effective compute; from 1 pair."
    )


def test_no_effect_does_not_agree_in_sign() -> None:
    same = compare(_results({"baseline": BASE, "other": BASE}))
    assert same.at(1).loc[("other", "frontier"), "same_sign"] == 0.0
    assert same.describe("frontier").endswith("; no difference in 4 pairs.")
    some = compare(_results({"baseline": BASE, "other": [1.0, 2.0, 3.0, 5.0]}))
    assert some.describe("frontier").endswith("; 25% of 4 pairs agree in sign; too few seeds to show two groups.")


def test_two_groups_are_named() -> None:
    seen = [0.03, 0.02, 0.025, *np.linspace(-0.11, -0.09, 17)]
    effect = compare(_results({"baseline": [1.0] * 20, "other": [1.0 + value for value in seen]}))
    assert effect.describe("frontier").endswith("; bimodal: 17 of 20 seeds near -0.1 OOM, 3 near +0.025 OOM.")


@pytest.mark.parametrize(("month", "words"), [(37, " in 2025-12: "), (38, " in 2026-01 (projection): ")])
def test_what_lies_beyond_the_data_is_a_projection(month: int, words: str, made_up: Made) -> None:
    effect = compare(made_up(38), measures="hhi")
    assert words in effect.describe("hhi", month)


def test_listed_price_has_the_technology_price_beside_it(made_up: Made) -> None:
    runs, listed, technology = made_up(12), "price_gpt35_level", "technology_price_gpt35"
    text = compare(runs, measures=[listed, technology]).describe(listed)
    assert text.count("no_open_weights minus baseline, ") == 2 and f"baseline, {technology} in 2023-11: " in text
    alone = compare(runs, measures=listed).describe(listed)
    assert alone.endswith(f"This is a listed price, which exaggerates; compare {technology} as well.")
    assert compare(runs).describe("price_gpt4_level").endswith("of this level there is no technology price.")


@pytest.mark.parametrize(
    ("measure", "base", "other", "words"),
    [
        ("open_share_tokens", 0.5, 0.25, "-25 points (95% interval -25 to -25; 10-90% of pairs -25 to -25; luck only), "
         "from 50% to 25%, -50%"),
        ("spend", 8.0, 10.0, "+2 $bn/year (95% interval +2 to +2; 10-90% of pairs +2 to +2; luck only), from "
         "8 $bn/year to 10 $bn/year, +25%"),
        ("consumer_gain", 1.0, 0.5, "from 1 ln $ to 0.5 ln $, -39% of budgets"),
        ("frontier", 3.0, 2.0, "from 3 OOM to 2 OOM, -90% of effective compute"),
        ("spend", 0.0, 1.0, "from 0 $bn/year to 1 $bn/year; 100%"),  # no per cent of nothing
    ],
)  # fmt: skip
def test_level_and_per_cent(measure: str, base: float, other: float, words: str, made_up: Made) -> None:
    runs = made_up(3)
    runs.market[measure] = runs.market["scenario"].map({"baseline": base, "no_open_weights": other})
    assert words in compare(runs, measures=measure).describe(measure)


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
        ({"other": OTHER}, None, "against=baseline"),
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


def _at_two_points(seeds_apart: bool = False) -> Results:
    """Seeds 0 and 1 at points 0 and 1: the other is 1 above the baseline at point 0, and 3 or 5 at point 1.

    With seeds apart, point 1 has seeds 2 and 3 in their place.
    """
    above = {(0, 0): 1.0, (0, 1): 1.0, (1, 0): 3.0, (1, 1): 5.0}
    rows = []
    for (point, seed), more in above.items():
        base, seed = 10.0 * point + seed, seed + 2 * point * seeds_apart
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


def test_pairs_of_a_seed_count_as_one() -> None:
    row = compare(_at_two_points()).at(0).loc[("other", "frontier")]
    # Means of seeds 0 and 1 over the points are 2 and 3: standard error 0.5, t(1, 0.975) = 12.7062.
    assert (row["pairs"], row["clusters"]) == (4, 2)
    assert row["high"] == pytest.approx(2.5 + 12.7062 / 2, abs=1e-4)
    assert "(2 seeds at 2 points) agree in sign" in compare(_at_two_points()).describe("frontier")


def test_one_seed_at_many_points_has_no_interval() -> None:
    effect = compare(_at_two_points().select(seed=1))
    assert effect.at(0)[["low", "high"]].isna().all(axis=None)
    assert "no interval: all 2 pairs share one seed" in effect.describe("frontier")


def test_points_with_seeds_of_their_own_count_as_one_each() -> None:
    # Effects 1 and 3 at points 0 and 1 with seeds 0 and 1: standard error 1.
    effect = compare(_at_two_points(seeds_apart=True))
    row = effect.at(0).loc[("other", "frontier")]
    assert (row["pairs"], row["clusters"], effect.counted) == (4, 2, "points")
    assert row["high"] == pytest.approx(2.5 + 12.7062 * 1.5, abs=1e-3)
    assert "100% of 4 pairs at 2 points with seeds of their own agree in sign" in effect.describe("frontier")


def test_words_speak_for_every_point() -> None:
    effect = compare(_at_two_points(), by_point=True)
    assert effect.describe("frontier") == (
        "other minus baseline, frontier in 2022-11, at 2 points: mean effects from +1 OOM to +4 OOM, median +2.5 OOM "
        "(+31,523% of effective compute), from levels of 0.5 OOM to 10.5 OOM; 1 with an interval above zero, 1 with "
        "zero inside."
    )
    assert "frontier at point 1 in 2022-11: +4 OOM (95% interval -8.71 to +16.7" in effect.describe("frontier", point=1)
    one = compare(_at_two_points().select(seed=0), by_point=True)
    assert one.describe("frontier").endswith("; 2 without an interval, since they have one seed.")
    with pytest.raises(ExperimentError, match="point=7 is not allowed; allowed: one of 0, 1"):
        effect.describe("frontier", point=7)


def test_labs_are_compared(small: Results) -> None:
    effect = compare(small, measures=["labs.share_users", "frontier"], month=14)
    by_hand = {}
    for name in small.scenarios:
        labs = small.load("labs", "share_users", scenario=name, month=14)
        by_hand[name] = labs[labs["lab"] == "Meta"]["share_users"].mean()
    row = effect.at(14).loc[("no_open_weights", "labs.share_users", "Meta")]
    assert row["mean"] == pytest.approx(by_hand["no_open_weights"] - by_hand["baseline"])
    assert row["pairs"] == 2 and row["mean"] != 0.0
    assert len(effect.of("labs.share_users")) == small.labs["lab"].nunique()
    assert effect.of("frontier")["lab"].tolist() == [""]
    text = effect.describe("labs.share_users", lab="Meta")
    assert f"labs.share_users of Meta in 2024-01: {100.0 * row['mean']:+.3g} points (95% interval" in text
    assert "the largest of 11 effects: " in effect.describe("labs.share_users")
    whole = compare(small, measures="labs")
    assert whole.measures == tuple(f"labs.{name}" for name in small.kept["labs"])
    assert whole.units["labs.price"] == "$/Mtok"


def test_flows_are_compared_and_a_flow_that_is_not_there_is_nobody(made_up: Made) -> None:
    runs = made_up(13, seeds=3)
    flows = runs.flows
    gone = (flows["scenario"] == "no_open_weights") & (flows["origin"] == "CN") & (flows["seed"] > 0)
    some = Results.of_frames(runs.market, runs.labs, flows[~gone], runs.provenance)
    effect = compare(some, measures="flows")
    # Three seeds move 10, 11 and 12; without open weights only the first moves anybody.
    row = effect.of("flows", origin="CN", destination="US").loc[1]
    assert (row["mean"], row["against"], row["pairs"]) == (pytest.approx(-23 / 3), pytest.approx(11.0), 3)
    assert "flows of CN to US in 2022-12: -7.67 FTE/year" in effect.describe("flows", 1, origin="CN")
    with pytest.raises(ExperimentError, match="month=5 is not allowed; allowed: a month that flows has: 2022-12"):
        effect.describe("flows", 5)


def test_what_is_kept_is_compared_though_the_market_is_not(small: Results) -> None:
    kept = {"labs": ("price",), "flows": ("researchers",)}
    some = Results(small.tables, small.runs, small.points, small.months, kept, small.provenance)
    assert compare(some).measures == ("labs.price", "flows")
    for asked, words in (("frontier", "table=market"), ("labs.fame", "measure=fame"), ("market", "table=market")):
        with pytest.raises(ExperimentError, match=words):
            compare(some, measures=asked)


def test_pairs_themselves(small: Results) -> None:
    found = differences(small, "frontier", "no_open_weights", "baseline")
    assert found.loc[14].mean() == compare(small).at(14).loc[("no_open_weights", "frontier"), "mean"]


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
