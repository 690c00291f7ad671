"""Reports of the page on validation, as they are typed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from experiments import validate
from experiments.findings.signs import judge
from experiments.findings.signs.rows import rows
from experiments.findings.validation import (
    access,
    commons,
    horizon,
    leaves,
    mechanisms,
    origins,
    ranges,
    shocks,
    survival,
)
from experiments.pages.blocks import first_line, last_line
from experiments.pages.validation import KINDS

SMALL = ["--seeds", "1", "--developers", "300", "--workers", "1"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that reports run, as short as it may be; the commands are the same."""
    monkeypatch.setattr(mechanisms, "MONTHS", 3)
    few = tuple(item for item in mechanisms.mechanisms() if item.where in ("3", "6"))
    monkeypatch.setattr(mechanisms, "mechanisms", lambda: few)
    monkeypatch.setitem(
        KINDS, "origins", _like("origins", lambda asked: origins.origins(asked, dates=("2023-12",), ahead=(6,)))
    )
    monkeypatch.setitem(KINDS, "access", _like("access", lambda asked: access.access(asked, values=(0.0,))))
    monkeypatch.setitem(
        KINDS, "effects", _like("effects", lambda asked: shocks.effects(asked, draws=2, months=2, dates=("2023-01",)))
    )
    monkeypatch.setitem(KINDS, "commons", _like("commons", lambda asked: commons.commons(asked, 2, ("2023-01",))))
    monkeypatch.setitem(KINDS, "horizon", _like("horizon", lambda asked: horizon.horizon(asked, 63, ("baseline",))))
    monkeypatch.setitem(KINDS, "ranges", _like("ranges", lambda asked: ranges.ranges(replace(asked, draws=2), 63)))
    monkeypatch.setitem(KINDS, "survival", _like("survival", lambda asked: survival.survival(asked, 2, 3)))
    some = ["talent.mobility", "accounting.tolerance"]
    monkeypatch.setitem(KINDS, "leaves", _like("leaves", lambda asked: leaves.leaves(asked, some, (3,))))
    monkeypatch.setitem(KINDS, "signs", _like("signs", lambda asked: judge.signs(asked, rows()[:2])))


def _like(name: str, make: object) -> object:
    kind = KINDS[name]
    return type(kind)(make, kind.what, kind.seeds, kind.developers)  # type: ignore[arg-type]


TABLES = {
    "residuals": ["residuals", "residuals_by_lab"],
    "origins": ["origins", "origins_summary"],
    "mechanisms": ["mechanisms", "mechanisms_totals"],
    "access": ["access"],
    "effects": ["effects"],
    "commons": ["commons"],
    "horizon": ["horizon", "horizon_years"],
    "ranges": ["ranges", "ranges_breaking", "ranges_parameters"],
    "survival": ["survival"],
    "leaves": ["leaves"],
    "signs": ["signs"],
}


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("name", TABLES)
def test_a_report_as_typed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints what it writes, with its tables as CSV."""
    assert validate.main([f"--{name}", *SMALL]) == 0
    folder = Path("outputs/validation_reports")
    text = (folder / f"{name}.md").read_text("utf-8")
    assert capsys.readouterr().out == f"## {name}\n\n{text.strip()}\n"
    assert sorted(path.stem for path in folder.glob("*.csv")) == sorted(TABLES[name])
    for table in TABLES[name]:
        assert len(pd.read_csv(folder / f"{table}.csv")) > 0
    figures = {path.name for path in (folder / "figures").glob("*")}
    kinds = ("csv", "pdf", "png", "svg", "txt") if name == "residuals" else ()
    assert figures == {f"residuals.{kind}" for kind in kinds}


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    "names",
    [("mechanisms", "survival", "signs"), pytest.param((), marks=pytest.mark.slow)],
    ids=lambda names: " ".join(names) or "all",
)
def test_reports_renew_the_page(
    names: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.findings.validation import scores

    monkeypatch.setattr(scores, "MONTHS", 3)
    monkeypatch.setattr(scores, "END", "2023-01")
    parts = [f"{first_line(name, 'old')}\n\nold {name}\n\n{last_line(name)}\n" for name in KINDS]
    page = Path("docs/page.md")
    page.parent.mkdir()
    page.write_text("# By hand\n\n" + "\n".join(parts), "utf-8")
    flags = [f"--{name}" for name in names] or ["--all"]
    command = [*flags, "--page", "docs/page.md", "--name", "mine", *SMALL]
    assert validate.main(command) == 0
    out = capsys.readouterr().out
    first = page.read_text("utf-8")
    assert first.startswith("# By hand\n")
    assert [name for name in KINDS if f"\nold {name}\n" in first] == [
        name for name in KINDS if names and name not in names
    ]
    for name in names or KINDS:
        assert first_line(name, f"python -m experiments.validate --{name} --page docs/page.md") in first
        assert f"## {name}\n" in out
        assert Path(f"outputs/mine/{name}.md").read_text("utf-8").strip() in first
    if not names:
        assert "### Targets" in first and "\n## Targets" not in first
        assert [path.name for path in Path("docs/figures").iterdir()] == ["residuals.png"]
        assert "](figures/residuals.png)" in first
    # The same command makes the same page.
    assert validate.main(command) == 0
    assert page.read_text("utf-8") == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--page", "docs/x.md"], ["--page=docs/x.md", "--all"]),
        (["--residuals", "--page", "docs/x.md"], ["--page=docs/x.md", "No such file"]),
        (["--residuals", "--seeds", "0"], ["seeds=0", "allowed"]),
        (["--origins", "--developers", "5"], ["developers=5", "100 to 50000000"]),
        (["--mechanisms", "--name", "a/b"], ["name=a/b", "allowed"]),
        (["--effects", "--workers", "0"], ["executor.workers=0"]),
        (["--access", "--outputs", "/dev/null"], ["outputs=/dev/null"]),
        (["--mechanics"], ["--mechanics"]),
        (["--horizon", "--draws", "5"], ["--draws=5", "--ranges"]),
        (["--ranges", "--draws", "1"], ["--draws=1", "2 to 100000"]),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert validate.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ") and len(captured.err.splitlines()) == 1
    assert all(word in captured.err for word in words), captured.err
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.usefixtures("short")
def test_a_page_without_the_parts_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("page.md").write_text("# Nothing\n", "utf-8")
    assert validate.main(["--origins", "--page", "page.md", *SMALL]) == 2
    assert "<!-- origins: … -->" in capsys.readouterr().err
    assert not Path("outputs").exists()


def test_failed_runs_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that fails leaves no table, and one line says which."""
    monkeypatch.setattr(mechanisms, "MONTHS", 3)
    monkeypatch.setattr(mechanisms, "whole", _all_failed)
    assert validate.main(["--mechanisms", *SMALL]) == 1
    error = capsys.readouterr().err
    assert "mechanisms: 1 runs failed" in error and "point 2 seed 0: conservation: 1 $ is missing" in error
    assert not Path("outputs/validation_reports").exists()


def _all_failed(results: object, what: str) -> object:
    from dataclasses import dataclass, field

    from experiments.findings.validation.report import whole

    @dataclass
    class Failed:
        failures: list[dict[str, object]] = field(
            default_factory=lambda: [{"point": 2, "seed": 0, "error": "conservation: 1 $ is missing"}]
        )

    return whole(Failed(), what)  # type: ignore[arg-type]
