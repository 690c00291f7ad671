"""The tables in docs/ are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from experiments import tables
from experiments.pages import reference

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


def test_check_tells_old_from_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tables.main(["--docs", str(tmp_path)]) == 0
    assert tables.main(["--docs", str(tmp_path), "--check"]) == 0
    (tmp_path / "measures.md").write_text("old")
    assert tables.main(["--docs", str(tmp_path), "--check"]) == 1
    assert "measures.md" in capsys.readouterr().err
    assert (tmp_path / "measures.md").read_text() == "old"
