"""Effects in sentences: how large, from what level to what, how sure, and whether the date lies beyond the data."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

import sim
from experiments.findings.pairs import DRAWS, LEAST_CLUSTERS, POINTS, SEEDS
from experiments.results.results import is_share

# A price on the list → the price at which technology and margins of the day would sell that level.
LISTED = {"price_gpt35_level": "technology_price_gpt35", "price_gpt4_level": ""}
_MOST = 3
# What bands hold.
LUCK, BOTH, VARIED = "luck only", "parameters and luck", "luck and what the design varies"
# Differences of logarithms as changes in per cent, and of what.
_LOGARITHMS: dict[str, tuple[Callable[[float], float], str]] = {
    "OOM": (lambda x: 10.0**x, " of effective compute"),
    "log10 FLOP": (lambda x: 10.0**x, " of compute"),
    "ln $": (math.exp, " of budgets"),
}


def unit_of(measure: str, unit: str) -> str:
    """How a measure reads best: its unit, or ``share``."""
    return "share" if is_share(measure.rpartition(".")[2]) else unit


def date_in_words(date: str) -> str:
    """A date ``YYYY-MM``, and that it is a projection if it lies beyond the data."""
    return f"{date} (projection)" if date > sim.calendar.LAST_HISTORICAL_DATE else date


def listed_alone(beside: str) -> str:
    """What to say where a listed price has no technology price beside it."""
    if not beside:
        return "This is a listed price, which exaggerates; of this level there is no technology price."
    return f"This is a listed price, which exaggerates; compare {beside} as well."


def effect(rows: pd.DataFrame, head: str, unit: str, points: int, counted: str, holds: str) -> str:
    """One sentence for the rows of one scenario, measure and month.

    Args:
        rows: One row, or one a point, or one a lab or flow: columns of an effect.
        head: What was compared, without the date.
        unit: Of the measure, or ``share``.
        points: Points over which pairs were taken together.
        counted: What a cluster is.
        holds: What its bands hold.
    """
    date = date_in_words(str(rows["date"].iloc[0]))
    if len(rows) == 1:
        row = rows.iloc[0]
        where = "".join(f" of {name}" for name in [_name(row)] if name)
        where += f" at point {row['point']}" if "point" in rows else ""
        return f"{head}{where} in {date}: {_one(row, unit, points, counted, holds)}"
    if "point" in rows and rows["point"].nunique() == len(rows):
        return f"{head} in {date}, at {len(rows)} points: {_at_points(rows, unit)}"
    return f"{head} in {date}, {_largest(rows, unit)}"


def _name(row: pd.Series) -> str:
    """The lab or the flow of a row; empty for the market."""
    if row.get("origin"):
        return f"{row['origin']} to {row['destination']}"
    return str(row.get("lab", ""))


def _one(row: pd.Series, unit: str, points: int, counted: str, holds: str) -> str:
    pairs, clusters = int(row["pairs"]), int(row["clusters"])
    if not pairs:
        return "not defined on one side, so there is no difference."
    parts = [f"95% interval {_ends(row, unit, 'low', 'high')}"] if clusters > 1 else []
    parts += [f"10-90% of pairs {_ends(row, unit, 'q10', 'q90')}"] if pairs > 1 else []
    parts += [_held(row, holds)] if pairs > 1 else []
    parts += [no_interval(pairs, counted)] if clusters < 2 else []
    text = f"{signed(row['mean'], unit)} ({'; '.join(parts)}), {level(row['against'], row['mean'], unit)}"
    few = (
        f"; too few {counted} to show two groups" if 1 < clusters < LEAST_CLUSTERS and row["low"] < row["high"] else ""
    )
    return f"{text}; {_agreement(row, pairs, clusters, points, counted)}{groups(row, unit, counted)}{few}."


def _held(row: pd.Series, holds: str) -> str:
    """What the bands hold, and how much of it each has if that can be told."""
    told = split(row)
    return f"{holds}; of the variance {told} is parameters, the rest luck" if told else holds


def split(row: pd.Series) -> str:
    """How much of the variance of pairs parameters carry, with its 80% interval; empty where it cannot be told."""
    share = row.get("parameters", math.nan)
    if not math.isfinite(share):
        return ""
    return f"{share:.0%} ({row['parameters_low']:.0%} to {row['parameters_high']:.0%})"


def no_interval(pairs: int, counted: str) -> str:
    """Why there is no interval."""
    if counted in (POINTS, DRAWS):
        return f"no interval: one {counted[:-1]}"
    shared = f"all {pairs} pairs share one seed" if pairs > 1 else "one seed"
    return f"no interval: {shared}, so luck cannot be told from the effect"


def _agreement(row: pd.Series, pairs: int, clusters: int, points: int, counted: str) -> str:
    what = "1 pair" if pairs == 1 else f"{pairs} pairs"
    if counted == POINTS:
        what += f" at {clusters} points with seeds of their own"
    elif counted == DRAWS:
        what += f" with {clusters} draw{'s' * (clusters > 1)} of the parameters"
    elif points > 1:
        what += f" ({clusters} seed{'s' * (clusters > 1)} at {points} points)"
    if row["mean"] == row["q10"] == row["q90"] == 0.0:
        return f"no difference in {what}"
    return f"{row['same_sign']:.0%} of {what} agree in sign" if pairs > 1 else f"from {what}"


def groups(row: pd.Series, unit: str, counted: str = SEEDS) -> str:
    """That an effect is bimodal and how, or nothing."""
    if not math.isfinite(row["share_upper"]):
        return ""
    number = int(row["clusters"])
    above = round(row["share_upper"] * number)
    ends = (signed(row[end], unit) for end in ("lower", "upper"))
    return "; bimodal: {1} of {0} {2} near {4}, {3} near {5}".format(number, number - above, counted, above, *ends)


def _at_points(rows: pd.DataFrame, unit: str) -> str:
    known = rows[rows["pairs"] > 0]
    if known.empty:
        return "not defined on one side, so there is no difference."
    mean, base = known["mean"], known["against"]
    text = f"mean effects from {signed(mean.min(), unit)} to {signed(mean.max(), unit)}, median {_median(known, unit)}"
    text += f", from levels of {number(base.min(), unit)} to {number(base.max(), unit)}"
    sure = known[known["clusters"] > 1]
    above, below = int((sure["low"] > 0.0).sum()), int((sure["high"] < 0.0).sum())
    counts = {
        "with an interval above zero": above,
        "below zero": below,
        "with zero inside": len(sure) - above - below,
        "without an interval, since they have one seed": len(known) - len(sure),
        "where it is not defined": len(rows) - len(known),
        "bimodal": int(known["share_upper"].notna().sum()),
    }
    return f"{text}; {', '.join(f'{count} {what}' for what, count in counts.items() if count)}."


def _median(rows: pd.DataFrame, unit: str) -> str:
    """The median effect, and in per cent that of logarithms or the median of those in per cent."""
    middle, change = rows["mean"].median(), signed(rows["mean"].median(), unit)
    if unit in _LOGARITHMS:
        return f"{change} ({per_cent(0.0, middle, unit)})"
    relative = (rows["mean"] / rows["against"].where(rows["against"] > 0.0)).median()
    return f"{change} ({_in_per_cent(relative)})" if math.isfinite(relative) else change


def _largest(rows: pd.DataFrame, unit: str) -> str:
    known = rows[rows["pairs"] > 0]
    order = known["mean"].abs().to_numpy().argsort(kind="stable")[::-1]
    parts = []
    for place in order[:_MOST]:
        row = known.iloc[place]
        sure = f"95% interval {_ends(row, unit, 'low', 'high')}" if row["clusters"] > 1 else "no interval: one seed"
        at = f" at point {row['point']}" if "point" in known else ""
        parts.append(f"{_name(row)}{at} {signed(row['mean'], unit)} ({sure}), "
                     f"{level(row['against'], row['mean'], unit)}{groups(row, unit)}")  # fmt: skip
    return f"the largest of {len(order)} effects: {'; '.join(parts)}." if parts else "not defined on one side."


def _ends(row: pd.Series, unit: str, *names: str) -> str:
    scale = 100 if unit == "share" else 1
    return " to ".join(f"{scale * row[name]:+.3g}" for name in names)


def level(against: float, change: float, unit: str) -> str:
    """From what to what, and the change in per cent where that means something."""
    text = f"from {number(against, unit)} to {number(against + change, unit)}"
    relative = per_cent(against, change, unit)
    return f"{text}, {relative}" if relative else text


def per_cent(against: float, change: float, unit: str) -> str:
    """A change in per cent; of a logarithm in per cent of what it is the logarithm of; empty without a level."""
    if unit in _LOGARITHMS:
        power, what = _LOGARITHMS[unit]
        return _in_per_cent(power(change) - 1.0) + what
    return _in_per_cent(change / against) if against > 0.0 else ""


def _in_per_cent(share: float) -> str:
    return f"{100 * share:+,.0f}%" if abs(share) >= 0.1 or share == 0.0 else f"{100 * share:+.2g}%"


def number(value: float, unit: str) -> str:
    """A value with its unit, short enough to read."""
    if unit == "share":
        return f"{100 * value:.3g}%"
    if unit in ("1", ""):
        return f"{value:.3g}"
    return f"{value:,.0f} {unit}" if abs(value) >= 10_000 else f"{value:.3g} {unit}"


def signed(value: float, unit: str) -> str:
    """A difference with its sign and unit; of shares in percentage points, as a relative change in per cent."""
    if unit == "%":
        return f"{100 * value:+.0f}%"
    if unit == "share":
        value, unit = 100 * value, "points"
    return ("+" if value > 0 else "") + number(value, unit)
