"""Every shipped scenario in one HTML file: ``python -m experiments.explorer [seeds=8 developers=2000 months=86]``.

Each is run beside the baseline at some values of φ (``phi=0,0.3,0.6``), with the same seeds; finished runs are kept and
the same command goes on from there. The file opens anywhere without a network. ``claims=outputs/claims`` adds the
scorecard that ``python -m experiments.claims`` has written.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments import terminal
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.pages.explorer import page
from experiments.pages.explorer.scorecard import scorecard
from experiments.pages.explorer.study import phis, study_of
from experiments.questions.settings import (
    DEVELOPERS,
    MONTHS,
    SEEDS,
    WORKERS,
    check_name,
    check_path,
    check_workers,
)
from experiments.results.folder import finish

SETTINGS = {
    "seeds": "8", "developers": "2000", "months": "86", "phi": "0,0.15,0.3,0.45,0.6", "claims": "",
    "outputs": "outputs", "name": "explorer", "workers": "",
}  # fmt: skip


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is missing and write the page; returns the exit code."""
    asked = terminal.settings(arguments, SETTINGS, __doc__)
    if asked is None:
        return 0
    seeds, developers, months = (
        terminal.whole_of(asked, name, bounds)
        for name, bounds in (("seeds", SEEDS), ("developers", DEVELOPERS), ("months", MONTHS))
    )
    study = study_of(
        phis(asked["phi"]), seeds, months, developers, terminal.command_of("experiments.explorer", asked, SETTINGS)
    )
    claims = scorecard(asked["claims"]) if asked["claims"] else None  # before minutes are spent
    outputs = check_path("outputs", asked["outputs"])
    folder = outputs / check_name("name", asked["name"])
    workers = terminal.whole_of(asked, "workers", WORKERS) if asked["workers"] else None
    results = run_study(study, outputs, Local(workers=check_workers(workers)), folder=folder, progress=True)
    with terminal.computed(folder):
        finish(folder, results)
        code = terminal.outcome(results, folder)
        if not code:
            terminal.say(f"written to {page.write(results, folder, claims)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
