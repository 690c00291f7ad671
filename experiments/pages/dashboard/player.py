"""Plays two worlds in a thread of its own: what was asked last is done, and a page is told what is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import sim
from experiments.pages.dashboard.twins import Asked, Twins
from experiments.questions.settings import one_line

# Months a second when played, None for as many as can be.
SPEEDS: dict[str, float | None] = {"4 months a second": 4.0, "12 months a second": 12.0, "as fast as it can": None}
# How often a page is told meanwhile: so many seconds apart at least, and so many times what telling takes.
_SECONDS_APART, _TIMES_APART = 0.06, 5.0
# Weight of the last month in the mean time that a month takes.
_MEMORY = 0.1


@dataclass(frozen=True)
class Status:
    """How the player is doing.

    Attributes:
        playing: Whether months go by.
        busy: Whether a world is being lived through again.
        seconds: What a month of both worlds takes, showing included; None before the first.
        error: Why what was asked is not shown, in one line; empty if it is.
    """

    playing: bool = False
    busy: bool = False
    seconds: float | None = None
    error: str = ""


class Player:
    """Two worlds that can be played, stepped, reset and changed at any time.

    Args:
        asked: Which worlds at first.
        show: Called in the player's thread with the worlds, None as long as there are none, and how it is doing.
    """

    def __init__(self, asked: Asked, show: Callable[[Twins | None, Status], None]) -> None:
        self._show = show
        self._wanted, self._speed = asked, SPEEDS["12 months a second"]
        self._twins: Twins | None = None
        self._playing = self._closed = self._again = False
        self._steps = 0
        self._seconds: float | None = None
        self._error = ""
        self._told = Status()
        self._shown = self._telling = 0.0
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._live, name="weightshift-player", daemon=True)
        self._thread.start()

    def ask(self, asked: Asked) -> None:
        """Other worlds, in the same month."""
        self._tell(_wanted=asked, _error="")

    def play(self, speed: float | None) -> None:
        """Months go by.

        Args:
            speed: Months a second at most; None for no limit.
        """
        self._tell(_playing=True, _speed=speed)

    def pause(self) -> None:
        """They stop."""
        self._tell(_playing=False)

    def step(self) -> None:
        """One month more."""
        with self._news:
            self._playing, self._steps = False, self._steps + 1
            self._news.notify()

    def reset(self) -> None:
        """Both worlds at their start."""
        self._tell(_again=True, _playing=False, _steps=0)

    def close(self) -> None:
        """End the thread; the worlds are forgotten."""
        self._tell(_closed=True)

    def _tell(self, **news: object) -> None:
        with self._news:
            vars(self).update(news)
            self._news.notify()

    def _live(self) -> None:
        while not self._closed:
            wanted = self._wanted
            try:
                self._next(wanted)
            except sim.WeightshiftError as error:
                self._fail(str(error), wanted)
            except Exception as error:  # a mistake of ours: the page says so and stays usable
                self._fail(f"{type(error).__name__}: {error}", wanted)

    def _fail(self, line: str, wanted: Asked) -> None:
        with self._news:
            self._playing, self._steps, self._error = False, 0, one_line(line)
            if self._twins is not None and self._wanted == wanted:  # what cannot be is not tried again and again
                self._wanted = self._twins.asked
        self._put(busy=False)
        with self._news:
            if self._twins is None and not self._closed:
                self._news.wait()

    def _next(self, wanted: Asked) -> None:
        """Do the most urgent thing that was asked, or wait for something."""
        twins = self._twins
        if twins is None:
            self._put(busy=True)
            self._twins = Twins(wanted)
            self._put(busy=False)
        elif self._again:
            self._again, self._seconds = False, None
            twins.reset()
            self._put(busy=False)
        elif twins.asked != wanted:
            self._put(busy=True)
            twins.change(wanted, lambda: self._wanted != wanted or self._closed or self._again)
            self._put(busy=False)
        elif (self._steps > 0 or self._playing) and not twins.ended:
            self._month(twins)
        else:
            self._rest(twins)

    def _rest(self, twins: Twins) -> None:
        """Wait for something to do, once the page knows that there is nothing."""
        if twins.ended:
            self._tell(_playing=False, _steps=0)
        if self._status(busy=False) != self._told:
            self._put(busy=False)
        with self._news:
            if self._idle(twins):
                self._news.wait()

    def _idle(self, twins: Twins) -> bool:
        asked = self._closed or self._again or self._playing or self._steps > 0
        return not asked and self._wanted == twins.asked and self._status(busy=False) == self._told

    def _month(self, twins: Twins) -> None:
        start = time.perf_counter()
        twins.step()
        with self._news:
            self._steps = max(self._steps - 1, 0)
            last = not self._playing or twins.ended or self._speed is not None
        if last or start - self._shown > max(_SECONDS_APART, _TIMES_APART * self._telling):
            self._put(busy=False)
        spent = time.perf_counter() - start
        self._seconds = spent if self._seconds is None else (1 - _MEMORY) * self._seconds + _MEMORY * spent
        if self._playing and self._speed is not None:
            with self._news:
                self._news.wait_for(self._urgent, timeout=max(0.0, 1.0 / self._speed - spent))

    def _urgent(self) -> bool:
        return not self._playing or self._closed or self._again or self._speed is None

    def _put(self, *, busy: bool) -> None:
        start = time.perf_counter()
        self._told = self._status(busy=busy)
        self._show(self._twins, self._told)
        self._shown = time.perf_counter()
        self._telling = self._shown - start

    def _status(self, *, busy: bool) -> Status:
        return Status(self._playing, busy, self._seconds, self._error)
