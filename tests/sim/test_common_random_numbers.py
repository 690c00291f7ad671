"""Two worlds with one seed differ only by what was done to them."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

import sim
from sim.data import history
from sim.mechanisms.contribution import individual_contributions
from sim.numerics import draws
from sim.parameters.fields import ORGANISATIONS
from sim.record import Record
from tests.instruments.settings import LABS_ALONE

MONTHS = 40
TABLES = ("labs", "lines", "segments", "startups", "governments", "world")
PEOPLE = {
    "developers": ("segment", "choice", "counts"),
    "researchers": ("identity", "employer", "origin", "skill"),
}


def differing(first: sim.Market, second: sim.Market) -> list[str]:
    """Columns and measures that are not bitwise the same; missing equals missing."""
    names = []
    for table in TABLES:
        for column, values in getattr(first, table).items():
            if not np.array_equal(values, getattr(getattr(second, table), column), equal_nan=values.dtype.kind == "f"):
                names.append(f"{table}.{column}")
    for population, columns in PEOPLE.items():
        for column in columns:
            if not np.array_equal(*(getattr(getattr(m, population), column) for m in (first, second))):
                names.append(f"{population}.{column}")
    return names + differing_measures(first.record, second.record)


def differing_measures(first: Record, second: Record) -> list[str]:
    names = []
    for kind in ("market", "labs"):
        here, there = getattr(first, kind), getattr(second, kind)
        assert here.keys() == there.keys()
        names += [f"{kind} {name}" for name in here if not np.array_equal(here[name], there[name], equal_nan=True)]
    return names


def ready_to_choose(market: sim.Market) -> None:
    """Live through a month up to the moment before developers choose."""
    market.month += 1
    for verb in market.schedule:
        if verb.name == "adoption":
            return
        verb(market)


def choose(market: sim.Market) -> None:
    next(verb for verb in market.schedule if verb.name == "adoption")(market)


@pytest.fixture(scope="module", params=[5, 37], ids=["2023-05", "2026-01"])
def running(request: pytest.FixtureRequest) -> sim.Market:
    """A market of 20,000 who know of labs and of whom half of the users reconsider this month; nobody chooses yet."""
    rates = {f"adoption.start.{kind}": 0.7 for kind in ORGANISATIONS}
    market = sim.Market(rng=11, developers=20_000, **{"adoption.hazard": 0.7, "awareness.floor": 1.0, **rates})
    market.run(request.param)
    ready_to_choose(market)
    return market


# One lab becomes more attractive, nothing else changes


@pytest.mark.parametrize(("raise_by", "least"), [(0.02, 1), (0.3, 100), (5.0, 1000)])
def test_raising_a_lab_moves_developers_to_that_lab_only(running: sim.Market, raise_by: float, least: int) -> None:
    before = deepcopy(running)
    choose(before)
    moved = 0
    for row in range(len(running.labs)):
        after = deepcopy(running)
        mine = after.lines.lab == row
        after.segments.utility[:, mine] += raise_by
        choose(after)
        changed = before.developers.choice != after.developers.choice
        assert (after.developers.choice[changed] > 0).all()
        assert mine[after.developers.choice[changed].astype(int) - 1].all(), running.lab_names[row]
        moved += int(changed.sum())
    assert moved >= least


def test_lowering_a_lab_moves_only_those_who_would_have_chosen_it(running: sim.Market) -> None:
    before = deepcopy(running)
    choose(before)
    moved = 0
    for row in range(len(running.labs)):
        after = deepcopy(running)
        mine = after.lines.lab == row
        after.segments.utility[:, mine] -= 1.0
        choose(after)
        changed = before.developers.choice != after.developers.choice
        assert (before.developers.choice[changed] > 0).all()
        assert mine[before.developers.choice[changed].astype(int) - 1].all(), running.lab_names[row]
        moved += int(changed.sum())
    assert moved >= 100


def test_taking_a_model_away_moves_only_those_who_would_have_chosen_it(running: sim.Market) -> None:
    """Tastes are for the model, not for its place in the list of those on sale; who held it has no tie any more."""
    before = deepcopy(running)
    choose(before)
    moved = 0
    for line in np.flatnonzero(running.lines.live):
        after = deepcopy(running)
        after.lines.live[line] = False
        choose(after)
        changed = before.developers.choice != after.developers.choice
        held = running.developers.choice == line + 1
        assert (held | (before.developers.choice == line + 1))[changed].all()
        assert (after.developers.choice != line + 1).all()
        moved += int(changed.sum())
    assert moved >= 1000


def test_worse_outside_option_moves_only_those_who_would_do_without(running: sim.Market) -> None:
    before, after = deepcopy(running), deepcopy(running)
    after.segments.outside -= 1.0
    choose(before)
    choose(after)
    changed = before.developers.choice != after.developers.choice
    assert changed.any() == (running.month < 12)  # three years on, nobody of 10,000 would rather do without
    assert (before.developers.choice[changed] == 0).all()


# Nothing is done


def null_scenario(parameters: sim.Parameters) -> sim.Scenario:
    """Says much and changes nothing."""
    leaves = [leaf for leaf in parameters.leaves() if leaf.address.startswith(("adoption", "finance", "talent"))]
    later = {leaf.address: leaf.value for leaf in leaves if not leaf.at_start}
    return sim.Scenario(
        name="null",
        params={leaf.address: leaf.value for leaf in leaves},
        labs={"*": "historical"},
        changes={"2023-06": {"params": later, "labs": {"Meta": "historical", "*": "historical"}}, "2024-02": {}},
    )


@pytest.mark.parametrize(
    ("given", "elasticity"), [(True, 0.3), (False, 1.5)], ids=["reference given", "reference computed beside"]
)
def test_null_intervention_changes_nothing(given: bool, elasticity: float) -> None:
    """Whatever φ, for rents are those of the reference."""
    parameters = sim.Parameters().with_(**{"finance.elasticity": elasticity})
    plain = sim.Market(parameters, rng=5, developers=1000)
    plain.run(MONTHS)
    reference = plain.record if given else None
    scenario = null_scenario(parameters)
    assert scenario.differs
    null = sim.Market(parameters, rng=5, developers=1000, setup=scenario, reference=reference)
    null.run(MONTHS)
    assert differing(plain, null) == []


def test_two_seeds_differ() -> None:
    """The instrument: it sees a difference where there is one."""
    first, second = (sim.Market(rng=seed, developers=500) for seed in (1, 2))
    first.run(6)
    second.run(6)
    seen = differing(first, second)
    assert {"developers.choice", "researchers.origin", "startups.quality", "labs.methods", "market spend"} <= set(seen)


def test_looking_changes_nothing() -> None:
    """Drawing who contributes, a uniform or a picture of the month in between leaves no trace: there is no state."""
    plain = sim.Market(rng=3, developers=2000)
    watched = sim.Market(rng=3, developers=2000)
    for _ in range(12):
        plain.step()
        watched.step()
        individual_contributions(watched)
        draws.uniform(watched.seed, "training_luck", watched.month, np.arange(50))
        watched.plan()
        watched.datacollector.get_model_vars_dataframe()
    assert differing(plain, watched) == []


def test_months_lived_at_once_or_one_by_one_are_the_same() -> None:
    at_once, piecemeal = sim.Market(rng=9, developers=500), sim.Market(rng=9, developers=500)
    at_once.run(24)
    for months in (1, 7, 16):
        piecemeal.run(months)
    assert differing(at_once, piecemeal) == []


# Somebody is added


def test_an_unused_lab_changes_no_ones_luck() -> None:
    """Newlab is founded in 2032 and has nobody until then; rows and options of the others stay where they are."""
    more = history.load().with_lab("Newlab", like="Mistral", entry="2032-01", researchers_0=0)
    alone = {"finance.founding": 0.0}  # else the rows of those who wait come behind it
    plain = sim.Market(rng=2, developers=2000, **alone)
    crowded = sim.Market(rng=2, developers=2000, record_of=more, **alone)
    labs = len(plain.labs)
    assert crowded.lab_names == (*plain.lab_names, "Newlab")
    for _ in range(MONTHS):
        plain.step()
        crowded.step()
        assert np.array_equal(plain.developers.choice, crowded.developers.choice), plain.date
    for column, values in plain.startups.items():
        assert np.array_equal(values, getattr(crowded.startups, column)), column
    assert np.array_equal(plain.researchers.identity, crowded.researchers.identity)
    # Employers that are no labs are numbered after the labs, so one higher.
    employer = crowded.researchers.employer
    assert not (employer == labs).any()
    assert np.array_equal(plain.researchers.employer, employer - (employer > labs))
    for name, values in plain.record.labs.items():
        assert np.array_equal(values, crowded.record.labs[name][:, :labs], equal_nan=True), name
    for name, values in plain.record.market.items():
        # Sums over eleven labs may round otherwise than over ten.
        assert crowded.record.market[name] == pytest.approx(values, rel=1e-12, nan_ok=True), name


def test_numbers_of_developers_change_no_draw_of_labs() -> None:
    """Where users feed nothing back to labs, what labs draw is all that moves them: luck, discoveries, dates, staff."""
    few, many = (sim.Market(rng=4, developers=number, **LABS_ALONE) for number in (150, 3000))
    assert np.array_equal(few.developers.choice, many.developers.choice[:150])  # month 0: prices are the same
    assert np.array_equal(few.developers.segment, many.developers.segment[:150])
    few.run(60)
    many.run(60)
    assert few.labs.runs.sum() > 0  # dates after 2025-12 are drawn
    for column in ("methods", "serving", "reasoning", "discovered", "runs", "next_release", "researchers", "wage"):
        assert np.array_equal(getattr(few.labs, column), getattr(many.labs, column)), column
    for column in ("live", "birth", "capability", "size", "openness"):
        assert np.array_equal(getattr(few.lines, column), getattr(many.lines, column)), column
    assert np.array_equal(few.researchers.employer, many.researchers.employer)
    for name in ("capability", "compute", "researchers", "wage", "openness"):
        assert np.array_equal(few.record.labs[name], many.record.labs[name], equal_nan=True), name
    assert not np.array_equal(few.record.market["spend"], many.record.market["spend"])


# A mechanism is switched off


def test_misuse_leaves_the_draws_of_others_alone() -> None:
    """With its outputs unused (no pressure, no loss of trust), having it or not is the same but for what it writes."""
    unused = {"law.salience": 0.0, "trust.incidents": 0.0}
    on = sim.Market(rng=6, developers=2000, **unused)
    off = sim.Market(rng=6, developers=2000, without=("misuse",), **unused)
    on.run(MONTHS)
    off.run(MONTHS)
    assert on.record.market["incidents"].sum() > 0.0
    own = {"governments.incidents", "governments.hazard", "labs.severity"}
    measures = {f"market incidents{which}" for which in ("", "_open", "_expected", "_expected_open")}
    assert set(differing(on, off)) == own | measures


def test_a_licence_that_is_never_refused_changes_nothing() -> None:
    """Its draw has a stream of its own: asking for a licence where the law refuses none is as if nobody asked."""
    never = {"law.salience": 0.0}
    asked = sim.Market(rng=6, developers=1000, **never, **{"law.licence": True, "law.licence_cap": -10.0})
    free = sim.Market(rng=6, developers=1000, **never)
    asked.run(MONTHS)
    free.run(MONTHS)
    assert set(differing(asked, free)) == set()


def test_startups_leave_the_draws_of_developers_alone() -> None:
    """Where nothing of startups matters to labs or models, developers choose as if there were none."""
    unused = {
        "finance.elasticity": 0.0,
        "talent.equity": 0.0,
        "talent.outside_growth": 0.0,
        "talent.spin_out": 0.0,
        "entry.contribution": 0.0,
        "entry.tokens": 0.0,  # else their spend brings hosts in, who compete prices down
    }
    on = sim.Market(rng=8, developers=2000, **unused)
    off = sim.Market(rng=8, developers=2000, without=("entry",), **unused)
    for _ in range(MONTHS):
        on.step()
        off.step()
        assert np.array_equal(on.developers.choice, off.developers.choice), on.date
    assert np.array_equal(on.researchers.employer, off.researchers.employer)
    assert np.array_equal(on.lines.price, off.lines.price)
    assert on.startups.alive.any()
    assert not off.startups.alive.any()
