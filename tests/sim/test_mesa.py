"""Mesa's own tools work on the market, in every release that we support."""

from __future__ import annotations

import inspect
import multiprocessing
import pickle
import re
from collections.abc import Callable, Iterator
from copy import deepcopy

import mesa
import numpy as np
import pytest

import sim
from sim.agents.government import Government
from sim.agents.lab import CLOSED, Lab
from sim.agents.startup import Startup
from sim.measures import LABS, MARKET
from sim.parameters.fields import ORGANISATIONS, REGIONS


def same_run(first: sim.Market, second: sim.Market) -> bool:
    """Bitwise the same measures and the same choice of everybody."""
    records = all(
        np.array_equal(values, getattr(second.record, kind)[name], equal_nan=True)
        for kind in ("market", "labs")
        for name, values in getattr(first.record, kind).items()
    )
    return (
        records
        and first.record.months == second.record.months
        and np.array_equal(first.developers.choice, second.developers.choice)
        and np.array_equal(first.researchers.employer, second.researchers.employer)
    )


@pytest.fixture(scope="module")
def market() -> sim.Market:
    """A market after eight months; tests that change it take a copy."""
    market = sim.Market(rng=1, developers=1000)
    market.run(8)
    return market


# DataCollector


def test_frame_of_the_market_has_a_row_a_month_from_month_0(market: sim.Market) -> None:
    frame = market.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(MARKET)
    assert len(frame) == 9
    for name in MARKET:
        assert np.array_equal(frame[name].to_numpy(), market.record.market[name], equal_nan=True), name
    assert frame["adoption"].iloc[0] == market.record.market["adoption"][0] < frame["adoption"].iloc[-1]


def test_frame_of_labs_has_a_row_a_lab_and_month(market: sim.Market) -> None:
    frame = market.datacollector.get_agenttype_vars_dataframe(Lab)
    assert list(frame.columns) == list(LABS)
    labs = len(market.labs)
    assert len(frame) == 9 * labs
    assert [int(step) for step in frame.index.get_level_values("Step").unique()] == list(range(9))
    assert set(frame.index.get_level_values("AgentID")) == {lab.unique_id for lab in market.lab_agents}
    for lab in market.lab_agents:
        path = frame.xs(lab.unique_id, level="AgentID")["capability"].to_numpy(float)
        assert np.array_equal(path, market.record.labs["capability"][:, lab.row], equal_nan=True), lab.name


# batch_run


@pytest.fixture
def start_method() -> Iterator[None]:
    """Put back what batch_run sets for the whole process."""
    before = multiprocessing.get_start_method(allow_none=True)
    yield
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.usefixtures("start_method")
@pytest.mark.parametrize("processes", [1, 2])
def test_batch_run_over_dotted_parameters(processes: int) -> None:
    """Two mobilities and two seeds; every row is that of the same run made by hand.

    Mesa 3.3 steps once more than ``max_steps`` and 3.5 does not, so rows are matched by month.
    """
    mobility, seeds, months = [0.0, 0.2], [0, "3"], 3
    rows = mesa.batch_run(
        sim.Market,
        {"talent.mobility": mobility, "rng": seeds, "developers": 300},
        number_processes=processes,
        max_steps=months,
        data_collection_period=1,
        display_progress=False,
    )
    assert {(row["talent.mobility"], str(row["rng"])) for row in rows} == {(m, str(s)) for m in mobility for s in seeds}
    by_hand = {}
    for value in mobility:
        for seed in seeds:
            run = sim.Market(rng=seed, developers=300, **{"talent.mobility": value})
            by_hand[value, str(seed)] = run.run(months + 1).market
    assert len({path["spend"][-1] for path in by_hand.values()}) == 4
    seen = set()
    for row in rows:
        path, month = by_hand[row["talent.mobility"], str(row["rng"])], int(row["Step"])
        seen.add(month)
        # Mesa 3.5 adds a row a lab, where the lab's trust hides that of the market.
        for name in MARKET if "AgentID" not in row else MARKET.keys() - LABS.keys():
            assert row[name] == pytest.approx(path[name][month], rel=1e-12, nan_ok=True), (name, month)
    assert set(range(months)) <= seen


def test_a_market_can_be_made_in_a_spawned_process() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        choice, spend = pool.apply(_grown_up, (5,))
    here = sim.Market(rng=5, developers=200)
    here.run(3)
    assert np.array_equal(choice, here.developers.choice)
    assert spend == here.record.last("spend")


def _grown_up(seed: int) -> tuple[np.ndarray, float]:
    market = sim.Market(rng=seed, developers=200)
    market.run(3)
    return market.developers.choice, market.record.last("spend")


# Copies


def pickled_and_back(market: sim.Market) -> sim.Market:
    return pickle.loads(pickle.dumps(market))


@pytest.mark.parametrize("copy", [deepcopy, pickled_and_back])
@pytest.mark.parametrize("scenario", [False, True], ids=["baseline", "with a reference of its own"])
def test_copy_of_a_running_market_continues_identically(
    copy: Callable[[sim.Market], sim.Market], scenario: bool
) -> None:
    setup = sim.Scenario(name="closes", changes={"2023-09": {"labs": {"Meta": "closed"}}}) if scenario else None
    original = sim.Market(rng=2, developers=500, setup=setup)
    original.run(7)
    twin = copy(original)
    assert same_run(original, twin)
    twin.run(10)
    assert original.month == 7  # the copy shares nothing
    assert original.record.months == 7
    original.run(10)
    assert same_run(original, twin)
    frames = [m.datacollector.get_model_vars_dataframe() for m in (original, twin)]
    assert frames[0].equals(frames[1])
    # Rows of the copy are rows of the copy's tables.
    assert all(lab.table is twin.labs and lab.model is twin for lab in twin.lab_agents)
    assert all(startup.table is twin.startups for startup in twin.startup_agents.values())


# Seeds


def test_seed_may_be_text_or_numpy_and_have_either_name() -> None:
    """A text field of a dashboard gives text."""
    plain = sim.Market(rng=7, developers=300)
    plain.run(4)
    for options in ({"seed": "7"}, {"rng": "7"}, {"seed": 7}, {"rng": np.int64(7)}):
        other = sim.Market(developers=300, **options)
        assert other.seed == 7
        other.run(4)
        assert same_run(plain, other), options


def test_two_seeds_are_refused_as_in_mesa() -> None:
    with pytest.raises(sim.ParameterError, match="seed = 8 is not allowed; allowed: rng or seed"):
        sim.Market(developers=300, rng=7, seed=8)


def test_no_seed_gives_a_fresh_one_that_reproduces_the_run() -> None:
    first, second = sim.Market(developers=300), sim.Market(developers=300)
    assert first.seed != second.seed
    first.run(4)
    again = sim.Market(rng=first.seed, developers=300)
    again.run(4)
    assert same_run(first, again)
    second.run(4)
    assert not same_run(first, second)


def test_seed_sequence_and_generator_give_a_recorded_seed() -> None:
    for make in (np.random.SeedSequence, np.random.default_rng):
        first, second = (sim.Market(rng=make(1), developers=100) for _ in range(2))
        assert first.seed == second.seed
        assert 0 <= first.seed < 2**63
        assert sim.Market(rng=make(2), developers=100).seed != first.seed


def test_mesa_generator_is_not_used() -> None:
    """Nothing in a run depends on Mesa's own stream: spoil it and nothing changes."""
    plain, spoilt = (sim.Market(rng=1, developers=300) for _ in range(2))
    plain.run(6)
    for _ in range(6):
        spoilt.rng.random(100)
        spoilt.random.random()
        spoilt.step()
    assert same_run(plain, spoilt)


# Model and agents


def test_mesa_counts_steps(market: sim.Market) -> None:
    fresh = sim.Market(rng=1, developers=100)
    assert (fresh.steps, fresh.month) == (0, 0)
    fresh.step()
    assert (fresh.steps, fresh.month) == (1, 1)
    fresh.run(2)
    assert (fresh.steps, fresh.month) == (3, 3)
    assert market.steps == market.month == 8
    assert market.running


def test_constructor_is_what_dashboards_accept() -> None:
    """No positional catch-all, and the names that Mesa fills in are there."""
    parameters = inspect.signature(sim.Market).parameters
    kinds = {parameter.kind for parameter in parameters.values()}
    assert inspect.Parameter.VAR_POSITIONAL not in kinds
    assert {"rng", "seed", "developers"} <= parameters.keys()
    # Mesa owns these names on a model; ours must not be among them.
    assert not {"scenario", "time", "steps", "agents", "random"} & parameters.keys()


def test_agents_are_labs_governments_and_startups(market: sim.Market) -> None:
    assert {kind.__name__ for kind in market.agent_types} == {"Lab", "Government", "Startup"}
    assert [lab.name for lab in market.agents_by_type[Lab]] == list(market.lab_names)
    assert [government.name for government in market.agents_by_type[Government]] == list(REGIONS)
    startups = market.agents_by_type[Startup]
    assert len(startups) == market.startups.alive.sum() == len(market.startup_agents)
    assert market.agents_by_type[Lab].agg("researchers", sum) == pytest.approx(market.labs.researchers.sum())
    assert startups.agg("revenue", sum) == pytest.approx(market.startups.revenue[market.startups.alive].sum())


def test_agents_of_closed_startups_are_gone() -> None:
    market = sim.Market(rng=3, developers=200, **{"entry.hazard": 0.3})
    market.run(12)
    assert market.record.market["exits"].sum() > 0.0
    agents = market.agents_by_type.get(Startup, [])
    assert {agent.row for agent in agents} == set(np.flatnonzero(market.startups.alive))
    assert {agent.uid for agent in agents} == set(market.startups.uid[market.startups.alive])


@pytest.mark.parametrize(
    ("kind", "table", "column", "value"),
    [
        (Lab, "labs", "fit", 0.125),
        (Lab, "labs", "region", 2),
        (Government, "governments", "domestic_experience", 17.0),
        (Startup, "startups", "cash", -5.0),
    ],
)
def test_an_attribute_is_a_cell(market: sim.Market, kind: type, table: str, column: str, value: float) -> None:
    own = deepcopy(market)
    agent = list(own.agents_by_type[kind])[1]
    values = getattr(getattr(own, table), column)
    assert getattr(agent, column) == values[agent.row]
    untouched = np.delete(values, agent.row).copy()
    setattr(agent, column, value)
    assert values[agent.row] == value
    assert np.array_equal(np.delete(values, agent.row), untouched)
    values[agent.row] = 2 * value
    assert getattr(agent, column) == 2 * value


@pytest.mark.parametrize(("kind", "table"), [(Lab, "labs"), (Government, "governments"), (Startup, "startups")])
def test_every_column_is_an_attribute(market: sim.Market, kind: type, table: str) -> None:
    agent = next(iter(market.agents_by_type[kind]))
    for name, values in getattr(market, table).items():
        assert np.array_equal(getattr(agent, name), values[agent.row], equal_nan=values.dtype.kind == "f"), name


def test_what_an_agent_is_told_matters(market: sim.Market) -> None:
    """Writing through the view steers the run: a lab that nobody trusts any more loses users."""
    plain, scandal = deepcopy(market), deepcopy(market)
    openai = scandal.lab_agents[scandal.lab_names.index("OpenAI")]
    for _ in range(6):
        openai.trust = 0.01
        scandal.step()
        plain.step()
    row = openai.row
    assert scandal.record.last_of_labs("share_users")[row] < plain.record.last_of_labs("share_users")[row]


def test_one_can_look_at_a_single_developer(market: sim.Market) -> None:
    people, segments = market.developers, market.segments
    assert len(people) == 1000
    for index in (0, 1, 500, 999):
        seen, cell = people.row(index), people.segment[index]
        assert seen.index == index
        assert seen.region == REGIONS[segments.region[cell]]
        assert seen.organisation == ORGANISATIONS[segments.organisation[cell]]
        assert seen.node == segments.node[cell]
        assert seen.option == people.choice[index]
    user = int(np.flatnonzero(people.choice)[0])
    line = people.row(user).option - 1
    assert market.lines.live[line]
    assert market.lines.access[line] == CLOSED or market.lines.openness[line] >= 2


WORDS = ("reads", "carries", "writes", "parameters")


def said(text: str, word: str) -> list[str]:
    """Dotted names that a row of the plan says behind a word."""
    found = re.search(rf"^ {{25}}{word} +(\S.*(?:\n {{37}}\S.*)*)", text, re.MULTILINE)
    groups = " ".join(found[1].split()).split("; ") if found else []
    return [f"{group.split(': ')[0]}.{name}" for group in groups for name in group.split(": ")[1].split(", ")]


def test_plan_is_the_schedule_as_a_table(market: sim.Market) -> None:
    text = market.plan()
    assert max(map(len, text.splitlines())) <= 100
    rows = re.split(r"\n(?= ?\d)", text)[1:]
    assert len(rows) == len(sim.Market.schedule)
    spent = 0.0
    for order, (verb, row) in enumerate(zip(sim.Market.schedule, rows, strict=True), 1):
        number, name, seconds, _ = row.split(maxsplit=3)
        assert (int(number), name) == (order, verb.name)
        spent += float(seconds)
        assert verb.summary in " ".join(row.split())
        for word in WORDS:
            assert sorted(said(row, word)) == sorted(getattr(verb, word)), (name, word)
    assert spent > 0.0


def test_plan_is_grouped_by_phases(market: sim.Market) -> None:
    """Each heading stands before the verb with which the phase begins."""
    lines = [line for line in market.plan().splitlines() if line and not line.startswith("   ")]
    order = [line.split()[1] if line[:2].strip().isdigit() else line for line in lines]
    assert [word.lower() for word in order if word.isupper()] == list(sim.Market.phases)
    assert [word for word in order if not word.isupper()] == [verb.name for verb in sim.Market.schedule]
    for phase, verb in sim.Market.phases.items():
        assert order[order.index(phase.upper()) + 1] == verb.name


def test_plan_says_what_is_off() -> None:
    market = sim.Market(rng=1, developers=100, without=("awareness", "law"))
    rows = re.findall(r"^ *\d+  (\w+) +(\S+)", market.plan(), re.MULTILINE)
    assert [name for name, spent in rows if spent == "off"] == ["awareness", "law"]


def test_mesas_page_finds_every_argument_optional() -> None:
    """Mesa's page asks for each that has no default, but for one that is called kwargs."""
    arguments = inspect.signature(sim.Market.__init__).parameters.values()
    assert {one.name for one in arguments if one.default is inspect.Parameter.empty} == {"self", "kwargs"}
