"""Modules of a user's own in a study: here, in processes, in jobs and on a cluster; and what is wrong in them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hydra import compose, initialize_config_module

import experiments as ex
import sim
from experiments import cli, run
from experiments.results import store
from experiments.results.results import Results
from tests.experiments.engine.test_dask import Cluster

ROOT = Path(__file__).parents[3]
RULES = """
from sim.strategies import Strategy, register
from my_levels import LEVEL

@register
class Mine(Strategy):
    "As LEVEL says, until something happens."
    name = "mine"

    def levels(self, view, tier):
        {happens}
        return (LEVEL,)
"""
MINE = {"name": "s", "why": "", "labs": {"*": "mine"}}
SIZE: dict[str, Any] = {"seeds": 2, "months": 4, "developers": 100, "progress": False}
WORDS = ("seeds=2", "months=4", "developers=100", "figures=false")
WriteModule = Callable[..., Path]
"""Where it is computed, beside this process."""
PLACES = {
    "processes": {"kind": "local", "workers": 2, "chunk": 1},
    "jobs": {"kind": "slurm", "cluster": "local", "jobs": 2, "poll_seconds": 0.5, "chunk": 2},
}


@pytest.fixture
def rules(write_module: WriteModule) -> Callable[..., Path]:
    """Writes my_rules.py, in which something happens, and my_levels.py beside it."""

    def write(happens: str = "pass", level: int = 2) -> Path:
        write_module("my_levels.py", f"LEVEL = {level}\n")
        return write_module("my_rules.py", RULES.format(happens=happens))

    return write


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.stop()


def study(outputs: Path, plugins: Any, executor: Any = None, **more: Any) -> Results:
    asked = SIZE | {"outputs": outputs, "plugins": plugins, "executor": executor} | more
    asked |= {} if executor else {"workers": 1}
    return ex.ensemble(["baseline", sim.Scenario.model_validate(MINE)], **asked)


def assert_equal(one: Results, other: Results) -> None:
    assert (one.failures, one.missing) == ([], 0)
    for table in ("market", "labs", "flows"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)


# Wherever it runs


@pytest.mark.parametrize("place", PLACES)
def test_workers_import_it(place: str, tmp_path: Path, rules: Callable[..., Path]) -> None:
    if place == "jobs":
        pytest.importorskip("submitit")
    path = rules()
    here = study(tmp_path / "here", path, {"kind": "local", "workers": 1, "chunk": None})
    assert here.market.groupby("scenario")["open_share_tokens"].last()["s"] > 0.9
    far = study(tmp_path / "there", path, PLACES[place])
    assert_equal(far, here)
    assert far.provenance["plugins"] == [str(path)]
    assert set(far.provenance["sources"]) == {"my_rules", "my_levels", "sim.strategies.historical"}


def test_what_was_imported_is_taken_along_unasked(tmp_path: Path, rules: Callable[..., Path]) -> None:
    sys.path.append(str(rules().parent))
    __import__("my_rules")
    assert study(tmp_path, None, PLACES["processes"]).failures == []


@pytest.mark.slow
def test_dask_workers_import_it(
    tmp_path: Path, rules: Callable[..., Path], cluster: Cluster, write_module: WriteModule
) -> None:
    cluster.worker("--no-nanny")
    place = {"kind": "dask", "address": cluster.address, "chunk": 1, "deadline": 120}
    path = rules()
    assert_equal(study(tmp_path / "there", path, place), study(tmp_path / "here", path))
    # Another session, for which the file has changed; the worker still has the old one.
    path.write_text(RULES.format(happens="assert True"))
    with pytest.raises(ex.ExperimentError, match=r"a worker on .* has another my_rules than the study; allowed: "):
        del sys.modules["my_rules"]
        study(tmp_path / "there", path, place)
    # One that only the driver can import.
    there = write_module("my_machine.py", f"import os\nassert os.getpid() == {os.getpid()}, 'not here'\n")
    with pytest.raises(ex.ExperimentError) as caught:
        study(tmp_path / "there", [path, there], place)
    assert "my_machine.py, line 2: AssertionError: not here" in str(caught.value)


def test_another_rule_is_another_run(tmp_path: Path, rules: Callable[..., Path]) -> None:
    """As typed, each time in a process of its own: the same command after the rule, or what it imports, changed."""
    found = []
    for level, happens in ((2, "pass"), (0, "pass"), (2, "pass")):
        path = rules(happens, level)
        (path.parent / "s.yaml").write_text(json.dumps(MINE))
        words = ("plugins=[my_rules.py]", "scenario_file=s.yaml", "name=study", *WORDS, "executor.workers=1")
        code, said = as_typed(path.parent, *words)
        assert (code, "error" in said) == (0, False)  # a slow machine tells how far it is
        results = ex.open(path.parent / "outputs" / "study")
        found.append(results.market.groupby("scenario")["open_share_tokens"].last()["s"])
    assert found[0] == found[2] > 0.9
    assert found[1] < 0.5
    # Two seeds, a shard each, for two contents.
    assert len(list((path.parent / "outputs" / store.FOLDER).glob("*.parquet"))) == 2 * 2


def as_typed(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "experiments.run", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr


def test_settings_may_name_it(rules: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever put it there: a launcher's process has the settings and no command line."""
    monkeypatch.chdir(rules().parent)
    cli._register()
    with initialize_config_module("experiments.conf", version_base="1.3"):
        config = compose("config")
    config.plugins, config.scenario = ["my_rules.py"], MINE | {"params": {}, "changes": {}}
    job = run.read(config)
    assert [plugin.module for plugin in job.study.modules] == ["my_rules"]
    assert job.study.settings()["plugins"] == ["my_rules.py"]


@pytest.mark.slow
def test_launchers_import_it(rules: Callable[..., Path]) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    folder = rules().parent
    (folder / "s.yaml").write_text(json.dumps(MINE))
    launcher = ("-m", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "executor.workers=1", "seeds=1,2")
    assert as_typed(folder, *launcher, "plugins=my_rules.py", "scenario_file=s.yaml", *WORDS[1:])[0] == 0
    opened = [ex.open(path) for path in (folder / "outputs").glob("[!.]*")]
    assert sorted((len(study.runs), len(study.failures)) for study in opened) == [(2, 0), (4, 0)]


# What is wrong in it


@pytest.mark.parametrize(
    ("happens", "error", "place"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero", None),
        ("return (9,)", None, None),
        ("raise SystemExit('enough')", "SystemExit: enough", None),
        ("raise SystemExit('enough')", "SystemExit: enough", "processes"),
    ],
)
def test_an_error_in_a_run_is_reported_as_itself(
    happens: str, error: str | None, place: str | None, tmp_path: Path, rules: Callable[..., Path]
) -> None:
    path = rules(happens)
    results = study(tmp_path, path, PLACES.get(place or ""))
    assert len(results.runs) == len(results.failures) == 2
    for report in results.failures:
        if error is None:
            assert "strategy 'mine' of OpenAI releases at level 9" in report["error"]
        else:
            assert report["error"] == f"my_rules.py, line 11: {error}"
            assert f'File "{path}", line 11, in levels' in report["traceback"]
        assert f"plugins=['{path}']" in report["command"].replace("'\"'\"'", "'")


MEASURE = """
from sim.measures import MARKET

@MARKET("1")
def my_measure(look):
    "Something."
    return 1.0 / (look.state.month - 2)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_when_all_fail_nothing_is_said_to_be_done(
    workers: int, tmp_path: Path, write_module: WriteModule, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_module("my_measure.py", MEASURE)
    assert run.main([*WORDS, "name=s", f"executor.workers={workers}", f"outputs={tmp_path}", f"plugins=[{path}]"]) == 1
    said = capsys.readouterr()
    assert said.err.endswith(
        f"error: 2 of 2 runs failed, see {tmp_path}/s/failures.json: "
        "my_measure.py, line 7: ZeroDivisionError: float division by zero\n"
    )
    assert "done" not in said.out + said.err
    report = json.loads((tmp_path / "s" / "failures.json").read_text())[0]
    words = shlex.split(report["command"])
    assert words[-1] == f"plugins=[{path}]"
    assert as_typed(tmp_path, *words[3:], "executor.workers=1", "figures=false")[0] == 1


def test_a_command_that_tries_again_has_its_plugins(tmp_path: Path, rules: Callable[..., Path]) -> None:
    results = study(tmp_path / "o", rules("1 / 0"), seeds=1)
    done = subprocess.run(
        results.failures[0]["command"].replace("python", sys.executable, 1),
        shell=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("broken.py", "x = 1\n\ny = = 2\n", "broken.py, line 3: SyntaxError: invalid syntax"),
        ("lacks.py", "\nimport not_there\n", "lacks.py, line 2: ModuleNotFoundError: No module named 'not_there'"),
        ("quits.py", "import sys\nsys.exit(3)\n", "quits.py, line 2: SystemExit: 3"),
        ("raises.py", "def f():\n    raise OSError('no')\nf()\n", "raises.py, line 2: OSError: no"),
        ("takes.py", RULES.replace('"mine"', '"closed"').format(happens="pass"), "strategy 'closed' of takes.Mine"),
        ("my rules.py", "", "a file with the name of a module"),
        ("string.py", "", "a name that no other module has, and "),
        ("my_rules.txt", "", "a file with the name of a module"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    name: str, text: str, words: str, tmp_path: Path, write_module: WriteModule, capsys: pytest.CaptureFixture[str]
) -> None:
    write_module("my_levels.py", "LEVEL = 2\n")
    path = write_module(name, text)
    with pytest.raises(ex.ExperimentError) as caught:
        study(tmp_path / "o", [path])
    assert words in str(caught.value) and str(caught.value).startswith(f"plugins={path}")
    assert "\n" not in str(caught.value)
    assert run.main([*WORDS, f"outputs={tmp_path / 'o'}", f"plugins=['{path}']"]) == 2
    assert capsys.readouterr().err.splitlines() == [f"error: {caught.value}"]
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("wanted", [5, b"x", {"a": 1}, [None], [""], ["nope.py"], ["nope"], ["a b"], ["a..b"], ["/"]])
def test_what_is_no_module_is_one_line(wanted: Any, tmp_path: Path) -> None:
    with pytest.raises(ex.ExperimentError, match=r"plugins=.* is not allowed; allowed: a Python file like my_rules.py"):
        study(tmp_path / "o", wanted)
    assert not (tmp_path / "o").exists()


def test_another_of_the_same_name_is_refused(rules: Callable[..., Path], write_module: WriteModule) -> None:
    path = rules()
    ex.ensemble("baseline", **SIZE | {"plugins": path, "outputs": path.parent / "o", "seeds": 1, "workers": 1})
    other = write_module("elsewhere/my_rules.py", "raise AssertionError('imported')")
    with pytest.raises(ex.ExperimentError, match="allowed: a name that no other module has"):
        study(path.parent / "o", other)


# The package itself


def test_the_package_edited_since_is_named_and_new_strategies_orphan_nothing(tmp_path: Path) -> None:
    """In a copy of the package: a parameter's default edited in mid-session, then a strategy nobody uses."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "experiments", tmp_path / "experiments", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "study.py").write_text(SESSION)
    done = subprocess.run(
        [sys.executable, "study.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    refused, same = done.stdout.splitlines()
    assert refused == (
        f"{tmp_path / 'sim/parameters/research.py'} was changed after it was imported, and the old code would run; "
        "restart Python, or the notebook's kernel, and ask again"
    )
    assert same == "the same shards"


SESSION = """
import subprocess, sys
from pathlib import Path
import experiments as ex

AGAIN = "import experiments as ex; ex.ensemble('baseline', seeds=1, months=2, developers=100, workers=1, outputs='o')"

def ask():
    ex.ensemble("baseline", seeds=1, months=2, developers=100, workers=1, outputs="o", progress=False)

def shards():
    return sorted((path.name, path.stat().st_mtime_ns) for path in Path("o/.store").glob("*.parquet"))

ask()
before = shards()
source = Path("sim/parameters/research.py")
text = source.read_text()
assert "        0.006," in text
source.write_text(text.replace("        0.006,", "        0.05,", 1))
try:
    ask()
except ex.ExperimentError as error:
    print(error)
source.write_text(text + "\\n# a comment\\n")
ask()
laggard = Path("sim/strategies/closed.py").read_text().replace("closed", "laggard").replace("Closed", "Laggard")
Path("sim/strategies/laggard.py").write_text(laggard)
ask()
subprocess.run([sys.executable, "-c", AGAIN], check=True)
assert shards() == before
print("the same shards")
"""
