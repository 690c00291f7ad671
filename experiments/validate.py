"""How the baseline looks beside the record: ``python -m experiments.validate`` prints and writes a table of targets.

Each row is a published number; it is inside if the mean over seeds is within its tolerance, and a target is if all of
its rows are. What a run takes as given is marked, and left out of the percentages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments import cli
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.targets.crowd import crowd
from experiments.findings.targets.rows import rows
from experiments.findings.targets.run import runs_of
from experiments.findings.targets.score import frame, page, score
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_folder, check_name, check_workers
from experiments.questions.study import Study
from experiments.results.folder import finish

# The growth of startups is looked at here; everything else by the end of the record.
MONTHS = 60
END = "2025-12"


@cli.door(cli.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the baseline and write the tables; returns the exit code, 0 even if a row is missed."""
    asked = _parser().parse_args(arguments)
    study = Study.of(
        BASELINE, seeds=asked.seeds, months=MONTHS, developers=asked.developers,
        source="python -m experiments.validate",
    )  # fmt: skip
    outputs = check_folder("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = Local(workers=check_workers(asked.workers))
    results = run_study(study, outputs, place, folder=folder, progress=True)
    with cli.computed(folder):
        found = score(rows(), list(runs_of(results.market, results.labs)), crowd(asked.developers, END))
        text = page(found)
        finish(folder, results, {"validation.md": text, "validation.csv": frame(found).to_csv(index=False)})
        cli.say(*text.splitlines())
    return cli.outcome(results, folder)


def _parser() -> cli.Parser:
    parser = cli.Parser(prog="python -m experiments.validate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="number of seeds")
    parser.add_argument("--developers", type=int, default=20_000)
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", default="validation", help="folder of these results")
    parser.add_argument("--workers", type=int, default=None, help="processes; one per processor if not given")
    return parser


if __name__ == "__main__":
    sys.exit(main())
