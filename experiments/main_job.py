"""The main job: what difference open weights make. ``python -m experiments.main_job``, or ``make run``.

The baseline against a market without open weights, the same seeds and the same draws of the parameters on both sides;
figures, tables, headline numbers and ten plain sentences go to ``outputs/first_run``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments import terminal
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings import summary
from experiments.findings.answer import WITHOUT, in_sentences
from experiments.questions.draws import POSTERIOR, Draws
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_name, check_path, check_seeds, check_workers
from experiments.questions.study import Study
from experiments.results.folder import finish
from experiments.results.results import Results

SEEDS, MONTHS, DEVELOPERS = 20, 60, 20_000
# Parameters at the best point alone.
NONE = "none"


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the main job; returns the exit code."""
    asked = _parser().parse_args(arguments)
    draws = None if asked.draws == NONE else Draws.of(asked.draws)
    seeds = asked.seeds if draws is None else seeds_of(check_seeds(asked.seeds), len(draws))
    study = Study.of(
        (BASELINE, WITHOUT), seeds=seeds, months=asked.months, developers=asked.developers, draws=draws,
        source="python -m experiments.main_job",
    )  # fmt: skip
    outputs = check_path("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = Local(workers=check_workers(asked.workers))
    results = run_study(study, outputs, place, folder=folder, progress=True)
    with terminal.computed(folder):
        terminal.say(*write(results, folder).splitlines())
    return terminal.outcome(results, folder)


def seeds_of(seeds: tuple[int, ...], rows: int) -> tuple[int, ...]:
    """As many seeds, of which the last quarter have the draws of the first once more, so that luck can be told apart.

    Args:
        seeds: 0, 1, 2 …
        rows: Draws of the parameters; seed s has draw s mod this.
    """
    again = len(seeds) // 4
    return (*seeds[: len(seeds) - again], *(seed + rows for seed in seeds[:again]))


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.main_job", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="number of seeds")
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--developers", type=int, default=DEVELOPERS)
    parser.add_argument(
        "--draws", default=POSTERIOR, help=f"{POSTERIOR}, a table of parameters, or {NONE} for the best point alone"
    )
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", default="first_run", help="folder of these results")
    parser.add_argument("--workers", type=int, default=None, help="processes; one per processor if not given")
    return parser


def write(results: Results, folder: Path) -> str:
    """Write tables, figures, ``summary.json`` and ``summary.txt``; returns the text of the last."""
    from experiments import plots

    text = in_sentences(results)
    files = {"summary.json": summary.headline(results), "summary.txt": text}
    finish(folder, results, files, lambda temporary: plots.draw_all(results, temporary / "figures", plots.USUAL))
    return text + f"figures and summary: {folder}; tables: experiments.open({str(folder)!r})\n"


if __name__ == "__main__":
    sys.exit(main())
