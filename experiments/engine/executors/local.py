"""Processes of this machine, each a pool of its own, so that one that dies takes no other work with it."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, ClassVar, NoReturn, ParamSpec, TypeVar

from experiments.engine.executors.place import Ended, Place
from experiments.questions.settings import check_workers

P = ParamSpec("P")
T = TypeVar("T")
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_STARTING = threading.Lock()
# How long a worker that was told to end may take to put away what it has finished.
_GRACE_SECONDS = 5.0


@dataclass(frozen=True)
class Local(Place):
    """This machine.

    Attributes:
        workers: Processes; 1 means none but this one.
    """

    workers: int = 1
    SETTINGS: ClassVar[tuple[str, ...]] = ("workers",)

    @classmethod
    def checked(cls, chunk: int | None, deadline: float | None, given: Mapping[str, Any]) -> Local:
        """From settings.

        Raises:
            ExperimentError: A setting is not allowed.
        """
        return cls(chunk, deadline, check_workers(given.get("workers")))

    @property
    def slots(self) -> int:
        """Chunks that can be computed at once."""
        return self.workers

    @property
    def window(self) -> int:
        """Chunks handed out at once: so few that what others do meanwhile is not done again."""
        return 1 if self.workers == 1 else 2 * self.workers

    def start(self, scratch: Path) -> Executor:
        """The processes, not yet running.

        Raises:
            ExperimentError: Several in a worker of a pool, which may not start any.
        """
        return InProcess() if check_workers(self.workers) == 1 else LocalProcesses(self.workers)


class InProcess(Executor):
    """Work is done at once, here."""

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class LocalProcesses(Executor):
    """A number of processes; one that is killed is replaced, and only what it was at is lost."""

    def __init__(self, workers: int) -> None:
        self._slots = [_Slot() for _ in range(workers)]
        self._free: queue.SimpleQueue[_Slot] = queue.SimpleQueue()
        for slot in self._slots:
            self._free.put(slot)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="executor")

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Work for the next process that is free."""
        return self._threads.submit(lambda: self._call(function, *args, **kwargs))

    def _call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        slot = self._free.get()
        try:
            return slot.call(function, *args, **kwargs)
        finally:
            self._free.put(slot)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; with ``cancel_futures`` at once, and what was going on is lost."""
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        if cancel_futures:
            _end_all([process for slot in self._slots for process in slot.close()])
        self._threads.shutdown(wait=wait)
        for slot in self._slots:
            slot.end()


class _Slot:
    """One process, started when first needed and again after it died."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._over = False

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _STARTING:  # what is changed while a process starts belongs to all threads
            if self._pool is None and not self._over:
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin)
            if self._pool is None:
                raise RuntimeError("no process any more")
            with _light_children():
                future = self._pool.submit(partial(_work, function, *args, **kwargs))
        try:
            return future.result()
        except BrokenProcessPool:
            self.end()
            raise

    def close(self) -> list[BaseProcess]:
        """Start no process any more; returns those that there are."""
        with _STARTING:
            self._over = True
            pool = self._pool
            return list((pool._processes or {}).values()) if pool is not None else []

    def end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_all(processes: list[BaseProcess]) -> None:
    """Politely, so that what is finished is kept and nothing is left half-written; then by force."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + _GRACE_SECONDS
    for process in processes:
        if not wait([process.sentinel], max(0.0, end - time.monotonic())):
            process.kill()


def _work(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """In a worker: told to end, the work ends by an exception, so that it can put away what it has."""
    before = signal.signal(signal.SIGTERM, _told_to_end)
    try:
        return function(*args, **kwargs)
    except SystemExit:  # the pool would take it for a result and go on
        os._exit(1)
    finally:
        signal.signal(signal.SIGTERM, before)


def _told_to_end(*_: Any) -> NoReturn:
    raise Ended(1)


def _begin() -> None:
    """In a worker: Ctrl-C is for the process that started it, and when that is gone, so is the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(1))
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    os._exit(1)


@contextmanager
def _light_children() -> Iterator[None]:
    """While a process starts: one thread of linear algebra, no Ctrl-C, no second import of the caller's script.

    A spawned process imports the script that started it, which costs time and needs an
    ``if __name__ == "__main__"`` there. The work needs only our own modules, so the script is hidden meanwhile.
    """
    main = sys.modules["__main__"]
    hidden = {name: getattr(main, name) for name in ("__spec__", "__file__") if hasattr(main, name)}
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    main.__spec__ = None
    main.__dict__.pop("__file__", None)
    # A child inherits what is blocked, and has it blocked while it imports, before it can say that it ignores it.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if blocked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        main.__dict__.update(hidden)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
