"""How widely each claim about open weights holds, and where it fails: ``python -m experiments.claims``.

Each of the claims has a record in ``experiments/findings/claims``: the mechanism, what decides it, and two named
settings inside the ranges of the parameters. Without flags its tests are run at draws from all ranges jointly and at
draws of the posterior (``draws=prior``, ``draws=posterior``: one of them; ``table=…``: draws of your own), and the
verdict is *holds widely*, *depends on …* or *fails widely*; ``seeds=2 months=60`` and the like may be written without
dashes. ``--both-ways`` runs the two settings of each, one in which it holds and one in
which it fails. ``--lead`` takes the lead of closed models apart into compute, secrecy and speed. ``--list`` names the
claims.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import sim
from experiments import terminal
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.claims import judge, scorecard, verdicts
from experiments.findings.claims.lead import lead
from experiments.findings.claims.records import Claim, chosen
from experiments.findings.validation.report import Asked, Report, asked_of, write_into
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.draws import POSTERIOR
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
from experiments.questions.study import Study
from experiments.results.files import cannot_write, check_writable, whole_folder
from experiments.results.folder import finish
from experiments.results.results import Results

NAME, CLAIMS, LEAD, VERDICTS = "claims", "claims", "lead", "verdicts"
# Settings of the verdicts, which may be written without dashes as those of an experiment.
SETTINGS = ("draws", "rows", "table", "seeds", "developers", "months", "only", "outputs", "name", "workers", "page")
DRAWS = (2, 100_000)
ROOT = Path(sim.__file__).parents[1]
COMMANDS = {
    CLAIMS: "python -m experiments.claims --both-ways",
    LEAD: "python -m experiments.claims --lead",
    VERDICTS: "python -m experiments.claims",
}


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the claims over draws or both ways, or take the lead apart; returns 0 whatever comes out."""
    asked = _parser().parse_args(terminal.dashed(sys.argv[1:] if arguments is None else arguments, SETTINGS))
    wanted = chosen(asked.only)
    parts = [name for name, flag in ((CLAIMS, asked.both_ways), (LEAD, asked.lead)) if flag]
    if asked.page is not None and asked.only is not None:
        raise refuse("--page", asked.page, "a page of all claims, without --only")
    page = None if asked.page is None else check_path("--page", asked.page)
    if asked.list:
        terminal.say(*terminal.aligned([_listed(claim) for claim in wanted]))
        return 0
    if not parts:
        return _verdicts(asked, wanted, page)
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


def _verdicts(asked: Namespace, wanted: Sequence[Claim], page: Path | None) -> int:
    """Judge over draws; writes the scorecard, its table and its pictures, and the page's part."""
    from experiments.pages import claims as pages

    seeds = check_seeds(verdicts.SEEDS if asked.seeds is None else asked.seeds)
    developers, place = check_developers(asked.developers), Local(workers=check_workers(asked.workers))
    months = None if asked.months is None else check_months(asked.months)
    outputs, name = check_path("--outputs", asked.outputs), check_name("name", asked.name)
    folder = outputs / name
    spaces = _spaces(asked)
    if page is not None:
        read_page(page, [_part(space) for space in spaces])  # before minutes are spent
    check_writable(outputs)

    def kept(over: str) -> Callable[[Study], Results]:
        return lambda study: _kept(study, outputs, place, outputs / f"{name}_{over}_{study.months}")

    judged = [
        verdicts.Judged(space, tuple(verdicts.verdicts(
            Asked(seeds, developers, kept(space.name)), wanted, space.design, months)))
        for space in spaces
    ]  # fmt: skip
    where = scorecard.Place(_way(folder, ROOT) + "/", f"../{name}")
    report = scorecard.report(judged, len(seeds), developers, where)
    try:
        with whole_folder(folder) as temporary:
            pages.write(temporary, judged, report, len(seeds), developers, where)
    except OSError as error:
        raise cannot_write(folder, error) from None
    if page is not None:
        _renew(page, judged, len(seeds), developers, _command(asked, len(seeds), developers))
    terminal.say(*terminal.aligned([_judged([one.found[row] for one in judged]) for row in range(len(wanted))]))
    terminal.say(f"scorecard: {folder / scorecard.TABLE}.md, .html and .csv")
    return 0


def _spaces(asked: Namespace) -> list[verdicts.Space]:
    """Where draws are from: both the ranges and the posterior if nobody says otherwise."""
    if asked.table is not None:
        for name in ("draws", "rows"):
            if getattr(asked, name) is not None:
                raise refuse(f"--{name}", getattr(asked, name), "nothing with --table, whose rows are the draws")
        return [verdicts.table_space(asked.table)]
    rows = whole("--rows", verdicts.DRAWS if asked.rows is None else asked.rows, *DRAWS)
    made = {verdicts.PRIOR: verdicts.prior_space, POSTERIOR: verdicts.posterior_space}
    if asked.draws is None:
        return [make(rows) for make in made.values()]
    if asked.draws in made:
        return [made[asked.draws](rows)]
    if not asked.draws.isdecimal():
        raise refuse("--draws", asked.draws, f"{', '.join(made)}, or a number of draws from all ranges")
    if asked.rows is not None:
        raise refuse("--rows", asked.rows, f"nothing with --draws={asked.draws}, which is the number of draws")
    return [verdicts.prior_space(whole("--draws", int(asked.draws), *DRAWS))]


def _kept(study: Study, outputs: Path, place: Local, folder: Path) -> Results:
    """The results of a study, which stay in a folder of their own, so that whoever doubts a verdict can open them."""
    results = run_study(study, outputs, place, folder=folder, progress=True)
    finish(folder, results)
    return results


def _way(start: Path, end: Path) -> str:
    """The relative path from a folder to another, for links."""
    return Path(os.path.relpath(end.absolute(), start.absolute())).as_posix()


def _part(space: verdicts.Space) -> str:
    """The page's part on a space."""
    if space.name == verdicts.TABLE:
        raise refuse("--page", "a page", "no page with --table, which others do not have")
    return f"{VERDICTS}_{space.name}"


def _command(asked: Namespace, seeds: int, developers: int) -> str:
    """How a page's part is made, but for its draws and the page."""
    more = "".join(f" {name}={value}" for name in ("rows", "months") if (value := getattr(asked, name)) is not None)
    draws = asked.draws if asked.draws is not None and asked.draws.isdecimal() else "{}"
    return f"{COMMANDS[VERDICTS]} draws={draws} seeds={seeds} developers={developers}{more}"


def _renew(page: Path, judged: Sequence[verdicts.Judged], seeds: int, developers: int, command: str) -> None:
    """The page's part on each space."""
    where = scorecard.Place(_way(page.parent, ROOT) + "/")
    parts = {_part(one.space): scorecard.report([one], seeds, developers, where).text for one in judged}
    commands = {_part(one.space): f"{command.format(one.space.name)} page={page.as_posix()}" for one in judged}
    write_page(page, with_parts(read_page(page, parts), parts, commands))


def _judged(same: Sequence[verdicts.Verdict]) -> list[str]:
    cells = [cell for one in same for cell in (f"{100 * one.share:.0f}%" if len(one.margin) else "–", one.words)]
    return [same[0].claim.id, *cells, same[0].claim.claim]


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.claims", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the claims and their mechanisms")
    both = "from where, prior (all ranges) or posterior, or a number of draws from all ranges; both if not given"
    parser.add_argument("--draws", help=both)
    parser.add_argument("--rows", type=int, help=f"draws from each; {verdicts.DRAWS} if not given")
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
    parser.add_argument("--page", help="renew the part of this page that verdicts, --both-ways or --lead make")
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
