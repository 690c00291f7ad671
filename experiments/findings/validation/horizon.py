"""The far horizon: each bound in the baseline and every shipped scenario, and what their years look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

import sim
from experiments.findings.targets.run import Run
from experiments.findings.validation.bounds import BOUNDS, Bound, value
from experiments.findings.validation.report import Asked, Report, market_of, number, table
from experiments.findings.validation.watch import watch
from experiments.questions.scenarios import BASELINE, names, scenario
from sim.data.calendar import YEAR
from sim.measures.look import BILLION

MONTHS = 120
HORIZON, YEARS = "horizon", "horizon_years"
SHOWN = ("OpenAI", "Anthropic", "Google", "Meta", "DeepSeek", "Alibaba")
OUT = "**out**"
# What is shown of the last month of every world.
COMPARED = (
    "spend [$bn/year]", "research [$bn/year]", "least cash [$bn]", "labs", "wage [$m]", "staff of labs [%]", "startups",
    "trust", "incidents [1/month]", "law", "frontier [OOM]", "open tokens [%]", "HHI",
)  # fmt: skip


def horizon(asked: Asked, months: int = MONTHS, worlds: Sequence[str] | None = None) -> Report:
    """Run the baseline and every shipped scenario to the horizon, same seeds."""
    runs: dict[str, list[Run]] = {name: [] for name in worlds or names()}
    for seed in asked.seeds:
        base = market_of(seed, asked.developers)
        runs[BASELINE].append(watch(base, months))
        for name in runs:
            if name != BASELINE:
                other = sim.Market(
                    rng=seed, developers=asked.developers, setup=scenario(name), reference=base.record
                )  # fmt: skip
                runs[name].append(watch(other, months))
    return report(runs)


def judged(runs: Mapping[str, Sequence[Run]], bounds: Sequence[Bound] = BOUNDS) -> pd.DataFrame:
    """One row a bound and world: the worst value over its runs, whether it is inside, and why there is none."""
    rows = []
    for bound in bounds:
        for world, of_world in runs.items():
            found = [value(bound, run) for run in of_world]
            worst = bound.worst(np.array([number for number, _ in found]))
            why = next((reason for _, reason in found if reason), "")
            rows.append(
                {"bound": bound.name, "what": bound.what, "unit": bound.unit, "limit": bound.limit,
                 "least": bound.least, "world": world, "value": worst, "inside": bound.holds(worst), "why_not": why}
            )  # fmt: skip
    return pd.DataFrame(rows)


def years_of(runs: Mapping[str, Sequence[Run]]) -> pd.DataFrame:
    """One row a world and year, means over runs: Decembers and the last month of the baseline, else the last month."""
    rows = []
    for world, of_world in runs.items():
        last = of_world[0].months
        months = [*range(YEAR + 1, last, YEAR), last] if world == BASELINE else [last]
        for month in months:
            seen = pd.DataFrame([_at(run, month) for run in of_world])
            rows.append({"world": world, "date": sim.date_of(month)} | seen.mean().to_dict())
    return pd.DataFrame(rows)


# What the years show: column → its value in a month.
def _at(run: Run, month: int) -> dict[str, float]:
    def market(name: str, scale: float = 1.0) -> float:
        return float(run.market[name][month]) * scale if name in run.market else np.nan

    def labs(name: str, scale: float = 1.0, of: str = "sum") -> float:
        return float(getattr(np, of)(run.labs[name][month])) * scale if name in run.labs else np.nan

    billions = YEAR / BILLION
    staff = labs("researchers")
    return {
        "spend [$bn/year]": market("spend"),
        "rents [$bn/year]": labs("x.rent", billions),
        "research [$bn/year]": labs("x.budget", billions),
        "raised [$bn/year]": labs("x.raised", billions) if "x.raised" in run.labs else labs("x.equity", billions),
        "least cash [$bn]": float(run.labs["cash"][month].min(where=run.labs["x.active"][month] > 0.0, initial=np.inf)),
        "labs": labs("x.active"),
        "founded": market("labs_founded"),
        "wage [$m]": float(np.nansum(run.labs["researchers"][month] * run.labs["wage"][month])) / max(staff, 1.0) / 1e6,
        "staff of labs [%]": 100.0 * staff / market("x.people"),
        "startups": market("startups"),
        "adoption [%]": market("adoption", 100.0),
        "trust": market("trust"),
        "incidents [1/month]": market("incidents"),
        "law": market("x.strin"),
        "frontier [OOM]": market("frontier"),
        "open tokens [%]": market("open_share_tokens", 100.0),
        "HHI": market("hhi"),
        **{f"{lab} [%]": float(run.series("labs.share_spend", lab)[month]) * 100.0 for lab in SHOWN},
    }


def report(runs: Mapping[str, Sequence[Run]]) -> Report:
    """Both tables."""
    found, years = judged(runs), years_of(runs)
    out = found[~found["inside"]]
    seeds = len(next(iter(runs.values())))
    text = [
        "What 2032 may not look like, a prior: each value is the worst over "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'} to {sim.date_of(next(iter(runs.values()))[0].months)}, "
        f"{OUT} what is beyond its limit. **{len(out)} of {len(found)} are out.**",
        "", _bounds(found),
        "The years of the baseline, means over seeds; shares of labs are of spend.", "", _years(years),
        f"Every world in {years['date'].iloc[-1]}, means over seeds.", "", _ends(years),
    ]  # fmt: skip
    reasons = {f"{row['bound']} ({row['why_not']})" for row in found[found["why_not"] != ""].to_dict("records")}
    if reasons:
        text += ["", f"Not computed: {'; '.join(sorted(reasons))}."]
    return Report("\n".join(text), {HORIZON: found, YEARS: years})


def _bounds(found: pd.DataFrame) -> str:
    """A line a bound: the baseline, the worst of the scenarios, and every world that is out."""
    lines = []
    for name, of_bound in found.groupby("bound", sort=False):
        first, by = of_bound.iloc[0], of_bound.set_index("world")
        unit = "" if first["unit"] == "1" else f" {first['unit']}"
        limit = f"{'≥' if first['least'] else '≤'} {first['limit']:g}{unit}"
        others = by["value"].drop(BASELINE, errors="ignore").dropna().sort_values(ascending=bool(first["least"]))
        worst = f"{number(others.iloc[0], '.3g')} {_words(str(others.index[0]))}" if len(others) else "–"
        out = ", ".join(
            f"{_words(str(world))} {number(to, '.3g')}" for world, to in by.loc[~by["inside"], "value"].items()
        )
        own = number(by["value"].get(BASELINE, np.nan), ".3g")
        lines.append([str(name), first["what"], limit, own, worst, f"{OUT}: {out}" if out else ""])
    return table(["bound", "what", "limit", "baseline", "worst of the scenarios", "out"], lines)


def _years(years: pd.DataFrame) -> str:
    """The years of the baseline, one a column."""
    baseline = years[years["world"] == BASELINE]
    columns = [name for name in years if name not in ("world", "date")]
    lines = [[str(name), *(number(value, ".3g") for value in baseline[name])] for name in columns]
    return table(["what", *baseline["date"]], lines)


def _ends(years: pd.DataFrame) -> str:
    """The last month of every world, one a line."""
    last = years.groupby("world", sort=False).tail(1)
    lines = [
        [_words(str(row["world"])), *(number(row[name], ".3g") for name in COMPARED)] for row in last.to_dict("records")
    ]
    return table(["world", *COMPARED], lines)


def _words(world: str) -> str:
    return world.replace("_", " ")
