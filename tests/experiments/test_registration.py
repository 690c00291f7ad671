"""Studies follow what others register: measures are kept, parameters asked, runs never mixed up."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
import sim
from experiments import run
from experiments.engine.ensemble import missing_chunks, plan
from experiments.engine.executors import Local
from experiments.engine.work import run_chunk
from experiments.questions import plugins
from experiments.questions.measures import everything
from experiments.questions.plugins import Plugin
from experiments.questions.study import Study
from experiments.results import store
from sim.inputs.registry import unregister
from sim.measures import LABS, MARKET, Look
from sim.mechanisms import mechanism, register
from sim.parameters import Section, field, section

SIZE: dict[str, Any] = {"seeds": 1, "months": 5, "developers": 200, "workers": 1, "progress": False}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    unregister(__name__)
    yield
    unregister(__name__)


def add_rule() -> None:
    @section("forgetting")
    class Forgetting(Section):
        """Decay of awareness."""

        rate: float = field(0.0, "Lost share", unit="1/month", bounds=(0.0, 1.0), range=(0.0, 0.05))

    @register(after="awareness")
    @mechanism(
        reads=(),
        writes=("segments.awareness",),
        carries=("segments.awareness",),
        neutral={"forgetting.rate": 0.0},
    )
    def forgetting(state: Any) -> None:
        """Awareness decays."""
        state.segments.awareness *= 1.0 - state.parameters.forgetting.rate

    @MARKET("hazard")
    def mean_awareness(look: Look) -> float:
        """Mean awareness hazard."""
        return float(look.state.segments.awareness.mean())

    @LABS("hazard")
    def awareness_of_lab(look: Look) -> Any:
        """The same of each lab."""
        return look.state.segments.awareness.mean(axis=0)


def test_measures_are_kept_with_unit_and_parameters_asked(tmp_path: Path) -> None:
    add_rule()
    assert "mean_awareness" in everything()["market"] and "awareness_of_lab" in everything()["labs"]
    runs = ex.ensemble("baseline", outputs=tmp_path, name="kept", params={"forgetting.rate": 0.1}, **SIZE)
    market = sim.Market(rng=0, developers=200, **{"forgetting.rate": 0.1}).run(5)
    assert runs.market["mean_awareness"].tolist() == market.market["mean_awareness"].tolist()
    assert runs.labs["awareness_of_lab"].tolist() == market.labs["awareness_of_lab"][:, market.told].ravel().tolist()
    assert runs.units["mean_awareness"] == runs.units["awareness_of_lab"] == "hazard"
    chosen = ex.ensemble("baseline", outputs=tmp_path, measures=["mean_awareness"], **SIZE)
    assert chosen.measures == ("mean_awareness",)
    # A study stays readable where the rule is not known.
    unregister(__name__)
    again = ex.open(tmp_path / "kept")
    assert again.market["mean_awareness"].tolist() == market.market["mean_awareness"].tolist()


def test_designs_and_ablations_know_it(tmp_path: Path) -> None:
    add_rule()
    design = {"kind": "grid", "params": {"forgetting.rate": [0.0, 0.1]}}
    runs = ex.ensemble("baseline", outputs=tmp_path, design=design, **SIZE)
    last = runs.market[runs.market["month"] == 5].set_index("point")["mean_awareness"]
    assert last[1] < last[0]
    frame = ex.ablate("no_open_weights", seeds=2, months=3, developers=200, measures="hhi", mechanisms=["forgetting"],
                      workers=1, outputs=tmp_path)  # fmt: skip
    assert frame.loc["hhi"].index.tolist() == ["nothing", "forgetting"]
    assert frame.loc[("hhi", "forgetting"), "carried"] == 0.0  # it is neutral by default


def key() -> str:
    return Study.of("baseline", seeds=1, measures=["hhi"]).runs["key"].item()


def test_no_run_is_taken_for_one_under_another_rule() -> None:
    """Names of runs hold what is registered and the meaning of its file; nothing registered, ours alone."""
    before = key()
    add_rule()
    with_rule = key()
    assert with_rule != before
    add_rule()
    assert key() == with_rule
    unregister(__name__)
    assert key() == before


CELL = """
from sim.measures import MARKET

@MARKET("1")
def one(look):
    "One."
    return {}
"""


def test_a_file_of_rules_counts_by_its_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "rules_in_a_file.py").write_text(CELL.format(1.0))
    rules = importlib.import_module("rules_in_a_file")
    seen = [key()]
    for text in ("# a comment\n" + CELL.format(1.0), CELL.format(2.5)):
        (tmp_path / "rules_in_a_file.py").write_text(text)
        importlib.reload(rules)
        seen.append(key())
    unregister("rules_in_a_file")
    del sys.modules["rules_in_a_file"]  # or it stays what this file asks for, and counts
    assert seen[0] == seen[1] != seen[2]


COLUMN = """
from sim.agents.developers import Segments
from sim.agents.tables import column, register_column

register_column(Segments, "mine_alone", column(float, "1", "Mine", ()))
"""
DECISION = """
from sim.numerics import draws

draws.register_decision("mine_alone")
"""
SECTION = """
from sim.parameters import Section, field, section

@section("mine_alone")
class Mine(Section):
    "Mine."
    rate: float = field(0.0, "Mine", unit="1", bounds=(0.0, 1.0))
"""


@pytest.mark.parametrize("text", [CELL.format(1.0), COLUMN, DECISION, SECTION])
def test_whatever_has_no_source_is_not_stored(text: str) -> None:
    exec(text, {"__name__": "nowhere"})
    with pytest.raises(ex.ExperimentError, match=r"is defined in no file that can be read again, so a stored run"):
        key()
    unregister("nowhere")
    key()


@pytest.mark.parametrize("text", [CELL.format(1.0), COLUMN, DECISION, SECTION])
def test_whatever_is_registered_counts(text: str, write_module: Callable[..., Path]) -> None:
    before = key()
    path = write_module("mine_alone.py", text)
    sys.path.append(str(path.parent))
    importlib.import_module("mine_alone")
    with_it = key()
    assert with_it != before
    path.write_text(text + "\nEDITED = 1\n")
    importlib.reload(sys.modules["mine_alone"])
    assert key() not in (before, with_it)


def test_parameters_of_a_plugin_are_settings(
    write_module: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_module("mine_alone.py", SECTION)
    words = ["seeds=1", "months=2", "developers=100", "figures=false", f"outputs={tmp_path / 'o'}", "name=s"]
    assert run.main([*words, "params.mine_alone.rate=0.5"]) == 2
    assert "there is no such setting" in capsys.readouterr().err
    assert run.main([*words, f"plugins={path}", "params.mine_alone.rate=0.5", "executor.workers=1"]) == 0
    assert ex.open(tmp_path / "o" / "s").provenance["parameters_changed"] == {"mine_alone.rate": 0.5}


def test_workers_that_lack_the_rule_refuse_in_one_line(tmp_path: Path) -> None:
    """They import this file, and it registers nothing before somebody calls it."""
    add_rule()
    with pytest.raises(ex.ExperimentError) as caught:
        ex.ensemble("baseline", outputs=tmp_path, **{**SIZE, "seeds": 2, "workers": 2})
    assert re.match(r"a worker on .* lacks .* of tests.experiments.test_registration; ", str(caught.value))
    assert str(caught.value).endswith("; allowed: what is registered when its module is imported, not later")
    assert "\n" not in str(caught.value)


def test_workers_that_have_more_refuse_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, index = Study.of("baseline", seeds=1, months=2, developers=100), store.Index(tmp_path / store.FOLDER)
    (chunk,) = missing_chunks(asked, plan(asked, index), index, tmp_path, Local())
    add_rule()
    with pytest.raises(ex.ExperimentError, match=r"a worker on .* has .* of another study; allowed: a new worker"):
        run_chunk(chunk)
    unregister(__name__)
    with monkeypatch.context() as patch:
        patch.setitem(plugins._BROUGHT, "my_rules", Plugin("my_rules", "/my_rules.py", "my_rules.py"))
        with pytest.raises(ex.ExperimentError, match=r"has my_rules.py of another study; allowed: a new worker"):
            run_chunk(chunk)
    assert list(tmp_path.iterdir()) == []
    run_chunk(chunk)
