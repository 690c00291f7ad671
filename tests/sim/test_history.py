"""History: the published tables, their dates and anchors, and what is added to them."""

from __future__ import annotations

import csv
import itertools
import math
from importlib import resources
from typing import Any

import numpy as np
import pytest

import sim
from sim import Market, ParameterError, date_of, month_of
from sim.agents.lab import MAX_LABS, OPENNESS, TIERS
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.data.history import lab_names, load
from sim.data.index import index, oom
from sim.parameters.fields import REGIONS

TABLES = ("compute", "spending", "labs", "releases", "events", "discoveries")
CONFIDENCE = {"measured", "estimated", "assumed"}


def rows(table: str) -> list[dict[str, str]]:
    text = resources.files("sim.data").joinpath(f"{table}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


# The clock


def test_months_and_dates() -> None:
    assert [date_of(month) for month in (0, 1, 2, 14, 37)] == ["2022-11", "2022-12", "2023-01", "2024-01", "2025-12"]
    assert LAST_HISTORICAL_MONTH == 37
    assert month_of("2022-10") == -1
    for month in range(-30, 400):
        assert month_of(date_of(month)) == month


@pytest.mark.parametrize(
    "text", ["2025", "2025-1", "2025-13", "2025-00", "25-01", "2025-01-01", "", "next year", "٢٠٢٥-٠١"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="allowed: YYYY-MM, for example 2025-01"):
        month_of(text)


# The tables


@pytest.mark.parametrize("table", TABLES)
def test_every_figure_has_a_source_and_a_confidence(table: str) -> None:
    for row in rows(table):
        assert row["source"].strip(), row
        assert row["confidence"] in CONFIDENCE, row


@pytest.mark.parametrize("table", ["compute", "spending", "releases", "events", "discoveries"])
def test_every_date_is_one_and_lies_in_history(table: str) -> None:
    for row in rows(table):
        assert -13 <= month_of(row["date"]) <= LAST_HISTORICAL_MONTH, row


def test_labs_are_at_least_ten_with_permanent_identities() -> None:
    history = load()
    assert len(history.names) >= 10
    assert set(history.names) >= {"OpenAI", "Google", "Anthropic", "Meta", "xAI", "Mistral", "DeepSeek", "Alibaba"}
    assert lab_names() == history.names
    uid = [int(history.attributes[name]["uid"]) for name in history.names]
    assert len(set(uid)) == len(uid)
    assert 0 <= min(uid) <= max(uid) < MAX_LABS


def test_every_lab_has_its_anchors_in_order() -> None:
    history = load()
    for anchors in (history.compute, history.spending):
        assert set(anchors) == set(history.names)
        for points in anchors.values():
            months = [month for month, _ in points]
            assert months == sorted(set(months))
    assert all(21.0 < value < 28.0 for points in history.compute.values() for _, value in points)
    assert all(1e6 < value < 1e11 for points in history.spending.values() for _, value in points)


def test_releases_are_by_labs_that_exist_and_of_known_tiers_and_openness() -> None:
    history = load()
    for row in rows("releases"):
        assert row["lab"] in history.names
        assert row["tier"] in TIERS
        assert row["openness"] in OPENNESS
        assert month_of(row["date"]) >= month_of(history.attributes[row["lab"]]["entry"]), row
        assert row["eci"] == "" or 80.0 < float(row["eci"]) < 170.0
        if row["of"]:
            assert row["openness"] == "weights"
            earlier = [r for r in rows("releases") if r["lab"] == row["lab"] and r["date"] == row["of"] and not r["of"]]
            assert [r["openness"] for r in earlier if r["tier"] == row["tier"]] == ["closed"]
    assert {name for name in history.names} == {row["lab"] for row in rows("releases")}


def test_releases_of_the_table_are_those_of_the_record() -> None:
    history = load()
    expected: dict = {}
    for row in rows("releases"):
        if not row["of"]:
            key = month_of(row["date"]), history.names.index(row["lab"]), TIERS.index(row["tier"])
            expected.setdefault(key, []).append(OPENNESS.index(row["openness"]))
    for (month, lab, tier), levels in expected.items():
        assert history.due(month)[lab, tier]
        assert history.levels(lab, tier, month) == tuple(sorted(levels))
    due = sum(int(history.due(month).sum()) for month in range(LAST_HISTORICAL_MONTH + 1))
    assert due == len(expected) > 100
    for lab, name in enumerate(history.names):
        assert history.last_release(lab) == max(m for m, row, _ in expected if row == lab), name


def test_levels_persist_until_the_next_release() -> None:
    history = load()
    meta, xai = history.names.index("Meta"), history.names.index("xAI")
    assert history.levels(meta, 0, month_of("2023-01")) == (0,)  # before the first
    first = month_of("2023-02")
    assert history.levels(meta, 0, first) == history.levels(meta, 0, first + 1)
    assert history.levels(meta, 0, first)[0] >= 1
    assert history.levels(xai, 0, 600) == (0,)
    # Weights of older models are no release of their own.
    assert history.openings[month_of("2024-03")] == [(xai, 0, month_of("2023-11"))]
    assert not history.due(month_of("2024-03"))[xai].any()


# Paths


def test_compute_is_that_of_the_last_model_whose_compute_is_known() -> None:
    """Steps: at an anchor its value, and nothing grows until the next; before the first it is the first."""
    history, steps = load(), 0
    for row, name in enumerate(history.names):
        points = history.compute[name]
        for month in range(LAST_HISTORICAL_MONTH + 1):
            value = points[0][1]
            for when, flop in points:
                if when <= month:
                    value = flop
            assert history.compute_path(month)[row] == pytest.approx(value, abs=1e-12)
            before = history.compute_path(max(month - 1, 0))[row]
            stepped = history.compute_path(month)[row] != before
            assert not stepped or month in [when for when, _ in points]
            steps += stepped
    assert steps > 30


def test_budgets_meet_their_anchors_a_month_and_are_linear_in_logs_between_them() -> None:
    history, between = load(), 0
    for row, name in enumerate(history.names):
        points = history.spending[name]
        for month, value in points:
            if 0 <= month <= LAST_HISTORICAL_MONTH:
                assert history.budget_path(month)[row] == pytest.approx(value / 12.0, rel=1e-12)
        for (first, low), (last, high) in itertools.pairwise(points):
            middle = (first + last) // 2
            if 0 <= first < middle:
                expected = low * (high / low) ** ((middle - first) / (last - first)) / 12.0
                assert history.budget_path(middle)[row] == pytest.approx(expected, rel=1e-12)
                between += 1
    assert between > 20


@pytest.mark.parametrize("end", ["2023-06", "2024-03", "2024-12"])
def test_paths_of_a_record_that_ends_earlier_know_nothing_later(end: str) -> None:
    """Budgets are flat from the last figure that was known; compute steps as far and stays there."""
    history, month = load(), month_of(end)
    for row, name in enumerate(history.names):
        figures = [value for when, value in history.spending[name] if when <= month]
        assert history.budget_path(month, month)[row] == pytest.approx(figures[-1] / 12.0, rel=1e-12)
        anchors = [value for when, value in history.compute[name] if when <= month]
        assert history.compute_path(month, month)[row] == pytest.approx(anchors[-1], abs=1e-12)
    for path in (history.compute_path, history.budget_path):
        np.testing.assert_array_equal(path(month + 12, month), path(month, month))
    assert np.any(history.budget_path(month, month) != history.budget_path(month))


def test_the_index_has_one_map() -> None:
    """13.5 points an order of magnitude, GPT-3.5 at zero; what is measured of a release is on it."""
    assert oom(113.0) == 0.0
    assert oom(126.5) == 1.0
    assert index(oom(140.36)) == pytest.approx(140.36, rel=1e-15)
    known = {model.model: model.known for models in load().releases.values() for model in models}
    for row in rows("releases"):
        if row["eci"] and not row["of"]:
            assert known[row["model"]] == pytest.approx((float(row["eci"]) - 113.0) / 13.5, rel=1e-12)


def test_sizes_and_origins_of_releases_are_sensible() -> None:
    """Sizes of open weights only, active at most all; who started from somebody started from what was public then."""
    table = rows("releases")
    public = {row["model"]: row for row in table if OPENNESS.index(row["openness"]) >= 2}
    sized = [row for row in table if row["total_bn"]]
    for row in sized:
        assert OPENNESS.index(row["openness"]) >= 2, row["model"]
        assert 0.0 < float(row["active_bn"]) <= float(row["total_bn"]), row["model"]
        assert row["size_source"].strip()
    assert len(sized) > 50
    assert {row["reasoning"] for row in table} == {"0", "1"}
    for row in table:
        if row["starts_from"]:
            base = public[row["starts_from"]]
            assert base["lab"] != row["lab"]
            assert base["date"] < row["date"]


def test_paths_stay_where_history_ends() -> None:
    history, last = load(), LAST_HISTORICAL_MONTH
    for path in (history.compute_path, history.budget_path):
        np.testing.assert_array_equal(path(last + 30), path(last))
        assert np.any(path(last) != path(last - 12))


def test_export_controls_step_up() -> None:
    history = load()
    china = REGIONS.index("CN")
    steps = [history.wedge(month_of(date))[china] for date in ("2022-11", "2023-09", "2023-10", "2025-03", "2025-04")]
    assert steps == [0.2, 0.2, 0.5, 0.5, 0.8]
    assert history.wedge(500)[0] == history.wedge(500)[2] == 0.0


def test_events_and_discoveries_are_on_their_dates() -> None:
    history = load()
    deepseek = history.names.index("DeepSeek")
    assert history.pulses(month_of("2025-01"))[deepseek] == 1.2
    assert history.pulses(month_of("2025-01")).sum() == 1.2
    assert history.pulses(month_of("2025-02")).sum() == 0.0
    known = [history.discoverers(month_of(date)).sum() for date in ("2024-05", "2024-06", "2030-01")]
    assert known == [0, 1, 1]


def test_labs_start_as_the_table_has_them() -> None:
    history = load()
    table = history.lab_table()
    for row, name in enumerate(history.names):
        of_lab = history.attributes[name]
        assert table.region[row] == REGIONS.index(of_lab["region"])
        assert table.entry[row] == max(0, month_of(of_lab["entry"]))
        for attribute, column in (
            ("methods_0", "methods"),
            ("cash_0", "cash"),
            ("fit_enterprise", "fit"),
            ("trust_0", "trust"),
        ):
            assert np.all(getattr(table, column)[row] == float(of_lab[attribute]))  # trust: in every region
    np.testing.assert_array_equal(
        history.values("researchers_0"), [float(history.attributes[n]["researchers_0"]) for n in history.names]
    )


def test_labs_enter_in_their_month() -> None:
    market = Market(rng=0, developers=100)
    for _ in range(8):
        expected = [
            max(0, month_of(market.history.attributes[name]["entry"])) <= market.month for name in market.lab_names
        ]
        np.testing.assert_array_equal(market.labs.active, expected)
        market.step()


# One more lab


def test_one_more_lab_is_like_another_but_for_what_is_said() -> None:
    history = load()
    more = history.with_lab("Newcomer", like="Mistral", cash_0=2.5, region="US")
    assert more.names == (*history.names, "Newcomer")
    assert more.attributes["Newcomer"] == {
        **history.attributes["Mistral"],
        "cash_0": "2.5",
        "region": "US",
        "uid": more.attributes["Newcomer"]["uid"],
    }
    assert int(more.attributes["Newcomer"]["uid"]) not in {int(a["uid"]) for a in history.attributes.values()}
    assert more.last_release(len(history.names)) == 0
    np.testing.assert_array_equal(more.compute_path(20)[:-1], history.compute_path(20))
    assert more.compute_path(20)[-1] == history.compute_path(20)[history.names.index("Mistral")]
    # The record it came from is as it was.
    assert "Newcomer" not in history.attributes
    assert load().names == history.names


def test_a_name_or_identity_that_is_taken_is_refused() -> None:
    history = load()
    with pytest.raises(ParameterError, match="name = 'Meta' is not allowed: the lab exists already"):
        history.with_lab("Meta", like="Mistral")
    with pytest.raises(ParameterError, match="uid of lab 'New' = 0"):
        history.with_lab("New", like="Mistral", uid=0)
    with pytest.raises(ParameterError, match="a free one below 42"):
        history.with_lab("New", like="Mistral", uid=42)
    for number in range(42 - len(history.names)):
        history = history.with_lab(f"Lab{number}", like="Mistral")
    assert len(history.names) == 42
    with pytest.raises(ParameterError, match="uid of lab 'one too many' = None"):
        history.with_lab("one too many", like="Mistral")


def test_an_unused_lab_changes_nobodys_luck() -> None:
    """A lab without staff, releases or rents: every choice and every capability is the same bit for bit."""
    history = load()
    more = history.with_lab("Newcomer", like="Mistral", researchers_0=0, entry="2100-01", support=0)
    plain, beside = Market(rng=9, developers=2000), Market(rng=9, developers=2000, record_of=more)
    for _ in range(30):
        plain.step()
        beside.step()
    np.testing.assert_array_equal(plain.developers.choice, beside.developers.choice)
    np.testing.assert_array_equal(plain.record.labs["capability"], beside.record.labs["capability"][:, :-1])
    labs = len(plain.labs)
    shifted = np.where(plain.researchers.employer >= labs, plain.researchers.employer + 1, plain.researchers.employer)
    np.testing.assert_array_equal(shifted, beside.researchers.employer)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("entry", "soon"), ("entry", 3), ("entry", "2023-13"), ("researchers_0", -5), ("researchers_0", "many"),
        ("researchers_0", True), ("researchers_0", math.nan), ("researchers_0", math.inf), ("researchers_0", None),
        ("methods_0", math.nan), ("methods_0", 1e9), ("cash_0", -1e12), ("cash_0", 10**400), ("parent", "maybe"),
        ("parent", 2), ("trust_0", 7), ("cadence", 0), ("cadence", -3), ("safeguards", math.nan), ("support", -1),
        ("fit_enterprise", "x"), ("service", b"1"), ("awareness_0", [1.0]), ("complement", "1_0"),
    ],
)  # fmt: skip
def test_an_attribute_of_a_new_lab_that_cannot_be(attribute: str, value: Any) -> None:
    """It was taken, and the market stumbled over it in its first month, or lived on with a lab of −5 researchers."""
    with pytest.raises(sim.ParameterError, match="is not allowed; allowed: ") as refused:
        load().with_lab("New", like="Mistral", **{attribute: value})
    assert str(refused.value).startswith(("date" if attribute == "entry" else attribute) + " = ")


def test_no_lab_has_the_name_of_all() -> None:
    with pytest.raises(sim.ParameterError, match="which means all labs"):
        load().with_lab("*", like="Mistral")


def test_every_lab_of_the_record_could_be_added() -> None:
    history = load()
    for number, name in enumerate(history.names):
        given = {key: value for key, value in history.attributes[name].items() if key != "uid"}
        more = history.with_lab(f"Other {number}", like="Mistral", **given)
        assert {**more.attributes[f"Other {number}"], "uid": ""} == {**history.attributes[name], "uid": ""}
