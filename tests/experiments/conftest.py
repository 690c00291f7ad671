from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import experiments as ex
import sim
from experiments.questions import plugins
from experiments.results.results import Results
from sim.inputs.registry import added, unregister

LABS = (("OpenAI", "US"), ("Anthropic", "US"), ("Google", "US"), ("Meta", "US"), ("DeepSeek", "CN"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two scenarios of the real market, small."""
    outputs = tmp_path_factory.mktemp("small")
    return ex.ensemble(
        ["baseline", "no_open_weights"],
        seeds=2,
        months=14,
        developers=300,
        workers=1,
        outputs=outputs,
        progress=False,
    )


@pytest.fixture(scope="session")
def made_up() -> Callable[..., Results]:
    """Results of any length without running a market: smooth positive paths, a little luck by seed."""

    def make(months: int, scenarios: tuple[str, ...] = ("baseline", "no_open_weights"), seeds: int = 4) -> Results:
        provenance = {"developers": 300, "parameters": sim.Parameters().to_dict()}
        return Results.of_frames(*(frame.copy() for frame in _tables(months, scenarios, seeds)), provenance)

    return make


@cache
def _tables(months: int, scenarios: tuple[str, ...], seeds: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    market, labs, flows = [], [], []
    for number, scenario in enumerate(scenarios):
        for seed in range(seeds):
            luck = np.random.default_rng([number, seed])
            market.append(_market(scenario, seed, months, luck))
            labs.append(_labs(scenario, seed, months, luck))
            flows.append(_flows(scenario, seed, months))
    return pd.concat(market), pd.concat(labs), pd.concat(flows)


def _market(scenario: str, seed: int, months: int, luck: np.random.Generator) -> pd.DataFrame:
    month = np.arange(months + 1)
    dates = [sim.calendar.date_of(m) for m in month]
    columns = {"scenario": scenario, "seed": seed, "month": month, "date": dates}
    measures = {name: 0.3 + 0.01 * month + 0.05 * luck.random(months + 1) for name in sim.measures.MARKET}
    return pd.DataFrame(columns | measures)


def _labs(scenario: str, seed: int, months: int, luck: np.random.Generator) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([range(months + 1), [name for name, _ in LABS]], names=["month", "lab"])
    frame = index.to_frame(index=False)
    frame.insert(0, "seed", seed)
    frame.insert(0, "scenario", scenario)
    frame["date"] = frame["month"].map(sim.calendar.date_of)
    frame["region"] = frame["lab"].map(dict(LABS))
    measures = {name: 0.15 + 0.1 * luck.random(len(frame)) for name in sim.measures.LABS}
    measures["openness"] = np.where(frame["lab"].isin(["Meta", "DeepSeek"]), 2.0, 0.0)
    return pd.concat([frame, pd.DataFrame(measures)], axis=1)


def _flows(scenario: str, seed: int, months: int) -> pd.DataFrame:
    rows = []
    for month in [*range(1, months, 12), months]:
        for origin, destination in (("CN", "US"), ("US", "CN"), ("EU", "US")):
            rows.append((scenario, seed, month, "region", origin, destination, 10.0 + seed))
        for origin, destination in (("OpenAI", "Meta"), ("Meta", "Anthropic"), ("elsewhere US", "Google")):
            rows.append((scenario, seed, month, "employer", origin, destination, 5.0 + seed))
    columns = ["scenario", "seed", "month", "level", "origin", "destination", "researchers"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(3, "date", frame["month"].map(sim.calendar.date_of))
    return frame


@pytest.fixture
def nothing_left() -> Callable[[Path], None]:
    """Check that a folder is empty, hidden files included."""

    def check(folder: Path) -> None:
        assert [path.name for path in folder.rglob("*")] == []

    return check


@pytest.fixture
def write_module(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Writes a module of a user's own; what it registered, and that it was imported, is forgotten at the end."""
    modules, path, schedule, before = set(sys.modules), [*sys.path], sim.Market.schedule, set(added())
    folder = tmp_path / "own"

    def write(name: str, text: str) -> Path:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        importlib.invalidate_caches()
        return file

    yield write
    for module in {owner.module for _, _, owner in set(added()) - before}:
        unregister(module)
    sim.Market.schedule = schedule
    plugins._BROUGHT.clear()
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", None)).startswith(str(folder)):
            del sys.modules[name]
