"""The forecast: its table, every quantity on a run made by hand, and nothing of after the record in any of them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from experiments import forecast as door
from experiments.findings.forecast.definitions import FUNCTIONS, OWN, compute
from experiments.findings.forecast.forecast import COLUMNS, Predicted, draws, forecast, frame, missed, study
from experiments.findings.forecast.rows import Asked, asked
from experiments.findings.targets.run import Run
from experiments.findings.targets.score import score
from sim.data import history

ROOT = Path(sim.__file__).parents[1]
MONTHS = sim.month_of("2026-11") + 1
NAMES = ("OpenAI", "Anthropic", "DeepSeek", "Mistral")
END = sim.month_of("2025-12")


def run(**series) -> Run:
    """A run with these measures; with a second dimension they are of labs."""
    arrays = {name: np.asarray(values, float) for name, values in series.items()}
    market = {name: values for name, values in arrays.items() if values.ndim == 1}
    return Run(market, {name: values for name, values in arrays.items() if values.ndim == 2}, NAMES)


def row(identity: str, number: int = 0) -> Asked:
    return [one for one in asked() if one.id == identity][number]


def flat(value: float, **at: float) -> np.ndarray:
    """A path of one value, with others in some months: ``m2026_03=1.0``."""
    path = np.full(MONTHS, value)
    for date, other in at.items():
        path[sim.month_of(date[1:].replace("_", "-"))] = other
    return path


def of_labs(**paths: np.ndarray) -> np.ndarray:
    return np.column_stack([paths.get(name, np.zeros(MONTHS)) for name in NAMES])


# The table


def test_every_id_is_there_and_every_row_says_what_it_is() -> None:
    found = asked()
    assert sorted({one.id for one in found}) == [f"F{number:02d}" for number in range(1, 17)]
    assert len({(one.id, one.actor, one.date) for one in found}) == len(found)
    for one in found:
        assert one.definition.endswith("."), one.id
        assert not one.function or one.function in FUNCTIONS, one.id
        assert bool(one.source) == math.isfinite(one.level), one.id
        assert len(one.looked_at) == len(list(filter(None, one.misses.split(";")))), one.id
        dates = one.date.split(";")
        assert one.last.startswith(dates[-1]), one.id
        assert one.first.startswith(dates[0]) or one.function == "cumulative_ratio", one.id


def test_the_dates_are_those_asked_for() -> None:
    dates = {one.id: one.date for one in asked()}
    quarters = "2026-03;2026-06;2026-09"
    assert dates == {
        "F01": quarters, "F02": quarters, "F03": "2026-09", "F04": "2026-09", "F05": "2026-07", "F06": "2026-07",
        "F07": "2026-07", "F08": "2026-04;2026-05", "F09": "2026-04;2026-05", "F10": "2026-04", "F11": "2026-04",
        "F12": "2026-05", "F13": "2026-03", "F14": "2026-03", "F15": "2026-01", "F16": "2025",
    }  # fmt: skip
    actors = {one.id: [other.actor.partition(";")[0] for other in asked() if other.id == one.id] for one in asked()}
    assert actors["F11"] == ["Anthropic", "OpenAI"] and actors["F12"] == ["Anthropic", "OpenAI"]
    assert actors["F16"] == ["US labs", "Chinese labs"]


def test_quantiles_and_mean_by_hand() -> None:
    found = Predicted(row("F07"), np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 66.0, np.nan]))
    # Of twelve numbers: 10% lies at 1.1 of eleven steps, the median between 6 and 7, 90% at 9.9 steps.
    assert found.numbers == pytest.approx((2.1, 6.5, 10.9, 132.0 / 12.0))
    table = frame([found])
    assert tuple(table.columns) == COLUMNS
    assert table.loc[0, ["q10", "q50", "q90", "mean"]].tolist() == [2.1, 6.5, 10.9, 11.0]


def test_what_most_runs_have_not_is_empty_and_says_so() -> None:
    table = frame([Predicted(row("F05"), np.array([np.nan, np.nan, 3.0]))])
    assert table[["q10", "q50", "q90", "mean"]].isna().all(axis=None)
    assert table.loc[0, "definition"].endswith("Empty: 1 of 3 runs have it.")


def test_what_nothing_computes_is_empty_with_its_reason() -> None:
    nothing = Asked("F99", "what", "whom", "1", "2026-01", "2026-01", "2026-01", "", "", "", math.nan, "", "", "No.")
    (found,) = forecast([run(adoption=flat(0.5))], [nothing])
    assert frame([found]).loc[0, "definition"] == "No."
    assert not found.known.size


def test_a_run_that_is_too_short_has_no_number() -> None:
    assert math.isnan(compute(run(frontier_price=flat(5.0)[: END + 1]), row("F07")))


def test_what_the_runs_miss_is_said() -> None:
    price = row("F07")
    (one,) = [other for other in price.looked_at if other.id == "V flagship price 2025-12"]
    assert "miss none" in missed(score([one], [run(frontier_price=flat(5.0))]))
    assert "miss 1: V flagship price 2025-12 (20 $/Mtok, published 5)" in missed(
        score([one], [run(frontier_price=flat(20.0))])
    )
    assert "Nothing published" in missed([])


# Each quantity by hand


def test_every_function_is_tried_here() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [one.id for one in asked() if f'"{one.id}"' not in source] == []
    assert [name for name in OWN if name not in {one.function for one in asked()}] == []


def test_lag_of_open_models_is_the_mean_of_three_quarters() -> None:
    path = flat(99.0, m2026_03=4.0, m2026_06=6.0, m2026_09=8.0)
    assert compute(run(open_lag_closed=path), row("F01")) == pytest.approx(6.5)


def test_lag_of_china_is_counted_in_steps_of_the_us_frontier() -> None:
    """The US is at 1 from the start, at 2 from 2025-12, at 3 from 2026-08; China at 1.5 from 2026-04, 3.5 from -09."""
    us, china = flat(1.0), flat(1.0)
    us[END:], us[sim.month_of("2026-08") :] = 2.0, 3.0
    china[sim.month_of("2026-04") :], china[sim.month_of("2026-09") :] = 1.5, 3.5
    # 2026-03: 40 months since the start; 2026-06: six since 2025-12; 2026-09: the US never was there.
    assert compute(run(us_frontier=us, china_frontier=china), row("F02")) == pytest.approx((40 + 6 + 0) / 3.0 + 0.5)


def test_lag_of_europe_is_at_the_end_of_one_quarter() -> None:
    us, europe = flat(1.0), flat(1.0)
    us[sim.month_of("2025-09") :] = 2.0
    europe[sim.month_of("2026-09") :] = 2.0
    assert compute(run(us_frontier=us, europe_frontier=europe), row("F03")) == pytest.approx(12.5)


def test_lags_behind_the_us_are_those_that_a_run_measures() -> None:
    record = sim.Market(rng=3, developers=300).run(MONTHS - 1)
    found = Run.of_record(record)
    assert compute(found, row("F03")) == pytest.approx(record.market["europe_lag"][sim.month_of("2026-09")] + 0.5)


def test_frontier_and_prices_are_read_on_their_dates() -> None:
    assert compute(run(frontier=flat(0.0, m2026_09=3.0)), row("F04")) == pytest.approx(113.0 + 3.0 * 13.5)
    for identity, measure in (("F05", "price_153_level"), ("F06", "open_price_ratio_year"), ("F07", "frontier_price")):
        assert compute(run(**{measure: flat(9.0, m2026_07=0.4)}), row(identity)) == pytest.approx(0.4)


def test_share_of_chinese_authors_is_a_mean_of_two_months() -> None:
    share = flat(0.9, m2026_04=0.2, m2026_05=0.3)
    assert compute(run(share_china_developer_tokens=share), row("F08")) == pytest.approx(25.0)


def test_concentration_of_the_developer_market() -> None:
    shares = of_labs(OpenAI=flat(0.6, m2026_05=0.5), Anthropic=flat(0.4, m2026_05=0.5))
    assert compute(run(share_developer_tokens=shares), row("F09")) == pytest.approx((0.52 + 0.5) / 2.0)


def test_firms_that_pay_start_from_the_published_share() -> None:
    """Odds in the run double, from 1 to 2; so do those of the published share."""
    path = flat(0.5, m2026_04=2.0 / 3.0)
    for identity, number, level in (("F10", 0, 44.4), ("F11", 0, 16.7), ("F11", 1, 36.8)):
        one = row(identity, number)
        series = {"adoption_us_firms": path} if identity == "F10" else {"reach_us_firms": of_labs(**{one.lab: path})}
        odds = 2.0 * level / (100.0 - level)
        assert compute(run(**series), one) == pytest.approx(100.0 * odds / (1.0 + odds)), one.actor
    unmoved = run(adoption_us_firms=flat(0.7))
    assert compute(unmoved, row("F10")) == pytest.approx(44.4)
    assert math.isnan(compute(run(adoption_us_firms=flat(0.0)), row("F10")))


def test_revenue_grows_from_what_was_reported() -> None:
    for number, level in ((0, 9.0), (1, 21.4)):
        one = row("F12", number)
        revenue = of_labs(**{one.lab: flat(4.0, m2026_05=6.0)})
        assert compute(run(revenue=revenue), one) == pytest.approx(1.5 * level)
        assert math.isnan(compute(run(revenue=of_labs()), one))


def test_downloads_add_up_month_by_month() -> None:
    """On open weights in two months alone: 10%, of whom a quarter, and 30%, of whom two thirds, on Chinese ones."""
    users, share = flat(0.0, m2023_01=0.2, m2026_03=0.6), flat(0.0, m2023_01=0.25, m2026_03=2.0 / 3.0)
    users[sim.month_of("2026-04") :] = 1.0  # comes too late
    found = run(open_share_users=users, adoption=flat(0.5), share_china_open_users=share)
    assert compute(found, row("F13")) == pytest.approx((0.1 * 0.25 + 0.3 * 2 / 3) / (0.1 * 0.75 + 0.3 / 3))


def test_gap_on_the_leaderboard_is_a_share_of_the_chinese_score() -> None:
    """A tenth of an OOM ahead is 8.91 points; the US gained as much since the end of the record."""
    us = flat(3.0)
    us[END + 1 :] = 3.1
    found = compute(run(us_frontier=us, china_frontier=flat(3.0)), row("F14"))
    assert found == pytest.approx(100.0 * 8.91 / 1486.6)


def test_share_of_firms_spend() -> None:
    shares = of_labs(OpenAI=flat(0.1, m2026_01=0.3), Anthropic=flat(0.9))
    assert compute(run(share_enterprise_spend=shares), row("F15")) == pytest.approx(30.0)


def test_money_from_outside_is_what_rents_do_not_pay() -> None:
    """OpenAI: 10 − 4 $bn a year, cash from 1 to 3; Anthropic 2 − 2.5 and no change; DeepSeek 1 − .25, cash −.5."""
    cash = flat(1.0)
    cash[sim.month_of("2025-03") :] = 3.0
    less = flat(1.0)
    less[END:] = 0.5
    found = run(
        research=of_labs(OpenAI=flat(10.0), Anthropic=flat(2.0), DeepSeek=flat(1.0), Mistral=flat(7.0)),
        rent=of_labs(OpenAI=flat(4.0), Anthropic=flat(2.5), DeepSeek=flat(0.25)),
        cash=of_labs(OpenAI=cash, Anthropic=flat(5.0), DeepSeek=less),
    )
    assert compute(found, row("F16", 0)) == pytest.approx(6.0 + 2.0 - 0.5)
    assert compute(found, row("F16", 1)) == pytest.approx(0.75 - 0.5)


# Nothing of after the record


def test_tables_end_with_the_record() -> None:
    """Of what happened; a row on 2026 and later that judges runs has no publisher."""
    end = sim.calendar.LAST_HISTORICAL_DATE
    tables = [*(ROOT / "sim" / "data").glob("*.csv"), ROOT / "experiments/findings/targets/history.csv"]
    read = 0
    for path in tables:
        for line in csv.DictReader(path.read_text("utf-8").splitlines()):
            dates = [line[name] for name in ("date", "of") if line.get(name)]
            assert all(date <= end for date in dates), (path.name, line)
            read += len(dates)
    assert read > 400
    for line in csv.DictReader((ROOT / "experiments/findings/targets/rows.csv").read_text("utf-8").splitlines()):
        assert line["last"] <= end or "judgement" in line["source"], line["id"]
    assert study(2, 300).draws.name == "posterior"


MADE_UP = {
    "releases.csv": {
        "lab": "OpenAI", "model": "Made up", "tier": "flagship", "eci": "250", "openness": "weights", "reasoning": "1"
    },
    "compute.csv": {"lab": "OpenAI", "log10_flop": "31"},
    "spending.csv": {"lab": "OpenAI", "rd_usd_per_year": "9e13"},
    "events.csv": {"kind": "pulse", "target": "DeepSeek", "value": "5"},
}  # fmt: skip


@pytest.mark.parametrize(("date", "acts"), [("2025-11", True), ("2026-01", False), ("2026-03", False)])
def test_what_happens_after_the_record_changes_nothing(monkeypatch: pytest.MonkeyPatch, date: str, acts: bool) -> None:
    """The same run with a model, compute, money and an event made up; what is within the record does act."""
    read, touched = history.read, set()

    def with_more(name: str) -> list[dict[str, str]]:
        lines = read(name)
        if name not in MADE_UP:
            return lines
        touched.add(name)
        assert MADE_UP[name].keys() <= lines[0].keys()
        return [*lines, dict.fromkeys(lines[0], "") | {"date": date} | MADE_UP[name]]

    before = _numbers()
    try:
        monkeypatch.setattr(history, "read", with_more)
        after = _numbers()
    finally:
        monkeypatch.undo()
        history.load.cache_clear()
    assert touched == set(MADE_UP)
    assert sum(map(math.isfinite, before)) >= len(before) - 2
    same = [old == new or (math.isnan(old) and math.isnan(new)) for old, new in zip(before, after, strict=True)]
    assert 4 * sum(same) < len(same) if acts else all(same)


def _numbers() -> list[float]:
    history.load.cache_clear()
    found = Run.of_record(sim.Market(rng=5, developers=300).run(MONTHS - 1))
    return [compute(found, one) for one in asked()]


# The door


def test_the_door_writes_table_and_page_and_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "forecast.md"
    page.write_text("Words.\n\n<!-- forecast: x -->\n\n<!-- end of forecast -->\n", "utf-8")
    words = ["developers=300", "workers=1", f"outputs={tmp_path}"]
    assert door.main([*words, "seeds=1"]) == 0
    shards = set((tmp_path / ".store").rglob("*.parquet"))
    assert door.main([*words, "seeds=2", f"page={page}"]) == 0
    assert shards < set((tmp_path / ".store").rglob("*.parquet"))
    table = pd.read_csv(tmp_path / "forecast" / "forecast.csv")
    assert tuple(table.columns) == COLUMNS
    assert table["id"].tolist() == [one.id for one in asked()]
    assert (table["q10"].isna() | ((table["q10"] <= table["q50"]) & (table["q50"] <= table["q90"]))).all()
    assert page.read_text("utf-8").startswith("Words.") and "**F16**" in page.read_text("utf-8")
    assert (tmp_path / "forecast.csv").read_bytes() == (tmp_path / "forecast" / "forecast.csv").read_bytes()
    assert "F16" in capsys.readouterr().out
    by_hand = Run.of_record(
        sim.Market(sim.Parameters().with_(**draws().changes(1)), rng=1, developers=300).run(MONTHS - 1)
    )
    first = Run.of_record(
        sim.Market(sim.Parameters().with_(**draws().changes(0)), rng=0, developers=300).run(MONTHS - 1)
    )
    mean = np.mean([compute(run, row("F07")) for run in (by_hand, first)])
    assert table.set_index("id").loc["F07", "mean"] == pytest.approx(mean, rel=1e-3)


def test_what_is_not_allowed_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word, says in (
        ("seeds=0", "seeds=0"),
        ("seeds=many", "seeds=many"),
        ("developers=5", "developers=5"),
        ("sedes=5", "did you mean seeds"),
        ("page=none.md", "none.md"),
    ):
        assert door.main([word, f"outputs={tmp_path / 'none'}"]) == 2, word
        error = capsys.readouterr().err
        assert says in error and len(error.splitlines()) == 1, error
    assert not (tmp_path / "none").exists()


def test_the_shipped_table_is_of_the_rows_of_today() -> None:
    table = pd.read_csv(ROOT / "docs" / "forecast.csv")
    assert tuple(table.columns) == COLUMNS
    for line, one in zip(table.to_dict("records"), asked(), strict=True):
        assert [line[name] for name in ("id", "quantity", "actor", "unit")] == [
            one.id,
            one.quantity,
            one.actor,
            one.unit,
        ]
        assert str(line["date"]) == one.date and line["definition"].startswith(one.definition)
