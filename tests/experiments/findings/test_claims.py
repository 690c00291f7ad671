"""Claims both ways: records that can be, verdicts by hand, a cheap claim run anew, all of them at length."""

from __future__ import annotations

import ast
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from experiments import claims as door
from experiments.findings.claims import judge, lead
from experiments.findings.claims.judge import ABSENT, CANNOT, MIXED, REVERSED, Judgement, Outcome, scaled, verdict_of
from experiments.findings.claims.records import FAILS, HOLDS, Claim, Nowhere, chosen, claims, read
from experiments.questions.settings import ExperimentError

ROOT = Path(sim.__file__).parents[1]
# One way only, or no mechanism: at most four.
ONE_WAY: set[str] = set()
MISSING: set[str] = set()
NO_MECHANISM = """
id: K19
claim: Others follow suit.
missing: Nobody looks at others.
"""
RECORD = """
id: K05
claim: Somebody says so.
mechanisms: ["sim/mechanisms/research.py:spillover"]
tests:
  - measure: labs.share_spend
    labs: [OpenAI, Google]
    scenario: equal_compute
    window: [2023-01, 2023-02]
    sign: "-"
holds: {name: here, why: It does.}
fails: {name: there, why: It does not., params: {training.flywheel: 0.2}}
"""


def test_all_thirty_are_there() -> None:
    assert [claim.id for claim in claims()] == [f"K{number:02d}" for number in range(1, 31)]
    assert {claim.id for claim in claims() if claim.missing} == MISSING
    assert {claim.id for claim in claims() if claim.nowhere} == ONE_WAY
    assert len(MISSING | ONE_WAY) <= 4


def test_every_mechanism_is_a_function_of_a_file() -> None:
    for claim in claims():
        for place in claim.mechanisms:
            path, _, function = place.partition(":")
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert function in defined, f"{claim.id}: {place}"
            assert path.startswith("sim/"), f"{claim.id}: what carries a claim is in the world"


def test_settings_are_in_range_and_differ() -> None:
    """The schema holds the ranges; here beside it, by the parameters themselves."""
    known = sim.Parameters.known()
    for claim in claims():
        for _, where in claim.settings:
            for address, value in where.params.items():
                leaf = known[address]
                inside = str(value).lower() in leaf.choices if leaf.choices else leaf.range[0] <= value <= leaf.range[1]
                assert inside, f"{claim.id}: {address} = {value}"
        if len(claim.settings) == 2:
            assert claim.settings[0][1].params != claim.settings[1][1].params, claim.id


def test_one_name_means_one_scenario() -> None:
    """Tests of several claims share a study, in which names tell scenarios apart."""
    found: dict[str, sim.Scenario] = {}
    for claim in claims():
        for test in claim.tests:
            for side in filter(None, test.setups):
                side.check()
                assert found.setdefault(side.name, side) == side, f"{claim.id}: {side.name}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("labs.share_spend", "labs.share_of_mind", "there is no measure labs.share_of_mind"),
        ("labs: [OpenAI, Google]", "labs: [Nobody]", "there is no lab Nobody"),
        ("    labs: [OpenAI, Google]\n", "", "labs go with labs.…"),
        ("equal_compute", "equal_luck", "there is no scenario equal_luck"),
        ("scenario: equal_compute", "against: baseline", "scenario and against are the same"),
        ("[2023-01, 2023-02]", "[2023-02, 2023-01]", "the first month comes first"),
        ("2023-02", "2023-2", "YYYY-MM"),
        ('sign: "-"', 'sign: "0"', "'+' or '-'"),
        ("training.flywheel: 0.2", "training.flywheel: 0.3", "outside its range"),
        ("training.flywheel: 0.2", "training.wheel: 0.2", "there is no parameter training.wheel"),
        ("fails: {name: there", "fails: {title: there", "fails"),
        ("claim: Somebody says so.", "claim: Somebody says so.\nby: nobody", "Extra inputs"),
        ("claim: Somebody says so.", "claim: Somebody says so.\nmissing: all", "nothing to test"),
        ("claim: Somebody says so.", "claim: ''", "at least 1 character"),
        ("id: K05", "id: K31", "K(0[1-9]"),
        ("id: K05", "id: [", "K05.yaml"),
    ],
)
def test_a_record_that_is_none_says_where_and_why(old: str, new: str, words: str) -> None:
    assert old in RECORD
    with pytest.raises(ExperimentError) as refused:
        read(RECORD.replace(old, new), "K05.yaml")
    assert str(refused.value).startswith("K05.yaml: ")
    assert words in str(refused.value)


def test_a_claim_may_hold_nowhere_but_then_it_says_why_and_fails_somewhere() -> None:
    one = read(RECORD.replace("holds: {name: here, why: It does.}", "holds: {reason: It cannot.}"), "K05.yaml")
    assert isinstance(one.holds, Nowhere)
    assert one.nowhere == (("holds", "It cannot."),)
    assert [named for named, _ in one.settings] == [FAILS]
    with pytest.raises(ExperimentError, match="holds or fails somewhere"):
        read(RECORD.partition("holds:")[0] + "holds: {reason: a}\nfails: {reason: b}\n", "K05.yaml")


@pytest.mark.parametrize(
    ("sign", "effects", "verdict"),
    [
        ("+", [0.05, 0.08], HOLDS),
        ("+", [0.04, 0.08], MIXED),
        ("+", [0.04, 0.049], ABSENT),
        ("+", [0.04, -0.3], ABSENT),
        ("+", [-0.05, -0.3], REVERSED),
        ("-", [-0.05, -0.08], HOLDS),
        ("-", [0.05, 0.08], REVERSED),
        ("-", [0.05, -0.08], MIXED),
        ("-", [np.nan, -0.08], CANNOT),
        ("-", [np.inf, -0.08], CANNOT),
    ],
)
def test_a_verdict_asks_every_seed(sign: str, effects: list[float], verdict: str) -> None:
    assert verdict_of(sign, np.array(effects), 0.05) == verdict


def test_effects_are_judged_in_the_units_of_the_thresholds() -> None:
    here, there = np.array([1.2, 2.2]), np.array([1.0, 2.0])
    for unit, threshold in (("OOM", 0.05), ("months", 1.0), ("1", 0.02), ("share", 0.02), ("ln", 0.02), ("ln $", 0.02)):
        effects, name, least = scaled(unit, here, there)
        assert (effects.tolist(), name, least) == (pytest.approx([0.2, 0.2]), unit, threshold)
    for unit in ("$/Mtok", "FTE", "startups", "OOM/year"):
        effects, name, least = scaled(unit, here, there)
        assert (effects.tolist(), name, least) == (pytest.approx([20.0, 10.0]), "%", 2.0)
    assert scaled("$bn", np.array([-1.0]), np.array([-2.0]))[0].tolist() == [50.0]
    assert np.isinf(scaled("niches", np.array([1.0]), np.array([0.0]))[0]).all()


def _claim() -> Claim:
    return read(RECORD, "K05.yaml")


def _judged(named: str, *verdicts: str) -> Judgement:
    claim = _claim()
    outcomes = tuple(Outcome(claim.tests[0], verdict, np.array([0.1, 0.3]), "1", 0.02) for verdict in verdicts)
    return Judgement(claim, named, dict(claim.settings)[named], outcomes)


def test_a_claim_holds_if_all_its_tests_do_and_fails_if_one_does() -> None:
    assert _judged(HOLDS, HOLDS, HOLDS).as_named
    assert not _judged(HOLDS, HOLDS, MIXED).as_named
    assert _judged(FAILS, HOLDS, ABSENT).as_named
    assert _judged(FAILS, MIXED, REVERSED).as_named
    assert not _judged(FAILS, HOLDS, MIXED).as_named
    assert not _judged(FAILS, CANNOT, HOLDS).as_named


def test_the_report_counts_what_came_out_as_named() -> None:
    claim = _claim()
    right = judge.report([_judged(HOLDS, HOLDS), _judged(FAILS, REVERSED)], [claim], 2, 500)
    assert right.text.startswith("**1 of 1 claims come out both ways**, 2 of 2 settings as named; 2 seeds, 500")
    assert "+0.200 (+0.100 to +0.300)" in right.text
    assert "fails (reversed); **fails**" in right.text
    wrong = judge.report([_judged(HOLDS, HOLDS), _judged(FAILS, HOLDS)], [claim], 2, 500)
    assert wrong.text.startswith("**0 of 1 claims come out both ways**, 1 of 2 settings as named")
    assert "holds; **NOT fails**" in wrong.text
    assert wrong.tables[judge.TABLE]["found"].tolist() == [HOLDS, HOLDS]


def test_what_has_no_mechanism_or_no_second_way_is_said() -> None:
    missing = read(NO_MECHANISM, "K19.yaml")
    one_way = _claim().model_copy(update={"fails": Nowhere(reason="It cannot.")})
    text = judge.report([_judged(HOLDS, HOLDS)], [one_way, missing], 1, 500).text
    assert "- K05 fails nowhere: It cannot." in text
    assert f"- K19, {missing.claim} No mechanism: {missing.missing}" in text
    assert text.startswith("**0 of 2 claims")


def test_some_are_chosen_by_id() -> None:
    assert [claim.id for claim in chosen(" K17,K03")] == ["K03", "K17"]
    with pytest.raises(ExperimentError, match="--only=K99 is not allowed"):
        chosen("K99")


SMALL = ["--seeds", "1", "--developers", "500", "--workers", "1"]


def test_cheap_claims_come_out_as_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To 2025 only; one seed and few developers do, for their effects are many times what is asked for."""
    command = ["--both-ways", "--only", "K14,K16,K24", *SMALL, "--outputs", str(tmp_path)]
    assert door.main(command) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("**3 of 3 claims come out both ways**, 6 of 6 settings as named; 1 seed, 500 developers")
    assert (tmp_path / "claims" / "claims.md").read_text("utf-8") == printed
    assert (tmp_path / "claims" / "claims.csv").read_text("utf-8").startswith("id,claim,setting,named,found,measure")


def test_what_the_table_says_is_what_two_markets_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K16 with the baseline and the scenario run by hand, without a store."""
    monkeypatch.chdir(tmp_path)
    (claim,) = chosen("K16")
    (test,) = claim.tests
    assert door.main(["--both-ways", "--only", "K16", *SMALL]) == 0
    frame = pd.read_csv(tmp_path / "outputs" / "claims" / "claims.csv").set_index("named")
    first, last = test.months
    where = dict(claim.settings)[FAILS]
    base = sim.Market(rng=0, developers=500, **where.params).run(last)
    other = sim.Market(rng=0, developers=500, setup=test.setups[0], reference=base, **where.params).run(last)
    row = list(base.lab_names).index(test.labs[0])
    here, there = (np.array(side.labs[test.column])[first : last + 1, row].mean() for side in (other, base))
    assert frame.loc[FAILS, "mean"] == pytest.approx(here - there, rel=1e-12)


def test_the_lead_is_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three settings, whose parts add up; short, for the numbers are those of ``ex.decompose``."""
    monkeypatch.chdir(tmp_path)
    short = partial(lead.lead, months=15, month="2024-02")
    monkeypatch.setattr(door, "lead", short)
    page = tmp_path / "page.md"
    page.write_text("# Claims\n\n<!-- lead: x -->\n\nOutdated\n\n<!-- end of lead -->\n\nBelow.\n", "utf-8")
    assert door.main(["--lead", "--page", "page.md", *SMALL]) == 0
    text = page.read_text("utf-8")
    assert "<!-- lead: made by `python -m experiments.claims --lead --page page.md`" in text
    assert "`closed_lead` at 2024-02 [OOM]" in text
    frame = pd.read_csv(tmp_path / "outputs" / "claims" / "lead.csv").set_index(["setting", "part"])
    assert frame.index.get_level_values("setting").unique().tolist() == [
        "defaults", *(where.name for _, where in chosen("K09")[0].settings)
    ]  # fmt: skip
    for setting, group in frame.groupby(level="setting"):
        means = group.droplevel("setting")["mean"]
        assert means.index.tolist() == ["compute", "secrecy", "speed", "rest", "total"]
        assert means.drop("total").sum() == pytest.approx(means["total"], abs=1e-9), setting
        assert means["total"] > 0.0


def test_they_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert door.main(["--list", "--only", "K17,K03"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ["K03", "K17"]
    assert lines[1].endswith("sim/numerics/conduct.py:conduct_map")
    monkeypatch.setattr(door, "chosen", lambda only: (read(NO_MECHANISM, "K19.yaml"),))
    assert door.main(["--both-ways"]) == door.main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("**0 of 1 claims come out both ways**, 0 of 0 settings")
    assert printed.endswith("no mechanism\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--page", "page.md"], "--page=page.md is not allowed"),
        (["--both-ways", "--only", "K03", "--page", "page.md"], "without --only"),
        (["--both-ways", "--page", "page.md"], "a Markdown page that can be read"),
        (["--both-ways", "--seeds", "0"], "seeds=0"),
        (["--both-ways", "--developers", "5"], "developers=5"),
        (["--only", "K31"], "--only=K31"),
        (["--both-way"], "did you mean --both-ways?"),
    ],
)
def test_refusals_are_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert door.main(arguments) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert words in printed.err
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(door, "chosen", lambda only: chosen("K16"))
    page = tmp_path / "page.md"
    page.write_text("# Claims\n\n<!-- claims: x -->\n\nOutdated\n\n<!-- end of claims -->\n\nBelow.\n", "utf-8")
    assert door.main(["--both-ways", "--page", "page.md", *SMALL]) == 0
    text = page.read_text("utf-8")
    assert "made by `python -m experiments.claims --both-ways --page page.md`" in text
    assert "| K16 |" in text
    assert "Outdated" not in text
    assert text.endswith("Below.\n")


def test_a_run_that_fails_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(self: sim.Market, months: int) -> sim.Record:
        raise RuntimeError("no market today")

    monkeypatch.setattr(sim.Market, "run", broken)
    assert door.main(["--both-ways", "--only", "K16", *SMALL, "--outputs", str(tmp_path)]) == 1
    assert "no market today" in capsys.readouterr().err


@pytest.mark.slow
def test_the_whole_table_comes_out_as_named(tmp_path: Path) -> None:
    """What ``python -m experiments.claims --both-ways`` computes; a claim that comes out otherwise is named."""
    wanted = claims()
    asked = door.asked_of(tuple(range(judge.SEEDS)), judge.DEVELOPERS, tmp_path, door.Local(workers=2))
    found = judge.both_ways(asked, wanted)
    assert len(found) == sum(len(claim.settings) for claim in wanted)
    assert [f"{one.claim.id} {one.named}: {one.found}" for one in found if not one.as_named] == []
