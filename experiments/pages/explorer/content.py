"""What the explorer's page holds: levels with bands, effects with intervals, single worlds, and where they are from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sim
from experiments.findings.effects import compare
from experiments.findings.facts import facts
from experiments.findings.pairs import BAND
from experiments.pages.charts import LABS as NAMED
from experiments.pages.charts import percent, plain
from experiments.pages.explorer.packing import pack, scale_of
from experiments.pages.explorer.study import GROUPS, MEASURES, OF_LABS, PHI, PRICES
from experiments.plots.style import OTHERS
from experiments.questions.measures import LABS, MARKET
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import ExperimentError
from experiments.results.results import Results

Float = NDArray[np.float64]
# Seeds whose single worlds are on the page, the first ones.
TWINS = 3
_EFFECT = ("mean", "low", "high", "same_sign")


def content(results: Results) -> dict[str, Any]:
    """Everything that the page shows, as plain data; packed numbers are text.

    Raises:
        ExperimentError: A run is missing, so that some scenario could not be compared.
    """
    if results.missing or results.failures:
        raise ExperimentError(
            f"{results.missing + len(results.failures)} runs of the study are missing or failed, and the page needs "
            "all; the same command computes what is missing"
        )
    levels = _levels(results)
    effects = _effects(results)
    scales = [
        scale_of(np.concatenate([levels[:, :, at].ravel(), effects[:, :, at, :3].ravel()]))
        for at in range(len(MEASURES))
    ]
    by = np.array(scales)[:, None, None]
    single = _single(results)
    told = results.provenance
    return {
        "scenarios": [{"name": name, "why": _why(told, name)} for name in results.scenarios],
        "phi": [float(value) for value in results.points[PHI]],
        "default_phi": float(sim.Parameters.known()[PHI].default),
        "phi_about": _about_phi(),
        "measures": [_measure(name, scale) for name, scale in zip(MEASURES, scales, strict=True)],
        "groups": {name: list(group) for name, group in GROUPS.items()},
        "dates": [sim.date_of(month) for month in range(results.months + 1)],
        "edge": min(sim.calendar.LAST_HISTORICAL_MONTH, results.months),
        "seeds": list(results.seeds),
        "twins": list(results.seeds[:TWINS]),
        "labs": [{"name": name, "colour": colour} for name, colour in {**NAMED, "others": OTHERS}.items()],
        "levels": pack(levels / by),
        "effects": pack(effects / np.stack([by[:, 0], by[:, 0], by[:, 0], 1 + 0 * by[:, 0]], axis=1)),
        "single": pack(single / by[:, 0]),
        "shares": pack(_shares(results)),
        "study": {
            "developers": told["developers"], "command": told["command"], "code": told["code"],
            "version": told["versions"]["weightshift"], "runs": len(results.runs), "pairs": len(results.seeds),
        },
    }  # fmt: skip


def _why(told: dict[str, Any], name: str) -> str:
    return str(next(item.get("why", "") for item in told["scenarios"] if item["name"] == name))


def _about_phi() -> str:
    leaf = sim.Parameters.known()[PHI]
    return f"{leaf.doc}. Default {leaf.default:g}, source: {leaf.source} ({leaf.confidence})."


def _measure(name: str, scale: float) -> dict[str, Any]:
    found = sim.measures.MARKET[name]
    known = facts(name)
    bound = known["source"].str.contains("lower bound")
    marks = [[int(month), plain([value])[0]] for month, value in known.loc[~bound, ["month", "value"]].to_numpy()]
    return {
        "id": name, "name": MEASURES[name], "unit": "" if found.unit == "1" else found.unit, "doc": found.doc,
        "percent": percent(name), "log": name in PRICES, "scale": scale, "marks": marks,
    }  # fmt: skip


def _cube(frame: pd.DataFrame, results: Results, seeds: tuple[int, ...], column: str) -> Float:
    """One column as (scenarios, points, seeds, months)."""
    names = (results.scenarios, range(len(results.points)), seeds, range(results.months + 1))
    wide = frame.set_index(["scenario", "point", "seed", "month"])[column]
    return wide.reindex(pd.MultiIndex.from_product(names)).to_numpy(float).reshape([len(one) for one in names])


def _levels(results: Results) -> Float:
    """Mean and ends of the band over seeds: (scenarios, points, measures, 3, months)."""
    frame = results.load(MARKET, list(MEASURES))
    found = []
    for name in MEASURES:
        cube = _cube(frame, results, results.seeds, name)
        wide = pd.DataFrame(np.moveaxis(cube, 2, 0).reshape(len(results.seeds), -1)).replace([np.inf, -np.inf], np.nan)
        rows = [wide.mean(), wide.quantile(BAND[0]), wide.quantile(BAND[1])]
        shape = (cube.shape[0], cube.shape[1], cube.shape[3])
        found.append(np.stack([row.to_numpy(float).reshape(shape) for row in rows], axis=2))
    return np.stack(found, axis=2)


def _effects(results: Results) -> Float:
    """Scenario minus baseline with its interval and the share of its sign: (others, points, measures, 4, months)."""
    effect = compare(results, BASELINE, measures=list(MEASURES), by_point=True).frame
    others = [name for name in results.scenarios if name != BASELINE]
    if "point" not in effect:
        effect = effect.assign(point=0)
    index = ["scenario", "point", "measure", "month"]
    names = (others, range(len(results.points)), list(MEASURES), range(results.months + 1))
    wide = effect.set_index(index)[list(_EFFECT)].reindex(pd.MultiIndex.from_product(names))
    cube = wide.to_numpy(float).reshape(*(len(one) for one in names), len(_EFFECT))
    return np.moveaxis(cube, -1, -2)


def _single(results: Results) -> Float:
    """Single worlds of the first seeds: (scenarios, points, seeds, measures, months)."""
    seeds = results.seeds[:TWINS]
    frame = results.load(MARKET, list(MEASURES), seed=list(seeds))
    return np.stack([_cube(frame, results, seeds, name) for name in MEASURES], axis=3)


def _shares(results: Results) -> Float:
    """Shares of tokens of the largest labs, and of all others, in these: (scenarios, points, seeds, labs, months)."""
    seeds = results.seeds[:TWINS]
    frame = results.load(LABS, [OF_LABS], seed=list(seeds)).rename(columns={OF_LABS: "share"})
    frame["lab"] = frame["lab"].astype(str).where(frame["lab"].isin(list(NAMED)), "others")
    keys = ["scenario", "point", "seed", "month", "lab"]
    sums = frame.groupby(keys, observed=True)["share"].sum().reset_index()
    cubes = [_cube(sums[sums["lab"] == name], results, seeds, "share") for name in (*NAMED, "others")]
    return np.nan_to_num(np.stack(cubes, axis=3))
