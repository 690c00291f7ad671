"""The whole market: its names, its record, its refusals, and what scenarios plainly do."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

import sim
from sim.agents.lab import CLOSED, LEGACY, OPEN, OPENNESS, SLOTS, TIERS, WEIGHTS
from sim.data.calendar import LAST_HISTORICAL_MONTH, date_of, month_of
from sim.measures import LABS, MARKET
from sim.parameters.fields import REGIONS

MONTHS = 45
NAMED_OF_MARKET = """
    open_share_spend open_share_tokens open_share_users open_share_enterprise hhi frontier open_frontier open_lag
    open_lag_step open_gap china_lag innovation_speed price_gpt35_level price_gpt4_level frontier_price closed_margin
    adoption spend consumer_gain contributions startups entries exits incidents trust migration_cn_us migration_us_cn
"""
NAMED_OF_LABS = """
    share_spend share_tokens share_users share_enterprise capability price margin revenue profit cash compute
    researchers wage openness trust valuation
"""


@pytest.fixture(scope="module")
def baseline() -> sim.Market:
    market = sim.Market(sim.Parameters(), rng=1, developers=2000)
    market.run(months=MONTHS)
    return market


def lived(setup: sim.Scenario, baseline: sim.Market) -> sim.Market:
    market = sim.Market(rng=1, developers=2000, setup=setup, reference=baseline.record)
    market.run(MONTHS)
    return market


def lines_of(market: sim.Market, lab: str) -> np.ndarray:
    return market.lines.lab == market.lab_names.index(lab)


# Names that others rely on


def test_public_names() -> None:
    assert set(sim.__all__) >= {"Market", "Parameters", "Scenario", "Record", "ParameterError", "ScenarioError"}
    assert all(hasattr(sim, name) for name in sim.__all__)


def test_a_market_as_documented(baseline: sim.Market) -> None:
    market = sim.Market(sim.Parameters(), rng=1, developers=20_000)
    assert (market.month, market.date) == (0, "2022-11")
    market.step()
    assert (market.month, market.date) == (1, "2022-12")
    record = market.run(months=2)
    assert (market.month, market.date) == (3, "2023-02")
    assert record is market.record
    assert len(market.developers) == 20_000
    assert market.setup.name == "baseline"
    assert market.parameters == sim.Parameters()
    assert len(market.labs) == len(market.lab_names) >= 10
    assert {"OpenAI", "Google", "Anthropic", "Meta", "DeepSeek", "Mistral", "Alibaba"} <= set(market.lab_names)


def test_overrides_are_dotted_parameters() -> None:
    parameters = sim.Parameters().with_(**{"talent.mobility": 0.02})
    assert parameters.talent.mobility == 0.02
    given = sim.Market(parameters, rng=1, developers=100)
    by_keyword = sim.Market(rng=1, developers=100, **{"talent.mobility": 0.02})
    assert given.parameters == by_keyword.parameters
    both = sim.Market(parameters, rng=1, developers=100, **{"talent.mobility": 0.05, "talent.exit": 0.01})
    assert (both.parameters.talent.mobility, both.parameters.talent.exit) == (0.05, 0.01)


def test_measures_that_others_rely_on_exist() -> None:
    assert set(NAMED_OF_MARKET.split()) <= set(MARKET)
    assert set(NAMED_OF_LABS.split()) <= set(LABS)
    for measure in (*MARKET.values(), *LABS.values()):
        assert measure.unit
        assert measure.doc.endswith(".")


def test_clock() -> None:
    assert (date_of(0), date_of(1), date_of(2), date_of(600)) == ("2022-11", "2022-12", "2023-01", "2072-11")
    assert [month_of(date_of(month)) for month in range(700)] == list(range(700))
    assert month_of("2025-12") == LAST_HISTORICAL_MONTH == 37
    for wrong in ("2023-13", "2023-00", "2023", "23-01", "2023-1", "2023-01-01", ""):
        with pytest.raises(ValueError, match="YYYY-MM"):
            month_of(wrong)


# The record


def test_record_has_a_row_a_month_and_a_column_a_lab(baseline: sim.Market) -> None:
    record = baseline.record
    assert record.months == MONTHS
    assert record.lab_names == baseline.lab_names
    assert set(record.market) == set(MARKET)
    assert set(record.labs) == set(LABS)
    assert {values.shape for values in record.market.values()} == {(MONTHS + 1,)}
    assert {values.shape for values in record.labs.values()} == {(MONTHS + 1, len(baseline.labs))}
    assert len(record.chip_prices) == MONTHS + 1
    for name, values in record.market.items():
        assert np.array_equal(record.last(name), values[-1], equal_nan=True)
    for name, values in record.labs.items():
        assert np.array_equal(record.last_of_labs(name), values[-1], equal_nan=True)


def test_record_keeps_the_past(baseline: sim.Market) -> None:
    """Rows are of their month: a longer run has the rows of a shorter one."""
    short = sim.Market(rng=1, developers=2000)
    short.run(5)
    for name, values in short.record.market.items():
        assert np.array_equal(values, baseline.record.market[name][:6], equal_nan=True), name
    for name, values in short.record.labs.items():
        assert np.array_equal(values, baseline.record.labs[name][:6], equal_nan=True), name


def test_flows_are_moves_of_researchers(baseline: sim.Market) -> None:
    employers = {*baseline.lab_names, *(f"{kind} {region}" for kind in ("elsewhere", "startups") for region in REGIONS)}
    flows = baseline.record.flows("employer")
    assert flows
    weight = baseline.researchers.weight
    for month, origin, destination, researchers in flows:
        assert 0 <= month <= MONTHS
        assert {origin, destination} <= employers
        assert origin != destination
        assert researchers > 0.0
        assert researchers / weight == pytest.approx(round(researchers / weight))
    by_region = baseline.record.flows("region")
    assert {name for _, origin, destination, _ in by_region for name in (origin, destination)} <= set(REGIONS)
    year = [row for row in by_region if row[0] > MONTHS - 12]
    for origin, destination in (("CN", "US"), ("US", "CN")):
        moved = sum(row[3] for row in year if row[1:3] == (origin, destination))
        name = f"migration_{origin}_{destination}".lower()
        assert baseline.record.last(name) == pytest.approx(moved)
    with pytest.raises(ValueError, match="employer, region"):
        baseline.record.flows("continent")


def test_frontiers_never_fall_and_open_follows(baseline: sim.Market) -> None:
    """Weights once out are never recalled, and nobody forgets."""
    record = baseline.record.market
    for name in ("frontier", "open_frontier", "us_frontier", "china_frontier"):
        path = record[name][np.isfinite(record[name])]
        assert (np.diff(path) >= 0.0).all(), name
    both = np.isfinite(record["open_frontier"])
    assert (record["open_frontier"][both] <= record["frontier"][both]).all()
    assert record["frontier"] == pytest.approx(np.fmax(record["us_frontier"], record["china_frontier"]), abs=1e-12)


# One run, whatever the way to it


def test_same_seed_same_run(baseline: sim.Market) -> None:
    again = sim.Market(rng=1, developers=2000)
    again.run(MONTHS)
    assert np.array_equal(again.developers.choice, baseline.developers.choice)
    for name, values in again.record.market.items():
        assert np.array_equal(values, baseline.record.market[name], equal_nan=True), name


def test_order_of_construction_does_not_matter() -> None:
    """Two markets made one after the other, the other way round, or stepped in turn do not know of each other."""
    first, second = sim.Market(rng=1, developers=300), sim.Market(rng=2, developers=500)
    first.run(8)
    second.run(8)
    late, early = sim.Market(rng=2, developers=500), sim.Market(rng=1, developers=300)
    for _ in range(8):
        late.step()
        early.step()
    for here, there in ((first, early), (second, late)):
        assert np.array_equal(here.developers.choice, there.developers.choice)
        assert np.array_equal(here.startups.uid, there.startups.uid)
        assert here.record.market["spend"].tolist() == there.record.market["spend"].tolist()


def test_parameters_in_any_order_give_the_same_run() -> None:
    some = {"talent.mobility": 0.05, "adoption.hazard": 0.2, "finance.elasticity": 0.5}
    first = sim.Market(rng=1, developers=300, **some)
    second = sim.Market(rng=1, developers=300, **dict(reversed(some.items())))
    first.run(6)
    second.run(6)
    assert np.array_equal(first.developers.choice, second.developers.choice)
    assert first.record.market["spend"].tolist() == second.record.market["spend"].tolist()


def test_population_costs_few_bytes() -> None:
    """At most eight bytes a developer, all arrays of the population counted."""
    number = 1_000_000
    market = sim.Market(rng=1, developers=number)
    arrays = [values for values in vars(market.developers).values() if isinstance(values, np.ndarray)]
    assert sum(values.size == number for values in arrays) >= 2
    assert sum(values.nbytes for values in arrays) / number <= 8.0


# Refusals: one line that names the field, the value and what is allowed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"developers": 99}, "developers = 99"),
        ({"developers": 50_000_001}, "developers = 50000001"),
        ({"developers": 1000.0}, "developers = 1000.0"),
        ({"developers": True}, "developers = True"),
        ({"developers": "1000"}, "developers = '1000'"),
        ({"rng": -1}, "rng = -1"),
        ({"rng": 2**63}, f"rng = {2**63}"),
        ({"rng": 1.5}, "rng = 1.5"),
        ({"rng": "one"}, "rng = 'one'"),
        ({"rng": True}, "rng = True"),
        ({"seed": "-3"}, "rng = '-3'"),
        ({"talent.mobility": 2.0}, "talent.mobility = 2.0"),
        ({"talent.mobility": float("nan")}, "talent.mobility = nan"),
        ({"talent.mobilty": 0.1}, "did you mean talent.mobility?"),
        ({"developer": 1000}, "developer: no such parameter; write developers="),
        ({"scenario": "no_open_weights"}, "write setup=experiments.scenario('no_open_weights')"),
        ({"setup": "no_open_weights"}, "as experiments.scenario('no_open_weights') gives"),
        ({"labs": {"Meta": "closed"}}, "write setup=sim.Scenario(name='mine', why='…', labs={'Meta': 'closed'})"),
        ({"months": 12}, "write sim.Market(…).run(months=12)"),
        ({"seeds": 20}, "write rng=1 for one run, or experiments.ensemble('baseline', seeds=20) for many"),
        ({"params": {}}, "write parameters=sim.Parameters()"),
        (
            {"talent": {"mobility": 0.1}},
            "but a section; write the whole address: talent.researchers, talent.",
        ),
    ],
)
def test_wrong_options_are_refused_in_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(sim.ParameterError) as refused:
        sim.Market(**{"rng": 1, "developers": 100, **options} if "seed" not in options else options)
    message = str(refused.value)
    assert said in message
    assert "\n" not in message


def test_what_refusals_say_to_write_works() -> None:
    import experiments

    assert "closed" in sim.Scenario(name="mine", why="…", labs={"Meta": "closed"}).labs.values()
    closed = sim.Market(rng=1, developers=100, setup=experiments.scenario("no_open_weights"))
    assert not closed.parameters.release.weights_allowed


@pytest.mark.parametrize("months", [0, -1, 601, 1.0, "12", True, None])
def test_run_takes_1_to_600_months(months: object) -> None:
    market = sim.Market(rng=1, developers=100)
    with pytest.raises(
        sim.ParameterError, match=r"^months = .* is not allowed; allowed: a whole number from 1 to 600$"
    ):
        market.run(months)
    assert market.month == 0


@pytest.mark.slow
def test_the_longest_run_arrives() -> None:
    """Fifty years, all finite, and nothing that feeds on itself.

    Released compute grows by 0.4 OOM a year; know-how adds to it and slows down, so the frontier never again gains
    as much in a year as in the first, when it came from 0.
    """
    market = sim.Market(rng=1, developers=200)
    market.run(600)
    assert market.date == "2072-11"
    for name in ("spend", "frontier", "consumer_gain", "frontier_price"):
        assert np.isfinite(market.record.market[name]).all(), name
    growth = np.diff(market.record.market["frontier"][::12])
    assert growth[10:].max() < 1.3


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"labs": {"Metta": "closed"}}, "did you mean Meta?"),
        ({"labs": {"Meta": "shut"}}, "labs.Meta = 'shut'"),
        ({"params": {"talent.mobility": 7}}, "talent.mobility = 7"),
        ({"changes": {"2023-13": {}}}, "2023-13"),
        ({"changes": {"2022-10": {}}}, "before the start"),
        ({"labs": {"Meta": "absent"}, "changes": {"2024-01": {"labs": {"Meta": "closed"}}}}, "contradicts"),
        ({"labs": {"*": "absent"}}, "every lab is absent"),
    ],
)
def test_wrong_scenarios_are_refused_in_one_line(tree: dict[str, Any], said: str) -> None:
    with pytest.raises(sim.ScenarioError) as refused:
        sim.Market(rng=1, developers=100, setup=sim.Scenario(name="wrong", **tree))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


# The reference run


def test_reference_shorter_than_the_run_is_refused_in_one_line() -> None:
    short = sim.Market(rng=1, developers=200)
    short.run(3)
    market = sim.Market(
        rng=1, developers=200, setup=sim.Scenario(name="x", labs={"Meta": "closed"}), reference=short.record
    )
    market.run(3)
    with pytest.raises(sim.ParameterError) as refused:
        market.step()
    assert str(refused.value) == "reference covers 3 months, this run is in month 4; run it as long"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"rng": 2}, "reference has seed = 2, this run 1"),
        ({"developers": 300}, "reference has developers = 300, this run 200"),
    ],
)
def test_a_reference_of_other_luck_is_refused_in_one_line(other: dict[str, int], said: str) -> None:
    """It would be taken for the scenario's effect, to the last digit, without a word."""
    asked: dict[str, Any] = {"rng": 1, "developers": 200}
    changed: dict[str, Any] = {"setup": sim.Scenario(name="x", params={"talent.mobility": 0.2})}
    stranger = sim.Market(**(asked | other)).run(3)
    with pytest.raises(sim.ParameterError) as refused:
        sim.Market(**asked, **changed, reference=stranger)
    assert str(refused.value) == f"{said}; allowed: a run of the same seed and developers"
    own = sim.Market(**asked).run(3)
    assert (own.seed, own.developers) == (1, 200)
    given = sim.Market(**asked, **changed, reference=own).run(3)
    assert given.last("hhi") == sim.Market(**asked, **changed).run(3).last("hhi")


def test_computing_its_own_reference_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """And it is the run without the scenario's changes: given or computed beside, the result is the same."""
    setup = sim.Scenario(name="meta_closes", changes={"2023-03": {"labs": {"Meta": "closed"}}})
    with caplog.at_level(logging.WARNING, logger="sim"):
        beside = sim.Market(rng=1, developers=500, setup=setup)
    assert [record.getMessage() for record in caplog.records] == [
        "scenario meta_closes: no reference given, so the run without its changes is computed beside it"
    ]
    caplog.clear()
    plain = sim.Market(rng=1, developers=500)
    plain.run(20)
    given = sim.Market(rng=1, developers=500, setup=setup, reference=plain.record)
    assert not caplog.records
    # Also where neither rents nor chip prices move investment: what the record leaves over is the reference's.
    sim.Market(rng=1, developers=500, setup=setup, **{"finance.elasticity": 0.0, "finance.price_elasticity": 0.0})
    assert len(caplog.records) == 1
    assert given.reference is plain.record
    assert plain.reference is None
    beside.run(20)
    given.run(20)
    assert np.array_equal(beside.developers.choice, given.developers.choice)
    assert np.array_equal(beside.record.labs["compute"], given.record.labs["compute"])
    assert not np.array_equal(plain.record.labs["compute"], given.record.labs["compute"])


# What scenarios plainly do


def test_baseline_follows_history(baseline: sim.Market) -> None:
    """Dates and openness of releases to 2025-12 are those of the record."""
    assert baseline.lines.live[lines_of(baseline, "Meta") & (baseline.lines.access == OPEN)].any()
    assert not baseline.lines.live[lines_of(baseline, "Anthropic") & (baseline.lines.access != CLOSED)].any()
    assert 0.0 < baseline.record.last("open_share_tokens") < 1.0
    # Months after 2025-12 bring releases at drawn dates.
    assert baseline.labs.runs.sum() > 0
    assert (baseline.labs.next_release[baseline.labs.active] > MONTHS).all()


def test_scenario_no_open_weights_leaves_no_open_share(baseline: sim.Market) -> None:
    market = lived(
        sim.Scenario(name="no_open_weights", params={"release.weights_allowed": False, "release.methods_cap": 1}),
        baseline,
    )
    for name in ("open_share_spend", "open_share_tokens", "open_share_users", "open_share_enterprise"):
        assert (market.record.market[name] == 0.0).all(), name
    assert np.isnan(market.record.market["open_frontier"]).all()
    assert (market.record.market["contributions"] == 0.0).all()
    assert not market.lines.live[market.lines.access != CLOSED].any()
    assert market.record.labs["openness"].max() == OPENNESS.index("paper")
    # Those who would have released weights sell instead.
    assert market.lines.live[lines_of(market, "Meta") & (market.lines.access == CLOSED)].any()


def test_scenario_everyone_opens_opens_everyone(baseline: sim.Market) -> None:
    market = lived(sim.Scenario(name="everyone_opens", changes={"2023-01": {"labs": {"*": "open_weights"}}}), baseline)
    january = month_of("2023-01")
    for name in ("openness", "capability", "share_tokens"):
        path, history = market.record.labs[name], baseline.record.labs[name]
        assert np.array_equal(path[:january], history[:january], equal_nan=True), name
    recorded = market.lab_names[: len(market.labs) - market.history.newcomers]
    opened = [market.lines.live[lines_of(market, lab) & (market.lines.access == OPEN)].any() for lab in recorded]
    assert all(opened)
    newest = market.lines.birth[market.lines.live & (market.lines.access == CLOSED)]
    assert (newest < january).all()  # no closed model after the change
    assert (market.record.labs["openness"][-1][: len(recorded)] >= WEIGHTS).all()
    assert market.record.last("open_share_tokens") > baseline.record.last("open_share_tokens")


def test_scenario_meta_closes_freezes_its_open_models(baseline: sim.Market) -> None:
    """Weights that are out stay out; nothing newer joins them, and the next models are closed."""
    market = lived(sim.Scenario(name="meta_closes", changes={"2023-07": {"labs": {"Meta": "closed"}}}), baseline)
    july = month_of("2023-07")
    mine, lines = lines_of(market, "Meta"), market.lines
    assert baseline.lines.birth[mine & (lines.access == OPEN)].max() > july
    assert (lines.birth[mine & (lines.access != CLOSED)] < july).all()
    before = sim.Market(rng=1, developers=2000)
    before.run(july - 1)
    assert np.array_equal(
        lines.live[mine & (lines.access != CLOSED)], before.lines.live[mine & (lines.access != CLOSED)]
    )
    out = mine & (lines.access != CLOSED) & lines.live
    assert np.array_equal(lines.capability[out], before.lines.capability[out])
    assert lines.live[mine & (lines.access == CLOSED)].any()
    assert (lines.birth[mine & (lines.access == CLOSED) & lines.live] >= july).all()
    others = lines.live & ~mine & (lines.access == OPEN)
    assert others.any()


def test_scenario_absent_lab_has_nothing(baseline: sim.Market) -> None:
    market = lived(sim.Scenario(name="no_deepseek", labs={"DeepSeek": "absent"}), baseline)
    row = market.lab_names.index("DeepSeek")
    assert not market.lines.live[lines_of(market, "DeepSeek")].any()
    for name in ("share_spend", "share_tokens", "share_users", "share_enterprise", "revenue", "researchers"):
        assert (market.record.labs[name][:, row] == 0.0).all(), name
    assert np.isnan(market.record.labs["capability"][:, row]).all()
    assert not (market.researchers.employer == row).any()
    entered = baseline.lines.birth[lines_of(baseline, "DeepSeek") & baseline.lines.live].min()
    assert entered > 0
    # Nothing else differs until it would have been founded, but for where its founders are.
    first = int(baseline.labs.entry[row])
    for name in ("share_tokens", "capability"):
        here, there = (np.delete(m.record.labs[name][:first], row, axis=1) for m in (market, baseline))
        assert np.array_equal(here, there, equal_nan=True), name


def test_delayed_lab_opens_every_model_when_it_has_come_of_age(baseline: sim.Market) -> None:
    """OpenAI publishes the weights of each model twelve months after its release, replaced or not by then."""
    market = sim.Market(
        rng=1,
        developers=2000,
        setup=sim.Scenario(name="late", labs={"OpenAI": "delayed"}),
        reference=baseline.record,
    )
    delay, mine = market.parameters.release.delay, lines_of(market, "OpenAI")
    closed: dict[tuple[int, int], float] = {}
    opened: dict[tuple[int, int], float] = {}
    for month in range(MONTHS + 1):
        lines = market.lines
        for row in np.flatnonzero(mine & lines.live & lines.fresh):
            kept = closed if lines.access[row] == CLOSED else opened
            kept[int(lines.tier[row]), month] = float(lines.capability[row])
        if month < MONTHS:
            market.step()
    due = {(tier, month + delay): value for (tier, month), value in closed.items() if month + delay <= MONTHS}
    assert len(due) >= 2
    assert opened == due


def test_lines_are_six_slots_a_lab(baseline: sim.Market) -> None:
    lines = baseline.lines
    assert len(lines) == SLOTS * len(baseline.labs)
    assert np.array_equal(lines.lab, np.repeat(np.arange(len(baseline.labs)), SLOTS))
    assert np.unique(lines.option).size == len(lines)
    assert set(zip(lines.access[:SLOTS].tolist(), lines.tier[:SLOTS].tolist(), strict=True)) == {
        (access, tier) for access in (CLOSED, OPEN, LEGACY) for tier in range(len(TIERS))
    }
