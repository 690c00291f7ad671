"""The lead of closed models in parts: compute, secrecy and speed, each by a scenario that takes it away (K09)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from experiments.findings.claims.records import Setting, claims
from experiments.findings.shapley import REST, TOTAL, Parts, decompose
from experiments.findings.validation.report import Report, number, table
from sim import Scenario

CLAIM, MEASURE, MONTH = "K09", "closed_lead", "2026-12"
MONTHS = 49
TABLE = "lead"


def causes() -> dict[str, str | Scenario]:
    """What takes each part away: equal compute, and the two sides that decide the claim."""
    (test,) = _claim().tests
    secrecy, speed = test.setups
    if speed is None:
        raise AssertionError("the claim compares two scenarios")
    return {"compute": "equal_compute", "secrecy": secrecy, "speed": speed}


def lead(seeds: Any, months: int = MONTHS, month: int | str = MONTH, **more: Any) -> Report:
    """The lead taken apart at the defaults, and where the claim holds and fails.

    Args:
        seeds: As in :func:`experiments.ensemble`.
        months: Months to run.
        month: When.
        **more: What else :func:`experiments.decompose` takes.
    """
    settings = [Setting(name="defaults", why="Nothing is changed."), *(where for _, where in _claim().settings)]
    found = {
        where.name: decompose(
            causes(), seeds, months=months, measures=MEASURE, month=month, params=where.params, **more
        )
        for where in settings
    }
    names = [*causes(), REST, TOTAL]
    rows = [[name, *(_cell(parts, part) for part in names)] for name, parts in found.items()]
    date = next(iter(found.values())).date
    text = [
        f"`{MEASURE}` at {date} [OOM], mean (lowest to highest seed). A part is what its scenario takes away, shared "
        "out over the orders in which the three could be applied (Shapley values over all eight subsets); *rest* is "
        "what is left with all three, and parts and rest add up to the total in every seed.",
        "",
        table(["setting", *names], rows),
    ]
    frames = [parts.frame.reset_index().assign(setting=name) for name, parts in found.items()]
    return Report("\n".join(text), {TABLE: pd.concat(frames, ignore_index=True)})


def _claim() -> Any:
    return next(claim for claim in claims() if claim.id == CLAIM)


def _cell(parts: Parts, part: str) -> str:
    values = parts.pairs.loc[[(MEASURE, part)]].to_numpy(float)[0]
    mean, low, high = (number(float(value), "+.2f") for value in (values.mean(), values.min(), values.max()))
    return f"{mean} ({low} to {high})"
