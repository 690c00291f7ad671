"""The tables in docs/ are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from experiments import tables
from experiments.pages import reference
from experiments.questions.scenarios import names, scenario

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", reference.pages())
def test_committed_tables_are_those_of_the_code(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == reference.pages()[name], "run: python -m experiments.tables"


def test_every_parameter_has_an_anchor_and_its_facts() -> None:
    page = reference.parameters_page()
    for row in sim.Parameters().table():
        (line,) = [line for line in page.splitlines() if f'<a id="{row["address"]}"></a>' in line]
        assert f"({row['confidence']})" in line
        assert line.count(" | ") == 6


def test_every_measure_is_there() -> None:
    page = reference.measures_page()
    assert all(f'<a id="market.{name}"></a>' in page for name in sim.measures.MARKET)
    assert all(f'<a id="labs.{name}"></a>' in page for name in sim.measures.LABS)


def test_every_scenario_is_there_with_all_that_it_changes() -> None:
    page = reference.scenarios_page()
    rows = {name: line for name in names() for line in page.splitlines() if f'<a id="{name}"></a>' in line}
    assert tuple(rows) == names()
    for name, line in rows.items():
        item = scenario(name)
        assert item.why in line
        for change in (item, *item.changes.values()):
            told = change.model_dump(exclude={"name", "why", "changes"}, exclude_defaults=True)
            assert all(f"`{key}`" in line for of in told.values() if isinstance(of, dict) for key in of)
        assert all(date in line for date in item.changes)
    assert "2026-01: grants `CN` 2e+10; 2026-01: chip subsidies `CN` 0.5" in rows["china_national_plan"]
    assert "from the start: labs `Meta` delayed (months 18)" in rows["late_opening"]
    assert "`OpenAI` flagship delayed, light historical" in rows["openness_mandate"]


def test_check_tells_old_from_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["--docs", str(tmp_path)]) == 0
    assert tables.main(["--docs", str(tmp_path), "--check"]) == 0
    (tmp_path / "measures.md").write_text("old")
    assert tables.main(["--docs", str(tmp_path), "--check"]) == 1
    assert "measures.md" in capsys.readouterr().err
    assert (tmp_path / "measures.md").read_text() == "old"
