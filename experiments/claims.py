"""How widely each claim about open weights holds, and where it fails: ``python -m experiments.claims``.

Each of the claims has a record in ``experiments/findings/claims``: the mechanism, what decides it, and two named
settings inside the ranges of the parameters. Without flags its tests are run at draws from all ranges jointly, or from
a table of draws, and the verdict is *holds widely*, *depends on …* or *fails widely*; ``seeds=2 months=60`` and the
like may be written without dashes. ``--both-ways`` runs the two settings of each, one in which it holds and one in
which it fails. ``--lead`` takes the lead of closed models apart into compute, secrecy and speed. ``--list`` names the
claims.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

import sim
from experiments import terminal
from experiments.engine.executors import Local
from experiments.findings.claims import judge, scorecard, verdicts
from experiments.findings.claims.lead import lead
from experiments.findings.claims.records import Claim, chosen
from experiments.findings.validation.report import Report, asked_of, write_into
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.designs import OWN, Design
from experiments.questions.settings import (
    check_developers,
    check_months,
    check_name,
    check_path,
    check_seeds,
    check_workers,
    refuse,
    whole,
)
from experiments.results.files import cannot_write, check_writable, whole_folder, write_data

NAME, CLAIMS, LEAD = "claims", "claims", "lead"
# Settings of the verdicts, which may be written without dashes as those of an experiment.
SETTINGS = ("draws", "table", "seeds", "developers", "months", "only", "outputs", "name", "workers")
DRAWS = (2, 100_000)
ROOT = Path(sim.__file__).parents[1]
COMMANDS = {CLAIMS: "python -m experiments.claims --both-ways", LEAD: "python -m experiments.claims --lead"}


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the claims over draws or both ways, or take the lead apart; returns 0 whatever comes out."""
    asked = _parser().parse_args(terminal.dashed(sys.argv[1:] if arguments is None else arguments, SETTINGS))
    wanted = chosen(asked.only)
    parts = [name for name, flag in ((CLAIMS, asked.both_ways), (LEAD, asked.lead)) if flag]
    if asked.page is not None and (asked.only is not None or not parts):
        raise refuse("--page", asked.page, "a page together with --both-ways or --lead, and without --only")
    if asked.list:
        terminal.say(*terminal.aligned([_listed(claim) for claim in wanted]))
        return 0
    if not parts:
        return _verdicts(asked, wanted)
    page = None if asked.page is None else check_path("--page", asked.page)
    if page is not None:
        read_page(page, parts)  # before minutes are spent
    outputs = check_path("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = Local(workers=check_workers(asked.workers))
    seeds = check_seeds(judge.SEEDS if asked.seeds is None else asked.seeds)
    developers = check_developers(asked.developers)
    check_writable(outputs)
    found = {}
    if asked.both_ways:
        judged = judge.both_ways(asked_of(seeds, developers, outputs, place), wanted)
        found[CLAIMS] = judge.report(judged, wanted, len(seeds), developers)
    if asked.lead:
        found[LEAD] = lead(seeds, developers=developers, outputs=outputs, executor=place)
    _write(folder, found)
    if page is not None:
        texts = {name: report.text for name, report in found.items()}
        commands = {name: f"{COMMANDS[name]} --page {page.as_posix()}" for name in found}
        write_page(page, with_parts(read_page(page, parts), texts, commands))
    for report in found.values():
        terminal.say(*report.text.splitlines())
    return 0


def _verdicts(asked: Namespace, wanted: Sequence[Claim]) -> int:
    """Judge over draws; writes the scorecard, its table and its picture."""
    from experiments import plots

    seeds = check_seeds(verdicts.SEEDS if asked.seeds is None else asked.seeds)
    developers, place = check_developers(asked.developers), Local(workers=check_workers(asked.workers))
    months = None if asked.months is None else check_months(asked.months)
    outputs = check_path("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    if asked.table is not None and asked.draws is not None:
        raise refuse("--draws", asked.draws, "nothing with --table, whose rows are the draws")
    if asked.table is None:
        draws = whole("--draws", verdicts.DRAWS if asked.draws is None else asked.draws, *DRAWS)
        design, what = verdicts.prior(draws), f"{draws} draws from all ranges"
    else:
        design = Design("file", path=asked.table, seeds=OWN)
        what = f"{len(design.table) if design.table is not None else 0} draws from a table"
    check_writable(outputs)
    found = verdicts.verdicts(asked_of(seeds, developers, outputs, place), wanted, design, months)
    root = Path(os.path.relpath(ROOT, folder)).as_posix() + "/"
    report = scorecard.report(found, what, len(seeds), developers, root)
    try:
        with whole_folder(folder) as temporary:
            write_into(temporary, {scorecard.TABLE: report})
            write_data(temporary / f"{scorecard.TABLE}.html", scorecard.page(found, what, len(seeds), developers, root))
            plots.save(plots.claims_scorecard(report.tables[scorecard.TABLE]), temporary, "claims_scorecard")
    except OSError as error:
        raise cannot_write(folder, error) from None
    terminal.say(*terminal.aligned([_judged(one) for one in found]))
    terminal.say(f"scorecard: {folder / scorecard.TABLE}.md, .html and .csv")
    return 0


def _judged(one: verdicts.Verdict) -> list[str]:
    share = f"{100 * one.share:.0f}%" if len(one.margin) else "–"
    return [one.claim.id, share, one.words, one.claim.claim]


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.claims", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the claims and their mechanisms")
    parser.add_argument("--draws", type=int, help=f"draws from all ranges; {verdicts.DRAWS} if not given")
    parser.add_argument("--table", help="draws from a .csv or .parquet file instead, a column a parameter")
    parser.add_argument("--months", type=int, help="months to run at most; those each claim asks for if not given")
    parser.add_argument("--both-ways", action="store_true", help="run every setting and print what comes out")
    parser.add_argument("--lead", action="store_true", help="what of the closed lead is compute, secrecy and speed")
    parser.add_argument("--only", metavar="IDS", help="some of the claims, as K03,K17")
    seeds = f"number of seeds, of each draw {verdicts.SEEDS} if not given, else {judge.SEEDS}"
    parser.add_argument("--seeds", type=int, help=seeds)
    parser.add_argument("--developers", type=int, default=judge.DEVELOPERS, help=f"{judge.DEVELOPERS} if not given")
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", default=NAME, help=f"folder of these results; {NAME} if not given")
    parser.add_argument("--workers", type=int, help="processes; one per processor if not given")
    parser.add_argument("--page", help="renew the parts of this page that --both-ways and --lead make")
    return parser


def _listed(claim: Claim) -> list[str]:
    return [claim.id, claim.claim, ", ".join(claim.mechanisms) or "no mechanism"]


def _write(folder: Path, found: Mapping[str, Report]) -> None:
    try:
        with whole_folder(folder) as temporary:
            write_into(temporary, found)
    except OSError as error:
        raise cannot_write(folder, error) from None


if __name__ == "__main__":
    sys.exit(main())
