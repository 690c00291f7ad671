"""How the baseline looks beside the record: ``python -m experiments.validate`` prints and writes a table of targets.

Each row is a published number; it is inside if the mean over seeds is within its tolerance, and a target is if all of
its rows are. What a run takes as given is marked, and left out of the percentages. Further reports are made one by one
or with ``--all``, and with ``--page docs/validation.md`` the parts of that page that they make.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from experiments import cli
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.targets.crowd import crowds
from experiments.findings.targets.rows import rows
from experiments.findings.targets.run import Run, runs_of
from experiments.findings.targets.score import frame, page, score
from experiments.findings.validation import ranges
from experiments.pages import validation
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_name, check_path, check_workers, refuse, whole
from experiments.questions.study import Study
from experiments.results.folder import finish

# The growth of startups is looked at here; everything else by the end of the record.
MONTHS = 60
END = "2025-12"
SEEDS, DEVELOPERS = 20, 20_000
DRAWS = (2, 100_000)
NAME, REPORTS = "validation", "validation_reports"


@cli.door(cli.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the baseline and write the tables; returns the exit code, 0 even if a row is missed."""
    asked = _parser().parse_args(arguments)
    if wanted := _reports(asked):
        cli.say(*validation.make(wanted).splitlines())
        return 0
    developers = DEVELOPERS if asked.developers is None else asked.developers
    study = Study.of(
        BASELINE, seeds=SEEDS if asked.seeds is None else asked.seeds, months=MONTHS, developers=developers,
        source="python -m experiments.validate",
    )  # fmt: skip
    outputs = check_path("--outputs", asked.outputs)
    folder = outputs / check_name("name", NAME if asked.name is None else asked.name)
    place = Local(workers=check_workers(asked.workers))
    results = run_study(study, outputs, place, folder=folder, progress=True)
    with cli.computed(folder):
        runs = list(runs_of(results.market, results.labs))
        many, failed = _crowds(developers) if runs else ([], "")
        found = score(rows(), runs, many)
        text = page(found)
        finish(folder, results, {"validation.md": text, "validation.csv": frame(found).to_csv(index=False)})
        cli.say(*text.splitlines())
        if failed:
            cli.report(f"the runs with many developers failed, so what needs them is missing: {failed}")
    return max(cli.outcome(results, folder), int(bool(failed)))


def _crowds(developers: int) -> tuple[list[Run], str]:
    """The runs with many developers, or why there are none; they must not take the others with them."""
    try:
        return crowds(developers, END), ""
    except Exception as error:
        return [], cli.unexpected(error)


def _parser() -> cli.Parser:
    parser = cli.Parser(prog="python -m experiments.validate", description=__doc__)
    parser.add_argument("--seeds", type=int, help=f"number of seeds; {SEEDS} for targets, fewer for further reports")
    parser.add_argument("--developers", type=int, help=f"{DEVELOPERS} for targets, fewer for further reports")
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", help=f"folder of these results; {NAME}, or {REPORTS} of further reports")
    parser.add_argument("--workers", type=int, default=None, help="processes; one per processor if not given")
    for name, kind in validation.KINDS.items():
        parser.add_argument(f"--{name}", action="store_true", help=kind.what)
    parser.add_argument("--all", action="store_true", help="all of these")
    parser.add_argument("--draws", type=int, help=f"draws of --ranges; {ranges.DRAWS} if not given")
    parser.add_argument("--page", help="renew the parts of this page that the reports make")
    return parser


def _reports(asked: argparse.Namespace) -> validation.Request | None:
    """The further reports that are asked for, if any."""
    names = [name for name in validation.KINDS if asked.all or getattr(asked, name)]
    if asked.page is not None and not names:
        flags = ", ".join(f"--{name}" for name in validation.KINDS)
        raise refuse("--page", asked.page, f"a page together with --all or some of {flags}")
    if asked.draws is not None:
        if "ranges" not in names:
            raise refuse("--draws", asked.draws, "a number together with --ranges or --all")
        whole("--draws", asked.draws, *DRAWS)
    if not names:
        return None
    outputs = check_path("--outputs", asked.outputs)
    page = None if asked.page is None else check_path("--page", asked.page)
    folder = outputs / check_name("name", REPORTS if asked.name is None else asked.name)
    place = Local(workers=check_workers(asked.workers))
    return validation.Request(names, asked.seeds, asked.developers, outputs, folder, place, page, asked.draws)


if __name__ == "__main__":
    sys.exit(main())
