"""The loop of a study: hand chunks out, hear of those that are done, hand out again what was lost.

What is done is judged by the shards in the store. So it does not matter who wrote a shard, this driver's workers
or another's, nor whether a worker lived to say so.
"""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from experiments.engine.executors import LostJob, Place
from experiments.engine.progress import Progress
from experiments.engine.provenance import versions_in_words
from experiments.engine.work import Chunk, failure, run_chunk
from experiments.questions.settings import ExperimentError
from experiments.questions.tasks import Task
from experiments.results import store

TRIES = 2
_LOOK_SECONDS = 2.0
# Looking into a store of a hundred thousand shards takes a while, and no more than this share of the time.
_LOOK_SHARE = 0.01
# A file that a worker has written may show late on a file system shared by machines.
_PATIENCE_SECONDS = 60.0


class UnfinishedError(ExperimentError):
    """A study that stopped before its end; what is finished is kept."""


class Lost(Exception):
    """Work that a worker took and did not finish."""


class Driver:
    """Computes chunks until every run has a shard that holds it, finished or failed.

    Args:
        chunks: What is to be done.
        index: The store, kept up to date.
        place: Where it is computed.
        bar: Told how many runs are done.
    """

    def __init__(self, chunks: Sequence[Chunk], index: store.Index, place: Place, bar: Progress) -> None:
        self.index, self.place, self.bar = index, place, bar
        self.missing = {key for chunk in chunks for key in chunk.keys}
        self._queue = deque(chunks)
        self._out: dict[Future[store.Shard], Chunk] = {}
        self._losses: Counter[str] = Counter()

    def run(self, executor: Executor) -> None:
        """Go on until nothing is missing.

        Raises:
            StoreError: The store cannot be written.
            UnfinishedError: No chunk was finished for longer than the deadline.
        """
        heard = looked = time.monotonic()
        pause = _LOOK_SECONDS
        while self._queue or self._out:
            self._hand_out(executor)
            done, _ = wait(self._out, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                self._hear(future)
            now = time.monotonic()
            if now - looked >= pause:
                done |= self._look_at_others()
                looked = time.monotonic()
                pause = max(_LOOK_SECONDS, (looked - now) / _LOOK_SHARE)
            if done:
                heard = now
            elif self._out and self.place.deadline is not None and now - heard > self.place.deadline:
                raise UnfinishedError(
                    f"nothing was finished for {self.place.deadline:g} s and {len(self.missing)} runs are missing; "
                    "finished runs are kept, and the same command goes on from there"
                )

    def _hand_out(self, executor: Executor) -> None:
        window = self.place.window
        while self._queue and (window is None or len(self._out) < window):
            chunk = self._what_is_left(self._queue.popleft())
            if chunk.tasks:
                self._out[executor.submit(run_chunk, chunk)] = chunk

    def _what_is_left(self, chunk: Chunk) -> Chunk:
        tasks = []
        for task in chunk.tasks:
            runs = {key: name for key, name in task.runs.items() if key in self.missing}
            if runs:
                tasks.append(Task(task.changes, task.seed, runs))
        return chunk.only(tasks)

    def _hear(self, future: Future[store.Shard]) -> None:
        chunk, error = self._out.pop(future), future.exception()
        if error is None:
            self._note([self._arrived(future.result().name)])
        elif isinstance(error, ExperimentError):
            raise error
        else:
            self._hand_out_again(chunk, error)

    def _arrived(self, name: str) -> store.Shard:
        start, pause = time.monotonic(), 0.0
        while (shard := store.describe(self.index.folder / name)) is None:
            if time.monotonic() - start > _PATIENCE_SECONDS:
                raise UnfinishedError(
                    f"a worker wrote {name} and it is not in {self.index.folder}; "
                    "allowed: a folder for outputs that all workers share, under the same path"
                )
            pause = min(1.0, pause + 0.05)
            time.sleep(pause)
        return shard

    def _note(self, shards: Iterable[store.Shard]) -> None:
        before, failed = len(self.missing), 0
        for shard in shards:
            self.index.add(shard)
            failed += len(self.missing.intersection(shard.failed).difference(shard.keys))
            self.missing.difference_update(shard.keys, shard.failed)
        self.bar.add(before - len(self.missing), failed)

    def _look_at_others(self) -> set[Future[store.Shard]]:
        """Note shards that somebody else wrote; returns futures that need not be waited for any more."""
        ours = {chunk.id for chunk in self._out.values()}
        news = self.index.refresh()
        self._note(news)
        if self._queue and any(shard.chunk not in ours for shard in news):
            # Somebody works on the same study. Going on anywhere else keeps the two from doing the same.
            self._queue.rotate(random.randrange(len(self._queue)))
        over = {future for future, chunk in self._out.items() if self.missing.isdisjoint(chunk.keys)}
        for future in over:
            future.cancel()
            del self._out[future]
        return over

    def _hand_out_again(self, chunk: Chunk, error: BaseException) -> None:
        """Once more as it is; then in pieces, to find what kills the worker; at last as a failure."""
        self._losses[chunk.id] += 1
        if self._losses[chunk.id] < TRIES:
            self._queue.append(chunk)
        elif len(chunk.keys) > 1:
            self._queue.extend(_in_pieces(chunk))
        else:
            (task,) = chunk.tasks
            (key,) = chunk.keys
            times = f"its worker was lost {TRIES} times, the last time with {type(error).__name__}: {error}"
            reason = error if _is_of_the_work(error) else Lost(times)
            records = [failure(chunk.shared, task, key, reason)]
            self._note([store.write(chunk.shared.store, chunk.id, (), records, versions_in_words())])


def _is_of_the_work(error: BaseException) -> bool:
    """Whether the work raised this, and no worker was lost."""
    lost = isinstance(error, BrokenExecutor | CancelledError | LostJob)
    return not lost and not type(error).__module__.startswith("distributed")


def _in_pieces(chunk: Chunk) -> list[Chunk]:
    if len(chunk.tasks) > 1:
        return [chunk.only([task]) for task in chunk.tasks]
    (task,) = chunk.tasks
    return [chunk.only([Task(task.changes, task.seed, {key: name})]) for key, name in task.runs.items()]
