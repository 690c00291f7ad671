"""The door of sensitivity: sentences, table and pictures are those of ``ex.sensitivity`` and ``ex.discover``."""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

import experiments as ex
from experiments.engine.executors import Local

DESIGN = {"kind": "latin_hypercube", "params": ["talent.mobility", "research.public_methods"], "points": 20}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outputs = tmp_path_factory.mktemp("who")
    ex.ensemble(
        ["baseline", "no_open_weights"], seeds=1, months=6, developers=100, design=DESIGN, measures="researchers_us",
        outputs=outputs, executor=Local(workers=1), progress=False, name="who",
    )  # fmt: skip
    return outputs / "who"


def door(*words: str) -> int:
    code: int = importlib.import_module("experiments.sensitivity").main(list(words))
    return code


def test_what_is_written_is_what_the_function_finds(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = ex.open(study).load("market", ["researchers_us"], scenario="baseline", month="2023-05")
    middle = float(table["researchers_us"].median())
    asked = [f"study={study}", "measure=researchers_us@2023-05", "scenario=baseline", f"where=> {middle:.6g}"]
    assert door(*asked) == 0
    found = ex.sensitivity(study, "researchers_us@2023-05", scenario="baseline")
    assert found.describe() in capsys.readouterr().out
    (folder,) = study.glob("sensitivity_*")
    assert folder.name.startswith("sensitivity_baseline_researchers_us_2023-05_0.4")
    written = pd.read_csv(folder / "sensitivity.csv", index_col="parameter")
    pd.testing.assert_frame_equal(written, found.frame, check_exact=False, rtol=1e-12)
    for name in ("tornado", "region"):
        assert {path.suffix for path in folder.glob(f"{name}.*")} >= {".pdf", ".png", ".svg"}


def test_the_function_stays_a_function(study: Path) -> None:
    importlib.import_module("experiments.sensitivity")
    assert ex.sensitivity(study, "researchers_us@2023-05", scenario="baseline").used == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "study="),
        (["study=nowhere", "measure=frontier"], "nowhere"),
        (["measur=frontier"], "did you mean measure=…?"),
    ],
)
def test_refusals_are_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert door(*words) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and said in error
