"""Seed s runs with row s mod n of a table of parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments import main_job, run
from experiments.findings.answer import in_sentences
from experiments.questions.draws import Draws
from experiments.questions.study import Study

TABLE = pd.DataFrame({"talent.mobility": [0.02, 0.08, 0.05], "adoption.taste_renewal": [12, 60, None]})
TINY: dict[str, Any] = {"months": 2, "developers": 100, "workers": 1, "progress": False}


def study(**asked: Any) -> Study:
    return Study.of("baseline", seeds=7, months=1, developers=100, **asked)


def tasks(asked: Study) -> dict[tuple[int, int], dict[str, Any]]:
    number = len(asked.points)
    made = list(asked.tasks(set(asked.runs["key"])))
    return {
        (at // len(asked.seeds) if number > 1 else 0, task.seed): dict(task.changes) for at, task in enumerate(made)
    }


def test_seeds_run_with_rows_in_turn_and_an_empty_cell_leaves_the_default() -> None:
    changes = tasks(study(draws=TABLE))
    assert changes[0, 1] == changes[0, 4] == {"talent.mobility": 0.08, "adoption.taste_renewal": 60}
    assert changes[0, 2] == changes[0, 5] == {"talent.mobility": 0.05}
    assert type(changes[0, 1]["adoption.taste_renewal"]) is int


def test_what_is_given_and_what_a_design_varies_stand_above_a_row() -> None:
    above = tasks(study(draws=TABLE, params={"talent.mobility": 0.03}))
    assert above[0, 0] == {"adoption.taste_renewal": 12}
    swept = tasks(study(draws=TABLE, design={"kind": "grid", "params": {"talent.mobility": [0.01, 0.09]}}))
    assert [swept[point, 3]["talent.mobility"] for point in (0, 1)] == [0.01, 0.09]
    assert swept[0, 3]["adoption.taste_renewal"] == 12


def test_a_run_is_the_same_run_however_its_parameters_were_said() -> None:
    drawn = study(draws=TABLE).runs.set_index("seed")["key"]
    given = study(params={"talent.mobility": 0.08, "adoption.taste_renewal": 60}).runs.set_index("seed")["key"]
    assert drawn[1] == given[1] and drawn[4] == given[4] and drawn[0] != given[0]
    plain = study().runs.set_index("seed")["key"]
    defaults = pd.DataFrame({"talent.mobility": [plain_default("talent.mobility")]})
    assert study(draws=defaults).runs.set_index("seed")["key"].equals(plain)


def plain_default(address: str) -> Any:
    return next(leaf.default for leaf in Study.of("baseline", seeds=1).parameters.leaves() if leaf.address == address)


def test_draws_are_part_of_what_is_asked() -> None:
    names = {asked.default_name() for asked in (study(), study(draws=TABLE), study(draws=TABLE.iloc[:2]))}
    assert len(names) == 3
    assert study(draws=TABLE).settings()["draws"]["rows"] == 3


def test_a_file_and_a_frame_of_the_same_rows_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    TABLE.to_csv(path, index=False, na_rep="NA")
    one, other = Draws.of(path), Draws.of(TABLE)
    assert one is not None and other is not None
    assert one.settings()["sha256"] == other.settings()["sha256"] and one.changes(8) == other.changes(8)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("prior", "draws=prior is not allowed; allowed: posterior, or a .csv or .parquet file"),
        (3, "draws=3 is not allowed"),
        ("nowhere.csv", "nowhere.csv is not allowed"),
        (pd.DataFrame({"talent.mobilty": [1.0]}), "did you mean talent.mobility?"),
        (pd.DataFrame({"talent.mobility": [7.0]}), "row 1, talent.mobility"),
        (pd.DataFrame({"scenario": ["baseline"], "talent.mobility": [0.1]}), "column scenario is not allowed"),
    ],
)  # fmt: skip
def test_other_draws_are_refused_in_one_line(given: Any, said: str) -> None:
    with pytest.raises(ex.ExperimentError) as refused:
        study(draws=given)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_bands_say_what_they_hold_and_repeated_rows_tell_luck_from_parameters(tmp_path: Path) -> None:
    asked = {**TINY, "outputs": tmp_path, "measures": ["frontier", "spend"], "months": 8}
    names = ["baseline", "no_open_weights"]
    lucky = ex.compare(ex.ensemble(names, seeds=3, **asked))
    assert lucky.holds == "luck only" and "; luck only)" in lucky.describe("spend")
    once = ex.compare(ex.ensemble(names, seeds=3, draws=TABLE, **asked))
    assert once.holds == "parameters and luck" and "; parameters and luck)" in once.describe("spend")
    assert "with 3 draws of the parameters" in once.describe("spend")
    twice = ex.compare(ex.ensemble(names, seeds=6, draws=TABLE, **asked))
    last = twice.of("spend").iloc[-1]
    assert (last["pairs"], last["clusters"]) == (6, 3)
    values = ex.ensemble(names, seeds=6, draws=TABLE, **asked)
    wide = values.wide("no_open_weights", "spend") - values.wide("baseline", "spend")
    assert last["mean"] == pytest.approx(float(np.mean(wide.iloc[-1])))
    share, low, high = (last[name] for name in ("parameters", "parameters_low", "parameters_high"))
    assert 0.0 <= low <= share <= high <= 1.0
    told = f"parameters and luck; of the variance {share:.0%} ({low:.0%} to {high:.0%}) is parameters, the rest luck"
    assert told in twice.describe("spend")


def test_what_a_design_varies_is_not_called_luck(tmp_path: Path) -> None:
    """Points of one row differ by the design: there is nothing by which luck could be told."""
    design = {"kind": "grid", "params": {"adoption.users_start": [0.1, 0.2]}}
    asked = {**TINY, "outputs": tmp_path, "measures": "adoption", "design": design}
    found = ex.compare(ex.ensemble(["baseline", "no_open_weights"], seeds=6, draws=TABLE, **asked))
    assert found.of("adoption")["parameters"].isna().all()
    with pytest.raises(ex.ExperimentError, match=r"design\.seeds=own is not allowed; allowed: common with draws"):
        study(draws=TABLE, design={**design, "seeds": "own"})


def test_what_is_given_at_its_default_is_held_too() -> None:
    default = plain_default("talent.mobility")
    held = study(draws=TABLE, params={"talent.mobility": default})
    assert "talent.mobility" in TABLE and all("talent.mobility" not in changes for changes in tasks(held).values())
    assert set(held.runs["key"]).isdisjoint(study(draws=TABLE).runs["key"])
    settings = held.settings()
    again = study(draws=TABLE, params=settings["params"])
    assert settings["params"] == {"talent.mobility": default} and list(again.runs["key"]) == list(held.runs["key"])
    # At a point of a design the same, and typed in a shell.
    points = study(draws=TABLE, design={"kind": "grid", "params": {"talent.mobility": [default, 0.03]}})
    assert set(held.runs["key"]) < set(points.runs["key"])
    typed = study(draws=TABLE, params=sim.Parameters(), held=["talent.mobility"])
    assert list(typed.runs["key"]) == list(held.runs["key"])


def test_a_default_typed_in_a_shell_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("rows.csv", index=False)
    default = plain_default("talent.mobility")
    words = ["draws=rows.csv", "seeds=2", "months=1", "developers=100", "executor.workers=1", "figures=false"]
    assert run.main([*words, f"params.talent.mobility={default}", "name=held"]) == 0
    assert run.main([*words, "name=drawn"]) == 0
    keys = {name: set(ex.open(f"outputs/{name}").runs["key"]) for name in ("held", "drawn")}
    wanted = study(draws=TABLE, params={"talent.mobility": default}).runs
    assert keys["held"] == set(wanted.loc[wanted["seed"] < 2, "key"]) and keys["held"].isdisjoint(keys["drawn"])


def test_the_main_job_in_words_says_which_doubt_its_brackets_hold(tmp_path: Path) -> None:
    asked = {**TINY, "outputs": tmp_path, "seeds": 6}
    names = ["baseline", "no_open_weights"]
    assert "brackets hold luck only, not doubt about parameters" in in_sentences(ex.ensemble(names, **asked))
    drawn = ex.ensemble(names, draws=TABLE, **asked)
    text = in_sentences(drawn)
    assert "parameters, of which 3 draws are taken in turn" in text and "the middle 80% of these pairs" in text
    assert "brackets hold parameters and luck" in text
    last = ex.compare(drawn, measures="frontier").of("frontier").iloc[-1]
    mean, low, high = (10.0 ** last[name] - 1.0 for name in ("mean", "q10", "q90"))
    assert f": {mean:+.1%} [{low:+.1%} to {high:+.1%}; " in text.splitlines()[5]


def test_the_shipped_posterior_has_rows_of_parameters_inside_their_ranges() -> None:
    shipped = Draws.of("posterior")
    assert shipped is not None and len(shipped) >= 200
    ranges = {leaf.address: leaf.range for leaf in Study.of("baseline", seeds=1).parameters.leaves()}
    assert {"finance.elasticity", "research.public_methods", "finance.believed_market"} <= set(shipped.table)
    for name, column in shipped.table.items():
        low, high = ranges[str(name)] or (np.nan, np.nan)
        assert column.between(low * (1 - 1e-5) - 1e-12, high * (1 + 1e-5) + 1e-12).all(), name
    assert shipped.table["finance.elasticity"].nunique() > 200  # nothing identifies φ, so it is drawn


def test_the_main_job_draws_from_the_posterior_and_repeats_some_draws() -> None:
    assert main_job.seeds_of(tuple(range(8)), 235) == (0, 1, 2, 3, 4, 5, 235, 236)
    assert main_job.seeds_of((0, 1, 2), 235) == (0, 1, 2)
    shipped = Draws.of("posterior")
    assert shipped is not None and shipped.changes(len(shipped) + 1) == shipped.changes(1)
