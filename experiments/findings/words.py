"""Effects in words and numbers: of any study, and of a world without open weights in eleven lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

import sim
from experiments.findings import sentences, summary
from experiments.findings.effects import Effect, compare, ratio
from experiments.findings.matched import draws_of
from experiments.findings.pairs import EFFECTS, LEAST_CLUSTERS
from experiments.findings.targets.rows import Row
from experiments.findings.targets.score import about
from experiments.questions.measures import LABS, MARKET, everything
from experiments.questions.scenarios import BASELINE
from experiments.results.results import Results, at_month

WITHOUT = "no_open_weights"
ELASTICITY = "finance.elasticity"
LISTED, TECHNOLOGY = "price_gpt35_level", "technology_price_gpt35"
_SHOWN = ("open_share_tokens", LISTED, "frontier")
_CHANGES = (
    (LISTED, "Cheapest listed price of GPT-3.5-level capability"),
    (TECHNOLOGY, "Price at which that level could be sold with the know-how and margins of the day"),
    ("consumer_gain", "Consumers' gain, as if their budgets changed by"),
)
_DIFFERENCES = (
    ("frontier", "Best capability on the market"),
    ("hhi", "Concentration of spend, HHI from 0 to 1"),
)
# measure, of what, what it is when the effect is above and below nothing
_VERDICTS = (
    (LISTED, "the cheapest listed price of GPT-3.5-level capability", "higher", "lower"),
    (TECHNOLOGY, "the price at which technology allows that level", "higher", "lower"),
    ("consumer_gain", "consumers' gain", "larger", "smaller"),
    ("frontier", "the frontier", "higher", "lower"),
)


def effects_in_words(results: Results) -> list[str]:
    """A sentence for each scenario and measure asked for, scenario minus baseline in the last month.

    Where everything was kept these are open shares, prices and the frontier; the price of the list comes with that
    of technology.
    """
    paired = results.complete()
    if BASELINE not in paired.scenarios or len(paired.scenarios) < 2:
        return []
    shown = _asked(paired)
    beside = [sentences.LISTED.get(name) for name in shown]
    more = [name for name in beside if name in paired.measures and name not in shown]
    effect = compare(paired, measures=[*shown, *more])
    said = [name for name in shown if name not in beside]
    return [effect.describe(name, scenario=other) for other in effect.scenarios for name in said]


def _asked(results: Results) -> list[str]:
    """What the study asked for, rather than what is kept anyway."""
    whole, kept = everything(), results.kept
    market, labs = kept.get(MARKET, ()), kept.get(LABS, ())
    if kept == whole or (market == whole[MARKET] and set(kept) == {MARKET}):
        return [name for name in _SHOWN if name in market]
    names = list(market if market != whole[MARKET] else [name for name in _SHOWN if name in market])
    names += [f"{LABS}.{name}" for name in labs]
    return names + [table for table in kept if table not in (MARKET, LABS)]


def in_words(results: Results) -> str:
    """Eleven lines: what changes without open weights by the end of the data and of the run, and how sure that is.

    Args:
        results: The baseline and the market without open weights.

    Raises:
        ExperimentError: One of the two is missing.
    """
    paired = results.complete()
    effect = compare(paired.select(scenario=(BASELINE, WITHOUT)))
    months = sorted({min(paired.months, sim.calendar.LAST_HISTORICAL_MONTH), paired.months})
    dates = " and then in ".join(_date(month) for month in months)
    size = f"{_seeds(paired)} x {paired.months} months x {results.provenance['developers']:,} developers"
    lines = [
        f"The market without open weights: {WITHOUT} minus {BASELINE}, {size}; in {dates}.",
        _verdict(paired, effect, months[0]),
        _share(paired, months[0]),
        *(_sentence(words, _change(paired, effect, name), months, effect.units[name]) for name, words in _CHANGES),
        *(_sentence(words, effect.of(name), months, effect.units[name], "") for name, words in _DIFFERENCES),
        _misses(paired.of(BASELINE), paired.months),
        _how_sure(paired, effect, months[0]),
        f"It hinges on φ ({ELASTICITY}{_elasticity(results)}), how far training compute follows closed labs' "
        "rents: shares do not identify it, so try 0 and 0.6 before believing a sign.",
    ]
    return "\n".join(lines) + "\n"


def _date(month: int) -> str:
    return sentences.date_in_words(sim.calendar.date_of(month))


def _seeds(results: Results) -> str:
    number = len(results.seeds)
    return f"{number} seeds" if number > 1 else "1 seed"


def _how_sure(results: Results, effect: Effect, month: int) -> str:
    projected = f"; after {sim.calendar.LAST_HISTORICAL_DATE} everything is a projection."
    if len(results.seeds) < 2:
        return "How sure: one seed has no interval, since its luck cannot be told from the effect" + projected
    if (rows := draws_of(results)) is not None:
        return (
            f"How sure: brackets are the middle 80% of same-seed pairs, each with one of {rows} draws of parameters "
            f"that the record leaves open, so they hold {sentences.BOTH}{_split(effect, month)}{projected}"
        )
    few = "; fewer than ten seeds would not show two groups" if len(results.seeds) < LEAST_CLUSTERS else ""
    return (
        f"How sure: brackets are 95% t intervals over same-seed pairs, so they hold {sentences.LUCK}, not doubt about "
        f"parameters{few}{projected}"
    )


def _split(effect: Effect, month: int) -> str:
    """How much of the variance of the effects parameters carry, where it can be told."""
    shares = [
        f"{at_month(effect.of(name), month)['parameters']:.0%} of the variance of {what}"
        for name, what in (("frontier", "the frontier's effect"), (LISTED, "the listed price's"))
        if math.isfinite(at_month(effect.of(name), month)["parameters"])
    ]
    return f" ({' and '.join(shares)} in {_date(month)} is parameters)" if shares else ""


def _verdict(results: Results, effect: Effect, month: int) -> str:
    clear, unclear = [], []
    for measure, what, above, below in _VERDICTS:
        row = at_month(_change(results, effect, measure), month)
        low, high = (row[end] for end in _ends(row))
        if low > 0.0 or high < 0.0:
            clear.append(f"{what} is {above if low > 0.0 else below}")
        else:
            unclear.append(f"whether {what} is {above} or {below}")
    parts = [_listing(clear)] if clear else []
    if unclear:
        parts.append(f"{_listing(unclear)} is not clear")
    return f"In {_date(month)}, without open weights, {'; '.join(parts)}."


def _listing(items: Sequence[str]) -> str:
    return ", ".join(items[:-1]) + (" and " if items[1:] else "") + items[-1]


def _share(results: Results, month: int) -> str:
    base = results.of(BASELINE)
    rows = base[base["month"] == month]
    parts = []
    for measure, words in (("open_share_tokens", "of tokens"), ("open_share_spend", "of spend")):
        found = summary.spread(rows[measure])
        parts.append(f"{found['mean']:.0%} {words} ({found['q10']:.0%} to {found['q90']:.0%} of runs)")
    return f"In the {BASELINE}, open-weight models have {' and '.join(parts)} in {_date(month)}."


def _misses(base: pd.DataFrame, months: int) -> str:
    """Published numbers about the measures of these lines that the baseline misses, and how many there are."""
    spoken = {"open_share_tokens", "open_share_spend", *(name for name, _ in (*_CHANGES, *_DIFFERENCES))}
    found = about(spoken, base, months)
    missed = [f"{_of(one.row)} ({one.model:.3g}, published {one.row.value:g} {one.row.unit})"
              for one in found if not one.inside]  # fmt: skip
    if not found:
        return f"No published number about this lies within {months} months."
    if not missed:
        return f"The baseline meets all {len(found)} published numbers about this; capability is given, not explained."
    return (
        f"The baseline misses {len(missed)} of {len(found)} published numbers about this: {'; '.join(missed)}; "
        "capability is given, not explained."
    )


def _of(row: Row) -> str:
    return f"{row.what}, {row.dates}"


def _change(results: Results, effect: Effect, measure: str) -> pd.DataFrame:
    """The effect as a relative change; of the frontier as the difference that it is."""
    if measure == "frontier":
        return effect.of(measure)
    ends = list(EFFECTS)
    if measure == "consumer_gain":  # already in logarithms
        frame = effect.of(measure)
        frame["to"] = frame["against"] + frame["mean"]
        frame[ends] = np.exp(frame[ends])
    else:
        frame = ratio(results, measure, WITHOUT, BASELINE)
        frame["to"] = frame["against"] * frame["mean"]
    frame[ends] -= 1.0
    return frame


def _sentence(words: str, frame: pd.DataFrame, months: Sequence[int], unit: str, form: str = "%") -> str:
    parts = []
    for month in months:
        row = at_month(frame, month)
        parts.append(_part(row, unit, form) if row["pairs"] else "not defined")
    return f"{words}: {', then '.join(parts)}."


def _ends(row: pd.Series) -> tuple[str, str]:
    """What brackets hold: the interval of the mean, or with draws of the parameters the middle of the pairs."""
    return ("q10", "q90") if "parameters" in row else ("low", "high")


def _part(row: pd.Series, unit: str, form: str) -> str:
    pairs = int(row["pairs"])
    mean, low, high = (f"{row[end]:+.0%}" if form else f"{row[end]:+.3f}" for end in ("mean", *_ends(row)))
    sure = f"{low} to {high}" if row["clusters"] > 1 else "no interval: one seed"
    text = f"{mean} ({sure}; {round(row['same_sign'] * pairs)} of {pairs} pairs agree), "
    if form:
        text += f"from {sentences.number(row['against'], unit)} to {sentences.number(row['to'], unit)}"
        return text + sentences.groups(row, form)
    return text + sentences.level(row["against"], row["mean"], unit) + sentences.groups(row, unit)


def _elasticity(results: Results) -> str:
    """Its value in all runs; with draws of the parameters each has its own."""
    if draws_of(results) is not None:
        return ", here as drawn"
    tree = results.provenance["parameters"]
    for part in ELASTICITY.split("."):
        tree = tree[part]
    return f" = {float(tree):g}"
