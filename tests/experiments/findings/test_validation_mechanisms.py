"""What each mechanism does alone: the data file, the runs, and the tables of scores made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import sim
from experiments.engine.executors import Local
from experiments.findings.targets.rows import rows
from experiments.findings.targets.run import runs_of
from experiments.findings.targets.score import Score, score
from experiments.findings.validation import mechanisms
from experiments.findings.validation.mechanisms import Mechanism
from experiments.findings.validation.report import asked_of
from experiments.questions.settings import ExperimentError
from experiments.questions.study import Study
from sim.parameters.fields import ORGANISATIONS


def test_every_mechanism_can_be_switched_off_or_says_why_not() -> None:
    items = mechanisms.mechanisms()
    assert len({item.name for item in items}) == len(items)
    assert all(item.rows for item in items)
    assert all(bool(item.neutral) != bool(item.why_not) for item in items)
    assert [item.name for item in items if item.why_not.startswith("there is no ")] == []
    assert [item.name for item in items if item.why_not == "it is off by default"] == []


def test_neutral_values_are_allowed_and_each_its_own() -> None:
    changed = [sim.Parameters().with_(**item.neutral).differences() for item in mechanisms.mechanisms() if item.neutral]
    assert all(changed)
    assert len({str(values) for values in changed}) == len(changed)


def test_a_value_for_all_organisations_and_one_that_is_another_s_default() -> None:
    (item,) = (item for item in mechanisms.mechanisms() if item.name == "starting has rates of its own")
    hazard = sim.Parameters().adoption.hazard
    assert item.neutral == {f"adoption.start.{name}": hazard for name in ORGANISATIONS}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"rows": ["C01"]}, ["one of neutral and why_not"]),
        ({"rows": ["C01"], "neutral": {"access.grey": 1.0}, "why_not": "x"}, ["one of neutral and why_not"]),
        ({"rows": ["C01"], "why_not": "x", "colour": "red"}, ["allowed: name, where"]),
        ({"rows": ["C99"], "why_not": "x"}, ["C99", "a row or target of rows.csv"]),
        ({"rows": ["C01"], "neutral": {"access.grey": 7.0}}, ["access.grey", "7"]),
    ],
)
def test_a_mistake_in_the_file_is_one_line(entry: dict, words: list[str]) -> None:
    with pytest.raises(ExperimentError) as caught:
        mechanisms._mechanism({"name": "odd", "where": "1"} | entry)
    assert "odd" in str(caught.value) and "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words)


def test_what_is_neutral_by_default_and_what_is_not_there_are_told() -> None:
    default = sim.Parameters().access.grey
    entry = {"name": "a", "where": "3", "rows": ["C16 mean"]}
    assert mechanisms._mechanism(entry | {"neutral": {"access.grey": default}}).why_not == "it is off by default"
    assert mechanisms._mechanism(entry | {"neutral": {"no.such": 1.0}}).why_not == "there is no no.such"


def test_rows_without_and_with_a_mechanism() -> None:
    fall, ratio, margin = (
        replace(next(row for row in rows() if row.id == name), input=given)
        for name, given in (("C07", "no"), ("C10", "no"), ("V margin 2024-12", "yes"))
    )
    on = [Score(fall, model=fall.value), Score(ratio, model=99.0), Score(margin, model=margin.value)]
    off = [Score(fall, model=99.0), Score(ratio, model=ratio.value), Score(margin, model=0.0)]
    items = [
        Mechanism("one", "1", {"adoption.start.indie": 0.1, "adoption.start.smb": 0.1}, "", (fall, margin)),
        Mechanism("two", "2", {}, "no value", (ratio,)),
    ]
    made = mechanisms.report(items, on, {"one": off})
    assert f"| one | C07 | x/year | {fall.value:g} | 99 → {fall.value:.3g} | no → yes |" in made.text
    assert f"| one | V margin 2024-12 | % | {margin.value:g} | 0 → {margin.value:g} | no → yes, given |" in made.text
    # What is given does not count.
    assert "| everything on |  |  | 1 of 2 | 1 of 2 |" in made.text
    assert "| one | 1 | adoption.start 0.1 | 1 of 2 | 1 of 2 |" in made.text
    assert "| two | 2 | no value | – | – |" in made.text
    assert "| two | C10 |" not in made.text
    table = made.tables[mechanisms.ROWS]
    assert list(table["inside_without"]) == ["no", "no", ""]
    assert pd.isna(made.tables[mechanisms.TOTALS].set_index("mechanism").loc["two", "rows"])


def test_each_point_is_the_run_with_its_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything on is the baseline, and each mechanism the run with its neutral values: same seeds, run once more."""
    whole = mechanisms.mechanisms()
    names = ("closed lines of US labs are hard to get at in China", "capability as measured")
    names += ("startups build on usable models of which they have heard",)
    kept = tuple(item for item in whole if item.name in names)
    monkeypatch.setattr(mechanisms, "mechanisms", lambda: kept)
    monkeypatch.setattr(mechanisms, "MONTHS", 38)
    asked = asked_of((0, 1), 300, tmp_path, Local(workers=1))
    made = mechanisms.alone(asked)
    table = made.tables[mechanisms.ROWS].set_index(["mechanism", "row"])

    def again(**params: object) -> dict[str, Score]:
        found = asked.run(Study.of("baseline", seeds=[0, 1], months=38, developers=300, params=params))
        return {one.row.id: one for one in score(rows(), list(runs_of(found.market, found.labs)))}

    on, grey, free = again(), again(**{"access.grey": 1.0}), again(**{"record.residuals": "none"})
    for name, without, row in ((names[0], grey, "V open tokens"), (names[1], free, "V frontier 2024-12")):
        found = table.loc[(name, row)]
        assert found["with"] == pytest.approx(on[row].model)
        assert found["without"] == pytest.approx(without[row].model)
        assert found["with"] != found["without"]
    totals = made.tables[mechanisms.TOTALS].set_index("mechanism")
    assert totals.loc[names[0], "of_rows"] == totals.loc[mechanisms.ON, "of_rows"]
    assert pd.isna(totals.loc[names[2], "rows"])
