"""A scenario beside the baseline in plain sentences, each with its number, its doubt and what the baseline misses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

import sim
from experiments.findings import sentences
from experiments.findings.effects import Effect, compare, differences, ratio
from experiments.findings.matched import draws_of
from experiments.findings.pairs import EFFECTS, LEAST_CLUSTERS, Float
from experiments.findings.targets.score import about
from experiments.questions.draws import Draws
from experiments.questions.measures import LABS, MARKET
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import ExperimentError, refuse
from experiments.results.results import Results, at_month

WITHOUT = "no_open_weights"
ELASTICITY = "finance.elasticity"
# How a change is told: as a share of the level, of what the measure is the logarithm of, or in the measure's own unit.
RATIO, POWER, EXPONENT, POINTS, OWN, INVERSE, COUNT = (
    "ratio", "power", "exponent", "points", "own", "inverse", "count",
)  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    """A measure in plain words.

    Attributes:
        measure: Of the market.
        words: With ``{against}`` and ``{to}`` for the levels in the baseline and in the scenario, or ``{change}``.
        change: How its change is told.
        level: How a level reads, in the measure's own unit (with ``POWER``, in what it is the logarithm of).
    """

    measure: str
    words: str
    change: str = RATIO
    level: str = "{:,.0f}"


@dataclass(frozen=True)
class Topic:
    """One sentence: what it is about, its quantities, and measures with published numbers that speak of it as well."""

    title: str
    quantities: tuple[Quantity, ...]
    beside: tuple[str, ...] = ()


TOPICS = (
    Topic("Market share", (
        Quantity("open_share_tokens", "models with open weights have {to} of tokens instead of {against}", POINTS,
                 "{:.0%}"),
        Quantity("open_share_spend", "{to} of spending instead of {against}", POINTS, "{:.0%}"),
        Quantity("hhi", "spending is spread as over {to} labs of equal size, instead of {against}", INVERSE, "{:.1f}"),
    )),
    Topic("Prices", (
        Quantity("price_gpt35_level",
                 "the cheapest listed model as good as GPT-3.5 costs {to} a million tokens instead of {against}", RATIO,
                 "${:.3g}"),
    ), ("price_gpt4_level",)),
    Topic("What prices could be", (
        Quantity("technology_price_gpt35",
                 "at the know-how and margins of the day as good a model would cost {to} instead of {against}", RATIO,
                 "${:.3g}"),
    )),
    Topic("Consumers", (
        Quantity("consumer_gain", "users are as well off as if their budgets had changed by {change}", EXPONENT),
        Quantity("adoption", "{to} of developers use AI instead of {against}", POINTS, "{:.1%}"),
    )),
    Topic("Best model", (
        Quantity("frontier", "it is as good as GPT-3.5 trained with {to} times its compute, instead of {against} times",
                 POWER),
    ), ("frontier_price",)),
    Topic("Speed of innovation", (
        Quantity("innovation_speed", "the last year of progress is worth {to} times the compute, instead of {against}",
                 POWER, "{:.1f}"),
        Quantity("china_lag", "Chinese labs are {to} months behind US labs, instead of {against}", OWN, "{:.1f}"),
    )),
    Topic("Startups", (
        Quantity("startups", "{to} build on models, instead of {against}", COUNT),
        Quantity("entries", "{to} are founded in the month, instead of {against}", COUNT),
    )),
    Topic("Flow of talent", (
        Quantity("migration_cn_us", "{to} researchers a year move from China to the US, instead of {against}",
                 COUNT),
        Quantity("migration_us_cn", "{to} from the US to China, instead of {against}", COUNT),
    )),
    Topic("Researchers", (
        Quantity("researchers_labs", "{to} of all work in labs, instead of {against}", POINTS, "{:.0%}"),
        Quantity("wage_model", "one who works on models costs {to} a year, instead of {against}", RATIO, "${:,.0f}"),
    )),
)  # fmt: skip
# Published of labs, and about the first topic.
_OF_LABS = ("share_enterprise", "share_enterprise_spend")


def in_sentences(results: Results, scenario: str = WITHOUT) -> str:
    """A line that says what is compared, and numbered sentences: on each topic and, at the end, on doubt.

    Args:
        results: The baseline and the scenario.
        scenario: Which.

    Raises:
        ExperimentError: One of the two is missing.
    """
    head, *told = sentences_about(results, scenario)
    return "\n".join([head, *(f"{number}. {text}" for number, text in enumerate(told, 1))]) + "\n"


def sentences_about(results: Results, scenario: str) -> list[str]:
    """The same as lines without numbers; topics of which nothing was kept are left out.

    Raises:
        ExperimentError: The baseline or the scenario is missing, or a design varies points, of which most are no
            baseline that published numbers could be held against.
    """
    if len(results.points) > 1:
        raise refuse(
            "runs", f"results at {len(results.points)} points", "those of one point; Effect.describe tells all"
        )
    paired = results.complete().select(scenario=(BASELINE, scenario))
    topics = [topic for topic in map(partial(_kept, paired), TOPICS) if topic.quantities]
    effect = compare(paired, measures=[one.measure for topic in topics for one in topic.quantities] or None)
    months = sorted({min(paired.months, sim.calendar.LAST_HISTORICAL_MONTH), paired.months})
    told = [_topic(topic, paired, effect, months) for topic in topics]
    return [_head(paired, scenario, months), *told, _doubt(paired, effect, months[0])]


def _kept(results: Results, topic: Topic) -> Topic:
    quantities = tuple(one for one in topic.quantities if one.measure in results.measures)
    return replace(topic, quantities=quantities)


def _head(results: Results, scenario: str, months: Sequence[int]) -> str:
    seeds, rows = len(results.seeds), draws_of(results)
    asked = "What if nobody released weights" if scenario == WITHOUT else f"What if {scenario.replace('_', ' ')}"
    pairs = f"{seeds} pairs of worlds" if seeds > 1 else "One pair of worlds"
    used = 0 if rows is None else len({seed % rows for seed in results.seeds})
    drawn = f" and parameters, of which {used} draws are taken in turn" if used else ""
    brackets = "the mean in 95% of cases, luck only" if rows is None else "the middle 80% of these pairs"
    return (
        f"{asked}? {pairs}, {scenario} and {BASELINE}, that share luck{drawn}; "
        f"{results.provenance['developers']:,} developers, {results.months} months. Told are {_dates(months)}; levels "
        f"are means, of prices and wages geometric ones"
        f"{f'; brackets hold {brackets}' if seeds > 1 else ''}."
    )


def _dates(months: Sequence[int]) -> str:
    return ", then ".join(sentences.date_in_words(sim.calendar.date_of(month)) for month in months)


def _topic(topic: Topic, results: Results, effect: Effect, months: Sequence[int]) -> str:
    parts = [_moves(one, _change(results, effect, one), months) for one in topic.quantities]
    spoken = (*(one.measure for one in topic.quantities), *topic.beside)
    return f"{topic.title}: {'; '.join(parts)}. {_misses(results, spoken, of_labs='hhi' in spoken)}"


def _change(results: Results, effect: Effect, one: Quantity) -> pd.DataFrame:
    """The effect by month as it is told, with the levels ``against`` and ``to``."""
    if one.change in (RATIO, INVERSE):
        frame = ratio(results, one.measure, effect.scenarios[0], BASELINE)
        if one.change == INVERSE:
            frame[[*EFFECTS, "against"]] = 1.0 / frame[[*EFFECTS, "against"]]
            ends = ["low", "high", "q10", "q90", "lower", "upper"]
            frame[ends] = frame[["high", "low", "q90", "q10", "upper", "lower"]].to_numpy()
            frame["share_upper"] = 1.0 - frame["share_upper"]
        frame["to"] = frame["against"] * frame["mean"]
        frame[list(EFFECTS)] -= 1.0
        return frame
    frame = effect.of(one.measure, effect.scenarios[0])
    frame["to"] = frame["against"] + frame["mean"]
    if one.change == COUNT:  # some are none, of which there are no logarithms
        frame[list(EFFECTS)] = frame[list(EFFECTS)].div(frame["against"].where(frame["against"] > 0.0), axis=0)
    if one.change in _GROWS:
        grow = _GROWS[one.change]
        frame[list(EFFECTS)] = grow(frame[list(EFFECTS)]) - 1.0
        frame[["against", "to"]] = grow(frame[["against", "to"]])
    return frame


_GROWS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {POWER: lambda x: 10.0**x, EXPONENT: lambda x: math.e**x}


def _moves(one: Quantity, frame: pd.DataFrame, months: Sequence[int]) -> str:
    first, *later = (at_month(frame, month) for month in months)
    if not first["pairs"] or not math.isfinite(first["mean"]):
        return f"{one.measure} is none or not defined on one side"
    change = f"{_size(first['mean'], one)}{_bracket(first, one)}{sentences.groups(first, _unit(one))}"
    for row in later:
        change += (
            f", then {_size(row['mean'], one)}{_bracket(row, one)}"
            if math.isfinite(row["mean"])
            else ", then not defined"
        )
    text = one.words if "{change}" in one.words else f"{one.words}: {{change}}"
    levels = {name: one.level.format(first[name]) for name in ("against", "to")}
    return text.format(change=change, **levels)


def _unit(one: Quantity) -> str:
    return {POINTS: "share", OWN: ""}.get(one.change, "%")


def _size(value: float, one: Quantity, unit: bool = True) -> str:
    """A change with its sign."""
    if one.change == POINTS:
        return f"{100.0 * value:+.1f}{' points' * unit}"
    if one.change == OWN:
        return f"{value:+.1f}"
    return f"{value:+.1%}" if abs(value) < _SMALL else f"{value:+.0%}"


# Changes below a tenth are told with a decimal.
_SMALL = 0.1


def _bracket(row: pd.Series, one: Quantity) -> str:
    low, high = ("q10", "q90") if "parameters" in row else ("low", "high")
    if row["clusters"] < 2:
        return " [no interval: one seed]"
    ends = " to ".join(_size(row[end], one, unit=False) for end in (low, high))
    return f" [{ends}; {_agree(row, row[low], row[high])}]"


def _agree(row: pd.Series, low: float, high: float) -> str:
    """How many pairs agree with the mean, and that the sign is open where the bracket holds none."""
    pairs = int(row["pairs"])
    if low == high == 0.0:
        return "no difference"
    return f"{round(row['same_sign'] * pairs)} of {pairs} agree{'' if low > 0.0 or high < 0.0 else ', sign open'}"


def number(value: float, unit: str) -> str:
    """A published number with its unit, if it has one."""
    return f"{value:g}" if unit == "1" else f"{value:g} {unit}"


def _misses(results: Results, spoken: Sequence[str], of_labs: bool = False) -> str:
    """How many of the published numbers about this the baseline meets, and which not."""
    kept = set(results.kept.get(LABS, ())) if of_labs else set()
    labs = [name for name in _OF_LABS if name in kept]
    names = [name for name in spoken if name in results.kept[MARKET]]
    of_each = results.load(LABS, labs, scenario=BASELINE) if labs else None
    asked = about(names, results.load(MARKET, names, scenario=BASELINE), results.months, of_each)
    found = [one for one in asked if math.isfinite(one.model)]
    if not found:
        return "No published number to hold this against."
    missed = [
        f"{one.row.what} {one.row.dates} ({one.model:.3g}, published {number(one.row.value, one.row.unit)})"
        for one in sorted(found, key=lambda one: -abs(one.distance)) if not one.inside
    ]  # fmt: skip
    if len(found) == 1:
        return f"The baseline misses the one published number about this: {missed[0]}." if missed else _MEETS_ONE
    if not missed:
        return f"The baseline meets all {len(found)} published numbers about this."
    shown = "; ".join(missed[:_SHOWN]) + (f"; and {len(missed) - _SHOWN} more" if missed[_SHOWN:] else "")
    return f"The baseline misses {len(missed)} of {len(found)} published numbers about this: {shown}."


_MEETS_ONE = "The baseline meets the one published number about this."
# More would hide the sentence; the page on validation has all.
_SHOWN = 2


def _doubt(results: Results, effect: Effect, month: int) -> str:
    date, seeds = sim.calendar.date_of(month), len(results.seeds)
    if seeds < 2:
        sure = "one pair has no interval, since its luck cannot be told from the effect"
    elif draws_of(results) is None:
        few = "; fewer than ten would not show two groups" if seeds < LEAST_CLUSTERS else ""
        sure = f"brackets hold {sentences.LUCK}, not doubt about parameters{few}"
    else:
        told = {
            what: sentences.split(at_month(effect.of(name), month))
            for name, what in (("frontier", "the best model"), ("consumer_gain", "users' gain"))
            if name in effect.measures
        }
        shares = " and ".join(f"{share} of that of {what}" for what, share in told.items() if share)
        sure = f"brackets hold {sentences.BOTH}" + (
            f"; of the variance in {date}, {shares} is parameters" if shares else ""
        )
    return (
        f"Doubt: {sure}; to {sim.calendar.LAST_HISTORICAL_DATE} what models can do is as measured, later everything is "
        f"a projection; signs hinge on what no published number tells, like φ ({ELASTICITY}{_elasticity(results)}), "
        f"how far training follows closed labs' earnings{_by_thirds(results, effect, month)}."
    )


# What no published number identifies and the effect on the best model hangs on, in words.
UNIDENTIFIED = {
    ELASTICITY: "φ",
    "research.public_methods": "methods found in public",
    "finance.believed_market": "the believed size of the market",
}


def _by_thirds(results: Results, effect: Effect, month: int) -> str:
    """The effect on the best model where each of these is lowest and highest; without draws, what to try."""
    drawn = results.provenance.get("draws")
    if not drawn:
        return ": try 0 and 0.6"
    try:
        draws = Draws.of(str(drawn["name"]))
    except ExperimentError:  # a table in memory, or a file that has gone
        return ""
    if draws is None or draws.settings() != dict(drawn) or "frontier" not in effect.measures:
        return ""
    pairs = differences(results, "frontier", effect.scenarios[0], BASELINE).loc[month]
    seeds = [int(key[-1] if isinstance(key, tuple) else key) for key in pairs.index]
    values = draws.table.iloc[[draws.row(seed) for seed in seeds]].drop(columns=list(_set(results)), errors="ignore")
    parts = []
    for address, words in UNIDENTIFIED.items():
        ends = thirds(values[address].to_numpy(float), pairs.to_numpy(float)) if address in values else None
        if ends is not None:
            parts.append(" and ".join(f"{10.0**end - 1.0:+.0%}" for end in ends) + f" by {words}")
    told = "; the best model changes, in the lowest and the highest third of the draws, by "
    return told + ", ".join(parts) if parts else ""


def thirds(by: Float, values: Float) -> tuple[float, float] | None:
    """Mean of the values in the lowest and in the highest third of something; None of fewer than six.

    Args:
        by: Shape (pairs,).
        values: Same shape; what is not finite does not count.
    """
    known = np.isfinite(values) & np.isfinite(by)
    size = int(known.sum()) // 3
    if size < _LEAST_THIRD:
        return None
    order = np.argsort(by[known], kind="stable")
    ordered = values[known][order]
    return float(ordered[:size].mean()), float(ordered[-size:].mean())


# A mean of one is none.
_LEAST_THIRD = 2


def _set(results: Results) -> set[str]:
    """Parameters that stand above the rows of draws: given, or set by the scenario."""
    setups = [sim.Scenario.model_validate(about) for about in results.provenance.get("scenarios", ())]
    of_setups = [name for one in setups for name in (*one.params, *(n for c in one.changes.values() for n in c.params))]
    return {*results.provenance.get("params", ()), *of_setups}


def _elasticity(results: Results) -> str:
    """Its value in all runs; with draws of the parameters each has its own."""
    if draws_of(results) is not None and ELASTICITY not in _set(results):
        return ", drawn here"
    tree = results.provenance["parameters"]
    for part in ELASTICITY.split("."):
        tree = tree[part]
    return f" = {float(tree):g}"
