"""What shocks to openness do: no DeepSeek, no open weights, everyone opens, at several φ, and with ξ in and outside.

Bands are over draws of the parameters that nothing to the end of the record identifies, jointly. Of a draw the mean
over its seeds counts, one by default: to the end of the record seeds share the history, and their band is luck alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import sim
from experiments.findings.validation.report import Asked, Report, number, table, whole
from experiments.questions.designs import Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study
from experiments.results.results import Results

SCENARIOS = ("no_deepseek", "no_open_weights", "everyone_opens")
ELASTICITY, RESIDUALS = "finance.elasticity", "record.residuals"
VALUES = (0.0, 0.3, 0.6)
INSIDE, OUTSIDE = "inside", "outside"
DATES = ("2025-12", "2027-11")
MONTHS = 60
DRAWS, SEED = 16, 1
BAND = (0.10, 0.90)
EFFECTS = "effects"
# Nothing to the end of the record identifies these, so that every band draws them; φ is the columns of the table.
UNIDENTIFIED = (
    "training.teaching", "training.answers", "training.reasoning_teaching", "training.rl_gain",
    "training.rl_ceiling", "training.residual_half_life", "training.luck", "adoption.hazard",
    "adoption.switching_cost", "adoption.taste_renewal", "contribution.network", "contribution.community_gain",
    "contribution.public_serving", "finance.rent_memory", "finance.price_elasticity", "finance.support",
    "talent.wage_weight", "talent.prestige", "talent.open_gap", "talent.elsewhere", "talent.human_share",
    "talent.entry", "research.public_methods", "research.review", "research.public_serving", "research.carry",
    "research.sequential", "research.induced", "research.leak_more_weights", "research.leak_more_code",
    "entry.elasticity", "entry.finetuning", "entry.first_year_tokens",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What is compared.

    Attributes:
        name: In words, with the unit of the difference.
        measure: Of the market, or of labs, then the sum over all labs but those that a scenario takes away.
        logs: Whether differences are of logarithms.
        scale: Multiplies differences.
    """

    name: str
    measure: str
    logs: bool = False
    scale: float = 1.0


LISTED, TECHNOLOGY = "price_gpt35_level", "technology_price_gpt35"
STAFF = "labs.researchers"
AGREE = "draws in which listed and technology price agree in sign [%]"
OUTCOMES = (
    Outcome("open share of tokens [points]", "open_share_tokens", scale=100.0),
    Outcome("Chinese share of developers' tokens [points]", "share_china_developer_tokens", scale=100.0),
    Outcome("concentration, HHI [1]", "hhi"),
    Outcome("listed price of GPT-3.5's level [ln]", LISTED, logs=True),
    Outcome("technology price of GPT-3.5's level [ln]", TECHNOLOGY, logs=True),
    Outcome("listed price of GPT-4's level [ln]", "price_gpt4_level", logs=True),
    Outcome("frontier [OOM]", "frontier"),
    Outcome("speed, growth of the frontier [OOM/year]", "innovation_speed"),
    Outcome("open lag, by its trend [months]", "open_lag"),
    Outcome("China's lag [months]", "china_lag"),
    Outcome("staff of labs but DeepSeek [ln]", STAFF, logs=True),
    Outcome("startups [ln]", "startups", logs=True),
    Outcome("consumers' gain [ln $]", "consumer_gain"),
    Outcome("equivalent variation of users [$bn/year]", "equivalent_variation"),
    Outcome("compensating variation of users [$bn/year]", "compensating_variation"),
)
_LABS_LEFT_OUT = ("DeepSeek",)


def effects(asked: Asked, draws: int = DRAWS, months: int = MONTHS, dates: Sequence[str] = DATES) -> Report:
    """Every scenario against the baseline over draws, at each φ, and with ξ inside and outside at the default φ.

    Args:
        asked: Developers, seeds of each draw, and how studies are run.
        draws: Points of the parameters.
        months: Months to run.
        dates: When effects are looked at.
    """
    worlds = [{ELASTICITY: value, RESIDUALS: INSIDE} for value in VALUES]
    worlds.append({ELASTICITY: sim.Parameters().finance.elasticity, RESIDUALS: OUTSIDE})
    parts = []
    for world in worlds:
        runs = whole(asked.run(_study(asked, world, draws, months)), "effects")
        parts += [world | row for row in _rows(runs, dates)]
    return report(pd.DataFrame(parts).rename(columns={ELASTICITY: "elasticity", RESIDUALS: "residuals"}), draws)


def _study(asked: Asked, world: dict[str, Any], draws: int, months: int) -> Study:
    design = {"kind": "latin_hypercube", "params": list(UNIDENTIFIED), "points": draws, "seed": SEED}
    kept = [outcome.measure for outcome in OUTCOMES]
    return Study.of(
        (BASELINE, *SCENARIOS), seeds=asked.seeds, months=months, developers=asked.developers, params=world,
        design=Design.of(design), measures=kept, source="python -m experiments.validate --effects",
    )  # fmt: skip


def _rows(runs: Results, dates: Sequence[str]) -> Iterator[dict[str, Any]]:
    for date in dates:
        sides = {name: values_of(runs, name, date) for name in runs.scenarios}
        for name in SCENARIOS:
            differences = {}
            for outcome in OUTCOMES:
                differences[outcome.measure] = difference(outcome, sides[name], sides[BASELINE])
                yield {"scenario": name, "date": date, "outcome": outcome.name} | summary(differences[outcome.measure])
            agree = agreement(differences[LISTED], differences[TECHNOLOGY])
            yield {"scenario": name, "date": date, "outcome": AGREE} | agree


def values_of(runs: Results, scenario: str, date: str) -> pd.DataFrame:
    """Measures of one scenario in a month: a row a point and seed, a column a measure, in one order for all."""
    market = [outcome.measure for outcome in OUTCOMES if outcome.measure != STAFF]
    frame = runs.load("market", market, scenario=scenario, month=date)
    of_labs = runs.load("labs", STAFF.partition(".")[2], scenario=scenario, month=date)
    kept = of_labs[~of_labs["lab"].isin(_LABS_LEFT_OUT)]
    key = [name for name in ("point", "seed") if name in frame]
    found = frame.set_index(key)[market]
    found[STAFF] = kept.groupby(key)[STAFF.partition(".")[2]].sum()
    return found.sort_index()


def difference(outcome: Outcome, scenario: pd.DataFrame, base: pd.DataFrame) -> np.ndarray:
    """Scenario less baseline of each draw, mean over its seeds; not a number where no pair of it has both."""
    sides = [side[outcome.measure].astype(float) for side in (scenario, base)]
    with np.errstate(divide="ignore", invalid="ignore"):
        there, here = (side.map(np.log) for side in sides) if outcome.logs else sides
        found = outcome.scale * (there - here)
    finite = found.where(np.isfinite(found))
    return (finite.groupby(level="point").mean() if "point" in finite.index.names else finite).to_numpy(float)


def summary(values: np.ndarray) -> dict[str, float]:
    """Mean, 10% and 90%, share of draws with the sign of the mean, and how many draws have a number."""
    known = values[np.isfinite(values)]
    if not known.size:
        return {"mean": np.nan, "q10": np.nan, "q90": np.nan, "same_sign": np.nan, "draws": 0}
    low, high = np.quantile(known, BAND)
    same = float((np.sign(known) == np.sign(known.mean())).mean())
    return {"mean": float(known.mean()), "q10": float(low), "q90": float(high), "same_sign": same, "draws": known.size}


def agreement(listed: np.ndarray, technology: np.ndarray) -> dict[str, float]:
    """Of draws that have both prices, per cent in which both move the same way; a price that stays agrees with none."""
    both = np.isfinite(listed) & np.isfinite(technology)
    same = np.sign(listed[both]) * np.sign(technology[both]) > 0
    share = float(100.0 * same.mean()) if both.any() else np.nan
    return {"mean": share, "q10": np.nan, "q90": np.nan, "same_sign": np.nan, "draws": int(both.sum())}


def report(of_effects: pd.DataFrame, draws: int) -> Report:
    """One table a date: a column for each φ with ξ inside learning, and one with ξ outside at the default φ."""
    parts = [
        f"Scenario less baseline: mean over {draws} draws of {len(UNIDENTIFIED)} parameters that nothing to 2025-12 "
        "identifies (10 to 90% of draws; share of draws with the sign of the mean). A dash is what one side has not. "
        "ξ, what measured capability has beyond the model's, is learned from inside learning, and not outside.",
        "",
    ]
    for date in of_effects["date"].unique():
        parts += [f"At {date}:", "", _side_by_side(of_effects[of_effects["date"] == date])]
    return Report("\n".join(parts), {EFFECTS: of_effects})


def _side_by_side(of_effects: pd.DataFrame) -> str:
    worlds = list(of_effects[["elasticity", "residuals"]].drop_duplicates().itertuples(index=False, name=None))
    lines = []
    for (scenario, outcome), group in of_effects.groupby(["scenario", "outcome"], sort=False):
        by = group.set_index(["elasticity", "residuals"])
        lines.append([str(scenario).replace("_", " "), str(outcome), *(_cell(by.loc[world]) for world in worlds)])
    titles = [f"φ {value:g}, ξ {residuals}" for value, residuals in worlds]
    return table(["scenario", "what", *titles], lines)


def _cell(row: pd.Series) -> str:
    if not row["draws"]:
        return "–"
    if row["outcome"] == AGREE:
        return number(row["mean"], ".0f")
    mean, low, high = (_short(float(row[name])) for name in ("mean", "q10", "q90"))
    return f"{mean} ({low} to {high}; {100 * row['same_sign']:.0f}%)"


def _short(value: float) -> str:
    """Two to three digits, and never more than three decimals."""
    size = abs(value)
    return number(value, "+.0f" if size >= 10.0 else "+.1f" if size >= 1.0 else "+.2f" if size >= 0.1 else "+.3f")
