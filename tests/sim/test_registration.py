"""What others add from a file of their own is as good as what is ours, and nobody else notices."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import sim
from sim import strategies
from sim.agents.developers import Segments
from sim.agents.lab import Labs, Lines
from sim.agents.tables import Table, column, register_column
from sim.inputs.registry import RegistrationError, added, unregister
from sim.measures import LABS, MARKET, Look
from sim.mechanisms import mechanism, register
from sim.numerics import draws
from sim.parameters import Section, field, section


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    unregister(__name__)
    yield
    unregister(__name__)


def add_section(default: float = 0.0) -> type[Section]:
    @section("forgetting")
    class Forgetting(Section):
        """Decay of awareness."""

        rate: float = field(default, "Lost share", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.05))

    return Forgetting


def add_verb(after: str = "awareness") -> Any:
    @register(after=after)
    @mechanism(
        reads=("segments.people",),
        writes=("segments.awareness", "segments.forgotten"),
        carries=("segments.awareness", "segments.forgotten"),
        neutral={"forgetting.rate": 0.0},
    )
    def forgetting(state: Any) -> None:
        """Awareness decays."""
        lost = state.parameters.forgetting.rate * state.segments.awareness
        state.segments.awareness -= lost
        state.segments.forgotten += lost

    return forgetting


def add_measures() -> None:
    @MARKET("hazard")
    def forgotten(look: Look) -> float:
        """Awareness that was lost, mean over segments and labs."""
        return float(look.state.segments.forgotten.mean())

    @LABS("hazard")
    def forgotten_of_lab(look: Look) -> np.ndarray:
        """The same of each lab."""
        return look.state.segments.forgotten.mean(axis=0)


def add_everything(default: float = 0.0) -> None:
    add_section(default)
    register_column(Segments, "forgotten", column(float, "hazard", "Awareness lost so far", ("labs",)))
    add_verb()
    add_measures()


def refused(words: str, act: Any, kind: type[Exception] = RegistrationError) -> None:
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def same(first: sim.Record, second: sim.Record) -> bool:
    return all(
        np.array_equal(values, getattr(second, kind)[name], equal_nan=True)
        for kind in ("market", "labs")
        for name, values in getattr(first, kind).items()
    )


# Parameters


def test_a_section_is_there_as_ours_are() -> None:
    before = sim.Parameters().with_(**{"talent.mobility": 0.05})
    number, packed = len(before.table()), pickle.dumps(before)
    kind = add_section(0.01)
    parameters = sim.Parameters()
    assert parameters.forgetting.rate == 0.01
    assert isinstance(parameters.forgetting, kind)
    changed = parameters.with_(**{"forgetting.rate": 0.04, "entry.stock": 7})
    assert changed.differences() == {"forgetting.rate": 0.04, "entry.stock": 7}
    assert parameters.forgetting.rate == 0.01
    row = changed.table()[-1]
    assert (row["address"], row["value"], row["default"], row["range_high"]) == ("forgetting.rate", 0.04, 0.01, 0.05)
    assert len(parameters.table()) == number + 1
    assert sim.Parameters.from_yaml(changed.to_yaml()) == changed
    assert changed.to_dict()["forgetting"] == {"rate": 0.04}
    assert sim.Parameters.from_yaml("forgetting: {rate: 0.04}").differences() == {"forgetting.rate": 0.04}
    assert deepcopy(changed) == changed
    assert changed != parameters and hash(changed) != hash(parameters)
    # What was made before has the default, and is changed like any other.
    assert before.forgetting.rate == pickle.loads(packed).forgetting.rate == 0.01
    assert before == pickle.loads(packed) == sim.Parameters().with_(**{"talent.mobility": 0.05})
    assert before.with_(**{"forgetting.rate": 0.5}).forgetting.rate == 0.5
    assert before.to_dict().keys() == parameters.to_dict().keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"forgetting.rte": 0.1}, "forgetting.rte: no such parameter; did you mean forgetting.rate?"),
        ({"forgetting.rate": 2.0}, "forgetting.rate = 2.0 is not allowed; allowed: 0 to 1 1/month"),
        ({"forgetting.rate": "much"}, "forgetting.rate = 'much' is not allowed; allowed: a number, 0 to 1 1/month"),
    ],
)
def test_wrong_values_are_refused_as_ours_are(changes: dict[str, Any], words: str) -> None:
    add_section()
    refused(words, lambda: sim.Parameters().with_(**changes), sim.ParameterError)
    tree = {"forgetting": {address.split(".")[1]: value for address, value in changes.items()}}
    refused(words, lambda: sim.Parameters.from_dict(tree), sim.ParameterError)


def test_without_it_nobody_knows_the_section() -> None:
    refused("sections:", lambda: sim.Parameters().with_(**{"zzz.x": 0.1}), sim.ParameterError)
    with pytest.raises(AttributeError, match="no section 'forgetting'"):
        _ = sim.Parameters().forgetting
    with pytest.raises(AttributeError, match=r"frozen.*with_\(\)"):
        sim.Parameters().talent = None
    with pytest.raises(AttributeError, match="frozen"):
        del sim.Parameters().talent


def test_sections_are_given_whole_too() -> None:
    kind = add_section()
    parameters = sim.Parameters(forgetting=kind(rate=0.02))
    assert parameters == sim.Parameters().with_(**{"forgetting.rate": 0.02})
    assert eval(repr(parameters), {"Parameters": sim.Parameters}) == parameters
    refused("forgeting: no such", lambda: sim.Parameters(forgeting=kind()), sim.ParameterError)
    refused("talent = ", lambda: sim.Parameters(talent=kind()), sim.ParameterError)


def test_a_cell_that_is_run_again_keeps_values_that_still_exist() -> None:
    add_section(0.01)
    before = sim.Parameters().with_(**{"forgetting.rate": 0.03})
    again = add_section(0.02)
    assert sim.Parameters().forgetting.rate == 0.02
    renewed = before.with_()
    assert isinstance(renewed.forgetting, again) and renewed.forgetting.rate == 0.03


# A whole rule


def test_at_its_neutral_default_a_rule_changes_nothing() -> None:
    plain = sim.Market(rng=1, developers=500).run(20)
    add_everything()
    with_rule = sim.Market(rng=1, developers=500)
    assert "forgetting" in with_rule.plan()
    with_rule.run(20)
    assert same(plain, with_rule.record)
    assert with_rule.record.market.keys() - plain.market.keys() == {"forgotten"}
    assert not with_rule.record.market["forgotten"].any()


def test_a_rule_is_in_the_month_in_its_place() -> None:
    ours = sim.Market.schedule
    before = sim.Market(rng=1, developers=300)
    add_everything(0.02)
    market = sim.Market(rng=1, developers=300)
    names = [verb.name for verb in market.schedule]
    assert names[names.index("awareness") + 1] == "forgetting"
    assert [name for name in names if name != "forgetting"] == [verb.name for verb in ours]
    assert sim.Market.schedule is ours and sim.Market.verbs() == market.schedule
    record = market.run(12)
    lost = record.market["forgotten"]
    assert (np.diff(lost) > 0.0).all()
    assert record.labs["forgotten_of_lab"][-1].mean() == pytest.approx(lost[-1])
    # In month 0, what is lost and what is left make what there would be without it.
    first, without = (sim.Market(rng=1, developers=300, without=off) for off in ((), ("forgetting",)))
    assert first.segments.awareness + first.segments.forgotten == pytest.approx(without.segments.awareness)
    # Mesa's collector has the measures; a market made before has neither verb nor measure and goes on.
    assert market.datacollector.get_model_vars_dataframe()["forgotten"].tolist() == lost.tolist()
    before.run(12)
    assert "forgotten" not in before.record.market
    assert "forgetting" not in before.plan()
    assert {values.size for values in before.record.market.values()} == {13}


def test_plan_shows_it_in_the_phase_of_the_verb_before() -> None:
    add_everything()
    text = sim.Market(rng=1, developers=100).plan()
    assert text.index("MARKET\n") < text.index(" awareness ") < text.index(" forgetting ") < text.index(" pricing ")
    assert max(map(len, text.splitlines())) <= 100
    assert "Awareness decays." in text


def test_a_rule_can_be_switched_off() -> None:
    plain = sim.Market(rng=1, developers=500).run(20)
    add_everything(0.03)
    off = sim.Market(rng=1, developers=500, without=("forgetting",))
    assert off.parameters.forgetting.rate == 0.0
    off.run(20)
    neutral = sim.Market(rng=1, developers=500, **{"forgetting.rate": 0.0}).run(20)
    on = sim.Market(rng=1, developers=500).run(20)
    assert same(plain, off.record) and same(off.record, neutral)
    assert on.market["adoption"][-1] < plain.market["adoption"][-1]
    refused("forgeting' is not allowed: it is no mechanism; allowed: value", lambda: off.switched_off(["forgeting"]),
            sim.ParameterError)  # fmt: skip
    refused("awareness, forgetting", lambda: off.switched_off(["x"]), sim.ParameterError)


def test_scenarios_change_its_parameters_on_a_date() -> None:
    add_everything()
    setup = sim.Scenario(name="forget", changes={"2023-03": {"params": {"forgetting.rate": 0.1}}})
    lost = sim.Market(rng=1, developers=300, setup=setup, **{"finance.elasticity": 0.0}).run(8).market["forgotten"]
    assert (lost[:4] == 0.0).all() and lost[4] > 0.0
    wrong = {"name": "x", "params": {"forgetting.rate": 3}}
    refused("forgetting.rate = 3", lambda: sim.Scenario.from_dict(wrong), sim.ScenarioError)


def test_the_reference_run_beside_has_it_too() -> None:
    add_everything(0.02)
    market = sim.Market(rng=1, developers=300, setup=sim.Scenario(name="x", labs={"Meta": "closed"}))
    market.run(3)
    assert market.reference.market["forgotten"][-1] > 0.0


def test_verbs_come_in_order_of_registration_behind_what_they_follow() -> None:
    made = []
    for name, after in (("one", "pricing"), ("two", "pricing"), ("three", "one"), ("four", "law")):

        def step(state: Any) -> None:
            """Nothing."""

        step.__name__ = step.__qualname__ = name
        made.append(register(after=after)(mechanism(reads=(), writes=(), neutral={})(step)))
    names = [verb.name for verb in sim.Market.verbs()]
    place = names.index("pricing")
    assert names[place : place + 5] == ["pricing", "one", "three", "two", "adoption"]
    assert names[-1] == "four"
    assert all(verb in sim.Market.verbs() for verb in made)


def test_a_schedule_of_ones_own() -> None:
    """A verb that it has already is not put in twice; one that has nobody to follow is refused."""
    verb = add_verb()

    class Own(sim.Market):
        schedule = (*sim.Market.schedule[:9], verb, *sim.Market.schedule[9:])

    assert [found.name for found in Own.verbs()].count("forgetting") == 1

    class Less(sim.Market):
        schedule = tuple(found for found in sim.Market.schedule if found.name != "awareness")

    refused("'forgetting' follows 'awareness', which this schedule has not", Less.verbs)


def test_a_market_with_a_rule_is_copied_like_any_other() -> None:
    add_everything(0.02)
    market = sim.Market(rng=1, developers=300)
    market.run(3)
    copy = deepcopy(market)
    copy.run(2)
    market.run(2)
    assert same(copy.record, market.record)


def test_our_own_market_goes_through_pickle() -> None:
    market = sim.Market(rng=1, developers=300)
    again = pickle.loads(pickle.dumps(market))
    assert again.schedule == market.schedule
    assert all(here is there for here, there in zip(again.schedule, market.schedule, strict=True))


# Columns


def test_a_column_is_in_tables_made_afterwards_and_in_rows() -> None:
    before = Labs(2, tiers=2, levels=5, regions=3, kinds=2)
    register_column(Labs, "mood", column(float, "1", "How people feel"))
    assert "mood" not in dict(before.items())
    before.grow(3)
    assert Labs(2, tiers=2, levels=5, regions=3, kinds=2).mood.tolist() == [0.0, 0.0]
    market = sim.Market(rng=1, developers=100)
    lab = market.lab_agents[1]
    lab.mood = 3.0
    assert market.labs.mood[1] == lab.mood == 3.0
    assert market.labs.columns["mood"].unit == "1"
    assert "mood" not in Segments.columns and "mood" not in Table.columns
    unregister(__name__)
    assert "mood" not in sim.Market(rng=1, developers=100).labs.columns


@pytest.mark.parametrize(
    ("table", "name", "spec", "words"),
    [
        (Segments, "alpha", column(float, "1", "x"), "sim.agents.developers.Segments has that name already"),
        (Segments, "rows", column(float, "1", "x"), "the name is taken"),
        (Segments, "grow", column(float, "1", "x"), "the name is taken"),
        (Labs, "name", column(float, "1", "x"), "the name is taken"),
        (Segments, "two words", column(float, "1", "x"), "one word"),
        (Segments, "memory", float, "is no column; allowed: column(…)"),
        (Segments, "memory", column(float, "1", "x", ("labels",)), "no dimension 'labels'; allowed: labs, lines"),
        (Lines, "memory", column(float, "1", "x", ("labs",)), "no dimension 'labs'; allowed: none"),
    ],
)
def test_columns_that_cannot_be(table: type[Table], name: str, spec: Any, words: str) -> None:
    refused(words, lambda: register_column(table, name, spec))


# Names


def test_taken_names_are_refused_in_one_line() -> None:
    """Ours, and those of another module."""

    @mechanism(reads=(), writes=(), neutral={})
    def talent(state: Any) -> None:
        """Nothing."""

    refused("mechanism 'talent' of", lambda: register(after="entry")(talent))

    class Other(Section):
        """Nothing."""

    refused("sim.parameters.tree.Parameters has that name", lambda: section("talent")(Other))
    refused("the name is taken", lambda: section("table")(Other))
    refused("sim.numerics.draws has that name", lambda: draws.register_decision("taste"))

    def adoption(look: Look) -> float:
        """Nothing."""
        return 0.0

    refused("sim.measures.market.adoption has that name", lambda: MARKET("1")(adoption))
    adoption.__name__ = "month"
    refused("the name is taken", lambda: MARKET("1")(adoption))

    class Mine(strategies.Strategy):
        """Nothing."""

        name = "closed"

        def levels(self, view: strategies.LabView, tier: int) -> tuple[int, ...]:
            return (0,)

    refused("sim.strategies.closed.Closed has that name already", lambda: strategies.register(Mine))


def test_another_module_is_refused_and_the_same_may_come_again() -> None:
    add_everything()
    before = sorted(added())
    add_everything(0.01)
    assert sorted(added()) == before
    assert sim.Parameters().forgetting.rate == 0.01
    assert [verb.name for verb in sim.Market.verbs()].count("forgetting") == 1

    code = (
        "from sim.agents.developers import Segments\nfrom sim.agents.tables import column, register_column\n"
        "from sim.numerics.draws import register_decision\nfrom sim.parameters import Section, section\n"
    )
    acts = {
        "register_column(Segments, 'forgotten', column(float, '1', 'x'))": f"{__name__} has that name already",
        "register_decision('recall')": f"{__name__} has that name already",
        "@section('forgetting')\nclass Other(Section):\n    'x'": "<locals>.Forgetting has that name already",
    }
    draws.register_decision("recall")
    draws.register_decision("recall")
    for act, words in acts.items():
        refused(words, lambda act=act: exec(code + act, {"__name__": "another_module"}))


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: add_verb("awarness"), "after = 'awarness' is not allowed; allowed: one of accounting, adoption, "),
        (lambda: add_verb("forgetting"), "after = 'forgetting' is not allowed"),
        (lambda: register(after="talent")(len), "write @register above @mechanism"),
        (lambda: unregister("sim.measures.market"), "allowed: a module outside sim"),
        (lambda: section("rest")(dict), "is no section; allowed: a class derived from Section"),
        (lambda: section("two words")(Section), "one word"),
        (lambda: draws.register_decision("two words"), "one word"),
    ],
)
def test_what_cannot_be_added(act: Any, words: str) -> None:
    refused(words, act)


# Draws


def test_draws_of_ones_own() -> None:
    with pytest.raises(KeyError, match="register_decision"):
        draws.uniform(1, "forget_what", 0, np.arange(5))
    draws.register_decision("forget_what")
    mine = draws.uniform(1, "forget_what", 0, np.arange(1000))
    assert abs(mine.mean() - 0.5) < 0.05
    assert all(not np.array_equal(mine, draws.uniform(1, name, 0, np.arange(1000))) for name in draws.DECISIONS
               if name != "forget_what")  # fmt: skip


def test_a_table_of_ones_own_is_no_addition_to_ours() -> None:
    class Ships(Table):
        cargo: Any = column(float, "t", "What it carries")

    class Steamers(Ships):
        coal: Any = column(float, "t", "Coal on board")

    class Fleet(Labs):
        ships: Any = column(int, "1", "How many")

    assert list(added()) == []
    register_column(Labs, "mood", column(float, "1", "How people feel"))
    assert sorted(kind for kind, name, _ in added() if name == "mood") == [
        "column of Fleet", "column of LabTable", "column of Labs",
    ]  # fmt: skip
    assert Fleet(1, tiers=2, levels=5, regions=3, kinds=2).mood.tolist() == [0.0]
    refused("Ships has that name already", lambda: register_column(Steamers, "cargo", column(float, "t", "x")))


def test_nothing_is_left_of_what_is_taken_away() -> None:
    def state_of() -> tuple[Any, ...]:
        return (list(MARKET), list(LABS), sim.Market.verbs(), list(Segments.columns), list(sim.Parameters.known()),
                list(draws.DECISIONS), strategies.names())  # fmt: skip

    before = state_of()
    add_everything()
    draws.register_decision("recall")
    assert {owner.module for _, _, owner in added()} == {__name__}
    assert {kind for kind, _, _ in added()} == {
        "mechanism", "section", "measure of the market", "measure of labs", "column of Segments", "decision",
    }  # fmt: skip
    assert state_of() != before
    unregister(__name__)
    assert state_of() == before
    assert list(added()) == []


@pytest.mark.parametrize("what", [3, None, "closed", dict, sim.strategies.Strategy, sim.strategies.of("closed")])
def test_only_strategies_with_names_are_registered(what: Any) -> None:
    known = sim.strategies.names()
    with pytest.raises(RegistrationError, match="is not allowed; allowed: a class of Strategy with a name"):
        sim.strategies.register(what)
    assert sim.strategies.names() == known
