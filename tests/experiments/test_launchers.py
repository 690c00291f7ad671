"""Several experiments of one command (-m) in processes of Hydra's launchers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import experiments as ex

ROOT = Path(__file__).parents[2]
SIZE = ("seeds=1", "months=2", "developers=100", "executor.workers=1", "figures=false")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "experiments.run", "-m", *SIZE, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def studies(folder: Path) -> list[ex.Results]:
    return [ex.open(path) for path in sorted((folder / "outputs").glob("[!.]*"))]


JOBLIB = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
SUBMITIT = ("hydra/launcher=submitit_local",)


def all_done(folder: Path, launcher: tuple[str, ...]) -> None:
    pytest.importorskip(f"hydra_plugins.hydra_{'joblib' if launcher == JOBLIB else 'submitit'}_launcher")
    done = run(folder, *launcher, "scenario=no_deepseek,meta_closes")
    assert done.returncode == 0, done.stderr
    assert {study.scenarios for study in studies(folder)} == {("baseline", "no_deepseek"), ("baseline", "meta_closes")}
    assert "error" not in done.stderr


def one_fails(folder: Path, launcher: tuple[str, ...]) -> None:
    pytest.importorskip(f"hydra_plugins.hydra_{'joblib' if launcher == JOBLIB else 'submitit'}_launcher")
    done = run(folder, *launcher, "developers=100,1")
    assert done.returncode == 1, done.stderr  # 2 would mean that nothing was written
    (study,) = studies(folder)
    assert study.provenance["developers"] == 100
    # A launcher may keep what a job says in a file of the job's.
    logs = [path.read_text() for path in folder.glob("outputs/.sweep/.submitit/*/*_log.err")]
    errors = [line for line in "\n".join([done.stderr, *logs]).splitlines() if line.startswith("error: ")]
    assert set(errors) == {"error: developers=1 is not allowed; allowed: a whole number, 100 to 50000000"}
    assert "Traceback" not in done.stderr
    assert not [path for path in (folder / "outputs").rglob("*") if path.name.startswith(".codes-")]


def all_fail(folder: Path, launcher: tuple[str, ...]) -> None:
    pytest.importorskip(f"hydra_plugins.hydra_{'joblib' if launcher == JOBLIB else 'submitit'}_launcher")
    done = run(folder, *launcher, "developers=1,2")
    assert done.returncode == 2, done.stderr
    assert studies(folder) == []
    assert "error: developers=" in done.stderr and "Traceback" not in done.stderr


def test_submitit(tmp_path: Path) -> None:
    all_done(tmp_path, SUBMITIT)


def test_joblib_when_a_job_fails(tmp_path: Path) -> None:
    one_fails(tmp_path, JOBLIB)


def test_joblib_when_all_jobs_fail(tmp_path: Path) -> None:
    all_fail(tmp_path, JOBLIB)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_submitit_when_all_jobs_fail(tmp_path: Path) -> None:
    all_fail(tmp_path, SUBMITIT)


@pytest.mark.slow
def test_joblib(tmp_path: Path) -> None:
    all_done(tmp_path, JOBLIB)


@pytest.mark.slow
def test_submitit_when_a_job_fails(tmp_path: Path) -> None:
    one_fails(tmp_path, SUBMITIT)
