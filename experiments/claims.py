"""Where each claim about open weights holds, and where it fails: ``python -m experiments.claims --both-ways``.

Each of the claims has a record in ``experiments/findings/claims``: the mechanism, what decides it, and two named
settings inside the ranges of the parameters, one in which it holds and one in which it fails. Both are run anew, with
the same seeds on both sides of every comparison. ``--lead`` takes the lead of closed models apart into compute, secrecy
and speed. Without either the claims are listed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments import terminal
from experiments.engine.executors import Local
from experiments.findings.claims import judge
from experiments.findings.claims.lead import lead
from experiments.findings.claims.records import Claim, chosen
from experiments.findings.validation.report import Report, asked_of, write_into
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.settings import check_developers, check_name, check_path, check_seeds, check_workers, refuse
from experiments.results.files import cannot_write, check_writable, whole_folder

NAME, CLAIMS, LEAD = "claims", "claims", "lead"
COMMANDS = {CLAIMS: "python -m experiments.claims --both-ways", LEAD: "python -m experiments.claims --lead"}


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """List the claims, judge them both ways or take the lead apart; returns 0 even if a claim comes out otherwise."""
    asked = _parser().parse_args(arguments)
    wanted = chosen(asked.only)
    parts = [name for name, flag in ((CLAIMS, asked.both_ways), (LEAD, asked.lead)) if flag]
    if asked.page is not None and (asked.only is not None or not parts):
        raise refuse("--page", asked.page, "a page together with --both-ways or --lead, and without --only")
    if not parts:
        terminal.say(*terminal.aligned([_listed(claim) for claim in wanted]))
        return 0
    page = None if asked.page is None else check_path("--page", asked.page)
    if page is not None:
        read_page(page, parts)  # before minutes are spent
    outputs = check_path("--outputs", asked.outputs)
    folder = outputs / check_name("name", asked.name)
    place = Local(workers=check_workers(asked.workers))
    seeds, developers = check_seeds(asked.seeds), check_developers(asked.developers)
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


def _parser() -> terminal.Parser:
    parser = terminal.Parser(prog="python -m experiments.claims", description=__doc__)
    parser.add_argument("--both-ways", action="store_true", help="run every setting and print what comes out")
    parser.add_argument("--lead", action="store_true", help="what of the closed lead is compute, secrecy and speed")
    parser.add_argument("--only", metavar="IDS", help="some of the claims, as K03,K17")
    parser.add_argument("--seeds", type=int, default=judge.SEEDS, help=f"number of seeds; {judge.SEEDS} if not given")
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
