"""Studies follow what others register: measures are kept, parameters asked, runs never mixed up."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
import sim
from experiments.questions import fingerprint
from experiments.questions.measures import everything
from sim.measures import LABS, MARKET, Look
from sim.mechanisms import mechanism, register
from sim.parameters import Section, field, section
from sim.registry import unregister

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
    assert runs.labs["awareness_of_lab"].tolist() == market.labs["awareness_of_lab"].ravel().tolist()
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


def test_no_run_is_taken_for_one_under_another_rule() -> None:
    """Names of runs hold what is registered and the meaning of its file; nothing registered, ours alone."""
    before = fingerprint.code_version()
    add_rule()
    with_rule = fingerprint.code_version()
    assert with_rule != before
    add_rule()
    assert fingerprint.code_version() == with_rule
    unregister(__name__)
    assert fingerprint.code_version() == before


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
    seen = [fingerprint.code_version()]
    for text in ("# a comment\n" + CELL.format(1.0), CELL.format(2.5)):
        (tmp_path / "rules_in_a_file.py").write_text(text)
        importlib.reload(rules)
        seen.append(fingerprint.code_version())
    unregister("rules_in_a_file")
    assert seen[0] == seen[1] != seen[2]


def test_what_has_no_source_is_found_again_in_this_process_only(monkeypatch: pytest.MonkeyPatch) -> None:
    exec(CELL.format(1.0), {"__name__": "nowhere"})
    first = fingerprint.code_version()
    assert fingerprint.code_version() == first
    monkeypatch.setattr(fingerprint, "_UNKNOWN", "another process")
    assert fingerprint.code_version() != first
    unregister("nowhere")


def test_workers_that_lack_the_rule_refuse_in_one_line(tmp_path: Path) -> None:
    add_rule()
    with pytest.raises(ex.ExperimentError) as caught:
        ex.ensemble("baseline", outputs=tmp_path, **{**SIZE, "seeds": 2, "workers": 2})
    assert "a worker has code" in str(caught.value) and "the same things registered" in str(caught.value)
    assert "\n" not in str(caught.value)
