"""One command for every door: which there are, what it passes on, what it refuses, what a shell completes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import sim
from experiments import command
from experiments.questions.manual import manual, words
from experiments.questions.scenarios import names


def test_every_door_is_known() -> None:
    doors = {path.stem for path in Path(command.__file__).parent.glob("*.py") if "\nif __name__ ==" in path.read_text()}
    assert {module.rpartition(".")[2] for module, _ in command.doors().values()} == doors - {"command"}
    assert all(what for _, what in command.doors().values())


def test_words_are_passed_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "run",
        "seeds=1",
        "months=2",
        "developers=200",
        "figures=false",
        f"outputs={tmp_path}",
        "executor.workers=1",
    ]
    assert command.main(asked) == 0
    assert "written to" in capsys.readouterr().out
    assert command.main(["run", "talent.mobilty=1"]) == 2


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (["rum"], "did you mean run?"),
        (["nothing"], "one of calibrate, claims"),
        (["completion", "fish"], "one of bash, zsh"),
    ],
)
def test_what_is_no_door_is_refused_in_one_line(
    asked: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(asked) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert line in said


def test_help_names_all_doors(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{name} " in said for name in (*command.doors(), command.COMPLETION))


def test_manual_names_every_scenario_and_parameter_with_its_unit() -> None:
    text = "\n".join(manual({"scenario": ["mine"]}))
    assert all(f"\n  {name} " in text for name in names())
    for row in sim.Parameters().table():
        line = next(line for line in text.splitlines() if line.startswith(f"  {row['address']} "))
        assert row["unit"] == "1" or row["unit"] in line
    assert "scenario=mine" in text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_doors_scenarios_and_parameters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["completion", "bash"]) == 0
    script = tmp_path / "completion"
    script.write_text(capsys.readouterr().out)

    def complete(*typed: str) -> set[str]:
        line = f"source {script}; COMP_WORDS=(weightshift {' '.join(typed)}); COMP_CWORD={len(typed)}"
        ask = f'{line}; compopt() {{ :; }}; _weightshift; echo "${{COMPREPLY[@]}}"'
        return set(subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True).stdout.split())

    assert complete("va") == {"validate"}
    assert complete("run", "scenario=no_") == {f"scenario={name}" for name in names() if name.startswith("no_")}
    assert complete("run", "params.talent.mob") == {"params.talent.mobility="}
    assert complete("run", "params.") == {word for word in words() if word.startswith("params.")}
