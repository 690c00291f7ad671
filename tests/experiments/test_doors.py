"""Every door of the experiments is shown every strange value: let in with the right result, or refused in one line."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

import experiments as ex
import sim
from experiments.engine.executors import place_of
from experiments.findings.until import Until
from experiments.questions.designs import Design
from experiments.results.results import Results
from sim.inputs.errors import as_whole
from tests.instruments.strange import VALUES, WHOLE, Door, complaints, let_in

WORLD = sim.Scenario(name="baseline", why="")
DECIDING = sim.Scenario(name="deciding", why="", labs={"*": "strategic"})
TINY: dict[str, Any] = {"seeds": 1, "months": 1, "developers": 100, "workers": 1, "progress": False}
MOBILITY = "talent.mobility"
FRONTIER = ("'frontier'", "['frontier']", "iter(['frontier'])", "frozenset", "Series of names", "array of strings")
BASELINE = ("'baseline'", "['baseline']")
NUMBERS = ("0", "1", "0.0", "0.5", "Fraction(1, 2)", "np.float64(0.5)", "np.float32(0.5)", "'0.5'")
POSITIVE = ("1", "3", "300", "601", "0.5", "3.0", "3.7", "1e300", "Fraction(1, 2)", "Whole(3)", "Level.THREE",
            "np.int64(3)", "np.int64(300)", "np.uint8(3)", "np.float64(0.5)", "np.float64(3.7)", "np.float32(0.5)",
            "2**63", "10**30")  # fmt: skip
TRUTHS = ("True", "False")
FOLDER_NAMES = ("'3'", "'0.5'", "'1_2'", "'abc'", "Words('abc')", "np.str_('abc')", "'nan'", "'None'", "'true'",
                "'2024-01'", "'2024-13'", "'2022-12'", "'2024-01-01'", "'baseline'", "'no_deepseek'", "'frontier'",
                "'talent'", "'pricing'", "'market'", "'US'", "'closed'", "'region'", "'local'", "'grid'")  # fmt: skip
NOT_PATHS = ("''", "' '", "NUL", "surrogate", "'~nobody-here'", "Path ~", "long text")
IN_FOLDERS = ("'a/b'", "'..'", "'!!python'")
PATHS = (*(name for name in VALUES if isinstance(VALUES[name](), str | Path) and name not in NOT_PATHS),)
DATE = ("'2022-12'", "1")
"""Two ways to say the first month."""


def _runs(wanted: int | None = None) -> Callable[[Results], bool]:
    return lambda results: not results.failures and wanted in (None, len(results.runs))


def _quick(argument: str) -> Callable[[Any], bool]:
    """Leaves out what would be let in and run for a minute."""
    return lambda value: argument not in ("seeds", "months") or as_whole(value) not in (300, 601)


def _ensemble(small: Results, folder: Path) -> dict[str, Door]:
    def door(
        argument: str, field: str | None = None, good: Mapping[str, Any] | None = None, quotes: bool = True
    ) -> Door:
        def call(value: Any) -> Results:
            asked = {"scenarios": WORLD, "outputs": folder / "outputs", **TINY}
            return ex.ensemble(**(asked | {"workers": None if argument == "executor" else 1} | {argument: value}))

        return Door(call, argument if field is None else field, good or {}, _quick(argument), quotes)

    seeds = {
        **let_in(*WHOLE, "range(3)", check=_runs(3)),
        **let_in("[1]", "{1}", "array([3])", "1", check=_runs(1)),
        **let_in("[0, 1]", "(1, 2)", "iter([1, 2])", "generator", "array([1, 2])", "Index", check=_runs(2)),
    }
    return {
        "ensemble(scenarios)": door(
            "scenarios", "scenario", {**let_in(*BASELINE, "Scenario", check=_runs(1)), **let_in("'no_deepseek'")}
        ),
        "ensemble(seeds)": door("seeds", good=seeds),
        "ensemble(months)": door("months", good=let_in("1", *WHOLE, check=_runs(1))),
        "ensemble(developers)": door("developers", good=let_in("300", "601", "np.int64(300)", check=_runs(1))),
        "ensemble(params)": door(
            "params", "", let_in("None", "{}", "mappingproxy", "Parameters()", "{'talent.mobility': 0.1}")
        ),
        "ensemble(params a number)": Door(
            lambda value: ex.ensemble(WORLD, params={MOBILITY: value}, outputs=folder / "outputs", **TINY),
            MOBILITY, let_in(*NUMBERS, check=_runs(1)),
        ),
        "ensemble(measures)": door(
            "measures", good={**let_in("None", check=_runs(1)),
                              **let_in(*FRONTIER, "['frontier', 'frontier']", "generator of names", "'market'")},
        ),
        "ensemble(without)": door(
            "without", good={**let_in("[]", "()", "set()", "iter([])", "array([])", "empty Series", "empty DataFrame"),
                             **let_in("'talent'", "['talent']", "array(['talent'])")},
        ),
        "ensemble(plugins)": Door(
            lambda value: ex.ensemble(WORLD, plugins=value, outputs=folder / "outputs", **TINY), "plugins",
            let_in("None", "[]", "()", "set()", "iter([])", "array([])", "empty Series", "empty DataFrame"),
            only=lambda value: value not in ("abc", sim) if isinstance(value, str | ModuleType) else True,
        ),
        "ensemble(draws)": door("draws", good=let_in("None", check=_runs(1))),
        "ensemble(workers)": door(
            "workers", good=let_in("None", "1", "300", "601", "np.int64(300)", *WHOLE, check=_runs(1))
        ),
        "ensemble(executor)": door(
            "executor", good=let_in("None", "'local'", "{'kind': 'local'}", check=_runs(1)), quotes=False
        ),
        "ensemble(progress)": door("progress", good=let_in(*TRUTHS)),
        "ensemble(name)": door("name", good=let_in("None", *FOLDER_NAMES)),
        "ensemble(outputs)": door("outputs", good=let_in("None", *PATHS, check=_runs(1))),
        "scenario": Door(ex.scenario, "scenario", let_in("'baseline'", "'no_deepseek'")),
        "open": Door(ex.open, "path"),
    }  # fmt: skip


def _design(small: Results, folder: Path) -> dict[str, Door]:
    def points(**settings: Any) -> int:
        return len(Design.of(settings).expand(sim.Parameters()))

    grid: dict[str, Any] = {"kind": "grid", "params": [MOBILITY]}
    return {
        "design": Door(Design.of, "design", let_in("None", "{}", "mappingproxy")),
        "design.kind": Door(lambda value: points(kind=value), "design", let_in("None")),
        "design.params": Door(
            lambda value: points(kind="sobol", params=value, points=2), "design.params",
            let_in("None", "'pricing'", "'talent'", "['talent']", "array(['talent'])"),
        ),
        "design.params values": Door(
            lambda value: points(kind="grid", params={MOBILITY: value}), MOBILITY,
            {
                **let_in("None", check=lambda number: number == 5),
                **let_in("[1]", "{1}", check=lambda number: number == 1),
                **let_in("[0, 1]", "generator", "Index", check=lambda number: number == 2),
            },
        ),
        "design.params a range": Door(
            lambda value: points(kind="sobol", params={MOBILITY: value}, points=2), MOBILITY,
            let_in("None", "[0, 1]", "generator", "Index", check=lambda number: number == 2),
        ),
        "design.params the low end": Door(
            lambda value: points(kind="sobol", params={MOBILITY: [value, 1]}, points=2), MOBILITY,
            let_in(*(name for name in NUMBERS if name != "1")),
        ),
        "design.params a whole number": Door(
            lambda value: points(kind="grid", params={"talent.taste_renewal": [value]}), "talent.taste_renewal",
            let_in("1", "300", "601", "3.0", "'3'", "Decimal('3')", "np.int64(300)", *WHOLE),
        ),
        "design.params a choice": Door(
            lambda value: points(kind="grid", params={"finance.invest_mode": [value]}), "finance.invest_mode"
        ),
        "design.points": Door(
            lambda value: points(**grid, points=value), "design.points",
            {
                **let_in(*WHOLE, check=lambda number: number == 3),
                **let_in("None", check=lambda number: number == 5),
                **let_in("300", "601", "np.int64(300)"),
            },
        ),
        "design.seed": Door(
            lambda value: points(kind="sobol", params=[MOBILITY], points=2, seed=value), "design.seed",
            let_in("None", "0", "1", "300", "601", "np.int64(300)", *WHOLE),
        ),
        "design.seeds": Door(
            lambda value: points(kind="sobol", params=[MOBILITY], points=2, seeds=value), "design.seeds", let_in("None")
        ),
        "design.path": Door(lambda value: points(kind="file", path=value), "design.path"),
        "design table": Door(
            lambda value: Design.of(pd.DataFrame({MOBILITY: pd.Series([value], dtype=object)})), MOBILITY,
            let_in("None", "nan", "'nan'", "np.float64(nan)", "NaT", "pd.NA", *NUMBERS),
        ),
        "design table, scenario": Door(
            lambda value: Design.of(pd.DataFrame({"scenario": pd.Series([value], dtype=object)})), "scenario",
            let_in(*FOLDER_NAMES),
        ),
        "design table, column": Door(
            lambda value: Design.of(
                pd.DataFrame([[0.1]], columns=pd.Index([value], dtype=object, tupleize_cols=False))
            ), "column", only=_hashable,
        ),
    }  # fmt: skip


def _is_no_baseline(value: Any) -> bool:
    return not (isinstance(value, str) and value == "baseline")


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except Exception:
        return False
    return not isinstance(value, type(VALUES["Unequal()"]()))


def _executor(small: Results, folder: Path) -> dict[str, Door]:
    def door(argument: str, good: Mapping[str, Any], field: str = "", **more: Any) -> Door:
        return Door(
            lambda value: place_of({"kind": "slurm", **more, argument: value}), field or f"executor.{argument}", good
        )

    whole = let_in("1", "300", "601", "np.int64(300)", *WHOLE)
    word = let_in("None", "'..'", *FOLDER_NAMES)
    return {
        "executor": Door(place_of, "executor", let_in("'local'", "{'kind': 'local'}"), quotes=False),
        "executor.kind": Door(lambda value: place_of({"kind": value}), "executor.kind", let_in("'local'")),
        "executor.workers": Door(
            lambda value: place_of({"kind": "local", "workers": value}).slots, "executor.workers",
            {**whole, **let_in("None"), **let_in(*WHOLE, check=lambda slots: slots == 3)},
        ),
        "executor.chunk": door("chunk", {**whole, **let_in("None")}),
        "executor.deadline": door("deadline", let_in("None", *(name for name in POSITIVE if name not in (
            "0.5", "Fraction(1, 2)", "np.float64(0.5)", "np.float32(0.5)", "1e300", "2**63", "10**30")))),
        "executor.address": Door(lambda value: place_of({"kind": "dask", "address": value}), "executor.address"),
        "executor.cluster": door("cluster", let_in("'local'")),
        "executor.setup": door("setup", let_in("None", "[]", "()", "['a', 'a']", "['frontier']", "['talent']",
                                               "['frontier', 'frontier']", "['baseline']", "['baseline', 'baseline']",
                                               "['2024-01']")),
        "executor.jobs": door("jobs", whole),
        "executor.minutes": door("minutes", whole),
        "executor.memory_gb": door("memory_gb", whole),
        "executor.cpus": door("cpus", whole),
        "executor.array_size": door("array_size", whole),
        "executor.partition": door("partition", word),
        "executor.account": door("account", word),
        "executor.poll_seconds": door("poll_seconds", let_in(*(name for name in POSITIVE if name not in (
            "1e300", "2**63", "10**30")))),
    }  # fmt: skip


def _findings(small: Results, folder: Path) -> dict[str, Door]:
    effect = ex.compare(small, measures=["frontier", "hhi"])
    of_labs = ex.compare(small, measures="labs.price", month=3)

    def until(argument: str, good: Mapping[str, Any], field: str = "") -> Door:
        return Door(lambda value: Until(**({"effect": "frontier", "precision": 1.0} | {argument: value})),
                    field or argument, good)  # fmt: skip

    def ablate(argument: str, good: Mapping[str, Any], field: str = "") -> Door:
        def call(value: Any) -> pd.DataFrame:
            asked = {"scenario": "no_deepseek", "mechanisms": ["talent"], "measures": ["frontier"], **TINY}
            return ex.ablate(**(asked | {"outputs": folder / "ablate", argument: value}))

        return Door(call, field or argument, good, _quick(argument))

    def shapley(argument: str, good: Mapping[str, Any], field: str = "") -> Door:
        def call(value: Any) -> pd.DataFrame:
            asked = {"scenario": "no_deepseek", "mechanisms": ["talent"], "measures": ["frontier"], **TINY}
            return ex.shapley(**(asked | {"outputs": folder / "ablate", argument: value})).frame

        return Door(call, field or argument, good, _quick(argument))

    def decompose(argument: str, good: Mapping[str, Any], field: str = "") -> Door:
        def call(value: Any) -> pd.DataFrame:
            asked = {"causes": {"compute": "equal_compute"}, "measures": ["frontier"], **TINY}
            return ex.decompose(**(asked | {"outputs": folder / "decompose", argument: value})).frame

        return Door(call, field or argument, good, _quick(argument))

    def why(argument: str, good: Mapping[str, Any], field: str | None = None) -> Door:
        def call(value: Any) -> pd.DataFrame:
            return ex.why(**({"scenario": DECIDING, "months": 5, "developers": 100} | {argument: value}))

        return Door(call, argument if field is None else field, good, _quick(argument))

    def payoffs(argument: str, good: Mapping[str, Any], field: str | None = None) -> Door:
        def call(value: Any) -> pd.DataFrame:
            asked = {"players": ["Meta", "CN"], "levels": ["closed", "weights"], "since": 1, **TINY}
            return ex.payoffs(**(asked | {"outputs": folder / "payoffs", argument: value})).cells

        return Door(call, argument if field is None else field, good, _quick(argument))

    text = [name for name in VALUES if isinstance(VALUES[name](), str)]
    return {
        "compare(runs)": Door(ex.compare, "runs"),
        "compare(against)": Door(lambda value: ex.compare(small, value), "against", let_in("'baseline'")),
        "compare(measures)": Door(
            lambda value: ex.compare(small, measures=value), "",
            {
                **let_in("None", "'market'"),
                **let_in(*FRONTIER, check=lambda found: set(found.frame["measure"]) == {"frontier"}),
                **let_in("generator of names", check=lambda found: set(found.frame["measure"]) == {"frontier", "hhi"}),
            },
        ),
        "compare(month)": Door(
            lambda value: ex.compare(small, measures="frontier", month=value), "month",
            {
                **let_in("None", check=lambda found: len(found.frame) == 15),
                **let_in(*WHOLE, "0", *DATE, "[1]", "[1, 1]", "{1}", "array([3])", "array([3, 3])", "'2024-01'",
                         "['2024-01']", check=lambda found: len(found.frame) == 1),
                **let_in("[0, 1]", "(1, 2)", "iter([1, 2])", "generator", "array([1, 2])", "Index",
                         check=lambda found: len(found.frame) == 2),
                **let_in("range(3)", check=lambda found: len(found.frame) == 3),
            },
        ),
        "compare(by_point)": Door(lambda value: ex.compare(small, by_point=value), "by_point", let_in(*TRUTHS)),
        "Effect.at": Door(effect.at, "month", let_in("0", *DATE, "'2024-01'", *WHOLE)),
        "Effect.of": Door(effect.of, "measure", let_in("'frontier'", check=len)),
        "Effect.of(scenario)": Door(lambda value: effect.of("frontier", value), "scenario", let_in("None")),
        "Effect.describe": Door(effect.describe, "measure", let_in("'frontier'", check=len)),
        "Effect.describe(when)": Door(
            lambda value: effect.describe("frontier", value), "month", let_in("None", "0", *DATE, "'2024-01'", *WHOLE)
        ),
        "Effect.describe(scenario)": Door(
            lambda value: effect.describe("frontier", scenario=value), "scenario", let_in("None")
        ),
        "Effect.of(lab)": Door(lambda value: of_labs.of("labs.price", lab=value), "lab"),
        "Effect.of(point)": Door(lambda value: effect.of("frontier", point=value), "point"),
        "compare(measures of labs)": Door(
            lambda value: ex.compare(small, measures=["labs.price", value], month=3), "",
            {
                **let_in("'frontier'", check=lambda found: found.measures == ("labs.price", "frontier")),
                **let_in("'market'", check=lambda found: len(found.measures) == 1 + len(small.measures)),
            },
        ),
        "Until(effect)": until("effect", let_in(*text)),
        "Until(precision)": until("precision", let_in(*POSITIVE)),
        "Until(against)": until("against", let_in(*text)),
        "Until(at)": until("at", let_in("None", "0", "300", "np.int64(300)", "'2024-01'", *DATE, *WHOLE), "month"),
        "Until(most)": until("most", let_in("300", "601", "np.int64(300)"), "most_seeds"),
        "ensemble(seeds=Until(effect))": Door(
            lambda value: ex.ensemble(
                [WORLD, "no_deepseek"], Until(value, 1e9, most=10), outputs=folder / "until",
                **{name: TINY[name] for name in ("months", "developers", "workers", "progress")}),
            "effect", let_in("'frontier'", check=_runs(20)), only=lambda value: isinstance(value, str),
        ),
        "ablate(scenario)": ablate("scenario", let_in("'no_deepseek'", "Scenario")),
        "ablate(against)": ablate("against", let_in("'baseline'", "Scenario")),
        "ablate(seeds)": ablate(
            "seeds", {**let_in("generator", "[0, 1]", "(1, 2)", "iter([1, 2])", "array([1, 2])", "Index",
                               check=lambda frame: (frame["pairs"] == 2).all()),
                      **let_in("range(3)", *WHOLE, check=lambda frame: (frame["pairs"] == 3).all()),
                      **let_in("1", "[1]", "{1}", "array([3])", check=lambda frame: (frame["pairs"] == 1).all())},
        ),
        "ablate(months)": ablate("months", let_in("1", *WHOLE)),
        "ablate(measures)": ablate("measures", let_in(*FRONTIER, "generator of names")),
        "ablate(month)": ablate("month", let_in("None", "0", *DATE)),
        "ablate(mechanisms)": ablate("mechanisms", let_in("None", "'talent'", "['talent']", "array(['talent'])"), ""),
        "ablate(design)": ablate("design", let_in("None", "{}", "mappingproxy")),
        "shapley(scenario)": shapley("scenario", let_in("'no_deepseek'", "Scenario")),
        "shapley(mechanisms)": shapley("mechanisms", let_in("'talent'", "['talent']", "array(['talent'])"), ""),
        "shapley(month)": shapley("month", let_in("None", "0", *DATE)),
        "why(scenario)": Door(  # of worlds in which nobody decides it says so by their name
            lambda value: ex.why(value, months=5, developers=100), "scenario",
            only=lambda value: not isinstance(value, sim.Scenario),
        ),
        "why(lab)": why("lab", let_in("None", check=len)),
        "why(seed)": why("seed", let_in("0", "1", "300", "601", "np.int64(300)", *WHOLE, check=len)),
        "why(months)": why("months", let_in(*WHOLE, check=len)),
        "why(developers)": why("developers", let_in("300", "601", "np.int64(300)", check=len)),
        "why(params)": why("params", let_in("None", "{}", "mappingproxy", "Parameters()", "{'talent.mobility': 0.1}",
                                               check=len), ""),
        "payoffs(players)": payoffs("players", {}),
        "payoffs(levels)": payoffs("levels", {}),
        "payoffs(since)": payoffs("since", let_in("0", *DATE)),
        "payoffs(scenario)": Door(  # where a player is absent it cannot choose
            lambda value: ex.payoffs(["Meta", "CN"], ["closed", "weights"], since=1, scenario=value,
                                     outputs=folder / "payoffs", **TINY), "scenario",
            let_in("'baseline'", "['baseline']", "Scenario"), only=lambda value: value != "no_deepseek"
            if isinstance(value, str) else True,
        ),
        "payoffs(seeds)": payoffs(
            "seeds", let_in("generator", "[0, 1]", "(1, 2)", "iter([1, 2])", "range(3)", "array([1, 2])", "Index", "1",
                            "[1]", "{1}", "array([3])", *WHOLE),
        ),
        "payoffs(months)": payoffs("months", let_in("1", *WHOLE)),
        "payoffs(developers)": payoffs("developers", let_in("300", "601", "np.int64(300)")),
        "payoffs(params)": payoffs(
            "params", let_in("None", "{}", "mappingproxy", "Parameters()", "{'talent.mobility': 0.1}"), ""
        ),
        "decompose(causes)": decompose("causes", {}),
        "decompose(seeds)": decompose(
            "seeds", let_in("generator", "[0, 1]", "(1, 2)", "iter([1, 2])", "range(3)", "array([1, 2])", "Index", "1",
                            "[1]", "{1}", "array([3])", *WHOLE),
        ),
        "decompose(months)": decompose("months", let_in("1", *WHOLE)),
        "decompose(measures)": decompose("measures", let_in(*FRONTIER, "generator of names")),
        "decompose(month)": decompose("month", let_in("None", "0", *DATE)),
    }  # fmt: skip


def _results(small: Results, folder: Path) -> dict[str, Door]:
    def load(argument: str, good: Mapping[str, Any], field: str = "") -> Door:
        return Door(lambda value: small.load(**({"columns": "frontier"} | {argument: value})), field or argument, good)

    one, two = ("1", "[1]", "[1, 1]", "{1}"), ("[0, 1]", "generator", "Index")
    seed = {
        **let_in("None", *two, check=lambda frame: set(frame["seed"]) == {0, 1}),
        **let_in("0", check=lambda frame: set(frame["seed"]) == {0}),
        **let_in(*one, check=lambda frame: set(frame["seed"]) == {1}),
    }
    month = {
        **let_in("None", check=lambda frame: set(frame["month"]) == set(range(15))),
        **let_in(*WHOLE, "array([3])", "array([3, 3])", check=lambda frame: set(frame["month"]) == {3}),
        **let_in("0", check=lambda frame: set(frame["month"]) == {0}),
        **let_in(*one, "'2022-12'", check=lambda frame: set(frame["month"]) == {1}),
        **let_in("'2024-01'", "['2024-01']", check=lambda frame: set(frame["month"]) == {14}),
        **let_in(*two, check=lambda frame: set(frame["month"]) == {0, 1}),
        **let_in("(1, 2)", "iter([1, 2])", "array([1, 2])", check=lambda frame: set(frame["month"]) == {1, 2}),
        **let_in("range(3)", check=lambda frame: set(frame["month"]) == {0, 1, 2}),
    }
    columns = {
        **let_in(*FRONTIER, check=lambda frame: list(frame)[-1] == "frontier" and len(frame.columns) == 5),
        **let_in("generator of names", check=lambda frame: list(frame)[-2:] == ["frontier", "hhi"]),
        **let_in("None", check=lambda frame: len(frame.columns) == 4 + len(small.measures)),
    }
    return {
        "load(table)": Door(small.load, "table", let_in("'market'", check=len)),
        "load(columns)": load("columns", columns, "measure"),
        "load(scenario)": load("scenario", let_in("None", *BASELINE, "['baseline', 'baseline']", check=len)),
        "load(seed)": load("seed", seed),
        "load(point)": load("point", let_in("None", "0", check=len)),
        "load(month)": load("month", month),
        "select(scenario)": Door(lambda value: small.select(scenario=value), "scenario",
            let_in("None", *BASELINE, "['baseline', 'baseline']")),
        "select(seed)": Door(
            lambda value: small.select(seed=value), "seed", dict.fromkeys(seed, lambda found: found.seeds)
        ),
        "select(point)": Door(lambda value: small.select(point=value), "point", let_in("None", "0")),
        "of": Door(small.of, "scenario", let_in("'baseline'", check=len)),
        "wide(scenario)": Door(
            lambda value: small.wide(value, "frontier"), "scenario", let_in("'baseline'", check=len)
        ),
        "wide(measure)": Door(lambda value: small.wide("baseline", value), "measure", let_in("'frontier'", check=len)),
        "of_frames": Door(lambda value: Results.of_frames(value, small.labs, small.flows, {}), "market"),
    }  # fmt: skip


def _exports(small: Results, folder: Path) -> dict[str, Door]:
    numbers = itertools.count()

    def read(**asked: Any) -> pd.DataFrame:
        return pd.read_csv(small.to_csv(folder / f"{next(numbers)}.csv", **({"columns": "frontier"} | asked)))

    cells = let_in(*FRONTIER, check=lambda frame: len(frame) == 60 and frame["frontier"].notna().all())
    return {
        "to_csv(path)": Door(
            lambda value: small.to_csv(value, columns="frontier"), "path",
            let_in(*(name for name in PATHS if name not in IN_FOLDERS), check=lambda path: path.stat().st_size),
        ),
        "to_csv(table)": Door(lambda value: read(table=value, columns=None), "table", let_in("'market'", check=len)),
        "to_csv(columns)": Door(
            lambda value: read(columns=value), "measure",
            {**cells, **let_in("None", check=lambda frame: len(frame) == 60),
             **let_in("generator of names", check=lambda frame: frame[["frontier", "hhi"]].notna().all(axis=None))},
        ),
        "to_csv(month)": Door(
            lambda value: read(month=value), "month",
            {**let_in("None", check=lambda frame: len(frame) == 60),
             **let_in("generator", "[0, 1]", "(1, 2)", "iter([1, 2])", "array([1, 2])", "Index",
                      check=lambda frame: len(frame) == 8),
             **let_in("0", *DATE, *WHOLE, "[1]", "[1, 1]", "{1}", "array([3])", "array([3, 3])", "'2024-01'",
                      "['2024-01']", check=lambda frame: len(frame) == 4),
             **let_in("range(3)", check=lambda frame: len(frame) == 12)},
        ),
        "to_csv(seed)": Door(
            lambda value: read(seed=value), "seed",
            {**let_in("None", "generator", "[0, 1]", "Index", check=lambda frame: len(frame) == 60),
             **let_in("0", "1", "[1]", "[1, 1]", "{1}", check=lambda frame: len(frame) == 30)},
        ),
        "to_stata(path)": Door(
            lambda value: small.to_stata(value, columns="frontier"), "path",
            let_in(*(name for name in PATHS if name not in IN_FOLDERS), check=lambda path: path.stat().st_size),
        ),
        "to_stata(columns)": Door(
            lambda value: small.to_stata(folder / "a.dta", columns=value), "measure",
            let_in("None", *FRONTIER, "generator of names"),
        ),
        "to_xarray(table)": Door(small.to_xarray, "table", let_in("'market'")),
        "to_xarray(columns)": Door(
            lambda value: list(small.to_xarray(columns=value)), "measure",
            {**let_in(*FRONTIER, check=lambda names: names == ["frontier"]), **let_in("None"),
             **let_in("generator of names", check=lambda names: names == ["frontier", "hhi"])},
        ),
        "to_duckdb(connection)": Door(small.to_duckdb, "connection", let_in("None")),
    }  # fmt: skip


def _plots(small: Results, folder: Path) -> dict[str, Door]:
    plots = ex.plots
    draws = let_in("'baseline'", check=lambda figure: isinstance(figure, Figure))
    found = {
        f"{draw.__name__}(runs)": Door(draw, "runs")
        for draw in (
            plots.frontier_and_lag, plots.prices, plots.margins, plots.shares_by_lab, plots.startups, plots.targets,
            plots.release_timeline, plots.talent_alluvial, plots.shares_by_region_and_openness,
            plots.shares_by_openness, plots.talent_between_open_and_closed, plots.talent_between_regions,
        )
    }  # fmt: skip
    for draw in (
        plots.frontier_and_lag, plots.shares_by_lab, plots.shares_by_openness, plots.talent_between_open_and_closed,
        plots.talent_between_regions, plots.startups, plots.release_timeline, plots.talent_alluvial,
        plots.shares_by_region_and_openness,
    ):  # fmt: skip
        found[f"{draw.__name__}(scenario)"] = Door(lambda value, draw=draw: draw(small, value), "scenario", draws)
    return found | {
        "parts_of_whole(parts)": Door(plots.parts_of_whole, "parts"),
        "bands(runs)": Door(lambda value: plots.bands(value, "frontier"), "runs"),
        "bands(measure)": Door(lambda value: plots.bands(small, value), "measure", let_in("'frontier'")),
        "bands(scenarios)": Door(
            lambda value: plots.bands(small, "frontier", value), "scenarios", let_in("None", *BASELINE)
        ),
        "prices(scenarios)": Door(lambda value: plots.prices(small, value), "scenarios", let_in("None", *BASELINE)),
        "effect_of_scenario(runs)": Door(lambda value: plots.effect_of_scenario(value, "no_open_weights"), "runs"),
        "effect_of_scenario(scenario)": Door(lambda value: plots.effect_of_scenario(small, value), "scenario",
                                             only=_is_no_baseline),
        "effect_of_scenario(against)": Door(
            lambda value: plots.effect_of_scenario(small, "no_open_weights", value), "against", draws
        ),
        "prices(scenarios, as names)": Door(lambda value: plots.margins(small, value), "scenarios",
                                            let_in("None", *BASELINE)),
        "save(figure)": Door(lambda value: plots.save(value, folder, "a"), "figure"),
        "save(folder)": Door(lambda value: plots.save(Figure(figsize=(1, 1)), value, "a"), "folder",
                             let_in(*PATHS, check=lambda paths: len(paths) == 3)),
        "save(name)": Door(lambda value: plots.save(Figure(figsize=(1, 1)), folder, value), "name",
                           let_in(*FOLDER_NAMES, check=lambda paths: len(paths) == 3)),
        "prices(size)": Door(lambda value: plots.prices(small, size=value), "size"),
        "prices(grey)": Door(lambda value: plots.prices(small, grey=value), "grey",
                             only=lambda value: not isinstance(value, bool)),
        "payoff_matrix(game)": Door(plots.payoff_matrix, "game"),
        "draw_all(runs)": Door(lambda value: plots.draw_all(value, folder), "runs"),
        "draw_all(kinds)": Door(lambda value: plots.draw_all(small, folder, value), "kinds",
                                only=lambda value: value is not None),
        "draw_all(folder)": Door(lambda value: plots.draw_all(small.select(seed=0), value, ["prices"]), "folder",
                                 only=lambda value: not isinstance(value, str | Path)),
    }  # fmt: skip


GROUPS = (_ensemble, _design, _executor, _findings, _results, _exports, _plots)


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("group", GROUPS)
def test_every_value_is_let_in_or_refused_in_one_line(
    group: Callable[[Results, Path], dict[str, Door]],
    every: int,
    small: Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown, wrong = 0, {}
    for number, (name, door) in enumerate(group(small, tmp_path).items()):
        place = tmp_path / f"door{number}"
        place.mkdir()
        monkeypatch.chdir(place)  # some values are names of files
        values, complaint = complaints(door, every, number)
        shown += values
        if complaint:
            wrong[name] = complaint
    assert wrong == {}
    assert shown * every > 1500
