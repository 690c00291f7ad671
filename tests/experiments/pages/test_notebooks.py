"""Each notebook runs, and the committed file is the script with its outputs."""

from __future__ import annotations

import shutil
from pathlib import Path

import jupytext
import pytest

from experiments.pages.notebooks import execute

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_notebooks() -> None:
    assert ROOT / "notebooks" / "first_run.py" in SCRIPTS


@pytest.mark.notebooks
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_runs(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    copy = Path(shutil.copy(script, tmp_path))
    notebook = execute(copy)
    pictures = [
        output for cell in notebook.cells for output in cell.get("outputs", []) if "image/png" in output.get("data", {})
    ]
    assert pictures
    assert [path.name for path in tmp_path.iterdir()] == [script.name]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_committed_notebook_is_the_script_with_outputs(script: Path) -> None:
    committed, fresh = jupytext.read(script.with_suffix(".ipynb")), jupytext.read(script)
    assert [cell.source for cell in committed.cells] == [cell.source for cell in fresh.cells], (
        "run: python -m experiments.notebooks"
    )
    assert committed.metadata["kernelspec"]["name"] == "python3"
    code = [cell for cell in committed.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert not any(output.output_type == "error" for cell in code for output in cell.outputs)
    text = script.with_suffix(".ipynb").read_text("utf-8")
    assert not any(place in text for place in ("/home/", "/root/", "/tmp/", "/Users/", "site-packages"))
