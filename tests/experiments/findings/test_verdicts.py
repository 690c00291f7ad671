"""Verdicts by hand, over prior, posterior and tables, within fewer months, and the scorecard with its links."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments import claims as door
from experiments.findings.claims import scorecard
from experiments.findings.claims.records import Claim, chosen, claims
from experiments.findings.claims.scorecard import Place
from experiments.findings.claims.verdicts import (
    DEPENDS,
    FAILS_WIDELY,
    HOLDS_WIDELY,
    NOT_YET,
    NOWHERE,
    Compared,
    Judged,
    Space,
    Verdict,
    posterior_space,
    prior,
    told,
    worlds,
)
from experiments.findings.sensitivity import correlations
from experiments.pages.claims import html, picture
from experiments.questions.draws import Draws
from experiments.questions.settings import ExperimentError

NOTHING = pd.DataFrame(columns=["rank", "rank_low", "rank_high", "p"])
SPACE = Space("prior", "2 draws", prior(2))
SMALL = ["developers=500", "seeds=1", "workers=1"]


def claim_of(identity: str) -> Claim:
    return chosen(identity)[0]


def verdict(*effects: list[float], depends: pd.DataFrame = NOTHING) -> Verdict:
    """K24, whose three tests ask for +, + and −, with thresholds of 1."""
    claim = claim_of("K24")
    pairs = zip(claim.tests, effects, strict=False)
    tested = tuple(Compared(test, np.array(some, dtype=float), "1", 1.0) for test, some in pairs)
    return Verdict(claim, tested, depends)


@pytest.mark.parametrize(
    ("effects", "kind", "share", "reversed"),
    [
        ([2.0, 2.0, 1.0, 0.0], HOLDS_WIDELY, 0.75, 0.0),
        ([2.0, 2.0, 0.9, -1.0], DEPENDS, 0.5, 0.25),
        ([2.0, 0.0, 0.9, -1.5], FAILS_WIDELY, 0.25, 0.25),
        ([2.0, np.nan, 2.0, 0.0], DEPENDS, 2.0 / 3.0, 0.0),
        ([np.nan] * 4, NOWHERE, np.nan, np.nan),
    ],
)
def test_the_verdict_is_the_share_of_draws(effects: list[float], kind: str, share: float, reversed: float) -> None:
    found = verdict(effects)
    assert found.kind == kind
    assert [found.share, found.reversed] == pytest.approx([share, reversed], nan_ok=True)


def test_every_test_must_hold() -> None:
    assert verdict([2.0, 2.0, 2.0], [2.0, 0.5, 3.0], [-2.0, -2.0, 2.0]).share == pytest.approx(1.0 / 3.0)


def test_the_band_is_wilsons() -> None:
    """Of 10 with 5 that hold: 0.2366 to 0.7634 (Wilson 1927; Newcombe 1998)."""
    assert verdict([2.0] * 5 + [0.0] * 5).band == pytest.approx((0.2366, 0.7634), abs=2e-4)
    assert verdict([2.0] * 10).band[1] == 1.0


def test_what_it_depends_on_is_found_and_no_more() -> None:
    rng = np.random.default_rng(2)
    codes = pd.DataFrame(rng.random((64, 300)), columns=[f"p{i}" for i in range(300)])
    margin = 3.0 * codes["p7"].to_numpy() - 2.0 * codes["p9"].to_numpy()
    assert told(correlations(codes, margin), 64).index.tolist()[:2] == ["p7", "p9"]
    # Of 40 claims that depend on nothing, a tenth names something; 4 expected, 11 or more have p < .001.
    named = sum(len(told(correlations(codes, rng.random(64)), 64)) > 0 for _ in range(40))
    assert named <= 10
    some = verdict([2.0, 0.0], depends=told(correlations(codes, margin), 64))
    assert some.words.startswith("depends on p7 (+), p9 (−)")
    assert verdict([2.0, 0.0]).words == "depends on no one parameter that 2 draws tell"


def test_worlds_are_run_once_and_to_their_own_horizon() -> None:
    found = worlds(claims())
    assert found["baseline"][1] == max(claim.last for claim in claims())
    assert found["no_deepseek"][1] == max(test.months[1] for claim in claims() for test in claim.tests
                                          if "no_deepseek" in [side.name for side in test.setups if side])  # fmt: skip
    pairs = sum(len([side for side in test.setups if side]) for claim in claims() for test in claim.tests)
    assert len(found) < pairs / 2


def test_the_prior_moves_every_range_and_no_two_together() -> None:
    frame = prior(24).expand(sim.Parameters()).frame
    ranged = [leaf for leaf in sim.Parameters.known().values() if leaf.range and leaf.range[0] < leaf.range[1]]
    assert len(frame.columns) == len(ranged)
    numbers = frame.select_dtypes("number")
    together = np.abs(np.corrcoef(numbers.rank().to_numpy(float), rowvar=False)) - np.eye(len(numbers.columns))
    assert together.max() < 0.9  # 55,000 pairs of 24; the first 32 of a Sobol sequence have .98


def run(tmp_path: Path, *words: str) -> pd.DataFrame:
    assert door.main([*words, *SMALL, f"outputs={tmp_path}"]) == 0
    return pd.read_csv(tmp_path / "claims" / "verdicts.csv")


def test_the_table_says_what_runs_by_hand_do(tmp_path: Path) -> None:
    """K16 at two draws of one parameter, against an ensemble of the two scenarios."""
    path = tmp_path / "draws.csv"
    pd.DataFrame({"pricing.host_elasticity": [2.0, 9.0]}).to_csv(path, index=False)
    frame = run(tmp_path, "only=K16", f"table={path}")
    (test,) = claim_of("K16").tests
    by_hand = []
    for point, value in enumerate([2.0, 9.0]):
        runs = ex.ensemble(
            ["baseline", "cheap_hosting"], [point], test.months[1], 500, {"pricing.host_elasticity": value},
            workers=1, progress=False, outputs=tmp_path / "other",
        )  # fmt: skip
        labs = runs.labs[(runs.labs["lab"] == "DeepSeek") & runs.labs["month"].between(*test.months)]
        means = labs.groupby("scenario")["margin_gross"].mean()
        by_hand.append(means["cheap_hosting"] - means["baseline"])
    assert frame["mean"].tolist() == pytest.approx([np.mean(by_hand)], rel=1e-9)
    assert frame["draws"].tolist() == [2]


def test_within_fewer_months_there_are_still_thirty_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = run(tmp_path, "months=20", "draws=2")
    assert frame["id"].tolist() == [claim.id for claim in claims()]
    assert set(frame["kind"]) == {NOT_YET}
    assert len(re.findall(r"^K\d\d +– +not within these months", capsys.readouterr().out, re.MULTILINE)) == 30
    folder = tmp_path / "claims"
    assert (folder / "verdicts.md").read_text("utf-8").count(f"**{NOT_YET}**") == 30
    page = (folder / "verdicts.html").read_text("utf-8")
    assert page.count('<h2 id="K') == 30
    assert {path.name for path in folder.iterdir()} >= {"claims_scorecard.png", "claims_scorecard.svg"}


def test_prior_and_posterior_are_judged_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """K16 and, beyond the months, K12; runs stay in studies of their own, and every link leads somewhere."""
    frame = run(tmp_path, "only=K12,K16", "rows=3", "months=40")
    assert frame["over"].tolist() == ["prior", "prior", "posterior", "posterior"]
    assert frame["id"].tolist() == ["K12", "K16"] * 2
    assert frame["kind"].eq(NOT_YET).tolist() == [True, False] * 2
    assert frame["draws"].tolist() == [0, 3] * 2
    assert len(re.findall(r"^K1[26] .*", capsys.readouterr().out, re.MULTILINE)) == 2
    folder = tmp_path / "claims"
    page = (folder / "verdicts.html").read_text("utf-8")
    names = [path.name for path in sorted((folder / "pictures").iterdir())]
    assert names == ["K16.csv", "K16.pdf", "K16.png", "K16.svg", "K16.txt"]
    for path, anchor in re.findall(r'(?:href|src)="([^"#]*)(?:#([^"]*))?"', page):
        if path.startswith("https://"):
            continue
        target = (folder / path).resolve() if path else folder / "verdicts.html"
        assert target.is_file(), path
        text = target.read_text("utf-8") if target.suffix in (".md", ".html") else ""
        assert not anchor or anchor == "top" or f'id="{anchor}"' in text, (path, anchor)
    again = ex.open(tmp_path / "claims_prior_37")
    assert again.months == 37 and len(again.points) == 3 and "cheap_hosting" in again.scenarios
    assert "claims_posterior_37/provenance.json" in page
    text = (folder / "verdicts.md").read_text("utf-8")
    assert "### Over the prior" in text and "### Over the posterior" in text
    for path in re.findall(r"\]\(([^)#]+)", text):
        assert (folder / path).resolve().is_file(), path


def test_rows_of_the_posterior_are_those_that_are_shipped() -> None:
    shipped = Draws.of("posterior").table
    table = posterior_space(16).design.table
    assert table is not None and len(table) == 16
    wanted = shipped.iloc[[place * len(shipped) // 16 for place in range(16)]].reset_index(drop=True)
    assert table["talent.mobility"].tolist() == pytest.approx(wanted["talent.mobility"].tolist())
    assert len(posterior_space(10_000).design.table) == len(shipped)


def test_the_page_has_its_parts_renewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "docs.md"
    parts = [f"<!-- verdicts_{name}: x -->\n\n<!-- end of verdicts_{name} -->\n" for name in ("prior", "posterior")]
    page.write_text("Mine.\n\n" + "\n".join(parts), "utf-8")
    words = [*SMALL, "months=20", f"outputs={tmp_path}", f"page={page}"]
    assert door.main([*words, "draws=prior"]) == 0
    text = page.read_text("utf-8")
    assert text.startswith("Mine.") and text.count(f"**{NOT_YET}**") == 30
    assert "experiments.claims draws=prior seeds=1 developers=500 months=20 page=" in text
    assert door.main([*words, "rows=3"]) == 0
    assert page.read_text("utf-8").count(f"**{NOT_YET}**") == 60
    capsys.readouterr()
    table = tmp_path / "draws.csv"
    pd.DataFrame({"pricing.host_elasticity": [2.0, 9.0]}).to_csv(table, index=False)
    assert door.main([*words, f"table={table}"]) == 2
    assert "no page with --table" in capsys.readouterr().err


def test_a_picture_has_a_panel_for_each_test_and_marks_for_each_space() -> None:
    codes = pd.DataFrame({"beliefs.hardware": [0.1, 0.2, 0.3], "talent.mobility": [0.05, 0.06, 0.07]})
    depends = pd.DataFrame({"rank": [0.9], "rank_low": [0.8], "rank_high": [0.95], "p": [1e-6]}, ["beliefs.hardware"])
    one = replace(verdict([2.0, 3.0, 0.5], [2.0] * 3, [-2.0] * 3, depends=depends), codes=codes)
    figure = picture([("prior", one), ("posterior", replace(one, depends=NOTHING))])
    panels = [axes for axes in figure.axes if axes.get_xlabel()]
    assert [axes.get_xlabel() for axes in panels] == ["beliefs.hardware"] * 3
    filled = [
        np.asarray(line.get_xdata()).tolist() for line in panels[0].lines if line.get_markerfacecolor() != "white"
    ]
    assert [0.1, 0.2] in filled  # the third draw does not hold
    alone = picture([("prior", replace(one, depends=NOTHING))])
    assert alone.axes[0].get_xlabel() == "share of draws below [%]"


def test_what_a_verdict_depends_on_leads_to_its_source() -> None:
    """Two clicks: from the verdict to the parameter, and from there to its source."""
    told = {"rank": [0.9], "rank_low": [0.8], "rank_high": [0.95], "p": [1e-6]}
    depends = pd.DataFrame(told, ["talent.publishing_weight"])
    found = verdict([2.0, 0.0], [2.0, 0.0], [-2.0, 0.0], depends=depends)
    page = html([Judged(SPACE, (found,))], 1, 500, Place())
    assert '<a href="#talent.publishing_weight">' in page
    row = page.partition('<tr id="talent.publishing_weight">')[2].partition("</tr>")[0]
    assert 'href="https://doi.org/10.1287/mnsc.1040.0241"' in row
    assert 'href="docs/parameters.md#talent.publishing_weight"' in row


def test_links_lead_to_records_parameters_and_mechanisms() -> None:
    root = Path(sim.__file__).parents[1]
    depends = pd.DataFrame({"rank": [0.9], "rank_low": [0.8], "rank_high": [0.95], "p": [1e-6]}, ["beliefs.hardware"])
    found = [verdict([2.0, 0.0], [2.0, 0.0], [-2.0, 0.0], depends=depends)]
    text = scorecard.report([Judged(SPACE, tuple(found))], 1, 500, Place()).text
    links = re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", text)
    assert len(links) >= 5
    for path, anchor in links:
        assert (root / path).is_file(), path
        assert not anchor or f'id="{anchor}"' in (root / path).read_text("utf-8"), anchor


def test_what_is_not_allowed_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, says in (
        (["draws=1"], "--draws=1"),
        (["draws=postrior"], "--draws=postrior"),
        (["rows=1"], "--rows=1"),
        (["draws=8", "rows=8"], "--rows=8"),
        (["table=a.csv", "rows=4"], "--rows=4"),
        (["months=0"], "months=0"),
        (["table=a.csv", "draws=4"], "--draws=4"),
        (["table=none.csv"], "design.path=none.csv"),
        (["page=x.md"], "page=x.md"),
    ):
        assert door.main([*words, f"outputs={tmp_path}"]) == 2, words
        error = capsys.readouterr().err
        assert says in error and len(error.splitlines()) <= 2, error
    with pytest.raises(ExperimentError, match="frame="):
        ex.plots.claims_scorecard(pd.DataFrame())
