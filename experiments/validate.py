"""How well the baseline looks: ``python -m experiments.validate`` prints and writes a table of windows.

Each window is a range that the mean over seeds should reach by the end of the data.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import asdict

import sim
from experiments import cli
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.windows import END, rows, table
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_folder, check_name, check_workers
from experiments.questions.study import Study
from experiments.results.folder import finish


@cli.door(cli.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the baseline and write the table; returns the exit code, 0 even if a window is missed."""
    asked = _parser().parse_args(arguments)
    study = Study.of(
        BASELINE, seeds=asked.seeds, months=sim.calendar.month_of(END), developers=asked.developers,
        source="python -m experiments.validate",
    )  # fmt: skip
    outputs = check_folder("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = Local(workers=check_workers(asked.workers))
    results = run_study(study, outputs, place, folder=folder, progress=True)
    with cli.computed(folder):
        found = rows(results) if len(results.runs) else []
        text = table(found)
        plain = [{key: _plain(value) for key, value in asdict(row).items()} for row in found]
        finish(folder, results, {"validation.md": text, "validation.json": plain})
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


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    sys.exit(main())
