"""The door to figures, and the gallery that names every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

import experiments as ex
from experiments import figures, plots
from experiments.pages import gallery

DOCS = Path(__file__).parents[3] / "docs"
# So much may the pictures of the gallery weigh, in bytes: they are in every clone.
_MOST = 2_000_000


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("door")
    ex.ensemble(
        ["baseline", "no_open_weights"], seeds=2, months=14, developers=200, outputs=outputs, workers=1, name="mine",
        progress=False, measures=["price_gpt35_level", "price_gpt4_level", "closed_margin", "flows"],
    )  # fmt: skip
    return outputs / "mine"


def test_it_draws_what_was_kept_and_says_what_is_not(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name for path in study.iterdir()}
    assert figures.main([f"study={study}", "size=column", "grey=true"]) == 0
    said = capsys.readouterr().out.splitlines()
    folder = study / "figures_column_grey"
    drawn = ["bands", "margins", "prices", "talent_between_regions", "targets"]
    assert sorted({path.stem for path in folder.iterdir()}) == drawn
    assert {path.suffix for path in folder.iterdir()} == {".pdf", ".svg", ".png", ".csv", ".txt"}
    assert said[0] == f"5 figures in {folder}: {', '.join(drawn)}"
    refused = {line.split(": ")[1] for line in said[1:]}
    assert all(line.startswith("not drawn: ") for line in said[1:])
    assert refused == set(plots.KINDS) - set(drawn)
    assert {path.name for path in study.iterdir()} == before | {folder.name}
    assert len(ex.open(study).runs) == 4  # which is as it was


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ([], "study='' is not allowed"),
        (["study=nowhere"], "nowhere"),
        (["studdy=x"], "did you mean study=…?"),
        (["study={}", "kinds=price"], "kinds=price"),
        (["study={}", "size=large"], "size=large"),
        (["study={}", "grey=maybe"], "grey=maybe"),
        (["gallery=docs", "kinds=price"], "kinds=price"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    asked: list[str], line: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(path.name for path in study.iterdir())
    assert figures.main([word.format(study) for word in asked]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and line in said.err and said.out == ""
    assert sorted(path.name for path in study.iterdir()) == there


def test_the_gallery_names_every_kind_with_its_picture() -> None:
    text = (DOCS / "gallery.md").read_text("utf-8")
    size = 0
    for name, kind in plots.KINDS.items():
        assert f"\n## {name}\n" in text and kind.what in text and kind.call in text
        assert f"]({gallery.FOLDER}/{name}.png)" in text
        picture = DOCS / gallery.FOLDER / f"{name}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        size += picture.stat().st_size
    assert size < _MOST
    assert {path.stem for path in (DOCS / gallery.FOLDER).iterdir()} == set(plots.KINDS)


def test_every_kind_is_a_function_of_the_plots() -> None:
    assert len(plots.KINDS) >= 16
    for name, kind in plots.KINDS.items():
        assert callable(getattr(plots, name)) and f"ex.plots.{name}(" in kind.call
    assert set(plots.USUAL) <= set(plots.KINDS)


def test_the_gallery_draws_from_small_studies(tmp_path: Path) -> None:
    said: list[str] = []
    (path,) = gallery.draw(tmp_path, ["posterior"], said.append)
    assert said == ["posterior …"] and path == tmp_path / gallery.FOLDER / "posterior.png"
    assert path.read_bytes().startswith(b"\x89PNG") and len(list(path.parent.iterdir())) == 1
