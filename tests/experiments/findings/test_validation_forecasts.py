"""Forecasts on paths made by hand, whose errors are derived beside them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import sim
from experiments.findings.validation import forecasts, origins
from experiments.findings.validation.forecasts import Model, band, best_so_far, covers, extended, lag, trend
from experiments.findings.validation.report import Asked
from sim.data.history import load
from sim.data.index import POINTS_AN_OOM

NAN = math.nan


def no_study(study: object) -> object:
    raise AssertionError("this report runs no study")


def closed(month: int, capability: float, name: str = "") -> Model:
    return Model(month, "A", 0, name or f"A{month}", capability, False)


def weights(month: int, capability: float, name: str = "") -> Model:
    return Model(month, "B", 0, name or f"B{month}", capability, True)


# A tenth of an OOM a month, closed models from month 0 on and open ones from month 4 on, four months behind.
RECORD = sorted([closed(m, 0.1 * m) for m in range(25)] + [weights(m, 0.1 * (m - 4)) for m in range(4, 25)])


# Paths


def test_the_best_so_far_never_falls_and_is_missing_before_the_first() -> None:
    path = best_so_far([closed(2, 0.5), closed(1, 0.3), closed(4, 0.4), closed(9, 5.0)], 5)
    np.testing.assert_array_equal(path, [NAN, 0.3, 0.5, 0.5, 0.5, 0.5])


def test_a_lag_is_counted_from_the_month_in_which_closed_models_were_there() -> None:
    leader = np.array([NAN, 0.0, 0.5, 0.5, 1.0, 1.5])
    assert lag(leader, np.array([NAN, NAN, NAN, NAN, NAN, 0.5]), 5) == 3.0
    assert lag(leader, np.array([NAN, NAN, NAN, NAN, NAN, 0.6]), 5) == 1.0
    assert lag(leader, np.array([0.0] * 5 + [2.0]), 5) == 0.0  # it leads
    assert math.isnan(lag(leader, np.full(6, NAN), 5))


def test_the_lag_of_the_record_is_the_measure_s() -> None:
    """The same number as the market's measure in the month of the record's end, but for community gains."""
    record = forecasts.published(load())
    world = origins.World.of(record, sim.month_of("2025-12"))
    market = sim.Market(rng=0, developers=300, **{"contribution.community_gain": 0.0})
    run = market.run(sim.month_of("2025-12"))
    month = sim.month_of("2024-12")
    assert world.closed[month] == pytest.approx(run.market["closed_frontier"][month])
    assert world.open[month] == pytest.approx(run.market["open_frontier"][month])
    assert lag(world.closed, world.open, month) == run.market["open_lag_closed"][month]


def test_weights_released_later_were_never_the_best() -> None:
    """What is left out of the published models would change nothing."""
    history, record = load(), forecasts.published(load())
    path = best_so_far((model for model in record if model.open), sim.month_of("2025-12"))
    of_month = {(model.lab, model.tier, model.month): model.capability for model in record}
    for month, rows in history.openings.items():
        for lab, tier, then in rows:
            assert of_month.get((history.names[lab], tier, then), -np.inf) < path[month]


# Trends


def test_a_straight_line_goes_on() -> None:
    line = 2.0 + 0.25 * np.arange(30)
    assert trend(line, 20, 6, 12) == pytest.approx(line[26])
    assert trend(line, 20, 9, 24) == pytest.approx(line[29])  # 24 months are not there: as many as there are
    assert trend(line, 20, 6, 0) == line[20]


def test_a_trend_is_that_of_its_months() -> None:
    bent = np.concatenate([np.zeros(13), 0.5 * np.arange(1, 13)])  # flat for a year, then half a unit a month
    assert trend(bent, 24, 4, 12) == pytest.approx(6.0 + 4 * 0.5)
    assert trend(bent, 24, 4, 24) == pytest.approx(6.0 + 4 * 0.25)


def test_a_trend_begins_where_there_is_something() -> None:
    late = np.array([NAN, NAN, 1.0, 2.0, 4.0])
    assert trend(late, 4, 2, 12) == pytest.approx(4.0 + 2 * 1.5)
    assert trend(late, 2, 2, 12) == 1.0  # one month has no trend
    assert math.isnan(trend(late, 1, 2, 12))


def test_an_extended_path_is_the_past_and_the_trend() -> None:
    np.testing.assert_allclose(extended(np.array([0.0, 1.0, 2.0, 9.0]), 2, 2, 12), [0.0, 1.0, 2.0, 3.0, 4.0])


# Bands


def test_a_band_of_two_draws() -> None:
    """t with one degree of freedom is tan(.45π) at 95%; s of −1 and 1 is √2, and √(1 + 1/2) for one more draw."""
    reach = math.tan(0.45 * math.pi) * math.sqrt(2.0) * math.sqrt(1.5)
    assert band(np.array([9.0, 11.0])) == pytest.approx((10.0 - reach, 10.0 + reach))


@pytest.mark.parametrize("number", [2, 4, 10])
def test_nine_of_ten_bands_hold_one_more_draw(number: int) -> None:
    draws = np.random.default_rng(1).normal(3.0, 2.0, (4000, number + 1))
    held = np.mean([covers(band(one[:-1]), one[-1]) for one in draws])
    assert held == pytest.approx(0.90, abs=0.015)


def test_one_draw_has_no_band() -> None:
    assert all(map(math.isnan, band(np.array([1.0]))))
    assert not covers(band(np.array([1.0])), 1.0)


# Forecasts and their errors


def run_of(shift: float) -> list[Model]:
    """What a run foretells after month 12: the record, but for a shift."""
    return [model._replace(capability=model.capability + shift) for model in RECORD if model.month > 12]


def rows_at(runs: list[list[Model]], compute: str = origins.GIVEN, ahead: int = 6) -> pd.DataFrame:
    return pd.DataFrame(origins.rows(RECORD, runs, 12, ahead, compute))


def test_rivals_on_a_record_that_rises_evenly() -> None:
    found = rows_at([run_of(-0.1), run_of(0.1)]).set_index("what")
    for what, level in ((origins.FRONTIER, 1.8), (origins.OPEN, 1.4)):
        row = found.loc[what]
        assert row["actual"] == pytest.approx(113.0 + POINTS_AN_OOM * level)
        assert row["mean"] == pytest.approx(row["actual"])
        assert row["trend 12"] == pytest.approx(row["actual"])
        assert row["no change"] == pytest.approx(row["actual"] - POINTS_AN_OOM * 0.6)
        assert row["high"] - row["low"] == pytest.approx(
            2 * math.tan(0.45 * math.pi) * math.sqrt(2.0) * math.sqrt(1.5) * 0.1 * POINTS_AN_OOM
        )
        assert row["covered"]
    assert list(found.loc[origins.LAG, ["actual", "no change", "trend 12", "trend 24"]]) == [4.0] * 4


def test_each_model_stands_beside_the_last_of_its_lab_and_tier() -> None:
    found = rows_at([run_of(0.2), run_of(0.2)])
    each = found[found["what"] == origins.EACH].set_index("model")
    assert len(each) == 12  # months 13 to 18 of two labs
    assert each.loc["A15", "actual"] == pytest.approx(113.0 + POINTS_AN_OOM * 1.5)
    assert each.loc["A15", "mean"] == pytest.approx(113.0 + POINTS_AN_OOM * 1.7)
    assert each.loc["A15", "no change"] == pytest.approx(113.0 + POINTS_AN_OOM * 1.2)
    assert each.loc["A15", "trend 12"] == pytest.approx(113.0 + POINTS_AN_OOM * 1.5)
    # Two equal draws have a band without width, which misses.
    assert not each["covered"].any()


def test_a_model_whose_lab_has_none_before_has_no_rival_and_is_left_out() -> None:
    record = [*RECORD, Model(14, "C", 0, "C14", 0.5, False), Model(14, "A", 1, "A14 light", 0.5, False)]
    runs = [[*run_of(0.0), *(model for model in record if model.name in ("C14", "A14 light"))]]
    found = pd.DataFrame(origins.rows(record, runs, 12, 6, origins.GIVEN))
    assert {"C14", "A14 light"} & set(found["model"]) == set()


def test_what_nobody_measured_counts_only_where_dates_are_the_model_s_own() -> None:
    runs = [[*run_of(0.0), closed(14, 9.0, "unmeasured")]] * 2
    given = rows_at(runs).set_index("what").loc[origins.FRONTIER, "mean"]
    own = rows_at(runs, origins.EXTRAPOLATED).set_index("what").loc[origins.FRONTIER, "mean"]
    assert given == pytest.approx(113.0 + POINTS_AN_OOM * 1.8)
    assert own == pytest.approx(113.0 + POINTS_AN_OOM * 9.0)
    assert origins.EACH not in set(rows_at(runs, origins.EXTRAPOLATED)["what"])


def test_errors_are_means_of_absolute_ones_and_the_bias_is_not() -> None:
    frame = pd.DataFrame(
        {
            "compute": "given", "ahead": 6, "what": origins.FRONTIER, "actual": [10.0, 20.0], "mean": [12.0, 19.0],
            "low": [11.0, NAN], "high": [13.0, NAN], "covered": [False, False], "no change": [9.0, 16.0],
            "trend 12": [10.0, 26.0], "trend 24": [10.0, 20.0],
        }
    )  # fmt: skip
    row = origins.summary(frame).iloc[0]
    assert (row["model"], row["bias"]) == (1.5, 0.5)
    assert (row["no change"], row["trend 12"], row["trend 24"]) == (2.5, 3.0, 0.0)
    assert (row["covered"], row["bands"], row["n"]) == (0, 1, 2)


def test_forecasts_of_the_market() -> None:
    """From 2024-06, half a year ahead: what came is published, and what was foretold is not."""
    made = origins.origins(Asked((0, 1), 300, no_study), dates=("2024-06",), ahead=(6,))
    found = made.tables[origins.FORECASTS]
    frontier = found[found["what"] == origins.FRONTIER].set_index("compute")
    assert list(frontier["actual"]) == pytest.approx([141.87] * 2)
    assert list(frontier["no change"]) == pytest.approx([130.0] * 2)
    assert frontier.loc[origins.GIVEN, "mean"] != frontier.loc[origins.EXTRAPOLATED, "mean"]
    each = found[found["what"] == origins.EACH]
    assert len(each) > 10
    # What a model is measured at later is not known at the origin.
    assert (each["mean"] - each["actual"]).abs().min() > 1e-6
    for what in (origins.FRONTIER, origins.OPEN, origins.LAG, origins.EACH):
        assert f"| given | 6 | {what} |" in made.text
    assert "2024-06" in made.text


def test_bands_of_one_seed_are_not_told() -> None:
    made = origins.origins(Asked((0,), 300, no_study), dates=("2024-06",), ahead=(6,))
    line = next(line for line in made.text.splitlines() if line.startswith("| given | 6 | frontier |"))
    assert line.endswith("| – |")
