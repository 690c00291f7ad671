"""The table of published numbers is whole, and says nothing that contradicts itself."""

from __future__ import annotations

import math

import pytest

import sim
from experiments.findings.targets.definitions import DEFINITIONS
from experiments.findings.targets.rows import CONFIDENCES, SCALES, Row, rows
from experiments.findings.targets.run import OF_LABS
from sim.data import history

COMPUTABLE = [row for row in rows() if row.computable]
# What a run takes from the record: how far hosts are apart, compute, where researchers work, and what is released how.
INPUTS = {"C12", "C24", "C26", "C29"}
# What follows from measured capability, which runs follow to the end of the record.
FIXED = {"C01", "C02", "C03", "C04", "C05", "C06"}
CAPABILITY = {"frontier", "open_frontier", "us_frontier", "open_lag", "open_lag_closed", "europe_lag"}
# Units in which a measure may be published other than its own.
CONVERTED = {("1", "%"), ("OOM", "index")}
# Of functions whose result is a rate, a ratio or a number of another kind, whatever the unit of the measure.
OWN_UNIT = {
    "growth": "x/year", "compute_growth": "x/year", "fall_a_year": "x/year", "fall": "x", "fall_first_year": "x",
    "rise": "x", "log_trend": "ln/year", "hhi": "1", "exit_hazard": "1/year", "released_open": "1", "elo_gap": "Elo",
    "contribution_gini": "1", "contribution_top": "1",
}  # fmt: skip


def test_all_twenty_nine_targets_are_there() -> None:
    assert {row.target for row in rows()} == {"", *(f"C{number:02d}" for number in range(1, 30))}
    assert len({row.id for row in rows()}) == len(rows()) == 104
    assert len(COMPUTABLE) == 93
    assert {row.target for row in rows() if not row.computable} == {"C12", "C20", "C21"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_row_is_whole(row: Row) -> None:
    assert row.low <= row.value <= row.high
    assert math.isfinite(row.value)
    assert math.isfinite(row.low)
    assert row.low < row.value or row.value < row.high
    assert row.what and row.unit and row.source
    assert row.scale in SCALES
    assert row.confidence in CONFIDENCES
    assert row.scale == "linear" or row.low > 0.0
    assert 0 <= sim.month_of(row.first) <= sim.month_of(row.last)
    # Nothing published after the end of the record; the growth of startups is a judgement.
    assert row.last <= "2025-12" or row.confidence == "assumed"
    assert row.id.startswith(row.target or "V")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_row_is_computed_or_says_why_not(row: Row) -> None:
    assert bool(row.function) is not bool(row.why_not)
    assert row.computable or not (row.measure or row.input != "no")


def test_inputs_are_marked() -> None:
    assert {row.target for row in rows() if row.input == "yes"} == INPUTS
    assert all(row.input == "yes" for row in rows() if row.target in INPUTS and row.computable)
    assert {row.target for row in rows() if row.input == "record" and row.target} == FIXED
    assert {row.measure for row in rows() if row.input == "record"} == CAPABILITY
    assert all(row.input == "record" for row in rows() if row.measure in CAPABILITY)


@pytest.mark.parametrize("row", COMPUTABLE, ids=lambda row: row.id)
def test_row_names_what_exists(row: Row) -> None:
    assert row.function in DEFINITIONS
    assert set(filter(None, row.lab.split(";"))) <= set(history.lab_names())
    if not row.measure:
        assert row.function.startswith("contribution_")
        return
    registry = sim.measures.LABS if row.measure.startswith(OF_LABS) else sim.measures.MARKET
    unit = registry[row.measure.removeprefix(OF_LABS)].unit
    if row.function in OWN_UNIT:
        assert row.unit == OWN_UNIT[row.function]
    else:
        base = row.unit.removesuffix("/year") if row.function == "record_slope" else row.unit
        assert unit == base or (unit, base) in CONVERTED


def test_every_definition_is_used() -> None:
    assert set(DEFINITIONS) == {row.function for row in COMPUTABLE}
