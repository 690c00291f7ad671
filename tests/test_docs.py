"""The Python blocks of the pages run as they stand, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```python([^\n]*)\n(.*?)```", re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """What stands behind ```python, and the code."""
    found = BLOCK.findall((ROOT / page).read_text("utf-8"))
    assert found, page
    return [(about.strip(), code) for about, code in found]


def run(project: Path, folder: Path, code: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "block.py").write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "block.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"


def test_studies(tmp_path: Path) -> None:
    run(ROOT, tmp_path / "here", "\n".join(code for _, code in blocks("docs/studies.md")))


@pytest.mark.slow
def test_howto(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in ("sim", "experiments"):
        shutil.copytree(ROOT / package, project / package)
    for number, (about, code) in enumerate(blocks("docs/howto.md")):
        if about.startswith("file="):
            (project / about.removeprefix("file=")).write_text(code, "utf-8")
            continue
        if about == "needs=forgetting":
            _add_mechanism(project)
        run(project, tmp_path / f"block{number}", code)


def _add_mechanism(project: Path) -> None:
    """The two lines each in two files that the page asks for."""
    for file, old, new in (
        ("parameters", "from sim.mechanisms.pricing", "from sim.mechanisms.forgetting import Forgetting\n"),
        (
            "parameters",
            "    regulation: Regulation = Field",
            "    forgetting: Forgetting = Field(default_factory=Forgetting)\n",
        ),
        ("market", "from sim.mechanisms.pricing", "from sim.mechanisms.forgetting import forgetting\n"),
        ("market", "        pricing,  #", "        forgetting,  # awareness decays\n"),
    ):
        path = project / "sim" / f"{file}.py"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new + old, 1), "utf-8")
