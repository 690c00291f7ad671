"""How far a study is: a bar with the time left on a terminal, a log line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

_LINE_SECONDS = 10.0


class Progress:
    """Counts finished runs on standard error; silent if ``show`` is false.

    Args:
        total: Runs asked for.
        show: Whether to say anything.
    """

    def __init__(self, total: int, *, show: bool) -> None:
        self.total, self.done, self.failed, self._found = total, 0, 0, 0
        self._start = self._spoken = time.monotonic()
        self._said = -1
        self._lines = show and not sys.stderr.isatty()
        # tqdm would flood a pipe with carriage returns, so there it is off and plain lines take its place.
        # Runs come in chunks, many at once and then none for long: only the mean pace says something.
        self._bar = tqdm(
            total=total, unit="run", disable=not show or self._lines, dynamic_ncols=True, smoothing=0, miniters=1
        )

    def skip(self, runs: int) -> None:
        """Note that some runs were there already; they say nothing about the pace."""
        self._found += runs
        self.done += runs
        if not self._bar.disable:
            self._bar.initial += runs
            self._bar.update(runs)

    def add(self, runs: int, failed: int = 0) -> None:
        """Note that some more runs are over, and how many of them failed."""
        self.done += runs
        self.failed += failed
        if self.failed:
            self._bar.set_postfix_str(f"{self.failed} failed", refresh=False)
        self._bar.update(runs)
        now = time.monotonic()
        if self._lines and self.done != self._said and now - self._spoken >= _LINE_SECONDS:
            self._say(now)

    def _say(self, now: float) -> None:
        seconds, runs, left = now - self._start, self.done - self._found, self.total - self.done
        finished = self.done - self.failed
        line = f"{finished} of {self.total} runs ({share(finished, self.total)})"
        line += f", {self.failed} failed" if self.failed else ""
        if runs and seconds > 0:
            end = "over after" if self.failed else "done in"
            rest = f"about {lasting(left * seconds / runs)} left" if left > 0 else f"{end} {lasting(seconds)}"
            line += f", {pace(runs / seconds)}, {rest}"
        print(line, file=sys.stderr, flush=True)
        self._spoken, self._said = now, self.done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if 0 <= self._said < self.done:
            self._say(time.monotonic())
        self._bar.close()


def share(part: int, whole: int) -> str:
    """Per cent, rounded down so that 100% means all."""
    return f"{100 * part // whole if whole else 100}%"


def pace(per_second: float) -> str:
    """A rate in the unit that gives a readable number."""
    for unit, seconds in (("a second", 1), ("a minute", 60)):
        if per_second * seconds >= 1:
            return f"{_number(per_second * seconds)} {unit}"
    return f"{_number(per_second * 3600)} an hour"


def lasting(seconds: float) -> str:
    """A time in the unit that gives a readable number."""
    for unit, length, most in (("s", 1.0, 120.0), ("min", 60.0, 7200.0), ("h", 3600.0, 172_800.0)):
        if seconds < most:
            return f"{seconds:.0f} s" if unit == "s" else f"{_number(seconds / length)} {unit}"
    return f"{_number(seconds / 86_400)} days"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
