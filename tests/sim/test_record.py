"""The end of the record: what was published later is not known, and what is given stays given."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim import Market, Parameters, Scenario, month_of
from sim.data.calendar import LAST_HISTORICAL_MONTH
from sim.data.history import History, Release, load
from sim.parameters.recorded import Recorded
from sim.record import Record

ENDS = next(leaf.choices for leaf in Recorded().leaves() if leaf.address == "end")
T = "2024-12"
MONTHS = 50


def changed_after(month: int, **tables: bool) -> History:
    """The record with another future in the named tables: what was published later than a month is otherwise."""
    record = load()
    new: dict[str, object] = {}
    if tables.get("compute"):
        new["compute"] = {
            lab: [(when, value + 1.0 * (when > month)) for when, value in points]
            for lab, points in record.compute.items()
        }
    if tables.get("spending"):
        new["spending"] = {
            lab: [(when, value * (7.0 if when > month else 1.0)) for when, value in points]
            for lab, points in record.spending.items()
        }
    if tables.get("capability"):
        new["releases"] = {
            when: [model._replace(known=model.known + 1.0) if when > month else model for model in models]
            for when, models in record.releases.items()
        }
    if tables.get("releases"):
        # Other dates, openness, sizes and origins; some labs have none any more.
        later = [
            model._replace(level=3 - min(model.level, 3), active=1.0, total=9.0, starts_from="Llama-2-70B")
            for when, models in record.releases.items()
            if when > month
            for model in models
            if model.lab != 2
        ]
        new["releases"] = {when: models for when, models in record.releases.items() if when <= month}
        new["releases"] |= {when: later[when::7] for when in range(month + 2, LAST_HISTORICAL_MONTH + 1)}
    if tables.get("openings"):
        new["openings"] = {when: rows for when, rows in record.openings.items() if when <= month}
        new["openings"] |= {month + 3: [(record.names.index("OpenAI"), 0, month_of("2023-03"))]}
    if tables.get("events"):
        new["pulse_events"] = {when: rows for when, rows in record.pulse_events.items() if when <= month}
        new["pulse_events"] |= {month + 1: [("Meta", 3.0)]}
        wedges = [(when, region, value) for when, region, value in record.wedges if when <= month]
        new["wedges"] = [*wedges, (month + 2, 1, 4.0), (month + 2, 2, 1.0)]
    if tables.get("discoveries"):
        known = {lab: when for lab, when in record.discoveries.items() if when <= month}
        new["discoveries"] = {**known, **{lab: month + 1 for lab in record.names if lab not in known}}
    return dataclasses.replace(record, _cache={}, **new)


def lived(history: History, end: str = T, months: int = MONTHS, **parameters: object) -> Record:
    return Market(rng=3, developers=500, record_of=history, **{"record.end": end, **parameters}).run(months)


def same(first: Record, second: Record, months: int | None = None) -> bool:
    return all(
        np.array_equal(values[:months], other[:months], equal_nan=True)
        for kind in ("market", "labs")
        for values, other in zip(getattr(first, kind).values(), getattr(second, kind).values(), strict=True)
    )


TABLES = ("compute", "spending", "capability", "releases", "openings", "events", "discoveries")


@pytest.fixture(scope="module")
def forecast() -> Record:
    """A run whose record ends in 2024-12."""
    return lived(load())


@pytest.mark.parametrize("table", TABLES)
def test_nothing_that_was_published_after_the_end_enters(table: str, forecast: Record) -> None:
    other = changed_after(month_of(T), **{table: True})
    assert same(lived(other), forecast)
    # And it would: with the whole record these rows count, from when they were published and not before.
    whole, changed = lived(load(), "2025-12"), lived(other, "2025-12")
    assert not same(whole, changed)
    # Budgets are interpolated between what was published by the end; all else counts from its month on.
    assert same(whole, changed, month_of(T) + 1) == (table != "spending")


def test_the_end_moves_compute_dates_openness_and_capability(forecast: Record) -> None:
    """After T all four are the model's own; to T they are the same whenever the record ends.

    But for capability that nobody measured, for budgets are interpolated to the next figure that was known.
    """
    whole = lived(load(), "2025-12")
    end = month_of(T)
    for measure in ("compute", "openness"):
        np.testing.assert_array_equal(forecast.labs[measure][: end + 1], whole.labs[measure][: end + 1])
    before = [run for run in forecast.completed if run.month <= end]
    for run, other in zip(before, whole.completed, strict=False):
        assert (run.month, run.model, run.level, run.size) == (other.month, other.model, other.level, other.size)
        if np.isfinite(run.known):
            assert run.capability == pytest.approx(other.capability, abs=1e-9)
    # Compute is what was spent half a year earlier, so nothing jumps at the end, and then labs go apart.
    there = forecast.labs["exists"][end] > 0.0
    grown = (forecast.labs["compute"][end + 1 :] - forecast.labs["compute"][end])[:, there]
    assert np.abs(grown[0]).max() < 0.15
    assert np.ptp(grown[-1]) > 0.1
    dates = {(run.lab, run.tier, run.month) for run in forecast.completed if run.month > end}
    history = {
        (model.lab, model.tier, when) for when, models in load().releases.items() if when > end for model in models
    }
    assert dates - history and history - dates
    assert all(run.level == -1 and np.isnan(run.known) for run in forecast.completed if run.month > end)
    # xAI published the weights of Grok-2 in 2025-08; who knows only to 2024-12 does not know.
    xai = load().names.index("xAI")
    opened = [version for version in forecast.teachers if np.isfinite(version.weights[xai])]
    assert opened[-1].weights[xai] == opened[0].weights[xai]
    assert whole.teachers[-1].weights[xai] > whole.teachers[month_of("2025-07")].weights[xai]


@pytest.mark.parametrize("table", TABLES)
def test_what_is_given_stays_that_of_the_tables(table: str) -> None:
    """Compute, spending, dates, openness, sizes and events to the end of the tables; capability is drawn after T."""
    given = lived(load(), **{"record.given": True})
    changed = lived(changed_after(month_of(T), **{table: True}), **{"record.given": True})
    assert same(given, changed) == (table == "capability")
    if table == "capability":
        whole, end = lived(load(), "2025-12"), month_of(T)
        assert same(given, whole, end + 1)  # budgets too are those of the whole tables
        labs = len(load().names)  # whether others are founded depends on what is drawn
        ours, theirs = ([run for run in lives.completed if run.lab < labs] for lives in (given, whole))
        for run, other in zip(ours, theirs, strict=False):
            assert (run.month, run.model) == (other.month, other.model)
            if run.month <= LAST_HISTORICAL_MONTH:
                assert run.size == other.size
                assert run.level == other.level
        later = [run for run in given.completed if end < run.month <= LAST_HISTORICAL_MONTH]
        assert len(later) > 40
        assert not any(run.counts for run in later)
        measured = [run for run in later if np.isfinite(run.known)]
        error = np.array([run.capability - run.known for run in measured])
        assert np.abs(error).min() > 0.0


@pytest.mark.parametrize("end", ENDS)
def test_every_end_can_be_lived_beyond(end: str) -> None:
    record = load()
    month = month_of(end)
    for when in (month, month + 1, month + 13):
        compute, budget = record.compute_path(when, month), record.budget_path(when, month)
        assert np.isfinite(compute).all()
        assert (budget > 0.0).all()
    market = Market(rng=1, developers=100, **{"record.end": end})
    market.run(min(month + 8, 40))
    assert any(run.month > month for run in market.record.completed) or month > 32


def test_a_scenario_has_the_residuals_of_its_reference_to_the_end_only() -> None:
    """What was measured after T is no residual that a scenario could take."""
    reference = lived(load())
    market = Market(
        Parameters().with_(**{"record.end": T}),
        rng=3,
        developers=500,
        setup=Scenario(name="no_openai", labs={"OpenAI": "absent"}),
        reference=reference,
    )
    market.run(MONTHS)
    end = month_of(T)
    before = [run for run in market.record.completed if run.month <= end]
    assert all(run.residual == reference.residuals[market.lab_names[run.lab], run.model] for run in before)
    # Later ones start from the same last residual and have the same luck: with the same dates they are the same.
    twins = {(run.lab, run.tier, run.month, run.model): run for run in reference.completed if run.month > end}
    pairs = [
        (run, twins[key])
        for run in market.record.completed
        if run.month > end and (key := (run.lab, run.tier, run.month, run.model)) in twins
    ]
    assert len(pairs) > 40
    assert all(run.residual.own == pytest.approx(twin.residual.own, abs=1e-12) for run, twin in pairs)


def test_a_release_of_which_nothing_is_known_is_one() -> None:
    """By default a release has neither index nor size nor origin."""
    model = Release(0, 1, 2)
    assert np.isnan([model.known, model.active, model.total]).all()
    assert (model.model, model.starts_from, model.reasoning) == ("", "", False)
