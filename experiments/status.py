"""How far studies are, wherever they run: ``python -m experiments.status outputs/my-study [--watch SECONDS]``.

Read off the store, so nobody is asked and nothing is disturbed. Without a folder, all studies of ``--outputs``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from experiments import terminal
from experiments.engine.progress import lasting
from experiments.engine.standing import FINISHED, RUNNING, STOPPED, Standing, look, seconds, studies
from experiments.questions.settings import ExperimentError, check_path, number
from experiments.results import store

_WATCH = (0.1, 86_400.0)
_AGAIN = "\x1b[H\x1b[J"  # the cursor to the top, the screen empty


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Print how far studies are; returns the exit code."""
    parser = terminal.Parser(prog="python -m experiments.status", description=__doc__)
    parser.add_argument("folders", nargs="*", help="folders of studies; all of --outputs if none is given")
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="look again, until nothing runs any more")
    asked = parser.parse_args(arguments)
    pause = None if asked.watch is None else number("--watch", asked.watch, *_WATCH)
    stores: dict[Path, store.Index] = {}
    try:
        folders = [check_path("folders", name) for name in asked.folders]
        outputs = check_path("--outputs", asked.outputs)
        while _show(folders, outputs, stores) and pause is not None:
            time.sleep(pause)
            print(_AGAIN if sys.stdout.isatty() else "\n", end="")
    except OSError as error:
        terminal.report(f"{error.filename}: cannot be read ({error.strerror})")
        return terminal.REFUSED
    except KeyboardInterrupt:
        if pause is None:
            raise
    return 0


def _show(given: Sequence[Path], outputs: Path, stores: dict[Path, store.Index]) -> bool:
    """Print once; returns whether something may still be running."""
    for index in stores.values():
        index.refresh()
    found, lines = [], []
    for folder in given or studies(outputs):
        try:
            found.append(look(folder, stores))
        except ExperimentError:
            if given:
                raise
            lines.append(f"{folder.name}: cannot be read")
    lines = terminal.aligned([item.words for item in found]) + lines
    if len(found) == 1:
        lines += [f"  {name:<11} {text}".rstrip() for name, text in _details(found[0])]
    else:
        stopped = [item for item in found if item.state == STOPPED]
        lines += [f"{item.folder.name}: to go on, run the same command again: {item.command}" for item in stopped]
    terminal.say(*(lines or [f"no study in {outputs}"]))
    return any(item.state not in (FINISHED, STOPPED) for item in found)


def _details(item: Standing) -> list[tuple[str, str]]:
    driver = item.study.get("driver") or {}
    lines = [("folder", str(item.folder)), ("shards", str(len(item.shards)))]
    if item.last is not None:
        lines.append(("last shard", f"{_date(item.last)}, {lasting(max(0.0, time.time() - item.last))} ago"))
    if driver:
        started = seconds(driver.get("started"))
        since = f", started {_date(started)}" if started is not None else ""
        lines.append(("driver", f"process {driver.get('pid')} on {driver.get('host')}{since}"))
    if item.state == STOPPED:
        lines.append(("to go on", f"run the same command again: {item.command}"))
    elif item.state not in (RUNNING, FINISHED):
        lines.append(("", "only that host knows whether it still runs; a shard that just came is a good sign"))
    return lines


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


if __name__ == "__main__":
    sys.exit(main())
