"""How far a study is: a bar with the time left on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

_LINE_SECONDS = 10.0


class Progress:
    """Counts finished runs on standard error; silent if ``show`` is false."""

    def __init__(self, total: int, *, show: bool) -> None:
        self.total, self.done = total, 0
        self._first: tuple[float, int] | None = None
        self._spoken = time.monotonic()
        self._lines = show and not sys.stderr.isatty()
        # tqdm would flood a pipe with carriage returns, so there it is off and plain lines take its place.
        self._bar = tqdm(total=total, unit="run", disable=not show or self._lines, dynamic_ncols=True)

    def skip(self, runs: int) -> None:
        """Note that some runs were there already."""
        self.done += runs
        self._bar.update(runs)

    def add(self, runs: int) -> None:
        """Note that some more runs are finished."""
        self.skip(runs)
        now = time.monotonic()
        # Processes take seconds to start, so the pace counts from the first run that is finished.
        self._first = self._first or (now, self.done)
        start, before = self._first
        if self._lines and self.done > before and now - self._spoken >= _LINE_SECONDS:
            self._spoken = now
            left = (now - start) / (self.done - before) * (self.total - self.done)
            print(f"{self.done} of {self.total} runs, about {left:.0f} s left", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
