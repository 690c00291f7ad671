"""A bar on a terminal; away from one, a line now and then says how far it is."""

from __future__ import annotations

import io
import sys

import pytest

from experiments.engine import progress


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test sets, for the lines and for tqdm."""
    time = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: time[0])
    monkeypatch.setattr("tqdm.std.time", lambda: time[0])
    return time


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_every_ten_seconds_and_one_at_the_end(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress(500, show=True) as bar:
        bar.skip(100)
        for seconds, runs in ((8.0, 10), (10.0, 10), (19.0, 60), (40.0, 120), (50.0, 200)):
            now[0] = 1000.0 + seconds
            bar.add(runs)
        now[0] = 1051.0
    # Of 500 runs 100 were there. After 10 s 20 more: 2 a second, 380 left; after 40 s 200: 5 a second, 200 left.
    assert capsys.readouterr().err.splitlines() == [
        "120 of 500 runs (24%), 2.0 a second, about 3.2 min left",
        "300 of 500 runs (60%), 5.0 a second, about 40 s left",
        "500 of 500 runs (100%), 8.0 a second, done in 50 s",
    ]


def test_a_last_line_even_if_it_is_too_soon_to_speak(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Progress(4, show=True) as bar:
        for seconds in (20.0, 25.0):
            now[0] = 1000.0 + seconds
            bar.add(2)
    assert capsys.readouterr().err.splitlines() == [
        "2 of 4 runs (50%), 6.0 a minute, about 20 s left",
        "4 of 4 runs (100%), 9.6 a minute, done in 25 s",
    ]


def test_what_is_quick_or_does_not_move_is_not_worth_a_line(
    now: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.Progress(4, show=True) as bar:
        bar.add(4)
    with progress.Progress(4, show=True) as bar:
        for seconds, runs in ((20.0, 1), (40.0, 0), (60.0, 0)):
            now[0] = 1000.0 + seconds
            bar.add(runs)
    assert capsys.readouterr().err.splitlines() == ["1 of 4 runs (25%), 3.0 a minute, about 60 s left"]


def test_a_clock_that_stands_still(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    bar = progress.Progress(10, show=True)
    bar.add(5)
    bar._say(now[0])
    assert capsys.readouterr().err == "5 of 10 runs (50%)\n"


def test_a_bar_on_a_terminal_counts_the_pace_of_this_session(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.Progress(500, show=True) as bar:
        bar.skip(100)
        for runs in (15, 45):
            now[0] += 5.0
            bar.add(runs)
    # 60 runs in 10 s; 340 runs are left.
    *_, going, closed = terminal.getvalue().split("\r")
    assert "160/500 [00:10<00:56,  6.00run/s]" in going and "160/500 [00:10<00:56,  6.00run/s]" in closed
    assert " of 500" not in terminal.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_silence(terminal: bool, now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.Progress(10, show=False) as bar:
        bar.skip(1)
        for _ in range(3):
            now[0] += 100.0
            bar.add(1)
    assert stream.getvalue() == ""


def test_readable_numbers() -> None:
    assert [progress.lasting(s) for s in (0.4, 119, 121, 7000, 8000, 1e5, 1e6)] == [
        "0 s", "119 s", "2.0 min", "117 min", "2.2 h", "28 h", "12 days",
    ]  # fmt: skip
    assert [progress.pace(r) for r in (1234.0, 1.0, 0.5, 0.01, 1e-5)] == [
        "1,234 a second", "1.0 a second", "30 a minute", "36 an hour", "0.0 an hour",
    ]  # fmt: skip
    assert [progress.share(*pair) for pair in ((999, 1000), (0, 7), (7, 7), (0, 0))] == ["99%", "0%", "100%", "100%"]
