"""Sliders in a notebook: the result at the start where nobody moves them, another one where somebody does."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments.pages.notebooks import execute
from experiments.pages.sliders import WIDGET, explore
from experiments.questions.settings import ExperimentError

ROOT = Path(__file__).parents[3]
SCRIPT = """
# %%
from experiments.pages.sliders import explore
from experiments.questions.settings import refuse
explore(lambda share, lab: f"{lab} has {share}", share=(0.5, 0.0, 1.0), lab=["Meta", "xAI"])

# %%
def odd(share):
    raise refuse("share", share, "nothing")
explore(odd, share=(0.5, 0.0, 1.0))
"""
MOVED = """
# %%
from ipywidgets.widgets.widget import _instances
for widget in list(_instances.values()):
    if getattr(widget, "description", "") == "lab":
        widget.value = "xAI"
"""


def test_outside_a_notebook_nothing_is_computed() -> None:
    asked: list[float] = []
    explore(asked.append, share=(0.5, 0.0, 1.0))
    assert asked == []


@pytest.mark.parametrize(
    ("choices", "words"),
    [((0.5, 0.6, 1.0), "share=0.5 .*from 0.6 to 1"), ([], r"share=\[\]"), ("Meta", "a list of what there is")],
)
def test_what_nobody_can_choose_from_is_refused(choices: object, words: str) -> None:
    with pytest.raises(ExperimentError, match=words):
        explore(str, share=choices)  # type: ignore[arg-type]


def outputs(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[dict[str, str]]]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    path = folder / "script.py"
    path.write_text(script.lstrip(), "utf-8")
    return [[output["data"] for output in cell.get("outputs", [])] for cell in execute(path).cells]


@pytest.mark.notebooks
def test_an_executed_notebook_has_results_and_no_widgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = outputs(SCRIPT, tmp_path, monkeypatch)
    assert [data["text/plain"] for data in first] == ["'Meta has 0.5'"]
    (refused,) = second
    assert refused["text/plain"].startswith("'share=0.5 is not allowed")


@pytest.mark.notebooks
def test_who_moves_a_slider_sees_another_result_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipywidgets")
    first, *_ = outputs(SCRIPT + MOVED, tmp_path, monkeypatch)
    assert [data["text/plain"] for data in first] == ["'xAI has 0.5'"]
    assert not any(WIDGET in data for data in first)
