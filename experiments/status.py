"""How far studies are, wherever they run: ``python -m experiments.status outputs/my-study [--watch SECONDS]``.

Read off the store, so nobody is asked and nothing is disturbed. Without a folder, all studies of ``--outputs``.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments import cli
from experiments.engine.progress import lasting, pace, share
from experiments.questions.settings import ExperimentError, number, refuse
from experiments.results import folder as folders
from experiments.results import store

_FILES = ("study.json", "runs.parquet", "points.parquet")
_WATCH = (0.1, 86_400.0)
_AGAIN = "\x1b[H\x1b[J"  # the cursor to the top, the screen empty
RUNNING, STOPPED, FINISHED = "running", "stopped", "finished"


@dataclass(frozen=True)
class Standing:
    """How far one study is.

    Attributes:
        folder: The study's folder.
        study: What is in its ``study.json``.
        keys: Names in the store of the runs asked for; two runs may be the same by content.
        done: Those that finished.
        failed: Those that failed.
        shards: Names of the shards that hold one of its runs, finished or failed.
        rate: Runs a second since its driver started; None if nothing was written since.
        last: When its last shard was written, in seconds since 1970; None if there is none.
        state: running, stopped, finished, or on which host it is.
    """

    folder: Path
    study: dict[str, Any]
    keys: tuple[str, ...]
    done: int
    failed: int
    shards: frozenset[str]
    rate: float | None
    last: float | None
    state: str

    @property
    def asked(self) -> int:
        """Runs asked for."""
        return len(self.keys)

    @property
    def left(self) -> int:
        """Runs that are still missing."""
        return self.asked - self.done - self.failed

    @property
    def command(self) -> str:
        """What was asked, and goes on if asked again."""
        return str(self.study["provenance"].get("command", "not known"))

    @property
    def words(self) -> tuple[str, ...]:
        """Name, state, runs done, per cent, failed, pace and time left, as the columns of a table."""
        left = self.left if self.rate and self.state != STOPPED else 0
        return (
            self.folder.name,
            self.state,
            f"{self.done} of {self.asked} runs",
            share(self.done + self.failed, self.asked),
            f"{self.failed} failed" if self.failed else "",
            pace(self.rate) if self.rate else "",
            f"about {lasting(left / self.rate)} left" if left and self.rate else "",
        )


def look(folder: Path, stores: dict[Path, store.Index] | None = None) -> Standing:
    """How far a study is by now.

    Args:
        folder: The study's folder.
        stores: Stores that were read already, by folder; one that is not is added.

    Raises:
        ExperimentError: The folder does not hold a study.
    """
    study, runs, _ = folders.read(folder)
    place, stores = folder.resolve().parent / store.FOLDER, {} if stores is None else stores
    index = stores[place] = stores.get(place) or store.Index(place)
    keys = tuple(runs["key"])
    found, failed = [index.find(key) for key in keys], [index.failure(key) for key in keys]
    runs_of = Counter(name for name in (*found, *failed) if name is not None)
    times = _written(index.folder, runs_of)
    done, lost = len(keys) - found.count(None), len(keys) - failed.count(None)
    driver = study.get("driver") or {}
    return Standing(
        folder,
        study,
        keys,
        done,
        lost,
        frozenset(runs_of),
        _rate(times, runs_of, _seconds(driver.get("started"))),
        max(times.values(), default=None),
        FINISHED if done + lost >= len(keys) else _state(driver),
    )


def studies(outputs: Path) -> list[Path]:
    """The folders in ``outputs`` that hold a study, or what is left of one.

    Raises:
        ExperimentError: There is no such folder, or it cannot be listed.
    """
    try:
        entries = sorted(outputs.iterdir())
        return [path for path in entries if not path.name.startswith(".") and _is_study(path)]
    except OSError as error:
        raise refuse("--outputs", str(outputs), f"a folder that can be read ({error.strerror})") from None


def _is_study(path: Path) -> bool:
    try:
        return path.is_dir() and not set(_FILES).isdisjoint(os.listdir(path))
    except PermissionError:
        return True  # it may be one


def _written(folder: Path, names: Iterable[str]) -> dict[str, float]:
    times = {}
    for name in names:
        with contextlib.suppress(OSError):  # removed since
            times[name] = (folder / name).stat().st_mtime
    return times


def _rate(times: Mapping[str, float], runs_of: Mapping[str, int], started: float | None) -> float | None:
    """Runs a second from the start to the last shard; None if clocks do not tell."""
    if started is None:
        return None
    recent = {name: at for name, at in times.items() if at >= started}
    seconds = max(recent.values(), default=started) - started
    return sum(runs_of[name] for name in recent) / seconds if seconds > 0 else None


def _seconds(moment: Any) -> float | None:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _state(driver: Mapping[str, Any]) -> str:
    host = driver.get("host")
    if "ended" in driver:
        return STOPPED
    if host != platform.node():
        return f"on {host}" if host else "unknown"
    return RUNNING if _lives(driver.get("pid")) else STOPPED


def _lives(pid: Any) -> bool:
    if os.name == "nt":  # there, signal 0 is no question but Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except PermissionError:  # it is somebody else's
        return True
    except (OSError, OverflowError, TypeError):
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how far studies are; returns the exit code."""
    parser = cli.Parser(prog="python -m experiments.status", description=__doc__)
    parser.add_argument("folders", nargs="*", help="folders of studies; all of --outputs if none is given")
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="look again, until nothing runs any more")
    try:
        asked = parser.parse_args(arguments)
        pause = None if asked.watch is None else number("--watch", asked.watch, *_WATCH)
        stores: dict[Path, store.Index] = {}
        while _show([Path(name) for name in asked.folders], Path(asked.outputs), stores) and pause is not None:
            time.sleep(pause)
            print(_AGAIN if sys.stdout.isatty() else "\n", end="")
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2
    except OSError as error:
        cli.report(f"{error.filename}: cannot be read ({error.strerror})")
        return 2
    except KeyboardInterrupt:
        pass
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
    lines = aligned([item.words for item in found]) + lines
    if len(found) == 1:
        lines += [f"  {name:<11} {text}".rstrip() for name, text in _details(found[0])]
    else:
        stopped = [item for item in found if item.state == STOPPED]
        lines += [f"{item.folder.name}: to go on, run the same command again: {item.command}" for item in stopped]
    print("\n".join(lines or [f"no study in {outputs}"]), flush=True)
    return any(item.state not in (FINISHED, STOPPED) for item in found)


def _details(item: Standing) -> list[tuple[str, str]]:
    driver = item.study.get("driver") or {}
    lines = [("folder", str(item.folder)), ("shards", str(len(item.shards)))]
    if item.last is not None:
        lines.append(("last shard", f"{_date(item.last)}, {lasting(max(0.0, time.time() - item.last))} ago"))
    if driver:
        started = _seconds(driver.get("started"))
        since = f", started {_date(started)}" if started is not None else ""
        lines.append(("driver", f"process {driver.get('pid')} on {driver.get('host')}{since}"))
    if item.state == STOPPED:
        lines.append(("to go on", f"run the same command again: {item.command}"))
    elif item.state not in (RUNNING, FINISHED):
        lines.append(("", "only that host knows whether it still runs; a shard that just came is a good sign"))
    return lines


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def aligned(rows: Sequence[Sequence[str]], right: Callable[[int], bool] = lambda _: False) -> list[str]:
    """Rows of words as lines with columns below each other; columns that are empty everywhere are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column)]
    widths = [max(map(len, column)) for column in columns]
    padded = [
        [word.rjust(width) if right(place) else word.ljust(width) for word in column]
        for place, (column, width) in enumerate(zip(columns, widths, strict=True))
    ]
    return ["  ".join(words).rstrip() for words in zip(*padded, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
