"""Keys tell the truth: what runs, all that a run uses and no more, and one key for one value."""

from __future__ import annotations

import ast
import importlib
import itertools
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
import sim
from experiments.questions import fingerprint, scenarios, uses
from experiments.questions.plugins import load
from experiments.questions.study import Study
from experiments.results import store
from sim import strategies
from sim.inputs import sources
from sim.inputs.registry import unregister
from sim.measures.look import Measure
from sim.mechanisms import mechanism

RULES = """
from sim.strategies import Strategy, register

LEVEL = {level}

@register
class Mine(Strategy):
    "As LEVEL says."
    name = "mine"

    def levels(self, view, tier):
        return (LEVEL,)
"""
MEASURE = """
from sim.measures import MARKET

@MARKET("1")
def mine_too(look):
    "One."
    return 1.0
"""
MINE = sim.Scenario(name="s", why="", labs={"Meta": "mine"})
WriteModule = Callable[..., Path]


def key(item: str | sim.Scenario = "baseline", **about: Any) -> str:
    return Study.of(item, seeds=[1], **about).runs["key"].item()


def imported(write_module: WriteModule, name: str, text: str) -> Any:
    """A module as if it were imported from a file of these words, in place of what had its name."""
    folder = str(write_module(f"{name}.py", text).parent)
    if folder not in sys.path:
        sys.path.append(folder)
    sys.modules.pop(name, None)
    return importlib.import_module(name)


# Strategies count where they are used


def test_only_what_a_run_uses_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {
        "closed": sim.Scenario(name="a", labs={"Meta": "closed"}),
        "later": sim.Scenario(name="b", changes={"2024-01": {"labs": {"*": "delayed"}}}),
        "tier": sim.Scenario(name="c", labs={"Meta": {"light": "open_weights"}}),
        "baseline": "baseline",
    }
    used = {
        "closed": {"closed", "historical"},
        "later": {"delayed", "historical"},
        "tier": {"by_tier", "open_weights", "historical"},
        "baseline": {"historical"},
    }
    before = {name: key(item) for name, item in asked.items()}
    for module in strategies.names():
        name = f"sim.strategies.{module}"
        loaded, source = sources._SEEN[name]
        with monkeypatch.context() as patch:
            patch.setitem(sources._SEEN, name, (loaded, source._replace(data=source.data + b"\nNEW = 1\n")))
            changed = {asked for asked, item in asked.items() if key(item) != before[asked]}
        assert changed == {asked for asked, names in used.items() if module in names}, module


def test_the_core_asks_for_no_strategy_by_name_but_historical() -> None:
    asked = set()
    for path, data in fingerprint.core(sources.FILES).items():
        if path.endswith(".py"):
            for node in ast.walk(ast.parse(data)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("strategies.get", "strategies.of"):
                    asked |= {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
    assert asked == {uses.HISTORICAL}


def test_a_strategy_of_a_users_own_counts_where_it_is_used(write_module: WriteModule) -> None:
    plain = key()
    seen = []
    for level in (0, 2, 0):
        imported(write_module, "my_rules", RULES.format(level=level))
        seen.append(key(MINE))
        assert key() == plain
    assert seen[0] == seen[2] != seen[1]


def test_comments_do_not_count(write_module: WriteModule) -> None:
    imported(write_module, "my_rules", RULES.format(level=2))
    before = key(MINE)
    imported(write_module, "my_rules", "# Mine.\n" + RULES.format(level="2  # weights"))
    assert key(MINE) == before


def test_what_it_imports_counts_too(write_module: WriteModule) -> None:
    for where in ("from my_helper import LEVEL", "import my_helper", "def late():\n    from my_helper import LEVEL"):
        seen = []
        for level in (0, 2):
            sys.modules.pop("my_helper", None)
            sources._SEEN.pop("my_helper", None)
            write_module("my_helper.py", f"LEVEL = {level}\n")
            imported(write_module, "my_rules", f"{where}\n{RULES.format(level=1)}")
            seen.append(key(MINE))
        assert seen[0] != seen[1], where


def test_a_package_counts_with_what_is_imported_of_it(write_module: WriteModule) -> None:
    write_module("my_package/__init__.py", "")
    write_module("my_package/base.py", "LEVEL = 1\n")
    write_module("my_package/unused.py", "LEVEL = 1\n")
    path = write_module("my_package/rules.py", "from .base import LEVEL as OTHER\n" + RULES.format(level=1))
    sys.path.append(str(path.parents[1]))
    importlib.import_module("my_package.rules")
    names = {"my_package", "my_package.base", "my_package.rules", "sim.strategies.historical"}
    assert set(Study.of(MINE, seeds=1).sources) == names
    sys.modules.pop("my_package.rules")


def test_a_measure_of_a_users_own_counts_in_every_run(write_module: WriteModule) -> None:
    before = {key(measures=["frontier"]), key(MINE.model_copy(update={"labs": {}}), measures=["frontier"])}
    imported(write_module, "my_measures", MEASURE)
    assert not before & {key(measures=["frontier"]), key(MINE.model_copy(update={"labs": {}}), measures=["frontier"])}
    module = Study.of("baseline", seeds=1).modules[0]
    assert (module.module, Path(module.path).name) == ("my_measures", "my_measures.py")


def test_a_mechanism_of_a_users_own_counts_in_every_run(write_module: WriteModule) -> None:
    before = key()
    text = (
        "from sim.mechanisms import mechanism\n"
        "@mechanism(reads=(), writes=(), neutral={{}})\n"
        "def my_verb(state):\n    '''Nothing.'''\n    return {value}\n"
    )
    seen = [before]
    ours = sim.Market.schedule
    for value in (1, 2):
        verb = imported(write_module, "my_verbs", text.format(value=value)).my_verb
        sim.Market.schedule = (*ours, verb)
        seen.append(key())
    sim.Market.schedule = ours[::-1]
    seen.append(key())
    assert len(set(seen)) == 4


def test_a_plugin_counts_in_every_run(write_module: WriteModule) -> None:
    path = write_module("my_rules.py", RULES.format(level=2))
    before = key()
    assert key(plugins=[path]) == key(plugins=str(path)) != before
    assert key() == key(plugins=[path])  # whatever it did to others' code stays done


# What has no source that can be had again


def _of_main() -> Any:
    made = type("Mine", (strategies.Strategy,), {"name": "mine", "levels": lambda *_: (2,), "__module__": "__main__"})
    return strategies.register(made)


def _of_a_text() -> Any:
    space = {"__name__": "made_up"}
    exec(RULES.format(level=2), space)
    return space["Mine"]


def _of_a_text_in_a_module() -> Any:
    space = {"__name__": __name__}
    exec(RULES.format(level=2), space)
    return space["Mine"]


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (_of_main, "in this script or cell"),
        (_of_a_text, "in no file that can be read again"),
        (_of_a_text_in_a_module, "in no file that can be read again"),
    ],
)
def test_what_cannot_be_read_again_is_not_stored(
    make: Callable[[], Any], where: str, tmp_path: Path, write_module: WriteModule
) -> None:
    make()
    with pytest.raises(ex.ExperimentError) as caught:
        ex.ensemble(["baseline", MINE], seeds=1, months=2, developers=100, workers=1, outputs=tmp_path / "o")
    assert str(caught.value) == (
        f"strategy 'mine' is defined {where}, so a stored run could not say what it ran; allowed: a file of its own, "
        "plugins=['my_rules.py']; or one run that is not stored, sim.Market(…).run(48)"
    )
    assert not (tmp_path / "o").exists()
    assert key()  # nobody else's business
    sim.Market(rng=1, developers=100, setup=MINE).run(2)


def test_measures_and_mechanisms_of_a_cell_are_not_stored(
    write_module: WriteModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(state: Any) -> None:
        """Nothing."""

    step.__module__ = "__main__"
    ours = sim.Market.schedule
    sim.Market.schedule = (*ours, mechanism(reads=(), writes=(), neutral={})(step))
    with pytest.raises(ex.ExperimentError, match="mechanism 'step' is defined in this script or cell"):
        key()
    sim.Market.schedule = ours
    step.__module__ = "gone"
    monkeypatch.setitem(sim.measures.LABS, "mine", Measure("mine", "1", "", step))
    with pytest.raises(ex.ExperimentError, match="measure of labs 'mine' is defined in no file that can be read again"):
        key()


# Sources that changed since


def test_a_file_edited_since_is_named(tmp_path: Path, write_module: WriteModule) -> None:
    path = write_module("my_rules.py", RULES.format(level=2))
    asked: dict[str, Any] = {"seeds": 1, "months": 2, "developers": 100, "workers": 1, "progress": False}
    asked |= {"outputs": tmp_path / "o", "plugins": [path]}
    ex.ensemble(MINE, **asked)
    kept = sorted((tmp_path / "o" / store.FOLDER).iterdir())
    path.write_text("# a comment\n" + RULES.format(level=2))
    ex.ensemble(MINE, **asked)
    for change in (lambda: path.write_text(RULES.format(level=0)), path.unlink):
        change()
        with pytest.raises(ex.ExperimentError) as caught:
            ex.ensemble(MINE, **{**asked, "plugins": None})
        assert str(caught.value) == (
            f"{path} was changed after it was imported, and the old code would run; restart Python, or the notebook's "
            "kernel, and ask again"
        )
    assert sorted((tmp_path / "o" / store.FOLDER).iterdir()) == kept


def test_a_module_that_is_imported_anew_is_what_runs(tmp_path: Path, write_module: WriteModule) -> None:
    path = write_module("my_rules.py", RULES.format(level=2))
    (plugin,) = load(path)
    ours = key()
    before = key(MINE)
    path.write_text(RULES.format(level=0))
    with pytest.raises(ex.ExperimentError, match="was changed after it was imported"):
        fingerprint.check_unchanged(Study.of(MINE, seeds=1).sources.values())
    importlib.reload(sys.modules[plugin.module])
    fingerprint.check_unchanged(Study.of(MINE, seeds=1).sources.values())
    assert key(MINE) != before and key() != ours
    assert strategies.get("mine").levels(None, 0) == (0,)  # type: ignore[arg-type]


# Canonical values


@pytest.mark.parametrize(
    ("address", "same", "others"),
    [
        ("talent.mobility", (1, 1.0, "1", "1.0", "1e0", " 1 "), (0.5,)),
        ("talent.mobility", (0.01, "0.01", "1e-2", "1E-2", ".01"), (0.010001,)),
        ("talent.exit", (0, 0.0, -0.0, "0", "-0.0"), (0.001,)),
        ("release.methods_cap", (1, 1.0, "1", "1.0"), (2,)),
        ("release.weights_allowed", (False, "no", "false", "off", 0, "0"), (True,)),
    ],
)
def test_one_key_for_one_value(address: str, same: tuple[Any, ...], others: tuple[Any, ...]) -> None:
    def keys(value: Any) -> tuple[str, ...]:
        change = {"params": {address: value}}
        start = sim.Scenario(name="s", params={address: value})
        return key(start), key(sim.Scenario(name="s", changes={"2024-01": change})), key(params={address: value})

    first = keys(same[0])
    assert {keys(value) for value in same} == {first}
    for other in others:
        assert all(one != two for one, two in zip(first, keys(other), strict=True))
    assert len(set(itertools.chain(first, *map(keys, others)))) >= 5


def test_yaml_reads_1e_2_as_text_and_it_is_a_number(tmp_path: Path) -> None:
    texts = ("1e-2", "0.01", "'0.01'", "1.0e-2")
    found = [sim.Scenario.from_yaml(f"name: s\nparams: {{talent.mobility: {text}}}") for text in texts]
    assert {key(item) for item in found} == {key(found[1])}
    assert all(item.params == {"talent.mobility": 0.01} for item in found)


# What has no effect is named


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"params": {"talent.mobility": "default"}}, "params.talent.mobility=default (holds already)"),
        ({"labs": {"Meta": "historical"}}, "labs.Meta=historical (holds already)"),
        ({"labs": {"*": "historical"}}, "labs.*=historical (holds already)"),
        (
            {"changes": {"2024-01": {}, "2025-01": {"grants": {"US": 1e9}}, "2025-02": {"equal_compute": True}}},
            "changes.2024-01 (says nothing)",
        ),
        (
            {"changes": {"2030-01": {"params": {"talent.mobility": 0.5}}}},
            "changes.2030-01 (after the last month, 2026-11)",
        ),
        (
            {
                "params": {"talent.mobility": 0.5},
                "changes": {"2024-01": {"params": {"talent.mobility": "0.5"}, "labs": {"Meta": "closed"}}},
            },
            "changes.2024-01.params.talent.mobility=0.5 (holds already)",
        ),
        (
            {"labs": {"*": "closed"}, "changes": {"2024-01": {"labs": {"Meta": "closed", "xAI": "delayed"}}}},
            "changes.2024-01.labs.Meta=closed (holds already)",
        ),
        (
            {
                "changes": {
                    "2024-01": {"release_shift": {"xAI": 6}},
                    "2026-02": {"release_shift": {"xAI": 9, "Meta": 6}},
                }
            },
            "changes.2026-02.release_shift.Meta (after its last model of the record)",
        ),
    ],
)
def test_what_has_no_effect_is_named(about: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture) -> None:
    mobility = sim.Parameters().talent.mobility
    about = {
        name: {address: mobility if value == "default" else value for address, value in values.items()}
        for name, values in about.items()
    }
    name = f"mine-{abs(hash(words))}"  # each line is said once a session
    with caplog.at_level(logging.WARNING):
        Study.of(sim.Scenario(name=name, **about), seeds=1, months=48)
        Study.of(sim.Scenario(name=name, **about), seeds=1, months=48)
    line = words.replace("default", str(mobility))
    assert [record.getMessage() for record in caplog.records] == [f"scenario {name!r}: without effect: {line}"]


def test_a_scenario_that_overrides_what_the_design_varies_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Its runs differ by point in nothing else, and the table of points says otherwise."""
    always = sim.Scenario(name="mine-always", params={"talent.mobility": 0.04})
    later = sim.Scenario(name="mine-later", changes={"2024-01": {"params": {"talent.mobility": 0.04}}})
    other = sim.Scenario(name="mine-other", params={"finance.runway": 7.0})
    design = {"kind": "grid", "params": {"talent.mobility": [0.01, 0.02]}}
    with caplog.at_level(logging.WARNING):
        Study.of([always, later, other], seeds=1, months=48, design=design)
    end = "whatever a point of the design says of it"
    assert [record.getMessage() for record in caplog.records] == [
        f"scenario 'mine-always': sets talent.mobility, {end}",
        f"scenario 'mine-later': sets talent.mobility from 2024-01 on, {end}",
    ]


@pytest.mark.parametrize(
    "about",
    [
        {"params": {"talent.mobility": 0.5}},
        {"labs": {"Meta": "closed"}, "changes": {"2026-11": {"labs": {"Meta": "historical"}}}},
        {"changes": {"2024-01": {"labs": {"*": "closed"}}, "2025-01": {"labs": {"Meta": "historical"}}}},
        {"labs": {"*": "closed", "Meta": "historical"}},
    ],
)
def test_what_has_an_effect_is_not_named(about: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    Study.of(sim.Scenario(name="effective", **about), seeds=1, months=48)
    assert caplog.records == []


def test_a_value_that_sets_back_what_a_study_changed_has_an_effect(caplog: pytest.LogCaptureFixture) -> None:
    mobility = sim.Parameters().talent.mobility
    item = sim.Scenario(name="back", params={"talent.mobility": mobility})
    Study.of(item, seeds=1, params={"talent.mobility": 0.5})
    Study.of(item, seeds=1, design={"kind": "grid", "params": {"talent.mobility": [0.1, 0.2]}})
    assert not [record for record in caplog.records if "without effect" in record.getMessage()]


@pytest.mark.parametrize("name", scenarios.names())
def test_our_scenarios_say_nothing_in_vain(name: str, caplog: pytest.LogCaptureFixture) -> None:
    Study.of(name, seeds=1, months=120)
    assert caplog.records == []


# What is made by a call

FACTORY = """
from sim.strategies import Strategy, register

def make(level):
    class Made(Strategy):
        "As the call says."
        name = "mine"

        def levels(self, view, tier):
            return (level,)

    return register(Made)
"""
LATE = (
    "strategy 'mine' was registered after factory was imported, so its source does not say all that runs; allowed: "
    "registering while a module is imported; or one run that is not stored, sim.Market(…).run(48)"
)


def test_what_a_call_registers_later_is_not_stored(write_module: WriteModule) -> None:
    """Both would have one key, that of the source of the factory, and the second would get the first one's numbers."""
    factory = imported(write_module, "factory", FACTORY)
    for level in (0, 2):
        factory.make(level)
        with pytest.raises(ex.ExperimentError) as caught:
            key(MINE)
        assert str(caught.value) == LATE
    assert key()
    sim.Market(rng=1, developers=100, setup=MINE).run(2)


def test_a_call_while_a_module_is_imported_is_in_its_source(write_module: WriteModule) -> None:
    one = imported(write_module, "factory", FACTORY + "make(2)\n")
    before = key(MINE)
    strategies.register(strategies.STRATEGIES["mine"])  # the same once more
    assert key(MINE) == before
    one.make(2)
    with pytest.raises(ex.ExperimentError, match="registered after factory was imported"):
        key(MINE)
    unregister("factory")
    imported(write_module, "factory", FACTORY + "make(0)\n")
    assert key(MINE) != before


def test_a_plugin_may_call_what_registers(write_module: WriteModule) -> None:
    imported(write_module, "factory", FACTORY)
    assert key(MINE, plugins=[write_module("caller.py", "import factory\nfactory.make(2)\n")])


@pytest.mark.parametrize(
    "words",
    [
        "import importlib\n        return (importlib.import_module('aside').LEVEL,)",
        "return (__import__('aside').LEVEL,)",
    ],
)
def test_a_module_asked_for_by_a_call_counts(words: str, write_module: WriteModule) -> None:
    keys = []
    for level in (0, 2):
        sys.modules.pop("aside", None)
        write_module("aside.py", f"LEVEL = {level}\n")
        sources._SEEN.pop("aside", None)
        imported(write_module, "my_rules", RULES.format(level=1).replace("return (LEVEL,)", words))
        keys.append(key(MINE))
    assert keys[0] != keys[1]
