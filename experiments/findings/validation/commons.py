"""What the frontier would be without open weights, over the two unmeasured numbers that decide it.

Methods found in public (λ_pub) go with open weights, and researchers outside labs fall behind the frontier without
them, so that more of them work in labs. Neither rate was ever measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from experiments.findings.validation.report import Asked, Report, number, table, whole
from experiments.questions.designs import Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study
from experiments.results.results import Results

SCENARIO = "no_open_weights"
FOUND, BEHIND = "research.public_methods", "talent.open_gap"
VALUES = {FOUND: (0.0, 0.002, 0.006), BEHIND: (0.6, 0.8, 1.0)}
DATES = ("2025-12", "2027-11")
MONTHS = 60
COMMONS = "commons"


def commons(asked: Asked, months: int = MONTHS, dates: Sequence[str] = DATES) -> Report:
    """Frontier and staff of labs without open weights less the baseline's, at each pair of values.

    Args:
        asked: Developers, seeds, and how studies are run.
        months: Months to run.
        dates: When effects are looked at.
    """
    design = Design.of({"kind": "grid", "params": {name: list(values) for name, values in VALUES.items()}})
    study = Study.of(
        (BASELINE, SCENARIO), seeds=asked.seeds, months=months, developers=asked.developers, design=design,
        measures=["frontier", "labs.researchers"], source="python -m experiments.validate --commons",
    )  # fmt: skip
    runs = whole(asked.run(study), "commons")
    return report(pd.concat([differences(runs, date) for date in dates], ignore_index=True))


def differences(runs: Results, date: str) -> pd.DataFrame:
    """A row a point and seed: scenario less baseline of the frontier [OOM] and of the log of labs' staff."""
    key = ["point", "seed", *VALUES]
    sides = {}
    for name in (BASELINE, SCENARIO):
        frontier = runs.load("market", "frontier", scenario=name, month=date).set_index(key)["frontier"]
        staff = runs.load("labs", "researchers", scenario=name, month=date).groupby(key)["researchers"].sum()
        sides[name] = pd.DataFrame({"frontier": frontier, "staff": np.log(staff)})
    return (sides[SCENARIO] - sides[BASELINE]).reset_index().assign(date=date)


def report(found: pd.DataFrame) -> Report:
    """One table a date: λ_pub by row, the gap without weights by column."""
    parts = [
        f"No open weights less baseline, frontier in OOM (least to most of {found['seed'].nunique()} seeds) and, after "
        f"the semicolon, staff of all labs. `{FOUND}` is what contributors find that no lab does; `{BEHIND}` how far "
        "behind the frontier those outside labs are at most without weights. Neither is measured.",
        "",
    ]
    for date, here in found.groupby("date"):
        rows = []
        for rate, row in here.groupby(FOUND):
            rows.append([f"{rate:g}", *(_cell(cell) for _, cell in row.groupby(BEHIND))])
        head = [f"`{FOUND}` [OOM/month]", *(f"gap {gap:g} OOM" for gap in sorted(here[BEHIND].unique()))]
        parts += [f"At {date}:", "", table(head, rows)]
    return Report("\n".join(parts), {COMMONS: found})


def _cell(cell: pd.DataFrame) -> str:
    frontier, staff = cell["frontier"], 100.0 * np.expm1(float(cell["staff"].mean()))
    band = f"{number(frontier.min(), '+.2f')} to {number(frontier.max(), '+.2f')}"
    return f"{number(frontier.mean(), '+.2f')} ({band}); {number(staff, '+.0f')}%"
