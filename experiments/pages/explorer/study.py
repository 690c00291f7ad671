"""What the explorer runs: every shipped scenario and the baseline, at a few values of φ, with the same seeds."""

from __future__ import annotations

from collections.abc import Sequence

import sim
from experiments.questions.measures import LABS
from experiments.questions.scenarios import names
from experiments.questions.settings import refuse
from experiments.questions.study import Study

PHI = "finance.elasticity"
# Measures on the page, by group; what they are called there.
GROUPS = {
    "Shares": {
        "open_share_tokens": "Open weights' share of tokens",
        "open_share_users": "Open weights' share of users",
        "open_share_spend": "Open weights' share of spend",
        "adoption": "Developers who use a model",
    },
    "Innovation": {
        "frontier": "Best capability",
        "innovation_speed": "Growth of the best capability",
        "open_lag_step": "Lag of open weights",
        "china_lag": "Lag of China behind the US",
    },
    "Prices and competition": {
        "frontier_price": "Price of the best model",
        "price_gpt4_level": "Price of GPT-4's level",
        "price_gpt35_level": "Price of GPT-3.5's level",
        "hhi": "Concentration of spend (HHI)",
    },
    "Talent": {
        "researchers_labs": "Researchers at labs, of all",
        "researchers_us": "Researchers in the US, of all",
        "researchers_china": "Researchers in China, of all",
        "migration_cn_us": "Moves from China to the US",
    },
    "Startups, money and welfare": {
        "startups": "Startups",
        "spend": "Spend on models",
        "closed_margin": "Margin of closed models",
        "consumer_gain": "What models are worth to users",
    },
}
MEASURES = {measure: name for group in GROUPS.values() for measure, name in group.items()}
# On a log axis.
PRICES = ("frontier_price", "price_gpt4_level", "price_gpt35_level")
# Of labs, for the twin worlds.
OF_LABS = "share_tokens"


def phis(text: str) -> tuple[float, ...]:
    """Values of φ from words like ``0,0.3,0.6``, in order, each once.

    Raises:
        ExperimentError: One of them is no number or not admissible.
    """
    try:
        found = sorted({float(word) for word in text.split(",")})
    except ValueError:
        found = []
    bounds = sim.Parameters.known()[PHI].bounds or (0.0, 0.0)
    if not found or not all(bounds[0] <= value <= bounds[1] for value in found):
        raise refuse("phi", text, f"numbers from {bounds[0]:g} to {bounds[1]:g}, like 0,0.3,0.6")
    return tuple(found)


def study_of(phi: Sequence[float], seeds: int, months: int, developers: int, source: str) -> Study:
    """The study behind the page.

    Args:
        phi: Values of φ, a point each.
        seeds: So many, from 0.
        months: The last month.
        developers: Simulated developers.
        source: The command that asks.

    Raises:
        ExperimentError: Something is not allowed.
    """
    return Study.of(
        names(), seeds=seeds, months=months, developers=developers, source=source,
        design={"kind": "grid", "params": {PHI: list(phi)}}, measures=[*MEASURES, f"{LABS}.{OF_LABS}"],
    )  # fmt: skip
