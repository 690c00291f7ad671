"""Things of one's own with the built wheel, far from any checkout: from the shell, a sweep, Python, and on Dask."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiments.engine.test_dask import Cluster

ROOT = Path(__file__).parents[2]
STRATEGY = '''
"""Open what is light."""

from sim.strategies import Strategy, register


@register
class Light(Strategy):
    """Weights of light models alone."""

    name = "light_only"

    def levels(self, view, tier):
        """Open if light."""
        return (2,) if tier else (0,)
'''
SCENARIO = """
name: mine
why: Everybody opens what is light, and forgets.
params: {forgetting.rate: 0.05}
labs: {"*": light_only}
"""
QUICK = ("seeds=1", "months=6", "developers=200", "figures=false", "plugins=[my_rules.py,my_strategy.py]")


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has: a mechanism with parameter and measure as the how-to types it, a strategy, a scenario."""
    folder = tmp_path_factory.mktemp("far")
    typed = (ROOT / "docs" / "howto.md").read_text("utf-8")
    found = re.search(r"```python file=my_rules.py\n(.*?)```", typed, re.DOTALL)
    assert found is not None
    (folder / "my_rules.py").write_text(found[1])
    (folder / "my_strategy.py").write_text(STRATEGY)
    (folder / "mine.yaml").write_text(SCENARIO)
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which both packages are those of the wheel, built anew."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return {**os.environ, "PYTHONPATH": str(folder / "site")}


@pytest.fixture
def cluster(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    made = Cluster(tmp_path, environment["PYTHONPATH"])
    made.worker("--no-nanny")
    yield made
    made.stop()


def run(folder: Path, environment: dict[str, str], *words: str) -> str:
    made = subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def last(folder: Path, study: str) -> float:
    summary = json.loads((folder / study / "summary.json").read_text())
    return float(summary["scenarios"]["mine"]["hhi"]["2023-05"]["mean"])


@pytest.mark.slow
def test_both_packages_are_those_of_the_wheel(far: Path, environment: dict[str, str]) -> None:
    said = run(far, environment, "-c", "import sim, experiments; print(sim.__file__, experiments.__file__)")
    assert all(path.startswith(environment["PYTHONPATH"]) for path in said.split())


@pytest.mark.slow
def test_from_the_shell_a_sweep_python_and_dask(far: Path, environment: dict[str, str], cluster: Cluster) -> None:
    door = ("-m", "experiments.run", *QUICK, "scenario_file=mine.yaml")
    assert "written to" in run(far, environment, *door, "name=shell", "outputs=out")
    grid = ("design=grid", "design.params={forgetting.rate:[0.0,0.1]}", "scenario=baseline")
    assert "written to" in run(far, environment, "-m", "experiments.run", *QUICK, *grid, "name=sweep", "outputs=swept")
    assert len((far / "swept" / "sweep" / "points.parquet").read_bytes()) > 0
    dask = ("executor=dask", f"executor.address={cluster.address}", "outputs=dasked", "name=dask")
    assert "written to" in run(far, environment, *door, *dask)
    script = (
        "import sim, experiments as ex\n"
        "from experiments.questions.scenarios import scenario_from_file\n"
        "import my_rules, my_strategy\n"
        "runs = ex.ensemble(['baseline', scenario_from_file('mine.yaml')], seeds=1, months=6, developers=200,\n"
        "                   plugins=['my_rules.py', 'my_strategy.py'], workers=1, outputs='python', progress=False)\n"
        "mine = runs.market[runs.market['scenario'] == 'mine']\n"
        "print(mine['hhi'].iloc[-1], mine['forgotten_share'].iloc[-1])\n"
    )
    (far / "typed.py").write_text(script)
    hhi, forgotten = map(float, run(far, environment, "typed.py").split())
    assert forgotten > 0.0
    assert last(far, "out/shell") == last(far, "dasked/dask") == pytest.approx(hhi, rel=1e-12)
