"""The effect of open weights in ten lines of words and numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

import sim
from experiments.findings import summary
from experiments.findings.effects import Effect, compare, ratio
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results, at_month

WITHOUT = "no_open_weights"
ELASTICITY = "finance.elasticity"
_CHANGES = (
    ("price_gpt35_level", "Cheapest listed price of GPT-3.5-level capability"),
    ("technology_price_gpt35", "Price at which that level could be sold with the know-how and margins of the day"),
    ("consumer_gain", "Consumers' gain, as if their budgets grew by"),
)
_DIFFERENCES = (
    ("frontier", "Best capability on the market, OOM"),
    ("hhi", "Concentration of spend, HHI from 0 to 1"),
)
# measure, what it does when the effect is above and below nothing
_VERDICTS = (
    ("price_gpt35_level", "make GPT-3.5-level capability dearer", "make GPT-3.5-level capability cheaper"),
    ("consumer_gain", "leave consumers better off", "leave consumers worse off"),
    ("frontier", "raise the frontier", "lower the frontier"),
)


def in_words(results: Results) -> str:
    """Ten lines: what open weights change by the end of the data and of the run, and how sure that is.

    Args:
        results: At least two seeds of the baseline and of the market without open weights.

    Raises:
        ExperimentError: One of the two is missing.
    """
    paired = results.complete()
    effect = compare(paired, against=WITHOUT)
    months = sorted({min(paired.months, sim.calendar.LAST_HISTORICAL_MONTH), paired.months})
    dates = " and then in ".join(sim.calendar.date_of(month) for month in months)
    size = f"{len(paired.seeds)} seeds x {paired.months} months x {results.provenance['developers']:,} developers"
    lines = [
        f"Effect of open weights: baseline against the same world without them, {size}; in {dates}.",
        _verdict(paired, effect, months[0]),
        _share(paired, months[0]),
        *(_sentence(words, _change(paired, effect, measure), months, "%") for measure, words in _CHANGES),
        *(_sentence(words, effect.of(measure, BASELINE), months, "") for measure, words in _DIFFERENCES),
        "How sure: brackets are 95% t intervals over same-seed pairs, so they hold luck, not doubt about "
        f"parameters; after {sim.calendar.LAST_HISTORICAL_DATE} everything is a projection.",
        f"It hinges on φ ({ELASTICITY} = {_elasticity(results):g}), how far training compute follows closed labs' "
        "rents: shares do not identify it, so try 0 and 0.6 before believing a sign.",
    ]
    return "\n".join(lines) + "\n"


def _verdict(results: Results, effect: Effect, month: int) -> str:
    clear, unclear = [], []
    for measure, above, below in _VERDICTS:
        row = at_month(_change(results, effect, measure), month)
        if row["low"] > 0.0 or row["high"] < 0.0:
            clear.append(above if row["low"] > 0.0 else below)
        else:
            unclear.append(f"whether they {above} or not")
    parts = [", ".join(clear[:-1]) + (" and " if clear[1:] else "") + clear[-1]] if clear else []
    if unclear:
        parts.append(f"{', '.join(unclear)} is not clear")
    return f"By {sim.calendar.date_of(month)} they {'; '.join(parts)}."


def _share(results: Results, month: int) -> str:
    base = results.of(BASELINE)
    rows = base[base["month"] == month]
    parts = []
    for measure, words in (("open_share_tokens", "of tokens"), ("open_share_spend", "of spend")):
        found = summary.spread(rows[measure])
        parts.append(f"{found['mean']:.0%} {words} ({found['q10']:.0%} to {found['q90']:.0%} of runs)")
    return f"With them, open-weight models have {' and '.join(parts)} in {sim.calendar.date_of(month)}."


def _change(results: Results, effect: Effect, measure: str) -> pd.DataFrame:
    """The effect as a relative change; of the frontier as the difference that it is."""
    if measure == "frontier":
        return effect.of(measure, BASELINE)
    ends = ["mean", "low", "high"]
    if measure == "consumer_gain":  # already in logarithms
        frame = effect.of(measure, BASELINE)
        frame[ends] = np.exp(frame[ends])
    else:
        frame = ratio(results, measure, BASELINE, WITHOUT)
    frame[ends] -= 1.0
    return frame


def _sentence(words: str, frame: pd.DataFrame, months: Sequence[int], unit: str) -> str:
    parts = []
    for month in months:
        row = at_month(frame, month)
        pairs = int(row["pairs"])
        mean, low, high = (f"{row[end]:+.0%}" if unit == "%" else f"{row[end]:+.3f}" for end in ("mean", "low", "high"))
        agree = f"{round(row['same_sign'] * pairs)} of {pairs} pairs agree" if pairs else ""
        parts.append(f"{mean} ({low} to {high}; {agree})" if pairs else "not defined")
    return f"{words}: {', then '.join(parts)}."


def _elasticity(results: Results) -> float:
    tree = results.provenance["parameters"]
    for part in ELASTICITY.split("."):
        tree = tree[part]
    return float(tree)
