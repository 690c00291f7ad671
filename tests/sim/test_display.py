"""What objects show of themselves: small tables, of text where printed and of HTML in notebooks."""

from __future__ import annotations

import pytest

import sim
from sim.inputs.display import Card, as_html, as_text, number
from sim.record import HEADLINES, Record


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (-0.5, "−0.5"),
        (1234.5, "1,234"),
        (5e12, "5e+12"),
        (47_000_000, "47,000,000"),
        (float("nan"), "–"),
        (True, "True"),
        ("word", "word"),
    ],
)
def test_numbers_have_four_figures(value: object, text: str) -> None:
    assert number(value) == text


def test_columns_of_numbers_are_aligned_to_the_right() -> None:
    card = Card("title", ("name", "value"), (("a", "1.5"), ("bcdef", "−10")), "note")
    assert as_text(card).splitlines() == ["title", "name   value", "a        1.5", "bcdef    −10", "note"]


def test_html_holds_no_tag_of_somebody_elses() -> None:
    page = as_html(Card("<b>", ("<i>",), (("<script>",),), "<note>"))
    assert all(tag not in page for tag in ("<b>", "<i>", "<script>", "<note>"))
    assert "&lt;script&gt;" in page


def test_long_cells_end_in_an_ellipsis() -> None:
    assert as_text(Card("t", ("a",), (("x" * 500,),))).splitlines()[2].endswith("x…")


@pytest.fixture(scope="module")
def market() -> sim.Market:
    made = sim.Market(rng=3, developers=200, setup=sim.Scenario(name="mine", why="to see"))
    made.run(4)
    return made


def test_a_market_shows_its_labs(market: sim.Market) -> None:
    lines = str(market).splitlines()
    assert lines[0] == "Market(scenario mine, seed 3, 200 developers; 2023-03, month 4)" == repr(market)
    shares = [float(line.split("  ")[-4].strip() or 0) for line in lines[2:3]]
    assert lines[2].startswith("OpenAI")
    assert shares
    there = {line.split("  ")[0].strip() for line in lines[2:-1]}
    assert there == {name for name, active in zip(market.lab_names, market.labs.active, strict=True) if active}
    assert "<table>" in market._repr_html_()


def test_a_record_shows_headlines_of_three_months(market: sim.Market) -> None:
    market = sim.Market(rng=3, developers=200)
    market.run(39)
    lines = str(market.record).splitlines()
    assert lines[1].split() == ["measure", "2022-11", "2025-12", "2026-02"]
    assert [line.split()[0] for line in lines[2:-1]] == list(HEADLINES)
    assert str(Record(("a",), ("US",)))


def test_parameters_show_what_differs() -> None:
    assert "all" in str(sim.Parameters()).splitlines()[0]
    lines = str(sim.Parameters().with_(**{"talent.mobility": 0.03})).splitlines()
    assert lines[2].split() == ["talent.mobility", "0.03", "0.058", "1/month"]
    assert len(lines) == 4


@pytest.mark.parametrize("section", sorted(sim.Parameters().to_dict()))
def test_a_section_shows_every_parameter_with_its_unit(section: str) -> None:
    of = getattr(sim.Parameters(), section)
    lines = str(of).splitlines()
    assert len(lines) == 2 + len(list(of.leaves()))
    assert of._repr_html_().count("<tr>") == len(lines) - 1


def test_a_scenario_shows_what_changes_when() -> None:
    changes = {"2026-01": {"grants": {"CN": 2e10}, "equal_compute": True}}
    item = sim.Scenario(name="n", why="w", params={"talent.mobility": 0.1}, labs={"Meta": "closed"}, changes=changes)
    lines = str(item).splitlines()
    assert lines[0] == "Scenario n: w"
    assert [line.split() for line in lines[2:]] == [
        ["start", "params.talent.mobility", "0.1"],
        ["start", "labs.Meta", "closed"],
        ["2026-01", "grants.CN", "20,000,000,000"],
        ["2026-01", "equal_compute", "True"],
    ]
