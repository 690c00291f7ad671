"""Grey access: the share of Chinese developers' spend that goes to closed lines of US labs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

import sim
from experiments.findings.validation.report import Asked, Report, market_of, number, table
from sim.agents.lab import CLOSED
from sim.parameters.fields import REGIONS

PARAMETER = "access.grey"
VALUES = (0.0, 0.02, 0.05, 0.1, 0.3)
YEAR, END = ("2025-01", "2025-12"), "2025-12"
SHARES = "access"
_US, _CN = REGIONS.index("US"), REGIONS.index("CN")


def us_closed_share(market: sim.Market) -> float:
    """Share of what developers in China spend this month that goes to closed lines of US labs; nan without spend."""
    segments, lines = market.segments, market.lines
    counts = market.developers.counts[segments.region == _CN, 1:]
    spend = segments.budget[segments.region == _CN] @ counts
    of_us = (lines.access == CLOSED) & (market.labs.region[lines.lab] == _US)
    total = float(spend.sum())
    return float(spend[of_us].sum()) / total if total > 0.0 else np.nan


def access(asked: Asked, values: Sequence[float] = VALUES) -> Report:
    """The share at several values of grey access, in the last month of the record and over its last year."""
    default = sim.Parameters().access.grey
    return report(pd.DataFrame([_shares(asked, value) for value in sorted({*values, default})]), default)


def _shares(asked: Asked, value: float) -> dict[str, float]:
    first, last = (sim.month_of(date) for date in YEAR)
    paths = []
    for seed in asked.seeds:
        market = market_of(seed, asked.developers, **{PARAMETER: value})
        market.run(first)
        path = [us_closed_share(market)]
        while market.month < last:
            market.step()
            path.append(us_closed_share(market))
        paths.append(path)
    over = np.array(paths)
    return {
        "grey": value,
        "mean_of_year": float(over.mean()),
        "least_of_year": float(over.mean(axis=1).min()),
        "most_of_year": float(over.mean(axis=1).max()),
        "at_end": float(over[:, -1].mean()),
    }


def report(shares: pd.DataFrame, default: float) -> Report:
    """The table."""
    lines = [
        [f"{row['grey']:g}" + (" (default)" if row["grey"] == default else ""),
         *(number(100 * row[name], ".1f") for name in ("mean_of_year", "least_of_year", "most_of_year", "at_end"))]
        for row in shares.to_dict("records")
    ]  # fmt: skip
    head = [f"`{PARAMETER}`", f"mean of {YEAR[0][:4]} [%]", "least of seeds", "most", f"{END} [%]"]
    text = f"Share of Chinese developers' spend that goes to closed lines of US labs.\n\n{table(head, lines)}"
    return Report(text, {SHARES: shares})
