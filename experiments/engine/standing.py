"""How far studies are, wherever they run: read off their folders and the store."""

from __future__ import annotations

import contextlib
import os
import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from experiments.engine.progress import lasting, pace, share
from experiments.questions.settings import refuse
from experiments.results import seal, store

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
    study, runs, _ = seal.read(folder)
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
        _rate(times, runs_of, seconds(driver.get("started"))),
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
        return path.is_dir() and not {seal.STUDY, *seal.TABLES}.isdisjoint(os.listdir(path))
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


def seconds(moment: Any) -> float | None:
    """A moment as written in ``study.json``, in seconds since 1970; None if it is none."""
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
    if isinstance(pid, bool) or not isinstance(pid, int) or pid <= 0:  # less means groups of processes
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:  # it is somebody else's
        return True
    except (OSError, OverflowError, TypeError):
        return False
    return True
