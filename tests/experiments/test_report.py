"""The report: one page with nothing beside it, whose numbers are those of the study and lead to where they are from."""

from __future__ import annotations

import builtins
import html
import re
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
import sim
from experiments import report
from experiments.engine.executors import Local
from experiments.findings.answer import TOPICS
from experiments.pages import report as page


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("report")
    params = {"talent.mobility": 0.03}
    ex.ensemble(
        ["baseline", "meta_closes"], seeds=3, months=14, developers=200, params=params, outputs=outputs,
        executor=Local(workers=1), name="mine",
    )  # fmt: skip
    return outputs / "mine"


@pytest.fixture(scope="module")
def text(study: Path) -> str:
    assert report.main([f"study={study}"]) == 0
    return (study / "report.html").read_text("utf-8")


def test_it_needs_nothing_beside_it(text: str) -> None:
    links = re.findall(r"(?:src|href)=\"([^\"]*)", text)
    assert all(link.startswith(("#", "data:image/svg+xml;base64,")) for link in links)
    assert "<script" not in text


def test_every_link_leads_somewhere(text: str) -> None:
    there = set(re.findall(r"id=\"([^\"]*)", text))
    assert {link for link in re.findall(r"href=\"#([^\"]*)", text)} <= there


def test_numbers_are_those_of_the_study(study: Path, text: str) -> None:
    runs = ex.open(study)
    row = ex.compare(runs, measures=["open_share_tokens", "startups"]).of("open_share_tokens").iloc[-1]
    plain = html.unescape(text)
    assert f"{100 * row['mean']:+.1f} points [{100 * row['low']:+.1f} to {100 * row['high']:+.1f}; " in plain
    assert all(f"<li>{topic.title}: " in plain for topic in TOPICS)
    for key in runs.runs["key"]:
        assert key in text


def test_it_says_what_was_asked_and_where_from(study: Path, text: str) -> None:
    plain = html.unescape(text)
    assert sim.Scenario.from_dict(ex.scenario("meta_closes").model_dump()).why in plain
    assert '<a href="#parameter-talent.mobility">' in text
    assert plain.count('id="parameter-') == len(sim.Parameters.known())
    assert 'id="measure-open_share_tokens"' in text
    assert "K" in plain.partition("Claims of the debate")[2]
    drawn = [name for name, _ in ex.plots.drawings(ex.open(study), ex.plots.USUAL)[0]]
    assert re.findall(r'<figure id="figure-(\w+)"', text) == drawn
    assert len(drawn) > 5


def test_one_world_is_described_and_not_compared(tmp_path: Path) -> None:
    runs = ex.ensemble("baseline", seeds=1, months=3, developers=200, outputs=tmp_path, executor=Local(workers=1))
    plain = html.unescape(page.html(runs))
    assert "Nothing is compared." in plain
    assert re.search(r"frontier: [\d.]+ OOM in baseline", plain)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ([], "study='' is not allowed"),
        (["study=nowhere"], "nowhere"),
        (["studdy=x"], "did you mean study=…?"),
        (["study=a", "study=b"], "each once"),
        (["pdf"], "each once"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(asked: list[str], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main(asked) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert line in said


def test_without_weasyprint_or_pango_nothing_is_written(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango'")
        return real(name, *args, **more)

    (study / "report.html").unlink(missing_ok=True)
    monkeypatch.setattr(builtins, "__import__", without)
    assert report.main([f"study={study}", "pdf=true"]) == 2
    assert "Pango" in capsys.readouterr().err
    assert not (study / "report.html").exists()


def test_as_pdf(study: Path) -> None:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(str(error))
    assert report.main([f"study={study}", "pdf=true"]) == 0
    assert (study / "report.pdf").read_bytes().startswith(b"%PDF")
