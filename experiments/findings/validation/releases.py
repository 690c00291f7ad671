"""Releases of the record: how open they were, and how probable what a strategic lab would have been paid makes that.

Labs do as in history and are asked each time what they would expect of every level, others as they are, so nothing here
depends on a strategic lab having decided before.

Source: conditional choice probabilities (Hotz & Miller 1993).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

import sim
from experiments.findings.validation.report import Asked, Report, market_of, number, table
from sim.agents.lab import TIERS, WEIGHTS
from sim.numerics.arrays import Float
from sim.record import Payoff
from sim.strategies import LabView
from sim.strategies.historical import Historical
from sim.strategies.strategic import chances

RELEASES, VALUES = "releases", "likelihood"
# Values beside which the defaults are put, each with the others at their defaults.
TRIED = {
    "release.prestige": (0.0, 0.002, 0.005, 0.01, 0.02),
    "release.flip_cost": (0.0, 0.01, 0.02, 0.04),
    "release.temperature": (0.003, 0.005, 0.01, 0.02),
    "release.learning": (0.2, 0.5, 1.0),
}
# A chance is at least this, so that one release cannot make a likelihood of zero.
LEAST = 1e-6
# Shares of spend and of rents are told in per cent.
PER_CENT = 100.0


class Asking(Historical):
    """As in history, but each time the lab asks what every level would bring."""

    def levels(self, view: LabView, tier: int) -> tuple[int, ...]:
        """Levels of history."""
        view.attraction(tier)
        return super().levels(view, tier)


class Choice(NamedTuple):
    """A release of the record.

    Attributes:
        run: Seed of its run, and with what it was tried.
        lab: Name of its lab.
        tier: Flagship or light.
        month: When.
        is_open: Whether its weights were released.
        chance: Probability of that with weights.
        gain: What weights would bring more than keeping the model closed, by component, in spend of a year.
    """

    run: int
    lab: str
    tier: int
    month: int
    is_open: bool
    chance: float
    gain: Float


def choices(seed: int, developers: int, **parameters: float) -> list[Choice]:
    """Every release of a run to the end of the record for which there was a market."""
    market = market_of(seed, developers, **parameters)
    market.set_strategies({"*": Asking()})
    market.run(sim.month_of(market.parameters.record.end))
    found = []
    for decision in market.record.decisions:
        likely = chances(decision.attraction, market.parameters.release.temperature)
        worth = np.array(decision.payoffs) / decision.spend
        name, is_open = market.lab_names[decision.lab], max(decision.levels) >= WEIGHTS
        chance = float(likely[WEIGHTS:].sum())
        found.append(Choice(seed, name, decision.tier, decision.month, is_open, chance, worth[WEIGHTS] - worth[0]))
    return found


def log_likelihood(found: list[Choice]) -> float:
    """Mean over releases of the log probability of what was done."""
    chance = np.array([choice.chance for choice in found])
    done = np.array([choice.is_open for choice in found])
    return float(np.log(np.clip(np.where(done, chance, 1.0 - chance), LEAST, 1.0)).mean())


def releases(asked: Asked) -> Report:
    """Shares of open releases by lab and tier, and likelihoods."""
    found = [choice for seed in asked.seeds for choice in choices(seed, asked.developers)]
    rows = []
    for address, values in TRIED.items():
        for value in values:
            others = [choice for seed in asked.seeds for choice in choices(seed, asked.developers, **{address: value})]
            rows.append({"parameter": address, "value": value, "log_likelihood": log_likelihood(others)})
    return report(by_lab(found), pd.DataFrame(rows), found)


def by_lab(found: list[Choice]) -> pd.DataFrame:
    """One row a lab and tier: releases a run, share open, mean chance, and gain by component [share of spend]."""
    frame = pd.DataFrame([choice._asdict() | {"tier": TIERS[choice.tier]} for choice in found])
    gains = pd.DataFrame(np.stack([choice.gain for choice in found]), columns=list(Payoff._fields))
    frame = pd.concat([frame.drop(columns="gain"), gains], axis=1)
    groups = frame.groupby(["lab", "tier"])
    table_ = groups[["is_open", "chance", *Payoff._fields]].mean()
    table_.insert(0, "releases", groups.size() / frame["run"].nunique())
    return table_.rename(columns={"is_open": "open"}).reset_index()


def report(labs: pd.DataFrame, values: pd.DataFrame, found: list[Choice]) -> Report:
    """The tables."""
    share = float(np.mean([choice.is_open for choice in found]))
    base = share * np.log(share) + (1.0 - share) * np.log(1.0 - share) if 0.0 < share < 1.0 else 0.0
    market = ("rent", "hosting", "complements", "talent", "catch_up", "flip")
    lines = [
        [row["lab"], row["tier"], number(row["releases"], ".0f"), number(row["open"], ".2f"),
         number(row["chance"], ".2f"), *(number(PER_CENT * row[name], "+.2f") for name in market)]
        for row in labs.to_dict("records")
    ]  # fmt: skip
    head = ["lab", "tier", "releases", "open", "chance", *(name.replace("_", " ") for name in market)]
    known = sim.Parameters.known()
    likely = [
        [f"`{row['parameter']}`",
         f"{row['value']:g}" + (" (default)" if row["value"] == known[row["parameter"]].default else ""),
         number(row["log_likelihood"], ".3f")]
        for row in values.to_dict("records")
    ]  # fmt: skip
    text = (
        f"Of {len(found)} releases {100 * share:.0f}% were with weights. Their mean log probability is "
        f"{log_likelihood(found):.3f} at the defaults, {base:.3f} if every lab opened that share.\n\n"
        f"Chance of weights, and what they would bring more than keeping the model closed [% of spend on all models "
        f"in a year]:\n\n{table(head, lines)}\n\n"
        f"Mean log probability of a release at other values, one at a time:\n\n"
        f"{table(['parameter', 'value', 'log probability'], likely)}"
    )
    return Report(text, {RELEASES: labs, VALUES: values})
