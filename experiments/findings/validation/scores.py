"""Targets and rows as a report: what ``python -m experiments.validate`` prints without anything else asked."""

from __future__ import annotations

from experiments.findings.targets.crowd import crowds
from experiments.findings.targets.rows import rows
from experiments.findings.targets.run import runs_of
from experiments.findings.targets.score import frame, page, score
from experiments.findings.validation.report import Asked, Report, whole
from experiments.questions.scenarios import BASELINE
from experiments.questions.study import Study

# The growth of startups is looked at here; everything else by the end of the record.
MONTHS = 60
END = "2025-12"
SCORES = "targets"


def targets(asked: Asked) -> Report:
    """Every row over the runs, with headings one level below those of a page."""
    study = Study.of(
        BASELINE, seeds=asked.seeds, months=MONTHS, developers=asked.developers,
        source="python -m experiments.validate",
    )  # fmt: skip
    results = whole(asked.run(study), SCORES)
    found = score(rows(), list(runs_of(results.market, results.labs)), crowds(asked.developers, END))
    lines = [f"#{line}" if line.startswith("## ") else line for line in page(found).splitlines()]
    return Report("\n".join(lines), {SCORES: frame(found)})
