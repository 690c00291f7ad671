"""Who survives, and who has most compute, over draws from all ranges at once, with open weights and without.

To the end of the record nobody may exit, for it was not so; what comes after is open, and should differ between draws.
"""

from __future__ import annotations

import pandas as pd

import sim
from experiments.findings.validation.report import Asked, Report, table, whole
from experiments.questions.designs import Design
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study
from experiments.results.results import Results

SCENARIO = "no_open_weights"
POINTS, SEED, MONTHS = 24, 1, 120
ORDERED = "2030-12"
# So many labs make an order.
FIRST = 4
SURVIVAL = "survival"


def survival(asked: Asked, points: int = POINTS, months: int = MONTHS) -> Report:
    """Exits by lab and the order of compute, and in which draws another set of labs survives without open weights."""
    study = Study.of(
        (BASELINE, SCENARIO), seeds=asked.seeds, months=months, developers=asked.developers,
        design=Design.of({"kind": "latin_hypercube", "points": points, "seed": SEED}),
        measures=["labs.exists", "labs.compute"], source="python -m experiments.validate --survival",
    )  # fmt: skip
    runs = whole(asked.run(study), SURVIVAL)
    return report(pd.concat([lives(runs, name) for name in (BASELINE, SCENARIO)], ignore_index=True), months)


def lives(runs: Results, scenario: str) -> pd.DataFrame:
    """Who survived a run, a row a run: ``exits`` and ``early`` (to the end of the record) are names of labs by comma.

    ``order`` names those with most compute in :data:`ORDERED`, or in the last month of shorter runs.
    """
    labs = runs.load("labs", ["exists", "compute"], scenario=scenario)
    record = sim.month_of(sim.Parameters().record.end)
    ordered = min(sim.month_of(ORDERED), int(labs["month"].max()))
    rows = []
    for (point, seed), run in labs.groupby(["point", "seed"], observed=True):
        there = run.pivot(index="month", columns="lab", values="exists") > 0.0
        # Between its first month and its last one a lab exists; who is gone at the end exited.
        gone = there.any() & ~there.iloc[-1]
        last = there[::-1].idxmax()
        compute = run[run["month"] == ordered].set_index("lab")["compute"]
        alive = there.loc[ordered].reindex(compute.index).to_numpy(bool)
        compute = compute[alive].sort_values(ascending=False)
        rows.append({
            "scenario": scenario, "point": point, "seed": seed,
            "exits": ", ".join(sorted(gone.index[gone])),
            "early": ", ".join(sorted(gone.index[gone & (last < record)])),
            "order": ", ".join(compute.index[:FIRST]),
        })  # fmt: skip
    return pd.DataFrame(rows)


def report(found: pd.DataFrame, months: int) -> Report:
    """Shares of runs with exits, by lab, orders of compute, and how often the two worlds leave others alive."""
    base, other = (found[found["scenario"] == name].set_index(["point", "seed"]) for name in (BASELINE, SCENARIO))
    number = len(base)
    differ = (base["exits"] != other["exits"].reindex(base.index)).sum()
    orders, leaders = base["order"], base["order"].str.partition(", ")[0]
    text = [
        f"{number} draws from all ranges at once, to {sim.date_of(months)}. To the end of the record a lab exits in "
        f"{(base['early'] != '').sum()} of them, later in {(base['exits'] != '').sum()}. The order of the {FIRST} labs "
        f"with most compute in {ORDERED} takes {orders.nunique()} forms, led by "
        f"{' and '.join(f'{lab} ({count})' for lab, count in leaders.value_counts().items())}. Without open weights "
        f"other labs survive in {differ} of {number}.",
        "",
    ]
    exits = [side["exits"].str.get_dummies(", ").sum() for side in (base, other)]
    names = exits[0].add(exits[1], fill_value=0).sort_values(ascending=False).index
    lines = [[str(lab), *(str(int(side.get(lab, 0))) for side in exits)] for lab in names if lab]
    text.append(table(["lab", "exits, baseline", f"exits, {SCENARIO}"], lines))
    return Report("\n".join(text), {SURVIVAL: found})
