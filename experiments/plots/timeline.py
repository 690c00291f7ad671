"""When labs released better models, and whether with their weights."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import sim
from experiments.plots.picture import canvas, keep, scale, styled, title, unit_of
from experiments.plots.series import dates
from experiments.plots.style import BLACK, BLUE, VERMILLION, time_axis, year
from experiments.plots.worlds import about, has_record, region, world
from experiments.questions.measures import LABS
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_choice
from experiments.results.results import Results, run_columns
from sim.agents.lab import WEIGHTS
from sim.data import history

_ROW, _LEAST = 0.36, 0.6
_LOOKS: dict[bool, dict[str, Any]] = {
    False: {"marker": "o", "mfc": BLUE, "mec": BLUE},
    True: {"marker": "D", "mfc": "white", "mec": VERMILLION},
}
_WORDS = {False: "closed", True: "open weights"}
# Points of a mark, of one that is the best of all models, and of names; inches of a letter of a name.
_SMALL, _LARGE, _NAME, _LETTER = 3.6, 6.5, 5.4, 0.047
# A model is a better one if it is so by this much [OOM]: less is what a community adds to open weights in a month.
_BETTER, _SAME = 0.1, 1e-9


@styled
def release_timeline(runs: Results, scenario: str = BASELINE, seed: int | None = None) -> Figure:
    """Releases that were better than all before of their lab, in one run; large where they were the best of all.

    Args:
        runs: The runs.
        scenario: Which.
        seed: Of which run; None for the first.

    Raises:
        ExperimentError: There is no such scenario or seed.
    """
    check_choice("scenario", scenario, runs.scenarios)
    of = runs.select(scenario=scenario)
    one = of.seeds[0] if seed is None else seed
    labs = runs.load(LABS, ("capability", "openness"), scenario=scenario, seed=one)
    if "point" in run_columns(labs):
        labs = labs[labs["point"] == labs["point"].min()]
    found = _releases(labs)
    names = _in_order(labs, found)
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(names))
    record = _names(scenario)
    for row, (lab, where) in enumerate(names):
        rows = found[found["lab"] == lab]
        for open_, look in _LOOKS.items():
            for best, size in ((False, _SMALL), (True, _LARGE)):
                some = rows[(rows["open"] == open_) & (rows["best"] == best)]
                axes.plot(year(some["month"]), [row] * len(some), ls="", mew=1.1 * scale(), ms=size * scale(), **look)
                keep(axes, None, f"{lab}, {_WORDS[open_]}", dates(some["month"]),
                     {f"capability{', best of all' if best else ''}": some["capability"].to_numpy(float)})  # fmt: skip
        _name(axes, rows, row, record, figure.get_figwidth(), runs.months)
        axes.axhline(row, color="0.88", lw=0.6, zorder=0)
        if row and names[row - 1][1] != where:
            axes.axhline(row - 0.5, color="0.6", lw=0.6)
    axes.set_yticks(range(len(names)), [lab for lab, _ in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    unit_of(axes, "OOM")
    time_axis(axes, runs.months, room=False)
    for open_, look in _LOOKS.items():
        figure.keys[_WORDS[open_]] = Line2D([], [], ls="", ms=_SMALL * scale(), **look)
    large = Line2D([], [], ls="", marker="o", mfc="0.6", mec="0.6", ms=_LARGE * scale())
    figure.keys["best of all models then"] = large
    title(figure, "When did labs release better models, and were they open?", world(runs, scenario))
    regions = ", ".join(dict.fromkeys(region(where) for _, where in names))
    about(figure, of.select(seed=one), scenario, marks=f"One run, seed {one}. A mark is a month in which the "
          f"lab's best model got better by {_BETTER:g} OOM or more. Rows from above: {regions}.")  # fmt: skip
    return figure


def _releases(labs: pd.DataFrame) -> pd.DataFrame:
    """Months in which a lab's best model got better."""
    rows = labs.sort_values(["lab", "month"], kind="stable")
    before = rows.groupby("lab")["capability"].transform(lambda column: column.cummax().shift())
    found = rows[rows["capability"].notna() & ((rows["capability"] > before + _BETTER) | before.isna())].copy()
    best = rows.groupby("month")["capability"].max().cummax()
    found["best"] = found["capability"] >= found["month"].map(best) - _SAME
    found["open"] = found["openness"] >= WEIGHTS
    return found


def _in_order(labs: pd.DataFrame, found: pd.DataFrame) -> list[tuple[str, str]]:
    """Labs that released something, by region and then by their first release."""
    first = found.groupby("lab")["month"].min()
    where = labs.drop_duplicates("lab").set_index("lab")["region"]
    order = {code: place for place, code in enumerate(("US", "CN", "EU"))}
    keys = {str(lab): (order.get(str(where[lab]), len(order)), int(first[lab]), str(lab)) for lab in first.index}
    return [(lab, str(where[lab])) for lab in sorted(keys, key=lambda lab: keys[lab])]


def _names(scenario: str) -> dict[tuple[str, int], str]:
    """Names of flagships of the record, by lab and month; of the world that has it."""
    if not has_record([scenario]):
        return {}
    past = history.load()
    return {
        (past.names[one.lab], month): one.model
        for month, models in past.releases.items()
        for one in models
        if one.tier == 0 and one.model and month <= sim.calendar.LAST_HISTORICAL_MONTH
    }


def _name(
    axes: Axes, rows: pd.DataFrame, row: int, record: dict[tuple[str, int], str], wide: float, months: int
) -> None:
    """Names above the marks of a row that leave each other room, the best models first."""
    year_inches = 0.8 * wide / max(months / 12.0, 1.0)
    letter = _LETTER * scale() / year_inches
    taken: list[tuple[float, float]] = []
    last = float(year(months))
    for one in rows.sort_values(["best", "month"], ascending=[False, True]).to_dict("records"):
        words = record.get((one["lab"], one["month"]), "").split(" (")[0]
        half = letter * len(words) / 2.0
        at = max(float(year(one["month"])), float(year(0)) + half)
        if not words or at + half > last or any(low < at + half and at - half < high for low, high in taken):
            continue
        taken.append((at - half, at + half))
        axes.text(at, row - 0.2, words, ha="center", va="bottom", fontsize=_NAME * scale(), color=BLACK)
