"""An executor whose work goes out as arrays of jobs, and comes back as shards in the store.

A job is done when its shard is in the store. What a cluster's accounting says is not asked, since many have none, and
nothing that a job wrote is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, InvalidStateError
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NoReturn, ParamSpec, TypeVar

from experiments.engine.executors.place import Ended
from experiments.questions.settings import ExperimentError, one_line
from experiments.results import store
from experiments.results.files import write_atomically

P = ParamSpec("P")
T = TypeVar("T")
# So many jobs lost before the first shard, and nothing is hoped for any more.
HOPELESS = 10
SUBMIT_TRIES, SUBMIT_PAUSE_SECONDS = 10, 60.0
END_SECONDS = 20.0
_END_PAUSE_SECONDS = 1.0
_TICK_SECONDS = 0.25
# Chunks come one by one, but quickly; an array takes all that came before such a pause.
_QUIET_SECONDS = 0.5
_CANNOT_LOAD = re.compile(r"(ModuleNotFoundError|ImportError)\b|AttributeError: Can't get attribute|.*No module named ")
_SIGNALS = {int(signal.SIGTERM): "it was cancelled", int(signal.SIGUSR2): "its time limit is near"}
_LOG = logging.getLogger(__name__)


class LostJob(Exception):
    """A job that left the queue without a shard."""


def on_node(function: Callable[[Any], Any], chunk: Any, note: Path) -> None:
    """What a job does; an error that all jobs would have is put into ``note``, for the study to end with."""
    for known in _SIGNALS:
        signal.signal(known, _stop)
    try:
        function(chunk)
    except ExperimentError as error:
        text = json.dumps({"error": str(error)})
        write_atomically(note, lambda path: path.write_text(text, "utf-8"))


def _stop(caught: int, _: Any) -> NoReturn:
    for known in _SIGNALS:
        signal.signal(known, signal.SIG_IGN)
    raise Ended(f"stopped: {_SIGNALS[caught]}")  # run_chunk keeps what is finished


@dataclass(eq=False)
class Job:
    """A chunk on its way: what computes it, its future, and the handle by which its queue knows it."""

    function: Callable[..., Any]
    chunk: Any
    future: Future[Any]
    note: Path
    handle: Any = None
    # Shards of this chunk that were there before, with the time they were written: of a run that failed then.
    before: Mapping[str, int] = field(default_factory=dict)
    gone_since: float | None = None


class Queue(ABC):
    """Where jobs go."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._folders = count()

    @abstractmethod
    def room(self, out: int) -> int:
        """How many more jobs it takes when so many are out."""

    @abstractmethod
    def gone(self, jobs: Iterable[Job]) -> list[Job]:
        """Those that are neither waiting nor running any more; none if that cannot be found out."""

    @abstractmethod
    def cancel(self, jobs: Iterable[Job]) -> None:
        """Have them end soon; those that have ended already do not matter."""

    @abstractmethod
    def _executor(self, folder: Path) -> Any:
        """An executor of submitit."""

    def put(self, jobs: Sequence[Job]) -> None:
        """Submit, and note the handles."""
        # A folder for each array: ids of local jobs may come again, and their files must not.
        executor = self._executor(self._scratch / str(next(self._folders)))
        columns = zip(*((job.function, job.chunk, job.note) for job in jobs), strict=True)
        for job, handle in zip(jobs, executor.map_array(on_node, *columns), strict=True):
            job.handle = handle


class JobExecutor(Executor):
    """Gathers chunks, submits them as arrays and looks for their shards, in a thread of its own."""

    def __init__(self, queue: Queue, scratch: Path, poll_seconds: float, grace_seconds: float) -> None:
        self._queue, self._scratch = queue, scratch
        self._poll_seconds, self._grace_seconds = poll_seconds, grace_seconds
        self._notes = scratch / "notes"
        self._notes.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._waiting: list[Job] = []
        self._out: list[Job] = []
        self._left: list[Job] = []
        self._numbers = count()
        self._came = self._next_poll = self._next_put = 0.0
        self._tries = self._lost = self._done = 0
        self._closing, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A job for a chunk, the only argument; its future has the shard, or :class:`LostJob`."""
        (chunk,) = args
        future: Future[T] = Future()
        with self._lock:
            if self._closing.is_set():
                raise RuntimeError("cannot schedule new futures after shutdown")
            note = self._notes / f"{next(self._numbers)}.json"
            self._waiting.append(Job(function, chunk, future, note))
            self._came = time.monotonic()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; with ``cancel_futures`` at once, and jobs are cancelled."""
        self._closing.set()
        self._next_poll = 0.0
        if cancel_futures:
            self._stop.set()
        if wait:
            self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.wait(_TICK_SECONDS):
                self._put()
                if time.monotonic() >= self._next_poll:
                    self._next_poll = time.monotonic() + self._poll_seconds
                    self._look()
                with self._lock:
                    if self._closing.is_set() and not self._waiting and not self._out:
                        break
        except Exception as error:  # nobody else would hear of it
            self._fail([*self._waiting, *self._out], f"the jobs are not watched any more: {_named(error)}")
        self._end()

    def _put(self) -> None:
        with self._lock:
            self._waiting = [job for job in self._waiting if not job.future.cancelled()]
            now = time.monotonic()
            room = self._queue.room(len(self._out))
            if not self._waiting or room <= 0 or now < max(self._came + _QUIET_SECONDS, self._next_put):
                return
            batch, self._waiting = self._waiting[:room], self._waiting[room:]
        there = _shards({job.chunk.shared.store for job in batch}, {job.chunk.id for job in batch})
        for job in batch:
            job.before = {path.name: written for path, written in there.get(job.chunk.id, {}).items()}
        try:
            self._queue.put(batch)
        except Exception as error:  # submitit has several, and none of its own that all share
            self._refused(batch, error)
        else:
            self._tries = 0
            self._out += batch

    def _refused(self, batch: list[Job], error: Exception) -> None:
        """Wrong settings end the study; a queue that took jobs before may be busy."""
        self._tries += 1
        if self._left or self._out:
            if self._tries == 1:
                _LOG.warning("%s", one_line(f"a job array was refused and is submitted again later: {error}"))
            if self._tries < SUBMIT_TRIES:
                self._next_put = time.monotonic() + SUBMIT_PAUSE_SECONDS
                with self._lock:
                    self._waiting = batch + self._waiting
                return
        self._fail(batch, f"a job array could not be submitted: {_named(error)}")

    def _look(self) -> None:
        """One look at the store, the notes and the queue for all jobs."""
        there = _shards({job.chunk.shared.store for job in self._out}, {job.chunk.id for job in self._out})
        notes = {path.name for path in self._notes.iterdir()} if self._out else set()
        over = {
            job for job in self._out if self._is_done(job, there.get(job.chunk.id, {})) or self._has_note(job, notes)
        }
        unwanted = {job for job in self._out if job not in over and job.future.cancelled()}
        if unwanted:
            self._queue.cancel(unwanted)
        over |= unwanted
        over |= self._are_lost([job for job in self._out if job not in over])
        self._left += over
        self._out = [job for job in self._out if job not in over]

    def _is_done(self, job: Job, there: Mapping[Path, int]) -> bool:
        for path, written in there.items():
            if job.before.get(path.name) != written and (shard := store.describe(path)) is not None:
                self._done += 1
                _settle(job.future, shard)
                return True
        return False

    def _has_note(self, job: Job, notes: Collection[str]) -> bool:
        if job.note.name not in notes:
            return False
        try:
            text = str(json.loads(job.note.read_text("utf-8"))["error"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            text = f"a job ended with an error that cannot be read: {_named(error)}"
        _settle(job.future, ExperimentError(one_line(text)))
        return True

    def _are_lost(self, jobs: list[Job]) -> set[Job]:
        gone, now = set(self._queue.gone(jobs)) if jobs else set(), time.monotonic()
        lost = set()
        for job in jobs:
            job.gone_since = None if job not in gone else job.gone_since or now
            if job.gone_since is not None and now - job.gone_since >= self._grace_seconds:
                lost.add(job)
                self._lost += 1
                _settle(job.future, self._loss(job))
        return lost

    def _loss(self, job: Job) -> Exception:
        log = Path(job.handle.paths.stderr)
        last = _last_line(log)
        text = one_line(f"job {job.handle.job_id} left the queue without a result: {last or 'no message'}", 200)
        if _CANNOT_LOAD.match(last):
            return ExperimentError(f"{text}; see {log}; allowed: the same environment on all nodes")
        if not self._done and self._lost >= HOPELESS:
            return ExperimentError(f"{self._lost} jobs were lost and none was finished; {text}; see {log}")
        return LostJob(f"{text}; see {log}")

    def _fail(self, jobs: Iterable[Job], text: str) -> None:
        for job in jobs:
            _settle(job.future, ExperimentError(one_line(text)))

    def _end(self) -> None:
        """Cancel what is not wanted any more, and tidy up when it is gone."""
        with self._lock:
            jobs, unwanted = [*self._left, *self._out], set(self._out)
            for job in (*self._waiting, *self._out):
                job.future.cancel()
            self._waiting, self._out = [], []
        start = time.monotonic()
        while jobs and time.monotonic() - start < END_SECONDS:
            gone = set(self._queue.gone(jobs))
            jobs = [job for job in jobs if job not in gone]
            self._queue.cancel([job for job in jobs if job in unwanted])
            if jobs:
                time.sleep(_END_PAUSE_SECONDS)
        if self._lost:
            words = "1 job lost; its log is" if self._lost == 1 else f"{self._lost} jobs lost; their logs are"
            _LOG.warning("%s in %s", words, self._scratch)
        else:
            shutil.rmtree(self._scratch, ignore_errors=True)


def _settle(future: Future[Any], outcome: Any) -> None:
    with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _shards(folders: Iterable[Path], chunks: Collection[str]) -> dict[str, dict[Path, int]]:
    """Shards of these chunks and when they were written [ns], from one listing of each folder."""
    found: dict[str, dict[Path, int]] = {}
    for folder in folders:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                chunk, _, rest = entry.name.partition("-")
                if chunk in chunks and rest.endswith(".parquet"):
                    with contextlib.suppress(FileNotFoundError):
                        found.setdefault(chunk, {})[Path(entry.path)] = entry.stat().st_mtime_ns
    return found


def _last_line(log: Path) -> str:
    """The last line of a log that a program wrote, not one in which srun says that it ended."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return next((line for line in reversed(said) if not line.startswith("srun:")), said[-1] if said else "")


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
