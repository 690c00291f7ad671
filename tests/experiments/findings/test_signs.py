"""Comparative statics: rows and names, windows and verdicts by hand, runs that rows share, all of them at length."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import sim
from experiments.findings.signs import judge, measures
from experiments.findings.signs import rows as rows_module
from experiments.findings.signs.judge import Judgement, verdict_of
from experiments.findings.signs.measures import value
from experiments.findings.signs.rows import CANNOT, FAILS, HOLDS, MIXED, Change, Row, change_of, known, renamed, rows
from experiments.findings.targets.run import Run
from experiments.findings.validation.report import Asked
from experiments.questions.settings import ExperimentError

NAN = float("nan")
ROW = Row("talent.mobility", NAN, NAN, "all_staff", "+", "baseline", "somebody")


def test_the_table_is_whole() -> None:
    assert len(rows()) == 122
    assert all(row.source for row in rows())
    assert {row.sign for row in rows()} == {"+", "-", "any"}
    assert sum(row.where == "scenario" for row in rows()) == 15


def test_what_is_known_is_of_rows_that_are_there() -> None:
    assert set(known()) <= {row.key for row in rows()}


def test_every_row_comes_to_something_or_says_why() -> None:
    for row in rows():
        change = change_of(row)
        assert bool(change.why_not) != bool(change.low and change.high and change.measure), row
        assert change.low != change.high or change.why_not, row


def test_only_names_that_went_are_mapped_and_each_says_why() -> None:
    addresses = {name.partition(" ")[0] for name in renamed()}
    assert addresses <= {row.parameter for row in rows()}
    assert [name for name in addresses if name in sim.Parameters.known()] == []
    assert all(entry["why"] for entry in renamed().values())


def test_weights_teach_more_while_answers_teach_as_much() -> None:
    change = change_of(replace(ROW, parameter="training.weights_advantage", measure="frontier"))
    training = sim.Parameters().training
    for side in (change.low, change.high):
        product = side["training.teaching"] * side["training.answers"]
        assert product == pytest.approx(training.teaching * training.answers, rel=1e-4)
    assert change.low["training.teaching"] < training.teaching < change.high["training.teaching"]


def test_names_ranges_given_ends_and_turns() -> None:
    span = sim.Parameters.known()["talent.mobility"].range
    assert span is not None
    change = change_of(ROW)
    assert (change.low, change.high) == tuple({"talent.mobility": end} for end in span)
    assert change_of(replace(ROW, low=0.02)).low == {"talent.mobility": 0.02}
    turned = change_of(replace(ROW, parameter="pricing.harvest"))
    (low,), (high,) = turned.low.values(), turned.high.values()
    assert list(turned.low) == ["pricing.obsolescence"] and low > high
    group = change_of(replace(ROW, parameter="adoption.ceiling"))
    assert len(group.low) == 5 and set(group.low) == set(group.high)


@pytest.mark.parametrize(
    ("parameter", "low", "words"),
    [
        ("no.such", NAN, "there is no no.such"),
        ("release.weights_allowed", NAN, "has no range"),
        ("talent.mobility", 7.0, "talent.mobility = 7.0 is not allowed"),
    ],
)
def test_what_cannot_be_says_why(parameter: str, low: float, words: str) -> None:
    assert words in change_of(replace(ROW, parameter=parameter, low=low)).why_not


def test_a_successor_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "renamed", lambda: {"old": {"as": "new.one", "why": "x"}, "gone": {"why": "went"}})
    assert change_of(replace(ROW, parameter="old")).why_not == "there is no new.one"
    assert change_of(replace(ROW, parameter="gone")).why_not == "went"


@pytest.mark.parametrize(("field", "wrong"), [("sign", "up"), ("where", "elsewhere")])
def test_a_mistake_in_the_table_is_one_line(field: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = rows_module._table("signs.csv").head(3).copy()
    table.loc[0, field] = wrong
    monkeypatch.setattr(rows_module, "_table", lambda _: table)
    with pytest.raises(ExperimentError, match="allowed: sign"):
        rows_module.rows.__wrapped__()
    twice = rows_module.pd.concat([table.iloc[1:2], table.iloc[1:2]])
    monkeypatch.setattr(rows_module, "_table", lambda _: twice)
    with pytest.raises(ExperimentError, match="stands twice"):
        rows_module.rows.__wrapped__()


@pytest.mark.parametrize(
    ("sign", "low", "high", "wanted"),
    [
        ("+", [1, 1, 1], [2, 3, 4], (HOLDS, 3)),
        ("-", [1, 1, 1], [2, 3, 4], (FAILS, 0)),
        ("-", [1, 1, 9], [2, 3, 4], (MIXED, 1)),
        ("any", [1, 1, 9], [2, 3, 4], (HOLDS, 3)),
        ("any", [1, 1, 9], [1, 1, 9 + 1e-12], (FAILS, 0)),
        ("any", [1, 1, 9], [1, 1, 10], (MIXED, 1)),
        ("+", [0, 0, 0], [0, 0, 0], (FAILS, 0)),
        ("+", [-2, -2, -2], [-1, -1, -1], (HOLDS, 3)),
    ],
)
def test_verdicts(sign: str, low: list[float], high: list[float], wanted: tuple[str, int]) -> None:
    assert verdict_of(sign, np.array(low, float), np.array(high, float)) == wanted


def by_hand(slope: float = 1.0) -> Run:
    """Two labs, Meta open in China and OpenAI; every measure rises by its slope a month."""
    months = slope * np.arange(49.0)
    both = np.column_stack([months, 10.0 * months])
    exists = np.ones((49, 2))
    exists[:20, 0] = 0.0
    china = np.column_stack([np.ones(49), np.zeros(49)])
    labs = {"share_spend": both, "researchers": both, "wage": np.exp(both / 100.0), "revenue": both}
    return Run({"hhi": months, "x.hosts": 2.0 * months, "late": np.where(months > 44, months, np.nan)},
               {**labs, "x.active": exists, "x.china": china}, ("Meta", "OpenAI"))  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "wanted"),
    [
        ("hhi", 42.5), ("hhi@13", 13.0), ("x.hosts@13", 26.0), ("share_spend.OpenAI@25", 250.0), ("cn_share", 42.5),
        ("all_staff@13", 143.0), ("open_staff@13", 13.0), ("open_rev", 42.5), ("late", 46.5),
        ("all_wage@13", (math.exp(1.2) + math.exp(1.3) + math.exp(1.4)) / 3),  # Meta is not there yet
        ("open_wage@25", (math.exp(0.24) + math.exp(0.25) + math.exp(0.26)) / 3),
        ("x.wage_disp@25", 0.5 * 0.09 * 25),
    ],
)  # fmt: skip
def test_windows_and_derived_measures(measure: str, wanted: float) -> None:
    assert value(by_hand(), measure) == pytest.approx(wanted)


def test_verdicts_from_runs_and_what_is_missing() -> None:
    change = Change({"a": 0.0}, {"a": 1.0}, "hhi", "", "by b")
    found = judge.judge(replace(ROW, measure="hhi"), change, [by_hand(1.0)], [by_hand(2.0)])
    assert (found.verdict, found.low, found.high, found.why) == (HOLDS, 42.5, 85.0, "by b")
    for measure, words in (("nothing", "no measure nothing"), ("late@13", "missing in the months that count")):
        found = judge.judge(ROW, replace(change, measure=measure), [by_hand()], [by_hand()])
        assert found.verdict == CANNOT and words in found.why


def test_rows_of_one_change_share_their_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wedge in a scenario against its reference, and in both worlds: chips in China are dearer either way."""
    monkeypatch.setattr(judge, "MONTHS", 14)
    counted: list[str] = []

    def run(seed: int, developers: int, where: str, values: dict, references: dict) -> Run:
        counted.append(where)
        return original(seed, developers, where, values, references)

    original = judge._run
    monkeypatch.setattr(judge, "_run", run)
    wedge = replace(ROW, parameter="compute.wedge", measure="x.cnchip@13", where="scenario")
    wanted = [wedge, replace(wedge, measure="china_frontier@13", sign="any"), replace(wedge, where="baseline")]
    found = list(judge.judged(Asked((0,), 300, lambda _: pytest.fail("it runs no study")), wanted))
    assert sorted(counted) == ["baseline"] * 2 + ["scenario"] * 2
    by_key = {one.row.key: one for one in found}
    assert by_key[wedge.key].verdict == HOLDS
    assert by_key[wanted[2].key].low == pytest.approx(by_key[wedge.key].low)


def test_what_is_not_as_known_is_told_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(ROW, measure="hhi")
    monkeypatch.setattr(judge, "known", lambda: {other.key: (FAILS, "so it is")})
    assert judge.surprises([Judgement(ROW, HOLDS), Judgement(other, FAILS)]) == []
    lines = judge.surprises([Judgement(ROW, FAILS, 1.0, 2.0), Judgement(other, HOLDS)])
    assert lines[0].startswith("talent.mobility,all_staff,baseline: fails, not holds")
    assert lines[1].startswith("talent.mobility,hhi,baseline: holds, not fails")
    text = judge.report([Judgement(ROW, HOLDS), Judgement(other, FAILS, 1.0, 2.0)], 3).text
    assert "1 hold in every seed, 0 are mixed, 1 fail, 0 cannot be computed" in text
    assert "| `talent.mobility` | hhi | + | baseline | 1 → 2 | fails | so it is |" in text


def test_what_nobody_explains_is_looked_at_with_more_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seeds say mixed; twelve tell luck from an effect, and the report says which."""
    asked_for: list[tuple[int, ...]] = []

    def made_up(asked: Asked, wanted: list[rows_module.Row]) -> list[Judgement]:
        asked_for.append(asked.seeds)
        low = [by_hand(1.0)] * len(asked.seeds)
        high = [by_hand(1.2 - 0.3 * (seed == 1)) for seed in asked.seeds]
        return [judge.judge(row, Change({}, {}, "hhi"), low, high) for row in wanted]

    monkeypatch.setattr(judge, "judged", made_up)
    monkeypatch.setattr(judge, "known", dict)
    text = judge.signs(Asked((0, 1, 2), 300, lambda _: pytest.fail("it runs no study")), [ROW]).text
    assert asked_for == [(0, 1, 2), tuple(range(judge.CLOSER))]
    # 42.5 times .2 in eleven seeds and times −.1 in one; its standard error is 12.75 / 12.
    assert (
        "| mixed | luck of a few seeds; the mean is as asked: with 12 seeds 11 move as asked, mean +7.4 ± 1 |" in text
    )


@pytest.mark.parametrize(
    ("sign", "difference", "words"),
    [("+", 1.0, "luck of a few seeds"), ("-", 1.0, "the other way"), ("+", 0.2, "cannot be told from luck")],
)
def test_a_closer_look(sign: str, difference: float, words: str) -> None:
    one = Judgement(replace(ROW, sign=sign), MIXED, difference=difference, error=0.1, seeds=12, right=7)
    assert judge.in_more_seeds(one).startswith(words)


@pytest.mark.slow
def test_exactly_what_is_known_does_not_hold() -> None:
    """Run `python -m experiments.validate --signs` for the table; what changed goes into, or out of, known.csv."""
    asked = Asked((0, 1, 2), judge.DEVELOPERS, lambda _: pytest.fail("it runs no study"))
    assert judge.surprises(list(judge.judged(asked, rows()))) == []
    assert measures.MONTHS == 48
