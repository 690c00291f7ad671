"""Away from a terminal, a line now and then says how far it is."""

from __future__ import annotations

import pytest

from experiments import progress


def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_time_left_counts_from_the_first_finished_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = _clock(monkeypatch)
    with progress.Progress(10, show=True) as bar:
        bar.skip(2)
        for seconds in (100.0, 110.0, 112.0, 130.0):
            now[0] = seconds
            bar.add(1)
    # After 110 s one run in 10 s leaves 6 runs; at 112 s it is too soon to speak; after 130 s 3 in 30 s leave 4.
    assert capsys.readouterr().err.splitlines() == [
        "4 of 10 runs, about 60 s left",
        "6 of 10 runs, about 40 s left",
    ]


def test_silence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = _clock(monkeypatch)
    with progress.Progress(10, show=False) as bar:
        for seconds in (100.0, 200.0, 300.0):
            now[0] = seconds
            bar.add(1)
    assert capsys.readouterr().err == ""
