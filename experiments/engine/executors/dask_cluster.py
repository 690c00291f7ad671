"""A Dask cluster that is already running: a scheduler and workers on any number of machines."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, InvalidStateError
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from experiments.engine.executors.place import Place
from experiments.questions.settings import ExperimentError, one_line, refuse

P = ParamSpec("P")
T = TypeVar("T")
CONNECT_SECONDS = 20.0
CLOSE_SECONDS = 5.0
# How many workers there are is known only later, and the borders of chunks must not depend on it.
_SLOTS = 64
_ADDRESS = re.compile(r"((tcp|tls|ucx|ws|wss)://)?[^\s/]+:\d{1,5}")
_START = "start one with: dask scheduler, and on each machine: dask worker tcp://HOST:8786 --nthreads 1 --nworkers N"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class DaskCluster(Place):
    """A Dask scheduler and its workers; all must see the output folder under the same path.

    Attributes:
        address: The scheduler's, like ``tcp://host:8786``.
    """

    address: str = ""
    SETTINGS: ClassVar[tuple[str, ...]] = ("address",)

    @classmethod
    def checked(cls, chunk: int | None, deadline: float | None, given: Mapping[str, Any]) -> DaskCluster:
        """From settings.

        Raises:
            ExperimentError: A setting is not allowed.
        """
        address = given.get("address")
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise refuse("executor.address", address, f"the address of a Dask scheduler, tcp://HOST:8786; {_START}")
        return cls(chunk, deadline, address)

    @property
    def slots(self) -> int:
        """Chunks that can be computed at once: a guess."""
        return _SLOTS

    def start(self, scratch: Path) -> Executor:
        """Connect.

        Raises:
            ExperimentError: Dask is not installed here, or no scheduler answers.
        """
        client = self._connect()
        workers = client.scheduler_info()["workers"].values()
        if not workers:
            _LOG.warning("the Dask scheduler at %s has no workers yet; the study begins when one comes", self.address)
        elif any(worker["nthreads"] > 1 for worker in workers):
            _LOG.warning("some Dask workers have several threads; --nthreads 1 --nworkers N computes faster")
        return DaskExecutor(client, self.address)

    def _connect(self) -> Any:
        try:
            from distributed import Client
        except ImportError:
            raise refuse("executor.kind", "dask", "with Dask: pip install 'weightshift[cluster]'") from None
        # When the scheduler goes we say so, in one line; the client's own log would add a page.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            return Client(self.address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            reason = f"one that answers within {CONNECT_SECONDS:g} s ({one_line(str(error), 100)}); {_START}"
            raise refuse("executor.address", self.address, reason) from None


class DaskExecutor(Executor):
    """Hands work to a cluster through a client, which it closes at the end; the cluster stays."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._executor: Executor = client.get_executor(pure=False, retries=0)
        self._out: dict[Future[Any], Future[Any]] = {}
        self._over = False

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Work for the next worker that is free; its future may be cancelled as long as it is not done."""
        ours: Future[T] = Future()
        if self._client.status != "running":
            ours.set_exception(self._gone())
            return ours
        theirs = self._executor.submit(function, *args, **kwargs)
        self._out[ours] = theirs
        ours.add_done_callback(self._forget)
        theirs.add_done_callback(partial(self._hear, ours))
        return ours

    def _hear(self, ours: Future[Any], theirs: Future[Any]) -> None:
        with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
            if theirs.cancelled():
                # What nobody here has cancelled, Dask has, since it lost the scheduler.
                ours.set_exception(self._gone())
            elif (error := theirs.exception()) is not None:
                ours.set_exception(_explained(error))
            else:
                ours.set_result(theirs.result())

    def _forget(self, ours: Future[Any]) -> None:
        theirs = self._out.pop(ours, None)  # with its last reference, the cluster forgets the result
        if theirs is not None and ours.cancelled() and not self._over:
            theirs.cancel()

    def _gone(self) -> ExperimentError:
        return ExperimentError(
            f"the Dask scheduler at {self._address} is gone; finished runs are kept, "
            "and the same command goes on from there"
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the client; with ``cancel_futures`` at once, and the cluster drops what it has not begun."""
        if wait and not cancel_futures:
            wait_for(list(self._out))
        self._over = True
        for ours in list(self._out):
            ours.cancel()
        self._client.close(timeout=CLOSE_SECONDS)  # a scheduler forgets what no client wants


def _explained(error: BaseException) -> BaseException:
    """An error that would come again on every worker ends the study; any other is work that was lost."""
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, ImportError) or "deserializ" in str(error):
        text = f"the Dask cluster cannot load the work ({type(cause).__name__}: {cause})"
        return ExperimentError(
            one_line(text, 180) + "; allowed: the same environment for the scheduler, its workers and here"
        )
    return error
