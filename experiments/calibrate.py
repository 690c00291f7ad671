"""Hold the parameters against the record: ``python -m experiments.calibrate points=1500 waves=3 --planted``.

Screening says which parameters act; waves of runs over their joint ranges teach emulators what of these is ruled out;
a posterior on the emulators is drawn and confirmed by real runs. ``--planted`` finds known parameters again, ``--best``
looks for the best point, ``--page docs/calibration.md`` renews that page and ``--table`` keeps the posterior's rows.
Finished runs are in the store, so the same command goes on from there. ``key=value`` and ``--key value`` are the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from experiments import terminal
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local, Place, place_of
from experiments.findings.calibration.campaign import Asked
from experiments.findings.calibration.emulators import sklearn
from experiments.findings.calibration.planted import PLANTS
from experiments.findings.calibration.posterior import emcee
from experiments.findings.calibration.space import Space
from experiments.pages.calibration import Request, make
from experiments.questions.settings import (
    SEED_LIMIT,
    check_developers,
    check_name,
    check_path,
    check_workers,
    number,
    refuse,
    whole,
)

NAME = "calibration"
# Whole numbers: default, least, most, and what they are.
COUNTS = {
    "points": (1_500, 20, 100_000, "runs of the first wave"),
    "later": (600, 20, 100_000, "runs of each wave after it"),
    "waves": (2, 1, 20, "waves"),
    "repeats": (50, 2, 10_000, "seeds at the baseline's values, for the luck of seeds"),
    "draws": (240, 10, 100_000, "rows of the posterior"),
    "steps": (2_000, 20, 1_000_000, "steps of every walker of the posterior; of a planted world an eighth as many"),
    "plants": (PLANTS, 1, 10_000, "planted worlds, with --planted"),
    "seed": (0, 0, SEED_LIMIT // 4, "seed of all that is drawn"),
}
DEVELOPERS, LEAST = 5_000, 1.0


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Make a campaign, or go on with it; returns the exit code."""
    words, executor = _executor(list(sys.argv[1:] if arguments is None else arguments))
    asked = _parser().parse_args(terminal.dashed(words))
    request = _request(asked, executor)
    sklearn(), emcee()  # before minutes are spent
    terminal.say(*make(request).splitlines())
    return 0


def _executor(words: list[str]) -> tuple[list[str], dict[str, Any]]:
    """The words without those of the executor, and what these say: ``executor=dask executor.address=tcp://…``."""
    given: dict[str, Any] = {}
    rest = []
    for word in words:
        key, _, value = word.removeprefix("--").partition("=")
        if key != "executor" and not key.startswith("executor."):
            rest.append(word)
            continue
        name = "kind" if key == "executor" else key.partition(".")[2]
        if not value or name in given:
            raise refuse(key, value, "one value, once")
        given[name] = int(value) if value.isdecimal() else value
    return rest, given


def _request(asked: argparse.Namespace, executor: dict[str, Any]) -> Request:
    counts = {name: whole(name, getattr(asked, name), low, high) for name, (_, low, high, _) in COUNTS.items()}
    developers = check_developers(asked.developers)
    least = number("least", asked.least, 0.0, 1e6)
    space = Space.of(None if asked.params is None else asked.params.split(","))
    settings = {**counts, "developers": developers, "least": least, "params": space.names, "planted": asked.planted}
    outputs = check_path("outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = _place(executor, asked.workers)
    page = None if asked.page is None else check_path("--page", asked.page)
    kept = None if asked.table is None else check_path("--table", asked.table, "a file ending in .csv")
    if kept is not None and kept.suffix != ".csv":
        raise refuse("--table", asked.table, "a file ending in .csv")
    plan = Asked(
        lambda study: run_study(study, outputs, place, progress=True), space, developers, counts["points"],
        counts["later"], counts["waves"], counts["repeats"], least, counts["draws"], counts["steps"],
        counts["plants"] if asked.planted else 0, counts["seed"], say=terminal.say,
    )  # fmt: skip
    return Request(plan, settings, asked.best, outputs, folder, page, kept)


def _place(executor: dict[str, Any], workers: int | None) -> Place:
    if not executor:
        return Local(workers=check_workers(workers))
    if workers is not None:
        raise refuse("workers", workers, "nothing with an executor; executor.workers=… says it of executor=local")
    return place_of({"kind": "local", **executor})


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.calibrate", description=__doc__)
    for name, (default, _, _, what) in COUNTS.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what}; {default} if not given")
    parser.add_argument("--developers", type=int, default=DEVELOPERS, help=f"{DEVELOPERS} if not given")
    parser.add_argument(
        "--least", type=float, default=LEAST, help=f"tolerances that a parameter must move a number by; {LEAST:g}"
    )
    parser.add_argument("--params", help="parameters or sections, as talent,pricing.reset; all if not given")
    parser.add_argument("--planted", action="store_true", help="find known parameters again")
    parser.add_argument("--best", action="store_true", help="look for the best point and judge it")
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", default=NAME, help=f"folder of these results; {NAME} if not given")
    parser.add_argument("--workers", type=int, help="processes; one per processor if not given")
    parser.add_argument("--page", help="renew the parts of this page that the campaign makes")
    parser.add_argument("--table", help="keep the posterior's rows in this file too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
