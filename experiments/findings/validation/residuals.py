"""Residuals of the record: measured capability less what the mechanisms give, with teachers as they were measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

import sim
from experiments.findings.validation.report import Asked, Report, market_of, number, table
from sim.agents.lab import TIERS, WEIGHTS
from sim.record import Completed

MODELS, SUMMARY = "residuals", "residuals_by_lab"
# A flagship mean beyond this is named [OOM].
MOST_MEAN = 0.15
# So many models are named.
LARGEST = 5
YEAR = 12.0
ALL = "all"


def residuals(asked: Asked) -> Report:
    """Runs to the end of the record, and what they leave unexplained, as text and tables."""
    return report(models(_recorded(asked)))


def _recorded(asked: Asked) -> Iterable[tuple[tuple[str, ...], list[Completed]]]:
    for seed in asked.seeds:
        market = market_of(seed, asked.developers)
        market.run(sim.month_of(market.parameters.record.end))
        yield market.lab_names, market.record.completed


def models(runs: Iterable[tuple[tuple[str, ...], list[Completed]]]) -> pd.DataFrame:
    """Every measured model: ``residual`` K − K_model, mean over runs, and its standard deviation over them [OOM].

    ``own_run`` is false of those that are known to be trained from somebody else's weights.

    Args:
        runs: Names of labs and finished runs, of each seed.
    """
    rows = [
        {
            "lab": names[run.lab],
            "tier": TIERS[run.tier],
            "month": run.month,
            "date": sim.date_of(run.month),
            "model": run.model,
            "open": run.level >= WEIGHTS,
            "own_run": run.counts,
            "measured": run.known,
            "modelled": run.modelled,
            "residual": run.known - run.modelled,
        }
        for names, completed in runs
        for run in completed
        if math.isfinite(run.known)
    ]
    key = ["lab", "tier", "month", "date", "model", "open", "own_run"]
    grouped = pd.DataFrame(rows, columns=[*key, "measured", "modelled", "residual"]).groupby(key, sort=False)
    found = grouped.mean()
    found["over_seeds"] = grouped["residual"].std(ddof=0)
    return found.reset_index().sort_values(["lab", "tier", "month", "model"], ignore_index=True)


def summary(of_models: pd.DataFrame) -> pd.DataFrame:
    """Number, mean, sd, rms [OOM] and trend [OOM/year] by lab and tier, of tiers and of all."""
    parts = [(lab, tier, group) for (lab, tier), group in of_models.groupby(["lab", "tier"])]
    parts += [(ALL, tier, group) for tier, group in of_models.groupby("tier")]
    parts += [(ALL, ALL, of_models)] if len(of_models) else []
    rows = [{"lab": lab, "tier": tier} | statistics(group) for lab, tier, group in parts]
    return pd.DataFrame(rows, columns=["lab", "tier", "n", "mean", "sd", "rms", "trend"])


def statistics(group: pd.DataFrame) -> dict[str, float]:
    """Of some models: n, mean, sd (n − 1), rms about zero, and slope of least squares a year."""
    values, years = group["residual"].to_numpy(float), group["month"].to_numpy(float) / YEAR
    away = years - years.mean()
    moved = float(away.dot(away))
    return {
        "n": len(values),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else math.nan,
        "rms": rms(values),
        "trend": float(away.dot(values) / moved) if len(values) > 2 and moved > 0.0 else math.nan,
    }


def rms(values: np.ndarray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def report(of_models: pd.DataFrame) -> Report:
    """Both tables, and in words what stands out."""
    by_lab = summary(of_models)
    lines = [_words(of_models, by_lab), "", _by_lab(by_lab)]
    return Report("\n".join(lines), {MODELS: of_models, SUMMARY: by_lab})


def _words(of_models: pd.DataFrame, by_lab: pd.DataFrame) -> str:
    rows = by_lab.to_dict("records")
    of_tier = {row["tier"]: row for row in rows if row["lab"] == ALL}
    tiers = ", ".join(f"{tier} {number(of_tier[tier]['rms'])}" for tier in TIERS if tier in of_tier)
    every, own = of_tier[ALL], of_models.loc[of_models["own_run"], "residual"].to_numpy(float)
    means = {row["lab"]: float(row["mean"]) for row in rows if row["tier"] == "flagship" and row["lab"] != ALL}
    far = {lab: mean for lab, mean in means.items() if abs(mean) > MOST_MEAN}
    order = of_models["residual"].abs().sort_values(ascending=False).index[:LARGEST]
    largest = dict(zip(of_models["model"][order], of_models["residual"][order], strict=True))
    luck = float(of_models["over_seeds"].mean())
    lines = [
        f"rms {number(every['rms'])} OOM over {every['n']:.0f} measured models ({tiers}); {number(rms(own))} without "
        f"the {len(of_models) - len(own)} known to start from others' weights; trend {number(every['trend'], '+.3f')} "
        "OOM a year",
        f"flagship means beyond {MOST_MEAN:g} OOM: {_named(far) or 'none'}",
        f"largest: {_named(largest)}",
        f"how sensitive, sd of a lab's residuals: {_spread(of_models)}",
        f"from seed to seed a residual moves by {number(luck, '.3f')} OOM (mean sd)",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _named(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {number(float(value), '+.2f')}" for name, value in values.items())


def _spread(of_models: pd.DataFrame) -> str:
    """Labs by the sd of all their residuals, the widest first; of one model there is none."""
    spread = of_models.groupby("lab")["residual"].std().dropna().sort_values(ascending=False)
    return ", ".join(f"{lab} {number(float(value))}" for lab, value in spread.items())


def _by_lab(by_lab: pd.DataFrame) -> str:
    shown: dict[str, Callable[[float], str]] = {
        "n": lambda value: f"{value:.0f}",
        "mean": lambda value: number(value, "+.2f"),
        "sd": number,
        "rms": number,
        "trend": lambda value: number(value, "+.2f"),
    }
    rows = [
        [str(row["lab"]), str(row["tier"]), *(form(float(row[name])) for name, form in shown.items())]
        for row in by_lab.to_dict("records")
    ]
    return table(["lab", "tier", "models", "mean [OOM]", "sd", "rms", "trend [OOM/year]"], rows)
