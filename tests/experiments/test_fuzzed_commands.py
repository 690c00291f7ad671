"""Command lines that nobody should type: each is one question, the one that was typed, or one line.

Odd texts are shown to every setting, and good command lines are spoilt. Nothing runs: what counts is the job
that would. ``make test-slow`` shows all texts to all settings.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import sim
from experiments import main_job, run, validate
from experiments.engine.executors import Place
from experiments.questions.study import Study

TEXTS = (
    "", " ", "0", "1", "3", "-1", "+3", "03", "0x3", "1_0", "3.0", "3.7", "1e2", "1e-2", "1e400", ".5", "5.", "nan",
    "inf", "-inf", "true", "True", "yes", "no", "off", "null", "None", "~", "abc", "ab c", " 3", "3 ", "a=b", "a:b",
    "a,b", "3,4", "[3,4]", "[3,3]", "[]", "[[3]]", "[3", "3]", "[3,]", "[3.0]", "[true]", "['3']", "[null]", "{}",
    "{a: 1}", "{a: 1, a: 2}", "{1: 2}", "'3'", '"3"', "'", '"', "\\", "\\3", "$x", "${seeds}", "${oc.env:HOME}",
    "???", "%", "!!int 3", "&a 3", "*a", "<<", "#", "3 # x", "٣", "３", "ä", "\x1b[31m", "\n", "3\n4", "\t3",
    "\udc80", "2024-01", "2024_01", "2024-13", "12:30", "x" * 5000, "9" * 400, "9" * 30, "2147483648",
    "9223372036854775807", "range(3)", "range(1,4)", "choice(1,2)", "interval(0,1)", "glob(*)", "int(3)", "float(3)",
    "str(3)", "sort(3,1)", "shuffle(1,2)", "extend_list(3)", "/", "..", "../x", "~nobody-here", "baseline",
    "no_deepseek", "frontier", "[frontier]", "talent", "[talent]", "local", "grid", "auto", "[baseline,no_deepseek]",
)  # fmt: skip
WHOLE = {"3": 3, "+3": 3, " 3": 3, "3 ": 3, "\t3": 3, "int(3)": 3, "1": 1, "1_0": 10}
LARGE = {"2147483648": 2**31, "9223372036854775807": 2**63 - 1, "9" * 30: int("9" * 30)}
NUMBERS = {**WHOLE, "0": 0, "3.0": 3, "float(3)": 3, "3.7": 3.7, "1e2": 100, "1e-2": 0.01, ".5": 0.5, "5.": 5}
AS_TEXT = {"03": 3, "'3'": 3, '"3"': 3, "str(3)": 3}
TRUTHS = {"true": True, "True": True}
NAMES = (
    "0", "1", "3", "03", "0x3", "1_0", "3.0", "3.7", "1e2", "1e-2", "1e400", "5.", "nan", "inf", "true", "True",
    "yes", "no", "off", "None", "abc", "2024-01", "2024_01", "2024-13", "9" * 30, "2147483648",
    "9223372036854775807", "baseline", "no_deepseek", "frontier", "talent", "local", "grid", "auto",
)  # fmt: skip
# What Hydra takes for several values or looks up, and what names no folder.
NO_PATHS = (
    "", " ", "\n", "null", "a,b", "3,4", "${seeds}", "${oc.env:HOME}", "???", "range(3)", "range(1,4)",
    "choice(1,2)", "interval(0,1)", "glob(*)", "sort(3,1)", "shuffle(1,2)", "~nobody-here",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """Where a text goes on the command line, and what comes of those that are let in."""

    words: tuple[str, ...]
    look: Callable[[run.Job], Any]
    good: Mapping[str, Any] = field(default_factory=dict)


def changed(job: run.Job) -> dict[str, Any]:
    return job.study.parameters.differences()


def scenarios(job: run.Job) -> list[str]:
    return [item.name for item in job.study.scenarios]


def rule(name: str) -> Callable[[run.Job], Any]:
    return lambda job: getattr(job.rule, name)


def place(name: str) -> Callable[[run.Job], Any]:
    return lambda job: getattr(job.place, name)


def kind(job: run.Job) -> str:
    return type(job.place).__name__


AUTO = ("seeds=auto", "effect=frontier", "precision=1", "scenario=no_deepseek")
OF_ONE = ("design=sobol", "design.params=[talent.mobility]", "design.points=2")
CLOSES = ("scenario=meta_closes",)
SETTINGS: dict[str, Setting] = {
    "seeds": Setting((), lambda job: job.study.seeds, {
        **{text: tuple(range(number)) for text, number in WHOLE.items()}, "[3,4]": (3, 4)}),
    "months": Setting((), lambda job: job.study.months, WHOLE),
    "developers": Setting((), lambda job: job.study.developers, {"2024_01": 202_401}),
    "name": Setting((), lambda job: re.sub("^baseline-.*", "its own", job.name), {
        **{text: text for text in NAMES}, "'3'": "3", '"3"': "3", "null": "its own"}),
    "outputs": Setting((), lambda job: str(job.outputs), {
        **{text: text for text in TEXTS if text not in NO_PATHS},
        "~": os.path.expanduser("~"), "'3'": "3", '"3"': "3"}),
    "measures": Setting((), lambda job: sum(map(len, job.study.measures.values())), {
        "frontier": 1, "[frontier]": 1, "null": len(sim.measures.MARKET) + len(sim.measures.LABS) + 1}),
    "without": Setting((), lambda job: job.study.without, {"[]": (), "[talent]": ("talent",)}),
    "figures": Setting((), lambda job: job.figures, TRUTHS),
    "scenario": Setting((), scenarios, {"baseline": ["baseline"], "no_deepseek": ["baseline", "no_deepseek"]}),
    "scenarios": Setting((), scenarios, {
        "null": ["baseline"], "[]": ["baseline"], "[baseline,no_deepseek]": ["baseline", "no_deepseek"]}),
    "scenario_file": Setting((), scenarios, {"null": ["baseline"]}),
    "effect": Setting(AUTO, rule("effect"), {"frontier": "frontier"}),
    "precision": Setting(AUTO, rule("precision"), {
        **{text: number for text, number in NUMBERS.items() if number}, **LARGE, "2024_01": 202_401}),
    "against": Setting(AUTO, rule("against"), {"baseline": "baseline", "no_deepseek": "no_deepseek"}),
    "at": Setting(AUTO, rule("at"), {**WHOLE, "0": 0, "null": None, "2024-01": "2024-01"}),
    "most_seeds": Setting(AUTO, rule("most"), {"1_0": 10}),
    "params.talent.mobility": Setting((), lambda job: job.study.parameters.talent.mobility, {
        text: number for text, number in NUMBERS.items() if number <= 1}),
    "params.talent.taste_renewal": Setting((), lambda job: job.study.parameters.talent.taste_renewal, {
        **{text: number for text, number in NUMBERS.items() if number >= 1 and number == int(number)}, **AS_TEXT}),
    "params.finance.invest_mode": Setting((), changed),
    "params.release.weights_allowed": Setting((), lambda job: job.study.parameters.release.weights_allowed, {
        **TRUTHS, "yes": True, "no": False, "off": False, "1": True, "0": False}),
    "params.talent": Setting((), changed),
    "params": Setting((), changed),
    "design": Setting((), lambda job: len(job.study.points)),
    "design.kind": Setting((), lambda job: len(job.study.points)),
    "+design.params": Setting((), lambda job: len(job.study.points), {"null": 1}),
    "+design.points": Setting((), lambda job: len(job.study.points), {"null": 1}),
    "design.points": Setting(OF_ONE, lambda job: len(job.study.points), {**WHOLE, "2024_01": 202_401, "null": 128}),
    "design.params": Setting(("design=grid", "months=2"), lambda job: len(job.study.points)),
    "design.seeds": Setting(OF_ONE, lambda job: job.study.settings()["design"]["seeds"], {"null": "own"}),
    "design.path": Setting(("design=file",), lambda job: len(job.study.points)),
    "executor": Setting((), kind, {"local": "Local"}),
    "executor.kind": Setting((), kind, {"local": "Local"}),
    "executor.workers": Setting((), place("slots"), {**WHOLE, "null": os.cpu_count()}),
    "executor.chunk": Setting((), place("chunk"), {**WHOLE, "null": None}),
    "executor.deadline": Setting((), place("deadline"), {
        **{text: number for text, number in NUMBERS.items() if number >= 1}, "2024_01": 202_401, "null": None}),
    "+scenario.params": Setting(CLOSES, lambda job: job.study.scenarios[1].params),
    "scenario.name": Setting(CLOSES, lambda job: job.study.scenarios[1].name, {
        **{text: text for text in NAMES if text != "baseline"}, "'3'": "3", '"3"': "3"}),
    "scenario.labs": Setting(CLOSES, lambda job: job.study.scenarios[1].labs),
    "scenario.changes": Setting(CLOSES, lambda job: job.study.scenarios[1].changes),
}  # fmt: skip


class Jobs:
    """What commands ask for, in place of running it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.seen: list[run.Job] = []
        monkeypatch.setattr(run, "execute", self._note)

    def _note(self, job: run.Job) -> int:
        self.seen.append(job)
        return 0

    def of(self, words: list[str]) -> tuple[list[run.Job], str]:
        """The jobs that a command would run, and what is wrong with how it ended."""
        self.seen.clear()
        before = sorted(os.listdir())
        code = run.main(words)
        fault = complaint(code, self.capsys.readouterr().err, bool(self.seen))
        return list(self.seen), fault or ("" if sorted(os.listdir()) == before else "something is left behind")


def complaint(code: int, error: str, asked: bool) -> str:
    """What is wrong with how a command ended: it may warn, or refuses in one line that can be printed."""
    if code == 0 and asked:
        good = all(
            re.search("without effect: |whatever a point|unbalanced", line) and line.isprintable()
            for line in error.splitlines()
        )
        return "" if good else error
    line = error.removesuffix("\n")
    good = code == 2 and line.startswith("error: ") and line.isprintable() and len(line) <= 610 and not asked
    return "" if good else f"{code}: {error!r}"


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Jobs:
    monkeypatch.chdir(tmp_path)
    return Jobs(monkeypatch, capsys)


@pytest.mark.parametrize("every", [31, pytest.param(1, marks=pytest.mark.slow)])
def test_every_setting_takes_what_it_says_and_no_other_text(every: int, jobs: Jobs) -> None:
    cases = [(name, text) for name in SETTINGS for text in TEXTS]
    wrong = []
    for name, text in cases[::every]:
        setting = SETTINGS[name]
        assert set(setting.good) <= set(TEXTS), name
        seen, fault = jobs.of([*setting.words, f"{name}={text}"])
        if not fault and seen:
            found = setting.look(seen[0])
            fault = f"let in as {found!r}" if text not in setting.good else ""
            fault = fault or ("" if found == setting.good[text] and len(seen) == 1 else f"wrong: {found!r}")
        elif not fault and text in setting.good:
            fault = "refused"
        if fault:
            wrong.append(f"{name}={text[:40]!r}: {fault}")
    assert wrong == []
    assert len(cases) > 4000


LINES = (
    "seeds=3 months=4 developers=1000 name=mine scenario=no_deepseek figures=false",
    "seeds=[3,5] months=12 outputs=out params.talent.mobility=0.03 measures=[frontier,hhi]",
    "seeds=2 design=grid design.params={talent.mobility:[0.01,0.02]} developers=500 executor.workers=2",
    "months=24 scenario=meta_closes +scenario.params={talent.mobility:0.5} without=[talent] name=b executor.chunk=7",
    "seeds=auto effect=open_lag precision=0.5 scenario=no_deepseek months=36 developers=200 most_seeds=40",
)
PIECES = (
    "=", "==", "+", "++", "~", " ", ",", ".", "..", "-", "--", "-m", "_", "0", "9" * 30, "1e9", "[", "]", "{", "}",
    "(", ")", ":", "'", '"', "\\", "$", "${seeds}", "#", "@", "/", "\n", "\t", "\x1b[2J", "ä", "٣", "null", "true",
    "???", "hydra.", "params.", "seeds=4", "months=5",
)  # fmt: skip
OF_WHOLE: dict[str, tuple[int, Callable[[run.Job], Any]]] = {
    "months": (48, lambda job: job.study.months),
    "developers": (20_000, lambda job: job.study.developers),
    "executor.chunk": (0, lambda job: job.place.chunk or 0),
}


def spoilt(line: str, luck: random.Random) -> list[str]:
    """A command line in which some letters or words were put in, replaced, dropped, doubled or exchanged."""
    letters = list(line)
    for _ in range(luck.randint(1, 3)):
        place, kind = luck.randrange(len(letters)), luck.randrange(5)
        if kind == 0:
            letters.insert(place, luck.choice(PIECES))
        elif kind == 1:
            letters[place] = luck.choice(PIECES)
        elif kind == 2:
            del letters[place : place + luck.randint(1, 4)]
        elif kind == 3:
            start = luck.randrange(len(letters))
            letters[place:place] = letters[start : start + luck.randint(1, 12)]
        else:
            words = "".join(letters).split(" ")
            luck.shuffle(words)
            letters = list(" ".join(words))
    return [word for word in "".join(letters).split(" ") if word and word != "-m"]


def unheard(words: list[str], job: run.Job) -> str:
    """A setting that was typed and is not what would run, or that would run and was not typed."""
    for name, (default, look) in OF_WHOLE.items():
        typed = [word.partition("=")[2] for word in words if word.partition("=")[0].lstrip("+") == name]
        text = typed[-1].replace("_", "").strip() if typed else str(default)
        if not (re.fullmatch(r"[+-]?[0-9]+|null", text) and look(job) == int(text.replace("null", "0"))):
            return f"{name} is {look(job)}, typed as {typed}"
    typed = [word.partition("=")[2] for word in words if word.startswith("params.talent.mobility=")]
    if typed and job.study.parameters.talent.mobility != float(typed[-1]):
        return f"mobility is {job.study.parameters.talent.mobility}, typed as {typed}"
    if not typed and job.study.parameters != sim.Parameters():
        return f"parameters are {job.study.parameters.differences()}"
    return ""


@pytest.mark.parametrize("cases", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_spoilt_command_lines(cases: int, jobs: Jobs) -> None:
    luck, wrong, asked = random.Random(cases), [], 0
    for _ in range(cases):
        words = spoilt(luck.choice(LINES), luck)
        seen, fault = jobs.of(words)
        asked += bool(seen)
        fault = fault or next(filter(None, (unheard(words, job) for job in seen)), "")
        if fault:
            wrong.append(f"{words}: {fault}")
    assert wrong == []
    assert cases / 20 < asked < cases / 2


# Commands with flags


PLAIN = {text: number for text, number in WHOLE.items() if text != "int(3)"} | {"٣": 3, "３": 3, "03": 3}
FLAGS: dict[str, Mapping[str, Any]] = {
    "--seeds": {text: tuple(range(number)) for text, number in PLAIN.items()},
    "--months": PLAIN,
    "--developers": {"2024_01": 202_401},
    "--outputs": {text: text for text in TEXTS if text.strip() and text not in ("~", "~nobody-here")}
    | {"~": os.path.expanduser("~")},
    "--name": {text: text for text in (*NAMES, "null")},
    "--workers": PLAIN,
}


@pytest.mark.parametrize("every", [11, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", [main_job, validate])
def test_flags_take_what_they_say_and_no_other_text(
    command: Any, every: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found: list[dict[str, Any]] = []

    def note(study: Study, outputs: Path, place: Place, *, folder: Path, progress: bool) -> None:
        of_study = {"--seeds": study.seeds, "--months": study.months, "--developers": study.developers}
        found.append(of_study | {"--outputs": str(outputs), "--name": folder.name, "--workers": place.slots})
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_study", note)
    wrong = []
    flags = [flag for flag in FLAGS if flag != "--months" or command is main_job]
    for flag, text in [(flag, text) for flag in flags for text in TEXTS][::every]:
        for words in ([f"{flag}={text}"], [flag, text]):
            if len(words) == 2 and text.startswith("-"):
                continue  # a flag of its own
            found.clear()
            code = command.main(words)
            error = capsys.readouterr().err
            fault = "" if found and code == 130 else complaint(code, error, bool(found))
            value = found[0][flag] if found else None
            if (text in FLAGS[flag]) != bool(found) or (found and value != FLAGS[flag][text]):
                fault = fault or f"{value!r} of {FLAGS[flag].get(text, 'nothing')!r}"
            if fault:
                wrong.append(f"{words}: {fault}")
    assert wrong == []
    assert os.listdir() == []
